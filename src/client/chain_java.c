/* OpenJDK 17: SunJSSE over PKIX. An ordered chain that meets a trust anchor is validated, from the
 * anchor down, each certificate through the checkers in their order; any other chain goes to the
 * builder, which has one answer for all failures. Then the leaf's usage, then the name, where '*'
 * may stand in any label. */
#include <ctype.h>
#include <arpa/inet.h>
#include <openssl/x509_vfy.h>

#include "client/chain.h"
#include "client/chain_path.h"
#include "x509/cert.h"

enum { JAVA_MOST_CERTS = 10, JAVA_MOST_MESSAGE = 32768 };

static const char no_path[] = "PKIX path building failed: sun.security.provider.certpath."
			      "SunCertPathBuilderException: unable to find valid certification path "
			      "to requested target";
static const char path_failed[] = "PKIX path validation failed: java.security.cert."
				  "CertPathValidatorException: ";

struct java_path {
	const struct link *at[PATH_DEPTH_MAX];  /* leaf first, without the anchor */
	size_t n;
	const struct link *anchor;
};

/* ---- checkers --------------------------------------------------------------------------- */

static const char *algorithm_fault(struct arena *arena, const struct link *link)
{
	if (link->digest == DIGEST_MD5)
		return arena_printf(arena, "Algorithm constraints check failed on signature algorithm: "
					   "MD5with%s", link->key == KEY_EC ? "ECDSA" : "RSA");
	if ((link->key == KEY_RSA || link->key == KEY_RSA_PSS || link->key == KEY_DSA) &&
	    link->key_bits < 1024)
		return arena_printf(arena, "Algorithm constraints check failed on keysize limits: %s %d "
					   "bit key used with certificate: CN=%s",
				    link->key == KEY_DSA ? "DSA" : "RSA", link->key_bits,
				    link_common_name(arena, link));
	if (link->key == KEY_EC && link->key_bits < 224)
		return arena_printf(arena, "Algorithm constraints check failed on keysize limits: EC %d "
					   "bit key used with certificate: CN=%s",
				    link->key_bits, link_common_name(arena, link));
	return NULL;
}

/* A path length is used up from the anchor down, so the fault shows on the one too many. */
static bool one_too_many(const struct java_path *path, size_t at)
{
	size_t between = 0;

	if (at == 0)
		return false;
	for (size_t i = at + 1; i < path->n; i++) {
		if (path->at[i]->path_len >= 0 && between + !path->at[at]->is_self_issued >
							  (size_t)path->at[i]->path_len)
			return true;
		between += !path->at[i]->is_self_issued;
	}
	return path->anchor->path_len >= 0 &&
	       between + !path->at[at]->is_self_issued > (size_t)path->anchor->path_len;
}

static const char *authority_fault(const struct java_path *path, size_t at)
{
	const struct link *link = path->at[at];

	if (at == 0)
		return NULL;
	if (link->has_key_usage && !(link->key_usage & KU_KEY_CERT_SIGN))
		return "CA key usage check failed: keyCertSign bit is not set";
	if (link->version < 3 || !link->has_basic || !link->is_ca)
		return "basic constraints check failed: this is not a CA certificate";
	if (one_too_many(path, at))
		return "basic constraints check failed: pathLenConstraint violated - this cert must be "
		       "the last cert in the certification path";
	return NULL;
}

static bool names_allowed(const struct java_path *path, size_t at)
{
	if (at > 0 && path->at[at]->is_self_issued)
		return true;
	if (path->anchor->has_constraints &&
	    link_constraints(path->anchor, path->at[at]) != X509_V_OK)
		return false;
	for (size_t i = at + 1; i < path->n; i++) {
		if (path->at[i]->has_constraints &&
		    link_constraints(path->at[i], path->at[at]) != X509_V_OK)
			return false;
	}
	return true;
}

static const char *link_fault(struct arena *arena, const struct java_path *path, size_t at,
			      int64_t now)
{
	const struct link *link = path->at[at];
	const struct link *issuer = at + 1 < path->n ? path->at[at + 1] : path->anchor;
	const char *fault;

	if ((fault = algorithm_fault(arena, link)) != NULL)
		return fault;
	if ((fault = authority_fault(path, at)) != NULL)
		return fault;
	if (!names_allowed(path, at))
		return "name constraints check failed";
	if (now < link->not_before || now > link->not_after)
		return "validity check failed";
	if (!link_signed_by(link, issuer))
		return "signature check failed";
	return link->unknown_critical ? "unrecognized critical extension(s)" : NULL;
}

static bool policies_hold(const struct java_path *path)
{
	const struct link *all[PATH_DEPTH_MAX + 1];

	memcpy(all, path->at, path->n * sizeof *all);
	all[path->n] = path->anchor;
	return links_satisfy_policies(all, path->n + 1);
}

static const char *validate(struct arena *arena, const struct java_path *path, int64_t now)
{
	for (size_t i = path->n; i-- > 0;) {
		const char *fault = link_fault(arena, path, i, now);

		if (fault)
			return arena_printf(arena, "%s%s", path_failed, fault);
	}
	return policies_hold(path) ? NULL : arena_printf(arena, "%snon-null policy tree required and policy tree is null", path_failed);
}

/* ---- which way -------------------------------------------------------------------------- */

static const struct link *anchor_as(const struct links *links, const struct link *link)
{
	for (size_t i = 0; i < links->n_roots; i++) {
		if (X509_NAME_cmp(X509_get_subject_name(links->roots[i].x),
				  X509_get_subject_name(link->x)) == 0 &&
		    span_equal(links->roots[i].spki, link->spki))
			return &links->roots[i];
	}
	return NULL;
}

static const struct link *anchor_of(const struct links *links, const struct link *last)
{
	const struct link *first = NULL;

	for (size_t i = 0; i < links->n_roots; i++) {
		if (!link_issued_by_name(last, &links->roots[i]))
			continue;
		if (link_signed_by(last, &links->roots[i]))
			return &links->roots[i];
		first = first ? first : &links->roots[i];
	}
	return first;
}

static bool build(const struct links *links, struct java_path *path, unsigned *budget);

static bool build_with(const struct links *links, struct java_path *path, unsigned *budget,
		       const struct link *candidate)
{
	const struct link *last = path->at[path->n - 1];

	for (size_t i = 0; i < path->n; i++) {
		if (link_same(path->at[i], candidate))
			return false;
	}
	if (*budget == 0 || !link_issued_by_name(last, candidate))
		return false;
	--*budget;
	if (candidate->is_root) {
		path->anchor = candidate;
		return validate(links->in->arena, path, links->in->now_unix) == NULL;
	}
	if (path->n + 1 >= PATH_DEPTH_MAX)
		return false;
	path->at[path->n++] = candidate;
	if (build(links, path, budget))
		return true;
	path->n--;
	return false;
}

static bool build(const struct links *links, struct java_path *path, unsigned *budget)
{
	for (size_t i = 0; i < links->n_roots; i++) {
		if (build_with(links, path, budget, &links->roots[i]))
			return true;
	}
	for (size_t i = 1; i < links->n_sent; i++) {
		if (build_with(links, path, budget, &links->sent[i]))
			return true;
	}
	return false;
}

static const char *builder(const struct links *links)
{
	struct java_path path = { .at = { &links->sent[0] }, .n = 1 };
	unsigned budget = 200;

	return build(links, &path, &budget) ? NULL : no_path;
}

static const char *trust_fault(const struct links *links)
{
	struct java_path path = { 0 };
	const struct link *anchor;

	for (size_t i = 0; i < links->n_sent; i++) {
		const struct link *link = &links->sent[i];

		if (i > 0 && !link_issued_by_name(&links->sent[i - 1], link))
			return builder(links);
		if (anchor_as(links, link)) {
			if (i == 0)
				return NULL;
			path.anchor = anchor_as(links, link);
			return validate(links->in->arena, &path, links->in->now_unix);
		}
		if (path.n == PATH_DEPTH_MAX)
			return no_path;
		path.at[path.n++] = link;
	}
	anchor = anchor_of(links, path.at[path.n - 1]);
	if (!anchor)
		return builder(links);
	path.anchor = anchor;
	return validate(links->in->arena, &path, links->in->now_unix);
}

/* ---- leaf and name ---------------------------------------------------------------------- */

static const char *usage_fault(const struct link *leaf, uint16_t suite)
{
	if (leaf->has_key_usage && is_rsa_exchange(suite) && !(leaf->key_usage & KU_KEY_ENCIPHERMENT))
		return "KeyUsage does not allow key encipherment";
	if (leaf->has_key_usage && !is_rsa_exchange(suite) && !(leaf->key_usage & KU_DIGITAL_SIGNATURE))
		return "KeyUsage does not allow digital signatures";
	if (leaf->has_eku && !leaf->eku_server && !leaf->eku_any)
		return "Extended key usage does not permit use for TLS server authentication";
	return NULL;
}

/* One label against one with stars in it. */
static bool label_matches(struct span pattern, struct span label)
{
	size_t p = 0, l = 0, star = SIZE_MAX, mark = 0;

	while (l < label.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			mark = l;
		} else if (p < pattern.n &&
			   span_equal_nocase(span_sub(pattern, p, 1), span_sub(label, l, 1))) {
			p++;
			l++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			l = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

static bool java_name_matches(struct span pattern, struct span host)
{
	for (;;) {
		long a = span_find(pattern, span_str(".")), b = span_find(host, span_str("."));

		if ((a < 0) != (b < 0))
			return false;
		if (a < 0)
			return label_matches(pattern, host);
		if (!label_matches(span_sub(pattern, 0, (size_t)a), span_sub(host, 0, (size_t)b)))
			return false;
		pattern = span_sub(pattern, (size_t)a + 1, pattern.n);
		host = span_sub(host, (size_t)b + 1, host.n);
	}
}

static bool any_dns_matches(const struct link *leaf, const char *host)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf->x, NID_subject_alt_name, NULL, NULL);
	bool matched = false;

	for (int i = 0; !matched && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS)
			matched = java_name_matches(
				span_of(ASN1_STRING_get0_data(name->d.dNSName),
					(size_t)ASN1_STRING_length(name->d.dNSName)),
				span_str(host));
	}
	GENERAL_NAMES_free(names);
	return matched;
}

/* javax.net.ssl.SNIHostName: letters, digits and hyphens, as RFC 952 has them. */
static bool is_sni_host_name(const char *host)
{
	for (const char *p = host; *p; p++) {
		bool ends_label = p[1] == 0 || p[1] == '.', begins_label = p == host || p[-1] == '.';

		if (*p == '-' ? begins_label || ends_label : *p != '.' && !isalnum((unsigned char)*p))
			return false;
	}
	return true;
}

static const char *name_fault(const struct chain_case *in, const struct link *leaf)
{
	struct link_names names;

	if (!in->host)
		return NULL;
	if (in->host_is_ip) {
		if (link_matches_host(leaf, in, 0))
			return NULL;
		if (!leaf->has_san)
			return "No subject alternative names present";
		return arena_printf(in->arena, "No subject alternative names matching IP address %s "
					       "found", in->host);
	}
	if (!is_sni_host_name(in->host))
		return arena_printf(in->arena, "Illegal given domain name: %s", in->host);
	names = link_names(in->arena, leaf);
	if (names.n_dns > 0) {
		if (any_dns_matches(leaf, in->host))
			return NULL;
		return arena_printf(in->arena, "No subject alternative DNS name matching %s found.",
				    in->host);
	}
	if (java_name_matches(span_str(link_common_name(in->arena, leaf)), span_str(in->host)))
		return NULL;
	return arena_printf(in->arena, "No name matching %s found", in->host);
}

/* ---- the whole -------------------------------------------------------------------------- */

static const char *message_fault(const struct chain_case *in)
{
	bool is_old = in->tls_version && in->tls_version < 0x0304;
	size_t n = is_old ? 3 : 4;

	for (size_t i = 0; i < in->n_sent; i++)
		n += in->sent[i]->der.n + (is_old ? 3 : 5);
	if (n > JAVA_MOST_MESSAGE)
		return arena_printf(in->arena, "The size of the handshake message (%zu) exceeds the "
					       "maximum allowed size (%d)", n, JAVA_MOST_MESSAGE);
	if (in->n_sent > JAVA_MOST_CERTS)
		/* It stops counting at the first too many. */
		return arena_printf(in->arena, "The certificate chain length (%d) exceeds the maximum "
					       "allowed length (%d)", JAVA_MOST_CERTS + 1, JAVA_MOST_CERTS);
	return NULL;
}

static const char *judge(const struct links *links)
{
	const char *fault;

	for (size_t i = 0; i < links->n_sent; i++) {
		const struct link *link = &links->sent[i];

		if (!link->x || link->bad_time || link->has_duplicate || link->algorithm_differs ||
		    link->issuer.n <= 2)
			return "Failed to parse server certificates";
	}
	if ((fault = trust_fault(links)) != NULL)
		return fault;
	if ((fault = usage_fault(&links->sent[0], links->in->suite)) != NULL)
		return fault;
	return name_fault(links->in, &links->sent[0]);
}

void chain_java(const struct client *client, const struct chain_case *in, struct client_result *out)
{
	struct links links;
	const char *fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	if ((fault = message_fault(in)) != NULL) {
		chain_stop(out, "SSLProtocolException", 0, fault);
		return;
	}
	links_open(&links, in);
	fault = judge(&links);
	links_close(&links);
	if (fault)
		chain_stop(out, "SSLHandshakeException", 0, fault);
}
