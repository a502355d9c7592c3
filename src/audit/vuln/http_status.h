/* The status of an HTTP/1 answer, and no more of it. */
#ifndef WHY_AUDIT_VULN_HTTP_STATUS_H
#define WHY_AUDIT_VULN_HTTP_STATUS_H

#include "base/span.h"

/* 100 to 599; 0 where the bytes are no status line. RFC 9112 4. */
static inline int http_status_of(struct span head)
{
	if (head.n < 12 || memcmp(head.p, "HTTP/1.", 7) != 0 || head.p[8] != ' ')
		return 0;
	for (size_t i = 9; i < 12; i++)
		if (head.p[i] < '0' || head.p[i] > '9')
			return 0;
	return head.p[9] < '1' || head.p[9] > '5' ? 0 : (head.p[9] - '0') * 100 + (head.p[10] - '0') * 10 + (head.p[11] - '0');
}

#endif
