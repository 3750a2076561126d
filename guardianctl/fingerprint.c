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


#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "fingerprint.h"

const char *
fingerprint_hex(const uint8_t fp[CA_FINGERPRINT_SIZE],
    char buf[FINGERPRINT_HEX_SIZE])
{
	size_t	 i;

	for (i = 0; i < CA_FINGERPRINT_SIZE; i++)
		snprintf(buf + 2 * i, 3, "%02x", fp[i]);
	return buf;
}

const char *
fingerprint_groups(const uint8_t fp[CA_FINGERPRINT_SIZE],
    char buf[FINGERPRINT_GROUPS_SIZE])
{
	char	 hex[FINGERPRINT_HEX_SIZE];
	size_t	 i, n = 0;

	fingerprint_hex(fp, hex);
	for (i = 0; hex[i] != '\0'; i++) {
		if (i > 0 && i % 8 == 0)
			buf[n++] = ' ';
		if (hex + i == FINGERPRINT_LAST(hex))
			buf[n++] = '[';
		buf[n++] = (char)toupper((unsigned char)hex[i]);
	}
	buf[n++] = ']';
	buf[n] = '\0';
	return buf;
}

int
fingerprint_matches(const uint8_t fp[CA_FINGERPRINT_SIZE], const char *text,
    size_t n)
{
	char	 hex[FINGERPRINT_HEX_SIZE], got[sizeof(hex)];
	size_t	 len = 0;

	for (; *text != '\0'; text++) {
		if (strchr(": []\t\r\n", *text) != NULL)
			continue;
		if (len == sizeof(got) - 1)
			return 0;
		got[len++] = (char)tolower((unsigned char)*text);
	}
	got[len] = '\0';
	fingerprint_hex(fp, hex);
	return len == n && strcmp(hex + strlen(hex) - n, got) == 0;
}
