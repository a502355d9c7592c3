/* The name tables: sorted, and the rows that everybody knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kb/fixes.h"
#include "kb/names.h"

static void test_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_kb_suites; i++)
		assert_ptr_equal(kb_suite(kb_suites[i].code), &kb_suites[i]);
	for (size_t i = 0; i < n_kb_groups; i++)
		assert_ptr_equal(kb_group(kb_groups[i].code), &kb_groups[i]);
	for (size_t i = 0; i < n_kb_schemes; i++)
		assert_ptr_equal(kb_scheme(kb_schemes[i].code), &kb_schemes[i]);
	for (size_t i = 0; i < n_kb_extensions; i++)
		assert_ptr_equal(kb_extension(kb_extensions[i].code), &kb_extensions[i]);
	for (size_t i = 0; i < n_kb_versions; i++)
		assert_ptr_equal(kb_version(kb_versions[i].code), &kb_versions[i]);
	for (size_t i = 0; i < n_kb_alerts; i++)
		assert_ptr_equal(kb_alert(kb_alerts[i].code), &kb_alerts[i]);
}

static void test_known(void **state)
{
	const struct kb_suite *suite = kb_suite(0xC02F);

	(void)state;
	assert_string_equal(suite->name, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
	assert_string_equal(suite->openssl, "ECDHE-RSA-AES128-GCM-SHA256");
	assert_true(suite->has_forward_secrecy && suite->is_aead && !suite->is_export);
	assert_ptr_equal(kb_suite_by_name("ecdhe-rsa-aes128-gcm-sha256"), suite);
	assert_int_equal(kb_suite(0x0005)->class, KB_CLASS_INSECURE);
	assert_string_equal(kb_group_name(0x001D), "x25519");
	assert_string_equal(kb_scheme_name(0x0804), "rsa_pss_rsae_sha256");
	assert_string_equal(kb_alert_name(40), "handshake_failure");
	assert_string_equal(kb_extension_name(0), "server_name");
	assert_string_equal(kb_version_name(0x0303), "TLS 1.2");
	assert_string_equal(kb_version_name(0x0300), "SSL 3.0");
	assert_true(kb_is_grease(0x2A2A));
}

static void test_unknown(void **state)
{
	(void)state;
	assert_null(kb_suite(0xFEED));
	assert_null(kb_suite_by_name("no-such-suite"));
	assert_null(kb_suite_by_name(NULL));
	assert_null(kb_group_name(0xEEEE));
	assert_null(kb_alert_name(255));
	assert_null(kb_version_name(0x0299));
	assert_false(kb_is_grease(0x0A1A));
}

static void test_fixes(void **state)
{
	(void)state;
	assert_string_equal(kb_fix("send-full-chain", "NGINX")->software, "nginx");
	assert_string_equal(kb_fix("listen", "unknown")->software, "");
	assert_null(kb_fix("no-such-fix", "nginx"));
	assert_null(kb_fix(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_fixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
