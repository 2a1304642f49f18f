#!/usr/bin/env python3
# Path MTU discovery: a router with a narrow link behind it sends "fragmentation needed" and "packet too big" (RFC 1191,
# RFC 8201), and the transfer goes on in smaller segments.  [MUST-54]
# limit: 60
import hashlib
import pathlib
import tempfile

from support import Server, V4, V6, check, run, skip, subprocess, sha256_of, write_pattern

if run("ip", "netns", "add", "far").returncode != 0:
    skip("no second network namespace can be made here")


def ip(*words):
    done = run("ip", *words)
    check(done.returncode == 0, f"ip {' '.join(words)} {done.stderr.strip()}")


# This namespace is the router: the TUN device on one side, on the other a link of 1300 octets to the host `far`.
ip("link", "add", "near0", "type", "veth", "peer", "name", "far0", "netns", "far")
ip("addr", "add", "203.0.113.1/24", "dev", "near0")
ip("addr", "add", "2001:db8:2::1/64", "dev", "near0", "nodad")
ip("link", "set", "near0", "mtu", "1300", "up")
# The far host says an MSS for 1500, as if it did not know how narrow the way is.
ip("-n", "far", "addr", "add", "203.0.113.2/24", "dev", "far0")
ip("-n", "far", "addr", "add", "2001:db8:2::2/64", "dev", "far0", "nodad")
ip("-n", "far", "link", "set", "far0", "up")
ip("-n", "far", "route", "add", "default", "via", "203.0.113.1")
ip("-n", "far", "-6", "route", "add", "default", "via", "2001:db8:2::1")
for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
    pathlib.Path("/proc/sys/net", name).write_text("1")

with tempfile.TemporaryDirectory() as folder:
    want = write_pattern(pathlib.Path(folder) / "file.bin", 3_000_000)
    for options in ([], ["--no-offload"]):
        with Server("--root", folder, *options) as server:
            for url in (f"http://{V4}/file.bin", f"http://[{V6}]/file.bin"):
                command = "ip netns exec far curl -q --noproxy * -g -sS --max-time 20".split() + [url]
                process = subprocess.Popen(command, stdout=subprocess.PIPE)
                found = sha256_of(process.stdout)
                check(process.wait() == 0 and found == (want, 3_000_000), f"{url} link of 1300 {options}")
            server.stop()
            delivered = server.counter("icmp_errors_delivered")
            check(delivered >= 2, f"each connection was told of the narrow link ({delivered})")
