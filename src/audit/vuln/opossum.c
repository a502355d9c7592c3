/* Opossum: a port that speaks plain HTTP and takes "Upgrade: TLS" (RFC 2817) beside the port with TLS
 * from the start. One request in clear; TLS is never begun there. */
#include "audit/vuln/vuln.h"

#include <netinet/in.h>

#include "audit/vuln/http_status.h"

enum { HTTP_PORT = 80, HEAD_MAX = 4096, CONNECT_MS = 3000, ANSWER_MS = 3000 };

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
}

static size_t read_head(struct conn *conn, char *head, size_t cap)
{
	size_t n = 0;

	while (n < cap && span_find(span_of(head, n), span_str("\r\n\r\n")) < 0) {
		ssize_t got = conn_read(conn, head + n, cap - n, ANSWER_MS);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return n;
}

static int ask_upgrade(struct asking *asking, struct conn *conn)
{
	const char *host = asking_run(asking)->visit->target.host;
	const char *request = arena_printf(arena_of(asking),
					   "OPTIONS * HTTP/1.1\r\nHost: %s\r\nUpgrade: TLS/1.2, TLS/1.0\r\n"
					   "Connection: Upgrade\r\n\r\n",
					   host);
	char *head = arena_alloc(arena_of(asking), HEAD_MAX);

	if (conn_write(conn, span_str(request), ANSWER_MS) < 0)
		return 0;
	return http_status_of(span_of(head, read_head(conn, head, HEAD_MAX)));
}

static void ask_port(struct asking *asking, struct audit_vulnerability *out)
{
	struct probing *p = asking_run(asking)->probing;
	struct sockaddr_storage address = asking_run(asking)->endpoint->address;
	struct tcp_evidence seen = {0};
	struct conn *conn;
	int status;

	set_port(&address, HTTP_PORT);
	asking_audit(asking)->n_connections++;
	conn = conn_open(&p->net, (const struct sockaddr *)&address, asking_run(asking)->endpoint->address_len,
			 CONNECT_MS, &seen);
	if (!conn) {
		is_not_applicable(asking, out, "nothing answers on port 80");
		return;
	}
	status = ask_upgrade(asking, conn);
	conn_close(conn);
	if (status)
		note_exchange(asking, out, "sent OPTIONS * with Upgrade: TLS/1.2 to port 80, received status %d",
			      status);
	if (status == 101)
		is_vulnerable(asking, out, "port 80 takes an upgrade to TLS, so that answers can be shifted");
	else if (status)
		is_not_vulnerable(asking, out, "port 80 does not take an upgrade to TLS (status %d)", status);
	else
		is_unknown(asking, out, "port 80 gave no HTTP answer");
}

void vulnerability_opossum(struct asking *asking, struct audit_vulnerability *out)
{
	const struct plain_http *plain = &asking_run(asking)->visit->port80;

	if (asking_run(asking)->visit->target.starttls)
		is_unknown(asking, out,
			   "whether the service has a port with TLS from the start and the same certificate was not "
			   "looked at");
	else if (plain->asked && (plain->tcp == TCP_REFUSED || plain->tcp == TCP_TIMEOUT))
		is_not_applicable(asking, out, "nothing answers on port 80");
	else if (asking_stopped(asking))
		is_unknown(asking, out, "%s", asking_stopped(asking));
	else
		ask_port(asking, out);
}
