#!/usr/bin/env python3
"""Cases of pool_test: which connection to the origin a request goes out on.

usage: pool_cases.py CASE PROXY
"""
import os
import signal
import sys
import time

from wire import (Origin, connect, equal, run, wait, wait_event)


def answer(conn, body=b"ok", status=b"200 OK", fields=b""):
    conn.send(b"HTTP/1.1 " + status + b"\r\n" + fields +
              b"Content-Length: %d\r\n\r\n" % len(body) + body)


def number(conn, n):
    """Answers every request with the number of its connection."""
    while True:
        try:
            conn.message()
        except EOFError:
            return
        answer(conn, b"%d" % n)


def ask(c, origin, fields=b"", method=b"GET", body=b""):
    host = origin.host.encode()
    if body:
        fields += b"Content-Length: %d\r\n" % len(body)
    c.send(b"%s http://%s/ HTTP/1.1\r\nHost: %s\r\n%s\r\n%s"
           % (method, host, host, fields, body))


def got(c):
    return c.message()[1]


def once(proxy, origin, fields=b"", source="127.0.1.1", **how):
    c = connect(proxy, source)
    ask(c, origin, fields, **how)
    body = got(c)
    c.close()
    return body


def shared(proxy):
    origin = Origin(number)
    # not one that closed in between, nor one of the same client that waits
    kept = connect(proxy, "127.0.1.9")
    ask(kept, origin)
    equal(got(kept), b"0")
    for i in range(5):
        equal(once(proxy, origin), b"0")
    # what cannot be repeated too: it has waited for no time
    equal(once(proxy, origin, method=b"POST", body=b"x"), b"0")
    ask(kept, origin)
    equal(got(kept), b"0")
    # two at a time need two, and both wait for the next ones
    other = connect(proxy, "127.0.1.2")
    held = Origin(hold)
    ask(kept, held)
    wait("the first", lambda: held.conns and held.conns[0].seen)
    ask(other, held)
    wait("the second", lambda: len(held.conns) == 2 and held.conns[1].seen)
    answer(held.conns[0], b"0")
    answer(held.conns[1], b"1")
    equal((got(kept), got(other)), (b"0", b"1"))
    equal(len(held.conns), 2)


def hold(conn, n):
    """The case answers."""
    while conn.more():
        pass


def apart(proxy):
    origin, second = Origin(number), Origin(number)
    equal(once(proxy, origin), b"0")
    equal(once(proxy, origin, source="127.0.2.1"), b"1")
    equal(once(proxy, origin, source="127.0.0.1"), b"2")
    equal(once(proxy, origin, b"Proxy-Authorization: Basic YTpi\r\n"), b"3")
    equal(once(proxy, origin, b"Proxy-Authorization: Basic YTpj\r\n"), b"4")
    equal(once(proxy, second), b"0")
    # each has its own again
    equal(once(proxy, origin, source="127.0.0.1"), b"2")
    equal(once(proxy, origin, b"Proxy-Authorization: Basic YTpi\r\n"), b"3")
    equal(once(proxy, origin, source="127.0.2.7"), b"1")
    equal(once(proxy, origin, b"Proxy-Authorization: Basic YTpj\r\n"), b"4")
    equal(once(proxy, origin), b"0")
    # CONNECT is a connection of its own
    c = connect(proxy, "127.0.1.1")
    c.send(b"CONNECT %s HTTP/1.1\r\nHost: h\r\n\r\n" % origin.host.encode())
    c.until(b"\r\n\r\n")
    c.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    equal(got(c), b"5")
    c.close()
    equal(once(proxy, origin), b"0")


def ntlm(conn, n):
    while True:
        try:
            head, _ = conn.message()
        except EOFError:
            return
        if b"/offer" in head.split(b"\r\n")[0]:
            answer(conn, b"%d" % n, b"401 Who",
                   b"WWW-Authenticate: Negotiate\r\n"
                   b"WWW-Authenticate: NTLM\r\n")
        else:
            answer(conn, b"%d" % n)


def bound(proxy):
    origin = Origin(ntlm)
    host = origin.host.encode()
    c = connect(proxy, "127.0.1.1")
    c.send(b"GET http://%s/offer HTTP/1.1\r\nHost: h\r\n\r\n" % host)
    equal(got(c), b"0")
    # from here on it is this client connection's own
    equal(once(proxy, origin), b"1")
    for _ in range(3):
        ask(c, origin, b"Authorization: NTLM TlRMTVNTUAADAAAA\r\n")
        equal(got(c), b"0")
        ask(c, origin, method=b"POST", body=b"x")
        equal(got(c), b"0")
    equal(once(proxy, origin), b"1")
    # a request that brings its own makes it so as well
    d = connect(proxy, "127.0.1.1")
    ask(d, origin, b"Authorization: Negotiate YIIJ\r\n")
    equal(got(d), b"1")
    equal(once(proxy, origin), b"2")
    # and each ends with the other
    d.close()
    wait("its end", lambda: origin.ended == 1)
    origin.conns[0].done()
    equal(c.rest(), b"")
    equal(once(proxy, origin), b"2")
    # another client, on the same connection to us, is somebody else
    e = connect(proxy, "127.0.1.1")
    ask(e, origin, b"Authorization: NTLM TlRMTVNTUAADAAAA\r\n")
    equal(got(e), b"2")
    ask(e, origin, b"Proxy-Authorization: Basic eDpmaXZl\r\n")
    equal(got(e), b"3")


def spoil(conn, n):
    """What the path says is what becomes of the connection."""
    while True:
        try:
            head = conn.until(b"\r\n\r\n")
        except EOFError:
            return
        how = head.split(b"/")[1].split(b" ")[0].decode()
        if how == "extra":
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
                      b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        elif how == "early":
            answer(conn, b"e")
        elif how == "close":
            answer(conn, b"c", fields=b"Connection: close\r\n")
        elif how == "upgrade":
            conn.send(b"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\n"
                      b"Upgrade: x\r\n\r\n")
        else:
            answer(conn, b"%d" % n)


def spoiled(proxy):
    for n, (how, fields, body) in enumerate((
            ("extra", b"", b"x"),
            ("early", b"Content-Length: 10\r\n", b"e"),
            ("close", b"", b"c"),
            ("upgrade", b"Connection: Upgrade\r\nUpgrade: x\r\n", b""))):
        origin = Origin(spoil)
        host = origin.host.encode()
        c = connect(proxy, "127.0.1.1")
        c.send(b"GET http://%s/%s HTTP/1.1\r\nHost: h\r\n%s\r\n"
               % (host, how.encode(), fields))
        if how == "upgrade":
            c.until(b"\r\n\r\n")
        else:
            equal(got(c), body, how)
        c.close()
        equal(once(proxy, origin), b"1", how)
        equal(len(origin.conns), 2, how)
    # HTTP/1.0 did not ask for more
    origin = Origin(number)
    c = connect(proxy, "127.0.1.1")
    c.send(b"GET http://%s/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
           % origin.host.encode())
    equal(got(c), b"0")
    equal(once(proxy, origin), b"1")
    # while it waits: an answer that nobody asked for, and the end
    origin.conns[1].send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    wait_event(event="protocol_error", reason="unasked", client="one",
               dest="127.0.0.1:%d" % origin.port)
    equal(once(proxy, origin), b"2")
    origin.conns[2].done()
    wait("the end", lambda: origin.ended == 3)
    equal(once(proxy, origin), b"3")


def stubborn(conn, n):
    """The first takes a second request and closes instead of answering."""
    conn.message()
    answer(conn, b"%d" % n)
    if n == 0:
        conn.message()
        return
    number(conn, n)


def stale(proxy):
    origin = Origin(stubborn)
    equal(once(proxy, origin), b"0")
    equal(once(proxy, origin), b"1")
    equal(len(origin.conns), 2)
    # not sent twice; the client took that risk with its own connection
    origin = Origin(stubborn)
    c = connect(proxy, "127.0.1.1")
    ask(c, origin)
    equal(got(c), b"0")
    ask(c, origin, method=b"POST", body=b"x")
    head, body = c.message()
    assert head.startswith(b"HTTP/1.1 502 "), head
    equal(len(origin.conns), 1)
    equal(origin.conns[0].seen.count(b"POST "), 1)

    # but not with that of another one, nor when servers close unannounced
    def closes(conn, n):
        conn.message()
        answer(conn, b"%d" % n)

    origin = Origin(stubborn)
    equal(once(proxy, origin), b"0")
    equal(once(proxy, origin, method=b"POST", body=b"x"), b"1")
    origin = Origin(closes)
    for n in range(40):
        how = {"method": b"POST", "body": b"x"} if n % 2 else {}
        equal(once(proxy, origin, **how), b"%d" % n)


def crossed(proxy, worker):
    """Bytes that nobody asked for come while a request is being read: they are
    no part of it."""
    def serve(conn, n):
        while True:
            came.append(conn.message()[1])
            answer(conn, b"%d" % n)

    other, origin, came = Origin(number), Origin(serve), []
    c = connect(proxy, "127.0.1.1")
    ask(c, other)
    equal(got(c), b"0")
    equal(once(proxy, origin, source="127.0.1.2"), b"0")
    time.sleep(0.5)         # until it is kept for others
    body = b"c" * 8192
    os.kill(int(worker), signal.SIGSTOP)
    try:
        ask(c, origin, method=b"POST", body=body)
        origin.conns[0].send(b"s" * 8192)
    finally:
        os.kill(int(worker), signal.SIGCONT)
    equal(got(c), b"1")
    equal(came, [b"", body])


if __name__ == "__main__":
    run({f.__name__: f for f in (shared, apart, bound, spoiled, stale,
                                crossed)},
        sys.argv)
