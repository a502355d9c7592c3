/* What a working handshake chose, where that shuts clients out or is weak, and slowness. RFC 9325 4. */
#include "kb/names.h"
#include "rule/tls_view.h"
#include "tls/codes.h"

enum { SLOW_MS = 3000 };

static void weak_suite(const struct tls_view *view)
{
	const struct kb_suite *suite = kb_suite(view->main->suite);
	struct finding *f;

	if (!suite || view->main->version >= TLS_1_3 || suite->has_forward_secrecy)
		return;
	f = tls_finding(view, "tls.weak-cipher", "The server's choice for a browser has no forward secrecy");
	f->fails = false;
	attempt_evidence(view, f, view->main);
	finding_evidence(view->findings, f, "%s: clients with a stricter list find nothing in common", suite->name);
}

static void slow(const struct tls_view *view)
{
	double ms = view->main->elapsed_ms - view->main->tcp.connect_ms;
	struct finding *f;

	if (ms < SLOW_MS)
		return;
	f = tls_finding(view, "tls.slow", NULL);
	f->fails = false;
	finding_evidence(view->findings, f, "connected in %.0f ms, the handshake then took %.1f s", view->main->tcp.connect_ms,
			 ms / 1000);
}

static void warning_alert(const struct tls_view *view)
{
	const char *name = kb_alert_name(view->main->alert);
	struct finding *f;

	if (!view->main->warning_alert)
		return;
	f = tls_finding(view, view->main->alert == ALERT_UNRECOGNIZED_NAME ? "tls.sni-unrecognized" : "tls.alert",
			"The server sends a warning alert and goes on");
	f->fails = false;
	f->severity = SEVERITY_LOW;
	finding_evidence(view->findings, f, "warning alert %s (%u), then a handshake that works; Java gives up on it",
			 name ? name : "unassigned", view->main->alert);
}

static void tls_choice_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct tls_view view;

	if (!tls_view_of(evidence, visit, findings, &view) || !view.main->done)
		return;
	weak_suite(&view);
	slow(&view);
	warning_alert(&view);
}

const struct rule rule_tls_choice = { "tls_choice", LAYER_TLS, tls_choice_check };
