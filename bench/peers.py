"""The suite and its peers as processes on loopback, and what they use.

CPU is the user and system time of every process of a proxy, from /proc;
memory the sum of their proportional set sizes.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def which(name):
    path = shutil.which(name, path=PATH)
    if path is None:
        sys.exit("bench: %s is missing" % name)
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, proc, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if proc.poll() is not None:
            sys.exit("bench: %s ended" % proc.args[0])
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("bench: nothing listens on port %d" % port)


def status_fields(pid):
    with open("/proc/%d/stat" % pid) as f:
        stat = f.read()
    return stat[stat.rindex(")") + 2:].split()


def family(pid):
    """A process and all its descendants."""
    kids = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                kids.setdefault(int(status_fields(int(d))[1]),
                                []).append(int(d))
            except OSError:
                continue
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        out.append(p)
        todo += kids.get(p, [])
    return out


def cpu(pids):
    """Seconds; with those of children that have ended."""
    total = 0
    for p in pids:
        try:
            total += sum(int(x) for x in status_fields(p)[11:15])
        except OSError:
            pass
    return total / TICK


def pss(pids):
    """MB."""
    total = 0
    for p in pids:
        try:
            with open("/proc/%d/smaps_rollup" % p) as f:
                for line in f:
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        except OSError:
            pass
    return total / 1024


class Guardian:
    name = "guardian"

    def __init__(self, home, build, extra=""):
        self.env = dict(os.environ, NANOCLAW_TRAFFIC_GUARDIAN_HOME=home)
        self.build = build
        conf = os.path.join(home, "guardian.conf")
        with open(conf, "w") as f:
            f.write("listen on 127.0.0.1 port 0\n"
                    "allow destination { 127.0.0.1 }\n" + extra)
        os.chmod(conf, 0o600)
        with open(os.path.join(home, "guardiand.log"), "w") as log:
            self.proc = subprocess.Popen(
                [os.path.join(build, "sbin/guardiand"), "-d", "-f", conf],
                env=self.env, stderr=log)
        for _ in range(400):
            listen = (self.status() or {}).get("listen")
            if listen:
                self.port = int(listen[0].rsplit(":", 1)[1])
                return
            if self.proc.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit("bench: guardiand did not start:\n" + open(log.name).read())

    def status(self):
        r = subprocess.run(
            [os.path.join(self.build, "sbin/guardianctl"), "-j", "status"],
            env=self.env, capture_output=True)
        return json.loads(r.stdout) if r.returncode == 0 else None

    def pids(self, *roles):
        return [p["pid"] for p in self.status()["processes"]
                if p["process"] in roles]

    def coverage(self):
        c = self.status()["counters"]
        return "%d bytes seen, %.2f %% scanned, %d skipped" % (
            c["bytes_seen"], 100.0 * c["bytes_scanned"] /
            max(c["bytes_seen"], 1), c["bytes_skipped"])


class Peer:
    """A proxy with a configuration file, or options, of its own."""

    def __init__(self, home, build):
        self.port = free_port()
        os.chmod(home, 0o777)
        self.proc = subprocess.Popen(self.command(home), cwd=home, **QUIET)
        wait_port(self.port, self.proc)

    def write(self, home, text):
        path = os.path.join(home, self.name + ".conf")
        with open(path, "w") as f:
            f.write(text)
        return path

    def coverage(self):
        return None


class Squid(Peer):
    name = "squid"

    def command(self, home):
        return [which("squid"), "-N", "-f", self.write(home, """
http_port 127.0.0.1:%d
http_access allow all
cache deny all
cache_mem 8 MB
access_log none
cache_log %s/squid.log
pid_filename %s/squid.pid
coredump_dir %s
shutdown_lifetime 1 seconds
workers 1
""" % (self.port, home, home, home))]


class Tinyproxy(Peer):
    name = "tinyproxy"

    def command(self, home):
        return [which("tinyproxy"), "-d", "-c", self.write(home, """
Port %d
Listen 127.0.0.1
MaxClients 1000
Timeout 600
LogLevel Critical
LogFile "%s/tinyproxy.log"
""" % (self.port, home))]


class Mitmproxy(Peer):
    name = "mitmproxy"

    def command(self, home):
        return [which("mitmdump"), "-q", "--listen-host", "127.0.0.1",
                "--listen-port", str(self.port), "--set",
                "confdir=" + home, "--set", "flow_detail=0"]


ALL = (Guardian, Squid, Tinyproxy, Mitmproxy)


def stop(proc):
    if proc.poll() is None:
        proc.send_signal(signal.SIGTERM)
        try:
            proc.wait(20)
        except subprocess.TimeoutExpired:
            proc.kill()
            proc.wait()
