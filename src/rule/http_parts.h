/* What http.c, http_status.c and http_policy.c share; nobody else includes this. */
#ifndef WHY_RULE_HTTP_PARTS_H
#define WHY_RULE_HTTP_PARTS_H

#include "rule/rule.h"

struct http_view {
	const struct visit *visit;
	struct findings *findings;
	const struct http_evidence
		*answer; /* the one that counts, with a whole head; NULL when none came */
	const char *url; /* of the visit, hostile text */
	bool is_plain;	 /* http:// */
};

/* The status of the answer and what its page says. */
void http_check_status(const struct http_view *view);
/* Redirects and loops. */
void http_check_redirect(const struct http_view *view);
/* Strict-Transport-Security and the preload list. */
void http_check_hsts(const struct http_view *view);
/* "HTTP/1.1 502 Bad Gateway" as an evidence line, and the Server field. */
void http_evidence_status(const struct http_view *view, struct finding *finding);

#endif
