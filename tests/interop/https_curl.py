#!/usr/bin/env python3
# curl over HTTPS, TLS 1.3 and 1.2, IPv4 and IPv6, with the certificate that is made on the spot (RFC 8446, RFC 5246).
# limit: 60
import hashlib
import pathlib
import tempfile

from https_support import HttpsServer, origin
from support import V4, V6, check, curl, curl_hash, run, write_pattern

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    site, made = folder / "site", folder / "made.pem"
    site.mkdir()
    big = write_pattern(site / "big.bin", 5_000_003)
    write_pattern(site / "small.bin", 1024, seed=2)
    (site / "empty.txt").write_bytes(b"")
    data = (site / "big.bin").read_bytes()
    with HttpsServer("--root", site, "--cert-out", made, "--cert-name", "www.example.test") as server:
        fingerprint = run("openssl", "x509", "-in", made, "-noout", "-fingerprint", "-sha256").stdout.strip()
        check(fingerprint.split("=")[1] in server.text(), f"the server has said its certificate's {fingerprint}")
        for host in (V4, V6):
            refused = curl(f"{origin(host)}/")
            check(refused.returncode == 60, f"{host}: curl trusts nobody else's certificate ({refused.stderr.strip()})")
        url = "https://www.example.test"
        named = curl("--cacert", made, "--resolve", f"www.example.test:443:{V4}", "-w", "%{http_code}", "-o", "/dev/null",
                     f"{url}/small.bin")
        check(named.stdout == "200", f"the certificate is for --cert-name as well {named.stderr.strip()}")
        resuming = 0
        for version, options in (("TLSv1.3", ["--tlsv1.3"]), ("TLSv1.2", ["--tls-max", "1.2"])):
            for host in (V4, V6):
                trusted = ["--cacert", made, *options]
                url, what = origin(host), f"{version} {host}"
                talk = curl("-v", "-o", "/dev/null", *trusted, f"{url}/small.bin").stderr
                check(f"SSL connection using {version} / " in talk and "SSL certificate verify ok." in talk,
                      f"{what}: spoken, and the certificate verified")
                check("ALPN: server accepted http/1.1" in talk, f"{what}: ALPN chose http/1.1")
                check(curl_hash(f"{url}/big.bin", *trusted) == (big, len(data)), f"{what}: GET gives the file's octets")
                head = curl(*trusted, "--head", f"{url}/big.bin")
                check("200 OK" in head.stdout and "5000003" in head.stdout, f"{what}: HEAD gives the length")
                for first, last in ((0, 0), (16_383, 16_385), (5_000_002, 5_000_002)):
                    found = curl_hash(f"{url}/big.bin", *trusted, "--range", f"{first}-{last}")
                    want = hashlib.sha256(data[first:last + 1]).hexdigest()
                    check(found == (want, last + 1 - first), f"{what}: the range {first}-{last}")
                check(curl_hash(f"{url}/empty.txt", *trusted)[1] == 0, f"{what}: an empty file")
                # One connection, and so one handshake, for ten requests: curl says how many it made for each.
                made_new = curl(*trusted, "-w", "%{num_connects}", *["-o", "/dev/null"] * 10, *[f"{url}/small.bin"] * 10)
                check(made_new.stdout == "1" + "0" * 9, f"{what}: ten requests on one connection ({made_new.stdout})")
                # Two connections of one curl: the second resumes. (Not with TLS 1.2, where curl takes no tickets, and we
                # keep no sessions; openssl and GnuTLS resume with it.)
                again = curl("-v", *trusted, "-H", "Connection: close", *["-o", "/dev/null"] * 2, *[f"{url}/small.bin"] * 2)
                check(again.stderr.count("SSL connection using") == 2, f"{what}: a connection for each of two requests")
                resuming += version == "TLSv1.3"
                # A body that nothing here wants is read over, in records of every size, and the next request is found.
                for size in (1, 16_384, 300_000):
                    body = folder / "body.bin"
                    body.write_bytes(data[:size])
                    posted = curl(*trusted, "-w", "%{http_code} %{num_connects} ", "-H", "Expect:", "-o", "/dev/null",
                                  "--data-binary", f"@{body}", f"{url}/small.bin", "--next", "-o", "/dev/null",
                                  "-w", "%{http_code} %{num_connects}", *trusted, f"{url}/small.bin")
                    check(posted.stdout == "405 1 200 0", f"{what}: POST of {size} octets, then GET ({posted.stdout})")
        server.stop()
        check(server.tls["full"] >= 40 and server.tls["failed"] == 2,
              "a handshake for each connection, and two that curl broke off")
        check(server.tls["resumed"] == resuming, f"and {resuming} resumed ({server.tls['resumed']})")
