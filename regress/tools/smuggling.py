#!/usr/bin/env python3
"""The table of smuggling_table.py through the running proxy.

usage: smuggling.py requests|responses PROXY
       smuggling.py recorded		when the suite has stopped
"""
import json
import random
import re
import sys
import threading

import strict
import smuggling_table as table
from wire import (Origin, Sources, connect, equal, events, run, unchunk,
                  wait)

SEED = 3
WANTED = "wanted.json"
NAME = re.compile(rb"case-[0-9]+-[0-9]+-")
SECOND = b"GET http://@H/second-@N HTTP/1.1\r\nHost: @H\r\n\r\n"


def fill(wire, origin, name):
    return wire.replace(b"@H", origin.host.encode()).replace(b"@N", name)


def splits(rng, wire):
    """Whole, twice in two, in a few, and small ones byte by byte."""
    yield []
    yield [rng.randrange(1, len(wire))]
    # in the middle of a CRLF, where there is one
    ends = [i + 1 for i in range(len(wire)) if wire[i:i + 2] == b"\r\n"]
    yield [rng.choice(ends)] if ends else []
    yield sorted(rng.sample(range(1, len(wire)), min(6, len(wire) - 1)))
    if len(wire) < 1000:
        yield list(range(1, len(wire)))


def send(conn, data, pieces):
    """The other side may stop reading when it has seen enough."""
    try:
        conn.send(data, pieces)
    except (BrokenPipeError, ConnectionResetError):
        pass


def next_message(conn):
    """None at the end of the connection, wherever that is."""
    while (got := strict.message(conn.buf)) is None:
        try:
            if not conn.more():
                return None
        except ConnectionResetError:
            return None
    conn.buf = conn.buf[got[1]:]
    return got[0]


def serve(conn, n):
    """Answers what is one message beyond doubt, and nothing else."""
    while (m := next_message(conn)) is not None:
        conn.send(b"HTTP/1.1 200 OK\r\nX-Target: %s\r\n"
                  b"Content-Length: 2\r\n\r\n" % m.target +
                  (b"" if m.method == b"HEAD" else b"ok"))


def good(c, case, name):
    """The client's view; what the origin got is looked at afterwards."""
    wanted = [(case.method, target(case, name))]
    if case.more:
        wanted.append((b"GET", b"/second-" + name))
    for method, path in wanted:
        head, _ = c.message(head_only=method == b"HEAD")
        assert head.startswith(b"HTTP/1.1 200 "), head
        assert b"\r\nX-Target: " + path + b"\r\n" in head, (head, path)
    if case.more:
        c.done()
    equal(c.rest(), b"", "more than was asked for")


def refused(c, case):
    """One answer with that status, and the end."""
    head, _ = c.message()
    assert head.startswith(b"HTTP/1.1 %d " % case.status), head
    equal(c.rest(), b"", "an answer to what was refused")


def target(case, name):
    return case.target.replace(b"@N", name)


def recorded():
    """Every refusal is on record with its reason: many of one reason in one
    event with their number, so this is for when the suite has stopped."""
    with open(WANTED) as f:
        wanted = json.load(f)
    total = {}
    for e in events(event="protocol_error"):
        if e["reason"] == "unasked":
            continue            # what stood behind a response
        total[e["reason"]] = total.get(e["reason"], 0) + e.get("count", 1)
        if "source" in e:
            name, reason = wanted[e["source"]]
            equal(e["reason"], reason, name)
    want = {}
    for name, reason in wanted.values():
        want[reason] = want.get(reason, 0) + 1
    equal(total, want)


def remember(wanted):
    with open(WANTED, "w") as f:
        json.dump(wanted, f)


def requests(proxy):
    origin = Origin(serve)
    rng = random.Random(SEED)
    sources = Sources()
    cases, wanted = {}, {}
    for n, case in enumerate(table.requests):
        for s, pieces in enumerate(splits(rng, case.wire + SECOND)):
            name = b"case-%d-%d-" % (n, s)
            wire = fill(case.wire + SECOND, origin, name)
            pieces = [p for p in pieces if p < len(wire)]
            source = sources.next()
            c = connect(proxy, source)
            try:
                send(c, wire, pieces)
                if case.verdict == "good":
                    good(c, case, name)
                else:
                    wanted[source] = case.name, case.reason
                    refused(c, case)
            except Exception as e:
                raise AssertionError("%s, split at %r: %r" %
                                     (case.name, pieces[:20], e))
            c.close()
            origin.finish()
            cases[name] = case
    remember(wanted)
    wait("the origin's last end", lambda: all(conn.s.fileno() == -1
                                              for conn in origin.conns))
    arrived(origin, cases)
    print("%d requests: %d good, %d bad, %d cut; %d connections" % (
        len(table.requests), *[sum(c.verdict == v for c in table.requests)
                               for v in ("good", "bad", "cut")], len(cases)))


def cut_short(seen, what):
    """What came is the beginning of one message, and not all of it."""
    assert strict.message(seen) is None, "%s: whole: %r" % (what, seen)
    assert b"second-" not in seen, "%s: %r" % (what, seen)


def arrived(origin, cases):
    """What the origin has seen is what the table says, and no more."""
    equal(origin.failed, [])
    got = {}
    for conn in origin.conns:
        if conn.seen == b"":
            continue            # made for a body that was refused in time
        names = NAME.findall(conn.seen)
        assert names and len(set(names)) == 1, "whose? %r" % conn.seen[:500]
        got.setdefault(names[0], []).append(conn.seen)
    for name, case in cases.items():
        seen = got.get(name, [])
        if case.verdict == "bad":
            equal(seen, [], case.name)
            continue
        if case.verdict == "cut":
            assert len(seen) <= 1, case.name
            for data in seen:
                cut_short(data, case.name)
            continue
        equal(len(seen), 1, case.name)
        want = [(case.method, target(case, name), case.framing, case.body)]
        if case.more:
            want.append((b"GET", b"/second-" + name, "none", b""))
        equal([m.seen() for m in strict.messages(seen[0])], want, case.name)


def answer(case):
    """An origin that answers with what the table says, and then, if it is
    asked again, with something of its own."""
    def script(conn, n):
        while (m := next_message(conn)) is not None:
            if m.target == b"/second":
                conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
                          b"second")
                continue
            try:
                conn.send(case.wire, case.pieces)
            except OSError:
                return              # hung up on in the middle
            finally:
                case.sent.set()
            if case.end:
                return
    return script


def one_response(proxy, case, source):
    case.sent = threading.Event()
    origin = Origin(answer(case))
    host = origin.host.encode()
    c = connect(proxy, source)
    c.send(b"%s http://%s/first HTTP/1.1\r\nHost: %s\r\n\r\n" %
           (case.answers, host, host))
    if case.verdict == "fails":
        failed(c, case)
    else:
        status = 100
        while status // 100 == 1:
            head, body = c.message(head_only=case.answers == b"HEAD")
            status = int(head[9:12])
        equal(status, case.code)
        if b"transfer-encoding" in head.lower() and body:
            body = unchunk(body)
        equal(body, case.body)
        if case.more:
            # what is behind the first answer is there, or it is anybody's
            assert case.sent.wait(30), "never sent"
            c.send(b"GET http://%s/second HTTP/1.1\r\nHost: %s\r\n\r\n" %
                   (host, host))
            equal(c.message()[1], b"second")
            c.done()
        equal(c.rest(), b"")
    c.close()
    origin.close()


def failed(c, case):
    """502; or, when the head was on its way, an end that says so."""
    try:
        head, _ = c.message(head_only=case.answers == b"HEAD")
        while head.startswith(b"HTTP/1.1 1"):
            head, _ = c.message(head_only=case.answers == b"HEAD")
    except (EOFError, ConnectionResetError):
        assert case.started, "no answer"
        assert b"second" not in c.seen
        return
    assert head.startswith(b"HTTP/1.1 502 "), head
    equal(c.rest(), b"")


def responses(proxy):
    rng = random.Random(SEED)
    sources = Sources()
    wanted = {}
    connections = 0
    for case in table.responses:
        for pieces in splits(rng, case.wire):
            case.pieces = pieces
            source = sources.next()
            connections += 1
            try:
                one_response(proxy, case, source)
            except Exception as e:
                raise AssertionError("%s, split at %r: %r" %
                                     (case.name, pieces[:20], e))
            if case.verdict == "fails":
                wanted[source] = case.name, case.reason
    remember(wanted)
    print("%d responses: %d pass, %d fail; %d connections" % (
        len(table.responses), *[sum(c.verdict == v for c in table.responses)
                                for v in ("passes", "fails")], connections))


if __name__ == "__main__":
    run({f.__name__: f for f in (requests, responses, recorded)}, sys.argv)
