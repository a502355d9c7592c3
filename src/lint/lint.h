/* Rules that a server certificate must keep: RFC 5280 and the CA/B Forum Baseline Requirements for TLS
 * server certificates (BR), as far as the bytes tell. One row each in lints.def. A rule applies to
 * certificates issued from its date on. Beside verification (x509/), which asks whether clients accept
 * a chain: OpenSSL and browsers accept much that these rules forbid. */
#ifndef WHY_LINT_LINT_H
#define WHY_LINT_LINT_H

#include "base/arena.h"
#include "base/severity.h"
#include "x509/cert.h"
#include "x509/oids.h"

struct lint_case {
	struct arena *arena;
	const struct cert *cert;
	const struct cert *issuer;      /* as sent or found; NULL: not known */
	int64_t days;                   /* validity as BR 1.6.1 counts it; 0 unknown */
};

/* NULL: kept. LINT_NOT_APPLICABLE: it is about something that this certificate lacks. Else what breaks it. */
typedef const char *lint_check(const struct lint_case *c);
extern const char lint_not_applicable[];
#define LINT_NOT_APPLICABLE lint_not_applicable

struct lint_row {
	const char *id;
	enum severity severity;
	const char *source;
	unsigned from;          /* yyyymmdd of issue; 0: always */
	const char *title;
	lint_check *check;
};

extern const struct lint_row lint_rows[];
extern const size_t n_lint_rows;

#define LINT(name, severity, source, from, title) lint_check lint_##name;
#include "lint/lints.def"
#undef LINT

struct lint_result {
	const struct lint_row *row;
	const char *detail;     /* what breaks it; hostile text possible */
};

struct lint_report {
	const struct cert *cert;
	struct lint_result *failed;
	size_t n_failed, cap_failed;
	size_t n_passed, n_not_applicable;
	bool is_note;           /* the rules do not bind its authority, as far as is known: nothing counts */
};

/* All rows over one certificate. */
struct lint_report lint_certificate(struct arena *arena, const struct cert *cert, const struct cert *issuer);

enum severity lint_severity(const struct lint_report *report, const struct lint_result *result);

/* Shared by the files of rules: the extension of that OID, or NULL. */
const struct cert_extension *lint_extension(const struct lint_case *c, struct span oid);
const char *lint_quoted(const struct lint_case *c, struct span text);

#endif
