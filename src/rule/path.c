/* Large packets that vanish on the way: a handshake that stalls with segments of the usual size and
 * passes with small ones. RFC 2923 2.1, RFC 4821, RFC 8201. */
#include "rule/path_view.h"
#include "rule/tls_view.h"

/* What never left is no matter of the path. */
static bool is_stalled(const struct attempt *at)
{
	return at && !at->unsent && !at->done && (at->fault == TLS_FAULT_SILENT || at->fault == TLS_FAULT_STALLED);
}

/* The same hello in the largest of the small segments that passes. */
static const struct attempt *small_twin(const struct tls_view *view, enum attempt_kind kind)
{
	const struct attempt *found = NULL;

	for (size_t i = 0; i < view->endpoint->n_attempts; i++) {
		const struct attempt *at = view->endpoint->attempts[i];

		if (at->mss && at->done && at->kind == kind && (!found || at->mss > found->mss))
			found = at;
	}
	return found;
}

/* A filter that reads names may miss them in small segments: no matter of size. */
static bool is_about_the_hello(const struct tls_view *view)
{
	return attempt_done(view, "no-sni") || attempt_done(view, "other-sni") || attempt_done(view, "padded");
}

/* The last router that let a full segment pass; the next is in the way. */
static const char *narrow_place(const struct tls_view *view)
{
	const struct path_evidence *path = view->endpoint->path;
	const struct path_trace *t = path ? &path->hello : NULL;

	if (!t || !t->was_sent || (t->n_hops > 0 && t->hops[t->n_hops - 1].reply == PATH_ANSWER))
		return NULL;
	return path_place(view->findings->arena, view->endpoint, (uint8_t)t->n_hops);
}

static void segment_lines(const struct tls_view *view, struct finding *f)
{
	const struct path_evidence *path = view->endpoint->path;

	if (!path)
		return;
	if (path->mss_passes && path->mss_fails)
		finding_evidence(view->findings, f, "segments of %u bytes pass, of %u do not", path->mss_passes, path->mss_fails);
	if (path->hello.was_sent)
		finding_evidence(view->findings, f, "hops of a full segment: %s",
				 path_trace_text(view->findings->arena, &path->hello));
	if (path->port.was_sent)
		finding_evidence(view->findings, f, "hops of a SYN: %s", path_trace_text(view->findings->arena, &path->port));
}

/* Somebody says so: then it is a rule, not a narrow link. */
static struct finding *large_rejected(const struct tls_view *view, const char *page)
{
	struct arena *arena = view->findings->arena;
	const struct path_evidence *path = view->endpoint->path;
	const char *how, *place = path_rejecter(arena, view->endpoint, &how);
	struct finding *f;

	if (!place)
		return NULL;
	f = tls_finding(view, "tcp.admin-prohibited", arena_printf(arena, "Large packets are rejected at or behind %s%s%s", place, how, page));
	f->fix = arena_printf(arena, "Whoever runs %s, or the firewall behind it, lets large packets of a connection through as it does small ones%s.",
			      place, path->mss_passes && path->mss_fails ? arena_printf(arena, "; until then TCP segments of %u bytes pass "
			      "(clamped there, or by `ip route ... advmss %u` here)", path->mss_passes, path->mss_passes) : "");
	return f;
}

static void black_hole(const struct tls_view *view, const struct attempt *stalled, const struct attempt *passed)
{
	struct arena *arena = view->findings->arena;
	const struct path_evidence *path = view->endpoint->path;
	const char *place = narrow_place(view);
	const char *way = stalled->unacknowledged ? "on the way towards the server" : place ? "in both directions" :
			  "on the way towards us";
	struct finding *f = large_rejected(view, "");
	bool is_told = f != NULL;

	if (!is_told)
		f = tls_finding(view, "tcp.mtu-black-hole", arena_printf(arena, "Large packets vanish %s%s%s (path MTU black hole)", way,
									place ? ", at or behind " : "", place ? place : ""));

	/* Other full segments got through: then only some of the ways, or of the servers, are like that. */
	if (stalled == view->main && attempt_done(view, "tls1.2-only"))
		f->confidence = "likely";
	f->shows = arena_printf(arena, "ping -M do -s 1472 -c 3 %s", view->endpoint->text);
	attempt_evidence(view, f, stalled);
	attempt_evidence(view, f, passed);
	segment_lines(view, f);
	/* Where the largest passes too, it was not the size each time. */
	if (path && path->mss_passes && !path->mss_fails)
		f->confidence = "possible";
	if (path && path->mss_passes && path->mss_fails && !is_told)
		f->fix = arena_printf(arena, "The network's administrator lets ICMP \"fragmentation needed\" and ICMPv6 \"packet too big\" "
				      "through%s%s, or clamps TCP segments to %u bytes at the narrow link.",
				      place ? " at " : "", place ? place : "", path->mss_passes);
}

/* The handshake is small enough, the page is not. */
static void black_hole_of_answers(const struct tls_view *view)
{
	const struct http_stall *stall = &view->visit->http_stall;
	const char *place = narrow_place(view);
	struct arena *arena = view->findings->arena;
	struct finding *f;

	if (!stall->small_answered || stall->usual_answered || view->visit->http.fault == HTTP_FAULT_NONE)
		return;
	f = large_rejected(view, ": the page never comes");
	if (!f)
		f = tls_finding(view, "tcp.mtu-black-hole",
				arena_printf(arena, "Large packets vanish %s%s (path MTU black hole): the page never comes",
					     place ? "in both directions, at or behind " : "on the way towards us", place ? place : ""));
	f->shows = arena_printf(arena, "ping -M do -s 1472 -c 3 %s", view->endpoint->text);
	finding_evidence(view->findings, f, "GET %s stalls, and stalls again", view->visit->target.path);
	finding_evidence(view->findings, f, "the same in segments of at most %u bytes is answered", stall->mss);
	segment_lines(view, f);
}

static void black_hole_of_handshakes(const struct tls_view *view)
{
	const struct attempt *chrome = evidence_attempt(view->endpoint, "chrome");
	const struct attempt *twin = small_twin(view, ATTEMPT_FULL);

	if (is_about_the_hello(view))
		return;
	if (is_stalled(view->main) && twin) {
		black_hole(view, view->main, twin);
		return;
	}
	twin = small_twin(view, ATTEMPT_RAW);
	if (is_stalled(chrome) && twin)
		black_hole(view, chrome, twin);
}

static void path_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct tls_view view;

	if (!tls_view_of(evidence, visit, findings, &view))
		return;
	if (view.main->done && visit->http_stall.was_tried)
		black_hole_of_answers(&view);
	else
		black_hole_of_handshakes(&view);
}

const struct rule rule_path = { "path", LAYER_TCP, path_check };
