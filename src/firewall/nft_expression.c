/* Expressions of nftables in nft's own words: fields, sets, maps, numbers. */
#include <stdio.h>

#include "firewall/nft_words.h"

const char *nft_string_at(const struct tree *object, const char *key)
{
	const char *text = tree_text(tree_get(object, key));

	return text ? text : "";
}

bool nft_is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

void nft_put_list(struct text t, const struct tree *list, const char *between)
{
	const struct tree *item;

	tree_foreach(list, item) {
		if (item != list->first)
			out_str(t.o, between);
		if (t.o->n > NFT_TEXT_MAX) {
			out_str(t.o, "...");
			return;
		}
		nft_put(text_inside(t), item);
	}
}

/* ---- expressions ------------------------------------------------------------------------------------------ */

/* "1h30m": as nft writes a time span. */
static void put_seconds(struct text t, long long seconds)
{
	static const struct { long long seconds; char unit; } units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };

	if (seconds <= 0)
		out_str(t.o, "0s");
	for (size_t i = 0; i < COUNT_OF(units) && seconds > 0; i++) {
		if (seconds >= units[i].seconds)
			out_printf(t.o, "%lld%c", seconds / units[i].seconds, units[i].unit);
		seconds %= units[i].seconds;
	}
}

void nft_put_integer(struct text t, long long n)
{
	switch (t.style) {
	case STYLE_MARK: out_printf(t.o, "0x%08llx", n); break;
	case STYLE_HEX: out_printf(t.o, "0x%llx", n); break;
	case STYLE_SECONDS: put_seconds(t, n); break;
	default: out_printf(t.o, "%lld", n);
	}
}

/* A map's data has a style of its own, of which the key's says nothing. */
static void put_element(struct text t, const struct tree *item, enum style data)
{
	if (tree_is(item, TREE_ARRAY)) {
		nft_put(text_inside(t), tree_at(item, 0));
		out_str(t.o, " : ");
		nft_put(text_styled(t, data), tree_at(item, 1));
	} else {
		nft_put(text_inside(t), item);
	}
}

static void put_set(struct text t, const struct tree *list, enum style data)
{
	const struct tree *item;
	size_t n = 0;

	if (!tree_is(list, TREE_ARRAY)) {
		nft_put(text_inside(t), list);
		return;
	}
	out_str(t.o, "{ ");
	tree_foreach(list, item) {
		if (n > 0)
			out_str(t.o, ", ");
		if (n++ > 12) {
			out_str(t.o, "...");
			break;
		}
		put_element(t, item, data);
	}
	out_str(t.o, " }");
}

/* "tcp dport map { 80 : 0x00000001 }": the style that came in is the data's. */
static void put_map(struct text t, const char *name, const struct tree *map)
{
	const struct tree *data = tree_get(map, "data"), *set = tree_get(data, "set");

	nft_put(text_styled(t, STYLE_PLAIN), tree_get(map, "key"));
	out_printf(t.o, " %s ", name);
	if (set)
		put_set(text_styled(t, STYLE_PLAIN), set, t.style);
	else
		nft_put(text_inside(t), data);
}

void nft_put_payload(struct text t, const struct tree *p)
{
	if (tree_get(p, "base"))
		out_printf(t.o, "@%s,%lld,%lld", nft_string_at(p, "base"), (long long)tree_integer(tree_get(p, "offset")),
			   (long long)tree_integer(tree_get(p, "len")));
	else
		out_printf(t.o, "%s %s", nft_string_at(p, "protocol"), nft_string_at(p, "field"));
}

/* Devices are written without the "meta" in front. */
static void put_meta(struct text t, const struct tree *meta)
{
	static const char *const bare[] = { "iif", "iifname", "iifgroup", "oif", "oifname", "oifgroup", NULL };
	const char *key = nft_string_at(meta, "key");

	out_printf(t.o, "%s%s", nft_is_one_of(key, bare) ? "" : "meta ", key);
}

static void put_keyed(struct text t, const char *name, const struct tree *body)
{
	const char *dir = nft_string_at(body, "dir"), *family = nft_string_at(body, "family");

	out_printf(t.o, "%s %s%s%s%s%s", name, dir, *dir ? " " : "", family, *family ? " " : "", nft_string_at(body, "key"));
}

/* "tcp option maxseg size", "frag more-fragments", "exthdr frag": a header's field, or the header itself. */
static void put_header(struct text t, const char *kind, const struct tree *header)
{
	const char *name = nft_string_at(header, "name"), *field = nft_string_at(header, "field");

	if (*field && strcmp(kind, "exthdr") == 0)
		out_printf(t.o, "%s %s", name, field);
	else
		out_printf(t.o, "%s %s%s%s", kind, name, *field ? " " : "", field);
}

static void put_fib(struct text t, const struct tree *fib)
{
	out_str(t.o, "fib ");
	if (tree_is(tree_get(fib, "flags"), TREE_ARRAY))
		nft_put_list(t, tree_get(fib, "flags"), " . ");
	else
		nft_put(text_inside(t), tree_get(fib, "flags"));
	out_printf(t.o, " %s", nft_string_at(fib, "result"));
}

/* "numgen inc mod 2 offset 1", "jhash ip saddr mod 2", "symhash mod 3". */
static void put_chance(struct text t, const char *name, const struct tree *body)
{
	out_str(t.o, name);
	if (*nft_string_at(body, "mode"))
		out_printf(t.o, " %s", nft_string_at(body, "mode"));
	if (tree_get(body, "expr")) {
		out_char(t.o, ' ');
		nft_put(text_styled(t, STYLE_PLAIN), tree_get(body, "expr"));
	}
	out_printf(t.o, " mod %lld", (long long)tree_integer(tree_get(body, "mod")));
	if (tree_integer(tree_get(body, "seed")) > 0)
		out_printf(t.o, " seed 0x%llx", (unsigned long long)tree_integer(tree_get(body, "seed")));
	if (tree_integer(tree_get(body, "offset")) > 0)
		out_printf(t.o, " offset %lld", (long long)tree_integer(tree_get(body, "offset")));
}

/* An element with what it asks for: "ip saddr timeout 1m". */
static void put_elem(struct text t, const struct tree *elem)
{
	nft_put(text_inside(t), tree_get(elem, "val"));
	if (tree_integer(tree_get(elem, "timeout")) > 0) {
		out_str(t.o, " timeout ");
		put_seconds(t, tree_integer(tree_get(elem, "timeout")));
	}
}

bool nft_put_expression(struct text t, const char *name, const struct tree *body)
{
	static const char *const infix[] = { "&", "|", "^", "<<", ">>", NULL };
	static const char *const keyed[] = { "rt", "socket", "ct", "osf", "ipsec", NULL };
	static const char *const headers[] = { "tcp option", "ip option", "exthdr", "sctp chunk", NULL };
	static const char *const chances[] = { "numgen", "jhash", "symhash", NULL };
	char between[8];

	if (nft_is_one_of(name, infix)) {
		snprintf(between, sizeof between, " %s ", name);
		nft_put_list(t, body, between);
	} else if (strcmp(name, "payload") == 0)
		nft_put_payload(t, body);
	else if (strcmp(name, "meta") == 0)
		put_meta(t, body);
	else if (nft_is_one_of(name, keyed))
		put_keyed(t, name, body);
	else if (nft_is_one_of(name, headers))
		put_header(t, name, body);
	else if (nft_is_one_of(name, chances))
		put_chance(t, name, body);
	else if (strcmp(name, "fib") == 0)
		put_fib(t, body);
	else if (strcmp(name, "range") == 0)
		nft_put_list(t, body, "-");
	else if (strcmp(name, "concat") == 0)
		nft_put_list(t, body, " . ");
	else if (strcmp(name, "prefix") == 0)
		out_printf(t.o, "%s/%lld", nft_string_at(body, "addr"), (long long)tree_integer(tree_get(body, "len")));
	else if (strcmp(name, "elem") == 0)
		put_elem(t, body);
	else if (strcmp(name, "vmap") == 0 || strcmp(name, "map") == 0)
		put_map(t, name, body);
	else if (strcmp(name, "set") == 0 && !tree_is(body, TREE_OBJECT))
		put_set(t, body, STYLE_PLAIN);
	else
		return false;
	return true;
}

/* ---- what a value is written as, beside this left side -------------------------------------------------- */

bool nft_is_binary(const struct tree *expr)
{
	const struct tree *at = tree_is(expr, TREE_OBJECT) ? tree_member(expr) : NULL;
	static const char *const infix[] = { "&", "|", "^", "<<", ">>", NULL };

	return at && nft_is_one_of(at->key, infix);
}

enum style nft_style_of(const struct tree *left)
{
	static const char *const quoted[] = { "iif", "iifname", "oif", "oifname", "ibrname", "obrname", "time", "day", "hour", "sdif", "sdifname",
					      "iifkind", "oifkind", "helper", "name", NULL };
	const struct tree *at = tree_is(left, TREE_OBJECT) ? tree_member(left) : NULL;
	const char *key = nft_string_at(at, "key");

	if (nft_is_binary(left))
		return nft_style_of(tree_at(at, 0));
	if (at && tree_get(at, "base"))
		return STYLE_HEX;
	if (strcmp(key, "mark") == 0)
		return STYLE_MARK;
	if (strcmp(key, "expiration") == 0)
		return STYLE_SECONDS;
	return nft_is_one_of(key, quoted) ? STYLE_QUOTED : STYLE_PLAIN;
}
