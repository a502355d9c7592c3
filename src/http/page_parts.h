/* What page.c, css.c, script.c and mixed.c share; nobody else includes this. */
#ifndef WHY_HTTP_PAGE_PARTS_H
#define WHY_HTTP_PAGE_PARTS_H

#include "evidence/evidence.h"
#include "http/url.h"

struct collector {
	struct arena *arena;
	struct page_evidence *out;
	struct url page, base;
	bool has_base;
	size_t cap;
	uint32_t *hashes;   /* of the resources' URLs, to know them again quickly */
	size_t used_before; /* of the arena, for the budget */
};

/* Notes a resource; the URL is resolved against the base. `is_set`: from srcset or <picture>. */
void resource_add(struct collector *c, enum resource_kind kind, bool is_set, const char *element,
		  unsigned line, struct span url);

/* What Chrome and Firefox do with `url` on the page. */
enum mixed_treatment mixed_treatment_of(const struct collector *c, enum resource_kind kind,
					bool is_set, const struct url *url);
/* Does a policy (or a list of them) contain upgrade-insecure-requests? */
bool csp_upgrades(struct span csp);

/* url() and @import of a style sheet or a style attribute. */
void css_scan(struct collector *c, struct span css, unsigned line);
/* Literal URLs that a script opens: WebSocket, fetch, XMLHttpRequest, EventSource, Worker, import. */
void script_scan(struct collector *c, struct span script, unsigned line);

#endif
