#!/usr/bin/env python3
# Where HTTP and HTTPS meet: HSTS (RFC 6797), the redirect (RFC 9110 §15.4.9), and plain HTTP on the TLS port.
# limit: 60
import pathlib
import tempfile

from https_support import HttpsServer, origin
from support import V4, V6, check, connect, curl, read_all

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    made = folder / "made.pem"
    with HttpsServer("--cert-out", made, "--hsts", "--redirect-http") as server:
        for host in (V4, V6):
            url = origin(host)
            plain = url.replace("https", "http")
            head = curl("--head", "--cacert", made, f"{url}/").stdout.lower()
            check("strict-transport-security: max-age=" in head, f"{host}: HTTPS says that it is to be used always")
            asked = curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", f"{plain}/a%20folder/b?c=d%26&e")
            check(asked.stdout == f"308 {url}/a%20folder/b?c=d%26&e", f"{host}: plain HTTP is redirected ({asked.stdout})")
            head = curl("--head", f"{plain}/").stdout.lower()
            check("strict-transport-security" not in head, f"{host}: plain HTTP says nothing of HSTS (RFC 6797 §7.2)")
            posted = curl("-o", "/dev/null", "-w", "%{http_code}", "-d", "x=y", f"{plain}/").stdout
            check(posted == "308", f"{host}: a POST is redirected as one ({posted})")
            followed = curl("-L", "--cacert", made, "-o", "/dev/null", "-w", "%{http_code} %{scheme} %{num_redirects}",
                            f"{plain}/").stdout
            check(followed in ("200 HTTPS 1", "200 https 1"), f"{host}: and curl follows it to the page ({followed})")
            # Plain HTTP to the TLS port.
            wrong = curl("-i", f"{plain}:443/")
            check(wrong.stdout.startswith("HTTP/1.1 400 ") and "</html>" in wrong.stdout.lower(),
                  f"{host}: plain HTTP on the TLS port gets a page of 400 {wrong.stderr.strip()}")
        for noise in (b"\x00\x01\x02 hello", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x80\x2e\x01\x00\x02"):
            with connect(443) as connection:
                connection.sendall(noise)
                answer = read_all(connection)
            check(answer.startswith(b"HTTP/1.1 400 "), f"{noise!r} on the TLS port is answered and closed")
        server.stop()
        check(server.tls["not_tls"] == 5, "each was counted as no TLS")
    with HttpsServer("--cert-out", made, "--http", 0) as server:
        head = curl("--head", "--cacert", made, f"{origin(V4)}/").stdout.lower()
        check("200 ok" in head and "strict-transport-security" not in head, "no HSTS unless it is asked for")
