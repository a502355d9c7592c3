"""Timestamps of Certificate Transparency, made here by logs of our own: what the audit says of each, with and without a list."""
import base64
import datetime
import hashlib
import json
import os
import struct
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
LOGS = {"Alpha": {"usable": {"timestamp": "2020-01-01T00:00:00Z"}},
        "Beta": {"retired": {"timestamp": (NOW - datetime.timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")}}}


def public(key, encoding=serialization.Encoding.DER):
    return key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


class Log:
    def __init__(self, name):
        self.name, self.key = name, ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(public(self.key)).digest()

    def stamp(self, entry, days=-1, spoilt=False):
        """A SerializedSCT over that entry: RFC 6962 3.2."""
        at = int((NOW + datetime.timedelta(days=days)).timestamp() * 1000)
        signed = b"\0\0" + struct.pack("!Q", at) + entry + b"\0\0"
        signature = self.key.sign(b"x" + signed if spoilt else signed, ec.ECDSA(hashes.SHA256()))
        sct = b"\0" + self.id + struct.pack("!Q", at) + b"\0\0" + b"\4\3" + struct.pack("!H", len(signature)) + signature
        return struct.pack("!H", len(sct)) + sct


def scts(*items):
    return struct.pack("!H", sum(map(len, items))) + b"".join(items)


def vector24(data):
    return struct.pack("!I", len(data))[1:] + data


def certificate(subject, key, issuer, signer, *extensions):
    name = lambda cn: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])  # noqa: E731
    builder = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key()).serial_number(4711)
               .not_valid_before(NOW - datetime.timedelta(days=60)).not_valid_after(NOW + datetime.timedelta(days=30)))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())


def pem(path, *parts):
    with open(path, "wb") as f:
        for part in parts:
            if isinstance(part, x509.Certificate):
                f.write(part.public_bytes(serialization.Encoding.PEM))
            else:
                f.write(part.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


def make(folder):
    """A leaf with timestamps inside, more of them for the handshake, the root and the list of logs."""
    alpha, beta, stranger = Log("Alpha"), Log("Beta"), Log("Stranger")
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("CT root", ca_key, "CT root", ca_key, (x509.BasicConstraints(True, None), True))
    extensions = [(x509.BasicConstraints(False, None), True), (x509.SubjectAlternativeName([x509.DNSName("ct.example")]), False)]
    without = certificate("ct.example", key, "CT root", ca_key, *extensions).tbs_certificate_bytes
    entry = b"\0\1" + hashlib.sha256(public(ca_key)).digest() + vector24(without)
    inside = scts(alpha.stamp(entry), alpha.stamp(entry, spoilt=True), stranger.stamp(entry), beta.stamp(entry), beta.stamp(entry, days=-50), alpha.stamp(entry, days=9))
    octets = b"\4\x82" + struct.pack("!H", len(inside)) + inside
    leaf = certificate("ct.example", key, "CT root", ca_key, *extensions, (x509.UnrecognizedExtension(SCT_LIST, octets), False))
    whole = b"\0\0" + vector24(leaf.public_bytes(serialization.Encoding.DER))
    data = scts(alpha.stamp(whole), alpha.stamp(entry))
    with open(os.path.join(folder, "info.pem"), "w") as f:
        info = struct.pack("!HH", 18, len(data)) + data
        f.write("-----BEGIN SERVERINFO FOR CT-----\n%s-----END SERVERINFO FOR CT-----\n" % base64.encodebytes(info).decode())
    with open(os.path.join(folder, "logs.json"), "w") as f:
        rows = [{"description": "%s \x1b[31m2026" % log.name, "log_id": base64.b64encode(log.id).decode(), "key": base64.b64encode(public(log.key)).decode(),
                 "state": LOGS[log.name]} for log in (alpha, beta)]
        json.dump({"operators": [{"name": "Ours", "logs": rows[:1], "tiled_logs": rows[1:]}]}, f)
    pem(os.path.join(folder, "ct-root.pem"), root)
    return pem(os.path.join(folder, "ct.pem"), leaf, key)


WANTED = {"certificate": ["valid", "invalid", "log-unknown", "log-retired", "valid", "of-future"], "handshake": ["valid", "invalid"]}


def ask(binary, folder, port, *options):
    p = subprocess.run([binary, "audit", "--json", "--no-external", "--cacert", os.path.join(folder, "ct-root.pem"), "--resolve", "ct.example:%d:127.0.0.1" % port,
                        *options, "https://ct.example:%d/" % port], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=90, text=True)
    return json.loads(p.stdout) if p.returncode in (0, 1, 3) else p.stderr


def wrongs(binary, folder, port):
    """What is not as it should be."""
    out = []
    for options in ((), ("--ct-logs", os.path.join(folder, "logs.json"))):
        document = ask(binary, folder, port, *options)
        if isinstance(document, str):
            return [document]
        said = document["scts"]
        for source, wanted in WANTED.items():
            got = [s["status"] for s in said if s["from"] == source]
            wanted = wanted if options else ["not-checked"] * len(wanted)
            if got != wanted:
                out.append("%s, %s: %s instead of %s" % (source, options[:1], got, wanted))
        weak = [w for w in document["weaknesses"] if w["id"] == "certificate.ct-invalid"]
        if bool(weak) != bool(options):
            out.append("certificate.ct-invalid %s: %s" % (options[:1], weak))
        if options and {s["operator"] for s in said if s["log"]} != {"Ours"}:
            out.append("operators: %s" % said)
    for name, text, word in (("none.json", None, "none.json"), ("bad.json", "{", "bad.json"), ("empty.json", '{"operators":[]}', "no log with a key"),
                             ("key.json", '{"operators":[{"logs":[{"key":"AAAA\\n[x]"}]}]}', "no log with a key")):
        path = os.path.join(folder, name)
        if text is not None:
            with open(path, "w") as f:
                f.write(text)
        p = subprocess.run([binary, "audit", "--ct-logs", path, "https://127.0.0.1:1/"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        if p.returncode != 2 or word not in p.stderr:
            out.append("--ct-logs %s: exit status %d, %s" % (name, p.returncode, p.stderr))
    return out
