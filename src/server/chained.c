/* Two servers in a row on this machine: what the one in front passes to, and what the one behind it expects there. The one
 * behind is looked for in the same configuration first, then in that of the process which listens on the port. */
#include "server/conf.h"

#include <strings.h>

static bool is_local(const struct server_bind *to)
{
	return to->address && (strncmp(to->address, "127.", 4) == 0 || strcmp(to->address, "::1") == 0);
}

static const struct server_bind *bind_in(const struct server_evidence *s, const struct server_bind *to, const struct server_block **block)
{
	for (size_t i = 0; i < s->n_blocks; i++)
		for (size_t k = 0; k < s->blocks[i]->n_binds; k++) {
			const struct server_bind *b = &s->blocks[i]->binds[k];

			if (b->port != to->port || (b->address && strcmp(b->address, to->address) != 0))
				continue;
			*block = s->blocks[i];
			return b;
		}
	return NULL;
}

/* "https://" in a directive that redirects; NULL: none. */
static const struct conf_node *redirect_in(const struct conf_node *in, unsigned depth)
{
	static const char *const names[] = { "return", "rewrite", "Redirect", "RedirectMatch", "RewriteRule", "redirect", "http-request", "redir" };

	for (const struct conf_node *n = in ? in->first : NULL; n; n = n->next) {
		const struct conf_node *below = n->is_block && depth < 16 ? redirect_in(n, depth + 1) : NULL;

		if (below)
			return below;
		for (size_t i = 0; i < COUNT_OF(names); i++)
			for (size_t k = 1; conf_is(n, names[i]) && k < n->n_words; k++)
				if (strncmp(n->words[k], "https://", 8) == 0 || (strcmp(n->words[k], "scheme") == 0 && strcmp(conf_word(n, k + 1), "https") == 0))
					return n;
	}
	return NULL;
}

bool chained_find(struct conf *conf, const char *address, struct chained *out)
{
	struct server_bind to = { .port = 0 };
	const struct server_block *block = NULL;
	const struct server_evidence *other;

	if (!conf_bind_parse(conf, address, 0, &to) || !to.port || !is_local(&to))
		return false;
	out->bind = bind_in(conf->server, &to, &block);
	if (!out->bind && (other = server_peer(conf, to.port)) != NULL)
		out->bind = bind_in(other, &to, &block);
	if (!out->bind)
		return false;
	out->redirect = redirect_in(block->of, 0);
	return true;
}

void chained_proxy_protocol(struct conf *conf, const char *address, bool sends, struct server_place at)
{
	struct chained peer;
	struct server_fault *f;
	const char *first = sends ? "sends the PROXY protocol" : "sends no PROXY protocol", *second;

	if (!chained_find(conf, address, &peer) || peer.bind->is_proxy_protocol == sends)
		return;
	second = sends ? "does not expect it" : "waits for it";
	f = conf_fault(conf, "host.proxy-protocol-mismatch", at, NULL);
	conf_fault_line(conf, f, "%s:%u %s to %s", at.file, at.line, first, address);
	conf_fault_line(conf, f, "%s:%u, which listens there, %s", peer.bind->at.file, peer.bind->at.line, second);
	f->fix = arena_printf(conf->arena, "Turn the PROXY protocol %s at %s:%u, or %s at %s:%u; then reload both.", sends ? "off" : "on", at.file, at.line, sends ? "on" : "off",
			      peer.bind->at.file, peer.bind->at.line);
}

void chained_redirect(struct conf *conf, const char *address, struct server_fault *fault)
{
	struct chained peer;

	if (!chained_find(conf, address, &peer) || !peer.redirect)
		return;
	conf_fault_line(conf, fault, "%s:%u, behind it, redirects to https again", peer.redirect->at.file, peer.redirect->at.line);
}
