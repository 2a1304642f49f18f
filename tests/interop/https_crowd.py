#!/usr/bin/env python3
# Crowds: 200 browsers at once, a flood of ClientHellos, the slow, the silent, and wrk; and no session is left of them.
# limit: 110
import asyncio
import pathlib
import resource
import ssl
import tempfile
import threading
import time

from https_support import HttpsServer, origin
from support import V4, V6, check, connect, run, sanitized, write_pattern

BROWSERS = 40 if sanitized else 200
PER_BROWSER = 3
FLOOD = 300 if sanitized else 3000
SILENT = 1000
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def client_context(made):
    return ssl.create_default_context(cafile=made)


async def visit(context, host, want):
    """One connection of a browser's: three pages on it; how many were right."""
    reader, writer = await asyncio.open_connection(host, 443, ssl=context, ssl_handshake_timeout=60)
    right = 0
    for _ in range(3):
        writer.write(b"GET /page.bin HTTP/1.1\r\nHost: h\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        right += head.startswith(b"HTTP/1.1 200 OK\r\n") and await reader.readexactly(len(want)) == want
    writer.close()
    await writer.wait_closed()
    return right


async def crowd(made, want):
    context = client_context(made)
    visits = [visit(context, (V4, V6)[number % 2], want) for number in range(BROWSERS * PER_BROWSER)]
    return await asyncio.gather(*visits, return_exceptions=True)


class Regular:
    """Somebody with an open connection, who asks for a page again and again."""

    def __init__(self, made, want):
        self.connection = client_context(made).wrap_socket(connect(443, timeout=60), server_hostname=V4)
        self.want, self.served, self.trouble, self.over = want, 0, None, False
        self.thread = threading.Thread(target=self.ask, daemon=True)
        self.thread.start()

    def ask(self):
        try:
            while not self.over:
                self.connection.sendall(b"GET /page.bin HTTP/1.1\r\nHost: h\r\n\r\n")
                answer = b""
                while not answer.endswith(self.want):
                    answer += self.connection.recv(1 << 16)
                self.served += 1
                time.sleep(0.005)
        except OSError as error:
            self.trouble = error

    def goes_on(self, pages, patience=60):
        """True if so many more pages are served."""
        goal, until = self.served + pages, time.monotonic() + patience
        while self.served < goal and not self.trouble and time.monotonic() < until:
            time.sleep(0.01)
        return self.served >= goal

    def end(self):
        self.over = True
        self.thread.join(60)
        self.connection.close()


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        client_context(None).wrap_bio(incoming, outgoing, server_hostname="www.example.test").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def trickle(octets, ends):
    """A ClientHello, an octet a second; how long the server stood it."""
    begin = time.monotonic()
    try:
        with connect(443, timeout=0.05) as connection:
            for octet in octets:
                connection.sendall(bytes([octet]))
                until = time.monotonic() + 1
                while time.monotonic() < until:
                    try:
                        if not connection.recv(100):
                            return
                    except TimeoutError:
                        pass
    except OSError:
        pass
    finally:
        ends.append(time.monotonic() - begin)


def resident(server):
    """KiB of memory."""
    return int(next(line for line in open(f"/proc/{server.process.pid}/status") if line.startswith("VmRSS")).split()[1])


def wrk(*options, port=443):
    """How many requests for the page there were, none of them in vain."""
    # With the port: wrk looks "https" up in /etc/services, which a small system lacks.
    # Sanitized, 64 handshakes may take longer than its five seconds, and a request longer than the two that it waits.
    load = ("-c8", "--timeout", "20") if sanitized else ("-c64",)
    scheme = "https" if port == 443 else "http"
    found = run("wrk", "-t1", "-d5", *load, *options, f"{scheme}://{V4}:{port}/page.bin")
    check(found.returncode == 0 and "requests in" in found.stdout and "Socket errors" not in found.stdout
          and "Non-2xx" not in found.stdout,
          f"wrk {' '.join(options)} ends with no errors: {found.returncode}, {found.stdout}{found.stderr}")
    return int(found.stdout.split(" requests in")[0].split()[-1])


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "site").mkdir()
    write_pattern(folder / "site/page.bin", 1024)
    want, made = (folder / "site/page.bin").read_bytes(), folder / "made.pem"

    hello, ends = client_hello(), []
    with HttpsServer("--root", folder / "site", "--cert-out", made) as server:
        # The slow client has the ten seconds that everybody has; the others notice nothing.
        slow = threading.Thread(target=trickle, args=(hello, ends), daemon=True)
        slow.start()
        begin = time.monotonic()
        results = asyncio.run(crowd(made, want))
        print(f"   {time.monotonic() - begin:.1f} s")
        odd = [repr(result) for result in results if result != 3]
        check(not odd, f"{BROWSERS} browsers, {PER_BROWSER} connections each at once, all get their pages {odd[:3]}")
        for port in (80, 443):
            check(wrk(port=port) > 0, f"port {port}: keep-alive")
            check(wrk("-H", "Connection: close", port=port) > 0, f"port {port}: a connection for each request")
        slow.join(60)
        check(len(ends) == 1 and 9 < ends[0] < 60, f"a ClientHello an octet a second is cut off after {ends[0]:.1f} s")
        server.stop()
        check(server.tls["timed_out"] == 1, "and that was counted")
        check(server.tls["full"] + server.tls["resumed"] >= len(results) + 64, "as many handshakes as connections")

    with HttpsServer("--root", folder / "site", "--cert-out", made) as server:
        # Whoever says nothing costs no session: that would be 40 KiB of each.
        begin = resident(server)
        silent = [connect(443) for _ in range(SILENT)]
        cost = resident(server) - begin
        check(cost < SILENT * 10 or sanitized, f"{SILENT} silent connections take {cost} KiB")

        regular = Regular(made, want)
        check(regular.goes_on(10), "an open connection is served")
        before, flood = regular.served, []
        for _ in range(FLOOD):
            flood.append(connect(443))
            flood[-1].sendall(hello)
        check(regular.served > before, f"and {regular.served - before} times more while {FLOOD} ClientHellos come")
        check(regular.goes_on(50), "and on and on while their handshakes are under way")
        for connection in flood:
            connection.close()
        late = client_context(made).wrap_socket(connect(443, timeout=60), server_hostname=V4)
        check(late.version() == "TLSv1.3", "who comes after the flood has its turn")
        late.close()
        check(regular.goes_on(10), "and the open connection is served as ever")
        regular.end()
        for connection in silent:
            connection.close()
        server.stop()
        check(server.tls["full"] == 2, "two have shaken hands to the end")
