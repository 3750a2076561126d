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


/* WebSocket frames and messages: splits, bounds, fragments, compression. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>
#include <zlib.h>

#include "../../detector-worker/rules.h"
#include "../../detector-worker/ws_reader.h"
#include "../../lib/ws_frame.h"

#define CONN_MAX	(256 * 1024)

/* One direction of a connection, being made. */
struct conn {
	uint8_t		 buf[CONN_MAX];
	size_t		 len;
	unsigned int	 nframes;
	int		 masked;
	z_stream	 z;
};

static void
add(struct conn *c, const void *data, size_t len)
{
	ATF_REQUIRE(len <= sizeof(c->buf) - c->len);
	memcpy(c->buf + c->len, data, len);
	c->len += len;
}

static void
add_frame(struct conn *c, unsigned int first, const void *data, size_t len)
{
	const uint8_t	*p = data;
	uint8_t		 head[14], key[4];
	size_t		 i, n = 2;

	head[0] = (uint8_t)first;
	if (len < 126)
		head[1] = (uint8_t)len;
	else if (len < 65536) {
		head[1] = 126;
		head[2] = (uint8_t)(len >> 8);
		head[3] = (uint8_t)len;
		n = 4;
	} else {
		head[1] = 127;
		for (i = 0; i < 8; i++)
			head[2 + i] = (uint8_t)((uint64_t)len >>
			    (8 * (7 - i)));
		n = 10;
	}
	if (c->masked)
		head[1] |= 0x80;
	add(c, head, n);
	if (!c->masked) {
		add(c, data, len);
		return;
	}
	for (i = 0; i < 4; i++)
		key[i] = (uint8_t)(17 * (c->nframes + 1) + 61 * i);
	c->nframes++;
	add(c, key, 4);
	for (i = 0; i < len; i++) {
		head[0] = p[i] ^ key[i % 4];
		add(c, head, 1);
	}
}

static void
add_text(struct conn *c, unsigned int first, const char *s)
{
	add_frame(c, first, s, strlen(s));
}

/* Compressed as RFC 7692, 7.2.1 says; fragmented in two if at is not 0. */
static void
add_deflated(struct conn *c, const char *s, size_t at, int finish)
{
	static uint8_t	 out[65536];
	size_t		 n;

	c->z.next_in = (z_const Bytef *)(uintptr_t)s;
	c->z.avail_in = (uInt)strlen(s);
	c->z.next_out = out;
	c->z.avail_out = sizeof(out);
	(void)deflate(&c->z, finish ? Z_FINISH : Z_SYNC_FLUSH);
	n = sizeof(out) - c->z.avail_out;
	if (finish) {
		out[n++] = 0;
		ATF_REQUIRE_EQ(Z_OK, deflateReset(&c->z));
	} else
		n -= 4;
	if (at == 0)
		add_frame(c, 0xc1, out, n);
	else {
		add_frame(c, 0x41, out, at);
		add_frame(c, 0x89, "ping", 4);
		add_frame(c, 0x80, out + at, n - at);
	}
}

static void
conn_begin(struct conn *c, int masked)
{
	memset(c, 0, sizeof(*c));
	c->masked = masked;
	ATF_REQUIRE_EQ(Z_OK, deflateInit2(&c->z, 9, Z_DEFLATED, -15, 8,
	    Z_DEFAULT_STRATEGY));
}

/* What the reader made of it. */
struct trace {
	char	 buf[CONN_MAX * 2];
	size_t	 len;
};

static void
say(struct trace *t, const void *data, size_t len)
{
	ATF_REQUIRE(len < sizeof(t->buf) - t->len);
	memcpy(t->buf + t->len, data, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

static void
on_begin(int text, void *arg)
{
	say(arg, text ? "T<" : "B<", 2);
}

static void
on_data(const uint8_t *p, size_t len, void *arg)
{
	say(arg, p, len);
}

static void
on_end(void *arg)
{
	say(arg, ">", 1);
}

/* May come inside of a message: told apart. */
static struct trace	 control;

static void
on_control(const uint8_t *p, size_t len, void *arg)
{
	(void)arg;
	say(&control, "(", 1);
	say(&control, p, len);
	say(&control, ")", 1);
}

static uint64_t	 gap_bytes;
static int	 gap_frames;

static void
on_gap(uint64_t bytes, int frames, void *arg)
{
	(void)arg;
	gap_bytes += bytes;
	gap_frames = frames;
}

static const struct ws_ops	 ops = {
	.begin = on_begin,
	.data = on_data,
	.end = on_end,
	.control = on_control,
	.gap = on_gap,
};

static const char	*head = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
static uint64_t		 most = 1024 * 1024;

static void
read_split(const struct conn *c, size_t at, size_t step, struct trace *t)
{
	static struct rules	 account;
	struct ws_reader	*r;
	const uint8_t		*p = c->buf;
	uint8_t			*copy;
	size_t			 len = c->len, n;

	t->len = 0;
	t->buf[0] = '\0';
	control.len = 0;
	control.buf[0] = '\0';
	gap_bytes = 0;
	gap_frames = -1;
	r = ws_reader_new(&account, (const uint8_t *)head, strlen(head),
	    !c->masked, most, &ops, t);
	ATF_REQUIRE(r != NULL);
	for (n = at; len > 0; p += n, len -= n, n = step) {
		if (n > len)
			n = len;
		ATF_REQUIRE((copy = malloc(n + (n == 0))) != NULL);
		memcpy(copy, p, n);
		ws_reader_feed(r, copy, n);
		free(copy);
	}
	ws_reader_end(r);
	ws_reader_free(r);
	ATF_CHECK_EQ(0, account.coding_memory);
}

static struct trace	 whole, split;
static struct conn	 conn;

static void
check(struct conn *c, const char *want)
{
	uint64_t	 gap;
	size_t		 at;

	read_split(c, c->len, 1, &whole);
	gap = gap_bytes;
	if (want != NULL)
		ATF_CHECK_STREQ(want, whole.buf);
	for (at = 0; at <= c->len && c->len < 3000; at++) {
		read_split(c, at, c->len, &split);
		ATF_CHECK_STREQ(whole.buf, split.buf);
		ATF_CHECK_EQ(gap > 0, gap_bytes > 0);
	}
	read_split(c, 1, 1, &split);
	ATF_CHECK_STREQ(whole.buf, split.buf);
	ATF_CHECK_EQ(gap > 0, gap_bytes > 0);
	(void)deflateEnd(&c->z);
}

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	int	 masked;

	(void)tc;
	for (masked = 0; masked < 2; masked++) {
		conn_begin(&conn, masked);
		add_text(&conn, 0x81, "hello, world");
		add_text(&conn, 0x82, "binary");
		add_text(&conn, 0x81, "");
		add_text(&conn, 0x89, "");
		add_text(&conn, 0x8a, "pong");
		add_text(&conn, 0x88, "\x03\xe8""bye");
		check(&conn, "T<hello, world>B<binary>T<>");
		ATF_CHECK_STREQ("(pong)(\x03\xe8""bye)", control.buf);
		ATF_CHECK_EQ(0, gap_bytes);
	}
}

ATF_TC_WITHOUT_HEAD(fragments);
ATF_TC_BODY(fragments, tc)
{
	(void)tc;
	conn_begin(&conn, 1);
	add_text(&conn, 0x01, "one ");
	add_text(&conn, 0x89, "in between");
	add_text(&conn, 0x00, "");
	add_text(&conn, 0x00, "two ");
	add_text(&conn, 0x8a, "x");
	add_text(&conn, 0x80, "three");
	add_text(&conn, 0x81, "next");
	check(&conn, "T<one two three>T<next>");
	ATF_CHECK_STREQ("(in between)(x)", control.buf);
}

/* The three forms of a length, and what the mask makes of long payloads. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	static const size_t	 sizes[] = {
		1, 3, 4, 7, 8, 9, 125, 126, 127, 4095, 4096, 4097, 65535,
		65536, 70000
	};
	static char		 text[70001], want[70010];
	size_t			 i, n;

	(void)tc;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (n = 0; n < sizes[i]; n++)
			text[n] = (char)('a' + n % 26);
		text[n] = '\0';
		(void)snprintf(want, sizeof(want), "T<%s>", text);
		conn_begin(&conn, 1);
		add_text(&conn, 0x81, text);
		check(&conn, want);
	}
	/* In more bytes than needed, which two peers may agree to do. */
	conn_begin(&conn, 0);
	add(&conn, "\x81\x7e\x00\x02hi\x81\x7f\0\0\0\0\0\0\0\x02ho", 18);
	check(&conn, "T<hi>T<ho>");
}

ATF_TC_WITHOUT_HEAD(broken);
ATF_TC_BODY(broken, tc)
{
	static const struct {
		const char	*bytes;
		size_t		 len;
	}			 bad[] = {
		{ "\x83\x01x", 3 },		/* reserved opcodes */
		{ "\x8b\x01x", 3 },
		{ "\xa1\x01x", 3 },		/* RSV2, RSV3 */
		{ "\x91\x01x", 3 },
		{ "\x80\x01x", 3 },		/* nothing to continue */
		{ "\x09\x01x", 3 },		/* a ping in pieces */
		{ "\xc9\x01x", 3 },		/* a compressed one */
		{ "\x89\x7e\x00\x7ex", 5 },	/* a long one */
		{ "\x81\x7f\x80\0\0\0\0\0\0\0x", 11 },
		{ "\x01\x01""a\x81\x01""b", 6 },	/* two at once */
		{ "\x01\x01""a\xc0\x01""b", 6 },
	};
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		conn_begin(&conn, 0);
		add_text(&conn, 0x81, "fine");
		add(&conn, bad[i].bytes, bad[i].len);
		add_text(&conn, 0x81, "never read");
		check(&conn, NULL);
		ATF_CHECK_EQ(0, strncmp(whole.buf, "T<fine>", 7));
		ATF_CHECK_MSG(strstr(whole.buf, "never") == NULL, "%zu", i);
		ATF_CHECK_MSG(gap_bytes >= 12, "%zu", i);
		ATF_CHECK_EQ(1, gap_frames);
	}
	/* An end in the middle of a message is its end. */
	conn_begin(&conn, 0);
	add(&conn, "\x81\x05tail", 6);
	check(&conn, "T<tail>");
}

ATF_TC_WITHOUT_HEAD(deflated);
ATF_TC_BODY(deflated, tc)
{
	(void)tc;
	conn_begin(&conn, 1);
	add_deflated(&conn, "the same text, twice", 0, 0);
	add_deflated(&conn, "the same text, twice", 5, 0);
	add_text(&conn, 0x81, "not compressed");
	/* RFC 7692, 7.2.3.6 */
	add_frame(&conn, 0xc1, "\0", 1);
	add_deflated(&conn, "the same text, a third time", 2, 0);
	check(&conn, "T<the same text, twice>T<the same text, twice>"
	    "T<not compressed>T<>T<the same text, a third time>");
	ATF_CHECK_STREQ("(ping)(ping)", control.buf);
}

ATF_TC_WITHOUT_HEAD(context);
ATF_TC_BODY(context, tc)
{
	(void)tc;
	/* Every message for itself, as the response may agree. */
	head = "HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: "
	    "permessage-deflate; Server_No_Context_Takeover\r\n\r\n";
	conn_begin(&conn, 0);
	add_deflated(&conn, "first, the same words", 0, 1);
	add_deflated(&conn, "second, the same words", 3, 1);
	check(&conn, "T<first, the same words>T<second, the same words>");
	ATF_CHECK_EQ(0, gap_bytes);

	/* Broken ones are lost alone; with takeover all that follow are. */
	conn_begin(&conn, 0);
	add_frame(&conn, 0xc1, "\xff\xff\xff", 3);
	add_deflated(&conn, "after", 0, 1);
	add_text(&conn, 0x81, "plain");
	check(&conn, "T<>T<after>T<plain>");
	ATF_CHECK(gap_bytes > 0 && gap_bytes <= 3);
	ATF_CHECK_EQ(0, gap_frames);
	head = "HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: "
	    "permessage-deflate; client_no_context_takeover\r\n\r\n";
	conn_begin(&conn, 0);
	add_frame(&conn, 0xc1, "\xff\xff\xff", 3);
	add_deflated(&conn, "after", 0, 1);
	add_text(&conn, 0x81, "plain");
	check(&conn, "T<>T<>T<plain>");
	ATF_CHECK(gap_bytes > 3);
}

/* RFC 7692, 7.2.3.5: a sender may end its deflate stream, and go on. */
ATF_TC_WITHOUT_HEAD(final_block);
ATF_TC_BODY(final_block, tc)
{
	static const uint8_t	 finals[64] = { 0x03 };
	unsigned int		 i;
	uint8_t			 many[64];

	(void)tc;
	head = "HTTP/1.1 101 S\r\n\r\n";
	conn_begin(&conn, 0);
	add_deflated(&conn, "with an end", 0, 1);
	add_deflated(&conn, "and another", 0, 1);
	check(&conn, "T<with an end>T<and another>");
	ATF_CHECK_EQ(0, gap_bytes);
	for (i = 0; i < sizeof(many); i++)
		many[i] = finals[i % 2];
	conn_begin(&conn, 0);
	add_frame(&conn, 0xc1, many, sizeof(many));
	check(&conn, "T<>");
	ATF_CHECK_EQ(0, gap_frames);
}

/* A message that grows without end is cut, and its context given up. */
ATF_TC_WITHOUT_HEAD(bomb);
ATF_TC_BODY(bomb, tc)
{
	static char	 zeros[200000];

	(void)tc;
	head = "HTTP/1.1 101 S\r\n\r\n";
	most = 50000;
	memset(zeros, 'z', sizeof(zeros) - 1);
	conn_begin(&conn, 0);
	add_deflated(&conn, zeros, 0, 0);
	add_deflated(&conn, "later", 0, 0);
	check(&conn, NULL);
	ATF_CHECK_EQ(50000 + 2 + 1 + 3, whole.len);
	ATF_CHECK(gap_bytes > 0);
	most = 1024 * 1024;
}

ATF_TC_WITHOUT_HEAD(between);
ATF_TC_BODY(between, tc)
{
	struct ws_frame	 w;
	size_t		 i, n, used;
	unsigned int	 bounds = 0;

	(void)tc;
	conn_begin(&conn, 1);
	add_text(&conn, 0x01, "a");
	add_text(&conn, 0x89, "b");
	add_text(&conn, 0x80, "");
	add_text(&conn, 0x89, "c");
	add_text(&conn, 0x81, "d");
	ws_frame_init(&w);
	ATF_CHECK(ws_frame_between(&w));
	for (i = 0; i < conn.len; i++) {
		n = 1;
		do {
			ATF_REQUIRE(ws_frame_feed(&w, conn.buf + i, n,
			    &used) != WS_ERROR);
			n -= used;
		} while (n > 0);
		while (ws_frame_feed(&w, NULL, 0, &used) != WS_MORE)
			continue;
		bounds += (unsigned int)ws_frame_between(&w);
	}
	ATF_CHECK_EQ(3, bounds);
	(void)deflateEnd(&conn.z);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, fragments);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, broken);
	ATF_TP_ADD_TC(tp, deflated);
	ATF_TP_ADD_TC(tp, context);
	ATF_TP_ADD_TC(tp, final_block);
	ATF_TP_ADD_TC(tp, bomb);
	ATF_TP_ADD_TC(tp, between);
	return (atf_no_error());
}
