# For services whose clients all speak TLS 1.3.
title Mozilla server side TLS, modern
version 6.0 (2026-04-06)
must protocols only TLS1.3 ; Mozilla modern: protocols
must protocols all TLS1.3 ; Mozilla modern: protocols
must ciphers only TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 ; Mozilla modern: cipher suites
must groups only X25519MLKEM768 X25519 secp256r1 secp384r1 ; Mozilla modern: TLS curves
should groups all X25519MLKEM768 ; Mozilla modern: TLS curves
must keys only EC ; Mozilla modern: certificate type ECDSA
must key-curves only P-256 P-384 ; Mozilla modern: certificate curves
must certificate-hashes only SHA256 SHA384 SHA512 ; Mozilla modern: certificate signatures
must certificate-days <= 90 ; Mozilla modern: certificate lifespan
must hsts-seconds >= 63072000 ; Mozilla modern: HSTS
should preference only client ; Mozilla modern: cipher preference
should ocsp-stapling yes ; Mozilla modern: OCSP stapling
