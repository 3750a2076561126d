"""HTTPS through the suite and its peers, every one of which looks into it.

One connection at a time, so the figures are CPU, not throughput: of all of a
proxy's processes, a request or a body.  The rows are those of the budget: 1 KiB
on a connection that stays, on new connections with both handshakes in full,
on new connections whose server's side may be one that waited, one body of a
gigabyte, and a thousand of a mebibyte; then how long the first connection to a
host takes, whose certificate is made for it, and how long server-sent events
are on their way.  sslsplit is no proxy that a client asks: it is connected to
as if it were the server.
"""
import os
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import time

import peers
import stream

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "regress", "tools"))
import tlscerts                                         # noqa: E402

ROOTS = "/etc/ssl/certs/ca-certificates.crt"
SCALE = float(os.environ.get("BENCH_SCALE", "1"))
BIG = 1 << 30
MIB = 1 << 20

NGINX = """
daemon off; worker_processes 1; pid %(h)s/nginx.pid;
error_log %(h)s/nginx.log;
events { worker_connections 4096; }
http {
    access_log off; default_type application/json; sendfile on;
    keepalive_requests 100000000;
    client_body_temp_path %(h)s/t1; proxy_temp_path %(h)s/t2;
    fastcgi_temp_path %(h)s/t3; uwsgi_temp_path %(h)s/t4;
    scgi_temp_path %(h)s/t5;
    ssl_certificate %(h)s/server.pem; ssl_certificate_key %(h)s/server.key;
    server { listen 127.0.0.1:%(p)d ssl; listen [::1]:%(p)d ssl;
             root %(h)s/www; }
    server { listen 127.0.0.1:%(q)d ssl; listen [::1]:%(q)d ssl;
             root %(h)s/www;
             keepalive_timeout 0; ssl_session_tickets off;
             ssl_session_cache off; }
}
"""


class Origin:
    def __init__(self, home):
        self.port, self.closing = peers.free_port(), peers.free_port()
        www = os.path.join(home, "www")
        os.mkdir(www)
        words = b'{"role":"assistant","content":"The build passed."}\n'
        for name, size in (("1k", 1024), ("1m", MIB), ("1g", 8 * MIB)):
            with open(os.path.join(www, name), "wb") as f:
                f.write((words * (size // len(words) + 1))[:size])
        # past every scan limit it does not matter what it is
        os.truncate(os.path.join(www, "1g"), BIG)
        here = os.getcwd()
        os.chdir(home)
        root = tlscerts.Authority("root")
        root.leaf("server",
                  "DNS:localhost,DNS:*.new.localhost,IP:127.0.0.1")
        os.chdir(here)
        with open(os.path.join(home, "bundle.pem"), "w") as out:
            for path in (ROOTS, os.path.join(home, "root.pem")):
                with open(path) as f:
                    out.write(f.read())
        self.bundle = os.path.join(home, "bundle.pem")
        self.home = home
        conf = os.path.join(home, "nginx.conf")
        with open(conf, "w") as f:
            f.write(NGINX % {"h": home, "p": self.port, "q": self.closing})
        self.proc = subprocess.Popen(
            [peers.which("nginx"), "-c", conf, "-p", home], **peers.QUIET)
        peers.wait_port(self.port, self.proc)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(home + "/server.pem", home + "/server.key")
        self.events = stream.Origin(tls).port


class Guardian(peers.Guardian):
    def __init__(self, home, build, origin):
        super().__init__(home, build, 'inspect https for { "localhost", '
                         '"*.new.localhost" }\n'
                         'upstream ca file "%s"\n' % origin.bundle)


class Squid(peers.Squid):
    """With the TLS library that can do it: package squid-openssl."""
    name = "squid bump"

    def __init__(self, home, build, origin):
        self.origin = origin
        self.ca(home)
        super().__init__(home, build)

    @staticmethod
    def ca(home):
        here = os.getcwd()
        os.chdir(home)
        tlscerts.Authority("proxyca")
        with open("proxyca.pem") as a, open("proxyca.key") as b, \
                open("both.pem", "w") as out:
            out.write(a.read() + b.read())
        os.chdir(here)

    def command(self, home):
        gen = "/usr/lib/squid/security_file_certgen"
        if not os.path.exists(gen):
            raise FileNotFoundError(gen)
        os.chmod(home + "/both.pem", 0o644)
        subprocess.run([gen, "-c", "-s", home + "/db", "-M", "4MB"],
                       check=True, **peers.QUIET)
        subprocess.run(["chmod", "-R", "a+rwX", home + "/db"], check=True)
        return [peers.which("squid"), "-N", "-f", self.write(home, """
http_port 127.0.0.1:%d ssl-bump tls-cert=%s/both.pem \\
    generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
sslcrtd_program %s -s %s/db -M 4MB
tls_outgoing_options cafile=%s
ssl_bump bump all
http_access allow all
cache deny all
cache_mem 8 MB
access_log none
cache_log %s/squid.log
pid_filename %s/squid.pid
coredump_dir %s
shutdown_lifetime 1 seconds
workers 1
""" % (self.port, home, gen, home, self.origin.bundle, home, home, home))]


class Mitmproxy(peers.Mitmproxy):
    def __init__(self, home, build, origin):
        self.origin = origin
        super().__init__(home, build)

    def command(self, home):
        return super().command(home) + [
            "--set", "ssl_verify_upstream_trusted_ca=" + self.origin.bundle,
            "--set", "stream_large_bodies=5m"]


class Sslsplit(peers.Peer):
    """As "ssl", which looks into TLS and no further: as "https" it reads the
    requests, but makes every one the last of its connection."""
    name = "sslsplit"

    def __init__(self, home, build, origin):
        self.origin = origin
        Squid.ca(home)
        self.instead = {origin.port: peers.free_port(),
                        origin.closing: peers.free_port(),
                        origin.events: peers.free_port()}
        super().__init__(home, build)

    def command(self, home):
        out = [peers.which("sslsplit"), "-k", "proxyca.key", "-c",
               "proxyca.pem", "-O"]
        self.port = self.instead[self.origin.port]
        for to, port in self.instead.items():
            out += ["ssl", "127.0.0.1", str(port), "127.0.0.1", str(to)]
        return out


PEERS = (Guardian, Squid, Mitmproxy, Sslsplit)


class Client:
    """Requests through one proxy, one connection at a time."""

    def __init__(self, proxy, origin):
        self.proxy, self.origin = proxy, origin
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.ctx.check_hostname = False
        self.ctx.verify_mode = ssl.CERT_NONE
        self.ctx.set_alpn_protocols(["http/1.1"])

    def open(self, port, name=b"localhost"):
        instead = getattr(self.proxy, "instead", None)
        to = instead[port] if instead else self.proxy.port
        s = socket.create_connection(("127.0.0.1", to), 20)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if instead is None:
            host = b"%s:%d" % (name, port)
            s.sendall(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n"
                      % (host, host))
            got = b""
            while b"\r\n\r\n" not in got:
                more = s.recv(4096)
                if not more:
                    raise SystemExit("bench: %s hung up" % self.proxy.name)
                got += more
            if b" 200 " not in got[:20]:
                raise SystemExit("bench: %r" % got)
        s = self.ctx.wrap_socket(s, server_hostname=name.decode())
        s.to = port
        return s

    def get(self, s, path, last=False):
        s.sendall(b"GET /%s HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n" % (
            path, s.to, b"Connection: close\r\n" if last else b""))
        got = b""
        while b"\r\n\r\n" not in got:
            more = s.recv(65536)
            if not more:
                raise ConnectionError("no answer")
            got += more
        head, body = got.split(b"\r\n\r\n", 1)
        if b" 200 " not in head[:20]:
            raise SystemExit("bench: %s: %r" % (self.proxy.name, got[:300]))
        size = [int(x.split(b":")[1]) for x in head.lower().split(b"\r\n")
                if x.startswith(b"content-length")][0]
        left = size - len(body)
        buf = memoryview(bytearray(262144))
        while left > 0:
            n = s.recv_into(buf)
            if n == 0:
                raise SystemExit("bench: cut off")
            left -= n

    def keep(self, n):
        s = self.open(self.origin.port)
        for _ in range(n):
            yield lambda: self.get(s, b"1k")
        s.close()

    def new(self, n, port):
        def one():
            s = self.open(port)
            self.get(s, b"1k", True)
            s.close()
        for _ in range(n):
            yield one

    def minted(self, n):
        def one(name):
            s = self.open(self.origin.port, name)
            self.get(s, b"1k", True)
            s.close()
        for i in range(n):
            yield lambda i=i: one(b"h%d.new.localhost" % i)

    def bodies(self, n, path):
        s = self.open(self.origin.port)
        for _ in range(n):
            yield lambda: self.get(s, path)
        s.close()


ROWS = (
    ("HTTPS 1 KiB keep-alive", "us", 1,
     lambda c: c.keep(int(4000 * SCALE))),
    ("HTTPS new connection, both handshakes full", "us", 1,
     lambda c: c.new(int(300 * SCALE), c.origin.closing)),
    ("HTTPS new connection, pooled upstream", "us", 1,
     lambda c: c.new(int(300 * SCALE), c.origin.port)),
    ("HTTPS one body of 1 GB, ms", "ms", BIG / 1e9,
     lambda c: c.bodies(1, b"1g")),
    ("HTTPS bodies of 1 MiB, ms a GB", "ms", None,
     lambda c: c.bodies(int(1000 * SCALE), b"1m")))


NEW = "HTTPS first connection to a new host"


def measure(steps, root):
    before = peers.cpu(peers.family(root))
    times = []
    for step in steps:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e6)
    return peers.cpu(peers.family(root)) - before, times


def rows(c, name, result):
    more = ()
    if name == "guardian":
        # peers ask a name server for such names, or ask for no name
        more = ((NEW, "us", 1, lambda c: c.minted(int(100 * SCALE))),)
    for title, unit, per, steps in ROWS + more:
        # the first exchange makes certificates and fills caches
        for step in c.new(2, c.origin.port):
            step()
        used, times = measure(steps(c), c.proxy.proc.pid)
        n = len(times)
        if unit == "us":
            cost = used / n * 1e6
        else:
            cost = used * 1e3 / (per or n * MIB / 1e9)
        result[name, title] = (
            cost, statistics.median(times), sorted(times)[int(n * .99)],
            peers.pss(peers.family(c.proxy.proc.pid)))


def direct(origin):
    """In place of a proxy: none."""
    class Direct:
        name = "direct"
        instead = {origin.events: origin.events}
    return Direct


def events(c):
    """([ns to the first byte], [ns that each event was on its way])."""
    got = []
    for _ in range(1 + stream.STREAMS):
        s = c.open(c.origin.events)
        got.append(stream.events(s, b"GET / HTTP/1.1\r\nHost: localhost:%d"
                                 b"\r\n\r\n" % s.to))
    return ([x[0] for x in got[1:]], [d for x in got[1:] for d in x[1]])


def run(top, build, procs):
    home = os.path.join(top, "https")
    os.mkdir(home)
    os.chmod(home, 0o755)
    origin = Origin(home)
    procs.append(origin.proc)
    result, notes, streams = {}, [], []
    streams.append(("direct", events(Client(direct(origin), origin))))
    for peer in PEERS:
        home = os.path.join(top, "https-" + peer.name.replace(" ", "-"))
        os.mkdir(home)
        try:
            p = peer(home, build, origin)
        except FileNotFoundError as e:
            notes.append("%s: not here (%s)" % (peer.name, e.filename))
            continue
        procs.append(p.proc)
        try:
            c = Client(p, origin)
            rows(c, peer.name, result)
            streams.append((peer.name, events(c)))
        except OSError as e:
            if peer is Guardian:
                raise
            notes.append("%s: gave up (%s)" % (peer.name, e))
        notes.append("%s: %s" % (peer.name, p.coverage())
                     if p.coverage() else "")
        peers.stop(p.proc)
        shutil.rmtree(home, ignore_errors=True)
    peers.stop(origin.proc)
    print("\nHTTPS, one connection at a time, the bundle of roots of this "
          "machine behind it;\n\"x\": times the guardian's figure")
    for title, unit, per, steps in ROWS + ((NEW, "us", 1, None),):
        print("\n%-44s %9s %5s %9s %9s %7s" % (
            title, "CPU " + unit, "x", "p50 us", "p99 us", "PSS MB"))
        ours = result["guardian", title][0]
        for peer in PEERS:
            if (peer.name, title) not in result:
                continue
            cost, p50, p99, pss = result[peer.name, title]
            print("  %-42s %9.0f %5s %9.0f %9.0f %7.1f" % (
                peer.name, cost, "%.2f" % (cost / ours) if ours else "-",
                p50, p99, pss))
    stream.title("SSE over TLS")
    base = (0, 0)
    for name, (firsts, delays) in streams:
        now = stream.row(name, firsts, delays, base)
        if name == "direct":
            base = now
    for note in notes:
        if note:
            print(note)
