#!/usr/bin/env python3
"""Cases of mcp_test.  usage: mcp_cases.py CASE [PROXY [PORT]]

The clients of guardian.conf are alpha (127.0.0.1) and bravo (127.0.0.2).
"""
import http.client
import json
import os
import secrets
import signal
import socket
import string
import subprocess
import sys
import time

import jsonschema

from mcp_client import (LEGACY, META, MODERN, TOOLS, Http, Unix, call, data,
    message, pages, refused)

ALNUM = string.ascii_letters + string.digits
ALPHA = "home/run/mcp/alpha/mcp.sock"
BRAVO = "home/run/mcp/bravo/mcp.sock"


def token(name):
    return open(name + ".token").read().strip()


def rand(n):
    return "".join(secrets.choice(ALNUM) for _ in range(n))


def ai_key():
    return "sk-ant-api03-" + rand(93) + "AA"


def aws_key():
    return "AKIA" + "".join(secrets.choice(string.ascii_uppercase)
        for _ in range(16))


def leak(proxy, source, keys):
    """Posts each key on its own, from an address of a client."""
    host, port = proxy.rsplit(":", 1)
    c = http.client.HTTPConnection(host, int(port), timeout=20,
        source_address=(source, 0))
    for k in keys:
        c.request("POST", "http://guardian.invalid/selftest", "key=" + k)
        assert c.getresponse().read() is not None


def until(what, fn):
    end = time.monotonic() + 20
    while not fn():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def planted(c, n):
    until("%d findings" % n, lambda:
        data(c, "findings")["total_matched"] >= n)


def child(role):
    s = json.loads(subprocess.check_output(["ctl", "-j", "status"]))
    return [p["pid"] for p in s["processes"] if p["process"] == role][0]


def validators(c):
    """Of each tool's result; the schemas themselves are valid, too."""
    tools = c.ask("tools/list")["result"]["tools"]
    assert [t["name"] for t in tools] == TOOLS
    out = {}
    for t in tools:
        assert t["title"] and len(t["description"]) > 50, t
        assert t["annotations"] == {"readOnlyHint": True,
            "destructiveHint": False, "idempotentHint": True,
            "openWorldHint": False}
        for s in (t["inputSchema"], t["outputSchema"]):
            assert s["type"] == "object" and \
                s["additionalProperties"] is False
            for v in (jsonschema.Draft7Validator,
                    jsonschema.Draft202012Validator):
                v.check_schema(s)
        out[t["name"]] = [v(t["outputSchema"]) for v in
            (jsonschema.Draft7Validator, jsonschema.Draft202012Validator)]
        out["in " + t["name"]] = jsonschema.Draft7Validator(t["inputSchema"])
    return out


# What a model may get wrong, and the argument that the answer has to name.
WRONG = [
    ("status", {"verbose": True}, "verbose"),
    ("findings", {"limit": 0}, "limit"),
    ("findings", {"limit": 201}, "limit"),
    ("findings", {"limit": "20"}, "limit"),
    ("findings", {"limit": 1.5}, "limit"),
    ("findings", {"limit": None}, "limit"),
    ("findings", {"limit": 10 ** 18}, "limit"),
    ("findings", {"cursor": 7}, "cursor"),
    ("findings", {"cursor": "../../etc/passwd"}, "cursor"),
    ("findings", {"cursor": "x" * 5000}, "cursor"),
    ("findings", {"cursor": "0" * 16 + ".0"}, "cursor"),
    ("findings", {"since": "yesterday"}, "since"),
    ("findings", {"since": "2026-02-30"}, "since"),
    ("findings", {"until": 1}, "until"),
    ("findings", {"threat_type": "exfil"}, "threat_type"),
    ("findings", {"pattern": "../x"}, "pattern"),
    ("findings", {"pattern": ""}, "pattern"),
    ("findings", {"direction": "both"}, "direction"),
    ("findings", {"min_severity": "fatal"}, "min_severity"),
    ("findings", {"client": "bravo"}, "client"),
    ("findings", {"\u202e\x07": 1}, "[REDACTED"),
    ("check_config", {"env": "x"}, "env"),
    ("check_config", {"env": {"PATH": "/bin"}}, "env.PATH"),
    ("check_config", {"env": {"HTTP_PROXY": 1}}, "env.HTTP_PROXY"),
    ("check_config", {"env": {"HTTP_PROXY": "x" * 5000}}, "env.HTTP_PROXY"),
]


def schema(proxy, port):
    keys = [ai_key() for _ in range(30)]
    leak(proxy, "127.0.0.1", keys + [aws_key() for _ in range(15)])
    leak(proxy, "127.0.0.2", [aws_key()])
    ways = [Unix(ALPHA), Unix(ALPHA, True), Http(port, token("alpha")),
        Http(port, token("alpha"), True)]
    planted(ways[0], 45)
    good = 0
    for c in ways:
        v = validators(c)
        for tool, args in (("status", {}), ("findings", {}),
                ("findings", {"limit": 200}), ("findings", {"limit": 2.0}),
                ("findings", {"pattern": "no_such"}),
                ("check_config", {}), ("check_config", {"env": {}}),
                ("check_config", {"env": {"HTTPS_PROXY": "http://u:p@h:1",
                    "no_proxy": "*", "NODE_EXTRA_CA_CERTS": "/x"}})):
            name = "clawsec_traffic_" + tool
            v["in " + name].validate(args)
            d = data(c, tool, **args)
            for x in v[name]:
                x.validate(d)
            good += 1
        for tool, args, name in WRONG:
            text = refused(c, tool, **args)
            assert 'argument "%s' % name in text, (tool, args, text)
            if not any(k == "cursor" or (k in ("since", "until") and
                    isinstance(x, str)) for k, x in args.items()):
                e = list(v["in clawsec_traffic_" + tool].iter_errors(args))
                assert e, (tool, args)
    assert good == 32
    # pages: everything once, newest first, whatever their size
    c = ways[0]
    whole, total = pages(c, 200)
    assert total == 45 == len(whole)
    for limit in (1, 7, 44, 45):
        assert pages(ways[limit % 4], limit) == (whole, 45), limit
    # a cursor stays where it is when newer ones come
    first = data(c, "findings", limit=10)
    leak(proxy, "127.0.0.1", [ai_key() for _ in range(3)])
    planted(c, 48)
    rest, total = [], None
    cursor = first["next_cursor"]
    while cursor:
        d = data(c, "findings", limit=20, cursor=cursor)
        rest += d["findings"]
        cursor = d["next_cursor"]
    assert first["findings"] + rest == whole
    # filters
    ai, n = pages(c, 13, pattern="ai_api_key")
    assert n == len(ai) == 33 and all(f["pattern"] == "ai_api_key"
        for f in ai)
    assert pages(c, 50, direction="inbound") == ([], 0)
    assert pages(c, 50, threat_type="EXFIL", direction="outbound")[1] == 48
    assert pages(c, 50, min_severity="critical")[1] < 48
    t = whole[20]["timestamp"]
    a = pages(c, 50, since=t)[1]
    b = pages(c, 50, until=t)[1]
    same = sum(f["timestamp"] == t for f in whole)
    assert a + b - same == 48, (a, b, same)
    assert pages(c, 50, since=t, until=t)[1] == same
    # the numbers of status are those of findings
    s = data(c, "status")
    assert s["client"] == "alpha" and s["mode"] == "detect"
    assert s["findings"]["by_pattern"] == {"ai_api_key": 33,
        "aws_access_key_id": 15}, s
    assert s["findings"]["total"] == 48
    assert s["findings"]["last_timestamp"] == \
        data(c, "findings", limit=1)["findings"][0]["timestamp"]
    until("counters", lambda: data(c, "status")["scan"]["messages"] >= 48)
    seen = data(c, "check_config")["seen"]
    assert seen["last_request_at"] and seen["last_tls_failure"] is None
    problems = data(c, "check_config", env={"HTTPS_PROXY":
        "http://x:hunter2@127.0.0.1:" + proxy.rsplit(":", 1)[1],
        "HTTP_PROXY": "socks5://h:1", "NO_PROXY": "a.test,localhost"})
    assert not problems["ok"] and "hunter2" not in json.dumps(problems)
    codes = {(p["code"], p["where"]) for p in problems["problems"]}
    assert ("proxy_scheme", "env.HTTP_PROXY") in codes, codes
    assert ("no_proxy_hosts", "env.NO_PROXY") in codes, codes
    assert not any(w == "env.HTTPS_PROXY" and k == "proxy_elsewhere"
        for k, w in codes), codes
    # bravo has its own
    d = Unix(BRAVO)
    assert data(d, "findings")["total_matched"] == 1
    assert data(d, "status")["findings"]["by_pattern"] == \
        {"aws_access_key_id": 1}


def raw(port, request, more=b""):
    """A request as bytes; status, head, body of the answer."""
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    try:
        s.sendall(request)
        s.sendall(more)
    except (BrokenPipeError, ConnectionResetError):
        pass
    out = b""
    while True:
        b = s.recv(65536)
        if not b:
            break
        out += b
        head, sep, body = out.partition(b"\r\n\r\n")
        if sep:
            h = dict(l.lower().split(b": ", 1) for l in
                head.split(b"\r\n")[1:])
            if len(body) >= int(h[b"content-length"]):
                break
    s.close()
    assert out.startswith(b"HTTP/1.1 "), out[:100]
    head, _, body = out.partition(b"\r\n\r\n")
    return int(out[9:12]), head, body


def http_(proxy, port):
    a = token("alpha")
    c = Http(port, a)
    ping = json.dumps(message("ping"))
    status = json.dumps(message("tools/call", {"name": TOOLS[0]}))

    def expect(want, headers=None, body=ping, method="POST", path="/mcp",
            token=a, host=None):
        t = Http(port, token, host=host)
        got, h, b = t.post(body, headers, method, path)
        assert got == want, (want, got, headers, body[:80], b)
        if b:
            json.loads(b)
        assert not any(k.startswith("access-control") for k in h), h
        return h, b

    expect(200)
    expect(200, body=status)
    # Host and origin
    for h in ("localhost", "localhost:%d" % port, "127.0.0.1:1", "[::1]",
            "host.docker.internal:8890", "guardian.internal", "x.lan",
            "LOCALHOST"):
        expect(200, host=h)
        expect(200, {"Origin": "http://" + h})
    for h in ("evil.test", "localhost.evil.test", "127.0.0.1.evil.test",
            "lan", "10.0.0.1", "a b", "@localhost", "localhost@evil.test",
            "[::1", "::1", "localhost:x"):
        expect(403, host=h)
        expect(403, {"Origin": "http://" + h})
    for o in ("null", "file://", "localhost", "http://", "", "ftp://localhost"):
        expect(403, {"Origin": o})
    # path, token, method, in this order
    for p in ("/", "/mcp/", "/mcpx", "/.well-known/oauth-protected-resource",
            "/.well-known/oauth-authorization-server/mcp", "/register",
            "/MCP", "//mcp", "/sse"):
        expect(404, path=p, token=None)
    expect(200, path="/mcp?x=1")
    expect(401, path="/mcp?token=" + a, token=None)
    h, _ = expect(401, token=None)
    assert h["www-authenticate"] == 'Bearer realm="clawsec"', h
    for t in ("x", a[:-1], a + "x", a.upper(), a.swapcase()):
        h, _ = expect(401, token=t)
        assert 'error="invalid_token"' in h["www-authenticate"], h
        assert "resource_metadata" not in h["www-authenticate"]
    for v in ("Basic " + a, a, "Bearer", "Bearer  ", "bearer" + a):
        expect(401, {"Authorization": v})
    expect(200, {"Authorization": "bEARER " + a})
    for m in ("GET", "DELETE", "PUT", "OPTIONS", "HEAD", "PATCH"):
        got, h, _ = Http(port, a).post(None, method=m)
        assert (got, h["allow"]) == (405, "POST"), (m, got, h)
        got, _, _ = Http(port, None).post(None, method=m)
        assert got == 401, (m, got)
    # types and sizes
    for t in (None, "text/plain", "application/jsonx",
            "application/x-www-form-urlencoded", "multipart/form-data"):
        expect(415, {"Content-Type": t})
    expect(200, {"Content-Type": "Application/JSON; charset=utf-8"})
    expect(415, {"Content-Encoding": "gzip"})
    expect(413, body=" " * (512 * 1024 + 1))
    head = ("POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        "%s\r\nContent-Type: application/json\r\n" % a).encode()
    got, _, _ = raw(port, head + b"Content-Length: 99999999999\r\n\r\n",
        b"x" * 300000)
    assert got == 413, got
    got, _, _ = raw(port, head + b"Transfer-Encoding: chunked\r\n\r\n",
        b"10000\r\n" + b" " * 65536 + b"\r\n" + (b"10000\r\n" +
        b" " * 65536 + b"\r\n") * 9)
    assert got == 413, got
    body = ping.encode()
    got, _, b = raw(port, head + b"Transfer-Encoding: chunked\r\n\r\n" +
        b"".join(b"1\r\n%c\r\n" % x for x in body) + b"0\r\nX: y\r\n\r\n")
    assert got == 200 and json.loads(b)["result"] == {}, (got, b)
    # malformed and double
    for h in (b"Host: localhost\r\n", b"Content-Length: 1\r\n" * 2,
            b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            b"X : y\r\n", b"X: a\0b\r\nContent-Length: 0\r\n",
            b"Content-Length: -1\r\n", b"Content-Length: 1x\r\n",
            b"Transfer-Encoding: gzip\r\n"):
        got, _, _ = raw(port, head + h + b"\r\n", b"{}")
        assert got in (400, 411, 415), (h, got)
    got, _, _ = raw(port, b"POST /mcp HTTP/1.1\r\n" + b"X: y\r\n" * 5000)
    assert got == 431, got
    got, _, _ = raw(port, b"GET /mcp\r\n\r\n")
    assert got == 400, got
    got, _, _ = raw(port, head + b"Authorization: Bearer " + a.encode() +
        b"\r\nContent-Length: 2\r\n\r\n{}")
    assert got == 401, got
    got, h, b = raw(port, head + b"Expect: 100-continue\r\nContent-Length: "
        b"9999999\r\n\r\n")
    assert got == 413, got
    # two requests in one write, and one cut everywhere
    one = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    s.sendall(one + one)
    out = b""
    while out.count(b'"result":{}') < 2:
        b = s.recv(65536)
        assert b, out
        out += b
    for i in range(0, len(one), 7):
        s.sendall(one[i:i + 7])
    while out.count(b'"result":{}') < 3:
        b = s.recv(65536)
        assert b, out
        out += b
    # bodies
    for b in (b"", b"{", b"\xff\xfe", b'{"a":"\xed\xa0\x80"}', b"nope",
            b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}',
            b"[" * 100000, b'{"a":' * 5000 + b"1" + b"}" * 5000):
        _, x = expect(400, body=b)
        assert json.loads(x)["error"]["code"] == -32700, (b[:40], x)
        assert json.loads(x)["id"] is None
    for b in ("[]", "1", "null", '"x"', "[%s]" % ping,
            json.dumps({"id": 1, "method": "ping"}),
            json.dumps({"jsonrpc": "1.0", "id": 1, "method": "ping"}),
            json.dumps({"jsonrpc": "2.0", "id": None, "method": "ping"}),
            json.dumps({"jsonrpc": "2.0", "id": {}, "method": "ping"}),
            json.dumps({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}),
            json.dumps({"jsonrpc": "2.0", "id": 1, "method": 7})):
        _, x = expect(400, body=b)
        assert json.loads(x)["error"]["code"] == -32600, (b, x)
    for b in ({"method": "notifications/initialized"}, {"method": "x"},
            {"method": "notifications/cancelled", "params": {"requestId": 1}},
            {"id": 1, "result": {}}, {"id": 1, "error": {"code": 1}}):
        _, x = expect(202, body=json.dumps(dict(b, jsonrpc="2.0")))
        assert x == b"", x
    eras(port, a, expect)


def eras(port, a, expect):
    """The ladder: what each message says it is."""
    def code(x):
        return json.loads(x)["error"]["code"]

    for i in (0, -1, 2 ** 53 - 1, "", "x", "\u00e9\u4e2d", "a" * 1000):
        _, x = expect(200, body=json.dumps(message("ping", ident=i)))
        assert json.loads(x)["id"] == i
    # legacy
    for v in ("2024-11-05", "2025-03-26", "2025-06-18", LEGACY):
        _, x = expect(200, {"MCP-Protocol-Version": v})
        r = json.loads(expect(200, body=json.dumps(message("initialize",
            {"protocolVersion": v, "capabilities": {}})))[1])["result"]
        assert r["protocolVersion"] == v and r["capabilities"] == \
            {"tools": {}}, r
        assert r["serverInfo"]["name"] == "clawsec-traffic-guardian"
    for v in (MODERN, "1999-01-01", "x"):
        r = json.loads(expect(200, {"MCP-Protocol-Version": "junk"},
            json.dumps(message("initialize", {"protocolVersion": v})))[1])
        assert r["result"]["protocolVersion"] == LEGACY, r
    _, x = expect(400, {"MCP-Protocol-Version": "1999-01-01"})
    for m, p, want in (("nope", {}, -32601), ("server/discover", {}, -32601),
            ("prompts/list", {}, -32601), ("logging/setLevel", {}, -32601),
            ("tools/call", {"name": "nope"}, -32602),
            ("tools/call", {"name": 7}, -32602), ("tools/call", {}, -32602),
            ("tools/call", {"name": TOOLS[0], "arguments": []}, -32602),
            ("tools/list", {"cursor": "x"}, -32602)):
        _, x = expect(200, body=json.dumps(message(m, p)))
        assert code(x) == want, (m, p, x)
    _, x = expect(200, body=json.dumps({"jsonrpc": "2.0", "id": 1,
        "method": "ping", "params": [1]}))
    assert code(x) == -32602, x

    # modern
    def modern(want, method, params=None, claim=MODERN, caps=True, **h):
        m = message(method, params, modern=True)
        meta = m["params"]["_meta"]
        meta[META + "protocolVersion"] = claim
        if not caps:
            del meta[META + "clientCapabilities"]
        meta["traceparent"] = "x"
        meta["progressToken"] = 1
        headers = {"MCP-Protocol-Version": claim, "Mcp-Method": method}
        if method == "tools/call":
            headers["Mcp-Name"] = m["params"]["name"]
        headers.update({k.replace("_", "-"): v for k, v in h.items()})
        return json.loads(expect(want, headers, json.dumps(m))[1])

    for m in ("server/discover", "tools/list"):
        r = modern(200, m)["result"]
        assert r["resultType"] == "complete" and r["ttlMs"] >= 0 and \
            r["cacheScope"] in ("public", "private"), r
        assert r["_meta"][META + "serverInfo"]["version"], r
    assert modern(200, "server/discover")["result"]["supportedVersions"] == \
        [MODERN]
    for m in ("ping", "initialize", "logging/setLevel", "prompts/list",
            "subscriptions/listen", "nope"):
        r = modern(404, m)
        assert r["error"]["code"] == -32601 and r["id"] == 1, r
    r = modern(400, "tools/list", claim="2099-01-01")
    assert r["error"]["code"] == -32022 and r["error"]["data"] == \
        {"supported": [MODERN], "requested": "2099-01-01"}, r
    assert modern(400, "tools/list", caps=False)["error"]["code"] == -32602
    name = {"name": TOOLS[0]}
    for h in ({"MCP_Protocol_Version": None}, {"MCP_Protocol_Version": LEGACY},
            {"Mcp_Method": None}, {"Mcp_Method": "Tools/call"},
            {"Mcp_Name": None}, {"Mcp_Name": "x"},
            {"Mcp_Name": "=?base64?####?="}):
        r = modern(400, "tools/call", name, **h)
        assert r["error"]["code"] == -32020, (h, r)
    import base64
    b = base64.b64encode(TOOLS[0].encode()).decode()
    r = modern(200, "tools/call", name, Mcp_Name=" =?base64?%s?= " % b)
    assert r["result"]["structuredContent"]["client"] == "alpha"
    _, x = expect(400, {"MCP-Protocol-Version": MODERN})
    assert code(x) == -32602, x
    _, x = expect(400, {"MCP-Protocol-Version": MODERN},
        json.dumps(message("initialize", {"protocolVersion": MODERN})))
    assert code(x) == -32020, x
    got = modern(200, "tools/call", {"name": "nope"})
    assert got["error"]["code"] == -32602
    # the same over a socket, where there are no headers
    u = Unix(ALPHA)
    u.send(json.dumps(message("server/discover", modern=True)).encode() +
        b"\r\n")
    assert u.recv()["result"]["supportedVersions"] == [MODERN]
    u.send(json.dumps(message("initialize", {"protocolVersion": LEGACY}))
        .encode() + b"\n")
    assert u.recv()["result"]["protocolVersion"] == LEGACY
    u.send(b"junk\n\n\r\n[]\n" + b'{"jsonrpc":"2.0","method":"x"}\n' +
        b" " * 600000 + b"\n" + json.dumps(message("ping")).encode() + b"\n")
    assert u.recv()["error"]["code"] == -32700
    assert u.recv()["error"]["code"] == -32600
    assert u.recv()["error"]["code"] == -32700
    assert u.recv()["result"] == {}
    # many at once on one connection, in pieces; and its end is answered
    for i in range(200):
        m = json.dumps(message("tools/call", {"name": TOOLS[i % 2]}, i))
        u.send(m.encode()[:20])
        u.send(m.encode()[20:] + b"\n")
    u.sock.shutdown(socket.SHUT_WR)
    assert sorted(u.recv()["id"] for _ in range(200)) == list(range(200))
    assert u.closed()


def attack(proxy, port):
    """From all that alpha has: one byte of bravo's, or a path."""
    leak(proxy, "127.0.0.1", [ai_key() for _ in range(5)])
    leak(proxy, "127.0.0.2", [aws_key() for _ in range(40)])
    b = Unix(BRAVO)
    planted(b, 40)
    theirs = pages(b, 7)[0]
    cursors = []
    cursor = None
    while True:
        args = {"limit": 3}
        if cursor:
            args["cursor"] = cursor
        cursor = data(b, "findings", **args)["next_cursor"]
        if cursor is None:
            break
        cursors.append(cursor)
    assert len(cursors) > 10 and len(theirs) == 40
    answers = []

    def keep(x):
        answers.append(x if isinstance(x, str) else json.dumps(x))

    names = ["bravo", "../bravo", "bravo/../alpha", "*", "", "%", "default",
        "alpha\0bravo", "/", "clients/bravo/findings.jsonl", os.getcwd()]
    for c in (Unix(ALPHA), Unix(ALPHA, True), Http(port, token("alpha")),
            Http(port, token("alpha"), True)):
        planted(c, 5)
        for x in cursors:
            keep(refused(c, "findings", cursor=x))
            for y in ("1", "ff"):
                keep(refused(c, "findings", cursor=x[:-1] + y))
        for n in names:
            for k in ("client", "name", "id", "file", "path", "socket",
                    "cursor", "pattern", "since"):
                keep(c.ask("tools/call", {"name": TOOLS[1],
                    "arguments": {k: n}}))
            for k in ("client", "_meta", "clientInfo", "sub", "token"):
                keep(c.ask("tools/list", {k: {"name": n}})
                    if k != "_meta" else {})
            keep(c.ask("tools/call", {"name": n}) if "\0" not in n
                else {})
            keep(c.ask("tools/call", {"name": TOOLS[2], "arguments":
                {"env": {"NANOCLAW_TRAFFIC_GUARDIAN_HOME": n,
                "HTTP_PROXY": "http://bravo:x@127.0.0.2:1"}}}))
        for f in ({"limit": 200}, {"pattern": "aws_access_key_id"},
                {"min_severity": "low", "limit": 200}):
            d = data(c, "findings", **f)
            assert all(x["source"] == "127.0.0.1" for x in d["findings"])
            keep(d)
        s = data(c, "status")
        assert s["client"] == "alpha" and s["findings"]["total"] == 5
        assert s["scan"]["messages"] <= 5
        keep(s)
    # headers that could name another; the address does not matter
    for h in ({"X-Client": "bravo"}, {"X-Forwarded-For": "127.0.0.2"},
            {"Forwarded": "for=127.0.0.2"}, {"Mcp-Session-Id": "bravo"},
            {"Cookie": "client=bravo"}, {"Mcp-Name": "bravo"},
            {"Last-Event-ID": "bravo"}):
        c = Http(port, token("alpha"), source="127.0.0.2")
        got, rh, body = c.post(json.dumps(message("tools/call",
            {"name": TOOLS[1], "arguments": {"limit": 200}})), h)
        assert got == 200, (h, got)
        d = json.loads(body)["result"]["structuredContent"]
        assert d["total_matched"] == 5, (h, d)
        keep(d)
        keep({k: v for k, v in rh.items()})
    # both tokens at once are nobody's
    c = Http(port, None)
    got, _, _ = c.post("{}", {"Authorization": "Bearer %s, Bearer %s" %
        (token("alpha"), token("bravo"))})
    assert got == 401
    # one connection, two tokens: each request is its own
    c = Http(port, token("alpha"))
    assert data(c, "status")["client"] == "alpha"
    c.token = token("bravo")
    assert data(c, "status")["client"] == "bravo"
    c.token = token("alpha")
    assert data(c, "status")["client"] == "alpha"
    out = "\n".join(answers)
    mine = json.dumps(data(Unix(ALPHA), "findings", limit=200))
    needles = [os.getcwd(), "/run/", "/home", "home/", ".jsonl", "mcp.sock",
        "127.0.0.2\"", token("bravo"), token("alpha"), "/etc", "/tmp",
        "clients/"]
    needles += [f["snippet"] for f in theirs if f["snippet"] not in mine]
    for n in needles:
        assert n not in out, n
    assert len(answers) > 500
    # and the search finds what is there
    assert any(f["source"] in json.dumps(theirs) for f in theirs)


def backend(proxy, port):
    """The logger silent, mcpd and logger killed, logs rotated."""
    leak(proxy, "127.0.0.1", [ai_key() for _ in range(30)])
    a = Unix(ALPHA)
    h = Http(port, token("alpha"))
    planted(a, 30)
    until("counters", lambda: data(a, "status")["scan"]["messages"] >= 30)
    before = data(a, "status")
    whole = pages(a, 50)[0]
    cursor = data(a, "findings", limit=12)["next_cursor"]

    def same(c):
        assert data(c, "findings", limit=200, cursor=cursor)["findings"] == \
            whole[12:], "the cursor"
        s = data(c, "status")
        assert s["findings"] == before["findings"], s
        return s

    # silent: said so in five seconds, and then it works again
    logger = child("logger")
    os.kill(logger, signal.SIGSTOP)
    t = time.monotonic()
    try:
        text = refused(a, "status")
        took = time.monotonic() - t
    finally:
        os.kill(logger, signal.SIGCONT)
    assert text.startswith("timeout") and 4.5 < took < 7, (text, took)
    same(a)
    same(h)
    # the logger anew: nothing is lost, connections stay, counters too
    os.kill(logger, signal.SIGKILL)
    assert same(a) is not None
    until("its counters", lambda:
        data(a, "status")["scan"] == before["scan"])
    until("another logger", lambda: child("logger") != logger)
    same(h)
    # rotation, twice
    for _ in range(2):
        subprocess.check_call(["ctl", "log", "rotate"],
            stdout=subprocess.DEVNULL)
        leak(proxy, "127.0.0.1", [aws_key()])
        before["findings"]["total"] += 1
        planted(a, before["findings"]["total"])
        assert data(a, "findings", limit=200, cursor=cursor)["findings"] \
            == whole[12:]
    assert pages(a, 4, pattern="ai_api_key") == (whole, 30)
    # mcpd anew: the sockets are where they were
    mcpd = child("mcpd")
    os.kill(mcpd, signal.SIGKILL)
    assert a.closed()

    def back():
        try:
            return data(Unix(ALPHA), "status")["findings"]["total"] == 32
        except (OSError, AssertionError):
            return False
    until("mcpd is back", back)
    assert child("mcpd") != mcpd
    assert data(Http(port, token("alpha")), "findings", limit=200,
        cursor=cursor)["findings"] == whole[12:]
    json.dump([cursor, whole[12:]], open("cursor.json", "w"))
    # without whoever starts the judges of configurations it starts afresh
    mcpd = child("mcpd")
    os.kill(int(subprocess.check_output(["pgrep", "-P", str(mcpd)])),
            signal.SIGKILL)

    def judged():
        try:
            return data(Unix(ALPHA), "check_config", config="")["problems"] \
                is not None
        except (OSError, AssertionError):
            return False
    until("configurations are judged again", judged)


def again(proxy, port):
    """After guardiand itself was started again."""
    cursor, rest = json.load(open("cursor.json"))
    for c in (Unix(ALPHA), Http(port, token("alpha"))):
        d = data(c, "findings", limit=200, cursor=cursor)
        assert d["findings"] == rest and d["next_cursor"] is None
        assert d["total_matched"] == 32
        assert data(c, "status")["findings"]["by_pattern"] == \
            {"ai_api_key": 30, "aws_access_key_id": 2}


def reload(proxy, port):
    """A client goes, another comes, a token changes: at once."""
    a, b = Unix(ALPHA), Unix(BRAVO)
    h = Http(port, token("bravo"))
    old = token("alpha")
    for c in (a, b, h):
        data(c, "status")
    with open("alpha.token", "w") as f:
        f.write(rand(40) + "\n")
    text = open("guardian.conf").read()
    i = text.index('client "bravo"')
    with open("guardian.conf", "w") as f:
        f.write(text[:i] + 'client "charlie" {\n\taddress { 127.0.0.2 }\n'
            '\tmcp socket\n}\n')
    subprocess.check_call(["ctl", "reload"], stdout=subprocess.DEVNULL)
    until("bravo is gone", lambda: not os.path.exists(BRAVO))
    assert b.closed()
    got, _, _ = h.post(json.dumps(message("ping")))
    assert got == 401, got
    assert data(a, "status")["client"] == "alpha"
    got, _, _ = Http(port, old).post(json.dumps(message("ping")))
    assert got == 401, got
    assert data(Http(port, token("alpha")), "status")["client"] == "alpha"
    c = Unix("home/run/mcp/charlie/mcp.sock")
    assert data(c, "status")["client"] == "charlie"
    assert data(c, "findings")["total_matched"] == 0
    leak(proxy, "127.0.0.2", [ai_key()])
    planted(c, 1)
    # an error in the configuration changes nothing
    text = open("guardian.conf").read()
    with open("guardian.conf", "a") as f:
        f.write('client "delta" { address { 127.0.0.3 }\n mcp socket\n'
            ' mcp token file "/nonexistent"\n}\n')
    assert subprocess.call(["ctl", "reload"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL) == 1
    assert not os.path.exists("home/run/mcp/delta")
    # two clients with one token would be nobody's
    with open("guardian.conf", "w") as f:
        f.write(text + 'client "delta" { address { 127.0.0.3 }\n'
            ' mcp token file "%s/delta.token"\n}\n' % os.getcwd())
    with open("delta.token", "w") as f:
        f.write(token("alpha") + "\n")
    os.chmod("delta.token", 0o600)
    assert subprocess.call(["ctl", "reload"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL) == 1
    assert data(c, "status")["client"] == "charlie"
    assert data(a, "status")["client"] == "alpha"


def answers(proxy, port):
    """All that MCP says, for redact_cases to search."""
    out = open("answers", "w")
    for c in (Unix(ALPHA), Http(port, token("alpha"), True)):
        cursor = None
        while True:
            args = {"limit": 200}
            if cursor:
                args["cursor"] = cursor
            r = call(c, "findings", **args)
            out.write(json.dumps(r) + "\n")
            cursor = r["structuredContent"]["next_cursor"]
            if cursor is None:
                break
        for tool, args in (("status", {}), ("check_config", {}),
                ("check_config", {"env": {"HTTP_PROXY": "http://a:b@c:1"}})):
            out.write(json.dumps(call(c, tool, **args)) + "\n")
        assert data(c, "findings")["total_matched"] > 60


def slow(proxy, port):
    """Who does not read, or talks too slowly, is let go; others are not."""
    mcpd = child("mcpd")
    leak(proxy, "127.0.0.1", [ai_key() for _ in range(60)])
    a = Unix(ALPHA)
    planted(a, 60)
    m = json.dumps(message("tools/call", {"name": TOOLS[1],
        "arguments": {"limit": 200}})).encode() + b"\n"
    greedy = []
    for _ in range(8):
        s = socket.socket(socket.AF_UNIX)
        s.connect(ALPHA)
        s.setblocking(False)
        greedy.append(s)
    sent = 0
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for s in greedy:
            try:
                sent += s.send(m)
            except BlockingIOError:
                pass
            except OSError:
                pass
    assert sent < 64 * 1024 * 1024
    # bravo does not notice
    t = time.monotonic()
    assert data(Unix(BRAVO), "status")["client"] == "bravo"
    assert time.monotonic() - t < 2
    for s in greedy:
        s.close()
    # no more than so many of one client
    many = []
    for _ in range(100):
        s = socket.socket(socket.AF_UNIX)
        s.connect(ALPHA)
        s.settimeout(20)
        many.append(s)
    ok = 0
    for s in many:
        try:
            s.sendall(json.dumps(message("ping")).encode() + b"\n")
            ok += s.recv(1000) != b""
        except OSError:
            pass
    assert 32 <= ok <= 64, ok
    assert data(Unix(BRAVO), "status")["client"] == "bravo"
    for s in many:
        s.close()
    # more calls than anybody needs are refused, and it is said
    until("room", lambda: not call_fails())
    u = Unix(ALPHA)
    limited = 0
    for burst in range(30):
        u.send((json.dumps(message("tools/call", {"name": TOOLS[0]})) +
            "\n").encode() * 200)
        for _ in range(200):
            r = u.recv()["result"]
            if r.get("isError"):
                assert "too many calls" in r["content"][0]["text"], r
                limited += 1
    assert limited > 0
    assert data(Unix(BRAVO), "status")["client"] == "bravo"
    assert child("mcpd") == mcpd


def call_fails():
    try:
        return bool(call(Unix(ALPHA), "status").get("isError"))
    except (OSError, AssertionError):
        return True


CASES = {"schema": schema, "http": http_, "attack": attack,
    "backend": backend, "again": again, "reload": reload,
    "answers": answers, "slow": slow}


def main():
    name, proxy, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    CASES[name](proxy, port)
    print("done " + name)


main()
