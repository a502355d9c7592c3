/* One validated question in a libunbound context of its own, whose descriptor the loop watches. */
#include "dns/dnssec.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unbound.h>

#include "base/attr.h"
#include "base/late.h"

#define UNBOUND_FUNCTIONS(X)                                                                    \
	X(ub_ctx_add_ta_file) X(ub_ctx_async) X(ub_ctx_create) \
	X(ub_ctx_delete) X(ub_ctx_set_fwd) X(ub_ctx_set_option) \
	X(ub_fd) X(ub_process) X(ub_resolve_async) \
	X(ub_resolve_free) X(ub_strerror)

struct unbound_api {
#define X(name) __typeof__(&name) name;
	UNBOUND_FUNCTIONS(X)
#undef X
};

static bool unbound_load(struct unbound_api *api)
{
	const struct late_symbol symbols[] = {
#define X(name) { #name, (void **)&api->name },
		UNBOUND_FUNCTIONS(X)
#undef X
	};

	return late_open("libunbound.so.8", symbols, COUNT_OF(symbols));
}

struct dns_dnssec {
	struct unbound_api api;
	struct ub_ctx *ctx;
	struct arena *arena;
	uv_poll_t poll;
	bool is_answered, is_stopped;
	struct dns_dnssec_result result;
	void (*done)(void *ctx, const struct dns_dnssec_result *result);
	void *done_ctx;
};

static void poll_closed(uv_handle_t *handle)
{
	struct dns_dnssec *dnssec = handle->data;

	dnssec->api.ub_ctx_delete(dnssec->ctx);
	free(dnssec);
}

void dns_dnssec_stop(struct dns_dnssec *dnssec)
{
	if (dnssec->is_stopped)
		return;
	dnssec->is_stopped = true;
	uv_close((uv_handle_t *)&dnssec->poll, poll_closed);
}

static void resolved(void *arg, int error, struct ub_result *result)
{
	struct dns_dnssec *dnssec = arg;

	if (!dnssec->is_stopped) {
		dnssec->is_answered = true;
		dnssec->result.has_answer = error == 0 && result;
		if (error)
			dnssec->result.why = arena_str(dnssec->arena, dnssec->api.ub_strerror(error));
	}
	if (!result)
		return;
	if (!dnssec->is_stopped) {
		dnssec->result.is_secure = result->secure != 0;
		dnssec->result.is_bogus = result->bogus != 0;
		if (result->bogus && result->why_bogus)
			dnssec->result.why = arena_str(dnssec->arena, result->why_bogus);
		else if (!result->bogus && result->rcode == 2)
			dnssec->result.has_answer = false;
	}
	dnssec->api.ub_resolve_free(result);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct dns_dnssec *dnssec = poll->data;

	(void)status;
	(void)events;
	dnssec->api.ub_process(dnssec->ctx);
	if (!dnssec->is_answered || dnssec->is_stopped)
		return;
	dns_dnssec_stop(dnssec);
	dnssec->done(dnssec->done_ctx, &dnssec->result);
}

static void forward_to(const struct unbound_api *api, struct ub_ctx *ctx, const struct sockaddr_storage *server)
{
	char text[INET6_ADDRSTRLEN], with_port[INET6_ADDRSTRLEN + 8];
	const struct sockaddr_in *in = (const struct sockaddr_in *)server;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)server;
	uint16_t port;

	if (server->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
		port = ntohs(in6->sin6_port);
	} else {
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
		port = ntohs(in->sin_port);
	}
	snprintf(with_port, sizeof with_port, "%s@%u", text, port);
	api->ub_ctx_set_fwd(ctx, with_port);
}

static struct ub_ctx *context_new(const struct unbound_api *api, const struct dns_servers *servers, const char *root_key)
{
	struct ub_ctx *ctx = api->ub_ctx_create();

	if (!ctx)
		return NULL;
	api->ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");
	api->ub_ctx_set_option(ctx, "module-config:", "validator iterator");
	for (size_t i = 0; i < servers->n; i++)
		forward_to(api, ctx, &servers->items[i]);
	if (api->ub_ctx_add_ta_file(ctx, root_key) || api->ub_ctx_async(ctx, 1)) {
		api->ub_ctx_delete(ctx);
		return NULL;
	}
	return ctx;
}

struct dns_dnssec *dns_dnssec_start(uv_loop_t *loop, struct arena *arena,
				    const struct dns_servers *servers, const char *root_key,
				    const char *name, uint16_t type,
				    void (*done)(void *ctx, const struct dns_dnssec_result *result),
				    void *ctx)
{
	struct dns_dnssec *dnssec = calloc(1, sizeof *dnssec);

	if (!dnssec)
		return NULL;
	dnssec->arena = arena;
	dnssec->done = done;
	dnssec->done_ctx = ctx;
	/* Without the library the question stays open: unknown, not insecure. */
	if (!unbound_load(&dnssec->api)) {
		free(dnssec);
		return NULL;
	}
	dnssec->ctx = context_new(&dnssec->api, servers, root_key);
	if (!dnssec->ctx || uv_poll_init(loop, &dnssec->poll, dnssec->api.ub_fd(dnssec->ctx))) {
		if (dnssec->ctx)
			dnssec->api.ub_ctx_delete(dnssec->ctx);
		free(dnssec);
		return NULL;
	}
	dnssec->poll.data = dnssec;
	uv_poll_start(&dnssec->poll, UV_READABLE, readable);
	if (dnssec->api.ub_resolve_async(dnssec->ctx, name, type, 1, dnssec, resolved, NULL)) {
		dns_dnssec_stop(dnssec);
		return NULL;
	}
	return dnssec;
}
