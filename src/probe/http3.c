/* See http3.h. RFC 9114 3.1, RFC 9460 7.1, RFC 7838. */
#include "probe/http3.h"

#include <errno.h>
#include <openssl/rand.h>

#include "dns/records.h"
#include "http/alt_svc.h"
#include "net/own_way.h"
#include "probe/path.h"
#include "probe/quic.h"

enum { N_TRIES = 3, TRY_MS = 350, ROOM = 1500 };

/* ---- who says so --------------------------------------------------------------------------------- */

static bool alpn_has_h3(const struct dns_svcb *svcb)
{
	for (size_t i = 0; i < svcb->n_alpn; i++)
		if (strcmp(svcb->alpn[i], "h3") == 0)
			return true;
	return false;
}

/* A record for another host is no word about this one. */
static bool record_offers(const struct visit *visit, struct arena *arena, const struct dns_record *record, uint16_t *port)
{
	struct dns_svcb svcb;

	if (record->type != 65 || !dns_svcb_decode(arena, record->rdata, &svcb) || svcb.priority == 0 || !alpn_has_h3(&svcb))
		return false;
	*port = svcb.has_port ? svcb.port : visit->target.port;
	return strcmp(svcb.target, ".") == 0 || strcasecmp(svcb.target, visit->target.host) == 0;
}

bool http3_is_advertised(const struct visit *visit, struct arena *arena, struct quic_evidence *out)
{
	const struct dns_answer *https = &visit->dns.https;

	if (visit->http.got_head && http_alt_svc_h3(visit->http.alt_svc, &out->port)) {
		out->advertised_by = "Alt-Svc";
		return true;
	}
	for (size_t i = 0; https->outcome == DNS_OK && i < https->n_records; i++)
		if (record_offers(visit, arena, &https->records[i], &out->port)) {
			out->advertised_by = "the HTTPS record";
			return true;
		}
	return false;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

static void note_versions(struct arena *arena, const struct quic_versions *versions, struct quic_evidence *out)
{
	out->outcome = QUIC_ANSWERED;
	out->versions = "";
	for (size_t i = 0; i < versions->n; i++) {
		uint32_t v = versions->versions[i];

		if (quic_version_is_reserved(v))
			continue;
		out->has_current |= v == 1 || v == 0x6b3343cf;
		out->versions = arena_printf(arena, "%s%s0x%08x", out->versions, *out->versions ? ", " : "", v);
	}
}

/* What came is Version Negotiation, something else, an ICMP error, or nothing for a while. What was sent is no answer: a socket
 * on this machine may have been given the very port that it asks. */
static void note_answer(struct run *run, struct conn *conn, const struct quic_ids *ids, const uint8_t *sent, const uint8_t *buffer,
			ssize_t got, struct quic_evidence *out)
{
	struct quic_versions versions;

	if (got > 0 && quic_versions_decode(span_of(buffer, (size_t)got), ids, &versions))
		note_versions(run->probing->arena, &versions, out);
	else if (got > 0 && !span_equal(span_of(buffer, (size_t)got), span_of(sent, QUIC_DATAGRAM_MIN)))
		out->outcome = QUIC_MALFORMED;
	else if (conn_icmp(conn, &out->icmp)) {
		out->outcome = QUIC_REJECTED;
		out->icmp.error = (int)-got;
	}
}

static void ask(struct run *run, struct conn *conn, unsigned n_tries, struct quic_evidence *out)
{
	struct net *net = &run->probing->net;
	uint8_t *random = arena_alloc(run->probing->arena, QUIC_DATAGRAM_MIN);
	uint8_t *sent = arena_alloc(run->probing->arena, QUIC_DATAGRAM_MIN), *buffer = arena_alloc(run->probing->arena, ROOM);
	unsigned wait_ms = TRY_MS + (unsigned)run->endpoint->tcp.connect_ms;
	struct quic_ids ids;

	RAND_bytes(random, QUIC_DATAGRAM_MIN);
	out->outcome = QUIC_SILENT;
	for (unsigned i = 0; i < n_tries && out->outcome == QUIC_SILENT && !net_out_of_time(net); i++) {
		ssize_t got;

		quic_probe_encode(random, sent, &ids);
		got = conn_write(conn, span_of(sent, QUIC_DATAGRAM_MIN), TRY_MS);
		out->is_ours |= got == -EPERM || got == -EACCES;
		if (got == 0)
			got = conn_read(conn, buffer, ROOM, wait_ms);
		note_answer(run, conn, &ids, sent, buffer, got, out);
	}
}

static bool is_from_ourselves(struct run *run, const struct tcp_evidence *icmp)
{
	struct own_way way;

	own_way_read(run->probing->arena, (const struct sockaddr *)&run->endpoint->address, run->probing->net.interface, &way);
	return icmp->icmp_from && way.source && strcmp(icmp->icmp_from, way.source) == 0 && strcmp(way.source, run->endpoint->text) != 0;
}

void http3_ask(struct run *run, unsigned n_tries, struct quic_evidence *out)
{
	struct net *net = &run->probing->net;
	struct sockaddr_storage address;
	socklen_t len = path_address(run->endpoint, out->port, &address);
	double start = net_now_ms(net);
	struct conn *conn = conn_open_udp(net, (const struct sockaddr *)&address, len, 0, &out->icmp);

	out->address = run->endpoint->text;
	if (!conn)
		return;
	ask(run, conn, n_tries, out);
	out->is_ours |= out->outcome == QUIC_REJECTED && is_from_ourselves(run, &out->icmp);
	conn_close(conn);
	out->elapsed_ms = net_now_ms(net) - start;
}

void http3_run(struct run *run)
{
	http3_ask(run, N_TRIES, &run->visit->quic);
}
