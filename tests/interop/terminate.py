#!/usr/bin/env python3
# SIGTERM and SIGINT under load: each peer sees a FIN, the device goes, the status is 0.
# limit: 60
import signal
import threading
import time

from support import Server, V4, V6, check, connect, no_report, run


def reader(connection, ends):
    try:
        while connection.recv(1 << 16):
            pass
        ends.append("FIN")
    except OSError as error:
        ends.append(type(error).__name__)


for signal_number in (signal.SIGTERM, signal.SIGINT):
    with Server("--echo", 7, "--discard", 9, "--chargen", 19) as server:
        ends = []
        loaded = [connect(19, host) for host in (V4, V6) * 4]
        idle = [connect(7, V4) for _ in range(20)]
        readers = [threading.Thread(target=reader, args=(connection, ends), daemon=True)
                   for connection in loaded + idle]
        for thread in readers:
            thread.start()
        time.sleep(1)
        begin = time.monotonic()
        server.process.send_signal(signal_number)
        for thread in readers:
            thread.join(20)
        for connection in loaded + idle:
            connection.close()
        status = server.process.wait(timeout=30)
        server.stopped = True
        print(f"   ended after {time.monotonic() - begin:.1f} s")
        check(status == 0, f"{signal_number.name} under load: status {status}")
        no_report(server.error_text(), "serve under load")
        check(ends.count("FIN") == len(readers), f"every connection ends with a FIN ({sorted(set(ends))})")
        check("handwave" not in run("ip", "link").stdout, "the device is gone")
