#!/usr/bin/env python3
# Client certificates (--client-ca): the right one is let in; none, a stranger's and one for another use get their alert.
# limit: 60
import re
import tempfile

from https_support import Certificate, HttpsServer, origin
from support import V4, check, curl

with tempfile.TemporaryDirectory() as folder:
    root = Certificate(folder, "root", authority=True)
    middle = Certificate(folder, "middle", authority=True, issuer=root)
    other_root = Certificate(folder, "other", authority=True)
    server_side = Certificate(folder, "server", V4, issuer=root)
    right = Certificate(folder, "right", issuer=root, use="clientAuth")
    right_rsa = Certificate(folder, "right-rsa", issuer=root, use="clientAuth", algorithm="rsa")
    right_chain = Certificate(folder, "right-chain", issuer=middle, use="clientAuth")
    stranger = Certificate(folder, "stranger", issuer=other_root, use="clientAuth")
    own = Certificate(folder, "own", use="clientAuth")

    # RFC 8446 §4.4.2.4 has certificate_required for a client without one; RFC 5246 §7.4.6 handshake_failure.
    missing = {"1.3": "alert certificate required", "1.2": "alert handshake failure"}
    with HttpsServer(*server_side.options(), "--client-ca", root.pem) as server:
        for version in ("1.3", "1.2"):
            def ask(certificate):
                shown = ["--cert", certificate.chain, "--key", certificate.key] if certificate else []
                return curl("--cacert", root.pem, "--tls-max", version, *shown, "-o", "/dev/null", "-w", "%{http_code}",
                            f"{origin(V4)}/")

            for certificate in (right, right_rsa, right_chain):
                found = ask(certificate)
                check(found.stdout == "200", f"TLS {version}: {certificate.pem.stem} is let in {found.stderr.strip()}")
            for certificate, alert in ((None, missing[version]), (stranger, "alert unknown ca"), (own, "alert unknown ca"),
                                       (server_side, "alert unsupported certificate")):
                found = ask(certificate)
                what = certificate.pem.stem if certificate else "none"
                check(found.returncode != 0 and found.stdout != "200" and alert in found.stderr,
                      f"TLS {version}: {what} is refused with '{alert}' ({found.stderr.strip()})")
        server.stop()
        check(server.tls["full"] == 6 and server.tls["failed"] == 8, "six clients were let in, eight were not")
        for why, often in (("the peer showed no certificate, and one is required", 2),
                           ("the certificate is signed by an authority that is not trusted: CN=other", 2),
                           ("the certificate is not meant for a client", 2)):
            lines = [line for line in server.text().splitlines() if line.endswith(f"] TLS handshake failed: {why}")]
            check(len(lines) == often and all(re.match(rf"{re.escape(V4)[:-1]}\d:\d+ - - \[", line) for line in lines),
                  f"the log says of each that {why}")
        check("\n    2 failed: the certificate is not meant for this use\n" in server.text(), "and the statistics, how often")
