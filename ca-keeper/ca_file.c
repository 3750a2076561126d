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

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/x509.h>

#include "ca.h"
#include "compat.h"

#define KEY_LABEL	"EC PRIVATE KEY"
#define CERT_LABEL	"CERTIFICATE"

int
ca_write(const struct ca *ca, int fd)
{
	char		*text;
	uint8_t		*der, *p;
	size_t		 len, n;
	ssize_t		 w;
	int		 derlen, r = -1;

	derlen = i2d_PrivateKey(ca->key, NULL);
	if (derlen <= 0 || derlen > CA_FILE_SIZE / 2)
		return -1;
	der = p = ca_memory_get((size_t)derlen);
	text = ca_memory_get(CA_FILE_SIZE);
	if (der == NULL || text == NULL ||
	    i2d_PrivateKey(ca->key, &p) != derlen ||
	    (len = ca_pem(KEY_LABEL, der, (size_t)derlen, text,
	    CA_FILE_SIZE)) == 0 ||
	    strlcpy(text + len, ca->pem, CA_FILE_SIZE - len) >=
	    CA_FILE_SIZE - len)
		goto done;
	len += strlen(ca->pem);
	for (n = 0; n < len; n += (size_t)w) {
		w = write(fd, text + n, len - n);
		if (w == -1 && errno == EINTR)
			w = 0;
		else if (w <= 0)
			goto done;
	}
	r = 0;
 done:
	ca_memory_free(der, (size_t)derlen);
	ca_memory_free(text, CA_FILE_SIZE);
	return r;
}

/*
 * The bytes of one PEM block as ca_pem() writes it, and where it ends; out has
 * as much room as the text is long.  -1: something else.
 */
static ssize_t
block(const char **text, const char *end, const char *label, uint8_t *out)
{
	const char	*s = *text, *nl;
	char		 begin[64], finish[64];
	size_t		 len, n = 0, pad;
	int		 got;

	snprintf(begin, sizeof(begin), "-----BEGIN %s-----\n", label);
	snprintf(finish, sizeof(finish), "-----END %s-----\n", label);
	len = strlen(begin);
	if ((size_t)(end - s) < len || memcmp(s, begin, len) != 0)
		return -1;
	for (s += len; (nl = memchr(s, '\n', (size_t)(end - s))) != NULL;
	    s = nl + 1) {
		len = (size_t)(nl - s);
		if (*s == '-') {
			if (len + 1 != strlen(finish) ||
			    memcmp(s, finish, len + 1) != 0)
				return -1;
			*text = nl + 1;
			return (ssize_t)n;
		}
		if (len == 0 || len > 64 || len % 4 != 0)
			return -1;
		pad = (s[len - 1] == '=') + (size_t)(s[len - 2] == '=');
		got = EVP_DecodeBlock(out + n, (const uint8_t *)s, (int)len);
		if (got < 0 || (size_t)got < pad)
			return -1;
		n += (size_t)got - pad;
	}
	return -1;
}

struct ca *
ca_parse(const char *text, size_t len, const char **errstr)
{
	const char	*end = text + len;
	const uint8_t	*p;
	uint8_t		*der;
	EVP_PKEY	*key = NULL;
	X509		*cert = NULL;
	struct ca	*ca = NULL;
	ssize_t		 n;

	*errstr = "out of memory";
	if (len == 0 || len > CA_FILE_SIZE ||
	    (der = ca_memory_get(CA_FILE_SIZE)) == NULL)
		return NULL;
	*errstr = "no private key of this program in it";
	if ((n = block(&text, end, KEY_LABEL, der)) > 0) {
		p = der;
		key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, (long)n);
		if (key != NULL && p != der + n) {
			EVP_PKEY_free(key);
			key = NULL;
		}
	}
	if (key != NULL) {
		*errstr = "no certificate of this key in it";
		p = der;
		if ((n = block(&text, end, CERT_LABEL, der)) > 0 &&
		    text == end) {
			cert = d2i_X509(NULL, &p, (long)n);
			if (cert != NULL && p != der + n) {
				X509_free(cert);
				cert = NULL;
			}
		}
		ca = ca_from(key, cert);
	}
	ca_memory_free(der, CA_FILE_SIZE);
	return ca;
}

struct ca *
ca_read(int fd, const char **errstr)
{
	struct ca	*ca = NULL;
	char		*text;
	size_t		 len = 0;
	ssize_t		 n = 0;

	*errstr = "out of memory";
	if ((text = ca_memory_get(CA_FILE_SIZE)) == NULL)
		return NULL;
	while (len < CA_FILE_SIZE) {
		n = read(fd, text + len, CA_FILE_SIZE - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (n == -1)
		*errstr = "cannot be read";
	else if (len == 0 || len == CA_FILE_SIZE)
		*errstr = "too short or too long";
	else
		ca = ca_parse(text, len, errstr);
	ca_memory_free(text, CA_FILE_SIZE);
	return ca;
}
