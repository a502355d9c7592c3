/* See api_options.h. The words of curl's options mean what they mean in curl 7.88. */
#include "api_options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timeutil.h"
#include "scan/proxy.h"

enum { HOST_LEN_MAX = 255, SECONDS_MAX = 86400, SAMPLES_MAX = 100 };

struct setting {
	struct arena *arena;
	struct request_options *set;
	const char *name, *value;
	struct why_error *error;
};

static int expected(const struct setting *s, const char *what)
{
	return why_fail(s->error, WHY_EUSAGE, "--%s %.100s: expected %s", s->name, s->value && *s->value ? s->value : "\"\"", what);
}

/* ---- pieces ------------------------------------------------------------------------------------- */

/* Up to the next colon outside of brackets, which are taken off. NULL when it is no such piece. */
static const char *piece(struct setting *s, const char **rest)
{
	const char *p = *rest, *end;
	size_t n;

	if (*p == '[') {
		end = strchr(p, ']');
		if (!end || (end[1] && end[1] != ':'))
			return NULL;
		n = (size_t)(end - p) - 1;
		p++;
		*rest = end[1] ? end + 2 : end + 1;
	} else {
		n = strcspn(p, ":");
		*rest = p[n] ? p + n + 1 : p + n;
	}
	return n > HOST_LEN_MAX ? NULL : arena_strn(s->arena, p, n);
}

static bool port_parse(const char *text, bool may_be_any, uint16_t *port)
{
	char *end;
	unsigned long value;

	*port = 0;
	if (may_be_any && (!*text || strcmp(text, "*") == 0))
		return true;
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5)
		return false;
	value = strtoul(text, &end, 10);
	if (value < 1 || value > 65535)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool is_address(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool ms_parse(const char *text, unsigned *ms)
{
	char *end;
	double seconds;

	if (strspn(text, "0123456789.") != strlen(text) || !*text)
		return false;
	seconds = strtod(text, &end);
	if (*end || !(seconds >= 0.001) || seconds > SECONDS_MAX)
		return false;
	*ms = (unsigned)(seconds * 1000);
	return true;
}

/* ---- one function for each kind ------------------------------------------------------------------- */

/* HOST:PORT:ADDR[,ADDR...]; each address is an entry of its own. A leading "+" (curl: the entry may
 * time out) means nothing here. */
static int set_resolve(struct setting *s)
{
	static const char form[] = "HOST:PORT:ADDRESS[,ADDRESS...], as in example.org:443:192.0.2.1";
	const char *rest = *s->value == '+' ? s->value + 1 : s->value, *host = piece(s, &rest), *port;
	struct request_options *set = s->set;
	size_t n_before = set->options.n_resolve;
	uint16_t number;

	port = host ? piece(s, &rest) : NULL;
	if (!host || !*host || !port || !port_parse(port, false, &number) || !*rest)
		return expected(s, form);
	while (*rest) {
		size_t n = strcspn(rest, ",");
		bool is_bracketed = n >= 2 && rest[0] == '[' && rest[n - 1] == ']';
		const char *address = arena_strn(s->arena, rest + is_bracketed, n - 2 * (size_t)is_bracketed);

		if (!is_address(address)) {
			set->options.n_resolve = n_before;      /* nothing of it counts */
			return expected(s, form);
		}
		*arena_push(s->arena, set->resolve, set->options.n_resolve, set->cap_resolve) = (struct why_resolve){
			.host = strcmp(host, "*") == 0 ? "" : host, .port = number, .address = address };
		rest += n + (rest[n] == ',');
	}
	set->options.resolve = set->resolve;
	return 0;
}

/* HOST1:PORT1:HOST2:PORT2; an empty part stands for any, or for what it was. */
static int set_connect_to(struct setting *s)
{
	static const char form[] = "HOST1:PORT1:HOST2:PORT2, as in example.org:443:backend.example.org:8443";
	struct request_options *set = s->set;
	struct why_resolve entry = { 0 };
	const char *rest = s->value, *port1, *port2;
	size_t n_colons = 0;
	bool in_bracket = false;

	for (const char *p = s->value; *p; p++) {
		in_bracket = *p == '[' || (in_bracket && *p != ']');
		n_colons += *p == ':' && !in_bracket;
	}
	entry.host = piece(s, &rest);
	port1 = entry.host ? piece(s, &rest) : NULL;
	entry.address = port1 ? piece(s, &rest) : NULL;
	port2 = entry.address ? piece(s, &rest) : NULL;
	if (n_colons != 3 || !port2 || *rest || !port_parse(port1, true, &entry.port) ||
	    !port_parse(port2, true, &entry.to_port))
		return expected(s, form);
	*arena_push(s->arena, set->connect_to, set->options.n_connect_to, set->cap_connect_to) = entry;
	set->options.connect_to = set->connect_to;
	return 0;
}

static int set_seconds(struct setting *s, unsigned *ms)
{
	return ms_parse(s->value, ms) ? 0 : expected(s, "seconds above 0, as in 10 or 2.5");
}

static int set_now(struct setting *s)
{
	if (!rfc3339_parse(s->value, &s->set->options.now_unix))
		return expected(s, "a time as in 2026-11-23T12:00:00Z or 2026-11-23");
	s->set->options.has_now = true;
	return 0;
}

/* A file is opened now, so that a wrong path is told before anything is sent. */
static int set_file(struct setting *s, const char **field)
{
	FILE *file = fopen(s->value, "rbe");

	if (!file)
		return why_fail(s->error, WHY_EUSAGE, "--%s %.200s: expected a file that can be read: %m", s->name, s->value);
	fclose(file);
	*field = arena_str(s->arena, s->value);
	return 0;
}

static int set_crl(struct setting *s)
{
	struct request_options *set = s->set;
	const char *path = NULL;
	int status = set_file(s, &path);

	if (status != 0)
		return status;
	*arena_push(s->arena, set->crls, set->options.n_crls, set->cap_crls) = path;
	set->options.crls = set->crls;
	return 0;
}

static int set_roots(struct setting *s)
{
	struct request_options *set = s->set;
	const char *path = NULL;
	int status = set_file(s, &path);

	if (status != 0)
		return status;
	*arena_push(s->arena, set->roots, set->options.n_roots, set->cap_roots) = path;
	set->options.roots = set->roots;
	return 0;
}

static int set_text(struct setting *s, const char **field)
{
	if (!*s->value)
		return expected(s, "a value that is not empty");
	*field = arena_str(s->arena, s->value);
	return 0;
}

/* As curl has it: "if!eth0" and "host!192.0.2.1" say which of the two is meant. */
static int set_interface(struct setting *s)
{
	s->value += strncmp(s->value, "if!", 3) == 0 ? 3 : strncmp(s->value, "host!", 5) == 0 ? 5 : 0;
	return set_text(s, &s->set->options.interface);
}

static int set_samples(struct setting *s)
{
	char *end;
	unsigned long n = strtoul(s->value, &end, 10);

	if (strspn(s->value, "0123456789") != strlen(s->value) || n < 1 || n > SAMPLES_MAX)
		return expected(s, "a number from 1 to 100");
	s->set->options.samples = (unsigned)n;
	return 0;
}

static int set_number(struct setting *s, unsigned *field, unsigned long least, unsigned long most)
{
	char *end;
	unsigned long n = strtoul(s->value, &end, 10);
	char form[64];

	snprintf(form, sizeof form, "a number from %lu to %lu", least, most);
	if (!*s->value || strspn(s->value, "0123456789") != strlen(s->value) || n < least || n > most)
		return expected(s, form);
	*field = (unsigned)n;
	return 0;
}

static int set_server(struct setting *s)
{
	static const char *const known[] = { "nginx", "apache", "haproxy", "caddy" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(s->value, known[i]) == 0) {
			s->set->options.fix_for = known[i];
			return 0;
		}
	return expected(s, "nginx, apache, haproxy or caddy");
}

/* here --kind: those whose configuration can be read. */
static int set_kind(struct setting *s)
{
	static const char *const known[] = { "nginx", "apache", "haproxy", "caddy", "stunnel", "hitch" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(s->value, known[i]) == 0) {
			s->set->options.kind = known[i];
			return 0;
		}
	return expected(s, "nginx, apache, haproxy, caddy, stunnel or hitch");
}

/* As openssl's -passin: pass:TEXT, env:NAME, file:PATH (its first line). */
static int set_password(struct setting *s)
{
	static const char form[] = "pass:TEXT, env:NAME or file:PATH";
	char line[1024];
	FILE *file;

	if (strncmp(s->value, "pass:", 5) == 0) {
		s->set->options.password = arena_str(s->arena, s->value + 5);
	} else if (strncmp(s->value, "env:", 4) == 0) {
		if (!getenv(s->value + 4))
			return why_fail(s->error, WHY_EUSAGE, "--passin: there is no variable %.100s", s->value + 4);
		s->set->options.password = arena_str(s->arena, getenv(s->value + 4));
	} else if (strncmp(s->value, "file:", 5) == 0) {
		file = fopen(s->value + 5, "rbe");
		if (!file)
			return why_fail(s->error, WHY_EUSAGE, "--passin: %.200s cannot be read: %m", s->value + 5);
		if (!fgets(line, sizeof line, file))
			line[0] = '\0';
		fclose(file);
		s->set->options.password = arena_strn(s->arena, line, strcspn(line, "\r\n"));
	} else {
		/* Not shown: it is most likely the password itself. */
		return why_fail(s->error, WHY_EUSAGE, "--passin: expected %s", form);
	}
	return 0;
}

static int set_address(struct setting *s, const char **field)
{
	if (!is_address(s->value))
		return expected(s, "an address, as in 192.0.2.1 or 2001:db8::1");
	*field = arena_str(s->arena, s->value);
	return 0;
}

static int set_port(struct setting *s, unsigned *field)
{
	uint16_t port;

	if (!port_parse(s->value, false, &port))
		return expected(s, "a port from 1 to 65535");
	*field = port;
	return 0;
}

static int set_tasks(struct setting *s)
{
	if (strcmp(s->value, "threads") != 0 && strcmp(s->value, "stacks") != 0)
		return expected(s, "threads or stacks");
	s->set->options.threads = strcmp(s->value, "threads") == 0;
	return 0;
}

static int set_proxy(struct setting *s)
{
	struct proxy_url url;
	int status = *s->value ? proxy_url_parse(s->arena, s->value, "--proxy", &url, s->error) : 0;

	if (status != 0)
		return status;
	s->set->options.proxy = arena_str(s->arena, s->value);
	return 0;
}

static int set_noproxy(struct setting *s)
{
	s->set->options.noproxy = arena_str(s->arena, s->value);
	return 0;
}

/* -4 and -6 undo each other: the last one counts, as in curl. */
static int set_flag(struct setting *s, bool *field)
{
	struct why_options *o = &s->set->options;

	if (field == &o->ipv4_only || field == &o->ipv6_only)
		o->ipv4_only = o->ipv6_only = false;
	*field = true;
	return 0;
}

/* ---- the table --------------------------------------------------------------------------------------- */

enum setter { SET_RESOLVE, SET_CONNECT_TO, SET_SECONDS, SET_NOW, SET_FILE, SET_CRL, SET_TEXT, SET_SAMPLES, SET_TASKS,
	      SET_PROXY, SET_NOPROXY, SET_FLAG, SET_POOL, SET_DELAY, SET_SERVER, SET_PORT, SET_ROOTS, SET_ADDRESS, SET_KIND,
	      SET_PASSWORD, SET_INTERFACE };

struct option_row {
	const char *name;
	enum setter setter;
	size_t offset;          /* of the field in struct why_options */
};

#define AT(field) offsetof(struct why_options, field)
static const struct option_row option_rows[] = {
	{ "as", SET_TEXT, AT(as_client) },
	{ "cacert", SET_FILE, AT(cacert) },
	{ "cert", SET_FILE, AT(cert) },
	{ "compare-port", SET_PORT, AT(compare_port) },
	{ "config", SET_TEXT, AT(config) },
	{ "connect-timeout", SET_SECONDS, AT(connect_timeout_ms) },
	{ "connect-to", SET_CONNECT_TO, 0 },
	{ "crl", SET_CRL, 0 },
	{ "ct-logs", SET_FILE, AT(ct_logs) },
	{ "delay", SET_DELAY, AT(delay_ms) },
	{ "fix", SET_SERVER, 0 },
	{ "from", SET_ADDRESS, AT(from) },
	{ "here", SET_FLAG, AT(here) },
	{ "interface", SET_INTERFACE, AT(interface) },
	{ "ipv4", SET_FLAG, AT(ipv4_only) },
	{ "ipv6", SET_FLAG, AT(ipv6_only) },
	{ "key", SET_FILE, AT(key) },
	{ "kind", SET_KIND, 0 },
	{ "max-time", SET_SECONDS, AT(max_time_ms) },
	{ "name", SET_TEXT, AT(name) },
	{ "no-external", SET_FLAG, AT(no_external) },
	{ "noproxy", SET_NOPROXY, 0 },
	{ "now", SET_NOW, 0 },
	{ "out", SET_FLAG, AT(out) },
	{ "passin", SET_PASSWORD, 0 },
	{ "pool", SET_POOL, AT(pool) },
	{ "port", SET_PORT, AT(port) },
	{ "profile", SET_TEXT, AT(profile) },
	{ "proxy-cacert", SET_FILE, AT(proxy_cacert) },
	{ "proxy", SET_PROXY, 0 },
	{ "replay", SET_FILE, AT(replay) },
	{ "resolve", SET_RESOLVE, 0 },
	{ "root", SET_TEXT, AT(root) },
	{ "roots", SET_ROOTS, 0 },
	{ "samples", SET_SAMPLES, 0 },
	{ "servername", SET_TEXT, AT(servername) },
	{ "starttls", SET_TEXT, AT(starttls) },
	{ "tasks", SET_TASKS, 0 },
	{ "to", SET_ADDRESS, AT(to) },
	{ "transcript", SET_TEXT, AT(transcript) },
	{ "with", SET_FILE, AT(with) },
};
#undef AT

static const struct option_row *row_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(option_rows); i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	return NULL;
}

int request_option_set(struct arena *arena, struct request_options *set, const char *name, const char *value,
		       struct why_error *error)
{
	const struct option_row *row = row_find(name);
	struct setting s = { .arena = arena, .set = set, .name = name, .value = value, .error = error };
	char *field = row ? (char *)&set->options + row->offset : NULL;

	if (!row)
		return why_fail(error, WHY_EUSAGE, "--%.60s: there is no such option", name);
	if (!value && row->setter != SET_FLAG)
		return expected(&s, "a value");
	switch (row->setter) {
	case SET_RESOLVE: return set_resolve(&s);
	case SET_CONNECT_TO: return set_connect_to(&s);
	case SET_SECONDS: return set_seconds(&s, (unsigned *)(void *)field);
	case SET_NOW: return set_now(&s);
	case SET_FILE: return set_file(&s, (const char **)(void *)field);
	case SET_CRL: return set_crl(&s);
	case SET_TEXT: return set_text(&s, (const char **)(void *)field);
	case SET_SAMPLES: return set_samples(&s);
	case SET_TASKS: return set_tasks(&s);
	case SET_PORT: return set_port(&s, (unsigned *)(void *)field);
	case SET_PROXY: return set_proxy(&s);
	case SET_ADDRESS: return set_address(&s, (const char **)(void *)field);
	case SET_KIND: return set_kind(&s);
	case SET_PASSWORD: return set_password(&s);
	case SET_INTERFACE: return set_interface(&s);
	case SET_NOPROXY: return set_noproxy(&s);
	case SET_POOL: return set_number(&s, (unsigned *)(void *)field, 1, 256);
	case SET_DELAY: return set_number(&s, (unsigned *)(void *)field, 0, 60000);
	case SET_ROOTS: return set_roots(&s);
	case SET_SERVER: return set_server(&s);
	case SET_FLAG: return set_flag(&s, (bool *)field);
	}
	return 0;
}

static struct why_resolve *resolves_copy(struct arena *arena, const struct why_resolve *from, size_t n)
{
	struct why_resolve *to = arena_array(arena, struct why_resolve, n + 1);

	for (size_t i = 0; i < n; i++)
		to[i] = (struct why_resolve){ .host = arena_str(arena, from[i].host), .port = from[i].port,
					      .address = arena_str(arena, from[i].address), .to_port = from[i].to_port };
	return to;
}

static const char **strings_copy(struct arena *arena, const char *const *from, size_t n)
{
	const char **to = arena_array(arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++)
		to[i] = arena_str(arena, from[i]);
	return to;
}

struct why_options request_options_copy(struct arena *arena, const struct request_options *set)
{
	struct why_options o = set->options;
	unsigned char bytes[16];

	for (size_t i = 0; i < COUNT_OF(option_rows); i++) {
		const struct option_row *row = &option_rows[i];

		if (row->setter == SET_TEXT || row->setter == SET_FILE || row->setter == SET_ADDRESS || row->setter == SET_INTERFACE) {
			const char **field = (const char **)(void *)((char *)&o + row->offset);

			*field = arena_str(arena, *field);
		}
	}
	if (o.interface && !o.ipv4_only && !o.ipv6_only) {      /* an address sends to its own family alone */
		o.ipv4_only = inet_pton(AF_INET, o.interface, bytes) == 1;
		o.ipv6_only = inet_pton(AF_INET6, o.interface, bytes) == 1;
	}
	o.target = arena_str(arena, o.target);
	o.proxy = arena_str(arena, o.proxy);
	o.noproxy = arena_str(arena, o.noproxy);
	o.paths = strings_copy(arena, o.paths, o.n_paths);
	o.roots = strings_copy(arena, o.roots, o.n_roots);
	o.crls = strings_copy(arena, o.crls, o.n_crls);
	o.resolve = resolves_copy(arena, o.resolve, o.n_resolve);
	o.connect_to = resolves_copy(arena, o.connect_to, o.n_connect_to);
	return o;
}
