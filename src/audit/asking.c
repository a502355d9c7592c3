/* What is known of the server while it is asked: set up from the diagnosis, read and noted by all. */
#include "audit/asking.h"

#include "audit/vulnerability.h"
#include "tls/codes.h"

enum { POOL_DEFAULT = 20 };

/* ---- what the first suites show ----------------------------------------------------------------------------- */

void suites_note_kind(struct asking *asking, enum hello_kind kind, const struct attempt *answer)
{
	asking->of_kind[kind] = answer;
}

void suites_note_begun(struct asking *asking)
{
	asking->suites_began = true;
	queue_wake_all(&asking->suites_waiters);
}

const struct attempt *suites_wait_kind(struct asking *asking, enum hello_kind kind)
{
	while (!asking->suites_began)
		queue_wait(&asking->suites_waiters);
	return asking->of_kind[kind];
}

/* ---- setting up ---------------------------------------------------------------------------------------------- */

/* Silence is long for a peer that answered the first hellos at once. */
static struct tls_limits limits_of(const struct probing *p, const struct endpoint *ep)
{
	double slow = ep->tcp.connect_ms * 10 + (ep->main ? ep->main->first_byte_ms * 5 : 2000);
	unsigned idle = 2000 + (unsigned)slow;

	if (idle > p->idle_timeout_ms)
		idle = p->idle_timeout_ms;
	return (struct tls_limits){ idle, 2 * idle };
}

struct asking *asking_new(struct run *run, struct audit *audit, unsigned pool, unsigned delay_ms)
{
	struct probing *p = run->probing;
	struct asking *asking = arena_new_of(p->arena, struct asking);

	asking->run = *run;
	asking->endpoint = *run->endpoint;
	asking->endpoint.attempts = NULL;
	asking->endpoint.n_attempts = asking->endpoint.cap_attempts = 0;
	asking->run.endpoint = &asking->endpoint;
	asking->audit = audit;
	asking->limits = limits_of(p, run->endpoint);
	asking->pool = pool == 0 ? POOL_DEFAULT : pool < POOL_MAX ? pool : POOL_MAX;
	asking->delay_ms = delay_ms;
	asking->good_since_ms = -1;
	asking->pad_to = evidence_drops_middling_hellos(run->endpoint) ? PADDED : 0;
	asking->start_sent = p->net.bytes_sent;
	asking->start_received = p->net.bytes_received;
	return asking;
}

void asking_finish(struct asking *asking)
{
	struct net *net = net_of(asking);

	for (size_t i = 0; i < asking->n_pairs; i++)
		key_pair_free(asking->pairs[i]);
	asking->n_pairs = 0;
	signature_end(asking);
	asking->audit->bytes_sent = net->bytes_sent - asking->start_sent;
	asking->audit->bytes_received = net->bytes_received - asking->start_received;
}

struct common_list *asking_common(struct asking *asking)
{
	return asking->common;
}

bool *asking_begun_checks(struct asking *asking)
{
	if (!asking->begun_checks)
		asking->begun_checks = arena_array(asking->run.probing->arena, bool, n_vulnerability_checks + 1);
	return asking->begun_checks;
}

struct collection **asking_collection(struct asking *asking)
{
	return &asking->collection;
}

struct signer **asking_signer(struct asking *asking)
{
	return &asking->signer;
}

struct ticket_store **asking_tickets(struct asking *asking)
{
	return &asking->tickets;
}

struct run *asking_run(const struct asking *asking)
{
	return (struct run *)&asking->run;
}

struct audit *asking_audit(const struct asking *asking)
{
	return asking->audit;
}

bool asking_spoke(const struct asking *asking, uint16_t version)
{
	const struct attempt *main = asking->audit->endpoint->main;

	return main && main->done && (version == 0 || main->version == version);
}

uint16_t asking_pad_to(const struct asking *asking)
{
	return asking->pad_to;
}

unsigned asking_pool(const struct asking *asking)
{
	return asking->pool;
}

const char *asking_stopped(const struct asking *asking)
{
	if (asking->stopped)
		return asking->stopped;
	return net_out_of_time(net_of(asking)) ? "the time was over" : NULL;
}
