#!/usr/bin/env python3
"""Cases of inject_test: load while system calls fail.

usage: inject_cases.py children PROXY PARENT SECONDS SEED RATE
       inject_cases.py parent PROXY PARENT SECONDS SEED RATE
       inject_cases.py account
"""
import collections
import glob
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import chaos
import fault_cases
import inject
from wire import lines, wait

LOG = "home/log/"
# of signals that are nobody's decision
CRASHES = ("signal_4", "signal_6", "signal_7", "signal_8", "signal_11",
           "sandbox_violation")
MOST = 8                # messages of a WebSocket, which is one for a gap
SETTLED = 5             # s after which nothing is left of what has failed


def chosen(seed, rate, default):
    return int(seed) or random.randrange(1, 1 << 31), int(rate) or default


def all_ready():
    out = subprocess.run(["ctl", "-j", "status"], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    if out.returncode != 0:
        return False
    return all(p["state"] == "ready" or p["process"] == "parent"
               for p in json.loads(out.stdout)["processes"])


def findings():
    """Of all the files, for the parent may have rotated."""
    return [f for path in glob.glob(LOG + "findings.jsonl*")
            for f in lines(path)]


def recovered(proxy):
    """No restart, and all is well."""
    wait("all processes", all_ready, 60)
    try:
        used = fault_cases.send(proxy, 5)
        wait("findings",
             lambda: set(used) <= {f["source"] for f in findings()})
    except (AssertionError, OSError):
        subprocess.run(["ctl", "-j", "status"])
        raise
    wait("the file", lambda: os.path.exists(LOG + "findings.jsonl"))
    fault_cases.once(fault_cases.send(proxy, 5))


def start(proxy, seed):
    load = chaos.Load(proxy, seed)
    threads = [threading.Thread(target=load.run, args=(n,) + kind)
               for n, kind in enumerate(chaos.KINDS)]
    for t in threads:
        t.start()
    return load, threads


def children(proxy, parent, seconds, seed, rate):
    seed, rate = chosen(seed, rate, 150)
    print("seed %d, one call of %d" % (seed, rate), flush=True)
    load, threads = start(proxy, seed)
    inject.rate(rate, seed)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        time.sleep(0.5)
        os.kill(int(parent), 0)
    inject.rate(0, 0)
    over = time.monotonic()
    time.sleep(SETTLED + 1)
    load.stop.set()
    for t in threads:
        t.join()
    inject.report()
    with open("inject.json", "w") as f:
        json.dump({"records": load.records, "wrong": load.wrong,
                   "over": over, "answered": load.answered}, f)
    recovered(proxy)


def parent(proxy, pid, seconds, seed, rate):
    """All that it does, over and over; it may end, and tells its own way."""
    seed, rate = chosen(seed, rate, 25)
    print("seed %d, one call of %d" % (seed, rate), flush=True)
    pid = int(pid)
    rng = random.Random(seed)
    inject.rate(rate, seed, ["parent"])
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end and os.path.exists("/proc/%d/fd/0" % pid):
        try:
            what = rng.randrange(4)
            if what == 0:
                os.kill(pid, signal.SIGHUP)
            elif what == 1:
                subprocess.run(["ctl", "log", "rotate"],
                               stderr=subprocess.DEVNULL, timeout=20)
            else:
                pids = [p for ps in chaos.children(pid).values() for p in ps]
                os.kill(rng.choice(pids), signal.SIGKILL)
            fault_cases.send(proxy, 1)
        except (OSError, EOFError, AssertionError, IndexError,
                subprocess.TimeoutExpired):
            pass
    inject.rate(0, 0, ["parent"])
    inject.report()
    wait("an end or none", lambda: all_ready() or chaos.state(pid) in "ZX",
         60)
    if chaos.state(pid) in "ZX":
        with open("guardiand.log") as f:
            print("".join(list(f)[-4:]) + "ended")
    else:
        recovered(proxy)
        print("goes on")


def account():
    with open("inject.json") as f:
        run = json.load(f)
    found = {"outbound": collections.Counter(),
             "inbound": collections.Counter()}
    for f in findings():
        found[f["direction"]][f["source"]] += 1
    unknown, summed, missing = False, 0, 0
    gaps, exits = collections.defaultdict(list), collections.Counter()
    for e in lines(LOG + "events.jsonl"):
        if e["event"] == "scan_gap":
            gaps[e.get("source")].append((e.get("reason"), e.get("bytes")))
            # of which nobody knows whose they were; and summaries
            unknown |= e.get("reason") == "copies_lost"
            if "source" not in e:
                summed += e.get("count", 0)
        elif e["event"] == "child_exited":
            exits["%s %s" % (e["process"], e["reason"])] += 1
    lost, double, late = [], [], []
    for r in run["records"]:
        for direction, n in found.items():
            n = n[r["source"]]
            if n > r["sent"]:
                double.append((direction, n, r))
            if n < r["done"] and not gaps[r["source"]] and not unknown:
                lost.append((direction, n, r))
                missing += r["done"] - n
        if r["error"] and r["at"] > run["over"] + SETTLED:
            late.append(r)
    crashes = [x for x in exits if x.split()[1] in CRASHES]
    print("%d answered, %d of %d connections failed, %d findings, %d gaps" % (
        run["answered"], sum(r["error"] is not None for r in run["records"]),
        len(run["records"]), sum(sum(d.values()) for d in found.values()),
        sum(map(len, gaps.values()))))
    print("exits", dict(exits))
    print("lost %d, summed up in gaps: %d" % (missing, summed))
    if missing <= summed * MOST:
        lost = []
    bad = not run["answered"]
    for what, those in (("lost", lost), ("double", double), ("late", late),
                        ("wrong", run["wrong"]), ("crashed", crashes)):
        print(what, len(those), those[:6])
        bad += len(those)
    return bad


CASES = {"children": children, "parent": parent}


def main(argv):
    if argv[1] == "account":
        return 1 if account() else 0
    CASES[argv[1]](*argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
