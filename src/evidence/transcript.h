/* A transcript: all that was seen, as one JSON object, to be judged again elsewhere without a network.
 *
 *   {"schema":"why443/transcript/1","evidence":{...},"trust":{"is_system":true,"n_all":140,"roots":[{"der":"3082...","is_public":true}]},
 *    "wire":[{"address":"192.0.2.1:443","opened_ms":1.2,"events":[{"at_ms":14.1,"sent":true,"bytes":"1603..."}]}]}
 *
 * The evidence has the members of evidence.h under their names; bytes are in hexadecimal, text that is
 * not ASCII is {"hex":"..."}. Numbers are those of the enums: the schema's number rises when they change. */
#ifndef WHY_EVIDENCE_TRANSCRIPT_H
#define WHY_EVIDENCE_TRANSCRIPT_H

#include "base/err.h"
#include "evidence/evidence.h"

struct out;                     /* base/out.h */

#define TRANSCRIPT_SCHEMA "why443/transcript/1"

struct transcript_root {
	struct span der;
	bool is_public;         /* browsers ship it */
};

/* Of the store that was used then, the certificates that can matter. */
struct transcript_trust {
	bool is_known;          /* a store was there at all */
	bool is_system;         /* the system's and no file of the user's */
	size_t n_all;           /* as many were in it */
	struct transcript_root *roots;
	size_t n_roots;
	struct transcript_trust *of_proxy;      /* where a proxy's own certificate is judged by another store; NULL elsewhere */
};

void transcript_write(struct out *out, const struct evidence *evidence, const struct transcript_trust *trust);

/* WHY_EFILE with what was expected where `text` is no transcript; numbers out of range are errors, what
 * is missing is "not seen". */
int transcript_read(struct arena *arena, struct span text, struct evidence **evidence, struct transcript_trust *trust,
		    struct why_error *error) WHY_MUST_USE;

#endif
