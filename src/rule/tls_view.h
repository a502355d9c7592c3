/* What the TLS rules share: the address that is judged, and its attempts by name. */
#ifndef WHY_RULE_TLS_VIEW_H
#define WHY_RULE_TLS_VIEW_H

#include "rule/rule.h"

struct tls_view {
	const struct evidence *evidence;
	const struct visit *visit;
	const struct endpoint *endpoint;
	const struct attempt *main;     /* never NULL in a rule */
	struct findings *findings;
};

/* False when there is no address with a main attempt. */
bool tls_view_of(const struct evidence *evidence, const struct visit *visit, struct findings *findings,
		 struct tls_view *view);
bool attempt_done(const struct tls_view *view, const char *name);
/* Was it tried at all. */
bool attempt_failed(const struct tls_view *view, const char *name);
/* "offering TLS 1.2 only: alert handshake_failure (40)": one line of what an attempt offered and got. */
void attempt_evidence(const struct tls_view *view, struct finding *finding, const struct attempt *attempt);
void attempt_evidence_of(const struct tls_view *view, struct finding *finding, const char *name);
/* "alert handshake_failure (40)", "a reset", "silence", "TLS 1.3, TLS_AES_128_GCM_SHA256", in the arena. */
const char *attempt_outcome(struct arena *arena, const struct attempt *attempt);
const char *attempt_offered(const struct attempt *attempt);
struct finding *tls_finding(const struct tls_view *view, const char *id, const char *title);

#endif
