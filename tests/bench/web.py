# HTTP and HTTPS: a server of ours over TUN and nginx over veth, wrk at both; what Mbed TLS does alone, in memory; and our
# own client beside curl, at nginx. What is marked * is a second of the server's processor, the kernel's work for it
# included: its clients share a small machine with it, and Mbed TLS alone is measured so as well.
import contextlib
import subprocess
import time

from report import Goal, Row
from rig import FAR, HERTZ, NEAR, OURS, Failed, handwave, program, run, ticks

BULK_SUITE = "TLS_CHACHA20_POLY1305_SHA256"
MINUTE = 60


@contextlib.contextmanager
def ours(site):
    with handwave("--root", site.folder, "--https", 443, "--cert", site.certificate, "--key", site.key, "--msl", 1) as server:
        yield OURS, server.pid


@contextlib.contextmanager
def nginx(site):
    with site.nginx() as server:
        yield FAR, server.pid


def load(server, site, path, connections=64, scheme="http", close=False, seconds=None):
    """Requests a second; a run with errors is none."""

    def measure(options):
        duration = seconds or options.seconds
        with server(site) as (address, _):
            said = run("wrk", "-t1", f"-c{connections}", f"-d{duration}", *(["-H", "Connection: close"] if close else []),
                       f"{scheme}://{address}/{path}", timeout=duration + 60)
        if "Socket errors" in said or "Non-2xx" in said:
            raise Failed("wrk had errors: " + " ".join(line.strip() for line in said.splitlines() if "rrors" in line or "Non" in line))
        return float(next(line for line in said.splitlines() if "Requests/sec" in line).split()[1])

    return measure


def bulk(server, site, kernel=True):
    """Gigabits that a second of the server's processor sends by HTTPS; without the kernel's part in it, or with it."""

    def measure(options):
        with server(site) as (address, process):
            begin = ticks(process, kernel)
            done = subprocess.run(["curl", "-q", "-s", "--cacert", site.authority, "--tls13-ciphers", BULK_SUITE, "--max-time",
                                   str(options.seconds), "--output", "/dev/null", "--write-out", "%{size_download}",
                                   f"https://{address}/bulk"], capture_output=True, text=True)
            if done.stdout in ("", "0"):
                raise Failed(f"curl got nothing, and ended with {done.returncode}")
            return int(done.stdout) * 8e-9 * HERTZ / (ticks(process, kernel) - begin)

    return measure


def handshakes(server, site, how):
    """Of four clients at once, so that the server is never long without work."""

    def measure(options):
        with server(site) as (address, process):
            begin = ticks(process)
            command = ["openssl", "s_time", "-connect", f"{address}:443", "-www", "/1k", how, "-time", str(options.seconds)]
            clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(4)]
            said = [client.communicate()[0] for client in clients]
            count = sum(int(line.split()[0]) for text in said for line in text.splitlines() if "real seconds" in line)
            if count == 0:
                raise Failed("there was no handshake")
            return count * HERTZ / (ticks(process) - begin)

    return measure


def mbed_tls(line, column, unit):
    """A column of its own benchmark. The client of the other rows keeps another core busy, which slows this one where the
    two are threads of one; so a second of the same does here."""

    def measure(options):
        other = subprocess.Popen([program("bench_tls_records"), str(options.seconds)], stdout=subprocess.DEVNULL)
        try:
            said = run(program("bench_tls_records"), 1)
        finally:
            other.terminate()
            other.wait()
        found = next(words for words in said.splitlines() if "TLS 1.3" in words and line in words)
        return float(found.split()[column]) * unit

    return measure


def client(command, where, site, scheme):
    """Gigabits a second of a download of 1 GiB from nginx, from its start to its end."""

    def measure(_):
        with site.nginx(where):
            begin = time.monotonic()
            run(*command(f"{scheme}://{NEAR if where == 'near' else FAR}/large"))
            return (8 << 30) * 1e-9 / (time.monotonic() - begin)

    return measure


def rows(site):
    loads = {
        "keep": ("HTTP 1 KiB, kept alive, wrk -t1 -c64", {"path": "1k"}),
        "close": ("HTTP 1 KiB, a connection each", {"path": "1k", "close": True}),
        "minute": ("HTTP 1 KiB, a connection each, for a minute", {"path": "1k", "close": True, "seconds": MINUTE}),
        "1m": ("HTTP 1 MiB, 8 connections", {"path": "1m", "connections": 8}),
        "s-keep": ("HTTPS 1 KiB, kept alive", {"path": "1k", "scheme": "https"}),
    }
    for key, (name, how) in loads.items():
        once = key == "minute"
        yield Row(f"nginx-{key}", f"nginx over veth: {name}", "requests/s", load(nginx, site, **how), once=once)
        yield Row(f"ours-{key}", f"handwave: {name}", "requests/s", load(ours, site, **how), {f"nginx-{key}": "nginx"}, once=once)
    yield Row("mbed-bulk", "Mbed TLS's records alone, ChaCha20-Poly1305", "Gb/s", mbed_tls("CHACHA20", -2, 8e-3))
    yield Row("nginx-bulk", "nginx over veth: HTTPS bulk *", "Gb/s", bulk(nginx, site))
    yield Row("ours-bulk", "handwave: HTTPS bulk *", "Gb/s", bulk(ours, site), {"mbed-bulk": "Mbed TLS alone", "nginx-bulk": "nginx"})
    yield Row("ours-bulk-program", "handwave: HTTPS bulk *, without the kernel's part", "Gb/s", bulk(ours, site, False),
              {"mbed-bulk": "Mbed TLS alone"})
    for key, name, how, column in (("full", "full", "-new", -2), ("resumed", "resumed", "-reuse", -1)):
        yield Row(f"mbed-{key}", f"Mbed TLS's server side alone, {name}, ECDSA P-256", "handshakes/s", mbed_tls("ECDSA", column, 1))
        yield Row(f"nginx-{key}", f"nginx over veth: {name} handshakes *", "handshakes/s", handshakes(nginx, site, how))
        yield Row(f"ours-{key}", f"handwave: {name} handshakes *", "handshakes/s", handshakes(ours, site, how),
                  {f"mbed-{key}": "Mbed TLS alone", f"nginx-{key}": "nginx"})
    trust = lambda url: ["--cacert", site.authority] if url.startswith("https") else []
    curl = lambda url: ["curl", "-q", "-s", "-f", *trust(url), "-o", "/dev/null", url]
    get = lambda url: [program("handwave"), "get", "--address", "203.0.113.2/24", *trust(url), "-o", "/dev/null", url]
    for scheme in ("http", "https"):
        yield Row(f"curl-{scheme}", f"curl over veth: {scheme.upper()}, 1 GiB from nginx", "Gb/s", client(curl, "far", site, scheme))
        yield Row(f"get-{scheme}", f"handwave get: {scheme.upper()}, 1 GiB from nginx", "Gb/s", client(get, "near", site, scheme),
                  {f"curl-{scheme}": "curl"})


goals = [
    Goal("HTTP 1 KiB keep-alive, wrk -t1 -c64: of nginx", "ours-keep", "nginx-keep", 3.0),
    Goal("HTTP 1 KiB, a connection each, for a minute: of nginx", "ours-minute", "nginx-minute", 2.0),
    Goal("HTTP 1 MiB, 8 connections: of nginx", "ours-1m", "nginx-1m", 1.3),
    Goal("HTTPS 1 KiB keep-alive: of nginx", "ours-s-keep", "nginx-s-keep", 1.5),
    Goal("HTTPS bulk: of Mbed TLS alone", "ours-bulk", "mbed-bulk", 0.9),
    Goal("full handshakes: of Mbed TLS alone", "ours-full", "mbed-full", 0.9),
    Goal("resumed handshakes: of Mbed TLS alone", "ours-resumed", "mbed-resumed", 0.9),
]
