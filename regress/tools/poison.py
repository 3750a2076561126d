#!/usr/bin/env python3
"""Connections to origins that are spoiled in every way there is, and shared.

usage: poison.py PROXY COUNT [SEED]

Clients of four blocks (127.0.1.0/24 to 127.0.4.0/24), with credentials and
without, ask two origins that answer well, too much, too early or not to the
end, and give up themselves at every point.  Each byte says whose it is: nobody
gets one of another exchange, and on a connection to an origin there is only
ever one client with one credential.  The second origin also speaks when it
was not asked, which nobody can tell from an answer to the next request: it
may confuse those of one client and credential with each other, no others.
"""
import asyncio
import random
import re
import sys

PARALLEL = 24
WAIT = 20
WAIT_WILD = 3
BLOCKS = 4
MARK = re.compile(rb"<(EVIL|FINE) (b\d(?: \d)?) (\d+)>")
failures = []


class Exchange:
    def __init__(self, number, who, how, wild):
        self.number, self.who, self.how, self.wild = number, who, how, wild
        self.method = b"GET"
        self.body = b""
        if how == "head":
            self.method = b"HEAD"
        elif how in ("early", "upload_abort", "upload"):
            self.method = b"POST"
            # what a server that loses count would take for a request
            self.body = (b"GET /evil HTTP/1.1\r\nHost: h\r\nX-Who: %s\r\n"
                         b"X-Number: %d\r\n\r\n" % (who, number)) * 300

    def mark(self, word):
        return b"<%s %s %d>" % (word, self.who, self.number)


def message(body, status=b"200 OK", fields=b""):
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n" % (
        status, fields, len(body)) + body


# how: what the origin sends, and what after a pause; None: it hangs up
def reply(e, rng):
    fine = e.mark(b"FINE") * rng.choice((1, 10, 3000))
    evil = e.mark(b"EVIL")
    more = message(evil)
    return {
        "ok": (message(fine), b""),
        "upload": (message(fine), b""),
        "upload_abort": (message(fine), b""),
        "early": (message(fine, b"413 Large"), b""),
        "extra": (message(fine) + more, b""),
        "longer": (message(fine) + evil, b""),
        "interim": (message(fine) + b"HTTP/1.1 100 Continue\r\n\r\n", b""),
        "chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    b"%x\r\n%s\r\n0\r\n\r\n" % (len(fine), fine) + more, b""),
        "head": (message(fine).split(b"\r\n\r\n")[0] + b"\r\n\r\n" + evil,
                 b""),
        "204": (b"HTTP/1.1 204 No\r\n\r\n" + evil, b""),
        "304": (b"HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n" + evil, b""),
        "flood": (b"HTTP/1.1 103 Hint\r\n\r\n" * 200 + message(fine), b""),
        "cut": (message(fine)[:-1], None),
        "abort": (b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + fine,
                  evil * 2000),
        "late": (message(fine), more),
        "late_interim": (message(fine), b"HTTP/1.1 103 Hint\r\nX: " + evil +
                         b"\r\n\r\n"),
    }[e.how]


HOWS = ("ok", "ok", "ok", "ok", "upload", "upload", "upload_abort", "early",
        "extra", "longer", "interim", "chunked", "head", "204", "304", "flood",
        "cut", "abort")
WILD = HOWS + ("late", "late", "late_interim", "late_interim")


class Run:
    def __init__(self, proxy, count, seed):
        self.host, port = proxy.rsplit(":", 1)
        self.port = int(port)
        self.count, self.seed = count, seed
        self.plan = []
        self.connections = self.shared = 0
        self.slots = asyncio.Semaphore(PARALLEL)

    async def origin(self, reader, writer):
        self.connections += 1
        owner, rng = None, random.Random(self.connections)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(x.split(b": ", 1) for x in
                              head.split(b"\r\n")[1:-2])
                who = fields[b"X-Who"]
                if b"/evil" in head or (owner is not None and owner != who):
                    failures.append("after %r there came %r" % (owner, head))
                self.shared += owner is not None
                owner = who
                e = self.plan[int(fields[b"X-Number"])]
                if e.body and e.how != "early":
                    await reader.readexactly(len(e.body))
                now, later = reply(e, rng)
                writer.write(now)
                await writer.drain()
                if later is None:
                    return
                if later:
                    await asyncio.sleep(rng.choice((0, 0.001, 0.005)))
                    writer.write(later)
                if e.how == "early":
                    await reader.readexactly(len(e.body))
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        except Exception as err:
            failures.append("origin: %r" % err)
        finally:
            writer.close()

    def judge(self, e, data):
        """Nothing of anybody else's, and of its own only what is fine."""
        for word, who, number in MARK.findall(data):
            if word == b"FINE" and int(number) == e.number:
                continue
            if e.wild and who == e.who and self.plan[int(number)].wild:
                continue
            failures.append("%d (%s, %s) got %s of %s, %s (%s)" % (
                e.number, e.who, e.how, word, who, number,
                self.plan[int(number)].how))

    async def answer(self, reader, e):
        """All that the client gets; True when it may go on."""
        data, status = b"", 100
        while status // 100 == 1:
            head = await reader.readuntil(b"\r\n\r\n")
            data += head
            status = int(head[9:12])
        fields = {k.lower(): v for k, v in (
            x.split(b": ", 1) for x in head.split(b"\r\n")[1:-2])}
        if e.how == "abort" and status == 200:
            self.judge(e, data)
            return False
        if e.method == b"HEAD" or status in (204, 304):
            pass
        elif b"transfer-encoding" in fields:
            data += await reader.readuntil(b"0\r\n\r\n")
        else:
            data += await reader.readexactly(int(fields[b"content-length"]))
        self.judge(e, data)
        good = {"flood": 502, "early": 413, "204": 204, "304": 304}
        want = good.get(e.how, 200)
        if status != want and not e.wild:
            failures.append("%d (%s): status %d" % (e.number, e.how, status))
        return fields.get(b"connection") != b"close"

    async def client(self, exchanges, source, authority, credential):
        async with self.slots:
            reader, writer = await asyncio.open_connection(
                self.host, self.port, local_addr=(source, 0))
            try:
                for e in exchanges:
                    await asyncio.wait_for(self.ask(
                        reader, writer, e, authority, credential),
                        WAIT_WILD if e.wild else WAIT)
            except asyncio.TimeoutError:        # an OSError, for some
                # Confused, one may have got the beginning of an answer whose
                # rest is never sent.
                if not e.wild:
                    failures.append("no answer to %d, %s" % (e.number, e.how))
            except (OSError, EOFError):
                pass            # it ended; whether it may is for other tests
            finally:
                writer.transport.abort()

    async def ask(self, reader, writer, e, authority, credential):
        writer.write(b"%s http://%s/ HTTP/1.1\r\nHost: %s\r\nX-Who: %s\r\n"
                     b"X-Number: %d\r\n%s" % (e.method, authority, authority,
                                              e.who, e.number, credential))
        if e.method == b"POST":
            writer.write(b"Content-Length: %d\r\n" % len(e.body))
        writer.write(b"\r\n")
        if e.how == "upload_abort":
            writer.write(e.body[:5000])
            await asyncio.sleep(0.002)
            raise EOFError
        writer.write(e.body)
        if not await self.answer(reader, e):
            raise EOFError

    async def all(self):
        servers = [await asyncio.start_server(self.origin, "127.0.0.1", 0,
                                              limit=1 << 20, backlog=256)
                   for _ in range(2)]
        authorities = [b"127.0.0.1:%d" % s.sockets[0].getsockname()[1]
                       for s in servers]
        rng = random.Random(self.seed)
        tasks = set()
        while len(self.plan) < self.count and not failures:
            block = rng.randint(1, BLOCKS)
            who, credential = b"b%d" % block, b""
            if rng.random() < 0.5:
                n = rng.randint(1, 2)
                who += b" %d" % n
                credential = b"Proxy-Authorization: Basic eDp%d\r\n" % n
            es, wild = [], rng.random() < 0.3
            for _ in range(rng.randint(1, 5)):
                es.append(Exchange(len(self.plan), who, rng.choice(
                    WILD if wild else HOWS), wild))
                self.plan.append(es[-1])
            tasks.add(asyncio.ensure_future(self.client(
                es, "127.0.%d.%d" % (block, rng.randint(1, 200)),
                authorities[wild], credential)))
            if len(tasks) >= PARALLEL:
                _, tasks = await asyncio.wait(
                    tasks, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(tasks)
        for s in servers:
            s.close()


async def main():
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else \
        random.randrange(1 << 30)
    run = Run(sys.argv[1], int(sys.argv[2]), seed)
    await run.all()
    print("seed %d: %d exchanges, %d connections to origins, %d reused, "
          "%d failures" % (seed, len(run.plan), run.connections, run.shared,
                           len(failures)))
    if run.shared < run.count // 20:
        failures.append("hardly anything was shared: this shows nothing")
    for f in failures[:5]:
        print(f)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
