/* Transcripts of a scan: kept, and judged again without a network. */
#ifndef WHY_SCAN_REPLAY_H
#define WHY_SCAN_REPLAY_H

#include "scan/begin.h"
#include "net/fetch.h"
#include "probe/probe.h"

/* Writes options->transcript (readable by its owner alone: it may hold what was sent in confidence). */
int transcript_save(const struct why_options *options, const struct evidence *evidence, struct why_error *error) WHY_MUST_USE;
/* The evidence of options->replay, its chains judged anew. */
int transcript_load(const struct why_options *options, struct arena *arena, struct evidence **out,
		    struct why_error *error) WHY_MUST_USE;

/* fetch_run(), noted in the evidence; from a transcript, what was noted then. */
void fetch_noted(struct probing *probing, struct fetch *fetch);

#endif
