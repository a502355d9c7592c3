/* A query as the searches want it. */
#ifndef WHY_EXPLAIN_QUERY_H
#define WHY_EXPLAIN_QUERY_H

#include "base/arena.h"

#define QUERY_LEN_MAX 65536
#define QUERY_WORDS_MAX 2048
#define QUERY_NUMBERS_MAX 64

struct query_number {
	int64_t value;
	const char *table;      /* the words before it say whose number it is, or NULL */
	bool is_telling;        /* unusual enough to be a code even without such words */
};

struct query {
	const char *lower;      /* the text in lower case */
	char *text;             /* its words in lower case, parted by one blank */
	uint32_t starts[QUERY_WORDS_MAX];
	size_t n_words;
	struct query_number numbers[QUERY_NUMBERS_MAX];
	size_t n_numbers;
};

struct query *query_parse(struct arena *arena, const char *text);
/* Does the query say, anywhere, that it speaks of this client or table? */
bool query_hints_at(const struct query *query, const char *client_or_table);

#endif
