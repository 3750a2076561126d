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

#include <stdlib.h>
#include <string.h>

#include <tls.h>

#include "compat.h"
#include "tls_leg.h"

/*
 * Records without data, such as key updates and session tickets, that one read
 * works through: each costs us more than its sender.
 */
#define EMPTY_MAX	32

struct tls_leg {
	struct tls	*ctx;
	struct buf	 in;		/* ciphertext not decrypted yet */
	struct buf	*out;
	bool		 in_eof;
	bool		 more;
};

static ssize_t
leg_pull(struct tls *ctx, void *data, size_t len, void *arg)
{
	struct tls_leg	*leg = arg;
	size_t		 n = buf_len(&leg->in);

	(void)ctx;
	if (n == 0)
		return (leg->in_eof ? 0 : TLS_WANT_POLLIN);
	if (n > len)
		n = len;
	memcpy(data, buf_data(&leg->in), n);
	buf_drain(&leg->in, n);
	return ((ssize_t)n);
}

static ssize_t
leg_push(struct tls *ctx, const void *data, size_t len, void *arg)
{
	struct tls_leg	*leg = arg;

	(void)ctx;
	return (buf_add(leg->out, data, len) == -1 ? -1 : (ssize_t)len);
}

static struct tls_leg *
leg_new(struct buf *out)
{
	struct tls_leg	*leg;

	if ((leg = calloc(1, sizeof(*leg))) == NULL)
		return (NULL);
	buf_init(&leg->in, TLS_LEG_IN_MAX);
	leg->out = out;
	return (leg);
}

struct tls_leg *
tls_leg_client(struct tls_config *config, const char *name, struct buf *out)
{
	struct tls_leg	*leg;

	if ((leg = leg_new(out)) == NULL)
		return (NULL);
	if ((leg->ctx = tls_client()) == NULL ||
	    tls_configure(leg->ctx, config) == -1 ||
	    tls_connect_cbs(leg->ctx, leg_pull, leg_push, leg, name) == -1) {
		tls_leg_free(leg);
		return (NULL);
	}
	return (leg);
}

struct tls_leg *
tls_leg_server(struct tls *ctx, struct buf *out)
{
	struct tls_leg	*leg;

	if ((leg = leg_new(out)) == NULL)
		return (NULL);
	if (tls_accept_cbs(ctx, &leg->ctx, leg_pull, leg_push, leg) == -1) {
		leg->ctx = NULL;
		tls_leg_free(leg);
		return (NULL);
	}
	return (leg);
}

void
tls_leg_free(struct tls_leg *leg)
{
	if (leg == NULL)
		return;
	tls_free(leg->ctx);
	buf_free(&leg->in);
	free(leg);
}

uint8_t *
tls_leg_reserve(struct tls_leg *leg, size_t *len)
{
	size_t	 room = buf_room(&leg->in);

	if (*len > room)
		*len = room;
	return (buf_reserve(&leg->in, *len));
}

void
tls_leg_commit(struct tls_leg *leg, size_t len)
{
	buf_commit(&leg->in, len);
	if (buf_len(&leg->in) == 0)
		buf_free(&leg->in);
}

int
tls_leg_feed(struct tls_leg *leg, const void *data, size_t len)
{
	return (buf_add(&leg->in, data, len));
}

void
tls_leg_feed_eof(struct tls_leg *leg)
{
	leg->in_eof = true;
}

int
tls_leg_handshake(struct tls_leg *leg)
{
	switch (tls_handshake(leg->ctx)) {
	case 0:
		/* A peer may say more at once: that is read, not waited for. */
		leg->more = buf_len(&leg->in) > 0;
		return (1);
	case TLS_WANT_POLLIN:
	case TLS_WANT_POLLOUT:
		return (0);
	}
	return (-1);
}

ssize_t
tls_leg_read(struct tls_leg *leg, void *data, size_t len, bool *eof)
{
	uint8_t	*p = data;
	size_t	 got = 0;
	ssize_t	 n;
	int	 empty = 0;

	leg->more = false;
	while (got < len) {
		n = tls_read(leg->ctx, p + got, len - got);
		if (n > 0) {
			got += (size_t)n;
			continue;
		}
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
			/*
			 * It also stops behind a session ticket, and between
			 * two key updates without having read anything.
			 */
			if (buf_len(&leg->in) == 0)
				return ((ssize_t)got);
			if (++empty < EMPTY_MAX)
				continue;
			break;
		}
		/* What came before the end is told first, and then the end. */
		if (got > 0)
			break;
		if (n == 0)
			*eof = true;
		return (n == 0 ? 0 : -1);
	}
	leg->more = true;
	return ((ssize_t)got);
}

bool
tls_leg_more(const struct tls_leg *leg)
{
	return (leg->more);
}

int
tls_leg_write(struct tls_leg *leg, const void *data, size_t len)
{
	const uint8_t	*p = data;
	ssize_t		 n;

	while (len > 0) {
		if ((n = tls_write(leg->ctx, p, len)) <= 0)
			return (-1);
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

void
tls_leg_shutdown(struct tls_leg *leg)
{
	/* It goes out, or the connection is broken and it does not matter. */
	(void)tls_close(leg->ctx);
}

struct tls *
tls_leg_ctx(struct tls_leg *leg)
{
	return (leg->ctx);
}

/* RFC 8446, 6 (and RFC 5246, 7.2), as libcrypto's messages spell them. */
static const struct {
	const char	*text;
	const char	*word;
} reasons[] = {
	{ "alert unknown ca",			"unknown_ca" },
	{ "alert bad certificate",		"bad_certificate" },
	{ "alert certificate unknown",		"certificate_unknown" },
	{ "alert certificate expired",		"certificate_expired" },
	{ "alert certificate revoked",		"certificate_revoked" },
	{ "alert unsupported certificate",	"unsupported_certificate" },
	{ "alert certificate required",		"certificate_required" },
	{ "alert access denied",		"access_denied" },
	{ "alert decode error",			"decode_error" },
	{ "alert decrypt error",		"decrypt_error" },
	{ "alert protocol version",		"protocol_version" },
	{ "alert handshake failure",		"handshake_failure" },
	{ "alert insufficient security",	"insufficient_security" },
	{ "alert internal error",		"internal_error" },
	{ "alert user cancel",			"user_canceled" },
	{ "alert no application protocol",	"no_application_protocol" },
	{ "unrecognized name",			"unrecognized_name" },
	{ "alert illegal parameter",		"illegal_parameter" },
	{ "alert inappropriate fallback",	"inappropriate_fallback" },
	{ "unexpected eof",			"closed" },
	{ "no shared cipher",			"no_shared_cipher" },
	{ "unsupported protocol",		"protocol_version" },
	{ "no protocols available",		"protocol_version" },
	{ "wrong version number",		"not_tls" },
	{ "http request",			"not_tls" },
	{ "dh key too small",			"weak_key" },
	{ "excessive message size",		"certificate_too_large" },
};

const char *
tls_leg_reason(struct tls_leg *leg)
{
	const char	*text = tls_error(leg->ctx);
	size_t		 i;

	if (text != NULL)
		for (i = 0; i < nitems(reasons); i++)
			if (strstr(text, reasons[i].text) != NULL)
				return (reasons[i].word);
	return (leg->in_eof ? "closed" : "tls_error");
}
