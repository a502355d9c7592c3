/* s_client, curl and Python: what each makes of OpenSSL's verdict. s_client (-verify_hostname)
 * passes every error and prints the last as its return code; Python gives the name to OpenSSL and
 * stops at the first error; curl stops at the first error, compares the name itself afterwards, and
 * reports exit 35 with the text of the error queue where that is not the verifier's own. All of
 * Debian 12: OpenSSL 3.0 at security level 2, curl 7.88, Python 3.11. */
#include "client/chain_openssl.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "client/chain.h"

enum { CURLE_SSL_CONNECT = 35, CURLE_PEER_FAILED = 60 };

static void stop(struct client_result *out, const char *error, int64_t number, const char *message)
{
	out->outcome = CLIENT_ERROR;
	out->layer = LAYER_CERTIFICATE;
	out->error = error;
	out->has_number = number != 0;
	out->number = number;
	out->message = message;
	out->overridable = TRI_NO;
}

static const char *reason_of(struct arena *arena, unsigned long error)
{
	const char *reason = ERR_reason_error_string(error);

	return reason ? reason : arena_printf(arena, "reason(%d)", ERR_GET_REASON(error));
}

/* libssl asks for a key it can use once the chain is accepted. */
static unsigned long key_fault(const struct openssl_run *run)
{
	EVP_PKEY *key = X509_get0_pubkey(run->leaf);

	if (!key || EVP_PKEY_missing_parameters(key))
		return ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNABLE_TO_FIND_PUBLIC_KEY_PARAMETERS);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
	case EVP_PKEY_EC:
	case EVP_PKEY_DSA:
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return 0;
	default:
		return ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNKNOWN_CERTIFICATE_TYPE);
	}
}

/* ---- s_client --------------------------------------------------------------------------- */

void chain_openssl(const struct client *client, const struct chain_case *in,
		   struct client_result *out)
{
	static const struct openssl_setup setup = { 2, 0, true, true, 0 };
	struct openssl_run run;
	unsigned long fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	openssl_run(&run, in, &setup);
	fault = run.undecodable ? run.first : key_fault(&run);
	if (fault) {
		stop(out, reason_of(in->arena, fault), 0, openssl_queue_text(in->arena, fault));
	} else if (run.error != X509_V_OK) {
		stop(out, openssl_error_name(run.error), run.error,
		     arena_printf(in->arena, "Verify return code: %d (%s)", run.error,
				  X509_verify_cert_error_string(run.error)));
	}
	openssl_run_release(&run);
}

/* ---- Python ----------------------------------------------------------------------------- */

static const char *python_text(const struct chain_case *in, int error)
{
	switch (error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return arena_printf(in->arena,
				    "Hostname mismatch, certificate is not valid for '%s'.", in->host);
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return arena_printf(in->arena,
				    "IP address mismatch, certificate is not valid for '%s'.", in->host);
	default:
		return X509_verify_cert_error_string(error);
	}
}

/* "[SSL] ASN1 lib": the newest entry, by library and, where it has one, by name. */
static const char *python_queue_text(struct arena *arena, unsigned long error)
{
	if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_CERT_LENGTH_MISMATCH)
		return "[SSL: CERT_LENGTH_MISMATCH] cert length mismatch (_ssl.c:1006)";
	if (ERR_GET_LIB(error) == ERR_LIB_SSL)
		return arena_printf(arena, "[SSL] %s (_ssl.c:1006)", reason_of(arena, error));
	return "[SSL] ASN1 lib (_ssl.c:1006)";
}

void chain_openssl_python(const struct client *client, const struct chain_case *in,
			  struct client_result *out)
{
	static const struct openssl_setup setup = { 2, 0, false, true,
						    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS };
	struct openssl_run run;
	unsigned long fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	openssl_run(&run, in, &setup);
	if (run.undecodable) {
		stop(out, "SSLError", 0, python_queue_text(in->arena, run.last));
	} else if (run.error != X509_V_OK) {
		stop(out, "SSLCertVerificationError", run.error,
		     arena_printf(in->arena,
				  "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: %s "
				  "(_ssl.c:1006)",
				  python_text(in, run.error)));
	} else if ((fault = key_fault(&run)) != 0) {
		stop(out, "SSLError", 0, python_queue_text(in->arena, fault));
	}
	openssl_run_release(&run);
}

/* ---- curl ------------------------------------------------------------------------------- */

static struct span undotted(struct span name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

/* A wildcard stands for the whole first label, of a name with two more at least, never of an
 * address. */
static bool curl_name_matches(struct span pattern, struct span host, bool host_is_ip)
{
	long pattern_dot, host_dot;

	pattern = undotted(pattern);
	host = undotted(host);
	pattern_dot = span_find(pattern, span_str("."));
	if (pattern.n < 2 || pattern.p[0] != '*' || pattern.p[1] != '.' ||
	    span_find(span_sub(pattern, (size_t)pattern_dot + 1, pattern.n), span_str(".")) < 0)
		return span_equal_nocase(pattern, host);
	host_dot = span_find(host, span_str("."));
	if (host_is_ip || host_dot < 0)
		return false;
	return span_equal_nocase(span_sub(pattern, (size_t)pattern_dot, pattern.n),
				 span_sub(host, (size_t)host_dot, host.n));
}

static struct span string_bytes(const ASN1_STRING *string)
{
	int n = ASN1_STRING_length(string);

	return span_of(ASN1_STRING_get0_data(string), n > 0 ? (size_t)n : 0);
}

struct host {
	struct span name;
	bool is_ip;
	uint8_t address[16];
	size_t address_n;
};

static struct host host_of(const struct chain_case *in)
{
	struct host host = { .name = span_str(in->host), .is_ip = in->host_is_ip };

	if (inet_pton(AF_INET, in->host, host.address) == 1)
		host.address_n = 4;
	else if (inet_pton(AF_INET6, in->host, host.address) == 1)
		host.address_n = 16;
	host.is_ip = host.address_n != 0;
	return host;
}

static bool curl_general_name_matches(const GENERAL_NAME *name, const struct host *host)
{
	if (name->type == GEN_DNS && !host->is_ip) {
		struct span text = string_bytes(name->d.dNSName);

		return !memchr(text.p, 0, text.n) && curl_name_matches(text, host->name, false);
	}
	if (name->type == GEN_IPADD && host->is_ip)
		return span_equal(string_bytes(name->d.iPAddress),
				  span_of(host->address, host->address_n));
	return false;
}

/* Whether an alternative name matches; `any` is set when there is one of a kind that counts. */
static bool curl_alternative_matches(X509 *leaf, const struct host *host, bool *any)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	bool matched = false;

	for (int i = 0; !matched && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		*any |= name->type == GEN_DNS || name->type == GEN_IPADD;
		matched = curl_general_name_matches(name, host);
	}
	GENERAL_NAMES_free(names);
	return matched;
}

/* The last common name of the subject as UTF-8, or NULL. */
static char *last_common_name(struct arena *arena, X509 *leaf, size_t *n)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	int at = -1, next, len;
	unsigned char *utf8 = NULL;
	char *copy = NULL;

	while ((next = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		at = next;
	if (at < 0)
		return NULL;
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (len >= 0) {
		*n = (size_t)len;
		copy = arena_strn(arena, utf8, *n);
	}
	OPENSSL_free(utf8);
	return copy;
}

static const char *curl_name_fault(const struct chain_case *in, X509 *leaf)
{
	struct host host = host_of(in);
	bool any = false;
	size_t n = 0;
	const char *cn;

	if (curl_alternative_matches(leaf, &host, &any))
		return NULL;
	if (any)
		return arena_printf(in->arena,
				    "SSL: no alternative certificate subject name matches target "
				    "host name '%s'", in->host);
	cn = last_common_name(in->arena, leaf, &n);
	if (!cn)
		return "SSL: unable to obtain common name from peer certificate";
	if (strlen(cn) != n)
		return "SSL: illegal cert name field";
	if (!curl_name_matches(span_str(cn), host.name, host.is_ip))
		return arena_printf(in->arena,
				    "SSL: certificate subject name '%s' does not match target host "
				    "name '%s'", cn, in->host);
	return NULL;
}

/* curl shows the oldest entry of the queue; only where that is the verifier's own is it exit 60. */
static void curl_handshake_fault(const struct chain_case *in, struct client_result *out,
				 unsigned long error)
{
	stop(out, "CURLE_SSL_CONNECT_ERROR", CURLE_SSL_CONNECT,
	     arena_printf(in->arena, "OpenSSL/%s: %s", OpenSSL_version(OPENSSL_VERSION_STRING),
			  openssl_queue_text(in->arena, error)));
}

void chain_openssl_curl(const struct client *client, const struct chain_case *in,
			struct client_result *out)
{
	static const struct openssl_setup setup = { 2, X509_V_FLAG_PARTIAL_CHAIN, false, false, 0 };
	struct openssl_run run;
	const char *text;
	unsigned long fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	openssl_run(&run, in, &setup);
	if (run.undecodable || (run.error != X509_V_OK && run.first))
		curl_handshake_fault(in, out, run.first);
	else if (run.error != X509_V_OK)
		stop(out, "CURLE_PEER_FAILED_VERIFICATION", CURLE_PEER_FAILED,
		     arena_printf(in->arena, "SSL certificate problem: %s",
				  X509_verify_cert_error_string(run.error)));
	else if ((fault = key_fault(&run)) != 0)
		curl_handshake_fault(in, out, fault);
	else if (in->host && (text = curl_name_fault(in, run.leaf)) != NULL)
		stop(out, "CURLE_PEER_FAILED_VERIFICATION", CURLE_PEER_FAILED, text);
	openssl_run_release(&run);
}
