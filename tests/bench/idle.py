# Connections that are established and idle: their memory, in the stack alone and over TUN with an application at each,
# and what a request on a busy one costs among so many.
import resource
import socket
import subprocess
import time

from report import Goal, Row
from rig import OURS, Failed, Shared, handwave, program, resident, run

ECHO = 7
ALONE = (1, 1_000, 10_000, 100_000, 1_000_000)
OVER_TUN = (1_000, 10_000, 100_000)
PORTS_AN_ADDRESS = 20_000


def alone(connections):
    """In memory, with a forged peer: octets a connection, and nanoseconds a request."""
    return Shared(lambda options: [
        float(word) for word in run(program("bench_idle_connections"), connections, options.seconds).split()])


def over_tun(connections):
    """Resident octets of the whole program a connection, each with its coroutine of the echo service."""

    def measure(_):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if connections + 100 > most:
            raise Failed(f"only {most} open files are allowed here")
        addresses = [f"192.0.2.{10 + i}" for i in range(-(-connections // PORTS_AN_ADDRESS))]
        with handwave("--http", 0, "--echo", ECHO, "--tun", "bench") as server:
            for address in addresses:
                subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "bench"], check=True)
            before = resident(server.pid)
            kept = []
            for number in range(connections):
                connection = socket.socket()
                connection.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
                connection.bind((addresses[number // PORTS_AN_ADDRESS], 0))
                connection.connect((OURS, ECHO))
                kept.append(connection)
            time.sleep(1)
            each = (resident(server.pid) - before) / connections
            kept[-1].sendall(b"still there?")
            if kept[-1].recv(100) != b"still there?":
                raise Failed("the last connection does not answer")
            for connection in kept:
                connection.close()
        return each

    return measure


def rows():
    for count in ALONE:
        stack = alone(count)
        if count > 1:
            yield Row(f"octets-{count}", f"{count:,} idle connections in the stack alone: octets each", "octets", stack.column(0))
        yield Row(f"request-{count}", f"a request on a busy one among {count:,}", "ns", stack.column(1),
                  {} if count == 1 else {"request-1": "that among 1"})
    for count in OVER_TUN:
        yield Row(f"tun-{count}", f"{count:,} idle connections over TUN, each with its application: resident octets each", "octets",
                  over_tun(count), once=True)


goals = [
    Goal("an idle established connection, octets (of 1,000,000)", "octets-1000000", None, 512, less=True),
    Goal("a request among 1,000,000 idle connections: of that among 1", "request-1000000", "request-1", 1.2, less=True),
]
