/* The order and the dates of the certificates that a file sends behind the server's own. */
#include "server/chain_file.h"

#include "base/timeutil.h"
#include "x509/sig.h"
#include "x509/issuer.h"

enum { CHAIN_MAX = 32, NEIGHBOURS_MAX = 96 };

static const char *name_of(const struct cert *c)
{
	return c->subject.common_name ? c->subject.common_name : c->subject.organization ? c->subject.organization : "unnamed";
}

/* The same names do for it, unless key identifiers say otherwise; a signature is checked where they say nothing. */
static bool is_issuer(const struct cert *of, const struct cert *c)
{
	if (!span_equal(of->issuer.raw, c->subject.raw))
		return false;
	if (of->aki.n && c->ski.n)
		return span_equal(of->aki, c->ski);
	return cert_signed_by(of, c) != SIG_BAD;
}

static bool is_same(const struct cert *a, const struct cert *b)
{
	return memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

/* The issuer of `of` among the others; `n` when none is. */
static size_t issuer_at(const struct cert *of, struct cert **certs, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!is_same(certs[i], of) && is_issuer(of, certs[i]))
			return i;
	return n;
}

static struct server_fault *fault(struct conf *conf, struct server_place at, const char *cause, const char *title)
{
	struct server_fault *f = conf_fault(conf, cause, at, title);

	f->is_minor = true;
	return f;
}

/* ---- the issuer of a certificate that stands alone --------------------------------------------------------------- */

/* A root, which clients have themselves, or an authority between? */
struct issuer {
	enum tri is_root;
	const char *path;               /* the file beside the certificate's that holds it; NULL: none */
	bool is_whole;                  /* that file begins with the very certificate */
	bool is_first;                  /* or with the issuer's */
};

static bool is_trusted_root(const struct conf *conf, const struct cert *leaf)
{
	const struct cert *const *found = NULL;
	size_t n = conf->trust ? trust_by_subject(conf->trust, leaf->issuer.raw, &found) : 0;

	for (size_t i = 0; i < n; i++)
		if (is_issuer(leaf, found[i]))
			return true;
	return false;
}

/* True where none better can be found; another site's file may hold it too. */
static bool neighbour_look(struct conf *conf, const char *path, const struct cert *leaf, struct issuer *issuer)
{
	size_t n_files = conf->server->n_files, n;
	struct cert **certs = NULL;
	struct span text;
	bool loaded = conf_load(conf, path, &text);

	conf->server->n_files = n_files;        /* no file of the configuration */
	n = loaded ? cert_read_all(conf->arena, text, &certs) : 0;
	for (size_t i = 0; i < n; i++) {
		if (!certs[i]->is_decoded || is_same(certs[i], leaf) || !is_issuer(leaf, certs[i]))
			continue;
		*issuer = (struct issuer){ .is_root = certs[i]->is_self_issued ? TRI_YES : TRI_NO, .path = path, .is_whole = is_same(certs[0], leaf), .is_first = i == 0 };
		return issuer->is_whole || issuer->is_first;
	}
	return false;
}

/* Clients of ACME and authorities lay the issuer beside it: chain.pem, fullchain.pem, NAME.issuer.crt, ca.cer, NAME.ca-bundle. */
static bool is_beside(struct conf *conf, const struct chain_file *file, struct issuer *issuer)
{
	static const char *const patterns[] = { "fullchain*", "chain*", "*.pem", "*.crt", "*.cer", "*.ca-bundle" };
	const char *folder = conf_folder(conf, arena_str(conf->arena, file->path));

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		const char *const *paths = NULL;
		size_t n = conf_glob(conf, arena_printf(conf->arena, "%s/%s", folder, patterns[i]), &paths);

		for (size_t k = 0; k < n && conf->n_neighbours < NEIGHBOURS_MAX; k++, conf->n_neighbours++)
			if (strcmp(paths[k], file->path) != 0 && neighbour_look(conf, paths[k], file->certs[0], issuer))
				return true;
	}
	return issuer->path != NULL;
}

static struct issuer issuer_of(struct conf *conf, const struct chain_file *file)
{
	const struct cert *leaf = file->certs[0];
	struct issuer issuer = { .is_root = TRI_UNKNOWN };

	if (is_trusted_root(conf, leaf))
		issuer.is_root = TRI_YES;
	else if (file->n == 1 && is_beside(conf, file, &issuer))
		return issuer;
	else
		issuer.is_root = issuer_guess(leaf, conf->trust).is_root;
	return issuer;
}

static const char *missing_fix(struct arena *a, const struct chain_file *file, const struct issuer *issuer)
{
	if (file->n > 1)
		return arena_printf(a, "Put the issuer's certificate into %s in the place of what stands there (certbot: use fullchain.pem); then reload.", file->rest_path);
	if (issuer->path && issuer->is_whole)
		return arena_printf(a, "Write %s in the place of %s at %s:%u; then test the configuration and reload.", issuer->path, file->path, file->at.file, file->at.line);
	if (issuer->path && issuer->is_first)
		return arena_printf(a, "Run `cat %s >> %s`; then reload, and let the renewal do the same each time.", issuer->path, file->path);
	return arena_printf(a, "Append the intermediate certificate to %s (certbot: use fullchain.pem, not cert.pem); then reload.", file->path);
}

static void missing(struct conf *conf, const struct chain_file *file, const struct cert *of, const struct issuer *issuer)
{
	struct arena *a = conf->arena;
	struct server_fault *f = fault(conf, file->n == 1 ? file->at : file->rest_at, "certificate.missing-intermediate", NULL);

	if (file->n == 1)
		f->title = arena_printf(a, "%s holds the server's certificate alone, without its issuer's", file->path);
	else
		f->title = arena_printf(a, "%s does not hold the certificate that issued the server's", file->rest_path);
	conf_fault_line(conf, f, "issuer: %s", of->issuer.common_name ? of->issuer.common_name : "unnamed");
	for (size_t i = 1; i < file->n && i < 3; i++)
		conf_fault_line(conf, f, "in the file: %s%s", name_of(file->certs[i]), span_equal(file->certs[i]->subject.raw, of->issuer.raw) ? ", with another key" : "");
	if (issuer->path)
		conf_fault_line(conf, f, "it lies in %s, and is no root", issuer->path);
	f->fix = missing_fix(a, file, issuer);
}

/* ---- order --------------------------------------------------------------------------------------------------------- */

static void disorder(struct conf *conf, const struct chain_file *file, size_t at, const char *what)
{
	struct server_fault *f = fault(conf, file->rest_at, "certificate.out-of-order", arena_printf(conf->arena, "The certificates in %s are not in order", file->rest_path));

	conf_fault_line(conf, f, "certificate %zu of the file (%s) is not the issuer of the one before it", at + 1, name_of(file->certs[at]));
	if (what)
		conf_fault_line(conf, f, "%s", what);
	f->fix = arena_printf(conf->arena, "Write the server's own certificate first into %s, then each its issuer, without the root; then reload.", file->rest_path);
}

static void unneeded(struct conf *conf, const struct chain_file *file, size_t at, const char *why)
{
	struct server_fault *f = fault(conf, file->rest_at, "certificate.unneeded-certificates", arena_printf(conf->arena, "%s holds a certificate that belongs to no chain", file->rest_path));

	conf_fault_line(conf, f, "certificate %zu of the file (%s) %s", at + 1, name_of(file->certs[at]), why);
	f->fix = arena_printf(conf->arena, "Take certificate %zu out of %s; then reload.", at + 1, file->rest_path);
}

static void dates(struct conf *conf, const struct chain_file *file, const struct cert *c)
{
	struct server_fault *f;
	char when[RFC3339_LEN];

	if (c->not_after_unix >= file->now_unix || c->bad_time || c->is_self_issued)
		return;
	f = fault(conf, file->rest_at, "certificate.intermediate-expired", arena_printf(conf->arena, "An intermediate certificate in %s has expired", file->rest_path));
	conf_fault_line(conf, f, "%s: valid until %s", name_of(c), when_format(when, c->not_after_unix));
	f->fix = arena_printf(conf->arena, "Take the authority's present intermediate certificate into %s in its place; then reload.", file->rest_path);
}

void chain_file_check(struct conf *conf, const struct chain_file *file)
{
	size_t n = file->n < CHAIN_MAX ? file->n : CHAIN_MAX, at = 1;
	bool used[CHAIN_MAX] = { true };
	const struct cert *leaf = file->certs[0], *last = leaf;

	if (!leaf->is_decoded || leaf->is_self_issued)
		return;
	for (size_t i = 1; i < n; i++)
		if (!file->certs[i]->is_decoded)
			return;
	if (!leaf->is_ca && issuer_at(leaf, file->certs, n) == n && (n > 1 || !file->has_other_chain)) {
		struct issuer issuer = issuer_of(conf, file);

		/* Alone below who knows whom it may be all that there is to send; others behind it were put there to be its issuers. */
		if (issuer.is_root == TRI_NO || (n > 1 && issuer.is_root == TRI_UNKNOWN))
			missing(conf, file, leaf, &issuer);
		if (issuer.is_root != TRI_YES)
			return;
	}
	for (size_t found; !last->is_self_issued && (found = issuer_at(last, file->certs, n)) < n && !used[found]; last = file->certs[found]) {
		used[found] = true;
		dates(conf, file, file->certs[found]);
		while (at < n && at != found && used[at])
			at++;
		if (at < n && at != found && !is_same(file->certs[at], leaf)) {
			disorder(conf, file, at, NULL);
			return;
		}
		at++;
	}
	for (size_t i = 1; i < n; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= is_same(file->certs[i], file->certs[k]);
		if (!used[i]) {
			unneeded(conf, file, i, again ? "stands there a second time" : "issued none of the others");
			return;
		}
	}
}
