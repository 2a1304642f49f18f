#!/usr/bin/env python3
# Certificates of `handwave cert` before two other judges: openssl in its strict mode and GnuTLS's certtool; and curl and
# gnutls-cli, which are shown them by a server.
# limit: 120
import os
import pathlib
import re
import subprocess
import tempfile
import time

from support import Server, V4, V6, check, curl, handwave, no_report, run

temporary = tempfile.TemporaryDirectory()
folder = pathlib.Path(temporary.name)
NAMES = ["192.0.2.2", "2001:db8::2", "localhost", "*.example.org"]


def cert(*options, into="a"):
    made = run(handwave, "cert", "--out", folder / into, *options)
    no_report(made.stderr, "cert")
    check(made.returncode == 0, f"cert {' '.join(map(str, options))} ({made.stderr.strip()})")
    return made.stdout


def openssl(*arguments):
    return run("openssl", *arguments)


def openssl_says(authority, leaf, *conditions):
    """True if openssl verifies the leaf by RFC 5280 to the letter."""
    found = openssl("verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", authority, *conditions, leaf)
    return found.returncode == 0


def certtool_says(authority, leaf, name=None):
    host = ["--verify-hostname", name] if name else []
    found = run("certtool", "--verify", "--verify-profile=medium", "--load-ca-certificate", authority, *host,
                "--infile", leaf)
    return found.returncode == 0 and "The certificate is trusted" in found.stdout


def text_of(certificate):
    return openssl("x509", "-noout", "-text", "-in", certificate).stdout


def extension(text, name):
    """An extension of `openssl x509 -text`: "critical" or "", and its first line."""
    found = re.search(rf"X509v3 {name}: *(critical)?\n +(.*)\n", text)
    return (found[1] or "", found[2].strip()) if found else None


def check_server(kind):
    printed = cert("--key", kind, *[word for name in NAMES for word in ("--name", name)], into=kind)
    authority, leaf, key = (folder / kind / name for name in ("ca.pem", "leaf.pem", "leaf.key"))
    check(openssl_says(authority, authority), f"{kind}: openssl accepts the authority")
    check(openssl_says(authority, leaf, "-purpose", "sslserver"), f"{kind}: openssl accepts a server's certificate")
    check(not openssl_says(authority, leaf, "-purpose", "sslclient"), f"{kind}: and not as a client's")
    check(certtool_says(authority, leaf), f"{kind}: certtool accepts it")
    for name in ("localhost", "www.example.org", "WWW.Example.ORG"):
        check(openssl_says(authority, leaf, "-verify_hostname", name), f"{kind}: openssl finds it good for {name}")
        check(certtool_says(authority, leaf, name), f"{kind}: so does certtool")
    for address in ("192.0.2.2", "2001:db8::2"):
        check(openssl_says(authority, leaf, "-verify_ip", address), f"{kind}: openssl finds it good for {address}")
        check(certtool_says(authority, leaf, address), f"{kind}: so does certtool")
    for name in ("example.com", "example.org", "a.b.example.org"):
        check(not openssl_says(authority, leaf, "-verify_hostname", name), f"{kind}: openssl refuses it for {name}")
        check(not certtool_says(authority, leaf, name), f"{kind}: so does certtool")
    check(not openssl_says(authority, leaf, "-verify_ip", "192.0.2.3"), f"{kind}: openssl refuses it for 192.0.2.3")

    text = text_of(leaf)
    usage = "Digital Signature" + (", Key Encipherment" if kind == "rsa" else "")
    check(extension(text, "Key Usage") == ("critical", usage), f"{kind}: key usage {extension(text, 'Key Usage')}")
    check(extension(text, "Basic Constraints") == ("critical", "CA:FALSE"), f"{kind}: basic constraints")
    check(extension(text, "Extended Key Usage") == ("", "TLS Web Server Authentication"), f"{kind}: extended key usage")
    check(extension(text_of(authority), "Key Usage") == ("critical", "Certificate Sign, CRL Sign"), f"{kind}: the authority's")
    check(extension(text_of(authority), "Basic Constraints") == ("critical", "CA:TRUE"), f"{kind}: it is an authority")
    check(extension(text, "Authority Key Identifier")[1].removeprefix("keyid:") ==
          extension(text_of(authority), "Subject Key Identifier")[1], f"{kind}: the key identifiers meet")

    fingerprint = openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", leaf).stdout.strip().split("=")[1]
    check(fingerprint in printed, f"{kind}: the fingerprint is openssl's")
    check_request(kind, authority, leaf, key)


def check_request(kind, authority, leaf, key):
    """The request for signature is taken by openssl as an authority, and what it signs verifies."""
    request, signed = folder / kind / "leaf.csr", folder / kind / "signed.pem"
    check(openssl("req", "-verify", "-noout", "-in", request).returncode == 0, f"{kind}: openssl verifies the request")
    made = openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", folder / kind / "ca.key", "-copy_extensions",
                   "copy", "-days", "7", "-out", signed)
    check(made.returncode == 0, f"{kind}: openssl signs what is requested {made.stderr.strip()}")
    check(openssl_says(authority, signed, "-purpose", "sslserver", "-verify_ip", "2001:db8::2"), f"{kind}: and accepts it")
    public = [openssl("pkey", "-pubout", "-in", key).stdout, openssl("x509", "-pubkey", "-noout", "-in", leaf).stdout]
    check(public[0] == public[1] != "", f"{kind}: the key is the certificate's")


def check_shown(kind):
    """A server that shows it convinces curl and gnutls-cli."""
    authority, leaf, key = (folder / kind / name for name in ("ca.pem", "leaf.pem", "leaf.key"))
    server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:4433", "-cert", leaf, "-key", key, "-www", "-quiet"])
    try:
        for _ in range(100):
            found = curl("--cacert", authority, "https://localhost:4433/")
            if found.returncode != 7:  # could not connect: not yet
                break
            time.sleep(0.1)
        check(found.returncode == 0, f"{kind}: curl trusts the server {found.stderr.strip()}")
        check(curl("--cacert", authority, "https://127.0.0.1:4433/").returncode == 60, f"{kind}: but not for another address")
        found = run("gnutls-cli", "--x509cafile", authority, "-p", "4433", "localhost", stdin=subprocess.DEVNULL)
        check("The certificate is trusted" in found.stdout, f"{kind}: gnutls-cli trusts the server")
    finally:
        server.kill()
        server.wait()


os.umask(0o022)
for kind in ("ecdsa", "rsa"):
    check_server(kind)
    check_shown(kind)

# Several leaves of one authority; what is private is its owner's alone.
cert()
before = (folder / "a/ca.pem").read_bytes(), (folder / "a/ca.key").read_bytes()
cert("--client", "--days", 7)
cert("--as", "other", "--key", "rsa", "--name", "other.example")
leaves = [folder / "a" / f"{name}.pem" for name in ("leaf", "client", "other")]
check(all(openssl_says(folder / "a/ca.pem", leaf) for leaf in leaves), "one authority signs several certificates")
check(openssl_says(folder / "a/ca.pem", leaves[1], "-purpose", "sslclient"), "--client: openssl accepts a client's")
check(not openssl_says(folder / "a/ca.pem", leaves[1], "-purpose", "sslserver"), "--client: and not as a server's")
check(len({re.search(r"Serial Number:\s+(\S+)", text_of(leaf))[1] for leaf in leaves}) == 3, "serial numbers differ")
(folder / "a/leaf.key").chmod(0o644)
old = leaves[0].read_bytes()
cert("--force")
check(leaves[0].read_bytes() != old, "--force makes the leaf anew")
check(before == ((folder / "a/ca.pem").read_bytes(), (folder / "a/ca.key").read_bytes()), "and leaves the authority alone")
for file in sorted((folder / "a").iterdir()):
    mode = 0o600 if file.suffix == ".key" else 0o644
    check(file.stat().st_mode & 0o777 == mode, f"{file.name} has mode {mode:o}")

# An authority that openssl made signs as well, whatever its name is made of.
(folder / "b").mkdir()
made = openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-days", "30", "-utf8", "-subj",
               "/C=NL/O=Proef, Inc./CN=Zoë \\+ \"Söhne\" #1", "-addext", "keyUsage=critical,keyCertSign", "-keyout",
               folder / "b/ca.key", "-out", folder / "b/ca.pem")
check(made.returncode == 0, f"openssl makes an authority {made.stderr.strip()}")
cert("--days", 7, into="b")
check(openssl_says(folder / "b/ca.pem", folder / "b/leaf.pem", "-verify_ip", "192.0.2.2"), "openssl accepts what it signed")
check(certtool_says(folder / "b/ca.pem", folder / "b/leaf.pem", "192.0.2.2"), "so does certtool")

# What a server makes on the spot is good for what it serves, to whoever trusts it for itself.
own = folder / "own.pem"
with Server("--https", 443, "--cert-name", "server.example", "--cert-out", own) as server:
    for condition in (["-verify_ip", V4], ["-verify_ip", V6], ["-verify_hostname", "server.example"]):
        check(openssl_says(own, own, "-purpose", "sslserver", *condition), f"made on the spot: openssl {condition}")
    check(not openssl_says(own, own, "-verify_ip", "192.0.2.3"), "made on the spot: not for another address")
    for url in (f"https://{V4}/", f"https://[{V6}]/"):
        found = curl("--cacert", own, "-o", "/dev/null", url)
        check(found.returncode == 0, f"made on the spot: curl trusts {url} {found.stderr.strip()}")
    fingerprint = openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", own).stdout.strip().split("=")[1]
    check(fingerprint in server.text(), "made on the spot: its fingerprint is printed")
