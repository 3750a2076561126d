#!/usr/bin/env python3
"""Many connections on one proxy-worker, idle and busy.

usage: crowd.py PROXY IDLE BUSY ROUNDS PID ...

IDLE connections do one request each and then nothing; BUSY ones then do
ROUNDS requests each, all at once; at last every idle one does one more.  All
answers are compared.  Prints the memory of the processes at each step and
what one idle connection costs, in KiB (PSS, or the resident set where that
may not be read).  Exit status 1 if an answer was wrong or missing.
"""
import asyncio
import resource
import sys
import time

from soak import memory

WAIT = 120
BODY = 1024
AT_ONCE = 200                   # connections being opened
failures = []


def body(key):
    return (key * (BODY // len(key) + 1))[:BODY]


async def origin(reader, writer):
    """Answers with 1 KiB made of the request's key."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.index(b"\r\nX-Key: ") + 9
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" %
                         BODY + body(head[at:head.index(b"\r\n", at)]))
    except (OSError, EOFError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


class Crowd:
    def __init__(self, proxy, authority, pids):
        self.host, port = proxy.rsplit(":", 1)
        self.port = int(port)
        self.authority, self.pids = authority, pids
        self.steps = []

    async def ask(self, conn, key):
        reader, writer = conn
        writer.write(b"GET http://" + self.authority + b"/ HTTP/1.1\r\nHost: "
                     + self.authority + b"\r\nX-Key: " + key + b"\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        data = await reader.readexactly(BODY)
        if not head.startswith(b"HTTP/1.1 200 ") or data != body(key):
            failures.append((key, head, data[:100]))

    async def open(self, n, key):
        conns = []
        for i in range(0, n, AT_ONCE):
            new = await asyncio.gather(*(
                asyncio.open_connection(self.host, self.port)
                for _ in range(min(AT_ONCE, n - i))))
            await asyncio.gather(*(self.ask(c, b"%s%d" % (key, i + j))
                                   for j, c in enumerate(new)))
            conns += new
        return conns

    async def busy(self, conn, n, rounds):
        for i in range(rounds):
            await self.ask(conn, b"b%d.%d" % (n, i))

    def step(self, name):
        self.steps.append((name, [memory(p) for p in self.pids]))

    async def all(self, idle, busy, rounds):
        warm = await self.open(20, b"w")
        for _, writer in warm:
            writer.close()
        self.step("before")
        sleepers = await self.open(idle, b"i")
        self.step("%d idle" % idle)
        workers = await self.open(busy, b"o")
        start = time.monotonic()
        tasks = [asyncio.ensure_future(self.busy(c, n, rounds))
                 for n, c in enumerate(workers)]
        await asyncio.wait(tasks, timeout=0.2)
        self.step("%d busy" % busy)
        await asyncio.gather(*tasks)
        took = time.monotonic() - start
        for i in range(0, idle, AT_ONCE):
            await asyncio.gather(*(self.ask(c, b"j%d" % (i + j)) for j, c in
                                   enumerate(sleepers[i:i + AT_ONCE])))
        self.step("after")
        for _, writer in sleepers + workers:
            writer.close()
        return busy * rounds / took if took else 0

    def report(self, idle, rate):
        names = [open("/proc/%d/comm" % p).read().strip() for p in self.pids]
        print("%-12s %s" % ("KiB", " ".join("%16s" % n for n in names)))
        for name, values in self.steps:
            print("%-12s %s" % (name, " ".join("%16d" % v for v in values)))
        print("%-12s %s" % ("one idle", " ".join(
            "%16.2f" % ((b - a) / idle) for a, b in
            zip(self.steps[0][1], self.steps[1][1]))))
        print("%.0f requests a second while busy" % rate)


async def main():
    idle, busy, rounds = (int(x) for x in sys.argv[2:5])
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    server = await asyncio.start_server(origin, "127.0.0.1", 0, backlog=512)
    crowd = Crowd(sys.argv[1], b"127.0.0.1:%d" %
                  server.sockets[0].getsockname()[1],
                  [int(x) for x in sys.argv[5:]])
    rate = 0
    try:
        rate = await asyncio.wait_for(crowd.all(idle, busy, rounds), WAIT)
    except (OSError, EOFError, asyncio.TimeoutError) as e:
        failures.append(repr(e))
    if len(crowd.steps) > 1:
        crowd.report(idle, rate)
    for f in failures[:5]:
        print(f)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
