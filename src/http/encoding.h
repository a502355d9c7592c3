/* Content codings (RFC 9110 8.4.1): gzip, deflate, br, zstd. */
#ifndef WHY_HTTP_ENCODING_H
#define WHY_HTTP_ENCODING_H

#include "base/arena.h"

struct http_decoded {
	struct span body;
	bool is_cut;	 /* longer than the limit: the rest was not decoded */
	bool is_short;	 /* the coded data ends before its end mark */
	const char *bad; /* the coding whose data is none, NULL when all is well */
};

/* Undoes the codings of a Content-Encoding value, the last applied first. At most `limit` bytes come
 * out at each step, whatever goes in. What a browser does not know stays as it is. */
void http_decode(struct arena *arena, const char *codings, struct span body, size_t limit,
		 struct http_decoded *out);

#endif
