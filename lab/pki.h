/* The lab's certificates: made at start, dates relative to now. */
#ifndef WHY_LAB_PKI_H
#define WHY_LAB_PKI_H

#include "lab.h"

struct authority {
	const char *name;       /* "root" and "int" are everyone's; others are "SCENE/NAME" */
	X509 *cert;
	EVP_PKEY *key;
};

struct pki {
	struct authority *authorities;
	size_t n, cap;
	EVP_PKEY *rsa_ca, *rsa_leaf;    /* slow to make: one of each, when first wanted */
};

/* What one certificate was asked to be, and what came of it. */
struct identity {
	X509 *leaf;
	EVP_PKEY *key;
	STACK_OF(X509) *sent;           /* behind the leaf */
	struct authority *issuer;       /* NULL: self-signed */
};

struct pki *pki_new(struct lab *lab);
void pki_write_trust(const struct lab *lab);
/* A `ca` line of a scene, and a `cert` line. */
void pki_add_authority(struct lab *lab, const struct scene *scene, const struct line *line);
struct identity pki_identity(struct lab *lab, const struct scene *scene, const struct line *line);
struct authority *pki_authority(struct lab *lab, const struct scene *scene, const char *name);

/* pki_key.c */
EVP_PKEY *pki_key(struct lab *lab, const char *kind, bool is_ca);
/* rsa-close, rsa-roca (pki_weak.c); NULL for other words. */
EVP_PKEY *pki_key_weak(const char *kind);
EVP_PKEY *pki_key_of_another(EVP_PKEY *shown);
/* pki_cert.c: a certificate for `subject_key`, as the options say; unsigned options have defaults. */
X509 *pki_certificate(struct lab *lab, const char *options, const char *common_name, EVP_PKEY *subject_key,
		      const struct authority *issuer, EVP_PKEY *sign_key, bool is_ca);
/* pki_staple.c: an OCSP response for the leaf, "good", "revoked" or "garbage"; the caller's. */
unsigned char *pki_staple(const struct identity *identity, const char *status, int *len);

#endif
