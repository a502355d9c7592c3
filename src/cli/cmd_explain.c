/* explain: words from the command line, or whatever is pasted into standard input. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { QUERY_MAX = 64 << 10 };

static char *words_joined(const struct invocation *in)
{
	size_t n = 1;
	char *query;

	for (size_t i = 0; i < in->n_words; i++)
		n += strlen(in->words[i]) + 1;
	query = calloc(n, 1);
	for (size_t i = 0; query && i < in->n_words; i++) {
		if (i > 0)
			strcat(query, " ");
		strcat(query, in->words[i]);
	}
	return query;
}

static char *input_read(void)
{
	char *query = calloc(QUERY_MAX + 1, 1);
	size_t n = query ? fread(query, 1, QUERY_MAX, stdin) : 0;

	/* A NUL would end the text early. */
	for (size_t i = 0; i < n; i++)
		if (query[i] == '\0')
			query[i] = ' ';
	return query;
}

int cmd_explain(const struct invocation *in)
{
	struct why_style style = style_of(in);
	size_t n_matches = 0;
	char *query, *text;
	int status;

	if (in->n_words == 0 && isatty(STDIN_FILENO))
		return complain("explain: no words; expected a code or a message, or text on standard input");
	query = in->n_words ? words_joined(in) : input_read();
	if (!query)
		return complain("out of memory");
	if (query[strspn(query, " \t\r\n")] == '\0') {
		free(query);
		return complain("explain: nothing to explain; expected a code or a message");
	}
	text = why_explain(query, in->is[KIND_JSON] ? "json" : "text", &style, &n_matches);
	status = emit(text, n_matches > 0 ? EXIT_OK : EXIT_BROKEN);
	why_free(text);
	free(query);
	return status;
}
