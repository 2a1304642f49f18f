#!/usr/bin/env python3
# What --capture writes, tcpdump and tshark read; what --ladder draws names the handshake and the close.
# limit: 60
import pathlib
import re
import shutil
import tempfile

from support import Server, V4, V6, check, curl_hash, run, write_pattern

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    write_pattern(folder / "file.bin", 200_000)
    capture = folder / "capture.pcap"
    with Server("--root", folder, "--capture", capture, "--ladder") as server:
        for host in (V4, f"[{V6}]"):
            curl_hash(f"http://{host}/file.bin", "--header", "Connection: close")
        server.stop()
        text = server.text()
    for word in ("handshake 1 of 3", "handshake 3 of 3", "close 1 of 4", "FIN-WAIT-1", "TIME-WAIT", "CLOSE-WAIT",
                 "=== Connection 2"):
        check(word in text, f"the ladder says '{word}'")
    data = capture.read_bytes()
    check(data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"), "the capture begins as a pcap file does")
    check(data.count(b"GET /file.bin HTTP/1.1") == 2, "both requests are in the capture")
    if shutil.which("tcpdump"):
        read = run("tcpdump", "-n", "-v", "-r", capture)
        check(read.returncode == 0 and read.stdout.count("Flags [S") == 4, "tcpdump reads both handshakes")
        # As words: a checksum may well be 0xbad1.
        check(not re.search(r"\b(bad|truncated|incorrect)\b", read.stdout), "tcpdump finds nothing wrong")
    if shutil.which("tshark"):
        read = run("tshark", "-r", capture, "-Y", "http", "-T", "fields", "-e", "http.response.code")
        check(read.stdout.split().count("200") == 2, f"tshark finds both answers {read.stderr}")
