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

#ifndef ASK_H
#define ASK_H

struct asks;
struct imsg;
struct logger;
struct peer;

/*
 * Questions of mcpd.  Each names one client, which must be one that the parent
 * said may ask, and is answered from that client's own files.
 */
struct asks	*asks_new(struct logger *);
void		 asks_free(struct asks *);
/* Takes a question, answers it now or later; -1 when malformed. */
int		 asks_take(struct asks *, struct peer *, struct imsg *);
/* The peer has gone. */
void		 asks_forget(struct asks *, const struct peer *);

#endif /* ASK_H */
