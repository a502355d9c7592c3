/* See folder.h. Links to files are followed (certbot's live/ is made of them), links to folders inside of a folder
 * are not: there the same would be seen again, or without end. A file is read once, under its first name. */
#include "scan/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/begin.h"
#include "x509/container.h"

struct id {
	dev_t device;
	ino_t inode;
};

struct walk {
	struct arena *arena;
	struct files_evidence *files;
	struct container_options *options;
	struct id *seen;
	size_t n_seen, cap_seen, n_bytes;
};

static struct file_seen *file_new(struct walk *w, const char *path)
{
	struct file_seen *file = arena_new_of(w->arena, struct file_seen);

	file->path = arena_str(w->arena, path);
	return file;
}

static void file_keep(struct walk *w, struct file_seen *file)
{
	*arena_push(w->arena, w->files->files, w->files->n_files, w->files->cap_files) = file;
}

/* ---- folders ------------------------------------------------------------------------------------------------- */

static bool is_seen(struct walk *w, const struct stat *st)
{
	for (size_t i = 0; i < w->n_seen; i++)
		if (w->seen[i].device == st->st_dev && w->seen[i].inode == st->st_ino)
			return true;
	*arena_push(w->arena, w->seen, w->n_seen, w->cap_seen) = (struct id){ st->st_dev, st->st_ino };
	return false;
}

static bool read_fd(struct walk *w, int fd, size_t size, struct span *bytes)
{
	uint8_t *p = arena_alloc(w->arena, size + 1);
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*bytes = span_of(p, n);
	w->n_bytes += n;
	return true;
}

/* What no certificate's file begins with is not read whole: folders hold other things too. */
static bool is_worth(int fd)
{
	static const char *const words[] = { "-----BEGIN ", "apiVersion" };
	uint8_t head[8192];
	ssize_t n = pread(fd, head, sizeof head, 0);
	struct span text = span_of(head, n > 0 ? (size_t)n : 0);

	if (text.n > 2 && (head[0] == 0x30 || (head[0] >= 0xfe && head[1] >= 0xed) || (head[0] == 0xce && head[1] == 0xce)))
		return true;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_find(text, span_str(words[i])) >= 0)
			return true;
	return false;
}

static void listed_file(struct walk *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct file_seen *file;
	struct span bytes;
	struct stat st;

	if (fd < 0 && (errno == EACCES || errno == EPERM || errno == ENOENT)) {
		file = file_new(w, path);
		file->is_listed = true;
		file->problem = errno == ENOENT ? "a link that leads nowhere" : "it may not be read (run it as its owner, or as root)";
		file_keep(w, file);
	}
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !is_seen(w, &st)) {
		file = file_new(w, path);
		file->is_listed = true;
		file->is_world_readable = st.st_mode & S_IROTH;
		if (st.st_size <= FOLDER_FILE_MAX && is_worth(fd) && read_fd(w, fd, (size_t)st.st_size, &bytes))
			container_read(w->arena, bytes, w->options, file);
		if (file->n_items || file->format)
			file_keep(w, file);
		else
			w->files->n_passed_over++;
	}
	close(fd);
}

static int order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Its entries, sorted; a folder that may not be read is a line of its own. */
static size_t entries_of(struct walk *w, const char *path, const char ***names)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t n = 0, cap = 0;

	*names = NULL;
	if (!dir) {
		struct file_seen *file = file_new(w, path);

		file->is_listed = true;
		file->problem = arena_printf(w->arena, "the folder cannot be read: %s", strerror(errno));
		file_keep(w, file);
		return 0;
	}
	while (n < FOLDER_FILES_MAX && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			*arena_push(w->arena, *names, n, cap) = arena_str(w->arena, entry->d_name);
	closedir(dir);
	if (n > 0)
		qsort(*names, n, sizeof **names, order);
	return n;
}

static bool is_full(struct walk *w)
{
	if (w->n_seen >= FOLDER_FILES_MAX)
		w->files->stopped = "too many files: the rest was not looked at";
	else if (w->n_bytes >= FOLDER_BYTES_MAX)
		w->files->stopped = "too much to read: the rest was not looked at";
	return w->files->stopped != NULL;
}

static void folder_walk(struct walk *w, const char *path, unsigned depth)
{
	const char **names;
	size_t n = entries_of(w, path, &names);

	w->files->n_folders++;
	for (size_t i = 0; i < n && !is_full(w); i++) {
		const char *below = arena_printf(w->arena, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", names[i]);
		struct stat st;

		if (lstat(below, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MAX)
			folder_walk(w, below, depth + 1);
		else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
			listed_file(w, below);
	}
}

/* ---- what was named -------------------------------------------------------------------------------------------- */

static int named_file(struct walk *w, const char *path, struct why_error *error)
{
	struct file_seen *file = file_new(w, path);
	struct span bytes;
	struct stat st;
	int status = file_read(w->arena, path, "file", &bytes, error);

	if (status != 0)
		return status;
	file->is_world_readable = stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH);
	container_read(w->arena, bytes, w->options, file);
	if (file->problem && file->n_items == 0)
		return why_fail(error, WHY_EFILE, "file %s: %s", path, file->problem);
	if (file->n_items == 0)
		return why_fail(error, WHY_EFILE, "file %s: expected certificates, PEM or DER; found none", path);
	for (size_t i = 0; w->options->password && i < file->n_items; i++)
		if (file->items[i].is_encrypted && !file->items[i].is_opened && file->items[i].problem)
			return why_fail(error, WHY_EFILE, "file %s: %s", path, file->items[i].problem);
	file_keep(w, file);
	return 0;
}

int folder_read(const struct why_options *options, struct arena *arena, struct files_evidence **out, struct why_error *error)
{
	struct container_options reading = { .password = options->password, .rounds_left = CONTAINER_ROUNDS };
	struct walk w = { .arena = arena, .files = arena_new_of(arena, struct files_evidence), .options = &reading };
	int status = 0;

	for (size_t i = 0; i < options->n_paths && status == 0; i++) {
		struct stat st;

		if (stat(options->paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			folder_walk(&w, options->paths[i], 0);
		else
			status = named_file(&w, options->paths[i], error);
	}
	if (status == 0 && w.files->n_files == 0)
		status = why_fail(error, WHY_EFILE, "file %s: no certificates, keys, requests or lists in this folder", options->paths[0]);
	*out = w.files;
	return status;
}
