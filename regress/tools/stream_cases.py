#!/usr/bin/env python3
"""Cases of stream_test: what is sent arrives before more is sent.

usage: stream_cases.py CASE PROXY [MORE ...]

Lock-step: nobody sends its next bytes before the other end has seen the last
ones, so a proxy that gathers, at any place, hangs and fails.
"""
import sys
import threading

from wire import ESTABLISHED, WAIT, Origin, connect, equal, run, wait

STEPS = 30


def start(proxy, origin, tunnel, head, early=b""):
    """Sends a request's head, in absolute form or inside of a tunnel."""
    host = origin.host.encode()
    c = connect(proxy)
    if tunnel:
        c.send(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, host))
        equal(c.until(b"\r\n\r\n"), ESTABLISHED)
        c.send(head % (b"/", host) + early)
    else:
        c.send(head % (b"http://%s/" % host, host) + early)
    return c


GET = b"GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n"
PUT = b"PUT %s HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n"


class Steps:
    """One end says what it has seen, the other goes on."""

    def __init__(self):
        self.seen = threading.Semaphore(0)

    def done(self):
        self.seen.release()

    def wait(self, what):
        assert self.seen.acquire(timeout=WAIT), "held back: %s" % what


def sse(proxy, tunnel):
    """Hints, the head, and each event, whatever ends the stream."""
    for framing in ("chunked", "close", "length"):
        steps = Steps()
        body = [b": ping\n\n" if i % 10 == 9 else
                b"id: %d\nevent: delta\ndata: {\"t\":\"%d\"}\n\n" % (i, i)
                for i in range(STEPS)]

        def script(conn, n):
            conn.message()
            conn.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            steps.wait("the hint")
            field = {"chunked": b"Transfer-Encoding: chunked\r\n",
                     "length": b"Content-Length: %d\r\n" %
                     sum(map(len, body)), "close": b""}[framing]
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream"
                      b"\r\n" + field + b"\r\n")
            steps.wait("the head")
            for i, event in enumerate(body):
                conn.send(b"%x\r\n%s\r\n" % (len(event), event)
                          if framing == "chunked" else event)
                steps.wait("event %d" % i)
            if framing == "chunked":
                conn.send(b"0\r\n\r\n")

        origin = Origin(script)
        c = start(proxy, origin, tunnel, GET)
        for mark in (b" 103 ", b" 200 "):
            head = c.until(b"\r\n\r\n")
            assert mark in head, head
            steps.done()
        for event in body:
            if framing == "chunked":
                c.until(b"%x\r\n" % len(event))
                equal(c.exactly(len(event) + 2), event + b"\r\n")
            else:
                equal(c.exactly(len(event)), event)
            steps.done()
        if framing == "chunked":
            equal(c.exactly(5), b"0\r\n\r\n")
        equal(origin.failed, [])
        c.close()


def events_plain(proxy):
    sse(proxy, False)


def events_tunnel(proxy):
    sse(proxy, True)


def bytewise(proxy):
    """Half an event, half a chunk size: a byte is a byte."""
    for tunnel in (False, True):
        steps = Steps()
        data = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"19;x=y\r\ndata: [DONE]\n\ndata: \xc3\xa9.\n\n\r\n"
                b"0\r\nT: u\r\n\r\n")

        def script(conn, n):
            conn.message()
            conn.send(data[0])
            for i in range(len(data[1])):
                steps.wait("byte %d" % i)
                conn.send(data[1][i:i + 1])

        origin = Origin(script)
        c = start(proxy, origin, tunnel, GET)
        equal(c.until(b"\r\n\r\n"), data[0])
        for i in range(len(data[1])):
            steps.done()
            equal(c.exactly(1), data[1][i:i + 1], i)
        equal(origin.failed, [])
        c.close()


def uploads(proxy):
    """A request's pieces, answered while they come."""
    for tunnel in (False, True):
        def script(conn, n):
            conn.until(b"\r\n\r\n")
            conn.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                      b"\r\n")
            for i in range(STEPS):
                equal(conn.until(b"\r\n"), b"6\r\n")
                equal(conn.exactly(8), b"up%04d\r\n" % i)
                conn.send(b"4\r\n%04d\r\n" % i)
            equal(conn.exactly(5), b"0\r\n\r\n")
            conn.send(b"0\r\n\r\n")

        origin = Origin(script)
        c = start(proxy, origin, tunnel, PUT)
        c.until(b"\r\n\r\n")
        for i in range(STEPS):
            c.send(b"6\r\nup%04d\r\n" % i)
            equal(c.exactly(9), b"4\r\n%04d\r\n" % i)
        c.send(b"0\r\n\r\n")
        equal(c.exactly(5), b"0\r\n\r\n")
        equal(origin.failed, [])


def opaque(proxy):
    """What is not HTTP: each side waits for the other."""
    def script(conn, n):
        for i in range(STEPS):
            equal(conn.exactly(3), b"%03d" % i)
            conn.send(b"<%03d>" % i)

    origin = Origin(script)
    c = connect(proxy)
    c.send(b"CONNECT %s HTTP/1.1\r\nHost: h\r\n\r\n" % origin.host.encode())
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    for i in range(STEPS):
        c.send(b"%03d" % i)
        equal(c.exactly(5), b"<%03d>" % i)
    equal(c.rest(), b"")
    equal(origin.failed, [])


def long_poll(proxy):
    """Questions that wait for their answers, in the order of the answers;
    each has its own, and one that gives up gives up alone."""
    polls = 60
    arrived, go = [], [threading.Event() for _ in range(polls)]

    def script(conn, n):
        head, _ = conn.message()
        i = int(head.split(b"X-Poll: ")[1].split(b"\r\n")[0])
        arrived.append(i)
        assert go[i].wait(WAIT)
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n%04d" % i)

    origin = Origin(script)
    clients = []
    for i in range(polls):
        head = GET.replace(b"Accept: text/event-stream", b"X-Poll: %d" % i)
        clients.append(start(proxy, origin, i % 2 == 1, head))
    wait("all polls", lambda: len(arrived) == polls)
    for i in range(0, polls, 7):
        clients[i].close()
    for i in reversed(range(polls)):
        if i % 7:
            go[i].set()
            equal(clients[i].message()[1], b"%04d" % i)
    for e in go:
        e.set()
    equal([f for f in origin.failed if "Error" not in f], [])


run({f.__name__: f for f in (events_plain, events_tunnel, bytewise, uploads,
                             opaque, long_poll)}, sys.argv)
