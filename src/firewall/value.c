/* Expressions of nftables (libnftables-json(5)) against the packet: what is made of its fields, and whether a right
 * side holds it. Types are nft's own words for values: "tcp", "established", "eth*". */
#include <stdlib.h>
#include <sys/socket.h>

#include "firewall/value.h"

static struct value eval(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *expr, int depth);

static const char *string_at(const struct tree *object, const char *key)
{
	const char *text = tree_text(tree_get(object, key));

	return text ? text : "";
}

/* ---- left sides: what is made of fields ---------------------------------------------------------------- */

static fw_number combine(const char *op, fw_number a, fw_number b)
{
	switch (*op) {
	case '&': return a & b;
	case '|': return a | b;
	case '^': return a ^ b;
	case '<': return b < 128 ? a << b : 0;
	default: return b < 128 ? a >> b : 0;
	}
}

static struct value binary(struct fw_walk *walk, const struct fw_chain *chain, const char *op, const struct tree *pair, int depth)
{
	struct value left = eval(walk, chain, tree_at(pair, 0), depth + 1), right;

	if (left.known != TRI_YES || left.text)
		return left.text ? fw_value_unknown(walk, "arithmetic on", left.text) : left;
	for (size_t i = 1; i < tree_size(pair); i++) {
		right = fw_value_number(left.type, left.bits, 0);
		if (!fw_value_right(left.type, tree_at(pair, i), &right.number))
			right = eval(walk, chain, tree_at(pair, i), depth + 1);
		if (right.known == TRI_NO)
			return right;
		if (left.has_other || right.has_other || right.known != TRI_YES || right.text || right.n_parts)
			return fw_value_unknown(walk, "the operand of", op);
		left.number = combine(op, left.number, right.number);
	}
	return left;
}

static struct value concat(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *list, int depth)
{
	size_t n = tree_size(list);
	struct value v = { .known = TRI_YES, .n_parts = n, .parts = arena_array(walk->arena, struct value, n + 1) };

	for (size_t i = 0; i < n; i++) {
		v.parts[i] = eval(walk, chain, tree_at(list, i), depth + 1);
		if (v.parts[i].known == TRI_NO)
			v.known = TRI_NO;
		else if (v.parts[i].known == TRI_UNKNOWN && v.known == TRI_YES)
			v.known = TRI_UNKNOWN;
	}
	return v;
}

static struct value mapped(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *map, int depth)
{
	const struct tree *found = NULL;
	enum tri answer = fw_nft_map(walk, chain, tree_get(map, "key"), tree_get(map, "data"), &found);

	if (answer != TRI_YES)
		return (struct value){ .known = answer };
	return eval(walk, chain, found, depth + 1);
}

static struct value constant(struct fw_walk *walk, const struct tree *expr)
{
	fw_number n;

	if (fw_value_right(TYPE_NUMBER, expr, &n))
		return fw_value_number(TYPE_NUMBER, 32, n);
	return tree_is(expr, TREE_TEXT) ? fw_value_text(TYPE_DEVICE, tree_text(expr)) : fw_value_unknown(walk, "a", "constant");
}

static struct value eval(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *expr, int depth)
{
	static const char *const operators[] = { "&", "|", "^", "<<", ">>" };
	struct value field;
	const char *key;
	const struct tree *inner;
	const struct tree *at;

	if (depth > 16)
		return fw_value_unknown(walk, "an expression", "nested too deeply");
	if (!tree_is(expr, TREE_OBJECT))
		return constant(walk, expr);
	at = tree_member(expr);
	key = at ? at->key : "";
	inner = at ? at : NULL;
	if (fw_value_field(walk, key, inner, &field))
		return field;
	if (strcmp(key, "concat") == 0)
		return concat(walk, chain, inner, depth);
	if (strcmp(key, "map") == 0)
		return mapped(walk, chain, inner, depth);
	if (strcmp(key, "elem") == 0)
		return eval(walk, chain, tree_get(inner, "val"), depth + 1);
	for (size_t i = 0; i < COUNT_OF(operators); i++)
		if (strcmp(key, operators[i]) == 0)
			return binary(walk, chain, key, inner, depth);
	return fw_value_unknown(walk, "the expression", key);
}

/* ---- right sides ----------------------------------------------------------------------------------------- */

static enum tri holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, const struct tree *right, bool in, int depth);

static bool device_match(const char *device, const char *pattern)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return strncmp(device, pattern, n - 1) == 0;
	return strcmp(device, pattern) == 0;
}

static enum tri both(const struct value *left, bool first, bool second)
{
	if (left->has_other && first != second)
		return TRI_UNKNOWN;
	return fw_tri(first);
}

static enum tri range_holds(const struct value *left, const struct tree *range)
{
	fw_number low, high;

	if (left->text || !fw_value_right(left->type, tree_at(range, 0), &low) ||
	    !fw_value_right(left->type, tree_at(range, 1), &high))
		return TRI_UNKNOWN;
	if (!left->has_other)
		return fw_tri(left->number >= low && left->number <= high);
	return low <= left->number && high >= left->other ? TRI_YES : high < left->number || low > left->other ? TRI_NO : TRI_UNKNOWN;
}

static enum tri prefix_holds(const struct value *left, const struct tree *prefix)
{
	const struct tree *len = tree_get(prefix, "len");
	fw_number base;
	int family = left->bits == 32 ? AF_INET : AF_INET6;

	if (left->text || left->bits < 32 || !tree_is(len, TREE_INTEGER) || tree_integer(len) < 0 ||
	    !fw_value_right(left->type, tree_get(prefix, "addr"), &base))
		return TRI_UNKNOWN;
	return fw_tri(fw_prefix_match(left->number, base, (unsigned)tree_integer(len), family));
}

static const struct tree *set_named(const struct fw_walk *walk, const struct fw_chain *chain, const char *name)
{
	for (size_t i = 0; i < walk->set->n_sets; i++) {
		const struct fw_set *s = &walk->set->sets[i];

		if (strcmp(s->name, name) == 0 && strcmp(s->table, chain->table->name) == 0 && strcmp(s->family, chain->table->family) == 0)
			return s->object;
	}
	return NULL;
}

const struct tree *fw_nft_object(const struct fw_walk *walk, const struct fw_chain *chain, const char *kind, const char *name)
{
	for (size_t i = 0; i < walk->set->n_objects; i++) {
		const struct fw_object *o = &walk->set->objects[i];

		if (strcmp(o->kind, kind) == 0 && strcmp(o->name, name) == 0 && strcmp(o->table, chain->table->name) == 0 &&
		    strcmp(o->family, chain->table->family) == 0)
			return o->object;
	}
	return NULL;
}

/* Elements of a named set; NULL where there is no such set. A set of names without elements has no "elem". */
static const struct tree *elements_of(const struct fw_walk *walk, const struct fw_chain *chain, const struct tree *data, bool *is_empty)
{
	const struct tree *set = tree_get(data, "set"), *object;

	*is_empty = false;
	if (set)
		return tree_is(set, TREE_ARRAY) ? set : NULL;
	if (!tree_is(data, TREE_TEXT) || *tree_text(data) != '@')
		return NULL;
	object = set_named(walk, chain, tree_text(data) + 1);
	*is_empty = object && !tree_get(object, "elem");
	return tree_get(object, "elem");
}

static enum tri any_holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, const struct tree *elements, bool in, int depth)
{
	enum tri answer = TRI_NO;
	const struct tree *item;

	walk->steps += tree_size(elements) / 8;
	tree_foreach(elements, item) {
		enum tri one = holds(walk, chain, left, item, in, depth + 1);

		if (one == TRI_YES)
			return TRI_YES;
		if (one == TRI_UNKNOWN)
			answer = TRI_UNKNOWN;
	}
	return answer;
}

static enum tri concat_holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, const struct tree *right, int depth)
{
	const struct tree *list = tree_get(right, "concat");
	enum tri answer = TRI_YES;

	if (!tree_is(list, TREE_ARRAY) || tree_size(list) != left->n_parts)
		return TRI_UNKNOWN;
	for (size_t i = 0; i < left->n_parts; i++) {
		enum tri one = left->parts[i].known == TRI_UNKNOWN ? TRI_UNKNOWN :
			holds(walk, chain, &left->parts[i], tree_at(list, i), false, depth + 1);

		if (one == TRI_NO)
			return TRI_NO;
		if (one == TRI_UNKNOWN)
			answer = TRI_UNKNOWN;
	}
	return answer;
}

static enum tri word_holds(const struct value *left, const struct tree *right, bool in)
{
	fw_number n;

	if (left->text && tree_is(right, TREE_TEXT))
		return fw_tri(left->type == TYPE_DEVICE ? device_match(left->text, tree_text(right)) :
							  strcmp(left->text, tree_text(right)) == 0);
	if (!fw_value_right(left->type, right, &n))
		return TRI_UNKNOWN;
	/* fib ... oif missing */
	if (left->text)
		return left->bits == 1 ? fw_tri((n != 0) == (left->number != 0)) : TRI_UNKNOWN;
	/* A client's port is hardly ever this very one. */
	if (left->has_other && left->type == TYPE_PORT)
		return TRI_NO;
	if (left->has_other)
		return in || (n >= left->number && n <= left->other) ? TRI_UNKNOWN : TRI_NO;
	return fw_tri(in ? (left->number & n) != 0 : left->number == n);
}

/* ---- what rules put into sets while this connection passes -------------------------------------------------- */

static bool same_value(const struct value *a, const struct value *b)
{
	if (a->n_parts != b->n_parts || (a->n_parts == 0 && (a->number != b->number || a->has_other != b->has_other || a->other != b->other ||
							     !a->text != !b->text || (a->text && strcmp(a->text, b->text) != 0))))
		return false;
	for (size_t i = 0; i < a->n_parts; i++)
		if (!same_value(&a->parts[i], &b->parts[i]))
			return false;
	return true;
}

void fw_nft_add(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *set)
{
	const char *name = string_at(set, "set");
	struct value *key = arena_new_of(walk->arena, struct value);
	struct fw_added *added = arena_new_of(walk->arena, struct fw_added);

	*key = eval(walk, chain, tree_get(set, "elem"), 0);
	if (*name != '@' || key->known != TRI_YES)
		return;
	*added = (struct fw_added){ .set = name + 1, .table = chain->table, .key = key, .is_removed = strcmp(string_at(set, "op"), "delete") == 0,
				    .before = walk->added };
	walk->added = added;
}

/* True: the packet's way itself decided whether the set holds it, `*is_held`. */
static bool was_added(const struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, const struct tree *right, bool *is_held)
{
	const char *name = tree_is(right, TREE_TEXT) ? tree_text(right) : "";

	for (const struct fw_added *a = walk->added; a && *name == '@'; a = a->before)
		if (a->table == chain->table && strcmp(a->set, name + 1) == 0 && same_value(a->key, left)) {
			*is_held = !a->is_removed;
			return true;
		}
	return false;
}

static enum tri holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, const struct tree *right, bool in, int depth)
{
	const struct tree *elements, *elem = tree_get(right, "elem");
	bool is_empty, is_held;

	if (depth > 16)
		return TRI_UNKNOWN;
	if (elem)
		return holds(walk, chain, left, tree_get(elem, "val"), in, depth + 1);
	/* The element of a set that stands for all others. */
	if (tree_is(right, TREE_TEXT) && strcmp(tree_text(right), "*") == 0)
		return TRI_YES;
	if (was_added(walk, chain, left, right, &is_held))
		return fw_tri(is_held);
	elements = elements_of(walk, chain, right, &is_empty);
	if (elements)
		return any_holds(walk, chain, left, elements, in || left->type == TYPE_STATE, depth);
	if (is_empty)
		return TRI_NO;
	if (left->n_parts)
		return concat_holds(walk, chain, left, right, depth);
	if (tree_get(right, "range"))
		return range_holds(left, tree_get(right, "range"));
	if (tree_get(right, "prefix"))
		return prefix_holds(left, tree_get(right, "prefix"));
	return word_holds(left, right, in);
}

static enum tri order_holds(const struct value *left, const char *op, const struct tree *right)
{
	fw_number n;
	bool equal = op[1] == '=';

	if (left->text || !fw_value_right(left->type, right, &n))
		return TRI_UNKNOWN;
	if (*op == '<')
		return both(left, left->number < n || (equal && left->number == n), left->other < n || (equal && left->other == n));
	return both(left, left->number > n || (equal && left->number == n), left->other > n || (equal && left->other == n));
}

enum tri fw_nft_match(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *match)
{
	const char *op = string_at(match, "op");
	struct value left = eval(walk, chain, tree_get(match, "left"), 0);
	const struct tree *right = tree_get(match, "right");
	enum tri answer;

	if (left.known == TRI_NO)
		return TRI_NO;
	if (left.known == TRI_UNKNOWN)
		return TRI_UNKNOWN;
	walk->why = "a value in the rule that is not understood";
	if (*op == '<' || *op == '>')
		return order_holds(&left, op, right);
	/* "ct state ! established,related": none of these bits. */
	answer = holds(walk, chain, &left, right, strcmp(op, "in") == 0 || strcmp(op, "!") == 0, 0);
	if (answer == TRI_UNKNOWN && left.has_other)
		walk->why = "it depends on the client (its port, its distance, its packet's length)";
	return *op == '!' ? fw_not(answer) : answer;
}

/* One of several, by what is not known: all are tried. */
static enum tri one_of(struct fw_walk *walk, const struct tree **candidates, size_t n, bool is_one, const struct tree **found)
{
	for (size_t i = 0; i < n; i++)
		if ((is_one && i + 1 == n) || fw_choose(walk, TRI_UNKNOWN, walk->at_chain, walk->at_rule)) {
			*found = candidates[i];
			return TRI_YES;
		}
	return TRI_NO;
}

enum { CANDIDATES_MAX = 16 };

enum tri fw_nft_map(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *key, const struct tree *data, const struct tree **found)
{
	struct value left = eval(walk, chain, key, 0);
	bool is_empty;
	const struct tree *elements = elements_of(walk, chain, data, &is_empty), *item, *candidates[CANDIDATES_MAX];
	size_t n = 0;

	*found = NULL;
	if (left.known == TRI_NO || is_empty)
		return TRI_NO;
	if (!elements)
		walk->why = "a map that is not there";
	if (!elements || (left.known == TRI_UNKNOWN && !left.n_parts))
		return TRI_UNKNOWN;
	walk->steps += tree_size(elements) / 8;
	tree_foreach(elements, item) {
		enum tri one = holds(walk, chain, &left, tree_at(item, 0), left.type == TYPE_STATE, 0);

		if (one == TRI_YES && n == 0) {
			*found = tree_at(item, 1);
			return TRI_YES;
		}
		if (one != TRI_NO && n < CANDIDATES_MAX)
			candidates[n++] = tree_at(item, 1);
		if (one == TRI_YES)
			break;
	}
	walk->why = left.is_chance ? "which of a map's elements is taken is left to chance" : "the map's key is not known";
	return n ? one_of(walk, candidates, n, left.is_chance, found) : TRI_NO;
}

enum tri fw_nft_number(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *expr, fw_number *out)
{
	struct value v = eval(walk, chain, expr, 0);

	*out = v.number;
	return v.known == TRI_NO ? TRI_NO : fw_tri(v.known == TRI_YES && !v.text && !v.has_other && !v.n_parts) == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}
