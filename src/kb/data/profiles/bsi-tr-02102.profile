# The recommendations of the Federal Office for Information Security for TLS.
title BSI TR-02102-2
version 2026-01 (2026-01-23)
must protocols only TLS1.2 TLS1.3 ; TR-02102-2 3.2
should protocols all TLS1.3 ; TR-02102-2 3.2
must ciphers only TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_AES_128_CCM_SHA256 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_ECDSA_WITH_AES_128_CCM TLS_ECDHE_ECDSA_WITH_AES_256_CCM TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 TLS_DHE_RSA_WITH_AES_128_CBC_SHA256 TLS_DHE_RSA_WITH_AES_256_CBC_SHA256 TLS_DHE_RSA_WITH_AES_128_CCM TLS_DHE_RSA_WITH_AES_256_CCM ; TR-02102-2 3.3.1, 3.4.4
must groups only secp256r1 secp384r1 secp521r1 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 brainpoolP256r1tls13 brainpoolP384r1tls13 brainpoolP512r1tls13 ffdhe3072 ffdhe4096 X25519MLKEM768 SecP256r1MLKEM768 SecP384r1MLKEM1024 ; TR-02102-2 3.3.2, 3.4.2
should schemes never rsa_pkcs1_sha1 ecdsa_sha1 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ; TR-02102-2 3.3.3
must key-rsa-bits >= 3000 ; TR-02102-2 3.6
must key-ec-bits >= 250 ; TR-02102-2 3.6
must dh-bits >= 3000 ; TR-02102-2 3.6
must certificate-hashes only SHA256 SHA384 SHA512 ; TR-02102-2 3.6
must compression no ; TR-02102-2 3.3.4
must heartbeat no ; TR-02102-2 3.3.4
must truncated-hmac no ; TR-02102-2 3.3.4
must secure-renegotiation yes ; TR-02102-2 3.3.4
must extended-master-secret yes ; TR-02102-2 3.3.4
should encrypt-then-mac yes ; TR-02102-2 3.3.4
should early-data no ; TR-02102-2 3.4.1
should ticket-lifetime <= 604800 ; TR-02102-2 3.3.4
