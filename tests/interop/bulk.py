#!/usr/bin/env python3
# 1 GiB each way with equal SHA-256; less without offload, over IPv6, by echo both ways at once, and with sanitizers.
# limit: 150
import hashlib
import pathlib
import socket
import tempfile
import threading
import time

from support import (KERNEL_V4, KERNEL_V6, Server, V4, V6, check, connect, curl_hash, echo_hash, handwave,
                     no_report, pattern, sanitized, subprocess, sha256_of, write_pattern)

MIB = 1 << 20
scale = 16 if sanitized else 1


def serve_once(listener, total, digest):
    """A server on the kernel's TCP that answers one request with the pattern."""
    with listener:
        connection, _ = listener.accept()
        with connection:
            while b"\r\n\r\n" not in connection.recv(4096):
                pass
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\nConnection: close\r\n\r\n".encode())
            for piece in pattern(total):
                digest.update(piece)
                connection.sendall(piece)


def fetch(total, host, *options):
    """`handwave get` from the kernel's side, the body through a pipe."""
    family, any_address = (socket.AF_INET6, "::") if ":" in host else (socket.AF_INET, "0.0.0.0")
    listener = socket.create_server((any_address, 0), family=family)
    listener.settimeout(60)
    sent, port = hashlib.sha256(), listener.getsockname()[1]
    server = threading.Thread(target=serve_once, args=(listener, total, sent), daemon=True)
    server.start()
    url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([handwave, "get", url, *options], stdout=subprocess.PIPE, stderr=errors)
        found = sha256_of(process.stdout)
        status = process.wait(timeout=30)
        errors.seek(0)
        complaint = errors.read()
    server.join(30)
    no_report(complaint, "get")
    check(status == 0, f"get {' '.join(options)} ends with 0 (it was {status}) {complaint}")
    check(found == (sent.hexdigest(), total), f"{total // MIB} MiB fetched {url} {' '.join(options)}: equal SHA-256")


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
    fetch(total * MIB // scale, host, *options)
    print(f"   {time.monotonic() - begin:.1f} s")
