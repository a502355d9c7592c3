/* A rule of nftables in nft's own words, nft(8), so that people find it in what `nft list ruleset` shows. */
#include <stdio.h>

#include "firewall/nft_words.h"

enum { USUAL_BURST = 5 };

/* ---- matches ------------------------------------------------------------------------------------------------ */

static void put_right(struct text t, const struct tree *right)
{
	if (tree_is(right, TREE_TRUE) || tree_is(right, TREE_FALSE))
		out_str(t.o, tree_is(right, TREE_TRUE) ? "exists" : "missing");
	else
		nft_put(t, right);
}

/* "tcp flags syn / fin,syn": value and mask. */
static bool put_flags(struct text t, const struct tree *left, const char *op, const struct tree *right)
{
	const struct tree *pair = tree_get(left, "&"), *payload = tree_get(tree_at(pair, 0), "payload");

	if (!pair || strcmp(nft_string_at(payload, "field"), "flags") != 0 || tree_is(right, TREE_INTEGER))
		return false;
	nft_put_payload(t, payload);
	out_str(t.o, strcmp(op, "!=") == 0 ? " != " : " ");
	nft_put(text_inside(t), right);
	out_str(t.o, " / ");
	nft_put(text_inside(t), tree_at(pair, 1));
	return true;
}

static void put_match(struct text t, const struct tree *m)
{
	const char *op = nft_string_at(m, "op");
	const struct tree *left = tree_get(m, "left"), *right = tree_get(m, "right");

	if (put_flags(t, left, op, right))
		return;
	nft_put(text_styled(t, nft_is_binary(left) ? nft_style_of(left) : STYLE_PLAIN), left);
	/* Beside arithmetic the sign that goes without saying is said. */
	if (strcmp(op, "in") != 0 && (strcmp(op, "==") != 0 || nft_is_binary(left)))
		out_printf(t.o, " %s", op);
	out_char(t.o, ' ');
	put_right(text_styled(t, nft_style_of(left)), right);
}

/* ---- statements -------------------------------------------------------------------------------------------- */

static void put_verdict(struct text t, const char *name, const struct tree *body)
{
	out_printf(t.o, "%s%s%s", name, tree_is(body, TREE_OBJECT) ? " " : "", nft_string_at(body, "target"));
}

static const char *over(const struct tree *body)
{
	return tree_is(tree_get(body, "inv"), TREE_TRUE) ? "over " : "";
}

static void put_limit(struct text t, const struct tree *l)
{
	long long burst = tree_integer(tree_get(l, "burst"));
	const char *unit = nft_string_at(l, "rate_unit"), *burst_unit = nft_string_at(l, "burst_unit");

	out_printf(t.o, "limit rate %s%lld%s%s/%s", over(l), (long long)tree_integer(tree_get(l, "rate")), *unit ? " " : "", unit, nft_string_at(l, "per"));
	if (*unit ? burst > 0 : burst > 0 && burst != USUAL_BURST)
		out_printf(t.o, " burst %lld %s", burst, *burst_unit ? burst_unit : "packets");
}

static void put_quota(struct text t, const struct tree *q)
{
	out_printf(t.o, "quota %s%lld %s", over(q), (long long)tree_integer(tree_get(q, "val")), nft_string_at(q, "val_unit"));
	if (tree_integer(tree_get(q, "used")) > 0)
		out_printf(t.o, " used %lld %s", (long long)tree_integer(tree_get(q, "used")), nft_string_at(q, "used_unit"));
}

/* "random,persistent": a word or a list of words. */
static void put_words(struct text t, const char *before, const struct tree *words)
{
	if (!words)
		return;
	out_str(t.o, before);
	nft_put(text_styled(t, STYLE_PLAIN), words);
}

/* dnat, snat, redirect, masquerade, tproxy. */
static void put_nat(struct text t, const char *name, const struct tree *nat)
{
	const struct tree *addr = tree_get(nat, "addr"), *port = tree_get(nat, "port");
	bool is_v6_with_port = port && tree_is(addr, TREE_TEXT) && strchr(tree_text(addr), ':');

	out_printf(t.o, "%s%s%s", name, *nft_string_at(nat, "family") ? " " : "", nft_string_at(nat, "family"));
	if (addr || port)
		out_str(t.o, " to ");
	if (is_v6_with_port)
		out_printf(t.o, "[%s]", tree_text(addr));
	else if (addr)
		nft_put(text_inside(t), addr);
	if (port) {
		out_char(t.o, ':');
		nft_put(text_inside(t), port);
	}
	put_words(t, " ", tree_get(nat, "flags"));
}

static void put_queue(struct text t, const struct tree *queue)
{
	out_str(t.o, "queue");
	put_words(t, " flags ", tree_get(queue, "flags"));
	put_words(t, " to ", tree_get(queue, "num"));
}

static void put_reject(struct text t, const struct tree *reject)
{
	const char *type = nft_string_at(reject, "type"), *expr = nft_string_at(reject, "expr");

	out_str(t.o, "reject");
	/* That which goes without saying. */
	if (*type && strcmp(expr, "port-unreachable") != 0)
		out_printf(t.o, " with %s%s%s", type, *expr ? " " : "", expr);
}

static void put_mangle(struct text t, const struct tree *m)
{
	nft_put(text_styled(t, STYLE_PLAIN), tree_get(m, "key"));
	out_str(t.o, " set ");
	nft_put(text_styled(t, nft_style_of(tree_get(m, "key"))), tree_get(m, "value"));
}

/* "flags tcp sequence,options flags ip options" */
static void put_log_flags(struct text t, const struct tree *flags)
{
	const struct tree *item;
	bool has_tcp = false;

	if (tree_is(flags, TREE_TEXT))
		out_printf(t.o, " flags %s", tree_text(flags));
	tree_foreach(flags, item) {
		const char *word = tree_text(item) ? tree_text(item) : "";

		if (has_tcp && strncmp(word, "tcp ", 4) == 0)
			out_printf(t.o, ",%s", word + 4);
		else
			out_printf(t.o, " flags %s", word);
		has_tcp |= strncmp(word, "tcp ", 4) == 0;
	}
}

static void put_log(struct text t, const struct tree *log)
{
	static const char *const numbers[] = { "group", "snaplen", "queue-threshold" };

	out_str(t.o, "log");
	if (*nft_string_at(log, "prefix"))
		out_printf(t.o, " prefix \"%s\"", nft_string_at(log, "prefix"));
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (tree_get(log, numbers[i]))
			out_printf(t.o, " %s %lld", numbers[i], (long long)tree_integer(tree_get(log, numbers[i])));
	if (*nft_string_at(log, "level"))
		out_printf(t.o, " level %s", nft_string_at(log, "level"));
	put_log_flags(t, tree_get(log, "flags"));
}

static void put_synproxy(struct text t, const struct tree *proxy)
{
	const struct tree *flags = tree_get(proxy, "flags");

	out_str(t.o, "synproxy");
	if (tree_get(proxy, "mss"))
		out_printf(t.o, " mss %lld", (long long)tree_integer(tree_get(proxy, "mss")));
	if (tree_get(proxy, "wscale"))
		out_printf(t.o, " wscale %lld", (long long)tree_integer(tree_get(proxy, "wscale")));
	if (tree_is(flags, TREE_TEXT))
		out_printf(t.o, " %s", tree_text(flags));
	else if (tree_size(flags) > 0) {
		out_char(t.o, ' ');
		nft_put_list(t, flags, " ");
	}
}

static void put_update(struct text t, const struct tree *set)
{
	out_printf(t.o, "%s %s { ", nft_string_at(set, "op"), nft_string_at(set, "set"));
	nft_put(text_inside(t), tree_get(set, "elem"));
	if (tree_get(set, "stmt")) {
		out_char(t.o, ' ');
		nft_put_list(t, tree_get(set, "stmt"), " ");
	}
	out_str(t.o, " }");
}

/* dup and fwd: where to. */
static void put_copy(struct text t, const char *name, const struct tree *body)
{
	out_str(t.o, name);
	put_words(t, " to ", tree_get(body, "addr"));
	if (tree_get(body, "dev")) {
		out_str(t.o, tree_get(body, "addr") ? " device " : " to ");
		nft_put(text_styled(t, STYLE_QUOTED), tree_get(body, "dev"));
	}
}

static void put_statement(struct text t, const char *name, const struct tree *body)
{
	static const char *const verdicts[] = { "accept", "drop", "return", "continue", "jump", "goto", NULL };
	static const char *const named[] = { "limit", "quota", "counter", "synproxy", "secmark", NULL };
	static const char *const nats[] = { "dnat", "snat", "redirect", "masquerade", "tproxy", NULL };

	if (nft_is_one_of(name, verdicts))
		put_verdict(t, name, body);
	else if (tree_is(body, TREE_TEXT) && nft_is_one_of(name, named))
		out_printf(t.o, "%s name \"%s\"", name, tree_text(body));
	else if (strcmp(name, "match") == 0)
		put_match(t, body);
	else if (strcmp(name, "set") == 0)
		put_update(t, body);
	else if (strcmp(name, "limit") == 0)
		put_limit(t, body);
	else if (strcmp(name, "quota") == 0)
		put_quota(t, body);
	else if (strcmp(name, "ct count") == 0)
		out_printf(t.o, "ct count %s%lld", over(body), (long long)tree_integer(tree_get(body, "val")));
	else if (strcmp(name, "reject") == 0)
		put_reject(t, body);
	else if (strcmp(name, "queue") == 0)
		put_queue(t, body);
	else if (strcmp(name, "mangle") == 0)
		put_mangle(t, body);
	else if (strcmp(name, "log") == 0)
		put_log(t, body);
	else if (strcmp(name, "synproxy") == 0)
		put_synproxy(t, body);
	else if (strcmp(name, "dup") == 0 || strcmp(name, "fwd") == 0)
		put_copy(t, name, body);
	else if (nft_is_one_of(name, nats))
		put_nat(t, name, body);
	else
		out_str(t.o, name);
}

void nft_put(struct text t, const struct tree *expr)
{
	const struct tree *at;

	if (t.depth > 16 || t.o->n > NFT_TEXT_MAX)
		return;
	if (tree_is(expr, TREE_TEXT))
		out_printf(t.o, t.style == STYLE_QUOTED && *tree_text(expr) != '@' ? "\"%s\"" : "%s", tree_text(expr));
	else if (tree_is(expr, TREE_INTEGER))
		nft_put_integer(t, tree_integer(expr));
	else if (tree_is(expr, TREE_ARRAY))
		nft_put_list(t, expr, ",");
	else if (tree_is(expr, TREE_OBJECT) && (at = tree_member(expr)) != NULL && !nft_put_expression(t, at->key, at))
		put_statement(t, at->key, at);
}

const char *fw_nft_text(struct arena *arena, const struct tree *expr)
{
	struct out o = { 0 };
	const char *text;

	nft_put_list((struct text){ .o = &o }, expr, " ");
	text = arena_str(arena, o.text ? o.text : "");
	out_release(&o);
	return text;
}
