/* See counts.h: /proc/net/snmp has a line of names and a line of numbers for each protocol, /proc/net/snmp6 a name and a
 * number in each line. proc_net(5), RFC 4293. */
#include "net/counts.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"

enum { LINE_BYTES = 4096 };

static const struct {
	const char *protocol, *name, *name6;
	size_t at;
} rows[] = {
	{ "Icmp:", "InDestUnreachs", "Icmp6InDestUnreachs", offsetof(struct net_counts, unreachable) },
	{ "Icmp:", "InTimeExcds", "Icmp6InTimeExcds", offsetof(struct net_counts, exceeded) },
	{ "Ip:", "InReceives", "Ip6InReceives", offsetof(struct net_counts, received) },
	{ "Ip:", "InDelivers", "Ip6InDelivers", offsetof(struct net_counts, delivered) },
	{ "Ip:", "ForwDatagrams", "Ip6OutForwDatagrams", offsetof(struct net_counts, forwarded) },
};

/* `protocol` NULL: the names of IPv6. */
static unsigned note(struct net_counts *out, const char *protocol, const char *name, const char *number)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t *to = (void *)((char *)out + rows[i].at);

		if (protocol ? strcmp(rows[i].protocol, protocol) != 0 || strcmp(rows[i].name, name) != 0 : strcmp(rows[i].name6, name) != 0)
			continue;
		*to = strtoull(number, NULL, 10);
		return 1;
	}
	return 0;
}

static unsigned read4(FILE *file, struct net_counts *out)
{
	char names[LINE_BYTES], numbers[LINE_BYTES];
	unsigned n = 0;

	while (fgets(names, sizeof names, file) && fgets(numbers, sizeof numbers, file)) {
		char *a, *b, *protocol = strtok_r(names, " \n", &a);
		char *name, *number = strtok_r(numbers, " \n", &b);

		while (protocol && number && (name = strtok_r(NULL, " \n", &a)) && (number = strtok_r(NULL, " \n", &b)))
			n += note(out, protocol, name, number);
	}
	return n;
}

static unsigned read6(FILE *file, struct net_counts *out)
{
	char line[LINE_BYTES];
	unsigned n = 0;

	while (fgets(line, sizeof line, file)) {
		char *end, *name = strtok_r(line, " \t\n", &end), *number = strtok_r(NULL, " \t\n", &end);

		if (name && number)
			n += note(out, NULL, name, number);
	}
	return n;
}

bool net_counts(int family, struct net_counts *out)
{
	FILE *file = fopen(family == AF_INET6 ? "/proc/net/snmp6" : "/proc/net/snmp", "re");
	unsigned n;

	*out = (struct net_counts){ 0 };
	if (!file)
		return false;
	n = family == AF_INET6 ? read6(file, out) : read4(file, out);
	fclose(file);
	return n == COUNT_OF(rows);
}

uint64_t net_counts_taken(const struct net_counts *before, const struct net_counts *now)
{
	uint64_t received = now->received - before->received;
	uint64_t onward = now->delivered - before->delivered + now->forwarded - before->forwarded;

	return received > onward ? received - onward : 0;
}
