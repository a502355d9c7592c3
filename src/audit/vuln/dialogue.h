/* Connections of the checks that speak TLS by themselves (tls/raw_client.h). */
#ifndef WHY_AUDIT_VULN_DIALOGUE_H
#define WHY_AUDIT_VULN_DIALOGUE_H

#include "audit/vuln/vuln.h"
#include "tls/raw_client.h"

enum { CONFIRMATIONS = 2, RAW_SUITES_MAX = 64 };

/* An offer of suites that the server is known to accept and we can speak. */
struct raw_choice {
	struct raw_offer offer;
	uint16_t suites[RAW_SUITES_MAX];
	enum tri found;         /* NO: it accepts no such suite; its `because` where unknown */
	const char *because;
	bool (*wanted)(const struct raw_suite *suite);
};

struct dialogue {
	struct asking *asking;
	struct raw_client client;
	struct attempt *attempt;
	struct conn *conn;
};

/* Connects; false when there is no connection. dialogue_close() in either case. */
bool dialogue_open(struct dialogue *d, struct asking *asking);
/* The same for one that another follows: before what waits. */
bool dialogue_open_first(struct dialogue *d, struct asking *asking);
/* The same for one of many shapes, behind what takes more rounds. */
bool dialogue_open_patiently(struct dialogue *d, struct asking *asking);
/* The same in a place that ask_carry() holds. */
bool dialogue_open_carrying(struct dialogue *d, struct asking *asking);
void dialogue_close(struct dialogue *d);
/* Connects, offers what was chosen and reads up to the ServerHelloDone. Questions of the audit that wait, and
 * whose answer is foreseen to be one of these suites, come along (audit/together.h). */
bool dialogue_begin(struct dialogue *d, struct asking *asking, const struct raw_choice *choice);
bool dialogue_begin_patiently(struct dialogue *d, struct asking *asking, const struct raw_choice *choice);
/* From here on silence is short: the peer has answered once already. */
void dialogue_hurry(struct dialogue *d);

/* The highest of TLS 1.2, 1.1, 1.0 with suites that `wanted` picks. */
void raw_choose(struct raw_choice *choice, struct asking *asking, bool (*wanted)(const struct raw_suite *suite));
/* Is such a suite known to be accepted, as far as the lists go by now? */
bool raw_accepts(struct asking *asking, bool (*wanted)(const struct raw_suite *suite));
bool raw_wants_any(const struct raw_suite *suite);
bool raw_wants_cbc(const struct raw_suite *suite);
bool raw_wants_gcm(const struct raw_suite *suite);
bool raw_wants_rsa(const struct raw_suite *suite);
bool raw_wants_ecdhe(const struct raw_suite *suite);
/* Says in `out` why there is nothing to choose; true when there is. */
bool raw_has_choice(const struct raw_choice *choice, struct audit_vulnerability *out, const char *what);

/* A harmless request of the service's protocol, to see whether a record is processed. */
struct span harmless_request(struct asking *asking);

/* What the peer did: compared between shapes that must not be told apart. */
struct reaction {
	bool is_known;          /* the dialogue came as far as it had to */
	bool has_data;          /* application data came */
	enum raw_end end;
	uint8_t alert;
	const char *text;
};
/* Reads until the end, or until application data comes. */
struct reaction reaction_read(struct dialogue *d);
bool reaction_equal(const struct reaction *a, const struct reaction *b);

#endif
