/* The readers of server configurations, from memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "server/conf.h"

struct fixture {
	struct conf conf;
	struct conf_node root;
};

typedef void parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);

static void begin(struct fixture *f, parse *with, const char *text)
{
	*f = (struct fixture){ .conf = { .arena = arena_new(0) } };
	f->conf.server = arena_new_of(f->conf.arena, struct server_evidence);
	f->root.is_block = true;
	with(&f->conf, &f->root, "x.conf", span_str(text));
}

static void end(struct fixture *f)
{
	arena_free(f->conf.arena);
}

static void test_nginx_words(void **state)
{
	struct fixture f;
	const struct conf_node *http, *n;

	(void)state;
	begin(&f, nginx_parse, "# {\nhttp {\n  log_format x 'a;b}' \"c\\\"d\"\n    e${v}f;\n  init_by_lua_block { s = \"}\" -- }\n t = [[}]] }\n  server { listen 443; }\n}\n");
	assert_int_equal(f.conf.server->n_faults, 0);
	http = f.root.first;
	assert_int_equal(http->at.line, 2);
	n = http->first;
	assert_int_equal(n->n_words, 5);
	assert_string_equal(n->words[2], "a;b}");
	assert_string_equal(n->words[3], "c\"d");
	assert_string_equal(n->words[4], "e${v}f");
	assert_int_equal(http->last->at.line, 7);
	assert_string_equal(conf_word(http->last, 0), "server");
	end(&f);
}

static void test_nginx_faults(void **state)
{
	static const struct { const char *text; unsigned line; } bad[] = {
		{ "a;\n}\nb;\n", 2 }, { "\nhttp {\n a b;\n", 2 }, { "a;\nb \"c\n", 2 }, { "a;\nb c", 2 },
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		begin(&f, nginx_parse, bad[i].text);
		assert_int_equal(f.conf.server->n_faults, 1);
		assert_string_equal(f.conf.server->faults[0].cause, "host.config-invalid");
		assert_int_equal(f.conf.server->faults[0].at.line, bad[i].line);
		end(&f);
	}
}

static void test_apache_lines(void **state)
{
	struct fixture f;
	const struct conf_node *host;

	(void)state;
	begin(&f, apache_parse, "# <VirtualHost>\n<VirtualHost *:443 [::]:443> \t\n ServerAlias a.test \\\n  \"b c\"\n\n SSLEngine on\n</VirtualHost>\nListen 443\n");
	assert_int_equal(f.conf.server->n_faults, 0);
	host = f.root.first;
	assert_int_equal(host->n_words, 3);
	assert_string_equal(host->words[2], "[::]:443");
	assert_int_equal(host->first->n_words, 3);
	assert_string_equal(host->first->words[2], "b c");
	assert_int_equal(host->last->at.line, 6);
	assert_int_equal(host->next->at.line, 8);
	end(&f);
	begin(&f, apache_parse, "a\n<If x>\n</Else>\n");
	assert_int_equal(f.conf.server->n_faults, 2);
	assert_int_equal(f.conf.server->faults[0].at.line, 3);
	assert_int_equal(f.conf.server->faults[1].at.line, 2);
	end(&f);
}

static void test_haproxy_lines(void **state)
{
	struct fixture f;
	const struct conf_node *n;

	(void)state;
	begin(&f, haproxy_parse, "global\n x\\ y \"a # b\" # c\n.if 0\n nonsense\n.else\n good\n.endif\nfrontend f\n bind :443\n");
	assert_int_equal(f.conf.server->n_faults, 0);
	n = f.root.first->first;
	assert_int_equal(n->n_words, 2);
	assert_string_equal(n->words[0], "x y");
	assert_string_equal(n->words[1], "a # b");
	assert_string_equal(n->next->words[0], "good");
	assert_null(n->next->next);
	assert_int_equal(f.root.last->at.line, 8);
	end(&f);
	begin(&f, haproxy_parse, "frontend f\n bind :443");
	assert_int_equal(f.conf.server->n_faults, 1);
	assert_int_equal(f.conf.server->faults[0].at.line, 2);
	end(&f);
}

static void test_binds(void **state)
{
	static const struct { const char *text, *address; int family; uint16_t port; bool good; } rows[] = {
		{ "443", NULL, 0, 443, true }, { "*:443", NULL, 0, 443, true }, { "[::]:443", NULL, AF_INET6, 443, true }, { ":8443", NULL, 0, 8443, true },
		{ "192.0.2.1", "192.0.2.1", AF_INET, 80, true }, { "192.0.2.1:443", "192.0.2.1", AF_INET, 443, true }, { "[2001:db8::1]:443", "2001:db8::1", AF_INET6, 443, true },
		{ "0.0.0.0:443", NULL, AF_INET, 443, true }, { "unix:/run/x", NULL, 0, 0, false }, { "[::1", NULL, 0, 0, false }, { "a:70000", NULL, 0, 0, false },
	};
	struct fixture f;

	(void)state;
	begin(&f, nginx_parse, "");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct server_bind b = { .port = 0 };

		assert_int_equal(conf_bind_parse(&f.conf, rows[i].text, 80, &b), rows[i].good);
		if (!rows[i].good)
			continue;
		assert_int_equal(b.port, rows[i].port);
		assert_int_equal(b.family, rows[i].family);
		if (rows[i].address)
			assert_string_equal(b.address, rows[i].address);
		else
			assert_null(b.address);
	}
	end(&f);
}

static void test_regex(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_int_equal(conf_regex_match(arena, "^(?<x>.+)\\.a\\d\\.test$", "b.a1.test"), TRI_YES);
	assert_int_equal(conf_regex_match(arena, "^(?:www\\.)?a\\.test$", "A.test"), TRI_YES);
	assert_int_equal(conf_regex_match(arena, "^a\\.test$", "b.test"), TRI_NO);
	static const struct { const char *pattern, *name; enum tri is; } rows[] = {
		{ "^(?!www\\.).*\\.test$", "a.test", TRI_YES }, { "^(?!www\\.).*\\.test$", "www.test", TRI_NO }, { "(?<=^a)\\.", "a.test", TRI_YES },
		{ "(?<!a)\\.test", "a.test", TRI_NO }, { "^([^.]+)\\.\\1\\.", "b.b.test", TRI_YES }, { "^(?<d>.+)\\.\\k<d>$", "b.c", TRI_NO }, { "^a{2,3}$", "aaaa", TRI_NO },
		{ "^[\\w-]+\\.test$", "x-1.test", TRI_YES }, { "^[[:alpha:]]+$", "x1", TRI_NO }, { "^a++a", "aaa", TRI_NO }, { "^(?>a*)ab", "aab", TRI_NO }, { "^a*?b|^c", "c", TRI_YES },
		{ "^(?-i)A", "a", TRI_NO }, { "\\bshop\\b", "a-shop.test", TRI_YES }, { "^[^]]$", "]", TRI_NO }, { "^a{x", "a{x", TRI_YES }, { "(?R)", "a", TRI_UNKNOWN }, { "^\\p{L}", "a", TRI_UNKNOWN },
		{ "^(([a-z])+.)+[A-Z]([a-z])+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", TRI_UNKNOWN }, { "[b-a]", "a", TRI_UNKNOWN }, { "", "a", TRI_YES },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(conf_regex_match(arena, rows[i].pattern, rows[i].name), rows[i].is);
	assert_int_equal(conf_regex_match(arena, "(", "a"), TRI_UNKNOWN);
	arena_free(arena);
}

static void test_caddy_sites(void **state)
{
	struct fixture f;
	const struct conf_node *n;

	(void)state;
	begin(&f, caddy_parse, "# x {\n{\n\tadmin off\n}\n(s) {\n\ttls a b\n}\na.test,\nb.test:8443 {\n\theader X \"a { b\" `c\"d`\n\trespond \\\n\t\t{$CODE:200}\n}\n");
	assert_int_equal(f.conf.server->n_faults, 0);
	n = f.root.first;
	assert_int_equal(n->n_words, 0);
	n = n->next->next;
	assert_int_equal(n->at.line, 8);
	assert_int_equal(n->n_words, 2);
	assert_string_equal(n->words[1], "b.test:8443");
	assert_string_equal(n->first->words[2], "a { b");
	assert_string_equal(n->first->words[3], "c\"d");
	assert_string_equal(n->last->words[1], "200");
	end(&f);
	begin(&f, caddy_parse, "a.test\nrespond x\n");
	assert_true(f.root.first->is_block);
	assert_string_equal(f.root.first->first->words[0], "respond");
	assert_null(f.root.first->next);
	end(&f);
	begin(&f, caddy_parse, "a {\n}\n}\nb {\n");
	assert_int_equal(f.conf.server->n_faults, 2);
	assert_int_equal(f.conf.server->faults[0].at.line, 3);
	assert_int_equal(f.conf.server->faults[1].at.line, 4);
	end(&f);
}

static void test_hitch_lines(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, hitch_parse, "# x\nfrontend = {\n host = \"*\" # y\n port = \"443\"\n}\npem-file = \"/a b\"\n");
	assert_int_equal(f.conf.server->n_faults, 0);
	assert_true(f.root.first->is_block);
	assert_int_equal(f.root.first->last->at.line, 4);
	assert_string_equal(f.root.last->words[1], "/a b");
	end(&f);
	begin(&f, hitch_parse, "a = {\n");
	assert_int_equal(f.conf.server->n_faults, 1);
	end(&f);
}

static void test_stunnel_services(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, stunnel_parse, "; x\ncert = /a\n[web]\naccept = 443\n sni = m:*.test\n");
	assert_string_equal(f.root.first->words[0], "cert");
	assert_true(f.root.last->is_block);
	assert_string_equal(f.root.last->words[1], "web");
	assert_string_equal(f.root.last->last->words[1], "m:*.test");
	assert_int_equal(f.root.last->last->at.line, 5);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nginx_words), cmocka_unit_test(test_caddy_sites), cmocka_unit_test(test_hitch_lines),
		cmocka_unit_test(test_stunnel_services), cmocka_unit_test(test_nginx_faults), cmocka_unit_test(test_apache_lines),
		cmocka_unit_test(test_haproxy_lines), cmocka_unit_test(test_binds), cmocka_unit_test(test_regex),
	};

	return cmocka_run_group_tests_name("server_conf", tests, NULL, NULL);
}
