"""Certificates that mean harm: made to be dear to read, to compare, to verify or to show. An identity is made by a function of
(authority, host, side). Each is served by the real handshake of tls.py and then a page."""
import os
import struct
import zlib

from cryptography.hazmat.primitives.asymmetric import ec, rsa

import der
from der import bits, extension, integer, name, oid, seq, spki, tlv
from peers import ALERT, CASES, Case, ESCAPES, PAGE, begin12, case, sleep, thirteen, twelve, vec16, vec24
from tls import Identity, vec8

SAN, NAME_CONSTRAINTS, POLICIES, EKU = "2.5.29.17", "2.5.29.30", "2.5.29.32", "2.5.29.37"
# What a client of ours may say of a leaf that it cannot make sense of.
ODD = ["certificate.malformed", "certificate.unsupported-key", "certificate.bad-signature", "certificate.untrusted-root", "certificate.name-mismatch",
       "certificate.weak-key", "certificate.self-signed", "certificate.missing-intermediate", "certificate.unknown-critical-extension", "certificate.no-san", "tls.malformed-message",
       "tls.illegal-parameter", "tls.bad-signature", "tls.no-common-signature", "certificate.wrong-key-usage", "certificate.name-constraints",
       "certificate.chain-too-large", "certificate.chain-too-long", "certificate.ca-as-leaf", "certificate.not-a-ca", "certificate.not-yet-valid", "certificate.expired",
       "certificate.weak-signature", "certificate.policy", "tls.key-mismatch", "tls.alert", "tls.unexpected-message"]
FINE = ["None", "http.hsts-missing", "certificate.lint", "certificate.chain-too-large"]


def page(t):
    t.send(PAGE)


def served(name_, causes, **more):
    """The function makes the chain; TLS 1.3 carries it, or 1.2 (`in_clear`), which our raw client reads too."""
    def add(make):
        tls = {"only12": True} if more.pop("in_clear", False) else {}
        CASES.append(Case(name_, page, causes, kind="http", identity=make, tls=tls, heavy=more.pop("heavy", True), **more))
        return make
    return add


def leaf(authority, host, **more):
    key = more.pop("key", None) or der.key_new()
    sans = more.pop("sans", (host,))
    info = more.pop("info", None) or spki(key)
    return Identity(key, [der.certificate(more.pop("subject", name(host)), authority.name, info, authority.key, sans=sans, **more)])


# ---- many names and constraints ----------------------------------------------------------------------------------------


@served("a certificate of 9,000 names", FINE, clients=True)
def many_names(authority, host, side):
    return leaf(authority, host, sans=[b"n%06d.example" % i for i in range(9000)] + [host])


@served("a certificate of 9,000 stars", FINE)
def many_stars(authority, host, side):
    return leaf(authority, host, sans=[b"*.%06d.example" % i for i in range(9000)] + [b"*.example", host])


@served("a certificate of 100,000 empty names", ODD + FINE, in_clear=True)
def many_empty(authority, host, side):
    return leaf(authority, host, sans=[b""] * 100000 + [host])


@served("names against constraints, 5,000 by 5,000", FINE + ODD, clients=True, audit=True)
def constraints(authority, host, side):
    key, above = der.key_new(), der.key_new()
    subtrees = b"".join(seq(tlv(0x82, b"c%05d.example" % i)) for i in range(5000))
    middle = der.certificate(name(b"Constrained"), authority.name, spki(above), authority.key, is_ca=True,
                             extra=(extension(NAME_CONSTRAINTS, seq(tlv(0xa1, subtrees)), True),))
    own = der.certificate(name(host), name(b"Constrained"), spki(key), above, sans=[b"n%05d.example" % i for i in range(5000)] + [host])
    return Identity(key, [own, middle])


@served("a name of 64 KB", FINE + ODD, in_clear=True)
def long_name(authority, host, side):
    return leaf(authority, host, subject=name(b"n" * 65000), sans=(b"n" * 60000 + b".example", host))


@served("a subject of 4,000 parts", FINE + ODD)
def many_parts(authority, host, side):
    return leaf(authority, host, subject=seq(*(tlv(0x31, seq(oid("2.5.4.11"), tlv(12, b"part %d" % i))) for i in range(4000))))


@served("one relative name of 4,000 values", FINE + ODD)
def many_values(authority, host, side):
    return leaf(authority, host, subject=seq(tlv(0x31, *(seq(oid("2.5.4.11"), tlv(12, b"value %d" % i)) for i in range(4000)))))


# ---- ASN.1 -----------------------------------------------------------------------------------------------------------------


def nested(depth, tag=0x30):
    """That many elements, one in the other, as long definite lengths."""
    out = b""
    for _ in range(depth):
        out = tlv(tag, out)
    return out


@served("an extension nested 20,000 deep", FINE + ODD)
def deep_extension(authority, host, side):
    return leaf(authority, host, extra=(extension("1.2.3.4", nested(20000)),))


@served("a name nested 20,000 deep", ODD)
def deep_name(authority, host, side):
    return leaf(authority, host, subject=nested(20000))


@served("constructed strings nested 20,000 deep", FINE + ODD)
def deep_string(authority, host, side):
    return leaf(authority, host, extra=(extension("2.5.29.14", b"\x24\x80" * 20000 + b"\0\0" * 20000),))


@served("other names nested 20,000 deep", FINE + ODD)
def deep_san(authority, host, side):
    return leaf(authority, host, sans=(), extra=(extension(SAN, seq(tlv(0xa0, oid("1.2.3"), tlv(0xa0, nested(20000))), tlv(0x82, host))),))


@served("indefinite lengths", ODD)
def indefinite(authority, host, side):
    return leaf(authority, host, subject=b"\x30\x80" + tlv(0x31, seq(oid("2.5.4.3"), tlv(12, host))) + b"\0\0")


# Base 128: CVE-2023-2650 was the time that it takes to make decimal digits of such a number.
HUGE = tlv(6, b"\x2a" + b"\xff" * 60000 + b"\x7f")


@served("object identifiers of 60 KB", FINE + ODD, clients=True)
def huge_oids(authority, host, side):
    return leaf(authority, host, subject=seq(tlv(0x31, seq(HUGE, tlv(12, b"x"))), tlv(0x31, seq(oid("2.5.4.3"), tlv(12, host)))),
                extra=(seq(HUGE, tlv(4, b"\5\0")), extension(POLICIES, seq(seq(HUGE)))))


@served("an extended key usage of 30,000 purposes", FINE + ODD)
def many_purposes(authority, host, side):
    return leaf(authority, host, extra=(extension(EKU, seq(*[oid("1.3.6.1.5.5.7.3.1")] * 18000)),))


@served("5,000 extensions, unknown and critical", ODD)
def many_extensions(authority, host, side):
    return leaf(authority, host, extra=[extension("1.2.3.%d" % i, b"\5\0", True) for i in range(5000)])


@served("policies and their mappings, 2,000 at each of eight levels", FINE + ODD)
def policies(authority, host, side):
    chain, above, above_name = [], authority.key, authority.name
    both = (extension(POLICIES, seq(*(seq(oid("1.2.3.%d" % i)) for i in range(800)))),
            extension("2.5.29.33", seq(*(seq(oid("1.2.3.%d" % i), oid("1.2.3.%d" % (799 - i))) for i in range(800)))))
    for level in range(8):
        key = der.key_new()
        chain.insert(0, der.certificate(name(b"Level %d" % level), above_name, spki(key), above, is_ca=True, extra=both))
        above, above_name = key, name(b"Level %d" % level)
    own = der.key_new()
    return Identity(own, [der.certificate(name(host), above_name, spki(own), above, sans=(host,), extra=both[:1])] + chain)


@served("a serial number of 60 KB", FINE + ODD)
def huge_serial(authority, host, side):
    return leaf(authority, host, serial=tlv(2, b"\x7f" + os.urandom(60000)))


@served("dates that are none", ODD)
def odd_dates(authority, host, side):
    return leaf(authority, host, times=[tlv(0x17, b"9913459999xx\x1b[31mZ"), tlv(0x18, b"99999999999999.999999999999Z")])


@served("dates from the year 0 to 9999", FINE + ODD)
def wide_dates(authority, host, side):
    return leaf(authority, host, times=[tlv(0x18, b"00000101000000Z"), tlv(0x18, b"99991231235959Z")])


# ---- names that are shown -----------------------------------------------------------------------------------------------------

EVIL = ESCAPES.encode()


@served("control characters in every string type", FINE + ODD, shows=True, heavy=False)
def string_types(authority, host, side):
    wide = ESCAPES.encode("utf-16-be")
    parts = [(12, EVIL), (19, EVIL), (20, EVIL), (22, EVIL), (26, EVIL), (30, wide), (30, wide[:-1]), (28, ESCAPES.encode("utf-32-be")), (28, b"\0\x11\0\0"), (30, b"\xd8\0"), (4, EVIL), (5, b""), (3, b"\0" + EVIL)]
    return leaf(authority, host, subject=seq(*(tlv(0x31, seq(oid("2.5.4.%d" % (3 + i)), tlv(tag, value))) for i, (tag, value) in enumerate(parts))))


@served("control characters in every kind of alternative name", FINE + ODD, shows=True, heavy=False)
def name_kinds(authority, host, side):
    kinds = (tlv(0x81, EVIL), tlv(0x82, EVIL), tlv(0x86, EVIL), tlv(0x87, EVIL[:4]), tlv(0x87, EVIL[:16]), tlv(0x87, EVIL[:5]), tlv(0x88, EVIL), tlv(0xa4, name(EVIL)),
             tlv(0xa0, oid("1.2.3"), tlv(0xa0, tlv(12, EVIL))), tlv(0x8f, EVIL), tlv(0x82, host))
    return leaf(authority, host, sans=(), extra=(extension(SAN, seq(*kinds)),))


@served("control characters in addresses and policies", FINE + ODD, shows=True, heavy=False)
def evil_addresses(authority, host, side):
    cps = seq(seq(oid("1.2.3"), seq(seq(oid("1.3.6.1.5.5.7.2.1"), tlv(22, EVIL)), seq(oid("1.3.6.1.5.5.7.2.2"), seq(tlv(12, EVIL))))))
    return leaf(authority, host, subject=name(EVIL), aia=[(der.OCSP_AT, b"http://" + EVIL), (der.ISSUER_AT, EVIL)], crl=b"http://h/" + EVIL, extra=(extension(POLICIES, cps),))


# ---- keys ----------------------------------------------------------------------------------------------------------------------


def key_case(name_, info, causes=ODD, **more):
    """A leaf with that SubjectPublicKeyInfo, whose other half nobody has."""
    served(name_, causes, in_clear=True, **more)(lambda authority, host, side: leaf(authority, host, info=info() if callable(info) else info))


PRIME = oid("1.2.840.10045.1.1")
P256 = (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1
GX, GY = 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296, 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5
ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551


def ec_explicit(p, a, b, generator, order, point, cofactor=1):
    n = (p.bit_length() + 7) // 8
    parameters = seq(integer(1), seq(PRIME, integer(p)), seq(tlv(4, a.to_bytes(n, "big")), tlv(4, b.to_bytes(n, "big"))), tlv(4, generator), integer(order), integer(cofactor))
    return seq(seq(oid("1.2.840.10045.2.1"), parameters), bits(point))


def uncompressed(x, y, n=32):
    return b"\4" + x.to_bytes(n, "big") + y.to_bytes(n, "big")


B256 = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
key_case("an explicit curve", ec_explicit(P256, P256 - 3, B256, uncompressed(GX, GY), ORDER, uncompressed(GX, GY)), ODD)
# CVE-2022-0778: the square root modulo what is no prime never ended.
key_case("an explicit curve over no prime, with a compressed point", ec_explicit(697, 23, 7, b"\2" + (8).to_bytes(2, "big"), 661, b"\3" + (8).to_bytes(2, "big")), audit=True)
key_case("an explicit curve of 20,000 bits", lambda: ec_explicit((1 << 20000) + 1, 1, 7, b"\4" + os.urandom(5002), (1 << 19999) + 1, b"\4" + os.urandom(5002)), audit=True)
key_case("a binary field of 20,000 bits", lambda: seq(seq(oid("1.2.840.10045.2.1"), seq(integer(1), seq(oid("1.2.840.10045.1.2"), seq(integer(20000), oid("1.2.840.10045.1.2.3.2"), integer(7))),
         seq(tlv(4, b"\1" * 2500), tlv(4, b"\2" * 2500)), tlv(4, b"\4" + b"\1" * 5000), integer((1 << 19990) + 1), integer(2))), bits(b"\4" + b"\1" * 5000)))
key_case("an EC key off the curve", seq(seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), bits(uncompressed(GX, GY ^ 1))))
key_case("an RSA key of 16,384 bits with an exponent as long", lambda: der.spki_rsa(16384, (1 << 16383) + 1), audit=True, clients=True)
key_case("an RSA key of 120,000 bits", lambda: der.spki_rsa(120000, 65537), audit=True)
key_case("an RSA key of modulus 0", seq(seq(oid("1.2.840.113549.1.1.1"), tlv(5)), bits(seq(integer(0), integer(0)))))
key_case("an RSA key that is negative", seq(seq(oid("1.2.840.113549.1.1.1"), tlv(5)), bits(seq(tlv(2, b"\x80" * 256), tlv(2, b"\xff")))))
key_case("a DSA key of 40,000 bits", lambda: seq(seq(oid("1.2.840.10040.4.1"), seq(integer((1 << 40000) + 1), integer((1 << 256) + 1), integer(2))), bits(integer((1 << 39999) + 5))), audit=True)
key_case("a Diffie-Hellman key of 40,000 bits", lambda: seq(seq(oid("1.2.840.113549.1.3.1"), seq(integer((1 << 40000) + 1), integer(2))), bits(integer((1 << 39999) + 5))))
key_case("a key of no known algorithm, its name 60 KB", lambda: seq(seq(HUGE), bits(b"x")))


def crossed(name_, curve):
    """Eight authorities of one name, each certified by each other: 40,320 ways that lead nowhere."""
    @served(name_, ODD + FINE, clients=True)
    def make(authority, host, side):
        keys = [der.key_new(curve) for _ in range(8)]
        own, among = der.key_new(), name(b"Crossed")
        chain = [der.certificate(name(host), among, spki(own), keys[0], sans=(host,))]
        chain += [der.certificate(among, among, spki(keys[i]), keys[k], is_ca=True) for i in range(8) for k in range(8) if i != k]
        return Identity(own, chain)


crossed("eight authorities that certify one another", ec.SECP256R1)
crossed("eight authorities that certify one another on a slow curve", ec.BrainpoolP512R1)


class Fresh(Identity):
    """Everyone gets another certificate."""

    def __init__(self, make):
        self.key, self.make = der.key_new(), make

    @property
    def chain(self):
        return self.make(self.key)


def crossed_beside(authority, host, side):
    keys = [der.key_new(ec.BrainpoolP512R1) for _ in range(8)]
    beside = [der.certificate(authority.name, authority.name, spki(keys[i]), keys[k], is_ca=True) for i in range(8) for k in range(8) if i != k]
    return Fresh(lambda own: [der.certificate(name(host), authority.name, spki(own), authority.key, sans=(host,))] + beside)


def of_nobody(authority, host, side):
    issuer = der.key_new()
    return Fresh(lambda own: [der.certificate(name(host), name(b"Nobody"), spki(own), issuer, sans=(host,))])


CASES.append(Case("another good certificate for everyone, beside authorities that certify one another", page, FINE, kind="http", identity=crossed_beside,
                  options=("--samples", "100"), heavy=True))
CASES.append(Case("another certificate of nobody for everyone", page, ["certificate.untrusted-root", "certificate.missing-intermediate"], kind="http",
                  identity=of_nobody, options=("--samples", "20")))


# ---- what hangs on a certificate ---------------------------------------------------------------------------------------------------


def sct_list(n, size=120):
    one = vec16(b"\0" + os.urandom(32) + struct.pack(">Q", 1 << 40) + b"\0\0" + b"\4\3" + vec16(os.urandom(size - 47)))
    return vec16((one * n)[:65000 // len(one) * len(one)])


def with_extension13(name_, extensions, causes=FINE, **more):
    """TLS 1.3: extensions of the certificate's own entry (RFC 8446 4.4.2)."""
    @case(name_, causes=" ".join(causes), kind="tls", heavy=True, **more)
    def serve(t):
        t.read_hello()
        t.server_hello()
        t.encrypted_extensions()
        if not t.is13:
            return t.alert(2, 70)
        t.say(11, b"\0" + vec24(vec24(t.identity.chain[0]) + vec16(extensions)))
        t.verify()
        t.finished()
        t.request()
        t.send(PAGE)
        t.close()


def ext(kind, body):
    return struct.pack(">H", kind) + vec16(body)


STAPLE_CAUSES = FINE + ["certificate.staple-invalid"]
with_extension13("500 timestamps of Certificate Transparency", ext(18, sct_list(500)), FINE + ["tls.malformed-message"])
with_extension13("a list of timestamps cut short", ext(18, sct_list(4)[:-30]), FINE + ["tls.malformed-message", "tls.illegal-parameter"])
with_extension13("a list of timestamps that says it is longer", ext(18, b"\xff\xff" + b"x" * 100), FINE + ["tls.malformed-message", "tls.illegal-parameter"])
with_extension13("an OCSP staple of 60 KB that is none", ext(5, b"\1" + vec24(os.urandom(60000))), STAPLE_CAUSES + ["tls.malformed-message"])
with_extension13("an OCSP staple nested 15,000 deep", ext(5, b"\1" + vec24(nested(15000))), STAPLE_CAUSES + ["tls.malformed-message"])
with_extension13("an OCSP staple of no bytes", ext(5, b"\1" + vec24(b"")), STAPLE_CAUSES + ["tls.malformed-message", "tls.illegal-parameter"])


@twelve("an OCSP staple of 900 KB", " ".join(STAPLE_CAUSES + ["tls.malformed-message", "tls.unexpected-message"]), heavy=True)
def big_staple(t):
    t.read_hello()
    t.server_hello(extra=ext(5, b"") if 5 in t.hello.extensions else b"")
    t.certificate()
    if 5 in t.hello.extensions:
        t.say(22, b"\1" + vec24(os.urandom(900000)))
    t.verify()
    t.finished()
    t.request()
    t.send(PAGE)


def compressed(name_, algorithm, data, size):
    @thirteen(name_, "tls.unexpected-message tls.malformed-message tls.stalled " + " ".join(FINE), audit=algorithm == 2, heavy=True)
    def serve(t):
        """RFC 8879: only to those who asked for it."""
        t.read_hello()
        if 27 not in t.hello.extensions or not t.is13:
            t.answer_hello()
            t.request()
            t.send(PAGE)
            return t.close()
        t.server_hello()
        t.encrypted_extensions()
        t.say(25, struct.pack(">H", algorithm) + struct.pack(">I", size)[1:] + vec24(data))
        sleep()


compressed("a compressed certificate, to whoever asked, that becomes 16 MB", 1, zlib.compress(bytes(0xffffff), 9), 0xffffff)
compressed("a compressed certificate that becomes more than it says", 1, zlib.compress(bytes(0xffffff), 9), 1000)
compressed("a compressed certificate of an algorithm nobody knows", 0x7777, os.urandom(5000), 0xffffff)
compressed("a certificate compressed with brotli that never ends well", 2, b"\xff" * 200000, 0xffffff)


# ---- key exchange -------------------------------------------------------------------------------------------------------------------

RSA_KEY = rsa.generate_private_key(65537, 2048)
SAFE_PRIME = (1 << 10000) - 9973        # not known to be one, which is what costs


def rsa_identity(authority, host, side):
    return Identity(RSA_KEY, [der.certificate(name(host), authority.name, spki(RSA_KEY), authority.key, sans=(host,))])


def finite_field(name_, p, g, y, **more):
    @case(name_, "tls.illegal-parameter tls.malformed-message tls.alert tls.stalled tls.weak-dh tls.unexpected-message tls.no-common-cipher tls.bad-signature tls.handshake-failure tls.silent tls.closed-after-hello",
          kind="tls", tls={"only12": True}, identity=rsa_identity, heavy=True, audit=True, **more)
    def serve(t):
        t.read_hello()
        suite = next((s for s in (0x9e, 0x9f, 0x33, 0x39) if s in t.hello.suites), None)
        if suite is None:
            return t.alert(2, 40)
        t.random = os.urandom(32)
        t.say(2, b"\3\3" + t.random + b"\0" + struct.pack(">HB", suite, 0) + vec16(ext(0xff01, b"\0")))
        t.certificate()
        parameters = b"".join(vec16(n.to_bytes((n.bit_length() + 7) // 8 or 1, "big")) for n in (p, g, y))
        signed = der.sign(RSA_KEY, t.hello.random + t.random + parameters)
        t.say(12, parameters + b"\4\1" + vec16(signed))
        t.say(14, b"")
        sleep()


finite_field("a finite field of 10,000 bits", SAFE_PRIME, 2, SAFE_PRIME - 5)
finite_field("a finite field of 60,000 bits", (1 << 60000) - 1, 2, (1 << 59999) + 1)
finite_field("a finite field of 0 bits", 0, 0, 0)
finite_field("a finite field whose generator is as long as it", (1 << 4096) - 1, (1 << 4095) + 7, (1 << 4094) + 9)


def odd_share(name_, group, share, **more):
    @thirteen(name_, "tls.illegal-parameter tls.malformed-message tls.unexpected-message tls.alert tls.stalled tls.no-common-version", audit=True, **more)
    def serve(t):
        t.read_hello()
        if not t.is13:
            return t.alert(2, 70)
        t.say(2, b"\3\3" + os.urandom(32) + vec8(t.hello.session_id) + b"\x13\1\0" + vec16(ext(43, b"\3\4") + ext(51, struct.pack(">H", group) + vec16(share))))
        sleep()


odd_share("a key share of x25519 that is zero", 29, bytes(32))
odd_share("a key share of 60 KB", 29, bytes(60000))
odd_share("a key share off the curve", 23, b"\4" + b"\1" * 64)
odd_share("a hybrid key share of one byte", 0x11ec, b"x")
odd_share("a key share of a group nobody offered", 0x7777, b"x" * 32)
