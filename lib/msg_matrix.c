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


#include <stddef.h>

#include "msg.h"
#include "stats.h"

#define PA	MSG_ROLE(PROC_PARENT)
#define CO	MSG_ROLE(PROC_CONTROL)
#define PX	MSG_ROLE(PROC_PROXY)
#define DT	MSG_ROLE(PROC_DETECTOR)
#define LG	MSG_ROLE(PROC_LOGGER)
#define CT	MSG_ROLE(PROC_CTL)
#define CHILDREN	(CO | PX | DT | LG)

#define STR(n)		(2 + (n) - 1)	/* longest string on the wire */
#define STATS		(2 + STAT_MAX * 8)
#define PREFIX		(1 + 16 + 1 + 2)
#define PROCLEN		(1 + 4 + 4 + 4 + 4 + 1 + 4 + 8 + 1 + STR(256) +	\
			    STR(128) + STATS)
#define PROCMIN		(1 + 4 + 4 + 4 + 4 + 1 + 4 + 8 + 1 + 2 + 2 + STATS)
#define STATUSLEN	(STR(32) + 8 + 4 + 1 + 8 + 4 +			\
			    4 * STR(MSG_DEST_SIZE) + 3 * STR(256))
#define STATUSMIN	(2 + 8 + 4 + 1 + 8 + 4 + 4 * 2 + 3 * 2)
#define QUERYLEN	(4 + 8 + STR(MSG_CLIENT_SIZE) + 1 +		\
			    STR(MSG_CLIENT_SIZE) + 1)
#define QUERYMIN	(4 + 8 + 2 + 1 + 2 + 1)
#define ENDLEN		(1 + STR(MSG_DETAIL_SIZE))
#define OPENMIN		(FLOW_UID + 4 + 1 + 1 + 2 + 2 + 2 + 2)
#define FLOW_UID	16

/*
 * The matrix: who may send what to whom, how long, and with a descriptor or
 * not.  Sizes are of the payload, without the 16 bytes of the imsg header.
 */
static const struct msg_rule rules[IMSG_MAX] = {
#define R(t, from, to, min, max, fd)					\
	[t] = { #t, (from), (to), (min), (max), (fd) }
	/* type				from	to	min	max	fd */
	R(IMSG_PARENT_INIT_SEND,	PA, CHILDREN,	25, 23 + STR(256), 0),
	R(IMSG_PARENT_SETTINGS_SEND,	PA, PX | DT | LG, 33, 33, 0),
	R(IMSG_PARENT_LISTENER_SEND,	PA, PX,		7, 19, 1),
	R(IMSG_PARENT_CLIENT_SEND,	PA, PX | DT | LG, 43,
	    41 + STR(MSG_CLIENT_SIZE), 0),
	R(IMSG_PARENT_CLIENTADDR_SEND,	PA, PX,		2 + PREFIX,
	    STR(MSG_CLIENT_SIZE) + PREFIX, 0),
	R(IMSG_PARENT_ALLOW_SEND,	PA, PX,		2 + PREFIX,
	    STR(MSG_CLIENT_SIZE) + PREFIX, 0),
	R(IMSG_PARENT_HOSTADDR_SEND,	PA, PX,		2 + PREFIX,
	    STR(MSG_CLIENT_SIZE) + PREFIX, 0),
	R(IMSG_PARENT_RESOLV_SEND,	PA, PX,		1, MSG_PAYLOAD_MAX, 0),
	R(IMSG_PARENT_HOSTS_SEND,	PA, PX,		1, MSG_PAYLOAD_MAX, 0),
	R(IMSG_PARENT_KEY_SEND,		PA, DT,		0, 0, 1),
	R(IMSG_PARENT_FILE_SEND,	PA, LG,		3,
	    1 + STR(MSG_CLIENT_SIZE), 1),
	R(IMSG_PARENT_SOCKET_SEND,	PA, CO,		0, 0, 1),
	R(IMSG_PARENT_PEER_SEND,	PA, CHILDREN,	13, 13, 1),
	R(IMSG_PARENT_CONFIG_END,	PA, CHILDREN,	0, 0, 0),
	R(IMSG_PARENT_CHILD_RUN,	PA, CHILDREN,	0, 0, 0),
	R(IMSG_PARENT_CHILD_DRAIN,	PA, CHILDREN,	0, 0, 0),
	R(IMSG_PARENT_CHILD_PING,	PA, CHILDREN,	0, 0, 0),
	R(IMSG_PARENT_RECONF_BEGIN,	PA, LG,		0, 0, 0),
	R(IMSG_PARENT_STATUS_PROC,	PA, CO,		PROCMIN, PROCLEN, 0),
	R(IMSG_PARENT_STATUS_END,	PA, CO,		STATUSMIN, STATUSLEN,
	    0),
	R(IMSG_PARENT_VERB_RESULT,	PA, CO,		3, ENDLEN, 0),
	R(IMSG_CHILD_READY,		CHILDREN, PA,	5,
	    1 + STR(256) + STR(128), 0),
	R(IMSG_CHILD_PONG,		CHILDREN, PA,	STATS, STATS, 0),
	R(IMSG_CHILD_DRAINED,		CHILDREN, PA,	0, 0, 0),
	R(IMSG_LOGGER_FILE_ROTATE,	LG, PA,		3,
	    1 + STR(MSG_CLIENT_SIZE), 0),
	R(IMSG_CONTROL_STATUS_GET,	CO, PA,		0, 0, 0),
	R(IMSG_CONTROL_VERB_RUN,	CO, PA,		1, 1, 0),
	R(IMSG_CONTROL_CLIENT_PASS,	CO, LG,		QUERYMIN, QUERYLEN, 1),
	R(IMSG_PROXY_MESSAGE_OPEN,	PX, DT,		OPENMIN,
	    MSG_FLOW_PAYLOAD_MAX, 0),
	R(IMSG_PROXY_MESSAGE_DATA,	PX, DT,		2, 1 + 64 * 1024, 0),
	R(IMSG_PROXY_MESSAGE_END,	PX, DT,		11,
	    9 + STR(MSG_TOKEN_SIZE), 0),
	R(IMSG_PROXY_PROBE_BEGIN,	PX, DT,		0, 0, 0),
	R(IMSG_PROXY_PROBE_END,		PX, DT,		0, 0, 0),
	R(IMSG_DETECTOR_MESSAGE_DONE,	DT, PX,		0, 0, 0),
	R(IMSG_DETECTOR_PROBE_STARTED,	DT, PX,		0, 0, 0),
	R(IMSG_DETECTOR_PROBE_PASSED,	DT, PX,		0, 0, 0),
	R(IMSG_DETECTOR_FINDING_ADD,	DT, LG,		70, 1024, 0),
	R(IMSG_LOGGER_FINDING_ACK,	LG, DT,		16, 16, 0),
	R(IMSG_ANY_EVENT_ADD,		PA | CO | PX | DT, LG, 45, 1024, 0),
	R(IMSG_CTL_STATUS_GET,		CT, CO,		4, 4, 0),
	R(IMSG_CTL_FINDINGS_GET,	CT, CO,		4 + QUERYMIN,
	    4 + QUERYLEN, 0),
	R(IMSG_CTL_FOLLOW_GET,		CT, CO,		4 + QUERYMIN,
	    4 + QUERYLEN, 0),
	R(IMSG_CTL_EVENTS_GET,		CT, CO,		4 + QUERYMIN,
	    4 + QUERYLEN, 0),
	R(IMSG_CTL_RELOAD_RUN,		CT, CO,		4, 4, 0),
	R(IMSG_CTL_STOP_RUN,		CT, CO,		4, 4, 0),
	R(IMSG_CTL_ROTATE_RUN,		CT, CO,		4, 4, 0),
	R(IMSG_REPLY_PROC,		CO, CT,		PROCMIN, PROCLEN, 0),
	R(IMSG_REPLY_STATUS,		CO, CT,		STATUSMIN, STATUSLEN,
	    0),
	R(IMSG_REPLY_LINE,		LG, CT,		1, MSG_PAYLOAD_MAX, 0),
	R(IMSG_REPLY_END,		CO | LG, CT,	3, ENDLEN, 0),
#undef R
};

const struct msg_rule *
msg_rule(uint32_t type)
{
	if (type >= IMSG_MAX || rules[type].name == NULL)
		return NULL;
	return &rules[type];
}
