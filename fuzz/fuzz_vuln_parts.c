/* Peers' bytes that the checks look at by themselves: moduli, tickets, lines of mail, HTTP statuses. */
#include "audit/vuln/http_status.h"
#include "audit/vuln/mail_lines.h"
#include "x509/rsa_modulus.h"
#include "audit/vuln/ticket_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { "smtp", "lmtp", "imap", "pop3", "ftp", "nntp", "sieve" };
	struct span all = span_of(data, n), half = span_sub(all, 0, n / 2);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct mail_protocol *p = mail_protocol_find(names[i]);

		if (mail_answer_end(all, p->greeting) > n || mail_answer_end(all, p->asked) > n)
			__builtin_trap();
		(void)mail_offers_login(p, all);
	}
	(void)http_status_of(all);
	(void)ticket_has_zero_key(all);
	if (n <= 512) {
		(void)rsa_modulus_is_roca(all);
		(void)rsa_modulus_small_factor(all, RSA_SMALL_MAX);
		(void)rsa_modulus_has_close_primes(all);
		(void)rsa_moduli_share_factor(all, half);
	}
	return 0;
}
