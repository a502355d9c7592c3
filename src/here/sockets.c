/* Listening sockets and their owners: inet_diag over NETLINK_SOCK_DIAG (sock_diag(7)), which any user may
 * ask, then the sockets in /proc/PID/fd, of which an ordinary user sees his own only. */
#include "here/sockets.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/netlink.h"

enum { TCP_STATE_LISTEN = 10, LIMIT_MS = 2000, LISTENERS_MAX = 4096, PIDS_MAX = 65536, OWNERS_MAX = 512 };

/* ---- the kernel's list ------------------------------------------------------------------------------ */

static void address_set(struct arena *arena, struct host_listener *l, const struct inet_diag_msg *m)
{
	char text[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_in *v4 = (void *)&l->sockaddr;
	struct sockaddr_in6 *v6 = (void *)&l->sockaddr;

	l->family = m->idiag_family;
	l->sockaddr.ss_family = m->idiag_family;
	if (l->family == AF_INET) {
		memcpy(&v4->sin_addr, m->id.idiag_src, 4);
		v4->sin_port = m->id.idiag_sport;
		l->is_any = v4->sin_addr.s_addr == 0;
		l->is_loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
	} else {
		memcpy(&v6->sin6_addr, m->id.idiag_src, 16);
		v6->sin6_port = m->id.idiag_sport;
		v6->sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) ? m->id.idiag_if : 0;
		l->is_any = IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
		l->is_loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
			(IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == 127);
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
	}
	l->address = arena_str(arena, text);
	l->port = ntohs(m->id.idiag_sport);
}

struct listing {
	struct arena *arena;
	struct host_evidence *host;
};

static void listener_add(void *ctx, const struct nlmsghdr *head)
{
	struct arena *arena = ((struct listing *)ctx)->arena;
	struct host_evidence *host = ((struct listing *)ctx)->host;
	const struct inet_diag_msg *m = NLMSG_DATA(head);
	struct netlink_cursor left = netlink_attributes(head, sizeof *m);
	struct host_listener l = { 0 };
	char device[IF_NAMESIZE];
	const struct rtattr *attr;

	if (head->nlmsg_len < NLMSG_LENGTH(sizeof *m) || host->n_listeners >= LISTENERS_MAX)
		return;
	address_set(arena, &l, m);
	l.queued = m->idiag_rqueue;
	l.backlog = m->idiag_wqueue;
	l.uid = m->idiag_uid;
	l.inode = m->idiag_inode;
	if (m->id.idiag_if && if_indextoname(m->id.idiag_if, device))
		l.device = arena_str(arena, device);
	while ((attr = netlink_next(&left)) != NULL) {
		if (attr->rta_type == INET_DIAG_SKV6ONLY && attr->rta_len > RTA_LENGTH(0))
			l.is_v6_only = *(const uint8_t *)RTA_DATA(attr) != 0;
		else if (attr->rta_type == INET_DIAG_MARK)
			l.mark = netlink_number(attr);
		else if (attr->rta_type == INET_DIAG_SOCKOPT && attr->rta_len >= RTA_LENGTH(sizeof(struct inet_diag_sockopt)))
			l.is_transparent = ((const struct inet_diag_sockopt *)RTA_DATA(attr))->transparent;
	}
	*arena_push(arena, host->listeners, host->n_listeners, host->cap_listeners) = l;
}

static bool family_list(struct listing *listing, int family)
{
	const struct inet_diag_req_v2 wanted = { .sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1U << TCP_STATE_LISTEN };
	struct netlink_ask ask;

	netlink_begin(&ask, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &wanted, sizeof wanted);
	return netlink_dump(&ask, NETLINK_SOCK_DIAG, LIMIT_MS, listener_add, listing);
}

bool here_listeners(struct arena *arena, struct host_evidence *host)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct listing listing = { arena, host };
	bool ok = true;

	for (size_t i = 0; i < COUNT_OF(families); i++)
		ok = family_list(&listing, families[i]) && ok;
	host->listeners_read = ok ? TRI_YES : TRI_NO;
	if (!ok)
		here_unread(arena, host, "listening sockets: the kernel does not list them (sock_diag: %s)", strerror(errno));
	return ok;
}

/* ---- owners ------------------------------------------------------------------------------------------ */

/* Socket inodes in order, to find one among many quickly. */
struct wanted {
	uint32_t inode;
	struct host_listener *listener;
	pid_t owners[8];
	size_t n_owners;
};

static int wanted_compare(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static void owner_note(struct wanted *wanted, size_t n, uint32_t inode, pid_t pid)
{
	struct wanted key = { .inode = inode };
	struct wanted *w = bsearch(&key, wanted, n, sizeof *wanted, wanted_compare);

	if (w && w->n_owners < COUNT_OF(w->owners) && (w->n_owners == 0 || w->owners[w->n_owners - 1] != pid))
		w->owners[w->n_owners++] = pid;
}

/* False where the directory is another user's. */
static bool descriptors_scan(pid_t pid, struct wanted *wanted, size_t n)
{
	char path[64], link[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return errno != EACCES && errno != EPERM;
	while ((entry = readdir(dir)) != NULL) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, link, sizeof link - 1);

		if (len <= 8)
			continue;
		link[len] = '\0';
		if (strncmp(link, "socket:[", 8) == 0)
			owner_note(wanted, n, (uint32_t)strtoul(link + 8, NULL, 10), pid);
	}
	closedir(dir);
	return true;
}

static pid_t parent_of(pid_t pid)
{
	char path[64], text[512], *end;
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "rbe");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	/* The name in brackets may hold anything. */
	end = strrchr(text, ')');
	return end && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : 0;
}

/* Workers share the master's sockets: the owner is the one whose parent is none. systemd keeps the sockets
 * of its socket units too, so it is the owner only where nobody else is. */
static pid_t owner_of(const struct wanted *w)
{
	pid_t best = 0;

	for (size_t i = 0; i < w->n_owners; i++) {
		pid_t parent = parent_of(w->owners[i]);
		bool is_child = false;

		for (size_t k = 0; k < w->n_owners; k++)
			is_child |= w->owners[k] == parent && parent != 1;
		if (!is_child && (best == 0 || best == 1))
			best = w->owners[i];
	}
	return best ? best : w->n_owners ? w->owners[0] : 0;
}

static const struct host_process *process_of(struct arena *arena, struct host_evidence *host, pid_t pid)
{
	for (size_t i = 0; i < host->n_processes; i++)
		if (host->processes[i]->pid == pid)
			return host->processes[i];
	if (pid == 0 || host->n_processes >= OWNERS_MAX)
		return NULL;
	return *arena_push(arena, host->processes, host->n_processes, host->cap_processes) = here_process(arena, pid);
}

void here_owners(struct arena *arena, struct host_evidence *host)
{
	struct wanted *wanted = arena_array(arena, struct wanted, host->n_listeners + 1);
	size_t n = host->n_listeners, n_pids = 0;
	struct dirent *entry;
	DIR *proc = n ? opendir("/proc") : NULL;

	if (!proc)
		return;
	for (size_t i = 0; i < n; i++)
		wanted[i] = (struct wanted){ .inode = host->listeners[i].inode, .listener = &host->listeners[i] };
	qsort(wanted, n, sizeof *wanted, wanted_compare);
	while ((entry = readdir(proc)) != NULL && n_pids < PIDS_MAX) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		n_pids++;
		if (!descriptors_scan((pid_t)strtol(entry->d_name, NULL, 10), wanted, n))
			host->owners_hidden = true;
	}
	closedir(proc);
	for (size_t i = 0; i < n; i++) {
		struct host_listener *l = wanted[i].listener;

		l->process = process_of(arena, host, owner_of(&wanted[i]));
		if (l->port == host->port && l->process && strcmp(l->process->name, "systemd") == 0)
			here_socket_unit(arena, l);
	}
}
