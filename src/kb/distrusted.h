/* Authorities that browsers have stopped to trust, by the organization of their roots. */
#ifndef WHY_KB_DISTRUSTED_H
#define WHY_KB_DISTRUSTED_H

#include <stdint.h>

/* Till when each of them believes what the authority issues: the last second that counts. INT64_MIN: nothing is believed any
 * more; INT64_MAX: nothing is known against it. Chrome goes by the earliest timestamp of Certificate Transparency, Firefox and
 * Safari by notBefore. */
struct kb_distrusted {
	const char *organization;
	int64_t chrome_until_unix, firefox_until_unix, safari_until_unix;
};

/* The row whose organization is part of this one, in any case; NULL. */
const struct kb_distrusted *kb_distrusted_find(const char *organization);

#endif
