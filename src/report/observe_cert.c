/* observations.certificate: the certificates as sent, and the path that stands for the server. */
#include "report/json_parts.h"

#include "base/timeutil.h"
#include "x509/chain.h"
#include "x509/name.h"

enum { CERTIFICATES_MAX = 64 };

static void put_time(struct json *j, const char *key, int64_t unix_seconds)
{
	char text[RFC3339_LEN];

	json_key_str(j, key, rfc3339_format(text, unix_seconds));
}

static void put_names(struct json *j, struct arena *scratch, const struct cert *cert)
{
	json_array_begin(j, "names");
	for (size_t i = 0; i < cert->n_san && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, general_name_text(scratch, &cert->san[i]));
	json_end(j);
}

static void put_dates(struct json *j, const struct cert *cert)
{
	if (!cert->is_decoded || cert->bad_time) {
		json_key_null(j, "not_before");
		json_key_null(j, "not_after");
		return;
	}
	put_time(j, "not_before", cert->not_before_unix);
	put_time(j, "not_after", cert->not_after_unix);
}

void json_certificate(struct json *j, struct arena *scratch, const struct cert *cert)
{
	json_key_hex(j, "sha256", span_of(cert->sha256, sizeof cert->sha256));
	json_text(j, "subject", cert->is_decoded ? name_text(scratch, &cert->subject) : NULL);
	json_text(j, "issuer", cert->is_decoded ? name_text(scratch, &cert->issuer) : NULL);
	put_dates(j, cert);
	json_text(j, "key", cert->key.name);
	json_text(j, "signature", cert->is_decoded ? cert_algorithm_name(scratch, &cert->signature_outer) : NULL);
	json_bytes(j, "serial", cert->serial);
	put_names(j, scratch, cert);
	json_key_bool(j, "is_ca", cert->is_ca);
	json_key_bool(j, "must_staple", cert->must_staple);
	json_key_int(j, "scts", (int64_t)cert->n_scts);
	json_text(j, "malformed", cert->malformed);
}

static void put_sent(struct json *j, struct arena *scratch, const struct chain_facts *facts)
{
	json_array_begin(j, "sent");
	for (size_t i = 0; i < facts->n_sent && i < CERTIFICATES_MAX; i++) {
		json_object_begin(j, NULL);
		json_certificate(j, scratch, facts->sent[i]);
		if (facts->is_unneeded)
			json_key_bool(j, "is_unneeded", facts->is_unneeded[i]);
		json_end(j);
	}
	json_end(j);
}

static void put_path(struct json *j, struct arena *scratch, const struct chain_path *path)
{
	static const char *const sources[] = { "server", "trust", "aia" };

	if (!path) {
		json_key_null(j, "path");
		return;
	}
	json_array_begin(j, "path");
	for (size_t i = 0; i < path->n; i++) {
		json_object_begin(j, NULL);
		json_key_hex(j, "sha256", span_of(path->certs[i]->sha256, 32));
		json_text(j, "subject", name_text(scratch, &path->certs[i]->subject));
		json_key_str(j, "from", sources[path->source[i]]);
		json_end(j);
	}
	json_end(j);
	json_array_begin(j, "problems");
	for (size_t i = 0; i < path->n_problems && i < JSON_ITEMS_MAX; i++) {
		json_object_begin(j, NULL);
		json_key_int(j, "at", (int64_t)path->problems[i].at);
		json_text(j, "detail", path->problems[i].detail);
		json_end(j);
	}
	json_end(j);
}

void json_observe_certificate(struct json *j, const struct visit *visit)
{
	const struct chain_facts *facts = visit->chain;
	struct arena *scratch;

	if (!facts) {
		json_key_null(j, "certificate");
		return;
	}
	scratch = arena_new((size_t)256 << 20);
	json_object_begin(j, "certificate");
	put_sent(j, scratch, facts);
	json_key_int(j, "sent_bytes", (int64_t)facts->sent_bytes);
	json_key_bool(j, "is_trusted", facts->is_trusted);
	json_key_bool(j, "name_matches", facts->name_matches);
	json_key_bool(j, "needs_aia", facts->needs_aia);
	json_key_bool(j, "out_of_order", facts->out_of_order);
	json_text(j, "missing_pem", facts->missing_pem);
	json_text(j, "ocsp_url", facts->ocsp_url);
	json_text(j, "ocsp_error", facts->ocsp_error);
	json_text(j, "crl_url", facts->crl_url);
	json_text(j, "crl_error", facts->crl_error);
	put_path(j, scratch, facts->best);
	json_end(j);
	arena_free(scratch);
}
