#!/usr/bin/env python3
"""Cases of clock_test: clocks that somebody puts back or forward."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

import chaos
import inject
import tlscerts
from mcp_client import Http
from inject_cases import findings
from wire import (ESTABLISHED, Origin, Sources, connect, equal, events,
                  fake_key, wait, wait_event)

DAY = 86400
YEAR = 365 * DAY
CA = "home/state/ca.pem"
sources = Sources()
now = 0                 # s that the clock of the suite is wrong by


def prepare():
    tlscerts.Authority("root", ends=800).leaf("server", "DNS:localhost",
                                              ends=800)


def put(offset):
    """All clocks of the suite, of the parent too; it is on record."""
    global now
    reason, by = ("back" if offset < now else "forward"), abs(offset - now)
    before = len(events(event="clock_moved", reason=reason))
    inject.clock(offset, 0, inject.ROLES)
    now = offset

    def told():
        e = events(event="clock_moved", reason=reason)[before:]
        return e and abs(e[-1]["count"] - by) <= 2
    wait("clock_moved", told)


def send(proxy, key):
    source = sources.next()
    body = b"k=" + key.encode()
    c = connect(proxy, source)
    c.send(b"POST http://guardian.invalid/selftest HTTP/1.1\r\nHost: "
           b"guardian.invalid\r\nContent-Length: %d\r\n\r\n" % len(body) +
           body)
    head, _ = c.message()
    assert head.startswith(b"HTTP/1.1 200 "), head
    c.close()
    return source


def seconds(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
        tzinfo=timezone.utc).timestamp()


def of(source):
    return [f for f in findings() if f["source"] == source]


def found(proxy, key):
    """It is, with the time of the suite's clock."""
    source = send(proxy, key)
    f = wait("finding of " + source, lambda: of(source))[0]
    assert abs(seconds(f["timestamp"]) - time.time() - now) < 30, f


def suppressed(proxy, key):
    """What comes after it is found, so it was looked at and is no news."""
    source = send(proxy, key)
    found(proxy, fake_key())
    equal(of(source), [])


def date(text):
    return datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(
        tzinfo=timezone.utc).timestamp()


def leaf(proxy, port, verify):
    """A request over TLS; its certificate is valid by the suite's clock."""
    ctx = ssl.create_default_context(cafile=CA)
    if not verify:
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
    c = connect(proxy, sources.next())
    c.send(b"CONNECT localhost:%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % port)
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    s = ctx.wrap_socket(c.s, server_hostname="localhost")
    s.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
              b"\r\nhi")
    equal(chaos.message(s)[0][:13], b"HTTP/1.1 200 ")
    pem = ssl.DER_cert_to_PEM_cert(s.getpeercert(True))
    s.close()
    text = dict(x.split("=") for x in tlscerts.openssl(
        "x509", "-noout", "-startdate", "-enddate", text=pem).splitlines())
    at = time.time() + now
    begins, ends = date(text["notBefore"]), date(text["notAfter"])
    assert begins <= at < ends - 600, (begins, at, ends)
    return pem


def uptime(port):
    with open("main.token") as f:
        http = Http(int(port), f.read().strip())
    r = http.ask("tools/call", {"name": "clawsec_traffic_status",
                                "arguments": {}})
    return r["result"]["structuredContent"]["uptime_seconds"]


def moved(proxy, mcp):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain("server.pem", "server.key")
    port = chaos.origin(ctx)
    key = fake_key()
    found(proxy, key)
    suppressed(proxy, key)
    first = leaf(proxy, port, True)
    equal(leaf(proxy, port, True), first)

    put(DAY)
    found(proxy, key)
    second = leaf(proxy, port, False)
    assert second != first
    assert uptime(mcp) >= DAY

    # what was seen tomorrow was seen now
    put(0)
    suppressed(proxy, key)
    third = leaf(proxy, port, True)
    assert third not in (first, second)
    put(3700)
    found(proxy, key)
    put(-1800)
    equal(uptime(mcp), 0)
    equal(leaf(proxy, port, True), third)

    put(YEAR)
    found(proxy, key)
    leaf(proxy, port, False)
    subprocess.run(["ctl", "log", "rotate"], check=True)
    found(proxy, fake_key())
    put(0)
    found(proxy, fake_key())
    out = subprocess.run(["ctl", "-j", "verify"], stdout=subprocess.PIPE)
    equal(out.returncode, 0, out.stdout)
    equal([e for e in events(event="child_exited")], [])


def quota(proxy, _):
    """Full for a day, whichever way that ends."""
    for offset in (DAY, -DAY):
        for _ in range(260):
            last = send(proxy, fake_key())
        wait_event(event="finding_suppressed_summary")
        equal(of(last), [])
        put(offset)
        found(proxy, fake_key())


def tunnel(proxy, _):
    """An hour without a byte ends one, and no other."""
    ended = []

    def script(conn, n):
        conn.send(b"220 hello\r\n")
        while conn.more():
            conn.send(conn.buf)
            conn.buf = b""
        ended.append(n)
    origin = Origin(script)

    def begin():
        c = connect(proxy)
        c.send(b"CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n" %
               origin.host.encode())
        equal(c.until(b"\r\n\r\n"), ESTABLISHED)
        equal(c.until(b"hello\r\n"), b"220 hello\r\n")
        return c

    def echo(c):
        c.send(b"NOOP\r\n")
        equal(c.until(b"NOOP\r\n"), b"NOOP\r\n")

    def forward(s):
        """And the worker has had a look at it."""
        inject.clock(0, s, ["proxy-worker"])
        c = connect(proxy)
        c.send(b"GET http://guardian.invalid/selftest HTTP/1.1\r\n"
               b"Host: guardian.invalid\r\n\r\n")
        c.message()
        c.close()

    idle, busy = begin(), begin()
    echo(busy)
    forward(3500)
    echo(busy)
    equal(ended, [])
    forward(3700)
    equal(idle.rest(), b"")
    wait("the origin's end", lambda: ended == [0])
    echo(busy)
    forward(3700 + 3700)
    equal(busy.rest(), b"")
    wait("the origin's end", lambda: ended == [0, 1])


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        {"moved": moved, "quota": quota,
         "tunnel": tunnel}[sys.argv[1]](*sys.argv[2:])
        print("done " + sys.argv[1])
