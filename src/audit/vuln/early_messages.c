/* Messages before the handshake is over: a heartbeat that claims more than it holds (Heartbleed, RFC
 * 6520), ChangeCipherSpec before any key (CCS injection), one of another value in TLS 1.3 (RFC 8446 5),
 * a few warnings (CVE-2016-8610). Lengths alone are looked at: what a heartbeat brings is not kept. */
#include "audit/vuln/dialogue.h"

#include <openssl/rand.h>

#include "tls/hello.h"

enum {
	RECORD_HEARTBEAT = 24,
	CLAIMED = 0x20,
	PADDING = 16,
	WARNINGS = 8,
	ALERT_UNEXPECTED = 10,
	ALERT_DECRYPTION_FAILED = 21,
	ALERT_BAD_MAC = 20
};

/* ---- Heartbleed --------------------------------------------------------------------------------------- */

enum heartbeat { HEARTBEAT_NO_ANSWER, HEARTBEAT_NO_EXTENSION, HEARTBEAT_DROPPED, HEARTBEAT_LEAKED };

/* One that claims 32 bytes and holds none, then a sound one, whose echo shows that the first was dropped. */
static enum heartbeat send_heartbeats(struct raw_client *client)
{
	static const uint8_t hollow[] = {1, 0, CLAIMED};
	static const uint8_t sound[3 + 4 + PADDING] = {1, 0, 4, 'p', 'i', 'n', 'g'};
	struct raw_record record;

	if (!raw_send(client, RECORD_HEARTBEAT, span_of(hollow, sizeof hollow), NULL) ||
	    !raw_send(client, RECORD_HEARTBEAT, span_of(sound, sizeof sound), NULL))
		return HEARTBEAT_NO_ANSWER;
	while (raw_read(client, &record)) {
		if (record.type != RECORD_HEARTBEAT || record.body.n < 3 || record.body.p[0] != 2)
			continue;
		return record.body.n > sizeof sound ? HEARTBEAT_LEAKED : HEARTBEAT_DROPPED;
	}
	return client->end == RAW_GARBAGE ? HEARTBEAT_NO_ANSWER : HEARTBEAT_DROPPED;
}

static enum heartbeat ask_heartbeat(struct asking *asking, const struct raw_choice *choice, const char **text)
{
	struct dialogue d;
	struct raw_offer offer = choice->offer;
	enum heartbeat result = HEARTBEAT_NO_ANSWER;

	offer.heartbeat = true;
	if (dialogue_open(&d, asking) && raw_begin(&d.client, &offer)) {
		dialogue_hurry(&d);
		result = d.client.hello.has_heartbeat ? send_heartbeats(&d.client) : HEARTBEAT_NO_EXTENSION;
	}
	*text = raw_end_text(&d.client);
	dialogue_close(&d);
	return result;
}

void vulnerability_heartbleed(struct asking *asking, struct audit_vulnerability *out)
{
	struct raw_choice choice;
	enum heartbeat result;
	const char *text;

	raw_choose(&choice, asking, raw_wants_any);
	if (!raw_has_choice(&choice, out, "no suite of TLS 1.0 to 1.2 that this check speaks is accepted"))
		return;
	if (asking_audit(asking)->habits.heartbeat == TRI_NO) {
		note_exchange(asking, out, "offered the heartbeat extension, the ServerHello lacks it");
		is_not_vulnerable(asking, out, "does not support heartbeats");
		return;
	}
	result = ask_heartbeat(asking, &choice, &text);
	for (unsigned i = 0; i < CONFIRMATIONS && result == HEARTBEAT_LEAKED; i++)
		result = ask_heartbeat(asking, &choice, &text);
	if (result == HEARTBEAT_NO_EXTENSION) {
		note_exchange(asking, out, "offered the heartbeat extension, the ServerHello lacks it");
		is_not_vulnerable(asking, out, "does not support heartbeats");
	} else if (result == HEARTBEAT_LEAKED) {
		note_exchange(asking, out, "offered the heartbeat extension, the ServerHello has it");
		note_exchange(
			asking, out,
			"sent a heartbeat of 3 bytes that claims %u more, received more than was sent, three times",
			CLAIMED);
		is_vulnerable(asking, out, "answers a heartbeat with bytes of its memory");
	} else if (result == HEARTBEAT_DROPPED) {
		note_exchange(asking, out,
			      "sent a heartbeat of 3 bytes that claims %u more, received no more than an echo of a "
			      "sound one: %s",
			      CLAIMED, text);
		is_not_vulnerable(asking, out, "supports heartbeats, and drops one that claims more than it holds");
	} else {
		is_unknown(asking, out, "the handshake did not come to the heartbeat: %s", text);
	}
}

/* ---- CCS injection ------------------------------------------------------------------------------------- */

enum early_ccs { CCS_UNCLEAR, CCS_REFUSED, CCS_TAKEN };

static enum early_ccs send_early_ccs(struct raw_client *client)
{
	struct raw_record record;

	(void)raw_send_ccs(client);
	while (raw_read(client, &record))
		;
	if (client->end != RAW_SILENT)
		return client->end == RAW_GARBAGE ? CCS_UNCLEAR : CCS_REFUSED;
	/* Taken in silence: the second meets keys of nothing. */
	client->end = RAW_OPEN;
	if (!raw_send_ccs(client))
		return CCS_UNCLEAR;
	while (raw_read(client, &record))
		;
	if (client->end == RAW_ALERT && (client->alert == ALERT_DECRYPTION_FAILED || client->alert == ALERT_BAD_MAC))
		return CCS_TAKEN;
	return client->end == RAW_ALERT && client->alert == ALERT_UNEXPECTED ? CCS_REFUSED : CCS_UNCLEAR;
}

static enum early_ccs ask_early_ccs(struct asking *asking, const struct raw_choice *choice, const char **text)
{
	struct dialogue d;
	enum early_ccs result = CCS_UNCLEAR;

	if (dialogue_begin(&d, asking, choice)) {
		dialogue_hurry(&d);
		result = send_early_ccs(&d.client);
	}
	*text = raw_end_text(&d.client);
	dialogue_close(&d);
	return result;
}

void vulnerability_ccs_injection(struct asking *asking, struct audit_vulnerability *out)
{
	struct raw_choice choice;
	enum early_ccs result;
	const char *text;

	raw_choose(&choice, asking, raw_wants_any);
	if (!raw_has_choice(&choice, out, "no suite of TLS 1.0 to 1.2 that this check speaks is accepted"))
		return;
	result = ask_early_ccs(asking, &choice, &text);
	for (unsigned i = 0; i < CONFIRMATIONS && result == CCS_TAKEN; i++)
		result = ask_early_ccs(asking, &choice, &text);
	if (result == CCS_TAKEN) {
		note_exchange(asking, out, "sent ChangeCipherSpec before ClientKeyExchange: nothing came back");
		note_exchange(asking, out, "sent it again: %s, three times", text);
		is_vulnerable(asking, out, "takes ChangeCipherSpec before there are keys");
	} else if (result == CCS_REFUSED) {
		note_exchange(asking, out, "sent ChangeCipherSpec before ClientKeyExchange: %s", text);
		is_not_vulnerable(asking, out, "refuses ChangeCipherSpec before there are keys");
	} else {
		is_unknown(asking, out, "no clear answer to an early ChangeCipherSpec: %s", text);
	}
}

/* ---- a few warnings -------------------------------------------------------------------------------------- */

void vulnerability_alert_flood(struct asking *asking, struct audit_vulnerability *out)
{
	static const uint8_t warning[] = {1, 90}; /* user_canceled */
	struct raw_choice choice;
	struct dialogue d;
	bool begun, done;

	raw_choose(&choice, asking, raw_wants_any);
	if (!raw_has_choice(&choice, out, "no suite of TLS 1.0 to 1.2 that this check speaks is accepted"))
		return;
	begun = dialogue_begin(&d, asking, &choice);
	for (unsigned i = 0; begun && i < WARNINGS; i++)
		(void)raw_send(&d.client, RECORD_ALERT, span_of(warning, sizeof warning), NULL);
	done = begun && raw_key_exchange(&d.client) && raw_finish(&d.client);
	if (begun)
		note_exchange(asking, out, "sent %u warnings within the handshake: %s", WARNINGS,
			      done ? "it was finished all the same" : raw_end_text(&d.client));
	if (done)
		is_unknown(asking, out, "%u warnings are taken; more are never sent, so its limit is not known",
			   WARNINGS);
	else if (begun && d.client.end != RAW_SILENT && d.client.end != RAW_GARBAGE)
		is_not_vulnerable(asking, out, "ends the connection within %u warnings", WARNINGS);
	else
		is_unknown(asking, out, "no clear answer: %s", raw_end_text(&d.client));
	dialogue_close(&d);
}
