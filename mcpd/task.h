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

#ifndef TASK_H
#define TASK_H

#include <sys/types.h>

#include <dirent.h>
#include <stdint.h>

#include <jansson.h>

#include "msg.h"
#include "tools.h"

struct event_base;
struct mcpd;

/*
 * Tasks: questions that a container writes as files into its clawsec_tasks
 * and whose answers it reads in its clawsec_results.  The container may do to
 * both directories what it likes, at any moment, and to nothing else: names
 * are resolved beneath them, no link is followed, nothing but regular files is
 * opened, and of these no more is read than a task may have.  Who asks is said
 * by the directory, never by the file.
 */

#define TASK_FILE_MAX		(64 * 1024)	/* bytes of a task */
#define TASK_READ_MAX		(256 * 1024)	/* read, to learn whose it is */
#define TASK_DEPTH_MAX		16		/* of its JSON */
#define TASK_ID_SIZE		129		/* with the NUL */
#define TASK_NAME_MAX		160		/* of a file */
#define TASK_TIMEOUT_MS		30000		/* unless it says another */
#define TASK_TIMEOUT_MAX_MS	600000

#define TASK_SWEEP_MS		500
#define TASK_SLICE_MS		20		/* of work, then others */
#define TASK_MORE_MS		80		/* till the next, if needed */
#define TASK_ENTRIES_MAX	256		/* of a client, a sweep */
#define TASK_RUNNING_MAX	32		/* of a client, at once */
#define TASK_PARTIAL_MS		2000		/* no JSON after that: never */
#define TASK_KEEP_MS		600000		/* an unread answer */
#define TASK_ANSWERS_MAX	256		/* unread, of a client */
#define TASK_EVENT_MS		60000		/* between two of one reason */

/* Why a task was not run, or its answer not given: words of events. */
enum task_reason {
	TASK_LINK,		/* symbolic, or a file with other names */
	TASK_TYPE,		/* no regular file */
	TASK_NAME,		/* of the file */
	TASK_UNREADABLE,
	TASK_STUCK,		/* cannot be removed, so it is not run */
	TASK_TOO_LARGE,
	TASK_MALFORMED,
	TASK_ID,		/* requestId */
	TASK_DUPLICATE,		/* one of that requestId is running */
	TASK_ANSWER,		/* cannot be written */
	TASK_PLANTED,		/* something of the answer's name is there */
	TASK_REASONS
};

/* A task as it was read.  id "" if it has none that could be answered. */
struct task {
	char	 id[TASK_ID_SIZE];
	char	 type[64];
	json_t	*params;		/* an object, or NULL */
	int64_t	 timeout_ms;
	int	 no_id;			/* that is what is wrong */
};

enum task_verdict {
	TASK_GOOD,
	TASK_BAD,		/* text says why; answered if id is not "" */
	TASK_INCOMPLETE		/* it may be still being written */
};

/* task_parse.c: any bytes.  On TASK_GOOD params is the caller's to release. */
enum task_verdict
	 task_parse(const char *, size_t, struct task *, const char **text);
/* [A-Za-z0-9][A-Za-z0-9._-]{0,127} */
int	 task_id_ok(const char *);

/*
 * task_answer.c: the text of an answer, to be freed; NULL when out of memory.
 * code is one of CONTRACTS 5; details may be "".
 */
char	*task_answer_ok(const char *type, json_t *data, size_t *len);
char	*task_answer_fail(const char *code, const char *message,
	    const char *details, size_t *len);

/* The two directories of a client. */
struct task_dir {
	int	 tasks;
	int	 results;
	DIR	*dp;			/* where in tasks a sweep has stopped */
	DIR	*old;			/* the same for old answers */
};

enum task_file {
	TASK_READ,
	TASK_GONE,		/* it is not there any more */
	TASK_REFUSED		/* *reason, and it is not to be read */
};

/* task_dir.c.  Takes both descriptors.  0, or -1 with both closed. */
int	 task_dir_open(struct task_dir *, int tasks, int results);
void	 task_dir_close(struct task_dir *);
/*
 * The name of the next file that looks like a task, of at most *left entries;
 * NULL: none any more, for this sweep.
 */
const char *
	 task_dir_next(struct task_dir *, unsigned int *left);
/*
 * Reads a whole file into buf of TASK_READ_MAX bytes.  age_ms since it was
 * last written, not negative.
 */
enum task_file
	 task_dir_read(struct task_dir *, const char *name, char *buf,
	    size_t *len, int64_t *age_ms, enum task_reason *);
/* 0 when it is not there any more, whoever has removed it. */
int	 task_dir_remove(struct task_dir *, const char *name);
/* 0, or -1 with *reason; what is there under that name stays as it is. */
int	 task_dir_answer(struct task_dir *, const char *id, const char *text,
	    size_t len, enum task_reason *);
void	 task_dir_forget(struct task_dir *, const char *id);
/* Removes answers that nobody has read in time, looking at some entries. */
void	 task_dir_expire(struct task_dir *, unsigned int entries);

/* task_run.c */
struct tasks;

/* Some tasks were rejected since the last time, for one reason. */
typedef void	(*task_report)(void *ctx, const char *client,
		    const char *reason, uint64_t count);

struct tasks	*tasks_new(struct event_base *, struct mcpd *, task_report,
		    void *ctx);
/*
 * Sweep these directories for a client, whose id tools_call() knows.  Takes
 * the descriptors.  0, or -1.
 */
int		 tasks_add(struct tasks *, uint32_t client, const char *name,
		    int tasks, int results);
/* What is running is forgotten; its answers are nobody's. */
void		 tasks_remove(struct tasks *, uint32_t client);
/* How long a slice may last; TASK_SLICE_MS unless it is set. */
void		 tasks_set_slice(struct tasks *, int64_t ms);
/* Begin to sweep. */
void		 tasks_start(struct tasks *);
void		 tasks_free(struct tasks *);

#endif /* TASK_H */
