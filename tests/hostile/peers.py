"""Peers that mean harm: each function plays the server on one connection. A peer that goes on for ever does so until the
client is gone; `Tired` ends it at the latest after LAST seconds."""
import ctypes
import ctypes.util
import gzip
import itertools
import struct
import time
import zlib

from tls import ALERT, CCS, DATA, HANDSHAKE, MAXIMUM, extension, message, vec8, vec16, vec24

LAST = 8
POST_QUANTUM = b"\x11\xec"
OK = b"HTTP/1.1 200 OK\r\n"
PAGE = OK + b"Content-Type: text/html\r\nContent-Length: 22\r\nConnection: close\r\n\r\n<p>nothing to see</p>\r\n"
# What a terminal, a page or a reader may be tricked with, and what every report must keep from them.
ESCAPES = "\x1b[31;5mred<img src=x onerror=alert(1)>\x1b]0;title\x07\u202egpj.exe\u2066\x9b2J\x7f\"'|`${x}\\\x00tail"


class Case:
    def __init__(self, name, serve, causes, **more):
        self.name, self.serve, self.causes = name, serve, causes or None
        self.audit = more.pop("audit", False)           # `why443 audit` is asked too
        self.clients = more.pop("clients", False)       # and `why443 clients`
        self.heavy = more.pop("heavy", False)           # sends as fast as it can: few of these at once
        self.url = more.pop("url", "https://{host}:{port}/")
        self.options = more.pop("options", ())
        self.kind = more.pop("kind", "raw")             # raw: a socket; tls: Tls before the hello; http: after the request
        self.tls = more.pop("tls", {})
        self.identity = more.pop("identity", "good")
        self.side = more.pop("side", None)              # serves the second port, where its certificates lead
        self.shows = more.pop("shows", False)           # says ESCAPES: no report may hold them raw
        assert not more, more


CASES = []


def case(name, causes, **more):
    def add(serve):
        CASES.append(Case(name, serve, causes.split(), **more))
        return serve
    return add


def until_tired():
    end = time.monotonic() + LAST
    return iter(lambda: time.monotonic() < end, False)


def flood(send, data):
    for _ in until_tired():
        send(data)


def drip(send, data, pause=2.0):
    for byte in data:
        send(bytes([byte]))
        time.sleep(pause)
        if not data:
            return


def sleep():
    time.sleep(LAST)


def record(kind, data, version=0x303):
    return struct.pack(">BHH", kind, version, len(data)) + data


# ---- before and instead of TLS -----------------------------------------------------------------------------


@case("silent after accept", "tls.silent", audit=True)
def silent(c):
    sleep()


@case("TLS record, a byte every two seconds", "tls.stalled", audit=True)
def record_drip(c):
    c.recv(4096)
    drip(c.sendall, record(HANDSHAKE, message(2, b"\3\3" + b"r" * 32 + b"\0\xc0\x2b\0")))


@case("zeros without end", "tls.not-tls tls.malformed-message", heavy=True)
def zeros(c):
    flood(c.sendall, b"\0" * MAXIMUM)


@case("one line of text without end", "tls.not-tls tls.other-protocol", heavy=True)
def text(c):
    flood(c.sendall, b"A" * MAXIMUM)


@case("fatal alerts without end", "tls.alert", heavy=True, audit=True)
def alerts(c):
    c.recv(4096)
    flood(c.sendall, record(ALERT, b"\2\x28") * 1000)


@case("warning alerts without end", "tls.malformed-message tls.unexpected-message tls.stalled", heavy=True, audit=True)
def warnings(c):
    c.recv(4096)
    flood(c.sendall, record(ALERT, b"\1\x70") * 1000)


@case("warning alerts, one a second", "tls.stalled tls.malformed-message")
def warnings_slow(c):
    c.recv(4096)
    for _ in until_tired():
        c.sendall(record(ALERT, b"\1\x70"))
        time.sleep(1)


@case("HelloRequests without end", "tls.stalled tls.malformed-message tls.unexpected-message", heavy=True, audit=True)
def hello_requests(c):
    c.recv(4096)
    flood(c.sendall, record(HANDSHAKE, message(0, b"") * 1000))


@case("empty handshake records without end", "tls.malformed-message tls.unexpected-message tls.stalled", heavy=True)
def empty_records(c):
    c.recv(4096)
    flood(c.sendall, record(HANDSHAKE, b"") * 1000)


@case("ChangeCipherSpec without end", "tls.malformed-message tls.unexpected-message tls.stalled", heavy=True)
def ccs(c):
    c.recv(4096)
    flood(c.sendall, record(CCS, b"\1") * 1000)


@case("ServerHello in fragments of one byte", "tls.stalled tls.malformed-message")
def fragments(c):
    c.recv(4096)
    for byte in message(2, b"\3\3" + b"r" * 32 + b"\0\xc0\x2b\0", claims=60000):
        c.sendall(record(HANDSHAKE, bytes([byte])))
    flood(c.sendall, b"".join(record(HANDSHAKE, b"x") for _ in range(100)))


@case("a ServerHello of 16 MB, none of it sent", "tls.stalled tls.malformed-message")
def big_hello_claimed(c):
    c.recv(4096)
    c.sendall(record(HANDSHAKE, message(2, b"\3\3" + b"r" * 32, claims=0xffffff)))
    sleep()


# ---- TLS 1.2, in clear -----------------------------------------------------------------------------------


def twelve(name, causes, **more):
    return case(name, causes, kind="tls", tls={"only12": True}, **more)


def begin12(t):
    t.read_hello()
    t.server_hello()


@twelve("a certificate of 16 MB, little of it sent", "tls.stalled tls.malformed-message certificate.malformed certificate.chain-too-large")
def cert_claimed(t):
    begin12(t)
    t.record(HANDSHAKE, message(11, vec24(b"")[:2] + b"\xff\xff\xf0" + b"x" * 100, claims=0xffffff))
    sleep()


@twelve("a certificate of 16 MB, all of it sent", "tls.malformed-message certificate.malformed certificate.chain-too-large", audit=True, heavy=True)
def cert_sent(t):
    begin12(t)
    t.raw(record(HANDSHAKE, message(11, b"\xff\xff\xfc\xff\xff\xf9" + b"x" * 10000, claims=0xffffff)))
    flood(t.raw, record(HANDSHAKE, b"x" * MAXIMUM) * 4)


@twelve("a chain of 500 certificates", "certificate.chain-too-long certificate.chain-too-large tls.malformed-message", audit=True, heavy=True)
def chain_500(t):
    begin12(t)
    t.certificate(t.identity.chain * 500)
    t.verify()
    t.finished()
    t.request()
    t.send(PAGE)


@twelve("certificates of three bytes, 20,000", "certificate.chain-too-long certificate.chain-too-large certificate.malformed tls.malformed-message", heavy=True)
def chain_tiny(t):
    begin12(t)
    t.certificate([b"\x30\x01\0"] * 20000)
    sleep()


@twelve("Certificate messages without end", "tls.unexpected-message tls.malformed-message", heavy=True)
def certs_again(t):
    begin12(t)
    one = record(HANDSHAKE, message(11, vec24(vec24(t.identity.chain[0]))))
    flood(t.raw, one * 50)


@twelve("ServerHellos without end", "tls.unexpected-message tls.malformed-message", heavy=True)
def hellos_again(t):
    begin12(t)
    flood(t.raw, record(HANDSHAKE, t.log[-200:] if False else message(2, b"\3\3" + t.random + b"\0\xc0\x2b\0" + vec16(b"")) * 20) * 10)


@twelve("a ServerKeyExchange of 64 KB", "tls.malformed-message tls.illegal-parameter tls.unexpected-message tls.bad-signature")
def big_key(t):
    begin12(t)
    t.certificate()
    t.say(12, b"\3\0\x1d" + vec8(t.public) + b"\4\3" + vec16(b"x" * 65000))
    sleep()


@twelve("a finite field of 64 KB", "tls.malformed-message tls.illegal-parameter tls.unexpected-message tls.bad-signature tls.stalled")
def big_dh(t):
    t.read_hello()
    t.server_hello()
    t.certificate()
    t.say(12, vec16(b"\xff" * 60000) + vec16(b"\2") + vec16(b"\xff" * 60000) + b"\4\3" + vec16(b"x" * 70))
    sleep()


@twelve("a CertificateRequest of 60,000 authorities", "tls.malformed-message tls.unexpected-message tls.stalled", heavy=True)
def big_request(t):
    begin12(t)
    t.certificate()
    t.say(13, vec8(b"\1") + vec16(b"\4\3") + vec16(vec16(b"") * 30000))
    sleep()


@case("HelloRequests without end after the handshake", "http.timeout tls.stalled http.no-response", kind="tls", tls={"only12": True}, heavy=True)
def hello_requests_late(t):
    t.handshake()
    for _ in until_tired():
        t.raw(b"".join(t.sealed(HANDSHAKE, message(0, b"")) for _ in range(100)))


@case("warning alerts without end after the handshake", "http.timeout http.no-response tls.alert", kind="tls", tls={"only12": True}, heavy=True)
def warnings_late(t):
    t.handshake()
    for _ in until_tired():
        t.raw(b"".join(t.sealed(ALERT, b"\1\x5a") for _ in range(100)))


@case("empty records without end after the handshake", "tls.malformed-message", kind="tls", tls={"only12": True}, heavy=True)
def empty_late(t):
    t.handshake()
    for _ in until_tired():
        t.raw(b"".join(t.sealed(DATA, b"") for _ in range(100)))


# ---- TLS 1.3 ---------------------------------------------------------------------------------------------


def thirteen(name, causes, **more):
    return case(name, causes, kind="tls", **more)


@thirteen("HelloRetryRequest twice", "tls.retry-loop", audit=True)
def retry_twice(t):
    t.read_hello()
    if not t.is13:
        return t.alert(2, 70)
    t.retry(23)
    t.read_hello()
    t.retry(24)
    sleep()


@thirteen("HelloRetryRequests without end", "tls.retry-loop tls.illegal-parameter tls.unexpected-message", heavy=True)
def retries(t):
    t.read_hello()
    if not t.is13:
        return t.alert(2, 70)
    for i in until_tired():
        t.retry(23)
        t.retry(24)


@thirteen("EncryptedExtensions, a byte every two seconds", "tls.stalled", audit=True)
def extensions_drip(t):
    t.read_hello()
    t.server_hello()
    if not t.is13:
        return t.alert(2, 70)
    drip(t.raw, t.sealed(HANDSHAKE, message(8, b"\0\0")))


@thirteen("ChangeCipherSpec without end within the handshake", "tls.stalled tls.unexpected-message tls.malformed-message", audit=True, heavy=True)
def ccs_13(t):
    t.read_hello()
    t.server_hello()
    flood(t.raw, record(CCS, b"\1") * 1000)


@thirteen("encrypted records of padding without end", "tls.stalled tls.unexpected-message tls.malformed-message tls.bad-record-mac", heavy=True)
def padding(t):
    t.read_hello()
    t.server_hello()
    for _ in until_tired():
        t.raw(b"".join(t.sealed(HANDSHAKE, b"", 200) for _ in range(50)))


@thirteen("an encrypted certificate of 16 MB, all of it sent", "tls.malformed-message certificate.malformed certificate.chain-too-large", audit=True, heavy=True)
def cert_13(t):
    t.read_hello()
    t.server_hello()
    t.encrypted_extensions()
    t.raw(t.sealed(HANDSHAKE, message(11, b"\0\xff\xff\xf0\xff\xff\xe0" + b"x" * 100, claims=0xffffff)))
    for _ in until_tired():
        t.raw(t.sealed(HANDSHAKE, b"x" * MAXIMUM))


@thirteen("an encrypted chain of 500", "certificate.chain-too-long certificate.chain-too-large tls.malformed-message", heavy=True)
def chain_13(t):
    t.read_hello()
    t.server_hello()
    t.encrypted_extensions()
    t.certificate(t.identity.chain * 500)
    t.verify()
    t.finished()
    t.request()
    t.send(PAGE)


@thirteen("a compressed certificate that becomes 16 MB", "tls.unexpected-message tls.malformed-message tls.stalled")
def cert_bomb(t):
    t.read_hello()
    t.server_hello()
    t.encrypted_extensions()
    packed = zlib.compress(b"\0" * 0xffffff, 9)
    t.say(25, struct.pack(">H", 1) + b"\xff\xff\xff" + vec24(packed))
    sleep()


@thirteen("EncryptedExtensions of 64 KB", "tls.malformed-message tls.illegal-parameter tls.unexpected-message tls.stalled")
def extensions_big(t):
    t.read_hello()
    t.server_hello()
    t.encrypted_extensions(extension(0x1234, b"x" * 60000))
    sleep()


@thirteen("EncryptedExtensions without end", "tls.unexpected-message tls.malformed-message tls.illegal-parameter", heavy=True)
def extensions_again(t):
    t.read_hello()
    t.server_hello()
    for _ in until_tired():
        t.raw(b"".join(t.sealed(HANDSHAKE, message(8, b"\0\0") * 100) for _ in range(20)))


def late(name, causes, **more):
    return case(name, causes, kind="tls", heavy=True, **more)


@late("the first of the long hellos stays without an answer", "None")
def sleeps_once(t, slept=set()):
    t.read_hello()
    if POST_QUANTUM in t.hello.extensions.get(10, b"") and t.port not in slept:
        slept.add(t.port)
        sleep()
    t.answer_hello()
    t.request()
    t.send(PAGE)
    t.close()


@late("the first of the plain hellos stays without an answer", "None")
def sleeps_once_plain(t, slept=set()):
    t.read_hello()
    if POST_QUANTUM not in t.hello.extensions.get(10, b"") and t.hello.speaks13() and t.port not in slept:
        slept.add(t.port)
        sleep()
    t.answer_hello()
    t.request()
    t.send(PAGE)
    t.close()


@late("KeyUpdates without end, each asking for one", "http.timeout http.no-response http.malformed")
def key_updates(t):
    t.handshake()
    for _ in until_tired():
        t.raw(t.sealed(HANDSHAKE, message(24, b"\1")))
        t.server_secret_next()


@late("session tickets without end", "http.timeout http.no-response http.malformed")
def tickets(t):
    t.handshake()
    ticket = message(4, struct.pack(">II", 7200, 1) + vec8(b"nonce") + vec16(b"t" * 600) + vec16(b""))
    for _ in until_tired():
        t.raw(b"".join(t.sealed(HANDSHAKE, ticket * 20) for _ in range(10)))


@late("empty application records without end", "tls.malformed-message")
def empty_13(t):
    t.handshake()
    for _ in until_tired():
        t.raw(b"".join(t.sealed(DATA, b"") for _ in range(100)))


@late("records of padding alone after the handshake", "tls.malformed-message")
def padding_late(t):
    t.handshake()
    for _ in until_tired():
        t.raw(b"".join(t.sealed(DATA, b"", 16000) for _ in range(4)))


# ---- HTTP/1.1 -----------------------------------------------------------------------------------------------


def http(name, causes, **more):
    return case(name, causes, kind="http", **more)


@http("HTTP header, a byte every two seconds", "http.timeout")
def header_drip(t):
    drip(t.send, PAGE)


@http("HTTP body, a byte every two seconds", "http.timeout http.truncated")
def body_drip(t):
    t.send(OK + b"Content-Length: 1000\r\n\r\n")
    drip(t.send, b"x" * 1000)


@http("chunks, a byte every two seconds", "http.timeout http.truncated")
def chunk_drip(t):
    t.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    drip(t.send, b"1\r\nx\r\n" * 100)


@http("headers without end", "http.headers-too-large", heavy=True)
def headers(t):
    t.send(OK)
    flood(t.send, b"X-A: b\r\n" * 1000)


@http("one header line without end", "http.headers-too-large http.malformed", heavy=True)
def header_line(t):
    t.send(OK + b"X-A: ")
    flood(t.send, b"b" * MAXIMUM)


@http("folded header lines without end", "http.headers-too-large http.malformed", heavy=True)
def header_folds(t):
    t.send(OK + b"X-A: b\r\n")
    flood(t.send, b" c\r\n" * 4000)


@http("a status line without end", "http.headers-too-large http.malformed", heavy=True)
def status_line(t):
    t.send(b"HTTP/1.1 200 ")
    flood(t.send, b"b" * MAXIMUM)


@http("blank lines without end", "http.headers-too-large http.malformed", heavy=True)
def blank_lines(t):
    flood(t.send, b"\r\n" * 8000)


@http("1xx answers without end", "http.malformed http.headers-too-large", heavy=True)
def interim(t):
    flood(t.send, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 300)


@http("1xx answers, one a second", "http.timeout http.malformed")
def interim_slow(t):
    for _ in until_tired():
        t.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(1)


@http("chunks without end", "None http.hsts-missing http.timeout", heavy=True)
def chunks(t):
    t.send(OK + b"Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    flood(t.send, b"1\r\nx\r\n" * 2500)


@http("a chunk of 2^64 - 1 bytes", "http.timeout http.truncated http.malformed")
def chunk_huge(t):
    t.send(OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc")
    sleep()


@http("a chunk size of 100 digits", "http.malformed")
def chunk_digits(t):
    t.send(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 100 + b"\r\nabc")
    sleep()


@http("a chunk size without end", "http.malformed", heavy=True)
def chunk_size(t):
    t.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    flood(t.send, b"0" * MAXIMUM)


@http("a chunk extension without end", "http.malformed", heavy=True)
def chunk_extension(t):
    t.send(OK + b"Transfer-Encoding: chunked\r\n\r\n1;a=")
    flood(t.send, b"x" * MAXIMUM)


@http("chunk extensions on every chunk, without end", "http.malformed http.timeout", heavy=True)
def chunk_extensions(t):
    t.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    flood(t.send, (b"1;" + b"x" * 8000 + b"\r\ny\r\n") * 2)


@http("trailers without end", "http.headers-too-large http.malformed", heavy=True)
def trailers(t):
    t.send(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
    flood(t.send, b"X-T: x\r\n" * 1000)


@http("a body without end", "None http.hsts-missing", heavy=True)
def body(t):
    t.send(OK + b"Content-Type: text/html\r\n\r\n")
    flood(t.send, b"<p>x</p>" * 2000)


@http("a Content-Length of 10^30", "http.malformed http.timeout http.truncated")
def length_huge(t):
    t.send(OK + b"Content-Length: 1" + b"0" * 30 + b"\r\n\r\nabc")
    sleep()


@http("a page of 60,000 scripts", "None page.subresource-broken http.hsts-missing", heavy=True)
def scripts(t):
    body = b"".join(b"<script src=//h%d.test/></script>" % i for i in range(60000))
    t.send(OK + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@http("a page nested 200,000 deep", "None http.hsts-missing", heavy=True)
def nested(t):
    body = b"<div a='" * 200000
    t.send(OK + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def coded(coding, body):
    return OK + b"Content-Type: text/html\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body


def packed(name, times):
    data = b"\0" * (32 << 20)
    for _ in range(times):
        data = gzip.compress(data, 9) if name == b"gzip" else zlib.compress(data, 9)
    return data


BOMBS = {what: packed(*what) for what in ((b"gzip", 1), (b"gzip", 3), (b"deflate", 1))}


@http("a gzip bomb", "None http.hsts-missing http.bad-encoding")
def gzip_bomb(t):
    t.send(coded(b"gzip", BOMBS[b"gzip", 1]))


@http("gzip in gzip in gzip", "None http.hsts-missing http.bad-encoding")
def gzip_nested(t):
    t.send(coded(b"gzip, gzip, gzip", BOMBS[b"gzip", 3]))


@http("twelve codings", "None http.hsts-missing http.bad-encoding")
def gzip_many(t):
    t.send(coded(b", ".join([b"gzip"] * 12), BOMBS[b"gzip", 3]))


@http("a deflate bomb", "None http.hsts-missing")
def deflate_bomb(t):
    t.send(coded(b"deflate", BOMBS[b"deflate", 1]))


@http("gzip members of nothing without end", "None http.hsts-missing http.bad-encoding", heavy=True)
def gzip_members(t):
    t.send(OK + b"Content-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n")
    flood(t.send, gzip.compress(b"") * 800)


# ---- redirects ----------------------------------------------------------------------------------------------


def moved(where):
    return b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % where


@http("a redirect to itself", "http.redirect-loop")
def redirect_self(t):
    t.send(moved(b"/"))


@http("redirects to ever new paths", "http.redirect-loop")
def redirect_new(t):
    t.send(moved(b"/%d" % next(COUNT)))


@http("redirects to ever new names, each slower", "http.redirect-loop", options=("--connect-to", "::127.0.0.1:{port}"))
def redirect_names(t):
    t.send(moved(b"https://h%d.hop.test:%d/" % (next(COUNT), t.port)))


@http("a redirect of 200 KB", "http.redirect-loop http.bad-redirect http.malformed http.client-error")
def redirect_long(t):
    t.send(moved(b"/" + b"a" * 200000))


@http("a redirect to a file", "http.bad-redirect")
def redirect_file(t):
    t.send(moved(b"file:///etc/passwd"))


@http("a redirect to a script", "http.bad-redirect")
def redirect_script(t):
    t.send(moved(b"javascript:alert(1)"))


@http("a redirect with a line end in it", "http.bad-redirect http.malformed http.redirect-loop")
def redirect_split(t):
    t.send(moved(b"/x\r\n\x1b[31m: y\r\nX-Y: z"))


@http("a redirect to an address of the link", "tcp.timeout tcp.network-unreachable tcp.host-unreachable tcp.refused http.redirect-to-plain tls.silent http.timeout")
def redirect_inside(t):
    t.send(moved(b"http://169.254.169.254/latest/meta-data/"))


COUNT = itertools.count(1)


# ---- HTTP/2 ------------------------------------------------------------------------------------------------


def frame(kind, flags, stream, body, claims=None):
    return struct.pack(">I", len(body) if claims is None else claims)[1:] + struct.pack(">BBI", kind, flags, stream) + body


SETTINGS = frame(4, 0, 0, b"")


def h2(name, causes, **more):
    return case(name, causes, kind="h2", heavy=more.pop("heavy", True), **more)


def h2_flood(name, data, causes="http.h2-broken http.timeout"):
    @h2(name, causes)
    def serve(t):
        t.send(SETTINGS)
        flood(t.send, (data * (MAXIMUM // len(data) + 1))[:MAXIMUM // len(data) * len(data)])


h2_flood("HTTP/2: SETTINGS without end", SETTINGS)
h2_flood("HTTP/2: SETTINGS of many values", frame(4, 0, 0, struct.pack(">HI", 3, 100) * 1000))
h2_flood("HTTP/2: PINGs without end", frame(6, 0, 0, b"12345678"))
h2_flood("HTTP/2: WINDOW_UPDATEs without end", frame(8, 0, 0, b"\0\0\0\1"))
h2_flood("HTTP/2: WINDOW_UPDATEs of the stream", frame(8, 0, 1, b"\0\0\0\1"))
h2_flood("HTTP/2: PRIORITYs without end", frame(2, 0, 1, b"\0\0\0\0\1"))
h2_flood("HTTP/2: frames of no known type", frame(0xee, 0, 0, b""))
h2_flood("HTTP/2: GOAWAYs without end", frame(7, 0, 0, b"\x7f\xff\xff\xff\0\0\0\0"))
h2_flood("HTTP/2: empty DATA without end", frame(0, 0, 1, b""))
h2_flood("HTTP/2: SETTINGS acknowledged without end", frame(4, 1, 0, b""))
h2_flood("HTTP/2: RST_STREAMs of streams never opened", frame(3, 0, 3, b"\0\0\0\1"))


@h2("HTTP/2: CONTINUATIONs without end", "http.h2-broken http.headers-too-large")
def continuations(t):
    t.send(SETTINGS + frame(1, 0, 1, b"\x88"))
    flood(t.send, frame(9, 0, 1, b"\0\1a\1b" * 100) * 20)


@h2("HTTP/2: empty CONTINUATIONs without end", "http.h2-broken http.headers-too-large")
def continuations_empty(t):
    t.send(SETTINGS + frame(1, 0, 1, b"\x88"))
    flood(t.send, frame(9, 0, 1, b"") * 1000)


@h2("HTTP/2: an HPACK bomb", "http.h2-broken http.headers-too-large")
def hpack(t):
    t.send(SETTINGS)
    name = b"\x40" + b"\1a" + b"\x7f" + bytes([0x80 | (3900 & 127), 0]) if False else b"\x40\1a" + b"\x7f\xbd\x1e" + b"v" * 4028
    block = b"\x88" + name + b"\xbe" * 12000
    t.send(frame(1, 0, 1, block[:MAXIMUM - 9]) + frame(9, 4, 1, block[MAXIMUM - 9:]))
    sleep()


@h2("HTTP/2: table size updates without end", "http.h2-broken http.headers-too-large")
def hpack_sizes(t):
    t.send(SETTINGS)
    t.send(frame(1, 4, 1, b"\x20\x3f\xe1\x1f" * 2000))
    sleep()


@h2("HTTP/2: 1xx answers without end", "http.h2-broken http.malformed http.headers-too-large")
def h2_interim(t):
    t.send(SETTINGS)
    flood(t.send, frame(1, 4, 1, b"\x08\x03103") * 800)


@h2("HTTP/2: a frame, a byte every two seconds", "http.timeout http.h2-broken", heavy=False)
def h2_drip(t):
    t.send(SETTINGS)
    drip(t.send, frame(1, 4, 1, b"\x88"))


@h2("HTTP/2: one PING a second and no answer", "http.timeout http.h2-broken", heavy=False)
def h2_pings(t):
    t.send(SETTINGS)
    for _ in until_tired():
        t.send(frame(6, 0, 0, b"12345678"))
        time.sleep(1)


@h2("HTTP/2: a frame of 16 MB", "http.h2-broken", heavy=False)
def h2_frame(t):
    t.send(SETTINGS + frame(1, 4, 1, b"\x88", claims=0xffffff))
    sleep()


@h2("HTTP/2: PUSH_PROMISEs without end", "http.h2-broken http.timeout")
def h2_push(t):
    t.send(SETTINGS)
    flood(t.send, b"".join(frame(5, 4, 1, struct.pack(">I", 2 * i) + b"\x82\x87\x84\x01\1x") for i in range(1, 500)))


# ---- plain text before TLS, and proxies ------------------------------------------------------------------------


def mail(name, causes, **more):
    return case(name, causes, url="smtp://{host}:{port}", **more)


@mail("STARTTLS banner, a byte every two seconds", "tls.starttls-stalled")
def banner_drip(c):
    drip(c.sendall, b"220 mail.example ESMTP\r\n")


@mail("STARTTLS banner lines without end", "tls.starttls-malformed", heavy=True)
def banner_lines(c):
    flood(c.sendall, b"220-mail.example\r\n" * 500)


@mail("STARTTLS: one banner line without end", "tls.starttls-malformed", heavy=True)
def banner_line(c):
    c.sendall(b"220 ")
    flood(c.sendall, b"x" * MAXIMUM)


@mail("STARTTLS: capabilities without end", "tls.starttls-malformed", heavy=True)
def capabilities(c):
    c.sendall(b"220 ready\r\n")
    c.recv(100)
    flood(c.sendall, b"250-X-EXTENSION 1\r\n" * 500)


def dialogue(name, scheme, send, heavy=True, pause=0):
    @case(name, "tls.starttls-malformed tls.starttls-not-offered tls.starttls-wrong-protocol", url=scheme + "://{host}:{port}", heavy=heavy)
    def serve(c):
        if scheme in ("postgres", "ldap", "xmpp"):
            c.recv(100)
        flood(c.sendall, send)


dialogue("STARTTLS: IMAP lines without end", "imap", b"* OK x\r\n" * 1000)
dialogue("STARTTLS: POP3 lines without end", "pop3", b"+OK\r\n" * 1000)
dialogue("STARTTLS: FTP lines without end", "ftp", b"220-x\r\n" * 1000)
dialogue("STARTTLS: XMPP elements without end", "xmpp", b"<stream:stream><a>" * 500)
dialogue("STARTTLS: PostgreSQL bytes without end", "postgres", b"N" * MAXIMUM)
dialogue("STARTTLS: LDAP messages without end", "ldap", b"\x30\x84\x7f\xff\xff\xff\2\1\1" + b"\0" * 8000)
dialogue("STARTTLS: MySQL packets without end", "mysql", b"\xff\xff\xff\0\x0a" + b"8" * 8000)


def proxied(name, causes, scheme="http", **more):
    return case(name, causes, url="https://shop.example/", options=("--proxy", scheme + "://127.0.0.1:{port}"), **more)


@proxied("proxy reply, a byte every two seconds", "proxy.connect-refused")
def proxy_drip(c):
    c.recv(4096)
    drip(c.sendall, b"HTTP/1.1 200 Connection established\r\n\r\n")


@proxied("proxy reply headers without end", "proxy.connect-refused", heavy=True)
def proxy_headers(c):
    c.recv(4096)
    c.sendall(OK)
    flood(c.sendall, b"X: y\r\n" * 2000)


@proxied("proxy reply line without end", "proxy.connect-refused", heavy=True)
def proxy_line(c):
    c.recv(4096)
    flood(c.sendall, b"HTTP/1.1 200 " + b"x" * 8000)


@proxied("proxy says 407 to everything", "proxy.auth-required")
def proxy_407(c):
    while c.recv(4096):
        c.sendall(b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"\x1b[31m\"\r\nContent-Length: 0\r\n\r\n")


@proxied("SOCKS5 reply, a byte every two seconds", "proxy.connect-refused", scheme="socks5h")
def socks_drip(c):
    c.recv(4096)
    drip(c.sendall, b"\5\0\5\0\0\1\0\0\0\0\0\0")


@proxied("SOCKS5 bytes without end", "proxy.auth-required proxy.connect-refused", scheme="socks5h", heavy=True)
def socks_flood(c):
    flood(c.sendall, b"\5" * MAXIMUM)


# ---- what certificates lead to ------------------------------------------------------------------------------------


def answered(c, data):
    c.recv(4096)
    c.sendall(data)


def side_endless(c):
    answered(c, OK + b"Content-Type: application/octet-stream\r\n\r\n")
    flood(c.sendall, b"\x30\x82\xff\xff" * 4000)


def side_chunks(c):
    answered(c, OK + b"Transfer-Encoding: chunked\r\n\r\n")
    flood(c.sendall, b"1;x=" + b"y" * 8000 + b"\r\n0\r\n")


def side_headers(c):
    answered(c, OK)
    flood(c.sendall, b"X: y\r\n" * 2000)


def side_drip(c):
    c.recv(4096)
    drip(c.sendall, OK)


def side_moves(c):
    answered(c, b"HTTP/1.1 302 x\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n" % next(COUNT))


def side_file(c):
    answered(c, b"HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")


def side_bomb(c):
    body = BOMBS[b"gzip", 1]
    answered(c, OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def page(t):
    t.send(PAGE)


for what, serve in (("never ends", side_endless), ("sends chunks without end", side_chunks), ("sends headers without end", side_headers),
                    ("drips", side_drip), ("redirects for ever", side_moves), ("redirects to a file", side_file), ("sends a bomb", side_bomb)):
    is_heavy = serve in (side_endless, side_chunks, side_headers)
    CASES.append(Case("an issuer's address (AIA) that " + what, page, ["certificate.missing-intermediate", "certificate.untrusted-root"],
                      kind="http", identity="issuer", side=serve, heavy=is_heavy))
    CASES.append(Case("an OCSP responder that " + what, page, ["None", "certificate.ocsp-unreachable", "certificate.staple-invalid", "http.hsts-missing"], kind="http", identity="ocsp",
                      side=serve, heavy=is_heavy))
    CASES.append(Case("a revocation list that " + what, page, ["None", "certificate.ocsp-unreachable", "certificate.staple-invalid", "http.hsts-missing"], kind="http", identity="crl",
                      side=serve, heavy=is_heavy))


@twelve("60 issuers with keys of 16,384 bits", "certificate.chain-too-large certificate.bad-signature certificate.untrusted-root tls.illegal-parameter tls.bad-signature tls.unexpected-message certificate.unsupported-key",
        identity="heavy", heavy=True)
def heavy_keys(t):
    begin12(t)
    t.certificate()
    t.verify()
    t.finished()
    t.request()
    t.send(PAGE)


# ---- what may not reach the reader as it is -----------------------------------------------------------------------

EVIL = ESCAPES.encode()
VISIBLE = EVIL.replace(b"\0", b"")


@case("control characters in certificates", "certificate.name-mismatch", kind="http", identity="escapes", shows=True)
def evil_names(t):
    t.send(PAGE)


@http("control characters in an HTTP answer", "http.server-error", shows=True)
def evil_head(t):
    body = b"<script src='http://x.test/" + VISIBLE + b"'></script>"
    t.send(b"HTTP/1.1 500 " + VISIBLE + b"\r\nServer: " + VISIBLE + b"\r\nX-" + VISIBLE + b": y\r\nAlt-Svc: h3=\"" + VISIBLE +
           b"\"\r\nStrict-Transport-Security: " + VISIBLE + b"\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@http("control characters in a redirect", "http.bad-redirect", shows=True)
def evil_redirect(t):
    t.send(moved(b"ftp://" + VISIBLE))


@http("control characters in a redirect that is followed", "http.redirect-loop", shows=True)
def evil_redirect_followed(t):
    t.send(moved(b"/" + VISIBLE))


@http("control characters in place of HTTP", "http.malformed", shows=True)
def evil_garbage(t):
    t.send(EVIL * 4)


@mail("control characters in a banner", "tls.starttls-turned-away", shows=True)
def evil_banner(c):
    c.sendall(b"554 " + EVIL + b"\r\n")
    c.recv(100)


@mail("control characters among capabilities", "tls.starttls-not-offered tls.starttls-refused", shows=True)
def evil_capabilities(c):
    c.sendall(b"220 " + VISIBLE + b"\r\n")
    c.recv(100)
    c.sendall(b"250-" + VISIBLE + b"\r\n250 " + VISIBLE + b"\r\n")
    c.recv(100)
    c.sendall(b"454 " + VISIBLE + b"\r\n")


@case("control characters in place of TLS", "tls.other-protocol", shows=True)
def evil_ssh(c):
    c.sendall(b"SSH-2.0-" + EVIL + b"\r\n")
    c.recv(100)


@proxied("control characters in a proxy's answer", "proxy.connect-refused", shows=True)
def evil_proxy(c):
    c.recv(4096)
    c.sendall(b"HTTP/1.1 503 " + VISIBLE + b"\r\nProxy-Status: " + VISIBLE + b"\r\n\r\n" + VISIBLE)


@case("control characters as ALPN", "tls.malformed-message tls.illegal-parameter", kind="tls", tls={"only12": True}, shows=True)
def evil_alpn(t):
    t.read_hello()
    t.server_hello(b"none", extension(16, vec16(vec8(EVIL))))
    t.certificate()
    t.verify()
    sleep()


# ---- codings by other libraries -------------------------------------------------------------------------------------


def library(name):
    path = ctypes.util.find_library(name)
    return ctypes.CDLL(path) if path else None


def bomb_zstd():
    lib, data = library("zstd"), bytes(32 << 20)
    if not lib:
        return None
    lib.ZSTD_compressBound.restype = lib.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(1 << 20)
    n = lib.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 19)
    return out.raw[:n]


def bomb_brotli():
    lib, data = library("brotlienc"), bytes(32 << 20)
    if not lib:
        return None
    out, n = ctypes.create_string_buffer(1 << 20), ctypes.c_size_t(1 << 20)
    lib.BrotliEncoderCompress(3, 24, 0, ctypes.c_size_t(len(data)), data, ctypes.byref(n), out)
    return out.raw[:n.value]


FINE = ["None", "http.hsts-missing"]
for coding, body_coded in ((b"br", bomb_brotli()), (b"zstd", bomb_zstd())):
    if body_coded:
        CASES.append(Case("a bomb of " + coding.decode(), lambda t, c=coding, b=body_coded: t.send(coded(c, b)), FINE, kind="http"))
        CASES.append(Case("a bomb of %s in gzip" % coding.decode(), lambda t, c=coding, b=body_coded: t.send(coded(c + b", gzip", gzip.compress(b))),
                          FINE, kind="http"))
