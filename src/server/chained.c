/* Two servers in a row on this machine: what the one in front passes to, and what the one behind it expects there. The one
 * behind is looked for in the same configuration first, then in that of the process which listens on the port. */
#include "server/conf.h"
#include "server/edit.h"

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

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

/* In the one in front; the other way is to change the one behind. */
static const char *proxy_protocol_steps(struct conf *conf, const struct chained *peer, bool sends, struct server_place at)
{
	static const char *const words[] = { "send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn" };
	const struct conf_node *n = edit_node(conf, at, conf->server->kind == SERVER_HAPROXY ? "server" : NULL);
	const char *steps = NULL;

	for (size_t i = 0; n && conf_is(n, "server") && i < COUNT_OF(words); i++)
		if (conf_has_word(n, words[i]) == sends && (sends || i == 0))
			steps = edit_write(conf, at, edit_line_with(conf, n, words[i], sends ? NULL : words[i]));
	if (n && conf->server->kind == SERVER_NGINX && conf_is(n, "proxy_protocol"))
		steps = edit_write(conf, at, "proxy_protocol off;");
	else if (n && conf->server->kind == SERVER_NGINX && conf_is(n, "proxy_pass"))
		steps = edit_above(conf, at, "proxy_protocol on;");
	if (!steps)
		steps = arena_printf(conf->arena, "%s:%u: turn the PROXY protocol %s", at.file, at.line, on_off(!sends));
	return arena_printf(conf->arena, "%s (or turn it %s at %s:%u, and leave this as it is)", steps, on_off(sends), peer->bind->at.file, peer->bind->at.line);
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
	f->fix = edit_then(conf, proxy_protocol_steps(conf, &peer, sends, at));
}

void chained_redirect(struct conf *conf, const char *address, struct server_fault *fault)
{
	struct chained peer;

	if (!chained_find(conf, address, &peer) || !peer.redirect)
		return;
	conf_fault_line(conf, fault, "%s:%u, behind it, redirects to https again", peer.redirect->at.file, peer.redirect->at.line);
}
