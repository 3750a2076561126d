#!/usr/bin/env python3
"""Cases of fault_test: what the machine does to the suite."""

import errno
import os
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import time

import chaos
from wire import (ESTABLISHED, Sources, connect, equal, events, fake_key,
                  lines, run, wait, wait_event)

LOG = "home/log/"
sources = Sources()


def child(role):
    out = subprocess.run(["child_pid", role, "0"], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    text = out.stdout.strip()
    return int(text) if text.isdigit() else 0   # none for a moment


def queued():
    """Bytes waiting for detectors, as proxy-workers said when last asked."""
    out = subprocess.run(["ctl", "metrics"], stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    return sum(int(line.split()[-1]) for line in out.splitlines()
               if line.startswith("guardian_queued "))


def kill(role):
    """And it is back."""
    pid = child(role)
    os.kill(pid, signal.SIGKILL)
    wait("another " + role, lambda: child(role) not in (0, pid))


def request(pad=0):
    body = b"x " * (pad // 2) + b"k=" + fake_key().encode()
    return (b"POST http://guardian.invalid/selftest HTTP/1.1\r\n"
            b"Host: guardian.invalid\r\nContent-Length: %d\r\n\r\n"
            % len(body)) + body


def send(proxy, n):
    """So many keys, each answered whatever happens behind."""
    used = []
    for _ in range(n):
        used.append(sources.next())
        c = connect(proxy, used[-1])
        c.send(request())
        head, _ = c.message()
        assert head.startswith(b"HTTP/1.1 200 "), head
        c.close()
    return used


def once(used, path=LOG + "findings.jsonl"):
    """In that file, or the one put aside when the logger was still at it."""
    def sources_of():
        return [f["source"] for p in (path, path + ".1")
                if os.path.exists(p) for f in lines(p)]
    wait("findings in " + path,
         lambda: all(s in sources_of() for s in used))
    found = sources_of()
    equal([s for s in used if found.count(s) != 1], [], path)


def said(text):
    wait(text, lambda: text in open("guardiand.log").read())


def disk_full(proxy):
    used = send(proxy, 5)
    once(used)
    with open(LOG + "fill", "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError as e:
            equal(e.errno, errno.ENOSPC)
    # more than what is left of the last page of each file
    used += send(proxy, 60)
    said("findings cannot be written; they wait")
    kill("logger")
    used += send(proxy, 5)
    os.unlink(LOG + "fill")
    once(used)
    once(used, LOG + "clients/default/findings.jsonl")
    wait_event(event="log_failed", reason="no_space")
    once(send(proxy, 3))


def removed(proxy):
    once(send(proxy, 3))
    for name in ("findings.jsonl", "findings.journal", "findings.chain"):
        os.unlink(LOG + name)
        used = send(proxy, 3)
        once(used)
        assert os.path.exists(LOG + name), name
        wait_event(event="log_failed", reason="file_removed")
    # a copy in its place, as by an editor
    with open(LOG + "findings.jsonl", "rb") as f:
        data = f.read()
    with open(LOG + "copy", "wb") as f:
        f.write(data)
    os.rename(LOG + "copy", LOG + "findings.jsonl")
    once(used + send(proxy, 3))
    # a client's own: the next finding asks for it, those after are in it
    mine = LOG + "clients/default/findings.jsonl"
    os.unlink(mine)
    once(send(proxy, 1))
    wait("a file of the client", lambda: os.path.exists(mine))
    used = send(proxy, 3)
    once(used)
    once(used, mine)
    os.unlink(LOG + "events.jsonl")
    kill("control")
    wait_event(event="child_exited", process="control")
    # nothing of it is lost or repeated by a restart
    kill("logger")
    used = send(proxy, 3)
    once(used)


def directory(proxy):
    """Moved away and back; removed; and that of the clients alone."""
    once(send(proxy, 3))
    os.rename("home/log", "home/moved")
    wait("directory_moved", lambda: any(
        e.get("reason") == "directory_moved"
        for e in lines("home/moved/events.jsonl")))
    once(send(proxy, 3), "home/moved/findings.jsonl")
    os.rename("home/moved", "home/log")
    once(send(proxy, 3))

    shutil.rmtree("home/log")
    log = "home/state/log/"
    used = send(proxy, 5)
    once(used, log + "findings.jsonl")
    wait("directory_removed", lambda: any(
        e.get("reason") == "directory_removed"
        for e in lines(log + "events.jsonl")))
    used = send(proxy, 3)
    once(used, log + "findings.jsonl")
    once(used, log + "clients/default/findings.jsonl")
    kill("logger")
    once(send(proxy, 3), log + "findings.jsonl")
    subprocess.run(["ctl", "log", "rotate"], check=True)
    wait("rotation", lambda: os.path.exists(log + "findings.jsonl.1"))

    shutil.rmtree(log + "clients")
    wait("another", lambda: os.path.exists(log + "clients"))
    wait("clients_removed", lambda: any(
        e.get("reason") == "clients_removed"
        for e in lines(log + "events.jsonl")))
    used = send(proxy, 3)
    once(used, log + "findings.jsonl")
    once(used, log + "clients/default/findings.jsonl")


def copies(proxy):
    """Worker and detector, one after the other: that is on record."""
    def lost():
        return events(event="scan_gap", reason="copies_lost")

    # the worker alone: the detector ends what it was shown
    time.sleep(4)           # until nobody is new any more
    used = send(proxy, 5)
    kill("proxy-worker")
    once(used)
    once(send(proxy, 3))
    # none of it is anybody's any more
    time.sleep(4)
    kill("detector-worker")
    once(send(proxy, 3))
    equal(lost(), [])

    # a detector that is new, or not there
    kill("detector-worker")
    kill("proxy-worker")
    wait("copies_lost", lambda: len(lost()) == 1)
    equal(lost()[0]["process"], "proxy-worker")
    once(send(proxy, 3))

    # one that hangs, and dies of it
    time.sleep(4)
    pid = child("detector-worker")
    os.kill(pid, signal.SIGSTOP)
    send(proxy, 3)
    kill("proxy-worker")
    os.kill(pid, signal.SIGKILL)
    wait("copies_lost", lambda: len(lost()) == 2)
    equal(lost()[1]["process"], "detector-worker")
    wait("another", lambda: child("detector-worker") not in (0, pid))
    once(send(proxy, 3))

    # one that only lags: its worker has more for it than its socket takes
    time.sleep(4)
    pid = child("detector-worker")
    os.kill(pid, signal.SIGSTOP)
    c = connect(proxy, sources.next())
    c.send(request(2 << 20))
    wait("what is queued", lambda: queued() > 0)
    kill("proxy-worker")
    os.kill(pid, signal.SIGCONT)
    wait("copies_lost", lambda: len(lost()) == 3)
    equal(lost()[2]["process"], "proxy-worker")
    c.close()
    once(send(proxy, 3))


def certificates(proxy):
    """A worker that is started again trusts whom the one before it did."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain("server.pem", "server.key")
    port = chaos.origin(server)
    ctx = ssl.create_default_context(cafile="home/state/ca.pem")

    def ask():
        c = connect(proxy)
        c.send(b"CONNECT localhost:%d HTTP/1.1\r\nHost: x\r\n\r\n" % port)
        equal(c.until(b"\r\n\r\n"), ESTABLISHED)
        s = ctx.wrap_socket(c.s, server_hostname="localhost")
        s.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 2\r\n\r\nhi")
        equal(chaos.message(s)[0][:13], b"HTTP/1.1 200 ")
        s.close()

    ask()
    os.rename("root.pem", "away.pem")
    kill("proxy-worker")
    said("cannot read")
    ask()
    os.rename("away.pem", "root.pem")


def truncated(proxy):
    once(send(proxy, 3))
    os.truncate(LOG + "findings.jsonl", 0)
    used = send(proxy, 3)
    once(used)
    wait_event(event="log_tampered", reason="findings_cut")
    os.truncate(LOG + "findings.journal", 0)
    os.truncate(LOG + "findings.chain", 0)
    os.truncate(LOG + "clients/default/findings.jsonl", 0)
    used += send(proxy, 3)
    once(used)
    os.truncate(LOG + "events.jsonl", 0)
    kill("logger")
    used += send(proxy, 3)
    once(used)
    wait_event(event="child_exited", process="logger")


def read_only(proxy):
    once(send(proxy, 3))
    os.chmod(LOG, 0o555)
    out = subprocess.run(["ctl", "log", "rotate"], stderr=subprocess.PIPE)
    assert out.returncode == 1, out
    once(send(proxy, 3))
    wait_event(event="log_failed", reason="rotation")
    # a new logger is given the files that are there
    kill("logger")
    once(send(proxy, 3))
    os.chmod(LOG, 0o750)
    subprocess.run(["ctl", "log", "rotate"], check=True)
    once(send(proxy, 3))
    assert os.path.exists(LOG + "findings.jsonl.1")


def starve(role):
    """Not a page more than it has."""
    pid = child(role)
    with open("/proc/%d/statm" % pid) as f:
        size = int(f.read().split()[0]) * resource.getpagesize()
    resource.prlimit(pid, resource.RLIMIT_AS, (size, size))
    return pid


def memory(proxy):
    once(send(proxy, 3))
    pid = starve("proxy-worker")
    cs = []

    def gone():
        try:
            for _ in range(16):
                cs.append(connect(proxy, sources.next()))
                cs[-1].send(request(128 * 1024)[:-1])
        except OSError:
            pass
        return child("proxy-worker") not in (0, pid)

    wait("another proxy-worker", gone)
    wait_event(event="child_exited", process="proxy-worker")
    once(send(proxy, 3))

    pid = starve("detector-worker")
    used, cs = [], []

    def starved():
        if len(used) < 384:
            for _ in range(16):
                used.append(sources.next())
                cs.append(connect(proxy, used[-1]))
                # what is kept is shown to the next one from the start
                cs[-1].send(request(128 * 1024)[:-1])
        return child("detector-worker") not in (0, pid)

    wait("another detector", starved)
    for c in cs:
        c.send(b"A")
        head, _ = c.message()
        assert head.startswith(b"HTTP/1.1 200 "), head
        c.close()
    once(used)
    wait_event(event="child_exited", process="detector-worker")


if __name__ == "__main__":
    try:
        run({f.__name__: f for f in (
            disk_full, removed, directory, copies, certificates, truncated,
            read_only, memory)}, sys.argv)
    except BaseException:
        with open("guardiand.log") as log:
            print(log.read()[-20000:])
        raise
