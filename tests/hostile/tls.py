"""The server's half of TLS 1.2 and 1.3 (RFC 5246, 8446), message by message, so that a hostile peer may say anything at any
point. One suite for each version (C02B, 1301), one group (x25519), one certificate (ECDSA P-256). Not a TLS library: it
trusts the client and checks nothing."""
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
MAXIMUM = 16384
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def vec8(data):
    return bytes([len(data)]) + data


def vec16(data):
    return struct.pack(">H", len(data)) + data


def vec24(data):
    return struct.pack(">I", len(data))[1:] + data


def message(kind, body, claims=None):
    """A handshake message; `claims` is the length it says it has."""
    return bytes([kind]) + struct.pack(">I", len(body) if claims is None else claims)[1:] + body


def extension(kind, body):
    return struct.pack(">H", kind) + vec16(body)


class Identity:
    """A key and the chain that is sent for it, DER, leaf first."""

    def __init__(self, key, chain):
        self.key, self.chain = key, chain

    def sign(self, data):
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


class Hello:
    """A ClientHello's parts."""

    def __init__(self, body):
        at = 34
        self.random = body[2:34]
        self.session_id = body[at + 1:at + 1 + body[at]]
        at += 1 + body[at]
        n = struct.unpack_from(">H", body, at)[0]
        self.suites = struct.unpack_from(">%dH" % (n // 2), body, at + 2)
        at += 2 + n
        at += 1 + body[at]
        self.extensions = {}
        if at < len(body):
            at += 2
        while at < len(body):
            kind, n = struct.unpack_from(">HH", body, at)
            self.extensions[kind] = body[at + 4:at + 4 + n]
            at += 4 + n

    def speaks13(self):
        versions = self.extensions.get(43, b"\0")
        return b"\3\4" in [versions[i:i + 2] for i in range(1, len(versions), 2)] and 0x1301 in self.suites

    def share(self, group=29):
        data, at = self.extensions.get(51, b"\0\0"), 2
        while at < len(data):
            kind, n = struct.unpack_from(">HH", data, at)
            if kind == group:
                return data[at + 4:at + 4 + n]
            at += 4 + n
        return None

    def protocols(self):
        data, at, found = self.extensions.get(16, b"\0\0"), 2, []
        while at < len(data):
            found.append(data[at + 1:at + 1 + data[at]])
            at += 1 + data[at]
        return found


class Aead:
    """One direction's keys."""

    def __init__(self, key, iv, is13):
        self.gcm, self.iv, self.is13, self.n = AESGCM(key), iv, is13, 0

    def nonce(self):
        return bytes(a ^ b for a, b in zip(self.iv, struct.pack(">IQ", 0, self.n)))

    def seal(self, kind, data, padding=0):
        if self.is13:
            inner = data + bytes([kind]) + b"\0" * padding
            head = struct.pack(">BHH", DATA, 0x303, len(inner) + 16)
            sealed = self.gcm.encrypt(self.nonce(), inner, head)
        else:
            explicit = struct.pack(">Q", self.n)
            body = self.gcm.encrypt(self.iv + explicit, data, struct.pack(">QBHH", self.n, kind, 0x303, len(data)))
            head, sealed = struct.pack(">BHH", kind, 0x303, len(body) + 8), explicit + body
        self.n += 1
        return head + sealed

    def open(self, head, body):
        if self.is13:
            inner = self.gcm.decrypt(self.nonce(), body, head).rstrip(b"\0")
            self.n += 1
            return inner[-1], inner[:-1]
        plain = self.gcm.decrypt(self.iv + body[:8], body[8:], struct.pack(">QBHH", self.n, head[0], 0x303, len(body) - 24))
        self.n += 1
        return head[0], plain


def prf12(secret, label, seed, n):
    a, out = label + seed, b""
    while len(out) < n:
        a = hmac.digest(secret, a, "sha256")
        out += hmac.digest(secret, a + label + seed, "sha256")
    return out[:n]


def expand(secret, label, context, n=32):
    info = struct.pack(">H", n) + vec8(b"tls13 " + label) + vec8(context)
    return hmac.digest(secret, info + b"\1", "sha256")[:n]


class Tls:
    """One connection. The steps are called one after the other by whoever plays the server; the usual order is in
    handshake(). What is sent goes out at once."""

    def __init__(self, connection, identity, only12=False):
        self.c, self.identity, self.only12 = connection, identity, only12
        self.out = self.into = None
        self.log = b""
        self.protocol = None

    # ---- records

    def raw(self, data):
        self.c.sendall(data)

    def sealed(self, kind, data, padding=0):
        """The bytes of one record, encrypted when keys are there."""
        if self.out:
            return self.out.seal(kind, data, padding)
        return struct.pack(">BHH", kind, 0x303, len(data)) + data

    def record(self, kind, data, padding=0):
        self.raw(b"".join(self.sealed(kind, data[i:i + MAXIMUM], padding) for i in range(0, len(data), MAXIMUM)) or
                 self.sealed(kind, data, padding))

    def say(self, kind, body):
        """A handshake message, for the transcript too."""
        self.log += message(kind, body)
        self.record(HANDSHAKE, message(kind, body))

    def alert(self, level, code):
        self.record(ALERT, bytes([level, code]))

    def take(self, n):
        got = b""
        while len(got) < n:
            part = self.c.recv(n - len(got))
            if not part:
                raise OSError("gone")
            got += part
        return got

    def next(self):
        """The next record of the client: its type and what it holds."""
        while True:
            head = self.take(5)
            body = self.take(struct.unpack(">H", head[3:])[0])
            if self.into and head[0] == (DATA if self.into.is13 else head[0]) and head[0] != CCS:
                return self.into.open(head, body)
            if head[0] != CCS or not self.into or not self.into.is13:
                return head[0], body

    # ---- the steps

    def read_hello(self):
        kind, body = self.next()
        while kind == CCS:
            kind, body = self.next()
        if kind == ALERT:
            raise OSError("alert")
        whole = body
        while len(whole) < 4 + int.from_bytes(whole[1:4], "big"):
            whole += self.next()[1]
        self.log += whole
        self.hello = Hello(whole[4:])
        self.is13 = self.hello.speaks13() and not self.only12

    def choose(self, wanted):
        if not self.protocol and wanted in self.hello.protocols():
            self.protocol = wanted
        return extension(16, vec16(vec8(wanted))) if wanted in self.hello.protocols() else b""

    def retry(self, group=None):
        """A HelloRetryRequest; the group defaults to x25519."""
        body = (b"\3\3" + RETRY_RANDOM + vec8(self.hello.session_id) + b"\x13\1\0" +
                vec16(extension(43, b"\3\4") + extension(51, struct.pack(">H", group or 29))))
        self.log = message(254, hashlib.sha256(self.log).digest())
        self.say(2, body)

    def server_hello(self, protocol=b"http/1.1", extra=b""):
        self.random = os.urandom(32)
        self.private = X25519PrivateKey.generate()
        public = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public, self.wanted = public, protocol
        if self.is13:
            extensions = extension(43, b"\3\4") + extension(51, struct.pack(">H", 29) + vec16(public)) + extra
            self.say(2, b"\3\3" + self.random + vec8(self.hello.session_id) + b"\x13\1\0" + vec16(extensions))
            share = self.hello.share()
            if share is None:
                raise OSError("no share")
            self.keys13(self.private.exchange(X25519PublicKey.from_public_bytes(share)))
        else:
            extensions = extension(0xff01, b"\0") + self.choose(protocol) + extra
            self.say(2, b"\3\3" + self.random + b"\0" + b"\xc0\x2b\0" + vec16(extensions))

    def keys13(self, shared):
        zero, empty = b"\0" * 32, hashlib.sha256(b"").digest()
        early = hmac.digest(zero, zero, "sha256")
        secret = hmac.digest(expand(early, b"derived", empty), shared, "sha256")
        transcript = hashlib.sha256(self.log).digest()
        self.client_secret, self.server_secret = expand(secret, b"c hs traffic", transcript), expand(secret, b"s hs traffic", transcript)
        self.master = hmac.digest(expand(secret, b"derived", empty), zero, "sha256")
        self.raw(struct.pack(">BHHB", CCS, 0x303, 1, 1))
        self.out, self.into = self.of(self.server_secret), self.of(self.client_secret)

    def of(self, secret):
        return Aead(expand(secret, b"key", b"", 16), expand(secret, b"iv", b"", 12), True)

    def server_secret_next(self):
        """The keys that follow a KeyUpdate of ours."""
        self.application = expand(self.application, b"traffic upd", b"")
        self.out = self.of(self.application)

    def encrypted_extensions(self, extra=b""):
        if self.is13:
            self.say(8, vec16(self.choose(self.wanted) + extra))

    def certificate(self, chain=None):
        entries = b"".join(vec24(der) + (b"\0\0" if self.is13 else b"") for der in chain or self.identity.chain)
        self.say(11, (b"\0" if self.is13 else b"") + vec24(entries))

    def verify(self):
        """CertificateVerify, or the signed ServerKeyExchange and ServerHelloDone."""
        if self.is13:
            signed = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + hashlib.sha256(self.log).digest()
            self.say(15, b"\4\3" + vec16(self.identity.sign(signed)))
        else:
            parameters = b"\3\0\x1d" + vec8(self.public)
            signature = self.identity.sign(self.hello.random + self.random + parameters)
            self.say(12, parameters + b"\4\3" + vec16(signature))
            self.say(14, b"")

    def finished(self):
        if self.is13:
            self.say(20, hmac.digest(expand(self.server_secret, b"finished", b""), hashlib.sha256(self.log).digest(), "sha256"))
            transcript = hashlib.sha256(self.log).digest()
            application = self.of(expand(self.master, b"c ap traffic", transcript))
            self.application = expand(self.master, b"s ap traffic", transcript)
            self.out = self.of(self.application)
            if self.next()[0] == ALERT:
                raise OSError("alert")
            self.into = application
            return
        kind, body = self.next()
        if kind != HANDSHAKE or body[0] != 16:
            raise OSError("no ClientKeyExchange")
        self.log += body
        premaster = self.private.exchange(X25519PublicKey.from_public_bytes(body[5:37]))
        self.master = prf12(premaster, b"master secret", self.hello.random + self.random, 48)
        block = prf12(self.master, b"key expansion", self.random + self.hello.random, 40)
        if self.next()[0] != CCS:
            raise OSError("no ChangeCipherSpec")
        self.into = Aead(block[0:16], block[32:36], False)
        self.log += self.next()[1]
        self.record(CCS, b"\1")
        self.out = Aead(block[16:32], block[36:40], False)
        self.say(20, prf12(self.master, b"server finished", hashlib.sha256(self.log).digest(), 12))

    def handshake(self, protocol=b"http/1.1"):
        self.read_hello()
        self.answer_hello(protocol)

    def answer_hello(self, protocol=b"http/1.1"):
        self.server_hello(protocol)
        self.encrypted_extensions()
        self.certificate()
        self.verify()
        self.finished()

    # ---- after it

    def request(self):
        """Reads until the client's request is whole; HTTP/2: until its HEADERS."""
        got = b""
        while True:
            kind, body = self.next()
            if kind == ALERT:
                raise OSError("alert")
            if kind == DATA:
                got += body
                if self.protocol == b"h2" and h2_has_headers(got) or b"\r\n\r\n" in got and self.protocol != b"h2":
                    return got

    def send(self, data):
        self.record(DATA, data)

    def close(self):
        self.alert(1, 0)


def h2_has_headers(got):
    at = 24
    while at + 9 <= len(got):
        if got[at + 3] == 1:
            return True
        at += 9 + int.from_bytes(got[at:at + 3], "big")
    return False
