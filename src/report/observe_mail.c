/* observations.mail: the servers a domain's mail goes to, and what it promises about their TLS. */
#include "report/json_parts.h"

#include "rule/mail.h"

static const char *mode_name(enum mta_sts_mode mode)
{
	static const char *const names[] = { NULL, "none", "testing", "enforce" };

	return names[mode];
}

static void put_policy(struct json *j, const struct mail_evidence *mail)
{
	if (!mail->sts_id && !mail->sts_fault) {
		json_key_null(j, "mta_sts");
		return;
	}
	json_object_begin(j, "mta_sts");
	json_text(j, "id", mail->sts_id);
	json_text(j, "record_fault", mail->sts_fault);
	json_key_bool(j, "policy_asked", mail->policy_visit != NULL);
	json_text(j, "policy_fault", mail->policy.fault);
	json_key_str(j, "mode", mode_name(mail->policy.mode));
	json_array_begin(j, "mx");
	for (size_t i = 0; i < mail->policy.n_patterns; i++)
		json_text(j, NULL, mail->policy.patterns[i]);
	json_end(j);
	json_key_int(j, "max_age_s", mail->policy.max_age_s);
	json_end(j);
}

void json_observe_mail(struct json *j, const struct evidence *evidence)
{
	const struct mail_evidence *mail = evidence->visit->mail;

	if (!mail)
		return;
	json_object_begin(j, "mail");
	json_text(j, "domain", mail->domain);
	json_key_bool(j, "null_mx", mail->is_null_mx);
	json_tri(j, "mx_secure", mail->mx.secure);
	json_array_begin(j, "exchangers");
	for (size_t i = 0; i < mail->n_exchangers; i++) {
		const struct visit *v = i == 0 ? evidence->visit : mail->exchangers[i].visit;

		json_object_begin(j, NULL);
		json_key_int(j, "preference", mail->exchangers[i].preference);
		json_text(j, "name", mail->exchangers[i].name);
		json_tri(j, "dane_matches", v ? mail_dane_matches(v) : TRI_UNKNOWN);
		if (i > 0 && v)
			json_observe_visit(j, v);
		json_end(j);
	}
	json_end(j);
	json_key_int(j, "left_out", (int64_t)mail->n_left_out);
	put_policy(j, mail);
	json_text(j, "tls_rpt", mail->tls_rpt_to);
	json_end(j);
}
