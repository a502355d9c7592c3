/* What a file holds, told by its bytes and not by its name: PEM with any blocks, DER of any of the structures of
 * X.509 and PKCS, PKCS #7, PKCS #12, Java's keystores (named only), kubeconfig. No I/O. */
#ifndef WHY_X509_CONTAINER_H
#define WHY_X509_CONTAINER_H

#include "base/arena.h"
#include "evidence/files.h"

struct container_options {
	const char *password;           /* NULL: none was given, and an empty one is tried */
	int64_t rounds_left;            /* of key derivation, for all that is read with these options */
};

/* CONTAINER_ROUNDS: a few seconds' worth. */
enum { CONTAINER_ITEMS_MAX = 8192, CONTAINER_ROUNDS = 10000000 };

/* Fills format, items, problem and old_encryption of `file`. Bytes must outlive it. */
void container_read(struct arena *arena, struct span bytes, struct container_options *options, struct file_seen *file);

/* The parts. */
struct file_item *container_item(struct arena *arena, struct file_seen *file, enum file_item_kind kind, const char *label);
/* Any one structure in DER; false when it is none that is known. */
bool container_der(struct arena *arena, struct span der, struct container_options *options, struct file_seen *file);
void container_pem(struct arena *arena, struct span text, struct container_options *options, struct file_seen *file);
bool container_is_pkcs12(struct span bytes);
void container_pkcs12(struct arena *arena, struct span bytes, struct container_options *options, struct file_seen *file);
bool container_is_kubeconfig(struct span text);
void container_kubeconfig(struct arena *arena, struct span text, struct container_options *options, struct file_seen *file);

/* False where so many rounds are more than is left; else they are taken off. */
bool container_afford(struct container_options *options, int64_t rounds);
/* container_key.c. The PEM text of one block, its header lines with it. */
void container_key_pem(struct arena *arena, struct span block, struct span body, struct container_options *options, struct file_item *item);
void container_key_der(struct arena *arena, struct span der, struct container_options *options, struct file_item *item);
/* What an AlgorithmIdentifier of PKCS #5 or #12 says; `rounds`: -1 where it has none, or one that is no number. */
const char *container_encryption(struct arena *arena, struct span algorithm, int64_t *rounds, bool *is_old);

#endif
