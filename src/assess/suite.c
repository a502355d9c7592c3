/* See suite.h. SSLv2's kinds: the SSL 2.0 draft; the rest is the table of src/kb/data/suites.tsv. */
#include "assess/suite.h"

#include <stdio.h>

#include "base/attr.h"

struct ssl2_kind {
	uint32_t code;
	const char *name, *openssl, *encryption, *mode;
	unsigned bits;
	bool is_export;
};

static const struct ssl2_kind ssl2_kinds[] = {
	{ 0x010080, "SSL_CK_RC4_128_WITH_MD5", "RC4-MD5", "RC4", "", 128, false },
	{ 0x020080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5", "EXP-RC4-MD5", "RC4", "", 40, true },
	{ 0x030080, "SSL_CK_RC2_128_CBC_WITH_MD5", "RC2-CBC-MD5", "RC2", "CBC", 128, false },
	{ 0x040080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5", "EXP-RC2-CBC-MD5", "RC2", "CBC", 40, true },
	{ 0x050080, "SSL_CK_IDEA_128_CBC_WITH_MD5", "IDEA-CBC-MD5", "IDEA", "CBC", 128, false },
	{ 0x060040, "SSL_CK_DES_64_CBC_WITH_MD5", "DES-CBC-MD5", "DES", "CBC", 56, false },
	{ 0x0700c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5", "DES-CBC3-MD5", "3DES", "CBC", 112, false },
	{ 0x080080, "SSL_CK_RC4_64_WITH_MD5", "RC4-64-MD5", "RC4", "", 64, false },
};

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static struct suite_view ssl2_view(struct suite_view view)
{
	view.key_exchange = view.authentication = "RSA";
	view.mac = "MD5";
	view.class = KB_CLASS_INSECURE;
	for (size_t i = 0; i < COUNT_OF(ssl2_kinds); i++) {
		const struct ssl2_kind *kind = &ssl2_kinds[i];

		if (kind->code != view.code)
			continue;
		view.name = kind->name;
		view.openssl = kind->openssl;
		view.encryption = kind->encryption;
		view.mode = kind->mode;
		view.bits = kind->bits;
		view.is_export = kind->is_export;
		view.is_known = true;
	}
	return view;
}

/* Two keys of 56 bits are found as soon as one: 3DES has 112 (SP 800-57). */
static unsigned real_bits(const struct kb_suite *suite)
{
	return suite->encryption && strcmp(suite->encryption, "3DES") == 0 ? 112 : suite->bits;
}

struct suite_view suite_view_of(uint16_t version, uint32_t code)
{
	const struct kb_suite *suite = code <= 0xffff ? kb_suite((uint16_t)code) : NULL;
	struct suite_view view = { .code = code, .name = "unknown", .key_exchange = "", .authentication = "",
				   .encryption = "", .mode = "", .mac = "" };

	snprintf(view.code_text, sizeof view.code_text, version == AUDIT_SSL2 ? "%06X" : "%04X", (unsigned)code & 0xffffff);
	if (version == AUDIT_SSL2)
		return ssl2_view(view);
	if (!suite)
		return view;
	view.is_known = true;
	view.name = suite->name;
	view.openssl = suite->openssl;
	view.gnutls = suite->gnutls;
	view.key_exchange = suite->key_exchange ? suite->key_exchange : version == AUDIT_TLS13 ? "any" : "";
	view.authentication = suite->authentication ? suite->authentication : version == AUDIT_TLS13 ? "any" : "";
	view.encryption = or_empty(suite->encryption);
	view.mode = or_empty(suite->mode);
	view.mac = suite->is_aead ? "AEAD" : or_empty(suite->mac);
	view.bits = real_bits(suite);
	view.has_forward_secrecy = suite->has_forward_secrecy || version == AUDIT_TLS13;
	view.is_aead = suite->is_aead;
	view.is_export = suite->is_export;
	view.class = suite->class;
	return view;
}

/* ---- what kind is it -------------------------------------------------------------------------------- */

static bool is(const char *value, const char *word)
{
	return strcmp(value, word) == 0;
}

bool suite_is_rc4(const struct suite_view *suite) { return is(suite->encryption, "RC4"); }
bool suite_is_null(const struct suite_view *suite) { return is(suite->encryption, "NULL"); }
bool suite_is_anonymous(const struct suite_view *suite) { return is(suite->authentication, "anon"); }
bool suite_is_cbc(const struct suite_view *suite) { return is(suite->mode, "CBC"); }
bool suite_is_export(const struct suite_view *suite) { return suite->is_export; }
bool suite_has_forward_secrecy(const struct suite_view *suite) { return suite->has_forward_secrecy; }
bool suite_is_aead(const struct suite_view *suite) { return suite->is_aead; }
bool suite_is_dhe(const struct suite_view *suite) { return is(suite->key_exchange, "DHE"); }
bool suite_is_static_rsa(const struct suite_view *suite) { return is(suite->key_exchange, "RSA"); }
bool suite_is_any(const struct suite_view *suite) { (void)suite; return true; }

bool suite_has_block64(const struct suite_view *suite)
{
	static const char *const names[] = { "3DES", "DES", "DES40", "IDEA", "RC2", "GOST28147" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (is(suite->encryption, names[i]))
			return true;
	return false;
}

/* ---- asking an audit ---------------------------------------------------------------------------------- */

static bool list_has(const struct audit_suites *list, suite_test *test, struct suite_seen *seen)
{
	for (size_t i = 0; list && i < list->n; i++) {
		struct suite_view view = suite_view_of(list->version, list->items[i].code);

		if (!test(&view))
			continue;
		if (seen)
			*seen = (struct suite_seen){ list->version, view.code };
		return true;
	}
	return false;
}

enum tri audit_any_suite(const struct audit *audit, uint16_t low, uint16_t high, suite_test *test, struct suite_seen *seen)
{
	static const uint16_t versions[] = { AUDIT_SSL2, AUDIT_SSL3, AUDIT_TLS10, AUDIT_TLS11, AUDIT_TLS12, AUDIT_TLS13 };
	enum tri result = TRI_NO;

	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		const struct audit_suites *list = audit_suites_of(audit, versions[i]);

		if (versions[i] < low || versions[i] > high)
			continue;
		if (list_has(list, test, seen))
			return TRI_YES;
		if (audit_has_protocol(audit, versions[i]) != TRI_NO && !(list && list->state.extent == AUDIT_WHOLE))
			result = TRI_UNKNOWN;
	}
	return result;
}

bool audit_suites_are_whole(const struct audit *audit, const char **because)
{
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++) {
		const struct audit_protocol *p = &audit->protocols[i];
		const struct audit_suites *list = p->version ? audit_suites_of(audit, p->version) : NULL;

		if (p->supported == TRI_NO)
			continue;
		if (p->supported == TRI_YES && list && list->state.extent == AUDIT_WHOLE)
			continue;
		*because = p->supported == TRI_YES && list && list->state.because ? list->state.because :
			p->because ? p->because : audit->gave_up ? audit->gave_up : "not every question was answered";
		return false;
	}
	return true;
}
