#!/usr/bin/env python3
# ECN (RFC 3168) with the kernel's TCP, which asks for it or is asked; text is marked on the way, in either direction, and
# arrives with equal SHA-256. What either end does about marks is read from captures and from the kernel's own figures.
# [SHLD-8]
# limit: 120
import pathlib
import socket
import struct
import tempfile

from support import (KERNEL_V4, KERNEL_V6, Server, V4, V6, check, connect, curl_hash, echo_hash, get_pattern,
                     sanitized, write_pattern)

MIB = 1 << 20
SIZE = MIB if sanitized else 8 * MIB
SYN, ACK, ECE, CWR = 0x02, 0x10, 0x40, 0x80
OPT_ECN, OPT_ECN_SEEN = 8, 16  # of tcpi_options


def kernel_uses(mode):
    """0: no ECN; 1: asks for it, and agrees; 2: agrees to it (the default)."""
    pathlib.Path("/proc/sys/net/ipv4/tcp_ecn").write_text(f"{mode}\n")


def kernel_options(connection):
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]


def segments(capture):
    """(from the kernel, flags, ECN field, octets of text) of each TCP segment in a capture of raw IP packets."""
    data, at = capture.read_bytes(), 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        packet, at = data[at + 16:at + 16 + size], at + 16 + size
        v4 = packet[0] >> 4 == 4
        if packet[9 if v4 else 6] != 6:
            continue
        header = 4 * (packet[0] & 15) if v4 else 40
        length = struct.unpack_from(">H", packet, 2)[0] if v4 else 40 + struct.unpack_from(">H", packet, 4)[0]
        source = socket.inet_ntop(*((socket.AF_INET, packet[12:16]) if v4 else (socket.AF_INET6, packet[8:24])))
        field = packet[1] & 3 if v4 else packet[1] >> 4 & 3
        text = length - header - 4 * (packet[header + 12] >> 4)
        yield source not in (V4, V6, "198.51.100.2", "2001:db8:1::2"), packet[header + 13], field, text


def check_rules(seen, agreed):
    """§6.1.1, §6.1.4: SYNs and what has no text are never ECN-capable, whoever sends them."""
    check(all(field == 0 for _, flags, field, text in seen if flags & SYN or text == 0), "ECT stands on text alone")
    ours = {field for kernel, _, field, text in seen if text and not kernel}
    check((2 in ours) == agreed, f"our text is {'' if agreed else 'not '}ECN-capable")


def handshake(seen):
    return [flags & (SYN | ACK | ECE | CWR) for _, flags, _, _ in seen if flags & SYN]


def count(seen, from_kernel, flag):
    return sum(1 for kernel, flags, _, _ in seen if kernel == from_kernel and flags & flag and not flags & SYN)


def serve(folder, host, mode, use, agreed):
    """The kernel opens a connection to us."""
    kernel_uses(mode)
    capture = folder / "serve.pcap"
    with Server("--root", folder, "--echo", 7, "--ecn", use, "--capture", capture) as server:
        with connect(7, host) as connection:
            connection.sendall(b"text")
            check(connection.recv(4) == b"text", f"a SYN of tcp_ecn={mode} is answered with --ecn {use}")
            connection.sendall(b"more")
            check(connection.recv(4) == b"more", "and text goes both ways")
            options = kernel_options(connection)
            check(bool(options & OPT_ECN) == agreed, f"the kernel says that ECN is {'' if agreed else 'not '}agreed on")
            check(bool(options & OPT_ECN_SEEN) == agreed, f"and has {'' if agreed else 'not '}seen ECT on our text")
        server.stop()
    seen = list(segments(capture))
    asks = ECE | CWR if mode == 1 else 0
    check(handshake(seen) == [SYN | asks, SYN | ACK | (ECE if agreed else 0)], "the handshake in the capture")
    check_rules(seen, agreed)


def serve_marked(folder, want):
    """A file to the kernel, and an echo both ways, over a network that marks."""
    kernel_uses(1)
    capture = folder / "marked.pcap"
    with Server("--root", folder, "--echo", 7, "--impair", "mark=1%", "--capture", capture) as server:
        for host in (V4, f"[{V6}]"):
            check(curl_hash(f"http://{host}/file.bin") == (want, SIZE), f"{SIZE // MIB} MiB from {host}: equal SHA-256")
        sent, echoed = echo_hash(connect(7, V4), SIZE)
        check(sent == echoed, f"{SIZE // MIB} MiB echoed: equal SHA-256")
        server.stop()
    seen = list(segments(capture))
    check(server.counter("tcp_ecn_reductions") > 0, "the kernel echoed marks, and our window was reduced")
    check(server.counter("tcp_ecn_marks_received") > 0, "marks on the kernel's text reached us")
    for from_kernel, who in ((True, "the kernel"), (False, "we")):
        check(count(seen, from_kernel, ECE) > 0, f"{who} said ECE")
        check(count(seen, from_kernel, CWR) > 0, f"{who} said CWR")
    check_rules(seen, True)


def fetch(folder, host, mode, use, agreed, *options):
    """We open a connection to the kernel."""
    kernel_uses(mode)
    capture = folder / "get.pcap"
    kernels = get_pattern(host, SIZE, "--ecn", use, "--capture", capture, *options, ask=kernel_options)
    seen = list(segments(capture))
    syn = SYN | (ECE | CWR if use == "on" else 0)
    if ":" in host and handshake(seen) == [syn, SYN, SYN | ACK]:
        print("   the kernel was not ready for IPv6 yet: its answer to the first SYN was lost, and the second asks no more")
        agreed = False
    else:
        check(handshake(seen) == [syn, SYN | ACK | (ECE if agreed else 0)], f"the handshake in the capture: {handshake(seen)}")
    check(bool(kernels & OPT_ECN) == agreed,
          f"the kernel, with tcp_ecn={mode}, says that ECN is {'' if agreed else 'not '}agreed on")
    check_rules(seen, agreed)
    return seen


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    want = write_pattern(folder / "file.bin", SIZE)
    for host in (V4, V6):
        serve(folder, host, 1, "accept", True)
    serve(folder, V4, 1, "on", True)
    serve(folder, V4, 1, "off", False)
    serve(folder, V4, 2, "on", False)  # nobody asks
    serve_marked(folder, want)
    for host in (KERNEL_V4, KERNEL_V6):
        fetch(folder, host, 2, "on", True)
    fetch(folder, KERNEL_V4, 0, "on", False)
    fetch(folder, KERNEL_V4, 1, "accept", False)
    seen = fetch(folder, KERNEL_V4, 2, "on", True, "--impair", "mark=1%")
    check(count(seen, False, ECE) > 0, "we echoed marks on the kernel's text")
    check(count(seen, True, CWR) > 0, "and the kernel has reduced its window")
