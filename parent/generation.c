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


#include <stdlib.h>
#include <unistd.h>

#include "channel.h"
#include "log.h"
#include "msg_compile.h"
#include "parent.h"

/*
 * A generation is the proxy- and detector-workers of one configuration, the
 * ca-keeper if it inspects HTTPS, and, until it is ready, the compiler of its
 * rules.  The first one starts together with logger, control and mcpd, which
 * belong to all (generation 0).  A reload starts the next beside it; when
 * that one is ready, the old one drains: its proxy-workers accept no more and
 * end with their last connection, then its detectors end.
 */

static int
generation_wire(struct child_proc *c, const struct conf *conf)
{
	if (child_spawn(c) == -1)
		return -1;
	wire_child(c, conf);
	wire_pairs(c);		/* with those that came before */
	return 0;
}

/*
 * Detectors have their rules compiled before they begin, and their compiler
 * ends with that; a detector that is started again gets another one.
 */
struct child_proc *
generation_compiler(struct parent *p, const struct conf *conf,
    unsigned int generation)
{
	struct child_proc	*c;

	if (!p->has_compiler)
		return NULL;
	c = child_add(p, PROC_COMPILER, 0, 1, generation);
	if (child_spawn(c) == -1) {
		child_remove(c);	/* the detectors do without */
		return NULL;
	}
	wire_child(c, conf);
	return c;
}

/*
 * A compiler died, and detectors wait for what it was to make: another one, a
 * few times.  After that they go on without, see detector-worker/database.c.
 */
void
generation_recompile(struct child_proc *dead)
{
	struct parent		*p = dead->parent;
	const struct conf	*conf;
	struct child_proc	*c;

	if (p->phase == PHASE_STOPPING || dead->tries + 1 >= COMPILER_TRIES)
		return;
	TAILQ_FOREACH(c, &p->children, entry)
		if (wire_awaits(c, dead))
			break;
	if (c == NULL)
		return;
	conf = p->next_conf != NULL && dead->generation > p->generation ?
	    p->next_conf : p->conf;
	if ((c = generation_compiler(p, conf, dead->generation)) == NULL)
		return;
	c->tries = dead->tries + 1;
	log_notice("starting %s again", proc_name(c->role));
	wire_pairs(c);
	wire_start(c);
}

int
generation_start(struct parent *p, const struct conf *conf,
    unsigned int generation)
{
	struct child_proc	*c;
	unsigned int		 i;

	if (p->phase == PHASE_STARTING &&
	    (generation_wire(child_add(p, PROC_LOGGER, 0, 1, 0), conf) == -1 ||
	    generation_wire(child_add(p, PROC_CONTROL, 0, 1, 0), conf) == -1 ||
	    generation_wire(child_add(p, PROC_MCPD, 0, 1, 0), conf) == -1))
		return -1;
	if (conf->inspect.n > 0 && generation_wire(child_add(p, PROC_KEEPER, 0,
	    1, generation), conf) == -1)
		return -1;
	(void)generation_compiler(p, conf, generation);
	for (i = 0; i < conf->detector_workers; i++)
		if (generation_wire(child_add(p, PROC_DETECTOR, i,
		    conf->detector_workers, generation), conf) == -1)
			return -1;
	for (i = 0; i < conf->proxy_workers; i++)
		if (generation_wire(child_add(p, PROC_PROXY, i,
		    conf->proxy_workers, generation), conf) == -1)
			return -1;
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->generation == generation ||
		    p->phase == PHASE_STARTING)
			wire_start(c);
	return 0;
}

/* All that are ready, of a generation or before it. */
static void
generation_run(struct parent *p, unsigned int generation)
{
	struct child_proc	*c;

	TAILQ_FOREACH(c, &p->children, entry) {
		if (c->state != PROC_READY || c->ran || c->ch == NULL ||
		    c->generation > generation)
			continue;
		c->ran = 1;
		if (channel_send(c->ch, IMSG_PARENT_CHILD_RUN, 0, -1, NULL,
		    0) == -1)
			fatal("run message");
	}
}

void
generation_ready(struct parent *p)
{
	struct child_proc	*c;

	switch (p->phase) {
	case PHASE_STARTING:
		/* a compiler that is still there has not served everybody */
		TAILQ_FOREACH(c, &p->children, entry)
			if (c->state != PROC_READY || c->role == PROC_COMPILER)
				return;
		p->phase = PHASE_RUNNING;
		generation_run(p, p->generation);
		log_notice("ready: %zu listener%s, %u proxy-worker%s, "
		    "%u detector-worker%s", p->nlisteners,
		    p->nlisteners == 1 ? "" : "s", p->conf->proxy_workers,
		    p->conf->proxy_workers == 1 ? "" : "s",
		    p->conf->detector_workers,
		    p->conf->detector_workers == 1 ? "" : "s");
		event_post_text(p, EVENT_STARTED, "ready",
		    GUARDIAN_VERSION);
		notify_send(p, "READY=1");
		if (p->detached_fd != -1) {
			if (write(p->detached_fd, "", 1) != 1)
				log_warn("telling the first process");
			close(p->detached_fd);
			p->detached_fd = -1;
		}
		break;
	case PHASE_RELOADING:
		generation_run(p, p->generation);	/* see below */
		TAILQ_FOREACH(c, &p->children, entry)
			/* those that drain are of an attempt before */
			if (c->generation > p->generation &&
			    c->state != PROC_DRAINING &&
			    (c->state != PROC_READY ||
			    c->role == PROC_COMPILER))
				return;
		generation_run(p, p->last_generation);
		reload_done(p, 1, NULL);
		break;
	case PHASE_RUNNING:
		/* a replacement runs at once */
		generation_run(p, p->generation);
		break;
	case PHASE_STOPPING:
		/* for what is left to write down */
		generation_run(p, p->generation);
		break;
	}
}

static void
generation_drain_child(struct child_proc *c)
{
	if (c->ch == NULL) {
		/* dead, waiting for a start that is no longer wanted */
		c->state = PROC_DEAD;
		return;
	}
	c->state = PROC_DRAINING;
	if (channel_send(c->ch, IMSG_PARENT_CHILD_DRAIN, 0, -1, NULL, 0) ==
	    -1)
		fatal("drain message");
}

void
generation_drain(struct parent *p)
{
	struct child_proc	*c, *next;

	for (c = TAILQ_FIRST(&p->children); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->generation == 0 || c->generation >= p->generation ||
		    c->role != PROC_PROXY || c->state == PROC_DRAINING)
			continue;
		if (c->pid == 0)
			generation_drained(c);
		else
			generation_drain_child(c);
	}
}

/* One of an old generation has ended: is it the last that held another? */
void
generation_drained(struct child_proc *ended)
{
	struct parent		*p = ended->parent;
	struct child_proc	*c;
	enum proc_role		 role = ended->role;
	unsigned int		 generation = ended->generation;

	if (p->phase == PHASE_STOPPING)
		return;
	child_remove(ended);
	if (role != PROC_PROXY)
		return;
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->generation == generation && c->role == PROC_PROXY)
			return;
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->generation == generation &&
		    c->state != PROC_DRAINING)
			generation_drain_child(c);
	for (c = TAILQ_FIRST(&p->children); c != NULL; c = ended) {
		ended = TAILQ_NEXT(c, entry);
		if (c->generation == generation && c->pid == 0)
			child_remove(c);
	}
	log_info("generation %u has no connection left", generation);
}

/* The new generation cannot be: the old one goes on as it was. */
void
generation_abort(struct parent *p, const char *why)
{
	struct child_proc	*c, *next;

	for (c = TAILQ_FIRST(&p->children); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->generation <= p->generation)
			continue;
		if (c->pid == 0)
			child_remove(c);
		else if (c->state != PROC_DRAINING) {
			c->state = PROC_DRAINING;	/* reaped, removed */
			child_kill(c, "the reload failed");
		}
	}
	reload_done(p, 0, why);
}

unsigned int
generation_count(struct parent *p)
{
	struct child_proc	*c;
	unsigned int		 n = 0, seen = 0;

	/* children are in order of their generation */
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->generation != 0 && c->generation != seen) {
			seen = c->generation;
			n++;
		}
	return n;
}

int
generation_wants(const struct child_proc *c)
{
	struct child_proc	*o;

	if (c->generation == 0 || c->generation >= c->parent->generation)
		return 1;
	/* the others of old are needed while an old proxy-worker lives */
	if (c->role != PROC_PROXY)
		TAILQ_FOREACH(o, &c->parent->children, entry)
			if (o->generation == c->generation &&
			    o->role == PROC_PROXY && o->pid != 0)
				return 1;
	return 0;
}
