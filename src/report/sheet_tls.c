/* Protocols, cipher suites, groups, signature schemes, Diffie-Hellman parameters as tables. */
#include "assess/suite.h"
#include "kb/names.h"
#include "report/sheet.h"

static const char *state_note(const struct audit_state *state)
{
	if (state->extent == AUDIT_WHOLE)
		return NULL;
	return state->because ? state->because : "not asked";
}

static const char *incomplete(struct sheets *s, const struct audit_state *state)
{
	const char *why = state_note(state);

	/* What the server does not speak needs no list. */
	if (state->extent == AUDIT_NOT_ASKED && !state->because)
		return NULL;
	return why ? arena_printf(s->arena, "Not complete: %s. What is missing is unknown, not refused.", why) : NULL;
}

static void protocols(struct sheets *s, const struct audit *audit)
{
	struct sheet *sheet = sheet_add(s, "protocols", "Protocols");

	sheet->columns[0] = "protocol";
	sheet->columns[1] = "accepted";
	sheet->columns[2] = "remark";
	sheet->n_columns = 3;
	for (size_t i = AUDIT_PROTOCOLS; i-- > 0;) {
		const struct audit_protocol *p = &audit->protocols[i];
		bool is_modern = p->version >= AUDIT_TLS12;
		struct sheet_row *row;

		if (p->version == 0)
			continue;
		row = sheet_row_add(s, sheet);
		row->cells[0] = cell_of(kb_version_name(p->version), PAINT_NONE);
		row->cells[1] = cell_tri(p->supported, is_modern ? TRI_YES : TRI_NO);
		row->cells[2] = cell_of(p->answered ? arena_printf(s->arena, "answered with %s", kb_version_name(p->answered))
						    : p->because, PAINT_DIM);
	}
}

static enum paint class_paint(enum kb_class class)
{
	static const enum paint paints[] = { PAINT_NONE, PAINT_BAD, PAINT_WARN, PAINT_NONE, PAINT_GOOD };

	return paints[class];
}

static const char *exchange_text(struct sheets *s, const struct audit_suite *item, const struct suite_view *view)
{
	const char *group = item->group ? kb_group_name(item->group) : NULL;

	if (item->dh_bits)
		return arena_printf(s->arena, "%s %u", view->key_exchange, item->dh_bits);
	if (strcmp(view->key_exchange, "any") == 0)
		return group ? group : "";
	return group ? arena_printf(s->arena, "%s %s", view->key_exchange, group) : view->key_exchange;
}

static const char *order_note(struct sheets *s, const struct audit_suites *list)
{
	const char *order = list->n < 2 ? NULL : list->server_preference == TRI_YES ? "The server's order rules." :
		list->server_preference == TRI_NO ? "The client's order rules." : "Whose order rules is unknown.";
	const char *chacha = list->chacha_first_honoured == TRI_YES
		? " ChaCha20 wins where the client puts it first." : "";
	const char *rest = incomplete(s, &list->state);

	if (!order && !rest)
		return NULL;
	return arena_printf(s->arena, "%s%s%s%s", order ? order : "", chacha, order && rest ? " " : "", rest ? rest : "");
}

static void suites(struct sheets *s, const struct audit_suites *list)
{
	const char *version = kb_version_name(list->version);
	struct sheet *sheet = sheet_add(s, arena_printf(s->arena, "ciphers-%04x", (unsigned)list->version),
					arena_printf(s->arena, "Cipher suites of %s", version));
	static const char *const columns[] = { "#", "code", "suite", "key exchange", "bits", "class" };

	memcpy(sheet->columns, columns, sizeof columns);
	sheet->n_columns = COUNT_OF(columns);
	sheet->note = order_note(s, list);
	for (size_t i = 0; i < list->n; i++) {
		struct suite_view view = suite_view_of(list->version, list->items[i].code);
		struct sheet_row *row = sheet_row_add(s, sheet);

		row->cells[0] = cell_of(list->items[i].order ? arena_printf(s->arena, "%u", list->items[i].order) : "", PAINT_DIM);
		row->cells[1] = cell_of(arena_str(s->arena, view.code_text), PAINT_DIM);
		row->cells[2] = cell_of(view.name, PAINT_NONE);
		row->cells[3] = cell_of(exchange_text(s, &list->items[i], &view), PAINT_NONE);
		row->cells[4] = cell_of(arena_printf(s->arena, "%u", view.bits), view.bits < 112 ? PAINT_BAD :
								 view.bits < 128 ? PAINT_WARN : PAINT_NONE);
		row->cells[5] = cell_of(kb_class_name(view.class), class_paint(view.class));
	}
}

static void groups(struct sheets *s, const struct audit_groups *list, bool is_13)
{
	struct sheet *sheet = sheet_add(s, is_13 ? "groups-13" : "groups-12", is_13 ? "Key exchange groups of TLS 1.3"
									       : "Key exchange groups of TLS 1.2 and below");
	static const char *const columns[] = { "#", "code", "group", "kind", "strength", "remark" };
	static const char *const kinds[] = { "elliptic curve", "binary curve", "Montgomery curve", "finite field",
					     "post-quantum hybrid", "post-quantum", "other" };

	memcpy(sheet->columns, columns, sizeof columns);
	sheet->n_columns = COUNT_OF(columns);
	sheet->note = incomplete(s, &list->state);
	for (size_t i = 0; i < list->n; i++) {
		const struct audit_group *group = &list->items[i];
		const struct kb_group *known = kb_group(group->group);
		struct sheet_row *row;

		if (group->supported == TRI_NO)
			continue;
		row = sheet_row_add(s, sheet);
		row->cells[0] = cell_of(group->order ? arena_printf(s->arena, "%u", group->order) : "", PAINT_DIM);
		row->cells[1] = cell_of(arena_printf(s->arena, "%04X", (unsigned)group->group), PAINT_DIM);
		row->cells[2] = cell_of(known ? known->name : "unknown", known && known->is_post_quantum ? PAINT_GOOD : PAINT_NONE);
		row->cells[3] = cell_of(known ? kinds[known->kind] : "", PAINT_NONE);
		row->cells[4] = cell_of(known && known->security_bits ? arena_printf(s->arena, "%u", known->security_bits) : "",
					known && known->security_bits && known->security_bits < 100 ? PAINT_BAD : PAINT_NONE);
		row->cells[5] = cell_of(group->supported == TRI_UNKNOWN ? "not known" : group->needs_retry
						? "by a HelloRetryRequest" : "", PAINT_DIM);
	}
}

static void schemes(struct sheets *s, const struct audit_schemes *list, bool is_13)
{
	struct sheet *sheet = sheet_add(s, is_13 ? "schemes-13" : "schemes-12", is_13 ? "Signature schemes of TLS 1.3"
									         : "Signature schemes of TLS 1.2");

	sheet->columns[0] = "code";
	sheet->columns[1] = "scheme";
	sheet->columns[2] = "class";
	sheet->n_columns = 3;
	sheet->note = incomplete(s, &list->state);
	for (size_t i = 0; i < list->n; i++) {
		const struct kb_scheme *known = kb_scheme(list->items[i]);
		struct sheet_row *row = sheet_row_add(s, sheet);
		bool is_weak = known && known->is_insecure;

		row->cells[0] = cell_of(arena_printf(s->arena, "%04X", (unsigned)list->items[i]), PAINT_DIM);
		row->cells[1] = cell_of(known ? known->name : "unknown", PAINT_NONE);
		row->cells[2] = cell_of(is_weak ? "weak" : "good", is_weak ? PAINT_WARN : PAINT_GOOD);
	}
}

static void dh(struct sheets *s, const struct audit *audit)
{
	struct sheet *sheet = sheet_add(s, "dh", "Diffie-Hellman parameters");
	static const char *const columns[] = { "bits", "prime", "safe prime", "reused", "known as" };

	memcpy(sheet->columns, columns, sizeof columns);
	sheet->n_columns = COUNT_OF(columns);
	for (size_t i = 0; i < audit->n_dh; i++) {
		const struct audit_dh *one = &audit->dh[i];
		struct sheet_row *row = sheet_row_add(s, sheet);

		row->cells[0] = cell_of(arena_printf(s->arena, "%u", one->bits), one->bits < 1024 ? PAINT_BAD :
					one->bits < 2048 ? PAINT_WARN : PAINT_NONE);
		row->cells[1] = cell_tri(one->prime, TRI_YES);
		row->cells[2] = cell_tri(one->safe, TRI_YES);
		row->cells[3] = cell_tri(one->reused, TRI_NO);
		row->cells[4] = cell_of(one->known ? one->known : "", PAINT_NONE);
	}
}

void sheets_of_tls(struct sheets *s, const struct assessed *one)
{
	const struct audit *audit = one->audit;

	protocols(s, audit);
	for (size_t i = AUDIT_PROTOCOLS; i-- > 0;)
		if (audit->suites[i].n > 0 || (audit->suites[i].version && state_note(&audit->suites[i].state) &&
					       audit_has_protocol(audit, audit->suites[i].version) == TRI_YES))
			suites(s, &audit->suites[i]);
	groups(s, &audit->groups[0], true);
	groups(s, &audit->groups[1], false);
	schemes(s, &audit->schemes[0], true);
	schemes(s, &audit->schemes[1], false);
	dh(s, audit);
}
