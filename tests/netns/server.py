#!/usr/bin/env python3
"""server.py PEM [HTTP-ONLY]: https on 443 and http on 80, both families, a page of some size; says "ready"; ends with its input.
The certificate's chain is long enough that a flight of the handshake fills more than one packet."""
import socket
import ssl
import sys
import threading

PAGE = b"<!doctype html><title>here</title><p>" + b"all is well. " * 20


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


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[1])
tls.set_alpn_protocols(["http/1.1"])
extra = b"".join(line.encode() + b"\r\n" for line in sys.argv[2:])
listen(443, tls)
listen(80, None)
print("ready", flush=True)
sys.stdin.read()
