#!/usr/bin/env python3
"""The servers that git, apt and wget expect, behind one origin.

usage: services.py PORTFILE

As origin.py, and from the directories below the current one:

    GET  /files/PATH        files/PATH: ranges, If-Modified-Since, an index
    any  /git/PATH          the repositories in git/, by git http-backend
"""
import email.utils
import html
import os
import posixpath
import subprocess
import sys
import urllib.parse

import origin


class Handler(origin.Handler):
    def answer(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        path = posixpath.normpath(path)
        if path == "/files" or path.startswith("/files/"):
            self.file(path[1:])
        elif path.startswith("/git/"):
            self.git(path[4:])
        else:
            super().answer()

    def file(self, path):
        if os.path.isdir(path):
            names = [n + "/" if os.path.isdir(path + "/" + n) else n
                     for n in sorted(os.listdir(path))]
            links = "".join('<a href="%s">%s</a>\n' % (urllib.parse.quote(n),
                            html.escape(n)) for n in names)
            self.whole(links.encode(), Content_Type="text/html")
            return
        if not os.path.isfile(path):
            self.whole(b"not here\n", 404)
            return
        changed = email.utils.formatdate(os.stat(path).st_mtime, usegmt=True)
        if self.headers.get("If-Modified-Since") == changed:
            self.start(304, Last_Modified=changed)
            return
        with open(path, "rb") as f:
            self.ranged(f.read(), Last_Modified=changed)

    def git(self, path):
        """RFC 3875, with what http-backend wants besides."""
        body = self.body()
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": os.path.abspath("git"),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": urllib.parse.urlsplit(self.path).query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "pusher",
            "REMOTE_ADDR": self.client_address[0],
        }
        out = subprocess.run(["git", "http-backend"], env=env, input=body,
                             stdout=subprocess.PIPE, check=True).stdout
        head, _, data = out.partition(b"\r\n\r\n")
        fields = {}
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            fields[name.replace("-", "_")] = value.strip()
        status = int(fields.pop("Status", "200 OK").split()[0])
        # in pieces, as a server does that does not wait for its end
        self.start(status, Transfer_Encoding="chunked", **fields)
        for i in range(0, len(data), 8000):
            self.chunk(data[i:i + 8000])
        self.wfile.write(b"0\r\n\r\n")


if __name__ == "__main__":
    sys.exit(origin.main(Handler))
