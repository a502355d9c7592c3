/* What the evidence is made of, as data: each struct of evidence.h with its members, so that it can be
 * written and read back whole. A member that is missing here is found by tests/unit/test_transcript. */
#ifndef WHY_EVIDENCE_SHAPE_H
#define WHY_EVIDENCE_SHAPE_H

#include "evidence/evidence.h"

enum field_kind {
	FIELD_BOOL, FIELD_INT, FIELD_UINT,      /* of the member's own size */
	FIELD_ENUM,             /* 0 ... max */
	FIELD_DOUBLE,
	FIELD_TEXT,             /* const char *, NULL kept */
	FIELD_TEXT_NEEDED,      /* never NULL: "" when missing */
	FIELD_SPAN,
	FIELD_ADDRESS,          /* struct sockaddr_storage */
	FIELD_NUMBERS,          /* const uint16_t * with a count */
	FIELD_TEXTS,            /* const char *const * with a count */
	FIELD_SPANS,            /* struct span * with a count */
	FIELD_STRUCT,           /* inline */
	FIELD_POINTER,          /* to one of `shape`, or NULL */
	FIELD_STRUCTS,          /* array of structs with a count */
	FIELD_POINTERS,         /* array of pointers to structs with a count */
	FIELD_ONE_OF,           /* pointer to an element of the FIELD_POINTERS before it, or NULL */
	FIELD_COUNT,            /* belongs to the member before it */
	FIELD_ROOM,             /* cap_...: as many as there are */
	FIELD_LEFT_OUT          /* made anew by whoever reads */
};

struct shape;

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset, size;
	size_t count_offset;            /* lists */
	long max;                       /* enums */
	const struct shape *shape;
};

struct shape {
	const char *name;
	size_t size;
	const struct field *fields;
	size_t n_fields;
};

extern const struct shape shape_evidence;
extern const struct shape *const shapes[];      /* all, ends with NULL */

#endif
