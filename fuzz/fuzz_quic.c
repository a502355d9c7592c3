/* Answers to the QUIC probe, and Alt-Svc. */
#include <stdlib.h>
#include <string.h>

#include "http/alt_svc.h"
#include "probe/quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct quic_ids ids = { { 1, 2, 3, 4, 5, 6, 7, 8 }, { 8, 7, 6, 5, 4, 3, 2, 1 } };
	struct quic_versions versions;
	char *text = malloc(size + 1);
	uint16_t port;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (quic_versions_decode(span_of(data, size), &ids, &versions) && (versions.n == 0 || versions.n > QUIC_VERSIONS_MAX))
		abort();
	if (http_alt_svc_h3(text, &port) && port == 0)
		abort();
	free(text);
	return 0;
}
