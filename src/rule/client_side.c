/* What the client's own side adds: ports browsers refuse, a missing or old trust store, a network that
 * wants its users to sign in first. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kb/ports.h"
#include "kb/roots.h"
#include "rule/path_view.h"
#include "rule/rule.h"
#include "x509/chain.h"
#include "x509/name.h"
#include "x509/trust.h"

static void blocked_port(const struct visit *visit, struct findings *findings)
{
	struct finding *f;

	if (!target_is_web(&visit->target) || !kb_port_is_blocked(visit->target.port))
		return;
	f = finding_add(findings, visit, "client.blocked-port", NULL);
	finding_evidence(findings, f, "port %u is on the list of ports that browsers never open (Fetch, \"bad port\")",
			 visit->target.port);
	f->shows = arena_printf(findings->arena, "curl -I %s://%s/", visit->target.scheme,
				authority_text(findings->arena, visit->target.host, visit->target.port));
}

static void no_trust_store(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct finding *f;

	if (evidence->trust || !visit->chain || evidence->visit != visit)
		return;
	f = finding_add(findings, visit, "client.trust-store-missing", "This machine has no root certificates: no server can be verified here");
	/* Whoever signs for himself is refused everywhere; whose root it is nobody can tell without roots. */
	f->fails = !visit->chain->leaf_self_signed;
	finding_evidence(findings, f, "no file of trusted certificates was found at the usual places on this machine, or where SSL_CERT_FILE says");
	finding_evidence(findings, f, "whether the server's chain is trusted elsewhere was not seen");
}

/* A public root that this machine's own store has not: the store is old. RFC 5280 6.1.1 */
static void old_trust_store(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct cert *last = facts && facts->best ? facts->best->certs[facts->best->n - 1] : NULL;
	const struct kb_root *root;
	struct finding *f;

	if (!last || facts->is_trusted || !trust_is_system(evidence->trust))
		return;
	root = kb_root_find(span_of(last->sha256, sizeof last->sha256), last->aki);
	/* Who writes a public root's key identifier into a certificate of his own has not its signature. */
	if (!root || facts->best->n < 2 || finding_get(findings, "certificate.distrusted-ca"))
		return;
	f = finding_add(findings, visit, "client.trust-store-missing",
			arena_printf(findings->arena, "This machine's store of roots lacks %s, which browsers ship", root->name));
	f->confidence = "likely";
	finding_evidence(findings, f, "the chain ends below %s (SHA-256 %.16s...)", root->name, root->sha256);
	finding_evidence(findings, f, "the store here has %zu roots, without that one", trust_count(evidence->trust));
}

/* ---- sign-in pages of networks ---------------------------------------------------------------------- */

static const char *host_of_url(struct arena *arena, const char *url)
{
	const char *at = url ? strstr(url, "://") : NULL;

	if (!at)
		return NULL;
	at += 3;
	if (*at == '[')
		return arena_strn(arena, at + 1, strcspn(at + 1, "]/?#"));
	return arena_strn(arena, at, strcspn(at, "/:?#"));
}

/* "example.org" of "www.example.org" and of itself, as far as a redirect within a site is concerned. */
static bool is_same_site(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	const char *longer = n > m ? a : b, *shorter = n > m ? b : a;
	size_t extra = strlen(longer) - strlen(shorter);

	return strcasecmp(longer + extra, shorter) == 0 && (extra == 0 || longer[extra - 1] == '.');
}

static void portal_found(const struct visit *visit, struct findings *findings, const char *confidence, bool fails,
			 const char *line)
{
	enum { PAGE_MAX = 100 };
	const char *page = visit->port80.http.redirect_url;
	struct finding *f = finding_add(findings, visit, "client.captive-portal", NULL);

	f->confidence = confidence;
	f->fails = fails;
	if (page && strlen(page) < PAGE_MAX)
		f->fix = arena_printf(findings->arena, "The user opens %s, or any plain http:// page, signs in, and tries again.", page);
	finding_evidence(findings, f, "%s", line);
}

/* Something on the way answers for port 80 of the host: other packets get further than those to that port do. */
static bool is_answered_on_the_way(const struct visit *visit)
{
	for (size_t i = 0; i < visit->n_endpoints && visit->port80.address; i++) {
		const struct path_evidence *path = strcmp(visit->endpoints[i]->text, visit->port80.address) == 0 ? visit->endpoints[i]->path : NULL;
		const struct path_trace *near = path ? &path->compare : NULL;

		if (!near || near->port != 80 || near->n_hops == 0 || near->hops[near->n_hops - 1].reply != PATH_ANSWER)
			continue;
		return path_passes(&path->udp, near->n_hops) || path_passes(&path->port, near->n_hops);
	}
	return false;
}

/* https is cut off, or answered by somebody else. */
static bool is_https_lost(const struct visit *visit)
{
	if (visit->chain)
		return !visit->chain->name_matches;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->main && visit->endpoints[i]->main->done)
			return false;
	return true;
}

/* Status 511 says it (RFC 6585 6). Else: port 80 sends everybody to another site, and https answers with
 * that site's certificate. */
static void captive_portal(const struct visit *visit, struct findings *findings)
{
	const struct http_evidence *plain = strcmp(visit->target.scheme, "http") == 0 ? &visit->http : &visit->port80.http;
	const char *elsewhere = host_of_url(findings->arena, plain->redirect_url);
	const struct chain_facts *facts = visit->chain;

	if (plain->status == 511 || visit->http.status == 511) {
		/* Where https gets through all the same, it stops nobody. */
		portal_found(visit, findings, "certain", visit->http.status == 511 || is_https_lost(visit), "status 511 Network Authentication Required");
		return;
	}
	if (elsewhere && path_is_private(elsewhere) && !visit->target.is_ip && is_https_lost(visit)) {
		portal_found(visit, findings, "likely", true,
			     arena_printf(findings->arena, "port 80 redirects to %s, an address of a local network, and https does not get through", elsewhere));
		return;
	}
	if (elsewhere && !is_same_site(elsewhere, visit->target.host) && is_https_lost(visit) && is_answered_on_the_way(visit)) {
		portal_found(visit, findings, "likely", true,
			     arena_printf(findings->arena, "port 80 redirects to %s, and it is not the host that answers there: packets to other ports get further", elsewhere));
		return;
	}
	if (!elsewhere || is_same_site(elsewhere, visit->target.host) || !facts || facts->name_matches || !facts->leaf ||
	    !cert_matches_host(facts->leaf, elsewhere, HOST_MATCH_STRICT))
		return;
	portal_found(visit, findings, "likely", true,
		     arena_printf(findings->arena, "port 80 redirects to %s, and https shows that host's certificate", elsewhere));
}

static void client_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	if (!evidence->from_file)
		blocked_port(visit, findings);
	no_trust_store(evidence, visit, findings);
	old_trust_store(evidence, visit, findings);
	if (!evidence->from_file)
		captive_portal(visit, findings);
}

const struct rule rule_client = { "client", LAYER_CLIENT, client_check };
