#!/usr/bin/python3
"""Honest traffic: Debian's files and made-up sessions, in both directions.

	benign_cases.py run PROXY	sends, writes sent.json
	benign_cases.py own PROXY	sessions with providers, each with the
					key where it belongs
	benign_cases.py hosts		the names that own needs, for /etc/hosts
	benign_cases.py check DOCUMENT	judges home/log/findings.jsonl

Nothing of medium severity or above may be found, but for what DOCUMENT lists
and argues: in its tables, the first cell is a glob over "package: path" or
"generated: name", the second a pattern.  The corpus is fixed by the names of
packages, not by their versions; what is found beyond the list is printed with
its file.
"""
import collections
import fnmatch
import gzip
import json
import os
import subprocess
import sys

import attack_wire as wire
import benign_texts

PACKAGES = (
    # documentation: security, shells, credentials, containers
    "harden-doc", "git-doc", "nodejs-doc", "debian-reference-en", "bash-doc",
    "docker-doc",
    # manuals
    "manpages", "manpages-dev", "git-man", "passwd", "apt", "curl",
    # sources
    "libpython3.*-stdlib", "libpython3.*-minimal", "perl-modules-5.*",
    "python3-requests", "node-undici", "libc6-dev", "libssl-dev",
    # scripts and images
    "libjs-jquery", "libjs-bootstrap", "libjs-d3", "tango-icon-theme",
)
LEAST = 50 * 1000 * 1000
LONGEST = 4 * 1024 * 1024	# the default scan limit
TYPES = {".html": "text/html", ".htm": "text/html", ".js":
         "application/javascript", ".css": "text/css", ".json":
         "application/json", ".png": "image/png", ".svg": "image/svg+xml",
         ".gif": "image/gif", ".pdf": "application/pdf", ".py":
         "text/x-python", ".map": "application/json"}
SKIPPED = (".so", ".pyc", ".o", ".a")	# programs are not traffic


def files(package):
    out = subprocess.run(["dpkg-query", "-W", "-f",
                          "${db:Status-Abbrev} ${Package}\n", package],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                         ).stdout.decode()
    for name in sorted({line.split()[1] for line in out.splitlines()
                        if line.startswith("ii")}):
        for path in sorted(subprocess.run(
                ["dpkg", "-L", name], stdout=subprocess.PIPE,
                check=True).stdout.decode().splitlines()):
            if os.path.islink(path) or not os.path.isfile(path) or \
                    path.endswith(SKIPPED) or path.startswith((
                        "/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/")):
                continue
            try:
                with open(path, "rb") as f:
                    yield name, path, f.read(LONGEST)
            except OSError:
                pass


def debian():
    """(name, direction, host, fields, type, body)"""
    for package in PACKAGES:
        n = 0
        for name, path, data in files(package):
            fields = []
            plain = path
            if path.endswith(".gz"):
                plain = path[:-3]
                # every other one as a server would send it
                if n % 2:
                    fields = ["Content-Encoding: gzip"]
                else:
                    data = gzip.decompress(data)
            if not data:
                continue
            n += 1
            yield ("%s: %s" % (name, path), "both", None, fields,
                   TYPES.get(os.path.splitext(plain)[1], "text/plain"), data)
        if n == 0:
            print("%s: no files of it are here" % package)


def message(start, fields, ctype, body):
    return (start + b"\r\n" + b"".join(f.encode() + b"\r\n" for f in fields) +
            b"Content-Type: " + ctype.encode() + b"\r\nContent-Length: %d"
            b"\r\n\r\n" % len(body) + body)


OK = b"HTTP/1.1 200 OK"


def exchange(n, item):
    name, direction, host, fields, ctype, body = item
    x = wire.Exchange(n)
    x.name = name
    x.reply = OK + b"\r\nContent-Length: 2\r\n\r\nok"
    if direction != "inbound":
        x.start = b"POST"
        x.fields += [f.encode() for f in fields] + [
            b"Content-Type: " + ctype.encode(),
            b"Content-Length: %d" % len(body)]
        x.body = body
    if direction != "outbound":
        x.reply = message(OK, fields, ctype, body)
    return x


def run(proxy):
    w = wire.Wire(proxy)
    sent, size = {}, collections.Counter()

    def everything():
        n = 0
        for group, items in (("debian", debian()),
                             ("generated", benign_texts.items())):
            for item in items:
                x = exchange(n, item)
                n += 1
                sent[x.source] = (item[0] if group == "debian" else
                                  "generated: " + item[0])
                size[group] += len(item[5])
                yield x

    w.run(everything(), 8)
    with open("sent.json", "w") as f:
        json.dump(sent, f)
    for line in w.failed[:20]:
        print(line)
    print("%d texts, %d bytes of Debian's and %d generated, %d failed" % (
        len(sent), size["debian"], size["generated"], len(w.failed)))
    if sum(size.values()) < LEAST:
        print("less than %d bytes: does dpkg leave out documentation?" % LEAST)
        return 1
    return 1 if w.failed else 0


STRANGER = "keys.evil.test"


def hosts():
    print("127.0.0.1 " + " ".join(sorted(
        {s[0] for s in benign_texts.own_sessions()} | {STRANGER})))
    return 0


def own(proxy):
    """And the first session's key to a stranger, which has to be found."""
    w = wire.Wire(proxy)
    sent = {}

    def session(n, name, host, target, fields, body):
        x = wire.Exchange(n)
        x.name = name
        x.reply = OK + b"\r\nContent-Length: 2\r\n\r\nok"
        x.start, x.host, x.target = b"POST", host.encode(), target.encode()
        x.fields = [f.encode() for f in fields] + [
            b"Content-Length: %d" % len(body)]
        x.body = body
        sent[x.source] = name
        return x

    def everything():
        first = None
        for n, s in enumerate(benign_texts.own_sessions()):
            first = first or s
            yield session(n, "own credentials: %s %d" % (s[0], n), *s)
        yield session(n + 1, "stranger: " + STRANGER, STRANGER, *first[1:])

    w.run(everything(), 4)
    with open("sent.json", "w") as f:
        json.dump(sent, f)
    print("%d requests, %s" % (len(sent), w.failed[:5] or "all answered"))
    return 1 if w.failed else 0


def argued(document):
    """The rows of the document's tables: glob and pattern."""
    rows = []
    for line in open(document):
        cells = [c.strip().strip("`") for c in line.split("|")[1:-1]]
        if len(cells) >= 3 and ": " in cells[0]:
            rows.append((cells[0], cells[1]))
    return rows


def check(document):
    sent = json.load(open("sent.json"))
    rows = argued(document)
    assert rows or os.environ.get("TABLE"), "no table in %s" % document
    listed, beyond = collections.Counter(), []
    low = collections.Counter()
    for line in open("home/log/findings.jsonl"):
        f = json.loads(line)
        name = sent[f["source"]]
        if f["severity"] == "low":
            low[f["pattern"]] += 1
            continue
        text = "%s: %s %s %s: %s" % (name, f["severity"], f["pattern"],
                                     f["direction"], f["snippet"])
        row = [r for r in rows if f["pattern"] == r[1] and
               fnmatch.fnmatchcase(name, r[0])]
        if row:
            listed[row[0]] += 1
            print("argued: " + text)
        else:
            beyond.append(text)
    for row in rows:
        if not listed[row]:
            print("nothing was found that this row is about: %s | %s" % row)
    print("low: " + ", ".join("%s %d" % p for p in sorted(low.items())))
    for text in beyond:
        print("NOT ARGUED: " + text)
    print("%d texts: %d findings of medium or above, %d of them argued" % (
        len(sent), sum(listed.values()) + len(beyond),
        sum(listed.values())))
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit({"run": run, "own": own, "hosts": hosts, "check": check}[sys.argv[1]](*sys.argv[2:]))
