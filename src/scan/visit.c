/* The order in which one URL is looked at. Everything that needs not wait for something else runs
 * beside it: the name's records beside connecting, the browser's hello, the repeats and port 80
 * beside the main exchange; what isolates a failure only after one was seen. */
#include "scan/visit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/attr.h"
#include "http/exchange.h"
#include "http/url.h"
#include "kb/preload.h"
#include "net/task.h"
#include "probe/connect.h"
#include "probe/exchange.h"
#include "probe/http3.h"
#include "scan/chain.h"
#include "scan/follow.h"
#include "scan/proxy.h"

enum { ENDPOINTS_MAX = 16 };

static bool is_plain(const struct visit *visit)
{
	return strcmp(visit->target.scheme, "http") == 0;
}

static void tell(struct scan *scan, const char *what)
{
	if (scan->probing.progress)
		scan->probing.progress(scan->probing.progress_ctx, what);
}

/* ---- addresses --------------------------------------------------------------------------------- */

static bool family_wanted(const struct scan *scan, int family)
{
	return !(scan->options->ipv4_only && family != AF_INET) && !(scan->options->ipv6_only && family != AF_INET6);
}

static void add_endpoint(struct scan *scan, struct visit *visit, const struct sockaddr_storage *address)
{
	struct arena *arena = scan->probing.arena;
	struct endpoint *ep;

	if (visit->n_endpoints >= ENDPOINTS_MAX || !family_wanted(scan, address->ss_family))
		return;
	ep = arena_new_of(arena, struct endpoint);
	ep->address = *address;
	ep->family = address->ss_family;
	ep->address_len = ep->family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	ep->text = sockaddr_text(arena, (const struct sockaddr *)address);
	*arena_push(arena, visit->endpoints, visit->n_endpoints, visit->cap_endpoints) = ep;
}

static bool address_of(const char *text, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return true;
	}
	return false;
}

static bool resolve_matches(const struct why_resolve *entry, const struct target *target)
{
	return (!*entry->host || strcmp(entry->host, "*") == 0 || strcasecmp(entry->host, target->host) == 0) &&
	       (entry->port == 0 || entry->port == target->port);
}

static const struct why_resolve *find_resolve(const struct why_resolve *list, size_t n, const struct target *target)
{
	for (size_t i = 0; i < n; i++)
		if (resolve_matches(&list[i], target))
			return &list[i];
	return NULL;
}

/* Every address that --resolve gives for the target. */
static void add_resolved(struct scan *scan, struct visit *visit, uint16_t port)
{
	const struct why_options *o = scan->options;
	struct sockaddr_storage address;

	for (size_t i = 0; i < o->n_resolve; i++)
		if (resolve_matches(&o->resolve[i], &visit->target) && address_of(o->resolve[i].address, port, &address))
			add_endpoint(scan, visit, &address);
}

/* Addresses that need no DNS: the target is one, or --resolve or --connect-to gives them. */
static bool given_addresses(struct scan *scan, struct visit *visit, const char **lookup_host, uint16_t *port)
{
	const struct why_options *o = scan->options;
	const struct why_resolve *to = find_resolve(o->connect_to, o->n_connect_to, &visit->target);
	const struct why_resolve *resolve = find_resolve(o->resolve, o->n_resolve, &visit->target);
	bool is_elsewhere = to && *to->address;
	const char *host = is_elsewhere ? to->address : resolve ? resolve->address : visit->target.host;
	struct sockaddr_storage address;

	*port = to && to->to_port ? to->to_port : visit->target.port;
	*lookup_host = host;
	visit->dns.skipped_because = to ? "--connect-to names where to connect" :
		resolve ? "--resolve gives the address" : "the target is an address";
	if (!address_of(host, *port, &address))
		return false;
	visit->dns.skipped = true;
	if (!is_elsewhere && resolve)
		add_resolved(scan, visit, *port);
	else
		add_endpoint(scan, visit, &address);
	return true;
}

/* A proxy that resolves names itself: we connect to it, and know no address of the target. */
static bool proxy_resolves(struct scan *scan, struct visit *visit)
{
	const struct proxy_route *route = visit->route;

	if (!visit->proxy.is_used || (route->has_local_names && route->n_addresses > 0))
		return false;
	visit->dns.skipped = true;
	visit->dns.skipped_because = route->has_local_names ? "the proxy has no address" : "the proxy resolves the name";
	if (route->n_addresses > 0)
		add_endpoint(scan, visit, &route->addresses[0]);
	return true;
}

struct resolving {
	struct task *task;
	bool ready, done, waiting_ready, waiting_done;
};

static void on_ready(void *ctx)
{
	struct resolving *r = ctx;

	r->ready = true;
	if (r->waiting_ready) {
		r->waiting_ready = false;
		task_resume(r->task);
	}
}

static void on_done(void *ctx)
{
	struct resolving *r = ctx;

	r->done = true;
	if (r->waiting_done) {
		r->waiting_done = false;
		task_resume(r->task);
	}
}

static void on_enough(uv_timer_t *timer)
{
	on_done(timer->data);
}

static void timer_closed(uv_handle_t *handle)
{
	task_resume(((struct resolving *)handle->data)->task);
}

/* Waits for the rest of what DNS has to say, but not longer than `ms`. */
static void wait_records(struct scan *scan, struct resolving *r, unsigned ms)
{
	uv_timer_t timer;

	if (r->done || ms == 0)
		return;
	uv_update_time(&scan->probing.net.loop);
	uv_timer_init(&scan->probing.net.loop, &timer);
	timer.data = r;
	uv_timer_start(&timer, on_enough, ms, 0);
	r->waiting_done = true;
	task_suspend();
	uv_close((uv_handle_t *)&timer, timer_closed);
	task_suspend();
}

/* ---- one address ---------------------------------------------------------------------------------- */

struct address_task {
	struct scan *scan;
	struct run run;
	enum visit_depth depth;
	struct task_group *group;
	const struct probe *probe;      /* NULL: the main exchange */
};

static void address_main(void *ctx)
{
	struct address_task *t = ctx;

	if (t->probe)
		t->probe->run(&t->run);
	else
		probe_main_run(&t->run);
	task_group_leave(t->group);
}

static void spawn(struct scan *scan, const struct address_task *t)
{
	struct address_task *copy = arena_new_of(scan->probing.arena, struct address_task);

	*copy = *t;
	task_group_add(t->group);
	if (!task_spawn(address_main, copy))
		task_group_leave(t->group);
}

static bool wants_in_open(const struct probe *probe, enum visit_depth depth, const struct run *run)
{
	if (probe->stage != STAGE_OPEN || !probe->wanted(run))
		return false;
	return depth == VISIT_TARGET || (depth == VISIT_HOP && probe->connections == 1 && probe->layer == LAYER_TLS);
}

static void open_stage(struct scan *scan, struct visit *visit, enum visit_depth depth)
{
	struct task_group group = { 0 };

	for (size_t i = 0; i < visit->n_endpoints; i++) {
		scan_endpoint_found(scan, visit, visit->endpoints[i]);
		struct address_task t = { scan, { &scan->probing, visit, visit->endpoints[i] }, depth, &group, NULL };

		spawn(scan, &t);
		for (const struct probe *const *p = probes; *p; p++) {
			t.probe = *p;
			if (wants_in_open(*p, depth, &t.run))
				spawn(scan, &t);
		}
	}
	task_group_wait(&group);
}

/* The address that says most about a failure: the one a browser would be on. */
static struct endpoint *telling_endpoint(const struct visit *visit)
{
	if (visit->best)
		return visit->best;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->tcp.outcome == TCP_CONNECTED)
			return visit->endpoints[i];
	return visit->n_endpoints > 0 ? visit->endpoints[0] : NULL;
}

static bool is_stage(enum probe_stage stage, bool is_path)
{
	return stage != STAGE_OPEN && (stage == STAGE_PATH) == is_path;
}

static void run_stages(struct scan *scan, struct visit *visit, bool is_path)
{
	struct task_group group = { 0 };
	struct address_task t = { scan, { &scan->probing, visit, telling_endpoint(visit) }, VISIT_TARGET, &group, NULL };
	bool wanted[64] = { false };

	if (!t.run.endpoint)
		return;
	/* Asked before any of them runs: one probe's failures are no reason for the next. */
	for (size_t i = 0; probes[i] && i < COUNT_OF(wanted); i++)
		wanted[i] = is_stage(probes[i]->stage, is_path) && probes[i]->wanted(&t.run);
	for (size_t i = 0; probes[i] && i < COUNT_OF(wanted); i++) {
		if (!wanted[i])
			continue;
		tell(scan, probes[i]->does);
		t.probe = probes[i];
		spawn(scan, &t);
	}
	task_group_wait(&group);
}

static void isolate_stages(struct scan *scan, struct visit *visit)
{
	run_stages(scan, visit, false);
	run_stages(scan, visit, true);
}

/* ---- http:// ---------------------------------------------------------------------------------------- */

static void plain_main(struct run *run)
{
	struct conn *conn = plain_connect(run);

	if (!conn)
		return;
	if (!run->visit->best) {
		run->visit->best = run->endpoint;
		http_plain(run, conn, &run->visit->http);
	}
	conn_close(conn);
}

static const struct probe probe_plain_main = { .name = "plain", .layer = LAYER_HTTP, .run = plain_main };

static void plain_stage(struct scan *scan, struct visit *visit)
{
	struct task_group group = { 0 };

	for (size_t i = 0; i < visit->n_endpoints; i++) {
		struct address_task t = { scan, { &scan->probing, visit, visit->endpoints[i] }, VISIT_TARGET, &group,
					  &probe_plain_main };

		spawn(scan, &t);
	}
	task_group_wait(&group);
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static void layer_times(struct visit *visit, double dns_ms)
{
	const struct attempt *at = visit->best ? visit->best->main : NULL;

	visit->dns_ms = dns_ms;
	if (at) {
		visit->tcp_ms = at->tcp.connect_ms;
		visit->tls_ms = at->elapsed_ms - at->tcp.connect_ms;
	}
	visit->http_ms = visit->http.elapsed_ms;
}

/* Browsers turn http:// into https:// for preloaded names before anything is sent. */
static bool is_upgraded_by_browsers(const struct visit *visit)
{
	return is_plain(visit) && kb_preloaded_suffix(visit->target.host) != NULL;
}

static void look(struct scan *scan, struct visit *visit, enum visit_depth depth)
{
	tell(scan, "connecting");
	if (!is_plain(visit) || is_upgraded_by_browsers(visit)) {
		open_stage(scan, visit, depth);
		if (depth != VISIT_RESOURCE)
			isolate_stages(scan, visit);
	}
	if (is_plain(visit)) {
		visit->best = NULL;
		plain_stage(scan, visit);
	}
}

/* ---- HTTP/3, beside the rest --------------------------------------------------------------------------- */

static const struct probe probe_http3 = { .name = "http3", .layer = LAYER_HTTP, .run = http3_run };

/* Once the answer, or the name's records, have advertised it. */
static void start_http3(struct scan *scan, struct visit *visit, enum visit_depth depth, struct task_group *group)
{
	struct address_task t = { scan, { &scan->probing, visit, visit->best }, depth, group, &probe_http3 };

	if (depth == VISIT_RESOURCE || is_plain(visit) || !visit->best || visit->quic.advertised_by || visit->route ||
	    !target_is_web(&visit->target))
		return;
	if (http3_is_advertised(visit, scan->probing.arena, &visit->quic))
		spawn(scan, &t);
}

/* Records beside the addresses are a courtesy, unless the name itself is the failure; or, for mail, TLSA
 * records whose worth is still being looked at. */
static unsigned wait_ms(struct scan *scan, const struct visit *visit)
{
	bool is_dane = !target_is_web(&visit->target) && visit->dns.tlsa.n_records > 0;

	if (visit->n_endpoints == 0)
		return (unsigned)net_left_ms(&scan->probing.net);
	return is_dane ? 2500 : 150;
}

void visit_run(struct scan *scan, struct visit *visit, enum visit_depth depth)
{
	struct net *net = &scan->probing.net;
	struct resolving r = { .task = task_current() };
	struct dns_lookup *lookup = NULL;
	struct task_group beside = { 0 };
	double start = net_now_ms(net), dns_ms = 0;
	const char *host;
	uint16_t port;

	scan->n_visits++;
	tell(scan, "resolving the name");
	if (!visit->target.invalid)
		proxy_prepare(scan, visit);
	if (!visit->target.invalid && !proxy_resolves(scan, visit) && !given_addresses(scan, visit, &host, &port)) {
		lookup = dns_lookup_start(&net->loop, scan->probing.arena, &scan->dns, host, port, &visit->dns, on_ready,
					  on_done, &r);
		if (!r.ready) {
			r.waiting_ready = true;
			task_suspend();
		}
		dns_ms = net_now_ms(net) - start;
		for (size_t i = 0; i < dns_lookup_addresses(lookup)->n; i++)
			add_endpoint(scan, visit, &dns_lookup_addresses(lookup)->items[i]);
	}
	if (visit->n_endpoints > 0)
		look(scan, visit, depth);
	start_http3(scan, visit, depth, &beside);
	if (lookup) {
		wait_records(scan, &r, wait_ms(scan, visit));
		dns_lookup_stop(lookup);
	}
	start_http3(scan, visit, depth, &beside);
	layer_times(visit, dns_ms);
	visit_judge_chain(scan, visit);
	if (depth != VISIT_RESOURCE)
		visit_follow(scan, visit, depth);
	task_group_wait(&beside);
}
