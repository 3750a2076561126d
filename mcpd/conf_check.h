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

#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include <stddef.h>

#include <jansson.h>

struct event_base;

/*
 * A configuration that somebody would like to have judged.  It is parsed in a
 * process of its own, made for that one text, which can do nothing but read it
 * and write what is wrong, and ends within seconds whatever the text does to
 * it.  No file is opened or looked for, and nothing of it is applied.
 *
 * As mcpd itself may not start processes, one that may is split off before
 * anything is known that is worth a secret; it starts them, and reads none of
 * the texts.
 */

#define CONF_CHECK_TEXT_MAX	(64 * 1024)
#define CONF_CHECK_OUT_MAX	(256 * 1024)	/* of what is wrong, in JSON */
#define CONF_CHECK_MAX		8		/* at once */

struct conf_checker;
struct conf_check;

/* Forks, so it comes before all else.  The event base is not used there. */
struct conf_checker *
	 conf_checker_start(struct event_base *);
void	 conf_checker_free(struct conf_checker *);

/*
 * What is wrong, in order: an array of {"line": n, "message": "..."} with n 0
 * for the whole; empty if nothing is.  The message is printable ASCII and has
 * what looks like a secret masked.  Borrowed.  NULL: the process came to no
 * end, or to a bad one.
 */
typedef void	(*conf_check_done)(void *arg, const json_t *);

/*
 * done is called once, later, unless it is cancelled.  NULL: there are too
 * many at once, or there is no such process any more; then it is not called.
 */
struct conf_check *
	 conf_check(struct conf_checker *, const char *, size_t,
	    conf_check_done, void *arg);
void	 conf_check_cancel(struct conf_check *);

/* conf_judge.c: what the process for one text does.  NULL: it cannot tell. */
json_t	*conf_check_text(const char *, size_t);

#endif /* CONF_CHECK_H */
