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
#include <sys/socket.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <atf-c.h>

#include "channel.h"
#include "compat.h"
#include "msg.h"
#include "msg_help.h"

static int
never(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	(void)imsg;
	(void)arg;
	return -1;
}

static void
gone(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	(void)arg;
}

void
wire_up(struct wire *w)
{
	int	 sv[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
	ATF_REQUIRE((w->base = event_base_new()) != NULL);
	w->ch = channel_new(w->base, sv[0], PROC_PARENT, PROC_LOGGER,
	    MSG_FLOW_PAYLOAD_MAX, 1, never, gone, NULL);
	ATF_REQUIRE(w->ch != NULL);
	w->fd = sv[1];
	ATF_REQUIRE(imsgbuf_init(&w->in, sv[1]) == 0);
	ATF_REQUIRE(imsgbuf_set_maxsize(&w->in, MSG_FLOW_PAYLOAD_MAX) == 0);
	imsgbuf_allow_fdpass(&w->in);
}

void
wire_down(struct wire *w)
{
	channel_free(w->ch);
	imsgbuf_clear(&w->in);
	close(w->fd);
	event_base_free(w->base);
}

void
wire_get(struct wire *w, struct imsg *imsg)
{
	int	 n;

	ATF_REQUIRE(channel_flush(w->ch) == 0);
	while ((n = imsgbuf_get(&w->in, imsg)) == 0)
		ATF_REQUIRE(imsgbuf_read(&w->in) == 1);
	ATF_REQUIRE(n == 1);
}

void
cut(struct wire *w, int (*recv)(struct imsg *, void *), size_t tail, int fd)
{
	struct imsg	 imsg;
	uint8_t		*copy;
	size_t		 len, n;
	uint32_t	 type;
	void		*out;
	int		 spare;

	ATF_REQUIRE((out = calloc(1, 16384)) != NULL);
	wire_get(w, &imsg);
	type = imsg_get_type(&imsg);
	len = imsg_get_len(&imsg);
	ATF_REQUIRE((copy = calloc(1, len + 1)) != NULL);
	if (len > 0) {
		struct ibuf	 b;

		ATF_REQUIRE(imsg_get_ibuf(&imsg, &b) == 0);
		memcpy(copy, ibuf_data(&b), len);
	}
	ATF_CHECK_MSG(len >= msg_rule(type)->min && len <=
	    msg_rule(type)->max, "%s: %zu bytes", msg_name(type), len);
	imsg_free(&imsg);

	for (n = 0; n <= len + 1; n++) {
		if (n != len && tail > 0 && n > len - tail)
			continue;
		spare = fd ? open("/dev/null", O_RDONLY) : -1;
		ATF_REQUIRE(channel_send(w->ch, type, 0, spare, copy, n) == 0);
		wire_get(w, &imsg);
		ATF_CHECK_MSG(recv(&imsg, out) == (n == len ? 0 : -1),
		    "%s: %s with %zu bytes of %zu", msg_name(type),
		    n == len ? "refused" : "taken", n, len);
		imsg_free(&imsg);
	}
	free(copy);
	free(out);
}

int
null_fd(void)
{
	int	 fd;

	ATF_REQUIRE((fd = open("/dev/null", O_RDONLY)) != -1);
	return fd;
}
