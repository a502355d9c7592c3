/* The readers of server configurations: the first byte says which. */
#include "server/caddy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const parsers[])(struct conf *, struct conf_node *, const char *, struct span) = { nginx_parse, apache_parse, haproxy_parse, stunnel_parse, caddy_parse, hitch_parse, caddy_json_read };
	struct arena *arena = arena_new(0);
	struct conf conf = { .arena = arena };
	struct conf_node *root = arena_new_of(arena, struct conf_node);

	conf.server = arena_new_of(arena, struct server_evidence);
	root->is_block = true;
	if (n > 0 && n < 65536) {
		char *name = arena_strn(arena, data + 1, n - 1 < 200 ? n - 1 : 200);
		struct server_bind bind;

		parsers[data[0] % COUNT_OF(parsers)](&conf, root, "fuzz.conf", span_of(data + 1, n - 1));
		conf_bind_parse(&conf, name, 443, &bind);
		conf_regex_match(arena, name, "www.example.org");
	}
	arena_free(arena);
	return 0;
}
