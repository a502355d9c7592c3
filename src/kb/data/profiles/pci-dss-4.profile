# What requirement 4.2.1 and the scans of approved vendors amount to for a TLS service.
title PCI DSS 4.0.1
version 4.0.1, all requirements in force since 2025-03-31
must protocols never SSLv2 SSLv3 TLS1.0 TLS1.1 ; PCI DSS 4.2.1
must protocols some TLS1.2 TLS1.3 ; PCI DSS 4.2.1
must ciphers never null anonymous export ; PCI DSS 4.2.1, ASV Program Guide
must ciphers never rc4 block64 ; PCI DSS 4.2.1, ASV Program Guide
must cipher-bits >= 112 ; PCI DSS glossary, strong cryptography
should ciphers never no-forward-secrecy ; PCI DSS 12.3.3
must key-rsa-bits >= 2048 ; PCI DSS glossary, strong cryptography
must key-ec-bits >= 224 ; PCI DSS glossary, strong cryptography
must dh-bits >= 2048 ; PCI DSS glossary, strong cryptography
must certificate-hashes never MD5 SHA1 ; PCI DSS glossary, strong cryptography
must trusted yes ; PCI DSS 4.2.1, trusted keys and certificates
must compression no ; PCI DSS 6.3.3, CVE-2012-4929
must secure-renegotiation yes ; PCI DSS 6.3.3, CVE-2009-3555
must vulnerabilities never heartbleed ccs_injection robot ticketbleed poodle_tls poodle_ssl drown freak logjam_export ; PCI DSS 6.3.3, 11.3.2
