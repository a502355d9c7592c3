"""A box before a real server: it reads the first hello, lets a rule decide what becomes of the connection, and passes the
bytes on, as slowly or as badly as its manners say."""
import random
import socket
import struct
import threading
import time

GREASE = {0x0a0a + 0x1010 * i for i in range(16)}


class Hello:
    """What a ClientHello offers; `segments` and `records` are how it came."""

    def __init__(self, data, segments):
        self.n, self.segments, self.records, body, at = len(data), segments, 0, b"", 0
        self.record_version = struct.unpack_from(">H", data, 1)[0]
        while at + 5 <= len(data):
            n = struct.unpack_from(">H", data, at + 3)[0]
            body += data[at + 5:at + 5 + n]
            at, self.records = at + 5 + n, self.records + 1
        self.version = struct.unpack_from(">H", body, 4)[0]
        at = 4 + 34
        at += 1 + body[at]
        n = struct.unpack_from(">H", body, at)[0]
        self.suites = struct.unpack_from(">%dH" % (n // 2), body, at + 2)
        at += 2 + n
        at += 1 + body[at]
        self.extensions = []
        end = at + 2 + struct.unpack_from(">H", body, at)[0] if at < len(body) else at
        at += 2
        while at + 4 <= end:
            kind, n = struct.unpack_from(">HH", body, at)
            self.extensions.append((kind, body[at + 4:at + 4 + n]))
            at += 4 + n

    def types(self):
        return [kind for kind, _ in self.extensions]

    def list_of(self, kind, head):
        """16-bit values of an extension, behind `head` bytes of length."""
        body = dict(self.extensions).get(kind, b"")[head:]
        return struct.unpack(">%dH" % (len(body) // 2), body[:len(body) // 2 * 2])


def whole(data):
    """Is a whole ClientHello there?"""
    at, body = 0, b""
    while at + 5 <= len(data):
        n = struct.unpack_from(">H", data, at + 3)[0]
        if len(data) < at + 5 + n:
            return False
        body += data[at + 5:at + 5 + n]
        at += 5 + n
        if len(body) >= 4 and len(body) >= 4 + struct.unpack(">I", b"\0" + body[1:4])[0]:
            return True
    return False


def segments_of(connection):
    """How many came, however late we read them: tcpi_data_segs_in of Linux's struct tcp_info."""
    return struct.unpack_from("I", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 152)[0]


def take_hello(connection):
    data = b""
    while not whole(data) and len(data) < 40000:
        more = connection.recv(32768)
        if not more:
            return data, None
        data += more
        if data[0] != 22:       # SSL 2.0, or no TLS
            return data, None
    return data, Hello(data, segments_of(connection))


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def alert(code):
    def send(connection):
        connection.sendall(b"\x15\x03\x01\0\2\2" + bytes([code]))
        connection.close()
    return send


def close(connection):
    connection.close()


def hang(connection):
    try:
        connection.settimeout(40)
        while connection.recv(4096):
            pass
    except OSError:
        pass
    connection.close()


class Front:
    """`rule(hello)` gives what is done instead of passing the connection on, or None; `manners` may be told apart by words:
    slow, jitter, drip, mute (server alerts become a plain end), few (four at once), limit (resets what comes too fast)."""

    def __init__(self, backends, rule=None, manners=(), seed=1):
        self.backends, self.rule, self.manners = backends, rule, set(manners)
        self.random, self.n, self.times, self.lock = random.Random(seed), 0, [], threading.Lock()
        self.slots = threading.Semaphore(4 if "few" in self.manners else 4096)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def too_fast(self):
        with self.lock:
            now = time.monotonic()
            self.times = [t for t in self.times if now - t < 1] + [now]
            return "limit" in self.manners and len(self.times) > 25

    def one(self, connection):
        with self.lock:
            self.n += 1
            backend = self.backends[self.n % len(self.backends)]
        try:
            connection.settimeout(60)
            if self.too_fast():
                return reset(connection)
            with self.slots:
                self.pass_on(connection, backend)
        except (OSError, IndexError, struct.error):
            pass
        finally:
            connection.close()

    def pause(self):
        if "slow" in self.manners:
            time.sleep(0.4)
        if "jitter" in self.manners:
            time.sleep(self.random.choice((0, 0, 0.05, 0.3, 0.9)))

    def pass_on(self, connection, backend):
        data, hello = take_hello(connection)
        if not data:
            return
        action = self.rule(hello) if self.rule and hello else None
        if action:
            return action(connection)
        self.pause()
        with socket.create_connection(("127.0.0.1", backend), timeout=60) as server:
            server.sendall(data)
            back = threading.Thread(target=self.carry_back, args=(server, connection), daemon=True)
            back.start()
            while True:
                more = connection.recv(32768)
                if not more:
                    break
                server.sendall(more)
            try:
                server.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            back.join(10)

    def carry_back(self, server, connection):
        try:
            while True:
                more = server.recv(32768)
                if not more:
                    break
                self.pause()
                if "mute" in self.manners and more[:1] == b"\x15":
                    break
                if "drip" in self.manners:
                    for i in range(0, len(more), 97):
                        connection.sendall(more[i:i + 97])
                        time.sleep(0.001)
                else:
                    connection.sendall(more)
        except OSError:
            pass
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
