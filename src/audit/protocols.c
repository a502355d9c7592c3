/* Which protocol versions are spoken, SSLv2 to TLS 1.3, each asked for alone; and what a server that
 * cannot speak one answers with. SSLv2: draft-hickman-netscape-ssl, RFC 6101 appendix E. */
#include "audit/parts.h"

#include "base/attr.h"
#include "base/rd.h"
#include "kb/names.h"
#include "tls/codes.h"

static const uint16_t versions[AUDIT_PROTOCOLS] = { AUDIT_SSL2, SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

/* ---- SSLv2 ---------------------------------------------------------------------------------------- */

/* SERVER-HELLO: session-id hit, certificate type, version, three lengths, certificate, cipher kinds. */
static void read_ssl2(struct asking *asking, struct audit_protocol *out, const struct attempt *at)
{
	struct audit_suites *list = &asking_audit(asking)->suites[0];
	struct rd rd = rd_of(at->server_hello), kinds;
	size_t n_certificate, n_kinds;

	rd_skip(&rd, 4);
	n_certificate = rd_u16(&rd);
	n_kinds = rd_u16(&rd);
	rd_skip(&rd, 2 + n_certificate);
	kinds = rd_sub(&rd, n_kinds);
	list->version = AUDIT_SSL2;
	if (!rd_ok(&rd)) {
		out->because = "its SSLv2 answer does not decode";
		list->state = (struct audit_state){ AUDIT_PART, out->because };
		return;
	}
	while (rd_more(&kinds) && list->n < 64) {
		uint32_t kind = rd_u24(&kinds);

		if (rd_ok(&kinds))
			*arena_push(asking_run(asking)->probing->arena, list->items, list->n, list->cap) =
				(struct audit_suite){ .code = kind };
	}
	list->state.extent = AUDIT_WHOLE;
	list->server_preference = TRI_NO;       /* the client chooses from the server's list */
	out->supported = list->n > 0 ? TRI_YES : TRI_NO;
	if (list->n == 0)
		out->because = "answers SSLv2, but takes none of its cipher kinds";
}

static void ask_ssl2(struct asking *asking, struct audit_protocol *out)
{
	static const struct hello_spec sslv2 = { .record_version = AUDIT_SSL2, .legacy_version = AUDIT_SSL2 };
	const struct attempt *at = ask_hello(asking, "version sslv2", &sslv2);

	if (at->has_server_hello && at->version == AUDIT_SSL2) {
		read_ssl2(asking, out, at);
		return;
	}
	out->because = answer_in_words(asking, at);
	if (at->has_server_hello)
		out->answered = at->version;
	/* To whoever speaks no SSLv2 these are odd bytes: silence means that more of them are waited for. */
	if (is_refusal(at) || at->fault == TLS_FAULT_SILENT || at->fault == TLS_FAULT_NOT_TLS)
		out->supported = TRI_NO;
}

/* ---- SSLv3 and TLS ----------------------------------------------------------------------------------- */

static bool is_of_version(const struct attempt *at, uint16_t version)
{
	return at->has_server_hello && at->version == version && at->fault != TLS_FAULT_VERSION_NOT_OFFERED;
}

struct lane {
	struct hello_spec *spec;
	const struct attempt *answer;
};

static void ask_lane(struct asking *asking, void *ctx)
{
	struct lane *lane = ctx;

	lane->answer = ask_hello(asking, "version", lane->spec);
}

static bool is_ecdsa(const struct kb_suite *s)
{
	return s->authentication && strcmp(s->authentication, "ECDSA") == 0;
}

static bool is_among(const uint16_t *codes, size_t n, uint16_t code)
{
	for (size_t i = 0; i < n; i++)
		if (codes[i] == code)
			return true;
	return false;
}

enum { LANES_MAX = 8, LANE = 110 };

/* All that were not offered, and the common ones once more without those of ECDSA: beside them a server with
 * a certificate of either kind may not look at the others. */
static size_t fill_lanes(struct asking *asking, uint16_t version, struct lane *lanes)
{
	size_t n_common, n_lanes = 0;
	const uint16_t *common = common_suites(asking, version, &n_common);

	for (unsigned ecdsa = 0; ecdsa < 2; ecdsa++) {
		uint16_t *list = NULL;
		size_t n = LANE;

		for (size_t i = 0; i < n_kb_suites; i++) {
			const struct kb_suite *s = &kb_suites[i];

			if (s->code == 0 || is_ecdsa(s) != ecdsa || !suite_is_of_version(s, version) ||
			    (ecdsa && is_among(common, n_common, s->code)))
				continue;
			if (n == LANE && n_lanes == LANES_MAX)
				return n_lanes;
			if (n == LANE) {
				list = arena_array(asking_run(asking)->probing->arena, uint16_t, LANE);
				lanes[n_lanes].spec = hello_of_version(asking, version);
				lanes[n_lanes++].spec->suites = list;
				n = 0;
			}
			list[n++] = s->code;
			lanes[n_lanes - 1].spec->n_suites = n;
		}
	}
	return n_lanes;
}

/* No common suite may mean that it takes odd ones: anonymous, with ARIA, of keys shared before. */
static bool takes_uncommon(struct asking *asking, uint16_t version)
{
	struct lane lanes[LANES_MAX] = { { 0 } };
	size_t n = fill_lanes(asking, version, lanes);

	ask_all(asking, ask_lane, lanes, n, sizeof *lanes);
	for (size_t i = 0; i < n; i++)
		if (is_of_version(lanes[i].answer, version)) {
			set_common_suites(asking, version, lanes[i].spec->suites, lanes[i].spec->n_suites);
			return true;
		}
	return false;
}

static void ask_tls(struct asking *asking, struct audit_protocol *out)
{
	const struct attempt *at;

	if (asking_spoke(asking, out->version)) {
		out->supported = TRI_YES;
		return;
	}
	at = ask_hello(asking, "version", hello_common(asking, out->version));

	if (is_of_version(at, out->version)) {
		out->supported = TRI_YES;
		return;
	}
	out->because = answer_in_words(asking, at);
	if (at->has_server_hello)
		out->answered = at->version;
	if (is_refusal(at))
		out->supported = TRI_NO;
	/* Who speaks TLS 1.3 keeps no odd suites for SSL 3.0. */
	if (out->version == SSL_3_0 && asking_spoke(asking, TLS_1_3))
		return;
	if (at->fault == TLS_FAULT_ALERT && at->alert != ALERT_PROTOCOL_VERSION && takes_uncommon(asking, out->version))
		*out = (struct audit_protocol){ .version = out->version, .supported = TRI_YES };
}

/* Where TLS 1.3 is spoken the oldest rarely are. Who has no version up to TLS 1.1 says so to a hello of
 * that, by its alert; TLS 1.0 is asked for alone where the answer leaves it open. */
static void ask_11_then_10(struct asking *asking, struct audit_protocol *out10, struct audit_protocol *out11)
{
	const struct attempt *at;

	ask_tls(asking, out11);
	at = ask_hello(asking, "version", hello_common(asking, TLS_1_1));
	if (at->fault == TLS_FAULT_ALERT && at->alert == ALERT_PROTOCOL_VERSION) {
		out10->supported = TRI_NO;
		out10->because = out11->because;
		return;
	}
	ask_tls(asking, out10);
}

static void ask_one(struct asking *asking, void *ctx)
{
	struct audit_protocol *out = ctx;
	bool is_modern = asking_spoke(asking, TLS_1_3);

	if (out->version == AUDIT_SSL2)
		ask_ssl2(asking, out);
	else if (is_modern && out->version == TLS_1_1)
		ask_11_then_10(asking, out - 1, out);
	else if (!is_modern || out->version != TLS_1_0)
		ask_tls(asking, out);
}

void audit_protocols(struct asking *asking)
{
	struct audit *audit = asking_audit(asking);

	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++)
		audit->protocols[i].version = versions[i];
	ask_all(asking, ask_one, audit->protocols, AUDIT_PROTOCOLS, sizeof *audit->protocols);
}

/* A version whose hello was refused is spoken all the same where another hello of it was answered. */
void protocols_by_suites(struct audit *audit)
{
	for (size_t i = 1; i < AUDIT_PROTOCOLS; i++) {
		struct audit_protocol *p = &audit->protocols[i];

		if (audit->suites[i].n == 0 || p->supported == TRI_YES)
			continue;
		p->supported = TRI_YES;
		p->because = NULL;
		p->answered = 0;
	}
}
