/* What the rule of mail and the report both say of a mail server. */
#ifndef WHY_RULE_MAIL_H
#define WHY_RULE_MAIL_H

#include "evidence/evidence.h"

/* Usable TLSA records against the chain that was sent; unknown without records or without a chain. */
enum tri mail_dane_matches(const struct visit *visit);

#endif
