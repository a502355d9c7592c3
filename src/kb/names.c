/* Look-ups in the name tables; the tables themselves are generated. */
#include "kb/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "kb/tables.h"

#define U16_COMPARE(type)                                                                          \
	static int type##_compare(const void *code, const void *row)                               \
	{                                                                                          \
		return (int)*(const uint16_t *)code - (int)((const struct type *)row)->code;       \
	}

U16_COMPARE(kb_suite)
U16_COMPARE(kb_group)
U16_COMPARE(kb_scheme)
U16_COMPARE(kb_alert)
U16_COMPARE(kb_extension)
U16_COMPARE(kb_version)

const struct kb_suite *kb_suite(uint16_t code)
{
	return bsearch(&code, kb_suites, n_kb_suites, sizeof *kb_suites, kb_suite_compare);
}

const struct kb_group *kb_group(uint16_t code)
{
	return bsearch(&code, kb_groups, n_kb_groups, sizeof *kb_groups, kb_group_compare);
}

const struct kb_scheme *kb_scheme(uint16_t code)
{
	return bsearch(&code, kb_schemes, n_kb_schemes, sizeof *kb_schemes, kb_scheme_compare);
}

const struct kb_alert *kb_alert(uint8_t code)
{
	uint16_t key = code;

	return bsearch(&key, kb_alerts, n_kb_alerts, sizeof *kb_alerts, kb_alert_compare);
}

const struct kb_extension *kb_extension(uint16_t code)
{
	return bsearch(&code, kb_extensions, n_kb_extensions, sizeof *kb_extensions,
		       kb_extension_compare);
}

const struct kb_version *kb_version(uint16_t code)
{
	return bsearch(&code, kb_versions, n_kb_versions, sizeof *kb_versions, kb_version_compare);
}

static int suite_key_compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct kb_suite_key *)row)->name);
}

const struct kb_suite *kb_suite_by_name(const char *name)
{
	char upper[96];
	size_t n = name ? strlen(name) : 0;

	if (n == 0 || n >= sizeof upper)
		return NULL;
	for (size_t i = 0; i <= n; i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	const struct kb_suite_key *key = bsearch(upper, kb_suite_keys, n_kb_suite_keys,
						 sizeof *kb_suite_keys, suite_key_compare);
	return key ? &kb_suites[key->at] : NULL;
}

const char *kb_suite_name(uint16_t code)
{
	const struct kb_suite *suite = kb_suite(code);

	return suite ? suite->name : NULL;
}

const char *kb_group_name(uint16_t code)
{
	const struct kb_group *group = kb_group(code);

	return group ? group->name : NULL;
}

const char *kb_scheme_name(uint16_t code)
{
	const struct kb_scheme *scheme = kb_scheme(code);

	return scheme ? scheme->name : NULL;
}

const char *kb_alert_name(uint8_t code)
{
	const struct kb_alert *alert = kb_alert(code);

	return alert ? alert->name : NULL;
}

/* TLS HandshakeType, RFC 8446 4 and B.3 with what earlier versions had; RFC 8879 4. */
const char *kb_handshake_name(uint8_t type)
{
	static const struct { uint8_t type; const char *name; } rows[] = {
		{ 0, "HelloRequest" }, { 1, "ClientHello" }, { 2, "ServerHello" }, { 4, "NewSessionTicket" }, { 8, "EncryptedExtensions" },
		{ 11, "Certificate" }, { 12, "ServerKeyExchange" }, { 13, "CertificateRequest" }, { 14, "ServerHelloDone" },
		{ 15, "CertificateVerify" }, { 16, "ClientKeyExchange" }, { 20, "Finished" }, { 22, "CertificateStatus" },
		{ 24, "KeyUpdate" }, { 25, "CompressedCertificate" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].type == type)
			return rows[i].name;
	return NULL;
}

const char *kb_protocol_shown(const char *name)
{
	static const struct { const char *name, *shown; } rows[] = {
		{ "amqp", "AMQP" }, { "ftp", "FTP" }, { "http", "HTTP" }, { "http/2 in clear", "HTTP/2 in clear" }, { "icecast", "Icecast" },
		{ "imap", "IMAP" }, { "irc", "IRC" }, { "ldap", "LDAP" }, { "lmtp", "LMTP" }, { "mysql", "MySQL" }, { "nats", "NATS" },
		{ "nntp", "NNTP" }, { "pop3", "POP3" }, { "pop3 or redis", "POP3 or Redis" }, { "postgresql", "PostgreSQL" },
		{ "proxy protocol", "the PROXY protocol" }, { "rdp", "RDP" }, { "redis", "Redis" }, { "rtsp", "RTSP" }, { "sip", "SIP" },
		{ "smtp", "SMTP" }, { "smtp or ftp", "SMTP or FTP" }, { "ssh", "SSH" }, { "telnet", "Telnet" }, { "vnc", "VNC" }, { "xmpp", "XMPP" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].shown;
	return name;
}

const char *kb_extension_name(uint16_t code)
{
	const struct kb_extension *extension = kb_extension(code);

	return extension ? extension->name : NULL;
}

const char *kb_version_name(uint16_t code)
{
	const struct kb_version *version = kb_version(code);

	return version ? version->name : NULL;
}

const char *kb_class_name(enum kb_class class)
{
	static const char *const names[] = {
		[KB_CLASS_NONE] = "none",     [KB_CLASS_INSECURE] = "insecure",
		[KB_CLASS_WEAK] = "weak",     [KB_CLASS_SECURE] = "secure",
		[KB_CLASS_RECOMMENDED] = "recommended",
	};

	return (size_t)class < sizeof names / sizeof *names ? names[class] : "none";
}

bool kb_is_grease(uint16_t code)
{
	return (code & 0x0F0F) == 0x0A0A && code >> 8 == (code & 0xFF);
}
