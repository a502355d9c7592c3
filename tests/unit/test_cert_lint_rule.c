/* What becomes of a certificate on disk that breaks rules of the CA/B Forum: a finding where the rules bind its authority. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "evidence/files.h"
#include "lint/lint.h"
#include "rule/diagnosis.h"
#include "x509_fixture.h"

struct world {
	struct arena *arena;
	struct evidence e;
	struct visit v;
	struct files_evidence files;
};

static struct world *world_of(bool is_note)
{
	struct arena *arena = arena_new(0);
	struct world *w = arena_new_of(arena, struct world);
	struct cert **leaf;

	assert_int_equal(cert_read_all(arena, span_str(leaf_pem), &leaf), 1);
	w->arena = arena;
	w->e = (struct evidence){ .arena = arena, .started_unix = 1795000000, .now_unix = 1795000000, .visit = &w->v, .files = &w->files };
	w->v.target = (struct target){ .input = "leaf.pem", .scheme = "https", .host = "", .host_shown = "", .path = "/", .port = 443 };
	w->v.dns.skipped = true;
	w->files.lints = arena_array(arena, struct lint_report, 1);
	w->files.lints[0] = lint_certificate(arena, leaf[0], NULL);
	w->files.lints[0].is_note = is_note;
	w->files.n_lints = 1;
	/* The fixture's leaf is no public authority's work. */
	assert_true(w->files.lints[0].n_failed > 0);
	return w;
}

static const struct finding *find(const struct diagnosis *d)
{
	for (size_t i = 0; i < d->findings.n; i++)
		if (strcmp(d->findings.items[i]->id, "certificate.lint") == 0)
			return d->findings.items[i];
	return NULL;
}

static void test_public_authority(void **state)
{
	struct world *w = world_of(false);
	const struct lint_report *report = &w->files.lints[0];
	const struct finding *f = find(diagnose(&w->e));
	enum severity worst = SEVERITY_INFO;

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->n_evidence, report->n_failed);
	for (size_t i = 0; i < report->n_failed; i++) {
		assert_int_equal(lint_severity(report, &report->failed[i]), report->failed[i].row->severity);
		if (report->failed[i].row->severity > worst)
			worst = report->failed[i].row->severity;
	}
	assert_int_equal(f->severity, worst);
	assert_false(f->fails);
	arena_free(w->arena);
}

static void test_own_authority(void **state)
{
	struct world *w = world_of(true);

	(void)state;
	assert_null(find(diagnose(&w->e)));
	for (size_t i = 0; i < w->files.lints[0].n_failed; i++)
		assert_int_equal(lint_severity(&w->files.lints[0], &w->files.lints[0].failed[i]), SEVERITY_INFO);
	arena_free(w->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public_authority), cmocka_unit_test(test_own_authority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
