/* Whether the lines of a scene say something that we understand: a slip would otherwise serve a healthy server under a broken
 * one's name. What only OpenSSL can judge (names of suites, of extensions) fails where it is used. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab.h"

/* Words that stand alone, and keys of key=value, each list ended by NULL. */
struct vocabulary {
	const char *const *words, *const *keys;
};

static const char *const none[] = { NULL };
static const struct vocabulary certificate = {
	(const char *const[]){ "must-staple", "unknown-critical", "precertificate", "bad-signature", "wrong-key", NULL },
	(const char *const[]){ "key", "digest", "days", "issuer", "cn", "san", "bc", "ku", "eku", "nc", "aia", "ski", "aki", "policies", "policy-constraints",
			       "chain", NULL },
}, pace = { none, (const char *const[]){ "chunk", "delay_ms", "limit", "then", "flip", NULL } },
bend = {
	(const char *const[]){ "any-group", "client-cert", "clock", "compress", "compress-lies", "cookie", "crt-fault", "early", "early-refused", "ech-breaks",
			       "ech-no-retry", "ech-other-key", "no-sentinel", "psk-ke", "retry-fails", "retry-forgets", "retry-suite", "retry-twice",
			       "shares-tickets", "tls13", "warns-name", "deflate", "dh-fixed", "early-ccs", "ecdh-fixed", "echo-id", "goldendoodle", "heartbeat", "heartbleed", "invalid-curve",
			       "mac-unchecked", "md5", "no-fallback-guard", "no-renegotiation-info", "nonce-reuse", "padding-22", "poodle", "renegotiates", "robot",
			       "robot-weak", "sha1", "sleeping", "ssl2", "tag-unchecked", "ticket-month", "ticketbleed", "tickets", "tls13-careless", "zero-length",
			       "zero-ticket", "zombie", NULL },
	(const char *const[]){ "suites", "low", "high", "dh", "groups", "ech", "clock-off", NULL },
};

static const char *const kinds[] = { "tls", "bent", "raw", "closed", "full", "absent", "dns", NULL };
static const char *const refuse[] = { "refuse", NULL }, *const yes[] = { "yes", NULL }, *const required[] = { "required", NULL };
static const char *const auth[] = { "required", "optional", NULL }, *const staples[] = { "good", "revoked", "garbage", NULL };
static const char *const key_kinds[] = { "ec", "rsa", "rsa-pss", "rsa-close", "rsa-roca", "ed25519", NULL }, *const dh_sizes[] = { "1024", NULL };
static const char *const ends[] = { "stall", "reset", "close", NULL }, *const statuses[] = { "ok", "warning", "broken", NULL };

static bool is_among(const char *const *list, const char *text, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && strncmp(*list, text, n) == 0)
			return true;
	return false;
}

/* ---- a line's value: NULL where it is good, else what was expected ---------------------------------------------- */

static const char *listed(struct lab *lab, const char *const *list)
{
	const char *out = "";

	for (size_t i = 0; list[i]; i++)
		out = arena_printf(lab->arena, "%s%s%s", out, i == 0 ? "" : list[i + 1] ? ", " : " or ", list[i]);
	return out;
}

static const char *one_of(struct lab *lab, const char *value, const char *const *list)
{
	return is_among(list, value, strlen(value)) ? NULL : listed(lab, list);
}

static bool is_number(const char *text, unsigned long most)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10 && strtoul(text, NULL, 10) <= most;
}

/* "a=1 b="two words" c": each key and word one that is known. */
static const char *options_of(struct lab *lab, const char *text, const struct vocabulary *of)
{
	while (*(text += strspn(text, " \t")) != '\0') {
		size_t n = strcspn(text, "= \t"), end = n;
		bool in_quotes = false, has_value = text[n] == '=';

		for (; text[end] && (in_quotes || (text[end] != ' ' && text[end] != '\t')); end++)
			in_quotes ^= text[end] == '"';
		if (in_quotes)
			return "a second quote";
		if (!is_among(has_value ? of->keys : of->words, text, n))
			return has_value || !*of->words ? arena_printf(lab->arena, "one of %s, each with = and a value", listed(lab, of->keys)) :
							  listed(lab, of->words);
		text += end;
	}
	return NULL;
}

static const char *certificate_of(struct lab *lab, const char *value)
{
	const char *key = text_option(lab->arena, value, "key"), *wrong = options_of(lab, value, &certificate);

	if (wrong || !key || strncmp(key, "ec:", 3) == 0 || (strncmp(key, "rsa:", 4) == 0 && is_number(key + 4, 16384)))
		return wrong;
	return is_among(key_kinds, key, strlen(key)) ? NULL : "key=ec, ec:CURVE, rsa, rsa:BITS, rsa-pss, rsa-close, rsa-roca or ed25519";
}

static const char *authority_of(struct lab *lab, const char *value)
{
	size_t n = strcspn(value, " \t");

	return n == 0 || memchr(value, '=', n) ? "a name, then options" : certificate_of(lab, value + n);
}

static const char *pace_of(struct lab *lab, const char *value)
{
	static const char *const numbers[] = { "chunk", "delay_ms", "limit", "flip" };
	const char *then = text_option(lab->arena, value, "then"), *wrong = options_of(lab, value, &pace);

	for (size_t i = 0; !wrong && i < COUNT_OF(numbers); i++) {
		const char *number = text_option(lab->arena, value, numbers[i]);

		if (number && !is_number(number, 100000000))
			wrong = arena_printf(lab->arena, "a number for %s", numbers[i]);
	}
	return wrong ? wrong : then ? one_of(lab, then, ends) : NULL;
}

static const char *bend_of(struct lab *lab, const char *value)
{
	return options_of(lab, value, &bend);
}

static const char *list_of(struct lab *lab, const char *value, bool (*fits)(const char *part), const char *expected)
{
	char *parts[64];
	size_t n = text_split(arena_str(lab->arena, value), ",", parts, COUNT_OF(parts));

	for (size_t i = 0; i < n; i++)
		if (!fits(parts[i]))
			return expected;
	return n > 0 ? NULL : expected;
}

static bool is_port(const char *text)
{
	return is_number(text, 65535) && strtoul(text, NULL, 10) > 0;
}

static bool is_version(const char *text)
{
	return strlen(text) == 8 && strspn(text, "0123456789abcdefABCDEF") == 8;
}

static bool is_status(const char *text)
{
	return is_among(statuses, text, strlen(text));
}

static const char *ports_of(struct lab *lab, const char *value)
{
	return list_of(lab, value, is_port, "ports from 1 to 65535, with commas between");
}

static const char *quic_of(struct lab *lab, const char *value)
{
	if (strcmp(value, "garbage") == 0)
		return NULL;
	return list_of(lab, value, is_version, "garbage, or versions of QUIC of eight hexadecimal digits, with commas between");
}

static const char *expect_of(struct lab *lab, const char *value)
{
	char *parts[4];
	size_t n = text_split(arena_str(lab->arena, value), " \t", parts, COUNT_OF(parts));

	return n != 3 ? "STATUS LAYER CAUSE" : list_of(lab, parts[0], is_status, "ok, warning or broken first");
}

static const char *status_of(struct lab *lab, const char *value)
{
	(void)lab;
	return strlen(value) >= 3 && strspn(value, "0123456789") == 3 && (value[3] == ' ' || value[3] == '\0') ? NULL : "a number of three digits, then a reason";
}

static const char *header_of(struct lab *lab, const char *value)
{
	(void)lab;
	return strchr(value, ':') ? NULL : "NAME: VALUE";
}

static const char *url_of(struct lab *lab, const char *value)
{
	(void)lab;
	return strstr(value, "://") ? NULL : "a URL";
}

static const char *dns_of(struct lab *lab, const char *value)
{
	(void)lab;
	return dns_line_is_good(value) ? NULL : "nxdomain, servfail, refused, silence, dead, empty, closed, alias NAME or address A.B.C.D";
}

static const char *verdict_of(struct lab *lab, const char *value)
{
	char *parts[3];

	return text_split(arena_str(lab->arena, value), " \t", parts, COUNT_OF(parts)) == 2 ? NULL : "ID STATUS";
}

/* ---- steps -------------------------------------------------------------------------------------------------------------- */

static const char *hex_of(const char *text)
{
	for (; *(text += strspn(text, " \t")) != '\0'; text += 2)
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return "pairs of hexadecimal digits";
	return NULL;
}

static const char *escapes_of(const char *text)
{
	for (const char *p = strchr(text, '\\'); p; p = strchr(p + 2, '\\')) {
		size_t digits = strspn(p + 2, "0123456789");

		if (p[1] == 'x' && (!isxdigit((unsigned char)p[2]) || !isxdigit((unsigned char)p[3])))
			return "two hexadecimal digits behind \\x";
		if (p[1] == '*' && (digits == 0 || digits > 6))
			return "a number of at most six digits behind \\*";
		if (p[1] == '\0' || !strchr("rnt0\\x*", p[1]))
			return "\\r, \\n, \\t, \\0, \\\\, \\xNN or \\*N";
	}
	return NULL;
}

/* What no step is, script.c says. */
static const char *step_of(struct lab *lab, const char *value)
{
	size_t n = strcspn(value, " \t"), digits;
	const char *rest = value + n + strspn(value + n, " \t");

	(void)lab;
	if (is_among((const char *const[]){ "hex", "retry", "frame", NULL }, value, n))
		return hex_of(rest);
	digits = strspn(rest, "0123456789");
	if (is_among((const char *const[]){ "wait", "drip", "take", "alert", NULL }, value, n) && (digits == 0 || digits > 6))
		return "a number";
	if (is_among((const char *const[]){ "take", NULL }, value, n))
		return is_number(rest, 512) ? NULL : "a number of bytes, at most 512";
	return is_among((const char *const[]){ "send", "drip", NULL }, value, n) ? escapes_of(rest) : NULL;
}

static const char *body_of(struct lab *lab, const char *value)
{
	(void)lab;
	return escapes_of(value);
}

/* ---- by its first word ------------------------------------------------------------------------------------------------------ */

static const struct row {
	const char *word;
	const char *const *list;                /* one of these; NULL: `fits` says */
	const char *(*fits)(struct lab *lab, const char *value);
} rows[] = {
	{ "kind", kinds, NULL }, { "sni", refuse, NULL }, { "slow", yes, NULL }, { "proxy-protocol", required, NULL }, { "client-cert", auth, NULL },
	{ "staple", staples, NULL }, { "expect", NULL, expect_of }, { "cert", NULL, certificate_of }, { "other-cert", NULL, certificate_of },
	{ "ca", NULL, authority_of }, { "pace", NULL, pace_of }, { "bend", NULL, bend_of }, { "port", NULL, ports_of }, { "quic", NULL, quic_of }, { "dns", NULL, dns_of },
	{ "status", NULL, status_of }, { "header", NULL, header_of }, { "url", NULL, url_of }, { "proxy", NULL, url_of }, { "dh-bits", dh_sizes, NULL },
	{ "verdict", NULL, verdict_of }, { "do", NULL, step_of }, { "do-h2", NULL, step_of }, { "before", NULL, step_of }, { "body", NULL, body_of },
};

void scene_check_line(struct lab *lab, const struct scene *scene, const struct line *line)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *wrong;

		if (strcmp(rows[i].word, line->word) != 0)
			continue;
		wrong = rows[i].list ? one_of(lab, line->rest, rows[i].list) : rows[i].fits(lab, line->rest);
		if (wrong)
			lab_fail("%s:%u: %s %.100s: expected %s", scene->path, line->number, line->word, line->rest, wrong);
	}
}
