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

#ifndef BOOK_H
#define BOOK_H

#include <stddef.h>
#include <stdint.h>

#include "msg.h"

/*
 * The key book: which secret was found on its way to which hosts, by keyed
 * fingerprint.  A secret that is known at one host and turns up at another is
 * worth saying.  Bounded; the pair unused for longest makes room.
 */
#define BOOK_FP_SIZE	32
#define BOOK_PAIRS	16384

struct book;

/* Room for n pairs; NULL when out of memory. */
struct book	*book_new(size_t n);
void		 book_free(struct book *);

/* The host of a "host:port", which is cut off; returns host. */
char		*book_host(const char *dest, char host[MSG_DEST_SIZE]);

/*
 * A secret was on its way to a host.  Returns 1 if that pair is new, with the
 * number of other hosts the secret is known at in *others, else 0.
 */
int		 book_add(struct book *, const uint8_t[BOOK_FP_SIZE],
		    const char *host, unsigned int *others);
/* Calls cb for each pair, least recently used first. */
void		 book_each(const struct book *, void (*cb)(
		    const uint8_t[BOOK_FP_SIZE], const char *host, void *),
		    void *);

#endif /* BOOK_H */
