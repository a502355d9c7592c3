#include "rule/cert_parts.h"

#include "x509/name.h"

const char *cert_role(struct arena *arena, const struct chain_facts *facts, size_t at)
{
	const struct cert *cert = at < facts->best->n ? facts->best->certs[at] : facts->leaf;
	const char *name = name_short(arena, &cert->subject);

	if (at == 0)
		return "The server's certificate";
	if (at + 1 == facts->best->n && facts->is_trusted)
		return arena_printf(arena, "The root \"%s\"", name);
	return arena_printf(arena, "The intermediate \"%s\"", name);
}

void cert_evidence(struct findings *findings, struct finding *finding, const struct cert *cert)
{
	struct arena *arena = findings->arena;

	finding_evidence(findings, finding, "subject: %s", name_text(arena, &cert->subject));
	finding_evidence(findings, finding, "issuer: %s", name_text(arena, &cert->issuer));
	finding_evidence(findings, finding, "SHA-256 fingerprint: %s", cert_fingerprint(arena, cert));
}

struct finding *cert_finding(struct findings *findings, const struct visit *visit, const char *id, size_t at,
			     const char *what)
{
	struct chain_facts *facts = visit->chain;
	const char *role = cert_role(findings->arena, facts, at);
	struct finding *f = finding_add(findings, visit, id, arena_printf(findings->arena, "%s %s", role, what));

	f->confidence = "certain";
	cert_evidence(findings, f, facts->best->certs[at]);
	return f;
}

void cert_finding_strict(const struct evidence *evidence, struct finding *finding)
{
	finding->fails = evidence->from_file;
	if (!evidence->from_file)
		finding->severity = SEVERITY_LOW;
}
