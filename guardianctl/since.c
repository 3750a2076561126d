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

#include <stdint.h>
#include <string.h>

#include "args.h"
#include "compat.h"

#define DAY_MS	INT64_C(86400000)

/* Exactly n digits at *s, moved past; -1 when there are fewer. */
static int
digits(const char **s, int n)
{
	int	 v = 0;

	while (n-- > 0) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + (*(*s)++ - '0');
	}
	return v;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t
days(int year, int month, int day)
{
	int64_t	 y = year, d;

	/* March first: the leap day is then a year's last. */
	if (month <= 2) {
		y--;
		month += 12;
	}
	d = 365 * y + y / 4 - y / 100 + y / 400;
	return d + (153 * (month - 3) + 2) / 5 + day - 1 - 719468;
}

static int
days_in(int year, int month)
{
	static const int	 len[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
				    31, 30, 31 };

	if (month == 2 &&
	    ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
		return 29;
	return len[month - 1];
}

static int
span(const char *s, int64_t now_ms, int64_t *ms)
{
	static const struct {
		char	 unit;
		int64_t	 ms;
	} units[] = {
		{ 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 },
		{ 'd', DAY_MS }, { 'w', 7 * DAY_MS },
	};
	int64_t	 v = 0;
	size_t	 i, n;

	n = strspn(s, "0123456789");
	if (n == 0 || n > 9 || s[n] == '\0' || s[n + 1] != '\0')
		return -1;
	for (i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	for (i = 0; i < nitems(units); i++)
		if (units[i].unit == s[n]) {
			*ms = now_ms - v * units[i].ms;
			return 0;
		}
	return -1;
}

/* The offset from UTC that ends a date: minutes, 0 when it is missing. */
static int
offset(const char *s, int *minutes)
{
	int	 sign, h, m;

	*minutes = 0;
	if (*s == '\0' || ((*s == 'Z' || *s == 'z') && s[1] == '\0'))
		return 0;
	if (*s != '+' && *s != '-')
		return -1;
	sign = *s++ == '-' ? -1 : 1;
	if ((h = digits(&s, 2)) == -1 || h > 23)
		return -1;
	if (*s == ':')
		s++;
	if ((m = digits(&s, 2)) == -1 || m > 59 || *s != '\0')
		return -1;
	*minutes = sign * (h * 60 + m);
	return 0;
}

static int
date(const char *s, int64_t *ms)
{
	int	 year, month, day, h = 0, m = 0, sec = 0, frac = 0;
	int	 scale, off;

	if ((year = digits(&s, 4)) == -1 || *s++ != '-' ||
	    (month = digits(&s, 2)) == -1 || *s++ != '-' ||
	    (day = digits(&s, 2)) == -1)
		return -1;
	if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return -1;
	if (*s == 'T' || *s == 't' || *s == ' ') {
		s++;
		if ((h = digits(&s, 2)) == -1 || h > 23 || *s++ != ':' ||
		    (m = digits(&s, 2)) == -1 || m > 59)
			return -1;
		if (*s == ':') {
			s++;
			/* 60 is a leap second */
			if ((sec = digits(&s, 2)) == -1 || sec > 60)
				return -1;
			if (*s == '.') {
				s++;
				if (*s < '0' || *s > '9')
					return -1;
				for (scale = 100; *s >= '0' && *s <= '9'; s++) {
					frac += (*s - '0') * scale;
					scale /= 10;
				}
			}
		}
		if (offset(s, &off) == -1)
			return -1;
	} else if (*s == '\0')
		off = 0;
	else
		return -1;
	*ms = days(year, month, day) * DAY_MS +
	    ((h * INT64_C(60) + m - off) * 60 + sec) * 1000 + frac;
	return 0;
}

int
args_since(const char *s, int64_t now_ms, int64_t *ms)
{
	if (span(s, now_ms, ms) == -1 && date(s, ms) == -1)
		return -1;
	/* 0 in a query means that no time was given. */
	if (*ms < 1)
		*ms = 1;
	return 0;
}
