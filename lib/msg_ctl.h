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

#ifndef MSG_CTL_H
#define MSG_CTL_H

#include <stdint.h>

#include "msg.h"
#include "msg_leaf.h"
#include "stats.h"

struct channel;

/*
 * guardianctl's protocol on the control socket, imsg framing, no descriptors.
 * guardianctl sends one request (each starts with MSG_VERSION); the answer is
 * REPLY_* messages up to REPLY_END.  For queries the control process hands the
 * connection to the logger, which answers on it directly.
 */

/* A query on findings or events; unset fields are 0 or "". */
struct ctl_query {
	uint32_t	 limit;			/* newest N; 0: all there are */
	int64_t		 since_ms;		/* UTC; 0: any time */
	char		 pattern[MSG_CLIENT_SIZE];
	uint8_t		 min_severity;		/* enum finding_severity */
	char		 client[MSG_CLIENT_SIZE];
	uint8_t		 what;			/* enum ctl_what */
	uint32_t	 uid;			/* who asks: control's word */
};

enum ctl_what {
	CTL_FINDINGS,
	CTL_FOLLOW,		/* findings, then new ones as they come */
	CTL_EVENTS,
	CTL_WHAT_MAX
};

enum ctl_verb {
	CTL_RELOAD,
	CTL_STOP,
	CTL_ROTATE,
	CTL_CA_ROTATE,
	CTL_UPGRADE,
	CTL_VERB_MAX
};

struct ctl_proc {
	uint8_t		 role;
	uint32_t	 instance;
	uint32_t	 generation;
	int32_t		 pid;
	uint32_t	 uid;
	uint8_t		 state;			/* enum proc_state */
	uint32_t	 restarts;
	int64_t		 started_ms;
	uint8_t		 degraded;
	char		 sandbox[256];
	char		 promises[128];
	struct child_stats stats;
};

enum proc_state {
	PROC_STARTING,
	PROC_READY,
	PROC_DRAINING,
	PROC_DEAD,		/* waiting for its restart */
	PROC_SILENT,		/* did not answer in time */
	PROC_STATE_MAX
};

struct ctl_status {
	char		 version[32];
	int64_t		 started_ms;
	uint32_t	 generation;
	uint8_t		 unprivileged;
	uint64_t	 scan_limit;
	uint32_t	 listeners;
	char		 listen[4][MSG_DEST_SIZE];	/* the first four */
	uint32_t	 mcp_listeners;
	char		 mcp_listen[2][MSG_DEST_SIZE];	/* the first two */
	uint32_t	 mcp_clients;	/* that may ask mcpd */
	char		 proxy_url[256];	/* advertised to clients */
	char		 config[256];		/* file, or "" for defaults */
	char		 logdir[256];
	uint8_t		 inspects;		/* HTTPS, and with what CA: */
	uint8_t		 fingerprint[CA_FINGERPRINT_SIZE]; /* or zeroes */
	int64_t		 ca_not_after;		/* seconds since 1970, or 0 */
};

struct ctl_end {
	uint8_t		 ok;
	char		 text[MSG_DETAIL_SIZE];	/* reason, or "" */
};

/* requests: guardianctl to control (version first), control to logger (+fd) */
int	msg_ctl_send_plain(struct channel *, uint32_t type);
int	msg_ctl_recv_plain(struct imsg *, uint32_t *version);
int	msg_ctl_send_query(struct channel *, const struct ctl_query *);
int	msg_ctl_recv_query(struct imsg *, uint32_t *version,
	    struct ctl_query *);
int	msg_control_send_client(struct channel *, int fd,
	    const struct ctl_query *);
int	msg_control_recv_client(struct imsg *, int *fd, struct ctl_query *);
int	msg_control_send_verb(struct channel *, uint32_t id, enum ctl_verb);
int	msg_control_recv_verb(struct imsg *, enum ctl_verb *);

/* answers; type is the IMSG_PARENT_* or the IMSG_REPLY_* twin */
int	msg_proc_send(struct channel *, uint32_t type, uint32_t id,
	    const struct ctl_proc *);
int	msg_proc_recv(struct imsg *, struct ctl_proc *);
int	msg_status_send(struct channel *, uint32_t type, uint32_t id,
	    const struct ctl_status *);
int	msg_status_recv(struct imsg *, struct ctl_status *);
int	msg_end_send(struct channel *, uint32_t type, uint32_t id, int ok,
	    const char *text);
int	msg_end_recv(struct imsg *, struct ctl_end *);
/* one line of JSON without its newline, at most MSG_PAYLOAD_MAX bytes */
int	msg_line_send(struct channel *, const char *, size_t);
int	msg_line_recv(struct imsg *, const char **, size_t *);

#endif /* MSG_CTL_H */
