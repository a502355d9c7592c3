/* What follows from the key exchanges that were seen: finite-field groups, keys that come twice, groups
 * of the post-quantum age. Nothing is sent. RFC 7919, RFC 9325 4.1, RFC 5114, RFC 10024. */
#include <openssl/bn.h>

#include "audit/vuln/vuln.h"

enum { BROKEN_BITS = 1024, SHORT_BITS = 2048, COSTLY_BITS = 4096 };

/* Is DHE accepted below TLS 1.3? Says so in `out` where it is not, or not known. */
static bool has_dhe(struct asking *asking, struct audit_vulnerability *out)
{
	struct suite_search dhe = find_suites(asking, SSL_3_0, TLS_1_2, is_dhe_suite);

	if (dhe.found == TRI_NO)
		is_not_applicable(asking, out, "no DHE suite is accepted");
	else if (dhe.found == TRI_UNKNOWN)
		is_unknown(asking, out, "whether DHE suites are accepted is not known: %s", dhe.because);
	else if (asking_audit(asking)->n_dh == 0)
		is_unknown(asking, out, "it accepts %s, but no ServerKeyExchange with its group was read", dhe.names);
	return dhe.found == TRI_YES && asking_audit(asking)->n_dh > 0;
}

static const char *group_text(struct asking *asking, const struct audit_dh *dh)
{
	return dh->known ? arena_printf(arena_of(asking), "%u bits (%s)", dh->bits, dh->known)
			 : arena_printf(arena_of(asking), "%u bits (one that is not in our table)", dh->bits);
}

void vulnerability_logjam_common(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	const struct audit_dh *weakest;

	if (!has_dhe(asking, out))
		return;
	weakest = &audit->dh[0];
	for (size_t i = 0; i < audit->n_dh; i++) {
		note_exchange(asking, out, "offered DHE suites, the ServerKeyExchange has a modulus of %s",
			      group_text(asking, &audit->dh[i]));
		if (audit->dh[i].bits < weakest->bits)
			weakest = &audit->dh[i];
	}
	if (weakest->bits < BROKEN_BITS)
		is_vulnerable(asking, out, "the DH modulus has %s: within reach of many", group_text(asking, weakest));
	else if (weakest->bits == BROKEN_BITS && weakest->known)
		is_vulnerable(
			asking, out,
			"the DH modulus has %s: 1024 bits, shared by many servers, worth a state's precomputation",
			group_text(asking, weakest));
	else if (weakest->bits < SHORT_BITS)
		is_vulnerable(asking, out, "the DH modulus has %s: fewer than the 2048 that are advised",
			      group_text(asking, weakest));
	else
		is_not_vulnerable(asking, out, "the smallest DH modulus has %s", group_text(asking, weakest));
}

/* ---- odd moduli --------------------------------------------------------------------------------------- */

/* Is the order of g a product of small primes? Then g^(that product) is 1. */
static enum tri has_small_order(const struct audit_dh *dh)
{
	enum { SMALL = 4096 };
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = BN_bin2bn(dh->p.p, (int)dh->p.n, NULL), *g = BN_bin2bn(dh->g.p, (int)dh->g.n, NULL);
	BIGNUM *q = BN_new(), *rest = BN_new();
	enum tri small = TRI_UNKNOWN;

	if (ctx && p && g && q && rest && dh->bits <= 8192 && BN_is_odd(p) && BN_sub(rest, p, BN_value_one())) {
		BIGNUM *smooth = BN_dup(BN_value_one());

		for (BN_ULONG f = 2; smooth && f < SMALL; f++)
			for (unsigned n = 0; n < 64 && BN_mod_word(rest, f) == 0 && !BN_is_zero(rest); n++) {
				BN_div_word(rest, f);
				BN_mul_word(smooth, f);
			}
		if (smooth && BN_mod_exp(q, g, smooth, p, ctx) == 1)
			small = BN_is_one(q) || BN_is_zero(q) ? TRI_YES : TRI_NO;
		BN_free(smooth);
	}
	BN_free(rest);
	BN_free(q);
	BN_free(g);
	BN_free(p);
	BN_CTX_free(ctx);
	return small;
}

static bool judge_group(struct asking *asking, struct audit_vulnerability *out, const struct audit_dh *dh)
{
	if (dh->prime == TRI_NO)
		is_vulnerable(asking, out, "the DH modulus of %s is no prime", group_text(asking, dh));
	else if (has_small_order(dh) == TRI_YES)
		is_vulnerable(asking, out, "the DH generator makes a small subgroup only (modulus of %s)",
			      group_text(asking, dh));
	else
		return false;
	return true;
}

void vulnerability_dh_weak_params(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	const struct audit_dh *odd = NULL;

	if (!has_dhe(asking, out))
		return;
	for (size_t i = 0; i < audit->n_dh; i++) {
		const struct audit_dh *dh = &audit->dh[i];

		note_exchange(asking, out,
			      "offered DHE suites, the ServerKeyExchange has a modulus of %s: prime %s, safe prime %s",
			      group_text(asking, dh),
			      dh->prime == TRI_YES  ? "yes"
			      : dh->prime == TRI_NO ? "no"
						    : "unknown",
			      dh->safe == TRI_YES  ? "yes"
			      : dh->safe == TRI_NO ? "no"
						   : "unknown");
		if (judge_group(asking, out, dh))
			return;
		if (dh->safe != TRI_YES && !dh->known)
			odd = dh;
	}
	if (odd)
		is_unknown(asking, out,
			   "the DH modulus of %s is no safe prime, as some programs make them; whether small subgroups "
			   "help an attacker depends on keys that are not seen",
			   group_text(asking, odd));
	else
		is_not_vulnerable(asking, out,
				  "each DH modulus is a safe prime, or a known one, with a generator of large order");
}

/* ---- keys that come twice -------------------------------------------------------------------------------- */

/* In a small subgroup fresh keys have the same public value often enough. */
static enum tri is_key_reused(const struct audit_dh *dh)
{
	return dh->reused == TRI_YES && has_small_order(dh) != TRI_NO ? TRI_UNKNOWN : dh->reused;
}

static enum tri dh_reused(const struct audit *audit)
{
	enum tri reused = TRI_UNKNOWN;

	for (size_t i = 0; i < audit->n_dh && reused != TRI_YES; i++) {
		enum tri now = is_key_reused(&audit->dh[i]);

		if (now != TRI_UNKNOWN)
			reused = now;
	}
	return reused;
}

void vulnerability_dh_reuse(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	const struct {
		const char *what;
		enum tri reused;
	} kinds[] = {
		{"DHE", dh_reused(audit)},
		{"ECDHE", audit->habits.ecdh_reused},
		{"TLS 1.3 key_share", audit->habits.key_share_reused},
	};
	const char *same = NULL, *fresh = NULL;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const char **list = kinds[i].reused == TRI_YES ? &same : kinds[i].reused == TRI_NO ? &fresh : NULL;

		if (!list)
			continue;
		*list = *list ? arena_printf(arena_of(asking), "%s, %s", *list, kinds[i].what) : kinds[i].what;
		note_exchange(asking, out, "compared the server's %s public values of several handshakes: %s",
			      kinds[i].what, kinds[i].reused == TRI_YES ? "the same value twice" : "all different");
	}
	if (same)
		is_vulnerable(asking, out, "the same ephemeral key serves several handshakes (%s)", same);
	else if (fresh)
		is_not_vulnerable(asking, out, "a fresh key for each handshake (%s)", fresh);
	else if (find_suites(asking, SSL_3_0, TLS_1_2, is_any_suite).found != TRI_UNKNOWN &&
		 audit_has_protocol(audit, TLS_1_3) == TRI_NO)
		is_not_applicable(asking, out, "no ephemeral key exchange was seen");
	else
		is_unknown(asking, out, "no two keys of the same group were seen that would tell");
}

static bool is_static_ffdh(const struct kb_suite *s)
{
	return suite_is_named(s, "_DH_RSA_") || suite_is_named(s, "_DH_DSS_");
}

void vulnerability_raccoon(struct asking *asking, struct audit_vulnerability *out)
{
	struct suite_search fixed = find_suites(asking, SSL_3_0, TLS_1_2, is_static_ffdh);

	if (fixed.found == TRI_YES) {
		note_exchange(asking, out, "offered static DH suites, the ServerHello chose %s", fixed.names);
		is_vulnerable(
			asking, out,
			"accepts %s, whose DH key never changes: what the attack needs; its timing was not measured",
			fixed.names);
		return;
	}
	if (!has_dhe(asking, out))
		return;
	switch (dh_reused(asking_audit(asking))) {
	case TRI_YES:
		note_exchange(asking, out,
			      "compared the server's DHE public values of several handshakes: the same value twice");
		is_vulnerable(
			asking, out,
			"a DHE key serves several handshakes: what the attack needs; its timing was not measured");
		return;
	case TRI_NO:
		note_exchange(asking, out,
			      "compared the server's DHE public values of several handshakes: all different");
		is_not_vulnerable(asking, out, "a fresh DHE key for each handshake");
		return;
	case TRI_UNKNOWN: is_unknown(asking, out, "no two DHE keys of the same group were seen that would tell"); return;
	}
}

/* ---- costly groups ---------------------------------------------------------------------------------------- */

/* Never measured: that would be the attack. */
void vulnerability_dheat(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	struct suite_search dhe = find_suites(asking, SSL_3_0, TLS_1_2, is_dhe_suite);
	unsigned most = 0;

	for (size_t i = 0; i < audit->n_dh; i++)
		most = audit->dh[i].bits > most ? audit->dh[i].bits : most;
	for (size_t v = 0; v < COUNT_OF(audit->groups); v++)
		for (size_t i = 0; i < audit->groups[v].n; i++) {
			const struct kb_group *g = kb_group(audit->groups[v].items[i].group);

			if (audit->groups[v].items[i].supported == TRI_YES && g && g->kind == KB_GROUP_FFDHE &&
			    g->bits > most)
				most = g->bits;
		}
	if (most > 0)
		is_unknown(
			asking, out,
			"exposed: finite-field groups of up to %u bits are accepted%s; how many such hellos the host "
			"stands was not tried",
			most, most >= COSTLY_BITS ? ", each hello of which costs much" : "");
	else if (dhe.found == TRI_NO &&
		 (audit_has_protocol(audit, TLS_1_3) == TRI_NO || audit->groups[0].state.extent == AUDIT_WHOLE))
		is_not_vulnerable(asking, out, "no finite-field group is accepted");
	else
		is_unknown(asking, out, "whether finite-field groups are accepted is not known: %s",
			   dhe.because ? dhe.because : why_not_seen(asking));
}

/* ---- post-quantum ------------------------------------------------------------------------------------------- */

static const struct audit_group *find_group(const struct audit_groups *list,
					    bool (*wanted)(const struct kb_group *group))
{
	for (size_t i = 0; i < list->n; i++) {
		const struct kb_group *g = kb_group(list->items[i].group);

		if (g && list->items[i].supported == TRI_YES && wanted(g))
			return &list->items[i];
	}
	return NULL;
}

static bool is_kyber_draft(const struct kb_group *g)
{
	return g->code == 0x6399 || g->code == 0x639a;
}

static bool is_hybrid(const struct kb_group *g)
{
	return g->is_post_quantum && !is_kyber_draft(g);
}

static void judge_groups(struct asking *asking, struct audit_vulnerability *out,
			 bool (*wanted)(const struct kb_group *g), enum vulnerability_status if_found, const char *what)
{
	const struct audit *audit = asking_audit(asking);
	const struct audit_group *found = find_group(&audit->groups[0], wanted);
	bool no_13 = audit_has_protocol(audit, TLS_1_3) == TRI_NO;

	if (found) {
		note_exchange(asking, out, "offered %s in TLS 1.3, the server chose %s", what,
			      kb_group_name(found->group));
		out->status = if_found;
		out->because = arena_printf(arena_of(asking), "takes %s", kb_group_name(found->group));
	} else if (no_13 || audit->groups[0].state.extent == AUDIT_WHOLE) {
		note_exchange(asking, out, "offered %s in TLS 1.3: none was chosen", what);
		out->status = if_found == VULNERABILITY_NOT ? VULNERABILITY_VULNERABLE : VULNERABILITY_NOT;
		out->because = arena_printf(arena_of(asking),
					    no_13 ? "does not speak TLS 1.3, which %s need" : "takes none of %s", what);
	} else {
		is_unknown(asking, out, "which groups it takes in TLS 1.3 is not known: %s",
			   audit->groups[0].state.because ? audit->groups[0].state.because : why_not_seen(asking));
	}
}

void vulnerability_no_pq(struct asking *asking, struct audit_vulnerability *out)
{
	judge_groups(asking, out, is_hybrid, VULNERABILITY_NOT, "the post-quantum hybrid groups");
}

void vulnerability_kyber_draft(struct asking *asking, struct audit_vulnerability *out)
{
	judge_groups(asking, out, is_kyber_draft, VULNERABILITY_VULNERABLE, "the groups of the Kyber draft");
}
