# A host behind a router, for the scripts about the path's MTU: this namespace is the router, with the TUN device on one side
# and on the other a link, near0 to far0, to the host `far`.
import pathlib
import time

from support import V4, V6, Server, check, run, sha256_of, skip, subprocess, write_pattern

SIZE = 3_000_000


def ip(*words):
    done = run("ip", *words)
    check(done.returncode == 0, f"ip {' '.join(map(str, words))} {done.stderr.strip()}")


def make_far_host(near_mtu=1500, far_mtu=1500, prepare=lambda name: None):
    """The link's two ends with an MTU each. Whatever it is, the far host gives the MSS of 1500 octets, as if it did not know
    how narrow the way is. `prepare` is called with the near end's name before it is brought up."""
    if run("ip", "netns", "add", "far").returncode != 0:
        skip("no second network namespace can be made here")
    ip("link", "add", "near0", "type", "veth", "peer", "name", "far0", "netns", "far")
    prepare("near0")
    ip("addr", "add", "203.0.113.1/24", "dev", "near0")
    ip("addr", "add", "2001:db8:2::1/64", "dev", "near0", "nodad")
    ip("link", "set", "near0", "mtu", near_mtu, "up")
    ip("-n", "far", "addr", "add", "203.0.113.2/24", "dev", "far0")
    ip("-n", "far", "addr", "add", "2001:db8:2::2/64", "dev", "far0", "nodad")
    ip("-n", "far", "link", "set", "far0", "mtu", far_mtu, "up")
    ip("-n", "far", "route", "add", "default", "via", "203.0.113.1", "advmss", 1460)
    ip("-n", "far", "-6", "route", "add", "default", "via", "2001:db8:2::1", "advmss", 1440)
    for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        pathlib.Path("/proc/sys/net", name).write_text("1")


def fetch_by_each_way(folder, examine):
    """The far host's curl fetches a file over IPv4 and over IPv6, from a server with offload and from one without;
    `examine` is called with each server once it has stopped."""
    want = write_pattern(pathlib.Path(folder) / "file.bin", SIZE)
    for options in ([], ["--no-offload"]):
        with Server("--root", folder, *options) as server:
            for url in (f"http://{V4}/file.bin", f"http://[{V6}]/file.bin"):
                begin = time.monotonic()
                command = "ip netns exec far curl -q --noproxy * -g -sS --max-time 25".split() + [url]
                process = subprocess.Popen(command, stdout=subprocess.PIPE)
                found = sha256_of(process.stdout)
                seconds = time.monotonic() - begin
                check(process.wait() == 0 and found == (want, SIZE), f"{url} {options} in {seconds:.1f} s")
            server.stop()
            examine(server)
