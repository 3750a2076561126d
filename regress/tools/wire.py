"""What the Python parts of the integration tests share: sockets as they are.

Bytes are sent and compared exactly; nothing here knows the product's code.
Every wait is bounded by WAIT seconds, and nothing sleeps to be in time.
"""
import gzip
import json
import os
import secrets
import socket
import string
import subprocess
import threading
import time

WAIT = 30
ALNUM = string.ascii_letters + string.digits


def fake_key():
    """A key of the right shape, another one each time."""
    return ("sk-ant-api03-" +
            "".join(secrets.choice(ALNUM) for _ in range(93)) + "AA")


def pattern(n):
    """As the origin server makes it."""
    block = bytes(range(32, 127)) * 100
    return (block * (n // len(block) + 1))[:n]


class Origin:
    """Accepts on loopback; script(conn, n) answers the n-th connection."""

    def __init__(self, script, family=socket.AF_INET):
        self.script = script
        self.failed = []
        self.conns = []
        self.ended = 0
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind(("::1" if family == socket.AF_INET6 else
                            "127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.host = ("[::1]:%d" if family == socket.AF_INET6 else
                     "127.0.0.1:%d") % self.port
        threading.Thread(target=self.run, daemon=True).start()

    def close(self):
        """No more connections; those that are there go on."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def finish(self):
        """Ends connections that a proxy keeps for later: what comes next
        comes on one of its own.  What is on its way still arrives."""
        open_ = [c for c in self.conns if c.s.fileno() != -1]
        for conn in open_:
            try:
                conn.done()
            except OSError:
                pass
        end = time.monotonic() + WAIT
        while any(c.s.fileno() != -1 for c in open_):
            assert time.monotonic() < end, "a connection that does not end"
            time.sleep(0.0005)

    def run(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            conn = Conn(s)
            self.conns.append(conn)
            threading.Thread(target=self.one, daemon=True,
                             args=(conn, len(self.conns) - 1)).start()

    def one(self, conn, n):
        try:
            self.script(conn, n)
        except Exception as e:
            self.failed.append(repr(e))
        conn.close()
        self.ended += 1


class Conn:
    def __init__(self, s):
        self.s = s
        self.s.settimeout(WAIT)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buf = b""
        self.seen = b""		# everything ever received

    def send(self, data, pieces=None):
        """pieces: where to split it; every piece is a write of its own."""
        last = 0
        for at in (pieces or []) + [len(data)]:
            if at > last:
                self.s.sendall(data[last:at])
                last = at

    def more(self):
        data = self.s.recv(65536)
        self.buf += data
        self.seen += data
        return len(data) > 0

    def until(self, mark):
        while mark not in self.buf:
            if not self.more():
                raise EOFError("end before %r: %r" % (mark, self.buf[-300:]))
        at = self.buf.index(mark) + len(mark)
        data, self.buf = self.buf[:at], self.buf[at:]
        return data

    def exactly(self, n):
        while len(self.buf) < n:
            if not self.more():
                raise EOFError("%d of %d bytes" % (len(self.buf), n))
        data, self.buf = self.buf[:n], self.buf[n:]
        return data

    def rest(self):
        try:
            while self.more():
                pass
        except ConnectionResetError:
            pass
        data, self.buf = self.buf, b""
        return data

    def message(self, head_only=False):
        """One message: its head, its body's bytes, both as they came."""
        head = self.until(b"\r\n\r\n")
        fields = head.lower().split(b"\r\n")[1:]
        status = int(head[9:12]) if head.startswith(b"HTTP/") else 0
        if head_only or status in (204, 304) or status // 100 == 1:
            return head, b""
        for line in fields:
            name, _, value = line.partition(b":")
            if name == b"content-length":
                return head, self.exactly(int(value))
            if name == b"transfer-encoding":
                return head, self.chunks()
        return head, self.rest() if status else b""

    def chunks(self):
        raw = b""
        while True:
            line = self.until(b"\r\n")
            raw += line
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            raw += self.exactly(size + 2)
        while not raw.endswith(b"\r\n\r\n"):
            raw += self.until(b"\r\n")
        return raw

    def done(self):
        self.s.shutdown(socket.SHUT_WR)

    def close(self):
        self.s.close()


def unchunk(raw):
    out = b""
    while True:
        line, raw = raw.split(b"\r\n", 1)
        size = int(line.split(b";")[0], 16)
        if size == 0:
            return out
        out += raw[:size]
        assert raw[size:size + 2] == b"\r\n"
        raw = raw[size + 2:]


def connect(proxy, source=None):
    host, port = proxy.rsplit(":", 1)
    host = host.strip("[]")
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    s.settimeout(WAIT)
    if source:
        s.bind((source, 0))
    s.connect((host, int(port)))
    return Conn(s)


class Sources:
    """A loopback address of its own for each request: findings name it."""

    def __init__(self):
        self.n = 0

    def next(self):
        self.n += 1
        return "127.%d.%d.%d" % (60 + self.n // 62500, self.n // 250 % 250,
                                 1 + self.n % 250)


def lines(path):
    if not os.path.exists(path):
        return []
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        data = f.read()
    # the last line may be half written
    return [json.loads(x) for x in data.split(b"\n")[:-1]]


def events(**want):
    return [e for e in lines("home/log/events.jsonl")
            if all(e.get(k) == v for k, v in want.items())]


def findings(**want):
    return [f for f in lines("home/log/findings.jsonl")
            if all(f.get(k) == v for k, v in want.items())]


def wait(what, test, seconds=WAIT):
    end = time.monotonic() + seconds
    while True:
        v = test()
        if v:
            return v
        if time.monotonic() > end:
            raise AssertionError("never came: %s" % what)
        time.sleep(0.02)


def wait_event(**want):
    return wait("event %r" % want, lambda: events(**want))


def wait_finding(**want):
    return wait("finding %r" % want, lambda: findings(**want))


def equal(got, want, what=""):
    if got != want:
        if isinstance(got, (bytes, str)) and len(got) > 2000:
            got = got[:2000]
        raise AssertionError("%s:\n got %r\nwant %r" % (what, got, want))


ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def counters():
    out = subprocess.run(["ctl", "-j", "status"], stdout=subprocess.PIPE,
                         check=True).stdout
    return json.loads(out)["counters"]


def run(cases, argv):
    """A case is named on the command line: CASE PROXY [more]."""
    cases[argv[1]](*argv[2:])
    print("done " + argv[1])
