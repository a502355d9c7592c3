/* Resolvers that answer wrongly, each on port 53 of an address of loopback of its own, over UDP and TCP: RFC 1035, RFC 7766.
 * A client is pointed at one by its resolv.conf; the port wants root. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/wr.h"
#include "lab.h"

enum { DNS_PORT = 53, MESSAGE_MAX = 1024, TYPE_A = 1, TYPE_CNAME = 5, QR_RD_RA = 0x8180 };
enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5 };

enum dns_does { DNS_RCODE, DNS_SILENCE, DNS_EMPTY, DNS_ALIAS, DNS_ADDRESS };

struct resolver {
	const char *host;               /* the name that it answers so */
	enum dns_does does;
	unsigned rcode;
	bool is_for_all;                /* whatever the name */
	uint8_t value[256];             /* RDATA of an alias or an address */
	size_t n_value;
	int udp, tcp;
};

bool scene_is_dns(const struct scene *scene)
{
	return scene_is(scene, "kind", "dns");
}

/* ---- an answer ------------------------------------------------------------------------------------------ */

/* A name without compression, as questions have it; false where it is none. Its text has dots, and no last one. */
static bool name_read(struct rd *rd, char *text, size_t cap)
{
	size_t n = 0;

	for (;;) {
		struct rd label = rd_vec8(rd);
		struct span bytes = rd_rest(&label);

		if (!rd_ok(rd) || bytes.n > 63 || n + bytes.n + 2 > cap)
			return false;
		if (bytes.n == 0)
			break;
		if (n > 0)
			text[n++] = '.';
		memcpy(text + n, bytes.p, bytes.n);
		n += bytes.n;
	}
	text[n] = '\0';
	return true;
}

static size_t name_write(uint8_t *to, const char *text)
{
	size_t n = 0;

	for (size_t len; (len = strcspn(text, ".")) > 0 && len < 64 && n + len < 250; text += len + (text[len] == '.')) {
		to[n++] = (uint8_t)len;
		memcpy(to + n, text, len);
		n += len;
	}
	to[n++] = 0;
	return n;
}

static void record_write(struct wr *wr, const struct resolver *r, uint16_t type)
{
	wr_u16(wr, 0xc00c);             /* the name of the question */
	wr_u16(wr, type);
	wr_u16(wr, 1);
	wr_u32(wr, 60);
	wr_u16(wr, (uint16_t)r->n_value);
	wr_bytes(wr, span_of(r->value, r->n_value));
}

/* Bytes of the answer to `question`; 0: silence. */
static size_t answer_to(const struct resolver *r, struct span question, uint8_t *out)
{
	struct rd rd = rd_of(question);
	uint16_t id = rd_u16(&rd), type;
	char name[256];
	struct wr wr = wr_of(out, MESSAGE_MAX);
	bool is_ours, has_record;
	size_t before;

	rd_skip(&rd, 10);
	before = rd.n;
	if (!name_read(&rd, name, sizeof name))
		return 0;
	type = rd_u16(&rd);
	rd_skip(&rd, 2);
	is_ours = r->is_for_all || strcasecmp(name, r->host) == 0;
	if (!rd_ok(&rd) || (r->does == DNS_SILENCE && is_ours))
		return 0;
	has_record = is_ours && (r->does == DNS_ALIAS || (r->does == DNS_ADDRESS && type == TYPE_A));
	wr_u16(&wr, id);
	/* An alias' own name exists; what it leads to does not, which the response says of the whole. RFC 6604 */
	wr_u16(&wr, (uint16_t)(QR_RD_RA | (r->does == DNS_ALIAS || is_ours ? r->rcode : NOERROR)));
	wr_u16(&wr, 1);
	wr_u16(&wr, has_record);
	wr_u16(&wr, 0);
	wr_u16(&wr, 0);
	wr_bytes(&wr, span_sub(question, 12, before - rd.n));
	if (has_record)
		record_write(&wr, r, r->does == DNS_ALIAS ? TYPE_CNAME : TYPE_A);
	return wr_span(&wr).n;
}

/* ---- serving ---------------------------------------------------------------------------------------------- */

static void *serve_udp(void *arg)
{
	const struct resolver *r = arg;

	for (;;) {
		uint8_t question[MESSAGE_MAX], answer[MESSAGE_MAX];
		struct sockaddr_storage peer;
		socklen_t len = sizeof peer;
		ssize_t n = recvfrom(r->udp, question, sizeof question, 0, (struct sockaddr *)&peer, &len);
		size_t out = n > 0 ? answer_to(r, span_of(question, (size_t)n), answer) : 0;

		if (out > 0)
			sendto(r->udp, answer, out, 0, (struct sockaddr *)&peer, len);
	}
	return NULL;
}

static bool receive_all(int fd, uint8_t *to, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, to, n, 0);

		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

static void *serve_tcp(void *arg)
{
	const struct resolver *r = arg;
	static const struct timeval limit = { .tv_sec = 10 };

	for (;;) {
		uint8_t size[2], question[MESSAGE_MAX], answer[2 + MESSAGE_MAX];
		int fd = accept4(r->tcp, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		while (receive_all(fd, size, 2) && (size_t)(size[0] << 8 | size[1]) <= sizeof question &&
		       receive_all(fd, question, (size_t)(size[0] << 8 | size[1]))) {
			size_t out = answer_to(r, span_of(question, (size_t)(size[0] << 8 | size[1])), answer + 2);

			answer[0] = (uint8_t)(out >> 8);
			answer[1] = (uint8_t)out;
			if (out > 0 && send(fd, answer, out + 2, MSG_NOSIGNAL) < 0)
				break;
		}
		close(fd);
	}
	return NULL;
}

/* ---- set up ------------------------------------------------------------------------------------------------- */

static int door(const char *address, int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(DNS_PORT) };
	int yes = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &at.sin_addr);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
	    (type == SOCK_DGRAM || listen(fd, 16) == 0))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* dns nxdomain | servfail | refused | silence | dead | empty | closed | alias NAME | address A.B.C.D */
static bool resolver_read(const char *text, struct resolver *r)
{
	size_t n = strcspn(text, " \t");
	const char *value = text + n + strspn(text + n, " \t");

	if (strcmp(text, "nxdomain") == 0)
		r->rcode = NXDOMAIN;
	else if (strcmp(text, "servfail") == 0)
		r->rcode = SERVFAIL;
	else if (strcmp(text, "refused") == 0)
		*r = (struct resolver){ .host = r->host, .rcode = REFUSED, .is_for_all = true };
	else if (strcmp(text, "silence") == 0 || strcmp(text, "dead") == 0 || strcmp(text, "closed") == 0) {
		r->does = DNS_SILENCE;
		r->is_for_all = strcmp(text, "dead") == 0;
	}
	else if (strcmp(text, "empty") == 0)
		r->does = DNS_EMPTY;
	else if (strncmp(text, "alias ", 6) == 0 && strlen(value) < 200) {
		r->does = DNS_ALIAS;
		r->rcode = NXDOMAIN;
		r->n_value = name_write(r->value, value);
	} else {
		r->does = DNS_ADDRESS;
		r->n_value = 4;
		return strncmp(text, "address ", 8) == 0 && inet_pton(AF_INET, value, r->value) == 1;
	}
	return true;
}

bool dns_line_is_good(const char *text)
{
	struct resolver r = { 0 };

	return resolver_read(text, &r);
}

void dns_listen(struct lab *lab, struct scene *scene, size_t nth)
{
	struct resolver *r = arena_alloc(lab->arena, sizeof *r);
	const char *what = scene_get(scene, "dns");
	pthread_t thread;

	if (!what)
		lab_fail("%s: has no line \"dns\"", scene->path);
	*r = (struct resolver){ .host = scene->host };
	resolver_read(what, r);
	scene->resolver = arena_printf(lab->arena, "127.43.53.%u", (unsigned)(nth % 250) + 1);
	scene->port = 443;
	if (strcmp(what, "closed") == 0)
		return;
	r->udp = door(scene->resolver, SOCK_DGRAM);
	r->tcp = door(scene->resolver, SOCK_STREAM);
	if (r->udp < 0 || r->tcp < 0)
		lab_fail("%s: no port 53 of %s: %s", scene->name, scene->resolver, strerror(errno));
	if (pthread_create(&thread, NULL, serve_udp, r) != 0 || pthread_create(&thread, NULL, serve_tcp, r) != 0)
		lab_fail("%s: no thread for port 53", scene->name);
}

/* Without the right to port 53 the street has no resolvers; it says so once. */
void dns_open(struct lab *lab)
{
	size_t n = 0, kept = 0;
	int fd;

	for (size_t i = 0; i < lab->n_scenes; i++)
		n += scene_is_dns(&lab->scenes[i]);
	fd = n > 0 ? door("127.43.53.254", SOCK_DGRAM) : -1;
	if (fd >= 0)
		close(fd);
	if (n == 0 || fd >= 0)
		return;
	fprintf(stderr, "why443-lab: %zu resolvers are left out: port 53 of 127.43.53.0/24: %s\n", n, strerror(errno));
	for (size_t i = 0; i < lab->n_scenes; i++)
		if (!scene_is_dns(&lab->scenes[i]))
			lab->scenes[kept++] = lab->scenes[i];
	lab->n_scenes = kept;
	if (kept == 0)
		exit(2);
}
