/* What many answers show beside what they were asked for: certificates, finite-field groups, and
 * whether ephemeral keys come twice. */
#include "audit/asking.h"
#include "audit/parts.h"

#include <openssl/bn.h>
#include <openssl/sha.h>
#include <time.h>

#include "base/attr.h"
#include "base/rd.h"
#include "kb/dh_primes.h"
#include "net/net.h"
#include "tls/codes.h"

enum { CERTIFICATES_MAX = 64, DH_MAX = 16, KEYS_MAX = 256, PRIME_BITS_MAX = 8192 };

struct seen_key {
	uint16_t group;         /* 0: finite field of TLS 1.2 */
	struct span public;
};

struct collection {
	uint16_t retry_group;
	unsigned n_clocks;      /* ServerHello.random that began with a time that goes on as ours does */
	int64_t skew_s;         /* of the first */
	bool has_other_random;
	struct seen_key *keys;
	size_t n_keys, cap_keys;
};

/* ---- certificates ---------------------------------------------------------------------------------- */

static bool is_same_name(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_chain(const struct audit_certificate *known, const struct attempt *at)
{
	if (known->n_chain != at->n_chain)
		return false;
	for (size_t i = 0; i < at->n_chain; i++)
		if (!span_equal(known->chain[i], at->chain[i]))
			return false;
	return true;
}

static void note_certificate(struct arena *arena, struct audit *audit, const struct attempt *at)
{
	if (at->n_chain == 0 || audit->n_certificates >= CERTIFICATES_MAX)
		return;
	for (size_t i = 0; i < audit->n_certificates; i++) {
		struct audit_certificate *known = &audit->certificates[i];

		if (is_same_chain(known, at) && is_same_name(known->sni, at->offer.sni))
			return;
	}
	*arena_push(arena, audit->certificates, audit->n_certificates, audit->cap_certificates) = (struct audit_certificate){
		.chain = at->chain, .n_chain = at->n_chain, .sni = at->offer.sni, .version = at->version };
}

/* ---- ephemeral keys ------------------------------------------------------------------------------------ */

/* TRI_YES when this very key was seen before, TRI_NO when another of its kind was, else unknown. */
static enum tri is_reused(struct arena *arena, struct collection *c, uint16_t group, struct span public)
{
	enum tri reused = TRI_UNKNOWN;

	for (size_t i = 0; i < c->n_keys; i++) {
		if (c->keys[i].group != group)
			continue;
		if (span_equal(c->keys[i].public, public))
			return TRI_YES;
		reused = TRI_NO;
	}
	if (c->n_keys < KEYS_MAX && public.n > 0)
		*arena_push(arena, c->keys, c->n_keys, c->cap_keys) = (struct seen_key){ group, public };
	return reused;
}

static void learn_reuse(enum tri *known, enum tri now)
{
	if (now != TRI_UNKNOWN && *known != TRI_YES)
		*known = now;
}

/* ---- finite-field groups of TLS 1.2 ----------------------------------------------------------------------- */

/* Miller and Rabin with bases by chance, so that who chose the number could not have minded them: a composite passes
 * each with 1 in 4 at most. TRI_UNKNOWN where it could not be tested. */
static enum tri is_prime(const BIGNUM *n, BN_CTX *ctx, const struct net *net)
{
	enum { ROUNDS = 12, ROUNDS_MIN = 4 };
	BIGNUM *less = BN_dup(n), *odd = BN_dup(n), *base = BN_new(), *power = BN_new();
	enum tri prime = less && odd && base && power && BN_sub_word(less, 1) && BN_sub_word(odd, 1) ? TRI_YES : TRI_UNKNOWN;
	int twos = 0;

	if (!BN_is_odd(n) || BN_num_bits(n) < 8)
		prime = TRI_NO;
	while (prime == TRI_YES && !BN_is_odd(odd)) {
		BN_rshift1(odd, odd);
		twos++;
	}
	for (int i = 0; i < ROUNDS && prime == TRI_YES; i++) {
		bool passes;

		/* The deadline of the whole counts more than certainty. */
		if (net_out_of_time(net)) {
			prime = i >= ROUNDS_MIN ? TRI_YES : TRI_UNKNOWN;
			break;
		}
		if (!BN_priv_rand_range(base, less) || (BN_is_zero(base) && !BN_set_word(base, 2)) ||
		    !BN_mod_exp_mont(power, base, odd, n, ctx, NULL)) {
			prime = TRI_UNKNOWN;
			break;
		}
		passes = BN_is_one(power) || BN_cmp(power, less) == 0;
		for (int k = 1; k < twos && !passes && BN_mod_sqr(power, power, n, ctx); k++)
			passes = BN_cmp(power, less) == 0;
		if (!passes)
			prime = TRI_NO;
	}
	BN_free(less);
	BN_free(odd);
	BN_free(base);
	BN_free(power);
	return prime;
}

/* Is p prime, and (p - 1) / 2? */
static void test_prime(struct audit_dh *dh, const struct net *net)
{
	BIGNUM *p = BN_bin2bn(dh->p.p, (int)dh->p.n, NULL);
	BN_CTX *ctx = BN_CTX_new();

	if (p && ctx && dh->bits <= PRIME_BITS_MAX)
		dh->prime = is_prime(p, ctx, net);
	if (dh->prime == TRI_YES && BN_rshift1(p, p) == 1)
		dh->safe = is_prime(p, ctx, net);
	else if (dh->prime == TRI_NO)
		dh->safe = TRI_NO;
	BN_CTX_free(ctx);
	BN_free(p);
}

/* Large ones take a second each: a server that shows one after the other does not keep us. */
static void test_primes(struct audit *audit, const struct net *net)
{
	const clock_t enough = CLOCKS_PER_SEC, start = clock();

	for (size_t i = 0; i < audit->n_dh && clock() - start < enough && !net_out_of_time(net); i++)
		if (audit->dh[i].prime == TRI_UNKNOWN)
			test_prime(&audit->dh[i], net);
}

static struct span without_zeros(struct span number)
{
	while (number.n > 0 && number.p[0] == 0)
		number = span_sub(number, 1, number.n);
	return number;
}

static enum tri tri_of(char yes)
{
	return yes == 'y' ? TRI_YES : yes == 'n' ? TRI_NO : TRI_UNKNOWN;
}

static struct audit_dh *dh_of(struct arena *arena, struct audit *audit, struct span p, struct span g, uint16_t bits)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	const struct kb_dh_prime *known;
	struct audit_dh *dh;

	for (size_t i = 0; i < audit->n_dh; i++)
		if (span_equal(audit->dh[i].p, p) && span_equal(audit->dh[i].g, g))
			return &audit->dh[i];
	if (audit->n_dh >= DH_MAX)
		return NULL;
	dh = arena_push(arena, audit->dh, audit->n_dh, audit->cap_dh);
	*dh = (struct audit_dh){ .p = p, .g = g, .bits = bits };
	SHA256(p.p, p.n, hash);
	known = kb_dh_prime(hash);
	if (known) {
		dh->known = known->name;
		dh->prime = tri_of(known->prime);
		dh->safe = tri_of(known->safe);
	}
	return dh;
}

static void note_dh(struct arena *arena, struct audit *audit, struct collection *c, const struct attempt *at)
{
	struct rd rd = rd_of(at->key_exchange), p = rd_vec16(&rd), g = rd_vec16(&rd), y = rd_vec16(&rd);
	struct audit_dh *dh;

	if (!rd_ok(&rd))
		return;
	dh = dh_of(arena, audit, without_zeros(rd_rest(&p)), without_zeros(rd_rest(&g)), at->dh_bits);
	if (dh)
		learn_reuse(&dh->reused, is_reused(arena, c, 0, rd_rest(&y)));
}

static void note_ecdh(struct arena *arena, struct audit *audit, struct collection *c, const struct attempt *at)
{
	struct rd rd = rd_of(at->key_exchange), point;

	rd_skip(&rd, 3);        /* named_curve, the group */
	point = rd_vec8(&rd);
	if (rd_ok(&rd))
		learn_reuse(&audit->habits.ecdh_reused, is_reused(arena, c, at->group, rd_rest(&point)));
}

/* ---- clocks and client certificates ------------------------------------------------------------------------ */

/* Before TLS 1.3 the random began with the time (RFC 5246 7.4.1.2); today hardly anybody's does. */
static void note_clock(struct audit *audit, struct collection *c, const struct attempt *at)
{
	/* By chance once in four hundred million; a clock may be years off. */
	static const int64_t steady_s = 5, year_1990 = 631152000, year_2100 = 4102444800;
	struct rd rd = rd_of(at->server_hello);
	int64_t now = (int64_t)time(NULL), theirs;

	rd_skip(&rd, 2);
	theirs = rd_u32(&rd);
	if (!rd_ok(&rd) || at->version >= TLS_1_3 || at->version < SSL_3_0)
		return;
	if (c->n_clocks == 0)
		c->skew_s = theirs - now;
	if (theirs < year_1990 || theirs > year_2100 || theirs - now - c->skew_s > steady_s || c->skew_s - (theirs - now) > steady_s) {
		c->has_other_random = true;
		return;
	}
	c->n_clocks++;
	audit->habits.clock_skew_s = c->skew_s;
}

static void note_client_certificate(struct audit_habits *h, const struct attempt *at)
{
	if (at->client_certificate_requested == TRI_YES) {
		h->client_certificate_requested = TRI_YES;
		if (h->n_client_ca_names == 0) {
			h->client_ca_names = at->client_ca_names;
			h->n_client_ca_names = at->n_client_ca_names;
		}
	} else if (at->done && at->n_chain > 0 && h->client_certificate_requested == TRI_UNKNOWN) {
		h->client_certificate_requested = TRI_NO;
	}
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

void collect_answer(struct asking *asking, const struct attempt *at)
{
	struct arena *arena = asking_run(asking)->probing->arena;
	struct audit *audit = asking_audit(asking);
	struct collection **c = asking_collection(asking);

	if (!*c)
		*c = arena_new_of(arena, struct collection);
	note_certificate(arena, audit, at);
	note_client_certificate(&audit->habits, at);
	if (at->server_hello.n > 0)
		note_clock(audit, *c, at);
	if (at->key_exchange.n == 0)
		return;
	signature_note(asking, at);
	if (at->version >= TLS_1_3)
		learn_reuse(&audit->habits.key_share_reused,
			    is_reused(arena, *c, (uint16_t)(at->group | 0x8000), at->key_exchange));
	else if (at->dh_bits > 0)
		note_dh(arena, audit, *c, at);
	else if (at->group != 0)
		note_ecdh(arena, audit, *c, at);
}

void audit_retry_group(struct asking *asking, uint16_t group)
{
	struct collection *c = *asking_collection(asking);

	if (c)
		c->retry_group = group;
}

static void finish_clock(struct audit *audit, const struct collection *c)
{
	if (c->has_other_random || c->n_clocks < 2) {
		audit->habits.clock_skew_s = 0;
		audit->habits.random_is_time = c->has_other_random ? TRI_NO : TRI_UNKNOWN;
		return;
	}
	audit->habits.random_is_time = TRI_YES;
}

void collect_finish(struct asking *asking)
{
	struct audit *audit = asking_audit(asking);
	const struct collection *c = *asking_collection(asking);

	if (!c)
		return;
	finish_clock(audit, c);
	for (size_t i = 0; i < audit->groups[0].n; i++)
		audit->groups[0].items[i].needs_retry = audit->groups[0].items[i].group == c->retry_group;
	test_primes(audit, net_of(asking));
}
