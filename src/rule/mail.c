/* Mail to a domain: its MX records (RFC 5321 5.1, RFC 7505, RFC 2181 10.3), what it promises about TLS
 * (MTA-STS: RFC 8461; DANE: RFC 7672), and whether its servers keep that. */
#include "rule/mail.h"

#include "rule/rules.h"
#include "starttls/mta_sts.h"
#include "x509/chain.h"
#include "x509/tlsa.h"

enum { TLSA_TYPE = 52, TLSA_MAX = 64, SHOWN_MAX = 8 };

struct mail_view {
	const struct evidence *evidence;
	const struct mail_evidence *mail;
	struct findings *findings;
};

static const char *dig(const struct mail_view *view, const char *name, const char *type)
{
	return arena_printf(view->findings->arena, "dig +short %s %s", type, name);
}

static bool is_connected(const struct visit *v)
{
	for (size_t i = 0; i < v->n_endpoints; i++)
		if (v->endpoints[i]->tcp.outcome == TCP_CONNECTED)
			return true;
	return false;
}

static bool has_tls(const struct visit *v)
{
	return v->best && v->best->main && v->best->main->done;
}

/* ---- the MX records ----------------------------------------------------------------------------------------- */

static void null_mx(const struct mail_view *view)
{
	struct finding *f = finding_add(view->findings, view->evidence->visit, "dns.mx-null",
			arena_printf(view->findings->arena, "%s takes no mail: its only MX record is the null MX", view->mail->domain));

	finding_evidence(view->findings, f, "MX of %s: 0 .", view->mail->domain);
	f->shows = dig(view, view->mail->domain, "MX");
}

static const char *led_here(const struct mail_view *view, const struct visit *v)
{
	size_t i = 0;

	while (i < view->mail->n_exchangers && (i == 0 ? view->evidence->visit : view->mail->exchangers[i].visit) != v)
		i++;
	if (i == view->mail->n_exchangers)
		return arena_printf(view->findings->arena, "%s has no MX record: its mail goes to the host itself", view->mail->domain);
	return arena_printf(view->findings->arena, "MX of %s: %u %s", view->mail->domain, view->mail->exchangers[i].preference,
			    view->mail->exchangers[i].name);
}

static void look_name(const struct mail_view *view, const struct visit *v)
{
	const char *alias = v->dns.a.canonical_name ? v->dns.a.canonical_name : v->dns.aaaa.canonical_name;
	struct finding *f = NULL;

	if (v->target.is_ip)
		f = finding_add(view->findings, v, "dns.mx-address", NULL);
	else if (v->n_endpoints == 0 && !v->dns.skipped)
		f = finding_add(view->findings, v, "dns.mx-unresolvable", arena_printf(view->findings->arena,
				"The mail server %s of %s has no address", v->target.host, view->mail->domain));
	else if (alias) {
		f = finding_add(view->findings, v, "dns.mx-alias", NULL);
		finding_evidence(view->findings, f, "CNAME: %s -> %s", v->target.host, alias);
	}
	if (!f)
		return;
	finding_evidence(view->findings, f, "%s", led_here(view, v));
	f->shows = dig(view, v->target.host, "A");
}

/* ---- DANE ------------------------------------------------------------------------------------------------------ */

struct dane {
	size_t n_usable, n_matching;
	struct span shown[SHOWN_MAX];
};

/* Usages 0 and 1 mean nothing for mail: RFC 7672 3.1.3. With usage 2 the name counts too: RFC 7671 5.2. */
static struct dane compare(const struct visit *v)
{
	const struct dns_answer *tlsa = &v->dns.tlsa;
	struct dane dane = { .n_usable = 0 };

	for (size_t i = 0; i < tlsa->n_records && i < TLSA_MAX; i++) {
		const struct dns_record *r = &tlsa->records[i];

		if (r->type != TLSA_TYPE || tlsa_fault(r->rdata) || r->rdata.p[0] < TLSA_DANE_TA)
			continue;
		if (dane.n_usable < SHOWN_MAX)
			dane.shown[dane.n_usable] = span_str(r->text);
		dane.n_usable++;
		dane.n_matching += tlsa_matches(v->chain, r->rdata) && (r->rdata.p[0] == TLSA_DANE_EE || v->chain->name_matches);
	}
	return dane;
}

enum tri mail_dane_matches(const struct visit *visit)
{
	struct dane dane;

	if (visit->dns.tlsa.outcome != DNS_OK || !visit->chain || !visit->chain->leaf)
		return TRI_UNKNOWN;
	dane = compare(visit);
	return dane.n_usable == 0 ? TRI_UNKNOWN : dane.n_matching > 0 ? TRI_YES : TRI_NO;
}

static enum tri is_secure(const struct mail_view *view, const struct visit *v)
{
	enum tri mx = view->mail->n_exchangers > 0 ? view->mail->mx.secure : TRI_YES;

	if (v->dns.tlsa.secure == TRI_NO || mx == TRI_NO)
		return TRI_NO;
	return v->dns.tlsa.secure == TRI_YES && mx == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

static void dane_mismatch(const struct mail_view *view, const struct visit *v, const struct dane *dane, enum tri secure)
{
	struct finding *f = finding_add(view->findings, v, "certificate.dane-mismatch", NULL);

	for (size_t i = 0; i < dane->n_usable && i < SHOWN_MAX; i++)
		finding_evidence(view->findings, f, "TLSA of _%u._tcp.%s: %.*s", v->target.port, v->target.host,
				 (int)dane->shown[i].n, (const char *)dane->shown[i].p);
	finding_evidence(view->findings, f, "none of the %zu usable records fits the chain that the server sends", dane->n_usable);
	f->shows = dig(view, arena_printf(view->findings->arena, "_%u._tcp.%s", v->target.port, v->target.host), "TLSA");
	if (secure == TRI_YES)
		return;
	/* Nobody heeds records that DNSSEC does not secure. */
	f->fails = false;
	f->severity = secure == TRI_NO ? SEVERITY_LOW : SEVERITY_HIGH;
	f->confidence = secure == TRI_NO ? "certain" : "possible";
	if (secure == TRI_UNKNOWN)
		finding_evidence(view->findings, f, "unknown, whether DNSSEC secures them: this machine's resolver passes no signatures, or validation gave no answer");
}

static void look_dane(const struct mail_view *view, const struct visit *v)
{
	enum tri secure = is_secure(view, v);
	struct finding *f;
	struct dane dane;

	if (v->dns.tlsa.outcome != DNS_OK || !v->chain || !v->chain->leaf)
		return;
	dane = compare(v);
	if (dane.n_usable > 0 && dane.n_matching == 0)
		dane_mismatch(view, v, &dane, secure);
	if (dane.n_usable == 0 || secure != TRI_NO)
		return;
	f = finding_add(view->findings, v, "certificate.dane-insecure", NULL);
	finding_evidence(view->findings, f, v->dns.tlsa.secure == TRI_NO ? "the TLSA records of %s are not signed" :
			 "the MX record that leads to %s is not signed", v->target.host);
}

/* ---- MTA-STS: the record and the policy ------------------------------------------------------------------------ */

static void look_record(const struct mail_view *view)
{
	struct finding *f;

	if (!view->mail->sts_fault)
		return;
	f = finding_add(view->findings, view->evidence->visit, "dns.mta-sts-record", NULL);
	finding_evidence(view->findings, f, "TXT of _mta-sts.%s: %s", view->mail->domain, view->mail->sts_fault);
	for (size_t i = 0; i < view->mail->sts.n_records && i < SHOWN_MAX; i++)
		finding_evidence(view->findings, f, "%s", view->mail->sts.records[i].text);
	f->shows = dig(view, arena_printf(view->findings->arena, "_mta-sts.%s", view->mail->domain), "TXT");
}

/* The first thing wrong with the policy's own server. */
static const struct finding *fault_of(const struct mail_view *view, const struct visit *policy)
{
	struct findings own = { .arena = view->findings->arena };
	const struct finding *found = NULL;

	for (const struct rule *const *r = rules; *r; r++)
		(*r)->check(view->evidence, policy, &own);
	for (size_t i = 0; i < own.n; i++)
		if (own.items[i]->fails && (!found || own.items[i]->layer < found->layer))
			found = own.items[i];
	return found;
}

/* Whether senders could have the policy at all: with a certificate that does not hold they must not take it. */
static bool look_policy(const struct mail_view *view)
{
	const struct visit *policy = view->mail->policy_visit;
	const struct finding *cause;
	struct finding *f;

	if (!policy)
		return false;
	cause = fault_of(view, policy);
	if (!cause && !view->mail->policy.fault)
		return view->mail->policy.mode == MTA_STS_ENFORCE || view->mail->policy.mode == MTA_STS_TESTING;
	f = finding_add(view->findings, view->evidence->visit, "http.mta-sts-policy", NULL);
	finding_evidence(view->findings, f, "https://%s%s", policy->target.host, policy->target.path);
	if (cause)
		finding_evidence(view->findings, f, "%s: %s", cause->id, cause->title);
	else
		finding_evidence(view->findings, f, "%s", view->mail->policy.fault);
	f->shows = arena_printf(view->findings->arena, "curl -v https://%s%s", policy->target.host, policy->target.path);
	return false;
}

/* ---- MTA-STS: does the server keep it ---------------------------------------------------------------------------- */

/* A policy that is only tested stops no mail: senders report. */
static void soften(const struct mail_view *view, struct finding *f)
{
	finding_evidence(view->findings, f, "the policy of %s: mode %s", view->mail->domain,
			 view->mail->policy.mode == MTA_STS_ENFORCE ? "enforce" : "testing");
	if (view->mail->policy.mode == MTA_STS_ENFORCE)
		return;
	f->fails = false;
	f->severity = SEVERITY_MEDIUM;
}

static void not_listed(const struct mail_view *view, const struct visit *v)
{
	struct finding *f = finding_add(view->findings, v, "dns.mta-sts-mx", arena_printf(view->findings->arena,
			"The mail server %s is not in the domain's MTA-STS policy", v->target.host));

	for (size_t i = 0; i < view->mail->policy.n_patterns && i < SHOWN_MAX; i++)
		finding_evidence(view->findings, f, "mx: %s", view->mail->policy.patterns[i]);
	finding_evidence(view->findings, f, "%s", led_here(view, v));
	soften(view, f);
}

static const char *broken_promise(const struct visit *v)
{
	if (!has_tls(v))
		return "no TLS comes up with it";
	if (!v->chain || !v->chain->is_trusted)
		return "its certificate leads to no trusted root";
	if (!v->chain->name_matches)
		return "its certificate does not hold its name";
	if (v->chain->best && v->chain->best->n_problems > 0)
		return "its certificate is not valid";
	return NULL;
}

static struct finding *cause_at(const struct mail_view *view, const struct visit *v)
{
	for (size_t i = 0; i < view->findings->n; i++) {
		struct finding *f = view->findings->items[i];

		if (f->visit == v && f->fails && !f->explained_by && (f->layer == LAYER_TLS || f->layer == LAYER_CERTIFICATE))
			return f;
	}
	return NULL;
}

static void look_promise(const struct mail_view *view, const struct visit *v)
{
	const char *why = broken_promise(v);
	struct finding *cause = cause_at(view, v), *f;

	/* Without a connection nothing is known of its TLS. */
	if (!why || !is_connected(v))
		return;
	f = finding_add(view->findings, v, "certificate.mta-sts", NULL);
	finding_evidence(view->findings, f, "%s: %s", v->target.host, why);
	soften(view, f);
	f->explained_by = f->fails ? cause : NULL;
}

static void mail_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct mail_view view = { evidence, visit->mail, findings };
	const struct visit *v;
	bool has_policy;

	if (!visit->mail)
		return;
	if (visit->mail->is_null_mx) {
		null_mx(&view);
		return;
	}
	look_record(&view);
	has_policy = look_policy(&view);
	for (size_t i = 0; (v = evidence_mail_visit(evidence, i)); i++) {
		if (visit->mail->n_exchangers > 0)
			look_name(&view, v);
		look_dane(&view, v);
		if (has_policy && !mta_sts_matches(&visit->mail->policy, v->target.host))
			not_listed(&view, v);
		if (has_policy)
			look_promise(&view, v);
	}
}

const struct rule rule_mail = { "mail", LAYER_DNS, mail_check };
