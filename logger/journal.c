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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "journal.h"
#include "logfile.h"

#define CHUNK	(256 * 1024)

static const uint8_t	magic[4] = { 0xce, 'G', 'J', 0x01 };

/*
 * CRC-32 (ISO 3309, bits reflected), four bits at a time.  It tells a record
 * that was cut off; it is no protection against somebody with write access,
 * whom nothing in this file could stop.
 */
static uint32_t
crc32_add(uint32_t crc, const uint8_t *p, size_t len)
{
	static const uint32_t	 t[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
	};

	for (; len > 0; len--, p++) {
		crc ^= *p;
		crc = crc >> 4 ^ t[crc & 15];
		crc = crc >> 4 ^ t[crc & 15];
	}
	return crc;
}

static uint32_t
record_crc(const uint8_t *p, size_t len)
{
	static const uint8_t	 zero[4];
	uint32_t		 crc = 0xffffffff;

	crc = crc32_add(crc, p, 12);
	crc = crc32_add(crc, zero, sizeof(zero));
	return ~crc32_add(crc, p + 16, len - 16);
}

static void
put(uint8_t *p, uint64_t v, unsigned int n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static uint64_t
get(const uint8_t *p, unsigned int n)
{
	uint64_t	 v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static size_t
aligned(size_t len)
{
	return (len + JOURNAL_ALIGN - 1) / JOURNAL_ALIGN * JOURNAL_ALIGN;
}

size_t
journal_encode(const struct journal_rec *r, uint8_t buf[JOURNAL_REC_MAX])
{
	size_t	 name = strlen(r->client), len;

	len = aligned(JOURNAL_HEAD + name + r->line_len);
	memset(buf, 0, len);
	memcpy(buf, magic, sizeof(magic));
	put(buf + 4, r->kind, 2);
	put(buf + 6, name, 2);
	put(buf + 8, r->line_len, 4);
	put(buf + 16, (uint64_t)r->entry.time_ms, 8);
	put(buf + 24, r->offset, 8);
	put(buf + 32, r->coffset, 8);
	put(buf + 40, r->bytes, 8);
	memcpy(buf + 48, r->entry.id, sizeof(r->entry.id));
	memcpy(buf + 64, r->entry.key, sizeof(r->entry.key));
	memcpy(buf + JOURNAL_HEAD, r->client, name);
	memcpy(buf + JOURNAL_HEAD + name, r->line, r->line_len);
	put(buf + 12, record_crc(buf, len), 4);
	return len;
}

static int
key_host_ok(const char *host, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (host[i] <= ' ' || host[i] >= 0x7f)
			return 0;
	return len > 0 && len < MSG_DEST_SIZE;
}

size_t
journal_decode(const uint8_t *p, size_t have, struct journal_rec *r)
{
	size_t	 name, line, len;

	if (have < JOURNAL_HEAD || memcmp(p, magic, sizeof(magic)) != 0)
		return 0;
	name = (size_t)get(p + 6, 2);
	line = (size_t)get(p + 8, 4);
	if (name >= MSG_CLIENT_SIZE || line > FINDING_LINE_MAX)
		return 0;
	len = aligned(JOURNAL_HEAD + name + line);
	if (len > have || get(p + 12, 4) != record_crc(p, len))
		return 0;

	memset(r, 0, sizeof(*r));
	switch (get(p + 4, 2)) {
	case JOURNAL_FINDING:
		r->kind = JOURNAL_FINDING;
		break;
	case JOURNAL_CARRY:
		r->kind = JOURNAL_CARRY;
		break;
	case JOURNAL_QUOTA:
		r->kind = JOURNAL_QUOTA;
		break;
	case JOURNAL_KEY:
		r->kind = JOURNAL_KEY;
		break;
	default:
		return 0;
	}
	r->entry.time_ms = (int64_t)get(p + 16, 8);
	r->offset = get(p + 24, 8);
	r->coffset = get(p + 32, 8);
	r->bytes = get(p + 40, 8);
	memcpy(r->entry.id, p + 48, sizeof(r->entry.id));
	memcpy(r->entry.key, p + 64, sizeof(r->entry.key));
	memcpy(r->client, p + JOURNAL_HEAD, name);
	memcpy(r->line, p + JOURNAL_HEAD + name, line);
	r->line_len = line;
	/* the checksum is no judge of sense */
	if (r->entry.time_ms < 0 ||
	    (name > 0 && !msg_client_ok(r->client)) ||
	    (r->kind == JOURNAL_FINDING &&
	    (line == 0 || r->line[line - 1] != '\n')))
		return 0;
	if (r->kind == JOURNAL_KEY && !key_host_ok(r->line, line))
		return 0;
	return len;
}

ssize_t
journal_load(const struct logfile *f, size_t tail,
    void (*cb)(const struct journal_rec *, void *), void *arg,
    size_t *damaged)
{
	struct journal_rec	*r;
	uint8_t			*buf;
	off_t			 size, off;
	size_t			 have = 0, at, n, want;
	ssize_t			 got, records = 0;
	int			 bad = 0, saved;

	*damaged = 0;
	if ((size = logfile_size(f)) == -1)
		return -1;
	off = 0;
	if ((uintmax_t)size > tail)
		off = (size - (off_t)tail) / JOURNAL_ALIGN * JOURNAL_ALIGN;
	r = malloc(sizeof(*r));
	buf = malloc(CHUNK);
	if (r == NULL || buf == NULL) {
		records = -1;
		goto out;
	}
	/* the first steps may be inside of a record: that is no damage */
	if (off > 0)
		bad = 1;
	for (;;) {
		want = CHUNK - have;
		if ((got = logfile_read(f, off, buf + have, want)) == -1) {
			records = -1;
			goto out;
		}
		off += got;
		have += (size_t)got;
		at = 0;
		while (have - at >= JOURNAL_ALIGN) {
			/* keep what may be a record not read to its end */
			if ((size_t)got == want &&
			    have - at < JOURNAL_REC_MAX)
				break;
			n = journal_decode(buf + at, have - at, r);
			if (n == 0) {
				if (!bad)
					(*damaged)++;
				bad = 1;
				n = JOURNAL_ALIGN;
			} else {
				bad = 0;
				records++;
				cb(r, arg);
			}
			at += n;
		}
		memmove(buf, buf + at, have - at);
		have -= at;
		if ((size_t)got < want)
			break;
	}
	if (have > 0 && !bad)
		(*damaged)++;
out:
	saved = errno;
	free(r);
	free(buf);
	errno = saved;
	return records;
}

enum landing
journal_landing(const struct logfile *f, uint64_t offset, const char *line,
    size_t len, size_t *have)
{
	char	 buf[FINDING_LINE_MAX];
	off_t	 size;
	size_t	 n;

	*have = 0;
	if ((size = logfile_size(f)) == -1 || len > sizeof(buf) ||
	    offset > (uint64_t)size)
		return LANDING_UNKNOWN;
	if (offset == (uint64_t)size)
		return LANDING_NONE;
	n = (uint64_t)size - offset < len ?
	    (size_t)((uint64_t)size - offset) : len;
	if (logfile_read(f, (off_t)offset, buf, n) != (ssize_t)n ||
	    memcmp(buf, line, n) != 0)
		return LANDING_UNKNOWN;
	*have = n;
	return n == len ? LANDING_FULL : LANDING_PART;
}
