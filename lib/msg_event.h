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

#ifndef MSG_EVENT_H
#define MSG_EVENT_H

#include <stdint.h>

#include "msg.h"

struct channel;

/*
 * Typed events for events.jsonl.  A child names a type, a reason word and
 * numbers; only the parent may send text (its own configuration errors).  The
 * logger checks everything again and drops what does not fit.
 */
enum event_type {
	EVENT_STARTED,
	EVENT_STOPPED,
	EVENT_CONFIG_LOADED,
	EVENT_CONFIG_REJECTED,
	EVENT_CHILD_STARTED,
	EVENT_CHILD_EXITED,
	EVENT_SANDBOX_DEGRADED,
	EVENT_TUNNEL_OPAQUE,
	EVENT_PROTOCOL_ERROR,
	EVENT_DESTINATION_REFUSED,
	EVENT_CLIENT_REFUSED,
	EVENT_UPSTREAM_FAILED,
	EVENT_SCAN_GAP,
	EVENT_OVERLOAD,
	EVENT_FINDING_SUPPRESSED_SUMMARY,
	EVENT_LOG_ROTATED,
	EVENT_PEER_MALFORMED,
	EVENT_FINDING_REFUSED,
	EVENT_LOG_FAILED,
	EVENT_RULE_LIMIT,
	EVENT_MATCHING_DEGRADED,	/* a detector without prefilter */
	EVENT_CA_CREATED,
	EVENT_LEAF_ISSUED,
	EVENT_LEAF_REFUSED,
	EVENT_SNI_MISMATCH,
	EVENT_CLIENT_TLS_FAILED,
	EVENT_UPSTREAM_VERIFY_FAILED,
	EVENT_KEY_NEW_HOST,
	EVENT_RULE_DISABLED,
	EVENT_FINDING_IGNORED,
	EVENT_LOG_HEAD,			/* of the findings' chain */
	EVENT_LOG_TAMPERED,
	EVENT_TASK_REJECTED,		/* a container's, over its files */
	EVENT_LOG_PACKED,
	EVENT_LOG_PACK_FAILED,
	EVENT_LOG_REMOVED,		/* a rotated file, for room */
	EVENT_CLOCK_MOVED,		/* the system's, by how much */
	EVENT_TYPE_MAX
};

#define EVENT_NO_DIRECTION	0xff

struct event_rec {
	uint8_t		 type;			/* enum event_type */
	uint8_t		 direction;		/* or EVENT_NO_DIRECTION */
	int64_t		 time_ms;		/* UTC, since 1970 */
	char		 client[MSG_CLIENT_SIZE];	/* or "" */
	char		 source[MSG_ADDR_SIZE];	/* address literal, or "" */
	char		 dest[MSG_DEST_SIZE];	/* masked host:port, or "" */
	char		 reason[MSG_TOKEN_SIZE]; /* word, or "" */
	uint64_t	 bytes;			/* 0: left out */
	uint64_t	 count;			/* 0: left out */
	uint8_t		 role;			/* PROC_MAX: left out */
	uint32_t	 instance;
	int32_t		 pid;			/* 0: left out */
	char		 detail[MSG_DETAIL_SIZE]; /* parent only */
};

/* Clears the record, sets type and the time from the system's clock. */
void		 event_init(struct event_rec *, enum event_type);

/* "scan_gap" ...; NULL for a value out of range. */
const char	*event_name(uint8_t type);
/* "info", "warning" or "error", by type. */
const char	*event_severity(uint8_t type);

/*
 * Sends the record (reason and names are checked first: -1 with EINVAL when
 * they would be refused).  0 on success.
 */
int		 msg_event_send(struct channel *, const struct event_rec *);
/* 0, or -1 when malformed or a field breaks the rules above. */
int		 msg_event_recv(struct imsg *, enum proc_role from,
		    struct event_rec *);

#endif /* MSG_EVENT_H */
