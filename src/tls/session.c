/* OpenSSL as a client, watched: see session.h. */
#include "tls/session.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "base/rd.h"
#include "tls/codes.h"
#include "tls/faults.h"
#include "tls/offer.h"
#include "tls/reply.h"
#include "x509/der.h"

struct tls_context {
	SSL_CTX *ctx;
};

enum { TICKETS_MAX = 4 };

struct tls_session {
	SSL *ssl;
	BIO *in, *out;
	struct conn *conn;
	struct attempt *attempt;
	struct span session_id;         /* of our last hello */
	bool retried;                   /* a HelloRetryRequest was seen */
	bool over;                      /* the handshake is: alerts from now on are late */
	bool got_alert;
	size_t n_received;
	unsigned n_hello_requests;
	enum tls_fault transport;       /* how the connection ended, when it did */
	SSL_SESSION *tickets[TICKETS_MAX];      /* of TLS 1.3, as they came */
	size_t n_tickets, n_taken;
};

struct tls_ticket {
	SSL_SESSION *session;
	time_t taken;           /* as SSL_SESSION_get_time(), which later versions of OpenSSL have another name for */
};

/* ---- watching ------------------------------------------------------------------------------ */

static void watch_server_hello(struct tls_session *s, struct span body)
{
	struct attempt *at = s->attempt;

	reply_server_hello(conn_net(s->conn)->arena, at, body, s->session_id);
	if (at->hello_retry && s->retried && at->fault == TLS_FAULT_NONE) {
		at->fault = TLS_FAULT_RETRY_LOOP;
		at->fault_message = HS_SERVER_HELLO;
	}
	s->retried |= at->hello_retry;
	at->hello_retry = s->retried;
}

static void watch_status(struct tls_session *s, struct span body)
{
	struct rd rd = rd_of(body), response;

	rd_skip(&rd, 1);
	response = rd_vec24(&rd);
	s->attempt->staple = arena_copy(conn_net(s->conn)->arena, rd_rest(&response));
	s->attempt->has_staple = rd_ok(&rd);
}

static void watch_message(struct tls_session *s, uint8_t type, struct span body)
{
	struct arena *arena = conn_net(s->conn)->arena;
	struct attempt *at = s->attempt;
	bool is_13 = at->version >= TLS_1_3;

	switch (type) {
	case HS_SERVER_HELLO: watch_server_hello(s, body); break;
	case 0: s->n_hello_requests++; return;
	case HS_CERTIFICATE:
		if (reply_certificate(arena, at, body, is_13) && at->n_chain == 0 && at->fault == TLS_FAULT_NONE)
			at->fault = TLS_FAULT_NO_CERTIFICATE;
		break;
	case HS_CERTIFICATE_REQUEST: (void)reply_certificate_request(arena, at, body, is_13); break;
	case HS_SERVER_KEY_EXCHANGE: (void)reply_key_exchange(at, at->suite, body); break;
	case HS_CERTIFICATE_STATUS: watch_status(s, body); break;
	case HS_CERTIFICATE_VERIFY:
		if (body.n >= 2)
			at->scheme = (uint16_t)(body.p[0] << 8 | body.p[1]);
		break;
	default: break;
	}
	at->last_message = type;
}

static void watch_alert(struct tls_session *s, struct span body)
{
	struct attempt *at = s->attempt;

	if (body.n < 2)
		return;
	if (s->over) {
		/* Up to TLS 1.2 a close_notify can be fatal, and then it is an error. RFC 5246 7.2.1 */
		at->late_alert = body.p[1] != ALERT_CLOSE_NOTIFY || (body.p[0] == 2 && at->version <= TLS_1_2);
		at->late_alert_code = body.p[1];
		return;
	}
	at->alert_level = body.p[0];
	at->alert = body.p[1];
	s->got_alert = true;
	at->warning_alert = body.p[0] == 1 && body.p[1] != ALERT_CLOSE_NOTIFY;
}

static void on_message(int write_p, int version, int type, const void *buf, size_t len, SSL *ssl, void *arg)
{
	struct tls_session *s = arg;
	struct span bytes = span_of(buf, len);

	(void)version;
	(void)ssl;
	if (type == SSL3_RT_ALERT && !write_p)
		watch_alert(s, bytes);
	if (type != SSL3_RT_HANDSHAKE || len < 4)
		return;
	if (write_p && bytes.p[0] == HS_CLIENT_HELLO)
		(void)offer_read(conn_net(s->conn)->arena, span_sub(bytes, 4, len), &s->attempt->offer, &s->session_id);
	else if (!write_p && !s->over)
		watch_message(s, bytes.p[0], span_sub(bytes, 4, len));
	else if (!write_p && bytes.p[0] == HS_CERTIFICATE_REQUEST)      /* renegotiation, as Apache does for one folder */
		s->attempt->client_certificate_requested = TRI_YES;
}

/* ---- moving bytes --------------------------------------------------------------------------- */

static int flush(struct tls_session *s, unsigned timeout_ms)
{
	char buffer[4096];
	int n;

	while ((n = BIO_read(s->out, buffer, sizeof buffer)) > 0) {
		int status = conn_write(s->conn, span_of(buffer, (size_t)n), timeout_ms);

		if (status < 0)
			return status;
		s->attempt->tls_sent = true;
	}
	return 0;
}

static void keep_first(struct tls_session *s, struct span bytes, double sent_at)
{
	struct attempt *at = s->attempt;
	size_t have = at->first_bytes.n;
	struct net *net = conn_net(s->conn);
	uint8_t *copy;

	if (have == 0)
		at->first_byte_ms = net_now_ms(net) - sent_at;
	if (have >= REPLY_FIRST_BYTES)
		return;
	if (bytes.n > REPLY_FIRST_BYTES - have)
		bytes.n = REPLY_FIRST_BYTES - have;
	copy = arena_alloc(net->arena, have + bytes.n);
	if (have > 0)
		memcpy(copy, at->first_bytes.p, have);
	memcpy(copy + have, bytes.p, bytes.n);
	at->first_bytes = span_of(copy, have + bytes.n);
}

/* Reads once from the peer into OpenSSL. 1 went well, 0 the connection is at its end. */
static int fill(struct tls_session *s, unsigned timeout_ms, double sent_at)
{
	uint8_t buffer[16384];
	ssize_t n = conn_read(s->conn, buffer, sizeof buffer, timeout_ms);

	if (n > 0) {
		s->n_received += (size_t)n;
		if (!s->over)
			keep_first(s, span_of(buffer, (size_t)n), sent_at);
		BIO_write(s->in, buffer, (int)n);
		return 1;
	}
	s->transport = n == 0 ? TLS_FAULT_CLOSED : n == -ETIMEDOUT ? TLS_FAULT_SILENT : TLS_FAULT_RESET;
	if (n == 0)
		BIO_set_mem_eof_return(s->in, 0);
	return 0;
}

/* ---- the handshake -------------------------------------------------------------------------- */

/* Whose fault it was: our own reading of the messages names it more exactly than OpenSSL where both
 * saw it; the transport's end counts where OpenSSL merely starved. */
static void note_failure(struct tls_session *s)
{
	struct attempt *at = s->attempt;
	unsigned long error = ERR_peek_error();
	enum tls_fault seen = at->fault;
	bool starved = s->transport != TLS_FAULT_NONE &&
		       (error == 0 || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING);

	if (error != 0) {
		at->openssl_error = error;
		at->reason = arena_str(conn_net(s->conn)->arena, ERR_reason_error_string(error));
	}
	at->fault = TLS_FAULT_NONE;
	if (s->got_alert && !at->warning_alert)
		at->fault = at->alert == ALERT_CLOSE_NOTIFY ? TLS_FAULT_CLOSED : TLS_FAULT_ALERT;
	else if (starved)
		at->fault = s->transport == TLS_FAULT_SILENT && at->first_bytes.n > 0 ? TLS_FAULT_STALLED : s->transport;
	else
		at->fault = seen != TLS_FAULT_NONE ? seen : fault_from_openssl(error, at);
	at->reset_after_alert = at->fault == TLS_FAULT_ALERT && s->transport == TLS_FAULT_RESET;
	if (at->fault == TLS_FAULT_NOT_TLS)
		at->plain = plain_protocol(at->first_bytes);
	if (at->fault_message == 0 && at->fault != TLS_FAULT_ALERT && !starved)
		at->fault_message = at->last_message;
}

/* More than any handshake is: OpenSSL itself would pass over HelloRequests for ever. */
static bool is_endless(struct tls_session *s)
{
	struct attempt *at = s->attempt;

	if (s->n_received <= REPLY_HANDSHAKE_MAX && s->n_hello_requests <= REPLY_IDLE_MAX)
		return false;
	at->fault = s->n_hello_requests > REPLY_IDLE_MAX ? TLS_FAULT_UNEXPECTED_MESSAGE : TLS_FAULT_MALFORMED;
	at->reason = s->n_hello_requests > REPLY_IDLE_MAX ? "HelloRequests without end" : "a handshake of more than a megabyte";
	return true;
}

static bool handshake_loop(struct tls_session *s, const struct tls_limits *limits)
{
	struct net *net = conn_net(s->conn);
	double start = net_now_ms(net), left;

	ERR_clear_error();
	for (;;) {
		int done = SSL_do_handshake(s->ssl);
		int why = done == 1 ? 0 : SSL_get_error(s->ssl, done);

		/* Our own alert to the peer is flushed too; whether that works no longer matters. */
		if (flush(s, limits->idle_ms) < 0 && why == SSL_ERROR_WANT_READ && s->transport == TLS_FAULT_NONE)
			s->transport = fill(s, 200, start) ? TLS_FAULT_NONE : s->transport;
		if (done == 1)
			return true;
		if (why != SSL_ERROR_WANT_READ || s->transport != TLS_FAULT_NONE || is_endless(s))
			return false;
		left = (double)limits->total_ms - (net_now_ms(net) - start);
		if (left <= 0) {
			s->transport = TLS_FAULT_SILENT;
			return false;
		}
		if (!fill(s, left < limits->idle_ms ? (unsigned)left + 1 : limits->idle_ms, start) &&
		    s->transport != TLS_FAULT_CLOSED)
			return false;
	}
}

static void note_success(struct tls_session *s)
{
	struct attempt *at = s->attempt;
	const unsigned char *name = NULL;
	unsigned len = 0;

	at->done = true;
	at->fault = TLS_FAULT_NONE;
	at->fault_message = 0;
	SSL_get0_alpn_selected(s->ssl, &name, &len);
	at->alpn = len > 0 ? arena_text(conn_net(s->conn)->arena, span_of(name, len)) : NULL;
	if (at->client_certificate_requested == TRI_UNKNOWN)
		at->client_certificate_requested = TRI_NO;
}

/* ---- setting up ------------------------------------------------------------------------------ */

/* Several tickets of TLS 1.3 may come, each another session. 1: it is ours now. */
static int on_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct tls_session *s = SSL_get_app_data(ssl);

	if (!s || SSL_version(ssl) < TLS1_3_VERSION || s->n_tickets >= TICKETS_MAX || !SSL_SESSION_is_resumable(session))
		return 0;
	s->tickets[s->n_tickets++] = session;
	s->attempt->new_ticket = true;
	return 1;
}

struct tls_context *tls_context_new(const char *cert_file, const char *key_file, struct why_error *error)
{
	struct tls_context *context = calloc(1, sizeof *context);

	/* The machine's openssl.cnf must not colour what we see. */
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (context)
		context->ctx = SSL_CTX_new(TLS_client_method());
	if (!context || !context->ctx) {
		why_fail(error, WHY_EMEMORY, "cannot set up TLS: out of memory");
		free(context);
		return NULL;
	}
	SSL_CTX_set_verify(context->ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_max_cert_list(context->ctx, 1 << 20);
	/* Tickets are handed to us; the library keeps none. */
	SSL_CTX_set_session_cache_mode(context->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context->ctx, on_ticket);
	SSL_CTX_set_min_proto_version(context->ctx, 0);
	if (cert_file && (SSL_CTX_use_certificate_chain_file(context->ctx, cert_file) != 1 ||
			  SSL_CTX_use_PrivateKey_file(context->ctx, key_file ? key_file : cert_file, SSL_FILETYPE_PEM) != 1)) {
		why_fail(error, WHY_EFILE, "--cert %s, --key %s: expected a PEM certificate and its private key (%s)",
			 cert_file, key_file ? key_file : cert_file, ERR_reason_error_string(ERR_peek_last_error()));
		tls_context_free(context);
		return NULL;
	}
	return context;
}

void tls_context_free(struct tls_context *context)
{
	if (!context)
		return;
	SSL_CTX_free(context->ctx);
	free(context);
}

static void set_alpn(SSL *ssl, const char *const *names)
{
	unsigned char wire[256];
	unsigned n = 0;

	for (; names && *names && n + strlen(*names) + 1 < sizeof wire; names++) {
		wire[n++] = (unsigned char)strlen(*names);
		memcpy(wire + n, *names, strlen(*names));
		n += (unsigned)strlen(*names);
	}
	if (n > 0)
		SSL_set_alpn_protos(ssl, wire, n);
}

static void configure(SSL *ssl, const struct tls_config *config, const char *sni)
{
	if (config->security_level >= 0)
		SSL_set_security_level(ssl, config->security_level);
	SSL_set_min_proto_version(ssl, config->min_version);
	SSL_set_max_proto_version(ssl, config->max_version);
	if (config->ciphers)
		SSL_set_cipher_list(ssl, config->ciphers);
	if (config->groups)
		SSL_set1_groups_list(ssl, config->groups);
	if (config->schemes)
		SSL_set1_sigalgs_list(ssl, config->schemes);
	if (config->legacy_server_connect)
		SSL_set_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
	else
		SSL_clear_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
	if (config->encrypt_then_mac_off)
		SSL_set_options(ssl, SSL_OP_NO_ENCRYPT_THEN_MAC);
	if (config->pads)
		SSL_set_options(ssl, SSL_OP_TLSEXT_PADDING);
	if (config->no_ticket)
		SSL_set_options(ssl, SSL_OP_NO_TICKET);
	if (config->resume)
		SSL_set_session(ssl, config->resume->session);
	if (config->status_request)
		SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
	set_alpn(ssl, config->alpn);
	if (sni)
		SSL_set_tlsext_host_name(ssl, sni);
}

static struct tls_session *session_new(struct tls_context *context, struct conn *conn, struct attempt *attempt)
{
	struct tls_session *s = calloc(1, sizeof *s);

	if (!s)
		out_of_memory();
	s->ssl = SSL_new(context->ctx);
	s->in = BIO_new(BIO_s_mem());
	s->out = BIO_new(BIO_s_mem());
	s->conn = conn;
	s->attempt = attempt;
	if (!s->ssl || !s->in || !s->out) {
		BIO_free(s->in);
		BIO_free(s->out);
		SSL_free(s->ssl);
		free(s);
		return NULL;
	}
	BIO_set_mem_eof_return(s->in, -1);
	BIO_set_mem_eof_return(s->out, -1);
	SSL_set_bio(s->ssl, s->in, s->out);
	SSL_set_connect_state(s->ssl);
	SSL_set_app_data(s->ssl, s);
	SSL_set_msg_callback(s->ssl, on_message);
	SSL_set_msg_callback_arg(s->ssl, s);
	return s;
}

struct tls_session *tls_handshake(struct tls_context *context, struct conn *conn, const struct tls_config *config,
				  const char *sni, const struct tls_limits *limits, struct attempt *attempt)
{
	struct tls_session *s = session_new(context, conn, attempt);

	attempt->kind = ATTEMPT_FULL;
	if (!s) {
		attempt->fault = TLS_FAULT_OTHER;
		attempt->reason = "out of memory";
		return NULL;
	}
	configure(s->ssl, config, sni);
	if (handshake_loop(s, limits)) {
		note_success(s);
		s->over = true;
		return s;
	}
	note_failure(s);
	tls_session_free(s);
	return NULL;
}

void tls_session_free(struct tls_session *session)
{
	if (!session)
		return;
	SSL_free(session->ssl);
	for (size_t i = 0; i < session->n_tickets; i++)
		SSL_SESSION_free(session->tickets[i]);
	free(session);
}

/* Of a time limit for the whole, however many records come meanwhile that bring nothing. */
static unsigned ms_left(const struct tls_session *s, double start, unsigned limit_ms)
{
	double left = (double)limit_ms - (net_now_ms(conn_net(s->conn)) - start);

	return left > 0 ? (unsigned)left : 0;
}

/* ---- resumption ------------------------------------------------------------------------------ */

/* The session that goes on is the last ticket's; in TLS 1.2 it is known with the handshake. */
static SSL_SESSION *next_ticket(struct tls_session *s)
{
	SSL_SESSION *session = SSL_get0_session(s->ssl);

	if (SSL_version(s->ssl) >= TLS1_3_VERSION)
		return s->n_taken < s->n_tickets ? s->tickets[s->n_taken++] : NULL;
	return s->n_taken++ == 0 && session && SSL_SESSION_is_resumable(session) ? session : NULL;
}

struct tls_ticket *tls_session_ticket(struct tls_session *s, unsigned timeout_ms)
{
	double start = net_now_ms(conn_net(s->conn));
	bool is_13 = SSL_version(s->ssl) >= TLS1_3_VERSION;
	SSL_SESSION *session;
	struct tls_ticket *ticket;
	char byte;

	while (is_13 && s->n_taken == s->n_tickets) {
		ERR_clear_error();
		if (SSL_peek(s->ssl, &byte, 1) > 0 || SSL_get_error(s->ssl, -1) != SSL_ERROR_WANT_READ)
			break;
		if (s->n_taken == s->n_tickets && !fill(s, ms_left(s, start, timeout_ms), 0))
			break;
	}
	session = next_ticket(s);
	ticket = session ? calloc(1, sizeof *ticket) : NULL;
	if (ticket && SSL_SESSION_up_ref(session))
		*ticket = (struct tls_ticket){ .session = session, .taken = time(NULL) };
	return ticket;
}

bool tls_session_has_ended(const struct tls_session *s)
{
	return s->transport == TLS_FAULT_CLOSED || s->transport == TLS_FAULT_RESET || s->attempt->late_alert ||
	       (SSL_get_shutdown(s->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void tls_ticket_free(struct tls_ticket *ticket)
{
	if (!ticket)
		return;
	SSL_SESSION_free(ticket->session);
	free(ticket);
}

bool tls_ticket_is_ticket(const struct tls_ticket *ticket)
{
	return SSL_SESSION_has_ticket(ticket->session);
}

uint32_t tls_ticket_lifetime_s(const struct tls_ticket *ticket)
{
	return (uint32_t)SSL_SESSION_get_ticket_lifetime_hint(ticket->session);
}

/* ticket_age_add is known to OpenSSL alone, and told in its own encoding of a session only. */
static uint32_t age_add_of(struct arena *arena, SSL_SESSION *session)
{
	enum { TAG = 0xae, ROOM = 1 << 16 };
	int n = i2d_SSL_SESSION(session, NULL);
	uint8_t *bytes = n > 0 && n < ROOM ? arena_alloc(arena, (size_t)n) : NULL, *end = bytes, tag;
	struct span content, whole, number;
	uint32_t value = 0;
	struct der der, part;

	if (!bytes || i2d_SSL_SESSION(session, &end) != n)
		return 0;
	der = der_of(span_of(bytes, (size_t)n), NULL);
	if (!der_next(&der, &tag, &content, &whole))
		return 0;
	der = der_of(content, NULL);
	while (der_more(&der) && der_next(&der, &tag, &content, &whole)) {
		part = der_of(content, NULL);
		if (tag == TAG && der_next(&part, &tag, &number, &whole))
			for (size_t i = 0; i < number.n; i++)
				value = value << 8 | number.p[i];
	}
	return value;
}

bool tls_ticket_psk(struct arena *arena, const struct tls_ticket *ticket, struct psk13 *psk)
{
	const SSL_CIPHER *cipher = SSL_SESSION_get0_cipher(ticket->session);
	const unsigned char *identity;
	unsigned char key[EVP_MAX_MD_SIZE];
	time_t age = time(NULL) - ticket->taken;
	size_t n;

	if (SSL_SESSION_get_protocol_version(ticket->session) < TLS1_3_VERSION || !cipher)
		return false;
	SSL_SESSION_get0_ticket(ticket->session, &identity, &n);
	*psk = (struct psk13){ .identity = arena_copy(arena, span_of(identity, n)) };
	psk->key = arena_copy(arena, span_of(key, SSL_SESSION_get_master_key(ticket->session, key, sizeof key)));
	psk->suite = SSL_CIPHER_get_protocol_id(cipher);
	psk->obfuscated_age = age_add_of(arena, ticket->session) + (uint32_t)(age > 0 ? age : 0) * 1000;
	return n > 0 && psk->key.n > 0;
}

struct span tls_ticket_bytes(struct arena *arena, const struct tls_ticket *ticket)
{
	const unsigned char *bytes;
	size_t n;

	SSL_SESSION_get0_ticket(ticket->session, &bytes, &n);
	return arena_copy(arena, span_of(bytes, n));
}

uint32_t tls_ticket_early_data(const struct tls_ticket *ticket)
{
	return SSL_SESSION_get_max_early_data(ticket->session);
}

bool tls_session_is_resumed(const struct tls_session *session)
{
	return SSL_session_reused(session->ssl);
}

/* ---- after the handshake --------------------------------------------------------------------- */

static ssize_t read_error(struct tls_session *s, int why)
{
	unsigned long error = ERR_peek_error();
	struct attempt *at = s->attempt;

	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	at->openssl_error = error;
	if (error)
		at->reason = arena_str(conn_net(s->conn)->arena, ERR_reason_error_string(error));
	if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return -EPIPE;
	if (fault_from_openssl(error, at) == TLS_FAULT_BAD_RECORD_MAC) {
		at->late_fault = TLS_FAULT_BAD_RECORD_MAC;
		return -EBADMSG;
	}
	at->late_fault = at->late_alert ? TLS_FAULT_ALERT : TLS_FAULT_OTHER;
	return -EPROTO;
}

ssize_t tls_read(struct tls_session *session, void *buffer, size_t n, unsigned timeout_ms)
{
	/* A record may trickle in for longer than that, as long as it does. */
	enum { RECORD_MOST = 32 << 10, PATIENCE = 3 };
	double start = net_now_ms(conn_net(session->conn));
	size_t before = session->n_received;

	for (;;) {
		bool is_flood = session->n_received - before > RECORD_MOST;
		unsigned left = ms_left(session, start, is_flood || timeout_ms > UINT_MAX / PATIENCE ? timeout_ms : PATIENCE * timeout_ms);
		int got, why;

		ERR_clear_error();
		got = SSL_read(session->ssl, buffer, n > INT32_MAX ? INT32_MAX : (int)n);
		if (got > 0)
			return got;
		why = SSL_get_error(session->ssl, got);
		flush(session, timeout_ms);
		if (why != SSL_ERROR_WANT_READ)
			return read_error(session, why);
		if (session->transport == TLS_FAULT_RESET)
			return -ECONNRESET;
		if (left == 0)
			session->transport = TLS_FAULT_SILENT;
		if ((left == 0 || !fill(session, left < timeout_ms ? left : timeout_ms, 0)) && session->transport != TLS_FAULT_CLOSED) {
			session->attempt->late_fault = session->transport;
			return session->transport == TLS_FAULT_SILENT ? -ETIMEDOUT : -ECONNRESET;
		}
	}
}

int tls_write(struct tls_session *session, struct span bytes, unsigned timeout_ms)
{
	ERR_clear_error();
	if (bytes.n > 0 && SSL_write(session->ssl, bytes.p, (int)bytes.n) <= 0)
		return -EPROTO;
	return flush(session, timeout_ms);
}

void tls_shutdown(struct tls_session *session)
{
	ERR_clear_error();
	SSL_shutdown(session->ssl);
	flush(session, 100);
}
