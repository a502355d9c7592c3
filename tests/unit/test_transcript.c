/* Transcripts: every member of every struct of the evidence is known to the shapes; what is written
 * comes back; what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "evidence/shape.h"
#include "evidence/transcript.h"

/* Bytes of the struct that no field covers, beyond what alignment leaves empty: a forgotten member. */
static void check_covered(const struct shape *shape)
{
	char *covered = calloc(shape->size, 1);

	for (size_t i = 0; i < shape->n_fields; i++) {
		if (covered[shape->fields[i].offset])
			fail_msg("struct %s: member %s stands twice in shapes.c", shape->name, shape->fields[i].name);
		memset(covered + shape->fields[i].offset, 1, shape->fields[i].size);
	}
	for (size_t at = 0; at < shape->size;) {
		size_t hole = 0;

		while (at + hole < shape->size && !covered[at + hole])
			hole++;
		/* A hole ends at the alignment of what follows and is shorter than it. */
		if (hole > 0 && (hole > 7 || (at + hole) % (hole < 2 ? 2 : hole < 4 ? 4 : 8) != 0))
			fail_msg("struct %s: %zu bytes at %zu belong to no member of shapes.c", shape->name, hole, at);
		at += hole ? hole : 1;
	}
	free(covered);
}

static void test_every_member_is_known(void **state)
{
	(void)state;
	for (const struct shape *const *s = shapes; *s; s++)
		check_covered(*s);
}

static struct evidence *sample(struct arena *arena)
{
	static const uint16_t suites[] = { 0x1301, 0xc02f };
	static struct span chain[] = { { (const uint8_t *)"\x30\x00\xff", 3 } };
	struct evidence *e = arena_new_of(arena, struct evidence);
	struct endpoint *ep = arena_new_of(arena, struct endpoint);
	struct attempt *at = arena_new_of(arena, struct attempt);

	e->arena = arena;
	e->now_unix = 1795474151;
	e->visit = arena_new_of(arena, struct visit);
	e->visit->target = (struct target){ .input = "b\xc3\xbc\xff\x01", .scheme = "https", .host = "h", .host_shown = "h",
					    .path = "/", .port = 443 };
	e->visit->dns.system_error = -2;
	*at = (struct attempt){ .name = "main", .kind = ATTEMPT_FULL, .fault = TLS_FAULT_ALERT, .alert = 40,
				.offer = { .suites = suites, .n_suites = 2 }, .chain = chain, .n_chain = 1,
				.openssl_error = 0xffffffff, .elapsed_ms = 12.25 };
	ep->text = "192.0.2.1";
	*arena_push(arena, ep->attempts, ep->n_attempts, ep->cap_attempts) = at;
	ep->main = at;
	*arena_push(arena, e->visit->endpoints, e->visit->n_endpoints, e->visit->cap_endpoints) = ep;
	e->visit->best = ep;
	return e;
}

static void test_round_trip(void **state)
{
	struct arena *arena = arena_new(0);
	struct transcript_root root = { span_of("\x30\x01", 2), true };
	struct transcript_trust trust = { .is_known = true, .is_system = true, .n_all = 140, .roots = &root, .n_roots = 1 }, seen;
	struct evidence *e;
	struct out out = { 0 };

	(void)state;
	transcript_write(&out, sample(arena), &trust);
	assert_int_equal(transcript_read(arena, span_of(out.text, out.n), &e, &seen, NULL), 0);
	assert_string_equal(e->visit->target.input, "b\xc3\xbc\xff\x01");
	assert_int_equal(e->visit->target.port, 443);
	assert_int_equal(e->visit->dns.system_error, -2);
	assert_int_equal(e->now_unix, 1795474151);
	assert_true(e->is_replay);
	assert_ptr_equal(e->visit->best, e->visit->endpoints[0]);
	assert_ptr_equal(e->visit->best->main, e->visit->best->attempts[0]);
	const struct attempt *at = e->visit->best->main;
	assert_int_equal(at->offer.n_suites, 2);
	assert_int_equal(at->offer.suites[1], 0xc02f);
	assert_int_equal(at->chain[0].n, 3);
	assert_int_equal(at->chain[0].p[2], 0xff);
	assert_int_equal(at->fault, TLS_FAULT_ALERT);
	assert_true(at->openssl_error == 0xffffffff);
	assert_true(at->elapsed_ms > 12.2 && at->elapsed_ms < 12.3);
	assert_null(e->visit->target.servername);
	assert_int_equal(seen.n_all, 140);
	assert_true(seen.roots[0].is_public);
	out_release(&out);
	arena_free(arena);
}

static void test_refuses(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{", "{\"schema\":\"why443/transcript/2\",\"evidence\":{\"visit\":{}}}",
		"{\"schema\":\"why443/transcript/1\",\"evidence\":{\"visit\":{\"target\":{\"port\":-1}}}}",
		"{\"schema\":\"why443/transcript/1\",\"evidence\":{\"visit\":{\"best\":0}}}",
		"{\"schema\":\"why443/transcript/1\",\"evidence\":{\"visit\":{\"http\":{\"body\":\"abc\"}}}}",
		"{\"schema\":\"why443/transcript/1\",\"evidence\":{\"visit\":{}},\"trust\":{\"roots\":[7]}}",
	};
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct why_error error = { 0 };
		struct transcript_trust trust;
		struct evidence *e;

		assert_int_equal(transcript_read(arena, span_str(texts[i]), &e, &trust, &error), WHY_EFILE);
		assert_true(strncmp(error.text, "transcript: ", 12) == 0);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_member_is_known),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
