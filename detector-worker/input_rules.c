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

#include <sys/types.h>
#include <sys/uio.h>

#include <stdint.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "custom.h"
#include "imsg.h"
#include "input.h"
#include "log.h"

#define RULES_FD	3

struct reading {
	struct custom	*custom;
	const char	*why;		/* it did not end well */
};

static int
rules_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct reading	*r = arg;

	(void)ch;
	return custom_recv(r->custom, imsg);
}

static void
rules_dead(struct channel *ch, const char *why, void *arg)
{
	struct reading	*r = arg;

	(void)ch;
	r->why = why;
}

struct custom *
input_rules(void)
{
	struct reading		 r = { 0 };
	struct event_base	*base;
	struct channel		*ch;

	if ((r.custom = custom_new()) == NULL ||
	    (base = event_base_new()) == NULL)
		fatal(NULL);
	/* guardianctl stands in for the parent. */
	ch = channel_new(base, RULES_FD, PROC_DETECTOR, PROC_PARENT,
	    MSG_PAYLOAD_MAX, 0, rules_dispatch, rules_dead, &r);
	if (ch == NULL)
		fatal("rules of the configuration");
	/* It returns when nothing is left to wait for: the other end closed. */
	if (event_base_dispatch(base) == -1)
		fatalx("event_base_dispatch");
	if (r.why != NULL)
		fatalx("rules of the configuration: %s", r.why);
	channel_free(ch);
	event_base_free(base);
	return r.custom;
}
