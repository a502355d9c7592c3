/* schema, version, help, and the commands that this version does not have. */
#include "cli.h"

static int no_words(const struct invocation *in)
{
	char safe[128];

	if (in->n_words == 0)
		return 0;
	return complain("%s takes no words; got %s", in->command->name, why_escape(safe, sizeof safe, in->words[0]));
}

int cmd_schema(const struct invocation *in)
{
	int status = no_words(in);

	return status ? status : emit(why_schema(), EXIT_OK);
}

int cmd_version(const struct invocation *in)
{
	int status = no_words(in);

	if (status == 0)
		printf("why443 %s\n", why_version());
	return status;
}

int cmd_help(const struct invocation *in)
{
	const struct command *command = in->n_words ? command_find(in->words[0]) : NULL;
	const char *near = in->n_words ? suggest_command(in->words[0]) : NULL;
	char safe[128];

	if (in->is[KIND_MAN] && (command || in->n_words == 0)) {
		man_print(stdout, command);
		return EXIT_OK;
	}
	if (in->is[KIND_COMPLETION])
		return completion_print(stdout, in->completion);
	if (in->n_words == 0) {
		usage_print(stdout);
		return EXIT_OK;
	}
	if (!command)
		return complain("help: there is no command %s%s%s%s", why_escape(safe, sizeof safe, in->words[0]),
				near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	usage_command(stdout, command);
	return EXIT_OK;
}

int cmd_unavailable(const struct invocation *in)
{
	return complain("%s is not in this version", in->command->name);
}
