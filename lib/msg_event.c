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
#include <sys/uio.h>
#include <stdint.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "msg_event.h"

static const struct {
	const char	*name;
	const char	*severity;
} events[EVENT_TYPE_MAX] = {
	[EVENT_STARTED]		= { "started", "info" },
	[EVENT_STOPPED]		= { "stopped", "info" },
	[EVENT_CONFIG_LOADED]	= { "config_loaded", "info" },
	[EVENT_CONFIG_REJECTED]	= { "config_rejected", "error" },
	[EVENT_CHILD_STARTED]	= { "child_started", "info" },
	[EVENT_CHILD_EXITED]	= { "child_exited", "error" },
	[EVENT_SANDBOX_DEGRADED] = { "sandbox_degraded", "warning" },
	[EVENT_TUNNEL_OPAQUE]	= { "tunnel_opaque", "info" },
	[EVENT_PROTOCOL_ERROR]	= { "protocol_error", "warning" },
	[EVENT_DESTINATION_REFUSED] = { "destination_refused", "warning" },
	[EVENT_CLIENT_REFUSED]	= { "client_refused", "warning" },
	[EVENT_UPSTREAM_FAILED]	= { "upstream_failed", "warning" },
	[EVENT_SCAN_GAP]	= { "scan_gap", "warning" },
	[EVENT_OVERLOAD]	= { "overload", "warning" },
	[EVENT_FINDING_SUPPRESSED_SUMMARY] =
	    { "finding_suppressed_summary", "warning" },
	[EVENT_LOG_ROTATED]	= { "log_rotated", "info" },
	[EVENT_PEER_MALFORMED]	= { "peer_malformed", "error" },
	[EVENT_FINDING_REFUSED]	= { "finding_refused", "error" },
	[EVENT_LOG_FAILED]	= { "log_failed", "error" },
	[EVENT_RULE_LIMIT]	= { "rule_limit", "warning" },
	[EVENT_SNI_MISMATCH]	= { "sni_mismatch", "warning" },
	[EVENT_CLIENT_TLS_FAILED] = { "client_tls_failed", "warning" },
	[EVENT_UPSTREAM_VERIFY_FAILED] =
	    { "upstream_verify_failed", "warning" },
	[EVENT_CA_CREATED]	= { "ca_created", "warning" },
	[EVENT_LEAF_ISSUED]	= { "leaf_issued", "info" },
	[EVENT_LEAF_REFUSED]	= { "leaf_refused", "warning" },
	[EVENT_MATCHING_DEGRADED] = { "matching_degraded", "warning" },
	[EVENT_KEY_NEW_HOST]	= { "key_new_host", "warning" },
	[EVENT_RULE_DISABLED]	= { "rule_disabled", "error" },
	[EVENT_FINDING_IGNORED]	= { "finding_ignored", "info" },
	[EVENT_LOG_HEAD]	= { "log_head", "info" },
	[EVENT_LOG_TAMPERED]	= { "log_tampered", "error" },
	[EVENT_TASK_REJECTED]	= { "task_rejected", "warning" },
	[EVENT_LOG_PACKED]	= { "log_packed", "info" },
	[EVENT_LOG_PACK_FAILED]	= { "log_pack_failed", "warning" },
	[EVENT_LOG_REMOVED]	= { "log_removed", "warning" },
	[EVENT_CLOCK_MOVED]	= { "clock_moved", "warning" },
};

const char *
event_name(uint8_t type)
{
	return type < EVENT_TYPE_MAX ? events[type].name : NULL;
}

const char *
event_severity(uint8_t type)
{
	return type < EVENT_TYPE_MAX ? events[type].severity : NULL;
}

void
event_init(struct event_rec *e, enum event_type type)
{
	struct timespec	 ts;

	memset(e, 0, sizeof(*e));
	e->type = (uint8_t)type;
	e->direction = EVENT_NO_DIRECTION;
	e->role = PROC_MAX;
	if (clock_gettime(CLOCK_REALTIME, &ts) == 0)
		e->time_ms = (int64_t)ts.tv_sec * 1000 +
		    ts.tv_nsec / 1000000;
}

/* Destinations were masked by the sender; here only their alphabet counts. */
static int
dest_ok(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= 0x20 || *s >= 0x7f || *s == '"' || *s == '\\')
			return 0;
	return 1;
}

static int
detail_ok(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s >= 0x7f)
			return 0;
	return 1;
}

static int
event_ok(const struct event_rec *e)
{
	return e->type < EVENT_TYPE_MAX &&
	    (e->direction <= 1 || e->direction == EVENT_NO_DIRECTION) &&
	    e->role <= PROC_MAX && e->time_ms >= 0 &&
	    (e->client[0] == '\0' || msg_client_ok(e->client)) &&
	    (e->reason[0] == '\0' || msg_token_ok(e->reason)) &&
	    (e->source[0] == '\0' || msg_addr_ok(e->source)) &&
	    dest_ok(e->dest) && detail_ok(e->detail);
}

int
msg_event_send(struct channel *ch, const struct event_rec *e)
{
	struct ibuf	*m;

	if (!event_ok(e)) {
		errno = EINVAL;
		return -1;
	}
	m = channel_open(ch, IMSG_ANY_EVENT_ADD, 0, 256);
	if (m == NULL)
		return -1;
	if (ibuf_add_n8(m, e->type) == -1 ||
	    ibuf_add_n8(m, e->direction) == -1 ||
	    ibuf_add_n64(m, (uint64_t)e->time_ms) == -1 ||
	    msg_add_str(m, e->client) == -1 ||
	    msg_add_str(m, e->source) == -1 ||
	    msg_add_str(m, e->dest) == -1 ||
	    msg_add_str(m, e->reason) == -1 ||
	    ibuf_add_n64(m, e->bytes) == -1 ||
	    ibuf_add_n64(m, e->count) == -1 ||
	    ibuf_add_n8(m, e->role) == -1 ||
	    ibuf_add_n32(m, e->instance) == -1 ||
	    ibuf_add_n32(m, (uint32_t)e->pid) == -1 ||
	    msg_add_str(m, e->detail) == -1) {
		channel_abandon(m);
		return -1;
	}
	channel_close(ch, m, -1);
	return 0;
}

int
msg_event_recv(struct imsg *imsg, enum proc_role from, struct event_rec *e)
{
	struct ibuf	 b;
	uint64_t	 time_ms;
	uint32_t	 pid;

	memset(e, 0, sizeof(*e));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    ibuf_get_n8(&b, &e->type) == -1 ||
	    ibuf_get_n8(&b, &e->direction) == -1 ||
	    ibuf_get_n64(&b, &time_ms) == -1 ||
	    msg_get_str(&b, e->client, sizeof(e->client)) == -1 ||
	    msg_get_str(&b, e->source, sizeof(e->source)) == -1 ||
	    msg_get_str(&b, e->dest, sizeof(e->dest)) == -1 ||
	    msg_get_str(&b, e->reason, sizeof(e->reason)) == -1 ||
	    ibuf_get_n64(&b, &e->bytes) == -1 ||
	    ibuf_get_n64(&b, &e->count) == -1 ||
	    ibuf_get_n8(&b, &e->role) == -1 ||
	    ibuf_get_n32(&b, &e->instance) == -1 ||
	    ibuf_get_n32(&b, &pid) == -1 ||
	    msg_get_str(&b, e->detail, sizeof(e->detail)) == -1)
		return -1;
	/* A year past 9999 would not fit the timestamp's form. */
	e->time_ms = time_ms > 253402300799999ULL ? -1 : (int64_t)time_ms;
	e->pid = pid > INT32_MAX ? 0 : (int32_t)pid;
	if (!msg_at_end(&b) || !event_ok(e) ||
	    (from != PROC_PARENT && e->detail[0] != '\0')) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}
