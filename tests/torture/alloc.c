/* Preloaded: allocation number TORTURE_ALLOC of the process, and TORTURE_MORE after it, give NULL. Counts
 * all of them into the file TORTURE_COUNT at exit. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long n_calls;
static long fails_at = -1, n_more;
static void *(*real_malloc)(size_t), *(*real_realloc)(void *, size_t), *(*real_calloc)(size_t, size_t);
static char early[65536];       /* dlsym() allocates before it has found anything */
static size_t n_early;

static void find(void)
{
	const char *at = getenv("TORTURE_ALLOC"), *more = getenv("TORTURE_MORE");

	fails_at = at ? atol(at) : 0;
	n_more = more ? atol(more) : 0;
	real_malloc = dlsym(RTLD_NEXT, "malloc");
	real_realloc = dlsym(RTLD_NEXT, "realloc");
	real_calloc = dlsym(RTLD_NEXT, "calloc");
}

static int is_to_fail(void)
{
	long n = atomic_fetch_add(&n_calls, 1) + 1;

	if (fails_at <= 0 || n < fails_at || n > fails_at + n_more)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	if (!real_malloc)
		find();
	return is_to_fail() ? NULL : real_malloc(n);
}

void *realloc(void *p, size_t n)
{
	if (!real_realloc)
		find();
	return is_to_fail() ? NULL : real_realloc(p, n);
}

void *calloc(size_t n, size_t size)
{
	if (!real_calloc) {
		void *p = early + n_early;

		n_early += (n * size + 15) & ~(size_t)15;
		return n_early <= sizeof early ? p : NULL;
	}
	return is_to_fail() ? NULL : real_calloc(n, size);
}

void free(void *p)
{
	static void (*real_free)(void *);

	if ((char *)p >= early && (char *)p < early + sizeof early)
		return;
	if (!real_free)
		real_free = dlsym(RTLD_NEXT, "free");
	real_free(p);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("TORTURE_COUNT");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
	char text[32];
	int n = snprintf(text, sizeof text, "%ld\n", (long)n_calls);

	if (fd >= 0 && write(fd, text, (size_t)n) == n)
		close(fd);
}
