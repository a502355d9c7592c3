/* What follows from the HTTP answers that the diagnosis had; nothing is sent. RFC 6797 (HSTS), RFC 7469
 * (HPKP), Gluck et al. 2013 (BREACH). Winshock: the suites that came with its patch. */
#include "audit/vuln/vuln.h"

#include <stdlib.h>

static const struct http_evidence *http_of(struct asking *asking)
{
	const struct visit *visit = asking_run(asking)->visit;

	return visit->http.got_head ? &visit->http : visit->http_fallback.got_head ? &visit->http_fallback : NULL;
}

static const char *header(const struct http_evidence *http, const char *name)
{
	for (size_t i = 0; i < http->n_headers; i++)
		if (strcmp(http->headers[i].name, name) == 0)
			return http->headers[i].value;
	return NULL;
}

/* The answer, or NULL with the reason said. */
static const struct http_evidence *need_http(struct asking *asking, struct audit_vulnerability *out)
{
	const struct http_evidence *http = http_of(asking);

	if (asking_run(asking)->visit->target.starttls)
		is_not_applicable(asking, out, "the service is not HTTP");
	else if (!http)
		is_unknown(asking, out, "no HTTP response was seen");
	else
		note_exchange(asking, out, "sent GET %s, received status %d", asking_run(asking)->visit->target.path,
			      http->status);
	return asking_run(asking)->visit->target.starttls ? NULL : http;
}

void vulnerability_breach(struct asking *asking, struct audit_vulnerability *out)
{
	const struct http_evidence *http = need_http(asking, out);
	const char *encoding = http ? header(http, "content-encoding") : NULL;

	if (encoding)
		note_exchange(asking, out, "the response has Content-Encoding: %s", encoding);
	if (encoding)
		is_unknown(asking, out,
			   "possible: responses are compressed (%s); whether a page holds a secret beside what its "
			   "address "
			   "says cannot be told",
			   encoding);
	else if (http && http->status >= 200 && http->status < 300)
		is_not_vulnerable(asking, out, "this response is not compressed");
	else if (http)
		is_unknown(asking, out, "status %d is not compressed; real pages may be", http->status);
}

void vulnerability_hsts_missing(struct asking *asking, struct audit_vulnerability *out)
{
	enum { HALF_A_YEAR_S = 15768000 };
	const struct http_evidence *http = need_http(asking, out);

	if (!http)
		return;
	if (asking_run(asking)->visit->target.is_ip)
		is_not_applicable(asking, out, "the target is an address, for which HSTS does not count");
	else if (!http->has_hsts)
		is_vulnerable(asking, out, "no Strict-Transport-Security");
	else if (!http->hsts_valid)
		is_vulnerable(asking, out, "Strict-Transport-Security does not parse, so clients pass over it");
	else if (http->hsts_max_age < HALF_A_YEAR_S)
		is_vulnerable(asking, out, "max-age is %lld s, less than half a year", (long long)http->hsts_max_age);
	else
		is_not_vulnerable(asking, out, "max-age is %lld s", (long long)http->hsts_max_age);
}

void vulnerability_cert_pinning_hpkp(struct asking *asking, struct audit_vulnerability *out)
{
	const struct http_evidence *http = need_http(asking, out);

	if (http)
		judge(asking, out,
		      header(http, "public-key-pins") || header(http, "public-key-pins-report-only") ? TRI_YES : TRI_NO,
		      VULNERABILITY_VULNERABLE, "still sends Public-Key-Pins", VULNERABILITY_NOT, "no Public-Key-Pins",
		      "the header");
}

void vulnerability_mixed_upgrade(struct asking *asking, struct audit_vulnerability *out)
{
	const struct plain_http *plain = &asking_run(asking)->visit->port80;
	const struct http_evidence *http = &plain->http;

	if (asking_run(asking)->visit->target.starttls)
		is_not_applicable(asking, out, "the service is not HTTP");
	else if (!plain->asked || (plain->tcp == TCP_CONNECTED && !http->got_head))
		is_unknown(asking, out, "no answer over plain HTTP was seen");
	else if (plain->tcp != TCP_CONNECTED)
		is_not_applicable(asking, out, "nothing answers plain HTTP");
	else if (http->redirect_url && strncmp(http->redirect_url, "https://", 8) == 0)
		is_not_vulnerable(asking, out, "plain HTTP redirects to https");
	else if (http->status >= 200 && http->status < 400)
		is_vulnerable(asking, out, "plain HTTP is answered with status %d, not with a redirect to https",
			      http->status);
	else
		is_not_vulnerable(asking, out, "plain HTTP is answered with status %d", http->status);
	if (plain->asked && http->got_head)
		note_exchange(asking, out, "sent GET over plain HTTP, received status %d", http->status);
}

/* ---- Winshock ------------------------------------------------------------------------------------------- */

/* IIS 6.0 to 8.5 came with Windows 2003 to 2012 R2. */
static bool is_old_iis(const char *server)
{
	const char *iis = server ? strstr(server, "Microsoft-IIS/") : NULL;

	return iis && strtod(iis + 14, NULL) >= 6 && strtod(iis + 14, NULL) < 9;
}

static bool is_patched_suite(const struct kb_suite *s)
{
	return s->code >= 0x009c && s->code <= 0x009f;
}

void vulnerability_winshock(struct asking *asking, struct audit_vulnerability *out)
{
	const struct http_evidence *http = http_of(asking);
	struct suite_search gcm = find_suites(asking, TLS_1_2, TLS_1_2, is_patched_suite);

	if (!http || !is_old_iis(http->server)) {
		is_not_applicable(asking, out,
				  http && http->server ? "its Server header is none of IIS 6 to 8.5"
						       : "no sign of IIS 6 to 8.5");
		return;
	}
	note_exchange(asking, out, "received Server: %s", http->server);
	if (gcm.found == TRI_YES)
		is_not_vulnerable(asking, out, "accepts %s, which came with the patch", gcm.names);
	else
		is_unknown(
			asking, out,
			"likely: an IIS of that time without the suites that came with the patch; they may have been "
			"turned off");
}

/* ---- DNS ---------------------------------------------------------------------------------------------------- */

void vulnerability_caa_missing(struct asking *asking, struct audit_vulnerability *out)
{
	const struct dns_evidence *dns = &asking_run(asking)->visit->dns;

	if (asking_run(asking)->visit->target.is_ip)
		is_not_applicable(asking, out, "the target is an address");
	else if (dns->caa.outcome == DNS_OK && dns->caa.n_records > 0)
		is_not_vulnerable(asking, out, "CAA says who may issue");
	else if (dns->caa.outcome == DNS_NODATA || dns->caa.outcome == DNS_NXDOMAIN)
		is_not_vulnerable(asking, out, "no CAA: any authority may issue, which breaks no rule");
	else
		is_unknown(asking, out, "CAA was not seen: %s", dns->caa.why ? dns->caa.why : "DNS was not asked");
}
