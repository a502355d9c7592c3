/* See ticket_key.h. An HMAC key of zeros is the same at any length below the hash's block, so that the
 * length which a program uses need not be known. */
#include "audit/vuln/ticket_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { TICKET_MIN = 64 };

static bool is_sealed_with(const EVP_MD *hash, struct span ticket)
{
	static const uint8_t zeros[32];
	uint8_t mac[EVP_MAX_MD_SIZE];
	size_t n = (size_t)EVP_MD_get_size(hash);

	return HMAC(hash, zeros, sizeof zeros, ticket.p, ticket.n - n, mac, NULL) &&
	       memcmp(mac, ticket.p + ticket.n - n, n) == 0;
}

bool ticket_has_zero_key(struct span ticket)
{
	return ticket.n >= TICKET_MIN && (is_sealed_with(EVP_sha256(), ticket) || is_sealed_with(EVP_sha1(), ticket));
}
