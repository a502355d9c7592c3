/* The table of rule families. */
#include "rule/rules.h"

#define RULE(name) extern const struct rule rule_##name;
#include "rule/rules.def"
#undef RULE

const struct rule *const rules[] = {
#define RULE(name) &rule_##name,
#include "rule/rules.def"
#undef RULE
	NULL,
};
