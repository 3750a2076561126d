#!/usr/bin/env python3
"""Cases of coverage_test: what was not scanned is forwarded and on record.

usage: coverage_cases.py CASE PROXY [more]
"""
import gzip
import hashlib
import os
import random
import signal
import subprocess
import json
import sys
import threading
import time

from wire import (WAIT, Origin, Sources, connect, equal, events, fake_key,
                  findings, run, wait, wait_event, wait_finding)


def counters():
    out = subprocess.run(["ctl", "-j", "status"], stdout=subprocess.PIPE,
                         check=True).stdout
    return json.loads(out)["counters"]


def echo(conn, n):
    while True:
        try:
            _, body = conn.message()
        except EOFError:
            return
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                  % len(body) + body)


def post(proxy, origin, body, source=None, fields=None):
    """The answer's body, and how long it took."""
    start = time.monotonic()
    c = connect(proxy, source)
    c.s.settimeout(WAIT * 2)
    t = threading.Thread(target=c.send, daemon=True, args=(
        b"POST http://%s/ HTTP/1.1\r\nHost: h\r\n%b\r\n\r\n" % (
            origin.host.encode(), fields or
            b"Content-Length: %d" % len(body)) + body,))
    t.start()
    _, got = c.message()
    t.join(WAIT)
    c.close()
    return got, time.monotonic() - start


CHUNKED = b"Transfer-Encoding: chunked"


def chunked(data):
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)


def limit(proxy, scan_limit):
    """A key before the limit is found, one behind it is not, and the gap is
    as long as what lies behind it, both ways."""
    scan_limit = int(scan_limit)
    origin = Origin(echo)
    before = counters()
    size = 10 * 1024 * 1024
    body = bytearray(random.Random(1).randbytes(size))
    near, far = fake_key().encode(), fake_key().encode()
    at = scan_limit - len(near) - 1000
    body[at:at + len(near) + 2] = b" " + near + b" "
    body[-2000:-2000 + len(far)] = far
    body[-2001:-2000] = b" "
    sent = chunked(body)
    got, _ = post(proxy, origin, sent, None, CHUNKED)
    # the origin does not undo the framing
    equal(hashlib.sha256(got).hexdigest(), hashlib.sha256(sent).hexdigest())
    gaps = [wait("gap %s" % d, lambda: events(event="scan_gap", direction=d))
            for d in ("outbound", "inbound")]
    for gap in gaps:
        equal(len(gap), 1)
        gap = gap[0]
        equal(gap["reason"], "scan_limit")
        equal(gap["client"], "default")
        # the head counts too
        left = size - scan_limit
        assert left <= gap["bytes"] <= left + 4096, gap
    total = sum(g[0]["bytes"] for g in gaps)
    wait("the counters", lambda: counters()["bytes_skipped"] -
         before["bytes_skipped"] == total)
    equal(counters()["messages_skipped"] - before["messages_skipped"], 2)
    equal(len(findings(pattern="ai_api_key")), 1)
    # no finding came late
    key = fake_key().encode()
    post(proxy, origin, key, "127.0.0.9")
    wait_finding(source="127.0.0.9")
    equal(len(findings(source="127.0.0.1")), 1)


def ends(proxy, scan_limit):
    """Of a body whose length is known the end is scanned, too."""
    scan_limit = int(scan_limit)
    half = scan_limit // 2
    origin = Origin(echo)
    before = counters()
    size = 3 * scan_limit + 12345
    body = bytearray(b"x" * size)
    keys = [fake_key().encode() for _ in range(4)]
    # the last bytes of the head, behind it, before the tail, its first ones
    n = len(keys[0])
    for key, at in zip(keys, (half - n - 2, half + 2, size - half - n - 2,
                              size - half + 2)):
        body[at - 1:at + n + 1] = b" " + key + b" "
    got, _ = post(proxy, origin, bytes(body))
    equal(hashlib.sha256(got).hexdigest(), hashlib.sha256(body).hexdigest())
    for direction in ("outbound", "inbound"):
        gap = wait("gap " + direction, lambda: events(
            event="scan_gap", direction=direction))
        equal([(g["reason"], g["bytes"]) for g in gap],
              [("scan_limit", size - scan_limit)])
    equal(len(findings(pattern="ai_api_key")), 2)
    wait("the counters", lambda: counters()["bytes_skipped"] -
         before["bytes_skipped"] == 2 * (size - scan_limit))
    # compressed, or of no known length: the beginning only
    data = random.Random(3).randbytes(2 * scan_limit) + b" " + \
        fake_key().encode()
    coded = gzip.compress(data, 1)
    post(proxy, origin, coded, "127.0.0.7", b"Content-Encoding: gzip\r\n"
         b"Content-Length: %d" % len(coded))
    post(proxy, origin, chunked(data), "127.0.0.7", CHUNKED)
    wait("their gaps", lambda: len(events(
        event="scan_gap", direction="outbound", source="127.0.0.7",
        reason="scan_limit")) == 2)
    equal(len(findings(source="127.0.0.7")), 0)


def stopped(proxy, mode, *pids):
    """Detectors that stand still: traffic goes on, findings come later."""
    origin = Origin(echo)
    sources = Sources()
    keyed = []
    data = random.Random(2).randbytes(8 * 1024 * 1024)
    _, usual = post(proxy, origin, data)
    for pid in pids:
        os.kill(int(pid), signal.SIGSTOP)
    try:
        # little ones pass at once, and are kept
        for _ in range(20):
            source = sources.next()
            _, took = post(proxy, origin, fake_key().encode(), source)
            keyed.append(source)
            assert took < 2, "%.1f s for a small request" % took
        # a large one is slowed down, for five seconds in all, or not
        got, took = post(proxy, origin, data)
        equal(hashlib.sha256(got).hexdigest(),
              hashlib.sha256(data).hexdigest())
        print("8 MiB and back: %.2f s, else %.2f s" % (took, usual))
        if mode == "backpressure":
            assert 4 < took < 6 + 4 * usual, took
        else:
            assert took < 2 + 4 * usual, took
        # once it is clear that they do not keep up, nobody waits again
        got, took = post(proxy, origin, data[:1000000])
        assert took < 2 + usual, took
    finally:
        for pid in pids:
            try:
                os.kill(int(pid), signal.SIGCONT)
            except ProcessLookupError:
                pass
    for source in keyed:
        equal(len(wait_finding(source=source)), 1)
    e = wait_event(event="overload", reason=mode)
    assert e[0]["bytes"] > 0, e
    gap = wait_event(event="scan_gap", reason="overload", direction="outbound")
    most = max(e["bytes"] for e in gap)
    assert 1000000 < most <= 8 * 1024 * 1024, gap
    # and all is scanned again
    source = sources.next()
    post(proxy, origin, fake_key().encode() + b" " * 500000, source)
    wait_finding(source=source)


run({f.__name__: f for f in (limit, ends, stopped)}, sys.argv)
