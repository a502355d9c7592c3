/* See file.h: the certificates of a file take the place of a server's. */
#include "scan/file.h"

#include "scan/begin.h"
#include "scan/target.h"
#include "tls/codes.h"
#include "x509/chain.h"

/* Certificates behind the first of a server's chain files stand in the order in which it would send them. */
static int read_chain(const struct why_options *options, struct arena *arena, struct attempt *at, struct why_error *error)
{
	size_t cap = 0;

	for (size_t i = 0; i < options->n_paths; i++) {
		struct span file;
		struct cert **certs = NULL;
		int status = file_read(arena, options->paths[i], "file", &file, error);
		size_t n;

		if (status != 0)
			return status;
		n = cert_read_all(arena, file, &certs);
		if (n == 0)
			return why_fail(error, WHY_EFILE, "file %s: expected certificates, PEM or DER; found none",
					options->paths[i]);
		for (size_t k = 0; k < n; k++)
			*arena_push(arena, at->chain, at->n_chain, cap) = certs[k]->der;
	}
	return 0;
}

static void set_target(const struct why_options *options, struct arena *arena, struct target *target)
{
	target->input = options->n_paths > 0 ? options->paths[0] : "";
	target->scheme = "https";
	target->path = "/";
	target->port = 443;
	if (options->name && target_parse(arena, options->name, NULL, target, NULL) == 0)
		target->input = options->paths[0];
	if (!target->host)
		target->host = target->host_shown = options->name ? options->name : "";
}

static void judge_on_disk(struct evidence *e, struct visit *visit, const struct attempt *at, bool has_name)
{
	struct chain_input in = {
		.sent = at->chain, .n_sent = at->n_chain, .trust = e->trust,
		.host = has_name ? visit->target.host : NULL, .is_ip = visit->target.is_ip,
		.now_unix = e->now_unix, .crls = e->crls, .n_crls = e->n_crls,
	};

	visit->chain = chain_facts_build(e->arena, &in);
}

int file_evidence(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error)
{
	int status = evidence_begin(options, arena, out, error);
	struct endpoint *ep = arena_new_of(arena, struct endpoint);
	struct attempt *at = arena_new_of(arena, struct attempt);
	struct visit *visit;

	if (status != 0)
		return status;
	(*out)->from_file = true;
	visit = (*out)->visit;
	set_target(options, arena, &visit->target);
	status = read_chain(options, arena, at, error);
	if (status != 0)
		return status;
	visit->dns.skipped = true;
	visit->dns.skipped_because = "a chain on disk";
	*at = (struct attempt){ .name = "main", .kind = ATTEMPT_FULL, .done = true, .chain = at->chain,
				.n_chain = at->n_chain, .has_certificate_message = true,
				.tcp = { .outcome = TCP_CONNECTED }, .has_server_hello = true };
	ep->text = "";
	ep->tcp.outcome = TCP_CONNECTED;
	ep->main = at;
	*arena_push(arena, ep->attempts, ep->n_attempts, ep->cap_attempts) = at;
	*arena_push(arena, visit->endpoints, visit->n_endpoints, visit->cap_endpoints) = ep;
	visit->best = ep;
	judge_on_disk(*out, visit, at, options->name != NULL);
	return 0;
}
