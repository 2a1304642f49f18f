#!/usr/bin/env python3
# tshark reads HTTP and both close_notifys out of a capture by the key log: TLS 1.3, TLS 1.2, and static RSA.
# limit: 60
import os
import pathlib
import stat
import tempfile

from https_support import Certificate, HttpsServer, origin, s_client
from support import V4, check, curl, run

GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


def tshark(capture, key_log, display_filter, *fields):
    """A line for each packet that the filter lets through, its fields separated by tabs."""
    read = run("tshark", "-n", "-r", capture, "-o", f"tls.keylog_file:{key_log}", "-Y", display_filter, "-T", "fields",
               *(word for field in fields for word in ("-e", field)))
    check(read.returncode == 0, f"tshark reads {capture.name}")
    return [line.split("\t") for line in read.stdout.splitlines()]


def is_decrypted(capture, key_log, connections):
    requests = tshark(capture, key_log, "http.request", "http.request.method", "http.request.uri")
    check(requests == [["GET", "/"]] * connections, f"{capture.name}: 'GET /' is read {connections} times")
    answers = tshark(capture, key_log, "http.response", "http.response.code", "http.response.phrase")
    check(answers == [["200", "OK"]] * connections, f"{capture.name}: '200 OK' is read {connections} times")
    # RFC 8446 §6.1: each end says that it sends no more, and says it before its FIN.
    said = tshark(capture, key_log, "tls.alert_message.desc == 0", "tcp.stream", "ip.src", "ipv6.src", "frame.number")
    ends = tshark(capture, key_log, "tcp.flags.fin == 1", "tcp.stream", "ip.src", "ipv6.src", "frame.number")
    first = {}  # a FIN may be sent again, where its ACK is late
    for *end, frame in ends:
        first.setdefault(tuple(end), int(frame))
    whose = sorted(tuple(each[:3]) for each in said)
    check(len(whose) == 2 * connections and whose == sorted(first),
          f"{capture.name}: each end of each connection sends a close_notify, and a FIN: {said}, {ends}")
    check(all(int(each[3]) <= first[tuple(each[:3])] for each in said), f"{capture.name}: the FIN is not before it")
    wrong = tshark(capture, key_log, "tls.alert_message.desc && tls.alert_message.desc != 0", "frame.number")
    check(not wrong, f"{capture.name}: no other alert is in it")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    key_log, capture, made = folder / "keys.log", folder / "modern.pcap", folder / "made.pem"
    os.umask(0)  # which must not matter
    with HttpsServer("--cert-out", made, "--keylog", key_log, "--capture", capture) as server:
        for version in ("1.3", "1.2"):
            found = curl("--cacert", made, "--tls-max", version, "-H", "Connection: close", f"{origin(V4)}/")
            check(found.returncode == 0, f"TLS {version}: curl gets its page {found.stderr}")
        server.stop()
        warned = server.error_text()
    check(str(key_log) in warned and "warning" in warned, f"--keylog warns: {warned.strip()}")
    check(stat.S_IMODE(key_log.stat().st_mode) == 0o600, "the key log is its owner's alone")
    labels = {line.split()[0] for line in key_log.read_text().splitlines()}
    check(labels == {"CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                     "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}, "it has the secrets of both versions")
    is_decrypted(capture, key_log, 2)

    # The same by SSLKEYLOGFILE, as browsers know it, and of the key exchange that textbooks draw.
    rsa = Certificate(folder, "rsa", V4, algorithm="rsa")
    key_log, capture = folder / "rsa.log", folder / "rsa.pcap"
    os.environ["SSLKEYLOGFILE"] = str(key_log)
    server = HttpsServer(*rsa.options(), "--teach-static-rsa", "--capture", capture)
    del os.environ["SSLKEYLOGFILE"]
    with server:
        said, status = s_client("-tls1_2", "-cipher", "AES128-GCM-SHA256", "-CAfile", rsa.pem, say=GET)
        check(status == 0 and "HTTP/1.1 200 OK" in said, "static RSA: a page for openssl s_client")
        server.stop()
        check("warning" in server.error_text(), "SSLKEYLOGFILE warns, too")
    check(stat.S_IMODE(key_log.stat().st_mode) == 0o600, "and is its owner's alone")
    is_decrypted(capture, key_log, 1)
    # Who has the server's key needs no key log: that is the trouble with it.
    read = run("tshark", "-n", "-r", capture, "-o", f'uat:rsa_keys:"{rsa.key}",""', "-Y", "http.response", "-T", "fields",
               "-e", "http.response.code")
    check(read.stdout.split() == ["200"], f"static RSA: the server's key alone opens the recorded connection {read.stderr}")
