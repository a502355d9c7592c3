"""The shapes: how each is set up on the server, and what must be said of it. What becomes of the SYN is not written here: it is tried."""
from street import B4, B6, C4, C6, S4, S4B, S6

PORT = "tcp dport 443"


class Shape:
    def __init__(self, name, *commands, v6=False, out=False, to=None, source=None, port=443, verdict=None, **says):
        self.name, self.commands, self.v6, self.out, self.to, self.source, self.port = name, commands, v6, out, to, source, port
        self.verdict, self.says = verdict, says


def nft(body, family="inet"):
    return "nft:table %s t {\n%s\n}\n" % (family, body)


def chain(rules, hook="input", policy="accept", name=None, kind="filter", priority="0", extra=""):
    return "%s\n chain %s { type %s hook %s priority %s; policy %s;\n%s\n}" % (extra, name or hook, kind, hook, priority, policy, rules)


def one(name, rules, **options):
    keys = ("hook", "policy", "kind", "priority", "extra")
    family = options.pop("family", "inet")
    made = {k: options.pop(k) for k in keys if k in options}
    return Shape("nft " + name, nft(chain(rules, **made), family), **options)


def ipt(name, *rules, **options):
    """The same rules through nftables' and the kernel's own iptables."""
    v6 = options.get("v6", False)
    for sort in ("nft", "legacy"):
        program = "ip%stables-%s" % ("6" if v6 else "", sort)
        says = dict(options)
        if "chain" in says:
            says["tool"] = "iptables-" + sort
        yield Shape("%s %s" % (program, name), *["%s %s" % (program, rule) for rule in rules], **says)


def files(name, path, **says):
    """The same file through nftables' and the kernel's own iptables."""
    for sort in ("nft", "legacy"):
        yield Shape("%s, iptables-%s" % (name, sort), "file:iptables-%s-restore %s" % (sort, path), **says)


# What Docker sets up for a container's published port, 443 on the outside.
DOCKER = ("-t nat -N DOCKER", "-t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER", "-t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
          "-t nat -A POSTROUTING -s 10.78.3.0/24 ! -o docker0 -j MASQUERADE", "-t nat -A DOCKER -i docker0 -j RETURN",
          "-t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 443 -j DNAT --to-destination %s:8443" % B4,
          "-N DOCKER", "-N DOCKER-USER", "-N DOCKER-ISOLATION-STAGE-1", "-N DOCKER-ISOLATION-STAGE-2", "-P FORWARD DROP", "-A FORWARD -j DOCKER-USER",
          "-A FORWARD -j DOCKER-ISOLATION-STAGE-1", "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -o docker0 -j DOCKER",
          "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT", "-A FORWARD -i docker0 -o docker0 -j ACCEPT",
          "-A DOCKER -d %s/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8443 -j ACCEPT" % B4,
          "-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2", "-A DOCKER-ISOLATION-STAGE-1 -j RETURN",
          "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP", "-A DOCKER-ISOLATION-STAGE-2 -j RETURN")
FIREWALL_DROPS = "host.firewall-drops"
SHAPES = [
    Shape("no rules"),
    Shape("no rules, v6", v6=True),
    one("drop", PORT + " drop", chain="input", rule="tcp dport 443 drop", cause=FIREWALL_DROPS, fix="nft insert rule inet t input"),
    one("drop of another port", "tcp dport 80 drop"),
    one("drop, v6", PORT + " drop", v6=True, cause=FIREWALL_DROPS),
    one("drop of v4 asked for v6", "meta nfproto ipv4 drop", v6=True),
    Shape("nft policy drop", nft(chain("tcp dport 22 accept", policy="drop")), policy=True, handle=None, cause=FIREWALL_DROPS, fix="nft add rule"),
    one("policy drop with an exception", PORT + " accept", policy="drop"),
    one("reject", PORT + " reject", cause="host.firewall-rejects", reject="icmpx port-unreachable"),
    one("reject with tcp reset", PORT + " reject with tcp reset", reject="tcp reset", cause="host.firewall-rejects"),
    *[one("reject with icmp " + code, PORT + " reject with icmp type " + code, family="ip", reject="icmp " + code)
      for code in ("net-unreachable", "host-unreachable", "prot-unreachable", "net-prohibited", "host-prohibited", "admin-prohibited")],
    *[one("reject with icmpv6 " + code, PORT + " reject with icmpv6 type " + code, family="ip6", v6=True, reject="icmpv6 " + code)
      for code in ("no-route", "admin-prohibited", "addr-unreachable")],
    one("jump", "jump web", extra="chain web { %s drop\n }" % PORT, chain="web", cause=FIREWALL_DROPS),
    one("jump and return", PORT + " jump web\n" + PORT + " drop", extra="chain web { return\n }", chain="input"),
    one("goto does not return", PORT + " goto web\n" + PORT + " drop", extra="chain web { counter\n }"),
    one("goto from a jump goes back to the caller", "jump a\n" + PORT + " drop", extra="chain b { counter\n }\nchain a { goto b\n %s accept\n }" % PORT, chain="input"),
    one("set", "tcp dport { 22, 443 } drop", rule="{ 22, 443 }"),
    one("named set", "tcp dport @closed drop", extra="set closed { type inet_service; elements = { 25, 443 }; }"),
    one("empty set", "tcp dport @closed drop", extra="set closed { type inet_service; }"),
    one("interval set", "ip saddr @bad drop", extra="set bad { type ipv4_addr; flags interval; elements = { 10.78.0.0/16 }; }"),
    one("interval set that misses", "ip saddr @bad drop", extra="set bad { type ipv4_addr; flags interval; elements = { 10.79.0.0/16, 10.78.1.3-10.78.1.9 }; }"),
    one("negated set", PORT + " ip saddr != { 192.0.2.0/24, 198.51.100.1 } drop"),
    one("concatenated set", "ip saddr . tcp dport @pairs drop", extra="set pairs { type ipv4_addr . inet_service; elements = { %s . 443 }; }" % C4),
    one("concatenated intervals", "ip saddr . tcp dport @pairs drop",
        extra="set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.78.1.0/24 . 400-500 }; }"),
    one("concatenated set that misses", "ip saddr . tcp dport @pairs drop", extra="set pairs { type ipv4_addr . inet_service; elements = { %s . 80 }; }" % C4),
    one("verdict map", "tcp dport vmap { 22 : accept, 443 : drop }"),
    one("named verdict map that jumps", "tcp dport vmap @ways", extra="chain web { ip saddr 10.78.1.0/24 reject with tcp reset\n }\n"
        "map ways { type inet_service : verdict; elements = { 443 : jump web }; }", chain="web"),
    one("ct state", "ct state established,related accept\nct state new drop", rule="ct state new drop"),
    one("ct state vmap", "ct state vmap { established : accept, related : accept, invalid : drop }\n" + PORT + " accept", policy="drop"),
    one("ct state invalid", "ct state invalid drop"),
    one("iifname", 'iifname "eth0" drop', rule="eth0"),
    one("iifname pattern", 'iifname "eth*" ' + PORT + " drop"),
    one("iifname of another", 'iifname "eth1" drop'),
    one("iif lo", "iif lo accept\niifname != lo drop"),
    one("limit within", PORT + " limit rate 5/second burst 100 packets accept", policy="drop"),
    one("limit over", PORT + " limit rate over 5/second burst 100 packets drop"),
    one("limit of each source", PORT + " add @seen { ip saddr limit rate over 10/minute } drop", extra="set seen { type ipv4_addr; size 1024; flags dynamic; }"),
    one("ct count over", PORT + " ct count over 20000 reject"),
    one("meta mark", PORT + " meta mark set 7\nmeta mark 7 drop"),
    one("mask of a mark", PORT + " meta mark set 0x17\nmeta mark & 0xf0 == 0x10 drop"),
    one("tcp flags", "tcp flags & (fin|syn|rst|ack) == syn " + PORT + " drop"),
    one("fib daddr type", "fib daddr type local " + PORT + " drop"),
    one("fib reverse path", "fib saddr . iif oif missing drop", hook="prerouting"),
    one("raw bytes", "@th,16,16 443 drop"),
    one("l4proto and th", "meta l4proto { tcp, udp } th dport 443 drop"),
    one("source port range", PORT + " tcp sport 1024-65535 drop"),
    one("a source port that cannot be known", PORT + " tcp sport 40000-50000 drop", verdict="unknown"),
    one("an unknown that changes nothing", PORT + " tcp sport 40000-50000 drop\n" + PORT + " drop", cause=FIREWALL_DROPS),
    one("drop in prerouting", PORT + " drop", hook="prerouting", priority="raw"),
    one("drop in the answer's way", "tcp sport 443 drop", hook="output", direction="reply", cause=FIREWALL_DROPS, fix="tcp sport 443 accept"),
    one("output policy", "ct state new accept", hook="output", policy="drop", direction="reply"),
    one("output policy that lets answers pass", "ct state established accept", hook="output", policy="drop"),
    one("postrouting", "tcp sport 443 drop", hook="postrouting", direction="reply"),
    Shape("nft ingress", "nft:table netdev t {\nchain in { type filter hook ingress device eth0 priority 0; policy accept;\n%s drop\n}\n}\n" % PORT, hook="ingress", family="netdev"),
    Shape("nft ingress of another device", "nft:table netdev t {\nchain in { type filter hook ingress device eth1 priority 0; policy accept;\n%s drop\n}\n}\n" % PORT),
    Shape("nft egress", "nft:table netdev t {\nchain out { type filter hook egress device eth0 priority 0; policy accept;\ntcp sport 443 drop\n}\n}\n", direction="reply",
          hook="egress"),
    Shape("nft two base chains, the second drops", nft(chain(PORT + " accept", name="a", priority="-10") + "\n" + chain(PORT + " drop", name="b")), chain="b"),
    Shape("nft notrack and established only", nft(chain(PORT + " notrack", hook="prerouting", priority="raw") + "\n" + chain("ct state established,new accept", policy="drop")),
          policy=True),
    Shape("nft dormant table", "nft:table inet t {\nflags dormant\n%s\n}\n" % chain(PORT + " drop")),
    one("redirect", PORT + " redirect to :8443", hook="prerouting", kind="nat", priority="dstnat", translated_to={"address": S4, "port": 8443}),
    Shape("nft redirect to a port that is dropped", nft(chain(PORT + " redirect to :8443", hook="prerouting", kind="nat", priority="dstnat") + "\n" +
                                                        chain("tcp dport 8443 drop")), chain="input"),
    Shape("nft dnat to the machine behind", nft(chain(PORT + " dnat ip to %s:8443" % B4, hook="prerouting", kind="nat", priority="dstnat")),
          translated_to={"address": B4, "port": 8443}),
    Shape("nft dnat, v6", nft(chain(PORT + " dnat ip6 to [%s]:8443" % B6, hook="prerouting", kind="nat", priority="dstnat")), v6=True,
          translated_to={"address": B6, "port": 8443}),
    Shape("nft dnat by a map", nft(chain("dnat ip to tcp dport map { 443 : %s }" % B4, hook="prerouting", kind="nat", priority="dstnat")),
          translated_to={"address": B4, "port": 443}),
    Shape("nft dnat, forward drops", nft(chain(PORT + " dnat ip to %s:8443" % B4, hook="prerouting", kind="nat", priority="dstnat") + "\n" +
                                         chain("ct state established accept", hook="forward", policy="drop")), hook="forward", policy=True),
    Shape("nft dnat, forward takes what was translated", nft(chain(PORT + " dnat ip to %s:8443" % B4, hook="prerouting", kind="nat", priority="dstnat") + "\n" +
                                                             chain("ct state established accept\nct status dnat accept", hook="forward", policy="drop"))),
    Shape("nft dnat, forwarding off", nft(chain(PORT + " dnat ip to %s:8443" % B4, hook="prerouting", kind="nat", priority="dstnat")),
          "sysctl -qw net.ipv4.ip_forward=0", cause="host.forwarding-off", tool="sysctl", fix="sysctl -w net.ipv4.ip_forward=1"),
    Shape("nft dnat to loopback", nft(chain(PORT + " dnat ip to 127.0.0.1:8443", hook="prerouting", kind="nat", priority="dstnat")), tool="sysctl",
          cause="host.forwarding-off", rule="route_localnet", fix="route_localnet=1"),
    Shape("nft dnat to loopback, allowed", nft(chain(PORT + " dnat ip to 127.0.0.1:8443", hook="prerouting", kind="nat", priority="dstnat")),
          "sysctl -qw net.ipv4.conf.eth0.route_localnet=1"),
    *ipt("drop", "-A INPUT -p tcp --dport 443 -j DROP", chain="INPUT", cause=FIREWALL_DROPS, fix="-I INPUT 1"),
    *ipt("drop, v6", "-A INPUT -p tcp --dport 443 -j DROP", v6=True, chain="INPUT"),
    *ipt("policy", "-P INPUT DROP", policy=True, chain="INPUT", fix="-A INPUT"),
    *ipt("multiport", "-A INPUT -p tcp -m multiport --dports 80,443 -j DROP", rule="--dports 80,443"),
    *ipt("state", "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-A INPUT -p tcp -m conntrack --ctstate NEW -j DROP"),
    *ipt("user chain", "-N web", "-A web -s 10.78.1.0/24 -j RETURN", "-A web -j DROP", "-A INPUT -p tcp --dport 443 -j web"),
    *ipt("user chain drops", "-N web", "-A web ! -s 192.0.2.0/24 -j DROP", "-A INPUT -p tcp --dport 443 -g web", chain="web"),
    *ipt("iprange", "-A INPUT -m iprange --src-range 10.78.1.0-10.78.1.9 -j DROP"),
    *ipt("addrtype", "-A INPUT -p tcp -m addrtype --dst-type LOCAL -j DROP"),
    *ipt("mark", "-t mangle -A PREROUTING -p tcp --dport 443 -j MARK --set-mark 5", "-A INPUT -m mark --mark 5 -j DROP"),
    *ipt("limit", "-A INPUT -p tcp --dport 443 -m limit --limit 3/min --limit-burst 90 -j ACCEPT", "-A INPUT -p tcp --dport 443 -j DROP"),
    *ipt("hashlimit", "-A INPUT -p tcp --dport 443 -m hashlimit --hashlimit-above 5/sec --hashlimit-mode srcip --hashlimit-name h -j DROP"),
    *ipt("recent", "-A INPUT -p tcp --dport 443 -m recent --update --seconds 60 --hitcount 4 --name x -j DROP", "-A INPUT -m recent --set --name x"),
    *ipt("reject with reset", "-A INPUT -p tcp --dport 443 -j REJECT --reject-with tcp-reset", reject="tcp reset"),
    *ipt("reject admin-prohibited", "-A INPUT -p tcp --dport 443 -j REJECT --reject-with icmp-admin-prohibited", reject="icmp admin-prohibited"),
    *ipt("comment", '-A INPUT -p tcp --syn -m comment --comment closed -j DROP'),
    *ipt("raw", "-t raw -A PREROUTING -p tcp --dport 443 -j DROP", table="raw", chain="PREROUTING"),
    *ipt("mangle", "-t mangle -A PREROUTING -p tcp --dport 443 -j DROP", table="mangle", chain="PREROUTING"),
    *ipt("security", "-t security -A INPUT -p tcp --dport 443 -j DROP", table="security", chain="INPUT"),
    *ipt("output", "-A OUTPUT -p tcp --sport 443 -j DROP", direction="reply", chain="OUTPUT"),
    *ipt("raw output", "-t raw -A OUTPUT -p tcp --sport 443 -j DROP", direction="reply", table="raw"),
    *ipt("dnat", "-t nat -A PREROUTING -p tcp --dport 443 -j DNAT --to-destination %s:8443" % B4, translated_to={"address": B4, "port": 8443}),
    *ipt("redirect", "-t nat -A PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 8443", translated_to={"address": S4, "port": 8443}),
    *ipt("nfqueue without a reader", "-A INPUT -p tcp --dport 443 -j NFQUEUE --queue-num 3", cause=FIREWALL_DROPS),
    *ipt("nfqueue that may be bypassed", "-A INPUT -p tcp --dport 443 -j NFQUEUE --queue-num 3 --queue-bypass"),
    *ipt("notrack", "-t raw -A PREROUTING -p tcp --dport 443 -j CT --notrack", "-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", "-A INPUT -j DROP"),
    *ipt("tcp flags", "-A INPUT -p tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP"),
    Shape("ipset", "ipset create -exist blocked hash:net", "ipset add -exist blocked 10.78.1.0/24", "iptables-legacy -A INPUT -m set --match-set blocked src -j DROP"),
    Shape("legacy beside nft: nft accepts, legacy drops", nft(chain(PORT + " accept")), "iptables-legacy -A INPUT -p tcp --dport 443 -j DROP", tool="iptables-legacy"),
    Shape("ufw's own rules", "file:iptables-nft-restore ufw.v4", policy=True, chain="INPUT", fix="ufw allow 443/tcp"),
    Shape("ufw's own rules, v6", "file:ip6tables-nft-restore ufw.v6", v6=True, policy=True, chain="INPUT"),
    Shape("ufw's own rules, legacy", "file:iptables-legacy-restore ufw.v4", policy=True, tool="iptables-legacy"),
    Shape("ufw with the port allowed", "file:iptables-nft-restore ufw-443.v4"),
    Shape("ufw, IPv6, with the port allowed", "file:ip6tables-nft-restore ufw-443.v6", v6=True),
    Shape("ufw, a client denied before the port is allowed", "file:iptables-nft-restore ufw-denied.v4", chain="ufw-user-input", fix="ufw prepend allow 443/tcp"),
    Shape("firewalld, the default zone", "file:nft+-f+- firewalld.nft", cause="host.firewall-rejects", chain="filter_IN_public", fix="firewall-cmd --permanent --zone=public --add-service=https"),
    Shape("firewalld, a zone for some clients and a rich rule", "file:nft+-f+- firewalld.nft", to=S4B, source="10.78.2.2", cause=FIREWALL_DROPS, chain="filter_IN_dmz_deny", fix="rich-rule"),
    Shape("firewalld, a trusted source", "file:nft+-f+- firewalld.nft", v6=True),
    # What other programs write: fail2ban, Shorewall and netavark (Podman) wrote these in a namespace; the others as their sources have them.
    *files("fail2ban, a banned client", "fail2ban.v4", chain="f2b-web", cause="host.firewall-rejects", reject="icmp port-unreachable", fix="fail2ban-client unban 10.78.1.2"),
    Shape("fail2ban by nftables, a banned client", "file:nft+-f+- fail2ban.nft", chain="f2b-chain", cause="host.firewall-rejects", fix="fail2ban-client unban 10.78.1.2"),
    Shape("fail2ban, another client", "file:iptables-nft-restore fail2ban.v4", to=S4B, source="10.78.2.2"),
    *files("Shorewall without the port", "shorewall.v4", chain="net-fw", cause=FIREWALL_DROPS, fix="echo 'ACCEPT net $FW tcp 443' >> /etc/shorewall/rules && shorewall reload"),
    *files("Shorewall with the port", "shorewall-443.v4"),
    *files("netavark, a published port", "netavark.v4", translated_to={"address": B4, "port": 8443}),
    Shape("netavark where Docker left FORWARD closed", "file:iptables-nft-restore netavark.v4", "iptables-nft -P FORWARD DROP", chain="FORWARD", policy=True),
    *files("libvirt, a port translated to a guest", "libvirt.v4", chain="LIBVIRT_FWI", cause="host.firewall-rejects"),
    *files("kube-proxy, a service with a NodePort", "kube-proxy.v4", translated_to={"address": B4, "port": 8443}),
    *files("kube-proxy, a NodePort without endpoints", "kube-proxy.v4", port=8443, chain="KUBE-EXTERNAL-SERVICES", cause="host.firewall-rejects"),
    Shape("kube-proxy's nftables, a service with a NodePort", "file:nft+-f+- kube-proxy.nft", translated_to={"address": B4, "port": 8443}),
    Shape("kube-proxy's nftables, a NodePort without endpoints", "file:nft+-f+- kube-proxy.nft", port=8443, chain="reject-chain", cause="host.firewall-rejects"),
    Shape("Docker's nftables, a published port", "file:nft+-f+- docker.nft", translated_to={"address": B4, "port": 8443}),
    *files("csf without the port", "csf.v4", chain="LOGDROPIN", cause=FIREWALL_DROPS, fix="sed -i 's/^TCP_IN = \"/&443,/' /etc/csf/csf.conf && csf -r"),
    Shape("wg-quick, the tunnel's address from outside of it", "file:nft+-f+- wg-quick.nft", chain="preraw", cause=FIREWALL_DROPS),
    Shape("wg-quick, another address", "file:nft+-f+- wg-quick.nft", to=S4B, source="10.78.2.2"),
    Shape("rp_filter strict", "ip route add %s/32 dev eth1" % C4, "sysctl -qw net.ipv4.conf.eth0.rp_filter=1", cause="host.reverse-path-filter", tool="sysctl",
          verdict="drop"),
    Shape("rp_filter loose", "sysctl -qw net.ipv4.conf.eth0.rp_filter=2"),
    Shape("blackhole route", "ip route add blackhole %s/32" % C4, cause="host.no-route", tool="route", direction="reply", fix="ip route del blackhole %s/32" % C4),
    Shape("unreachable route", "ip route add unreachable %s/32 metric 7" % C4, cause="host.no-route", tool="route", fix="ip route del unreachable %s/32 metric 7" % C4),
    Shape("prohibit route", "ip route add prohibit 10.78.1.0/31", "ip route add prohibit 10.78.1.2/31", cause="host.no-route", tool="route", fix="ip route del prohibit 10.78.1.2/31"),
    Shape("blackhole route, v6", "ip -6 route add blackhole %s/128" % C6, v6=True, cause="host.no-route", tool="route", fix="ip -6 route del blackhole %s/128" % C6),
    *ipt("docker", *DOCKER, translated_to={"address": B4, "port": 8443}),
    *ipt("docker, and a rule of the user's own", *DOCKER, "-A DOCKER-USER -i eth0 -j DROP", chain="DOCKER-USER"),
    *ipt("docker, its forward rules flushed", *DOCKER, "-F FORWARD", chain="FORWARD", policy=True),
    Shape("policy routing: no way back for this source", "ip route add blackhole default table 77", "ip rule add pref 77 from %s/32 lookup 77" % S4,
          cause="host.no-route", tool="route", direction="reply", fix="ip route del blackhole default table 77"),
    Shape("policy routing: the mark of the answer's way decides", nft(chain("tcp sport 443 meta mark set 7", hook="output", kind="route", priority="mangle")),
          "ip route add blackhole default table 77", "ip rule add pref 77 fwmark 7 lookup 77"),
    Shape("policy routing: by the device it came in", "ip route add unreachable default table 77", "ip rule add pref 77 iif eth0 lookup 77"),
    Shape("a VRF that the server is not in", "ip link add vrf7 type vrf table 77", "ip link set vrf7 up", "ip link set eth1 master vrf7", to=S4B, source="10.78.2.2"),
    Shape("a VRF, sockets outside serve it", "ip link add vrf7 type vrf table 77", "ip link set vrf7 up", "ip link set eth1 master vrf7", "sysctl -qw net.ipv4.tcp_l3mdev_accept=1", to=S4B, source="10.78.2.2"),
    Shape("a bridge with the address", "ip link add br7 type bridge", "ip addr del %s/24 dev eth1" % S4B, "ip link set eth1 master br7", "ip addr add %s/24 dev br7" % S4B,
          "ip link set br7 up", nft(chain('iifname "br7" ' + PORT + " drop")), to=S4B, source="10.78.2.2", chain="input"),
    Shape("a bridge's own table", "ip link add br7 type bridge", "ip addr del %s/24 dev eth1" % S4B, "ip link set eth1 master br7", "ip addr add %s/24 dev br7" % S4B,
          "ip link set br7 up", "nft:table bridge t {\nchain in { type filter hook input priority 0; policy accept;\n%s drop\n}\n}\n" % PORT, to=S4B, source="10.78.2.2", family="bridge"),
    *[Shape("a bridge's own table, " + name, "ip link add br7 type bridge", "ip addr del %s/24 dev eth1" % S4B, "ip link set eth1 master br7", "ip addr add %s/24 dev br7" % S4B,
            "ip link set br7 up", "nft:table bridge t {\nchain x { type filter hook %s priority 0; policy accept;\n%s\n}\n}\n" % (hook, rule), to=S4B, source="10.78.2.2", **says)
      for name, hook, rule, says in (
          ("the port's name", "input", 'iifname "eth1" ' + PORT + " drop", dict(family="bridge", hook="input")),
          ("another port's name", "input", 'iifname "eth9" drop', {}),
          ("the bridge's name", "prerouting", 'meta ibrname "br7" ' + PORT + " drop", dict(hook="prerouting")),
          ("what is passed on", "forward", "drop", {}),
          ("the answer", "output", "tcp sport 443 drop", dict(direction="reply", hook="output")),
          ("the answer's port", "postrouting", 'oifname "eth1" tcp sport 443 drop', dict(direction="reply")))],
    # In what order, and what else happens to a connection on its way.
    Shape("nft the newest of two chains with one priority comes first", "nft:table inet old {\n%s\n}\ntable inet new {\n%s\n}\n" % (
        chain(PORT + " redirect to :9999", hook="prerouting", kind="nat", priority="dstnat"), chain(PORT + " redirect to :8443", hook="prerouting", kind="nat", priority="dstnat")),
          translated_to={"address": S4, "port": 8443}),
    Shape("nft nat chains come at one place", nft(chain(PORT + " redirect to :8443", hook="prerouting", kind="nat", priority="50") + "\n" +
                                                  chain("tcp dport 8443 drop", hook="prerouting", priority="0", name="after")), chain="after"),
    Shape("nft redirect to a port where nothing listens", nft(chain(PORT + " redirect to :9999", hook="prerouting", kind="nat", priority="dstnat")), verdict="accept",
          listens=False, cause="host.not-listening"),
    Shape("nft the answer gets its port back before egress", nft(chain(PORT + " redirect to :8443", hook="prerouting", kind="nat", priority="dstnat")),
          "nft:table netdev t {\nchain out { type filter hook egress device eth0 priority 0; policy accept;\ntcp sport 443 drop\n}\n}\n", direction="reply", fix="tcp sport 443 accept"),
    Shape("nft a refusal that does not get out", nft(chain("ct state established accept\n" + PORT + " reject", policy="drop") + "\n" + chain("ct state established accept", hook="output", policy="drop")),
          because="the refusal (icmpx port-unreachable) does not get out: table inet t, chain output: policy drop", chain="input", cause=FIREWALL_DROPS),
    Shape("nft two policies to mend", nft(chain("tcp dport 22 accept", policy="drop") + "\n" + chain("tcp sport 22 accept", hook="output", policy="drop")),
          fix="nft add rule inet t input tcp dport 443 accept && nft add rule inet t output tcp sport 443 accept", policy=True),
    one("only new connections", "ct state new " + PORT + " accept", policy="drop", cause=FIREWALL_DROPS),
    one("seen-reply of the answer", "ct status seen-reply return\ncounter accept", hook="output", policy="drop", direction="reply"),
    one("nothing of what is established", "ct state ! new drop\n" + PORT + " accept", hook="prerouting", priority="0", cause=FIREWALL_DROPS),
    one("an element that the packet itself adds", PORT + " add @s { ip saddr }\nip saddr @s drop", extra="set s { type ipv4_addr; size 1000; flags dynamic; }", rule="ip saddr @s"),
    one("a map without the key ends the rule", "meta mark set tcp dport map { 80 : 1 } accept\n" + PORT + " accept", policy="drop"),
    one("dnat by a map whose key is not known", "dnat ip to ip dscp map { cs0 : %s, cs1 : %s }" % (B4, B4), hook="prerouting", kind="nat", priority="dstnat", verdict="unknown"),
    one("a verdict by chance, all alike", "numgen random mod 3 vmap { 0 : jump a, 1 : jump a, 2 : jump b }", policy="drop", extra="chain a { %s accept\n }\nchain b { %s accept\n }" % (PORT, PORT)),
    one("named limit and quota", PORT + " limit name l quota name q drop", extra="limit l { rate 100/second; }\nquota q { until 100 mbytes; }"),
    one("devices' traits", 'iifgroup 0 iifkind "veth" iiftype ether fib daddr oif missing ' + PORT + " drop", chain="input"),
    one("hours that are over", 'meta time < "2020-01-01" drop\nmeta time > "2020-01-01" meta day { Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday } ' + PORT + " drop", rule="meta day"),
    Shape("nft ingress of two devices", 'nft:table netdev t {\nchain in { type filter hook ingress devices = { "eth1", "eth0" } priority 0; policy accept;\n%s drop\n}\n}\n' % PORT, hook="ingress"),
    Shape("nft a dormant table beside one that drops", "nft:table inet zz {\nflags dormant\n%s\n}\n" % chain(PORT + " accept"), nft(chain(PORT + " drop")), table="t"),
    Shape("nft dnat and masquerade", nft(chain(PORT + " dnat ip to numgen inc mod 2 map { 0 : %s, 1 : %s }" % (B4, B4), hook="prerouting", kind="nat", priority="dstnat") + "\n" +
                                         chain("masquerade", hook="postrouting", kind="nat", priority="srcnat") + "\n" +
                                         chain("ct status dnat ct status snat ct state established accept\nct state new accept", hook="forward", policy="drop"))),
    *ipt("recent: noted, and at once on the list", "-A INPUT -p tcp --dport 443 -m recent --set --name x", "-A INPUT -m recent --rcheck --name x -j DROP", rule="--rcheck"),
    *ipt("recent: not so often", "-A INPUT -p tcp --dport 443 -m recent --set --name x", "-A INPUT -m recent --update --seconds 60 --hitcount 5 --name x -j DROP"),
    *ipt("tproxy without a transparent socket", "-t mangle -A PREROUTING -p tcp --dport 443 -j TPROXY --on-port 8443 --tproxy-mark 1", table="mangle", chain="PREROUTING"),
    *ipt("by chance to one of two chains", "-N a", "-N b", "-A a -j ACCEPT", "-A b -j ACCEPT", "-P INPUT DROP", "-A INPUT -p tcp --dport 443 -m statistic --mode random --probability 0.5 -j a", "-A INPUT -p tcp --dport 443 -j b"),
    *ipt("status, owner and direction of the answer", "-A OUTPUT -m conntrack --ctstatus SEEN_REPLY --ctdir REPLY -m owner --uid-owner 0 -j DROP", direction="reply"),
    *ipt("ICMP stopped, so no refusal", "-A INPUT -p tcp --dport 443 -j REJECT", "-A OUTPUT -p icmp -j DROP", verdict="drop", chain="INPUT", cause=FIREWALL_DROPS),
    *ipt("times", "-A INPUT -m time --datestart 2037-01-01T00:00:00 -j DROP", "-A INPUT -p tcp --dport 443 -m time --timestart 00:00 --timestop 23:59:59 -j DROP", rule="--dport 443"),
    Shape("ipset that a rule fills, in a list of sets", "ipset create -exist filled hash:ip", "ipset create -exist lists list:set", "ipset add -exist lists filled",
          "iptables-legacy -A INPUT -p tcp --dport 443 -j SET --add-set filled src", "iptables-legacy -A INPUT -m set --match-set lists src -j DROP", tool="iptables-legacy", rule="lists"),
    Shape("rp_filter strict, one of two ways back", "ip route replace default nexthop via %s dev eth0 nexthop via 10.78.2.2 dev eth1" % C4, "ip route add 10.78.1.2/32 nexthop dev eth1 nexthop dev eth0",
          "sysctl -qw net.ipv4.conf.eth0.rp_filter=1"),
    Shape("policy routing by port", "ip route add blackhole default table 77", "ip rule add pref 77 ipproto tcp sport 443 lookup 77", tool="route", direction="reply", cause="host.no-route"),
    Shape("an address that a route keeps here", "ip route add local 198.51.100.0/24 dev lo table local", nft(chain("ip daddr 198.51.100.9 " + PORT + " drop")), to="198.51.100.9", chain="input"),
    Shape("an address of a machine behind", nft(chain("ip daddr %s " % B4 + PORT + " reject", hook="forward")), to=B4, chain="forward"),
    Shape("out", out=True),
    one("out dropped", PORT + " drop", hook="output", out=True, direction="out", cause=FIREWALL_DROPS),
    one("out, answers not taken", "ct state new accept", policy="drop", out=True, direction="reply"),
    one("out, answers taken", "ct state established accept", policy="drop", out=True),
    *ipt("out rejected", "-A OUTPUT -p tcp --dport 443 -j REJECT", out=True, direction="out"),
]
SHAPES = [s for s in SHAPES if s]
