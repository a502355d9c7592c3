"""What lies beside the port that is audited: keys for Encrypted Client Hello in its name's HTTPS record, and plain HTTP on
port 80. Both need root: a resolver's port and another resolv.conf for the tool alone, and port 80."""
import json
import os
import socket
import struct
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../hostile"))

A, HTTPS = 1, 65
RESOLVER = "127.45.0.1"


def can_run():
    return os.geteuid() == 0 and subprocess.call(["/usr/bin/unshare", "-m", "true"], stderr=subprocess.DEVNULL) == 0


# ---- a resolver that knows the lab's keys ---------------------------------------------------------------------------------

def labels(message):
    at, out = 12, []
    while message[at]:
        out.append(message[at + 1:at + 1 + message[at]].decode("ascii", "replace"))
        at += 1 + message[at]
    return out


def svcb(ech):
    return b"\0\1\0" + struct.pack(">HH", 5, len(ech)) + ech


class Resolver:
    """Answers A with loopback, and HTTPS for the hosts it was given keys of."""

    def __init__(self, lists):
        import dns
        self.lists, self.answer, self.record = lists, dns.answer, dns.record
        self.question_of = dns.question_of
        self.resolver = dns.Resolver(RESOLVER, self.udp, self.tcp)

    def udp(self, message):
        name, kind = ".".join(labels(message)), self.question_of(message)[1]
        ech = next((data for host, data in self.lists.items() if name == host or name.endswith("." + host)), None)
        records = {A: [b"\x7f\0\0\1"], HTTPS: [svcb(ech)] if ech else []}.get(kind, [])
        return [self.answer(message, [self.record(b"\xc0\x0c", kind, data) for data in records])]

    def tcp(self, connection, message):
        whole = self.udp(message)[0]
        connection.sendall(struct.pack(">H", len(whole)) + whole)

    def close(self):
        self.resolver.close()


def list_of(name, data):
    """As DNS has it, which for some scenes is wrong."""
    if name == "ech-malformed":
        return data[:-3]
    if name == "ech-other-version":
        return data[:2] + b"\xfe\x0a" + data[4:]
    return data


def audit_by_name(tool, folder, trust, url, max_time):
    """With a resolv.conf of its own."""
    conf = os.path.join(folder, "resolv.conf")
    with open(conf, "w") as f:
        f.write("nameserver %s\n" % RESOLVER)
    command = ["/usr/bin/unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', conf, tool, "audit", "--json", "--no-external",
               "--max-time", str(max_time), "--cacert", trust, url]
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=3 * max_time)
    try:
        return json.loads(p.stdout), None
    except ValueError:
        return None, "no JSON (exit status %d): %s" % (p.returncode, p.stderr.decode("utf8", "replace")[:600])


# ---- port 80 ---------------------------------------------------------------------------------------------------------------

PLAIN = (
    # name, what OPTIONS with Upgrade gets, what GET gets, (verdict of opossum, of mixed_upgrade)
    ("takes an upgrade to TLS", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
     ("vulnerable", "vulnerable")),
    ("serves its pages in clear", b"HTTP/1.1 200 OK\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ("not_vulnerable", "vulnerable")),
    ("leads to https", b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 301 Moved\r\nLocation: https://shop.example/\r\nContent-Length: 0\r\n\r\n",
     ("not_vulnerable", "not_vulnerable")),
    ("wants an upgrade to TLS", b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
     ("not_vulnerable", "not_vulnerable")),
    ("closes without a word", b"", b"HTTP/1.1 301 Moved\r\nLocation: https://shop.example/\r\nContent-Length: 0\r\n\r\n", ("unknown", "not_vulnerable")),
    ("speaks another protocol", b"SSH-2.0-lab\r\n", b"SSH-2.0-lab\r\n", ("unknown", "unknown")),
    ("is not there", None, None, ("not_applicable", "not_applicable")),
)


class Plain:
    """Port 80 of one address of loopback."""

    def __init__(self, address, options, get):
        self.options, self.get = options, get
        self.socket = socket.create_server((address, 80), backlog=32)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                connection.settimeout(5)
                head = b""
                while b"\r\n\r\n" not in head:
                    more = connection.recv(4096)
                    if not more:
                        return
                    head += more
                connection.sendall(self.options if head.startswith(b"OPTIONS") else self.get)
            except OSError:
                pass

    def close(self):
        # A thread that is in accept() keeps the port: it is waked first.
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
