/* What a person types: the target after the first byte, or the value of an option that is read without a file. The first byte
 * says which. Whatever it is: taken, or refused with a word on why. */
#include <stdlib.h>

#include "api_options.h"
#include "scan/proxy.h"
#include "scan/target.h"

static const char *const options[] = { "resolve", "connect-to", "proxy", "noproxy", "max-time", "connect-timeout", "now", "samples", "pool", "compare-port",
				       "starttls", "servername", "name", "from", "to", "port", "as", "interface" };

static void one_target(struct arena *arena, const char *text, const char *servername, const char *starttls)
{
	struct why_error error = { 0 };
	struct target target;
	int status = target_parse(arena, text, servername, &target, &error);

	if (status == 0 && starttls)
		status = target_starttls(&target, starttls, &error);
	if (status == 0 ? !target.host : !error.text[0])
		abort();
}

static void one_option(struct arena *arena, const char *name, const char *text)
{
	struct request_options set = { 0 };
	struct why_error error = { 0 };

	if (request_option_set(arena, &set, name, text, &error) != 0 && !error.text[0])
		abort();
	request_options_copy(arena, &set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	const char *text;
	unsigned how;

	if (size == 0 || size > 8192)
		return 0;
	arena = arena_new((size_t)64 << 20);
	how = data[0];
	text = arena_strn(arena, data + 1, size - 1);
	if (how & 0x80)
		one_option(arena, options[(how & 0x7f) % COUNT_OF(options)], text);
	else
		one_target(arena, text, how & 1 ? "www.example.org" : how & 2 ? "" : NULL, how & 4 ? "smtp" : how & 8 ? "postgres" : NULL);
	arena_free(arena);
	return 0;
}
