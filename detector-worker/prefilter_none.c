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

/* Where there is no Vectorscan, there are no databases. */

#include <stdio.h>

#include "prefilter.h"

struct prefilter *
prefilter_new(const void *data, size_t len, char *errbuf, size_t errlen)
{
	(void)data;
	(void)len;
	snprintf(errbuf, errlen, "built without Vectorscan");
	return (NULL);
}

void
prefilter_free(struct prefilter *pf)
{
	(void)pf;
}

struct prefilter_stream *
prefilter_open(struct prefilter *pf)
{
	(void)pf;
	return (NULL);
}

void
prefilter_close(struct prefilter_stream *ps)
{
	(void)ps;
}

int
prefilter_reset(struct prefilter_stream *ps)
{
	(void)ps;
	return (-1);
}

int
prefilter_scan(struct prefilter *pf, struct prefilter_stream *ps,
    const void *data, size_t len, prefilter_hit hit, void *arg)
{
	(void)pf;
	(void)ps;
	(void)data;
	(void)len;
	(void)hit;
	(void)arg;
	return (-1);
}

size_t
prefilter_stream_size(const struct prefilter *pf)
{
	(void)pf;
	return (0);
}
