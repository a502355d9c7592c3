/* Completions for bash, zsh and fish, made from the tables. */
#include <string.h>

#include "cli.h"

static void options_words(FILE *to, const struct command *command)
{
	const char *separator = "";

	for (size_t i = 0; i < n_options; i++) {
		if (!(options[i].commands & command->bit))
			continue;
		fprintf(to, "%s--%s", separator, options[i].name);
		separator = " ";
	}
}

static void commands_words(FILE *to)
{
	const char *separator = "";

	for (size_t i = 0; i < n_commands; i++) {
		if (!command_is_available(&commands[i]))
			continue;
		fprintf(to, "%s%s", separator, commands[i].name);
		separator = " ";
	}
}

static bool takes_file(const struct option *option)
{
	return option->value && strcmp(option->value, "FILE") == 0;
}

static void bash_print(FILE *to)
{
	fputs("_why443() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=diagnose options i\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase ${COMP_WORDS[i]} in\n\t\t", to);
	for (size_t i = 0, n = 0; i < n_commands; i++)
		if (command_is_available(&commands[i]))
			fprintf(to, "%s%s", n++ ? "|" : "", commands[i].name);
	fputs(") command=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n\tcase $before in\n", to);
	for (size_t i = 0; i < n_options; i++)
		if (takes_file(&options[i]))
			fprintf(to, "\t--%s) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", options[i].name);
	fputs("\tesac\n\tcase $command in\n", to);
	for (size_t i = 0; i < n_commands; i++) {
		if (!command_is_available(&commands[i]))
			continue;
		fprintf(to, "\t%s) options='", commands[i].name);
		options_words(to, &commands[i]);
		fputs("' ;;\n", to);
	}
	fputs("\tesac\n\tif [[ $word == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
	      "\telif [[ $command == file ]]; then\n\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n"
	      "\telif ((COMP_CWORD == 1)); then\n\t\tCOMPREPLY=($(compgen -W '", to);
	commands_words(to);
	fputs("' -A hostname -- \"$word\"))\n\tfi\n}\ncomplete -F _why443 why443\n", to);
}

/* Quoted for zsh's and fish's single quotes; brackets and colons end a zsh description. */
static void quoted(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", to);
		else if (*text == '[' || *text == ']' || *text == ':')
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

static void zsh_print(FILE *to)
{
	fputs("#compdef why443\n_why443() {\n\tlocal command=${words[2]}\n\tlocal -a commands\n\tcommands=(\n", to);
	for (size_t i = 0; i < n_commands; i++) {
		if (!command_is_available(&commands[i]))
			continue;
		fprintf(to, "\t\t'%s:", commands[i].name);
		quoted(to, commands[i].summary);
		fputs("'\n", to);
	}
	fputs("\t)\n\t(( CURRENT == 2 )) && [[ $words[2] != -* ]] && { _describe command commands; _hosts; return }\n"
	      "\t_arguments -s \\\n", to);
	for (size_t i = 0; i < n_options; i++) {
		fprintf(to, "\t\t'--%s[", options[i].name);
		quoted(to, options[i].help);
		fprintf(to, "]%s%s' \\\n", !options[i].value ? "" : takes_file(&options[i]) ? ":file:_files" : ":",
			options[i].value && !takes_file(&options[i]) ? "value:" : "");
	}
	fputs("\t\t'*: :_files'\n}\n_why443 \"$@\"\n", to);
}

static void fish_quoted(FILE *to, const char *text)
{
	for (; *text; text++)
		fprintf(to, "%s%c", *text == '\'' || *text == '\\' ? "\\" : "", *text);
}

static void fish_print(FILE *to)
{
	for (size_t i = 0; i < n_commands; i++) {
		if (!command_is_available(&commands[i]))
			continue;
		fprintf(to, "complete -c why443 -n __fish_use_subcommand -a %s -d '", commands[i].name);
		fish_quoted(to, commands[i].summary);
		fputs("'\n", to);
	}
	for (size_t i = 0; i < n_options; i++) {
		fprintf(to, "complete -c why443 -l %s", options[i].name);
		if (options[i].letter)
			fprintf(to, " -s %c", options[i].letter);
		fprintf(to, "%s -d '", !options[i].value ? "" : takes_file(&options[i]) ? " -r" : " -x");
		fish_quoted(to, options[i].help);
		fputs("'\n", to);
	}
}

int completion_print(FILE *to, const char *shell)
{
	char safe[64];

	if (strcmp(shell, "bash") == 0)
		bash_print(to);
	else if (strcmp(shell, "zsh") == 0)
		zsh_print(to);
	else if (strcmp(shell, "fish") == 0)
		fish_print(to);
	else
		return complain("--completion %s: expected bash, zsh or fish", why_escape(safe, sizeof safe, shell));
	return EXIT_OK;
}
