/* What lies in files: certificates, keys, requests, revocation lists, and the containers around them (PEM, DER,
 * PKCS #7, PKCS #12, kubeconfig). Facts alone; all texts are hostile. Private keys are never kept, only the
 * public half. */
#ifndef WHY_EVIDENCE_FILES_H
#define WHY_EVIDENCE_FILES_H

#include "base/arena.h"
#include "evidence/layer.h"

struct cert;                            /* x509/cert.h */
struct lint_report;

enum { FILES_LINTED = 100 };

enum file_item_kind { ITEM_OTHER = 0, ITEM_CERTIFICATE, ITEM_KEY, ITEM_PUBLIC_KEY, ITEM_REQUEST, ITEM_CRL, ITEM_PARAMETERS };

struct file_item {
	enum file_item_kind kind;
	const char *label;              /* "CERTIFICATE", "RSA PRIVATE KEY", ...: as it stands, or the form of DER */
	const char *within;             /* "PKCS #12", "users[admin].client-key-data"; NULL: the file itself */
	unsigned line;                  /* where its block begins, from 1; 0: no text */
	const struct cert *cert;        /* ITEM_CERTIFICATE */
	struct span spki;               /* of a key, public key, request; empty where not known */
	const char *key_name;           /* "RSA 2048"; NULL where not known */
	bool is_encrypted, is_opened;   /* a key behind a password; the password given opened it */
	const char *encryption;         /* "PBES2, AES-256-CBC"; NULL */
	const char *subject;            /* of a request; issuer of a revocation list */
	const char *const *names;       /* of a request: its subjectAltName */
	size_t n_names;
	bool is_self_signed_badly;      /* a request whose own signature does not verify */
	int64_t this_update_unix, next_update_unix;     /* of a revocation list; next 0: none */
	size_t n_revoked;
	const char *problem;            /* why it could not be read; NULL: it could */
};

struct file_seen {
	const char *path;
	const char *format;             /* "PEM", "DER", "PKCS #12", ...; NULL: none that is known */
	bool is_listed;                 /* found in a folder, not named */
	bool is_world_readable;
	bool is_judged;                 /* its chain is the one that clients are asked about */
	struct file_item *items;
	size_t n_items, cap_items;
	const char *problem;            /* why the whole of it could not be read: a wrong password, rights */
	bool servers_refuse;            /* `problem` is one of the form: we read it, OpenSSL does not */
	bool needs_password;            /* and a password would help */
	const char *old_encryption;     /* of a PKCS #12: what OpenSSL 3 opens with its legacy provider alone */
};

struct files_evidence {
	struct file_seen **files;
	size_t n_files, cap_files;
	size_t n_passed_over;           /* of folders: files in which nothing was found */
	size_t n_folders;
	const char *stopped;            /* why a folder was not read to its end; NULL */
	struct lint_report *lints;      /* lint/lint.h: one for each certificate of a server, at most FILES_LINTED */
	size_t n_lints;
};

/* The certificate that a key of `file` belongs to, or the key of a certificate: the other half with the same public key,
 * the nearest one of several. `of` is set to its file. NULL: none of them. */
const struct file_item *files_other_half(const struct files_evidence *files, const struct file_seen *file, const struct file_item *item,
					 const struct file_seen **of);
/* Are the paths of a key and of a certificate named as a pair: "x/tls.key" and "x/tls.crt", certbot's privkey and fullchain? */
bool files_are_pair(const char *key_path, const char *certificate_path);

#endif
