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

#include <hs_runtime.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "prefilter.h"

struct prefilter {
	hs_database_t	*db;
	hs_scratch_t	*scratch;
	size_t		 stream_size;
	prefilter_hit	 hit;		/* of the scan going on */
	void		*arg;
};

/* There is never a struct behind it: it is a hs_stream_t. */
static hs_stream_t *
stream_of(struct prefilter_stream *ps)
{
	return ((hs_stream_t *)ps);
}

struct prefilter *
prefilter_new(const void *data, size_t len, char *errbuf, size_t errlen)
{
	struct prefilter	*pf;
	hs_error_t		 e;

	if ((pf = calloc(1, sizeof(*pf))) == NULL) {
		snprintf(errbuf, errlen, "out of memory");
		return (NULL);
	}
	if ((e = hs_valid_platform()) != HS_SUCCESS ||
	    (e = hs_deserialize_database(data, len, &pf->db)) != HS_SUCCESS ||
	    (e = hs_stream_size(pf->db, &pf->stream_size)) != HS_SUCCESS ||
	    (e = hs_alloc_scratch(pf->db, &pf->scratch)) != HS_SUCCESS) {
		snprintf(errbuf, errlen, "Vectorscan refuses the database: "
		    "error %d", (int)e);
		prefilter_free(pf);
		return (NULL);
	}
	return (pf);
}

void
prefilter_free(struct prefilter *pf)
{
	if (pf == NULL)
		return;
	hs_free_scratch(pf->scratch);
	hs_free_database(pf->db);
	free(pf);
}

struct prefilter_stream *
prefilter_open(struct prefilter *pf)
{
	hs_stream_t	*s;

	if (hs_open_stream(pf->db, 0, &s) != HS_SUCCESS)
		return (NULL);
	return ((struct prefilter_stream *)s);
}

/* Literals have nothing to say at the end of a stream. */
void
prefilter_close(struct prefilter_stream *ps)
{
	if (ps != NULL)
		hs_close_stream(stream_of(ps), NULL, NULL, NULL);
}

int
prefilter_reset(struct prefilter_stream *ps)
{
	return (hs_reset_stream(stream_of(ps), 0, NULL, NULL, NULL) ==
	    HS_SUCCESS ? 0 : -1);
}

static int
prefilter_event(unsigned int id, unsigned long long from,
    unsigned long long to, unsigned int flags, void *arg)
{
	struct prefilter	*pf = arg;

	(void)from;
	(void)flags;
	pf->hit(id, to, pf->arg);
	return (0);
}

int
prefilter_scan(struct prefilter *pf, struct prefilter_stream *ps,
    const void *data, size_t len, prefilter_hit hit, void *arg)
{
	const char	*p = data;
	unsigned int	 n;

	pf->hit = hit;
	pf->arg = arg;
	while (len > 0) {
		n = len > UINT_MAX ? UINT_MAX : (unsigned int)len;
		if (hs_scan_stream(stream_of(ps), p, n, 0, pf->scratch,
		    prefilter_event, pf) != HS_SUCCESS)
			return (-1);
		p += n;
		len -= n;
	}
	return (0);
}

size_t
prefilter_stream_size(const struct prefilter *pf)
{
	return (pf->stream_size);
}
