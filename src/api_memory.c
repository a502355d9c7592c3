/* Running out of memory, for programs: libraries differ in what they do then, from a wrong answer to a crash;
 * one message and exit status 2 is better than any of these. */
#include "why443.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static void *given(void *p, size_t n)
{
	static const char text[] = "why443: out of memory\n";

	if (p || n == 0)
		return p;
	ssize_t sent = write(STDERR_FILENO, text, sizeof text - 1);
	_exit(sent < 0 ? 3 : 2);
}

static void *sure_malloc(size_t n)
{
	return given(malloc(n), n);
}

static void *sure_realloc(void *p, size_t n)
{
	return given(realloc(p, n), n);
}

static void *sure_calloc(size_t n, size_t size)
{
	return given(calloc(n, size), n);
}

static void *openssl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return n ? sure_malloc(n) : NULL;
}

static void *openssl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	if (n == 0) {
		free(p);
		return NULL;
	}
	return sure_realloc(p, n);
}

static void openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void why_exit_without_memory(void)
{
	CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
	uv_replace_allocator(sure_malloc, sure_realloc, sure_calloc, free);
	json_set_alloc_funcs(sure_malloc, free);
}
