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

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "child.h"
#include "compat.h"
#include "imsg.h"
#include "det_help.h"

struct det	 det;
char		 events[512];
unsigned int	 woken;

int64_t
proxy_now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

void
report(struct proxy *p, const struct report *r)
{
	size_t	 n = strlen(events);

	(void)p;
	snprintf(events + n, sizeof(events) - n, "%s(%s,%llu) ",
	    event_name((uint8_t)r->type), r->reason,
	    (unsigned long long)r->bytes);
}

void
report_gap(struct proxy *p, const struct report *r)
{
	report(p, r);
}

/* The parent would end that detector and start another. */
void
child_peer_breach(struct child *c, enum proc_role role, uint32_t instance,
    uint32_t generation)
{
	(void)c;
	ATF_CHECK_EQ(role, PROC_DETECTOR);
	ATF_CHECK_EQ(instance, 0);
	ATF_CHECK_EQ(generation, 1);
}

const struct msg_init *
child_init(struct child *c)
{
	static const struct msg_init	 init = { .generation = 1 };

	(void)c;
	return (&init);
}

static void
note(const char *what, uint32_t id)
{
	size_t	 n = strlen(det.log);

	snprintf(det.log + n, sizeof(det.log) - n, "%s%u ", what, id);
}

static int
det_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct flow_open	 open;
	struct flow_end		 end;
	enum flow_channel	 channel;
	const uint8_t		*data;
	uint32_t		 id = imsg_get_id(imsg);
	size_t			 i, len;

	(void)arg;
	switch (imsg_get_type(imsg)) {
	case IMSG_PROXY_MESSAGE_OPEN:
		ATF_REQUIRE_EQ(msg_flow_recv_open(imsg, &open), 0);
		ATF_CHECK_EQ(open.head_len, 4);
		ATF_CHECK(memcmp(open.head, "HEAD", 4) == 0);
		ATF_CHECK_STREQ(open.client, "default");
		note("O", id);
		break;
	case IMSG_PROXY_MESSAGE_DATA:
		ATF_REQUIRE_EQ(msg_flow_recv_data(imsg, &channel, &data,
		    &len), 0);
		if (channel == FLOW_GAP) {
			det.gap += flow_gap_get(data);
			note("G", id);
			break;
		}
		det.bytes += len;
		for (i = 0; i < len; i++)
			det.sum += data[i];
		note("D", id);
		break;
	case IMSG_PROXY_MESSAGE_END:
		ATF_REQUIRE_EQ(msg_flow_recv_end(imsg, &end), 0);
		det.skipped = end.skipped;
		det.unseen += end.skipped;
		strlcpy(det.reason, end.reason, sizeof(det.reason));
		note("E", id);
		if (det.done)
			msg_flow_send_mark(ch, IMSG_DETECTOR_MESSAGE_DONE, id);
		break;
	case IMSG_PROXY_PROBE_BEGIN:
		note("[", id);
		msg_flow_send_mark(ch, IMSG_DETECTOR_PROBE_STARTED, id);
		break;
	case IMSG_PROXY_PROBE_END:
		note("]", id);
		if (det.passes)
			msg_flow_send_mark(ch, IMSG_DETECTOR_PROBE_PASSED, id);
		break;
	default:
		atf_tc_fail("type %u", imsg_get_type(imsg));
	}
	return (0);
}

static void
det_dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	(void)arg;
	det.gone = true;
}

void
settle(struct proxy *p)
{
	int	 i;

	for (i = 0; i < 200; i++)
		event_base_loop(p->base, EVLOOP_NONBLOCK);
}

void
det_start(struct proxy *p, struct dlink *d)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	memset(det.log, 0, sizeof(det.log));
	det.bytes = det.gap = det.sum = 0;
	det.ch = channel_new(p->base, sv[1], PROC_DETECTOR, PROC_PROXY,
	    MSG_FLOW_PAYLOAD_MAX, 0, det_dispatch, det_dead, NULL);
	ATF_REQUIRE(det.ch != NULL);
	dlink_attach(d, sv[0]);
	settle(p);
}

void
det_kill(struct proxy *p)
{
	channel_free(det.ch);
	det.ch = NULL;
	settle(p);
}

/* As in the process, one is never freed. */
static struct dlink	*kept;

struct dlink *
setup(struct proxy *p)
{
	memset(p, 0, sizeof(*p));
	memset(&det, 0, sizeof(det));
	memset(events, 0, sizeof(events));
	ATF_REQUIRE((p->base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(blocks_init(&p->blocks), 0);
	p->settings.scan_limit = 4 * 1024 * 1024;
	p->settings.detectors = 1;
	det.done = det.passes = true;
	return (kept = dlink_new(p, 0));
}

struct scan *
begin(struct dlink *d)
{
	struct flow_open	 o;
	struct scan		*s;

	memset(&o, 0, sizeof(o));
	strlcpy(o.client, "default", sizeof(o.client));
	strlcpy(o.source, "127.0.0.1", sizeof(o.source));
	strlcpy(o.host, "a", sizeof(o.host));
	o.port = 80;
	o.head = (const uint8_t *)"HEAD";
	o.head_len = 4;
	ATF_REQUIRE((s = scan_open(d, &o)) != NULL);
	return (s);
}

void
feed(struct scan *s, size_t len)
{
	static const uint8_t	 data[64 * 1024];
	size_t			 n;

	for (; len > 0; len -= n) {
		n = len < sizeof(data) ? len : sizeof(data);
		scan_data(s, FLOW_BODY, data, n);
	}
}

void
wake(void *arg)
{
	(void)arg;
	woken++;
}
