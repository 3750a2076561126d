#!/usr/bin/env python3
"""One huge body through the proxy, both ways, and what it costs in memory.

usage: soak.py PROXY MEBIBYTES PID ...      (a quarter of it on the way up)

The receiving end stops now and then until nothing moves any more, so that
every buffer on the way is full; the bytes are compared as they come, never
stored.  Prints the memory of the processes, sampled all the way through (PSS,
or the resident set where that may not be read), and fails when it grows by
more than GROWTH after the first WARM of the bytes.
"""
import os
import socket
import sys
import threading
import time

import rawhttp
from rawhttp import check, failures

MIB = 1 << 20
PIECE = 256 * 1024
GROWTH = int(os.environ.get("SOAK_GROWTH", "4096"))     # KiB
WARM = 32                       # the first 1/32 of a body
STOPS = 16                      # times that the receiver stops
STILL = 0.05                    # seconds without a byte: all is full
PERIOD = bytes((i * 7 + i // 251) % 256 for i in range(PIECE + 4099))


class Pattern:
    """The body: PERIOD over and over, so that nothing aligns."""

    twice = memoryview(PERIOD * 2 + PERIOD[:PIECE])

    def piece(self, at, n):
        start = at % len(PERIOD)
        return self.twice[start:start + n]


def memory(pid):
    try:
        with open("/proc/%d/smaps_rollup" % pid) as f:
            for text in f:
                if text.startswith("Pss:"):
                    return int(text.split()[1])
    except OSError:
        pass
    with open("/proc/%d/status" % pid) as f:
        for text in f:
            if text.startswith("VmRSS:"):
                return int(text.split()[1])
    raise AssertionError("no memory of %d" % pid)


class Body:
    """One body on its way; sent and received run in threads of their own."""

    def __init__(self, size, pids):
        self.size, self.pids = size, pids
        self.sent = self.got = 0
        self.base, self.most = None, {}

    def send(self, c):
        while self.sent < self.size:
            self.sent += c.send(Pattern().piece(
                self.sent, min(PIECE, self.size - self.sent)))

    def full(self):
        """Until the sender cannot send: that is the state to look at."""
        while True:
            before = self.sent
            time.sleep(STILL)
            if self.sent == before:
                return

    def sample(self):
        now = {pid: memory(pid) for pid in self.pids}
        if self.base is None:
            if self.got >= self.size // WARM:
                self.base = now
            return
        for pid, n in now.items():
            self.most[pid] = max(self.most.get(pid, 0), n)

    def receive(self, c, data):
        buf = memoryview(bytearray(PIECE))
        n = len(data)
        buf[:n] = data
        stop = step = self.size // (STOPS + 1)
        sample = 0
        while True:
            if Pattern().piece(self.got, n) != buf[:n]:
                check(False, "byte", self.got)
                return
            self.got += n
            if self.got >= self.size:
                break
            if self.got >= sample:
                self.sample()
                sample += max(self.size // 200, PIECE)
            if self.got >= stop:
                self.full()
                self.sample()
                stop += step
            n = c.recv_into(buf, min(PIECE, self.size - self.got))
            if n == 0:
                check(False, "ended at", self.got)
                return

    def report(self, what, seconds):
        for pid in self.pids:
            name = open("/proc/%d/comm" % pid).read().strip()
            grew = self.most[pid] - self.base[pid]
            print("%s: %d MiB in %.1f s, %s: %d KiB, at most %+d" % (
                what, self.size // MIB, seconds, name, self.base[pid], grew))
            check(grew <= GROWTH, what, name, "grew by", grew, "KiB")


def transfer(proxy, size, pids, upload):
    body = Body(size, pids)
    length = b"Content-Length: %d\r\n\r\n" % size

    def serve(c):
        h, buf = rawhttp.head(c)
        if upload:
            body.receive(c, buf)
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            c.sendall(b"HTTP/1.1 200 OK\r\n" + length)
            body.send(c)
        rawhttp.rest(c)

    origin = rawhttp.Origin()
    origin.handler = serve
    c = rawhttp.connect(proxy)
    start = time.monotonic()
    c.sendall((b"PUT" if upload else b"GET") + b" http://" + origin.authority +
              b"/ HTTP/1.1\r\nHost: " + origin.authority + b"\r\n" +
              (length if upload else b"\r\n"))
    if upload:
        t = threading.Thread(target=body.send, args=(c,), daemon=True)
        t.start()
    h, buf = rawhttp.head(c)
    check(rawhttp.status(h) == 200, h)
    if not upload:
        body.receive(c, buf)
    check(body.got == size, "received", body.got)
    c.close()
    body.report("upload" if upload else "download", time.monotonic() - start)


def main():
    size = int(sys.argv[2]) * MIB
    pids = [int(x) for x in sys.argv[3:]]
    for upload, size in (False, size), (True, size // 4):
        try:
            transfer(sys.argv[1], size, pids, upload)
        except (OSError, EOFError) as e:
            failures.append(repr(e))
    for f in failures[:5]:
        print(f)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
