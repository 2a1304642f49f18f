#!/usr/bin/env python3
# The end of TLS against OpenSSL (RFC 8446 §6.1, RFC 5246 §7.2.1): close_notify before FIN, half-close, truncation.
# limit: 60
import socket
import ssl
import tempfile
import time

from https_support import HttpsServer
from support import V4, V6, check, connect


class Client:
    """OpenSSL's TLS, by Python, over a connection that is ours to look at: what each end sends, and when it closes."""

    def __init__(self, version, host=V4):
        context = ssl.create_default_context(cafile=made)
        context.minimum_version = context.maximum_version = version
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=host)
        self.connection = connect(443, host, timeout=20)
        self.fin = False  # the server's
        self.call(self.tls.do_handshake)

    def flush(self):
        if self.outgoing.pending:
            self.connection.sendall(self.outgoing.read())

    def call(self, verb, *arguments):
        """Calls it until it does not want to read; None if it does, and the server's FIN was there."""
        while True:
            try:
                return verb(*arguments)
            except ssl.SSLZeroReturnError:
                return b""  # close_notify, after ours
            except ssl.SSLWantReadError:
                self.flush()
                if self.fin:
                    return None
                octets = self.connection.recv(1 << 16)
                self.fin = not octets
                self.incoming.write(octets)
            finally:
                self.flush()

    def send(self, text):
        self.call(self.tls.write, text.encode())

    def close_notify(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def read_to_close_notify(self):
        """What comes before close_notify; None if none comes."""
        parts = []
        while part := self.call(self.tls.read, 1 << 16):
            parts.append(part)
        return None if part is None else b"".join(parts)

    def rest(self):
        """The octets after close_notify, up to the FIN."""
        left = self.incoming.read()
        while not self.fin:
            octets = self.connection.recv(1 << 16)
            self.fin = not octets
            left += octets
        return left


def get(path="/", more=""):
    return f"GET {path} HTTP/1.1\r\nHost: h\r\n{more}\r\n"


def body_of(answer):
    return answer.split(b"\r\n\r\n", 1)[1]


with tempfile.TemporaryDirectory() as folder:
    made, site = f"{folder}/made.pem", f"{folder}/site"
    with open(f"{folder}/big.bin", "wb") as file:
        file.write(bytes(range(256)) * 12_000)
    with HttpsServer("--root", folder, "--cert-out", made) as server:
        for name, version in (("TLS 1.3", ssl.TLSVersion.TLSv1_3), ("TLS 1.2", ssl.TLSVersion.TLSv1_2)):
            for host in (V4, V6):
                what = f"{name} {host}"
                # We end it: our close_notify, then our FIN and nothing between; OpenSSL's answer is read, and its FIN.
                client = Client(version, host)
                client.send(get("/big.bin", "Connection: close\r\n"))
                answer = client.read_to_close_notify()
                check(answer is not None and len(body_of(answer)) == 3_072_000, f"{what}: a response ends with close_notify")
                check(client.rest() == b"", f"{what}: and our FIN comes right after it")
                client.close_notify()
                client.connection.shutdown(socket.SHUT_WR)
                client.connection.close()

                # The client ends it: its close_notify is answered with ours, and with our FIN before its own has come.
                client = Client(version, host)
                client.send(get())
                client.call(client.tls.read, 1 << 16)
                client.close_notify()
                check(client.read_to_close_notify() == b"" and client.rest() == b"",
                      f"{what}: the client's close_notify is answered with ours, and our FIN")
                client.connection.close()

                # Half-close (RFC 8446 §6.1): what was asked for before the client's close_notify is still delivered.
                client = Client(version, host)
                client.send(get("/big.bin") + get("/big.bin"))
                client.close_notify()
                client.connection.shutdown(socket.SHUT_WR)
                answer = client.read_to_close_notify()
                check(answer is not None and answer.count(b"HTTP/1.1 200 OK") == 2 and len(answer) > 6_144_000,
                      f"{what}: a client that has said close_notify and FIN gets both of its answers, and close_notify")
                client.connection.close()

                # Truncation: half a request and a FIN is no request, and gets no answer but our own end.
                client = Client(version, host)
                client.send("GET / HTTP/1.1\r\nHost:")
                client.connection.shutdown(socket.SHUT_WR)
                answer = client.read_to_close_notify()
                check(answer is None or b" 200 " not in answer, f"{what}: a FIN without close_notify ends the connection")
                client.connection.close()

                # The server is to read on: whoever closes without a word, and whoever resets, leaves nothing behind.
                for way in (socket.SHUT_WR, socket.SHUT_RDWR, None):
                    client = Client(version, host)
                    client.send(get("/big.bin"))
                    if way is not None:
                        client.connection.shutdown(way)
                    client.connection.close()
        time.sleep(0.5)
        server.stop()
        check(server.tls["failed"] == 0, "all of them had shaken hands")
