"""Server-sent events, direct and through each proxy: when does the first byte
come, and how long is an event on its way?  Both ends read the same clock; an
event carries the moment at which it was sent."""
import os
import socket
import threading
import time

import peers

EVENTS = int(os.environ.get("BENCH_EVENTS", "400"))
STREAMS = 5
PAUSE = 0.005                   # between two events


class Origin:
    """Any request is answered with EVENTS events."""

    def __init__(self, tls=None):
        self.tls = tls
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            c, _ = self.socket.accept()
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.tls is not None:
                c = self.tls.wrap_socket(c, server_side=True)
            data = b""
            while b"\r\n\r\n" not in data:
                more = c.recv(65536)
                if not more:
                    return
                data += more
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(EVENTS):
                event = b"data: {\"t\":%020d}\n\n" % time.monotonic_ns()
                c.sendall(b"%x\r\n%s\r\n" % (len(event), event))
                time.sleep(PAUSE)
            c.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        finally:
            c.close()


def stream(port, origin):
    c = socket.create_connection(("127.0.0.1", port))
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return events(c, b"GET http://127.0.0.1:%d/ HTTP/1.1\r\n"
                  b"Host: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n"
                  % (origin, origin))


def events(c, request):
    """(ns to the first byte, [ns that each event was on its way])."""
    start = time.monotonic_ns()
    c.settimeout(60)
    c.sendall(request)
    first, delays, data = None, [], b""
    while b"0\r\n\r\n" not in data:
        more = c.recv(65536)
        now = time.monotonic_ns()
        if first is None:
            first = now - start
        if not more:
            break
        data += more
        while True:
            i = data.find(b'{"t":')
            if i == -1 or len(data) < i + 28:
                break
            delays.append(now - int(data[i + 5:i + 25]))
            data = data[i + 28:]
    c.close()
    return first, delays


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p))] / 1e3


def title(what):
    print("\n%-27s %9s %9s %9s %9s %9s %9s %7s" % (
        what + ", one each %d ms" % (PAUSE * 1000), "first us", "p50 us",
        "p99 us", "max us", "+p50 us", "+p99 us", "events"))


def row(name, firsts, delays, base):
    p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
    print("  %-25s %9.0f %9.0f %9.0f %9.0f %9.0f %9.0f %7d" % (
        name, percentile(firsts, 0.5), p50, p99, percentile(delays, 1),
        p50 - base[0], p99 - base[1], len(delays)))
    return p50, p99


def run(top, build, procs):
    origin = Origin()
    title("SSE")
    base = (0, 0)
    for peer in (None,) + peers.ALL:
        name, port, p = "direct", origin.port, None
        if peer is not None:
            home = os.path.join(top, "stream-" + peer.name)
            os.mkdir(home)
            p = peer(home, build)
            procs.append(p.proc)
            name, port = peer.name, p.port
        stream(port, origin.port)
        got = [stream(port, origin.port) for _ in range(STREAMS)]
        now = row(name, [x[0] for x in got], [d for x in got for d in x[1]],
                  base)
        if peer is None:
            base = now
        else:
            peers.stop(p.proc)
