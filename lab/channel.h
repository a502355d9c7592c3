/* One connection: a socket, perhaps with TLS on it. */
#ifndef WHY_LAB_CHANNEL_H
#define WHY_LAB_CHANNEL_H

#include "lab.h"

struct channel {
	struct scene *scene;
	int fd;                 /* -1 once closed */
	SSL *ssl;               /* NULL: plain bytes */
	uint8_t session_id[32]; /* of the hello that a script read */
	uint8_t n_session_id;
	uint8_t stream[4];      /* of the HTTP/2 request that a script read */
	bool has_greeted;       /* a SOCKS5 client has sent its methods */
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

/* pace.c: a socket for OpenSSL that writes `chunk` bytes every `delay_ms`, and stops at `limit`. */
struct pace {
	BIO_METHOD *method;
	unsigned chunk, delay_ms;
	long limit;             /* bytes; -1: never */
	long flip;              /* this byte of all arrives changed; -1: none */
	enum { PACE_STALL, PACE_RESET, PACE_CLOSE } stop;       /* what comes at the limit */
};
struct pace *pace_make(struct arena *arena, const char *settings);
BIO *pace_bio(const struct pace *pace, int fd);

/* script.c: the `do` lines of the scene, or those its kind implies. */
void script_make(struct lab *lab, struct scene *scene);
/* The dialogue before TLS; false when the connection is over. */
bool script_before(struct channel *channel);
void script_run(struct channel *channel);

/* when.c: the scene's `when` lines. True when one of them ended the connection; `other` is set
 * when the other backend shall serve. */
void when_make(struct lab *lab, struct scene *scene);
bool when_apply(struct channel *channel, bool *other);

/* answer.c */
void answer_make(struct lab *lab, struct scene *scene);

#endif
