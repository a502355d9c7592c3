/* HTTP/3 that is advertised and has no way. RFC 9114 3.1.1, RFC 9000 6. */
#include "rule/path_view.h"

static const char *what_came(struct arena *arena, const struct quic_evidence *q, const char *address)
{
	int family = address && strchr(address, ':') ? AF_INET6 : AF_INET;

	switch (q->outcome) {
	case QUIC_SILENT: return q->is_ours ? "not sent: the operation is not permitted" : "silence: UDP is dropped on the way, there or back";
	case QUIC_REJECTED:
		return arena_printf(arena, "%s, from %s", icmp_text(arena, family, q->icmp.icmp_type, q->icmp.icmp_code),
				    q->icmp.icmp_from ? q->icmp.icmp_from : "an unknown box");
	case QUIC_MALFORMED: return "an answer that is no QUIC";
	default: return q->versions;
	}
}

static const char *title_of(struct arena *arena, const struct quic_evidence *q)
{
	bool is_host = q->icmp.icmp_from && q->address && strcmp(q->icmp.icmp_from, q->address) == 0;

	if (q->is_ours)
		return arena_printf(arena, "HTTP/3 is advertised, but this machine's own firewall lets no UDP to port %u out", q->port);
	switch (q->outcome) {
	case QUIC_SILENT: return arena_printf(arena, "HTTP/3 is advertised, but UDP port %u is filtered", q->port);
	case QUIC_REJECTED:
		return is_host ? arena_printf(arena, "HTTP/3 is advertised, but nothing listens on UDP port %u", q->port) :
		       arena_printf(arena, "HTTP/3 is advertised, but a device on the way rejects UDP port %u", q->port);
	case QUIC_MALFORMED: return arena_printf(arena, "HTTP/3 is advertised, but UDP port %u speaks something else", q->port);
	default: return "HTTP/3 is advertised, but only QUIC versions that no browser speaks are offered";
	}
}

static void http3_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct quic_evidence *q = &visit->quic;
	struct finding *f;

	(void)evidence;
	if (q->outcome == QUIC_NOT_ASKED || (q->outcome == QUIC_ANSWERED && q->has_current))
		return;
	f = finding_add(findings, visit, "http.http3-unreachable", title_of(findings->arena, q));
	finding_evidence(findings, f, "%s advertises h3 on port %u", q->advertised_by ? q->advertised_by : "the server", q->port);
	finding_evidence(findings, f, "a QUIC packet to %s UDP port %u -> %s", q->address ? q->address : "it", q->port,
			 what_came(findings->arena, q, q->address));
	if (q->is_ours)
		f->fix = arena_printf(findings->arena, "The administrator of this machine allows UDP to port %u out; the server has no part in it.", q->port);
	f->shows = arena_printf(findings->arena, "curl -sI --http3-only https://%s/", authority_text(findings->arena, visit->target.host, q->port));
}

const struct rule rule_http3 = { "http3", LAYER_HTTP, http3_check };
