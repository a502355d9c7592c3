/* Reads a profile. One rule a line:
 *
 *   must|should SUBJECT only|never|all|some VALUE...   ; SOURCE
 *   must|should SUBJECT >=|<= NUMBER                   ; SOURCE
 *   must|should SUBJECT yes|no                         ; SOURCE
 *
 * beside "title TEXT" and "version TEXT". A file may come from anybody: sizes are capped, and each
 * error names its line and what was expected there. */
#include "assess/profile_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/attr.h"
#include "base/out.h"
#include "kb/profiles.h"

enum { PROFILE_SIZE_MAX = 256 << 10, RULES_MAX = 1000, VALUES_MAX = 500, WORD_MAX = 128 };

const struct profile_subject_row profile_subjects[SUBJECT_COUNT] = {
#define SUBJECT(id, name_, kind_, relations_, values_)                                                          \
	[SUBJECT_##id] = { .name = (name_), .kind = (kind_), .relations = (relations_), .values = (values_) },
#include "assess/profile_subjects.def"
#undef SUBJECT
};

static bool lacks_forward_secrecy(const struct suite_view *suite) { return !suite->has_forward_secrecy; }
static bool lacks_aead(const struct suite_view *suite) { return !suite->is_aead; }

const struct suite_property suite_properties[] = {
	{ "null", suite_is_null }, { "anonymous", suite_is_anonymous }, { "export", suite_is_export },
	{ "rc4", suite_is_rc4 }, { "block64", suite_has_block64 }, { "cbc", suite_is_cbc }, { "dhe", suite_is_dhe },
	{ "static-rsa", suite_is_static_rsa }, { "no-forward-secrecy", lacks_forward_secrecy }, { "no-aead", lacks_aead },
};
const size_t n_suite_properties = COUNT_OF(suite_properties);

struct reading {
	struct arena *arena;
	struct profile *profile;
	struct why_error *error;
	unsigned line;
	const char *rest;       /* of the line */
	char word[WORD_MAX];
};

static int expected(const struct reading *r, const char *what)
{
	char safe[100];

	if (!*r->word)
		return why_fail(r->error, WHY_EFILE, "profile %.100s, line %u: the line ends where %.300s was expected",
				r->profile->name, r->line, what);
	return why_fail(r->error, WHY_EFILE, "profile %.100s, line %u: \"%s\": expected %.300s", r->profile->name, r->line,
			safe_copy(safe, sizeof safe, span_str(r->word)), what);
}

/* Up to a blank or comma; "" at the end. A word too long for any value is cut, and so not found. */
static bool word_next(struct reading *r)
{
	size_t n;

	r->rest += strspn(r->rest, " \t,");
	n = strcspn(r->rest, " \t,");
	snprintf(r->word, sizeof r->word, "%.*s", (int)(n < WORD_MAX ? n : WORD_MAX - 1), r->rest);
	r->rest += n;
	return n > 0;
}

/* ---- values ---------------------------------------------------------------------------------------------- */

static bool hex_read(const char *text, size_t n, uint32_t *code)
{
	char *end;

	if (strlen(text) != n || strspn(text, "0123456789abcdefABCDEF") != n)
		return false;
	*code = (uint32_t)strtoul(text, &end, 16);
	return true;
}

static bool version_read(const char *word, uint32_t *code)
{
	static const struct { const char *name; uint16_t code; } rows[] = {
		{ "SSLv2", AUDIT_SSL2 }, { "SSLv3", AUDIT_SSL3 }, { "TLS1.0", AUDIT_TLS10 }, { "TLS1.1", AUDIT_TLS11 },
		{ "TLS1.2", AUDIT_TLS12 }, { "TLS1.3", AUDIT_TLS13 }, { "TLSv1.0", AUDIT_TLS10 }, { "TLSv1", AUDIT_TLS10 },
		{ "TLSv1.1", AUDIT_TLS11 }, { "TLSv1.2", AUDIT_TLS12 }, { "TLSv1.3", AUDIT_TLS13 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcasecmp(word, rows[i].name) == 0) {
			*code = rows[i].code;
			return true;
		}
	return false;
}

static bool suite_read(const char *word, struct profile_value *value)
{
	const struct kb_suite *suite = kb_suite_by_name(word);

	for (size_t i = 0; i < n_suite_properties; i++)
		if (strcasecmp(word, suite_properties[i].name) == 0) {
			value->property = suite_properties[i].test;
			return true;
		}
	if (suite)
		value->code = suite->code;
	return suite || hex_read(word, 4, &value->code) || hex_read(word, 6, &value->code);
}

static bool group_read(const char *word, uint32_t *code)
{
	for (size_t i = 0; i < n_kb_groups; i++)
		if (strcasecmp(word, kb_groups[i].name) == 0 || (kb_groups[i].openssl && strcasecmp(word, kb_groups[i].openssl) == 0)) {
			*code = kb_groups[i].code;
			return true;
		}
	return hex_read(word, 4, code);
}

static bool scheme_read(const char *word, uint32_t *code)
{
	for (size_t i = 0; i < n_kb_schemes; i++)
		if (strcasecmp(word, kb_schemes[i].name) == 0) {
			*code = kb_schemes[i].code;
			return true;
		}
	return hex_read(word, 4, code);
}

/* "SHA-256" and "SHA256" are one. */
static bool is_same_hash(const char *hash, const char *word)
{
	return strncasecmp(word, "SHA-", 4) == 0 && strncmp(hash, "SHA", 3) == 0 && strcmp(hash + 3, word + 4) == 0;
}

/* A word that is none would make a rule that nothing keeps, or nothing breaks. */
static bool word_is_known(enum profile_subject subject, const char *word)
{
	static const struct { enum profile_subject subject; const char *words[16]; } rows[] = {
		{ SUBJECT_KEYS, { "RSA", "EC", "Ed25519", "Ed448", "DSA" } },
		{ SUBJECT_CURVES, { "P-192", "P-224", "P-256", "P-384", "P-521", "secp256k1", "brainpoolP256r1", "brainpoolP384r1",
				    "brainpoolP512r1" } },
		{ SUBJECT_SIGNATURE, { "MD2", "MD4", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3", "none" } },
		{ SUBJECT_PREFERENCE, { "client", "server" } }, { SUBJECT_GRADE, { "A+", "A", "A-", "B", "C", "D", "E" } },
	};

	if (subject == SUBJECT_VULNERABILITIES)
		return strcasecmp(word, "all") == 0 || vulnerability_is_known(word);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t k = 0; rows[i].subject == subject && rows[i].words[k]; k++)
			if (strcasecmp(rows[i].words[k], word) == 0 || (subject == SUBJECT_SIGNATURE && is_same_hash(rows[i].words[k], word)))
				return true;
	return false;
}

static bool value_read(struct reading *r, enum profile_subject subject, struct profile_value *value)
{
	enum profile_kind kind = profile_subjects[subject].kind;

	*value = (struct profile_value){ .text = arena_str(r->arena, r->word) };
	switch (kind) {
	case KIND_VERSIONS: return version_read(r->word, &value->code);
	case KIND_SUITES: return suite_read(r->word, value);
	case KIND_GROUPS: return group_read(r->word, &value->code);
	case KIND_SCHEMES: return scheme_read(r->word, &value->code);
	case KIND_WORDS: return word_is_known(subject, r->word);
	default: return true;
	}
}

static int values_read(struct reading *r, struct profile_rule *rule)
{
	const struct profile_subject_row *row = &profile_subjects[rule->subject];
	struct profile_value value;

	while (word_next(r)) {
		if (!value_read(r, rule->subject, &value))
			return expected(r, row->values);
		if (rule->n_values >= VALUES_MAX)
			return expected(r, "no more than 500 values");
		*arena_push(r->arena, rule->values, rule->n_values, rule->cap_values) = value;
	}
	return rule->n_values ? 0 : expected(r, row->values);
}

static int number_read(struct reading *r, struct profile_rule *rule)
{
	const struct profile_subject_row *row = &profile_subjects[rule->subject];
	char *end;

	if (row->kind == KIND_WORDS)
		return values_read(r, rule);
	if (!word_next(r) || strlen(r->word) > 12 || strspn(r->word, "0123456789") != strlen(r->word))
		return expected(r, row->values);
	rule->number = strtoll(r->word, &end, 10);
	return word_next(r) ? expected(r, "the end of the line or \"; SOURCE\"") : 0;
}

/* ---- a line ------------------------------------------------------------------------------------------------- */

static const struct { const char *word; enum profile_relation relation; } relations[] = {
	{ "only", RELATION_ONLY }, { "never", RELATION_NEVER }, { "all", RELATION_ALL }, { "some", RELATION_SOME },
	{ ">=", RELATION_AT_LEAST }, { "<=", RELATION_AT_MOST }, { "yes", RELATION_IS }, { "no", RELATION_IS },
};

static int relation_expected(const struct reading *r, const struct profile_subject_row *row)
{
	struct out words = { 0 };
	int status;

	for (size_t i = 0; i < COUNT_OF(relations); i++)
		if (row->relations & relations[i].relation)
			out_printf(&words, "%s%s", words.n ? ", " : "one of ", relations[i].word);
	status = expected(r, words.text ? words.text : "");
	out_release(&words);
	return status;
}

static int relation_read(struct reading *r, struct profile_rule *rule)
{
	const struct profile_subject_row *row = &profile_subjects[rule->subject];

	word_next(r);
	for (size_t i = 0; i < COUNT_OF(relations); i++) {
		if (strcasecmp(r->word, relations[i].word) != 0 || !(row->relations & relations[i].relation))
			continue;
		rule->relation = relations[i].relation;
		if (rule->relation == RELATION_IS) {
			rule->is_yes = strcasecmp(r->word, "yes") == 0;
			return word_next(r) ? expected(r, "the end of the line or \"; SOURCE\"") : 0;
		}
		if (rule->relation == RELATION_AT_LEAST || rule->relation == RELATION_AT_MOST)
			return number_read(r, rule);
		return values_read(r, rule);
	}
	return relation_expected(r, row);
}

static int subject_read(struct reading *r, struct profile_rule *rule)
{
	word_next(r);
	for (size_t i = 0; i < SUBJECT_COUNT; i++)
		if (strcasecmp(r->word, profile_subjects[i].name) == 0) {
			rule->subject = (enum profile_subject)i;
			return relation_read(r, rule);
		}
	return expected(r, "a subject: protocols, ciphers, groups, schemes, keys, key-rsa-bits, certificate-days, "
			   "hsts-seconds, ... (doc/profiles.md lists them)");
}

static int rule_read(struct reading *r, bool is_advice, const char *source)
{
	struct profile *p = r->profile;
	struct profile_rule rule = { .line = r->line, .is_advice = is_advice, .source = source };
	struct span what = span_trim(span_str(r->rest));
	int status;

	rule.what = arena_strn(r->arena, what.p, what.n);
	if (p->n_rules >= RULES_MAX)
		return expected(r, "no more than 1000 rules");
	status = subject_read(r, &rule);
	if (status == 0)
		*arena_push(r->arena, p->rules, p->n_rules, p->cap_rules) = rule;
	return status;
}

static int line_read(struct reading *r, char *line)
{
	char *semicolon = strchr(line, ';');
	struct span source = semicolon ? span_trim(span_str(semicolon + 1)) : span_str("");
	struct span text;

	if (semicolon)
		*semicolon = '\0';
	r->rest = line;
	if (!word_next(r) || r->word[0] == '#')
		return 0;
	text = span_trim(span_str(r->rest));
	if (strcasecmp(r->word, "title") == 0)
		r->profile->title = arena_strn(r->arena, text.p, text.n);
	else if (strcasecmp(r->word, "version") == 0)
		r->profile->version = arena_strn(r->arena, text.p, text.n);
	else if (strcasecmp(r->word, "must") == 0 || strcasecmp(r->word, "should") == 0)
		return rule_read(r, strcasecmp(r->word, "should") == 0, arena_strn(r->arena, source.p, source.n));
	else
		return expected(r, "must, should, title, version or a line that begins with #");
	return 0;
}

int profile_parse(struct arena *arena, const char *name, struct span text, const struct profile **out,
		  struct why_error *error)
{
	struct profile *profile = arena_new_of(arena, struct profile);
	struct reading r = { .arena = arena, .profile = profile, .error = error };
	struct span name_trimmed = span_str(name);
	char safe[100];

	profile->name = arena_str(arena, safe_copy(safe, sizeof safe, name_trimmed));
	profile->title = profile->name;
	profile->version = "";
	if (text.n > PROFILE_SIZE_MAX || memchr(text.p ? text.p : (const void *)"", 0, text.n))
		return why_fail(error, WHY_EFILE, "profile %s: expected a text file of at most 256 KiB", profile->name);
	if (span_is(span_sub(text, 0, 3), "\xef\xbb\xbf"))      /* the mark some editors put in front */
		text = span_sub(text, 3, text.n);
	for (size_t at = 0; at < text.n;) {
		const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
		size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
		struct span line = span_trim(span_of(text.p + at, n));
		int status;

		r.line++;
		at += n + 1;
		status = line_read(&r, arena_strn(arena, line.p, line.n));
		if (status != 0)
			return status;
	}
	if (profile->n_rules == 0)
		return why_fail(error, WHY_EFILE, "profile %s: holds no rule; expected lines that begin with must or should",
				profile->name);
	*out = profile;
	return 0;
}

/* ---- by name or by path --------------------------------------------------------------------------------------- */

static int file_parse(struct arena *arena, const char *path, const struct profile **out, struct why_error *error)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *bytes;
	size_t n;

	if (!file)
		return WHY_EUSAGE;
	bytes = arena_alloc(arena, PROFILE_SIZE_MAX + 1);
	n = fread(bytes, 1, PROFILE_SIZE_MAX + 1, file);
	/* A directory opens, too. */
	if (ferror(file)) {
		fclose(file);
		return WHY_EUSAGE;
	}
	fclose(file);
	return profile_parse(arena, path, span_of(bytes, n), out, error);
}

static const char *names_known(struct arena *arena)
{
	const char *list = "";

	for (size_t i = 0; i < n_kb_profiles; i++)
		list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", kb_profiles[i].name);
	return list;
}

int profile_load(struct arena *arena, const char *name, const struct profile **out, struct why_error *error)
{
	char safe[200];
	int status;

	for (size_t i = 0; i < n_kb_profiles; i++)
		if (strcasecmp(name, kb_profiles[i].name) == 0)
			return profile_parse(arena, kb_profiles[i].name, span_str(kb_profiles[i].text), out, error);
	status = file_parse(arena, name, out, error);
	if (status != WHY_EUSAGE)
		return status;
	return why_fail(error, WHY_EUSAGE, "--profile %s: expected a file that can be read, or one of %s",
			safe_copy(safe, sizeof safe, span_str(name)), names_known(arena));
}
