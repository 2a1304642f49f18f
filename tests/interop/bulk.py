#!/usr/bin/env python3
# 1 GiB each way with equal SHA-256; less without offload, over IPv6, by echo both ways at once, and with sanitizers.
# limit: 150
import pathlib
import tempfile
import time

from support import (KERNEL_V4, KERNEL_V6, Server, V4, V6, check, connect, curl_hash, echo_hash, get_pattern,
                     sanitized, write_pattern)

MIB = 1 << 20
scale = 16 if sanitized else 1


with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "file.bin"
    for options, host, total in (([], V4, 1024), ([], V6, 256), (["--no-offload"], V4, 128)):
        total = total * MIB // scale
        want = write_pattern(file, total)
        url = f"http://[{host}]/file.bin" if ":" in host else f"http://{host}/file.bin"
        begin = time.monotonic()
        with Server("--root", folder, "--echo", 7, *options):
            check(curl_hash(url) == (want, total), f"{total // MIB} MiB served to {host} {options}: equal SHA-256")
            sent, echoed = echo_hash(connect(7, host), total // 4)
            check(sent == echoed, f"{total // 4 // MIB} MiB echoed by {host} {options}: equal SHA-256")
        print(f"   {time.monotonic() - begin:.1f} s")
for options, host, total in (([], KERNEL_V4, 1024), ([], KERNEL_V6, 256), (["--no-offload"], KERNEL_V4, 128)):
    begin = time.monotonic()
    get_pattern(host, total * MIB // scale, *options)
    print(f"   {time.monotonic() - begin:.1f} s")
