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

#include <openssl/ssl.h>
#include <tls.h>

#include "compat.h"
#include "../../proxy-worker/tls_leg.h"
#include "certs.h"

/*
 * The server's side against a client that does what TLS allows, and nobody in
 * his right mind does.
 */
struct pair {
	struct tls	*ctx;
	struct tls_leg	*leg;
	struct buf	 out;		/* the leg's */
	SSL_CTX		*peer_ctx;
	SSL		*peer;
	BIO		*from, *to;	/* the peer's */
};

static void
pair_new(struct pair *p, int version)
{
	struct cert_spec	 spec = { .cn = "a.example" };
	struct cert		 c = cert_make(&spec);
	struct tls_config	*config;
	char			 crt[4096], key[4096];
	size_t			 crt_len, key_len;

	crt_len = cert_pem(&c, crt, 0, sizeof(crt));
	key_len = cert_key_pem(&c, key, sizeof(key));
	cert_free(&c);
	memset(p, 0, sizeof(*p));
	buf_init(&p->out, 256 * 1024);
	ATF_REQUIRE((config = tls_config_new()) != NULL);
	ATF_REQUIRE_EQ(0, tls_config_set_keypair_mem(config, (uint8_t *)crt,
	    crt_len, (uint8_t *)key, key_len));
	ATF_REQUIRE((p->ctx = tls_server()) != NULL);
	ATF_REQUIRE_EQ(0, tls_configure(p->ctx, config));
	tls_config_free(config);
	ATF_REQUIRE((p->leg = tls_leg_server(p->ctx, &p->out)) != NULL);

	ATF_REQUIRE((p->peer_ctx = SSL_CTX_new(TLS_client_method())) != NULL);
	ATF_REQUIRE(SSL_CTX_set_min_proto_version(p->peer_ctx, version) == 1);
	ATF_REQUIRE(SSL_CTX_set_max_proto_version(p->peer_ctx, version) == 1);
	ATF_REQUIRE((p->peer = SSL_new(p->peer_ctx)) != NULL);
	ATF_REQUIRE((p->from = BIO_new(BIO_s_mem())) != NULL);
	ATF_REQUIRE((p->to = BIO_new(BIO_s_mem())) != NULL);
	SSL_set_bio(p->peer, p->to, p->from);
	SSL_set_connect_state(p->peer);
}

static void
pair_free(struct pair *p)
{
	tls_leg_free(p->leg);
	tls_free(p->ctx);
	buf_free(&p->out);
	SSL_free(p->peer);
	SSL_CTX_free(p->peer_ctx);
}

/* What the peer has written, as one read of the socket would bring it. */
static size_t
to_leg(struct pair *p)
{
	char	 data[48 * 1024];
	int	 n;

	if ((n = BIO_read(p->from, data, sizeof(data))) <= 0)
		return (0);
	ATF_REQUIRE_EQ(0, tls_leg_feed(p->leg, data, (size_t)n));
	return ((size_t)n);
}

static void
to_peer(struct pair *p)
{
	if (buf_len(&p->out) == 0)
		return;
	ATF_REQUIRE_EQ((int)buf_len(&p->out), BIO_write(p->to,
	    buf_data(&p->out), (int)buf_len(&p->out)));
	buf_free(&p->out);
}

static void
shake(struct pair *p)
{
	int	 leg = 0, peer = 0, i;

	for (i = 0; i < 20 && (leg != 1 || peer != 1); i++) {
		peer = SSL_do_handshake(p->peer);
		(void)to_leg(p);
		if (leg != 1)
			leg = tls_leg_handshake(p->leg);
		ATF_REQUIRE(leg != -1);
		to_peer(p);
	}
	ATF_REQUIRE(leg == 1 && peer == 1);
}

/* Does a byte still go both ways? */
static void
works(struct pair *p)
{
	char	 c = 'a';
	bool	 eof = false;
	int	 i;

	ATF_REQUIRE(SSL_write(p->peer, &c, 1) == 1);
	for (i = 0; i < 1000000 && (tls_leg_more(p->leg) || to_leg(p) > 0);
	    i++)
		if (tls_leg_read(p->leg, &c, 1, &eof) == 1)
			break;
	ATF_CHECK_EQ('a', c);
	ATF_REQUIRE_EQ(0, tls_leg_write(p->leg, "b", 1));
	to_peer(p);
	ATF_CHECK(SSL_read(p->peer, &c, 1) == 1);
	ATF_CHECK_EQ('b', c);
}

/*
 * Key updates without end, each with the wish for one of ours: no read works
 * through all of them, none stays behind, and we say no more than we hear.
 */
ATF_TC_WITHOUT_HEAD(key_updates);
ATF_TC_BODY(key_updates, tc)
{
	struct pair	 p;
	uint8_t		 data[65536];
	size_t		 reads = 0, heard = 0, n;
	bool		 eof = false;
	int		 i;

	(void)tc;
	pair_new(&p, TLS1_3_VERSION);
	shake(&p);
	works(&p);
	for (i = 0; i < 5000; i++) {
		ATF_REQUIRE(SSL_key_update(p.peer,
		    SSL_KEY_UPDATE_REQUESTED) == 1);
		ATF_REQUIRE(SSL_do_handshake(p.peer) == 1);
	}
	while ((n = to_leg(&p)) > 0) {
		heard += n;
		do {
			ATF_REQUIRE_EQ(0, tls_leg_read(p.leg, data,
			    sizeof(data), &eof));
			reads++;
		} while (tls_leg_more(p.leg));
	}
	ATF_CHECK_MSG(reads >= 5000 / 40, "%zu reads", reads);
	ATF_CHECK_MSG(buf_len(&p.out) <= heard, "%zu bytes to %zu",
	    buf_len(&p.out), heard);
	works(&p);
	pair_free(&p);
}

/* At a client's wish nothing is negotiated twice. */
ATF_TC_WITHOUT_HEAD(renegotiation);
ATF_TC_BODY(renegotiation, tc)
{
	struct pair	 p;
	char		 c;
	bool		 eof = false;

	(void)tc;
	pair_new(&p, TLS1_2_VERSION);
	shake(&p);
	works(&p);
	ATF_REQUIRE(SSL_renegotiate(p.peer) == 1);
	(void)SSL_do_handshake(p.peer);
	ATF_REQUIRE(to_leg(&p) > 0);
	ATF_CHECK(tls_leg_read(p.leg, &c, 1, &eof) <= 0);
	/* an alert, and no hello */
	ATF_REQUIRE(buf_len(&p.out) > 0);
	ATF_CHECK_EQ(SSL3_RT_ALERT, buf_data(&p.out)[0]);
	to_peer(&p);
	ATF_CHECK(SSL_do_handshake(p.peer) != 1);
	pair_free(&p);
}

/* Nothing to come back with, and so no early data to replay, either. */
ATF_TC_WITHOUT_HEAD(resumption);
ATF_TC_BODY(resumption, tc)
{
	static const int	 versions[] = { TLS1_2_VERSION,
				    TLS1_3_VERSION };
	struct pair		 p;
	SSL_SESSION		*s;
	size_t			 i;

	(void)tc;
	for (i = 0; i < nitems(versions); i++) {
		pair_new(&p, versions[i]);
		shake(&p);
		works(&p);
		ATF_REQUIRE((s = SSL_get1_session(p.peer)) != NULL);
		ATF_CHECK_EQ(0, (int)SSL_SESSION_get_max_early_data(s));
		/* asked for all the same, it is a handshake in full */
		SSL_free(p.peer);
		tls_leg_free(p.leg);
		ATF_REQUIRE((p.leg = tls_leg_server(p.ctx, &p.out)) != NULL);
		ATF_REQUIRE((p.peer = SSL_new(p.peer_ctx)) != NULL);
		ATF_REQUIRE((p.from = BIO_new(BIO_s_mem())) != NULL);
		ATF_REQUIRE((p.to = BIO_new(BIO_s_mem())) != NULL);
		SSL_set_bio(p.peer, p.to, p.from);
		SSL_set_connect_state(p.peer);
		(void)SSL_set_session(p.peer, s);
		shake(&p);
		ATF_CHECK_EQ(0, SSL_session_reused(p.peer));
		works(&p);
		SSL_SESSION_free(s);
		pair_free(&p);
	}
}

/* Records that are none, too long or forged, end it. */
ATF_TC_WITHOUT_HEAD(records);
ATF_TC_BODY(records, tc)
{
	static const uint8_t	 bad[][8] = {
		{ 23, 3, 3, 0xff, 0xff, 0, 0, 0 },	/* 64 KiB */
		{ 23, 3, 3, 0, 3, 0, 0, 0 },		/* no tag fits */
		{ 22, 3, 3, 0, 3, 1, 0, 0 },		/* a hello, in clear */
		{ 21, 3, 3, 0, 3, 2, 40, 0 },		/* an alert, in clear */
		{ 24, 3, 3, 0, 3, 1, 0, 0 },		/* a heartbeat */
		{ 'G', 'E', 'T', ' ', '/', ' ', 'H', 'T' },
	};
	struct pair		 p;
	size_t			 i, v;
	char			 c;
	bool			 eof = false;

	(void)tc;
	for (v = 0; v < 2; v++)
		for (i = 0; i < nitems(bad); i++) {
			pair_new(&p, v == 0 ? TLS1_2_VERSION :
			    TLS1_3_VERSION);
			shake(&p);
			works(&p);
			ATF_REQUIRE_EQ(0, tls_leg_feed(p.leg, bad[i],
			    sizeof(bad[i])));
			ATF_CHECK_EQ_MSG(-1, tls_leg_read(p.leg, &c, 1, &eof),
			    "record %zu", i);
			ATF_CHECK(!eof);
			pair_free(&p);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, key_updates);
	ATF_TP_ADD_TC(tp, renegotiation);
	ATF_TP_ADD_TC(tp, resumption);
	ATF_TP_ADD_TC(tp, records);
	return (atf_no_error());
}
