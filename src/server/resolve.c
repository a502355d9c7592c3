/* See resolve.h. The system's resolver cannot be cancelled: getaddrinfo_a(3) leaves it behind. Below another root its own hosts file
 * alone is asked, for its resolver is not ours. */
#include "server/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <time.h>

#include "dns/config.h"

enum { WAIT_S = 2, ADDRESSES_MAX = 16, NAMES_MAX = 16 };

struct answer {
	const char *name, *addresses[ADDRESSES_MAX];
	size_t n;
	enum tri has;
	struct answer *next;
};

static void note(struct conf *conf, struct answer *to, const struct sockaddr *address)
{
	const void *bytes = address->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr :
							    (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	char text[INET6_ADDRSTRLEN];

	if (to->n == ADDRESSES_MAX || (address->sa_family != AF_INET && address->sa_family != AF_INET6) || !inet_ntop(address->sa_family, bytes, text, sizeof text))
		return;
	for (size_t i = 0; i < to->n; i++)
		if (strcmp(to->addresses[i], text) == 0)
			return;
	to->addresses[to->n++] = arena_str(conf->arena, text);
	to->has = TRI_YES;
}

static void ask_hosts(struct conf *conf, struct answer *to)
{
	struct dns_hosts_line *lines = NULL;
	size_t n = 0;

	if (dns_hosts_find(conf->arena, arena_printf(conf->arena, "%s/etc/hosts", conf->root_dir), to->name, &lines, &n) == TRI_YES)
		for (size_t i = 0; i < n; i++)
			note(conf, to, (const struct sockaddr *)(const void *)&lines[i].address);
}

static void ask_system(struct conf *conf, struct answer *to)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct gaicb *request = calloc(1, sizeof *request), *list[1] = { request };
	const struct timespec wait = { .tv_sec = WAIT_S };
	int status;

	if (!request)
		return;
	request->ar_name = strdup(to->name);    /* both outlive the wait */
	request->ar_request = &hints;
	if (!request->ar_name || getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0)
		return;
	if (gai_suspend((const struct gaicb *const *)(const void *)list, 1, &wait) == EAI_AGAIN && gai_error(request) == EAI_INPROGRESS)
		return;
	status = gai_error(request);
	if (status == EAI_NONAME || status == EAI_NODATA)
		to->has = TRI_NO;
	for (const struct addrinfo *a = status == 0 ? request->ar_result : NULL; a; a = a->ai_next)
		note(conf, to, a->ai_addr);
	if (request->ar_result)
		freeaddrinfo(request->ar_result);
	free((char *)(uintptr_t)request->ar_name);
	free(request);
}

enum tri server_resolve(struct conf *conf, const char *name, const char *const **addresses, size_t *n)
{
	struct answer *a = conf->resolved;
	size_t n_names = 0;

	for (; a && strcasecmp(a->name, name) != 0; a = a->next)
		n_names++;
	if (!a) {
		a = arena_new_of(conf->arena, struct answer);
		*a = (struct answer){ .name = name, .next = conf->resolved };
		conf->resolved = a;
		/* One that did not answer would hold up each further name as long. */
		if (n_names < NAMES_MAX && !conf->is_resolver_silent) {
			if (conf->root_dir)
				ask_hosts(conf, a);
			else
				ask_system(conf, a);
			conf->is_resolver_silent = !conf->root_dir && a->has == TRI_UNKNOWN;
		}
	}
	*addresses = a->addresses;
	*n = a->n;
	return a->has;
}
