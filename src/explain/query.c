/* Words, numbers and hints of a query. A pasted log line holds many numbers (ports, times, pids);
 * only those count that words before them, or their own size, mark as codes. */
#include "explain/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *before;     /* stands within a few words before the number */
	const char *table;
} contexts[] = {
	{ "curl: (", "curl" },          { "curl error", "curl" },
	{ "curl (", "curl" },           { "curl exit", "curl" },
	{ "curl ", "curl" },            { "curle", "curl" },
	{ "libcurl", "curl" },          { "alert", "tls-alert" },
	{ "num=", "openssl-x509" },     { "verify error", "openssl-x509" },
	{ "verify return", "openssl-x509" }, { "return code", "openssl-x509" },
	{ "verify code", "openssl-x509" }, { "x509_v", "openssl-x509" },
	{ "osstatus", "apple-ssl" },    { "cfstream", "apple-ssl" },
	{ "errssl", "apple-ssl" },      { "secure transport", "apple-ssl" },
	{ "securetransport", "apple-ssl" }, { "nsurlerror", "apple-nsurl" },
	{ "code=", "apple-nsurl" },     { "event id", "windows-event" },
	{ "eventid", "windows-event" }, { "schannel", "windows-event" },
	{ "event", "windows-event" },   { "winhttp", "windows-http" },
	{ "wininet", "windows-http" },  { "hresult", "windows-sspi" },
	{ "errno", "python" },          { "gaierror", "python" },
	{ "cloudflare", "http-cloudflare" }, { "nginx", "http-nginx" },
	{ "iis", "http-iis" },          { "alb", "http-aws-alb" },
	{ "wget exit", "wget" },        { "wget", "wget" },
	{ "exit code", "curl" },        { "exit status", "curl" },
	{ "gnutls", "gnutls" },         { "nss", "firefox-nss" },
	{ "firefox", "firefox-nss" },   { "chrome", "chrome" },
	{ "net::", "chrome" },          { "err_", "chrome" },
	{ "openssl", "openssl-ssl" },   { "error code ", "http" },
	{ "http", "http" },             { "status", "http" },
};

static const char *context_of(const char *lower, size_t at)
{
	char before[40];
	size_t n = at < sizeof before - 1 ? at : sizeof before - 1;
	const char *best = NULL, *table = NULL;

	memcpy(before, lower + at - n, n);
	before[n] = '\0';
	for (size_t i = 0; i < COUNT_OF(contexts); i++) {
		for (const char *hit = strstr(before, contexts[i].before); hit;
		     hit = strstr(hit + 1, contexts[i].before)) {
			if (!best || hit > best) {
				best = hit;
				table = contexts[i].table;
			}
		}
	}
	return table;
}

static void number_add(struct query *query, int64_t value, const char *table, bool is_telling)
{
	if (query->n_numbers < QUERY_NUMBERS_MAX)
		query->numbers[query->n_numbers++] = (struct query_number){ value, table, is_telling };
}

/* error:0A00010B of OpenSSL 3 packs library and reason as 9 and 23 bits, error:1408F10B before it
 * as 8, 12 and 12. Library 20 is SSL. */
static void openssl_error_add(struct query *query, uint64_t packed)
{
	if (packed >> 23 == 20)
		number_add(query, (int64_t)(packed & 0x7FFFFF), "openssl-ssl", true);
	else if (packed >> 24 == 0x14)
		number_add(query, (int64_t)(packed & 0xFFF), "openssl-ssl", true);
}

static size_t hex_len(const char *text)
{
	size_t n = 0;

	while (isxdigit((unsigned char)text[n]))
		n++;
	return n;
}

/* The bytes of an address "192.0.2.1:443" from `at`, its port included; 0 where none stands there. */
static size_t address_len(const char *text)
{
	size_t n = 0, dots = 0;

	while (isdigit((unsigned char)text[n]) || (text[n] == '.' && isdigit((unsigned char)text[n + 1])))
		dots += text[n++] == '.';
	if (dots != 3)
		return 0;
	if (text[n] == ':')
		for (n++; isdigit((unsigned char)text[n]);)
			n++;
	return n;
}

/* Reads the number at `at`; gives the offset behind it. */
static size_t number_read(struct query *query, const char *lower, size_t at)
{
	bool is_hex = lower[at] == '0' && lower[at + 1] == 'x' && hex_len(lower + at + 2) > 0;
	size_t digits = at + (is_hex ? 2 : 0), n = hex_len(lower + digits);
	bool is_packed = n == 8 && at >= 6 && strncmp(lower + at - 6, "error:", 6) == 0;

	if (!is_hex && (is_packed || (n == 8 && strncmp(lower + at, "800", 3) == 0)))
		is_hex = true;
	if (is_hex && n <= 8) {
		uint64_t value = strtoull(lower + digits, NULL, 16);

		if (is_packed)
			openssl_error_add(query, value);
		else
			number_add(query, (int64_t)value, context_of(lower, at), value > 0xFFFF);
		return digits + n;
	}
	size_t end = at + address_len(lower + at);
	if (end > at)
		return end;
	while (isdigit((unsigned char)lower[end]))
		end++;
	bool is_negative = at > 0 && lower[at - 1] == '-' &&
			   (at < 2 || (!isalnum((unsigned char)lower[at - 2]) && lower[at - 2] != '-'));
	if (end - at > 12 || isalpha((unsigned char)lower[end]))
		return end;
	int64_t value = strtoll(lower + at, NULL, 10);
	number_add(query, is_negative ? -value : value, context_of(lower, at - is_negative),
		   (is_negative && value >= 100) || value >= 12000);
	return end;
}

static void numbers_read(struct query *query)
{
	const char *lower = query->lower;

	for (size_t at = 0; lower[at];) {
		bool starts = at == 0 || !isalnum((unsigned char)lower[at - 1]);
		size_t end = at;

		if (starts && lower[at] != '_' && isxdigit((unsigned char)lower[at]) &&
		    (isdigit((unsigned char)lower[at]) ||
		     (at >= 6 && strncmp(lower + at - 6, "error:", 6) == 0)))
			end = number_read(query, lower, at);
		/* "error:code" begins as a packed number may, and holds none. */
		at = end > at ? end : at + 1;
		while (lower[at] && at > 0 && isalnum((unsigned char)lower[at - 1]) &&
		       isalnum((unsigned char)lower[at]))
			at++;
	}
}

static void words_read(struct query *query)
{
	size_t n = 0;
	bool in_word = false;

	for (const char *p = query->lower; *p; p++) {
		bool is_word = isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80;

		if (is_word && !in_word) {
			if (query->n_words == QUERY_WORDS_MAX)
				break;
			if (n > 0)
				query->text[n++] = ' ';
			query->starts[query->n_words++] = (uint32_t)n;
		}
		if (is_word)
			query->text[n++] = *p;
		in_word = is_word;
	}
	query->text[n] = '\0';
}

/* Typographic quotes of web pages and mails become blanks, so that words stay what they are. */
static char *lower_copy(struct arena *arena, const char *text)
{
	size_t n = strnlen(text, QUERY_LEN_MAX);
	char *lower = arena_strn(arena, text, n);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)lower[i];

		lower[i] = c < 0x80 ? (char)tolower(c) : (char)c;
		if (i + 2 < n && c == 0xE2 && (unsigned char)lower[i + 1] == 0x80) {
			bool is_minus = (unsigned char)lower[i + 2] == 0x93;

			lower[i] = ' ';
			lower[i + 1] = ' ';
			lower[i + 2] = is_minus ? '-' : ' ';
		}
	}
	return lower;
}

struct query *query_parse(struct arena *arena, const char *text)
{
	struct query *query = arena_new_of(arena, struct query);

	query->lower = lower_copy(arena, text ? text : "");
	query->text = arena_alloc(arena, 2 * strlen(query->lower) + 2);
	words_read(query);
	numbers_read(query);
	return query;
}

static const struct {
	const char *word;       /* whole words of the query */
	const char *client;
} hints[] = {
	{ "curl", "curl" },           { "git", "curl" },             { "chrome", "chrome" },
	{ "chromium", "chrome" },     { "edge", "chrome" },          { "net err", "chrome" },
	{ "firefox", "firefox" },     { "nss", "firefox" },          { "safari", "safari" },
	{ "ios", "safari" },          { "iphone", "safari" },        { "osstatus", "apple-ssl" },
	{ "nsurlerrordomain", "apple-nsurl" }, { "openssl", "openssl" }, { "verify", "openssl-x509" },
	{ "gnutls", "gnutls" },       { "wget", "wget" },            { "golang", "go" },
	{ "go", "go" },               { "docker", "go" },            { "kubectl", "go" },
	{ "dial tcp", "go" },         { "java", "java" },            { "javax", "java" },
	{ "node", "node" },           { "nodejs", "node" },          { "npm", "node" },
	{ "npm err", "node" },        { "python", "python" },        { "pip", "python" },
	{ "urllib3", "python" },      { "ssl c", "python" },         { "errno", "python" },
	{ "schannel", "windows-event" }, { "event", "windows-event" }, { "event id", "windows-event" },
	{ "windows", "windows-sspi" }, { "hresult", "windows-sspi" }, { "net", "chrome" },
	{ "dotnet", "dotnet" },       { "system net", "dotnet" },    { "alert", "tls-alert" },
	{ "tls alert", "tls-alert" }, { "cloudflare", "http-cloudflare" }, { "nginx", "http-nginx" },
	{ "iis", "http-iis" },        { "alb", "http-aws-alb" },     { "http", "http" },
	{ "status", "http" },         { "rustls", "rustls" },        { "winhttp", "windows-http" },
	{ "pkix", "firefox-pkix" },   { "x509 v err", "openssl-x509" }, { "apple", "safari" },
};

static bool has_words(const struct query *query, const char *words)
{
	size_t n = strlen(words);

	for (const char *hit = strstr(query->text, words); hit; hit = strstr(hit + 1, words)) {
		if ((hit == query->text || hit[-1] == ' ') && (hit[n] == ' ' || hit[n] == '\0'))
			return true;
	}
	return false;
}

bool query_hints_at(const struct query *query, const char *client_or_table)
{
	if (!client_or_table)
		return false;
	for (size_t i = 0; i < COUNT_OF(hints); i++) {
		if (strcmp(hints[i].client, client_or_table) == 0 && has_words(query, hints[i].word))
			return true;
	}
	return has_words(query, client_or_table);
}
