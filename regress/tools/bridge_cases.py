#!/usr/bin/env python3
"""Cases of bridge_test: guardian-mcp between a client that is this program and
a server that is it, too, and behaves as each case needs.

usage: bridge_cases.py CASE
"""
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time

bridge = os.path.join(os.environ["GUARDIAN_BUILDDIR"], "bin/guardian-mcp")


def check(ok, *what):
    if not ok:
        raise AssertionError(" ".join(map(str, what)))


class Server:
    """The socket; accept() gives the next connection."""

    def __init__(self, path):
        self.path = path
        self.listen()

    def listen(self):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.bind(self.path)
        self.s.listen(64)
        self.s.settimeout(20)

    def close(self):
        self.s.close()
        os.unlink(self.path)

    def accept(self):
        c = self.s.accept()[0]
        c.settimeout(20)
        return Lines(c)


class Lines:
    def __init__(self, c):
        self.c = c
        self.buf = b""

    def line(self):
        while b"\n" not in self.buf:
            data = self.c.recv(65536)
            if not data:
                check(not self.buf, "half a line", self.buf[:80])
                return None
            self.buf += data
        line, self.buf = self.buf.split(b"\n", 1)
        return line

    def send(self, data):
        self.c.sendall(data)

    def close(self):
        self.c.close()


class Client:
    def __init__(self, path, **how):
        self.p = subprocess.Popen([bridge, path], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, **how)
        self.buf = b""

    def send(self, data):
        self.p.stdin.write(data)
        self.p.stdin.flush()

    def ask(self, n, more=""):
        self.send(b'{"jsonrpc":"2.0","method":"m","params":{%s},"id":%s}\n' %
                  (more.encode(), json.dumps(n).encode()))

    def line(self, seconds=20):
        end = time.monotonic() + seconds
        fd = self.p.stdout.fileno()
        while b"\n" not in self.buf:
            left = end - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise AssertionError("no line in time")
            data = os.read(fd, 65536)
            if not data:
                check(not self.buf, "half a line", self.buf[:80])
                return None
            self.buf += data
        line, self.buf = self.buf.split(b"\n", 1)
        return json.loads(line)

    def error(self, n, code):
        m = self.line()
        check(m["jsonrpc"] == "2.0" and m["id"] == n and
              m["error"]["code"] == code and m["error"]["message"], m)

    def end(self, status=0, seconds=2):
        """No more input: it exits in time, and has written nothing else."""
        start = time.monotonic()
        self.p.stdin.close()
        check(self.line() is None, "more output")
        check(self.p.wait(20) == status, "exit", self.p.returncode)
        took = time.monotonic() - start
        check(took < seconds, "took", took)
        return self.p.stderr.read()


def result(n):
    return b'{"jsonrpc":"2.0","id":%s,"result":{}}\n' % json.dumps(n).encode()


def begin():
    server = Server("m.sock")
    client = Client("m.sock")
    return server, client, server.accept()


def case_pump():
    """However lines are cut, and whatever is between them."""
    _, client, s = begin()
    text = b'{"id":1,"method":"a"}\r\n\n\r\n{"id":"\xc3\xa9","method":"b"}\n'
    for i in range(len(text)):
        client.send(text[i:i + 1])
    check(s.line() == b'{"id":1,"method":"a"}', "CR, or split")
    check(s.line() == '{"id":"é","method":"b"}'.encode(), "UTF-8")
    client.send(text * 50)
    for i in range(100):
        check(s.line() is not None, i)
    client.send(b"junk\n{]\n\x00\xff\n")
    check([s.line(), s.line(), s.line()] == [b"junk", b"{]", b"\x00\xff"],
          "junk is for the server to refuse")
    out = result(1) + b'{"jsonrpc":"2.0","method":"note"}\r\n' + \
        b"debug: no message\n" + b'{"id":2}{"id":3}\n' + b"[\n" + result("é")
    for i in range(len(out)):
        s.send(out[i:i + 1])
    got = [client.line() for _ in range(3)]
    check(got[0]["id"] == 1 and got[1]["method"] == "note" and
          got[2]["id"] == "é", got)
    # the rest of what was asked
    s.send(b"".join(result(1) + result("é") for _ in range(50)))
    for i in range(100):
        client.line()
    # a last line without its newline counts; then the end is passed on
    client.send(b'{"id":9,"method":"last"}')
    client.p.stdin.close()
    check(s.line() == b'{"id":9,"method":"last"}', "the last line")
    check(s.line() is None, "no half-close")
    s.send(result(9))
    s.close()
    check(client.line()["id"] == 9, "drained")
    check(client.line() is None and client.p.wait(5) == 0, "exit")
    err = client.p.stderr.read()
    check(err.count(b"\n") == 3 and b"no message" in err, err)


def case_large():
    """Both ways at once, the client reading late; a line of 1 MiB and one."""
    _, client, s = begin()
    fill = "x" * (1024 * 1024 - 100)
    client.ask(1, '"a":"%s"' % fill)
    line = s.line()
    check(len(json.loads(line)["params"]["a"]) == len(fill), len(line))
    s.send(b'{"id":1,"result":{"a":"%s"}}\n' % fill.encode())
    check(len(client.line()["result"]["a"]) == len(fill), "the answer")
    client.ask("big", '"a":"%s"' % (fill + "x" * 100))
    client.error("big", -32600)
    client.send(b'"' + b"x" * 3000000 + b"\n")
    client.error(None, -32600)
    client.ask(2)
    check(json.loads(s.line())["id"] == 2, "behind it")
    s.send(b'{"id":2,"result":{"a":"%s"}}\n' % (fill + "x" * 100).encode())
    s.send(result(2))
    check(client.line()["result"] == {}, "one that is too long is dropped")
    # 4 MiB are answered before the client reads anything
    for i in range(40):
        client.ask(i)
        check(json.loads(s.line())["id"] == i, i)
    pid = os.fork()
    if pid == 0:
        for i in range(40):
            s.send(b'{"id":%d,"result":{"a":"%s"}}\n' %
                   (i, fill[:100000].encode()))
        os._exit(0)
    for i in range(40):
        check(client.line()["id"] == i, i)
    os.waitpid(pid, 0)
    client.p.stdin.close()
    check(s.line() is None, "end")
    s.close()
    check(client.p.wait(5) == 0, "exit")


def case_restart():
    """Lost answers become errors; what was not sent goes to the next one."""
    server, client, s = begin()
    client.ask(1)
    client.ask("two")
    client.send(b'[{"id":3,"method":"a"},{"method":"n"},'
                b'{"id":4,"method":"b"}]\n')
    for _ in range(3):
        s.line()
    s.send(result("two") + b'{"jsonrpc":"2.0","id":1,"res')
    check(client.line()["id"] == "two", "answered before")
    server.close()
    s.close()
    for n in (1, 3, 4):
        client.error(n, -32603)
    # asked while nobody is there
    client.ask(5)
    server.listen()
    s = server.accept()
    check(json.loads(s.line())["id"] == 5, "what waited")
    s.send(result(5))
    check(client.line()["id"] == 5, "on a new connection")
    # ten times in a row, idle
    for i in range(10):
        s.close()
        s = server.accept()
    client.ask(6)
    s.line()
    s.send(result(6))
    check(client.line()["id"] == 6, "after ten")
    client.p.stdin.close()
    check(s.line() is None, "end")
    s.close()
    check(client.line() is None and client.p.wait(5) == 0, "exit")


def case_halfway():
    """A line that was sent in part is lost, those behind it are not."""
    server, client, s = begin()
    fill = '"a":"%s"' % ("x" * 900000)
    client.ask(1, fill)             # more than a socket takes
    check(s.c.recv(1000) != b"", "begun")
    client.ask(2)
    client.ask(3)
    s.close()
    client.error(1, -32603)
    s = server.accept()
    check([json.loads(s.line())["id"], json.loads(s.line())["id"]] == [2, 3],
          "those behind")
    s.send(result(2) + result(3))
    check([client.line()["id"], client.line()["id"]] == [2, 3], "answered")
    client.p.stdin.close()
    s.close()
    check(client.p.wait(5) == 0, "exit")


def case_down():
    """Without a daemon nobody waits for more than five seconds."""
    server, client, s = begin()
    server.close()
    s.close()
    client.ask(1)
    start = time.monotonic()
    client.error(1, -32603)
    check(3 < time.monotonic() - start < 8, "the first waits for it")
    start = time.monotonic()
    client.ask(2)
    client.error(2, -32603)
    check(time.monotonic() - start < 1, "the next does not")
    server.listen()
    s = server.accept()
    client.ask(3)
    check(json.loads(s.line())["id"] == 3, "and it is back")
    s.send(result(3))
    client.line()
    server.close()
    s.close()
    client.end()


def case_ends():
    """The ways it ends, each promptly and with its status."""
    server, client, s = begin()
    client.p.stdin.close()
    check(s.line() is None, "half-closed")
    # the server says nothing and does not close
    start = time.monotonic()
    check(client.p.wait(5) == 0 and time.monotonic() - start < 2, "idle")
    # it keeps an answer back for a while
    client = Client("m.sock")
    s = server.accept()
    client.ask(1)
    client.p.stdin.close()
    s.line()
    time.sleep(1.5)
    s.send(result(1))
    check(client.line()["id"] == 1 and client.p.wait(5) == 0, "late")
    # nobody reads
    client = Client("m.sock")
    s = server.accept()
    client.p.stdout.close()
    check(client.p.wait(5) == 1, "no reader")
    check(client.p.stderr.read() == b"", "said something")
    # many at once
    clients = [Client("m.sock") for _ in range(30)]
    ends = [server.accept() for _ in clients]
    for i, c in enumerate(clients):
        c.ask(i)
    for e in ends:
        e.send(result(json.loads(e.line())["id"]))
    for i, c in enumerate(clients):
        check(c.line()["id"] == i, i)
    for e in ends:
        e.close()
    server.close()
    for c in clients:
        c.end()


def refused(path, word):
    p = subprocess.run([bridge, path], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=10)
    check(p.returncode == 1 and p.stdout == b"", p)
    err = p.stderr.decode()
    check(err.startswith("guardian-mcp: " + path + ": ") and word in err and
          err.count("\n") == 1, err)


def case_missing():
    """One line that names the cause and the cure."""
    refused("none.sock", "start guardiand")
    refused("x/" * 80, "too long")
    s = socket.socket(socket.AF_UNIX)
    s.bind("dead.sock")
    s.close()
    refused("dead.sock", "mount the directory")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind("dgram.sock")
    refused("dgram.sock", "not the socket of an MCP server")
    open("file", "w").close()
    refused("file", "nobody listens")
    for args in ([], ["a", "b"], ["-x"]):
        p = subprocess.run([bridge] + args, capture_output=True, timeout=10)
        check(p.returncode == 2 and p.stdout == b"" and
              p.stderr == b"usage: guardian-mcp socket\n", p)


def case_bare():
    """In a root with nothing but the program and the mounted directory."""
    root = tempfile.mkdtemp(dir=".")
    os.mkdir(root + "/m")
    subprocess.check_call(["cp", bridge, root + "/guardian-mcp"])
    server = Server(root + "/m/mcp.sock")

    def confine():
        os.chroot(root)
        os.chdir("/")
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

    os.chmod(root + "/m/mcp.sock", 0o666)
    os.chmod(root, 0o755)
    client = Client.__new__(Client)
    client.buf = b""
    client.p = subprocess.Popen(["/guardian-mcp", "/m/mcp.sock"],
                                stdin=subprocess.PIPE, env={},
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, preexec_fn=confine)
    s = server.accept()
    client.ask(1)
    s.line()
    s.send(result(1))
    check(client.line()["id"] == 1, "answered")
    client.p.stdin.close()
    s.close()
    check(client.p.wait(5) == 0, client.p.stderr.read())


globals()["case_" + sys.argv[1]]()
print("done", sys.argv[1])
