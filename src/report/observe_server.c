/* observations.host.server: the configuration behind the port. */
#include "report/json_parts.h"

#include "base/timeutil.h"
#include "evidence/server.h"

static void put_place(struct json *j, struct server_place at)
{
	json_text(j, "file", at.file);
	if (at.line)
		json_key_int(j, "line", at.line);
	else
		json_key_null(j, "line");
}

static void put_block(struct json *j, const struct server_evidence *s)
{
	const struct server_block *b = s->chosen;

	if (!b) {
		json_key_null(j, "block");
		return;
	}
	json_object_begin(j, "block");
	put_place(j, b->at);
	json_text(j, "name", s->chosen_name ? s->chosen_name : b->n_names ? b->names[0] : NULL);
	json_text(j, "matched", s->chosen_name);
	json_text(j, "because", s->chosen_because);
	json_text(j, "certificate", b->n_pairs ? b->pairs[0].cert_path : NULL);
	json_text(j, "key", b->n_pairs ? b->pairs[0].key_path : NULL);
	json_end(j);
}

static void put_time(struct json *j, const char *key, int64_t unix_seconds)
{
	char when[RFC3339_LEN];

	if (unix_seconds)
		json_key_str(j, key, rfc3339_format(when, unix_seconds));
	else
		json_key_null(j, key);
}

static void put_renewal(struct json *j, const struct server_renewal *r)
{
	static const char *const schedules[] = { NULL, "none", "disabled", "masked", "active", "own" };

	json_object_begin(j, NULL);
	json_key_str(j, "client", r->client);
	json_text(j, "name", r->name);
	json_text(j, "config", r->at.file);
	json_text(j, "certificate", r->cert_path);
	put_time(j, "not_after", r->not_after_unix);
	put_time(j, "due", r->due_unix);
	json_text(j, "error", r->error);
	put_time(j, "failing_since", r->failing_since_unix);
	json_key_str(j, "schedule", schedules[r->schedule]);
	json_text(j, "scheduled_by", r->scheduled_by);
	json_text(j, "hook", r->hook);
	json_end(j);
}

void json_server(struct json *j, const struct server_evidence *s)
{
	if (!s) {
		json_key_null(j, "server");
		return;
	}
	json_object_begin(j, "server");
	json_text(j, "kind", s->kind_name);
	json_text(j, "version", s->version);
	json_text(j, "config", s->config);
	json_array_begin(j, "files");
	for (size_t i = 0; i < s->n_files && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, s->files[i]);
	json_end(j);
	put_block(j, s);
	json_text(j, "undecided", s->undecided);
	json_key_int(j, "blocks", (int64_t)s->n_blocks);
	if (s->has_served)
		json_key_hex(j, "served_sha256", span_of(s->served_sha256, 32));
	else
		json_key_null(j, "served_sha256");
	if (s->is_disk_known)
		json_key_hex(j, "disk_sha256", span_of(s->disk_sha256, 32));
	else
		json_key_null(j, "disk_sha256");
	json_array_begin(j, "renewals");
	for (size_t i = 0; i < s->n_renewals && i < JSON_ITEMS_MAX; i++)
		put_renewal(j, &s->renewals[i]);
	json_end(j);
	json_text(j, "test_command", s->test_command);
	if (s->is_tested)
		json_key_bool(j, "test_passed", s->is_valid);
	else
		json_key_null(j, "test_passed");
	json_array_begin(j, "unread");
	for (size_t i = 0; i < s->n_unread; i++)
		json_text(j, NULL, s->unread[i]);
	json_end(j);
	json_end(j);
}
