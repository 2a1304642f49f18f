#!/usr/bin/env python3
# 5,000 connections in a row, and 1,000 at once; none is refused, none is left over.
# limit: 90

from support import Server, V4, check, connect, sanitized

in_a_row = 1000 if sanitized else 5000
with Server("--echo", 7, msl=0.1) as server:
    right = 0
    for number in range(in_a_row):
        with connect(7) as connection:
            message = b"%d" % number
            connection.sendall(message)
            right += connection.recv(100) == message
    check(right == in_a_row, f"{in_a_row} connections in a row, each with an echo")

    at_once = [connect(7) for _ in range(1000)]
    check(True, "1,000 connections are open at once")
    for number, connection in enumerate(at_once):
        connection.sendall(b"connection %d" % number)
    right = sum(connection.recv(100) == b"connection %d" % number for number, connection in enumerate(at_once))
    check(right == 1000, "each of the 1,000 has its own echo")
    for connection in at_once:
        connection.close()
    server.stop()
    check(server.counter("tcp_connections_accepted") == in_a_row + 1000, "as many were accepted as were made")
    check(server.counter("tcp_connections_closed") == in_a_row + 1000, "and as many are gone")
