/* See evidence.h. */
#include "evidence/evidence.h"

const struct attempt *evidence_attempt(const struct endpoint *endpoint, const char *name)
{
	for (size_t i = 0; endpoint && i < endpoint->n_attempts; i++)
		if (endpoint->attempts[i]->nth == 0 && strcmp(endpoint->attempts[i]->name, name) == 0)
			return endpoint->attempts[i];
	return NULL;
}

bool attempt_is_middling(const struct attempt *at)
{
	return at->offer.hello_len >= 256 + 5 && at->offer.hello_len < 512;
}

/* By the record, or by what is in it: where the two differ nothing follows. */
static bool is_shorter(const struct attempt *at)
{
	return at->offer.hello_len > 0 && at->offer.hello_len < 256;
}

static bool is_longer(const struct attempt *at)
{
	return at->offer.hello_len >= 512 + 9;
}

static bool ended_wordless(const struct attempt *at)
{
	return !at->has_server_hello && (at->fault == TLS_FAULT_SILENT || at->fault == TLS_FAULT_RESET || at->fault == TLS_FAULT_CLOSED);
}

static bool has_answer(const struct attempt *at)
{
	return at->has_server_hello || at->fault == TLS_FAULT_ALERT;
}

bool evidence_drops_middling_hellos(const struct endpoint *endpoint)
{
	enum { ENOUGH = 3 };
	unsigned dropped = 0, shorter = 0, longer = 0;

	for (size_t i = 0; endpoint && i < endpoint->n_attempts; i++) {
		const struct attempt *at = endpoint->attempts[i];

		if (at->offer.split_records || at->offer.split_segments || at->starttls || strcmp(at->name, "proxy-header") == 0)
			continue;
		if (attempt_is_middling(at) ? has_answer(at) : (is_shorter(at) || is_longer(at)) && ended_wordless(at))
			return false;
		dropped += attempt_is_middling(at) && ended_wordless(at);
		shorter += is_shorter(at) && has_answer(at);
		longer += is_longer(at) && has_answer(at);
	}
	return dropped >= ENOUGH && shorter > 0 && longer > 0;
}

static bool same_answer(const struct attempt *a, const struct attempt *b)
{
	return a->done == b->done && a->fault == b->fault && a->alert == b->alert && a->version == b->version &&
	       (a->n_chain == 0 || b->n_chain == 0 || span_equal(a->chain[0], b->chain[0]));
}

bool evidence_answers_vary(const struct endpoint *endpoint)
{
	for (size_t i = 0; endpoint && i < endpoint->n_attempts; i++) {
		const struct attempt *at = endpoint->attempts[i];
		const struct attempt *first = at->nth > 0 ? evidence_attempt(endpoint, at->name) : NULL;

		if (first && at->fault != TLS_FAULT_CONNECT && first->fault != TLS_FAULT_CONNECT && !same_answer(first, at))
			return true;
	}
	return false;
}

bool target_is_web(const struct target *target)
{
	return strcmp(target->scheme, "https") == 0 || strcmp(target->scheme, "http") == 0;
}

const struct dialogue_evidence *attempt_dialogue_fault(const struct attempt *attempt)
{
	if (attempt && attempt->proxy && attempt->proxy->fault != DIALOGUE_DONE)
		return attempt->proxy;
	return attempt && attempt->starttls && attempt->starttls->fault != DIALOGUE_DONE ? attempt->starttls : NULL;
}

struct visit *evidence_mail_visit(const struct evidence *evidence, size_t nth)
{
	const struct mail_evidence *mail = evidence->visit->mail;

	if (nth == 0)
		return evidence->visit;
	return mail && nth < mail->n_exchangers ? mail->exchangers[nth].visit : NULL;
}

/* ---- what an ICMP error says of a connection ------------------------------------------------------------ */

enum { V4_UNREACHABLE = 3, V6_UNREACHABLE = 1 };

/* RFC 792 and 1812 5.2.7.1. */
static enum tcp_outcome outcome_of_v4(uint8_t code)
{
	switch (code) {
	case 0: case 6: case 11: return TCP_NETWORK_UNREACHABLE;
	case 2: case 3: return TCP_PORT_UNREACHABLE;
	case 9: case 10: case 13: return TCP_ADMIN_PROHIBITED;
	default: return TCP_HOST_UNREACHABLE;
	}
}

/* RFC 4443 3.1. */
static enum tcp_outcome outcome_of_v6(uint8_t code)
{
	switch (code) {
	case 0: case 2: return TCP_NETWORK_UNREACHABLE;
	case 1: case 5: case 6: return TCP_ADMIN_PROHIBITED;
	case 4: return TCP_PORT_UNREACHABLE;
	default: return TCP_HOST_UNREACHABLE;
	}
}

/* A time exceeded (a loop of routes) or a parameter problem also means: there is no way. */
enum tcp_outcome tcp_outcome_told(const struct tcp_evidence *seen, int family)
{
	if (family == AF_INET6)
		return seen->icmp_type == V6_UNREACHABLE ? outcome_of_v6(seen->icmp_code) : TCP_HOST_UNREACHABLE;
	return seen->icmp_type == V4_UNREACHABLE ? outcome_of_v4(seen->icmp_code) : TCP_HOST_UNREACHABLE;
}
