/* ClientHello encoding: see hello.h. Key shares are public constants or filler: a raw hello is never
 * followed by a key derivation, so they protect nobody and need only be acceptable to the peer. */
#include "tls/hello.h"

#include "base/attr.h"
#include "tls/codes.h"
#include "tls/hello_ech.h"
#include "tls/keyshare.h"

bool grease_is(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff);
}

/* Distinct GREASE values for the places of one hello, as Chromium does. */
static uint16_t grease_value(const uint8_t random[64], unsigned place)
{
	uint8_t high = (uint8_t)((random[place & 31] & 0xf0) | 0x0a);

	return (uint16_t)(high << 8 | high);
}

struct hello_state {
	const struct hello_spec *spec;
	const uint8_t *random;
	struct wr *wr;
	size_t start;           /* of the record in wr */
};

static void put_list(struct hello_state *s, const uint16_t *list, size_t n, unsigned place)
{
	for (size_t i = 0; i < n; i++) {
		if (!grease_is(list[i]))
			wr_u16(s->wr, list[i]);
		else if (s->spec->grease)
			wr_u16(s->wr, grease_value(s->random, place));
	}
}

static void put_list16(struct hello_state *s, const uint16_t *list, size_t n, unsigned place)
{
	size_t mark = wr_open(s->wr, 2);

	put_list(s, list, n, place);
	wr_close(s->wr, mark, 2);
}

static void put_server_name(struct hello_state *s)
{
	size_t list = wr_open(s->wr, 2), name;

	wr_u8(s->wr, 0);
	name = wr_open(s->wr, 2);
	wr_bytes(s->wr, span_str(s->spec->sni));
	wr_close(s->wr, name, 2);
	wr_close(s->wr, list, 2);
}

static void put_alpn(struct hello_state *s)
{
	size_t list = wr_open(s->wr, 2);

	for (size_t i = 0; i < s->spec->n_alpn; i++) {
		size_t one = wr_open(s->wr, 1);

		wr_bytes(s->wr, span_str(s->spec->alpn[i]));
		wr_close(s->wr, one, 1);
	}
	wr_close(s->wr, list, 2);
}

static void put_versions(struct hello_state *s)
{
	size_t mark = wr_open(s->wr, 1);

	put_list(s, s->spec->versions, s->spec->n_versions, 3);
	wr_close(s->wr, mark, 1);
}

static void put_share(struct hello_state *s, uint16_t group)
{
	for (size_t i = 0; i < s->spec->n_own_keys; i++) {
		if (key_pair_group(s->spec->own_keys[i]) == group) {
			wr_bytes(s->wr, key_pair_public(s->spec->own_keys[i]));
			return;
		}
	}
	keyshare_write(s->wr, group, s->random);
}

static void put_key_shares(struct hello_state *s)
{
	size_t list = wr_open(s->wr, 2);

	for (size_t i = 0; i < s->spec->n_key_shares; i++) {
		uint16_t group = s->spec->key_shares[i];
		size_t share;

		if (grease_is(group) && !s->spec->grease)
			continue;
		wr_u16(s->wr, grease_is(group) ? grease_value(s->random, 1) : group);
		share = wr_open(s->wr, 2);
		if (grease_is(group))
			wr_u8(s->wr, 0);
		else
			put_share(s, group);
		wr_close(s->wr, share, 2);
	}
	wr_close(s->wr, list, 2);
}

static void put_body(struct hello_state *s, const struct hello_extension *ext)
{
	const struct hello_spec *spec = s->spec;

	switch (ext->type) {
	case EXT_SERVER_NAME: put_server_name(s); break;
	case EXT_SUPPORTED_GROUPS: put_list16(s, spec->groups, spec->n_groups, 1); break;
	case EXT_SIGNATURE_ALGORITHMS: put_list16(s, spec->schemes, spec->n_schemes, 5); break;
	case EXT_ALPN: put_alpn(s); break;
	case EXT_SUPPORTED_VERSIONS: put_versions(s); break;
	case EXT_KEY_SHARE: put_key_shares(s); break;
	default: wr_bytes(s->wr, ext->body); break;
	}
}

static bool is_left_out(const struct hello_spec *spec, uint16_t type)
{
	if (type == EXT_SERVER_NAME)
		return !spec->sni;
	if (type == EXT_ALPN)
		return spec->n_alpn == 0;
	if (type == EXT_PADDING)
		return true;    /* written last, by length */
	if (type == EXT_SUPPORTED_VERSIONS)
		return spec->n_versions == 0;
	if (type == EXT_KEY_SHARE || type == EXT_SUPPORTED_GROUPS)
		return spec->n_groups == 0;
	if (type == EXT_SIGNATURE_ALGORITHMS)
		return spec->n_schemes == 0;
	return grease_is(type) && !spec->grease;
}

static void put_extension(struct hello_state *s, const struct hello_extension *ext, unsigned nth)
{
	size_t mark;

	if (is_left_out(s->spec, ext->type))
		return;
	/* The two GREASE extensions must differ: a type may come once only. */
	wr_u16(s->wr, grease_is(ext->type) ? (uint16_t)(grease_value(s->random, 7) ^ (nth ? 0x1010 : 0)) : ext->type);
	mark = wr_open(s->wr, 2);
	put_body(s, ext);
	wr_close(s->wr, mark, 2);
}

/* RFC 7685; four bytes of header at least. */
static void put_padding(struct hello_state *s)
{
	size_t len = s->wr->n - s->start;
	size_t fill = s->spec->pad_to > len + 4 ? s->spec->pad_to - len - 4 : 0;

	if (s->spec->pad_to == 0 || len >= s->spec->pad_to)
		return;
	wr_u16(s->wr, EXT_PADDING);
	wr_u16(s->wr, (uint16_t)fill);
	wr_fill(s->wr, 0, fill);
}

static void put_extensions(struct hello_state *s)
{
	size_t mark = wr_open(s->wr, 2);
	unsigned n_grease = 0;

	for (size_t i = 0; i < s->spec->n_extensions; i++) {
		put_extension(s, &s->spec->extensions[i], n_grease);
		n_grease += grease_is(s->spec->extensions[i].type);
	}
	put_padding(s);
	if (s->spec->psk)
		psk13_put(s->wr, s->spec->psk);
	wr_close(s->wr, mark, 2);
}

static void put_hello(struct hello_state *s)
{
	const struct hello_spec *spec = s->spec;
	size_t body;

	wr_u8(s->wr, 1);
	body = wr_open(s->wr, 3);
	wr_u16(s->wr, spec->legacy_version);
	wr_bytes(s->wr, span_of(s->random, 32));
	wr_u8(s->wr, spec->empty_session_id ? 0 : 32);
	if (!spec->empty_session_id)
		wr_bytes(s->wr, span_of(s->random + 32, 32));
	put_list16(s, spec->suites, spec->n_suites, 0);
	if (spec->offer_deflate)
		wr_u24(s->wr, 0x020100);
	else
		wr_u16(s->wr, 0x0100);  /* one compression method: null */
	if (spec->n_extensions > 0)
		put_extensions(s);
	wr_close(s->wr, body, 3);
}

/* Cuts the one record into two, 64 bytes into the message. RFC 8446 5.1 allows it. */
static void split_record(struct wr *wr, size_t start)
{
	enum { FIRST = 64 };
	size_t len = wr->n - start - 5;
	uint8_t *record = wr->p + start;

	if (!wr_ok(wr) || len <= FIRST || wr->cap - wr->n < 5)
		return;
	memmove(record + 5 + FIRST + 5, record + 5 + FIRST, len - FIRST);
	memcpy(record + 5 + FIRST, record, 3);
	record[3] = 0;
	record[4] = FIRST;
	record[5 + FIRST + 3] = (uint8_t)((len - FIRST) >> 8);
	record[5 + FIRST + 4] = (uint8_t)(len - FIRST);
	wr->n += 5;
}

static const uint16_t *offered(struct arena *arena, const uint16_t *list, size_t n, size_t *n_out)
{
	uint16_t *copy = arena_array(arena, uint16_t, n + 1);

	*n_out = 0;
	for (size_t i = 0; i < n; i++)
		if (!grease_is(list[i]))
			copy[(*n_out)++] = list[i];
	return copy;
}

static bool lists(const struct hello_spec *spec, uint16_t type)
{
	for (size_t i = 0; i < spec->n_extensions; i++)
		if (spec->extensions[i].type == type)
			return true;
	return false;
}

static void describe(struct arena *arena, const struct hello_spec *spec, struct offer *offer)
{
	static const uint16_t scsv = 0x00ff;

	*offer = (struct offer){ .alpn = spec->alpn, .n_alpn = spec->n_alpn, .sni = spec->sni };
	if (spec->n_versions > 0)
		offer->versions = offered(arena, spec->versions, spec->n_versions, &offer->n_versions);
	else
		offer->versions = offered(arena, &spec->legacy_version, 1, &offer->n_versions);
	offer->suites = offered(arena, spec->suites, spec->n_suites, &offer->n_suites);
	offer->groups = offered(arena, spec->groups, spec->n_groups, &offer->n_groups);
	offer->key_shares = offered(arena, spec->key_shares, spec->n_key_shares, &offer->n_key_shares);
	offer->schemes = offered(arena, spec->schemes, spec->n_schemes, &offer->n_schemes);
	offer->has_grease = spec->grease;
	offer->has_ems = lists(spec, EXT_EXTENDED_MASTER_SECRET);
	offer->has_status_request = lists(spec, EXT_STATUS_REQUEST);
	offer->has_session_ticket = lists(spec, EXT_SESSION_TICKET);
	offer->has_renegotiation_info = lists(spec, EXT_RENEGOTIATION_INFO);
	for (size_t i = 0; i < spec->n_suites; i++)
		offer->has_renegotiation_info |= spec->suites[i] == scsv;
	offer->split_records = spec->split_records;
	offer->split_segments = spec->split_segments;
}

void hello_encode(struct arena *arena, const struct hello_spec *spec, const uint8_t random[64], struct wr *wr,
		  struct offer *offer)
{
	struct hello_state s = { .spec = spec, .random = random, .wr = wr };
	size_t record;

	if (spec->ech) {
		hello_ech_encode(arena, spec, random, wr, offer);
		return;
	}
	wr_bytes(wr, spec->prefix);
	s.start = wr->n;
	wr_u8(wr, 22);
	wr_u16(wr, spec->record_version);
	record = wr_open(wr, 2);
	put_hello(&s);
	wr_close(wr, record, 2);
	if (spec->psk && wr_ok(wr) && !psk13_bind(spec->psk, wr->p + s.start + 5, wr->n - s.start - 5))
		wr->failed = true;
	if (spec->split_records)
		split_record(wr, s.start);
	describe(arena, spec, offer);
	offer->hello_len = wr->n - s.start;
}

static const uint16_t *copy_list(struct arena *arena, const uint16_t *list, size_t n)
{
	return (const uint16_t *)(const void *)arena_copy(arena, span_of(list, n * sizeof *list)).p;
}

const struct hello_spec *hello_spec_copy(struct arena *arena, const struct hello_spec *spec)
{
	struct hello_spec *copy = arena_new_of(arena, struct hello_spec);
	struct hello_extension *extensions = arena_array(arena, struct hello_extension, spec->n_extensions + 1);
	const char **alpn = arena_array(arena, const char *, spec->n_alpn + 1);

	*copy = *spec;
	copy->versions = copy_list(arena, spec->versions, spec->n_versions);
	copy->suites = copy_list(arena, spec->suites, spec->n_suites);
	copy->groups = copy_list(arena, spec->groups, spec->n_groups);
	copy->key_shares = copy_list(arena, spec->key_shares, spec->n_key_shares);
	copy->schemes = copy_list(arena, spec->schemes, spec->n_schemes);
	copy->sni = arena_str(arena, spec->sni);
	copy->prefix = arena_copy(arena, spec->prefix);
	for (size_t i = 0; i < spec->n_extensions; i++)
		extensions[i] = (struct hello_extension){ spec->extensions[i].type, arena_copy(arena, spec->extensions[i].body) };
	for (size_t i = 0; i < spec->n_alpn; i++)
		alpn[i] = arena_str(arena, spec->alpn[i]);
	copy->extensions = extensions;
	copy->alpn = alpn;
	return copy;
}

void hello_sslv2_encode(const uint8_t random[64], struct wr *wr)
{
	/* RC4, RC4-export, RC2, RC2-export, IDEA, DES, 3DES (draft-hickman-netscape-ssl 2.5), then those that
	 * only some libraries knew: NULL, DES and 3DES with SHA, RC4-64, DES-CFB. */
	static const uint8_t kinds[] = { 1, 0, 0x80, 2, 0, 0x80, 3, 0, 0x80, 4, 0, 0x80, 5, 0, 0x80, 6, 0, 0x40, 7, 0, 0xc0,
					 0, 0, 0, 6, 1, 0x40, 7, 1, 0xc0, 8, 0, 0x80, 0xff, 8, 0, 0xff, 8, 0x10 };

	wr_u16(wr, 0x8000 | (9 + sizeof kinds + 16));
	wr_u8(wr, 1);
	wr_u16(wr, 0x0002);
	wr_u16(wr, sizeof kinds);
	wr_u16(wr, 0);
	wr_u16(wr, 16);
	wr_bytes(wr, span_of(kinds, sizeof kinds));
	wr_bytes(wr, span_of(random, 16));
}
