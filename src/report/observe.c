/* "observations" of the JSON document: everything the probes saw, by layer, bounded in size. */
#include "report/json_parts.h"

#include <stdio.h>

#include "base/timeutil.h"
#include "kb/names.h"

enum { HOPS_MAX = 24 };

static const char *codepoint_name(uint16_t code, enum json_registry registry)
{
	switch (registry) {
	case JSON_VERSION: return kb_version_name(code);
	case JSON_SUITE: return kb_suite_name(code);
	case JSON_GROUP: return kb_group_name(code);
	case JSON_SCHEME: return kb_scheme_name(code);
	}
	return NULL;
}

void json_codepoint(struct json *j, const char *key, uint16_t code, enum json_registry registry)
{
	char hex[8];

	if (code == 0) {
		json_key_null(j, key);
		return;
	}
	snprintf(hex, sizeof hex, "%04X", (unsigned)code);
	json_object_begin(j, key);
	json_key_str(j, "code", hex);
	json_key_str(j, "name", codepoint_name(code, registry));
	json_end(j);
}

void target_url(struct out *out, const struct target *target)
{
	bool is_v6 = target->is_ip && target->host && strchr(target->host, ':');

	out_printf(out, "%s://%s%s%s:%u%s", target->scheme ? target->scheme : "https", is_v6 ? "[" : "",
		   target->host ? target->host : "", is_v6 ? "]" : "", target->port, target->path ? target->path : "/");
}

void json_url(struct json *j, const char *key, const struct target *target)
{
	struct out url = { 0 };

	target_url(&url, target);
	json_text(j, key, url.text);
	out_release(&url);
}

void json_bytes(struct json *j, const char *key, struct span bytes)
{
	json_key_hex(j, key, span_sub(bytes, 0, JSON_BYTES_MAX));
}

static void put_visit(struct json *j, const struct visit *visit, const struct assessment *assessment)
{
	json_url(j, "url", &visit->target);
	json_text(j, "servername", visit->target.servername);
	json_text(j, "invalid_name", visit->target.invalid);
	json_observe_proxy(j, &visit->proxy);
	json_observe_dns(j, &visit->dns);
	json_observe_tls(j, visit, assessment);
	json_observe_certificate(j, visit);
	json_observe_http(j, visit);
	json_observe_quic(j, &visit->quic);
	json_observe_page(j, &visit->page);
}

void json_observe_visit(struct json *j, const struct visit *visit)
{
	put_visit(j, visit, NULL);
}

void json_observations(struct json *j, const struct evidence *evidence, const struct assessment *assessment)
{
	const struct visit *visit = evidence->visit->next;
	char now[RFC3339_LEN];

	json_object_begin(j, "observations");
	json_key_str(j, "judged_at", rfc3339_format(now, evidence->now_unix));
	json_key_bool(j, "from_file", evidence->from_file);
	json_key_bool(j, "out_of_time", evidence->out_of_time);
	json_object_begin(j, "cost");
	json_key_int(j, "connections", evidence->n_connections);
	json_key_int(j, "bytes_sent", (int64_t)evidence->bytes_sent);
	json_key_int(j, "bytes_received", (int64_t)evidence->bytes_received);
	json_end(j);
	put_visit(j, evidence->visit, assessment);
	if (evidence->files)
		json_observe_files(j, evidence->files);
	json_observe_mail(j, evidence);
	if (evidence->host)
		json_observe_host(j, evidence->host);
	json_array_begin(j, "hops");
	for (size_t i = 0; visit && i < HOPS_MAX; visit = visit->next, i++) {
		json_object_begin(j, NULL);
		put_visit(j, visit, NULL);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}
