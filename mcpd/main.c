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
 * mcpd: what containers may ask.  It accepts on the listeners it was given,
 * knows whose each connection is, and asks the logger on that client's behalf.
 * It outlives reloads; a client that one removes is gone at once.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <openssl/evp.h>

#include "backend.h"
#include "compat.h"
#include "conf_check.h"
#include "http.h"
#include "imsg.h"
#include "log.h"
#include "mcpd.h"
#include "sandbox.h"
#include "task.h"
#include "tools.h"
#include "unix.h"

static int64_t
clock_ms(clockid_t id)
{
	struct timespec	 ts;

	if (clock_gettime(id, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
mcpd_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t
mcpd_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* A container's files: bounded, as they may be as many as it likes. */
static void
task_rejected(void *arg, const char *client, const char *reason,
    uint64_t count)
{
	struct mcpd		*m = arg;
	struct event_rec	 e;

	event_init(&e, EVENT_TASK_REJECTED);
	strlcpy(e.client, client, sizeof(e.client));
	strlcpy(e.reason, reason, sizeof(e.reason));
	e.count = count;
	e.role = PROC_MCPD;
	backend_event(m->backend, &e);
}

static void
op_init(void *arg, struct child *child)
{
	struct mcpd	*m = arg;

	m->child = child;
	m->base = child_base(child);
	/* before there is anything here that another process should not have */
	m->checker = conf_checker_start(m->base);
	if ((m->tasks = tasks_new(m->base, m, task_rejected, m)) == NULL)
		fatalx("out of memory");
	if ((m->backend = backend_new(child)) == NULL ||
	    (m->unix_front = unix_new(m)) == NULL ||
	    (m->http_front = http_new(m)) == NULL)
		fatalx("out of memory");
}

static int
take_asker(struct mcpd *m, struct imsg *imsg)
{
	struct msg_asker	 a;

	if (msg_asker_recv(imsg, &a) == -1)
		return -1;
	if (clients_add(m, &a) == NULL)
		fatal("client");
	explicit_bzero(&a, sizeof(a));
	return 0;
}

static int
take_socket(struct mcpd *m, struct imsg *imsg)
{
	struct client	*c;
	char		 name[MSG_CLIENT_SIZE];
	int		 fd;

	if (msg_asksocket_recv(imsg, &fd, name) == -1)
		return -1;
	if ((c = client_by_name(m, name)) == NULL || c->fd != -1) {
		close(fd);
		return -1;
	}
	c->fd = fd;
	return 0;
}

static void
may_reach(struct mcpd *m, int fd)
{
	struct sandbox_path	*paths;

	paths = reallocarray(m->paths, m->npaths + 1, sizeof(*paths));
	if (paths == NULL)
		fatal(NULL);
	m->paths = paths;
	paths[m->npaths].path = NULL;
	paths[m->npaths].rights = SANDBOX_READ | SANDBOX_WRITE;
	paths[m->npaths++].fd = fd;
}

/* A client's two come one behind the other, tasks first. */
static int
take_dir(struct mcpd *m, struct imsg *imsg)
{
	struct msg_askdir	 d;
	struct client		*c;
	int			 fd;

	if (msg_askdir_recv(imsg, &fd, &d) == -1)
		return -1;
	c = client_by_name(m, d.client);
	if (c == NULL || (c->tasks_fd == -1) != (d.kind == ASKDIR_TASKS)) {
		close(fd);
		return -1;
	}
	if (d.kind == ASKDIR_TASKS) {
		c->tasks_fd = fd;
		return 0;
	}
	/* With a reload it gets the same ones: others make another process. */
	if (m->running) {
		close(c->tasks_fd);
		close(fd);
	} else {
		may_reach(m, c->tasks_fd);
		may_reach(m, fd);
		if (tasks_add(m->tasks, c->id, c->name, c->tasks_fd, fd) == -1)
			fatal("directories of client %s", c->name);
	}
	c->tasks_fd = -1;
	return 0;
}

static int
take_host(struct mcpd *m, struct imsg *imsg)
{
	struct msg_host	 h;

	if (msg_host_recv(imsg, &h) == -1 || h.list != HOSTS_MCP)
		return -1;
	if (hostlist_add(&m->hosts, h.pattern) == -1)
		fatal("host");
	return 0;
}

static int
take_listener(struct mcpd *m, struct imsg *imsg)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd;

	if (msg_listener_recv(imsg, &fd, &ss, &len) == -1)
		return -1;
	if (http_listen(m->http_front, fd) == -1)
		fatal("listener");
	return 0;
}

/* At start, and all of it again with a reload. */
static int
op_config(void *arg, struct imsg *imsg)
{
	struct mcpd	*m = arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_ABOUT_SEND:
		return msg_about_recv(imsg, &m->about);
	case IMSG_PARENT_ASKER_SEND:
		return take_asker(m, imsg);
	case IMSG_PARENT_ASKSOCKET_SEND:
		return take_socket(m, imsg);
	case IMSG_PARENT_ASKDIR_SEND:
		return take_dir(m, imsg);
	case IMSG_PARENT_HOST_SEND:
		return take_host(m, imsg);
	case IMSG_PARENT_LISTENER_SEND:
		return take_listener(m, imsg);
	}
	return -1;
}

/* The configuration is complete: accept what it names, drop all else. */
static void
listen_all(struct mcpd *m)
{
	struct client	*c;

	unix_sweep(m->unix_front);
	TAILQ_FOREACH(c, &m->clients, entry)
		if (!c->current)
			tasks_remove(m->tasks, c->id);
	clients_end(m);
	TAILQ_FOREACH(c, &m->clients, entry)
		if (c->fd != -1 && c->acceptor == NULL &&
		    unix_listen(m->unix_front, c) == -1)
			fatal("listener of client %s", c->name);
	if (http_run(m->http_front) == -1)
		fatalx("listeners");
}

static int
op_message(void *arg, struct imsg *imsg)
{
	struct mcpd	*m = arg;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_RECONF_BEGIN:
		clients_begin(m);
		http_begin(m->http_front);
		hostlist_free(&m->hosts);
		memset(&m->hosts, 0, sizeof(m->hosts));
		return 0;
	case IMSG_PARENT_CONFIG_END:
		if (m->running)
			listen_all(m);
		return 0;
	}
	return op_config(m, imsg);
}

static int
op_peer(void *arg, int fd, const struct msg_peer *peer)
{
	struct mcpd	*m = arg;

	if (peer->role != PROC_LOGGER) {
		close(fd);
		return -1;
	}
	backend_connect(m->backend, fd);
	return 0;
}

static void
op_start(void *arg)
{
	struct mcpd	*m = arg;
	uint8_t		 hash[32];

	/* or jansson would try to open a file for it in the sandbox */
	json_object_seed((size_t)arc4random() | 1);
	if ((m->tools = tools_load()) == NULL)
		fatalx("tools");
	/* libcrypto opens its files with the first digest */
	if (EVP_Digest("", 0, hash, NULL, EVP_sha256(), NULL) != 1)
		fatalx("no SHA-256");
}

static const struct sandbox_path *
op_reach(void *arg, size_t *n)
{
	struct mcpd	*m = arg;

	*n = m->npaths;
	return m->paths;
}

static void
op_run(void *arg)
{
	struct mcpd	*m = arg;

	m->running = 1;
	listen_all(m);
	tasks_start(m->tasks);
}

static void
op_stats(void *arg, struct child_stats *stats)
{
	struct mcpd	*m = arg;

	*stats = m->stats;
	stats->v[STAT_CONNECTIONS] = m->conns;
}

static void
op_stop(void *arg)
{
	struct mcpd	*m = arg;

	if (m->child == NULL)
		return;
	tasks_free(m->tasks);
	unix_free(m->unix_front);
	http_front_free(m->http_front);
	clients_begin(m);
	clients_end(m);
	backend_free(m->backend);
	hostlist_free(&m->hosts);
	conf_checker_free(m->checker);
	free(m->paths);
	json_decref(m->tools);
}

int
main(int argc, char **argv)
{
	static const struct child_ops	 ops = {
		.role = PROC_MCPD,
		.init = op_init,
		.config = op_config,
		.peer = op_peer,
		.start = op_start,
		.reach = op_reach,
		.run = op_run,
		.message = op_message,
		.stats = op_stats,
		.stop = op_stop
	};
	struct mcpd	 m;

	memset(&m, 0, sizeof(m));
	TAILQ_INIT(&m.clients);
	return child_main(&ops, argc, argv, &m);
}
