/* The other side's view: what `why443 here --json` printed on the server, read back elsewhere. Its texts are as
 * hostile as any. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define json_string jansson_string      /* not ours of base/out.h */
#include <jansson.h>
#undef json_string

#include "here/here.h"
#include "scan/begin.h"
#include "scan/options.h"

enum { ITEMS_MAX = 256, FILE_MAX = 16 << 20 };

static const char *text_at(struct arena *arena, json_t *object, const char *key)
{
	return arena_str(arena, json_string_value(json_object_get(object, key)));
}

static void address_read(struct host_listener *l)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (l->address && inet_pton(AF_INET, l->address, &v4) == 1) {
		l->family = AF_INET;
		l->is_any = v4.s_addr == 0;
		l->is_loopback = ntohl(v4.s_addr) >> 24 == 127;
	} else if (l->address && inet_pton(AF_INET6, l->address, &v6) == 1) {
		static const struct in6_addr any = IN6ADDR_ANY_INIT, loopback = IN6ADDR_LOOPBACK_INIT;

		l->family = AF_INET6;
		l->is_any = memcmp(&v6, &any, sizeof v6) == 0;
		l->is_loopback = memcmp(&v6, &loopback, sizeof v6) == 0;
	}
}

static void listener_read(struct arena *arena, struct host_evidence *host, json_t *item)
{
	struct host_process *p = arena_new_of(arena, struct host_process);
	struct host_listener l = { .address = text_at(arena, item, "address"), .port = (uint16_t)json_integer_value(json_object_get(item, "port")),
				   .device = text_at(arena, item, "device"), .is_v6_only = json_is_true(json_object_get(item, "v6_only")),
				   .queued = (uint32_t)json_integer_value(json_object_get(item, "queued")),
				   .backlog = (uint32_t)json_integer_value(json_object_get(item, "backlog")) };

	address_read(&l);
	if (!l.address || !l.family)
		return;
	p->name = text_at(arena, item, "process");
	p->unit = text_at(arena, item, "unit");
	p->container = text_at(arena, item, "container");
	if (text_at(arena, item, "starts")) {
		struct host_socket_unit *unit = arena_new_of(arena, struct host_socket_unit);

		*unit = (struct host_socket_unit){ .name = p->unit, .service = text_at(arena, item, "starts"), .state = text_at(arena, item, "service_state") };
		l.socket_unit = unit->name ? unit : NULL;
	}
	p->state = text_at(arena, item, "state");
	p->pid = (pid_t)json_integer_value(json_object_get(item, "pid"));
	l.process = p->name ? p : NULL;
	*arena_push(arena, host->listeners, host->n_listeners, host->cap_listeners) = l;
}

static void own_address_read(struct arena *arena, struct host_evidence *host, json_t *item)
{
	struct host_address a = { .text = text_at(arena, item, "address"), .device = text_at(arena, item, "device"),
				  .is_global = json_is_true(json_object_get(item, "global")) };

	if (!a.text || !a.device)
		return;
	a.family = strchr(a.text, ':') ? AF_INET6 : AF_INET;
	*arena_push(arena, host->addresses, host->n_addresses, host->cap_addresses) = a;
}

/* A constant of ours for a word of the file; NULL for any other. */
static const char *one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; word && i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return words[i];
	return NULL;
}

static const char *cause_of(const struct firewall_verdict *v)
{
	if (v->end != FIREWALL_DROP && v->end != FIREWALL_REJECT)
		return NULL;
	if (v->tool && strcmp(v->tool, "route") == 0)
		return "host.no-route";
	if (v->tool && strcmp(v->tool, "sysctl") == 0)
		return v->rule && strstr(v->rule, "rp_filter") ? "host.reverse-path-filter" : "host.forwarding-off";
	return v->end == FIREWALL_DROP ? "host.firewall-drops" : "host.firewall-rejects";
}

/* False where the object is no verdict that can be told again. */
static bool verdict_read(struct arena *arena, json_t *item, struct firewall_verdict *v)
{
	static const char *const ends[] = { "unknown", "accept", "drop", "reject" }, *const directions[] = { "in", "reply", "out" },
		*const tools[] = { "nft", "iptables-nft", "iptables-legacy", "route", "sysctl" };
	const char *end = text_at(arena, item, "verdict");
	json_t *to = json_object_get(item, "translated_to"), *listens = json_object_get(item, "listens");

	*v = (struct firewall_verdict){ 0 };
	if (!json_is_object(item))
		return false;
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (end && strcmp(end, ends[i]) == 0)
			v->end = (enum firewall_end)i;
	v->direction = one_of(text_at(arena, item, "direction"), directions, COUNT_OF(directions));
	v->direction = v->direction ? v->direction : "in";
	v->tool = one_of(text_at(arena, item, "tool"), tools, COUNT_OF(tools));
	v->from = text_at(arena, item, "from");
	v->to = text_at(arena, item, "to");
	v->family = text_at(arena, item, "family");
	v->table = v->family && v->tool ? text_at(arena, item, "table") : NULL;
	v->chain = text_at(arena, item, "chain");
	v->hook = text_at(arena, item, "hook");
	v->handle = (long)json_integer_value(json_object_get(item, "handle"));
	v->is_policy = json_is_true(json_object_get(item, "policy"));
	v->rule = text_at(arena, item, "rule");
	v->reject = text_at(arena, item, "reject");
	v->because = text_at(arena, item, "because");
	v->in_device = text_at(arena, item, "in_device");
	v->fix = text_at(arena, item, "fix");
	v->to_address = text_at(arena, to, "address");
	v->to_port = (uint16_t)json_integer_value(json_object_get(to, "port"));
	v->listens = json_is_boolean(listens) ? (json_is_true(listens) ? TRI_YES : TRI_NO) : TRI_UNKNOWN;
	v->cause = cause_of(v);
	return !v->cause || strncmp(v->cause, "host.firewall", 13) != 0 || (v->table && v->chain);
}

/* With what stops the packets behind the first, where something does. */
static bool whole_verdict_read(struct arena *arena, json_t *item, struct firewall_verdict *v)
{
	struct firewall_verdict *later = arena_new_of(arena, struct firewall_verdict);

	if (!verdict_read(arena, item, v))
		return false;
	if (v->end == FIREWALL_ACCEPT && verdict_read(arena, json_object_get(item, "later"), later) && later->cause)
		v->later = later;
	return true;
}

/* Each address by itself; the worst is that which the report of the machine calls so. */
static void verdicts_read(struct arena *arena, struct host_evidence *host, json_t *object)
{
	struct firewall_verdict *worst = arena_new_of(arena, struct firewall_verdict), one;
	json_t *item;
	size_t i;

	if (whole_verdict_read(arena, json_object_get(object, "firewall"), worst))
		host->worst = worst;
	json_array_foreach(json_object_get(object, "firewall_paths"), i, item)
		if (i < ITEMS_MAX && whole_verdict_read(arena, item, &one))
			*arena_push(arena, host->firewall, host->n_firewall, host->cap_firewall) = one;
	if (host->n_firewall == 0 && host->worst)
		*arena_push(arena, host->firewall, host->n_firewall, host->cap_firewall) = *worst;
}

static void host_read(struct arena *arena, struct host_evidence *host, json_t *object)
{
	json_t *item, *listeners = json_object_get(object, "listeners");
	size_t i;

	host->port = (uint16_t)json_integer_value(json_object_get(object, "port"));
	host->is_root = json_is_true(json_object_get(object, "root"));
	host->listeners_read = json_is_array(listeners) ? TRI_YES : TRI_NO;
	json_array_foreach(listeners, i, item)
		if (i < ITEMS_MAX)
			listener_read(arena, host, item);
	json_array_foreach(json_object_get(object, "addresses"), i, item)
		if (i < ITEMS_MAX)
			own_address_read(arena, host, item);
	verdicts_read(arena, host, object);
}

int here_joined(const struct why_options *options, struct arena *arena, struct host_evidence **out, struct why_error *error)
{
	struct span file;
	int status = file_read_upto(arena, options->with, "--with", FILE_MAX, &file, error);
	json_error_t where;
	json_t *root, *object;

	*out = NULL;
	if (status != 0)
		return status;
	root = json_loadb((const char *)file.p, file.n, 0, &where);
	object = json_object_get(json_object_get(root, "observations"), "host");
	if (!json_is_object(object)) {
		json_decref(root);
		return why_fail(error, WHY_EFILE, "--with %s: expected what `why443 here --json` printed", options->with);
	}
	*out = arena_new_of(arena, struct host_evidence);
	(*out)->is_joined = (*out)->is_remote = true;
	host_read(arena, *out, object);
	json_decref(root);
	return 0;
}
