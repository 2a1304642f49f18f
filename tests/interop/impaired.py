#!/usr/bin/env python3
# Through 5% loss, 2% reordering and 1% duplication each way the right octets arrive, both ways; and through corruption.
# [MUST-2] [MUST-3] Corrupted segments are found by their checksums on either side.
# limit: 120
import hashlib
import pathlib
import tempfile
import threading

from support import Server, V4, V6, check, connect, echo_hash, read_all, write_pattern

total = 1 << 20
share = total // 8
SPEC = "loss=5%,reorder=2%,duplicate=1%"


def get_range(host, first, results):
    """One of several connections at once: most of the time on a network this bad is spent waiting for timeouts."""
    with connect(80, host, timeout=60) as connection:
        request = f"GET /file.bin HTTP/1.1\r\nHost: h\r\nRange: bytes={first}-{first + share - 1}\r\nConnection: close"
        connection.sendall(request.encode() + b"\r\n\r\n")
        results[host, first] = read_all(connection).split(b"\r\n\r\n", 1)[1]


def echo_once(host, echoes):
    echoes[host] = echo_hash(connect(7, host), share)


with tempfile.TemporaryDirectory() as folder:
    want = write_pattern(pathlib.Path(folder) / "file.bin", total)

    def transfer(what, *options):
        with Server("--root", folder, "--echo", 7, *options) as server:
            results, echoes = {}, {}
            work = [threading.Thread(target=get_range, args=(host, first, results), daemon=True)
                    for host in (V4, V6) for first in range(0, total, share)]
            work += [threading.Thread(target=echo_once, args=(host, echoes), daemon=True) for host in (V4, V6)]
            for thread in work:
                thread.start()
            for thread in work:
                thread.join(80)
            for host in (V4, V6):
                body = b"".join(results.get((host, first), b"") for first in range(0, total, share))
                check(hashlib.sha256(body).hexdigest() == want, f"{what}: 1 MiB served to {host} has its SHA-256")
                sent, echoed = echoes.get(host, (0, 1))
                check(sent == echoed, f"{what}: {share} octets echoed by {host} have their SHA-256")
            server.stop()
            return server

    transfer("bad network, super-segments", "--impair", SPEC, "--seed", 1)
    transfer("bad network, packets", "--impair", SPEC, "--seed", 2, "--no-offload")
    # Checksums are made and checked: what was corrupted is not taken.
    server = transfer("1% of the packets corrupted", "--impair", "corrupt=1%", "--seed", 3, "--no-offload")
    check(server.counter("tcp_bad_checksum") > 0, "corrupted segments were found by their checksum, and dropped")
