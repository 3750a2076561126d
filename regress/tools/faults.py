#!/usr/bin/env python3
"""Requests with a key each, and what became of them.

usage: faults.py burst PROXY COUNT [FIRST]   each answered, or it fails
       faults.py found COUNT [FILE ...]      exactly once each, or it fails
       faults.py bulk PROXY SECONDS MEBIBYTES   prints the longest standstill
"""
import collections
import json
import secrets
import socket
import string
import sys
import threading
import time

import rawhttp

ALPHABET = string.ascii_letters + string.digits
URL = b"http://guardian.invalid/selftest"


def source(n):
    return "127.%d.%d.%d" % (10 + n // 62500, n // 250 % 250, 1 + n % 250)


def key():
    return ("sk-ant-api03-" + "".join(
        secrets.choice(ALPHABET) for _ in range(93)) + "AA").encode()


def burst(proxy, count, first=0):
    host, port = proxy.rsplit(":", 1)
    for n in range(first, first + count):
        s = socket.socket()
        s.settimeout(30)
        s.bind((source(n), 0))
        s.connect((host, int(port)))
        body = b"k=" + key()
        s.sendall(b"POST %s HTTP/1.1\r\nHost: guardian.invalid\r\n"
                  b"Connection: close\r\nContent-Length: %d\r\n\r\n"
                  % (URL, len(body)) + body)
        data = b""
        while True:
            more = s.recv(65536)
            if not more:
                break
            data += more
        s.close()
        if not data.startswith(b"HTTP/1.1 200 "):
            sys.exit("%d: %r" % (n, data[:200]))


def found(count):
    """Held against all files there are, rotated ones too."""
    n = collections.Counter()
    for name in sys.argv[3:] or ["home/log/findings.jsonl"]:
        with open(name) as f:
            for text in f:
                n[json.loads(text)["source"]] += 1
    want = {source(i): 1 for i in range(count)}
    if n != want:
        lost = [s for s in want if s not in n]
        sys.exit("%d of %d; lost %s, double %s" % (
            len(n), count, lost[:5], [s for s in n if n[s] > 1][:5]))


def bulk(proxy, seconds, mib):
    """One body up, as fast as it goes: how long did it ever stand still?"""
    total = mib << 20
    got = [0]

    def serve(c):
        _, data = rawhttp.head(c)
        got[0] = len(data)
        while got[0] < total:
            more = c.recv(1 << 18)
            if not more:
                break
            got[0] += len(more)
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        rawhttp.rest(c)

    origin = rawhttp.Origin()
    origin.handler = serve
    c = rawhttp.connect(proxy)
    c.sendall(b"PUT http://%s/ HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n"
              b"\r\n" % (origin.authority, origin.authority, total))
    piece = b"all work and no play " * 12000

    def send():
        left = total
        while left > 0:
            left -= c.send(piece[:min(left, len(piece))])

    threading.Thread(target=send, daemon=True).start()
    last, at, longest = 0, time.monotonic(), 0.0
    end = at + seconds
    while got[0] < total and time.monotonic() < end:
        time.sleep(0.02)
        now = time.monotonic()
        if got[0] != last:
            last, at = got[0], now
        longest = max(longest, now - at)
    if got[0] != total:
        sys.exit("%d of %d bytes; stood still for %.1f s" % (
            got[0], total, longest))
    head, _ = rawhttp.head(c)
    if rawhttp.status(head) != 200:
        sys.exit(repr(head))
    print("standstill %.1f" % longest)


if __name__ == "__main__":
    if sys.argv[1] == "burst":
        burst(sys.argv[2], *map(int, sys.argv[3:]))
    elif sys.argv[1] == "found":
        found(int(sys.argv[2]))
    else:
        bulk(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
