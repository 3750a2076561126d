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

/*
 * The databases of the prefilter, from the rule-compiler.  They are asked for
 * before the sandbox closes and traffic is read, and can be done without: what
 * is found is the same, it takes longer, and that is on record.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "detector.h"
#include "imsg.h"
#include "log.h"
#include "msg_compile.h"

#define DATABASE_WAIT	10	/* seconds; the parent waits 30 for READY */

struct database {
	struct detector	*detector;
	struct channel	*ch;		/* NULL: the next one is on its way */
	struct event	*late;
	int		 asked;
	int		 answered;	/* it is all here, or never will be */
	unsigned int	 failed;	/* compilers that have gone */
	uint8_t		*data[2];	/* by direction */
	size_t		 len[2];
};

static void
database_free(struct database *db)
{
	int	 dir;

	channel_free(db->ch);
	if (db->late != NULL)
		event_free(db->late);
	for (dir = 0; dir < 2; dir++)
		free(db->data[dir]);
	db->detector->database = NULL;
	free(db);
}

/* It is decided: with a database, or why there is none. */
static void
database_done(struct detector *d, const char *reason)
{
	struct event_rec	 e;

	if (d->database != NULL)
		database_free(d->database);
	if (reason == NULL) {
		d->stats.v[STAT_PREFILTERED] = 1;
		return;
	}
	log_warnx("no prefilter, so every literal is searched for by itself: "
	    "%s", reason);
	event_init(&e, EVENT_MATCHING_DEGRADED);
	e.role = PROC_DETECTOR;
	e.instance = child_init(d->child)->instance;
	strlcpy(e.reason, reason, sizeof(e.reason));
	report_post(d, &e);
}

/* All the pieces are here; returns the reason if they are of no use. */
static const char *
database_take(struct database *db)
{
	struct detector	*d = db->detector;
	char		 err[256];
	int		 dir;

	for (dir = 0; dir < 2; dir++)
		if (rules_database(d->rules, (enum finding_direction)dir,
		    db->data[dir], db->len[dir], err, sizeof(err)) == -1) {
			log_warnx("prefilter: %s", err);
			return "bad_database";
		}
	/* Numbers that are not those of our literals would show here. */
	if (rules_selftest(d->rules, err, sizeof(err)) == -1) {
		log_warnx("prefilter: rules do not find their own examples: "
		    "%s", err);
		return "selftest_failed";
	}
	return NULL;
}

static int
database_piece(struct database *db, struct imsg *imsg)
{
	const uint8_t	*piece;
	uint8_t		*p, dir;
	size_t		 len;

	if (msg_database_recv(imsg, &dir, &piece, &len) == -1 ||
	    len > MSG_DATABASE_MAX - db->len[dir])
		return -1;
	if ((p = realloc(db->data[dir], db->len[dir] + len)) == NULL)
		fatal(NULL);
	memcpy(p + db->len[dir], piece, len);
	db->data[dir] = p;
	db->len[dir] += len;
	return 0;
}

/* In a turn of its own: the channel must not go within its dispatch. */
static void
database_end(evutil_socket_t fd, short what, void *arg)
{
	struct database	*db = arg;
	struct detector	*d = db->detector;
	const char	*reason;

	(void)fd;
	if (what & EV_TIMEOUT)
		reason = "compiler_late";
	else
		reason = database_take(db);
	if (reason != NULL)
		rules_forget(d->rules);
	database_done(d, reason);
	child_confine(d->child);
}

static int
database_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct database	*db = arg;
	int		 ok;

	if (!db->asked)
		return -1;
	switch (imsg_get_type(imsg)) {
	case IMSG_COMPILER_DATABASE_DATA:
		return database_piece(db, imsg);
	case IMSG_COMPILER_DATABASE_END:
		if (msg_database_recv_end(imsg, &ok) == -1)
			return -1;
		channel_read_pause(ch, 1);
		/* Not whole: those that it has are no databases either. */
		if (!ok)
			db->len[0] = db->len[1] = 0;
		db->answered = 1;
		event_del(db->late);
		event_active(db->late, EV_READ, 0);
		return 0;
	}
	return -1;
}

/* Of one that has gone, of which the next one knows nothing. */
static void
database_reset(struct database *db)
{
	int	 dir;

	channel_free(db->ch);
	db->ch = NULL;
	for (dir = 0; dir < 2; dir++) {
		free(db->data[dir]);
		db->data[dir] = NULL;
		db->len[dir] = 0;
	}
}

/* The parent starts another one, but not for ever. */
static void
database_dead(struct channel *ch, const char *why, void *arg)
{
	struct database	*db = arg;
	struct detector	*d = db->detector;

	(void)ch;
	if (why != NULL)
		log_warnx("rule-compiler: %s", why);
	database_reset(db);
	if (++db->failed < COMPILER_TRIES || !db->asked)
		return;
	database_done(d, "compiler_failed");
	child_confine(d->child);
}

static void
database_send(struct database *db)
{
	struct detector		*d = db->detector;
	struct msg_literal	 l;
	const char		*text;
	size_t			 n, len;
	int			 dir, caseless;

	memset(&l, 0, sizeof(l));
	for (dir = 0; dir < 2; dir++)
		for (n = 0; rules_literal(d->rules, (enum finding_direction)dir,
		    n, &text, &len, &caseless) == 0; n++) {
			l.direction = (uint8_t)dir;
			l.caseless = caseless != 0;
			l.len = (uint8_t)len;
			memcpy(l.text, text, len);
			if (msg_literal_send(db->ch, &l) == -1)
				fatal("literal message");
		}
	if (channel_send(db->ch, IMSG_DETECTOR_LITERAL_END, 0, -1, NULL, 0) ==
	    -1)
		fatal("literal message");
}

int
database_peer(struct detector *d, int fd)
{
	struct database	*db = d->database;

	if (d->ready || (db != NULL && db->answered)) {
		close(fd);
		return 0;	/* it is needed no more */
	}
	if (db == NULL) {
		if ((db = calloc(1, sizeof(*db))) == NULL)
			fatal(NULL);
		db->detector = d;
		d->database = db;
		db->late = evtimer_new(child_base(d->child), database_end, db);
		if (db->late == NULL)
			fatalx("event_new");
	} else if (db->ch != NULL) {
		db->failed++;		/* its end is on the way */
		database_reset(db);
	}
	db->ch = channel_new(child_base(d->child), fd, PROC_DETECTOR,
	    PROC_COMPILER, MSG_PAYLOAD_MAX, 0, database_dispatch,
	    database_dead, db);
	if (db->ch == NULL)
		fatal("channel to the rule-compiler");
	if (db->asked)
		database_send(db);
	return 0;
}

void
database_ask(struct detector *d)
{
	static const struct timeval	 patience = { DATABASE_WAIT, 0 };
	struct database			*db = d->database;

	if (db == NULL || db->failed >= COMPILER_TRIES) {
		database_done(d, db == NULL ? "no_compiler" :
		    "compiler_failed");
		return;
	}
	db->asked = 1;
	if (event_add(db->late, &patience) == -1)
		fatalx("event_add");
	if (db->ch != NULL)
		database_send(db);
}
