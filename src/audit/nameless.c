/* The certificates that are served to who names no host (RFC 6066 3): of each kind of key, as a server may
 * have others by default than for the name that was asked for. Those for that name show by the suites and
 * the signature schemes. */
#include "audit/parts.h"

#include "base/attr.h"
#include "tls/codes.h"

/* Whose certificate is RSA's or ECDSA's shows in TLS 1.2; EdDSA's and those for RSASSA-PSS alone by these. */
static const uint16_t schemes_rsa[] = { 0x0804, 0x0805, 0x0806 };
static const uint16_t schemes_ecdsa[] = { 0x0403, 0x0503, 0x0603, 0x081a, 0x081b, 0x081c };
static const uint16_t schemes_rare[] = { 0x0807, 0x0808, 0x0809, 0x080a, 0x080b };

struct nameless {
	uint16_t version;
	enum hello_kind kind;           /* below TLS 1.3 */
	const uint16_t *schemes;        /* NULL: any */
	size_t n_schemes;
	const struct attempt *answer;
};

static bool is_answer(const struct attempt *at)
{
	return at && at->has_server_hello && at->fault == TLS_FAULT_NONE;
}

static bool is_rare(uint16_t scheme)
{
	for (size_t i = 0; i < COUNT_OF(schemes_rare); i++)
		if (schemes_rare[i] == scheme)
			return true;
	return false;
}

/* A key of the kind that the suites are named for signed it. */
static bool is_answer_of_kind(const struct attempt *at)
{
	return is_answer(at) && !is_rare(at->scheme);
}

static void ask(struct asking *asking, void *ctx)
{
	struct nameless *q = ctx;
	struct hello_spec *spec = q->version >= TLS_1_3 ? hello_common(asking, TLS_1_3) : hello_of_kind(asking, q->version, q->kind);

	spec->sni = NULL;
	if (q->schemes) {
		spec->schemes = q->schemes;
		spec->n_schemes = q->n_schemes;
	}
	q->answer = q->version >= TLS_1_3 ? ask_decrypted(asking, "name", spec) : ask_hello(asking, "name", spec);
}

static bool is_of_same_key(uint16_t a, uint16_t b)
{
	return a == b || (a >= 0x0809 && b >= 0x0809);
}

/* What signed is left out the next time. */
static void ask_rare(struct asking *asking, void *ctx)
{
	struct nameless *q = ctx;
	uint16_t *left = arena_array(asking_run(asking)->probing->arena, uint16_t, COUNT_OF(schemes_rare));
	size_t n = COUNT_OF(schemes_rare), before;

	memcpy(left, schemes_rare, sizeof schemes_rare);
	do {
		uint16_t *list = arena_array(asking_run(asking)->probing->arena, uint16_t, n + 1);

		memcpy(list, left, n * sizeof *list);
		q->schemes = list;
		q->n_schemes = before = n;
		ask(asking, q);
		n = 0;
		for (size_t i = 0; is_answer(q->answer) && i < before; i++)
			if (!is_of_same_key(left[i], q->answer->scheme))
				left[n++] = left[i];
	} while (n > 0 && n < before);
}

static uint16_t clear_version(const struct audit *audit)
{
	for (uint16_t v = TLS_1_2; v > SSL_3_0; v--)
		if (audit_has_protocol(audit, v) == TRI_YES)
			return v;
	return 0;
}

void audit_nameless(struct asking *asking)
{
	uint16_t clear = clear_version(asking_audit(asking));
	bool is_13 = audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_YES;
	struct nameless plain[] = { { .version = clear, .kind = KIND_ECDHE_RSA }, { .version = clear, .kind = KIND_ECDHE_ECDSA } };
	struct nameless rare[2], more[5];
	size_t n_rare = 0, n = 0;

	if (!asking_run(asking)->visit->target.servername)
		return;         /* then nothing else was asked */
	if (clear)
		ask_all(asking, ask, plain, COUNT_OF(plain), sizeof *plain);
	if (clear == TLS_1_2)
		rare[n_rare++] = (struct nameless){ .version = clear, .kind = KIND_SIGNED };
	if (is_13)
		rare[n_rare++] = (struct nameless){ .version = TLS_1_3 };
	for (size_t i = 0; i < COUNT_OF(plain); i++) {
		const uint16_t *schemes = i == 0 ? schemes_rsa : schemes_ecdsa;
		size_t n_schemes = i == 0 ? COUNT_OF(schemes_rsa) : COUNT_OF(schemes_ecdsa);

		if (is_answer_of_kind(plain[i].answer))
			continue;
		if (is_13)
			more[n++] = (struct nameless){ TLS_1_3, plain[i].kind, schemes, n_schemes, NULL };
		if (is_answer(plain[i].answer))
			more[n++] = (struct nameless){ clear, plain[i].kind, schemes, n_schemes, NULL };
	}
	if (clear && !is_answer(plain[0].answer))
		more[n++] = (struct nameless){ .version = clear, .kind = KIND_ANY_RSA };
	ask_all(asking, ask, more, n, sizeof *more);
	ask_all(asking, ask_rare, rare, n_rare, sizeof *rare);
}
