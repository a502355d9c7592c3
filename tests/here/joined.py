"""Both sides of one connection: `here --json` on the server, `TARGET --with` that on the client, and one diagnosis of the two."""
import json
import os
import subprocess
import tempfile

from street import C4, S4, S4B, Street

NAME = "shop.example.test"
DROPS_BEFORE = "nft:table inet x {\nchain o { type filter hook output priority 0\ntcp dport 443 drop\n}\n}\n"
POLICY = "nft:table inet f {\nchain i { type filter hook input priority 0; policy drop;\n%s\n}\n}\n"
REDIRECT = "nft:table inet f {\nchain p { type nat hook prerouting priority dstnat\ntcp dport 443 redirect to :%d\n}\n}\n"
# What is set up on the server and on the client, where the name leads, the cause and a part of the summary.
CASES = {
    "joined: dropped before it": ((), (DROPS_BEFORE,), S4, "tcp.timeout", "before they reach the machine"),
    "joined: the server's firewall drops": ((POLICY % "tcp dport 22 accept",), (), S4, "host.firewall-drops", "The policy of chain i (inet f) drops connections"),
    "joined: only new connections are let in": ((POLICY % "ct state new tcp dport 443 accept",), (), S4, "host.firewall-drops", "all but the first packet"),
    "joined: the name leads elsewhere": ((), (), "10.78.3.77", "host.name-elsewhere", "an address that the server does not have"),
    "joined: translated to where nothing listens": ((REDIRECT % 9443,), (), S4, "host.not-listening", "port 9443, where nothing listens"),
    "joined: another address has no listener": ((), (), S4B, "host.not-listening", "Nothing listens on %s port 8444" % S4B),
}


def try_one(street, binary, server, client, address, cause, words):
    street.clear()
    port = "8444" if "8444" in words else "443"
    for node, commands in (("s", server), ("c", client)):
        for command in commands:
            street.run(node, "nft", "-f", "-", text=command[4:])
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
    p = subprocess.run(["ip", "netns", "exec", street.name("s"), binary, "here", "--json", "--from", C4, "--max-time", "0.3", "--port", port],
                       stdout=subprocess.PIPE, timeout=60, env=env)
    with tempfile.NamedTemporaryFile() as here:
        here.write(p.stdout)
        here.flush()
        p = subprocess.run(["ip", "netns", "exec", street.name("c"), binary, "%s:%s" % (NAME, port), "--resolve", "%s:%s:%s" % (NAME, port, address), "--json",
                            "--no-external", "--max-time", "1.5", "--with", here.name], stdout=subprocess.PIPE, timeout=60, env=env)
    street.run("c", "nft", "flush", "ruleset", check=False)
    verdict = json.loads(p.stdout)["verdict"]
    if verdict["cause"] != cause or words not in verdict["summary"]:
        return "cause %s, %r instead of %s, %r" % (verdict["cause"], verdict["summary"], cause, words)
    return None


def try_all(binary, only, report):
    chosen = {name: case for name, case in CASES.items() if only in name}
    if not chosen:
        return
    with Street(40) as street:
        street.start("s", "-c", "import socket\ns = socket.create_server(('%s', 8444))\nprint('ready', flush=True)\nwhile True:\n    s.accept()[0].close()" % S4)
        for name, case in chosen.items():
            report(name, try_one(street, binary, *case))
