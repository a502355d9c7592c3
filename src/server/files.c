/* Certificate and key files: there, readable by who reads them, a pair, in order. */
#include "server/conf.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/timeutil.h"
#include "server/chain_file.h"
#include "server/edit.h"
#include "server/near.h"
#include "server/nginx.h"
#include "server/rights.h"
#include "x509/cert.h"
#include "x509/pem.h"

/* ---- what is in them ----------------------------------------------------------------------------------- */

bool server_load_quiet(struct conf *conf, const char *path, struct span *text)
{
	struct server_evidence *s = conf->server;
	size_t n_files = s->n_files, bytes = conf->bytes;
	bool good;

	s->n_files = 0;
	conf->bytes = 0;
	{
		const char **files = s->files;
		size_t cap = s->cap_files;

		s->files = NULL;
		s->cap_files = 0;
		good = conf_load(conf, path, text);
		s->files = files;
		s->cap_files = cap;
	}
	s->n_files = n_files;
	conf->bytes = bytes;
	return good;
}

static void names_collect(struct conf *conf, struct server_pair *pair, const struct cert *leaf)
{
	const char **names = NULL;
	size_t n = 0, cap = 0;

	if (leaf->subject.common_name)
		*arena_push(conf->arena, names, n, cap) = leaf->subject.common_name;
	for (size_t i = 0; i < leaf->n_san && n < 1024; i++)
		if (leaf->san[i].type == SAN_DNS)
			*arena_push(conf->arena, names, n, cap) = arena_strn(conf->arena, leaf->san[i].value.p, leaf->san[i].value.n);
	pair->names = names;
	pair->n_names = n;
}

static size_t certs_load(struct conf *conf, const char *path, struct cert ***certs)
{
	struct span text;
	const char *problem;

	return path && server_load_quiet(conf, path, &text) ? server_certs_read(conf, text, certs, &problem) : 0;
}

static void leaf_note(struct conf *conf, struct server_pair *pair, const struct cert *leaf, size_t n)
{
	struct stat st;

	pair->is_read = true;
	pair->n_certs = n;
	memcpy(pair->sha256, leaf->sha256, sizeof pair->sha256);
	pair->not_before_unix = leaf->not_before_unix;
	pair->not_after_unix = leaf->not_after_unix;
	pair->is_ecdsa = leaf->key.type == KEY_TYPE_EC;
	if (conf_stat(conf, pair->cert_path, &st))
		pair->changed_unix = st.st_mtime;
	names_collect(conf, pair, leaf);
}

void server_pair_read(struct conf *conf, struct server_pair *pair)
{
	struct cert **certs;
	size_t n;

	if (pair->is_read)
		return;
	n = certs_load(conf, pair->cert_path, &certs);
	if (n > 0)
		leaf_note(conf, pair, certs[0], n);
}

struct key_password {
	const char *text;               /* NULL: none is known */
	bool was_asked;
};

static int password_give(char *buffer, int size, int rw, void *ctx)
{
	struct key_password *password = ctx;
	size_t n = password->text ? strlen(password->text) : 0;

	(void)rw;
	password->was_asked = true;
	if (!password->text || n > (size_t)size)
		return -1;
	memcpy(buffer, password->text, n);
	return (int)n;
}

enum key_state { KEY_READ, KEY_ENCRYPTED, KEY_NONE };

static enum key_state key_read(struct conf *conf, struct span text, struct key_password *password, struct span *spki)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, password_give, password) : NULL;
	unsigned char *der = NULL;
	int n = key ? i2d_PUBKEY(key, &der) : 0;

	if (n > 0)
		*spki = arena_copy(conf->arena, span_of(der, (size_t)n));
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return n > 0 ? KEY_READ : password->was_asked ? KEY_ENCRYPTED : KEY_NONE;
}

/* RSAPrivateKey (RFC 8017 A.1.2) by its modulus, ECPrivateKey (RFC 5915) by the point that it holds beside the secret. */
static bool inner_fits(struct span inner, const struct cert *leaf)
{
	struct der in = der_of(inner, NULL), all = der_enter(&in, DER_SEQUENCE), wrapped;
	struct span part;
	unsigned unused;

	der_get(&all, DER_INTEGER);
	if (leaf->key.type == KEY_TYPE_RSA && der_peek(&all) == DER_INTEGER) {
		part = der_get(&all, DER_INTEGER);
		while (part.n && part.p[0] == 0)
			part = span_sub(part, 1, part.n);
		return part.n && span_equal(part, leaf->key.modulus);
	}
	if (leaf->key.type != KEY_TYPE_EC || der_peek(&all) != DER_OCTET_STRING)
		return false;
	der_get(&all, DER_OCTET_STRING);
	der_optional(&all, DER_CONTEXT_OF(0), &part);
	if (!der_optional(&all, DER_CONTEXT_OF(1), &part))
		return false;
	wrapped = der_of(part, NULL);
	part = der_bits(&wrapped, &unused);
	return part.n && span_equal(part, leaf->key.bits_of_key);
}

/* The plain case without OpenSSL, whose decoders cost a millisecond a key: a thousand sites have a thousand. False says
 * nothing: then it is read in earnest. */
bool server_key_fits(struct conf *conf, struct span text, const struct cert *leaf)
{
	struct span label, body, der, inner;
	struct der in, all;
	size_t at = 0;

	while (pem_next(text, &at, &label, &body)) {
		if (!pem_label_ends(label, "PRIVATE KEY"))
			continue;
		der = pem_base64(conf->arena, body);
		if (span_is(label, "RSA PRIVATE KEY") || span_is(label, "EC PRIVATE KEY"))
			return span_find(body, span_str("DEK-Info")) < 0 && inner_fits(der, leaf);
		in = der_of(der, NULL);
		all = der_enter(&in, DER_SEQUENCE);
		der_get(&all, DER_INTEGER);
		der_get(&all, DER_SEQUENCE);
		inner = der_get(&all, DER_OCTET_STRING);
		return span_is(label, "PRIVATE KEY") && der_ok(&all) && inner_fits(inner, leaf);
	}
	return false;
}

/* ---- faults -------------------------------------------------------------------------------------------- */

struct looking {
	struct conf *conf;
	const struct server_block *block;
	struct reader_id id;
	bool is_reader_known;
	int64_t now_unix;
	bool is_chosen;
};

/* The name that the pair is for: the one asked about, else the block's first that is no pattern; NULL: not known. */
static const char *name_for(const struct looking *l)
{
	if (l->is_chosen && l->conf->name)
		return l->conf->name;
	for (size_t i = 0; l->block && i < l->block->n_names; i++)
		if (!strpbrk(l->block->names[i], "*~$!") && strchr(l->block->names[i], '.') && l->block->names[i][0] != '.')
			return l->block->names[i];
	return NULL;
}

/* A line of a crt-list: its first word is the file. */
static const char *list_line(struct conf *conf, struct server_place at, const char *path)
{
	const char *line = edit_raw(conf, at);

	return line ? arena_printf(conf->arena, "%s%s", path, line + strcspn(line, " \t")) : NULL;
}

/* A line of a macro stands for each of its uses: what one of them needs must not be written there. */
static bool is_of_macro(struct conf *conf, struct server_place at)
{
	const char *line = conf->server->kind == SERVER_APACHE ? edit_raw(conf, at) : NULL;

	return line && (strchr(line, '@') || (strchr(line, '$') && !strstr(line, "${")));
}

/* The directive at `at` names `path` in the place of `old`. */
static const char *path_steps(struct conf *conf, struct server_place at, const char *old, const char *path)
{
	const struct conf_node *n, *first = edit_node(conf, at, NULL);
	const char *line;

	if (is_of_macro(conf, at))
		return NULL;
	for (n = first; n; n = n->next) {
		line = n->at.line == at.line ? edit_line_with(conf, n, old, path) : NULL;
		if (line && n->at.line == at.line && strcmp(line, edit_line_with(conf, n, NULL, path)) != 0)
			return edit_write(conf, at, line);
	}
	line = !first && conf->server->kind == SERVER_HAPROXY ? list_line(conf, at, path) : NULL;
	return line ? edit_write(conf, at, line) : NULL;
}

static bool is_one_file(const struct conf *conf)
{
	return conf->server->kind == SERVER_HAPROXY || conf->server->kind == SERVER_HITCH;
}

/* A pair for the same name that lies elsewhere, in the place of the one that is missing or broken. NULL: none was found. */
static const char *other_pair(struct looking *l, const struct server_pair *pair)
{
	struct conf *conf = l->conf;
	const char *name = name_for(l), *cert, *key;
	struct near_pair near;

	if (!name || !pair->at.file)
		return NULL;
	if (!near_certificate(conf, pair->cert_path, name, l->now_unix, is_one_file(conf), &near)) {
		if (!is_one_file(conf) || pair->key_path || !near_certificate(conf, pair->cert_path, name, l->now_unix, false, &near))
			return NULL;
		return arena_printf(conf->arena, "Run `umask 077; cat %s %s > %s`", edit_shell(conf->arena, near.cert_path), edit_shell(conf->arena, near.key_path), edit_shell(conf->arena, pair->cert_path));
	}
	cert = strcmp(near.cert_path, pair->cert_path) == 0 ? "" : path_steps(conf, pair->at, pair->cert_path, near.cert_path);
	if (!cert || is_one_file(conf) || !pair->key_path || strcmp(near.key_path, pair->key_path) == 0)
		return cert;
	key = path_steps(conf, pair->key_at, pair->key_path, near.key_path);
	return key ? arena_printf(conf->arena, "%s%s%s", cert, *cert ? "; " : "", key) : NULL;
}

/* A file that is not there: what lies elsewhere and does the same, else where it was looked for. */
static const char *missing_steps(struct looking *l, const struct server_pair *pair, const char *path, struct server_place at)
{
	struct conf *conf = l->conf;
	bool is_key = pair->key_path && strcmp(path, pair->key_path) == 0;
	const char *steps = NULL, *key;
	struct cert **certs;

	if (is_key && certs_load(conf, pair->cert_path, &certs) > 0 && certs[0]->is_decoded) {
		key = near_key(conf, path, path, certs[0]);
		steps = key ? path_steps(conf, at, path, key) : NULL;
	}
	if (!steps && (is_key || strcmp(path, pair->cert_path ? pair->cert_path : "") == 0))
		steps = other_pair(l, pair);
	if (steps && *steps)
		return steps;
	return arena_printf(conf->arena, "%s:%u: correct the path, or restore %s (nothing that does the same was found beside it%s)", at.file, at.line, path,
			    name_for(l) ? " or where certificates usually lie" : "");
}

/* False when the file cannot be used: said already. */
static bool file_look(struct looking *l, const struct server_pair *pair, const char *path, struct server_place at, const char *what, struct span *text)
{
	struct conf *conf = l->conf;
	struct server_fault *f;
	const char *by;

	if (server_load_quiet(conf, path, text)) {
		by = l->is_reader_known ? rights_kept_out_by(conf, &l->id, path) : NULL;
		if (by) {
			f = conf_fault(conf, "host.certificate-file-unreadable", at,
				       arena_printf(conf->arena, "%s may not read the %s file %s", l->id.name, what, path));
			conf_fault_line(conf, f, "%s", by);
			f->shows = arena_printf(conf->arena, "namei -l %s", edit_shell(conf->arena, path));
			f->fix = edit_then(conf, arena_printf(conf->arena, "Run `%s`", rights_commands(conf, &l->id, path)));
		}
		return true;
	}
	if (errno == EACCES || errno == EPERM) {
		conf_unread(conf, "%s: %s (run it as root)", path, strerror(errno));
		return false;
	}
	f = conf_fault(conf, errno == ENOENT || errno == ENOTDIR ? "host.certificate-file-missing" : "host.certificate-file-unreadable", at,
		       arena_printf(conf->arena, "The %s file %s %s", what, path, errno == ENOENT || errno == ENOTDIR ? "does not exist" : "cannot be read"));
	conf_fault_line(conf, f, "%s: %s", path, strerror(errno));
	if (at.file)
		f->fix = edit_then(conf, missing_steps(l, pair, path, at));
	f->shows = arena_printf(conf->arena, "ls -l %s", edit_shell(conf->arena, path));
	return false;
}

static void dates_check(struct looking *l, const struct server_pair *pair)
{
	struct server_fault *f;
	char when[RFC3339_LEN];
	const char *steps;
	bool is_over = pair->not_after_unix < l->now_unix;

	if (!is_over && pair->not_before_unix <= l->now_unix)
		return;
	f = conf_fault(l->conf, is_over ? "certificate.expired" : "certificate.not-yet-valid", pair->at,
		       arena_printf(l->conf->arena, "The certificate in %s %s", pair->cert_path, is_over ? "has expired" : "is not valid yet"));
	conf_fault_line(l->conf, f, "%s: valid %s %s", pair->cert_path, is_over ? "until" : "from",
			when_format(when, is_over ? pair->not_after_unix : pair->not_before_unix));
	f->is_minor = !l->is_chosen;
	steps = is_over ? other_pair(l, pair) : NULL;
	if (steps && *steps)
		f->fix = edit_then(l->conf, steps);
}

/* nginx takes no key out of the certificate's file by itself. */
static void missing_key_say(struct looking *l, const struct server_pair *pair)
{
	struct server_fault *f = conf_fault(l->conf, "host.config-invalid", pair->at, "ssl_certificate stands here without its ssl_certificate_key");
	struct cert **certs;
	const char *key;

	conf_fault_line(l->conf, f, "%s:%u names %s, and no ssl_certificate_key belongs to it", pair->at.file, pair->at.line, pair->cert_path);
	key = certs_load(l->conf, pair->cert_path, &certs) > 0 && certs[0]->is_decoded ? near_key(l->conf, pair->cert_path, NULL, certs[0]) : NULL;
	if (key)
		f->fix = edit_then(l->conf, edit_below(l->conf, pair->at, arena_printf(l->conf->arena, "ssl_certificate_key %s;", edit_word(l->conf, key))));
	else
		f->fix = edit_then(l->conf, arena_printf(l->conf->arena, "%s:%u: add ssl_certificate_key with the file of its key below it (none was found beside %s)", pair->at.file, pair->at.line, pair->cert_path));
}

static bool leaf_first(struct cert **certs, size_t n, struct span spki)
{
	for (size_t i = 1; i < n; i++)
		if (span_equal(certs[i]->key.spki, spki))
			return false;
	return true;
}

/* One of the passwords in the file, a line each, opens the key. */
static bool password_opens(struct conf *conf, const char *path, struct span key_text, struct span *spki)
{
	struct span text;
	size_t at = 0, n = 0;

	if (!server_load_quiet(conf, path, &text))
		return false;
	while (at < text.n && n++ < 64) {
		const uint8_t *lf = memchr(text.p + at, '\n', text.n - at);
		size_t end = lf ? (size_t)(lf - text.p) : text.n, blank = end > at && text.p[end - 1] == '\r';
		struct key_password password = { arena_strn(conf->arena, text.p + at, end - at - blank), false };

		if (key_read(conf, key_text, &password, spki) == KEY_READ)
			return true;
		at = end + 1;
	}
	return false;
}

/* What the server does with a key behind a password: nothing, unless it knows the password. */
static void encrypted_say(struct looking *l, const struct server_pair *pair, const char *key_path, struct server_place at)
{
	struct arena *a = l->conf->arena;
	struct server_fault *f = conf_fault(l->conf, "host.certificate-file-unreadable", at, arena_printf(a, "The key in %s is protected by a password", key_path));
	const char *opened, *steps;

	if (pair->password_path)
		conf_fault_line(l->conf, f, "no line of %s opens it", pair->password_path);
	else
		conf_fault_line(l->conf, f, "nothing gives the server the password: when it is started by itself, nobody is there to type it");
	opened = arena_printf(a, "%s.open", key_path);
	steps = path_steps(l->conf, at, key_path, opened);
	f->fix = edit_then(l->conf, arena_printf(a, "Run `umask 077; openssl pkey -in %s -out %s`, which asks for the password; %s%s", edit_shell(a, key_path), edit_shell(a, opened), steps ? steps : "name that file",
						 l->conf->server->kind == SERVER_NGINX ? " (or name a file of passwords with ssl_password_file)" : ""));
}

/* Certificate and key in one file: the key that lies beside it. */
static const char *together_steps(struct looking *l, const char *path, struct server_place at, struct span text)
{
	struct arena *a = l->conf->arena;
	struct cert **certs;
	const char *problem, *key = NULL, *both = arena_printf(a, "%s.both", path), *steps;

	if (server_certs_read(l->conf, text, &certs, &problem) > 0 && certs[0]->is_decoded)
		key = near_key(l->conf, path, path, certs[0]);
	steps = key ? path_steps(l->conf, at, path, both) : NULL;
	if (steps)
		return arena_printf(a, "Run `umask 077; cat %s %s > %s`; %s", edit_shell(a, path), edit_shell(a, key), edit_shell(a, both), steps);
	if (key)        /* a folder of certificates, which it is to lie in itself */
		return arena_printf(a, "Run `umask 077; cat %s >> %s && mv %s %s`", edit_shell(a, key), edit_shell(a, path), edit_shell(a, key), edit_shell(a, arena_printf(a, "%s.key", path)));
	return arena_printf(a, "Write the certificate and its key into one file, mode 0600, and name it at %s:%u (no key of it was found beside %s)", at.file ? at.file : "the configuration", at.line, path);
}

static const char *form_steps(struct looking *l, const struct server_pair *pair, const char *path, struct server_place at, struct span text, bool wants_key, const char *command)
{
	struct arena *a = l->conf->arena;
	const char *steps;

	if (wants_key && is_one_file(l->conf) && span_find(text, span_str("BEGIN CERTIFICATE")) >= 0)
		return together_steps(l, path, at, text);
	steps = command ? path_steps(l->conf, at, path, arena_printf(a, "%s.pem", path)) : NULL;
	if (command)
		return steps ? arena_printf(a, "Run `%s`; %s", command, steps) : arena_printf(a, "Run `%s`, and name %s.pem at %s:%u", command, path, at.file, at.line);
	steps = pair ? other_pair(l, pair) : NULL;
	if (steps && *steps)
		return steps;
	return arena_printf(a, "Put the %s into %s again, in PEM (from -----BEGIN to -----END, each on a line of its own), or name the right file at %s:%u", wants_key ? "private key" : "certificate", path,
			    at.file ? at.file : "the configuration", at.line);
}

static void form_say(struct looking *l, const struct server_pair *pair, const char *path, struct server_place at, struct span text, bool wants_key, const char *problem)
{
	struct arena *a = l->conf->arena;
	const char *command, *form = server_form(l->conf, text, path, wants_key, &command);
	struct server_fault *f = conf_fault(l->conf, "host.certificate-file-unreadable", at, arena_printf(a, wants_key ? "%s holds no private key in PEM" : "%s holds no certificate in PEM", path));

	conf_fault_line(l->conf, f, "%s: it %s", path, form);
	if (problem)
		conf_fault_line(l->conf, f, "OpenSSL: %s", problem);
	f->fix = edit_then(l->conf, form_steps(l, pair, path, at, text, wants_key, command));
}

/* The certificate's own key, else another pair for the name, else how a certificate for this key is asked for. */
static const char *mismatch_fix(struct looking *l, const struct server_pair *pair, const char *key_path, struct server_place at, const struct cert *leaf)
{
	struct arena *a = l->conf->arena;
	const char *key = near_key(l->conf, key_path, key_path, leaf), *steps = NULL, *name = name_for(l);

	if (key && pair->key_path && l->conf->server->kind == SERVER_HAPROXY)   /* FILE.key beside FILE */
		steps = arena_printf(a, "Run `cp %s %s`", edit_shell(a, key), edit_shell(a, pair->key_path));
	else if (key && pair->key_path)
		steps = path_steps(l->conf, at, key_path, key);
	if (!steps)
		steps = other_pair(l, pair);
	if (steps && *steps)
		return edit_then(l->conf, steps);
	if (!name)
		return NULL;
	return arena_printf(a, "No key of the certificate was found here. Have a certificate issued for this key (`openssl req -new -key %s -subj %s -addext %s -out %s` makes the request), or for a new one.",
			    edit_shell(a, key_path), edit_shell(a, arena_printf(a, "/CN=%s", name)), edit_shell(a, arena_printf(a, "subjectAltName=DNS:%s", name)), edit_shell(a, arena_printf(a, "%s.csr", name)));
}

static void key_check(struct looking *l, const struct server_pair *pair, struct cert **certs, size_t n, struct span key_text)
{
	const char *key_path = pair->key_path ? pair->key_path : pair->cert_path;
	struct server_place at = pair->key_at.file ? pair->key_at : pair->at;
	struct key_password none = { NULL, false };
	struct server_fault *f;
	struct span spki;
	enum key_state state;

	if (server_takes_pkcs12(l->conf, key_text))
		return;
	if (n > 0 && certs[0]->is_decoded && server_key_fits(l->conf, key_text, certs[0]))
		return;
	state = key_read(l->conf, key_text, &none, &spki);
	if (state == KEY_ENCRYPTED && pair->password_path && password_opens(l->conf, pair->password_path, key_text, &spki))
		state = KEY_READ;
	if (state == KEY_ENCRYPTED && pair->password_from)
		return;         /* the server asks another program for it */
	if (state == KEY_ENCRYPTED)
		encrypted_say(l, pair, key_path, at);
	else if (state != KEY_READ && !pair->key_path && l->conf->server->kind == SERVER_NGINX)
		missing_key_say(l, pair);
	else if (state != KEY_READ)
		form_say(l, pair, key_path, at, key_text, true, NULL);
	if (state != KEY_READ || n == 0 || !certs[0]->is_decoded || span_equal(certs[0]->key.spki, spki))
		return;
	f = conf_fault(l->conf, "host.key-mismatch", at, NULL);
	conf_fault_line(l->conf, f, "certificate: %s (%s)", pair->cert_path, certs[0]->subject.common_name ? certs[0]->subject.common_name : "no CN");
	conf_fault_line(l->conf, f, "key: %s", key_path);
	if (!leaf_first(certs, n, spki)) {
		conf_fault_line(l->conf, f, "the key belongs to another certificate of the same file: the server's own must stand first");
		f->fix = edit_then(l->conf, chain_reorder(l->conf, pair->cert_path, certs, n, spki));
	} else {
		f->fix = mismatch_fix(l, pair, key_path, at, certs[0]);
	}
	f->shows = arena_printf(l->conf->arena, "openssl x509 -in %s -noout -pubkey; openssl pkey -in %s -pubout", edit_shell(l->conf->arena, pair->cert_path), edit_shell(l->conf->arena, key_path));
}

/* The file's own certificates and, with Apache, those of the file of the chain. */
static void chain_look(struct looking *l, const struct server_pair *pair, struct cert **certs, size_t n)
{
	struct conf *conf = l->conf;
	struct chain_file file = { .path = pair->cert_path, .rest_path = pair->cert_path, .at = pair->at, .rest_at = pair->at, .certs = certs, .n = n, .now_unix = l->now_unix,
				   .has_other_chain = pair->has_other_chain };
	struct server_place chain_at = pair->chain_at.file ? pair->chain_at : pair->at;
	struct cert **rest = NULL, **all;
	struct span text;
	const char *problem;
	size_t n_rest;

	if (pair->chain_path && file_look(l, pair, pair->chain_path, chain_at, "chain", &text)) {
		n_rest = server_certs_read(conf, text, &rest, &problem);
		if (n_rest == 0)
			form_say(l, pair, pair->chain_path, chain_at, text, false, problem);
		all = arena_array(conf->arena, struct cert *, 1 + n_rest);      /* in the place of what stands behind the first */
		all[0] = certs[0];
		for (size_t i = 0; i < n_rest; i++)
			all[i + 1] = rest[i];
		file.certs = all;
		file.n = 1 + n_rest;
		file.rest_path = pair->chain_path;
		file.rest_at = chain_at;
		if (n_rest == 0)
			return;
	}
	chain_file_check(conf, &file);
}

static void pair_look(struct looking *l, struct server_pair *pair)
{
	struct span text = { 0 }, key_text = { 0 };
	struct cert **certs = NULL;
	bool is_together = !pair->key_path || (pair->cert_path && strcmp(pair->key_path, pair->cert_path) == 0);
	const char *problem;
	size_t n = 0;

	if (pair->cert_path && file_look(l, pair, pair->cert_path, pair->at, is_together ? "certificate and key" : "certificate", &text)) {
		n = server_certs_read(l->conf, text, &certs, &problem);
		if (n == 0 && server_takes_pkcs12(l->conf, text))
			conf_unread(l->conf, "%s: PKCS #12 behind a password", pair->cert_path);
		else if (n == 0 || problem)
			form_say(l, pair, pair->cert_path, pair->at, text, false, problem);
		if (n > 0) {
			leaf_note(l->conf, pair, certs[0], n);
			dates_check(l, pair);
			chain_look(l, pair, certs, n);
		}
	}
	if (pair->key_path && !is_together ? file_look(l, pair, pair->key_path, pair->key_at, "key", &key_text) : text.n > 0 && n > 0)
		key_check(l, pair, certs, n, is_together ? text : key_text);
}

/* What follows from the name that was asked for; NULL where the path hangs on something else. The variable may hold a whole path. */
static const char *path_fill(struct conf *conf, const char *path, const char *name)
{
	const char *dollar = path ? strchr(path, '$') : NULL, *value = path;

	if (dollar)
		value = nginx_value(conf, dollar, name);
	if (!dollar || !value || value[0] == '/')
		return value && strncmp(value, "data:", 5) != 0 ? value : NULL;
	value = nginx_value(conf, path, name);
	return value && strncmp(value, "data:", 5) != 0 ? value : NULL;
}

static void variables_fill(struct looking *l, struct server_pair *pair)
{
	struct conf *conf = l->conf;
	const char *name = conf->name;
	bool has = (pair->cert_path && strchr(pair->cert_path, '$')) || (pair->key_path && strchr(pair->key_path, '$'));

	if (!has || conf->server->kind != SERVER_NGINX)
		return;
	l->is_reader_known = rights_by_name(conf, conf->service_user ? conf->service_user : "nobody", &l->id);
	pair->cert_path = path_fill(conf, pair->cert_path, name);
	pair->key_path = path_fill(conf, pair->key_path, name);
}

struct seen {
	const struct server_pair *pair;
	struct seen *next;
};

static const struct server_pair *seen_find(struct seen **table, const struct server_pair *pair)
{
	for (const struct seen *s = *table; s; s = s->next)
		if (s->pair->cert_path && pair->cert_path && strcmp(s->pair->cert_path, pair->cert_path) == 0 &&
		    (s->pair->key_path == NULL) == (pair->key_path == NULL) && (!pair->key_path || strcmp(s->pair->key_path, pair->key_path) == 0))
			return s->pair;
	return NULL;
}

static unsigned hash_of(const struct server_pair *pair)
{
	unsigned h = 5381;

	for (const char *p = pair->cert_path ? pair->cert_path : ""; *p; p++)
		h = h * 33 + (unsigned char)*p;
	return h & 255;
}

static void block_look(struct conf *conf, struct server_block *block, struct seen **table, int64_t now_unix)
{
	for (size_t i = 0; i < block->n_pairs; i++) {
		struct looking l = { .conf = conf, .block = block, .now_unix = now_unix, .is_chosen = block == conf->server->chosen };
		struct seen **slot = &table[hash_of(&block->pairs[i])], *added;
		const struct server_pair *same = seen_find(slot, &block->pairs[i]);

		if (same) {
			struct server_pair kept = block->pairs[i];

			block->pairs[i] = *same;
			block->pairs[i].at = kept.at;
			block->pairs[i].key_at = kept.key_at;
			continue;
		}
		l.is_reader_known = conf->server->reader_uid != 0;
		if (l.is_reader_known)
			rights_of_process(conf, conf->server->pid, conf->server->reader_uid, &l.id);
		variables_fill(&l, &block->pairs[i]);
		pair_look(&l, &block->pairs[i]);
		added = arena_new_of(conf->arena, struct seen);
		*added = (struct seen){ &block->pairs[i], *slot };
		*slot = added;
	}
}

void server_files(struct conf *conf, int64_t now_unix)
{
	struct server_evidence *s = conf->server;
	struct seen *table[256] = { NULL };

	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < s->n_blocks; i++)
			if ((s->blocks[i] != s->chosen) == others)
				block_look(conf, s->blocks[i], table, now_unix);
}
