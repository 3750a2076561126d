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

#include <string.h>

#include "book.h"
#include "channel.h"
#include "compat.h"
#include "dedup.h"
#include "imsg.h"
#include "journal.h"
#include "jsonl.h"
#include "log.h"
#include "logger.h"
#include "query.h"
#include "store.h"

/*
 * Drops a finding that its sender had no right to send.  It is acknowledged
 * all the same, or it would come again for ever.
 */
static int
refuse(struct logger *lg, struct peer *p, const struct finding_rec *r,
    const char *client, const char *reason)
{
	struct event_rec	 e;

	event_init(&e, EVENT_FINDING_REFUSED);
	strlcpy(e.client, client, sizeof(e.client));
	strlcpy(e.reason, reason, sizeof(e.reason));
	e.role = p->id.role;
	e.instance = p->id.instance;
	logger_event(lg, &e, 1);
	peers_ack(p, r->id);
	return 0;
}

/*
 * Over the client's quota: counted and told in a summary, the first of it at
 * once, so that no acknowledgement goes out without a trace on disk.
 */
static void
suppress(struct logger *lg, struct client *c, int64_t now)
{
	struct event_rec	 e;
	uint64_t		 n;

	lg->stats.v[STAT_SUPPRESSED]++;
	if ((n = quota_summary(&c->quota, now, SUMMARY_MS, 0)) == 0)
		return;
	event_init(&e, EVENT_FINDING_SUPPRESSED_SUMMARY);
	strlcpy(e.client, c->name, sizeof(e.client));
	strlcpy(e.reason, "quota", sizeof(e.reason));
	e.count = n;
	logger_event(lg, &e, 0);
}

/* A secret by itself, not the name of a file or a command. */
static int
is_secret(const struct finding *f)
{
	size_t	 n = strlen(f->pattern);

	return f->threat == FINDING_EXFIL &&
	    (n < 5 || strcmp(f->pattern + n - 5, "_path") != 0);
}

/*
 * Where the secret was seen before; it being at a new place is said at once,
 * whether there is room for the finding or not.
 */
static void
look_up(struct logger *lg, const struct finding_rec *r,
    struct journal_rec *rec)
{
	struct event_rec	 e;
	unsigned int		 others;

	if (!is_secret(&r->finding))
		return;
	memcpy(rec->fp, r->fp, sizeof(rec->fp));
	book_host(r->finding.dest, rec->host);
	rec->pair = book_add(lg->book, rec->fp, rec->host, &others);
	if (!rec->pair || others == 0)
		return;
	event_init(&e, EVENT_KEY_NEW_HOST);
	e.direction = (uint8_t)r->finding.direction;
	strlcpy(e.client, r->client, sizeof(e.client));
	strlcpy(e.source, r->finding.source, sizeof(e.source));
	strlcpy(e.dest, r->finding.dest, sizeof(e.dest));
	strlcpy(e.reason, r->finding.pattern, sizeof(e.reason));
	e.count = others;
	logger_event(lg, &e, 1);
}

int
intake_finding(struct logger *lg, struct peer *p, struct imsg *imsg)
{
	const struct dedup_entry	*seen;
	struct finding_rec		 r;
	struct journal_rec		 rec;
	struct client			*c;
	int64_t				 now = logger_now_ms();

	if (msg_finding_recv(imsg, &r) == -1)
		return -1;
	if ((c = clients_find(&lg->clients, r.client)) == NULL)
		return refuse(lg, p, &r, "", "unknown_client");
	/* a detector that was taken over speaks for its own clients only */
	if (proc_client_slot(r.client, p->id.total) != p->id.instance)
		return refuse(lg, p, &r, r.client, "wrong_detector");
	jsonl_mask_dest(r.finding.dest, sizeof(r.finding.dest));
	if (r.finding.timestamp > now)
		r.finding.timestamp = now;

	if ((seen = dedup_find_id(lg->dedup, r.id)) != NULL) {
		lg->stats.v[STAT_REPEATED]++;
		/* one that waits for the disk is acknowledged after it */
		if (seen->pending)
			store_retag(lg->store, r.id, p->tag);
		else
			peers_ack(p, r.id);
		return 0;
	}
	memset(&rec, 0, sizeof(rec));
	dedup_key(&r, rec.entry.key);
	if (dedup_has_key(lg->dedup, rec.entry.key, now,
	    lg->settings.dedup_window)) {
		lg->stats.v[STAT_DUPLICATES]++;
		peers_ack(p, r.id);
		return 0;
	}
	rec.line_len = jsonl_finding(&r.finding, rec.line);
	if (rec.line_len == 0)
		return refuse(lg, p, &r, r.client, "bad_line");
	look_up(lg, &r, &rec);
	if (!quota_take(&c->quota, now, rec.line_len)) {
		suppress(lg, c, now);
		peers_ack(p, r.id);
		return 0;
	}

	memcpy(rec.entry.id, r.id, sizeof(rec.entry.id));
	rec.entry.time_ms = now;
	rec.entry.pending = 1;
	strlcpy(rec.client, r.client, sizeof(rec.client));
	if (store_add(lg->store, &rec, p->tag) == -1)
		fatal("finding");	/* the detector still has it */
	dedup_add(lg->dedup, &rec.entry);
	if (!lg->failing)
		logger_write(lg);
	if (store_queued(lg->store) >= QUEUE_MAX)
		peers_pause(lg, 1);
	return 0;
}

void
intake_written(void *arg, const struct journal_rec *r, uint64_t tag)
{
	struct logger	*lg = arg;
	struct peer	*p;
	struct client	*c;

	lg->stats.v[STAT_FINDINGS]++;
	c = clients_find(&lg->clients, r->client);
	if (c != NULL && c->index != NULL && r->coffset != JOURNAL_NO_OFFSET)
		index_added(c->index, r->coffset, r->line, r->line_len);
	/* whoever sent it may be gone: its successor will ask again */
	if ((p = peers_by_tag(lg, tag)) != NULL)
		peers_ack(p, r->entry.id);
}

/* What a child may report; the rest is the parent's to say, or our own. */
static int
from_child(uint8_t type, uint8_t role)
{
	switch (type) {
	case EVENT_LEAF_ISSUED:
	case EVENT_LEAF_REFUSED:
		return role == PROC_KEEPER;
	case EVENT_TASK_REJECTED:
		return role == PROC_MCPD;
	case EVENT_TUNNEL_OPAQUE:
	case EVENT_PROTOCOL_ERROR:
	case EVENT_DESTINATION_REFUSED:
	case EVENT_CLIENT_REFUSED:
	case EVENT_UPSTREAM_FAILED:
	case EVENT_SCAN_GAP:
	case EVENT_OVERLOAD:
	case EVENT_PEER_MALFORMED:
	case EVENT_RULE_LIMIT:
	case EVENT_MATCHING_DEGRADED:
	case EVENT_SNI_MISMATCH:
	case EVENT_CLIENT_TLS_FAILED:
	case EVENT_UPSTREAM_VERIFY_FAILED:
	case EVENT_RULE_DISABLED:
	case EVENT_FINDING_IGNORED:
		return 1;
	default:
		return 0;
	}
}

int
intake_event(struct logger *lg, const struct peer *p, struct imsg *imsg)
{
	struct event_rec	 e;
	int64_t			 now = logger_now_ms();

	if (msg_event_recv(imsg, p == NULL ? PROC_PARENT :
	    (enum proc_role)p->id.role, &e) == -1)
		return -1;
	if (p == NULL) {
		logger_event(lg, &e, 0);
		return 0;
	}
	if (!from_child(e.type, p->id.role))
		return -1;
	/* a child can speak of itself only, of now, and of known clients */
	if (e.role != PROC_MAX) {
		e.role = p->id.role;
		e.instance = p->id.instance;
	}
	e.pid = 0;
	if (e.time_ms > now)
		e.time_ms = now;
	if (e.client[0] != '\0' &&
	    clients_find(&lg->clients, e.client) == NULL)
		e.client[0] = '\0';
	jsonl_mask_dest(e.dest, sizeof(e.dest));
	logger_event(lg, &e, 1);
	return 0;
}
