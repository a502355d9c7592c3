/* Object identifiers, content bytes. */
#ifndef WHY_X509_OIDS_H
#define WHY_X509_OIDS_H

#include "base/span.h"

#define OID_IS(oid, bytes) span_equal((oid), span_of((bytes), sizeof(bytes) - 1))
#define OID_SPAN(bytes) span_of((bytes), sizeof(bytes) - 1)

#define OID_CE "\x55\x1d"               /* id-ce 2.5.29 */
#define OID_SUBJECT_KEY_ID OID_CE "\x0e"
#define OID_KEY_USAGE OID_CE "\x0f"
#define OID_SUBJECT_ALT_NAME OID_CE "\x11"
#define OID_ISSUER_ALT_NAME OID_CE "\x12"
#define OID_BASIC_CONSTRAINTS OID_CE "\x13"
#define OID_NAME_CONSTRAINTS OID_CE "\x1e"
#define OID_CRL_POINTS OID_CE "\x1f"
#define OID_POLICIES OID_CE "\x20"
#define OID_POLICY_MAPPINGS OID_CE "\x21"
#define OID_AUTHORITY_KEY_ID OID_CE "\x23"
#define OID_POLICY_CONSTRAINTS OID_CE "\x24"
#define OID_EXT_KEY_USAGE OID_CE "\x25"
#define OID_INHIBIT_ANY_POLICY OID_CE "\x36"
#define OID_ANY_EKU OID_EXT_KEY_USAGE "\x00"
#define OID_PE "\x2b\x06\x01\x05\x05\x07\x01"   /* id-pe */
#define OID_INFO_ACCESS OID_PE "\x01"
#define OID_TLS_FEATURE OID_PE "\x18"
#define OID_KP "\x2b\x06\x01\x05\x05\x07\x03"   /* id-kp */
#define OID_AD "\x2b\x06\x01\x05\x05\x07\x30"   /* id-ad */
#define OID_CT "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04"
#define OID_CT_SCTS OID_CT "\x02"
#define OID_CT_POISON OID_CT "\x03"
#define OID_COMMON_NAME "\x55\x04\x03"
#define OID_ORGANIZATION "\x55\x04\x0a"
#define OID_NETSCAPE_TYPE "\x60\x86\x48\x01\x86\xf8\x42\x01\x01"

#endif
