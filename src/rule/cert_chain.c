/* From the leaf to a root: what is missing, untrusted, or wrong on the way. RFC 5280 6, RFC 8446 4.4.2. */
#include "base/timeutil.h"
#include "kb/distrusted.h"
#include "rule/cert_parts.h"
#include "x509/name.h"

enum { CHAIN_BYTES_MANY = 16 << 10, CHAIN_DEPTH_MANY = 10 };

/* ---- stand-ins and authorities of ill repute -------------------------------------------- */

/* Common or organisation names that software gives to what it serves for names it does not know. */
static const char *const stand_ins[] = {
	"Kubernetes Ingress Controller Fake Certificate", "TRAEFIK DEFAULT CERT", "invalid2.invalid",
	"sni-support-required-for-valid-ssl", "Parallels Panel", "Plesk", "SomeOrganization",
	"localhost.localdomain", "ssl-certificate-not-configured", "Default Certificate",
};

static const char *stand_in_name(const struct cert *leaf)
{
	const char *const shown[] = { leaf->subject.common_name, leaf->subject.organization };

	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		for (size_t k = 0; shown[i] && k < COUNT_OF(stand_ins); k++) {
			if (span_is_nocase(span_str(shown[i]), stand_ins[k]))
				return shown[i];
		}
	}
	return NULL;
}

static void check_stand_in(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const char *name = stand_in_name(facts->leaf);
	struct finding *f;

	if (!name || facts->name_matches)
		return;
	f = finding_add(findings, visit, "certificate.default-certificate",
			arena_printf(findings->arena, "The server shows its stand-in \"%s\", because %s is not configured there",
				     name, facts->host));
	f->confidence = "certain";
	finding_evidence(findings, f, "such a certificate is made up by the software itself, for names it has none for");
	cert_evidence(findings, f, facts->leaf);
}

/* One line for each browser that refuses it: Chrome goes by the first timestamp, Firefox and Safari by notBefore. */
static size_t refusals(struct arena *arena, const struct kb_distrusted *row, const struct cert *leaf, const char *lines[])
{
	int64_t logged = sct_times(leaf->sct_list).first_unix;
	const struct {
		const char *name, *how;
		int64_t until_unix, when_unix;
	} browsers[] = {
		{ "Chrome", logged ? "logged" : "issued", row->chrome_until_unix, logged ? logged : leaf->not_before_unix },
		{ "Firefox", "issued", row->firefox_until_unix, leaf->not_before_unix },
		{ "Safari", "issued", row->safari_until_unix, leaf->not_before_unix },
	};
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(browsers); i++) {
		char until[32];

		if (browsers[i].when_unix <= browsers[i].until_unix)
			continue;
		lines[n++] = browsers[i].until_unix == INT64_MIN
			? arena_printf(arena, "%s trusts nothing of this authority any more", browsers[i].name)
			: arena_printf(arena, "%s refuses what this authority %s after %s", browsers[i].name, browsers[i].how,
				       when_format(until, browsers[i].until_unix));
	}
	return n;
}

static void check_distrusted(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct cert *last = facts->best->certs[facts->best->n - 1];
	const char *who = facts->is_trusted ? last->subject.organization : last->issuer.organization;
	const struct kb_distrusted *row = kb_distrusted_find(who);
	const char *lines[3];
	struct finding *f;
	size_t n;

	if ((facts->is_trusted && !facts->best->is_public) || !row)
		return;
	n = refusals(findings->arena, row, facts->leaf, lines);
	if (n == 0)
		return;
	f = finding_add(findings, visit, "certificate.distrusted-ca",
			arena_printf(findings->arena, "Browsers no longer trust the authority %s", who));
	f->confidence = facts->is_trusted ? "certain" : "likely";
	for (size_t i = 0; i < n; i++)
		finding_evidence(findings, f, "%s", lines[i]);
	cert_evidence(findings, f, last);
}

/* ---- no way to a root ------------------------------------------------------------------- */

/* So many authorities of the same names that nobody tries every way: perhaps one leads to a root. */
static void heed_cut(const struct chain_facts *facts, struct findings *findings, struct finding *f)
{
	if (!facts->cut || facts->is_trusted)
		return;
	f->confidence = "possible";
	finding_evidence(findings, f, "not every way to a root was tried: the certificates sent allow too many");
}

static void say_missing(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct arena *arena = findings->arena;
	const struct cert *below = facts->missing_below;
	const char *issuer = name_short(arena, &below->issuer);
	struct finding *f = finding_add(findings, visit, "certificate.missing-intermediate",
					arena_printf(arena, "The server does not send the intermediate certificate \"%s\"", issuer));

	f->confidence = facts->missing_found && facts->is_trusted ? "certain" : "likely";
	finding_evidence(findings, f, "sent: %zu certificate%s; the last of them, \"%s\", was issued by %s", facts->n_sent,
			 facts->n_sent == 1 ? "" : "s", name_short(arena, &below->subject), name_text(arena, &below->issuer));
	if (facts->missing_found) {
		finding_evidence(findings, f, "it is to be had at %s, SHA-256 fingerprint %s", facts->missing_found->url,
				 cert_fingerprint(arena, facts->missing_found->cert));
		f->fix = arena_printf(arena, "Append the certificate from %s to the server's chain file and reload the server.",
				      facts->missing_found->url);
	} else if (below->n_issuer_urls) {
		finding_evidence(findings, f, "the certificate names %.*s for it, which gave nothing usable or was not asked",
				 (int)(below->issuer_urls[0].n > 300 ? 300 : below->issuer_urls[0].n), (const char *)below->issuer_urls[0].p);
	}
	heed_cut(facts, findings, f);
	if (!facts->missing_found)
		finding_evidence(findings, f, "no trusted root has that name, and %s", facts->missing_is.why);
	cert_evidence(findings, f, below);
}

static void say_untrusted(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct arena *arena = findings->arena;
	const struct cert *last = facts->best->certs[facts->best->n - 1];
	bool root_seen = last->is_self_issued;
	const char *name = root_seen ? name_short(arena, &last->subject) : name_short(arena, &last->issuer);
	struct finding *f = finding_add(findings, visit, "certificate.untrusted-root",
					arena_printf(arena, "The certificate comes from \"%s\", which clients do not trust", name));

	f->confidence = root_seen ? "certain" : "likely";
	finding_evidence(findings, f, root_seen ? "the chain ends at a self-signed root that is not among the %zu trusted ones" :
						  "the issuer of the last certificate is neither sent nor among the %zu trusted roots",
			 trust_count(facts->trust));
	if (!root_seen && facts->missing_is.why)
		finding_evidence(findings, f, "%s", facts->missing_is.why);
	else if (!root_seen)
		finding_evidence(findings, f, "nothing says that its issuer is an intermediate certificate; if it is one, the server has to send it");
	heed_cut(facts, findings, f);
	cert_evidence(findings, f, last);
}

static void check_trust(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f;

	if (facts->is_trusted) {
		if (facts->needs_aia && facts->missing_below)
			say_missing(visit, findings);
		return;
	}
	if (facts->leaf_self_signed) {
		f = cert_finding(findings, visit, "certificate.self-signed", 0, "is signed by itself, and nobody trusts it");
		finding_evidence(findings, f, "issuer and subject are the same, and its own key made the signature");
	} else if (facts->missing_below && facts->missing_is.is_root == TRI_NO) {
		say_missing(visit, findings);
	} else {
		say_untrusted(visit, findings);
	}
}

/* ---- what is wrong on the way ----------------------------------------------------------- */

static const struct {
	enum chain_fault fault;
	const char *id;
	const char *what;
} faults[] = {
	{ CHAIN_BAD_SIGNATURE, "certificate.bad-signature", "has a signature that its issuer's key did not make" },
	{ CHAIN_SIGNATURE_UNSUPPORTED, "certificate.weak-signature", "is signed in a way that cannot be verified" },
	{ CHAIN_NOT_CA, "certificate.not-a-ca", "issued a certificate without being an authority" },
	{ CHAIN_PATH_LENGTH, "certificate.path-length", "has more authorities below it than it allows" },
	{ CHAIN_NAME_CONSTRAINTS, "certificate.name-constraints", "was not allowed to have this name certified" },
};

static void check_faults(const struct visit *visit, struct findings *findings)
{
	const struct chain_path *best = visit->chain->best;

	for (size_t i = 0; i < best->n_problems; i++) {
		for (size_t k = 0; k < COUNT_OF(faults); k++) {
			struct finding *f;

			if (best->problems[i].fault != faults[k].fault)
				continue;
			f = cert_finding(findings, visit, faults[k].id, best->problems[i].at, faults[k].what);
			if (best->problems[i].detail)
				finding_evidence(findings, f, "%s", best->problems[i].detail);
			if (faults[k].fault == CHAIN_BAD_SIGNATURE)
				finding_evidence(findings, f, "issuer tried: SHA-256 %s",
						 cert_fingerprint(findings->arena, best->certs[best->problems[i].at + 1]));
		}
	}
}

/* ---- what is sent ----------------------------------------------------------------------- */

static void check_order(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f;

	if (!facts->out_of_order)
		return;
	f = finding_add(findings, visit, "certificate.out-of-order", NULL);
	f->confidence = "certain";
	for (size_t i = 0; i < facts->n_sent && i < 10; i++)
		finding_evidence(findings, f, "%zu: %s", i, name_text(findings->arena, &facts->sent[i]->subject));
}

static void check_unneeded(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f;
	size_t shown = 0;

	if (!facts->is_trusted || facts->n_unneeded == 0)
		return;
	f = finding_add(findings, visit, "certificate.unneeded-certificates", NULL);
	f->confidence = "certain";
	for (size_t i = 0; i < facts->n_sent && shown < 5; i++) {
		if (facts->is_unneeded[i] && ++shown)
			finding_evidence(findings, f, "%zu: %s", i, name_text(findings->arena, &facts->sent[i]->subject));
	}
	if (facts->n_unneeded > shown)
		finding_evidence(findings, f, "and %zu more", facts->n_unneeded - shown);
}

static void check_size(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f;

	if (facts->sent_bytes > CHAIN_BYTES_MANY) {
		f = finding_add(findings, visit, "certificate.chain-too-large", NULL);
		f->confidence = "likely";
		finding_evidence(findings, f, "%zu certificates of %zu bytes together", facts->n_sent, facts->sent_bytes);
	}
	if (facts->n_sent > CHAIN_DEPTH_MANY || (facts->best && facts->best->n > CHAIN_DEPTH_MANY)) {
		f = finding_add(findings, visit, "certificate.chain-too-long", NULL);
		f->confidence = "likely";
		finding_evidence(findings, f, "%zu certificates are sent; the path has %zu", facts->n_sent,
				 facts->best ? facts->best->n : 0);
	}
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	(void)evidence;
	if (!visit->chain || !visit->chain->best)
		return;
	check_stand_in(visit, findings);
	check_distrusted(visit, findings);
	check_trust(visit, findings);
	check_faults(visit, findings);
	check_order(visit, findings);
	check_unneeded(visit, findings);
	check_size(visit, findings);
}

const struct rule rule_cert_chain = { .name = "cert_chain", .layer = LAYER_CERTIFICATE, .check = check };
