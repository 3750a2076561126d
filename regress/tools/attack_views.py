"""Ways to write a text down that leave its meaning alone.

An encoder takes bytes and returns bytes.  A frame makes a body of a text: it
takes a random.Random, the text and how many bytes of harmless words come
before it, and returns the Content-Type, the body, and where in the body the
text is, as (start, end), so that a sender can cut it at a place of its choice.
Nothing here knows the product; the formats are their RFCs'.
"""
import base64
import binascii
import gzip
import html
import json
import urllib.parse
import zlib

import brotli
import zstandard

_words = None


def words(rnd, n, sep=b" "):
    """n bytes of random lower-case words, the last followed by sep."""
    global _words
    if _words is None:
        _words = b" ".join(bytes(rnd.choice(b"abcdefghijklmnoprstuvwy")
                                 for _ in range(rnd.randrange(2, 9)))
                           for _ in range(40000))
    if n <= 0:
        return b""
    at = rnd.randrange(len(_words) - n) if n < len(_words) else 0
    out = (_words * (n // len(_words) + 1))[at:at + n - 1] + sep
    return out.replace(b" ", sep)


def script(text):
    """As a note holds it, so that short ones are more than a word."""
    return b"run this now:\n" + text + b"\nthen go on\n"


# encoders

def percent(rnd, s):
    f = rnd.choice((b"%%%02x", b"%%%02X"))
    return b"".join(f % c for c in s)


def percent_some(rnd, s):
    return urllib.parse.quote_from_bytes(s, safe="").encode()


def json_min(rnd, s):
    return json.dumps(s.decode()).encode()[1:-1]


def json_all(rnd, s):
    f = rnd.choice((b"\\u%04x", b"\\u%04X"))
    return b"".join(f % c for c in s)


def json_mix(rnd, s):
    out = []
    for c in s:
        ch = bytes([c])
        if rnd.random() < 0.4 or ch in b'"\\' or c < 32:
            out.append(b"\\u%04x" % c)
        elif ch == b"/" and rnd.random() < 0.5:
            out.append(b"\\/")
        else:
            out.append(ch)
    return b"".join(out)


def html_dec(rnd, s):
    return b"".join(b"&#%0*d;" % (rnd.choice((1, 1, 5)), c) for c in s)


def html_hex(rnd, s):
    return b"".join(b"&#x%02x;" % c for c in s)


NAMES = {b"/": b"&sol;", b".": b"&period;", b"|": b"&vert;", b"&": b"&amp;",
         b"<": b"&lt;", b">": b"&gt;", b'"': b"&quot;", b"'": b"&apos;",
         b"-": b"&#45;", b"_": b"&lowbar;", b"\n": b"&NewLine;",
         b"(": b"&lpar;", b")": b"&rpar;", b"=": b"&equals;", b"+": b"&plus;",
         b":": b"&colon;", b"$": b"&dollar;", b"*": b"&ast;"}


def html_named(rnd, s):
    return b"".join(NAMES.get(bytes([c]), bytes([c])) for c in s)


def html_min(rnd, s):
    return html.escape(s.decode()).encode()


def b64(rnd, s):
    return base64.b64encode(s)


def b64_bare(rnd, s):
    return base64.b64encode(s).rstrip(b"=")


def b64url(rnd, s):
    return base64.urlsafe_b64encode(s).rstrip(b"=")


def b64_lines(rnd, s):
    e = base64.b64encode(s)
    eol = rnd.choice((b"\r\n", b"\n"))
    return eol.join(e[i:i + 76] for i in range(0, len(e), 76))


def b64_wrapped(width, sep):
    """As base64 -w, fold, an indented block, a mail that is answered, and an
    unquoted $(base64 file) leave it."""
    def encode(rnd, s):
        e = base64.b64encode(s)
        return sep.join(e[i:i + width] for i in range(0, len(e), width))
    return encode


def hex_lower(rnd, s):
    return binascii.hexlify(s)


def hex_upper(rnd, s):
    return binascii.hexlify(s).upper()


def each(form, sep):
    """Bytes as a list of numbers."""
    def encode(rnd, s):
        return sep.join(form % c for c in s)
    return encode


def _dump(rnd, s, offset, group, swap=False, tail=None):
    out = []
    for i in range(0, len(s), 16):
        row = s[i:i + 16]
        if swap and len(row) % 2:
            row += b"\0"
        step = [row[j:j + group] for j in range(0, len(row), group)]
        nums = b" ".join((g[::-1] if swap else g).hex().encode()
                         for g in step)
        if tail == "xxd":
            nums = nums.ljust(39) + b"  " + _shown(row)
        elif tail == "-C":
            nums = (nums[:23] + b"  " + nums[24:]).ljust(48) + b"  |" + \
                _shown(row) + b"|"
        out.append(offset % i + nums + b"\n")
    return b"".join(out)


def _shown(row):
    return bytes(c if 32 <= c < 127 else 46 for c in row)


def xxd(rnd, s):
    return _dump(rnd, s, b"%08x: ", 2, tail="xxd")


def hexdump(rnd, s):
    return _dump(rnd, s, b"%07x ", 2, swap=True)


def hexdump_canonical(rnd, s):
    return _dump(rnd, s, b"%08x  ", 1, tail="-C")


def od(rnd, s):
    return _dump(rnd, s, b"%07o ", 1)


ENCODERS = {f.__name__: f for f in (
    percent, percent_some, json_all, json_mix, html_dec, html_hex, html_named,
    b64, b64_bare, b64url, b64_lines, hex_lower, hex_upper)}
# by how much they make a text longer
GROWTH = {"percent": 3, "percent_some": 1.4, "json_all": 6, "json_mix": 3,
          "html_dec": 6, "html_hex": 6, "html_named": 1.5, "b64": 1.4,
          "b64_bare": 1.4, "b64url": 1.4, "b64_lines": 1.4, "hex_lower": 2,
          "hex_upper": 2}


def nest(rnd, depth, text):
    """depth different encoders on one another; returns their names, too."""
    while True:
        names = [rnd.choice(sorted(ENCODERS)) for _ in range(depth)]
        size = len(text)
        for n in names:
            size *= GROWTH[n]
        # of one that leaves letters alone, twice the same is no nesting
        if size < 12000 and len(set(names)) == depth:
            break
    s = script(text)
    for n in names:
        s = ENCODERS[n](rnd, s)
    return "+".join(names), s


# frames

def _at(before, enc, after):
    return before + enc + after, (len(before), len(before) + len(enc))


def _plain(ctype):
    def frame(rnd, text, n):
        lead = rnd.choice((b"", b"x = ", b"note:\n", b"1. "))
        data, span = _at(words(rnd, n, b"\n" if n else b" ") + lead, text,
                         rnd.choice((b"\n", b"\nso far\n")))
        return ctype, data, span
    return frame


def encoded(encoder, ctype="text/plain"):
    def frame(rnd, text, n):
        data, span = _at(words(rnd, n, b"\n") + b"note: ",
                         encoder(rnd, script(text)), b"\n\nso far\n")
        return ctype, data, span
    return frame


def nested(depth):
    def frame(rnd, text, n):
        _, enc = nest(rnd, depth, text)
        data, span = _at(words(rnd, n, b"\n") + b"note: ", enc, b"\n\nend\n")
        return "text/plain", data, span
    return frame


def json_value(encoder, ctype="application/json", inner=None):
    def frame(rnd, text, n):
        if inner is not None:
            text = inner(rnd, text)
        before = (b'{"id": 17, "tags": ["a", "b"], "note": "' +
                  words(rnd, n) + b'", "input": {"text": "')
        data, span = _at(before, encoder(rnd, text),
                         b'", "flag": true}, "n": 0.5}')
        return ctype, data, span
    return frame


def json_key(rnd, text, n):
    enc = rnd.choice((json_min, json_mix))(rnd, text)
    data, span = _at(b'{"note": "' + words(rnd, n) + b'", "seen": {"', enc,
                     b'": 1, "other": [1, 2]}}')
    return "application/json", data, span


def json_surrogate(rnd, text, n):
    """A character beyond 16 bits on either side."""
    enc = json_all(rnd, text) if rnd.random() < 0.5 else json_min(rnd, text)
    data, span = _at(b'["' + words(rnd, n) + b'", "\\ud83d\\ude00 ', enc,
                     b'\\n\\uD83D\\uDE80"]')
    return "application/json", data, span


def json_in_json(rnd, text, n):
    for _ in range(rnd.choice((1, 2))):
        text = json.dumps({"cmd": text.decode()}).encode()
    return json_value(json_min)(rnd, text, n)


def jsonrpc(rnd, text, n):
    """MCP over HTTP: a tool's call or its result."""
    enc = rnd.choice((json_min, json_mix))(rnd, text)
    if rnd.random() < 0.5:
        head = (b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":'
                b'{"name":"write","arguments":{"note":"' + words(rnd, n) +
                b'","content":"')
        tail = b'"}}}'
    else:
        head = (b'{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":'
                b'"text","text":"' + words(rnd, n) +
                b'"},{"type":"text","text":"')
        tail = b'"}],"isError":false}}'
    data, span = _at(head, enc, tail)
    return "application/json", data, span


def ndjson(rnd, text, n):
    enc = rnd.choice((json_min, json_mix))(rnd, text)
    before = b'{"line":0}\n{"note":"' + words(rnd, n) + b'"}\n{"text":"'
    data, span = _at(before, enc, b'"}\n{"line":3}\n')
    return "application/x-ndjson", data, span


def form_value(rnd, text, n):
    enc = (urllib.parse.quote_plus(text).encode() if rnd.random() < 0.5
           else percent(rnd, text))
    data, span = _at(b"a=1&note=" + words(rnd, n, b"+") + b"&text=", enc,
                     b"&z=2")
    return "application/x-www-form-urlencoded", data, span


def form_key(rnd, text, n):
    enc = percent_some(rnd, text)
    data, span = _at(b"note=" + words(rnd, n, b"+") + b"&", enc, b"=1&z=2")
    return "application/x-www-form-urlencoded", data, span


def multipart(kind):
    def frame(rnd, text, n):
        mark = "----form%016x" % rnd.getrandbits(64)
        b = mark.encode()
        name, more, enc = b"file", b"", text
        if kind == "filename":
            enc = urllib.parse.quote_from_bytes(text, safe="/.~*|>&-_ "
                                                ).encode()
        elif kind == "base64":
            more = b"Content-Transfer-Encoding: base64\r\n"
            enc = b64_lines(rnd, script(text)) + b"\r\n"
        elif kind == "qp":
            more = b"Content-Transfer-Encoding: quoted-printable\r\n"
            enc = quoted(rnd, script(text))
        before = (b"--" + b + b'\r\nContent-Disposition: form-data; '
                  b'name="note"\r\n\r\n' + words(rnd, n) + b"\r\n--" + b)
        if kind == "filename":
            data, span = _at(before + b'\r\nContent-Disposition: form-data; '
                             b'name="file"; filename="', enc,
                             b'"\r\nContent-Type: application/octet-stream'
                             b'\r\n\r\ndata\r\n--' + b + b"--\r\n")
        else:
            data, span = _at(before + b'\r\nContent-Disposition: form-data; '
                             b'name="' + name + b'"; filename="a.txt"\r\n'
                             b'Content-Type: text/plain\r\n' + more + b"\r\n",
                             enc, b"\r\n--" + b + b"--\r\n")
        return "multipart/form-data; boundary=" + mark, data, span
    return frame


def quoted(rnd, s):
    """RFC 2045 6.7, with more escapes and soft line breaks than needed."""
    out, line = [], 0
    for c in s:
        if c == 10:
            out.append(b"\r\n")
            line = 0
            continue
        plain = 33 <= c <= 126 and c != 61 and rnd.random() < 0.7
        piece = bytes([c]) if plain else b"=%02X" % c
        if line + len(piece) > 70:
            out.append(b"=\r\n")
            line = 0
        out.append(piece)
        line += len(piece)
    return b"".join(out)


def wide(charset, mark=False, before="", declared=True):
    """A text of several bytes a character, with or without a mark."""
    def frame(rnd, text, n):
        def enc(s):
            return s.decode().encode(charset)
        head = enc(before.encode() + words(rnd, n // (len(enc(b"a")))) +
                   b" note: ")
        if mark:
            head = "\ufeff".encode(charset) + head
        data, span = _at(head, enc(script(text)), enc(b"\n\nso far\n"))
        name = charset.replace("_", "-")
        if declared is None:
            name = name[:6]
        return ("text/plain" + ("; charset=" + name if declared is not False
                                else ""), data, span)
    return frame


# content codings

def _deflate(data, wbits, rnd):
    c = zlib.compressobj(rnd.choice((1, 6, 9)), zlib.DEFLATED, wbits)
    out, step = [], rnd.choice((len(data) or 1, 1000, 77))
    for i in range(0, len(data), step):
        out.append(c.compress(data[i:i + step]))
        if step != len(data):
            out.append(c.flush(zlib.Z_SYNC_FLUSH))
    return b"".join(out) + c.flush()


def c_gzip(rnd, data):
    return _deflate(data, 31, rnd)


def c_gzip_members(rnd, data):
    """RFC 1952 2.2: members follow one another."""
    at = rnd.randrange(len(data))
    return gzip.compress(data[:at]) + gzip.compress(data[at:])


def c_zlib(rnd, data):
    return _deflate(data, 15, rnd)


def c_raw(rnd, data):
    return _deflate(data, -15, rnd)


def c_br(rnd, data):
    return brotli.compress(data, quality=rnd.choice((1, 5, 9)))


def c_zstd(rnd, data):
    return zstandard.ZstdCompressor(level=rnd.choice((1, 3, 9)),
                                    write_content_size=rnd.random() < 0.5
                                    ).compress(data)


CODINGS = {
    "gzip": ("gzip", (c_gzip,)),
    "x-gzip": ("x-gzip", (c_gzip,)),
    "gzip-members": ("gzip", (c_gzip_members,)),
    "deflate": ("deflate", (c_zlib,)),
    "deflate-raw": ("deflate", (c_raw,)),
    "br": ("br", (c_br,)),
    "zstd": ("zstd", (c_zstd,)),
    "gzip,br": ("gzip, br", (c_gzip, c_br)),
    "zstd,gzip": ("zstd,gzip", (c_zstd, c_gzip)),
    "br,deflate,gzip": ("br, deflate, gzip", (c_br, c_zlib, c_gzip)),
}


def code(rnd, name, data):
    """Returns the value of Content-Encoding and the coded body."""
    value, functions = CODINGS[name]
    for f in functions:
        data = f(rnd, data)
    return value, data


BOTH = {
    "plain": _plain("text/plain"),
    "octets": _plain("application/octet-stream"),
    "untyped": _plain(None),
    "wrong type: text as json": _plain("application/json"),
    "wrong type: text as png": _plain("image/png"),
    "wrong type: json as html": json_value(json_all, "text/html"),
    "wrong type: json as png": json_value(json_mix, "image/png"),
    "json value": json_value(json_min),
    "json escapes": json_value(json_all),
    "json some escapes": json_value(json_mix),
    "json key": json_key,
    "json surrogates": json_surrogate,
    "json in json": json_in_json,
    "json of base64": json_value(json_min, inner=lambda r, t:
                                 b64(r, script(t))),
    "json of hex": json_value(json_min, inner=lambda r, t:
                              hex_lower(r, script(t))),
    "json rpc": jsonrpc,
    "ndjson": ndjson,
    "form value": form_value,
    "html decimal": encoded(html_dec, "text/html"),
    "html hex": encoded(html_hex, "text/html"),
    "html named": encoded(html_named, "text/html"),
    "html": encoded(html_min, "text/html"),
    "percent": encoded(percent),
    "percent some": encoded(percent_some),
    "base64": encoded(b64),
    "base64 without padding": encoded(b64_bare),
    "base64url": encoded(b64url),
    "base64 in lines": encoded(b64_lines),
    "base64 in words": encoded(b64_wrapped(76, b" ")),
    "base64 in narrow lines": encoded(b64_wrapped(20, b"\n")),
    "base64 indented": encoded(b64_wrapped(64, b"\n    ")),
    "base64 answered": encoded(b64_wrapped(76, b"\r\n> ")),
    "json of base64 in lines": json_value(json_min, inner=lambda r, t:
                                          b64_lines(r, script(t))),
    "hex": encoded(hex_lower),
    "HEX": encoded(hex_upper),
    "hex in lines": encoded(lambda r, s: b"\n".join(
        hex_lower(r, s)[i:i + 60] for i in range(0, 2 * len(s), 60))),
    "hex apart": encoded(each(b"%02x", b" ")),
    "hex behind colons": encoded(each(b"%02X", b":")),
    "hex array": encoded(each(b"0x%02x", b", ")),
    "decimal array": json_value(each(b"%d", b","),
                                inner=lambda r, t: script(t)),
    "hexdump": encoded(lambda r, s: b"\n" + hexdump(r, s)),
    "od -tx1": encoded(lambda r, s: b"\n" + od(r, s)),
    "utf-16 with a mark": wide("utf_16_le", True, declared=False),
    "utf-16 big-endian with a mark": wide("utf_16_be", True, declared=False),
    "utf-16 without a mark": wide("utf_16_le", declared=False),
    "utf-16 declared": wide("utf_16_le", before="\u041a\u043b\u044e\u0447 "),
    "utf-16 declared, some order": wide(
        "utf_16_be", before="\u041a\u043b\u044e\u0447 ", declared=None),
    "utf-32 with a mark": wide("utf_32_le", True, declared=False),
    "utf-32 declared": wide("utf_32_be",
                            before="\u041a\u043b\u044e\u0447 "),
    "nested twice": nested(2),
    "nested three times": nested(3),
}
# beside the numbers there are letters, in which short things are, too
LETTERS = {
    "xxd": encoded(lambda r, s: b"\n" + xxd(r, s)),
    "hexdump -C": encoded(lambda r, s: b"\n" + hexdump_canonical(r, s)),
}
REQUEST = {
    "form key": form_key,
    "multipart": multipart("plain"),
    "multipart file name": multipart("filename"),
    "multipart base64": multipart("base64"),
    "multipart quoted": multipart("qp"),
}
