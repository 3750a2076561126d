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

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "log.h"
#include "msg_mcp.h"
#include "parent.h"

/*
 * Which roles are connected with each other, and the payload bound of that
 * connection is theirs to know.  A pair lives in one generation, or one side
 * (generation 0) outlives them.
 */
static const struct {
	enum proc_role	 a;
	enum proc_role	 b;
} pairs[] = {
	{ PROC_PROXY,		PROC_DETECTOR },
	{ PROC_PROXY,		PROC_KEEPER },
	{ PROC_PROXY,		PROC_LOGGER },
	{ PROC_DETECTOR,	PROC_LOGGER },
	{ PROC_KEEPER,		PROC_LOGGER },
	{ PROC_CONTROL,		PROC_LOGGER },
	{ PROC_DETECTOR,	PROC_COMPILER },
	{ PROC_MCPD,		PROC_LOGGER },
};

/* Building a message for a child fails only for lack of memory. */
static void
must(int r, const char *what)
{
	if (r == -1)
		fatal("%s message", what);
}

int
wire_dup(struct child_proc *c, int fd)
{
	int	 n;

	if ((n = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("duplicating a descriptor");
		child_kill(c, "it lacks a descriptor");
	}
	return n;
}

/* A message that is a descriptor and nothing else. */
static void
wire_fd(struct child_proc *c, uint32_t type, int fd, const char *what)
{
	if ((fd = wire_dup(c, fd)) != -1)
		must(channel_send(c->ch, type, 0, fd, NULL, 0), what);
}

static void
wire_init(struct child_proc *c)
{
	struct parent	*p = c->parent;
	struct msg_init	 init;
	struct passwd	*pw;

	memset(&init, 0, sizeof(init));
	init.version = MSG_VERSION;
	init.role = (uint8_t)c->role;
	init.verbose = (uint8_t)p->verbose;
	init.instance = c->instance;
	init.generation = c->generation;
	if (!p->foreground)
		init.flags |= INIT_SYSLOG;
	if (p->unprivileged)
		init.flags |= INIT_UNPRIVILEGED;
	else {
		if ((pw = getpwnam(proc_user(c->role))) == NULL)
			fatalx("user %s has gone", proc_user(c->role));
		init.uid = pw->pw_uid;
		init.gid = pw->pw_gid;
		c->uid = init.uid;
		if ((size_t)snprintf(init.chroot, sizeof(init.chroot),
		    "%s/empty", p->paths.statedir) >= sizeof(init.chroot))
			fatalx("state directory's path is too long");
	}
	must(msg_init_send(c->ch, &init), "init");
}

/* Rotated files of each client that stay open: the logger has a bound. */
unsigned int
wire_client_old_keep(const struct conf *conf)
{
	unsigned int	 keep = CLIENT_OLD_MAX;

	if (conf->nclients > 0 && CLIENT_OLD_ALL / conf->nclients < keep)
		keep = (unsigned int)(CLIENT_OLD_ALL / conf->nclients);
	return conf->log_keep < keep ? conf->log_keep : keep;
}

static void
wire_settings(struct child_proc *c, const struct conf *conf)
{
	struct msg_settings	 s;

	memset(&s, 0, sizeof(s));
	s.scan_limit = conf->scan_limit;
	s.dedup_window = conf->dedup_window;
	s.overload = conf->overload == CONF_OVERLOAD_SHED ? OVERLOAD_SHED :
	    OVERLOAD_BACKPRESSURE;
	s.rotate = conf->log_rotate;
	s.keep = wire_client_old_keep(conf);
	s.detectors = c->role == PROC_DETECTOR ? c->total :
	    conf->detector_workers;
	s.proxies = conf->proxy_workers;
	s.generation = c->generation;
	must(msg_settings_send(c->ch, &s), "settings");
}

static void
wire_prefixes(struct child_proc *c, uint32_t type, const char *client,
    const struct conf_prefixes *list)
{
	struct msg_prefix	 m;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	strlcpy(m.client, client, sizeof(m.client));
	for (i = 0; i < list->n; i++) {
		m.prefix = list->v[i];
		must(msg_prefix_send(c->ch, type, 0, &m), "prefix");
	}
}

static void
wire_clients(struct child_proc *c, const struct conf *conf)
{
	const struct conf_client	*cc;
	struct msg_client		 m;
	size_t				 i;

	for (i = 0; i < conf->nclients; i++) {
		cc = &conf->clients[i];
		memset(&m, 0, sizeof(m));
		strlcpy(m.name, cc->name, sizeof(m.name));
		m.quota = cc->quota;
		m.asks = c->role == PROC_LOGGER && conf_client_asks(cc);
		if (c->role == PROC_PROXY && cc->has_credential) {
			m.has_credential = 1;
			memcpy(m.credential, cc->credential,
			    sizeof(m.credential));
		}
		must(msg_client_send(c->ch, &m), "client");
		if (c->role != PROC_PROXY)
			continue;
		wire_prefixes(c, IMSG_PARENT_CLIENTADDR_SEND, cc->name,
		    &cc->address);
		wire_prefixes(c, IMSG_PARENT_ALLOW_SEND, cc->name,
		    &cc->allow);
	}
	if (c->role == PROC_PROXY)
		wire_prefixes(c, IMSG_PARENT_ALLOW_SEND, "", &conf->allow);
}

static void
wire_hosts(struct child_proc *c, uint8_t which, const struct hostlist *list)
{
	struct msg_host	 m;
	size_t		 i;

	memset(&m, 0, sizeof(m));
	m.list = which;
	for (i = 0; i < list->n; i++) {
		strlcpy(m.pattern, list->v[i], sizeof(m.pattern));
		must(msg_host_send(c->ch, &m), "host");
	}
}

/* Which hosts, for both who have to know; nothing when there are none. */
static void
wire_inspect(struct child_proc *c, const struct conf *conf)
{
	if (conf->inspect.n == 0)
		return;
	wire_hosts(c, HOSTS_INSPECT, &conf->inspect);
	wire_hosts(c, HOSTS_PASSTHROUGH, &conf->passthrough);
}

static void
wire_file(struct child_proc *c, uint8_t kind, const char *client)
{
	struct msg_file	 m;
	int		 fd;

	memset(&m, 0, sizeof(m));
	m.kind = kind;
	strlcpy(m.client, client, sizeof(m.client));
	if (file_open(c->parent, &m, &fd) == -1) {
		/*
		 * At start-up somebody is there to correct it.  Later traffic
		 * must go on: the logger is tried again.  Without a client's
		 * own file it does at any time, since others must not depend
		 * on what can be done to one client's directory.
		 */
		if (kind == FILE_CLIENT)
			event_post_client(c->parent, EVENT_LOG_FAILED, client,
			    "client_file");
		else if (c->parent->phase == PHASE_STARTING)
			fatalx("a log file could not be opened: see above");
		else if (c->state == PROC_STARTING)
			child_kill(c, "a log file could not be opened");
		return;
	}
	must(msg_file_send(c->ch, fd, &m), "file");
}

/* What a client may still ask for, of before the last rotations. */
static void
wire_client_old(struct child_proc *c, const struct conf *conf,
    const char *client)
{
	struct msg_file	 m;
	unsigned int	 i;
	int		 fd;

	memset(&m, 0, sizeof(m));
	m.kind = FILE_CLIENT_OLD;
	strlcpy(m.client, client, sizeof(m.client));
	for (i = wire_client_old_keep(conf); i > 0; i--)
		if ((fd = file_open_old(c->parent, &m, i)) != -1)
			must(msg_file_send(c->ch, fd, &m), "file");
}

/* Sends what the last rotation put aside; 0, or -1 when there is none. */
static int
wire_old(struct child_proc *c, uint8_t kind)
{
	struct msg_file	 m;
	int		 fd;

	memset(&m, 0, sizeof(m));
	m.kind = kind;
	if ((fd = file_open_old(c->parent, &m, 1)) == -1)
		return -1;
	must(msg_file_send(c->ch, fd, &m), "file");
	return 0;
}

/*
 * The journal comes before findings.jsonl: it says what that must hold; a
 * chain before its log; and the files of before come first, when there are
 * any.
 */
static void
wire_files(struct child_proc *c, const struct conf *conf)
{
	size_t		 i;

	if (c->state == PROC_STARTING) {
		if (wire_old(c, FILE_EVENTS_CHAIN) == 0)
			(void)wire_old(c, FILE_EVENTS);
		(void)wire_old(c, FILE_FINDINGS_CHAIN);
		if (wire_old(c, FILE_JOURNAL) == 0)
			(void)wire_old(c, FILE_FINDINGS);
	}
	wire_file(c, FILE_EVENTS_CHAIN, "");
	wire_file(c, FILE_EVENTS, "");
	wire_file(c, FILE_JOURNAL, "");
	wire_file(c, FILE_FINDINGS_CHAIN, "");
	wire_file(c, FILE_FINDINGS, "");
	wire_file(c, FILE_CLIENT, CONF_CLIENT_DEFAULT);
	for (i = 0; i < conf->nclients; i++) {
		if (conf_client_asks(&conf->clients[i]))
			wire_client_old(c, conf, conf->clients[i].name);
		wire_file(c, FILE_CLIENT, conf->clients[i].name);
	}
}

static void
wire_listeners(struct child_proc *c, const struct conf *conf)
{
	struct parent	*p = c->parent;
	size_t		 i;
	int		 fd;

	for (i = 0; i < p->nlisteners; i++) {
		if (!listener_wanted(&p->listeners[i], conf->listen,
		    conf->nlisten))
			continue;
		if ((fd = wire_dup(c, p->listeners[i].fd)) == -1)
			return;
		must(msg_listener_send(c->ch, fd,
		    (struct sockaddr *)&p->listeners[i].ss,
		    p->listeners[i].len), "listener");
	}
}

/* The URL that clients are told, or where the first listener is. */
static void
about_send(struct child_proc *c, const struct conf *conf)
{
	struct parent		*p = c->parent;
	struct msg_about	 m;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	strlcpy(m.version, GUARDIAN_VERSION, sizeof(m.version));
	m.started_ms = p->started_ms;
	m.scan_limit = conf->scan_limit;
	m.inspects = conf->inspect.n > 0;
	m.has_ca = m.inspects && p->ca.known;
	if (m.has_ca)
		memcpy(m.fingerprint, p->ca.now.fingerprint,
		    sizeof(m.fingerprint));
	if (conf->proxy_url != NULL)
		strlcpy(m.proxy_url, conf->proxy_url, sizeof(m.proxy_url));
	for (i = 0; i < p->nlisteners; i++)
		if (m.listeners < nitems(m.listen))
			addr_format(&p->listeners[i].ss,
			    m.listen[m.listeners++], sizeof(m.listen[0]));
	must(msg_about_send(c->ch, &m), "about");
}

void
wire_about(struct parent *p)
{
	struct child_proc	*c = child_find(p, PROC_MCPD, 0, 0);

	if (c != NULL && c->ch != NULL)
		about_send(c, p->conf);
}

static void
wire_mcpd(struct child_proc *c, const struct conf *conf)
{
	about_send(c, conf);
	wire_hosts(c, HOSTS_MCP, &conf->mcp_hosts);
	mcp_wire(c);
}

void
wire_child(struct child_proc *c, const struct conf *conf)
{
	struct parent	*p = c->parent;

	wire_init(c);
	switch (c->role) {
	case PROC_LOGGER:
		wire_settings(c, conf);
		wire_clients(c, conf);
		wire_files(c, conf);
		break;
	case PROC_DETECTOR:
		wire_settings(c, conf);
		must(conf_rules_send(conf, c->ch), "rules");
		wire_clients(c, conf);
		wire_fd(c, IMSG_PARENT_KEY_SEND, p->key_fd, "key");
		break;
	case PROC_PROXY:
		wire_settings(c, conf);
		wire_clients(c, conf);
		wire_inspect(c, conf);
		trust_send(c, conf);
		host_send(c);
		wire_listeners(c, conf);
		break;
	case PROC_KEEPER:
		wire_clients(c, conf);
		wire_inspect(c, conf);
		ca_wire(c);
		break;
	case PROC_CONTROL:
		wire_fd(c, IMSG_PARENT_SOCKET_SEND, p->control_fd, "socket");
		break;
	case PROC_MCPD:
		wire_mcpd(c, conf);
		break;
	case PROC_COMPILER:
		break;		/* detectors tell it what it is to do */
	case PROC_ARCHIVER:
		break;		/* whoever starts it has work for it */
	default:
		fatalx("no such child");
	}
}

/* A reload for the one process that keeps its state. */
void
wire_logger_again(struct child_proc *c, const struct conf *conf)
{
	must(channel_send(c->ch, IMSG_PARENT_RECONF_BEGIN, 0, -1, NULL, 0),
	    "reconf");
	wire_settings(c, conf);
	wire_clients(c, conf);
	wire_files(c, conf);
	must(channel_send(c->ch, IMSG_PARENT_CONFIG_END, 0, -1, NULL, 0),
	    "config end");
}

void
wire_mcpd_again(struct child_proc *c, const struct conf *conf)
{
	must(channel_send(c->ch, IMSG_PARENT_RECONF_BEGIN, 0, -1, NULL, 0),
	    "reconf");
	wire_mcpd(c, conf);
	must(channel_send(c->ch, IMSG_PARENT_CONFIG_END, 0, -1, NULL, 0),
	    "config end");
}

int
wire_is_pair(enum proc_role a, enum proc_role b)
{
	size_t	 i;

	for (i = 0; i < nitems(pairs); i++)
		if ((pairs[i].a == a && pairs[i].b == b) ||
		    (pairs[i].b == a && pairs[i].a == b))
			return 1;
	return 0;
}

/* a is the one that starts. */
static void
wire_pair(struct child_proc *a, struct child_proc *b)
{
	struct msg_peer	 m;
	int		 sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		log_warn("socketpair");
		child_kill(a, "it has no way to another process");
		return;
	}
	memset(&m, 0, sizeof(m));
	m.role = (uint8_t)b->role;
	m.instance = b->instance;
	m.generation = b->generation;
	m.total = b->total;
	m.serial = b->serial;
	must(msg_peer_send(a->ch, sv[0], &m), "peer");
	m.role = (uint8_t)a->role;
	m.instance = a->instance;
	m.generation = a->generation;
	m.total = a->total;
	m.serial = a->serial;
	must(msg_peer_send(b->ch, sv[1], &m), "peer");
}

int
wire_awaits(const struct child_proc *detector,
    const struct child_proc *compiler)
{
	return detector->role == PROC_DETECTOR && detector->ch != NULL &&
	    detector->pid != 0 && detector->state == PROC_STARTING &&
	    detector->generation == compiler->generation;
}

/* Connects one child with everybody it must know who is there now. */
void
wire_pairs(struct child_proc *c)
{
	struct child_proc	*o;

	TAILQ_FOREACH(o, &c->parent->children, entry) {
		if (o == c || o->ch == NULL || o->pid == 0)
			continue;
		if (o->generation != c->generation && o->generation != 0 &&
		    c->generation != 0)
			continue;
		if (c->role == PROC_COMPILER && !wire_awaits(o, c))
			continue;
		if (wire_is_pair(c->role, o->role))
			wire_pair(c, o);
	}
}

void
wire_start(struct child_proc *c)
{
	must(channel_send(c->ch, IMSG_PARENT_CONFIG_END, 0, -1, NULL, 0),
	    "config end");
}
