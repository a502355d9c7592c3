/* Node 20: OpenSSL at security level 1 runs to its end, the last error counts and is shown by a
 * name where it is one of Node's 28, else as UNSPECIFIED. Only an accepted chain is asked for the
 * name, by tls.checkServerIdentity (RFC 6125 with partial wildcards). */
#include "client/chain_openssl.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/out.h"
#include "client/chain.h"

static void stop(struct client_result *out, const char *error, const char *message)
{
	out->outcome = CLIENT_ERROR;
	out->layer = LAYER_CERTIFICATE;
	out->error = error;
	out->message = message;
	out->overridable = TRI_NO;
}

static const char *node_code(int error)
{
	switch (error) {
#define CODE(name)              \
	case X509_V_ERR_##name: \
		return #name
	CODE(UNABLE_TO_GET_ISSUER_CERT);
	CODE(UNABLE_TO_GET_CRL);
	CODE(UNABLE_TO_DECRYPT_CERT_SIGNATURE);
	CODE(UNABLE_TO_DECRYPT_CRL_SIGNATURE);
	CODE(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY);
	CODE(CERT_SIGNATURE_FAILURE);
	CODE(CRL_SIGNATURE_FAILURE);
	CODE(CERT_NOT_YET_VALID);
	CODE(CERT_HAS_EXPIRED);
	CODE(CRL_NOT_YET_VALID);
	CODE(CRL_HAS_EXPIRED);
	CODE(ERROR_IN_CERT_NOT_BEFORE_FIELD);
	CODE(ERROR_IN_CERT_NOT_AFTER_FIELD);
	CODE(ERROR_IN_CRL_LAST_UPDATE_FIELD);
	CODE(ERROR_IN_CRL_NEXT_UPDATE_FIELD);
	CODE(OUT_OF_MEM);
	CODE(DEPTH_ZERO_SELF_SIGNED_CERT);
	CODE(SELF_SIGNED_CERT_IN_CHAIN);
	CODE(UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	CODE(UNABLE_TO_VERIFY_LEAF_SIGNATURE);
	CODE(CERT_CHAIN_TOO_LONG);
	CODE(CERT_REVOKED);
	CODE(INVALID_CA);
	CODE(PATH_LENGTH_EXCEEDED);
	CODE(INVALID_PURPOSE);
	CODE(CERT_UNTRUSTED);
	CODE(CERT_REJECTED);
	CODE(HOSTNAME_MISMATCH);
#undef CODE
	default:
		return "UNSPECIFIED";
	}
}

/* ---- names ------------------------------------------------------------------------------ */

static struct span undotted(struct span name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

static size_t labels_of(struct span name)
{
	size_t n = 1;

	for (size_t i = 0; i < name.n; i++)
		n += name.p[i] == '.';
	return n;
}

static struct span first_label(struct span name)
{
	long dot = span_find(name, span_str("."));

	return dot < 0 ? name : span_sub(name, 0, (size_t)dot);
}

static bool has_bad_label(struct span name)
{
	if (name.n == 0 || name.p[0] == '.' || name.p[name.n - 1] == '.' ||
	    span_find(name, span_str("..")) >= 0)
		return true;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] <= 0x20 || name.p[i] > 0x7f)
			return true;
	}
	return false;
}

static bool label_matches(struct span pattern, struct span label, size_t n_labels)
{
	long star = span_find(pattern, span_str("*"));
	struct span suffix;

	if (star < 0 || span_find_nocase(pattern, span_str("xn--")) >= 0)
		return span_equal_nocase(pattern, label);
	suffix = span_sub(pattern, (size_t)star + 1, pattern.n);
	if (span_find(suffix, span_str("*")) >= 0 || n_labels <= 2 || pattern.n - 1 > label.n)
		return false;
	return span_equal_nocase(span_sub(pattern, 0, (size_t)star),
				 span_sub(label, 0, (size_t)star)) &&
	       span_equal_nocase(suffix, span_sub(label, label.n - suffix.n, suffix.n));
}

static bool node_name_matches(struct span pattern, struct span host)
{
	struct span a, b;

	pattern = undotted(pattern);
	host = undotted(host);
	if (has_bad_label(pattern) || labels_of(pattern) != labels_of(host))
		return false;
	a = first_label(pattern);
	b = first_label(host);
	return span_equal_nocase(span_sub(pattern, a.n, pattern.n), span_sub(host, b.n, host.n)) &&
	       label_matches(a, b, labels_of(pattern));
}

static struct span string_bytes(const ASN1_STRING *string)
{
	int n = ASN1_STRING_length(string);

	return span_of(ASN1_STRING_get0_data(string), n > 0 ? (size_t)n : 0);
}

/* Quotes as Node does where a name could be mistaken for several. */
static void put_name(struct out *list, const char *kind, struct span name)
{
	bool plain = true;

	for (size_t i = 0; i < name.n; i++) {
		plain &= name.p[i] >= 0x20 && name.p[i] < 0x7f && name.p[i] != ',' &&
			 name.p[i] != '"' && name.p[i] != '\'' && name.p[i] != '\\';
	}
	out_printf(list, "%s%s", list->n ? ", " : "", kind);
	if (plain)
		out_bytes(list, name.p, name.n);
	else
		json_string(list, name);
}

static void put_address(struct out *list, const char *prefix, struct span address)
{
	char text[INET6_ADDRSTRLEN] = "<invalid>";

	if (address.n == 4)
		inet_ntop(AF_INET, address.p, text, sizeof text);
	else if (address.n == 16)
		inet_ntop(AF_INET6, address.p, text, sizeof text);
	out_printf(list, "%s%s%s", list->n ? ", " : "", prefix, text);
}

struct names {
	struct out all, addresses;      /* as the certificate's altnames; the addresses alone */
	size_t n_dns;
	bool matched;
};

static void names_take(struct names *names, const GENERAL_NAME *name, struct span host,
		       struct span address)
{
	struct span text = { 0 };

	if (name->type == GEN_DNS || name->type == GEN_IPADD || name->type == GEN_EMAIL ||
	    name->type == GEN_URI)
		text = string_bytes(name->d.ia5);
	switch (name->type) {
	case GEN_DNS:
		names->n_dns++;
		put_name(&names->all, "DNS:", text);
		names->matched |= address.n == 0 && !memchr(text.p, 0, text.n) &&
				  node_name_matches(text, host);
		break;
	case GEN_IPADD:
		put_address(&names->all, "IP Address:", text);
		put_address(&names->addresses, "", text);
		names->matched |= address.n != 0 && span_equal(text, address);
		break;
	case GEN_EMAIL:
		put_name(&names->all, "email:", text);
		break;
	case GEN_URI:
		put_name(&names->all, "URI:", text);
		break;
	default:
		out_printf(&names->all, "%sothername:<unsupported>", names->all.n ? ", " : "");
		break;
	}
}

static const char *common_name_fault(const struct chain_case *in, X509 *leaf, struct span host)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	const char *shown = NULL;
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0) {
		struct span cn = string_bytes(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
		const char *text = arena_strn(in->arena, cn.p, cn.n);

		if (node_name_matches(cn, host))
			return NULL;
		shown = shown ? arena_printf(in->arena, "%s,%s", shown, text) : text;
	}
	if (!shown)
		return "Cert does not contain a DNS name";
	return arena_printf(in->arena, "Host: %.*s. is not cert's CN: %s", (int)host.n, host.p, shown);
}

static const char *name_fault(const struct chain_case *in, X509 *leaf)
{
	GENERAL_NAMES *list = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	struct span host = undotted(span_str(in->host)), address = { 0 };
	struct names names = { 0 };
	const char *fault = NULL;
	uint8_t bytes[16];

	if (inet_pton(AF_INET, in->host, bytes) == 1)
		address = span_of(bytes, 4);
	else if (inet_pton(AF_INET6, in->host, bytes) == 1)
		address = span_of(bytes, 16);
	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++)
		names_take(&names, sk_GENERAL_NAME_value(list, i), host, address);
	if (names.matched)
		fault = NULL;
	else if (address.n)
		fault = arena_printf(in->arena, "IP: %s is not in the cert's list: %s", in->host,
				     names.addresses.n ? names.addresses.text : "");
	else if (names.n_dns)
		fault = arena_printf(in->arena, "Host: %.*s. is not in the cert's altnames: %s",
				     (int)host.n, host.p, names.all.text);
	else
		fault = common_name_fault(in, leaf, host);
	out_release(&names.all);
	out_release(&names.addresses);
	GENERAL_NAMES_free(list);
	return fault;
}

void chain_openssl_node(const struct client *client, const struct chain_case *in,
			struct client_result *out)
{
	static const struct openssl_setup setup = { 1, 0, true, false, 0 };
	struct openssl_run run;
	const char *fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	openssl_run(&run, in, &setup);
	if (run.undecodable)
		stop(out, "EPROTO",
		     arena_printf(in->arena, "write EPROTO %s",
				  openssl_queue_text(in->arena, run.first)));
	else if (run.error != X509_V_OK)
		stop(out, node_code(run.error), X509_verify_cert_error_string(run.error));
	else if (in->host && (fault = name_fault(in, run.leaf)) != NULL)
		stop(out, "ERR_TLS_CERT_ALTNAME_INVALID",
		     arena_printf(in->arena,
				  "Hostname/IP does not match certificate's altnames: %s", fault));
	openssl_run_release(&run);
}
