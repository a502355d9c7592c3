/* getaddrinfo beside the loop. Not through libuv's pool: a blocked look-up cannot be cancelled there
 * and the process would wait for it at exit. Here it has a detached thread that may be left behind. */
#ifndef WHY_DNS_SYSTEM_H
#define WHY_DNS_SYSTEM_H

#include <netdb.h>
#include <uv.h>

struct dns_system;

struct dns_system_calls {
	int (*getaddrinfo)(const char *host, const char *service, const struct addrinfo *hints,
			   struct addrinfo **result);
	void (*freeaddrinfo)(struct addrinfo *result);
};

/* `done` comes once from the loop, unless stopped; `result` is freed after it returns. NULL when no
 * thread could be had. */
struct dns_system *dns_system_start(uv_loop_t *loop, const struct dns_system_calls *calls,
				    const char *host, int family,
				    void (*done)(void *ctx, int error, const struct addrinfo *result),
				    void *ctx);
void dns_system_stop(struct dns_system *system);

#endif
