/* observations.dns. */
#include "report/json_parts.h"

#include "report/names.h"

static void put_answer(struct json *j, const char *key, const struct dns_answer *answer)
{
	if (answer->outcome == DNS_NOT_ASKED) {
		json_key_null(j, key);
		return;
	}
	json_object_begin(j, key);
	json_key_str(j, "outcome", dns_outcome_name(answer->outcome));
	json_key_int(j, "rcode", answer->rcode);
	json_text(j, "because", answer->why);
	json_text(j, "canonical_name", answer->canonical_name);
	json_tri(j, "dnssec_validated", answer->secure);
	json_ms(j, "elapsed_ms", answer->elapsed_ms);
	json_array_begin(j, "records");
	for (size_t i = 0; i < answer->n_records && i < JSON_ITEMS_MAX; i++) {
		const struct dns_record *record = &answer->records[i];

		json_object_begin(j, NULL);
		json_text(j, "owner", record->owner);
		json_key_int(j, "type", record->type);
		json_key_int(j, "ttl", record->ttl);
		json_text(j, "data", record->text);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void put_system(struct json *j, const struct dns_evidence *dns)
{
	json_object_begin(j, "system");
	json_key_int(j, "error", dns->system_error);
	json_text(j, "error_text", dns->system_error_text);
	json_key_bool(j, "timed_out", dns->system_timed_out);
	json_ms(j, "elapsed_ms", dns->system_ms);
	json_tri(j, "hosts_file", dns->hosts_file);
	json_text(j, "hosts_file_line", dns->hosts_file_line);
	json_end(j);
}

void json_observe_dns(struct json *j, const struct dns_evidence *dns)
{
	json_object_begin(j, "dns");
	json_key_bool(j, "skipped", dns->skipped);
	if (dns->skipped)
		json_text(j, "skipped_because", dns->skipped_because);
	put_system(j, dns);
	json_text(j, "resolvers", dns->resolvers);
	json_tri(j, "resolver_alive", dns->resolver_alive);
	put_answer(j, "a", &dns->a);
	put_answer(j, "aaaa", &dns->aaaa);
	put_answer(j, "caa", &dns->caa);
	put_answer(j, "https", &dns->https);
	put_answer(j, "tlsa", &dns->tlsa);
	json_text(j, "unknown", dns->unknown);
	json_end(j);
}
