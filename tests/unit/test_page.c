#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "http/page.h"

static void scan(struct arena *arena, const char *html, const char *csp, struct page_evidence *out)
{
	page_scan(arena, span_str(html), "https://h.test/dir/page", csp, out);
	assert_true(out->looked);
}

static const struct one {
	const char *html;
	enum resource_kind kind;
	const char *url;
	enum mixed_treatment treatment;
} ones[] = {
	{ "<script src=http://a.test/x.js></script>", RESOURCE_SCRIPT, "http://a.test/x.js",
	  MIXED_BLOCKED },
	{ "<SCRIPT\n defer SRC='http://a.test/x.js' />", RESOURCE_SCRIPT, "http://a.test/x.js",
	  MIXED_BLOCKED },
	{ "<script src=//a.test/x.js></script>", RESOURCE_SCRIPT, "https://a.test/x.js",
	  MIXED_NOT },
	{ "<link rel='alternate stylesheet' href=http://a.test/s.css>", RESOURCE_STYLE,
	  "http://a.test/s.css", MIXED_BLOCKED },
	{ "<link rel=preload as=font href=http://a.test/f.woff2>", RESOURCE_FONT,
	  "http://a.test/f.woff2", MIXED_BLOCKED },
	{ "<link rel=icon href=http://a.test/i.png>", RESOURCE_IMAGE, "http://a.test/i.png",
	  MIXED_UPGRADED },
	{ "<img alt='>' src=\"http://a.test/i.gif?a&amp;b\">", RESOURCE_IMAGE,
	  "http://a.test/i.gif?a&b", MIXED_UPGRADED },
	{ "<img src=&#104;ttp&colon;//a.test/i.gif>", RESOURCE_IMAGE, "http://a.test/i.gif",
	  MIXED_UPGRADED },
	{ "<img src=http://192.0.2.1/i.gif>", RESOURCE_IMAGE, "http://192.0.2.1/i.gif",
	  MIXED_WARNED },
	{ "<img srcset='http://a.test/2.gif 2x'>", RESOURCE_IMAGE, "http://a.test/2.gif",
	  MIXED_BLOCKED },
	{ "<picture><source srcset=http://a.test/p.webp></picture>", RESOURCE_IMAGE,
	  "http://a.test/p.webp", MIXED_BLOCKED },
	{ "<video><source src=http://a.test/v.mp4></video>", RESOURCE_MEDIA, "http://a.test/v.mp4",
	  MIXED_UPGRADED },
	{ "<audio src=http://a.test/a.ogg>", RESOURCE_MEDIA, "http://a.test/a.ogg",
	  MIXED_UPGRADED },
	{ "<iframe src=http://a.test/></iframe>", RESOURCE_FRAME, "http://a.test/", MIXED_BLOCKED },
	{ "<object data=http://a.test/o>", RESOURCE_OBJECT, "http://a.test/o", MIXED_BLOCKED },
	{ "<form action=http://a.test/send>", RESOURCE_FORM, "http://a.test/send", MIXED_WARNED },
	{ "<a download href=http://a.test/f.txt>", RESOURCE_DOWNLOAD, "http://a.test/f.txt",
	  MIXED_BLOCKED },
	{ "<a href=http://a.test/setup.exe?v=1>", RESOURCE_DOWNLOAD, "http://a.test/setup.exe?v=1",
	  MIXED_BLOCKED },
	{ "<p style='background:url( http://a.test/b.png )'>", RESOURCE_IMAGE,
	  "http://a.test/b.png", MIXED_UPGRADED },
	{ "<style>@import 'http://a.test/i.css';</style>", RESOURCE_STYLE, "http://a.test/i.css",
	  MIXED_BLOCKED },
	{ "<style>@import url(http://a.test/i.css);</style>", RESOURCE_STYLE, "http://a.test/i.css",
	  MIXED_BLOCKED },
	{ "<style>@font-face{src:url(\"http://a.test/f\")}</style>", RESOURCE_FONT,
	  "http://a.test/f", MIXED_BLOCKED },
	{ "<script>try{new WebSocket('ws://a.test/').onerror=()=>no()}catch(e){}</script>",
	  RESOURCE_WEBSOCKET, "ws://a.test/", MIXED_BLOCKED },
	{ "<script>let r = /[\"]/;\nfetch(\n \"http://a.test/api\" )</script>", RESOURCE_FETCH,
	  "http://a.test/api", MIXED_BLOCKED },
	{ "<script>x.open( 'GET', 'http://a.test/x')</script>", RESOURCE_FETCH, "http://a.test/x",
	  MIXED_BLOCKED },
	{ "<base href='http://b.test/q/'><img src=i.gif>", RESOURCE_IMAGE, "http://b.test/q/i.gif",
	  MIXED_UPGRADED },
	{ "<img src=http://localhost:80/i.gif>", RESOURCE_IMAGE, "http://localhost/i.gif",
	  MIXED_NOT },
	{ "<script src=http://127.0.0.1/x.js></script>", RESOURCE_SCRIPT, "http://127.0.0.1/x.js",
	  MIXED_NOT },
	{ "<!-- <img src=http://no.test/> --><img src=i.gif>", RESOURCE_IMAGE,
	  "https://h.test/dir/i.gif", MIXED_NOT },
	{ "<textarea><img src=http://no.test/></textarea><img src=i.gif>", RESOURCE_IMAGE,
	  "https://h.test/dir/i.gif", MIXED_NOT },
	{ "<script><!-- <script> '</script>' --></script><img src=i.gif>", RESOURCE_IMAGE,
	  "https://h.test/dir/i.gif", MIXED_NOT },
	{ "<template><img src=http://no.test/></template><img src=i.gif>", RESOURCE_IMAGE,
	  "https://h.test/dir/i.gif", MIXED_NOT },
	{ "<noscript><img src=http://no.test/></noscript><img src=i.gif>", RESOURCE_IMAGE,
	  "https://h.test/dir/i.gif", MIXED_NOT },
};

static void test_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ones); i++) {
		struct arena *arena = arena_new(0);
		struct page_evidence out;

		scan(arena, ones[i].html, NULL, &out);
		if (out.n_resources != 1)
			fail_msg("%zu resources: %s", out.n_resources, ones[i].html);
		assert_int_equal(out.resources[0].kind, ones[i].kind);
		assert_string_equal(out.resources[0].url, ones[i].url);
		if (out.resources[0].treatment != ones[i].treatment)
			fail_msg("treatment %d: %s", out.resources[0].treatment, ones[i].html);
		arena_free(arena);
	}
}

static const char *const nothing[] = {
	"",
	"plain text with http://a.test/ in it",
	"<a href=http://a.test/page>",
	"<img src=http://a.test/",
	"<img src=\"http://a.test/",
	"<!-- <img src=http://a.test/>",
	"<img src=data:image/gif;base64,AAAA>",
	"<a href=javascript:void(0)>",
	"<script type=application/json src=http://a.test/></script>",
	"<script type=text/template>fetch('http://a.test/')</script>",
	"<script>// fetch('http://a.test/')\n/* fetch('http://a.test/') */ var url = 'http://a.test/'</script>",
	"<style>/* url(http://a.test/) */ a { content: 'url(http://a.test/)' }</style>",
	"<![CDATA[ <img ",
	"<",
	"</",
	"<!",
	"<a",
	"<a b=",
	"<a b='",
	"<script",
	"<script>",
	"<style>url(",
	"<style>url('",
	"<style>@import",
	"<script>'",
	"<script>/*",
	"<script>'\\",
	"<link rel=stylesheet disabled href=http://a.test/s.css>",
};

static void test_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(nothing); i++) {
		struct arena *arena = arena_new(0);
		size_t n = strlen(nothing[i]);
		uint8_t *exact = malloc(n + 1); /* no byte behind the end may be read */
		struct page_evidence out;

		memcpy(exact, nothing[i], n);
		page_scan(arena, span_of(exact, n), "https://h.test/", NULL, &out);
		free(exact);
		if (out.n_resources != 0)
			fail_msg("%s loads %s", nothing[i], out.resources[0].url);
		arena_free(arena);
	}
}

static void test_lines(void **state)
{
	struct arena *arena = arena_new(0);
	struct page_evidence out;

	(void)state;
	scan(arena,
	     "<html>\n<img\n "
	     "src=1.gif>\r\n<script>\n\nfetch('http://a.test/')</"
	     "script>\n<style>\na{b:url(2.gif)}</style>\n"
	     "<img src=1.gif><img srcset='3.gif, 4.gif 2x,5.gif 3x'>",
	     NULL, &out);
	assert_int_equal(out.n_resources, 6);
	assert_int_equal(out.resources[0].line, 3);
	assert_int_equal(out.resources[1].line, 6);
	assert_int_equal(out.resources[2].line, 8);
	assert_int_equal(out.resources[3].line, 9);
	assert_string_equal(out.resources[5].url, "https://h.test/dir/5.gif");
	assert_null(strstr(out.resources[0].element, "likely"));
	assert_non_null(strstr(out.resources[1].element, "likely"));
	arena_free(arena);
}

static void test_upgrade_policy(void **state)
{
	static const char html[] =
		"<script src=http://a.test/x.js></script><form action=http://a.test/>"
		"<a download href=http://a.test/f><a download href=http://h.test/f>";
	static const char meta[] = "<meta http-equiv=Content-Security-Policy content='default-src "
				   "*; Upgrade-Insecure-Requests'>"
				   "<script src=http://a.test/x.js></script>";
	struct arena *arena = arena_new(0);
	struct page_evidence out;

	(void)state;
	scan(arena, html, "default-src https: , upgrade-insecure-requests", &out);
	assert_true(out.upgrade_insecure_requests);
	assert_int_equal(out.resources[0].treatment, MIXED_UPGRADED);
	assert_int_equal(out.resources[1].treatment, MIXED_UPGRADED);
	assert_int_equal(out.resources[2].treatment, MIXED_BLOCKED);
	assert_int_equal(out.resources[3].treatment, MIXED_UPGRADED);
	scan(arena, meta, NULL, &out);
	assert_int_equal(out.resources[0].treatment, MIXED_UPGRADED);
	scan(arena, html, "report-uri /upgrade-insecure-requests", &out);
	assert_false(out.upgrade_insecure_requests);
	assert_int_equal(out.resources[0].treatment, MIXED_BLOCKED);
	arena_free(arena);
}

static void test_plain_page(void **state)
{
	struct arena *arena = arena_new(0);
	struct page_evidence out;

	(void)state;
	page_scan(arena, span_str("<script src=x.js></script>"), "http://h.test/", NULL, &out);
	assert_true(out.resources[0].is_plain);
	assert_int_equal(out.resources[0].treatment, MIXED_NOT);
	page_scan(arena, span_str("<script src=x.js></script>"), "no url", NULL, &out);
	assert_false(out.looked);
	assert_non_null(out.not_looked_because);
	arena_free(arena);
}

/* Many resources, a long base, endless openings: bounded work and memory. */
static void test_hostile_size(void **state)
{
	static const char *const units[] = { "<img src=i%zu.gif>",
					     "<a download href=x%zu>",
					     "<",
					     "<!--",
					     "<script>'",
					     "<style>url(%zu)",
					     "<p style='a:url(%zu)'>",
					     "<svg a b c d>",
					     "&",
					     "<template>",
					     "<script><!--<script>" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		struct arena *arena = arena_new(0);
		struct page_evidence out;
		size_t cap = 1 << 20, n = 0;
		char *html = calloc(1, cap + 128);

		memcpy(html, "<base href=//b.test/", 20);
		memset(html + 20, 'd', 4000);
		html[4020] = '/';
		html[4021] = '>';
		n = 4022;
		for (size_t k = 0; n < cap; k++)
			n += (size_t)snprintf(html + n, 100, units[i], k);
		page_scan(arena, span_of(html, n), "https://h.test/", NULL, &out);
		assert_true(out.n_resources <= 2000);
		assert_true(arena_used(arena) < (20u << 20));
		free(html);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ones),	   cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_lines),	   cmocka_unit_test(test_upgrade_policy),
		cmocka_unit_test(test_plain_page), cmocka_unit_test(test_hostile_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
