/* See layer.h. */
#include "evidence/layer.h"

const char *layer_name(enum layer layer)
{
	static const char *const names[LAYER_COUNT] = {
		"null", "dns", "tcp", "proxy", "tls", "certificate", "http", "page", "client", "host",
	};

	return layer < LAYER_COUNT ? names[layer] : "null";
}
