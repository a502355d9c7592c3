/* iptables-save(8) and `ipset save`: lines into tables, chains and words. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "firewall/parts.h"

enum { LINE_MAX_BYTES = 64 << 10, RULES_MAX = 1 << 20, MEMBERS_MAX = 1 << 21 };

/* Where the kernel's tables hang: netfilter's priorities, one chain for each hook. */
static const struct builtin {
	const char *table, *chain, *hook;
	int priority;
	const char *type;
} builtins[] = {
	{ "raw", "PREROUTING", "prerouting", -300, "filter" }, { "raw", "OUTPUT", "output", -300, "filter" },
	{ "mangle", "PREROUTING", "prerouting", -150, "filter" }, { "mangle", "INPUT", "input", -150, "filter" },
	{ "mangle", "FORWARD", "forward", -150, "filter" }, { "mangle", "OUTPUT", "output", -150, "route" },
	{ "mangle", "POSTROUTING", "postrouting", -150, "filter" },
	{ "nat", "PREROUTING", "prerouting", -100, "nat" }, { "nat", "INPUT", "input", 100, "nat" },
	{ "nat", "OUTPUT", "output", -100, "nat" }, { "nat", "POSTROUTING", "postrouting", 100, "nat" },
	{ "filter", "INPUT", "input", 0, "filter" }, { "filter", "FORWARD", "forward", 0, "filter" },
	{ "filter", "OUTPUT", "output", 0, "filter" },
	{ "security", "INPUT", "input", 50, "filter" }, { "security", "FORWARD", "forward", 50, "filter" },
	{ "security", "OUTPUT", "output", 50, "filter" },
};

/* The next line without its end; false when there is none. */
static bool line_next(struct span *rest, struct span *line)
{
	const uint8_t *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	*line = span_of(rest->p, end ? (size_t)(end - rest->p) : rest->n);
	*rest = span_sub(*rest, line->n + 1, rest->n);
	if (line->n > LINE_MAX_BYTES)
		line->n = LINE_MAX_BYTES;
	*line = span_trim(*line);
	return true;
}

/* Words parted by blanks; "..." is one word, with \" and \\ inside. */
static const char **words_of(struct arena *arena, struct span line, size_t *n)
{
	const char **words = arena_array(arena, const char *, FW_TOKENS_MAX + 1);
	size_t at = 0;

	*n = 0;
	while (at < line.n && *n < FW_TOKENS_MAX) {
		char *word;
		size_t len = 0;

		if (line.p[at] == ' ' || line.p[at] == '\t') {
			at++;
			continue;
		}
		word = arena_alloc(arena, line.n - at + 1);
		if (line.p[at] == '"') {
			for (at++; at < line.n && line.p[at] != '"'; at++) {
				if (line.p[at] == '\\' && at + 1 < line.n)
					at++;
				word[len++] = (char)line.p[at];
			}
			at++;
		} else {
			for (; at < line.n && line.p[at] != ' ' && line.p[at] != '\t'; at++)
				word[len++] = (char)line.p[at];
		}
		words[(*n)++] = word;
	}
	return words;
}

/* ---- the kernel's own tables ------------------------------------------------------------------------- */

static const struct builtin *builtin_find(const char *table, const char *chain)
{
	for (size_t i = 0; i < COUNT_OF(builtins); i++)
		if (strcmp(builtins[i].table, table) == 0 && strcmp(builtins[i].chain, chain) == 0)
			return &builtins[i];
	return NULL;
}

/* ":INPUT DROP [0:0]" */
static void legacy_chain(struct fw_ruleset *set, struct fw_table *table, const char **words, size_t n)
{
	const struct builtin *builtin = builtin_find(table->name, words[0] + 1);
	struct fw_chain *c = fw_chain_add(set, table, words[0] + 1);

	if (!c || !builtin)
		return;
	c->hook = builtin->hook;
	c->type = builtin->type;
	c->priority = builtin->priority;
	c->drops = n > 1 && strcmp(words[1], "DROP") == 0;
}

static bool rule_add(struct fw_ruleset *set, struct fw_chain *c, const char **words, struct span line)
{
	if (set->n_rules >= RULES_MAX)
		return false;
	set->n_rules++;
	*arena_push(set->arena, c->rules, c->n_rules, c->cap_rules) = (struct fw_rule){
		.tokens = words + 2, .text = arena_strn(set->arena, line.p, line.n) };
	c->rules[c->n_rules - 1].number = (unsigned)c->n_rules;
	c->rules[c->n_rules - 1].handle = (long)c->n_rules;
	return true;
}

/* ---- what nftables holds of iptables -------------------------------------------------------------------- */

/* The nth rule of a chain is the nth of nft's listing: it gives the values that the listing has not. */
static void overlay(struct fw_ruleset *set, const char *family, struct fw_table *shadow)
{
	struct fw_table *real = fw_table_find(set, FW_NFT, family, shadow->name);
	bool is_xt = false;

	for (size_t i = 0; real && i < shadow->n_chains; i++) {
		const struct fw_chain *from = shadow->chains[i];
		struct fw_chain *to = fw_chain_find(real, from->name);

		if (!to || to->n_rules != from->n_rules)
			continue;
		is_xt = true;
		for (size_t k = 0; k < to->n_rules; k++) {
			to->rules[k].text = from->rules[k].text;
			if (to->rules[k].has_xt)
				to->rules[k].tokens = from->rules[k].tokens;
		}
	}
	if (is_xt)
		real->is_iptables = true;
}

int fw_read_save(struct fw_ruleset *set, struct span text, int family, enum fw_save sort)
{
	const char *name = family == AF_INET ? "ip" : "ip6";
	struct fw_ruleset *into = sort != FW_SAVE_BESIDE_NFT ? set : fw_ruleset_new(set->arena);
	struct fw_table *table = NULL;
	struct span line;
	size_t n_tables = 0;

	while (line_next(&text, &line)) {
		size_t n;
		const char **words;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		words = words_of(set->arena, line, &n);
		if (n == 0)
			continue;
		if (words[0][0] == '*') {
			table = fw_table_add(into, sort == FW_SAVE_LEGACY ? FW_IPTABLES_LEGACY : FW_NFT, name, words[0] + 1);
			table->is_iptables = sort == FW_SAVE_ALONE;
			n_tables++;
		} else if (table && words[0][0] == ':') {
			legacy_chain(into, table, words, n);
		} else if (table && strcmp(words[0], "COMMIT") == 0) {
			table = NULL;
		} else if (table && n > 1 && strcmp(words[0], "-A") == 0) {
			struct fw_chain *c = fw_chain_add(into, table, words[1]);

			/* nft's handles are not told here. */
			if (c && rule_add(into, c, words, line) && sort == FW_SAVE_ALONE)
				c->rules[c->n_rules - 1].handle = 0;
		}
	}
	for (struct fw_table *t = into->tables; t && sort == FW_SAVE_BESIDE_NFT; t = t->next)
		overlay(set, name, t);
	return n_tables ? 0 : -1;
}

/* ---- ipset ------------------------------------------------------------------------------------------------ */

static struct fw_ipset *ipset_find(const struct fw_ruleset *set, const char *name)
{
	for (size_t i = 0; i < set->n_ipsets; i++)
		if (strcmp(set->ipsets[i].name, name) == 0)
			return &set->ipsets[i];
	return NULL;
}

int fw_read_ipset(struct fw_ruleset *set, struct span text)
{
	struct span line;
	size_t n_members = 0;
	struct fw_ipset *last = NULL;

	while (line_next(&text, &line)) {
		size_t n;
		const char **words;

		if (line.n < 5 || (memcmp(line.p, "add ", 4) != 0 && memcmp(line.p, "creat", 5) != 0))
			continue;
		/* Long lists: no room for words that are not needed. */
		words = words_of(set->arena, span_sub(line, 0, 512), &n);
		if (n < 3)
			continue;
		if (strcmp(words[0], "create") == 0) {
			*arena_push(set->arena, set->ipsets, set->n_ipsets, set->cap_ipsets) = (struct fw_ipset){ .name = words[1], .type = words[2] };
			last = NULL;
			continue;
		}
		if (!last || strcmp(last->name, words[1]) != 0)
			last = ipset_find(set, words[1]);
		if (!last || n_members++ > MEMBERS_MAX)
			continue;
		*arena_push(set->arena, last->members, last->n, last->cap) =
			n > 3 && strcmp(words[3], "nomatch") == 0 ? arena_printf(set->arena, "!%s", words[2]) : words[2];
	}
	return set->n_ipsets ? 0 : -1;
}

/* "10.0.0.0/8", "1.2.3.4-1.2.3.9", "443", "tcp:443", "eth0": one part against one field. */
static enum tri part_holds(const struct fw_packet *p, const char *part, size_t n, bool is_source)
{
	fw_number address = is_source ? p->source : p->target;
	char text[96], *dash, *slash, *colon;
	struct fw_address a, b;
	unsigned port = is_source ? p->source_port : p->target_port;

	if (n >= sizeof text)
		return TRI_UNKNOWN;
	memcpy(text, part, n);
	text[n] = '\0';
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	dash = strchr(text, '-');
	if (fw_address_parse(text, &a))
		return fw_tri(a.family == p->family && fw_prefix_match(fw_number_of(&a), address,
			slash ? (unsigned)strtoul(slash + 1, NULL, 10) : a.family == AF_INET ? 32 : 128, a.family));
	if (dash) {
		*dash = '\0';
		if (fw_address_parse(text, &a) && fw_address_parse(dash + 1, &b))
			return fw_tri(a.family == p->family && address >= fw_number_of(&a) && address <= fw_number_of(&b));
		*dash = '-';
	}
	colon = strchr(text, ':');
	if (colon && strncmp(text, "tcp:", 4) != 0)
		return isalpha((unsigned char)text[0]) ? TRI_NO : TRI_UNKNOWN;
	colon = colon ? colon + 1 : text;
	if (isdigit((unsigned char)*colon)) {
		char *end;
		unsigned long low = strtoul(colon, &end, 10), high = *end == '-' ? strtoul(end + 1, NULL, 10) : low;

		/* A client's own choice is hardly this very one. */
		return port ? fw_tri(port >= low && port <= high) : low == high || high < 1024 ? TRI_NO : TRI_UNKNOWN;
	}
	return fw_tri(strcmp(text, (is_source ? p->in : p->out) ? (is_source ? p->in : p->out) : "") == 0);
}

static enum tri member_holds(const struct fw_packet *p, const char *member, const char *directions)
{
	enum tri answer = TRI_YES;

	while (*member) {
		size_t n = strcspn(member, ",");
		enum tri one = part_holds(p, member, n, strncmp(directions, "src", 3) == 0);

		if (one == TRI_NO)
			return TRI_NO;
		answer = one == TRI_UNKNOWN ? TRI_UNKNOWN : answer;
		member += n + (member[n] == ',');
		directions += strcspn(directions, ",");
		directions += *directions == ',';
	}
	return answer;
}

/* Did this connection's own way put it in, or take it out? */
static bool was_added(const struct fw_walk *walk, const char *name, const char *directions, bool *is_held)
{
	const char *key = arena_printf(walk->arena, "ipset %s", name), *second = strchr(directions, ',');
	const struct fw_packet *p = &walk->packet;
	fw_number address = strncmp(directions, "src", 3) == 0 ? p->source : p->target;
	uint16_t port = !second ? 0 : strncmp(second + 1, "src", 3) == 0 ? p->source_port : p->target_port;

	for (const struct fw_added *a = walk->added; a; a = a->before)
		if (!a->table && a->address == address && a->port == port && strcmp(a->set, key) == 0) {
			*is_held = !a->is_removed;
			return true;
		}
	return false;
}

static enum tri set_holds(struct fw_walk *walk, const char *name, const char *directions, int depth)
{
	const struct fw_ipset *set = ipset_find(walk->set, name);
	enum tri answer = TRI_NO;
	bool is_list, is_held;

	walk->why = arena_printf(walk->arena, "the ipset %s is not known", name);
	if (!set || depth > 4)
		return TRI_UNKNOWN;
	if (walk->added && was_added(walk, name, directions, &is_held))
		return fw_tri(is_held);
	is_list = strncmp(set->type, "list:", 5) == 0;
	walk->steps += set->n / 8;
	for (size_t i = 0; i < set->n; i++) {
		bool is_exception = set->members[i][0] == '!';
		enum tri one = is_list ? set_holds(walk, set->members[i], directions, depth + 1) :
					 member_holds(&walk->packet, set->members[i] + is_exception, directions);

		if (one == TRI_YES && is_exception)
			return TRI_NO;
		if (one == TRI_YES)
			answer = TRI_YES;
		else if (one == TRI_UNKNOWN && answer == TRI_NO)
			answer = TRI_UNKNOWN;
	}
	return answer;
}

enum tri fw_ipset_match(struct fw_walk *walk, const char *name, const char *directions)
{
	return set_holds(walk, name, directions, 0);
}
