#!/usr/bin/env python3
# Echo, discard and chargen (RFC 862, 863, 864); a slow reader closes its window, and loses nothing.
# [MUST-35] [MUST-36] The windows that the kernel closes are probed; the figure is checked at the end.
# limit: 60
import hashlib
import socket
import time

from support import Server, V4, V6, check, connect, echo_hash, pattern

lines = bytes(range(32, 127))


def chargen_is_right(octets):
    """RFC 864's pattern: lines of 72 characters, each line begins one character later."""
    return all(octets[74 * n:74 * n + 74] == bytes(lines[(n + i) % 95] for i in range(72)) + b"\r\n"
               for n in range(len(octets) // 74))


def receive(connection, total):
    found = bytearray()
    while len(found) < total:
        part = connection.recv(total - len(found))
        if not part:
            break
        found += part
    return bytes(found)


with Server("--echo", 7, "--discard", 9, "--chargen", 19) as server:
    for host in (V4, V6):
        with connect(19, host) as connection:
            check(chargen_is_right(receive(connection, 740_000)), f"{host}: chargen's lines")
        with connect(9, host) as connection:
            for piece in pattern(20_000_000):
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            check(connection.recv(10) == b"", f"{host}: discard takes 20 MB, answers nothing, and closes after us")
        # The kernel's window goes to zero while its application sleeps; we probe, and go on.
        with connect(19, host, SO_RCVBUF=8192) as connection:
            time.sleep(2.5)
            check(chargen_is_right(receive(connection, 2_000_000)), f"{host}: a reader that slept gets every line")
        # Our own window goes to zero when nobody reads the echo; it opens again.
        with connect(7, host, SO_RCVBUF=8192) as connection:
            connection.setblocking(False)
            stuffed, data = 0, b"".join(pattern(64_000_000))
            quiet = time.monotonic()
            while time.monotonic() - quiet < 1 and stuffed < len(data):
                try:
                    stuffed += connection.send(memoryview(data)[stuffed:stuffed + (1 << 20)])
                    quiet = time.monotonic()
                except BlockingIOError:
                    time.sleep(0.02)
            check(stuffed < len(data), f"{host}: an echo that nobody reads holds its sender back at {stuffed} octets")
            connection.settimeout(30)
            found = receive(connection, stuffed)
            check(hashlib.sha256(found).digest() == hashlib.sha256(data[:stuffed]).digest(),
                  f"{host}: and gives all of it back when it is read")
        sent, echoed = echo_hash(connect(7, host), 10_000_000)
        check(sent == echoed, f"{host}: 10 MB echoed in both directions at once")
    server.stop()
    probes = server.counter("tcp_zero_window_probes")
    check(probes >= 2, f"the closed windows were probed ({probes} times)")
