/* What files hold: PEM, DER, PKCS #7, PKCS #12, kubeconfig. The password fits the seeds; few rounds are spent. */
#include "x509/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const passwords[] = { NULL, "", "secret" };
	struct arena *arena = arena_new((size_t)256 << 20);
	struct container_options options = { .rounds_left = 20000 };
	struct file_seen file = { .path = "fuzz" };

	if (n > 0 && n < 65536) {
		options.password = passwords[data[0] % 3];
		container_read(arena, span_of(data + 1, n - 1), &options, &file);
	}
	arena_free(arena);
	return 0;
}
