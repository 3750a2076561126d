#!/usr/bin/python3
"""Messages for bench_detector, one a file: what agents send and receive, and
named worst cases.

	samples.py DIRECTORY

The interpreter is Debian's, for its brotli and zstandard modules.
"""
import base64
import glob
import gzip
import json
import os
import random
import sys
import zlib

import brotli
import zstandard

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "regress", "tools"))
import benign_texts as texts	# noqa: E402

SIZE = 2 * 1000 * 1000
MIB = 1 << 20


def request(ctype, body, *fields):
    return message(b"POST /v1/messages HTTP/1.1\r\nHost: origin.example", ctype,
                   body, fields)


def response(ctype, body, *fields):
    return message(b"HTTP/1.1 200 OK\r\nServer: origin", ctype, body, fields)


def message(start, ctype, body, fields):
    return (start + b"\r\nContent-Type: " + ctype.encode() + b"\r\n" +
            b"".join(f.encode() + b"\r\n" for f in fields) + b"\r\n" + body)


def fill(rnd, make, join=b"\n"):
    """SIZE bytes of what make() makes."""
    out, size = [], 0
    while size < SIZE:
        d = make(rnd)
        if isinstance(d, dict):
            d = json.dumps(d)
        if isinstance(d, str):
            d = d.encode()
        out.append(d)
        size += len(d) + len(join)
    return join.join(out)


def conversation(rnd):
    o = texts.anthropic_request(rnd)
    while len(json.dumps(o)) < SIZE:
        for _ in range(50):
            o["messages"].append({"role": "user", "content": [
                {"type": "text", "text": texts.essay(rnd, 20)}]})
    return json.dumps(o).encode()


def python_sources():
    out = []
    for path in sorted(glob.glob("/usr/lib/python3.11/*.py"))[:80]:
        with open(path, "rb") as f:
            out.append(f.read())
    return b"".join(out)[:SIZE]


def benign(rnd):
    prose = fill(rnd, lambda r: texts.essay(r, 20))
    talk = conversation(rnd)
    stream = fill(rnd, texts.anthropic_stream, b"")
    yield "agent, conversation out", request("application/json", talk)
    yield "agent, event stream in", response("text/event-stream", stream)
    yield "agent, prose in", response("text/markdown", prose)
    yield "agent, prose out", request("text/plain", prose)
    yield "agent, lines of JSON in", response(
        "application/x-ndjson", fill(rnd, texts.ollama_stream, b""))
    yield "agent, CI log in", response("text/plain", fill(rnd, texts.ci_log))
    yield "agent, source code in", response("text/x-python",
                                            python_sources())
    yield "agent, npm metadata in", response(
        "application/json", fill(rnd, texts.npm_metadata, b",\n"))
    yield "agent, minified script in", response(
        "application/javascript", fill(rnd, texts.minified))
    yield "agent, picture in base64 out", request(
        "application/json", fill(rnd, texts.image_message, b",\n"))
    yield "agent, random bytes in", response("application/octet-stream",
                                             rnd.randbytes(SIZE))
    yield "agent, conversation out, gzip", request(
        "application/json", gzip.compress(talk), "Content-Encoding: gzip")
    yield "agent, event stream in, br", response(
        "text/event-stream", brotli.compress(stream, quality=4),
        "Content-Encoding: br")
    yield "agent, prose in, zstd", response(
        "text/markdown", zstandard.ZstdCompressor().compress(prose),
        "Content-Encoding: zstd")


def repeated(piece):
    return (piece * (SIZE // len(piece) + 1))[:SIZE]


def nested(rnd, depth, encode):
    d = texts.essay(rnd, 2000).encode()[:SIZE // 3]
    for _ in range(depth):
        d = encode(d)
    return d[:2 * SIZE]


def worst(rnd):
    text = "text/plain"
    yield "nested, base64 three times", request(
        text, nested(rnd, 3, base64.b64encode))
    yield "nested, percent three times", request(
        text, nested(rnd, 3, lambda d: d.replace(b"%", b"%25").replace(
            b" ", b"%20").replace(b"e", b"%65")))
    yield "nested, all percent", request(
        text, b"".join(b"%%%02x" % c for c in
                       texts.essay(rnd, 2000).encode()[:SIZE // 3]))
    yield "nested, all JSON escapes", request(
        "application/json", b'"' + b"".join(
            b"\\u%04x" % c for c in texts.essay(rnd, 2000).encode()[
                :SIZE // 6]) + b'"')
    yield "nested, all HTML entities", response(
        "text/html", b"".join(b"&#%d;" % c for c in texts.essay(
            rnd, 2000).encode()[:SIZE // 5]))
    d = texts.essay(rnd, 50)
    for _ in range(6):
        d = json.dumps({"a": d})
    yield "nested, JSON in JSON six times", request(
        "application/json", fill(rnd, lambda r: d, b",\n"))
    yield "nested, arrays to the bottom", request("application/json",
                                                  repeated(b"["))
    yield "nested, objects to the bottom", request("application/json",
                                                   repeated(b'{"a":'))
    yield "nested, base64 of hex of percent", request(text, base64.b64encode(
        "".join("%%%02x" % c for c in texts.essay(rnd, 900).encode()[
            :SIZE // 8]).encode().hex().encode()))
    yield "short base64 runs", request(text, fill(
        rnd, lambda r: texts.text_of(r, texts.ALNUM, 17), b" "))
    yield "short hex runs", request(text, fill(
        rnd, lambda r: texts.text_of(r, texts.HEX, 33), b" "))
    zeros = bytes(64 * MIB)
    yield "bomb, gzip of zeros", response(
        text, gzip.compress(zeros), "Content-Encoding: gzip")
    yield "bomb, deflate of zeros", response(
        text, zlib.compress(zeros), "Content-Encoding: deflate")
    yield "bomb, br of zeros", response(
        text, brotli.compress(zeros, quality=3), "Content-Encoding: br")
    yield "bomb, zstd of zeros", response(
        text, zstandard.ZstdCompressor().compress(zeros),
        "Content-Encoding: zstd")
    bomb = repeated(b"curl -s https://x.example/ \\\n") * 8
    yield "bomb, gzip of bait", response(
        text, gzip.compress(bomb), "Content-Encoding: gzip")
    yield "bomb, gzip of gzip", response(
        text, gzip.compress(gzip.compress(zeros)),
        "Content-Encoding: gzip, gzip")
    for name, piece in (
            ("curl and no pipe", b"curl -s https://x.example/a/b?c=d "),
            ("curl, pipes", b"curl https://x.example/a | tee b | cat "),
            ("continued lines", b"curl -s https://x.example/ \\\n"),
            ("sh -c", b"sh -c \"a\" "), ("rm -rf", b"rm -rf a b c d "),
            ("words of a shell", b"nc -l sh bash -i python -c "),
            ("a socket and no shell", b"socket.socket( os.dup2 use Socket "),
            ("child_process", b"child_process net.Socket "),
            ("key files", b"authorized_keys ssh-rsa AAAA")):
        yield "bait, " + name, response(text, repeated(piece))
    for name, piece in (
            ("key prefixes", b"sk-ant-api03-sk-proj-AIzaAKIA"),
            ("begins of keys", b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"),
            ("half keys", b"sk-ant-api03-" + b"aB3" * 30 + b" "),
            ("dots", b".env.env.ssh/.aws/"), ("slashes", b"/etc/proc/self/")):
        yield "bait, " + name, request(text, repeated(piece))
    yield "keys, each another", request(text, fill(
        rnd, lambda r: "sk-ant-api03-%sAA" % texts.text_of(
            r, texts.WORD, 93)))
    yield "events of one byte", response("text/event-stream", repeated(
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":'
        b'"text_delta","text":"a"}}\n\n'))
    yield "events, each another block", response(
        "text/event-stream", b"".join(
            b'data: {"type":"content_block_delta","index":%d,"delta":{"type":'
            b'"text_delta","text":"ab"}}\n\n' % i for i in range(20000)))
    yield "parts, each empty", request(
        "multipart/form-data; boundary=b", repeated(
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'))


def main(directory):
    rnd = random.Random(5)
    n = 0
    for make in (benign, worst):
        for name, data in make(rnd):
            with open("%s/%02d %s.msg" % (directory, n, name), "wb") as f:
                f.write(data)
            n += 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
