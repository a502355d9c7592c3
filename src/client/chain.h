/* How each client family judges a server's certificates: the `chain` functions of struct client.
 * Each imitates the verifier of its family, in its own order of checks, and leaves the outcome
 * CLIENT_OK where the chain is accepted; otherwise error, number, message, page and overridable are
 * set and the layer is LAYER_CERTIFICATE. A case without a host asks for no name check. Strict Transport
 * Security is the caller's: it turns overridable into TRI_NO.
 *
 * All are pure: what they return lives in the case's arena or is constant; any thread may call. */
#ifndef WHY_CLIENT_CHAIN_H
#define WHY_CLIENT_CHAIN_H

#include "client/client.h"

typedef void chain_judge(const struct client *client, const struct chain_case *in,
			 struct client_result *out);

chain_judge chain_openssl;              /* openssl s_client -verify_hostname: its return code */
chain_judge chain_openssl_curl;         /* curl over OpenSSL: stops at the first error */
chain_judge chain_openssl_node;         /* Node: goes on, shows the last error; name last */
chain_judge chain_openssl_python;       /* Python's ssl: first error, the name inside OpenSSL */
chain_judge chain_gnutls;               /* gnutls-cli: all flags in one line */
chain_judge chain_wget;                 /* Wget over GnuTLS: exit code 5 */
chain_judge chain_go;                   /* crypto/x509 */
chain_judge chain_java;                 /* PKIX of OpenJDK 17, endpoint identification */
chain_judge chain_chrome;               /* Chrome's own verifier; also Edge */
chain_judge chain_firefox;              /* mozilla::pkix */
chain_judge chain_safari;               /* Apple's documented rules */
chain_judge chain_dotnet;               /* .NET over OpenSSL on Linux */
chain_judge chain_okhttp;               /* Android and OkHttp: Conscrypt */
chain_judge chain_rustls;               /* rustls and webpki */

#endif
