/* A value of JSON as it is read: plain nodes in an arena, nothing to free one by one. A rule set of some thousand rules
 * is some hundred thousand values, and the time of a general library for them was as long as that of nft. RFC 8259. */
#ifndef WHY_FIREWALL_TREE_H
#define WHY_FIREWALL_TREE_H

#include "base/arena.h"

enum tree_kind { TREE_NULL, TREE_FALSE, TREE_TRUE, TREE_INTEGER, TREE_REAL, TREE_TEXT, TREE_ARRAY, TREE_OBJECT };

struct tree {
	enum tree_kind kind;
	uint32_t n;                     /* values inside */
	const char *key;                /* of a member; NULL inside an array */
	union {
		long long integer;      /* of a real its whole part; what does not fit stays at the limit */
		const char *text;
		const struct tree *first;
	};
	const struct tree *next;
};

/* Reads one value, no byte behind it; `read` gives 0 at the end. NULL where it is none, or one of more than 8 million
 * values. The bytes of strings are taken as they are. `arena` must hold 2 GiB. */
const struct tree *tree_read(struct arena *arena, size_t (*read)(void *buffer, size_t n, void *ctx), void *ctx);

/* All of them take NULL and values of another kind, for which there is nothing. */
const struct tree *tree_get(const struct tree *object, const char *key);
const struct tree *tree_at(const struct tree *array, size_t i);
/* Its first member, whose key is its key. */
const struct tree *tree_member(const struct tree *object);
size_t tree_size(const struct tree *array);
const char *tree_text(const struct tree *value);
long long tree_integer(const struct tree *value);

static inline bool tree_is(const struct tree *value, enum tree_kind kind)
{
	return value && value->kind == kind;
}

#define tree_foreach(array, item) \
	for ((item) = tree_is((array), TREE_ARRAY) ? (array)->first : NULL; (item); (item) = (item)->next)

#endif
