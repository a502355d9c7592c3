/* See ct.h. The signatures are checked by OpenSSL, which takes a list of logs from a file of its own format alone: it is handed one
 * in memory. */
#include "x509/ct.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#define json_string jansson_string      /* not ours of base/out.h */
#include <jansson.h>
#undef json_string

#include "base/timeutil.h"
#include "x509/decoded.h"
#include "x509/pem.h"

enum { LOGS_MAX = 4096, KEY_MAX = 2048, SCTS_MAX = 64 };

struct ct_log {
	uint8_t id[SHA256_DIGEST_LENGTH];
	const char *name, *operator_name;
	int64_t retired_unix;           /* 0: takes part */
};

struct ct_logs {
	struct ct_log *items;
	size_t n, cap;
	CTLOG_STORE *store;
};

/* ---- the list ------------------------------------------------------------------------------------- */

/* Strict: it goes into a file of lines. */
static bool is_base64(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= KEY_MAX && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == n;
}

/* "state": { "retired": { "timestamp": "2024-01-01T00:00:00Z" } } */
static int64_t retired_at(json_t *log)
{
	static const char *const ends[] = { "retired", "rejected" };
	json_t *state = json_object_get(log, "state");
	int64_t at = 0;

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		const char *when = json_string_value(json_object_get(json_object_get(state, ends[i]), "timestamp"));

		if (json_object_get(state, ends[i]) && (!when || !rfc3339_parse(when, &at)))
			at = 1;         /* it says no time: nothing of it counts */
	}
	return at;
}

static void log_add(struct arena *arena, struct ct_logs *logs, FILE *conf, json_t *log, const char *operator_name)
{
	const char *key = json_string_value(json_object_get(log, "key")), *name = json_string_value(json_object_get(log, "description"));
	struct ct_log *item;
	struct span bytes;

	if (!key || !is_base64(key) || logs->n >= LOGS_MAX)
		return;
	bytes = pem_base64(arena, span_str(key));
	item = arena_push(arena, logs->items, logs->n, logs->cap);
	*item = (struct ct_log){ .name = arena_str(arena, name ? name : "?"), .operator_name = arena_str(arena, operator_name), .retired_unix = retired_at(log) };
	SHA256(bytes.p, bytes.n, item->id);
	fprintf(conf, "[l%zu]\ndescription = l%zu\nkey = %s\n", logs->n - 1, logs->n - 1, key);
}

static void logs_read(struct arena *arena, struct ct_logs *logs, FILE *conf, json_t *root)
{
	static const char *const kinds[] = { "logs", "tiled_logs" };
	json_t *operators = json_object_get(root, "operators"), *one, *log;
	size_t i, k;

	json_array_foreach(operators, i, one) {
		const char *name = json_string_value(json_object_get(one, "name"));

		for (size_t kind = 0; kind < COUNT_OF(kinds); kind++)
			json_array_foreach(json_object_get(one, kinds[kind]), k, log)
				log_add(arena, logs, conf, log, name ? name : "?");
	}
}

/* "enabled_logs" stands first, so the sections are written apart. */
static bool store_fill(struct ct_logs *logs, const char *sections, size_t n)
{
	int fd = memfd_create("ct-logs", MFD_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	char path[32];
	bool is_good;

	if (!file)
		return false;
	fputs("enabled_logs=", file);
	for (size_t i = 0; i < logs->n; i++)
		fprintf(file, "%sl%zu", i ? "," : "", i);
	fputc('\n', file);
	fwrite(sections, 1, n, file);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	is_good = fflush(file) == 0 && CTLOG_STORE_load_file(logs->store, path) == 1;
	ERR_clear_error();
	fclose(file);
	return is_good;
}

int ct_logs_load(struct arena *arena, const char *path, struct ct_logs **out, struct why_error *error)
{
	struct ct_logs *logs = arena_new_of(arena, struct ct_logs);
	char *sections = NULL;
	size_t n = 0;
	json_error_t wrong;
	json_t *root = json_load_file(path, 0, &wrong);
	FILE *conf = open_memstream(&sections, &n);
	bool is_good;

	if (!root || !conf) {
		if (conf)
			fclose(conf);
		free(sections);
		json_decref(root);
		return why_fail(error, WHY_EFILE, "--ct-logs %.200s: line %d: %.100s; expected a list of Certificate Transparency logs as JSON", path, wrong.line, wrong.text);
	}
	logs_read(arena, logs, conf, root);
	fclose(conf);
	json_decref(root);
	logs->store = CTLOG_STORE_new();
	is_good = logs->n > 0 && logs->store && store_fill(logs, sections, n);
	free(sections);
	if (is_good) {
		*out = logs;
		return 0;
	}
	ct_logs_free(logs);
	return why_fail(error, WHY_EFILE, "--ct-logs %.200s: it has no log with a key; expected operators[].logs[].key", path);
}

void ct_logs_free(struct ct_logs *logs)
{
	if (logs)
		CTLOG_STORE_free(logs->store);
}

static const struct ct_log *log_find(const struct ct_logs *logs, const uint8_t *id)
{
	for (size_t i = 0; logs && i < logs->n; i++)
		if (memcmp(logs->items[i].id, id, sizeof logs->items[i].id) == 0)
			return &logs->items[i];
	return NULL;
}

/* ---- timestamps ----------------------------------------------------------------------------------- */

static enum sct_state state_of(SCT *sct, const struct ct_log *log, const CT_POLICY_EVAL_CTX *ctx, int64_t now_unix)
{
	if (SCT_get_version(sct) != SCT_VERSION_V1)
		return SCT_UNREADABLE;
	if (!ctx)
		return SCT_NOT_CHECKED;
	if (!log)
		return SCT_LOG_UNKNOWN;
	if (SCT_get_timestamp(sct) > (uint64_t)now_unix * 1000)
		return SCT_OF_FUTURE;
	if (SCT_validate(sct, ctx) != 1)
		return SCT_INVALID;
	return log->retired_unix && SCT_get_timestamp(sct) / 1000 >= (uint64_t)log->retired_unix ? SCT_LOG_RETIRED : SCT_VALID;
}

/* NULL where there is nothing to check with. */
static CT_POLICY_EVAL_CTX *context_of(const struct ct_logs *logs, const struct cert *leaf, const struct cert *issuer, int64_t now_unix)
{
	CT_POLICY_EVAL_CTX *ctx = logs && issuer ? CT_POLICY_EVAL_CTX_new() : NULL;
	X509 *own = ctx ? x509_decoded(leaf->der, NULL) : NULL, *above = own ? x509_decoded(issuer->der, NULL) : NULL;
	bool is_good = above && CT_POLICY_EVAL_CTX_set1_cert(ctx, own) == 1 && CT_POLICY_EVAL_CTX_set1_issuer(ctx, above) == 1;

	if (is_good) {
		CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(ctx, logs->store);
		CT_POLICY_EVAL_CTX_set_time(ctx, (uint64_t)now_unix * 1000);
	}
	X509_free(own);
	X509_free(above);
	if (is_good)
		return ctx;
	CT_POLICY_EVAL_CTX_free(ctx);
	return NULL;
}

size_t ct_check(struct arena *arena, const struct ct_logs *logs, const struct cert *leaf, const struct cert *issuer, struct span list,
		enum sct_source source, int64_t now_unix, const struct sct **out)
{
	static const sct_source_t sources[] = { SCT_SOURCE_X509V3_EXTENSION, SCT_SOURCE_TLS_EXTENSION, SCT_SOURCE_OCSP_STAPLED_RESPONSE };
	const uint8_t *p = list.p;
	STACK_OF(SCT) *stack = list.n > 0 ? o2i_SCT_LIST(NULL, &p, list.n) : NULL;
	CT_POLICY_EVAL_CTX *ctx = stack ? context_of(logs, leaf, issuer, now_unix) : NULL;
	struct sct *items = arena_array(arena, struct sct, SCTS_MAX);
	size_t n = 0;

	for (int i = 0; stack && i < sk_SCT_num(stack) && n < SCTS_MAX; i++) {
		SCT *sct = sk_SCT_value(stack, i);
		const struct ct_log *log;
		unsigned char *id;
		size_t id_len = SCT_get0_log_id(sct, &id);

		items[n] = (struct sct){ .source = source, .timestamp_ms = (int64_t)SCT_get_timestamp(sct) };
		if (id_len == sizeof items[n].log_id)
			memcpy(items[n].log_id, id, id_len);
		log = log_find(logs, items[n].log_id);
		SCT_set_source(sct, sources[source]);
		items[n].state = state_of(sct, log, ctx, now_unix);
		if (log) {
			items[n].log = log->name;
			items[n].operator_name = log->operator_name;
		}
		n++;
	}
	CT_POLICY_EVAL_CTX_free(ctx);
	SCT_LIST_free(stack);
	ERR_clear_error();
	*out = items;
	return n;
}

struct span ct_list_of_staple(struct arena *arena, struct span staple)
{
	const uint8_t *p = staple.p;
	OCSP_RESPONSE *response = staple.n > 0 ? d2i_OCSP_RESPONSE(NULL, &p, (long)staple.n) : NULL;
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	OCSP_SINGLERESP *single = basic ? OCSP_resp_get0(basic, 0) : NULL;
	int at = single ? OCSP_SINGLERESP_get_ext_by_NID(single, NID_ct_cert_scts, -1) : -1;
	const ASN1_OCTET_STRING *value = at >= 0 ? X509_EXTENSION_get_data(OCSP_SINGLERESP_get_ext(single, at)) : NULL;
	struct span list = { 0 };

	if (value) {            /* an OCTET STRING inside it holds the list */
		const uint8_t *q = ASN1_STRING_get0_data(value);
		ASN1_OCTET_STRING *inner = d2i_ASN1_OCTET_STRING(NULL, &q, ASN1_STRING_length(value));

		if (inner)
			list = arena_copy(arena, span_of(ASN1_STRING_get0_data(inner), (size_t)ASN1_STRING_length(inner)));
		ASN1_OCTET_STRING_free(inner);
	}
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return list;
}

const char *sct_source_name(enum sct_source source)
{
	static const char *const names[] = { "certificate", "handshake", "staple" };

	return names[source];
}

const char *sct_state_name(enum sct_state state)
{
	static const char *const names[] = { "not-checked", "valid", "invalid", "log-unknown", "log-retired", "of-future", "unreadable" };

	return names[state];
}
