"""A street of broken servers on loopback, for the demonstration and the lab tests: Python's ssl module where TLS has to
work, plain sockets where it has to break. Certificates are made by the openssl command at start, dates relative to now."""
import os
import socket
import ssl
import struct
import subprocess
import threading
import time

HOST = "shop.example"


class Pki:
    """Keys and certificates in a directory of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.make("root", None, ca=True)
        self.make("int", "root", ca=True)
        self.make("stranger", None, ca=True)
        self.make("strange-int", "stranger", ca=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args, **kw):
        r = subprocess.run(["openssl"] + list(args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
        if r.returncode:
            raise RuntimeError("openssl %s: %s" % (" ".join(args[:3]), r.stderr.decode("utf8", "replace")[-400:]))
        return r.stdout

    def make(self, name, issuer, ca=False, days=(-2, 60), san="DNS:" + HOST, key="ec", more=()):
        """Writes NAME.key, NAME.crt; `days` are offsets from now."""
        kf, crt, csr, cnf = (self.path(name + e) for e in (".key", ".crt", ".csr", ".cnf"))
        algorithm = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else \
                    ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + key[4:]] if key.startswith("rsa:") else ["-algorithm", key]
        self.run("genpkey", *algorithm, "-out", kf)
        if ca:
            ext = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"]
        else:
            ext = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth",
                   "subjectKeyIdentifier=hash"] + (["subjectAltName=" + san] if san else [])
            ext = [e for e in ext if not any(m.split("=")[0] == e.split("=")[0] for m in more)] + list(more)
        if issuer:
            ext.append("authorityKeyIdentifier=keyid")
        with open(cnf, "w") as f:
            f.write("[ca]\ndefault_ca=c\n[c]\ndatabase=%s\nnew_certs_dir=%s\nrand_serial=yes\npolicy=p\ndefault_md=%s\nunique_subject=no\n"
                    "[p]\ncommonName=supplied\n[req]\ndistinguished_name=d\nstring_mask=utf8only\n[d]\n[x]\n%s\n"
                    % (self.path(name + ".idx"), self.folder, "default" if key == "ed25519" else "sha256", "\n".join(ext)))
        open(self.path(name + ".idx"), "w").close()
        self.run("req", "-new", "-config", cnf, "-key", kf, "-subj", "/CN=" + (name if ca else HOST), "-out", csr)
        stamp = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + d * 86400)) for d in days]
        sign = ["-selfsign", "-keyfile", kf] if not issuer else ["-cert", self.path(issuer + ".crt"), "-keyfile", self.path(issuer + ".key")]
        self.run("ca", "-batch", "-notext", "-config", cnf, "-extensions", "x", "-in", csr, "-out", crt, "-startdate", stamp[0],
                 "-enddate", stamp[1], *sign)
        return crt

    def chain(self, name, *rest):
        path = self.path(name + ".chain")
        with open(path, "w") as f:
            f.write("".join(open(self.path(n + ".crt")).read() for n in (name,) + rest))
        return path


def read_hello(conn):
    conn.settimeout(5)
    head = conn.recv(5, socket.MSG_WAITALL)
    if len(head) < 5:
        return head
    return head + conn.recv(head[3] << 8 | head[4], socket.MSG_WAITALL)


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def drain(conn):
    """An orderly end: unread input would turn it into a reset."""
    conn.shutdown(socket.SHUT_WR)
    conn.settimeout(2)
    while conn.recv(65536):
        pass


def raw(answer=b"", first=False, end="close"):
    def serve(conn):
        if not first:
            read_hello(conn)
        if answer:
            conn.sendall(answer)
        if end == "reset":
            time.sleep(0.05)
            return reset(conn)
        if end == "hang":
            time.sleep(60)
        drain(conn)
    return serve


def alert(code):
    return raw(bytes([21, 3, 3, 0, 2, 2, code]))


def http(body=b"<p>hello</p>", status="200 OK", headers=(), length=None):
    head = ["HTTP/1.1 " + status, "Content-Type: text/html", "Connection: close",
            "Content-Length: %d" % (len(body) if length is None else length)] + list(headers)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def tls(pki, chain, key, answer=None, setup=None, end="close"):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.set_ciphers("DEFAULT:@SECLEVEL=0")
    ctx.load_cert_chain(chain, pki.path(key + ".key"))
    if setup:
        setup(ctx)

    def serve(conn):
        conn.settimeout(10)
        s = ctx.wrap_socket(conn, server_side=True)
        request = b""
        while b"\r\n\r\n" not in request:
            more = s.recv(65536)
            if not more:
                return
            request += more
        if end == "hang":
            time.sleep(60)
        out = http() if answer is None else answer(request) if callable(answer) else answer
        if out:
            s.sendall(out)
        s.unwrap()
    return serve


def box(inner, decide):
    """A device in front of a good server, which it reaches over a socket pair."""
    def serve(conn):
        hello = read_hello(conn)
        verdict = decide(hello)
        if verdict == "reset":
            return reset(conn)
        if verdict:
            return conn.sendall(bytes([21, 3, 3, 0, 2, 2, verdict]))
        ours, theirs = socket.socketpair()
        threading.Thread(target=quiet, args=(inner, theirs), daemon=True).start()
        ours.sendall(hello)
        back = threading.Thread(target=pump, args=(ours, conn), daemon=True)
        back.start()
        pump(conn, ours)
        back.join(5)
    return serve


def pump(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def quiet(serve, conn):
    try:
        serve(conn)
    except (OSError, ValueError):
        pass
    finally:
        conn.close()


class Street:
    """All scenes, each on a port of its own: .scenes is a list of (name, title, url, accepted verdicts)."""

    def __init__(self, folder):
        self.pki, self.scenes = Pki(folder), []
        self.trust = self.pki.path("root.crt")
        self.good = tls(self.pki, self.leaf("good"), "good")

    def leaf(self, name, issuer="int", **kw):
        self.pki.make(name, issuer, **kw)
        return self.pki.chain(name, *([issuer] if issuer and issuer != "root" else []))

    def serve(self, name, title, serve, *verdicts):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        if serve:
            s.listen(64)

            def loop():
                while True:
                    conn, _ = s.accept()
                    threading.Thread(target=quiet, args=(serve, conn), daemon=True).start()
            threading.Thread(target=loop, daemon=True).start()
        else:
            self.closed = s         # bound and not listening: connections are refused
        self.scenes.append((name, title, "https://%s:%d/" % (HOST, s.getsockname()[1]), verdicts))

    def cert(self, name, title, verdicts, chain=None, issuer="int", **kw):
        path = self.leaf(name, issuer, **kw)
        self.serve(name, title, tls(self.pki, chain(name) if chain else path, name), *verdicts)

    def build(self):
        p, good, serve = self.pki, self.good, self.serve
        served = lambda answer, **kw: tls(p, p.path("good.chain"), "good", answer, **kw)
        redirect = lambda to: http(b"", "302 Found", ["Location: " + to])
        limit = lambda name, value: lambda ctx: setattr(ctx, name, value)
        # healthy
        serve("ok", "a healthy server", good, "ok")
        serve("ok-tls12", "TLS 1.2 only", tls(p, p.path("good.chain"), "good", setup=limit("maximum_version", ssl.TLSVersion.TLSv1_2)), "ok")
        serve("ok-tls13", "TLS 1.3 only", tls(p, p.path("good.chain"), "good", setup=limit("minimum_version", ssl.TLSVersion.TLSv1_3)), "ok")
        serve("ok-hsts", "with HSTS", served(http(headers=["Strict-Transport-Security: max-age=63072000"])), "ok")
        self.cert("ok-rsa", "an RSA certificate", ["ok"], key="rsa:2048", more=["keyUsage=critical,digitalSignature,keyEncipherment"])
        serve("ok-mtls", "a client certificate is optional", tls(p, p.path("good.chain"), "good", setup=lambda c: (
            setattr(c, "verify_mode", ssl.CERT_OPTIONAL), c.load_verify_locations(p.path("root.crt")))), "ok")
        # tcp and before TLS
        serve("closed-port", "nothing listens", None, "tcp.refused")
        serve("reset-accept", "resets each connection at once", reset, "tcp.reset")
        serve("close-accept", "closes each connection at once", lambda c: drain(c), "tcp.closed")
        serve("reset-hello", "resets after the hello", raw(end="reset"), "tls.reset-after-hello")
        serve("close-hello", "closes after the hello", raw(), "tls.closed-after-hello")
        serve("silent", "never answers the hello", raw(end="hang"), "tls.silent")
        serve("plain-http", "speaks plain HTTP", raw(http(status="400 Bad Request")), "tls.plain-http")
        serve("ssh", "an SSH server", raw(b"SSH-2.0-OpenSSH_9.2\r\n", first=True), "tls.other-protocol")
        serve("smtp", "a mail server", raw(b"220 mail.example ESMTP\r\n", first=True), "tls.other-protocol")
        serve("garbage", "answers garbage", raw(bytes((i * 31 + 7) & 255 for i in range(200))), "tls.not-tls")
        serve("record-too-long", "a record longer than TLS allows", raw(b"\x16\x03\x03\xff\xff" + b"x" * 400), "tls.record-too-long")
        for code, cause in ((40, "tls.alert"), (70, "tls.no-common-version"), (80, "tls.internal-error"), (112, "tls.sni-unrecognized"),
                            (120, "tls.alpn-mismatch"), (47, "tls.alert"), (116, "tls.client-certificate-required")):
            serve("alert-%d" % code, "alert %d to every hello" % code, alert(code), cause)
        # devices on the way
        serve("hello-size", "resets hellos over 1,400 bytes", box(good, lambda h: "reset" if len(h) > 1400 else None), "tls.hello-size-intolerant")
        serve("tls13-intolerant", "resets hellos that offer TLS 1.3", box(
            tls(p, p.path("good.chain"), "good", setup=limit("maximum_version", ssl.TLSVersion.TLSv1_2)),
            lambda h: "reset" if b"\x00\x2b\x00" in h else None), "tls.version-intolerant")
        serve("pq-intolerant", "fails on the post-quantum share", box(good, lambda h: 80 if b"\x11\xec\x00\x1d" in h else None), "tls.group-intolerant")
        serve("name-filter", "resets hellos with this name", box(good, lambda h: "reset" if HOST.encode() in h else None), "tls.sni-intolerant")
        serve("tls10-only", "TLS 1.0 only", tls(p, p.path("ok-rsa.chain"), "ok-rsa", setup=lambda c: (
            setattr(c, "minimum_version", ssl.TLSVersion.TLSv1), setattr(c, "maximum_version", ssl.TLSVersion.TLSv1))), "tls.version-too-old")
        serve("dhe-only", "finite-field Diffie-Hellman only", tls(p, p.path("ok-rsa.chain"), "ok-rsa", setup=lambda c: (
            setattr(c, "maximum_version", ssl.TLSVersion.TLSv1_2), c.set_ciphers("CAMELLIA+ECDHE:@SECLEVEL=0"))), "tls.no-common-cipher")
        serve("mtls-required", "a client certificate is required", tls(p, p.path("good.chain"), "good", setup=lambda c: (
            setattr(c, "verify_mode", ssl.CERT_REQUIRED), c.load_verify_locations(p.path("root.crt")))), "tls.client-certificate-required")
        # certificates
        self.cert("expired", "expired three days ago", ["certificate.expired"], days=(-90, -3))
        self.cert("future", "valid from next week on", ["certificate.not-yet-valid"], days=(7, 60))
        self.cert("wrong-name", "for another name", ["certificate.name-mismatch"], san="DNS:other.example")
        self.cert("wildcard-two", "a wildcard one level too high", ["certificate.name-mismatch"], san="DNS:*.example.org")
        self.cert("no-san", "without names", ["certificate.no-san", "certificate.name-mismatch"], san=None)
        self.cert("self-signed", "self-signed", ["certificate.self-signed"], issuer=None)
        self.cert("stranger-chain", "from an authority nobody knows", ["certificate.untrusted-root"], issuer="strange-int")
        self.cert("missing-int", "the intermediate is not sent", ["certificate.missing-intermediate"], chain=lambda n: p.path(n + ".crt"))
        self.cert("weak-key", "a 1024-bit RSA key", ["certificate.weak-key"], key="rsa:1024", more=["keyUsage=critical,digitalSignature,keyEncipherment"])
        self.cert("client-eku", "for clients only", ["certificate.wrong-extended-key-usage"], more=["extendedKeyUsage=clientAuth"])
        self.cert("must-staple", "must-staple without a staple", ["certificate.must-staple-missing"], more=["tlsfeature=status_request"])
        self.cert("ed25519", "a key no browser takes", ["certificate.unsupported-key", "tls.no-common-signature"], key="ed25519")
        # HTTP
        serve("http-empty", "closes without an answer", served(b""), "http.no-response")
        serve("http-hang", "never answers the request", served(None, end="hang"), "http.timeout")
        serve("http-short", "an answer cut short", served(http(length=5000)), "http.truncated")
        serve("http-garbage", "no HTTP inside TLS", served(b"SSH-2.0-OpenSSH\r\n"), "http.malformed")
        serve("http-gzip", "gzip that is none", served(http(b"not gzip", headers=["Content-Encoding: gzip"])), "http.bad-encoding")
        serve("http-loop", "redirects to itself", served(lambda r: redirect("/")), "http.redirect-loop")
        serve("http-file", "redirects to a file: URL", served(redirect("file:///etc/hostname")), "http.bad-redirect")
        serve("http-500", "500 with an empty page", served(http(b"", "500 Internal Server Error")), "http.server-error")
        serve("http-403", "403 with a page", served(http(b"<p>no</p>", "403 Forbidden")), "http.client-error")
        serve("hsts-weak", "HSTS for five minutes", served(http(headers=["Strict-Transport-Security: max-age=300"])), "http.hsts-weak")
        serve("mixed", "a script over http", served(http(b'<script src="http://cdn.example/x.js"></script>')), "page.mixed-active")
