/* AES-GCM in TLS 1.2: tags that nobody verifies, explicit nonces that come twice. RFC 5288 3; Boeck et
 * al., WOOT 2016. */
#include "audit/vuln/dialogue.h"

enum { TAG_LAST = 16, ROUNDS = 1 + CONFIRMATIONS };

struct probe_gcm {
	const struct raw_choice *choice;
	unsigned flip; /* byte of the tag, 0 none */
	struct reaction reaction;
	uint64_t nonces[16];
	size_t n_nonces;
};

static void send_flipped(struct asking *asking, void *ctx)
{
	struct probe_gcm *probe = ctx;
	const struct raw_bend bend = {.flip_mac = probe->flip};
	struct dialogue d;

	if (dialogue_begin(&d, asking, probe->choice) &&
	    raw_go_on_and_send(&d.client, harmless_request(asking), &bend)) {
		struct raw_record record;

		probe->reaction = reaction_read(&d);
		/* A few records more, for their nonces. */
		for (unsigned i = 0; i < 6 && probe->reaction.has_data && raw_read(&d.client, &record); i++)
			;
	} else {
		probe->reaction.text = raw_end_text(&d.client);
	}
	probe->n_nonces = d.client.n_nonces;
	memcpy(probe->nonces, d.client.nonces, sizeof probe->nonces);
	dialogue_close(&d);
}

static const uint64_t *find_repeat(const struct probe_gcm *probe)
{
	for (size_t i = 0; i < probe->n_nonces; i++)
		for (size_t k = i + 1; k < probe->n_nonces; k++)
			if (probe->nonces[i] == probe->nonces[k])
				return &probe->nonces[i];
	return NULL;
}

static void judge_nonces(struct asking *asking, struct audit_vulnerability *out, const struct probe_gcm *sound)
{
	const uint64_t *repeat = find_repeat(sound);

	if (sound->n_nonces < 2) {
		is_unknown(asking, out, "fewer than two encrypted records came: %s", sound->reaction.text);
		return;
	}
	note_exchange(asking, out, "read %zu encrypted records of one connection, their nonces begin %016llx, %016llx",
		      sound->n_nonces, (unsigned long long)sound->nonces[0], (unsigned long long)sound->nonces[1]);
	if (repeat)
		is_vulnerable(asking, out, "the nonce %016llx serves two records under one key",
			      (unsigned long long)*repeat);
	else
		is_not_vulnerable(asking, out, "each record has a nonce of its own");
}

static void judge_tags(struct asking *asking, struct audit_vulnerability *out, const struct probe_gcm *shots,
		       bool is_steady)
{
	const struct probe_gcm *taken = shots[1].reaction.has_data   ? &shots[1]
					: shots[2].reaction.has_data ? &shots[2]
								     : NULL;

	note_exchange(asking, out, "sent a sound record: %s", shots[0].reaction.text);
	note_exchange(asking, out, "sent a record with a bit of its tag flipped: %s",
		      taken ? taken->reaction.text : shots[1].reaction.text);
	if (taken && is_steady)
		is_vulnerable(asking, out, "takes records whose tag is wrong");
	else if (taken)
		is_unknown(asking, out, "the answers differ from one time to the next");
	else if (!shots[1].reaction.is_known || !shots[2].reaction.is_known)
		is_unknown(asking, out, "the handshake or the answer did not come: %s",
			   shots[shots[1].reaction.is_known ? 2 : 1].reaction.text);
	else
		is_not_vulnerable(asking, out, "refuses records whose tag is wrong");
}

bool gcm_is_ready(struct asking *asking)
{
	return raw_accepts(asking, raw_wants_gcm);
}

void vulnerability_gcm(struct asking *asking, struct audit_vulnerability *out)
{
	static const char none[] = "no AES-GCM suite of TLS 1.2 is accepted";
	struct audit_vulnerability *tags = vulnerability_row(asking, "gcm_tag_unchecked");
	struct audit_vulnerability *nonces = vulnerability_row(asking, "gcm_nonce_reuse");
	struct raw_choice *choice = arena_new_of(arena_of(asking), struct raw_choice);
	struct probe_gcm *shots = arena_array(arena_of(asking), struct probe_gcm, 3);
	bool is_steady = true;

	(void)out;
	raw_choose(choice, asking, raw_wants_gcm);
	if (!raw_has_choice(choice, tags, none) || !raw_has_choice(choice, nonces, none)) {
		(void)raw_has_choice(choice, nonces, none);
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		shots[i] = (struct probe_gcm){.choice = choice, .flip = i == 0 ? 0 : i == 1 ? 1 : TAG_LAST};
	ask_all(asking, send_flipped, shots, 3, sizeof *shots);
	for (unsigned nth = 1; nth < ROUNDS && (shots[1].reaction.has_data || shots[2].reaction.has_data); nth++) {
		struct probe_gcm again = {.choice = choice, .flip = shots[1].reaction.has_data ? 1 : TAG_LAST};

		send_flipped(asking, &again);
		is_steady &= again.reaction.has_data;
	}
	judge_tags(asking, tags, shots, is_steady);
	judge_nonces(asking, nonces, &shots[0]);
}
