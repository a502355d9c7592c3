/* What out_safe() and safe_copy() let through: valid UTF-8 without controls, bidirectional or other invisible
 * formatting characters, whatever went in. The check below is written apart from the code it checks. */
#include <stdlib.h>

#include "base/out.h"

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

/* The next character of strictly valid UTF-8 (RFC 3629 4), by its grammar. */
static uint32_t next_character(const uint8_t **p)
{
	const uint8_t *s = *p;
	uint8_t low = 0x80, high = 0xbf;
	unsigned more = 0;
	uint32_t code = s[0];

	if (s[0] >= 0x80) {
		require(s[0] >= 0xc2 && s[0] <= 0xf4);
		more = s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
		code = s[0] & (0x3fu >> more);
		low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
		high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
	}
	for (unsigned i = 1; i <= more; i++) {
		require(s[i] >= low && s[i] <= high);
		code = code << 6 | (s[i] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*p = s + more + 1;
	return code;
}

static void require_safe(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p) {
		uint32_t c = next_character(&p);

		require(c >= 0x20 && !(c >= 0x7f && c < 0xa0));
		require(c != 0x061c && !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e));
		require(!(c >= 0x2060 && c <= 0x206f) && c != 0xfeff && !(c >= 0xe0000 && c <= 0xe0fff));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out out = { 0 };
	char buffer[64];
	size_t cap = size > 0 ? data[0] % sizeof buffer + 1 : 1;

	out_str(&out, "");
	out_safe(&out, span_of(data, size));
	require(strlen(out.text) == out.n && out.n >= size);
	require_safe(out.text);
	(void)text_width(out.text);
	safe_copy(buffer, cap, span_of(data, size));
	require(memchr(buffer, '\0', cap) != NULL);
	require_safe(buffer);
	require(out.n >= cap || strcmp(buffer, out.text) == 0);
	out_release(&out);
	return 0;
}
