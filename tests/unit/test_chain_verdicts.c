/* Verdicts of the certificate models over real chains, as the clients themselves gave them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "client/chain.h"
#include "x509/cert.h"
#include "x509/trust.h"

enum { NOW = 1795467600 };      /* 2026-11-23 21:00 UTC */

struct verdict {
	const char *fixture, *host;
	const char *chrome, *firefox;
	int64_t curl, openssl;
	const char *node, *gnutls, *go, *java;
};

static const struct verdict verdicts[] = {
#include "chain_verdicts.def"
};

static FILE *open_fixture(const char *name)
{
	static const char *const places[] = { "tests/data/chain", "../tests/data/chain" };
	char path[4096];
	const char *slash = strrchr(__FILE__, '/');
	FILE *file = NULL;

	if (slash) {
		snprintf(path, sizeof path, "%.*s/../data/chain/%s", (int)(slash - __FILE__), __FILE__,
			 name);
		file = fopen(path, "rb");
	}
	for (size_t i = 0; !file && i < COUNT_OF(places); i++) {
		snprintf(path, sizeof path, "%s/%s", places[i], name);
		file = fopen(path, "rb");
	}
	return file;
}

static struct span read_fixture(struct arena *arena, const char *name, const char *suffix)
{
	const size_t cap = 65536;
	uint8_t *bytes = arena_alloc(arena, cap);
	FILE *file = open_fixture(arena_printf(arena, "%s%s", name, suffix));
	size_t n = 0;

	if (file) {
		n = fread(bytes, 1, cap, file);
		fclose(file);
	}
	return span_of(bytes, n);
}

struct bench {
	struct arena *arena;
	struct trust *trust;
	struct chain_case in;
};

static struct bench bench_open(const char *fixture, const char *host)
{
	struct bench bench = { .arena = arena_new(0) };
	struct cert **certs = NULL;
	struct why_error error;

	bench.trust = trust_load_bytes(read_fixture(bench.arena, "roots", ".pem"), true, &error);
	assert_non_null(bench.trust);
	bench.in.n_sent = cert_read_all(bench.arena, read_fixture(bench.arena, fixture, ".pem"), &certs);
	assert_true(bench.in.n_sent > 0);
	bench.in.arena = bench.arena;
	bench.in.sent = (const struct cert *const *)certs;
	bench.in.trust = bench.trust;
	bench.in.host = host;
	bench.in.now_unix = NOW;
	bench.in.staple = read_fixture(bench.arena, fixture, ".ocsp");
	bench.in.has_staple = bench.in.staple.n > 0;
	return bench;
}

static void bench_close(struct bench *bench)
{
	trust_free(bench->trust);
	arena_free(bench->arena);
}

static struct client_result ask(const struct bench *bench, chain_judge *judge)
{
	struct client_result result = { 0 };

	judge(NULL, &bench->in, &result);
	assert_true((result.outcome == CLIENT_OK) == (result.error == NULL));
	return result;
}

static void expect_text(const char *fixture, const char *want, const char *got)
{
	if (want && got && strcmp(want, got) == 0)
		return;
	if (want || got)
		fail_msg("%s: want %s, got %s", fixture, want ? want : "ok", got ? got : "ok");
}

static void test_browsers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
		struct bench bench = bench_open(verdicts[i].fixture, verdicts[i].host);

		expect_text(verdicts[i].fixture, verdicts[i].chrome, ask(&bench, chain_chrome).error);
		expect_text(verdicts[i].fixture, verdicts[i].firefox, ask(&bench, chain_firefox).error);
		bench_close(&bench);
	}
}

static void test_openssl_family(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
		struct bench bench = bench_open(verdicts[i].fixture, verdicts[i].host);

		assert_int_equal(ask(&bench, chain_openssl_curl).number, verdicts[i].curl);
		assert_int_equal(ask(&bench, chain_openssl).number, verdicts[i].openssl);
		expect_text(verdicts[i].fixture, verdicts[i].node, ask(&bench, chain_openssl_node).error);
		bench_close(&bench);
	}
}

static void test_gnutls_and_java(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
		struct bench bench = bench_open(verdicts[i].fixture, verdicts[i].host);

		expect_text(verdicts[i].fixture, verdicts[i].gnutls, ask(&bench, chain_gnutls).error);
		expect_text(verdicts[i].fixture, verdicts[i].java, ask(&bench, chain_java).message);
		bench_close(&bench);
	}
}

static void test_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
		struct bench bench = bench_open(verdicts[i].fixture, verdicts[i].host);
		const char *want = verdicts[i].go, *got = ask(&bench, chain_go).error;

		if (want && got && strncmp(want, got, strlen(want)) == 0)
			got = want;
		expect_text(verdicts[i].fixture, want, got);
		bench_close(&bench);
	}
}

/* Revocation and authority errors differ in what the user may do. */
static void test_overridable(void **state)
{
	struct bench bench = bench_open("chain-unknown", "n090.lab.test");

	(void)state;
	assert_int_equal(ask(&bench, chain_chrome).overridable, TRI_YES);
	assert_int_equal(ask(&bench, chain_firefox).overridable, TRI_YES);
	bench_close(&bench);
	bench = bench_open("use-staple-revoked", "n118.lab.test");
	assert_int_equal(ask(&bench, chain_chrome).overridable, TRI_NO);
	assert_int_equal(ask(&bench, chain_firefox).overridable, TRI_NO);
	bench_close(&bench);
}

/* Nobody asked for a name: no name is wrong. */
static void test_without_host(void **state)
{
	struct bench bench = bench_open("name-wrong", NULL);

	(void)state;
	assert_null(ask(&bench, chain_chrome).error);
	assert_null(ask(&bench, chain_firefox).error);
	assert_null(ask(&bench, chain_openssl).error);
	assert_null(ask(&bench, chain_go).error);
	assert_null(ask(&bench, chain_java).error);
	assert_null(ask(&bench, chain_gnutls).error);
	bench_close(&bench);
}

/* Bytes that are no certificate stop every client, and none of them crashes. */
static void test_garbage(void **state)
{
	static chain_judge *const all[] = { chain_openssl, chain_openssl_curl, chain_openssl_node,
					    chain_openssl_python, chain_gnutls, chain_wget, chain_go,
					    chain_java, chain_chrome, chain_firefox, chain_safari,
					    chain_dotnet, chain_okhttp, chain_rustls };
	struct arena *arena = arena_new(0);
	static const char text[] = "this is not a certificate";
	const struct cert *sent[] = { cert_parse(arena, span_str(text)) };
	struct chain_case in = { .arena = arena, .sent = sent, .n_sent = 1, .host = "a.test",
				 .now_unix = NOW };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct client_result result = { 0 };

		all[i](NULL, &in, &result);
		assert_int_equal(result.outcome, CLIENT_ERROR);
		assert_non_null(result.error);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_browsers),      cmocka_unit_test(test_openssl_family),
		cmocka_unit_test(test_gnutls_and_java), cmocka_unit_test(test_go),
		cmocka_unit_test(test_overridable),   cmocka_unit_test(test_without_host),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
