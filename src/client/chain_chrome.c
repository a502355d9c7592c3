/* Chrome 156 on Linux: its own verifier and root store, local roots included. A path is built from
 * what was sent; the errors of the best path set bits, and one bit, by rank, becomes the error.
 * "Invalid" is set only where nothing else is, so that a wrong usage hides behind a date. Before all
 * that BoringSSL looks at the key and its usage in the handshake.
 * Authorities that are believed till a day only: kb/distrusted.c. Left out, for want of the data: CRLSets, pins, blocked
 * interception roots, name limits of single authorities. */
#include <openssl/x509_vfy.h>

#include "client/chain.h"
#include "client/chain_path.h"
#include "kb/distrusted.h"

enum chrome_bit {
	BIT_INVALID = 1,
	BIT_REVOKED = 2,
	BIT_AUTHORITY = 4,
	BIT_NAME = 8,
	BIT_WEAK_KEY = 16,
	BIT_DATE = 32,
	BIT_TOO_LONG = 64,
	BIT_WEAK_SIGNATURE = 128,
	BIT_CT = 256,
};

/* Highest rank first. */
static const struct {
	enum chrome_bit bit;
	const char *error;
	int number;
	enum tri overridable;
} chrome_errors[] = {
	{ BIT_INVALID, "ERR_CERT_INVALID", -207, TRI_NO },
	{ BIT_REVOKED, "ERR_CERT_REVOKED", -206, TRI_NO },
	{ BIT_AUTHORITY, "ERR_CERT_AUTHORITY_INVALID", -202, TRI_YES },
	{ BIT_NAME, "ERR_CERT_COMMON_NAME_INVALID", -200, TRI_YES },
	{ BIT_CT, "ERR_CERTIFICATE_TRANSPARENCY_REQUIRED", -214, TRI_YES },
	{ BIT_WEAK_SIGNATURE, "ERR_CERT_WEAK_SIGNATURE_ALGORITHM", -208, TRI_YES },
	{ BIT_WEAK_KEY, "ERR_CERT_WEAK_KEY", -211, TRI_YES },
	{ BIT_DATE, "ERR_CERT_DATE_INVALID", -201, TRI_YES },
	{ BIT_TOO_LONG, "ERR_CERT_VALIDITY_TOO_LONG", -213, TRI_YES },
};

/* ---- one path --------------------------------------------------------------------------- */

struct chrome_path {
	const struct link *at[PATH_DEPTH_MAX];
	size_t n;
	bool is_trusted;
	unsigned bits;
	bool has_other;         /* a fault that becomes "invalid" where no bit is set */
};

static bool algorithm_accepted(const struct link *link)
{
	return link->known_algorithm && link->digest == DIGEST_SHA2;
}

static bool key_accepted(const struct link *link)
{
	switch (link->key) {
	case KEY_RSA:
		return link->key_bits >= 1024;
	case KEY_EC:
		return link->curve == NID_X9_62_prime256v1 || link->curve == NID_secp384r1 ||
		       link->curve == NID_secp521r1;
	default:
		return false;
	}
}

static void check_dates(struct chrome_path *path, const struct link *link, int64_t now)
{
	if (link->bad_time || now < link->not_before || now > link->not_after)
		path->bits |= BIT_DATE;
}

static void check_authority(struct chrome_path *path, const struct link *ca, size_t below)
{
	if (ca->version < 3 && !ca->is_root)
		path->has_other = true;
	if (ca->version >= 3 && (!ca->has_basic || !ca->is_ca))
		path->has_other = true;
	if (ca->path_len >= 0 && below > (size_t)ca->path_len)
		path->has_other = true;
	if (ca->has_key_usage && !(ca->key_usage & KU_KEY_CERT_SIGN))
		path->has_other = true;
}

static void check_usage(struct chrome_path *path, const struct link *link)
{
	if (link->has_eku && !link->eku_server && !link->eku_any)
		path->has_other = true;
}

static void check_format(struct chrome_path *path, const struct link *link)
{
	if (link->unknown_critical || link->has_duplicate || link->bad_basic || link->bad_extension)
		path->has_other = true;
	/* Chromium reads names and the flags of extensions as strictly as DER and RFC 5280 have them: what does not decode is no
	 * certificate. (basicConstraints alone may write its default out.) */
	if (link->algorithm_differs || !link->known_algorithm || link->is_odd_pss || link->bad_names || link->writes_default)
		path->bits |= BIT_INVALID;
}

static void check_constraints(struct chrome_path *path, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (i > 0 && path->at[i]->is_self_issued)
			continue;
		if (link_constraints(path->at[at], path->at[i]) != X509_V_OK)
			path->has_other = true;
	}
}

/* A trust anchor is believed as it is: its name and key count, and for local roots what Chrome
 * calls enforced anchor constraints is off, but for the date it has its own. */
static void check_path(struct chrome_path *path, int64_t now)
{
	size_t below = 0;

	for (size_t i = 0; i < path->n; i++) {
		const struct link *link = path->at[i];
		bool is_anchor = path->is_trusted && i + 1 == path->n;

		if (link->key == KEY_RSA && link->key_bits < 1024)
			path->bits |= BIT_WEAK_KEY;
		check_dates(path, link, now);
		if (is_anchor && i > 0)
			break;
		check_format(path, link);
		check_usage(path, link);
		if (!is_anchor && !algorithm_accepted(link))
			path->has_other = true;
		if (!key_accepted(link))
			path->bits |= BIT_WEAK_KEY;
		if (i > 0) {
			check_authority(path, link, below);
			if (link->has_constraints)
				check_constraints(path, i);
			below += !link->is_self_issued;
		}
	}
	if (!path->is_trusted)
		path->bits |= BIT_AUTHORITY;
	else if (!links_satisfy_policies(path->at, path->n))
		path->has_other = true;
}

/* ---- building --------------------------------------------------------------------------- */

struct chrome_build {
	const struct links *links;
	struct chrome_path best;
	bool has_best;
	unsigned budget;
};

static int rank(const struct chrome_path *path)
{
	int faults = 0;

	for (unsigned bits = path->bits; bits; bits &= bits - 1)
		faults++;
	return (path->is_trusted ? 100 : 0) - 10 * faults - 10 * path->has_other;
}

static void offer(struct chrome_build *build, const struct chrome_path *path)
{
	struct chrome_path judged = *path;

	check_path(&judged, build->links->in->now_unix);
	if (build->has_best && rank(&judged) <= rank(&build->best))
		return;
	build->best = judged;
	build->has_best = true;
}

static bool is_on(const struct chrome_path *path, const struct link *link)
{
	for (size_t i = 0; i < path->n; i++) {
		if (span_equal(path->at[i]->subject, link->subject) &&
		    span_equal(path->at[i]->spki, link->spki))
			return true;
	}
	return false;
}

static bool is_perfect(const struct chrome_build *build)
{
	return build->has_best && build->best.is_trusted && !build->best.bits &&
	       !build->best.has_other;
}

static void extend(struct chrome_build *build, struct chrome_path *path);

static bool step(struct chrome_build *build, struct chrome_path *path, const struct link *issuer)
{
	const struct link *last = path->at[path->n - 1];

	if (!issuer->x || !link_issued_by_name(last, issuer) || is_on(path, issuer) ||
	    build->budget == 0)
		return false;
	build->budget--;
	if (!link_signed_by(last, issuer))
		return false;
	path->at[path->n++] = issuer;
	path->is_trusted = issuer->is_root;
	extend(build, path);
	path->n--;
	path->is_trusted = false;
	return true;
}

static void extend(struct chrome_build *build, struct chrome_path *path)
{
	bool any = false;

	if (path->is_trusted) {
		offer(build, path);
		return;
	}
	if (path->n < PATH_DEPTH_MAX) {
		for (size_t i = 0; i < build->links->n_roots && !is_perfect(build); i++)
			any |= step(build, path, &build->links->roots[i]);
		for (size_t i = 1; i < build->links->n_sent && !is_perfect(build); i++)
			any |= step(build, path, &build->links->sent[i]);
	}
	if (!any)
		offer(build, path);
}

static void build_paths(struct chrome_build *build)
{
	const struct link *leaf = &build->links->sent[0];
	const struct link *same = links_root_same(build->links, leaf);
	struct chrome_path path = { .at = { leaf }, .n = 1 };

	build->budget = 200;
	if (same && link_self_signed(leaf)) {
		path.is_trusted = true;
		offer(build, &path);
	} else {
		extend(build, &path);
	}
}

/* ---- what is asked beside the path ------------------------------------------------------ */

/* Longest life by the date of issue, of public certificates (Baseline Requirements 6.3.2). */
static bool lives_too_long(const struct link *leaf)
{
	static const struct {
		int64_t from;
		int64_t days;
	} limits[] = {
		{ 1598918400, 398 },    /* 2020-09-01 */
		{ 1519862400, 825 },    /* 2018-03-01 */
		{ 1427846400, 1187 },   /* 2015-04-01: 39 months */
		{ 1341100800, 1826 },   /* 2012-07-01: 60 months */
		{ INT64_MIN, 3653 },
	};

	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		if (leaf->not_before >= limits[i].from)
			return leaf->not_after - leaf->not_before > limits[i].days * 86400;
	}
	return false;
}

static bool has_transparency(const struct link *leaf)
{
	return X509_get_ext_by_NID(leaf->x, NID_ct_precert_scts, -1) >= 0;
}

static bool is_distrusted(const struct link *anchor, const struct link *leaf)
{
	const struct kb_distrusted *row = link_distrusted(anchor);

	return row && (leaf->logged_unix ? leaf->logged_unix : leaf->not_before) > row->chrome_until_unix;
}

static unsigned judge(const struct links *links)
{
	const struct link *leaf = &links->sent[0], *issuer;
	struct chrome_build build = { .links = links };
	unsigned bits;
	bool is_public;

	if (!algorithm_accepted(leaf) && !links_root_same(links, leaf))
		return BIT_INVALID | (links->in->host && !link_matches_host(leaf, links->in, 0) ?
					      BIT_NAME : 0);
	build_paths(&build);
	issuer = build.best.n > 1 ? build.best.at[1] : leaf;
	bits = build.best.bits;
	if (link_staple(links->in, leaf, issuer).status == STAPLE_REVOKED ||
	    link_revoked_by_crl(links->in, leaf, issuer))
		bits |= BIT_REVOKED;
	/* A root as such is no server, though it may stand in the store; trusted as a server's it would not be an authority. */
	if (leaf->is_ca && links_root_same(links, leaf))
		build.best.has_other = true;
	if (build.best.has_other && !bits)
		bits |= BIT_INVALID;
	if (links->in->host && !link_matches_host(leaf, links->in, 0))
		bits |= BIT_NAME;
	is_public = build.best.is_trusted && build.best.at[build.best.n - 1]->is_public_root;
	if (is_public && is_distrusted(build.best.at[build.best.n - 1], leaf))
		bits |= BIT_AUTHORITY;
	if (is_public && !bits && lives_too_long(leaf))
		bits |= BIT_TOO_LONG;
	if (is_public && !bits && !has_transparency(leaf))
		bits |= BIT_CT;
	return bits;
}

/* BoringSSL wants the usage that the key exchange needs before any chain is looked at. */
static bool key_usage_fits(const struct link *leaf, const struct chain_case *in)
{
	if (!leaf->has_key_usage)
		return true;
	return leaf->key_usage & (is_rsa_exchange(in->suite) ? KU_KEY_ENCIPHERMENT : KU_DIGITAL_SIGNATURE);
}

static bool chrome_handshake(const struct links *links, struct client_result *out)
{
	const struct link *leaf = &links->sent[0];

	if (!leaf->x) {
		chain_stop(out, "ERR_SSL_PROTOCOL_ERROR", -107, NULL);
		return false;
	}
	if (leaf->bad_time) {
		chain_stop(out, "ERR_SSL_SERVER_CERT_BAD_FORMAT", -167, NULL);
		return false;
	}
	if (leaf->key != KEY_RSA && !(leaf->key == KEY_EC && (leaf->curve == NID_X9_62_prime256v1 ||
							      leaf->curve == NID_secp384r1))) {
		chain_stop(out, "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", -113, NULL);
		return false;
	}
	if (!key_usage_fits(leaf, links->in)) {
		chain_stop(out, "ERR_SSL_KEY_USAGE_INCOMPATIBLE", -181, NULL);
		return false;
	}
	return true;
}

void chain_chrome(const struct client *client, const struct chain_case *in,
		  struct client_result *out)
{
	struct links links;
	unsigned bits = 0;

	(void)client;
	if (in->n_sent == 0)
		return;
	links_open(&links, in);
	if (chrome_handshake(&links, out))
		bits = judge(&links);
	links_close(&links);
	for (size_t i = 0; bits && i < COUNT_OF(chrome_errors); i++) {
		if (!(bits & chrome_errors[i].bit))
			continue;
		chain_stop(out, chrome_errors[i].error, chrome_errors[i].number,
			   "Your connection is not private");
		out->overridable = chrome_errors[i].overridable;
		break;
	}
}
