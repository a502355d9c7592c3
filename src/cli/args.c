/* What was typed, read by the tables: options anywhere, the first word a command or a target. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct reading {
	int argc, at;
	char **argv;
	struct invocation *in;
	bool only_words;        /* behind "--" */
};

static int unknown_option(const struct reading *r, const char *typed, const char *name)
{
	char safe[128];
	const char *near = suggest_option(name, r->in->command ? r->in->command->bit : ~0U);

	why_escape(safe, sizeof safe, typed);
	if (near)
		return complain("unknown option %s; did you mean --%s?", safe, near);
	return complain("unknown option %s; expected one of those of `why443 help`", safe);
}

/* The value behind an option, or the next word. */
static int value_take(struct reading *r, const struct option *option, const char *attached, const char **value)
{
	*value = attached;
	if (!option->value) {
		if (!attached)
			return 0;
		return complain("--%s takes no value", option->name);
	}
	if (attached)
		return 0;
	if (r->at >= r->argc)
		return complain("--%s needs a value: %s", option->name, option->value);
	*value = r->argv[r->at++];
	return 0;
}

static void note(struct reading *r, const struct option *option, const char *value)
{
	r->in->is[option->kind] = true;
	if (option->kind == KIND_COMPLETION)
		r->in->completion = value;
	r->in->given[r->in->n_given++] = (struct given){ .option = option, .value = value };
}

static int long_read(struct reading *r, char *typed)
{
	char *equals = strchr(typed, '=');
	const struct option *option;
	const char *value;
	int status;

	if (equals)
		*equals = '\0';
	option = option_find(typed + 2);
	if (!option)
		return unknown_option(r, typed, typed + 2);
	status = value_take(r, option, equals ? equals + 1 : NULL, &value);
	if (status == 0)
		note(r, option, value);
	return status;
}

static int letters_read(struct reading *r, const char *typed)
{
	for (const char *p = typed + 1; *p; p++) {
		const struct option *option = option_of_letter(*p);
		const char *value = NULL;
		int status;

		if (!option)
			return unknown_option(r, typed, typed + 1);
		status = value_take(r, option, option->value && p[1] ? p + 1 : NULL, &value);
		if (status != 0)
			return status;
		note(r, option, value);
		if (option->value)
			return 0;
	}
	return 0;
}

static bool is_option(const struct reading *r, const char *typed)
{
	if (r->only_words || typed[0] != '-' || !typed[1])
		return false;
	/* Codes are negative numbers: `why443 explain -201`. */
	return !(r->in->command && r->in->command->run == cmd_explain && typed[1] >= '0' && typed[1] <= '9');
}

static void word_read(struct reading *r, const char *word)
{
	const struct command *command = r->in->command || r->only_words ? NULL : command_find(word);

	if (command) {
		r->in->command = command;
		return;
	}
	if (!r->in->command)
		r->in->command = command_find("diagnose");
	r->in->words[r->in->n_words++] = word;
}

/* Each option must be one of the command's. What another version does is told first. */
static int options_check(const struct invocation *in)
{
	if (!command_is_available(in->command))
		return 0;
	for (size_t i = 0; i < in->n_given; i++)
		if (!(in->given[i].option->commands & in->command->bit))
			return complain("%s has no option --%s; see `why443 help %s`", in->command->name,
					in->given[i].option->name, in->command->name);
	return 0;
}

int args_parse(int argc, char **argv, struct invocation *in)
{
	struct reading r = { .argc = argc, .argv = argv, .at = 1, .in = in };
	size_t room = 2 * (size_t)argc + 1;
	int status = 0;

	for (int i = 1; i < argc; i++)
		room += strlen(argv[i]);
	*in = (struct invocation){ .given = calloc(room, sizeof *in->given), .words = calloc(room, sizeof *in->words) };
	if (!in->given || !in->words)
		return complain("out of memory");
	while (status == 0 && r.at < argc) {
		char *typed = argv[r.at++];

		/* `why443 explain -- --foo`: behind the first "--" all are words. */
		if (!r.only_words && strcmp(typed, "--") == 0)
			r.only_words = true;
		else if (!is_option(&r, typed))
			word_read(&r, typed);
		else if (typed[1] == '-')
			status = long_read(&r, typed);
		else
			status = letters_read(&r, typed);
	}
	if (status == 0 && !in->command && in->is[KIND_REPLAY])
		in->command = command_find("diagnose");
	if (status == 0 && in->command)
		status = options_check(in);
	return status;
}

void args_release(struct invocation *in)
{
	free(in->given);
	free(in->words);
}
