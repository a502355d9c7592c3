/* See addresses.h: getifaddrs(3), /proc/net/if_inet6 for the flags, /proc/net/route for defaults. */
#include "here/addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "here/sockets.h"

enum { ADDRESSES_MAX = 1024, FLAG_TENTATIVE = 0x40, FLAG_DADFAILED = 0x08 };

static bool is_global_v4(uint32_t a)
{
	return !(a >> 24 == 10 || a >> 24 == 127 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 16 == 0xa9fe ||
		 a >> 22 == (100U << 24 | 64U << 16) >> 22 || a >> 24 == 0 || a >> 28 >= 14);
}

static void address_classify(struct host_address *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->sockaddr;
	const struct sockaddr_in6 *v6 = (const void *)&a->sockaddr;

	if (a->family == AF_INET) {
		uint32_t n = ntohl(v4->sin_addr.s_addr);

		a->is_loopback = n >> 24 == 127;
		a->is_link_local = n >> 16 == 0xa9fe;
		a->is_global = is_global_v4(n);
		return;
	}
	a->is_loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	a->is_link_local = IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
	a->is_global = v6->sin6_addr.s6_addr[0] >> 5 == 1;
}

static unsigned prefix_of(const struct sockaddr *mask)
{
	const uint8_t *bytes;
	unsigned n = 0;

	if (!mask)
		return 0;
	bytes = mask->sa_family == AF_INET ? (const uint8_t *)&((const struct sockaddr_in *)(const void *)mask)->sin_addr :
					     ((const struct sockaddr_in6 *)(const void *)mask)->sin6_addr.s6_addr;
	while (n < (mask->sa_family == AF_INET ? 32U : 128U) && bytes[n / 8] & 0x80 >> n % 8)
		n++;
	return n;
}

static void address_add(struct arena *arena, struct host_evidence *host, const struct ifaddrs *i)
{
	struct host_address a = { .family = i->ifa_addr->sa_family, .device = arena_str(arena, i->ifa_name) };
	char text[INET6_ADDRSTRLEN];
	const void *bytes;

	memcpy(&a.sockaddr, i->ifa_addr, a.family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	bytes = a.family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)&a.sockaddr)->sin_addr :
				      (const void *)&((const struct sockaddr_in6 *)(const void *)&a.sockaddr)->sin6_addr;
	if (!inet_ntop(a.family, bytes, text, sizeof text))
		return;
	a.text = arena_str(arena, text);
	a.prefix_len = prefix_of(i->ifa_netmask);
	a.device_index = if_nametoindex(i->ifa_name);
	address_classify(&a);
	*arena_push(arena, host->addresses, host->n_addresses, host->cap_addresses) = a;
}

/* Lines of /proc/net/if_inet6: 32 hexadecimal digits, index, prefix, scope, flags, device. */
static void tentative_mark(struct arena *arena, struct host_evidence *host)
{
	const char *text = here_file(arena, "/proc/net/if_inet6", NULL);

	for (; text && strlen(text) > 45; text += strcspn(text, "\n"), text += *text == '\n') {
		unsigned flags = (unsigned)strtoul(text + 42, NULL, 16);

		for (size_t i = 0; i < host->n_addresses; i++) {
			struct host_address *a = &host->addresses[i];
			const uint8_t *bytes = ((const struct sockaddr_in6 *)(const void *)&a->sockaddr)->sin6_addr.s6_addr;
			char hex[33];

			if (a->family != AF_INET6)
				continue;
			for (size_t k = 0; k < 16; k++)
				snprintf(hex + 2 * k, 3, "%02x", bytes[k]);
			if (memcmp(hex, text, 32) == 0)
				a->is_tentative = flags & (FLAG_TENTATIVE | FLAG_DADFAILED);
		}
	}
}

void here_addresses(struct arena *arena, struct host_evidence *host)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list) != 0) {
		here_unread(arena, host, "addresses: the kernel does not list them");
		return;
	}
	for (const struct ifaddrs *i = list; i && host->n_addresses < ADDRESSES_MAX; i = i->ifa_next)
		if (i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6) && i->ifa_flags & IFF_UP)
			address_add(arena, host, i);
	freeifaddrs(list);
	tentative_mark(arena, host);
}

const struct host_address *here_address_find(const struct host_evidence *host, const char *text)
{
	for (size_t i = 0; i < host->n_addresses; i++)
		if (strcmp(host->addresses[i].text, text) == 0)
			return &host->addresses[i];
	return NULL;
}
