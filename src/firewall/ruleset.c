/* Rules as they are read: see parts.h. `nft -j` prints them as libnftables-json(5) says. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "firewall/parts.h"

enum { RULES_MAX = 1 << 20, CHAINS_MAX = 1 << 16 };
#define TREES_MAX ((size_t)2 << 30)

static unsigned bucket_of(const char *name)
{
	unsigned h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h % FW_BUCKETS;
}

struct fw_ruleset *fw_ruleset_new(struct arena *arena)
{
	struct fw_ruleset *set = arena_new_of(arena, struct fw_ruleset);

	set->arena = arena;
	set->tables_end = &set->tables;
	return set;
}

size_t fw_n_rules(const struct fw_ruleset *set)
{
	return set->n_rules;
}

struct fw_table *fw_table_find(const struct fw_ruleset *set, enum fw_tool tool, const char *family, const char *name)
{
	for (struct fw_table *t = set->tables; t; t = t->next)
		if (t->tool == tool && strcmp(t->family, family) == 0 && strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

bool fw_has_table(const struct fw_ruleset *set, const char *family, const char *table)
{
	return fw_table_find(set, FW_NFT, family, table) != NULL;
}

bool fw_has_iptables(const struct fw_ruleset *set, int family)
{
	static const char *const names[] = { "filter", "nat", "mangle", "raw", "security" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (fw_table_find(set, FW_NFT, family == AF_INET ? "ip" : "ip6", names[i]))
			return true;
	return false;
}

void fw_set_dormant(struct fw_ruleset *set, const char *family, const char *table)
{
	struct fw_table *t = fw_table_find(set, FW_NFT, family, table);

	if (t)
		t->is_dormant = true;
}

static bool hangs_on_device(const struct fw_chain *c)
{
	return c->hook && (strcmp(c->table->family, "netdev") == 0 || (strcmp(c->table->family, "inet") == 0 && strcmp(c->hook, "ingress") == 0));
}

bool fw_lacks_devices(const struct fw_ruleset *set)
{
	for (const struct fw_table *t = set->tables; t; t = t->next)
		for (size_t i = 0; i < t->n_chains; i++)
			if (hangs_on_device(t->chains[i]) && (!t->chains[i]->device || !*t->chains[i]->device))
				return true;
	return false;
}

/* The names behind "device" or "devices =", in double quotes or, in braces, without; parted by blanks. */
static const char *devices_named(struct arena *arena, const char *line)
{
	const char *at = strstr(line, " device"), *end = at ? strstr(at, " priority") : NULL, *list = "";

	at = at ? strchr(at + 1, ' ') : NULL;
	for (; at && *at && at != end; at++) {
		size_t n = strcspn(at, " ,\"{}=;\n");

		if (n == 0)
			continue;
		list = arena_printf(arena, "%s%s%.*s", list, *list ? " " : "", (int)(n < 64 ? n : 64), at);
		at += n - 1;
	}
	return list;
}

void fw_read_devices(struct fw_ruleset *set, struct span text)
{
	const char *line = arena_strn(set->arena, text.p, text.n);
	struct fw_table *table = NULL;
	struct fw_chain *chain = NULL;
	char family[16], name[256];

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *one = arena_strn(set->arena, line, strcspn(line, "\n"));

		if (sscanf(one, "table %15s %255s {", family, name) == 2) {
			table = fw_table_find(set, FW_NFT, family, name);
			chain = NULL;
		} else if (sscanf(one, " chain %255s {", name) == 1) {
			chain = table ? fw_chain_find(table, name) : NULL;
		} else if (chain && strstr(one, " hook ") && (!chain->device || !*chain->device)) {
			chain->device = devices_named(set->arena, one);
		}
	}
}

struct fw_table *fw_table_add(struct fw_ruleset *set, enum fw_tool tool, const char *family, const char *name)
{
	struct fw_table *t = fw_table_find(set, tool, family, name);

	if (t)
		return t;
	t = arena_new_of(set->arena, struct fw_table);
	t->tool = tool;
	t->family = arena_str(set->arena, family);
	t->name = arena_str(set->arena, name);
	*set->tables_end = t;
	set->tables_end = &t->next;
	return t;
}

struct fw_chain *fw_chain_find(const struct fw_table *table, const char *name)
{
	for (struct fw_chain *c = table->buckets[bucket_of(name)]; c; c = c->next_in_bucket)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

struct fw_chain *fw_chain_add(struct fw_ruleset *set, struct fw_table *table, const char *name)
{
	struct fw_chain *c = fw_chain_find(table, name);
	unsigned bucket = bucket_of(name);

	if (c || table->n_chains >= CHAINS_MAX)
		return c;
	c = arena_new_of(set->arena, struct fw_chain);
	c->table = table;
	c->name = arena_str(set->arena, name);
	c->next_in_bucket = table->buckets[bucket];
	table->buckets[bucket] = c;
	*arena_push(set->arena, table->chains, table->n_chains, table->cap_chains) = c;
	/* How the fix is typed depends on who wrote the rules. */
	set->has_ufw |= strncmp(name, "ufw-", 4) == 0 || strncmp(name, "ufw6-", 5) == 0;
	set->has_firewalld |= strcmp(table->name, "firewalld") == 0 || strcmp(name, "INPUT_ZONES") == 0;
	return c;
}

/* ---- nft -j ------------------------------------------------------------------------------------------ */

static const char *text_at(const struct tree *object, const char *key)
{
	const char *text = tree_text(tree_get(object, key));

	return text ? text : "";
}

static struct fw_table *table_of(struct fw_ruleset *set, const struct tree *object)
{
	return fw_table_add(set, FW_NFT, text_at(object, "family"), text_at(object, "table"));
}

static const char *devices_of(struct arena *arena, const struct tree *object)
{
	const struct tree *dev = tree_get(object, "dev");
	const char *list = tree_text(dev);
	const struct tree *item;

	if (!tree_is(dev, TREE_ARRAY))
		return arena_str(arena, list);
	list = "";
	tree_foreach(dev, item)
		list = arena_printf(arena, "%s%s%s", list, *list ? " " : "", tree_is(item, TREE_TEXT) ? tree_text(item) : "");
	return list;
}

static void table_read(struct fw_ruleset *set, const struct tree *object)
{
	struct fw_table *t = fw_table_add(set, FW_NFT, text_at(object, "family"), text_at(object, "name"));
	const struct tree *flags = tree_get(object, "flags"), *flag;

	tree_foreach(flags, flag)
		t->is_dormant |= strcmp(tree_is(flag, TREE_TEXT) ? tree_text(flag) : "", "dormant") == 0;
	t->is_dormant |= tree_is(flags, TREE_TEXT) && strcmp(tree_text(flags), "dormant") == 0;
}

static void chain_read(struct fw_ruleset *set, const struct tree *object)
{
	struct fw_chain *c = fw_chain_add(set, table_of(set, object), text_at(object, "name"));

	if (!c || !tree_get(object, "hook"))
		return;
	c->hook = arena_str(set->arena, text_at(object, "hook"));
	c->type = arena_str(set->arena, text_at(object, "type"));
	c->priority = (int)tree_integer(tree_get(object, "prio"));
	c->drops = strcmp(text_at(object, "policy"), "drop") == 0;
	c->device = devices_of(set->arena, object);
}

static bool has_xt(const struct tree *expr)
{
	const struct tree *item;

	tree_foreach(expr, item)
		if (tree_get(item, "xt"))
			return true;
	return false;
}

static void rule_read(struct fw_ruleset *set, const struct tree *object)
{
	struct fw_chain *c = fw_chain_add(set, table_of(set, object), text_at(object, "chain"));
	const struct tree *expr = tree_get(object, "expr");

	if (!c || set->n_rules >= RULES_MAX)
		return;
	set->n_rules++;
	*arena_push(set->arena, c->rules, c->n_rules, c->cap_rules) = (struct fw_rule){
		.handle = (long)tree_integer(tree_get(object, "handle")), .number = (unsigned)c->n_rules,
		.expr = tree_is(expr, TREE_ARRAY) ? expr : NULL, .has_xt = has_xt(expr),
	};
	c->rules[c->n_rules - 1].number = (unsigned)c->n_rules;
}

static void set_read(struct fw_ruleset *set, const struct tree *object)
{
	*arena_push(set->arena, set->sets, set->n_sets, set->cap_sets) = (struct fw_set){
		.family = text_at(object, "family"), .table = text_at(object, "table"), .name = text_at(object, "name"), .object = object,
	};
}

/* Limits and quotas that have names. */
static void named_read(struct fw_ruleset *set, const char *kind, const struct tree *object)
{
	*arena_push(set->arena, set->objects, set->n_objects, set->cap_objects) = (struct fw_object){
		.kind = kind, .family = text_at(object, "family"), .table = text_at(object, "table"), .name = text_at(object, "name"), .object = object,
	};
}

static void object_read(struct fw_ruleset *set, const struct tree *item)
{
	const struct tree *object;

	if ((object = tree_get(item, "table")) != NULL)
		table_read(set, object);
	else if ((object = tree_get(item, "chain")) != NULL)
		chain_read(set, object);
	else if ((object = tree_get(item, "rule")) != NULL)
		rule_read(set, object);
	else if ((object = tree_get(item, "set")) != NULL || (object = tree_get(item, "map")) != NULL)
		set_read(set, object);
	else if ((object = tree_get(item, "limit")) != NULL)
		named_read(set, "limit", object);
	else if ((object = tree_get(item, "quota")) != NULL)
		named_read(set, "quota", object);
}

int fw_read_nft_from(struct fw_ruleset *set, size_t (*read)(void *buffer, size_t n, void *ctx), void *ctx)
{
	const struct tree *list, *item;

	if (!set->trees)
		set->trees = arena_new(TREES_MAX);
	list = tree_get(tree_read(set->trees, read, ctx), "nftables");
	if (!tree_is(list, TREE_ARRAY))
		return -1;
	tree_foreach(list, item)
		object_read(set, item);
	return 0;
}

static size_t span_read(void *buffer, size_t n, void *ctx)
{
	struct span *rest = ctx, part = span_sub(*rest, 0, n);

	if (part.n)
		memcpy(buffer, part.p, part.n);
	*rest = span_sub(*rest, part.n, rest->n);
	return part.n;
}

int fw_read_nft(struct fw_ruleset *set, struct span text)
{
	return fw_read_nft_from(set, span_read, &text);
}

void fw_ruleset_release(struct fw_ruleset *set)
{
	arena_free(set->trees);
	set->trees = NULL;
}
