/* Redirects, each hop looked at in turn, and the resources of the page where they may fail. */
#include "scan/follow.h"

#include "http/exchange.h"
#include "http/page.h"
#include "http/url.h"
#include "net/task.h"
#include "scan/target.h"
#include "x509/chain.h"

enum { HOPS_MAX = 20, RESOURCES_CHECKED_MAX = 12 };

static const char *url_of(struct arena *arena, const struct target *t)
{
	bool is_v6 = strchr(t->host, ':') != NULL;

	return arena_printf(arena, "%s://%s%s%s:%u%s", t->scheme, is_v6 ? "[" : "", t->host, is_v6 ? "]" : "", t->port,
			    t->path ? t->path : "/");
}

static const struct http_evidence *answer_of(const struct visit *visit)
{
	return visit->http.got_head ? &visit->http : visit->http_fallback.got_head ? &visit->http_fallback : NULL;
}

/* ---- redirects ------------------------------------------------------------------------------------ */

static const struct visit *seen_before(const struct evidence *evidence, struct arena *arena, const char *url)
{
	for (const struct visit *v = evidence->visit; v; v = v->next)
		if (strcmp(url_of(arena, &v->target), url) == 0)
			return v;
	return NULL;
}

static const char *loop_reason(struct arena *arena, const struct visit *from, const struct visit *to)
{
	if (from == to)
		return arena_printf(arena, "the page redirects to itself: %s", url_of(arena, &to->target));
	if (strcmp(from->target.scheme, "http") == 0 && strcmp(to->target.scheme, "https") == 0 &&
	    strcmp(from->target.host, to->target.host) == 0)
		return "https sends to http and http back to https: the application believes it was asked in clear, "
		       "as behind a proxy that ends TLS and does not say so (X-Forwarded-Proto)";
	return arena_printf(arena, "%s leads back to %s", url_of(arena, &from->target), url_of(arena, &to->target));
}

static size_t hops(const struct evidence *evidence)
{
	size_t n = 0;

	for (const struct visit *v = evidence->visit; v; v = v->next)
		n++;
	return n;
}

static void follow_redirect(struct scan *scan, struct visit *visit, const char *url)
{
	struct arena *arena = scan->probing.arena;
	struct evidence *evidence = scan->probing.evidence;
	struct visit *next = arena_new_of(arena, struct visit);
	const struct visit *before;

	if (target_parse(arena, url, NULL, &next->target, NULL) != 0)
		return;
	before = seen_before(evidence, arena, url_of(arena, &next->target));
	if (before) {
		visit->redirect_loop = true;
		visit->loop_why = loop_reason(arena, visit, before);
		return;
	}
	if (hops(evidence) > HOPS_MAX) {
		visit->redirect_limit = true;
		return;
	}
	visit->next = next;
	visit_run(scan, next, VISIT_HOP);
}

/* ---- resources -------------------------------------------------------------------------------------- */

struct check {
	struct scan *scan;
	struct resource *resource;
	struct task_group *group;
};

static const char *https_url(struct arena *arena, const struct resource *r)
{
	const char *rest = strstr(r->url, "://");

	return rest ? arena_printf(arena, "https%s", rest) : NULL;
}

/* A browser would take the answer: it came, and over a certificate without a flaw. */
static bool loads(const struct visit *visit)
{
	const struct http_evidence *http = answer_of(visit);
	const struct chain_facts *chain = visit->chain;

	return http && visit->http.fault == HTTP_FAULT_NONE && chain && chain->is_trusted && chain->name_matches &&
	       chain->best->n_problems == 0;
}

static void check_main(void *ctx)
{
	struct check *c = ctx;

	visit_run(c->scan, c->resource->visit, VISIT_RESOURCE);
	c->resource->works = loads(c->resource->visit) ? TRI_YES : TRI_NO;
	task_group_leave(c->group);
}

static bool same_server(const struct target *a, const struct target *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* Worth a look of its own: another server, over TLS (as it is, or after the browser's upgrade). */
static bool wants_check(struct scan *scan, const struct visit *visit, struct resource *r)
{
	struct arena *arena = scan->probing.arena;
	const char *url = r->treatment == MIXED_UPGRADED ? https_url(arena, r) : r->is_plain ? NULL : r->url;
	struct visit *check;

	if (!url || strncmp(url, "https://", 8) != 0 || r->kind == RESOURCE_FORM || r->kind == RESOURCE_DOWNLOAD)
		return false;
	check = arena_new_of(arena, struct visit);
	if (target_parse(arena, url, NULL, &check->target, NULL) != 0 || same_server(&check->target, &visit->target))
		return false;
	r->visit = check;
	return true;
}

static void check_resources(struct scan *scan, struct visit *visit)
{
	struct page_evidence *page = &visit->page;
	struct task_group group = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < page->n_resources && n < RESOURCES_CHECKED_MAX; i++) {
		struct check *c;

		if (!wants_check(scan, visit, &page->resources[i]))
			continue;
		c = arena_new_of(scan->probing.arena, struct check);
		*c = (struct check){ scan, &page->resources[i], &group };
		n++;
		task_group_add(&group);
		if (!task_spawn(check_main, c))
			task_group_leave(&group);
	}
	task_group_wait(&group);
}

static void look_at_page(struct scan *scan, struct visit *visit, const struct http_evidence *http)
{
	if (strcmp(visit->target.scheme, "https") != 0 || http->body.n == 0 || !http_is_html(http)) {
		visit->page.not_looked_because = "the answer is no HTML page sent over https";
		return;
	}
	page_scan(scan->probing.arena, http->body, url_of(scan->probing.arena, &visit->target), http->csp, &visit->page);
	if (!net_out_of_time(&scan->probing.net))
		check_resources(scan, visit);
}

void visit_follow(struct scan *scan, struct visit *visit, enum visit_depth depth)
{
	const struct http_evidence *http = answer_of(visit);

	(void)depth;
	if (!http)
		return;
	if (http->status >= 300 && http->status < 400 && http->redirect_url)
		follow_redirect(scan, visit, http->redirect_url);
	else
		look_at_page(scan, visit, http);
}
