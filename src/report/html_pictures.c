/* Pictures of the HTML report: the grade as a ring, validity as bars on one time line, the chain, the
 * clients. Coordinates are per cent, so that they fit any width; words stand in HTML, not in the SVG. */
#include <stdio.h>

#include "base/timeutil.h"
#include "kb/names.h"
#include "report/html_parts.h"
#include "x509/chain.h"
#include "x509/name.h"

enum { CHAIN_SHOWN = 10 };

const char *html_class(enum paint paint)
{
	static const char *const classes[] = { "", "bad", "warn", "good", "dim", "strong", "strong" };

	return classes[paint];
}

/* ---- the grade --------------------------------------------------------------------------------------------- */

static const char *letter_class(enum grade_letter letter)
{
	return letter == GRADE_UNKNOWN ? "dim" : letter <= GRADE_A_MINUS ? "good" : letter <= GRADE_C ? "warn" : "bad";
}

static void score_bar(struct out *out, const char *name, int score)
{
	const char *class = score >= 80 ? "fgood" : score >= 50 ? "fwarn" : "fbad";

	out_printf(out, "<li>%s: %d<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%%\" height=\"100%%\" "
		   "rx=\"3\"/><rect class=\"%s\" width=\"%d%%\" height=\"100%%\" rx=\"3\"/></svg></li>\n", name, score, class, score);
}

void html_grade(struct out *out, const struct grade *grade)
{
	const char *letter = grade_letter_name(grade->letter);
	/* The circle is 2 pi 42 = 264 long. */
	int filled = grade->has_score ? grade->score * 264 / 100 : 0;

	out_printf(out, "<div class=\"grade\"><svg class=\"ring\" viewBox=\"0 0 100 100\" role=\"img\" aria-label=\"Grade %s\">"
		   "<circle cx=\"50\" cy=\"50\" r=\"42\" fill=\"none\" stroke=\"var(--track)\" stroke-width=\"9\"/>"
		   "<circle cx=\"50\" cy=\"50\" r=\"42\" fill=\"none\" stroke=\"var(--%s)\" stroke-width=\"9\" "
		   "stroke-dasharray=\"%d 264\" transform=\"rotate(-90 50 50)\"/>"
		   "<text x=\"50\" y=\"51\" text-anchor=\"middle\" dominant-baseline=\"central\" font-size=\"34\" font-weight=\"700\" "
		   "fill=\"var(--%s)\">%s</text></svg>\n", letter ? letter : "unknown", letter_class(grade->letter), filled,
		   letter_class(grade->letter), letter ? letter : "?");
	if (grade->has_score) {
		out_str(out, "<ul class=\"scores\">\n");
		score_bar(out, "Protocols", grade->protocol);
		score_bar(out, "Key exchange", grade->key_exchange);
		score_bar(out, "Ciphers", grade->cipher);
		score_bar(out, "Together", grade->score);
		out_str(out, "</ul>\n");
	} else {
		out_str(out, "<p>Not everything that counts could be seen.</p>\n");
	}
	out_str(out, "</div>\n");
}

/* ---- validity ------------------------------------------------------------------------------------------------ */

struct span_of_time {
	int64_t from, until;
};

static double per_cent(const struct span_of_time *all, int64_t at)
{
	double share = 100.0 * (double)(at - all->from) / (double)(all->until - all->from);

	return share < 0 ? 0 : share > 100 ? 100 : share;
}

static bool is_drawn(const struct cert *cert)
{
	return cert->is_decoded && !cert->bad_time && cert->not_after_unix >= cert->not_before_unix;
}

static void bar_put(struct out *out, struct arena *arena, const struct cert *cert, const struct span_of_time *all, int64_t now)
{
	bool is_good = now >= cert->not_before_unix && now <= cert->not_after_unix;
	double from = per_cent(all, cert->not_before_unix), until = per_cent(all, cert->not_after_unix);
	char first[RFC3339_LEN], last[RFC3339_LEN], left[40];

	out_str(out, "<div class=\"time\"><div class=\"row\"><span>");
	xml_text(out, name_short(arena, &cert->subject));
	out_printf(out, "</span><span class=\"%s\">%s to %s, ", is_good ? "good" : "bad",
		   when_format(first, cert->not_before_unix), when_format(last, cert->not_after_unix));
	if (now < cert->not_before_unix)
		out_printf(out, "begins in %s", duration_format(left, cert->not_before_unix - now));
	else
		out_printf(out, is_good ? "%s left" : "over for %s",
			   duration_format(left, is_good ? cert->not_after_unix - now : now - cert->not_after_unix));
	out_printf(out, "</span></div><svg class=\"time\" aria-hidden=\"true\"><rect class=\"track\" y=\"25%%\" width=\"100%%\" "
		   "height=\"50%%\" rx=\"3\"/><rect class=\"%s\" x=\"%.2f%%\" y=\"25%%\" width=\"%.2f%%\" height=\"50%%\" rx=\"3\"/>"
		   "<rect class=\"now\" x=\"%.2f%%\" width=\"2\" height=\"100%%\"/></svg></div>\n", is_good ? "fgood" : "fbad", from,
		   until - from < 0.5 ? 0.5 : until - from, per_cent(all, now) > 99.7 ? 99.7 : per_cent(all, now));
}

void html_validity(struct out *out, struct arena *arena, const struct diagnosis *d)
{
	const struct chain_facts *chain = d->evidence->visit->chain;
	const struct chain_path *path = chain ? chain->best : NULL;
	int64_t now = d->evidence->now_unix;
	struct span_of_time all = { now, now + 1 };
	size_t n = path ? path->n : 0;

	/* The root's decades would press the others to a line: the time line is that of the leaf, with as much
	 * again around it. */
	if (n == 0 || !is_drawn(path->certs[0]))
		return;
	all.from = path->certs[0]->not_before_unix < now ? path->certs[0]->not_before_unix : now;
	all.until = path->certs[0]->not_after_unix > now ? path->certs[0]->not_after_unix : now;
	all.from -= (all.until - all.from) / 4 + 1;
	all.until += (all.until - all.from) / 4 + 1;
	out_str(out, "<h3>Validity</h3>\n<p class=\"sub\">The upright line is the time of this look.</p>\n");
	for (size_t i = 0; i < n && i < CHAIN_SHOWN; i++)
		if (is_drawn(path->certs[i]))
			bar_put(out, arena, path->certs[i], &all, now);
}

void html_chain(struct out *out, struct arena *arena, const struct diagnosis *d)
{
	static const char *const sources[] = { "sent by the server", "from the trust store", "fetched: the server does not send it" };
	const struct chain_facts *chain = d->evidence->visit->chain;
	const struct chain_path *path = chain ? chain->best : NULL;

	if (!path || path->n == 0)
		return;
	out_printf(out, "<h3>Chain</h3>\n<p class=\"%s\">%s</p>\n<ol class=\"chain\">\n", chain->is_trusted ? "good" : "bad",
		   chain->is_trusted ? "It leads to a trusted root." : "It leads to no trusted root.");
	for (size_t i = 0; i < path->n && i < CHAIN_SHOWN; i++) {
		const struct cert *cert = path->certs[i];

		out_str(out, "<li>");
		if (i > 0)
			out_str(out, "<svg viewBox=\"0 0 16 22\" aria-hidden=\"true\"><path d=\"M7 0h2v14h5l-6 8-6-8h5z\"/></svg>");
		out_str(out, "<span class=\"strong\">");
		xml_text(out, name_short(arena, &cert->subject));
		out_str(out, "</span><br><span class=\"dim\">");
		xml_text(out, cert->key.name);
		out_str(out, ", ");
		xml_text(out, cert_algorithm_name(arena, &cert->signature_outer));
		out_printf(out, "; <span class=\"%s\">%s</span></span></li>\n", path->source[i] == FROM_AIA ? "warn" : "dim",
			   sources[path->source[i]]);
	}
	out_str(out, "</ol>\n");
}

/* ---- clients -------------------------------------------------------------------------------------------------- */

static void icon(struct out *out, const char *class, const char *path)
{
	out_printf(out, "<svg viewBox=\"0 0 20 20\" aria-hidden=\"true\"><circle cx=\"10\" cy=\"10\" r=\"10\" fill=\"var(--%s)\"/>"
		   "<path d=\"%s\" fill=\"none\" stroke=\"var(--bg)\" stroke-width=\"2.4\" stroke-linecap=\"round\"/></svg>", class, path);
}

static void client_put(struct out *out, const struct client_row *row)
{
	const struct client_result *r = &row->result;
	const char *word = r->unknown ? "not known" : r->outcome == CLIENT_OK ? "works" : r->outcome == CLIENT_WARNING ? "warns" : "stops";

	out_str(out, "<li>");
	if (r->unknown)
		icon(out, "dim", "M6 10h8");
	else if (r->outcome == CLIENT_OK)
		icon(out, "good", "M5.5 10.5l3 3 6-7");
	else if (r->outcome == CLIENT_WARNING)
		icon(out, "warn", "M10 5v6M10 14.6v.1");
	else
		icon(out, "bad", "M6.5 6.5l7 7M13.5 6.5l-7 7");
	out_str(out, "<span><span class=\"strong\">");
	xml_text(out, row->client->title);
	if (row->client->version) {
		out_char(out, ' ');
		xml_text(out, row->client->version);
	}
	out_printf(out, "</span> %s<small>", word);
	if (r->unknown || r->error || r->page)
		xml_text(out, r->unknown ? r->unknown : r->error ? r->error : r->page);
	else if (r->version && kb_version_name(r->version))
		xml_text(out, kb_version_name(r->version));
	out_str(out, "</small></span></li>\n");
}

void html_clients(struct out *out, const struct diagnosis *d)
{
	if (d->n_clients == 0)
		return;
	out_str(out, "<h2 id=\"clients\">Clients</h2>\n<ul class=\"matrix\">\n");
	for (size_t i = 0; i < d->n_clients; i++)
		client_put(out, &d->clients[i]);
	out_str(out, "</ul>\n");
}
