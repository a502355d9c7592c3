/* Who listens: sock_diag(7), inet_diag; the owners from /proc. */
#ifndef WHY_HERE_SOCKETS_H
#define WHY_HERE_SOCKETS_H

#include "evidence/host.h"

/* Fills the listeners of both families; false with a line in host->unread when the kernel does not tell. */
bool here_listeners(struct arena *arena, struct host_evidence *host);
/* Finds the processes that hold them, as far as this user may see. */
void here_owners(struct arena *arena, struct host_evidence *host);

/* units.c: where systemd itself holds the socket, for which unit. */
void here_socket_unit(struct arena *arena, struct host_listener *l);

/* process.c */
struct host_process *here_process(struct arena *arena, pid_t pid);
/* A file of /proc or /sys, at most 64 KiB; NULL when it cannot be read. NUL bytes inside are kept, `n` may be NULL. */
char *here_file(struct arena *arena, const char *path, size_t *n);
void here_unread(struct arena *arena, struct host_evidence *host, const char *fmt, ...) WHY_PRINTF(3, 4);

#endif
