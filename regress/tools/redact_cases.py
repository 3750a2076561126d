#!/usr/bin/env python3
"""Cases of redact_test: secrets planted wherever bytes can stand, then looked
for where they must not be.

usage: redact_cases.py plant PROXY HOSTLABEL...
       redact_cases.py files FILE...
       redact_cases.py memory PROXY ORIGIN PID...

The parts that nobody may keep are in secrets.json, one list; "files" and
"memory" look for every eight bytes of them.
"""
import base64
import json
import os
import random
import re
import secrets
import string
import sys

from attacks import inbound, outbound
from wire import ALNUM, Origin, connect, run, wait

PREFIX = "sk-ant-api03-"


def body():
    """Of a key: what comes after the public prefix."""
    return "".join(secrets.choice(ALNUM) for _ in range(93))


def plant(proxy, *labels):
    planted = [bare(s) for s in labels]
    rnd = random.Random(secrets.randbits(32))

    def key():
        s = body()
        planted.append(s)
        return (PREFIX + s + "AA").encode()

    def word(n=30):
        s = "".join(secrets.choice(string.ascii_letters) for _ in range(n))
        planted.append(s)
        return s.encode()

    def basic(user, password):
        s = base64.b64encode(user + b":" + password)
        planted.append(s.decode().strip("="))
        return s

    replies = []

    def script(conn, n):
        conn.message()
        conn.send(replies[n])
        conn.done()
        conn.rest()

    origin = Origin(script)
    h = origin.host.encode()

    def send(data):
        c = connect(proxy)
        c.send(data)
        try:
            c.done()
        except OSError:
            pass			# a refusal may be over already
        c.rest()

    def get(reply):
        replies.append(reply)
        send(b"GET http://%s/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
             b"\r\n" % h)

    def ask(data):
        replies.append(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        send(data)

    ok = b"HTTP/1.1 200 OK\r\n"
    end = b"\r\nHost: h\r\nConnection: close\r\n"
    coded = b"Transfer-Encoding: chunked\r\n\r\n"
    for secret in (key, word):
        ask(b"GET http://%s/%s HTTP/1.1" % (h, secret()) + end + b"\r\n")
        ask(b"GET http://%s/?k=%s#%s HTTP/1.1" % (h, secret(), secret()) +
            end + b"\r\n")
        ask(b"GET http://%s/ HTTP/1.1" % h + end + b"X-A: %s\r\n"
            b"Authorization: Bearer %s\r\nCookie: k=%s\r\nX-%s: 1\r\n\r\n"
            % (secret(), secret(), secret(), secret()))
        ask(b"GET http://%s/ HTTP/1.1" % h + end +
            b"Proxy-Authorization: Basic %s\r\n\r\n"
            % basic(secret(), secret()))
        ask(b"POST http://%s/ HTTP/1.1" % h + end + coded +
            b"1;x=%s\r\na\r\n%x\r\n%s\r\n0\r\nX-T: %s\r\n\r\n"
            % (secret(), 108 if secret == key else 30, secret(), secret()))
        # refused for what they are
        for bad in (b"GET http://%s@a/ HTTP/1.1", b"GET http://%s/ HTTP/9.9",
                    b"GET %s://a/ HTTP/1.1", b"GET /%s HTTP/1.1",
                    b"GET https://a/%s HTTP/1.1", b"GET %s", b"%s",
                    b"GET http://a:%s/ HTTP/1.1", b"CONNECT %s:x HTTP/1.1",
                    b"CONNECT a@%s:1 HTTP/1.1",
                    b"GET http://10.0.0.1/%s HTTP/1.1",
                    b"GET http://guardian.invalid/%s HTTP/1.1",
                    b"CONNECT guardian.invalid:443 HTTP/1.1\r\nA: %s"):
            send(bad % secret() + end + b"\r\n")
        send(b"GET http://%s/ HTTP/1.1\nA: %s\n\n%s"
             % (h, secret(), secret()))
        send(b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\nHost: %s\r\n\r\n"
             % (h, secret(), secret()))
        # answers
        get(b"HTTP/1.1 200 " + secret() + b"\r\nContent-Length: 0\r\n\r\n")
        get(ok + b"X-A: %s\r\nLocation: http://a/%s\r\n\r\n%s"
            % (secret(), secret(), secret()))
        get(ok + coded + b"1;%s\r\na\r\n0\r\nX: %s\r\n\r\n"
            % (secret(), secret()))
        get(secret() + b"\r\n\r\n")
        get(b"HTTP/1.1 " + secret() + b"\r\n\r\n")
        get(ok + b"A: %s\nB: %s\n\n" % (secret(), secret()))
        get(ok + coded + b"zz%s\r\n" % secret())
    ask(b"%s http://%s/ HTTP/1.1" % (word(20), h) + end + b"\r\n")
    port = h.split(b":")[1]
    for label in labels:
        name = b"%s.example:%s" % (label.encode(), port)
        ask(b"POST http://%s/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
            b"Content-Length: 108\r\n\r\n%s" % (name, key()))
        replies.append(b"x")
        send(b"CONNECT %s HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n\r\n"
             % name)
        send(b"GET http://%s/ HTTP/1.1\r\nHost: h\r\n\r\n"
             % (label.encode() + b".refused:1"))
    # and whole attacks, keys and commands with the rest around them
    for a in outbound(rnd):
        planted.extend(s.decode() for s in a.secrets)
        ask(b"POST http://%s/ HTTP/1.1" % h + end +
            b"Content-Length: %d\r\n\r\n" % len(a.text) + a.text)
    for a in inbound(rnd):
        planted.extend(s.decode() for s in a.secrets)
        get(ok + b"Content-Length: %d\r\n\r\n" % len(a.text) + a.text)
    with open("secrets.json", "w") as f:
        json.dump(planted, f)
    print("%d secrets" % len(planted))


def bare(label):
    """Without the public prefix, which is shown."""
    return label.replace("sk-proj-", "")


# The parent reads the hosts file, in which these stand.
LABELS = []
if os.path.exists("labels"):
    LABELS = [bare(s) for s in open("labels").read().split()]


def windows(extra=()):
    out = {}
    for s in json.load(open("secrets.json")) + list(extra):
        for i in range(len(s) - 7):
            out[s[i:i + 8].encode()] = s
    return out


def hits(data, want):
    """Every eight bytes of data that are eight of a secret."""
    found = []
    for page in range(0, len(data), 4096):
        part = data[page:page + 4096 + 7]
        if part.count(0) == len(part):
            continue
        found += {part[i:i + 8] for i in range(len(part) - 7)} & want.keys()
    return found


def files(*paths):
    want = windows()
    assert want
    bad = []
    size = 0
    for path in paths:
        with open(path, "rb") as f:
            data = f.read()
        size += len(data)
        for w in hits(data, want):
            at = data.index(w)
            bad.append("%s: %r of a secret in %r"
                       % (path, w, data[max(0, at - 200):at + 60]))
    for b in bad[:20]:
        print(b)
    assert not bad
    print("%d bytes in %d files" % (size, len(paths)))


def memory_of(pid):
    """Whatever the process can write to: heap, stacks, data."""
    with open("/proc/%s/maps" % pid) as maps, \
            open("/proc/%s/mem" % pid, "rb", 0) as mem:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not m:
                continue
            at, end = int(m[1], 16), int(m[2], 16)
            if end - at > 1 << 28:	# a sanitizer's shadow
                continue
            mem.seek(at)
            try:
                yield mem.read(end - at)
            except OSError:
                continue


def found_in(pid, want):
    return [w for data in memory_of(pid) for w in hits(data, want)]


def memory(proxy, origin, *roles):
    """ROLE=PID each: a secret is on its way while everybody is searched."""
    late = body()
    c = connect(proxy)
    c.send(("POST http://%s/sink HTTP/1.1\r\nHost: h\r\n"
            "Content-Length: 1000\r\n\r\nk=%s%sAA and" % (origin, PREFIX,
                                                         late)).encode())
    want = windows([late])
    now = {late[i:i + 8].encode(): late for i in range(len(late) - 7)}
    by_role = {}
    for r in roles:
        role, pid = r.split("=")
        by_role.setdefault(role, []).append(pid)
    # The search works: it is found where it has to be at this moment.
    wait("the secret in a proxy-worker", lambda:
         any(found_in(p, now) for p in by_role["proxy-worker"]))
    for role in ("parent", "control", "logger"):
        assert by_role[role], role
        for pid in by_role[role]:
            bad = [w for w in found_in(pid, want)
                   if role != "parent" or want[w] not in LABELS]
            print("%s: %d bytes searched" % (role, sum(
                len(d) for d in memory_of(pid))))
            assert not bad, (role, [want[w] for w in bad[:5]], bad[:5])
    # When all is over, what was on its way is wiped, not only forgotten.
    c.send(b" " * 2000)
    c.close()


run({f.__name__: f for f in (plant, files, memory)}, sys.argv)
