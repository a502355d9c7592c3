/* One connection: a socket, perhaps with TLS on it. */
#ifndef WHY_LAB_CHANNEL_H
#define WHY_LAB_CHANNEL_H

#include "lab.h"

struct channel {
	struct scene *scene;
	int fd;                 /* -1 once closed */
	SSL *ssl;               /* NULL: plain bytes */
};

bool channel_send(struct channel *channel, struct span bytes);
long channel_receive(struct channel *channel, void *buffer, size_t n);
/* Reads up to the empty line that ends an HTTP request's head, or nothing more comes. */
void channel_read_request(struct channel *channel);
/* Peeks at, or takes, one whole TLS record; its length, 0 when none came. */
size_t channel_record(struct channel *channel, void *buffer, size_t cap, bool keep);

/* Ways to end. */
void channel_close(struct channel *channel);    /* an orderly FIN, behind close_notify */
void channel_reset(struct channel *channel);
void channel_hold(struct channel *channel);     /* silence until the peer leaves */

void sleep_ms(unsigned ms);

/* pace.c: a socket for OpenSSL that writes `chunk` bytes every `delay_ms`, and nothing past `limit`. */
BIO *pace_new(int fd, const char *settings, struct arena *arena);

/* script.c: the `do` lines of the scene, or its kind's own; http.c: its answer. */
void script_run(struct channel *channel);
void answer_send(struct channel *channel);

#endif
