/* The tables of commands.def and options.def, and looking things up in them. */
#include <string.h>

#include "cli.h"

enum {
#define COMMAND(id, name, run, words, summary) COMMAND_##id,
#include "commands.def"
#undef COMMAND
};

#define BIT(id) (1U << COMMAND_##id)
#define TARGETS (BIT(DIAGNOSE) | BIT(CLIENTS) | BIT(AUDIT))
#define ALL_REPORTS (TARGETS | BIT(FILE) | BIT(HERE))
#define ANY_COMMAND (~0U)

const struct command commands[] = {
#define COMMAND(id, name_, run_, words_, summary_)                                                       \
	{ .name = (name_), .run = (run_), .words = (words_), .summary = (summary_), .bit = BIT(id) },
#include "commands.def"
#undef COMMAND
};
const size_t n_commands = sizeof commands / sizeof *commands;

const struct option options[] = {
#define OPTION(name_, letter_, value_, commands_, kind_, help_)                                          \
	{ .name = (name_), .letter = (letter_), .value = (value_), .commands = (commands_), .kind = (kind_), \
	  .help = (help_) },
#include "options.def"
#undef OPTION
};
const size_t n_options = sizeof options / sizeof *options;

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

bool command_is_available(const struct command *command)
{
	return command->run != cmd_unavailable;
}

const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < n_options; i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

const struct option *option_of_letter(char letter)
{
	for (size_t i = 0; i < n_options; i++)
		if (options[i].letter && options[i].letter == letter)
			return &options[i];
	return NULL;
}
