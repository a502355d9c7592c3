"""Certificates whose every byte may be chosen (X.509, RFC 5280; DER, X.690): names with control characters, keys that nobody
could have made, addresses that lead to a trap."""
import datetime
import hashlib
import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../shared"))
from asn1 import bits, integer, oid, seq, spki, tlv      # noqa: E402


def name(cn):
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(12, cn))))


def extension(kind, value, critical=False):
    return seq(oid(kind), *([tlv(1, b"\xff")] if critical else []), tlv(4, value))


def general(names):
    return seq(*(tlv(0x82, n) for n in names))


def where(method, url):
    return seq(oid(method), tlv(0x86, url))


ECDSA = seq(oid("1.2.840.10045.4.3.2"))


def key_new(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def spki_rsa(size, exponent):
    """Looks like an RSA key of that many bits; nobody holds the other half."""
    modulus = int.from_bytes(os.urandom(size // 8), "big") | 1 << (size - 1) | 1
    return seq(seq(oid("1.2.840.113549.1.1.1"), tlv(5)), bits(seq(integer(modulus), integer(exponent))))


def key_id(key_info):
    return hashlib.sha1(key_info).digest()


def sign(key, data):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def certificate(subject, issuer, key_info, signer=None, algorithm=ECDSA, sans=(), aia=(), crl=None, is_ca=False, extra=(), serial=None, times=None):
    """The DER of one; subject and issuer are names, `signer` the private key of the issuer or None for random bytes; `extra`: further
    extensions, each as its DER."""
    now = datetime.datetime.utcnow()
    times = times or [tlv(0x17, (now + datetime.timedelta(days=d)).strftime("%y%m%d%H%M%SZ").encode()) for d in (-1, 60)]
    extensions = [extension("2.5.29.19", seq(*([tlv(1, b"\xff")] if is_ca else [])), True),
                  extension("2.5.29.15", tlv(3, b"\1\6" if is_ca else b"\7\x80"), True),
                  extension("2.5.29.14", tlv(4, key_id(key_info)))]
    if signer:
        extensions.append(extension("2.5.29.35", seq(tlv(0x80, key_id(spki(signer))))))
    if not is_ca:
        extensions.append(extension("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.1"))))
    if sans:
        extensions.append(extension("2.5.29.17", general(sans)))
    if aia:
        extensions.append(extension("1.3.6.1.5.5.7.1.1", seq(*(where(m, u) for m, u in aia))))
    if crl:
        extensions.append(extension("2.5.29.31", seq(seq(tlv(0xa0, tlv(0xa0, tlv(0x86, crl)))))))
    extensions += extra
    body = seq(tlv(0xa0, integer(2)), serial or integer(int.from_bytes(os.urandom(8), "big")), algorithm, issuer, seq(*times), subject,
               key_info, tlv(0xa3, seq(*extensions)))
    signature = sign(signer, body) if signer else os.urandom(256)
    return seq(body, algorithm, bits(signature))


ISSUER_AT, OCSP_AT = "1.3.6.1.5.5.7.48.2", "1.3.6.1.5.5.7.48.1"
RSA_SHA256 = seq(oid("1.2.840.113549.1.1.11"), tlv(5))
