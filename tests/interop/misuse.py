#!/usr/bin/env python3
# What a stranger does wrong: each gets one clear line on standard error and a status that is not 0.
# limit: 60
import shutil

from support import Server, check, handwave, no_report, run


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
refused("msl", "serve", "--msl", "-1")
refused("capture", "serve", "--capture", "/no/such/folder/file.pcap")
refused("")
refused("", "serve", "--no-such-option")
refused("", "get")
refused("", "get", "ftp://198.51.100.1/")
refused("connect", "get", "http://198.51.100.1:1/")
if shutil.which("setpriv"):
    refused("", "serve", prefix=("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"))
with Server("--tun", "taken0"):
    refused("taken0", "serve", "--tun", "taken0", "--address", "203.0.113.2/24")
