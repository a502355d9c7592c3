/* Firefox 153: mozilla::pkix. The path is built from the leaf up; faults of the leaf are put off
 * until a path is found, those of an authority end that path, and where several candidates fail for
 * different reasons the answer is "unknown issuer". Then come must-staple and the name. A leaf whose
 * only fault is its date shows the wrong name instead where both are wrong.
 * Local roots: no Certificate Transparency, no longest life. OneCRL and CRLite are not here. */
#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>

#include "client/chain.h"
#include "client/chain_path.h"
#include "kb/distrusted.h"

enum pkix {
	PKIX_OK,
#define PKIX(name, number, page, overridable) PKIX_##name,
#include "client/chain_firefox_errors.def"
#undef PKIX
};

static const struct {
	const char *name;
	int number;
	const char *page;
	bool overridable;
} pkix_errors[] = {
	[PKIX_OK] = { NULL, 0, NULL, false },
#define PKIX(name, number, page, overridable) [PKIX_##name] = { #name, number, page, overridable },
#include "client/chain_firefox_errors.def"
#undef PKIX
};

enum { MOST_SUB_CAS = 6, LEAST_RSA_BITS = 1024 };

struct pkix_build {
	const struct links *links;
	const struct link *path[PATH_DEPTH_MAX];
	size_t n;
	unsigned budget;
	enum pkix leaf_fault;
	const struct link *anchor;
};

/* ---- one certificate by itself ---------------------------------------------------------- */

static enum pkix check_signature_algorithm(const struct link *link)
{
	if (link->algorithm_differs)
		return PKIX_MOZILLA_PKIX_ERROR_SIGNATURE_ALGORITHM_MISMATCH;
	if (!link->known_algorithm || link->digest != DIGEST_SHA2 || link->is_odd_pss)
		return PKIX_SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED;
	return PKIX_OK;
}

static enum pkix check_key(const struct link *link)
{
	switch (link->key) {
	case KEY_RSA:
		return link->key_bits < LEAST_RSA_BITS ?
			       PKIX_MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE : PKIX_OK;
	case KEY_EC:
		if (link->curve == NID_X9_62_prime256v1 || link->curve == NID_secp384r1 ||
		    link->curve == NID_secp521r1)
			return PKIX_OK;
		return PKIX_SEC_ERROR_UNSUPPORTED_ELLIPTIC_CURVE;
	default:
		return PKIX_SEC_ERROR_UNSUPPORTED_KEYALG;
	}
}

static enum pkix check_usage(const struct link *link, bool is_ca)
{
	const uint32_t any = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT;

	if (!link->has_key_usage)
		return PKIX_OK;
	return link->key_usage & (is_ca ? KU_KEY_CERT_SIGN : any) ?
		       PKIX_OK : PKIX_SEC_ERROR_INADEQUATE_KEY_USAGE;
}

static enum pkix check_basic(const struct link *link, bool is_ca, size_t below)
{
	if (link->bad_basic)
		return PKIX_SEC_ERROR_EXTENSION_VALUE_INVALID;
	if (!is_ca)
		return link->is_ca ? PKIX_MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY : PKIX_OK;
	if (!link->has_basic && link->version < 3)
		return link->is_root ? PKIX_OK : PKIX_MOZILLA_PKIX_ERROR_V1_CERT_USED_AS_CA;
	if (!link->has_basic || !link->is_ca)
		return PKIX_SEC_ERROR_CA_CERT_INVALID;
	if (link->path_len >= 0 && (size_t)link->path_len < below)
		return PKIX_SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID;
	return PKIX_OK;
}

static enum pkix check_purpose(const struct link *link, bool is_ca)
{
	if (!link->has_eku)
		return PKIX_OK;
	if (!link->eku_server || (!is_ca && link->eku_ocsp))
		return PKIX_SEC_ERROR_INADEQUATE_CERT_TYPE;
	return PKIX_OK;
}

static enum pkix check_dates(const struct link *link, int64_t now)
{
	if (now < link->not_before)
		return PKIX_MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE;
	return now > link->not_after ? PKIX_SEC_ERROR_EXPIRED_CERTIFICATE : PKIX_OK;
}

static enum pkix check_alone(const struct link *link, bool is_ca, size_t below, int64_t now)
{
	enum pkix fault;

	if (link->bad_time || link->not_after < link->not_before)
		return PKIX_SEC_ERROR_INVALID_TIME;
	if (!link->is_root && (fault = check_signature_algorithm(link)) != PKIX_OK)
		return fault;
	if ((fault = check_key(link)) != PKIX_OK)
		return fault;
	if (link->issuer.n <= 2)
		return PKIX_MOZILLA_PKIX_ERROR_EMPTY_ISSUER_NAME;
	if ((fault = check_usage(link, is_ca)) != PKIX_OK)
		return fault;
	if ((fault = check_basic(link, is_ca, below)) != PKIX_OK)
		return fault;
	if ((fault = check_purpose(link, is_ca)) != PKIX_OK)
		return fault;
	return check_dates(link, now);
}

/* ---- staple ----------------------------------------------------------------------------- */

static enum pkix error_response(int status)
{
	switch (status) {
	case OCSP_RESPONSE_STATUS_MALFORMEDREQUEST:
		return PKIX_SEC_ERROR_OCSP_MALFORMED_REQUEST;
	case OCSP_RESPONSE_STATUS_INTERNALERROR:
		return PKIX_SEC_ERROR_OCSP_SERVER_ERROR;
	case OCSP_RESPONSE_STATUS_TRYLATER:
		return PKIX_SEC_ERROR_OCSP_TRY_SERVER_LATER;
	case OCSP_RESPONSE_STATUS_SIGREQUIRED:
		return PKIX_SEC_ERROR_OCSP_REQUEST_NEEDS_SIG;
	case OCSP_RESPONSE_STATUS_UNAUTHORIZED:
		return PKIX_SEC_ERROR_OCSP_UNAUTHORIZED_REQUEST;
	default:
		return PKIX_SEC_ERROR_OCSP_UNKNOWN_RESPONSE_STATUS;
	}
}

/* What servers get wrong often: the responder is asked instead, and where none is named, the fault stands. */
static bool is_forgiven(enum pkix fault)
{
	return fault == PKIX_SEC_ERROR_OCSP_OLD_RESPONSE || fault == PKIX_SEC_ERROR_OCSP_TRY_SERVER_LATER ||
	       fault == PKIX_SEC_ERROR_OCSP_INVALID_SIGNING_CERT;
}

static enum pkix fault_of_staple(const struct pkix_build *build, const struct link *issuer)
{
	struct staple staple = link_staple(build->links->in, build->path[0], issuer);

	switch (staple.status) {
	case STAPLE_REVOKED:
		return PKIX_SEC_ERROR_REVOKED_CERTIFICATE;
	case STAPLE_UNKNOWN:
		return PKIX_SEC_ERROR_OCSP_UNKNOWN_CERT;
	case STAPLE_NOT_YET:
		return PKIX_SEC_ERROR_OCSP_FUTURE_RESPONSE;
	case STAPLE_EXPIRED:
		return PKIX_SEC_ERROR_OCSP_OLD_RESPONSE;
	case STAPLE_WRONG_SIGNER:
		return PKIX_SEC_ERROR_OCSP_INVALID_SIGNING_CERT;
	case STAPLE_MALFORMED:
		return PKIX_SEC_ERROR_OCSP_MALFORMED_RESPONSE;
	case STAPLE_BAD_SIGNATURE:
		return PKIX_SEC_ERROR_OCSP_BAD_SIGNATURE;
	case STAPLE_ERROR_RESPONSE:
		return error_response(staple.response);
	default:
		return PKIX_OK;
	}
}

/* A leaf that names a responder is looked up there, and no answer is forgiven, but not what the staple said. */
static enum pkix check_status(const struct pkix_build *build, const struct link *issuer)
{
	const struct chain_case *in = build->links->in;
	enum pkix fault = fault_of_staple(build, issuer);

	if (link_revoked_by_crl(in, build->path[0], issuer))
		return PKIX_SEC_ERROR_REVOKED_CERTIFICATE;
	if (fault != PKIX_OK && !is_forgiven(fault))
		return fault;
	if (in->responder == RESPONDER_REVOKED && link_staple(in, build->path[0], issuer).status != STAPLE_GOOD)
		return PKIX_SEC_ERROR_REVOKED_CERTIFICATE;
	return in->responder == RESPONDER_GOOD ? PKIX_OK : fault;
}

/* ---- building --------------------------------------------------------------------------- */

static enum pkix build_forward(struct pkix_build *build);

/* What all candidates together come to. */
struct pkix_record {
	enum pkix result;
	bool is_set;
};

static void record(struct pkix_record *record, enum pkix fault)
{
	if (fault == PKIX_SEC_ERROR_EXPIRED_CERTIFICATE)
		fault = PKIX_SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE;
	else if (fault == PKIX_MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE)
		fault = PKIX_MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE;
	if (record->is_set && fault != PKIX_OK && fault != record->result)
		fault = PKIX_SEC_ERROR_UNKNOWN_ISSUER;
	record->result = fault;
	record->is_set = true;
}

static bool is_on(const struct pkix_build *build, const struct link *link)
{
	for (size_t i = 0; i < build->n; i++) {
		if (span_equal(build->path[i]->subject, link->subject) &&
		    span_equal(build->path[i]->spki, link->spki))
			return true;
	}
	return false;
}

static enum pkix check_names(const struct pkix_build *build, const struct link *issuer)
{
	for (size_t i = 0; issuer->has_constraints && i < build->n; i++) {
		if (i > 0 && build->path[i]->is_self_issued)
			continue;
		if (link_constraints(issuer, build->path[i]) != X509_V_OK)
			return PKIX_SEC_ERROR_CERT_NOT_IN_NAME_SPACE;
	}
	return PKIX_OK;
}

static enum pkix check_issuer(struct pkix_build *build, const struct link *issuer)
{
	const struct link *subject = build->path[build->n - 1];
	enum pkix fault = check_names(build, issuer);

	if (fault != PKIX_OK)
		return fault;
	build->path[build->n++] = issuer;
	fault = build_forward(build);
	build->n--;
	if (fault != PKIX_OK)
		return fault;
	if (!link_signed_by(subject, issuer))
		return PKIX_SEC_ERROR_BAD_SIGNATURE;
	if (build->n == 1 && build->leaf_fault != PKIX_SEC_ERROR_EXPIRED_CERTIFICATE)
		return check_status(build, issuer);
	return PKIX_OK;
}

static void try_issuers(struct pkix_build *build, struct pkix_record *found,
			const struct link *candidates, size_t n)
{
	const struct link *subject = build->path[build->n - 1];

	for (size_t i = 0; i < n && !(found->is_set && found->result == PKIX_OK); i++) {
		const struct link *issuer = &candidates[i];

		/* Those that do not parse are never found. */
		if (!issuer->x || issuer->unknown_critical || issuer->has_duplicate ||
		    !span_equal(issuer->subject, subject->issuer) || is_on(build, issuer) ||
		    (!issuer->is_root && links_root_same(build->links, issuer)))
			continue;
		if (build->budget == 0)
			return;
		build->budget--;
		record(found, check_issuer(build, issuer));
	}
}

static enum pkix build_forward(struct pkix_build *build)
{
	const struct link *subject = build->path[build->n - 1];
	bool is_ca = build->n > 1;
	size_t below = is_ca ? build->n - 2 : 0;
	bool is_anchor = subject->is_root;
	enum pkix fault = check_alone(subject, is_ca, below, build->links->in->now_unix);
	struct pkix_record found = { 0 };

	if (is_anchor) {
		build->anchor = fault == PKIX_OK ? subject : build->anchor;
		return fault;
	}
	if (is_ca && fault != PKIX_OK)
		return fault;
	if (!is_ca)
		build->leaf_fault = fault;
	if ((is_ca && below >= MOST_SUB_CAS) || build->n >= PATH_DEPTH_MAX)
		return PKIX_SEC_ERROR_UNKNOWN_ISSUER;
	try_issuers(build, &found, build->links->roots, build->links->n_roots);
	try_issuers(build, &found, build->links->sent + 1, build->links->n_sent - 1);
	if (!found.is_set)
		return PKIX_SEC_ERROR_UNKNOWN_ISSUER;
	if (found.result != PKIX_OK)
		return found.result;
	return is_ca ? PKIX_OK : build->leaf_fault;
}

/* ---- the whole -------------------------------------------------------------------------- */

static bool is_date_fault(enum pkix fault)
{
	return fault == PKIX_SEC_ERROR_EXPIRED_CERTIFICATE ||
	       fault == PKIX_MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE ||
	       fault == PKIX_SEC_ERROR_INVALID_TIME;
}

static bool hides_self_signed(enum pkix fault)
{
	return fault == PKIX_SEC_ERROR_UNKNOWN_ISSUER || fault == PKIX_SEC_ERROR_BAD_SIGNATURE ||
	       fault == PKIX_SEC_ERROR_INADEQUATE_KEY_USAGE;
}

static bool lacks_transparency(const struct pkix_build *build, const struct link *leaf)
{
	return build->anchor && build->anchor->is_public_root &&
	       X509_get_ext_by_NID(leaf->x, NID_ct_precert_scts, -1) < 0;
}

/* Roots that were taken out are as unknown as any; those with a last day have an error of their own. */
static enum pkix distrust(const struct pkix_build *build, const struct link *leaf)
{
	const struct kb_distrusted *row = build->anchor ? link_distrusted(build->anchor) : NULL;

	if (!row || leaf->not_before <= row->firefox_until_unix)
		return PKIX_OK;
	return row->firefox_until_unix == INT64_MIN ? PKIX_SEC_ERROR_UNKNOWN_ISSUER
						    : PKIX_MOZILLA_PKIX_ERROR_ISSUER_NO_LONGER_TRUSTED;
}

static enum pkix judge(const struct links *links)
{
	const struct link *leaf = &links->sent[0], *same = links_root_same(links, leaf);
	struct pkix_build build = { .links = links, .path = { same ? same : leaf }, .n = 1,
				    .budget = 400 };
	bool matches = !links->in->host ||
		       link_matches_host(leaf, links->in, MATCH_PUBLIC_SUFFIX_WILDCARD | MATCH_NO_FINAL_DOT);
	enum pkix fault;

	if (leaf->unknown_critical)
		return PKIX_SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION;
	if (leaf->has_duplicate)
		return PKIX_SEC_ERROR_EXTENSION_VALUE_INVALID;
	fault = build_forward(&build);
	if (distrust(&build, leaf) != PKIX_OK)
		return distrust(&build, leaf);
	if (hides_self_signed(fault) && link_self_signed(leaf))
		return PKIX_MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT;
	if (is_date_fault(fault) && !matches)
		return PKIX_SSL_ERROR_BAD_CERT_DOMAIN;
	if (fault != PKIX_OK)
		return fault;
	if (leaf->must_staple && !links->in->has_staple)
		return PKIX_MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING;
	if (lacks_transparency(&build, leaf))
		return PKIX_MOZILLA_PKIX_ERROR_INSUFFICIENT_CERTIFICATE_TRANSPARENCY;
	return matches ? PKIX_OK : PKIX_SSL_ERROR_BAD_CERT_DOMAIN;
}

/* NSS reads the certificate before mozilla::pkix does, and offers no signature for odd keys. */
static enum pkix handshake(const struct links *links)
{
	const struct link *leaf = &links->sent[0];

	if (!leaf->x)
		return leaf->der.n && leaf->der.p[0] != 0x30 ? PKIX_SEC_ERROR_INVALID_ARGS :
							       PKIX_SEC_ERROR_LIBRARY_FAILURE;
	if (leaf->key == KEY_RSA)
		return PKIX_OK;
	return leaf->key == KEY_EC && check_key(leaf) == PKIX_OK ? PKIX_OK :
								   PKIX_SSL_ERROR_NO_CYPHER_OVERLAP;
}

void chain_firefox(const struct client *client, const struct chain_case *in,
		   struct client_result *out)
{
	struct links links;
	enum pkix fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	links_open(&links, in);
	fault = handshake(&links);
	if (fault == PKIX_OK)
		fault = judge(&links);
	links_close(&links);
	if (fault == PKIX_OK)
		return;
	chain_stop(out, pkix_errors[fault].name, pkix_errors[fault].number, NULL);
	out->page = pkix_errors[fault].page;
	out->overridable = pkix_errors[fault].overridable ? TRI_YES : TRI_NO;
}
