/* CAA (RFC 8659) against the authority that really issued; TLSA (RFC 6698, 7671) against what is served.
 * CAA binds authorities when they issue: a mismatch now means that the records changed since, that the
 * authority erred, or that it goes by another domain; so it is told, never called broken. */
#include "assess/assess.h"
#include "base/attr.h"
#include "kb/caa.h"
#include "x509/chain.h"
#include "x509/tlsa.h"

enum { RECORDS_MAX = 64 };

/* ---- CAA ------------------------------------------------------------------------------------------------- */

struct caa_record {
	uint8_t flags;
	struct span tag, value;
};

static bool caa_read(struct span rdata, struct caa_record *out)
{
	size_t n;

	if (rdata.n < 2)
		return false;
	n = rdata.p[1];
	if (n == 0 || rdata.n < 2 + n)
		return false;
	*out = (struct caa_record){ rdata.p[0], span_sub(rdata, 2, n), span_sub(rdata, 2 + n, rdata.n) };
	return true;
}

/* "letsencrypt.org; validationmethods=dns-01" is about letsencrypt.org. */
static struct span caa_domain(struct span value)
{
	const uint8_t *semicolon = value.n ? memchr(value.p, ';', value.n) : NULL;

	return span_trim(semicolon ? span_sub(value, 0, (size_t)(semicolon - value.p)) : value);
}

static bool is_domain_of(const struct kb_caa_issuer *issuer, struct span domain)
{
	const char *rest = issuer->domains;

	while (*rest) {
		size_t n = strcspn(rest, " ");

		if (span_equal_nocase(span_of(rest, n), domain))
			return true;
		rest += n + strspn(rest + n, " ");
	}
	return false;
}

static const struct kb_caa_issuer *issuer_known(const char *organization, size_t from)
{
	for (size_t i = from; organization && i < n_kb_caa_issuers; i++)
		if (span_find_nocase(span_str(organization), span_str(kb_caa_issuers[i].organization)) >= 0)
			return &kb_caa_issuers[i];
	return NULL;
}

static bool is_allowed(const char *organization, struct span domain)
{
	const struct kb_caa_issuer *issuer = issuer_known(organization, 0);

	while (issuer) {
		if (is_domain_of(issuer, domain))
			return true;
		issuer = issuer_known(organization, (size_t)(issuer - kb_caa_issuers) + 1);
	}
	return false;
}

/* Only a star in the certificate asks for issuewild. */
static bool covers_by_star(const struct chain_facts *chain)
{
	bool has_star = false;

	for (size_t i = 0; i < chain->leaf->n_san; i++) {
		const struct general_name *name = &chain->leaf->san[i];

		if (name->type != SAN_DNS)
			continue;
		if (chain->host && span_is_nocase(name->value, chain->host))
			return false;
		has_star |= name->value.n > 2 && name->value.p[0] == '*';
	}
	return has_star;
}

struct caa_view {
	size_t n_issue, n_wild, n_allowing, n_allowing_wild, n_critical;
	const char *names, *names_wild;
};

static struct caa_view caa_look(struct assessment *a, const struct dns_answer *caa, const char *organization)
{
	struct arena *arena = a->diagnosis->evidence->arena;
	struct caa_view view = { .names = "", .names_wild = "" };

	for (size_t i = 0; i < caa->n_records && i < RECORDS_MAX; i++) {
		struct caa_record record;
		struct span domain;

		if (caa->records[i].type != 257 || !caa_read(caa->records[i].rdata, &record))
			continue;
		domain = caa_domain(record.value);
		if (span_is_nocase(record.tag, "issue")) {
			view.n_issue++;
			view.n_allowing += is_allowed(organization, domain);
			view.names = arena_printf(arena, "%s%s%.*s", view.names, *view.names ? ", " : "", (int)domain.n,
						  (const char *)domain.p);
		} else if (span_is_nocase(record.tag, "issuewild")) {
			view.n_wild++;
			view.n_allowing_wild += is_allowed(organization, domain);
			view.names_wild = arena_printf(arena, "%s%s%.*s", view.names_wild, *view.names_wild ? ", " : "",
						       (int)domain.n, (const char *)domain.p);
		} else if ((record.flags & 0x80) && !span_is_nocase(record.tag, "iodef") &&
			   !span_is_nocase(record.tag, "issuemail") && !span_is_nocase(record.tag, "issuevmc") &&
			   !span_is_nocase(record.tag, "contactemail") && !span_is_nocase(record.tag, "contactphone")) {
			weakness_evidence(a, weakness_add(a, "dns.caa-critical", NULL), "property %.*s", (int)record.tag.n,
					  (const char *)record.tag.p);
		}
	}
	return view;
}

static void caa_say(struct assessment *a, enum tri allows, const char *because)
{
	a->caa_allows = allows;
	a->caa_because = because;
}

static void look_caa(struct assessment *a, const struct visit *visit)
{
	struct arena *arena = a->diagnosis->evidence->arena;
	const struct dns_answer *caa = &visit->dns.caa;
	const struct chain_facts *chain = visit->chain;
	const char *organization = chain && chain->leaf && chain->leaf->is_decoded ? chain->leaf->issuer.organization : NULL;
	struct caa_view view;
	bool is_wild;

	if (visit->target.is_ip || caa->outcome == DNS_NOT_ASKED)
		return;
	if (caa->outcome != DNS_OK && caa->outcome != DNS_NODATA && caa->outcome != DNS_NXDOMAIN) {
		caa_say(a, TRI_UNKNOWN, caa->why ? caa->why : "the CAA records could not be read");
		return;
	}
	view = caa_look(a, caa, organization);
	is_wild = chain && chain->leaf && covers_by_star(chain) && view.n_wild > 0;
	if (view.n_issue + view.n_wild == 0) {
		weakness_evidence(a, weakness_add(a, "dns.caa-missing", NULL), "any authority may issue for %s", visit->target.host);
		caa_say(a, TRI_YES, "no CAA record restricts who may issue");
	} else if (!organization || !issuer_known(organization, 0)) {
		caa_say(a, TRI_UNKNOWN, organization ? "the domains of this authority are not known" : "no issuer was seen");
	} else if (is_wild ? view.n_allowing_wild > 0 : view.n_issue == 0 || view.n_allowing > 0) {
		caa_say(a, TRI_YES, arena_printf(arena, "%s may issue", organization));
	} else {
		caa_say(a, TRI_NO, arena_printf(arena, "issued by %s; CAA allows %s", organization,
						*(is_wild ? view.names_wild : view.names) ? (is_wild ? view.names_wild : view.names)
											  : "nobody"));
		weakness_evidence(a, weakness_add(a, "dns.caa-mismatch", NULL), "%s", a->caa_because);
	}
}

/* ---- TLSA ------------------------------------------------------------------------------------------------- */

static void look_tlsa(struct assessment *a, const struct visit *visit)
{
	const struct dns_answer *tlsa = &visit->dns.tlsa;
	const struct chain_facts *chain = visit->chain;
	size_t n = 0, n_matching = 0, n_unhelpful = 0;

	if (tlsa->outcome != DNS_OK || tlsa->n_records == 0)
		return;
	if (!chain || !chain->leaf) {
		a->tlsa_because = "no certificate was seen";
		return;
	}
	for (size_t i = 0; i < tlsa->n_records && i < RECORDS_MAX; i++) {
		const struct dns_record *record = &tlsa->records[i];
		const char *fault;

		if (record->type != 52)
			continue;
		fault = tlsa_fault(record->rdata);
		if (fault) {
			weakness_evidence(a, weakness_add(a, "dns.tlsa-malformed", NULL), "%s: %s",
					  record->text ? record->text : "", fault);
			continue;
		}
		n++;
		/* The first two usages add to what browsers check, and replace none of it (RFC 6698 2.1.1). */
		if (record->rdata.p[0] <= TLSA_PKIX_EE && !(chain->is_trusted && chain->name_matches))
			n_unhelpful += tlsa_matches(chain, record->rdata);
		else
			n_matching += tlsa_matches(chain, record->rdata);
	}
	if (n == 0)
		return;
	a->tlsa_matches = n_matching > 0 ? TRI_YES : TRI_NO;
	a->tlsa_because = arena_printf(a->diagnosis->evidence->arena, "%zu of %zu records match%s%s", n_matching, n,
				       n_unhelpful ? "; others would, were the certificate trusted for this name" : "",
				       tlsa->secure == TRI_YES ? "; signed (DNSSEC)" : tlsa->secure == TRI_NO
					       ? "; not signed, so clients must not heed them" : "; whether they are signed (DNSSEC) is not known");
	if (n_matching == 0)
		weakness_evidence(a, weakness_add(a, "dns.tlsa-mismatch", NULL), n_unhelpful
				  ? "of %zu records those that match are of a usage that needs a trusted certificate, too" : "none of %zu records", n);
	if (tlsa->secure == TRI_NO)
		weakness_evidence(a, weakness_add(a, "dns.tlsa-insecure", NULL), "clients must not heed them");
	/* Without DNSSEC nobody acts on them. */
	if (n_matching == 0 && tlsa->secure == TRI_NO)
		weakness_add(a, "dns.tlsa-mismatch", NULL)->severity = SEVERITY_LOW;
}

void weak_dns(struct assessment *a)
{
	const struct visit *visit = a->diagnosis->evidence->visit;

	look_caa(a, visit);
	look_tlsa(a, visit);
}
