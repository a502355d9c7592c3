"""Answers, pages and addresses that mean harm: dear to read, or leading from one to the next without end."""
import gzip
import itertools
import struct
import time

import der
from der import name, spki
from peers import CASES, DATA, MAXIMUM, OK, PAGE, SETTINGS, VISIBLE, Case, answered, case, coded, flood, frame, h2, http, library, mail, moved, proxied, sleep, until_tired
from tls import Identity

FINE = "None http.hsts-missing page.mixed-active page.mixed-passive page.mixed-form page.mixed-download page.subresource-broken"
PAGE_MAX = 2 << 20      # as much of a body as is read


def body_of(body):
    return OK + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def page_case(name_, unit, count=None, begin=b"", end=b"", causes=FINE, **more):
    """A page of `unit` repeated until it is as large as is read; %d counts."""
    if b"%d" in unit:
        body = b"".join(unit.replace(b"%d", b"%d" % i) for i in range(count or PAGE_MAX // (len(unit) + 4)))
    else:
        body = unit * (count or PAGE_MAX // len(unit))

    @http(name_, causes, heavy=True, **more)
    def serve(t):
        t.send(body_of(begin + body + end))


page_case("a page of 170,000 pictures", b"<img src=%d>")
page_case("a page of 80,000 pictures in the clear", b"<img src='http://h%d.test/'>", clients=True)
page_case("one picture of 300,000 sources", b"%d 2x,", begin=b"<img srcset='", end=b"'>")
page_case("a style sheet of 190,000 addresses", b"a{b:url(http://%d)}", begin=b"<style>", end=b"</style>")
page_case("imports of style sheets without end", b"@import '%d';", begin=b"<style>", end=b"</style>")
page_case("a script of 100,000 fetches", b"fetch('http://%d/');", begin=b"<script>", end=b"</script>")
page_case("nothing but the beginnings of tags", b"<")
page_case("nothing but the beginnings of comments", b"<!--")
page_case("nothing but the beginnings of scripts", b"<script>")
page_case("nothing but quotes within a tag", b"'\"", begin=b"<a ")
page_case("a tag of 300,000 attributes", b"a%d=b ", begin=b"<img ", end=b">")
page_case("references to characters without end", b"&#x0000041;", begin=b"<a href='", end=b"'>")
page_case("half references to characters", b"&am", begin=b"<img src='http://x.test/", end=b"'>")
page_case("100,000 bases", b"<base href=http://%d/><img src=x>")
page_case("pages that refresh themselves", b"<meta http-equiv=refresh content='0;url=http://%d/'>")
page_case("100,000 policies", b"<meta http-equiv=content-security-policy content='upgrade-insecure-requests;%d'>")
page_case("forms within forms", b"<form action=http://%d/>")
page_case("templates within templates", b"<template><svg><math>")
page_case("NULs", b"\0")
page_case("bytes of no encoding", b"\xff\xfe\xc0\x80")
page_case("dots that go up", b"../", begin=b"<img src='http://x.test/", end=b"'>")


def head_case(name_, lines, causes=FINE, **more):
    @http(name_, causes, heavy=True, **more)
    def serve(t):
        t.send(OK + lines + b"Content-Type: text/html\r\nContent-Length: 0\r\n\r\n")


LARGE = 200 << 10
head_case("900 cookies", b"".join(b"Set-Cookie: c%d=%s; Path=/; Domain=.example\r\n" % (i, b"v" * 200) for i in range(900)), FINE + " http.headers-too-large", clients=True)
head_case("a Strict-Transport-Security of 100,000 directives", b"Strict-Transport-Security: " + b"a;" * (LARGE // 2) + b"max-age=1\r\n", FINE + " http.headers-too-large http.hsts-weak")
head_case("a max-age of 1,000 digits", b"Strict-Transport-Security: max-age=" + b"9" * 1000 + b"\r\n", FINE + " http.hsts-weak")
head_case("900 policies", b"".join(b"Content-Security-Policy: default-src %s\r\n" % (b"https://h%d.test " % i * 8) for i in range(900)), FINE + " http.headers-too-large")
head_case("an Alt-Svc of 10,000 services", b"Alt-Svc: " + b", ".join(b'h3="h%d.test:443"; ma=9' % i for i in range(6000)) + b"\r\n", FINE + " http.headers-too-large tcp.udp-443-filtered")
head_case("a Content-Encoding of 30,000 codings", b"Content-Encoding: " + b"gzip, " * 30000 + b"br\r\n", FINE + " http.headers-too-large http.bad-encoding")
head_case("a Transfer-Encoding of 30,000 codings", b"Transfer-Encoding: " + b"chunked, " * 20000 + b"chunked\r\n", FINE + " http.headers-too-large http.malformed http.truncated http.timeout http.bad-encoding")
head_case("500 lengths, all the same", b"Content-Length: 0\r\n" * 500, FINE + " http.malformed")
head_case("a Link of 3,000 resources", b"Link: " + b", ".join(b"<http://h%d.test/>; rel=preload; as=script" % i for i in range(3000)) + b"\r\n", FINE + " http.headers-too-large")
head_case("header names of no characters", b": x\r\n" * 500, FINE + " http.malformed")


@http("an answer to switch protocols, and then another", FINE + " http.malformed http.client-error http.no-response http.timeout http.server-error", heavy=True)
def switching(t):
    t.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + SETTINGS * 1000 + PAGE)


@http("HTTP of version 0.9, without end", "http.malformed", heavy=True)
def ancient(t):
    flood(t.send, b"<html>" * 2000)


@http("ever new answers that nobody asked for", FINE, heavy=True)
def pipelined(t):
    flood(t.send, (b"HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=99999999\r\nContent-Length: 0\r\n\r\n") * 100)


@http("gzip of gzip of gzip of a bomb, as chunks of one byte", "None http.hsts-missing http.bad-encoding", heavy=True)
def chunked_bomb(t):
    body = gzip.compress(gzip.compress(gzip.compress(b"\0" * (8 << 20), 9), 9), 9)
    t.send(OK + b"Content-Type: text/html\r\nContent-Encoding: gzip, gzip, gzip\r\nTransfer-Encoding: chunked\r\n\r\n" +
           b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n")


# ---- redirects between schemes, hosts and ports --------------------------------------------------------------------------------


COUNT = itertools.count()


def side_redirects(target):
    """The second port, in clear, leads back."""
    def serve(c):
        c.recv(4096)
        c.sendall(moved(target() if callable(target) else target))
    return serve


MAPS = ("--connect-to", "plain.hop.test:80:127.0.0.1:{side}", "--connect-to", "::127.0.0.1:{port}")


@case("redirects between http and https without end", "http.redirect-loop http.redirect-to-plain", kind="http", options=MAPS, side=side_redirects(b"https://shop.example/"), clients=True)
def between_schemes(t):
    t.send(moved(b"http://plain.hop.test/"))


@case("redirects between http and https, ever new", "http.redirect-loop http.redirect-to-plain", kind="http", options=MAPS, side=side_redirects(lambda: b"https://h%d.hop.test/?%d" % (next(COUNT), next(COUNT))))
def between_new(t):
    t.send(moved(b"http://plain.hop.test/%d" % next(COUNT)))


@http("redirects to ever new ports", "http.redirect-loop tcp.refused http.bad-redirect", options=("--connect-to", "::127.0.0.1:{port}"))
def new_ports(t):
    t.send(moved(b"https://shop.example:%d/" % (1024 + next(COUNT))))


@http("redirects with every byte in them", "http.redirect-loop http.bad-redirect http.malformed", shows=True)
def every_byte(t):
    t.send(moved(b"/" + bytes(b for b in range(1, 256) if b not in (10, 13)) + b"<img src=x onerror=alert(1)>"))


@http("redirects, each after three seconds", "http.redirect-loop http.timeout")
def slow_redirects(t):
    time.sleep(3)
    t.send(moved(b"/%d" % next(COUNT)))


# ---- HTTP/2 -------------------------------------------------------------------------------------------------------------------------


@h2("HTTP/2: DATA beyond every window", "None http.hsts-missing http.h2-broken")
def h2_windows(t):
    t.send(SETTINGS + frame(1, 4, 1, b"\x88"))
    flood(t.send, frame(0, 0, 1, b"x" * (MAXIMUM - 9)))


@h2("HTTP/2: DATA of padding alone", "http.h2-broken http.timeout")
def h2_padding(t):
    t.send(SETTINGS + frame(1, 4, 1, b"\x88"))
    flood(t.send, frame(0, 8, 1, b"\xff" + bytes(255)) * 60)


@h2("HTTP/2: trailers without end", "http.h2-broken http.headers-too-large http.malformed http.timeout None http.hsts-missing")
def h2_trailers(t):
    t.send(SETTINGS + frame(1, 4, 1, b"\x88"))
    flood(t.send, frame(1, 4, 1, b"\0\1a\1b" * 100) * 20)


@h2("HTTP/2: 10,000 header fields", "http.h2-broken http.headers-too-large None http.hsts-missing")
def h2_fields(t):
    block = b"\x88" + b"\0\1a\1b" * 10000
    t.send(SETTINGS + frame(1, 0, 1, block[:16000]) + b"".join(frame(9, 0, 1, block[i:i + 16000]) for i in range(16000, len(block) - 16000, 16000)) + frame(9, 4, 1, b""))
    sleep()


@h2("HTTP/2: a window beyond its limit", "http.h2-broken")
def h2_overflow(t):
    t.send(SETTINGS + frame(8, 0, 0, b"\x7f\xff\xff\xff") * 2)
    sleep()


@h2("HTTP/2: control characters in fields and in the last words", "http.h2-broken http.malformed")
def h2_evil(t):
    value = VISIBLE[:100]
    t.send(SETTINGS + frame(1, 4, 1, b"\x88\0\1a" + bytes([len(value)]) + value) + frame(7, 0, 0, struct.pack(">II", 0, 2) + VISIBLE * 20))
    sleep()


# ---- mail and proxies -----------------------------------------------------------------------------------------------------------------


@mail("STARTTLS is welcome, then plain lines without end", "tls.starttls-malformed tls.not-tls tls.other-protocol tls.starttls-injection tls.malformed-message", heavy=True, audit=True)
def starttls_lines(c):
    c.sendall(b"220 x\r\n")
    c.recv(100)
    c.sendall(b"250-x\r\n250 STARTTLS\r\n")
    c.recv(100)
    c.sendall(b"220 go\r\n")
    flood(c.sendall, b"250-more\r\n" * 1000)


@mail("STARTTLS: an answer of one line in a million pieces", "tls.starttls-malformed tls.starttls-stalled", audit=True)
def starttls_pieces(c):
    c.sendall(b"220-")
    for _ in until_tired():
        c.sendall(b"x")
        time.sleep(0.02)


@mail("STARTTLS is refused again and again", "tls.starttls-refused tls.starttls-not-offered tls.starttls-turned-away", audit=True)
def starttls_refused(c):
    c.sendall(b"220 x\r\n")
    while c.recv(4096):
        c.sendall(b"454 " + VISIBLE + b"\r\n")


@proxied("a proxy's interim answers without end", "proxy.connect-refused proxy.wrong-protocol", heavy=True)
def proxy_interim(c):
    c.recv(4096)
    flood(c.sendall, b"HTTP/1.1 103 Early Hints\r\n\r\n" * 400)


@proxied("a proxy that connects, and says nothing more", "tls.silent proxy.connect-refused tls.stalled")
def proxy_silent(c):
    c.recv(4096)
    c.sendall(b"HTTP/1.1 200 x\r\n\r\n")
    sleep()


@proxied("a proxy that connects, and sends lines without end", "tls.not-tls tls.other-protocol proxy.intercepts proxy.connect-refused", heavy=True)
def proxy_lines(c):
    c.recv(4096)
    c.sendall(b"HTTP/1.1 200 x\r\n\r\n")
    flood(c.sendall, b"hello\r\n" * 2000)


@proxied("a proxy that echoes", "proxy.connect-refused proxy.wrong-protocol")
def proxy_echo(c):
    while data := c.recv(4096):
        c.sendall(data)


@proxied("SOCKS5: an address of 255 bytes, then silence", "proxy.connect-refused proxy.wrong-protocol tls.silent", scheme="socks5h")
def socks_name(c):
    c.recv(4096)
    c.sendall(b"\5\0")
    c.recv(4096)
    c.sendall(b"\5\0\0\3\xff" + VISIBLE * 2)
    sleep()


# ---- peers that are no servers ---------------------------------------------------------------------------------------------------------------


@case("an echo", "tls.unexpected-message tls.not-tls tls.other-protocol tls.malformed-message", audit=True, clients=True)
def echo(c):
    while data := c.recv(65536):
        c.sendall(data)


@case("everything upside down: it greets with a ClientHello", "tls.unexpected-message tls.other-protocol tls.not-tls tls.malformed-message tls.stalled", audit=True)
def greets(c):
    hello = b"\3\3" + bytes(32) + b"\0" + b"\0\2\xc0\x2b" + b"\1\0"
    c.sendall(b"\x16\3\1" + struct.pack(">H", len(hello) + 4) + b"\1\0" + struct.pack(">H", len(hello)) + hello)
    sleep()


# ---- issuers without end -----------------------------------------------------------------------------------------------------------------------


class Endless:
    """Each issuer that is fetched was issued by another, which may be fetched too."""

    def __init__(self):
        self.keys, self.side = [der.key_new()], 0

    def address(self, n):
        return b"http://127.0.0.1:%d/%d" % (self.side, n)

    def certificate(self, n):
        while len(self.keys) <= n + 1:
            self.keys.append(der.key_new())
        return der.certificate(name(b"Issuer %d" % n), name(b"Issuer %d" % (n + 1)), spki(self.keys[n]), self.keys[n + 1], is_ca=True, aia=[(der.ISSUER_AT, self.address(n + 1))])

    def serve(self, c):
        n = int(c.recv(4096).split(b" ", 2)[1][1:])
        one = self.certificate(n)
        c.sendall(OK + b"Content-Type: application/pkix-cert\r\nContent-Length: %d\r\n\r\n" % len(one) + one)

    def identity(self, authority, host, side):
        self.side = side
        own = der.key_new()
        return Identity(own, [der.certificate(name(host), name(b"Issuer 0"), spki(own), self.keys[0], sans=(host,), aia=[(der.ISSUER_AT, self.address(0))])])


ENDLESS = Endless()
CASES.append(Case("issuers that lead to issuers without end", lambda t: t.send(PAGE), ["certificate.missing-intermediate", "certificate.untrusted-root"], kind="http",
                  identity=ENDLESS.identity, side=ENDLESS.serve, audit=True))


def side_many(c):
    """A heap of certificates of the name that is wanted; none of them made the signature."""
    names = name(b"Nobody sent me")
    key = der.key_new()
    heap = b"".join(der.certificate(names, names, spki(der.key_new()), key, is_ca=True) for _ in range(200))
    answered(c, OK + b"Content-Type: application/pkcs7-mime\r\nContent-Length: %d\r\n\r\n" % len(heap) + heap)


def side_large(kind):
    """4 MB of what claims to be DER and is not."""
    def serve(c):
        body = b"\x30\x84\x00\x3f\xff\xfa" + b"\x30\x03\x02\x01\x05" * 838000
        answered(c, OK + b"Content-Type: application/%s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body)) + body)
    return serve


for what, identity, side in (("an issuer's address (AIA) that gives 200 of them", "issuer", side_many), ("an OCSP answer of 4 MB", "ocsp", side_large(b"ocsp-response")),
                             ("a revocation list of 4 MB", "crl", side_large(b"pkix-crl"))):
    CASES.append(Case(what, lambda t: t.send(PAGE), ["None", "certificate.missing-intermediate", "certificate.untrusted-root", "certificate.ocsp-unreachable", "certificate.staple-invalid", "http.hsts-missing"],
                      kind="http", identity=identity, side=side, heavy=True))
