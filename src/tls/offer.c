/* See offer.h. RFC 8446 4.1.2. */
#include "tls/offer.h"

#include "base/rd.h"
#include "tls/codes.h"
#include "tls/hello.h"

static const uint16_t *read_list(struct arena *arena, struct rd list, size_t *n)
{
	uint16_t *values = arena_array(arena, uint16_t, list.n / 2 + 1);

	*n = 0;
	while (rd_more(&list)) {
		uint16_t value = rd_u16(&list);

		if (rd_ok(&list) && !grease_is(value))
			values[(*n)++] = value;
	}
	return values;
}

static void read_alpn(struct arena *arena, struct rd list, struct offer *offer)
{
	const char **names = arena_array(arena, const char *, list.n + 1);

	while (rd_more(&list)) {
		struct rd one = rd_vec8(&list);
		struct span text = rd_rest(&one);

		if (rd_ok(&list))
			names[offer->n_alpn++] = arena_strn(arena, text.p, text.n);
	}
	offer->alpn = names;
}

static void read_key_shares(struct arena *arena, struct rd list, struct offer *offer)
{
	uint16_t *groups = arena_array(arena, uint16_t, list.n / 4 + 1);

	while (rd_more(&list)) {
		uint16_t group = rd_u16(&list);

		(void)rd_vec16(&list);
		if (rd_ok(&list) && !grease_is(group))
			groups[offer->n_key_shares++] = group;
	}
	offer->key_shares = groups;
}

static void read_extension(struct arena *arena, uint16_t type, struct rd body, struct offer *offer)
{
	struct span name;

	switch (type) {
	case EXT_SERVER_NAME:
		body = rd_vec16(&body);
		rd_skip(&body, 1);
		body = rd_vec16(&body);
		name = rd_rest(&body);
		offer->sni = arena_strn(arena, name.p, name.n);
		break;
	case EXT_SUPPORTED_GROUPS: offer->groups = read_list(arena, rd_vec16(&body), &offer->n_groups); break;
	case EXT_SIGNATURE_ALGORITHMS: offer->schemes = read_list(arena, rd_vec16(&body), &offer->n_schemes); break;
	case EXT_SUPPORTED_VERSIONS: offer->versions = read_list(arena, rd_vec8(&body), &offer->n_versions); break;
	case EXT_KEY_SHARE: read_key_shares(arena, rd_vec16(&body), offer); break;
	case EXT_ALPN: read_alpn(arena, rd_vec16(&body), offer); break;
	case EXT_EXTENDED_MASTER_SECRET: offer->has_ems = true; break;
	case EXT_STATUS_REQUEST: offer->has_status_request = true; break;
	case EXT_SESSION_TICKET: offer->has_session_ticket = true; break;
	case EXT_RENEGOTIATION_INFO: offer->has_renegotiation_info = true; break;
	default: offer->has_grease |= grease_is(type); break;
	}
}

/* Without supported_versions all versions from SSL 3.0 up to legacy_version are offered; what lies
 * under TLS 1.0 is refused by today's stacks and left out. */
static void versions_up_to(struct arena *arena, uint16_t legacy, struct offer *offer)
{
	uint16_t *versions = arena_array(arena, uint16_t, 4);

	for (uint16_t v = legacy > TLS_1_2 ? TLS_1_2 : legacy; v >= TLS_1_0 && offer->n_versions < 4; v--)
		versions[offer->n_versions++] = v;
	if (legacy == SSL_3_0)
		versions[offer->n_versions++] = SSL_3_0;
	offer->versions = versions;
}

bool offer_read(struct arena *arena, struct span body, struct offer *offer, struct span *session_id)
{
	struct rd rd = rd_of(body), id, extensions = { 0 };
	uint16_t legacy = rd_u16(&rd);

	*offer = (struct offer){ .hello_len = body.n + 9 };
	rd_skip(&rd, 32);
	id = rd_vec8(&rd);
	*session_id = arena_copy(arena, rd_rest(&id));
	offer->suites = read_list(arena, rd_vec16(&rd), &offer->n_suites);
	for (size_t i = 0; i < offer->n_suites; i++)
		offer->has_renegotiation_info |= offer->suites[i] == 0x00ff;
	(void)rd_vec8(&rd);
	if (rd_more(&rd))
		extensions = rd_vec16(&rd);
	while (rd_more(&extensions)) {
		uint16_t type = rd_u16(&extensions);

		read_extension(arena, type, rd_vec16(&extensions), offer);
	}
	if (offer->n_versions == 0)
		versions_up_to(arena, legacy, offer);
	return rd_ok(&rd) && rd_ok(&extensions);
}
