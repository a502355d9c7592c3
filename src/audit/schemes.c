/* Signature schemes: each alone in signature_algorithms. TLS 1.2 shows what signed the key exchange in
 * clear (RFC 5246 7.4.3); in TLS 1.3 the CertificateVerify is decrypted (RFC 8446 4.4.3). */
#include "audit/parts.h"

#include "base/attr.h"
#include "kb/names.h"
#include "tls/codes.h"
#include "x509/cert.h"

enum { ROW_OTHER = 0, ROW_RSA, ROW_ECDSA, ROW_EDDSA, ROW_DSA, ROW_PSS, ROW_BRAINPOOL };
/* In TLS 1.2 the suites say which key signs. Who chooses the suite before it looks at the schemes refuses
 * a list of two kinds though it would sign with one of them. */
enum { SIGNED_BY_OTHER = 0, SIGNED_BY_RSA, SIGNED_BY_EC, SIGNED_BY_DSS };

struct scheme_set {
	uint16_t version;
	bool by_taken;          /* with suites that are known to be taken */
	struct choice_item items[CHOICE_ITEMS_MAX];
	size_t n;
	struct question question;
};

/* ---- candidates ------------------------------------------------------------------------------------ */

static uint8_t row_of(const struct kb_scheme *s)
{
	if (s->code >= 0x0809 && s->code <= 0x080b)
		return ROW_PSS;
	if (s->code >= 0x081a && s->code <= 0x081c)
		return ROW_BRAINPOOL;
	if (s->code == 0x0807 || s->code == 0x0808)
		return ROW_EDDSA;
	/* With MD5 hardly anybody signs, nor with a key of DSA: these wait among the others. */
	if (!s->algorithm || s->code >= 0x0900 || (s->code & 0xff) > 0x10 || s->code >> 8 == 1)
		return ROW_OTHER;
	if (strncmp(s->algorithm, "RSA", 3) == 0)
		return ROW_RSA;
	return strcmp(s->algorithm, "ECDSA") == 0 ? ROW_ECDSA : strcmp(s->algorithm, "DSA") == 0 ? ROW_DSA : ROW_OTHER;
}

static bool is_candidate(const struct kb_scheme *s, uint16_t version)
{
	if (kb_is_grease(s->code) || (s->code & 0xff) == 0 || s->code < 0x0100)
		return false;
	return version >= TLS_1_3 ? s->is_tls13 : s->code < 0x0900 || s->code >= 0xeded;
}

/* Who signs with one hash of today likely does with all of them; SHA-1 and SHA-224, which many servers have
 * left behind, are known only by themselves. In TLS 1.3 a key of ECDSA has one scheme, that of its curve (RFC 8446 4.2.3). */
static uint8_t column_of(const struct scheme_set *set, const struct kb_scheme *s)
{
	if (set->version >= TLS_1_3 && row_of(s) == ROW_ECDSA)
		return (uint8_t)(s->code >> 8);
	return s->code < 0x0300 ? 2 : s->code < 0x0400 ? 3 : 1;
}

static uint8_t signer_of(const struct kb_scheme *s)
{
	if (!s->algorithm)
		return SIGNED_BY_OTHER;
	if (strncmp(s->algorithm, "RSA", 3) == 0)
		return SIGNED_BY_RSA;
	if (strcmp(s->algorithm, "ECDSA") == 0 || strcmp(s->algorithm, "EdDSA") == 0)
		return SIGNED_BY_EC;
	return strcmp(s->algorithm, "DSA") == 0 ? SIGNED_BY_DSS : SIGNED_BY_OTHER;
}

/* No common suite is signed with a key of DSA: its schemes are then as foreign as any. */
static uint8_t kind_of(const struct scheme_set *set, const struct kb_scheme *s)
{
	uint8_t signer = signer_of(s);

	return set->version >= TLS_1_3 || (signer == SIGNED_BY_DSS && !set->by_taken) ? SIGNED_BY_OTHER : signer;
}

static void fill_items(struct scheme_set *set)
{
	for (size_t i = 0; i < n_kb_schemes && set->n < CHOICE_ITEMS_MAX; i++)
		if (is_candidate(&kb_schemes[i], set->version))
			set->items[set->n++] = (struct choice_item){
				.code = kb_schemes[i].code, .row = row_of(&kb_schemes[i]), .column = column_of(set, &kb_schemes[i]),
				.kind = kind_of(set, &kb_schemes[i]) };
}

/* The scheme of TLS 1.3 that fits to a certificate's curve; 0: none known. */
static uint16_t scheme_of_curve(struct asking *asking, const struct attempt *at)
{
	static const struct { const char *curve; uint16_t scheme; } schemes[] = {
		{ "P-256", 0x0403 }, { "P-384", 0x0503 }, { "P-521", 0x0603 } };
	const struct cert *cert = at && at->n_chain > 0 ? cert_parse(asking_run(asking)->probing->arena, at->chain[0]) : NULL;

	for (size_t i = 0; cert && cert->key.curve_name && i < COUNT_OF(schemes); i++)
		if (strcmp(cert->key.curve_name, schemes[i].curve) == 0)
			return schemes[i].scheme;
	return 0;
}

/* Suites of TLS 1.2 were chosen with keys of these kinds: what they sign is likely, the usual hashes each.
 * False when nothing is known. */
static bool expect_by_keys(struct asking *asking, struct scheme_set *set)
{
	const struct attempt *rsa = suites_wait_kind(asking, KIND_SIGNED_RSA), *ecdsa = suites_wait_kind(asking, KIND_ECDHE_ECDSA);
	uint16_t of_curve = scheme_of_curve(asking, ecdsa);

	for (size_t i = 0; i < set->n; i++) {
		struct choice_item *item = &set->items[i];

		if (item->row == ROW_RSA)
			item->expected = rsa && item->column == 1;
		else if (item->row == ROW_ECDSA)
			item->expected = ecdsa && (set->version >= TLS_1_3 ? item->code == of_curve : item->column == 1);
	}
	return rsa || ecdsa;
}

static unsigned opener_of(const struct scheme_set *set, const struct choice_item *item)
{
	if (item->row == ROW_RSA || item->row == ROW_ECDSA)
		return item->row == ROW_ECDSA;
	return set->version >= TLS_1_3 ? 2 : 2u + item->kind;
}

/* What RSA keys sign, what ECDSA keys sign, and all else, by who signs. */
static void open_rows(struct asking *asking, struct scheme_set *set)
{
	enum { OFFERS = 3 + SIGNED_BY_DSS };
	struct arena *arena = asking_run(asking)->probing->arena;
	struct choice_offer *offers = arena_array(arena, struct choice_offer, OFFERS);
	size_t n = 0;

	for (unsigned o = 0; o < OFFERS; o++) {
		uint16_t *items = arena_array(arena, uint16_t, set->n + 1);
		struct choice_offer *offer = &offers[n];

		*offer = (struct choice_offer){ .items = items };
		for (size_t i = 0; i < set->n; i++)
			if (opener_of(set, &set->items[i]) == o)
				items[offer->n++] = (uint16_t)i;
		n += offer->n > 0;
	}
	set->question.openers = offers;
	set->question.n_openers = n;
}

/* ---- asking ------------------------------------------------------------------------------------------- */

/* Whose these all are; SIGNED_BY_OTHER where they differ. */
static uint8_t signer_of_all(const struct scheme_set *set, const uint16_t *codes, size_t n)
{
	uint8_t signer = SIGNED_BY_OTHER;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < set->n; k++) {
			if (set->items[k].code != codes[i])
				continue;
			if (i > 0 && set->items[k].kind != signer)
				return SIGNED_BY_OTHER;
			signer = set->items[k].kind;
		}
	return signer;
}

static bool is_authentication(const struct kb_suite *s, const char *name)
{
	return (strcmp(s->key_exchange, "ECDHE") == 0 || strcmp(s->key_exchange, "DHE") == 0) && strcmp(s->authentication, name) == 0;
}

static bool is_signed_rsa(const struct kb_suite *s) { return is_authentication(s, "RSA"); }
static bool is_signed_ecdsa(const struct kb_suite *s) { return is_authentication(s, "ECDSA"); }
static bool is_signed_dss(const struct kb_suite *s) { return is_authentication(s, "DSS"); }

static bool is_signed(const struct kb_suite *s)
{
	return is_signed_rsa(s) || is_signed_ecdsa(s) || is_signed_dss(s);
}

static struct hello_spec *hello_with_taken(struct asking *asking, const struct scheme_set *set, const uint16_t *codes, size_t n)
{
	static bool (*const belongs[])(const struct kb_suite *) = {
		[SIGNED_BY_OTHER] = is_signed, [SIGNED_BY_RSA] = is_signed_rsa, [SIGNED_BY_EC] = is_signed_ecdsa, [SIGNED_BY_DSS] = is_signed_dss };
	struct hello_spec *spec = hello_of_taken(asking, TLS_1_2, belongs[signer_of_all(set, codes, n)]);

	return spec->n_suites > 0 ? spec : hello_of_taken(asking, TLS_1_2, is_signed);
}

/* Not every stack looks at the schemes before it chooses a suite: the suites fit to what is asked. */
static enum hello_kind kind_for(const struct scheme_set *set, const uint16_t *codes, size_t n)
{
	switch (signer_of_all(set, codes, n)) {
	case SIGNED_BY_RSA: return KIND_SIGNED_RSA;
	case SIGNED_BY_EC: return KIND_ECDHE_ECDSA;
	default: return KIND_SIGNED;
	}
}

static struct hello_spec *hello_with_schemes(struct question *q, const uint16_t *codes, size_t n)
{
	const struct scheme_set *set = q->ctx;
	struct hello_spec *spec = set->version >= TLS_1_3 ? hello_common(q->asking, TLS_1_3) :
				  set->by_taken ? hello_with_taken(q->asking, set, codes, n) :
				  hello_of_kind(q->asking, TLS_1_2, kind_for(set, codes, n));

	spec->schemes = codes;
	spec->n_schemes = n;
	return spec;
}

static bool is_text(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* A scheme alone leaves the suites that are signed with a key of its kind, and no others. */
static bool fits_scheme(const struct rider *rider, const struct kb_suite *suite)
{
	const struct scheme_set *set = ((const struct question *)rider->ctx)->ctx;
	uint8_t signer = signer_of_all(set, &rider->foreseen, 1);
	bool of_rsa = signer == SIGNED_BY_RSA, of_ecdsa = signer == SIGNED_BY_EC;

	if (is_text(suite->key_exchange, "ECDHE") && is_text(suite->authentication, "ECDSA"))
		return of_ecdsa;
	return of_rsa && (is_text(suite->key_exchange, "ECDHE") || is_text(suite->key_exchange, "DHE")) &&
	       is_text(suite->authentication, "RSA");
}

/* With others it goes beside all that keys of other kinds sign: none of the suites is out of reach then. */
static void put_other_kinds(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	const struct scheme_set *set = ((const struct question *)rider->ctx)->ctx;
	uint8_t signer = signer_of_all(set, &rider->foreseen, 1);
	const struct hello_spec *wide = hello_of_version(asking, set->version);
	uint16_t *list = arena_array(asking_run(asking)->probing->arena, uint16_t, wide->n_schemes + 1);
	size_t n = 0;

	list[n++] = rider->foreseen;
	for (size_t i = 0; i < wide->n_schemes; i++)
		if (signer_of_all(set, &wide->schemes[i], 1) != signer)
			list[n++] = wide->schemes[i];
	spec->schemes = list;
	spec->n_schemes = n;
}

static uint32_t chosen_scheme(const struct attempt *at)
{
	return at->has_server_hello && at->fault == TLS_FAULT_NONE ? at->scheme : 0;
}

static bool is_listed(const struct audit_schemes *list, uint16_t scheme)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i] == scheme)
			return true;
	return false;
}

static void ask_set(struct asking *asking, uint16_t version, bool by_taken, struct audit_schemes *out)
{
	struct arena *arena = asking_run(asking)->probing->arena;
	struct scheme_set *set = arena_new_of(arena, struct scheme_set);
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n;

	set->version = out->version = version;
	set->by_taken = by_taken;
	fill_items(set);
	set->question = (struct question){
		.asking = asking, .name = "schemes", .items = set->items, .n = set->n, .lean = TRI_NO,
		.is_decrypted = version >= TLS_1_3, .hello = hello_with_schemes, .chosen = chosen_scheme, .ctx = set,
		.version = version, .places = PLACE_SCHEMES,
		.fits = version >= TLS_1_3 ? NULL : fits_scheme, .change = version >= TLS_1_3 ? NULL : put_other_kinds,
	};
	if (!expect_by_keys(asking, set))
		open_rows(asking, set);
	question_ask(&set->question);
	n = choice_taken(set->question.choice, order);
	for (size_t i = 0; i < n; i++)
		if (!is_listed(out, set->items[order[i]].code))
			*arena_push(arena, out->items, out->n, out->cap) = set->items[order[i]].code;
	out->state = set->question.state;
}

static void schemes_13(struct asking *asking)
{
	ask_set(asking, TLS_1_3, false, &asking_audit(asking)->schemes[0]);
}

static void schemes_12(struct asking *asking)
{
	ask_set(asking, TLS_1_2, false, &asking_audit(asking)->schemes[1]);
}

void audit_schemes(struct asking *asking)
{
	static void (*const parts[])(struct asking *) = { schemes_13, schemes_12 };

	ask_parts(asking, parts, COUNT_OF(parts));
}

/* ---- with suites that are not common ------------------------------------------------------------------ */

static bool has_signer(const struct audit_schemes *list, unsigned signer)
{
	for (size_t i = 0; i < list->n; i++)
		if (kb_scheme(list->items[i]) && signer_of(kb_scheme(list->items[i])) == signer)
			return true;
	return false;
}

/* Those that belong and are taken, but none of them is among the common ones, or was when these were asked. */
static bool is_unasked(struct asking *asking, bool (*belongs)(const struct kb_suite *), unsigned signer)
{
	const struct hello_spec *taken = hello_of_taken(asking, TLS_1_2, belongs);
	size_t n_common;
	const uint16_t *common = common_suites(asking, TLS_1_2, &n_common);

	for (size_t i = 0; i < taken->n_suites && has_signer(&asking_audit(asking)->schemes[1], signer); i++)
		for (size_t k = 0; k < n_common; k++)
			if (taken->suites[i] == common[k])
				return false;
	return taken->n_suites > 0;
}

void audit_schemes_again(struct asking *asking)
{
	if (is_unasked(asking, is_signed_rsa, SIGNED_BY_RSA) || is_unasked(asking, is_signed_ecdsa, SIGNED_BY_EC) ||
	    is_unasked(asking, is_signed_dss, SIGNED_BY_DSS))
		ask_set(asking, TLS_1_2, true, &asking_audit(asking)->schemes[1]);
}
