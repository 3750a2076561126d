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
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "compat.h"
#include "log.h"
#include "task.h"

struct task_client;

/* A task whose tool is at work. */
struct task_run {
	TAILQ_ENTRY(task_run)	 entry;
	struct task_client	*client;
	char			 id[TASK_ID_SIZE];
	char			 type[64];
	int64_t			 deadline;	/* monotonic, ms */
	struct tool_call	*call;
};

/* An answer that is there, as far as we know. */
struct task_kept {
	TAILQ_ENTRY(task_kept)	 entry;
	char			 id[TASK_ID_SIZE];
	int64_t			 until;
};

struct task_client {
	TAILQ_ENTRY(task_client) entry;
	struct tasks		*tasks;
	uint32_t		 id;
	char			 name[MSG_CLIENT_SIZE];
	struct task_dir		 dir;
	TAILQ_HEAD(, task_run)	 running;
	unsigned int		 nrunning;
	TAILQ_HEAD(, task_kept)	 kept;
	unsigned int		 nkept;
	uint64_t		 rejected[TASK_REASONS];	/* to report */
	int64_t			 reported[TASK_REASONS];
};

struct tasks {
	struct event_base	*base;
	struct mcpd		*m;
	task_report		 report;
	void			*ctx;
	int64_t			 slice;		/* ms */
	struct event		*timer;
	TAILQ_HEAD(task_clients_head, task_client) clients;	/* next first */
	char			 buf[TASK_READ_MAX];
};

static const char *const reasons[TASK_REASONS] = {
	"link", "type", "name", "unreadable", "stuck", "too_large",
	"malformed", "request_id", "duplicate", "answer", "planted"
};

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The first of a kind at once, then all of a minute together. */
static void
report(struct task_client *c, int64_t now)
{
	unsigned int	 i;

	for (i = 0; i < TASK_REASONS; i++) {
		if (c->rejected[i] == 0 || (c->reported[i] != 0 &&
		    now - c->reported[i] < TASK_EVENT_MS))
			continue;
		c->tasks->report(c->tasks->ctx, c->name, reasons[i],
		    c->rejected[i]);
		c->rejected[i] = 0;
		c->reported[i] = now;
	}
}

static void
kept_free(struct task_client *c, struct task_kept *k, int remove)
{
	if (remove)
		task_dir_forget(&c->dir, k->id);
	TAILQ_REMOVE(&c->kept, k, entry);
	c->nkept--;
	free(k);
}

/* They are in order of time. */
static void
kept_expire(struct task_client *c, int64_t now)
{
	struct task_kept	*k;

	while ((k = TAILQ_FIRST(&c->kept)) != NULL &&
	    (k->until <= now || c->nkept > TASK_ANSWERS_MAX))
		kept_free(c, k, 1);
}

/* text is consumed; NULL when it could not be made. */
static void
answer(struct task_client *c, const char *id, char *text, size_t len)
{
	enum task_reason	 reason = TASK_ANSWER;
	struct task_kept	*k;

	if (text == NULL || task_dir_answer(&c->dir, id, text, len,
	    &reason) == -1) {
		c->rejected[reason]++;
		free(text);
		return;
	}
	free(text);
	if ((k = calloc(1, sizeof(*k))) == NULL)
		fatal(NULL);
	strlcpy(k->id, id, sizeof(k->id));
	k->until = now_ms() + TASK_KEEP_MS;
	TAILQ_INSERT_TAIL(&c->kept, k, entry);
	c->nkept++;
}

static void
fail(struct task_client *c, const char *id, const char *code,
    const char *message, const char *details)
{
	char	*text;
	size_t	 len = 0;

	text = task_answer_fail(code, message, details, &len);
	answer(c, id, text, len);
}

static void
run_free(struct task_run *r)
{
	TAILQ_REMOVE(&r->client->running, r, entry);
	r->client->nrunning--;
	free(r);
}

static void
run_done(void *arg, const struct tool_result *result)
{
	struct task_run		*r = arg;
	struct task_client	*c = r->client;
	const char		*code = tool_status_code(result->status);
	char			*text;
	size_t			 len = 0;

	if (result->status == TOOL_OK) {
		text = task_answer_ok(r->type, result->data, &len);
		answer(c, r->id, text, len);
	} else
		fail(c, r->id, code == NULL ? "INTERNAL" : code, result->text,
		    result->argument);
	run_free(r);
}

static void
timed_out(struct task_client *c, const char *id)
{
	fail(c, id, "TIMEOUT", "the task's time was over before it was "
	    "answered", "timeoutMs");
}

static void
run_expire(struct task_client *c, int64_t now)
{
	struct task_run	*r, *next;

	for (r = TAILQ_FIRST(&c->running); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (r->deadline > now)
			continue;
		tools_cancel(r->call);
		timed_out(c, r->id);
		run_free(r);
	}
}

static int
is_running(const struct task_client *c, const char *id)
{
	const struct task_run	*r;

	TAILQ_FOREACH(r, &c->running, entry)
		if (strcmp(r->id, id) == 0)
			return 1;
	return 0;
}

static void
run(struct task_client *c, const struct task *t, int64_t age)
{
	struct task_run	*r;

	if (is_running(c, t->id)) {
		c->rejected[TASK_DUPLICATE]++;
		return;
	}
	if (age >= t->timeout_ms) {
		timed_out(c, t->id);
		return;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal(NULL);
	r->client = c;
	strlcpy(r->id, t->id, sizeof(r->id));
	strlcpy(r->type, t->type, sizeof(r->type));
	r->deadline = now_ms() + t->timeout_ms - age;
	r->call = tools_call(c->tasks->m, c->id, t->type, t->params, run_done,
	    r);
	if (r->call == NULL) {
		fail(c, t->id, "INTERNAL", "out of memory", "");
		free(r);
		return;
	}
	TAILQ_INSERT_TAIL(&c->running, r, entry);
	c->nrunning++;
}

/* What it says, once it is ours: nobody finds it a second time. */
static void
take(struct task_client *c, size_t len, int64_t age, int good,
    const struct task *t, const char *text)
{
	if (good)
		run(c, t, age);
	else if (t->id[0] == '\0')
		c->rejected[len > TASK_FILE_MAX ? TASK_TOO_LARGE :
		    t->no_id ? TASK_ID : TASK_MALFORMED]++;
	else if (len > TASK_FILE_MAX)
		fail(c, t->id, "TOO_LARGE", text, "");
	else
		fail(c, t->id, "MALFORMED", text, "");
}

static void
one(struct task_client *c, const char *name)
{
	struct task		 t;
	enum task_reason	 reason;
	enum task_verdict	 verdict;
	const char		*text = NULL;
	size_t			 len;
	int64_t			 age;
	char			*buf = c->tasks->buf;

	if (strlen(name) > TASK_NAME_MAX) {
		c->rejected[TASK_NAME]++;
		if (task_dir_remove(&c->dir, name) == -1)
			c->rejected[TASK_STUCK]++;
		return;
	}
	switch (task_dir_read(&c->dir, name, buf, &len, &age, &reason)) {
	case TASK_GONE:
		return;
	case TASK_REFUSED:
		c->rejected[reason]++;
		if (task_dir_remove(&c->dir, name) == -1)
			c->rejected[TASK_STUCK]++;
		return;
	case TASK_READ:
		break;
	}
	verdict = task_parse(buf, len, &t, &text);
	if (verdict == TASK_INCOMPLETE && age < TASK_PARTIAL_MS)
		return;
	if (task_dir_remove(&c->dir, name) == -1)
		c->rejected[TASK_STUCK]++;
	else
		take(c, len, age, verdict == TASK_GOOD, &t, text);
	json_decref(t.params);
}

/* Returns 1 when there may be more. */
static int
client_sweep(struct task_client *c, int64_t now, int64_t until)
{
	const char	*name = NULL;
	unsigned int	 left = TASK_ENTRIES_MAX;

	run_expire(c, now);
	kept_expire(c, now);
	while (c->nrunning < TASK_RUNNING_MAX) {
		if ((name = task_dir_next(&c->dir, &left)) == NULL)
			break;
		one(c, name);
		if (now_ms() >= until)
			break;
	}
	task_dir_expire(&c->dir, 4);
	kept_expire(c, now);
	report(c, now);
	return name != NULL;
}

/*
 * Each client in turn, for as long as a slice lasts; who did not get a turn
 * is the first in the next one, which comes soon, as it does when somebody has
 * more than may be done at once: a fifth of a CPU is the most that this takes.
 */
static void
sweep(evutil_socket_t fd, short what, void *arg)
{
	struct tasks		*ts = arg;
	struct task_client	*c, *last;
	struct timeval		 tv = { 0, TASK_SWEEP_MS * 1000 };
	int64_t			 now = now_ms(), until = now + ts->slice;
	int			 more = 0;

	(void)fd;
	(void)what;
	last = TAILQ_LAST(&ts->clients, task_clients_head);
	while ((c = TAILQ_FIRST(&ts->clients)) != NULL) {
		TAILQ_REMOVE(&ts->clients, c, entry);
		TAILQ_INSERT_TAIL(&ts->clients, c, entry);
		more |= client_sweep(c, now, until);
		if (c == last)
			break;
		if (now_ms() >= until) {
			more = 1;
			break;
		}
	}
	if (more)
		tv.tv_usec = TASK_MORE_MS * 1000;
	if (evtimer_add(ts->timer, &tv) == -1)
		fatal("evtimer_add");
}

struct tasks *
tasks_new(struct event_base *base, struct mcpd *m, task_report cb, void *ctx)
{
	struct tasks	*ts;

	if ((ts = calloc(1, sizeof(*ts))) == NULL)
		return NULL;
	ts->base = base;
	ts->m = m;
	ts->report = cb;
	ts->ctx = ctx;
	ts->slice = TASK_SLICE_MS;
	TAILQ_INIT(&ts->clients);
	if ((ts->timer = evtimer_new(base, sweep, ts)) == NULL) {
		free(ts);
		return NULL;
	}
	return ts;
}

void
tasks_set_slice(struct tasks *ts, int64_t ms)
{
	ts->slice = ms;
}

int
tasks_add(struct tasks *ts, uint32_t client, const char *name, int tasks,
    int results)
{
	struct task_client	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal(NULL);
	c->tasks = ts;
	c->id = client;
	strlcpy(c->name, name, sizeof(c->name));
	TAILQ_INIT(&c->running);
	TAILQ_INIT(&c->kept);
	if (task_dir_open(&c->dir, tasks, results) == -1) {
		free(c);
		return -1;
	}
	TAILQ_INSERT_TAIL(&ts->clients, c, entry);
	return 0;
}

static void
client_free(struct task_client *c)
{
	struct task_run	*r;

	while ((r = TAILQ_FIRST(&c->running)) != NULL) {
		tools_cancel(r->call);
		run_free(r);
	}
	while (!TAILQ_EMPTY(&c->kept))
		kept_free(c, TAILQ_FIRST(&c->kept), 0);
	task_dir_close(&c->dir);
	TAILQ_REMOVE(&c->tasks->clients, c, entry);
	free(c);
}

void
tasks_remove(struct tasks *ts, uint32_t client)
{
	struct task_client	*c, *next;

	for (c = TAILQ_FIRST(&ts->clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->id == client)
			client_free(c);
	}
}

void
tasks_start(struct tasks *ts)
{
	sweep(-1, 0, ts);
}

void
tasks_free(struct tasks *ts)
{
	while (!TAILQ_EMPTY(&ts->clients))
		client_free(TAILQ_FIRST(&ts->clients));
	event_free(ts->timer);
	free(ts);
}
