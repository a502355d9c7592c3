/* Redirects (RFC 9110 15.4) and Strict-Transport-Security (RFC 6797, the preload list). */
#include "kb/preload.h"
#include "rule/http_parts.h"

enum { DAY = 86400, SHORT_MAX_AGE = 180 * DAY, PRELOAD_MAX_AGE = 365 * DAY };

/* ---- redirects ---------------------------------------------------------------------------------------- */

static void check_loop(const struct http_view *view)
{
	const struct visit *visit = view->visit;
	struct finding *finding;

	if (!visit->redirect_loop && !visit->redirect_limit)
		return;
	if (finding_get(view->findings, "http.redirect-loop"))
		return;
	finding = finding_add(view->findings, visit, "http.redirect-loop",
			      visit->redirect_loop
				      ? "The redirects lead in a circle"
				      : "There are more redirects than any client follows");
	finding->severity = SEVERITY_HIGH;
	finding->fails = true;
	if (view->answer && view->answer->location)
		finding_evidence(view->findings, finding, "%s answers %d with location: %s",
				 view->url, view->answer->status, view->answer->location);
	if (visit->loop_why)
		finding_evidence(view->findings, finding, "%s", visit->loop_why);
}

/* Without a Location a 3xx is a page like any other; with an unusable one clients stop. */
static void check_location(const struct http_view *view)
{
	const struct http_evidence *answer = view->answer;
	bool has_value = answer->location && span_trim(span_str(answer->location)).n > 0;
	struct finding *finding;

	if (!answer->redirect_fault)
		return;
	finding = finding_add(view->findings, view->visit, "http.bad-redirect",
			      has_value ? arena_printf(view->findings->arena, "The server redirects to where no client can follow: %.100s", answer->location)
					: "The server redirects without saying where to");
	finding->severity = has_value ? SEVERITY_HIGH : SEVERITY_LOW;
	finding->fails = has_value;
	http_evidence_status(view, finding);
	if (answer->location)
		finding_evidence(view->findings, finding, "location: %s", answer->location);
	finding_evidence(view->findings, finding, "%s", answer->redirect_fault);
}

static void check_downgrade(const struct http_view *view)
{
	const struct http_evidence *answer = view->answer;
	struct finding *finding;

	if (view->is_plain || !answer->redirect_url ||
	    strncmp(answer->redirect_url, "http://", 7) != 0)
		return;
	finding = finding_add(view->findings, view->visit, "http.redirect-to-plain",
			      "The https address redirects to plain http");
	finding->severity = SEVERITY_MEDIUM;
	finding->fails = false;
	http_evidence_status(view, finding);
	finding_evidence(view->findings, finding, "location: %s", answer->location);
}

void http_check_redirect(const struct http_view *view)
{
	check_loop(view);
	if (!view->answer)
		return;
	check_location(view);
	check_downgrade(view);
}

/* ---- the preload list ------------------------------------------------------------------------------------ */

/* An http:// address that browsers silently turn into https://, on a server without TLS. */
static void check_preload(const struct http_view *view)
{
	const struct visit *visit = view->visit;
	const struct attempt *main = visit->best ? visit->best->main : NULL;
	const char *suffix = view->is_plain && !visit->target.is_ip
				     ? kb_preloaded_suffix(visit->target.host)
				     : NULL;
	bool was_refused = main && main->fault != TLS_FAULT_NONE;
	struct finding *finding;

	if (!suffix || (main && main->done) || (!was_refused && !visit->http.got_head))
		return;
	finding = finding_add(view->findings, visit, "http.hsts-preloaded",
			      "Browsers use https for this name by their preload list, and the "
			      "server has no TLS");
	finding->severity = SEVERITY_HIGH;
	finding->fails = true;
	finding->confidence = was_refused ? "certain" : "likely";
	finding_evidence(view->findings, finding,
			 ".%s is on the HSTS preload list as a whole: %s becomes https", suffix,
			 view->url);
	if (visit->http.got_head)
		finding_evidence(view->findings, finding, "plain http on that port answers %d",
				 visit->http.status);
	if (was_refused && main->reason)
		finding_evidence(view->findings, finding, "a TLS handshake there fails: %s",
				 main->reason);
}

/* ---- Strict-Transport-Security ------------------------------------------------------------------------------ */

static const char *hsts_value(const struct http_evidence *answer)
{
	for (size_t i = 0; i < answer->n_headers; i++)
		if (strcmp(answer->headers[i].name, "strict-transport-security") == 0)
			return answer->headers[i].value;
	return "";
}

static void hsts_finding(const struct http_view *view, const struct http_evidence *answer,
			 const char *id, enum severity severity, const char *title)
{
	struct finding *finding = finding_add(view->findings, view->visit, id, title);

	finding->severity = severity;
	finding->fails = false;
	finding_evidence(view->findings, finding, "%s answers %d", view->url, answer->status);
	finding_evidence(view->findings, finding,
			 answer->has_hsts ? "strict-transport-security: %s"
					  : "no Strict-Transport-Security header%s",
			 hsts_value(answer));
}

/* Sent in clear it is ignored (RFC 6797 8.1), which those who sent it may not know. */
static void check_plain_hsts(const struct http_view *view, const struct http_evidence *answer)
{
	if (answer && answer->got_head && answer->has_hsts)
		hsts_finding(view, answer, "http.hsts-weak", SEVERITY_INFO,
			     "HSTS is also sent over plain http, where browsers ignore it");
}

static void check_secure_hsts(const struct http_view *view, const struct http_evidence *answer)
{
	if (!answer->has_hsts && !answer->redirect_url)
		hsts_finding(view, answer, "http.hsts-missing", SEVERITY_INFO,
			     "The server does not ask browsers to stay on https (no HSTS)");
	else if (answer->has_hsts && !answer->hsts_valid)
		hsts_finding(view, answer, "http.hsts-weak", SEVERITY_LOW,
			     "The HSTS header is invalid, so browsers ignore it");
	else if (answer->has_hsts && answer->hsts_max_age == 0)
		hsts_finding(view, answer, "http.hsts-weak", SEVERITY_LOW,
			     "HSTS is switched off: max-age is 0");
	else if (answer->has_hsts && answer->hsts_max_age < SHORT_MAX_AGE)
		hsts_finding(view, answer, "http.hsts-weak", SEVERITY_LOW,
			     "HSTS is remembered for less than half a year");
	else if (answer->has_hsts && answer->hsts_preload &&
		 (!answer->hsts_subdomains || answer->hsts_max_age < PRELOAD_MAX_AGE))
		hsts_finding(view, answer, "http.hsts-weak", SEVERITY_INFO,
			     "HSTS says preload without what the list asks for: includeSubDomains "
			     "and one year");
}

void http_check_hsts(const struct http_view *view)
{
	const struct http_evidence *answer = view->answer;

	check_preload(view);
	if (view->visit->target.is_ip)
		return; /* addresses never get HSTS */
	if (view->is_plain)
		check_plain_hsts(view, answer);
	else if (view->visit->port80.asked)
		check_plain_hsts(view, &view->visit->port80.http);
	if (!view->is_plain && answer && answer->fault == HTTP_FAULT_NONE && answer->status < 500)
		check_secure_hsts(view, answer);
}
