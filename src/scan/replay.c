/* See replay.h. */
#include "scan/replay.h"

#include "base/file.h"
#include "base/out.h"
#include "evidence/transcript.h"
#include "scan/chain.h"
#include "x509/chain.h"
#include "x509/trust.h"

enum { TRANSCRIPT_MAX = 64 << 20, VISITS_MAX = 64 };

/* ---- fetches ------------------------------------------------------------------------------------- */

static void fetch_recalled(const struct evidence *evidence, struct fetch *fetch)
{
	fetch->error = "the transcript holds no answer";
	for (size_t i = 0; i < evidence->n_fetches; i++) {
		const struct fetched *f = &evidence->fetches[i];

		if (strcmp(f->url, fetch->url) != 0 || !span_equal(f->post, fetch->post))
			continue;
		fetch->body = f->body;
		fetch->error = f->error;
		return;
	}
}

void fetch_noted(struct probing *probing, struct fetch *fetch)
{
	struct evidence *e = probing->evidence;

	if (e->is_replay) {
		fetch_recalled(e, fetch);
		return;
	}
	fetch_run(&probing->net, fetch);
	*arena_push(e->arena, e->fetches, e->n_fetches, e->cap_fetches) =
		(struct fetched){ fetch->url, fetch->post, fetch->body, fetch->error };
}

/* ---- the roots that matter ------------------------------------------------------------------------- */

struct roots {
	struct arena *arena;
	const struct trust *trust;
	struct transcript_root *items;
	size_t n, cap;
};

static void add_root(struct roots *roots, const struct cert *cert)
{
	for (size_t i = 0; i < roots->n; i++)
		if (span_equal(roots->items[i].der, cert->der))
			return;
	*arena_push(roots->arena, roots->items, roots->n, roots->cap) =
		(struct transcript_root){ cert->der, trust_is_public(roots->trust, cert) };
}

/* Each trusted certificate that could stand above or in the place of one that was seen, and above those; and one by whose name an
 * issuer that was not seen is judged. */
static void add_roots_of(struct roots *roots, struct span der, unsigned depth)
{
	const struct cert *cert = cert_parse(roots->arena, der);
	const struct cert *const *found;
	const struct span names[] = { cert->issuer.raw, cert->subject.raw };
	const struct cert *akin;

	for (size_t k = 0; k < COUNT_OF(names); k++) {
		size_t n = trust_by_subject(roots->trust, names[k], &found), before = roots->n;

		for (size_t i = 0; i < n; i++)
			add_root(roots, found[i]);
		for (size_t i = before; i < roots->n && depth < 4; i++)
			add_roots_of(roots, roots->items[i].der, depth + 1);
	}
	akin = depth == 0 ? issuer_guess(cert, roots->trust).akin : NULL;
	if (akin)
		add_root(roots, akin);
}

static void add_roots_of_visit(struct roots *roots, const struct visit *visit)
{
	for (size_t i = 0; i < visit->n_endpoints; i++)
		for (size_t k = 0; k < visit->endpoints[i]->n_attempts; k++) {
			const struct attempt *at = visit->endpoints[i]->attempts[k];

			for (size_t c = 0; c < at->n_chain; c++)
				add_roots_of(roots, at->chain[c], 0);
		}
	for (size_t i = 0; visit->chain && i < visit->chain->n_extra; i++)
		add_roots_of(roots, visit->chain->extra[i].cert->der, 0);
}

/* Calls `fn` for the visit, those that it leads to, and those of its resources. */
static void each_visit(struct visit *visit, unsigned depth, void (*fn)(void *ctx, struct visit *visit), void *ctx)
{
	for (; visit && depth < VISITS_MAX; visit = visit->next, depth++) {
		fn(ctx, visit);
		for (size_t i = 0; i < visit->page.n_resources; i++)
			each_visit(visit->page.resources[i].visit, depth + 1, fn, ctx);
		if (visit->mail)
			each_visit(visit->mail->policy_visit, depth + 1, fn, ctx);
		for (size_t i = 0; visit->mail && i < visit->mail->n_exchangers; i++)
			each_visit(visit->mail->exchangers[i].visit, depth + 1, fn, ctx);
	}
}

static void add_roots_of_proxy(struct roots *roots, const struct visit *visit)
{
	const struct attempt *at = visit->proxy.tls;

	for (size_t c = 0; at && c < at->n_chain; c++)
		add_roots_of(roots, at->chain[c], 0);
}

static void roots_of_visit(void *ctx, struct visit *visit)
{
	add_roots_of_visit(ctx, visit);
}

static void roots_of_proxy(void *ctx, struct visit *visit)
{
	add_roots_of_proxy(ctx, visit);
}

static struct transcript_trust seen_of(const struct trust *trust, const struct roots *roots)
{
	return (struct transcript_trust){ .is_known = true, .is_system = trust_is_system(trust), .n_all = trust_count(trust),
					  .roots = roots->items, .n_roots = roots->n };
}

int transcript_save(const struct why_options *options, const struct evidence *evidence, struct why_error *error)
{
	struct roots roots = { .arena = evidence->arena, .trust = evidence->trust };
	struct roots proxy_roots = { .arena = evidence->arena };
	struct transcript_trust trust = { .is_known = evidence->trust != NULL }, of_proxy = { .is_known = false };
	struct out out = { 0 };
	int status;

	if (evidence->trust) {
		each_visit(evidence->visit, 0, roots_of_visit, &roots);
		if (evidence->proxy_trust == evidence->trust)
			each_visit(evidence->visit, 0, roots_of_proxy, &roots);
		trust = seen_of(evidence->trust, &roots);
	}
	if (evidence->proxy_trust != evidence->trust) {
		trust.of_proxy = &of_proxy;
		if (evidence->proxy_trust) {
			proxy_roots.trust = evidence->proxy_trust;
			each_visit(evidence->visit, 0, roots_of_proxy, &proxy_roots);
			of_proxy = seen_of(evidence->proxy_trust, &proxy_roots);
		}
	}
	transcript_write(&out, evidence, &trust);
	status = out.failed ? why_fail(error, WHY_EMEMORY, "--transcript: out of memory") :
		 file_write(options->transcript, "transcript", span_of(out.text, out.n), true, error);
	out_release(&out);
	return status;
}

/* ---- again ------------------------------------------------------------------------------------------ */

static void judge_visit(void *ctx, struct visit *visit)
{
	visit_judge_chain(ctx, visit);
}

int transcript_load(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error)
{
	struct transcript_trust seen;
	struct scan scan = { 0 };
	struct span text;
	int status = file_read_upto(arena, options->replay, "--replay", TRANSCRIPT_MAX, &text, error);

	*out = NULL;
	if (status != 0)
		return status;
	status = transcript_read(arena, text, out, &seen, error);
	if (status != 0)
		return why_fail(error, status, "--replay %.100s: %s", options->replay, arena_str(arena, error->text));
	if (seen.is_known)
		(*out)->trust = trust_load_recalled(&seen);
	(*out)->proxy_trust = !seen.of_proxy ? (*out)->trust : seen.of_proxy->is_known ? trust_load_recalled(seen.of_proxy) : NULL;
	if ((*out)->from_file)
		return why_fail(error, WHY_EFILE, "--replay: a chain on disk is judged by `why443 file`");
	scan.options = options;
	scan.probing.arena = arena;
	scan.probing.evidence = *out;
	scan.probing.external = (*out)->external;
	each_visit((*out)->visit, 0, judge_visit, &scan);
	return 0;
}
