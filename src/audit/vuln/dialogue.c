/* See dialogue.h. */
#include "audit/vuln/dialogue.h"

enum { WAIT_MS = 1200, READS_MAX = 16 };

static bool open_by(struct dialogue *d, struct asking *asking,
		    struct conn *(*connect)(struct asking *asking, struct attempt *attempt))
{
	*d = (struct dialogue){.asking = asking, .attempt = arena_new_of(arena_of(asking), struct attempt)};
	d->attempt->name = "dialogue";
	d->conn = asking_stopped(asking) ? NULL : connect(asking, d->attempt);
	/* Some servers lead one connection at a time: the first answer may take as long as all others. */
	raw_client_init(&d->client, arena_of(asking), d->conn, asking_run(asking)->probing->idle_timeout_ms);
	return d->conn != NULL;
}

bool dialogue_open(struct dialogue *d, struct asking *asking)
{
	return open_by(d, asking, ask_connect);
}

bool dialogue_open_patiently(struct dialogue *d, struct asking *asking)
{
	return open_by(d, asking, ask_connect_patiently);
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

	*choice = (struct raw_choice){.found = TRI_NO};
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
