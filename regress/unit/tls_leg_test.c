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
#include <stdlib.h>
#include <string.h>

#include <tls.h>

#include "../../proxy-worker/tls_leg.h"
#include "certs.h"

/* A client and a server, and what each has sent to the other. */
struct pair {
	struct tls_config *cconf, *sconf;
	struct tls	*sctx;
	struct tls_leg	*c, *s;
	struct buf	 cout, sout;
};

static void
pair_new(struct pair *p, const char *calpn, const char *salpn)
{
	static struct cert_spec	 spec = { .cn = "a.example",
	    .san = "DNS:a.example" };
	static char		 crt[16384], key[16384];
	struct cert		 c = cert_make(&spec);
	size_t			 lc, lk;

	lc = cert_pem(&c, crt, 0, sizeof(crt));
	lk = cert_key_pem(&c, key, sizeof(key));
	cert_free(&c);
	memset(p, 0, sizeof(*p));
	buf_init(&p->cout, 1024 * 1024);
	buf_init(&p->sout, 1024 * 1024);
	ATF_REQUIRE((p->cconf = tls_config_new()) != NULL);
	ATF_REQUIRE((p->sconf = tls_config_new()) != NULL);
	tls_config_insecure_noverifycert(p->cconf);
	tls_config_insecure_noverifyname(p->cconf);
	if (calpn != NULL)
		ATF_REQUIRE_EQ(tls_config_set_alpn(p->cconf, calpn), 0);
	if (salpn != NULL)
		ATF_REQUIRE_EQ(tls_config_set_alpn(p->sconf, salpn), 0);
	ATF_REQUIRE_EQ(tls_config_set_keypair_mem(p->sconf, (uint8_t *)crt, lc,
	    (uint8_t *)key, lk), 0);
	ATF_REQUIRE((p->sctx = tls_server()) != NULL);
	ATF_REQUIRE_EQ(tls_configure(p->sctx, p->sconf), 0);
	ATF_REQUIRE((p->c = tls_leg_client(p->cconf, "a.example", &p->cout)) !=
	    NULL);
	ATF_REQUIRE((p->s = tls_leg_server(p->sctx, &p->sout)) != NULL);
}

static void
pair_free(struct pair *p)
{
	tls_leg_free(p->c);
	tls_leg_free(p->s);
	tls_free(p->sctx);
	tls_config_free(p->cconf);
	tls_config_free(p->sconf);
	buf_free(&p->cout);
	buf_free(&p->sout);
}

/* Moves up to step bytes of what one side sent to the other. */
static void
carry(struct buf *from, struct tls_leg *to, size_t step)
{
	size_t	 n = buf_len(from);

	if (n > step)
		n = step;
	if (n > TLS_LEG_IN_MAX / 2)
		n = TLS_LEG_IN_MAX / 2;
	if (n == 0)
		return;
	ATF_REQUIRE_EQ(tls_leg_feed(to, buf_data(from), n), 0);
	buf_drain(from, n);
}

static void
shake(struct pair *p, size_t step)
{
	int	 c = 0, s = 0, i;

	for (i = 0; i < 100000 && (c != 1 || s != 1); i++) {
		if (c != 1)
			c = tls_leg_handshake(p->c);
		carry(&p->cout, p->s, step);
		if (s != 1)
			s = tls_leg_handshake(p->s);
		carry(&p->sout, p->c, step);
		ATF_REQUIRE(c != -1 && s != -1);
	}
	ATF_REQUIRE(c == 1 && s == 1);
}

static void
exchange(struct tls_leg *from, struct buf *wire, struct tls_leg *to,
    size_t len, size_t step, size_t room)
{
	uint8_t	*data, *got;
	size_t	 have = 0, i, turns = 0;
	ssize_t	 n;
	bool	 eof = false;

	ATF_REQUIRE((data = calloc(1, len)) != NULL);
	ATF_REQUIRE((got = malloc(len)) != NULL);
	for (i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	ATF_REQUIRE_EQ(tls_leg_write(from, data, len), 0);
	while (have < len && turns++ < 1000000) {
		carry(wire, to, step);
		do {
			n = tls_leg_read(to, got + have,
			    room < len - have ? room : len - have, &eof);
			ATF_REQUIRE(n >= 0 && !eof);
			have += (size_t)n;
		} while (tls_leg_more(to) && have < len);
	}
	ATF_CHECK(memcmp(data, got, len) == 0);
	free(data);
	free(got);
}

ATF_TC_WITHOUT_HEAD(splits);
ATF_TC_BODY(splits, tc)
{
	static const size_t	 steps[] = { 1, 5, 1000, 1000000 };
	struct pair		 p;
	size_t			 i;

	for (i = 0; i < 4; i++) {
		pair_new(&p, "http/1.1", "http/1.1");
		shake(&p, steps[i]);
		ATF_CHECK_STREQ(tls_conn_alpn_selected(tls_leg_ctx(p.c)),
		    "http/1.1");
		ATF_CHECK_STREQ(tls_conn_servername(tls_leg_ctx(p.s)),
		    "a.example");
		exchange(p.c, &p.cout, p.s, 1, steps[i], 100);
		exchange(p.c, &p.cout, p.s, 200000, steps[i], 65536);
		exchange(p.s, &p.sout, p.c, 200000, steps[i], 1000);
		pair_free(&p);
	}
}

/* What came is read first; then the end, said or not. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	struct pair	 p;
	char		 data[100];
	bool		 eof;

	pair_new(&p, NULL, NULL);
	shake(&p, 1000000);
	ATF_CHECK(tls_conn_alpn_selected(tls_leg_ctx(p.c)) == NULL);
	ATF_REQUIRE_EQ(tls_leg_write(p.c, "last", 4), 0);
	tls_leg_shutdown(p.c);
	carry(&p.cout, p.s, 1000000);
	tls_leg_feed_eof(p.s);
	eof = false;
	ATF_CHECK_EQ(tls_leg_read(p.s, data, sizeof(data), &eof), 4);
	ATF_CHECK(!eof && tls_leg_more(p.s));
	ATF_CHECK_EQ(tls_leg_read(p.s, data, sizeof(data), &eof), 0);
	ATF_CHECK(eof);
	/* half closed only */
	exchange(p.s, &p.sout, p.c, 1000, 1000000, 1000);
	pair_free(&p);

	pair_new(&p, NULL, NULL);
	shake(&p, 1000000);
	ATF_REQUIRE_EQ(tls_leg_write(p.c, "last", 4), 0);
	carry(&p.cout, p.s, 1000000);
	tls_leg_feed_eof(p.s);
	eof = false;
	ATF_CHECK_EQ(tls_leg_read(p.s, data, sizeof(data), &eof), 4);
	ATF_CHECK_EQ(tls_leg_read(p.s, data, sizeof(data), &eof), -1);
	ATF_CHECK(!eof);
	ATF_CHECK_STREQ(tls_leg_reason(p.s), "closed");
	pair_free(&p);
}

static void
fails(const void *bytes, size_t len, const char *reason)
{
	struct pair	 p;

	pair_new(&p, NULL, NULL);
	if (len > 0)
		ATF_REQUIRE_EQ(tls_leg_feed(p.s, bytes, len), 0);
	else
		tls_leg_feed_eof(p.s);
	ATF_CHECK_EQ(tls_leg_handshake(p.s), -1);
	ATF_CHECK_STREQ(tls_leg_reason(p.s), reason);
	pair_free(&p);
}

ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	static const uint8_t	 alert[] = { 21, 3, 3, 0, 2, 2, 48 };
	struct pair		 p;

	fails("GET / HTTP/1.1\r\n\r\n", 18, "not_tls");
	fails("", 0, "closed");

	/* a client that does not know the authority says so */
	pair_new(&p, NULL, NULL);
	(void)tls_leg_handshake(p.c);
	ATF_REQUIRE_EQ(tls_leg_feed(p.c, alert, sizeof(alert)), 0);
	ATF_CHECK_EQ(tls_leg_handshake(p.c), -1);
	ATF_CHECK_STREQ(tls_leg_reason(p.c), "unknown_ca");
	pair_free(&p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, splits);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, reasons);
	return (atf_no_error());
}
