/* Between the parts of the audit; checks for vulnerabilities need ask.h alone. */
#ifndef WHY_AUDIT_PARTS_H
#define WHY_AUDIT_PARTS_H

#include "audit/ask.h"
#include "audit/choice.h"
#include "audit/together.h"

/* The same hello once more: `nth` tells repeats of it apart. */
const struct attempt *ask_hello_nth(struct asking *asking, const char *name, const struct hello_spec *spec, unsigned nth);
/* What this hello was answered, if it was asked before; else NULL. */
const struct attempt *ask_hello_before(struct asking *asking, const struct hello_spec *spec);
/* The same for TLS 1.3 with shares whose secrets we keep, so that the server's flight is read to its
 * end; where it wants another group, asked again with that. */
const struct attempt *ask_decrypted(struct asking *asking, const char *name, struct hello_spec *spec);
/* Runs these side by side and waits for all. */
void ask_parts(struct asking *asking, void (*const *fns)(struct asking *asking), size_t n);
/* Begins this beside whatever follows; ask_aside_wait() waits for all that was begun so. */
void ask_aside(struct asking *asking, void (*fn)(struct asking *asking));
void ask_aside_wait(struct asking *asking);
/* Where the diagnosis had no TLS of it: does one hello of any version get some? Else the audit is stopped. */
bool asking_speaks_tls(struct asking *asking);
/* Did the diagnosis finish a handshake of this version, or (0) of any? */
bool asking_spoke(const struct asking *asking, uint16_t version);
/* What a hello must be no shorter than to be answered; 0: any length. */
uint16_t asking_pad_to(const struct asking *asking);
/* Connections at once. */
unsigned asking_pool(const struct asking *asking);
/* Was any hello answered with a ServerHello? */
bool asking_was_taken(const struct asking *asking);
/* Does the server still answer as it did at first? Sent anew each time. */
bool asking_still_answers(struct asking *asking);
/* Waits until no question waits for a connection, so many rounds or more after the first; or until
 * asking_is_over(), which says that the sets and habits are asked for. */
void asking_wait_idle(struct asking *asking, unsigned rounds);
void asking_wait_over(struct asking *asking);
void asking_is_over(struct asking *asking);
/* Notes what the audit cost. */
void asking_finish(struct asking *asking);

struct common_list {
	const uint16_t *codes;
	size_t n;
};
/* Which checks for vulnerabilities were begun, in their table's order. */
bool *asking_begun_checks(struct asking *asking);
/* Lists made once, by version from SSLv3 on. */
struct common_list *asking_common(struct asking *asking);

/* ---- hellos (hellos.c) --------------------------------------------------------------------------- */

/** May suite s be chosen in this version, 0x0300 to 0x0304? */
bool suite_is_of_version(const struct kb_suite *s, uint16_t version);

/* A hello of one version in the arena, to be changed: TLS 1.3 with an empty key_share, TLS 1.2 and
 * below with every elliptic group, SSLv3 without extensions. Suites are the caller's. */
struct hello_spec *hello_of_version(struct asking *asking, uint16_t version);
/* The same with the suites that most servers take one of, the best first. */
struct hello_spec *hello_common(struct asking *asking, uint16_t version);
/* Those alone: no more than any peer takes in one hello. */
const uint16_t *common_suites(struct asking *asking, uint16_t version, size_t *n);
/* Others from here on, of which one is known to be taken where none of those is. */
void set_common_suites(struct asking *asking, uint16_t version, const uint16_t *codes, size_t n);
/* What signs or carries the key exchange in the suites of a TLS 1.2 hello. */
enum hello_kind { KIND_ECDHE_RSA, KIND_ECDHE_ECDSA, KIND_SIGNED_RSA, KIND_SIGNED, KIND_DHE, KIND_RSA, KIND_CBC, KIND_ANY_RSA, HELLO_KINDS };
bool suite_is_of_kind(const struct kb_suite *s, enum hello_kind kind);
struct hello_spec *hello_of_kind(struct asking *asking, uint16_t version, enum hello_kind kind);
/* Those that are known to be taken in this version and belong, whatever they are; none: n_suites is 0. */
struct hello_spec *hello_of_taken(struct asking *asking, uint16_t version, bool (*belongs)(const struct kb_suite *));
/* Puts an extension last, or takes one away. */
void hello_add_extension(struct asking *asking, struct hello_spec *spec, uint16_t type, struct span body);
void hello_drop_extension(struct asking *asking, struct hello_spec *spec, uint16_t type);

/* ---- a set and its order, asked of the server (question.c) ----------------------------------------- */

struct question {
	struct asking *asking;
	const char *name;
	const struct choice_item *items;
	size_t n;
	enum tri lean;
	bool wants_order;
	bool is_decrypted;      /* the answer is in the encrypted flight: ask_decrypted() */
	uint16_t version;
	/* The hello that offers these codes in this order. */
	struct hello_spec *(*hello)(struct question *q, const uint16_t *codes, size_t n);
	/* What the answer chose, 0 when nothing. */
	uint32_t (*chosen)(const struct attempt *answer);
	/* Where offers whose choice is foreseen may share a hello with other questions (together.h): what of
	 * it they set, 0 nothing; and what `hello` it suits, of those codes. */
	unsigned places;
	bool (*fits)(const struct rider *rider, const struct kb_suite *suite);
	bool (*spares)(const struct rider *rider, const struct kb_suite *suite);
	void (*change)(struct asking *asking, struct hello_spec *spec, const struct rider *rider);
	/* First offers, as indexes into the items; NULL leaves them to the choice. */
	const struct choice_offer *openers;
	size_t n_openers;
	void *ctx;

	struct choice *choice;                  /* from here on: what came of it */
	const struct attempt **answers;         /* by item, one in which it was chosen */
	const struct attempt *unclear;          /* an offer that had no answer */
	struct audit_state state;
};

/* Puts the openers alone: what came of them is in q->choice. */
void question_open(struct question *q);
/* Others then, where they follow from those. */
void question_put_openers(struct question *q);
/* Then all the rest; fills q->state. */
void question_finish(struct question *q);
/* Both. */
void question_ask(struct question *q);

/* Was the hello understood and refused? An end without a word counts, once settled. */
bool is_refusal(const struct attempt *answer);
/* "alert 40 (handshake_failure)", "reset after the hello", ... in the arena. */
const char *answer_in_words(struct asking *asking, const struct attempt *answer);

/* ---- by the way (collect.c) ------------------------------------------------------------------------ */

struct collection;
struct collection **asking_collection(struct asking *asking);
/* Certificates, finite-field groups, ephemeral keys of an answer. */
void collect_answer(struct asking *asking, const struct attempt *answer);
/* The server retried for this group though it was sent shares of others; 0: it did not. */
void audit_retry_group(struct asking *asking, uint16_t group);
void collect_finish(struct asking *asking);

/* ---- signatures (signatures.c) --------------------------------------------------------------------- */

/* Verifies an RSA signature of a ServerKeyExchange, and counts: some that fail give the key away. */
void signature_note(struct asking *asking, const struct attempt *answer);
void signature_end(struct asking *asking);
struct signer;
struct signer **asking_signer(struct asking *asking);

/* ---- tickets (tickets.c) -------------------------------------------------------------------------- */

struct ticket_store;
struct ticket_store **asking_tickets(struct asking *asking);

/* ---- parts: each fills its part of the audit -------------------------------------------------------- */

void audit_protocols(struct asking *asking);
void protocols_by_suites(struct audit *audit);
void audit_suites(struct asking *asking);
/* Waits until the first suites of TLS 1.2 are known, and gives an answer in which one of this kind was
 * chosen; NULL when none was. */
const struct attempt *suites_wait_kind(struct asking *asking, enum hello_kind kind);
void suites_note_kind(struct asking *asking, enum hello_kind kind, const struct attempt *answer);
void suites_note_begun(struct asking *asking);
void audit_groups(struct asking *asking);
/* Of TLS 1.2, with DHE suites: those of `dhe` that `at` is the answer to with all groups offered (groups_dhe.c). */
void groups_of_dhe(struct asking *asking, const struct hello_spec *dhe, const struct attempt *at, struct audit_groups *out);
void audit_schemes(struct asking *asking);
/* Once the suites are known: where none of those that the others asked with is taken. */
void audit_suites_again(struct asking *asking);
void audit_groups_again(struct asking *asking);
void audit_schemes_again(struct asking *asking);
void audit_resumption(struct asking *asking);
/* Names of protocols over TLS. Where the diagnosis finished no handshake it must know the protocols. */
void audit_alpn(struct asking *asking);
/* These need to know the protocols. */
void audit_habits(struct asking *asking);
/* Certificates served to who names no host. */
void audit_nameless(struct asking *asking);
/* Whether a handshake was gone on with that brought no certificate of the client's. */
void habits_learn_client_certificate(struct audit_habits *habits, const struct attempt *full);
/* What the diagnosis of the same address saw of them. */
void habits_of_diagnosis(struct asking *asking);
/* What was asked beside all that. */
void habits_of_asides(struct asking *asking);
void audit_tolerances(struct asking *asking);
/* A hello with GREASE in encrypted_client_hello: was it answered? */
void tolerance_note_ech(struct asking *asking, enum tri tolerant, const char *because);

#endif
