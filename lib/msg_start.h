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

#ifndef MSG_START_H
#define MSG_START_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>

#include "msg.h"
#include "prefix.h"
#include "stats.h"

struct channel;

/*
 * What the parent tells its children, and what they answer.  Every send
 * function returns 0 or -1 (nothing queued); every recv function returns 0,
 * or -1 when the payload is malformed.
 */

#define INIT_UNPRIVILEGED	0x01	/* keep the uid, no chroot */
#define INIT_SYSLOG		0x02	/* descriptor 2 is syslog's socket */

struct msg_init {
	uint32_t	 version;	/* MSG_VERSION */
	uint8_t		 role;
	uint8_t		 flags;
	uint8_t		 verbose;
	uint32_t	 instance;
	uint32_t	 generation;
	uint32_t	 uid;		/* unless INIT_UNPRIVILEGED */
	uint32_t	 gid;
	char		 chroot[256];	/* absolute; "" when unprivileged */
};

#define OVERLOAD_BACKPRESSURE	0
#define OVERLOAD_SHED		1

struct msg_settings {
	uint64_t	 scan_limit;	/* bytes of a message */
	uint32_t	 dedup_window;	/* seconds */
	uint8_t		 overload;
	uint64_t	 rotate;	/* bytes of a log file */
	uint32_t	 keep;		/* rotated ones of a client, open */
	uint32_t	 detectors;	/* in this generation */
	uint32_t	 proxies;
	uint32_t	 generation;
};

struct msg_client {
	char		 name[MSG_CLIENT_SIZE];
	uint8_t		 has_credential;
	uint8_t		 credential[32];	/* SHA-256 of the password */
	uint64_t	 quota;		/* finding bytes a day; 0: default */
	uint8_t		 asks;		/* mcpd may ask for its findings */
};

struct msg_prefix {
	char		 client[MSG_CLIENT_SIZE]; /* "": for every client */
	struct prefix	 prefix;
};

/* Files of the logger. */
enum file_kind {
	FILE_FINDINGS,		/* findings.jsonl */
	FILE_EVENTS,		/* events.jsonl */
	FILE_JOURNAL,		/* ids of written findings */
	FILE_CLIENT,		/* clients/NAME/findings.jsonl */
	FILE_CLIENT_OLD,	/* ... as rotated, for reading, oldest first */
	FILE_FINDINGS_CHAIN,	/* sent before the log that it belongs to */
	FILE_EVENTS_CHAIN,
	FILE_KIND_MAX
};

struct msg_file {
	uint8_t		 kind;
	char		 client[MSG_CLIENT_SIZE]; /* FILE_CLIENT* only */
};

struct msg_peer {
	uint8_t		 role;
	uint32_t	 instance;
	uint32_t	 generation;
	uint32_t	 total;		/* processes of that role in it */
	uint32_t	 serial;	/* of this very process, never again */
};

/* Whose channel was ended for a breach; generation 0: it outlives reloads. */
struct msg_breach {
	uint8_t		 role;
	uint32_t	 instance;
	uint32_t	 generation;
	uint32_t	 serial;	/* not its replacement */
};

struct msg_ready {
	uint8_t		 degraded;
	char		 sandbox[256];	/* what is enforced, in words */
	char		 promises[128];	/* the policy's words */
};

int	msg_init_send(struct channel *, const struct msg_init *);
int	msg_init_recv(struct imsg *, struct msg_init *);
int	msg_settings_send(struct channel *, const struct msg_settings *);
int	msg_settings_recv(struct imsg *, struct msg_settings *);
/* IMSG_PARENT_LISTENER_SEND: fd is sent and closed; address for messages */
int	msg_listener_send(struct channel *, int fd,
	    const struct sockaddr *, socklen_t);
int	msg_listener_recv(struct imsg *, int *fd, struct sockaddr_storage *,
	    socklen_t *);
int	msg_client_send(struct channel *, const struct msg_client *);
int	msg_client_recv(struct imsg *, struct msg_client *);
/*
 * CLIENTADDR_SEND, ALLOW_SEND, HOSTADDR_SEND share one payload.  HOSTADDR and
 * the texts below also come at run time, when the host changes: id 1 marks the
 * first message of a new list or text, which replaces the old one; those with
 * id 0 add to it.
 */
int	msg_prefix_send(struct channel *, uint32_t type, uint32_t id,
	    const struct msg_prefix *);
int	msg_prefix_recv(struct imsg *, struct msg_prefix *);
/* RESOLV_SEND and HOSTS_SEND: the text in pieces, in order */
int	msg_text_send(struct channel *, uint32_t type, const char *, size_t);
int	msg_text_recv(struct imsg *, const char **, size_t *);
int	msg_file_send(struct channel *, int fd, const struct msg_file *);
int	msg_file_recv(struct imsg *, int *fd, struct msg_file *);
int	msg_rotate_send(struct channel *, const struct msg_file *);
int	msg_rotate_recv(struct imsg *, struct msg_file *);
int	msg_peer_send(struct channel *, int fd, const struct msg_peer *);
int	msg_peer_recv(struct imsg *, int *fd, struct msg_peer *);
int	msg_breach_send(struct channel *, const struct msg_breach *);
int	msg_breach_recv(struct imsg *, struct msg_breach *);
int	msg_ready_send(struct channel *, const struct msg_ready *);
int	msg_ready_recv(struct imsg *, struct msg_ready *);
int	msg_stats_send(struct channel *, const struct child_stats *);
int	msg_stats_recv(struct imsg *, struct child_stats *);

#endif /* MSG_START_H */
