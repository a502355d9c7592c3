/* See tds.h. What begins like a TLS record instead of a packet ends the wrapping, either way: the handshake is over then. */
#include "probe/tds.h"

#include <errno.h>
#include <stdlib.h>

enum { HEADER = 8, PACKET_MAX = 4096, RESPONSE = 0x04, PRELOGIN = 0x12, END_OF_MESSAGE = 0x01, APPLICATION_DATA = 23 };

struct tds {
	struct conn *conn;
	uint8_t header[HEADER];
	size_t n_header;        /* of the next packet, read so far */
	size_t left;            /* of the packet's content */
	size_t given;           /* of `header` when it was no header: handed on so far */
	bool is_bare;
};

/* ---- reading ------------------------------------------------------------------------------------------ */

static ssize_t give_back(struct tds *tds, uint8_t *buffer, size_t n)
{
	size_t got = tds->n_header - tds->given < n ? tds->n_header - tds->given : n;

	memcpy(buffer, tds->header + tds->given, got);
	tds->given += got;
	return (ssize_t)got;
}

/* One more piece of a packet's header; 1 when something was found out. */
static ssize_t read_header(struct tds *tds, unsigned timeout_ms)
{
	ssize_t got = conn_read(tds->conn, tds->header + tds->n_header, HEADER - tds->n_header, timeout_ms);
	size_t n;

	if (got <= 0)
		return got;
	tds->n_header += (size_t)got;
	if (tds->header[0] != PRELOGIN && tds->header[0] != RESPONSE) {
		tds->is_bare = true;
		tds->given = 0;
		return 1;
	}
	if (tds->n_header < HEADER)
		return 1;
	n = (size_t)tds->header[2] << 8 | tds->header[3];
	tds->n_header = 0;
	tds->left = n > HEADER ? n - HEADER : 0;
	return 1;
}

static ssize_t tds_read(void *ctx, void *buffer, size_t n, unsigned timeout_ms)
{
	struct tds *tds = ctx;
	ssize_t got;

	while (!tds->is_bare && tds->left == 0) {
		got = read_header(tds, timeout_ms);
		if (got <= 0)
			return got;
	}
	if (tds->is_bare && tds->given < tds->n_header)
		return give_back(tds, buffer, n);
	got = conn_read(tds->conn, buffer, tds->is_bare || n < tds->left ? n : tds->left, timeout_ms);
	if (got > 0 && !tds->is_bare)
		tds->left -= (size_t)got;
	return got;
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static int tds_write(void *ctx, struct span bytes, unsigned timeout_ms)
{
	struct tds *tds = ctx;
	uint8_t packet[PACKET_MAX];

	if (tds->is_bare || (bytes.n > 0 && bytes.p[0] == APPLICATION_DATA))
		return conn_write(tds->conn, bytes, timeout_ms);
	for (size_t at = 0; at < bytes.n;) {
		size_t n = bytes.n - at < PACKET_MAX - HEADER ? bytes.n - at : PACKET_MAX - HEADER;
		bool is_last = at + n == bytes.n;
		const uint8_t header[HEADER] = { PRELOGIN, is_last ? END_OF_MESSAGE : 0, (uint8_t)((n + HEADER) >> 8), (uint8_t)(n + HEADER), 0, 0, 0, 0 };
		int status;

		memcpy(packet, header, HEADER);
		memcpy(packet + HEADER, bytes.p + at, n);
		status = conn_write(tds->conn, span_of(packet, n + HEADER), timeout_ms);
		if (status < 0)
			return status;
		at += n;
	}
	return 0;
}

static void tds_end(void *ctx)
{
	free(ctx);
}

bool tds_wrap(struct conn *conn)
{
	struct tds *tds = conn_has_layer(conn) ? NULL : calloc(1, sizeof *tds);

	if (!tds)
		return false;
	tds->conn = conn;
	conn_set_layer(conn, &(struct conn_layer){ tds_read, tds_write, tds_end, tds });
	return true;
}
