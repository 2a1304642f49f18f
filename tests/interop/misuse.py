#!/usr/bin/env python3
# What a stranger does wrong: each gets one clear line on standard error and a status that is not 0.
# limit: 90
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from support import KERNEL_V4, Server, check, check_quietly, curl, get_pattern, handwave, no_report, run


def refused(word, *arguments, prefix=()):
    found = run(*prefix, handwave, *arguments, timeout=30)
    what = " ".join(arguments) or "no command"
    lines = found.stderr.strip().splitlines()
    no_report(found.stderr, what)
    check(found.returncode not in (0, -6, -11, 134, 139), f"{what}: status {found.returncode}")
    check(len(lines) == 1 and lines[0].startswith("handwave") and word in lines[0], f"{what}: {found.stderr.strip()}")


refused("MTU of 10", "serve", "--mtu", "10")
refused("MTU", "serve", "--mtu", "1000000")
refused("1.2.3", "serve", "--address", "1.2.3")
refused("address", "serve", "--address", "192.0.2.2/33")
refused("address", "serve", "--address", "")
refused("/no/such/folder", "serve", "--root", "/no/such/folder")
refused("root", "serve", "--root", "/etc/passwd")
refused("foo", "serve", "--impair", "foo=3")
refused("loss", "serve", "--impair", "loss=many")
refused("in use twice", "serve", "--echo", "80")
refused("port", "serve", "--http", "99999")
refused("nothing to serve", "serve", "--http", "0")
refused("bad --congestion: bbr (cubic or newreno)", "serve", "--congestion", "bbr")
refused("bad --ecn: maybe (on, accept or off)", "serve", "--ecn", "maybe")
refused("msl", "serve", "--msl", "-1")
refused("a number is wanted: --http", "serve", "--http", "eighty")
refused("--root: the value is empty", "serve", "--root", "")
refused("capture", "serve", "--capture", "/no/such/folder/file.pcap")
refused("what to do? serve, get, cert or ladder")
refused("--no-such-option", "serve", "--no-such-option")
refused("URL is required", "get")
refused("neither http nor https", "get", "ftp://198.51.100.1/")
refused("connect", "get", "http://198.51.100.1:1/")
refused("connect", "get", "--address", "198.51.100.2/24", "http://198.51.100.1:1/")
refused("198.51.100.1", "get", "http://localhost:8000/")
for option in ("--cacert", "--cert", "--key", "--keylog", "--tls-max"):
    refused(f"{option} is for TLS", "get", "http://198.51.100.1/", option, "1.2")
for option in ("--insecure", "-k"):
    refused("--insecure is for TLS", "get", "http://198.51.100.1/", option)
refused("--insecure to trust everybody", "get", "https://198.51.100.1/", "--insecure", "--cacert", "/etc/passwd")
for option in ("--cert", "--key"):
    refused("belong together", "get", "https://198.51.100.1/", option, "/etc/passwd")
refused("bad --tls-max: 1.1", "get", "https://198.51.100.1/", "--tls-max", "1.1")
if shutil.which("setpriv"):
    refused("", "serve", prefix=("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"))
with Server("--tun", "taken0"):
    refused("taken0", "serve", "--tun", "taken0", "--address", "203.0.113.2/24")
    refused("another handwave", "serve")

refused("address given twice", "serve", "--address", "192.0.2.2/24", "--address", "192.0.2.2/24")
refused("both --address and --kernel-address", "serve", "--address", "192.0.2.2/24", "--kernel-address", "192.0.2.2/24")
refused("each certificate needs its key", "serve", "--https", "443", "--cert", "/etc/passwd")
refused("no port for it: add --https 443", "serve", "--hsts")
refused("--redirect-http redirects plain HTTP", "serve", "--https", "443", "--http", "0", "--redirect-http")

# ---- Certificates ----

folder = tempfile.TemporaryDirectory()
place = folder.name
kept = ("cert", "--out", f"{place}/kept")
check(run(handwave, *kept).returncode == 0, "cert makes a certificate")
before = {path.name: path.read_bytes() for path in pathlib.Path(place, "kept").iterdir()}
refused("leaf.pem is there already", *kept)
own = ("--cert", f"{place}/kept/leaf.pem", "--key", f"{place}/kept/leaf.key")
for option in ("--cert-name", "--cert-out"):
    refused("--cert gives one already", "serve", "--https", "443", *own, option, f"{place}/new")
refused("--teach-static-rsa needs an RSA certificate", "serve", "--https", "443", *own, "--teach-static-rsa")
refused("'a b' is no name", "cert", "--out", f"{place}/new", "--name", "a b")
refused("'192.0.2.256'", "cert", "--out", f"{place}/new", "--name", "192.0.2.256")
refused("''", "cert", "--out", f"{place}/new", "--name", "")
refused("dsa", "cert", "--out", f"{place}/new", "--key", "dsa")
refused("--days", "cert", "--out", f"{place}/new", "--days", "0")
refused("--days", "cert", "--out", f"{place}/new", "--days", "1000000")
refused("name for the leaf's files", "cert", "--out", f"{place}/new", "--as", "../leaf")
refused("name for the leaf's files", *kept, "--as", "ca", "--force")
check(not os.path.exists(f"{place}/new"), "nothing is written before all is well")
refused("cannot make the directory /etc/passwd/x", "cert", "--out", "/etc/passwd/x")
refused("cannot make the directory /proc/x", "cert", "--out", "/proc/x")
check(before == {path.name: path.read_bytes() for path in pathlib.Path(place, "kept").iterdir()}, "nothing was overwritten")


def spoilt(word, **files):
    """Refused with an authority whose files are these."""
    shutil.rmtree(f"{place}/spoilt", ignore_errors=True)
    os.mkdir(f"{place}/spoilt")
    for kind, octets in files.items():
        pathlib.Path(place, "spoilt", f"ca.{kind}").write_bytes(octets)
    refused(word, "cert", "--out", f"{place}/spoilt", "--days", "7")
    check(len(os.listdir(f"{place}/spoilt")) == len(files), "and nothing is written")


spoilt("without", pem=before["ca.pem"])
spoilt("without", key=before["ca.key"])
spoilt("there is no PEM certificate in it", pem=b"", key=before["ca.key"])
spoilt("there is no PEM private key in it", pem=before["ca.pem"], key=b"")
spoilt("not that of the certificate", pem=before["ca.pem"], key=before["leaf.key"])
spoilt("no authority's", pem=before["leaf.pem"], key=before["leaf.key"])
spoilt("too long for a PEM file", pem=b"x" * (2 << 20), key=before["ca.key"])
secret = run("openssl", "pkcs8", "-topk8", "-in", f"{place}/kept/ca.key", "-passout", "pass:secret").stdout.encode()
spoilt("it is encrypted; decrypt it with", pem=before["ca.pem"], key=secret)
folder.cleanup()

# What the statuses mean is in the help of each command; those of get are tested in https_get.py.
for command in ("serve", "get", "cert"):
    check("Exit status: 0 " in run(handwave, command, "--help").stdout, f"{command} --help says what its exit statuses mean")
for status, arguments in ((2, ("serve", "--mtu", "10")), (1, ("serve", "--root", "/no/such/folder")),
                          (2, ("cert", "--days", "0")), (1, ("cert", "--out", "/etc/passwd/x"))):
    check(run(handwave, *arguments).returncode == status, f"{' '.join(arguments)}: status {status}")

# What cannot be written, or was closed before the program began.
for arguments, status in ((("serve", "--mtu", "10"), 2), (("get", "http://198.51.100.1:1/"), 3), (("what",), 2)):
    with open("/dev/full", "w") as full:
        found = subprocess.run([handwave, *arguments], stdout=subprocess.DEVNULL, stderr=full, timeout=30)
        check(found.returncode == status, f"{' '.join(arguments)} with a full standard error: {found.returncode}")
        found = subprocess.run(["bash", "-c", '"$@" 2>&- >&- <&-', "closed", handwave, *arguments], timeout=30)
        check(found.returncode == status, f"{' '.join(arguments)} with all streams closed: {found.returncode}")
with open("/dev/full", "w") as full:
    found = subprocess.run([handwave, "ladder", "--in-process"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
    check(found.returncode == 1 and "cannot write to standard output" in found.stderr, f"a full standard output: {found.stderr}")
refused("there is no command 'what'", "what")
refused("IPv6 address stands in brackets", "get", "http://2001:db8:1::1/")
refused("'loss=6%' is there twice", "serve", "--impair", "loss=5%,loss=6%")
refused("add rate", "serve", "--impair", "queue=50ms")


def until(holds, what):
    deadline = time.monotonic() + 30
    while not holds():
        check_quietly(time.monotonic() < deadline, what)
        time.sleep(0.05)


with tempfile.TemporaryDirectory() as place:
    log = pathlib.Path(place, "keys.log")
    server = subprocess.Popen(["bash", "-c", 'exec "$@" >&-', "closed", handwave, "serve", "--https", "443", "--keylog", log],
                              stderr=subprocess.DEVNULL)
    until(lambda: curl("-k", "https://192.0.2.2/").returncode == 0, "a server whose standard output is closed serves")
    server.terminate()
    check(server.wait(30) == 0, "and ends well")
    check(all(re.match("[A-Z_0-9]+ [0-9a-f]{64} ", line) for line in log.read_text().splitlines()), "its key log has keys alone")

tiny = tempfile.mkdtemp()  # a disk with room for a page
check(run("mount", "-t", "tmpfs", "-o", "size=4k", "none", tiny).returncode == 0, "a tiny disk")
for option, what, file in (("--capture", "capture", f"{tiny}/capture"), ("--keylog", "key log", "/dev/full")):
    server = subprocess.Popen([handwave, "serve", "--https", "443", option, file], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    until(lambda: curl("-k", "https://192.0.2.2/").returncode == 0, f"a server whose {what} is full serves")
    check(all(curl("-k", "https://192.0.2.2/").returncode == 0 for _ in range(5)), f"a server whose {what} is full goes on")
    server.terminate()
    complaint = server.communicate(timeout=30)[1].splitlines()[-1]
    check(server.returncode == 1 and f"the {what} is not complete" in complaint, f"and tells at its end: {complaint}")

run("umount", tiny)
os.rmdir(tiny)

# Interrupted, while it waits for an answer that does not come; and a body on standard output is alone there.
silent = socket.create_server(("0.0.0.0", 8000))
getter = subprocess.Popen([handwave, "get", f"http://{KERNEL_V4}:8000/"], stderr=subprocess.PIPE, text=True)
accepted = silent.accept()[0]  # kept: dropped, it would be closed, and reset what is asked of it
getter.send_signal(signal.SIGINT)
complaint = getter.communicate(timeout=30)[1].strip()
check(getter.returncode == 130 and complaint == "handwave get: interrupted", f"Ctrl-C: {getter.returncode} {complaint}")
accepted.close()
silent.close()
get_pattern(KERNEL_V4, 1000, "--ladder")
