/* Matches of iptables that are understood as a whole, with all their options: iptables-extensions(8), and how the
 * kernel's xt_recent, xt_time, xt_socket, xt_owner and xt_connbytes take them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "firewall/save.h"

static enum tri unknown(struct words *w, const char *what)
{
	w->walk->why = arena_printf(w->walk->arena, "the match \"%s\" cannot be known beforehand", what);
	return TRI_UNKNOWN;
}

static bool ends_module(const char *word)
{
	static const char *const ends[] = { "-m", "--match", "-j", "--jump", "-g", "--goto" };

	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (strcmp(word, ends[i]) == 0)
			return true;
	return false;
}

/* One option of the module: its name, its value where it has one, "!" before it. False behind the last. */
struct option {
	const char *name, *value;
	bool negated;
};

static bool option_next(struct words *w, struct option *o)
{
	bool negated = false;

	while (*w->at && strcmp(*w->at, "!") == 0 && w->at[1] && !ends_module(w->at[1]) && w->at[1][0] == '-' && w->at[1][1] == '-') {
		negated = true;
		w->at++;
	}
	if (!*w->at || ends_module(*w->at) || (*w->at)[0] != '-' || (*w->at)[1] != '-')
		return false;
	*o = (struct option){ .name = *w->at++, .value = "", .negated = negated };
	if (*w->at && (*w->at)[0] != '-' && strcmp(*w->at, "!") != 0)
		o->value = *w->at++;
	return true;
}

static bool is(const struct option *o, const char *name)
{
	return strcmp(o->name, name) == 0;
}

static enum tri answer_of(enum tri answer, bool negated)
{
	return negated ? fw_not(answer) : answer;
}

/* ---- recent ------------------------------------------------------------------------------------------------ */

static void added(struct fw_walk *walk, const char *set, fw_number address, uint16_t port, bool is_removed)
{
	struct fw_added *one = arena_new_of(walk->arena, struct fw_added);

	*one = (struct fw_added){ .set = set, .address = address, .port = port, .is_removed = is_removed, .before = walk->added };
	walk->added = one;
}

/* How often this very connection was noted in the list, since it was last taken out. */
static unsigned noted(const struct fw_walk *walk, const char *list, fw_number address, bool *was_removed)
{
	unsigned n = 0;

	*was_removed = false;
	for (const struct fw_added *a = walk->added; a && !*was_removed; a = a->before)
		if (!a->table && strcmp(a->set, list) == 0 && a->address == address) {
			*was_removed = a->is_removed;
			n += !a->is_removed;
		}
	return n;
}

static enum tri recent(struct words *w)
{
	struct fw_walk *walk = w->walk;
	const struct fw_system *s = walk->system;
	const char *list = "DEFAULT", *key;
	fw_number address = walk->packet.source;
	enum { SET, CHECK, UPDATE, REMOVE } what = CHECK;
	unsigned long hits = 0;
	bool negated = false, is_timed = false, was_removed;
	struct fw_address a;
	struct option o;
	enum tri answer;
	long now, before;

	while (option_next(w, &o)) {
		if (is(&o, "--set") || is(&o, "--rcheck") || is(&o, "--update") || is(&o, "--remove")) {
			what = is(&o, "--set") ? SET : is(&o, "--update") ? UPDATE : is(&o, "--remove") ? REMOVE : CHECK;
			negated = o.negated;
		} else if (is(&o, "--name"))
			list = o.value;
		else if (is(&o, "--hitcount"))
			hits = strtoul(o.value, NULL, 10);
		else if (is(&o, "--seconds"))
			is_timed = true;
		else if (is(&o, "--rdest"))
			address = walk->packet.target;
	}
	key = arena_printf(walk->arena, "recent %s", list);
	a = fw_address_of(walk->packet.family, address);
	if (what == SET) {
		added(walk, key, address, 0, false);
		return fw_tri(!negated);
	}
	now = (long)noted(walk, key, address, &was_removed);
	before = was_removed || !s->recent ? 0 : s->recent(s->ctx, list, &a);
	walk->why = arena_printf(walk->arena, "%s is on the list %s of those seen recently", fw_address_text(walk->arena, &a), list);
	if (what == REMOVE) {
		answer = now > 0 || before > 0 ? TRI_YES : before < 0 ? TRI_UNKNOWN : TRI_NO;
		added(walk, key, address, 0, true);
		return answer_of(answer, negated);
	}
	/* Within every rate, as a first packet is; but a list of those to keep out may hold the client, for how long is the kernel's to know. */
	answer = now > 0 && now >= (long)hits ? TRI_YES : now > 0 || hits > 1 || before == 0 ? TRI_NO : before < 0 || is_timed ? TRI_UNKNOWN : TRI_YES;
	if (what == UPDATE && answer == TRI_YES)
		added(walk, key, address, 0, false);
	return answer_of(answer, negated);
}

/* ---- time -------------------------------------------------------------------------------------------------- */

/* "09:00", "09:00:30" in seconds. */
static long clock_time(const char *text)
{
	unsigned hour = 0, minute = 0, second = 0;

	return sscanf(text, "%2u:%2u:%2u", &hour, &minute, &second) >= 2 ? (long)(hour * 3600 + minute * 60 + second) : -1;
}

/* "2026-11-30T21:45:00"; shorter ones begin the year, the month, the day. */
static int64_t date_time(const char *text)
{
	struct tm t = { .tm_mday = 1 };
	int n = sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec);

	t.tm_year -= 1900;
	t.tm_mon -= n >= 2;
	return n >= 1 ? timegm(&t) : -1;
}

/* "Mon,Tue" or "1,2" of the days of a week, "1,15" of a month. */
static bool day_listed(const char *list, int day, bool of_week)
{
	static const char names[] = "SunMonTueWedThuFriSat";

	for (; *list; list += strcspn(list, ","), list += *list == ',') {
		if (isdigit((unsigned char)*list) ? strtol(list, NULL, 10) % (of_week ? 7 : 32) == day :
						    of_week && strncasecmp(list, names + 3 * (size_t)day, 2) == 0)
			return true;
	}
	return false;
}

static enum tri when(struct words *w)
{
	const struct fw_system *s = w->walk->system;
	int64_t now = 0, start = -1, stop = -1;
	long ahead = 0, from = 0, to = 86399, second;
	const char *week = NULL, *month = NULL;
	bool is_local = false, is_contiguous = false, week_negated = false, month_negated = false;
	struct option o;
	struct tm t;
	time_t day;

	while (option_next(w, &o)) {
		if (is(&o, "--timestart"))
			from = clock_time(o.value);
		else if (is(&o, "--timestop"))
			to = clock_time(o.value);
		else if (is(&o, "--datestart"))
			start = date_time(o.value);
		else if (is(&o, "--datestop"))
			stop = date_time(o.value);
		else if (is(&o, "--weekdays")) {
			week = o.value;
			week_negated = o.negated;
		} else if (is(&o, "--monthdays")) {
			month = o.value;
			month_negated = o.negated;
		} else if (is(&o, "--kerneltz"))
			is_local = true;
		else if (is(&o, "--contiguous"))
			is_contiguous = true;
	}
	if (!s->clock || !s->clock(s->ctx, &now, &ahead) || from < 0 || to < 0)
		return unknown(w, "time");
	now += is_local ? ahead : 0;
	second = (long)(now % 86400);
	if ((start >= 0 && now < start) || (stop >= 0 && now > stop))
		return TRI_NO;
	if (from < to ? second < from || second > to : second < from && second > to)
		return TRI_NO;
	/* The hours behind midnight belong to the day before. */
	day = (time_t)(is_contiguous && from >= to && second <= to ? now - 86400 : now);
	if (!gmtime_r(&day, &t))
		return unknown(w, "time");
	return fw_tri((!week || day_listed(week, t.tm_wday, true) != week_negated) && (!month || day_listed(month, t.tm_mday, false) != month_negated));
}

/* ---- sockets ----------------------------------------------------------------------------------------------- */

static enum tri socket_at(struct words *w, struct fw_socket *out)
{
	const struct fw_packet *p = &w->walk->packet;
	const struct fw_system *s = w->walk->system;
	struct fw_address own = fw_address_of(p->family, p->is_own ? p->source : p->target);

	*out = (struct fw_socket){ 0 };
	return s->socket ? s->socket(s->ctx, &own, p->is_own ? p->source_port : p->target_port, out) : TRI_UNKNOWN;
}

static enum tri socket_match(struct words *w)
{
	bool any_too = false, transparent = false;
	struct fw_socket socket;
	struct option o;
	enum tri found;

	while (option_next(w, &o)) {
		any_too |= is(&o, "--nowildcard");
		transparent |= is(&o, "--transparent");
	}
	found = socket_at(w, &socket);
	if (found != TRI_YES)
		return found == TRI_NO ? TRI_NO : unknown(w, "socket");
	return fw_tri((any_too || !socket.is_any) && (!transparent || socket.is_transparent));
}

/* Only what a socket of this machine makes has an owner. */
static enum tri owner(struct words *w)
{
	const struct fw_packet *p = &w->walk->packet;
	enum tri answer = TRI_YES;
	struct fw_socket socket;
	struct option o;

	while (option_next(w, &o)) {
		enum tri one = TRI_NO;

		if (p->is_own && (p->has_socket || !p->is_reply)) {
			one = is(&o, "--socket-exists") ? TRI_YES : unknown(w, o.name);
			if (is(&o, "--uid-owner") && p->is_reply && isdigit((unsigned char)*o.value) && socket_at(w, &socket) == TRI_YES) {
				char *end;
				unsigned long low = strtoul(o.value, &end, 10), high = *end == '-' ? strtoul(end + 1, NULL, 10) : low;

				one = fw_tri(socket.uid >= low && socket.uid <= high);
			}
		}
		one = answer_of(one, o.negated);
		answer = answer == TRI_NO || one == TRI_NO ? TRI_NO : one == TRI_UNKNOWN ? one : answer;
	}
	return answer;
}

/* ---- others ------------------------------------------------------------------------------------------------ */

static enum tri reverse_path(struct words *w)
{
	bool loose = false, by_mark = false, inverted = false;
	const char *device;
	struct option o;

	while (option_next(w, &o)) {
		loose |= is(&o, "--loose");
		by_mark |= is(&o, "--validmark");
		inverted |= is(&o, "--invert");
	}
	return answer_of(fw_way_back(w->walk, !loose, by_mark, &device), inverted);
}

static enum tri in_range(struct words *w, const char *text, unsigned long low, unsigned long high)
{
	char *end;
	unsigned long from = strtoul(text, &end, 10), to = *end != ':' ? from : end[1] ? strtoul(end + 1, NULL, 10) : (unsigned long)-1;

	return low >= from && high <= to ? TRI_YES : high < from || low > to ? TRI_NO : unknown(w, w->module);
}

/* This is the connection's first packet in its direction. */
static enum tri connection_bytes(struct words *w)
{
	const char *range = "0:", *mode = "bytes";
	bool negated = false;
	struct option o;

	while (option_next(w, &o)) {
		if (is(&o, "--connbytes")) {
			range = o.value;
			negated = o.negated;
		} else if (is(&o, "--connbytes-mode"))
			mode = o.value;
	}
	return answer_of(in_range(w, range, strcmp(mode, "packets") == 0 ? 1 : 40, strcmp(mode, "packets") == 0 ? 2 : 160), negated);
}

static enum tri device_group(struct words *w)
{
	const struct fw_system *s = w->walk->system;
	enum tri answer = TRI_YES;
	struct option o;

	while (option_next(w, &o)) {
		const char *name = is(&o, "--src-group") ? w->walk->packet.in : w->walk->packet.out;
		struct fw_device device = { 0 };
		enum tri one = TRI_NO;
		char *end;
		unsigned long group = strtoul(o.value, &end, 0), mask = *end == '/' ? strtoul(end + 1, NULL, 0) : 0xffffffff;

		if (name)
			one = !isdigit((unsigned char)*o.value) || !s->device || !s->device(s->ctx, name, &device) ? unknown(w, "devgroup") :
				fw_tri((device.group & mask) == group);
		one = answer_of(one, o.negated);
		answer = answer == TRI_NO || one == TRI_NO ? TRI_NO : one == TRI_UNKNOWN ? one : answer;
	}
	return answer;
}

/* Always, with a share of 1; else it is drawn. */
static enum tri statistic(struct words *w)
{
	bool is_sure = false;
	struct option o;

	while (option_next(w, &o))
		is_sure |= (is(&o, "--probability") && strtod(o.value, NULL) >= 1) || (is(&o, "--every") && strcmp(o.value, "1") == 0);
	return is_sure ? TRI_YES : unknown(w, "statistic");
}

/* Of a packet without a helper, a body, an extension header: never. "! --helper ftp" says that it is there and another; only
 * "! --string" holds without. */
static enum tri never(struct words *w)
{
	bool is_string = strcmp(w->module, "string") == 0, negated = false;
	struct option o;

	while (option_next(w, &o))
		negated |= o.negated;
	return fw_tri(negated && is_string);
}

static enum tri always(struct words *w)
{
	struct option o;

	while (option_next(w, &o))
		;
	return TRI_YES;
}

static enum tri not_known(struct words *w)
{
	const char *module = w->module;
	struct option o;

	while (option_next(w, &o))
		;
	return unknown(w, module);
}

static const struct {
	const char *name;
	enum tri (*holds)(struct words *w);
} modules[] = {
	{ "recent", recent }, { "time", when }, { "socket", socket_match }, { "owner", owner }, { "rpfilter", reverse_path },
	{ "connbytes", connection_bytes }, { "devgroup", device_group }, { "statistic", statistic }, { "helper", never }, { "string", never },
	/* Extension headers of IPv6: TCP comes without. */
	{ "rt", never }, { "frag", never }, { "hbh", never }, { "dst", never }, { "mh", never }, { "srh", never }, { "ipv6header", never },
	{ "comment", always }, { "nfacct", always }, { "u32", not_known }, { "bpf", not_known }, { "osf", not_known }, { "geoip", not_known },
	{ "quota", not_known }, { "cpu", not_known }, { "mac", not_known }, { "rateest", not_known }, { "cluster", not_known },
	{ "condition", not_known }, { "psd", not_known }, { "connlabel", not_known }, { "realm", not_known },
};

bool fw_save_module(struct words *w, enum tri *answer)
{
	for (size_t i = 0; i < COUNT_OF(modules); i++)
		if (strcmp(modules[i].name, w->module) == 0) {
			*answer = modules[i].holds(w);
			return true;
		}
	return false;
}

void fw_save_added(struct words *w, const char *set, const char *directions, bool is_removed)
{
	const struct fw_packet *p = &w->walk->packet;
	const char *second = strchr(directions, ',');
	bool of_source = strncmp(directions, "src", 3) == 0, second_source = second && strncmp(second + 1, "src", 3) == 0;

	added(w->walk, arena_printf(w->walk->arena, "ipset %s", set), of_source ? p->source : p->target,
	      second ? (second_source ? p->source_port : p->target_port) : 0, is_removed);
}
