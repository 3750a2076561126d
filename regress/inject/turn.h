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
 * For what is preloaded into a program under test: which call fails.
 *
 *	INJECT_AT=n		the nth that the program itself makes; 0: none
 *	INJECT_COUNT=file	at the end, how many there were
 *	INJECT_PAGE=file	instead of these, as the page says, see page.h
 */

#ifndef TURN_H
#define TURN_H

#include <stdint.h>

#include "page.h"

/* 1 when the call from there is the nth of the program. */
int			 turn_is(const void *caller);
/* Which one that was, for a choice that is the same in each run. */
uint64_t		 turn_number(void);
/* The page, or NULL when there is none. */
struct inject_page	*turn_page(void);

#endif /* TURN_H */
