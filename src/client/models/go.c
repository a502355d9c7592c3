/* Go's net/http and crypto/tls, 1.19; measured. */
#include "client/shows.h"
#include "http/exchange.h"
#include "tls/codes.h"

#define SAYS(text) { text, 0, NULL, NULL }
#define EXCEEDED SAYS("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
#define READ_RESET SAYS("read tcp %a:0->%a:%p: read: connection reset by peer")
#define NOT_TLS SAYS("tls: first record does not look like a TLS handshake")
#define UNEXPECTED SAYS("local error: tls: unexpected message")
#define BROKEN(text) SAYS("net/http: HTTP/1.x transport connection broken: " text)

static const struct shown rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = SAYS("dial tcp: lookup %h on %s:53: no such host"),
	[SHOW_NO_ADDRESS] = SAYS("dial tcp: lookup %h on %s:53: no such host"),
	[SHOW_DNS_FAILED] = SAYS("dial tcp: lookup %h on %s:53: server misbehaving"),
	[SHOW_DNS_TIMEOUT] = SAYS("dial tcp: lookup %h on %s:53: read udp %s:0->%s:53: i/o timeout"),
	[SHOW_REFUSED] = SAYS("dial tcp %a:%p: connect: connection refused"), [SHOW_CONNECT_TIMEOUT] = SAYS("dial tcp %a:%p: i/o timeout"),
	[SHOW_NO_ROUTE] = SAYS("dial tcp %a:%p: connect: no route to host"),
	[SHOW_NETWORK_UNREACHABLE] = SAYS("dial tcp %a:%p: connect: network is unreachable"),
	[SHOW_PROTOCOL_UNREACHABLE] = SAYS("dial tcp %a:%p: connect: protocol not available"),
	[SHOW_CONNECT_RESET] = SAYS("dial tcp %a:%p: connect: connection reset by peer"), [SHOW_TLS_RESET] =
		SAYS("read tcp %a:0->%a:%p: read: connection reset by peer"),
	[SHOW_TLS_CLOSED] = SAYS("EOF"), [SHOW_TLS_CLOSE_NOTIFY] = SAYS("EOF"), [SHOW_TLS_SILENT] = EXCEEDED, [SHOW_TLS_STALLED] = EXCEEDED,
	[SHOW_NOT_TLS] = NOT_TLS, [SHOW_PLAIN_HTTP] = SAYS("http: server gave HTTP response to HTTPS client"),
	[SHOW_RECORD_TOO_LONG] = SAYS("tls: oversized record received with length %s"), [SHOW_BAD_RECORD] = UNEXPECTED,
	[SHOW_BAD_RECORD_MAC] = SAYS("local error: tls: bad record MAC"), [SHOW_UNEXPECTED_MESSAGE] = UNEXPECTED,
	[SHOW_MALFORMED] = UNEXPECTED, [SHOW_MALFORMED_CERTIFICATE] = UNEXPECTED,
	[SHOW_VERSION] = SAYS("tls: server selected unsupported protocol version %s"),
	[SHOW_SUITE] = SAYS("tls: server chose an unconfigured cipher suite"),
	[SHOW_COMPRESSION] = SAYS("tls: server selected unsupported compression format"),
	[SHOW_SESSION_ECHO] = SAYS("tls: server did not echo the legacy session ID"),
	[SHOW_EXTENSION] = SAYS("tls: server sent an unexpected extension"), [SHOW_GROUP] = SAYS("tls: server selected unsupported curve"),
	[SHOW_RETRY_LOOP] = SAYS("tls: server sent two HelloRetryRequest messages"),
	[SHOW_DOWNGRADE] = SAYS("tls: downgrade attempt detected, possibly due to a MitM attack or a broken middlebox"),
	[SHOW_NO_CERTIFICATE] = SAYS("tls: received empty certificates message"),
	[SHOW_BAD_CERTIFICATE] = SAYS("tls: failed to parse certificate from server"),
	[SHOW_SCHEME] = SAYS("tls: certificate used with invalid signature algorithm"),
	[SHOW_BAD_SIGNATURE] = SAYS("tls: invalid signature by the server certificate: %s"),
	[SHOW_WEAK_DH] = SAYS("remote error: tls: handshake failure"), [SHOW_BAD_FINISHED] = SAYS("tls: invalid server finished hash"),
	[SHOW_TLS_OTHER] = UNEXPECTED, [SHOW_LATE_BAD_MAC] = SAYS("local error: tls: bad record MAC"),
	[SHOW_HTTP_EMPTY] = SAYS("EOF"), [SHOW_HTTP_RESET] = READ_RESET, [SHOW_EARLY_RESET] = READ_RESET, [SHOW_HTTP_TIMEOUT] = EXCEEDED,
	[SHOW_HTTP_MALFORMED] = BROKEN("malformed HTTP response \"%s\""), [SHOW_HTTP_BAD_HEADER] = BROKEN("malformed MIME header line"),
	[SHOW_HTTP_TWO_LENGTHS] = BROKEN("http: message cannot contain multiple Content-Length headers; got %s"),
	[SHOW_HTTP_SHORT] = SAYS("unexpected EOF"), [SHOW_HTTP_SHORT_CHUNKED] = SAYS("unexpected EOF"),
	[SHOW_HTTP_BAD_CHUNK] = SAYS("invalid byte in chunk length"), [SHOW_HTTP_ENCODING] = SAYS("gzip: invalid header"),
	[SHOW_H2_PROTOCOL] = SAYS("connection error: PROTOCOL_ERROR"), [SHOW_H2_STREAM] = SAYS("stream error: stream ID 1; %s; received from peer"),
	[SHOW_H2_GOAWAY] = EXCEEDED, [SHOW_H2_CLOSED] = EXCEEDED, [SHOW_H2_COMPRESSION] = SAYS("connection error: COMPRESSION_ERROR"),
	[SHOW_REDIRECT_LOOP] = SAYS("stopped after 10 redirects"), [SHOW_BAD_REDIRECT] = SAYS("unsupported protocol scheme \"%s\""),
	[SHOW_REDIRECT_UNREADABLE] = SAYS("failed to parse Location header \"%s\""),
	[SHOW_H2_MESSAGE] = SAYS("stream error: stream ID 1; PROTOCOL_ERROR; %s"),
	[SHOW_PROXY_NO_NAME] = SAYS("proxyconnect tcp: dial tcp: lookup %x: no such host"),
	[SHOW_PROXY_REFUSED] = SAYS("proxyconnect tcp: dial tcp %z:%y: connect: connection refused"),
	[SHOW_PROXY_TIMEOUT] = SAYS("proxyconnect tcp: dial tcp %z:%y: i/o timeout"), [SHOW_PROXY_LOGIN] = SAYS("%r"),
	[SHOW_PROXY_STATUS] = SAYS("%r"), [SHOW_PROXY_CLOSED] = SAYS("unexpected EOF"), [SHOW_PROXY_SILENT] = EXCEEDED,
	[SHOW_PROXY_GARBAGE] = SAYS("malformed HTTP response \"%s\""),
	[SHOW_SOCKS_LOGIN] = SAYS("socks connect tcp %x:%y->%h:%p: no acceptable authentication methods"),
	[SHOW_SOCKS_REPLY] = SAYS("socks connect tcp %x:%y->%h:%p: unknown error %s"),
};

static void alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = SAYS("remote error: tls: %s");
	const struct alert_words *w = alert_words(code);

	(void)late;
	show_set(c, &row, w ? w->go : arena_printf(c->arena, "alert(%u)", code), out);
}

static const char *lengths(const struct show_case *c)
{
	const char *list = "";

	for (size_t i = 0; i < c->http->n_headers; i++)
		if (strcmp(c->http->headers[i].name, "content-length") == 0)
			list = arena_printf(c->arena, "%s%s\"%s\"", list, *list ? " " : "", c->http->headers[i].value);
	return arena_printf(c->arena, "[%s]", list);
}

/* The only coding it asks for and undoes by itself. */
static bool is_gzip(const struct http_evidence *http)
{
	const char *coding = http_header_get(http, "content-encoding");

	return coding && span_is_nocase(span_trim(span_str(coding)), "gzip");
}

/* net/http's http2 on a message whose fields are wrong. */
static const char *h2_words(const struct show_case *c)
{
	const char *field = c->http->h2_bad_field;

	if (!field)
		return "malformed response from server: missing status pseudo header";
	if (strcmp(field, ":status") == 0)
		return "duplicate pseudo-header \":status\"";
	return arena_printf(c->arena, "invalid header field name \"%s\"", field);
}

static const char *scheme_of(struct arena *arena, const char *url)
{
	return arena_strn(arena, url, url ? strcspn(url, ":") : 0);
}

/* The types of crypto/tls that hold the messages. */
static const char *message_type(uint8_t type)
{
	switch (type) {
	case HS_SERVER_HELLO: return "serverHelloMsg";
	case HS_CERTIFICATE: return "certificateMsg";
	case HS_SERVER_KEY_EXCHANGE: return "serverKeyExchangeMsg";
	case HS_SERVER_HELLO_DONE: return "serverHelloDoneMsg";
	case HS_FINISHED: return "finishedMsg";
	default: return NULL;
	}
}

static void adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	static const struct shown finished = SAYS("tls: server's Finished message was incorrect"),
		empty = SAYS("tls: received unexpected handshake message of type *tls.certificateMsg when waiting for *tls.certificateMsg");
	const struct attempt *at = c->attempt;
	struct arena *arena = c->arena;

	if (what <= SHOW_NO_ADDRESS && c->visit->dns.resolvers)
		show_set(c, &rows[what], arena_strn(arena, c->visit->dns.resolvers, strcspn(c->visit->dns.resolvers, ", ")), out);
	else if (what == SHOW_UNEXPECTED_MESSAGE && at && !at->has_server_hello && message_type(at->fault_message))
		out->message = arena_printf(arena, "tls: received unexpected handshake message of type *tls.%s when waiting for "
					    "*tls.serverHelloMsg", message_type(at->fault_message));
	else if (what == SHOW_VERSION && at)
		show_set(c, &rows[what], arena_printf(arena, "%x", at->version), out);
	else if (what == SHOW_RECORD_TOO_LONG && at && at->first_bytes.n >= 5)
		show_set(c, &rows[what], arena_printf(arena, "%u", (unsigned)(at->first_bytes.p[3] << 8 | at->first_bytes.p[4])), out);
	else if (what == SHOW_BAD_SIGNATURE && at)
		show_set(c, &rows[what], (at->scheme & 0xff) == 3 && at->scheme >> 8 < 8 ? "ECDSA verification failure" :
				     "crypto/rsa: verification error", out);
	else if (what == SHOW_BAD_FINISHED && at && at->version < TLS_1_3)
		show_set(c, &finished, NULL, out);
	else if (what == SHOW_NO_CERTIFICATE && at && at->version < TLS_1_3)
		show_set(c, &empty, NULL, out);
	else if (what == SHOW_HTTP_ENCODING && !is_gzip(c->http))
		*out = (struct client_result){ .tried = out->tried, .version = out->version, .suite = out->suite, .group = out->group };
	else if (what == SHOW_H2_MESSAGE)
		show_set(c, &rows[what], h2_words(c), out);
	else if (what == SHOW_H2_PROTOCOL && c->http->is_http1)
		show_set(c, &rows[SHOW_HTTP_SHORT], NULL, out);
	else if (what == SHOW_REDIRECT_UNREADABLE)
		show_set(c, &rows[what], c->http->location, out);
	else if (what == SHOW_HTTP_TWO_LENGTHS && c->http)
		show_set(c, &rows[what], lengths(c), out);
	else if (what == SHOW_BAD_REDIRECT && c->http && c->http->location)
		show_set(c, &rows[what], scheme_of(arena, c->http->location), out);
	out->layer = what <= SHOW_NO_ADDRESS ? LAYER_DNS : out->layer;
}

static bool passes_h2_message(const struct http_evidence *http)
{
	return http->status != 0 && !http->h2_bad_field;
}

const struct client_texts texts_go = {
	.rows = rows, .alert = alert, .reads_record = record_go, .reads_head = h1_go, .adjust = adjust, .passes_h2_message = passes_h2_message, .speaks_http = true, .follows_redirects = true, .offers_h2 = true,
};
