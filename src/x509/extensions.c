/* Extensions of a certificate: RFC 5280 4.2, RFC 7633 (TLS feature), RFC 6962 3.3 (SCT list, poison). */
#include "base/rd.h"
#include "x509/cert_parts.h"
#include "x509/oids.h"

enum { EXTENSIONS_MAX = 128, NAMES_MAX = 1 << 17, LIST_MAX = 256 };

/* ---- parts ------------------------------------------------------------------------------ */

static bool is_ia5(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= 0x80)
			return false;
	}
	return true;
}

static bool general_name_read(struct der *in, struct general_name *name)
{
	struct span content, whole;
	uint8_t tag = 0;

	if (!der_next(in, &tag, &content, &whole))
		return false;
	*name = (struct general_name){ .type = (enum san_type)(tag & 0x1f), .value = content };
	if ((tag & 0xc0) != 0x80 || (tag & 0x1f) > 8)
		der_fail(in, "a general name is of no kind that exists");
	else if ((name->type == SAN_DNS || name->type == SAN_EMAIL || name->type == SAN_URI) && !is_ia5(content))
		der_note(in, "a general name holds characters that are not ASCII");
	return der_ok(in);
}

static void read_oids(struct arena *arena, struct der *in, struct span **oids, size_t *n)
{
	size_t cap = 0;

	while (der_more(in) && *n < LIST_MAX) {
		struct span oid = der_get(in, DER_OID);

		if (der_ok(in))
			*arena_push(arena, *oids, *n, cap) = oid;
	}
}

/* ---- one reader an extension ------------------------------------------------------------ */

static void read_basic(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);

	(void)arena;
	cert->has_basic_constraints = true;
	cert->basic_constraints_critical = critical;
	if (der_peek(&all) == DER_BOOLEAN) {
		cert->is_ca = der_bool(&all);
		if (!cert->is_ca)
			der_note(&all, "basicConstraints writes the default FALSE out");
	}
	if (der_peek(&all) == DER_INTEGER)
		cert->path_length = der_small(&all);
	der_end(&all);
}

static void read_key_usage(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	unsigned unused;
	struct span bits = der_bits(in, &unused);

	(void)arena;
	(void)critical;
	cert->has_key_usage = true;
	for (size_t i = 0; i < 9 && i / 8 < bits.n; i++) {
		if (bits.p[i / 8] & 0x80 >> i % 8)
			cert->key_usage |= 1u << i;
	}
	if (cert->key_usage == 0)
		der_note(in, "keyUsage has no bit set");
}

static void read_eku(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);

	(void)critical;
	cert->has_eku = true;
	if (der_ok(&all) && !der_more(&all))
		der_note(&all, "extendedKeyUsage is empty");
	read_oids(arena, &all, &cert->eku, &cert->n_eku);
	for (size_t i = 0; i < cert->n_eku; i++) {
		struct span oid = cert->eku[i];

		cert->eku_server |= OID_IS(oid, OID_KP "\x01");
		cert->eku_client |= OID_IS(oid, OID_KP "\x02");
		cert->eku_code |= OID_IS(oid, OID_KP "\x03");
		cert->eku_email |= OID_IS(oid, OID_KP "\x04");
		cert->eku_time |= OID_IS(oid, OID_KP "\x08");
		cert->eku_ocsp |= OID_IS(oid, OID_KP "\x09");
		cert->eku_any |= OID_IS(oid, OID_ANY_EKU);
	}
}

/* Elements to come, at most NAMES_MAX: as many as any chain holds that is read whole. Lists that grow would take twice the room. */
static size_t count(struct der list)
{
	struct span content, whole;
	uint8_t tag;
	size_t n = 0;

	list.fault = NULL;
	while (der_more(&list) && n < NAMES_MAX && der_next(&list, &tag, &content, &whole))
		n++;
	return n;
}

/* Room for `more` names behind those that are there (of the same extension, come twice). */
static struct general_name *names_grow(struct arena *arena, const struct general_name *names, size_t n, size_t more)
{
	struct general_name *grown = arena_array(arena, struct general_name, n + more + 1);

	if (n > 0)
		memcpy(grown, names, n * sizeof *grown);
	return grown;
}

static void read_san(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);
	struct general_name name;
	size_t cap = cert->n_san + count(all);

	cert->has_san = true;
	cert->san_critical = critical;
	if (der_ok(&all) && !der_more(&all))
		der_note(&all, "subjectAltName is empty");
	cert->san = names_grow(arena, cert->san, cert->n_san, cap - cert->n_san);
	while (der_more(&all) && cert->n_san < cap && general_name_read(&all, &name)) {
		cert->san[cert->n_san++] = name;
		cert->n_san_dns += name.type == SAN_DNS;
		cert->n_san_ip += name.type == SAN_IP;
		if (name.type == SAN_IP && name.value.n != 4 && name.value.n != 16)
			der_note(&all, "an iPAddress is neither 4 nor 16 bytes long");
	}
}

static void read_subtrees(struct arena *arena, struct der *in, uint8_t tag, struct general_name **names, size_t *n)
{
	struct der list, tree;
	struct span content;
	size_t cap;

	if (!der_optional(in, tag, &content))
		return;
	list = der_of(content, in->fault);
	cap = *n + count(list);
	*names = names_grow(arena, *names, *n, cap - *n);
	if (!der_more(&list))
		der_note(in, "nameConstraints holds an empty list of subtrees");
	while (der_more(&list) && *n < cap) {
		struct general_name name;

		tree = der_enter(&list, DER_SEQUENCE);
		if (!general_name_read(&tree, &name))
			continue;
		(*names)[(*n)++] = name;
		if (name.type == SAN_IP && name.value.n != 8 && name.value.n != 32)
			der_note(in, "an address range in nameConstraints is neither 8 nor 32 bytes long");
		if (der_more(&tree))
			der_note(in, "nameConstraints sets minimum or maximum");
	}
	if (!der_ok(&list))
		der_fail(in, "nameConstraints does not decode");
}

static void read_name_constraints(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);

	cert->has_name_constraints = true;
	cert->name_constraints_critical = critical;
	read_subtrees(arena, &all, DER_CONTEXT_OF(0), &cert->permitted, &cert->n_permitted);
	read_subtrees(arena, &all, DER_CONTEXT_OF(1), &cert->excluded, &cert->n_excluded);
	if (der_ok(&all) && cert->n_permitted + cert->n_excluded == 0)
		der_note(&all, "nameConstraints is empty");
	der_end(&all);
	if (!der_ok(&all))
		rd_fail(&in->rd);
}

/* The directory name among the names of the issuer's issuer: [4] around a Name. */
static struct span directory_name(struct span names)
{
	struct der list = der_of(names, NULL);
	struct span content, whole;
	uint8_t tag;

	while (der_more(&list) && der_next(&list, &tag, &content, &whole))
		if (tag == DER_CONTEXT_OF(SAN_DIRECTORY) && content.n && content.p[0] == DER_SEQUENCE)
			return content;
	return (struct span){ 0 };
}

static void read_aki(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);
	struct span content = { 0 };

	(void)arena;
	(void)critical;
	cert->has_aki = true;
	der_optional(&all, DER_CONTEXT(0), &cert->aki);
	cert->aki_has_issuer = der_optional(&all, DER_CONTEXT_OF(1), &content);
	if (cert->aki_has_issuer)
		cert->aki_issuer = directory_name(content);
	cert->aki_has_serial = der_optional(&all, DER_CONTEXT(2), &content);
	der_end(&all);
}

static void read_ski(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	(void)arena;
	(void)critical;
	cert->ski = der_get(in, DER_OCTET_STRING);
	cert->has_ski = der_ok(in);
}

static void read_access(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);
	size_t cap_ocsp = 0, cap_issuers = 0, n = 0;

	(void)critical;
	while (der_more(&all) && n++ < LIST_MAX) {
		struct der one = der_enter(&all, DER_SEQUENCE);
		struct span method = der_get(&one, DER_OID);
		struct general_name name;

		if (!general_name_read(&one, &name) || name.type != SAN_URI)
			continue;
		if (OID_IS(method, OID_AD "\x01"))
			*arena_push(arena, cert->ocsp_urls, cert->n_ocsp_urls, cap_ocsp) = name.value;
		else if (OID_IS(method, OID_AD "\x02"))
			*arena_push(arena, cert->issuer_urls, cert->n_issuer_urls, cap_issuers) = name.value;
	}
}

static void read_crl_points(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);
	size_t cap = 0, n = 0;

	(void)critical;
	while (der_more(&all) && n++ < LIST_MAX) {
		struct der point = der_enter(&all, DER_SEQUENCE), name_part, full;
		struct span content;
		struct general_name name;

		if (!der_optional(&point, DER_CONTEXT_OF(0), &content))
			continue;
		name_part = der_of(content, in->fault);
		if (!der_optional(&name_part, DER_CONTEXT_OF(0), &content))
			continue;
		full = der_of(content, in->fault);
		while (cert->n_crl_urls < LIST_MAX && general_name_read(&full, &name)) {
			if (name.type == SAN_URI)
				*arena_push(arena, cert->crl_urls, cert->n_crl_urls, cap) = name.value;
		}
	}
}

static void read_policies(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);
	size_t cap = 0;

	(void)critical;
	while (der_more(&all) && cert->n_policies < LIST_MAX) {
		struct der one = der_enter(&all, DER_SEQUENCE);
		struct span oid = der_get(&one, DER_OID);

		if (der_ok(&one))
			*arena_push(arena, cert->policies, cert->n_policies, cap) = oid;
	}
}

static void read_policy_constraints(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);
	struct span content;

	(void)arena;
	(void)critical;
	cert->has_policy_constraints = true;
	if (der_optional(&all, DER_CONTEXT(0), &content))
		cert->require_explicit_policy = content.n == 1 ? content.p[0] : 255;
}

static void read_mappings(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);
	struct span content, whole;
	uint8_t tag;

	(void)arena;
	(void)critical;
	cert->has_policy_mappings = true;
	while (der_next(&all, &tag, &content, &whole))
		;
}

static void read_inhibit(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	(void)arena;
	(void)critical;
	cert->has_inhibit_any_policy = true;
	der_small(in);
}

static void read_feature(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	struct der all = der_enter(in, DER_SEQUENCE);

	(void)arena;
	(void)critical;
	while (der_more(&all)) {
		if (der_small(&all) == 5)
			cert->must_staple = true;
	}
}

static void read_scts(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	(void)arena;
	(void)critical;
	cert->sct_list = der_get(in, DER_OCTET_STRING);
	cert->n_scts = sct_count(cert->sct_list);
	cert->n_sct_logs = sct_log_count(cert->sct_list);
}

static void read_poison(struct arena *arena, struct der *in, struct cert *cert, bool critical)
{
	(void)arena;
	(void)critical;
	cert->has_poison = true;
	der_get(in, DER_NULL);
}

/* ---- the table -------------------------------------------------------------------------- */

#define OID_ROW(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *oid;
	size_t n;
	void (*read)(struct arena *arena, struct der *in, struct cert *cert, bool critical);
	bool is_processed;      /* critical or not, verifiers know what to do with it */
} extensions[] = {
	{ OID_ROW(OID_BASIC_CONSTRAINTS), read_basic, true },
	{ OID_ROW(OID_KEY_USAGE), read_key_usage, true },
	{ OID_ROW(OID_EXT_KEY_USAGE), read_eku, true },
	{ OID_ROW(OID_SUBJECT_ALT_NAME), read_san, true },
	{ OID_ROW(OID_ISSUER_ALT_NAME), NULL, true },
	{ OID_ROW(OID_NAME_CONSTRAINTS), read_name_constraints, true },
	{ OID_ROW(OID_AUTHORITY_KEY_ID), read_aki, true },
	{ OID_ROW(OID_SUBJECT_KEY_ID), read_ski, true },
	{ OID_ROW(OID_INFO_ACCESS), read_access, true },
	{ OID_ROW(OID_CRL_POINTS), read_crl_points, true },
	{ OID_ROW(OID_POLICIES), read_policies, true },
	{ OID_ROW(OID_POLICY_MAPPINGS), read_mappings, true },
	{ OID_ROW(OID_POLICY_CONSTRAINTS), read_policy_constraints, true },
	{ OID_ROW(OID_INHIBIT_ANY_POLICY), read_inhibit, true },
	{ OID_ROW(OID_TLS_FEATURE), read_feature, true },
	{ OID_ROW(OID_NETSCAPE_TYPE), NULL, true },
	{ OID_ROW(OID_CT_SCTS), read_scts, true },
	{ OID_ROW(OID_CT_POISON), read_poison, false },
};

static void extension_decode(struct arena *arena, struct cert *cert, struct cert_extension *ext, struct der_fault *fault)
{
	struct der_fault own = { 0 };
	struct der in = der_of(ext->value, &own);

	for (size_t i = 0; i < COUNT_OF(extensions); i++) {
		if (!span_equal(ext->oid, span_of(extensions[i].oid, extensions[i].n)))
			continue;
		ext->is_known = extensions[i].is_processed;
		if (extensions[i].read && !ext->is_duplicate) {
			extensions[i].read(arena, &in, cert, ext->critical);
			der_end(&in);
		}
	}
	ext->is_malformed = own.what != NULL;
	ext->is_unreadable = own.is_fatal;
	if (own.what && !fault->what)
		*fault = (struct der_fault){ own.what, (size_t)(ext->value.p - cert->der.p) + own.at, fault->is_fatal };
	if (own.what && OID_IS(ext->oid, OID_SUBJECT_ALT_NAME))
		cert->bad_san = true;
	if (own.what && OID_IS(ext->oid, OID_NAME_CONSTRAINTS))
		cert->bad_name_constraints = true;
}

static bool seen_before(const struct cert *cert, struct span oid)
{
	return cert_extension_find(cert, oid) != NULL;
}

void extensions_read(struct arena *arena, struct span content, struct cert *cert, struct der_fault *fault)
{
	struct der in = der_of(content, fault), list = der_enter(&in, DER_SEQUENCE);
	size_t cap = 0;

	while (der_more(&list) && cert->n_extensions < EXTENSIONS_MAX) {
		struct der one = der_enter(&list, DER_SEQUENCE);
		struct cert_extension ext = { .oid = der_get(&one, DER_OID) };

		if (der_peek(&one) == DER_BOOLEAN) {
			ext.critical = der_bool(&one);
			ext.writes_default = !ext.critical;
		}
		ext.value = der_get(&one, DER_OCTET_STRING);
		if (!der_ok(&one))
			return;
		ext.is_duplicate = seen_before(cert, ext.oid);
		cert->has_duplicate_extension |= ext.is_duplicate;
		*arena_push(arena, cert->extensions, cert->n_extensions, cap) = ext;
	}
	for (size_t i = 0; i < cert->n_extensions; i++) {
		struct cert_extension *ext = &cert->extensions[i];

		extension_decode(arena, cert, ext, fault);
		if (ext->critical && !ext->is_known && !cert->unknown_critical)
			cert->unknown_critical = ext;
	}
}

size_t sct_count(struct span list)
{
	struct rd in = rd_of(list), all = rd_vec16(&in);
	size_t n = 0;

	while (rd_more(&all)) {
		rd_vec16(&all);
		n += rd_ok(&all);
	}
	return n;
}

/* Version, 32 octets of log id: RFC 6962 3.2. Of a flood the first hundred count. */
size_t sct_log_count(struct span list)
{
	enum { LOGS_MOST = 100, ID_AT = 1, ID_LEN = 32 };
	struct rd in = rd_of(list), all = rd_vec16(&in);
	struct span seen[LOGS_MOST];
	size_t n = 0;

	while (rd_more(&all) && n < LOGS_MOST) {
		struct rd one = rd_vec16(&all);
		struct span id;
		size_t k = 0;

		rd_skip(&one, ID_AT);
		id = rd_bytes(&one, ID_LEN);
		while (k < n && !span_equal(seen[k], id))
			k++;
		if (rd_ok(&all) && rd_ok(&one) && k == n)
			seen[n++] = id;
	}
	return n;
}

struct sct_times sct_times(struct span list)
{
	struct rd in = rd_of(list), all = rd_vec16(&in);
	struct sct_times times = { 0 };

	while (rd_more(&all)) {
		struct rd one = rd_vec16(&all);
		int64_t at;

		rd_skip(&one, 33);      /* version, log */
		at = (int64_t)(rd_u64(&one) / 1000);
		if (!rd_ok(&one) || at == 0)
			continue;
		times.first_unix = times.first_unix == 0 || at < times.first_unix ? at : times.first_unix;
		times.last_unix = at > times.last_unix ? at : times.last_unix;
	}
	return times;
}
