/* Preloaded: allocation number TORTURE_ALLOC since main() began, and TORTURE_MORE after it, give NULL. Counts all of them
 * into the file TORTURE_COUNT at exit. What the dynamic loader allocates for itself is let through: where it cannot have
 * memory it ends the process (status 127) or writes through NULL, and no program can do anything about it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define TORTURE_MARK "/main-begins-here"

static atomic_long n_calls;
static atomic_bool began;
static long fails_at = -1, n_more;
static void *(*real_malloc)(size_t), *(*real_realloc)(void *, size_t), *(*real_calloc)(size_t, size_t);
static uintptr_t loader_first, loader_last;
static char early[65536];       /* dlsym() allocates before it has found anything */
static size_t n_early;

static void find(void)
{
	real_malloc = dlsym(RTLD_NEXT, "malloc");
	real_realloc = dlsym(RTLD_NEXT, "realloc");
	real_calloc = dlsym(RTLD_NEXT, "calloc");
}

static int loader_seen(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	if (info->dlpi_addr != *(unsigned long *)ctx)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;

		if (info->dlpi_phdr[i].p_type == PT_LOAD && end > loader_last)
			loader_last = end;
	}
	loader_first = info->dlpi_addr;
	return 1;
}

/* main() is where the torture begins. */
static int (*real_main)(int, char **, char **);

static int main_tortured(int argc, char **argv, char **env)
{
	const char *at = getenv("TORTURE_ALLOC"), *more = getenv("TORTURE_MORE");
	unsigned long base = getauxval(AT_BASE);

	dl_iterate_phdr(loader_seen, &base);
	/* For who traces system calls: those before this one are the loader's. */
	if (access(TORTURE_MARK, F_OK) == 0)
		errno = 0;
	fails_at = at ? atol(at) : 0;
	n_more = more ? atol(more) : 0;
	atomic_store(&began, 1);
	return real_main(argc, argv, env);
}

int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*rtld_fini)(void), void *stack_end)
{
	int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
		(__typeof__(real))dlsym(RTLD_NEXT, "__libc_start_main");

	find();
	real_main = program;
	return real(main_tortured, argc, argv, init, fini, rtld_fini, stack_end);
}

static int is_to_fail(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;
	long n;

	if (!atomic_load(&began) || (at >= loader_first && at < loader_last))
		return 0;
	n = atomic_fetch_add(&n_calls, 1) + 1;
	if (fails_at <= 0 || n < fails_at || n > fails_at + n_more)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	if (!real_malloc)
		find();
	return is_to_fail(__builtin_return_address(0)) ? NULL : real_malloc(n);
}

void *realloc(void *p, size_t n)
{
	if (!real_realloc)
		find();
	return is_to_fail(__builtin_return_address(0)) ? NULL : real_realloc(p, n);
}

void *calloc(size_t n, size_t size)
{
	if (!real_calloc) {
		void *p = early + n_early;

		n_early += (n * size + 15) & ~(size_t)15;
		return n_early <= sizeof early ? p : NULL;
	}
	return is_to_fail(__builtin_return_address(0)) ? NULL : real_calloc(n, size);
}

void free(void *p)
{
	static void (*real_free)(void *);

	if ((char *)p >= early && (char *)p < early + sizeof early)
		return;
	if (!real_free)
		real_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
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
