/* See h1_head.h: the lines of a head. */
#include "client/h1_head.h"

static struct h1_line line_take(struct span *rest, bool is_end)
{
	long end = span_find(*rest, span_str("\n"));
	struct h1_line line = { .is_cut = end < 0 };
	size_t n = end < 0 ? rest->n : (size_t)end;

	line.text = span_sub(*rest, 0, n);
	line.is_bare = end >= 0;
	if (line.text.n > 0 && line.text.p[line.text.n - 1] == '\r') {
		line.text.n--;
		line.is_bare = false;
	}
	*rest = span_sub(*rest, n + (end >= 0), rest->n);
	line.is_cut &= is_end;
	return line;
}

/* Whether first_bytes hold all that came. */
static bool has_all(const struct http_evidence *http)
{
	return http->fault == HTTP_FAULT_TRUNCATED_LENGTH && !http->got_head;
}

bool h1_head_read(const struct http_evidence *http, struct h1_head *head)
{
	struct span rest = http->first_bytes;

	*head = (struct h1_head){ 0 };
	while (rest.n > 0) {
		struct h1_line line = line_take(&rest, has_all(http));

		if (line.text.n == 0 && head->n_lines > 0) {
			head->has_more = rest.n > 0;
			return true;
		}
		if (line.text.n == 0) {
			head->has_blank_before = true;
			continue;
		}
		if (head->n_lines == H1_LINES_MAX)
			return false;
		head->lines[head->n_lines++] = line;
	}
	/* No blank line: the end of what came, or of what was kept; a first line that is no HTTP speaks for itself. */
	head->is_cut = has_all(http);
	return head->n_lines > 0 && (head->is_cut || http->fault == HTTP_FAULT_MALFORMED);
}

struct span h1_field_name(const struct h1_line *line)
{
	long colon = span_find(line->text, span_str(":"));

	return colon < 0 ? span_of(NULL, 0) : span_trim(span_sub(line->text, 0, (size_t)colon));
}

struct span h1_field_value(const struct h1_line *line)
{
	long colon = span_find(line->text, span_str(":"));

	return colon < 0 ? span_of(NULL, 0) : span_trim(span_sub(line->text, (size_t)colon + 1, line->text.n));
}
