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

#ifndef LOGGER_H
#define LOGGER_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "child.h"
#include "clients.h"
#include "msg_start.h"

struct book;
struct chain;
struct channel;
struct ctl_query;
struct dedup;
struct event;
struct eventlog;
struct journal_rec;
struct logfile;
struct queries;
struct asks;
struct store;
struct tally;

/* Findings that may wait for the disk before detectors have to. */
#define QUEUE_MAX	512
#define QUEUE_LOW	256

#define DEDUP_ENTRIES	65536

/* Acknowledgements a detector may leave unread before it is not heard. */
#define ACKS_HIGH	(64 * 1024)
#define ACKS_LOW	(16 * 1024)

/* How long a retry and the rounds of summaries are apart: seconds. */
#define RETRY_SEC	1
#define WRITES_MAX	64	/* goes at what waits, one after the other */
#define ROUND_SEC	10
#define SUMMARY_MS	(60 * 1000)
/* How long the last messages of others are waited for. */
#define DRAIN_SEC	2
/* A head that has moved is told to the system's log this often. */
#define HEAD_MS		(5 * 60 * 1000)
/* A rotation that did not come is asked for again. */
#define ROTATE_AGAIN_MS	(60 * 1000)
#define REOPEN_AGAIN_MS	900	/* less than RETRY_SEC */

struct peer {
	TAILQ_ENTRY(peer)	 entry;
	struct logger		*lg;
	struct msg_peer		 id;
	struct channel		*ch;
	uint64_t		 tag;	/* never used twice */
	int			 held;	/* its configuration is to come */
	int			 full;	/* it does not take our answers */
	int			 replaced;	/* its last words only */
	LIST_HEAD(, tally)	 tallies;	/* what it counts */
};
TAILQ_HEAD(peers, peer);

/* The logs that have a hash chain. */
enum {
	LOG_FINDINGS,
	LOG_EVENTS,
	LOGS
};

struct log_chain {
	struct logger		*lg;
	const char		*name;
	struct chain		*chain;
	struct logfile		*next;	/* of the log to come */
	uint64_t		 told;	/* the last record published ... */
	int64_t			 told_ms;
	unsigned int		 files;	/* ... and of which file */
};

/* All the process knows; the context of every callback. */
struct logger {
	struct child		*child;
	struct msg_settings	 settings;
	struct clients		 clients;
	struct dedup		*dedup;
	struct book		*book;
	struct store		*store;
	/* of before the last rotation, at start only */
	struct logfile		*old_journal;
	struct logfile		*old_findings;
	struct logfile		*old_events;
	struct eventlog		*events;
	struct log_chain	 chains[LOGS];
	struct queries		*queries;
	struct asks		*asks;
	struct peers		 peers;
	uint64_t		 last_tag;
	uint32_t		 generation;	/* whose configuration is in */
	int			 started;	/* start-up is over */
	int			 running;	/* peers are listened to */
	int			 paused;	/* detectors wait */
	int			 failing;	/* errno of findings */
	int			 events_failing;
	int			 draining;
	int			 drained;
	struct event		*retry;
	struct event		*round;
	struct event		*drain;
	struct child_stats	 stats;
};

/* main.c */
int64_t		 logger_now_ms(void);	/* UTC */
int64_t		 logger_mono_ms(void);
/* An event of our own or, limited, of a child; written at once if it can be. */
void		 logger_event(struct logger *, const struct event_rec *,
		    int limited);
/* Writes what waits, arms the retry timer if something is left. */
void		 logger_write(struct logger *);
/* Ends the process when it was asked to and nothing is left to do. */
void		 logger_check_idle(struct logger *);

/* files.c */
int		 files_take(struct logger *, struct imsg *);
/* At start: all are there, or fatal; then what the journals have to say. */
void		 files_recover(struct logger *);
struct logfile	*files_client(void *, const char *);
struct logfile	*files_query(void *, const struct ctl_query *);
void		 files_growing(void *, enum file_kind, const char *,
		    struct logfile *, uint64_t);
/* Somebody removed it: asks for another, now and then. */
void		 files_gone(void *, enum file_kind, const char *,
		    struct logfile *);

/* intake.c: what detectors and others report */
int		 intake_finding(struct logger *, struct peer *, struct imsg *);
int		 intake_event(struct logger *, const struct peer *,
		    struct imsg *);	/* peer NULL: the parent */
void		 intake_written(void *, const struct journal_rec *, uint64_t);

/* heads.c: the hash chains of the logs, and their heads for others to keep */
int		 heads_init(struct logger *);	/* -1: out of memory */
void		 heads_free(struct logger *);
/* Tells the heads that are due, with force all that have moved. */
void		 heads_tell(struct logger *, int force);

/* peers.c */
int		 peers_add(struct logger *, int, const struct msg_peer *);
void		 peers_free(struct logger *);
struct peer	*peers_by_tag(struct logger *, uint64_t);
/* Acknowledges a finding to the peer that sent it. */
void		 peers_ack(struct peer *, const uint8_t *id);
/* More was sent to it: does it read? */
void		 peers_answered(struct peer *);
void		 peers_pause(struct logger *, int pause);
/* The configuration is complete for all there are now. */
void		 peers_run(struct logger *);
/* 1 while there is one that may still report something. */
int		 peers_reporting(const struct logger *);
/* Forgets removed clients once nobody is left to speak of them. */
void		 peers_sweep(struct logger *);

#endif /* LOGGER_H */
