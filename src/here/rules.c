/* See rules.h. */
#include "here/rules.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "here/command.h"
#include "here/sockets.h"
#include "here/tables.h"

enum { READ_LIMIT_MS = 5000, SAVES = 4, TABLES_MAX = 64 };

struct reader {
	struct arena *arena;
	struct host_evidence *host;
	struct fw_ruleset *rules;
	const char *unread;             /* why the rules are not all known, NULL when they are */
	bool has_nft;                   /* else what iptables-save tells of its own tables has to do */
	bool has_v4, has_v6;            /* tables of iptables in nftables, as the kernel lists them */
};

/* ---- nftables --------------------------------------------------------------------------------------------- */

static bool is_refused(const char *why)
{
	return strcasestr(why, "not permitted") || strcasestr(why, "permission denied") || strcasestr(why, "must be root");
}

static void unread(struct reader *m, const char *what, const char *why)
{
	const char *line = arena_printf(m->arena, "%s: %s", what, is_refused(why) ? "not permitted, run it as root" : why);

	here_unread(m->arena, m->host, "%s", line);
	if (!m->unread)
		m->unread = line;
}

/* What is printed while it is read. */
struct stream {
	struct command *command;
	size_t at, n;
	char buffer[64 << 10];
};

static size_t stream_read(void *out, size_t n, void *ctx)
{
	struct stream *s = ctx;

	if (s->at == s->n) {
		s->at = 0;
		s->n = command_read(s->command, s->buffer, sizeof s->buffer);
	}
	n = n < s->n - s->at ? n : s->n - s->at;
	memcpy(out, s->buffer + s->at, n);
	s->at += n;
	return n;
}

/* Tables by themselves, where the listing of all is broken (as by some versions of nft, for one dormant table): what
 * cannot be read then is one table. */
struct alone {
	struct reader *reader;
	struct {
		const char *family, *name;
	} tables[TABLES_MAX];
	size_t n;
	bool is_more;
};

static void table_note(void *ctx, const char *family, const char *name, bool is_dormant)
{
	struct alone *alone = ctx;

	if (is_dormant)
		return;
	alone->is_more |= alone->n == TABLES_MAX;
	if (alone->n == TABLES_MAX)
		return;
	alone->tables[alone->n].family = family;
	alone->tables[alone->n++].name = arena_str(alone->reader->arena, name);
}

static bool is_word(const char *name)
{
	return *name && *name != '-' && strlen(name) < 128 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == strlen(name);
}

static void read_alone(struct reader *m, const char *family, const char *name)
{
	const char *const argv[] = { "nft", "-j", "list", "table", family, name, NULL };
	const char *why = "its name is not one that nft takes", *what = arena_printf(m->arena, "nft -j list table %s %s", family, name);
	struct span text;

	if (!is_word(name) || !command_run(m->arena, argv, READ_LIMIT_MS, &text, &why))
		unread(m, what, why);
	else if (fw_read_nft(m->rules, text) != 0)
		unread(m, what, "its output is not understood");
}

static const char *const iptables_names[] = { "filter", "nat", "mangle", "raw", "security" };

static bool is_iptables(const char *family, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(iptables_names); i++)
		if (strcmp(name, iptables_names[i]) == 0 && (strcmp(family, "ip") == 0 || strcmp(family, "ip6") == 0))
			return true;
	return false;
}

/* nft is not installed, and all tables are iptables' own: its listing tells them whole. */
static bool are_all_iptables(struct reader *m, const struct alone *alone)
{
	bool all = !alone->is_more;

	for (size_t i = 0; i < alone->n; i++) {
		all &= is_iptables(alone->tables[i].family, alone->tables[i].name);
		m->has_v4 |= strcmp(alone->tables[i].family, "ip") == 0;
		m->has_v6 |= strcmp(alone->tables[i].family, "ip6") == 0;
	}
	return all;
}

/* Without tables there is nothing to read; a kernel without nftables has none. */
static void read_by_table(struct reader *m, const char *why, bool is_late)
{
	struct alone *alone = arena_new_of(m->arena, struct alone);
	int n;

	alone->reader = m;
	n = here_tables(table_note, alone);
	if (n > 0 && !command_exists("nft") && are_all_iptables(m, alone)) {
		m->has_nft = false;
		return;
	}
	if (n < 0 && errno != EPROTONOSUPPORT && errno != EINVAL && errno != EOPNOTSUPP)
		unread(m, "nft -j list ruleset", why);
	else if (n > 0 && (alone->is_more || is_late || !command_exists("nft") || is_refused(why)))
		unread(m, "nft -j list ruleset", why);
	else
		for (size_t i = 0; n > 0 && i < alone->n; i++)
			read_alone(m, alone->tables[i].family, alone->tables[i].name);
}

static void read_nft(struct reader *m, struct command *nft)
{
	struct stream *stream = arena_new_of(m->arena, struct stream);
	struct span rest;
	const char *why;
	bool ended;

	stream->command = nft;
	m->has_nft = true;
	if (fw_read_nft_from(m->rules, stream_read, stream) == 0) {
		command_drop(nft);
		return;
	}
	ended = command_end(nft, &rest, &why);
	read_by_table(m, ended ? "its output is not understood" : why, !ended && strstr(why, "took longer") != NULL);
}

static void note_dormant(void *ctx, const char *family, const char *name, bool is_dormant)
{
	struct reader *m = ctx;

	if (is_dormant)
		fw_set_dormant(m->rules, family, name);
	else if (m->has_nft && !m->unread && !fw_has_table(m->rules, family, name))
		unread(m, "nft -j list ruleset", arena_printf(m->arena, "leaves out table %s %.64s, which the kernel has", family, name));
}

/* What the JSON of some versions of nft leaves out. */
static void read_details(struct reader *m)
{
	static const char *const argv[] = { "nft", "list", "chains", NULL };
	struct span text;
	const char *why;

	(void)here_tables(note_dormant, m);
	if (!fw_lacks_devices(m->rules))
		return;
	if (command_run(m->arena, argv, READ_LIMIT_MS, &text, &why))
		fw_read_devices(m->rules, text);
	if (fw_lacks_devices(m->rules))
		unread(m, "nft list chains", "does not tell which devices the chains of a netdev table belong to");
}

/* ---- iptables' own listings ------------------------------------------------------------------------------- */

/* The flavour's own program, or the plain name where that prints what is wanted. */
struct save {
	const char *own, *plain;
	int family;
	bool is_legacy;
	struct command *command;
};

struct rules_reading {
	struct arena *arena;
	struct command *nft;
	struct save saves[SAVES];
};

static const struct save all_saves[SAVES] = {
	{ "iptables-nft-save", "iptables-save", AF_INET, false, NULL },
	{ "ip6tables-nft-save", "ip6tables-save", AF_INET6, false, NULL },
	{ "iptables-legacy-save", "iptables-save", AF_INET, true, NULL },
	{ "ip6tables-legacy-save", "ip6tables-save", AF_INET6, true, NULL },
};

static void save_begin(struct arena *arena, struct save *save)
{
	const char *argv[] = { command_exists(save->own) ? save->own : save->plain, NULL };

	if (!save->command)
		save->command = command_begin(arena, argv, READ_LIMIT_MS);
}

static bool save_end(struct save *save, struct span *text, const char **why)
{
	if (!command_end(save->command, text, why))
		return false;
	if (command_exists(save->own))
		return true;
	*why = "not installed";
	return (span_find(*text, span_str("nf_tables")) >= 0) != save->is_legacy;
}

/* True when an ipset is asked for. */
static bool read_save(struct reader *m, struct save *save)
{
	struct span text;
	const char *why;

	save_begin(m->arena, save);
	if (!save_end(save, &text, &why)) {
		/* Without it nft's listing alone is used, and says itself what it does not show. */
		if (save->is_legacy || !m->has_nft)
			unread(m, save->own, why);
		return false;
	}
	if (text.n)
		(void)fw_read_save(m->rules, text, save->family, save->is_legacy ? FW_SAVE_LEGACY : m->has_nft ? FW_SAVE_BESIDE_NFT : FW_SAVE_ALONE);
	return span_find(text, span_str("--match-set")) >= 0;
}

/* Are there tables of the older sort? They are listed where the kernel has them at all. */
static bool has_legacy(struct arena *arena, int family)
{
	const char *names = family == AF_INET ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names";
	size_t n = 0;

	if (access(names, F_OK) != 0)
		return false;
	if (access(names, R_OK) != 0)
		return true;
	return here_file(arena, names, &n) && n > 0;
}

static bool is_wanted(struct reader *m, const struct save *save)
{
	if (!save->is_legacy && !m->has_nft)
		return save->family == AF_INET ? m->has_v4 : m->has_v6;
	return save->is_legacy ? has_legacy(m->arena, save->family) : fw_has_iptables(m->rules, save->family);
}

static void read_ipset(struct reader *m)
{
	static const char *const argv[] = { "ipset", "save", NULL };
	struct span text;
	const char *why;

	if (command_run(m->arena, argv, READ_LIMIT_MS, &text, &why))
		(void)fw_read_ipset(m->rules, text);
	else
		here_unread(m->arena, m->host, "ipset save: %s", why);
}

/* A table that iptables' programs would use: their listing is begun, and left alone where nft's shows none of them. */
static void begin_save_of(void *ctx, const char *family, const char *name, bool is_dormant)
{
	struct rules_reading *reading = ctx;

	(void)is_dormant;
	if (is_iptables(family, name))
		save_begin(reading->arena, &reading->saves[strcmp(family, "ip6") == 0]);
}

struct rules_reading *here_rules_begin(struct arena *arena)
{
	static const char *const argv[] = { "nft", "-j", "list", "ruleset", NULL };
	struct rules_reading *reading = arena_new_of(arena, struct rules_reading);

	reading->arena = arena;
	reading->nft = command_begin(arena, argv, READ_LIMIT_MS);
	memcpy(reading->saves, all_saves, sizeof all_saves);
	(void)here_tables(begin_save_of, reading);
	for (size_t i = 0; i < SAVES; i++)
		if (reading->saves[i].is_legacy && has_legacy(arena, reading->saves[i].family))
			save_begin(arena, &reading->saves[i]);
	return reading;
}

void here_rules_drop(struct rules_reading *reading)
{
	if (!reading)
		return;
	command_drop(reading->nft);
	for (size_t i = 0; i < SAVES; i++)
		command_drop(reading->saves[i].command);
}

const char *here_rules_read(struct arena *arena, struct host_evidence *host, struct fw_ruleset *rules, struct rules_reading *reading)
{
	struct reader m = { .arena = arena, .host = host, .rules = rules };
	bool ipset = false;

	read_nft(&m, reading->nft);
	read_details(&m);
	for (size_t i = 0; i < SAVES; i++)
		if (is_wanted(&m, &reading->saves[i]))
			ipset |= read_save(&m, &reading->saves[i]);
	if (ipset)
		read_ipset(&m);
	host->n_rules = fw_n_rules(rules);
	here_rules_drop(reading);
	return m.unread;
}
