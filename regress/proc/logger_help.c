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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>
#include <jansson.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "logger_help.h"

static void
pair(int sv[2])
{
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv));
}

static int
parent_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct suite	*s = arg;
	struct msg_file	 f;
	char		 old[96], name[80];

	(void)ch;
	switch (imsg_get_type(imsg)) {
	case IMSG_CHILD_READY:
		s->ready++;
		return msg_ready_recv(imsg, &s->ready_msg);
	case IMSG_CHILD_PONG:
		s->pongs++;
		return msg_stats_recv(imsg, &s->stats);
	case IMSG_CHILD_PEER_BREACH:
		s->breaches++;
		return msg_breach_recv(imsg, &s->breach);
	case IMSG_CHILD_DRAINED:
		s->drained++;
		return 0;
	case IMSG_LOGGER_FILE_ROTATE:
		if (msg_rotate_recv(imsg, &f) == -1)
			return -1;
		snprintf(name, sizeof(name), "%s.jsonl",
		    f.kind == FILE_FINDINGS ? "findings" :
		    f.kind == FILE_EVENTS ? "events" : f.client);
		snprintf(old, sizeof(old), "%s.%u", name, ++s->rotations);
		ATF_REQUIRE_EQ(0, rename(name, old));
		if (f.kind == FILE_FINDINGS) {
			ATF_REQUIRE_EQ(0, rename("findings.journal",
			    "findings.journal.1"));
			s->rotated_findings = s->rotations;
			suite_file(s, FILE_JOURNAL, "");
		}
		suite_file(s, (enum file_kind)f.kind, f.client);
		return 0;
	}
	return -1;
}

static void
parent_dead(struct channel *ch, const char *why, void *arg)
{
	struct suite	*s = arg;

	(void)ch;
	ATF_REQUIRE_MSG(why == NULL, "%s", why);
	s->closed = 1;
}

static int
control_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	(void)imsg;
	(void)arg;
	return -1;
}

static void
control_dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	(void)arg;
}

static int
detector_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct detector	*d = arg;
	uint8_t		 id[FINDING_ID_SIZE];
	uint32_t	 n;

	(void)ch;
	if (msg_finding_recv_ack(imsg, id) == -1)
		return -1;
	memcpy(&n, id, sizeof(n));
	ATF_REQUIRE(n < FINDINGS_MAX);
	if (d->s->acks[n]++ == 0)
		d->s->acked++;
	return 0;
}

static void
detector_dead(struct channel *ch, const char *why, void *arg)
{
	struct detector	*d = arg;

	ATF_REQUIRE_MSG(why == NULL, "%s", why);
	channel_free(ch);
	d->ch = NULL;
}

static int
peer_socket(struct suite *s, enum proc_role role, uint32_t instance,
    uint32_t generation, uint32_t total)
{
	struct msg_peer	 m;
	int		 sv[2];

	pair(sv);
	m.role = (uint8_t)role;
	m.instance = instance;
	m.generation = generation;
	m.total = total;
	ATF_REQUIRE_EQ(0, msg_peer_send(s->parent, sv[1], &m));
	return sv[0];
}

void
suite_detector(struct suite *s, uint32_t instance)
{
	struct detector	*d = &s->det[instance];

	channel_free(d->ch);
	d->s = s;
	d->instance = instance;
	d->ch = channel_new(s->base, peer_socket(s, PROC_DETECTOR, instance,
	    s->generation, DETECTORS), PROC_DETECTOR, PROC_LOGGER,
	    MSG_PAYLOAD_MAX, 0, detector_dispatch, detector_dead, d);
	ATF_REQUIRE(d->ch != NULL);
}

void
suite_file(struct suite *s, enum file_kind kind, const char *client)
{
	struct msg_file	 m;
	char		 name[80];
	int		 fd;

	snprintf(name, sizeof(name), "%s", kind == FILE_FINDINGS ?
	    "findings.jsonl" : kind == FILE_EVENTS ? "events.jsonl" :
	    "findings.journal");
	if (kind == FILE_CLIENT)
		snprintf(name, sizeof(name), "%s.jsonl", client);
	fd = open(name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	ATF_REQUIRE(fd != -1);
	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	strlcpy(m.client, client, sizeof(m.client));
	ATF_REQUIRE_EQ(0, msg_file_send(s->parent, fd, &m));
}

/* Those of before the last rotation, which a starting logger gets first. */
static void
old_file(struct suite *s, enum file_kind kind, const char *name)
{
	struct msg_file	 m;
	int		 fd;

	if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	memset(&m, 0, sizeof(m));
	m.kind = (uint8_t)kind;
	ATF_REQUIRE_EQ(0, msg_file_send(s->parent, fd, &m));
}

static void
old_files(struct suite *s)
{
	char	 name[64];

	if (s->rotated_findings == 0)
		return;
	snprintf(name, sizeof(name), "findings.jsonl.%u",
	    s->rotated_findings);
	old_file(s, FILE_JOURNAL, "findings.journal.1");
	old_file(s, FILE_FINDINGS, name);
}

void
suite_configure(struct suite *s)
{
	struct msg_client	 c;
	size_t			 i;

	ATF_REQUIRE_EQ(0, msg_settings_send(s->parent, &s->settings));
	for (i = 0; i < nitems(s->clients) && s->clients[i] != NULL; i++) {
		memset(&c, 0, sizeof(c));
		strlcpy(c.name, s->clients[i], sizeof(c.name));
		c.quota = s->quota;
		ATF_REQUIRE_EQ(0, msg_client_send(s->parent, &c));
	}
	suite_file(s, FILE_EVENTS, "");
	if (!s->ready)
		old_files(s);
	suite_file(s, FILE_JOURNAL, "");
	suite_file(s, FILE_FINDINGS, "");
	suite_file(s, FILE_CLIENT, "default");
	for (i = 0; i < nitems(s->clients) && s->clients[i] != NULL; i++)
		suite_file(s, FILE_CLIENT, s->clients[i]);
	ATF_REQUIRE_EQ(0, channel_send(s->parent, IMSG_PARENT_CONFIG_END, 0,
	    -1, NULL, 0));
}

static void
exec_logger(int fd, size_t fsize)
{
	struct rlimit	 rl;
	const char	*build = getenv("GUARDIAN_BUILDDIR");
	char		 path[1024];

	snprintf(path, sizeof(path), "%s/libexec/logger",
	    build == NULL ? "." : build);
	if (fsize != 0) {
		rl.rlim_cur = rl.rlim_max = fsize;
		if (setrlimit(RLIMIT_FSIZE, &rl) == -1)
			_exit(125);
	}
	/* dup2 onto itself would keep the close-on-exec flag */
	if (fd == PROC_FD) {
		if (fcntl(fd, F_SETFD, 0) == -1)
			_exit(126);
	} else if (dup2(fd, PROC_FD) == -1)
		_exit(126);
	closefrom(PROC_FD + 1);
	execl(path, "logger", (char *)NULL);
	_exit(127);
}

void
suite_spawn(struct suite *s)
{
	struct msg_init	 init;
	uint32_t	 i;
	int		 sv[2];

	pair(sv);
	ATF_REQUIRE((s->pid = fork()) != -1);
	if (s->pid == 0)
		exec_logger(sv[1], s->fsize);
	close(sv[1]);
	s->closed = s->ready = s->drained = s->pongs = 0;
	s->parent = channel_new(s->base, sv[0], PROC_PARENT, PROC_LOGGER,
	    MSG_PAYLOAD_MAX, 1, parent_dispatch, parent_dead, s);
	ATF_REQUIRE(s->parent != NULL);
	memset(&init, 0, sizeof(init));
	init.version = MSG_VERSION;
	init.role = PROC_LOGGER;
	init.flags = INIT_UNPRIVILEGED;
	ATF_REQUIRE_EQ(0, msg_init_send(s->parent, &init));
	/* peers come before, between or after: here before */
	for (i = 0; i < DETECTORS; i++)
		suite_detector(s, i);
	s->control = channel_new(s->base, peer_socket(s, PROC_CONTROL, 0, 0,
	    1), PROC_CONTROL, PROC_LOGGER, MSG_PAYLOAD_MAX, 1,
	    control_dispatch, control_dead, s);
	ATF_REQUIRE(s->control != NULL);
	suite_configure(s);
	suite_until(s, &s->ready, 1);
	ATF_REQUIRE_EQ(0, channel_send(s->parent, IMSG_PARENT_CHILD_RUN, 0,
	    -1, NULL, 0));
}

void
suite_start(struct suite *s)
{
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	s->generation = 1;
	if (s->settings.rotate == 0)
		s->settings.rotate = 64 * 1024 * 1024;
	s->settings.scan_limit = 4 * 1024 * 1024;
	s->settings.detectors = DETECTORS;
	s->settings.proxies = 1;
	ATF_REQUIRE((s->base = event_base_new()) != NULL);
	suite_spawn(s);
}

static void
hang_up(struct suite *s)
{
	uint32_t	 i;

	for (i = 0; i < DETECTORS; i++) {
		channel_free(s->det[i].ch);
		s->det[i].ch = NULL;
	}
	channel_free(s->control);
	s->control = NULL;
}

void
suite_kill(struct suite *s)
{
	int	 status;

	ATF_REQUIRE_EQ(0, kill(s->pid, SIGKILL));
	ATF_REQUIRE_EQ(s->pid, waitpid(s->pid, &status, 0));
	ATF_REQUIRE(WIFSIGNALED(status));
	hang_up(s);
	channel_free(s->parent);
}

void
suite_stop(struct suite *s)
{
	int	 status;

	hang_up(s);
	ATF_REQUIRE_EQ(0, channel_send(s->parent, IMSG_PARENT_CHILD_DRAIN, 0,
	    -1, NULL, 0));
	suite_until(s, &s->drained, 1);
	channel_free(s->parent);
	ATF_REQUIRE_EQ(s->pid, waitpid(s->pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", status);
	event_base_free(s->base);
}

static void
too_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	atf_tc_fail("the logger did not answer in time");
}

void
suite_until(struct suite *s, const int *what, int n)
{
	struct timeval	 tv = { 20, 0 };
	struct event	*guard;

	ATF_REQUIRE((guard = evtimer_new(s->base, too_long, NULL)) != NULL);
	event_add(guard, &tv);
	while (*what < n) {
		ATF_REQUIRE_MSG(!s->closed, "the logger is gone");
		ATF_REQUIRE_EQ(0, event_base_loop(s->base, EVLOOP_ONCE));
	}
	event_free(guard);
}

void
suite_until_acked(struct suite *s, uint32_t n)
{
	struct timeval	 tv = { 20, 0 };
	struct event	*guard;

	ATF_REQUIRE((guard = evtimer_new(s->base, too_long, NULL)) != NULL);
	event_add(guard, &tv);
	while (s->acked < n) {
		ATF_REQUIRE_MSG(!s->closed, "the logger is gone");
		ATF_REQUIRE_EQ(0, event_base_loop(s->base, EVLOOP_ONCE));
	}
	event_free(guard);
}

void
suite_ping(struct suite *s)
{
	ATF_REQUIRE_EQ(0, channel_send(s->parent, IMSG_PARENT_CHILD_PING, 0,
	    -1, NULL, 0));
	suite_until(s, &s->pongs, s->pongs + 1);
}

const char *
finding_client(struct suite *s, uint32_t n)
{
	uint32_t	 i = 0;

	while (i < nitems(s->clients) && s->clients[i] != NULL)
		i++;
	return n % (i + 1) == i ? "default" : s->clients[n % (i + 1)];
}

void
finding_make(struct finding_rec *r, uint32_t n, const char *client)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->id, &n, sizeof(n));
	memcpy(r->fp, &n, sizeof(n));
	strlcpy(r->client, client, sizeof(r->client));
	r->finding.severity = FINDING_HIGH;
	strlcpy(r->finding.pattern, "ai_api_key", sizeof(r->finding.pattern));
	strlcpy(r->finding.source, "127.0.0.1", sizeof(r->finding.source));
	strlcpy(r->finding.dest, "api.example.com:443",
	    sizeof(r->finding.dest));
	snprintf(r->finding.snippet, sizeof(r->finding.snippet),
	    "body: sk-ant-[REDACTED](%u)", n);
	r->finding.timestamp = 1790000000000LL + n;
}

void
suite_send(struct suite *s, uint32_t n)
{
	const char		*client = finding_client(s, n);
	struct finding_rec	 r;
	struct channel		*ch;

	finding_make(&r, n, client);
	ch = s->det[proc_client_slot(client, DETECTORS)].ch;
	if (ch != NULL)
		ATF_REQUIRE_EQ(0, msg_finding_send(ch, &r));
}

size_t
read_findings(const char *file, unsigned int *seen)
{
	static char	 line[4096];
	const char	*snippet;
	json_t		*obj;
	size_t		 lines = 0;
	unsigned int	 n;
	FILE		*fp;

	ATF_REQUIRE_MSG((fp = fopen(file, "r")) != NULL, "%s", file);
	while (fgets(line, sizeof(line), fp) != NULL) {
		ATF_REQUIRE_MSG(strchr(line, '\n') != NULL, "%s", line);
		obj = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		ATF_REQUIRE_MSG(obj != NULL, "%s: %s", file, line);
		ATF_REQUIRE_EQ(11, json_object_size(obj));
		snippet = json_string_value(json_object_get(obj, "snippet"));
		ATF_REQUIRE(snippet != NULL);
		ATF_REQUIRE_EQ(1, sscanf(snippet,
		    "body: sk-ant-[REDACTED](%u)", &n));
		ATF_REQUIRE(n < FINDINGS_MAX);
		seen[n]++;
		lines++;
		json_decref(obj);
	}
	fclose(fp);
	return lines;
}

size_t
read_events(const char *name, const char *reason, uint64_t *count)
{
	static char	 line[4096];
	const char	*s;
	json_t		*obj, *n;
	size_t		 lines = 0;
	FILE		*fp;

	if (count != NULL)
		*count = 0;
	ATF_REQUIRE((fp = fopen("events.jsonl", "r")) != NULL);
	while (fgets(line, sizeof(line), fp) != NULL) {
		obj = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		ATF_REQUIRE_MSG(obj != NULL, "%s", line);
		s = json_string_value(json_object_get(obj, "event"));
		ATF_REQUIRE(s != NULL);
		if (strcmp(s, name) == 0 && (reason == NULL ||
		    ((s = json_string_value(json_object_get(obj, "reason")))
		    != NULL && strcmp(s, reason) == 0))) {
			lines++;
			n = json_object_get(obj, "count");
			if (count != NULL)
				*count += n == NULL ? 1 :
				    (uint64_t)json_integer_value(n);
		}
		json_decref(obj);
	}
	fclose(fp);
	return lines;
}
