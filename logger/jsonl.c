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

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "compat.h"
#include "jsonl.h"
#include "mask.h"
#include "msg_event.h"
#include "proc.h"

#define EVENT_SCHEMA	"clawsec-traffic-event/v1"

/* Writes the object and its newline, and gives the object back. */
static size_t
dump(json_t *obj, char *buf, size_t size)
{
	size_t	 len;

	if (obj == NULL)
		return 0;
	len = json_dumpb(obj, buf, size, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(obj);
	if (len == 0 || len >= size)
		return 0;
	buf[len++] = '\n';
	return len;
}

size_t
jsonl_finding(const struct finding *f, char buf[FINDING_LINE_MAX])
{
	char	 when[FINDING_TIMESTAMP_SIZE];

	if (!finding_valid(f) ||
	    finding_timestamp(f->timestamp, when, sizeof(when)) == -1)
		return 0;
	/* the order of the schema */
	return dump(json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "schema_version", FINDING_SCHEMA,
	    "platform", FINDING_PLATFORM,
	    "direction", finding_direction_name(f->direction),
	    "protocol", finding_protocol_name(f->protocol),
	    "threat_type", finding_threat_name(f->threat),
	    "pattern", f->pattern,
	    "severity", finding_severity_name(f->severity),
	    "source", f->source,
	    "dest", f->dest,
	    "snippet", f->snippet,
	    "timestamp", when), buf, FINDING_LINE_MAX);
}

static int
set_str(json_t *obj, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return 0;
	return json_object_set_new(obj, name, json_string(value));
}

static int
set_num(json_t *obj, const char *name, uint64_t value)
{
	if (value > INT64_MAX)
		value = INT64_MAX;
	return json_object_set_new(obj, name,
	    json_integer((json_int_t)value));
}

size_t
jsonl_event(const struct event_rec *e, char buf[EVENT_LINE_MAX])
{
	json_t	*obj;
	char	 when[FINDING_TIMESTAMP_SIZE];

	if (event_name(e->type) == NULL ||
	    finding_timestamp(e->time_ms, when, sizeof(when)) == -1)
		return 0;
	obj = json_pack("{s:s, s:s, s:s, s:s}",
	    "schema_version", EVENT_SCHEMA,
	    "event", event_name(e->type),
	    "timestamp", when,
	    "severity", event_severity(e->type));
	if (obj == NULL)
		return 0;
	if (set_str(obj, "client", e->client) == -1 ||
	    set_str(obj, "source", e->source) == -1 ||
	    set_str(obj, "dest", e->dest) == -1 ||
	    (e->direction != EVENT_NO_DIRECTION &&
	    set_str(obj, "direction", finding_direction_name(e->direction))
	    == -1) ||
	    set_str(obj, "reason", e->reason) == -1 ||
	    (e->bytes != 0 && set_num(obj, "bytes", e->bytes) == -1) ||
	    (e->count != 0 && set_num(obj, "count", e->count) == -1) ||
	    (e->role < PROC_MAX &&
	    (set_str(obj, "process", proc_name((enum proc_role)e->role)) ==
	    -1 || set_num(obj, "instance", e->instance) == -1)) ||
	    (e->pid > 0 && set_num(obj, "pid", (uint64_t)e->pid) == -1) ||
	    set_str(obj, "detail", e->detail) == -1) {
		json_decref(obj);
		return 0;
	}
	return dump(obj, buf, EVENT_LINE_MAX);
}

/* 1 for "[REDACTED:n]": what mask_host() puts in a label's place. */
static int
masked_label(const char *label, size_t len)
{
	static const char	 head[] = "[REDACTED:";
	size_t			 i = sizeof(head) - 1;

	if (len <= i + 1 || strncmp(label, head, i) != 0 ||
	    label[len - 1] != ']')
		return 0;
	for (; i < len - 1; i++)
		if (label[i] < '0' || label[i] > '9')
			return 0;
	return 1;
}

void
jsonl_mask_dest(char *dest, size_t size)
{
	char		 plain[MASK_HOST_SIZE], again[MASK_HOST_SIZE];
	char		 port[8] = "";
	const char	*colon, *p, *end;
	size_t		 n, used = 0;

	if (dest[0] == '\0' || masked_label(dest, strlen(dest)))
		return;
	if ((colon = strrchr(dest, ':')) == NULL || colon == dest ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    colon[1] == '\0')
		colon = dest + strlen(dest);	/* a host alone */
	else if (strlcpy(port, colon, sizeof(port)) >= sizeof(port)) {
		port[0] = '\0';
		goto hide;
	}

	/* What is not masked yet must be as the masking would leave it. */
	p = dest;
	if (*p == '[' && !masked_label(p, strcspn(p, "]") + 1)) {
		p++;			/* an IPv6 literal */
		if (colon - p < 1 || colon[-1] != ']' ||
		    (size_t)(colon - 1 - p) >= sizeof(plain))
			goto hide;
		memcpy(plain, p, (size_t)(colon - 1 - p));
		plain[colon - 1 - p] = '\0';
	} else {
		for (; p < colon; p = *end == '.' ? end + 1 : end) {
			end = p + strcspn(p, ".");
			if (end > colon)
				end = colon;
			n = (size_t)(end - p);
			if (masked_label(p, n))
				continue;
			if (n == 0 || used + n + 2 > sizeof(plain))
				goto hide;
			if (used > 0)
				plain[used++] = '.';
			memcpy(plain + used, p, n);
			used += n;
		}
		plain[used] = '\0';
		if (used == 0)
			return;		/* all of it is masked */
	}
	if (mask_host(plain, again, sizeof(again)) == 0 &&
	    strcasecmp(plain, again) == 0)
		return;
hide:
	n = strlen(dest) - strlen(port);
	snprintf(dest, size, "[REDACTED:%zu]%s", n, port);
}
