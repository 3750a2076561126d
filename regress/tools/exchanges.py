#!/usr/bin/env python3
"""Generated exchanges through the proxy: the same bytes at both ends.

usage: exchanges.py PROXY COUNT [SEED]

Every method, framing, size, split, pause and pipeline the seed comes up with;
heads must arrive without their hop-by-hop fields and otherwise unchanged.
"""
import random
import sys
import threading
import time

import rawhttp
from rawhttp import failures

HINTS = (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n")


def chunked(rng, data):
    out = b""
    i = 0
    while i < len(data):
        n = rng.randint(1, min(len(data) - i, rng.choice((1, 7, 100, 5000,
            70000))))
        ext = rng.choice((b"", b"", b"", b';a="b;c"'))
        out += b"%x%s\r\n%s\r\n" % (n, ext, data[i:i + n])
        i += n
    trailer = rng.choice((b"", b"", b"X-T: 1\r\nX-U: 2\r\n"))
    return out + b"0\r\n" + trailer + b"\r\n"


def send(rng, c, data):
    """In one piece, in a few, or byte by byte, now and then with a pause."""
    how = rng.random()
    if how < 0.4 or len(data) > 200000:
        c.sendall(data)
        return
    i = 0
    while i < len(data):
        n = 1 if how < 0.6 and len(data) < 600 else \
            rng.randint(1, max(1, len(data) // 3))
        c.sendall(data[i:i + n])
        i += n
        if rng.random() < 0.02:
            time.sleep(0.001)


def framed(rng, data, kind):
    if kind == "none":
        return b"", b""
    if kind == "length":
        return b"Content-Length: %d\r\n" % len(data), data
    return b"Transfer-Encoding: chunked\r\n", chunked(rng, data)


class Exchange:
    """What goes in at one end, and what must come out at the other."""

    def __init__(self, rng, key, authority, last):
        self.method = rng.choice((b"GET", b"POST", b"PUT", b"HEAD", b"FROB",
            b"DELETE"))
        data = rng.randbytes(rng.randint(0, rng.choice((0, 1, 10, 1000, 65536,
            65537, 200000))))
        kind = "none" if self.method in (b"GET", b"HEAD") else \
            rng.choice(("none", "length", "chunked"))
        framing, self.request_body = framed(rng, data, kind)
        path = b"/p?q=" + key
        extra = b"".join(b"X-R%d: %s\r\n" % (rng.randint(0, 3),
            b"v" * rng.randint(0, 60)) for _ in range(rng.randint(0, 4)))
        hop = b"Connection: close\r\n" if last else rng.choice((b"",
            b"Connection: keep-alive\r\n", b"Proxy-Connection: keep-alive\r\n"))
        common = b"Host: " + authority + b"\r\nX-Key: " + key + b"\r\n"
        self.request = self.method + b" http://" + authority + path + \
            b" HTTP/1.1\r\n" + common + hop + extra + framing + b"\r\n" + \
            self.request_body
        self.request_head = self.method + b" " + path + b" HTTP/1.1\r\n" + \
            common + extra + framing + b"\r\n"
        self.answer(rng, last)

    def answer(self, rng, last):
        status = rng.choice((200, 200, 200, 404, 204, 304))
        data = rng.randbytes(rng.randint(0, rng.choice((0, 10, 3000, 65536,
            300000))))
        bare = status in (204, 304) or self.method == b"HEAD"
        kind = rng.choice(("length", "chunked", "length", "chunked", "none"))
        if status == 204:
            kind = "none"
        framing, body = framed(rng, data, kind)
        self.closes = kind == "none" and not bare
        if self.closes:
            body = data
        self.response_body = b"" if bare else body
        self.interim = b"".join(rng.choice(HINTS)
            for _ in range(rng.choice((0, 0, 0, 1, 2))))
        hop = rng.choice((b"", b"Connection: keep-alive\r\n",
            b"Keep-Alive: timeout=5\r\n"))
        line = b"HTTP/1.1 %d As it is\r\n" % status
        extra = b"".join(b"Set-Cookie: %d\r\n" % rng.randint(0, 9)
            for _ in range(rng.randint(0, 3)))
        self.response = self.interim + line + hop + extra + framing + \
            b"\r\n" + self.response_body
        close = b"Connection: close\r\n" if last or self.closes else b""
        if hop.startswith(b"Connection"):
            self.response_head = line + close + extra + framing + b"\r\n"
        else:
            self.response_head = line + extra + framing + close + b"\r\n"


class Run:
    def __init__(self, proxy, count, seed):
        self.proxy = proxy
        self.count = count
        self.rng = random.Random(seed)
        self.lock = threading.Lock()
        self.plan = {}
        self.origins = [rawhttp.Origin(), rawhttp.Origin()]
        for o in self.origins:
            o.handler = self.serve

    def serve(self, c):
        buf = b""
        while True:
            h, buf = rawhttp.head(c, buf)
            if h is None:
                return
            e = self.plan[rawhttp.fields(h)[b"x-key"][0]]
            if h != e.request_head:
                failures.append(("request head", h, e.request_head))
            data, buf = rawhttp.body(c, h, buf)
            if data != e.request_body:
                failures.append(("request body", h, len(data)))
            send(self.rng, c, e.response)
            if e.closes:
                return

    def receive(self, c, e, buf):
        buf = rawhttp.need(c, buf, len(e.interim))
        if buf[:len(e.interim)] != e.interim:
            failures.append(("interim", buf[:200]))
        h, buf = rawhttp.head(c, buf[len(e.interim):])
        if h is None:
            raise EOFError("no response")
        if h != e.response_head:
            failures.append(("response head", h, e.response_head))
        data, buf = rawhttp.body(c, h, buf, e.method)
        if data != e.response_body:
            failures.append(("response body", h, len(data)))
        return buf

    def client(self):
        with self.lock:
            n = self.rng.randint(1, 6)
            origin = self.rng.choice(self.origins)
            pipeline = self.rng.random() < 0.3
            batch = []
            for i in range(n):
                key = b"k%d" % len(self.plan)
                e = Exchange(self.rng, key, origin.authority, i == n - 1)
                self.plan[key] = e
                batch.append(e)
                if e.closes:
                    break
        groups = [batch] if pipeline else [[e] for e in batch]
        buf = b""
        c = rawhttp.connect(self.proxy)
        try:
            for group in groups:
                t = threading.Thread(target=send, daemon=True, args=(self.rng,
                    c, b"".join(e.request for e in group)))
                t.start()
                for e in group:
                    buf = self.receive(c, e, buf)
                t.join()
        except (OSError, EOFError) as err:
            failures.append(("client", repr(err), batch[0].request[:300]))
        finally:
            c.close()

    def all(self):
        while len(self.plan) < self.count and not failures:
            threads = [threading.Thread(target=self.client)
                for _ in range(6)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()


def main():
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else \
        random.randrange(1 << 30)
    run = Run(sys.argv[1], int(sys.argv[2]), seed)
    run.all()
    print("seed %d: %d exchanges, %d connections to origins, %d failures" %
        (seed, len(run.plan), sum(o.connections for o in run.origins),
        len(failures)))
    for f in failures[:5]:
        print(str(f)[:1000])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
