/* Every root is walked once at load by our own decoder (a few microseconds each), so that the store
 * never changes afterwards and threads share it without a lock. */
#include "x509/trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "x509/name.h"

enum { TRUST_FILE_MAX = 32 << 20 };

struct trust {
	struct arena *arena;
	const struct cert **certs;      /* by subject_hash */
	size_t n;
	const char *path;
	bool is_system, is_private;
	struct cert **added;            /* the machine's administrator put them there: no browser ships them */
	size_t n_added, cap_added;
	size_t n_all;                   /* of which a transcript kept n; 0: all are here */
};

/* ---- loading ---------------------------------------------------------------------------- */

static int by_subject(const void *a, const void *b)
{
	const struct cert *x = *(const struct cert *const *)a, *y = *(const struct cert *const *)b;

	if (x->subject_hash != y->subject_hash)
		return x->subject_hash < y->subject_hash ? -1 : 1;
	return memcmp(x->sha256, y->sha256, sizeof x->sha256);
}

static void adopt(struct trust *trust, struct cert **certs, size_t n)
{
	trust->certs = arena_array(trust->arena, const struct cert *, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (certs[i]->is_decoded)
			trust->certs[trust->n++] = certs[i];
	}
	qsort(trust->certs, trust->n, sizeof *trust->certs, by_subject);
}

struct trust *trust_load_bytes(struct span file, bool is_private, struct why_error *error)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct trust *trust = arena_new_of(arena, struct trust);
	struct cert **certs;
	size_t n;

	trust->arena = arena;
	trust->is_private = is_private;
	n = cert_read_all(arena, arena_copy(arena, file), &certs);
	adopt(trust, certs, n);
	if (trust->n > 0)
		return trust;
	why_fail(error, WHY_EFILE, "reading trusted roots: there is no certificate in the file");
	arena_free(arena);
	return NULL;
}

static uint8_t *read_file(const char *path, size_t *n, struct why_error *error)
{
	FILE *file = fopen(path, "rb");
	size_t cap = 1 << 19, got;
	uint8_t *bytes, *larger;

	*n = 0;
	if (!file) {
		why_fail(error, WHY_EFILE, "reading trusted roots from %s: %s", path, strerror(errno));
		return NULL;
	}
	bytes = malloc(cap);
	while (bytes && (got = fread(bytes + *n, 1, cap - *n, file)) > 0) {
		*n += got;
		if (*n < cap)
			continue;
		if (cap >= TRUST_FILE_MAX)
			break;
		larger = realloc(bytes, cap *= 2);
		if (!larger)
			free(bytes);
		bytes = larger;
	}
	if (!bytes || ferror(file)) {
		why_fail(error, WHY_EFILE, "reading trusted roots from %s: %s", path, bytes ? strerror(errno) : "no memory");
		free(bytes);
		bytes = NULL;
	}
	fclose(file);
	return bytes;
}

static struct trust *load(const char *path, bool is_private, struct why_error *error)
{
	size_t n;
	uint8_t *bytes = read_file(path, &n, error);
	struct trust *trust;

	if (!bytes)
		return NULL;
	trust = trust_load_bytes(span_of(bytes, n), is_private, NULL);
	free(bytes);
	if (!trust) {
		why_fail(error, WHY_EFILE, "reading trusted roots from %s: there is no certificate in it", path);
		return NULL;
	}
	trust->path = arena_str(trust->arena, path);
	return trust;
}

struct trust *trust_load_file(const char *path, struct why_error *error)
{
	return load(path, true, error);
}

static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt",
};

/* Where the systems take an administrator's own roots from, one a file. */
static const char *const added_in[] = { "/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors" };

static void note_added_file(struct trust *trust, const char *path)
{
	size_t n_bytes, n;
	uint8_t *bytes = read_file(path, &n_bytes, NULL);
	struct cert **certs;

	if (!bytes)
		return;
	n = cert_read_all(trust->arena, arena_copy(trust->arena, span_of(bytes, n_bytes)), &certs);
	for (size_t i = 0; i < n; i++)
		*arena_push(trust->arena, trust->added, trust->n_added, trust->cap_added) = certs[i];
	free(bytes);
}

static void note_added(struct trust *trust, const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			note_added_file(trust, arena_printf(trust->arena, "%s/%s", directory, entry->d_name));
	}
	if (dir)
		closedir(dir);
}

struct trust *trust_load_system(struct why_error *error)
{
	const char *path = getenv("SSL_CERT_FILE");
	struct trust *trust = NULL;

	if (path && *path)
		return load(path, true, error);
	for (size_t i = 0; i < COUNT_OF(bundles) && !trust; i++)
		trust = load(bundles[i], false, NULL);
	for (size_t i = 0; trust && i < COUNT_OF(added_in); i++)
		note_added(trust, added_in[i]);
	if (trust)
		trust->is_system = true;
	else
		why_fail(error, WHY_EFILE, "reading trusted roots: none of the usual bundles (%s, ...) can be read",
			 bundles[0]);
	return trust;
}

struct trust *trust_load_recalled(const struct transcript_trust *seen)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct trust *trust = arena_new_of(arena, struct trust);
	struct cert **certs = arena_array(arena, struct cert *, seen->n_roots + 1);

	trust->arena = arena;
	trust->is_system = seen->is_system;
	trust->n_all = seen->n_all;
	for (size_t i = 0; i < seen->n_roots; i++) {
		certs[i] = cert_parse(arena, arena_copy(arena, seen->roots[i].der));
		if (!seen->roots[i].is_public)
			*arena_push(arena, trust->added, trust->n_added, trust->cap_added) = certs[i];
	}
	adopt(trust, certs, seen->n_roots);
	return trust;
}

void trust_free(struct trust *trust)
{
	if (trust)
		arena_free(trust->arena);
}

/* ---- asking ----------------------------------------------------------------------------- */

size_t trust_count(const struct trust *trust)
{
	return !trust ? 0 : trust->n_all ? trust->n_all : trust->n;
}

const char *trust_path(const struct trust *trust)
{
	return trust ? trust->path : NULL;
}

bool trust_is_system(const struct trust *trust)
{
	return trust && trust->is_system;
}

const struct cert *trust_at(const struct trust *trust, size_t i)
{
	return trust && i < trust->n ? trust->certs[i] : NULL;
}

static size_t first_at(const struct trust *trust, uint64_t hash)
{
	size_t low = 0, high = trust->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trust->certs[middle]->subject_hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t trust_by_subject(const struct trust *trust, struct span name, const struct cert *const **found)
{
	uint64_t hash;
	size_t at, n = 0;

	*found = NULL;
	if (!trust || name.n == 0)
		return 0;
	hash = name_hash(name);
	at = first_at(trust, hash);
	/* Equal hashes of unequal names do not happen by chance; the first of them decides. */
	while (at + n < trust->n && trust->certs[at + n]->subject_hash == hash &&
	       name_equal(trust->certs[at + n]->subject.raw, name))
		n++;
	*found = &trust->certs[at];
	return n;
}

bool trust_contains(const struct trust *trust, const struct cert *cert)
{
	const struct cert *const *found;
	size_t n = trust_by_subject(trust, cert->subject.raw, &found);

	for (size_t i = 0; i < n; i++) {
		if (cert_equal(found[i], cert))
			return true;
	}
	return false;
}

bool trust_is_public(const struct trust *trust, const struct cert *root)
{
	if (!trust || trust->is_private || !root || !trust_contains(trust, root))
		return false;
	for (size_t i = 0; i < trust->n_added; i++) {
		if (cert_equal(trust->added[i], root))
			return false;
	}
	return true;
}
