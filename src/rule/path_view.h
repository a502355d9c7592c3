/* What the traces of an address amount to: where its packets end, and who ends them. */
#ifndef WHY_RULE_PATH_VIEW_H
#define WHY_RULE_PATH_VIEW_H

#include "rule/rule.h"

enum path_kind {
	PATH_UNSEEN = 0,        /* no trace, or it shows nothing */
	PATH_FILTERED,          /* this port is silent; the host, or the way to it, answers otherwise */
	PATH_ALL_SILENT,        /* nothing answers on any port behind a place */
	PATH_REJECTED,          /* a router on the way refuses by ICMP */
	PATH_REJECTED_BY_HOST,  /* the host itself refuses by ICMP */
	PATH_LOOP,              /* packets go in a circle */
	PATH_REFUSED_NEARER,    /* a reset from nearer than the host */
	PATH_REFUSED_BY_HOST,
	PATH_AT_TIMES           /* the trace was answered where the connection was not: packets get lost */
};

struct path_judgement {
	enum path_kind kind;
	uint8_t hop;            /* the place: at or behind this router; 0: not even the first router */
	const char *place;      /* "hop 2 (192.0.2.1)"; "this machine or its first router" */
	const char *from;       /* who rejected by ICMP, or NULL */
	uint8_t icmp_type, icmp_code;   /* with what */
	const char *alive;      /* what shows that the host lives, or NULL */
	bool is_unheard;        /* no trace heard of any router */
	bool is_last;           /* the place is the last router before the host */
};

struct path_judgement path_judge(struct arena *arena, const struct endpoint *endpoint);
/* The hop that the reset came from, when that is nearer than the host; 0: it is not, or nobody knows. */
uint8_t path_reset_hop(const struct path_evidence *path);
/* "1 192.0.2.1, 2 silent, 3 answers (connected)". */
const char *path_trace_text(struct arena *arena, const struct path_trace *trace);
/* "between hop 2 (192.0.2.1) and hop 3 (198.51.100.1)" of a circle that the trace shows, or NULL. */
const char *path_circle(struct arena *arena, const struct path_evidence *path);
/* A line for each trace. */
void path_lines(struct findings *findings, struct finding *finding, const struct endpoint *endpoint);
/* Who cuts off the hello, as far as the traces of hellos show: title, fix and evidence of a finding
 * about `what` ("hellos that carry this server's name"). Changes nothing where they show nothing. */
void path_blame(struct findings *findings, struct finding *finding, const struct endpoint *endpoint, const char *what);
/* At or behind what the hello of the trace (or its full segment) is rejected; `how` goes behind it: " by ICMP, \"port
 * unreachable\"". NULL where it is not. */
const char *path_rejecter(struct arena *arena, const struct endpoint *endpoint, const char **how);
/* "hop 2 (192.0.2.1)" of the last router up to `hops` that any trace heard of. */
const char *path_place(struct arena *arena, const struct endpoint *endpoint, uint8_t hops);
/* "communication administratively prohibited (ICMP type 3 code 13)". */
const char *icmp_text(struct arena *arena, int family, uint8_t type, uint8_t code);
/* Is somebody heard of behind the first `hops`? */
bool path_passes(const struct path_trace *trace, size_t hops);
/* "192.168.1.1", "fd00::1": an address of a network that is nobody's alone, where no site of the web sends its visitors. */
bool path_is_private(const char *address);

#endif
