#!/usr/bin/env python3
"""Keeps requests with a planted key each going through a proxy.

usage: load.py PROXY OUT [ORIGIN]

Every request comes from a loopback address of its own, so that the finding
tells which request it belongs to; it is sent once and never again.  One line
a request goes to OUT: the source address, and "ok" when the whole answer
came, else "lost".  Ends when its standard input does.
"""
import itertools
import secrets
import socket
import string
import sys
import threading

ALPHABET = string.ascii_letters + string.digits


def key():
    return ("sk-ant-api03-" +
            "".join(secrets.choice(ALPHABET) for _ in range(93)) + "AA")


def answer(s):
    """Reads one response; True when it was a whole 200."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(65536)
        if not more:
            return False
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 200"):
        return False
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        more = s.recv(65536)
        if not more:
            return False
        body += more
    return True


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    out = open(sys.argv[2], "w", buffering=1)
    origin = sys.argv[3] if len(sys.argv) > 3 else None
    lock = threading.Lock()
    numbers = itertools.count(1)
    stop = threading.Event()

    def one(n):
        source = "127.%d.%d.%d" % (10 + n // 62500, n // 250 % 250,
                                   1 + n % 250)
        url = "http://guardian.invalid/selftest"
        if origin and n % 2:
            url = "http://%s/sink" % origin
        body = ("k=" + key()).encode()
        request = ("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n"
                   "\r\n" % (url, url.split("/")[2], len(body))).encode()
        try:
            s = socket.socket()
            s.settimeout(30)
            s.bind((source, 0))
            s.connect((host, int(port)))
            s.sendall(request + body)
            ok = answer(s)
            s.close()
        except OSError:
            ok = False
        with lock:
            out.write("%s %s\n" % (source, "ok" if ok else "lost"))

    def worker():
        while not stop.is_set():
            one(next(numbers))

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for t in threads:
        t.start()
    sys.stdin.read()
    stop.set()
    for t in threads:
        t.join()


main()
