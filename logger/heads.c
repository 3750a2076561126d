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

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chain.h"
#include "compat.h"
#include "events.h"
#include "log.h"
#include "logfile.h"
#include "logger.h"
#include "store.h"

/*
 * The heads of the chains go to the system's log, which is another's to keep
 * and may be on another machine: who rewrites a log later cannot make the heads
 * told before come out again.  The one of the findings is in events.jsonl too.
 */

static void
on_found(void *arg, enum chain_found what, uint64_t bytes)
{
	static const char	*const words[] = {
		[CHAIN_FOUND_FOREIGN] = "foreign",
		[CHAIN_FOUND_CUT] = "cut",
		[CHAIN_FOUND_NONE] = "no_chain",
		[CHAIN_FOUND_DAMAGED] = "chain_damaged"
	};
	struct log_chain	*lc = arg;
	struct event_rec	 e;

	if (what == CHAIN_FOUND_RECOVERED) {
		log_notice("%s: the last line had no record in the chain yet "
		    "(%" PRIu64 " bytes)", lc->name, bytes);
		return;
	}
	log_warnx("%s.jsonl was changed by somebody else (%s, %" PRIu64
	    " bytes): see \"guardianctl verify\"", lc->name, words[what],
	    bytes);
	event_init(&e, EVENT_LOG_TAMPERED);
	snprintf(e.reason, sizeof(e.reason), "%s_%s", lc->name, words[what]);
	e.bytes = bytes;
	/* written later: this may be in the middle of writing one */
	events_add(lc->lg->events, &e, logger_mono_ms(), 0);
}

int
heads_init(struct logger *lg)
{
	static const char	*const names[LOGS] = {
		[LOG_FINDINGS] = "findings",
		[LOG_EVENTS] = "events"
	};
	uint8_t			 any[CHAIN_HASH_SIZE];
	unsigned int		 i;

	/* the library opens what it needs before the sandbox closes */
	if (chain_hash("", 0, any) == -1)
		return -1;
	for (i = 0; i < LOGS; i++) {
		lg->chains[i].lg = lg;
		lg->chains[i].name = names[i];
		if ((lg->chains[i].chain = chain_new(on_found,
		    &lg->chains[i])) == NULL)
			return -1;
	}
	store_set_chain(lg->store, lg->chains[LOG_FINDINGS].chain);
	events_set_chain(lg->events, lg->chains[LOG_EVENTS].chain);
	return 0;
}

void
heads_free(struct logger *lg)
{
	unsigned int	 i;

	for (i = 0; i < LOGS; i++) {
		chain_free(lg->chains[i].chain);
		logfile_unref(lg->chains[i].next);
	}
}

void
heads_tell(struct logger *lg, int force)
{
	struct log_chain	*lc;
	struct event_rec	 e;
	uint8_t			 head[CHAIN_HASH_SIZE];
	char			 text[2 * CHAIN_HASH_SIZE + 1];
	uint64_t		 seq;
	int64_t			 now = logger_mono_ms();
	unsigned int		 i;

	if (!lg->started)
		return;
	/* that of the findings is an event, which moves the other */
	for (i = 0; i < LOGS; i++) {
		lc = &lg->chains[i];
		seq = chain_head(lc->chain, head);
		if (seq == lc->told)
			continue;
		if (!force && chain_files(lc->chain) == lc->files &&
		    now - lc->told_ms < HEAD_MS)
			continue;
		lc->told = seq;
		lc->told_ms = now;
		lc->files = chain_files(lc->chain);
		chain_hex(head, text);
		if (i == LOG_FINDINGS) {
			event_init(&e, EVENT_LOG_HEAD);
			strlcpy(e.reason, lc->name, sizeof(e.reason));
			e.count = seq;
			strlcpy(e.detail, text, sizeof(e.detail));
			logger_event(lg, &e, 0);
		}
		log_notice("chain head: %s %" PRIu64 " %s", lc->name, seq,
		    text);
	}
}
