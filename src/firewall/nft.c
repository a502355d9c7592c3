/* A rule of nftables statement by statement; and what it looks like in nft's own words. */
#include <stdio.h>

#include "firewall/parts.h"

struct step {
	struct fw_walk *walk;
	const struct fw_chain *chain;
	const struct fw_rule *rule;
	const struct fw_chain **jump;
	bool *is_goto;
};

static const char *string_at(const struct tree *object, const char *key)
{
	const char *text = tree_text(tree_get(object, key));

	return text ? text : "";
}

/* ---- conditions ---------------------------------------------------------------------------------------- */

/* A new connection from a new source is within every limit; "over" waits for more than that. */
static enum tri limit_holds(struct step *s, const struct tree *limit)
{
	if (tree_is(limit, TREE_TEXT))
		limit = fw_nft_object(s->walk, s->chain, "limit", tree_text(limit));
	if (!tree_is(limit, TREE_OBJECT) || tree_get(limit, "map")) {
		s->walk->why = "a named limit";
		return TRI_UNKNOWN;
	}
	return fw_tri(!tree_is(tree_get(limit, "inv"), TREE_TRUE));
}

static double bytes_of(const struct tree *quota, const char *value, const char *unit)
{
	const char *name = string_at(quota, unit);
	double n = (double)tree_integer(tree_get(quota, value));

	return strncmp(name, "kbyte", 5) == 0 ? n * 1024 : strncmp(name, "mbyte", 5) == 0 ? n * 1024 * 1024 :
	       strncmp(name, "gbyte", 5) == 0 ? n * 1024 * 1024 * 1024 : n;
}

/* "until" so much was used, or "over" it. A named one says how much it holds by "bytes". */
static enum tri quota_holds(struct step *s, const struct tree *quota)
{
	double most, used;

	if (tree_is(quota, TREE_TEXT))
		quota = fw_nft_object(s->walk, s->chain, "quota", tree_text(quota));
	most = bytes_of(quota, tree_get(quota, "val") ? "val" : "bytes", "val_unit");
	used = bytes_of(quota, "used", "used_unit");
	s->walk->why = "how much of a quota is used";
	if (!tree_is(quota, TREE_OBJECT) || (used < most && used + 80 > most))
		return TRI_UNKNOWN;
	return fw_tri((used < most) != tree_is(tree_get(quota, "inv"), TREE_TRUE));
}

/* Of a new client there are none; of all clients no more than the kernel tracks at all. */
static enum tri count_holds(struct step *s, const struct tree *count, bool of_client)
{
	const struct fw_system *system = s->walk->system;
	long most = (long)tree_integer(tree_get(count, "val"));
	long now = of_client ? 0 : system->connections ? system->connections(system->ctx) : -1;

	if (now < 0 || now + 1 > most) {
		s->walk->why = "how many connections there are";
		return TRI_UNKNOWN;
	}
	return fw_tri(!tree_is(tree_get(count, "inv"), TREE_TRUE));
}

/* What an element added to a set asks for on its way: "add @s { ip saddr limit rate over 5/second }". */
static enum tri set_statement_holds(struct step *s, const struct tree *set)
{
	const struct tree *list = tree_get(set, "stmt"), *item;
	enum tri answer = TRI_YES;
	size_t n = tree_is(list, TREE_ARRAY) ? tree_size(list) : tree_is(list, TREE_OBJECT);

	for (size_t i = 0; i < n; i++) {
		enum tri one = TRI_YES;

		item = tree_is(list, TREE_ARRAY) ? tree_at(list, i) : list;
		if (tree_get(item, "limit"))
			one = limit_holds(s, tree_get(item, "limit"));
		else if (tree_get(item, "ct count"))
			one = count_holds(s, tree_get(item, "ct count"), true);
		else if (tree_get(item, "quota"))
			one = quota_holds(s, tree_get(item, "quota"));
		else if (!tree_get(item, "counter") && !tree_get(item, "last"))
			one = TRI_UNKNOWN;
		if (one == TRI_NO)
			return TRI_NO;
		if (one == TRI_UNKNOWN)
			answer = TRI_UNKNOWN;
	}
	if (answer == TRI_UNKNOWN)
		s->walk->why = "a statement in a set";
	return answer;
}

/* ---- effects ------------------------------------------------------------------------------------------- */

/* A header's field is overwritten: translation without connection tracking. */
static void rewrite(struct fw_packet *p, const struct tree *payload, fw_number number)
{
	const char *protocol = string_at(payload, "protocol"), *field = string_at(payload, "field");

	if (protocol[0] == 'i' && strcmp(field, "saddr") == 0)
		p->source = number;
	else if (protocol[0] == 'i' && strcmp(field, "daddr") == 0)
		p->target = number;
	else if (strcmp(field, "sport") == 0)
		p->source_port = (uint16_t)number;
	else if (strcmp(field, "dport") == 0)
		p->target_port = (uint16_t)number;
}

/* False: the value comes from a map that has none for this packet, at which the rule ends. */
static bool mangle(struct step *s, const struct tree *statement)
{
	const struct tree *key = tree_get(statement, "key"), *payload = tree_get(key, "payload");
	const char *meta = string_at(tree_get(key, "meta"), "key"), *ct = string_at(tree_get(key, "ct"), "key");
	struct fw_packet *p = &s->walk->packet;
	fw_number number;
	enum tri known = fw_nft_number(s->walk, s->chain, tree_get(statement, "value"), &number);

	if (known == TRI_NO)
		return false;
	if (strcmp(meta, "mark") == 0) {
		p->mark = (uint32_t)number;
		p->mark_lost = known != TRI_YES;
	} else if (strcmp(ct, "mark") == 0 && !(p->state & (CT_INVALID | CT_UNTRACKED))) {
		p->connection_mark = (uint32_t)number;
		p->connection_mark_lost = known != TRI_YES;
	} else if (strcmp(ct, "label") == 0)
		s->walk->sets_labels = true;
	else if (payload && known == TRI_YES)
		rewrite(p, payload, number);
	return true;
}

static const char *reject_words(struct arena *arena, const struct tree *reject)
{
	const char *type = string_at(reject, "type"), *expr = string_at(reject, "expr");

	if (!*type)
		return "icmp port-unreachable";
	return arena_printf(arena, "%s%s%s", type, *expr ? " " : "", expr);
}

/* "10.0.0.2", {"range": [a, b]}, {"prefix"}, {"map"} or {"concat": [address, port]} of a map; none: *address NULL. TRI_NO: the map has
 * none for this packet; TRI_UNKNOWN: whether and which is not known. */
static enum tri address_of(struct step *s, const struct tree *addr, const char **address, unsigned *port)
{
	const struct tree *found = NULL, *map = tree_get(addr, "map"), *concat;
	enum tri known;

	*address = NULL;
	if (!addr)
		return TRI_YES;
	if (map) {
		known = fw_nft_map(s->walk, s->chain, tree_get(map, "key"), tree_get(map, "data"), &found);
		if (known != TRI_YES)
			return known;
		addr = found;
	}
	concat = tree_get(addr, "concat");
	if (tree_is(concat, TREE_ARRAY)) {
		if (tree_is(tree_at(concat, 1), TREE_INTEGER))
			*port = (unsigned)tree_integer(tree_at(concat, 1));
		addr = tree_at(concat, 0);
	}
	if (tree_get(addr, "range"))
		addr = tree_at(tree_get(addr, "range"), 0);
	if (tree_get(addr, "prefix"))
		addr = tree_get(tree_get(addr, "prefix"), "addr");
	*address = tree_text(addr);
	if (!*address)
		s->walk->why = "the address of a translation is not understood";
	return *address ? TRI_YES : TRI_UNKNOWN;
}

/* True: it is told as not known; false: the walk takes the rule as one that does nothing. */
static bool is_left_unknown(struct step *s, enum tri known)
{
	return known == TRI_UNKNOWN && fw_choose(s->walk, TRI_UNKNOWN, s->chain, s->rule);
}

static unsigned port_of(struct step *s, const struct tree *port)
{
	fw_number number = 0;

	if (tree_get(port, "range"))
		port = tree_at(tree_get(port, "range"), 0);
	if (tree_is(port, TREE_INTEGER))
		return (unsigned)tree_integer(port);
	if (port && fw_nft_number(s->walk, s->chain, port, &number))
		return (unsigned)number & 0xffff;
	return 0;
}

static enum fw_outcome translate(struct step *s, const struct tree *nat, bool to_self)
{
	unsigned port = port_of(s, tree_get(nat, "port"));
	const char *address;
	enum tri known = address_of(s, tree_get(nat, "addr"), &address, &port);

	if (is_left_unknown(s, known))
		return FW_ENDS_UNKNOWN;
	/* A map without this key: the rule does nothing. */
	if (known != TRI_YES || (tree_get(nat, "port") && !port))
		return FW_GOES_ON;
	fw_set_target(s->walk, address, port);
	s->walk->to_self = to_self;
	return FW_ACCEPTS;
}

/* snat and masquerade. */
static enum fw_outcome mask(struct step *s, const struct tree *nat)
{
	unsigned port = 0;
	const char *address;
	enum tri known = address_of(s, tree_get(nat, "addr"), &address, &port);

	if (is_left_unknown(s, known))
		return FW_ENDS_UNKNOWN;
	if (known != TRI_YES)
		return FW_GOES_ON;
	fw_set_source(s->walk, address);
	return FW_ACCEPTS;
}

/* Goes on where a transparent socket takes it, else the rule ends. nft_tproxy */
static bool to_socket(struct step *s, const struct tree *tproxy)
{
	unsigned port = port_of(s, tree_get(tproxy, "port"));
	const char *address;
	enum tri known = address_of(s, tree_get(tproxy, "addr"), &address, &port);

	return fw_choose(s->walk, known == TRI_YES ? fw_to_socket(s->walk, address, port) : known, s->chain, s->rule);
}

static enum fw_outcome queue(struct step *s, const struct tree *queue_)
{
	const struct tree *num = tree_get(queue_, "num"), *flags = tree_get(queue_, "flags"), *item, *range = tree_get(num, "range");
	unsigned first = (unsigned)tree_integer(range ? tree_at(range, 0) : num);
	unsigned last = range ? (unsigned)tree_integer(tree_at(range, 1)) : first;
	bool bypass = tree_is(flags, TREE_TEXT) && strcmp(tree_text(flags), "bypass") == 0;

	tree_foreach(flags, item)
		bypass |= tree_is(item, TREE_TEXT) && strcmp(tree_text(item), "bypass") == 0;
	return fw_queue(s->walk, first, last, bypass);
}

static enum fw_outcome go_to(struct step *s, const struct tree *statement, bool is_goto)
{
	*s->jump = fw_chain_find(s->chain->table, string_at(statement, "target"));
	*s->is_goto = is_goto;
	return FW_GOES_ON;
}

/* {"accept": null}, {"jump": {...}}: of a rule or a verdict map. False: no verdict. */
static bool verdict_of(struct step *s, const struct tree *statement, enum fw_outcome *out)
{
	*out = FW_GOES_ON;
	if (tree_get(statement, "accept"))
		*out = FW_ACCEPTS;
	else if (tree_get(statement, "drop"))
		*out = FW_DROPS;
	else if (tree_get(statement, "return"))
		*out = FW_RETURNS;
	else if (tree_get(statement, "jump"))
		*out = go_to(s, tree_get(statement, "jump"), false);
	else if (tree_get(statement, "goto"))
		*out = go_to(s, tree_get(statement, "goto"), true);
	else
		return tree_get(statement, "continue") != NULL;
	return true;
}

/* ---- one rule ------------------------------------------------------------------------------------------- */

/* Statements that decide nothing about where a packet goes. */
static const char *const harmless[] = {
	"counter", "log", "last", "flow", "ct helper", "ct timeout", "ct expectation", "secmark", "dup", "comment", "map",
};

static bool is_harmless(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(harmless); i++)
		if (strcmp(harmless[i], name) == 0)
			return true;
	return false;
}

/* A condition's answer; TRI_YES for what is none. `*is_condition` says whether it was. */
static enum tri condition(struct step *s, const char *name, const struct tree *body, bool *is_condition)
{
	*is_condition = true;
	if (strcmp(name, "match") == 0)
		return fw_nft_match(s->walk, s->chain, body);
	if (strcmp(name, "limit") == 0)
		return limit_holds(s, body);
	if (strcmp(name, "quota") == 0)
		return quota_holds(s, body);
	if (strcmp(name, "ct count") == 0)
		return count_holds(s, body, false);
	if (strcmp(name, "set") == 0 || strcmp(name, "meter") == 0) {
		fw_nft_add(s->walk, s->chain, body);
		return set_statement_holds(s, body);
	}
	/* iptables' matches, where iptables-save could not be read beside them. */
	if (strcmp(name, "xt") == 0 && strcmp(string_at(body, "type"), "target") != 0) {
		s->walk->why = "a match of iptables that nft shows without its values";
		return strcmp(string_at(body, "name"), "comment") == 0 ? TRI_YES : TRI_UNKNOWN;
	}
	*is_condition = false;
	return TRI_YES;
}

/* Statements after which a rule is over, and `*out` says how. */
static bool ends_rule(struct step *s, const char *name, const struct tree *body, enum fw_outcome *out)
{
	if (strcmp(name, "reject") == 0) {
		s->walk->reject = reject_words(s->walk->arena, body);
		*out = FW_REJECTS;
	} else if (strcmp(name, "dnat") == 0 || strcmp(name, "redirect") == 0) {
		*out = translate(s, body, *name == 'r');
	} else if (strcmp(name, "snat") == 0 || strcmp(name, "masquerade") == 0) {
		*out = mask(s, body);
	} else if (strcmp(name, "queue") == 0) {
		*out = queue(s, body);
	} else if (strcmp(name, "synproxy") == 0) {
		s->walk->is_answered = true;
		*out = FW_ACCEPTS;
	} else if (strcmp(name, "fwd") == 0) {
		s->walk->because = "the packet is sent out by another device";
		*out = FW_DROPS;
	} else
		return false;
	return true;
}

/* False: the rule is over, `*out` says how. */
static bool effect(struct step *s, const char *name, const struct tree *statement, const struct tree *body, enum fw_outcome *out)
{
	const struct tree *found = NULL;
	enum tri answer;

	*out = FW_GOES_ON;
	if (verdict_of(s, statement, out))
		return *out == FW_GOES_ON && !*s->jump && !tree_get(statement, "continue");
	if (strcmp(name, "vmap") == 0) {
		answer = fw_nft_map(s->walk, s->chain, tree_get(body, "key"), tree_get(body, "data"), &found);
		if (answer == TRI_UNKNOWN && fw_choose(s->walk, answer, s->chain, s->rule))
			*out = FW_ENDS_UNKNOWN;
		return found && verdict_of(s, found, out) && *out == FW_GOES_ON && !*s->jump;
	}
	if (ends_rule(s, name, body, out))
		return false;
	if (strcmp(name, "mangle") == 0)
		return mangle(s, body);
	if (strcmp(name, "tproxy") == 0)
		return to_socket(s, body);
	if (strcmp(name, "notrack") == 0)
		s->walk->packet.state = s->walk->is_tracked ? s->walk->packet.state : CT_UNTRACKED;
	else if (!is_harmless(name)) {
		s->walk->why = arena_printf(s->walk->arena, "what the statement \"%s\" does is not known", name);
		if (fw_choose(s->walk, TRI_UNKNOWN, s->chain, s->rule)) {
			*out = FW_ENDS_UNKNOWN;
			return false;
		}
	}
	return true;
}

/* Decides what was left open so far; false: the rule does not hold. */
static bool settle(struct fw_walk *walk, enum tri *so_far, const char *why, const struct fw_chain *chain, const struct fw_rule *rule)
{
	if (*so_far != TRI_UNKNOWN)
		return true;
	walk->why = why;
	*so_far = TRI_YES;
	return fw_choose(walk, TRI_UNKNOWN, chain, rule);
}

enum fw_outcome fw_nft_rule(struct fw_walk *walk, const struct fw_chain *chain, const struct fw_rule *rule,
			    const struct fw_chain **jump, bool *is_goto)
{
	struct step s = { walk, chain, rule, jump, is_goto };
	enum tri so_far = TRI_YES;
	const char *why = NULL;
	const struct tree *statement;

	tree_foreach(rule->expr, statement) {
		const struct tree *at = tree_member(statement);
		const char *name = at ? at->key : "";
		const struct tree *body = at ? at : NULL;
		enum fw_outcome out;
		bool is_condition;
		enum tri answer;

		if ((strcmp(name, "set") == 0 || strcmp(name, "meter") == 0) && !settle(walk, &so_far, why, chain, rule))
			return FW_GOES_ON;
		answer = condition(&s, name, body, &is_condition);
		if (answer == TRI_NO)
			return FW_GOES_ON;
		if (answer == TRI_UNKNOWN && so_far == TRI_YES) {
			so_far = TRI_UNKNOWN;
			why = walk->why;
		}
		if (is_condition || is_harmless(name))
			continue;
		/* Only now does it matter whether what was unknown holds. */
		if (!settle(walk, &so_far, why, chain, rule))
			return FW_GOES_ON;
		if (!effect(&s, name, statement, body, &out))
			return out;
	}
	return FW_GOES_ON;
}
