/* TLS as MS SQL Server wants it: until the handshake is over its records travel in packets of TDS. MS-TDS 2.2.6.5, 3.2.5.1. */
#ifndef WHY_PROBE_TDS_H
#define WHY_PROBE_TDS_H

#include "net/net.h"

/* From now on, for reading and writing; false where the connection has a layer already. */
bool tds_wrap(struct conn *conn);

#endif
