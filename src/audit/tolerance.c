/* Shapes of hello that a peer must take, as whoever comes next will send them: unknown values (GREASE,
 * RFC 8701), higher versions (RFC 8446 D.2), lengths and cuts (RFC 8446 5.1, RFC 7685). Most peers take
 * them all: several shapes are tried in one hello, and each alone only where that one is not answered. */
#include "audit/parts.h"
#include "audit/together.h"

#include "base/attr.h"
#include "kb/names.h"
#include "tls/codes.h"

enum {
	MANY_SUITES = 140, OVER_SEGMENT = 1700, WHOLE_RECORD = 16384, MIDDLING = 400, ROOMY = 600, EXT_UNKNOWN = 0x5f5f,
	LEGACY_13 = 0x0304, LEGACY_FUTURE = 0x03ff
};

static struct arena *arena_of(struct asking *asking)
{
	return asking_run(asking)->probing->arena;
}

/* ---- changes --------------------------------------------------------------------------------------- */

static const uint16_t *with_grease(struct asking *asking, const uint16_t *list, size_t *n)
{
	uint16_t *more = arena_array(arena_of(asking), uint16_t, *n + 1);

	more[0] = HELLO_GREASE;
	if (*n > 0)
		memcpy(more + 1, list, *n * sizeof *list);
	++*n;
	return more;
}

static void grease_suites(struct asking *asking, struct hello_spec *spec)
{
	spec->grease = true;
	spec->suites = with_grease(asking, spec->suites, &spec->n_suites);
}

static void grease_groups(struct asking *asking, struct hello_spec *spec)
{
	spec->grease = true;
	spec->groups = with_grease(asking, spec->groups, &spec->n_groups);
}

static void grease_schemes(struct asking *asking, struct hello_spec *spec)
{
	spec->grease = true;
	spec->schemes = with_grease(asking, spec->schemes, &spec->n_schemes);
}

static void grease_versions(struct asking *asking, struct hello_spec *spec)
{
	spec->grease = true;
	spec->versions = with_grease(asking, spec->versions, &spec->n_versions);
}

static void grease_extensions(struct asking *asking, struct hello_spec *spec)
{
	static const uint8_t zero[] = { 0 };

	spec->grease = true;
	hello_add_extension(asking, spec, HELLO_GREASE, span_of(NULL, 0));
	hello_add_extension(asking, spec, HELLO_GREASE, span_of(zero, sizeof zero));
}

static void grease_alpn(struct asking *asking, struct hello_spec *spec)
{
	static const char *const names[] = { "\x5a\x5a", "h2", "http/1.1" };

	spec->alpn = names;
	spec->n_alpn = COUNT_OF(names);
	hello_add_extension(asking, spec, EXT_ALPN, span_of(NULL, 0));
}

static void unknown_extension(struct asking *asking, struct hello_spec *spec)
{
	static const uint8_t body[] = { 0x77, 0x34, 0x34, 0x33 };

	hello_add_extension(asking, spec, EXT_UNKNOWN, span_of(body, sizeof body));
}

static void many_suites(struct asking *asking, struct hello_spec *spec)
{
	uint16_t *list = arena_array(arena_of(asking), uint16_t, MANY_SUITES);
	size_t n = spec->n_suites;

	memcpy(list, spec->suites, n * sizeof *list);
	for (size_t i = 0; i < n_kb_suites && n < MANY_SUITES; i++)
		if (!kb_suites[i].is_signal && kb_suites[i].code != 0 && kb_suites[i].class == KB_CLASS_WEAK)
			list[n++] = kb_suites[i].code;
	spec->suites = list;
	spec->n_suites = n;
}

static void size_over_segment(struct asking *asking, struct hello_spec *spec)
{
	(void)asking;
	spec->pad_to = OVER_SEGMENT;
}

/* The hello that carries the questions of TLS 1.3 is short enough. */
static void pad_middling(struct asking *asking, struct hello_spec *spec)
{
	(void)asking;
	spec->pad_to = MIDDLING;
}

/* Room for the padding is made by offering less. */
static void size_middling(struct asking *asking, struct hello_spec *spec)
{
	static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc030, 0xc013, 0xc014, 0x002f, 0x0035 };
	static const uint16_t schemes[] = { 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201 };

	(void)asking;
	spec->suites = suites;
	spec->n_suites = COUNT_OF(suites);
	spec->schemes = schemes;
	spec->n_schemes = COUNT_OF(schemes);
	spec->pad_to = MIDDLING;
}

/* A server that takes less than most is offered all of it but the suites: of these, the one it chose. */
static void size_middling_as(struct asking *asking, struct hello_spec *spec, const struct attempt *base)
{
	uint16_t *suite = arena_new_of(arena_of(asking), uint16_t);

	*suite = base->suite;
	spec->suites = suite;
	spec->n_suites = 1;
	spec->pad_to = MIDDLING;
}

static void size_record(struct asking *asking, struct hello_spec *spec)
{
	(void)asking;
	spec->pad_to = WHOLE_RECORD;
}

static void split_segments(struct asking *asking, struct hello_spec *spec)
{
	(void)asking;
	spec->split_segments = true;
}

static void split_records(struct asking *asking, struct hello_spec *spec)
{
	(void)asking;
	spec->split_records = true;
}

static void empty_last(struct asking *asking, struct hello_spec *spec)
{
	hello_drop_extension(asking, spec, EXT_EXTENDED_MASTER_SECRET);
	hello_add_extension(asking, spec, EXT_EXTENDED_MASTER_SECRET, span_of(NULL, 0));
}

static void legacy(struct asking *asking, struct hello_spec *spec, uint16_t version)
{
	hello_drop_extension(asking, spec, EXT_SUPPORTED_VERSIONS);
	hello_drop_extension(asking, spec, EXT_KEY_SHARE);
	hello_drop_extension(asking, spec, EXT_PSK_MODES);
	spec->n_versions = 0;
	spec->legacy_version = version;
}

static void legacy_13(struct asking *asking, struct hello_spec *spec)
{
	legacy(asking, spec, LEGACY_13);
}

static void legacy_future(struct asking *asking, struct hello_spec *spec)
{
	legacy(asking, spec, LEGACY_FUTURE);
}

/* ---- the table ------------------------------------------------------------------------------------------ */

struct shape {
	const char *id, *title;
	void (*change)(struct asking *asking, struct hello_spec *spec);
	unsigned pack;          /* those of one pack are tried in one hello first: none hides another */
};

static const struct shape shapes[] = {
	{ "version-0304", "a hello that claims TLS 1.3 as its version of old", legacy_13, 1 },
	{ "version-03ff", "a hello that claims a version yet to come", legacy_future, 2 },
	{ "grease-suites", "unknown cipher suites", grease_suites, 0 },
	{ "grease-groups", "unknown groups", grease_groups, 0 },
	{ "grease-schemes", "unknown signature schemes", grease_schemes, 0 },
	{ "grease-versions", "unknown versions in supported_versions", grease_versions, 0 },
	{ "grease-extensions", "reserved extensions, one of them empty", grease_extensions, 0 },
	{ "grease-alpn", "an unknown protocol name in ALPN", grease_alpn, 0 },
	{ "unknown-extension", "an extension that is not assigned", unknown_extension, 0 },
	{ "many-suites", "more than 130 cipher suites", many_suites, 0 },
	{ "hello-over-1400", "a hello that fills more than one segment", size_over_segment, 0 },
	{ "hello-256-511", "a hello of 256 to 511 bytes", size_middling, 3 },
	{ "hello-16k", "a hello that fills a whole record", size_record, 4 },
	{ "split-segments", "a hello cut in two segments", split_segments, 5 },
	{ "split-records", "a hello cut in two records", split_records, 5 },
	{ "empty-last-extension", "a hello whose last extension is empty", empty_last, 1 },
};

/* One that another part tried beside what it asked. */
void tolerance_note_ech(struct asking *asking, enum tri tolerant, const char *because)
{
	struct audit *audit = asking_audit(asking);

	*arena_push(arena_of(asking), audit->tolerances, audit->n_tolerances, audit->cap_tolerances) = (struct audit_tolerance){
		.id = "grease-ech", .title = "an ECH extension that means nothing", .tolerant = tolerant, .because = because };
}

/* ---- asking --------------------------------------------------------------------------------------------- */

/* What a browser of today offers, in short, and older versions behind. It is of 256 to 511 bytes: who trips over that
 * is asked with one that is longer (`roomy`). */
static struct hello_spec *base_hello(struct asking *asking, bool roomy)
{
	static const uint16_t versions[] = { TLS_1_3, TLS_1_2, TLS_1_1, TLS_1_0 };
	static const uint16_t suites[] = {
		0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014,
		0xc023, 0xc027, 0x009e, 0x009f, 0x0033, 0x0039, 0x009c, 0x009d, 0x003c, 0x002f, 0x0035, 0x000a, 0x0005
	};
	static const uint8_t no_renegotiation[] = { 0 }, point_formats[] = { 1, 0 };
	struct hello_spec *spec = hello_of_version(asking, TLS_1_3);

	spec->versions = versions;
	spec->n_versions = COUNT_OF(versions);
	spec->suites = suites;
	spec->n_suites = COUNT_OF(suites);
	hello_drop_extension(asking, spec, 50);
	hello_add_extension(asking, spec, EXT_EXTENDED_MASTER_SECRET, span_of(NULL, 0));
	hello_add_extension(asking, spec, EXT_EC_POINT_FORMATS, span_of(point_formats, sizeof point_formats));
	hello_add_extension(asking, spec, EXT_RENEGOTIATION_INFO, span_of(no_renegotiation, sizeof no_renegotiation));
	spec->pad_to = roomy ? ROOMY : 0;
	return spec;
}

struct trial {
	const struct shape *shape;      /* NULL: all of the pack */
	unsigned pack;
	const struct attempt *base;     /* how the plain hello was answered; NULL: not asked */
	bool roomy;
	const struct attempt *answer;
};

static void change_pack(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	const struct trial *trial = rider->ctx;

	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (shapes[i].pack == trial->pack)
			(shapes[i].change == size_middling ? pad_middling : shapes[i].change)(asking, spec);
}

/* Those that claim an old version are no hellos of TLS 1.3. */
static bool rides(struct asking *asking, unsigned pack)
{
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (shapes[i].pack == pack && (shapes[i].change == legacy_13 || shapes[i].change == legacy_future))
			return false;
	return asking_spoke(asking, TLS_1_3);
}

static void try_pack(struct asking *asking, struct trial *trial)
{
	struct rider rider = { .name = "shapes", .version = TLS_1_3, .places = PLACE_SHAPE | PLACE_ALPN, .change = change_pack,
			       .ctx = trial };
	struct hello_spec *spec = base_hello(asking, false);

	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (shapes[i].pack == trial->pack)
			shapes[i].change(asking, spec);
	rider.own = spec;
	trial->answer = rides(asking, trial->pack) ? ask_riding(asking, &rider) : ask_hello(asking, "shapes", spec);
}

static void try_shape(struct asking *asking, void *ctx)
{
	struct trial *trial = ctx;
	struct hello_spec *spec;

	if (!trial->shape) {
		try_pack(asking, trial);
		return;
	}
	spec = base_hello(asking, trial->roomy);
	if (trial->shape->change == size_middling && trial->base)
		size_middling_as(asking, spec, trial->base);
	else
		trial->shape->change(asking, spec);
	trial->answer = ask_hello(asking, trial->shape->id, spec);
}

/* One hello that claims TLS 1.2 the old way, with the suites of the others. */
static bool speaks_old_version(struct asking *asking, bool roomy)
{
	struct hello_spec *spec = base_hello(asking, roomy);

	legacy(asking, spec, TLS_1_2);
	return ask_hello(asking, "base-12", spec)->has_server_hello;
}

/* A ServerHello of whatever version will do: that the version was not on the list is our doing. */
static bool is_taken(const struct attempt *at)
{
	return at->has_server_hello;
}

/* Who speaks TLS 1.3 alone has to refuse a hello without supported_versions, whatever its old field claims. */
static bool needs_old_version(struct asking *asking, const struct trial *trial)
{
	bool is_old = trial->shape->change == legacy_13 || trial->shape->change == legacy_future;

	return is_old && !speaks_old_version(asking, trial->roomy);
}

static void note(struct asking *asking, const struct trial *trial, const struct attempt *base)
{
	struct audit *audit = asking_audit(asking);
	const struct attempt *at = trial->answer;
	struct audit_tolerance *out = arena_push(arena_of(asking), audit->tolerances, audit->n_tolerances,
						 audit->cap_tolerances);

	*out = (struct audit_tolerance){ .id = trial->shape->id, .title = trial->shape->title };
	if (is_taken(at)) {
		out->tolerant = TRI_YES;
		return;
	}
	out->because = answer_in_words(asking, at);
	if (!base || !is_taken(base))
		out->because = "the plain hello that it is compared with was not answered";
	else if (needs_old_version(asking, trial))
		out->because = "no hello of TLS 1.2 is answered either: it cannot be compared with one";
	else if (at->fault != TLS_FAULT_CONNECT)
		out->tolerant = TRI_NO;
}

/* The shapes of packs that were not answered, each alone, and the plain hello to compare with. */
static const struct attempt *try_alone(struct asking *asking, struct trial *trials, const struct trial *packs)
{
	struct trial *alone = arena_array(arena_of(asking), struct trial, COUNT_OF(shapes));
	const struct attempt *base = NULL;
	bool roomy = false;
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (!is_taken(packs[shapes[i].pack].answer))
			alone[n++] = (struct trial){ .shape = &shapes[i] };
	if (n > 0)
		base = ask_hello(asking, "base", base_hello(asking, false));
	if (base && !is_taken(base)) {
		roomy = true;
		base = ask_hello(asking, "base", base_hello(asking, true));
	}
	for (size_t i = 0; i < n; i++) {
		alone[i].roomy = roomy;
		alone[i].base = base;
	}
	if (base && is_taken(base))
		ask_all(asking, try_shape, alone, n, sizeof *alone);
	for (size_t i = 0; i < n; i++)
		if (alone[i].answer)
			trials[alone[i].shape - shapes] = alone[i];
	return base;
}

void audit_tolerances(struct asking *asking)
{
	enum { PACKS = 6 };
	struct trial *packs = arena_array(arena_of(asking), struct trial, PACKS);
	struct trial *trials = arena_array(arena_of(asking), struct trial, COUNT_OF(shapes));
	const struct attempt *base;

	for (unsigned i = 0; i < PACKS; i++)
		packs[i].pack = i;
	ask_all(asking, try_shape, packs, PACKS, sizeof *packs);
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		trials[i] = (struct trial){ .shape = &shapes[i], .answer = packs[shapes[i].pack].answer };
	base = try_alone(asking, trials, packs);
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		note(asking, &trials[i], base);
}
