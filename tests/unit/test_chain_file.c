/* The order of the certificates that a file sends behind the server's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/chain_file.h"

/* Two that issued each other: a chain that has no end. */
static const struct cert a = { .is_decoded = true, .is_ca = true, .sha256 = { 1 }, .subject = { .raw = { (const uint8_t *)"a", 1 } },
			       .issuer = { .raw = { (const uint8_t *)"b", 1 } }, .ski = { (const uint8_t *)"1", 1 },
			       .aki = { (const uint8_t *)"2", 1 }, .not_after_unix = 2 };
static const struct cert b = { .is_decoded = true, .is_ca = true, .sha256 = { 2 }, .subject = { .raw = { (const uint8_t *)"b", 1 } },
			       .issuer = { .raw = { (const uint8_t *)"a", 1 } }, .ski = { (const uint8_t *)"2", 1 },
			       .aki = { (const uint8_t *)"1", 1 }, .not_after_unix = 2 };
static const struct cert other = { .is_decoded = true, .is_ca = true, .sha256 = { 3 }, .subject = { .raw = { (const uint8_t *)"c", 1 } },
				   .issuer = { .raw = { (const uint8_t *)"d", 1 } }, .not_after_unix = 2 };

static const char *first_fault(const struct cert *const *certs, size_t n)
{
	struct arena *arena = arena_new(0);
	struct server_evidence server = { 0 };
	struct conf conf = { .arena = arena, .server = &server };
	/* No room behind the last. */
	struct cert **exact = malloc(n * sizeof(struct cert *));
	struct chain_file file = { .path = "/a", .rest_path = "/a", .certs = exact, .n = n, .now_unix = 1 };
	static char cause[64];

	for (size_t i = 0; i < n; i++)
		exact[i] = (struct cert *)(uintptr_t)certs[i];
	chain_file_check(&conf, &file);
	snprintf(cause, sizeof cause, "%s", server.n_faults ? server.faults[0].cause : "none");
	free(exact);
	arena_free(arena);
	return cause;
}

static void chains_that_go_round_end(void **state)
{
	const struct cert *const plain[] = { &a, &b }, *const again[] = { &a, &a, &b }, *const behind[] = { &a, &b, &a };

	(void)state;
	assert_string_equal(first_fault(plain, 2), "none");
	assert_string_equal(first_fault(again, 3), "none");
	assert_string_equal(first_fault(behind, 3), "none");
}

static void what_belongs_to_no_chain_is_told(void **state)
{
	const struct cert *const certs[] = { &a, &b, &other }, *const between[] = { &a, &other, &b };

	(void)state;
	assert_string_equal(first_fault(certs, 3), "certificate.unneeded-certificates");
	assert_string_equal(first_fault(between, 3), "certificate.out-of-order");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(chains_that_go_round_end), cmocka_unit_test(what_belongs_to_no_chain_is_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
