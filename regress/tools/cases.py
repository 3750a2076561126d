#!/usr/bin/env python3
"""What peers do to a proxy, one thing after the other.

usage: cases.py PROXY [CASE ...]

The proxy may connect to 127.0.0.1 and no other private address.
"""
import socket
import struct
import sys
import threading
import time

import rawhttp
from rawhttp import check, failures

proxy = sys.argv[1]
origin = None                   # of the case, and its authority
A = b""


def get(method=b"GET", version=b"1.1", extra=b""):
    return method + b" http://" + A + b"/ HTTP/" + version + b"\r\nHost: " + \
        A + b"\r\n" + extra + b"\r\n"


def ask(request, method=b"GET"):
    """One request on a connection of its own: head and body of the answer."""
    c = rawhttp.connect(proxy)
    c.sendall(request)
    h, buf = rawhttp.head(c)
    if h is None:
        return None, buf
    data, _ = rawhttp.body(c, h, buf, method)
    c.close()
    return h, data


def answers(status, request, text=b"", method=b"GET"):
    h, data = ask(request, method)
    check(rawhttp.status(h) == status, request[:80], "not", status, h)
    check(text in data, request[:80], text, data)


def hello(c, response=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"):
    rawhttp.head(c)
    c.sendall(response)


def reset(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def broken_off(request):
    """The answer must not look complete."""
    c = rawhttp.connect(proxy)
    c.sendall(request)
    try:
        check(False, "ends like a whole answer", rawhttp.rest(c)[-60:])
    except ConnectionResetError:
        pass
    c.close()


def case_refusals():
    host = b" HTTP/1.1\r\nHost: a\r\n\r\n"
    answers(400, b"GET /\r\n", b"HTTP/0.9")
    answers(400, b"GET /" + host, b"this is a proxy")
    answers(400, b"GET http://a/ HTTP/1.1\nHost: a\n\n")
    answers(400, b"GET http://u:p@a/" + host)
    answers(431, b"A" * 70000)
    answers(431, b"GET http://a/ HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 300)
    answers(501, b"GET https://a/" + host, b"CONNECT")
    answers(404, b"GET http://guardian.invalid/x" + host)
    answers(502, b"CONNECT guardian.invalid:443" + host)
    h, data = ask(b"HEAD http://10.0.0.5/" + host, b"HEAD")
    check(rawhttp.status(h) == 403 and data == b"", h, data)


def case_destinations():
    host = b" HTTP/1.1\r\nHost: a\r\n\r\n"
    for target, line in (
            (b"10.0.0.5", b"allow destination { 10.0.0.5 port 80 }"),
            (b"10.0.0.5:8123", b"{ 10.0.0.5 port 8123 }"),
            (b"169.254.169.254", b"{ 169.254.169.254 port 80 }"),
            (b"[::ffff:10.0.0.5]", b"{ 10.0.0.5 port 80 }"),
            (b"[::1]", b"{ ::1 port 80 }"),
            (b"[fd00::1]", b"{ fd00::1 port 80 }"),
            (b"[64:ff9b::a00:5]", b"{ 64:ff9b::a00:5 port 80 }"),
            (b"127.0.0.2", b"{ 127.0.0.2 port 80 }")):
        answers(403, b"GET http://" + target + b"/" + host, line)
    answers(403, b"CONNECT 10.0.0.5:443" + host, b"10.0.0.5 port 443")
    # ourselves, and numbers that only look like addresses
    answers(403, b"GET http://" + proxy.encode() + b"/" + host, b"itself")
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    answers(502, b"GET http://127.0.0.1:%d/" % port + host, b"refused")
    answers(502, b"CONNECT 127.0.0.1:%d" % port + host, b"refused")
    closed.close()


def case_internal():
    c = rawhttp.connect(proxy)
    c.sendall(b"POST http://guardian.invalid/selftest HTTP/1.1\r\nHost: a\r\n"
        b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    h, buf = rawhttp.head(c)
    check(rawhttp.status(h) == 100, h)
    c.sendall(b"hello")
    h, buf = rawhttp.head(c, buf)
    check(rawhttp.need(c, buf, 3) == b"ok\n", h, buf)
    buf = b""
    # fifty in one write, answered in order
    c.sendall(b"GET http://guardian.invalid/selftest HTTP/1.1\r\nHost: a\r\n"
        b"\r\n" * 50)
    for _ in range(50):
        h, buf = rawhttp.head(c, buf)
        buf = rawhttp.need(c, buf, 3)
        check(buf[:3] == b"ok\n", buf[:50])
        buf = buf[3:]
    c.close()


def case_tunnel():
    def reverse(c):
        data = rawhttp.rest(c)
        c.sendall(data[::-1])
    origin.handler = reverse
    c = rawhttp.connect(proxy)
    c.sendall(b"CONNECT " + A + b" HTTP/1.1\r\nHost: " + A + b"\r\n\r\nEARLY")
    first = c.recv(65536)
    check(first == b"HTTP/1.1 200 Connection established\r\n\r\n", first)
    data = bytes(range(256)) * 2000

    def upload():
        c.sendall(data)
        c.shutdown(socket.SHUT_WR)
    t = threading.Thread(target=upload)
    t.start()
    check(rawhttp.rest(c) == (b"EARLY" + data)[::-1], "tunnel bytes")
    t.join()
    c.close()


def case_tunnel_server_ends_first():
    got = []
    ended = threading.Event()

    def talk(c):
        c.sendall(b"HI")
        c.shutdown(socket.SHUT_WR)
        got.append(rawhttp.rest(c))
        ended.set()
    origin.handler = talk
    c = rawhttp.connect(proxy)
    c.sendall(b"CONNECT " + A + b" HTTP/1.1\r\nHost: " + A + b"\r\n\r\n")
    _, buf = rawhttp.head(c)
    check(rawhttp.rest(c, buf) == b"HI", "server's bytes")
    c.sendall(b"LATE")
    c.shutdown(socket.SHUT_WR)
    check(ended.wait(20) and got == [b"LATE"], "half closed", got)
    c.close()


def case_broken_answers():
    origin.handler = lambda c: hello(c,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    broken_off(get())

    def resets(c):
        hello(c, b"HTTP/1.1 200 OK\r\n\r\nabc")
        c.recv(1)               # until the client has its part of it
        reset(c)
    origin.handler = resets
    c = rawhttp.connect(proxy)
    c.sendall(get())
    h, buf = rawhttp.head(c)
    rawhttp.need(c, buf, 3)
    c.shutdown(socket.SHUT_WR)
    c.close()

    def bad_chunk(c):
        hello(c, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\nzz\r\n")
        rawhttp.rest(c)
    origin.handler = bad_chunk
    broken_off(get())
    for bad, text in (
            (b"", b"without an answer"),
            (b"HTTP/1.1 200 OK\r\nContent-Le", b"without an answer"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n", b"together with"),
            (b"HTTP/1.1 200 OK\nA: b\n\n", b"line feed"),
            (b"ICY 200 OK\r\n\r\n", b"not HTTP"),
            (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b"unasked")):
        origin.handler = lambda c, bad=bad: hello(c, bad)
        answers(502, get(), text)


def case_stale_origin():
    """Idle connections that the origin closes cost a client nothing."""
    origin.handler = hello
    c = rawhttp.connect(proxy)
    buf = b""
    for i in range(20):
        c.sendall(get())
        h, buf = rawhttp.head(c, buf)
        check(rawhttp.status(h) == 200, "closed at once", i, h)
        buf = rawhttp.need(c, buf, 2)[2:]

    def one_more(c):
        hello(c)
        c.recv(65536)           # takes the next request and hangs up
    origin.handler = one_more
    for i in range(10):
        c.sendall(get())
        h, buf = rawhttp.head(c, buf)
        check(rawhttp.status(h) == 200, "closed later", i, h)
        buf = rawhttp.need(c, buf, 2)[2:]
    c.close()


def case_reuse():
    before = origin.connections

    def many(c):
        buf = b""
        while True:
            h, buf = rawhttp.head(c, buf)
            if h is None:
                return
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    origin.handler = many
    c = rawhttp.connect(proxy)
    buf = b""
    for _ in range(20):
        c.sendall(get())
        h, buf = rawhttp.head(c, buf)
        buf = rawhttp.need(c, buf, 2)[2:]
    c.close()
    check(origin.connections == before + 1, "connections",
        origin.connections - before)


def case_unasked_bytes():
    """An answer nobody asked for is never the answer to the next request."""
    def two(c):
        hello(c, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        rawhttp.rest(c)
    origin.handler = two
    c = rawhttp.connect(proxy)
    buf = b""
    for _ in range(5):
        c.sendall(get())
        h, buf = rawhttp.head(c, buf)
        buf = rawhttp.need(c, buf, 2)
        check(buf == b"hi", buf)
        buf = buf[2:]
    c.close()


def case_early_answer():
    def early(c):
        hello(c, b"HTTP/1.1 413 Too big\r\nContent-Length: 3\r\n\r\nbig")
        c.shutdown(socket.SHUT_WR)
        rawhttp.rest(c)
    origin.handler = early
    c = rawhttp.connect(proxy)
    c.sendall(get(b"POST", extra=b"Content-Length: 50000000\r\n"))

    def upload():
        try:
            for _ in range(500):
                c.sendall(b"x" * 100000)
        except OSError:
            pass
    t = threading.Thread(target=upload, daemon=True)
    t.start()
    h, buf = rawhttp.head(c)
    check(rawhttp.status(h) == 413 and rawhttp.need(c, buf, 3) == b"big", h)
    c.close()
    t.join()


def case_client_half_closes():
    origin.handler = hello
    c = rawhttp.connect(proxy)
    c.sendall(get())
    c.shutdown(socket.SHUT_WR)
    data = rawhttp.rest(c)
    check(data.endswith(b"\r\n\r\nhi"), data)
    c.close()


def case_http10():
    seen = []

    def old(c):
        seen.append(rawhttp.head(c)[0])
        c.sendall(b"HTTP/1.0 200 OK\r\n\r\nold")
    origin.handler = old
    c = rawhttp.connect(proxy)
    c.sendall(get(version=b"1.0", extra=b"Connection: keep-alive\r\n"))
    data = rawhttp.rest(c)
    check(data == b"HTTP/1.1 200 OK\r\n\r\nold", data)
    check(seen[0].startswith(b"GET / HTTP/1.0\r\n"), seen)
    c.close()


def case_stream():
    """Each piece is there before the next one is asked for."""
    go = threading.Semaphore(0)

    def events(c):
        hello(c, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for i in range(20):
            go.acquire()
            c.sendall(b"data: %02d\n\n" % i)
    origin.handler = events
    c = rawhttp.connect(proxy)
    c.sendall(get())
    h, buf = rawhttp.head(c)
    for i in range(20):
        go.release()
        buf = rawhttp.need(c, buf, 10)
        check(buf == b"data: %02d\n\n" % i, buf)
        buf = b""
    check(rawhttp.rest(c) == b"", "the end")
    c.close()


def case_slow_reader():
    """A large body through a reader that stops for a while."""
    size = 50000000

    def large(c):
        hello(c, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 100000):
            c.sendall(b"y" * 100000)
    origin.handler = large
    c = rawhttp.connect(proxy)
    c.sendall(get())
    h, buf = rawhttp.head(c)
    n = len(buf)
    time.sleep(0.3)             # not for order: it only fills the buffers
    while n < size:
        data = c.recv(1 << 20)
        check(data != b"", "short")
        if not data:
            break
        n += len(data)
    check(n == size, n)
    c.close()


def main():
    global origin, A
    names = sys.argv[2:] or [n[5:] for n in globals() if
        n.startswith("case_")]
    for name in names:
        before = len(failures)
        # No case gets the idle connections of another one.
        origin = rawhttp.Origin()
        A = origin.authority
        try:
            globals()["case_" + name]()
        except (OSError, EOFError) as e:
            failures.append((name, repr(e)))
        print(name, "ok" if len(failures) == before else "FAILED")
    for f in failures[:10]:
        print(str(f)[:600])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
