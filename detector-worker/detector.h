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


#ifndef DETECTOR_H
#define DETECTOR_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "child.h"
#include "custom.h"
#include "msg_finding.h"
#include "msg_flow.h"
#include "ownkeys.h"
#include "scan.h"

struct channel;
struct counts;
struct database;
struct detector;
struct imsg;
struct link;

#define MESSAGE_BUCKETS		1024	/* power of two */
#define MESSAGES_MAX		65536	/* open at once, of one proxy-worker */
/* Findings the logger has not acknowledged: reading stops, then goes on. */
#define UNACKED_HIGH		4096
#define UNACKED_LOW		1024
/* The same for bytes that the logger has not read. */
#define REPORT_HIGH		(1024 * 1024)
#define REPORT_LOW		(256 * 1024)
/* Events kept while there is no logger. */
#define EVENTS_HELD_MAX		256

/* Fields that come in pieces and are scanned as one. */
struct section {
	uint8_t		*data;
	size_t		 len;
	size_t		 size;
};

/* One request or response being scanned. */
struct message {
	LIST_ENTRY(message)	 entry;		/* in its bucket */
	struct link		*link;
	uint32_t		 id;
	struct scan		*scan;
	unsigned int		 unacked;	/* its findings on their way */
	int			 ended;
	struct section		 trailer;
	struct section		 extensions;	/* of all chunks */
	uint8_t			 uid[FLOW_UID_SIZE];
	uint32_t		 seq;
	uint8_t			 direction;
	uint8_t			 protocol;
	uint64_t		 unsent;	/* body bytes never sent here */
	uint64_t		 ignores;	/* see custom_ignores() */
	uint64_t		 ignored;	/* hits */
	char			 client[MSG_CLIENT_SIZE];
	char			 source[MSG_ADDR_SIZE];
	char			 dest[MSG_DEST_SIZE];	/* masked */
};
LIST_HEAD(message_list, message);

/* A proxy-worker. */
struct link {
	TAILQ_ENTRY(link)	 entry;
	struct detector		*detector;
	struct channel		*ch;
	uint32_t		 instance;
	uint32_t		 generation;
	int			 replaced;	/* its last words only */
	struct message_list	 buckets[MESSAGE_BUCKETS];
	unsigned int		 nmessages;
};
TAILQ_HEAD(link_list, link);

/* A finding the logger has not confirmed. */
struct unacked {
	TAILQ_ENTRY(unacked)	 entry;
	struct finding_rec	 rec;
	struct message		*message;	/* NULL: its proxy has gone */
};
TAILQ_HEAD(unacked_list, unacked);

/* An event that waits for a logger. */
struct held_event {
	TAILQ_ENTRY(held_event)	 entry;
	struct event_rec	 rec;
};
TAILQ_HEAD(held_list, held_event);

struct detector {
	struct child		*child;
	struct rules		*rules;
	struct database		*database;	/* on its way */
	struct ownkeys		*ownkeys;
	struct custom		*custom;
	struct msg_settings	 settings;
	int			 has_settings;
	uint8_t			 key[SCAN_KEY_SIZE];
	int			 has_key;
	struct link_list	 links;
	struct channel		*logger;
	struct counts		*counts;	/* by client */
	struct unacked_list	 unacked;
	unsigned int		 nunacked;
	struct held_list	 held;
	unsigned int		 nheld;
	int			 ready;		/* confined: may read traffic */
	int			 paused;	/* links are not read */
	int			 draining;
	struct child_stats	 stats;
};

/* database.c: the prefilter, before anything is scanned */
int	 database_peer(struct detector *, int fd);
/* With d->database set afterwards, child_confine() will be called. */
void	 database_ask(struct detector *);

/* link.c: proxy-workers and the flow protocol */
int	 link_new(struct detector *, int fd, const struct msg_peer *);
void	 links_pause(struct detector *, int);

/* message.c: from the first byte of a message to its last finding */
struct message *message_find(struct link *, uint32_t id);
int	 message_open(struct link *, uint32_t id, const struct flow_open *);
void	 message_data(struct message *, enum flow_channel, const uint8_t *,
	    size_t);
void	 message_end(struct message *, const struct flow_end *);
/* Tells the proxy-worker when there is nothing left to wait for; frees it. */
void	 message_settle(struct message *);
void	 message_free(struct message *);

/* report.c: to the logger, and its confirmations */
int	 logger_new(struct detector *, int fd);
void	 report_finding(struct message *, const struct scan_hit *);
void	 report_event(struct message *, enum event_type, const char *reason,
	    uint64_t bytes, uint64_t count);
void	 report_post(struct detector *, const struct event_rec *);
void	 report_forget(struct message *);	/* its findings go on alone */

/* main.c: is the drain over? */
void	 detector_idle(struct detector *);

#endif /* DETECTOR_H */
