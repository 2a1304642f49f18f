#!/usr/bin/env python3
# Path MTU discovery: a router with a narrow link behind it sends "fragmentation needed" and "packet too big" (RFC 1191,
# RFC 8201), and the transfer goes on in smaller segments.  [MUST-54]
# limit: 60
import tempfile

from far_host import fetch_by_each_way, make_far_host
from support import check


def examine(server):
    delivered = server.counter("icmp_errors_delivered")
    check(delivered >= 2, f"each connection was told of the narrow link ({delivered})")


make_far_host(near_mtu=1300)
with tempfile.TemporaryDirectory() as folder:
    fetch_by_each_way(folder, examine)
