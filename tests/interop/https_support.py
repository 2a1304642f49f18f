# What the interop scripts about HTTPS share: the server with HTTPS, certificates made by openssl, openssl's client.
import os
import pathlib
import re
import subprocess
import threading

from support import Server, V4, check, check_quietly, handwave, run

FIGURES = re.compile(r"^  tls: (?P<full>\d+) full handshakes, (?P<resumed>\d+) resumed, (?P<failed>\d+) failed, "
                     r"(?P<timed_out>\d+) timed out, (?P<turned_away>\d+) turned away, (?P<not_tls>\d+) not TLS; "
                     r"(?P<open>\d+) sessions open$", re.MULTILINE)


class HttpsServer(Server):
    """`handwave serve --https 443`. At its end no session may be left; `tls` has the figures of its statistics."""

    def __init__(self, *options, **how):
        super().__init__("--https", 443, *options, **how)
        self.tls = {}

    def stop(self):
        super().stop()
        found = FIGURES.search(self.text())
        check_quietly(found, f"the statistics speak of TLS: {self.text()[-2000:]}")
        self.tls = {name: int(figure) for name, figure in found.groupdict().items()}
        check(self.tls["open"] == 0, f"no session is left ({found[0].strip()})")


def origin(host, port=443):
    return f"https://{'[' + host + ']' if ':' in host else host}" + (f":{port}" if port != 443 else "")


class Certificate:
    """A certificate and its key, made by openssl: the files `pem` and `key`; `chain` has the issuers' below it, but for
    the root's. Signed by `issuer`, or by itself."""

    def __init__(self, folder, name, *names, issuer=None, algorithm="ec", authority=False, use="serverAuth"):
        folder = pathlib.Path(folder)
        self.pem, self.key, self.chain = (folder / f"{name}.{ending}" for ending in ("pem", "key", "chain.pem"))
        self.issuer = issuer
        lines = ["[req]", "distinguished_name = nobody", "[nobody]", "[extensions]", "subjectKeyIdentifier = hash",
                 f"basicConstraints = critical, CA:{str(authority).lower()}",
                 f"keyUsage = critical, {'keyCertSign, cRLSign' if authority else 'digitalSignature, keyEncipherment'}"]
        lines += [] if authority else [f"extendedKeyUsage = {use}"]
        lines += [f"subjectAltName = {', '.join(map(alternative_name, names))}"] if names else []
        configuration = folder / f"{name}.cnf"
        configuration.write_text("\n".join(lines) + "\n")
        kind = ["rsa:2048"] if algorithm == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        made = run("openssl", "req", "-x509", "-newkey", *kind, "-noenc", "-keyout", self.key, "-out", self.pem,
                   "-days", 30, "-subj", f"/CN={name}", "-config", configuration, "-extensions", "extensions",
                   *(["-CA", issuer.pem, "-CAkey", issuer.key] if issuer else []))
        check_quietly(made.returncode == 0, f"openssl makes the certificate {name}: {made.stderr}")
        above = issuer.chain.read_text() if issuer and issuer.issuer else ""
        self.chain.write_text(self.pem.read_text() + above)

    def options(self):
        """For `handwave serve`."""
        return "--cert", self.chain, "--key", self.key


def alternative_name(name):
    return f"{'IP' if re.fullmatch('[0-9.]+|.*:.*', name) else 'DNS'}:{name}"


def make_authority(folder, *names, options=()):
    """By `handwave cert`: the files ca.pem, leaf.pem and leaf.key are in the folder then."""
    made = run(handwave, "cert", "--out", folder, *(word for name in names for word in ("--name", name)), *options)
    check(made.returncode == 0, f"handwave cert makes an authority and a leaf for {' '.join(names)} {made.stderr}")


def converse(*command, say="", timeout=60):
    """Runs a client that says that, and hears what comes until the connection ends: its output, and its status."""
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    late = threading.Timer(timeout, process.kill)
    late.start()
    # Its input stays open: at the end of it, it would wait for no answer.
    try:
        process.stdin.write(say.encode())
        process.stdin.flush()
    except BrokenPipeError:
        pass
    output = process.stdout.read().decode(errors="replace")
    status = process.wait()
    late.cancel()
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    return output, status


def s_client(*options, say="", host=V4):
    return converse("openssl", "s_client", "-connect", f"{'[' + host + ']' if ':' in host else host}:443", *options,
                    say=say)


def without_key_log():
    """Whoever runs the tests may have SSLKEYLOGFILE set: none of the programs here is to write there."""
    os.environ.pop("SSLKEYLOGFILE", None)


without_key_log()


def tshark(capture, key_log, display_filter, *fields):
    """A line for each packet that the filter lets through, its fields separated by tabs."""
    read = run("tshark", "-n", "-r", capture, "-o", f"tls.keylog_file:{key_log}", "-Y", display_filter, "-T", "fields",
               *(word for field in fields for word in ("-e", field)))
    check(read.returncode == 0, f"tshark reads {capture.name}")
    return [line.split("\t") for line in read.stdout.splitlines()]


def is_decrypted(capture, key_log, connections):
    """Of a capture in which each connection asks for the page and closes well, over TLS or without it."""
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
