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

#ifndef CUSTOM_H
#define CUSTOM_H

/* What the configuration says of rules: those it adds, what it ignores. */

#include <stdint.h>

#include "msg_rule.h"

struct custom;
struct imsg;
struct rule;

#define CUSTOM_RULES_MAX	32
#define CUSTOM_IGNORES_MAX	64	/* a bit each */

struct custom	*custom_new(void);	/* NULL if memory is short */
void		 custom_free(struct custom *);

/* 0, or -1: there are too many, which the parent would not send. */
int		 custom_add(struct custom *, const struct msg_custom *);
int		 custom_ignore(struct custom *, const struct msg_ignore *);
void		 custom_enable(struct custom *);	/* prompt_injection */

/* One of the messages that do these; 0, or -1: malformed, or none of them. */
int		 custom_recv(struct custom *, struct imsg *);

/* The tables for rules_new_with(); they live as long as the custom. */
const struct rule *const *
		 custom_tables(struct custom *);

/*
 * The ignores that fit a host, the one connected to: a bit each, to be kept
 * with the message.  Then, whether a pattern is one of theirs.
 */
uint64_t	 custom_ignores(const struct custom *, const char *host);
int		 custom_ignored(const struct custom *, uint64_t,
		    const char *pattern);

#endif /* CUSTOM_H */
