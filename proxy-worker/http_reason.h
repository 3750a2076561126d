/*
 * Copyright (c) 2026 The NanoClaw Traffic Guardian developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#ifndef HTTP_REASON_H
#define HTTP_REASON_H

/*
 * Why a message was refused.  The word goes into events, the text to people,
 * the status to the client: 400 (or what the list says) when the client is at
 * fault, 502 when the server is.
 */
enum http_kind {
	HTTP_REQUEST_HEAD,
	HTTP_RESPONSE_HEAD
};

#define HTTP_REASONS(X)							\
	X(NONE,			0,   "none", "no error")		\
	X(MEMORY,		503, "memory", "memory is short")	\
	X(BARE_CR,		400, "bare_cr",				\
	    "a carriage return without a line feed")			\
	X(BARE_LF,		400, "bare_lf",				\
	    "a line feed without a carriage return")			\
	X(NUL,			400, "nul", "a NUL byte")		\
	X(CONTROL,		400, "control",	"a control character")	\
	X(EMPTY_LINE,		400, "empty_line",			\
	    "an empty line where a message starts")			\
	X(START_LINE,		400, "start_line",			\
	    "a first line that is not HTTP")				\
	X(HTTP09,		400, "http09", "HTTP/0.9")		\
	X(VERSION,		400, "version",				\
	    "a version that is neither HTTP/1.0 nor HTTP/1.1")		\
	X(METHOD,		400, "method", "a malformed method")	\
	X(TARGET,		400, "target", "a malformed target")	\
	X(TARGET_FORM,		400, "target_form",			\
	    "a target that does not go with the method")		\
	X(SCHEME,		501, "scheme",				\
	    "a scheme other than http and https")			\
	X(USERINFO,		400, "userinfo",			\
	    "a user name or password in the target")			\
	X(HOST,			400, "host", "a malformed host name")	\
	X(PORT,			400, "port", "a malformed port")	\
	X(HOST_MISSING,		400, "host_missing",			\
	    "no Host field in HTTP/1.1")				\
	X(HOST_TWICE,		400, "host_twice", "more than one Host field") \
	X(STATUS,		400, "status", "a malformed status")	\
	X(OBS_FOLD,		400, "obs_fold",			\
	    "a field continued on a second line")			\
	X(SPACE_COLON,		400, "space_colon",			\
	    "white space before the colon of a field")			\
	X(FIELD_NAME,		400, "field_name", "a malformed field name") \
	X(FIELD_VALUE,		400, "field_value", "a malformed field value") \
	X(HEAD_SIZE,		431, "head_size",			\
	    "a head of more than 64 KiB")				\
	X(HEAD_FIELDS,		431, "head_fields",			\
	    "more than 256 header fields")				\
	X(LENGTH,		400, "length",				\
	    "a Content-Length that is not a number")			\
	X(LENGTH_TWICE,		400, "length_twice",			\
	    "more than one Content-Length")				\
	X(LENGTH_RANGE,		400, "length_range",			\
	    "a Content-Length that is too large")			\
	X(LENGTH_CODING,	400, "length_coding",			\
	    "Content-Length together with Transfer-Encoding")		\
	X(CODING,		501, "coding",				\
	    "a Transfer-Encoding other than chunked")			\
	X(CODING_TWICE,		400, "coding_twice",			\
	    "more than one Transfer-Encoding")				\
	X(CODING_HTTP10,	400, "coding_http10",			\
	    "Transfer-Encoding in HTTP/1.0")				\
	X(BODY_FORBIDDEN,	400, "body_forbidden",			\
	    "a body on a status that has none")				\
	X(DISAGREE,		400, "disagree",			\
	    "a head that two parsers read differently")			\
	X(CHUNK_SIZE,		400, "chunk_size", "a malformed chunk size") \
	X(CHUNK_RANGE,		400, "chunk_range",			\
	    "a chunk size that is too large")				\
	X(CHUNK_EXT,		400, "chunk_ext",			\
	    "a malformed or too long chunk extension")			\
	X(CHUNK_END,		400, "chunk_end",			\
	    "a chunk that does not end where its size says")		\
	X(TRAILER,		400, "trailer", "a malformed trailer field") \
	X(TRAILER_SIZE,		431, "trailer_size",			\
	    "trailer fields of more than 16 KiB")			\
	X(TRUNCATED,		400, "truncated",			\
	    "a connection closed inside a message")

enum http_reason {
#define X(name, status, word, text)	HTTP_BAD_##name,
	HTTP_REASONS(X)
#undef X
	HTTP_BAD_MAX
};

const char	*http_reason_word(enum http_reason);
const char	*http_reason_text(enum http_reason);
int		 http_reason_status(enum http_reason, enum http_kind);

#endif /* HTTP_REASON_H */
