/* Apache httpd: its configuration and which VirtualHost answers. One directive a line, `\` joins lines, sections in
 * angle brackets; IfModule and IfDefine are followed as far as Define and LoadModule tell. Relative paths begin at
 * ServerRoot. Names are matched within the set of VirtualHosts that share the most specific address, in order, the first
 * being the default ("An In-Depth Discussion of Virtual Host Matching"). Keys are read as root at the start. */
#include "server/conf.h"
#include "server/edit.h"
#include "server/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VARIABLES_MAX = 256, INCLUDES_MAX = 1024, FOLDERS_MAX = 2048, MACROS_MAX = 128, USES_MAX = 4096 };

struct variables {
	const char *names[VARIABLES_MAX], *values[VARIABLES_MAX];
	size_t n;
	const struct conf_node *macros[MACROS_MAX];     /* <Macro NAME PARAMETER...>, of mod_macro */
	size_t n_macros, n_uses;
	bool has_ssl;           /* mod_ssl is loaded, or it is not known */
};

static void invalid(struct conf *conf, const char *file, unsigned line, const char *what, const char *steps)
{
	struct server_fault *f = conf_fault(conf, "host.config-invalid", (struct server_place){ file, line }, NULL);

	conf_fault_line(conf, f, "%s:%u: %s", file, line, what);
	f->is_syntax = true;
	if (steps)
		f->fix = edit_then(conf, steps);
}

/* The end of a section goes below the last line that is its own. */
static const char *close_steps(const struct conf *conf, const struct conf_node *in, unsigned before)
{
	struct server_place at = { in->at.file, before };
	const char *end = arena_printf(conf->arena, "</%s>", conf_word(in, 0));
	unsigned last = in->at.line;

	if (before)
		return edit_above(conf, at, end);
	for (const struct conf_node *n = in->first; n; n = n->next)
		if (strcmp(n->at.file, at.file) == 0)
			last = n->end_line > n->at.line ? n->end_line : n->at.line;
	at.line = last;
	return edit_below(conf, at, end);
}

/* ---- syntax -------------------------------------------------------------------------------------------- */

/* The ">" that ends a section's line, whatever blanks follow it. */
static bool is_section_end(const char *p)
{
	return *p == '>' && p[1 + strspn(p + 1, " \t\r")] == '\0';
}

static const char *word_take(struct conf *conf, const char **at, bool is_section)
{
	const char *p = *at + strspn(*at, " \t\r");
	char *word, quote = *p;
	size_t n = 0;

	if (*p == '\0' || (is_section && is_section_end(p)))
		return NULL;
	word = arena_alloc(conf->arena, strlen(p) + 1);
	if (quote == '"' || quote == '\'') {
		for (p++; *p && *p != quote; p++) {
			if (*p == '\\' && (p[1] == quote || p[1] == '\\'))
				p++;
			word[n++] = *p;
		}
		p += *p != '\0';
	} else {
		while (*p && !strchr(" \t\r", *p) && !(is_section && is_section_end(p)))
			word[n++] = *p++;
	}
	*at = p;
	return word;
}

/* A line with those that `\` joins to it; NULL at the end. */
static char *line_take(struct conf *conf, struct span text, size_t *at, unsigned *line)
{
	char *whole;
	size_t n = 0, start = *at, end = start;

	if (start >= text.n)
		return NULL;
	while (end < text.n && (text.p[end] != '\n' || (end > start && (text.p[end - 1] == '\\' || (end > start + 1 && text.p[end - 1] == '\r' && text.p[end - 2] == '\\')))))
		end++;
	whole = arena_alloc(conf->arena, end - start + 1);
	for (size_t i = start; i < end; i++) {
		if (text.p[i] == '\\' && i + 1 < end && (text.p[i + 1] == '\n' || (text.p[i + 1] == '\r' && i + 2 < end && text.p[i + 2] == '\n'))) {
			i += text.p[i + 1] == '\r' ? 2 : 1;
			++*line;
			whole[n++] = ' ';
			continue;
		}
		whole[n++] = (char)(text.p[i] ? text.p[i] : '?');
	}
	whole[n] = '\0';
	*at = end + 1;
	return whole;
}

static struct conf_node *section_close(struct conf *conf, struct conf_node *in, const struct conf_node *root, const char *name, const char *file, unsigned line)
{
	struct conf_node *n = in;

	while (n != root && !conf_is(n, name))
		n = n->parent;
	if (n == root) {
		invalid(conf, file, line, "this section is closed and was never opened", edit_drop(conf, (struct server_place){ file, line }));
		return in;
	}
	if (n != in)
		invalid(conf, in->at.file, in->at.line, arena_printf(conf->arena, "<%s> is not closed before </%s> in line %u", conf_word(in, 0), name, line), close_steps(conf, in, strcmp(in->at.file, file) == 0 ? line : 0));
	n->end_line = line;
	return n->parent;
}

void apache_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct conf_node *in = root;
	unsigned line = 0, depth = 0;
	size_t at = 0;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
		invalid(conf, file, 1, "the file begins with a byte order mark (BOM), which Apache takes for a part of its first word: save it as UTF-8 without one",
			arena_printf(conf->arena, "Run `sed -i '1s/^\\xef\\xbb\\xbf//' %s`", edit_shell(conf->arena, file)));
		at = 3;
	}
	while (conf->n_nodes < CONF_NODES_MAX) {
		unsigned first = ++line;
		const char *p = line_take(conf, text, &at, &line), *word;
		struct conf_node *node;
		bool is_section;

		if (!p)
			break;
		p += strspn(p, " \t\r");
		if (*p == '\0' || *p == '#')
			continue;
		is_section = *p == '<';
		if (is_section && p[1] == '/') {
			p += 2;
			word = word_take(conf, &p, true);
			in = section_close(conf, in, root, word ? word : "", file, first);
			depth -= depth > 0;
			continue;
		}
		p += is_section;
		node = conf_node_new(conf, in, file, first);
		while ((word = word_take(conf, &p, is_section)) != NULL)
			conf_word_add(conf, node, word);
		if (is_section && depth < 64) {
			node->is_block = true;
			in = node;
			depth++;
		}
	}
	if (in != root && !conf_is_full(conf, file))
		invalid(conf, in->at.file, in->at.line, arena_printf(conf->arena, "<%s> is never closed", conf_word(in, 0)), close_steps(conf, in, 0));
}

/* ---- variables, conditions, includes ------------------------------------------------------------------- */

static void variable_set(struct conf *conf, struct variables *v, const char *name, const char *value)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->names[i], name) == 0) {
			v->values[i] = value;
			return;
		}
	(void)conf;
	if (v->n < VARIABLES_MAX) {
		v->names[v->n] = name;
		v->values[v->n++] = value;
	}
}

static const char *variable_get(const struct variables *v, const char *name, size_t n)
{
	for (size_t i = 0; i < v->n; i++)
		if (strlen(v->names[i]) == n && strncmp(v->names[i], name, n) == 0)
			return v->values[i];
	return NULL;
}

static const char *fill(struct conf *conf, const struct variables *v, const char *word)
{
	for (unsigned round = 0; round < 16; round++) {
		const char *at = strstr(word, "${"), *end = at ? strchr(at, '}') : NULL, *value;

		if (!end || strlen(word) > CONF_PATH_MAX)
			return word;
		value = variable_get(v, at + 2, (size_t)(end - at - 2));
		if (!value)
			return word;
		word = arena_printf(conf->arena, "%.*s%s%s", (int)(at - word), word, value, end + 1);
	}
	return word;
}

/* envvars of Debian's packages: "export NAME=value". */
static void envvars_read(struct conf *conf, struct variables *v)
{
	struct span text;
	unsigned line = 0;
	size_t at = 0;
	char *p;

	variable_set(conf, v, "APACHE_LOG_DIR", "/var/log/apache2");
	variable_set(conf, v, "APACHE_RUN_DIR", "/var/run/apache2");
	if (!conf_load(conf, conf_path(conf, conf->base, "envvars"), &text))
		return;
	while ((p = line_take(conf, text, &at, &line)) != NULL) {
		char *eq = strncmp(p, "export ", 7) == 0 ? strchr(p, '=') : NULL;

		if (!eq)
			continue;
		*eq = '\0';
		if (!strchr(eq + 1, '$'))
			variable_set(conf, v, p + 7, eq + 1);
		else if (strstr(eq + 1, "$SUFFIX"))
			variable_set(conf, v, p + 7, arena_strn(conf->arena, eq + 1, (size_t)(strstr(eq + 1, "$SUFFIX") - eq - 1)));
	}
}

static bool condition_holds(const struct variables *v, const struct conf_node *n)
{
	const char *what = conf_word(n, 1);
	bool is_not = what[0] == '!';

	what += is_not;
	if (conf_is(n, "IfDefine"))
		return (variable_get(v, what, strlen(what)) != NULL) != is_not;
	if (conf_is(n, "IfModule") && (strcasecmp(what, "mod_ssl.c") == 0 || strcasecmp(what, "ssl_module") == 0))
		return v->has_ssl != is_not;
	return !is_not;         /* other modules: taken to be there */
}

static void expand(struct conf *conf, struct variables *v, struct conf_node *in);

static bool has_tls(const struct conf_node *in, unsigned depth)
{
	for (const struct conf_node *n = in->first; n; n = n->next)
		if (conf_is(n, "SSLEngine") || conf_is(n, "SSLCertificateFile") || (n->is_block && depth < 8 && has_tls(n, depth + 1)))
			return true;
	return false;
}

static void include_file(struct conf *conf, const struct conf_node *node, const char *path, struct conf_node *into, bool is_optional)
{
	struct span text;
	struct stat st;
	const char *const *paths;
	size_t n;

	if (conf_stat(conf, path, &st) && S_ISDIR(st.st_mode)) {
		n = conf_glob(conf, arena_printf(conf->arena, "%s/*", path), &paths);
		for (size_t i = 0; i < n && conf->depth < FOLDERS_MAX; i++) {
			conf->depth++;
			include_file(conf, node, paths[i], into, true);
			conf->depth--;
		}
		return;
	}
	if (conf_load(conf, path, &text)) {
		apache_parse(conf, into, arena_str(conf->arena, path), text);
		return;
	}
	if (errno == EACCES || errno == EPERM)
		conf_unread(conf, "%s: %s", path, strerror(errno));
	else if (!is_optional)
		invalid(conf, node->at.file, node->at.line, arena_printf(conf->arena, "includes %s: %s", path, strerror(errno)),
			arena_printf(conf->arena, "%s, or restore %s", edit_drop(conf, node->at), path));
}

static void include(struct conf *conf, struct variables *v, struct conf_node *node, struct conf_node *before)
{
	struct conf_node *into = arena_new_of(conf->arena, struct conf_node);
	bool is_optional = conf_is(node, "IncludeOptional");
	const char *pattern = conf_path(conf, conf->base, fill(conf, v, conf_word(node, 1)));
	const char *const *paths = &pattern;
	bool is_glob = strpbrk(pattern, "*?[") != NULL;
	size_t n = is_glob ? conf_glob(conf, pattern, &paths) : 1;

	into->is_block = true;
	if (conf->depth >= INCLUDES_MAX) {
		invalid(conf, node->at.file, node->at.line, "includes go round in a circle", edit_drop(conf, node->at));
		n = 0;
	} else if (n == 0 && !is_optional) {
		invalid(conf, node->at.file, node->at.line, arena_printf(conf->arena, "no file matches %s", pattern),
			edit_write(conf, node->at, arena_printf(conf->arena, "IncludeOptional %s", edit_word(conf, conf_word(node, 1)))));
	}
	for (size_t i = 0; i < n; i++)
		include_file(conf, node, paths[i], into, is_optional);
	conf_splice(node, before, into);
}

/* ---- macros -------------------------------------------------------------------------------------------- */

/* The parameter that stands at `p`, the longest of those that do; 0: none. */
static size_t parameter_at(const struct conf_node *macro, const char *p)
{
	size_t found = 0, longest = 0;

	for (size_t i = 2; i < macro->n_words; i++) {
		size_t n = strlen(macro->words[i]);

		if (n > longest && strncmp(p, macro->words[i], n) == 0) {
			longest = n;
			found = i;
		}
	}
	return found;
}

static const char *macro_fill(struct conf *conf, const struct conf_node *macro, const struct conf_node *use, const char *word)
{
	const char *out = word;

	for (size_t at = 0; out[at] && at < CONF_PATH_MAX;) {
		size_t i = parameter_at(macro, out + at);
		const char *value = i ? conf_word(use, i) : "";

		if (!i) {
			at++;
			continue;
		}
		out = arena_printf(conf->arena, "%.*s%s%s", (int)at, out, value, out + at + strlen(macro->words[i]));
		at += strlen(value);
	}
	return out;
}

static void macro_copy(struct conf *conf, struct conf_node *into, const struct conf_node *of, const struct conf_node *macro, const struct conf_node *use)
{
	for (const struct conf_node *n = of->first; n && conf->n_nodes < CONF_NODES_MAX; n = n->next) {
		struct conf_node *copy = conf_node_new(conf, into, n->at.file, n->at.line);

		copy->is_block = n->is_block;
		for (size_t i = 0; i < n->n_words; i++)
			conf_word_add(conf, copy, macro_fill(conf, macro, use, n->words[i]));
		macro_copy(conf, copy, n, macro, use);
	}
}

static const struct conf_node *macro_find(const struct variables *v, const char *name)
{
	for (size_t i = v->n_macros; i-- > 0;)
		if (strcasecmp(conf_word(v->macros[i], 1), name) == 0)
			return v->macros[i];
	return NULL;
}

/* `Use NAME VALUE...` becomes what the macro holds. A macro that uses itself ends at a bound. */
static void use_expand(struct conf *conf, struct variables *v, struct conf_node *use, struct conf_node *before)
{
	const struct conf_node *macro = macro_find(v, conf_word(use, 1));
	struct conf_node *into = arena_new_of(conf->arena, struct conf_node);

	into->is_block = true;
	if (!macro)
		invalid(conf, use->at.file, use->at.line, arena_printf(conf->arena, "there is no macro %s", conf_word(use, 1)), edit_drop(conf, use->at));
	else if (++v->n_uses <= USES_MAX)
		macro_copy(conf, into, macro, macro, use);
	conf_splice(use, before, into);
}

/* In order, since Define holds for what comes after it. Sections that hold are opened, others leave the tree. */
static void expand(struct conf *conf, struct variables *v, struct conf_node *in)
{
	struct conf_node *before = NULL;
	size_t n_steps = 0;

	for (struct conf_node *n = in->first; n && n_steps < CONF_NODES_MAX; n_steps++) {
		bool is_condition = n->is_block && (conf_is(n, "IfDefine") || conf_is(n, "IfModule") || conf_is(n, "IfVersion") || conf_is(n, "IfFile") || conf_is(n, "IfDirective") || conf_is(n, "IfSection"));

		if (conf_is(n, "Include") || conf_is(n, "IncludeOptional")) {
			conf->depth += 1;
			include(conf, v, n, before);
		} else if (n->is_block && conf_is(n, "Macro")) {
			struct conf_node none = { .is_block = true };

			if (v->n_macros < MACROS_MAX)
				v->macros[v->n_macros++] = n;
			conf_splice(n, before, &none);
		} else if (!n->is_block && conf_is(n, "Use") && n->n_words > 1) {
			use_expand(conf, v, n, before);
		} else if (is_condition) {
			struct conf_node none = { .is_block = true };
			bool holds = condition_holds(v, n);

			if (!holds && !conf->passed_over && conf_word(n, 1)[0] != '!' && has_tls(n, 0))
				conf->passed_over = n;
			conf_splice(n, before, holds ? n : &none);
		} else {
			for (size_t i = 1; i < n->n_words; i++)
				n->words[i] = fill(conf, v, n->words[i]);
			if (conf_is(n, "Define"))
				variable_set(conf, v, conf_word(n, 1), conf_word(n, 2));
			else if (conf_is(n, "ServerRoot") && in == conf->root)
				conf->base = conf_word(n, 1);
			else if (conf_is(n, "LoadModule") && strcmp(conf_word(n, 1), "ssl_module") == 0)
				v->has_ssl = true;
			if (n->is_block)
				expand(conf, v, n);
			before = n;
		}
		n = before ? before->next : in->first;
	}
}

/* ---- VirtualHosts -------------------------------------------------------------------------------------- */

static bool has_module(const struct conf_node *root)
{
	for (const struct conf_node *n = root->first; n; n = n->next)
		if (conf_is(n, "LoadModule"))
			return true;
	return false;
}

/* `Listen 443` alone makes the protocol https, and mod_ssl turns itself on. */
static bool port_is_https(const struct conf *conf, uint16_t port)
{
	struct server_bind b;

	for (const struct conf_node *n = conf->root->first; n; n = n->next) {
		struct conf scratch = *conf;

		b = (struct server_bind){ .port = 0 };
		if (!conf_is(n, "Listen") || !conf_bind_parse(&scratch, conf_word(n, 1), 80, &b) || b.port != port)
			continue;
		if (n->n_words > 2 ? strcasecmp(conf_word(n, 2), "https") == 0 : port == 443)
			return true;
	}
	return false;
}

static void tls_set(struct conf *conf, struct server_block *block, const struct conf_node *host)
{
	const struct conf_node *engine = conf_last(host, "SSLEngine");

	engine = engine ? engine : conf_last(conf->root, "SSLEngine");
	for (size_t i = 0; i < block->n_binds; i++)
		block->binds[i].is_tls = engine ? strcasecmp(conf_word(engine, 1), "off") != 0 : port_is_https(conf, block->binds[i].port ? block->binds[i].port : conf->port);
}

/* The n-th directive of that name; NULL where there are not so many. */
static const struct conf_node *nth(const struct conf_node *in, const char *name, size_t i)
{
	for (const struct conf_node *n = in->first; n; n = n->next)
		if (conf_is(n, name) && i-- == 0)
			return n;
	return NULL;
}

/* Those of the VirtualHost take the places of the main server's, one by one. */
static const struct conf_node *nth_merged(const struct conf *conf, const struct conf_node *host, const char *name, size_t i)
{
	const struct conf_node *n = nth(host, name, i);

	return n ? n : nth(conf->root, name, i);
}

static void pairs_read(struct conf *conf, struct server_block *block, const struct conf_node *host)
{
	const struct conf_node *chain = conf_inherited(host, "SSLCertificateChainFile"), *dialog = conf_last(conf->root, "SSLPassPhraseDialog"), *n, *key;

	for (size_t i = 0; i < 32 && (n = nth_merged(conf, host, "SSLCertificateFile", i)) != NULL; i++) {
		struct server_pair *pair = arena_push(conf->arena, block->pairs, block->n_pairs, block->cap_pairs);

		*pair = (struct server_pair){ .at = n->at };
		if (n->n_words != 2)    /* a `\` has drawn the next line in, or the like: the server's own test tells */
			continue;
		pair->cert_path = conf_path(conf, conf->base, conf_word(n, 1));
		if (chain) {
			pair->chain_path = conf_path(conf, conf->base, conf_word(chain, 1));
			pair->chain_at = chain->at;
		}
		if (dialog && strcasecmp(conf_word(dialog, 1), "builtin") != 0)
			pair->password_from = conf_word(dialog, 1);
		key = nth_merged(conf, host, "SSLCertificateKeyFile", i);
		if (key) {
			pair->key_at = key->at;
			pair->key_path = conf_path(conf, conf->base, conf_word(key, 1));
		}
	}
}

static void name_add(struct conf *conf, struct server_block *block, const struct conf_node *n, const char *name)
{
	const char *scheme = strstr(name, "://"), *colon;

	name = scheme ? scheme + 3 : name;
	colon = strrchr(name, ':');
	*arena_push(conf->arena, block->names, block->n_names, block->cap_names) = colon ? arena_strn(conf->arena, name, (size_t)(colon - name)) : name;
	if (!block->name_at)
		block->name_at = &n->at;
}

static bool is_address(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* A name stands for all addresses that it has when httpd starts; where it has none, httpd says so and goes on without. */
static void bind_add(struct conf *conf, struct server_block *block, struct server_bind *bind)
{
	const char *const *addresses = NULL, *name = bind->address;
	struct server_fault *f;
	enum tri has;
	size_t n;

	if (!name)
		bind->family = 0;
	if (name && strncasecmp(name, "::ffff:", 7) == 0 && strchr(name, '.')) {        /* apr_sockaddr_equal() takes it for the IPv4 address within */
		bind->address = name += 7;
		bind->family = AF_INET;
	}
	if (!name || is_address(name)) {
		*conf_bind_add(conf, block, bind->at) = *bind;
		return;
	}
	has = server_resolve(conf, name, &addresses, &n);
	for (size_t i = 0; i < n; i++) {
		bind->address = addresses[i];
		bind->family = strchr(addresses[i], ':') ? AF_INET6 : AF_INET;
		*conf_bind_add(conf, block, bind->at) = *bind;
	}
	if (has == TRI_UNKNOWN)
		conf_unread(conf, "%s:%u: <VirtualHost %s> counts for the addresses of a name that could not be resolved now: it is left out", bind->at.file, bind->at.line, name);
	if (has != TRI_NO)
		return;
	f = conf_fault(conf, "host.name-not-served", bind->at, arena_printf(conf->arena, "<VirtualHost> is for %s, which resolves to no address", name));
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u: httpd resolves the name when it starts, and goes on without this VirtualHost where that fails (AH00547)", bind->at.file, bind->at.line);
	f->fix = edit_then(conf, edit_write(conf, bind->at, bind->port ? arena_printf(conf->arena, "<VirtualHost *:%u>", bind->port) : "<VirtualHost *>"));
}

static void host_read(struct conf *conf, const struct conf_node *host)
{
	struct server_block *block = conf_block_new(conf, host->at);
	const struct conf_node *name = conf_last(host, "ServerName");

	block->of = host;
	for (size_t i = 1; i < host->n_words; i++) {
		struct server_bind bind = { .at = host->at };
		const char *word = strncasecmp(host->words[i], "_default_", 9) == 0 ? arena_printf(conf->arena, "*%s", host->words[i] + 9) : host->words[i];

		if (conf_bind_parse(conf, word, 0, &bind))
			bind_add(conf, block, &bind);
	}
	if (!name && block->n_binds && !block->binds[0].address)        /* it has the main server's then */
		name = conf_last(conf->root, "ServerName");
	if (name)
		name_add(conf, block, name, conf_word(name, 1));
	for (const struct conf_node *n = host->first; n; n = n->next)
		for (size_t i = 1; conf_is(n, "ServerAlias") && i < n->n_words; i++)
			name_add(conf, block, n, n->words[i]);
	tls_set(conf, block, host);
	pairs_read(conf, block, host);
}

/* Where no VirtualHost takes a connection, the main server does. */
static struct server_block *main_server(struct conf *conf, uint16_t port)
{
	const struct conf_node *name = conf_last(conf->root, "ServerName");
	struct server_block *block;

	for (const struct conf_node *n = conf->root->first; n; n = n->next) {
		struct server_bind bind = { .at = n->at };

		if (!conf_is(n, "Listen") || !conf_bind_parse(conf, conf_word(n, 1), 80, &bind) || bind.port != port)
			continue;
		block = conf_block_new(conf, name ? name->at : n->at);
		block->of = conf->root;
		if (name)
			name_add(conf, block, name, conf_word(name, 1));
		*conf_bind_add(conf, block, n->at) = bind;
		tls_set(conf, block, conf->root);
		pairs_read(conf, block, conf->root);
		return block;
	}
	return NULL;
}

static bool bind_takes(const struct server_bind *b, const struct server_choice *c, bool wants_address, bool wants_port)
{
	if (wants_port ? b->port != c->port : b->port != 0)
		return false;
	return wants_address ? b->address && c->address && strcmp(b->address, c->address) == 0 : !b->address;
}

static bool block_takes(const struct server_block *block, const struct server_choice *c, bool wants_address, bool wants_port)
{
	for (size_t i = 0; i < block->n_binds; i++)
		if (bind_takes(&block->binds[i], c, wants_address, wants_port))
			return true;
	return false;
}

/* A star may stand anywhere in a ServerAlias. */
static bool name_is(const char *pattern, const char *name)
{
	if (!strpbrk(pattern, "*?"))
		return strcasecmp(pattern, name) == 0;
	return strlen(pattern) < 256 && fnmatch(pattern, name, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

static const char *block_name(const struct server_block *block, const char *name)
{
	for (size_t i = 0; name && i < block->n_names; i++)
		if (name_is(block->names[i], name))
			return block->names[i];
	return NULL;
}

static void apache_choose(struct conf *conf, const struct server_choice *c)
{
	static const struct { bool address, port; } sets[] = { { true, true }, { true, false }, { false, true }, { false, false } };
	struct server_evidence *s = conf->server;
	const struct server_block *first = NULL;

	for (size_t k = 0; k < COUNT_OF(sets) && !first; k++)
		for (size_t i = 0; i < s->n_blocks; i++) {
			if (!block_takes(s->blocks[i], c, sets[k].address, sets[k].port))
				continue;
			first = first ? first : s->blocks[i];
			s->chosen_name = block_name(s->blocks[i], c->name);
			if (s->chosen_name) {
				s->chosen = s->blocks[i];
				s->chosen_because = "the first VirtualHost of this address and port with a ServerName or ServerAlias that matches";
				return;
			}
		}
	s->chosen = first;
	s->chosen_because = "no ServerName or ServerAlias matches, and it is the first VirtualHost of this address and port";
	if (first)
		return;
	s->chosen = main_server(conf, c->port);
	s->chosen_because = "no VirtualHost has this address and port, so the main server answers";
	s->chosen_name = s->chosen ? block_name(s->chosen, c->name) : NULL;
}

/* -D NAME defines a name, -d FOLDER is the root until ServerRoot says another. */
static void options_read(struct conf *conf, struct variables *v)
{
	const struct host_process *p = conf->process;

	for (size_t i = 1; p && p->argv && i < p->n_argv; i++) {
		const char *word = p->argv[i], *value = word[0] == '-' && word[1] && word[2] ? word + 2 : i + 1 < p->n_argv ? p->argv[i + 1] : NULL;

		if (value && strncmp(word, "-D", 2) == 0)
			variable_set(conf, v, value, "");
		else if (value && strncmp(word, "-d", 2) == 0)
			conf->base = value;
	}
}

static void apache_read(struct conf *conf, const char *path)
{
	struct conf_node *root = arena_new_of(conf->arena, struct conf_node);
	struct variables v = { .n = 0 };
	struct span text;

	root->is_block = true;
	conf->root = root;
	conf->base = conf_folder(conf, path);
	if (!conf_load(conf, path, &text)) {
		conf_unread(conf, "%s: %s", path, strerror(errno));
		return;
	}
	envvars_read(conf, &v);
	options_read(conf, &v);
	apache_parse(conf, root, path, text);
	v.has_ssl = !has_module(root) && !span_find(text, span_str("ncludeOptional mods-enabled")) ;
	expand(conf, &v, root);
	for (const struct conf_node *n = root->first; n; n = n->next)
		if (n->is_block && conf_is(n, "VirtualHost"))
			host_read(conf, n);
}

const struct server_reader server_apache = {
	SERVER_APACHE, "apache", (const char *const[]){ "apache2", "httpd", NULL },
	(const char *const[]){ "/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf", "/usr/local/apache2/conf/httpd.conf", NULL },
	apache_read, apache_choose, apache_check, "-v", NULL,
};
