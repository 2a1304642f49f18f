#!/usr/bin/env python3
# `handwave get` refuses each wrong certificate that an `openssl s_server` shows it, in both versions of TLS: with the
# right words, with status 4, without a byte of the page, and telling the server why by the right alert.
# limit: 300
import os
import pathlib
import subprocess
import tempfile
import time

from support import KERNEL_V4, KERNEL_V6, build, check, check_quietly, handwave, no_report, run

temporary = tempfile.TemporaryDirectory()
folder = pathlib.Path(temporary.name)
ADDRESS, PORT = f"https://{KERNEL_V4}:4433/", 4433
NAME = f"https://server.example:{PORT}/"


class TlsServer:
    """`openssl s_server` with the certificate and the chain of a file; afterwards, what it complained about."""

    def __init__(self, name):
        # Its own ideas of what is too weak to be shown are not in question.
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", str(PORT), "-cert", folder / f"{name}.pem", "-cert_chain", folder / f"{name}.pem",
             "-key", folder / f"{name}.key", "-cipher", "DEFAULT@SECLEVEL=0", "-www"],
            stdout=subprocess.DEVNULL, stderr=self.errors)

    def complaints(self):
        self.errors.seek(0)
        return self.errors.read()

    def __enter__(self):
        deadline = time.monotonic() + 20
        while f":{PORT:04X} " not in pathlib.Path("/proc/net/tcp6").read_text() + pathlib.Path("/proc/net/tcp").read_text():
            check_quietly(self.process.poll() is None, f"s_server did not start: {self.complaints()}")
            check_quietly(time.monotonic() < deadline, "s_server did not come up in 20 s")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def get(url, *options, trusted=folder / "ca.pem", **environment):
    authorities = ["--cacert", trusted] if trusted else []
    found = run(handwave, "get", *authorities, *options, url, timeout=60, env={**os.environ, **environment})
    no_report(found.stderr, "get")
    return found


def accepted(found, what):
    check(found.returncode == 0 and "s_server" in found.stdout, f"{what}: accepted ({found.returncode} {found.stderr.strip()})")


def refused(found, words, what):
    lines = found.stderr.strip().splitlines()
    check(found.returncode == 4, f"{what}: status 4 (it is {found.returncode} {found.stderr.strip()})")
    check(found.stdout == "", f"{what}: nothing of the page")
    check(len(lines) == 1 and lines[0].startswith("handwave get: ") and words in lines[0], f"{what}: {found.stderr.strip()}")


def weak(name, key, *signing):
    """A certificate signed by the trusted authority that openssl makes, because Handwave does not."""
    paths = [folder / f"{name}.{ending}" for ending in ("key", "csr", "pem", "ext")]
    paths[3].write_text(f"subjectAltName=IP:{KERNEL_V4}\nextendedKeyUsage=serverAuth\n")
    for command in (["genpkey", *key, "-out", paths[0]], ["req", "-new", "-key", paths[0], "-subj", "/CN=weak", "-out", paths[1]],
                    ["x509", "-req", "-in", paths[1], "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-extfile", paths[3],
                     "-days", "30", *signing, "-out", paths[2]]):
        made = run("openssl", *command)
        check_quietly(made.returncode == 0, made.stderr)


made = run(build / "interop_wrong_certificates", folder)
check(made.returncode == 0, f"the certificates are made {made.stderr}")
weak("weak_hash", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "-sha1")
weak("weak_key", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"])
(folder / "hosts").write_text(f"{KERNEL_V4} server.example www.wild.example a.b.wild.example wild.example\n")
check(run("mount", "--bind", folder / "hosts", "/etc/hosts").returncode == 0, "the names of the test have addresses")

# certificate: what is said, and the alert that openssl hears (RFC 8446 §6.2).
WRONG = {
    "expired": ("the certificate expired on 20", "certificate expired"),
    "not_yet_valid": ("the certificate is not valid before 20", "certificate expired"),
    "wrong_name": (f"the certificate is for other.example, 198.51.100.9, not for {KERNEL_V4}", "bad certificate"),
    "client": ("the certificate is not meant for a server", "unsupported certificate"),
    "self_signed": ("the certificate is signed by itself and not trusted: CN=server.example", "unknown ca"),
    "unknown_authority": ("signed by an authority that is not trusted: CN=Stranger", "unknown ca"),
    "unknown_chain": ("signed by an authority that is not trusted: CN=Stranger", "unknown ca"),
    "namesake": ("signed by an authority that is not trusted: CN=Trusted", "unknown ca"),
    "missing_between": ("signed by an authority that is not trusted: CN=Between", "unknown ca"),
    "no_authority_between": ("signed by an authority that is not trusted: CN=Pretender", "unknown ca"),
    "expired_between": ("the authority's certificate, CN=Between, expired on 20", "certificate expired"),
    "weak_hash": ("too weak", "certificate unknown"),
    "weak_key": ("too weak", "unsupported certificate"),
}
for name, (words, alert) in WRONG.items():
    for version in ("1.3", "1.2"):
        with TlsServer(name) as server:
            refused(get(ADDRESS, "--tls-max", version), words, f"{name}, TLS {version}")
            deadline = time.monotonic() + 5
            while f"alert {alert}" not in server.complaints() and time.monotonic() < deadline:
                time.sleep(0.02)
            check(f"alert {alert}" in server.complaints(), f"{name}, TLS {version}: the server hears {alert}")

for version in ("1.3", "1.2"):
    for name in ("good", "good_chain"):
        with TlsServer(name):
            accepted(get(ADDRESS, "--tls-max", version), f"{name}, TLS {version}")

with TlsServer("good"):
    accepted(get(f"https://[{KERNEL_V6}]:{PORT}/"), "by its IPv6 address")
    accepted(get(NAME), "by its name")
    accepted(get(NAME.replace("server.example", "SERVER.Example")), "by its name, in whatever case")
    accepted(get(NAME.replace("server", "www.wild")), "by a name that its wildcard is for")
    for name in ("a.b.wild.example", "wild.example"):
        refused(get(NAME.replace("server.example", name)), f"not for {name}", name)
    # Whom the machine trusts, unless --cacert says otherwise.
    accepted(get(ADDRESS, trusted=None, SSL_CERT_FILE=str(folder / "ca.pem")), "trusted by SSL_CERT_FILE")
    refused(get(ADDRESS, trusted=None, SSL_CERT_FILE=str(folder / "self_signed.pem")), "not trusted", "not by SSL_CERT_FILE")
    refused(get(ADDRESS, trusted=folder / "self_signed.pem"), "not trusted", "not by --cacert")
with TlsServer("name_in_subject"):
    refused(get(NAME), "the certificate is for other.example, not for server.example", "a name that only the subject has")
with TlsServer("self_signed"):
    accepted(get(ADDRESS, trusted=folder / "self_signed.pem"), "signed by itself, and trusted for itself")
for name in ("self_signed", "expired", "wrong_name", "client"):
    with TlsServer(name):
        accepted(get(ADDRESS, "--insecure", trusted=None), f"{name}, but --insecure")

# What cannot be read is no verdict on the server.
found = get(ADDRESS, trusted=folder / "no-such-file")
check(found.returncode == 1 and "cannot read the certificate" in found.stderr, f"a missing --cacert: {found.stderr.strip()}")
found = get(ADDRESS, trusted=folder / "good.key")
check(found.returncode == 2 and "no PEM certificate in it" in found.stderr, f"an empty --cacert: {found.stderr.strip()}")
