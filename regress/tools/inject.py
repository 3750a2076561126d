#!/usr/bin/env python3
"""Tells the library regress/inject/calls.so what to do, by regress/lib.sh.

usage: inject.py clear                      nothing fails, clocks are right
       inject.py rate N SEED [ROLE ...]     one call of N fails; 0: none
       inject.py clock REAL [MONO [ROLE ...]]   clocks are wrong by seconds
       inject.py die N ROLE                 the next N of them, at once
       inject.py report                     what has failed so far

Without a role all but the parent are meant.
"""
import mmap
import os
import struct
import sys

PAGES = "home/run/pages"
ROLES = ("parent", "control", "ca-keeper", "proxy-worker", "detector-worker",
         "logger", "mcpd", "rule-compiler")
CHILDREN = ROLES[1:]
# regress/inject/page.h and fault.h
HEAD = struct.Struct("=IIqqQQQiI")
CALLS = ("read", "write", "recv", "send", "pread", "pwrite", "accept",
         "socket", "connect", "bind", "listen", "setsockopt", "open", "close",
         "dup", "pipe", "epoll_create", "epoll_ctl", "wait", "stat", "fsync",
         "directory", "name", "fork", "exec", "waitpid", "mmap", "mlock",
         "rights")
SIZE = HEAD.size + 4 * 64


class Page:
    def __init__(self, role):
        self.role = role
        path = os.path.join(PAGES, role)
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        os.fchmod(fd, 0o666)
        os.ftruncate(fd, SIZE)
        self.map = mmap.mmap(fd, SIZE)
        os.close(fd)

    def rate(self, n, seed):
        if n:
            self.map[4:8] = struct.pack("=I", seed)
        self.map[0:4] = struct.pack("=I", n)

    def clock(self, real, mono=0):
        self.map[8:24] = struct.pack("=qq", int(real * 1e9), int(mono * 1e9))

    def die(self, n):
        self.map[48:52] = struct.pack("=i", n)

    def calls(self):
        return HEAD.unpack_from(self.map)[5]

    def failed(self):
        """How often, by call."""
        n = struct.unpack_from("=64I", self.map, HEAD.size)
        return {name: n[i] for i, name in enumerate(CALLS) if n[i]}


def rate(n, seed, roles=CHILDREN):
    for r in roles:
        Page(r).rate(n, seed)


def clock(real, mono=0, roles=CHILDREN):
    for r in roles:
        Page(r).clock(real, mono)


def total():
    return sum(sum(Page(r).failed().values()) for r in ROLES)


def report():
    for r in ROLES:
        p = Page(r)
        print("%-16s %9d calls, failed: %s" % (r, p.calls(), " ".join(
            "%s %d" % x for x in sorted(p.failed().items())) or "none"))


def main(argv):
    if argv[1] == "clear":
        rate(0, 0, ROLES)
        clock(0, 0, ROLES)
    elif argv[1] == "rate":
        rate(int(argv[2]), int(argv[3]), argv[4:] or CHILDREN)
    elif argv[1] == "clock":
        clock(float(argv[2]), float(argv[3]) if len(argv) > 3 else 0,
              argv[4:] or CHILDREN)
    elif argv[1] == "die":
        Page(argv[3]).die(int(argv[2]))
    else:
        report()


if __name__ == "__main__":
    main(sys.argv)
