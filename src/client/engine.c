/* What a client shows for a visit: its judgement of the certificates; the rest by its model. */
#include "client/client.h"

#include "x509/chain.h"

const struct client *client_find(const char *id)
{
	for (const struct client *const *c = clients; *c; c++)
		if (strcmp((*c)->id, id) == 0)
			return *c;
	return NULL;
}

static void judge_chain(const struct client *client, const struct evidence *evidence, const struct visit *visit,
			struct client_result *out)
{
	const struct chain_facts *facts = visit->chain;
	struct chain_case in = {
		.arena = evidence->arena, .sent = (const struct cert *const *)facts->sent, .n_sent = facts->n_sent,
		.trust = evidence->trust, .host = facts->host, .host_is_ip = facts->is_ip, .now_unix = evidence->now_unix,
		.staple = facts->staple, .has_staple = facts->has_staple, .crls = evidence->crls, .n_crls = evidence->n_crls,
	};

	client->chain(client, &in, out);
}

void client_predict(const struct client *client, const struct evidence *evidence, const struct visit *visit,
		    struct client_result *out)
{
	*out = (struct client_result){ 0 };
	if (visit->chain && client->chain)
		judge_chain(client, evidence, visit, out);
}
