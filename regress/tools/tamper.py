#!/usr/bin/env python3
"""Changes a log as somebody would who has the disk.

tamper.py DIRECTORY ACTION:FILE:LINE; "count" only checks the chain of the
findings, by what its documentation says, and prints how many lines it covers.
"""

import hashlib
import os
import sys


def sha(data):
    return hashlib.sha256(data).hexdigest()


def chain_of(name):
    return name.replace(".jsonl", ".chain")


def count(directory):
    """An independent reading of the format: oldest file first."""
    names = [n for n in os.listdir(directory) if n.startswith("findings.chain")]
    names.sort(key=lambda n: -int(n.rsplit(".", 1)[1]) if n[-1].isdigit()
               else 1)
    prev, covered = "0" * 64, 0
    for name in names:
        log = open(os.path.join(
            directory, name.replace(".chain", ".jsonl")), "rb").read()
        for line in open(os.path.join(directory, name)):
            kind, seq, offset, length, digest, head = line.split()
            body = line[:line.rindex(" ")]
            assert sha((prev + " " + body).encode()) == head, (name, seq)
            prev = head
            start, size = int(offset, 16), int(length, 16)
            if kind in "lr":
                assert sha(log[start:start + size]) == digest, (name, seq)
                covered += 1
    print(covered)


def relink(directory, name, lines):
    """All records of the log anew, as if these lines had been written."""
    path = os.path.join(directory, chain_of(name))
    records = open(path).read().splitlines()
    kind, seq, offset, length, digest, head = records[0].split()
    out, at = [records[0]], 0
    for n, line in enumerate(lines, 1):
        body = "l %016x %016x %016x %s" % (
            int(seq, 16) + n, at, len(line), sha(line))
        head = sha((head + " " + body).encode())
        out.append(body + " " + head)
        at += len(line)
    with open(path, "w") as f:
        f.write("".join(r + "\n" for r in out))


def change(line):
    at = line.index(b"2026") if b"2026" in line else line.index(b"202")
    return line[:at] + b"2031" + line[at + 4:]


def main():
    directory = sys.argv[1]
    if sys.argv[2] == "count":
        return count(directory)
    action, name, number = sys.argv[2].split(":")
    path = os.path.join(directory, name)
    n = int(number) - 1
    lines = open(path, "rb").read().splitlines(True)
    if action in ("change", "both", "rewrite"):
        lines[n] = change(lines[n])
    elif action == "remove":
        del lines[n]
    elif action == "swap":
        lines[n], lines[n + 1] = lines[n + 1], lines[n]
    elif action == "insert":
        lines.insert(n, change(lines[n]))
    elif action in ("cut", "truncate"):
        del lines[n + 1:]
    elif action == "empty":
        lines = []
    elif action in ("delete", "deletechain"):
        return os.unlink(path)
    if action == "record":
        kind, rest = lines[n][:1], lines[n][1:]
        lines[n] = kind + rest.replace(rest[-20:-1], b"0" * 19)
    if action == "both":
        chain = os.path.join(directory, chain_of(name))
        records = open(chain).read().splitlines()
        fields = records[n + 1].split()
        fields[4] = sha(lines[n])
        records[n + 1] = " ".join(fields)
        with open(chain, "w") as f:
            f.write("".join(r + "\n" for r in records))
    if action in ("rewrite", "truncate"):
        relink(directory, name, lines)
    with open(path, "wb") as f:
        f.write(b"".join(lines))


main()
