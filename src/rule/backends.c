/* One name, several machines: the same question answered differently, at one address or from address to address. Answers
 * are sorted into kinds by outcome, version, suite, ALPN, certificate and, where the page was asked for, HSTS; and each
 * kind is judged: would a browser stop at it. */
#include <math.h>

#include "base/timeutil.h"
#include "http/exchange.h"
#include "kb/names.h"
#include "rule/tls_view.h"
#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/name.h"

enum { KINDS_MAX = 8, NOWHERE = -1 };

struct sample {
	const struct endpoint *endpoint;
	const struct attempt *attempt;
	int kind;
};

/* Answers that are alike. */
struct kind {
	const struct attempt *like;
	size_t n;
	const char *bad;        /* why a browser stops there: "end with a reset", "get a certificate for ..."; NULL: it goes on */
};

struct kinds {
	struct sample *samples;
	size_t n_samples;
	struct kind items[KINDS_MAX];
	size_t n;
};

/* ---- what differs --------------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static bool same_outcome(const struct attempt *a, const struct attempt *b)
{
	return a->done == b->done && a->fault == b->fault && a->alert == b->alert;
}

static bool same_certificate(const struct attempt *a, const struct attempt *b)
{
	return a->n_chain == 0 || b->n_chain == 0 || (a->n_chain == b->n_chain && span_equal(a->chain[0], b->chain[0]));
}

static const char *hsts_of(const struct attempt *at)
{
	return at->http && at->http->got_head ? http_header_get(at->http, "strict-transport-security") : NULL;
}

static bool is_answered(const struct attempt *at)
{
	return at->http && at->http->got_head;
}

static bool same_hsts(const struct attempt *a, const struct attempt *b)
{
	return !is_answered(a) || !is_answered(b) || same_text(hsts_of(a), hsts_of(b));
}

/* A refusal of too many requests is no matter of the machine. */
static bool is_server_error(const struct attempt *at)
{
	return is_answered(at) && at->http->status >= 500;
}

static bool same_answer(const struct attempt *a, const struct attempt *b)
{
	return !a->http || !b->http || (a->http->fault == b->http->fault && is_server_error(a) == is_server_error(b));
}

static bool is_alike(const struct attempt *a, const struct attempt *b)
{
	return same_outcome(a, b) && a->version == b->version && a->suite == b->suite && same_text(a->alpn, b->alpn) &&
	       same_certificate(a, b) && same_hsts(a, b) && same_answer(a, b);
}

/* "certificate, TLS version". */
static const char *differences(struct arena *arena, const struct attempt *a, const struct attempt *b)
{
	const struct { bool is_same; const char *words; } rows[] = {
		{ same_outcome(a, b), "outcome" }, { same_certificate(a, b), "certificate" }, { a->version == b->version, "TLS version" },
		{ a->suite == b->suite || a->version != b->version, "cipher suite" }, { same_text(a->alpn, b->alpn), "ALPN" },
		{ same_hsts(a, b), "HSTS" }, { same_answer(a, b), "HTTP status" },
	};
	const char *list = "";

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!rows[i].is_same)
			list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", rows[i].words);
	return list;
}

/* ---- would it stop a browser -------------------------------------------------------------------------------- */

static const char *bad_certificate(const struct tls_view *view, const struct attempt *at)
{
	const struct target *target = &view->visit->target;
	struct arena *arena = view->findings->arena;
	const struct chain_input in = {
		.sent = at->chain, .n_sent = at->n_chain, .trust = view->evidence->trust, .now_unix = view->evidence->now_unix,
		.host = target->servername ? target->servername : target->host, .is_ip = target->is_ip && !target->servername,
	};
	const struct chain_facts *facts = chain_facts_build(arena, &in);
	char day[RFC3339_LEN];

	if (!facts || !facts->best)
		return "get a certificate that cannot be read";
	if (in.now_unix > facts->leaf->not_after_unix)
		return arena_printf(arena, "get a certificate that expired on %s", when_format(day, facts->leaf->not_after_unix));
	if (in.now_unix < facts->leaf->not_before_unix)
		return arena_printf(arena, "get a certificate that is not valid before %s", when_format(day, facts->leaf->not_before_unix));
	if (!facts->name_matches)
		return arena_printf(arena, "get a certificate for %s", cert_names_text(arena, facts->leaf, 3));
	if (!in.trust || facts->best->n_problems > 0 || facts->is_trusted)
		return facts->best->n_problems > 0 ? "get a certificate whose chain clients refuse" : NULL;
	return facts->leaf_self_signed ? "get a certificate that is signed by itself" :
	       facts->missing_below && facts->missing_is.is_root == TRI_NO ? "get a certificate without its intermediate" :
	       "get a certificate that leads to no trusted root";
}

static const char *bad_answer(const struct tls_view *view, const struct attempt *at)
{
	const char *bad = NULL;

	if (!at->done)
		return arena_printf(view->findings->arena, "end with %s", attempt_outcome(view->findings->arena, at));
	if (at->n_chain > 0)
		bad = bad_certificate(view, at);
	if (bad)
		return bad;
	if (at->http && at->http->fault != HTTP_FAULT_NONE && !at->http->got_head)
		return "get no answer to the request";
	return NULL;
}

/* ---- sorting -------------------------------------------------------------------------------------------------- */

static int kind_of(const struct tls_view *view, struct kinds *kinds, const struct attempt *at)
{
	size_t i = 0;

	while (i < kinds->n && !is_alike(kinds->items[i].like, at))
		i++;
	if (i == KINDS_MAX)
		return NOWHERE;
	if (i == kinds->n)
		kinds->items[kinds->n++] = (struct kind){ .like = at, .bad = bad_answer(view, at) };
	kinds->items[i].n++;
	return (int)i;
}

static void add(const struct tls_view *view, struct kinds *kinds, const struct endpoint *ep, const struct attempt *at)
{
	if (at->fault != TLS_FAULT_CONNECT)
		kinds->samples[kinds->n_samples++] = (struct sample){ ep, at, kind_of(view, kinds, at) };
}

/* All repeats of that name, at all addresses. */
static void repeats_of(const struct tls_view *view, const char *name, struct kinds *kinds)
{
	size_t room = 0;

	for (size_t i = 0; i < view->visit->n_endpoints; i++)
		room += view->visit->endpoints[i]->n_attempts;
	*kinds = (struct kinds){ .samples = arena_array(view->findings->arena, struct sample, room + 1) };
	for (size_t i = 0; i < view->visit->n_endpoints; i++)
		for (size_t k = 0; k < view->visit->endpoints[i]->n_attempts; k++)
			if (strcmp(view->visit->endpoints[i]->attempts[k]->name, name) == 0)
				add(view, kinds, view->visit->endpoints[i], view->visit->endpoints[i]->attempts[k]);
}

static bool has_repeats(const struct kinds *kinds)
{
	for (size_t i = 0; i < kinds->n_samples; i++)
		if (kinds->samples[i].attempt->nth > 0)
			return true;
	return false;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static size_t count_at(const struct kinds *kinds, const struct endpoint *ep, int kind)
{
	size_t n = 0;

	for (size_t i = 0; i < kinds->n_samples; i++)
		n += kinds->samples[i].endpoint == ep && (kind == NOWHERE || kinds->samples[i].kind == kind);
	return n;
}

/* "1-3, 7" of the repeats at one address. */
static const char *numbers_at(struct arena *arena, const struct kinds *kinds, const struct endpoint *ep, int kind)
{
	const char *list = "";
	unsigned from = 0, to = 0;

	for (size_t i = 0; i <= kinds->n_samples; i++) {
		bool is_end = i == kinds->n_samples;
		unsigned number = is_end ? 0 : kinds->samples[i].attempt->nth + 1;

		if (!is_end && (kinds->samples[i].endpoint != ep || kinds->samples[i].kind != kind))
			continue;
		if (from && number == to + 1) {
			to = number;
			continue;
		}
		if (from)
			list = from == to ? arena_printf(arena, "%s%s%u", list, *list ? ", " : "", from) :
					    arena_printf(arena, "%s%s%u-%u", list, *list ? ", " : "", from, to);
		from = to = number;
	}
	return list;
}

static const char *where(const struct tls_view *view, const struct kinds *kinds, int kind)
{
	struct arena *arena = view->findings->arena;
	bool is_one = view->visit->n_endpoints == 1;
	const char *list = "";

	for (size_t i = 0; i < view->visit->n_endpoints; i++) {
		const struct endpoint *ep = view->visit->endpoints[i];
		size_t here = count_at(kinds, ep, kind), all = count_at(kinds, ep, NOWHERE);

		if (here == 0)
			continue;
		list = arena_printf(arena, "%s%s%s%s", list, *list ? "; " : "", is_one ? "" : ep->text, is_one || here == all ? "" : ": ");
		if (is_one || here < all)
			list = arena_printf(arena, "%s%s %s", list, here > 1 ? "connections" : "connection", numbers_at(arena, kinds, ep, kind));
	}
	return list;
}

/* The address, where it is one that always answers so; else NULL. */
static const struct endpoint *address_of(const struct tls_view *view, const struct kinds *kinds, int kind)
{
	const struct endpoint *found = NULL;

	for (size_t i = 0; view->visit->n_endpoints > 1 && i < view->visit->n_endpoints; i++) {
		const struct endpoint *ep = view->visit->endpoints[i];
		size_t here = count_at(kinds, ep, kind);

		if (here > 0 && (found || here != count_at(kinds, ep, NOWHERE)))
			return NULL;
		found = here > 0 ? ep : found;
	}
	return found;
}

static const char *kind_text(const struct tls_view *view, const struct attempt *at)
{
	struct arena *arena = view->findings->arena;
	const char *text = attempt_outcome(arena, at), *hsts = hsts_of(at);
	char until[RFC3339_LEN];
	const struct cert *leaf;

	if (at->n_chain == 0)
		return text;
	leaf = cert_parse(arena, at->chain[0]);
	text = arena_printf(arena, "%s%s%s, certificate %.23s...%s%s", text, at->alpn ? ", " : "", at->alpn ? at->alpn : "", cert_fingerprint(arena, leaf),
			    leaf->is_decoded && !leaf->bad_time ? " valid until " : ", which cannot be read",
			    leaf->is_decoded && !leaf->bad_time ? when_format(until, leaf->not_after_unix) : "");
	if (is_answered(at))
		text = arena_printf(arena, "%s, status %d, %s%s", text, at->http->status, hsts ? "HSTS " : "no HSTS", hsts ? hsts : "");
	return text;
}

/* The rarest of those that stop a browser, else of all: what the finding is named for. */
static int named_kind(const struct kinds *kinds, bool is_bad)
{
	int found = NOWHERE;

	for (size_t i = 0; i < kinds->n; i++)
		if ((!is_bad || kinds->items[i].bad) && (found == NOWHERE || kinds->items[i].n <= kinds->items[found].n))
			found = (int)i;
	return found;
}

static const struct attempt *another(const struct kinds *kinds, int kind)
{
	return kinds->items[kind == 0 ? 1 : 0].like;
}

static const char *share(const struct tls_view *view, const struct kinds *kinds, size_t n)
{
	return arena_printf(view->findings->arena, "%zu of %zu connections", n, kinds->n_samples);
}

/* "end with", "get": of many; of one address with an s. */
static const char *of_one(struct arena *arena, const char *words)
{
	size_t n = strcspn(words, " ");

	return arena_printf(arena, "%.*ss%s", (int)n, words, words + n);
}

static void name_it(const struct tls_view *view, const struct kinds *kinds, struct finding *f, size_t n_bad)
{
	struct arena *arena = view->findings->arena;
	int kind = named_kind(kinds, f->fails);
	const struct endpoint *ep = address_of(view, kinds, kind);
	const struct kind *k = &kinds->items[kind];

	if (!f->fails)
		f->title = arena_printf(arena, "The servers behind the name differ in %s", differences(arena, k->like, another(kinds, kind)));
	else if (ep)
		f->title = arena_printf(arena, "Connections to %s %s, others do not", ep->text, k->bad);
	else if (n_bad == 1)
		f->title = arena_printf(arena, "1 of %zu connections %s", kinds->n_samples, of_one(arena, k->bad));
	else
		f->title = arena_printf(arena, "%s %s%s", share(view, kinds, n_bad), k->bad, n_bad > k->n ? ", or fail in other ways" : "");
	if (f->fails)
		f->fix = ep ? arena_printf(arena, "The server's administrator gives the machine at %s the certificate and configuration of the "
					   "others, or takes it out of DNS.", ep->text) :
			      "The server's administrator finds the machine behind the load balancer that differs (its log, or asking each "
			      "machine by its own address with --resolve, tells), gives it the certificate and configuration of the others, "
			      "or takes it out.";
}

/* With n looks a machine that takes a share p of the connections is missed with (1-p)^n. */
static void sampling_line(const struct tls_view *view, struct finding *f, const struct kinds *kinds)
{
	size_t n = SIZE_MAX;

	for (size_t i = 0; i < view->visit->n_endpoints; i++) {
		size_t here = count_at(kinds, view->visit->endpoints[i], NOWHERE);

		n = here > 0 && here < n ? here : n;
	}
	if (n == SIZE_MAX)
		return;
	finding_evidence(view->findings, f,
			 "%zu connection%s looked at%s; a server that takes one in ten would have been missed with a probability of %.0f %%%s",
			 n, n == 1 ? " was" : "s were", view->visit->n_endpoints > 1 ? " at each address" : "", 100 * pow(0.9, (double)n),
			 n < 20 ? " (--samples 30 looks closer)" : "");
}

static void report(const struct tls_view *view, const struct kinds *kinds)
{
	size_t n_bad = 0, n_good = 0;
	struct finding *f = tls_finding(view, "tls.backends-differ", NULL);

	/* Those of no kind count for neither. */
	for (size_t i = 0; i < kinds->n; i++)
		*(kinds->items[i].bad ? &n_bad : &n_good) += kinds->items[i].n;
	f->fails = n_bad > 0 && n_good > 0;
	if (!f->fails)
		f->severity = SEVERITY_INFO;
	name_it(view, kinds, f, n_bad);
	for (size_t i = 0; i < kinds->n; i++)
		finding_evidence(view->findings, f, "%zu of %zu (%s): %s%s%s", kinds->items[i].n, kinds->n_samples, where(view, kinds, (int)i),
				 kind_text(view, kinds->items[i].like), kinds->items[i].bad && kinds->items[i].like->done ? ": they " : "",
				 kinds->items[i].bad && kinds->items[i].like->done ? kinds->items[i].bad : "");
	sampling_line(view, f, kinds);
}

/* The question that was asked most thoroughly comes first; the main exchange, asked once, compares addresses alone. */
static void backends_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	static const char *const names[] = { "sample", "tls1.2-only", "chrome", "main" };
	const struct tls_view view = { .evidence = evidence, .visit = visit, .findings = findings };
	struct kinds kinds;

	if (evidence->from_file)
		return;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		repeats_of(&view, names[i], &kinds);
		if (kinds.n < 2 || !(has_repeats(&kinds) || strcmp(names[i], "main") == 0))
			continue;
		report(&view, &kinds);
		return;
	}
}

const struct rule rule_backends = { "backends", LAYER_TLS, backends_check };
