/* What a server does with a connection, step by step (`do` lines; `do-h2` where HTTP/2 was agreed
 * on). With TLS the script begins after the handshake; without, at once. */
#include <stdlib.h>

#include "base/wr.h"
#include "channel.h"
#include "hello.h"

enum verb {
	DO_HELLO, DO_LINE, DO_TAKE, DO_SOCKS, DO_RETRY, DO_REQUEST, DO_STREAM, DO_ANSWER, DO_SEND, DO_FRAME, DO_DRIP, DO_WAIT, DO_CLOSE, DO_RESET, DO_SILENCE
};

struct step {
	enum verb verb;
	unsigned ms;            /* of DO_TAKE: bytes */
	struct span bytes;
};

static void step_add(struct lab *lab, struct script *script, struct step step)
{
	*arena_push(lab->arena, script->steps, script->n, script->cap) = step;
}

static struct span bytes_from_hex(struct lab *lab, const char *text)
{
	uint8_t *bytes = arena_alloc(lab->arena, strlen(text) + 1);
	size_t n = 0;

	while (*(text += strspn(text, " \t")) != '\0') {
		char pair[3] = { text[0], text[1], '\0' };

		bytes[n++] = (uint8_t)strtoul(pair, NULL, 16);
		text += text[1] == '\0' ? 1 : 2;
	}
	return span_of(bytes, n);
}

/* alert N [warning]: RFC 8446 6 */
static struct span bytes_of_alert(struct lab *lab, const char *text)
{
	uint8_t record[7] = { 21, 3, 3, 0, 2, text_has(text, "warning") ? 1 : 2, (uint8_t)strtoul(text, NULL, 10) };

	return arena_copy(lab->arena, span_of(record, sizeof record));
}

/* server-hello version=0302 cipher=c014 [compression=0]: RFC 5246 7.4.1.3, without extensions */
static struct span bytes_of_server_hello(struct lab *lab, const char *text)
{
	const char *version = text_option(lab->arena, text, "version");
	const char *cipher = text_option(lab->arena, text, "cipher");
	const char *compression = text_option(lab->arena, text, "compression");
	uint16_t wire_version = (uint16_t)strtoul(version ? version : "0303", NULL, 16);
	struct wr wr = wr_of(arena_alloc(lab->arena, 128), 128);

	wr_u8(&wr, 22);
	wr_u16(&wr, wire_version);
	size_t record = wr_open(&wr, 2);
	wr_u8(&wr, 2);
	size_t body = wr_open(&wr, 3);
	wr_u16(&wr, wire_version);
	wr_fill(&wr, 0x5a, 32);
	wr_u8(&wr, 0);
	wr_u16(&wr, (uint16_t)strtoul(cipher ? cipher : "c02f", NULL, 16));
	wr_u8(&wr, (uint8_t)(compression ? strtoul(compression, NULL, 10) : 0));
	wr_close(&wr, body, 3);
	wr_close(&wr, record, 2);
	return wr_span(&wr);
}

static const struct verb_row {
	const char *name;
	enum verb verb;
	struct span (*bytes)(struct lab *lab, const char *text);        /* NULL: none, or escaped text */
} verbs[] = {
	{ "hello", DO_HELLO, NULL },
	{ "line", DO_LINE, NULL },
	{ "take", DO_TAKE, NULL },
	{ "socks", DO_SOCKS, NULL },
	{ "request", DO_REQUEST, NULL },
	{ "stream", DO_STREAM, NULL },
	{ "answer", DO_ANSWER, NULL },
	{ "send", DO_SEND, NULL },
	{ "hex", DO_SEND, bytes_from_hex },
	{ "frame", DO_FRAME, bytes_from_hex },
	{ "alert", DO_SEND, bytes_of_alert },
	{ "server-hello", DO_SEND, bytes_of_server_hello },
	{ "retry", DO_RETRY, bytes_from_hex },
	{ "drip", DO_DRIP, NULL },
	{ "wait", DO_WAIT, NULL },
	{ "close", DO_CLOSE, NULL },
	{ "reset", DO_RESET, NULL },
	{ "silence", DO_SILENCE, NULL },
};

static void step_read(struct lab *lab, const struct scene *scene, struct script *script, const struct line *line)
{
	size_t n = strcspn(line->rest, " \t");
	const char *rest = line->rest + n + strspn(line->rest + n, " \t");

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (strlen(verbs[i].name) != n || strncmp(verbs[i].name, line->rest, n) != 0)
			continue;
		struct step step = { .verb = verbs[i].verb };
		char *end = NULL;

		if (step.verb == DO_WAIT || step.verb == DO_DRIP || step.verb == DO_TAKE) {
			step.ms = (unsigned)strtoul(rest, &end, 10);
			rest = end + strspn(end, " \t");
		}
		step.bytes = verbs[i].bytes ? verbs[i].bytes(lab, rest) : text_unescape(lab->arena, rest);
		step_add(lab, script, step);
		return;
	}
	lab_fail("%s:%u: nobody can do \"%s\"", scene->path, line->number, line->rest);
}

void script_make(struct lab *lab, struct scene *scene)
{
	for (const struct line *line = NULL; (line = scene_next(scene, "do", line));)
		step_read(lab, scene, &scene->script, line);
	for (const struct line *line = NULL; (line = scene_next(scene, "do-h2", line));)
		step_read(lab, scene, &scene->h2_script, line);
	for (const struct line *line = NULL; (line = scene_next(scene, "before", line));)
		step_read(lab, scene, &scene->before, line);
	if (scene->script.n > 0)
		return;
	step_add(lab, &scene->script, (struct step){ .verb = DO_REQUEST });
	step_add(lab, &scene->script, (struct step){ .verb = DO_ANSWER });
}

static bool drip(struct channel *channel, const struct step *step)
{
	for (size_t i = 0; i < step->bytes.n; i++) {
		if (!channel_send(channel, span_sub(step->bytes, i, 1)))
			return false;
		sleep_ms(step->ms);
	}
	return true;
}

/* Keeps the session id of the hello, which an answer in TLS 1.3 has to repeat. */
static bool take_hello(struct channel *channel)
{
	uint8_t record[HELLO_MAX];
	size_t n;

	/* Before a second hello clients send a ChangeCipherSpec for middleboxes: RFC 8446 D.4. */
	do
		n = channel_record(channel, record, sizeof record, false);
	while (n > 0 && record[0] == 20);
	struct rd rd = rd_of(span_of(record, n));

	rd_skip(&rd, 5 + 4 + 2 + 32);
	struct rd id = rd_vec8(&rd);
	channel->n_session_id = id.n <= sizeof channel->session_id ? (uint8_t)id.n : 0;
	memcpy(channel->session_id, id.p ? id.p : record, channel->n_session_id);
	return n > 0;
}

/* retry 001d: a HelloRetryRequest that asks for this group. RFC 8446 4.1.4 */
static bool send_retry(struct channel *channel, struct span group)
{
	static const uint8_t random[32] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
		0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
	};
	uint8_t bytes[160];
	struct wr wr = wr_of(bytes, sizeof bytes);

	wr_u8(&wr, 22);
	wr_u16(&wr, 0x0303);
	size_t record = wr_open(&wr, 2);
	wr_u8(&wr, 2);
	size_t body = wr_open(&wr, 3);
	wr_u16(&wr, 0x0303);
	wr_bytes(&wr, span_of(random, sizeof random));
	wr_u8(&wr, channel->n_session_id);
	wr_bytes(&wr, span_of(channel->session_id, channel->n_session_id));
	wr_u16(&wr, 0x1301);
	wr_u8(&wr, 0);
	size_t extensions = wr_open(&wr, 2);
	wr_u16(&wr, 43);                /* supported_versions */
	wr_u16(&wr, 2);
	wr_u16(&wr, 0x0304);
	wr_u16(&wr, 51);                /* key_share */
	wr_u16(&wr, 2);
	wr_bytes(&wr, span_sub(group, 0, 2));
	wr_close(&wr, extensions, 2);
	wr_close(&wr, body, 3);
	wr_close(&wr, record, 2);
	return channel_send(channel, wr_span(&wr));
}

static bool receive_all(struct channel *channel, uint8_t *to, size_t n)
{
	while (n > 0) {
		long got = channel_receive(channel, to, n);

		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

/* Reads what an HTTP/2 client sends, its preface and frames, up to the HEADERS that ask, and keeps their stream: each
 * client counts from a number of its own. RFC 9113 3.4, 4.1, 6.2 */
static bool take_stream(struct channel *channel)
{
	enum { PREFACE = 24, TYPE_HEADERS = 1 };
	uint8_t head[PREFACE], body[16384];

	if (!receive_all(channel, head, PREFACE))
		return false;
	for (int frames = 0; frames < 64 && receive_all(channel, head, 9); frames++) {
		size_t n = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];

		if (n > sizeof body || !receive_all(channel, body, n))
			return false;
		if (head[3] != TYPE_HEADERS)
			continue;
		memcpy(channel->stream, head + 5, sizeof channel->stream);
		return true;
	}
	return false;
}

/* frame TYPE FLAGS BYTES: an HTTP/2 frame on the stream that was taken. */
static bool send_frame(struct channel *channel, struct span bytes)
{
	uint8_t text[512];
	struct wr wr = wr_of(text, sizeof text);

	if (bytes.n < 2 || bytes.n > sizeof text - 16)
		return false;
	wr_u8(&wr, 0);
	wr_u16(&wr, (uint16_t)(bytes.n - 2));
	wr_bytes(&wr, span_sub(bytes, 0, 2));
	wr_bytes(&wr, span_of(channel->stream, sizeof channel->stream));
	wr_bytes(&wr, span_sub(bytes, 2, bytes.n));
	return channel_send(channel, wr_span(&wr));
}

/* Up to the end of a line, byte by byte: what follows may be TLS. */
static bool take_line(struct channel *channel)
{
	char byte = 0;

	for (size_t n = 0; n < 4096 && byte != '\n'; n++)
		if (channel_receive(channel, &byte, 1) != 1)
			return false;
	return byte == '\n';
}

static bool take_bytes(struct channel *channel, size_t n)
{
	uint8_t bytes[512];

	return n <= sizeof bytes && receive_all(channel, bytes, n);
}

/* One message of a SOCKS5 client: methods the first time, then a request, whose address has one of three forms. RFC 1928 3, 4 */
static bool take_socks(struct channel *channel)
{
	uint8_t head[4], n = 0;

	if (!receive_all(channel, head, 2) || head[0] != 5)
		return false;
	if (!channel->has_greeted) {
		channel->has_greeted = true;
		return take_bytes(channel, head[1]);
	}
	if (!receive_all(channel, head + 2, 2) || (head[3] == 3 && !receive_all(channel, &n, 1)))
		return false;
	return take_bytes(channel, (head[3] == 1 ? 4u : head[3] == 4 ? 16u : n) + 2u);
}

static bool step_run(struct channel *channel, const struct step *step)
{
	switch (step->verb) {
	case DO_HELLO: return take_hello(channel);
	case DO_LINE: return take_line(channel);
	case DO_TAKE: return take_bytes(channel, step->ms);
	case DO_SOCKS: return take_socks(channel);
	case DO_RETRY: return send_retry(channel, step->bytes);
	case DO_REQUEST: channel_read_request(channel); return true;
	case DO_STREAM: return take_stream(channel);
	case DO_FRAME: return send_frame(channel, step->bytes);
	case DO_ANSWER: return channel_send(channel, channel->scene->answer);
	case DO_SEND: return channel_send(channel, step->bytes);
	case DO_DRIP: return drip(channel, step);
	case DO_WAIT: sleep_ms(step->ms); return true;
	case DO_SILENCE: channel_hold(channel); return false;
	case DO_RESET: channel_reset(channel); return false;
	case DO_CLOSE: return false;
	}
	return false;
}

static bool speaks_h2(const struct channel *channel)
{
	const unsigned char *name = NULL;
	unsigned n = 0;

	if (channel->ssl)
		SSL_get0_alpn_selected(channel->ssl, &name, &n);
	return span_is(span_of(name, n), "h2");
}

bool script_before(struct channel *channel)
{
	const struct script *script = &channel->scene->before;

	for (size_t i = 0; i < script->n; i++)
		if (!step_run(channel, &script->steps[i]))
			return false;
	return true;
}

void script_run(struct channel *channel)
{
	const struct scene *scene = channel->scene;
	const struct script *script = scene->h2_script.n > 0 && speaks_h2(channel) ? &scene->h2_script : &scene->script;

	for (size_t i = 0; i < script->n; i++)
		if (!step_run(channel, &script->steps[i]))
			break;
	channel_close(channel);
}
