/* OCSP answers, against the certificate and issuer of an empty one: decoding is what is fuzzed. */
#include "x509/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct cert *cert = cert_parse(arena, span_of(data, n));

	ocsp_check(arena, span_of(data, n), cert, cert, 1795468608);
	ocsp_check(arena, span_of(data, n), cert, NULL, 1795468608);
	arena_free(arena);
	return 0;
}
