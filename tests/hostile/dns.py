"""Resolvers that mean harm: each function gets a question and returns the messages to send, over UDP and TCP alike; or, for
TCP, writes to the connection itself. RFC 1035, RFC 7766."""
import socket
import struct
import threading
import time

from peers import ESCAPES, LAST

A, CNAME, MX, TXT, AAAA, TLSA, HTTPS, CAA, TRUNCATED = 1, 5, 15, 16, 28, 52, 65, 257, 0x200


def encode(name):
    return b"".join(bytes([len(label)]) + label for label in name.split(b".") if label) + b"\0"


def question_of(message):
    at = 12
    while message[at]:
        at += 1 + message[at]
    return message[12:at + 5], struct.unpack_from(">H", message, at + 1)[0]


def record(owner, kind, data):
    return owner + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


def answer(message, records, flags=0, claims=None):
    question, _ = question_of(message)
    return message[:2] + struct.pack(">HHHHH", 0x8180 | flags, 1, len(records) if claims is None else claims, 0, 0) + question + b"".join(records)


def truncated(message):
    return [answer(message, [], TRUNCATED)]


def cnames(message):
    """An alias of an alias of an alias, a thousand of them and no end."""
    chain = [b"\xc0\x0c"] + [encode(b"n%d.evil.test" % i) for i in range(1000)]
    return [answer(message, [record(owner, CNAME, to) for owner, to in zip(chain[:60], chain[1:])])]


def circle(message):
    return [answer(message, [record(b"\xc0\x0c", CNAME, encode(b"a.test")), record(encode(b"a.test"), CNAME, encode(b"b.test")),
                             record(encode(b"b.test"), CNAME, encode(b"a.test"))])]


def pointers(message):
    """A name that points at itself."""
    at = 12 + len(question_of(message)[0])
    return [answer(message, [struct.pack(">H", 0xc000 | at) + struct.pack(">HHIH", A, 1, 60, 4) + b"\x7f\0\0\1"])]


def claims(message):
    return [answer(message, [], claims=65535)]


def forged(message):
    """Answers to what nobody asked, without end."""
    return [struct.pack(">H", i) + answer(message, [])[2:] for i in range(3000)]


def escapes(message):
    label = ESCAPES.encode()[:60]
    return [answer(message, [record(b"\xc0\x0c", CNAME, bytes([len(label)]) + label + encode(b"test")),
                             record(bytes([len(label)]) + label + encode(b"test"), CAA, b"\x00\x05issue" + ESCAPES.encode())])]


def tcp_drip(connection, message):
    for byte in struct.pack(">H", 500) + answer(message, [])[:100]:
        connection.sendall(bytes([byte]))
        time.sleep(2)


def tcp_silent(connection, message):
    time.sleep(LAST)


def tcp_endless(connection, message):
    while True:
        connection.sendall(b"\xff\xff" + bytes(65535))


def tcp_large(connection, message):
    whole = answer(message, [record(b"\xc0\x0c", A, b"\x7f\0\0\1")] * 4000)
    connection.sendall(struct.pack(">H", len(whole)) + whole)
    time.sleep(LAST)


def kinds(answers):
    """A resolver that answers by type: each a function of the message or a list of RDATA; nothing for the others."""
    def serve(message):
        question, kind = question_of(message)
        records = answers.get(kind, [])
        records = records(message) if callable(records) else [record(b"\xc0\x0c", kind, data) for data in records]
        return [answer(message, records)]

    def over_tcp(connection, message):
        whole = serve(message)[0]
        connection.sendall(struct.pack(">H", len(whole)) + whole)
    return (lambda message: serve(message) if len(serve(message)[0]) < 1200 else truncated(message)), over_tcp


def txt(text):
    return b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, len(text), 255))


LOOPBACK = [b"\x7f\0\0\1"]
# Different ones, and nobody listens on any.
MANY_A = [struct.pack(">I", 0x7f2c0001 + i) for i in range(3900)]
MANY_AAAA = [b"\x20\x01\x0d\xb8" + struct.pack(">QI", i, i) for i in range(2200)]


def https_alias(message):
    """AliasMode to an alias to an alias (RFC 9460 2.4.2), each name new."""
    name = question_of(message)[0][:-4]
    return [record(b"\xc0\x0c", HTTPS, b"\0\0" + b"\x01x" + name[:200])]


def svcb(*parameters):
    return b"\0\1\0" + b"".join(struct.pack(">HH", key, len(value)) + value for key, value in parameters)


ODD_SVCB = [svcb((1, b"\x02h3" * 6000)), svcb((4, b"\x7f\0\0\1" * 3000)), svcb((5, b"e" * 9000)), svcb((0, b"\0\1" * 100)), svcb((3, b"\0")), svcb((1, b"\xffx")),
            svcb((7, ESCAPES.encode())), svcb((2, b""), (2, b"")), b"\0\1" + b"\x3f" + b"n" * 63 + b"\0", b"\0"]
MX_MANY = [struct.pack(">H", i) + encode(b"mx%d.evil.test" % i) for i in range(2000)]


# What is left to say: no usable answer, none in time, or where the aliases end.
CAUSES = ["dns.servfail", "dns.timeout", "dns.no-address", "dns.dangling-cname"]
SCRIPTS = [
    ("DNS over TCP, a byte every two seconds", truncated, tcp_drip),
    ("DNS over TCP, silent", truncated, tcp_silent),
    ("DNS over TCP, bytes without end", truncated, tcp_endless),
    ("DNS over TCP, 4,000 addresses", truncated, tcp_large),
    ("DNS: aliases without end", cnames, None),
    ("DNS: aliases in a circle", circle, None),
    ("DNS: a name that points at itself", pointers, None),
    ("DNS: 65,535 answers claimed, none sent", claims, None),
    ("DNS: answers that nobody asked for", forged, None),
    ("DNS: control characters in an alias", escapes, None),
]
NOBODY = ["tcp.refused", "tcp.network-unreachable", "tcp.host-unreachable", "tcp.timeout", "dns.dangling-cname"]
MAIL = NOBODY + ["dns.mx-address", "dns.mx-unresolvable", "dns.mx-alias", "dns.mx-null", "dns.no-address", "dns.timeout", "tls.starttls-silent", "dns.mta-sts-record", "dns.mta-sts-mx"]
# name, over UDP, over TCP, causes, target
TYPED = [
    ("DNS: 3,900 addresses, and nobody at any", *kinds({A: MANY_A}), NOBODY, "www.evil.test"),
    ("DNS: 3,900 and 2,200 addresses", *kinds({A: MANY_A, AAAA: MANY_AAAA}), NOBODY, "www.evil.test"),
    ("DNS: aliases of HTTPS records without end", *kinds({A: LOOPBACK, HTTPS: https_alias}), NOBODY, "https://www.evil.test:9/"),
    ("DNS: HTTPS records that are none", *kinds({A: LOOPBACK, HTTPS: ODD_SVCB}), NOBODY, "https://www.evil.test:9/"),
    ("DNS: 1,500 CAA records", *kinds({A: LOOPBACK, CAA: [b"\0\x05issue" + b"ca%d.test" % i for i in range(1500)]}), NOBODY, "https://www.evil.test:9/"),
    ("DNS: 2,000 mail servers", *kinds({A: LOOPBACK, MX: MX_MANY}), MAIL, "smtp://evil.test"),
    ("DNS: mail servers of many addresses", *kinds({A: MANY_A, MX: MX_MANY[:200]}), MAIL, "smtp://evil.test"),
    ("DNS: mail servers with control characters", *kinds({A: LOOPBACK, MX: [b"\0\1" + bytes([60]) + ESCAPES.encode()[:60] + b"\0"]}), MAIL, "smtp://evil.test"),
    ("DNS: 60 KB of text for MTA-STS and TLS reports", *kinds({A: LOOPBACK, MX: MX_MANY[:3], TXT: [txt(b"v=STSv1; id=" + b"x" * 20000), txt(b"v=TLSRPTv1; rua=" + b"mailto:a@b.test," * 2000)]}), MAIL, "smtp://evil.test"),
    ("DNS: 1,200 TLSA records", *kinds({A: LOOPBACK, MX: MX_MANY[:2], TLSA: [bytes([i % 5, i % 3, i % 4]) + bytes(32) for i in range(1200)]}), MAIL, "smtp://evil.test"),
]


class Resolver:
    def __init__(self, address, udp, tcp):
        self.on_udp, self.on_tcp = udp, tcp
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 53))
        self.tcp = socket.create_server((address, 53), backlog=16)
        for run in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=run, daemon=True).start()

    def serve_udp(self):
        while True:
            try:
                message, who = self.udp.recvfrom(4096)
                if len(message) < 17:       # nothing: the end
                    continue
                for reply in self.on_udp(message):
                    self.udp.sendto(reply, who)
            except OSError:
                if self.udp.fileno() < 0:
                    return

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        try:
            connection.settimeout(LAST)
            # Both questions of libc come over one connection (RFC 7766 6.2.1).
            while self.on_tcp and len(size := connection.recv(2)) == 2:
                self.on_tcp(connection, connection.recv(int.from_bytes(size, "big")))
        except (OSError, IndexError):
            pass
        finally:
            connection.close()

    def close(self):
        for s in (self.udp, self.tcp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
