"""Certificates built byte by byte (X.509, RFC 5280; DER, X.690): a good one for a server, of which every part can be
replaced. Their signatures are good, too, so that nothing else speaks against them."""
import datetime
import hashlib
import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shared"))
from asn1 import bits, general, integer, octets, oid, printable, seq, spki, tlv, utc, utf8      # noqa: E402

day = datetime.datetime


def date(*parts):
    when = day(*parts)
    return utc(when) if when.year < 2050 else general(when)


NULL, TRUE, FALSE = b"\x05\x00", b"\x01\x01\xff", b"\x01\x01\x00"
ATTRIBUTES = {"CN": "2.5.4.3", "surname": "2.5.4.4", "SN": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8", "O": "2.5.4.10",
              "OU": "2.5.4.11", "given": "2.5.4.42", "category": "2.5.4.15", "orgid": "2.5.4.97", "jurisdiction": "1.3.6.1.4.1.311.60.2.1.3",
              "DC": "0.9.2342.19200300.100.1.25"}


def name(*attributes):
    """Of (kind, text or the bytes of a value)."""
    out = []
    for kind, value in attributes:
        if not isinstance(value, bytes):
            value = tlv(22, value.encode()) if kind == "DC" else printable(value) if kind in ("C", "jurisdiction", "SN") else utf8(value)
        out.append(tlv(0x31, seq(oid(ATTRIBUTES[kind]), value)))
    return seq(*out)


def ext(kind, value, critical=False):
    return seq(oid(kind), *([TRUE] if critical else []), octets(value))


def dns(text):
    return tlv(0x82, text.encode("latin1"))


def ip(*numbers):
    return tlv(0x87, bytes(numbers))


def uri(text):
    return tlv(0x86, text.encode())


ALGORITHMS = {"ecdsa1": seq(oid("1.2.840.10045.4.1")), "rsamd5": seq(oid("1.2.840.113549.1.1.4"), NULL),
              "rsa1": seq(oid("1.2.840.113549.1.1.5"), NULL), "rsa224": seq(oid("1.2.840.113549.1.1.14"), NULL)}
for i, size in enumerate(("256", "384", "512")):
    ALGORITHMS["ecdsa" + size] = seq(oid("1.2.840.10045.4.3.%d" % (i + 2)))
    ALGORITHMS["rsa" + size] = seq(oid("1.2.840.113549.1.1.%d" % (i + 11)), NULL)
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512(), "1": hashes.SHA1(), "md5": hashes.MD5(),
          "224": hashes.SHA224()}


def spki_rsa(modulus, exponent, parameters=NULL):
    return seq(seq(oid("1.2.840.113549.1.1.1"), parameters), bits(seq(integer(modulus), integer(exponent))))


def key_id(key):
    return hashlib.sha1(spki(key)[-65:]).digest()


def signed(key, algorithm, data):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(HASHES[algorithm[5:]]))
    if algorithm == "pss":
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    return key.sign(data, padding.PKCS1v15(), HASHES[algorithm[3:]])


P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
RSA, LEAF = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SIGNERS = {"p256": (P256, "ecdsa256"), "p384": (P384, "ecdsa384"), "rsa": (RSA, "rsa256")}
ISSUER = name(("C", "US"), ("O", "Example Trust"), ("CN", "Example CA"))
SCTS = "1.3.6.1.4.1.11129.2.4.2"


def authority(signer):
    key, algorithm = SIGNERS[signer]
    body = seq(tlv(0xa0, integer(2)), integer(0x1234567890abcdef1234), ALGORITHMS[algorithm], ISSUER,
               seq(date(2010, 1, 1), date(2049, 1, 1)), ISSUER, spki(key),
               tlv(0xa3, seq(ext("2.5.29.19", seq(TRUE), True), ext("2.5.29.15", bits(b"\x06", 1), True),
                             ext("2.5.29.14", octets(key_id(key))))))
    return seq(body, ALGORITHMS[algorithm], bits(signed(key, algorithm, body)))


def timestamp(log):
    one = b"\0" + log + b"\0\0\x01\x9a" + bytes(6) + b"\4\3\0\x47" + os.urandom(0x47)
    return len(one).to_bytes(2, "big") + one


def scts(n, same=False, more=0):
    """n of as many logs, or all of the same one and `more` of others."""
    log = os.urandom(32)
    entries = b"".join(timestamp(log if same else os.urandom(32)) for _ in range(n))
    entries += b"".join(timestamp(os.urandom(32)) for _ in range(more))
    return octets(len(entries).to_bytes(2, "big") + entries)


def good(kind="ec"):
    """What the parts are of a certificate that breaks no rule."""
    return {"version": tlv(0xa0, integer(2)), "serial": integer(0x4a5b6c7d8e9fa0b1c2d3e4f5061728), "algorithm": None, "outer": None,
            "issuer": ISSUER, "from": date(2026, 10, 1), "until": date(2026, 12, 29), "subject": name(("CN", "www.example.com")),
            "spki": spki(LEAF if kind == "ec" else RSA), "ids": b"", "signer": "p256", "signs": None, "tail": b"", "extensions": {
                "usage": ext("2.5.29.15", bits(b"\x80", 7) if kind == "ec" else bits(b"\xa0", 5), True),
                "eku": ext("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.1"))), "basic": ext("2.5.29.19", seq(), True), "aki": None,
                "aia": ext("1.3.6.1.5.5.7.1.1", seq(seq(oid("1.3.6.1.5.5.7.48.2"), uri("http://ca.example.net/ca.crt")))),
                "san": ext("2.5.29.17", seq(dns("www.example.com"), dns("example.com"))),
                "policies": ext("2.5.29.32", seq(seq(oid("2.23.140.1.2.1")))),
                "crl": ext("2.5.29.31", seq(seq(tlv(0xa0, tlv(0xa0, uri("http://ca.example.net/1.crl")))))), "scts": ext(SCTS, scts(2))}}


def certificate(parts):
    key, algorithm = SIGNERS[parts["signer"]]
    algorithm = parts["signs"] or algorithm
    identifier = parts["algorithm"] or ALGORITHMS[algorithm]
    extensions = dict(parts["extensions"])
    if "aki" in extensions and extensions["aki"] is None:
        extensions["aki"] = ext("2.5.29.35", seq(tlv(0x80, key_id(key))))
    body = seq(parts["version"], parts["serial"], identifier, parts["issuer"], seq(parts["from"], parts["until"]), parts["subject"],
               parts["spki"], parts["ids"], *([tlv(0xa3, seq(*extensions.values()))] if extensions else []))
    return seq(body, parts["outer"] or identifier, bits(signed(key, algorithm, body))) + parts["tail"]
