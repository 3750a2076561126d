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


/*
 * The first flight of a TLS client.  How it is cut into reads changes nothing;
 * what comes out is a name or none; and what libtls would answer has been read
 * to its end: a client that we go on waiting for, while the TLS library has
 * understood it, would be cut off for nothing.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tls.h>

#include "../../proxy-worker/client_hello.h"
#include "../../proxy-worker/tls_leg.h"
#include "../unit/certs.h"

#define RECORD_HANDSHAKE	22

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static enum hello_result
feed(struct hello_reader *h, const uint8_t *p, size_t len, size_t step)
{
	enum hello_result	 r = HELLO_MORE;
	uint8_t			*copy;
	size_t			 n;

	hello_init(h);
	for (; len > 0 && r == HELLO_MORE; p += n, len -= n) {
		n = len < step ? len : step;
		/* Memory of just that size: nothing behind it is read. */
		if ((copy = malloc(n)) == NULL)
			abort();
		memcpy(copy, p, n);
		r = hello_feed(h, copy, n);
		free(copy);
	}
	return (r);
}

static void
check_name(const struct hello_reader *h)
{
	const char	*p;

	if (h->alpn_http11 && !h->alpn)
		broken("http/1.1 among no protocols");
	for (p = h->name; *p != '\0'; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", *p) ==
		    NULL)
			broken("no name");
	if (h->name[0] == '.' || strstr(h->name, "..") != NULL ||
	    (p > h->name && p[-1] == '.'))
		broken("an empty label");
}

static struct tls *
server(void)
{
	static struct tls	*ctx;
	static const struct cert_spec spec = { .cn = "a.example" };
	struct tls_config	*config;
	struct cert		 c;
	char			 pem[4096], key[4096];
	size_t			 pem_len, key_len;

	if (ctx != NULL)
		return (ctx);
	c = cert_make(&spec);
	pem_len = cert_pem(&c, pem, 0, sizeof(pem));
	key_len = cert_key_pem(&c, key, sizeof(key));
	cert_free(&c);
	if ((config = tls_config_new()) == NULL ||
	    tls_config_set_keypair_mem(config, (uint8_t *)pem, pem_len,
	    (uint8_t *)key, key_len) == -1 ||
	    tls_config_set_alpn(config, "http/1.1") == -1 ||
	    (ctx = tls_server()) == NULL || tls_configure(ctx, config) == -1)
		abort();
	tls_config_free(config);
	return (ctx);
}

/* Does the library answer with a handshake message? */
static bool
answered(const uint8_t *p, size_t len)
{
	struct buf	 out;
	struct tls_leg	*leg;
	bool		 yes;

	buf_init(&out, 128 * 1024);
	if ((leg = tls_leg_server(server(), &out)) == NULL ||
	    tls_leg_feed(leg, p, len) == -1)
		abort();
	(void)tls_leg_handshake(leg);
	yes = buf_len(&out) > 0 && buf_data(&out)[0] == RECORD_HANDSHAKE;
	tls_leg_free(leg);
	buf_free(&out);
	return (yes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hello_reader	 whole, cut;
	enum hello_result	 r;
	size_t			 step;

	if (len > TLS_LEG_IN_MAX)
		return (0);
	r = feed(&whole, p, len, len + 1);
	for (step = 1; step < 70; step += 34) {
		if (feed(&cut, p, len, step) != r)
			broken("cut otherwise, judged otherwise");
		if (r == HELLO_DONE && (strcmp(whole.name, cut.name) != 0 ||
		    whole.alpn != cut.alpn ||
		    whole.alpn_http11 != cut.alpn_http11))
			broken("cut otherwise, read otherwise");
		hello_free(&cut);
	}
	if (r == HELLO_DONE)
		check_name(&whole);
	hello_free(&whole);
	if (r == HELLO_MORE && answered(p, len))
		broken("still waiting for what the library has answered");
	return (0);
}
