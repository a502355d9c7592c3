/* A ClientHello that hides another, RFC 9849 6.1: two hellos by the plain encoder, one within the other. */
#include "tls/hello_ech.h"

#include <openssl/sha.h>

#include "tls/ech.h"

enum { MESSAGE_HEAD = 4, RANDOM_END = 2 + 32, RECORD_HEAD = 5, SESSION_ID = 32 };

static const struct hello_extension *with_extension(struct arena *arena, const struct hello_spec *spec, struct span body)
{
	struct hello_extension *list = arena_array(arena, struct hello_extension, spec->n_extensions + 1);

	memcpy(list, spec->extensions, spec->n_extensions * sizeof *list);
	list[spec->n_extensions] = (struct hello_extension){ EXT_ECH, body };
	return list;
}

/* Without its header and with an empty session id, as it is sealed. */
static struct span encode_inner(struct arena *arena, const struct hello_spec *spec, const uint8_t random[64])
{
	static const uint8_t inner_type[] = { 1 };
	enum { ROOM = 8192 };
	uint8_t *room = arena_alloc(arena, ROOM), other[64];
	struct wr wr = wr_of(room, ROOM);
	struct hello_spec inner = *spec;
	struct offer unseen = { 0 };

	/* Its random must not be the outer one's. */
	SHA512(random, 64, other);
	inner.ech = NULL;
	inner.psk = NULL;
	inner.pad_to = 0;
	inner.prefix = span_of(NULL, 0);
	inner.empty_session_id = true;
	inner.extensions = with_extension(arena, spec, span_of(inner_type, sizeof inner_type));
	inner.n_extensions++;
	hello_encode(arena, &inner, other, &wr, &unseen);
	return wr_ok(&wr) ? span_sub(wr_span(&wr), RECORD_HEAD + MESSAGE_HEAD, wr.n) : span_of(NULL, 0);
}

/* As the transcript has it: a whole message, with the session id of the outer one. */
static struct span transcript_inner(struct arena *arena, struct span body, const uint8_t *session_id)
{
	size_t n = MESSAGE_HEAD + body.n + SESSION_ID;
	struct wr wr = wr_of(arena_alloc(arena, n), n);
	size_t mark;

	wr_u8(&wr, 1);
	mark = wr_open(&wr, 3);
	wr_bytes(&wr, span_sub(body, 0, RANDOM_END));
	wr_u8(&wr, SESSION_ID);
	wr_bytes(&wr, span_of(session_id, SESSION_ID));
	wr_bytes(&wr, span_sub(body, RANDOM_END + 1, body.n));
	wr_close(&wr, mark, 3);
	return wr_span(&wr);
}

void hello_ech_encode(struct arena *arena, const struct hello_spec *spec, const uint8_t random[64], struct wr *wr, struct offer *offer)
{
	enum { ROOM = 8192 };
	struct span body = encode_inner(arena, spec, random), encoded;
	struct wr extension = wr_of(arena_alloc(arena, ROOM), ROOM);
	struct hello_spec outer = *spec;
	size_t start;

	if (body.n <= RANDOM_END || spec->empty_session_id) {
		wr->failed = true;
		return;
	}
	encoded = ech_pad(arena, body, spec->sni);
	spec->ech->inner = transcript_inner(arena, body, random + 32);
	ech_put_outer(&extension, spec->ech->config, encoded.n);
	/* Nothing may stand behind the extension that hides. */
	outer.ech = NULL;
	outer.psk = NULL;
	outer.pad_to = 0;
	outer.sni = spec->ech->config->public_name;
	outer.extensions = with_extension(arena, spec, wr_span(&extension));
	outer.n_extensions++;
	start = wr->n + spec->prefix.n + RECORD_HEAD;
	hello_encode(arena, &outer, random, wr, offer);
	if (wr_ok(wr) && !ech_hide(spec->ech->config, encoded, wr->p + start, wr->n - start))
		wr->failed = true;
}
