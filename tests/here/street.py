"""A client, a server and a machine behind the server in network namespaces, and what a real SYN from the client does."""
import os
import subprocess
import sys
import tempfile

C4, S4, S4B, B4, I4 = "10.78.1.2", "10.78.1.1", "10.78.2.1", "10.78.3.2", "10.78.3.1"
C6, S6, B6 = "fd78:1::2", "fd78:1::1", "fd78:3::2"
WAIT_S = 0.6
BUILTIN = {"raw": "PREROUTING OUTPUT", "mangle": "PREROUTING INPUT FORWARD OUTPUT POSTROUTING", "nat": "PREROUTING INPUT OUTPUT POSTROUTING",
           "filter": "INPUT FORWARD OUTPUT", "security": "INPUT FORWARD OUTPUT"}
# Not to wait for others who use the machine's one lock.
os.environ["XTABLES_LOCKFILE"] = os.path.join(tempfile.gettempdir(), "why443-here-%d.lock" % os.getpid())

LISTEN = r"""
import socket, sys, select
socks = []
for word in sys.argv[1:]:
    family = socket.AF_INET6 if word.startswith("6:") else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", int(word.split(":")[-1])))
    s.listen(64)
    socks.append(s)
print("ready", flush=True)
while True:
    for s in select.select(socks, [], [])[0]:
        s.accept()[0].close()
"""

CONNECT = r"""
import errno, socket, sys
print("ready", flush=True)
for line in sys.stdin:
    address, port, wait = line.split()
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    s.settimeout(float(wait))
    try:
        s.connect((address, int(port)))
        end = "accept"
    except socket.timeout:
        end = "drop"
    except OSError as e:
        end = "reject"
    s.close()
    print(end, flush=True)
"""


def sh(*command, text=None, check=True):
    p = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and p.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(command), p.stdout.strip()))
    return p.stdout


class Street:
    """c - s - b; a second link c - s for answers that take another way. Nothing is left behind."""

    def __init__(self, number=0):
        self.prefix = "why443h-%d-%d-" % (os.getpid(), number)
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

    def __exit__(self, *_):
        for p in self.processes:
            p.kill()
            p.wait()
        for node in "csb":
            sh("ip", "netns", "del", self.name(node), check=False)

    def link(self, left, device, right, peer):
        sh("ip", "-n", self.name(left), "link", "add", device, "type", "veth", "peer", "name", peer, "netns", self.name(right))

    def build(self):
        for node in "csb":
            sh("ip", "netns", "add", self.name(node))
            self.run(node, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.icmp.ratelimit=0")
            self.ip(node, "link set lo up")
        self.link("c", "eth0", "s", "eth0")
        self.link("c", "eth1", "s", "eth1")
        self.link("s", "docker0", "b", "eth0")
        self.ip("c", "addr add %s/24 dev eth0" % C4, "addr add %s/64 dev eth0 nodad" % C6, "link set eth0 up", "addr add 10.78.2.2/24 dev eth1",
                "link set eth1 up", "route add default via %s" % S4, "-6 route add default via %s" % S6)
        self.ip("s", "addr add %s/24 dev eth0" % S4, "addr add %s/64 dev eth0 nodad" % S6, "link set eth0 up", "addr add %s/24 dev eth1" % S4B,
                "link set eth1 up", "addr add %s/24 dev docker0" % I4, "addr add fd78:3::1/64 dev docker0 nodad", "link set docker0 up",
                "route add default via %s" % C4, "-6 route add default via %s" % C6)
        self.ip("b", "addr add %s/24 dev eth0" % B4, "addr add %s/64 dev eth0 nodad" % B6, "link set eth0 up", "route add default via %s" % I4,
                "-6 route add default via fd78:3::1")
        self.server = self.start("s", "-c", LISTEN, "4:443", "6:443", "4:8443", "6:8443")
        self.start("b", "-c", LISTEN, "4:443", "6:443", "4:8443", "6:8443")
        self.client = self.start("c", "-c", CONNECT)
        self.own = self.start("s", "-c", CONNECT)
        self.start("c", "-c", LISTEN, "4:443", "6:443")
        self.wait_until_whole()

    def wait_until_whole(self):
        """A link just up still drops what comes first, above all over IPv6: not the rules' doing."""
        for address in (S4, S6, S4B):
            for _ in range(20):
                if self.connect(address, 443) == "accept":
                    break
            else:
                raise RuntimeError("no connection to %s without any rule" % address)

    def start(self, node, *args):
        p = subprocess.Popen(["ip", "netns", "exec", self.name(node), sys.executable, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
        self.processes.append(p)
        if not p.stdout.readline():
            raise RuntimeError("a helper did not start")
        return p

    def ip(self, node, *lines):
        for line in lines:
            words = line.split()
            flags = ["-6"] if words[0] == "-6" else []
            sh("ip", *flags, "-n", self.name(node), *(words[1:] if flags else words))

    def run(self, node, *command, **options):
        return sh("ip", "netns", "exec", self.name(node), *command, **options)

    def connect(self, address, port, own=False, wait=WAIT_S):
        p = self.own if own else self.client
        p.stdin.write("%s %d %s\n" % (address, port, wait))
        p.stdin.flush()
        return p.stdout.readline().strip()

    def clear(self):
        """The server as it was: no rules of any sort, no odd routes, the kernel's own settings."""
        self.run("s", "nft", "flush", "ruleset", check=False)
        for save, restore in (("iptables-legacy-save", "iptables-legacy-restore"), ("ip6tables-legacy-save", "ip6tables-legacy-restore")):
            tables = self.run("s", "cat", "/proc/net/%s_tables_names" % ("ip6" if "6" in save else "ip"), check=False).split()
            text = ""
            for table in tables:
                text += "*%s\n%sCOMMIT\n" % (table, "".join(":%s ACCEPT [0:0]\n" % chain for chain in BUILTIN[table].split()))
            if text:
                self.run("s", restore, "-w", "5", text=text)
        for command in (("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0",
                         "net.ipv4.conf.eth1.rp_filter=0", "net.ipv4.conf.docker0.rp_filter=0", "net.ipv4.conf.eth0.route_localnet=0",
                         "net.ipv4.conf.all.forwarding=1", "net.ipv6.conf.all.forwarding=1"),
                        ("ip", "route", "flush", "table", "77"), ("ip", "-6", "route", "replace", "default", "via", C6)):
            self.run("s", *command, check=False)
        self.run("s", "ip", "route", "replace", "default", "via", C4, check=False)
        self.run("s", "ip", "route", "del", "local", "198.51.100.0/24", "table", "local", check=False)
        if "vrf7" in self.run("s", "ip", "-br", "link") or "br7" in self.run("s", "ip", "-br", "link"):
            self.run("s", "ip", "link", "del", "vrf7", check=False)
            self.run("s", "ip", "link", "del", "br7", check=False)
            self.run("s", "sysctl", "-qw", "net.ipv4.tcp_l3mdev_accept=0")
            self.run("s", "ip", "addr", "replace", "%s/24" % S4B, "dev", "eth1")
        for kind in ("blackhole", "unreachable", "prohibit"):
            self.run("s", "ip", "route", "flush", "type", kind, check=False)
        self.run("s", "ip", "route", "del", "%s/32" % C4, check=False)
        self.run("s", "ip", "-6", "route", "del", "blackhole", "%s/128" % C6, check=False)
        self.run("s", "ip", "rule", "del", "pref", "77", check=False)
