/* All families of rules, in the order of rules.def. */
#ifndef WHY_RULE_RULES_H
#define WHY_RULE_RULES_H

#include "rule/rule.h"

extern const struct rule *const rules[];        /* ends with NULL */
/* Run once, when all of them are through: it rests on what they found. */
extern const struct rule rule_mail;

#endif
