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

#ifndef ARGS_H
#define ARGS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct tool_call;

/*
 * Arguments of a call.  Each function gives 1 when the argument is there and
 * good, 0 when it is not there, and -1 when it is wrong: then the call has
 * been finished with an answer that names it.
 */

/* Is every member one of the names?  1 or -1. */
int	 args_known(struct tool_call *, const char *const names[], size_t n);
int	 args_int(struct tool_call *, const char *name, int64_t min,
	    int64_t max, int64_t *);
/* The words, NULL at the end; *which is the index. */
int	 args_word(struct tool_call *, const char *name,
	    const char *const words[], int *which);
/* At most size - 1 bytes without NUL. */
int	 args_string(struct tool_call *, const char *name, char *, size_t size);
/* RFC 3339 date-time, see when.h. */
int	 args_time(struct tool_call *, const char *name, int64_t *ms);

#endif /* ARGS_H */
