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

#include <errno.h>
#include <string.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_start.h"

int
stats_add(struct ibuf *m, const struct child_stats *s)
{
	unsigned int	 i;

	if (ibuf_add_n16(m, STAT_MAX) == -1)
		return -1;
	for (i = 0; i < STAT_MAX; i++)
		if (ibuf_add_n64(m, s->v[i]) == -1)
			return -1;
	return 0;
}

int
stats_get(struct ibuf *m, struct child_stats *s)
{
	uint16_t	 n;
	unsigned int	 i;

	if (ibuf_get_n16(m, &n) == -1)
		return -1;
	if (n != STAT_MAX) {
		errno = EBADMSG;
		return -1;
	}
	for (i = 0; i < STAT_MAX; i++)
		if (ibuf_get_n64(m, &s->v[i]) == -1)
			return -1;
	return 0;
}

int
msg_stats_send(struct channel *ch, const struct child_stats *s)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_CHILD_PONG, 0, 256)) == NULL)
		return -1;
	if (stats_add(m, s) == -1) {
		channel_abandon(m);
		return -1;
	}
	channel_close(ch, m, -1);
	return 0;
}

int
msg_stats_recv(struct imsg *imsg, struct child_stats *s)
{
	struct ibuf	 b;

	memset(s, 0, sizeof(*s));
	if (imsg_get_ibuf(imsg, &b) == -1 || stats_get(&b, s) == -1)
		return -1;
	if (!msg_at_end(&b)) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}
