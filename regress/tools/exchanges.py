#!/usr/bin/env python3
"""Generated exchanges through the proxy: the same bytes at both ends.

usage: exchanges.py PROXY COUNT [SEED]

First every way to cut a head, a chunk's edge or a trailer in two, of requests
and responses of each framing, plain and inside of a tunnel; then what the seed
comes up with until there are COUNT exchanges: methods, versions, framings,
sizes up to 1 MiB, pieces, pauses, pipelines, tunnels, interim answers, hop by
hop fields.  What one end sends is made beforehand, and so is what the other
must get, to the byte: order, case and duplicates of fields stay, hop-by-hop
fields go, nothing comes in.  An exchange depends on the seed and its number
alone.
"""
import asyncio
import random
import sys

PARALLEL = 40
WAIT = 60
MIB = 1 << 20
SIZES = (0, 0, 1, 2, 15, 16, 17, 100, 1000, 4095, 4096, 4097, 16383, 16384,
         16385, 65535, 65536, 65537)
INTERIM = (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nlink: </b>\r\n\r\n",
           b"HTTP/1.1 102 Processing\r\n\r\n",
           b"HTTP/1.1 100 Continue\r\n\r\n")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# fields that belong to one connection and must not be seen behind the proxy
HOP_REQUEST = (b"Proxy-Authorization: Basic dTpw\r\n", b"TE: trailers\r\n",
               b"Keep-Alive: timeout=5\r\n", b"proxy-connection: x\r\n",
               b"Upgrade: h2c\r\n")
HOP_RESPONSE = (b"Keep-Alive: timeout=5\r\n", b"Upgrade: h2c\r\n",
                b"proxy-authenticate: Basic\r\n", b"TE: x\r\n",
                b"Proxy-Connection: close\r\n")
NAMES = (b"X-A", b"x-a", b"X-a", b"Cookie", b"Accept", b"accept", b"Via",
         b"Set-Cookie", b"set-cookie", b"Date", b"ETag", b"Trailer")
VALUES = (b"", b" ", b"1", b" 1", b"  two  words \t", b" a, b,, c", b' "q;=\\"',
          b" \xe9\xff\xfe", b"\t=?utf-8?q?x?=")

failures = []


def chunked(rng, data):
    out, i = [], 0
    while i < len(data):
        n = min(len(data) - i, rng.randint(1, rng.choice((1, 7, 100, 5000,
                70000)) * (1 + len(data) // 5000)))
        ext = rng.choice((b"", b"", b"", b';a="b;c"', b";x", b";y=z"))
        form = rng.choice((b"%x", b"%X", b"%06x"))
        out += (form % n, ext, b"\r\n", data[i:i + n], b"\r\n")
        i += n
    out.append(rng.choice((b"0\r\n", b"00;e=f\r\n")))
    out.append(rng.choice((b"", b"", b"X-T: 1\r\nX-U: 2\r\nx-t: 3\r\n")))
    return b"".join(out) + b"\r\n"


def framed(rng, data, kind):
    """The fields that frame a body, and the body as it goes over the wire."""
    if kind == "length":
        return rng.choice((b"Content-Length: %d\r\n",
                           b"content-length:%d\r\n")) % len(data), data
    if kind == "chunked":
        return rng.choice((b"Transfer-Encoding: chunked\r\n",
                           b"transfer-encoding:CHUNKED \r\n")), \
            chunked(rng, data)
    return b"", data


def some_data(rng, large):
    n = rng.choice(SIZES) if not large else rng.randint(0, MIB)
    return rng.randbytes(n)


def cuts(rng, data):
    """Where to cut: nowhere, here and there, or everywhere."""
    how = rng.random()
    if how < 0.4 or len(data) < 2:
        return []
    if how < 0.5 and len(data) < 700:
        return list(range(1, len(data)))
    return sorted(rng.sample(range(1, len(data)),
                             min(len(data) - 1, rng.randint(1, 6))))


class Exchange:
    """What goes in at one end, and what must come out at the other.

    request, response   the bytes sent
    seen, answer        the bytes that must arrive: (head, body)
    expect              the client waits for a 100 before its body
    over                the client's connection ends after this one
    origin_ends         the origin's connection does
    """

    def __init__(self, rng, key, authority, tunnel, last):
        self.key, self.expect, self.pause = key, False, 0
        self.authority = authority
        old = last and not tunnel and rng.random() < 0.3
        self.minor = 0 if old else 1
        large = rng.random() < 0.02
        self.make_request(rng, tunnel, last, large)
        self.make_response(rng, tunnel, last, large and rng.random() < 0.7)
        self.request_cuts = cuts(rng, self.request)
        self.response_cuts = cuts(rng, self.response)
        if rng.random() < 0.2:
            self.pause = rng.choice((0.0002, 0.001, 0.003))

    def make_request(self, rng, tunnel, last, large):
        self.method = rng.choice((b"GET", b"POST", b"PUT", b"HEAD", b"FROB",
                                  b"DELETE", b"OPTIONS"))
        kind = "none"
        if self.method not in (b"GET", b"HEAD"):
            kind = rng.choice(("none", "length", "chunked") if self.minor
                              else ("none", "length"))
        data = b"" if kind == "none" else some_data(rng, large)
        framing, body = framed(rng, data, kind)
        fields = [b"Host: " + self.authority + b"\r\n",
                  b"X-Key: " + self.key + b"\r\n", framing]
        fields += [rng.choice(NAMES) + b":" + rng.choice(VALUES) + b"\r\n"
                   for _ in range(rng.randint(0, 6))]
        if rng.random() < 0.05:
            fields.append(b"X-Long: " + b"v" * rng.randint(1000, 9000) +
                          b"\r\n")
        if kind != "none" and self.minor and rng.random() < 0.1:
            self.expect = True
            fields.append(b"Expect: 100-continue\r\n")
        hop = rng.sample(HOP_REQUEST, rng.choice((0, 0, 0, 1, 3)))
        if last and self.minor:
            hop.append(b"Connection: close\r\n")
        elif rng.random() < 0.2 and self.minor:
            hop.append(rng.choice((b"Connection: keep-alive\r\n",
                       b"Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\n",
                       b"Connection: Host, X-Hop\r\nx-hop: 1\r\n")))
        self.head(rng, fields, hop, body, tunnel)

    def head(self, rng, fields, hop, body, tunnel):
        fields = [f for f in fields if f]
        rng.shuffle(fields)
        sent = list(fields)
        for f in hop:
            sent.insert(rng.randint(0, len(sent)), f)
        path = b"/a//%7e/./b?q=" + self.key
        target = path if tunnel else b"http://" + self.authority + path
        version = b" HTTP/1.%d\r\n" % self.minor
        self.request_head = self.method + b" " + target + version + \
            b"".join(sent) + b"\r\n"
        self.request = self.request_head + body
        self.seen = (self.method + b" " + path + version + b"".join(fields) +
                     b"\r\n", body)

    def make_response(self, rng, tunnel, last, large):
        status = rng.choice((200, 200, 200, 200, 206, 404, 503, 204, 304))
        bare = status in (204, 304) or self.method == b"HEAD"
        kind = rng.choice(("length", "length", "chunked", "chunked", "close"))
        if self.minor == 0 and kind == "chunked":
            kind = "length"
        if bare and (kind == "close" or status == 204):
            kind = "none"
        framing, body = framed(rng, some_data(rng, large), kind)
        body = b"" if bare else body
        version = rng.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"))
        if kind == "chunked":
            version = b"HTTP/1.1"
        fields = [framing] + [
            rng.choice(NAMES) + b":" + rng.choice(VALUES) + b"\r\n"
            for _ in range(rng.randint(0, 6))]
        rng.shuffle(fields)
        hop = rng.sample(HOP_RESPONSE, rng.choice((0, 0, 0, 1, 2)))
        connection = rng.choice((b"", b"", b"keep-alive", b"close",
                                 b"keep-alive, X-Hop"))
        named = b"X-Hop: 2\r\n" if b"X-Hop" in connection else b""
        stays = b"keep-alive" in connection if version == b"HTTP/1.0" else \
            connection != b"close"
        self.origin_ends = kind == "close" or not stays or self.minor == 0
        self.over = last or kind == "close" or (tunnel and not stays)
        place = rng.randint(0, len(fields))
        sent = fields[:place] + [b"Connection: " + connection + b"\r\n"] + \
            fields[place:] if connection else list(fields)
        got = list(fields)
        if self.over and self.minor:
            # said where the origin said something, else at the end
            got.insert(place if connection else len(got),
                       b"Connection: close\r\n")
        for f in hop + ([named] if named else []):
            sent.insert(rng.randint(0, len(sent)), f)
        line = b" %d As it is\r\n" % status
        interim = b"" if self.minor == 0 else b"".join(
            rng.choice(INTERIM[:2]) for _ in range(rng.choice((0, 0, 0, 1,
                                                               3))))
        self.response = interim + version + line + b"".join(sent) + b"\r\n" + \
            body
        self.answer = (interim + b"HTTP/1.1" + line + b"".join(got) + b"\r\n",
                       body)


class Split(Exchange):
    """A fixed exchange of one framing, each half cut in two at one place."""

    def __init__(self, n, key, authority, tunnel, kind, at):
        rng = random.Random(n)
        self.key, self.authority = key, authority
        self.minor, self.expect, self.pause = 1, False, 0.001
        self.method = b"POST"
        chunks = (b'3;a="b;c"\r\nabc\r\n1\r\nd\r\n0A\r\n0123456789\r\n'
                  b"0;e\r\nX-T: 1\r\nx-t: 2\r\n\r\n")
        framing, body = {
            "chunked": (b"Transfer-Encoding: chunked\r\n", chunks),
            "length": (b"Content-Length: 11\r\n", b"hello\r\n\r\n\0\xff"),
            "close": (b"Content-Length: 0\r\n", b""),
        }[kind]
        self.head(rng, [b"Host: " + authority + b"\r\n", b"A: \r\n",
                        b"X-Key: " + key + b"\r\n", framing, b"a:b \r\n"],
                  [b"TE: trailers\r\n",
                   b"Connection: keep-alive, X-H\r\nX-h: 1\r\n"], body, tunnel)
        self.over = self.origin_ends = kind == "close"
        if self.over:
            framing, body = b"", b"to the\r\n\r\nend"
        line = b"HTTP/1.1 200 As it is\r\nSet-Cookie: a\r\nset-cookie: b\r\n"
        self.response = INTERIM[0] + line + b"Keep-Alive: x\r\n" + framing + \
            b"\r\n" + body
        self.answer = (INTERIM[0] + line + framing +
                       (b"Connection: close\r\n" if self.over else b"") +
                       b"\r\n", body)
        self.request_cuts = [1 + at % (len(self.request) - 1)]
        self.response_cuts = [1 + at % (len(self.response) - 1)]

    def places(self):
        return max(len(self.request), len(self.response)) - 1


async def send(writer, data, where, pause):
    last = 0
    for at in where + [len(data)]:
        writer.write(data[last:at])
        last = at
        await asyncio.sleep(pause)
    await writer.drain()


async def arrives(reader, want, what, e):
    """Exactly these bytes."""
    try:
        got = await reader.readexactly(len(want))
    except asyncio.IncompleteReadError as err:
        got = err.partial
    if got != want:
        n = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b),
                 min(len(got), len(want)))
        failures.append("%s: %s of %d bytes differs at %d:\n got %r\nwant %r" %
                        (e.key.decode(), what, len(want), n,
                         got[max(n - 100, 0):n + 100],
                         want[max(n - 100, 0):n + 100]))
        raise EOFError


class Run:
    def __init__(self, proxy, count, seed):
        self.host, port = proxy.rsplit(":", 1)
        self.port = int(port)
        self.count, self.seed = count, seed
        self.plan = {}
        self.total = self.bytes = self.connections = self.tunnels = 0
        self.slots = asyncio.Semaphore(PARALLEL)

    async def origin(self, reader, writer):
        self.connections += 1
        try:
            await self.serve(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        except Exception as err:
            failures.append("origin: %r" % err)
        finally:
            writer.close()

    async def serve(self, reader, writer):
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as err:
                if err.partial:
                    failures.append("origin: half a head: %r" % err.partial)
                return
            at = head.find(b"\r\nX-Key: ")
            e = self.plan.pop(head[at + 9:head.find(b"\r\n", at + 9)], None)
            if e is None:
                failures.append("a head that nobody sent: %r" % head)
                return
            if head != e.seen[0]:
                failures.append("%s: request head:\n got %r\nwant %r" % (
                    e.key.decode(), head, e.seen[0]))
            if e.expect:
                writer.write(CONTINUE)
            await arrives(reader, e.seen[1], "request body", e)
            await send(writer, e.response, e.response_cuts, e.pause)
            self.bytes += len(e.request) + len(e.response)
            if e.origin_ends:
                return

    async def client(self, exchanges, tunnel, pipelined):
        async with self.slots:
            try:
                await asyncio.wait_for(
                    self.converse(exchanges, tunnel, pipelined), WAIT)
            except EOFError:
                pass
            except (OSError, asyncio.TimeoutError) as err:
                failures.append("client: %s: %r" % (
                    exchanges[0].key.decode(), err))

    async def converse(self, exchanges, tunnel, pipelined):
        reader, writer = await asyncio.open_connection(
            self.host, self.port, limit=4 * MIB)
        sender = None
        try:
            if tunnel:
                self.tunnels += 1
                a = exchanges[0].authority
                writer.write(b"CONNECT " + a + b" HTTP/1.1\r\nHost: " + a +
                             b"\r\n\r\n")
                await arrives(reader, b"HTTP/1.1 200 Connection established"
                              b"\r\n\r\n", "CONNECT", exchanges[0])
            if pipelined:
                data = b"".join(e.request for e in exchanges)
                where = cuts(random.Random(len(data)), data)
                sender = asyncio.ensure_future(send(writer, data, where, 0))
            for e in exchanges:
                if not pipelined:
                    sender = asyncio.ensure_future(self.ask(writer, e, reader))
                    if e.expect:
                        await sender
                await arrives(reader, e.answer[0], "response head", e)
                await arrives(reader, e.answer[1], "response body", e)
                if not pipelined:
                    await sender
            if exchanges[-1].over and await reader.read(1) != b"":
                failures.append("%s: more than the answer" %
                                exchanges[-1].key.decode())
        finally:
            if sender is not None:
                sender.cancel()
            writer.close()

    async def ask(self, writer, e, reader):
        if not e.expect:
            await send(writer, e.request, e.request_cuts, e.pause)
            return
        writer.write(e.request_head)
        await arrives(reader, CONTINUE, "100", e)
        writer.write(e.request[len(e.request_head):])
        await writer.drain()

    def batches(self, authorities):
        """Connections: (exchanges, in a tunnel, pipelined)."""
        for kind in ("chunked", "length", "close"):
            for tunnel in (False, True):
                places = Split(0, b"s00000", authorities[0], tunnel, kind,
                               0).places()
                step = 1 if kind == "close" else 20
                for first in range(0, places, step):
                    a = authorities[first % 2]
                    es = [Split(0, b"s%05d" % (self.total + i), a, tunnel, kind,
                                first + i)
                          for i in range(min(step, places - first))]
                    self.total += len(es)
                    yield es, tunnel, False
        while self.total < self.count:
            rng = random.Random("%d/%d" % (self.seed, self.total))
            size = rng.randint(1, 6)
            tunnel = rng.random() < 0.25
            a = rng.choice(authorities)
            es = []
            while len(es) < size and not (es and es[-1].over):
                es.append(Exchange(rng, b"k%d" % self.total, a, tunnel,
                                   len(es) == size - 1))
                self.total += 1
            yield es, tunnel, rng.random() < 0.3 and not any(
                e.expect for e in es)

    async def all(self):
        servers = [await asyncio.start_server(self.origin, "127.0.0.1", 0,
                                              limit=4 * MIB, backlog=256)
                   for _ in range(2)]
        authorities = [b"127.0.0.1:%d" % s.sockets[0].getsockname()[1]
                       for s in servers]
        tasks = set()
        for es, tunnel, pipelined in self.batches(authorities):
            for e in es:
                self.plan[e.key] = e
            tasks.add(asyncio.ensure_future(self.client(es, tunnel,
                                                        pipelined)))
            if len(tasks) >= 2 * PARALLEL:
                _, tasks = await asyncio.wait(
                    tasks, return_when=asyncio.FIRST_COMPLETED)
            if failures:
                break
        await asyncio.wait(tasks)
        if not failures and self.plan:
            failures.append("%d never arrived" % len(self.plan))


async def main():
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else \
        random.randrange(1 << 30)
    run = Run(sys.argv[1], int(sys.argv[2]), seed)
    await run.all()
    print("seed %d: %d exchanges in %d tunnels and without, %d MiB, "
          "%d connections to origins, %d failures" % (
              seed, run.total, run.tunnels, run.bytes >> 20, run.connections,
              len(failures)))
    for f in failures[:5]:
        print(f[:3000])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
