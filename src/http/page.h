/* What an HTML page makes a browser load, and what today's browsers do with the insecure part of it. */
#ifndef WHY_HTTP_PAGE_H
#define WHY_HTTP_PAGE_H

#include "evidence/evidence.h"

/* `page_url`: where the page came from. `csp`: Content-Security-Policy of the answer, or NULL.
 * The result lives in the arena; `body` may go. */
void page_scan(struct arena *arena, struct span body, const char *page_url, const char *csp,
	       struct page_evidence *out);

#endif
