/* How each client reads the head of an HTTP/1 answer: measured, with what cannot be measured read off its source. */
#include "client/h1_head.h"

#include <string.h>

#include "client/shows.h"

static enum h1_view stops(const struct show_case *c, const struct shown *row, const char *more, struct client_result *out)
{
	show_set(c, row, more, out);
	return H1_STOPS;
}

static const char *text_of(const struct show_case *c, struct span text)
{
	return arena_strn(c->arena, text.p, text.n);
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static size_t digits_of(struct span text)
{
	size_t n = 0;

	while (n < text.n && is_digit(text.p[n]))
		n++;
	return n;
}

static unsigned number_of(struct span text, size_t n_digits)
{
	unsigned value = 0;

	for (size_t i = 0; i < n_digits && i < 6; i++)
		value = value * 10 + text.p[i] - '0';
	return value;
}

static bool begins(struct span text, const char *with)
{
	return span_find(span_sub(text, 0, strlen(with)), span_str(with)) == 0;
}

/* What follows the first blank; empty without one. */
static struct span second_word(struct span line)
{
	long blank = span_find(line, span_str(" "));
	struct span rest = blank < 0 ? span_of(NULL, 0) : span_sub(line, (size_t)blank + 1, line.n);

	while (rest.n > 0 && rest.p[0] == ' ')
		rest = span_sub(rest, 1, rest.n);
	return rest;
}

static struct span word(struct span text)
{
	long blank = span_find(text, span_str(" "));

	return blank < 0 ? text : span_sub(text, 0, (size_t)blank);
}

static const struct h1_line *field_find(const struct h1_head *head, const char *name, size_t from)
{
	for (size_t i = from < 1 ? 1 : from; i < head->n_lines; i++)
		if (span_is_nocase(h1_field_name(&head->lines[i]), name))
			return &head->lines[i];
	return NULL;
}

static size_t field_at(const struct h1_head *head, const struct h1_line *line)
{
	return (size_t)(line - head->lines);
}

static bool has_zero_byte(const struct h1_line *line)
{
	return line->text.n > 0 && memchr(line->text.p, 0, line->text.n);
}

/* A field that came twice with two values. */
static bool is_contradicted(const struct h1_head *head, const char *name)
{
	const struct h1_line *first = field_find(head, name, 1), *next = first;

	while (next && (next = field_find(head, name, field_at(head, next) + 1)) != NULL)
		if (!span_equal(h1_field_value(first), h1_field_value(next)))
			return true;
	return false;
}

static bool is_interim(const struct h1_head *head, const char *code)
{
	return begins(second_word(head->lines[0].text), code);
}

/* ---- Chrome: HttpStreamParser, HttpResponseHeaders ---------------------------------------------------- */

enum h1_view h1_chrome(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown invalid = { "ERR_INVALID_HTTP_RESPONSE", -370, NULL, NULL },
		empty = { "ERR_EMPTY_RESPONSE", -324, NULL, NULL },
		locations = { "ERR_RESPONSE_HEADERS_MULTIPLE_LOCATION", -350, NULL, NULL },
		dispositions = { "ERR_RESPONSE_HEADERS_MULTIPLE_CONTENT_DISPOSITION", -349, NULL, NULL };

	if (span_find_nocase(span_sub(head->lines[0].text, 0, 9), span_str("HTTP/")) < 0 || head->is_cut)
		return H1_NO_OPINION;
	for (size_t i = 0; i < head->n_lines; i++)
		if (has_zero_byte(&head->lines[i]))
			return stops(c, &invalid, NULL, out);
	/* No upgrade was asked for: an interim answer, and then none. */
	if (is_interim(head, "101") && !head->has_more)
		return stops(c, &empty, NULL, out);
	if (is_contradicted(head, "location"))
		return stops(c, &locations, NULL, out);
	if (is_contradicted(head, "content-disposition"))
		return stops(c, &dispositions, NULL, out);
	return H1_NO_OPINION;
}

/* ---- Firefox: nsHttpTransaction, nsHttpResponseHead -------------------------------------------------------- */

enum h1_view h1_firefox(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown value = { "invalidHeaderValue", 0, NULL, "about:neterror?e=invalidHeaderValue" },
		status = { "NS_ERROR_PARSING_HTTP_STATUS_LINE", 0, NULL, NULL },
		smuggled = { "corruptedContentErrorv2", 0, NULL, "about:neterror?e=corruptedContentErrorv2" };

	if (head->is_cut)
		return begins(head->lines[0].text, "HTTP/") ? H1_PASSES : H1_NO_OPINION;
	if (begins(head->lines[0].text, "HTTP/") && digits_of(second_word(head->lines[0].text)) == 0)
		return stops(c, &status, NULL, out);
	for (size_t i = 0; i < head->n_lines; i++)
		if (has_zero_byte(&head->lines[i]))
			return stops(c, &value, NULL, out);
	if (is_contradicted(head, "location") || is_contradicted(head, "content-disposition"))
		return stops(c, &smuggled, NULL, out);
	return H1_NO_OPINION;
}

/* ---- curl 7.88: Curl_http_readwrite_headers ------------------------------------------------------------- */

static enum h1_view curl_status(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown old = { "CURLE_UNSUPPORTED_PROTOCOL", 1, "Received HTTP/0.9 when not allowed", NULL },
		version = { "CURLE_UNSUPPORTED_PROTOCOL", 1, "Unsupported HTTP version in response", NULL },
		code = { "CURLE_UNSUPPORTED_PROTOCOL", 1, "Unsupported response code in HTTP response", NULL };
	struct span line = head->lines[0].text, status = second_word(line);
	size_t n = digits_of(status);

	if (head->has_blank_before || !begins(line, "HTTP/"))
		return stops(c, &old, NULL, out);
	if (line.n < 6 || !is_digit(line.p[5]) || n == 0)
		return stops(c, &version, NULL, out);
	if (n > 3 || number_of(status, n) < 100)
		return stops(c, &code, NULL, out);
	return H1_PASSES;
}

static bool curl_knows_coding(struct span list)
{
	static const char *const known[] = { "chunked", "identity", "deflate", "gzip", "x-gzip", "br", "zstd" };
	struct span first = span_trim(span_sub(list, 0, (size_t)(span_find(list, span_str(",")) < 0 ? (long)list.n :
								  span_find(list, span_str(",")))));

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (span_is_nocase(first, known[i]))
			return true;
	return false;
}

enum h1_view h1_curl(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown colon = { "CURLE_WEIRD_SERVER_REPLY", 8, "Header without colon", NULL },
		zero = { "CURLE_WEIRD_SERVER_REPLY", 8, "Nul byte in header", NULL },
		length = { "CURLE_WEIRD_SERVER_REPLY", 8, "Invalid Content-Length: value", NULL },
		coding = { "CURLE_BAD_CONTENT_ENCODING", 61, "Unrecognized content encoding type. libcurl understands deflate, gzip, "
			   "br, zstd content encodings.", NULL },
		nothing = { "CURLE_GOT_NOTHING", 52, "Empty reply from server", NULL };
	enum h1_view view = curl_status(c, head, out);

	for (size_t i = 1; i < head->n_lines && view == H1_PASSES && !head->is_cut; i++) {
		const struct h1_line *line = &head->lines[i];
		struct span name = h1_field_name(line), value = h1_field_value(line);

		if (has_zero_byte(line))
			return stops(c, &zero, NULL, out);
		if (span_find(line->text, span_str(":")) < 0)
			return stops(c, &colon, NULL, out);
		if (span_is_nocase(name, "content-length") && digits_of(value) == 0)
			return stops(c, &length, NULL, out);
		if (span_is_nocase(name, "transfer-encoding") && !curl_knows_coding(value))
			return stops(c, &coding, NULL, out);
	}
	if (view == H1_PASSES && is_interim(head, "101") && !head->has_more)
		return stops(c, &nothing, NULL, out);
	return view;
}

/* ---- Go 1.19: net/http ReadResponse, net/textproto ReadMIMEHeader, readTransfer ---------------------------- */

#define BROKEN(text) { "net/http: HTTP/1.x transport connection broken: " text, 0, NULL, NULL }

static const char *go_lengths(const struct show_case *c, const struct h1_head *head)
{
	const char *list = "";

	for (const struct h1_line *l = field_find(head, "content-length", 1); l; l = field_find(head, "content-length", field_at(head, l) + 1))
		list = arena_printf(c->arena, "%s%s\"%s\"", list, *list ? " " : "", text_of(c, h1_field_value(l)));
	return arena_printf(c->arena, "[%s]", list);
}

static enum h1_view go_status(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown answer = BROKEN("malformed HTTP response \"%s\""),
		code = BROKEN("malformed HTTP status code \"%s\""), version = BROKEN("malformed HTTP version \"%s\"");
	struct span line = head->lines[0].text, proto = word(line), status = word(second_word(line));

	if (head->has_blank_before)
		return stops(c, &answer, "", out);
	if (proto.n == line.n)
		return stops(c, &answer, text_of(c, line), out);
	if (status.n != 3 || digits_of(status) != 3)
		return stops(c, &code, text_of(c, status), out);
	if (!begins(proto, "HTTP/") || proto.n != 8 || proto.p[6] != '.' || !is_digit(proto.p[5]) || !is_digit(proto.p[7]))
		return stops(c, &version, text_of(c, proto), out);
	return H1_PASSES;
}

static enum h1_view go_body(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown coding = BROKEN("unsupported transfer encoding: \"%s\""), length = BROKEN("bad Content-Length \"%s\""),
		lengths = BROKEN("http: message cannot contain multiple Content-Length headers; got %s");
	const struct h1_line *te = field_find(head, "transfer-encoding", 1), *cl = field_find(head, "content-length", 1);
	struct span value;

	if (te && !span_is_nocase(h1_field_value(te), "chunked"))
		return stops(c, &coding, text_of(c, h1_field_value(te)), out);
	if (te || !cl)
		return H1_PASSES;
	if (is_contradicted(head, "content-length"))
		return stops(c, &lengths, go_lengths(c, head), out);
	value = h1_field_value(cl);
	if (digits_of(value) != value.n)
		return stops(c, &length, text_of(c, value), out);
	return H1_PASSES;
}

enum h1_view h1_go(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown colon = BROKEN("malformed MIME header: missing colon: \"%s\""),
		blank = BROKEN("malformed MIME header initial line: %s");
	enum h1_view view = go_status(c, head, out);

	for (size_t i = 1; i < head->n_lines && view == H1_PASSES; i++) {
		struct span text = head->lines[i].text;

		if (text.p[0] == ' ' || text.p[0] == '\t') {
			if (i == 1)
				return stops(c, &blank, text_of(c, text), out);
			continue;
		}
		if (span_find(text, span_str(":")) < 0)
			return stops(c, &colon, text_of(c, text), out);
	}
	if (view != H1_PASSES)
		return view;
	if (head->is_cut)
		return H1_NO_OPINION;
	return go_body(c, head, out);
}

/* ---- Java 17: HttpClient.parseHTTPHeader, HttpURLConnection.getInputStream ----------------------------------- */

enum h1_view h1_java(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown invalid = { "IOException", 0, "Invalid Http response", NULL },
		nothing = { "SocketException", 0, "Unexpected end of file from server", NULL };
	struct span line = head->lines[0].text, status = second_word(line);

	if (head->has_blank_before || !begins(line, "HTTP/1."))
		return stops(c, &invalid, NULL, out);
	/* Three digits are looked at, whatever follows them: 1000 is taken for 100, and another head awaited. */
	if (begins(status, "100") && !head->has_more)
		return stops(c, &nothing, NULL, out);
	status = word(status);
	if (status.n == 0 || digits_of(status) != status.n)
		return stops(c, &invalid, NULL, out);
	return H1_PASSES;
}

/* ---- Node.js 20: llhttp, strict -------------------------------------------------------------------------------- */

#define HPE(code, why) { "HPE_" code, 0, "Parse Error: " why, NULL }

static enum h1_view node_status(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown constant = HPE("INVALID_CONSTANT", "Expected HTTP/"), version = HPE("INVALID_VERSION", "Invalid HTTP version"),
		code = HPE("INVALID_STATUS", "Invalid status code"), end = HPE("CR_EXPECTED", "Missing expected CR after response line");
	static const char *const versions[] = { "HTTP/0.9", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0" };
	struct span line = head->lines[0].text, status = second_word(line);
	bool is_known = false;

	if (!begins(line, "HTTP/"))
		return stops(c, &constant, NULL, out);
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		is_known |= span_is(word(line), versions[i]);
	if (!is_known)
		return stops(c, &version, NULL, out);
	if (digits_of(status) != 3 || (status.n > 3 && status.p[3] != ' '))
		return stops(c, &code, NULL, out);
	if (head->lines[0].is_bare)
		return stops(c, &end, NULL, out);
	return H1_PASSES;
}

static bool is_token(struct span name)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < name.n; i++) {
		uint8_t byte = name.p[i], letter = byte | 0x20;

		if (!(is_digit(byte) || (letter >= 'a' && letter <= 'z') || (byte && strchr(others, byte))))
			return false;
	}
	return name.n > 0;
}

static bool has_control(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f)
			return true;
	return false;
}

static enum h1_view node_field(const struct show_case *c, const struct h1_head *head, size_t at, struct client_result *out)
{
	static const struct shown token = HPE("INVALID_HEADER_TOKEN", "Invalid header token"),
		control = HPE("INVALID_HEADER_TOKEN", "Invalid header value char"),
		twice = HPE("UNEXPECTED_CONTENT_LENGTH", "Content-Length already present"),
		number = HPE("INVALID_CONTENT_LENGTH", "Invalid character in Content-Length"),
		beside = HPE("INVALID_CONTENT_LENGTH", "Content-Length can't be present with Transfer-Encoding"),
		behind = HPE("INVALID_TRANSFER_ENCODING", "Transfer-Encoding can't be present with Content-Length"),
		end = HPE("CR_EXPECTED", "Missing expected CR after header value");
	const struct h1_line *line = &head->lines[at];
	long colon = span_find(line->text, span_str(":"));
	struct span name = h1_field_name(line), value = h1_field_value(line);
	const struct h1_line *te = field_find(head, "transfer-encoding", 1), *cl = field_find(head, "content-length", 1);

	if (line->text.p[0] == ' ' || line->text.p[0] == '\t')
		return H1_PASSES;
	if (colon < 0 || !is_token(span_sub(line->text, 0, (size_t)colon)))
		return stops(c, &token, NULL, out);
	if (span_is_nocase(name, "content-length")) {
		if (cl != line)
			return stops(c, &twice, NULL, out);
		if (te && te < line)
			return stops(c, &beside, NULL, out);
		if (digits_of(value) != value.n)
			return stops(c, &number, NULL, out);
	}
	if (te == line && cl && cl < line)
		return stops(c, &behind, NULL, out);
	if (has_control(value))
		return stops(c, &control, NULL, out);
	return line->is_bare ? stops(c, &end, NULL, out) : H1_PASSES;
}

enum h1_view h1_node(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	enum h1_view view = node_status(c, head, out);

	for (size_t i = 1; i < head->n_lines && view == H1_PASSES && !head->lines[i].is_cut; i++)
		view = node_field(c, head, i, out);
	return view == H1_PASSES && head->is_cut ? H1_NO_OPINION : view;
}

/* ---- Python 3.11: http.client.HTTPResponse.begin ------------------------------------------------------------------ */

enum h1_view h1_python(const struct show_case *c, const struct h1_head *head, struct client_result *out)
{
	static const struct shown bad = { "BadStatusLine", 0, "%s", NULL }, unknown = { "UnknownProtocol", 0, "%s", NULL };
	struct span line = head->lines[0].text, status = word(second_word(line));
	size_t n = digits_of(status);

	if (head->has_blank_before || !begins(line, "HTTP/") || n == 0 || n != status.n || number_of(status, n) < 100 ||
	    number_of(status, n) > 999)
		return stops(c, &bad, head->has_blank_before ? "" : text_of(c, line), out);
	if (!begins(line, "HTTP/1.") && !begins(line, "HTTP/0.9"))
		return stops(c, &unknown, text_of(c, word(line)), out);
	return H1_PASSES;
}
