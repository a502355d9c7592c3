/* Probes: a question to a peer, described in one row; one file a probe. They run as tasks, look
 * blocking, and write what they saw into the evidence. A probe never judges and never prints. */
#ifndef WHY_PROBE_PROBE_H
#define WHY_PROBE_PROBE_H

#include "evidence/evidence.h"
#include "net/net.h"
#include "tls/hello.h"
#include "tls/session.h"

/* How often a hello is repeated always, to find backends that differ. */
enum { PROBE_REPEATS = 3 };

/* What all probes of one scan share. */
struct probing {
	struct net net;
	struct arena *arena;
	struct evidence *evidence;
	struct tls_context *tls;
	unsigned connect_timeout_ms;
	unsigned connect_slow_ms;       /* without an answer for so long: find out where the packets end */
	unsigned connect_decide_ms;     /* and then it has been long enough */
	uint16_t compare_port;          /* --compare-port; 0: 80, or 443 */
	unsigned n_traced;              /* addresses whose path was looked at */
	unsigned idle_timeout_ms;       /* between two bytes of a peer in a handshake */
	unsigned handshake_timeout_ms;
	unsigned http_timeout_ms;
	unsigned pool;                  /* connections to one server at once */
	unsigned samples;               /* --samples: whole exchanges to find backends that differ, beside PROBE_REPEATS hellos */
	unsigned audit_pool, audit_delay_ms;    /* an audit's: 0: 20 connections at once, no pause */
	bool external;                  /* AIA, OCSP, CRL may be fetched */
	bool all_clients;               /* --as all: try every client's hello, also when all is well */
	const char *as_client;          /* --as NAME */
	void (*progress)(void *ctx, const char *what);
	void *progress_ctx;
};

/* One asking: which visit, which address of it. */
struct run {
	struct probing *probing;
	struct visit *visit;
	struct endpoint *endpoint;      /* NULL for probes of the whole visit */
};

enum probe_stage {
	STAGE_OPEN,             /* side by side with the main exchange, on each address */
	STAGE_ISOLATE,          /* when something failed: which factor is it; on the one address that tells most */
	STAGE_CLIENTS,          /* the hellos of real clients */
	STAGE_PATH,             /* after those: where on the way it fails */
	STAGE_AFTER             /* after HTTP */
};

struct probe {
	const char *name;
	enum layer layer;
	enum probe_stage stage;
	unsigned connections;   /* at most */
	const char *does;
	bool (*wanted)(const struct run *run);
	void (*run)(struct run *run);
};

extern const struct probe *const probes[];      /* ends with NULL; probes.def */

/* A new attempt noted at the run's endpoint. */
struct attempt *attempt_new(struct run *run, const char *name, unsigned nth);

/* Connects; fills attempt->tcp, and the endpoint's when it is the first. NULL when refused. */
struct conn *attempt_connect(struct run *run, struct attempt *attempt);

/* A hello of our own and the answer as far as it is in clear. */
void attempt_raw(struct run *run, const char *name, unsigned nth, const struct hello_spec *spec);

/* The same with segments of at most `mss` bytes either way. */
void attempt_raw_mss(struct run *run, const char *name, const struct hello_spec *spec, uint16_t mss);
/* The bytes of such a hello, in the arena; empty when it cannot be made. */
struct span attempt_hello(struct run *run, const struct hello_spec *spec);

/* The hello and its answer over a connection that stands, for attempts that no endpoint lists; what
 * attempt_raw() does between connecting and closing. */
void attempt_exchange(struct run *run, struct attempt *attempt, struct conn *conn, const struct hello_spec *spec,
		      const struct tls_limits *limits);

/* A whole handshake; the session and connection are the caller's when it succeeded and `session`
 * is not NULL. */
struct attempt *attempt_full(struct run *run, const char *name, unsigned nth, const struct tls_config *config,
			     const char *sni, struct tls_session **session, struct conn **conn);

/* The same with segments of at most `mss` bytes either way. */
struct attempt *attempt_full_mss(struct run *run, const char *name, const struct tls_config *config, const char *sni,
				 uint16_t mss, struct tls_session **session, struct conn **conn);

/* Starts `fn(run, ctx)` as a task of `group`, no more than the pool's size at once. */
struct side {
	struct run *run;
	void (*fn)(struct run *run, const void *ctx);
	const void *ctx;
};
void run_side_by_side(struct run *run, const struct side *sides, size_t n);

/* Did the first stage see anything that is not plainly well at this address? */
bool looks_healthy(const struct visit *visit, const struct endpoint *endpoint);

extern const struct tls_config config_main, config_permissive;

#endif
