/* Sockets that systemd holds for a service which is started by the first connection: systemd.socket(5). The unit is found in the
 * files of its units by the port; what became of the service is asked of `systemctl show`. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "here/command.h"
#include "here/sockets.h"

enum { UNITS_MAX = 4096, SHOW_MAX_MS = 1000 };

/* In the order in which systemd takes them: systemd.unit(5). */
static const char *const folders[] = { "/run/systemd/transient", "/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator",
				       "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };

/* "443", "0.0.0.0:443", "[::]:443", "10.0.0.1:443": of this port, on an address that is this one or any. */
static bool names_listener(const char *value, size_t n, const struct host_listener *l)
{
	const char *colon = memrchr(value, ':', n), *port = colon ? colon + 1 : value;
	size_t host = colon ? (size_t)(colon - value) : 0;
	char *end;

	if (n == 0 || *port < '0' || *port > '9' || strtoul(port, &end, 10) != l->port || (size_t)(end - value) > n)
		return false;
	if (host > 1 && value[0] == '[') {
		value++;
		host -= 2;
	}
	return host == 0 ? l->is_any : strlen(l->address) == host && strncmp(value, l->address, host) == 0;
}

struct unit {
	unsigned line;          /* of the ListenStream= that fits; 0: none */
	const char *path, *service;
	bool is_accept;
};

static bool setting(const char *line, size_t n, const char *name, const char **value, size_t *len)
{
	const char *equals = memchr(line, '=', n);
	size_t before = equals ? (size_t)(equals - line) : 0;

	while (before > 0 && (line[before - 1] == ' ' || line[before - 1] == '\t'))
		before--;
	if (!equals || before != strlen(name) || strncmp(line, name, before) != 0)
		return false;
	*value = equals + 1;
	*len = n - (size_t)(equals + 1 - line);
	while (*len > 0 && (**value == ' ' || **value == '\t')) {
		(*value)++;
		(*len)--;
	}
	while (*len > 0 && ((*value)[*len - 1] == ' ' || (*value)[*len - 1] == '\r'))
		(*len)--;
	return true;
}

static void unit_read(struct arena *arena, const char *path, const struct host_listener *l, struct unit *unit)
{
	const char *text = here_file(arena, path, NULL);
	unsigned number = 0;

	for (; text && *text; number++) {
		size_t n = strcspn(text, "\n"), len;
		const char *value;

		if (setting(text, n, "ListenStream", &value, &len)) {
			if (len == 0)
				unit->line = 0;         /* an empty one forgets those before it */
			else if (names_listener(value, len, l)) {
				unit->line = number + 1;
				unit->path = path;
			}
		} else if (setting(text, n, "Service", &value, &len)) {
			unit->service = arena_strn(arena, value, len);
		} else if (setting(text, n, "Accept", &value, &len)) {
			unit->is_accept = len > 0 && strchr("yYtT1", value[0]);
		}
		text += n + (text[n] == '\n');
	}
}

static void drop_ins_read(struct arena *arena, const char *name, const struct host_listener *l, struct unit *unit)
{
	for (size_t i = COUNT_OF(folders); i-- > 0;) {
		const char *path = arena_printf(arena, "%s/%s.d", folders[i], name);
		DIR *dir = opendir(path);
		const struct dirent *entry;

		for (size_t n = 0; dir && n < UNITS_MAX && (entry = readdir(dir)) != NULL; n++)
			if (entry->d_name[0] != '.')
				unit_read(arena, arena_printf(arena, "%s/%s", path, entry->d_name), l, unit);
		if (dir)
			closedir(dir);
	}
}

/* "ActiveState=failed\nSubState=failed\nResult=exit-code\n": "failed (exit-code)"; NULL where it does not tell. */
static const char *state_ask(struct arena *arena, const char *service)
{
	const char *const argv[] = { "systemctl", "show", "--no-pager", "--property=ActiveState,SubState,Result", "--", service, NULL };
	const char *why, *value, *words[3] = { "", "", "" }, *names[] = { "ActiveState", "SubState", "Result" };
	struct span out;
	size_t len;

	if (!command_run(arena, argv, SHOW_MAX_MS, &out, &why))
		return NULL;
	for (const char *text = arena_strn(arena, out.p, out.n); *text;) {
		size_t n = strcspn(text, "\n");

		for (size_t i = 0; i < COUNT_OF(names); i++)
			if (setting(text, n, names[i], &value, &len))
				words[i] = arena_strn(arena, value, len);
		text += n + (text[n] == '\n');
	}
	if (!*words[0])
		return NULL;
	return *words[2] && strcmp(words[2], "success") != 0 ? arena_printf(arena, "%s (%s)", words[0], words[2]) :
	       *words[1] ? arena_printf(arena, "%s (%s)", words[0], words[1]) : words[0];
}

static bool unit_try(struct arena *arena, const char *folder, const char *name, struct host_listener *l)
{
	size_t n = strlen(name);
	struct unit unit = { 0 };
	struct host_socket_unit *found;

	if (n < 8 || strcmp(name + n - 7, ".socket") != 0)
		return false;
	unit_read(arena, arena_printf(arena, "%s/%s", folder, name), l, &unit);
	drop_ins_read(arena, name, l, &unit);
	if (unit.line == 0)
		return false;
	found = arena_new_of(arena, struct host_socket_unit);
	*found = (struct host_socket_unit){ .name = arena_str(arena, name), .path = unit.path, .line = unit.line, .service = unit.service };
	if (!found->service)
		found->service = arena_printf(arena, unit.is_accept ? "%.*s@.service" : "%.*s.service", (int)(n - 7), name);
	found->state = unit.is_accept ? NULL : state_ask(arena, found->service);
	l->socket_unit = found;
	return true;
}

void here_socket_unit(struct arena *arena, struct host_listener *l)
{
	for (size_t i = 0; i < COUNT_OF(folders) && !l->socket_unit; i++) {
		DIR *dir = opendir(folders[i]);
		const struct dirent *entry;

		for (size_t n = 0; dir && n < UNITS_MAX && !l->socket_unit && (entry = readdir(dir)) != NULL; n++)
			unit_try(arena, folders[i], entry->d_name, l);
		if (dir)
			closedir(dir);
	}
}
