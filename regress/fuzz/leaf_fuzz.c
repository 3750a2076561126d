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
 * LEAF_SIGN as a proxy-worker that somebody took over may send it, judged by
 * the ca-keeper's own code: a certificate comes out for a canonical host, for
 * that host alone, and for no CA; anything else has a reason.  Byte 0 chooses:
 * even takes a good key, so that the host gets all the attention; 3 mod 4 is a
 * ca.key instead.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "../../ca-keeper/keeper.h"
#include "compat.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* In place of ca-keeper/main.c and the channel, which are not in question. */
void
keeper_event(struct keeper *k, const struct event_rec *e)
{
	(void)k;
	(void)e;
}

static struct keeper *
keeper(void)
{
	static struct keeper		 k;
	static struct keeper_client	 clients[1];

	if (k.ca != NULL)
		return &k;
	strlcpy(clients[0].name, "main", sizeof(clients[0].name));
	k.clients = clients;
	k.nclients = 1;
	/* without ca_memory(): what lies there LeakSanitizer cannot see */
	if ((k.ca = ca_new("host", 1000000000)) == NULL ||
	    hostlist_add(&k.inspect, "*") == -1 ||
	    hostlist_add(&k.passthrough, "*.private.test") == -1)
		abort();
	return &k;
}

static void
check(const struct leaf_sign *s, const struct leaf_result *r)
{
	BIO	*bio;
	X509	*x;

	if (!r->ok) {
		if (!msg_token_ok(r->reason) || r->pem[0] != '\0')
			abort();
		return;
	}
	if ((bio = BIO_new_mem_buf(r->pem, -1)) == NULL ||
	    (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) == NULL)
		abort();
	if (host_is_addr(s->host) ?
	    X509_check_ip_asc(x, s->host, 0) != 1 :
	    X509_check_host(x, s->host, 0,
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) != 1)
		abort();
	if (X509_check_ca(x) != 0 || X509_get_ext_count(x) != 6)
		abort();
	X509_free(x);
	BIO_free(bio);
}

static void
text(char *out, size_t size, const uint8_t *data, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(out, data, len);
	out[len] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t		 good[LEAF_KEY_SIZE];
	static int64_t		 now_ms = 1;
	static struct worker	 w;
	struct keeper		*k = keeper();
	struct leaf_sign	 s;
	struct leaf_result	 r;
	const char		*errstr;
	struct ca		*ca;

	if (size < 1 || size > 8192)
		return 0;
	if (data[0] % 4 == 3) {
		if ((ca = ca_parse((const char *)data + 1, size - 1,
		    &errstr)) != NULL)
			ca_free(ca);
		return 0;
	}
	if (good[0] == 0) {
		if ((ca = ca_new("", 1000000000)) == NULL)
			abort();
		memcpy(good, ca->public, sizeof(good));
		ca_free(ca);
	}
	memset(&s, 0, sizeof(s));
	strlcpy(s.client, "main", sizeof(s.client));
	memcpy(s.key, good, sizeof(s.key));
	data++;
	size--;
	if (data[-1] % 4 == 1) {
		if (size < LEAF_KEY_SIZE)
			return 0;
		memcpy(s.key, data, LEAF_KEY_SIZE);
		data += LEAF_KEY_SIZE;
		size -= LEAF_KEY_SIZE;
	}
	text(s.host, sizeof(s.host), data, size);
	now_ms += 1000;			/* the allowance is not in question */
	request_judge(k, &w, &s, 1000000000, now_ms, &r);
	check(&s, &r);
	return 0;
}
