#!/usr/bin/env python3
# How connections between the kernel's TCP and ours end: FIN from either side first, half-close, RST both ways.
# limit: 60
import socket
import struct
import time

from support import Server, V4, V6, check, connect, pattern, read_all

with Server("--echo", 7, "--discard", 9, "--chargen", 19) as server:
    for host in (V4, V6):
        # The kernel closes its direction, and ours goes on to send all that it owes: RFC 9293 §3.6, our CLOSE-WAIT.
        data = b"".join(pattern(300_000))
        with connect(7, host) as connection:
            connection.sendall(data[:100])
            connection.shutdown(socket.SHUT_WR)
            check(read_all(connection) == data[:100], f"{host}: an echo comes back after the kernel's FIN")

        # We close our direction first (the answer ends), and still take the kernel's octets until its FIN.
        with connect(80, host) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            answer = read_all(connection)
            check(answer.startswith(b"HTTP/1.1 200"), f"{host}: we close first, after the whole answer")
            time.sleep(0.2)
            connection.shutdown(socket.SHUT_WR)

        # The kernel's RST (SO_LINGER 0) in the middle of our sending; the server goes on.
        for port in (7, 9, 19):
            connection = connect(port, host)
            if port != 19:
                connection.sendall(b"x" * 10_000)
            else:
                connection.recv(10_000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        with connect(7, host) as connection:
            connection.sendall(b"still there?")
            check(connection.recv(100) == b"still there?", f"{host}: the server outlives the kernel's resets")

        # A port where nobody listens answers with RST (RFC 9293 §3.10.7.1).
        try:
            connect(4321, host).close()
            refused = False
        except ConnectionRefusedError:
            refused = True
        check(refused, f"{host}: a closed port refuses")

with Server("--echo", 7) as server:
    connection = connect(7)
    connection.sendall(b"x" * 1000)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    time.sleep(0.3)
    server.stop()
    check(server.counter("tcp_connections_closed") == 1, "a connection that the kernel reset is gone")
