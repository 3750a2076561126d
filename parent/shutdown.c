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


#include <signal.h>
#include <string.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "log.h"
#include "parent.h"

/*
 * The order of the end: who packs or compiles, and no traffic any more,
 * what of it the detectors have not seen, then they with what they found, mcpd,
 * then the logger, control last.  Each stage ends its processes by closing
 * their socket, after a drain where there is something to save.  A stage has
 * STAGE_MAX_MS, then its processes are killed: one that hangs must not take
 * from the next ones the time to write down that it did.
 */
static const enum proc_role	 stages[] = {
	PROC_ARCHIVER, PROC_COMPILER, PROC_PROXY, PROC_KEEPER, PROC_DETECTOR,
	PROC_MCPD, PROC_LOGGER, PROC_CONTROL
};

int
shutdown_wants(const struct child_proc *c)
{
	int	 i;

	if (c->parent->phase != PHASE_STOPPING)
		return 1;
	if (c->parent->status != 0 || (c->role != PROC_DETECTOR &&
	    c->role != PROC_LOGGER))
		return 0;
	for (i = c->parent->stop_stage + 1; i < (int)nitems(stages); i++)
		if (stages[i] == c->role)
			return 1;
	return 0;
}

static void
stage_begin(struct parent *p)
{
	struct child_proc	*c;

	p->stage_since = now_ms();
	TAILQ_FOREACH(c, &p->children, entry) {
		if (!shutdown_wants(c))
			event_del(c->respawn);
		if (c->role != stages[p->stop_stage] || c->ch == NULL)
			continue;
		if (c->role == PROC_LOGGER)
			event_post_text(p, EVENT_STOPPED, p->status == 0 ?
			    "asked" : "failed", "");
		if (c->role == PROC_PROXY && c->ran) {
			c->state = PROC_DRAINING;
			if (channel_send(c->ch, IMSG_PARENT_CHILD_FINISH, 0,
			    -1, NULL, 0) == 0)
				continue;
		}
		if ((c->role == PROC_DETECTOR || c->role == PROC_LOGGER) &&
		    c->state != PROC_STARTING) {
			c->state = PROC_DRAINING;
			if (channel_send(c->ch, IMSG_PARENT_CHILD_DRAIN, 0,
			    -1, NULL, 0) == 0)
				continue;
		}
		/* maybe from within its own dispatch: control asked for it */
		event_active(c->release, 0, 0);
	}
}

void
shutdown_begin(struct parent *p, int status)
{
	struct child_proc	*c;

	if (p->phase == PHASE_STOPPING)
		return;
	p->phase = PHASE_STOPPING;
	p->status = status;
	p->stop_stage = 0;
	notify_send(p, "STOPPING=1");
	/* One that died often may be waiting for its turn: it is needed now. */
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->pid == 0 && shutdown_wants(c) && event_pending(
		    c->respawn, EV_TIMEOUT, NULL))
			event_active(c->respawn, EV_TIMEOUT, 0);
	stage_begin(p);
	shutdown_step(p);
}

/* Called when a child ended, and at every tick. */
void
shutdown_step(struct parent *p)
{
	struct child_proc	*c;
	int			 late, over;

	for (;;) {
		late = now_ms() - p->stage_since > STAGE_MAX_MS;
		over = 1;
		TAILQ_FOREACH(c, &p->children, entry) {
			if (c->pid == 0)
				continue;
			if (c->role != stages[p->stop_stage])
				continue;
			over = 0;
			if (late)
				(void)kill(c->pid, SIGKILL);
		}
		if (!over)
			return;
		if (++p->stop_stage >= (int)nitems(stages))
			break;
		stage_begin(p);
	}
	event_base_loopbreak(p->base);
}
