/* See path_view.h. A router looks at the hop limit before its filter sees the packet (RFC 1812 5.3.1),
 * so what is dropped behind the last router heard of may be dropped by that router itself. */
#include "rule/path_view.h"

#include <arpa/inet.h>
#include <errno.h>

#include "rule/own_way.h"

/* RFC 792, 1812 5.2.7.1. */
static const char *const v4_unreachable[] = {
	"network unreachable", "host unreachable", "protocol unreachable", "port unreachable", "fragmentation needed",
	"source route failed", "network unknown", "host unknown", "host isolated",
	"network administratively prohibited", "host administratively prohibited", "network unreachable for this service",
	"host unreachable for this service", "communication administratively prohibited", "host precedence violation",
	"precedence cutoff in effect",
};

/* RFC 4443 3.1. */
static const char *const v6_unreachable[] = {
	"no route to the destination", "administratively prohibited", "beyond the scope of the source address",
	"address unreachable", "port unreachable", "source address failed policy", "reject route to the destination",
};

static const char *unreachable_words(int family, uint8_t type, uint8_t code)
{
	if (family == AF_INET6)
		return type == 1 && code < COUNT_OF(v6_unreachable) ? v6_unreachable[code] : NULL;
	return type == 3 && code < COUNT_OF(v4_unreachable) ? v4_unreachable[code] : NULL;
}

static bool is_time_exceeded(int family, uint8_t type)
{
	return type == (family == AF_INET6 ? 3 : 11);
}

const char *icmp_text(struct arena *arena, int family, uint8_t type, uint8_t code)
{
	const char *words = is_time_exceeded(family, type) ? "time exceeded" : unreachable_words(family, type, code);

	return arena_printf(arena, "%s%sICMP%s type %u code %u%s", words ? words : "", words ? " (" : "",
			    family == AF_INET6 ? "v6" : "", type, code, words ? ")" : "");
}

/* RFC 1918, 3927, 6598, 4193, 4291 2.5.6; and 192.0.2.1, which wireless controllers answer at. */
bool path_is_private(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;
	uint32_t n;

	if (inet_pton(AF_INET6, host, &v6) == 1)
		return (v6.s6_addr[0] & 0xfe) == 0xfc || (v6.s6_addr[0] == 0xfe && (v6.s6_addr[1] & 0xc0) == 0x80);
	if (inet_pton(AF_INET, host, &v4) != 1)
		return false;
	n = ntohl(v4.s_addr);
	return n >> 24 == 10 || n >> 20 == 0xac1 || n >> 16 == 0xc0a8 || n >> 16 == 0xa9fe || n >> 22 == 0x64400000u >> 22 || n >> 8 == 0xc00002;
}

/* ---- reading a trace ---------------------------------------------------------------------------------- */

static const struct path_hop *last_of(const struct path_trace *trace)
{
	return trace->n_hops > 0 ? &trace->hops[trace->n_hops - 1] : NULL;
}

static bool is_answered(const struct path_trace *trace)
{
	return last_of(trace) && last_of(trace)->reply == PATH_ANSWER;
}

/* The number of the last router heard of. */
static uint8_t reach(const struct path_trace *trace)
{
	for (size_t i = trace->n_hops; i > 0; i--)
		if (trace->hops[i - 1].reply == PATH_ROUTER)
			return trace->hops[i - 1].hops;
	return 0;
}

/* The router of that very hop, or who answers later than it. */
bool path_passes(const struct path_trace *trace, size_t hops)
{
	return reach(trace) >= hops || (is_answered(trace) && trace->n_hops > hops);
}

static const struct path_trace *const *traces_of(const struct path_evidence *path, const struct path_trace *out[5])
{
	out[0] = &path->port;
	out[1] = &path->compare;
	out[2] = &path->udp;
	out[3] = &path->control;
	out[4] = &path->hello;
	return out;
}

static const char *router_at(const struct path_evidence *path, uint8_t hops)
{
	const struct path_trace *traces[5];

	traces_of(path, traces);
	for (size_t t = 0; t < COUNT_OF(traces); t++)
		if (hops >= 1 && hops <= traces[t]->n_hops && traces[t]->hops[hops - 1].reply == PATH_ROUTER)
			return traces[t]->hops[hops - 1].from;
	return NULL;
}

static uint8_t hops_of_router(const struct path_evidence *path, const char *address)
{
	for (uint8_t i = 1; address && i <= 30; i++) {
		const char *from = router_at(path, i);

		if (from && strcmp(from, address) == 0)
			return i;
	}
	return 0;
}

const char *path_place(struct arena *arena, const struct endpoint *endpoint, uint8_t hops)
{
	while (hops > 0 && !router_at(endpoint->path, hops))
		hops--;
	if (hops)
		return arena_printf(arena, "hop %u (%s)", hops, router_at(endpoint->path, hops));
	return endpoint->way && endpoint->way->gateway ? arena_printf(arena, "this machine or its gateway %s", endpoint->way->gateway) :
							 "this machine or the first router";
}

static const char *hop_text(struct arena *arena, const struct path_hop *hop)
{
	switch (hop->reply) {
	case PATH_ROUTER: return hop->from ? hop->from : "a router";
	case PATH_REJECT:
		if (hop->error)
			return arena_printf(arena, "rejected by ICMP (%s)", strerror(hop->error));
		return arena_printf(arena, "%s refuses (ICMP type %u code %u)", hop->from ? hop->from : "someone", hop->icmp_type,
				    hop->icmp_code);
	case PATH_ANSWER: return hop->from ? arena_printf(arena, "%s answers (port unreachable)", hop->from) :
				 hop->is_reset || hop->outcome == TCP_REFUSED || hop->outcome == TCP_RESET ?
				 "a reset answers" : "the port answers";
	case PATH_SILENT: return "silent";
	default: return "not sent";
	}
}

static const char *hop_extra(const struct path_hop *hop)
{
	if (hop->is_unsent)
		return ", as it never left this machine";
	return hop->is_reset && hop->reply != PATH_ANSWER ? " and a reset" : hop->is_closed ? " and the end of the connection" : "";
}

/* How many of the same silence follow each other from here. */
static size_t silent_run(const struct path_trace *trace, size_t at)
{
	size_t n = 0;

	while (at + n < trace->n_hops && trace->hops[at + n].reply == PATH_SILENT && !trace->hops[at + n].is_unsent)
		n++;
	return n;
}

static bool is_same_router(const struct path_trace *trace, size_t a, size_t b)
{
	const struct path_hop *x = &trace->hops[a], *y = &trace->hops[b];

	return x->reply == PATH_ROUTER && y->reply == PATH_ROUTER && x->from && y->from && strcmp(x->from, y->from) == 0;
}

/* How many routers a circle has that is passed twice from here; 0: none. */
static size_t circle_at(const struct path_trace *trace, size_t at)
{
	enum { CIRCLE_MAX = 6 };

	for (size_t n = 2; n <= CIRCLE_MAX && at + 2 * n <= trace->n_hops; n++) {
		size_t k = 0;

		while (k < n && is_same_router(trace, at + k, at + k + n))
			k++;
		if (k == n)
			return n;
	}
	return 0;
}

const char *path_circle(struct arena *arena, const struct path_evidence *path)
{
	const struct path_trace *t = &path->port;

	for (size_t i = 0; i < t->n_hops; i++)
		if (circle_at(t, i))
			return arena_printf(arena, "between hop %u (%s) and hop %u (%s)", t->hops[i].hops, t->hops[i].from,
					    t->hops[i + circle_at(t, i) - 1].hops, t->hops[i + circle_at(t, i) - 1].from);
	return NULL;
}

const char *path_trace_text(struct arena *arena, const struct path_trace *trace)
{
	const char *text = "";

	for (size_t i = 0; i < trace->n_hops; i++) {
		size_t n = silent_run(trace, i);

		if (i > 0 && circle_at(trace, i - 1))
			return arena_printf(arena, "%s, %u %s, and round again up to %u", text, trace->hops[i].hops,
					    hop_text(arena, &trace->hops[i]), trace->hops[trace->n_hops - 1].hops);

		text = n > 1 ? arena_printf(arena, "%s%s%u-%u silent", text, i ? ", " : "", trace->hops[i].hops,
					    trace->hops[i + n - 1].hops) :
			       arena_printf(arena, "%s%s%u %s%s", text, i ? ", " : "", trace->hops[i].hops,
					    hop_text(arena, &trace->hops[i]), hop_extra(&trace->hops[i]));
		i += n > 1 ? n - 1 : 0;
	}
	if (trace->n_hops == 0)
		return "silence from the start";
	return trace->n_sent > trace->n_hops ? arena_printf(arena, "%s, then silence", text) : text;
}

static void line(struct findings *findings, struct finding *f, const struct endpoint *ep, const struct path_trace *trace,
		 const char *what)
{
	if (trace->was_sent)
		finding_evidence(findings, f, "hops to %s %s: %s", ep->text, what, path_trace_text(findings->arena, trace));
}

void path_lines(struct findings *findings, struct finding *finding, const struct endpoint *ep)
{
	const struct path_evidence *path = ep->path;
	struct arena *arena = findings->arena;

	if (!path)
		return;
	line(findings, finding, ep, &path->port, arena_printf(arena, "port %u", path->port.port));
	line(findings, finding, ep, &path->compare, arena_printf(arena, "port %u", path->compare.port));
	line(findings, finding, ep, &path->udp, "by UDP");
	if (path->reset_left && path->answer_left)
		finding_evidence(findings, finding, "the reset arrives with %u hops left, answers of the host with %u",
				 path->reset_left, path->answer_left);
}

/* ---- judging -------------------------------------------------------------------------------------------- */

static const char *alive_words(struct arena *arena, const struct path_evidence *path)
{
	if (is_answered(&path->compare))
		return arena_printf(arena, last_of(&path->compare)->outcome == TCP_CONNECTED ?
				    "port %u of the same host answers" : "port %u of the same host is closed and says so",
				    path->compare.port);
	return is_answered(&path->udp) ? "the same host answers UDP" : NULL;
}

static void judge_silence(struct arena *arena, const struct endpoint *ep, struct path_judgement *j)
{
	const struct path_evidence *path = ep->path;
	uint8_t further = reach(&path->compare) > reach(&path->udp) ? reach(&path->compare) : reach(&path->udp);

	j->hop = reach(&path->port);
	j->alive = alive_words(arena, path);
	j->kind = j->alive || further > j->hop ? PATH_FILTERED : PATH_ALL_SILENT;
	if (!j->alive && further > j->hop)
		j->alive = arena_printf(arena, "other packets get as far as %s", path_place(arena, ep, further));
	j->is_unheard = j->hop == 0 && further == 0;
	j->is_last = j->hop > 0 && ((is_answered(&path->compare) && path->compare.n_hops == (size_t)j->hop + 1) ||
				    (is_answered(&path->udp) && path->udp.n_hops == (size_t)j->hop + 1));
}

/* Who rejects before it looks at the limit (no route: RFC 1812 5.2.1.2) is heard one hop earlier than a filter. */
static uint8_t hop_of_rejecter(const struct path_evidence *path, uint8_t limit)
{
	return router_at(path, (uint8_t)(limit - 1)) ? limit : 0;
}

/* The same, told to another trace. */
static uint8_t hop_where_others_are_rejected(const struct path_evidence *path, const char *from)
{
	const struct path_trace *others[] = { &path->compare, &path->udp };

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		const struct path_hop *last = last_of(others[i]);

		if (last && last->reply == PATH_REJECT && last->from && strcmp(last->from, from) == 0 && hop_of_rejecter(path, last->hops))
			return hop_of_rejecter(path, last->hops);
	}
	return 0;
}

static void judge_reject(const struct endpoint *ep, const struct path_hop *hop, struct path_judgement *j)
{
	const char *from = hop->from ? hop->from : ep->tcp.icmp_from;

	j->from = from;
	j->icmp_type = ep->tcp.has_icmp ? ep->tcp.icmp_type : hop->icmp_type;
	j->icmp_code = ep->tcp.has_icmp ? ep->tcp.icmp_code : hop->icmp_code;
	if (from && strcmp(from, ep->text) == 0) {
		j->kind = PATH_REJECTED_BY_HOST;
		return;
	}
	j->kind = PATH_REJECTED;
	j->hop = hops_of_router(ep->path, from);
	if (j->hop == 0 && hop->hops > 0)
		j->hop = hop_of_rejecter(ep->path, hop->hops);
	if (j->hop == 0 && from)
		j->hop = hop_where_others_are_rejected(ep->path, from);
}

/* Systems send with 32, 64, 128 or 255; what is missing are the routers passed. */
static uint8_t routers_passed(uint8_t left)
{
	return (uint8_t)((left <= 32 ? 32 : left <= 64 ? 64 : left <= 128 ? 128 : 255) - left);
}

uint8_t path_reset_hop(const struct path_evidence *path)
{
	uint8_t reset = routers_passed(path->reset_left), answer = routers_passed(path->answer_left);

	return path->reset_left && path->answer_left && reset < answer ? (uint8_t)(reset + 1) : 0;
}

/* A reset that came back for so many hops, while other packets need more to get there. */
static void judge_refusal(const struct endpoint *ep, const struct path_hop *hop, struct path_judgement *j)
{
	const struct path_evidence *path = ep->path;
	bool is_nearer = (is_answered(&path->compare) && path->compare.n_hops > hop->hops) ||
			 (is_answered(&path->udp) && path->udp.n_hops > hop->hops) ||
			 reach(&path->compare) >= hop->hops || reach(&path->udp) >= hop->hops;

	j->kind = is_nearer || path_reset_hop(path) ? PATH_REFUSED_NEARER : PATH_REFUSED_BY_HOST;
	j->hop = is_nearer ? (uint8_t)(hop->hops - 1) : path_reset_hop(path);
}

static void judge_answer(const struct endpoint *ep, const struct path_hop *last, struct path_judgement *j)
{
	if (last->outcome == TCP_CONNECTED)
		j->kind = PATH_AT_TIMES;
	else
		judge_refusal(ep, last, j);
}

/* A router that finds no way to the host tells of few packets: where the port's own got no word, others' did. */
static const struct path_hop *told_to_others(const struct endpoint *ep)
{
	const struct path_trace *others[] = { &ep->path->compare, &ep->path->udp };

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		const struct path_hop *last = last_of(others[i]);
		const struct tcp_evidence told = { .has_icmp = true, .icmp_type = last ? last->icmp_type : 0, .icmp_code = last ? last->icmp_code : 0 };
		enum tcp_outcome outcome = tcp_outcome_told(&told, ep->family);

		if (last && last->reply == PATH_REJECT && last->from && strcmp(last->from, ep->text) != 0 &&
		    (outcome == TCP_HOST_UNREACHABLE || outcome == TCP_NETWORK_UNREACHABLE))
			return last;
	}
	return NULL;
}

static bool is_loop(const struct endpoint *ep)
{
	return ep->tcp.has_icmp && is_time_exceeded(ep->family, ep->tcp.icmp_type);
}

struct path_judgement path_judge(struct arena *arena, const struct endpoint *ep)
{
	struct path_judgement j = { .kind = PATH_UNSEEN };
	const struct path_hop *last = ep->path ? last_of(&ep->path->port) : NULL;
	const struct path_hop told = { .from = ep->tcp.icmp_from };

	if (!ep->path || !ep->path->is_complete)
		return j;
	if (is_loop(ep))
		j = (struct path_judgement){ .kind = PATH_LOOP, .from = ep->tcp.icmp_from,
					     .hop = hops_of_router(ep->path, ep->tcp.icmp_from) };
	else if (ep->tcp.has_icmp || (last && last->reply == PATH_REJECT))
		judge_reject(ep, last && last->reply == PATH_REJECT ? last : &told, &j);
	else if (last && last->reply == PATH_ANSWER)
		judge_answer(ep, last, &j);
	else if (ep->tcp.outcome == TCP_TIMEOUT && told_to_others(ep))
		judge_reject(ep, told_to_others(ep), &j);
	else if (ep->tcp.outcome == TCP_TIMEOUT)
		judge_silence(arena, ep, &j);
	/* Who rejects has named itself, even where it had no word left for the trace. */
	j.place = !j.from ? path_place(arena, ep, j.hop) :
		  j.hop ? arena_printf(arena, "hop %u (%s)", j.hop, j.from) :
		  reach(&ep->path->port) ? arena_printf(arena, "%s (behind %s)", j.from, path_place(arena, ep, reach(&ep->path->port))) : j.from;
	return j;
}

/* ---- hellos --------------------------------------------------------------------------------------------- */

/* The smallest limit with which the hello was still answered by a reset. */
static uint8_t first_reset(const struct path_trace *trace)
{
	for (size_t i = 0; i < trace->n_hops; i++)
		if (trace->hops[i].is_reset)
			return trace->hops[i].hops;
	return 0;
}

/* No limit matters: none of these hellos got as far as the interface. */
static bool never_left(const struct path_trace *trace)
{
	size_t n = 0;

	for (size_t i = 0; i < trace->n_hops; i++) {
		if (trace->hops[i].reply != PATH_NOT_SENT && !trace->hops[i].is_unsent)
			return false;
		n += trace->hops[i].is_unsent;
	}
	return n > 0;
}

static void blame_ourselves(struct findings *findings, struct finding *f, const char *what, bool is_reset)
{
	struct arena *arena = findings->arena;

	f->title = arena_printf(arena, "This machine's own firewall %s %s", is_reset ? "resets" : "drops", what);
	f->fix = "The administrator of this machine lets them out; as root, `nft list ruleset` or `iptables -S OUTPUT` shows the rule. A program that "
		 "filters the web for this machine (antivirus, parental control) does the same.";
	f->shows = "nft list ruleset";
}

/* Only the errno is known: ICMP errors are many, their errnos few. */
static const char *rejected_words(int error)
{
	switch (error) {
	case EHOSTUNREACH: return "\"host unreachable\" or \"administratively prohibited\"";
	case ENETUNREACH: return "\"network unreachable\" or \"network administratively prohibited\"";
	case ECONNREFUSED: return "\"port unreachable\"";
	case ENOPROTOOPT: return "\"protocol unreachable\"";
	case EACCES: return "\"administratively prohibited\" or \"source address failed policy\"";
	default: return strerror(error);
	}
}

/* A rejection for a limit of N is of router N - 1, which looked at the limit first, or of what is behind it. Where it is not
 * known with which limit it begins, it is behind the last router at which one expired. */
const char *path_rejecter(struct arena *arena, const struct endpoint *ep, const char **how)
{
	const struct path_trace *trace = ep->path ? &ep->path->hello : NULL;
	const struct path_hop *last = trace && trace->was_sent ? last_of(trace) : NULL;
	bool is_at_host = last && is_answered(&ep->path->port) && ep->path->port.n_hops == last->hops;

	if (!last || last->reply != PATH_REJECT || !last->error)
		return NULL;
	*how = arena_printf(arena, "%s by ICMP, %s", is_at_host ? ", or by the host itself," : "", rejected_words(last->error));
	return path_place(arena, ep, reach(trace));
}

static bool blame_rejecter(struct findings *findings, struct finding *f, const struct endpoint *ep, const char *what)
{
	struct arena *arena = findings->arena;
	const char *how, *place = path_rejecter(arena, ep, &how);

	if (!place)
		return false;
	f->title = arena_printf(arena, "%c%s are rejected at or behind %s%s", what[0] - 'a' + 'A', what + 1, place, how);
	f->fix = arena_printf(arena, "Whoever runs %s, or the firewall behind it, lets these connections through.", place);
	return true;
}

/* The hop that resets, or that a drop is at or behind; false when nothing tells it from the host. */
static bool blamed_hop(const struct path_evidence *path, uint8_t *hop, bool *is_reset)
{
	uint8_t reset = first_reset(&path->hello);
	bool is_nearer = reset && is_answered(&path->port) && path->port.n_hops > reset;

	*is_reset = reset != 0;
	if (reset) {
		*hop = is_nearer ? (uint8_t)(reset - 1) : path_reset_hop(path);
		return is_nearer || *hop > 0;
	}
	*hop = reach(&path->hello);
	if (!path->hello.was_sent || is_answered(&path->hello))
		return false;
	if (path->control.was_sent)
		return is_answered(&path->control) || reach(&path->control) > *hop;
	/* With every hello lost, the last router's filter and a host that takes no more look alike. */
	return is_answered(&path->port) && path->port.n_hops > (size_t)*hop + 1;
}

void path_blame(struct findings *findings, struct finding *f, const struct endpoint *ep, const char *what)
{
	struct arena *arena = findings->arena;
	const struct path_evidence *path = ep->path;
	uint8_t hop = 0;
	bool is_reset = false;
	const char *place;

	if (!path || !path->hello.was_sent)
		return;
	line(findings, f, ep, &path->port, "of a SYN");
	line(findings, f, ep, &path->hello, "of such a hello");
	line(findings, f, ep, &path->control, "of one that passes");
	if (path->reset_left && path->answer_left)
		finding_evidence(findings, f, "the reset arrives with %u hops left, answers of the host with %u",
				 path->reset_left, path->answer_left);
	if (never_left(&path->hello)) {
		blame_ourselves(findings, f, what, first_reset(&path->hello) != 0);
		return;
	}
	if (blame_rejecter(findings, f, ep, what))
		return;
	if (!blamed_hop(path, &hop, &is_reset)) {
		if (!is_reset && hop > 0)
			finding_evidence(findings, f, "they are dropped at or behind %s, or not taken by the host, whose accept "
					 "queue may be full", path_place(arena, ep, hop));
		return;
	}
	place = path_place(arena, ep, hop);
	f->title = is_reset ? arena_printf(arena, "A device at or behind %s, not the server, resets %s", place, what) :
			      arena_printf(arena, "%c%s are dropped at or behind %s", what[0] - 'a' + 'A', what + 1, place);
	f->fix = arena_printf(arena, "Whoever runs %s, or the filter behind it, lets these connections through.", place);
}
