/* The files of ACME clients: configurations, logs and cron tables, in a tree of files of this process's own. The first byte says
 * whose; the rest, parted by NUL, goes into that client's files in order. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/renewal.h"

enum { FILES_MAX = 5 };

static const struct owner {
	const char *cert, *files[FILES_MAX];
} owners[] = {
	{ "/etc/letsencrypt/live/a.test/fullchain.pem",
	  { "/etc/letsencrypt/renewal/a.test.conf", "/var/log/letsencrypt/letsencrypt.log", "/var/log/letsencrypt/letsencrypt.log.1", "/etc/letsencrypt/cli.ini", "/etc/crontab" } },
	{ "/root/.acme.sh/a.test/fullchain.cer", { "/root/.acme.sh/a.test/a.test.conf", "/root/.acme.sh/acme.sh.log", "/etc/cron.d/acme", NULL } },
	{ "/var/lib/dehydrated/certs/a.test/fullchain.pem", { "/etc/dehydrated/config", "/etc/cron.daily/dehydrated", NULL } },
	{ "/etc/lego/certificates/a.test.crt", { "/etc/lego/certificates/a.test.json", "/etc/cron.d/lego", NULL } },
};

static char root[64];

static void folders_make(const char *path)
{
	char whole[300];

	snprintf(whole, sizeof whole, "%s%s", root, path);
	for (char *p = whole + strlen(root) + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(whole, 0700);
			*p = '/';
		}
}

static void tree_remove(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf %s", root);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", root);
}

static void tree_make(void)
{
	if (root[0])
		return;
	strcpy(root, access("/dev/shm", W_OK) == 0 ? "/dev/shm/why443-fuzz-XXXXXX" : "/tmp/why443-fuzz-XXXXXX");
	if (!mkdtemp(root))
		abort();
	atexit(tree_remove);
	for (size_t i = 0; i < COUNT_OF(owners); i++)
		for (size_t k = 0; k < FILES_MAX && owners[i].files[k]; k++)
			folders_make(owners[i].files[k]);
}

static void file_write(const char *path, struct span text)
{
	char whole[300];
	FILE *f;

	snprintf(whole, sizeof whole, "%s%s", root, path);
	f = fopen(whole, "w");
	if (!f || fwrite(text.p, 1, text.n, f) != text.n)
		abort();
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_sub(span_of(data, size), 1, size);
	struct arena *arena;
	struct conf conf;
	struct server_pair pair = { .is_read = true, .not_before_unix = 1790000000, .not_after_unix = 1797000000 };
	struct server_block block = { .pairs = &pair, .n_pairs = 1 };
	const struct owner *owner;

	if (size == 0 || size > 64 << 10)
		return 0;
	tree_make();
	owner = &owners[(data[0] & 0x7f) % COUNT_OF(owners)];
	for (size_t k = 0; k < FILES_MAX && owner->files[k]; k++) {
		const uint8_t *end = rest.n ? memchr(rest.p, 0, rest.n) : NULL;
		struct span part = span_of(rest.p, end ? (size_t)(end - rest.p) : rest.n);

		file_write(owner->files[k], part);
		rest = span_sub(rest, part.n + 1, rest.n);
	}
	arena = arena_new((size_t)64 << 20);
	conf = (struct conf){ .arena = arena, .server = arena_new_of(arena, struct server_evidence), .root_dir = root };
	conf.server->kind_name = "nginx";
	conf.server->chosen = &block;
	pair.cert_path = owner->cert;
	server_renewals(&conf, data[0] & 0x80 ? 1798000000 : 1795468608);
	for (size_t i = 0; i < conf.server->n_faults; i++)
		if (!conf.server->faults[i].cause)
			abort();
	arena_free(arena);
	return 0;
}
