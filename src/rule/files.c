/* What lies in files, beside the one chain that clients are asked about: dates of all certificates, keys that belong
 * to none of them, order, what could not be opened. What stands in a folder stops nobody but for a server's own
 * certificate that is out of date, and a key beside a certificate that is not its own. */
#include "evidence/files.h"

#include "base/timeutil.h"
#include "rule/rule.h"
#include "x509/cert.h"
#include "x509/name.h"

enum { FINDINGS_MAX = 200 };

struct looking {
	const struct evidence *evidence;
	const struct visit *visit;
	struct findings *findings;
};

static struct finding *add(const struct looking *l, const char *id, const struct file_seen *file, unsigned line, const char *title)
{
	struct finding *f;

	f = finding_add(l->findings, l->visit, id, title);
	f->where.file = file->path;
	f->where.line = line;
	return f;
}

static const char *place(const struct looking *l, const struct file_seen *file, const struct file_item *item)
{
	const char *line = item->line ? arena_printf(l->findings->arena, ":%u", item->line) : "";

	return arena_printf(l->findings->arena, "%s%s%s%s", file->path, line, item->within ? ", " : "", item->within ? item->within : "");
}

/* ---- certificates ------------------------------------------------------------------------------------------ */

static bool is_judged(const struct looking *l, const struct file_seen *file)
{
	return file->is_judged && l->visit->chain;
}

/* An authority's own that has run out lies in many a bundle and hurts nobody there. */
static void dates_check(const struct looking *l, const struct file_seen *file, const struct file_item *item)
{
	const struct cert *cert = item->cert;
	bool is_over = cert->not_after_unix < l->evidence->now_unix;
	char when[RFC3339_LEN];
	struct finding *f;

	if (!cert->is_decoded || cert->bad_time || (!is_over && cert->not_before_unix <= l->evidence->now_unix))
		return;
	f = add(l, is_over ? "certificate.expired" : "certificate.not-yet-valid", file, item->line,
		arena_printf(l->findings->arena, "%s %s %s", item->within ? item->within : file->path, is_over ? "holds a certificate that expired" : "holds a certificate that is not valid before",
			     when_format(when, is_over ? cert->not_after_unix : cert->not_before_unix)));
	finding_evidence(l->findings, f, "%s: %s", place(l, file, item), name_short(l->findings->arena, &cert->subject));
	f->fails = !cert->is_ca;
	if (!f->fails)
		f->severity = SEVERITY_LOW;
}

/* Behind a server's own certificate each should be the issuer of the one before; of a bundle of authorities nothing is asked. */
static void order_check(const struct looking *l, const struct file_seen *file)
{
	const struct file_item *last = NULL;

	for (size_t i = 0; i < file->n_items; i++) {
		const struct file_item *item = &file->items[i];

		if (item->kind != ITEM_CERTIFICATE || !item->cert->is_decoded)
			continue;
		if (last && (last->within ? !item->within || strcmp(last->within, item->within) != 0 : item->within != NULL))
			last = NULL;
		if (!last && item->cert->is_ca)
			return;
		if (last && !span_equal(last->cert->issuer.raw, item->cert->subject.raw)) {
			struct finding *f = add(l, "certificate.out-of-order", file, item->line, arena_printf(l->findings->arena, "The certificates in %s are not in order", file->path));

			finding_evidence(l->findings, f, "%s: %s did not issue the one before it", place(l, file, item), name_short(l->findings->arena, &item->cert->subject));
			f->fails = false;
			return;
		}
		last = item;
	}
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

static bool is_same_entry(const char *a, const char *b)
{
	size_t n = a ? strcspn(a, "]") : 0;

	return !a || !b ? a == b : strncmp(a, b, n) == 0 && strcspn(b, "]") == n;
}

/* The certificate that the key should belong to, by where both stand: the same file or entry, files named together, a
 * file of the same name. NULL where nothing says so. */
static const struct file_item *expected_half(const struct files_evidence *files, const struct file_seen *file, const struct file_item *key, const struct file_seen **of)
{
	for (size_t i = 0; i < files->n_files; i++) {
		const struct file_seen *other = files->files[i];

		for (size_t k = 0; k < other->n_items; k++) {
			const struct file_item *item = &other->items[k];
			bool is_near = other == file ? is_same_entry(key->within, item->within)
				     : file->is_listed || other->is_listed ? files_are_pair(file->path, other->path) && !item->within && !key->within : !item->within && !key->within;

			if (item->kind != ITEM_CERTIFICATE || !is_near || (item->cert->is_ca && other->n_items > 1))
				continue;
			*of = other;
			return item;
		}
	}
	return NULL;
}

static void key_check(const struct looking *l, const struct file_seen *file, const struct file_item *key)
{
	const struct files_evidence *files = l->evidence->files;
	const struct file_seen *of = NULL;
	const struct file_item *certificate;
	struct finding *f;

	if (!key->spki.n || (certificate = expected_half(files, file, key, &of)) == NULL || span_equal(certificate->spki, key->spki))
		return;
	/* Of an entry the two halves are used together; elsewhere any certificate that fits will do. */
	if (!key->within || of != file || strcmp(key->within, "PKCS #12") == 0) {
		const struct file_seen *elsewhere = NULL;

		if (files_other_half(files, file, key, &elsewhere))
			return;
	}
	f = add(l, "host.key-mismatch", file, key->line, NULL);
	finding_evidence(l->findings, f, "key: %s (%s)", place(l, file, key), key->key_name);
	finding_evidence(l->findings, f, "certificate: %s (%s, %s)", place(l, of, certificate), name_short(l->findings->arena, &certificate->cert->subject),
			 certificate->key_name ? certificate->key_name : "unknown key");
	f->fix = arena_printf(l->findings->arena, "Put the key that the certificate was requested with into %s, or have a certificate issued for this key.", file->path);
	f->fails = true;
}

static void key_rights(const struct looking *l, const struct file_seen *file)
{
	for (size_t i = 0; file->is_world_readable && i < file->n_items; i++) {
		const struct file_item *item = &file->items[i];
		struct finding *f;

		if (item->kind != ITEM_KEY || item->is_encrypted)
			continue;
		f = add(l, "host.key-exposed", file, item->line, NULL);
		finding_evidence(l->findings, f, "%s: readable by all users", place(l, file, item));
		f->fix = arena_printf(l->findings->arena, "chmod o= %s", file->path);
		return;
	}
}

/* ---- the rest ------------------------------------------------------------------------------------------------ */

static void unread(const struct looking *l, const struct file_seen *file, const struct file_item *item, const char *problem)
{
	bool refused = !item && file->servers_refuse;
	const char *title = arena_printf(l->findings->arena, refused ? "Servers cannot read %s" : "%s: %s could not be read", file->path, item ? item->label : "all of it");
	struct finding *f = add(l, file->needs_password || (item && item->is_encrypted) ? "host.not-readable" : "host.certificate-file-unreadable", file,
				item ? item->line : 0, title);

	finding_evidence(l->findings, f, "%s", problem);
	f->fix = NULL;
	f->fails = !file->is_listed && refused;
	if (item)
		f->fails = !file->is_listed && !item->is_encrypted && f->severity >= SEVERITY_HIGH && item->kind != ITEM_REQUEST && item->kind != ITEM_CRL;
	if (!f->fails && f->severity > SEVERITY_MEDIUM)
		f->severity = SEVERITY_MEDIUM;
}

static void crl_check(const struct looking *l, const struct file_seen *file, const struct file_item *item)
{
	char when[RFC3339_LEN];
	struct finding *f;

	if (item->problem || !item->next_update_unix || item->next_update_unix >= l->evidence->now_unix)
		return;
	f = add(l, "certificate.crl-expired", file, item->line, NULL);
	finding_evidence(l->findings, f, "%s: %s should have been replaced %s", place(l, file, item), item->subject, when_format(when, item->next_update_unix));
}

static void request_check(const struct looking *l, const struct file_seen *file, const struct file_item *item)
{
	struct finding *f;

	if (item->problem || !item->is_self_signed_badly)
		return;
	f = add(l, "certificate.malformed", file, item->line, "The signature of the request does not verify");
	finding_evidence(l->findings, f, "%s: %s", place(l, file, item), item->subject);
	f->fix = "Whoever made the request makes it anew with the key at hand.";
	f->fails = false;
}

static void item_check(const struct looking *l, const struct file_seen *file, const struct file_item *item)
{
	/* What is malformed in the chain that is judged is told by its own rules. */
	if (item->problem && !(item->kind == ITEM_CERTIFICATE && is_judged(l, file)))
		unread(l, file, item, item->problem);
	if (item->kind == ITEM_CERTIFICATE && !is_judged(l, file))
		dates_check(l, file, item);
	else if (item->kind == ITEM_KEY)
		key_check(l, file, item);
	else if (item->kind == ITEM_CRL)
		crl_check(l, file, item);
	else if (item->kind == ITEM_REQUEST)
		request_check(l, file, item);
}

static void legacy_check(const struct looking *l, const struct file_seen *file)
{
	struct finding *f;

	if (!file->old_encryption)
		return;
	f = add(l, "certificate.pkcs12-legacy", file, 0, NULL);
	finding_evidence(l->findings, f, "%s: encrypted with %s", file->path, file->old_encryption);
}

static void files_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct files_evidence *files = evidence->files;
	const struct looking l = { evidence, visit, findings };

	for (size_t i = 0; files && visit == evidence->visit && i < files->n_files; i++) {
		const struct file_seen *file = files->files[i];

		if (file->problem && findings->n < FINDINGS_MAX)
			unread(&l, file, NULL, file->problem);
		for (size_t k = 0; k < file->n_items && findings->n < FINDINGS_MAX; k++)
			item_check(&l, file, &file->items[k]);
		if (findings->n >= FINDINGS_MAX)
			return;
		if (!is_judged(&l, file) && (!file->format || strcmp(file->format, "PKCS #12") != 0))
			order_check(&l, file);
		key_rights(&l, file);
		legacy_check(&l, file);
	}
}

const struct rule rule_files = { "files", LAYER_CERTIFICATE, files_check };
