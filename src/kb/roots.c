/* See roots.h; the table is generated from data/roots.tsv. */
#include "kb/roots.h"

static bool is_hex_of(const char *hex, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";

	if (!hex || bytes.n == 0 || strlen(hex) != 2 * bytes.n)
		return false;
	for (size_t i = 0; i < bytes.n; i++)
		if (hex[2 * i] != digits[bytes.p[i] >> 4] || hex[2 * i + 1] != digits[bytes.p[i] & 15])
			return false;
	return true;
}

const struct kb_root *kb_root_find(struct span sha256, struct span key_id)
{
	for (size_t i = 0; i < n_kb_roots; i++)
		if (is_hex_of(kb_roots[i].sha256, sha256) || is_hex_of(kb_roots[i].ski, key_id))
			return &kb_roots[i];
	return NULL;
}
