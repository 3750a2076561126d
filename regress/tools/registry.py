#!/usr/bin/env python3
"""A registry of npm's, with three packages made up on the spot.

usage: registry.py PORTFILE

"one" needs "two" and "@scope/three".  What is published is kept as
published/NAME.json; an audit finds nothing.
"""
import base64
import gzip
import hashlib
import io
import json
import os
import random
import sys
import tarfile
import urllib.parse

import origin

PACKAGES = {
    "one": ("1.2.3", {"two": "^2.0.0", "@scope/three": "3.x"}, 400000),
    "two": ("2.0.1", {}, 10),
    "@scope/three": ("3.1.0", {"two": "2.0.1"}, 70000),
}


def tarball(name):
    version, needs, size = PACKAGES[name]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for path, data in (
                ("package.json", json.dumps({
                    "name": name, "version": version,
                    "dependencies": needs}).encode()),
                ("data", random.Random(name).randbytes(size))):
            info = tarfile.TarInfo("package/" + path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


TARBALLS = {name: tarball(name) for name in PACKAGES}


class Handler(origin.Handler):
    def answer(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)[1:]
        name, _, file = path.partition("/-/")
        if self.command == "PUT":
            self.publish(path)
        elif path.startswith("-/npm/v1/security/"):
            body = self.body()
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert "one" in json.loads(body), body
            self.json({})
        elif name not in PACKAGES:
            self.json({"error": "not here"}, 404)
        elif file:
            self.whole(TARBALLS[name],
                       Content_Type="application/octet-stream")
        else:
            self.about(name)

    def json(self, data, status=200, **fields):
        text = json.dumps(data).encode()
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            text = gzip.compress(text)
            fields["Content_Encoding"] = "gzip"
        self.whole(text, status, Content_Type="application/json", **fields)

    def about(self, name):
        version, needs, _ = PACKAGES[name]
        etag = '"%s"' % version
        if self.headers.get("If-None-Match") == etag:
            self.start(304, ETag=etag)
            return
        data = TARBALLS[name]
        self.json({
            "name": name,
            "dist-tags": {"latest": version},
            "versions": {version: {
                "name": name, "version": version, "dependencies": needs,
                "dist": {
                    "tarball": "%s://%s/%s/-/%s-%s.tgz" % (
                        self.server.scheme, self.headers["Host"], name, name.split("/")[-1],
                        version),
                    "integrity": "sha512-" + base64.b64encode(
                        hashlib.sha512(data).digest()).decode(),
                    "shasum": hashlib.sha1(data).hexdigest()}}},
        }, ETag=etag, Cache_Control="max-age=300")

    def publish(self, name):
        data = json.loads(self.body())
        os.makedirs("published", exist_ok=True)
        with open("published/%s.json" % name.replace("/", "-"), "w") as f:
            json.dump(data, f)
        self.json({"ok": True}, 201)


if __name__ == "__main__":
    sys.exit(origin.main(Handler))
