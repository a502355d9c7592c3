"""What stands behind the client in tests/topology/run: name servers, web servers and proxies, each for as long as its process
lives. python3 net.py dns ADDRESS ZONE | tls ADDRESS PORT PEM | http ADDRESS PORT STATUS [LOCATION] | proxy ADDRESS PORT SCHEMES
ZONE is Python: answer(name, type, is_tcp, wants_unchecked) gives a dict of rcode, answers, cut, silent, delay; and TCP = None
(nobody listens) or "silent"."""
import socket
import ssl
import struct
import sys
import threading
import time


def listen(address, port, talk):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, port), family=family, backlog=64)

    def one(peer):
        try:
            peer.settimeout(20)
            talk(peer)
        except (OSError, ValueError, IndexError, struct.error):
            pass
        peer.close()

    def accept():
        while True:
            threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


def head(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        more = peer.recv(4096)
        if not more:
            break
        data += more


def tls(address, port, pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def talk(peer):
        peer = context.wrap_socket(peer, server_side=True)
        head(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=31536000\r\nContent-Length: 3\r\nConnection: close\r\n\r\nhi\n")
        peer.unwrap()
    listen(address, int(port), talk)


def http(address, port, status, location=""):
    def talk(peer):
        head(peer)
        peer.sendall(("HTTP/1.1 %s x\r\n%sContent-Length: 3\r\nConnection: close\r\n\r\nhi\n" % (status, location and "Location: %s\r\n" % location)).encode())
    listen(address, int(port), talk)


def proxy(address, port, schemes):
    def talk(peer):
        head(peer)
        peer.sendall(("HTTP/1.1 407 Proxy Authentication Required\r\n%sContent-Length: 0\r\n\r\n" %
                      "".join("Proxy-Authenticate: %s\r\n" % s for s in schemes.split(","))).encode())
    listen(address, int(port), talk)


def name_bytes(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def v4(name, address):
    return name, 1, socket.inet_aton(address)


def v6(name, address):
    return name, 28, socket.inet_pton(socket.AF_INET6, address)


def alias(name, to):
    return name, 5, name_bytes(to)


def dns(address, text):
    zone = {"v4": v4, "v6": v6, "alias": alias, "TCP": ""}
    exec(text, zone)

    def reply(query, is_tcp):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        kind, flags = struct.unpack(">H", query[at + 1:at + 3])[0], struct.unpack(">H", query[2:4])[0]
        out = zone["answer"](".".join(labels), kind, is_tcp, bool(flags & 0x10))
        time.sleep(out.get("delay", 0))
        answers = out.get("answers", [])
        data = query[:2] + struct.pack(">HHHHH", 0x8180 | (0x200 if out.get("cut") else 0) | out.get("rcode", 0), 1, len(answers), 0, 0) + query[12:at + 5]
        for owner, what, rdata in answers:
            data += name_bytes(owner) + struct.pack(">HHIH", what, 1, 60, len(rdata)) + rdata
        return None if out.get("silent") else data

    udp = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))

    def one(query, peer):
        data = reply(query, False)
        if data:
            udp.sendto(data, peer)

    def receive():
        while True:
            threading.Thread(target=one, args=udp.recvfrom(4096), daemon=True).start()
    threading.Thread(target=receive, daemon=True).start()

    def talk(peer):
        while zone["TCP"] == "silent":
            time.sleep(60)
        while True:
            data = reply(peer.recv(struct.unpack(">H", peer.recv(2))[0]), True)
            peer.sendall(struct.pack(">H", len(data)) + data)
    if zone["TCP"] is not None:
        listen(address, 53, talk)


if __name__ == "__main__":
    {"dns": dns, "tls": tls, "http": http, "proxy": proxy}[sys.argv[1]](*sys.argv[2:])
    print("up", flush=True)
    time.sleep(900)
