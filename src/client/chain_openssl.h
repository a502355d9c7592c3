/* Shared by the models of the OpenSSL family: one run of libcrypto's own verifier with the
 * settings of a client, and the certificates it was run on. */
#ifndef WHY_CLIENT_CHAIN_OPENSSL_H
#define WHY_CLIENT_CHAIN_OPENSSL_H

#include <openssl/x509.h>

#include "client/client.h"

enum { OPENSSL_ERRORS_MAX = 16 };

/* How a client sets up OpenSSL. */
struct openssl_setup {
	int security_level;
	unsigned long flags;            /* X509_V_FLAG_* beside the defaults */
	bool goes_on;                   /* its callback passes every error */
	bool checks_host;               /* the name is given to OpenSSL */
	unsigned int host_flags;        /* X509_CHECK_FLAG_* */
};

struct openssl_run {
	STACK_OF(X509) *sent;
	X509 *leaf;                     /* the first of them; NULL when it does not decode */
	int error;                      /* X509_V_*: what SSL_get_verify_result() gives */
	int errors[OPENSSL_ERRORS_MAX]; /* all that were reported, in their order */
	size_t n_errors;
	unsigned long first;            /* oldest and newest entry of the error queue, 0 when empty */
	unsigned long last;
	bool undecodable;               /* a certificate did not decode: the handshake ends */
};

/* Decodes what was sent and verifies it. To be released. */
void openssl_run(struct openssl_run *run, const struct chain_case *in,
		 const struct openssl_setup *setup);
void openssl_run_release(struct openssl_run *run);

const char *openssl_error_name(int code);       /* "X509_V_ERR_CERT_HAS_EXPIRED" */
/* "error:0200008A:rsa routines::invalid padding" */
const char *openssl_queue_text(struct arena *arena, unsigned long error);

#endif
