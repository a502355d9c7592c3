/* Rules as they are read: see parts.h. `nft -j` prints them as libnftables-json(5) says. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "firewall/parts.h"

enum { RULES_MAX = 1 << 20, CHAINS_MAX = 1 << 16 };

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

static const char *text_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static struct fw_table *table_of(struct fw_ruleset *set, json_t *object)
{
	return fw_table_add(set, FW_NFT, text_at(object, "family"), text_at(object, "table"));
}

static const char *devices_of(struct arena *arena, json_t *object)
{
	json_t *dev = json_object_get(object, "dev");
	const char *list = json_string_value(dev);
	json_t *item;
	size_t i;

	if (!json_is_array(dev))
		return arena_str(arena, list);
	list = "";
	json_array_foreach(dev, i, item)
		list = arena_printf(arena, "%s%s%s", list, i ? " " : "", json_is_string(item) ? json_string_value(item) : "");
	return list;
}

static void table_read(struct fw_ruleset *set, json_t *object)
{
	struct fw_table *t = fw_table_add(set, FW_NFT, text_at(object, "family"), text_at(object, "name"));
	json_t *flags = json_object_get(object, "flags"), *flag;
	size_t i;

	json_array_foreach(flags, i, flag)
		t->is_dormant |= strcmp(json_is_string(flag) ? json_string_value(flag) : "", "dormant") == 0;
	t->is_dormant |= json_is_string(flags) && strcmp(json_string_value(flags), "dormant") == 0;
}

static void chain_read(struct fw_ruleset *set, json_t *object)
{
	struct fw_chain *c = fw_chain_add(set, table_of(set, object), text_at(object, "name"));

	if (!c || !json_object_get(object, "hook"))
		return;
	c->hook = arena_str(set->arena, text_at(object, "hook"));
	c->type = arena_str(set->arena, text_at(object, "type"));
	c->priority = (int)json_integer_value(json_object_get(object, "prio"));
	c->drops = strcmp(text_at(object, "policy"), "drop") == 0;
	c->device = devices_of(set->arena, object);
}

static bool has_xt(json_t *expr)
{
	json_t *item;
	size_t i;

	json_array_foreach(expr, i, item)
		if (json_object_get(item, "xt"))
			return true;
	return false;
}

static void rule_read(struct fw_ruleset *set, json_t *object)
{
	struct fw_chain *c = fw_chain_add(set, table_of(set, object), text_at(object, "chain"));
	json_t *expr = json_object_get(object, "expr");

	if (!c || set->n_rules >= RULES_MAX)
		return;
	set->n_rules++;
	*arena_push(set->arena, c->rules, c->n_rules, c->cap_rules) = (struct fw_rule){
		.handle = (long)json_integer_value(json_object_get(object, "handle")), .number = (unsigned)c->n_rules,
		.expr = json_is_array(expr) ? expr : NULL, .has_xt = has_xt(expr),
	};
	c->rules[c->n_rules - 1].number = (unsigned)c->n_rules;
}

static void set_read(struct fw_ruleset *set, json_t *object)
{
	*arena_push(set->arena, set->sets, set->n_sets, set->cap_sets) = (struct fw_set){
		.family = text_at(object, "family"), .table = text_at(object, "table"), .name = text_at(object, "name"), .object = object,
	};
}

/* Limits and quotas that have names. */
static void named_read(struct fw_ruleset *set, const char *kind, json_t *object)
{
	*arena_push(set->arena, set->objects, set->n_objects, set->cap_objects) = (struct fw_object){
		.kind = kind, .family = text_at(object, "family"), .table = text_at(object, "table"), .name = text_at(object, "name"), .object = object,
	};
}

static void object_read(struct fw_ruleset *set, json_t *item)
{
	json_t *object;

	if ((object = json_object_get(item, "table")) != NULL)
		table_read(set, object);
	else if ((object = json_object_get(item, "chain")) != NULL)
		chain_read(set, object);
	else if ((object = json_object_get(item, "rule")) != NULL)
		rule_read(set, object);
	else if ((object = json_object_get(item, "set")) != NULL || (object = json_object_get(item, "map")) != NULL)
		set_read(set, object);
	else if ((object = json_object_get(item, "limit")) != NULL)
		named_read(set, "limit", object);
	else if ((object = json_object_get(item, "quota")) != NULL)
		named_read(set, "quota", object);
}

/* jansson's trees cannot live in an arena: they stay until fw_ruleset_release(). */
static int root_read(struct fw_ruleset *set, json_t *root)
{
	json_t *list = json_object_get(root, "nftables"), *item;
	size_t i;

	if (!json_is_array(list)) {
		json_decref(root);
		return -1;
	}
	*arena_push(set->arena, set->trees, set->n_trees, set->cap_trees) = root;
	json_array_foreach(list, i, item)
		object_read(set, item);
	return 0;
}

int fw_read_nft(struct fw_ruleset *set, struct span text)
{
	return root_read(set, text.n ? json_loadb((const char *)text.p, text.n, 0, NULL) : NULL);
}

int fw_read_nft_from(struct fw_ruleset *set, size_t (*read)(void *buffer, size_t n, void *ctx), void *ctx)
{
	return root_read(set, json_load_callback(read, ctx, JSON_DISABLE_EOF_CHECK, NULL));
}

void fw_ruleset_release(struct fw_ruleset *set)
{
	for (size_t i = 0; i < set->n_trees; i++)
		json_decref(set->trees[i]);
	set->n_trees = 0;
}
