/* observations.proxy, and what was said before TLS at each attempt. */
#include "report/json_parts.h"

#include "report/names.h"

void json_observe_dialogue(struct json *j, const char *key, const struct dialogue_evidence *e)
{
	if (!e)
		return;
	json_object_begin(j, key);
	json_key_str(j, "protocol", e->protocol);
	json_key_str(j, "fault", e->fault == DIALOGUE_DONE ? NULL : dialogue_fault_name(e->fault));
	json_key_str(j, "step", dialogue_step_name(e->step));
	json_key_int(j, "code", e->code);
	json_text(j, "text", e->text);
	json_text(j, "greeting", e->greeting);
	json_text(j, "offers", e->offers);
	json_tri(j, "tls_offered", e->offered);
	json_text(j, "speaks", e->speaks);
	if (e->after.n > 0)
		json_bytes(j, "bytes_after", e->after);
	json_bytes(j, "first_bytes", e->first_bytes);
	json_ms(j, "elapsed_ms", e->elapsed_ms);
	json_end(j);
}

void json_observe_proxy(struct json *j, const struct proxy_evidence *proxy)
{
	if (!proxy->url) {
		json_key_null(j, "proxy");
		return;
	}
	json_object_begin(j, "proxy");
	json_key_bool(j, "used", proxy->is_used);
	json_text(j, "url", proxy->url);
	json_text(j, "given_by", proxy->given_by);
	json_text(j, "not_used_because", proxy->not_used_because);
	json_key_bool(j, "has_login", proxy->has_login);
	json_array_begin(j, "addresses");
	for (size_t i = 0; i < proxy->n_addresses; i++)
		json_text(j, NULL, proxy->addresses[i]);
	json_end(j);
	json_end(j);
}
