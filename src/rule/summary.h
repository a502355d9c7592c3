/* The sentences of a diagnosis. */
#ifndef WHY_RULE_SUMMARY_H
#define WHY_RULE_SUMMARY_H

#include "rule/diagnosis.h"

/* One sentence for the whole. */
const char *summary_of(const struct diagnosis *diagnosis);
/* Fills diagnosis->layers: the layers looked at, lowest first. */
void layers_of(struct diagnosis *diagnosis);

#endif
