/* Any certificate: every rule answers, each certificate the same rules. */
#include <stdlib.h>

#include "lint/lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)128 << 20);
	struct cert *cert;
	struct lint_report report;

	if (size < 16 << 10) {
		cert = cert_parse(arena, span_of(data, size));
		report = lint_certificate(arena, cert, cert);
		if (report.n_failed + report.n_passed + report.n_not_applicable != n_lint_rows)
			abort();
	}
	arena_free(arena);
	return 0;
}
