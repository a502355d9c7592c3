/* See tlsa.h. */
#include "x509/tlsa.h"

#include <openssl/sha.h>

static bool data_matches(const struct cert *cert, uint8_t selector, uint8_t matching, struct span data)
{
	struct span what = selector == 0 ? cert->der : cert->key.spki;
	uint8_t digest[64];

	if (matching == 0)
		return span_equal(what, data);
	if (matching == 1)
		return span_equal(span_of(SHA256(what.p, what.n, digest), 32), data);
	return span_equal(span_of(SHA512(what.p, what.n, digest), 64), data);
}

const char *tlsa_fault(struct span rdata)
{
	if (rdata.n < 4)
		return "it is too short";
	if (rdata.p[0] > TLSA_DANE_EE)
		return "its usage is unknown";
	if (rdata.p[1] > 1)
		return "its selector is unknown";
	if (rdata.p[2] > 2)
		return "its matching type is unknown";
	if ((rdata.p[2] == 1 && rdata.n != 3 + 32) || (rdata.p[2] == 2 && rdata.n != 3 + 64))
		return "its digest has the wrong length";
	return NULL;
}

bool tlsa_matches(const struct chain_facts *chain, struct span rdata)
{
	enum tlsa_usage usage = (enum tlsa_usage)rdata.p[0];
	struct span data = span_sub(rdata, 3, rdata.n);

	if (usage == TLSA_PKIX_EE || usage == TLSA_DANE_EE)
		return data_matches(chain->leaf, rdata.p[1], rdata.p[2], data);
	for (size_t i = 1; i < chain->n_sent; i++)
		if (data_matches(chain->sent[i], rdata.p[1], rdata.p[2], data))
			return true;
	for (size_t i = 1; usage == TLSA_PKIX_TA && chain->best && i < chain->best->n; i++)
		if (data_matches(chain->best->certs[i], rdata.p[1], rdata.p[2], data))
			return true;
	return false;
}
