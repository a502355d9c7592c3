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

#define W(start, name) { start, sizeof start - 1, name }

const char *plain_protocol(struct span bytes)
{
	static const struct { const char *start; size_t len; const char *name; } words[] = {
		W("HTTP/", "http"), W("<!DOCTYPE", "http"), W("<html", "http"), W("SSH-", "ssh"), W("* OK", "imap"),
		W("* PREAUTH", "imap"), W("* BYE", "imap"), W("+OK", "pop3"), W("-ERR", "pop3 or redis"),
		W("RFB ", "vnc"), W("PROXY ", "proxy protocol"), W("\r\n\r\n\0\r\nQUIT\n", "proxy protocol"),
		W("AMQP", "amqp"), W("421 ", "smtp or ftp"), W("554 ", "smtp"), W("200 ", "nntp"), W("201 ", "nntp"),
		W("<?xml", "xmpp"), W("<stream", "xmpp"), W("ICY ", "icecast"), W("RTSP/", "rtsp"), W("SIP/", "sip"),
		W("-NOAUTH", "redis"), W("-DENIED", "redis"), W("\xff\xfd", "telnet"), W("\xff\xfb", "telnet"),
		W("E\0\0\0", "postgresql"), W("EFATAL", "postgresql"), W("\x03\0\0", "rdp"), W("INFO {", "nats"),
		W("PRI * HTTP/2", "http"), W("\0\0\x12\x04\0\0\0\0\0", "http/2 in clear"),
	};

	if (starts(bytes, "220"))
		return from_220(bytes);
	if (is_mysql(bytes))
		return "mysql";
	if (bytes.n >= 9 && bytes.p[3] == 4 && bytes.p[4] == 0 && bytes.p[0] == 0 && bytes.p[1] == 0 && bytes.p[2] % 6 == 0)
		return "http/2 in clear";
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_equal(span_sub(bytes, 0, words[i].len), span_of(words[i].start, words[i].len)))
			return words[i].name;
	return "unknown";
}
