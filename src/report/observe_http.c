/* observations.http and observations.page. */
#include "report/json_parts.h"

#include "report/names.h"

static void put_hsts(struct json *j, const struct http_evidence *http)
{
	if (!http->has_hsts) {
		json_key_null(j, "hsts");
		return;
	}
	json_object_begin(j, "hsts");
	json_key_bool(j, "is_valid", http->hsts_valid);
	json_key_int(j, "max_age", http->hsts_max_age);
	json_key_bool(j, "include_subdomains", http->hsts_subdomains);
	json_key_bool(j, "preload", http->hsts_preload);
	json_end(j);
}

static void put_headers(struct json *j, const struct http_evidence *http)
{
	json_array_begin(j, "headers");
	for (size_t i = 0; i < http->n_headers && i < JSON_ITEMS_MAX; i++) {
		json_object_begin(j, NULL);
		json_text(j, "name", http->headers[i].name);
		json_text(j, "value", http->headers[i].value);
		json_end(j);
	}
	json_end(j);
}

static void put_exchange(struct json *j, const char *key, const struct http_evidence *http)
{
	if (!http->asked) {
		json_key_null(j, key);
		return;
	}
	json_object_begin(j, key);
	json_text(j, "protocol", http->protocol);
	json_text(j, "method", http->method);
	json_key_str(j, "fault", http->fault == HTTP_FAULT_NONE ? NULL : http_fault_name(http->fault));
	json_text(j, "fault_text", http->fault_text);
	if (http->h2_error)
		json_key_int(j, "h2_error", http->h2_error);
	if (http->got_head)
		json_key_int(j, "status", http->status);
	else
		json_key_null(j, "status");
	json_text(j, "reason", http->reason);
	put_headers(j, http);
	put_hsts(j, http);
	json_text(j, "redirect_url", http->redirect_url);
	json_text(j, "redirect_fault", http->redirect_fault);
	json_key_bool(j, "got_body", http->got_body);
	json_key_int(j, "body_len", (int64_t)http->body_len);
	json_ms(j, "first_byte_ms", http->first_byte_ms);
	json_ms(j, "elapsed_ms", http->elapsed_ms);
	json_key_bool(j, "closed_clean", http->closed_clean);
	json_key_bool(j, "abandoned", http->is_abandoned);
	json_bytes(j, "first_bytes", http->first_bytes);
	json_end(j);
}

void json_observe_http(struct json *j, const struct visit *visit)
{
	put_exchange(j, "http", &visit->http);
	put_exchange(j, "http_fallback", &visit->http_fallback);
	if (visit->port80.asked) {
		json_object_begin(j, "port80");
		json_key_str(j, "tcp", tcp_outcome_name(visit->port80.tcp));
		put_exchange(j, "http", &visit->port80.http);
		json_end(j);
	} else {
		json_key_null(j, "port80");
	}
	json_key_bool(j, "redirect_loop", visit->redirect_loop);
	json_text(j, "redirect_loop_because", visit->loop_why);
}

void json_observe_page(struct json *j, const struct page_evidence *page)
{
	if (!page->looked) {
		json_key_null(j, "page");
		return;
	}
	json_object_begin(j, "page");
	json_key_bool(j, "upgrade_insecure_requests", page->upgrade_insecure_requests);
	json_key_bool(j, "cut", page->cut || page->n_resources > JSON_ITEMS_MAX);
	json_array_begin(j, "resources");
	for (size_t i = 0; i < page->n_resources && i < JSON_ITEMS_MAX; i++) {
		const struct resource *resource = &page->resources[i];

		json_object_begin(j, NULL);
		json_key_str(j, "kind", resource_kind_name(resource->kind));
		json_text(j, "url", resource->url);
		json_text(j, "element", resource->element);
		json_key_int(j, "line", resource->line);
		json_key_bool(j, "is_plain", resource->is_plain);
		json_key_str(j, "treatment", mixed_treatment_name(resource->treatment));
		json_tri(j, "works", resource->works);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}
