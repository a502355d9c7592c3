/* See server.h: finds whose configuration it is, reads it, chooses the block, looks at its files. */
#include "server/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "scan/options.h"
#include "server/conf.h"
#include "server/edit.h"
#include "server/near.h"
#include "server/process_find.h"
#include "server/renewal.h"
#include "x509/name.h"

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

/* ---- what several servers share ------------------------------------------------------------------------- */

struct name_row {
	const char *name;
	const struct server_block *block;
};

static int name_row_order(const void *a, const void *b)
{
	const struct name_row *x = a, *y = b;
	int order = strcasecmp(x->name, y->name);

	return order ? order : (x->block < y->block) - (x->block > y->block);
}

static size_t index_of(const struct server_evidence *s, const struct server_block *block)
{
	size_t i = 0;

	while (i < s->n_blocks && s->blocks[i] != block)
		i++;
	return i;
}

/* The name leaves the block that is never used for it; where it has no other, the block leaves. */
static const char *duplicate_steps(struct conf *conf, const struct server_block *block, const char *name)
{
	static const char *const directives[] = { "server_name", "ServerName", "ServerAlias" };
	const struct conf_node *of = block->of;

	if (conf->server->kind != SERVER_NGINX && conf->server->kind != SERVER_APACHE)
		return arena_printf(conf->arena, "Take %s out of %s:%u", name, block->at.file, block->at.line);
	for (const struct conf_node *n = block->n_names > 1 ? of->first : NULL; n; n = n->next)
		for (size_t i = 0; i < COUNT_OF(directives); i++) {
			if (!conf_is(n, directives[i]) || !conf_has_word(n, name))
				continue;
			if (n->n_words > 2)
				return edit_write(conf, n->at, edit_line_with(conf, n, name, NULL));
			/* ServerName: another name becomes it. */
			for (size_t k = 0; conf_is(n, "ServerName") && k < block->n_names; k++)
				if (strcasecmp(block->names[k], name) != 0)
					return edit_write(conf, n->at, edit_line_with(conf, n, name, block->names[k]));
			return edit_drop(conf, n->at);
		}
	return of->at.file ? edit_drop_block(conf, of) : edit_drop(conf, block->at);
}

static void duplicate_add(struct conf *conf, const struct name_row *a, const struct name_row *b)
{
	struct server_evidence *s = conf->server;
	bool in_order = index_of(s, a->block) < index_of(s, b->block);
	const struct server_block *first = in_order ? a->block : b->block, *second = in_order ? b->block : a->block;
	struct server_fault *f;

	f = conf_fault(conf, "host.duplicate-name", second->name_at ? *second->name_at : second->at,
		       arena_printf(conf->arena, "Two blocks claim the name %s", a->name));
	conf_fault_line(conf, f, "%s:%u has it first and answers", first->at.file, first->at.line);
	conf_fault_line(conf, f, "%s:%u has it again and is never used for it", second->at.file, second->at.line);
	f->is_minor = true;
	f->fix = edit_then(conf, duplicate_steps(conf, second, a->name));
}

static bool is_same_socket(const struct server_block *a, const struct server_block *b, const struct server_choice *c)
{
	for (size_t i = 0; i < a->n_binds; i++)
		for (size_t k = 0; k < b->n_binds; k++) {
			const struct server_bind *x = &a->binds[i], *y = &b->binds[k];

			if ((x->port == c->port || !x->port) && x->port == y->port && x->family == y->family && !x->address == !y->address &&
			    (!x->address || strcmp(x->address, y->address) == 0))
				return true;
		}
	return false;
}

/* Sorted, so that a thousand blocks cost no million comparisons. */
static void duplicates_check(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	struct name_row *rows = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < s->n_blocks; i++)
		for (size_t k = 0; k < s->blocks[i]->n_names && n < 200000; k++)
			if (s->blocks[i]->names[k][0] && !s->blocks[i]->is_sni_only && strcmp(s->blocks[i]->names[k], "_") != 0)
				*arena_push(conf->arena, rows, n, cap) = (struct name_row){ s->blocks[i]->names[k], s->blocks[i] };
	if (n < 2)
		return;
	qsort(rows, n, sizeof *rows, name_row_order);
	for (size_t i = 0; i + 1 < n; i++)
		if (strcasecmp(rows[i].name, rows[i + 1].name) == 0 && rows[i].block != rows[i + 1].block &&
		    is_same_socket(rows[i].block, rows[i + 1].block, c))
			duplicate_add(conf, &rows[i], &rows[i + 1]);
}

static bool pair_covers(const struct server_pair *pair, const char *name)
{
	for (size_t i = 0; i < pair->n_names; i++)
		if (host_matches(span_str(pair->names[i]), span_str(name), HOST_MATCH_STRICT))
			return true;
	return false;
}

/* ---- a name that nobody serves --------------------------------------------------------------------------- */

static const char *add_name(struct conf *conf, const struct server_block *b, const char *name)
{
	const struct conf_node *of = b->of;

	for (const struct conf_node *n = of->first; n; n = n->next)
		if (conf_is(n, "server_name") || conf_is(n, "ServerAlias"))
			return edit_write(conf, n->at, edit_line_with(conf, n, NULL, name));
	if (conf->server->kind == SERVER_NGINX)
		return edit_into(conf, of, arena_printf(conf->arena, "server_name %s;", name));
	if (!of->at.file && !conf_last(of, "ServerName"))
		return edit_below(conf, b->at, arena_printf(conf->arena, "ServerName %s", name));
	return conf_last(of, "ServerName") ? edit_below(conf, conf_last(of, "ServerName")->at, arena_printf(conf->arena, "ServerAlias %s", name)) :
					     edit_into(conf, of, arena_printf(conf->arena, "ServerName %s", name));
}

/* A block of its own behind the one that answers now, on the same socket. */
static const char *new_block(struct conf *conf, const struct server_choice *c, const struct near_pair *pair)
{
	const struct server_block *b = conf->server->chosen;
	const struct conf_node *of = b->of, *listen = NULL;
	struct server_place end = of->at.file ? (struct server_place){ of->at.file, of->end_line ? of->end_line : of->at.line } : b->at;
	const struct server_bind *bind = conf_bind_for(b, c, true);
	const char *text;

	bind = bind ? bind : conf_bind_for(b, c, false);
	if (conf->server->kind == SERVER_NGINX) {
		listen = bind ? edit_node(conf, bind->at, "listen") : NULL;
		text = arena_printf(conf->arena, "server { %s server_name %s; ssl_certificate %s; ssl_certificate_key %s; }",
				    listen ? edit_line_with(conf, listen, "default_server", NULL) : arena_printf(conf->arena, "listen %u ssl;", c->port), c->name, edit_word(conf, pair->cert_path),
				    edit_word(conf, pair->key_path));
	} else {
		text = arena_printf(conf->arena, "%s\nServerName %s\nSSLEngine on\nSSLCertificateFile %s\nSSLCertificateKeyFile %s\n</VirtualHost>",
				    conf_is(of, "VirtualHost") ? edit_line(conf, of) : arena_printf(conf->arena, "<VirtualHost *:%u>", c->port), c->name, edit_word(conf, pair->cert_path), edit_word(conf, pair->key_path));
	}
	return edit_below(conf, end, text);
}

static const char *haproxy_name(struct conf *conf, const struct server_choice *c, const char *path)
{
	const struct server_evidence *s = conf->server;
	const struct conf_node *bind;
	const struct server_block *any = s->chosen;

	for (size_t i = 0; !any && i < s->n_blocks; i++)
		if (conf_bind_for(s->blocks[i], c, true) || conf_bind_for(s->blocks[i], c, false))
			any = s->blocks[i];
	if (!any || any->n_binds == 0)
		return NULL;
	bind = edit_node(conf, any->binds[0].at, "bind");
	if (bind && any->at.line == any->binds[0].at.line && strcmp(any->at.file, any->binds[0].at.file) == 0)
		return edit_write(conf, bind->at, arena_printf(conf->arena, "%s crt %s", edit_line(conf, bind), edit_word(conf, path)));
	return edit_below(conf, any->at, arena_printf(conf->arena, "%s %s", path, c->name));
}

/* NULL: the catalogue's words. */
static const char *name_fix(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	bool is_one_file = s->kind == SERVER_HAPROXY;
	const char *steps = NULL;
	struct near_pair near;

	if ((s->kind != SERVER_NGINX && s->kind != SERVER_APACHE && !is_one_file) || strcspn(c->name, "`'\"\\ \t\n;{}$#<>") != strlen(c->name))
		return NULL;
	for (size_t i = 0; !is_one_file && i < s->n_blocks; i++) {
		struct server_block *b = s->blocks[i];
		bool covers = false;

		for (size_t k = 0; k < b->n_pairs; k++) {
			server_pair_read(conf, &b->pairs[k]);
			covers |= b->pairs[k].is_read && pair_covers(&b->pairs[k], c->name);
		}
		if (covers && (conf_bind_for(b, c, true) || conf_bind_for(b, c, false)))
			return edit_then(conf, add_name(conf, b, c->name));
	}
	if (!is_one_file && (!s->chosen || !s->chosen->of))
		return NULL;
	if (near_certificate(conf, s->chosen && s->chosen->n_pairs ? s->chosen->pairs[0].cert_path : s->config, c->name, conf->now_unix, is_one_file, &near))
		steps = is_one_file ? haproxy_name(conf, c, near.cert_path) : new_block(conf, c, &near);
	else
		near = (struct near_pair){ arena_printf(conf->arena, "/etc/letsencrypt/live/%s/fullchain.pem", c->name), arena_printf(conf->arena, "/etc/letsencrypt/live/%s/privkey.pem", c->name) };
	if (!steps && !is_one_file)
		return arena_printf(conf->arena, "No certificate for %s was found here: have one issued (`certbot certonly -d %s`, or as the others are). %s", c->name, c->name,
				    edit_then(conf, new_block(conf, c, &near)));
	return steps ? edit_then(conf, steps) : NULL;
}

static void served_check(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	struct server_fault *f;

	if (!c->name || s->undecided || s->n_blocks == 0)
		return;
	if (s->chosen && s->chosen->refuses_because) {
		f = conf_fault(conf, "host.name-not-served", s->chosen->at, arena_printf(conf->arena, "The server refuses handshakes for the name %s", c->name));
		conf_fault_line(conf, f, "%s:%u answers: %s", s->chosen->at.file, s->chosen->at.line, s->chosen_because);
		conf_fault_line(conf, f, "%s", s->chosen->refuses_because);
		f->fix = name_fix(conf, c);
		return;
	}
	if (s->chosen && s->chosen_name)
		return;
	for (size_t i = 0; s->chosen && i < s->chosen->n_pairs; i++)
		if (!s->chosen->pairs[i].is_read || pair_covers(&s->chosen->pairs[i], c->name))
			return;
	if (s->chosen && s->chosen->n_pairs == 0)
		return;
	f = conf_fault(conf, "host.name-not-served", s->chosen ? s->chosen->at : (struct server_place){ s->config, 0 },
		       arena_printf(conf->arena, "No block of %s serves the name %s", s->kind_name, c->name));
	if (s->chosen)
		conf_fault_line(conf, f, "%s:%u answers instead: %s", s->chosen->at.file, s->chosen->at.line, s->chosen_because);
	else
		conf_fault_line(conf, f, "%s", s->chosen_because ? s->chosen_because : "no block listens there");
	if (s->chosen && s->chosen->n_pairs > 0 && s->chosen->pairs[0].n_names > 0)
		conf_fault_line(conf, f, "its certificate is for %s", s->chosen->pairs[0].names[0]);
	f->fix = name_fix(conf, c);
}

static const char *proxy_protocol_off(struct conf *conf, const struct server_bind *b)
{
	const struct conf_node *n = edit_node(conf, b->at, conf->server->kind == SERVER_NGINX ? "listen" : conf->server->kind == SERVER_HAPROXY ? "bind" : NULL);
	const char *word = n && conf_has_word(n, "accept-proxy") ? "accept-proxy" : "proxy_protocol";

	return n && conf_has_word(n, word) ? edit_write(conf, b->at, edit_line_with(conf, n, word, NULL)) :
					     arena_printf(conf->arena, "%s:%u: take the PROXY protocol out", b->at.file, b->at.line);
}

static void proxy_protocol_check(struct conf *conf, const struct server_choice *c)
{
	const struct server_evidence *s = conf->server;
	const struct server_bind *b;
	struct server_fault *f;

	if (!s->chosen)
		return;
	b = conf_bind_for(s->chosen, c, true);
	b = b ? b : conf_bind_for(s->chosen, c, false);
	if (!b || !b->is_proxy_protocol)
		return;
	f = conf_fault(conf, "host.proxy-protocol-mismatch", b->at, "The server waits for the PROXY protocol on this socket");
	conf_fault_line(conf, f, "%s:%u: connections that do not begin with a PROXY header are closed", b->at.file, b->at.line);
	f->fix = edit_then(conf, arena_printf(conf->arena, "%s (or have what stands before this server send it)", proxy_protocol_off(conf, b)));
	f->is_minor = true;
}

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

static struct server_choice choice_of(struct arena *arena, const struct host_evidence *host, const struct why_options *o, uint16_t port)
{
	struct server_choice c = { .address = o->to, .port = port };

	(void)host;
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
	struct server_choice choice = choice_of(arena, host, options, port);
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
	duplicates_check(&conf, &choice);
	served_check(&conf, &choice);
	proxy_protocol_check(&conf, &choice);
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
