/* See err.h. */
#include "base/err.h"

#include <unistd.h>

#include <stdarg.h>
#include <stdio.h>

int why_fail(struct why_error *error, int code, const char *fmt, ...)
{
	va_list ap;

	if (!error)
		return code;
	error->code = code;
	va_start(ap, fmt);
	vsnprintf(error->text, sizeof error->text, fmt, ap);
	va_end(ap);
	return code;
}

void out_of_memory(void)
{
	static const char text[] = "why443: out of memory\n";
	ssize_t sent = write(STDERR_FILENO, text, sizeof text - 1);

	(void)sent;
	_exit(2);
}
