/* SSL_CTX from the settings of a scene: versions, ciphers, groups, schemes, alpn, sni, client-cert,
 * staple, cert. The security level is 0, for much of what is shown here is what OpenSSL would
 * otherwise refuse to serve. */
#include <stdio.h>
#include <openssl/bn.h>
#include <openssl/dh.h>
#include <openssl/param_build.h>
#include <openssl/err.h>

#include "channel.h"
#include "pki.h"
#include "site.h"

static void site_fail(const struct scene *scene, const char *word)
{
	const struct line *line = scene_next(scene, word, NULL);
	const char *why = ERR_reason_error_string(ERR_get_error());

	lab_fail("%s:%u: %s %.200s: OpenSSL does not take it: %s", scene->path, line ? line->number : 0, word, line ? line->rest : "", why ? why : "no reason given");
}

static int version_of(const struct scene *scene, const char *text)
{
	static const struct {
		const char *name;
		int version;
	} names[] = {
		{ "1.0", TLS1_VERSION },
		{ "1.1", TLS1_1_VERSION },
		{ "1.2", TLS1_2_VERSION },
		{ "1.3", TLS1_3_VERSION },
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i].name, text) == 0)
			return names[i].version;
	lab_fail("%s:%u: versions: no version of TLS is called \"%s\"", scene->path, scene_next(scene, "versions", NULL)->number, text);
}

/* versions 1.2 or 1.0..1.2 */
static void set_versions(const struct scene *scene, SSL_CTX *ctx)
{
	const char *versions = scene_get(scene, "versions");
	const char *dots = versions ? strstr(versions, "..") : NULL;
	char low[8] = "1.2", high[8] = "1.3";

	if (versions) {
		snprintf(low, sizeof low, "%.3s", versions);
		snprintf(high, sizeof high, "%.3s", dots ? dots + 2 : versions);
	}
	if (!SSL_CTX_set_min_proto_version(ctx, version_of(scene, low)) ||
	    !SSL_CTX_set_max_proto_version(ctx, version_of(scene, high)))
		site_fail(scene, "versions");
}

/* dh-bits 1024: the Oakley group 2 of RFC 2409, as old servers have it; OpenSSL refuses less. */
static void set_dh(const struct scene *scene, SSL_CTX *ctx)
{
	const char *bits = scene_get(scene, "dh-bits");
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *p = BN_get_rfc2409_prime_1024(NULL), *g = BN_new();
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	EVP_PKEY *parameters = NULL;

	if (!bits)
		SSL_CTX_set_dh_auto(ctx, 1);
	else if (strcmp(bits, "1024") != 0 || !BN_set_word(g, 2) || !OSSL_PARAM_BLD_push_BN(builder, "p", p) ||
		 !OSSL_PARAM_BLD_push_BN(builder, "g", g) || EVP_PKEY_fromdata_init(maker) <= 0 ||
		 EVP_PKEY_fromdata(maker, &parameters, EVP_PKEY_KEY_PARAMETERS, OSSL_PARAM_BLD_to_param(builder)) <= 0 ||
		 !SSL_CTX_set0_tmp_dh_pkey(ctx, parameters))
		site_fail(scene, "dh-bits");
	EVP_PKEY_CTX_free(maker);
	OSSL_PARAM_BLD_free(builder);
	BN_free(p);
	BN_free(g);
}

static void set_lists(const struct scene *scene, SSL_CTX *ctx)
{
	const char *ciphers = scene_get(scene, "ciphers"), *groups = scene_get(scene, "groups");
	const char *schemes = scene_get(scene, "schemes");

	if (!SSL_CTX_set_cipher_list(ctx, ciphers ? ciphers : "ALL:!aNULL:!eNULL"))
		site_fail(scene, "ciphers");
	if (groups && !SSL_CTX_set1_groups_list(ctx, groups))
		site_fail(scene, "groups");
	if (schemes && !SSL_CTX_set1_sigalgs_list(ctx, schemes))
		site_fail(scene, "schemes");
	set_dh(scene, ctx);
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *offered,
		       unsigned n_offered, void *arg)
{
	const struct site *site = arg;
	unsigned char *chosen;

	(void)ssl;
	if (site->alpn_len == 0)
		return SSL_TLSEXT_ERR_NOACK;
	if (SSL_select_next_proto(&chosen, out_len, site->alpn, site->alpn_len, offered, n_offered) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int see_name(SSL *ssl, int *alert, void *arg)
{
	const struct site *site = arg;

	if (!site->refuses_names)
		return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int staple(SSL *ssl, void *arg)
{
	const struct backend *backend = arg;
	unsigned char *copy = OPENSSL_memdup(backend->staple, (size_t)backend->staple_len);

	if (!copy)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, backend->staple_len);
	return SSL_TLSEXT_ERR_OK;
}

/* client-cert required|optional: of the lab's root, which the list of names says. */
static void set_client_auth(struct lab *lab, const struct scene *scene, SSL_CTX *ctx)
{
	const char *wanted = scene_get(scene, "client-cert");
	X509 *root = pki_authority(lab, scene, "root")->cert;

	if (!wanted)
		return;
	int insists = strcmp(wanted, "required") == 0 ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;

	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | insists, NULL);
	if (!SSL_CTX_add_client_CA(ctx, root) || !X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root))
		site_fail(scene, "client-cert");
}

static void backend_make(struct lab *lab, const struct scene *scene, struct backend *backend, const struct line *cert)
{
	lab_at(scene, cert);
	struct identity identity = pki_identity(lab, scene, cert);
	lab_at(NULL, NULL);
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const char *status = scene_get(scene, "staple");

	if (!ctx)
		site_fail(scene, "kind");
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_clear_options(ctx, SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
	set_versions(scene, ctx);
	set_lists(scene, ctx);
	if (!SSL_CTX_use_certificate(ctx, identity.leaf) || !SSL_CTX_use_PrivateKey(ctx, identity.key) ||
	    !SSL_CTX_set1_chain(ctx, identity.sent))
		site_fail(scene, "cert");
	SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
	set_client_auth(lab, scene, ctx);
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, scene->site);
	SSL_CTX_set_tlsext_servername_callback(ctx, see_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, scene->site);
	if (status) {
		backend->staple = pki_staple(&identity, status, &backend->staple_len);
		SSL_CTX_set_tlsext_status_cb(ctx, staple);
		SSL_CTX_set_tlsext_status_arg(ctx, backend);
	}
	backend->ctx = ctx;
}

/* alpn h2,http/1.1 in order of preference; "-" ignores the client's list. */
static void site_set_alpn(struct lab *lab, const struct scene *scene, struct site *site)
{
	const char *list = scene_get(scene, "alpn");
	char *names[8];

	if (list && strcmp(list, "-") == 0)
		return;
	size_t n = text_split(arena_str(lab->arena, list ? list : "http/1.1"), ",", names, COUNT_OF(names));
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (site->alpn_len + len + 1 > sizeof site->alpn)
			lab_fail("%s:%u: too many names in alpn", scene->path, scene_next(scene, "alpn", NULL)->number);
		site->alpn[site->alpn_len++] = (unsigned char)len;
		memcpy(site->alpn + site->alpn_len, names[i], len);
		site->alpn_len += (unsigned)len;
	}
}

void site_make(struct lab *lab, struct scene *scene)
{
	const struct line *other = scene_next(scene, "other-cert", NULL);

	for (const struct line *ca = NULL; (ca = scene_next(scene, "ca", ca));) {
		lab_at(scene, ca);
		pki_add_authority(lab, scene, ca);
	}
	scene->site = arena_new_of(lab->arena, struct site);
	scene->site->refuses_names = scene_is(scene, "sni", "refuse");
	if (scene_get(scene, "pace"))
		scene->site->pace = pace_make(lab->arena, scene_get(scene, "pace"));
	site_set_alpn(lab, scene, scene->site);
	backend_make(lab, scene, &scene->site->main, scene_next(scene, "cert", NULL));
	if (other)
		backend_make(lab, scene, &scene->site->other, other);
}
