/* A handshake, and then not a word: what comes by itself? A server that ends the connection before it was asked anything
 * (it did not like the certificate that was not sent, or the client's address) looks like one that dislikes the request,
 * and clients that wait, write or ask show different errors for it. */
#include <errno.h>

#include "probe/probe.h"

enum { WAIT_MIN_MS = 150, WAIT_MAX_MS = 1500 };

static bool wants_quiet(const struct run *run)
{
	const struct http_evidence *http = &run->visit->http;

	return run->endpoint && run->endpoint == run->visit->best && run->endpoint->main && run->endpoint->main->done &&
	       http->asked && http->first_bytes.n == 0 &&
	       (http->fault == HTTP_FAULT_NO_RESPONSE || http->fault == HTTP_FAULT_RESET || http->fault == HTTP_FAULT_TLS_ALERT);
}

/* A server's end arrives half a round trip after the last flight did: two round trips are ample. */
static unsigned wait_of(const struct attempt *at)
{
	double ms = WAIT_MIN_MS + 2 * at->tcp.connect_ms;

	return ms > WAIT_MAX_MS ? WAIT_MAX_MS : (unsigned)ms;
}

static void quiet_run(struct run *run)
{
	struct tls_config config = config_main;
	struct tls_session *session = NULL;
	struct conn *conn = NULL;
	struct attempt *at;
	uint8_t byte[256];
	ssize_t got;

	config.name = "quiet";
	at = attempt_full(run, "quiet", 0, &config, run->visit->target.servername, &session, &conn);
	if (!session)
		return;
	got = tls_read(session, byte, sizeof byte, wait_of(at));
	if (got == 0 || got == -EPIPE)
		at->late_fault = TLS_FAULT_CLOSED;
	else if (got == -ECONNRESET)
		at->late_fault = TLS_FAULT_RESET;
	tls_shutdown(session);
	tls_session_free(session);
	conn_close(conn);
}

const struct probe probe_quiet = {
	.name = "quiet", .layer = LAYER_TLS, .stage = STAGE_ISOLATE, .connections = 1,
	.does = "shakes hands and asks nothing: does the server end the connection by itself",
	.wanted = wants_quiet, .run = quiet_run,
};
