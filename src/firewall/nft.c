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

static const char *string_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* ---- conditions ---------------------------------------------------------------------------------------- */

/* A new connection from a new source is within every limit; "over" waits for more than that. */
static enum tri limit_holds(struct step *s, json_t *limit)
{
	if (json_is_string(limit)) {
		s->walk->why = "a named limit";
		return TRI_UNKNOWN;
	}
	return fw_tri(!json_is_true(json_object_get(limit, "inv")));
}

static enum tri quota_holds(struct step *s, json_t *quota)
{
	json_t *used = json_object_get(quota, "used");

	/* Nothing used yet: no unit has to be known. */
	if (json_is_object(quota) && (!used || json_integer_value(used) == 0))
		return fw_tri(!json_is_true(json_object_get(quota, "inv")));
	s->walk->why = "how much of a quota is used";
	return TRI_UNKNOWN;
}

/* Of a new client there are none; of all clients no more than the kernel tracks at all. */
static enum tri count_holds(struct step *s, json_t *count, bool of_client)
{
	const struct fw_system *system = s->walk->system;
	long most = (long)json_integer_value(json_object_get(count, "val"));
	long now = of_client ? 0 : system->connections ? system->connections(system->ctx) : -1;

	if (now < 0 || now + 1 > most) {
		s->walk->why = "how many connections there are";
		return TRI_UNKNOWN;
	}
	return fw_tri(!json_is_true(json_object_get(count, "inv")));
}

/* What an element added to a set asks for on its way: "add @s { ip saddr limit rate over 5/second }". */
static enum tri set_statement_holds(struct step *s, json_t *set)
{
	json_t *list = json_object_get(set, "stmt"), *item;
	enum tri answer = TRI_YES;
	size_t i;

	json_array_foreach(list, i, item) {
		enum tri one = TRI_YES;

		if (json_object_get(item, "limit"))
			one = limit_holds(s, json_object_get(item, "limit"));
		else if (json_object_get(item, "ct count"))
			one = count_holds(s, json_object_get(item, "ct count"), true);
		else if (json_object_get(item, "quota"))
			one = quota_holds(s, json_object_get(item, "quota"));
		else if (!json_object_get(item, "counter"))
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

static void mangle(struct step *s, json_t *statement)
{
	json_t *key = json_object_get(statement, "key");
	const char *meta = string_at(json_object_get(key, "meta"), "key"), *ct = string_at(json_object_get(key, "ct"), "key");
	fw_number number;

	if (strcmp(meta, "mark") != 0 && strcmp(ct, "mark") != 0)
		return;
	if (!fw_nft_number(s->walk, s->chain, json_object_get(statement, "value"), &number))
		return;
	if (*meta)
		s->walk->packet.mark = (uint32_t)number;
	else
		s->walk->packet.connection_mark = (uint32_t)number;
}

static const char *reject_words(struct arena *arena, json_t *reject)
{
	const char *type = string_at(reject, "type"), *expr = string_at(reject, "expr");

	if (!*type)
		return "icmp port-unreachable";
	return arena_printf(arena, "%s%s%s", type, *expr ? " " : "", expr);
}

/* "10.0.0.2", {"range": [a, b]}, {"prefix"}, {"map"} or {"concat": [address, port]} of a map. */
static const char *address_of(struct step *s, json_t *addr, unsigned *port)
{
	json_t *found = NULL, *map = json_object_get(addr, "map"), *concat;

	if (map) {
		if (fw_nft_map(s->walk, s->chain, json_object_get(map, "key"), json_object_get(map, "data"), &found) != TRI_YES)
			return NULL;
		addr = found;
	}
	concat = json_object_get(addr, "concat");
	if (json_is_array(concat)) {
		if (json_is_integer(json_array_get(concat, 1)))
			*port = (unsigned)json_integer_value(json_array_get(concat, 1));
		addr = json_array_get(concat, 0);
	}
	if (json_object_get(addr, "range"))
		addr = json_array_get(json_object_get(addr, "range"), 0);
	if (json_object_get(addr, "prefix"))
		addr = json_object_get(json_object_get(addr, "prefix"), "addr");
	return json_string_value(addr);
}

static unsigned port_of(struct step *s, json_t *port)
{
	fw_number number = 0;

	if (json_object_get(port, "range"))
		port = json_array_get(json_object_get(port, "range"), 0);
	if (json_is_integer(port))
		return (unsigned)json_integer_value(port);
	if (port && fw_nft_number(s->walk, s->chain, port, &number))
		return (unsigned)number & 0xffff;
	return 0;
}

static enum fw_outcome translate(struct step *s, json_t *nat, bool to_self)
{
	unsigned port = port_of(s, json_object_get(nat, "port"));
	json_t *addr = json_object_get(nat, "addr");
	const char *address = addr ? address_of(s, addr, &port) : NULL;

	/* A map without this key: the rule does nothing. */
	if (addr && !address)
		return FW_GOES_ON;
	fw_set_target(s->walk, address, port);
	s->walk->to_self = to_self;
	return FW_ACCEPTS;
}

static enum fw_outcome queue(struct step *s, json_t *queue_)
{
	json_t *num = json_object_get(queue_, "num"), *flags = json_object_get(queue_, "flags"), *item, *range = json_object_get(num, "range");
	unsigned first = (unsigned)json_integer_value(range ? json_array_get(range, 0) : num);
	unsigned last = range ? (unsigned)json_integer_value(json_array_get(range, 1)) : first;
	bool bypass = json_is_string(flags) && strcmp(json_string_value(flags), "bypass") == 0;
	size_t i;

	json_array_foreach(flags, i, item)
		bypass |= json_is_string(item) && strcmp(json_string_value(item), "bypass") == 0;
	return fw_queue(s->walk, first, last, bypass);
}

static enum fw_outcome go_to(struct step *s, json_t *statement, bool is_goto)
{
	*s->jump = fw_chain_find(s->chain->table, string_at(statement, "target"));
	*s->is_goto = is_goto;
	return FW_GOES_ON;
}

/* {"accept": null}, {"jump": {...}}: of a rule or a verdict map. False: no verdict. */
static bool verdict_of(struct step *s, json_t *statement, enum fw_outcome *out)
{
	*out = FW_GOES_ON;
	if (json_object_get(statement, "accept"))
		*out = FW_ACCEPTS;
	else if (json_object_get(statement, "drop"))
		*out = FW_DROPS;
	else if (json_object_get(statement, "return"))
		*out = FW_RETURNS;
	else if (json_object_get(statement, "jump"))
		*out = go_to(s, json_object_get(statement, "jump"), false);
	else if (json_object_get(statement, "goto"))
		*out = go_to(s, json_object_get(statement, "goto"), true);
	else
		return json_object_get(statement, "continue") != NULL;
	return true;
}

/* ---- one rule ------------------------------------------------------------------------------------------- */

/* Statements that decide nothing about where a packet goes. */
static const char *const harmless[] = {
	"counter", "log", "last", "flow", "ct helper", "ct timeout", "ct expectation", "secmark", "dup", "meter", "snat", "masquerade", "comment", "map",
};

static bool is_harmless(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(harmless); i++)
		if (strcmp(harmless[i], name) == 0)
			return true;
	return false;
}

/* A condition's answer; TRI_YES for what is none. `*is_condition` says whether it was. */
static enum tri condition(struct step *s, const char *name, json_t *body, bool *is_condition)
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
	if (strcmp(name, "set") == 0)
		return set_statement_holds(s, body);
	/* iptables' matches, where iptables-save could not be read beside them. */
	if (strcmp(name, "xt") == 0 && strcmp(string_at(body, "type"), "target") != 0) {
		s->walk->why = "a match of iptables that nft shows without its values";
		return strcmp(string_at(body, "name"), "comment") == 0 ? TRI_YES : TRI_UNKNOWN;
	}
	*is_condition = false;
	return TRI_YES;
}

/* False: the rule is over, `*out` says how. */
static bool effect(struct step *s, const char *name, json_t *statement, json_t *body, enum fw_outcome *out)
{
	json_t *found = NULL;
	enum tri answer;

	*out = FW_GOES_ON;
	if (verdict_of(s, statement, out))
		return *out == FW_GOES_ON && !*s->jump && !json_object_get(statement, "continue");
	if (strcmp(name, "vmap") == 0) {
		answer = fw_nft_map(s->walk, s->chain, json_object_get(body, "key"), json_object_get(body, "data"), &found);
		if (answer == TRI_UNKNOWN && fw_choose(s->walk, answer, s->chain, s->rule)) {
			*out = FW_ENDS_UNKNOWN;
			return false;
		}
		return !found || (verdict_of(s, found, out) && *out == FW_GOES_ON && !*s->jump);
	}
	if (strcmp(name, "reject") == 0) {
		s->walk->reject = reject_words(s->walk->arena, body);
		*out = FW_REJECTS;
		return false;
	}
	if (strcmp(name, "mangle") == 0)
		mangle(s, body);
	else if (strcmp(name, "notrack") == 0)
		s->walk->packet.state = CT_UNTRACKED;
	else if (strcmp(name, "dnat") == 0)
		return (*out = translate(s, body, false)) == FW_GOES_ON;
	else if (strcmp(name, "redirect") == 0)
		return (*out = translate(s, body, true)) == FW_GOES_ON;
	else if (strcmp(name, "queue") == 0) {
		*out = queue(s, body);
		return false;
	} else if (strcmp(name, "tproxy") == 0)
		return true;
	else if (!is_harmless(name)) {
		s->walk->why = arena_printf(s->walk->arena, "what the statement \"%s\" does is not known", name);
		if (fw_choose(s->walk, TRI_UNKNOWN, s->chain, s->rule)) {
			*out = FW_ENDS_UNKNOWN;
			return false;
		}
	}
	return true;
}

enum fw_outcome fw_nft_rule(struct fw_walk *walk, const struct fw_chain *chain, const struct fw_rule *rule,
			    const struct fw_chain **jump, bool *is_goto)
{
	struct step s = { walk, chain, rule, jump, is_goto };
	enum tri so_far = TRI_YES;
	const char *why = NULL;
	json_t *statement;
	size_t i;

	json_array_foreach(rule->expr, i, statement) {
		void *at = json_object_iter(statement);
		const char *name = at ? json_object_iter_key(at) : "";
		json_t *body = at ? json_object_iter_value(at) : NULL;
		enum fw_outcome out;
		bool is_condition;
		enum tri answer = condition(&s, name, body, &is_condition);

		if (answer == TRI_NO)
			return FW_GOES_ON;
		if (answer == TRI_UNKNOWN && so_far == TRI_YES) {
			so_far = TRI_UNKNOWN;
			why = walk->why;
		}
		if (is_condition || is_harmless(name))
			continue;
		/* Only now does it matter whether what was unknown holds. */
		if (so_far == TRI_UNKNOWN) {
			walk->why = why;
			if (!fw_choose(walk, TRI_UNKNOWN, chain, rule))
				return FW_GOES_ON;
			so_far = TRI_YES;
		}
		if (!effect(&s, name, statement, body, &out))
			return out;
	}
	return FW_GOES_ON;
}
