/* What is wrong with one path: RFC 5280 6.1, with the anchor treated as TLS libraries treat it (its
 * dates, constraints and extensions count, its own signature does not). */
#include "x509/chain_path.h"

#include "base/timeutil.h"
#include "x509/name.h"

struct judge {
	struct arena *arena;
	struct chain_path *path;
	int64_t now;
};

static void add(struct judge *j, enum chain_fault fault, size_t at, const char *detail)
{
	struct chain_path *path = j->path;

	*arena_push(j->arena, path->problems, path->n_problems, path->cap_problems) =
		(struct chain_problem){ .fault = fault, .at = at, .detail = detail };
	path->badness += 100u * (unsigned)fault;
}

static void judge_dates(struct judge *j, size_t at)
{
	const struct cert *cert = j->path->certs[at];

	if (cert->bad_time)
		return;
	if (j->now > cert->not_after_unix)
		add(j, CHAIN_EXPIRED, at, NULL);
	else if (j->now < cert->not_before_unix)
		add(j, CHAIN_NOT_YET_VALID, at, NULL);
}

static bool is_anchor(const struct judge *j, size_t at)
{
	return j->path->is_trusted && at + 1 == j->path->n;
}

static bool is_weak(enum cert_hash hash)
{
	return hash == HASH_MD2 || hash == HASH_MD4 || hash == HASH_MD5 || hash == HASH_SHA1;
}

static void judge_signature(struct judge *j, size_t at, enum sig_result link)
{
	const struct cert *cert = j->path->certs[at];

	if (is_anchor(j, at))
		return;
	if (is_weak(cert->signature_outer.hash) && !cert->is_self_issued)
		add(j, CHAIN_WEAK_SIGNATURE, at, cert_hash_name(cert->signature_outer.hash));
	if (at + 1 == j->path->n)
		return;
	if (link == SIG_BAD)
		add(j, CHAIN_BAD_SIGNATURE, at, NULL);
	else if (link == SIG_UNSUPPORTED)
		add(j, CHAIN_SIGNATURE_UNSUPPORTED, at, cert_algorithm_name(j->arena, &cert->signature_outer));
}

/* A version 1 root of the store has no way to say that it is an authority. */
static void judge_authority(struct judge *j, size_t at, size_t below)
{
	const struct cert *ca = j->path->certs[at];

	if (ca->version < 3 && is_anchor(j, at))
		return;
	if (ca->version < 3)
		add(j, CHAIN_NOT_CA, at, "it is of version 1 or 2, which cannot name authorities");
	else if (!ca->has_basic_constraints)
		add(j, CHAIN_NOT_CA, at, "it has no basicConstraints");
	else if (!ca->is_ca)
		add(j, CHAIN_NOT_CA, at, "its basicConstraints say CA:FALSE");
	if (ca->has_key_usage && !(ca->key_usage & KU_BIT_KEY_CERT_SIGN))
		add(j, CHAIN_NO_CERT_SIGN, at, NULL);
	if (ca->path_length >= 0 && below > (size_t)ca->path_length)
		add(j, CHAIN_PATH_LENGTH, at, arena_printf(j->arena, "it allows %lld below it, there are %zu",
							   (long long)ca->path_length, below));
	if (ca->has_eku && !ca->eku_server && !ca->eku_any && !is_anchor(j, at))
		add(j, CHAIN_WRONG_EKU, at, NULL);
}

static void judge_constraints(struct judge *j, size_t at)
{
	const struct chain_path *path = j->path;

	for (size_t i = 0; path->certs[at]->has_name_constraints && i < at; i++) {
		const char *why;

		if (i > 0 && path->certs[i]->is_self_issued)
			continue;
		why = name_constraints_broken(j->arena, path->certs[at], path->certs[i]);
		if (!why)
			continue;
		add(j, CHAIN_NAME_CONSTRAINTS, at, why);
		return;
	}
}

void chain_path_judge(struct arena *arena, struct chain_path *path, const enum sig_result *link, int64_t now)
{
	struct judge j = { .arena = arena, .path = path, .now = now };
	size_t below = 0;

	for (size_t i = 0; i < path->n; i++) {
		judge_dates(&j, i);
		judge_signature(&j, i, i + 1 < path->n ? link[i] : SIG_OK);
		if (path->certs[i]->unknown_critical)
			add(&j, CHAIN_UNKNOWN_CRITICAL, i, NULL);
		if (i == 0)
			continue;
		judge_authority(&j, i, below);
		judge_constraints(&j, i);
		below += !path->certs[i]->is_self_issued;
	}
	for (size_t i = 0; i < path->n; i++)
		path->badness += path->source[i] == FROM_AIA;
	if (!path->is_trusted)
		path->badness += 100000u - (unsigned)path->n;
}
