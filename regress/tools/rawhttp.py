"""HTTP/1 byte by byte, for tests that care about every one of them."""
import socket
import threading

failures = []


def check(good, *what):
    if not good:
        failures.append(what)


class Origin:
    """A listener on loopback; each connection is given to .handler."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.authority = b"127.0.0.1:%d" % self.port
        self.connections = 0
        self.handler = None
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            c, _ = self.socket.accept()
            self.connections += 1
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        c.settimeout(30)
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.handler(c)
        except OSError:
            pass                # the proxy hung up
        except Exception as e:
            failures.append(("origin", repr(e)))
        finally:
            c.close()


def connect(proxy):
    host, port = proxy.rsplit(":", 1)
    c = socket.create_connection((host, int(port)))
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    c.settimeout(30)
    return c


def need(c, buf, n):
    while len(buf) < n:
        data = c.recv(65536)
        if not data:
            raise EOFError("%d of %d bytes" % (len(buf), n))
        buf += data
    return buf


def head(c, buf=b""):
    """The next head and what came behind it; (None, ...) at the end."""
    while b"\r\n\r\n" not in buf:
        data = c.recv(65536)
        if not data:
            return None, buf
        buf += data
    i = buf.index(b"\r\n\r\n") + 4
    return buf[:i], buf[i:]


def rest(c, buf=b""):
    while True:
        data = c.recv(65536)
        if not data:
            return buf
        buf += data


def fields(h):
    out = {}
    for text in h.split(b"\r\n")[1:]:
        if text:
            name, value = text.split(b":", 1)
            out.setdefault(name.lower(), []).append(value.strip())
    return out


def status(h):
    return int(h.split(b" ")[1]) if h else None


def line(c, buf):
    while b"\r\n" not in buf:
        buf = need(c, buf, len(buf) + 1)
    i = buf.index(b"\r\n") + 2
    return buf[:i], buf[i:]


def chunks(c, buf):
    """A chunked body as it is on the wire."""
    wire = b""
    while True:
        text, buf = line(c, buf)
        wire += text
        n = int(text.split(b";")[0], 16)
        if n == 0:
            break
        buf = need(c, buf, n + 2)
        wire, buf = wire + buf[:n + 2], buf[n + 2:]
    while True:
        text, buf = line(c, buf)
        wire += text
        if text == b"\r\n":
            return wire, buf


def body(c, h, buf, answers=None):
    """The body of a message; answers is the request's method."""
    f = fields(h)
    if answers is not None and (answers == b"HEAD" or status(h) < 200 or
            status(h) in (204, 304)):
        return b"", buf
    if b"transfer-encoding" in f:
        return chunks(c, buf)
    if b"content-length" in f:
        n = int(f[b"content-length"][0])
        buf = need(c, buf, n)
        return buf[:n], buf[n:]
    if answers is not None:
        return rest(c, buf), b""
    return b"", buf
