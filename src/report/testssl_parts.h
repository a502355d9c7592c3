/* Shared by the files that write testssl.sh's flat JSON. */
#ifndef WHY_REPORT_TESTSSL_PARTS_H
#define WHY_REPORT_TESTSSL_PARTS_H

#include "assess/assess.h"
#include "assess/suite.h"
#include "report/json_parts.h"

struct flat_json {
	struct json j;
	struct arena *arena;
	const struct diagnosis *d;
	const struct assessed *one;
	const struct audit *audit;
	const char *ip;
};

void testssl_put(struct flat_json *f, const char *id, const char *severity, const char *cve, const char *finding);
/* testssl_lists.c: what is in what order, and what each client gets. */
void testssl_beast(struct flat_json *f);
void testssl_nameless(struct flat_json *f);
void testssl_orders(struct flat_json *f);
void testssl_negotiated(struct flat_json *f);
void testssl_clients(struct flat_json *f);
/* testssl_extensions.c */
void testssl_extensions(struct flat_json *f);
/* testssl_http.c */
void testssl_http(struct flat_json *f);

#endif
