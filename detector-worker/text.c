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


/* What every text is looked at for, beside the rules. */

#include <stddef.h>
#include <stdint.h>

#include "coding.h"
#include "decoders.h"
#include "deltas.h"
#include "scan_private.h"
#include "stream.h"
#include "view.h"

static const struct decoder *const decoders[] = {
	&decoder_percent, &decoder_html, &decoder_escape, &decoder_quoted,
	&decoder_base64, &decoder_hex, &decoder_bytes
};

static const struct decoder *const shapes[] = {
	&decoder_json, &decoder_sse, &decoder_parts, &decoder_multipart
};

/* Is it a body or a message, its codings undone, and not a part of one? */
static int
is_whole(const struct view *v)
{
	const struct place	*at = view_place(v);
	const char		*last;

	if ((at->channel != SCAN_BODY && at->channel != SCAN_WEBSOCKET) ||
	    view_depth(v) > 0)
		return (0);
	if (at->npath == 0)
		return (1);
	last = at->path[at->npath - 1];
	return (last != decoder_sse.name && last != decoder_parts.name &&
	    last != decoder_multipart.name &&
	    last != deltas_name);
}

int
text_attach(struct view *v)
{
	size_t	 i;

	for (i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
		if (view_attach(v, decoders[i]) == NULL)
			return (-1);
	/* Whether that is true or not. */
	if (is_whole(v) && view_scan(v)->wide.size != 0 &&
	    view_attach(v, &decoder_utf16) == NULL)
		return (-1);
	for (i = 0; is_whole(v) && i < sizeof(shapes) / sizeof(shapes[0]);
	    i++)
		if (view_attach(v, shapes[i]) == NULL)
			return (-1);
	return (0);
}

static int
is_printable(uint8_t c)
{
	return ((c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' ||
	    c == '\t');
}

int
looks_like_text(const uint8_t *p, size_t len)
{
	size_t	 i, n;

	for (i = 0; i < len; i++) {
		if (is_printable(p[i]))
			continue;
		if (p[i] >= 0xc2 && p[i] < 0xe0)
			n = 1;
		else if (p[i] >= 0xe0 && p[i] < 0xf0)
			n = 2;
		else if (p[i] >= 0xf0 && p[i] < 0xf5)
			n = 3;
		else
			return (0);
		for (; n > 0 && i + 1 < len; n--)
			if ((p[++i] & 0xc0) != 0x80)
				return (0);
	}
	return (1);
}

const struct decoder *
text_sniff(const uint8_t *p, size_t len)
{
	if (looks_utf16(p, len))
		return (&decoder_utf16);
	if (looks_eventstream(p, len))
		return (&decoder_eventstream);
	return (coding_sniff(p, len));
}

int
text_maybe(const uint8_t p[3])
{
	switch (p[0]) {
	case 0x00:	/* UTF-16 and UTF-32, prelude of an event, */
	case 0x01:
	case 0xfe:
	case 0xff:
	case 0x1f:	/* gzip, */
	case 0x28:	/* zstd, */
	case 0x78:	/* zlib */
		return (1);
	}
	return (p[1] == 0 || looks_like_text(p, 3));
}
