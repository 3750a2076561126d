#!/usr/bin/env python3
"""Cases of limits_test: who is cut off, when, and what they are told.

usage: limits_cases.py CASE PROXY
"""
import socket
import sys
import threading
import time

from wire import ESTABLISHED, Origin, connect, equal, run, wait, wait_event

S = 0.01                        # a second of the hasty worker: hasty/SOURCES
TOTAL, CLIENT = 40, 20          # its caps
DESCRIPTORS = 100               # of any process in that case


def answer(conn, body=b"ok"):
    conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
              % (len(body), body))


def serve(conn, n):
    while True:
        try:
            conn.message()
        except EOFError:
            return
        answer(conn)


def silent(conn, n):
    while conn.more():
        pass


def get(origin, fields=b"", method=b"GET"):
    host = origin.host.encode()
    return b"%s http://%s/ HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (
        method, host, host, fields)


def refused(data, status, text):
    assert data.startswith(b"HTTP/1.1 %d " % status), data
    assert b"\r\nConnection: close\r\n" in data, data
    assert text in data, data


class Lasts:
    """Not less than that many of its seconds, and not for ever."""

    def __init__(self, seconds):
        self.least = seconds * S

    def __enter__(self):
        self.begin = time.monotonic()

    def __exit__(self, *failed):
        took = time.monotonic() - self.begin
        if not failed[0]:
            assert self.least * 0.9 <= took <= self.least + 8, (self.least,
                                                                took)


def head_in_drops(proxy):
    """A byte now and then does not make the time longer."""
    c = connect(proxy)
    stop = threading.Event()

    def drip():
        try:
            c.send(b"GET http://127.0.0.1/ HTTP/1.1\r\nX: ")
            while not stop.wait(0.05):
                c.send(b"x")
        except OSError:
            pass

    with Lasts(60):
        t = threading.Thread(target=drip, daemon=True)
        t.start()
        refused(c.until(b").\n"), 408, b"did not arrive")
    stop.set()


def idle(proxy):
    c = connect(proxy)
    with Lasts(300):
        equal(c.rest(), b"")


def idle_between(proxy):
    origin = Origin(serve)
    c = connect(proxy)
    c.send(get(origin))
    equal(c.message()[1], b"ok")
    with Lasts(300):
        equal(c.rest(), b"")


def body_stops(proxy):
    origin = Origin(silent)
    c = connect(proxy, "127.0.0.8")
    with Lasts(600):
        c.send(get(origin, b"Content-Length: 100\r\n", b"POST") + b"abc")
        refused(c.rest(), 408, b"did not arrive in time")
    wait_event(event="protocol_error", reason="timeout", source="127.0.0.8")
    wait("its end", lambda: origin.ended == 1)


def no_response(proxy):
    origin = Origin(silent)
    c = connect(proxy, "127.0.0.9")
    with Lasts(300):
        c.send(get(origin))
        refused(c.rest(), 504, b"did not answer in time")
    wait_event(event="upstream_failed", reason="timeout", source="127.0.0.9")


def response_stops(proxy):
    """What is not whole must not look so."""
    def half(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        silent(conn, n)

    origin = Origin(half)
    c = connect(proxy)
    with Lasts(600):
        c.send(get(origin))
        c.until(b"half")
        try:
            data = c.s.recv(1)
            raise AssertionError("ends as if it were whole: %r" % data)
        except ConnectionResetError:
            pass


def response_goes_on(proxy):
    """Longer than any of the limits, and never silent for so long."""
    def events(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        end = time.monotonic() + 700 * S
        while time.monotonic() < end:
            conn.send(b"data: 1\n\n")
            time.sleep(50 * S)

    origin = Origin(events)
    c = connect(proxy)
    with Lasts(700):
        c.send(get(origin))
        data = c.rest()
    assert data.count(b"data: 1\n\n") > 5, data
    equal(origin.failed, [])


def no_reader(proxy):
    def endless(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            while True:
                conn.send(b"x" * 65536)
        except ConnectionError:
            pass

    origin = Origin(endless)
    c = connect(proxy)
    with Lasts(600):
        c.send(get(origin))
        wait("its end", lambda: origin.ended == 1)
    equal(origin.failed, [])


def undecided(proxy):
    """A word that could become a request is passed on when it does not."""
    origin = Origin(silent)
    c = connect(proxy)
    c.send(b"CONNECT %s HTTP/1.1\r\nHost: h\r\n\r\n" % origin.host.encode())
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    with Lasts(5):
        c.send(b"GE")
        wait("it", lambda: origin.conns and
             origin.conns[0].seen == b"GE")


def lingering(proxy):
    """After our last word a client may read it, but not go on for ever."""
    c = connect(proxy)
    with Lasts(2):
        c.send(b"GET http://10.0.0.1/ HTTP/1.1\r\nHost: h\r\n\r\n")
        refused(c.rest(), 403, b"10.0.0.1 port 80")
        try:
            while True:
                c.send(b"x" * 1000)
        except OSError:
            pass


def unused(proxy):
    """An idle connection to an origin."""
    origin = Origin(serve)
    c = connect(proxy)
    with Lasts(60):
        c.send(get(origin))
        equal(c.message()[1], b"ok")
        wait("its end", lambda: origin.ended == 1)


def no_connection(proxy):
    """A server whose queue is full says neither yes nor no."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(0)
        others = [socket.socket() for _ in range(3)]
        for o in others:
            o.setblocking(False)
            o.connect_ex(s.getsockname())
        c = connect(proxy, "127.0.0.10")
        with Lasts(5):
            c.send(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: h\r\n\r\n"
                   % s.getsockname()[1])
            refused(c.rest(), 504, b"did not accept a connection")
        wait_event(event="upstream_failed", reason="connect_timeout",
                   source="127.0.0.10")


def times(proxy):
    """All at once: each spends its time waiting."""
    failed = []

    def one(f):
        try:
            f(proxy)
        except BaseException as e:
            failed.append((f.__name__, repr(e)))

    threads = [threading.Thread(target=one, args=(f,)) for f in (
        head_in_drops, idle, idle_between, body_stops, no_response,
        response_stops, response_goes_on, no_reader, undecided, lingering,
        unused, no_connection)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(failed, [])


def caps(proxy):
    origin = Origin(serve)

    def ask(c):
        c.send(get(origin))
        return c.message()

    ones = [connect(proxy, "127.0.1.1") for _ in range(CLIENT)]
    for c in ones:
        equal(ask(c)[1], b"ok")
    more = connect(proxy, "127.0.1.2")
    more.send(get(origin))
    refused(more.rest(), 503, b"this client has too many connections open")
    more.close()
    # others are not concerned
    two = connect(proxy, "127.0.2.1")
    equal(ask(two)[1], b"ok")
    ones.pop().close()

    def again():
        c = connect(proxy, "127.0.1.3")
        head, _ = ask(c)
        c.close()
        return head.startswith(b"HTTP/1.1 200 ")
    wait("room", again)
    # nobody has to ask: a full worker says so at once
    many = [connect(proxy, "127.0.2.2") for _ in range(TOTAL)]
    refused(many[-1].rest(), 503, b"too many connections are open")
    equal(ask(many[0])[1], b"ok")
    for c in ones + many:
        c.close()
    wait("room", again)


def descriptors(proxy):
    """Those that wait for a request go first; then new ones have to wait."""
    origins = [Origin(serve) for _ in range(4)]
    c = connect(proxy, "127.0.1.1")
    for o in origins:
        c.send(get(o))
        equal(c.message()[1], b"ok")
    cs = [connect(proxy, "127.0.1.1") for _ in range(DESCRIPTORS)]
    for one in cs:
        one.send(b"GET http://guardian.invalid/selftest HTTP/1.1\r\n"
                 b"Host: h\r\n\r\n")
        one.s.settimeout(0.02)
    served = []

    def look():
        for one in cs:
            if one not in served:
                try:
                    equal(one.message()[1], b"ok\n")
                    served.append(one)
                except socket.timeout:
                    pass
        return served

    wait("idle connections go", lambda: look() and all(
        o.ended == 1 for o in origins))
    # no socket for another connection to an origin: said, and not the end
    c.send(get(origins[0]))
    refused(c.rest(), 503, b"out of file descriptors")
    c.close()
    assert len(served) < len(cs)

    def one_by_one():
        for one in served:
            cs.remove(one)
            one.close()
        served.clear()
        look()
        return not cs
    wait("all are served", one_by_one)
    c = connect(proxy, "127.0.1.1")
    c.send(get(origins[0]))
    equal(c.message()[1], b"ok")


run({f.__name__: f for f in (times, caps, descriptors)}, sys.argv)
