/* Certificate Transparency: a list of timestamps, the same in a stapled OCSP answer, and lists of logs. The first byte says which. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "x509/ct.h"

static void list_of_logs(struct arena *arena, struct span text)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct ct_logs *logs = NULL;
	struct why_error error = { 0 };
	const struct sct *scts;
	struct cert *cert = cert_parse(arena, text);
	char path[32];

	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (ct_logs_load(arena, path, &logs, &error) == 0)
		ct_check(arena, logs, cert, cert, text, SCT_IN_HANDSHAKE, 1795468608, &scts);
	else if (!error.text[0])
		abort();
	ct_logs_free(logs);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct span all = span_of(data, size), rest = span_sub(all, 1, size), list;
	const struct sct *scts;

	if (size == 0 || size > 64 << 10)
		return 0;
	arena = arena_new((size_t)64 << 20);
	if (data[0] % 3 == 0) {
		list_of_logs(arena, rest);
	} else {
		list = data[0] % 3 == 1 ? rest : ct_list_of_staple(arena, rest);
		for (size_t n = ct_check(arena, NULL, cert_parse(arena, rest), NULL, list, SCT_IN_STAPLE, 1795468608, &scts), i = 0; i < n; i++)
			if (!sct_state_name(scts[i].state))
				abort();
	}
	arena_free(arena);
	return 0;
}
