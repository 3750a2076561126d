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

#ifndef INDEX_H
#define INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "msg_mcp.h"

struct index;
struct logfile;

/*
 * Where the findings of one client are, for the questions that it may ask: its
 * files as they are now, those that rotation put aside included.  It is made
 * from the files when it is first needed, a slice at a time, and kept up after
 * that.  Positions in it are told as cursors made of a finding's own text, so
 * they outlive rotations and restarts and mean nothing to another client.
 */
#define INDEX_MAX	65536	/* findings; older ones are not found */
#define INDEX_FILES	9	/* the current one and the rotated */
#define INDEX_SLICE	(128 * 1024)	/* bytes read at once */
#define INDEX_LOAD_MAX	(32 * 1024 * 1024) /* bytes of files looked at */

struct index	*index_new(void);
void		 index_free(struct index *);
/* Bytes of memory it takes. */
size_t		 index_size(const struct index *);

/*
 * The files, oldest first; what is known of other files is forgotten, and what
 * is not known is to be loaded.
 */
void		 index_files(struct index *, struct logfile *const *, size_t);
/* Reads one slice: 1 when it is complete, 0 to call again, -1 with errno. */
int		 index_load(struct index *);
/*
 * A finding was appended to the current file at offset.  If that is not where
 * the index thinks the file's end is, it is loaded from there on.
 */
void		 index_added(struct index *, uint64_t offset, const char *line,
		    size_t len);

/*
 * Answers from a complete index.  emit gets each line with its newline, newest
 * first.
 */
void		 index_find(struct index *, const struct ask_findings *,
		    struct ask_page *, void (*emit)(void *, const char *,
		    size_t), void *);
void		 index_totals(const struct index *, struct ask_totals *,
		    void (*emit)(void *, const struct ask_pattern *), void *);

#endif /* INDEX_H */
