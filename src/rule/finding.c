/* Findings and their evidence lines: see rule.h. */
#include "rule/rule.h"

struct finding *finding_get(const struct findings *findings, const char *id)
{
	for (size_t i = 0; i < findings->n; i++)
		if (strcmp(findings->items[i]->id, id) == 0)
			return findings->items[i];
	return NULL;
}

struct finding *finding_add(struct findings *findings, const struct visit *visit, const char *id, const char *title)
{
	const struct cause *cause = cause_find(id);
	struct finding *f = arena_new_of(findings->arena, struct finding);

	f->id = id;
	f->visit = visit;
	f->confidence = "certain";
	if (cause) {
		f->layer = cause->layer;
		f->severity = cause->severity;
		f->fails = cause->fails;
		f->fix = cause->fix;
		f->references = cause->references;
	}
	f->title = title ? title : cause ? cause->title : id;
	*arena_push(findings->arena, findings->items, findings->n, findings->cap) = f;
	return f;
}

const char *authority_text(struct arena *arena, const char *host, uint16_t port)
{
	host = host ? host : "";
	return arena_printf(arena, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

void finding_evidence(struct findings *findings, struct finding *finding, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = arena_vprintf(findings->arena, fmt, ap);
	va_end(ap);
	*arena_push(findings->arena, finding->evidence, finding->n_evidence, finding->cap_evidence) = line;
}
