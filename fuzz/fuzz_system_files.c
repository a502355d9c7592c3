/* Files of the machine: resolv.conf, hosts, and what `here --json` printed elsewhere (--with). The first byte says which. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dns/config.h"
#include "here/here.h"
#include "report/report.h"
#include "rule/diagnosis.h"
#include "scan/options.h"
#include "scan/target.h"

static void joined(struct arena *arena, const char *path)
{
	const struct why_options options = { .with = path };
	const struct report_options style = { .width = 80, .verbose = true };
	struct evidence *evidence = arena_new_of(arena, struct evidence);
	struct why_error error = { 0 };
	struct out out = { 0 };

	evidence->arena = arena;
	evidence->visit = arena_new_of(arena, struct visit);
	if (target_parse(arena, "www.example.org", NULL, &evidence->visit->target, NULL) != 0)
		abort();
	if (here_joined(&options, arena, &evidence->host, &error) != 0) {
		if (!error.text[0])
			abort();
		return;
	}
	renderer_find("json")->render(&out, diagnose(evidence), &style);
	out_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct dns_servers servers;
	struct dns_hosts_line *lines;
	size_t n_lines;
	char path[32];
	int fd;

	if (size == 0 || size > 64 << 10)
		return 0;
	arena = arena_new((size_t)64 << 20);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)size - 1)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	switch (data[0] % 3) {
	case 0:
		dns_servers_parse(arena, span_of(data + 1, size - 1), 53, &servers);
		if (servers.n > DNS_SERVERS_MAX)
			abort();
		break;
	case 1: dns_hosts_find(arena, path, "www.example.org", &lines, &n_lines); break;
	default: joined(arena, path);
	}
	close(fd);
	arena_free(arena);
	return 0;
}
