/* Other protocols by their first words. Greetings: RFC 4253 4.2 (SSH), RFC 5321 (SMTP), RFC 959
 * (FTP), RFC 3501 (IMAP), RFC 1939 (POP3), MySQL handshake v10, RFC 854 (Telnet), RFC 6143 (VNC). */
#include "base/attr.h"
#include "tls/reply.h"

static bool starts(struct span bytes, const char *text)
{
	return span_equal(span_sub(bytes, 0, strlen(text)), span_str(text));
}

static bool has(struct span bytes, const char *text)
{
	return span_find_nocase(span_sub(bytes, 0, 512), span_str(text)) >= 0;
}

static bool is_mysql(struct span b)
{
	/* packet length (3), sequence 0, protocol 10, a version string; or an error packet 0xff */
	return b.n > 6 && b.p[3] == 0 && b.p[2] == 0 &&
	       ((b.p[4] == 10 && b.p[5] >= '0' && b.p[5] <= '9') || (b.p[4] == 0xff && has(b, "Host")));
}

static const char *from_220(struct span bytes)
{
	if (has(bytes, "ftp"))
		return "ftp";
	if (has(bytes, "smtp") || has(bytes, "mail"))
		return "smtp";
	return "smtp or ftp";
}

const char *plain_protocol(struct span bytes)
{
	static const struct { const char *start, *name; } words[] = {
		{ "HTTP/", "http" }, { "<!DOCTYPE", "http" }, { "<html", "http" }, { "SSH-", "ssh" },
		{ "* OK", "imap" }, { "* PREAUTH", "imap" }, { "* BYE", "imap" }, { "+OK", "pop3" },
		{ "-ERR", "pop3 or redis" }, { "RFB ", "vnc" }, { "PROXY ", "proxy protocol" },
		{ "\r\n\r\n\0\r\nQUIT\n", "proxy protocol" }, { "AMQP", "amqp" }, { "421 ", "smtp or ftp" },
		{ "554 ", "smtp" }, { "200 ", "nntp" }, { "201 ", "nntp" }, { "<?xml", "xmpp" },
		{ "<stream", "xmpp" }, { "ICY ", "icecast" }, { "RTSP/", "rtsp" }, { "SIP/", "sip" },
		{ "-NOAUTH", "redis" }, { "-DENIED", "redis" }, { "\xff\xfd", "telnet" }, { "\xff\xfb", "telnet" },
		{ "E\0\0\0", "postgresql" }, { "EFATAL", "postgresql" }, { "\x03\0\0", "rdp" }, { "INFO {", "nats" },
		{ "PRI * HTTP/2", "http" }, { "\0\0\x12\x04\0\0\0\0\0", "http/2 in clear" },
	};

	if (starts(bytes, "220"))
		return from_220(bytes);
	if (is_mysql(bytes))
		return "mysql";
	if (bytes.n >= 9 && bytes.p[3] == 4 && bytes.p[4] == 0 && bytes.p[0] == 0 && bytes.p[1] == 0 && bytes.p[2] % 6 == 0)
		return "http/2 in clear";
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (starts(bytes, words[i].start))
			return words[i].name;
	return "unknown";
}
