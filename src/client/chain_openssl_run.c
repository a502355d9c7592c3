/* Runs libcrypto's verifier on a case the way a client of the OpenSSL family has it set up. There
 * is no need to imitate it: the same code decides in the clients (RFC 5280 section 6, with OpenSSL's
 * own order of checks). Only roots that can matter are loaded, so that a run does not depend on the
 * size of the trust store. */
#include "client/chain_openssl.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "x509/cert.h"
#include "x509/decoded.h"
#include "x509/trust.h"

/* ---- what was sent ---------------------------------------------------------------------- */

static X509 *decode(const struct cert *cert)
{
	size_t used;
	X509 *x;

	if (cert->der.n == 0 || cert->der.n > INT32_MAX) {
		ERR_raise(ERR_LIB_ASN1, ASN1_R_TOO_SMALL);
		return NULL;
	}
	x = x509_decoded(cert->der, &used);
	if (x && used != cert->der.n) {
		ERR_raise(ERR_LIB_SSL, SSL_R_CERT_LENGTH_MISMATCH);
		X509_free(x);
		return NULL;
	}
	return x;
}

/* As libssl does: the first certificate that does not decode ends the handshake. */
static bool decode_all(struct openssl_run *run, const struct chain_case *in)
{
	run->sent = sk_X509_new_null();
	for (size_t i = 0; i < in->n_sent; i++) {
		X509 *x = decode(in->sent[i]);

		if (!x)
			return false;
		sk_X509_push(run->sent, x);
	}
	run->leaf = sk_X509_value(run->sent, 0);
	return run->leaf != NULL;
}

/* ---- what is trusted -------------------------------------------------------------------- */

static bool store_add(X509_STORE *store, const struct cert *root)
{
	X509 *x = x509_decoded(root->der, NULL);
	bool added = x && X509_STORE_add_cert(store, x) == 1;

	X509_free(x);
	return added;
}

static void store_add_named(X509_STORE *store, const struct trust *trust, struct span name)
{
	const struct cert *const *found = NULL;
	size_t n = trust_by_subject(trust, name, &found);

	for (size_t i = 0; i < n; i++)
		store_add(store, found[i]);
}

/* One of the certificates before it has the same issuer or subject. */
static bool is_named_before(const struct chain_case *in, size_t nth, struct span name)
{
	for (size_t i = 0; i < nth; i++) {
		if (span_equal(in->sent[i]->issuer.raw, name) || span_equal(in->sent[i]->subject.raw, name))
			return true;
	}
	return false;
}

static void store_fill(X509_STORE *store, const struct chain_case *in)
{
	for (size_t i = 0; in->trust && i < in->n_sent; i++) {
		const struct cert *c = in->sent[i];

		if (!is_named_before(in, i, c->issuer.raw))
			store_add_named(store, in->trust, c->issuer.raw);
		if (!is_named_before(in, i, c->subject.raw) && !span_equal(c->subject.raw, c->issuer.raw))
			store_add_named(store, in->trust, c->subject.raw);
	}
	for (size_t i = 0; i < in->n_crls; i++) {
		const unsigned char *p = in->crls[i].p;
		X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)in->crls[i].n);

		if (crl)
			X509_STORE_add_crl(store, crl);
		X509_CRL_free(crl);
	}
}

/* ---- the run ---------------------------------------------------------------------------- */

struct watch {
	struct openssl_run *run;
	bool goes_on;
};

static int on_certificate(int ok, X509_STORE_CTX *ctx)
{
	struct watch *watch = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx);

	if (ok)
		return 1;
	/* A list for one authority says nothing of the others. */
	if (error == X509_V_ERR_UNABLE_TO_GET_CRL) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	if (watch->run->n_errors < OPENSSL_ERRORS_MAX)
		watch->run->errors[watch->run->n_errors++] = error;
	return watch->goes_on;
}

static void set_host(X509_VERIFY_PARAM *param, const struct chain_case *in,
		     const struct openssl_setup *setup)
{
	if (!in->host || !setup->checks_host)
		return;
	if (in->host_is_ip) {
		X509_VERIFY_PARAM_set1_ip_asc(param, in->host);
		return;
	}
	X509_VERIFY_PARAM_set_hostflags(param, setup->host_flags);
	X509_VERIFY_PARAM_set1_host(param, in->host, 0);
}

static void verify(struct openssl_run *run, const struct chain_case *in,
		   const struct openssl_setup *setup, X509_STORE *store, X509_STORE_CTX *ctx)
{
	struct watch watch = { .run = run, .goes_on = setup->goes_on };
	X509_VERIFY_PARAM *param;

	store_fill(store, in);
	ERR_clear_error();
	if (!X509_STORE_CTX_init(ctx, store, run->leaf, run->sent))
		return;
	X509_STORE_CTX_set_default(ctx, "ssl_server");
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, setup->security_level);
	X509_VERIFY_PARAM_set_flags(param, setup->flags | X509_V_FLAG_TRUSTED_FIRST |
						   (in->n_crls ? X509_V_FLAG_CRL_CHECK : 0));
	X509_VERIFY_PARAM_set_time(param, (time_t)in->now_unix);
	set_host(param, in, setup);
	X509_STORE_CTX_set_app_data(ctx, &watch);
	X509_STORE_CTX_set_verify_cb(ctx, on_certificate);
	if (X509_verify_cert(ctx) < 0 && X509_STORE_CTX_get_error(ctx) == X509_V_OK)
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_UNSPECIFIED);
	run->error = X509_STORE_CTX_get_error(ctx);
}

void openssl_run(struct openssl_run *run, const struct chain_case *in,
		 const struct openssl_setup *setup)
{
	X509_STORE *store;
	X509_STORE_CTX *ctx;

	*run = (struct openssl_run){ .error = X509_V_ERR_UNSPECIFIED };
	ERR_clear_error();
	if (!decode_all(run, in)) {
		run->undecodable = true;
	} else {
		store = X509_STORE_new();
		ctx = X509_STORE_CTX_new();
		if (store && ctx)
			verify(run, in, setup, store, ctx);
		X509_STORE_CTX_free(ctx);
		X509_STORE_free(store);
	}
	run->first = ERR_peek_error();
	run->last = ERR_peek_last_error();
	ERR_clear_error();
}

void openssl_run_release(struct openssl_run *run)
{
	sk_X509_pop_free(run->sent, X509_free);
	*run = (struct openssl_run){ 0 };
}

/* ---- names ------------------------------------------------------------------------------ */

const char *openssl_error_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
#define X509_ERROR(name) { X509_V_ERR_##name, "X509_V_ERR_" #name },
#include "client/chain_openssl_errors.def"
#undef X509_ERROR
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (names[i].code == code)
			return names[i].name;
	}
	return "X509_V_ERR_UNSPECIFIED";
}

const char *openssl_queue_text(struct arena *arena, unsigned long error)
{
	const char *lib = ERR_lib_error_string(error);
	const char *reason = ERR_reason_error_string(error);

	return arena_printf(arena, "error:%08lX:%s::%s", error, lib ? lib : "lib(0)",
			    reason ? reason : "reason(0)");
}
