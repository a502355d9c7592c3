/* See conf.h. */
#include "server/conf.h"
#include "server/edit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/openat2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files --------------------------------------------------------------------------------------------- */

static bool read_whole(struct conf *conf, int fd, size_t size, struct span *text)
{
	char *bytes = arena_alloc(conf->arena, size + 1);
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, bytes + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*text = span_of(bytes, n);
	return true;
}

int conf_open(const struct conf *conf, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	int root, fd, saved;

	if (!conf->root_dir)
		return open(path, flags | O_CLOEXEC);
	root = open(conf->root_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
	saved = errno;
	close(root);
	errno = saved;
	return fd;
}

bool conf_stat(const struct conf *conf, const char *path, struct stat *st)
{
	int fd = conf->root_dir ? conf_open(conf, path, O_PATH) : -1;
	bool good;

	if (!conf->root_dir)
		return stat(path, st) == 0;
	if (fd < 0)
		return false;
	good = fstat(fd, st) == 0;
	close(fd);
	return good;
}

bool conf_exists(const struct conf *conf, const char *path)
{
	struct stat st;

	return conf_stat(conf, path, &st);
}

/* Devices and pipes are not opened for reading: they might block. */
bool conf_load(struct conf *conf, const char *path, struct span *text)
{
	struct server_evidence *s = conf->server;
	struct stat st;
	bool good = false;
	int fd, saved;

	if (s->n_files >= CONF_FILES_MAX)
		return errno = EMFILE, false;
	fd = conf_open(conf, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	errno = EINVAL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_size > CONF_BYTES_MAX || conf->bytes + (size_t)st.st_size > CONF_BYTES_MAX))
		errno = EFBIG;
	else if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= CONF_BYTES_MAX && conf->bytes + (size_t)st.st_size <= CONF_BYTES_MAX) {
		good = read_whole(conf, fd, (size_t)st.st_size, text);
		conf->bytes += text->n;
	}
	saved = errno;
	close(fd);
	errno = saved;
	if (good)
		*arena_push(conf->arena, s->files, s->n_files, s->cap_files) = arena_str(conf->arena, path);
	return good;
}

const char *conf_path(const struct conf *conf, const char *base, const char *path)
{
	if (path[0] == '/' || !base || !base[0])
		return path;
	return arena_printf(conf->arena, "%s%s%s", base, base[strlen(base) - 1] == '/' ? "" : "/", path);
}

size_t conf_glob(struct conf *conf, const char *pattern, const char *const **paths)
{
	glob_t found = { .gl_pathc = 0 };
	size_t n_root = conf->root_dir ? strlen(conf->root_dir) : 0;
	const char **all = NULL;
	size_t n = 0, cap = 0;

	*paths = NULL;
	if (conf->root_dir)
		pattern = arena_printf(conf->arena, "%s%s%s", conf->root_dir, pattern[0] == '/' ? "" : "/", pattern);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && n < CONF_FILES_MAX; i++)
			*arena_push(conf->arena, all, n, cap) = arena_str(conf->arena, found.gl_pathv[i] + n_root);
	globfree(&found);
	*paths = all;
	return n;
}

const char *conf_folder(struct conf *conf, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : arena_strn(conf->arena, path, (size_t)(slash - path));
}

/* ---- the tree ------------------------------------------------------------------------------------------ */

struct conf_node *conf_node_new(struct conf *conf, struct conf_node *parent, const char *file, unsigned line)
{
	struct conf_node *node = arena_new_of(conf->arena, struct conf_node);

	node->at = (struct server_place){ file, line };
	node->parent = parent;
	conf->n_nodes++;
	if (!parent)
		return node;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	return node;
}

bool conf_is_full(struct conf *conf, const char *file)
{
	if (conf->n_nodes < CONF_NODES_MAX)
		return false;
	if (!conf->is_full)
		conf_unread(conf, "%s: more than %d directives: what comes then was not read", file, (int)CONF_NODES_MAX);
	conf->is_full = true;
	return true;
}

void conf_word_add(struct conf *conf, struct conf_node *node, const char *word)
{
	if (!node->words) {
		node->cap_words = 4;
		node->words = arena_array(conf->arena, const char *, node->cap_words);
	}
	/* Room for the NULL at the end as well. */
	node->words = arena_grow(conf->arena, node->words, node->n_words + 1, &node->cap_words, sizeof *node->words);
	node->words[node->n_words++] = word;
	node->words[node->n_words] = NULL;
}

const char *conf_word(const struct conf_node *node, size_t i)
{
	return i < node->n_words ? node->words[i] : "";
}

bool conf_is(const struct conf_node *node, const char *name)
{
	return strcasecmp(conf_word(node, 0), name) == 0;
}

bool conf_has_word(const struct conf_node *node, const char *word)
{
	for (size_t i = 1; i < node->n_words; i++)
		if (strcasecmp(node->words[i], word) == 0)
			return true;
	return false;
}

const struct conf_node *conf_last(const struct conf_node *in, const char *name)
{
	const struct conf_node *found = NULL;

	for (const struct conf_node *n = in ? in->first : NULL; n; n = n->next)
		if (conf_is(n, name))
			found = n;
	return found;
}

const struct conf_node *conf_inherited(const struct conf_node *in, const char *name)
{
	const struct conf_node *found = NULL;

	for (; in && !found; in = in->parent)
		found = conf_last(in, name);
	return found;
}

/* ---- what is found ------------------------------------------------------------------------------------- */

struct server_fault *conf_fault(struct conf *conf, const char *cause, struct server_place at, const char *title)
{
	struct server_evidence *s = conf->server;
	struct server_fault *f;

	if (s->n_faults >= 256)
		return arena_new_of(conf->arena, struct server_fault);
	f = arena_push(conf->arena, s->faults, s->n_faults, s->cap_faults);
	*f = (struct server_fault){ .cause = cause, .at = at, .title = title };
	return f;
}

void conf_fault_line(struct conf *conf, struct server_fault *fault, const char *fmt, ...)
{
	va_list ap;

	if (fault->n_lines >= COUNT_OF(fault->lines))
		return;
	va_start(ap, fmt);
	fault->lines[fault->n_lines++] = arena_vprintf(conf->arena, fmt, ap);
	va_end(ap);
}

void conf_unread(struct conf *conf, const char *fmt, ...)
{
	struct server_evidence *s = conf->server;
	va_list ap;

	if (s->n_unread >= 64)
		return;
	va_start(ap, fmt);
	*arena_push(conf->arena, s->unread, s->n_unread, s->cap_unread) = arena_vprintf(conf->arena, fmt, ap);
	va_end(ap);
}

/* ---- blocks and sockets -------------------------------------------------------------------------------- */

struct server_block *conf_block_new(struct conf *conf, struct server_place at)
{
	struct server_evidence *s = conf->server;
	struct server_block *block = arena_new_of(conf->arena, struct server_block);

	block->at = at;
	*arena_push(conf->arena, s->blocks, s->n_blocks, s->cap_blocks) = block;
	return block;
}

struct server_bind *conf_bind_add(struct conf *conf, struct server_block *block, struct server_place at)
{
	struct server_bind *bind = arena_push(conf->arena, block->binds, block->n_binds, block->cap_binds);

	*bind = (struct server_bind){ .at = at };
	return bind;
}

static bool port_read(const char *text, uint16_t *port)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || (*end && *end != '-') || v > 65535)
		return strcmp(text, "*") == 0 ? (*port = 0, true) : false;
	*port = (uint16_t)v;
	return true;
}

static void address_set(struct conf *conf, struct server_bind *bind, const char *text)
{
	unsigned char any[16] = { 0 }, got[16];

	bind->address = NULL;
	if (strcmp(text, "*") == 0 || text[0] == '\0')
		return;
	bind->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(bind->family, text, got) != 1) {
		bind->address = arena_str(conf->arena, conf->server->kind != SERVER_APACHE && strcasecmp(text, "localhost") == 0 ? "127.0.0.1" : text);
		return;
	}
	if (memcmp(any, got, bind->family == AF_INET ? 4 : 16) != 0)
		bind->address = inet_ntop(bind->family, got, arena_alloc(conf->arena, INET6_ADDRSTRLEN), INET6_ADDRSTRLEN);
}

bool conf_bind_parse(struct conf *conf, const char *text, uint16_t port, struct server_bind *bind)
{
	const char *colon;

	bind->port = port;
	if (strchr(text, '/') || strncasecmp(text, "unix:", 5) == 0 || strncmp(text, "fd@", 3) == 0 || strncmp(text, "abns@", 5) == 0)
		return false;
	if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (!end)
			return false;
		address_set(conf, bind, arena_strn(conf->arena, text + 1, (size_t)(end - text - 1)));
		bind->family = AF_INET6;
		return end[1] != ':' || port_read(end + 2, &bind->port);
	}
	if (port_read(text, &bind->port) && strcmp(text, "*") != 0)
		return true;
	bind->port = port;
	colon = strrchr(text, ':');
	if (colon && !port_read(colon + 1, &bind->port))
		return false;
	address_set(conf, bind, colon ? arena_strn(conf->arena, text, (size_t)(colon - text)) : text);
	return true;
}

const char *conf_variable(struct conf *conf, pid_t pid, const char *name)
{
	char *line = NULL;
	const char *value = NULL;
	size_t cap = 0, n = strlen(name);
	FILE *file = fopen(arena_printf(conf->arena, "/proc/%d/environ", (int)pid), "re");

	while (file && !value && getdelim(&line, &cap, '\0', file) > 0)
		if (strncmp(line, name, n) == 0 && line[n] == '=')
			value = arena_str(conf->arena, line + n + 1);
	free(line);
	if (file)
		fclose(file);
	return value;
}

bool conf_name_match(const char *pattern, const char *name)
{
	size_t n_pattern = strlen(pattern), n = strlen(name);

	if (n_pattern > 1 && pattern[0] == '*')
		return n > n_pattern - 1 && strcasecmp(name + n - (n_pattern - 1), pattern + 1) == 0;
	if (n_pattern > 1 && pattern[n_pattern - 1] == '*')
		return n > n_pattern - 1 && strncasecmp(name, pattern, n_pattern - 1) == 0;
	return strcasecmp(pattern, name) == 0;
}

void conf_splice(struct conf_node *node, struct conf_node *before, struct conf_node *of)
{
	struct conf_node *parent = node->parent, *first = of->first ? of->first : node->next;

	for (struct conf_node *n = of->first; n; n = n->next)
		n->parent = parent;
	if (of->last)
		of->last->next = node->next;
	if (before)
		before->next = first;
	else
		parent->first = first;
	if (parent->last == node)
		parent->last = of->last ? of->last : before;
}

/* ---- what several readers ask -------------------------------------------------------------------------- */

const struct server_bind *conf_bind_for(const struct server_block *block, const struct server_choice *choice, bool wants_address)
{
	for (size_t i = 0; i < block->n_binds; i++) {
		const struct server_bind *b = &block->binds[i];

		if ((b->port && b->port != choice->port) || (b->address != NULL) != wants_address)
			continue;
		if (choice->family && b->family && b->family != choice->family && !(b->family == AF_INET6 && !b->address && !b->is_v6_only))
			continue;
		if (!wants_address || (choice->address && strcmp(b->address, choice->address) == 0))
			return b;
	}
	return NULL;
}

static bool listens(const struct host_evidence *host, const char *address, uint16_t port)
{
	for (size_t i = 0; i < host->n_listeners; i++) {
		const struct host_listener *l = &host->listeners[i];

		if (l->port == port && (l->is_any || strcmp(l->address, address) == 0))
			return true;
	}
	return false;
}

static bool is_service(struct conf *conf, const char *unit)
{
	static const char *const folders[] = { "/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system" };

	for (size_t i = 0; i < COUNT_OF(folders); i++)
		if (conf_exists(conf, arena_printf(conf->arena, "%s/%s.service", folders[i], unit)))
			return true;
	return false;
}

/* "/run/php/php8.1-fpm.sock": another version's socket that is there, or the service of the socket's name. */
static const char *socket_fix(struct conf *conf, struct server_place at, const char *path)
{
	const char *base = strrchr(path, '/') + 1, *pattern = "", *line, *unit = arena_strn(conf->arena, base, strcspn(base, ".") + (strstr(base, "-fpm") ? strcspn(base + strcspn(base, "."), "-") : 0));
	const struct conf_node *n = edit_node(conf, at, NULL);
	const char *const *paths;
	size_t n_paths;
	bool was_digit = false;

	for (const char *p = path; *p; p++) {
		bool is_digit = (*p >= '0' && *p <= '9') || (was_digit && *p == '.' && p[1] >= '0' && p[1] <= '9');

		if (!is_digit || !was_digit)
			pattern = arena_printf(conf->arena, "%s%c", pattern, is_digit ? '*' : *p);
		was_digit = is_digit;
	}
	n_paths = strchr(pattern, '*') ? conf_glob(conf, pattern, &paths) : 0;
	line = n && n_paths ? edit_line_part(conf, n, path, paths[n_paths - 1]) : NULL;
	if (line)
		return edit_then(conf, edit_write(conf, at, line));
	if (strchr(base, '.'))
		unit = arena_strn(conf->arena, base, (size_t)(strrchr(base, '.') - base));
	if (is_service(conf, unit))
		return arena_printf(conf->arena, "Run `systemctl start %s`; `systemctl status %s` says why it does not run.", edit_shell(conf->arena, unit), edit_shell(conf->arena, unit));
	return arena_printf(conf->arena, "Start the application that listens on %s, or correct the path at %s:%u.", path, at.file, at.line);
}

/* The application listens on the port, but at another address: [::1] for "localhost", or the address of a network. */
static const char *backend_fix(struct conf *conf, struct server_place at, const struct server_bind *to)
{
	const struct conf_node *n = edit_node(conf, at, NULL);
	const char *old = arena_printf(conf->arena, "%s%s%s:%u", to->family == AF_INET6 ? "[" : "", to->address, to->family == AF_INET6 ? "]" : "", to->port);

	for (size_t i = 0; n && i < conf->host->n_listeners; i++) {
		const struct host_listener *l = &conf->host->listeners[i];
		bool is_v6 = l->family == AF_INET6;
		const char *line;

		if (l->port != to->port)
			continue;
		line = edit_line_part(conf, n, old, arena_printf(conf->arena, "%s%s%s:%u", is_v6 ? "[" : "", l->is_any ? (is_v6 ? "::1" : "127.0.0.1") : l->address, is_v6 ? "]" : "", l->port));
		line = line ? line : edit_line_part(conf, n, arena_printf(conf->arena, "localhost:%u", to->port), arena_printf(conf->arena, "%s%s%s:%u", is_v6 ? "[" : "", l->is_any ? (is_v6 ? "::1" : "127.0.0.1") : l->address,
			is_v6 ? "]" : "", l->port));
		if (line)
			return edit_then(conf, edit_write(conf, at, line));
	}
	return arena_printf(conf->arena, "Start the application that is to listen on %s port %u, or correct the address at %s:%u.", to->address, to->port, at.file, at.line);
}

void conf_backend(struct conf *conf, const char *address, uint16_t port, struct server_place at, bool is_minor)
{
	struct server_bind to = { .port = 0 };
	struct server_fault *f;

	if (strncmp(address, "unix:", 5) == 0) {
		const char *path = strndupa(address + 5, strcspn(address + 5, ":"));

		if (path[0] != '/' || conf_exists(conf, path) || errno != ENOENT)
			return;
		f = conf_fault(conf, "host.backend-down", at, NULL);
		conf_fault_line(conf, f, "%s does not exist: the application that makes it does not run", path);
		f->fix = socket_fix(conf, at, path);
		f->is_minor = is_minor;
		return;
	}
	if (!conf->host || conf->host->listeners_read != TRI_YES || !conf_bind_parse(conf, address, port, &to) || !to.address ||
	    to.port == 0 || (strncmp(to.address, "127.", 4) != 0 && strcmp(to.address, "::1") != 0) || listens(conf->host, to.address, to.port))
		return;
	f = conf_fault(conf, "host.backend-down", at, arena_printf(conf->arena, "The proxy passes requests to %s port %u, where nothing listens", to.address, to.port));
	conf_fault_line(conf, f, "configured: %s", address);
	f->shows = arena_printf(conf->arena, "ss -ltnp 'sport = :%u'", to.port);
	f->fix = backend_fix(conf, at, &to);
	f->is_minor = is_minor;
}

/* A list in OpenSSL's syntax; only what is plainly taken in counts, not what `!` throws out. */
void conf_ciphers_check(struct conf *conf, const char *list, struct server_place at, const char *fix)
{
	static const char *const weak[] = { "RC4", "3DES", "DES", "MD5", "EXP", "EXPORT", "NULL", "eNULL", "aNULL", "ADH", "LOW", "SEED", "IDEA",
					    "DES-CBC3-SHA", "RC4-SHA", "RC4-MD5", "ALL", "COMPLEMENTOFALL" };
	char *save = NULL;
	char *copy = arena_str(conf->arena, list);

	for (char *word = strtok_r(copy, ": ,", &save); word; word = strtok_r(NULL, ": ,", &save)) {
		if (strchr("!-+@", word[0]))
			continue;
		for (size_t i = 0; i < COUNT_OF(weak); i++)
			if (strcmp(word, weak[i]) == 0 || (strncmp(word, weak[i], strlen(weak[i])) == 0 && word[strlen(weak[i])] == '+')) {
				struct server_fault *f = conf_fault(conf, "host.config-weak", at, "The configuration names cipher suites that are broken");

				conf_fault_line(conf, f, "%s in: %s", word, list);
				f->fix = fix;
				f->is_minor = true;
				return;
			}
	}
}

void conf_ciphers_valid(struct conf *conf, const char *list, bool is_tls13, struct server_place at, const char *fix)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool good = !ctx || strchr(list, '$') || (is_tls13 ? SSL_CTX_set_ciphersuites(ctx, list) : SSL_CTX_set_cipher_list(ctx, list)) == 1;

	SSL_CTX_free(ctx);
	ERR_clear_error();
	if (!good) {
		struct server_fault *f = conf_fault(conf, "host.config-invalid", at, "OpenSSL knows no cipher suite of the list");

		conf_fault_line(conf, f, "%s", list);
		conf_fault_line(conf, f, "the server's own test passes it, and then it does not start");
		f->fix = fix;
	}
}
