/* The finished constant whole, which renderers read. */
#ifndef WHY_RULE_DIAGNOSIS_H
#define WHY_RULE_DIAGNOSIS_H

#include "client/client.h"
#include "rule/rule.h"

enum status { STATUS_OK, STATUS_WARNING, STATUS_BROKEN, STATUS_SKIPPED };

const char *status_name(enum status status);    /* "ok", "warning", "broken", "skipped" */

struct layer_summary {
	enum layer layer;
	enum status status;
	const char *summary;            /* hostile text inside */
	double elapsed_ms;
};

struct client_row {
	const struct client *client;
	struct client_result result;
};

struct assessment;              /* assess/assess.h */

struct diagnosis {
	const struct evidence *evidence;
	struct findings findings;       /* root first, then failed, then the rest by severity */
	struct finding *root;           /* NULL when nothing is wrong */
	enum status status;
	const char *confidence;
	const char *summary;            /* one sentence */
	const char *fix;
	struct layer_summary layers[LAYER_COUNT];
	size_t n_layers;
	struct client_row *clients;
	size_t n_clients;
	const struct assessment *assessment;    /* what an audit amounts to; NULL without one */
};

/* Runs all rules and client models over the evidence. Lives in the evidence's arena. */
struct diagnosis *diagnose(struct evidence *evidence);

#endif
