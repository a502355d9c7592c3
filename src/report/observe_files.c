/* observations.files: what lay in the files and folders that were named. */
#include "report/json_parts.h"

#include "base/timeutil.h"
#include "evidence/files.h"
#include "x509/cert.h"
#include "x509/name.h"

static void put_time(struct json *j, const char *key, int64_t unix_seconds)
{
	char when[RFC3339_LEN];

	if (unix_seconds)
		json_key_str(j, key, rfc3339_format(when, unix_seconds));
	else
		json_key_null(j, key);
}

static void put_certificate(struct json *j, struct arena *scratch, const struct cert *cert)
{
	json_text(j, "subject", name_text(scratch, &cert->subject));
	json_text(j, "issuer", name_text(scratch, &cert->issuer));
	json_array_begin(j, "names");
	for (size_t i = 0; i < cert->n_san && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, general_name_text(scratch, &cert->san[i]));
	json_end(j);
	put_time(j, "not_before", cert->not_before_unix);
	put_time(j, "not_after", cert->not_after_unix);
	json_key_hex(j, "sha256", span_of(cert->sha256, sizeof cert->sha256));
	json_key_bool(j, "is_ca", cert->is_ca);
}

static void put_request(struct json *j, const struct file_item *item)
{
	json_text(j, "subject", item->subject);
	json_array_begin(j, "names");
	for (size_t i = 0; i < item->n_names && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, item->names[i]);
	json_end(j);
	json_key_bool(j, "signature_verifies", !item->is_self_signed_badly && !item->problem);
}

static void put_item(struct json *j, struct arena *scratch, const struct files_evidence *files, const struct file_seen *file, const struct file_item *item)
{
	static const char *const kinds[] = { "other", "certificate", "key", "public-key", "request", "crl", "parameters" };
	const struct file_seen *of = NULL;
	const struct file_item *half = item->kind == ITEM_KEY || item->kind == ITEM_CERTIFICATE ? files_other_half(files, file, item, &of) : NULL;

	json_object_begin(j, NULL);
	json_key_str(j, "kind", kinds[item->kind]);
	json_text(j, "label", item->label);
	json_text(j, "within", item->within);
	if (item->line)
		json_key_int(j, "line", item->line);
	else
		json_key_null(j, "line");
	json_text(j, "key", item->key_name);
	if (item->kind == ITEM_CERTIFICATE && item->cert)
		put_certificate(j, scratch, item->cert);
	if (item->kind == ITEM_REQUEST)
		put_request(j, item);
	if (item->kind == ITEM_KEY) {
		json_key_bool(j, "encrypted", item->is_encrypted);
		json_text(j, "encryption", item->encryption);
	}
	if (item->kind == ITEM_CRL) {
		json_text(j, "issuer", item->subject);
		put_time(j, "this_update", item->this_update_unix);
		put_time(j, "next_update", item->next_update_unix);
		json_key_int(j, "revoked", (int64_t)item->n_revoked);
	}
	json_text(j, "pairs_with", half ? (half->line ? arena_printf(scratch, "%s:%u", of->path, half->line) : of->path) : NULL);
	json_text(j, "problem", item->problem);
	json_end(j);
}

void json_observe_files(struct json *j, const struct files_evidence *files)
{
	struct arena *scratch = arena_new(0);

	json_array_begin(j, "files");
	for (size_t i = 0; i < files->n_files && i < JSON_ITEMS_MAX; i++) {
		const struct file_seen *file = files->files[i];

		json_object_begin(j, NULL);
		json_text(j, "path", file->path);
		json_text(j, "format", file->format);
		json_key_bool(j, "judged", file->is_judged);
		json_key_bool(j, "needs_password", file->needs_password);
		json_text(j, "problem", file->problem);
		json_array_begin(j, "items");
		for (size_t k = 0; k < file->n_items && k < JSON_ITEMS_MAX; k++)
			put_item(j, scratch, files, file, &file->items[k]);
		json_end(j);
		json_end(j);
	}
	json_end(j);
	json_key_int(j, "files_passed_over", (int64_t)files->n_passed_over);
	json_text(j, "files_stopped", files->stopped);
	arena_free(scratch);
}
