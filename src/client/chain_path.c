/* Certificates as the path-building models see them: decoded by libcrypto once for each judgement,
 * with every fact that one of the models asks for. Nothing is judged here. */
#include "client/chain_path.h"
#include "kb/distrusted.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "x509/cert.h"
#include "x509/decoded.h"
#include "x509/trust.h"

/* ---- extensions ------------------------------------------------------------------------- */

/* What RFC 5280 verifiers process; anything else that is critical is unknown. */
static bool is_known_extension(int nid)
{
	switch (nid) {
	case NID_key_usage:
	case NID_basic_constraints:
	case NID_subject_alt_name:
	case NID_issuer_alt_name:
	case NID_name_constraints:
	case NID_ext_key_usage:
	case NID_certificate_policies:
	case NID_policy_mappings:
	case NID_policy_constraints:
	case NID_inhibit_any_policy:
	case NID_authority_key_identifier:
	case NID_subject_key_identifier:
	case NID_crl_distribution_points:
	case NID_info_access:
	case NID_tlsfeature:
	case NID_netscape_cert_type:
		return true;
	default:
		return false;
	}
}

static bool is_twice(const X509 *x, int at, int n)
{
	const ASN1_OBJECT *object = X509_EXTENSION_get_object(X509_get_ext(x, at));

	for (int i = at + 1; i < n; i++) {
		if (OBJ_cmp(object, X509_EXTENSION_get_object(X509_get_ext(x, i))) == 0)
			return true;
	}
	return false;
}

static void read_criticals(struct link *link)
{
	int n = X509_get_ext_count(link->x);

	for (int i = 0; i < n && i < 64; i++) {
		X509_EXTENSION *extension = X509_get_ext(link->x, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		link->has_duplicate |= is_twice(link->x, i, n < 64 ? n : 64);
		if (!X509_EXTENSION_get_critical(extension))
			continue;
		link->unknown_critical |= !is_known_extension(nid);
		link->critical_policy |= nid == NID_policy_mappings || nid == NID_policy_constraints ||
					 nid == NID_inhibit_any_policy;
	}
}

static void read_basic(struct link *link)
{
	int critical = 0;
	BASIC_CONSTRAINTS *basic = X509_get_ext_d2i(link->x, NID_basic_constraints, &critical, NULL);

	link->path_len = -1;
	link->bad_basic = !basic && critical != -1;
	if (!basic)
		return;
	link->has_basic = true;
	link->is_ca = basic->ca != 0;
	if (basic->pathlen)
		link->path_len = ASN1_INTEGER_get(basic->pathlen);
	BASIC_CONSTRAINTS_free(basic);
}

static void read_usage(struct link *link)
{
	int critical = 0;
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(link->x, NID_ext_key_usage, &critical, NULL);

	link->has_eku = critical != -1;
	link->empty_eku = link->has_eku && sk_ASN1_OBJECT_num(eku) <= 0;
	for (int i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
		int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i));

		link->eku_server |= nid == NID_server_auth;
		link->eku_client |= nid == NID_client_auth;
		link->eku_any |= nid == NID_anyExtendedKeyUsage;
		link->eku_ocsp |= nid == NID_OCSP_sign;
	}
	EXTENDED_KEY_USAGE_free(eku);
	link->has_key_usage = X509_get_ext_by_NID(link->x, NID_key_usage, -1) >= 0;
	link->key_usage = X509_get_key_usage(link->x);
}

static bool has_extension(const struct link *link, int nid)
{
	return X509_get_ext_by_NID(link->x, nid, -1) >= 0;
}

static void read_feature(struct link *link)
{
	TLS_FEATURE *feature = X509_get_ext_d2i(link->x, NID_tlsfeature, NULL, NULL);

	for (int i = 0; i < sk_ASN1_INTEGER_num(feature); i++)
		link->must_staple |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(feature, i)) == 5;
	TLS_FEATURE_free(feature);
}

/* ---- algorithms ------------------------------------------------------------------------- */

static enum link_digest digest_of(int nid)
{
	switch (nid) {
	case NID_md2:
	case NID_md4:
	case NID_md5:
		return DIGEST_MD5;
	case NID_sha1:
		return DIGEST_SHA1;
	case NID_sha224:
		return DIGEST_SHA224;
	case NID_sha256:
	case NID_sha384:
	case NID_sha512:
		return DIGEST_SHA2;
	case NID_undef:
		return DIGEST_NONE;
	default:
		return DIGEST_OTHER;
	}
}

/* RFC 4055 allows any digest for the mask and any length of salt; verifiers take the digest itself and its length. */
static int mask_digest(const RSA_PSS_PARAMS *params)
{
	X509_ALGOR *hash = params->maskGenAlgorithm ?
			   ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), params->maskGenAlgorithm->parameter) : NULL;
	int digest = hash ? OBJ_obj2nid(hash->algorithm) : NID_sha1;

	X509_ALGOR_free(hash);
	return digest;
}

static bool is_usual_pss(const X509 *x, int digest)
{
	const X509_ALGOR *algorithm;
	RSA_PSS_PARAMS *params;
	bool is_usual = false;
	long salt;

	X509_get0_signature(NULL, &algorithm, x);
	params = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);
	if (params) {
		salt = params->saltLength ? ASN1_INTEGER_get(params->saltLength) : 20;
		is_usual = salt == EVP_MD_get_size(EVP_get_digestbynid(digest)) && mask_digest(params) == digest;
	}
	RSA_PSS_PARAMS_free(params);
	return is_usual;
}

static void read_signature(struct link *link)
{
	const X509_ALGOR *outer;
	int digest = NID_undef, key = NID_undef, nid;

	X509_get0_signature(NULL, &outer, link->x);
	link->algorithm_differs = X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(link->x)) != 0;
	nid = OBJ_obj2nid(outer->algorithm);
	link->is_pss = nid == NID_rsassaPss;
	if (link->is_pss) {
		X509_get_signature_info(link->x, &digest, &key, NULL, NULL);
		link->known_algorithm = digest != NID_undef;
		link->is_odd_pss = digest != NID_undef && !is_usual_pss(link->x, digest);
	} else {
		link->known_algorithm = OBJ_find_sigid_algs(nid, &digest, &key) == 1;
	}
	link->digest = digest_of(digest);
}

/* The curve by its name; parameters spelled out are none, though libcrypto may recognise them. */
static int curve_of(const X509 *x)
{
	X509_ALGOR *algorithm = NULL;
	const void *value = NULL;
	int type = V_ASN1_UNDEF;

	X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(x));
	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	return type == V_ASN1_OBJECT ? OBJ_obj2nid(value) : NID_undef;
}

static void read_key(struct link *link)
{
	EVP_PKEY *key = X509_get0_pubkey(link->x);

	if (!key)
		return;
	link->key_bits = EVP_PKEY_get_bits(key);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		link->key = KEY_RSA;
		break;
	case EVP_PKEY_RSA_PSS:
		link->key = KEY_RSA_PSS;
		break;
	case EVP_PKEY_EC:
		link->key = KEY_EC;
		link->curve = curve_of(link->x);
		break;
	case EVP_PKEY_ED25519:
		link->key = KEY_ED25519;
		break;
	case EVP_PKEY_ED448:
		link->key = KEY_ED448;
		break;
	case EVP_PKEY_DSA:
		link->key = KEY_DSA;
		break;
	default:
		break;
	}
}

/* ---- one certificate -------------------------------------------------------------------- */

static bool unix_of(const ASN1_TIME *time, int64_t *unix_seconds)
{
	int days = 0, seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	bool ok = epoch && ASN1_TIME_check(time) && ASN1_TIME_diff(&days, &seconds, epoch, time);

	*unix_seconds = (int64_t)days * 86400 + seconds;
	ASN1_TIME_free(epoch);
	return ok;
}

static struct span name_bytes(const X509_NAME *name)
{
	const unsigned char *p = NULL;
	size_t n = 0;

	X509_NAME_get0_der(name, &p, &n);
	return span_of(p, n);
}

static struct span key_bytes(struct arena *arena, const X509 *x)
{
	unsigned char *p = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &p);
	struct span copy = arena_copy(arena, span_of(p, n > 0 ? (size_t)n : 0));

	OPENSSL_free(p);
	return copy;
}

static void link_read(struct link *link, struct arena *arena, const struct cert *cert)
{
	size_t used;

	link->der = cert->der;
	link->bad_names = cert->bad_san;
	for (size_t i = 0; i < cert->n_extensions; i++)
		link->writes_default |= cert->extensions[i].writes_default;
	link->x = x509_decoded(cert->der, &used);
	if (link->x && used != cert->der.n) {
		X509_free(link->x);
		link->x = NULL;
	}
	if (!link->x)
		return;
	link->subject = name_bytes(X509_get_subject_name(link->x));
	link->issuer = name_bytes(X509_get_issuer_name(link->x));
	link->is_self_issued = X509_NAME_cmp(X509_get_subject_name(link->x),
					     X509_get_issuer_name(link->x)) == 0;
	link->spki = key_bytes(arena, link->x);
	link->version = (int)X509_get_version(link->x) + 1;
	link->bad_time = !unix_of(X509_get0_notBefore(link->x), &link->not_before) ||
			 !unix_of(X509_get0_notAfter(link->x), &link->not_after);
	link->logged_unix = sct_times(cert->sct_list).first_unix;
	link->negative_serial = ASN1_STRING_type(X509_get0_serialNumber(link->x)) == V_ASN1_NEG_INTEGER;
	read_criticals(link);
	read_basic(link);
	read_usage(link);
	read_feature(link);
	link->has_san = has_extension(link, NID_subject_alt_name);
	link->has_constraints = has_extension(link, NID_name_constraints);
	link->bad_extension = (X509_get_extension_flags(link->x) & EXFLAG_INVALID) != 0;
	read_signature(link);
	read_key(link);
	ERR_clear_error();
}

/* ---- the set ---------------------------------------------------------------------------- */

const struct kb_distrusted *link_distrusted(const struct link *anchor)
{
	return anchor->is_public_root ? kb_distrusted_find(anchor->organization) : NULL;
}

static bool has_root(const struct links *links, const struct cert *cert)
{
	for (size_t i = 0; i < links->n_roots; i++) {
		if (span_equal(links->roots[i].der, cert->der))
			return true;
	}
	return false;
}

static void add_roots(struct links *links, struct span name)
{
	const struct cert *const *found = NULL;
	size_t n = trust_by_subject(links->in->trust, name, &found);

	for (size_t i = 0; i < n && links->n_roots < PATH_CERTS_MAX; i++) {
		struct link *root = &links->roots[links->n_roots];

		if (has_root(links, found[i]))
			continue;
		link_read(root, links->in->arena, found[i]);
		root->is_root = true;
		root->is_public_root = trust_is_public(links->in->trust, found[i]);
		root->organization = found[i]->subject.organization;
		links->n_roots += root->x != NULL;
	}
}

void links_open(struct links *links, const struct chain_case *in)
{
	size_t n = in->n_sent < PATH_CERTS_MAX ? in->n_sent : PATH_CERTS_MAX;

	*links = (struct links){ .in = in, .n_sent = n };
	links->sent = arena_array(in->arena, struct link, n + 1);
	links->roots = arena_array(in->arena, struct link, PATH_CERTS_MAX);
	for (size_t i = 0; i < n; i++)
		link_read(&links->sent[i], in->arena, in->sent[i]);
	for (size_t i = 0; in->trust && i < n; i++) {
		add_roots(links, in->sent[i]->issuer.raw);
		add_roots(links, in->sent[i]->subject.raw);
	}
}

void links_close(struct links *links)
{
	for (size_t i = 0; i < links->n_sent; i++)
		X509_free(links->sent[i].x);
	for (size_t i = 0; i < links->n_roots; i++)
		X509_free(links->roots[i].x);
	ERR_clear_error();
}

/* ---- questions -------------------------------------------------------------------------- */

bool link_signed_by(const struct link *child, const struct link *parent)
{
	EVP_PKEY *key = parent->x ? X509_get0_pubkey(parent->x) : NULL;
	bool ok = child->x && key && X509_verify(child->x, key) == 1;

	ERR_clear_error();
	return ok;
}

bool link_same(const struct link *a, const struct link *b)
{
	return span_equal(a->der, b->der);
}

const struct link *links_root_same(const struct links *links, const struct link *link)
{
	for (size_t i = 0; i < links->n_roots; i++) {
		if (link_same(&links->roots[i], link))
			return &links->roots[i];
	}
	return NULL;
}

bool link_self_signed(const struct link *link)
{
	return link->x && link->is_self_issued && link_signed_by(link, link);
}

bool link_issued_by_name(const struct link *child, const struct link *parent)
{
	return child->x && parent->x &&
	       X509_NAME_cmp(X509_get_issuer_name(child->x), X509_get_subject_name(parent->x)) == 0;
}

const char *link_common_name(struct arena *arena, const struct link *link)
{
	const X509_NAME *subject = X509_get_subject_name(link->x);
	int at = -1, next, n;
	unsigned char *utf8 = NULL;
	const char *copy = "";

	while ((next = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		at = next;
	if (at < 0)
		return "";
	n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (n > 0)
		copy = arena_strn(arena, utf8, (size_t)n);
	OPENSSL_free(utf8);
	return copy;
}

int link_constraints(const struct link *ca, const struct link *subject)
{
	NAME_CONSTRAINTS *constraints =
		X509_get_ext_d2i(ca->x, NID_name_constraints, NULL, NULL);
	int result = constraints ? NAME_CONSTRAINTS_check(subject->x, constraints) :
				   X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX;

	NAME_CONSTRAINTS_free(constraints);
	ERR_clear_error();
	return result;
}

void chain_stop(struct client_result *out, const char *error, int64_t number, const char *message)
{
	out->outcome = CLIENT_ERROR;
	out->layer = LAYER_CERTIFICATE;
	out->error = error;
	out->has_number = number != 0;
	out->number = number;
	out->message = message;
	out->overridable = TRI_NO;
}

bool links_satisfy_policies(const struct link *const *path, size_t n)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509_POLICY_TREE *tree = NULL;
	int is_explicit = 0, status = 1;

	for (size_t i = 0; chain && i < n; i++)
		sk_X509_push(chain, path[i]->x);
	if (chain && n > 1)
		status = X509_policy_check(&tree, &is_explicit, chain, NULL, 0);
	X509_policy_tree_free(tree);
	sk_X509_free(chain);
	return status == 1;
}

bool is_rsa_exchange(uint16_t suite)
{
	static const uint16_t gcm_and_cbc[] = { 0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d };

	for (size_t i = 0; i < COUNT_OF(gcm_and_cbc); i++)
		if (gcm_and_cbc[i] == suite)
			return true;
	return suite >= 0x0001 && suite <= 0x000a;
}
