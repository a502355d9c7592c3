"""A small internet of four network namespaces: client - r1 - r2 - server, IPv4 and IPv6, with real filters between."""
import itertools
import os
import subprocess
import sys

V4 = {"c": "10.77.1.2", "r1": "10.77.1.1", "r2": "10.77.2.2", "s": "10.77.3.2"}
V6 = {"c": "fd77:1::2", "r1": "fd77:1::1", "r2": "fd77:2::2", "s": "fd77:3::2"}
LINKS = (("c", "r1", 1, 2, 1), ("r1", "r2", 2, 1, 2), ("r2", "s", 3, 1, 2))    # two ends, the network, their host numbers
ROUTES = {"c": [("default", "1", 1)], "s": [("default", "3", 1)], "r1": [("3", "2", 2)], "r2": [("1", "2", 1)]}

# The server refuses a connection to a port where nothing listens: then every link and neighbour on the way is there.
REACH = """
import errno, socket, sys, time
for family, address in ((socket.AF_INET, sys.argv[1]), (socket.AF_INET6, sys.argv[2])):
    for wait in range(40):
        with socket.socket(family) as s:
            s.settimeout(0.5)
            if s.connect_ex((address, 9)) == errno.ECONNREFUSED:
                break
        time.sleep(0.05)
    else:
        sys.exit("no way to " + address + " without any filter")
"""

counter = itertools.count()


def sh(*command, text=None, check=True):
    p = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and p.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(command), p.stdout.strip()))
    return p.stdout


class World:
    """Four namespaces for as long as the `with` lasts; nothing of them is left behind."""

    def __init__(self):
        self.prefix = "why443-%d-%d-" % (os.getpid(), next(counter))
        self.processes = []

    def name(self, node):
        return self.prefix + node

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def build(self):
        for node in V4:
            sh("ip", "netns", "add", self.name(node))
            # before any link is there: a new address must not wait for duplicates to speak up
            self.set(node, "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")
        lines = {node: ["link set lo up"] for node in V4}
        for a, b, net, left, right in LINKS:
            sh("ip", "-n", self.name(a), "link", "add", "to-" + b, "type", "veth", "peer", "name", "to-" + a,
               "netns", self.name(b))
            for node, other, number in ((a, b, left), (b, a, right)):
                lines[node] += ["addr add 10.77.%d.%d/24 dev to-%s" % (net, number, other),
                                "addr add fd77:%d::%d/64 dev to-%s nodad" % (net, number, other), "link set to-%s gso_max_segs 1 up" % other]
        # gso_max_segs: packets as on a wire, so that filters see their true length
        for node, routes in ROUTES.items():
            for to, via, number in routes:
                v4 = to if to == "default" else "10.77.%s.0/24" % to
                v6 = to if to == "default" else "fd77:%s::/64" % to
                lines[node] += ["route add %s via 10.77.%s.%d" % (v4, via, number),
                                "-6 route add %s via fd77:%s::%d" % (v6, via, number)]
        for node in V4:
            self.batch(node, lines[node])
        for node in ("r1", "r2"):
            self.set(node, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        # a link just up still drops what comes first, above all over IPv6: not the filters' doing
        self.run("c", sys.executable, "-c", REACH, V4["s"], V6["s"])

    def batch(self, node, lines):
        for family in ("", "-6"):
            chosen = [line[3:] if line.startswith("-6 ") else line for line in lines if line.startswith("-6 ") == bool(family)]
            sh("ip", *([family] if family else []), "-n", self.name(node), "-batch", "-", text="\n".join(chosen) + "\n")

    def set(self, node, *values):
        sh("ip", "netns", "exec", self.name(node), "sysctl", "-qw", *values)

    def run(self, node, *command, **options):
        return sh("ip", "netns", "exec", self.name(node), *command, **options)

    def start(self, node, *command):
        p = subprocess.Popen(["ip", "netns", "exec", self.name(node), *command], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.processes.append(p)
        if not p.stdout.readline():     # says when it is ready
            raise RuntimeError("%s did not start" % command[-1])
        return p

    def filter(self, node, *rules, hook="forward"):
        """nftables rules in a chain of their own."""
        text = "table inet why443 {\n chain %s {\n  type filter hook %s priority 0;\n  %s\n }\n}\n"
        self.run(node, "nft", "-f", "-", text=text % (hook, hook, "\n  ".join(rules)))

    def __exit__(self, *_):
        for p in self.processes:
            p.kill()
            p.wait()
            p.stdin.close()
            p.stdout.close()
        for node in V4:
            sh("ip", "netns", "del", self.name(node), check=False)
