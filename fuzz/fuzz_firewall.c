/* Rules of nftables, iptables-save and ipset: whatever the listing says, reading and following it ends, and a
 * verdict that names nothing is none. The input is a byte that says which sorts there are, then the parts,
 * each ended by a NUL. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "firewall/firewall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool route(void *ctx, const struct fw_route_query *query, struct fw_route *out)
{
	(void)ctx;
	*out = (struct fw_route){ .type = query->to.bytes[15] & 1 ? FW_ROUTE_BLACKHOLE : FW_ROUTE_UNICAST, .device = "eth0" };
	return true;
}

static bool is_local(void *ctx, const struct fw_address *address)
{
	(void)ctx;
	return address->bytes[15] == 4;
}

static struct span part_next(struct span *rest)
{
	const uint8_t *end = rest->n ? memchr(rest->p, 0, rest->n) : NULL;
	struct span part = span_of(rest->p, end ? (size_t)(end - rest->p) : rest->n);

	*rest = span_sub(*rest, part.n + 1, rest->n);
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	struct fw_ruleset *rules = fw_ruleset_new(arena);
	const struct fw_system system = { .route = route, .is_local = is_local };
	struct span rest = span_of(data, n);
	struct fw_query query = { .port = 443, .in_device = "eth0", .has_listener = true };
	uint8_t sorts = n ? data[0] : 0;

	rest = span_sub(rest, 1, rest.n);
	if (sorts & 1)
		(void)fw_read_nft(rules, part_next(&rest));
	if (sorts & 2)
		(void)fw_read_save(rules, part_next(&rest), AF_INET, FW_SAVE_BESIDE_NFT);
	if (sorts & 4)
		(void)fw_read_save(rules, part_next(&rest), AF_INET, FW_SAVE_LEGACY);
	if (sorts & 8)
		(void)fw_read_ipset(rules, part_next(&rest));
	if (sorts & 16)
		fw_read_devices(rules, part_next(&rest));
	(void)fw_address_parse("192.0.2.3", &query.from);
	(void)fw_address_parse("192.0.2.4", &query.to);
	for (int out = 0; out < 2; out++) {
		struct firewall_verdict v;

		query.is_out = out;
		v = fw_follow(arena, rules, &system, &query);
		if ((v.end == FIREWALL_DROP || v.end == FIREWALL_REJECT) && (!v.tool || !v.cause))
			__builtin_trap();
		if (v.end == FIREWALL_UNKNOWN && !v.because)
			__builtin_trap();
	}
	fw_ruleset_release(rules);
	arena_free(arena);
	return 0;
}
