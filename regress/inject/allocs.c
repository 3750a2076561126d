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
 * Preloaded: the nth allocation that the program itself asks for fails, once
 * (turn.h).  What libraries allocate for themselves does not count: they are
 * not on trial, and some end the process.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "turn.h"

void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

/* Is it this one's turn? */
static int
fails(const void *caller)
{
	if (!turn_is(caller))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_realloc(p, size);
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, n * size);
}

char *
strdup(const char *s)
{
	size_t	 len = strlen(s) + 1;
	char	*p;

	if (fails(__builtin_return_address(0)) ||
	    (p = __libc_malloc(len)) == NULL)
		return NULL;
	return memcpy(p, s, len);
}

char *
strndup(const char *s, size_t max)
{
	size_t	 len = strnlen(s, max);
	char	*p;

	if (fails(__builtin_return_address(0)) ||
	    (p = __libc_malloc(len + 1)) == NULL)
		return NULL;
	p[len] = '\0';
	return memcpy(p, s, len);
}

int
vasprintf(char **to, const char *fmt, va_list ap)
{
	va_list	 again;
	int	 len;

	*to = NULL;
	if (fails(__builtin_return_address(0)))
		return -1;
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0 || (*to = __libc_malloc((size_t)len + 1)) == NULL)
		return -1;
	return vsnprintf(*to, (size_t)len + 1, fmt, ap);
}

int
asprintf(char **to, const char *fmt, ...)
{
	va_list	 ap;
	int	 r;

	*to = NULL;
	if (fails(__builtin_return_address(0)))
		return -1;
	va_start(ap, fmt);
	r = vasprintf(to, fmt, ap);
	va_end(ap);
	return r;
}
