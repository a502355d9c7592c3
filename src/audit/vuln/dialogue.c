/* See dialogue.h. */
#include "audit/vuln/dialogue.h"

#include <openssl/rand.h>

#include "audit/together.h"
#include "tls/codes.h"
#include "tls/hello.h"

enum { WAIT_MS = 1200, READS_MAX = 16 };

static bool open_by(struct dialogue *d, struct asking *asking,
		    struct conn *(*connect)(struct asking *asking, struct attempt *attempt))
{
	*d = (struct dialogue){.asking = asking, .attempt = arena_new_of(arena_of(asking), struct attempt)};
	d->attempt->name = "dialogue";
	d->conn = connect(asking, d->attempt);
	/* Some servers lead one connection at a time: the first answer may take as long as all others. */
	raw_client_init(&d->client, arena_of(asking), d->conn, asking_run(asking)->probing->idle_timeout_ms);
	return d->conn != NULL;
}

bool dialogue_open(struct dialogue *d, struct asking *asking)
{
	return open_by(d, asking, ask_connect);
}

bool dialogue_open_first(struct dialogue *d, struct asking *asking)
{
	return open_by(d, asking, ask_connect_first);
}

bool dialogue_open_patiently(struct dialogue *d, struct asking *asking)
{
	return open_by(d, asking, ask_connect_patiently);
}

bool dialogue_open_carrying(struct dialogue *d, struct asking *asking)
{
	return open_by(d, asking, ask_carry_connect);
}

void dialogue_hurry(struct dialogue *d)
{
	unsigned wait_ms = WAIT_MS + (unsigned)(d->attempt->tcp.connect_ms * 4);

	d->client.wait_ms = wait_ms < d->client.wait_ms ? wait_ms : d->client.wait_ms;
}

void dialogue_close(struct dialogue *d)
{
	ask_release(d->asking, d->conn);
	d->conn = NULL;
}

/* ---- what to offer -------------------------------------------------------------------------------------- */

bool raw_wants_any(const struct raw_suite *suite)
{
	(void)suite;
	return true;
}

bool raw_wants_cbc(const struct raw_suite *suite)
{
	return suite->bulk == RAW_CBC;
}

bool raw_wants_gcm(const struct raw_suite *suite)
{
	return suite->bulk == RAW_GCM;
}

bool raw_wants_rsa(const struct raw_suite *suite)
{
	return suite->exchange == RAW_RSA;
}

bool raw_wants_ecdhe(const struct raw_suite *suite)
{
	return suite->exchange == RAW_ECDHE;
}

static void choose_from(struct raw_choice *choice, const struct audit_suites *list,
			bool (*wanted)(const struct raw_suite *))
{
	struct raw_suite suite;

	for (size_t i = 0; list && i < list->n && choice->offer.n_suites < RAW_SUITES_MAX; i++)
		if (list->items[i].code <= 0xffff && raw_suite_of((uint16_t)list->items[i].code, &suite) &&
		    wanted(&suite))
			choice->suites[choice->offer.n_suites++] = suite.code;
}

/* Before the list is known, where any suite will do: those that most servers take one of. */
static void choose_common(struct raw_choice *choice, struct asking *asking, uint16_t version)
{
	struct raw_suite suite;
	size_t n;
	const uint16_t *common = common_suites(asking, version, &n);

	for (size_t i = 0; i < n && choice->offer.n_suites < RAW_SUITES_MAX; i++)
		if (raw_suite_of(common[i], &suite))
			choice->suites[choice->offer.n_suites++] = suite.code;
}

/* The lists say which suites are taken; where one is not whole, none found in it means nothing. */
void raw_choose(struct raw_choice *choice, struct asking *asking, bool (*wanted)(const struct raw_suite *suite))
{
	const struct audit *audit = asking_audit(asking);

	*choice = (struct raw_choice){.found = TRI_NO, .wanted = wanted};
	choice->offer.suites = choice->suites;
	choice->offer.sni = asking_run(asking)->visit->target.servername;
	for (uint16_t version = TLS_1_2; version >= TLS_1_0; version--) {
		const struct audit_suites *list = audit_suites_of(audit, version);

		choose_from(choice, list, wanted);
		if (wanted == raw_wants_any && (!list || list->state.extent == AUDIT_NOT_ASKED) &&
		    audit_has_protocol(audit, version) == TRI_YES)
			choose_common(choice, asking, version);
		if (choice->offer.n_suites > 0) {
			choice->offer.version = version;
			choice->found = TRI_YES;
			return;
		}
		if (audit_has_protocol(audit, version) != TRI_NO && (!list || list->state.extent != AUDIT_WHOLE)) {
			choice->found = TRI_UNKNOWN;
			choice->because = list && list->state.because ? list->state.because : why_not_seen(asking);
		}
	}
}

bool raw_accepts(struct asking *asking, bool (*wanted)(const struct raw_suite *suite))
{
	struct raw_choice choice;

	raw_choose(&choice, asking, wanted);
	return choice.found == TRI_YES;
}

bool any_is_ready(struct asking *asking)
{
	return raw_accepts(asking, raw_wants_any);
}

bool ecdhe_is_ready(struct asking *asking)
{
	return raw_accepts(asking, raw_wants_ecdhe);
}

bool raw_has_choice(const struct raw_choice *choice, struct audit_vulnerability *out, const char *what)
{
	if (choice->found == TRI_YES)
		return true;
	out->status = choice->found == TRI_NO ? VULNERABILITY_NOT_APPLICABLE : VULNERABILITY_UNKNOWN;
	out->because = choice->found == TRI_NO ? what : choice->because;
	return false;
}

struct span harmless_request(struct asking *asking)
{
	const struct target *target = &asking_run(asking)->visit->target;

	if (target->starttls)
		return span_str("NOOP\r\n");
	return span_str(arena_printf(arena_of(asking), "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
				     target->host));
}

/* ---- with others ------------------------------------------------------------------------------------------ */

static bool fits_choice(const struct rider *rider, const struct kb_suite *suite)
{
	const struct raw_choice *choice = rider->ctx;
	struct raw_suite raw;

	return raw_suite_of(suite->code, &raw) && choice->wanted(&raw);
}

static void put_choice(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	const struct raw_choice *choice = rider->ctx;

	if (choice->offer.no_etm)
		hello_drop_extension(asking, spec, EXT_ENCRYPT_THEN_MAC);
	if (choice->offer.groups) {
		spec->groups = choice->offer.groups;
		spec->n_groups = choice->offer.n_groups;
	}
}

static enum tls_fault fault_of(const struct raw_client *client)
{
	return client->end == RAW_CLOSED ? TLS_FAULT_CLOSED : client->end == RAW_SILENT ? TLS_FAULT_SILENT : TLS_FAULT_RESET;
}

/* The hello is one of the audit's own, and its answer is read twice: by the client that goes on with it, and
 * for those that came along. */
static bool begin_as(struct dialogue *d, const struct raw_choice *choice, const struct hello_spec *spec)
{
	enum { ROOM = 4096, RECORD_HEADER = 5 };
	struct raw_offer offer = choice->offer;
	uint8_t random[64], *room = arena_alloc(d->client.arena, ROOM);
	struct wr wr = wr_of(room, ROOM);
	struct reply reply;
	bool begun;

	if (RAND_bytes(random, sizeof random) != 1)
		return false;
	hello_encode(d->client.arena, spec, random, &wr, &d->attempt->offer);
	if (!wr_ok(&wr))
		return false;
	offer.hello = span_sub(wr_span(&wr), RECORD_HEADER, wr.n);
	d->attempt->client_random = arena_copy(d->client.arena, span_of(random, 32));
	reply_init(&reply, d->client.arena, d->attempt, span_of(NULL, 0));
	d->client.listener = &reply;
	begun = raw_begin(&d->client, &offer);
	d->client.listener = NULL;
	if (!reply.over)
		reply_end(&reply, fault_of(&d->client));
	reply_release(&reply);
	return begun && choice->wanted(&d->client.suite) &&
	       (d->client.suite.exchange != RAW_ECDHE || key_pair_has_group(d->attempt->group));
}

static bool begin_carrying(struct dialogue *d, struct asking *asking, const struct raw_choice *choice, bool is_patient)
{
	struct rider carrier = {
		.name = "dialogue", .version = choice->offer.version, .is_patient = is_patient, .fits = fits_choice,
		.places = PLACE_GROUPS | PLACE_ALPN | PLACE_RECORD | PLACE_EXTENSIONS | PLACE_SHAPE, .change = put_choice,
		.own = hello_of_version(asking, choice->offer.version), .ctx = choice,
	};
	const struct hello_spec *spec;
	double start;
	bool begun;

	carrier.own->suites = choice->offer.suites;
	carrier.own->n_suites = choice->offer.n_suites;
	spec = ask_carry(asking, &carrier);
	start = net_now_ms(&asking_run(asking)->probing->net);
	begun = dialogue_open_carrying(d, asking) && begin_as(d, choice, spec);
	ask_carry_done(asking, &carrier, d->conn ? d->attempt : NULL, spec, start);
	return begun;
}

static bool begin(struct dialogue *d, struct asking *asking, const struct raw_choice *choice, bool is_patient)
{
	if (begin_carrying(d, asking, choice, is_patient))
		return true;
	/* Whatever it was, perhaps the company: alone, and with what our own client speaks. */
	dialogue_close(d);
	return open_by(d, asking, is_patient ? ask_connect_patiently : ask_connect) && raw_begin(&d->client, &choice->offer);
}

bool dialogue_begin(struct dialogue *d, struct asking *asking, const struct raw_choice *choice)
{
	return begin(d, asking, choice, false);
}

bool dialogue_begin_patiently(struct dialogue *d, struct asking *asking, const struct raw_choice *choice)
{
	return begin(d, asking, choice, true);
}

/* ---- reactions -------------------------------------------------------------------------------------------- */

struct reaction reaction_read(struct dialogue *d)
{
	struct raw_client *client = &d->client;
	struct reaction reaction = {.is_known = true};
	struct raw_record record;

	dialogue_hurry(d);
	for (unsigned i = 0; i < READS_MAX && raw_read(client, &record); i++)
		if (record.type == RECORD_DATA && record.body.n > 0) {
			reaction.has_data = true;
			break;
		}
	reaction.end = reaction.has_data ? RAW_OPEN : client->end;
	reaction.alert = reaction.has_data ? 0 : client->alert;
	reaction.text = reaction.has_data ? "application data" : raw_end_text(client);
	return reaction;
}

bool reaction_equal(const struct reaction *a, const struct reaction *b)
{
	return a->has_data == b->has_data && a->end == b->end && a->alert == b->alert;
}
