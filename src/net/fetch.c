/* libcurl's multi_socket interface over the loop: one multi handle a fetch, because fetches are few. */
#include "net/fetch.h"

#define CURL_DISABLE_TYPECHECK
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/late.h"
#include "net/task.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define CURL_FUNCTIONS(X)                                                                       \
	X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) \
	X(curl_easy_setopt) X(curl_easy_strerror) X(curl_multi_add_handle) \
	X(curl_multi_assign) X(curl_multi_cleanup) X(curl_multi_info_read) \
	X(curl_multi_init) X(curl_multi_remove_handle) X(curl_multi_setopt) \
	X(curl_multi_socket_action) X(curl_slist_append) X(curl_slist_free_all)

struct curl_api {
#define X(name) __typeof__(&name) name;
	CURL_FUNCTIONS(X)
#undef X
};

static bool curl_load(struct curl_api *api)
{
	const struct late_symbol symbols[] = {
#define X(name) { #name, (void **)&api->name },
		CURL_FUNCTIONS(X)
#undef X
	};

	return late_open("libcurl.so.4", symbols, COUNT_OF(symbols));
}

struct watch {
	uv_poll_t poll;
	struct running *running;
	curl_socket_t fd;
};

struct running {
	struct curl_api api;
	struct net *net;
	struct fetch *fetch;
	struct task *task;
	CURLM *multi;
	CURL *easy;
	uv_timer_t timer;
	uint8_t *body;
	size_t n_body, cap_body;
	bool over, refused_address;
	unsigned open_handles;
};

bool sockaddr_is_local(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		uint32_t a = ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr);

		return a >> 24 == 127 || a >> 24 == 10 || a >> 24 == 0 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 ||
		       a >> 16 == 0xa9fe || (a >> 22) == (0x64400000u >> 22);
	}
	if (address->sa_family == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
		struct sockaddr_in v4 = { .sin_family = AF_INET };

		if (IN6_IS_ADDR_V4MAPPED(a)) {
			memcpy(&v4.sin_addr, a->s6_addr + 12, 4);
			return sockaddr_is_local((const struct sockaddr *)&v4);
		}
		return IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LINKLOCAL(a) ||
		       (a->s6_addr[0] & 0xfe) == 0xfc;
	}
	return true;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct running *r = ctx;

	(void)purpose;
	if (!r->fetch->allow_local && sockaddr_is_local(&address->addr)) {
		r->refused_address = true;
		return CURL_SOCKET_BAD;
	}
	r->net->n_connections++;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_body(char *data, size_t size, size_t n, void *ctx)
{
	struct running *r = ctx;
	size_t more = size * n;

	/* A cap that does not trust Content-Length. */
	if (r->n_body + more > r->fetch->body_max)
		return 0;
	if (r->n_body + more > r->cap_body) {
		size_t cap = (r->n_body + more) * 2;
		uint8_t *bigger = arena_alloc(r->net->arena, cap);

		if (r->n_body > 0)
			memcpy(bigger, r->body, r->n_body);
		r->body = bigger;
		r->cap_body = cap;
	}
	memcpy(r->body + r->n_body, data, more);
	r->n_body += more;
	return more;
}

static void check_done(struct running *r)
{
	CURLMsg *msg;
	int left;

	while ((msg = r->api.curl_multi_info_read(r->multi, &left)))
		if (msg->msg == CURLMSG_DONE && !r->over) {
			r->over = true;
			if (msg->data.result != CURLE_OK)
				r->fetch->error = r->refused_address ? "the address is a local one, which a peer may not send us to" :
								       r->api.curl_easy_strerror(msg->data.result);
			task_resume(r->task);
			return;
		}
}

static void on_socket_event(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct running *r = w->running;
	int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) |
		    (status < 0 ? CURL_CSELECT_ERR : 0), running;

	r->api.curl_multi_socket_action(r->multi, w->fd, flags, &running);
	check_done(r);
}

static void on_timeout(uv_timer_t *timer)
{
	struct running *r = timer->data;
	int running;

	r->api.curl_multi_socket_action(r->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	check_done(r);
}

static void watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct running *r = ctx;
	struct watch *w = socket_ctx;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w) {
			uv_poll_stop(&w->poll);
			uv_close((uv_handle_t *)&w->poll, watch_closed);
		}
		r->api.curl_multi_assign(r->multi, fd, NULL);
		return 0;
	}
	if (!w) {
		w = calloc(1, sizeof *w);
		if (!w)
			return -1;
		w->running = r;
		w->fd = fd;
		w->poll.data = w;
		if (uv_poll_init(&r->net->loop, &w->poll, fd) != 0) {
			free(w);
			return -1;      /* libcurl gives the transfer up */
		}
		r->api.curl_multi_assign(r->multi, fd, w);
	}
	uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
		      on_socket_event);
	return 0;
}

static int want_timer(CURLM *multi, long ms, void *ctx)
{
	struct running *r = ctx;

	(void)multi;
	if (ms < 0)
		return uv_timer_stop(&r->timer);
	uv_update_time(&r->net->loop);
	return uv_timer_start(&r->timer, on_timeout, (uint64_t)ms, 0);
}

static void timer_closed(uv_handle_t *handle)
{
	struct running *r = handle->data;

	task_resume(r->task);
}

static void configure(struct running *r, struct curl_slist **headers)
{
	struct fetch *f = r->fetch;
	unsigned left = net_left_ms(r->net);

	r->api.curl_easy_setopt(r->easy, CURLOPT_URL, f->url);
	r->api.curl_easy_setopt(r->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	r->api.curl_easy_setopt(r->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	r->api.curl_easy_setopt(r->easy, CURLOPT_FOLLOWLOCATION, 1L);
	r->api.curl_easy_setopt(r->easy, CURLOPT_MAXREDIRS, 3L);
	r->api.curl_easy_setopt(r->easy, CURLOPT_PROXY, "");
	r->api.curl_easy_setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
	r->api.curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)(f->timeout_ms < left ? f->timeout_ms : left) + 1);
	r->api.curl_easy_setopt(r->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	r->api.curl_easy_setopt(r->easy, CURLOPT_OPENSOCKETDATA, r);
	r->api.curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, take_body);
	r->api.curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
	r->api.curl_easy_setopt(r->easy, CURLOPT_USERAGENT, "why443");
	if (f->post.n > 0) {
		*headers = r->api.curl_slist_append(NULL, f->content_type);
		r->api.curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, *headers);
		r->api.curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, f->post.p);
		r->api.curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE, (long)f->post.n);
	}
	r->api.curl_multi_setopt(r->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	r->api.curl_multi_setopt(r->multi, CURLMOPT_SOCKETDATA, r);
	r->api.curl_multi_setopt(r->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	r->api.curl_multi_setopt(r->multi, CURLMOPT_TIMERDATA, r);
}

void fetch_run(struct net *net, struct fetch *fetch)
{
	struct running r = { .net = net, .fetch = fetch, .task = task_current() };
	struct curl_slist *headers = NULL;

	fetch->error = "the time is up";
	if (net_out_of_time(net))
		return;
	fetch->error = "libcurl is not installed";
	if (!curl_load(&r.api))
		return;
	fetch->error = NULL;
	r.multi = r.api.curl_multi_init();
	r.easy = r.api.curl_easy_init();
	uv_timer_init(&net->loop, &r.timer);
	r.timer.data = &r;
	if (r.multi && r.easy)
		configure(&r, &headers);
	if (r.multi && r.easy && r.api.curl_multi_add_handle(r.multi, r.easy) == CURLM_OK)
		task_suspend();         /* until check_done() */
	else
		fetch->error = "libcurl has no memory for a transfer";
	if (r.easy)
		r.api.curl_easy_getinfo(r.easy, CURLINFO_RESPONSE_CODE, &fetch->status);
	if (!fetch->error && fetch->status != 200)
		fetch->error = arena_printf(net->arena, "HTTP status %ld", fetch->status);
	fetch->body = span_of(r.body, r.n_body);
	r.api.curl_multi_remove_handle(r.multi, r.easy);
	r.api.curl_easy_cleanup(r.easy);
	r.api.curl_multi_cleanup(r.multi);
	r.api.curl_slist_free_all(headers);
	uv_close((uv_handle_t *)&r.timer, timer_closed);
	task_suspend();
}
