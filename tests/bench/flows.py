# Bulk: one flow and eight, to the kernel and from it, at several MTUs, with offload and without; beside the limit probe,
# which does the least that a TCP over the same device can, and the kernel's own TCP over veth and loopback.

from report import Goal, Row
from rig import FAR, OURS, OURS_V6, far, handwave, probe, program, run, running

CHARGEN, DISCARD, IPERF = 19, 9, 5201
MTUS = (1500, 9000, 65535)
NAMES = {"to": "to the kernel", "from": "from the kernel"}


def peer(direction, options, address=OURS, port=None, flows=1):
    port = port or (CHARGEN if direction == "to" else DISCARD)
    return float(run(program("bench_peer"), "sink" if direction == "to" else "source", address, port, options.seconds, flows))


def device(mtu, offload):
    return ["--mtu", mtu, *([] if offload else ["--no-offload"])]


def ours(direction, mtu=1500, offload=True, address=OURS, flows=1):
    def measure(options):
        with handwave("--http", 0, "--chargen", CHARGEN, "--discard", DISCARD, *device(mtu, offload)):
            return peer(direction, options, address, flows=flows)

    return measure


def least(direction, mtu, offload):
    def measure(options):
        with probe("send" if direction == "to" else "receive", mtu, *([] if offload else ["--no-offload"])):
            return peer(direction, options)

    return measure


def iperf(address, server, flows):
    """The kernel to itself; iperf3 counts what its receiver got."""

    def measure(options):
        with running(*server("iperf3", "--server", "--forceflush"), until="listening"):
            words = run("iperf3", "--client", address, "--time", options.seconds, "--omit", 1, "--length", "1M", "--format", "g",
                        "--parallel", flows).splitlines()
        line = next(line for line in reversed(words) if "receiver" in line).split()
        return float(line[line.index("Gbits/sec") - 1])

    return measure


def rows():
    for mtu in MTUS:
        for offload in (True, False):
            for direction, name in NAMES.items():
                kind = f"MTU {mtu}" + ("" if offload else ", no offload")
                key = f"{direction}-{mtu}{'' if offload else '-plain'}"
                yield Row(f"probe-{key}", f"limit probe {name}, {kind}", "Gb/s", least(direction, mtu, offload))
                beside = {f"probe-{key}": "the limit probe"}
                if mtu == 1500 and offload:
                    beside |= {"loopback": "loopback", "veth": "veth"}
                yield Row(f"ours-{key}", f"handwave {name}, {kind}", "Gb/s", ours(direction, mtu, offload), beside)
    for direction, name in NAMES.items():
        yield Row(f"ours-{direction}-v6", f"handwave {name}, MTU 1500, IPv6", "Gb/s", ours(direction, address=OURS_V6),
                  {f"ours-{direction}-1500": "the same with IPv4"})
        yield Row(f"ours-{direction}-eight", f"handwave {name}, MTU 1500, eight flows", "Gb/s", ours(direction, flows=8),
                  {f"ours-{direction}-1500": "one flow", "veth-eight": "veth"})
    yield Row("veth", "kernel to kernel over veth, MTU 1500 (iperf3)", "Gb/s", iperf(FAR, far, 1))
    yield Row("veth-eight", "kernel to kernel over veth, eight flows", "Gb/s", iperf(FAR, far, 8))
    yield Row("loopback", "kernel to kernel over loopback, MTU 65536 (iperf3)", "Gb/s", iperf("127.0.0.1", lambda *words: words, 1))


# Of design: what others reach without offload, in a figure of their own run, is no ratio; the probe's share is.
goals = [
    Goal("one flow to the kernel, MTU 1500, offload: of the limit probe", "ours-to-1500", "probe-to-1500", 0.9),
    Goal("the same: of iperf3 over loopback", "ours-to-1500", "loopback", 1.0),
    Goal("one flow from the kernel: of the limit probe", "ours-from-1500", "probe-from-1500", 0.9),
    Goal("to the kernel without offload: of the probe", "ours-to-1500-plain", "probe-to-1500-plain", 0.9),
    Goal("from the kernel without offload: of the probe", "ours-from-1500-plain", "probe-from-1500-plain", 0.9),
]
