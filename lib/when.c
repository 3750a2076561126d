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


#include <stddef.h>

#include "when.h"

static int
digits(const char **s, int n, int min, int max, int *out)
{
	int	 v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return v < min || v > max ? -1 : 0;
}

static int
expect(const char **s, char c)
{
	if (**s != c)
		return -1;
	(*s)++;
	return 0;
}

static int
month_days(int y, int m)
{
	static const int	 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
				    31, 30, 31 };

	if (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0))
		return 29;
	return days[m - 1];
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t
days_from(int y, int m, int d)
{
	int64_t	 days = 0;
	int	 i;

	for (i = 1970; i < y; i++)
		days += month_days(i, 2) == 29 ? 366 : 365;
	for (i = 1; i < m; i++)
		days += month_days(y, i);
	return days + d - 1;
}

static int
zone(const char **s, int64_t *ms)
{
	int	 sign, h, m;

	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return 0;
	}
	if (**s != '+' && **s != '-')
		return -1;
	sign = *(*s)++ == '+' ? -1 : 1;
	if (digits(s, 2, 0, 23, &h) == -1 || expect(s, ':') == -1 ||
	    digits(s, 2, 0, 59, &m) == -1)
		return -1;
	*ms += sign * (h * 60 + m) * 60000LL;
	return 0;
}

int
when_parse(const char *s, int64_t *ms)
{
	int	 y, mon, d, h, min, sec, unit = 100;

	if (digits(&s, 4, 1970, 9999, &y) == -1 || expect(&s, '-') == -1 ||
	    digits(&s, 2, 1, 12, &mon) == -1 || expect(&s, '-') == -1 ||
	    digits(&s, 2, 1, month_days(y, mon), &d) == -1)
		return -1;
	*ms = days_from(y, mon, d) * 86400000;
	if (*s == '\0')
		return 0;
	if (*s != 'T' && *s != 't' && *s != ' ')
		return -1;
	s++;
	/* RFC 3339 knows leap seconds; they are the next second's begin */
	if (digits(&s, 2, 0, 23, &h) == -1 || expect(&s, ':') == -1 ||
	    digits(&s, 2, 0, 59, &min) == -1 || expect(&s, ':') == -1 ||
	    digits(&s, 2, 0, 60, &sec) == -1)
		return -1;
	*ms += ((h * 60 + min) * 60 + sec) * 1000LL;
	if (*s == '.') {
		if (*++s < '0' || *s > '9')
			return -1;
		for (; *s >= '0' && *s <= '9'; s++, unit /= 10)
			*ms += (*s - '0') * unit;
	}
	if (zone(&s, ms) == -1 || *s != '\0' || *ms < 0)
		return -1;
	return 0;
}
