# BCP 195 as far as it can be seen from outside.
title RFC 9325, Recommendations for Secure Use of TLS (BCP 195)
version 2022, with RFC 8996 and RFC 10015
must protocols never SSLv2 SSLv3 TLS1.0 TLS1.1 ; RFC 9325 3.1.1
must protocols some TLS1.2 TLS1.3 ; RFC 9325 3.1.1
should protocols all TLS1.2 TLS1.3 ; RFC 9325 3.1.1
must compression no ; RFC 9325 3.3
must ciphers never null ; RFC 9325 4.1
must ciphers never rc4 ; RFC 9325 4.1, RFC 7465
must ciphers never export anonymous ; RFC 9325 4.1
must cipher-bits >= 112 ; RFC 9325 4.1
should cipher-bits >= 128 ; RFC 9325 4.1
must ciphers never static-rsa ; RFC 10015, which updates RFC 9325 4.1
must ciphers never dhe ; RFC 10015, which updates RFC 9325 4.1
should ciphers never cbc ; RFC 9325 4.2
should ciphers never no-forward-secrecy ; RFC 9325 4.1, RFC 10015
must dh-bits >= 2048 ; RFC 9325 4.4
must key-rsa-bits >= 2048 ; RFC 9325 4.5
must key-ec-bits >= 224 ; RFC 9325 4.5
must certificate-hashes never MD5 SHA1 ; RFC 9325 4.5
must secure-renegotiation yes ; RFC 9325 3.5
must extended-master-secret yes ; RFC 9325 3.5
must truncated-hmac no ; RFC 9325 4.6
should fallback-scsv yes ; RFC 9325 3.1.3
should hsts-seconds >= 1 ; RFC 9325 3.2
should ticket-lifetime <= 604800 ; RFC 9325 3.4
