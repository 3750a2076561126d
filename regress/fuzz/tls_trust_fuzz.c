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
 * What servers send as their certificates.  Byte 0 chooses:
 *
 *	0	the chain in PEM, as libtls hands it over
 *	1	certificates in DER, two bytes of length before each
 *	2	a chain that is good, damaged: three bytes each say where, and
 *		with what a byte of it is replaced
 *
 * Nobody has the root's key, so nothing but the good chain may ever be
 * trusted: after any damage only if what was signed is what it was.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "../../proxy-worker/tls_trust.h"
#include "../unit/certs.h"

#define HOST		"a.example"
#define YEARS		(100L * 365 * 86400)
#define TEXT_SIZE	(TRUST_CHAIN_MAX * 2)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct world {
	struct tls_trust	*trust;
	unsigned char		*der[2];	/* the leaf, the intermediate */
	int			 len[2];
	int64_t			 now;		/* verdicts are no question */
};

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static struct world *
world(void)
{
	static struct world	 w;
	struct cert_spec	 s = { .cn = "root", .ends = YEARS,
	    .constraints = "critical,CA:TRUE",
	    .key_usage = "critical,keyCertSign" };
	struct cert		 root, middle, leaf;
	char			 pem[4096];
	size_t			 len;

	if (w.trust != NULL)
		return (&w);
	root = cert_make(&s);
	s.cn = "middle";
	s.issuer = &root;
	s.name_constraints = "critical,permitted;DNS:example";
	middle = cert_make(&s);
	s = (struct cert_spec){ .cn = "leaf", .ends = YEARS,
	    .san = "DNS:" HOST ",IP:192.0.2.1", .issuer = &middle,
	    .constraints = "CA:FALSE", .ext_usage = "serverAuth" };
	leaf = cert_make(&s);
	len = cert_pem(&root, pem, 0, sizeof(pem));
	if ((w.trust = tls_trust_new()) == NULL ||
	    tls_trust_add(w.trust, pem, len) != 1 ||
	    (w.len[0] = i2d_X509(leaf.x, &w.der[0])) <= 0 ||
	    (w.len[1] = i2d_X509(middle.x, &w.der[1])) <= 0)
		abort();
	cert_free(&root);
	cert_free(&middle);
	cert_free(&leaf);
	return (&w);
}

static size_t
pem_add(char *text, size_t at, const uint8_t *der, size_t len)
{
	BIO	*bio;
	char	*p;
	long	 n;

	if (len == 0)
		return (at);
	if ((bio = BIO_new(BIO_s_mem())) == NULL ||
	    PEM_write_bio(bio, "CERTIFICATE", "", der, (long)len) <= 0 ||
	    (n = BIO_get_mem_data(bio, &p)) <= 0)
		abort();
	if ((size_t)n > TEXT_SIZE - at)
		n = 0;
	memcpy(text + at, p, (size_t)n);
	BIO_free(bio);
	return (at + (size_t)n);
}

static enum trust_result
verify(struct world *w, const char *host, const char *text, size_t len)
{
	enum trust_result	 r, again;
	uint8_t			*copy;

	/* Memory of just that size. */
	if ((copy = malloc(len + (len == 0))) == NULL)
		abort();
	memcpy(copy, text, len);
	w->now += 2 * TRUST_VERDICT_MS;
	r = tls_trust_verify(w->trust, host, copy, len, w->now);
	again = tls_trust_verify(w->trust, host, copy, len, w->now + 1);
	free(copy);
	if (r != again)
		broken("another verdict the second time");
	if (tls_trust_word(r) == NULL || tls_trust_text(r) == NULL)
		broken("no word");
	return (r);
}

/* Is the part that its issuer signed the same? */
static bool
same_signed(const uint8_t *a, const uint8_t *b, long len)
{
	const unsigned char	*p = a, *q = b;
	X509			*x = d2i_X509(NULL, &p, len);
	X509			*y = d2i_X509(NULL, &q, len);
	unsigned char		*s = NULL, *t = NULL;
	int			 n, m;
	bool			 same;

	if (x == NULL || y == NULL)
		abort();
	n = i2d_re_X509_tbs(x, &s);
	m = i2d_re_X509_tbs(y, &t);
	same = n > 0 && n == m && memcmp(s, t, (size_t)n) == 0;
	OPENSSL_free(s);
	OPENSSL_free(t);
	X509_free(x);
	X509_free(y);
	return (same);
}

static void
damaged(struct world *w, const uint8_t *p, size_t len, char *text)
{
	uint8_t	*der[2];
	size_t	 n, at, i;
	int	 k;

	for (k = 0; k < 2; k++) {
		if ((der[k] = malloc((size_t)w->len[k])) == NULL)
			abort();
		memcpy(der[k], w->der[k], (size_t)w->len[k]);
	}
	for (i = 0; i + 3 <= len; i += 3) {
		k = p[i] >> 7;
		at = (size_t)(p[i] & 0x7f) << 8 | p[i + 1];
		if (at < (size_t)w->len[k])
			der[k][at] = p[i + 2];
	}
	n = pem_add(text, 0, der[0], (size_t)w->len[0]);
	n = pem_add(text, n, der[1], (size_t)w->len[1]);
	if (verify(w, HOST, text, n) == TRUST_OK) {
		for (k = 0; k < 2; k++)
			if (!same_signed(der[k], w->der[k], w->len[k]))
				broken("trusted, and nobody signed it");
	} else if (len < 3)
		broken("the good chain is refused");
	free(der[0]);
	free(der[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static char	 text[TEXT_SIZE];
	struct world	*w = world();
	size_t		 n = 0, size;

	if (len < 1 || len > 16384)
		return (0);
	switch (p[0]) {
	case 0:
		n = len - 1;
		memcpy(text, p + 1, n);
		break;
	case 1:
		for (p++, len--; len > 2; p += size, len -= size) {
			size = (size_t)p[0] << 8 | p[1];
			p += 2;
			len -= 2;
			if (size > len)
				size = len;
			n = pem_add(text, n, p, size);
		}
		break;
	case 2:
		damaged(w, p + 1, len - 1, text);
		return (0);
	default:
		return (0);
	}
	if (verify(w, HOST, text, n) == TRUST_OK ||
	    verify(w, "192.0.2.1", text, n) == TRUST_OK)
		broken("trusted, and nobody signed it");
	return (0);
}
