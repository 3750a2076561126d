#!/usr/bin/env python3
"""HTTP through the suite and its peers: see bench/run.sh.

Everything listens on loopback, on ports that were free a moment before; wrk
asks the proxy for absolute URIs, nginx answers from memory.  CPU is the user
and system time of every process of a proxy, from /proc; memory the sum of
their proportional set sizes.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "32"))
TICK = os.sysconf("SC_CLK_TCK")
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def which(name):
    path = shutil.which(name, path=PATH)
    if path is None:
        sys.exit("bench: %s is missing" % name)
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, proc, seconds=20):
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


def family(pid):
    """A process and all its descendants."""
    kids = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                stat = open("/proc/%s/stat" % d).read()
            except OSError:
                continue
            ppid = int(stat[stat.rindex(")") + 2:].split()[1])
            kids.setdefault(ppid, []).append(int(d))
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        out.append(p)
        todo += kids.get(p, [])
    return out


def cpu(pids):
    total = 0
    for p in pids:
        try:
            stat = open("/proc/%d/stat" % p).read()
        except OSError:
            continue
        f = stat[stat.rindex(")") + 2:].split()
        total += int(f[11]) + int(f[12])
    return total / TICK


def pss(pids):
    total = 0
    for p in pids:
        try:
            for line in open("/proc/%d/smaps_rollup" % p):
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total / 1024


class Origin:
    def __init__(self, home):
        self.port = free_port()
        www = os.path.join(home, "www")
        os.mkdir(www)
        for name, size in (("1k", 1024), ("64k", 65536)):
            # text of the kind that agents exchange, not one byte repeated
            words = b'{"role":"assistant","content":"The build passed."}\n'
            with open(os.path.join(www, name), "wb") as f:
                f.write((words * (size // len(words) + 1))[:size])
        conf = os.path.join(home, "nginx.conf")
        with open(conf, "w") as f:
            f.write("""
daemon off; worker_processes 1; pid %(h)s/nginx.pid;
error_log %(h)s/nginx.log;
events { worker_connections 4096; }
http {
    access_log off; default_type application/json;
    open_file_cache max=16; sendfile on; keepalive_requests 100000000;
    client_body_temp_path %(h)s/t1; proxy_temp_path %(h)s/t2;
    fastcgi_temp_path %(h)s/t3; uwsgi_temp_path %(h)s/t4;
    scgi_temp_path %(h)s/t5;
    server { listen 127.0.0.1:%(p)d; root %(h)s/www; }
}
""" % {"h": home, "p": self.port})
        self.proc = subprocess.Popen([which("nginx"), "-c", conf, "-p", home],
                                     stderr=subprocess.DEVNULL)
        wait_port(self.port, self.proc)


def start_guardian(home, build):
    env = dict(os.environ, NANOCLAW_TRAFFIC_GUARDIAN_HOME=home)
    conf = os.path.join(home, "guardian.conf")
    with open(conf, "w") as f:
        f.write("listen on 127.0.0.1 port 0\n"
                "allow destination { 127.0.0.1 }\n")
    os.chmod(conf, 0o600)
    log = open(os.path.join(home, "guardiand.log"), "w")
    proc = subprocess.Popen([os.path.join(build, "sbin/guardiand"), "-d",
                             "-f", conf], env=env, stderr=log)
    ctl = [os.path.join(build, "sbin/guardianctl"), "-j", "status"]
    for _ in range(400):
        r = subprocess.run(ctl, env=env, capture_output=True)
        if r.returncode == 0:
            listen = json.loads(r.stdout)["listen"]
            if listen:
                return proc, int(listen[0].rsplit(":", 1)[1])
        if proc.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit("bench: guardiand did not start:\n" + open(log.name).read())


def start_squid(home, build):
    port = free_port()
    conf = os.path.join(home, "squid.conf")
    with open(conf, "w") as f:
        f.write("""
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
""" % (port, home, home, home))
    os.chmod(home, 0o777)
    proc = subprocess.Popen([which("squid"), "-N", "-f", conf],
                            stderr=subprocess.DEVNULL)
    wait_port(port, proc)
    return proc, port


def start_tinyproxy(home, build):
    port = free_port()
    conf = os.path.join(home, "tinyproxy.conf")
    with open(conf, "w") as f:
        f.write("Port %d\nListen 127.0.0.1\nMaxClients 1000\nTimeout 600\n"
                "LogLevel Critical\nLogFile \"%s/tinyproxy.log\"\n"
                % (port, home))
    os.chmod(home, 0o777)
    proc = subprocess.Popen([which("tinyproxy"), "-d", "-c", conf],
                            stdout=subprocess.DEVNULL)
    wait_port(port, proc)
    return proc, port


def micro(text):
    m = re.match(r"([\d.]+)(us|ms|s)", text)
    if m is None:
        return 0.0
    value, unit = m.groups()
    return float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def measure(port, url, keepalive, root):
    lua = tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False)
    lua.write('wrk.headers["Host"] = "%s"\n' % url.split("/")[2])
    if not keepalive:
        lua.write('wrk.headers["Connection"] = "close"\n')
    lua.write('request = function() return wrk.format("GET", "%s") end\n'
              % url)
    lua.close()
    cmd = [which("wrk"), "-t1", "-c%d" % CONNECTIONS, "--latency", "-s",
           lua.name, "http://127.0.0.1:%d/" % port]
    try:
        subprocess.run(cmd[:1] + ["-d1s"] + cmd[1:], capture_output=True)
        before = cpu(family(root))
        out = subprocess.run(cmd[:1] + ["-d%ds" % SECONDS] + cmd[1:],
                             capture_output=True, text=True).stdout
        used = cpu(family(root)) - before
    finally:
        os.unlink(lua.name)
    if "requests in" not in out:
        sys.exit("bench: wrk said:\n" + out)
    n = int(re.search(r"(\d+) requests in", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    err = re.search(r"Socket errors: connect (\d+), read (\d+), "
                    r"write (\d+), timeout (\d+)", out)
    return {
        "rps": n / SECONDS,
        "p50": micro(re.search(r"50%\s+(\S+)", out).group(1)),
        "p99": micro(re.search(r"99%\s+(\S+)", out).group(1)),
        "cpu": used / n * 1e6 if n and root else 0,
        "pss": pss(family(root)) if root else 0,
        "bad": (int(bad.group(1)) if bad else 0) +
               (sum(map(int, err.groups())) if err and keepalive else 0),
    }


def main():
    build = sys.argv[1]
    top = tempfile.mkdtemp(prefix="guardian-bench-")
    os.chmod(top, 0o755)
    procs = []
    try:
        origin = Origin(top)
        procs.append(origin.proc)
        rows = [("HTTP 1 KiB keep-alive", "1k", True),
                ("HTTP 1 KiB new connection", "1k", False),
                ("HTTP 64 KiB keep-alive", "64k", True)]
        result = {}
        for name, start in (("guardian", start_guardian),
                            ("squid", start_squid),
                            ("tinyproxy", start_tinyproxy)):
            home = os.path.join(top, name)
            os.mkdir(home)
            proc, port = start(home, build)
            procs.append(proc)
            idle = pss(family(proc.pid))
            for title, path, keep in rows:
                url = "http://127.0.0.1:%d/%s" % (origin.port, path)
                result[name, title] = measure(port, url, keep, proc.pid)
            result[name, "idle"] = idle
            proc.send_signal(signal.SIGTERM)
            try:
                proc.wait(20)
            except subprocess.TimeoutExpired:
                proc.kill()
        print("%d connections, %d s a row, %d cores; CPU is of all processes "
              "of the proxy" % (CONNECTIONS, SECONDS, os.cpu_count()))
        for title, path, keep in rows:
            base = result["squid", title]["cpu"]
            print("\n%-28s %9s %9s %9s %11s %9s %7s" % (
                title, "req/s", "p50 us", "p99 us", "CPU us/req", "of squid",
                "errors"))
            for name in ("guardian", "squid", "tinyproxy"):
                r = result[name, title]
                print("  %-26s %9.0f %9.0f %9.0f %11.1f %9.2f %7d" % (
                    name, r["rps"], r["p50"], r["p99"], r["cpu"],
                    r["cpu"] / base if base else 0, r["bad"]))
        print("\n%-28s %9s %14s" % ("memory, PSS in MB", "idle",
                                    "after the load"))
        for name in ("guardian", "squid", "tinyproxy"):
            print("  %-26s %9.1f %14.1f" % (
                name, result[name, "idle"], result[name, rows[-1][0]]["pss"]))
    finally:
        for p in procs:
            if p.poll() is None:
                p.terminate()
                try:
                    p.wait(20)
                except subprocess.TimeoutExpired:
                    p.kill()
        shutil.rmtree(top, ignore_errors=True)


main()
