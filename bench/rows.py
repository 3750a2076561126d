"""Requests through the suite and its peers, with wrk; nginx answers from
memory.  Three rows: 1 KiB on connections that stay, 1 KiB on a new connection
each, 64 KiB on connections that stay."""
import os
import re
import subprocess
import tempfile

import peers

SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "32"))
ROWS = (("HTTP 1 KiB keep-alive", "1k", True),
        ("HTTP 1 KiB new connection", "1k", False),
        ("HTTP 64 KiB keep-alive", "64k", True))

NGINX = """
daemon off; worker_processes 1; pid %(h)s/nginx.pid;
error_log %(h)s/nginx.log;
events { worker_connections 4096; }
http {
    access_log off; default_type application/json;
    open_file_cache max=16; sendfile on; keepalive_requests 100000000;
    client_body_temp_path %(h)s/t1; proxy_temp_path %(h)s/t2;
    fastcgi_temp_path %(h)s/t3; uwsgi_temp_path %(h)s/t4;
    scgi_temp_path %(h)s/t5;
    server { listen 127.0.0.1:%(p)d backlog=1024; root %(h)s/www; }
}
"""


class Origin:
    def __init__(self, home):
        self.port = peers.free_port()
        www = os.path.join(home, "www")
        os.mkdir(www)
        for name, size in (("1k", 1024), ("64k", 65536)):
            # text of the kind that agents exchange, not one byte repeated
            words = b'{"role":"assistant","content":"The build passed."}\n'
            with open(os.path.join(www, name), "wb") as f:
                f.write((words * (size // len(words) + 1))[:size])
        conf = os.path.join(home, "nginx.conf")
        with open(conf, "w") as f:
            f.write(NGINX % {"h": home, "p": self.port})
        self.proc = subprocess.Popen(
            [peers.which("nginx"), "-c", conf, "-p", home], **peers.QUIET)
        peers.wait_port(self.port, self.proc)


def micro(text):
    m = re.match(r"([\d.]+)(us|ms|s)", text)
    if m is None:
        return 0.0
    value, unit = m.groups()
    return float(value) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def measure(port, url, keepalive, root):
    """wrk asks the port for a URL; root is the proxy's first process."""
    lua = tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False)
    lua.write('wrk.headers["Host"] = "%s"\n' % url.split("/")[2])
    if not keepalive:
        lua.write('wrk.headers["Connection"] = "close"\n')
    lua.write('request = function() return wrk.format("GET", "%s") end\n'
              % url)
    lua.close()
    cmd = [peers.which("wrk"), "-t1", "-c%d" % CONNECTIONS, "--latency", "-s",
           lua.name, "http://127.0.0.1:%d/" % port]
    try:
        subprocess.run(cmd[:1] + ["-d1s"] + cmd[1:], capture_output=True)
        before = peers.cpu(peers.family(root)) if root else 0
        out = subprocess.run(cmd[:1] + ["-d%ds" % SECONDS] + cmd[1:],
                             capture_output=True, text=True).stdout
        used = peers.cpu(peers.family(root)) - before if root else 0
    finally:
        os.unlink(lua.name)
    if "requests in" not in out:
        raise SystemExit("bench: wrk said:\n" + out)
    n = int(re.search(r"(\d+) requests in", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    err = re.search(r"Socket errors: connect (\d+), read (\d+), "
                    r"write (\d+), timeout (\d+)", out)
    return {
        "rps": n / SECONDS,
        "p50": micro(re.search(r"50%\s+(\S+)", out).group(1)),
        "p99": micro(re.search(r"99%\s+(\S+)", out).group(1)),
        "cpu": used / n * 1e6 if n else 0,
        "pss": peers.pss(peers.family(root)) if root else 0,
        "bad": (int(bad.group(1)) if bad else 0) +
               (sum(map(int, err.groups())) if err and keepalive else 0),
    }


def ratio(a, b):
    return "%.2f" % (a / b) if a and b else "-"


def report(result, names):
    print("%d connections, %d s a row, %d cores; CPU and PSS are of all "
          "processes of a proxy;\n\"x\" columns: times the guardian's figure"
          % (CONNECTIONS, SECONDS, os.cpu_count()))
    for title, path, keep in ROWS:
        print("\n%-27s %8s %5s %8s %8s %8s %5s %7s %5s %6s" % (
            title, "req/s", "x", "p50 us", "p99 us", "CPU us", "x", "PSS MB",
            "x", "errors"))
        ours = result["guardian", title]
        for name in names:
            r = result[name, title]
            print("  %-25s %8.0f %5s %8.0f %8.0f %8.1f %5s %7.1f %5s %6d" % (
                name, r["rps"], ratio(r["rps"], ours["rps"]), r["p50"],
                r["p99"], r["cpu"], ratio(r["cpu"], ours["cpu"]), r["pss"],
                ratio(r["pss"], ours["pss"]), r["bad"]))
    print("\n%-27s %8s" % ("PSS in MB before any load", ""))
    for name in names:
        if name != "direct":
            print("  %-25s %8.1f" % (name, result[name, "idle"]))


def run(top, build, procs):
    origin = Origin(top)
    procs.append(origin.proc)
    base = "http://127.0.0.1:%d/" % origin.port
    result, coverage = {}, {}
    for title, path, keep in ROWS:
        result["direct", title] = measure(origin.port, base + path, keep, 0)
    for peer in peers.ALL:
        home = os.path.join(top, "http-" + peer.name)
        os.mkdir(home)
        p = peer(home, build)
        procs.append(p.proc)
        result[peer.name, "idle"] = peers.pss(peers.family(p.proc.pid))
        for title, path, keep in ROWS:
            result[peer.name, title] = measure(p.port, base + path, keep,
                                               p.proc.pid)
        coverage[peer.name] = p.coverage()
        peers.stop(p.proc)
    peers.stop(origin.proc)
    report(result, [p.name for p in peers.ALL] + ["direct"])
    print("guardian: " + coverage["guardian"])
