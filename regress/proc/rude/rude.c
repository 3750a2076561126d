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
 * A process of the suite that somebody took over.  It stands in libexec under
 * the name of a real one, which lies beside it as NAME.real, and does what the
 * file NAME.mode says: "good" (be the real one), or TARGET ACTION, where the
 * target is the role on the other end of one of its channels.  Instance 0 is
 * always good, so that there is somebody to go on.  It starts as the real one
 * would, and becomes rude once it is told to run.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "msg_archive.h"
#include "msg_ctl.h"
#include "msg_finding.h"
#include "msg_flow.h"
#include "msg_leaf.h"
#include "msg_start.h"

#define PEERS_MAX	16

struct rude {
	struct event_base	*base;
	struct channel		*parent;
	enum proc_role		 self;
	enum proc_role		 target;
	char			 action[32];
	int			 fds[PEERS_MAX];	/* to the target */
	size_t			 nfds;
	int			 work[ARCHIVE_FILES];
	uint64_t		 size;		/* of the work */
};

/* A header as no honest sender writes it, and what follows; one descriptor. */
static int
raw(int fd, uint32_t type, uint32_t id, uint32_t len, const void *data,
    size_t n, int with)
{
	struct imsg_hdr	 hdr;
	struct iovec	 iov[2];
	struct msghdr	 msg;
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(sizeof(int))];
	}		 control;
	struct cmsghdr	*c;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = len;
	hdr.peerid = id;
	memset(&msg, 0, sizeof(msg));
	iov[0].iov_base = &hdr;
	iov[0].iov_len = sizeof(hdr);
	iov[1].iov_base = (void *)(uintptr_t)data;
	iov[1].iov_len = n;
	msg.msg_iov = iov;
	msg.msg_iovlen = 2;
	if (with != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_len = CMSG_LEN(sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(c), &with, sizeof(with));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* A message that is what its header says. */
static int
whole(int fd, uint32_t type, uint32_t id, const void *data, size_t n, int with)
{
	return raw(fd, type, id, (uint32_t)(n + IMSG_HEADER_SIZE) |
	    (with == -1 ? 0 : 0x80000000U), data, n, with);
}

/* Blocks, whatever the channel's code did to the descriptor. */
static void
blocking(int fd)
{
	int	 flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
		fatal("fcntl");
}

/* What this role may send to the target and has a payload of any length. */
static uint32_t
usual(const struct rude *r)
{
	if (r->target == PROC_PARENT)
		return IMSG_CHILD_READY;
	if (r->self == PROC_DETECTOR)
		return r->target == PROC_LOGGER ? IMSG_DETECTOR_FINDING_ADD :
		    IMSG_DETECTOR_MESSAGE_DONE;
	if (r->self == PROC_CONTROL)
		return IMSG_CONTROL_CLIENT_PASS;
	if (r->self == PROC_MCPD)
		return IMSG_MCPD_FINDINGS_GET;
	if (r->self == PROC_LOGGER)
		return r->target == PROC_MCPD ? IMSG_LOGGER_FINDINGS_END :
		    IMSG_LOGGER_FINDING_ACK;
	if (r->self == PROC_KEEPER && r->target == PROC_PROXY)
		return IMSG_KEEPER_LEAF_RESULT;
	if (r->target == PROC_KEEPER)
		return IMSG_PROXY_LEAF_SIGN;
	return r->target == PROC_LOGGER ? IMSG_ANY_EVENT_ADD :
	    IMSG_PROXY_MESSAGE_OPEN;
}

/* A message that is well formed and comes when it must not. */
static void
out_of_order(const struct rude *r, int fd)
{
	static const uint8_t	 data[] = { FLOW_BODY, 'x' };
	static const uint8_t	 end[11];

	if (r->target == PROC_PARENT)
		whole(fd, IMSG_CHILD_DRAINED, 0, NULL, 0, -1);
	else if (r->self == PROC_DETECTOR)
		whole(fd, IMSG_DETECTOR_MESSAGE_DONE, 12345, NULL, 0, -1);
	else if (r->self == PROC_PROXY) {
		whole(fd, IMSG_PROXY_MESSAGE_DATA, 12345, data, sizeof(data),
		    -1);
		whole(fd, IMSG_PROXY_MESSAGE_END, 12345, end, sizeof(end), -1);
	}
}

/* A sound message about another CA, when nobody has asked for one. */
static void
unasked(int fd)
{
	uint8_t	 ca[1 + CA_FINGERPRINT_SIZE + 8 + 2 + 4];

	memset(ca, 0, sizeof(ca));
	ca[0] = 1;
	ca[sizeof(ca) - 5] = 4;		/* the length of a text, and it */
	memcpy(ca + sizeof(ca) - 4, "PEM\n", 4);
	whole(fd, IMSG_KEEPER_CA_SEND, 0, ca, sizeof(ca), -1);
}

/*
 * Asks without end and never reads an answer; what must end it is the bound
 * on the answers' queue, so pings are not what it fails at.
 */
static void
flood(const struct rude *r, int fd)
{
	struct ibuf	*m;
	uint8_t		 id[FINDING_ID_SIZE + FINDING_FP_SIZE];
	uint8_t		 kinds[4] = { 0, 0, 0, 0 };
	uint32_t	 type, n;

	if ((m = ibuf_dynamic(256, 1024)) == NULL)
		fatal("ibuf");
	memset(id, 1, sizeof(id));
	if (r->self == PROC_CONTROL)
		type = IMSG_CONTROL_STATUS_GET;
	else {
		/* for a client that does not exist: refused, acknowledged */
		type = IMSG_DETECTOR_FINDING_ADD;
		if (ibuf_add(m, id, sizeof(id)) == -1 ||
		    msg_add_str(m, "nobody") == -1 ||
		    ibuf_add(m, kinds, sizeof(kinds)) == -1 ||
		    msg_add_str(m, "ai_api_key") == -1 ||
		    msg_add_str(m, "127.0.0.1") == -1 ||
		    msg_add_str(m, "example.com:80") == -1 ||
		    msg_add_str(m, "sk-[REDACTED]") == -1 ||
		    ibuf_add_n64(m, 1) == -1)
			fatal("finding");
	}
	for (n = 0; n < 2000000; n++)
		if (whole(fd, type, n, ibuf_data(m), ibuf_size(m), -1) == -1)
			break;
	ibuf_free(m);
}

/* Asks over and over for what it is refused, and ends. */
static __dead void
insist(const struct rude *r, int fd)
{
	static const char	 nobody[] = { FILE_CLIENT, 0, 6, 'n', 'o', 'b',
				    'o', 'd', 'y' };
	static const char	 reload[] = { CTL_RELOAD };
	uint32_t		 n;

	for (n = 0; n < 5000; n++)
		if ((r->self == PROC_LOGGER ? whole(fd,
		    IMSG_LOGGER_FILE_ROTATE, n, nobody, sizeof(nobody), -1) :
		    whole(fd, IMSG_CONTROL_VERB_RUN, n, reload,
		    sizeof(reload), -1)) == -1)
			break;
	exit(0);
}

static void
misbehave(const struct rude *r, int fd)
{
	static uint8_t	 junk[65536];
	const char	*a = r->action;
	int		 i;

	blocking(fd);
	memset(junk, 0xff, sizeof(junk));
	if (strcmp(a, "garbage") == 0)
		(void)!send(fd, junk, sizeof(junk), MSG_NOSIGNAL);
	else if (strcmp(a, "short_header") == 0)
		raw(fd, usual(r), 0, 3, NULL, 0, -1);
	else if (strcmp(a, "oversized") == 0)
		raw(fd, usual(r), 0, 0x7ffffff0, junk, 100, -1);
	else if (strcmp(a, "truncated") == 0) {
		raw(fd, usual(r), 0, 100, junk, 20, -1);
		shutdown(fd, SHUT_RDWR);
	} else if (strcmp(a, "no_such_type") == 0)
		whole(fd, IMSG_MAX, 0, junk, 20, -1);
	else if (strcmp(a, "not_mine") == 0)
		whole(fd, IMSG_PARENT_CHILD_DRAIN, 0, NULL, 0, -1);
	else if (strcmp(a, "stop_service") == 0)
		whole(fd, IMSG_CONTROL_VERB_RUN, 1, "\1", 1, -1);
	else if (strcmp(a, "bad_payload") == 0)
		whole(fd, usual(r), 0, junk, 100, -1);
	else if (strcmp(a, "empty_payload") == 0)
		whole(fd, usual(r), 0, NULL, 0, -1);
	else if (strcmp(a, "out_of_order") == 0)
		out_of_order(r, fd);
	else if (strcmp(a, "descriptors") == 0) {
		for (i = 0; i < 300; i++)
			if (whole(fd, IMSG_CHILD_PONG, 0, junk, 2, fd) == -1)
				break;
	} else if (strcmp(a, "no_descriptor") == 0)
		whole(fd, IMSG_CONTROL_CLIENT_PASS, 0, "\0\0\0\0"
		    "\0\0\0\0" "\0\0\0\0\0\0\0\0" "\0\0" "\0" "\0\0" "\0",
		    22, -1);
	else if (strcmp(a, "flood") == 0)
		flood(r, fd);
	else if (strcmp(a, "insist") == 0)
		insist(r, fd);
	else if (strcmp(a, "unasked") == 0)
		unasked(fd);
	else if (strcmp(a, "close") == 0)
		shutdown(fd, SHUT_RDWR);
	else if (strcmp(a, "deaf") != 0)
		fatalx("no such action: %s", a);
}

static void
rude_run(struct rude *r)
{
	size_t	 i;

	log_notice("rude: %s, %s", proc_name(r->target), r->action);
	if (r->target == PROC_PARENT)
		misbehave(r, PROC_FD);
	for (i = 0; i < r->nfds; i++)
		misbehave(r, r->fds[i]);
	/* whoever closes, or is deaf, to the parent stays as it is */
	if (r->target == PROC_PARENT)
		for (;;)
			pause();
}

static void
tell_ready(struct channel *ch)
{
	struct msg_ready	 ready;

	memset(&ready, 0, sizeof(ready));
	strlcpy(ready.sandbox, "none", sizeof(ready.sandbox));
	if (msg_ready_send(ch, &ready) == -1)
		fatal("ready");
}

/* A log-archiver that says that it has done what it was to do. */
static void
rude_archive(struct rude *r, struct channel *ch)
{
	static char	 nothing[64 * 1024];
	struct msg_done	 d;
	struct stat	 st;
	uint64_t	 left;
	size_t		 n;
	int		 packed = r->work[ARCHIVE_PACKED];

	log_notice("rude: %s, %s", proc_name(r->target), r->action);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("signal");
	memset(&d, 0, sizeof(d));
	d.in = r->size;
	if (strcmp(r->action, "pack_nothing") == 0)
		;
	else if (strcmp(r->action, "pack_other") == 0) {
		/* what gzip(1) makes of the word "other" */
		d.out = 25;
		if (write(packed, "\x1f\x8b\x08\0\0\0\0\0\0\x03"
		    "\xcb\x2f\xc9\x48\x2d\x02\0\x20\x35\x58\xd9"
		    "\x05\0\0\0", 25) != 25)
			fatal("write");
	} else if (strcmp(r->action, "unpack") == 0) {
		if (fstat(packed, &st) == -1)
			fatal("fstat");
		d.in = (uint64_t)st.st_size;
		for (left = r->size; left > 0; left -= n) {
			n = left < sizeof(nothing) ? (size_t)left :
			    sizeof(nothing);
			if (write(r->work[ARCHIVE_PIPE], nothing, n) == -1)
				break;		/* found out already */
		}
		d.out = r->size;
	} else {
		misbehave(r, PROC_FD);
		for (;;)
			pause();
	}
	if (msg_done_send(ch, &d) == -1)
		fatal("done");
	channel_push(ch);
	exit(0);
}

static int
rude_dispatch(struct channel *ch, struct imsg *imsg, void *arg)
{
	struct rude		*r = arg;
	struct msg_peer		 peer;
	struct child_stats	 stats;
	struct msg_work		 work;
	uint8_t			 which;
	int			 fd;

	switch (imsg_get_type(imsg)) {
	case IMSG_PARENT_WORKFILE_SEND:
		if (msg_workfile_recv(imsg, &which, &fd) == -1)
			fatal("work file");
		r->work[which] = fd;
		break;
	case IMSG_PARENT_WORK_SEND:
		if (msg_work_recv(imsg, &work) == -1)
			fatal("work");
		r->size = work.size;
		break;
	case IMSG_PARENT_PEER_SEND:
		if (msg_peer_recv(imsg, &fd, &peer) == -1)
			fatal("peer");
		if (peer.role == r->target && r->nfds < PEERS_MAX)
			r->fds[r->nfds++] = fd;
		break;
	case IMSG_PARENT_CONFIG_END:
		if (strcmp(r->action, "early_close") == 0) {
			log_notice("rude: %s, %s", proc_name(r->target),
			    r->action);
			shutdown(PROC_FD, SHUT_RDWR);
			for (;;)
				pause();
		}
		if (strcmp(r->action, "late") == 0) {
			log_notice("rude: %s, %s", proc_name(r->target),
			    r->action);
			break;
		}
		tell_ready(ch);
		if (r->self == PROC_ARCHIVER)
			rude_archive(r, ch);
		break;
	case IMSG_PARENT_CHILD_RUN:
		rude_run(r);
		break;
	case IMSG_PARENT_CHILD_PING:
		memset(&stats, 0, sizeof(stats));
		if (msg_stats_send(ch, &stats) == -1)
			fatal("pong");
		break;
	case IMSG_PARENT_CHILD_DRAIN:
		/* told to end while it started, which nobody is to blame for */
		if (strcmp(r->action, "late") == 0) {
			tell_ready(ch);
			if (channel_send(ch, IMSG_CHILD_DRAINED, 0, -1, NULL,
			    0) == -1 || channel_flush(ch) == -1)
				fatal("drained");
			break;
		}
		exit(0);
	}
	return 0;
}

static void
rude_dead(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	(void)arg;
	exit(0);
}

/* What there is to do, from the file beside the program. */
static void
rude_mode(struct rude *r, const char *path)
{
	FILE	*fp;
	char	 name[1024], line[128], target[64];

	snprintf(name, sizeof(name), "%s.mode", path);
	if ((fp = fopen(name, "r")) == NULL)
		fatal("%s", name);
	if (fgets(line, sizeof(line), fp) == NULL)
		fatalx("%s is empty", name);
	fclose(fp);
	if (sscanf(line, "%63s %31s", target, r->action) != 2)
		r->action[0] = '\0';
	else
		r->target = proc_by_name(target);
}

/* The instance, from INIT, which the real one must still find. */
static uint32_t
rude_instance(void)
{
	uint8_t		 buf[IMSG_HEADER_SIZE + 11];
	uint32_t	 n;

	if (recv(PROC_FD, buf, sizeof(buf), MSG_PEEK | MSG_WAITALL) !=
	    (ssize_t)sizeof(buf))
		fatal("no INIT");
	memcpy(&n, buf + IMSG_HEADER_SIZE + 7, sizeof(n));
	return n;		/* in network order, but zero is zero */
}

/*
 * Only one process is rude, the first that gets here: its replacement may be
 * started before the test has changed the mode.  The mark is in the state
 * directory, where the parent's sandbox lets its children write.
 */
static int
rude_claim(const char *path)
{
	char	 mark[1024], *slash;
	int	 fd, i;

	if (strlcpy(mark, path, sizeof(mark)) >= sizeof(mark))
		fatalx("path too long");
	for (i = 0; i < 3; i++)		/* suite/libexec/NAME */
		if ((slash = strrchr(mark, '/')) != NULL)
			*slash = '\0';
	if (strlcat(mark, "/home/state/rude", sizeof(mark)) >= sizeof(mark))
		fatalx("path too long");
	if ((fd = open(mark, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1) {
		if (errno != EEXIST)
			fatal("%s", mark);
		return 0;
	}
	close(fd);
	return 1;
}

int
main(int argc, char **argv)
{
	static struct rude	 r;
	char			*slash, real[1024];

	log_init("rude", LOG_SINK_STDERR, 0);
	slash = strrchr(argv[0], '/');
	r.self = proc_by_name(slash == NULL ? argv[0] : slash + 1);
	if (argc != 1 || r.self == PROC_MAX)
		fatalx("started by guardiand only");
	rude_mode(&r, argv[0]);
	if (r.action[0] == '\0' || ((r.self == PROC_PROXY ||
	    r.self == PROC_DETECTOR) && rude_instance() == 0) ||
	    (r.self == PROC_ARCHIVER && ntohl(rude_instance()) !=
	    (strncmp(r.action, "pack", 4) == 0 ? ARCHIVE_PACK :
	    ARCHIVE_UNPACK)) ||
	    !rude_claim(argv[0])) {
		snprintf(real, sizeof(real), "%s.real", argv[0]);
		execv(real, argv);
		fatal("%s", real);
	}
	if (signal(SIGTERM, SIG_IGN) == SIG_ERR ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR)
		fatal("signal");
	if ((r.base = event_base_new()) == NULL ||
	    (r.parent = channel_new(r.base, PROC_FD, r.self, PROC_PARENT,
	    MSG_PAYLOAD_MAX, 1, rude_dispatch, rude_dead, &r)) == NULL)
		fatal("channel");
	event_base_dispatch(r.base);
	return 0;
}
