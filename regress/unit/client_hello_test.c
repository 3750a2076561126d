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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../proxy-worker/client_hello.h"

#define MSG_MAX		(HELLO_MAX + 1024)

/* A ClientHello under construction: records are made when it is whole. */
struct maker {
	uint8_t	 msg[MSG_MAX];
	size_t	 len;
};

static void
put(struct maker *m, const void *p, size_t len)
{
	ATF_REQUIRE(m->len + len <= sizeof(m->msg));
	memcpy(m->msg + m->len, p, len);
	m->len += len;
}

static void
put_number(struct maker *m, size_t n, size_t v)
{
	uint8_t	 b;

	while (n-- > 0) {
		b = (uint8_t)(v >> (8 * n));
		put(m, &b, 1);
	}
}

static void
fix_number(struct maker *m, size_t at, size_t n)
{
	size_t	 v = m->len - at - n;

	while (n-- > 0)
		m->msg[at++] = (uint8_t)(v >> (8 * n));
}

static size_t
hello_begin(struct maker *m)
{
	static const uint8_t	 zero[32];
	size_t			 at;

	m->len = 0;
	put_number(m, 1, 1);
	put_number(m, 3, 0);
	put_number(m, 2, 0x0303);
	put(m, zero, sizeof(zero));
	put_number(m, 1, 32);
	put(m, zero, sizeof(zero));
	put_number(m, 2, 2);
	put_number(m, 2, 0x1301);
	put_number(m, 1, 1);
	put_number(m, 1, 0);
	at = m->len;
	put_number(m, 2, 0);
	return (at);
}

static void
hello_end(struct maker *m, size_t at)
{
	fix_number(m, at, 2);
	fix_number(m, 1, 3);
}

static void
ext_name(struct maker *m, const char *name, size_t len)
{
	put_number(m, 2, 0);
	put_number(m, 2, len + 5);
	put_number(m, 2, len + 3);
	put_number(m, 1, 0);
	put_number(m, 2, len);
	put(m, name, len);
}

static void
ext_alpn(struct maker *m, const char *a, const char *b)
{
	size_t	 la = strlen(a), lb = b == NULL ? 0 : strlen(b) + 1;

	put_number(m, 2, 16);
	put_number(m, 2, 2 + 1 + la + lb);
	put_number(m, 2, 1 + la + lb);
	put_number(m, 1, la);
	put(m, a, la);
	if (b != NULL) {
		put_number(m, 1, strlen(b));
		put(m, b, strlen(b));
	}
}

static void
ext_filler(struct maker *m, size_t type, size_t len)
{
	put_number(m, 2, type);
	put_number(m, 2, len);
	while (len-- > 0)
		put_number(m, 1, 'x');
}

/* The message in records of at most size bytes. */
static uint8_t *
records(const struct maker *m, size_t size, size_t *outlen)
{
	uint8_t	*out;
	size_t	 at = 0, n, o = 0;

	ATF_REQUIRE((out = malloc(m->len + (m->len / size + 1) * 5)) != NULL);
	while (at < m->len) {
		n = m->len - at < size ? m->len - at : size;
		out[o++] = 22;
		out[o++] = 3;
		out[o++] = 1;
		out[o++] = (uint8_t)(n >> 8);
		out[o++] = (uint8_t)n;
		memcpy(out + o, m->msg + at, n);
		o += n;
		at += n;
	}
	*outlen = o;
	return (out);
}

/* Fed in pieces of step bytes, each in memory of just its size. */
static enum hello_result
feed(struct hello_reader *h, const uint8_t *p, size_t len, size_t step)
{
	enum hello_result	 r = HELLO_MORE;
	uint8_t			*copy;
	size_t			 n;

	hello_init(h);
	for (; len > 0 && r == HELLO_MORE; p += n, len -= n) {
		n = len < step ? len : step;
		ATF_REQUIRE((copy = malloc(n)) != NULL);
		memcpy(copy, p, n);
		r = hello_feed(h, copy, n);
		free(copy);
	}
	return (r);
}

static void
check(const struct maker *m, enum hello_result want, const char *name,
    bool alpn, bool http11)
{
	static const size_t	 sizes[] = { 1, 7, 100, 16384 };
	static const size_t	 steps[] = { 1, 2, 5, 6, 100, 1000000 };
	struct hello_reader	 h;
	uint8_t			*wire;
	size_t			 i, j, len;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		wire = records(m, sizes[i], &len);
		for (j = 0; j < sizeof(steps) / sizeof(steps[0]); j++) {
			ATF_CHECK_EQ_MSG(feed(&h, wire, len, steps[j]), want,
			    "records of %zu, reads of %zu", sizes[i],
			    steps[j]);
			if (want == HELLO_DONE) {
				ATF_CHECK_STREQ(h.name, name);
				ATF_CHECK_EQ(h.alpn, alpn);
				ATF_CHECK_EQ(h.alpn_http11, http11);
			}
			hello_free(&h);
		}
		free(wire);
	}
}

ATF_TC_WITHOUT_HEAD(good);
ATF_TC_BODY(good, tc)
{
	static struct maker	 m;
	size_t			 at;

	at = hello_begin(&m);
	hello_end(&m, at);
	check(&m, HELLO_DONE, "", false, false);

	at = hello_begin(&m);
	ext_filler(&m, 0x0a0a, 0);
	ext_name(&m, "API.Example.com", 15);
	ext_filler(&m, 51, 1200);	/* a large key share */
	ext_alpn(&m, "h2", "http/1.1");
	hello_end(&m, at);
	check(&m, HELLO_DONE, "api.example.com", true, true);

	at = hello_begin(&m);
	ext_alpn(&m, "h2", NULL);
	ext_name(&m, "a_b.example.", 12);
	hello_end(&m, at);
	check(&m, HELLO_DONE, "a_b.example", true, false);

	/* no extensions at all */
	at = hello_begin(&m);
	m.len = at;
	fix_number(&m, 1, 3);
	check(&m, HELLO_DONE, "", false, false);
}

/* Just within the bound, and one byte beyond. */
ATF_TC_WITHOUT_HEAD(bound);
ATF_TC_BODY(bound, tc)
{
	static struct maker	 m;
	size_t			 at, base;

	at = hello_begin(&m);
	ext_name(&m, "a.example", 9);
	base = m.len;
	ext_filler(&m, 21, HELLO_MAX + 4 - base - 4);
	hello_end(&m, at);
	ATF_REQUIRE_EQ(m.len, HELLO_MAX + 4);
	check(&m, HELLO_DONE, "a.example", false, false);

	m.len = base;
	put_number(&m, 2, 21);
	put_number(&m, 2, 0xff00);
	m.msg[1] = 0x01;		/* 65,537 bytes */
	m.msg[2] = 0x00;
	m.msg[3] = 0x01;
	check(&m, HELLO_BAD, NULL, false, false);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static struct maker	 m;
	static const char *const bad[] = { "", ".", "a..b", ".a", "a b",
	    "a/b", "a:1", "[::1]", "\xc3\xa4.de", "a\nb", "*.a" };
	char			 name[300];
	size_t			 at, i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		at = hello_begin(&m);
		ext_name(&m, bad[i], strlen(bad[i]));
		hello_end(&m, at);
		check(&m, HELLO_BAD, NULL, false, false);
	}
	at = hello_begin(&m);
	ext_name(&m, "a\0.example", 10);
	hello_end(&m, at);
	check(&m, HELLO_BAD, NULL, false, false);

	memset(name, 'a', sizeof(name));
	at = hello_begin(&m);
	ext_name(&m, name, 255);
	hello_end(&m, at);
	name[255] = '\0';
	check(&m, HELLO_DONE, name, false, false);
	name[255] = 'a';
	at = hello_begin(&m);
	ext_name(&m, name, 256);
	hello_end(&m, at);
	check(&m, HELLO_BAD, NULL, false, false);

	/* two of them: whose would it be? */
	at = hello_begin(&m);
	ext_name(&m, "a.example", 9);
	ext_name(&m, "b.example", 9);
	hello_end(&m, at);
	check(&m, HELLO_BAD, NULL, false, false);
}

/* Every length in it wrong by one in both directions, and every cut. */
ATF_TC_WITHOUT_HEAD(mangled);
ATF_TC_BODY(mangled, tc)
{
	static struct maker	 m, c;
	struct hello_reader	 h;
	uint8_t			*wire;
	size_t			 at, i, len;
	int			 d;

	at = hello_begin(&m);
	ext_name(&m, "a.example", 9);
	ext_alpn(&m, "http/1.1", NULL);
	hello_end(&m, at);
	for (i = 0; i < m.len; i++)
		for (d = -1; d <= 1; d += 2) {
			c = m;
			c.msg[i] = (uint8_t)(c.msg[i] + d);
			wire = records(&c, 16384, &len);
			/* whatever it says, it reads nothing it should not */
			(void)feed(&h, wire, len, 3);
			hello_free(&h);
			free(wire);
		}
	wire = records(&m, 16384, &len);
	for (i = 0; i < len; i++) {
		ATF_CHECK_EQ(feed(&h, wire, i, 1000000), HELLO_MORE);
		hello_free(&h);
	}
	/* not a handshake, an empty record, another version */
	wire[0] = 23;
	ATF_CHECK_EQ(feed(&h, wire, len, 1), HELLO_BAD);
	hello_free(&h);
	wire[0] = 22;
	wire[1] = 2;
	ATF_CHECK_EQ(feed(&h, wire, len, 1), HELLO_BAD);
	hello_free(&h);
	wire[1] = 3;
	wire[3] = wire[4] = 0;
	ATF_CHECK_EQ(feed(&h, wire, len, 1), HELLO_BAD);
	hello_free(&h);
	wire[3] = 0x7f;
	ATF_CHECK_EQ(feed(&h, wire, len, 1), HELLO_BAD);
	hello_free(&h);
	free(wire);

	/* a ServerHello */
	m.msg[0] = 2;
	check(&m, HELLO_BAD, NULL, false, false);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, good);
	ATF_TP_ADD_TC(tp, bound);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, mangled);
	return (atf_no_error());
}
