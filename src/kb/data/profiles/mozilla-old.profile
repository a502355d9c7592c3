# For services that very old clients must reach; no longer part of the guideline since 6.0.
title Mozilla server side TLS, old
version 5.8 (2026-04-06, historic)
must protocols only TLS1.0 TLS1.1 TLS1.2 TLS1.3 ; Mozilla old: protocols
must protocols all TLS1.2 TLS1.3 ; Mozilla old: protocols
must ciphers only TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384 ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA AES128-GCM-SHA256 AES256-GCM-SHA384 AES128-SHA256 AES256-SHA256 AES128-SHA AES256-SHA DES-CBC3-SHA ; Mozilla old: cipher suites
must groups only X25519MLKEM768 X25519 secp256r1 secp384r1 ; Mozilla old: TLS curves
must keys only RSA ; Mozilla old: certificate type
must key-rsa-bits >= 2048 ; Mozilla old: RSA key size
must certificate-hashes only SHA256 ; Mozilla old: certificate signatures
must certificate-days <= 366 ; Mozilla old: maximum certificate lifespan
must hsts-seconds >= 63072000 ; Mozilla old: HSTS
should preference only server ; Mozilla old: cipher preference
