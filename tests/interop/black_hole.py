#!/usr/bin/env python3
# A path that swallows packets of more than 1300 octets without a word: the transfer goes on in smaller ones, found by
# probing (RFC 4821).  [4821-7.7-a] [4821-7.6.1]
# limit: 120
import ctypes
import fcntl
import socket
import struct
import tempfile

from far_host import fetch_by_each_way, make_far_host
from support import check


def without_segmentation(name):
    """The device is handed single packets: a super-segment would come through whatever its pieces are."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for command in (0x1F, 0x24):  # ETHTOOL_STSO, ETHTOOL_SGSO
            value = bytearray(struct.pack("=II", command, 0))
            address = (ctypes.c_char * len(value)).from_buffer(value)
            request = struct.pack("16sP", name.encode(), ctypes.addressof(address))
            fcntl.ioctl(any_socket, 0x8946, request)  # SIOCETHTOOL


def examine(server):
    check(server.counter("tcp_path_mtu_black_holes") == 2, "each connection found the black hole")
    check(server.counter("tcp_path_mtu_probes") >= 2, "and looked for more")
    check(server.counter("icmp_errors_delivered") == 0, "no router said a word")


# The link's far end takes 1300 octets and drops what is larger, while its near end speaks of 1500.
make_far_host(far_mtu=1300, prepare=without_segmentation)
with tempfile.TemporaryDirectory() as folder:
    fetch_by_each_way(folder, examine)
