#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "x509/name.h"
#include "x509/sig.h"
#include "x509_fixture.h"

static struct cert *one(struct arena *arena, const char *pem)
{
	struct cert **certs;

	assert_int_equal(cert_read_all(arena, span_str(pem), &certs), 1);
	return certs[0];
}

static void test_fields(void **state)
{
	struct arena *arena = arena_new(0);
	struct cert *leaf = one(arena, leaf_pem), *inter = one(arena, inter_pem);

	(void)state;
	assert_null(leaf->malformed);
	assert_int_equal(leaf->version, 3);
	assert_string_equal(leaf->subject.common_name, "www.example.org");
	assert_string_equal(cert_serial_text(arena, leaf), "12:34");
	assert_string_equal(leaf->key.name, "EC P-256");
	assert_true(leaf->eku_server && !leaf->is_ca && leaf->must_staple);
	assert_int_equal(leaf->n_san_dns, 2);
	assert_int_equal(leaf->n_san_ip, 1);
	assert_true(span_is(leaf->issuer_urls[0], "http://ca.example/i.der"));
	assert_true(span_is(leaf->ocsp_urls[0], "http://ocsp.example/"));
	assert_int_equal(inter->path_length, 0);
	assert_int_equal(inter->n_permitted, 1);
	assert_true(span_equal(leaf->aki, inter->ski));
	assert_string_equal(cert_algorithm_name(arena, &leaf->signature_outer), "ecdsa-with-SHA256");
	arena_free(arena);
}

static void test_signatures(void **state)
{
	struct arena *arena = arena_new(0);
	struct cert *leaf = one(arena, leaf_pem), *inter = one(arena, inter_pem), *root = one(arena, root_pem);

	(void)state;
	assert_int_equal(cert_signed_by(leaf, inter), SIG_OK);
	assert_int_equal(cert_signed_by(inter, root), SIG_OK);
	assert_int_equal(cert_signed_by(root, root), SIG_OK);
	assert_int_equal(cert_signed_by(leaf, root), SIG_BAD);
	arena_free(arena);
}

/* Cut at every length and with every byte changed: never a crash, and a cut is always seen. */
static void test_damage(void **state)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct span der = one(arena, leaf_pem)->der;
	uint8_t *copy = arena_alloc(arena, der.n);

	(void)state;
	for (size_t n = 0; n < der.n; n++)
		assert_non_null(cert_parse(arena, span_of(der.p, n))->malformed);
	for (size_t i = 0; i < der.n; i++) {
		memcpy(copy, der.p, der.n);
		copy[i] ^= 0x81;
		assert_non_null(cert_parse(arena, span_of(copy, der.n)));
	}
	arena_free(arena);
}

static void test_files(void **state)
{
	struct arena *arena = arena_new(0);
	struct cert *leaf = one(arena, leaf_pem), **certs;
	char *two = arena_printf(arena, "junk\n%smore junk\n%s", cert_to_pem(arena, leaf), inter_pem);

	(void)state;
	assert_int_equal(cert_read_all(arena, span_str(two), &certs), 2);
	assert_true(cert_equal(certs[0], leaf));
	assert_int_equal(cert_read_all(arena, leaf->der, &certs), 1);
	assert_int_equal(cert_read_all(arena, span_str("nothing here"), &certs), 0);
	arena_free(arena);
}

static void test_times(void **state)
{
	int64_t when;

	(void)state;
	assert_true(der_time(DER_UTC_TIME, span_str("240229120000Z"), &when));
	assert_int_equal(when, 1709208000);
	assert_true(der_time(DER_UTC_TIME, span_str("500101000000Z"), &when));
	assert_true(when < 0);
	assert_false(der_time(DER_UTC_TIME, span_str("230229120000Z"), &when));
	assert_false(der_time(DER_UTC_TIME, span_str("2402291200Z"), &when));
	assert_false(der_time(DER_GENERALIZED_TIME, span_str("20240229120000"), &when));
	assert_false(der_time(DER_GENERALIZED_TIME, span_str("20240229120000+0100"), &when));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields), cmocka_unit_test(test_signatures), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_files), cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
