#!/usr/bin/env python3
# tshark reads HTTP and both close_notifys out of a capture by the key log: TLS 1.3, TLS 1.2, and static RSA.
# limit: 60
import os
import pathlib
import stat
import tempfile

from https_support import Certificate, HttpsServer, is_decrypted, origin, s_client
from support import V4, check, curl, run

GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    key_log, capture, made = folder / "keys.log", folder / "modern.pcap", folder / "made.pem"
    os.umask(0)  # which must not matter
    with HttpsServer("--cert-out", made, "--keylog", key_log, "--capture", capture) as server:
        for version in ("1.3", "1.2"):
            found = curl("--cacert", made, "--tls-max", version, "-H", "Connection: close", f"{origin(V4)}/")
            check(found.returncode == 0, f"TLS {version}: curl gets its page {found.stderr}")
        server.stop()
        warned = server.error_text()
    check(str(key_log) in warned and "warning" in warned, f"--keylog warns: {warned.strip()}")
    check(stat.S_IMODE(key_log.stat().st_mode) == 0o600, "the key log is its owner's alone")
    labels = {line.split()[0] for line in key_log.read_text().splitlines()}
    check(labels == {"CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                     "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}, "it has the secrets of both versions")
    is_decrypted(capture, key_log, 2)

    # The same by SSLKEYLOGFILE, as browsers know it, and of the key exchange that textbooks draw.
    rsa = Certificate(folder, "rsa", V4, algorithm="rsa")
    key_log, capture = folder / "rsa.log", folder / "rsa.pcap"
    os.environ["SSLKEYLOGFILE"] = str(key_log)
    server = HttpsServer(*rsa.options(), "--teach-static-rsa", "--capture", capture)
    del os.environ["SSLKEYLOGFILE"]
    with server:
        said, status = s_client("-tls1_2", "-cipher", "AES128-GCM-SHA256", "-CAfile", rsa.pem, say=GET)
        check(status == 0 and "HTTP/1.1 200 OK" in said, "static RSA: a page for openssl s_client")
        server.stop()
        check("warning" in server.error_text(), "SSLKEYLOGFILE warns, too")
    check(stat.S_IMODE(key_log.stat().st_mode) == 0o600, "and is its owner's alone")
    is_decrypted(capture, key_log, 1)
    # Who has the server's key needs no key log: that is the trouble with it.
    read = run("tshark", "-n", "-r", capture, "-o", f'uat:rsa_keys:"{rsa.key}",""', "-Y", "http.response", "-T", "fields",
               "-e", "http.response.code")
    check(read.stdout.split() == ["200"], f"static RSA: the server's key alone opens the recorded connection {read.stderr}")
