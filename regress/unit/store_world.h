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

#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include <sys/types.h>
#include <sys/resource.h>

#include <stdint.h>

#include "chain.h"
#include "logger_util.h"
#include "store.h"

#define NOW	1790000001000LL
#define MAXN	64

/*
 * A logger without its loop: files f (findings), c (their chain), j (journal),
 * m and d (of the clients main and default).  Findings are sent the way intake
 * sends them.
 */
struct world {
	struct store	*st;
	struct dedup	*dedup;
	struct chain	*chain;
	unsigned int	 found[CHAIN_FOUND_DAMAGED + 1];
	struct logfile	*m;
	struct logfile	*d;
	unsigned int	 acked[MAXN];
	unsigned int	 written;
	uint64_t	 restored;
	uint64_t	 used;		/* by client main, for a new journal */
	uint64_t	 grown;
	unsigned int	 gone[FILE_KIND_MAX];
	uint64_t	 last_tag;
	struct store_report rep;
};

struct logfile	*log_open(const char *name);

/* A start on the files as they are. */
void		 world_start(struct world *);
/* The end of it, with no last words: as by kill -9. */
void		 world_kill(struct world *);
void		 world_clean(void);

/* The client of finding n; what intake does with it: 1 when acknowledged. */
const char	*client_of(uint32_t n);
int		 send_it(struct world *, uint32_t n);

/*
 * Every line is whole; findings 0 to n-1 are there once each, of that client
 * or all; nothing else but the text old.
 */
void		 check_file(const char *name, const char *client, uint32_t n,
		    const char *old);
void		 check_all(uint32_t n, const char *old);

/* The chain of f is whole, and covers all of it but the text old. */
void		 check_chain(const char *old);

/* A full disk: files cannot grow beyond a limit. */
void		 limit_files(rlim_t bytes);
/* Old lines, so that this file meets the limit before the journal does. */
char		*old_lines(size_t atleast);

#endif /* STORE_WORLD_H */
