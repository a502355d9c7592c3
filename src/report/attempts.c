/* -v: each hello and what came back, with its first bytes. */
#include "report/page.h"

#include <stdio.h>

#include "kb/names.h"
#include "rule/tls_view.h"

enum { DUMP_MAX = 64 };

static void put_versions(struct out *line, const struct offer *offer)
{
	for (size_t i = 0; i < offer->n_versions && i < 6; i++) {
		const char *name = kb_version_name(offer->versions[i]);

		out_printf(line, "%s%s", i ? ", " : "", name ? name : "unknown version");
	}
}

static void offered(const struct page *page, const struct offer *offer)
{
	struct out line = { 0 };

	put_versions(&line, offer);
	out_printf(&line, "; %zu ciphers, %zu groups; server name %s", offer->n_suites, offer->n_groups,
		   offer->sni ? offer->sni : "not sent");
	for (size_t i = 0; i < offer->n_alpn && i < 4; i++)
		out_printf(&line, "%s%s", i ? ", " : "; ALPN ", offer->alpn[i]);
	out_printf(&line, "; %zu bytes", offer->hello_len);
	out_str(page->out, "    offered ");
	page_text(page, line.text, 12, 12);
	out_release(&line);
}

static void answer(const struct page *page, const struct attempt *at)
{
	struct arena *scratch = arena_new(0);
	char first[24], line[PAGE_TEXT_MAX];

	snprintf(line, sizeof line, "%s%s%s", attempt_outcome(scratch, at), at->first_byte_ms > 0 ? "; first byte after " : "",
		 at->first_byte_ms > 0 ? ms_format(first, at->first_byte_ms) : "");
	out_str(page->out, "    answer  ");
	page_text(page, line, 12, 12);
	arena_free(scratch);
}

/* Hexadecimal and ASCII, as wide as the page lets it. */
static void dump(const struct page *page, struct span bytes)
{
	size_t per_line = page->width >= 78 ? 16 : page->width >= 46 ? 8 : 4;

	bytes = span_sub(bytes, 0, DUMP_MAX);
	for (size_t at = 0; at < bytes.n; at += per_line) {
		out_printf(page->out, "    %s", at == 0 ? "bytes   " : "        ");
		for (size_t i = 0; i < per_line; i++) {
			if (at + i < bytes.n)
				out_printf(page->out, "%02x ", bytes.p[at + i]);
			else
				out_str(page->out, "   ");
		}
		out_char(page->out, '|');
		for (size_t i = at; i < at + per_line && i < bytes.n; i++)
			out_char(page->out, bytes.p[i] >= ' ' && bytes.p[i] < 0x7f ? (char)bytes.p[i] : '.');
		out_str(page->out, "|\n");
	}
}

static void attempt(const struct page *page, const struct attempt *at)
{
	char time[24];

	out_str(page->out, "  ");
	paint_str(page, at->done ? PAINT_GOOD : PAINT_BAD, at->done ? "ok" : "failed");
	out_printf(page->out, "  %s", at->name ? at->name : "");
	if (at->nth)
		out_printf(page->out, " (again, %u)", at->nth);
	out_str(page->out, "  ");
	paint_str(page, PAINT_DIM, ms_format(time, at->elapsed_ms));
	out_char(page->out, '\n');
	offered(page, &at->offer);
	answer(page, at);
	dump(page, at->first_bytes);
}

void page_attempts(const struct page *page, const struct diagnosis *d)
{
	for (const struct visit *v = d->evidence->visit; v && !d->evidence->from_file; v = v->next) {
		for (size_t i = 0; i < v->n_endpoints; i++) {
			char head[512], host[256];

			snprintf(head, sizeof head, "Attempts at %s, %s", v->endpoints[i]->text,
				 safe_copy(host, sizeof host, span_str(v->target.host)));
			page_head(page, head);
			for (size_t k = 0; k < v->endpoints[i]->n_attempts; k++)
				attempt(page, v->endpoints[i]->attempts[k]);
		}
	}
}
