/* The street's authorities, and what each server shows. */
#include <stdio.h>
#include <openssl/pem.h>

#include "pki.h"

static struct authority *find(const struct pki *pki, const char *name)
{
	for (size_t i = 0; i < pki->n; i++)
		if (strcmp(pki->authorities[i].name, name) == 0)
			return &pki->authorities[i];
	return NULL;
}

static const char *own_name(struct lab *lab, const struct scene *scene, const char *name)
{
	return arena_printf(lab->arena, "%s/%s", scene ? scene->name : "lab", name);
}

struct authority *pki_authority(struct lab *lab, const struct scene *scene, const char *name)
{
	struct authority *authority = find(lab->pki, own_name(lab, scene, name));

	if (!authority)
		authority = find(lab->pki, name);
	if (!authority)
		lab_fail("no authority is called \"%s\"", name);
	return authority;
}

static void authority_make(struct lab *lab, const char *name, const char *title, const struct authority *issuer,
			   const char *options)
{
	const char *kind = text_option(lab->arena, options, "key");
	EVP_PKEY *key = pki_key(lab, kind ? kind : "ec", true);
	X509 *cert = pki_certificate(lab, options, title, key, issuer, issuer ? issuer->key : key, true);
	struct authority *authority = arena_push(lab->arena, lab->pki->authorities, lab->pki->n, lab->pki->cap);

	*authority = (struct authority){ .name = name, .cert = cert, .key = key };
}

struct pki *pki_new(struct lab *lab)
{
	lab->pki = arena_new_of(lab->arena, struct pki);
	authority_make(lab, "root", "Lab Root", NULL, "");
	authority_make(lab, "int", "Lab Intermediate", find(lab->pki, "root"), "");
	return lab->pki;
}

/* ca NAME [issuer=NAME] [options of a certificate]; without issuer a root of its own. */
void pki_add_authority(struct lab *lab, const struct scene *scene, const struct line *line)
{
	const char *issuer = text_option(lab->arena, line->rest, "issuer");
	const char *name = arena_strn(lab->arena, line->rest, strcspn(line->rest, " \t"));
	const char *title = text_option(lab->arena, line->rest, "cn");

	if (!title)
		title = arena_printf(lab->arena, "Lab %s %s", scene->name, name);
	/* a copy: the array may move while the new authority is made */
	struct authority by = issuer ? *pki_authority(lab, scene, issuer) : (struct authority){ 0 };
	authority_make(lab, own_name(lab, scene, name), title, issuer ? &by : NULL, line->rest);
}

/* The last byte of the signature differs: everything else is as it should be. */
static X509 *spoil_signature(X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	const unsigned char *p = der;

	if (n <= 0)
		lab_fail("cannot encode a certificate");
	der[n - 3] ^= 0x55;
	X509 *spoiled = d2i_X509(NULL, &p, n);
	if (!spoiled)
		lab_fail("cannot decode a certificate with another signature");
	OPENSSL_free(der);
	X509_free(cert);
	return spoiled;
}

static void send_also(STACK_OF(X509) *sent, X509 *cert)
{
	X509_up_ref(cert);
	if (!sk_X509_push(sent, cert))
		lab_fail("out of memory");
}

/* chain=a,b,...: what follows the leaf on the wire; "leaf" is allowed, "-" is nothing. */
static STACK_OF(X509) *chain_of(struct lab *lab, const struct scene *scene, const struct identity *identity,
				const char *options)
{
	const char *wanted = text_option(lab->arena, options, "chain");
	STACK_OF(X509) *sent = sk_X509_new_null();
	char *names[64];

	if (!sent)
		lab_fail("out of memory");
	if (!wanted) {
		if (identity->issuer && identity->issuer->cert != find(lab->pki, "root")->cert)
			send_also(sent, identity->issuer->cert);
		return sent;
	}
	size_t n = text_split(arena_str(lab->arena, wanted), ",", names, COUNT_OF(names));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], "leaf") == 0)
			send_also(sent, identity->leaf);
		else if (strcmp(names[i], "-") != 0)
			send_also(sent, pki_authority(lab, scene, names[i])->cert);
	}
	return sent;
}

struct identity pki_identity(struct lab *lab, const struct scene *scene, const struct line *line)
{
	const char *options = line ? line->rest : "";
	const char *issuer = text_option(lab->arena, options, "issuer");
	const char *kind = text_option(lab->arena, options, "key");
	const char *name = text_option(lab->arena, options, "cn");
	struct identity identity = { .key = pki_key(lab, kind ? kind : "ec", false) };

	if (!issuer || strcmp(issuer, "self") != 0)
		identity.issuer = pki_authority(lab, scene, issuer ? issuer : "int");
	identity.leaf = pki_certificate(lab, options, name ? name : scene->host, identity.key, identity.issuer,
					identity.issuer ? identity.issuer->key : identity.key, false);
	if (text_has(options, "bad-signature"))
		identity.leaf = spoil_signature(identity.leaf);
	if (text_has(options, "wrong-key"))
		identity.key = pki_key_of_another(identity.key);
	identity.sent = chain_of(lab, scene, &identity, options);
	return identity;
}

void pki_write_trust(const struct lab *lab)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/trust.pem", lab->state_dir);
	FILE *file = fopen(path, "we");
	if (!file || !PEM_write_X509(file, find(lab->pki, "root")->cert) || fclose(file) != 0)
		lab_fail("cannot write %s", path);
}
