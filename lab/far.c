/* The far end of the street: a server behind two routers, each in a network namespace, with IPv4 and IPv6 and real
 * filters. client (us) - r1 - r2 - server; every scene has addresses of its own on the server, and the filters know them
 * by these. The namespaces have no names: they end with this process, however it ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/out.h"
#include "lab.h"

#define DEVICE "why443-lab"
#define PLAIN_PORT 80
#define TLS_PORT 443
#define FIRST_HOST 16           /* of the servers' addresses; those below are the nodes' own */
#define LAST_HOST 250

enum node { R1, R2, SERVER, N_NODES };

static const char *const node_names[N_NODES] = { "r1", "r2", "server" };

/* 198.18.0.0/15 is set aside for trying out networks (RFC 2544), fd00::/8 for private use. */
static const char *const hops[2][2] = { { "198.18.43.1", "198.18.44.2" }, { "fd44:3:1::1", "fd44:3:2::2" } };
static const char *const servers[2] = { "198.18.45.2", "fd44:3:3::2" };

static const char client_links[] =
	"link add " DEVICE " gso_max_segs 1 type veth peer name near netns /proc/%d/fd/%d\n"
	"addr add 198.18.43.2/24 dev " DEVICE "\n"
	"addr add fd44:3:1::2/64 dev " DEVICE " nodad\n"
	"link set " DEVICE " up\n"
	"route add 198.18.44.0/23 via 198.18.43.1\n"
	"route add fd44:3:2::/47 via fd44:3:1::1\n";

/* gso_max_segs: packets as on a wire, so that filters see their true length. */
static const char *const node_links[N_NODES] = {
	[R1] = "link set lo up\n"
	       "addr add 198.18.43.1/24 dev near\n"
	       "addr add fd44:3:1::1/64 dev near nodad\n"
	       "link set near gso_max_segs 1 up\n"
	       "link add away gso_max_segs 1 type veth peer name near netns /proc/%d/fd/%d\n"
	       "addr add 198.18.44.1/24 dev away\n"
	       "addr add fd44:3:2::1/64 dev away nodad\n"
	       "link set away up\n"
	       "route add 198.18.45.0/24 via 198.18.44.2\n"
	       "route add fd44:3:3::/64 via fd44:3:2::2\n",
	[R2] = "link set lo up\n"
	       "addr add 198.18.44.2/24 dev near\n"
	       "addr add fd44:3:2::2/64 dev near nodad\n"
	       "link set near gso_max_segs 1 up\n"
	       "link add away gso_max_segs 1 type veth peer name near netns /proc/%d/fd/%d\n"
	       "addr add 198.18.45.1/24 dev away\n"
	       "addr add fd44:3:3::1/64 dev away nodad\n"
	       "link set away up\n"
	       "route add 198.18.43.0/24 via 198.18.44.1\n"
	       "route add fd44:3:1::/64 via fd44:3:2::1\n",
	[SERVER] = "link set lo up\n"
		   "addr add 198.18.45.2/24 dev near\n"
		   "addr add fd44:3:3::2/64 dev near nodad\n"
		   "link set near gso_max_segs 1 up\n"
		   "route add 198.18.43.0/24 via 198.18.45.1\n"
		   "route add 198.18.44.0/24 via 198.18.45.1\n"
		   "route add fd44:3:1::/64 via fd44:3:3::1\n"
		   "route add fd44:3:2::/64 via fd44:3:3::1\n",
};

/* Routers forward, and tell of every packet that they cannot: the kernel would say so once a second. A new address must
 * not wait for duplicates to speak up. */
static const char *const settings[][2] = {
	{ "/proc/sys/net/ipv6/conf/all/accept_dad", "0" },
	{ "/proc/sys/net/ipv6/conf/default/accept_dad", "0" },
	{ "/proc/sys/net/ipv4/ip_forward", "1" },
	{ "/proc/sys/net/ipv6/conf/all/forwarding", "1" },
	{ "/proc/sys/net/ipv4/icmp_ratelimit", "0" },
	{ "/proc/sys/net/ipv6/icmp/ratelimit", "0" },
};

struct far {
	int own, nodes[N_NODES];        /* namespaces */
};

struct far_place {
	unsigned host;          /* the last number of its addresses */
	bool has[2];            /* IPv4, IPv6 */
};

static char reason[256];

static bool fail(const char *what, const char *why)
{
	if (*reason == '\0')
		snprintf(reason, sizeof reason, "%s%s%s", what, *why ? ": " : "", why);
	return false;
}

/* ---- programs in a namespace ---------------------------------------------------------------------- */

/* Runs it in that namespace with `text` as its input; false with its last words as the reason. */
static bool run_in(const struct far *far, int namespace, const char *const *words, const char *text)
{
	posix_spawn_file_actions_t actions;
	int in[2], out[2], status = -1;
	char said[160] = "";
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return fail("no pipe", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
	setns(namespace, CLONE_NEWNET);
	int error = posix_spawnp(&pid, words[0], &actions, NULL, (char *const *)words, environ);
	setns(far->own, CLONE_NEWNET);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	if (error == 0) {
		(void)!write(in[1], text, strlen(text));        /* shorter than a pipe holds */
		close(in[1]);
		for (size_t n = 0; n < sizeof said - 1;) {
			ssize_t got = read(out[0], said + n, sizeof said - 1 - n);

			if (got <= 0)
				break;
			n += (size_t)got;
			said[n] = '\0';
		}
		waitpid(pid, &status, 0);
	} else {
		close(in[1]);
	}
	close(out[0]);
	said[strcspn(said, "\n")] = '\0';
	if (error != 0)
		return fail(words[0], strerror(error));
	if (strstr(said, "File exists"))
		return fail(DEVICE " is there already", "another lab?");
	return status == 0 ? true : fail(words[0], said);
}

static bool ip_batch(const struct far *far, int namespace, const char *text)
{
	return run_in(far, namespace, (const char *const[]){ "ip", "-batch", "-", NULL }, text);
}

/* ---- the way -------------------------------------------------------------------------------------- */

static bool make_namespaces(struct far *far)
{
	far->own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (far->own < 0)
		return fail("/proc/self/ns/net", strerror(errno));
	for (size_t i = 0; i < N_NODES; i++) {
		if (unshare(CLONE_NEWNET) != 0)
			return fail(errno == EPERM ? "they need root" : "no network namespace", errno == EPERM ? "" : strerror(errno));
		far->nodes[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		for (size_t k = 0; k < COUNT_OF(settings); k++) {
			int fd = open(settings[k][0], O_WRONLY | O_CLOEXEC);

			if (fd < 0 || write(fd, settings[k][1], strlen(settings[k][1])) < 0)
				fail(settings[k][0], strerror(errno));
			if (fd >= 0)
				close(fd);
		}
		setns(far->own, CLONE_NEWNET);
	}
	return *reason == '\0';
}

static bool make_links(struct lab *lab, const struct far *far)
{
	int pid = (int)getpid();

	if (!ip_batch(far, far->own, arena_printf(lab->arena, client_links, pid, far->nodes[R1])))
		return false;
	for (size_t i = 0; i < N_NODES; i++) {
		const char *text = i + 1 < N_NODES ? arena_printf(lab->arena, node_links[i], pid, far->nodes[i + 1]) : node_links[i];

		if (!ip_batch(far, far->nodes[i], text))
			return false;
	}
	return true;
}

static const char *address_of(struct arena *arena, const struct scene *scene, unsigned family)
{
	return family == 0 ? arena_printf(arena, "198.18.45.%u", scene->far->host) :
			     arena_printf(arena, "fd44:3:3::%x", scene->far->host);
}

static struct sockaddr_storage socket_address(const char *address, uint16_t port, socklen_t *len)
{
	struct sockaddr_storage out = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out;

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		*len = sizeof *v4;
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		inet_pton(AF_INET6, address, &v6->sin6_addr);
		*len = sizeof *v6;
	}
	return out;
}

/* A link just up still drops what comes first. The server refuses a connection to a port where nothing listens: then
 * every link and neighbour on the way is there. */
static bool reaches(const char *address)
{
	for (unsigned i = 0; i < 60; i++) {
		socklen_t len;
		struct sockaddr_storage to = socket_address(address, 9, &len);
		int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct timeval patience = { .tv_usec = 200000 };

		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
		int error = connect(fd, (struct sockaddr *)&to, len) == 0 ? 0 : errno;

		close(fd);
		if (error == ECONNREFUSED)
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	}
	return fail("no way through the routers to", address);
}

/* ---- what the scenes want ------------------------------------------------------------------------- */

bool scene_is_far(const struct scene *scene)
{
	return scene_get(scene, "far") != NULL;
}

static void take_place(struct lab *lab, struct scene *scene, unsigned host)
{
	const char *families = scene_get(scene, "far");

	if (host > LAST_HOST)
		lab_fail("%s: more scenes behind the routers than they have addresses for", scene->path);
	scene->far = arena_alloc(lab->arena, sizeof *scene->far);
	*scene->far = (struct far_place){ .host = host, .has = { strchr(families, '4') != NULL, strchr(families, '6') != NULL } };
	if (!scene->far->has[0] && !scene->far->has[1])
		lab_fail("%s: far %s: expected 4, 6 or 4,6", scene->path, families);
}

static void give_addresses(struct lab *lab, const struct scene *scene, struct out *batch)
{
	for (unsigned family = 0; family < 2 && !scene_is(scene, "kind", "absent"); family++)
		if (scene->far->has[family])
			out_printf(batch, "addr add %s/%s dev near%s\n", address_of(lab->arena, scene, family),
				   family == 0 ? "24" : "64", family == 0 ? "" : " nodad");
}

/* The next blank-separated word of *text. */
static const char *next_word(struct arena *arena, const char **text)
{
	const char *from = *text + strspn(*text, " \t");
	size_t n = strcspn(from, " \t");

	*text = from + n + strspn(from + n, " \t");
	return arena_strn(arena, from, n);
}

static enum node node_of(const struct scene *scene, const char *name)
{
	for (size_t i = 0; i < N_NODES; i++)
		if (strcmp(name, node_names[i]) == 0)
			return (enum node)i;
	lab_fail("%s: no router is called \"%s\": expected r1, r2 or server", scene->path, name);
}

/* net NODE to|from RULE: an nftables rule about packets to or from this scene's server. */
static void add_rule(struct lab *lab, const struct scene *scene, const char *rest, struct out *tables)
{
	enum node node = node_of(scene, next_word(lab->arena, &rest));
	const char *way = next_word(lab->arena, &rest);
	bool is_to = strncmp(way, "to", 2) == 0;
	const char *only = way + (is_to ? 2 : 4);       /* to4, from6: of that family alone */

	if ((!is_to && strncmp(way, "from", 4) != 0) || (*only && strcmp(only, "4") != 0 && strcmp(only, "6") != 0))
		lab_fail("%s: net %s: expected to, from, to4, to6, from4 or from6", scene->path, way);
	for (unsigned family = 0; family < 2; family++)
		if (scene->far->has[family] && (!*only || *only == (family == 0 ? '4' : '6')))
			out_printf(&tables[node], "add rule inet why443 %s %s %caddr %s %s\n",
				   node != SERVER ? "forward" : is_to ? "input" : "output", family == 0 ? "ip" : "ip6",
				   is_to ? 'd' : 's', address_of(lab->arena, scene, family), rest);
}

static const char chains[] = "add table inet why443\n"
			     "add chain inet why443 forward { type filter hook forward priority 0; }\n"
			     "add chain inet why443 input { type filter hook input priority 0; }\n"
			     "add chain inet why443 output { type filter hook output priority 0; }\n";

/* net-text NODE drop|reset TEXT: a box that reads: packets to port 443 with this text in them. */
static bool add_reader(struct lab *lab, const struct far *far, const struct scene *scene, const char *rest)
{
	enum node node = node_of(scene, next_word(lab->arena, &rest));
	bool is_reset = strcmp(next_word(lab->arena, &rest), "reset") == 0;

	for (unsigned family = 0; family < 2; family++) {
		const char *words[] = { family == 0 ? "iptables" : "ip6tables", "-A", node == SERVER ? "INPUT" : "FORWARD", "-d",
					address_of(lab->arena, scene, family), "-p", "tcp", "--dport", "443", "-m", "string",
					"--algo", "bm", "--string", rest, "-j", is_reset ? "REJECT" : "DROP",
					is_reset ? "--reject-with" : NULL, "tcp-reset", NULL };

		if (scene->far->has[family] && !run_in(far, far->nodes[node], words, ""))
			return false;
	}
	return true;
}

static bool make_filters(struct lab *lab, const struct far *far)
{
	struct out tables[N_NODES] = { 0 }, addresses = { 0 };
	bool is_good = true;

	for (size_t i = 0; i < N_NODES; i++)
		out_str(&tables[i], chains);
	for (size_t i = 0; i < lab->n_scenes; i++) {
		const struct scene *scene = &lab->scenes[i];

		if (!scene->far)
			continue;
		give_addresses(lab, scene, &addresses);
		for (const struct line *line = NULL; (line = scene_next(scene, "net", line));)
			add_rule(lab, scene, line->rest, tables);
		for (const struct line *line = NULL; is_good && (line = scene_next(scene, "net-text", line));)
			is_good = add_reader(lab, far, scene, text_expand(lab, scene, line->rest));
	}
	is_good = is_good && ip_batch(far, far->nodes[SERVER], addresses.text ? addresses.text : "");
	for (size_t i = 0; i < N_NODES; i++) {
		is_good = is_good &&
			  run_in(far, far->nodes[i], (const char *const[]){ "nft", "-f", "-", NULL }, tables[i].text);
		out_release(&tables[i]);
	}
	out_release(&addresses);
	return is_good;
}

/* ---- open and close ------------------------------------------------------------------------------- */

void far_leave_out(struct lab *lab)
{
	size_t kept = 0;

	for (size_t i = 0; i < lab->n_scenes; i++)
		if (!scene_is_far(&lab->scenes[i]))
			lab->scenes[kept++] = lab->scenes[i];
	lab->n_scenes = kept;
}

void far_open(struct lab *lab)
{
	struct far *far = arena_alloc(lab->arena, sizeof *far);
	size_t n = 0;

	for (size_t i = 0; i < lab->n_scenes; i++)
		if (scene_is_far(&lab->scenes[i]))
			take_place(lab, &lab->scenes[i], FIRST_HOST + (unsigned)n++);
	if (n == 0)
		return;
	lab->far = far;
	if (make_namespaces(far) && make_links(lab, far) && reaches(servers[0]) && reaches(servers[1]) && make_filters(lab, far))
		return;
	far_close(lab);
	fprintf(stderr, "why443-lab: %zu scene%s behind routers left out: %s\n", n, n == 1 ? "" : "s", reason);
	far_leave_out(lab);
	if (lab->n_scenes == 0)
		exit(2);
}

/* The link goes with its namespaces, but a moment after the process: another lab may begin at once. */
void far_close(struct lab *lab)
{
	static const char *const words[] = { "ip", "link", "del", DEVICE, NULL };

	if (lab->far && lab->far->nodes[R1] > 0)
		run_in(lab->far, lab->far->own, words, "");
	lab->far = NULL;
}

const char *far_addresses(const struct lab *lab, const struct scene *scene)
{
	const char *out = NULL;

	for (unsigned family = 2; scene->far && family-- > 0;)
		if (scene->far->has[family])
			out = out ? arena_printf(lab->arena, "%s,%s", out, address_of(lab->arena, scene, family)) :
				    arena_printf(lab->arena, family == 0 ? "%s" : "[%s]", address_of(lab->arena, scene, family));
	return out;
}

const char *far_hop(const struct scene *scene, unsigned hop)
{
	return hops[scene->far && !scene->far->has[0]][hop - 1];
}

/* ---- the doors ------------------------------------------------------------------------------------ */

/* The site on port 80, the same for all: what a trace compares with. */
static void *serve_plain(void *arg)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 32\r\nConnection: close\r\n\r\n"
				     "<!doctype html><title>80</title>";
	int listener = (int)(intptr_t)arg;

	for (;;) {
		struct timeval patience = { .tv_sec = 2 };
		char request[2048];
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		if (recv(fd, request, sizeof request, 0) > 0)
			send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
		close(fd);
	}
	return NULL;
}

static int door(const struct scene *scene, const char *address, int type, uint16_t port)
{
	socklen_t len;
	struct sockaddr_storage at = socket_address(address, port, &len);
	int yes = 1, fd = socket(at.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    bind(fd, (struct sockaddr *)&at, len) != 0 || (type == SOCK_STREAM && listen(fd, 128) != 0))
		lab_fail("%s: no port %u of %s: %s", scene->name, port, address, strerror(errno));
	return fd;
}

static void doors_open(struct lab *lab, struct scene *scene, const char *address)
{
	const char *quic = scene_get(scene, "quic");
	pthread_t thread;

	if (!scene_is(scene, "kind", "closed"))
		scene->listeners[scene->n_listeners++] = door(scene, address, SOCK_STREAM, TLS_PORT);
	if (quic)
		quic_answer(lab, door(scene, address, SOCK_DGRAM, TLS_PORT), quic);
	if (pthread_create(&thread, NULL, serve_plain, (void *)(intptr_t)door(scene, address, SOCK_STREAM, PLAIN_PORT)) != 0)
		lab_fail("%s: no thread for port %d", scene->name, PLAIN_PORT);
	pthread_detach(thread);
}

void far_listen(struct lab *lab, struct scene *scene)
{
	scene->port = TLS_PORT;
	if (scene_is(scene, "kind", "absent"))
		return;
	setns(lab->far->nodes[SERVER], CLONE_NEWNET);
	for (unsigned family = 0; family < 2; family++)
		if (scene->far->has[family])
			doors_open(lab, scene, address_of(lab->arena, scene, family));
	setns(lab->far->own, CLONE_NEWNET);
}
