#!/usr/bin/env python3
# Certificates from files: of `handwave cert`, in a chain of three, ECDSA and RSA side by side, by name (SNI, RFC 6066 §3).
# limit: 60
import re
import tempfile

from https_support import Certificate, HttpsServer, make_authority, origin, s_client
from support import V4, V6, check, curl


def code(name, authority, *options, host=V4):
    """The status that curl gets from https://NAME/, the name standing for the host; or its exit status."""
    found = curl("-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority, "--resolve", f"{name}:443:{host}",
                 *options, f"https://{name}/")
    return found.stdout if found.returncode == 0 else found.returncode


with tempfile.TemporaryDirectory() as folder:
    make_authority(folder, V4, V6, "one.example.test")
    with HttpsServer("--cert", f"{folder}/leaf.pem", "--key", f"{folder}/leaf.key"):
        for host in (V4, V6):
            found = curl("-o", "/dev/null", "-w", "%{http_code}", "--cacert", f"{folder}/ca.pem", f"{origin(host)}/")
            check(found.stdout == "200", f"a leaf by handwave cert is verified for {host} {found.stderr.strip()}")
        check(code("one.example.test", f"{folder}/ca.pem") == "200", "and for its name")
        check(code("two.example.test", f"{folder}/ca.pem") == 60, "and for no other")

    root = Certificate(folder, "root", authority=True)
    middle = Certificate(folder, "middle", authority=True, issuer=root)
    ec = Certificate(folder, "ec", "www.example.test", issuer=middle)
    rsa = Certificate(folder, "rsa", "www.example.test", issuer=root, algorithm="rsa")
    shop = Certificate(folder, "shop", "shop.example.test", issuer=root)
    wild = Certificate(folder, "wild", "*.wild.example.test", issuer=middle)

    with HttpsServer(*ec.options()):
        for version in ("1.2", "1.3"):
            check(code("www.example.test", root.pem, "--tls-max", version) == "200", f"TLS {version}: a chain of three")
        shown = s_client("-servername", "www.example.test", "-CAfile", root.pem, "-verify_return_error", say="Q\n")[0]
        check(re.findall(r"^ *\d s:CN ?= ?(\w+)", shown, re.MULTILINE) == ["ec", "middle"],
              "the leaf and what is between it and the root are sent, the leaf first")

    with HttpsServer(*ec.options(), *rsa.options()):
        for suite in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
                      "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"):
            found = code("www.example.test", root.pem, "--tls-max", "1.2", "--ciphers", suite)
            check(found == "200", f"TLS 1.2: ECDSA and RSA side by side, and a client that knows {suite} alone")
        # Mbed TLS knows RSA-PSS in TLS 1.3 only, where it is the one that there is. OpenSSL names the kind, or from 3.5 on
        # the scheme.
        for version, scheme, kind in (("-tls1_3", "rsa_pss_rsae_sha256", "RSA-PSS|rsa_pss_rsae_sha256"),
                                      ("-tls1_2", "RSA+SHA256", "RSA|rsa_pkcs1_sha256"),
                                      ("-tls1_3", "ecdsa_secp256r1_sha256", "ECDSA|ecdsa_secp256r1_sha256"),
                                      ("-tls1_2", "ECDSA+SHA256", "ECDSA|ecdsa_secp256r1_sha256")):
            said, status = s_client("-servername", "www.example.test", "-CAfile", root.pem, "-verify_return_error",
                                    "-sigalgs", scheme, version, say="Q\n")
            check(status == 0 and re.search(f"^Peer signature type: ({kind})$", said, re.MULTILINE),
                  f"{version}: {scheme} alone gets {kind}")
        for group in ("X25519", "P-256", "P-384", "P-521"):
            for version in ("1.2", "1.3"):
                found = code("www.example.test", root.pem, "--curves", group, "--tls-max", version)
                check(found == "200", f"TLS {version}: a client that knows the group {group} alone")

    with HttpsServer(*ec.options(), *shop.options(), *wild.options()):
        for name in ("www.example.test", "shop.example.test", "SHOP.Example.Test", "a.wild.example.test"):
            for version in ("1.2", "1.3"):
                check(code(name, root.pem, "--tls-max", version) == "200", f"TLS {version}: the certificate of {name}")
        for name in ("a.b.wild.example.test", "wild.example.test", "other.example.test"):
            check(code(name, root.pem) == 60, f"{name}: no certificate is for it, and so curl refuses the one it gets")
        for options in (["-noservername"], ["-servername", "other.example.test"]):
            said = s_client(*options, "-CAfile", root.pem, say="Q\n")[0]
            check(re.search("subject=CN ?= ?ec$", said, re.MULTILINE), f"{' '.join(options)}: the first certificate")
