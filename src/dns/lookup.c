/* The look-up of a host: which questions are asked, and what their answers amount to together.
 * RFC 8659 3 (CAA climbs), 9460 9.1 and 2.3 (HTTPS and its port prefix), 6698 3 (TLSA), 4035 4.9. */
#include "dns/lookup.h"

#include "base/err.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "dns/ask.h"
#include "dns/dnssec.h"
#include "dns/records.h"
#include "dns/system.h"

#define CAA_LEVELS 16
#define OTHERS_MAX 2
#define LIBC_MS 4500            /* libc gives a server 5 s, too */

/* The questions beside each other. Those of CAA: the host's own name first, then its parents. */
enum slot {
	SLOT_A,
	SLOT_AAAA,
	SLOT_HTTPS,
	SLOT_TLSA,
	SLOT_CONTROL,           /* root SOA with DO: is anybody there, and are signatures passed on */
	SLOT_UNCHECKED,         /* the address again with CD, after SERVFAIL */
	SLOT_OTHERS,            /* the address of the other resolvers, where the first says that there is none */
	SLOT_OTHERS_END = SLOT_OTHERS + OTHERS_MAX - 1,
	SLOT_CAA,
	SLOT_COUNT = SLOT_CAA + CAA_LEVELS
};

struct slot_state {
	struct dns_lookup *lookup;
	enum slot slot;
	uint16_t type;
	struct dns_ask *ask;
	bool is_asked, is_done;
	const char *server;     /* that answered */
	struct dns_answer answer;
};

struct dns_lookup {
	uv_loop_t *loop;
	struct arena *arena;
	struct dns_lookup_options options;
	const char *host;       /* no trailing dot */
	uint16_t port;
	struct dns_evidence *out;
	void (*addresses_ready)(void *ctx);
	void (*all_done)(void *ctx);
	void *ctx;

	struct dns_servers servers;
	struct dns_system *system;
	struct dns_addresses addresses;
	struct slot_state slots[SLOT_COUNT];
	struct dns_dnssec *dnssec, *tlsa_dnssec;
	bool is_system_done, is_dnssec_started, is_dnssec_done, is_finished;
	bool is_tlsa_started, is_tlsa_done, are_others_asked;
	struct dns_servers others[OTHERS_MAX];  /* one each */
	bool has_more_labels;   /* than are asked for CAA */
	enum tri tlsa_secure;
	bool passes_signatures, has_any_answer;
	uint64_t started_ns;
	uv_timer_t *timer;      /* frees itself when closed */
};

static void progress(struct dns_lookup *lookup);

static double elapsed_ms(const struct dns_lookup *lookup)
{
	return (double)(uv_hrtime() - lookup->started_ns) / 1e6;
}

const struct dns_addresses *dns_lookup_addresses(const struct dns_lookup *lookup)
{
	return &lookup->addresses;
}

/* ---- ending ---- */

static void timer_closed(uv_handle_t *handle)
{
	free(handle);
}

static void quiesce(struct dns_lookup *lookup)
{
	lookup->is_finished = true;
	if (lookup->timer)
		uv_close((uv_handle_t *)lookup->timer, timer_closed);
	lookup->timer = NULL;
	if (lookup->system)
		dns_system_stop(lookup->system);
	lookup->system = NULL;
	for (int i = 0; i < SLOT_COUNT; i++) {
		if (lookup->slots[i].ask)
			dns_ask_stop(lookup->slots[i].ask);
		lookup->slots[i].ask = NULL;
	}
	if (lookup->dnssec)
		dns_dnssec_stop(lookup->dnssec);
	lookup->dnssec = NULL;
	if (lookup->tlsa_dnssec)
		dns_dnssec_stop(lookup->tlsa_dnssec);
	lookup->tlsa_dnssec = NULL;
}

static void finish(struct dns_lookup *lookup)
{
	if (lookup->is_finished)
		return;
	quiesce(lookup);
	lookup->all_done(lookup->ctx);
}

/* ---- what the system says ---- */

static bool is_known(const struct dns_addresses *addresses, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (dns_address_equal(&addresses->items[i], address))
			return true;
	return false;
}

static void addresses_take(struct dns_lookup *lookup, const struct addrinfo *result)
{
	size_t cap = 0;

	for (const struct addrinfo *ai = result; ai; ai = ai->ai_next) {
		struct sockaddr_storage address = { 0 };

		if (ai->ai_addrlen > sizeof address || !ai->ai_addr)
			continue;
		memcpy(&address, ai->ai_addr, ai->ai_addrlen);
		if (address.ss_family == AF_INET)
			((struct sockaddr_in *)&address)->sin_port = htons(lookup->port);
		else if (address.ss_family == AF_INET6)
			((struct sockaddr_in6 *)&address)->sin6_port = htons(lookup->port);
		else
			continue;
		if (!is_known(&lookup->addresses, &address))
			*arena_push(lookup->arena, lookup->addresses.items, lookup->addresses.n, cap) =
				address;
	}
}

/* The hosts file decided when one of its addresses is among those the system gave. */
static void hosts_compare(struct dns_lookup *lookup)
{
	struct dns_hosts_line *lines;
	size_t n;

	lookup->out->hosts_file =
		dns_hosts_find(lookup->arena, lookup->options.hosts, lookup->host, &lines, &n);
	if (lookup->out->hosts_file != TRI_YES)
		return;
	lookup->out->hosts_file = TRI_NO;
	for (size_t i = 0; i < n; i++) {
		if (!is_known(&lookup->addresses, &lines[i].address))
			continue;
		lookup->out->hosts_file = TRI_YES;
		lookup->out->hosts_file_line = lines[i].line;
		return;
	}
}

static void system_over(struct dns_lookup *lookup)
{
	lookup->is_system_done = true;
	lookup->out->system_ms = elapsed_ms(lookup);
	hosts_compare(lookup);
	lookup->addresses_ready(lookup->ctx);
}

static void system_done(void *ctx, int error, const struct addrinfo *result)
{
	struct dns_lookup *lookup = ctx;

	lookup->system = NULL;
	lookup->out->system_error = error;
	if (error)
		lookup->out->system_error_text = gai_strerror(error);
	addresses_take(lookup, result);
	system_over(lookup);
	progress(lookup);
}

/* What libc will give in the end: it waits for the silent family first. */
static void addresses_of_dns(struct dns_lookup *lookup)
{
	const struct dns_answer *answers[] = { &lookup->slots[SLOT_A].answer, &lookup->slots[SLOT_AAAA].answer };
	size_t cap = 0;

	for (size_t k = 0; k < COUNT_OF(answers); k++)
		for (size_t i = 0; i < answers[k]->n_records; i++) {
			struct sockaddr_storage address;
			socklen_t len;

			if (dns_address_decode(answers[k]->records[i].type, answers[k]->records[i].rdata, lookup->port, &address, &len))
				*arena_push(lookup->arena, lookup->addresses.items, lookup->addresses.n, cap) = address;
		}
}

static void system_give_up(struct dns_lookup *lookup)
{
	if (lookup->is_system_done)
		return;
	if (lookup->system)
		dns_system_stop(lookup->system);
	lookup->system = NULL;
	lookup->out->system_timed_out = true;
	system_over(lookup);
}

/* ---- what DNS says ---- */

static bool is_answer(enum dns_outcome outcome)
{
	return outcome != DNS_TIMEOUT && outcome != DNS_UNREACHABLE && outcome != DNS_NOT_ASKED;
}

static void slot_done(void *ctx, const struct dns_reply *reply)
{
	struct slot_state *state = ctx;
	struct dns_lookup *lookup = state->lookup;

	state->ask = NULL;
	state->is_done = true;
	state->server = reply->server;
	dns_answer_of(lookup->arena, reply, &state->answer);
	if (is_answer(reply->outcome))
		lookup->out->resolver_alive = TRI_YES;
	if (state->slot == SLOT_A && reply->has_message && reply->n_tries > 1 && lookup->servers.n > 1 && reply->server && reply->server != lookup->servers.texts[0] &&
	    reply->elapsed_ms > lookup->options.first_try_ms)
		lookup->out->first_silent = lookup->servers.texts[0];
	if (state->slot == SLOT_CONTROL && reply->has_message)
		lookup->passes_signatures = reply->message.has_rrsig;
	progress(lookup);
}

static void slot_ask(struct dns_lookup *lookup, enum slot slot, const char *name, uint16_t type)
{
	struct slot_state *state = &lookup->slots[slot];
	bool is_unchecked = slot == SLOT_UNCHECKED, is_control = slot == SLOT_CONTROL;
	struct dns_query query = { .name = name, .type = type, .has_edns = is_control,
				   .dnssec_ok = is_control, .checking_disabled = is_unchecked };
	struct dns_ask_options options = { .first_try_ms = lookup->options.first_try_ms,
					   .tries = lookup->options.tries };

	state->lookup = lookup;
	state->slot = slot;
	state->type = type;
	state->ask = dns_ask_start(lookup->loop, lookup->arena, slot >= SLOT_OTHERS && slot <= SLOT_OTHERS_END ? &lookup->others[slot - SLOT_OTHERS] : &lookup->servers,
				   &query, &options, slot_done, state);
	state->is_asked = state->ask != NULL;
}

static void caa_ask(struct dns_lookup *lookup)
{
	const char *name = lookup->host;

	/* Side by side, and no more: of a name of more labels the rest stays open. */
	for (int level = 0; name && *name; level++) {
		lookup->has_more_labels = level == CAA_LEVELS;
		if (lookup->has_more_labels)
			break;
		slot_ask(lookup, (enum slot)(SLOT_CAA + level), name, DNS_TYPE_CAA);
		name = strchr(name, '.');
		if (name)
			name++;
	}
}

static const char *tlsa_name(const struct dns_lookup *lookup)
{
	return arena_printf(lookup->arena, "_%u._tcp.%s", lookup->port, lookup->host);
}

static void extras_ask(struct dns_lookup *lookup)
{
	const char *https = lookup->host;

	if (lookup->port != 443)
		https = arena_printf(lookup->arena, "_%u._https.%s", lookup->port, lookup->host);
	slot_ask(lookup, SLOT_HTTPS, https, DNS_TYPE_HTTPS);
	slot_ask(lookup, SLOT_TLSA, tlsa_name(lookup), DNS_TYPE_TLSA);
	caa_ask(lookup);
}

static bool is_pending(const struct dns_lookup *lookup, enum slot slot)
{
	return lookup->slots[slot].is_asked && !lookup->slots[slot].is_done;
}

static bool any_pending(const struct dns_lookup *lookup)
{
	for (int slot = 0; slot < SLOT_COUNT; slot++)
		if (is_pending(lookup, (enum slot)slot))
			return true;
	return false;
}

static bool addresses_pending(const struct dns_lookup *lookup)
{
	return is_pending(lookup, SLOT_A) || is_pending(lookup, SLOT_AAAA);
}

static bool is_silent(const struct dns_lookup *lookup, enum slot slot)
{
	const struct slot_state *state = &lookup->slots[slot];

	return !state->is_asked || (state->is_done && (state->answer.outcome == DNS_TIMEOUT || (state->answer.is_cut && state->answer.elapsed_ms > LIBC_MS)));
}

/* One family has addresses, and of the other nothing is heard. */
static bool is_half_silent(const struct dns_lookup *lookup)
{
	const struct slot_state *a = &lookup->slots[SLOT_A], *aaaa = &lookup->slots[SLOT_AAAA];

	return a->is_done && aaaa->is_done && ((a->answer.outcome == DNS_OK && aaaa->answer.outcome == DNS_TIMEOUT) ||
					       (aaaa->answer.outcome == DNS_OK && a->answer.outcome == DNS_TIMEOUT));
}

/* The closest name that has CAA records counts; an error before it leaves the question open. */
static struct dns_answer caa_answer(const struct dns_lookup *lookup)
{
	const struct slot_state *caa = &lookup->slots[SLOT_CAA];

	for (int level = 0; level < CAA_LEVELS && caa[level].is_asked; level++) {
		enum dns_outcome outcome = caa[level].answer.outcome;

		if (outcome != DNS_NXDOMAIN && outcome != DNS_NODATA)
			return caa[level].answer;
	}
	if (lookup->has_more_labels && caa[0].is_asked)
		return (struct dns_answer){ .outcome = DNS_NOT_ASKED, .why = "the name has so many labels that not all above it were asked" };
	return caa[0].answer;
}

static void answers_store(struct dns_lookup *lookup)
{
	struct dns_evidence *out = lookup->out;
	enum tri a_secure = out->a.secure, aaaa_secure = out->aaaa.secure;

	if (!lookup->is_dnssec_done) {
		out->a = lookup->slots[SLOT_A].answer;
		out->aaaa = lookup->slots[SLOT_AAAA].answer;
		out->a.secure = a_secure;
		out->aaaa.secure = aaaa_secure;
	}
	out->https = lookup->slots[SLOT_HTTPS].answer;
	out->tlsa = lookup->slots[SLOT_TLSA].answer;
	out->tlsa.secure = lookup->tlsa_secure;
	out->caa = caa_answer(lookup);
	if (out->resolver_alive == TRI_UNKNOWN && lookup->slots[SLOT_CONTROL].is_done &&
	    !any_pending(lookup))
		out->resolver_alive = TRI_NO;
}

/* ---- the other resolvers ---- */

static bool denies(const struct slot_state *state)
{
	return state->is_done && (state->answer.outcome == DNS_NXDOMAIN || state->answer.outcome == DNS_NODATA);
}

static void others_note(struct dns_lookup *lookup)
{
	for (int slot = SLOT_OTHERS; slot <= SLOT_OTHERS_END; slot++) {
		const struct slot_state *other = &lookup->slots[slot];

		for (size_t i = 0; other->is_done && other->answer.outcome == DNS_OK && !lookup->out->elsewhere && i < other->answer.n_records; i++)
			if (other->answer.records[i].type == other->type) {
				lookup->out->elsewhere = other->server;
				lookup->out->elsewhere_address = other->answer.records[i].text;
			}
	}
}

/* A resolver's "no such name" is final for libc, whatever the next one knows: split DNS in the wrong order. Begins or goes on;
 * true when there is nothing left to ask. */
static bool others_over(struct dns_lookup *lookup)
{
	const struct slot_state *a = &lookup->slots[SLOT_A], *aaaa = &lookup->slots[SLOT_AAAA], *told = a->is_asked ? a : aaaa;
	size_t n = 0;

	if (addresses_pending(lookup))
		return false;
	for (size_t i = 0; i < lookup->servers.n && n < OTHERS_MAX && !lookup->are_others_asked; i++) {
		if (!told->is_asked || !denies(told) || (aaaa->is_asked && !denies(aaaa)) || !told->server || strcmp(lookup->servers.texts[i], told->server) == 0)
			continue;
		lookup->others[n].items[0] = lookup->servers.items[i];
		lookup->others[n].texts[0] = lookup->servers.texts[i];
		lookup->others[n].n = 1;
		slot_ask(lookup, (enum slot)(SLOT_OTHERS + n), lookup->host, told->type);
		n++;
	}
	lookup->are_others_asked = true;
	others_note(lookup);
	return !is_pending(lookup, SLOT_OTHERS) && !is_pending(lookup, SLOT_OTHERS_END);
}

/* ---- DNSSEC ---- */

static struct dns_answer *validated_answer(struct dns_lookup *lookup)
{
	bool is_aaaa = lookup->slots[SLOT_A].answer.outcome == DNS_NODATA &&
		       lookup->slots[SLOT_AAAA].answer.outcome != DNS_NODATA;

	return is_aaaa || !lookup->slots[SLOT_A].is_asked ? &lookup->out->aaaa : &lookup->out->a;
}

static void mark_bogus(struct dns_answer *answer, const char *why)
{
	if (answer->outcome != DNS_SERVFAIL)
		return;
	answer->outcome = DNS_BOGUS;
	answer->why = why;
}

/* SERVFAIL, yet an answer with checking disabled: the resolver itself found the signatures wrong. */
static void bogus_decide(struct dns_lookup *lookup, const char *reason)
{
	const struct slot_state *unchecked = &lookup->slots[SLOT_UNCHECKED];
	enum dns_outcome outcome = unchecked->answer.outcome;

	if (!unchecked->is_done ||
	    (outcome != DNS_OK && outcome != DNS_NODATA && outcome != DNS_NXDOMAIN))
		return;
	if (!reason)
		reason = "the resolver answers SERVFAIL, but answers once it is told not to validate "
			 "(CD=1)";
	mark_bogus(&lookup->out->a, reason);
	mark_bogus(&lookup->out->aaaa, reason);
}

static void dnssec_done(void *ctx, const struct dns_dnssec_result *result)
{
	struct dns_lookup *lookup = ctx;
	struct dns_answer *answer = validated_answer(lookup);

	lookup->dnssec = NULL;
	lookup->is_dnssec_done = true;
	bogus_decide(lookup, result->has_answer && result->is_bogus ? result->why : NULL);
	if (result->has_answer) {
		answer->secure = result->is_secure ? TRI_YES : TRI_NO;
		/* The resolver does not validate; others do, and for their users the name is gone. */
		if (result->is_bogus && answer->outcome != DNS_BOGUS)
			answer->why = result->why;
	}
	progress(lookup);
}

static bool has_outcome(const struct dns_lookup *lookup, enum dns_outcome outcome)
{
	return (lookup->slots[SLOT_A].is_asked && lookup->slots[SLOT_A].answer.outcome == outcome) ||
	       (lookup->slots[SLOT_AAAA].is_asked && lookup->slots[SLOT_AAAA].answer.outcome == outcome);
}

static uint16_t validated_type(struct dns_lookup *lookup)
{
	return validated_answer(lookup) == &lookup->out->aaaa ? DNS_TYPE_AAAA : DNS_TYPE_A;
}

/* Begins or goes on; true when there is nothing left to validate. */
static bool dnssec_over(struct dns_lookup *lookup)
{
	struct slot_state *unchecked = &lookup->slots[SLOT_UNCHECKED];

	if (addresses_pending(lookup))
		return false;
	if (has_outcome(lookup, DNS_SERVFAIL) && !unchecked->is_asked)
		slot_ask(lookup, SLOT_UNCHECKED, lookup->host,
			 lookup->slots[SLOT_A].answer.outcome == DNS_SERVFAIL ? DNS_TYPE_A : DNS_TYPE_AAAA);
	if (is_pending(lookup, SLOT_UNCHECKED) || is_pending(lookup, SLOT_CONTROL))
		return false;
	if (!lookup->is_dnssec_started) {
		lookup->is_dnssec_started = true;
		answers_store(lookup);
		if (lookup->passes_signatures && !lookup->options.no_dnssec &&
		    (has_outcome(lookup, DNS_OK) || unchecked->is_done))
			lookup->dnssec = dns_dnssec_start(lookup->loop, lookup->arena, &lookup->servers,
							  lookup->options.root_key, lookup->host,
							  validated_type(lookup), dnssec_done, lookup);
		if (!lookup->dnssec) {
			lookup->is_dnssec_done = true;
			bogus_decide(lookup, NULL);
		}
	}
	return lookup->is_dnssec_done;
}

/* ---- DNSSEC of TLSA: the records are worth what secures them ---- */

static void tlsa_validated(void *ctx, const struct dns_dnssec_result *result)
{
	struct dns_lookup *lookup = ctx;

	lookup->tlsa_dnssec = NULL;
	lookup->is_tlsa_done = true;
	if (result->has_answer)
		lookup->tlsa_secure = result->is_secure ? TRI_YES : TRI_NO;
	progress(lookup);
}

/* Begins or goes on; true when there is nothing left to validate. */
static bool tlsa_over(struct dns_lookup *lookup)
{
	const struct slot_state *tlsa = &lookup->slots[SLOT_TLSA];

	if (is_pending(lookup, SLOT_TLSA) || is_pending(lookup, SLOT_CONTROL))
		return false;
	if (!lookup->is_tlsa_started) {
		lookup->is_tlsa_started = true;
		if (tlsa->is_asked && tlsa->answer.outcome == DNS_OK && lookup->passes_signatures && !lookup->options.no_dnssec)
			lookup->tlsa_dnssec = dns_dnssec_start(lookup->loop, lookup->arena, &lookup->servers,
							       lookup->options.root_key, tlsa_name(lookup), DNS_TYPE_TLSA,
							       tlsa_validated, lookup);
		lookup->is_tlsa_done = !lookup->tlsa_dnssec;
	}
	return lookup->is_tlsa_done;
}

/* ---- the whole ---- */

static void progress(struct dns_lookup *lookup)
{
	bool is_over, is_tlsa_over, are_others_over;

	if (lookup->is_finished)
		return;
	is_over = dnssec_over(lookup);
	is_tlsa_over = tlsa_over(lookup);
	are_others_over = others_over(lookup);
	answers_store(lookup);
	/* libc goes on asking servers that we know are silent: what it will say is clear. */
	if (lookup->slots[SLOT_A].is_asked && !addresses_pending(lookup) && is_silent(lookup, SLOT_A) &&
	    is_silent(lookup, SLOT_AAAA) && lookup->servers.has_file)
		system_give_up(lookup);
	else if (is_half_silent(lookup) && lookup->servers.has_file && !lookup->is_system_done) {
		lookup->out->half_silent = true;
		addresses_of_dns(lookup);
		system_give_up(lookup);
	}
	if (is_over && is_tlsa_over && are_others_over && lookup->is_system_done && !any_pending(lookup))
		finish(lookup);
}

/* What is still open when time is up was silent, or was never told. */
static void cut(struct dns_lookup *lookup, const char *why)
{
	for (int slot = 0; slot < SLOT_COUNT; slot++) {
		if (!is_pending(lookup, (enum slot)slot))
			continue;
		lookup->slots[slot].answer.outcome = DNS_TIMEOUT;
		lookup->slots[slot].answer.elapsed_ms = elapsed_ms(lookup);
		lookup->slots[slot].answer.why = why;
		lookup->out->unknown = why;
	}
	answers_store(lookup);
	if (!lookup->is_dnssec_done)
		bogus_decide(lookup, NULL);
}

static void limit_reached(uv_timer_t *timer)
{
	struct dns_lookup *lookup = timer->data;

	cut(lookup, "no answer within the time allowed");
	system_give_up(lookup);
	finish(lookup);
}

/* From the first turn of the loop, so that no callback comes before start has returned. */
static void start_failed(uv_timer_t *timer)
{
	struct dns_lookup *lookup = timer->data;

	lookup->out->system_error = EAI_SYSTEM;
	lookup->out->system_error_text = "no thread could be started for getaddrinfo";
	system_over(lookup);
	uv_timer_start(timer, limit_reached, lookup->options.limit_ms, 0);
	progress(lookup);
}

void dns_lookup_stop(struct dns_lookup *lookup)
{
	if (!lookup || lookup->is_finished)
		return;
	if (!lookup->is_system_done)
		lookup->out->unknown = "stopped before the system's resolver answered";
	for (int slot = 0; slot < SLOT_COUNT; slot++) {
		if (is_pending(lookup, (enum slot)slot))
			lookup->out->unknown = "stopped before all DNS questions were answered";
	}
	answers_store(lookup);
	quiesce(lookup);
}

static void defaults_fill(struct dns_lookup_options *options)
{
	if (!options->limit_ms)
		options->limit_ms = 10000;
	if (!options->first_try_ms)
		options->first_try_ms = 1000;
	if (!options->tries)
		options->tries = 3;
	if (!options->resolv_conf)
		options->resolv_conf = "/etc/resolv.conf";
	if (!options->hosts)
		options->hosts = "/etc/hosts";
	if (!options->root_key)
		options->root_key = "/usr/share/dns/root.key";
	if (!options->getaddrinfo)
		options->getaddrinfo = getaddrinfo;
	if (!options->freeaddrinfo)
		options->freeaddrinfo = freeaddrinfo;
}

/* RFC 6761 6.3: such names never leave the machine. */
static bool is_localhost(const char *host)
{
	size_t n = strlen(host);

	return span_is_nocase(span_str(host), "localhost") ||
	       (n > 10 && span_is_nocase(span_of(host + n - 10, 10), ".localhost"));
}

static void questions_ask(struct dns_lookup *lookup)
{
	if (is_localhost(lookup->host)) {
		lookup->out->unknown = "localhost is not asked for in DNS (RFC 6761)";
		return;
	}
	if (lookup->options.family != AF_INET6)
		slot_ask(lookup, SLOT_A, lookup->host, DNS_TYPE_A);
	if (lookup->options.family != AF_INET)
		slot_ask(lookup, SLOT_AAAA, lookup->host, DNS_TYPE_AAAA);
	slot_ask(lookup, SLOT_CONTROL, ".", DNS_TYPE_SOA);
	if (!lookup->options.no_extra)
		extras_ask(lookup);
}

struct dns_lookup *dns_lookup_start(uv_loop_t *loop, struct arena *arena,
				    const struct dns_lookup_options *options, const char *host,
				    uint16_t port, struct dns_evidence *out,
				    void (*addresses_ready)(void *ctx), void (*all_done)(void *ctx),
				    void *ctx)
{
	struct dns_lookup *lookup = arena_new_of(arena, struct dns_lookup);
	struct dns_system_calls calls;
	size_t n = strlen(host);

	lookup->loop = loop;
	lookup->arena = arena;
	if (options)
		lookup->options = *options;
	defaults_fill(&lookup->options);
	lookup->host = arena_strn(arena, host, n > 1 && host[n - 1] == '.' ? n - 1 : n);
	lookup->port = port;
	lookup->out = out;
	lookup->addresses_ready = addresses_ready;
	lookup->all_done = all_done;
	lookup->ctx = ctx;
	lookup->started_ns = uv_hrtime();
	lookup->timer = calloc(1, sizeof *lookup->timer);
	if (!lookup->timer)
		out_of_memory();
	uv_timer_init(loop, lookup->timer);
	lookup->timer->data = lookup;
	calls = (struct dns_system_calls){ lookup->options.getaddrinfo, lookup->options.freeaddrinfo };
	lookup->system = dns_system_start(loop, &calls, host, lookup->options.family, system_done, lookup);
	dns_servers_read(arena, lookup->options.resolv_conf, lookup->options.resolver_port,
			 &lookup->servers);
	out->resolvers = lookup->servers.list;
	out->resolvers_assumed = lookup->servers.assumed;
	uv_timer_start(lookup->timer, lookup->system ? limit_reached : start_failed,
		       lookup->system ? lookup->options.limit_ms : 0, 0);
	questions_ask(lookup);
	return lookup;
}
