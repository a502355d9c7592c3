/* From findings to one root cause: the failed finding that no other failed finding explains, lowest
 * layer first, the target before where it leads. */
#include "rule/diagnosis.h"

#include <stdlib.h>

#include "evidence/host.h"
#include "rule/rules.h"
#include "rule/summary.h"

const char *status_name(enum status status)
{
	static const char *const names[] = { "ok", "warning", "broken", "skipped" };

	return names[status];
}

static bool explains(const struct cause *cause, const char *id)
{
	for (const char *const *e = cause ? cause->explains : NULL; e && *e; e++)
		if (strcmp(*e, id) == 0)
			return true;
	return false;
}

static void link_explanations(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		struct finding *f = findings->items[i];

		for (size_t k = 0; k < findings->n && !f->explained_by; k++) {
			struct finding *other = findings->items[k];

			/* Of what stops nobody only notes: a warning has its own answer. */
			if (other != f && (f->fails || f->severity == SEVERITY_INFO) && other->fails && other->visit == f->visit &&
			    other->explained_by != f && explains(cause_find(other->id), f->id))
				f->explained_by = other;
		}
	}
}

static size_t depth_of(const struct evidence *evidence, const struct visit *visit)
{
	size_t n = 0;

	for (const struct visit *v = evidence->visit; v && v != visit; v = v->next)
		n++;
	return n;
}

/* What the machine itself says lies below all that is seen of it over the network. */
static int rank_of(const struct evidence *evidence, enum layer layer)
{
	return evidence->host && layer == LAYER_HOST ? LAYER_NONE : (int)layer;
}

/* Smaller is nearer to the root. */
static int compare(const struct evidence *evidence, const struct finding *a, const struct finding *b)
{
	bool a_root = a->fails && !a->explained_by, b_root = b->fails && !b->explained_by;
	size_t a_depth = depth_of(evidence, a->visit), b_depth = depth_of(evidence, b->visit);

	if (a_root != b_root)
		return a_root ? -1 : 1;
	if (a->fails != b->fails)
		return a->fails ? -1 : 1;
	if (!a->fails && a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a_depth != b_depth)
		return a_depth < b_depth ? -1 : 1;
	if (a->layer != b->layer)
		return rank_of(evidence, a->layer) < rank_of(evidence, b->layer) ? -1 : 1;
	return a->severity == b->severity ? 0 : a->severity > b->severity ? -1 : 1;
}

/* Insertion keeps the order of the rules among equals; findings are few. */
static void sort(const struct evidence *evidence, struct findings *findings)
{
	for (size_t i = 1; i < findings->n; i++) {
		struct finding *f = findings->items[i];
		size_t k = i;

		for (; k > 0 && compare(evidence, f, findings->items[k - 1]) < 0; k--)
			findings->items[k] = findings->items[k - 1];
		findings->items[k] = f;
	}
}

/* What holds for mail to a domain rests on what was found at each of its servers: last. */
static void run_rules(struct diagnosis *d)
{
	const struct visit *v;

	for (v = d->evidence->visit; v; v = v->next)
		for (const struct rule *const *r = rules; *r; r++)
			(*r)->check(d->evidence, v, &d->findings);
	for (size_t i = 1; (v = evidence_mail_visit(d->evidence, i)); i++)
		for (const struct rule *const *r = rules; *r; r++)
			(*r)->check(d->evidence, v, &d->findings);
	rule_mail.check(d->evidence, d->evidence->visit, &d->findings);
}

/* ---- clients ------------------------------------------------------------------------------------- */

/* From the machine itself one sees what a client meets only where nothing keeps him out. */
static bool is_seen_by_clients(const struct diagnosis *d)
{
	if (!d->evidence->host || d->evidence->host->is_joined)
		return true;
	for (size_t i = 0; i < d->findings.n; i++)
		if (d->findings.items[i]->fails && d->findings.items[i]->layer == LAYER_HOST)
			return false;
	return d->evidence->visit->n_endpoints > 0;
}

/* Of what is not the web, only programs that can speak it have a say. */
static bool has_a_say(const struct client *client, const struct visit *visit)
{
	return target_is_web(&visit->target) || client_speaks(client, &visit->target);
}

static void predict_clients(struct diagnosis *d)
{
	size_t n = 0;

	if (!is_seen_by_clients(d))
		return;

	while (clients[n])
		n++;
	d->clients = arena_array(d->findings.arena, struct client_row, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct client_row *row = &d->clients[d->n_clients];

		if (d->evidence->from_file && !d->evidence->visit->chain)
			break;
		if (!d->evidence->from_file && !has_a_say(clients[i], d->evidence->visit))
			continue;
		row->client = clients[i];
		client_predict(clients[i], d->evidence, d->evidence->visit, &row->result);
		d->n_clients++;
	}
}

/* Safari's model rests on documentation alone: it colours no verdict. */
static bool is_measured_mainstream(const struct client *client)
{
	return client->is_mainstream && strcmp(client->id, "safari") != 0;
}

static const struct client_row *failing_mainstream(const struct diagnosis *d)
{
	for (size_t i = 0; i < d->n_clients; i++)
		if (is_measured_mainstream(d->clients[i].client) && d->clients[i].result.outcome == CLIENT_ERROR &&
		    !d->clients[i].result.unknown)
			return &d->clients[i];
	return NULL;
}

/* What a mainstream client stops at is a failure, whatever a rule thought of it: the finding of that
 * layer that weighs most is raised. */
static void heed_clients(struct diagnosis *d)
{
	const struct client_row *row = failing_mainstream(d);
	struct finding *best = NULL;

	for (size_t i = 0; i < d->findings.n; i++)
		if (d->findings.items[i]->fails)
			return;
	for (size_t i = 0; row && i < d->findings.n; i++) {
		struct finding *f = d->findings.items[i];

		if (f->layer == row->result.layer && f->severity > SEVERITY_INFO && (!best || f->severity > best->severity))
			best = f;
	}
	/* A certificate that a client refuses is never well, even where no rule knows why. */
	if (!best && row && row->result.layer == LAYER_CERTIFICATE && !d->evidence->from_file) {
		best = finding_add(&d->findings, d->evidence->visit, "certificate.policy",
				   arena_printf(d->evidence->arena, "%s does not accept the certificate", row->client->title));
		best->confidence = "likely";
	}
	if (!best)
		return;
	best->fails = true;
	finding_evidence(&d->findings, best, "%s stops here: %s", row->client->title,
			 row->result.error ? row->result.error : "its own error page");
}

/* ---- verdict ---------------------------------------------------------------------------------------- */

static bool is_warning(const struct finding *f)
{
	return f->severity > SEVERITY_INFO;
}

/* A wait that we ended soon ourselves shows little. */
static void doubt_haste(struct diagnosis *d, struct finding *f)
{
	static const char *const waits[] = {
		"dns.timeout", "tcp.timeout", "tls.silent", "tls.stalled", "tls.starttls-silent", "tls.starttls-stalled", "http.timeout",
	};
	const struct endpoint *ep = f && f->visit ? f->visit->best : NULL;
	bool is_wait = ep && ep->main && (ep->main->fault == TLS_FAULT_SILENT || ep->main->fault == TLS_FAULT_STALLED);

	if (!f || !d->evidence->is_hasty)
		return;
	/* What passes and what does not is told apart by asking much. */
	is_wait |= f->layer == LAYER_TLS && d->evidence->out_of_time;
	for (size_t i = 0; i < COUNT_OF(waits); i++)
		is_wait |= strcmp(f->id, waits[i]) == 0;
	if (!is_wait)
		return;
	f->confidence = "possible";
	finding_evidence(&d->findings, f, "--max-time leaves less than a second for an answer: with more time it may be told otherwise");
}

static void verdict(struct diagnosis *d)
{
	struct finding *first = d->findings.n > 0 ? d->findings.items[0] : NULL;

	if (first && !first->fails && !is_warning(first))
		first = NULL;
	doubt_haste(d, first);
	d->root = first;
	d->status = !first ? STATUS_OK : first->fails ? STATUS_BROKEN : STATUS_WARNING;
	d->confidence = first ? first->confidence : "certain";
	d->fix = first ? first->fix : NULL;
	d->summary = summary_of(d);
}

struct diagnosis *diagnose(struct evidence *evidence)
{
	struct diagnosis *d = arena_new_of(evidence->arena, struct diagnosis);

	d->evidence = evidence;
	d->findings.arena = evidence->arena;
	run_rules(d);
	link_explanations(&d->findings);
	predict_clients(d);
	heed_clients(d);
	sort(evidence, &d->findings);
	verdict(d);
	layers_of(d);
	return d;
}
