#!/usr/bin/env python3
"""Cases of fault_test: a peer that resets at every byte of an exchange.

usage: reset_cases.py prepare
       reset_cases.py KIND PROXY
"""
import socket
import ssl
import struct
import sys
import threading

import tlscerts
from wire import counters, equal, run, wait

BODY = b"0123456789abcdef"
CHUNKS = b"4\r\n0123\r\nc\r\n456789abcdef\r\n0\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS
LINGER = struct.pack("ii", 1, 0)
NAME = b"localhost"


class Cut(Exception):
    """The limit is reached: the connection is reset."""


class Wire:
    """Sends so many bytes and not one more."""

    def __init__(self, s, limit):
        self.s, self.left, self.sent = s, limit, 0
        s.settimeout(30)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        cut = self.left is not None and len(data) >= self.left
        if cut:
            data = data[:self.left]
        if data:
            self.s.sendall(data)
        self.sent += len(data)
        if self.left is not None:
            self.left -= len(data)
        if cut:
            self.reset()
            raise Cut

    def reset(self):
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        self.s.close()

    def recv(self):
        return self.s.recv(65536)

    def close(self):
        self.s.close()


class Secure:
    """TLS on such a wire: what is counted is what is on it."""

    def __init__(self, wire, ctx, name=None):
        self.wire = wire
        self.ins, self.outs = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = ctx.wrap_bio(self.ins, self.outs, name is None, name)
        self.do(self.tls.do_handshake)

    def do(self, f, *args):
        while True:
            try:
                result = f(*args)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.wire.recv()
                if data:
                    self.ins.write(data)
                else:
                    self.ins.write_eof()

    def flush(self):
        if self.outs.pending:
            self.wire.send(self.outs.read())

    def send(self, data):
        self.do(self.tls.write, data)

    def recv(self):
        try:
            return self.do(self.tls.read, 65536)
        except ssl.SSLError:
            return b""

    def close(self):
        self.wire.close()


def whole(data):
    """Of a message, as its framing says."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return False
    return rest == (CHUNKS if b"chunked" in head else BODY)


class Origin:
    def __init__(self, answer, ctx=None, echo=False):
        self.answer, self.ctx, self.echo = answer, ctx, echo
        self.limit = None
        self.requests = self.most = 0
        self.failed = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            s, _ = self.listener.accept()
            threading.Thread(target=self.one, args=(s, self.limit),
                             daemon=True).start()

    def one(self, s, limit):
        w = None
        try:
            w = Wire(s, limit)
            c = Secure(w, self.ctx) if self.ctx else w
            data = b""
            while not whole(data):
                more = c.recv()
                if not more:
                    return
                data += more
                if self.echo:
                    if not b"\0raw".startswith(data[:4]):
                        self.failed.append(data)
                    c.send(more)
            self.requests += 1
            c.send(self.answer)
        except (Cut, OSError, ssl.SSLError):
            pass
        finally:
            if w:
                self.most = max(self.most, w.sent)
                w.close()


class Kind:
    def __init__(self, proxy, framing, tunnel=False, tls=None, raw=False):
        host, port = proxy.rsplit(":", 1)
        self.proxy = host, int(port)
        self.raw, self.tls = raw, tls
        self.origin = Origin(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" +
                             framing, tls and tls[0], raw)
        self.at = NAME + b":%d" % self.origin.port
        self.tunnel = tunnel or raw or tls
        self.idle = counters()["connections"]   # the one of the question
        url = b"/" if self.tunnel else b"http://%s/" % self.at
        self.request = b"\0raw" + BODY if raw else (
            b"POST %s HTTP/1.1\r\nHost: %s\r\n" % (url, self.at) + framing)

    def exchange(self, limit=None):
        """What came back, and what was sent."""
        w = Wire(socket.create_connection(self.proxy), limit)
        data = b""
        try:
            c = w
            if self.tunnel:
                c.send(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n"
                       % (self.at, self.at))
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    more = w.s.recv(1)
                    if not more:
                        return data, w.sent
                    head += more
                assert head.startswith(b"HTTP/1.1 200 "), head
            if self.tls:
                c = Secure(w, self.tls[1], NAME.decode())
            c.send(self.request)
            while True:
                more = c.recv()
                if not more:
                    break
                data += more
                if self.right(data):
                    break
        except (Cut, OSError, ssl.SSLError):
            pass
        finally:
            w.close()
        return data, w.sent

    def right(self, data):
        return data == self.request if self.raw else whole(data)

    def quiet(self):
        """Nothing is left of all that was cut off."""
        wait("the end of all connections",
             lambda: counters()["connections"] == self.idle)

    def cuts(self, step):
        data, sent = self.exchange()
        assert self.right(data), data
        received = self.origin.most
        self.quiet()
        self.origin.requests = 0
        for n in range(1, sent, step):
            self.exchange(n)
        self.quiet()
        # what a client did not finish is not finished for it
        equal(self.origin.requests, 0)
        for n in range(0, received, step):
            self.origin.limit = n
            data, _ = self.exchange()
            if self.raw:
                assert self.request.startswith(data), data
                assert len(data) <= n, (n, data)
            elif data[9:12] == b"200":
                # nor does a part of an answer look like all of it
                assert not whole(data), (n, data)
                body = data.partition(b"\r\n\r\n")[2]
                assert BODY.startswith(body) or CHUNKS.startswith(body), data
            elif data:
                assert data[9:12] == b"502", (n, data)
        self.origin.limit = None
        self.quiet()
        equal(self.origin.failed, [])
        data, _ = self.exchange()
        assert self.right(data), data


def prepare():
    tlscerts.Authority("root").leaf("server", "DNS:localhost")


def plain(proxy):
    Kind(proxy, LENGTH).cuts(1)


def chunked(proxy):
    Kind(proxy, CHUNKED).cuts(1)


def tunnel(proxy):
    Kind(proxy, LENGTH, tunnel=True).cuts(1)
    Kind(proxy, b"", raw=True).cuts(1)


def tls(proxy):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain("server.pem", "server.key")
    client = ssl.create_default_context(cafile="home/state/ca.pem")
    Kind(proxy, LENGTH, tls=(server, client)).cuts(9)


if __name__ == "__main__":
    run({f.__name__: f for f in (prepare, plain, chunked, tunnel, tls)},
        sys.argv)
