/* What a reply amounts to as evidence. */
#include "dns/ask.h"
#include "dns/records.h"

/* Follows the aliases of an answer from the name asked; a circle ends after as many steps as there
 * are records. */
static const char *canonical_name(struct arena *arena, const struct dns_message *message, bool *is_circle)
{
	const char *name = message->name, *next;
	bool has_alias = false, is_moved = true;

	for (size_t step = 0; name && is_moved && step <= message->n_answers; step++) {
		is_moved = false;

		for (size_t i = 0; i < message->n_answers && !is_moved; i++) {
			const struct dns_record *record = &message->answers[i];

			if (record->type != DNS_TYPE_CNAME ||
			    !span_equal_nocase(span_str(record->owner), span_str(name)) ||
			    !dns_name_decode(arena, record->rdata, &next))
				continue;
			name = next;
			is_moved = has_alias = true;
		}
	}
	*is_circle = has_alias && is_moved;
	return has_alias ? name : NULL;
}

void dns_answer_of(struct arena *arena, const struct dns_reply *reply, struct dns_answer *answer)
{
	*answer = (struct dns_answer){ .outcome = reply->outcome, .why = reply->why,
				       .elapsed_ms = reply->elapsed_ms };
	if (!reply->has_message)
		return;
	answer->rcode = reply->message.rcode;
	answer->records = reply->message.answers;
	answer->n_records = reply->message.n_answers;
	answer->canonical_name = canonical_name(arena, &reply->message, &answer->is_circle);
	answer->is_cut = reply->is_cut && reply->outcome == DNS_MALFORMED;
	if (!answer->why && reply->server && reply->outcome != DNS_OK)
		answer->why = arena_printf(arena, "%s answered %s after %.0f ms", reply->server,
					   reply->outcome == DNS_NODATA ? "that it has no such record"
					   : dns_rcode_name(answer->rcode) ? dns_rcode_name(answer->rcode)
									   : "with an unknown code",
					   reply->elapsed_ms);
}
