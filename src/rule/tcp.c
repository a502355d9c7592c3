/* Why no connection comes about: refused, silent, reset, forbidden by a box on the way; which
 * addresses and families are dead while others live. RFC 9293 3.5; RFC 792, 4443; RFC 8305. */
#include "rule/rule.h"

static const struct {
	enum tcp_outcome outcome;
	const char *id, *words;
} outcomes[] = {
	{ TCP_ADMIN_PROHIBITED, "tcp.admin-prohibited", "a firewall answers that it is forbidden" },
	{ TCP_REFUSED, "tcp.refused", "refused: nothing listens on the port" },
	{ TCP_PORT_UNREACHABLE, "tcp.refused", "refused by an ICMP port-unreachable" },
	{ TCP_RESET, "tcp.reset", "reset" },
	{ TCP_TIMEOUT, "tcp.timeout", "no answer" },
	{ TCP_HOST_UNREACHABLE, "tcp.host-unreachable", "host unreachable" },
	{ TCP_NETWORK_UNREACHABLE, "tcp.network-unreachable", "network unreachable" },
	{ TCP_LOCAL_ERROR, "tcp.network-unreachable", "this machine itself cannot send there" },
};

static size_t outcome_row(enum tcp_outcome outcome)
{
	size_t i = 0;

	while (i + 1 < COUNT_OF(outcomes) && outcomes[i].outcome != outcome)
		i++;
	return i;
}

static void endpoint_line(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	const struct tcp_evidence *t = &ep->tcp;

	if (t->outcome == TCP_CONNECTED)
		finding_evidence(findings, f, "%s port %u: connected in %.0f ms", ep->text, visit->target.port, t->connect_ms);
	else
		finding_evidence(findings, f, "%s port %u: %s after %.0f ms (%s)", ep->text, visit->target.port,
				 outcomes[outcome_row(t->outcome)].words, t->connect_ms, strerror(t->error));
	if (t->has_icmp)
		finding_evidence(findings, f, "ICMP type %u code %u from %s", t->icmp_type, t->icmp_code,
				 t->icmp_from ? t->icmp_from : "an unknown box");
}

static bool is_alive(const struct endpoint *ep)
{
	return ep->tcp.outcome == TCP_CONNECTED;
}

static size_t count_alive(const struct visit *visit, int family)
{
	size_t n = 0;

	for (size_t i = 0; i < visit->n_endpoints; i++)
		n += is_alive(visit->endpoints[i]) && (family == AF_UNSPEC || visit->endpoints[i]->family == family);
	return n;
}

static size_t count_of(const struct visit *visit, int family)
{
	size_t n = 0;

	for (size_t i = 0; i < visit->n_endpoints; i++)
		n += visit->endpoints[i]->family == family && visit->endpoints[i]->tcp.outcome != TCP_NOT_TRIED;
	return n;
}

static void curl_line(struct findings *findings, struct finding *f, const struct visit *visit)
{
	f->shows = arena_printf(findings->arena, "curl -v --connect-timeout 10 %s://%s:%u/", visit->target.scheme,
				visit->target.host, visit->target.port);
}

/* No address answers: the outcome that tells most stands first in the table. */
static void all_dead(const struct visit *visit, struct findings *findings)
{
	size_t best = COUNT_OF(outcomes) - 1;
	struct finding *f;

	for (size_t i = 0; i < visit->n_endpoints; i++) {
		size_t row = outcome_row(visit->endpoints[i]->tcp.outcome);

		best = row < best ? row : best;
	}
	f = finding_add(findings, visit, outcomes[best].id, NULL);
	for (size_t i = 0; i < visit->n_endpoints; i++)
		endpoint_line(findings, f, visit, visit->endpoints[i]);
	curl_line(findings, f, visit);
}

static bool family_dead(const struct visit *visit, int family)
{
	return count_of(visit, family) > 0 && count_alive(visit, family) == 0;
}

static void some_dead(const struct visit *visit, struct findings *findings)
{
	int dead = family_dead(visit, AF_INET6) ? AF_INET6 : family_dead(visit, AF_INET) ? AF_INET : AF_UNSPEC;
	struct finding *f;

	if (dead == AF_UNSPEC)
		f = finding_add(findings, visit, "tcp.some-addresses-dead", NULL);
	else
		f = finding_add(findings, visit, "tcp.one-family-broken", dead == AF_INET6 ?
				"The IPv6 address does not answer, the IPv4 address does" :
				"The IPv4 address does not answer, the IPv6 address does");
	f->fails = false;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		endpoint_line(findings, f, visit, visit->endpoints[i]);
	curl_line(findings, f, visit);
}

/* A connection that ends before we said anything. */
static void ended_early(const struct visit *visit, struct findings *findings)
{
	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const struct endpoint *ep = visit->endpoints[i];
		bool failed = ep->main && !ep->main->done;
		struct finding *f;

		if (!failed || !(ep->closed_before_hello || ep->reset_before_hello))
			continue;
		f = finding_add(findings, visit, ep->reset_before_hello ? "tcp.reset" : "tcp.closed",
				ep->reset_before_hello ? "The server resets the connection as soon as it is made" : NULL);
		finding_evidence(findings, f, "%s port %u: connected, then %s before a byte was sent", ep->text,
				 visit->target.port, ep->reset_before_hello ? "reset" : "closed");
		curl_line(findings, f, visit);
		return;
	}
}

static void tcp_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	size_t alive = count_alive(visit, AF_UNSPEC);

	if (visit->n_endpoints == 0 || evidence->from_file)
		return;
	if (alive == 0)
		all_dead(visit, findings);
	else if (alive < visit->n_endpoints)
		some_dead(visit, findings);
	ended_early(visit, findings);
}

const struct rule rule_tcp = { "tcp", LAYER_TCP, tcp_check };
