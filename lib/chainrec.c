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

#include <sys/types.h>

#include <string.h>

#include <openssl/evp.h>

#include "chainrec.h"

/* Up to the head, which follows after one more space. */
#define BODY_SIZE	(CHAIN_REC_SIZE - 1 - 2 * CHAIN_HASH_SIZE - 1)

static const char	hex[] = "0123456789abcdef";

int
chain_hash(const void *p, size_t len, uint8_t hash[CHAIN_HASH_SIZE])
{
	unsigned int	 n = 0;

	if (EVP_Digest(p, len, hash, &n, EVP_sha256(), NULL) != 1 ||
	    n != CHAIN_HASH_SIZE)
		return -1;
	return 0;
}

void
chain_hex(const uint8_t hash[CHAIN_HASH_SIZE],
    char text[2 * CHAIN_HASH_SIZE + 1])
{
	size_t	 i;

	for (i = 0; i < CHAIN_HASH_SIZE; i++) {
		text[2 * i] = hex[hash[i] >> 4];
		text[2 * i + 1] = hex[hash[i] & 0x0f];
	}
	text[2 * CHAIN_HASH_SIZE] = '\0';
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
chain_unhex(const char *s, uint8_t hash[CHAIN_HASH_SIZE])
{
	size_t	 i;
	int	 hi, lo;

	for (i = 0; i < CHAIN_HASH_SIZE; i++) {
		/* the end of a string is no digit either */
		if ((hi = digit(s[2 * i])) == -1 ||
		    (lo = digit(s[2 * i + 1])) == -1)
			return -1;
		hash[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

static void
put_number(char **p, uint64_t n)
{
	int	 shift;

	*(*p)++ = ' ';
	for (shift = 60; shift >= 0; shift -= 4)
		*(*p)++ = hex[n >> shift & 0x0f];
}

static void
put_hash(char **p, const uint8_t hash[CHAIN_HASH_SIZE])
{
	char	 text[2 * CHAIN_HASH_SIZE + 1];

	chain_hex(hash, text);
	*(*p)++ = ' ';
	memcpy(*p, text, 2 * CHAIN_HASH_SIZE);
	*p += 2 * CHAIN_HASH_SIZE;
}

void
chain_rec_text(const struct chain_rec *r, char text[CHAIN_REC_SIZE])
{
	char	*p = text;

	*p++ = r->kind;
	put_number(&p, r->seq);
	put_number(&p, r->offset);
	put_number(&p, r->len);
	put_hash(&p, r->hash);
	put_hash(&p, r->head);
	*p = '\n';
}

int
chain_rec_link(struct chain_rec *r, const uint8_t prev[CHAIN_HASH_SIZE])
{
	char	 text[CHAIN_REC_SIZE];
	char	 buf[2 * CHAIN_HASH_SIZE + 1 + BODY_SIZE];

	chain_rec_text(r, text);
	chain_hex(prev, buf);
	buf[2 * CHAIN_HASH_SIZE] = ' ';
	memcpy(buf + 2 * CHAIN_HASH_SIZE + 1, text, BODY_SIZE);
	return chain_hash(buf, sizeof(buf), r->head);
}

static int
get_number(const char **p, uint64_t *n)
{
	int	 i, d;

	*n = 0;
	if (*(*p)++ != ' ')
		return -1;
	for (i = 0; i < 16; i++) {
		if ((d = digit(*(*p)++)) == -1)
			return -1;
		*n = *n << 4 | (uint64_t)d;
	}
	return 0;
}

static int
get_hash(const char **p, uint8_t hash[CHAIN_HASH_SIZE])
{
	if (*(*p)++ != ' ' || chain_unhex(*p, hash) == -1)
		return -1;
	*p += 2 * CHAIN_HASH_SIZE;
	return 0;
}

int
chain_rec_parse(const char *text, size_t len, struct chain_rec *r)
{
	const char	*p = text;

	if (len != CHAIN_REC_SIZE - 1 ||
	    memchr("larxt", *p, 5) == NULL)
		return -1;
	r->kind = *p++;
	if (get_number(&p, &r->seq) == -1 ||
	    get_number(&p, &r->offset) == -1 ||
	    get_number(&p, &r->len) == -1 ||
	    get_hash(&p, r->hash) == -1 ||
	    get_hash(&p, r->head) == -1 ||
	    r->len > UINT64_MAX - r->offset)
		return -1;
	return 0;
}
