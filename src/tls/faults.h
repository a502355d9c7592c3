/* OpenSSL's reasons in our words. */
#ifndef WHY_TLS_FAULTS_H
#define WHY_TLS_FAULTS_H

#include "evidence/evidence.h"

/* `error` is OpenSSL's packed error; the attempt tells where the handshake stood. */
enum tls_fault fault_from_openssl(unsigned long error, const struct attempt *attempt);

#endif
