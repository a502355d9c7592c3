/* The manual page as source for scdoc(5), made from the tables: `why443 help --man | scdoc`. */
#include <string.h>

#include "cli.h"

/* scdoc gives * and _ a meaning. */
static void plain(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (strchr("*_\\[]<>#", *text))
			fputc('\\', to);
		fputc(*text, to);
	}
}

static void command_put(FILE *to, const struct command *command)
{
	fprintf(to, "*%s*", command->name);
	if (*command->words) {
		fputc(' ', to);
		plain(to, command->words);
	}
	fputs("\n\t", to);
	plain(to, command->summary);
	fputs("\n\n", to);
}

static void option_put(FILE *to, const struct option *option)
{
	if (option->letter)
		fprintf(to, "*-%c*, ", option->letter);
	fprintf(to, "*--%s*", option->name);
	if (option->value) {
		fputc(' ', to);
		plain(to, option->value);
	}
	fputs("\n\t", to);
	plain(to, option->help);
	fputs(" (", to);
	if (option->commands == ~0U) {
		fputs("every command", to);
	} else {
		const char *separator = "";

		for (size_t i = 0; i < n_commands; i++) {
			if (!(option->commands & commands[i].bit))
				continue;
			fprintf(to, "%s%s", separator, commands[i].name);
			separator = ", ";
		}
	}
	fputs(")\n\n", to);
}

/* why443-COMMAND(1): the command's own words and options. */
static void command_page(FILE *to, const struct command *command)
{
	bool is_explain = strcmp(command->name, "explain") == 0;

	fprintf(to, "why443-%s(1)\n\n# NAME\n\nwhy443-%s - ", command->name, command->name);
	plain(to, command->summary);
	fprintf(to, "\n\n# SYNOPSIS\n\n*why443 %s* ", command->name);
	plain(to, command->words);
	fputs(" \\[OPTION...\\]\n\n# DESCRIPTION\n\n", to);
	if (is_explain)
		fputs("Finds what an error's name, number or text means: those of browsers, curl, OpenSSL, GnuTLS, Go, Java, Node, "
		      "Python, .NET and Windows, TLS alerts, HTTP statuses, the causes of *why443*(1), names of IANA's registries and "
		      "words of the trade; also inside a longer line, misspelt, or on standard input. It says at which layer the "
		      "failure happens, its usual causes with the likeliest first, what the user, the server's and the network's "
		      "administrator can do, and which command decides. Nothing is sent anywhere.", to);
	else
		plain(to, command->summary);
	fputs("\n\n# OPTIONS\n\n", to);
	for (size_t i = 0; i < n_options; i++)
		if (options[i].commands & command->bit)
			option_put(to, &options[i]);
	fputs("# EXIT STATUS\n\nAs in *why443*(1)", to);
	fputs(is_explain ? ": 0 when something was found, 1 when not, 2 for wrong use.\n\n# EXAMPLES\n\n"
			   "\twhy443 explain ERR\\_CERT\\_DATE\\_INVALID\n\n\twhy443 explain 0x800B0109\n\n"
			   "\tjournalctl -u app | tail -n 50 | why443 explain\n\n" : ".\n\n", to);
	fputs("# SEE ALSO\n\n*why443*(1)\n", to);
}

void man_print(FILE *to, const struct command *about)
{
	if (about) {
		command_page(to, about);
		return;
	}
	fputs("why443(1)\n\n# NAME\n\nwhy443 - says why an https:// address fails, for whom, and what mends it\n\n"
	      "# SYNOPSIS\n\n*why443* TARGET \\[OPTION...\\]++\n*why443* COMMAND \\[WORD...\\] \\[OPTION...\\]\n\n"
	      "# DESCRIPTION\n\nLooks at a TARGET (a name, an address, host:port or a URL) as today's clients do and "
	      "names the root cause of what fails, the evidence for it, the clients it stops and what to do.\n\n"
	      "# COMMANDS\n\n", to);
	for (size_t i = 0; i < n_commands; i++)
		if (command_is_available(&commands[i]))
			command_put(to, &commands[i]);
	fputs("# OPTIONS\n\n", to);
	for (size_t i = 0; i < n_options; i++)
		option_put(to, &options[i]);
	fputs("# EXIT STATUS\n\n*0*\n\tWorks for today's clients.\n\n*1*\n\tA root cause was found that stops at least "
	      "one of Chrome, Firefox, Safari and curl; for explain, nothing matched.\n\n*2*\n\tUsage error or trouble of "
	      "our own.\n\n*3*\n\tWith *--strict*: works, but with warnings.\n\n"
	      "# ENVIRONMENT\n\n*NO\\_COLOR*\n\tWhen not empty, no colour.\n\n*COLUMNS*\n\tThe width where standard output "
	      "is no terminal.\n\n*SSL\\_CERT\\_FILE*\n\tTrusted roots, in place of the system's.\n\n"
	      "# EXAMPLES\n\nWhy does it fail?\n\n\twhy443 https://example.org/\n\nBefore the name points there:\n\n"
	      "\twhy443 example.org --resolve example.org:443:192.0.2.1\n\nWhat does this mean?\n\n"
	      "\twhy443 explain ERR\\_CERT\\_DATE\\_INVALID\n", to);
}
