/* What a peer may send before it has said enough: messages and records that say nothing, chains and
 * messages of any size; beside it the same within bounds. RFC 8446 5, RFC 5246 7.4. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/wr.h"
#include "tls/reply.h"

static const uint16_t version12 = 0x0303, suite_rsa = 0xc02f;

struct fixture {
	struct arena *arena;
	struct attempt attempt;
	struct reply reply;
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){ .arena = arena_new((size_t)8 << 20) };
	f->attempt.offer = (struct offer){ .versions = &version12, .n_versions = 1, .suites = &suite_rsa, .n_suites = 1 };
	reply_init(&f->reply, f->arena, &f->attempt, span_of(NULL, 0));
}

static void end(struct fixture *f)
{
	reply_release(&f->reply);
	arena_free(f->arena);
}

static void feed_record(struct fixture *f, uint8_t type, struct span body)
{
	uint8_t head[5] = { type, 3, 3, (uint8_t)(body.n >> 8), (uint8_t)body.n };

	reply_feed(&f->reply, span_of(head, sizeof head));
	reply_feed(&f->reply, body);
}

static void feed_server_hello(struct fixture *f)
{
	uint8_t hello[42] = { 2, 0, 0, 38, 3, 3 };

	hello[39] = 0xc0;
	hello[40] = 0x2f;
	feed_record(f, 22, span_of(hello, sizeof hello));
	assert_true(f->attempt.has_server_hello);
	assert_int_equal(f->attempt.fault, TLS_FAULT_NONE);
}

/* A Certificate message of `n` certificates of `size` bytes, in records of 16 KiB. */
static void feed_chain(struct fixture *f, size_t n, size_t size)
{
	size_t all = 7 + n * (size + 3);
	uint8_t *bytes = calloc(1, all);
	struct wr wr = wr_of(bytes, all);

	wr_u8(&wr, 11);
	wr_u24(&wr, (uint32_t)(all - 4));
	wr_u24(&wr, (uint32_t)(all - 7));
	for (size_t i = 0; i < n; i++) {
		wr_u24(&wr, (uint32_t)size);
		wr_fill(&wr, 0, size);
	}
	for (size_t at = 0; at < all; at += 16384)
		feed_record(f, 22, span_sub(span_of(bytes, all), at, 16384));
	free(bytes);
}

static void a_few_idle_records_pass(void **state)
{
	static const uint8_t hello_request[4], warning[2] = { 1, 112 };
	struct fixture f;

	(void)state;
	begin(&f);
	for (int i = 0; i < 8; i++) {
		feed_record(&f, 22, span_of(hello_request, 4));
		feed_record(&f, 21, span_of(warning, 2));
		feed_record(&f, 22, span_of(NULL, 0));
	}
	assert_false(f.reply.over);
	feed_server_hello(&f);
	end(&f);
}

static void idle_records_end_it(void **state)
{
	static const uint8_t hello_request[4], warning[2] = { 1, 112 }, ccs[1] = { 1 };
	static const struct { uint8_t type; struct span body; } rows[] = {
		{ 22, { hello_request, 4 } }, { 21, { warning, 2 } }, { 20, { ccs, 1 } }, { 22, { NULL, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct fixture f;

		begin(&f);
		for (int k = 0; k <= REPLY_IDLE_MAX; k++)
			feed_record(&f, rows[i].type, rows[i].body);
		assert_true(f.reply.over);
		assert_int_equal(f.attempt.fault, TLS_FAULT_UNEXPECTED_MESSAGE);
		end(&f);
	}
}

static void chains_are_kept_up_to_a_limit(void **state)
{
	static const struct { size_t n, size, kept; } rows[] = {
		{ 3, 1000, 3 }, { 64, 1000, 64 }, { 500, 450, 64 }, { 60, 16000, REPLY_CHAIN_MAX / 16000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct fixture f;

		begin(&f);
		feed_server_hello(&f);
		feed_chain(&f, rows[i].n, rows[i].size);
		assert_int_equal(f.attempt.fault, TLS_FAULT_NONE);
		assert_int_equal(f.attempt.n_chain, rows[i].kept);
		end(&f);
	}
}

static void one_certificate_beyond_all_bounds(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	feed_server_hello(&f);
	feed_chain(&f, 1, 400000);
	assert_int_equal(f.attempt.fault, TLS_FAULT_MALFORMED);
	assert_int_equal(f.attempt.n_chain, 0);
	end(&f);
}

static void a_second_chain_is_out_of_turn(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	feed_server_hello(&f);
	feed_chain(&f, 2, 500);
	assert_false(f.reply.over);
	feed_chain(&f, 2, 500);
	assert_true(f.reply.over);
	assert_int_equal(f.attempt.fault, TLS_FAULT_UNEXPECTED_MESSAGE);
	end(&f);
}

static void sixteen_megabytes_claimed(void **state)
{
	static const uint8_t claims[8] = { 11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0 };
	struct fixture f;

	(void)state;
	begin(&f);
	feed_server_hello(&f);
	feed_record(&f, 22, span_of(claims, sizeof claims));
	assert_true(f.reply.over);
	assert_int_equal(f.attempt.fault, TLS_FAULT_MALFORMED);
	assert_true(arena_used(f.arena) < 65536);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_idle_records_pass), cmocka_unit_test(idle_records_end_it),
		cmocka_unit_test(chains_are_kept_up_to_a_limit), cmocka_unit_test(one_certificate_beyond_all_bounds),
		cmocka_unit_test(a_second_chain_is_out_of_turn), cmocka_unit_test(sixteen_megabytes_claimed),
	};

	return cmocka_run_group_tests_name("reply_limits", tests, NULL, NULL);
}
