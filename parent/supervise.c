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
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "log.h"
#include "parent.h"

static int64_t
clock_ms(clockid_t id)
{
	struct timespec	 ts;

	if (clock_gettime(id, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

const char *
child_label(const struct child_proc *c, char *buf, size_t size)
{
	if (c->total > 1)
		snprintf(buf, size, "%s %u", proc_name(c->role), c->instance);
	else
		snprintf(buf, size, "%s", proc_name(c->role));
	return buf;
}

struct child_proc *
child_find(struct parent *p, enum proc_role role, unsigned int instance,
    unsigned int generation)
{
	struct child_proc	*c;

	TAILQ_FOREACH(c, &p->children, entry)
		if (c->role == role && c->instance == instance &&
		    c->generation == generation)
			return c;
	return NULL;
}

/* A replacement starts as the first one did, but runs at once. */
static void
child_respawn(evutil_socket_t fd, short what, void *arg)
{
	struct child_proc	*c = arg, *compiler = NULL;
	struct parent		*p = c->parent;
	const struct conf	*conf;
	char			 label[64];

	(void)fd;
	(void)what;
	if (!shutdown_wants(c) || !generation_wants(c))
		return;
	if (!c->replace)
		c->restarts++;
	c->replace = 0;
	log_notice("starting %s again", child_label(c, label, sizeof(label)));
	conf = p->next_conf != NULL && c->generation > p->generation ?
	    p->next_conf : p->conf;
	if (child_spawn(c) == -1) {
		struct timeval	 tv = { 1, 0 };

		event_add(c->respawn, &tv);
		return;
	}
	wire_child(c, conf);
	if (c->role == PROC_DETECTOR)
		compiler = generation_compiler(p, conf, c->generation);
	wire_pairs(c);
	wire_start(c);
	if (compiler != NULL)
		wire_start(compiler);
}

/* A drained child ends when its socket does; not from within its dispatch. */
static void
child_release(evutil_socket_t fd, short what, void *arg)
{
	struct child_proc	*c = arg;

	(void)fd;
	(void)what;
	channel_free(c->ch);
	c->ch = NULL;
	c->gone_ms = now_ms();
}

struct child_proc *
child_add(struct parent *p, enum proc_role role, unsigned int instance,
    unsigned int total, unsigned int generation)
{
	struct child_proc	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal(NULL);
	c->parent = p;
	c->role = role;
	c->instance = instance;
	c->total = total;
	c->generation = generation;
	c->state = PROC_DEAD;
	c->respawn = event_new(p->base, -1, 0, child_respawn, c);
	c->release = event_new(p->base, -1, 0, child_release, c);
	if (c->respawn == NULL || c->release == NULL)
		fatalx("event_new");
	TAILQ_INSERT_TAIL(&p->children, c, entry);
	return c;
}

void
child_remove(struct child_proc *c)
{
	TAILQ_REMOVE(&c->parent->children, c, entry);
	channel_free(c->ch);
	event_free(c->respawn);
	event_free(c->release);
	free(c);
}

/* In the new process: descriptors 0 to 3 and nothing else, then exec. */
static void
child_exec(struct child_proc *c, int sock)
{
	char		*path, *argv[2], *envp[3];
	const char	*s;
	sigset_t	 none;
	size_t		 n = 0;
	int		 sig;

	if (asprintf(&path, "%s/%s", c->parent->libexec,
	    proc_name(c->role)) == -1)
		_exit(127);
	/* Signals taken by the parent's loop must mean nothing before exec. */
	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);

	/* First these two: /dev/null may itself be what PROC_FD replaces. */
	if (dup2(c->parent->null_fd, STDIN_FILENO) == -1 ||
	    dup2(c->parent->null_fd, STDOUT_FILENO) == -1)
		_exit(127);
	if (sock == PROC_FD) {
		if (fcntl(sock, F_SETFD, 0) == -1)
			_exit(127);
	} else if (dup2(sock, PROC_FD) == -1)
		_exit(127);
	closefrom(PROC_FD + 1);

	argv[0] = path;
	argv[1] = NULL;
	if ((s = getenv("ASAN_OPTIONS")) != NULL &&
	    asprintf(&envp[n], "ASAN_OPTIONS=%s", s) != -1)
		n++;
	if ((s = getenv("UBSAN_OPTIONS")) != NULL &&
	    asprintf(&envp[n], "UBSAN_OPTIONS=%s", s) != -1)
		n++;
	envp[n] = NULL;
	execve(path, argv, envp);
	log_warn("cannot execute %s", path);
	_exit(127);
}

/*
 * The socket closed.  The child is ending by itself, or is confused; it holds
 * nothing that it could still use, so make sure.
 */
static void
child_gone(struct channel *ch, const char *why, void *arg)
{
	struct child_proc	*c = arg;
	char			 label[64];

	(void)ch;
	channel_free(c->ch);
	c->ch = NULL;
	c->gone_ms = now_ms();
	if (why != NULL) {
		log_warnx("%s (pid %ld) broke the protocol and is ended: %s",
		    child_label(c, label, sizeof(label)), (long)c->pid, why);
		event_post_child(c, EVENT_PEER_MALFORMED, "parent_channel");
	}
	/*
	 * After a drain the child is on its way out and may flush; a compiler
	 * or an archiver that is done ends by itself.
	 */
	if (c->pid > 0 && (why != NULL || (c->state != PROC_DRAINING &&
	    c->role != PROC_COMPILER && c->role != PROC_ARCHIVER)))
		(void)kill(c->pid, SIGKILL);
}

int
child_spawn(struct child_proc *c)
{
	struct parent	*p = c->parent;
	char		 label[64];
	pid_t		 pid;
	int		 sv[2];

	child_label(c, label, sizeof(label));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		log_warn("%s not started: socketpair", label);
		return -1;
	}
	switch (pid = fork()) {
	case -1:
		log_warn("%s not started: fork", label);
		close(sv[0]);
		close(sv[1]);
		return -1;
	case 0:
		child_exec(c, sv[1]);
		/* NOTREACHED */
	}
	close(sv[1]);
	c->ch = channel_new(p->base, sv[0], PROC_PARENT, c->role,
	    MSG_PAYLOAD_MAX, 1, child_dispatch, child_gone, c);
	if (c->ch == NULL) {
		log_warn("%s not started: channel", label);
		close(sv[0]);
		(void)kill(pid, SIGKILL);	/* reaped as nobody's */
		return -1;
	}
	channel_set_limit(c->ch, CHILD_QUEUE_MAX);
	c->pid = pid;
	c->serial = ++p->serial;
	c->state = PROC_STARTING;
	c->started_ms = wall_ms();
	c->spawned_ms = now_ms();
	c->pinged_ms = 0;
	c->gone_ms = 0;
	c->heir_ms = 0;
	c->ran = 0;
	c->drained = 0;
	c->ca_due = 0;
	c->uid = (uint32_t)geteuid();
	memset(&c->ready, 0, sizeof(c->ready));
	memset(&c->stats, 0, sizeof(c->stats));
	return 0;
}

void
child_replace(struct child_proc *c)
{
	if (c->ch == NULL || c->replace)
		return;		/* it is being started again as it is */
	/* what was sent to it before is done by then; the rest waits */
	c->replace = 1;
	c->gone_ms = now_ms();
	c->state = PROC_DRAINING;
	if (channel_send(c->ch, IMSG_PARENT_CHILD_DRAIN, 0, -1, NULL, 0) ==
	    -1)
		fatal("drain message");
}

/*
 * A child ended the channel of another for a breach of the protocol.  The two
 * have no way to each other any more, so the other starts afresh.  Who tells
 * that too often is not believed.
 */
int
child_breach(struct child_proc *c, struct imsg *imsg)
{
	struct child_proc	*o;
	struct msg_breach	 b;
	int64_t			 now = now_ms();

	if (msg_breach_recv(imsg, &b) == -1 ||
	    !wire_is_pair(c->role, (enum proc_role)b.role))
		return -1;
	if (now - c->breaches_ms > BACKOFF_WINDOW_MS) {
		c->breaches_ms = now;
		c->breaches = 0;
	}
	if (++c->breaches > BREACHES_MAX)
		return -1;
	o = child_find(c->parent, (enum proc_role)b.role, b.instance,
	    b.generation);
	/* The second to tell must not hit the replacement. */
	if (o != NULL && o->ch != NULL && o->serial == b.serial &&
	    c->parent->phase != PHASE_STOPPING)
		child_kill(o, "broke the protocol with another process");
	return 0;
}

void
child_kill(struct child_proc *c, const char *why)
{
	char	 label[64];

	if (c->pid <= 0)
		return;
	log_warnx("ending %s (pid %ld): %s",
	    child_label(c, label, sizeof(label)), (long)c->pid, why);
	(void)kill(c->pid, SIGKILL);
}

/* How long the next start has to wait: the third death in a minute and on. */
static int64_t
child_backoff(struct child_proc *c)
{
	int64_t		 delay, max, now = now_ms();
	unsigned int	 i, recent = 0;

	memmove(&c->deaths[1], &c->deaths[0],
	    sizeof(c->deaths) - sizeof(c->deaths[0]));
	c->deaths[0] = now;
	for (i = 0; i < nitems(c->deaths); i++)
		if (c->deaths[i] != 0 &&
		    now - c->deaths[i] <= BACKOFF_WINDOW_MS)
			recent++;
	if (recent <= BACKOFF_FREE)
		return 0;
	delay = 1000LL << (recent - BACKOFF_FREE - 1);
	/*
	 * While none of these is there, what they would have seen or written
	 * has its only copy in another process.
	 */
	max = c->role == PROC_DETECTOR || c->role == PROC_LOGGER ?
	    BACKOFF_SHORT_MS : BACKOFF_MAX_MS;
	return delay < max ? delay : max;
}

/* Nobody waits for it, and its work is begun anew some time. */
static void
archiver_exited(struct child_proc *c, int status, const char *reason)
{
	int	 ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (ok || c->parent->phase == PHASE_STOPPING)
		log_debug("log-archiver (pid %ld) ended: %s", (long)c->pid,
		    reason);
	else {
		log_warnx("log-archiver (pid %ld) died: %s", (long)c->pid,
		    reason);
		event_post_child(c, EVENT_CHILD_EXITED, reason);
	}
	c->pid = 0;
	archive_ended(c, ok);
	child_remove(c);
}

static void
child_exited(struct child_proc *c, int status)
{
	struct parent	*p = c->parent;
	struct timeval	 tv;
	char		 label[64], reason[MSG_TOKEN_SIZE];
	int64_t		 delay;
	int		 drained = c->state == PROC_DRAINING;

	ca_gone(c);
	child_label(c, label, sizeof(label));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		strlcpy(reason, "sandbox_violation", sizeof(reason));
	else if (WIFSIGNALED(status))
		snprintf(reason, sizeof(reason), "signal_%d",
		    WTERMSIG(status));
	else
		snprintf(reason, sizeof(reason), "exit_%d",
		    WEXITSTATUS(status));

	channel_free(c->ch);
	c->ch = NULL;
	c->state = PROC_DEAD;
	if (c->role == PROC_ARCHIVER) {
		archiver_exited(c, status, reason);
		return;
	}
	if (!shutdown_wants(c) || (drained && !c->replace)) {
		log_info("%s (pid %ld) ended: %s", label, (long)c->pid,
		    reason);
		c->pid = 0;
		if (drained)
			generation_drained(c);
		return;
	}
	if (c->role == PROC_COMPILER && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0) {
		log_info("%s (pid %ld) is done", label, (long)c->pid);
		child_remove(c);
		generation_ready(p);
		return;
	}
	if (c->replace) {
		log_info("%s (pid %ld) ended: %s", label, (long)c->pid,
		    reason);
		c->pid = 0;
		event_active(c->respawn, 0, 0);
		return;
	}
	log_warnx("%s (pid %ld) died: %s", label, (long)c->pid, reason);
	event_post_child(c, EVENT_CHILD_EXITED, reason);
	heir_died(c);
	c->pid = 0;
	if (c->role == PROC_COMPILER) {
		generation_recompile(c);
		child_remove(c);
		generation_ready(p);
		return;
	}

	if (p->phase == PHASE_STARTING) {
		log_warnx("%s could not start: see the lines above", label);
		shutdown_begin(p, 1);
		return;
	}
	if (p->phase == PHASE_RELOADING && c->generation > p->generation) {
		generation_abort(p, "a process of the new generation died");
		return;
	}
	if (!generation_wants(c)) {
		generation_drained(c);
		return;
	}
	/* a stop has no time to lose, and a limit of its own */
	delay = p->phase == PHASE_STOPPING ? STOP_DELAY_MS : child_backoff(c);
	if (delay >= 1000)
		log_warnx("%s dies often: next start in %lld s", label,
		    (long long)(delay / 1000));
	tv.tv_sec = delay / 1000;
	tv.tv_usec = delay % 1000 * 1000;
	event_add(c->respawn, &tv);
}

void
children_reap(struct parent *p)
{
	struct child_proc	*c;
	pid_t			 pid;
	int			 status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 ||
	    (pid == -1 && errno == EINTR)) {
		TAILQ_FOREACH(c, &p->children, entry)
			if (c->pid == pid)
				break;
		if (c != NULL)
			child_exited(c, status);
	}
	if (p->phase == PHASE_STOPPING)
		shutdown_step(p);
}

void
child_ping(struct child_proc *c)
{
	if (channel_send(c->ch, IMSG_PARENT_CHILD_PING, 0, -1, NULL, 0) == -1)
		log_warn("ping");
	c->pinged_ms = now_ms();
}

void
children_check(struct parent *p)
{
	struct child_proc	*c;
	int64_t			 now = now_ms();

	TAILQ_FOREACH(c, &p->children, entry) {
		if (c->pid == 0)
			continue;
		if (c->ch == NULL || c->replace) {
			if (now - c->gone_ms > GONE_MAX_MS) {
				child_kill(c, "does not end by itself");
				c->gone_ms = now;	/* said once */
			}
			continue;
		}
		if (c->role == PROC_COMPILER &&
		    now - c->spawned_ms > COMPILER_MAX_MS) {
			child_kill(c, "the detectors have stopped waiting");
			continue;
		}
		if (c->limit_ms != 0 && now - c->spawned_ms > c->limit_ms) {
			child_kill(c, "takes too long");
			continue;
		}
		if (c->state == PROC_STARTING) {
			if (now - c->spawned_ms > START_MAX_MS)
				child_kill(c, "not ready in time");
			continue;
		}
		if (c->pinged_ms == 0) {
			child_ping(c);
		} else if (now - c->pinged_ms > SILENCE_MAX_MS) {
			event_post_child(c, EVENT_CHILD_EXITED, "silent");
			child_kill(c, "silent for 10 seconds");
			c->pinged_ms = now;	/* said once */
		}
	}
}
