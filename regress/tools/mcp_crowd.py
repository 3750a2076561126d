#!/usr/bin/env python3
"""mcp_crowd.py SOCKET|PORT LOG: more connections to mcpd than it has
descriptors for.  It says so in LOG, answers those it has, and the others when
there is room again."""

import socket
import sys
import time

ADDRESS, LOG = sys.argv[1:]
LIMIT = 64
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
UNIX = not ADDRESS.isdigit()


def connect():
    s = socket.socket(socket.AF_UNIX if UNIX else socket.AF_INET)
    s.settimeout(20)
    s.connect(ADDRESS if UNIX else ("127.0.0.1", int(ADDRESS)))
    return s


def answers(s):
    """Over HTTP without a token that is a refusal, which is an answer."""
    s.sendall(PING + b"\n" if UNIX else
              b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
              b"Content-Length: 0\r\n\r\n")
    return s.recv(4096).startswith(b'{"jsonrpc"' if UNIX else b"HTTP/1.1 401")


def said():
    return open(LOG).read().count("accept")


before = said()
first = connect()
assert answers(first)
crowd = [connect() for _ in range(LIMIT)]
late = connect()
until = time.monotonic() + 20
while said() == before:
    assert time.monotonic() < until, "it says nothing"
    time.sleep(0.05)
if UNIX:
    # those that are in are answered meanwhile, and take their time
    for _ in range(200):
        assert answers(first)
for s in crowd:
    s.close()
assert answers(late)
assert said() - before < 10, said() - before
print("done")
