/* The nearest name to a mistyped one: one that begins so, else by edit distance (Levenshtein), at most a third of its length. */
#include <string.h>

#include "cli.h"

enum { NAME_MAX_LEN = 40 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_LEN + 1];
	size_t n_a = strlen(a), n_b = strlen(b);

	if (n_a > NAME_MAX_LEN || n_b > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (unsigned k = 0; k <= n_b; k++)
		row[k] = k;
	for (unsigned i = 1; i <= n_a; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned k = 1; k <= n_b; k++) {
			unsigned above = row[k];

			row[k] = least(above + 1, row[k - 1] + 1, diagonal + (a[i - 1] != b[k - 1]));
			diagonal = above;
		}
	}
	return row[n_b];
}

static void consider(const char *typed, const char *name, const char **best, unsigned *best_distance)
{
	unsigned d = strlen(typed) > 1 && strncmp(name, typed, strlen(typed)) == 0 ? 0 : distance(typed, name);

	if (d < *best_distance && d <= 1 + strlen(typed) / 3) {
		*best = name;
		*best_distance = d;
	}
}

const char *suggest_option(const char *typed, unsigned commands_bits)
{
	const char *best = NULL;
	unsigned best_distance = NAME_MAX_LEN;

	for (size_t i = 0; i < n_options; i++)
		if (options[i].commands & commands_bits)
			consider(typed, options[i].name, &best, &best_distance);
	return best;
}

const char *suggest_command(const char *typed)
{
	const char *best = NULL;
	unsigned best_distance = NAME_MAX_LEN;

	for (size_t i = 0; i < n_commands; i++)
		if (command_is_available(&commands[i]))
			consider(typed, commands[i].name, &best, &best_distance);
	return best;
}
