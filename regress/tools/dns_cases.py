#!/usr/bin/env python3
"""Cases of dns_test: a name server that answers as it is told, on port 53 of a
network namespace of its own, and the origin that its answers lead to.

usage: dns_cases.py CASE PROXY
"""
import resource
import socket
import struct
import sys
import threading
import time

from wire import connect, counters, equal, run, wait, wait_event

A, AAAA = 1, 28
SERVFAIL, NXDOMAIN = 2, 3
V4, V6 = "127.0.0.1", "::1"
NEVER = None
SHARE = 128     # questions that are asked at once for one client


class Server:
    """zone: name -> {type: (addresses, seconds)}; NEVER is no answer, a number
    an error code, "truncated" what it says."""

    def __init__(self, zone):
        self.zone = zone
        self.asked = []
        self.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind(("127.0.0.1", 53))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            data, peer = self.s.recvfrom(4096)
            labels, at = [], 12
            while data[at]:
                labels.append(data[at + 1:at + 1 + data[at]].decode().lower())
                at += 1 + data[at]
            kind, = struct.unpack("!H", data[at + 1:at + 3])
            name = ".".join(labels)
            self.asked.append((name, kind))
            told, delay = self.zone.get(name, {}).get(kind, (NXDOMAIN, 0))
            if told is not NEVER:
                threading.Timer(delay, self.s.sendto, (
                    self.answer(data, at + 5, kind, told), peer)).start()

    def answer(self, question, end, kind, told):
        flags, addresses = 0x8180, []
        if told == "truncated":
            flags |= 0x0200
        elif isinstance(told, int):
            flags |= told
        else:
            addresses = told
        out = (question[:2] + struct.pack("!HHHHH", flags, 1, len(addresses),
                                          0, 0) + question[12:end])
        family = socket.AF_INET if kind == A else socket.AF_INET6
        for address in addresses:
            raw = socket.inet_pton(family, address)
            out += struct.pack("!HHHIH", 0xc00c, kind, 1, 60, len(raw)) + raw
        return out


class Origin:
    """Answers with the address that was connected to."""

    def __init__(self):
        self.s = socket.socket(socket.AF_INET6)
        self.s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.s.bind(("::", 0))
        self.s.listen(64)
        self.port = self.s.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            c, _ = self.s.accept()
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        body = c.getsockname()[0].replace("::ffff:", "").encode()
        data = b""
        while b"\r\n\r\n" not in data:
            more = c.recv(65536)
            if not more:
                break
            data += more
        else:
            c.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                      b"Content-Length: %d\r\n\r\n" % len(body) + body)
        c.close()


def ask(proxy, name, port, source=None):
    c = connect(proxy, source)
    host = b"%s:%d" % (name.encode(), port)
    c.send(b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, host))
    return c


def reset(c):
    c.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                   struct.pack("ii", 1, 0))
    c.close()


def get(proxy, name, port):
    """(status, body, seconds)"""
    start = time.monotonic()
    c = ask(proxy, name, port)
    head, body = c.message()
    c.close()
    return head[9:12].decode(), body.decode(), time.monotonic() - start


def order(proxy):
    """Which address is taken, and how long the other kind is waited for."""
    zone = {
        "both.test": {A: ([V4], 0), AAAA: ([V6], 0)},
        "six-late.test": {A: ([V4], 0), AAAA: ([V6], 0.01)},
        "six-never.test": {A: ([V4], 0), AAAA: (NEVER, 0)},
        "four-never.test": {A: (NEVER, 0), AAAA: ([V6], 0)},
        "four-only.test": {A: ([V4], 0), AAAA: ([], 0)},
        "six-only.test": {A: ([], 0), AAAA: ([V6], 0)},
        "six-fails.test": {A: ([V4], 0), AAAA: (SERVFAIL, 0)},
        # no route leads there: the other one is used
        "six-dead.test": {A: ([V4], 0), AAAA: (["2001:db8::1"], 0)},
        "many.test": {A: (["127.0.0.5", "127.0.0.6", V4], 0),
                      AAAA: ([], 0)},
    }
    want = {"both.test": V6, "six-late.test": V6, "six-never.test": V4,
            "four-never.test": V6, "four-only.test": V4,
            "six-only.test": V6, "six-fails.test": V4, "six-dead.test": V4,
            "many.test": "127.0.0.5"}
    server, origin = Server(zone), Origin()
    for name, address in want.items():
        status, body, seconds = get(proxy, name, origin.port)
        equal((name, status, body), (name, "200", address))
        # evdns itself would wait three seconds, twice
        if seconds > 2:
            raise AssertionError("%s: %.1f s" % (name, seconds))
        equal(sorted(k for n, k in set(server.asked) if n == name), [A, AAAA])


def abandoned(proxy):
    """More questions than are asked at once, of clients that are gone: who
    comes then does not wait for the answers that nobody waits for."""
    server, origin = Server({"both.test": {A: ([V4], 0), AAAA: ([V6], 0)}}), \
        Origin()
    server.zone.update(("%d.never.test" % n, {A: (NEVER, 0),
                                              AAAA: (NEVER, 0)})
                       for n in range(600))
    idle = counters()["connections"]
    gone = [ask(proxy, "%d.never.test" % n, 80) for n in range(600)]
    wait("all questions that are asked at once", lambda: len(
        {q for q in server.asked if q[0].endswith(".never.test")}) >= SHARE)
    for c in gone:
        reset(c)
    wait("the end of them", lambda: counters()["connections"] == idle)
    status, body, seconds = get(proxy, "both.test", origin.port)
    equal((status, body), ("200", V6))
    if seconds > 2:
        raise AssertionError("%.1f s" % seconds)


def share(proxy):
    """A client that asks for more names of silent servers than are asked at
    once is in no other's way; its own wait, and are asked when it is their
    turn."""
    zone = {"%d.never.test" % n: {A: (NEVER, 0), AAAA: (NEVER, 0)}
            for n in range(1100)}
    zone.update(("%d.late.test" % n, {A: ([V4], 1), AAAA: ([], 1)})
                for n in range(SHARE))
    zone["both.test"] = {A: ([V4], 0), AAAA: ([V6], 0)}
    server, origin = Server(zone), Origin()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    idle = counters()["connections"]
    held = [ask(proxy, "%d.never.test" % n, 80, "127.0.0.2")
            for n in range(1100)]
    wait("all of them", lambda:
         counters()["connections"] == idle + len(held))
    wait("all questions that are asked at once", lambda: len(
        {q for q in server.asked if q[0].endswith(".never.test")}) >= SHARE)
    status, body, seconds = get(proxy, "both.test", origin.port)
    equal((status, body), ("200", V6))
    if seconds > 2:
        raise AssertionError("%.1f s" % seconds)
    for c in held:
        reset(c)
    wait("the end of them", lambda: counters()["connections"] == idle)
    held = [ask(proxy, "%d.late.test" % n, origin.port, "127.0.0.2")
            for n in range(SHARE)]
    for c in held:
        equal(c.message()[0][9:12], b"200")
        c.close()
    equal(len({q for q in server.asked if q[0].endswith(".late.test")}),
          2 * SHARE)


def trouble(proxy):
    """What is no answer, with its word; an answer may lead nowhere new."""
    zone = {
        "truncated.test": {A: ("truncated", 0), AAAA: ("truncated", 0)},
        "failed.test": {A: (SERVFAIL, 0), AAAA: (SERVFAIL, 0)},
        "nodata.test": {A: ([], 0), AAAA: ([], 0)},
        "private.test": {A: (["10.1.2.3"], 0), AAAA: (["fd00::1"], 0)},
        "mixed.test": {A: (["10.1.2.3", V4], 0), AAAA: ([], 0)},
        "silent.test": {A: (NEVER, 0), AAAA: (NEVER, 0)},
    }
    server, origin = Server(zone), Origin()
    for name, status, event, reason in (
            ("truncated.test", "502", "upstream_failed", "dns_truncated"),
            # evdns asks the next server, and there is none
            ("failed.test", "504", "upstream_failed", "dns_timeout"),
            ("nodata.test", "502", "upstream_failed", "dns_not_found"),
            ("nobody.test", "502", "upstream_failed", "dns_not_found"),
            ("private.test", "403", "destination_refused", None),
            ("silent.test", "504", "upstream_failed", "dns_timeout")):
        equal((name, get(proxy, name, origin.port)[0]), (name, status))
        got = wait_event(event=event, dest="%s:%d" % (name, origin.port))
        if reason:
            equal([e["reason"] for e in got], [reason])
    status, body, _ = get(proxy, "mixed.test", origin.port)
    equal((status, body), ("200", V4))
    # and the next one is asked as if nothing had been
    server.zone["late.test"] = {A: ([V4], 0), AAAA: ([], 0)}
    equal(get(proxy, "late.test", origin.port)[:2], ("200", V4))


run({f.__name__: f for f in (order, abandoned, share, trouble)}, sys.argv)
