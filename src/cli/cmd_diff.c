/* diff: two reports in JSON, what changed between them. */
#include "cli.h"

static int shown(const struct invocation *in, struct why_request *request)
{
	struct why_style style = style_of(in);
	int is_same = 0, status;
	char *text = why_diff(request, in->words[0], in->words[1], in->is[KIND_JSON] ? "json" : "text", &style, &is_same);

	if (!text)
		return complain("%s", why_request_error(request));
	status = emit(text, is_same ? EXIT_OK : EXIT_BROKEN);
	why_free(text);
	return status;
}

int cmd_diff(const struct invocation *in)
{
	struct why_request *request;
	int status;

	if (in->n_words != 2)
		return complain("diff takes two reports in JSON: why443 diff BEFORE.json AFTER.json");
	request = why_request_new();
	if (!request)
		return complain("out of memory");
	status = shown(in, request);
	why_request_free(request);
	return status;
}
