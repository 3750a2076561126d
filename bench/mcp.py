"""What containers ask: a fixed rate of calls over their sockets, on its own and
beside requests through the proxy.  Latency is from the moment a call was due,
so a server that stalls is not forgiven what it did not take in time."""
import http.client
import json
import os
import secrets
import select
import socket
import string
import subprocess
import time

import peers
import rows

CLIENTS = 8
FINDINGS = 100				# of each client
RATE = int(os.environ.get("BENCH_CALLS", "1000"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
CALLS = (("clawsec_traffic_status", {}), ("clawsec_traffic_findings", {}),
         ("clawsec_traffic_check_config", {"env": {}}))


def config():
    blocks = ['client "c%d" { address { 127.0.0.%d }\nmcp socket\n}\n' %
              (i, i + 2) for i in range(CLIENTS)]
    return "proxy workers 1\ndetector workers 1\ndedup window 0\n" + \
        "".join(blocks)


def plant(port):
    letters = string.ascii_letters + string.digits
    for i in range(CLIENTS):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20,
                                       source_address=("127.0.0.%d" % (i + 2),
                                                       0))
        for _ in range(FINDINGS):
            key = "".join(secrets.choice(letters) for _ in range(93))
            c.request("POST", "http://guardian.invalid/selftest",
                      "key=sk-ant-" + "api03-" + key + "AA")
            c.getresponse().read()
        c.close()


def connect(home, i):
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.path.join(home, "run", "mcp", "c%d" % i, "mcp.sock"))
    return s


def ask(s, n):
    name, arguments = CALLS[n % len(CALLS)]
    s.sendall(json.dumps({"jsonrpc": "2.0", "id": n, "method": "tools/call",
                          "params": {"name": name, "arguments": arguments}
                          }).encode() + b"\n")


def drive(home, seconds):
    """Latencies in ms; calls are due at equal distances."""
    socks = [connect(home, i) for i in range(CLIENTS)]
    due, late, buf = {}, [], {s: b"" for s in socks}
    start = time.monotonic()
    total = n = int(RATE * seconds)
    sent = 0
    while n > 0:
        now = time.monotonic()
        while sent < total and start + sent / RATE <= now:
            due[sent] = start + sent / RATE
            ask(socks[sent % CLIENTS], sent)
            sent += 1
        wait = max(0, start + sent / RATE - time.monotonic()) \
            if sent < total else 1
        for s in select.select(socks, [], [], wait)[0]:
            buf[s] += s.recv(1 << 20)
            *lines, buf[s] = buf[s].split(b"\n")
            for line in lines:
                t = time.monotonic()
                # the id stands behind a fixed beginning
                ident = int(line[:60].split(b'"id":')[1].split(b",")[0])
                if b'"isError":true' in line[-40:] or b'"error"' in line[:60]:
                    raise SystemExit("bench: mcpd said: %r" % line[:300])
                late.append((t - due.pop(ident)) * 1e3)
                n -= 1
    for s in socks:
        s.close()
    return sorted(late)


def part(values, q):
    return values[min(len(values) - 1, int(len(values) * q))]


def run(top, build, procs):
    home = os.path.join(top, "mcp")
    os.mkdir(home)
    origin = rows.Origin(home)
    procs.append(origin.proc)
    g = peers.Guardian(home, build, config())
    procs.append(g.proc)
    plant(g.port)
    mcpd, = g.pids("mcpd")
    logger, = g.pids("logger")
    print("\n%d calls a second of MCP, %d clients with %d findings" %
          (RATE, CLIENTS, FINDINGS))
    print("%-28s %8s %8s %8s %8s %10s %8s" % ("", "p50 ms", "p99 ms",
          "max ms", "CPU %", "us a call", "PSS MB"), flush=True)
    drive(home, 1)
    for name, load in (("alone", 0), ("1 KiB requests beside it", 4)):
        wrk = None
        if load:
            lua = os.path.join(home, "1k.lua")
            with open(lua, "w") as f:
                f.write('request = function() return wrk.format("GET", '
                        '"http://127.0.0.1:%d/1k") end\n' % origin.port)
            wrk = subprocess.Popen(
                [peers.which("wrk"), "-t1", "-c%d" % load, "-d%ds" %
                 (SECONDS + 2), "-s", lua, "http://127.0.0.1:%d/" % g.port],
                **peers.QUIET)
            procs.append(wrk)
        before, t = peers.cpu([mcpd, logger]), time.monotonic()
        late = drive(home, SECONDS)
        used = peers.cpu([mcpd, logger]) - before
        took = time.monotonic() - t
        print("%-28s %8.2f %8.2f %8.2f %8.0f %10.0f %8.1f" % (
            name, part(late, .5), part(late, .99), late[-1],
            100 * used / took, 1e6 * used / len(late),
            peers.pss([mcpd])), flush=True)
        if wrk is not None:
            peers.stop(wrk)
    peers.stop(g.proc)
    peers.stop(origin.proc)
