# Ping-pong: one message to and fro over one connection, ours over TUN and the kernel's own over veth.
from report import Goal, Row
from rig import FAR, OURS, Shared, far, handwave, program, run, running

ECHO = 7
COLUMNS = {"rate": "exchanges/s", "p50": "us", "p99": "us", "p99.9": "us"}


def exchange(server, address, octets):
    def measure(options):
        with server():
            return [float(word) for word in run(program("bench_ping_pong"), address, ECHO, octets, options.seconds).split()]

    return Shared(measure)


def ours():
    return handwave("--http", 0, "--echo", ECHO)


def kernels():
    return running(*far(program("bench_ping_pong"), "serve", ECHO), until="ready")


def rows():
    for octets, size in ((1, "1 octet"), (1024, "1 KiB")):
        beside, here = exchange(kernels, FAR, octets), exchange(ours, OURS, octets)
        for number, (name, unit) in enumerate(COLUMNS.items()):
            yield Row(f"veth-{octets}-{name}", f"kernel over veth, {size}: {name}", unit, beside.column(number))
        for number, (name, unit) in enumerate(COLUMNS.items()):
            yield Row(f"ours-{octets}-{name}", f"handwave, {size}: {name}", unit, here.column(number),
                      {f"veth-{octets}-{name}": "veth"})


goals = [Goal(f"ping-pong {size}, {name}: of the kernel over veth", f"ours-{octets}-{name}", f"veth-{octets}-{name}", 1.0, less=True)
         for octets, size in ((1, "1 octet"), (1024, "1 KiB")) for name in ("p50", "p99")]
