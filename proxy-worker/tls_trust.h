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

#ifndef TLS_TRUST_H
#define TLS_TRUST_H

#include <stddef.h>
#include <stdint.h>

/*
 * Is a server the one it was asked to be?  Its chain is verified against one
 * set of trust anchors a worker, and before any byte of a request leaves: the
 * library's own verification would read the whole set again for every
 * connection.  RFC 5280, and RFC 9525 for the name: subjectAltName only, a "*"
 * as a whole leftmost label only.  Security level 2: no SHA-1 or MD5 signature,
 * no RSA key under 2048 bits.
 */
struct tls_trust;

enum trust_result {
	TRUST_OK,
	TRUST_EXPIRED,
	TRUST_NOT_YET_VALID,
	TRUST_WRONG_HOST,
	TRUST_SELF_SIGNED,
	TRUST_UNKNOWN_ROOT,	/* the chain ends in nobody we know */
	TRUST_INCOMPLETE,	/* the server left an intermediate out */
	TRUST_NAME_CONSTRAINT,
	TRUST_PURPOSE,		/* not a certificate for servers */
	TRUST_NOT_A_CA,		/* signed by one that may not sign */
	TRUST_WEAK_SIGNATURE,
	TRUST_WEAK_KEY,
	TRUST_BAD_SIGNATURE,
	TRUST_MALFORMED,	/* no chain that can be read */
	TRUST_TOO_LARGE,
	TRUST_OTHER,
	TRUST_RESULT_MAX
};

#define TRUST_CHAIN_MAX		(128 * 1024)	/* PEM of a whole chain */
#define TRUST_CHAIN_CERTS	16
#define TRUST_VERDICTS		256		/* remembered */
#define TRUST_VERDICT_MS	(5 * 60 * 1000)

/* No anchors: nobody is trusted.  NULL when memory is short. */
struct tls_trust *tls_trust_new(void);
void		  tls_trust_free(struct tls_trust *);
/*
 * Adds every certificate of a PEM text, passing over what else is in it (RFC
 * 7468, 2).  Returns how many there were, -1 when memory is short.
 */
int		  tls_trust_add(struct tls_trust *, const void *, size_t);
/*
 * The chain as the server sent it (PEM, its own certificate first), for a
 * host name or an address literal without brackets.  now is proxy_now(): a
 * verdict on the same chain and host is remembered for TRUST_VERDICT_MS.
 */
enum trust_result tls_trust_verify(struct tls_trust *, const char *host,
		    const uint8_t *pem, size_t len, int64_t now);

/* A word for events; a sentence for people. */
const char	*tls_trust_word(enum trust_result);
const char	*tls_trust_text(enum trust_result);

#endif /* TLS_TRUST_H */
