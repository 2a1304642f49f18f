# What the interop scripts share: namespaces, the program under test, octets that can be recognised, and checks.
# Imported first: a script that is run by hand gets the namespaces that tests/run gives it.
import hashlib
import os
import pathlib
import random
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

root = pathlib.Path(__file__).resolve().parents[2]
build = pathlib.Path(os.environ.get("BUILD", root / "build"))
handwave = os.environ.get("HANDWAVE", str(build / "handwave"))
sanitized = "SANITIZE" in os.environ
V4, V6 = "192.0.2.2", "2001:db8::2"
KERNEL_V4, KERNEL_V6 = "198.51.100.1", "2001:db8:1::1"  # the kernel's side of `handwave get`


def enter_namespaces():
    """tests/run makes process 1 of a script, in a network of its own; so does this."""
    if os.getpid() == 1:
        return
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    setup = 'mount -t tmpfs none /run && ip link set lo up && exec "$@"'
    os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *user,
                          "bash", "-c", setup, "interop", sys.executable, *sys.argv])


def skip(reason):
    print(reason)
    sys.exit(77)


def check(condition, what):
    if not condition:
        print("FAILED:", what, flush=True)
        raise AssertionError(what)
    print("ok:", what, flush=True)


def run(*command, timeout=60, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, **options)


def no_report(text, what):
    check(not re.search(r"Sanitizer|runtime error:|expects\(", text), f"{what}: no sanitizer report")


class Server:
    """`handwave serve`, up when the block is entered; at its end SIGTERM, and then it must exit 0 without complaint."""

    def __init__(self, *options, msl=1):
        self.output = tempfile.TemporaryFile("w+")
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([handwave, "serve", "--msl", str(msl), *map(str, options)], stdout=self.output,
                                        stderr=self.errors)
        self.stopped = False

    def text(self):
        self.output.seek(0)
        return self.output.read()

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read()

    def counter(self, name):
        """A figure of the statistics, which are printed at the end."""
        found = re.search(rf"^  {name} +(\d+) ", self.text(), re.MULTILINE)
        return int(found[1]) if found else 0

    def __enter__(self):
        deadline = time.monotonic() + 20
        while "serving on" not in self.text():
            check_quietly(self.process.poll() is None, f"serve did not start: {self.error_text()}")
            check_quietly(time.monotonic() < deadline, "serve did not come up in 20 s")
            time.sleep(0.02)
        return self

    def stop(self):
        self.stopped = True
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        no_report(self.error_text(), "serve")
        check(status == 0, f"serve ends with 0 after SIGTERM (it was {status}) {self.error_text()}")

    def __exit__(self, kind, *_):
        if kind is None and not self.stopped:
            self.stop()
        elif self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print("---- serve said:\n" + self.text()[-3000:] + self.error_text()[-3000:])


def check_quietly(condition, what):
    if not condition:
        raise AssertionError(what)


def connect(port, host=V4, timeout=30, **options):
    """A connection of the kernel's TCP to ours; options by name before it connects."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    for name, value in options.items():
        connection.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    connection.connect((host, port))
    return connection


def read_all(connection):
    parts = []
    while part := connection.recv(1 << 20):
        parts.append(part)
    return b"".join(parts)


def pattern(total, seed=1, block=1 << 20):
    """`total` octets in blocks, no two of which are the same."""
    base = random.Random(seed).randbytes(block - 8)
    number = 0
    while total > 0:
        piece = (struct.pack(">Q", number) + base)[:total]
        yield piece
        total -= len(piece)
        number += 1


def write_pattern(path, total, seed=1):
    """Makes a file of it; its SHA-256."""
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for piece in pattern(total, seed):
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def sha256_of(stream):
    digest, total = hashlib.sha256(), 0
    while part := stream.read(1 << 20):
        digest.update(part)
        total += len(part)
    return digest.hexdigest(), total


def get(url, *options):
    """`handwave get`, its body through a pipe: its exit status, the SHA-256 and the length of the body, and what it
    complained of."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([handwave, "get", url, *map(str, options)], stdout=subprocess.PIPE, stderr=errors)
        body = sha256_of(process.stdout)
        status = process.wait(timeout=60)
        errors.seek(0)
        complaint = errors.read().strip()
    no_report(complaint, "get")
    return status, body, complaint


def get_pattern(host, total, *options, ask=lambda connection: None):
    """`handwave get` of the pattern from a server on the kernel's TCP, at `host`: equal SHA-256. What `ask` had from the
    server's connection when the request was there."""
    family, any_address = (socket.AF_INET6, "::") if ":" in host else (socket.AF_INET, "0.0.0.0")
    digest, answers = hashlib.sha256(), []

    def serve_once():
        with listener, listener.accept()[0] as connection:
            while b"\r\n\r\n" not in connection.recv(4096):
                pass
            answers.append(ask(connection))
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\nConnection: close\r\n\r\n".encode())
            for piece in pattern(total):
                digest.update(piece)
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            read_all(connection)

    listener = socket.create_server((any_address, 0), family=family)
    listener.settimeout(60)
    server = threading.Thread(target=serve_once, daemon=True)
    server.start()
    name, port = f"[{host}]" if ":" in host else host, listener.getsockname()[1]
    status, body, complaint = get(f"http://{name}:{port}/", *options)
    server.join(30)
    what = f"get from {host} {' '.join(map(str, options))}"
    check(status == 0, f"{what} ends with 0 (it was {status}) {complaint}")
    check(body == (digest.hexdigest(), total), f"{what}: {total} octets, equal SHA-256")
    return answers[0]


def curl(*arguments, timeout=120):
    return run("curl", "-q", "--noproxy", "*", "-g", "--silent", "--show-error", "--max-time", timeout - 5, *arguments,
               timeout=timeout)


def curl_hash(url, *arguments, timeout=120):
    """The SHA-256 and the length of what curl fetches, not kept anywhere."""
    command = ["curl", "-q", "--noproxy", "*", "-g", "-sS", "--fail", "--max-time", str(timeout), *arguments, url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    found = sha256_of(process.stdout)
    check(process.wait() == 0, f"curl {url} ends well")
    return found


def echo_hash(connection, total, seed=1):
    """Sends the pattern and reads its echo at the same time, then half-closes: (sent, echoed) as SHA-256."""
    sent, echoed, pieces, queue = hashlib.sha256(), hashlib.sha256(), pattern(total, seed), memoryview(b"")
    connection.setblocking(False)
    writing, last = True, time.monotonic()
    while True:
        readable, writable, _ = select.select([connection], [connection] if writing else [], [], 1)
        check_quietly(time.monotonic() - last < 30, "the echo makes progress")
        if readable:
            part = connection.recv(1 << 20)
            if not part:
                break
            echoed.update(part)
            last = time.monotonic()
        if writable:
            if not queue:
                piece = next(pieces, b"")
                sent.update(piece)
                queue = memoryview(piece)
                if not piece:
                    connection.shutdown(socket.SHUT_WR)
                    writing = False
                    continue
            queue = queue[connection.send(queue):]
            last = time.monotonic()
    connection.close()
    return sent.hexdigest(), echoed.hexdigest()


enter_namespaces()
