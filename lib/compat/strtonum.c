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


#include <errno.h>
#include <limits.h>

#include "compat.h"

#ifndef HAVE_STRTONUM
long long
strtonum(const char *str, long long min, long long max, const char **errstr)
{
	const char	*reason = NULL;
	char		*end;
	long long	 n = 0;
	int		 saved_errno = errno, error = 0;

	errno = 0;
	if (min > max)
		end = NULL;
	else
		n = strtoll(str, &end, 10);
	if (end == NULL || end == str || *end != '\0') {
		reason = "invalid";
		error = EINVAL;
	} else if ((n == LLONG_MIN && errno == ERANGE) || n < min) {
		reason = "too small";
		error = ERANGE;
	} else if ((n == LLONG_MAX && errno == ERANGE) || n > max) {
		reason = "too large";
		error = ERANGE;
	}
	errno = reason == NULL ? saved_errno : error;
	if (errstr != NULL)
		*errstr = reason;
	return (reason == NULL ? n : 0);
}
#endif
