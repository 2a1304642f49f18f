#!/usr/bin/env python3
# A path that swallows packets of more than 1300 octets without a word: the transfer goes on in smaller ones, found by
# probing (RFC 4821).  [4821-7.7-a] [4821-7.6.1]
# limit: 120
import ctypes
import fcntl
import pathlib
import socket
import struct
import tempfile
import time

from support import Server, V4, V6, check, run, skip, subprocess, sha256_of, write_pattern

if run("ip", "netns", "add", "far").returncode != 0:
    skip("no second network namespace can be made here")


def ip(*words):
    done = run("ip", *words)
    check(done.returncode == 0, f"ip {' '.join(words)} {done.stderr.strip()}")


def without_segmentation(name):
    """The device is handed single packets: a super-segment would come through whatever its pieces are."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for command in (0x1F, 0x24):  # ETHTOOL_STSO, ETHTOOL_SGSO
            value = bytearray(struct.pack("=II", command, 0))
            address = (ctypes.c_char * len(value)).from_buffer(value)
            request = struct.pack("16sP", name.encode(), ctypes.addressof(address))
            fcntl.ioctl(any_socket, 0x8946, request)  # SIOCETHTOOL


# This namespace is the router: the TUN device on one side, on the other a link whose far end takes 1300 octets and drops
# what is larger, while this end, and the MSS that the far host gives, speak of 1500.
ip("link", "add", "near0", "type", "veth", "peer", "name", "far0", "netns", "far")
without_segmentation("near0")
ip("addr", "add", "203.0.113.1/24", "dev", "near0")
ip("addr", "add", "2001:db8:2::1/64", "dev", "near0", "nodad")
ip("link", "set", "near0", "up")
ip("-n", "far", "addr", "add", "203.0.113.2/24", "dev", "far0")
ip("-n", "far", "addr", "add", "2001:db8:2::2/64", "dev", "far0", "nodad")
ip("-n", "far", "link", "set", "far0", "mtu", "1300", "up")
ip("-n", "far", "route", "add", "default", "via", "203.0.113.1", "advmss", "1460")
ip("-n", "far", "-6", "route", "add", "default", "via", "2001:db8:2::1", "advmss", "1440")
for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
    pathlib.Path("/proc/sys/net", name).write_text("1")

with tempfile.TemporaryDirectory() as folder:
    want = write_pattern(pathlib.Path(folder) / "file.bin", 3_000_000)
    for options in ([], ["--no-offload"]):
        with Server("--root", folder, *options) as server:
            for url in (f"http://{V4}/file.bin", f"http://[{V6}]/file.bin"):
                begin = time.monotonic()
                command = "ip netns exec far curl -q --noproxy * -g -sS --max-time 25".split() + [url]
                process = subprocess.Popen(command, stdout=subprocess.PIPE)
                found = sha256_of(process.stdout)
                seconds = time.monotonic() - begin
                check(process.wait() == 0 and found == (want, 3_000_000), f"{url} {options} in {seconds:.1f} s")
            server.stop()
            check(server.counter("tcp_path_mtu_black_holes") == 2, "each connection found the black hole")
            check(server.counter("tcp_path_mtu_probes") >= 2, "and looked for more")
            check(server.counter("icmp_errors_delivered") == 0, "no router said a word")
