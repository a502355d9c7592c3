/* See first_record.h. Measured; what cannot be measured is read off each library's source. */
#include "client/first_record.h"

#include "client/shows.h"
#include "tls/codes.h"

enum { KEPT = 512, TYPE_MAX = 24 };       /* heartbeat, RFC 6520 */

bool first_record_read(const struct attempt *at, struct first_record *out)
{
	const uint8_t *p = at->first_bytes.p;
	size_t n = at->first_bytes.n;

	if (n == 0 || at->has_server_hello || at->alert_level || at->fault == TLS_FAULT_ALERT || at->fault == TLS_FAULT_RESET ||
	    at->fault == TLS_FAULT_SILENT || at->fault == TLS_FAULT_STALLED)
		return false;
	*out = (struct first_record){ .bytes = at->first_bytes, .has_head = n >= RECORD_HEAD, .message = -1 };
	if (!out->has_head)
		return true;
	out->type = p[0];
	out->version = (unsigned)(p[1] << 8 | p[2]);
	out->length = (unsigned)(p[3] << 8 | p[4]);
	out->is_whole = n >= RECORD_HEAD + out->length || n >= KEPT;
	if (out->type == RECORD_HANDSHAKE && n > RECORD_HEAD && out->length > 0)
		out->message = p[RECORD_HEAD];
	return true;
}

static bool shows(const struct show_case *c, const struct shown *row, const char *more, struct client_result *out)
{
	show_set(c, row, more, out);
	out->layer = LAYER_TLS;
	return true;
}

static const char *length_text(const struct show_case *c, const struct first_record *r)
{
	return arena_printf(c->arena, "%u", r->length);
}

/* ---- BoringSSL ------------------------------------------------------------------------------------------ */

bool record_chrome(const struct show_case *c, const struct first_record *r, struct client_result *out)
{
	static const struct shown closed = { "ERR_CONNECTION_CLOSED", -100, NULL, NULL }, protocol = { "ERR_SSL_PROTOCOL_ERROR", -107, NULL, NULL };

	if (!r->has_head)
		return shows(c, &closed, NULL, out);
	if (r->length > RECORD_PLAIN_MAX || r->type == RECORD_CCS || r->message == HS_HELLO_REQUEST)
		return shows(c, &protocol, NULL, out);
	return false;
}

/* ---- NSS: the whole record is gathered before its type is looked at --------------------------------------- */

#define NSS(code, number) { code, number, NULL, "about:neterror?e=nssFailure2" }

bool record_firefox(const struct show_case *c, const struct first_record *r, struct client_result *out)
{
	static const struct shown end = NSS("PR_END_OF_FILE_ERROR", -5938), too_long = NSS("SSL_ERROR_RX_RECORD_TOO_LONG", -12263),
		type = NSS("SSL_ERROR_RX_UNKNOWN_RECORD_TYPE", -12233), data = NSS("SSL_ERROR_RX_UNEXPECTED_APPLICATION_DATA", -12234),
		change = NSS("SSL_ERROR_RX_UNEXPECTED_CHANGE_CIPHER", -12237), done = NSS("SSL_ERROR_RX_UNEXPECTED_HELLO_DONE", -12241);

	if (!r->has_head)
		return shows(c, &end, NULL, out);
	if (r->length > RECORD_MAX || (r->length > RECORD_PLAIN_MAX && r->is_whole))
		return shows(c, &too_long, NULL, out);
	if (!r->is_whole)
		return shows(c, &end, NULL, out);
	if (r->type < RECORD_CCS || r->type > TYPE_MAX)
		return shows(c, &type, NULL, out);
	if (r->type == RECORD_DATA)
		return shows(c, &data, NULL, out);
	if (r->type == RECORD_CCS)
		return shows(c, &change, NULL, out);
	return r->message == HS_SERVER_HELLO_DONE && shows(c, &done, NULL, out);
}

/* ---- Go: crypto/tls conn.go, readRecordOrCCS --------------------------------------------------------------- */

#define SAYS(text) { text, 0, NULL, NULL }

static const char *go_message(int type)
{
	switch (type) {
	case HS_HELLO_REQUEST: return "helloRequestMsg";
	case HS_CLIENT_HELLO: return "clientHelloMsg";
	case HS_CERTIFICATE: return "certificateMsg";
	case HS_SERVER_KEY_EXCHANGE: return "serverKeyExchangeMsg";
	case HS_SERVER_HELLO_DONE: return "serverHelloDoneMsg";
	case HS_CLIENT_KEY_EXCHANGE: return "clientKeyExchangeMsg";
	case HS_FINISHED: return "finishedMsg";
	default: return NULL;
	}
}

bool record_go(const struct show_case *c, const struct first_record *r, struct client_result *out)
{
	static const struct shown cut = SAYS("unexpected EOF"), no_tls = SAYS("tls: first record does not look like a TLS handshake"),
		http = SAYS("http: server gave HTTP response to HTTPS client"), too_long = SAYS("tls: oversized record received with length %s"),
		overflow = SAYS("local error: tls: record overflow"), unexpected = SAYS("local error: tls: unexpected message"),
		stranger = SAYS("tls: received unexpected handshake message of type *tls.%s when waiting for *tls.serverHelloMsg");

	if (!r->has_head)
		return shows(c, &cut, NULL, out);
	if (span_is(span_sub(r->bytes, 0, RECORD_HEAD), "HTTP/"))
		return shows(c, &http, NULL, out);
	if ((r->type != RECORD_ALERT && r->type != RECORD_HANDSHAKE) || r->version >= 0x1000)
		return shows(c, &no_tls, NULL, out);
	if (r->length > RECORD_MAX)
		return shows(c, &too_long, length_text(c, r), out);
	if (!r->is_whole)
		return shows(c, &cut, NULL, out);
	if (r->length > RECORD_PLAIN_MAX)
		return shows(c, &overflow, NULL, out);
	if (r->length == 0)
		return shows(c, &unexpected, NULL, out);
	return r->message >= 0 && go_message(r->message) && shows(c, &stranger, go_message(r->message), out);
}

/* ---- Java: SSLSocketInputRecord, HandshakeContext.dispatch ---------------------------------------------------- */

bool record_java(const struct show_case *c, const struct first_record *r, struct client_result *out)
{
	static const struct shown end = { "SSLHandshakeException", 0, "Remote host terminated the handshake", NULL },
		no_tls = { "SSLException", 0, "Unsupported or unrecognized SSL message", NULL },
		unsupported = { "SSLProtocolException", 0, "Unsupported handshake message: hello_request", NULL },
		done = { "SSLProtocolException", 0, "Unexpected handshake message: server_hello_done", NULL };

	if (!r->has_head)
		return shows(c, &end, NULL, out);
	if (r->type != RECORD_HANDSHAKE && r->type != RECORD_ALERT)
		return shows(c, &no_tls, NULL, out);
	if (r->length > 0 && r->is_whole && r->message == HS_HELLO_REQUEST)
		return shows(c, &unsupported, NULL, out);
	return r->is_whole && r->message == HS_SERVER_HELLO_DONE && shows(c, &done, NULL, out);
}

/* ---- GnuTLS --------------------------------------------------------------------------------------------------- */

bool record_gnutls(const struct show_case *c, const struct first_record *r, struct client_result *out)
{
	static const struct shown end = SAYS("The TLS connection was non-properly terminated."), packet = SAYS("An unexpected TLS packet was received."),
		message = SAYS("An unexpected TLS handshake packet was received."), length = SAYS("A TLS record packet with invalid length was received."),
		version = SAYS("A packet with illegal or unsupported version was received.");

	if (!r->has_head)
		return shows(c, &end, NULL, out);
	if (r->type < RECORD_CCS || r->type > RECORD_DATA)
		return false;
	if (r->version >> 8 != 3)
		return shows(c, &version, NULL, out);
	if (r->length > RECORD_PLAIN_MAX)
		return shows(c, &length, NULL, out);
	if (r->length == 0 || r->type == RECORD_CCS)
		return shows(c, &packet, NULL, out);
	return r->message == HS_HELLO_REQUEST && shows(c, &message, NULL, out);
}
