/* Line protocols with STARTTLS, as far as the checks speak them. Pure. */
#ifndef WHY_AUDIT_VULN_MAIL_LINES_H
#define WHY_AUDIT_VULN_MAIL_LINES_H

#include "base/span.h"
#include "evidence/layer.h"

struct mail_protocol {
	const char *name;               /* as in target.starttls */
	const char *greeting, *asked, *started; /* how the last line of each answer begins */
	const char *ask;                /* for capabilities; NULL: they come unasked */
	const char *start_and_noop;
	const char *login;              /* a line of capabilities with it takes passwords in clear */
	const char *no_login;           /* and one with this does not, whatever else it says */
	bool login_by_default;          /* without either */
};

const struct mail_protocol *mail_protocol_find(const char *name);
/* Length of a whole answer, whose last line begins with `last`; 0 while there is more to come. */
size_t mail_answer_end(struct span text, const char *last);
enum tri mail_offers_login(const struct mail_protocol *protocol, struct span capabilities);

#endif
