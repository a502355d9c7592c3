/* See server.h: finds whose configuration it is, reads it, chooses the block, looks at its files. */
#include "server/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "scan/options.h"
#include "server/blocks.h"
#include "server/process_find.h"
#include "server/renewal.h"
#include "x509/cert.h"

static const struct server_reader *const readers[] = { &server_nginx, &server_apache, &server_haproxy, &server_caddy, &server_stunnel, &server_hitch };

/* ---- whose it is --------------------------------------------------------------------------------------- */

static const struct server_reader *reader_of_kind(const char *kind)
{
	for (size_t i = 0; i < COUNT_OF(readers); i++)
		if (strcasecmp(kind, readers[i]->name) == 0)
			return readers[i];
	return strcasecmp(kind, "apache2") == 0 || strcasecmp(kind, "httpd") == 0 ? &server_apache : NULL;
}

static const struct server_reader *reader_of_process(const struct host_process *p)
{
	const char *base = p->exe ? strrchr(p->exe, '/') : NULL;

	for (size_t i = 0; i < COUNT_OF(readers); i++)
		for (const char *const *name = readers[i]->programs; *name; name++)
			if (strcmp(p->name, *name) == 0 || (base && strcmp(base + 1, *name) == 0))
				return readers[i];
	return NULL;
}

/* A file without --kind: by its name, then by words that only one of them has. */
static const struct server_reader *reader_of_file(struct conf *conf, const char *path)
{
	static const struct { const char *word; const struct server_reader *reader; } words[] = {
		{ "<VirtualHost", &server_apache }, { "SSLEngine", &server_apache }, { "ServerRoot", &server_apache }, { "\nfrontend ", &server_haproxy }, { "\nlisten ", &server_haproxy },
		{ "\ndefaults", &server_haproxy }, { "\nbackend ", &server_haproxy }, { "\"apps\"", &server_caddy }, { "server_name", &server_nginx }, { "http {", &server_nginx }, { "events", &server_nginx },
	};
	struct conf scratch = { .arena = conf->arena, .root_dir = conf->root_dir, .server = arena_new_of(conf->arena, struct server_evidence) };
	struct span text;

	for (size_t i = 0; i < COUNT_OF(readers); i++)
		for (const char *const *name = readers[i]->programs; *name; name++)
			if (strstr(path, *name))
				return readers[i];
	if (!conf_load(&scratch, path, &text))
		return NULL;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_find(text, span_str(words[i].word)) >= 0)
			return words[i].reader;
	return NULL;
}

/* The value of an option of a command line: "-c FILE", "-cFILE", "--config=FILE". nginx writes its line into argv[0]. */
static const char *option_value(struct arena *arena, const struct host_process *p, const char *option)
{
	size_t n = strlen(option);

	for (size_t i = 0; p->argv && i < p->n_argv; i++) {
		const char *word = p->argv[i], *at;

		if (strcmp(word, option) == 0)
			return i + 1 < p->n_argv ? p->argv[i + 1] : NULL;
		if (i > 0 && n == 2 && strncmp(word, option, n) == 0)
			return word + n;
		if (n > 2 && strncmp(word, option, n) == 0 && word[n] == '=')
			return word + n + 1;
		if (i == 0 && (at = strstr(word, arena_printf(arena, " %s ", option))) != NULL)
			return arena_strn(arena, at + n + 2, strcspn(at + n + 2, " "));
	}
	return NULL;
}

static const char *process_folder(struct arena *arena, pid_t pid)
{
	char path[64], to[CONF_PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/cwd", (int)pid);
	n = readlink(path, to, sizeof to - 1);
	return n > 0 ? arena_strn(arena, to, (size_t)n) : "/";
}

/* httpd takes -f FILE from the root that it was built with, not from where it was started. */
static const char *apache_below(struct conf *conf, const char *path)
{
	static const char *const roots[] = { "/etc/apache2", "/etc/httpd", "/usr/local/apache2", "/usr/local" };

	for (size_t i = 0; i < COUNT_OF(roots); i++)
		if (conf_exists(conf, conf_path(conf, roots[i], path)))
			return conf_path(conf, roots[i], path);
	return conf_path(conf, roots[0], path);
}

static const char *config_of_process(struct conf *conf, const struct server_reader *reader, const struct host_process *p)
{
	static const char *const options[] = { "-c", "-f", "--config", "-config", NULL };
	const char *given = NULL, *folder;

	for (size_t i = 0; options[i] && !given; i++)
		if (!(strcmp(options[i], "-c") == 0 && reader->kind != SERVER_NGINX) && !(strcmp(options[i], "-f") == 0 && reader->kind == SERVER_NGINX))
			given = option_value(conf->arena, p, options[i]);
	if (!given && reader->kind == SERVER_STUNNEL && p->n_argv > 1)
		given = p->argv[p->n_argv - 1];
	if (!given)
		return reader->config_left ? reader->config_left(conf, p) : NULL;
	if (reader->kind == SERVER_APACHE && given[0] != '/' && !option_value(conf->arena, p, "-d"))
		return apache_below(conf, given);
	folder = option_value(conf->arena, p, reader->kind == SERVER_APACHE ? "-d" : reader->kind == SERVER_NGINX ? "-p" : "-C");
	return conf_path(conf, folder ? folder : process_folder(conf->arena, p->pid), given);
}

/* HAProxy takes several: "-f FILE -f FOLDER", and whatever stands behind "--". */
static void configs_more(struct conf *conf, const struct host_process *p)
{
	const char *folder = option_value(conf->arena, p, "-C");
	bool is_rest = false, is_first = true;

	folder = folder ? folder : process_folder(conf->arena, p->pid);
	for (size_t i = 1; p->argv && i < p->n_argv && conf->n_more_configs < COUNT_OF(conf->more_configs); i++) {
		bool is_file = is_rest || (strcmp(p->argv[i - 1], "-f") == 0);

		if (is_file && !is_first)
			conf->more_configs[conf->n_more_configs++] = conf_path(conf, folder, p->argv[i]);
		is_first = is_first && !is_file;
		is_rest = is_rest || strcmp(p->argv[i], "--") == 0;
	}
}

static const char *config_usual(const struct conf *conf, const struct server_reader *reader)
{
	for (const char *const *path = reader->configs; *path; path++)
		if (conf_exists(conf, *path))
			return *path;
	return NULL;
}

static const struct host_listener *listener_of(const struct host_evidence *host, uint16_t port)
{
	for (size_t i = 0; host && i < host->n_listeners; i++)
		if (host->listeners[i].port == port && host->listeners[i].process && reader_of_process(host->listeners[i].process))
			return &host->listeners[i];
	return NULL;
}

/* The start of a process: ticks since boot in /proc/PID/stat, behind the name, which may hold anything. */
static int64_t started_ns(pid_t pid)
{
	char path[64], line[2048];
	const char *p;
	unsigned long long ticks = 0;
	struct timespec now, boot;
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(line, 1, sizeof line - 1, f);
	fclose(f);
	line[n] = '\0';
	p = strrchr(line, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &ticks) != 1)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	/* To the tick: of whole seconds two clocks make one that is a second off, and files of that second look changed. */
	return (int64_t)(now.tv_sec - boot.tv_sec) * 1000000000 + now.tv_nsec - boot.tv_nsec + (int64_t)(ticks * (1000000000ULL / (unsigned long long)sysconf(_SC_CLK_TCK)));
}

/* A process in a container, or in a chroot, sees other files than we do: those below /proc/PID/root. A mount namespace
 * alone says nothing: systemd gives one to many services that see the same files. */
static const char *root_of_process(struct arena *arena, pid_t pid)
{
	const char *root = arena_printf(arena, "/proc/%d/root", (int)pid);
	struct stat its, ours;

	if (stat(root, &its) != 0 || stat("/", &ours) != 0 || (its.st_dev == ours.st_dev && its.st_ino == ours.st_ino))
		return NULL;
	return root;
}

/* Somebody listens, and the kernel tells us not who. */
static bool owner_is_hidden(const struct conf *conf)
{
	for (size_t i = 0; conf->host && !conf->host->is_root && i < conf->host->n_listeners; i++)
		if (conf->host->listeners[i].port == conf->port && !conf->host->listeners[i].process)
			return true;
	return false;
}

/* Another program has the port: what is configured for a server that lies idle here has no part in what it answers. */
static bool is_taken(const struct conf *conf)
{
	for (size_t i = 0; i < conf->host->n_listeners; i++) {
		const struct host_listener *l = &conf->host->listeners[i];

		if (l->port == conf->port && l->process && !l->socket_unit && !reader_of_process(l->process))
			return true;
	}
	return false;
}

static bool is_server_name(const char *name)
{
	struct host_process p = { .name = name };

	return reader_of_process(&p) != NULL;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return a && stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static const struct server_reader *find(struct conf *conf, const struct why_options *o, const char **path)
{
	const struct server_reader *reader = o->kind ? reader_of_kind(o->kind) : NULL;
	const struct host_listener *l = listener_of(conf->host, conf->port);
	const struct host_process *p = l ? l->process : NULL;
	bool several = false;

	*path = o->config;
	if (o->config) {
		reader = reader ? reader : reader_of_file(conf, o->config);
		if (p && reader && reader == reader_of_process(p) && !conf->root_dir && !root_of_process(conf->arena, p->pid) && is_same_file(config_of_process(conf, reader, p), o->config)) {
			conf->loaded_ns = started_ns(p->pid);
			conf->loaded_by = p->pid;
		}
		return reader;
	}

	if (!p && owner_is_hidden(conf)) {
		p = process_find(conf->arena, is_server_name, &several);
		if (!p && !reader) {
			conf_unread(conf, several ? "several servers run, and which of them has port %u only root may see: say it with --config and --kind" :
						    "who has port %u only root may see: its configuration was not looked for", conf->port);
			return NULL;
		}
	}
	if (p && (!reader || reader == reader_of_process(p))) {
		reader = reader_of_process(p);
		conf->server->pid = p->pid;
		conf->server->reader_uid = p->uid;
		conf->loaded_ns = started_ns(p->pid);
		conf->loaded_by = p->pid;
		conf->server->process_started_unix = conf->loaded_ns / 1000000000;
		conf->root_dir = conf->root_dir ? conf->root_dir : root_of_process(conf->arena, p->pid);
		conf->process = p;
		*path = config_of_process(conf, reader, p);
		if (reader->kind == SERVER_HAPROXY)
			configs_more(conf, p);
	}
	/* Who listens is not known: it may be another than whose files lie here. Below --root there are only files. */
	for (size_t i = 0; !reader && conf->host && ((conf->host->listeners_read == TRI_YES && !is_taken(conf)) || o->root) && i < COUNT_OF(readers); i++)
		if (config_usual(conf, readers[i]))
			reader = readers[i];
	if (reader && !*path)
		*path = config_usual(conf, reader);
	return reader;
}

/* ---- what lies on disk, and who is asked about ---------------------------------------------------------------- */

static void disk_note(struct server_evidence *s)
{
	for (size_t i = 0; s->chosen && i < s->chosen->n_pairs && !s->is_disk_known; i++)
		if (s->chosen->pairs[i].is_read) {
			s->is_disk_known = true;
			memcpy(s->disk_sha256, s->chosen->pairs[i].sha256, sizeof s->disk_sha256);
		}
}

static bool is_address(const char *name)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static struct server_choice choice_of(struct arena *arena, const struct why_options *o, uint16_t port)
{
	struct server_choice c = { .address = o->to, .port = port };

	if (o->to)
		c.family = strchr(o->to, ':') ? AF_INET6 : AF_INET;
	else if (o->ipv4_only || o->ipv6_only)
		c.family = o->ipv6_only ? AF_INET6 : AF_INET;
	/* Clients send no server name for an address. */
	if (o->name && !is_address(o->name)) {
		size_t n = strlen(o->name);

		c.name = n > 1 && o->name[n - 1] == '.' ? arena_strn(arena, o->name, n - 1) : o->name;
	}
	return c;
}

/* Without --to: the address on which the port is open, where it is one alone. */
static void choice_refine(struct server_choice *c, const struct server_evidence *s, const struct host_evidence *host)
{
	const char *only = NULL;
	size_t n_sockets = 0;

	if (c->address)
		return;
	for (size_t i = 0; host && i < host->n_listeners; i++) {
		const struct host_listener *l = &host->listeners[i];

		if (l->port != c->port || (c->family && c->family != l->family))
			continue;
		n_sockets++;
		only = l->is_any ? NULL : l->address;
	}
	if (n_sockets == 1 && only) {
		c->address = only;
		c->family = strchr(only, ':') ? AF_INET6 : AF_INET;
		return;
	}
	only = NULL;
	for (size_t i = 0; i < s->n_blocks; i++)
		for (size_t k = 0; k < s->blocks[i]->n_binds; k++) {
			const struct server_bind *b = &s->blocks[i]->binds[k];

			if (b->port != c->port || (c->family && b->family && b->family != c->family))
				continue;
			if (!b->address)
				return;
			only = only ? only : b->address;
		}
	c->address = only;
	if (only)
		c->family = strchr(only, ':') ? AF_INET6 : AF_INET;
}

const struct server_evidence *server_peer(struct conf *conf, uint16_t port)
{
	struct server_evidence *s = arena_new_of(conf->arena, struct server_evidence);
	struct conf peer = { .arena = conf->arena, .server = s, .host = conf->host, .port = port };
	const struct host_listener *l = listener_of(conf->host, port);
	const struct server_reader *reader = l ? reader_of_process(l->process) : NULL;
	const char *path;

	if (!reader || l->process->pid == conf->server->pid)
		return NULL;
	peer.root_dir = root_of_process(conf->arena, l->process->pid);
	path = config_of_process(&peer, reader, l->process);
	path = path ? path : config_usual(&peer, reader);
	if (!path)
		return NULL;
	s->kind = reader->kind;
	s->kind_name = reader->name;
	s->config = path;
	reader->read(&peer, path);
	return s;
}

/* "nginx version: nginx/1.22.1", "Server version: Apache/2.4.62 (Debian)", "HAProxy version 2.6.12-1 2023/03/28", "stunnel 5.68 on ...",
 * "2.6.2" of Caddy, "hitch 1.7.3": the first number with a dot in it. */
static const char *version_in(struct arena *arena, const char *output)
{
	for (const char *p = output; *p; p++) {
		size_t n = strspn(p, "0123456789.");

		if (n >= 3 && p[0] != '.' && memchr(p, '.', n) && (p == output || strchr(" /v\n", p[-1])))
			return arena_strn(arena, p, p[n - 1] == '.' ? n - 1 : n);
		if (n > 0)
			p += n - 1;
	}
	return NULL;
}

/* The program of the process itself, where it is one of those that the reader knows; else the one that is installed. */
static void version_ask(struct conf *conf, const struct server_reader *reader)
{
	const char *output;

	if (conf->root_dir)
		return;
	for (const char *const *name = reader->programs; *name && !conf->server->version; name++) {
		const char *const argv[] = { *name, reader->version_option, NULL };

		if (server_run(conf, argv, &output) >= 0)
			conf->server->version = version_in(conf->arena, output);
	}
}

/* What reading alone took for a slip is none where the server itself takes the file: it knows its syntax better. */
static void syntax_forget(struct server_evidence *s, size_t n_syntax)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_faults; i++)
		if (i >= n_syntax || strcmp(s->faults[i].cause, "host.config-invalid") != 0)
			s->faults[kept++] = s->faults[i];
	s->n_faults = kept;
}

int server_look(struct arena *arena, const struct host_evidence *host, const struct why_options *options, const struct trust *trust,
		struct server_evidence **out)
{
	struct server_evidence *s = arena_new_of(arena, struct server_evidence);
	uint16_t port = options->port ? (uint16_t)options->port : 443;
	struct conf conf = { .now_unix = options->has_now ? options->now_unix : time(NULL), .arena = arena, .server = s, .host = host, .trust = trust, .port = port, .name = options->name, .root_dir = options->root };
	struct server_choice choice = choice_of(arena, options, port);
	const struct server_reader *reader;
	const char *path;
	size_t n_syntax;

	*out = NULL;
	if (options->out)
		return 0;
	reader = find(&conf, options, &path);
	if (!reader && s->n_unread)
		*out = s;
	if (!reader)
		return 0;
	s->kind = reader->kind;
	s->kind_name = reader->name;
	*out = s;
	if (!path) {
		conf_unread(&conf, "where the configuration of %s lies is not known: say it with --config", reader->name);
		return 0;
	}
	if (path[0] != '/' && !conf.root_dir) {
		char *cwd = getcwd(NULL, 0);

		path = conf_path(&conf, cwd ? arena_str(arena, cwd) : "/", path);
		free(cwd);
	}
	s->config = path;
	version_ask(&conf, reader);
	reader->read(&conf, path);
	n_syntax = s->n_faults;
	choice_refine(&choice, s, host);
	reader->choose(&conf, &choice);
	server_files(&conf, conf.now_unix);
	server_other_files(&conf);
	disk_note(s);
	server_renewals(&conf, conf.now_unix);
	reader->check(&conf, &choice);
	if (s->is_tested && s->is_valid)
		syntax_forget(s, n_syntax);
	redirects_check(&conf, &choice);
	server_blocks_check(&conf, &choice);
	return 0;
}

void server_served(struct server_evidence *server, const struct evidence *evidence)
{
	const struct visit *v = evidence->visit;
	const struct attempt *main = v && v->best ? v->best->main : NULL;

	if (!server || !main || main->n_chain == 0)
		return;
	server->has_served = true;
	memcpy(server->served_sha256, cert_parse(evidence->arena, main->chain[0])->sha256, sizeof server->served_sha256);
}
