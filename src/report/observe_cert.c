/* observations.certificate: the certificates as sent, and the path that stands for the server. */
#include "report/json_parts.h"

#include <openssl/sha.h>

#include "base/timeutil.h"
#include "report/names.h"
#include "x509/chain.h"
#include "x509/ct.h"
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

/* null: the extension is not there, and everything is allowed. */
static void put_usages(struct json *j, struct arena *scratch, const struct cert *cert)
{
	if (cert->has_key_usage) {
		json_array_begin(j, "key_usage");
		for (unsigned i = 0; usage_name(i); i++)
			if (cert->key_usage & 1u << i)
				json_text(j, NULL, usage_name(i));
		json_end(j);
	} else {
		json_key_null(j, "key_usage");
	}
	if (!cert->has_eku) {
		json_key_null(j, "extended_key_usage");
		return;
	}
	json_array_begin(j, "extended_key_usage");
	for (size_t i = 0; i < cert->n_eku && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, purpose_name(scratch, cert->eku[i]));
	json_end(j);
}

static void put_urls(struct json *j, struct arena *scratch, const char *key, const struct span *urls, size_t n)
{
	json_array_begin(j, key);
	for (size_t i = 0; i < n && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, arena_strn(scratch, urls[i].p, urls[i].n));
	json_end(j);
}

static void put_policies(struct json *j, struct arena *scratch, const struct cert *cert)
{
	json_array_begin(j, "policies");
	for (size_t i = 0; i < cert->n_policies && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, oid_text(scratch, cert->policies[i]));
	json_end(j);
}

/* The timestamps of Certificate Transparency that it holds, by log; their signatures are judged elsewhere. */
static void put_scts(struct json *j, struct arena *scratch, const struct cert *cert)
{
	const struct sct *scts = NULL;
	size_t n = ct_check(scratch, NULL, cert, NULL, cert->sct_list, SCT_IN_CERTIFICATE, 0, &scts);

	json_key_int(j, "scts", (int64_t)cert->n_scts);
	json_array_begin(j, "sct_list");
	for (size_t i = 0; i < n && i < JSON_ITEMS_MAX; i++) {
		if (scts[i].state == SCT_UNREADABLE)
			continue;
		json_object_begin(j, NULL);
		json_key_hex(j, "log_id", span_of(scts[i].log_id, sizeof scts[i].log_id));
		put_time(j, "timestamp", scts[i].timestamp_ms / 1000);
		json_end(j);
	}
	json_end(j);
}

static void put_extensions(struct json *j, struct arena *scratch, const struct cert *cert)
{
	uint8_t pin[SHA256_DIGEST_LENGTH];

	put_usages(j, scratch, cert);
	put_urls(j, scratch, "ocsp_urls", cert->ocsp_urls, cert->n_ocsp_urls);
	put_urls(j, scratch, "crl_urls", cert->crl_urls, cert->n_crl_urls);
	put_urls(j, scratch, "issuer_urls", cert->issuer_urls, cert->n_issuer_urls);
	put_policies(j, scratch, cert);
	json_bytes(j, "subject_key_id", cert->ski);
	json_bytes(j, "authority_key_id", cert->aki);
	if (cert->has_basic_constraints && cert->path_length >= 0)
		json_key_int(j, "path_length", cert->path_length);
	else
		json_key_null(j, "path_length");
	if (cert->key.spki.n == 0) {
		json_key_null(j, "spki_sha256");
		return;
	}
	SHA256(cert->key.spki.p, cert->key.spki.n, pin);
	json_key_hex(j, "spki_sha256", span_of(pin, sizeof pin));
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
	put_scts(j, scratch, cert);
	put_extensions(j, scratch, cert);
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
