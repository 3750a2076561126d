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

#ifndef LOGGER_UTIL_H
#define LOGGER_UTIL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "journal.h"
#include "msg_finding.h"

/* What the tests of the logger share.  Everything fails the test case. */

/* A finding, different in id and fingerprint for each n, 0 <= n < 2^32. */
void	 make_finding(struct finding_rec *, uint32_t n, const char *client);
/* The record of it as intake makes it. */
void	 make_record(struct journal_rec *, uint32_t n, const char *client,
	    int64_t now_ms);

/* A file in the working directory, opened as the parent does. */
int	 open_log(const char *name);
/* Its content, NUL-terminated; the caller frees it. */
char	*read_log(const char *name, size_t *len);
/* Makes it hold just these bytes. */
void	 write_log(const char *name, const void *, size_t);
/* How often a line (with its newline) is in the text, at starts of lines. */
unsigned int
	 count_line(const char *text, const char *line, size_t len);

#endif /* LOGGER_UTIL_H */
