"""Many exchanges at once through the proxy: client and origin in one loop.

An Exchange says what to send and what to answer, in pieces; every piece is a
write of its own.  Client and origin meet by the number in X-N; findings are
told apart by the client's address, another one for each exchange.
"""
import asyncio
import base64
import hashlib
import struct
import zlib

TIME = 60


class Exchange:
    def __init__(self, n):
        self.n = n
        self.source = "127.%d.%d.%d" % (70 + n // 62500, n // 250 % 250,
                                        1 + n % 250)
        self.tunnel = False	# inside of a CONNECT
        self.start = b"GET"	# method
        self.target = b"/"
        self.host = None	# a name, if not the origin's address
        self.fields = []
        self.body = None	# bytes of the request after its head
        self.cuts = []		# where the request's bytes are cut
        self.reply = b""	# the whole response
        self.reply_cuts = []
        self.websocket = None	# (frames of the client, of the server)


def pieces(data, cuts):
    last = 0
    for at in list(cuts) + [len(data)]:
        if last < at <= len(data):
            yield data[last:at]
            last = at


async def send(writer, data, cuts):
    for piece in pieces(data, cuts):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)


def chunked(data, cuts, trailer=b""):
    out = [b"%x\r\n%s\r\n" % (len(p), p) for p in pieces(data, cuts)]
    return b"".join(out) + b"0\r\n" + trailer + b"\r\n"


def _field(head, name):
    for line in head.lower().split(b"\r\n")[1:]:
        if line.startswith(name + b":"):
            return line[len(name) + 1:].strip()
    return b""


async def read_body(reader, head, response):
    if b"chunked" in _field(head, b"transfer-encoding"):
        while True:
            size = int((await reader.readline()).split(b";")[0], 16)
            if size == 0:
                break
            await reader.readexactly(size + 2)
        while (await reader.readline()) not in (b"\r\n", b""):
            pass
    elif _field(head, b"content-length"):
        await reader.readexactly(int(_field(head, b"content-length")))
    elif response:
        while await reader.read(65536):
            pass


# WebSocket, RFC 6455, and its compression, RFC 7692

def frame(data, opcode, fin=True, mask=None, rsv1=False):
    head = bytes([opcode | (0x80 if fin else 0) | (0x40 if rsv1 else 0)])
    m = 0x80 if mask else 0
    if len(data) < 126:
        head += bytes([m | len(data)])
    elif len(data) < 65536:
        head += bytes([m | 126]) + struct.pack(">H", len(data))
    else:
        head += bytes([m | 127]) + struct.pack(">Q", len(data))
    if not mask:
        return head + data
    k = (mask * (len(data) // 4 + 1))[:len(data)]
    x = int.from_bytes(data, "big") ^ int.from_bytes(k, "big")
    return head + mask + x.to_bytes(len(data), "big")


class Deflater:
    """One direction with context takeover."""

    def __init__(self):
        self.c = zlib.compressobj(6, zlib.DEFLATED, -15)

    def message(self, data):
        out = self.c.compress(data) + self.c.flush(zlib.Z_SYNC_FLUSH)
        return out[:-4]


def ws_message(rnd, data, mask, opcode=1, parts=1, rsv1=False):
    """A message in frames, control frames between them."""
    def key():
        return rnd.randbytes(4) if mask else None
    n = min(parts, len(data)) or 1
    cuts = sorted(rnd.sample(range(1, len(data)), n - 1)) if n > 1 else []
    out = []
    for i, p in enumerate(list(pieces(data, cuts)) or [b""]):
        out.append(frame(p, opcode if i == 0 else 0, i == n - 1, key(),
                         rsv1 and i == 0))
        if i < n - 1 and rnd.random() < 0.5:
            out.append(frame(b"ping", 9, True, key()))
    return b"".join(out)


def ws_close(rnd, mask):
    return frame(struct.pack(">H", 1000), 8, True,
                 rnd.randbytes(4) if mask else None)


class Wire:
    def __init__(self, proxy):
        host, port = proxy.rsplit(":", 1)
        self.proxy = (host, int(port))
        self.plan = {}
        self.failed = []

    async def origin(self, reader, writer):
        try:
            while True:
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                except asyncio.IncompleteReadError:
                    return
                x = self.plan[int(_field(head, b"x-n"))]
                if x.websocket:
                    await self.ws_origin(reader, writer, head, x)
                    return
                await read_body(reader, head, False)
                await send(writer, x.reply, x.reply_cuts)
                if b"\r\nConnection: close" in x.reply:
                    return
        except (OSError, EOFError, ValueError, KeyError) as e:
            self.failed.append("origin: %r" % e)
        finally:
            writer.close()

    async def ws_origin(self, reader, writer, head, x):
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.split(b":", 1)[1].strip()
        accept = base64.b64encode(hashlib.sha1(
            key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket"
                     b"\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                     accept + b"\r\n" + x.reply + b"\r\n")
        await send(writer, x.websocket[1], x.reply_cuts)
        await reader.readexactly(len(x.websocket[0]))
        writer.write(x.server_close)
        while await reader.read(65536):
            pass

    async def client(self, x):
        reader, writer = await asyncio.open_connection(
            *self.proxy, local_addr=(x.source, 0), limit=1 << 20)
        try:
            host = self.host
            if x.host:
                host = x.host + b":" + self.host.split(b":")[1]
            target = b"http://" + host + x.target
            if x.tunnel:
                writer.write(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" %
                             (host, host))
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise ValueError("CONNECT: %r" % head[:80])
                target = x.target
            head = (x.start + b" " + target + b" HTTP/1.1\r\nHost: " +
                    host + b"\r\nX-N: %d\r\n" % x.n +
                    b"".join(f + b"\r\n" for f in x.fields) + b"\r\n")
            cuts = [c + len(head) for c in x.cuts] if x.body else x.cuts
            if x.websocket:
                writer.write(head)
            else:
                await send(writer, head + (x.body or b""), cuts)
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head[9:12] != b"100":
                    break
            if x.websocket:
                if not head.startswith(b"HTTP/1.1 101 "):
                    raise ValueError("upgrade: %r" % head[:80])
                await send(writer, x.websocket[0], x.cuts)
                await reader.readexactly(len(x.websocket[1]))
                await reader.readexactly(len(x.server_close))
                return
            if not head.startswith(b"HTTP/1.1 200 "):
                raise ValueError("%r" % head[:80])
            await read_body(reader, head, True)
        finally:
            writer.close()

    async def one(self, x, gate):
        async with gate:
            try:
                await asyncio.wait_for(self.client(x), TIME)
            except (OSError, EOFError, ValueError,
                    asyncio.TimeoutError) as e:
                self.failed.append("%s: %r" % (x.name, e))
            del self.plan[x.n]		# it may be large

    async def main(self, exchanges, at_once):
        server = await asyncio.start_server(self.origin, "127.0.0.1", 0,
                                            limit=1 << 20, backlog=512)
        port = server.sockets[0].getsockname()[1]
        self.host = b"127.0.0.1:%d" % port
        gate = asyncio.Semaphore(at_once)
        waiting = []
        for x in exchanges:
            self.plan[x.n] = x
            waiting.append(asyncio.ensure_future(self.one(x, gate)))
            if len(waiting) >= 4 * at_once:
                await waiting.pop(0)
        await asyncio.gather(*waiting)
        server.close()

    def run(self, exchanges, at_once=24):
        asyncio.run(self.main(exchanges, at_once))
