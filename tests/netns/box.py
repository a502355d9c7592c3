#!/usr/bin/env python3
"""box.py reset|drop NAME DEVICE: a filter on this router that reads hellos; says "ready"; ends with its input.
What comes in by DEVICE, the client's side, passes through a TUN device. Connections that name NAME, or whose ClientHello is
longer than NAME when that is a number, are dropped, or answered with a reset to both ends, as the boxes of the trade do."""
import fcntl
import os
import select
import struct
import subprocess
import sys

MODE, NAME, DEVICE = sys.argv[1], sys.argv[2].encode(), sys.argv[3]


def tun_open():
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"box", 0x1001))    # TUNSETIFF: IFF_TUN | IFF_NO_PI
    return fd


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Packet:
    def __init__(self, raw):
        self.raw = raw
        self.is_v6 = raw[0] >> 4 == 6
        self.head = 40 if self.is_v6 else (raw[0] & 15) * 4
        self.is_tcp = (raw[6] if self.is_v6 else raw[9]) == 6
        self.addresses = (raw[8:24], raw[24:40]) if self.is_v6 else (raw[12:16], raw[16:20])
        if self.is_tcp:
            self.sport, self.dport, self.seq, self.ack, offset, self.flags = struct.unpack("!HHIIBB", raw[self.head:self.head + 14])
            self.data = raw[self.head + (offset >> 4) * 4:]

    def forwarded(self):
        """As it came: the way through the device is no hop of its own."""
        raw = bytearray(self.raw)
        if self.is_v6:
            raw[7] += 1
        else:
            raw[8] += 1
            raw[10:12] = b"\0\0"
            raw[10:12] = struct.pack("!H", checksum(bytes(raw[:self.head])))
        return bytes(raw)


def reset(is_v6, source, target, sport, dport, seq, ack):
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, 0x14, 0, 0, 0)
    pseudo = source + target + (struct.pack("!IHBB", len(tcp), 0, 0, 6) if is_v6 else struct.pack("!BBH", 0, 6, len(tcp)))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    # 65, so that it leaves this router with 64
    if is_v6:
        return struct.pack("!IHBB", 6 << 28, len(tcp), 6, 65) + source + target + tcp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 65, 6, 0) + source + target
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + tcp


def is_unwanted(p):
    if NAME.isdigit():
        return p.data[:2] == b"\x16\x03" and int.from_bytes(p.data[3:5], "big") > int(NAME)
    return NAME in p.data


def resets(p):
    a, b = p.addresses
    after = (p.seq + len(p.data)) & 0xffffffff
    yield reset(p.is_v6, b, a, p.dport, p.sport, p.ack, after)
    yield reset(p.is_v6, a, b, p.sport, p.dport, p.seq, p.ack)


def main():
    fd = tun_open()
    for command in ("ip link set box up", "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.box.rp_filter=0",
                    "ip rule add iif %s lookup 100" % DEVICE, "ip route add default dev box table 100",
                    "ip -6 rule add iif %s lookup 100" % DEVICE, "ip -6 route add default dev box table 100"):
        subprocess.run(command.split(), check=True)
    print("ready", flush=True)
    blocked = set()
    while True:
        ready, _, _ = select.select([fd, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        p = Packet(os.read(fd, 65535))
        if p.is_tcp:
            flow = p.addresses + (p.sport, p.dport)
            hit = is_unwanted(p)
            if hit or flow in blocked:
                blocked.add(flow)
                for answer in resets(p) if hit and MODE == "reset" else ():
                    os.write(fd, answer)
                continue
        os.write(fd, p.forwarded())


main()
