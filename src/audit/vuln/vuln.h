/* Between the checks: verdicts, their evidence, and questions to what the audit saw. */
#ifndef WHY_AUDIT_VULN_VULN_H
#define WHY_AUDIT_VULN_VULN_H

#include "audit/parts.h"
#include "audit/vulnerability.h"
#include "kb/names.h"
#include "tls/codes.h"

/* ---- verdicts (verdict.c) -------------------------------------------------------------------------- */

/* Each says why in one sentence, printf-like. Peers' text in it stays raw. */
void is_vulnerable(struct asking *asking, struct audit_vulnerability *out, const char *fmt, ...) WHY_PRINTF(3, 4);
void is_not_vulnerable(struct asking *asking, struct audit_vulnerability *out, const char *fmt, ...) WHY_PRINTF(3, 4);
void is_unknown(struct asking *asking, struct audit_vulnerability *out, const char *fmt, ...) WHY_PRINTF(3, 4);
void is_not_applicable(struct asking *asking, struct audit_vulnerability *out, const char *fmt, ...) WHY_PRINTF(3, 4);
/* Keeps an exchange as evidence; those past the room of the row are dropped. */
void note_exchange(struct asking *asking, struct audit_vulnerability *out, const char *fmt, ...) WHY_PRINTF(3, 4);
/* YES is `if_yes`, NO is `if_no`, with these words; unknown says that `subject` was not seen. */
void judge(struct asking *asking, struct audit_vulnerability *out, enum tri fact, enum vulnerability_status if_yes,
	   const char *yes, enum vulnerability_status if_no, const char *no, const char *subject);

/* ---- what the audit saw (facts.c) ---------------------------------------------------------------------- */

struct arena *arena_of(struct asking *asking);

/* Suites that `wanted` picks, over the versions from `low` to `high`. */
struct suite_search {
	enum tri found;         /* NO only where each version's list is whole */
	const char *names;      /* "TLS_RSA_WITH_RC4_128_SHA and 3 more (TLS 1.0, TLS 1.2)" */
	const char *because;    /* where unknown */
	uint16_t version, suite;        /* the first found, highest version first; 0 none */
};
struct suite_search find_suites(struct asking *asking, uint16_t low, uint16_t high,
				bool (*wanted)(const struct kb_suite *suite));
bool suite_is_named(const struct kb_suite *suite, const char *part);        /* in its IANA name */
bool is_cbc_suite(const struct kb_suite *suite);
bool is_rsa_exchange_suite(const struct kb_suite *suite);
bool is_dhe_suite(const struct kb_suite *suite);
bool is_any_suite(const struct kb_suite *suite);

/* Is anything before TLS 1.3 spoken (TLS 1.0 to 1.2)? */
enum tri has_tls_before_13(struct asking *asking);
/* Why facts may be missing: the server was given up, or the part was not asked. */
const char *why_not_seen(struct asking *asking);

#endif
