/* Go 1.19, crypto/tls and crypto/x509: a certificate that does not parse ends the handshake; then
 * critical extensions and dates of the leaf, its name, then all chains (roots first), then the
 * purposes of each chain. Of several failing candidates the last error is shown, but for signatures
 * that do not fit, which are only hinted at. */
#include "client/chain_go.h"

#include <arpa/inet.h>
#include <openssl/x509_vfy.h>

#include "base/timeutil.h"
#include "client/chain.h"

enum { MOST_SIGNATURE_CHECKS = 100 };

struct go_chain {
	const struct link *at[PATH_DEPTH_MAX];
	size_t n;
};

struct go_build {
	const struct links *links;
	struct arena *arena;
	unsigned checks;
	bool found, found_usable;       /* a chain; one fit for servers */
};

/* ---- parsing ---------------------------------------------------------------------------- */

static const char *key_fault(const struct link *link)
{
	if (link->key == KEY_EC && link->curve == NID_undef)
		return "x509: invalid ECDSA parameters";
	if (link->key == KEY_EC && link->curve != NID_secp224r1 &&
	    link->curve != NID_X9_62_prime256v1 && link->curve != NID_secp384r1 &&
	    link->curve != NID_secp521r1)
		return "x509: unsupported elliptic curve";
	return NULL;
}

static const char *parse_fault(struct arena *arena, const struct link *link)
{
	bool unhandled = false;
	const char *fault;

	if (!link->x)
		return "x509: malformed certificate";
	if (link->algorithm_differs)
		return "x509: inner and outer signature algorithm identifiers don't match";
	if ((fault = key_fault(link)) != NULL)
		return fault;
	if (link->has_duplicate)
		return "x509: certificate contains duplicate extensions";
	if (link->bad_time)
		return "x509: malformed UTCTime";
	if (link->has_san && (fault = go_san_fault(arena, link)) != NULL)
		return fault;
	return link->has_constraints ? go_constraints_fault(arena, link, &unhandled) : NULL;
}

static bool is_critical(const struct link *link, int nid)
{
	int at = X509_get_ext_by_NID(link->x, nid, -1);

	return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(link->x, at));
}

static bool has_unhandled(struct arena *arena, const struct link *link)
{
	bool unhandled = false;
	struct link_names names;

	if (link->unknown_critical || link->critical_policy || is_critical(link, NID_tlsfeature) ||
	    is_critical(link, NID_issuer_alt_name))
		return true;
	if (is_critical(link, NID_name_constraints)) {
		go_constraints_fault(arena, link, &unhandled);
		if (unhandled)
			return true;
	}
	if (is_critical(link, NID_subject_alt_name)) {
		names = link_names(arena, link);
		return names.n_dns + names.n_ip + names.n_other == 0;
	}
	return false;
}

/* ---- one certificate in a chain --------------------------------------------------------- */

static const char *date_fault(struct arena *arena, const struct link *link, int64_t now)
{
	char a[RFC3339_LEN], b[RFC3339_LEN];
	static const char text[] = "x509: certificate has expired or is not yet valid: current time "
				   "%s is %s %s";

	if (now < link->not_before)
		return arena_printf(arena, text, rfc3339_format(a, now), "before",
				    rfc3339_format(b, link->not_before));
	if (now > link->not_after)
		return arena_printf(arena, text, rfc3339_format(a, now), "after",
				    rfc3339_format(b, link->not_after));
	return NULL;
}

static const char *link_fault(const struct go_build *build, const struct link *link,
			      const struct go_chain *below)
{
	const char *fault;

	if (has_unhandled(build->arena, link))
		return "x509: unhandled critical extension";
	if ((fault = date_fault(build->arena, link, build->links->in->now_unix)) != NULL)
		return fault;
	if (below && link->has_constraints) {
		if (below->at[0]->has_san &&
		    (fault = go_names_fault(build->arena, link, below->at[0])) != NULL)
			return fault;
		if (link->has_san && (fault = go_names_fault(build->arena, link, link)) != NULL)
			return fault;
	}
	if (below && !link->is_root && !link->is_ca)
		return "x509: certificate is not authorized to sign other certificates";
	if (below && link->has_basic && link->path_len >= 0 &&
	    below->n - 1 > (size_t)link->path_len)
		return "x509: too many intermediates for path length constraint";
	return NULL;
}

/* ---- signatures ------------------------------------------------------------------------- */

static const char *algorithm_name(const struct link *link)
{
	switch (X509_get_signature_nid(link->x)) {
	case NID_md5WithRSAEncryption:
		return "MD5-RSA";
	case NID_sha1WithRSAEncryption:
	case NID_sha1WithRSA:
		return "SHA1-RSA (temporarily override with GODEBUG=x509sha1=1)";
	case NID_ecdsa_with_SHA1:
		return "ECDSA-SHA1 (temporarily override with GODEBUG=x509sha1=1)";
	case NID_dsaWithSHA1:
		return "DSA-SHA1 (temporarily override with GODEBUG=x509sha1=1)";
	default:
		return NULL;
	}
}

static bool algorithm_is_implemented(const struct link *child)
{
	switch (X509_get_signature_nid(child->x)) {
	case NID_sha256WithRSAEncryption:
	case NID_sha384WithRSAEncryption:
	case NID_sha512WithRSAEncryption:
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
	case NID_ED25519:
		return true;
	case NID_rsassaPss:
		return child->digest == DIGEST_SHA2 && !child->is_odd_pss;
	default:
		return false;
	}
}

/* Why `parent` cannot have signed `child`, or NULL. */
static const char *signature_fault(struct arena *arena, const struct link *child,
				   const struct link *parent)
{
	const char *name;

	if ((parent->version == 3 && !parent->has_basic) || (parent->has_basic && !parent->is_ca) ||
	    (parent->has_key_usage && parent->key_usage &&
	     !(parent->key_usage & KU_KEY_CERT_SIGN)))
		return "x509: invalid signature: parent certificate cannot sign this kind of "
		       "certificate";
	if (parent->key == KEY_OTHER || parent->key == KEY_RSA_PSS)
		return "x509: cannot verify signature: algorithm unimplemented";
	if ((name = algorithm_name(child)) != NULL)
		return arena_printf(arena, "x509: cannot verify signature: insecure algorithm %s", name);
	if (!algorithm_is_implemented(child) || parent->key == KEY_DSA)
		return "x509: cannot verify signature: algorithm unimplemented";
	if (link_signed_by(child, parent))
		return NULL;
	if (parent->key == KEY_RSA)
		return "crypto/rsa: verification error";
	return parent->key == KEY_EC ? "x509: ECDSA verification failure" :
				       "x509: Ed25519 verification failure";
}

static const char *authority_name(struct arena *arena, const struct link *link)
{
	const char *name = link_common_name(arena, link);
	char text[256];

	if (*name)
		return name;
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(link->x), NID_organizationName, text,
				      sizeof text) > 0)
		return arena_str(arena, text);
	return "serial";
}

/* ---- chains ----------------------------------------------------------------------------- */

static bool same_san(const struct link *a, const struct link *b)
{
	int i = X509_get_ext_by_NID(a->x, NID_subject_alt_name, -1);
	int k = X509_get_ext_by_NID(b->x, NID_subject_alt_name, -1);

	if (i < 0 || k < 0)
		return i < 0 && k < 0;
	return ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_get_ext(a->x, i)),
				     X509_EXTENSION_get_data(X509_get_ext(b->x, k))) == 0;
}

static bool is_in(const struct go_chain *chain, const struct link *link)
{
	for (size_t i = 0; i < chain->n; i++) {
		if (span_equal(chain->at[i]->subject, link->subject) &&
		    span_equal(chain->at[i]->spki, link->spki) && same_san(chain->at[i], link))
			return true;
	}
	return false;
}

static bool serves(const struct go_chain *chain)
{
	for (size_t i = 0; i < chain->n; i++) {
		if (chain->at[i]->has_eku && !chain->at[i]->empty_eku && !chain->at[i]->eku_any &&
		    !chain->at[i]->eku_server)
			return false;
	}
	return true;
}

struct go_round {
	const char *fault;              /* the last candidate's */
	const char *hint;
	const struct link *hint_at;
	bool found;
};

static const char *build_chains(struct go_build *build, const struct go_chain *chain, bool *found);

static void consider(struct go_build *build, const struct go_chain *chain, struct go_round *round,
		     const struct link *candidate)
{
	const struct link *child = chain->at[chain->n - 1];
	struct go_chain next = *chain;
	const char *fault;
	bool found = false;

	if (is_in(chain, candidate) || chain->n >= PATH_DEPTH_MAX)
		return;
	if (++build->checks > MOST_SIGNATURE_CHECKS) {
		round->fault = "x509: signature check attempts limit reached while verifying "
			       "certificate chain";
		return;
	}
	if ((fault = signature_fault(build->arena, child, candidate)) != NULL) {
		if (!round->hint) {
			round->hint = fault;
			round->hint_at = candidate;
		}
		return;
	}
	round->fault = link_fault(build, candidate, chain);
	if (round->fault)
		return;
	next.at[next.n++] = candidate;
	if (candidate->is_root) {
		build->found_usable |= serves(&next);
		round->found = true;
		return;
	}
	round->fault = build_chains(build, &next, &found);
	round->found |= found;
}

/* How plausible by key identifiers: 0 best. */
static int plausibility(const struct link *child, const struct link *parent)
{
	const ASN1_OCTET_STRING *akid = X509_get0_authority_key_id(child->x);
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(parent->x);

	if (!akid && !skid)
		return 0;
	if (!akid || !skid)
		return 1;
	return ASN1_OCTET_STRING_cmp(akid, skid) == 0 ? 0 : 2;
}

static void consider_all(struct go_build *build, const struct go_chain *chain,
			 struct go_round *round, const struct link *candidates, size_t n)
{
	const struct link *child = chain->at[chain->n - 1];

	for (int want = 0; want < 3; want++) {
		for (size_t i = 0; i < n; i++) {
			const struct link *candidate = &candidates[i];

			if (candidate->x && span_equal(candidate->subject, child->issuer) &&
			    plausibility(child, candidate) == want &&
			    (!candidate->is_root || !parse_fault(build->arena, candidate)))
				consider(build, chain, round, candidate);
		}
	}
}

static const char *build_chains(struct go_build *build, const struct go_chain *chain, bool *found)
{
	struct go_round round = { 0 };
	const struct links *links = build->links;

	consider_all(build, chain, &round, links->roots, links->n_roots);
	consider_all(build, chain, &round, links->sent + 1, links->n_sent - 1);
	*found = round.found;
	if (round.found)
		return NULL;
	if (round.fault)
		return round.fault;
	if (!round.hint)
		return "x509: certificate signed by unknown authority";
	return arena_printf(build->arena,
			    "x509: certificate signed by unknown authority (possibly because of "
			    "\"%s\" while trying to verify candidate authority certificate \"%s\")",
			    round.hint, authority_name(build->arena, round.hint_at));
}

/* ---- the name --------------------------------------------------------------------------- */

/* Letters, digits, '_' and inner '-'; in a pattern the first label may be '*'. */
static bool is_host_name(struct span name, bool is_pattern)
{
	size_t at = 0;

	if (!is_pattern && name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];

		if (c == '.') {
			if (i == at || i + 1 == name.n)
				return false;
			at = i + 1;
			continue;
		}
		if (is_pattern && c == '*' && i == 0 && name.n > 1 && name.p[1] == '.')
			continue;
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || (c == '-' && i != at)))
			return false;
	}
	return true;
}

static bool go_name_matches(struct span pattern, struct span host)
{
	long a, b;

	if (!is_host_name(pattern, true) || !is_host_name(host, false))
		return span_equal_nocase(pattern, host);
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	if (pattern.p[0] != '*')
		return span_equal_nocase(pattern, host);
	a = span_find(pattern, span_str("."));
	b = span_find(host, span_str("."));
	return a > 0 && b > 0 &&
	       span_equal_nocase(span_sub(pattern, (size_t)a, pattern.n),
				 span_sub(host, (size_t)b, host.n));
}

static bool any_name_matches(const struct link *leaf, const char *host)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf->x, NID_subject_alt_name, NULL, NULL);
	uint8_t bytes[16];
	size_t n = inet_pton(AF_INET, host, bytes) == 1 ? 4 : inet_pton(AF_INET6, host, bytes) == 1 ?
							      16 : 0;
	bool matched = false;

	for (int i = 0; !matched && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct span value;

		if (name->type != GEN_IPADD && name->type != GEN_DNS)
			continue;
		value = span_of(ASN1_STRING_get0_data(name->d.ia5),
				(size_t)ASN1_STRING_length(name->d.ia5));
		if (name->type == GEN_IPADD && n)
			matched = span_equal(value, span_of(bytes, n));
		else if (name->type == GEN_DNS && !n)
			matched = go_name_matches(value, span_str(host));
	}
	GENERAL_NAMES_free(names);
	return matched;
}

static const char *host_fault(const struct chain_case *in, const struct link *leaf)
{
	struct link_names names;
	const char *valid;

	if (!in->host || any_name_matches(leaf, in->host))
		return NULL;
	if (!leaf->has_san && dns_name_matches(span_str(link_common_name(in->arena, leaf)),
					       span_str(in->host),
					       MATCH_TLD_WILDCARD | MATCH_PUBLIC_SUFFIX_WILDCARD))
		return "x509: certificate relies on legacy Common Name field, use SANs instead";
	names = link_names(in->arena, leaf);
	if (in->host_is_ip && names.n_ip == 0)
		return arena_printf(in->arena, "x509: cannot validate certificate for %s because it "
					       "doesn't contain any IP SANs", in->host);
	valid = in->host_is_ip ? names.ips : names.dns;
	if (!*valid)
		return arena_printf(in->arena, "x509: certificate is not valid for any names, but "
					       "wanted to match %s", in->host);
	return arena_printf(in->arena, "x509: certificate is valid for %s, not %s", valid, in->host);
}

static const char *judge(const struct links *links)
{
	struct arena *arena = links->in->arena;
	const struct link *leaf = &links->sent[0], *same = links_root_same(links, leaf);
	struct go_build build = { .links = links, .arena = arena };
	struct go_chain chain = { .at = { leaf }, .n = 1 };
	const char *fault;
	bool found = false;

	for (size_t i = 0; i < links->n_sent; i++) {
		if ((fault = parse_fault(arena, &links->sent[i])) != NULL)
			return arena_printf(arena, "tls: failed to parse certificate from server: %s",
					    fault);
	}
	if ((fault = link_fault(&build, leaf, NULL)) != NULL)
		return fault;
	if ((fault = host_fault(links->in, leaf)) != NULL)
		return fault;
	if (same)
		build.found_usable = serves(&chain);
	else if ((fault = build_chains(&build, &chain, &found)) != NULL)
		return fault;
	return build.found_usable ? NULL : "x509: certificate specifies an incompatible key usage";
}

/* The error as a name that stays the same from one second to the next: the two times as words. The
 * message has them as printed. */
static const char *stable_name(struct arena *arena, const char *fault)
{
	const char *at = strstr(fault, "current time "), *is = at ? strstr(at, " is ") : NULL;

	if (!is)
		return fault;
	return arena_printf(arena, "%.*sNOW is %s THEN", (int)(at - fault) + 13, fault,
			    strncmp(is + 4, "before", 6) == 0 ? "before" : "after");
}

void chain_go(const struct client *client, const struct chain_case *in, struct client_result *out)
{
	struct links links;
	const char *fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	links_open(&links, in);
	fault = judge(&links);
	links_close(&links);
	if (!fault)
		return;
	chain_stop(out, stable_name(in->arena, fault), 0,
		   in->host ? arena_printf(in->arena, "Get \"https://%s/\": %s", in->host, fault) :
			      fault);
}
