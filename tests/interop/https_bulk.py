#!/usr/bin/env python3
# 1 GiB by HTTPS with equal SHA-256, half of it by each version of TLS; several downloads at once; and a bad network.
# limit: 150
import pathlib
import tempfile
import threading
import time

from https_support import HttpsServer, origin
from support import V4, V6, check, curl_hash, sanitized, write_pattern

MIB = 1 << 20


def at_once(made, name, total, want, hosts):
    """Downloads side by side, TLS 1.3 and 1.2 by turns."""
    found = {}

    def fetch(number, host):
        version = ("1.3", "1.2")[number % 2]
        found[number] = curl_hash(f"{origin(host)}/{name}", "--cacert", made, "--tls-max", version)

    work = [threading.Thread(target=fetch, args=item, daemon=True) for item in enumerate(hosts)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(120)
    check(list(found.values()) == [(want, total)] * len(hosts), f"{len(hosts)} downloads of {total} octets at once")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    site, made = folder / "site", folder / "made.pem"
    site.mkdir()
    total = (16 if sanitized else 512) * MIB
    large = write_pattern(site / "large.bin", total)
    middle = write_pattern(site / "middle.bin", total // 16)
    small = write_pattern(site / "small.bin", MIB + 1)
    with HttpsServer("--root", site, "--cert-out", made):
        for version, host in (("1.3", V4), ("1.2", V6)):
            begin = time.monotonic()
            found = curl_hash(f"{origin(host)}/large.bin", "--cacert", made, "--tls-max", version)
            check(found == (large, total), f"TLS {version} {host}: {total // MIB} MiB with equal SHA-256")
            print(f"   {time.monotonic() - begin:.1f} s")
        at_once(made, "middle.bin", total // 16, middle, (V4, V6) * 2)
    # Each record arrives whole and in order, or TLS would say so: what the network did, TCP has mended.
    for options in ([], ["--no-offload"]):
        with HttpsServer("--root", site, "--cert-out", made, "--impair", "loss=1%,reorder=1%,duplicate=1%", "--seed", 1,
                         *options):
            begin = time.monotonic()
            at_once(made, "small.bin", MIB + 1, small, (V4, V6) * 2)
            print(f"   {time.monotonic() - begin:.1f} s")
