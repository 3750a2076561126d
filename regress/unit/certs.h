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

#ifndef CERTS_H
#define CERTS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/*
 * Certificates for tests, made on the spot: every way in which one can be
 * wrong is a field here.  Whatever fails aborts the test.
 */
struct cert {
	X509		*x;
	EVP_PKEY	*key;
};

struct cert_spec {
	const char	*cn;
	const char	*san;		/* "DNS:a,IP:::1", NULL: none */
	const char	*san_raw;	/* one DNS name with any byte in it */
	size_t		 san_raw_len;
	const struct cert *issuer;	/* NULL: itself */
	const char	*constraints;	/* "CA:TRUE", NULL: none */
	const char	*key_usage;
	const char	*ext_usage;
	const char	*name_constraints;
	const char	*digest;	/* "SHA256" */
	int		 rsa_bits;	/* 0: P-256 */
	long		 begins;	/* seconds from now */
	long		 ends;		/* 0: in an hour */
	int		 many_names;	/* of them besides san */
	const uint8_t	*spki;		/* somebody else's public key, DER */
	size_t		 spki_len;
};

struct cert	 cert_make(const struct cert_spec *);
void		 cert_free(struct cert *);
/* Appends as PEM; returns the new length. */
size_t		 cert_pem(const struct cert *, char *, size_t len, size_t size);
size_t		 cert_key_pem(const struct cert *, char *, size_t size);

#endif /* CERTS_H */
