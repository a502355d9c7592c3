"""A relay in front of a real server that turns on whoever asks: nothing that the server takes may be called refused."""
import socket
import struct
import threading


class Relay:
    """`how`: "reset N" ends every Nth connection, "alone" takes one at a time, "switch N" leads to `other` from the Nth on,
    "refuse N" answers whatever comes with an alert from the Nth on."""

    def __init__(self, port, to, other, how):
        self.to, self.other, self.live, self.lock = to, other, 0, threading.Lock()
        self.what, _, number = how.partition(" ")
        self.number = int(number or 0)
        self.listener = socket.create_server(("127.0.0.1", port), backlog=200)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        number = 0
        while True:
            peer, _ = self.listener.accept()
            number += 1
            threading.Thread(target=self.serve, args=(peer, number), daemon=True).start()

    def serve(self, peer, number):
        with self.lock:
            turned_away = self.what == "alone" and self.live > 0
            self.live += 1
        try:
            with peer:
                if turned_away or (self.what == "reset" and number % self.number == 0):
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                elif self.what == "refuse" and number >= self.number:
                    peer.recv(4096)
                    peer.sendall(bytes.fromhex("15030100020228"))
                else:
                    self.relay(peer, self.other if self.what == "switch" and number >= self.number else self.to)
        except OSError:
            pass
        finally:
            with self.lock:
                self.live -= 1

    @staticmethod
    def relay(peer, port):
        def pump(source, sink):
            try:
                while data := source.recv(16384):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        with socket.create_connection(("127.0.0.1", port)) as server:
            back = threading.Thread(target=pump, args=(server, peer), daemon=True)
            back.start()
            pump(peer, server)
            back.join()


def untruths(document, plain, part):
    """What is said of the relayed server that the document of the plain one denies; `part`: nothing may be called whole."""
    tls, true, out = document["observations"]["tls"], plain["observations"]["tls"], []
    supported = {p["name"]: p["supported"] for p in true["protocols"]}
    for p in tls["protocols"]:
        if p["supported"] is False and (supported[p["name"]] or part):
            out.append("%s is called unsupported" % p["name"])
    for listed, seen, key in (("ciphers", "ciphers_seen", "code"), ("groups_by_protocol", "groups_seen", "code"),
                              ("signature_schemes", "signature_schemes_seen", "code")):
        for protocol, state in tls[seen].items():
            of = lambda d: {item[key] for item in d[listed] if item["protocol"] == protocol}
            if state["extent"] == "whole" and (part or of(tls) != of(true)):
                out.append("%s of %s are called whole: missing %s, too many %s" % (
                    listed, protocol, sorted(of(true) - of(tls)), sorted(of(tls) - of(true))))
            if state["extent"] == "part" and not state["because"]:
                out.append("%s of %s: no word of why they are not whole" % (listed, protocol))
    for habit in ("sni_needed", "unknown_sni_refused"):
        if tls["habits"][habit] and not true["habits"][habit]:
            out.append(habit)
    out += ["intolerant of " + t["id"] for t in tls["tolerances"] if t["tolerant"] is False]
    return out
