#!/usr/bin/env python3
# apps/demo as its users run it: four connections and their checks; its captures are decrypted by tshark with its key
# log; two at once; --stay and --stop; without a TUN device; and slips of the command line.
# limit: 90
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from https_support import is_decrypted, tshark
from support import check, handwave, root, run

STATES = ("SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT")


def demo(folder, *options, prefix=(), **how):
    return run(*prefix, root / "apps/demo", "--program", handwave, "--out", folder, *options, **how)


def shows_all(found, folder):
    check(found.returncode == 0, f"apps/demo ends with 0 {found.stderr}")
    ladders = re.findall(r"^=== Connection \d+ ===$", found.stdout, re.MULTILINE)
    check(len(ladders) >= 4, f"it draws four connections ({len(ladders)})")
    check(all(state in found.stdout for state in STATES), "every state of opening and closing is in them")
    for title in ("IPv4", "IPv6", "HTTPS, with TLS 1.3", "TLS 1.2 with static RSA"):
        check(title in found.stdout, f"one is about {title}")
    check(found.stdout.count("checked: ") >= 8, "it says what it checked")
    check(f"wireshark -o tls.keylog_file:{folder}/keys.log" in found.stdout, "and how to open what it leaves in Wireshark")


with tempfile.TemporaryDirectory() as place:
    place = pathlib.Path(place)

    # Two at once in one folder wait for each other; a third in its own does not.
    started = [subprocess.Popen([root / "apps/demo", "--program", handwave, "--out", place / "shared"], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    alone = demo(place / "alone")
    shows_all(alone, place / "alone")
    for each in started:
        stdout, stderr = each.communicate(timeout=60)
        shows_all(subprocess.CompletedProcess(each.args, each.returncode, stdout, stderr), place / "shared")

    folder = place / "alone"
    key_log = folder / "keys.log"
    # Plain HTTP is in the first capture too: its connections have no close_notify, so those of TLS are looked at alone.
    secure = folder / "https_only.pcap"
    check(run("tshark", "-r", folder / "https.pcap", "-Y", "tcp.port == 443", "-w", secure).returncode == 0, "tshark filters")
    repeated = len(tshark(secure, key_log, "tls.handshake.type == 1", "tcp.stream"))
    is_decrypted(secure, key_log, repeated)
    versions = tshark(secure, key_log, "tls.handshake.type == 2", "tls.handshake.extensions.supported_version")
    check(versions == [["0x0304"]] * repeated, f"https.pcap: TLS 1.3 ({versions})")
    textbook = folder / "textbook.pcap"
    repeated = len(tshark(textbook, key_log, "tls.handshake.type == 1", "tcp.stream"))
    is_decrypted(textbook, key_log, repeated)
    suites = tshark(textbook, key_log, "tls.handshake.type == 2", "tls.handshake.ciphersuite")
    check(suites == [["0x009c"]] * repeated, f"textbook.pcap: RSA_WITH_AES_128_GCM_SHA256 (RFC 5288) ({suites})")
    plain = tshark(folder / "https.pcap", key_log, "tcp.port == 80 && http.response", "ip.src", "ipv6.src")
    check([["192.0.2.2", ""], ["", "2001:db8::2"]] == [plain[0], plain[-1]], "https.pcap: HTTP over IPv4 and IPv6")

    # A server that stays, asked for twice and stopped.
    stays = demo(place / "stay", "--stay")
    check(stays.returncode == 0 and "The server runs" in stays.stdout, f"--stay leaves a server running {stays.stderr}")
    commands = re.findall(r"^ +(?:reach it:)? +(nsenter .*)$", stays.stdout, re.MULTILINE)
    check(len(commands) == 3, f"it says how to reach it: {commands}")
    for command in commands:
        page = subprocess.run(["bash", "-c", command.replace(" curl ", " curl -q --noproxy '*' -g -sS ", 1)], cwd=root,
                              capture_output=True, timeout=30)
        check(page.stdout == (root / "apps/site/index.html").read_bytes(), f"{command}: the page {page.stderr.decode()}")
    check(demo(place / "stay").returncode == 0, "another demo in the same folder")
    page = subprocess.run(["bash", "-c", commands[1]], cwd=root, capture_output=True, timeout=30)
    check(page.stdout == (root / "apps/site/index.html").read_bytes(), "leaves the server that stays, and its certificate, alone")
    again = demo(place / "stay", "--stay")
    check(again.returncode == 0 and "already running" in again.stdout, f"--stay again: it runs already {again.stdout}")
    stopped = demo(place / "stay", "--stop")
    check(stopped.returncode == 0 and stopped.stdout.strip() == "stopped", f"--stop stops it {stopped.stderr}")
    again = demo(place / "stay", "--stop")
    check(again.returncode == 1 and "no server" in again.stderr, f"--stop again: there is none {again.stderr}")

    # Nobody who may make a TUN device: the same exchange in process, with the reason in one line.
    if os.geteuid() == 0 and shutil.which("setpriv"):
        without = demo(place / "without", prefix=("setpriv", "--bounding-set=-net_admin", "--inh-caps=-all"))
        check(without.returncode == 0, f"without CAP_NET_ADMIN it ends with 0 {without.stderr}")
        check(without.stdout.startswith("demo: no TUN device to be had: "), "it says why")
        check(without.stdout.count("=== Connection ") == 3 and "PreMasterSecret" in without.stdout,
              "HTTP, TLS 1.3 and the textbooks' TLS between two of our stacks")

    before = {path.name: path.read_bytes() for path in (place / "alone").glob("*.*") if path.suffix in (".pcap", ".log")}
    if os.geteuid() == 0 and shutil.which("setpriv"):
        demo(place / "alone", prefix=("setpriv", "--bounding-set=-net_admin", "--inh-caps=-all"))
        check(all((place / "alone" / name).read_bytes() == octets for name, octets in before.items()),
              f"a demo without a device leaves the last one's {', '.join(before)} alone")

    for slip, word in ((("--no-such-option",), "there is no option --no-such-option"), (("--out",), "--out needs a value"),
                       (("--program", "/no/such/file"), "that is no handwave"), (("--program", "/bin/true"), "no handwave")):
        found = demo(place / "slips", *slip)
        check(found.returncode != 0 and word in found.stderr, f"{' '.join(slip)}: {found.stderr.strip()}")
