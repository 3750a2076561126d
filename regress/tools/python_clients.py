#!/usr/bin/env python3
"""Python's own clients, as a program uses them; http_proxy is set, and with
"https" whatever the wiring sets.

usage: python_clients.py urllib|requests|https ORIGIN KEY PROXY
"""
import http.client
import io
import sys
import urllib.error
import urllib.parse
import urllib.request

from wire import equal, pattern


def with_urllib(origin, key, proxy):
    url = "http://" + origin

    def get(path, data=None, opener=urllib.request.urlopen):
        with opener(url + path, data, timeout=60) as r:
            return r.read()

    equal(get("/bytes/100000"), pattern(100000))
    equal(get("/chunked/100000"), pattern(100000))
    equal(get("/close/100000"), pattern(100000))
    form = urllib.parse.urlencode({"k": key, "b": "ü &"}).encode()
    equal(get("/echo", form), form)
    handler = urllib.request.ProxyHandler({"http": "http://" + proxy})
    equal(get("/bytes/7", None, urllib.request.build_opener(handler).open),
          pattern(7))
    try:
        get("/nothing")
        raise AssertionError("no error")
    except urllib.error.HTTPError as e:
        equal((e.code, e.read()), (404, b"not here\n"))
    # an iterable has no length: chunked
    request = urllib.request.Request(url + "/echo", iter((b"a", b"bc")),
                                     {"Transfer-Encoding": "chunked"})
    equal(urllib.request.urlopen(request, timeout=60).read(), b"abc")
    host, port = proxy.rsplit(":", 1)
    c = http.client.HTTPConnection(host, int(port), timeout=60)
    host, port = origin.rsplit(":", 1)
    c.set_tunnel(host, int(port))
    for n in (1, 20000):
        c.request("GET", "/bytes/%d" % n)
        equal(c.getresponse().read(), pattern(n))
    c.close()


def with_requests(origin, key, proxy):
    import requests

    url = "http://" + origin
    with requests.Session() as s:
        equal(s.get(url + "/bytes/100000", timeout=60).content,
              pattern(100000))
        equal(s.get(url + "/chunked/100000", timeout=60).content,
              pattern(100000))
        equal(s.head(url + "/bytes/9", timeout=60)
              .headers["Content-Length"], "9")
        r = s.post(url + "/echo", json={"key": key}, timeout=60)
        equal(r.json(), {"key": key})
        r = s.put(url + "/echo", data=(pattern(n) for n in (1, 70000, 3)),
                  timeout=60)
        equal(r.content, pattern(1) + pattern(70000) + pattern(3))
        r = s.post(url + "/echo", files={"f": ("n", io.BytesIO(b"\0\1\2"))},
                   timeout=60)
        assert b"\r\n\r\n\0\1\2\r\n--" in r.content, r.content
        with s.get(url + "/sse/5", stream=True, timeout=60) as r:
            equal([x for x in r.iter_lines() if x],
                  [b"data: %d" % i for i in range(5)])
        for code in (204, 304, 404, 503):
            equal(s.get(url + "/status/%d" % code, timeout=60).status_code,
                  code)
        for n in range(20):
            equal(s.get(url + "/bytes/%d" % n, timeout=60).content,
                  pattern(n))
    # given, not from the environment
    r = requests.delete(url + "/echo", proxies={"http": "http://" + proxy},
                        data=b"x", timeout=60)
    equal(r.content, b"x")


def with_https(origin, key, proxy):
    import requests

    url = "https://" + origin
    with requests.Session() as s:
        equal(s.get(url + "/bytes/100000", timeout=60).content,
              pattern(100000))
        r = s.post(url + "/echo", json={"key": key}, timeout=60)
        equal(r.json(), {"key": key})
        r = s.put(url + "/echo", data=(pattern(n) for n in (1, 70000, 3)),
                  timeout=60)
        equal(r.content, pattern(1) + pattern(70000) + pattern(3))
        with s.get(url + "/sse/5", stream=True, timeout=60) as r:
            equal([x for x in r.iter_lines() if x],
                  [b"data: %d" % i for i in range(5)])
    for path in ("/bytes/", "/chunked/", "/close/"):
        with urllib.request.urlopen(url + path + "100000", timeout=60) as r:
            equal(r.read(), pattern(100000))
    body = pattern(300000)
    with urllib.request.urlopen(url + "/echo", body, timeout=60) as r:
        equal(r.read(), body)


{"urllib": with_urllib, "requests": with_requests, "https": with_https}[sys.argv[1]](*sys.argv[2:])
print("done " + sys.argv[1])
