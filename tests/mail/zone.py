"""A name server for tests: one flat zone, the root's, signed as it is asked (RFC 4034, algorithm 13), with a delegation to
`plain.` that is not signed. Records: {(name, TYPE): [text]}."""
import base64
import os
import socket
import struct
import subprocess
import threading
import time

TYPES = {"A": 1, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "DS": 43, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "TLSA": 52}
TTL = 300


def wire_name(name):
    labels = [l for l in name.lower().strip(".").split(".") if l]
    return b"".join(bytes([len(l)]) + l.encode() for l in labels) + b"\0"


def rdata(kind, text):
    if kind == "A":
        return socket.inet_aton(text)
    if kind == "CNAME":
        return wire_name(text)
    if kind == "MX":
        preference, host = text.split()
        return struct.pack("!H", int(preference)) + wire_name(host)
    if kind == "TXT":
        data = text.encode()
        return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255))
    if kind == "TLSA":
        usage, selector, matching, data = text.split()
        return bytes([int(usage), int(selector), int(matching)]) + bytes.fromhex(data)
    if kind == "SOA":
        return wire_name("a.") + wire_name("b.") + struct.pack("!5I", 1, 60, 60, 60, 60)
    return text         # as it is on the wire


class Zone:
    def __init__(self, folder, records):
        self.records, self.key_file, self.lock, self.made = records, os.path.join(folder, "zone.key"), threading.Lock(), {}
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key_file], check=True)
        point = subprocess.run(["openssl", "ec", "-in", self.key_file, "-pubout", "-outform", "DER"], check=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout[-64:]
        self.key = struct.pack("!HBB", 257, 3, 13) + point
        self.tag = sum(b << 8 if i % 2 == 0 else b for i, b in enumerate(self.key))
        self.tag = (self.tag + (self.tag >> 16)) & 0xffff
        records[("", "DNSKEY")] = [self.key]
        records[("", "SOA")] = [""]
        records[("plain", "NSEC")] = [wire_name("zz.") + b"\0\6\x20\0\0\0\0\3"]       # NS, RRSIG, NSEC

    def anchor(self):
        return ". IN DNSKEY 257 3 13 " + base64.b64encode(self.key[4:]).decode() + "\n"

    def rrset(self, name, kind):
        return [wire_name(name) + struct.pack("!HHIH", TYPES[kind], 1, TTL, len(d)) + d
                for d in sorted(rdata(kind, t) for t in self.records.get((name, kind), []))]

    def signature(self, name, kind):
        now = int(time.time())
        labels = len([l for l in name.split(".") if l])
        head = struct.pack("!HBBIIIH", TYPES[kind], 13, labels, TTL, now + 86400, now - 3600, self.tag) + b"\0"
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key_file], input=head + b"".join(self.rrset(name, kind)),
                             stdout=subprocess.PIPE, check=True).stdout
        n = der[3]
        r, s = der[4:4 + n], der[6 + n:6 + n + der[5 + n]]
        data = head + r[-32:].rjust(32, b"\0") + s[-32:].rjust(32, b"\0")
        return wire_name(name) + struct.pack("!HHIH", TYPES["RRSIG"], 1, TTL, len(data)) + data

    def signed(self, name, kind):
        with self.lock:
            if (name, kind) not in self.made:
                records = self.rrset(name, kind)
                self.made[name, kind] = records + ([self.signature(name, kind)] if not name.endswith("plain") or kind == "NSEC" else [])
            return self.made[name, kind]

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin1").lower())
            at += 1 + query[at]
        name = ".".join(labels)
        kind = {v: k for k, v in TYPES.items()}.get(struct.unpack("!H", query[at + 1:at + 3])[0], "other")
        question, is_edns = query[12:at + 5], query[10:12] != b"\0\0"
        wants = is_edns and len(query) >= at + 5 + 11 and query[at + 5 + 7] & 0x80
        answers, authority = [], []
        alias = name
        while (alias, "CNAME") in self.records and kind != "CNAME":
            answers += self.signed(alias, "CNAME")
            alias = self.records[alias, "CNAME"][0].strip(".")
        if (alias, kind) in self.records:
            answers += self.signed(alias, kind)
        elif kind == "DS" and name == "plain":
            authority = self.signed("", "SOA") + self.signed("plain", "NSEC")
        if not wants:
            answers = [r for r in answers if not self.is_signature(r)]
        exists = answers or not name or any(n == name or n.endswith("." + name) for n, _ in self.records)
        flags = 0x8180 if exists else 0x8183
        out = query[:2] + struct.pack("!HHHHH", flags, 1, len(answers), len(authority), 1 if is_edns else 0) + question
        out += b"".join(answers) + b"".join(authority)
        return out + (b"\0" + struct.pack("!HHIH", 41, 4096, 0x8000 if wants else 0, 0) if is_edns else b"")

    @staticmethod
    def is_signature(record):
        at = 0
        while record[at]:
            at += 1 + record[at]
        return struct.unpack("!H", record[at + 1:at + 3])[0] == TYPES["RRSIG"]

    def serve(self, address):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(address)
        tcp = socket.create_server(address)
        threading.Thread(target=self.serve_udp, args=(udp,), daemon=True).start()
        threading.Thread(target=self.serve_tcp, args=(tcp,), daemon=True).start()

    def serve_udp(self, udp):
        while True:
            query, peer = udp.recvfrom(4096)
            try:
                udp.sendto(self.answer(query), peer)
            except (IndexError, struct.error):
                continue

    def serve_tcp(self, tcp):
        while True:
            connection, _ = tcp.accept()
            try:
                n = struct.unpack("!H", connection.recv(2))[0]
                out = self.answer(connection.recv(n))
                connection.sendall(struct.pack("!H", len(out)) + out)
            except (IndexError, struct.error, OSError):
                pass
            connection.close()
