/* When something failed: one thing is varied at a time, side by side, so that the answers tell which
 * of them it is. Real clients' own hellos are part of it: who gets through, who does not. */
#include <errno.h>

#include "base/attr.h"
#include "probe/connect.h"
#include "starttls/dialogue.h"
#include "probe/exchange.h"
#include "probe/http_stall.h"
#include "probe/specs.h"
#include "tls/reply.h"
#include "x509/cert.h"

static bool something_failed(const struct run *run)
{
	return run->endpoint && !attempt_dialogue_fault(run->endpoint->main) && run->endpoint->tcp.outcome == TCP_CONNECTED &&
	       !looks_healthy(run->visit, run->endpoint);
}

/* A peer that greeted us in the words of another protocol does so whatever the hello: nothing is to be learned from more. */
static bool was_greeted(const struct run *run)
{
	const struct attempt *at = run->endpoint ? run->endpoint->main : NULL;

	return at && at->fault == TLS_FAULT_NOT_TLS && at->plain && strcmp(at->plain, "http") != 0 && strcmp(at->plain, "unknown") != 0;
}

/* ---- a connection on which we say nothing ------------------------------------------------------ */

/* Only an end without a word leaves open whether our hello had any part in it. */
static bool wants_silent(const struct run *run)
{
	const struct attempt *at = run->endpoint ? run->endpoint->main : NULL;

	return something_failed(run) && at && at->first_bytes.n == 0 &&
	       (at->fault == TLS_FAULT_CLOSED || at->fault == TLS_FAULT_RESET);
}

static void silent_connect_run(struct run *run)
{
	struct probing *p = run->probing;
	struct attempt *at = attempt_new(run, "silent", 0);
	struct span rest = span_of(NULL, 0);
	struct conn *conn = attempt_reach(run, at, &rest);
	uint8_t *buffer = arena_alloc(p->arena, 1024);
	double start = net_now_ms(&p->net);
	ssize_t got;

	if (!conn)
		return;
	got = conn_read(conn, buffer, 1024, 1500);
	at->elapsed_ms = net_now_ms(&p->net) - start;
	if (got > 0) {
		at->first_bytes = span_of(buffer, (size_t)got);
		at->fault = TLS_FAULT_NOT_TLS;
		at->plain = plain_protocol(at->first_bytes);
	} else {
		at->fault = got == 0 ? TLS_FAULT_CLOSED : got == -ETIMEDOUT ? TLS_FAULT_SILENT : TLS_FAULT_RESET;
	}
	run->endpoint->closed_before_hello |= got == 0;
	run->endpoint->reset_before_hello |= got < 0 && got != -ETIMEDOUT;
	conn_close(conn);
}

const struct probe probe_silent_connect = {
	.name = "silent-connect", .layer = LAYER_TCP, .stage = STAGE_ISOLATE, .connections = 1,
	.does = "connects and says nothing: does the peer speak or hang up first",
	.wanted = wants_silent, .run = silent_connect_run,
};

/* ---- everything OpenSSL has left ----------------------------------------------------------------- */

static bool wants_permissive(const struct run *run)
{
	return something_failed(run) && run->endpoint->main && !run->endpoint->main->done && !was_greeted(run);
}

static void permissive_run(struct run *run)
{
	(void)attempt_full(run, "permissive", 0, &config_permissive, run->visit->target.servername, NULL, NULL);
}

const struct probe probe_permissive = {
	.name = "permissive", .layer = LAYER_TLS, .stage = STAGE_ISOLATE, .connections = 1,
	.does = "offers every version and cipher that OpenSSL has",
	.wanted = wants_permissive, .run = permissive_run,
};

/* ---- one factor changed --------------------------------------------------------------------------- */

static bool wants_factors(const struct run *run)
{
	return something_failed(run) && !was_greeted(run);
}

static void try_factor(struct run *run, const void *ctx)
{
	const struct factor *factor = ctx;
	const struct hello_spec *spec = spec_of_attempt(run, factor->name);

	if (spec)
		attempt_raw(run, factor->name, 0, spec);
}

static void factors_run(struct run *run)
{
	struct side *sides = arena_array(run->probing->arena, struct side, n_factors);

	for (size_t i = 0; i < n_factors; i++)
		sides[i] = (struct side){ run, try_factor, &factors[i] };
	run_side_by_side(run, sides, n_factors);
}

const struct probe probe_factors = {
	.name = "factors", .layer = LAYER_TLS, .stage = STAGE_ISOLATE, .connections = 24,
	.does = "varies one thing of the hello at a time: names, versions, suites, groups, size, splitting",
	.wanted = wants_factors, .run = factors_run,
};

/* ---- real clients ---------------------------------------------------------------------------------- */

/* A server that minds which signatures a client takes has no certificate for one that does not take these. */
static bool has_rare_signature(const struct run *run)
{
	const struct attempt *at = run->endpoint->main;

	for (size_t i = 0; at && i < at->n_chain && i < 4; i++) {
		const struct cert *cert = cert_parse(run->probing->arena, at->chain[i]);
		enum cert_hash hash = cert->signature_outer.hash;

		if (cert->is_decoded && !cert->is_self_issued && cert->signature_outer.signer != SIGNER_ED25519 &&
		    hash != HASH_SHA256 && hash != HASH_SHA384 && hash != HASH_SHA512)
			return true;
	}
	return false;
}

static bool wants_clients(const struct run *run)
{
	return run->endpoint && run->endpoint->tcp.outcome == TCP_CONNECTED && !attempt_dialogue_fault(run->endpoint->main) &&
	       (run->probing->all_clients || run->probing->as_client || (something_failed(run) && !was_greeted(run)) ||
		has_rare_signature(run));
}

static const char *const alpn_http1[] = { "http/1.1", NULL };
static const char *const alpn_h2[] = { "h2", "http/1.1", NULL };

/* The OpenSSL family is tried with OpenSSL itself, each with its own settings, so that the error is
 * the one the program prints. Node and Python build their own cipher lists; Node's security level
 * is the upstream default, the others Debian's. curl and Python set SSL_OP_ALL. */
static const struct tls_config openssl_clients[] = {
	{ .name = "openssl", .security_level = 2, .min_version = 0x0301 },
	{ .name = "curl", .security_level = 2, .min_version = 0x0301, .alpn = alpn_h2, .pads = true },
	{ .name = "python", .security_level = 2, .min_version = 0x0303, .pads = true,
	  .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
		     "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
		     "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA256:"
		     "ECDHE-RSA-AES128-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:"
		     "DHE-RSA-AES256-SHA256:DHE-RSA-AES128-SHA256" },
	/* Debian 12 builds Python with OpenSSL's own list; its context only asks for TLS 1.0 at least. */
	{ .name = "python_3_11_debian", .security_level = 2, .min_version = 0x0301, .pads = true },
	{ .name = "node", .security_level = 1, .min_version = 0x0303,
	  .ciphers = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:"
		     "ECDHE-ECDSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256:"
		     "DHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-SHA256:"
		     "DHE-RSA-AES256-SHA256:HIGH:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!PSK:!SRP:!CAMELLIA" },
};

static void try_openssl_client(struct run *run, const void *ctx)
{
	const struct tls_config *config = ctx;

	(void)attempt_full(run, config->name, 0, config, run->visit->target.servername, NULL, NULL);
}

static void openssl_clients_run(struct run *run)
{
	struct side sides[COUNT_OF(openssl_clients)];

	for (size_t i = 0; i < COUNT_OF(openssl_clients); i++)
		sides[i] = (struct side){ run, try_openssl_client, &openssl_clients[i] };
	run_side_by_side(run, sides, COUNT_OF(openssl_clients));
}

const struct probe probe_openssl_clients = {
	.name = "openssl-clients", .layer = LAYER_TLS, .stage = STAGE_CLIENTS, .connections = 5,
	.does = "shakes hands as s_client, curl, Python and Node do",
	.wanted = wants_clients, .run = openssl_clients_run,
};

static const char *const raw_clients[] = {
	"firefox", "safari", "gnutls", "go", "java", "dotnet", "wget", "okhttp", "rustls", "edge", "android",
	/* from here on only with --as all: */
	"android_7", "android_6", "android_5", "java_8_442", "java_8", "java_7", "openssl_1_1_1", "openssl_1_0_2",
	"schannel_2022", "schannel_2016", "schannel_2012r2", "ie_11_win10", "ie_11_win7",
};
enum { N_CURRENT = 11 };

static void try_client(struct run *run, const void *ctx)
{
	const struct hello_spec *spec = spec_of_client(run, ctx);

	if (!spec)
		spec = spec_of_profile(run, ctx);
	if (spec)
		attempt_raw(run, ctx, 0, spec);
}

static void firefox_again(struct run *run)
{
	const struct attempt *first = evidence_attempt(run->endpoint, "firefox");

	if (first && first->fault == TLS_FAULT_RESET)
		attempt_raw(run, "firefox-again", 0, spec_firefox_again(run));
}

static void client_hellos_run(struct run *run)
{
	struct side sides[COUNT_OF(raw_clients)];

	for (size_t i = 0; i < COUNT_OF(raw_clients); i++)
		sides[i] = (struct side){ run, try_client, raw_clients[i] };
	run_side_by_side(run, sides, run->probing->all_clients ? COUNT_OF(raw_clients) : (size_t)N_CURRENT);
	firefox_again(run);
}

const struct probe probe_client_hellos = {
	.name = "client-hellos", .layer = LAYER_TLS, .stage = STAGE_CLIENTS, .connections = 24,
	.does = "sends the hellos of other real clients and reads the answers",
	.wanted = wants_clients, .run = client_hellos_run,
};

/* ---- the request once more, without HTTP/2 ---------------------------------------------------------- */

static bool wants_fallback(const struct run *run)
{
	const struct http_evidence *http = &run->visit->http;

	if (http_stalls_by_size(&run->visit->http_stall))
		return false;
	return run->endpoint && run->endpoint == run->visit->best && http->asked && http->fault != HTTP_FAULT_NONE &&
	       http->protocol && strcmp(http->protocol, "h2") == 0;
}

static void fallback_with(struct run *run, const char *name, const char *const *alpn)
{
	struct tls_config config = config_main;
	struct tls_session *session = NULL;
	struct conn *conn = NULL;
	struct attempt *at;

	config.name = name;
	config.alpn = alpn;
	at = attempt_full(run, name, 0, &config, run->visit->target.servername, &session, &conn);
	if (!session)
		return;
	http_over(run, session, conn, at, &run->visit->http_fallback);
	tls_shutdown(session);
	tls_session_free(session);
	conn_close(conn);
}

static void http_fallback_run(struct run *run)
{
	fallback_with(run, "http/1.1-only", alpn_http1);
	/* A server that knows h2 alone refuses http/1.1 by name and may still speak it unnamed. */
	if (!run->visit->http_fallback.asked)
		fallback_with(run, "no-alpn-http", NULL);
}

const struct probe probe_http_fallback = {
	.name = "http-fallback", .layer = LAYER_HTTP, .stage = STAGE_ISOLATE, .connections = 2,
	.does = "asks again in HTTP/1.1 after HTTP/2 failed",
	.wanted = wants_fallback, .run = http_fallback_run,
};
