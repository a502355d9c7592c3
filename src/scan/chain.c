/* See chain.h. Fetches run only where they can change a judgement: a missing issuer, a status that
 * was not stapled. */
#include "scan/chain.h"

#include "scan/replay.h"
#include "x509/chain.h"
#include "x509/crl.h"

enum { AIA_MAX = 4, FETCH_MAX = 256 << 10, FETCH_MS = 3000 };

static void input_of(const struct visit *visit, const struct evidence *evidence, const struct attempt *at,
		     struct chain_input *in)
{
	*in = (struct chain_input){
		.sent = at->chain, .n_sent = at->n_chain, .trust = evidence->trust,
		.host = visit->target.servername ? visit->target.servername : visit->target.host,
		.is_ip = visit->target.is_ip && !visit->target.servername,
		.now_unix = evidence->now_unix, .staple = at->staple, .has_staple = at->has_staple,
		.crls = evidence->crls, .n_crls = evidence->n_crls,
	};
}

/* The attempt whose certificates stand for the server: the main one, else any that got that far. */
static const struct attempt *telling_attempt(const struct visit *visit)
{
	const struct attempt *found = NULL;

	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const struct endpoint *ep = visit->endpoints[i];

		if (visit->best && ep != visit->best)
			continue;
		if (ep->main && ep->main->n_chain > 0)
			return ep->main;
		for (size_t k = 0; k < ep->n_attempts && !found; k++)
			if (ep->attempts[k]->n_chain > 0)
				found = ep->attempts[k];
	}
	return found;
}

static struct fetch fetch_of(const struct visit *visit, const char *url)
{
	return (struct fetch){
		.url = url, .body_max = FETCH_MAX, .timeout_ms = FETCH_MS,
		.allow_local = visit->best && sockaddr_is_local((const struct sockaddr *)&visit->best->address),
	};
}

/* ---- issuers ------------------------------------------------------------------------------------- */

static bool already(const struct chain_extra *extra, size_t n, const char *url)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(extra[i].url, url) == 0)
			return true;
	return false;
}

static bool fetch_issuer(struct scan *scan, const struct visit *visit, const char *url, struct chain_extra *out)
{
	struct fetch fetch = fetch_of(visit, url);
	struct cert **certs = NULL;

	fetch_noted(&scan->probing, &fetch);
	if (fetch.error || cert_read_all(scan->probing.arena, fetch.body, &certs) == 0)
		return false;
	*out = (struct chain_extra){ certs[0], url };
	return true;
}

static void fetch_issuers(struct scan *scan, struct visit *visit, struct chain_input *in)
{
	struct arena *arena = scan->probing.arena;
	struct chain_extra *extra = arena_array(arena, struct chain_extra, AIA_MAX);
	const struct span *urls;

	for (size_t round = 0; round < AIA_MAX && in->n_extra < AIA_MAX; round++) {
		size_t n = chain_wanted_urls(visit->chain, &urls), before = in->n_extra;

		for (size_t i = 0; i < n && in->n_extra < AIA_MAX; i++) {
			const char *url = arena_strn(arena, urls[i].p, urls[i].n);

			if (already(extra, in->n_extra, url) || !fetch_issuer(scan, visit, url, &extra[in->n_extra]))
				continue;
			in->extra = extra;
			in->n_extra++;
			break;
		}
		if (in->n_extra == before)
			return;
		visit->chain = chain_facts_build(arena, in);
	}
}

/* ---- status ------------------------------------------------------------------------------------- */

static const struct cert *issuer_of_leaf(const struct chain_facts *facts)
{
	return facts->best && facts->best->n > 1 ? facts->best->certs[1] : NULL;
}

static void fetch_ocsp(struct scan *scan, const struct visit *visit, struct chain_facts *facts, const struct cert *issuer)
{
	struct arena *arena = scan->probing.arena;
	struct fetch fetch;

	facts->ocsp_url = arena_strn(arena, facts->leaf->ocsp_urls[0].p, facts->leaf->ocsp_urls[0].n);
	fetch = fetch_of(visit, facts->ocsp_url);
	fetch.post = ocsp_request(arena, facts->leaf, issuer);
	fetch.content_type = "Content-Type: application/ocsp-request";
	fetch_noted(&scan->probing, &fetch);
	facts->ocsp_error = fetch.error;
	if (!fetch.error)
		facts->ocsp_verdict = ocsp_check(arena, fetch.body, facts->leaf, issuer, facts->now_unix);
}

static void fetch_crl(struct scan *scan, struct visit *visit, struct chain_input *in)
{
	struct arena *arena = scan->probing.arena;
	const struct span url = visit->chain->leaf->crl_urls[0];
	const char *text = arena_strn(arena, url.p, url.n);
	struct fetch fetch = fetch_of(visit, text);
	struct span *crls = arena_array(arena, struct span, in->n_crls + 1);

	fetch.body_max = 4 << 20;
	fetch_noted(&scan->probing, &fetch);
	if (!fetch.error) {
		for (size_t i = 0; i < in->n_crls; i++)
			crls[i] = in->crls[i];
		crls[in->n_crls++] = fetch.body;
		in->crls = crls;
		visit->chain = chain_facts_build(arena, in);
	}
	visit->chain->crl_url = text;
	visit->chain->crl_error = fetch.error;
}

static void fetch_status(struct scan *scan, struct visit *visit, struct chain_input *in)
{
	struct chain_facts *facts = visit->chain;
	const struct cert *issuer = issuer_of_leaf(facts);

	if (!issuer || !facts->is_trusted || facts->staple_verdict.status == OCSP_GOOD || facts->staple_verdict.status == OCSP_REVOKED)
		return;
	if (facts->leaf->n_ocsp_urls > 0)
		fetch_ocsp(scan, visit, facts, issuer);
	else if (facts->leaf->n_crl_urls > 0)
		fetch_crl(scan, visit, in);
}

/* The proxy's own: what was sent, as curl judges it, without fetching anything. */
static void judge_proxy(struct scan *scan, struct visit *visit)
{
	const struct evidence *evidence = scan->probing.evidence;
	const struct attempt *at = visit->proxy.tls;
	const struct chain_input in = {
		.sent = at ? at->chain : NULL, .n_sent = at ? at->n_chain : 0, .trust = evidence->proxy_trust, .host = visit->proxy.host,
		.is_ip = visit->proxy.dns.skipped, .now_unix = evidence->now_unix, .crls = evidence->crls, .n_crls = evidence->n_crls,
	};

	if (in.n_sent > 0)
		visit->proxy.chain = chain_facts_build(scan->probing.arena, &in);
}

void visit_judge_chain(struct scan *scan, struct visit *visit)
{
	const struct attempt *at = telling_attempt(visit);
	struct chain_input in;

	judge_proxy(scan, visit);
	if (!at)
		return;
	input_of(visit, scan->probing.evidence, at, &in);
	visit->chain = chain_facts_build(scan->probing.arena, &in);
	if (!visit->chain || !scan->probing.external ||
	    (!scan->probing.evidence->is_replay && net_out_of_time(&scan->probing.net)))
		return;
	fetch_issuers(scan, visit, &in);
	fetch_status(scan, visit, &in);
}
