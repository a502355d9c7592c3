/* Sets a scan up, runs it, takes it down: see scan.h. */
#include "scan/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "audit/audit.h"
#include "evidence/wire.h"
#include "net/task.h"
#include "scan/begin.h"
#include "scan/mail.h"
#include "scan/options.h"
#include "scan/target.h"
#include "scan/visit.h"
#include "x509/cert.h"
#include "x509/crl.h"
#include "x509/trust.h"

enum { FILE_MAX = 4 << 20 };

/* ---- files ----------------------------------------------------------------------------------------- */

int file_read_upto(struct arena *arena, const char *path, const char *what, size_t max, struct span *out,
		   struct why_error *error)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *bytes;
	size_t cap;
	long size;

	if (!f)
		return why_fail(error, WHY_EFILE, "%s %s: cannot be read: %s", what, path, strerror(errno));
	/* Its size, as far as it has one; a pipe is read up to the limit. */
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	cap = size > 0 && (size_t)size < max ? (size_t)size : max;
	bytes = arena_alloc(arena, cap);
	*out = span_of(bytes, fread(bytes, 1, cap, f));
	fclose(f);
	if (out->n == 0)
		return why_fail(error, WHY_EFILE, "%s %s: is empty or no file", what, path);
	return 0;
}

int file_read(struct arena *arena, const char *path, const char *what, struct span *out, struct why_error *error)
{
	return file_read_upto(arena, path, what, FILE_MAX, out, error);
}

static int load_crls(const struct why_options *options, struct evidence *evidence, struct why_error *error)
{
	evidence->crls = arena_array(evidence->arena, struct span, options->n_crls + 1);
	for (size_t i = 0; i < options->n_crls; i++) {
		struct span file, *ders = NULL;
		int status = file_read(evidence->arena, options->crls[i], "--crl", &file, error);

		if (status != 0)
			return status;
		if (pem_blocks(evidence->arena, file, "X509 CRL", &ders) > 0)
			file = ders[0];
		if (crl_parse(file).malformed)
			return why_fail(error, WHY_EFILE, "--crl %s: expected a certificate revocation list, PEM or DER",
					options->crls[i]);
		evidence->crls[evidence->n_crls++] = file;
	}
	return 0;
}

/* Any user may read it. A clock that nobody steers may be wrong, one that is steered hardly. */
static enum tri clock_steered(void)
{
	struct timex t = { 0 };
	int state = adjtimex(&t);

	return state < 0 ? TRI_UNKNOWN : state == TIME_ERROR || (t.status & STA_UNSYNC) ? TRI_NO : TRI_YES;
}

int evidence_begin(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error)
{
	struct evidence *e = *out = arena_new_of(arena, struct evidence);

	e->arena = arena;
	e->started_unix = (int64_t)time(NULL);
	e->now_unix = options->has_now ? options->now_unix : e->started_unix;
	e->clock_steered = clock_steered();
	e->visit = arena_new_of(arena, struct visit);
	e->trust = options->cacert ? trust_load_file(options->cacert, error) : trust_load_system(error);
	/* Without a system store nothing is trusted, which is a finding; a file of the user's must load. */
	if (!e->trust && options->cacert)
		return WHY_EFILE;
	e->proxy_trust = options->proxy_cacert ? trust_load_file(options->proxy_cacert, error) : e->trust;
	if (!e->proxy_trust && options->proxy_cacert)
		return WHY_EFILE;
	return load_crls(options, e, error);
}

/* ---- the run ---------------------------------------------------------------------------------------- */

struct audit_task {
	struct scan *scan;
	struct run run;
	struct task_group *group;
};

static bool is_well(const struct endpoint *ep)
{
	return ep->main && ep->main->done;
}

/* The diagnosis comes first where there is something to diagnose. What a healthy server is asked beside
 * it neither disturbs it nor waits for its end. */
static void audit_main(void *ctx)
{
	enum { STEP_MS = 5 };
	struct audit_task *t = ctx;
	struct net *net = &t->scan->probing.net;
	struct asking *asking;

	while (!t->scan->is_visited && !is_well(t->run.endpoint) && !net_out_of_time(net))
		net_sleep(net, STEP_MS);
	asking = audit_begin(&t->run);
	while (!t->scan->is_visited && !net_out_of_time(net))
		net_sleep(net, STEP_MS);
	if (asking)
		audit_end(asking);
	task_group_leave(t->group);
}

void scan_endpoint_found(struct scan *scan, struct visit *visit, struct endpoint *endpoint)
{
	struct audit_task *t;

	if (!scan->options->audit || visit != scan->probing.evidence->visit)
		return;
	t = arena_new_of(scan->probing.arena, struct audit_task);
	*t = (struct audit_task){ scan, { &scan->probing, visit, endpoint }, &scan->audits };
	task_group_add(&scan->audits);
	if (!task_spawn(audit_main, t))
		task_group_leave(&scan->audits);
}

static void scan_main(void *ctx)
{
	struct scan *scan = ctx;

	struct visit *visit = scan->probing.evidence->visit;

	if (mail_is_domain(scan, visit))
		mail_run(scan, visit);
	else
		visit_run(scan, visit, VISIT_TARGET);
	scan->is_visited = true;
	task_group_wait(&scan->audits);
}

static unsigned or_default(unsigned value, unsigned fallback)
{
	return value ? value : fallback;
}

/* An audit of a server that limits its clients takes its time. */
static unsigned time_for_all(const struct why_options *o)
{
	return or_default(o->max_time_ms, o->audit ? 120000 : 30000);
}

static void prepare(struct scan *scan, const struct why_options *o, struct evidence *evidence,
		    const struct scan_progress *progress)
{
	struct probing *p = &scan->probing;
	unsigned max = time_for_all(o);

	scan->options = o;
	p->arena = evidence->arena;
	p->evidence = evidence;
	p->connect_timeout_ms = or_default(o->connect_timeout_ms, max / 2 < 10000 ? max / 2 : 10000);
	p->connect_slow_ms = p->connect_timeout_ms / 4 < 1200 ? p->connect_timeout_ms / 4 : 1200;
	/* By then a SYN and two or more repeats of it are lost. */
	p->connect_decide_ms = o->connect_timeout_ms || p->connect_timeout_ms < 3600 ? p->connect_timeout_ms : 3600;
	p->compare_port = (uint16_t)o->compare_port;
	/* Two rounds of silence must fit within the whole. */
	p->idle_timeout_ms = max / 4 < 6000 ? max / 4 : 6000;
	evidence->is_hasty = p->idle_timeout_ms < FAIR_WAIT_MS;
	p->handshake_timeout_ms = 2 * p->idle_timeout_ms;
	p->http_timeout_ms = max / 3 < 10000 ? max / 3 : 10000;
	p->pool = 24;
	p->samples = o->samples;
	evidence->has_client_certificate = o->cert != NULL;
	p->external = evidence->external = !o->no_external;
	if (o->transcript)
		p->net.wire = evidence->wire = wire_log_new(evidence->arena);
	p->all_clients = o->as_client && strcmp(o->as_client, "all") == 0;
	p->as_client = o->as_client;
	p->audit_pool = o->pool;
	p->audit_delay_ms = o->delay_ms;
	p->net.interface = o->interface;
	if (progress) {
		p->progress = progress->step;
		p->progress_ctx = progress->ctx;
	}
	scan->dns.family = o->ipv4_only ? AF_INET : o->ipv6_only ? AF_INET6 : AF_UNSPEC;
	scan->dns.limit_ms = max * 3 / 4 < 12000 ? max * 3 / 4 : 12000;
}

static void finish(struct scan *scan)
{
	struct evidence *e = scan->probing.evidence;
	struct net *net = &scan->probing.net;

	e->elapsed_ms = net_now_ms(net);
	e->out_of_time |= net_out_of_time(net);
	e->n_connections = net->n_connections;
	e->bytes_sent = net->bytes_sent;
	e->bytes_received = net->bytes_received;
}

/* What was seen without those connections could look like a fault of the server, or of the way to it. */
static int starved(const struct net *net, struct why_error *error)
{
	struct rlimit limit = { 0 };

	if (net->starved_of != EMFILE || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return why_fail(error, WHY_ESYSTEM, "this machine has nothing left to make a connection with: %s", strerror(net->starved_of));
	return why_fail(error, WHY_ESYSTEM, "no descriptor was left for a connection: %s; expected a limit (ulimit -n) above %llu", strerror(EMFILE),
			(unsigned long long)limit.rlim_cur);
}

int scan_run(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error,
	     const struct scan_progress *progress)
{
	struct scan scan = { 0 };
	struct evidence *evidence;
	int status = evidence_begin(options, arena, out, error);

	/* Set even when we fail: the trust store in it is the caller's to free. */
	evidence = *out;
	if (status != 0)
		return status;
	status = target_parse(arena, options->target, options->servername, &evidence->visit->target, error);
	if (status != 0)
		return status;
	if (options->starttls)
		status = target_starttls(&evidence->visit->target, options->starttls, error);
	if (status != 0)
		return status;
	if (options->threads)
		task_use_threads();
	scan.probing.tls = tls_context_new(options->cert, options->key, error);
	if (!scan.probing.tls)
		return error->code;
	status = net_init(&scan.probing.net, arena, time_for_all(options));
	if (status != 0) {
		tls_context_free(scan.probing.tls);
		return why_fail(error, WHY_ESYSTEM, "cannot start the event loop: %s", strerror(-status));
	}
	prepare(&scan, options, evidence, progress);
	if (!task_spawn(scan_main, &scan))
		status = why_fail(error, WHY_EMEMORY, "cannot start: out of memory");
	net_run(&scan.probing.net);
	finish(&scan);
	if (status == 0 && scan.probing.net.starved_of)
		status = starved(&scan.probing.net, error);
	net_release(&scan.probing.net);
	tls_context_free(scan.probing.tls);
	return status;
}
