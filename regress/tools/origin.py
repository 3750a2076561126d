#!/usr/bin/env python3
"""An origin server for the tests: loopback, a port of the system's choice;
with --any all addresses, for a network namespace of its own.

usage: origin.py PORTFILE [--ipv6 | --any | --tls CERTIFICATES KEY]

    GET  /bytes/N           N bytes of a fixed pattern, Content-Length; or
                            one range of them
    GET  /chunked/N         the same, chunked, in pieces of 1000
    GET  /close/N           the same, no length, the end of the connection
    GET  /text?t=...        the decoded text of the query
    GET  /sse/N             N events, one each 50 ms
    GET  /status/N          that status, empty
    any  /echo              the request's body and how it came
    POST /sink              reads everything, answers its length and SHA-256

Every answer has X-Request: the head as it arrived, in base64.
"""
import base64
import hashlib
import http.server
import os
import re
import socket
import ssl
import sys
import time
import urllib.parse


def pattern(n):
    block = bytes(range(32, 127)) * 100
    return (block * (n // len(block) + 1))[:n]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def body(self):
        out = []
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                if size == 0:
                    while self.rfile.readline() not in (b"\r\n", b"\n", b""):
                        pass
                    break
                out.append(self.rfile.read(size))
                self.rfile.readline()
        else:
            left = int(self.headers.get("Content-Length", 0))
            while left > 0:
                piece = self.rfile.read(min(left, 65536))
                if not piece:
                    break
                out.append(piece)
                left -= len(piece)
        return b"".join(out)

    def start(self, status=200, **fields):
        head = (self.requestline + "\r\n" + str(self.headers)).encode("latin-1")
        self.send_response(status)
        self.send_header("X-Request", base64.b64encode(head).decode())
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def whole(self, data, status=200, **fields):
        self.start(status, Content_Length=len(data), **fields)
        if self.command != "HEAD":
            self.wfile.write(data)

    def ranged(self, data, **fields):
        """All of it, or the one range that is asked for (RFC 9110, 14)."""
        m = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if m is None:
            self.whole(data, Accept_Ranges="bytes", **fields)
            return
        size = len(data)
        first = int(m.group(1))
        last = min(int(m.group(2) or size - 1), size - 1)
        if first > last:
            self.whole(b"", 416, Content_Range="bytes */%d" % size)
        else:
            self.whole(data[first:last + 1], 206, Content_Range=
                       "bytes %d-%d/%d" % (first, last, size), **fields)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        body = self.body()
        kind = parts[0]
        n = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        if kind == "bytes":
            self.ranged(pattern(n))
        elif kind == "chunked":
            self.start(Transfer_Encoding="chunked")
            data = pattern(n)
            for i in range(0, n, 1000):
                self.chunk(data[i:i + 1000])
            self.wfile.write(b"0\r\n\r\n")
        elif kind == "close":
            self.start(Connection="close")
            self.wfile.write(pattern(n))
            self.close_connection = True
        elif kind == "text":
            text = urllib.parse.parse_qs(url.query).get("t", [""])[0]
            self.whole(text.encode(), Content_Type="text/plain")
        elif kind == "sse":
            self.start(Content_Type="text/event-stream",
                       Transfer_Encoding="chunked")
            for i in range(n):
                self.chunk(b"data: %d\n\n" % i)
                self.wfile.flush()
                time.sleep(0.05)
            self.wfile.write(b"0\r\n\r\n")
        elif kind == "status":
            if n in (204, 304):
                self.start(n)
            else:
                self.whole(b"", n)
        elif kind == "sink":
            digest = hashlib.sha256(body).hexdigest()
            self.whole(b"%d %s\n" % (len(body), digest.encode()))
        elif kind == "echo":
            self.whole(body, Content_Type="application/octet-stream")
        else:
            self.whole(b"not here\n", 404)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)


class Server(http.server.ThreadingHTTPServer):
    scheme = "http"
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        # a client that gives up is no error of ours
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)


class Server6(Server):
    address_family = socket.AF_INET6


class ServerAny(Server6):
    """All addresses there are, of both families."""

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class ServerTls(Server):
    """HTTPS; a handshake holds up nobody else."""
    scheme = "https"

    def __init__(self, address, handler, pair):
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ctx.set_alpn_protocols(["http/1.1"])
        self.ctx.load_cert_chain(*pair)
        super().__init__(address, handler)

    def get_request(self):
        s, address = super().get_request()
        return self.ctx.wrap_socket(s, server_side=True,
                                    do_handshake_on_connect=False), address

    def shutdown_request(self, request):
        try:
            # the end that a body without a length is told by
            request.unwrap()
        except (OSError, ValueError):
            pass
        super().shutdown_request(request)


def main(handler=Handler):
    if "--tls" in sys.argv:
        server = ServerTls(("127.0.0.1", 0), handler, sys.argv[-2:])
    elif "--any" in sys.argv:
        server = ServerAny(("::", 0), handler)
    elif "--ipv6" in sys.argv:
        server = Server6(("::1", 0), handler)
    else:
        server = Server(("127.0.0.1", 0), handler)
    with open(sys.argv[1] + ".tmp", "w") as f:
        f.write("%d\n" % server.server_address[1])
    os.rename(sys.argv[1] + ".tmp", sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
