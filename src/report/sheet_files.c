/* What lies in files, as a table: where, what, whose, until when, and which half of a pair it is. */
#include "base/timeutil.h"
#include "evidence/files.h"
#include "lint/lint.h"
#include "report/names.h"
#include "report/sheet.h"
#include "x509/cert.h"
#include "x509/name.h"

enum { ROWS_MAX = 200 };

static const char *where_of(struct sheets *s, const struct file_seen *file, const struct file_item *item)
{
	return item->line ? arena_printf(s->arena, "%s:%u", file->path, item->line) : file->path;
}

static const char *what_of(struct sheets *s, const struct file_seen *file, const struct file_item *item)
{
	static const char *const words[] = { NULL, "certificate", "private key", "public key", "request", "revocation list", "parameters" };
	const char *word = item->kind == ITEM_CERTIFICATE && item->cert->is_ca ? "authority" : words[item->kind];

	bool is_plain = !item->within || (file->format && strcmp(item->within, file->format) == 0);

	return arena_printf(s->arena, "%s%s%s%s", word ? word : item->label, is_plain ? "" : " in ", is_plain ? "" : item->within,
			    item->is_encrypted ? ", encrypted" : "");
}

static const char *whose(struct sheets *s, const struct file_item *item)
{
	if (item->problem)
		return item->problem;
	if (item->kind == ITEM_CERTIFICATE)
		return item->cert->n_san ? cert_names_text(s->arena, item->cert, 3) : name_text(s->arena, &item->cert->subject);
	return item->subject ? item->subject : item->encryption ? item->encryption : "";
}

static struct cell until_of(struct sheets *s, const struct diagnosis *d, const struct file_item *item)
{
	int64_t until = item->kind == ITEM_CERTIFICATE ? item->cert->not_after_unix : item->kind == ITEM_CRL ? item->next_update_unix : 0;
	char when[RFC3339_LEN];

	if (!until)
		return cell_of("", PAINT_NONE);
	when_format(when, until);
	return cell_of(arena_strn(s->arena, when, 10), until < d->evidence->now_unix ? PAINT_BAD : until < d->evidence->now_unix + 30 * 86400 ? PAINT_WARN : PAINT_NONE);
}

static const char *pair_of(struct sheets *s, const struct files_evidence *files, const struct file_seen *file, const struct file_item *item)
{
	const struct file_seen *of = NULL;
	const struct file_item *half = item->kind == ITEM_KEY || item->kind == ITEM_CERTIFICATE ? files_other_half(files, file, item, &of) : NULL;

	if (!half)
		return item->kind == ITEM_KEY && item->spki.n ? "no certificate here" : "";
	if (of == file)
		return half->line ? arena_printf(s->arena, "%s on line %u", item->kind == ITEM_KEY ? "certificate" : "key", half->line) : item->kind == ITEM_KEY ? "its certificate" : "its key";
	return of->path;
}

static void row_add(struct sheets *s, struct sheet *sheet, const struct diagnosis *d, const struct file_seen *file, const struct file_item *item)
{
	struct sheet_row *row = sheet_row_add(s, sheet);

	row->cells[0] = cell_of(where_of(s, file, item), PAINT_NONE);
	row->cells[1] = cell_of(what_of(s, file, item), PAINT_NONE);
	row->cells[2] = cell_of(whose(s, item), item->problem ? PAINT_BAD : PAINT_NONE);
	row->cells[3] = cell_of(item->key_name, PAINT_DIM);
	row->cells[4] = until_of(s, d, item);
	row->cells[5] = cell_of(pair_of(s, d->evidence->files, file, item), PAINT_DIM);
}

static void table_of_files(struct sheets *s, const struct diagnosis *d)
{
	static const char *const columns[] = { "where", "what it is", "for", "key", "until", "goes with" };
	const struct files_evidence *files = d->evidence->files;
	struct sheet *sheet = sheet_add(s, "files", "What is in it");
	size_t n_left = 0;

	memcpy(sheet->columns, columns, sizeof columns);
	sheet->n_columns = COUNT_OF(columns);
	for (size_t i = 0; i < files->n_files; i++) {
		const struct file_seen *file = files->files[i];

		for (size_t k = 0; k < file->n_items; k++) {
			if (sheet->n_rows < ROWS_MAX)
				row_add(s, sheet, d, file, &file->items[k]);
			else
				n_left++;
		}
	}
	if (n_left > 0 || files->n_passed_over > 0 || files->stopped)
		sheet->note = arena_printf(s->arena, "%zu other files passed over%s%s%s", files->n_passed_over, n_left ? arena_printf(s->arena, "; %zu more not shown here, see --json", n_left) : "",
					   files->stopped ? "; " : "", files->stopped ? files->stopped : "");
}

void sheets_of_files(struct sheets *s, const struct diagnosis *d, bool verbose)
{
	const struct files_evidence *files = d->evidence->files;

	if (!files)
		return;
	table_of_files(s, d);
	for (size_t i = 0; i < files->n_lints; i++)
		if (files->lints[i].n_failed > 0 && (verbose || !files->lints[i].is_note))
			sheet_of_lint(s, &files->lints[i]);
}
