/* The part of the text report that an audit adds, below the headline and who is affected. */
#ifndef WHY_REPORT_TEXT_AUDIT_H
#define WHY_REPORT_TEXT_AUDIT_H

#include "report/page.h"

void text_audit(const struct page *page, const struct diagnosis *d);

#endif
