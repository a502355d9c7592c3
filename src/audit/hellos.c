/* The hellos of an audit: plain, wide, and no more than the question needs, so that equal questions
 * are equal bytes. RFC 8446 4.1.2, RFC 5246 7.4.1.2, RFC 7627, RFC 7366, RFC 5746, RFC 8422. */
#include "audit/parts.h"

#include "base/attr.h"
#include "kb/names.h"
#include "tls/codes.h"

enum { EXT_SIGNATURE_ALGORITHMS_CERT = 50, COMMON_MAX = 110 };

static const uint16_t groups_13[] = {
	0x001d, 0x0017, 0x001e, 0x0019, 0x0018, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x001f, 0x0020, 0x0021, 0x0029,
	0x11ec, 0x11eb, 0x11ed, 0x0201, 0x0202, 0x6399
};

static const uint16_t groups_12[] = {
	0x001d, 0x0017, 0x001e, 0x0019, 0x0018, 0x001a, 0x001b, 0x001c, 0x0016, 0x0015, 0x0014, 0x0013, 0x0012, 0x000d,
	0x000e, 0x000b, 0x000c, 0x0009, 0x000a, 0x0008, 0x0006, 0x0007, 0x0004, 0x0005, 0x0001, 0x0002, 0x0003, 0x000f,
	0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104
};

static const uint16_t schemes_wide[] = {
	0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081a, 0x081b, 0x081c, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
	0x0401, 0x0501, 0x0601, 0x0708, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602, 0x0203, 0x0201, 0x0202, 0x0101
};

static const uint8_t point_formats[] = { 1, 0 };
static const uint8_t psk_modes[] = { 1, 1 };
static const uint8_t no_renegotiation[] = { 0 };

static struct span wide_schemes_body(struct asking *asking)
{
	uint8_t *body = arena_alloc(asking_run(asking)->probing->arena, 2 + sizeof schemes_wide);

	body[1] = sizeof schemes_wide;
	for (size_t i = 0; i < COUNT_OF(schemes_wide); i++) {
		body[2 + 2 * i] = (uint8_t)(schemes_wide[i] >> 8);
		body[3 + 2 * i] = (uint8_t)schemes_wide[i];
	}
	return span_of(body, 2 + sizeof schemes_wide);
}

static struct hello_spec *hello_13(struct asking *asking)
{
	static const uint16_t versions[] = { TLS_1_3 };
	struct hello_extension extensions[] = {
		{ EXT_SERVER_NAME, { 0 } }, { EXT_SUPPORTED_GROUPS, { 0 } }, { EXT_SIGNATURE_ALGORITHMS, { 0 } },
		{ EXT_SIGNATURE_ALGORITHMS_CERT, wide_schemes_body(asking) }, { EXT_SUPPORTED_VERSIONS, { 0 } },
		{ EXT_PSK_MODES, span_of(psk_modes, sizeof psk_modes) }, { EXT_KEY_SHARE, { 0 } },
	};
	struct arena *arena = asking_run(asking)->probing->arena;
	struct hello_spec *spec = arena_new_of(arena, struct hello_spec);

	*spec = (struct hello_spec){
		.record_version = TLS_1_0, .legacy_version = TLS_1_2, .versions = versions, .n_versions = COUNT_OF(versions),
		.groups = groups_13, .n_groups = COUNT_OF(groups_13), .schemes = schemes_wide,
		.n_schemes = COUNT_OF(schemes_wide), .n_extensions = COUNT_OF(extensions),
		.extensions = (const void *)arena_copy(arena, span_of(extensions, sizeof extensions)).p,
	};
	return spec;
}

static struct hello_spec *hello_12(struct asking *asking, uint16_t version)
{
	static const struct hello_extension extensions[] = {
		{ EXT_SERVER_NAME, { 0 } }, { EXT_EXTENDED_MASTER_SECRET, { 0 } },
		{ EXT_RENEGOTIATION_INFO, { no_renegotiation, sizeof no_renegotiation } },
		{ EXT_SUPPORTED_GROUPS, { 0 } }, { EXT_EC_POINT_FORMATS, { point_formats, sizeof point_formats } },
		{ EXT_SESSION_TICKET, { 0 } }, { EXT_ENCRYPT_THEN_MAC, { 0 } }, { EXT_SIGNATURE_ALGORITHMS, { 0 } },
	};
	struct hello_spec *spec = arena_new_of(asking_run(asking)->probing->arena, struct hello_spec);
	bool plain = version <= SSL_3_0;

	*spec = (struct hello_spec){
		.record_version = plain ? SSL_3_0 : TLS_1_0, .legacy_version = version,
		.groups = groups_12, .n_groups = plain ? 0 : COUNT_OF(groups_12),
		.schemes = schemes_wide, .n_schemes = version >= TLS_1_2 ? COUNT_OF(schemes_wide) : 0,
		.extensions = extensions, .n_extensions = plain ? 0 : COUNT_OF(extensions),
		.empty_session_id = true,
	};
	return spec;
}

struct hello_spec *hello_of_version(struct asking *asking, uint16_t version)
{
	struct hello_spec *spec = version >= TLS_1_3 ? hello_13(asking) : hello_12(asking, version);

	spec->sni = asking_run(asking)->visit->target.servername;
	spec->pad_to = spec->n_extensions > 0 ? asking_pad_to(asking) : 0;
	return spec;
}

/* ---- suites nearly everybody takes one of ------------------------------------------------------------- */

/* Servers take the suites of TLS 1.0 (AES, ECDHE) in SSL 3.0 as well, often nothing else. */
bool suite_is_of_version(const struct kb_suite *s, uint16_t version)
{
	uint16_t up_to = version == SSL_3_0 ? TLS_1_0 : version;

	return !s->is_signal && (version >= TLS_1_3) == (s->first_version >= TLS_1_3) && s->first_version <= up_to;
}

static bool is_common(const struct kb_suite *s)
{
	static const char *const odd[] = { "PSK", "SRP", "KRB5", "GOST", "ECCPWD", "SM2", "FORTEZZA", "CECPQ1" };

	if (s->first_version >= TLS_1_3)
		return true;
	for (size_t i = 0; i < COUNT_OF(odd); i++)
		if (strstr(s->name, odd[i]))
			return false;
	return s->is_iana && !strstr(s->name, "_DH_RSA") && !strstr(s->name, "_DH_DSS") && !strstr(s->name, "DSS_") &&
	       !strstr(s->name, "_ECDH_") && !strstr(s->name, "ARIA") && !strstr(s->name, "anon");
}

const uint16_t *common_suites(struct asking *asking, uint16_t version, size_t *n)
{
	struct common_list *known = &asking_common(asking)[version - SSL_3_0];
	uint16_t *list;

	*n = known->n;
	if (known->codes)
		return known->codes;
	list = arena_array(asking_run(asking)->probing->arena, uint16_t, COMMON_MAX);
	for (int class = KB_CLASS_RECOMMENDED; class >= KB_CLASS_INSECURE; class--)
		for (size_t i = 0; i < n_kb_suites && *n < COMMON_MAX; i++)
			if ((int)kb_suites[i].class == class && suite_is_of_version(&kb_suites[i], version) && is_common(&kb_suites[i]))
				list[(*n)++] = kb_suites[i].code;
	*known = (struct common_list){ list, *n };
	return list;
}

void set_common_suites(struct asking *asking, uint16_t version, const uint16_t *codes, size_t n)
{
	asking_common(asking)[version - SSL_3_0] = (struct common_list){ codes, n };
}

struct hello_spec *hello_common(struct asking *asking, uint16_t version)
{
	struct hello_spec *spec = hello_of_version(asking, version);

	spec->suites = common_suites(asking, version, &spec->n_suites);
	return spec;
}

static bool is_text(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

bool suite_is_of_kind(const struct kb_suite *s, enum hello_kind kind)
{
	bool ecdhe = is_text(s->key_exchange, "ECDHE"), dhe = is_text(s->key_exchange, "DHE");
	bool rsa = is_text(s->authentication, "RSA"), ecdsa = is_text(s->authentication, "ECDSA");

	switch (kind) {
	case KIND_ECDHE_RSA: return ecdhe && rsa;
	case KIND_ECDHE_ECDSA: return ecdhe && ecdsa;
	case KIND_SIGNED_RSA: return (ecdhe || dhe) && rsa;
	case KIND_SIGNED: return (ecdhe || dhe) && (rsa || ecdsa);
	case KIND_DHE: return dhe && rsa;
	case KIND_RSA: return is_text(s->key_exchange, "RSA") && rsa;
	case KIND_CBC: return is_text(s->mode, "CBC");
	case KIND_ANY_RSA: return rsa;
	case HELLO_KINDS: break;
	}
	return false;
}

struct hello_spec *hello_of_kind(struct asking *asking, uint16_t version, enum hello_kind kind)
{
	struct hello_spec *spec = hello_common(asking, version);
	uint16_t *list = arena_array(asking_run(asking)->probing->arena, uint16_t, spec->n_suites + 1);
	size_t n = 0;

	for (size_t i = 0; i < spec->n_suites; i++)
		if (kb_suite(spec->suites[i]) && suite_is_of_kind(kb_suite(spec->suites[i]), kind))
			list[n++] = spec->suites[i];
	spec->suites = list;
	spec->n_suites = n;
	return spec;
}

struct hello_spec *hello_of_taken(struct asking *asking, uint16_t version, bool (*belongs)(const struct kb_suite *))
{
	const struct audit_suites *taken = audit_suites_of(asking_audit(asking), version);
	struct hello_spec *spec = hello_of_version(asking, version);
	uint16_t *list;
	size_t n = 0;

	spec->n_suites = 0;
	if (!taken)
		return spec;
	list = arena_array(asking_run(asking)->probing->arena, uint16_t, taken->n + 1);
	for (size_t i = 0; i < taken->n && n < COMMON_MAX; i++) {
		const struct kb_suite *s = kb_suite((uint16_t)taken->items[i].code);

		if (s && belongs(s))
			list[n++] = s->code;
	}
	spec->suites = list;
	spec->n_suites = n;
	return spec;
}

/* ---- extensions ---------------------------------------------------------------------------------------- */

void hello_drop_extension(struct asking *asking, struct hello_spec *spec, uint16_t type)
{
	struct hello_extension *list = arena_array(asking_run(asking)->probing->arena, struct hello_extension,
						   spec->n_extensions + 1);
	size_t n = 0;

	for (size_t i = 0; i < spec->n_extensions; i++)
		if (spec->extensions[i].type != type)
			list[n++] = spec->extensions[i];
	spec->extensions = list;
	spec->n_extensions = n;
}

void hello_add_extension(struct asking *asking, struct hello_spec *spec, uint16_t type, struct span body)
{
	struct hello_extension *list = arena_array(asking_run(asking)->probing->arena, struct hello_extension,
						   spec->n_extensions + 1);

	if (spec->n_extensions > 0)
		memcpy(list, spec->extensions, spec->n_extensions * sizeof *list);
	list[spec->n_extensions] = (struct hello_extension){ type, body };
	spec->extensions = list;
	spec->n_extensions++;
}
