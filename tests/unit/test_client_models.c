/* The client models over made-up evidence: how a connection ended goes in, the client's own code comes out. Numbers are
 * held against codes.tsv, whatever the way of failing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"

struct ended {
	enum tcp_outcome tcp;
	enum tls_fault fault;
	uint8_t alert;          /* with TLS_FAULT_ALERT */
	uint8_t message;        /* at which handshake message */
};

struct model_case {
	struct ended ended;
	const char *client, *error, *message;   /* message NULL: not looked at */
};

static const struct model_case cases[] = {
	{ { TCP_REFUSED, 0, 0, 0 }, "chrome", "ERR_CONNECTION_REFUSED", NULL },
	{ { TCP_REFUSED, 0, 0, 0 }, "firefox", "connectionFailure", NULL },
	{ { TCP_REFUSED, 0, 0, 0 }, "curl", "CURLE_COULDNT_CONNECT", NULL },
	{ { TCP_REFUSED, 0, 0, 0 }, "node", "ECONNREFUSED", NULL },
	{ { TCP_REFUSED, 0, 0, 0 }, "python", "ConnectionRefusedError", "[Errno 111] Connection refused" },
	{ { TCP_REFUSED, 0, 0, 0 }, "java", "ConnectException", "Connection refused" },
	{ { TCP_TIMEOUT, 0, 0, 0 }, "firefox", "netTimeout", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_RESET, 0, 0 }, "chrome", "ERR_CONNECTION_RESET", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_RESET, 0, 0 }, "firefox", "PR_CONNECT_RESET_ERROR", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_RESET, 0, 0 }, "gnutls", "Error in the pull function.", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_CLOSED, 0, 0 }, "firefox", "PR_END_OF_FILE_ERROR", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_CLOSED, 0, 0 }, "java", "SSLHandshakeException", "Remote host terminated the handshake" },
	{ { TCP_CONNECTED, TLS_FAULT_CLOSED, 0, 0 }, "go", "EOF", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_CLOSED, 0, 0 }, "openssl", "unexpected eof while reading", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_ALERT, 40, 0 }, "chrome", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_ALERT, 40, 0 }, "firefox", "SSL_ERROR_NO_CYPHER_OVERLAP", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_ALERT, 40, 0 }, "go", "remote error: tls: handshake failure", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_ALERT, 40, 0 }, "java", "SSLHandshakeException", "Received fatal alert: handshake_failure" },
	{ { TCP_CONNECTED, TLS_FAULT_ALERT, 80, 0 }, "java", "SSLException", "Received fatal alert: internal_error" },
	{ { TCP_CONNECTED, TLS_FAULT_ALERT, 70, 0 }, "firefox", "SSL_ERROR_PROTOCOL_VERSION_ALERT", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_ALERT, 200, 0 }, "firefox", "SSL_ERROR_RX_UNKNOWN_ALERT", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_UNEXPECTED_MESSAGE, 0, 20 }, "firefox", "SSL_ERROR_RX_UNEXPECTED_FINISHED", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_UNEXPECTED_MESSAGE, 0, 11 }, "firefox", "SSL_ERROR_RX_UNEXPECTED_CERTIFICATE", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_UNEXPECTED_MESSAGE, 0, 99 }, "firefox", "SSL_ERROR_RX_UNEXPECTED_HANDSHAKE", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_UNEXPECTED_MESSAGE, 0, 20 }, "java", "SSLProtocolException", "Unexpected handshake message: finished" },
	{ { TCP_CONNECTED, TLS_FAULT_SILENT, 0, 0 }, "chrome", "ERR_TIMED_OUT", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_BAD_SIGNATURE, 0, 15 }, "firefox", "SEC_ERROR_BAD_SIGNATURE", NULL },
	{ { TCP_CONNECTED, TLS_FAULT_SILENT, 0, 0 }, "curl", "CURLE_OPERATION_TIMEDOUT", NULL },
};

static void predict(struct arena *arena, const struct client *client, const struct ended *ended, struct client_result *out)
{
	struct endpoint ep = { .text = "192.0.2.1", .tcp = { .outcome = ended->tcp } };
	struct endpoint *endpoints[] = { &ep };
	struct visit visit = { .endpoints = endpoints, .n_endpoints = 1,
			       .best = ended->tcp == TCP_CONNECTED ? &ep : NULL };
	struct evidence evidence = { .arena = arena, .visit = &visit };
	struct attempt at = { .name = "main", .kind = ATTEMPT_FULL, .fault = ended->fault, .alert = ended->alert,
			      .alert_level = ended->fault == TLS_FAULT_ALERT ? 2 : 0, .tcp = { .outcome = TCP_CONNECTED },
			      .tls_sent = true, .fault_message = ended->message, .reason = "unexpected eof while reading" };

	visit.target = (struct target){ .scheme = "https", .host = "x.test", .host_shown = "x.test", .path = "/", .port = 443,
					.servername = "x.test" };
	if (ended->tcp == TCP_CONNECTED) {
		*arena_push(arena, ep.attempts, ep.n_attempts, ep.cap_attempts) = &at;
		ep.main = &at;
	}
	client_predict(client, &evidence, &visit, out);
}

static void each_says_its_own_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct model_case *c = &cases[i];
		struct arena *arena = arena_new(0);
		struct client_result r;

		predict(arena, client_find(c->client), &c->ended, &r);
		if (!r.error || strcmp(r.error, c->error) != 0)
			fail_msg("case %zu, %s: wanted %s, found %s", i, c->client, c->error, r.error ? r.error : "the page");
		if (c->message && (!r.message || strcmp(r.message, c->message) != 0))
			fail_msg("case %zu, %s: wanted %s, found %s", i, c->client, c->message, r.message ? r.message : "nothing");
		arena_free(arena);
	}
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

struct code {
	char name[64];
	long number;
};

struct code_table {
	struct code codes[4096];
	size_t n;
};

/* client, table, code, number, ...: of the browsers, whose codes have one number each. */
static struct code_table *read_codes(void)
{
	struct code_table *table = calloc(1, sizeof *table);
	FILE *file = fopen(TEST_DATA "/../../src/kb/data/codes.tsv", "re");
	char line[8192], client[32], kind[64];

	assert_non_null(file);
	assert_non_null(table);
	while (fgets(line, sizeof line, file) && table->n < COUNT_OF(table->codes)) {
		struct code *code = &table->codes[table->n];

		if (sscanf(line, "%31[^\t]\t%63[^\t]\t%63[^\t]\t%ld", client, kind, code->name, &code->number) == 4 &&
		    (strcmp(client, "chrome") == 0 || strcmp(client, "firefox") == 0))
			table->n++;
	}
	fclose(file);
	assert_true(table->n > 300);
	return table;
}

static void check_number(const struct code_table *table, const char *client, const struct client_result *r)
{
	for (size_t i = 0; r->error && r->has_number && i < table->n; i++)
		if (strcmp(table->codes[i].name, r->error) == 0 && table->codes[i].number != r->number)
			fail_msg("%s: %s is %ld in codes.tsv, the model says %ld", client, r->error, table->codes[i].number,
				 (long)r->number);
}

static void numbers_are_those_of_the_table(void **state)
{
	static const char *const browsers[] = { "chrome", "firefox" };
	struct code_table *table = read_codes();

	(void)state;
	for (size_t b = 0; b < COUNT_OF(browsers); b++)
		for (int fault = TLS_FAULT_NONE + 1; fault <= TLS_FAULT_OTHER; fault++)
			for (int detail = 0; detail < 256; detail++) {
				struct arena *arena = arena_new(0);
				struct ended ended = { TCP_CONNECTED, (enum tls_fault)fault, (uint8_t)detail, (uint8_t)detail };
				struct client_result r;

				predict(arena, client_find(browsers[b]), &ended, &r);
				check_number(table, browsers[b], &r);
				arena_free(arena);
			}
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_says_its_own_words),
		cmocka_unit_test(numbers_are_those_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
