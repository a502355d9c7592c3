"""Resolvers that mean harm: each function gets a question and returns the messages to send, over UDP and TCP alike; or, for
TCP, writes to the connection itself. RFC 1035, RFC 7766."""
import socket
import struct
import threading
import time

from peers import ESCAPES, LAST

A, CNAME, CAA, TRUNCATED = 1, 5, 257, 0x200


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
            message = connection.recv(4096)[2:]
            if self.on_tcp and len(message) > 16:
                self.on_tcp(connection, message)
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
