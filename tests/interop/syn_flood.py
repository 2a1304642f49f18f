#!/usr/bin/env python3
# A flood of forged SYNs fills the SYN cache; the kernel's clients get in by cookies, and lose nothing by it but the MSS's
# last octets. The counters tell.
# limit: 120

import random
import socket
import struct

from support import Server, V4, check, connect, echo_hash, sanitized

TCPI_OPTIONS = 5  # the octet of struct tcp_info
TIMESTAMPS, SACK, WINDOW_SCALE = 1, 2, 4


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forged_syn(source, port):
    addresses = socket.inet_aton(source) + socket.inet_aton(V4)
    fields = [port, 7, random.getrandbits(32), 0, 5 << 4, 2, 65535, 0, 0]
    fields[7] = checksum(addresses + struct.pack(">HH", 6, 20) + struct.pack(">HHIIBBHHH", *fields))
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + addresses  # the kernel fills in its checksum
    return ip + struct.pack(">HHIIBBHHH", *fields)


with Server("--echo", 7) as server:
    flood = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for number in range(6000):
        flood.sendto(forged_syn(f"192.0.2.{10 + number % 240}", 1024 + number), (V4, 0))
    clients = [connect(7) for _ in range(100)]
    check(True, "100 clients are connected in the flood")
    options = {client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)[TCPI_OPTIONS] & 7 for client in clients}
    check(options == {TIMESTAMPS | SACK | WINDOW_SCALE}, f"they have timestamps, SACK and window scaling {options}")
    for number, client in enumerate(clients):
        client.sendall(b"client %d" % number)
    right = sum(client.recv(100) == b"client %d" % number for number, client in enumerate(clients))
    check(right == 100, "each has its own echo")
    for client in clients[1:]:
        client.close()
    sent, echoed = echo_hash(clients[0], (4 if sanitized else 64) << 20)
    check(sent == echoed, "and megabytes go through one of them")
    server.stop()
    check(server.counter("tcp_syn_cookies_accepted") == 100, "all of them came in by a cookie")
    check(server.counter("tcp_syn_cookies_sent") >= 6100 - 4096, "the cache was full")
