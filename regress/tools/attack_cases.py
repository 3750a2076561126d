#!/usr/bin/python3
"""The attack generator: every pattern in every carrier, view and split.

	attack_cases.py run PROXY [WHAT ...]	sends, writes expected.json
	attack_cases.py check			judges home/log/findings.jsonl
	attack_cases.py secrets			what nothing may keep, one a line

WHAT is a group ("llm") or a view of one ("views:base64"); the default is all.
The interpreter is Debian's, for its brotli and zstandard modules.  SEED in
the environment makes other attacks than the usual ones, EVERY=5 fewer.  It
knows the product from the outside only: a proxy, and lines in a file.
"""
import collections
import json
import os
import random
import re
import sys

import attack_llm
import attack_views as views
import attack_wire as wire
from attack_shapes import shapes
from attacks import inbound, outbound

SPLITS = ("whole", "random", "chunks", "4096", "16384", "65536")
OUT = ("ai_api_key", "aws_access_key_id", "private_key_pem", "ssh_key_path",
       "unix_sensitive_path", "dotenv_path", "cloud_credential_path",
       "whatsapp_session_path")
IN = ("pipe_to_shell", "shell_exec_flag", "reverse_shell", "destructive_rm",
      "ssh_authorized_key")


class Source:
    """Attacks of one pattern, one after the other, each with its secret."""

    def __init__(self, rnd):
        self.rnd = rnd
        self.pool = collections.defaultdict(list)

    def next(self, pattern, wanted=lambda a: True):
        pool = self.pool[pattern]
        for _ in range(3):
            for i, a in enumerate(pool):
                if wanted(a):
                    return pool.pop(i)
            for a in outbound(self.rnd) if pattern in OUT else \
                    inbound(self.rnd):
                self.pool[a.pattern].append(a)
        raise ValueError("no such attack: %s" % pattern)


def one_line(a):
    return b"\n" not in a.text


def key_like(a):
    return a.pattern in ("ai_api_key", "aws_access_key_id")


# ways to carry in a head: (rnd, text) -> target, fields

def _query(encode):
    def place(rnd, text):
        return b"/a?page=1&q=" + encode(rnd, text) + b"&z=2", []
    return place


def _head(name, encode):
    def place(rnd, text):
        return b"/", [name + encode(rnd, text)]
    return place


def same(rnd, s):
    return s


def twice(rnd, s):
    return views.percent_some(rnd, views.percent_some(rnd, s))


def basic(rnd, s):
    return views.b64(rnd, b"user:" + s)


REQUEST_HEAD = {
    "query": (_query(views.percent_some), None),
    "query, all of it": (_query(views.percent), None),
    "query, twice": (_query(twice), None),
    "query in base64url": (_query(lambda r, s: views.b64url(
        r, views.script(s))), None),
    "query name": (lambda r, t: (b"/?" + views.percent_some(r, t) + b"=1",
                                 []), None),
    "path": (lambda r, t: (b"/a/" + views.percent_some(r, t) + b"/b", []),
             key_like),
    "header": (_head(b"X-Note: ", same), one_line),
    "cookie": (_head(b"Cookie: a=1; b=", same), one_line),
    "user agent": (_head(b"User-Agent: x/1 ", same), one_line),
    "header in percent": (_head(b"X-Note: ", views.percent), None),
    "header in base64": (_head(b"X-Note: ", lambda r, s: views.b64(
        r, views.script(s))), None),
    "basic credentials": (_head(b"Authorization: Basic ", basic), None),
}
RESPONSE_HEAD = {
    "header": (_head(b"X-Note: ", same), one_line),
    "set cookie": (_head(b"Set-Cookie: b=", same), one_line),
    "location": (_head(b"Location: /?q=", views.percent_some), None),
    "header in percent": (_head(b"X-Note: ", views.percent), None),
    "header in base64": (_head(b"X-Note: ", lambda r, s: views.b64(
        r, views.script(s))), None),
}
WEBSOCKET = ("text", "binary", "fragments", "deflate", "deflate fragments",
             "json")


class Plan:
    def __init__(self, seed):
        self.rnd = random.Random(seed)
        self.source = Source(self.rnd)
        self.expected = []
        self.n = 0

    def new(self, group, attack, carrier, view, split):
        x = wire.Exchange(self.n)
        self.n += 1
        x.tunnel = self.rnd.random() < 0.15
        x.name = " / ".join((attack.pattern, group, carrier, view, split))
        x.reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        self.expected.append({
            "source": x.source, "pattern": attack.pattern,
            "direction": "outbound" if attack.pattern in OUT else "inbound",
            "protocol": "ws" if group == "websocket" else "http",
            "group": group, "carrier": carrier, "view": view, "split": split,
            "text": attack.text.decode(),
            "secrets": [s.decode() for s in attack.secrets]})
        return x

    def cuts(self, data, most=12):
        if len(data) < 2:
            return []
        n = min(len(data) - 1, self.rnd.randrange(1, most))
        return sorted(self.rnd.sample(range(1, len(data)), n))

    # a body at a split: how long the words before the text are to be

    def framed(self, frame, text, split):
        state = self.rnd.getstate()
        pad = self.rnd.choice((0, 0, 40, 700))
        if split.isdigit():
            got = frame(self.rnd, text, 1)
            middle = (got[2][0] + got[2][1]) // 2
            pad = max(1, 1 + int(split) - middle)
            self.rnd.setstate(state)
        return frame(self.rnd, text, pad)

    def place_body(self, x, direction, got, split, coding=None):
        """Gives an exchange its body, framed and cut as the split says."""
        rnd = self.rnd
        ctype, data, span = got[:3]
        edges = got[3] if len(got) > 3 else []
        fields = [b"Content-Type: " + ctype.encode()] if ctype else []
        if coding:
            value, data = views.code(rnd, coding, data)
            fields.append(b"Content-Encoding: " + value.encode())
        if split == "whole":
            cuts = []
        elif split in ("random", "chunks"):
            cuts = self.cuts(data)
            if edges and not coding and rnd.random() < 0.5:
                cuts = edges[:-1]
            elif len(data) < 600 and rnd.random() < 0.1:
                cuts = list(range(1, len(data)))
            if not coding:
                inside = [rnd.randrange(span[0], span[1])
                          for _ in range(3)]
                cuts = sorted(set(cuts + inside) - {0})
        else:
            cuts = sorted({int(split), int(split) + rnd.choice((-1, 1)),
                           int(split) * 2})
        framing = {"chunks": "chunked"}.get(split) or rnd.choice(
            ("length", "chunked") if direction == "outbound"
            else ("length", "chunked", "close"))
        if framing == "chunked":
            fields.append(b"Transfer-Encoding: chunked")
            body = wire.chunked(data, cuts)
            cuts = self.cuts(body, 4)
        else:
            body = data
            fields.append(b"Content-Length: %d" % len(data)
                          if framing == "length" else b"Connection: close")
        if direction == "outbound":
            x.start, x.body, x.cuts = b"POST", body, cuts
            x.fields += fields
        else:
            head = (b"HTTP/1.1 200 OK\r\n" +
                    b"".join(f + b"\r\n" for f in fields) + b"\r\n")
            x.reply = head + body
            x.reply_cuts = [c + len(head) for c in cuts]
        return x

    def bodies(self, group, frames, patterns, coding=None):
        for view, frame in frames.items():
            for pattern in patterns:
                for split in SPLITS:
                    a = self.source.next(pattern)
                    x = self.new(group, a, coding or "body", view, split)
                    got = self.framed(frame, a.text, split)
                    yield self.place_body(
                        x, "outbound" if pattern in OUT else "inbound", got,
                        split, coding)

    # the groups

    def plain(self):
        names = ("plain", "octets", "untyped", "wrong type: text as json",
                 "wrong type: text as png")
        yield from self.bodies("plain", {n: views.BOTH[n] for n in names},
                               OUT + IN)

    def views(self):
        skip = ("plain", "octets", "untyped", "wrong type: text as json",
                "wrong type: text as png")
        frames = {n: f for n, f in views.BOTH.items() if n not in skip}
        yield from self.bodies("views", frames, OUT + IN)
        yield from self.bodies("views", views.REQUEST, OUT)
        yield from self.bodies("views", views.LETTERS, (
            "ai_api_key", "aws_access_key_id", "private_key_pem"))

    def codings(self):
        frames = {n: views.BOTH[n] for n in ("plain", "json value")}
        for i, coding in enumerate(views.CODINGS):
            name = ("plain", "json value")[i % 2]
            yield from self.bodies("codings", {name: frames[name]}, OUT + IN,
                                   coding)
        # and an encoding below the coding
        for coding in ("gzip", "br", "zstd"):
            for pattern in OUT + IN:
                for split in ("random", "65536"):
                    name = self.rnd.choice((
                        "json escapes", "base64", "hex", "percent",
                        "form value", "html decimal", "json rpc"))
                    a = self.source.next(pattern)
                    x = self.new("codings", a, coding, name, split)
                    yield self.place_body(
                        x, "outbound" if pattern in OUT else "inbound",
                        self.framed(views.BOTH[name], a.text, split), split,
                        coding)

    def heads(self):
        rnd = self.rnd
        for direction, table, patterns in (
                ("outbound", REQUEST_HEAD, OUT),
                ("inbound", RESPONSE_HEAD, IN)):
            for view, (place, wanted) in table.items():
                for pattern in patterns:
                    for split in ("whole", "random", "4096", "16384"):
                        if wanted is key_like and pattern not in (
                                "ai_api_key", "aws_access_key_id"):
                            continue
                        a = self.source.next(pattern, wanted or
                                             (lambda a: True))
                        x = self.new("heads", a, "head", view, split)
                        target, fields = place(rnd, a.text)
                        pad = []
                        if split.isdigit():
                            # the line before; short of it by less than it
                            size = max(1, int(split) - 150 -
                                       len(a.text) // 2)
                            pad = [b"X-Pad: " + views.words(rnd, size)[:-1]]
                        if direction == "outbound":
                            x.target = target
                            x.fields += pad + fields
                            x.cuts = ([] if split == "whole" else
                                      self.cuts(b"x" * 600) if
                                      split == "random" else [int(split)])
                        else:
                            x.reply = (b"HTTP/1.1 200 OK\r\nContent-Length: 0"
                                       b"\r\n" + b"".join(
                                           f + b"\r\n" for f in pad + fields)
                                       + b"\r\n")
                            x.reply_cuts = ([] if split == "whole" else
                                            self.cuts(x.reply) if
                                            split == "random" else
                                            [int(split)])
                        yield x

    def trailers(self):
        rnd = self.rnd
        for view, encode in (("trailer", same),
                             ("trailer in percent", views.percent),
                             ("trailer in base64", lambda r, s: views.b64(
                                 r, views.script(s)))):
            for pattern in OUT + IN:
                for split in ("whole", "random", "4096"):
                    a = self.source.next(pattern, one_line if encode is same
                                         else lambda a: True)
                    x = self.new("trailers", a, "trailer", view, split)
                    n = int(split) if split.isdigit() else rnd.choice(
                        (0, 1, 500))
                    body = wire.chunked(
                        views.words(rnd, n), self.cuts(b"x" * n),
                        b"X-Sum: " + encode(rnd, a.text) + b"\r\n")
                    cuts = [] if split == "whole" else self.cuts(body)
                    if pattern in OUT:
                        x.start = b"POST"
                        x.fields += [b"Transfer-Encoding: chunked",
                                     b"Trailer: X-Sum"]
                        x.body, x.cuts = body, cuts
                    else:
                        head = (b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\n"
                                b"Transfer-Encoding: chunked\r\n\r\n")
                        x.fields.append(b"TE: trailers")
                        x.reply = head + body
                        x.reply_cuts = [c + len(head) for c in cuts]
                    yield x

    def llm(self):
        yield from self.bodies("llm", attack_llm.REQUEST, OUT)
        yield from self.bodies("llm", attack_llm.RESPONSE, IN)
        yield from self.bodies("llm", attack_llm.STREAM, IN)
        for coding in ("gzip", "br", "zstd"):
            for view, frame in attack_llm.STREAM.items():
                pattern = self.rnd.choice(IN)
                split = self.rnd.choice(SPLITS)
                a = self.source.next(pattern)
                x = self.new("llm", a, coding, view, split)
                yield self.place_body(x, "inbound",
                                      self.framed(frame, a.text, split),
                                      split, coding)

    def shapes(self):
        frames = {n: views.BOTH[n] for n in ("plain", "json value",
                                             "json rpc", "base64")}
        for _ in range(2):
            for name, a in shapes(self.rnd):
                for view, frame in frames.items():
                    split = self.rnd.choice(SPLITS)
                    x = self.new("shapes", a, view, name, split)
                    yield self.place_body(
                        x, "inbound", self.framed(frame, a.text, split),
                        split)

    def websocket(self):
        rnd = self.rnd
        for kind in WEBSOCKET:
            for pattern in OUT + IN:
                for split in ("whole", "random", "4096", "16384", "65536"):
                    a = self.source.next(pattern)
                    x = self.new("websocket", a, "websocket", kind, split)
                    got = self.framed(
                        views.BOTH["json some escapes" if kind == "json"
                                   else "plain"], a.text, split)
                    mask = pattern in OUT
                    z = wire.Deflater() if "deflate" in kind else None
                    hello = views.words(rnd, 90) + a.text[:7]
                    out = b""
                    for data in (hello, got[1]):
                        out += wire.ws_message(
                            rnd, z.message(data) if z else data, mask,
                            2 if kind == "binary" else 1,
                            5 if "fragments" in kind else 1, z is not None)
                    other = wire.ws_message(rnd, b"hello", not mask)
                    x.fields += [
                        b"Upgrade: websocket", b"Connection: Upgrade",
                        b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " +
                        views.b64(rnd, rnd.randbytes(16))]
                    x.reply = b""
                    if z:
                        x.fields.append(
                            b"Sec-WebSocket-Extensions: permessage-deflate")
                        x.reply = (b"Sec-WebSocket-Extensions: "
                                   b"permessage-deflate\r\n")
                    cuts = ([] if split == "whole" else self.cuts(out) if
                            split == "random" else [int(split)])
                    if mask:
                        x.websocket = (out + wire.ws_close(rnd, True), other)
                        x.cuts = cuts
                    else:
                        x.websocket = (other + wire.ws_close(rnd, True), out)
                        x.reply_cuts = cuts
                    x.server_close = wire.ws_close(rnd, False)
                    yield x


GROUPS = ("plain", "heads", "trailers", "views", "codings", "llm", "shapes",
          "websocket")


def run(proxy, *what):
    plan = Plan(int(os.environ.get("SEED", "4")))
    w = wire.Wire(proxy)
    what = set(what) or set(GROUPS)
    groups = {s.split(":")[0] for s in what}
    assert groups <= set(GROUPS), what
    every = int(os.environ.get("EVERY", "1"))

    def everything():
        kept = []
        for g in GROUPS:
            if g not in groups:
                continue
            for x in getattr(plan, g)():
                e = plan.expected[-1]
                if x.n % every == 0 and what & {g, g + ":" + e["view"]}:
                    kept.append(e)
                    yield x
        plan.expected = kept

    w.run(everything())
    with open("expected.json", "w") as f:
        json.dump({"dest": w.host.decode(), "attacks": plan.expected}, f)
    for line in w.failed[:20]:
        print(line)
    print("%d attacks, %d exchanges failed" % (len(plan.expected),
                                               len(w.failed)))
    return 1 if w.failed else 0


FIELDS = ["schema_version", "platform", "direction", "protocol",
          "threat_type", "pattern", "severity", "source", "dest", "snippet",
          "timestamp"]


def faults(e, found, dest):
    """What is wrong with the findings of one attack."""
    if not found:
        return "missed"
    if len(found) > 1:
        return "%d findings: %s" % (len(found), ", ".join(sorted(
            "%s (%s)" % (f["pattern"], f["snippet"][:70]) for f in found)))
    f = found[0]
    if list(f) != FIELDS:
        return "fields: %r" % list(f)
    want = {"schema_version": "clawsec-traffic-finding/v1",
            "platform": "nanoclaw", "direction": e["direction"],
            "protocol": e["protocol"], "dest": dest,
            "pattern": e["pattern"], "threat_type":
            "EXFIL" if e["direction"] == "outbound" else "INJECTION"}
    for k, v in want.items():
        if f[k] != v:
            return "%s is %s" % (k, f[k])
    if not re.fullmatch("[ -~]{1,160}", f["snippet"]):
        return "snippet: %r" % f["snippet"]
    line = json.dumps(f)
    for s in e["secrets"]:
        if any(s[i:i + 8] in line for i in range(len(s) - 7)):
            return "shows its secret"
    return None


def check(least="0"):
    plan = json.load(open("expected.json"))
    full = os.environ.get("TABLE")
    got = collections.defaultdict(list)
    for line in open("home/log/findings.jsonl"):
        f = json.loads(line)
        got[f["source"]].append(f)
    table = collections.defaultdict(lambda: [0, 0])
    bad = []
    for e in plan["attacks"]:
        why = faults(e, got.pop(e["source"], []), plan["dest"])
        for key in ((e["group"], "*"), (e["group"], e["carrier"] + ": " +
                                        e["view"])):
            table[key][0] += 1
            table[key][1] += why is None
        if why:
            bad.append("%s / %s / %s: %s / %s: %s" % (
                e["pattern"], e["group"], e["carrier"], e["view"],
                e["split"], why))
    for (group, view), (n, ok) in sorted(table.items()):
        if view == "*" or full or n != ok:
            print("%-10s %-50s %5d of %5d" % (group, view, ok, n))
    for line in bad if full else bad[:60]:
        print(line)
    for source, found in list(got.items())[:5]:
        print("nobody attacked from %s: %r" % (source, found))
    n = len(plan["attacks"])
    print("%d of %d attacks found as they should be" % (n - len(bad), n))
    return 1 if bad or got or n < int(least) else 0


def secrets():
    plan = json.load(open("expected.json"))
    for s in sorted({s for e in plan["attacks"] for s in e["secrets"]}):
        print(s)
    return 0


if __name__ == "__main__":
    sys.exit({"run": run, "check": check, "secrets": secrets}[sys.argv[1]](*sys.argv[2:]))
