/* See name.h. The system's resolver may wait long and cannot be cancelled: getaddrinfo_a(3) leaves it behind. */
#include "here/name.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "here/addresses.h"
#include "here/sockets.h"

enum { WAIT_S = 2, SHOWN_MAX = 8 };

static bool has_word(const char *line, size_t n, const char *word)
{
	size_t m = strlen(word);

	for (size_t at = 0; at < n && line[at] != '#';) {
		size_t len = strcspn(line + at, " \t\n#");

		if (len == m && strncasecmp(line + at, word, m) == 0)
			return true;
		at += len + (len == 0);
	}
	return false;
}

static void hosts_read(struct arena *arena, struct host_evidence *host)
{
	const char *text = here_file(arena, "/etc/hosts", NULL);

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t n = strcspn(text, "\n");

		if (!host->hosts_line && has_word(text, n, host->name))
			host->hosts_line = arena_strn(arena, text, n);
	}
}

static void addresses_note(struct arena *arena, struct host_evidence *host, const struct addrinfo *list)
{
	size_t n = 0;

	host->name_resolves = TRI_YES;
	host->name_is_here = TRI_NO;
	host->name_addresses = "";
	for (; list; list = list->ai_next) {
		const void *bytes = list->ai_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)list->ai_addr)->sin_addr :
								 (const void *)&((const struct sockaddr_in6 *)(const void *)list->ai_addr)->sin6_addr;
		char text[INET6_ADDRSTRLEN];

		if (!inet_ntop(list->ai_family, bytes, text, sizeof text))
			continue;
		if (here_address_find(host, text))
			host->name_is_here = TRI_YES;
		if (n++ < SHOWN_MAX)
			host->name_addresses = arena_printf(arena, "%s%s%s", host->name_addresses, *host->name_addresses ? ", " : "", text);
	}
}

void here_name(struct arena *arena, struct host_evidence *host)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct timespec limit = { .tv_sec = WAIT_S };
	const struct gaicb *wait;
	struct gaicb *ask;
	char *name;

	if (!host->name)
		return;
	hosts_read(arena, host);
	/* Both must outlive us where no answer comes: the resolver's thread still holds them. */
	ask = calloc(1, sizeof *ask);
	name = strdup(host->name);
	if (!ask || !name || (*ask = (struct gaicb){ .ar_name = name, .ar_request = &hints }, getaddrinfo_a(GAI_NOWAIT, &ask, 1, NULL)) != 0) {
		free(ask);
		free(name);
		return;
	}
	wait = ask;
	(void)gai_suspend(&wait, 1, &limit);
	switch (gai_error(ask)) {
	case EAI_INPROGRESS: return;
	case 0:
		addresses_note(arena, host, ask->ar_result);
		freeaddrinfo(ask->ar_result);
		break;
	default: host->name_resolves = TRI_NO;
	}
	free(name);
	free(ask);
}
