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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "detector.h"
#include "imsg.h"
#include "log.h"

#define LINK_READS	8	/* before others have their turn */

static void
link_free(struct link *l)
{
	struct message	*m;
	unsigned int	 i;

	for (i = 0; i < MESSAGE_BUCKETS; i++)
		while ((m = LIST_FIRST(&l->buckets[i])) != NULL)
			message_free(m);
	TAILQ_REMOVE(&l->detector->links, l, entry);
	channel_free(l->ch);
	free(l);
}

/*
 * The proxy-worker is gone: what it showed last, its peers may have had too.
 * A message that it did not end is scanned as far as it came.
 */
static void
link_end(struct link *l)
{
	struct message	*m, *next;
	struct flow_end	 end;
	unsigned int	 i;

	memset(&end, 0, sizeof(end));
	end.aborted = 1;
	for (i = 0; i < MESSAGE_BUCKETS; i++)
		for (m = LIST_FIRST(&l->buckets[i]); m != NULL; m = next) {
			next = LIST_NEXT(m, entry);
			if (!m->ended)
				message_end(m, &end);
		}
}

static int
link_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct link		*l = arg;
	struct message		*m;
	struct flow_open	 open;
	struct flow_end		 end;
	enum flow_channel	 chan;
	const uint8_t		*data;
	size_t			 len;
	uint32_t		 id = imsg_get_id(imsg);

	switch (imsg_get_type(imsg)) {
	case IMSG_PROXY_MESSAGE_OPEN:
		if (msg_flow_recv_open(imsg, &open) == -1)
			return -1;
		return message_open(l, id, &open);
	case IMSG_PROXY_MESSAGE_DATA:
		if ((m = message_find(l, id)) == NULL || m->ended ||
		    msg_flow_recv_data(imsg, &chan, &data, &len) == -1)
			return -1;
		message_data(m, chan, data, len);
		return 0;
	case IMSG_PROXY_MESSAGE_END:
		if ((m = message_find(l, id)) == NULL || m->ended ||
		    msg_flow_recv_end(imsg, &end) == -1)
			return -1;
		message_end(m, &end);
		return 0;
	case IMSG_PROXY_PROBE_BEGIN:
		/*
		 * Out before the message is looked at: if that ends this
		 * process, the proxy-worker knows which message it was.
		 */
		if (msg_flow_send_mark(ch, IMSG_DETECTOR_PROBE_STARTED, id) ==
		    -1)
			return -1;
		channel_push(ch);
		return 0;
	case IMSG_PROXY_PROBE_END:
		return msg_flow_send_mark(ch, IMSG_DETECTOR_PROBE_PASSED, id);
	}
	return -1;
}

static void
link_dead(struct channel *ch, const char *why, void *arg)
{
	struct link		*l = arg;
	struct detector		*d = l->detector;
	struct event_rec	 e;

	(void)ch;
	if (why != NULL) {
		event_init(&e, EVENT_PEER_MALFORMED);
		e.role = PROC_PROXY;
		e.instance = l->instance;
		strlcpy(e.reason, "flow_channel", sizeof(e.reason));
		report_post(d, &e);
	}
	if (why != NULL && !l->replaced)
		child_peer_breach(d->child, PROC_PROXY, l->instance,
		    l->generation);
	link_end(l);
	link_free(l);
	detector_idle(d);
}

int
link_new(struct detector *d, int fd, const struct msg_peer *peer)
{
	struct link	*l, *old;
	unsigned int	 i;

	/*
	 * What the one that died had shown may still be on its way: that link
	 * ends by itself, after the last of it.
	 */
	TAILQ_FOREACH(old, &d->links, entry)
		if (old->instance == peer->instance &&
		    old->generation == peer->generation)
			old->replaced = 1;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal(NULL);
	l->detector = d;
	l->instance = peer->instance;
	l->generation = peer->generation;
	for (i = 0; i < MESSAGE_BUCKETS; i++)
		LIST_INIT(&l->buckets[i]);
	l->ch = channel_new(child_base(d->child), fd, PROC_DETECTOR,
	    PROC_PROXY, MSG_FLOW_PAYLOAD_MAX, 0, link_dispatch, link_dead, l);
	if (l->ch == NULL)
		fatal("channel to a proxy-worker");
	channel_set_reads(l->ch, LINK_READS);
	TAILQ_INSERT_TAIL(&d->links, l, entry);
	if (d->paused)
		channel_read_pause(l->ch, 1);
	return 0;
}

void
links_pause(struct detector *d, int pause)
{
	struct link	*l;

	if (d->paused == pause)
		return;
	d->paused = pause;
	TAILQ_FOREACH(l, &d->links, entry)
		channel_read_pause(l->ch, pause);
}
