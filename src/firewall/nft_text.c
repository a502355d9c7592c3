/* A rule of nftables in nft's own words, nft(8), as near as people need to find it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/out.h"
#include "firewall/parts.h"

enum { TEXT_MAX = 2000 };

static void put(struct out *o, const struct tree *expr, int depth);

static const char *string_at(const struct tree *object, const char *key)
{
	const char *text = tree_text(tree_get(object, key));

	return text ? text : "";
}

static void put_list(struct out *o, const struct tree *list, const char *between, int depth)
{
	const struct tree *item;

	tree_foreach(list, item) {
		if (item != list->first)
			out_str(o, between);
		if (o->n > TEXT_MAX) {
			out_str(o, "...");
			return;
		}
		put(o, item, depth + 1);
	}
}

static void put_verdict(struct out *o, const char *name, const struct tree *body)
{
	out_printf(o, "%s%s%s", name, tree_is(body, TREE_OBJECT) ? " " : "", string_at(body, "target"));
}

static void put_element(struct out *o, const struct tree *item, int depth)
{
	if (tree_is(item, TREE_ARRAY)) {
		put(o, tree_at(item, 0), depth + 1);
		out_str(o, " : ");
		put(o, tree_at(item, 1), depth + 1);
	} else {
		put(o, item, depth + 1);
	}
}

static void put_set(struct out *o, const struct tree *list, int depth)
{
	const struct tree *item;
	size_t n = 0;

	if (!tree_is(list, TREE_ARRAY)) {
		put(o, list, depth + 1);
		return;
	}
	out_str(o, "{ ");
	tree_foreach(list, item) {
		if (n > 0)
			out_str(o, ", ");
		if (n++ > 12) {
			out_str(o, "...");
			break;
		}
		put_element(o, item, depth);
	}
	out_str(o, " }");
}

static void put_match(struct out *o, const struct tree *m, int depth)
{
	const char *op = string_at(m, "op");
	const struct tree *right = tree_get(m, "right");

	put(o, tree_get(m, "left"), depth + 1);
	if (strcmp(op, "==") != 0 && strcmp(op, "in") != 0)
		out_printf(o, " %s", op);
	out_char(o, ' ');
	if (tree_is(right, TREE_TRUE) || tree_is(right, TREE_FALSE))
		out_str(o, tree_is(right, TREE_TRUE) ? "exists" : "missing");
	else
		put(o, right, depth + 1);
}

static void put_limit(struct out *o, const struct tree *l)
{
	if (tree_is(l, TREE_TEXT)) {
		out_printf(o, "limit name %s", tree_text(l));
		return;
	}
	out_printf(o, "limit rate %s%lld/%s", tree_is(tree_get(l, "inv"), TREE_TRUE) ? "over " : "",
		   (long long)tree_integer(tree_get(l, "rate")), string_at(l, "per"));
}

static void put_nat(struct out *o, const char *name, const struct tree *nat, int depth)
{
	out_printf(o, "%s%s%s", name, *string_at(nat, "family") ? " " : "", string_at(nat, "family"));
	if (!tree_is(nat, TREE_OBJECT))
		return;
	out_str(o, strcmp(name, "masquerade") ? " to " : " ");
	if (tree_get(nat, "addr"))
		put(o, tree_get(nat, "addr"), depth + 1);
	if (tree_get(nat, "port")) {
		out_char(o, ':');
		put(o, tree_get(nat, "port"), depth + 1);
	}
}

static void put_queue(struct out *o, const struct tree *queue, int depth)
{
	out_str(o, "queue");
	if (tree_get(queue, "flags")) {
		out_str(o, " flags ");
		put(o, tree_get(queue, "flags"), depth + 1);
	}
	if (tree_get(queue, "num")) {
		out_str(o, " to ");
		put(o, tree_get(queue, "num"), depth + 1);
	}
}

static void put_reject(struct out *o, const struct tree *reject)
{
	const char *type = string_at(reject, "type"), *expr = string_at(reject, "expr");

	out_str(o, "reject");
	if (*type)
		out_printf(o, " with %s%s%s", type, *expr ? " type " : "", expr);
}

static void put_mangle(struct out *o, const struct tree *m, int depth)
{
	put(o, tree_get(m, "key"), depth + 1);
	out_str(o, " set ");
	put(o, tree_get(m, "value"), depth + 1);
}

static void put_payload(struct out *o, const struct tree *p)
{
	if (tree_get(p, "base"))
		out_printf(o, "@%s,%lld,%lld", string_at(p, "base"), (long long)tree_integer(tree_get(p, "offset")),
			   (long long)tree_integer(tree_get(p, "len")));
	else
		out_printf(o, "%s %s", string_at(p, "protocol"), string_at(p, "field"));
}

static void put_log(struct out *o, const struct tree *log)
{
	out_str(o, "log");
	if (*string_at(log, "prefix"))
		out_printf(o, " prefix \"%s\"", string_at(log, "prefix"));
}

static void put_fib(struct out *o, const struct tree *fib, int depth)
{
	out_str(o, "fib ");
	if (tree_is(tree_get(fib, "flags"), TREE_ARRAY))
		put_list(o, tree_get(fib, "flags"), " . ", depth);
	else
		put(o, tree_get(fib, "flags"), depth + 1);
	out_printf(o, " %s", string_at(fib, "result"));
}

static void put_update(struct out *o, const struct tree *set, int depth)
{
	out_printf(o, "%s %s { ", string_at(set, "op"), string_at(set, "set"));
	put(o, tree_get(set, "elem"), depth + 1);
	if (tree_get(set, "stmt")) {
		out_char(o, ' ');
		put_list(o, tree_get(set, "stmt"), " ", depth);
	}
	out_str(o, " }");
}

static void put_object(struct out *o, const char *name, const struct tree *body, int depth)
{
	static const char *const verdicts[] = { "accept", "drop", "return", "continue", "jump", "goto" };
	static const char *const infix[] = { "&", "|", "^", "<<", ">>" };

	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		if (strcmp(name, verdicts[i]) == 0) {
			put_verdict(o, name, body);
			return;
		}
	for (size_t i = 0; i < COUNT_OF(infix); i++)
		if (strcmp(name, infix[i]) == 0) {
			put_list(o, body, name, depth);
			return;
		}
	if (strcmp(name, "match") == 0)
		put_match(o, body, depth);
	else if (strcmp(name, "payload") == 0)
		put_payload(o, body);
	else if (strcmp(name, "meta") == 0 || strcmp(name, "rt") == 0 || strcmp(name, "socket") == 0 || strcmp(name, "ct") == 0)
		out_printf(o, "%s %s%s%s", name, string_at(body, "dir"), *string_at(body, "dir") ? " " : "", string_at(body, "key"));
	else if (strcmp(name, "fib") == 0)
		put_fib(o, body, depth);
	else if (strcmp(name, "tcp option") == 0)
		out_printf(o, "tcp option %s %s", string_at(body, "name"), string_at(body, "field"));
	else if (strcmp(name, "set") == 0 && tree_is(body, TREE_OBJECT))
		put_update(o, body, depth);
	else if (strcmp(name, "set") == 0)
		put_set(o, body, depth);
	else if (strcmp(name, "range") == 0)
		put_list(o, body, "-", depth);
	else if (strcmp(name, "concat") == 0)
		put_list(o, body, " . ", depth);
	else if (strcmp(name, "prefix") == 0)
		out_printf(o, "%s/%lld", string_at(body, "addr"), (long long)tree_integer(tree_get(body, "len")));
	else if (strcmp(name, "elem") == 0)
		put(o, tree_get(body, "val"), depth + 1);
	else if (strcmp(name, "vmap") == 0 || strcmp(name, "map") == 0) {
		put(o, tree_get(body, "key"), depth + 1);
		out_printf(o, " %s ", name);
		put(o, tree_get(body, "data"), depth + 1);
	} else if (strcmp(name, "limit") == 0)
		put_limit(o, body);
	else if (strcmp(name, "ct count") == 0)
		out_printf(o, "ct count %s%lld", tree_is(tree_get(body, "inv"), TREE_TRUE) ? "over " : "",
			   (long long)tree_integer(tree_get(body, "val")));
	else if (strcmp(name, "reject") == 0)
		put_reject(o, body);
	else if (strcmp(name, "queue") == 0)
		put_queue(o, body, depth);
	else if (strcmp(name, "mangle") == 0)
		put_mangle(o, body, depth);
	else if (strcmp(name, "log") == 0)
		put_log(o, body);
	else if (strcmp(name, "dnat") == 0 || strcmp(name, "snat") == 0 || strcmp(name, "redirect") == 0 || strcmp(name, "masquerade") == 0)
		put_nat(o, name, body, depth);
	else
		out_str(o, name);
}

static void put(struct out *o, const struct tree *expr, int depth)
{
	const struct tree *at;

	if (depth > 16 || o->n > TEXT_MAX)
		return;
	if (tree_is(expr, TREE_TEXT))
		out_str(o, tree_text(expr));
	else if (tree_is(expr, TREE_INTEGER))
		out_printf(o, "%lld", (long long)tree_integer(expr));
	else if (tree_is(expr, TREE_ARRAY))
		put_list(o, expr, ",", depth);
	else if (tree_is(expr, TREE_OBJECT) && (at = tree_member(expr)) != NULL)
		put_object(o, at->key, at, depth);
}

const char *fw_nft_text(struct arena *arena, const struct tree *expr)
{
	struct out o = { 0 };
	const char *text;

	put_list(&o, expr, " ", 0);
	text = arena_str(arena, o.text ? o.text : "");
	out_release(&o);
	return text;
}
