#!/usr/bin/env python3
# `handwave get https://` against openssl s_server, nginx, gnutls-serv and a rude server; each exit status.
# limit: 90
import contextlib
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from https_support import Certificate
from support import (KERNEL_V4, KERNEL_V6, build, check, check_quietly, get, handwave, run, sanitized, write_pattern)

NAME = "www.example.test"
NGINX = shutil.which("nginx", path=f"/usr/sbin:{build.parent}/deps/usr/sbin")
GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def fetched(url, want, *options):
    status, body, complaint = get(url, "--cacert", root.pem, *options)
    what = " ".join(str(option) for option in options if "/" not in str(option))
    check(status == 0 and body == want, f"{url} {what}: {want[1]} octets, as they were sent (status {status}) {complaint}")


def refused(status, word, url, *options):
    """Ends with that status, and one line that says why."""
    found, body, complaint = get(url, *options)
    check(found == status and word in complaint and len(complaint.splitlines()) == 1,
          f"status {status} and '{word}' for {url}: {found}, {complaint}")


@contextlib.contextmanager
def running(*command, port, **how):
    """A server of somebody else's on the kernel's TCP, until the end of the block."""
    with open(folder / "server.log", "w") as log:
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=log, stderr=log, **how)
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            break
        except OSError:
            check_quietly(process.poll() is None and time.monotonic() < deadline,
                          f"{command[0]} does not listen: {(folder / 'server.log').read_text()}")
            time.sleep(0.05)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def answering(text, farewell=True, **context_options):
    """A server by Python's OpenSSL that answers one request with that, and says close_notify or not: its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_side.chain, server_side.key)
    for name, value in context_options.items():
        setattr(context, name, value)
    listener = socket.create_server(("0.0.0.0", 0))
    listener.settimeout(30)

    def serve():
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(30)
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(4096)
                    secure.sendall(text.encode())
                    if farewell:
                        secure.unwrap()
                    else:
                        secure.shutdown(socket.SHUT_WR)
                        while secure.recv(4096):
                            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://{KERNEL_V4}:{listener.getsockname()[1]}/"
    thread.join(30)
    listener.close()


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    root = Certificate(folder, "root", authority=True)
    middle = Certificate(folder, "middle", authority=True, issuer=root)
    server_side = Certificate(folder, "server", KERNEL_V4, KERNEL_V6, issuer=middle)
    named = Certificate(folder, "named", NAME, issuer=root, algorithm="rsa")
    mine = Certificate(folder, "mine", issuer=root, use="clientAuth")
    show_mine = ["--cert", mine.chain, "--key", mine.key]
    total = (4 if sanitized else 64) << 20
    large = write_pattern(folder / "large.bin", total), total
    small = write_pattern(folder / "small.bin", 1000), 1000
    with open("/etc/hosts") as file, open(folder / "hosts", "w") as hosts:
        hosts.write(f"{KERNEL_V4} {NAME} other.example.test\n{file.read()}")
    check(run("mount", "--bind", folder / "hosts", "/etc/hosts").returncode == 0, "names for this script alone")

    # nginx: bodies by their length, and virtual hosts by name (SNI). As root of a user namespace it may be nobody else.
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; user root; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
        events {{ }}
        http {{
          access_log off; root {folder}; client_body_temp_path {folder}; proxy_temp_path {folder};
          fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
          ssl_protocols TLSv1.2 TLSv1.3;
          server {{ listen 4430 ssl default_server; listen [::]:4430 ssl default_server;
                   ssl_certificate {server_side.chain}; ssl_certificate_key {server_side.key}; }}
          server {{ listen 4430 ssl; server_name {NAME};
                   ssl_certificate {named.chain}; ssl_certificate_key {named.key}; }}
          server {{ listen 4431 ssl; ssl_certificate {server_side.chain}; ssl_certificate_key {server_side.key};
                   ssl_client_certificate {root.pem}; ssl_verify_client on; }}
        }}""")
    with running(NGINX, "-c", folder / "nginx.conf", "-p", folder, "-e", folder / "nginx.log", port=4430):
        for version in ("1.3", "1.2"):
            fetched(f"https://{KERNEL_V4}:4430/large.bin", large, "--tls-max", version)
            fetched(f"https://[{KERNEL_V6}]:4430/small.bin", small, "--tls-max", version)
            fetched(f"https://{NAME}:4430/small.bin", small, "--tls-max", version)
            fetched(f"https://{KERNEL_V4}:4431/small.bin", small, *show_mine, "--tls-max", version)
            refused(6, "400", f"https://{KERNEL_V4}:4431/small.bin", "--cacert", root.pem, "--tls-max", version)
        url = f"https://{KERNEL_V4}:4430"
        refused(6, "404", f"{url}/none", "--cacert", root.pem)
        refused(1, "/no/such/folder", f"{url}/small.bin", "--cacert", root.pem, "-o", "/no/such/folder/file")
        refused(2, "--tls-max", f"{url}/small.bin", "--cacert", root.pem, "--tls-max", "1.1")
        refused(2, "no-such-host", "https://no-such-host.invalid/")
        refused(4, "certificate", f"{url}/small.bin", "--cacert", mine.pem)
        refused(4, "other.example.test", "https://other.example.test:4430/small.bin", "--cacert", root.pem)
        for options in (["--insecure"], ["-k", "--tls-max", "1.2"]):
            status, body, complaint = get("https://other.example.test:4430/small.bin", *options)
            check((status, body) == (0, small), f"{' '.join(options)}: whoever answers will do {complaint}")
    refused(3, "connect", f"https://{KERNEL_V4}:4430/", "--cacert", root.pem)

    # openssl s_server -WWW: bodies that end with the connection, and so with close_notify; and client certificates.
    www = ["openssl", "s_server", "-WWW", "-accept", 4432, "-cert", server_side.pem, "-cert_chain", server_side.chain,
           "-key", server_side.key, "-quiet"]
    for options in (["-tls1_3"], ["-tls1_2"], ["-tls1_3", "-Verify", "2"], ["-tls1_2", "-Verify", "2"]):
        ask = [*options, "-CAfile", root.pem, "-verify_return_error"] if "-Verify" in options else options
        with running(*www, *ask, port=4432, cwd=folder):
            body, name = (small, "small.bin") if "-Verify" in options else (large, "large.bin")
            fetched(f"https://{KERNEL_V4}:4432/{name}", body, *(show_mine if "-Verify" in options else []))
            if "-Verify" in options:
                refused(5, "alert", f"https://{KERNEL_V4}:4432/small.bin", "--cacert", root.pem)
    with running(*www, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA", port=4432, cwd=folder):
        refused(5, "alert", f"https://{KERNEL_V4}:4432/small.bin", "--cacert", root.pem)

    with running("gnutls-serv", "--http", "--port", 4433, "--x509certfile", server_side.chain, "--x509keyfile",
                 server_side.key, port=4433):
        for version in ("1.3", "1.2"):
            status, body, complaint = get(f"https://{KERNEL_V4}:4433/", "--cacert", root.pem, "--tls-max", version)
            check(status == 0 and body[1] > 0, f"gnutls-serv, TLS {version}: its page has {body[1]} octets {complaint}")

    # RFC 8446 §6.1, RFC 9112 §9.8: without close_notify, only what says its own length is known to be whole.
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        for text, farewell, status, word in (
                (GOOD, True, 0, ""), (GOOD, False, 0, ""),
                ("HTTP/1.1 200 OK\r\n\r\nhello", True, 0, ""),
                ("HTTP/1.1 200 OK\r\n\r\nhello", False, 7, "close_notify"),
                ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", True, 7, "cut short"),
                ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", True, 7, "cut short"),
                ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", False, 0, ""),
                ("HTTP/1.1 20", False, 7, "cut short"), ("", True, 7, "closed without a response"),
                ("220 mail.example.test ESMTP\r\n", True, 8, "")):
            with answering(text, farewell, maximum_version=version) as url:
                found, body, complaint = get(url, "--cacert", root.pem)
            check(found == status and word in complaint and (status != 0 or body[1] == 5),
                  f"{version.name} {text!r} {'with' if farewell else 'without'} close_notify: status {found} {complaint}")

    # Plain HTTP where TLS should be, and nothing at all.
    for words in (GOOD, ""):
        listener = socket.create_server(("0.0.0.0", 0))

        def answer_plainly():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(words.encode())

        thread = threading.Thread(target=answer_plainly, daemon=True)
        thread.start()
        refused(5, "TLS", f"https://{KERNEL_V4}:{listener.getsockname()[1]}/", "--cacert", root.pem)
        thread.join(10)
        listener.close()
