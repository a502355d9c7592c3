/* The HTTP answer of a scene: `status`, `header` and `body` lines. Content-Type, Content-Length
 * and Connection are added unless a header line says something (or "NAME: -", for none). */
#include <strings.h>

#include "base/out.h"
#include "channel.h"

static bool has_header(const struct scene *scene, const char *name)
{
	for (const struct line *line = NULL; (line = scene_next(scene, "header", line));)
		if (strncasecmp(line->rest, name, strlen(name)) == 0 && line->rest[strlen(name)] == ':')
			return true;
	return false;
}

static void add_headers(struct lab *lab, struct out *out, const struct scene *scene, size_t body_len)
{
	if (!has_header(scene, "Content-Type"))
		out_str(out, "Content-Type: text/html; charset=utf-8\r\n");
	if (!has_header(scene, "Content-Length") && !has_header(scene, "Transfer-Encoding"))
		out_printf(out, "Content-Length: %zu\r\n", body_len);
	if (!has_header(scene, "Connection"))
		out_str(out, "Connection: close\r\n");
	for (const struct line *line = NULL; (line = scene_next(scene, "header", line));)
		if (strlen(line->rest) < 3 || strcmp(line->rest + strlen(line->rest) - 3, ": -") != 0) {
			struct span text = text_unescape(lab->arena, line->rest);

			out_bytes(out, text.p, text.n);
			out_str(out, "\r\n");
		}
}

void answer_make(struct lab *lab, struct scene *scene)
{
	const char *status = scene_get(scene, "status");
	struct out head = { 0 }, body = { 0 };

	for (const struct line *line = NULL; (line = scene_next(scene, "body", line));) {
		struct span text = text_unescape(lab->arena, line->rest);

		out_bytes(&body, text.p, text.n);
	}
	if (!scene_get(scene, "body"))
		out_printf(&body, "<!doctype html><title>%s</title><p>%s</p>\n", scene->name,
			   scene_get(scene, "title"));
	out_printf(&head, "HTTP/1.1 %s\r\n", status ? status : "200 OK");
	add_headers(lab, &head, scene, body.n);
	out_str(&head, "\r\n");
	out_bytes(&head, body.text, body.n);
	if (head.failed || body.failed)
		lab_fail("out of memory");
	scene->answer = arena_copy(lab->arena, span_of(head.text, head.n));
	out_release(&head);
	out_release(&body);
}
