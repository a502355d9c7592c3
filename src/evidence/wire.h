/* The bytes of each connection, kept for a transcript: 64 KiB of one, 16 MiB of all; what is beyond
 * only counts. */
#ifndef WHY_EVIDENCE_WIRE_H
#define WHY_EVIDENCE_WIRE_H

#include "evidence/evidence.h"

struct wire_log *wire_log_new(struct arena *arena);
/* NULL where `log` is. */
struct wire_record *wire_open(struct wire_log *log, const char *address, double now_ms);
void wire_note(struct wire_log *log, struct wire_record *record, double now_ms, bool sent, struct span bytes);

#endif
