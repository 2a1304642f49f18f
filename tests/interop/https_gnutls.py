#!/usr/bin/env python3
# gnutls-cli, both versions, certificate verified, resumed; and sslscan, which finds nothing that RFC 9325 leaves out.
# limit: 60
import re
import tempfile
import xml.etree.ElementTree

from https_support import Certificate, HttpsServer, converse
from support import V4, V6, check, run

GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

with tempfile.TemporaryDirectory() as folder:
    root, stranger = Certificate(folder, "root", authority=True), Certificate(folder, "stranger", authority=True)
    ec = Certificate(folder, "ec", V4, V6, issuer=root)
    rsa = Certificate(folder, "rsa", V4, V6, issuer=root, algorithm="rsa")
    with HttpsServer(*ec.options(), *rsa.options()):
        def gnutls(priority, *options, say=GET, host=V4, trusted=root.pem):
            return converse("gnutls-cli", "--x509cafile", trusted, "--priority", priority, "-p", 443, *options, host,
                            say=say)

        for version in ("1.3", "1.2"):
            only = f"NORMAL:-VERS-ALL:+VERS-TLS{version}"
            for host in (V4, V6):
                said, status = gnutls(only, "--alpn", "http/1.1", host=host)
                check(status == 0 and "- Status: The certificate is trusted." in said and f"(TLS{version}" in said
                      and "HTTP/1.1 200 OK" in said, f"TLS {version} {host}: a page for GnuTLS")
                check("Application protocol: http/1.1" in said, f"TLS {version} {host}: ALPN")
            said, status = gnutls(only, "-r", "--waitresumption")
            check(status == 0 and "*** This is a resumed session" in said and "HTTP/1.1 200 OK" in said,
                  f"TLS {version}: GnuTLS resumes its session")
            said, status = gnutls(only, trusted=stranger.pem)
            check(status != 0 and "NOT trusted" in said, f"TLS {version}: GnuTLS trusts nobody else's certificate")
        for priority in ("NORMAL:-VERS-ALL:+VERS-TLS1.1", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
                         "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC"):
            said, status = gnutls(priority, "--insecure")
            check(status != 0 and "alert" in said.lower(), f"{priority} is refused")

        scanned = run("sslscan", "--no-colour", "--xml=-", f"{V4}:443", timeout=110)
        print(scanned.stdout)
        report = xml.etree.ElementTree.fromstring(scanned.stdout).find("ssltest")
        spoken = {(each.get("type"), each.get("version")) for each in report.iter("protocol") if each.get("enabled") == "1"}
        check(spoken == {("tls", "1.2"), ("tls", "1.3")}, f"sslscan: TLS 1.2 and 1.3, and nothing older {spoken}")
        suites = {each.get("cipher") for each in report.iter("cipher")}
        modern = re.compile(r"TLS_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)|"
                            r"ECDHE-(RSA|ECDSA)-(AES128-GCM-SHA256|AES256-GCM-SHA384|CHACHA20-POLY1305)")
        check(suites and all(modern.fullmatch(suite) for suite in suites),
              f"sslscan: forward secret and AEAD {sorted(suites)}")
        check(len(suites) == 9, "three for TLS 1.3, and for TLS 1.2 three with each kind of certificate")
        compression = report.find("compression")  # missing where its OpenSSL cannot compress, as on Debian
        check(compression is None or compression.get("supported") == "0", "sslscan: no compression")
        check(report.find("renegotiation").get("supported") == "0", "sslscan: no renegotiation")
        check({each.get("vulnerable") for each in report.iter("heartbleed")} == {"0"}, "sslscan: no Heartbleed")
