/* See mta_sts.h. */
#include "starttls/mta_sts.h"

#include "base/rd.h"
#include "base/attr.h"

enum { TYPE_TXT = 16, ID_MAX = 32 };
static const unsigned max_age_most_s = 31557600;

/* The character strings of a TXT record in one. */
static struct span txt_text(struct arena *arena, struct span rdata)
{
	struct rd rd = rd_of(rdata);
	uint8_t *text = arena_alloc(arena, rdata.n + 1);
	size_t n = 0;

	while (rd_more(&rd)) {
		struct rd part = rd_vec8(&rd);
		struct span bytes = rd_rest(&part);

		if (bytes.n > 0)
			memcpy(text + n, bytes.p, bytes.n);
		n += bytes.n;
	}
	return span_of(text, n);
}

/* Cuts what stands before the separator off, trimmed; false when nothing is left. */
static bool next_field(struct span *rest, char separator, struct span *field)
{
	const uint8_t *end = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : rest->n;

	if (rest->n == 0)
		return false;
	*field = span_trim(span_of(rest->p, n));
	*rest = span_sub(*rest, end ? n + 1 : n, rest->n);
	return true;
}

/* "key=value" or "key: value". */
static bool pair_of(struct span field, char separator, struct span *key, struct span *value)
{
	const uint8_t *at = field.n ? memchr(field.p, separator, field.n) : NULL;

	if (!at)
		return false;
	*key = span_trim(span_of(field.p, (size_t)(at - field.p)));
	*value = span_trim(span_sub(field, (size_t)(at - field.p) + 1, field.n));
	return true;
}

static bool is_version(struct span text, const char *version)
{
	struct span first, key, value;

	return next_field(&text, ';', &first) && pair_of(first, '=', &key, &value) && span_is(key, "v") && span_is(value, version);
}

/* The record of that version; `*n` counts them. */
static struct span find_record(struct arena *arena, const struct dns_answer *txt, const char *version, size_t *n)
{
	struct span found = span_of(NULL, 0);

	*n = 0;
	for (size_t i = 0; i < txt->n_records; i++) {
		struct span text;

		if (txt->records[i].type != TYPE_TXT)
			continue;
		text = txt_text(arena, txt->records[i].rdata);
		if (!is_version(text, version))
			continue;
		found = text;
		++*n;
	}
	return found;
}

static struct span value_of(struct span record, const char *name)
{
	struct span field, key, value;

	while (next_field(&record, ';', &field))
		if (pair_of(field, '=', &key, &value) && span_is(key, name))
			return value;
	return span_of(NULL, 0);
}

static bool is_id(struct span id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!(id.p[i] >= '0' && id.p[i] <= '9') && !((id.p[i] | 32) >= 'a' && (id.p[i] | 32) <= 'z'))
			return false;
	return id.n > 0 && id.n <= ID_MAX;
}

void mta_sts_record(struct arena *arena, const struct dns_answer *txt, const char **id, const char **fault)
{
	size_t n;
	struct span record = find_record(arena, txt, "STSv1", &n), value = value_of(record, "id");

	*id = *fault = NULL;
	if (n == 0)
		return;
	if (n > 1)
		*fault = arena_printf(arena, "there are %zu records, and only one may be", n);
	else if (!is_id(value))
		*fault = "its id is missing, longer than 32 characters or holds other than letters and digits";
	else
		*id = arena_text(arena, value);
}

const char *tls_rpt_record(struct arena *arena, const struct dns_answer *txt)
{
	size_t n;
	struct span record = find_record(arena, txt, "TLSRPTv1", &n), rua = value_of(record, "rua");

	return n == 1 && rua.n > 0 ? arena_text(arena, rua) : NULL;
}

/* ---- the policy ------------------------------------------------------------------------------------------ */

static enum mta_sts_mode mode_of(struct span value)
{
	if (span_is(value, "enforce"))
		return MTA_STS_ENFORCE;
	if (span_is(value, "testing"))
		return MTA_STS_TESTING;
	return span_is(value, "none") ? MTA_STS_NONE : MTA_STS_NO_POLICY;
}

static bool seconds_of(struct span value, unsigned *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9' || i >= 10 || n > max_age_most_s)
			return false;
		n = n * 10 + value.p[i] - '0';
	}
	*out = n;
	return value.n > 0 && n <= max_age_most_s;
}

struct fields {
	bool has_version, has_mode, has_max_age;
};

static void take_pair(struct arena *arena, struct span key, struct span value, struct fields *seen, struct mta_sts_policy *out)
{
	/* Of keys that may stand once the first counts; unknown ones are left alone: RFC 8461 3.2. */
	if (span_is(key, "version") && !seen->has_version) {
		seen->has_version = true;
		if (!span_is(value, "STSv1"))
			out->fault = "its version is not STSv1";
	} else if (span_is(key, "mode") && !seen->has_mode) {
		seen->has_mode = true;
		out->mode = mode_of(value);
		if (out->mode == MTA_STS_NO_POLICY)
			out->fault = "its mode is none of enforce, testing and none";
	} else if (span_is(key, "max_age") && !seen->has_max_age) {
		seen->has_max_age = true;
		if (!seconds_of(value, &out->max_age_s))
			out->fault = "its max_age is no number of seconds up to 31557600";
	} else if (span_is(key, "mx") && out->n_patterns < MTA_STS_PATTERNS_MAX) {
		out->patterns[out->n_patterns++] = arena_text(arena, span_sub(value, 0, 260));
	}
}

static const char *what_is_missing(const struct fields *seen, const struct mta_sts_policy *policy)
{
	if (!seen->has_version)
		return "it has no version";
	if (!seen->has_mode)
		return "it has no mode";
	if (!seen->has_max_age)
		return "it has no max_age";
	return policy->n_patterns == 0 && policy->mode != MTA_STS_NONE ? "it names no mx" : NULL;
}

void mta_sts_policy_read(struct arena *arena, struct span text, struct mta_sts_policy *out)
{
	struct fields seen = { false, false, false };
	struct span line, key, value;

	*out = (struct mta_sts_policy){ .patterns = arena_array(arena, const char *, MTA_STS_PATTERNS_MAX) };
	if (text.n > MTA_STS_POLICY_MAX) {
		out->fault = "it is longer than 64 KiB";
		return;
	}
	while (!out->fault && next_field(&text, '\n', &line)) {
		if (line.n == 0)
			continue;
		if (!pair_of(line, ':', &key, &value))
			out->fault = "one of its lines is no \"key: value\"";
		else
			take_pair(arena, key, value, &seen, out);
	}
	if (!out->fault)
		out->fault = what_is_missing(&seen, out);
	if (out->fault)
		out->mode = MTA_STS_NO_POLICY;
}

bool mta_sts_matches(const struct mta_sts_policy *policy, const char *host)
{
	const char *dot = strchr(host, '.');

	for (size_t i = 0; i < policy->n_patterns; i++) {
		const char *pattern = policy->patterns[i];
		bool is_wild = pattern[0] == '*' && pattern[1] == '.';

		if (is_wild ? dot && span_equal_nocase(span_str(pattern + 2), span_str(dot + 1)) :
			      span_equal_nocase(span_str(pattern), span_str(host)))
			return true;
	}
	return false;
}
