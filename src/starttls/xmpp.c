/* XMPP, client to server and server to server: RFC 6120 4, 5. The stream is no whole document, so its
 * few elements are found by their names; RFC 6120 11.1 forbids comments and entities that could hide them. */
#include "starttls/dialogue.h"

enum state { FEATURES, PROCEED };

static void begin(struct dialogue *d, const char *xmlns)
{
	const char *host = d->ask->host;

	/* Host names hold nothing that XML must quote; addresses neither. */
	dialogue_say(d, arena_printf(d->arena, "<?xml version='1.0'?><stream:stream xmlns='%s' "
				     "xmlns:stream='http://etherx.jabber.org/streams' to='%s' version='1.0'>", xmlns, host));
}

static void begin_client(struct dialogue *d)
{
	begin(d, "jabber:client");
}

static void begin_server(struct dialogue *d)
{
	begin(d, "jabber:server");
}

/* Where the element that begins with `open` ends, or -1: "<x/>", or up to `close`. */
static long element_end(struct span bytes, const char *open, const char *close)
{
	long at = span_find(bytes, span_str(open)), end, gt;
	struct span rest;

	if (at < 0)
		return -1;
	rest = span_sub(bytes, (size_t)at, bytes.n);
	gt = span_find(rest, span_str(">"));
	if (gt < 0)
		return -1;
	if (gt > 0 && rest.p[gt - 1] == '/')
		return at + gt + 1;
	end = span_find(rest, span_str(close));
	return end < 0 ? -1 : at + end + (long)strlen(close);
}

static bool failed(struct dialogue *d, struct span bytes)
{
	long error = span_find(bytes, span_str("<stream:error"));
	long end = element_end(bytes, "<stream:error", "</stream:error>");

	if (error >= 0 && end >= 0) {
		struct span text = span_sub(bytes, (size_t)error, (size_t)(end - error));

		if (d->state == PROCEED)
			dialogue_refused(d, 0, text);
		else
			dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, text);
		return true;
	}
	return false;
}

static size_t take_features(struct dialogue *d, struct span bytes)
{
	long end = element_end(bytes, "<stream:features", "</stream:features>");
	long at = span_find(bytes, span_str("<stream:features"));
	struct span features;

	if (end < 0)
		return 0;
	features = span_sub(bytes, (size_t)at, (size_t)(end - at));
	dialogue_offer(d, features);
	d->out->greeting = arena_text(d->arena, span_sub(bytes, 0, (size_t)at < 500 ? (size_t)at : 500));
	d->out->offered = span_find(features, span_str("urn:ietf:params:xml:ns:xmpp-tls")) >= 0 ? TRI_YES : TRI_NO;
	d->out->step = DIALOGUE_COMMAND;
	d->state = PROCEED;
	dialogue_say(d, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	return (size_t)end;
}

static size_t take_answer(struct dialogue *d, struct span bytes)
{
	long end = element_end(bytes, "<proceed", "</proceed>");

	if (end >= 0) {
		dialogue_done(d);
		return (size_t)end;
	}
	end = element_end(bytes, "<failure", "</failure>");
	if (end < 0)
		return 0;
	dialogue_refused(d, 0, bytes);
	return (size_t)end;
}

static size_t take(struct dialogue *d, struct span bytes)
{
	if (d->state == FEATURES && bytes.p[0] != '<' && bytes.p[0] > ' ') {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (failed(d, bytes))
		return bytes.n;
	return d->state == FEATURES ? take_features(d, bytes) : take_answer(d, bytes);
}

const struct dialogue_protocol protocol_xmpp = { "xmpp", "XMPP", "starttls", false, begin_client, take, false };
const struct dialogue_protocol protocol_xmpp_server = { "xmpp-server", "XMPP between servers", "starttls", false, begin_server, take, false };
