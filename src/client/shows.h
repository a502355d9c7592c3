/* How a client puts into words what stops it: one row for each way of failing, and a function where the words depend
 * on what was seen. */
#ifndef WHY_CLIENT_SHOWS_H
#define WHY_CLIENT_SHOWS_H

#include "client/client.h"
#include "client/first_record.h"
#include "client/h1_head.h"

enum show {
	SHOW_BLOCKED_PORT,
	SHOW_NO_SUCH_NAME, SHOW_DNS_FAILED, SHOW_DNS_TIMEOUT, SHOW_NO_ADDRESS,
	SHOW_REFUSED, SHOW_CONNECT_TIMEOUT, SHOW_NO_ROUTE, SHOW_NETWORK_UNREACHABLE, SHOW_PROTOCOL_UNREACHABLE, SHOW_CONNECT_RESET,
	SHOW_TLS_CLOSED, SHOW_TLS_CLOSE_NOTIFY, SHOW_TLS_RESET, SHOW_TLS_SILENT, SHOW_TLS_STALLED, SHOW_NOT_TLS,
	SHOW_PLAIN_HTTP, SHOW_RECORD_TOO_LONG, SHOW_BAD_RECORD, SHOW_BAD_RECORD_MAC, SHOW_UNEXPECTED_MESSAGE,
	SHOW_MALFORMED, SHOW_MALFORMED_CERTIFICATE, SHOW_VERSION, SHOW_SUITE, SHOW_COMPRESSION, SHOW_SESSION_ECHO,
	SHOW_EXTENSION, SHOW_GROUP, SHOW_RETRY_LOOP, SHOW_DOWNGRADE, SHOW_RENEGOTIATION, SHOW_NO_CERTIFICATE,
	SHOW_BAD_CERTIFICATE, SHOW_SCHEME, SHOW_BAD_SIGNATURE, SHOW_WEAK_DH, SHOW_BAD_FINISHED, SHOW_TLS_OTHER,
	SHOW_LATE_BAD_MAC, SHOW_EARLY_RESET,
	SHOW_HTTP_EMPTY, SHOW_HTTP_RESET, SHOW_HTTP_TIMEOUT, SHOW_HTTP_MALFORMED, SHOW_HTTP_BAD_HEADER,
	SHOW_HTTP_TWO_LENGTHS, SHOW_HTTP_SHORT, SHOW_HTTP_SHORT_CHUNKED, SHOW_HTTP_BAD_CHUNK, SHOW_HTTP_ENCODING,
	SHOW_HTTP_LARGE, SHOW_HTTP_LONG_LINE, SHOW_HTTP_MANY_LINES, SHOW_H2_PROTOCOL, SHOW_H2_STREAM, SHOW_H2_GOAWAY, SHOW_H2_COMPRESSION, SHOW_H2_CLOSED, SHOW_H2_MESSAGE,
	SHOW_EMPTY_CLIENT_ERROR, SHOW_EMPTY_SERVER_ERROR, SHOW_ASKS_PASSWORD, SHOW_ASKS_PROXY_PASSWORD,
	SHOW_REDIRECT_LOOP, SHOW_BAD_REDIRECT, SHOW_REDIRECT_EMPTY, SHOW_REDIRECT_UNREADABLE,
	SHOW_PROXY_NO_NAME, SHOW_PROXY_REFUSED, SHOW_PROXY_TIMEOUT, SHOW_PROXY_LOGIN, SHOW_PROXY_STATUS, SHOW_PROXY_SILENT,
	SHOW_PROXY_CLOSED, SHOW_PROXY_GARBAGE, SHOW_PROXY_LOGIN_PAGE, SHOW_PROXY_TLS,
	SHOW_PROXY_CERTIFICATE, SHOW_SOCKS_LOGIN, SHOW_SOCKS_REPLY, SHOW_SOCKS_GARBAGE,
	SHOW_STARTTLS,
	SHOW_COUNT
};

/* `error` NULL: this client does not stop there. In messages %h stands for the host, %a for the address, %p for the
 * port, %s for what the engine adds (OpenSSL's reason, the first line of the answer, a stream's error). Of a proxy: %x its host,
 * %y its port, %z its address; of its answer %s the line, %w that without the first word, %c the code, %r what follows it. */
struct shown {
	const char *error;
	int number;             /* 0: the client has none */
	const char *message;
	const char *page;
};

struct show_case {
	const struct client *client;
	struct arena *arena;
	const struct visit *visit;
	const struct attempt *attempt;          /* may be NULL */
	const struct http_evidence *http;       /* may be NULL */
	const struct dialogue_evidence *dialogue;       /* may be NULL */
};

struct client_texts {
	const struct shown *rows;               /* SHOW_COUNT of them */
	/* A fatal alert; `late`: after the handshake. */
	void (*alert)(const struct show_case *c, uint8_t alert, bool late, struct client_result *out);
	/* Optional: has the last word on a row, where bytes of the case decide. */
	void (*adjust)(const struct show_case *c, enum show show, struct client_result *out);
	/* Optional: how it reads the first record of an answer that is no server hello. */
	bool (*reads_record)(const struct show_case *c, const struct first_record *record, struct client_result *out);
	/* Optional: how it reads the head of an HTTP/1 answer. */
	enum h1_view (*reads_head)(const struct show_case *c, const struct h1_head *head, struct client_result *out);
	/* Optional: takes an HTTP/2 message whose fields are wrong (http.h2_of_stream). */
	bool (*passes_h2_message)(const struct http_evidence *http);
	const char *second_try;                 /* attempt that stands for what it tries after a reset, or NULL */
	bool is_browser;                        /* blocked ports, preload list, error pages of its own */
	bool speaks_http, follows_redirects;
	bool keeps_to_scheme;                   /* follows no redirect from https to http, nor back */
	bool offers_h2;
	/* Of a response: bytes of all names and values, fields, bytes of one; 0: far more than anybody sends. */
	size_t head_bytes_max, head_lines_max, head_line_max;
	bool waits_after_handshake;             /* asks nothing, and reads on */
	bool waits_for_refusal;                 /* long enough to hear that the certificate it did not send is required */
	bool tried_fully;                       /* its own attempt is a whole handshake */
	bool heeds_warning_alerts;
	bool minds_late_close;                  /* a fatal close_notify after the handshake is an error to it */
	bool keeps_trailing_dot;                /* of the host, when it compares names */
};

extern const struct client_texts texts_chrome, texts_firefox, texts_safari, texts_curl, texts_openssl, texts_gnutls,
	texts_go, texts_java, texts_node, texts_python, texts_python_debian, texts_dotnet, texts_wget, texts_okhttp, texts_rustls, texts_ie;

/* One row of alerts.def, NULL for codes that were not measured. */
struct alert_words {
	uint8_t code;
	const char *chrome;
	int chrome_number;
	const char *firefox;
	int firefox_number;
	const char *go;
};
const struct alert_words *alert_words(uint8_t code);
/* OpenSSL's reason for a received alert: "tlsv1 alert protocol version", "reason(1200)". */
const char *openssl_alert_reason(struct arena *arena, uint8_t alert);
/* "TLSV1_ALERT_PROTOCOL_VERSION" of "tlsv1 alert protocol version". */
const char *openssl_reason_macro(struct arena *arena, const char *reason);
void show_set(const struct show_case *c, const struct shown *row, const char *more, struct client_result *out);

#endif
