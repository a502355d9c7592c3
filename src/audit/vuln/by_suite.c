/* What follows from the suites and protocols that are accepted; nothing is sent. RFC 7465 (RC4), RFC
 * 7568 (SSLv3), RFC 6176 (SSLv2), RFC 8996 (TLS 1.0, 1.1), RFC 4346 (export). */
#include "audit/vuln/vuln.h"

static bool is_text(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* Accepted is bad, refused is good. */
static void judge_suites(struct asking *asking, struct audit_vulnerability *out, uint16_t low, uint16_t high,
			 bool (*wanted)(const struct kb_suite *suite), const char *what)
{
	struct suite_search search = find_suites(asking, low, high, wanted);

	if (search.found == TRI_YES) {
		note_exchange(asking, out, "offered %s, the ServerHello chose %s", what, search.names);
		is_vulnerable(asking, out, "accepts %s", search.names);
	} else if (search.found == TRI_NO) {
		note_exchange(asking, out, "offered %s in each version: none was chosen", what);
		is_not_vulnerable(asking, out, "%s are refused", what);
	} else {
		is_unknown(asking, out, "whether %s are accepted is not known: %s", what, search.because);
	}
}

void vulnerability_poodle_ssl(struct asking *asking, struct audit_vulnerability *out)
{
	if (audit_has_protocol(asking_audit(asking), SSL_3_0) == TRI_NO)
		is_not_vulnerable(asking, out, "SSL 3.0 is refused");
	else
		judge_suites(asking, out, SSL_3_0, SSL_3_0, is_cbc_suite, "CBC suites under SSL 3.0");
}

void vulnerability_beast(struct asking *asking, struct audit_vulnerability *out)
{
	judge_suites(asking, out, SSL_3_0, TLS_1_0, is_cbc_suite, "CBC suites under SSL 3.0 or TLS 1.0");
	if (out->status == VULNERABILITY_VULNERABLE)
		out->because =
			arena_printf(arena_of(asking), "%s; browsers guard against it since 2012 by splitting records",
				     out->because);
}

static bool is_rsa_export(const struct kb_suite *s)
{
	return s->is_export && suite_is_named(s, "TLS_RSA_EXPORT");
}

void vulnerability_freak(struct asking *asking, struct audit_vulnerability *out)
{
	judge_suites(asking, out, SSL_3_0, TLS_1_2, is_rsa_export, "RSA export suites");
}

static bool is_dhe_export(const struct kb_suite *s)
{
	return s->is_export && (suite_is_named(s, "DHE_") || suite_is_named(s, "DH_"));
}

void vulnerability_logjam_export(struct asking *asking, struct audit_vulnerability *out)
{
	judge_suites(asking, out, SSL_3_0, TLS_1_2, is_dhe_export, "DHE export suites");
}

static bool is_64_bit(const struct kb_suite *s)
{
	static const char *const ciphers[] = {"3DES", "DES", "IDEA", "RC2", "CAST", "GOST28147", "MAGMA"};

	for (size_t i = 0; i < COUNT_OF(ciphers); i++)
		if (is_text(s->encryption, ciphers[i]))
			return true;
	return suite_is_named(s, "MAGMA") || suite_is_named(s, "28147");
}

void vulnerability_sweet32(struct asking *asking, struct audit_vulnerability *out)
{
	judge_suites(asking, out, SSL_3_0, TLS_1_2, is_64_bit, "suites with 64-bit blocks");
}

static bool is_rc4(const struct kb_suite *s)
{
	return is_text(s->encryption, "RC4");
}

void vulnerability_rc4(struct asking *asking, struct audit_vulnerability *out)
{
	judge_suites(asking, out, SSL_3_0, TLS_1_2, is_rc4, "RC4 suites");
}

static bool is_null_or_anon(const struct kb_suite *s)
{
	return !s->is_signal &&
	       (is_text(s->encryption, "NULL") || is_text(s->authentication, "anon") || suite_is_named(s, "_anon_"));
}

void vulnerability_null_anon(struct asking *asking, struct audit_vulnerability *out)
{
	judge_suites(asking, out, SSL_3_0, TLS_1_2, is_null_or_anon,
		     "suites without encryption or without authentication");
}

static bool is_static_dh(const struct kb_suite *s)
{
	return (suite_is_named(s, "_DH_RSA_") || suite_is_named(s, "_DH_DSS_") || suite_is_named(s, "_ECDH_RSA_") ||
		suite_is_named(s, "_ECDH_ECDSA_"));
}

void vulnerability_static_dh(struct asking *asking, struct audit_vulnerability *out)
{
	judge_suites(asking, out, SSL_3_0, TLS_1_2, is_static_dh, "static DH and ECDH suites");
}

/* A possibility at most: what differs is time, and only with stacks of before 2013. */
void vulnerability_lucky13(struct asking *asking, struct audit_vulnerability *out)
{
	struct suite_search cbc = find_suites(asking, TLS_1_0, TLS_1_2, is_cbc_suite);

	if (cbc.found == TRI_NO)
		is_not_vulnerable(asking, out, "no CBC suite is accepted in TLS 1.0 to 1.2");
	else if (cbc.found == TRI_UNKNOWN)
		is_unknown(asking, out, "whether CBC suites are accepted is not known: %s", cbc.because);
	else if (asking_audit(asking)->habits.encrypt_then_mac == TRI_YES)
		is_unknown(asking, out,
			   "possible with clients without encrypt_then_mac, which the server supports: it accepts %s, "
			   "and its timing cannot be measured from outside",
			   cbc.names);
	else
		is_unknown(asking, out,
			   "possible: it accepts %s; stacks of before 2013 leak by timing, which cannot be measured "
			   "from outside",
			   cbc.names);
}

void vulnerability_marvin(struct asking *asking, struct audit_vulnerability *out)
{
	struct suite_search rsa = find_suites(asking, SSL_3_0, TLS_1_2, is_rsa_exchange_suite);

	if (rsa.found == TRI_NO)
		is_not_applicable(asking, out, "no suite with RSA key exchange is accepted");
	else if (rsa.found == TRI_UNKNOWN)
		is_unknown(asking, out, "whether RSA key exchange is accepted is not known: %s", rsa.because);
	else
		is_unknown(asking, out,
			   "exposed: it accepts %s; whether the time of an answer tells of the padding cannot be "
			   "tested from a distance",
			   rsa.names);
}

/* ---- protocols ------------------------------------------------------------------------------------------ */

static bool is_rsa_certificate(const struct kb_suite *s)
{
	return is_text(s->authentication, "RSA") || is_text(s->key_exchange, "RSA");
}

void vulnerability_drown(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	const struct audit_suites *kinds = audit_suites_of(audit, AUDIT_SSL2);
	enum tri ssl2 = audit_has_protocol(audit, AUDIT_SSL2);

	if (ssl2 == TRI_YES) {
		note_exchange(asking, out, "sent an SSLv2 CLIENT-HELLO, the SERVER-HELLO lists %zu cipher kinds",
			      kinds ? kinds->n : 0);
		is_vulnerable(
			asking, out,
			"speaks SSLv2: whoever records TLS sessions of the same RSA key may have it decrypt them");
		return;
	}
	if (ssl2 == TRI_UNKNOWN) {
		is_unknown(asking, out, "whether SSLv2 is spoken is not known: %s", why_not_seen(asking));
		return;
	}
	note_exchange(asking, out, "sent an SSLv2 CLIENT-HELLO, no SERVER-HELLO with a cipher kind came");
	if (kinds && kinds->version == AUDIT_SSL2)
		is_unknown(asking, out,
			   "answers SSLv2 without offering a cipher kind; versions of before 2016 may take one all the "
			   "same");
	else if (find_suites(asking, SSL_3_0, TLS_1_2, is_rsa_certificate).found == TRI_NO)
		is_not_vulnerable(asking, out, "speaks no SSLv2 itself, and no RSA key serves TLS 1.2 or below");
	else
		is_not_vulnerable(asking, out,
				  "speaks no SSLv2; other services with the same RSA key were not looked at");
}

void vulnerability_drown_special(struct asking *asking, struct audit_vulnerability *out)
{
	enum tri ssl2 = audit_has_protocol(asking_audit(asking), AUDIT_SSL2);

	if (ssl2 == TRI_NO)
		is_not_applicable(asking, out, "speaks no SSLv2");
	else
		is_unknown(asking, out, "never tested: the check would be the attack%s",
			   ssl2 == TRI_YES ? "; SSLv2 is spoken, and hosts that do are seldom patched" : "");
}

void vulnerability_tls_version_old(struct asking *asking, struct audit_vulnerability *out)
{
	static const uint16_t old[] = {AUDIT_SSL2, SSL_3_0, TLS_1_0, TLS_1_1};
	const char *spoken = NULL, *missing = NULL;

	for (size_t i = 0; i < COUNT_OF(old); i++) {
		enum tri one = audit_has_protocol(asking_audit(asking), old[i]);

		if (one == TRI_YES)
			spoken = spoken ? arena_printf(arena_of(asking), "%s, %s", spoken, kb_version_name(old[i]))
					: kb_version_name(old[i]);
		else if (one == TRI_UNKNOWN)
			missing = kb_version_name(old[i]);
	}
	if (spoken) {
		note_exchange(asking, out, "offered each version alone: %s answered with a ServerHello", spoken);
		is_vulnerable(asking, out, "speaks %s", spoken);
	} else if (missing) {
		is_unknown(asking, out, "whether %s is spoken is not known: %s", missing, why_not_seen(asking));
	} else {
		is_not_vulnerable(asking, out, "SSLv2, SSL 3.0, TLS 1.0 and TLS 1.1 are refused");
	}
}
