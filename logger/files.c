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

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "channel.h"
#include "compat.h"
#include "dedup.h"
#include "events.h"
#include "imsg.h"
#include "journal.h"
#include "log.h"
#include "logfile.h"
#include "logger.h"
#include "msg_ctl.h"
#include "query.h"
#include "store.h"

static const char *
file_word(unsigned int kind)
{
	static const char	*const words[FILE_KIND_MAX] = {
		[FILE_FINDINGS] = "findings",
		[FILE_EVENTS] = "events",
		[FILE_JOURNAL] = "journal",
		[FILE_CLIENT] = "client_findings",
		[FILE_CLIENT_OLD] = "client_findings_old",
		[FILE_FINDINGS_CHAIN] = "findings_chain",
		[FILE_EVENTS_CHAIN] = "events_chain",
	};

	return kind < FILE_KIND_MAX ? words[kind] : "unknown";
}

static void
files_keep_old(struct logger *lg, uint8_t kind, struct logfile *f)
{
	struct logfile	**old;

	switch (kind) {
	case FILE_JOURNAL:
		old = &lg->old_journal;
		break;
	case FILE_FINDINGS:
		old = &lg->old_findings;
		break;
	default:
		old = &lg->old_events;
		break;
	}
	logfile_unref(*old);
	*old = logfile_ref(f);
}

int
files_take(struct logger *lg, struct imsg *imsg)
{
	struct msg_file		 m;
	struct logfile		*f, *before = NULL;
	struct client		*c = NULL;
	struct log_chain	*lc = NULL;
	struct event_rec	 e;
	int			 fd, rotated;

	if (msg_file_recv(imsg, &fd, &m) == -1)
		return -1;
	switch (m.kind) {
	case FILE_FINDINGS:
	case FILE_JOURNAL:
		before = store_latest(lg->store, (enum file_kind)m.kind);
		if (m.kind == FILE_FINDINGS)
			lc = &lg->chains[LOG_FINDINGS];
		break;
	case FILE_EVENTS:
		before = events_latest(lg->events);
		lc = &lg->chains[LOG_EVENTS];
		break;
	case FILE_FINDINGS_CHAIN:
	case FILE_EVENTS_CHAIN:
		lc = &lg->chains[m.kind == FILE_FINDINGS_CHAIN ?
		    LOG_FINDINGS : LOG_EVENTS];
		logfile_unref(lc->next);
		if ((lc->next = logfile_new(fd, 0, NULL)) == NULL)
			fatal("%s", file_word(m.kind));
		return 0;
	case FILE_CLIENT:
	case FILE_CLIENT_OLD:
		if ((c = clients_find(&lg->clients, m.client)) == NULL) {
			log_warnx("file of client %s, which is not in the "
			    "configuration", m.client);
			close(fd);
			return 0;
		}
		before = m.kind == FILE_CLIENT ? c->file : NULL;
		break;
	default:
		close(fd);
		return -1;
	}
	if ((f = logfile_new(fd, m.kind == FILE_JOURNAL ? JOURNAL_ALIGN : 0,
	    before)) == NULL)
		fatal("%s log", file_word(m.kind));
	if (lc != NULL) {
		f->chain = lc->next;
		lc->next = NULL;
	}

	rotated = lg->started && before != NULL && !logfile_same(f, before);
	switch (m.kind) {
	case FILE_CLIENT:
		if (c->asks && before != NULL && !logfile_same(f, before))
			clients_old(c, before, lg->settings.keep);
		logfile_unref(c->file);
		c->file = f;
		break;
	case FILE_CLIENT_OLD:
		/* at a reload, what is there already comes once more */
		if (c->file == NULL || !logfile_same(f, c->file))
			clients_old(c, f, lg->settings.keep);
		logfile_unref(f);
		return 0;
	case FILE_EVENTS:
		if (!lg->started && before != NULL)
			files_keep_old(lg, m.kind, before);
		events_set(lg->events, f);
		break;
	default:
		/* at start those of before the last rotation come first */
		if (!lg->started && before != NULL)
			files_keep_old(lg, m.kind, before);
		store_set(lg->store, (enum file_kind)m.kind, f);
		break;
	}
	/* the journal goes with the findings: one event for both */
	if (rotated && m.kind != FILE_JOURNAL) {
		event_init(&e, EVENT_LOG_ROTATED);
		strlcpy(e.reason, file_word(m.kind), sizeof(e.reason));
		strlcpy(e.client, m.client, sizeof(e.client));
		logger_event(lg, &e, 0);
	}
	queries_wake(lg->queries);
	return 0;
}

static void
journal_notes(const struct store_report *rep, const char *which)
{
	log_debug("%s: %zu records", which, rep->records);
	if (rep->damaged > 0)
		log_notice("%s: damage in %zu place%s, skipped", which,
		    rep->damaged, rep->damaged == 1 ? "" : "s");
	if (rep->last == LANDING_UNKNOWN)
		log_notice("%s: findings.jsonl is not the file it speaks of; "
		    "its last finding may be repeated", which);
}

void
files_recover(struct logger *lg)
{
	struct store_report	 rep;

	if (store_latest(lg->store, FILE_FINDINGS) == NULL ||
	    store_latest(lg->store, FILE_JOURNAL) == NULL ||
	    events_latest(lg->events) == NULL)
		fatalx("the parent sent no log files");
	if (lg->old_journal != NULL) {
		if (store_recall(lg->store, lg->old_journal,
		    lg->old_findings, logger_now_ms(), &rep) == -1)
			log_warn("journal of before the rotation: findings "
			    "may be repeated");
		else
			journal_notes(&rep, "journal of before the rotation");
	}
	if (lg->old_findings != NULL)
		chain_recall(lg->chains[LOG_FINDINGS].chain,
		    lg->old_findings);
	if (lg->old_events != NULL)
		chain_recall(lg->chains[LOG_EVENTS].chain, lg->old_events);
	logfile_unref(lg->old_journal);
	logfile_unref(lg->old_findings);
	logfile_unref(lg->old_events);
	lg->old_journal = lg->old_findings = lg->old_events = NULL;
	if (store_recover(lg->store, logger_now_ms(), &rep) == -1)
		fatal("journal");
	journal_notes(&rep, "journal");
}

struct logfile *
files_client(void *arg, const char *name)
{
	struct logger	*lg = arg;
	struct client	*c = clients_find(&lg->clients, name);

	return c == NULL ? NULL : c->file;
}

struct logfile *
files_query(void *arg, const struct ctl_query *q)
{
	struct logger	*lg = arg;

	if (q->what == CTL_EVENTS)
		return events_file(lg->events);
	if (q->client[0] != '\0')
		return files_client(lg, q->client);
	return store_findings(lg->store);
}

static void
files_ask(struct logger *lg, enum file_kind kind, const char *client)
{
	struct msg_file	 m;

	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	strlcpy(m.client, client, sizeof(m.client));
	if (msg_rotate_send(child_parent(lg->child), &m) == -1)
		log_warn("%s log: cannot ask for another",
		    file_word(kind));
}

void
files_gone(void *arg, enum file_kind kind, const char *client,
    struct logfile *f)
{
	int64_t	 now = logger_mono_ms();

	if (f->missed && now - f->asked_ms < REOPEN_AGAIN_MS)
		return;
	if (!f->missed)
		log_warnx("%s log: somebody removed it, or what belongs to "
		    "it: it is made anew", file_word(kind));
	f->missed = 1;
	f->asked_ms = now;
	files_ask(arg, kind, client);
}

void
files_growing(void *arg, enum file_kind kind, const char *client,
    struct logfile *f, uint64_t size)
{
	struct logger	*lg = arg;
	int64_t		 now;

	if (lg->settings.rotate == 0 || size <= lg->settings.rotate)
		return;
	now = logger_mono_ms();
	if (f->asked && now - f->asked_ms < ROTATE_AGAIN_MS)
		return;
	f->asked = 1;
	f->asked_ms = now;
	files_ask(lg, kind, client);
}
