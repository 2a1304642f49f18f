#!/usr/bin/env python3
# Chromium loads a page with twenty assets over HTTPS, the certificate verified, with nothing to complain of.
# limit: 90
import fcntl
import json
import os
import pathlib
import random
import select
import struct
import subprocess
import tempfile
import time
import zlib

from https_support import HttpsServer, make_authority
from support import V4, V6, check, check_quietly, run

NAME = "www.example.test"
IMAGE_SIDE = 600  # in noise, which does not compress: 1 MB


def png(side, seed):
    """A square of noise."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + random.Random(seed * 1000 + row).randbytes(3 * side) for row in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))


def make_site(folder):
    """A page and its twenty assets, each of which leaves something to be asked for."""
    folder.mkdir()
    page = ['<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Twenty</title>',
            '<link rel="icon" href="data:,">']
    for n in range(5):
        (folder / f"{n}.css").write_text(f"#box{n} {{ width: {100 + n}px; height: 1px }}\n" + f"/* {'*' * 20_000} */\n" * n)
        page.append(f'<link rel="stylesheet" href="{n}.css">')
    page.append("</head><body>")
    for n in range(5):
        side = IMAGE_SIDE if n == 0 else 10 + n
        (folder / f"{n}.png").write_bytes(png(side, n))
        (folder / f"{n}.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{20 + n}" height="{20 + n}">'
                                         f'<circle cx="10" cy="10" r="{5 + n}"/></svg>\n')
        (folder / f"{n}.js").write_text(f"(window.ran ??= []).push({n});\n" + f"// {'-' * 30_000}\n" * n)
        page.append(f'<div id="box{n}"></div><img src="{n}.png" alt=""><img src="{n}.svg" alt="">')
        page.append(f'<script src="{n}.js"></script>')
    (folder / "index.html").write_text("\n".join(page) + "</body></html>\n")
    check((folder / "0.png").stat().st_size > 1_000_000, "the largest asset has 1 MB")


# What there is when all twenty have come, and how the page came to have it.
FOUND = """JSON.stringify({
  boxes: [0, 1, 2, 3, 4].map(n => document.getElementById("box" + n).offsetWidth),
  images: [...document.images].map(image => image.complete ? image.naturalWidth : 0),
  ran: window.ran,
  assets: performance.getEntriesByType("resource").filter(entry => entry.transferSize > 0).length})"""
EXPECTED = {"boxes": [100, 101, 102, 103, 104], "images": [IMAGE_SIDE, 20, 11, 21, 12, 22, 13, 23, 14, 24],
            "ran": [0, 1, 2, 3, 4], "assets": 20}


class Browser:
    """Chromium without a window, told what to do by a pipe (the DevTools protocol: JSON, each message ended by a zero)."""

    def __init__(self, home, *options):
        # Above 4, so that they are not in the way of the two that Chromium reads and writes.
        descriptors = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in os.pipe() + os.pipe()]
        read_end, self.commands, self.messages, write_end = descriptors
        self.log = open(home / "chromium.log", "w+")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                 "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
                 "--remote-debugging-pipe", f"--user-data-dir={home}/profile", *options]
        shell = f'exec "$@" 3<&{read_end} 4>&{write_end}'
        self.process = subprocess.Popen(["bash", "-c", shell, "chromium", "chromium", *flags], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, pass_fds=(read_end, write_end),
                                        env={**os.environ, "HOME": str(home)})
        os.close(read_end)
        os.close(write_end)
        self.number, self.buffer, self.events = 0, b"", []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, session=None, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                check_quietly("result" in message, f"{method}: {message}")
                return message["result"]
            self.events.append(message)

    def message(self, patience=60):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.messages], [], [], patience)
            part = os.read(self.messages, 1 << 20) if ready else b""
            self.log.seek(0)
            check_quietly(part, f"Chromium answers {self.log.read()[-3000:] if not part else ''}")
            self.buffer += part
        one, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(one)

    def load(self, url):
        """Opens the page and waits until everything is loaded; what happened meanwhile."""
        self.events = []
        for domain in ("Log", "Runtime", "Network", "Page"):
            self.call(f"{domain}.enable", self.session)
        self.call("Page.navigate", self.session, url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message())
        found = self.call("Runtime.evaluate", self.session, expression=FOUND)["result"]["value"]
        return json.loads(found), self.events

    def close(self):
        self.call("Browser.close")
        check(self.process.wait(timeout=30) == 0, "Chromium ends well")


def trust(home, authority):
    """Puts the authority among those that Chromium trusts: the certificate is really verified."""
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    for words in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "authority", "-i", authority]):
        done = run("certutil", "-d", f"sql:{database}", *words)
        check(done.returncode == 0, f"certutil {words[0]} {done.stderr.strip()}")


def complaints(events):
    """The console's errors and warnings, exceptions, and what could not be loaded."""
    for event in events:
        method, details = event["method"], event["params"]
        if method == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
            yield details["entry"]["text"]
        if method in ("Runtime.exceptionThrown", "Network.loadingFailed") or method == "Runtime.consoleAPICalled":
            yield json.dumps(details)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    make_site(folder / "site")
    make_authority(folder, V4, V6, NAME)
    trust(folder, folder / "ca.pem")
    with HttpsServer("--root", folder / "site", "--cert", folder / "leaf.pem", "--key", folder / "leaf.key") as server:
        begin = time.monotonic()
        browser = Browser(folder, f"--host-resolver-rules=MAP {NAME} {V4}")
        print(f"   Chromium is up after {time.monotonic() - begin:.1f} s")
        for url in (f"https://{NAME}/", f"https://[{V6}]/"):
            found, events = browser.load(url)
            check(found == EXPECTED, f"{url}: the page and its twenty assets are there {found if found != EXPECTED else ''}")
            errors = list(complaints(events))
            check(not errors, f"{url}: nothing to complain of {errors}")
            responses = [event["params"]["response"] for event in events if event["method"] == "Network.responseReceived"]
            responses = [response for response in responses if response["url"].startswith("https:")]
            check(len(responses) == 21 and all(response["status"] == 200 for response in responses), f"{url}: 21 times 200")
            check({response["protocol"] for response in responses} == {"http/1.1"}, f"{url}: HTTP/1.1")
            security = {(response["securityState"], response["securityDetails"]["protocol"]) for response in responses}
            check(security == {("secure", "TLS 1.3")}, f"{url}: secure, by TLS 1.3 {security}")
            print(f"   {time.monotonic() - begin:.1f} s")
        browser.close()
        server.stop()
        check(server.tls["failed"] == 0, "no handshake failed")
