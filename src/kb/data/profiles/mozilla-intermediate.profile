# The recommendation for general services.
title Mozilla server side TLS, intermediate
version 6.0 (2026-04-06)
must protocols only TLS1.2 TLS1.3 ; Mozilla intermediate: protocols
must protocols all TLS1.2 TLS1.3 ; Mozilla intermediate: protocols
must ciphers only TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 ; Mozilla intermediate: cipher suites
must groups only X25519MLKEM768 X25519 secp256r1 secp384r1 ; Mozilla intermediate: TLS curves
should groups all X25519MLKEM768 ; Mozilla intermediate: TLS curves
must keys only EC RSA ; Mozilla intermediate: certificate type
must key-curves only P-256 P-384 ; Mozilla intermediate: certificate curves
must key-rsa-bits >= 2048 ; Mozilla intermediate: RSA key size
must certificate-hashes only SHA256 SHA384 SHA512 ; Mozilla intermediate: certificate signatures
must certificate-days <= 366 ; Mozilla intermediate: maximum certificate lifespan
should certificate-days <= 90 ; Mozilla intermediate: recommended certificate lifespan
must hsts-seconds >= 63072000 ; Mozilla intermediate: HSTS
should preference only client ; Mozilla intermediate: cipher preference
should ocsp-stapling yes ; Mozilla intermediate: OCSP stapling
