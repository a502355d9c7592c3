/* The layers of a diagnosis, lowest first. */
#ifndef WHY_EVIDENCE_LAYER_H
#define WHY_EVIDENCE_LAYER_H

enum layer {
	LAYER_NONE = 0,
	LAYER_DNS,
	LAYER_TCP,
	LAYER_PROXY,
	LAYER_TLS,
	LAYER_CERTIFICATE,
	LAYER_HTTP,
	LAYER_PAGE,
	LAYER_CLIENT,
	LAYER_HOST,
	LAYER_COUNT
};

const char *layer_name(enum layer layer);       /* "dns", "tcp", ...; "null" for LAYER_NONE */

/* Three answers to a yes-no question. What was not seen is TRI_UNKNOWN, never TRI_NO. */
enum tri { TRI_UNKNOWN = 0, TRI_NO, TRI_YES, TRI_MAX = TRI_YES };

#endif
