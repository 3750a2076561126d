#!/usr/bin/env python3
"""Leaks one made-up key after the other until a file appears.

leaks.py PROXY ORIGIN STOPFILE; prints "sent N" at the end, or what failed.
"""
import os
import secrets
import socket
import string
import sys

ALPHABET = string.ascii_letters + string.digits


def main():
    proxy, origin, stop = sys.argv[1:]
    host, port = proxy.rsplit(":", 1)
    sent = 0
    while not os.path.exists(stop):
        key = "sk-ant-api03-" + "".join(
            secrets.choice(ALPHABET) for _ in range(93)) + "AA"
        with socket.create_connection((host, int(port)), 20) as s:
            s.sendall(("POST http://%s/sink HTTP/1.1\r\nHost: %s\r\n"
                       "Connection: close\r\nContent-Length: %d\r\n\r\n%s" %
                       (origin, origin, len(key), key)).encode())
            answer = b""
            while True:
                more = s.recv(65536)
                if not more:
                    break
                answer += more
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit("request %d: %r" % (sent, answer[:200]))
        sent += 1
    print("sent", sent)


main()
