/* Paths by depth-first search from the leaf, likeliest issuer first, with every check of a signature
 * remembered. A path whose signature is bad is followed only where no other issuer fits, so that the
 * fault can be named. */
#include "x509/chain.h"

#include "base/out.h"
#include "x509/chain_path.h"
#include "x509/name.h"

/* SIGNATURES_MAX: in checks of a P-256 signature, some 0.1 s together. */
enum { NODES_MAX = 384, SIGNATURES_MAX = 1500, SENT_MAX = 256 };

struct node {
	const struct cert *cert;
	enum cert_source source;
	bool is_trusted;
	size_t sent_at;         /* index among what was sent */
	size_t key_at;          /* the first node with the same key */
};

struct search {
	struct arena *arena;
	struct chain_facts *facts;
	struct node *nodes;
	size_t n;
	uint8_t *known;         /* n * n: 0 not asked, else 1 + enum sig_result */
	unsigned steps, signatures;
	size_t at[CHAIN_DEPTH_MAX];
	enum sig_result link[CHAIN_DEPTH_MAX];
	size_t depth;
	size_t cap_paths;
	bool is_perfect;
};

/* ---- the certificates that may take part ------------------------------------------------ */

static bool has_node(const struct search *s, const struct cert *cert)
{
	for (size_t i = 0; i < s->n; i++) {
		if (cert_equal(s->nodes[i].cert, cert))
			return true;
	}
	return false;
}

static void add_node(struct search *s, const struct cert *cert, enum cert_source source, size_t sent_at)
{
	if (s->n >= NODES_MAX || !cert->is_decoded || has_node(s, cert))
		return;
	s->nodes[s->n++] = (struct node){ .cert = cert, .source = source, .sent_at = sent_at,
					  .is_trusted = source == FROM_TRUST ||
							trust_contains(s->facts->trust, cert) };
}

static void add_trusted(struct search *s, struct span name)
{
	const struct cert *const *found;
	size_t n = trust_by_subject(s->facts->trust, name, &found);

	for (size_t i = 0; i < n; i++)
		add_node(s, found[i], FROM_TRUST, 0);
}

/* What a key signed, it signed in each of its certificates. */
static void keys_join(struct search *s)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t k = 0;

		while (k < i && !span_equal(s->nodes[k].cert->key.spki, s->nodes[i].cert->key.spki))
			k++;
		s->nodes[i].key_at = k;
	}
}

static void gather(struct search *s)
{
	size_t before;

	s->nodes = arena_array(s->arena, struct node, NODES_MAX);
	for (size_t i = 0; i < s->facts->n_sent && i < SENT_MAX; i++)
		add_node(s, s->facts->sent[i], FROM_SERVER, i);
	for (size_t i = 0; i < s->facts->n_extra; i++)
		add_node(s, s->facts->extra[i].cert, FROM_AIA, 0);
	before = s->n;
	for (size_t i = 0; i < before; i++)
		add_trusted(s, s->nodes[i].cert->issuer.raw);
	keys_join(s);
	s->known = arena_alloc(s->arena, s->n * s->n + 1);
}

/* A check with this key, measured against one with P-256 (OpenSSL 3.0). */
static unsigned cost_of(const struct cert_key *key)
{
	unsigned k = key->bits / 4096;

	switch (key->type) {
	case KEY_TYPE_RSA:
	case KEY_TYPE_RSA_PSS: return 1 + k * k * (key->exponent.n > 4 ? 4 : 1);
	case KEY_TYPE_EC: return key->curve_name && strcmp(key->curve_name, "P-256") == 0 ? 1 : 1 + key->bits / 24;
	case KEY_TYPE_ED25519: return 2;
	default: return 8;
	}
}

static enum sig_result signed_by(struct search *s, size_t child, size_t issuer)
{
	uint8_t *known = &s->known[child * s->n + s->nodes[issuer].key_at];

	if (!*known) {
		if (s->signatures >= SIGNATURES_MAX) {
			s->facts->cut = true;
			return SIG_NOT_ASKED;
		}
		s->signatures += cost_of(&s->nodes[issuer].cert->key);
		*known = (uint8_t)(1 + cert_signed_by(s->nodes[child].cert, s->nodes[issuer].cert));
	}
	return (enum sig_result)(*known - 1);
}

/* ---- search ----------------------------------------------------------------------------- */

static void offer(struct search *s)
{
	struct chain_path path = { .n = s->depth };
	struct chain_facts *facts = s->facts;

	for (size_t i = 0; i < s->depth; i++) {
		path.certs[i] = s->nodes[s->at[i]].cert;
		path.source[i] = s->nodes[s->at[i]].source;
	}
	path.is_trusted = s->nodes[s->at[s->depth - 1]].is_trusted;
	path.is_public = path.is_trusted && trust_is_public(facts->trust, path.certs[path.n - 1]);
	chain_path_judge(s->arena, &path, s->link, facts->now_unix);
	s->is_perfect |= path.badness == 0;
	if (facts->n_paths < CHAIN_PATHS_MAX) {
		*arena_push(s->arena, facts->paths, facts->n_paths, s->cap_paths) = path;
		return;
	}
	facts->cut = true;
	for (size_t i = 0; i < facts->n_paths; i++) {
		if (facts->paths[i].badness > path.badness) {
			facts->paths[i] = path;
			return;
		}
	}
}

static bool is_on_path(const struct search *s, const struct cert *cert)
{
	for (size_t i = 0; i < s->depth; i++) {
		const struct cert *own = s->nodes[s->at[i]].cert;

		if (span_equal(own->key.spki, cert->key.spki) && own->subject_hash == cert->subject_hash &&
		    name_equal(own->subject.raw, cert->subject.raw))
			return true;
	}
	return false;
}

static unsigned promise(const struct search *s, const struct cert *child, const struct node *node)
{
	const struct cert *c = node->cert;
	bool in_time = s->facts->now_unix >= c->not_before_unix && s->facts->now_unix <= c->not_after_unix;
	bool key_id_fits = !child->aki.n || !c->ski.n || span_equal(child->aki, c->ski);

	return (key_id_fits ? 8u : 0) + (in_time ? 4u : 0) + (node->is_trusted ? 2u : 0) +
	       (node->source != FROM_AIA ? 1u : 0);
}

static size_t candidates(const struct search *s, size_t *list, size_t max)
{
	const struct cert *child = s->nodes[s->at[s->depth - 1]].cert;
	size_t n = 0;

	for (size_t i = 0; i < s->n && n < max; i++) {
		const struct cert *c = s->nodes[i].cert;
		size_t k;

		if (c->subject_hash != child->issuer_hash || is_on_path(s, c) ||
		    !name_equal(c->subject.raw, child->issuer.raw))
			continue;
		for (k = n++; k > 0 && promise(s, child, &s->nodes[list[k - 1]]) < promise(s, child, &s->nodes[i]); k--)
			list[k] = list[k - 1];
		list[k] = i;
	}
	return n;
}

static void extend(struct search *s);

static void step(struct search *s, size_t to, enum sig_result how)
{
	s->link[s->depth - 1] = how;
	s->at[s->depth++] = to;
	extend(s);
	s->depth--;
}

/* The likeliest issuer by name, though it made another signature. What an address (AIA) gave is none then: the chain lacks one. */
static size_t would_be(const struct search *s, const size_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s->nodes[list[i]].source != FROM_AIA)
			return list[i];
	return SIZE_MAX;
}

static void extend(struct search *s)
{
	size_t list[64], n, from = s->at[s->depth - 1], to;
	bool any = false;

	if (++s->steps > CHAIN_STEPS_MAX) {
		s->facts->cut = true;
		return;
	}
	if (s->nodes[from].is_trusted) {
		offer(s);
		return;
	}
	n = s->depth < CHAIN_DEPTH_MAX ? candidates(s, list, COUNT_OF(list)) : 0;
	for (size_t i = 0; i < n && !s->is_perfect; i++) {
		if (signed_by(s, from, list[i]) != SIG_OK)
			continue;
		any = true;
		step(s, list[i], SIG_OK);
	}
	to = would_be(s, list, n);
	if (!any && to != SIZE_MAX && !s->is_perfect && signed_by(s, from, to) != SIG_NOT_ASKED)
		step(s, to, signed_by(s, from, to));
	else if (!any)
		offer(s);
}

/* ---- what it amounts to ----------------------------------------------------------------- */

static bool uses_aia(const struct chain_path *path)
{
	for (size_t i = 0; i < path->n; i++) {
		if (path->source[i] == FROM_AIA)
			return true;
	}
	return false;
}

static const struct chain_path *best_of(const struct chain_facts *facts, bool with_aia)
{
	const struct chain_path *best = NULL;

	for (size_t i = 0; i < facts->n_paths; i++) {
		const struct chain_path *path = &facts->paths[i];

		if ((with_aia || !uses_aia(path)) && (!best || path->badness < best->badness))
			best = path;
	}
	return best;
}

static const struct chain_extra *extra_of(const struct chain_facts *facts, const struct cert *cert)
{
	for (size_t i = 0; i < facts->n_extra; i++) {
		if (cert_equal(facts->extra[i].cert, cert))
			return &facts->extra[i];
	}
	return NULL;
}

/* Others were put behind the leaf to be its issuers, and none of them is: whoever did so meant it to have one between. */
static bool has_strangers(const struct chain_facts *facts)
{
	for (size_t i = 1; i < facts->n_sent; i++)
		if (!cert_equal(facts->sent[i], facts->leaf))
			return true;
	return false;
}

static struct issuer_guess issuer_of_missing(const struct chain_facts *facts)
{
	struct issuer_guess guess = issuer_guess(facts->missing_below, facts->trust);

	if (guess.is_root == TRI_UNKNOWN && facts->best->n == 1 && has_strangers(facts)) {
		guess.is_root = TRI_NO;
		guess.why = "other certificates are sent behind it, none of which issued it";
	}
	return guess;
}

static void note_missing(struct arena *arena, struct chain_facts *facts)
{
	const struct chain_path *best = facts->best;
	struct out pem = { 0 };

	if (!facts->is_trusted && !best->certs[best->n - 1]->is_self_issued)
		facts->missing_below = best->certs[best->n - 1];
	if (facts->missing_below)
		facts->missing_is = issuer_of_missing(facts);
	facts->needs_aia = uses_aia(best);
	for (size_t i = 1; facts->needs_aia && i < best->n; i++) {
		if (best->source[i] != FROM_AIA)
			continue;
		if (!facts->missing_found) {
			facts->missing_found = extra_of(facts, best->certs[i]);
			facts->missing_below = best->certs[i - 1];
		}
		if (!best->certs[i]->is_self_issued)
			out_str(&pem, cert_to_pem(arena, best->certs[i]));
	}
	if (pem.n)
		facts->missing_pem = arena_strn(arena, pem.text, pem.n);
	out_release(&pem);
}

static size_t place_on(const struct chain_path *path, const struct cert *cert)
{
	size_t at = 0;

	while (at < path->n && !cert_equal(path->certs[at], cert))
		at++;
	return at;
}

static void note_order(struct arena *arena, struct chain_facts *facts)
{
	size_t last = 0;

	facts->is_unneeded = arena_array(arena, bool, facts->n_sent + 1);
	for (size_t i = 0; i < facts->n_sent; i++) {
		const struct cert *cert = facts->sent[i];
		size_t at = place_on(facts->best, cert);
		bool is_copy = false;

		for (size_t k = 0; k < i && k < SENT_MAX; k++)
			is_copy |= cert_equal(facts->sent[k], cert);
		facts->n_duplicates += is_copy;
		facts->is_unneeded[i] = is_copy || at == facts->best->n ||
					(at > 0 && cert->is_self_issued && facts->is_trusted);
		facts->n_unneeded += facts->is_unneeded[i];
		if (is_copy || at == facts->best->n)
			continue;
		facts->out_of_order |= at < last;
		last = at;
	}
}

static void conclude(struct arena *arena, struct chain_facts *facts)
{
	const struct cert *leaf = facts->leaf;

	facts->best = best_of(facts, true);
	facts->served = best_of(facts, false);
	if (!facts->served)
		facts->served = facts->best;
	facts->leaf_self_signed = leaf->is_self_issued && cert_signed_by(leaf, leaf) == SIG_OK;
	facts->leaf_trusted = trust_contains(facts->trust, leaf);
	facts->name_matches = !facts->host || cert_matches_host(leaf, facts->host, HOST_MATCH_STRICT);
	if (!facts->best)
		return;
	facts->is_trusted = facts->best->is_trusted;
	note_missing(arena, facts);
	note_order(arena, facts);
	if (facts->has_staple)
		facts->staple_verdict = ocsp_check(arena, facts->staple, leaf,
						   facts->best->n > 1 ? facts->best->certs[1] : NULL, facts->now_unix);
}

static void take_input(struct arena *arena, struct chain_facts *facts, const struct chain_input *in)
{
	*facts = (struct chain_facts){
		.n_sent = in->n_sent, .trust = in->trust, .extra = in->extra, .n_extra = in->n_extra,
		.host = in->host, .is_ip = in->is_ip, .now_unix = in->now_unix, .staple = in->staple,
		.has_staple = in->has_staple, .crls = in->crls, .n_crls = in->n_crls,
	};
	facts->sent = arena_array(arena, struct cert *, in->n_sent);
	for (size_t i = 0; i < in->n_sent; i++) {
		facts->sent[i] = cert_parse(arena, in->sent[i]);
		facts->sent_bytes += in->sent[i].n + 3;
	}
	facts->leaf = facts->sent[0];
}

struct chain_facts *chain_facts_build(struct arena *arena, const struct chain_input *in)
{
	struct chain_facts *facts;
	struct search search = { .arena = arena, .depth = 1 };

	if (in->n_sent == 0)
		return NULL;
	facts = arena_new_of(arena, struct chain_facts);
	take_input(arena, facts, in);
	search.facts = facts;
	gather(&search);
	if (facts->leaf->is_decoded)
		extend(&search);
	conclude(arena, facts);
	return facts;
}

const struct chain_problem *chain_problem_find(const struct chain_path *path, enum chain_fault fault, size_t from)
{
	for (size_t i = 0; path && i < path->n_problems; i++) {
		if (path->problems[i].fault == fault && path->problems[i].at >= from)
			return &path->problems[i];
	}
	return NULL;
}

size_t chain_wanted_urls(const struct chain_facts *facts, const struct span **urls)
{
	*urls = NULL;
	if (!facts || facts->is_trusted || !facts->missing_below)
		return 0;
	*urls = facts->missing_below->issuer_urls;
	return facts->missing_below->n_issuer_urls;
}
