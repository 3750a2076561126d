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

#ifndef MSG_H
#define MSG_H

#include <stddef.h>
#include <stdint.h>

#include "proc.h"

struct ibuf;
struct imsg;

/*
 * The messages between the processes.  A type's name is
 * IMSG_<OWNER>_<NOUN>_<VERB>, its owner being the sender.  msg_matrix.c has
 * for every type who may send it to whom, its size bounds and whether a
 * descriptor comes with it; msg_*.h have a pair of functions for each payload.
 * Payloads are written and read field by field, integers in network order.
 * A change of any payload changes MSG_VERSION: the first message of a child
 * and of guardianctl carries it.
 */
#define MSG_VERSION		14

/* Payload of most channels, and of those that carry traffic. */
#define MSG_PAYLOAD_MAX		(16384 - 16)
#define MSG_FLOW_PAYLOAD_MAX	(88 * 1024)

/* Sizes of the strings in messages, with the NUL that is not sent. */
#define MSG_CLIENT_SIZE		64	/* client block name */
#define MSG_ADDR_SIZE		64	/* address literal, scope included */
#define MSG_HOST_SIZE		256	/* host name, RFC 1035 2.3.4 */
#define MSG_DEST_SIZE		272	/* host:port, [v6]:port */
#define MSG_TOKEN_SIZE		48	/* reason words: [a-z0-9_]+ */
#define MSG_DETAIL_SIZE		256	/* printable text of the parent's own */

enum msg_type {
	/* start-up: parent to any child, in this order */
	IMSG_PARENT_INIT_SEND = 1,	/* version, role, uid, chroot */
	IMSG_PARENT_SETTINGS_SEND,	/* limits, dedup window, overload */
	IMSG_PARENT_LISTENER_SEND,	/* +fd: proxy-worker */
	IMSG_PARENT_CLIENT_SEND,	/* client block */
	IMSG_PARENT_CLIENTADDR_SEND,	/* source prefix of a client */
	IMSG_PARENT_ALLOW_SEND,		/* allowed destination */
	IMSG_PARENT_HOSTADDR_SEND,	/* an address of this host */
	IMSG_PARENT_RESOLV_SEND,	/* piece of resolv.conf */
	IMSG_PARENT_HOSTS_SEND,		/* piece of the hosts file */
	IMSG_PARENT_KEY_SEND,		/* +fd: fingerprint key, detector */
	IMSG_PARENT_FILE_SEND,		/* +fd: log file, logger */
	IMSG_PARENT_SOCKET_SEND,	/* +fd: control socket, control */
	IMSG_PARENT_PEER_SEND,		/* +fd: socket to another child */
	IMSG_PARENT_CONFIG_END,		/* all sent: start, enter sandbox */
	IMSG_PARENT_CHILD_RUN,		/* everyone is ready: go */
	/* at run time */
	IMSG_PARENT_CHILD_DRAIN,	/* no new work, exit when idle */
	IMSG_PARENT_CHILD_PING,
	IMSG_PARENT_RECONF_BEGIN,	/* logger, mcpd: new clients follow */
	IMSG_PARENT_STATUS_PROC,	/* control: one process */
	IMSG_PARENT_STATUS_END,		/* control: the rest of it */
	IMSG_PARENT_VERB_RESULT,	/* control: reload, stop */
	/* any child to parent */
	IMSG_CHILD_READY,		/* what the sandbox enforces */
	IMSG_CHILD_PONG,		/* counters */
	IMSG_CHILD_DRAINED,
	/* logger to parent */
	IMSG_LOGGER_FILE_ROTATE,
	/* control to parent, control to logger */
	IMSG_CONTROL_STATUS_GET,
	IMSG_CONTROL_VERB_RUN,
	IMSG_CONTROL_CLIENT_PASS,	/* +fd: a query for the logger */
	/* proxy-worker and detector-worker */
	IMSG_PROXY_MESSAGE_OPEN,
	IMSG_PROXY_MESSAGE_DATA,
	IMSG_PROXY_MESSAGE_END,
	IMSG_PROXY_PROBE_BEGIN,
	IMSG_PROXY_PROBE_END,
	IMSG_DETECTOR_MESSAGE_DONE,
	IMSG_DETECTOR_PROBE_STARTED,
	IMSG_DETECTOR_PROBE_PASSED,
	/* to and from the logger */
	IMSG_DETECTOR_FINDING_ADD,
	IMSG_LOGGER_FINDING_ACK,
	IMSG_ANY_EVENT_ADD,		/* parent and every child */
	/* guardianctl and control, guardianctl and logger */
	IMSG_CTL_STATUS_GET,
	IMSG_CTL_FINDINGS_GET,
	IMSG_CTL_FOLLOW_GET,
	IMSG_CTL_EVENTS_GET,
	IMSG_CTL_RELOAD_RUN,
	IMSG_CTL_STOP_RUN,
	IMSG_CTL_ROTATE_RUN,
	IMSG_REPLY_PROC,		/* to guardianctl */
	IMSG_REPLY_STATUS,
	IMSG_REPLY_LINE,		/* one JSON object */
	IMSG_REPLY_END,			/* ok, or a reason in words */
	/* any child to parent: a peer of mine broke the protocol */
	IMSG_CHILD_PEER_BREACH,
	/* the CA: parent, ca-keeper and proxy-workers */
	IMSG_PARENT_HOST_SEND,		/* inspect and passthrough */
	IMSG_PARENT_TRUST_SEND,		/* piece of upstream's CA file */
	IMSG_PARENT_GATEWAY_SEND,	/* the proxy behind us */
	IMSG_PARENT_GATEWAYTRUST_SEND,	/* piece of its CA file */
	IMSG_PARENT_CA_MAKE,		/* +fd: file for a new key */
	IMSG_PARENT_CA_LOAD,		/* +fd: the key's file */
	IMSG_KEEPER_CA_SEND,		/* certificate and fingerprint */
	IMSG_PROXY_LEAF_SIGN,
	IMSG_KEEPER_LEAF_RESULT,
	IMSG_CTL_CAROTATE_RUN,		/* guardianctl to control */
	/* detector-worker and rule-compiler */
	IMSG_DETECTOR_LITERAL_ADD,
	IMSG_DETECTOR_LITERAL_END,	/* that was the last: compile */
	IMSG_COMPILER_DATABASE_DATA,
	IMSG_COMPILER_DATABASE_END,
	/* rules of the configuration: parent to the detectors */
	IMSG_PARENT_CUSTOM_SEND,
	IMSG_PARENT_IGNORE_SEND,
	IMSG_PARENT_RULESET_SEND,
	/* mcpd: parent and logger */
	IMSG_PARENT_ABOUT_SEND,		/* what it may tell of the suite */
	IMSG_PARENT_ASKER_SEND,		/* client block, hash of its token */
	IMSG_PARENT_ASKSOCKET_SEND,	/* +fd: that client's listener */
	IMSG_MCPD_FINDINGS_GET,
	IMSG_MCPD_TOTALS_GET,
	IMSG_LOGGER_FINDINGS_DATA,	/* lines of JSON */
	IMSG_LOGGER_FINDINGS_END,
	IMSG_LOGGER_PATTERNS_DATA,	/* findings by pattern */
	IMSG_LOGGER_TOTALS_END,
	IMSG_ANY_COUNTS_SEND,		/* proxy, detector: one client's */
	IMSG_PARENT_ASKDIR_SEND,	/* mcpd: +fd: tasks, or results */
	IMSG_CTL_UPGRADE_RUN,		/* guardianctl to control */
	IMSG_PARENT_CHILD_FINISH,	/* proxy-worker: no traffic any more */
	/* parent and log-archiver */
	IMSG_PARENT_WORKFILE_SEND,	/* +fd: what it is to work on */
	IMSG_PARENT_WORK_SEND,
	IMSG_ARCHIVER_WORK_DONE,
	IMSG_MAX
};

#define MSG_ROLE(r)	(1U << (r))	/* set of roles in the matrix */

struct msg_rule {
	const char	*name;
	unsigned int	 from;		/* MSG_ROLE() set */
	unsigned int	 to;
	size_t		 min;		/* payload bytes */
	size_t		 max;
	int		 fd;		/* 1: must bring a descriptor */
};

/* The rule of a type, NULL when there is no such type. */
const struct msg_rule	*msg_rule(uint32_t type);
const char		*msg_name(uint32_t type);

/*
 * Holds a received message against the matrix: type, sender, receiver, size,
 * and that no descriptor comes unasked.  Returns NULL when it passes, or a
 * constant text that names the breach.  A descriptor that is missing is noticed
 * by whoever claims it (msg_get_fd).
 */
const char	*msg_check(struct imsg *, enum proc_role from,
		    enum proc_role to);

/*
 * Claims the descriptor of a message whose rule promises one.  Returns it, or
 * -1 when the peer sent none; the caller owns it.
 */
int		 msg_get_fd(struct imsg *);

/*
 * Field accessors on top of ibuf's.  Strings travel as a 16-bit length and the
 * bytes; msg_get_str refuses NUL bytes inside and anything that does not fit
 * in size with the terminator.  All return 0, or -1 with errno set.
 */
int		 msg_add_str(struct ibuf *, const char *);
int		 msg_get_str(struct ibuf *, char *, size_t size);
/* 1 when nothing is left: every reader ends with it, so no tail rides along */
int		 msg_at_end(const struct ibuf *);

/* Both return -1: with EBADMSG; and after freeing a half-built message. */
int		 msg_malformed(void);
int		 msg_abandon(struct ibuf *);

/* 1 for a word of [a-z0-9_], 1 to MSG_TOKEN_SIZE - 1 bytes. */
int		 msg_token_ok(const char *);
/* 1 for a client name: [A-Za-z0-9][A-Za-z0-9_-]*, fits MSG_CLIENT_SIZE. */
int		 msg_client_ok(const char *);
/* 1 for an IPv4 or IPv6 literal, without brackets or scope. */
int		 msg_addr_ok(const char *);

#endif /* MSG_H */
