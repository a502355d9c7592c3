/* See alt_svc.h. alternative = protocol-id "=" DQUOTE [host] ":" port DQUOTE *( OWS ";" OWS parameter ) */
#include "http/alt_svc.h"

#include <string.h>

#include "base/rd.h"
#include "base/span.h"

static void skip_space(struct rd *rd)
{
	while (rd_peek_u8(rd) == ' ' || rd_peek_u8(rd) == '\t')
		rd_skip(rd, 1);
}

static struct span until(struct rd *rd, const char *ends)
{
	const uint8_t *start = rd->p;

	while (rd_more(rd) && !strchr(ends, rd_peek_u8(rd)))
		rd_skip(rd, 1);
	return span_of(start, (size_t)(rd->p - start));
}

/* The text of a quoted string, backslashes kept: no authority has any. */
static struct span quoted(struct rd *rd)
{
	struct span text;

	rd_skip(rd, 1);
	text = until(rd, "\"");
	rd_skip(rd, 1);
	return text;
}

static void skip_parameters(struct rd *rd)
{
	while (rd_more(rd) && rd_peek_u8(rd) != ',') {
		if (rd_peek_u8(rd) == '"')
			(void)quoted(rd);
		else
			rd_skip(rd, 1);
	}
	if (rd_more(rd))
		rd_skip(rd, 1);
}

/* ":443" alone: the same host. */
static bool port_of(struct span authority, uint16_t *port)
{
	unsigned value = 0;

	if (authority.n < 2 || authority.n > 6 || authority.p[0] != ':')
		return false;
	for (size_t i = 1; i < authority.n; i++) {
		if (authority.p[i] < '0' || authority.p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(authority.p[i] - '0');
	}
	*port = (uint16_t)value;
	return value >= 1 && value <= 65535;
}

bool http_alt_svc_h3(const char *value, uint16_t *port)
{
	struct rd rd = rd_of(span_str(value ? value : ""));

	while (rd_more(&rd)) {
		struct span protocol, authority = { NULL, 0 };

		skip_space(&rd);
		protocol = until(&rd, "=,; \t");
		if (rd_peek_u8(&rd) == '=') {
			rd_skip(&rd, 1);
			if (rd_peek_u8(&rd) == '"')
				authority = quoted(&rd);
		}
		if (span_equal(protocol, span_str("h3")) && port_of(authority, port))
			return true;
		skip_parameters(&rd);
	}
	return false;
}
