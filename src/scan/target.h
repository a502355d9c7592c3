/* What a person typed, read as browsers and curl read it: a name, an address, host:port or a URL.
 * RFC 3986, UTS 46 for international names, the URL standard's reading of numeric hosts. */
#ifndef WHY_SCAN_TARGET_H
#define WHY_SCAN_TARGET_H

#include "base/arena.h"
#include "base/err.h"
#include "evidence/evidence.h"

/* 0, or WHY_EUSAGE with `error` (may be NULL) saying what was expected, where `input` is no target at
 * all: nothing typed, no host, a port that is none, a scheme unknown to us. A name that a browser would
 * take but DNS cannot hold is a target whose `invalid` says why. `servername` NULL takes the host;
 * "" sends none. The strings live in the arena. */
int target_parse(struct arena *arena, const char *input, const char *servername, struct target *out,
		 struct why_error *error);

/* Turns a target without a scheme of its own into one of that STARTTLS protocol, with its port where
 * none was typed. WHY_EUSAGE: no such protocol, or the target names another. */
int target_starttls(struct target *target, const char *starttls, struct why_error *error);

#endif
