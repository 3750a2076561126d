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
#include <sys/socket.h>
#include <sys/uio.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "parent.h"

static int
child_take_ready(struct child_proc *c, struct imsg *imsg)
{
	struct msg_ready	 ready;
	char			 label[64];

	if (msg_ready_recv(imsg, &ready) == -1)
		return -1;
	if (c->state == PROC_DRAINING)
		return 0;	/* it was told to end while it started */
	if (c->state != PROC_STARTING)
		return -1;
	c->ready = ready;
	c->state = PROC_READY;
	child_label(c, label, sizeof(label));
	log_info("%s (pid %ld) ready: %s", label, (long)c->pid,
	    c->ready.sandbox);
	if (c->role == PROC_LOGGER)
		event_flush(c->parent);
	/* one comes for each rotated log; its work is an event */
	if (c->role == PROC_ARCHIVER)
		return 0;
	event_post_child(c, EVENT_CHILD_STARTED, "ready");
	if (c->ready.degraded) {
		log_warnx("%s: the kernel offers less than the whole sandbox: "
		    "%s", label, c->ready.sandbox);
		event_post_child(c, EVENT_SANDBOX_DEGRADED, "landlock");
	}
	generation_ready(c->parent);
	return 0;
}

void
addr_format(const struct sockaddr_storage *ss, char *buf, size_t size)
{
	char	 host[INET6_ADDRSTRLEN];

	if (ss->ss_family == AF_INET) {
		const struct sockaddr_in *in =
		    (const struct sockaddr_in *)ss;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(buf, size, "%s:%u", host, ntohs(in->sin_port));
	} else {
		const struct sockaddr_in6 *in6 =
		    (const struct sockaddr_in6 *)ss;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(buf, size, "[%s]:%u", host, ntohs(in6->sin6_port));
	}
}

static void
status_self(struct parent *p, struct ctl_proc *m)
{
	memset(m, 0, sizeof(*m));
	m->role = PROC_PARENT;
	m->pid = (int32_t)getpid();
	m->uid = (uint32_t)geteuid();
	m->state = PROC_READY;
	m->started_ms = p->started_ms;
	m->degraded = p->sandbox.degraded != 0;
	strlcpy(m->sandbox, p->sandbox.text, sizeof(m->sandbox));
	strlcpy(m->promises, "supervise", sizeof(m->promises));
}

static void
status_child(struct child_proc *c, struct ctl_proc *m)
{
	memset(m, 0, sizeof(*m));
	m->role = (uint8_t)c->role;
	m->instance = c->instance;
	m->generation = c->generation;
	m->pid = (int32_t)c->pid;
	m->uid = c->uid;
	m->state = (uint8_t)c->state;
	if (c->pinged_ms != 0 && now_ms() - c->pinged_ms > 3000)
		m->state = PROC_SILENT;
	m->restarts = c->restarts;
	m->started_ms = c->started_ms;
	m->degraded = c->ready.degraded;
	strlcpy(m->sandbox, c->ready.sandbox, sizeof(m->sandbox));
	strlcpy(m->promises, c->ready.promises, sizeof(m->promises));
	m->stats = c->stats;
}

static int
status_send(struct child_proc *control, uint32_t id)
{
	struct parent		*p = control->parent;
	struct child_proc	*c;
	struct ctl_proc		 m;
	struct ctl_status	 s;
	size_t			 i;

	status_self(p, &m);
	if (msg_proc_send(control->ch, IMSG_PARENT_STATUS_PROC, id, &m) == -1)
		return -1;
	TAILQ_FOREACH(c, &p->children, entry) {
		status_child(c, &m);
		if (msg_proc_send(control->ch, IMSG_PARENT_STATUS_PROC, id,
		    &m) == -1)
			return -1;
	}
	memset(&s, 0, sizeof(s));
	strlcpy(s.version, GUARDIAN_VERSION, sizeof(s.version));
	s.started_ms = p->started_ms;
	s.generation = p->generation;
	s.unprivileged = p->unprivileged != 0;
	s.scan_limit = p->conf->scan_limit;
	s.listeners = (uint32_t)p->nlisteners;
	for (i = 0; i < nitems(s.listen) && i < p->nlisteners; i++)
		addr_format(&p->listeners[i].ss, s.listen[i],
		    sizeof(s.listen[i]));
	s.mcp_listeners = (uint32_t)p->nmcp_listeners;
	for (i = 0; i < nitems(s.mcp_listen) && i < p->nmcp_listeners; i++)
		addr_format(&p->mcp_listeners[i].ss, s.mcp_listen[i],
		    sizeof(s.mcp_listen[i]));
	for (i = 0; i < p->conf->nclients; i++)
		s.mcp_clients += conf_client_asks(&p->conf->clients[i]) != 0;
	if (p->conf->proxy_url != NULL)
		strlcpy(s.proxy_url, p->conf->proxy_url, sizeof(s.proxy_url));
	if (p->paths.config_named || access(p->paths.config, F_OK) == 0)
		strlcpy(s.config, p->paths.config, sizeof(s.config));
	strlcpy(s.logdir, p->paths.logdir, sizeof(s.logdir));
	s.inspects = p->conf->inspect.n > 0 && p->ca.known;
	if (s.inspects) {
		memcpy(s.fingerprint, p->ca.now.fingerprint,
		    sizeof(s.fingerprint));
		s.ca_not_after = p->ca.now.not_after;
	}
	return msg_status_send(control->ch, IMSG_PARENT_STATUS_END, id, &s);
}

/* Answers what waits; a control that was replaced has forgotten its part. */
static void
status_answer(struct parent *p)
{
	struct child_proc	*control;
	size_t			 i;

	control = child_find(p, PROC_CONTROL, 0, 0);
	if (control != NULL && control->ch != NULL &&
	    control->pid == p->status_pid)
		for (i = 0; i < p->nstatus; i++)
			if (status_send(control, p->status_ids[i]) == -1)
				log_warn("status");
	p->nstatus = 0;
	evtimer_del(p->status_late);
}

static void
status_late(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	status_answer(arg);
}

/* Has every child that can answer said what its counters are now? */
static void
status_check(struct parent *p)
{
	struct child_proc	*c;

	if (p->nstatus == 0)
		return;
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->ch != NULL && c->pinged_ms != 0)
			return;
	status_answer(p);
}

/*
 * The counters of the last second would deny the request that somebody has
 * just made, so the children are asked first; a silent one is not waited for.
 */
static int
status_asked(struct child_proc *control, uint32_t id)
{
	static const struct timeval	 patience = { 0, 300000 };
	struct parent			*p = control->parent;
	struct child_proc		*c;

	if (p->status_late == NULL &&
	    (p->status_late = evtimer_new(p->base, status_late, p)) == NULL)
		return status_send(control, id);
	if (p->status_pid != control->pid)
		p->nstatus = 0;
	if (p->nstatus == nitems(p->status_ids))
		return status_send(control, id);
	p->status_pid = control->pid;
	p->status_ids[p->nstatus++] = id;
	if (p->nstatus == 1)
		evtimer_add(p->status_late, &patience);
	TAILQ_FOREACH(c, &p->children, entry)
		if (c->ch != NULL && c->state == PROC_READY &&
		    c->pinged_ms == 0)
			child_ping(c);
	status_check(p);
	return 0;
}

void
status_verb_result(struct parent *p, uint32_t id, int ok, const char *text)
{
	struct child_proc	*control;

	control = child_find(p, PROC_CONTROL, 0, 0);
	if (control == NULL || control->ch == NULL)
		return;
	if (msg_end_send(control->ch, IMSG_PARENT_VERB_RESULT, id, ok,
	    text) == -1)
		log_warn("verb result");
}

/*
 * Each verb is a line of the system's log and an event or more, which are not
 * to be pushed out by who has taken control over.  No operator is that busy.
 */
static int
verb_allowed(struct parent *p)
{
	int64_t	 now = now_ms();

	if (now - p->verbs_ms > VERBS_WINDOW_MS) {
		p->verbs_ms = now;
		p->verbs = 0;
	}
	return ++p->verbs <= VERBS_MAX;
}

static int
verb_run(struct child_proc *control, struct imsg *imsg)
{
	struct parent	*p = control->parent;
	const char	*text;
	uint32_t	 id = imsg_get_id(imsg);
	enum ctl_verb	 verb;
	int		 ok;

	if (msg_control_recv_verb(imsg, &verb) == -1)
		return -1;
	if (verb != CTL_STOP && !verb_allowed(p)) {
		status_verb_result(p, id, 0, "too many requests within a "
		    "minute: wait for the next one");
		return 0;
	}
	switch (verb) {
	case CTL_RELOAD:
		reload_begin(p, id, 1);
		break;
	case CTL_STOP:
		log_notice("stopping: asked to over the control socket");
		status_verb_result(p, id, 1, "");
		channel_push(control->ch);
		shutdown_begin(p, 0);
		break;
	case CTL_ROTATE:
		ok = rotate_all(p, &text) == 0;
		status_verb_result(p, id, ok, text);
		break;
	case CTL_CA_ROTATE:
		ca_rotate(p, id);
		break;
	case CTL_UPGRADE:
		upgrade_begin(p, id);
		break;
	default:
		return -1;
	}
	return 0;
}

int
child_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct child_proc	*c = arg;
	int64_t			 asked = c->pinged_ms;

	(void)ch;
	switch (imsg_get_type(imsg)) {
	case IMSG_CHILD_READY:
		return child_take_ready(c, imsg);
	case IMSG_CHILD_PONG:
		if (c->pinged_ms == 0)
			return -1;	/* nobody asked */
		c->pinged_ms = 0;
		if (msg_stats_recv(imsg, &c->stats) == -1)
			return -1;
		heir_pong(c, asked);
		status_check(c->parent);
		return 0;
	case IMSG_CHILD_DRAINED:
		if (c->state != PROC_DRAINING)
			return -1;
		c->drained = 1;
		event_active(c->release, 0, 0);
		return 0;
	case IMSG_LOGGER_FILE_ROTATE:
		return rotate_asked(c, imsg);
	case IMSG_CHILD_PEER_BREACH:
		return child_breach(c, imsg);
	case IMSG_ARCHIVER_WORK_DONE:
		return archive_told(c, imsg);
	case IMSG_KEEPER_CA_SEND:
		return ca_told(c, imsg);
	case IMSG_CONTROL_STATUS_GET:
		return status_asked(c, imsg_get_id(imsg));
	case IMSG_CONTROL_VERB_RUN:
		return verb_run(c, imsg);
	}
	return -1;
}
