/* See files.h. */
#include "evidence/files.h"

static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* "tls" of "tls.key", "privkey" of certbot's and "fullchain" as the same. */
bool files_are_pair(const char *key, const char *certificate)
{
	static const char *const certbot[] = { "fullchain.", "cert." };
	size_t n = folder_len(key), n_stem;

	if (n != folder_len(certificate) || strncmp(key, certificate, n) != 0)
		return false;
	key += n;
	certificate += n;
	for (size_t i = 0; strncmp(key, "privkey.", 8) == 0 && i < COUNT_OF(certbot); i++)
		if (strncmp(certificate, certbot[i], strlen(certbot[i])) == 0)
			return true;
	n_stem = strcspn(key, ".");
	if (strrchr(key, '.'))
		n_stem = (size_t)(strrchr(key, '.') - key);
	return strncmp(key, certificate, n_stem) == 0 && (certificate[n_stem] == '.' || certificate[n_stem] == '\0');
}

static int nearness(const struct file_seen *file, const struct file_item *item, const struct file_seen *other)
{
	if (file == other)
		return 3;
	return item->kind == ITEM_KEY ? 1 + files_are_pair(file->path, other->path) : 1 + files_are_pair(other->path, file->path);
}

const struct file_item *files_other_half(const struct files_evidence *files, const struct file_seen *file, const struct file_item *item,
					 const struct file_seen **of)
{
	enum file_item_kind wanted = item->kind == ITEM_KEY ? ITEM_CERTIFICATE : ITEM_KEY;
	const struct file_item *found = NULL;
	int best = 0;

	for (size_t i = 0; item->spki.n && i < files->n_files; i++)
		for (size_t k = 0; k < files->files[i]->n_items; k++) {
			const struct file_item *other = &files->files[i]->items[k];

			if (other->kind != wanted || !span_equal(other->spki, item->spki) || nearness(file, item, files->files[i]) <= best)
				continue;
			best = nearness(file, item, files->files[i]);
			*of = files->files[i];
			found = other;
		}
	return found;
}
