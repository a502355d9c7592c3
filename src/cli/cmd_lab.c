/* lab: hands its options on to the street of broken servers. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lab_main.h"

/* "--name=value"; NULL when memory is short. */
static char *word_of(const struct given *given)
{
	const char *value = given->value ? given->value : "";
	size_t room = strlen(given->option->name) + strlen(value) + 4;
	char *word = malloc(room);

	if (word)
		snprintf(word, room, "--%s%s%s", given->option->name, given->value ? "=" : "", value);
	return word;
}

int cmd_lab(const struct invocation *in)
{
	size_t n = 0, cap = in->n_given + in->n_words + 4;
	char **words = calloc(cap, sizeof *words);
	int status;

	if (!words)
		return complain("out of memory");
	words[n++] = strdup("why443 lab");
	words[n++] = strdup("--table");
	for (size_t i = 0; i < in->n_given; i++)
		words[n++] = word_of(&in->given[i]);
	for (size_t i = 0; i < in->n_words; i++)
		words[n++] = strdup(in->words[i]);
	for (size_t i = 0; i < n; i++)
		if (!words[i])
			return complain("out of memory");
	status = why_lab((int)n, words);
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	free(words);
	return status;
}
