"""A client of MCP in both eras, over a socket or HTTP, for mcp_cases."""
import base64
import http.client
import json
import socket

META = "io.modelcontextprotocol/"
MODERN = "2026-07-28"
LEGACY = "2025-11-25"
TOOLS = ["clawsec_traffic_status", "clawsec_traffic_findings",
    "clawsec_traffic_check_config"]


def message(method, params=None, ident=1, modern=False):
    params = dict(params or {})
    if modern:
        params["_meta"] = {META + "protocolVersion": MODERN,
            META + "clientCapabilities": {}}
    m = {"jsonrpc": "2.0", "id": ident, "method": method}
    if params:
        m["params"] = params
    return m


class Unix:
    """One connection to a client's socket."""

    def __init__(self, path, modern=False):
        self.modern = modern
        self.ident = 0
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")

    def send(self, data):
        self.sock.sendall(data)

    def recv(self):
        line = self.file.readline()
        assert line.endswith(b"\n"), line
        line.decode("ascii")
        return json.loads(line)

    def ask(self, method, params=None):
        self.ident += 1
        self.send(json.dumps(message(method, params, self.ident,
            self.modern)).encode() + b"\n")
        r = self.recv()
        assert r["id"] == self.ident and r["jsonrpc"] == "2.0", r
        return r

    def closed(self):
        """Has the server ended it?"""
        return self.file.readline() == b""


class Http:
    """Requests to an HTTP listener with one token, kept alive."""

    def __init__(self, port, token, modern=False, host=None, source=None):
        self.modern = modern
        self.ident = 0
        self.token = token
        self.host = host
        self.conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20,
            source_address=(source, 0) if source else None)

    def post(self, data, headers=None, method="POST", path="/mcp"):
        h = {"Content-Type": "application/json",
            "Accept": "application/json, text/event-stream"}
        if self.token:
            h["Authorization"] = "Bearer " + self.token
        if self.host:
            h["Host"] = self.host
        h.update(headers or {})
        h = {k: v for k, v in h.items() if v is not None}
        self.conn.request(method, path, data, h)
        r = self.conn.getresponse()
        return r.status, dict((k.lower(), v) for k, v in r.getheaders()), \
            r.read()

    def ask(self, method, params=None):
        self.ident += 1
        m = message(method, params, self.ident, self.modern)
        h = {"MCP-Protocol-Version": MODERN if self.modern else LEGACY}
        if self.modern:
            h["Mcp-Method"] = method
            if method == "tools/call":
                h["Mcp-Name"] = "=?base64?%s?=" % base64.b64encode(
                    m["params"]["name"].encode()).decode()
        status, headers, body = self.post(json.dumps(m), h)
        assert status == 200, (status, body)
        assert headers["content-type"] == "application/json", headers
        assert "mcp-session-id" not in headers, headers
        r = json.loads(body)
        assert r["id"] == self.ident, r
        return r


def call(c, tool, **args):
    """The result of a tool, checked for its form."""
    r = c.ask("tools/call", {"name": "clawsec_traffic_" + tool,
        "arguments": args})["result"]
    if c.modern:
        assert r["resultType"] == "complete", r
    assert [b["type"] for b in r["content"]] == ["text"], r
    if r.get("isError"):
        assert "structuredContent" not in r, r
    else:
        assert json.loads(r["content"][0]["text"]) == \
            r["structuredContent"], r
    return r


def data(c, tool, **args):
    r = call(c, tool, **args)
    assert not r.get("isError"), r
    return r["structuredContent"]


def refused(c, tool, **args):
    """The text of an answer that is an error for the model."""
    r = call(c, tool, **args)
    assert r.get("isError") is True, r
    return r["content"][0]["text"]


def pages(c, limit, **filters):
    """All findings, page by page."""
    out, cursor, total = [], None, None
    while True:
        args = dict(filters, limit=limit)
        if cursor:
            args["cursor"] = cursor
        d = data(c, "findings", **args)
        assert len(d["findings"]) <= limit
        total = d["total_matched"]
        out += d["findings"]
        cursor = d["next_cursor"]
        if cursor is None:
            return out, total
