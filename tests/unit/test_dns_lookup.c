/* The whole look-up against a scripted resolver on a loopback port of the test's own loop; the system's
 * resolver is a function of ours. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/config.h"
#include "dns/lookup.h"
#include "dns/message.h"

enum act { SAY_ADDRESS, SAY_RCODE, SAY_NOTHING, SAY_ALIAS, SAY_TRUNCATED, SAY_FORGED, SAY_GARBAGE, SAY_BOGUS };

/* What the scripted resolver does with questions about the host; others get NXDOMAIN. */
struct script {
	enum act act;
	int rcode;
	bool is_dead;           /* nothing for anybody */
	uv_loop_t loop;
	uv_udp_t udp;
	uv_tcp_t listener;
	uint16_t port;
	char in[4096];
	char path[64], hosts[64];
	unsigned n_ready, n_done, n_tcp;
	bool ready_came_first;
};

static size_t reply_write(const struct script *script, const uint8_t *query, size_t n, bool is_tcp, uint8_t *out)
{
	struct dns_message question;
	struct arena *arena = arena_new(0);
	bool is_ours, wants_address, is_checked = (query[3] & 0x10) == 0;
	int rcode = 3;
	size_t len;

	dns_message_decode(arena, span_of(query, n), &question);
	is_ours = strcmp(question.name, "www.x.test") == 0;
	wants_address = question.type == DNS_TYPE_A;
	len = 12 + (strcmp(question.name, ".") ? strlen(question.name) + 2 : 1) + 4;
	arena_free(arena);
	if (script->is_dead || (is_ours && script->act == SAY_NOTHING))
		return 0;
	memcpy(out, query, len);
	memset(out + 4, 0, 8);
	out[5] = 1;
	out[2] = 0x81;
	if (is_ours && script->act == SAY_RCODE)
		rcode = script->rcode;
	else if (is_ours && script->act == SAY_BOGUS && is_checked)
		rcode = 2;
	else if (is_ours && script->act != SAY_ALIAS)
		rcode = 0;
	out[3] = (uint8_t)(0x80 | rcode);
	if (!is_ours)
		return len;
	if (script->act == SAY_TRUNCATED && !is_tcp) {
		out[2] |= 2;
		return len;
	}
	if (script->act == SAY_GARBAGE)
		out[7] = 9;
	if (script->act == SAY_ALIAS) {
		out[7] = 1;
		memcpy(out + len, "\xc0\x0c\0\5\0\1\0\0\0\5\0\7\4gone\xc0\x10", 19);
		return len + 19;
	}
	if (rcode == 0 && wants_address && script->act != SAY_GARBAGE && script->act != SAY_RCODE) {
		out[7] = 1;
		memcpy(out + len, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\xc0\0\2\1", 16);
		len += 16;
	}
	return len;
}

static void buffer_give(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct script *script = handle->loop->data;

	(void)suggested;
	*buf = uv_buf_init(script->in, sizeof script->in);
}

static void udp_asked(uv_udp_t *udp, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from, unsigned flags)
{
	struct script *script = udp->loop->data;
	uint8_t out[600];
	size_t len;
	uv_buf_t reply;

	(void)flags;
	if (n <= 0 || !from)
		return;
	len = reply_write(script, (const uint8_t *)buf->base, (size_t)n, false, out);
	reply = uv_buf_init((char *)out, (unsigned)len);
	if (len > 0 && script->act == SAY_FORGED) {     /* a wrong id and a wrong question go before */
		out[0] ^= 0x55;
		uv_udp_try_send(udp, &reply, 1, from);
		out[0] ^= 0x55;
		out[13] ^= 1;
		uv_udp_try_send(udp, &reply, 1, from);
		out[13] ^= 1;
	}
	if (len > 0)
		uv_udp_try_send(udp, &reply, 1, from);
}

static void tcp_freed(uv_handle_t *handle)
{
	free(handle);
}

static void tcp_asked(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct script *script = stream->loop->data;
	uint8_t out[602];
	size_t len;
	uv_buf_t reply;

	if (n < 2) {
		uv_close((uv_handle_t *)stream, tcp_freed);
		return;
	}
	script->n_tcp++;
	len = reply_write(script, (const uint8_t *)buf->base + 2, (size_t)n - 2, true, out + 2);
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	reply = uv_buf_init((char *)out, (unsigned)len + 2);
	uv_try_write(stream, &reply, 1);
}

static void tcp_came(uv_stream_t *listener, int status)
{
	uv_tcp_t *tcp = calloc(1, sizeof *tcp);

	(void)status;
	uv_tcp_init(listener->loop, tcp);
	uv_accept(listener, (uv_stream_t *)tcp);
	uv_read_start((uv_stream_t *)tcp, buffer_give, tcp_asked);
}

static void file_write(char path[64], const char *text)
{
	int fd;

	snprintf(path, 64, "/tmp/test-dns-lookup-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void script_begin(struct script *script, const char *hosts)
{
	struct sockaddr_in address;
	int len = sizeof address;

	uv_loop_init(&script->loop);
	script->loop.data = script;
	uv_ip4_addr("127.0.0.1", 0, &address);
	uv_tcp_init(&script->loop, &script->listener);
	uv_tcp_bind(&script->listener, (struct sockaddr *)&address, 0);
	uv_tcp_getsockname(&script->listener, (struct sockaddr *)&address, &len);
	script->port = ntohs(address.sin_port);
	uv_listen((uv_stream_t *)&script->listener, 16, tcp_came);
	uv_udp_init(&script->loop, &script->udp);
	assert_int_equal(uv_udp_bind(&script->udp, (struct sockaddr *)&address, 0), 0);
	uv_udp_recv_start(&script->udp, buffer_give, udp_asked);
	file_write(script->path, "# a comment\nnameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
	file_write(script->hosts, hosts);
}

static void script_end(struct script *script)
{
	uv_close((uv_handle_t *)&script->listener, NULL);
	uv_close((uv_handle_t *)&script->udp, NULL);
	uv_run(&script->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&script->loop), 0);
	unlink(script->path);
	unlink(script->hosts);
}

static int system_says(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	struct addrinfo numeric = *hints;

	(void)host;
	numeric.ai_flags = AI_NUMERICHOST;
	return getaddrinfo("192.0.2.1", service, &numeric, result);
}

static int system_denies(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	(void)host, (void)service, (void)hints, (void)result;
	return EAI_NONAME;
}

static int system_hangs(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	(void)host, (void)service, (void)hints, (void)result;
	usleep(1500 * 1000);
	return EAI_AGAIN;
}

static void on_ready(void *ctx)
{
	struct script *script = ctx;

	script->n_ready++;
	script->ready_came_first = script->n_done == 0;
}

static void on_done(void *ctx)
{
	((struct script *)ctx)->n_done++;
}

static struct dns_evidence run(struct script *script, struct arena *arena, const char *hosts,
			       int (*system)(const char *, const char *, const struct addrinfo *, struct addrinfo **),
			       size_t *n_addresses)
{
	struct dns_evidence *out = arena_new_of(arena, struct dns_evidence);
	struct dns_lookup_options options = { .limit_ms = 3000, .first_try_ms = 60, .tries = 2, .getaddrinfo = system };
	struct dns_lookup *lookup;

	script_begin(script, hosts);
	options.resolv_conf = script->path;
	options.hosts = script->hosts;
	options.resolver_port = script->port;
	lookup = dns_lookup_start(&script->loop, arena, &options, "www.x.test", 443, out, on_ready, on_done, script);
	assert_int_equal(script->n_ready + script->n_done, 0);
	while (script->n_done == 0)
		uv_run(&script->loop, UV_RUN_ONCE);
	*n_addresses = dns_lookup_addresses(lookup)->n;
	dns_lookup_stop(lookup);
	script_end(script);
	assert_int_equal(script->n_ready, 1);
	assert_int_equal(script->n_done, 1);
	assert_true(script->ready_came_first);
	return *out;
}

struct outcome_case {
	const char *name;
	struct script script;
	int (*system)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	enum dns_outcome a;
	enum tri alive;
	bool times_out;
};

static void tells_outcomes_apart(void **state)
{
	struct outcome_case cases[] = {
		{ "address", { .act = SAY_ADDRESS }, system_says, DNS_OK, TRI_YES, false },
		{ "nxdomain", { .act = SAY_RCODE, .rcode = 3 }, system_denies, DNS_NXDOMAIN, TRI_YES, false },
		{ "nodata", { .act = SAY_RCODE, .rcode = 0 }, system_denies, DNS_NODATA, TRI_YES, false },
		{ "servfail", { .act = SAY_RCODE, .rcode = 2 }, system_denies, DNS_SERVFAIL, TRI_YES, false },
		{ "refused", { .act = SAY_RCODE, .rcode = 5 }, system_denies, DNS_REFUSED, TRI_YES, false },
		{ "other", { .act = SAY_RCODE, .rcode = 9 }, system_denies, DNS_OTHER, TRI_YES, false },
		{ "silent", { .act = SAY_NOTHING }, system_hangs, DNS_TIMEOUT, TRI_YES, true },
		{ "dead", { .is_dead = true }, system_hangs, DNS_TIMEOUT, TRI_NO, true },
		{ "alias", { .act = SAY_ALIAS }, system_denies, DNS_NXDOMAIN, TRI_YES, false },
		{ "truncated", { .act = SAY_TRUNCATED }, system_says, DNS_OK, TRI_YES, false },
		{ "forged", { .act = SAY_FORGED }, system_says, DNS_OK, TRI_YES, false },
		{ "garbage", { .act = SAY_GARBAGE }, system_denies, DNS_MALFORMED, TRI_YES, false },
		{ "bogus", { .act = SAY_BOGUS }, system_denies, DNS_BOGUS, TRI_YES, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *arena = arena_new(0);
		struct outcome_case *c = &cases[i];
		size_t n;
		struct dns_evidence dns = run(&c->script, arena, "127.0.0.1 localhost\n", c->system, &n);

		print_message("# %s\n", c->name);
		assert_int_equal(dns.a.outcome, c->a);
		assert_int_equal(dns.resolver_alive, c->alive);
		assert_int_equal(dns.system_timed_out, c->times_out);
		assert_int_equal(dns.hosts_file, TRI_NO);
		assert_int_equal(n, c->system == system_says ? 1 : 0);
		assert_int_equal(dns.a.secure, TRI_UNKNOWN);
		assert_string_equal(dns.resolvers, "127.0.0.1");
		if (c->script.act == SAY_ALIAS)
			assert_string_equal(dns.a.canonical_name, "gone.x.test");
		if (c->script.act == SAY_TRUNCATED)
			assert_true(c->script.n_tcp > 0);
		arena_free(arena);
	}
}

static void sees_the_hosts_file(void **state)
{
	struct arena *arena = arena_new(0);
	struct script script = { .act = SAY_RCODE, .rcode = 3 };
	size_t n;
	struct dns_evidence dns = run(&script, arena, "192.0.2.1\tother WWW.x.test # ours\n", system_says, &n);

	(void)state;
	assert_int_equal(dns.hosts_file, TRI_YES);
	assert_string_equal(dns.hosts_file_line, "192.0.2.1\tother WWW.x.test # ours");
	assert_int_equal(dns.a.outcome, DNS_NXDOMAIN);
	arena_free(arena);
}

static void nobody_listens(void **state)
{
	struct arena *arena = arena_new(0);
	struct script script = { .is_dead = true };
	struct dns_lookup_options options = { .getaddrinfo = system_denies, .limit_ms = 3000 };
	struct dns_evidence dns = { 0 };

	(void)state;
	script_begin(&script, "");
	uv_close((uv_handle_t *)&script.udp, NULL);
	uv_run(&script.loop, UV_RUN_NOWAIT);
	options.resolv_conf = script.path;
	options.resolver_port = script.port;
	dns_lookup_start(&script.loop, arena, &options, "www.x.test", 443, &dns, on_ready, on_done, &script);
	while (script.n_done == 0)
		uv_run(&script.loop, UV_RUN_ONCE);
	assert_int_equal(dns.a.outcome, DNS_UNREACHABLE);
	assert_non_null(dns.a.why);
	assert_int_equal(dns.resolver_alive, TRI_NO);
	uv_close((uv_handle_t *)&script.listener, NULL);
	uv_run(&script.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&script.loop), 0);
	unlink(script.path);
	unlink(script.hosts);
	arena_free(arena);
}

static void stops_at_any_time(void **state)
{
	(void)state;
	for (unsigned turns = 0; turns < 12; turns++) {
		struct arena *arena = arena_new(0);
		struct script script = { .act = SAY_TRUNCATED };
		struct dns_evidence dns = { 0 };
		struct dns_lookup_options options = { .getaddrinfo = system_says };
		struct dns_lookup *lookup;

		script_begin(&script, "");
		options.resolv_conf = script.path;
		options.resolver_port = script.port;
		lookup = dns_lookup_start(&script.loop, arena, &options, "www.x.test", 8443, &dns, on_ready, on_done,
					  &script);
		for (unsigned i = 0; i < turns; i++)
			uv_run(&script.loop, UV_RUN_NOWAIT);
		dns_lookup_stop(lookup);
		arena_free(arena);
		script_end(&script);
	}
}

/* libc asks 127.0.0.1 where resolv.conf names nobody; whoever reads that nobody answers there should learn why it was asked. */
static void says_why_127_0_0_1_is_asked(void **state)
{
	static const struct {
		const char *text, *list;
		bool is_assumed;
	} rows[] = {
		{ "nameserver 192.0.2.1\n", "192.0.2.1", false }, { "search x.test\n", "127.0.0.1", true },
		{ "nameserver nobody\n", "127.0.0.1", true }, { "", "127.0.0.1", true },
	};
	struct arena *arena = arena_new(0);
	struct dns_servers servers;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		dns_servers_parse(arena, span_str(rows[i].text), 0, &servers);
		assert_string_equal(servers.list, rows[i].list);
		assert_int_equal(servers.assumed != NULL, rows[i].is_assumed);
	}
	dns_servers_read(arena, "/nonexistent/resolv.conf", 0, &servers);
	assert_string_equal(servers.assumed, "/etc/resolv.conf cannot be read");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_outcomes_apart),
		cmocka_unit_test(sees_the_hosts_file),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(stops_at_any_time),
		cmocka_unit_test(says_why_127_0_0_1_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
