#!/usr/bin/env python3
# Through 5% loss, 2% reordering and 1% duplication each way the right octets arrive, 1 GiB of them each way; and through
# corruption.
# [MUST-2] [MUST-3] Corrupted segments are found by their checksums on either side.
# limit: 300
import hashlib
import pathlib
import tempfile
import threading

from support import Server, V4, V6, check, connect, echo_hash, read_all, sanitized, write_pattern

SPEC = "loss=5%,reorder=2%,duplicate=1%"
MIB = 1 << 20


def get_range(host, first, size, results):
    """One of several connections at once: most of the time on a network this bad is spent waiting for timeouts."""
    with connect(80, host, timeout=100) as connection:
        request = f"GET /file.bin HTTP/1.1\r\nHost: h\r\nRange: bytes={first}-{first + size - 1}\r\nConnection: close"
        connection.sendall(request.encode() + b"\r\n\r\n")
        results[host, first] = read_all(connection).split(b"\r\n\r\n", 1)[1]


def echo_once(host, number, size, echoes):
    echoes[host, number] = echo_hash(connect(7, host, timeout=100), size, seed=number)


with tempfile.TemporaryDirectory() as folder:
    file_size = MIB
    want = write_pattern(pathlib.Path(folder) / "file.bin", file_size)

    def transfer(what, *options, echo_each, connections):
        """The file in eighths over each family, and so many connections of each at once on which text goes to us and
        comes back."""
        with Server("--root", folder, "--echo", 7, *options) as server:
            results, echoes = {}, {}
            eighth = file_size // 8
            work = [(get_range, host, first, eighth, results) for host in (V4, V6) for first in range(0, file_size, eighth)]
            work += [(echo_once, host, number, echo_each, echoes) for host in (V4, V6) for number in range(connections)]
            threads = [threading.Thread(target=function, args=arguments, daemon=True) for function, *arguments in work]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(200)
            for host in (V4, V6):
                body = b"".join(results.get((host, first), b"") for first in range(0, file_size, eighth))
                check(hashlib.sha256(body).hexdigest() == want, f"{what}: {file_size // MIB} MiB served to {host} have their SHA-256")
                right = [number for number in range(connections) if len(set(echoes.get((host, number), (0, 1)))) == 1]
                check(len(right) == connections,
                      f"{what}: {connections} times {echo_each / MIB} MiB echoed by {host} have their SHA-256")
            server.stop()
            return server

    # 1 GiB each way in all.
    server = transfer("bad network, super-segments", "--impair", SPEC, "--seed", 1, connections=32,
                      echo_each=(1 if sanitized else 16) * MIB)
    check(server.counter("tcp_fast_retransmits") > 100, "losses were found by SACK")
    transfer("bad network, packets", "--impair", SPEC, "--seed", 2, "--no-offload", connections=8, echo_each=MIB)
    # Checksums are made and checked: what was corrupted is not taken.
    server = transfer("1% of the packets corrupted", "--impair", "corrupt=1%", "--seed", 3, "--no-offload", connections=8,
                      echo_each=MIB)
    check(server.counter("tcp_bad_checksum") > 0, "corrupted segments were found by their checksum, and dropped")
