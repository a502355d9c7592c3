/* Writing XML 1.0: what is not allowed in it at all becomes \xNN, as in every text of a peer. */
#ifndef WHY_REPORT_XML_H
#define WHY_REPORT_XML_H

#include "base/out.h"

/* Escaped for text and for attributes in double quotes; good for HTML too. */
void xml_text(struct out *out, const char *text);
/* ` name="value"`. */
void xml_attribute(struct out *out, const char *name, const char *value);
void xml_attribute_int(struct out *out, const char *name, long long value);

#endif
