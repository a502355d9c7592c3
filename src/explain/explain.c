/* Finds what a query means: first names, phrases and numbers that stand in it literally, then the
 * nearest spelling, then the entry that shares the most telling words. All tables are constant and
 * sorted, so a query costs well under ten milliseconds. */
#include "explain/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "explain/query.h"

#define KEY_WORDS_MAX 16
#define EDIT_LEN_MAX 64

struct search {
	const struct query *query;
	float *scores;          /* one for each entry */
	struct arena *arena;
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t word_end(const char *text, size_t at)
{
	while (text[at] && text[at] != ' ')
		at++;
	return at;
}

/* The first key that is not less than the `n` bytes of `text`. */
static size_t key_lower_bound(const char *text, size_t n)
{
	size_t low = 0, high = n_explain_keys;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(explain_keys[middle].key, text, n);

		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static float key_score(const struct explain_key *key, size_t n, bool is_whole)
{
	bool is_short = n < 7 && !strchr(key->key, ' ');
	float score = (float)n;

	if (key->rank == EXPLAIN_BY_NAME)
		score *= is_short ? 0.8F : 4;
	else if (key->rank == EXPLAIN_BY_PHRASE)
		score *= is_short ? 0.5F : 2;
	else
		score *= 0.8F;
	if (is_whole)
		score += key->rank == EXPLAIN_BY_NAME ? 1100 : key->rank == EXPLAIN_BY_WORD ? 1050 : 1000;
	return score;
}

static void raise_score(struct search *search, size_t entry, float score)
{
	float *now = &search->scores[entry];

	/* Two signs for one entry, its name and its number, are worth more than either. */
	*now = *now > score ? *now + score / 8 : score + *now / 8;
}

static void score_keys_at(struct search *search, size_t start)
{
	const char *text = search->query->text + start;
	size_t end = 0;

	for (size_t words = 0; words < KEY_WORDS_MAX; words++) {
		end = word_end(text, words ? end + 1 : 0);
		size_t at = key_lower_bound(text, end);

		if (at == n_explain_keys || strncmp(explain_keys[at].key, text, end) != 0)
			return;
		for (; at < n_explain_keys && strncmp(explain_keys[at].key, text, end) == 0 &&
		       explain_keys[at].key[end] == '\0';
		     at++) {
			bool is_whole = start == 0 && text[end] == '\0';

			raise_score(search, explain_keys[at].entry,
				    key_score(&explain_keys[at], end, is_whole));
		}
		if (text[end] == '\0')
			return;
	}
}

static void score_keys(struct search *search)
{
	for (size_t i = 0; i < search->query->n_words; i++)
		score_keys_at(search, search->query->starts[i]);
}

/* Whose number it most likely is where nothing tells: the lists people paste from most. */
static float number_prior(const char *table)
{
	static const char *const order[] = {
		"chrome",       "http-cloudflare", "http-nginx",    "http",         "curl",
		"apple-nsurl",  "apple-ssl",       "firefox-nss",   "firefox-pkix", "windows-event",
		"windows-sspi", "tls-alert",       "openssl-x509",  "windows-http", "http-iis",
		"http-aws-alb", "openssl-ssl",     "gnutls",        "python",       "wget",
		"gnutls-cert",
	};

	for (size_t i = 0; i < COUNT_OF(order); i++) {
		if (strcmp(order[i], table) == 0)
			return (float)(COUNT_OF(order) - i);
	}
	return 0;
}

static bool same_family(const char *context, const struct explain_entry *entry)
{
	if (!context)
		return false;
	if (strcmp(context, entry->table) == 0)
		return true;
	if (strcmp(context, "http") == 0)
		return strncmp(entry->table, "http", 4) == 0;
	return strncmp(context, "apple", 5) == 0 ? strncmp(entry->table, "apple", 5) == 0 :
	       strncmp(context, "firefox", 7) == 0 ? strncmp(entry->table, "firefox", 7) == 0 : false;
}

/* Statuses and alerts are known by their numbers; other codes come with a text that says more. */
static bool is_plain_number(const char *table)
{
	return strncmp(table, "http-", 5) == 0 || strcmp(table, "tls-alert") == 0;
}

/* The statuses that every server may send have a row of their own; a product's row for the same number
 * counts where the product is named. */
static bool is_standard_status(int64_t value)
{
	return (value >= 400 && value <= 431 && value != 421) || value == 451 || (value >= 500 && value <= 508);
}

static void score_number(struct search *search, const struct query_number *number)
{
	size_t low = 0, high = n_explain_numbers;
	bool is_short = search->query->n_words <= 4;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (explain_numbers[middle].value < number->value)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n_explain_numbers && explain_numbers[low].value == number->value; low++) {
		const struct explain_entry *entry = &explain_entries[explain_numbers[low].entry];
		float prior = number_prior(entry->table);

		bool is_hinted = query_hints_at(search->query, entry->client) ||
				 query_hints_at(search->query, entry->table);

		if (same_family(number->table, entry))
			raise_score(search, explain_numbers[low].entry,
				    (is_plain_number(entry->table) && (is_hinted || !is_standard_status(number->value)) ? 45 : 23) +
				    prior / 10);
		else if (search->query->n_words <= 8 && is_hinted)
			raise_score(search, explain_numbers[low].entry, 22 + prior / 10);
		else if (number->is_telling && !number->table)
			raise_score(search, explain_numbers[low].entry, 21 + prior / 10);
		else if (is_short)
			raise_score(search, explain_numbers[low].entry, 12 + prior);
	}
}

/* An HRESULT of facility 7 holds a Win32 code: 0x80072F8F is WinHTTP's 12175. */
static void score_wrapped_number(struct search *search, const struct query_number *number)
{
	struct query_number inner = { .value = number->value & 0xFFFF, .table = "windows-http", .is_telling = true };

	if (((uint64_t)number->value & 0xFFFF0000U) == 0x80070000U)
		score_number(search, &inner);
}

static size_t n_causes_of(const struct explain_entry *entry)
{
	size_t n = 0;

	while (entry->causes[n])
		n++;
	return n;
}

/* What only says that something failed, with the reason behind it in the same line. */
static bool wraps_a_reason(const struct explain_entry *entry)
{
	static const char *const wrappers[] = {
		"Received fatal alert", "remote error alert", "AlertReceived", "CURLE_SSL_CONNECT_ERROR", "exit 4", "ConnectException",
		"CURLE_PEER_FAILED_VERIFICATION", "tls: failed to verify certificate", "connection refused", "HttpRequestException",
		"SSL_ERROR_HANDSHAKE_FAILED", "key_share", "CURLE_COULDNT_CONNECT", "certificate", "handshake",
	};

	for (size_t i = 0; i < COUNT_OF(wrappers); i++)
		if (strcmp(wrappers[i], entry->code) == 0)
			return true;
	return n_causes_of(entry) >= 7 && strcmp(entry->table, "chrome") != 0 && strcmp(entry->table, "curl") != 0;
}

static void score_hints(struct search *search)
{
	const char *table = NULL;
	float bonus = 0;
	size_t n_causes;

	for (size_t i = 0; i < n_explain_entries; i++) {
		const struct explain_entry *entry = &explain_entries[i];

		if (search->scores[i] <= 0)
			continue;
		/* Entries of one table are neighbours: ask once for each. */
		if (entry->table != table) {
			table = entry->table;
			bonus = query_hints_at(search->query, entry->client) ? 4 : 0;
			bonus += query_hints_at(search->query, entry->table) ? 4 : 0;
		}
		search->scores[i] += bonus;
		/* The narrower meaning is the better answer. */
		n_causes = n_causes_of(entry);
		if (search->scores[i] < 1000 && search->query->n_words > 3 && wraps_a_reason(entry))
			search->scores[i] /= 3;
		search->scores[i] -= n_causes == 0 ? 3 : 0.5F * (float)min_size(n_causes, 4);
		if (search->scores[i] <= 0)
			search->scores[i] = 0.01F;
	}
}

/* Edits (insert, delete, change, swap) between two words, `limit` + 1 when more than `limit`. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len, size_t limit)
{
	size_t rows[3][EDIT_LEN_MAX + 1];

	if (a_len > EDIT_LEN_MAX || b_len > EDIT_LEN_MAX || a_len > b_len + limit ||
	    b_len > a_len + limit)
		return limit + 1;
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
		size_t least = row[0] = i;

		for (size_t j = 1; j <= b_len; j++) {
			size_t cost = last[j - 1] + (a[i - 1] != b[j - 1]);

			cost = min_size(cost, min_size(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cost = min_size(cost, before[j - 2] + 1);
			row[j] = cost;
			least = min_size(least, cost);
		}
		if (least > limit)
			return limit + 1;
	}
	return rows[a_len % 3][b_len];
}

static size_t squeeze(char *out, const char *text)
{
	size_t n = 0;

	for (; *text && n < EDIT_LEN_MAX; text++) {
		if (*text != ' ')
			out[n++] = *text;
	}
	return *text ? EDIT_LEN_MAX + 1 : n;
}

static void nearest_add(struct explain_result *result, size_t *distances, size_t distance,
			const struct explain_entry *entry)
{
	size_t at = result->n_nearest;

	for (size_t i = 0; i < result->n_nearest; i++) {
		if (result->nearest[i] == entry)
			return;
	}
	if (at == COUNT_OF(result->nearest)) {
		if (distance >= distances[--at])
			return;
	} else {
		result->n_nearest++;
	}
	for (; at > 0 && distances[at - 1] > distance; at--) {
		distances[at] = distances[at - 1];
		result->nearest[at] = result->nearest[at - 1];
	}
	distances[at] = distance;
	result->nearest[at] = entry;
}

static void score_near(struct search *search, const struct explain_key *key, size_t distance)
{
	float score = (key->rank == EXPLAIN_BY_NAME ? 90 : 80) - 20 * (float)distance;

	if (explain_entries[key->entry].kind == EXPLAIN_CAUSE)
		score += 4;
	if (search->scores[key->entry] < score)
		search->scores[key->entry] = score;
}

/* The nearest keys by spelling, blanks and underscores aside. */
static void score_spelling(struct search *search, struct explain_result *result)
{
	char wanted[EDIT_LEN_MAX + 1], key[EDIT_LEN_MAX + 1];
	size_t distances[COUNT_OF(result->nearest)];
	size_t n = squeeze(wanted, search->query->text);

	if (n < 3 || n > EDIT_LEN_MAX)
		return;
	size_t accepted = n < 5 ? 0 : n < 9 ? 1 : n < 14 ? 2 : 3, limit = accepted + 1 + n / 5;
	for (size_t i = 0; i < n_explain_keys; i++) {
		size_t key_len = squeeze(key, explain_keys[i].key);
		size_t distance = edit_distance(wanted, n, key, key_len, limit);

		if (distance > limit)
			continue;
		if (distance <= accepted)
			score_near(search, &explain_keys[i], distance);
		nearest_add(result, distances, distance, &explain_entries[explain_keys[i].entry]);
	}
}

static int term_compare(const void *word, const void *term)
{
	return strcmp(word, ((const struct explain_term *)term)->word);
}

/* The term itself, or the nearest by one or two edits. */
static const struct explain_term *term_find(const char *word, size_t n)
{
	const struct explain_term *term = bsearch(word, explain_terms, n_explain_terms,
						  sizeof *explain_terms, term_compare);
	size_t best = n < 4 ? 0 : n < 8 ? 1 : 2;

	for (size_t i = 0; !term && best > 0 && i < n_explain_terms; i++) {
		size_t distance = edit_distance(word, n, explain_terms[i].word,
						strlen(explain_terms[i].word), best);

		if (distance <= best) {
			best = distance - 1;
			term = best == 0 ? &explain_terms[i] : term;
			if (distance == 1)
				return &explain_terms[i];
		}
	}
	return term;
}

static bool is_filler(const char *word)
{
	static const char *const fillers[] = {
		"a",   "an",  "and", "are", "at",  "be",   "by",    "can", "do",   "does", "error",
		"for", "get", "how", "i",   "in",  "is",   "it",    "me",  "my",   "not",  "of",
		"on",  "or",  "the", "this", "to", "what", "when",  "why", "with", "you",  "your",
		"was", "has", "mean", "means", "from", "that", "there", "no", "have",
	};

	for (size_t i = 0; i < COUNT_OF(fillers); i++) {
		if (strcmp(fillers[i], word) == 0)
			return true;
	}
	return strlen(word) < 2;
}

/* Entries by the share of the query's telling words that they hold. */
static void score_meaning(struct search *search)
{
	const struct query *query = search->query;
	float *shares = arena_array(search->arena, float, n_explain_entries);
	float total = 0;

	if (query->n_words > 40)
		return;
	for (size_t i = 0; i < query->n_words; i++) {
		const char *start = query->text + query->starts[i];
		size_t n = word_end(start, 0);
		char *word = arena_strn(search->arena, start, n);

		if (is_filler(word))
			continue;
		const struct explain_term *term = term_find(word, n);
		float weight = term ? logf((float)n_explain_entries / (float)term->n) : 6;

		total += weight;
		for (uint32_t p = 0; term && p < term->n; p++)
			shares[explain_postings[term->first + p]] += weight;
	}
	for (size_t i = 0; total > 0 && i < n_explain_entries; i++) {
		float share = shares[i] / total;
		float liking = explain_entries[i].kind == EXPLAIN_CAUSE ? 1.2F :
			       explain_entries[i].kind == EXPLAIN_WORD  ? 1.1F : 1;

		if (share >= 0.6F)
			raise_score(search, i, 30 * share * liking);
	}
}

static int match_compare(const void *a, const void *b)
{
	const struct explain_match *left = a, *right = b;

	if (left->score != right->score)
		return left->score > right->score ? -1 : 1;
	return left->entry < right->entry ? -1 : left->entry > right->entry;
}

static float best_score(const struct search *search)
{
	float best = 0;

	for (size_t i = 0; i < n_explain_entries; i++) {
		if (search->scores[i] > best)
			best = search->scores[i];
	}
	return best;
}

/* The best entries; where the first is far ahead, the crumbs are left out. */
static void matches_take(struct search *search, struct explain_result *result)
{
	size_t n = 0;
	float best = best_score(search), least = best > 1000 ? 12 : best * 0.12F;
	struct explain_match *all;

	if (best <= 0)
		return;
	all = arena_array(search->arena, struct explain_match, n_explain_entries);
	for (size_t i = 0; i < n_explain_entries; i++) {
		if (search->scores[i] >= least && search->scores[i] > 0)
			all[n++] = (struct explain_match){ &explain_entries[i],
							   (double)search->scores[i] };
	}
	qsort(all, n, sizeof *all, match_compare);
	result->n_matches = min_size(n, EXPLAIN_MATCHES);
	memcpy(result->matches, all, result->n_matches * sizeof *all);
}

struct explain_result *explain(struct arena *arena, const char *query_text)
{
	struct explain_result *result = arena_new_of(arena, struct explain_result);
	struct query *query = query_parse(arena, query_text);
	struct search search = {
		.query = query,
		.scores = arena_array(arena, float, n_explain_entries),
		.arena = arena,
	};

	result->query = arena_strn(arena, query_text ? query_text : "",
				   strnlen(query_text ? query_text : "", QUERY_LEN_MAX));
	if (query->n_words == 0)
		return result;
	score_keys(&search);
	for (size_t i = 0; i < query->n_numbers; i++) {
		score_number(&search, &query->numbers[i]);
		score_wrapped_number(&search, &query->numbers[i]);
	}
	/* People drop the minus sign of codes like -8181. */
	for (size_t i = 0; best_score(&search) <= 0 && i < query->n_numbers; i++) {
		query->numbers[i].value = -query->numbers[i].value;
		score_number(&search, &query->numbers[i]);
	}
	if (best_score(&search) < 12) {
		result->is_guess = best_score(&search) <= 0;
		score_spelling(&search, result);
		if (best_score(&search) < 30)
			score_meaning(&search);
	}
	score_hints(&search);
	matches_take(&search, result);
	return result;
}
