/* See distrusted.h. From the announcements of the Chrome Root Program, Mozilla and Apple. Of an authority that lives on under
 * another's root nothing is said here: it is the root that counts. */
#include "kb/distrusted.h"

#include "base/attr.h"
#include "base/span.h"

#define ALL INT64_MIN, INT64_MIN, INT64_MIN
#define NONE_KNOWN INT64_MAX

static const struct kb_distrusted rows[] = {
	{ "DigiNotar", ALL },
	{ "WoSign", ALL },
	{ "StartCom", ALL },
	{ "China Internet Network Information", ALL },
	{ "CNNIC", ALL },
	/* All that these roots issued, since Chrome 70 and Firefox 64; what DigiCert issues under such names has other roots. */
	{ "Symantec Corporation", ALL },
	{ "GeoTrust Inc.", ALL },
	{ "thawte, Inc.", ALL },
	{ "Thawte Consulting", ALL },
	{ "VeriSign, Inc.", ALL },
	{ "Certinomis", ALL },
	{ "PROCERT", ALL },
	{ "T\303\234RKTRUST", ALL },
	{ "AC Camerfirma", ALL },
	{ "TrustCor", ALL },
	{ "E-Tu\304\237ra", ALL },
	{ "E-Tugra", ALL },
	/* 2024-06-30 */
	{ "e-commerce monitoring", 1719791999, 1719791999, NONE_KNOWN },
	/* 2024-11-11, 2024-11-30, 2024-11-15 */
	{ "Entrust, Inc.", 1731369599, 1733011199, 1731715199 },
	{ "Entrust.net", 1731369599, 1733011199, 1731715199 },
	{ "AffirmTrust", 1731369599, 1733011199, 1731715199 },
	/* 2025-07-31 */
	{ "Chunghwa Telecom", 1754006399, NONE_KNOWN, NONE_KNOWN },
	{ "NetLock", 1754006399, NONE_KNOWN, NONE_KNOWN },
};

const struct kb_distrusted *kb_distrusted_find(const char *organization)
{
	for (size_t i = 0; organization && i < COUNT_OF(rows); i++)
		if (span_find_nocase(span_str(organization), span_str(rows[i].organization)) >= 0)
			return &rows[i];
	return NULL;
}
