/* See err.h. */
#include "base/err.h"

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
