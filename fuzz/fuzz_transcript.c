/* A transcript from anywhere: read, judged by all rules and client models, shown in every form. */
#include "client/client.h"
#include "evidence/transcript.h"
#include "report/report.h"
#include "rule/diagnosis.h"
#include "x509/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const formats[] = { "text", "json", "clients" };
	const struct report_options options = { .width = 80, .verbose = true };
	struct arena *arena = arena_new((size_t)64 << 20);
	struct transcript_trust seen;
	struct evidence *evidence;

	if (n < 100000 && transcript_read(arena, span_of(data, n), &evidence, &seen, NULL) == 0) {
		struct diagnosis *d;

		evidence->trust = seen.is_known ? trust_load_recalled(&seen) : NULL;
		d = diagnose(evidence);
		for (size_t i = 0; i < COUNT_OF(formats); i++) {
			struct out out = { 0 };

			renderer_find(formats[i])->render(&out, d, &options);
			out_release(&out);
		}
		trust_free(evidence->trust);
	}
	arena_free(arena);
	return 0;
}
