/* See here.h. */
#include "here/here.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "here/addresses.h"
#include "here/filter.h"
#include "here/name.h"
#include "here/rules.h"
#include "here/sockets.h"
#include "scan/begin.h"
#include "scan/scan.h"
#include "scan/target.h"
#include "server/server.h"
#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/trust.h"

enum { HTTPS = 443, NAME_MAX_LEN = 250, PROBED_MAX = 8, PROBE_MAX_MS = 8000 };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* ---- facts ------------------------------------------------------------------------------------------- */

static void clock_read(struct host_clock *clock)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	clock->is_read = state >= 0;
	clock->is_synchronized = state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC);
	clock->error_ms = (double)t.maxerror / 1000;
}

/* Who listens, the addresses, the name, the clock. */
static struct host_evidence *machine_look(const struct why_options *options, struct arena *arena)
{
	struct host_evidence *host = arena_new_of(arena, struct host_evidence);
	double began = now_ms();

	host->port = host->served_port = options->port ? (uint16_t)options->port : HTTPS;
	host->name = options->name;
	host->config = options->config;
	host->kind = options->kind;
	host->root = options->root;
	host->from = options->from;
	host->to = options->to;
	host->is_out = options->out;
	host->is_root = geteuid() == 0;
	/* The files of another machine say nothing of this one's sockets, firewall and clock. */
	if (!options->root) {
		if (here_listeners(arena, host))
			here_owners(arena, host);
		here_addresses(arena, host);
		here_name(arena, host);
		clock_read(&host->clock);
	}
	host->elapsed_ms = now_ms() - began;
	return host;
}

/* The files of another machine say nothing of this one's firewall. */
static struct rules_reading *rules_begin(const struct why_options *options, struct arena *arena)
{
	return options->root ? NULL : here_rules_begin(arena);
}

static void rules_follow(const struct why_options *options, struct arena *arena, struct host_evidence *host,
			 struct rules_reading *reading)
{
	double began = now_ms();

	if (reading)
		here_filter(arena, host, options, reading);
	host->elapsed_ms += now_ms() - began;
}

/* Nothing has the port itself: a translation may lead to where something listens, and that is then what is served. Only then are
 * the rules waited for before the sockets are spoken to. */
static struct why_options served_options(const struct why_options *options, struct arena *arena, struct host_evidence *host,
					 struct rules_reading **reading)
{
	struct why_options served = *options;

	for (size_t i = 0; i < host->n_listeners; i++)
		if (host->listeners[i].port == host->port)
			return served;
	if (!*reading || options->out || host->listeners_read != TRI_YES)
		return served;
	rules_follow(options, arena, host, *reading);
	*reading = NULL;
	for (size_t i = 0; i < host->n_firewall && host->served_port == host->port; i++)
		if (host->firewall[i].to_port && host->firewall[i].listens == TRI_YES)
			host->served_port = host->firewall[i].to_port;
	served.port = host->served_port;
	return served;
}

/* ---- TLS to itself ------------------------------------------------------------------------------------ */

static bool family_wanted(const struct why_options *o, int family)
{
	return !(o->ipv4_only && family != AF_INET) && !(o->ipv6_only && family != AF_INET6);
}

static bool listens_on(const struct host_evidence *host, const struct host_address *a)
{
	for (size_t i = 0; i < host->n_listeners; i++) {
		const struct host_listener *l = &host->listeners[i];

		if (l->port != host->served_port)
			continue;
		if (l->is_any ? l->family == a->family || (l->family == AF_INET6 && !l->is_v6_only) :
				strcmp(l->address, a->text) == 0 || (strncmp(l->address, "::ffff:", 7) == 0 && strcmp(l->address + 7, a->text) == 0))
			return true;
	}
	return false;
}

/* The addresses to ask: one of each sort, the outward ones first; a name or address given with --to alone. */
static size_t addresses_choose(const struct host_evidence *host, const struct why_options *o, const char **chosen)
{
	size_t n = 0;

	for (int loopback = 0; loopback < 2; loopback++)
		for (size_t i = 0; i < host->n_addresses && n < PROBED_MAX; i++) {
			const struct host_address *a = &host->addresses[i];

			if (a->is_loopback == loopback && !a->is_link_local && !a->is_tentative && family_wanted(o, a->family) &&
			    listens_on(host, a) && (!o->to || strcmp(o->to, a->text) == 0))
				chosen[n++] = a->text;
		}
	return n;
}

/* Without a name the first address stands for the machine, and no name is sent. */
static struct why_options probe_options(struct arena *arena, const struct host_evidence *host, const struct why_options *o,
					const char **addresses, size_t n)
{
	struct why_options probe = *o;
	struct why_resolve *resolve = arena_array(arena, struct why_resolve, n + 1);
	const char *name = o->name ? o->name : n ? addresses[0] : "localhost";
	bool is_v6 = strchr(name, ':') != NULL;

	for (size_t i = 0; i < n; i++)
		resolve[i] = (struct why_resolve){ .host = o->name ? o->name : "", .port = host->served_port, .address = addresses[i] };
	probe.target = arena_printf(arena, "https://%s%s%s:%u/", is_v6 ? "[" : "", name, is_v6 ? "]" : "", host->served_port);
	probe.resolve = resolve;
	probe.n_resolve = n;
	probe.no_external = true;
	if (!probe.max_time_ms)
		probe.max_time_ms = PROBE_MAX_MS;
	return probe;
}

/* The first name that the certificate is for; a wildcard's stands with www. NULL without one. */
static const char *name_served(struct arena *arena, const struct evidence *evidence)
{
	const struct chain_facts *facts = evidence->visit->chain;
	const struct cert *leaf = facts ? facts->leaf : NULL;

	for (size_t i = 0; leaf && i < leaf->n_san; i++) {
		const char *name = leaf->san[i].type == SAN_DNS ? arena_strn(arena, leaf->san[i].value.p, leaf->san[i].value.n) : "";
		bool is_wildcard = strncmp(name, "*.", 2) == 0;
		const char *rest = is_wildcard ? name + 2 : name;

		if (*rest && strlen(name) == leaf->san[i].value.n && strlen(rest) < NAME_MAX_LEN &&
		    strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == strlen(rest))
			return is_wildcard ? arena_printf(arena, "www.%s", rest) : name;
	}
	return NULL;
}

/* Without --name the port is asked without one; then under the name that its certificate has, for which it is
 * to be judged. */
static int probe_run(const struct why_options *options, struct arena *arena, const struct host_evidence *host, const char **addresses,
		     size_t n, struct evidence **out, struct why_error *error, const struct scan_progress *progress)
{
	struct why_options probe = probe_options(arena, host, options, addresses, n);
	struct why_options named = *options;
	int status = scan_run(&probe, arena, out, error, progress);

	if (status != 0 || options->name)
		return status;
	named.name = name_served(arena, *out);
	if (!named.name)
		return 0;
	trust_free((*out)->trust);
	(*out)->trust = NULL;
	probe = probe_options(arena, host, &named, addresses, n);
	return scan_run(&probe, arena, out, error, progress);
}

static int nothing_probed(const struct why_options *options, const struct why_options *probe, struct arena *arena, struct evidence **out, struct why_error *error)
{
	int status = evidence_begin(probe, arena, out, error);
	struct visit *visit;

	if (status != 0)
		return status;
	visit = (*out)->visit;
	visit->dns.skipped = true;
	visit->dns.skipped_because = options->root ? "files were looked at" : "this machine was looked at";
	return target_parse(arena, probe->target, NULL, &visit->target, error);
}

int here_look(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error,
	      const struct scan_progress *progress)
{
	struct host_evidence *host;
	const char *addresses[PROBED_MAX];
	struct why_options probe, served;
	struct server_evidence *server = NULL;
	struct rules_reading *reading;
	struct stat root;
	double began;
	int status;
	size_t n;

	if (options->root && stat(options->root, &root) != 0)
		return why_fail(error, WHY_EUSAGE, "--root %.200s: expected a folder: %m", options->root);
	if (options->root && !S_ISDIR(root.st_mode))
		return why_fail(error, WHY_EUSAGE, "--root %.200s: expected a folder, and this is none", options->root);
	if (options->config && !options->root && access(options->config, R_OK) != 0)
		return why_fail(error, WHY_EUSAGE, "--config %.200s: expected a file that can be read: %m", options->config);
	if (options->config && options->root && access(arena_printf(arena, "%s/%s", options->root, options->config), R_OK) != 0)
		return why_fail(error, WHY_EUSAGE, "--config %.100s: expected a file below %.100s that can be read: %m", options->config, options->root);
	reading = rules_begin(options, arena);
	host = machine_look(options, arena);
	served = served_options(options, arena, host, &reading);
	n = options->out || options->root ? 0 : addresses_choose(host, options, addresses);
	probe = probe_options(arena, host, options, addresses, n);
	began = now_ms();
	status = n ? probe_run(options, arena, host, addresses, n, out, error, progress) : nothing_probed(options, &probe, arena, out, error);
	if (status != 0) {
		here_rules_drop(reading);
		return status;
	}
	host->is_probed = n > 0;
	if (server_look(arena, host, &served, (*out)->trust, &server) == 0)
		host->server = server;
	/* Of a folder without any there is nothing to say, least of all that it is well. */
	if (options->root && !server) {
		here_rules_drop(reading);
		return why_fail(error, WHY_EUSAGE, "--root %.200s: expected the configuration of nginx, Apache, HAProxy, Caddy, stunnel or hitch "
				"below this folder, and found none where they have it; say where it is with --config", options->root);
	}
	server_served(server, *out);
	host->elapsed_ms += now_ms() - began;
	rules_follow(options, arena, host, reading);
	(*out)->host = host;
	(*out)->elapsed_ms = host->elapsed_ms;
	return 0;
}

int here_join(const struct why_options *options, struct evidence *evidence, struct why_error *error)
{
	struct why_options mine = *options, served;
	struct server_evidence *server = NULL;
	struct rules_reading *reading;

	if (options->with)
		return here_joined(options, evidence->arena, &evidence->host, error);
	mine.port = evidence->visit->target.port;
	mine.name = evidence->visit->target.is_ip ? NULL : evidence->visit->target.host;
	mine.from = mine.to = NULL;
	mine.out = false;
	reading = rules_begin(&mine, evidence->arena);
	evidence->host = machine_look(&mine, evidence->arena);
	evidence->host->is_joined = true;
	served = served_options(&mine, evidence->arena, evidence->host, &reading);
	if (server_look(evidence->arena, evidence->host, &served, evidence->trust, &server) == 0)
		evidence->host->server = server;
	rules_follow(&mine, evidence->arena, evidence->host, reading);
	return 0;
}
