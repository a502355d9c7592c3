/* A certificate that somebody on the way made: known by the authority that inspecting products make for
 * themselves, which no browser ships. And a proxy that a variable brought in. RFC 8446 9.3. */
#include "rule/cert_parts.h"
#include "rule/rule.h"

static const char *const products[] = {
	"Zscaler", "Fortinet", "FortiGate", "Blue Coat", "Symantec Web Security", "Palo Alto", "Netskope", "Cisco Umbrella",
	"Cisco Secure Access", "Sophos", "Barracuda", "WatchGuard", "Check Point", "McAfee Web Gateway", "Skyhigh", "Forcepoint",
	"iboss", "Kaspersky", "ESET SSL Filter", "Avast", "AVG Web", "Bitdefender", "Dr.Web", "Squid", "mitmproxy", "Charles Proxy",
	"DO_NOT_TRUST_FiddlerRoot", "PortSwigger", "Untangle", "SonicWall", "Lightspeed", "Securly", "GoGuardian", "Menlo Security",
	"Cloudflare for Teams", "Cloudflare Gateway", "Cato Networks", "Smoothwall", "pfSense", "OPNsense",
};

static const char *product_of(const struct cert_name *name)
{
	const char *const texts[] = { name->common_name, name->organization };

	for (size_t t = 0; t < COUNT_OF(texts); t++)
		for (size_t i = 0; texts[t] && i < COUNT_OF(products); i++)
			if (span_find_nocase(span_str(texts[t]), span_str(products[i])) >= 0)
				return products[i];
	return NULL;
}

static void made_on_the_way(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const char *product = NULL;
	struct finding *f;

	if (!facts || !facts->best || facts->best->is_public)
		return;
	for (size_t i = 0; i < facts->best->n && !product; i++)
		product = product_of(&facts->best->certs[i]->issuer);
	if (!product)
		return;
	f = finding_add(findings, visit, visit->proxy.is_used ? "proxy.intercepts" : "tls.intercepted",
			arena_printf(findings->arena, "The certificate was made by %s on the way, not by the server's authority", product));
	f->fails = !facts->is_trusted;
	f->confidence = "likely";
	cert_evidence(findings, f, facts->leaf);
}

static bool is_reached(const struct visit *visit)
{
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->tcp.outcome == TCP_CONNECTED)
			return true;
	return visit->n_endpoints == 0;
}

/* Where a network lets the proxy alone out, this is why. */
static void proxy_left_out(const struct visit *visit, struct findings *findings)
{
	const struct proxy_evidence *proxy = &visit->proxy;
	bool is_of_http = strcmp(proxy->not_used_because, "https_proxy") == 0;
	struct finding *f = finding_add(findings, visit, "client.proxy-set", "A proxy is configured on this machine, and this host is asked without it");

	f->severity = SEVERITY_MEDIUM;
	finding_evidence(findings, f, "%s names %s", proxy->given_by, proxy->url);
	finding_evidence(findings, f, is_of_http ? "it is for http:// alone: %s is not set" : "no_proxy exempts the host: %s", proxy->not_used_because);
	f->fix = is_of_http ? arena_printf(findings->arena, "Where the network lets nobody but the proxy out, the user sets the variable for https too "
					   "(`export https_proxy=%s`); `-x %s` tries it here.", proxy->url, proxy->url) :
			      arena_printf(findings->arena, "Where the network lets nobody but the proxy out, the user takes the entry out of no_proxy; "
					   "`-x %s --noproxy ''` tries it here.", proxy->url);
}

static void brought_by_a_variable(const struct visit *visit, struct findings *findings)
{
	struct finding *f;

	if (visit->proxy.not_understood) {
		f = finding_add(findings, visit, "client.proxy-set",
				arena_printf(findings->arena, "The variable %s of this machine names no proxy that is understood", visit->proxy.given_by));
		f->fix = arena_printf(findings->arena, "The user of this machine corrects %s, or unsets it: programs that heed it (curl, Python, Go ...) fail "
				      "or go without a proxy, each in its way.", visit->proxy.given_by);
		finding_evidence(findings, f, "%s holds %s, expected as in http://HOST:PORT; it was not used here", visit->proxy.given_by,
				 visit->proxy.not_understood);
		return;
	}
	if (!visit->proxy.is_used && visit->proxy.url && !is_reached(visit)) {
		proxy_left_out(visit, findings);
		return;
	}
	if (!visit->proxy.is_used || !visit->proxy.given_by || strcmp(visit->proxy.given_by, "--proxy") == 0)
		return;
	f = finding_add(findings, visit, "client.proxy-set", NULL);
	f->severity = SEVERITY_INFO;
	finding_evidence(findings, f, "%s names %s; --noproxy '*' asks without it", visit->proxy.given_by, visit->proxy.url);
}

static void interception_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	if (evidence->from_file)
		return;
	made_on_the_way(visit, findings);
	if (visit == evidence->visit)
		brought_by_a_variable(visit, findings);
}

const struct rule rule_interception = { "interception", LAYER_TLS, interception_check };
