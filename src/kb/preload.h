/* Names that browsers only ever reach by https, before any header was seen. */
#ifndef WHY_KB_PRELOAD_H
#define WHY_KB_PRELOAD_H

/* The top-level domain of `host` that is on the HSTS preload list as a whole, or NULL. Single names
 * on the list are not known here. */
const char *kb_preloaded_suffix(const char *host);

#endif
