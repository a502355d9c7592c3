/* The thread and the loop share one block; who comes last frees it. See system.h. */
#include "dns/system.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct dns_system {
	pthread_mutex_t lock;
	bool is_abandoned, is_answered; /* under the lock */
	unsigned n_owners;              /* thread and loop; under the lock */
	struct dns_system_calls calls;
	char *host;
	int family, error;
	struct addrinfo *result;
	uv_async_t async;
	void (*done)(void *ctx, int error, const struct addrinfo *result);
	void *ctx;
};

static void owner_leave(struct dns_system *system)
{
	unsigned left;

	pthread_mutex_lock(&system->lock);
	left = --system->n_owners;
	pthread_mutex_unlock(&system->lock);
	if (left > 0)
		return;
	if (system->result)
		system->calls.freeaddrinfo(system->result);
	pthread_mutex_destroy(&system->lock);
	free(system->host);
	free(system);
}

static void async_closed(uv_handle_t *handle)
{
	owner_leave(handle->data);
}

void dns_system_stop(struct dns_system *system)
{
	pthread_mutex_lock(&system->lock);
	system->is_abandoned = true;
	pthread_mutex_unlock(&system->lock);
	if (!uv_is_closing((uv_handle_t *)&system->async))
		uv_close((uv_handle_t *)&system->async, async_closed);
}

static void answered(uv_async_t *async)
{
	struct dns_system *system = async->data;
	bool is_ready;

	pthread_mutex_lock(&system->lock);
	is_ready = system->is_answered && !system->is_abandoned;
	pthread_mutex_unlock(&system->lock);
	if (!is_ready)
		return;
	dns_system_stop(system);        /* frees only as the loop turns */
	system->done(system->ctx, system->error, system->result);
}

static void *look_up(void *arg)
{
	struct dns_system *system = arg;
	struct addrinfo hints = { .ai_family = system->family, .ai_socktype = SOCK_STREAM };
	struct addrinfo *result = NULL;
	int error = system->calls.getaddrinfo(system->host, NULL, &hints, &result);

	pthread_mutex_lock(&system->lock);
	system->error = error;
	system->result = error ? NULL : result;
	system->is_answered = true;
	if (!system->is_abandoned)
		uv_async_send(&system->async);
	pthread_mutex_unlock(&system->lock);
	owner_leave(system);
	return NULL;
}

static int thread_start(struct dns_system *system)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 256 * 1024);   /* NSS modules like some room */
	error = pthread_create(&thread, &attr, look_up, system);
	pthread_attr_destroy(&attr);
	return error;
}

struct dns_system *dns_system_start(uv_loop_t *loop, const struct dns_system_calls *calls,
				    const char *host, int family,
				    void (*done)(void *ctx, int error, const struct addrinfo *result),
				    void *ctx)
{
	struct dns_system *system = calloc(1, sizeof *system);

	if (!system)
		return NULL;
	system->calls = *calls;
	system->host = strdup(host);
	system->family = family;
	system->done = done;
	system->ctx = ctx;
	system->n_owners = 2;
	if (!system->host || uv_async_init(loop, &system->async, answered)) {
		free(system->host);
		free(system);
		return NULL;
	}
	system->async.data = system;
	pthread_mutex_init(&system->lock, NULL);
	if (thread_start(system)) {
		system->n_owners = 1;
		dns_system_stop(system);
		return NULL;
	}
	return system;
}
