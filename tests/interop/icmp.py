#!/usr/bin/env python3
# Echo, small, large and in fragments, over both families; UDP is answered with port unreachable (RFC 792, RFC 4443).
# limit: 60
import errno
import shutil
import socket

from support import Server, V4, V6, check, run, skip

if not shutil.which("ping"):
    skip("ping is not installed")
with Server() as server:
    for host in (V4, V6):
        for size in (0, 56, 1452, 8000, 40_000, 65_000):
            ping = run("ping", "-c", 3, "-i", 0.2, "-W", 5, "-s", size, host)
            check(ping.returncode == 0 and " 0% packet loss" in ping.stdout, f"ping {host} with {size} octets")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.settimeout(5)
            udp.connect((host, 9999))
            udp.send(b"anybody there?")
            try:
                udp.recv(100)
                answer = "data"
            except OSError as error:
                answer = errno.errorcode.get(error.errno, str(error))
            check(answer == "ECONNREFUSED", f"a UDP port of {host} is unreachable ({answer})")
