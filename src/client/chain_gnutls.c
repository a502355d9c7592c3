/* GnuTLS 3.7 as gnutls-cli and Wget use it: the list is sorted, cut where it meets a trusted key,
 * and verified from its end; the first certificate that fails ends the walk, but all flags it raised
 * are shown, in a fixed order. Purpose, name and staple are added whatever came before. */
#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>

#include "base/out.h"
#include "client/chain.h"
#include "client/chain_path.h"

enum { GNUTLS_DEPTH = 16, GNUTLS_RSA_BITS = 1000 };

enum gnutls_flag {
	G_REVOKED = 1 << 0,
	G_SUPERSEDED = 1 << 1,
	G_NO_ISSUER = 1 << 3,
	G_NOT_CA = 1 << 4,
	G_INSECURE = 1 << 5,
	G_CONSTRAINTS = 1 << 6,
	G_PURPOSE = 1 << 7,
	G_NOT_YET = 1 << 8,
	G_EXPIRED = 1 << 9,
	G_SIGNATURE = 1 << 10,
	G_OWNER = 1 << 11,
	G_NO_STAPLE = 1 << 12,
	G_BAD_STAPLE = 1 << 13,
	G_CRITICAL = 1 << 14,
	G_INVALID = 1 << 15,
};

/* In the order in which they are printed. */
static const struct {
	unsigned flag;
	const char *text;
	const char *wget;
} gnutls_texts[] = {
	{ G_REVOKED, "The certificate chain is revoked.", "has been revoked" },
	{ G_SUPERSEDED, "The revocation or OCSP data are old and have been superseded.", NULL },
	{ G_NO_ISSUER, "The certificate issuer is unknown.", "doesn't have a known issuer" },
	{ G_NOT_CA, "The certificate issuer is not a CA.", NULL },
	{ G_INSECURE, "The certificate chain uses insecure algorithm.",
	  "was signed using an insecure algorithm" },
	{ G_CONSTRAINTS, "The certificate chain violates the signer's constraints.", NULL },
	{ G_PURPOSE, "The certificate chain does not match the intended purpose.", NULL },
	{ G_NOT_YET, "The certificate chain uses not yet valid certificate.",
	  "is not yet activated" },
	{ G_EXPIRED, "The certificate chain uses expired certificate.", "has expired" },
	{ G_SIGNATURE, "The signature in the certificate is invalid.", NULL },
	{ G_OWNER, "The name in the certificate does not match the expected.", NULL },
	{ G_NO_STAPLE, "The certificate requires the server to include an OCSP status in its response, "
		       "but the OCSP status is missing.", NULL },
	{ G_BAD_STAPLE, "The received OCSP status response is invalid.", NULL },
	{ G_CRITICAL, "The certificate contains an unknown critical extension.", NULL },
};

struct gnutls_list {
	const struct link *at[GNUTLS_DEPTH];
	size_t n;
};

/* ---- the list --------------------------------------------------------------------------- */

static bool key_ids_fit(const struct link *child, const struct link *parent)
{
	const ASN1_OCTET_STRING *akid = X509_get0_authority_key_id(child->x);
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(parent->x);

	return !akid || !skid || ASN1_OCTET_STRING_cmp(akid, skid) == 0;
}

static bool is_issuer(const struct link *child, const struct link *parent)
{
	return child->x && parent->x && span_equal(child->issuer, parent->subject) &&
	       key_ids_fit(child, parent);
}

static bool is_listed(const struct gnutls_list *list, const struct link *link)
{
	for (size_t i = 0; i < list->n; i++) {
		if (link_same(list->at[i], link))
			return true;
	}
	return false;
}

static const struct link *next_of(const struct links *links, const struct gnutls_list *list)
{
	for (size_t i = 1; i < links->n_sent; i++) {
		if (is_issuer(list->at[list->n - 1], &links->sent[i]) &&
		    !is_listed(list, &links->sent[i]))
			return &links->sent[i];
	}
	return NULL;
}

static struct gnutls_list sorted(const struct links *links)
{
	struct gnutls_list list = { .at = { &links->sent[0] }, .n = 1 };
	const struct link *next;

	while (list.n < GNUTLS_DEPTH && (next = next_of(links, &list)) != NULL)
		list.at[list.n++] = next;
	return list;
}

/* The leaf must be the trusted certificate itself, found by its issuer's name; an authority, the
 * same name and key. */
static const struct link *trusted_as(const struct links *links, const struct link *link, bool is_leaf)
{
	if (is_leaf)
		return link->is_self_issued ? links_root_same(links, link) : NULL;
	for (size_t i = 0; i < links->n_roots; i++) {
		if (span_equal(links->roots[i].subject, link->subject) &&
		    span_equal(links->roots[i].spki, link->spki))
			return &links->roots[i];
	}
	return NULL;
}

/* ---- one certificate against its issuer ------------------------------------------------- */

static unsigned date_flags(const struct link *link, int64_t now)
{
	if (now < link->not_before)
		return G_NOT_YET | G_INVALID;
	return now > link->not_after ? G_EXPIRED | G_INVALID : 0;
}

static bool is_insecure(const struct link *link)
{
	if ((link->key == KEY_RSA || link->key == KEY_RSA_PSS || link->key == KEY_DSA) &&
	    link->key_bits < GNUTLS_RSA_BITS)
		return true;
	return !link->is_self_issued &&
	       (link->digest == DIGEST_MD5 || link->digest == DIGEST_SHA1);
}

static unsigned issuer_flags(const struct link *issuer, size_t below)
{
	unsigned flags = 0;

	if (!issuer->is_ca && (issuer->has_basic || !issuer->is_root))
		return G_NOT_CA | G_INVALID;
	if (issuer->path_len >= 0 && below > (size_t)issuer->path_len)
		flags |= G_CONSTRAINTS | G_INVALID;
	if (issuer->has_key_usage && !(issuer->key_usage & KU_KEY_CERT_SIGN))
		flags |= G_CONSTRAINTS | G_INVALID;
	return flags;
}

static bool serves(const struct link *link)
{
	return !link->has_eku || link->empty_eku || link->eku_server || link->eku_any;
}

static unsigned link_flags(const struct link *link, const struct link *issuer, size_t below,
			   const struct links *links)
{
	int64_t now = links->in->now_unix;
	unsigned flags = date_flags(link, now);

	if (!issuer)
		return flags | G_NO_ISSUER | G_INVALID | (is_insecure(link) ? G_INSECURE : 0);
	flags |= issuer_flags(issuer, below) | date_flags(issuer, now);
	if (!link->known_algorithm)
		flags |= G_INVALID;
	else if (is_insecure(link))
		flags |= G_INSECURE | G_INVALID;
	if (link->known_algorithm && !(flags & G_NOT_CA) && (link->is_odd_pss || !link_signed_by(link, issuer)))
		flags |= G_SIGNATURE | G_INVALID;
	/* It knows no policy constraints: critical ones are strangers to it. */
	if (link->unknown_critical || issuer->unknown_critical || link->critical_policy || issuer->critical_policy)
		flags |= G_CRITICAL | G_INVALID;
	if (link->key == KEY_EC && link->curve == NID_undef)
		flags |= G_INVALID;
	return flags;
}

/* A kind of name that GnuTLS cannot compare, both constrained and present; other names are refused
 * wherever they are constrained. */
static bool has_odd_constraint(const struct link *issuer, const struct link *leaf)
{
	NAME_CONSTRAINTS *all = X509_get_ext_d2i(issuer->x, NID_name_constraints, NULL, NULL);
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf->x, NID_subject_alt_name, NULL, NULL);
	STACK_OF(GENERAL_SUBTREE) *lists[2] = { all ? all->permittedSubtrees : NULL,
						all ? all->excludedSubtrees : NULL };
	unsigned constrained = 0, present = 0;
	const unsigned odd = 1U << GEN_URI | 1U << GEN_RID;

	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < sk_GENERAL_SUBTREE_num(lists[k]); i++)
			constrained |= 1U << sk_GENERAL_SUBTREE_value(lists[k], i)->base->type;
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		present |= 1U << sk_GENERAL_NAME_value(names, i)->type;
	GENERAL_NAMES_free(names);
	NAME_CONSTRAINTS_free(all);
	return (constrained & 1U << GEN_OTHERNAME) || (constrained & present & odd);
}

static bool allows(const struct link *issuer, const struct link *leaf)
{
	int result;

	if (!issuer->has_constraints)
		return true;
	/* Names that do not parse are passed over. */
	result = link_constraints(issuer, leaf);
	return (result == X509_V_OK || result == X509_V_ERR_UNSUPPORTED_NAME_SYNTAX) &&
	       !has_odd_constraint(issuer, leaf);
}

/* Constraints of all issuers bind the names of the leaf, and of no other. */
static bool names_allowed(const struct gnutls_list *list, const struct link *anchor)
{
	if (anchor && !allows(anchor, list->at[0]))
		return false;
	for (size_t i = 1; i < list->n; i++) {
		if (!allows(list->at[i], list->at[0]))
			return false;
	}
	return true;
}

static const struct link *find_anchor(const struct links *links, const struct link *last)
{
	const struct link *first = NULL;

	for (size_t i = 0; i < links->n_roots; i++) {
		if (!is_issuer(last, &links->roots[i]))
			continue;
		if (!first)
			first = &links->roots[i];
		if (link_signed_by(last, &links->roots[i]))
			return &links->roots[i];
	}
	return first;
}

static unsigned walk(const struct links *links, struct gnutls_list *list)
{
	const struct link *last, *anchor, *same;
	unsigned flags;

	last = list->at[list->n - 1];
	if (list->n > 1 && is_issuer(last, last))
		list->n--;
	for (size_t i = 0; i < list->n; i++) {
		if ((same = trusted_as(links, list->at[i], i == 0)) == NULL)
			continue;
		flags = date_flags(same, links->in->now_unix);
		if (flags)
			return flags;
		list->n = i;
		if (i == 0)
			return 0;
	}
	anchor = find_anchor(links, list->at[list->n - 1]);
	for (size_t i = list->n; i-- > 0;) {
		flags = link_flags(list->at[i], i + 1 < list->n ? list->at[i + 1] : anchor, i, links);
		if (i == 0 && anchor && !names_allowed(list, anchor))
			flags |= G_CONSTRAINTS | G_INVALID;
		if (!serves(list->at[i]))
			flags |= G_PURPOSE | G_INVALID;
		if (flags)
			return flags;
	}
	return 0;
}

/* ---- beside the list -------------------------------------------------------------------- */

static unsigned staple_flags(const struct links *links, const struct gnutls_list *list)
{
	const struct link *leaf = &links->sent[0];
	const struct link *issuer = list->n > 1 ? list->at[1] : find_anchor(links, leaf);

	if (link_revoked_by_crl(links->in, leaf, issuer))
		return G_REVOKED | G_INVALID;
	switch (link_staple(links->in, leaf, issuer).status) {
	case STAPLE_NONE:
		return leaf->must_staple ? G_NO_STAPLE | G_INVALID : 0;
	case STAPLE_REVOKED:
		return G_REVOKED | G_INVALID;
	case STAPLE_EXPIRED:
		return G_SUPERSEDED | G_INVALID;
	case STAPLE_MALFORMED:
	case STAPLE_OTHER_CERTIFICATE:
	case STAPLE_BAD_SIGNATURE:
	case STAPLE_WRONG_SIGNER:
		return G_BAD_STAPLE | G_INVALID;
	default:
		return 0;
	}
}

static bool owner_matches(const struct links *links)
{
	unsigned how = MATCH_PUBLIC_SUFFIX_WILDCARD;

	if (!links->in->host)
		return true;
	if (!links->in->host_is_ip)
		how |= MATCH_COMMON_NAME;
	return link_matches_host(&links->sent[0], links->in, how | MATCH_NO_FINAL_DOT);
}

/* What ends the handshake before anything is verified. */
static const char *handshake_fault(const struct links *links)
{
	const struct link *leaf = &links->sent[0];

	for (size_t i = 0; i < links->n_sent; i++) {
		const struct link *link = &links->sent[i];

		if (!link->x)
			return link->der.n && link->der.p[0] != 0x30 ?
				       "ASN1 parser: Error in TAG." :
				       "ASN1 parser: Error in DER parsing.";
		if (link->bad_time)
			return "Error in the time fields of certificate.";
		if (link->has_duplicate)
			return "Duplicate extension in X.509 certificate.";
		if (link->algorithm_differs)
			return "Error in the certificate.";
	}
	if (links->in->n_sent > GNUTLS_DEPTH)
		return "Error in the certificate.";
	if (leaf->has_key_usage && !(leaf->key_usage & (is_rsa_exchange(links->in->suite) ? KU_KEY_ENCIPHERMENT : KU_DIGITAL_SIGNATURE)))
		return "Key usage violation in certificate has been detected.";
	return NULL;
}

static unsigned judge(const struct links *links)
{
	struct gnutls_list list = sorted(links), whole = list;
	unsigned flags = walk(links, &list);

	if (!serves(&links->sent[0]))
		flags |= G_PURPOSE | G_INVALID;
	if (!owner_matches(links))
		flags |= G_OWNER | G_INVALID;
	if (!(flags & G_INVALID))
		flags |= staple_flags(links, &whole);
	return flags;
}

static const char *status_text(struct arena *arena, unsigned flags)
{
	struct out text = { 0 };
	const char *copy;

	out_str(&text, "The certificate is NOT trusted.");
	for (size_t i = 0; i < COUNT_OF(gnutls_texts); i++) {
		if (flags & gnutls_texts[i].flag)
			out_printf(&text, " %s", gnutls_texts[i].text);
	}
	copy = arena_strn(arena, text.text, text.n);
	out_release(&text);
	return copy;
}

void chain_gnutls(const struct client *client, const struct chain_case *in,
		  struct client_result *out)
{
	struct links links;
	const char *fault;
	unsigned flags = 0;

	(void)client;
	if (in->n_sent == 0)
		return;
	links_open(&links, in);
	fault = handshake_fault(&links);
	if (!fault)
		flags = judge(&links);
	links_close(&links);
	if (fault) {
		chain_stop(out, fault, 0, arena_printf(in->arena, "*** Fatal error: %s", fault));
	} else if (flags & G_INVALID) {
		fault = status_text(in->arena, flags);
		chain_stop(out, fault, 0, arena_printf(in->arena, "- Status: %s", fault));
	}
}

/* ---- Wget ------------------------------------------------------------------------------- */

/* Wget asks for no purpose and matches the name itself; exit 5, or 4 when the handshake fails. */
static const char *wget_text(struct arena *arena, unsigned flags, const char *host)
{
	if (!(flags & ~(unsigned)(G_OWNER | G_INVALID)))
		return arena_printf(arena, "The certificate's owner does not match hostname '%s'", host);
	for (size_t i = 0; i < COUNT_OF(gnutls_texts); i++) {
		if ((flags & gnutls_texts[i].flag) && gnutls_texts[i].wget)
			return arena_printf(arena, "ERROR: The certificate of '%s' %s.", host,
					    gnutls_texts[i].wget);
	}
	return arena_printf(arena, "ERROR: The certificate of '%s' is not trusted.", host);
}

void chain_wget(const struct client *client, const struct chain_case *in, struct client_result *out)
{
	struct links links;
	const char *fault;
	unsigned flags = 0;

	(void)client;
	if (in->n_sent == 0)
		return;
	links_open(&links, in);
	fault = handshake_fault(&links);
	if (fault && strncmp(fault, "Key usage", 9) == 0)
		fault = NULL;
	if (!fault) {
		flags = judge(&links) & ~(unsigned)G_PURPOSE;
		if (!(flags & ~(unsigned)G_INVALID))
			flags = 0;
	}
	links_close(&links);
	if (fault)
		chain_stop(out, "exit 4", 4, arena_printf(in->arena, "GnuTLS: %s", fault));
	else if (flags)
		chain_stop(out, "exit 5", 5,
			   wget_text(in->arena, flags, in->host ? in->host : "it"));
}
