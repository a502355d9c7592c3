/* The command line: tables of commands and options, what was typed, and the few things all commands
 * share. Sees the public API alone. */
#ifndef WHY_CLI_CLI_H
#define WHY_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "why443.h"

enum { EXIT_OK = 0, EXIT_BROKEN = 1, EXIT_TROUBLE = 2, EXIT_WARNINGS = 3 };

struct invocation;

struct command {
	const char *name;
	int (*run)(const struct invocation *in);        /* gives the exit status */
	const char *words;
	const char *summary;
	unsigned bit;
};

enum option_kind { KIND_REQUEST, KIND_JSON, KIND_FORMAT, KIND_OUTPUT, KIND_VERBOSE, KIND_QUIET, KIND_STRICT, KIND_NO_COLOR, KIND_MAN,
		   KIND_COMPLETION, KIND_LAB, KIND_REPLAY, KIND_HELP, KIND_VERSION, KIND_COUNT };

struct option {
	const char *name;
	char letter;
	const char *value;      /* NULL: takes none */
	unsigned commands;
	enum option_kind kind;
	const char *help;
};

struct given {
	const struct option *option;
	const char *value;
};

struct invocation {
	const struct command *command;
	struct given *given;
	size_t n_given;
	const char **words;     /* targets, paths, words to explain */
	size_t n_words;
	bool is[KIND_COUNT];
	const char *completion; /* the shell */
};

extern const struct command commands[];
extern const size_t n_commands;
extern const struct option options[];
extern const size_t n_options;

const struct command *command_find(const char *name);
bool command_is_available(const struct command *command);
const struct option *option_find(const char *name);
const struct option *option_of_letter(char letter);
/* The name most like what was typed, NULL when none is near. */
const char *suggest_option(const char *typed, unsigned commands_bits);
const char *suggest_command(const char *typed);

/* 0, or EXIT_TROUBLE with the message printed. `in` must be released either way. */
int args_parse(int argc, char **argv, struct invocation *in);
void args_release(struct invocation *in);

/* "why443: ..." on standard error; always EXIT_TROUBLE. Text from outside must be escaped. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The format that was asked for on standard output, or `fallback`; NULL when several were (told). */
const char *format_of(const struct invocation *in, const char *fallback);
/* Writes each file of -o, whole or not at all. 0 or EXIT_TROUBLE. */
int outputs_check(const struct invocation *in);
int outputs_write(const struct invocation *in, const struct why_report *report);
/* Writes to standard output; `status` when all went out, else EXIT_TROUBLE. */
int emit(const char *text, int status);
struct why_style style_of(const struct invocation *in);

void usage_print(FILE *to);
void usage_command(FILE *to, const struct command *command);
/* The page of one command, or of the whole where `about` is NULL. */
void man_print(FILE *to, const struct command *about);
int completion_print(FILE *to, const char *shell);

#define COMMAND(id, name, run, words, summary) int run(const struct invocation *in);
#include "commands.def"
#undef COMMAND

#endif
