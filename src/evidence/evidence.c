/* See evidence.h. */
#include "evidence/evidence.h"

const struct attempt *evidence_attempt(const struct endpoint *endpoint, const char *name)
{
	for (size_t i = 0; endpoint && i < endpoint->n_attempts; i++)
		if (endpoint->attempts[i]->nth == 0 && strcmp(endpoint->attempts[i]->name, name) == 0)
			return endpoint->attempts[i];
	return NULL;
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
