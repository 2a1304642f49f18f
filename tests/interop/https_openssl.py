#!/usr/bin/env python3
# openssl s_client: versions, ALPN (RFC 7301), resumption by ticket in both versions, and what is refused with which alert.
# limit: 60
import pathlib
import re
import tempfile
import time

from https_support import Certificate, HttpsServer, make_authority, s_client
from support import V4, V6, check

GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
VERSIONS = {"-tls1_3": "TLSv1.3", "-tls1_2": "TLSv1.2"}


def refused(alert, *options, say=""):
    """The client is told why by that alert, and the connection ends."""
    said, status = s_client(*options, say=say)
    name = re.search(r"alert ([a-z ]+):", said)
    check(status != 0 and f"SSL alert number {alert}\n" in said,
          f"{' '.join(map(str, options))} {say.strip()} is refused by alert {alert}, {name[1] if name else said[-600:]}")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    make_authority(folder, V4, V6)
    trusted = ["-CAfile", folder / "ca.pem", "-verify_return_error"]
    with HttpsServer("--cert", folder / "leaf.pem", "--key", folder / "leaf.key") as server:
        for option, version in VERSIONS.items():
            for host in (V4, V6):
                said, status = s_client(*trusted, option, "-verify_ip", host, say=GET, host=host)
                check(status == 0 and "HTTP/1.1 200 OK" in said and "Verify return code: 0 (ok)" in said
                      and f"New, {version}, Cipher is " in said, f"{version} {host}: a page, and the certificate verified")
            # The ticket of one connection resumes the next, and that one's the one after it.
            for number in range(3):
                resume = ["-sess_in", folder / f"session{option}"] if number > 0 else []
                said, status = s_client(*trusted, option, "-sess_out", folder / f"session{option}", *resume, say=GET)
                kind = "Reused" if number > 0 else "New"
                check(status == 0 and f"{kind}, {version}, " in said and "HTTP/1.1 200 OK" in said
                      and "TLS session ticket:" in said, f"{version}: connection {number + 1} is {kind}, by ticket")
            said, status = s_client(option, "-alpn", "http/1.1", say=GET)
            check("ALPN protocol: http/1.1" in said and "HTTP/1.1 200 OK" in said, f"{version}: ALPN chooses http/1.1")
            said, status = s_client(option, "-alpn", "spdy/3,http/1.1", say=GET)
            check("ALPN protocol: http/1.1" in said, f"{version}: ALPN chooses the one that both know")
            said, status = s_client(option, say=GET)
            check("No ALPN negotiated" in said and "HTTP/1.1 200 OK" in said, f"{version}: ALPN may be left out")
            refused(120, option, "-alpn", "spdy/3")
        for option in ("-tls1_1", "-tls1"):
            refused(70, option, "-cipher", "ALL:@SECLEVEL=0")
        for suite in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA",
                      "DHE-RSA-AES128-GCM-SHA256", "AECDH-AES128-SHA:@SECLEVEL=0", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"):
            refused(40, "-tls1_2", "-cipher", suite)
        refused(40, "-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256")
        refused(40, "-tls1_3", "-groups", "ffdhe2048")
        # KeyUpdate (RFC 8446 §4.6.3), which Mbed TLS does not know: an alert, and no peer that waits for ever.
        refused(10, "-tls1_3", say="K\n")
        # Renegotiation (RFC 5746, RFC 9325 §3.5): the warning no_renegotiation, which OpenSSL takes for the end.
        begin = time.monotonic()
        said, status = s_client("-tls1_2", "-msg", say="R\n")
        check("RENEGOTIATING" in said and "warning no_renegotiation" in said, "TLS 1.2: renegotiation is refused")
        check(time.monotonic() - begin < 20, "at once, and not when the connection is given up for idle after 30 s")
        said, status = s_client("-tls1_2", say=GET)
        check("Secure Renegotiation IS supported" in said and "Extended master secret: yes" in said,
              "TLS 1.2: renegotiation_info (RFC 5746) and extended_master_secret (RFC 7627) are answered")
        check("Compression: NONE" in said and status == 0, "and nothing is compressed")
        server.stop()
        check(server.tls["resumed"] == 4, "twice in each version a session was resumed")

    # A ticket is sealed with keys that are the server's own, and die with it: RFC 8446 §4.2.11, RFC 5077 §3.1.
    with HttpsServer("--cert", folder / "leaf.pem", "--key", folder / "leaf.key") as server:
        for option, version in VERSIONS.items():
            said, status = s_client(*trusted, option, "-sess_in", folder / f"session{option}", say=GET)
            check(status == 0 and f"New, {version}, " in said and "HTTP/1.1 200 OK" in said,
                  f"{version}: another server's ticket leads to a full handshake")

    # Static RSA: by itself, and for those who ask for it alone.
    rsa = Certificate(folder, "rsa", V4, algorithm="rsa")
    with HttpsServer(*rsa.options(), "--teach-static-rsa") as server:
        check("WARNING" in server.text(), "--teach-static-rsa warns")
        for suite in ("AES128-GCM-SHA256", "AES256-GCM-SHA384"):
            said, status = s_client("-tls1_2", "-cipher", suite, "-CAfile", rsa.pem, "-verify_return_error", say=GET)
            check(status == 0 and f"New, TLSv1.2, Cipher is {suite}" in said and "HTTP/1.1 200 OK" in said,
                  f"--teach-static-rsa: {suite} works")
            check("Server Temp Key" not in said, "and no key exchange but the PreMasterSecret under the RSA key")
        refused(40, "-tls1_2", "-cipher", "ECDHE")
        refused(40, "-tls1_2", "-cipher", "AES128-SHA256:AES128-SHA")
        refused(40, "-tls1_3")  # as a server does that has never heard of it
