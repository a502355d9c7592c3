/* See mail.h. */
#include "scan/mail.h"

#include "base/rd.h"
#include "dns/ask.h"
#include "dns/dnssec.h"
#include "dns/records.h"
#include "http/exchange.h"
#include "scan/target.h"
#include "starttls/mta_sts.h"

enum { EXCHANGERS_MAX = 6, MAIL_PORT = 25 };

bool mail_is_domain(const struct scan *scan, const struct visit *visit)
{
	const struct target *t = &visit->target;
	const struct why_options *o = scan->options;

	return strcmp(t->scheme, "smtp") == 0 && !t->has_port && !t->is_ip && !t->invalid && o->n_resolve == 0 && o->n_connect_to == 0;
}

/* ---- questions side by side ---------------------------------------------------------------------------- */

struct asking_mail {
	struct scan *scan;
	struct task *task;
	size_t n_pending;
	bool is_waiting;
	struct dns_servers servers;
};

struct mail_question {
	struct asking_mail *asking;
	struct dns_answer *answer;
};

static void answered(struct asking_mail *a)
{
	if (--a->n_pending == 0 && a->is_waiting)
		task_resume(a->task);
}

static void on_reply(void *ctx, const struct dns_reply *reply)
{
	struct mail_question *q = ctx;

	dns_answer_of(q->asking->scan->probing.arena, reply, q->answer);
	answered(q->asking);
}

static void ask(struct asking_mail *a, const char *name, uint16_t type, struct dns_answer *answer)
{
	struct probing *p = &a->scan->probing;
	struct mail_question *q = arena_new_of(p->arena, struct mail_question);
	const struct dns_query query = { .name = name, .type = type };
	const struct dns_ask_options options = { .first_try_ms = 1000, .tries = 3 };

	*q = (struct mail_question){ a, answer };
	if (dns_ask_start(&p->net.loop, p->arena, &a->servers, &query, &options, on_reply, q))
		a->n_pending++;
}

static void wait_answers(struct asking_mail *a)
{
	if (a->n_pending == 0)
		return;
	a->is_waiting = true;
	task_suspend();
	a->is_waiting = false;
}

struct securing {
	struct asking_mail *asking;
	struct dns_answer *answer;
};

static void on_secured(void *ctx, const struct dns_dnssec_result *result)
{
	struct securing *s = ctx;

	if (result->has_answer)
		s->answer->secure = result->is_secure ? TRI_YES : TRI_NO;
	answered(s->asking);
}

/* TLSA records count where the MX record that leads to them is secured too: RFC 7672 2.2.1. */
static void secure_mx(struct asking_mail *a, struct mail_evidence *mail)
{
	struct probing *p = &a->scan->probing;
	struct securing s = { a, &mail->mx };
	const char *root_key = a->scan->dns.root_key ? a->scan->dns.root_key : "/usr/share/dns/root.key";

	if (net_out_of_time(&p->net) || !dns_dnssec_start(&p->net.loop, p->arena, &a->servers, root_key, mail->domain, DNS_TYPE_MX, on_secured, &s))
		return;
	a->n_pending++;
	wait_answers(a);
}

/* ---- the MX records --------------------------------------------------------------------------------------- */

static void add_exchanger(struct arena *arena, struct mail_evidence *mail, struct span rdata)
{
	struct rd rd = rd_of(rdata);
	unsigned preference = rd_u16(&rd);
	const char *name;
	size_t at;

	if (!rd_ok(&rd) || !dns_name_decode(arena, rd_rest(&rd), &name))
		return;
	if (*name == '\0' || strcmp(name, ".") == 0) {
		mail->is_null_mx = true;
		return;
	}
	if (mail->n_exchangers == EXCHANGERS_MAX && mail->exchangers[EXCHANGERS_MAX - 1].preference <= preference) {
		mail->n_left_out++;
		return;
	}
	at = mail->n_exchangers;
	if (at == EXCHANGERS_MAX) {
		mail->n_left_out++;
		at--;
	} else {
		mail->n_exchangers++;
	}
	for (; at > 0 && mail->exchangers[at - 1].preference > preference; at--)
		mail->exchangers[at] = mail->exchangers[at - 1];
	mail->exchangers[at] = (struct mail_exchanger){ preference, name, NULL };
}

static void read_exchangers(struct arena *arena, struct mail_evidence *mail)
{
	mail->exchangers = arena_array(arena, struct mail_exchanger, EXCHANGERS_MAX);
	for (size_t i = 0; i < mail->mx.n_records; i++)
		if (mail->mx.records[i].type == DNS_TYPE_MX)
			add_exchanger(arena, mail, mail->mx.records[i].rdata);
	/* Beside a host a null MX says nothing: RFC 7505 3. */
	if (mail->n_exchangers > 0)
		mail->is_null_mx = false;
}

static bool is_host_text(const char *name)
{
	for (; *name; name++)
		if (*name <= ' ' || strchr("/\\?#@:[]%", *name) || (unsigned char)*name >= 0x7f)
			return false;
	return true;
}

/* The visit's target becomes the mail server. */
static void aim(struct scan *scan, struct visit *visit, const char *name, const char *input)
{
	struct arena *arena = scan->probing.arena;
	const char *url = arena_printf(arena, "smtp://%s:%u", name, MAIL_PORT);

	if (!is_host_text(name) || target_parse(arena, url, scan->options->servername, &visit->target, NULL) != 0) {
		visit->target.scheme = visit->target.starttls = "smtp";
		visit->target.host = visit->target.host_shown = name;
		visit->target.port = MAIL_PORT;
		visit->target.path = "/";
		visit->target.invalid = "the MX record names what cannot be a host";
	}
	visit->target.input = input;
}

/* ---- the policy ---------------------------------------------------------------------------------------------- */

static bool is_text_plain(const struct http_evidence *http)
{
	for (size_t i = 0; i < http->n_headers; i++)
		if (strcmp(http->headers[i].name, "content-type") == 0)
			return strncasecmp(http->headers[i].value, "text/plain", 10) == 0;
	return false;
}

static void read_policy(struct scan *scan, struct mail_evidence *mail)
{
	const struct visit *visit = mail->policy_visit;
	const struct http_evidence *http = visit->http.got_head ? &visit->http : &visit->http_fallback;
	struct mta_sts_policy *policy = &mail->policy;

	if (!http->got_head)
		policy->fault = "no answer came";
	else if (http->status != 200)
		policy->fault = arena_printf(scan->probing.arena, "the answer is %d, and only 200 counts", http->status);
	else if (!is_text_plain(http))
		policy->fault = "it is not text/plain";
	else
		mta_sts_policy_read(scan->probing.arena, http->body, policy);
}

/* ---- side by side ------------------------------------------------------------------------------------------------ */

struct mail_task {
	struct scan *scan;
	struct visit *visit;
	enum visit_depth depth;
	struct task_group *group;
};

static void visit_main(void *ctx)
{
	struct mail_task *t = ctx;

	visit_run(t->scan, t->visit, t->depth);
	task_group_leave(t->group);
}

static void spawn(struct scan *scan, struct visit *visit, enum visit_depth depth, struct task_group *group)
{
	struct mail_task *t = arena_new_of(scan->probing.arena, struct mail_task);

	*t = (struct mail_task){ scan, visit, depth, group };
	task_group_add(group);
	if (!task_spawn(visit_main, t))
		task_group_leave(group);
}

static void start_policy(struct scan *scan, struct mail_evidence *mail, struct task_group *group)
{
	struct arena *arena = scan->probing.arena;
	const char *url = arena_printf(arena, "https://mta-sts.%s/.well-known/mta-sts.txt", mail->domain);
	struct visit *visit = arena_new_of(arena, struct visit);

	if (!mail->sts_id || !scan->probing.external || target_parse(arena, url, NULL, &visit->target, NULL) != 0)
		return;
	mail->policy_visit = visit;
	spawn(scan, visit, VISIT_RESOURCE, group);
}

static void start_others(struct scan *scan, struct mail_evidence *mail, struct task_group *group)
{
	for (size_t i = 1; i < mail->n_exchangers; i++) {
		struct visit *visit = mail->exchangers[i].visit = arena_new_of(scan->probing.arena, struct visit);

		aim(scan, visit, mail->exchangers[i].name, mail->exchangers[i].name);
		spawn(scan, visit, VISIT_HOP, group);
	}
}

static bool has_tlsa(const struct evidence *evidence)
{
	const struct visit *v;

	for (size_t i = 0; (v = evidence_mail_visit(evidence, i)); i++)
		if (v->dns.tlsa.outcome == DNS_OK && v->dns.tlsa.n_records > 0)
			return true;
	return false;
}

static void ask_domain(struct scan *scan, struct asking_mail *a, struct mail_evidence *mail)
{
	struct arena *arena = scan->probing.arena;

	ask(a, mail->domain, DNS_TYPE_MX, &mail->mx);
	ask(a, arena_printf(arena, "_mta-sts.%s", mail->domain), DNS_TYPE_TXT, &mail->sts);
	ask(a, arena_printf(arena, "_smtp._tls.%s", mail->domain), DNS_TYPE_TXT, &mail->tls_rpt);
	wait_answers(a);
	read_exchangers(arena, mail);
	mta_sts_record(arena, &mail->sts, &mail->sts_id, &mail->sts_fault);
	mail->tls_rpt_to = tls_rpt_record(arena, &mail->tls_rpt);
}

void mail_run(struct scan *scan, struct visit *visit)
{
	struct probing *p = &scan->probing;
	struct mail_evidence *mail = arena_new_of(p->arena, struct mail_evidence);
	struct asking_mail asking = { .scan = scan, .task = task_current() };
	struct task_group group = { 0 };

	visit->mail = mail;
	mail->domain = visit->target.host;
	dns_servers_read(p->arena, scan->dns.resolv_conf ? scan->dns.resolv_conf : "/etc/resolv.conf", scan->dns.resolver_port,
			 &asking.servers);
	if (p->progress)
		p->progress(p->progress_ctx, "looking up the domain's mail servers");
	ask_domain(scan, &asking, mail);
	if (mail->is_null_mx) {
		visit->dns.skipped = true;
		visit->dns.skipped_because = "the domain takes no mail (null MX)";
		return;
	}
	start_policy(scan, mail, &group);
	if (mail->n_exchangers > 0)
		aim(scan, visit, mail->exchangers[0].name, visit->target.input);
	start_others(scan, mail, &group);
	visit_run(scan, visit, VISIT_TARGET);
	task_group_wait(&group);
	if (mail->policy_visit)
		read_policy(scan, mail);
	if (has_tlsa(p->evidence) && mail->n_exchangers > 0)
		secure_mx(&asking, mail);
}
