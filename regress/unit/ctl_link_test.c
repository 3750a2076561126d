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
#include <sys/un.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg.h"

#include "../../guardianctl/link.h"
#include "../../guardianctl/metrics.h"
#include "../../guardianctl/status.h"

/* guardianctl's end of the control socket, against servers of every kind. */

#define PATH	"ctl.sock"

/* What the server does once the request is there. */
typedef void	(*server)(struct channel *, uint32_t type);

struct serving {
	server			 act;
	struct event_base	*base;
};

static int
served(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct serving	*s = arg;

	s->act(ch, imsg_get_type(imsg));
	if (channel_flush(ch) == -1)
		_exit(2);
	event_base_loopexit(s->base, NULL);
	return 0;
}

static void
gone(struct channel *ch, const char *why, void *arg)
{
	struct serving	*s = arg;

	(void)ch;
	(void)why;
	event_base_loopexit(s->base, NULL);
}

static void
serve(int lfd, server act)
{
	struct serving	 s = { act, NULL };
	struct channel	*ch;
	int		 fd;

	if ((fd = accept(lfd, NULL, NULL)) == -1 ||
	    (s.base = event_base_new()) == NULL ||
	    (ch = channel_new(s.base, fd, PROC_CONTROL, PROC_CTL,
	    MSG_PAYLOAD_MAX, 0, served, gone, &s)) == NULL)
		_exit(1);
	event_base_dispatch(s.base);
	channel_free(ch);
	_exit(0);
}

/* The socket listens when this returns: nothing is left to chance. */
static pid_t
start(server act)
{
	struct sockaddr_un	 sun;
	int			 lfd;
	pid_t			 pid;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, PATH, sizeof(sun.sun_path));
	ATF_REQUIRE((lfd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(bind(lfd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	ATF_REQUIRE(listen(lfd, 5) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		serve(lfd, act);
	close(lfd);
	return pid;
}

static void
finish(pid_t pid)
{
	int	 status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the server ended with %#x", (unsigned int)status);
}

struct seen {
	unsigned int	 lines;
	unsigned int	 stop_at;
	char		 last[64];
};

static int
on_line(void *arg, const char *line, size_t len)
{
	struct seen	*s = arg;

	s->lines++;
	snprintf(s->last, sizeof(s->last), "%.*s", (int)len, line);
	return s->lines == s->stop_at;
}

static const struct link_ops	 lines_ops = { .line = on_line };

static enum link_result
ask(int is_query, unsigned int timeout, struct seen *seen, struct link **lp)
{
	static const struct ctl_query	 q = { .what = CTL_FINDINGS };
	struct link			*l;

	ATF_REQUIRE((l = link_open(PATH, is_query)) != NULL);
	ATF_REQUIRE_EQ(0, link_request(l, IMSG_CTL_RELOAD_RUN,
	    is_query ? &q : NULL));
	*lp = l;
	return link_run(l, &lines_ops, seen, timeout, 0);
}

static void
send_lines(struct channel *ch)
{
	msg_line_send(ch, "{\"a\":1}", 7);
	msg_line_send(ch, "{\"a\":2}", 7);
	msg_line_send(ch, "{\"a\":3}", 7);
}

static void
act_lines(struct channel *ch, uint32_t type)
{
	if (type != IMSG_CTL_FINDINGS_GET)
		_exit(3);
	send_lines(ch);
	msg_end_send(ch, IMSG_REPLY_END, 0, 1, "");
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	struct seen	 seen = { 0 };
	struct link	*l;
	pid_t		 pid = start(act_lines);

	ATF_CHECK_EQ(LINK_OK, ask(1, 10, &seen, &l));
	ATF_CHECK_EQ(3, seen.lines);
	ATF_CHECK_STREQ("{\"a\":3}", seen.last);
	link_close(l);
	finish(pid);
}

/* A caller that has enough hears no more. */
ATF_TC_WITHOUT_HEAD(stopped);
ATF_TC_BODY(stopped, tc)
{
	struct seen	 seen = { .stop_at = 2 };
	struct link	*l;
	pid_t		 pid = start(act_lines);

	ATF_CHECK_EQ(LINK_STOPPED, ask(1, 10, &seen, &l));
	ATF_CHECK_EQ(2, seen.lines);
	link_close(l);
	finish(pid);
}

static void
act_refuse(struct channel *ch, uint32_t type)
{
	(void)type;
	msg_end_send(ch, IMSG_REPLY_END, 0, 0, "not permitted");
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct seen	 seen = { 0 };
	struct link	*l;
	pid_t		 pid = start(act_refuse);

	ATF_CHECK_EQ(LINK_REFUSED, ask(0, 10, &seen, &l));
	ATF_CHECK_STREQ("not permitted", link_text(l));
	link_close(l);
	finish(pid);
}

static void
act_half(struct channel *ch, uint32_t type)
{
	(void)type;
	send_lines(ch);
}

/* An answer without its end is never taken for a whole one. */
ATF_TC_WITHOUT_HEAD(closed_early);
ATF_TC_BODY(closed_early, tc)
{
	struct seen	 seen = { 0 };
	struct link	*l;
	pid_t		 pid = start(act_half);

	ATF_CHECK_EQ(LINK_CLOSED, ask(1, 10, &seen, &l));
	ATF_CHECK_EQ(3, seen.lines);
	link_close(l);
	finish(pid);
}

static void
act_garbage(struct channel *ch, uint32_t type)
{
	static const char	 http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

	(void)type;
	if (write(channel_fd(ch), http, sizeof(http)) == -1)
		_exit(3);
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	struct seen	 seen = { 0 };
	struct link	*l;
	pid_t		 pid = start(act_garbage);

	ATF_CHECK_EQ(LINK_MALFORMED, ask(0, 10, &seen, &l));
	link_close(l);
	finish(pid);
}

/* A line is the logger's to send: control does not answer a verb with one. */
ATF_TC_WITHOUT_HEAD(wrong_sender);
ATF_TC_BODY(wrong_sender, tc)
{
	struct seen	 seen = { 0 };
	struct link	*l;
	pid_t		 pid = start(act_half);

	ATF_CHECK_EQ(LINK_MALFORMED, ask(0, 10, &seen, &l));
	ATF_CHECK_EQ(0, seen.lines);
	link_close(l);
	finish(pid);
}

static void
act_short(struct channel *ch, uint32_t type)
{
	static const char	 end[] = { 1, 0, 9, 'x' };	/* says 9 */

	(void)type;
	channel_send(ch, IMSG_REPLY_END, 0, -1, end, sizeof(end));
}

ATF_TC_WITHOUT_HEAD(malformed_payload);
ATF_TC_BODY(malformed_payload, tc)
{
	struct seen	 seen = { 0 };
	struct link	*l;
	pid_t		 pid = start(act_short);

	ATF_CHECK_EQ(LINK_MALFORMED, ask(0, 10, &seen, &l));
	link_close(l);
	finish(pid);
}

static void
act_silent(struct channel *ch, uint32_t type)
{
	char	 c;

	(void)type;
	/* until the client has had enough: FIONBIO off, then end of file */
	if (fcntl(channel_fd(ch), F_SETFL, 0) == -1 ||
	    read(channel_fd(ch), &c, 1) != 0)
		_exit(3);
}

ATF_TC_WITHOUT_HEAD(silent);
ATF_TC_BODY(silent, tc)
{
	struct seen	 seen = { 0 };
	struct link	*l;
	pid_t		 pid = start(act_silent);

	ATF_CHECK_EQ(LINK_TIMED_OUT, ask(0, 1, &seen, &l));
	link_close(l);
	finish(pid);
}

/* Causes with a cure of their own; each is a line on standard error. */
ATF_TC_WITHOUT_HEAD(no_server);
ATF_TC_BODY(no_server, tc)
{
	char	 text[2048];
	FILE	*fp;
	size_t	 n;
	int	 fd;

	ATF_REQUIRE(freopen("err", "w", stderr) != NULL);
	ATF_CHECK(link_open("absent.sock", 0) == NULL);
	ATF_REQUIRE((fd = open("file", O_CREAT | O_WRONLY, 0600)) != -1);
	close(fd);
	ATF_CHECK(link_open("file", 0) == NULL);
	ATF_CHECK(link_open("file/x", 0) == NULL);
	memset(text, 'x', 200);
	text[200] = '\0';
	ATF_CHECK(link_open(text, 0) == NULL);
	fclose(stderr);
	ATF_REQUIRE((fp = fopen("err", "r")) != NULL);
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	fclose(fp);
	ATF_CHECK(strstr(text, "guardiand is not running: nothing answers at "
	    "absent.sock; start it") != NULL);
	ATF_CHECK(strstr(text, "nothing answers at file/x") != NULL);
	ATF_CHECK(strstr(text, "too long for the name of a socket") != NULL);
}

static void
act_status(struct channel *ch, uint32_t type)
{
	struct ctl_proc		 p;
	struct ctl_status	 s;

	if (type != IMSG_CTL_STATUS_GET)
		_exit(3);
	memset(&p, 0, sizeof(p));
	p.role = PROC_PROXY;
	p.instance = 1;
	p.generation = 7;
	p.pid = 4242;
	p.uid = 987;
	p.state = PROC_READY;
	p.restarts = 3;
	p.started_ms = INT64_C(1777207530000);
	strlcpy(p.sandbox, "seccomp landlock/2 nnp", sizeof(p.sandbox));
	strlcpy(p.promises, "stdio inet", sizeof(p.promises));
	p.degraded = 1;
	p.stats.v[STAT_REQUESTS] = 11;
	p.stats.v[STAT_DECODED] = 77;
	p.stats.v[STAT_FINDINGS] = 99;	/* not the logger's: not counted */
	msg_proc_send(ch, IMSG_REPLY_PROC, 0, &p);
	memset(&p, 0, sizeof(p));
	p.role = PROC_LOGGER;
	p.state = PROC_DEAD;
	p.stats.v[STAT_FINDINGS] = 5;
	p.stats.v[STAT_REQUESTS] = 2;
	msg_proc_send(ch, IMSG_REPLY_PROC, 0, &p);
	memset(&s, 0, sizeof(s));
	strlcpy(s.version, "9.9\033[2J", sizeof(s.version));
	s.started_ms = INT64_C(1777207530000);
	s.generation = 7;
	s.unprivileged = 1;
	s.scan_limit = 4 * 1024 * 1024;
	s.listeners = 6;
	strlcpy(s.listen[0], "127.0.0.1:8888", sizeof(s.listen[0]));
	strlcpy(s.config, "/etc/x.conf", sizeof(s.config));
	strlcpy(s.logdir, "/var/log/x", sizeof(s.logdir));
	msg_status_send(ch, IMSG_REPLY_STATUS, 0, &s);
	msg_end_send(ch, IMSG_REPLY_END, 0, 1, "");
}

static void
expect(const char *text, const char *want)
{
	if (strstr(text, want) == NULL)
		atf_tc_fail_nonfatal("no \"%s\" in:\n%s", want, text);
}

ATF_TC_WITHOUT_HEAD(status);
ATF_TC_BODY(status, tc)
{
	char		 text[16384];
	struct status	 st = { 0 };
	struct link	*l;
	FILE		*fp;
	size_t		 n;
	pid_t		 pid = start(act_status);

	ATF_REQUIRE((l = link_open(PATH, 0)) != NULL);
	ATF_REQUIRE_EQ(0, link_request(l, IMSG_CTL_STATUS_GET, NULL));
	ATF_REQUIRE_EQ(LINK_OK, link_run(l, &status_ops, &st, 10, 0));
	link_close(l);
	finish(pid);
	ATF_REQUIRE_EQ(2, st.nprocs);
	ATF_REQUIRE_EQ(1, st.has_suite);
	st.now_ms = st.suite.started_ms + 3 * 3600000 + 62000;

	ATF_REQUIRE(freopen("out", "w", stdout) != NULL);
	status_print(&st);
	status_print_json(&st);
	metrics_print(&st);
	fflush(stdout);
	ATF_REQUIRE((fp = fopen("out", "r")) != NULL);
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	fclose(fp);
	expect(text, "guardiand 9.9\\u001b[2J, mode detect, up 3h 1m since "
	    "2026-04-26T12:45:30.000Z\n");
	expect(text, "/etc/x.conf, generation 7\n");
	expect(text, "listening on   127.0.0.1:8888\n");
	expect(text, "and 2 more\n");
	expect(text, "scan limit     4M a message\n");
	expect(text, "privileges     reduced");
	expect(text, "proxy-worker/1         7     4242        987  ready   "
	    "    3h 1m        3\n");
	expect(text, "proxy-worker/1       * seccomp landlock/2 nnp  stdio "
	    "inet\n");
	/* a dead process has neither pid nor uptime */
	expect(text, "logger                 0        -          0  dead    "
	    "        -        0\n");
	expect(text, "\"process\":\"logger\",\"instance\":0,\"generation\":0,"
	    "\"pid\":null,\"uid\":0,\"state\":\"dead\",\"started\":null,"
	    "\"uptime_seconds\":null,");
	expect(text, "requests       13, ");
	expect(text, "decoded        77 bytes of text");
	expect(text, "\"bytes_decoded\":77");
	expect(text, "findings       5 written, ");
	expect(text, "{\"schema_version\":"
	    "\"clawsec-traffic-guardian-status/v1\",");
	expect(text, "\"process\":\"proxy-worker\",\"instance\":1,"
	    "\"generation\":7,\"pid\":4242,\"uid\":987,\"state\":\"ready\"");
	expect(text, "\"enforced\":[\"seccomp\",\"landlock/2\",\"nnp\"],"
	    "\"allowed\":[\"stdio\",\"inet\"],\"degraded\":true");
	expect(text, "\"privileges\":\"reduced\"");
	expect(text, "\nguardian_build_info{version=\"9.9\\\\u001b[2J\"} 1\n");
	expect(text, "\nguardian_uptime_seconds 10862\n");
	expect(text, "\n# TYPE guardian_process_restarts_total counter\n"
	    "guardian_process_restarts_total{process=\"proxy-worker\","
	    "instance=\"1\",generation=\"7\"} 3\n");
	expect(text, "\nguardian_process_up{process=\"logger\","
	    "instance=\"0\",generation=\"0\"} 0\n");
	ATF_CHECK(strstr(text, "uptime_seconds{process=\"logger\"") == NULL);
	expect(text, "\nguardian_bytes_decoded_total 77\n");
	expect(text, "\nguardian_findings_total 5\n");
	expect(text, "\n# TYPE guardian_queued gauge\nguardian_queued 0\n");
	ATF_CHECK(strchr(text, '\033') == NULL);
	status_free(&st);
}

/* A counter without a name, a kind or a help would be no valid line. */
ATF_TC_WITHOUT_HEAD(metrics_table);
ATF_TC_BODY(metrics_table, tc)
{
	unsigned int	 i;

	for (i = 0; i < STAT_MAX; i++) {
		ATF_CHECK_MSG(stat_name(i) != NULL, "%u has no name", i);
		ATF_CHECK_MSG(metrics_kind(i) != METRICS_NONE,
		    "%u has no kind", i);
		ATF_CHECK_MSG(metrics_help(i) != NULL &&
		    strpbrk(metrics_help(i), "\\\n") == NULL,
		    "%u has no help", i);
	}
	ATF_CHECK_EQ(METRICS_NONE, metrics_kind(STAT_MAX));
	ATF_CHECK(metrics_help(STAT_MAX) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, stopped);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, closed_early);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, wrong_sender);
	ATF_TP_ADD_TC(tp, malformed_payload);
	ATF_TP_ADD_TC(tp, silent);
	ATF_TP_ADD_TC(tp, no_server);
	ATF_TP_ADD_TC(tp, status);
	ATF_TP_ADD_TC(tp, metrics_table);
	return atf_no_error();
}
