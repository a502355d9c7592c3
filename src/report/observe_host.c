/* observations.host: what the machine told of itself. */
#include "report/json_parts.h"

#include "evidence/host.h"

static void put_listener(struct json *j, const struct host_listener *l)
{
	const struct host_process *p = l->process;

	json_object_begin(j, NULL);
	json_text(j, "address", l->address);
	json_key_int(j, "port", l->port);
	if (p)
		json_key_int(j, "pid", p->pid);
	else
		json_key_null(j, "pid");
	json_text(j, "process", p ? p->name : NULL);
	json_text(j, "unit", l->socket_unit ? l->socket_unit->name : p ? p->unit : NULL);
	json_text(j, "starts", l->socket_unit ? l->socket_unit->service : NULL);
	json_text(j, "service_state", l->socket_unit ? l->socket_unit->state : NULL);
	json_text(j, "container", p ? p->container : NULL);
	json_text(j, "state", p ? p->state : NULL);
	json_text(j, "device", l->device);
	json_key_int(j, "uid", l->uid);
	json_key_bool(j, "v6_only", l->is_v6_only);
	json_key_int(j, "queued", l->queued);
	json_key_int(j, "backlog", l->backlog);
	json_end(j);
}

/* Those of the port asked about first: the list is cut. */
static void put_listeners(struct json *j, const struct host_evidence *host)
{
	size_t n = 0;

	json_array_begin(j, "listeners");
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < host->n_listeners && n < JSON_ITEMS_MAX; i++)
			if ((host->listeners[i].port != host->port) == others) {
				put_listener(j, &host->listeners[i]);
				n++;
			}
	json_end(j);
}

static void put_verdict(struct json *j, const char *key, const struct firewall_verdict *v)
{
	static const char *const ends[] = { "unknown", "accept", "drop", "reject" };

	json_object_begin(j, key);
	json_key_str(j, "verdict", ends[v->end]);
	json_key_str(j, "direction", v->direction);
	json_text(j, "from", v->from);
	json_text(j, "to", v->to);
	json_key_str(j, "tool", v->tool);
	json_text(j, "family", v->family);
	json_text(j, "table", v->table);
	json_text(j, "chain", v->chain);
	json_text(j, "hook", v->hook);
	if (v->handle)
		json_key_int(j, "handle", v->handle);
	else
		json_key_null(j, "handle");
	json_key_bool(j, "policy", v->is_policy);
	json_text(j, "rule", v->rule);
	json_text(j, "reject", v->reject);
	if (v->to_address) {
		json_object_begin(j, "translated_to");
		json_text(j, "address", v->to_address);
		json_key_int(j, "port", v->to_port);
		json_end(j);
	} else {
		json_key_null(j, "translated_to");
	}
	json_tri(j, "listens", v->listens);
	json_text(j, "because", v->because);
	json_text(j, "in_device", v->in_device);
	json_text(j, "out_device", v->out_device);
	json_text(j, "fix", v->fix);
	if (v->later)
		put_verdict(j, "later", v->later);
	json_end(j);
}

static void put_addresses(struct json *j, const struct host_evidence *host)
{
	json_array_begin(j, "addresses");
	for (size_t i = 0; i < host->n_addresses && i < JSON_ITEMS_MAX; i++) {
		const struct host_address *a = &host->addresses[i];

		json_object_begin(j, NULL);
		json_text(j, "address", a->text);
		json_text(j, "device", a->device);
		json_key_bool(j, "global", a->is_global);
		json_key_bool(j, "tentative", a->is_tentative);
		json_end(j);
	}
	json_end(j);
}

static void put_name(struct json *j, const struct host_evidence *host)
{
	if (!host->name)
		return;
	json_object_begin(j, "name");
	json_text(j, "name", host->name);
	json_tri(j, "resolves", host->name_resolves);
	json_tri(j, "is_here", host->name_is_here);
	json_text(j, "addresses", host->name_addresses);
	json_text(j, "hosts_file_line", host->hosts_line);
	json_end(j);
}

void json_observe_host(struct json *j, const struct host_evidence *host)
{
	json_object_begin(j, "host");
	json_key_int(j, "port", host->port);
	json_key_bool(j, "root", host->is_root);
	put_listeners(j, host);
	if (host->worst)
		put_verdict(j, "firewall", host->worst);
	else
		json_key_null(j, "firewall");
	json_array_begin(j, "firewall_paths");
	for (size_t i = 0; i < host->n_firewall && i < JSON_ITEMS_MAX; i++)
		put_verdict(j, NULL, &host->firewall[i]);
	json_end(j);
	json_key_int(j, "rules", (int64_t)host->n_rules);
	put_addresses(j, host);
	put_name(j, host);
	json_object_begin(j, "clock");
	json_tri(j, "synchronized", !host->clock.is_read ? TRI_UNKNOWN : host->clock.is_synchronized ? TRI_YES : TRI_NO);
	json_end(j);
	json_server(j, host->server);
	json_array_begin(j, "unread");
	for (size_t i = 0; i < host->n_unread; i++)
		json_text(j, NULL, host->unread[i]);
	json_end(j);
	json_end(j);
}
