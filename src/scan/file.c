/* See file.h: the certificates of a file take the place of a server's. */
#include "scan/file.h"

#include "evidence/files.h"
#include "lint/lint.h"
#include "scan/begin.h"
#include "scan/folder.h"
#include "scan/target.h"
#include "tls/codes.h"
#include "x509/chain.h"
#include "x509/name.h"

/* Certificates that stand together: those of one file, or of one entry of a kubeconfig. */
struct group {
	struct file_seen *file;
	const struct cert **certs;
	size_t n, cap;
};

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* A PKCS #12 has no order: the certificate of its key stands first, then each issuer. */
static void group_sort(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		for (size_t k = 0; k < g->file->n_items; k++)
			if (g->file->items[k].kind == ITEM_KEY && span_equal(g->file->items[k].spki, g->certs[i]->key.spki)) {
				const struct cert *leaf = g->certs[i];

				g->certs[i] = g->certs[0];
				g->certs[0] = leaf;
			}
	for (size_t i = 1; i < g->n; i++)
		for (size_t k = i; k < g->n; k++)
			if (span_equal(g->certs[k]->subject.raw, g->certs[i - 1]->issuer.raw)) {
				const struct cert *issuer = g->certs[k];

				g->certs[k] = g->certs[i];
				g->certs[i] = issuer;
				break;
			}
}

/* Told first is what is out of date, then servers' before authorities', then what ends soonest. */
static bool ends_before(const struct cert *x, const struct cert *y, int64_t now_unix)
{
	bool x_over = x->not_after_unix < now_unix && !x->is_ca, y_over = y->not_after_unix < now_unix && !y->is_ca;

	if (x_over != y_over)
		return x_over;
	if (x->is_ca != y->is_ca)
		return !x->is_ca;
	return x->not_after_unix < y->not_after_unix;
}

static bool is_before(const struct group *a, const struct group *b, int64_t now_unix)
{
	const struct cert *x = a->certs[0], *y = b->certs[0];

	/* certbot's cert.pem and fullchain.pem: the chain is what a server sends. */
	if (cert_equal(x, y))
		return a->n > b->n;
	return ends_before(x, y, now_unix);
}

static void group_close(struct group *g, struct group *best, int64_t now_unix)
{
	if (g->n == 0)
		return;
	if (is_same_text(g->file->format, "PKCS #12"))
		group_sort(g);
	if (best->n == 0 || is_before(g, best, now_unix))
		*best = *g;
}

/* A kubeconfig's users are clients, its clusters name authorities: neither is what a server shows. */
static bool is_of_kubeconfig(const struct file_item *item)
{
	return item->within && (strncmp(item->within, "users[", 6) == 0 || strncmp(item->within, "clusters[", 9) == 0);
}

/* Of folders and of kubeconfigs, in which many chains lie, one is judged as clients would; the rules look at all. */
static struct group group_of_listed(struct arena *arena, const struct files_evidence *files, int64_t now_unix)
{
	struct group best = { .n = 0 };

	for (size_t i = 0; i < files->n_files; i++) {
		struct file_seen *file = files->files[i];
		struct group g = { .file = file };

		for (size_t k = 0; k < file->n_items; k++) {
			const struct file_item *item = &file->items[k];

			if (k > 0 && !is_same_text(item->within, file->items[k - 1].within)) {
				group_close(&g, &best, now_unix);
				g = (struct group){ .file = file };
			}
			if (item->kind == ITEM_CERTIFICATE && !is_of_kubeconfig(item))
				*arena_push(arena, g.certs, g.n, g.cap) = item->cert;
		}
		group_close(&g, &best, now_unix);
	}
	return best;
}

/* Certificates behind the first of a server's chain files stand in the order in which it would send them. */
static struct group group_of_named(struct arena *arena, const struct files_evidence *files)
{
	struct group all = { .n = 0 };

	for (size_t i = 0; i < files->n_files; i++) {
		struct file_seen *file = files->files[i];
		struct group g = { .file = file };

		if (file->is_listed || is_same_text(file->format, "kubeconfig"))
			continue;
		for (size_t k = 0; k < file->n_items; k++)
			if (file->items[k].kind == ITEM_CERTIFICATE)
				*arena_push(arena, g.certs, g.n, g.cap) = file->items[k].cert;
		if (is_same_text(file->format, "PKCS #12"))
			group_sort(&g);
		for (size_t k = 0; k < g.n; k++)
			*arena_push(arena, all.certs, all.n, all.cap) = g.certs[k];
		file->is_judged = g.n > 0;
	}
	return all;
}

static void read_chain(struct arena *arena, const struct files_evidence *files, int64_t now_unix, struct attempt *at)
{
	struct group g = group_of_named(arena, files);
	size_t cap = 0;

	if (g.n == 0) {
		g = group_of_listed(arena, files, now_unix);
		if (g.n > 0)
			g.file->is_judged = true;
	}
	for (size_t i = 0; i < g.n; i++)
		*arena_push(arena, at->chain, at->n_chain, cap) = g.certs[i]->der;
}

/* The issuer on the path that was found, else the first authority of that name in the files. */
static const struct cert *issuer_of(const struct files_evidence *files, const struct chain_facts *facts, const struct cert *cert)
{
	if (facts && facts->best && facts->best->n > 1 && cert_equal(facts->best->certs[0], cert))
		return facts->best->certs[1];
	for (size_t i = 0; i < files->n_files; i++)
		for (size_t k = 0; k < files->files[i]->n_items; k++) {
			const struct file_item *item = &files->files[i]->items[k];

			if (item->kind == ITEM_CERTIFICATE && item->cert->is_ca && name_equal(item->cert->subject.raw, cert->issuer.raw))
				return item->cert;
		}
	return NULL;
}

static bool is_linted(const struct files_evidence *files, const struct cert *cert)
{
	for (size_t i = 0; i < files->n_lints; i++)
		if (cert_equal(files->lints[i].cert, cert))
			return true;
	return false;
}

/* A company's own authority may do as it likes with its certificates; so may one of which nothing is known. */
static bool is_public(const struct chain_facts *facts, const struct cert *cert)
{
	return facts && facts->best && facts->best->is_trusted && facts->best->is_public &&
	       span_equal(facts->best->certs[0]->issuer.raw, cert->issuer.raw);
}

static void lint_files(struct arena *arena, struct files_evidence *files, const struct chain_facts *facts)
{
	files->lints = arena_array(arena, struct lint_report, FILES_LINTED);
	for (size_t i = 0; i < files->n_files; i++)
		for (size_t k = 0; k < files->files[i]->n_items && files->n_lints < FILES_LINTED; k++) {
			const struct file_item *item = &files->files[i]->items[k];

			if (item->kind != ITEM_CERTIFICATE || item->cert->is_ca || is_linted(files, item->cert))
				continue;
			files->lints[files->n_lints] = lint_certificate(arena, item->cert, issuer_of(files, facts, item->cert));
			files->lints[files->n_lints++].is_note = !is_public(facts, item->cert);
		}
}

static void set_target(const struct why_options *options, struct arena *arena, struct target *target)
{
	target->input = options->n_paths > 0 ? options->paths[0] : "";
	target->scheme = "https";
	target->path = "/";
	target->port = 443;
	if (options->name && target_parse(arena, options->name, NULL, target, NULL) == 0)
		target->input = options->paths[0];
	if (!target->host)
		target->host = target->host_shown = options->name ? options->name : "";
}

static void judge_on_disk(struct evidence *e, struct visit *visit, const struct attempt *at, bool has_name)
{
	struct chain_input in = {
		.sent = at->chain, .n_sent = at->n_chain, .trust = e->trust,
		.host = has_name ? visit->target.host : NULL, .is_ip = visit->target.is_ip,
		.now_unix = e->now_unix, .crls = e->crls, .n_crls = e->n_crls,
	};

	visit->chain = chain_facts_build(e->arena, &in);
}

/* The chain takes the place of what a server would have sent. */
static void chain_take(struct evidence *e, struct visit *visit, struct endpoint *ep, struct attempt *at, bool has_name)
{
	*at = (struct attempt){ .name = "main", .kind = ATTEMPT_FULL, .done = true, .chain = at->chain,
				.n_chain = at->n_chain, .has_certificate_message = true,
				.tcp = { .outcome = TCP_CONNECTED }, .has_server_hello = true };
	ep->text = "";
	ep->tcp.outcome = TCP_CONNECTED;
	ep->main = at;
	*arena_push(e->arena, ep->attempts, ep->n_attempts, ep->cap_attempts) = at;
	*arena_push(e->arena, visit->endpoints, visit->n_endpoints, visit->cap_endpoints) = ep;
	visit->best = ep;
	judge_on_disk(e, visit, at, has_name);
}

/* Of keys, requests and lists alone no client is asked. */
int file_evidence(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error)
{
	int status = evidence_begin(options, arena, out, error);
	struct endpoint *ep = arena_new_of(arena, struct endpoint);
	struct attempt *at = arena_new_of(arena, struct attempt);
	struct files_evidence *files = NULL;
	struct visit *visit;

	if (status != 0)
		return status;
	(*out)->from_file = true;
	visit = (*out)->visit;
	set_target(options, arena, &visit->target);
	visit->dns.skipped = true;
	visit->dns.skipped_because = "a chain on disk";
	status = folder_read(options, arena, &files, error);
	(*out)->files = files;
	if (status != 0)
		return status;
	read_chain(arena, files, (*out)->now_unix, at);
	if (at->n_chain > 0)
		chain_take(*out, visit, ep, at, options->name != NULL);
	lint_files(arena, files, visit->chain);
	return 0;
}
