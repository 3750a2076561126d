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

#include "compat.h"

#ifndef HAVE_FREEZERO
void
freezero(void *ptr, size_t size)
{
	if (ptr == NULL)
		return;
	explicit_bzero(ptr, size);
	free(ptr);
}
#endif

#ifndef HAVE_RECALLOCARRAY
void *
recallocarray(void *ptr, size_t oldnmemb, size_t newnmemb, size_t size)
{
	size_t	 oldsize, newsize;
	void	*new;

	if (ptr == NULL)
		return (calloc(newnmemb, size));
	if (size > 0 && newnmemb > SIZE_MAX / size) {
		errno = ENOMEM;
		return (NULL);
	}
	if (size > 0 && oldnmemb > SIZE_MAX / size) {
		errno = EINVAL;
		return (NULL);
	}
	oldsize = oldnmemb * size;
	newsize = newnmemb * size;

	/* calloc(0, ...) may be NULL, which would read as a failure. */
	if ((new = calloc(1, newsize > 0 ? newsize : 1)) == NULL)
		return (NULL);
	memcpy(new, ptr, oldsize < newsize ? oldsize : newsize);
	/* Not realloc(3): it would leave a copy of the contents behind. */
	explicit_bzero(ptr, oldsize);
	free(ptr);
	return (new);
}
#endif
