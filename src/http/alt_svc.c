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

/* Up to the next alternative; true: one of them is "ma=0", and so it is stale as it comes (RFC 7838 3.1). */
static bool skip_parameters(struct rd *rd)
{
	bool is_stale = false;

	while (rd_more(rd) && rd_peek_u8(rd) != ',') {
		struct span parameter = until(rd, "\",; \t");

		is_stale |= span_equal(parameter, span_str("ma=0"));
		if (rd_peek_u8(rd) == '"')
			is_stale |= span_equal(quoted(rd), span_str("0")) && span_equal(parameter, span_str("ma="));
		else if (rd_more(rd) && rd_peek_u8(rd) != ',')
			rd_skip(rd, 1);
	}
	if (rd_more(rd))
		rd_skip(rd, 1);
	return is_stale;
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
		bool is_offered;

		skip_space(&rd);
		protocol = until(&rd, "=,; \t");
		if (rd_peek_u8(&rd) == '=') {
			rd_skip(&rd, 1);
			if (rd_peek_u8(&rd) == '"')
				authority = quoted(&rd);
		}
		is_offered = span_equal(protocol, span_str("h3")) && port_of(authority, port);
		if (!skip_parameters(&rd) && is_offered)
			return true;
	}
	return false;
}
