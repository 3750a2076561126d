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
 * Fixed width numbers in buffers: see imsg.h.  n is network byte order, h
 * is host byte order.  Values to store come as 64 bits, so that one too
 * wide for its field is an error and not silently cut.
 */

#ifndef HAVE_IMSG

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>

#include "imsg.h"

static int
fits(uint64_t value, size_t width)
{
	if (width < sizeof(value) && value >> (width * 8) != 0) {
		errno = EINVAL;
		return (0);
	}
	return (1);
}

static void
put_be(unsigned char *p, uint64_t value, size_t width)
{
	while (width > 0) {
		p[--width] = value & 0xff;
		value >>= 8;
	}
}

static uint64_t
get_be(const unsigned char *p, size_t width)
{
	uint64_t	 value = 0;

	while (width-- > 0)
		value = value << 8 | *p++;
	return (value);
}

static int
add_be(struct ibuf *buf, uint64_t value, size_t width)
{
	unsigned char	 b[sizeof(value)];

	if (!fits(value, width))
		return (-1);
	put_be(b, value, width);
	return (ibuf_add(buf, b, width));
}

static int
set_be(struct ibuf *buf, size_t pos, uint64_t value, size_t width)
{
	unsigned char	 b[sizeof(value)];

	if (!fits(value, width))
		return (-1);
	put_be(b, value, width);
	return (ibuf_set(buf, pos, b, width));
}

int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	return (add_be(buf, value, 1));
}

int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	return (add_be(buf, value, 2));
}

int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	return (add_be(buf, value, 4));
}

int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	return (add_be(buf, value, 8));
}

int
ibuf_add_h16(struct ibuf *buf, uint64_t value)
{
	uint16_t	 v = (uint16_t)value;

	return (fits(value, sizeof(v)) ? ibuf_add(buf, &v, sizeof(v)) : -1);
}

int
ibuf_add_h32(struct ibuf *buf, uint64_t value)
{
	uint32_t	 v = (uint32_t)value;

	return (fits(value, sizeof(v)) ? ibuf_add(buf, &v, sizeof(v)) : -1);
}

int
ibuf_add_h64(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add(buf, &value, sizeof(value)));
}

int
ibuf_set_n8(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (set_be(buf, pos, value, 1));
}

int
ibuf_set_n16(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (set_be(buf, pos, value, 2));
}

int
ibuf_set_n32(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (set_be(buf, pos, value, 4));
}

int
ibuf_set_n64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (set_be(buf, pos, value, 8));
}

int
ibuf_set_h16(struct ibuf *buf, size_t pos, uint64_t value)
{
	uint16_t	 v = (uint16_t)value;

	return (fits(value, sizeof(v)) ?
	    ibuf_set(buf, pos, &v, sizeof(v)) : -1);
}

int
ibuf_set_h32(struct ibuf *buf, size_t pos, uint64_t value)
{
	uint32_t	 v = (uint32_t)value;

	return (fits(value, sizeof(v)) ?
	    ibuf_set(buf, pos, &v, sizeof(v)) : -1);
}

int
ibuf_set_h64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set(buf, pos, &value, sizeof(value)));
}

int
ibuf_get_n8(struct ibuf *buf, uint8_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_n16(struct ibuf *buf, uint16_t *value)
{
	unsigned char	 b[sizeof(*value)];

	if (ibuf_get(buf, b, sizeof(b)) == -1)
		return (-1);
	*value = (uint16_t)get_be(b, sizeof(b));
	return (0);
}

int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	unsigned char	 b[sizeof(*value)];

	if (ibuf_get(buf, b, sizeof(b)) == -1)
		return (-1);
	*value = (uint32_t)get_be(b, sizeof(b));
	return (0);
}

int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	unsigned char	 b[sizeof(*value)];

	if (ibuf_get(buf, b, sizeof(b)) == -1)
		return (-1);
	*value = get_be(b, sizeof(b));
	return (0);
}

int
ibuf_get_h16(struct ibuf *buf, uint16_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_h32(struct ibuf *buf, uint32_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_h64(struct ibuf *buf, uint64_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

#endif /* HAVE_IMSG */
