"""Every known way to make two readers of HTTP/1 see different messages.

@H is the origin's authority, @N a name of the case.  Each request is followed
by another one, and the verdict is one of
    good(name, wire, framing, body, ...)    forwarded as that one message
    bad(name, reason, wire)                 refused, nothing is forwarded
    cut(name, reason, wire)                 refused in the body: what has been
                                            forwarded by then never is whole
and of a response
    passes(name, wire, status, body, ...)   the client gets that
    fails(name, reason, wire)               the client gets 502, or an end that
                                            it can tell from the real one
"""

GET = b"GET http://@H/@N HTTP/1.1\r\n"
POST = b"POST http://@H/@N HTTP/1.1\r\n"
HOST = b"Host: @H\r\n"
END = b"\r\n"
TE = b"Transfer-Encoding: chunked\r\n"
CHUNKED = POST + HOST + TE + END
ZERO = b"0\r\n\r\n"
HELLO = b"5\r\nhello\r\n"

STATUS = {"head_size": 431, "head_fields": 431, "trailer_size": 431,
          "coding": 501, "scheme": 501, "https_absolute": 501}

requests = []
responses = []


class Case:
    def __init__(self, verdict, name, wire, **more):
        self.verdict, self.name, self.wire = verdict, name, wire
        self.reason = None
        self.__dict__.update(more)
        self.status = STATUS.get(self.reason, 400)


def good(name, wire, framing="none", body=b"", method=None, target=b"/@N",
         more=True):
    """more: the connection goes on, and so the next request is answered."""
    requests.append(Case("good", name, wire, framing=framing, body=body,
                         method=method or wire.lstrip().split(b" ")[0],
                         target=target, more=more))


def bad(name, reason, wire):
    requests.append(Case("bad", name, wire, reason=reason))


def cut(name, reason, body):
    requests.append(Case("cut", name, CHUNKED + body, reason=reason))


def passes(name, wire, status=200, body=b"", answers=b"GET", end=False,
           more=True, minor=1):
    responses.append(Case("passes", name, wire, code=status, body=body,
                          answers=answers, end=end, more=more, minor=minor))


def fails(name, reason, wire, answers=b"GET", end=False, started=False):
    responses.append(Case("fails", name, wire, reason=reason,
                          answers=answers, end=end, started=started))


# --- what is plain, so that a proxy that refuses everything fails

good("plain", GET + HOST + END)
good("plain 1.0", b"GET http://@H/@N HTTP/1.0\r\n" + HOST + END, more=False)
good("1.0 keep-alive", b"GET http://@H/@N HTTP/1.0\r\n" + HOST +
     b"Connection: keep-alive\r\n\r\n", more=False)
good("1.0 without Host", b"GET http://@H/@N HTTP/1.0\r\n\r\n", more=False)
good("1.0 length", b"POST http://@H/@N HTTP/1.0\r\n" + HOST +
     b"Content-Length: 5\r\n\r\nhello", "length", b"hello", more=False)
good("length", POST + HOST + b"Content-Length: 5\r\n\r\nhello", "length",
     b"hello")
good("length 0", POST + HOST + b"Content-Length: 0\r\n\r\n", "length")
good("no length", POST + HOST + END)
good("chunked", CHUNKED + HELLO + ZERO, "chunked", b"hello")
good("chunked 0", CHUNKED + ZERO, "chunked")
good("body like a request", POST + HOST + b"Content-Length: 27\r\n\r\n"
     b"GET /smuggled HTTP/1.1\r\n\r\nx", "length",
     b"GET /smuggled HTTP/1.1\r\n\r\nx")
good("chunk like a request", CHUNKED + b"1a\r\nGET /smuggled HTTP/1.1\r\n\r\n"
     b"\r\n" + ZERO, "chunked", b"GET /smuggled HTTP/1.1\r\n\r\n")
good("chunk like the last", CHUNKED + b"5\r\n0\r\n\r\n\r\n" + ZERO, "chunked",
     b"0\r\n\r\n")

# --- bodies on methods that seldom have one

for _m in (b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"TRACE", b"BREW", b"get"):
    _line = _m + b" http://@H/@N HTTP/1.1\r\n" + HOST
    good("%s length" % _m.decode(), _line + b"Content-Length: 5\r\n\r\nhello",
         "length", b"hello")
    good("%s chunked" % _m.decode(), _line + TE + END + HELLO + ZERO,
         "chunked", b"hello")
bad("CONNECT length", "body_forbidden", b"CONNECT @H HTTP/1.1\r\nHost: @H\r\n"
    b"X: @N\r\nContent-Length: 5\r\n\r\nhello")
bad("CONNECT chunked", "body_forbidden", b"CONNECT @H HTTP/1.1\r\nHost: @H\r\n"
    b"X: @N\r\n" + TE + END + HELLO + ZERO)

# --- CL.TE, TE.CL, and CL.0

_cl = b"Content-Length: "
bad("CL.TE", "length_coding", POST + HOST + _cl + b"6\r\n" + TE + END + ZERO +
    b"G")
bad("TE.CL", "length_coding", POST + HOST + TE + _cl + b"4\r\n\r\n" + HELLO +
    ZERO)
bad("CL 0 and TE", "length_coding", POST + HOST + _cl + b"0\r\n" + TE + END +
    ZERO)
bad("CL.TE, far apart", "length_coding", POST + HOST + _cl + b"6\r\n" +
    b"A: b\r\n" * 40 + TE + END + ZERO)
bad("CL.TE, GET", "length_coding", GET + HOST + _cl + b"6\r\n" + TE + END +
    ZERO + b"G")
bad("CL list and TE", "length_coding", POST + HOST + _cl + b"6, 6\r\n" + TE +
    END + ZERO)
good("Connection drops no CL", POST + HOST + b"Connection: content-length\r\n"
     + _cl + b"5\r\n\r\nhello", "length", b"hello")
good("Connection drops no TE", POST + HOST + b"Connection: transfer-encoding"
     b", host\r\n" + TE + END + HELLO + ZERO, "chunked", b"hello")
good("Content_Length is none", POST + HOST + b"Content_Length: 5\r\n\r\n")
good("Transfer_Encoding is none", POST + HOST +
     b"Transfer_Encoding: chunked\r\n\r\n")
good("X-Content-Length", POST + HOST + b"X-Content-Length: 5\r\n\r\n")
good("CL.0 with Expect", POST + HOST + b"Expect: 100-continue\r\n" + _cl +
     b"5\r\n\r\nhello", "length", b"hello")
good("Expect of something", POST + HOST + b"Expect: y 100-continue\r\n" + _cl +
     b"5\r\n\r\nhello", "length", b"hello")

# --- TE.TE: the coding in disguise

for _name, _reason, _field in (
        ("blank before the colon", "space_colon",
         b"Transfer-Encoding : chunked"),
        ("tab before the colon", "space_colon",
         b"Transfer-Encoding\t: chunked"),
        ("VT before the colon", "control", b"Transfer-Encoding\x0b: chunked"),
        ("NUL before the colon", "nul", b"Transfer-Encoding\x00: chunked"),
        ("8-bit before the colon", "field_name",
         b"Transfer-Encoding\xa0: chunked"),
        ("blank in the name", "field_name", b"Transfer Encoding: chunked"),
        ("blank before the name", "obs_fold", b" Transfer-Encoding: chunked"),
        ("no colon", "field_name", b"Transfer-Encoding chunked"),
        ("xchunked", "coding", b"Transfer-Encoding: xchunked"),
        ("chunkedx", "coding", b"Transfer-Encoding: chunkedx"),
        ("chunk", "coding", b"Transfer-Encoding: chunk"),
        ("empty", "coding", b"Transfer-Encoding:"),
        ("tab before", "coding", b"Transfer-Encoding:\tchunked"),
        ("tab after", "coding", b"Transfer-Encoding: chunked\t"),
        ("VT before", "control", b"Transfer-Encoding: \x0bchunked"),
        ("FF before", "control", b"Transfer-Encoding: \x0cchunked"),
        ("VT after", "control", b"Transfer-Encoding: chunked\x0b"),
        ("NUL after", "nul", b"Transfer-Encoding: chunked\x00"),
        ("NBSP before", "coding", b"Transfer-Encoding: \xa0chunked"),
        ("NBSP after", "coding", b"Transfer-Encoding: chunked\xa0"),
        ("8-bit s", "coding", b"Transfer-Encoding: chun\xe2\x84\xaaed"),
        ("quoted", "coding", b'Transfer-Encoding: "chunked"'),
        ("apostrophes", "coding", b"Transfer-Encoding: 'chunked'"),
        ("parameter", "coding", b"Transfer-Encoding: chunked;a=b"),
        ("semicolon", "coding", b"Transfer-Encoding: chunked;"),
        ("comma first", "coding", b"Transfer-Encoding: ,chunked"),
        ("comma last", "coding", b"Transfer-Encoding: chunked,"),
        ("twice in one", "coding", b"Transfer-Encoding: chunked, chunked"),
        ("identity", "coding", b"Transfer-Encoding: identity"),
        ("chunked, identity", "coding",
         b"Transfer-Encoding: chunked, identity"),
        ("identity, chunked", "coding",
         b"Transfer-Encoding: identity, chunked"),
        ("chunked, cow", "coding", b"Transfer-Encoding: chunked, cow"),
        ("gzip, chunked", "coding", b"Transfer-Encoding: gzip, chunked"),
        ("chunked, gzip", "coding", b"Transfer-Encoding: chunked, gzip"),
        ("blank between", "coding", b"Transfer-Encoding: chunked identity"),
        ("two fields", "coding_twice",
         b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        ("two fields, the other way", "coding_twice",
         b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
        ("two equal fields", "coding_twice",
         b"Transfer-Encoding: chunked\r\ntransfer-encoding: chunked"),
        ("one empty", "coding_twice",
         b"Transfer-Encoding:\r\nTransfer-Encoding: chunked"),
        ("folded", "obs_fold", b"Transfer-Encoding:\r\n chunked"),
        ("folded with a tab", "obs_fold", b"Transfer-Encoding:\r\n\tchunked"),
        ("folded behind", "obs_fold", b"Transfer-Encoding: chunked\r\n , x"),
        ("hidden by LF", "bare_lf", b"X: y\nTransfer-Encoding: chunked"),
        ("ended by LF", "bare_lf", b"Transfer-Encoding: chunked\nX: y"),
        ("hidden by CR", "bare_cr", b"X: y\rTransfer-Encoding: chunked"),
        ("CR in it", "bare_cr", b"Transfer-Encoding: chunk\red"),
        ("CR CR LF", "bare_cr", b"Transfer-Encoding: chunked\r"),
        ("LF CR", "bare_lf", b"Transfer-Encoding: chunked\n\rX: y")):
    bad("TE: " + _name, _reason, POST + HOST + _field + b"\r\n\r\n" + HELLO +
        ZERO)
    bad("CL.TE: " + _name, {"coding": "length_coding"}.get(_reason, _reason),
        POST + HOST + _cl + b"15\r\n" + _field + b"\r\n\r\n" + HELLO + ZERO)
for _value in (b":chunked", b":   chunked", b": Chunked", b": CHUNKED",
               b": chunked ", b": chunked   "):
    good("TE%r" % _value, POST + HOST + b"tRaNsFeR-eNcOdInG" + _value +
         b"\r\n\r\n" + HELLO + ZERO, "chunked", b"hello")
bad("TE in 1.0", "coding_http10", b"POST http://@H/@N HTTP/1.0\r\n" + HOST +
    TE + END + HELLO + ZERO)
bad("TE in 1.0, keep-alive", "coding_http10",
    b"POST http://@H/@N HTTP/1.0\r\n" + HOST +
    b"Connection: keep-alive\r\n" + TE + END + HELLO + ZERO)
bad("TE and CL in 1.0", "coding_http10", b"POST http://@H/@N HTTP/1.0\r\n" +
    HOST + _cl + b"5\r\n" + TE + END + HELLO + ZERO)

# --- Content-Length

for _value in (b"+5", b"-5", b"-0", b"0x5", b"5x", b"5.0", b"5e0", b"5 5",
               b"5,5", b"5, 6", b"5;5", b",5", b"5,", b'"5"', b"'5'", b"five",
               b"", b" ", b"\t5", b"5\t", b"05", b"005", b"00", b"010",
               b"0x10",
               b"5_0", b"1_0", b"5L", b"\xb5", b"\xef\xbc\x95", b"\xd9\xa5",
               b"5%20", b"5#", b"(5)", b"$5", b"NaN", b"null", b"true"):
    bad("CL %r" % _value, "length", POST + HOST + _cl + _value +
        b"\r\n\r\nhello")
for _value in (b"9223372036854775808", b"18446744073709551615",
               b"18446744073709551616", b"18446744073709551621",
               b"99999999999999999999999999999999", b"4" * 4000):
    bad("CL %.24s..." % _value.decode(), "length_range", POST + HOST + _cl +
        _value + b"\r\n\r\nhello")
for _name, _reason, _field in (
        ("two", "length_twice", b"Content-Length: 5\r\nContent-Length: 6"),
        ("two equal", "length_twice",
         b"Content-Length: 5\r\nContent-Length: 5"),
        ("two, one empty", "length_twice",
         b"Content-Length:\r\nContent-Length: 5"),
        ("two, other case", "length_twice",
         b"Content-Length: 5\r\nCONTENT-LENGTH: 0"),
        ("two far apart", "length_twice", b"Content-Length: 5\r\n" +
         b"A: b\r\n" * 60 + b"Content-Length: 0"),
        ("blank before colon", "space_colon", b"Content-Length : 5"),
        ("tab before colon", "space_colon", b"Content-Length\t: 5"),
        ("no colon", "field_name", b"Content-Length 5"),
        ("blank before name", "obs_fold", b" Content-Length: 5"),
        ("8-bit before name", "field_name", b"\xa0Content-Length: 5"),
        ("folded", "obs_fold", b"Content-Length:\r\n 5"),
        ("folded digits", "obs_fold", b"Content-Length: 1\r\n 0"),
        ("VT", "control", b"Content-Length: 5\x0b"),
        ("NUL", "nul", b"Content-Length: 5\x00"),
        ("NUL in digits", "nul", b"Content-Length: 1\x005"),
        ("CR in digits", "bare_cr", b"Content-Length: 1\r5"),
        ("LF behind", "bare_lf", b"Content-Length: 5\nX: y"),
        ("DEL", "control", b"Content-Length: 5\x7f")):
    bad("CL: " + _name, _reason, POST + HOST + _field + b"\r\n\r\nhello")
for _value in (b":5", b":    5", b": 5 ", b": 5    "):
    good("CL%r" % _value, POST + HOST + b"cOnTeNt-LeNgTh" + _value +
         b"\r\n\r\nhello", "length", b"hello")

# --- line ends, blanks, controls in the head

for _name, _reason, _wire in (
        ("LF only", "bare_lf", b"GET http://@H/@N HTTP/1.1\nHost: @H\n\n"),
        ("LF behind the start", "bare_lf",
         b"GET http://@H/@N HTTP/1.1\nHost: @H\r\n\r\n"),
        ("LF behind a field", "bare_lf", GET + b"Host: @H\n\r\n"),
        ("LF as the end", "bare_lf", GET + HOST + b"\n"),
        ("LF LF", "bare_lf", GET + HOST + b"A: b\n\n"),
        ("LF first", "bare_lf", b"\n" + GET + HOST + END),
        ("CR only", "bare_cr", b"GET http://@H/@N HTTP/1.1\rHost: @H\r\r"),
        ("CR in a value", "bare_cr", GET + HOST + b"A: b\rc\r\n\r\n"),
        ("CR CR LF", "bare_cr", GET + HOST + b"A: b\r\r\n\r\n"),
        ("CR CR LF as the end", "bare_cr", GET + HOST + b"\r\r\n"),
        ("CR first", "bare_cr", b"\r" + GET + HOST + END),
        ("CR in a name", "bare_cr", GET + HOST + b"A\rB: c\r\n\r\n"),
        ("CR before the start's CRLF", "bare_cr",
         b"GET http://@H/@N HTTP/1.1\r\r\n" + HOST + END),
        ("two empty lines first", "empty_line",
         b"\r\n\r\n" + GET + HOST + END),
        ("blank first", "method", b" " + GET + HOST + END),
        ("tab first", "method", b"\t" + GET + HOST + END),
        ("blank line of blanks", "method", b" \r\n" + GET + HOST + END),
        ("blank before the first field", "obs_fold",
         GET + b" Host: @H\r\n\r\n"),
        ("tab before the first field", "obs_fold",
         GET + b"\tHost: @H\r\n\r\n"),
        ("folded first", "obs_fold", GET + b" A: b\r\n" + HOST + END),
        ("folded Host", "obs_fold", GET + b"Host:\r\n @H\r\n\r\n"),
        ("folded", "obs_fold", GET + HOST + b"A: b\r\n c\r\n\r\n"),
        ("folded with a tab", "obs_fold", GET + HOST + b"A: b\r\n\tc\r\n\r\n"),
        ("folded to nothing", "obs_fold", GET + HOST + b"A: b\r\n \r\n\r\n"),
        ("folded last", "obs_fold", GET + HOST + b"A: b\r\n \r\n" + END),
        ("blank before a colon", "space_colon", GET + HOST + b"A : b\r\n\r\n"),
        ("no name", "field_name", GET + HOST + b": b\r\n\r\n"),
        ("colon only", "field_name", GET + HOST + b":\r\n\r\n"),
        ("blank for a name", "obs_fold", GET + HOST + b" : b\r\n\r\n"),
        ("no colon", "field_name", GET + HOST + b"A\r\n\r\n"),
        ("8-bit name", "field_name", GET + HOST + b"\xc3\xa4: b\r\n\r\n"),
        ("brackets", "field_name", GET + HOST + b"A[]: b\r\n\r\n"),
        ("slash", "field_name", GET + HOST + b"A/B: b\r\n\r\n"),
        ("quote", "field_name", GET + HOST + b'"A": b\r\n\r\n'),
        ("request in a field", "field_name",
         GET + HOST + b"GET /smuggled HTTP/1.1\r\n\r\n"),
        ("absolute request in a field", "field_name",
         GET + HOST + b"GET http://x/ HTTP/1.1\r\n\r\n"),
        ("NUL in a value", "nul", GET + HOST + b"A: \x00b\r\n\r\n"),
        ("NUL in a name", "nul", GET + HOST + b"A\x00: b\r\n\r\n"),
        ("NUL first", "nul", b"\x00" + GET + HOST + END),
        ("BS", "control", GET + HOST + b"A: b\x08\r\n\r\n"),
        ("VT", "control", GET + HOST + b"A: b\x0b\r\n\r\n"),
        ("FF", "control", GET + HOST + b"A: b\x0c\r\n\r\n"),
        ("ESC", "control", GET + HOST + b"A: b\x1b\r\n\r\n"),
        ("DEL", "control", GET + HOST + b"A: b\x7f\r\n\r\n")):
    bad("head: " + _name, _reason, _wire)
good("one empty line first", END + GET + HOST + END)
good("8-bit value", GET + HOST + b"A: \xe9\xff\r\n\r\n")
good("empty value", GET + HOST + b"A:\r\n\r\n")
good("tab in a value", GET + HOST + b"A: b\tc\r\n\r\n")
good("request in a value", GET + HOST + b"A: GET /smuggled HTTP/1.1\r\n\r\n")

# --- the start line

for _name, _reason, _line in (
        ("no method", "method", b" http://@H/@N HTTP/1.1"),
        ("two blanks", "start_line", b"GET  http://@H/@N HTTP/1.1"),
        ("two blanks before the version", "start_line",
         b"GET http://@H/@N  HTTP/1.1"),
        ("tab behind the method", "method", b"GET\thttp://@H/@N HTTP/1.1"),
        ("tab before the version", "http09", b"GET http://@H/@N\tHTTP/1.1"),
        ("VT", "control", b"GET\x0bhttp://@H/@N HTTP/1.1"),
        ("blank behind the version", "start_line",
         b"GET http://@H/@N HTTP/1.1 "),
        ("tab behind the version", "version", b"GET http://@H/@N HTTP/1.1\t"),
        ("words behind the version", "start_line",
         b"GET http://@H/@N HTTP/1.1 x"),
        ("two versions", "start_line", b"GET http://@H/@N HTTP/1.1 HTTP/1.0"),
        ("8-bit method", "method", b"G\xc9T http://@H/@N HTTP/1.1"),
        ("colon in the method", "method", b"GET: http://@H/@N HTTP/1.1"),
        ("slash in the method", "method", b"GE/T http://@H/@N HTTP/1.1"),
        ("NUL in the method", "nul", b"GE\x00T http://@H/@N HTTP/1.1"),
        ("long method", "method", b"A" * 65 + b" http://@H/@N HTTP/1.1"),
        ("blank in the target", "start_line", b"GET http://@H/@N a HTTP/1.1"),
        ("control in the target", "control",
         b"GET http://@H/@N\x01 HTTP/1.1"),
        ("NUL in the target", "nul", b"GET http://@H/@N\x00 HTTP/1.1"),
        ("DEL in the target", "control", b"GET http://@H/@N\x7f HTTP/1.1"),
        ("tab in the target", "target", b"GET http://@H/@N\ta HTTP/1.1"),
        ("CR in the target", "bare_cr", b"GET http://@H/@N\ra HTTP/1.1"),
        ("userinfo", "userinfo", b"GET http://a@@H/@N HTTP/1.1"),
        ("userinfo and password", "userinfo",
         b"GET http://a:b@@H/@N HTTP/1.1"),
        ("empty userinfo", "userinfo", b"GET http://@@H/@N HTTP/1.1"),
        ("backslash", "host", b"GET http://@H\\/@N HTTP/1.1"),
        ("no host", "host", b"GET http:///@N HTTP/1.1"),
        ("no slashes", "target", b"GET http:@H/@N HTTP/1.1"),
        ("one slash", "target", b"GET http:/@H/@N HTTP/1.1"),
        ("no scheme", "target", b"GET @H/@N HTTP/1.1"),
        ("other scheme", "scheme", b"GET ftp://@H/@N HTTP/1.1"),
        ("https", "https_absolute", b"GET https://@H/@N HTTP/1.1"),
        ("port 0", "port", b"GET http://127.0.0.1:0/@N HTTP/1.1"),
        ("empty port", "port", b"GET http://127.0.0.1:/@N HTTP/1.1"),
        ("port with a zero", "port", b"GET http://127.0.0.1:080/@N HTTP/1.1"),
        ("big port", "port", b"GET http://127.0.0.1:65536/@N HTTP/1.1"),
        ("port with a sign", "port", b"GET http://127.0.0.1:+80/@N HTTP/1.1"),
        ("two ports", "port", b"GET http://127.0.0.1:1:2/@N HTTP/1.1"),
        ("%-host", "host", b"GET http://127.0.0%2e1/@N HTTP/1.1"),
        ("8-bit host", "host", b"GET http://\xe4/@N HTTP/1.1"),
        ("comma host", "host", b"GET http://a,b/@N HTTP/1.1"),
        ("star", "target_form", b"GET * HTTP/1.1"),
        ("authority", "target", b"GET @H HTTP/1.1"),
        ("origin form", "not_for_proxy", b"GET /@N HTTP/1.1"),
        ("0.9", "http09", b"GET http://@H/@N"),
        ("0.9, blank", "version", b"GET http://@H/@N "),
        ("HTTP/0.9", "version", b"GET http://@H/@N HTTP/0.9"),
        ("HTTP/1", "version", b"GET http://@H/@N HTTP/1"),
        ("HTTP/1.", "version", b"GET http://@H/@N HTTP/1."),
        ("HTTP/1.2", "version", b"GET http://@H/@N HTTP/1.2"),
        ("HTTP/1.10", "version", b"GET http://@H/@N HTTP/1.10"),
        ("HTTP/1.01", "version", b"GET http://@H/@N HTTP/1.01"),
        ("HTTP/01.1", "version", b"GET http://@H/@N HTTP/01.1"),
        ("HTTP/1,1", "version", b"GET http://@H/@N HTTP/1,1"),
        ("HTTP/2.0", "version", b"GET http://@H/@N HTTP/2.0"),
        ("HTTP/3", "version", b"GET http://@H/@N HTTP/3"),
        ("http/1.1", "version", b"GET http://@H/@N http/1.1"),
        ("HTTP /1.1", "start_line", b"GET http://@H/@N HTTP /1.1"),
        ("HTTPS/1.1", "version", b"GET http://@H/@N HTTPS/1.1"),
        ("XHTTP/1.1", "version", b"GET http://@H/@N XHTTP/1.1"),
        ("a response", "method", b"HTTP/1.1 200")):
    bad("start: " + _name, _reason, _line + b"\r\n" + HOST + END)
bad("HTTP/2 preface", "version",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
bad("TLS", "control", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
for _target in (b"#part", b"?a=b#c", b"/\xe4\xff", b"//x", b"/../..", b"/%00",
                b"/%0d%0aA:b", b"/\\x", b'/"<>^`{|}', b"?http://x/",
                b"/http://x/", b"@x", b";a=b"):
    good("target %r" % _target, b"GET http://@H/@N" + _target +
         b" HTTP/1.1\r\n" + HOST + END, target=b"/@N" + _target)
good("no path", b"GET http://@H HTTP/1.1\r\nX: @N\r\n" + HOST + END,
     target=b"/")
good("no path, a query", b"GET http://@H?@N HTTP/1.1\r\n" + HOST + END,
     target=b"/?@N")
good("OPTIONS *", b"OPTIONS http://@H HTTP/1.1\r\nX: @N\r\n" + HOST + END,
     target=b"*")
good("HTTP://", b"GET HTTP://@H/@N HTTP/1.1\r\n" + HOST + END)

# --- Host

for _name, _reason, _field in (
        ("none", "host_missing", b""),
        ("two", "host_twice", b"Host: @H\r\nHost: evil.test\r\n"),
        ("two equal", "host_twice", b"Host: @H\r\nHost: @H\r\n"),
        ("two, other case", "host_twice", b"Host: @H\r\nhOST: @H\r\n"),
        ("two, one empty", "host_twice", b"Host:\r\nHost: @H\r\n"),
        ("blank before the colon", "space_colon", b"Host : @H\r\n"),
        ("userinfo", "host", b"Host: a@@H\r\n"),
        ("comma", "port", b"Host: @H, evil.test\r\n"),
        ("blank", "port", b"Host: @H evil.test\r\n"),
        ("slash", "port", b"Host: @H/evil\r\n"),
        ("backslash", "port", b"Host: @H\\evil\r\n"),
        ("query", "host", b"Host: evil.test?x\r\n"),
        ("hash", "host", b"Host: evil.test#x\r\n"),
        ("scheme", "port", b"Host: http://evil.test\r\n"),
        ("%", "host", b"Host: evil%2etest\r\n"),
        ("8-bit", "host", b"Host: \xe4.test\r\n"),
        ("quote", "host", b'Host: "evil.test"\r\n'),
        ("port of letters", "port", b"Host: evil.test:http\r\n"),
        ("empty port", "port", b"Host: evil.test:\r\n"),
        ("port 0", "port", b"Host: evil.test:0\r\n"),
        ("big port", "port", b"Host: evil.test:65536\r\n"),
        ("two ports", "port", b"Host: evil.test:1:2\r\n"),
        ("port only", "host", b"Host: :80\r\n"),
        ("open bracket", "host", b"Host: [::1\r\n"),
        ("zone", "host", b"Host: [fe80::1%25lo]\r\n"),
        ("dot first", "host", b"Host: .evil.test\r\n"),
        ("tab before", "host", b"Host:\t@H\r\n"),
        ("tab after", "host", b"Host: @H\t\r\n"),
        ("folded", "obs_fold", b"Host: a\r\n b\r\n"),
        ("VT", "control", b"Host: \x0b@H\r\n"),
        ("NUL", "nul", b"Host: @H\x00.test\r\n")):
    bad("Host: " + _name, _reason, GET + _field + END)
for _value in (b"evil.test", b"evil.test:80", b"", b"EVIL.test", b"[::1]:1",
               b"evil.test.", b"127.0.0.1:1"):
    good("Host %r" % _value, GET + b"Host: " + _value + b"\r\n\r\n")
good("X-Forwarded-Host", GET + HOST + b"X-Forwarded-Host: evil.test\r\n\r\n")

# --- limits

bad("long head", "head_size", GET + HOST + b"A: " + b"b" * 66000 +
    b"\r\n\r\n")
bad("long start line", "head_size", b"GET http://@H/@N" + b"a" * 66000 +
    b" HTTP/1.1\r\n" + HOST + END)
bad("long name", "head_size", GET + HOST + b"A" * 66000 + b": b\r\n\r\n")
bad("head that never ends", "head_size", GET + HOST + b"A: b\r\n" * 240 +
    b"A: " + b"b" * 65000)
bad("many fields", "head_fields", GET + HOST + b"A: b\r\n" * 256 + END)
good("255 fields more", GET + HOST + b"A: b\r\n" * 255 + END)
good("60000 bytes", GET + HOST + b"A: " + b"b" * 60000 + b"\r\n\r\n")

# --- hop by hop

good("h2c", GET + HOST + b"Upgrade: h2c\r\n"
     b"HTTP2-Settings: AAMAAABkAARAAAAA\r\n"
     b"Connection: Upgrade, HTTP2-Settings\r\n\r\n")
good("Upgrade without Connection", GET + HOST + b"Upgrade: websocket\r\n\r\n")
good("Connection: Host", GET + HOST + b"Connection: close, Host\r\n\r\n",
     more=False)
good("TE", GET + HOST + b"TE: trailers, chunked\r\nConnection: TE\r\n\r\n")
good("Keep-Alive", GET + HOST + b"Keep-Alive: 300\r\n"
     b"Proxy-Connection: close\r\n\r\n")
good("Trailer", POST + HOST + b"Trailer: A\r\n" + TE + END + HELLO +
     b"0\r\nA: b\r\n\r\n", "chunked", b"hello")

# --- chunks

for _name, _reason, _body in (
        ("0x", "chunk_size", b"0x5\r\nhello\r\n" + ZERO),
        ("+", "chunk_size", b"+5\r\nhello\r\n" + ZERO),
        ("-", "chunk_size", b"-5\r\nhello\r\n" + ZERO),
        ("-0", "chunk_size", b"-0\r\n\r\n"),
        ("blank before", "chunk_size", b" 5\r\nhello\r\n" + ZERO),
        ("blank behind", "chunk_size", b"5 \r\nhello\r\n" + ZERO),
        ("tab behind", "chunk_size", b"5\t\r\nhello\r\n" + ZERO),
        ("blank inside", "chunk_size", b"1 0\r\nhello\r\n" + ZERO),
        ("underscore", "chunk_size", b"0_5\r\nhello\r\n" + ZERO),
        ("comma", "chunk_size", b"5,5\r\nhello\r\n" + ZERO),
        ("h", "chunk_size", b"5h\r\nhello\r\n" + ZERO),
        ("point", "chunk_size", b"5.0\r\nhello\r\n" + ZERO),
        ("quote", "chunk_size", b'"5"\r\nhello\r\n' + ZERO),
        ("8-bit", "chunk_size", b"5\xa0\r\nhello\r\n" + ZERO),
        ("wide digit", "chunk_size", b"\xef\xbc\x95\r\nhello\r\n" + ZERO),
        ("NUL", "chunk_size", b"5\x00\r\nhello\r\n" + ZERO),
        ("VT", "chunk_size", b"5\x0b\r\nhello\r\n" + ZERO),
        ("none", "chunk_size", b"\r\nhello\r\n" + ZERO),
        ("extension only", "chunk_size", b";a=b\r\nhello\r\n" + ZERO),
        ("LF", "chunk_size", b"5\nhello\r\n" + ZERO),
        ("CR", "chunk_size", b"5\rhello\r\n" + ZERO),
        ("CR CR LF", "chunk_size", b"5\r\r\nhello\r\n" + ZERO),
        ("LF CR", "chunk_size", b"5\n\rhello\r\n" + ZERO),
        ("16 digits", "chunk_range", b"ffffffffffffffff\r\nhello\r\n" + ZERO),
        ("overflow to 5", "chunk_range", b"10000000000000005\r\nhello\r\n" +
         ZERO),
        ("2^63", "chunk_range", b"8000000000000000\r\nhello\r\n" + ZERO),
        ("17 zeros", "chunk_range", b"0" * 16 + b"5\r\nhello\r\n" + ZERO),
        ("thousands of zeros", "chunk_range", b"0" * 5000 + b"\r\n\r\n")):
    cut("chunk size: " + _name, _reason, _body)
for _name, _reason, _body in (
        ("too long", "chunk_end", b"4\r\nhello\r\n" + ZERO),
        ("too short", "chunk_end", b"6\r\nhello\r\n" + ZERO),
        ("no CRLF", "chunk_end", b"5\r\nhello" + ZERO),
        ("LF", "chunk_end", b"5\r\nhello\n" + ZERO),
        ("CR", "chunk_end", b"5\r\nhello\r" + ZERO),
        ("CR CR LF", "chunk_end", b"5\r\nhello\r\r\n" + ZERO),
        ("LF CR", "chunk_end", b"5\r\nhello\n\r" + ZERO),
        ("blank", "chunk_end", b"5\r\nhello \r\n" + ZERO),
        ("two CRLF", "chunk_size", b"5\r\nhello\r\n\r\n" + ZERO)):
    cut("chunk end: " + _name, _reason, _body)
for _name, _body in (
        ("LF", b"5;a\nhello\r\n" + ZERO),
        ("LF in quotes", b'5;a="\n"\r\nhello\r\n' + ZERO),
        ("NUL", b"5;a=\x00\r\nhello\r\n" + ZERO),
        ("VT", b"5;a\x0b\r\nhello\r\n" + ZERO),
        ("DEL", b"5;a\x7f\r\nhello\r\n" + ZERO),
        ("huge", b"5;a=" + b"b" * 70000 + b"\r\nhello\r\n" + ZERO),
        ("blank before the name", b"5; a=b\r\nhello\r\n" + ZERO),
        ("blank behind the value", b"5;a=b \r\nhello\r\n" + ZERO),
        ("tab", b"5;\ta=b\r\nhello\r\n" + ZERO),
        ("no name", b"5;\r\nhello\r\n" + ZERO),
        ("no name but a value", b"5;=b\r\nhello\r\n" + ZERO),
        ("no value", b"5;a=\r\nhello\r\n" + ZERO),
        ("open quote", b'5;a="b\r\nhello\r\n' + ZERO),
        ("open escape", b'5;a="b\\\r\nhello\r\n' + ZERO),
        ("behind quotes", b'5;a="b"c\r\nhello\r\n' + ZERO),
        ("8-bit", b"5;\xe4=b\r\nhello\r\n" + ZERO),
        ("another size", b"5;a=b,6\r\nhello\r\n" + ZERO)):
    cut("extension: " + _name, "chunk_ext", _body)
cut("extension: CR", "chunk_size", b"5;a=b\rhello\r\n" + ZERO)
cut("extension: CRLF in quotes", "chunk_ext",
    b'5;a="\r\n"\r\nhello\r\n' + ZERO)
for _ext in (b";a", b";a=b", b';a="b"', b";a=b;c", b';a="b;c=d"', b';a="\\""'):
    good("extension %r" % _ext, CHUNKED + b"5" + _ext + b"\r\nhello\r\n0" +
         _ext + b"\r\n\r\n", "chunked", b"hello")
for _size in (b"005", b"0000000000000005"):
    good("size %r" % _size, CHUNKED + _size + b"\r\nhello\r\n" + ZERO,
         "chunked", b"hello")
good("size A", CHUNKED + b"A\r\nhellohello\r\n000\r\n\r\n", "chunked",
     b"hellohello")
for _name, _reason, _body in (
        ("words", "trailer", b"0\r\nhello\r\n\r\n"),
        ("request", "trailer", b"0\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
        ("folded", "trailer", b"0\r\nA: b\r\n c\r\n\r\n"),
        ("blank first", "trailer", b"0\r\n A: b\r\n\r\n"),
        ("blank before the colon", "trailer", b"0\r\nA : b\r\n\r\n"),
        ("no name", "trailer", b"0\r\n: b\r\n\r\n"),
        ("LF", "trailer", b"0\r\nA: b\n\r\n"),
        ("CR", "trailer", b"0\r\nA: b\rC: d\r\n\r\n"),
        ("NUL", "trailer", b"0\r\nA: \x00\r\n\r\n"),
        ("LF as the end", "trailer", b"0\r\n\n"),
        ("LF as the end, behind a field", "trailer", b"0\r\nA: b\r\n\n"),
        ("CR as the end", "trailer", b"0\r\n\rX"),
        ("CR CR LF as the end", "trailer", b"0\r\n\r\r\n"),
        ("Content-Length", "trailer", b"0\r\nContent-Length: 5\r\n\r\n"),
        ("content-length", "trailer",
         b"0\r\nA: b\r\ncontent-length: 5\r\n\r\n"),
        ("Transfer-Encoding", "trailer",
         b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("Host", "trailer", b"0\r\nHost: evil.test\r\n\r\n"),
        ("Connection", "trailer", b"0\r\nConnection: close\r\n\r\n"),
        ("too many", "trailer_size", b"0\r\n" + b"A: b\r\n" * 3000 + b"\r\n")):
    cut("trailer: " + _name, _reason, _body)
for _trailer in (b"A: b\r\n", b"A: b\r\nA: c\r\n", b"A:\r\n",
                 b"Content-Lengthy: 5\r\n", b"Hos: t\r\n", b"Hostess: t\r\n",
                 b"Content-MD5: x\r\nX-Checksum: \xe4\r\n"):
    good("trailer %r" % _trailer, CHUNKED + HELLO + b"0\r\n" + _trailer +
         b"\r\n", "chunked", b"hello")

# --- responses

OK = b"HTTP/1.1 200 OK\r\n"
CL5 = b"Content-Length: 5\r\n\r\nhello"

passes("plain", OK + CL5, body=b"hello")
passes("chunked", OK + TE + END + HELLO + ZERO, body=b"hello")
passes("chunked, extension and trailer", OK + TE + END +
       b"5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n", body=b"hello")
passes("to the end", OK + END + b"hello", body=b"hello", end=True, more=False)
passes("no length, nothing", OK + END, end=True, more=False)
passes("no reason", b"HTTP/1.1 200 \r\n" + CL5, body=b"hello")
passes("no blank either", b"HTTP/1.1 200\r\n" + CL5, body=b"hello")
passes("8-bit reason", b"HTTP/1.1 200 \xe9\r\n" + CL5, body=b"hello")
passes("unknown status", b"HTTP/1.1 599 X\r\n" + CL5, 599, b"hello")
passes("status 999", b"HTTP/1.1 999 Denied\r\n" + CL5, 999, b"hello")
passes("HTTP/1.0", b"HTTP/1.0 200 OK\r\n" + CL5, body=b"hello")
passes("HTTP/1.0 to the end", b"HTTP/1.0 200 OK\r\n\r\nhello", body=b"hello",
       end=True, more=False)
passes("HEAD, length", OK + b"Content-Length: 5\r\n\r\n", answers=b"HEAD")
passes("HEAD, chunked", OK + TE + END, answers=b"HEAD")
passes("HEAD, nothing", OK + END, answers=b"HEAD")
passes("HEAD, a body all the same", OK + CL5, answers=b"HEAD")
passes("204", b"HTTP/1.1 204 No\r\n\r\n", 204)
passes("204, length 0", b"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", 204)
passes("304", b"HTTP/1.1 304 No\r\n\r\n", 304)
passes("304, length", b"HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", 304)
passes("304, chunked", b"HTTP/1.1 304 No\r\n" + TE + END, 304)
passes("304, a body all the same", b"HTTP/1.1 304 No\r\n" + CL5, 304)
passes("205, length 0", b"HTTP/1.1 205 R\r\nContent-Length: 0\r\n\r\n", 205)
passes("100 first", b"HTTP/1.1 100 Continue\r\n\r\n" + OK + CL5,
       body=b"hello")
passes("102 first", b"HTTP/1.1 102 P\r\n\r\n" + OK + CL5, body=b"hello")
passes("103 first", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK +
       CL5, body=b"hello")
passes("many first", b"HTTP/1.1 103 E\r\nLink: </a>\r\n\r\n" * 60 + OK + CL5,
       body=b"hello")
passes("a second response", OK + CL5 + OK + b"Content-Length: 3\r\n\r\nbad",
       body=b"hello")
passes("bytes behind it", OK + CL5 + b"bad", body=b"hello")
passes("a second one behind chunks", OK + TE + END + HELLO + ZERO + OK +
       b"Content-Length: 3\r\n\r\nbad", body=b"hello")
passes("a second one behind 204", b"HTTP/1.1 204 No\r\n\r\n" + OK +
       b"Content-Length: 3\r\n\r\nbad", 204)
passes("two Host fields", OK + b"Host: a\r\nHost: b\r\n" + CL5, body=b"hello")
passes("leading zeros", OK + b"Content-Length: 0005\r\n\r\nhello",
       body=b"hello")
passes("Connection: close", OK + b"Connection: close\r\n" + CL5,
       body=b"hello")

for _name, _reason, _head in (
        ("CL and TE", "length_coding", OK + b"Content-Length: 5\r\n" + TE),
        ("TE and CL", "length_coding", OK + TE + b"Content-Length: 5\r\n"),
        ("two CL", "length_twice",
         OK + b"Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("two equal CL", "length_twice",
         OK + b"Content-Length: 5\r\nContent-Length: 5\r\n"),
        ("CL list", "length", OK + b"Content-Length: 5, 5\r\n"),
        ("CL +5", "length", OK + b"Content-Length: +5\r\n"),
        ("CL -5", "length", OK + b"Content-Length: -5\r\n"),
        ("CL 0x5", "length", OK + b"Content-Length: 0x5\r\n"),
        ("CL empty", "length", OK + b"Content-Length:\r\n"),
        ("CL with a tab", "length", OK + b"Content-Length:\t5\r\n"),
        ("CL too large", "length_range",
         OK + b"Content-Length: 18446744073709551621\r\n"),
        ("TE gzip", "coding", OK + b"Transfer-Encoding: gzip\r\n"),
        ("TE identity", "coding", OK + b"Transfer-Encoding: identity\r\n"),
        ("TE gzip, chunked", "coding",
         OK + b"Transfer-Encoding: gzip, chunked\r\n"),
        ("TE xchunked", "coding", OK + b"Transfer-Encoding: xchunked\r\n"),
        ("TE with a tab", "coding", OK + b"Transfer-Encoding:\tchunked\r\n"),
        ("two TE", "coding_twice", OK + TE + TE),
        ("TE in 1.0", "coding_http10", b"HTTP/1.0 200 OK\r\n" + TE),
        ("TE with a blank", "space_colon",
         OK + b"Transfer-Encoding : chunked\r\n"),
        ("204, length", "body_forbidden",
         b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n"),
        ("204, chunked", "body_forbidden", b"HTTP/1.1 204 No\r\n" + TE),
        ("100, length", "body_forbidden",
         b"HTTP/1.1 100 C\r\nContent-Length: 5\r\n"),
        ("103, chunked", "body_forbidden", b"HTTP/1.1 103 E\r\n" + TE),
        ("101 unasked", "upgrade", b"HTTP/1.1 101 S\r\nUpgrade: x\r\n"
         b"Connection: Upgrade\r\n"),
        ("status 99", "status", b"HTTP/1.1 099 OK\r\nContent-Length: 5\r\n"),
        ("status 20", "status", b"HTTP/1.1 20\r\nContent-Length: 5\r\n"),
        ("status 2000", "status",
         b"HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n"),
        ("status 20x", "status", b"HTTP/1.1 20x OK\r\nContent-Length: 5\r\n"),
        ("status 000", "status", b"HTTP/1.1 000 X\r\nContent-Length: 5\r\n"),
        ("status +20", "status", b"HTTP/1.1 +20 X\r\nContent-Length: 5\r\n"),
        ("two blanks", "status", b"HTTP/1.1  200 OK\r\n"),
        ("HTTP/1.2", "version", b"HTTP/1.2 200 OK\r\nContent-Length: 5\r\n"),
        ("HTTP/2", "version", b"HTTP/2 200 OK\r\nContent-Length: 5\r\n"),
        ("HTTP/0.9", "start_line", b"<html>\r\n"),
        ("ICY", "start_line", b"ICY 200 OK\r\n"),
        ("http/1.1", "start_line",
         b"http/1.1 200 OK\r\nContent-Length: 5\r\n"),
        ("empty line first", "empty_line", b"\r\n" + OK),
        ("blank first", "start_line", b" " + OK),
        ("LF behind the start", "bare_lf", b"HTTP/1.1 200 OK\n"),
        ("LF behind a field", "bare_lf", OK + b"A: b\n"),
        ("CR in a field", "bare_cr", OK + b"A: b\rc\r\n"),
        ("CR CR LF", "bare_cr", OK + b"A: b\r\r\n"),
        ("NUL", "nul", OK + b"A: b\x00\r\n"),
        ("folded", "obs_fold", OK + b"A: b\r\n c\r\n"),
        ("folded first", "obs_fold", OK + b" A: b\r\n"),
        ("no colon", "field_name", OK + b"hello\r\n"),
        ("no name", "field_name", OK + b": b\r\n"),
        ("long head", "head_size", OK + b"A: " + b"b" * 66000 + b"\r\n"),
        ("many fields", "head_fields", OK + b"A: b\r\n" * 257)):
    fails(_name, _reason, _head + b"\r\nhello")
fails("HEAD, CL and TE", "length_coding", OK + b"Content-Length: 5\r\n" + TE +
      END, answers=b"HEAD")
fails("a flood of 103", "interim", b"HTTP/1.1 103 E\r\n\r\n" * 100 + OK + CL5)
fails("a bad one behind 103", "length_coding", b"HTTP/1.1 103 E\r\n\r\n" + OK +
      b"Content-Length: 5\r\n" + TE + END + ZERO)
for _name, _reason, _body in (
        ("size 0x", "chunk_size", b"0x5\r\nhello\r\n" + ZERO),
        ("size with a blank", "chunk_size", b"5 \r\nhello\r\n" + ZERO),
        ("size and LF", "chunk_size", b"5\nhello\r\n" + ZERO),
        ("size too large", "chunk_range", b"fffffffffffffffff\r\n"),
        ("no size", "chunk_size", b"\r\n"),
        ("chunk too long", "chunk_end", b"4\r\nhello\r\n" + ZERO),
        ("chunk and LF", "chunk_end", b"5\r\nhello\n" + ZERO),
        ("extension and LF", "chunk_ext", b"5;a\nhello\r\n" + ZERO),
        ("extension of NUL", "chunk_ext", b"5;\x00\r\nhello\r\n" + ZERO),
        ("trailer of words", "trailer", HELLO + b"0\r\nhello\r\n\r\n"),
        ("trailer Content-Length", "trailer",
         HELLO + b"0\r\nContent-Length: 5\r\n\r\n"),
        ("trailer and LF", "trailer", HELLO + b"0\r\n\n")):
    fails("chunked: " + _name, _reason, OK + TE + END + _body, started=True)
fails("length cut short", "truncated", OK + b"Content-Length: 9\r\n\r\nhello",
      end=True, started=True)
fails("chunks cut short", "truncated", OK + TE + END + HELLO, end=True,
      started=True)
fails("chunks cut in the trailer", "truncated", OK + TE + END + HELLO +
      b"0\r\n", end=True, started=True)
