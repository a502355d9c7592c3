#!/usr/bin/env python3
"""server.py PEM [large] [slow] [HEADER]...: https on 443, http on 80, both families, a small page with these headers too; says "ready";
ends with its input. The certificate is long enough that a flight of the handshake fills more than one packet. With an
Alt-Svc that says persist=1, UDP 443 answers QUIC packets of unknown versions."""
import socket
import ssl
import sys
import threading
import time

PAGE = b"<!doctype html><title>here</title><p>" + b"all is well. " * 20
if "large" in sys.argv:
    sys.argv.remove("large")
    PAGE *= 40
slow = "slow" in sys.argv
if slow:
    sys.argv.remove("slow")


def answer(conn, context):
    try:
        conn.settimeout(8)
        if context:
            conn = context.wrap_socket(conn, server_side=True)
        request = b""
        while b"\r\n\r\n" not in request:
            got = conn.recv(4096)
            if not got:
                return
            request += got
        time.sleep(3 if slow else 0)
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
                     b"Strict-Transport-Security: max-age=63072000\r\n" + extra +
                     b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
        if context:
            conn.unwrap()
    except (OSError, ValueError):
        pass
    finally:
        conn.close()


def listen(port, context):
    s = socket.create_server(("::", port), family=socket.AF_INET6, backlog=64, dualstack_ipv6=True)

    def loop():
        while True:
            conn, _ = s.accept()
            threading.Thread(target=answer, args=(conn, context), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()


def quic():
    """Version Negotiation for whatever has a long header: RFC 9000 17.2.1."""
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind(("::", 443))
    while True:
        packet, peer = s.recvfrom(65535)
        if len(packet) < 1200 or not packet[0] & 0x80:
            continue
        to_len = packet[5]
        to, rest = packet[6:6 + to_len], packet[6 + to_len:]
        source = rest[1:1 + rest[0]]
        s.sendto(b"\x80\0\0\0\0" + bytes([len(source)]) + source + bytes([len(to)]) + to + b"\x0a\x1a\x2a\x3a\0\0\0\1", peer)


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[1])
tls.set_alpn_protocols(["http/1.1"])
extra = b"".join(line.encode() + b"\r\n" for line in sys.argv[2:])
listen(443, tls)
listen(80, None)
if b"persist=1" in extra:
    threading.Thread(target=quic, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
