/* The dialogues before TLS, good and bad side by side; each once in whole pieces and once byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "starttls/dialogue.h"

struct row {
	const char *protocol;
	const char *says[6];            /* what the peer says, in turn; NULL ends it and the connection closes */
	size_t n[6];                    /* bytes of each, 0: up to the NUL */
	enum dialogue_fault fault;
	enum tri offered;
	int code;
	const char *text;               /* part of it, NULL any */
	const char *asked;              /* part of all that we sent, NULL any */
};

static const struct row rows[] = {
	{ "smtp", { "220 a ESMTP\r\n", "250-a\r\n250 STARTTLS\r\n", "220 go\r\n" }, .offered = TRI_YES, .asked = "STARTTLS\r\n" },
	{ "smtp", { "220-a\r\n220 b\r\n", "250-a\r\n250-size 1\r\n250 starttls\r\n", "220 go\r\n" }, .offered = TRI_YES },
	{ "smtp", { "220 a\n", "250 STARTTLS\n", "220 go\n" }, .offered = TRI_YES },
	{ "smtp", { "220 a\r\n", "250-a\r\n250 HELP\r\n", "502 no\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .code = 502, .text = "502 no" },
	{ "smtp", { "220 a\r\n", "250-a\r\n250-XXXXXXXA\r\n250 HELP\r\n", "220 go\r\n" }, .offered = TRI_NO },
	{ "smtp", { "220 a\r\n", "502 EHLO?\r\n", "500 what\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .code = 500 },
	{ "smtp", { "220 a\r\n", "250 STARTTLS\r\n", "454 later\r\n" }, .fault = DIALOGUE_REFUSED, .offered = TRI_YES, .code = 454, .text = "later" },
	{ "smtp", { "554 listed\r\n" }, .fault = DIALOGUE_TURNED_AWAY, .code = 554, .text = "listed" },
	{ "smtp", { "421 busy\r\n" }, .fault = DIALOGUE_TURNED_AWAY, .code = 421 },
	{ "smtp", { "* OK IMAP\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "smtp", { "220 ProFTPD Server\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "smtp", { "\x15\x03\x01\x00\x02\x02\x0a" }, { 7 }, .fault = DIALOGUE_TLS_ALREADY },
	{ "smtp", { "220 a\r\n", "250-a\r\nnonsense\r\n" }, .fault = DIALOGUE_MALFORMED, .text = "nonsense" },
	{ "smtp", { NULL }, .fault = DIALOGUE_CLOSED },
	{ "smtp", { "220 a\r\n", "250-a\r\n" }, .fault = DIALOGUE_CLOSED },
	{ "lmtp", { "220 a\r\n", "250 STARTTLS\r\n", "220 go\r\n" }, .offered = TRI_YES, .asked = "LHLO " },
	{ "imap", { "* OK hi\r\n", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK\r\n", "a2 OK go\r\n" }, .offered = TRI_YES },
	{ "imap", { "* OK hi\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK\r\n", "a2 BAD no\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "imap", { "* OK hi\r\n", "* CAPABILITY X-NOSTARTTLS\r\na1 OK\r\n", "a2 BAD no\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "imap", { "* OK hi\r\n", "* CAPABILITY STARTTLS\r\na1 OK\r\n", "a2 NO broken\r\n" }, .fault = DIALOGUE_REFUSED, .offered = TRI_YES, .text = "broken" },
	{ "imap", { "* PREAUTH hi\r\n" }, .fault = DIALOGUE_REFUSED, .text = "PREAUTH" },
	{ "imap", { "* BYE go away\r\n" }, .fault = DIALOGUE_TURNED_AWAY },
	{ "imap", { "+OK pop\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "pop3", { "+OK hi\r\n", "+OK\r\nTOP\r\nSTLS\r\n.\r\n", "+OK go\r\n" }, .offered = TRI_YES, .asked = "STLS" },
	{ "pop3", { "+OK hi\r\n", "+OK\r\nTOP\r\n.\r\n", "-ERR no\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "pop3", { "+OK hi\r\n", "-ERR CAPA?\r\n", "+OK go\r\n" }, .offered = TRI_UNKNOWN },
	{ "pop3", { "-ERR busy\r\n" }, .fault = DIALOGUE_TURNED_AWAY },
	{ "sieve", { "\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n", "OK go\r\n" }, .offered = TRI_YES },
	{ "sieve", { "\"IMPLEMENTATION\" \"x\"\r\nOK\r\n", "NO what\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "sieve", { "BYE \"full\"\r\n" }, .fault = DIALOGUE_TURNED_AWAY },
	{ "nntp", { "200 hi\r\n", "101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n", "382 go\r\n" }, .offered = TRI_YES },
	{ "nntp", { "201 hi\r\n", "500 what\r\n", "580 no\r\n" }, .fault = DIALOGUE_REFUSED, .code = 580 },
	{ "ftp", { "220 (vsFTPd 3)\r\n", "211-Features:\r\n AUTH TLS\r\n PBSZ\r\n211 End\r\n", "234 go\r\n" }, .offered = TRI_YES, .asked = "AUTH TLS" },
	{ "ftp", { "220 x\r\n", "211-Features:\r\n PASV\r\n211 End\r\n", "530 login first\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .code = 530 },
	{ "ftp", { "220 x\r\n", "500 what\r\n", "234 go\r\n" }, .offered = TRI_UNKNOWN },
	{ "ftp", { "220 mail ESMTP smtp\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "mssql", { "\x04\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x10\x00\x00\x00\x00\x00\x01" }, { 26 }, .offered = TRI_YES },
	{ "mssql", { "\x04\x01\x00\x1a\x00\x00\x01\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x10\x00\x00\x00\x00\x00\x02" }, { 26 }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .code = 2 },
	{ "mssql", { "\x04\x01\x00\x09\x00\x00\x01\x00\xff" }, { 9 }, .fault = DIALOGUE_MALFORMED },
	{ "mssql", { "\x04\x01\x00\x0d\x00\x00\x01\x00\x01\xff\xff\xff\xff" }, { 13 }, .fault = DIALOGUE_MALFORMED },
	{ "mssql", { "\x04\x01\x00\x00" }, { 4 }, .fault = DIALOGUE_MALFORMED },
	{ "mssql", { "\x04\x01\x00\x07" }, { 4 }, .fault = DIALOGUE_MALFORMED },
	{ "mssql", { "\x04\x01\x00\x0d\x00\x00\x01\x00\x01\x00\x05\x00\x01\x01" }, { 14 }, .fault = DIALOGUE_MALFORMED },
	{ "mssql", { "\x04\x01\x00\x1a\x00" }, { 5 }, .fault = DIALOGUE_CLOSED },
	{ "mssql", { "SSH-2.0-x\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "mysqlx", { "\x04\x00\x00\x00\x0b\x08\x05\x10\x01\x00\x00\x00\x00" }, { 13 }, .offered = TRI_UNKNOWN },
	{ "mysqlx", { "\x0e\x00\x00\x00\x01\x08\x01\x10\x89\x27\x1a\x02no\x22\x03HY0" }, { 18 }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .code = 5001, .text = "no" },
	{ "mysqlx", { "\x05\x00\x00\x00\x01\x1a\xff\xff\x7f" }, { 9 }, .fault = DIALOGUE_REFUSED },
	{ "mysqlx", { "\x00\x00\x00\x00\x00" }, { 5 }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "amqp", { "AMQP\x02\x01\x00\x00" }, { 8 }, .offered = TRI_UNKNOWN },
	{ "amqp", { "AMQP\x00\x00\x09\x01" }, { 8 }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .text = "0.9.1" },
	{ "amqp", { "AMQP\x02" }, { 5 }, .fault = DIALOGUE_CLOSED },
	{ "amqp", { "HTTP/1.1 400 Bad\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "acap", { "* ACAP (IMPLEMENTATION \"x\") (STARTTLS)\r\n", "a1 OK \"go\"\r\n" }, .offered = TRI_YES, .asked = "a1 STARTTLS\r\n" },
	{ "acap", { "* ACAP (IMPLEMENTATION \"x\")\r\n", "a1 BAD \"no\"\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "acap", { "* BYE \"full\"\r\n" }, .fault = DIALOGUE_TURNED_AWAY },
	{ "acap", { "* OK IMAP\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "http-upgrade", { "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.2\r\n\r\n" }, .offered = TRI_YES, .asked = "Upgrade: TLS/1.2" },
	{ "http-upgrade", { "HTTP/1.1 405 Not Allowed\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .code = 405 },
	{ "http-upgrade", { "HTTP/1.1 503 Busy\r\n" }, .fault = DIALOGUE_REFUSED, .offered = TRI_UNKNOWN, .code = 503 },
	{ "http-upgrade", { "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n" }, .fault = DIALOGUE_CLOSED },
	{ "http-upgrade", { "220 mail ESMTP\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "irc", { ":s NOTICE * :looking\r\n:s 670 * :go\r\n" }, .offered = TRI_UNKNOWN },
	{ "irc", { ":s 691 * :failed\r\n" }, .fault = DIALOGUE_REFUSED, .code = 691 },
	{ "irc", { ":s 421 * STARTTLS :Unknown command\r\n" }, .fault = DIALOGUE_NOT_OFFERED, .code = 421 },
	{ "irc", { "ERROR :Closing Link\r\n" }, .fault = DIALOGUE_TURNED_AWAY },
	{ "xmpp", { "<?xml version='1.0'?><stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>", "<proceed xmlns='x'/>" }, .offered = TRI_YES, .asked = "to='mail.example'" },
	{ "xmpp", { "<stream:stream><stream:features/>", "<failure xmlns='x'/>" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "xmpp", { "<stream:stream><stream:error><host-unknown/></stream:error></stream:stream>" }, .fault = DIALOGUE_TURNED_AWAY, .text = "host-unknown" },
	{ "xmpp", { "<stream:stream><stream:features/>", "<stream:error><unsupported-stanza-type/></stream:error>" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "xmpp", { "HTTP/1.1 400 Bad\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "xmpp-server", { "<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>", "<proceed/>" }, .offered = TRI_YES, .asked = "jabber:server" },
	{ "ldap", { "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00" }, { 14 }, .offered = TRI_UNKNOWN },
	{ "ldap", { "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00" }, { 22 }, .offered = TRI_UNKNOWN },
	{ "ldap", { "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00" }, { 14 }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO, .code = 2, .text = "protocolError" },
	{ "ldap", { "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x01\x04\x00\x04\x00" }, { 14 }, .fault = DIALOGUE_REFUSED, .code = 1 },
	{ "ldap", { "\x30\x80" }, { 2 }, .fault = DIALOGUE_MALFORMED },
	{ "ldap", { "\x30\x84\xff\xff\xff\xff\x02" }, { 7 }, .fault = DIALOGUE_CLOSED },
	{ "ldap", { "\x30\x03\x02\x01\x01" }, { 5 }, .fault = DIALOGUE_MALFORMED },
	{ "postgres", { "S" }, .offered = TRI_YES },
	{ "postgres", { "N" }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "mysql", { "\x4a\0\0\0\x0a" "8.0.36\0\x01\0\0\0abcdefgh\0\xff\xff\x2d\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0abcdefghijkl\0mysql_native_password\0" }, { 78 }, .offered = TRI_YES },
	{ "mysql", { "\x4a\0\0\0\x0a" "8.0.36\0\x01\0\0\0abcdefgh\0\xff\xf7\x2d\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0abcdefghijkl\0mysql_native_password\0" }, { 78 }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "mysql", { "\x14\0\0\0\xff\x6a\x04Host is not allowe" }, { 24 }, .fault = DIALOGUE_TURNED_AWAY, .code = 1130, .text = "not allow" },
	{ "mysql", { "\x06\0\0\0\x0a" "8.0.3" }, { 10 }, .fault = DIALOGUE_MALFORMED },
	{ "mysql", { "220 mail\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "rdp", { "\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x02\0\0\0" }, { 19 }, .offered = TRI_UNKNOWN },
	{ "rdp", { "\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x03\0\x08\0\x03\0\0\0" }, { 19 }, .fault = DIALOGUE_NOT_OFFERED, .code = 3, .text = "SSL_CERT_NOT_ON_SERVER" },
	{ "rdp", { "\x03\0\0\x0b\x06\xd0\0\0\x12\x34\0" }, { 11 }, .fault = DIALOGUE_NOT_OFFERED },
	{ "rdp", { "\x03\0\0\x05\x06" }, { 5 }, .fault = DIALOGUE_MALFORMED },
	{ "telnet", { "\xff\xfd\x18\xff\xfd\x2e", "\xff\xfa\x2e\x01\xff\xf0" }, { 6, 6 }, .offered = TRI_UNKNOWN },
	{ "telnet", { "\xff\xfe\x2e" }, { 3 }, .fault = DIALOGUE_NOT_OFFERED },
	{ "vnc", { "RFB 003.008\n", "\x02\x01\x13", "\0\x02", "\0", "\x01\0\0\x01\x04", "\x01" }, { 12, 3, 2, 1, 5, 1 }, .offered = TRI_YES },
	{ "vnc", { "RFB 003.008\n", "\x01\x02" }, { 12, 2 }, .fault = DIALOGUE_NOT_OFFERED, .offered = TRI_NO },
	{ "http", { "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n" }, .offered = TRI_UNKNOWN, .asked = "CONNECT mail.example:25 HTTP/1.1\r\n" },
	{ "http", { "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=x\r\nProxy-Authenticate: NTLM\r\n\r\n" }, .fault = DIALOGUE_WANTS_LOGIN, .code = 407, .asked = "Proxy-Authorization: Basic dTpw\r\n" },
	{ "http", { "HTTP/1.0 401 Unauthorized\r\n\r\n" }, .fault = DIALOGUE_WANTS_LOGIN, .code = 401 },
	{ "http", { "HTTP/1.0 403 Forbidden\r\n\r\n" }, .fault = DIALOGUE_REFUSED, .code = 403, .text = "Forbidden" },
	{ "http", { "SSH-2.0-x\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "http", { "HTTP/1.1 abc\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "http", { "\x15\x03\x01\0\x02\x02\x16" }, { 7 }, .fault = DIALOGUE_TLS_ALREADY },
	{ "socks5", { "\x05\0", "\x05\0\0\x01\x7f\0\0\x01\0\x19" }, { 2, 10 }, .offered = TRI_UNKNOWN },
	{ "socks5", { "\x05\x02", "\x01\0", "\x05\0\0\x03\x02" "ab\0\x19" }, { 2, 2, 9 }, .offered = TRI_UNKNOWN },
	{ "socks5", { "\x05\x02", "\x01\x01" }, { 2, 2 }, .fault = DIALOGUE_WANTS_LOGIN, .code = 1 },
	{ "socks5", { "\x05\xff" }, { 2 }, .fault = DIALOGUE_WANTS_LOGIN, .code = 255 },
	{ "socks5", { "\x05\0", "\x05\x02\0\x01\0\0\0\0\0\0" }, { 2, 10 }, .fault = DIALOGUE_REFUSED, .code = 2, .text = "rules" },
	{ "socks5", { "HTTP/1.1 400 Bad\r\n" }, .fault = DIALOGUE_OTHER_PROTOCOL },
	{ "socks4", { "\0\x5a\0\0\0\0\0\0" }, { 8 }, .offered = TRI_UNKNOWN },
	{ "socks4", { "\0\x5b\0\0\0\0\0\0" }, { 8 }, .fault = DIALOGUE_REFUSED, .code = 91 },
};

static const struct dialogue_protocol *protocol_of(const char *name)
{
	const struct dialogue_protocol *found = starttls_find(name);

	return found ? found : tunnel_find(name);
}

static struct span collect(struct arena *arena, struct span all, struct span more)
{
	uint8_t *copy = arena_alloc(arena, all.n + more.n + 1);

	if (all.n)
		memcpy(copy, all.p, all.n);
	if (more.n)
		memcpy(copy + all.n, more.p, more.n);
	return span_of(copy, all.n + more.n);
}

static struct span run(struct arena *arena, const struct row *row, size_t step, struct dialogue_evidence *out)
{
	const struct dialogue_ask ask = { .host = "mail.example", .port = 25, .user = "u", .password = "p" };
	struct dialogue *d = dialogue_new(arena, protocol_of(row->protocol), &ask, out);
	struct span sent = collect(arena, span_of(NULL, 0), dialogue_send(d));

	for (size_t i = 0; i < COUNT_OF(row->says) && row->says[i] && !dialogue_over(d); i++) {
		struct span all = span_of(row->says[i], row->n[i] ? row->n[i] : strlen(row->says[i]));

		for (size_t at = 0; at < all.n; at += step) {
			dialogue_receive(d, span_sub(all, at, step));
			sent = collect(arena, sent, dialogue_send(d));
		}
	}
	dialogue_end(d, DIALOGUE_CLOSED);
	return sent;
}

/* What differs is printed; all rows are looked at. */
static unsigned check(const struct row *row, size_t step)
{
	struct arena *arena = arena_new(0);
	struct dialogue_evidence e;
	struct span sent = run(arena, row, step, &e);
	bool is_as_told = e.fault == row->fault && e.offered == row->offered && (!row->code || e.code == row->code) &&
			  (!row->text || strstr(e.text ? e.text : "", row->text)) &&
			  (!row->asked || span_find(sent, span_str(row->asked)) >= 0);

	if (!is_as_told)
		print_message("# row %zu, %s, \"%.40s\" in pieces of %zu: fault %d (%d), offered %d (%d), code %d (%d), text \"%.40s\"\n",
			      (size_t)(row - rows), row->protocol, row->says[0] ? row->says[0] : "", step, e.fault, row->fault,
			      e.offered, row->offered, e.code, row->code, e.text ? e.text : "");
	arena_free(arena);
	return !is_as_told;
}

static void in_pieces_of(size_t step)
{
	unsigned n_bad = 0;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		n_bad += check(&rows[i], step);
	assert_int_equal(n_bad, 0);
}

static void in_whole_pieces(void **state)
{
	(void)state;
	in_pieces_of(4096);
}

static void byte_by_byte(void **state)
{
	(void)state;
	in_pieces_of(1);
}

static void ends_whatever_comes(void **state)
{
	static const char *const pieces[] = { "220-more\r\n", "* OK x\r\n* more\r\n", "x", "<a>", ":s NOTICE * :x\r\n", "\xff\xfd\x01", "\0\0\0\0" };

	(void)state;
	for (const struct dialogue_protocol *const *p = dialogue_protocols; *p; p++)
		for (size_t i = 0; i < COUNT_OF(pieces); i++) {
			struct arena *arena = arena_new(0);
			const struct dialogue_ask ask = { .host = "a", .port = 1 };
			struct dialogue_evidence e;
			struct dialogue *d = dialogue_new(arena, *p, &ask, &e);
			size_t n = strlen(pieces[i]), rounds = 0;

			for (; !dialogue_over(d) && rounds < 300000; rounds++)
				dialogue_receive(d, span_of(pieces[i], n ? n : 4));
			assert_true(dialogue_over(d));
			assert_true(arena_used(arena) < (size_t)8 << 20);
			arena_free(arena);
		}
}

static void what_comes_too_early(void **state)
{
	struct arena *arena = arena_new(0);
	const struct dialogue_ask ask = { .host = "a", .port = 1 };
	struct dialogue_evidence e;
	struct dialogue *d = dialogue_new(arena, starttls_find("smtp"), &ask, &e);

	(void)state;
	dialogue_receive(d, span_str("220 a\r\n"));
	dialogue_receive(d, span_str("250 STARTTLS\r\n"));
	dialogue_receive(d, span_str("220 go\r\n250 injected\r\n"));
	assert_int_equal(e.fault, DIALOGUE_DONE);
	assert_true(span_is(e.after, "250 injected\r\n"));
	d = dialogue_new(arena, starttls_find("postgres"), &ask, &e);
	dialogue_receive(d, span_str("SX"));
	assert_int_equal(e.fault, DIALOGUE_DONE);
	assert_true(span_is(e.after, "X"));
	arena_free(arena);
}

static void silence_and_stalls_differ(void **state)
{
	struct arena *arena = arena_new(0);
	const struct dialogue_ask ask = { .host = "a", .port = 1 };
	struct dialogue_evidence e;
	struct dialogue *d = dialogue_new(arena, starttls_find("smtp"), &ask, &e);

	(void)state;
	dialogue_end(d, DIALOGUE_SILENT);
	assert_int_equal(e.fault, DIALOGUE_SILENT);
	d = dialogue_new(arena, starttls_find("smtp"), &ask, &e);
	dialogue_receive(d, span_str("220 with no e"));
	dialogue_end(d, DIALOGUE_SILENT);
	assert_int_equal(e.fault, DIALOGUE_STALLED);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_whole_pieces), cmocka_unit_test(byte_by_byte), cmocka_unit_test(ends_whatever_comes),
		cmocka_unit_test(what_comes_too_early), cmocka_unit_test(silence_and_stalls_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
