/* Whatever is written, json_* give a document that jansson reads, and that holds no raw control. The first bytes choose
 * the calls, the rest is text of a peer. */
#include <stdlib.h>

/* Both have a json_string(); jansson's is not needed here. */
#define json_string jansson_string
#include <jansson.h>
#undef json_string

#include "base/out.h"
#include "base/rd.h"

enum { MAX_CALLS = 64, MAX_DEPTH = 30, MAX_TEXT = 4096 };

struct writer {
	struct json json;
	bool is_array[MAX_DEPTH + 1];
	unsigned n_keys;
	char key[16];
};

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

/* Keys differ, so that duplicates can be refused by the reader. */
static const char *next_key(struct writer *w)
{
	size_t at = sizeof w->key;

	if (w->is_array[w->json.depth])
		return NULL;
	w->key[--at] = '\0';
	for (unsigned n = w->n_keys++, i = 0; i == 0 || n > 0; i++, n /= 10)
		w->key[--at] = (char)('0' + n % 10);
	return w->key + at;
}

static void write_level(struct writer *w, bool is_array)
{
	const char *key = next_key(w);

	if (w->json.depth >= MAX_DEPTH) {
		json_key_null(&w->json, key);
		return;
	}
	if (is_array)
		json_array_begin(&w->json, key);
	else
		json_object_begin(&w->json, key);
	w->is_array[w->json.depth] = is_array;
}

static void write_one(struct writer *w, uint8_t what, struct rd *in)
{
	switch (what % 9) {
	case 0: write_level(w, false); break;
	case 1: write_level(w, true); break;
	case 2:
		if (w->json.depth > 1)
			json_end(&w->json);
		break;
	case 3: json_key_int(&w->json, next_key(w), (int64_t)rd_u64(in)); break;
	case 4: json_key_bool(&w->json, next_key(w), what & 16); break;
	case 5: json_key_double(&w->json, next_key(w), (double)rd_u32(in) / 7, what & 7); break;
	case 6: {
		struct rd hex = rd_vec8(in);

		json_key_hex(&w->json, next_key(w), rd_rest(&hex));
		break;
	}
	default: {
		struct rd text = rd_vec8(in);

		json_key_span(&w->json, next_key(w), rd_rest(&text));
	}
	}
}

static void require_valid(const struct out *out, bool is_pretty)
{
	json_t *read = json_loadb(out->text, out->n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	require(read != NULL);
	json_decref(read);
	for (size_t i = 0; i < out->n; i++)
		require((uint8_t)out->text[i] >= 0x20 || (is_pretty && out->text[i] == '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(span_of(data, size < MAX_TEXT ? size : MAX_TEXT));
	bool is_pretty = rd_u8(&in) & 1;
	struct out out = { 0 };
	struct writer w = { .json = json_of(&out, is_pretty) };

	json_object_begin(&w.json, NULL);
	for (unsigned i = 0; i < MAX_CALLS && rd_more(&in); i++)
		write_one(&w, rd_u8(&in), &in);
	while (w.json.depth > 1)
		json_end(&w.json);
	json_key_span(&w.json, "rest", rd_rest(&in));
	json_end(&w.json);
	require(!out.failed && w.json.depth == 0);
	require_valid(&out, is_pretty);
	out_release(&out);
	return 0;
}
