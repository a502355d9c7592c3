/* diagnose, clients and file: a request, its report, one rendering of it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static int status_of(const struct invocation *in, const struct why_report *report)
{
	if (why_report_complies(report) == 0)
		return EXIT_BROKEN;
	if (why_report_complies(report) < 0 && in->is[KIND_STRICT] && why_report_status(report) != WHY_STATUS_BROKEN)
		return EXIT_WARNINGS;
	switch (why_report_status(report)) {
	case WHY_STATUS_BROKEN: return EXIT_BROKEN;
	case WHY_STATUS_WARNING: return in->is[KIND_STRICT] ? EXIT_WARNINGS : EXIT_OK;
	case WHY_STATUS_OK: break;
	}
	return EXIT_OK;
}

static int options_set(const struct invocation *in, struct why_request *request)
{
	for (size_t i = 0; i < in->n_given; i++) {
		const struct given *given = &in->given[i];

		if ((given->option->kind == KIND_REQUEST || given->option->kind == KIND_REPLAY) &&
		    why_request_set(request, given->option->name, given->value) != 0)
			return complain("%s", why_request_error(request));
	}
	return 0;
}

static int show(const struct invocation *in, const struct why_report *report, const char *format)
{
	struct why_style style = style_of(in);
	char *text;
	int written = outputs_write(in, report), status;

	format = format_of(in, format);
	/* One line, whatever -v says: a line of NDJSON for whoever collects them. */
	if (in->is[KIND_JSON])
		style.verbose = 0;
	text = why_report_render(report, format, &style);
	status = emit(text, status_of(in, report));
	why_free(text);
	/* A file that could not be written takes nothing from what was found. */
	return written != 0 ? written : status;
}

/* What was typed goes before what was set long ago. */
static int password_default(const struct invocation *in, struct why_request *request)
{
	if (in->command->run != cmd_file || !getenv("WHY443_PASSWORD"))
		return 0;
	return why_request_set(request, "passin", "env:WHY443_PASSWORD") != 0 ? complain("%s", why_request_error(request)) : 0;
}

static struct why_report *work(const struct invocation *in, struct why_request *request)
{
	if (in->command->run == cmd_file)
		return why_file(request, in->words, in->n_words);
	if (!in->is[KIND_QUIET])
		why_request_show_progress(request, STDERR_FILENO);
	if (in->command->run == cmd_here)
		return why_here(request);
	if (in->command->run == cmd_audit)
		return why_audit(request, in->n_words ? in->words[0] : NULL);
	return why_diagnose(request, in->n_words ? in->words[0] : NULL);
}

static int report(const struct invocation *in, const char *format)
{
	struct why_request *request = why_request_new();
	struct why_report *result = NULL;
	int status;

	if (!request)
		return complain("out of memory");
	status = format_of(in, format) ? outputs_check(in) : EXIT_TROUBLE;
	if (status == 0)
		status = password_default(in, request);
	if (status == 0)
		status = options_set(in, request);
	if (status == 0) {
		result = work(in, request);
		status = result ? show(in, result, format) : complain("%s", why_request_error(request));
	}
	why_report_free(result);
	why_request_free(request);
	return status;
}

static int one_target(const struct invocation *in)
{
	char safe[128];
	const char *near = in->n_words ? suggest_command(in->words[0]) : NULL;

	/* A transcript knows its own. */
	if (in->is[KIND_REPLAY] && in->n_words == 0)
		return 0;
	if (in->is[KIND_REPLAY])
		return complain("--replay: the transcript names its target; leave %s out", why_escape(safe, sizeof safe, in->words[0]));
	if (in->n_words == 0)
		return complain("%s: no target; expected a name, an address, host:port or a URL", in->command->name);
	if (in->n_words == 1)
		return 0;
	why_escape(safe, sizeof safe, in->words[in->command->run == cmd_diagnose && near ? 0 : 1]);
	if (near && in->command->run == cmd_diagnose)
		return complain("unknown command %s; did you mean %s?", safe, near);
	return complain("%s takes one target; %s is one too many", in->command->name, safe);
}

int cmd_diagnose(const struct invocation *in)
{
	int status = one_target(in);

	return status ? status : report(in, "text");
}

int cmd_audit(const struct invocation *in)
{
	int status = one_target(in);

	return status ? status : report(in, "text");
}

int cmd_clients(const struct invocation *in)
{
	int status = one_target(in);

	return status ? status : report(in, "clients");
}

int cmd_here(const struct invocation *in)
{
	char safe[128];

	if (in->n_words > 0)
		return complain("here takes no words; got %s (`here --name HOST` asks for one name)",
				why_escape(safe, sizeof safe, in->words[0]));
	return report(in, "text");
}

int cmd_file(const struct invocation *in)
{
	if (in->n_words == 0)
		return complain("file: no path; expected files (PEM, DER, PKCS #12, ...), the leaf first, or folders");
	return report(in, "text");
}
