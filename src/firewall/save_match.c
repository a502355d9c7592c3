/* A rule of iptables, word by word: iptables(8), iptables-extensions(8). */
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "firewall/save.h"

static const char *next(struct words *w)
{
	return *w->at ? *w->at++ : "";
}

/* Values behind an option, up to the next option. */
static void skip_values(struct words *w)
{
	while (*w->at && (*w->at)[0] != '-' && strcmp(*w->at, "!") != 0)
		w->at++;
}

static enum tri unknown(struct words *w, const char *what)
{
	w->walk->why = arena_printf(w->walk->arena, "the match \"%s\" cannot be known beforehand", what);
	return TRI_UNKNOWN;
}

/* ---- values ------------------------------------------------------------------------------------------- */

static enum tri address_holds(struct words *w, const char *text, fw_number address)
{
	char part[64];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct fw_address a, mask;
	int family = w->walk->packet.family;

	if (n >= sizeof part)
		return TRI_UNKNOWN;
	memcpy(part, text, n);
	part[n] = '\0';
	if (!fw_address_parse(part, &a) || a.family != family)
		return TRI_UNKNOWN;
	if (slash && fw_address_parse(slash + 1, &mask))
		return fw_tri((address & fw_number_of(&mask)) == (fw_number_of(&a) & fw_number_of(&mask)));
	return fw_tri(fw_prefix_match(address, fw_number_of(&a), slash ? (unsigned)strtoul(slash + 1, NULL, 10) : family == AF_INET ? 32 : 128,
				      family));
}

static enum tri range_of_addresses(struct words *w, const char *text, fw_number address)
{
	char low[64];
	const char *dash = strchr(text, '-');
	struct fw_address a, b;

	if (!dash || (size_t)(dash - text) >= sizeof low)
		return address_holds(w, text, address);
	memcpy(low, text, (size_t)(dash - text));
	low[dash - text] = '\0';
	if (!fw_address_parse(low, &a) || !fw_address_parse(dash + 1, &b))
		return TRI_UNKNOWN;
	return fw_tri(address >= fw_number_of(&a) && address <= fw_number_of(&b));
}

/* "443", "1024:65535", ":1023". Any port of a client's own choosing where `port` is 0. */
static enum tri port_range(unsigned port, const char *text, size_t n)
{
	const char *colon = memchr(text, ':', n);
	unsigned long low = strtoul(text, NULL, 10), high = low;

	if (!isdigit((unsigned char)*text) && *text != ':')
		return strncmp(text, "https", n) == 0 ? fw_tri(port == 443) : strncmp(text, "http", n) == 0 ? fw_tri(port == 80) : TRI_UNKNOWN;
	if (colon) {
		bool has_high = colon + 1 < text + n;

		high = has_high ? strtoul(colon + 1, NULL, 10) : 65535;
	}
	if (port == 0)
		return low <= 1024 && high >= 65535 ? TRI_YES : high < 1024 || low >= high ? TRI_NO : TRI_UNKNOWN;
	return fw_tri(port >= low && port <= high);
}

static enum tri port_list(struct words *w, unsigned port, const char *list)
{
	enum tri answer = TRI_NO;

	while (*list) {
		size_t n = strcspn(list, ",");
		enum tri one = port_range(port, list, n);

		if (one == TRI_YES)
			return TRI_YES;
		answer = one == TRI_UNKNOWN ? one : answer;
		list += n + (list[n] == ',');
	}
	if (answer == TRI_UNKNOWN)
		w->walk->why = "it depends on the client's port";
	return answer;
}

static bool device_holds(const char *device, const char *pattern)
{
	size_t n = strlen(pattern);

	if (!device)
		return n == 0 || (n == 1 && *pattern == '+');
	if (n && pattern[n - 1] == '+')
		return strncmp(device, pattern, n - 1) == 0;
	return strcmp(device, pattern) == 0;
}

static bool list_has(const char *list, const char *word)
{
	size_t m = strlen(word);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == m && strncmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static unsigned flags_of(const char *list)
{
	static const struct { const char *name; unsigned bit; } names[] = {
		{ "FIN", TCP_FIN }, { "SYN", TCP_SYN }, { "RST", TCP_RST }, { "PSH", TCP_PSH }, { "ACK", TCP_ACK }, { "URG", TCP_URG }, { "ALL", 63 },
	};
	unsigned bits = 0;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		bits |= list_has(list, names[i].name) ? names[i].bit : 0;
	return bits;
}

static enum tri state_holds(const struct fw_packet *p, const char *list)
{
	static const struct { const char *name; unsigned bit; } names[] = {
		{ "INVALID", CT_INVALID }, { "ESTABLISHED", CT_ESTABLISHED }, { "RELATED", CT_RELATED }, { "NEW", CT_NEW },
		{ "UNTRACKED", CT_UNTRACKED },
	};
	bool yes = (list_has(list, "SNAT") && p->status & CT_STATUS_SNAT) || (list_has(list, "DNAT") && p->status & CT_STATUS_DNAT);

	for (size_t i = 0; i < COUNT_OF(names); i++)
		yes |= list_has(list, names[i].name) && p->state & names[i].bit;
	return fw_tri(yes);
}

static enum tri mark_holds(uint32_t mark, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0), mask = *end == '/' ? strtoul(end + 1, NULL, 0) : 0xffffffff;

	return fw_tri((mark & mask) == value);
}

static enum tri type_holds(struct words *w, fw_number address, const char *list)
{
	const char *type;
	char upper[16] = "";

	/* Of IPv6 every address that is no group's is unicast, and all that are listed must hold. xt_addrtype */
	if (w->walk->packet.family == AF_INET6 && list_has(list, "UNICAST") && !list_has(list, "LOCAL"))
		return fw_tri(address >> 120 != 0xff);
	type = fw_address_type(w->walk, address);
	if (!type)
		return unknown(w, "addrtype");
	for (size_t i = 0; type[i] && i + 1 < sizeof upper; i++)
		upper[i] = (char)toupper((unsigned char)type[i]);
	return fw_tri(list_has(list, upper));
}

/* ---- one option of each sort ------------------------------------------------------------------------------ */

static bool is(const char *option, const char *a, const char *b)
{
	return strcmp(option, a) == 0 || (b && strcmp(option, b) == 0);
}

static bool is_protocol(const char *name, uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? is(name, "tcp", "6") : protocol == IPPROTO_ICMP ? is(name, "icmp", "1") :
	       is(name, "icmpv6", "ipv6-icmp") || is(name, "58", NULL);
}

/* False: no option of the packet's head. */
static bool head_option(struct words *w, const char *o, enum tri *out)
{
	const struct fw_packet *p = &w->walk->packet;

	if (is(o, "-s", "--source"))
		*out = address_holds(w, next(w), p->source);
	else if (is(o, "-d", "--destination"))
		*out = address_holds(w, next(w), p->target);
	else if (is(o, "-i", "--in-interface"))
		*out = fw_tri(device_holds(p->in, next(w)));
	else if (is(o, "-o", "--out-interface"))
		*out = fw_tri(device_holds(p->out, next(w)));
	else if (is(o, "-f", "--fragment"))
		*out = TRI_NO;
	else if (is(o, "-p", "--protocol")) {
		const char *name = next(w);

		*out = fw_tri(is(name, "all", "0") || is_protocol(name, p->protocol));
	} else
		return false;
	return true;
}

static bool tcp_option(struct words *w, const char *o, enum tri *out)
{
	const struct fw_packet *p = &w->walk->packet;

	if (is(o, "--dport", "--dports") || strcmp(o, "--destination-port") == 0)
		*out = port_list(w, p->target_port, next(w));
	else if (is(o, "--sport", "--sports") || strcmp(o, "--source-port") == 0)
		*out = port_list(w, p->source_port, next(w));
	else if (strcmp(o, "--ports") == 0) {
		const char *list = next(w);
		enum tri a = port_list(w, p->source_port, list), b = port_list(w, p->target_port, list);

		*out = a == TRI_YES || b == TRI_YES ? TRI_YES : a == TRI_UNKNOWN || b == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
	} else if (strcmp(o, "--syn") == 0)
		*out = fw_tri((p->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN);
	else if (strcmp(o, "--tcp-flags") == 0) {
		unsigned mask = flags_of(next(w)), set = flags_of(next(w));

		*out = fw_tri((p->flags & mask) == set);
	} else if (strcmp(o, "--tcp-option") == 0)
		*out = !is(next(w), "2", NULL) ? unknown(w, "--tcp-option") : fw_tri(p->flags & TCP_SYN);
	else if (strcmp(o, "--mss") == 0) {
		const char *text = next(w), *colon = strchr(text, ':');
		unsigned long low = strtoul(text, NULL, 10), high = colon ? strtoul(colon + 1, NULL, 10) : low;

		/* Only a SYN names its segments' size. */
		*out = !(p->flags & TCP_SYN) ? TRI_NO : low <= 1200 && high >= 1460 ? TRI_YES : high < 1200 || low > 1460 ? TRI_NO : unknown(w, "--mss");
	} else
		return false;
	return true;
}

static enum tri status_holds(const struct fw_packet *p, const char *list)
{
	static const struct { const char *name; unsigned bit; } names[] = {
		{ "EXPECTED", 1 }, { "SEEN_REPLY", CT_STATUS_SEEN_REPLY }, { "ASSURED", 4 }, { "CONFIRMED", CT_STATUS_CONFIRMED },
	};
	bool yes = list_has(list, "NONE") && p->status == 0;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		yes |= list_has(list, names[i].name) && p->status & names[i].bit;
	return fw_tri(yes);
}

/* Of the connection; false: no such option. */
static bool tracked_option(struct words *w, const char *o, enum tri *out)
{
	const struct fw_packet *p = &w->walk->packet;

	if (strcmp(o, "--ctproto") == 0)
		*out = fw_tri(is(next(w), "tcp", "6"));
	else if (strcmp(o, "--ctstatus") == 0)
		*out = status_holds(p, next(w));
	else if (strcmp(o, "--ctorigsrc") == 0)
		*out = address_holds(w, next(w), p->original_source);
	else if (strcmp(o, "--ctorigdst") == 0)
		*out = address_holds(w, next(w), p->original_target);
	else if (strcmp(o, "--ctreplsrc") == 0)
		*out = address_holds(w, next(w), p->is_reply ? p->source : p->target);
	else if (strcmp(o, "--ctrepldst") == 0)
		*out = address_holds(w, next(w), p->is_reply ? p->target : p->source);
	else if (strcmp(o, "--ctorigdstport") == 0)
		*out = port_list(w, p->original_target_port, next(w));
	else if (strcmp(o, "--ctorigsrcport") == 0)
		*out = port_list(w, p->original_source_port, next(w));
	else if (strcmp(o, "--ctreplsrcport") == 0)
		*out = port_list(w, p->is_reply ? p->source_port : p->target_port, next(w));
	else if (strcmp(o, "--ctrepldstport") == 0)
		*out = port_list(w, p->is_reply ? p->target_port : p->source_port, next(w));
	else if (strcmp(o, "--ctdir") == 0)
		*out = fw_tri(p->is_reply == (strcmp(next(w), "REPLY") == 0));
	else
		return false;
	/* Of what is not tracked nothing holds, and its contrary does not either. xt_conntrack */
	w->is_absolute = (p->state & (CT_INVALID | CT_UNTRACKED)) != 0;
	*out = w->is_absolute ? TRI_NO : *out;
	return true;
}

static bool connection_option(struct words *w, const char *o, enum tri *out)
{
	const struct fw_packet *p = &w->walk->packet;
	bool of_connection = w->module && strcmp(w->module, "connmark") == 0;

	if (is(o, "--ctstate", "--state"))
		*out = state_holds(p, next(w));
	else if (strcmp(o, "--mark") == 0 && (of_connection ? p->connection_mark_lost : p->mark_lost)) {
		next(w);
		*out = unknown(w, "--mark");
	} else if (strcmp(o, "--mark") == 0)
		*out = mark_holds(of_connection ? p->connection_mark : p->mark, next(w));
	else if (strcmp(o, "--connlimit-above") == 0)
		*out = strtoul(next(w), NULL, 10) > 0 ? TRI_NO : TRI_YES;
	else if (strcmp(o, "--connlimit-upto") == 0)
		*out = strtoul(next(w), NULL, 10) > 0 ? TRI_YES : TRI_NO;
	else if (is(o, "--icmp-type", "--icmpv6-type")) {
		const char *type = next(w);

		*out = is(type, "any", "255") ? TRI_YES : strchr(type, '/') ? unknown(w, o) : fw_tri(strtoul(type, NULL, 10) == p->icmp_type);
	} else
		return tracked_option(w, o, out);
	return true;
}

static bool address_option(struct words *w, const char *o, enum tri *out)
{
	const struct fw_packet *p = &w->walk->packet;

	if (strcmp(o, "--src-type") == 0)
		*out = type_holds(w, p->source, next(w));
	else if (strcmp(o, "--dst-type") == 0)
		*out = type_holds(w, p->target, next(w));
	else if (strcmp(o, "--src-range") == 0)
		*out = range_of_addresses(w, next(w), p->source);
	else if (strcmp(o, "--dst-range") == 0)
		*out = range_of_addresses(w, next(w), p->target);
	else if (strcmp(o, "--match-set") == 0) {
		const char *name = next(w);

		*out = fw_ipset_match(w->walk, name, next(w));
	} else if (strcmp(o, "--pkt-type") == 0)
		*out = fw_tri(is(next(w), "unicast", "host"));
	else if (strcmp(o, "--physdev-is-bridged") == 0 || strcmp(o, "--string") == 0 || strcmp(o, "--hex-string") == 0) {
		/* A SYN has no body; what is routed is not bridged. */
		if (strcmp(o, "--physdev-is-bridged") != 0)
			next(w);
		*out = TRI_NO;
	} else if (strcmp(o, "--pol") == 0)
		*out = fw_tri(is(next(w), "none", NULL));
	else if (is(o, "--ttl-lt", "--hl-lt") || is(o, "--ttl-gt", "--hl-gt") || is(o, "--ttl-eq", "--hl-eq")) {
		unsigned long n = strtoul(next(w), NULL, 10);

		*out = strstr(o, "-lt") ? (n <= 33 ? TRI_NO : n > 250 ? TRI_YES : unknown(w, o)) :
			strstr(o, "-gt") ? (n < 33 ? TRI_YES : n >= 250 ? TRI_NO : unknown(w, o)) : unknown(w, o);
	} else if (strcmp(o, "--length") == 0) {
		const char *text = next(w), *colon = strchr(text, ':');
		unsigned long low = strtoul(text, NULL, 10), high = colon ? (colon[1] ? strtoul(colon + 1, NULL, 10) : 65535) : low;

		*out = low <= 40 && high >= 80 ? TRI_YES : high < 40 || low > 80 ? TRI_NO : unknown(w, o);
	} else
		return false;
	return true;
}

/* Rates: a first packet of a new client. */
static bool rate_option(struct words *w, const char *o, enum tri *out)
{
	if (strcmp(o, "--hashlimit-above") == 0)
		*out = TRI_NO;
	else if (strcmp(o, "--limit") == 0 || strncmp(o, "--hashlimit", 11) == 0 || strncmp(o, "--limit-", 8) == 0 ||
		 strncmp(o, "--connlimit-", 12) == 0)
		*out = TRI_YES;
	else
		return false;
	skip_values(w);
	return true;
}

/* Options that say how others are meant. */
static bool word_option(struct words *w, const char *o, enum tri *out)
{
	if (!is(o, "--dir", "--return-nomatch") && !is(o, "--limit-iface-in", "--limit-iface-out") && !is(o, "--update-counters", "--update-subcounters"))
		return false;
	skip_values(w);
	*out = TRI_YES;
	return true;
}

static enum tri match_option(struct words *w, const char *o)
{
	enum tri answer = TRI_UNKNOWN;

	if (head_option(w, o, &answer) || tcp_option(w, o, &answer) || connection_option(w, o, &answer) || address_option(w, o, &answer) ||
	    rate_option(w, o, &answer) || word_option(w, o, &answer))
		return answer;
	answer = unknown(w, w->module ? arena_printf(w->walk->arena, "%s %s", w->module, o) : o);
	skip_values(w);
	return answer;
}

/* ---- targets ------------------------------------------------------------------------------------------- */

static const char *option_value(const char *const *at, const char *name)
{
	for (; *at; at++)
		if (strcmp(*at, name) == 0)
			return at[1] ? at[1] : "";
	return NULL;
}

static bool option_given(const char *const *at, const char *name)
{
	for (; *at; at++)
		if (strcmp(*at, name) == 0)
			return true;
	return false;
}

static void mark_set(struct words *w, uint32_t *mark)
{
	const char *value = option_value(w->at, "--set-xmark");
	char *end;
	unsigned long v, mask;

	if (!value)
		value = option_value(w->at, "--set-mark");
	if (!value)
		return;
	v = strtoul(value, &end, 0);
	mask = *end == '/' ? strtoul(end + 1, NULL, 0) : 0xffffffff;
	*mark = (*mark & ~(uint32_t)mask) ^ (uint32_t)v;
}

/* Bits of one mark taken over into the other. */
static void mark_copy(struct words *w, uint32_t *to, bool *to_lost, uint32_t from, bool from_lost)
{
	const char *nf = option_value(w->at, "--nfmask"), *ct = option_value(w->at, "--ctmask");
	bool is_restored = option_given(w->at, "--restore-mark");
	uint32_t nf_mask = nf ? (uint32_t)strtoul(nf, NULL, 0) : 0xffffffff, ct_mask = ct ? (uint32_t)strtoul(ct, NULL, 0) : 0xffffffff;

	*to = (*to & ~(is_restored ? nf_mask : ct_mask)) ^ (from & (is_restored ? ct_mask : nf_mask));
	*to_lost |= from_lost;
}

/* "10.0.0.2:8443", "[2001:db8::1]:443", "10.0.0.2-10.0.0.9:8443-8450". */
static enum fw_outcome destination(struct words *w)
{
	const char *to = option_value(w->at, "--to-destination"), *p, *end;
	char address[64] = "";
	size_t n;

	if (!to)
		return FW_ENDS_UNKNOWN;
	if (*to == '[') {
		end = strchr(to, ']');
		n = end ? (size_t)(end - to) - 1 : 0;
		p = to + 1;
		end = end ? end + 1 : "";
	} else {
		bool is_v6 = w->walk->packet.family == AF_INET6;

		p = to;
		n = strcspn(to, is_v6 ? "-" : ":-");
		end = is_v6 ? "" : to + strcspn(to, ":");
	}
	if (n >= sizeof address)
		return FW_ENDS_UNKNOWN;
	memcpy(address, p, n);
	fw_set_target(w->walk, *address ? address : NULL, *end == ':' ? (unsigned)strtoul(end + 1, NULL, 10) : 0);
	w->walk->to_self = false;
	return FW_ACCEPTS;
}

static enum fw_outcome redirect(struct words *w)
{
	const char *ports = option_value(w->at, "--to-ports");

	fw_set_target(w->walk, NULL, ports ? (unsigned)strtoul(ports, NULL, 10) : 0);
	w->walk->to_self = true;
	return FW_ACCEPTS;
}

static enum fw_outcome queue(struct words *w)
{
	const char *num = option_value(w->at, "--queue-num"), *balance = option_value(w->at, "--queue-balance");
	unsigned first = (unsigned)strtoul(num ? num : balance ? balance : "0", NULL, 10), last = first;

	if (balance && strchr(balance, ':'))
		last = (unsigned)strtoul(strchr(balance, ':') + 1, NULL, 10);
	return fw_queue(w->walk, first, last, option_given(w->at, "--queue-bypass"));
}

static const char *const harmless[] = {
	"LOG", "NFLOG", "ULOG", "TRACE", "TCPMSS", "TTL", "HL", "TOS", "DSCP", "CLASSIFY", "SECMARK", "CONNSECMARK", "CHECKSUM", "ACCOUNT",
	"AUDIT", "RATEEST", "TCPOPTSTRIP", "LED", "IDLETIMER", "TEE", "ECN", "CONTINUE",
};

static bool is_harmless(const char *target)
{
	for (size_t i = 0; i < COUNT_OF(harmless); i++)
		if (strcmp(target, harmless[i]) == 0)
			return true;
	return false;
}

static enum fw_outcome reject(struct words *w)
{
	const char *with = option_value(w->at, "--reject-with");
	bool is_reset = with && strcmp(with, "tcp-reset") == 0;

	w->walk->reject = is_reset ? "tcp reset" :
		arena_printf(w->walk->arena, "icmp %s", with ? strncmp(with, "icmp6-", 6) == 0 ? with + 6 : strncmp(with, "icmp-", 5) == 0 ? with + 5 : with :
			     "port-unreachable");
	return FW_REJECTS;
}

/* "10.0.0.2", "10.0.0.2-10.0.0.9:1024-65535". */
static enum fw_outcome mask(struct words *w, const char *target)
{
	const char *to = strcmp(target, "SNAT") == 0 ? option_value(w->at, "--to-source") : NULL;

	fw_set_source(w->walk, to ? arena_strn(w->walk->arena, to, strcspn(to, w->walk->packet.family == AF_INET ? ":-" : "-")) : NULL);
	return FW_ACCEPTS;
}

/* Without a transparent socket the packet is dropped. xt_TPROXY */
static enum fw_outcome to_socket(struct words *w)
{
	const char *port = option_value(w->at, "--on-port"), *address = option_value(w->at, "--on-ip"), *mark = option_value(w->at, "--tproxy-mark");
	char *end;
	unsigned long value, bits;

	if (!fw_choose(w->walk, fw_to_socket(w->walk, address, port ? (unsigned)strtoul(port, NULL, 10) : 0), w->chain, w->rule)) {
		w->walk->because = "no transparent socket listens where the packet is to be handed to";
		return FW_DROPS;
	}
	value = mark ? strtoul(mark, &end, 0) : 0;
	bits = mark && *end == '/' ? strtoul(end + 1, NULL, 0) : mark ? 0xffffffff : 0;
	w->walk->packet.mark = (w->walk->packet.mark & ~(uint32_t)bits) ^ (uint32_t)value;
	return FW_ACCEPTS;
}

/* Targets after which the packet's way through the chain is over. */
static bool target_ends(struct words *w, const char *target, enum fw_outcome *out)
{
	if (strcmp(target, "ACCEPT") == 0)
		*out = FW_ACCEPTS;
	else if (strcmp(target, "DROP") == 0 || strcmp(target, "TARPIT") == 0 || strcmp(target, "STEAL") == 0)
		*out = FW_DROPS;
	else if (strcmp(target, "RETURN") == 0)
		*out = FW_RETURNS;
	else if (strcmp(target, "REJECT") == 0)
		*out = reject(w);
	else if (strcmp(target, "NFQUEUE") == 0 || strcmp(target, "QUEUE") == 0)
		*out = queue(w);
	else if (strcmp(target, "DNAT") == 0)
		*out = destination(w);
	else if (strcmp(target, "REDIRECT") == 0)
		*out = redirect(w);
	else if (strcmp(target, "MASQUERADE") == 0 || strcmp(target, "SNAT") == 0)
		*out = mask(w, target);
	else if (strcmp(target, "TPROXY") == 0)
		*out = to_socket(w);
	else if (strcmp(target, "SYNPROXY") == 0) {
		w->walk->is_answered = true;
		*out = FW_ACCEPTS;
	} else
		return false;
	return true;
}

/* Targets that change what later rules see. */
static bool target_changes(struct words *w, const char *target)
{
	struct fw_packet *p = &w->walk->packet;
	bool tracked = !(p->state & (CT_INVALID | CT_UNTRACKED));

	if (strcmp(target, "NOTRACK") == 0 || (strcmp(target, "CT") == 0 && option_given(w->at, "--notrack")))
		p->state = w->walk->is_tracked ? p->state : CT_UNTRACKED;
	else if (strcmp(target, "MARK") == 0)
		mark_set(w, &p->mark);
	else if (strcmp(target, "CONNMARK") == 0 && tracked && option_given(w->at, "--restore-mark"))
		mark_copy(w, &p->mark, &p->mark_lost, p->connection_mark, p->connection_mark_lost);
	else if (strcmp(target, "CONNMARK") == 0 && tracked && option_given(w->at, "--save-mark"))
		mark_copy(w, &p->connection_mark, &p->connection_mark_lost, p->mark, p->mark_lost);
	else if (strcmp(target, "CONNMARK") == 0 && tracked)
		mark_set(w, &p->connection_mark);
	else if (strcmp(target, "HMARK") == 0)
		p->mark_lost = true;
	else if (strcmp(target, "SET") == 0) {
		for (const char *const *at = w->at; *at && at[1] && at[2]; at++)
			if (is(*at, "--add-set", "--del-set"))
				fw_save_added(w, at[1], at[2], (*at)[2] == 'd');
	} else
		return strcmp(target, "CT") == 0 || strcmp(target, "CONNMARK") == 0;
	return true;
}

static enum fw_outcome target_do(struct words *w, const char *target, const struct fw_chain **jump)
{
	enum fw_outcome out;

	if (target_ends(w, target, &out))
		return out;
	if (target_changes(w, target))
		return FW_GOES_ON;
	*jump = fw_chain_find(w->chain->table, target);
	if (*jump)
		return FW_GOES_ON;
	w->walk->why = arena_printf(w->walk->arena, "what the target %s does is not known", target);
	return fw_choose(w->walk, TRI_UNKNOWN, w->chain, w->rule) ? FW_ENDS_UNKNOWN : FW_GOES_ON;
}

enum fw_outcome fw_save_rule(struct fw_walk *walk, const struct fw_chain *chain, const struct fw_rule *rule,
			     const struct fw_chain **jump, bool *is_goto)
{
	struct words w = { .walk = walk, .chain = chain, .rule = rule, .at = rule->tokens };
	const char *target = NULL, *why = NULL;
	enum tri so_far = TRI_YES;

	while (*w.at && !target) {
		const char *word = next(&w);
		enum tri answer = TRI_YES;

		if (strcmp(word, "!") == 0) {
			w.negated = !w.negated;
			continue;
		}
		if (is(word, "-j", "--jump") || is(word, "-g", "--goto")) {
			target = next(&w);
			*is_goto = word[1] == 'g' || strcmp(word, "--goto") == 0;
		} else if (is(word, "-m", "--match")) {
			w.module = next(&w);
			(void)fw_save_module(&w, &answer);
		} else if (word[0] == '-') {
			w.is_absolute = false;
			answer = match_option(&w, word);
			answer = w.negated && !w.is_absolute ? fw_not(answer) : answer;
		}
		w.negated = false;
		if (answer == TRI_NO)
			return FW_GOES_ON;
		if (answer == TRI_UNKNOWN && so_far == TRI_YES) {
			so_far = TRI_UNKNOWN;
			why = walk->why;
		}
	}
	if (!target || is_harmless(target))
		return FW_GOES_ON;
	if (so_far == TRI_UNKNOWN) {
		walk->why = why;
		if (!fw_choose(walk, TRI_UNKNOWN, chain, rule))
			return FW_GOES_ON;
	}
	return target_do(&w, target, jump);
}
