/* Usage and --help, made from the tables. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { NAME_COLUMNS = 12, OPTION_COLUMNS = 30, WIDTH = 80 };

/* From column `indent` on, broken at blanks. */
static void help_print(FILE *to, const char *text, size_t indent)
{
	size_t column = indent;

	for (bool is_first = true; *text; is_first = false) {
		size_t n = strcspn(text, " ");

		if (!is_first && column + 1 + n > WIDTH) {
			fprintf(to, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!is_first) {
			fputc(' ', to);
			column++;
		}
		fprintf(to, "%.*s", (int)n, text);
		column += n;
		text += n + (text[n] == ' ');
	}
	fputc('\n', to);
}

void usage_print(FILE *to)
{
	fputs("Says why an https:// address fails, for whom, and what mends it.\n\n"
	      "Usage: why443 TARGET [OPTION...]\n"
	      "       why443 COMMAND [WORD...] [OPTION...]\n\n"
	      "TARGET is a name, an address ([IPv6] in brackets), host:port or a URL.\n\nCommands:\n", to);
	for (size_t i = 0; i < n_commands; i++)
		if (command_is_available(&commands[i])) {
			fprintf(to, "  %-*s", NAME_COLUMNS, commands[i].name);
			help_print(to, commands[i].summary, NAME_COLUMNS + 2);
		}
	fputs("\nExit status: 0 works; 1 a root cause stops a mainstream client; 2 usage error or\n"
	      "trouble of our own; 3 with --strict, works but with warnings.\n"
	      "`why443 help COMMAND` lists the options of one.\n", to);
}

static void option_print(FILE *to, const struct option *option)
{
	char left[128];

	snprintf(left, sizeof left, "%s%c%s--%s%s%s", option->letter ? "-" : " ", option->letter ? option->letter : ' ',
		 option->letter ? ", " : "  ", option->name, option->value ? " " : "", option->value ? option->value : "");
	if (strlen(left) < OPTION_COLUMNS)
		fprintf(to, "  %-*s", OPTION_COLUMNS, left);
	else
		fprintf(to, "  %s\n%*s", left, OPTION_COLUMNS + 2, "");
	help_print(to, option->help, OPTION_COLUMNS + 2);
}

void usage_command(FILE *to, const struct command *command)
{
	fprintf(to, "Usage: why443 %s%s%s [OPTION...]\n\n", command->name, *command->words ? " " : "", command->words);
	fprintf(to, "%s: %s\n", command->name, command->summary);
	if (!command_is_available(command)) {
		fputs("\nNot in this version.\n", to);
		return;
	}
	fputs("\nOptions:\n", to);
	for (size_t i = 0; i < n_options; i++)
		if (options[i].commands & command->bit)
			option_print(to, &options[i]);
}
