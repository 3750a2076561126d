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

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "safe.h"

/* Characters without a place of their own on the screen, in order. */
static const struct {
	uint32_t	 from;
	uint32_t	 to;
} unsafe[] = {
	{ 0x0000,  0x001f },	/* C0 */
	{ 0x007f,  0x009f },	/* DEL, C1 */
	{ 0x00ad,  0x00ad },	/* soft hyphen */
	{ 0x034f,  0x034f },	/* combining grapheme joiner */
	{ 0x061c,  0x061c },	/* Arabic letter mark */
	{ 0x115f,  0x1160 },	/* Hangul fillers */
	{ 0x17b4,  0x17b5 },	/* Khmer inherent vowels */
	{ 0x180b,  0x180f },	/* Mongolian selectors and separator */
	{ 0x200b,  0x200f },	/* zero width, left-to-right marks */
	{ 0x2028,  0x202e },	/* separators, bidirectional embeddings */
	{ 0x2060,  0x206f },	/* word joiner, bidirectional isolates */
	{ 0x3164,  0x3164 },	/* Hangul filler */
	{ 0xfe00,  0xfe0f },	/* variation selectors */
	{ 0xfeff,  0xfeff },	/* byte order mark */
	{ 0xffa0,  0xffa0 },	/* half-width Hangul filler */
	{ 0xfff0,  0xfffb },	/* interlinear annotation */
	{ 0x1bca0, 0x1bca3 },	/* shorthand format controls */
	{ 0x1d173, 0x1d17a },	/* musical format controls */
	{ 0xe0000, 0xe0fff },	/* tags, more variation selectors */
};

static int
is_unsafe(uint32_t c)
{
	size_t	 i;

	for (i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		if (c <= unsafe[i].to)
			return c >= unsafe[i].from;
	return 0;
}

/*
 * Decodes the character at s.  Returns its length, 1 with *c = 0xfffd for a
 * byte that starts none.
 */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *c)
{
	static const uint32_t	 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t			 n, i;
	uint32_t		 v;

	if (s[0] < 0x80) {
		*c = s[0];
		return 1;
	}
	*c = 0xfffd;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		n = 2;
		v = s[0] & 0x1f;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3;
		v = s[0] & 0x0f;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		n = 4;
		v = s[0] & 0x07;
	} else
		return 1;
	if (n > len)
		return 1;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		v = v << 6 | (s[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 1;
	*c = v;
	return n;
}

size_t
safe_copy(char *dst, size_t size, const char *src, size_t len)
{
	const unsigned char	*s = (const unsigned char *)src;
	const char		*out;
	char			 esc[16];
	size_t			 n, outlen, used = 0;
	uint32_t		 c;

	while (len > 0) {
		n = decode(s, len, &c);
		out = (const char *)s;
		outlen = n;
		if (c == 0xfffd && n == 1) {
			outlen = (size_t)snprintf(esc, sizeof(esc), "\\ufffd");
			out = esc;
		} else if (is_unsafe(c)) {
			/* RFC 8259 section 7: a pair beyond 16 bits */
			if (c > 0xffff)
				outlen = (size_t)snprintf(esc, sizeof(esc),
				    "\\u%04x\\u%04x",
				    (unsigned int)(0xd800 +
				    ((c - 0x10000) >> 10)),
				    (unsigned int)(0xdc00 +
				    ((c - 0x10000) & 0x3ff)));
			else
				outlen = (size_t)snprintf(esc, sizeof(esc),
				    "\\u%04x", (unsigned int)c);
			out = esc;
		}
		if (outlen >= size - used)
			break;
		memcpy(dst + used, out, outlen);
		used += outlen;
		s += n;
		len -= n;
	}
	dst[used] = '\0';
	return used;
}

void
safe_write(FILE *fp, const char *s, size_t len)
{
	char	*buf;
	size_t	 n;

	/* Lines are bounded by the message size: no overflow, no truncation. */
	if (len > (SIZE_MAX - 1) / SAFE_GROWTH ||
	    (buf = malloc(len * SAFE_GROWTH + 1)) == NULL) {
		fputs("guardianctl: out of memory\n", stderr);
		exit(1);
	}
	n = safe_copy(buf, len * SAFE_GROWTH + 1, s, len);
	fwrite(buf, 1, n, fp);
	fputc('\n', fp);
	free(buf);
}

static void
vline(FILE *fp, const char *prefix, const char *fmt, va_list ap)
{
	char	*text, *line;
	int	 n;

	if (vasprintf(&text, fmt, ap) == -1 ||
	    (n = asprintf(&line, "%s%s", prefix, text)) == -1) {
		fputs("guardianctl: out of memory\n", stderr);
		exit(1);
	}
	safe_write(fp, line, (size_t)n);
	free(line);
	free(text);
}

void
safe_line(FILE *fp, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vline(fp, "", fmt, ap);
	va_end(ap);
}

void
safe_warnx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vline(stderr, "guardianctl: ", fmt, ap);
	va_end(ap);
}

int
safe_flush(void)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		safe_warnx("cannot write to standard output");
		return -1;
	}
	return 0;
}
