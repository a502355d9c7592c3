/* See xml.h. out_safe() leaves neither controls nor invalid UTF-8; the two noncharacters that XML
 * forbids beside the controls are dropped to a question mark. */
#include "report/xml.h"

void xml_text(struct out *out, const char *text)
{
	struct out safe = { 0 };

	out_safe(&safe, span_str(text ? text : ""));
	for (const char *p = safe.text ? safe.text : ""; *p; p++) {
		switch (*p) {
		case '&': out_str(out, "&amp;"); break;
		case '<': out_str(out, "&lt;"); break;
		case '>': out_str(out, "&gt;"); break;
		case '"': out_str(out, "&quot;"); break;
		case '\'': out_str(out, "&#39;"); break;
		default:
			if (strncmp(p, "\xef\xbf\xbe", 3) == 0 || strncmp(p, "\xef\xbf\xbf", 3) == 0) {
				out_char(out, '?');
				p += 2;
			} else {
				out_char(out, *p);
			}
		}
	}
	out_release(&safe);
}

void xml_attribute(struct out *out, const char *name, const char *value)
{
	out_printf(out, " %s=\"", name);
	xml_text(out, value);
	out_char(out, '"');
}

void xml_attribute_int(struct out *out, const char *name, long long value)
{
	out_printf(out, " %s=\"%lld\"", name, value);
}
