/* What a server makes of a certificate file. Servers read PEM with OpenSSL, which is stricter than our own reader: a block must
 * begin at the start of its line and end with its own label, its text must be base64, and DER is no PEM. What looks plain is
 * read by our own decoder, which is much faster; all else is OpenSSL's to judge. */
#include "server/conf.h"
#include "server/edit.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "x509/cert.h"
#include "x509/container.h"
#include "x509/pem.h"

enum { CERTS_MAX = 64 };

/* ---- as OpenSSL reads it -------------------------------------------------------------------------------- */

static void take(struct conf *conf, X509 *x, struct cert ***certs, size_t *n, size_t *cap)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	if (len > 0)
		*arena_push(conf->arena, *certs, *n, *cap) = cert_parse(conf->arena, arena_copy(conf->arena, span_of(der, (size_t)len)));
	OPENSSL_free(der);
	X509_free(x);
}

static size_t read_slowly(struct conf *conf, struct span text, struct cert ***certs, const char **problem)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	size_t n = 0, cap = 0;
	unsigned long e;
	X509 *x;

	*certs = NULL;
	ERR_clear_error();
	while (bio && n < CERTS_MAX && (x = n ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL)) != NULL)
		take(conf, x, certs, &n, &cap);
	e = ERR_peek_last_error();
	if (ERR_GET_REASON(e) != PEM_R_NO_START_LINE || ERR_GET_LIB(e) != ERR_LIB_PEM)
		*problem = e ? arena_str(conf->arena, ERR_reason_error_string(e) ? ERR_reason_error_string(e) : "it does not decode") : NULL;
	ERR_clear_error();
	BIO_free(bio);
	return n;
}

static bool is_pkcs7_alone(struct span text)
{
	return span_find(text, span_str("BEGIN CERTIFICATE")) < 0 && span_find(text, span_str("BEGIN X509 CERTIFICATE")) < 0 &&
	       span_find(text, span_str("BEGIN TRUSTED CERTIFICATE")) < 0;
}

/* stunnel takes PKCS #12 as well; what a password protects stays closed. */
static size_t read_pkcs12(struct conf *conf, struct span text, struct cert ***certs)
{
	struct container_options options = { .password = NULL, .rounds_left = 1000000 };
	struct file_seen file = { .path = "" };
	size_t n = 0, cap = 0;

	container_read(conf->arena, text, &options, &file);
	for (size_t i = 0; i < file.n_items; i++)
		if (file.items[i].kind == ITEM_CERTIFICATE)
			*arena_push(conf->arena, *certs, n, cap) = cert_parse(conf->arena, file.items[i].cert->der);
	return n;
}

bool server_takes_pkcs12(const struct conf *conf, struct span text)
{
	return conf->server->kind == SERVER_STUNNEL && container_is_pkcs12(text);
}

size_t server_certs_read(struct conf *conf, struct span text, struct cert ***certs, const char **problem)
{
	size_t n = 0;

	*problem = NULL;
	*certs = NULL;
	if (server_takes_pkcs12(conf, text))
		return read_pkcs12(conf, text, certs);
	if (text.n == 0 || is_pkcs7_alone(text))
		return 0;
	if (pem_is_plain(text)) {
		n = cert_read_all(conf->arena, text, certs);
		for (size_t i = 0; i < n; i++)
			if (!(*certs)[i]->is_decoded)
				return read_slowly(conf, text, certs, problem);
		return n;
	}
	return read_slowly(conf, text, certs, problem);
}

/* ---- what it is instead --------------------------------------------------------------------------------- */

static const char *first_word(struct span text)
{
	text = span_trim(text);
	if (text.n == 0)
		return "is empty";
	if (text.p[0] == '<')
		return "is a page of HTML or XML";
	if (span_begins(text, "MII"))
		return "holds base64 without its -----BEGIN CERTIFICATE----- and -----END CERTIFICATE----- lines";
	if (span_begins(text, "version https://git-lfs"))
		return "is a pointer of git-lfs, not the file itself";
	return NULL;
}

static const char *item_words(const struct file_item *item)
{
	static const char *const words[] = {
		[ITEM_OTHER] = "holds something else", [ITEM_CERTIFICATE] = "holds a certificate", [ITEM_KEY] = "holds a private key", [ITEM_PUBLIC_KEY] = "holds a public key",
		[ITEM_REQUEST] = "holds a request (CSR): the authority makes the certificate of it", [ITEM_CRL] = "holds a revocation list", [ITEM_PARAMETERS] = "holds parameters alone",
	};

	return words[item->kind];
}

/* The name of the file that a command makes: FILE.pem. */
static const char *command_of(struct conf *conf, const struct file_seen *file, const char *path, bool wants_key)
{
	const char *kind = file->n_items && file->items[0].kind == ITEM_KEY ? "pkey" : "x509", *to = edit_shell(conf->arena, arena_printf(conf->arena, "%s.pem", path)),
		   *store = edit_shell(conf->arena, arena_printf(conf->arena, "%s.p12", path));
	struct container_options none = { .password = "", .rounds_left = 1000000 };
	struct file_seen again = { .path = path };
	struct span text;
	bool is_open = false;

	path = edit_shell(conf->arena, path);
	if (strcmp(file->format, "PKCS #12") == 0) {
		if (server_load_quiet(conf, again.path, &text))
			container_read(conf->arena, text, &none, &again);
		for (size_t i = 0; i < again.n_items; i++)
			is_open |= again.items[i].kind == ITEM_CERTIFICATE;
		return arena_printf(conf->arena, "umask 077; openssl pkcs12 -in %s -out %s -nodes%s", path, to, is_open ? " -passin pass:" : "");
	}
	if (strcmp(file->format, "PKCS #7") == 0 || (file->n_items && file->items[0].within && strcmp(file->items[0].within, "PKCS #7") == 0))
		return wants_key ? NULL : arena_printf(conf->arena, "openssl pkcs7 -in %s%s -print_certs -out %s", path, strcmp(file->format, "PEM") == 0 ? "" : " -inform DER", to);
	if (strcmp(file->format, "DER") == 0)
		return arena_printf(conf->arena, "%sopenssl %s -inform DER -in %s -out %s", wants_key ? "umask 077; " : "", kind, path, to);
	if (strcmp(file->format, "PEM in UTF-16") == 0)
		return arena_printf(conf->arena, "iconv -f UTF-16 -t ASCII %s > %s", path, to);
	if (strcmp(file->format, "Java keystore") == 0)
		return arena_printf(conf->arena, "umask 077; keytool -importkeystore -srckeystore %s -destkeystore %s -deststoretype PKCS12; openssl pkcs12 -in %s -out %s -nodes", path, store, store, to);
	if (file->n_items && strcmp(file->items[0].label ? file->items[0].label : "", "OPENSSH PRIVATE KEY") == 0)
		return arena_printf(conf->arena, "cp -p %s %s && ssh-keygen -p -m PEM -N '' -f %s", path, to, to);
	return NULL;
}

const char *server_form(struct conf *conf, struct span text, const char *path, bool wants_key, const char **command)
{
	struct container_options options = { .password = NULL, .rounds_left = 1000 };
	struct file_seen file = { .path = path };
	const struct file_item *item;

	*command = NULL;
	container_read(conf->arena, text, &options, &file);
	item = file.n_items ? &file.items[0] : NULL;
	if (!file.format)
		return first_word(text) ? first_word(text) : "holds nothing that is known";
	*command = command_of(conf, &file, path, wants_key);
	if (strcmp(file.format, "PEM") != 0)
		return arena_printf(conf->arena, "is %s, not PEM", strcmp(file.format, "DER") == 0 && item ? arena_printf(conf->arena, "DER (it %s)", item_words(item)) : file.format);
	if (item && item->within && strcmp(item->within, "PKCS #7") == 0)
		return "is PKCS #7, not a row of PEM certificates";
	if (item && strcmp(item->label ? item->label : "", "OPENSSH PRIVATE KEY") == 0)
		return "holds a key in OpenSSH's own form, which servers do not read";
	if (item && item->kind != (wants_key ? ITEM_KEY : ITEM_CERTIFICATE))
		return item_words(item);
	return wants_key ? "holds a damaged key" : "holds a damaged certificate";
}
