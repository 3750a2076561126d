#!/usr/bin/env python3
"""Side by side with peers: see bench/run.sh.

usage: bench.py BUILD [http] [https] [stream] [crowd] [mcp] [soak]
"""
import os
import shutil
import subprocess
import sys
import tempfile

import https
import mcp
import peers
import rows
import stream

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                     "regress", "tools")


def tool(name, *arguments):
    r = subprocess.run([sys.executable, os.path.join(TOOLS, name)] +
                       [str(x) for x in arguments])
    if r.returncode != 0:
        sys.exit("bench: %s failed" % name)


def one_worker(top, name, build, procs):
    home = os.path.join(top, name)
    os.mkdir(home)
    g = peers.Guardian(home, build, "proxy workers 1\ndetector workers 1\n")
    procs.append(g.proc)
    return g


def crowd(top, build, procs):
    idle = int(os.environ.get("BENCH_IDLE", "5000"))
    busy = int(os.environ.get("BENCH_BUSY", "500"))
    print("\n%d idle and %d busy connections on one proxy-worker" % (
        idle, busy), flush=True)
    g = one_worker(top, "crowd", build, procs)
    tool("crowd.py", "127.0.0.1:%d" % g.port, idle, busy, 40,
         *g.pids("proxy-worker", "detector-worker"))
    peers.stop(g.proc)


def soak(top, build, procs):
    size = int(os.environ.get("SOAK_MIB", "10240"))
    print("\none body of %d MiB and one of a quarter" % size, flush=True)
    g = one_worker(top, "soak", build, procs)
    tool("soak.py", "127.0.0.1:%d" % g.port, size,
         *g.pids("proxy-worker", "detector-worker"))
    peers.stop(g.proc)


PARTS = {"http": rows.run, "https": https.run, "stream": stream.run,
         "crowd": crowd, "mcp": mcp.run, "soak": soak}


def main():
    parts = sys.argv[2:] or ["http", "https", "stream", "crowd", "mcp"]
    top = tempfile.mkdtemp(prefix="guardian-bench-")
    os.chmod(top, 0o755)
    procs = []
    try:
        for part in parts:
            PARTS[part](top, sys.argv[1], procs)
    finally:
        for p in procs:
            peers.stop(p)
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
