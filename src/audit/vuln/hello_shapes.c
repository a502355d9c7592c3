/* Checks that need a hello of their own shape and no keys: record versions, groups nobody has, no
 * signature_algorithms, foreign names. RFC 5246 E.1 and 7.4.1.4.1, RFC 8422 4, RFC 7301; Brinkmann et al. 2021 (ALPACA). */
#include "audit/vuln/vuln.h"

#include "audit/together.h"
#include "base/attr.h"

enum { CONFIRMATIONS = 2 };

static bool is_answer(const struct attempt *at)
{
	return at->has_server_hello && at->fault == TLS_FAULT_NONE;
}

static uint16_t best_version(struct asking *asking)
{
	for (uint16_t version = TLS_1_2; version >= TLS_1_0; version--)
		if (audit_has_protocol(asking_audit(asking), version) == TRI_YES)
			return version;
	return 0;
}

/* Any version that is spoken, 1.2 first; 0 none. */
static uint16_t any_version(struct asking *asking)
{
	uint16_t version = best_version(asking);

	return version ? version : audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_YES ? TLS_1_3 : 0;
}

/* ---- record versions ---------------------------------------------------------------------------------- */

static const struct attempt *with_record_version(struct asking *asking, uint16_t version, uint16_t record_version,
						 unsigned nth)
{
	struct hello_spec *spec = hello_common(asking, version);

	spec->record_version = record_version;
	return ask_hello_nth(asking, "record version", spec, nth);
}

static void change_record(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	(void)asking;
	spec->record_version = rider->own->record_version;
}

struct record_question {
	uint16_t version, record_version;
	const struct attempt *answer;
};

static void ask_record_version(struct asking *asking, void *ctx)
{
	struct record_question *q = ctx;
	struct hello_spec *spec = hello_common(asking, q->version);
	struct rider rider = {.name = "record version", .version = q->version, .places = PLACE_RECORD, .own = spec,
			      .change = change_record};

	spec->record_version = q->record_version;
	q->answer = ask_riding(asking, &rider);
}

void vulnerability_record_version_intol(struct asking *asking, struct audit_vulnerability *out)
{
	static const uint16_t records[] = {SSL_3_0, TLS_1_2};
	struct record_question both[COUNT_OF(records)];
	uint16_t version = any_version(asking);

	if (!version) {
		is_unknown(asking, out, "no version of TLS is known to be spoken");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(records); i++)
		both[i] = (struct record_question){ version, records[i], NULL };
	ask_all(asking, ask_record_version, both, COUNT_OF(records), sizeof *both);
	for (size_t i = 0; i < COUNT_OF(records); i++) {
		const struct attempt *at = both[i].answer;

		note_exchange(asking, out, "sent a %s hello in a record of version %04X: %s", kb_version_name(version),
			      records[i], is_answer(at) ? "a ServerHello" : answer_in_words(asking, at));
		if (is_answer(at))
			continue;
		for (unsigned nth = 1; nth <= CONFIRMATIONS && is_refusal(at); nth++)
			at = with_record_version(asking, version, records[i], nth);
		if (is_refusal(at) && !is_answer(at))
			is_vulnerable(asking, out,
				      "refuses a hello in a record of version %04X that it takes in one of 0301",
				      records[i]);
		else
			is_unknown(asking, out, "no steady answer to a record of version %04X: %s", records[i],
				   answer_in_words(asking, at));
		return;
	}
	is_not_vulnerable(asking, out, "takes hellos in records of version 0300 to 0303");
}

/* ---- groups --------------------------------------------------------------------------------------------- */

/* Elliptic suites with one group of the private range: there is nothing to agree on. */
static const struct attempt *with_foreign_group(struct asking *asking, uint16_t version, unsigned nth)
{
	static const uint16_t foreign[] = {0xfe34};
	struct hello_spec *rsa = hello_of_kind(asking, version, KIND_ECDHE_RSA);
	struct hello_spec *ecdsa = hello_of_kind(asking, version, KIND_ECDHE_ECDSA);
	uint16_t *suites = arena_array(arena_of(asking), uint16_t, rsa->n_suites + ecdsa->n_suites + 1);

	memcpy(suites, rsa->suites, rsa->n_suites * sizeof *suites);
	memcpy(suites + rsa->n_suites, ecdsa->suites, ecdsa->n_suites * sizeof *suites);
	rsa->suites = suites;
	rsa->n_suites += ecdsa->n_suites;
	rsa->groups = foreign;
	rsa->n_groups = COUNT_OF(foreign);
	return ask_hello_nth(asking, "foreign group", rsa, nth);
}

static bool is_ecdhe(const struct kb_suite *s)
{
	return suite_is_named(s, "ECDHE_");
}

void vulnerability_supported_groups_ignore(struct asking *asking, struct audit_vulnerability *out)
{
	struct suite_search ecdhe = find_suites(asking, TLS_1_0, TLS_1_2, is_ecdhe);
	uint16_t version = ecdhe.version;
	const struct attempt *at;

	if (ecdhe.found != TRI_YES) {
		judge(asking, out, ecdhe.found, VULNERABILITY_UNKNOWN, NULL, VULNERABILITY_NOT_APPLICABLE,
		      "no ECDHE suite is accepted below TLS 1.3", "an ECDHE suite");
		return;
	}
	at = with_foreign_group(asking, version, 0);
	for (unsigned nth = 1; nth <= CONFIRMATIONS && at->has_server_hello; nth++)
		at = with_foreign_group(asking, version, nth);
	note_exchange(asking, out, "offered ECDHE suites and a group that nobody has: %s",
		      at->has_server_hello ? "a ServerHello" : answer_in_words(asking, at));
	if (at->has_server_hello && at->group != 0)
		is_vulnerable(asking, out, "uses group %04X, which was not offered", at->group);
	else if (is_refusal(at))
		is_not_vulnerable(asking, out, "refuses where no group is in common");
	else
		is_unknown(asking, out, "no clear answer to a hello without a group in common: %s",
			   answer_in_words(asking, at));
}

/* ---- signatures -------------------------------------------------------------------------------------------- */

void vulnerability_sigalg_noext(struct asking *asking, struct audit_vulnerability *out)
{
	enum tri has_12 = audit_has_protocol(asking_audit(asking), TLS_1_2);
	struct hello_spec *spec;
	const struct attempt *at;

	if (has_12 != TRI_YES) {
		judge(asking, out, has_12, VULNERABILITY_UNKNOWN, NULL, VULNERABILITY_NOT_APPLICABLE,
		      "TLS 1.2 is not spoken", "TLS 1.2");
		return;
	}
	spec = hello_of_kind(asking, TLS_1_2, KIND_SIGNED);
	hello_drop_extension(asking, spec, EXT_SIGNATURE_ALGORITHMS);
	at = ask_hello(asking, "no signature_algorithms", spec);
	note_exchange(asking, out, "sent a hello without signature_algorithms: %s",
		      at->scheme ? arena_printf(arena_of(asking), "a ServerKeyExchange signed with %s",
						kb_scheme_name(at->scheme))
				 : answer_in_words(asking, at));
	if (at->scheme == 0x0201 || at->scheme == 0x0202 || at->scheme == 0x0203)
		is_vulnerable(asking, out, "signs with %s where the client names no scheme",
			      kb_scheme_name(at->scheme));
	else if (at->scheme)
		is_not_vulnerable(asking, out, "signs with %s where the client names no scheme",
				  kb_scheme_name(at->scheme));
	else if (is_refusal(at))
		is_not_vulnerable(asking, out, "refuses a hello that names no signature scheme");
	else
		is_unknown(asking, out, "no signature was seen: %s", answer_in_words(asking, at));
}

/* ---- foreign names ------------------------------------------------------------------------------------------ */

void vulnerability_alpaca(struct asking *asking, struct audit_vulnerability *out)
{
	static const char foreign_name[] = "why443.invalid";
	static const char *const mail[] = {"imap"}, *const web[] = {"h2"};
	const struct target *target = &asking_run(asking)->visit->target;
	uint16_t version = any_version(asking);
	struct hello_spec *spec;
	const struct attempt *at;

	if (!version) {
		is_unknown(asking, out, "no version of TLS is known to be spoken");
		return;
	}
	spec = hello_common(asking, version);
	spec->alpn = target->starttls ? web : mail;
	spec->n_alpn = 1;
	spec->sni = foreign_name;
	hello_add_extension(asking, spec, EXT_ALPN, span_of(NULL, 0));
	at = version == TLS_1_3 ? ask_decrypted(asking, "foreign names", spec)
				: ask_hello(asking, "foreign names", spec);
	note_exchange(asking, out, "offered ALPN %s and server_name %s: %s", spec->alpn[0], foreign_name,
		      is_answer(at) ? "a ServerHello" : answer_in_words(asking, at));
	if (is_answer(at) && !at->alpn)
		is_unknown(asking, out,
			   "it passes over names of other services, as many do; whether another service with its "
			   "certificate "
			   "can be put in its place was not looked at");
	else if (is_answer(at))
		is_unknown(asking, out, "it speaks the protocol of another service itself");
	else if (at->fault == TLS_FAULT_ALERT)
		is_not_vulnerable(asking, out, "refuses the names of another service");
	else
		is_unknown(asking, out, "no clear answer to foreign names: %s", answer_in_words(asking, at));
}
