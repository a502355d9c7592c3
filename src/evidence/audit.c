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

size_t ticket_key_name(const struct audit *audit, unsigned *n_names)
{
	enum { NAME_MIN = 4 };
	size_t common = AUDIT_TICKET_HEAD;

	*n_names = 0;
	for (size_t i = 0; i < audit->n_tickets; i++) {
		size_t same = 0;
		bool is_new = true;

		while (same < common && audit->tickets[i].head[same] == audit->tickets[0].head[same])
			same++;
		common = same;
		for (size_t k = 0; k < i && is_new; k++)
			is_new = memcmp(audit->tickets[k].head, audit->tickets[i].head, AUDIT_TICKET_HEAD) != 0;
		*n_names += is_new;
	}
	/* Each ticket another head, and nothing in common: they carry no name, or not there. */
	if (audit->n_tickets < 2 || (common < NAME_MIN && *n_names == audit->n_tickets)) {
		*n_names = 0;
		return 0;
	}
	if (common >= NAME_MIN)
		*n_names = 1;
	return common;
}
