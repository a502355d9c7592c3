/* See proxy.h. */
#include "scan/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#include "net/task.h"
#include "probe/connect.h"
#include "starttls/dialogue.h"
#include "x509/trust.h"

enum { PORT_DEFAULT = 1080, PORT_HTTPS = 443, ADDRESSES_MAX = 8, SHOWN_MAX = 200 };

/* ---- the URL ------------------------------------------------------------------------------------------------ */

static unsigned hex_value(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static const char *percent_decoded(struct arena *arena, const char *text, size_t n)
{
	char *out = arena_alloc(arena, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		bool is_escape = text[i] == '%' && i + 2 < n && is_hex(text[i + 1]) && is_hex(text[i + 2]);

		out[len++] = is_escape ? (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])) : text[i];
		i += is_escape ? 2 : 0;
	}
	return out;
}

static void read_login(struct arena *arena, const char *text, size_t n, struct proxy_url *out)
{
	const char *colon = memchr(text, ':', n);
	size_t n_user = colon ? (size_t)(colon - text) : n;

	out->user = percent_decoded(arena, text, n_user);
	out->password = colon ? percent_decoded(arena, colon + 1, n - n_user - 1) : "";
}

static bool read_place(struct arena *arena, const char *text, size_t n, struct proxy_url *out)
{
	const char *end = text + n, *port = NULL;
	unsigned long value;

	if (n > 0 && text[0] == '[') {
		const char *close = memchr(text, ']', n);

		if (!close)
			return false;
		out->host = arena_strn(arena, text + 1, (size_t)(close - text) - 1);
		port = close + 1 < end ? close + 1 : NULL;
	} else {
		port = memchr(text, ':', n);
		out->host = arena_strn(arena, text, port ? (size_t)(port - text) : n);
	}
	if (!*out->host || strlen(out->host) > 253 || strpbrk(out->host, " \t\r\n/?#@'\"<>"))
		return false;
	if (!port || port + 1 == end)
		return true;
	if (*port != ':' || end - port > 6 || strspn(port + 1, "0123456789") < (size_t)(end - port) - 1)
		return false;
	value = strtoul(port + 1, NULL, 10);
	if (value < 1 || value > 65535)
		return false;
	out->port = (uint16_t)value;
	return true;
}

static const char *known_scheme(const char *text, size_t n)
{
	static const char *const schemes[] = { "http", "https", "socks4", "socks4a", "socks5", "socks5h" };

	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (span_is_nocase(span_of(text, n), schemes[i]))
			return schemes[i];
	return span_is_nocase(span_of(text, n), "socks") ? "socks4" : NULL;
}

int proxy_url_parse(struct arena *arena, const char *text, const char *given_by, struct proxy_url *out,
		    struct why_error *error)
{
	const char *at = strstr(text, "://"), *place = at ? at + 3 : text, *login;
	size_t n = strcspn(place, "/?#");
	bool is_v6;

	*out = (struct proxy_url){ .scheme = at ? known_scheme(text, (size_t)(at - text)) : "http" };
	for (login = place + n; login > place && login[-1] != '@'; login--)
		;
	if (out->scheme && login > place)
		read_login(arena, place, (size_t)(login - place) - 1, out);
	if (!out->scheme || !read_place(arena, login, n - (size_t)(login - place), out))
		return why_fail(error, WHY_EUSAGE, "%s: expected a proxy as in http://[USER:PASSWORD@]HOST:PORT; the schemes are "
				"http, https, socks4, socks4a, socks5 and socks5h", given_by);
	if (out->port == 0)
		out->port = strcmp(out->scheme, "https") == 0 ? PORT_HTTPS : PORT_DEFAULT;
	is_v6 = strchr(out->host, ':') != NULL;
	out->shown = arena_printf(arena, "%s://%s%s%s:%u", out->scheme, is_v6 ? "[" : "", out->host, is_v6 ? "]" : "", out->port);
	return 0;
}

/* ---- exemptions ------------------------------------------------------------------------------------------------ */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0);
}

/* "192.0.2.0/24", "2001:db8::1". */
static bool is_in_block(struct arena *arena, const char *entry, const char *host)
{
	const char *slash = strchr(entry, '/');
	const char *network = slash ? arena_strn(arena, entry, (size_t)(slash - entry)) : entry;
	int family = strchr(host, ':') ? AF_INET6 : AF_INET;
	unsigned long bits, most = family == AF_INET6 ? 128 : 32;
	uint8_t a[16], b[16];

	if (inet_pton(family, network, a) != 1 || inet_pton(family, host, b) != 1)
		return false;
	bits = slash ? strtoul(slash + 1, NULL, 10) : most;
	return bits <= most && same_bits(a, b, (unsigned)bits);
}

static bool is_below(const char *entry, const char *host)
{
	size_t n = strlen(entry), len = strlen(host);

	if (*entry == '*' && entry[1] == '.')   /* "*.example.org": many write it, few programs read it */
		return false;
	if (*entry == '.') {
		entry++;
		n--;
	}
	if (n > 0 && entry[n - 1] == '.')
		n--;
	return n > 0 && len >= n && strncasecmp(host + len - n, entry, n) == 0 && (len == n || host[len - n - 1] == '.');
}

/* "host:8080" exempts that port alone; a colon within an IPv6 address is none of that. */
static bool port_fits(struct arena *arena, const char **entry, uint16_t port)
{
	const char *colon = strrchr(*entry, ':');
	bool is_v6 = strchr(*entry, ':') != colon && !strchr(*entry, ']');

	if (!colon || is_v6 || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return true;
	*entry = arena_strn(arena, *entry, (size_t)(colon - *entry));
	return strtoul(colon + 1, NULL, 10) == port;
}

static bool is_exempt(struct arena *arena, const char *entry, const struct target *target)
{
	size_t n;

	if (!port_fits(arena, &entry, target->port))
		return false;
	n = strlen(entry);
	if (n > 2 && entry[0] == '[' && entry[n - 1] == ']')
		entry = arena_strn(arena, entry + 1, n - 2);
	return target->is_ip ? is_in_block(arena, entry, target->host) : is_below(entry, target->host);
}

const char *no_proxy_entry(struct arena *arena, const char *list, const struct target *target)
{
	if (!list)
		return NULL;
	if (strcmp(list, "*") == 0)
		return "*";
	while (*list) {
		size_t n = strcspn(list, ", \t");
		const char *entry = arena_strn(arena, list, n);

		if (n > 0 && is_exempt(arena, entry, target))
			return entry;
		list += n;
		list += strspn(list, ", \t");
	}
	return NULL;
}

/* ---- which ----------------------------------------------------------------------------------------------------------- */

static const char *first_set(const char *const *names, size_t n, const char *(*get)(const char *name), const char **given_by)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = get(names[i]);

		if (value && *value) {
			*given_by = names[i];
			return value;
		}
	}
	return NULL;
}

/* http_proxy in capitals is a trap: web servers hand a header of any visitor to CGI programs by that name. */
const char *proxy_setting(const struct why_options *options, const struct target *target, const char *(*get)(const char *name),
			  const char **given_by)
{
	static const char *const plain[] = { "http_proxy", "all_proxy", "ALL_PROXY" };
	static const char *const web[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
	static const char *const other[] = { "all_proxy", "ALL_PROXY" };

	*given_by = "--proxy";
	if (options->proxy)
		return *options->proxy ? options->proxy : NULL;
	if (strcmp(target->scheme, "http") == 0)
		return first_set(plain, COUNT_OF(plain), get, given_by);
	if (strcmp(target->scheme, "https") == 0)
		return first_set(web, COUNT_OF(web), get, given_by);
	return first_set(other, COUNT_OF(other), get, given_by);
}

static const char *environment(const char *name)
{
	return getenv(name);
}

/* ---- its address --------------------------------------------------------------------------------------------------------- */

struct waiting {
	struct task *task;
	bool is_ready, is_waiting;
};

static void on_ready(void *ctx)
{
	struct waiting *w = ctx;

	w->is_ready = true;
	if (w->is_waiting) {
		w->is_waiting = false;
		task_resume(w->task);
	}
}

static void on_done(void *ctx)
{
	(void)ctx;
}

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
}

static void add_address(struct scan *scan, struct visit *visit, const struct sockaddr_storage *address)
{
	struct proxy_route *route = visit->route;
	struct proxy_evidence *out = &visit->proxy;

	if (route->n_addresses >= ADDRESSES_MAX)
		return;
	route->addresses[route->n_addresses] = *address;
	set_port(&route->addresses[route->n_addresses++], out->port);
	out->addresses[out->n_addresses++] = sockaddr_text(scan->probing.arena, (const struct sockaddr *)address);
}

static bool is_address(const char *host, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	out->ss_family = AF_INET;
	if (inet_pton(AF_INET, host, &((struct sockaddr_in *)(void *)out)->sin_addr) == 1)
		return true;
	out->ss_family = AF_INET6;
	return inet_pton(AF_INET6, host, &((struct sockaddr_in6 *)(void *)out)->sin6_addr) == 1;
}

static void resolve(struct scan *scan, struct visit *visit)
{
	struct waiting w = { .task = task_current() };
	struct dns_lookup_options options = scan->dns;
	struct sockaddr_storage address;
	struct dns_lookup *lookup;

	if (is_address(visit->proxy.host, &address)) {
		visit->proxy.dns.skipped = true;
		visit->proxy.dns.skipped_because = "it is an address";
		add_address(scan, visit, &address);
		return;
	}
	options.no_extra = options.no_dnssec = true;
	lookup = dns_lookup_start(&scan->probing.net.loop, scan->probing.arena, &options, visit->proxy.host, visit->proxy.port,
				  &visit->proxy.dns, on_ready, on_done, &w);
	if (!w.is_ready) {
		w.is_waiting = true;
		task_suspend();
	}
	for (size_t i = 0; i < dns_lookup_addresses(lookup)->n; i++)
		add_address(scan, visit, &dns_lookup_addresses(lookup)->items[i]);
	dns_lookup_stop(lookup);
}

/* The system's roots, where a file of the user's speaks for the server alone: read only when a proxy is to be judged. */
static void load_roots(struct scan *scan)
{
	struct evidence *evidence = scan->probing.evidence;

	if (scan->options->cacert && !scan->options->proxy_cacert && evidence->proxy_trust == evidence->trust)
		evidence->proxy_trust = trust_load_system(NULL);
}

/* Who sets http_proxy alone may think that it speaks for https:// too. */
static void note_proxy_of_http(struct scan *scan, struct visit *visit)
{
	const char *text = environment("http_proxy");
	struct proxy_url url;

	if (!text || !*text || scan->options->proxy || strcmp(visit->target.scheme, "https") != 0 ||
	    proxy_url_parse(scan->probing.arena, text, "http_proxy", &url, NULL) != 0)
		return;
	visit->proxy = (struct proxy_evidence){ .url = url.shown, .scheme = url.scheme, .host = url.host, .port = url.port, .given_by = "http_proxy",
						.not_used_because = "https_proxy" };
}

void proxy_prepare(struct scan *scan, struct visit *visit)
{
	struct arena *arena = scan->probing.arena;
	struct proxy_evidence *out = &visit->proxy;
	const char *given_by, *text = proxy_setting(scan->options, &visit->target, environment, &given_by);
	const char *exempt = scan->options->noproxy ? scan->options->noproxy : environment("no_proxy");
	struct sockaddr_storage address;
	struct proxy_url url;

	if (!exempt)
		exempt = environment("NO_PROXY");
	if (!text) {
		note_proxy_of_http(scan, visit);
		return;
	}
	if (proxy_url_parse(arena, text, given_by, &url, NULL) != 0) {
		/* No password of anybody's is shown, nor the half of one that holds an "@" itself. */
		const char *login = strrchr(text, '@');

		*out = (struct proxy_evidence){ .given_by = given_by, .not_understood = arena_text(arena, span_sub(span_str(login ? login + 1 : text), 0, SHOWN_MAX)) };
		if (no_proxy_entry(arena, exempt ? exempt : environment("NO_PROXY"), &visit->target))
			*out = (struct proxy_evidence){ 0 };
		return;
	}
	*out = (struct proxy_evidence){ .url = url.shown, .scheme = url.scheme, .host = url.host, .port = url.port,
					.given_by = given_by, .has_login = url.user != NULL };
	out->not_used_because = no_proxy_entry(arena, exempt, &visit->target);
	if (out->not_used_because)
		return;
	out->is_used = true;
	out->addresses = arena_array(arena, const char *, ADDRESSES_MAX + 1);
	visit->route = arena_new_of(arena, struct proxy_route);
	*visit->route = (struct proxy_route){
		.protocol = tunnel_find(url.scheme), .user = url.user, .password = url.password,
		.addresses = arena_array(arena, struct sockaddr_storage, ADDRESSES_MAX + 1),
		.tls_name = strcmp(url.scheme, "https") != 0 ? NULL : is_address(url.host, &address) ? "" : url.host,
		.has_local_names = strcmp(url.scheme, "socks4") == 0 || strcmp(url.scheme, "socks5") == 0,
	};
	if (visit->route->tls_name)
		load_roots(scan);
	resolve(scan, visit);
}
