/* Strict DER (X.690) over struct rd. The first departure from DER is noted: what and where; what can
 * still be read is read. */
#ifndef WHY_X509_DER_H
#define WHY_X509_DER_H

#include "base/arena.h"
#include "base/rd.h"

enum der_tag {
	DER_BOOLEAN = 0x01, DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05, DER_OID = 0x06, DER_ENUMERATED = 0x0a, DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13, DER_T61 = 0x14, DER_IA5 = 0x16, DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18, DER_UNIVERSAL = 0x1c, DER_BMP = 0x1e,
	DER_SEQUENCE = 0x30, DER_SET = 0x31
};
#define DER_CONTEXT(n) (0x80 | (n))             /* [n] primitive */
#define DER_CONTEXT_OF(n) (0xa0 | (n))          /* [n] constructed */

struct der {
	struct rd rd;
	struct der_fault *fault;        /* shared by a reader and its parts; may be NULL */
};

struct der_fault {
	const char *what;               /* NULL: none */
	size_t at;
	bool is_fatal;                  /* at some point reading could not go on */
};

struct der der_of(struct span bytes, struct der_fault *fault);
static inline bool der_more(const struct der *der) { return rd_more(&der->rd); }
static inline bool der_ok(const struct der *der) { return rd_ok(&der->rd); }
void der_note(struct der *der, const char *what);       /* DER is broken, reading goes on */
void der_fail(struct der *der, const char *what);       /* and it cannot go on */

uint8_t der_peek(const struct der *der);                /* tag to come, 0 at the end */
/* The next element, whatever it is: its tag, content, and whole bytes. False at the end or failed. */
bool der_next(struct der *der, uint8_t *tag, struct span *content, struct span *whole);
/* An element that must have this tag. */
struct span der_get(struct der *der, uint8_t tag);
struct der der_enter(struct der *der, uint8_t tag);
/* An element that may be there. */
bool der_optional(struct der *der, uint8_t tag, struct span *content);
/* Nothing may be left over. */
void der_end(struct der *der);

bool der_bool(struct der *der);
/* A small non-negative INTEGER; -1 with a fault otherwise. */
int64_t der_small(struct der *der);
bool der_boolean_value(struct der *der, struct span content);
/* UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 wants them: Zulu, with seconds. */
bool der_time(uint8_t tag, struct span content, int64_t *unix_seconds);
/* A BIT STRING's bytes; unused bits counted. */
struct span der_bits(struct der *der, unsigned *unused);

/* Dotted text of an OID's content bytes; "?" where it does not decode. */
const char *oid_text(struct arena *arena, struct span oid);

#endif
