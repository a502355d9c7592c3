/* See names.h. The order is that of the enumerations. */
#include "report/names.h"

#include "x509/cert.h"

#define NAME_OF(names, value) ((size_t)(value) < COUNT_OF(names) && (names)[value] ? (names)[value] : "other")

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "info", "low", "medium", "high", "critical" };

	return NAME_OF(names, severity);
}

const char *dns_outcome_name(enum dns_outcome outcome)
{
	static const char *const names[] = {
		[DNS_NOT_ASKED] = "not-asked", [DNS_OK] = "ok", [DNS_NXDOMAIN] = "nxdomain",
		[DNS_NODATA] = "nodata", [DNS_SERVFAIL] = "servfail", [DNS_REFUSED] = "refused",
		[DNS_TIMEOUT] = "timeout", [DNS_UNREACHABLE] = "unreachable", [DNS_BOGUS] = "bogus",
		[DNS_MALFORMED] = "malformed", [DNS_OTHER] = "other",
	};

	return NAME_OF(names, outcome);
}

const char *tcp_outcome_name(enum tcp_outcome outcome)
{
	static const char *const names[] = {
		[TCP_NOT_TRIED] = "not-tried", [TCP_CONNECTED] = "connected", [TCP_REFUSED] = "refused",
		[TCP_TIMEOUT] = "timeout", [TCP_RESET] = "reset", [TCP_HOST_UNREACHABLE] = "host-unreachable",
		[TCP_NETWORK_UNREACHABLE] = "network-unreachable", [TCP_ADMIN_PROHIBITED] = "admin-prohibited",
		[TCP_PORT_UNREACHABLE] = "port-unreachable", [TCP_LOCAL_ERROR] = "local-error",
	};

	return NAME_OF(names, outcome);
}

const char *tls_fault_name(enum tls_fault fault)
{
	static const char *const names[] = {
		[TLS_FAULT_NONE] = "none", [TLS_FAULT_CONNECT] = "connect", [TLS_FAULT_CLOSED] = "closed",
		[TLS_FAULT_RESET] = "reset", [TLS_FAULT_SILENT] = "silent", [TLS_FAULT_STALLED] = "stalled",
		[TLS_FAULT_NOT_TLS] = "not-tls", [TLS_FAULT_RECORD_TOO_LONG] = "record-too-long",
		[TLS_FAULT_BAD_RECORD] = "bad-record", [TLS_FAULT_ALERT] = "alert",
		[TLS_FAULT_BAD_RECORD_MAC] = "bad-record-mac", [TLS_FAULT_UNEXPECTED_MESSAGE] = "unexpected-message",
		[TLS_FAULT_MALFORMED] = "malformed", [TLS_FAULT_VERSION_NOT_OFFERED] = "version-not-offered",
		[TLS_FAULT_SUITE_NOT_OFFERED] = "suite-not-offered", [TLS_FAULT_COMPRESSION] = "compression",
		[TLS_FAULT_SESSION_ECHO] = "session-echo", [TLS_FAULT_EXTENSION_NOT_OFFERED] = "extension-not-offered",
		[TLS_FAULT_GROUP_NOT_OFFERED] = "group-not-offered", [TLS_FAULT_RETRY_LOOP] = "retry-loop",
		[TLS_FAULT_DOWNGRADE] = "downgrade", [TLS_FAULT_UNSAFE_RENEGOTIATION] = "unsafe-renegotiation",
		[TLS_FAULT_NO_CERTIFICATE] = "no-certificate", [TLS_FAULT_BAD_CERTIFICATE] = "bad-certificate",
		[TLS_FAULT_SCHEME_NOT_OFFERED] = "scheme-not-offered", [TLS_FAULT_BAD_SIGNATURE] = "bad-signature",
		[TLS_FAULT_WEAK_DH] = "weak-dh", [TLS_FAULT_BAD_POINT] = "bad-point",
		[TLS_FAULT_BAD_FINISHED] = "bad-finished", [TLS_FAULT_OTHER] = "other",
	};

	return NAME_OF(names, fault);
}

const char *http_fault_name(enum http_fault fault)
{
	static const char *const names[] = {
		[HTTP_FAULT_NONE] = "none", [HTTP_FAULT_NO_RESPONSE] = "no-response", [HTTP_FAULT_RESET] = "reset",
		[HTTP_FAULT_TIMEOUT] = "timeout", [HTTP_FAULT_TLS_ALERT] = "tls-alert",
		[HTTP_FAULT_BAD_RECORD_MAC] = "bad-record-mac", [HTTP_FAULT_MALFORMED] = "malformed",
		[HTTP_FAULT_BAD_HEADER] = "bad-header", [HTTP_FAULT_TWO_LENGTHS] = "two-lengths",
		[HTTP_FAULT_TRUNCATED_LENGTH] = "truncated-length",
		[HTTP_FAULT_TRUNCATED_CHUNKED] = "truncated-chunked", [HTTP_FAULT_BAD_CHUNK] = "bad-chunk",
		[HTTP_FAULT_BAD_ENCODING] = "bad-encoding", [HTTP_FAULT_HEADERS_TOO_LARGE] = "headers-too-large",
		[HTTP_FAULT_H2_PROTOCOL] = "h2-protocol", [HTTP_FAULT_H2_STREAM] = "h2-stream",
		[HTTP_FAULT_H2_GOAWAY] = "h2-goaway", [HTTP_FAULT_H2_COMPRESSION] = "h2-compression",
		[HTTP_FAULT_H2_CLOSED] = "h2-closed",
	};

	return NAME_OF(names, fault);
}

const char *resource_kind_name(enum resource_kind kind)
{
	static const char *const names[] = {
		[RESOURCE_SCRIPT] = "script", [RESOURCE_STYLE] = "style", [RESOURCE_FRAME] = "frame",
		[RESOURCE_IMAGE] = "image", [RESOURCE_MEDIA] = "media", [RESOURCE_FONT] = "font",
		[RESOURCE_OBJECT] = "object", [RESOURCE_WEBSOCKET] = "websocket", [RESOURCE_FETCH] = "fetch",
		[RESOURCE_FORM] = "form", [RESOURCE_DOWNLOAD] = "download", [RESOURCE_OTHER] = "other",
	};

	return NAME_OF(names, kind);
}

const char *mixed_treatment_name(enum mixed_treatment treatment)
{
	static const char *const names[] = {
		[MIXED_NOT] = "none", [MIXED_BLOCKED] = "blocked", [MIXED_UPGRADED] = "upgraded", [MIXED_WARNED] = "warned",
	};

	return NAME_OF(names, treatment);
}

const char *dialogue_fault_name(enum dialogue_fault fault)
{
	static const char *const names[] = {
		[DIALOGUE_DONE] = "none", [DIALOGUE_SILENT] = "silent", [DIALOGUE_STALLED] = "stalled", [DIALOGUE_ENDLESS] = "endless",
		[DIALOGUE_CLOSED] = "closed", [DIALOGUE_RESET] = "reset", [DIALOGUE_TLS_ALREADY] = "tls-already",
		[DIALOGUE_OTHER_PROTOCOL] = "other-protocol", [DIALOGUE_TURNED_AWAY] = "turned-away",
		[DIALOGUE_NOT_OFFERED] = "not-offered", [DIALOGUE_REFUSED] = "refused", [DIALOGUE_WANTS_LOGIN] = "wants-login",
		[DIALOGUE_MALFORMED] = "malformed",
	};

	return NAME_OF(names, fault);
}

const char *dialogue_step_name(enum dialogue_step step)
{
	static const char *const names[] = {
		[DIALOGUE_GREETING] = "greeting", [DIALOGUE_CAPABILITIES] = "capabilities", [DIALOGUE_COMMAND] = "command",
		[DIALOGUE_LOGIN] = "login",
	};

	return NAME_OF(names, step);
}

/* ---- what a certificate's key may be used for ------------------------------------------------------------ */

const char *usage_name(unsigned bit)
{
	static const char *const words[] = { "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
					     "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly" };

	return bit < COUNT_OF(words) ? words[bit] : NULL;
}

const char *purpose_name(struct arena *arena, struct span oid)
{
	static const struct { const char *oid, *word; } words[] = {
		{ "1.3.6.1.5.5.7.3.1", "serverAuth" }, { "1.3.6.1.5.5.7.3.2", "clientAuth" }, { "1.3.6.1.5.5.7.3.3", "codeSigning" },
		{ "1.3.6.1.5.5.7.3.4", "emailProtection" }, { "1.3.6.1.5.5.7.3.8", "timeStamping" }, { "1.3.6.1.5.5.7.3.9", "OCSPSigning" },
		{ "2.5.29.37.0", "anyExtendedKeyUsage" },
	};
	const char *text = oid_text(arena, oid);

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(text, words[i].oid) == 0)
			return words[i].word;
	return text;
}

const char *usages_text(struct arena *arena, const struct cert *cert)
{
	const char *text = "";

	for (unsigned i = 0; usage_name(i); i++)
		if (cert->key_usage & 1u << i)
			text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", usage_name(i));
	return cert->has_key_usage && !*text ? "none" : text;
}

const char *purposes_text(struct arena *arena, const struct cert *cert)
{
	enum { SHOWN_MAX = 16 };
	const char *text = "";

	for (size_t i = 0; i < cert->n_eku && i < SHOWN_MAX; i++)
		text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", purpose_name(arena, cert->eku[i]));
	return cert->has_eku && !*text ? "none" : text;
}
