/* The first TLS record of an answer as it came: how its five bytes are read decides what a client shows for what is no
 * proper TLS, and each library reads them in its own order. */
#ifndef WHY_CLIENT_FIRST_RECORD_H
#define WHY_CLIENT_FIRST_RECORD_H

#include "client/client.h"

struct show_case;

enum { RECORD_HEAD = 5, RECORD_PLAIN_MAX = 16384, RECORD_MAX = RECORD_PLAIN_MAX + 2048 };

struct first_record {
	struct span bytes;      /* what came, up to 512 */
	bool has_head;          /* all five */
	uint8_t type;
	unsigned version, length;
	bool is_whole;          /* as far as was kept */
	int message;            /* of a handshake record: its type; -1 without */
};

/* False where there is nothing to read: no byte, a server hello, an alert; or where it was not the bytes that ended it. */
bool first_record_read(const struct attempt *attempt, struct first_record *out);

/* struct client_texts.reads_record: true when `out` says what this client shows. */
bool record_chrome(const struct show_case *c, const struct first_record *record, struct client_result *out);
bool record_firefox(const struct show_case *c, const struct first_record *record, struct client_result *out);
bool record_go(const struct show_case *c, const struct first_record *record, struct client_result *out);
bool record_java(const struct show_case *c, const struct first_record *record, struct client_result *out);
bool record_gnutls(const struct show_case *c, const struct first_record *record, struct client_result *out);

#endif
