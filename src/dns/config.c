/* resolv.conf(5): nameserver, options timeout: and attempts:; hosts(5). Both are the machine's own,
 * yet may be anything: sizes are capped, unknown words are passed over as libc does. */
#include "dns/config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (4u << 20)     /* block lists as hosts files run to megabytes */
#define BLANKS " \t\r\f\v"

static bool file_read(struct arena *arena, const char *path, struct span *out)
{
	FILE *file = fopen(path, "re");
	uint8_t *all = NULL;
	size_t n = 0, cap = 0;

	if (!file)
		return false;
	for (;;) {
		if (n == cap) {
			uint8_t *more = arena_alloc(arena, cap ? 2 * cap : 8192);

			if (n)
				memcpy(more, all, n);
			all = more;
			cap = cap ? 2 * cap : 8192;
		}
		size_t got = fread(all + n, 1, cap - n, file);

		n += got;
		if (got == 0 || n >= FILE_MAX)
			break;
	}
	fclose(file);
	*out = span_of(all, n);
	return true;
}

static struct span line_next(struct span *text)
{
	const uint8_t *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
	size_t n = end ? (size_t)(end - text->p) : text->n;
	struct span line = span_of(text->p, n);

	*text = span_sub(*text, end ? n + 1 : n, text->n);
	return line;
}

static struct span word_next(struct span *line)
{
	size_t from = 0, to;

	while (from < line->n && strchr(BLANKS, line->p[from]) && line->p[from])
		from++;
	for (to = from; to < line->n && !(strchr(BLANKS, line->p[to]) && line->p[to]); to++)
		;
	struct span word = span_sub(*line, from, to - from);

	*line = span_sub(*line, to, line->n);
	return word;
}

static bool address_parse(struct span word, uint16_t port, struct sockaddr_storage *out)
{
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 2], *zone;
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	if (word.n == 0 || word.n >= sizeof text)
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = '\0';
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return true;
	}
	zone = strchr(text, '%');
	if (zone)
		*zone++ = '\0';
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1)
		return false;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	if (zone)
		in6->sin6_scope_id = if_nametoindex(zone);
	return true;
}

static void server_add(struct arena *arena, struct dns_servers *out, struct span word, uint16_t port)
{
	if (out->n == DNS_SERVERS_MAX || !address_parse(word, port, &out->items[out->n]))
		return;
	out->texts[out->n] = arena_strn(arena, word.p, word.n);
	out->list = out->n == 0 ? out->texts[0]
				: arena_printf(arena, "%s, %s", out->list, out->texts[out->n]);
	out->n++;
}

static void option_read(struct dns_servers *out, struct span word)
{
	char text[32];
	unsigned long value;

	if (word.n >= sizeof text || word.n == 0)
		return;
	memcpy(text, word.p, word.n);
	text[word.n] = '\0';
	if (strncmp(text, "timeout:", 8) == 0) {
		value = strtoul(text + 8, NULL, 10);
		out->timeout_s = value < 1 ? 1 : value > 30 ? 30 : (unsigned)value;
	} else if (strncmp(text, "attempts:", 9) == 0) {
		value = strtoul(text + 9, NULL, 10);
		out->attempts = value < 1 ? 1 : value > 5 ? 5 : (unsigned)value;
	}
}

void dns_servers_parse(struct arena *arena, struct span text, uint16_t port, struct dns_servers *out)
{
	*out = (struct dns_servers){ .timeout_s = 5, .attempts = 2, .has_file = true };
	if (port == 0)
		port = 53;
	while (text.n > 0) {
		struct span line = line_next(&text);
		struct span key = word_next(&line);

		if (span_is(key, "nameserver"))
			server_add(arena, out, word_next(&line), port);
		if (!span_is(key, "options"))
			continue;
		for (struct span word = word_next(&line); word.n; word = word_next(&line))
			option_read(out, word);
	}
	out->assumed = out->n == 0 ? "/etc/resolv.conf names no name server" : NULL;
	if (out->n == 0)
		server_add(arena, out, span_str("127.0.0.1"), port);
}

void dns_servers_read(struct arena *arena, const char *path, uint16_t port, struct dns_servers *out)
{
	struct span text = { 0 };
	bool has_file = file_read(arena, path, &text);

	dns_servers_parse(arena, text, port, out);
	out->has_file = has_file;
	if (!has_file)
		out->assumed = "/etc/resolv.conf cannot be read";
}

static bool names_host(struct span line, struct span host)
{
	for (struct span word = word_next(&line); word.n; word = word_next(&line)) {
		if (word.n > 1 && word.p[word.n - 1] == '.')
			word.n--;
		if (span_equal_nocase(word, host))
			return true;
	}
	return false;
}

enum tri dns_hosts_find(struct arena *arena, const char *path, const char *host,
			struct dns_hosts_line **lines, size_t *n_lines)
{
	struct span text, name = span_str(host);
	struct dns_hosts_line found;
	size_t cap = 0;

	*lines = NULL;
	*n_lines = 0;
	if (!file_read(arena, path, &text))
		return TRI_UNKNOWN;
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	while (text.n > 0) {
		struct span line = line_next(&text), rest;
		const uint8_t *comment = line.n ? memchr(line.p, '#', line.n) : NULL;

		rest = comment ? span_of(line.p, (size_t)(comment - line.p)) : line;
		struct span word = word_next(&rest);

		if (word.n == 0 || !names_host(rest, name) || !address_parse(word, 0, &found.address))
			continue;
		line = span_trim(line);
		found.line = arena_strn(arena, line.p, line.n);
		*arena_push(arena, *lines, *n_lines, cap) = found;
	}
	return *n_lines ? TRI_YES : TRI_NO;
}

bool dns_address_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)a)->sin_addr,
			      &((const struct sockaddr_in *)b)->sin_addr, 4) == 0;
	if (a->ss_family == AF_INET6)
		return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
			      &((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
	return false;
}
