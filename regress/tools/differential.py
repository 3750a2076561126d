#!/usr/bin/env python3
"""Are requests that the proxy passes on framed by others as by us?

usage: differential.py PROXY BOUNDARIES

Mutated requests of the smuggling table, always the same, go through the proxy
to an origin that records them.  What arrives is read by the proxy's own
parser, by llhttp (BOUNDARIES is the program that asks both) and, sent as it
is, by nginx, Apache and HAProxy; then the same requests go through the proxy
to each of the servers.  A reader may refuse a request, and then reads no more;
whatever else it says has to be what strict.py says.
"""
import random
import re
import subprocess
import sys

import servers
import smuggling_table as table
import strict
from smuggling import SECOND, fill, send, serve
from wire import Origin, connect, equal, wait

SEED = 20261122
MUTANTS = 5000
BASE_MAX = 700
# Where a request goes stays what it is.
FIXED = re.compile(rb"(http://@H(?:/@N|\?@N)?|@H|@N)")
ELSEWHERE = re.compile(rb"(?i)https?:(?!//@H[/? \r])")
LINES = (b"Content-Length: 5", b"Content-Length: 0", b"Content-Length: 11",
         b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity",
         b"Connection: close", b"Connection: keep-alive",
         b"Connection: content-length, transfer-encoding", b"Host: other.test",
         b"Expect: 100-continue", b"TE: trailers", b"Trailer: A", b"X: y",
         b"Content-Type: text/plain", b"A: \xe4\xff", b"X-HTTP-Method: GET",
         b"Content_Length: 3", b"Keep-Alive: 5", b"Content-Encoding: gzip",
         b"X: " + b"y" * 300, b"Proxy-Connection: close", b"Range: bytes=0-1")
TOKENS = (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\r\n\t", b"\x00",
          b"\x0b", b"\x0c", b"\x7f", b"\xa0", b" ", b"\t", b":", b";",
          b",", b"0", b"5",
          b"+", b"-", b"_", b'"', b"\\", b"#", b"?", b"%", b"/", b"..", b"x",
          b"chunked", b"0\r\n\r\n", b"5\r\nhello\r\n", b"a\r\n", b";a=b",
          b';a="b"', b"HTTP/1.1", b"\r\n\r\n", b"GET / HTTP/1.1\r\n", b"hello",
          b"A: b\r\n", b"\r\nContent-Length: 5", b"00", b"&a=b", b"|", b"{")
# Statuses by which a server says that it does not like a request.
REFUSALS = (400, 403, 404, 405, 411, 413, 414, 417, 431, 501, 505)
METHODS = (b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"PATCH",
           b"PROPFIND", b"BREW", b"get")


def mutate_text(rng, text):
    at = rng.randrange(len(text) + 1)
    how = rng.randrange(5)
    if how == 0:
        return text[:at] + rng.choice(TOKENS) + text[at:]
    if how == 1:
        return text[:at] + text[at + rng.randrange(1, 4):]
    if how == 2:
        return text[:at] + bytes([rng.randrange(256)]) + text[at + 1:]
    if how == 3:
        end = at + rng.randrange(1, 12)
        return text[:end] + text[at:end] + text[end:]
    return text[:at] + text[at:at + 1].swapcase() + text[at + 1:]


def mutate(rng, wire):
    how = rng.randrange(8)
    if how < 2:                 # another field
        lines = wire.split(b"\r\n")
        lines.insert(rng.randrange(1, min(len(lines), 6) + 1),
                     rng.choice(LINES))
        return b"\r\n".join(lines)
    if how == 2:                # lines in another order, or twice
        lines = wire.split(b"\r\n")
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[rng.choice((a, b))]
        return b"\r\n".join(lines)
    if how == 3:
        return rng.choice(METHODS) + wire[wire.index(b" "):] \
            if b" " in wire else wire
    parts = FIXED.split(wire)
    n = rng.randrange(0, len(parts), 2)
    parts[n] = mutate_text(rng, parts[n])
    return b"".join(parts)


def inputs():
    """The table's own requests, and mutants of them."""
    rng = random.Random(SEED)
    base = [c for c in table.requests if len(c.wire) < BASE_MAX and
            b"CONNECT" not in c.wire and
            re.search(rb"\A[^\n]*http://@H[/? ]", c.wire)]
    sound = [c for c in base if c.verdict == "good"]
    out = [c.wire for c in base]
    while len(out) < len(base) + MUTANTS:
        wire = rng.choice(sound if rng.random() < 0.8 else base).wire
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            wire = mutate(rng, wire)
        if rng.random() < 0.3:  # two of them in one pipeline
            wire += rng.choice(sound).wire
        # nobody else on the network is asked for anything
        if not ELSEWHERE.search(wire):
            out.append(wire)
    return out


def responses(c, methods):
    """What came back: the field X-Seen, or a status that refuses; then the
    connection may end.  More than was asked for is there too."""
    seen = []
    try:
        for method in methods:
            head, _ = c.message(head_only=method == b"HEAD")
            while head[9:10] == b"1":
                head, _ = c.message(head_only=method == b"HEAD")
            m = re.search(rb"(?im)^x-seen: ([^\r]*)\r$", head)
            seen.append(re.sub(rb" HTTP/1\.[01] ", b" ", m.group(1))
                        if m and head[9:10] == b"2" else int(head[9:12]))
        c.done()
        rest = c.rest()
        # HAProxy refuses a HEAD with a body: bytes, but no response
        if b"HTTP/1." in rest:
            seen.append(400 if b"\nThe traffic guardian: " in rest and
                        rest.count(b"HTTP/1.") == 1 else b"one more")
    except (EOFError, ConnectionResetError, BrokenPipeError):
        pass
    except TimeoutError:
        seen.append(b"silence")
    return seen


def described(m):
    return b"%s %s %d" % (m.method, m.target, len(m.body))


class Tally:
    """Compares what a reader says with how we read it, and counts."""

    def __init__(self, who):
        self.who, self.count, self.refused = who, 0, {}

    def add(self, wire, got, want):
        self.count += 1
        what = "%s reads %r:\n got %r\nwant %r" % (self.who, wire, got, want)
        refused = [x for x in got if isinstance(x, int) and x >= 400]
        for i, x in enumerate(got):
            if x in refused:
                continue
            if x == 200 and want[i:i + 1] == [b"OPTIONS * 0"]:
                continue        # Apache answers that itself
            assert i < len(want) and x == want[i], what
        # who refuses need not go on; who goes on reads it all
        assert len(got) >= len(want) or got[-1:] == refused[-1:] != [], what
        for i, x in enumerate(refused):
            # It is the reader's own judgement, and not a failure.  Apache
            # hangs up behind a refusal unannounced: 502 for the next POST.
            assert x in REFUSALS or (x == 502 and i > 0), what
            self.refused[x] = self.refused.get(x, 0) + 1

    def __str__(self):
        return "%s: %d streams; refused %s" % (
            self.who, self.count, ", ".join(
                "%d requests with %d" % (n, x) for x, n in
                sorted(self.refused.items())) or "none")


def ask(program, which, streams):
    """What the proxy's parser or llhttp says of each stream."""
    data = b"".join(b"%d\n%s" % (len(s), s) for s in streams)
    out = subprocess.run([program, which], input=data, check=True,
                         stdout=subprocess.PIPE, timeout=60).stdout
    answers, one = [], []
    for text in out.split(b"\n")[:-1]:
        if text in (b"end", b"bad"):
            answers.append(one + ([400] if text == b"bad" else []))
            one = []
        else:
            one.append(text)
    equal(len(answers), len(streams), which)
    return answers


def through(host, wire, methods):
    c = connect(host)
    send(c, wire, [])
    seen = responses(c, methods)
    c.close()
    return seen


def sees_differences(server):
    """A comparison that finds nothing must be able to find something."""
    stream = (b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked"
              b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
              b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    methods = [b"POST", b"GET"]
    right = [b"POST /a 5", b"GET /b 0"]
    Tally(server.name).add(stream, through(server.host, stream, methods),
                           right)
    for wrong in ([b"POST /a 15", b"GET /b 0"], [b"POST /a 5", b"GET /c 0"],
                  [b"POST /a 5"], right + [b"GET /d 0"]):
        try:
            Tally(server.name).add(
                stream, through(server.host, stream,
                                methods[:len(wrong)]), wrong)
        except AssertionError:
            continue
        raise AssertionError("%s: %r passed" % (server.name, wrong))


def record(proxy, origin, wires):
    """What the origin gets of each: a stream for each connection."""
    names = {}
    for n, wire in enumerate(wires):
        name = b"case-%d-" % n
        c = connect(proxy)
        send(c, fill(wire + SECOND, origin, name), [])
        try:
            c.done()
            c.rest()
        except TimeoutError:
            raise AssertionError("no end of %r: %r" % (wire, c.seen))
        c.close()
        origin.finish()
        names[name] = n
    wait("the origin's last end", lambda: all(conn.s.fileno() == -1
                                              for conn in origin.conns))
    equal(origin.failed, [], "ambiguous for strict.py")
    streams = {}
    for conn in origin.conns:
        got = re.findall(rb"case-[0-9]+-", conn.seen)
        if not got:
            assert conn.seen == b"", conn.seen
            continue
        equal(len(set(got)), 1, conn.seen)
        streams.setdefault(names[got[0]], []).append(conn.seen)
    return streams


def whole(streams):
    """(case, stream, messages) of those that end with a message."""
    out = []
    for n in sorted(streams):
        for seen in streams[n]:
            at = 0
            while (got := strict.message(seen, at)) is not None:
                at = got[1]
            if at > 0:
                out.append((n, seen[:at], strict.messages(seen[:at])))
    return out


def main(proxy, program):
    wires = inputs()
    origin = Origin(serve)
    streams = record(proxy, origin, wires)
    passed = whole(streams)
    total = sum(len(m) for _, _, m in passed)
    cases = {}
    for n, _, ms in passed:
        cases.setdefault(n, []).extend(ms)
    print("%d inputs, %d passed on in whole or in part: %d requests" %
          (len(wires), len(cases), total))
    assert len(cases) > len(wires) / 4, "too few to say anything"
    data = [s for _, s, _ in passed]
    wants = [[described(m) for m in ms] for _, _, ms in passed]
    for which in ("ours", "llhttp"):
        tally = Tally(which)
        for stream, got, want in zip(data, ask(program, which, data), wants):
            tally.add(stream, got, want)
        print(tally)
        assert which != "ours" or not tally.refused, tally

    others = servers.start()
    for server in others:
        sees_differences(server)
        tally = Tally(server.name)
        for (_, stream, ms), want in zip(passed, wants):
            tally.add(stream, through(server.host, stream,
                                      [m.method for m in ms]), want)
        print(tally)
        tally = Tally("the proxy before " + server.name)
        for n, ms in sorted(cases.items()):
            wire = fill(wires[n] + SECOND, server, b"case-%d-" % n)
            tally.add(wire, through(proxy, wire, [m.method for m in ms]),
                      [described(m) for m in ms])
        print(tally)
    for server in others:
        server.stop()
    print("done differential")


if __name__ == "__main__":
    main(*sys.argv[1:])
