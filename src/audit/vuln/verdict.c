/* How a check says what it found. */
#include "audit/vuln/vuln.h"

static void conclude(struct asking *asking, struct audit_vulnerability *out, enum vulnerability_status status,
		     const char *fmt, va_list ap)
{
	out->status = status;
	out->because = arena_vprintf(arena_of(asking), fmt, ap);
}

#define VERDICT(function, status)                                                                                      \
	void function(struct asking *asking, struct audit_vulnerability *out, const char *fmt, ...)                    \
	{                                                                                                              \
		va_list ap;                                                                                            \
                                                                                                                       \
		va_start(ap, fmt);                                                                                     \
		conclude(asking, out, status, fmt, ap);                                                                \
		va_end(ap);                                                                                            \
	}

VERDICT(is_vulnerable, VULNERABILITY_VULNERABLE)
VERDICT(is_not_vulnerable, VULNERABILITY_NOT)
VERDICT(is_unknown, VULNERABILITY_UNKNOWN)
VERDICT(is_not_applicable, VULNERABILITY_NOT_APPLICABLE)

void note_exchange(struct asking *asking, struct audit_vulnerability *out, const char *fmt, ...)
{
	va_list ap;

	for (size_t i = 0; i < COUNT_OF(out->exchanges); i++) {
		if (out->exchanges[i])
			continue;
		va_start(ap, fmt);
		out->exchanges[i] = arena_vprintf(arena_of(asking), fmt, ap);
		va_end(ap);
		return;
	}
}

void judge(struct asking *asking, struct audit_vulnerability *out, enum tri fact, enum vulnerability_status if_yes,
	   const char *yes, enum vulnerability_status if_no, const char *no, const char *subject)
{
	if (fact == TRI_UNKNOWN) {
		is_unknown(asking, out, "%s was not seen: %s", subject, why_not_seen(asking));
		return;
	}
	out->status = fact == TRI_YES ? if_yes : if_no;
	out->because = fact == TRI_YES ? yes : no;
}
