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


#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "compat.h"
#include "counts.h"
#include "detector.h"
#include "log.h"
#include "mask.h"

/* A client chooses the name: one too long to be shown would end its proxy. */
_Static_assert(MASK_HOST_SIZE + sizeof(":65535") - 1 <= MSG_DEST_SIZE,
    "a masked destination fits");

struct message *
message_find(struct link *l, uint32_t id)
{
	struct message	*m;

	LIST_FOREACH(m, &l->buckets[id & (MESSAGE_BUCKETS - 1)], entry)
		if (m->id == id)
			return m;
	return NULL;
}

static void
message_hit(const struct scan_hit *hit, void *arg)
{
	struct message	*m = arg;

	if (custom_ignored(m->link->detector->custom, m->ignores,
	    hit->pattern)) {
		m->ignored++;
		return;
	}
	report_finding(m, hit);
}

/* A key in its own place: the client's first one there is none of ours. */
static void
message_own(const struct scan_hit *hit, const char *provider, void *arg)
{
	struct message	*m = arg;
	struct scan_hit	 further = *hit;
	size_t		 len;

	if (!ownkeys_further(m->link->detector->ownkeys, m->client, provider,
	    hit->fingerprint))
		return;
	len = strlen(further.snippet);
	strlcpy(further.snippet + len, " (a further key)",
	    sizeof(further.snippet) - len);
	message_hit(&further, m);
}

static void
message_limited(const char *pattern, enum scan_channel channel,
    uint64_t offset, uint64_t bytes, void *arg)
{
	struct message	*m = arg;

	(void)channel;
	(void)offset;
	m->link->detector->stats.v[STAT_RULE_LIMITS]++;
	report_event(m, EVENT_RULE_LIMIT, pattern, bytes, 0);
}

static void
message_disabled(const char *pattern, void *arg)
{
	struct message	*m = arg;

	m->link->detector->stats.v[STAT_RULES_DISABLED]++;
	report_event(m, EVENT_RULE_DISABLED, pattern, 0, RULE_LIMITED_MAX);
	log_warnx("rule %s reached a limit of matching %d times: it is not "
	    "used any more", pattern, RULE_LIMITED_MAX);
}

/* The head is then what both sides agreed upon; it was seen as a response. */
static int
is_websocket(const struct flow_open *o)
{
	return o->protocol == FLOW_WS || o->protocol == FLOW_WSS;
}

/* 0, or -1 when the proxy-worker broke the protocol. */
int
message_open(struct link *l, uint32_t id, const struct flow_open *o)
{
	static const struct scan_callbacks	 cb = {
		.hit = message_hit,
		.own = message_own,
		.limited = message_limited,
		.disabled = message_disabled,
	};
	struct detector		*d = l->detector;
	struct scan_context	 ctx;
	struct message		*m;

	if (message_find(l, id) != NULL || l->nmessages >= MESSAGES_MAX)
		return -1;
	/* Clients are pinned: who speaks for another's is not believed. */
	if (proc_client_slot(o->client, d->settings.detectors) !=
	    child_init(d->child)->instance)
		return -1;
	if ((m = calloc(1, sizeof(*m))) == NULL)
		fatal(NULL);
	m->link = l;
	m->id = id;
	memcpy(m->uid, o->uid, sizeof(m->uid));
	m->seq = o->seq;
	m->direction = o->direction;
	m->protocol = o->protocol;
	strlcpy(m->client, o->client, sizeof(m->client));
	strlcpy(m->source, o->source, sizeof(m->source));
	if (mask_dest(o->host, o->port, m->dest, sizeof(m->dest)) == -1) {
		free(m);
		return -1;
	}
	memset(&ctx, 0, sizeof(ctx));
	ctx.direction = o->direction == FLOW_INBOUND ? FINDING_INBOUND :
	    FINDING_OUTBOUND;
	ctx.dest_host = o->host;
	m->ignores = custom_ignores(d->custom, o->host);
	/* The limit is the body's; a head is bounded by itself. */
	ctx.scan_limit = d->settings.scan_limit;
	if (!is_websocket(o))
		ctx.scan_limit += o->head_len;
	if ((m->scan = scan_new(d->rules, &ctx, &cb, m)) == NULL)
		fatal("scan");
	LIST_INSERT_HEAD(&l->buckets[id & (MESSAGE_BUCKETS - 1)], m, entry);
	l->nmessages++;
	if (is_websocket(o)) {
		if (scan_websocket(m->scan, o->head, o->head_len) == -1)
			fatal("scan");
	} else if (o->head_len > 0)
		scan_head(m->scan, o->head, o->head_len);
	return 0;
}

/* What there is of it is scanned as one. */
static void
section_flush(struct message *m, struct section *s)
{
	if (s->len > 0)
		scan_trailer(m->scan, s->data, s->len);
	freezero(s->data, s->size);
	memset(s, 0, sizeof(*s));
}

/* A field may come in pieces, as the bytes were read. */
static void
section_add(struct message *m, struct section *s, const uint8_t *data,
    size_t len)
{
	uint8_t	*p;
	size_t	 size;

	if (len > SCAN_HEAD_MAX - s->len)
		section_flush(m, s);
	if (len > SCAN_HEAD_MAX) {
		scan_trailer(m->scan, data, len);
		return;
	}
	if (s->len + len > s->size) {
		size = 2 * (s->len + len);
		p = recallocarray(s->data, s->size, size, 1);
		if (p == NULL)
			fatal("section");
		s->data = p;
		s->size = size;
	}
	memcpy(s->data + s->len, data, len);
	s->len += len;
}

void
message_data(struct message *m, enum flow_channel chan, const uint8_t *data,
    size_t len)
{
	/* They are no part of the body: a field of their own. */
	static const char	 extensions[] = "Chunk-Extension: ";

	switch (chan) {
	case FLOW_TRAILER:
		section_add(m, &m->trailer, data, len);
		break;
	case FLOW_GAP:
		scan_body_gap(m->scan, flow_gap_get(data));
		break;
	case FLOW_EXTENSION:
		if (len > SCAN_HEAD_MAX - m->extensions.len)
			section_flush(m, &m->extensions);
		if (m->extensions.len == 0)
			section_add(m, &m->extensions,
			    (const uint8_t *)extensions,
			    sizeof(extensions) - 1);
		section_add(m, &m->extensions, data, len);
		break;
	default:
		scan_body(m->scan, data, len);
		break;
	}
}

void
message_end(struct message *m, const struct flow_end *end)
{
	struct detector		*d = m->link->detector;
	struct scan_counters	 c;
	struct client_counts	*n;
	uint64_t		 skipped;
	unsigned int		 gap;

	section_flush(m, &m->extensions);
	section_flush(m, &m->trailer);
	if (end->aborted)
		scan_abort(m->scan);
	scan_end(m->scan);
	scan_counters(m->scan, &c);
	/* What the counters cannot hold any more is as good as infinite. */
	skipped = c.skipped > UINT64_MAX - end->skipped ? UINT64_MAX :
	    c.skipped + end->skipped;
	d->stats.v[STAT_MESSAGES]++;
	d->stats.v[STAT_SEEN] += c.seen + end->skipped;
	d->stats.v[STAT_SCANNED] += c.scanned;
	d->stats.v[STAT_DECODED] += c.decoded;
	d->stats.v[STAT_SKIPPED] += skipped;
	if (skipped > 0)
		d->stats.v[STAT_SKIPPED_MESSAGES]++;
	n = counts_of(d->counts, m->client);
	n->messages++;
	n->bytes += c.seen + end->skipped;
	n->skipped_bytes += skipped;
	n->skipped_messages += skipped > 0;
	/*
	 * What was never sent here is recorded here all the same: the message
	 * is replayed until somebody did, so its gap cannot be lost.
	 */
	if (end->skipped > 0)
		report_event(m, EVENT_SCAN_GAP, end->reason[0] != '\0' ?
		    end->reason : "not_sent", end->skipped, 0);
	for (gap = 0; gap < SCAN_GAP_MAX; gap++)
		if (c.gap[gap].count > 0)
			report_event(m, EVENT_SCAN_GAP,
			    scan_gap_name((enum scan_gap)gap),
			    c.gap[gap].bytes, c.gap[gap].count);
	/* What is ignored is not gone: how much it was can be read. */
	d->stats.v[STAT_IGNORED] += m->ignored;
	if (m->ignored > 0)
		report_event(m, EVENT_FINDING_IGNORED, "configuration", 0,
		    m->ignored);
	if (c.hits_dropped > 0)
		report_event(m, EVENT_SCAN_GAP, "too_many_hits", 0,
		    c.hits_dropped);
	/* Its memory may hold traffic: it need not wait for the logger. */
	scan_free(m->scan);
	m->scan = NULL;
	m->ended = 1;
	message_settle(m);
}

void
message_settle(struct message *m)
{
	struct link	*l = m->link;

	if (!m->ended || m->unacked > 0)
		return;
	if (msg_flow_send_mark(l->ch, IMSG_DETECTOR_MESSAGE_DONE, m->id) == -1)
		fatal("done message");
	message_free(m);
}

void
message_free(struct message *m)
{
	scan_free(m->scan);
	report_forget(m);
	LIST_REMOVE(m, entry);
	m->link->nmessages--;
	freezero(m->trailer.data, m->trailer.size);
	freezero(m->extensions.data, m->extensions.size);
	free(m);
}
