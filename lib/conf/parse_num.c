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

#include <stdio.h>
#include <string.h>

#include "parse.h"

static int
digits(const char **s, uint64_t *out)
{
	uint64_t	 v = 0;
	unsigned int	 d;

	if (**s < '0' || **s > '9')
		return -1;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		d = (unsigned int)(**s - '0');
		/* Too large is out of every range; no need to know more. */
		if (v > (UINT64_MAX - d) / 10)
			v = UINT64_MAX;
		else
			v = v * 10 + d;
	}
	*out = v;
	return 0;
}

int
parse_number(const char *s, uint64_t min, uint64_t max, uint64_t *out,
    const char **errstr)
{
	uint64_t v;

	if (digits(&s, &v) == -1 || *s != '\0') {
		*errstr = "is not a whole number";
		return -1;
	}
	if (v < min || v > max) {
		*errstr = "is out of range";
		return -1;
	}
	*out = v;
	return 0;
}

int
parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *out,
    const char **errstr)
{
	uint64_t	 v, unit = 1;

	if (digits(&s, &v) == -1)
		goto bad;
	switch (*s) {
	case 'k':
	case 'K':
		unit = 1024ULL;
		s++;
		break;
	case 'm':
	case 'M':
		unit = 1024ULL * 1024;
		s++;
		break;
	case 'g':
	case 'G':
		unit = 1024ULL * 1024 * 1024;
		s++;
		break;
	}
	if (*s != '\0')
		goto bad;
	if (v > UINT64_MAX / unit || v * unit < min || v * unit > max) {
		*errstr = "is out of range";
		return -1;
	}
	*out = v * unit;
	return 0;

 bad:
	*errstr = "is not a size (bytes, or a number and K, M or G)";
	return -1;
}

const char *
format_size(uint64_t v, char *buf, size_t size)
{
	static const char	 unit[] = { '\0', 'K', 'M', 'G', '\0' };
	size_t			 i = 0;

	while (v != 0 && v % 1024 == 0 && unit[i + 1] != '\0') {
		v /= 1024;
		i++;
	}
	snprintf(buf, size, "%llu%.1s", (unsigned long long)v, &unit[i]);
	return buf;
}

int
parse_path_ok(const char *s, const char **errstr)
{
	const char *p;

	if (*s != '/') {
		*errstr = "is not an absolute path; start it with \"/\"";
		return -1;
	}
	if (strlen(s) > CONF_PATH_LEN) {
		*errstr = "is longer than 1023 bytes";
		return -1;
	}
	for (p = s; *p != '\0'; p++) {
		if ((u_char)*p < 0x20 || *p == 0x7f) {
			*errstr = "holds a control character";
			return -1;
		}
	}
	return 0;
}

int
parse_mode(const char *s, const char **errstr)
{
	if (strcmp(s, "detect") == 0)
		return 0;
	if (strcmp(s, "block") == 0)
		*errstr = "does not exist: there is no blocking mode, "
		    "findings are only logged; write \"detect\"";
	else
		*errstr = "does not exist; the only mode is \"detect\": "
		    "findings are logged and traffic is never altered";
	return -1;
}
