/* The order and the dates of the certificates that a file sends behind the server's own. */
#include "server/chain_file.h"

#include "server/edit.h"

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

/* sh and awk(1) write the file anew with its certificates in that order; what stands before the first stays, and what stands behind one
 * (its key) goes with it. */
static const char *rewrite_steps(struct conf *conf, const char *path, const size_t *order, size_t n)
{
	struct arena *a = conf->arena;
	const char *file = edit_shell(a, path), *new = edit_shell(a, arena_printf(a, "%s.new", path)), *list = "c[0]";

	for (size_t i = 0; i < n; i++)
		list = arena_printf(a, "%s c[%zu]", list, order[i] + 1);
	return arena_printf(a, "Run `umask 077; awk '/BEGIN .*CERTIFICATE-/{n++}{c[n+0]=c[n+0]$0\"\\n\"}END{printf \"%%s\",%s}' %s > %s && cat %s > %s && rm %s`", list, file, new, new, file, new);
}

const char *chain_reorder(struct conf *conf, const char *path, struct cert **certs, size_t n, struct span spki)
{
	size_t order[CHAIN_MAX], n_order = 0;

	n = n < CHAIN_MAX ? n : CHAIN_MAX;
	for (size_t i = 0; i < n; i++)
		if (span_equal(certs[i]->key.spki, spki))
			order[n_order++] = i;
	for (size_t i = 0; i < n; i++)
		if (!span_equal(certs[i]->key.spki, spki))
			order[n_order++] = i;
	return rewrite_steps(conf, path, order, n_order);
}

/* The leaf, then each its issuer, as far as they are there, without the root. */
static const char *order_steps(struct conf *conf, const struct chain_file *file)
{
	size_t n = file->n < CHAIN_MAX ? file->n : CHAIN_MAX, order[CHAIN_MAX], n_order = 0;
	bool is_apart = strcmp(file->path, file->rest_path) != 0, used[CHAIN_MAX] = { true };
	const struct cert *last = file->certs[0];

	if (!is_apart)
		order[n_order++] = 0;
	for (size_t at; !last->is_self_issued && (at = issuer_at(last, file->certs, n)) < n && !used[at]; last = file->certs[at]) {
		used[at] = true;
		if (!file->certs[at]->is_self_issued)
			order[n_order++] = at - is_apart;       /* a file of its own begins behind the leaf */
	}
	return rewrite_steps(conf, file->rest_path, order, n_order);
}

/* Where an authority says its own certificate is to be had: DER as a rule, RFC 5280 4.2.2.1. */
static const char *fetch_command(struct arena *a, const struct cert *leaf, const char *path)
{
	for (size_t i = 0; i < leaf->n_issuer_urls; i++) {
		const char *url = arena_strn(a, leaf->issuer_urls[i].p, leaf->issuer_urls[i].n);

		if (strncmp(url, "http", 4) == 0 && strlen(url) < 512 && strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&()*+,;=%") == strlen(url))
			return arena_printf(a, "curl -fsS %s | openssl x509 -inform DER >> %s", edit_shell(a, url), edit_shell(a, path));
	}
	return NULL;
}

/* The directive that names the file, with another file in its place. */
static const char *named_instead(struct conf *conf, const struct chain_file *file, const char *path)
{
	const struct conf_node *n = edit_node(conf, file->at, NULL);

	while (n && n->at.line == file->at.line && !conf_is(n, "ssl_certificate") && !conf_is(n, "SSLCertificateFile") && !conf_is(n, "bind"))
		n = n->next;
	return n && n->at.line == file->at.line ? edit_write(conf, file->at, edit_line_with(conf, n, file->path, path)) :
						  arena_printf(conf->arena, "Write %s in the place of %s at %s:%u", path, file->path, file->at.file, file->at.line);
}

static const char *missing_fix(struct conf *conf, const struct chain_file *file, const struct issuer *issuer)
{
	struct arena *a = conf->arena;
	const char *fetch = fetch_command(a, file->certs[0], file->rest_path);
	size_t own = 0;

	if (file->n > 1) {
		const char *steps = strcmp(file->path, file->rest_path) == 0 ? rewrite_steps(conf, file->rest_path, &own, 1) : arena_printf(a, "Run `: > %s`", edit_shell(a, file->rest_path));

		if (fetch)
			return edit_then(conf, arena_printf(a, "%s; Run `%s`", steps, fetch));
		return edit_then(conf, arena_printf(a, "Put the issuer's certificate into %s in the place of what stands there (certbot: use fullchain.pem)", file->rest_path));
	}
	if (issuer->path && issuer->is_whole)
		return edit_then(conf, named_instead(conf, file, issuer->path));
	if (issuer->path && issuer->is_first)
		return edit_then(conf, arena_printf(a, "Run `cat %s >> %s`, and let the renewal do the same each time", edit_shell(a, issuer->path), edit_shell(a, file->path)));
	if (fetch)
		return edit_then(conf, arena_printf(a, "Run `%s`, and let the renewal do the same each time", fetch));
	return edit_then(conf, arena_printf(a, "Append the intermediate certificate to %s (certbot: use fullchain.pem, not cert.pem)", file->path));
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
	f->fix = missing_fix(conf, file, issuer);
}

/* ---- order --------------------------------------------------------------------------------------------------------- */

static void disorder(struct conf *conf, const struct chain_file *file, size_t at, const char *what)
{
	struct server_fault *f = fault(conf, file->rest_at, "certificate.out-of-order", arena_printf(conf->arena, "The certificates in %s are not in order", file->rest_path));

	conf_fault_line(conf, f, "certificate %zu of the file (%s) is not the issuer of the one before it", at + 1, name_of(file->certs[at]));
	if (what)
		conf_fault_line(conf, f, "%s", what);
	f->fix = edit_then(conf, order_steps(conf, file));
}

static void unneeded(struct conf *conf, const struct chain_file *file, size_t at, const char *why)
{
	struct server_fault *f = fault(conf, file->rest_at, "certificate.unneeded-certificates", arena_printf(conf->arena, "%s holds a certificate that belongs to no chain", file->rest_path));

	conf_fault_line(conf, f, "certificate %zu of the file (%s) %s", at + 1, name_of(file->certs[at]), why);
	f->fix = edit_then(conf, order_steps(conf, file));
}

static void dates(struct conf *conf, const struct chain_file *file, const struct cert *c)
{
	struct server_fault *f;
	char when[RFC3339_LEN];

	if (c->not_after_unix >= file->now_unix || c->bad_time || c->is_self_issued)
		return;
	f = fault(conf, file->rest_at, "certificate.intermediate-expired", arena_printf(conf->arena, "An intermediate certificate in %s has expired", file->rest_path));
	conf_fault_line(conf, f, "%s: valid until %s", name_of(c), when_format(when, c->not_after_unix));
	f->fix = edit_then(conf, arena_printf(conf->arena, "Take the authority's present intermediate certificate into %s in its place", file->rest_path));
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
