/* Mixed content, as browsers treat it in 2026: W3C Mixed Content level 2, Upgrade Insecure Requests,
 * Secure Contexts 3.1.
 *
 *   images, audio, video     upgraded to https (Chrome 86, Firefox 127), but not from srcset or
 *                            <picture>, which are blocked; with an address for a host they are not
 *                            upgraded and load with a warning
 *   all other subresources   blocked
 *   forms                    a warning before they are sent
 *   downloads                blocked by Chrome
 *   loopback                 trusted, so never mixed
 *   upgrade-insecure-requests turns all of them to https, forms too; of links, such as downloads,
 *                            only those to the page's own host */
#include "http/page_parts.h"

static bool is_plain(const struct url *url)
{
	return strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "ws") == 0;
}

static enum mixed_treatment under_upgrade_policy(const struct collector *c, enum resource_kind kind,
						 const struct url *url)
{
	if (kind == RESOURCE_DOWNLOAD && strcmp(c->page.host, url->host) != 0)
		return MIXED_BLOCKED;
	return MIXED_UPGRADED;
}

enum mixed_treatment mixed_treatment_of(const struct collector *c, enum resource_kind kind,
					bool is_set, const struct url *url)
{
	bool is_passive = (kind == RESOURCE_IMAGE && !is_set) || kind == RESOURCE_MEDIA;

	if (strcmp(c->page.scheme, "https") != 0 || !is_plain(url) || url_is_loopback(url))
		return MIXED_NOT;
	if (c->out->upgrade_insecure_requests)
		return under_upgrade_policy(c, kind, url);
	if (kind == RESOURCE_FORM)
		return MIXED_WARNED;
	if (!is_passive)
		return MIXED_BLOCKED;
	return url->is_ipv4 || url->is_ipv6 ? MIXED_WARNED : MIXED_UPGRADED;
}

/* Policies are separated by commas, directives by semicolons, names by blanks. CSP 3, 2.2.1. */
bool csp_upgrades(struct span csp)
{
	size_t at = 0;

	while (at < csp.n) {
		size_t n = 0;
		struct span directive;

		while (at + n < csp.n && csp.p[at + n] != ';' && csp.p[at + n] != ',')
			n++;
		directive = span_trim(span_sub(csp, at, n));
		for (size_t i = 0; i < directive.n; i++)
			if (directive.p[i] <= ' ')
				directive.n = i;
		if (span_is_nocase(directive, "upgrade-insecure-requests"))
			return true;
		at += n + 1;
	}
	return false;
}
