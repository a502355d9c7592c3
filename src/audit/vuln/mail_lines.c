/* See mail_lines.h. RFC 5321, 3501, 1939, 959, 3977, 2033, 5804. */
#include "audit/vuln/mail_lines.h"

#include "base/attr.h"

static const struct mail_protocol protocols[] = {
	{"smtp", "220 ", "250 ", "220 ", "EHLO why443.invalid\r\n", "STARTTLS\r\nNOOP\r\n", "AUTH ", NULL, false},
	{"lmtp", "220 ", "250 ", "220 ", "LHLO why443.invalid\r\n", "STARTTLS\r\nNOOP\r\n", "AUTH ", NULL, false},
	{"imap", "* ", "a1 ", "a2 OK", "a1 CAPABILITY\r\n", "a2 STARTTLS\r\na3 NOOP\r\n", "AUTH=PLAIN", "LOGINDISABLED",
	 true},
	{"pop3", "+OK", ".\r\n", "+OK", "CAPA\r\n", "STLS\r\nNOOP\r\n", "USER", NULL, false},
	{"ftp", "220 ", NULL, "234", NULL, "AUTH TLS\r\nNOOP\r\n", NULL, NULL, false},
	{"nntp", "20", ".\r\n", "382", "CAPABILITIES\r\n", "STARTTLS\r\nDATE\r\n", "AUTHINFO USER", NULL, false},
	{"sieve", "OK", NULL, "OK", NULL, "STARTTLS\r\nNOOP\r\n", "\"PLAIN", NULL, false},
};

const struct mail_protocol *mail_protocol_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(protocols); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}

size_t mail_answer_end(struct span text, const char *last)
{
	size_t start = 0;

	for (size_t i = 0; last && i < text.n; i++) {
		if (text.p[i] != '\n')
			continue;
		if (span_equal_nocase(span_sub(text, start, strlen(last)), span_str(last)))
			return i + 1;
		start = i + 1;
	}
	return 0;
}

enum tri mail_offers_login(const struct mail_protocol *protocol, struct span capabilities)
{
	if (protocol->no_login && span_find_nocase(capabilities, span_str(protocol->no_login)) >= 0)
		return TRI_NO;
	if (!protocol->login)
		return TRI_UNKNOWN;
	if (span_find_nocase(capabilities, span_str(protocol->login)) >= 0)
		return TRI_YES;
	return protocol->login_by_default ? TRI_YES : TRI_NO;
}
