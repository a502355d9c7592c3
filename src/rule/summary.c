/* See summary.h. */
#include "rule/summary.h"

#include <stdio.h>

#include "base/timeutil.h"
#include "evidence/files.h"
#include "evidence/host.h"
#include "kb/names.h"
#include "rule/tls_view.h"
#include "x509/cert.h"
#include "x509/chain.h"

static const char *where(const struct diagnosis *d, const struct visit *visit)
{
	struct arena *arena = d->findings.arena;
	const char *host = visit->target.host_shown ? visit->target.host_shown : visit->target.host;

	if (d->evidence->from_file)
		return visit->target.input;
	return authority_text(arena, host, visit->target.port);
}

/* What a good verdict does not speak of. */
static const char *unseen_of(const struct host_evidence *host)
{
	bool is_undecided = host->worst && host->worst->end == FIREWALL_UNKNOWN;

	if (host->listeners_read != TRI_YES)
		return is_undecided ? "; not seen: who listens, and what the firewall does" : "; not seen: who listens";
	return is_undecided ? "; what the firewall does is not known" : "";
}

/* Seen from the machine itself, where all may be well and clients never tried. */
static const char *summary_of_host(const struct diagnosis *d)
{
	struct arena *arena = d->findings.arena;
	const struct host_evidence *host = d->evidence->host;

	if (host->root && !d->root)
		return arena_printf(arena, "The configuration below %s: nothing in it stops the clients of port %u", host->root, host->port);
	if (host->root)
		return arena_printf(arena, "The configuration below %s: %s", host->root, d->root->title);
	if (d->root)
		return arena_printf(arena, "Port %u of this machine: %s", host->port, d->root->title);
	if (host->is_out)
		return arena_printf(arena, "This machine's requests to port %u: nothing here stops them", host->port);
	return arena_printf(arena, "Port %u of this machine: nothing here stops its clients%s", host->port, unseen_of(host));
}

/* What was well, where not all was asked. An audit's own end is told with its sets. */
static const char *haste_of(const struct diagnosis *d)
{
	const struct endpoint *ep = d->evidence->visit->best;

	return d->evidence->out_of_time && !(ep && ep->audit) ?
	       arena_printf(d->findings.arena, ", as far as %.0f ms (--max-time) let see", d->evidence->elapsed_ms) : "";
}

/* Mail to a domain: its first server stands for it where nothing is wrong with the others. */
static const char *summary_of_mail(const struct diagnosis *d)
{
	struct arena *arena = d->findings.arena;
	const struct mail_evidence *mail = d->evidence->visit->mail;
	const char *at = d->root && d->root->visit ? d->root->visit->target.host : d->evidence->visit->target.host;

	if (!d->root)
		return mail->n_exchangers > 1 ? arena_printf(arena, "%s: TLS works with each of the %zu mail servers looked at%s", mail->domain, mail->n_exchangers, haste_of(d)) :
						arena_printf(arena, "%s: TLS works with its mail server%s", mail->domain, haste_of(d));
	if (mail->n_exchangers == 0)
		return arena_printf(arena, "%s: %s", mail->domain, d->root->title);
	return arena_printf(arena, "MX of %s, %s: %s", mail->domain, at, d->root->title);
}

/* Keys of which it is not known whether they are whole and whose. */
static size_t keys_locked(const struct files_evidence *files)
{
	size_t n = 0;

	for (size_t i = 0; files && i < files->n_files; i++)
		for (size_t k = 0; k < files->files[i]->n_items; k++)
			n += files->files[i]->items[k].is_encrypted && !files->files[i]->items[k].is_opened;
	return n;
}

const char *summary_of(const struct diagnosis *d)
{
	struct arena *arena = d->findings.arena;
	const struct visit *visit = d->evidence->visit;

	if (d->evidence->host && !d->evidence->host->is_joined)
		return summary_of_host(d);
	if (!d->root && d->evidence->from_file && !visit->chain)
		return keys_locked(d->evidence->files) > 0 ? arena_printf(arena, "%s: no certificate that clients could be shown; a key behind a password was not opened (--passin)", where(d, visit)) :
							     arena_printf(arena, "%s: all of it can be read; no certificate that clients could be shown", where(d, visit));
	if (visit->mail)
		return summary_of_mail(d);
	if (!d->root && !d->evidence->from_file)
		return arena_printf(arena, "%s works for today's clients%s", where(d, visit), haste_of(d));
	if (!d->root)
		return arena_printf(arena,
				    keys_locked(d->evidence->files) > 0 ? "%s: nothing that a client would refuse; a key behind a password was not opened (--passin)" :
									  "%s: nothing that a client would refuse", where(d, visit));
	if (d->root->visit && d->root->visit != visit && !d->evidence->from_file)
		return arena_printf(arena, "%s leads to %s: %s", where(d, visit), where(d, d->root->visit), d->root->title);
	return arena_printf(arena, "%s: %s", where(d, visit), d->root->title);
}

/* ---- what each layer showed ------------------------------------------------------------------------- */

static const char *dns_words(const struct diagnosis *d, const struct visit *v)
{
	struct arena *arena = d->findings.arena;
	const char *list = "";

	if (v->mail && v->mail->n_exchangers > 0)
		list = arena_printf(arena, "MX of %s: %s%s: ", v->mail->domain, v->target.host, v->mail->n_exchangers > 1 ? " (the first)" : "");
	if (v->dns.skipped)
		return arena_printf(arena, "not asked: %s", v->dns.skipped_because ? v->dns.skipped_because : "an address");
	for (size_t i = 0; i < v->n_endpoints && i < 4; i++)
		list = arena_printf(arena, "%s%s%s", list, i ? ", " : "", v->endpoints[i]->text);
	if (v->n_endpoints == 0)
		return v->target.invalid ? v->target.invalid : arena_printf(arena, "%sno address", list);
	return arena_printf(arena, "%s%s", list, v->n_endpoints > 4 ? ", ..." : "");
}

static size_t n_connected(const struct visit *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_endpoints; i++)
		n += v->endpoints[i]->tcp.outcome == TCP_CONNECTED;
	return n;
}

static const char *tcp_words(const struct diagnosis *d, const struct visit *v)
{
	size_t alive = n_connected(v);

	if (v->proxy.is_used)
		return alive ? "connected to the proxy" : "no connection to the proxy";
	if (v->n_endpoints == 1)
		return alive ? "connected" : "no connection";
	return arena_printf(d->findings.arena, "%zu of %zu addresses connect", alive, v->n_endpoints);
}

static const char *proxy_words(const struct diagnosis *d, const struct visit *v)
{
	const struct proxy_evidence *proxy = &v->proxy;

	if (!proxy->url)
		return NULL;
	if (!proxy->is_used && strcmp(proxy->not_used_because, "https_proxy") == 0)
		return NULL;
	if (!proxy->is_used)
		return arena_printf(d->findings.arena, "not used: %s exempts the host", proxy->not_used_because);
	return arena_printf(d->findings.arena, "through %s (%s)", proxy->url, proxy->given_by);
}

static const struct attempt *main_of(const struct visit *v)
{
	if (v->best && v->best->main)
		return v->best->main;
	for (size_t i = 0; i < v->n_endpoints; i++)
		if (v->endpoints[i]->main && v->endpoints[i]->tcp.outcome == TCP_CONNECTED)
			return v->endpoints[i]->main;
	return NULL;
}

static const char *tls_words(const struct diagnosis *d, const struct visit *v)
{
	const struct attempt *at = main_of(v);

	if (!at)
		return NULL;
	if (at->proxy && at->proxy->fault != DIALOGUE_DONE)
		return NULL;
	if (at->done && at->starttls)
		return arena_printf(d->findings.arena, "after STARTTLS (%s): %s", at->starttls->protocol,
				    attempt_outcome(d->findings.arena, at));
	return attempt_outcome(d->findings.arena, at);
}

static const char *certificate_words(const struct diagnosis *d, const struct visit *v)
{
	struct arena *arena = d->findings.arena;
	char until[RFC3339_LEN];

	if (!v->chain || !v->chain->leaf)
		return NULL;
	return arena_printf(arena, "%zu sent, the first valid until %s%s", v->chain->n_sent,
			    when_format(until, v->chain->leaf->not_after_unix),
			    v->chain->is_trusted ? ", leads to a trusted root" : ", leads to no trusted root");
}

static const char *http_words(const struct diagnosis *d, const struct visit *v)
{
	const struct http_evidence *http = v->http.got_head || !v->http_fallback.got_head ? &v->http : &v->http_fallback;

	if (!http->asked)
		return NULL;
	if (http->got_head)
		return arena_printf(d->findings.arena, "%s %d%s%s%s%s", http->protocol, http->status,
				    http->reason && *http->reason ? " " : "", http->reason ? http->reason : "",
				    http->redirect_url ? " to " : "", http->redirect_url ? http->redirect_url : "");
	return http->fault_text ? http->fault_text : "no answer";
}

static const char *page_words(const struct diagnosis *d, const struct visit *v)
{
	size_t plain = 0;

	if (!v->page.looked)
		return NULL;
	for (size_t i = 0; i < v->page.n_resources; i++)
		plain += v->page.resources[i].treatment != MIXED_NOT;
	return arena_printf(d->findings.arena, "%zu resources, %zu of them insecure", v->page.n_resources, plain);
}

static const char *host_words(const struct diagnosis *d, const struct visit *v)
{
	static const char *const ends[] = { "firewall not decided", "the firewall lets it pass", "the firewall drops it", "the firewall rejects it" };
	const struct host_evidence *host = d->evidence->host;
	struct arena *arena = d->findings.arena;
	const char *who = NULL;

	(void)v;
	if (!host)
		return NULL;
	for (size_t i = 0; i < host->n_listeners && !who; i++)
		if (host->listeners[i].port == host->port)
			who = host->listeners[i].process ? host->listeners[i].process->name : "somebody";
	if (!who && host->worst && host->worst->to_address)
		return arena_printf(arena, "translated to %s port %u, %s", host->worst->to_address, host->worst->to_port, ends[host->worst->end]);
	if (!who && !host->is_out)
		who = host->root ? "not looked at who" : host->listeners_read == TRI_YES ? "nothing" : "not seen who";
	return arena_printf(arena, "%s%s%s", who ? who : "own requests", host->is_out ? "" : " listens",
			    host->worst ? arena_printf(arena, ", %s", ends[host->worst->end]) : ", the firewall was not looked at");
}

static const struct {
	enum layer layer;
	const char *(*words)(const struct diagnosis *d, const struct visit *v);
} layer_rows[] = {
	{ LAYER_DNS, dns_words }, { LAYER_TCP, tcp_words }, { LAYER_PROXY, proxy_words }, { LAYER_TLS, tls_words },
	{ LAYER_CERTIFICATE, certificate_words }, { LAYER_HTTP, http_words }, { LAYER_PAGE, page_words },
	{ LAYER_HOST, host_words },
};

static enum status layer_status(const struct diagnosis *d, const struct visit *v, enum layer layer)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < d->findings.n; i++) {
		const struct finding *f = d->findings.items[i];

		if (f->layer != layer || f->visit != v)
			continue;
		if (f->fails)
			return STATUS_BROKEN;
		if (f->severity > SEVERITY_INFO)
			status = STATUS_WARNING;
	}
	return status;
}

static double layer_ms(const struct visit *v, enum layer layer)
{
	switch (layer) {
	case LAYER_DNS: return v->dns_ms;
	case LAYER_TCP: return v->tcp_ms;
	case LAYER_TLS: return v->tls_ms;
	case LAYER_HTTP: return v->http_ms;
	default: return 0;
	}
}

/* A layer that is no part of the way is left out: the proxy's without one, the web's elsewhere. */
static bool has_layer(const struct visit *v, enum layer layer)
{
	if (layer == LAYER_PROXY)
		return v->proxy.url != NULL;
	return (layer != LAYER_HTTP && layer != LAYER_PAGE) || target_is_web(&v->target);
}

/* Words there are, but nothing was seen that could be well. */
static bool is_untried(const struct visit *v, enum layer layer)
{
	if (layer == LAYER_DNS)
		return v->dns.skipped;
	if (layer == LAYER_PROXY)
		return v->proxy.url && !v->proxy.is_used;
	return layer == LAYER_TCP && v->proxy.is_used && n_connected(v) == 0;
}

void layers_of(struct diagnosis *d)
{
	const struct visit *v = d->evidence->visit;

	for (size_t i = 0; i < COUNT_OF(layer_rows); i++) {
		struct layer_summary *row;
		bool reached = !d->evidence->from_file || layer_rows[i].layer == LAYER_CERTIFICATE;
		const char *words = reached && !(layer_rows[i].layer == LAYER_TCP && v->n_endpoints == 0) ?
			layer_rows[i].words(d, v) : NULL;
		enum status status = layer_status(d, v, layer_rows[i].layer);

		if (layer_rows[i].layer == LAYER_HOST && !d->evidence->host)
			continue;
		if (!has_layer(v, layer_rows[i].layer) && status == STATUS_OK)
			continue;
		row = &d->layers[d->n_layers++];
		row->layer = layer_rows[i].layer;
		row->summary = words ? words : "not reached";
		row->status = (words && !is_untried(v, row->layer)) || status != STATUS_OK ? status : STATUS_SKIPPED;
		row->elapsed_ms = layer_ms(v, row->layer);
	}
}
