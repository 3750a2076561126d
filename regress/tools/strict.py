"""A reader of HTTP/1 requests that knows one way to read each byte.

It is what smuggling_test holds against what the proxy forwards: anything that
RFC 9112 lets a recipient repair, ignore or guess is Ambiguous here.
"""
import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
START = re.compile(TOKEN + rb" (?:/[^\x00-\x20\x7f]*|\*) HTTP/1\.[01]\Z")
FIELD = re.compile(rb"(" + TOKEN + rb"):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)\Z")
HOST = re.compile(rb"(?:[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])"
                  rb"(?::[1-9][0-9]*)?\Z")
LENGTH = re.compile(rb"(?:0|[1-9][0-9]{0,17})\Z")
QUOTED = rb'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*"'
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})(;" + TOKEN + rb"(?:=(?:" + TOKEN +
                   rb"|" + QUOTED + rb"))?)*\Z")


class Ambiguous(Exception):
    pass


class Message:
    def __init__(self, method, target, minor):
        self.method, self.target, self.minor = method, target, minor
        self.framing, self.body, self.fields = "none", b"", []

    def seen(self):
        return self.method, self.target, self.framing, self.body


def line(buf, at):
    """The line at an offset and where the next one starts, or None."""
    end = buf.find(b"\n", at)
    if end == -1:
        return None
    text = buf[at:end]
    if not text.endswith(b"\r") or b"\r" in text[:-1]:
        raise Ambiguous("line end in %r" % buf[at:end + 1])
    return text[:-1], end + 1


def field(text):
    m = FIELD.match(text)
    if not m:
        raise Ambiguous("field %r" % text)
    return m.group(1).lower(), m.group(2).rstrip(b" \t")


def chunks(buf, at):
    body = b""
    while True:
        got = line(buf, at)
        if got is None:
            return None
        m = CHUNK.match(got[0])
        if not m:
            raise Ambiguous("chunk size %r" % got[0])
        size, at = int(m.group(1), 16), got[1]
        if size >= 1 << 62:
            raise Ambiguous("chunk size %r" % got[0])
        if size == 0:
            break
        if len(buf) < at + size + 2:
            return None
        body += buf[at:at + size]
        if buf[at + size:at + size + 2] != b"\r\n":
            raise Ambiguous("chunk end")
        at += size + 2
    while True:
        got = line(buf, at)
        if got is None:
            return None
        at = got[1]
        if got[0] == b"":
            return body, at
        if field(got[0])[0] in (b"content-length", b"transfer-encoding",
                                b"host", b"connection"):
            raise Ambiguous("trailer %r" % got[0])


def message(buf, at=0):
    """The message at an offset and where it ends; None: more is needed."""
    got = line(buf, at)
    if got is None:
        return None
    if not START.match(got[0]):
        raise Ambiguous("start %r" % got[0])
    method, target, version = got[0].split(b" ")
    m = Message(method, target, int(version[7:]))
    at = got[1]
    while True:
        got = line(buf, at)
        if got is None:
            return None
        at = got[1]
        if got[0] == b"":
            break
        m.fields.append(field(got[0]))
    known = {}
    for name, value in m.fields:
        if name in (b"host", b"content-length", b"transfer-encoding"):
            if name in known:
                raise Ambiguous("two of %r" % name)
            known[name] = value
    # the proxy always says it, for HTTP/1.0 as well
    if not HOST.match(known.get(b"host", b"")):
        raise Ambiguous("host %r" % known.get(b"host"))
    if b"transfer-encoding" in known:
        if (b"content-length" in known or m.minor == 0 or
                known[b"transfer-encoding"].lower() != b"chunked"):
            raise Ambiguous("coding %r" % known)
        m.framing = "chunked"
        got = chunks(buf, at)
        if got is None:
            return None
        m.body, at = got
    elif b"content-length" in known:
        if not LENGTH.match(known[b"content-length"]):
            raise Ambiguous("length %r" % known)
        n = int(known[b"content-length"])
        if len(buf) < at + n:
            return None
        m.framing, m.body, at = "length", buf[at:at + n], at + n
    return m, at


def messages(buf):
    """All of them; Ambiguous when the last one is not whole."""
    out, at = [], 0
    while at < len(buf):
        got = message(buf, at)
        if got is None:
            raise Ambiguous("part of a message: %r" % buf[at:at + 200])
        out.append(got[0])
        at = got[1]
    return out
