/* Questions to what an audit saw. */
#include "evidence/audit.h"

static const struct audit_protocol *protocol_of(const struct audit *audit, uint16_t version)
{
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++)
		if (audit->protocols[i].version == version)
			return &audit->protocols[i];
	return NULL;
}

enum tri audit_has_protocol(const struct audit *audit, uint16_t version)
{
	const struct audit_protocol *p = protocol_of(audit, version);

	return p ? p->supported : TRI_UNKNOWN;
}

const struct audit_suites *audit_suites_of(const struct audit *audit, uint16_t version)
{
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++)
		if (audit->suites[i].version == version)
			return &audit->suites[i];
	return NULL;
}

enum tri audit_has_suite(const struct audit *audit, uint16_t version, uint32_t code)
{
	const struct audit_suites *list = audit_suites_of(audit, version);

	for (size_t i = 0; list && i < list->n; i++)
		if (list->items[i].code == code)
			return TRI_YES;
	if (audit_has_protocol(audit, version) == TRI_NO || (list && list->state.extent == AUDIT_WHOLE))
		return TRI_NO;
	return TRI_UNKNOWN;
}
