/* The catalogue: every id of the contract once and in order, layers that fit, links that resolve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kb/fixes.h"
#include "rule/rule.h"

static void test_sorted_and_found(void **state)
{
	(void)state;
	assert_true(n_causes >= 154);
	for (size_t i = 0; i < n_causes; i++) {
		if (i > 0)
			assert_true(strcmp(causes[i - 1].id, causes[i].id) < 0);
		assert_ptr_equal(cause_find(causes[i].id), &causes[i]);
	}
	assert_null(cause_find("certificate.nonsense"));
	assert_null(cause_find(""));
	assert_null(cause_find(NULL));
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_causes; i++) {
		const struct cause *cause = &causes[i];
		size_t n = strlen(layer_name(cause->layer)), n_fixes;

		assert_memory_equal(cause->id, layer_name(cause->layer), n);
		assert_int_equal(cause->id[n], '.');
		assert_true(cause->title[0] && cause->meaning[0] && cause->fix[0]);
		assert_non_null(cause->references[0]);
		if (cause->fix_id)
			assert_non_null(kb_fixes_of(cause->fix_id, &n_fixes));
		for (size_t e = 0; cause->explains[e]; e++) {
			assert_non_null(cause_find(cause->explains[e]));
			assert_string_not_equal(cause->explains[e], cause->id);
		}
	}
}

static const char *const contract[] = {
	"dns.nxdomain", "dns.no-address", "dns.servfail", "dns.timeout",
	"dns.resolver-unreachable", "dns.dnssec-bogus", "dns.invalid-name", "dns.refused",
	"dns.dangling-cname", "tcp.refused", "tcp.timeout", "tcp.reset", "tcp.host-unreachable",
	"tcp.network-unreachable", "tcp.admin-prohibited", "tcp.one-family-broken",
	"tcp.some-addresses-dead", "tcp.closed", "tcp.proxy-protocol-expected",
	"tcp.proxy-protocol-unexpected", "proxy.unreachable", "proxy.auth-required",
	"proxy.connect-refused", "proxy.intercepts", "tls.plain-http", "tls.other-protocol",
	"tls.not-tls", "tls.closed-after-hello", "tls.reset-after-hello", "tls.silent",
	"tls.slow", "tls.hello-size-intolerant", "tls.version-intolerant",
	"tls.extension-intolerant", "tls.no-common-version", "tls.no-common-cipher",
	"tls.no-common-group", "tls.no-common-signature", "tls.version-too-old", "tls.weak-dh",
	"tls.sni-required", "tls.sni-unrecognized", "tls.alpn-mismatch",
	"tls.client-certificate-required", "tls.client-certificate-rejected",
	"tls.internal-error", "tls.alert", "tls.malformed-message", "tls.illegal-parameter",
	"tls.bad-signature", "tls.key-mismatch", "tls.bad-finished", "tls.retry-loop",
	"tls.record-too-long", "tls.backends-differ", "tls.intercepted", "tls.sni-intolerant",
	"tls.group-intolerant", "tls.grease-intolerant", "tls.stalled", "tls.unexpected-message",
	"tls.bad-record-mac", "tls.downgrade-detected", "tls.renegotiation-required",
	"tls.weak-cipher", "certificate.expired", "certificate.not-yet-valid",
	"certificate.intermediate-expired", "certificate.root-expired",
	"certificate.name-mismatch", "certificate.no-san", "certificate.self-signed",
	"certificate.untrusted-root", "certificate.missing-intermediate",
	"certificate.out-of-order", "certificate.unneeded-certificates",
	"certificate.bad-signature", "certificate.weak-signature", "certificate.weak-key",
	"certificate.wrong-extended-key-usage", "certificate.wrong-key-usage",
	"certificate.not-a-ca", "certificate.path-length", "certificate.name-constraints",
	"certificate.unknown-critical-extension", "certificate.validity-too-long",
	"certificate.revoked", "certificate.must-staple-missing", "certificate.staple-invalid",
	"certificate.ct-missing", "certificate.malformed", "certificate.distrusted-ca",
	"certificate.policy", "certificate.unsupported-key", "certificate.ca-as-leaf",
	"certificate.intermediate-not-yet-valid", "certificate.missing",
	"certificate.default-certificate", "certificate.precertificate",
	"certificate.chain-too-long", "certificate.chain-too-large",
	"certificate.ocsp-unreachable", "http.no-response", "http.reset", "http.timeout",
	"http.malformed", "http.truncated", "http.redirect-loop", "http.redirect-to-plain",
	"http.plain-http-to-https-port", "http.client-certificate", "http.origin-tls",
	"http.misdirected", "http.h2-broken", "http.hsts-missing", "http.hsts-weak",
	"http.server-error", "http.client-error", "http.bad-redirect", "http.headers-too-large",
	"http.bad-encoding", "http.hsts-preloaded", "page.mixed-active", "page.mixed-passive",
	"page.mixed-form", "page.mixed-download", "page.subresource-broken",
	"client.clock-wrong", "client.trust-store-missing", "client.proxy-set",
	"client.hosts-file-override", "client.captive-portal", "client.blocked-port",
	"host.not-reloaded", "host.certificate-file-missing", "host.duplicate-name",
	"host.one-family-only", "host.accept-queue-full", "host.proxy-protocol-mismatch",
	"host.stapling-no-resolver", "host.backend-down", "host.no-route", "host.forwarding-off",
	"host.reverse-path-filter", "host.not-listening", "host.loopback-only",
	"host.wrong-process", "host.firewall-drops", "host.firewall-rejects",
	"host.config-invalid", "host.certificate-file-unreadable", "host.key-mismatch",
	"host.name-not-served", "host.config-weak",
};

static void test_contract(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(contract); i++)
		assert_non_null(cause_find(contract[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted_and_found),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
