/* Certificate Transparency: signed certificate timestamps (SCTs) held against a list of logs. RFC 6962 3.2, 3.3; the list is in the
 * format that browsers' vendors publish (log_list.json, version 3). */
#ifndef WHY_X509_CT_H
#define WHY_X509_CT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "x509/cert.h"

struct ct_logs;

enum sct_source { SCT_IN_CERTIFICATE, SCT_IN_HANDSHAKE, SCT_IN_STAPLE };

enum sct_state {
	SCT_NOT_CHECKED,        /* no list, or no issuer was seen */
	SCT_VALID,
	SCT_INVALID,            /* the log's signature is not over this certificate */
	SCT_LOG_UNKNOWN,        /* not in the list */
	SCT_LOG_RETIRED,        /* valid, but made after the log was retired or rejected */
	SCT_OF_FUTURE,
	SCT_UNREADABLE,
};

struct sct {
	enum sct_source source;
	enum sct_state state;
	uint8_t log_id[32];
	int64_t timestamp_ms;           /* since 1970 */
	const char *log, *operator_name;        /* hostile as the list is; NULL: not known */
};

/* Reads the list: 0, or WHY_EFILE with the reason. */
int ct_logs_load(struct arena *arena, const char *path, struct ct_logs **out, struct why_error *error);
void ct_logs_free(struct ct_logs *logs);

/* Each timestamp of a SignedCertificateTimestampList. `logs` and `issuer` may be NULL: not checked then. */
size_t ct_check(struct arena *arena, const struct ct_logs *logs, const struct cert *leaf, const struct cert *issuer, struct span list,
		enum sct_source source, int64_t now_unix, const struct sct **out);
/* The list in a stapled OCSP response's single answer (RFC 6962 3.3); empty without. */
struct span ct_list_of_staple(struct arena *arena, struct span staple);

const char *sct_source_name(enum sct_source source);    /* "certificate", "handshake", "staple" */
const char *sct_state_name(enum sct_state state);       /* "valid", "log-unknown", ... */

#endif
