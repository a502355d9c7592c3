/* What a cipher suite of TLS 1.0 to 1.2 is made of, for handshakes of our own. */
#ifndef WHY_TLS_RAW_SUITE_H
#define WHY_TLS_RAW_SUITE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

enum raw_exchange { RAW_RSA, RAW_DHE, RAW_ECDHE };
enum raw_bulk { RAW_CBC, RAW_GCM, RAW_CHACHA };

struct raw_suite {
	uint16_t code;
	enum raw_exchange exchange;
	enum raw_bulk bulk;
	const EVP_CIPHER *cipher;
	const EVP_MD *mac;              /* NULL for AEAD */
	const EVP_MD *prf;              /* of TLS 1.2 */
	uint8_t key_len, block_len, mac_len, fixed_iv_len;
};

/* False for suites that are not spoken here: others' key exchanges, stream ciphers, CCM. */
bool raw_suite_of(uint16_t code, struct raw_suite *out);

#endif
