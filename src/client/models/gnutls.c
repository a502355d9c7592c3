/* gnutls-cli 3.7: the library's words for each error; measured. */
#include "client/shows.h"
#include "kb/names.h"
#include "tls/codes.h"

#define SAYS(text) { text, 0, NULL, NULL }
#define ILLEGAL SAYS("An illegal parameter has been received.")
#define UNEXPECTED SAYS("An unexpected TLS packet was received.")
#define TERMINATED SAYS("The TLS connection was non-properly terminated.")
#define DECODING SAYS("Error decoding the received TLS packet.")

static const struct shown rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = SAYS("Cannot resolve %h:%p: Name or service not known"),
	[SHOW_DNS_FAILED] = SAYS("Cannot resolve %h:%p: Temporary failure in name resolution"),
	[SHOW_DNS_TIMEOUT] = SAYS("Cannot resolve %h:%p: Temporary failure in name resolution"),
	[SHOW_NO_ADDRESS] = SAYS("Cannot resolve %h:%p: No address associated with hostname"),
	[SHOW_REFUSED] = SAYS("Could not connect: Connection refused"), [SHOW_CONNECT_TIMEOUT] = SAYS("Could not connect: Connection timed out"),
	[SHOW_NO_ROUTE] = SAYS("Could not connect: No route to host"),
	[SHOW_NETWORK_UNREACHABLE] = SAYS("Could not connect: Network is unreachable"),
	[SHOW_PROTOCOL_UNREACHABLE] = SAYS("Could not connect: Protocol not available"),
	[SHOW_EARLY_RESET] = SAYS("Error in the pull function."), [SHOW_CONNECT_RESET] = SAYS("Error in the pull function."), [SHOW_TLS_RESET] = SAYS("Error in the pull function."),
	[SHOW_TLS_CLOSED] = TERMINATED, [SHOW_TLS_CLOSE_NOTIFY] = SAYS("Peer has terminated the connection"),
	[SHOW_TLS_SILENT] = SAYS("Operation timed out"), [SHOW_TLS_STALLED] = SAYS("Operation timed out"),
	[SHOW_NOT_TLS] = UNEXPECTED, [SHOW_PLAIN_HTTP] = UNEXPECTED,
	[SHOW_RECORD_TOO_LONG] = SAYS("A TLS record packet with invalid length was received."), [SHOW_BAD_RECORD] = UNEXPECTED,
	[SHOW_BAD_RECORD_MAC] = SAYS("Decryption has failed."), [SHOW_UNEXPECTED_MESSAGE] = SAYS("An unexpected TLS handshake packet was received."),
	[SHOW_MALFORMED] = SAYS("A TLS packet with unexpected length was received."), [SHOW_MALFORMED_CERTIFICATE] = DECODING,
	[SHOW_VERSION] = SAYS("A packet with illegal or unsupported version was received."),
	[SHOW_SUITE] = SAYS("Could not negotiate a supported cipher suite."), [SHOW_COMPRESSION] = ILLEGAL,
	[SHOW_SESSION_ECHO] = SAYS("Decryption has failed."), [SHOW_EXTENSION] = SAYS("An illegal TLS extension was received."),
	[SHOW_GROUP] = ILLEGAL, [SHOW_RETRY_LOOP] = UNEXPECTED, [SHOW_DOWNGRADE] = ILLEGAL,
	[SHOW_NO_CERTIFICATE] = SAYS("No certificate was found."), [SHOW_BAD_CERTIFICATE] = SAYS("Error in the certificate."),
	[SHOW_SCHEME] = ILLEGAL, [SHOW_BAD_SIGNATURE] = SAYS("Public key signature verification has failed."),
	[SHOW_WEAK_DH] = SAYS("The Diffie-Hellman prime sent by the server is not acceptable (not long enough)."),
	[SHOW_BAD_FINISHED] = SAYS("An error was encountered at the TLS Finished packet calculation."), [SHOW_TLS_OTHER] = DECODING,
};

static void alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = { "A TLS fatal alert has been received.", 0, "Received alert [%s]", NULL };
	const char *name = kb_alert_name(code);

	(void)late;
	show_set(c, &row, arena_printf(c->arena, "%u]: [%s", code, name ? name : "unknown"), out);
}

/* Records below TLS 1.0 end its parser, those of TLS 1.1 its handshake; an unoffered export suite is named first. */
static void adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	if (what == SHOW_MALFORMED && c->attempt && !c->attempt->has_server_hello)
		show_set(c, &rows[SHOW_MALFORMED_CERTIFICATE], NULL, out);
	if (what != SHOW_VERSION || !c->attempt || c->attempt->version == SSL_3_0)
		return;
	out->error = kb_suite(c->attempt->suite) && kb_suite(c->attempt->suite)->is_export ?
		"Could not negotiate a supported cipher suite." : "The TLS connection was non-properly terminated.";
}

const struct client_texts texts_gnutls = { .rows = rows, .alert = alert, .reads_record = record_gnutls, .waits_after_handshake = true, .adjust = adjust };
