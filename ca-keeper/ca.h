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

#ifndef CA_H
#define CA_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "msg_leaf.h"

/*
 * A certificate authority: its key, its certificate, and what it signs.
 * Nothing here reads or writes a socket.
 */

#define CA_LIFETIME	(5 * 365 * 86400LL)	/* seconds */
#define CA_BACKDATE	3600			/* clocks differ */
#define LEAF_LIFETIME	(24 * 3600)		/* from its notBefore */
#define CA_FILE_SIZE	4096			/* of ca.key, at most */

struct ca {
	EVP_PKEY	*key;		/* P-256, in secure memory */
	X509		*cert;
	int64_t		 not_after;	/* seconds since 1970 */
	uint8_t		 public[LEAF_KEY_SIZE];
	uint8_t		 fingerprint[CA_FINGERPRINT_SIZE];
	char		 pem[LEAF_PEM_SIZE];
};

/*
 * ca.c.  Prepares the memory for keys: locked, in no core file, in no child.
 * Before the sandbox closes, once.  0, or -1 when keys would lie in ordinary
 * memory; 1 when they can, but could be written to swap space.
 */
int		 ca_memory(void);
void		*ca_memory_get(size_t);		/* NULL: none left */
void		 ca_memory_free(void *, size_t);	/* wiped */
/*
 * A new key and its certificate.  host is the machine's name, of any bytes;
 * now in seconds since 1970.  NULL on failure.
 */
struct ca	*ca_new(const char *host, int64_t now);
/* Takes over both (also on failure); NULL unless they are what ca_new makes. */
struct ca	*ca_from(EVP_PKEY *, X509 *);
void		 ca_free(struct ca *);
/* SubjectPublicKeyInfo of a P-256 key, or -1 when it is no such key. */
int		 ca_public(EVP_PKEY *, uint8_t spki[LEAF_KEY_SIZE]);
/* The beginning that all of them have. */
#define SPKI_PREFIX_SIZE	(LEAF_KEY_SIZE - 64)
extern const uint8_t	 spki_prefix[SPKI_PREFIX_SIZE];
/* One PEM block of der, of the label; its length, 0 when out is too small. */
size_t		 ca_pem(const char *label, const uint8_t *der, size_t len,
		    char *out, size_t size);
/* Extensions and numbers that both kinds of certificate have; 0 or -1. */
int		 cert_basics(X509 *, int64_t not_before, int64_t not_after);
int		 cert_extension(X509 *, int nid, void *, int critical);
int		 cert_usage(X509 *, const int *bits, size_t);
int		 cert_key_id(X509 *);
int		 cert_name(X509_NAME *, int nid, const char *);

/*
 * ca_file.c.  The file: an EC PRIVATE KEY (RFC 5915) and its CERTIFICATE, in
 * PEM.  Written and read in secure memory, from the start of the descriptor,
 * which stays open.  0 or -1; NULL with *errstr set to a constant.
 */
int		 ca_write(const struct ca *, int fd);
struct ca	*ca_read(int fd, const char **errstr);
/* The same from memory; the fuzz target's way in. */
struct ca	*ca_parse(const char *text, size_t len, const char **errstr);

/*
 * leaf.c.  One certificate for one canonical host and one key.  NULL when it
 * is made, with result->ok, pem and not_after; otherwise a constant word.
 */
const char	*leaf_make(const struct ca *, const char *host,
		    const uint8_t key[LEAF_KEY_SIZE], int64_t now,
		    struct leaf_result *);

#endif /* CA_H */
