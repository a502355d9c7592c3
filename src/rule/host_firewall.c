/* What becomes of a connection on this machine before and behind the server: its firewall, its routes, its
 * kernel's settings. RFC 9293 3.8, RFC 1812 5.2, RFC 3704. */
#include "evidence/host.h"

#include "rule/rule.h"

static const char *place_of(struct arena *arena, const struct firewall_verdict *v)
{
	if (!v->table)
		return NULL;
	return arena_printf(arena, "table %s %s, chain %s%s%s", v->family, v->table, v->chain ? v->chain : "?",
			    v->is_policy ? ", its policy" : "",
			    v->handle ? arena_printf(arena, strcmp(v->tool, "iptables-legacy") == 0 ? ", rule %ld" : ", handle %ld", v->handle) : "");
}

static const char *way_of(const struct firewall_verdict *v, bool later)
{
	if (later)
		return "the connection opens; what the client sends next";
	if (strcmp(v->direction, "reply") == 0)
		return "the answer (SYN-ACK) on its way back";
	return strcmp(v->direction, "out") == 0 ? "this machine's own SYN" : "the SYN that comes in";
}

/* The most telling title for each cause. */
static const char *title_of(struct arena *arena, const struct host_evidence *host, const struct firewall_verdict *v, bool later)
{
	const char *what = later ? "all but the first packet of connections to" : strcmp(v->direction, "reply") == 0 ? "answers from" : strcmp(v->direction, "out") == 0 ?
		"this machine's requests to" : "connections to";

	if (!v->cause || strncmp(v->cause, "host.firewall", 13) != 0)
		return NULL;
	if (v->is_policy)
		return arena_printf(arena, "The policy of chain %s (%s %s) %s %s port %u", v->chain, v->family, v->table,
				    v->end == FIREWALL_DROP ? "drops" : "rejects", what, host->port);
	return arena_printf(arena, "A firewall rule (%s %s, chain %s) %s %s port %u", v->family, v->table, v->chain,
			    v->end == FIREWALL_DROP ? "drops" : "rejects", what, host->port);
}

static void blocked(const struct host_evidence *host, const struct firewall_verdict *v, bool later, const struct visit *visit,
		    struct findings *findings)
{
	struct arena *arena = findings->arena;
	struct finding *f = finding_add(findings, visit, v->cause, title_of(arena, host, v, later));
	const char *place = place_of(arena, v);

	finding_evidence(findings, f, "%s, %s to %s port %u%s%s: %s", way_of(v, later), v->from ? v->from : "?", v->to ? v->to : "?",
			 host->port, v->in_device ? ", in by " : "", v->in_device ? v->in_device : "", v->end == FIREWALL_REJECT ? "rejected" : "dropped");
	if (place)
		finding_evidence(findings, f, "%s (%s%s%s)", place, v->tool, v->hook ? ", hook " : "", v->hook ? v->hook : "");
	if (v->rule)
		finding_evidence(findings, f, "%s", v->rule);
	if (v->reject)
		finding_evidence(findings, f, "answered with %s", v->reject);
	if (v->to_address)
		finding_evidence(findings, f, "translated to %s port %u before that", v->to_address, v->to_port);
	if (v->because)
		finding_evidence(findings, f, "%s", v->because);
	if (v->fix)
		f->fix = arena_printf(arena, "The server's administrator runs: %s", v->fix);
	if (v->table)
		f->where = (struct finding_where){ .table = v->table, .chain = v->chain, .handle = v->handle };
}

static void undecided(const struct host_evidence *host, const struct firewall_verdict *v, const struct visit *visit,
		      struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "host.firewall-undecided", NULL);

	finding_evidence(findings, f, "%s, %s to %s port %u", way_of(v, false), v->from ? v->from : "?", v->to ? v->to : "?", host->port);
	if (v->because)
		finding_evidence(findings, f, "%s", v->because);
	if (v->rule)
		finding_evidence(findings, f, "%s", v->rule);
	if (v->table)
		f->where = (struct finding_where){ .table = v->table, .chain = v->chain, .handle = v->handle };
}

/* Other addresses that fare differently are told beside the worst. */
static void others(const struct host_evidence *host, struct findings *findings, struct finding *f)
{
	static const char *const ends[] = { "not decided", "accepted", "dropped", "rejected" };

	for (size_t i = 0; f && i < host->n_firewall && i < 8; i++) {
		const struct firewall_verdict *v = &host->firewall[i];

		if (v != host->worst && v->end != host->worst->end)
			finding_evidence(findings, f, "to %s from %s: %s", v->to, v->from, ends[v->end]);
	}
}

static void host_firewall_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct host_evidence *host = evidence->host;
	const struct firewall_verdict *v = host ? host->worst : NULL;

	if (!v || !host_is_about(host, visit->target.port) || visit != evidence->visit || (v->end == FIREWALL_ACCEPT && !v->later))
		return;
	if (v->end == FIREWALL_UNKNOWN)
		undecided(host, v, visit, findings);
	else
		blocked(host, v->later ? v->later : v, v->later, visit, findings);
	others(host, findings, findings->items[findings->n - 1]);
}

const struct rule rule_host_firewall = { "host_firewall", LAYER_HOST, host_firewall_check };
