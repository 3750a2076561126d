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


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../detector-worker/rules.h"
#include "../../detector-worker/ws_reader.h"
#include "../../lib/ws_frame.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Properties: the same messages and as much left out whatever the splits;
 * messages begin and end in turn; nothing is inflated beyond the bound.  The
 * first byte chooses the sender and the head.
 */

#define MOST	100000

struct trace {
	uint64_t	 sum;
	uint64_t	 control;
	uint64_t	 size;		/* of the message */
	uint64_t	 gaps;
	int		 open;
};

static void
broken(const char *what)
{
	fprintf(stderr, "invariant broken: %s\n", what);
	abort();
}

static void
mix(uint64_t *sum, const void *data, size_t len)
{
	const uint8_t	*p = data;

	while (len-- > 0)
		*sum = (*sum ^ *p++) * UINT64_C(1099511628211);
}

static void
on_begin(int text, void *arg)
{
	struct trace	*t = arg;

	if (t->open)
		broken("a message within a message");
	t->open = 1;
	t->size = 0;
	mix(&t->sum, text ? "T" : "B", 1);
}

static void
on_data(const uint8_t *p, size_t len, void *arg)
{
	struct trace	*t = arg;

	if (!t->open || len == 0)
		broken("data of no message");
	t->size += len;
	mix(&t->sum, p, len);
}

static void
on_end(void *arg)
{
	struct trace	*t = arg;

	if (!t->open)
		broken("the end of no message");
	t->open = 0;
	mix(&t->sum, ">", 1);
}

static void
on_control(const uint8_t *p, size_t len, void *arg)
{
	struct trace	*t = arg;

	if (len == 0 || len > WS_CONTROL_MAX)
		broken("the size of a control frame");
	mix(&t->control, p, len);
	mix(&t->control, "|", 1);
}

static void
on_gap(uint64_t bytes, int frames, void *arg)
{
	struct trace	*t = arg;

	(void)frames;
	t->gaps += bytes;
}

static const struct ws_ops	 ops = {
	.begin = on_begin,
	.data = on_data,
	.end = on_end,
	.control = on_control,
	.gap = on_gap,
};

static void
read_in(struct rules *rules, const uint8_t *p, size_t len, size_t step, int how,
    struct trace *t)
{
	static const char	 head[] = "HTTP/1.1 101 S\r\n"
				    "Sec-WebSocket-Extensions: "
				    "server_no_context_takeover\r\n\r\n";
	struct ws_reader	*r;
	size_t			 n;

	memset(t, 0, sizeof(*t));
	r = ws_reader_new(rules, (const uint8_t *)head, sizeof(head) - 1,
	    how & 1, MOST, &ops, t);
	if (r == NULL)
		broken("memory");
	for (; len > 0; p += n, len -= n) {
		n = len < step ? len : step;
		ws_reader_feed(r, p, n);
	}
	ws_reader_end(r);
	if (t->open)
		broken("no end");
	ws_reader_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct rules	 account;
	struct trace	 a, b;
	int		 how;

	if (len == 0)
		return (0);
	how = *p++;
	len--;
	read_in(&account, p, len, len + 1, how, &a);
	if (a.gaps > len)
		broken("more left out than came in");
	read_in(&account, p, len, 1, how, &b);
	if (a.sum != b.sum || a.control != b.control)
		broken("bytes one by one");
	read_in(&account, p, len, 13, how, &b);
	if (a.sum != b.sum || a.control != b.control)
		broken("thirteen bytes at a time");
	if (account.coding_memory != 0)
		broken("memory is left");
	return (0);
}
