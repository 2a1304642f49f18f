#!/usr/bin/env python3
# curl's GET, HEAD, ranges, conditions, keep-alive and pipelining over IPv4 and IPv6 (RFC 9110, RFC 9112).
# limit: 60
import hashlib
import pathlib
import tempfile

from support import Server, V4, V6, check, connect, curl, curl_hash, read_all, write_pattern

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    big = write_pattern(folder / "big.bin", 5_000_003)
    small = write_pattern(folder / "small.bin", 1024, seed=2)
    (folder / "empty.txt").write_bytes(b"")
    data = (folder / "big.bin").read_bytes()
    with Server("--root", folder):
        for host in (V4, V6):
            url = f"http://[{host}]" if ":" in host else f"http://{host}"
            check(curl_hash(f"{url}/big.bin") == (big, 5_000_003), f"{host}: GET gives the file's octets")
            head = curl("--head", f"{url}/big.bin")
            check("200 OK" in head.stdout and "5000003" in head.stdout, f"{host}: HEAD gives the length")
            for first, last in ((0, 0), (1459, 1461), (65_535, 1_000_000), (5_000_002, 5_000_002)):
                found = curl_hash(f"{url}/big.bin", "--range", f"{first}-{last}")
                want = hashlib.sha256(data[first:last + 1]).hexdigest()
                check(found == (want, last + 1 - first), f"{host}: the range {first}-{last}")
            check(curl_hash(f"{url}/empty.txt")[1] == 0, f"{host}: an empty file")
            code = curl("-o", "/dev/null", "-w", "%{http_code}", f"{url}/none").stdout
            check(code == "404", f"{host}: 404 for what is not there")
            code = curl("-o", "/dev/null", "-w", "%{http_code}", "--range", "5000003-", f"{url}/big.bin").stdout
            check(code == "416", f"{host}: 416 for a range outside the file")
            # One connection for ten requests: curl says how many it made for each.
            urls = [f"{url}/small.bin"] * 10
            outputs = ["-o", "/dev/null"] * 10
            made = curl("-w", "%{num_connects}", *outputs, *urls).stdout
            check(made == "1" + "0" * 9, f"{host}: ten requests on one connection ({made})")
            # RFC 9112 §9.3.2: many requests at once, answered in their order.
            with connect(80, host) as connection:
                get = f"GET /small.bin HTTP/1.1\r\nHost: h\r\n".encode()
                connection.sendall((get + b"\r\n") * 19 + get + b"Connection: close\r\n\r\n")
                answers = read_all(connection)
            bodies = [part.split(b"\r\n\r\n", 1)[1] for part in answers.split(b"HTTP/1.1 200 OK")[1:]]
            check(len(bodies) == 20 and {hashlib.sha256(body).hexdigest() for body in bodies} == {small},
                  f"{host}: twenty pipelined requests, twenty right answers")
