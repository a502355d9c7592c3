/* Which format goes to standard output, and the files of -o: each is written beside its place under
 * another name and renamed, so that nobody ever reads half a report. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* Endings of file names, where they are not the format's own name. */
static const struct { const char *ending, *format; } endings[] = {
	{ "txt", "text" }, { "htm", "html" }, { "md", "markdown" }, { "jsonl", "ndjson" }, { "xml", "junit" },
};

static const char *format_known(const char *name, size_t n)
{
	const char *format;

	for (size_t i = 0; (format = why_format(i)) != NULL; i++)
		if (strlen(format) == n && strncmp(format, name, n) == 0)
			return format;
	return NULL;
}

static const char *format_of_ending(const char *path)
{
	const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');

	if (!dot || (slash && slash > dot))
		return NULL;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (strcasecmp(dot + 1, endings[i].ending) == 0)
			return endings[i].format;
	return format_known(dot + 1, strlen(dot + 1));
}

/* "FILE" or "FORMAT:FILE". */
static const char *output_read(const char *value, const char **path)
{
	const char *colon = strchr(value, ':');
	const char *format = colon ? format_known(value, (size_t)(colon - value)) : NULL;

	*path = format ? colon + 1 : value;
	return format ? format : format_of_ending(value);
}

/* What the i-th option asks for on standard output, "-" as elsewhere; NULL: nothing. */
static const char *format_of_given(const struct given *given)
{
	const char *path, *format;

	if (given->option->kind == KIND_JSON || given->option->kind == KIND_FORMAT)
		return given->option->name;
	if (given->option->kind != KIND_OUTPUT)
		return NULL;
	format = output_read(given->value, &path);
	return format && strcmp(path, "-") == 0 ? format : NULL;
}

const char *format_of(const struct invocation *in, const char *fallback)
{
	const char *found = NULL;

	for (size_t i = 0; i < in->n_given; i++) {
		const char *format = format_of_given(&in->given[i]);

		if (!format)
			continue;
		if (found && strcmp(found, format) != 0) {
			complain("--%s and --%s: only one format goes to standard output; write others to files with -o", found, format);
			return NULL;
		}
		found = format;
	}
	return found ? found : fallback;
}

/* A word before a colon that is no format is one mistyped; a file of that name is written ./WORD:... */
static bool is_mistyped(const char *value)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz-");

	return n > 1 && value[n] == ':' && !format_known(value, n);
}

static int format_complain(const char *value)
{
	char safe[256], names[256] = "";
	const char *format;

	for (size_t i = 0; (format = why_format(i)) != NULL; i++)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", *names ? ", " : "", format);
	if (is_mistyped(value))
		return complain("--output %s: \"%.*s\" is no format; expected one of %s", why_escape(safe, sizeof safe, value),
				(int)(strchr(value, ':') - value), value, names);
	return complain("--output %s: expected a name that ends in .json, .html, .csv, .md, .txt, .sarif, .ndjson or .xml, or FORMAT:FILE "
			"with one of %s", *value ? why_escape(safe, sizeof safe, value) : "\"\"", names);
}

/* Where a path leads, by the real name of its folder; NULL for what is no regular file, which two may share, and where there is
 * no such folder, which writing will tell. */
static char *place_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder, *place = NULL, *real;
	struct stat there;

	if (stat(path, &there) == 0)
		return S_ISREG(there.st_mode) ? realpath(path, NULL) : NULL;
	folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	real = folder ? realpath(folder, NULL) : NULL;
	if (real && asprintf(&place, "%s/%s", real, slash ? slash + 1 : path) < 0)
		place = NULL;
	free(real);
	free(folder);
	return place;
}

static bool is_same_file(const char *a, const char *b)
{
	char *place_a = place_of(a), *place_b = place_of(b);
	bool is_same = place_a && place_b && strcmp(place_a, place_b) == 0;

	free(place_a);
	free(place_b);
	return is_same;
}

/* The later would take the place of the earlier. */
static int shared_check(const struct invocation *in, size_t i, const char *path)
{
	const char *earlier;
	char safe[256];

	for (size_t k = 0; k < i; k++) {
		if (in->given[k].option->kind != KIND_OUTPUT)
			continue;
		output_read(in->given[k].value, &earlier);
		if (is_same_file(path, earlier))
			return complain("--output %s: named twice; one report goes to one file", why_escape(safe, sizeof safe, path));
	}
	return 0;
}

/* Told before anything is sent: an audit may take minutes. */
static int place_check(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	struct stat there;
	char safe[256];
	int status = 0;

	if (!folder)
		return complain("out of memory");
	if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
		errno = EISDIR;
	else if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		errno = access(path, W_OK) == 0 ? 0 : errno;
	else
		errno = access(folder, W_OK | X_OK) == 0 ? 0 : errno;
	if (errno)
		status = complain("--output %s: cannot be written: %m", why_escape(safe, sizeof safe, path));
	free(folder);
	return status;
}

int outputs_check(const struct invocation *in)
{
	for (size_t i = 0; i < in->n_given; i++) {
		const char *value = in->given[i].value, *path;
		int status;

		if (in->given[i].option->kind != KIND_OUTPUT)
			continue;
		if (!output_read(value, &path) || !*path || is_mistyped(value))
			return format_complain(value);
		if (strcmp(path, "-") == 0)
			continue;
		status = shared_check(in, i, path);
		if (status == 0)
			status = place_check(path);
		if (status != 0)
			return status;
	}
	return 0;
}

static int whole_write(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = write(fd, text, n);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -1;
		text += sent;
		n -= (size_t)sent;
	}
	return 0;
}

/* A device or pipe (/dev/stderr) is no place to rename to. */
static int direct_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int status = fd < 0 ? -1 : whole_write(fd, text, strlen(text));

	if (fd >= 0 && close(fd) != 0)
		status = -1;
	return status;
}

static int file_write(const char *path, const char *text)
{
	char temporary[4096];
	mode_t mask = umask(0);
	struct stat there;
	int fd, status;

	umask(mask);
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		return direct_write(path, text);
	if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	status = whole_write(fd, text, strlen(text));
	if (status == 0)
		status = fchmod(fd, 0666 & ~mask);
	if (close(fd) != 0)
		status = -1;
	if (status == 0)
		status = rename(temporary, path);
	if (status != 0) {
		int error = errno;

		unlink(temporary);
		errno = error;
	}
	return status;
}

int outputs_write(const struct invocation *in, const struct why_report *report)
{
	/* A file is no terminal: wide enough for tables, plain. */
	struct why_style style = { .width = 120, .unicode = 1, .verbose = in->is[KIND_VERBOSE] };

	for (size_t i = 0; i < in->n_given; i++) {
		const char *path, *format;
		char safe[256], *text;
		int status;

		if (in->given[i].option->kind != KIND_OUTPUT)
			continue;
		format = output_read(in->given[i].value, &path);
		if (strcmp(path, "-") == 0)     /* format_of() has seen to it */
			continue;
		text = why_report_render(report, format, &style);
		if (!text)
			return complain("out of memory");
		status = file_write(path, text);
		why_free(text);
		if (status != 0)
			return complain("--output %s: cannot be written: %m", why_escape(safe, sizeof safe, path));
	}
	return 0;
}
