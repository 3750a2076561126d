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

#include <string.h>

#include "channel.h"
#include "compat.h"
#include "hostlist.h"
#include "imsg.h"
#include "msg_rule.h"
#include "pattern.h"

int
msg_custom_send(struct channel *ch, const struct msg_custom *c)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_CUSTOM_SEND, 0, 256)) == NULL)
		return -1;
	if (msg_add_str(m, c->name) == -1 ||
	    ibuf_add_n8(m, c->direction) == -1 ||
	    ibuf_add_n8(m, c->severity) == -1 ||
	    ibuf_add_n16(m, c->width) == -1 ||
	    ibuf_add_n16(m, c->lead) == -1 ||
	    msg_add_str(m, c->literal) == -1 ||
	    msg_add_str(m, c->match) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_custom_recv(struct imsg *imsg, struct msg_custom *c)
{
	struct ibuf	 b;

	memset(c, 0, sizeof(*c));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, c->name, sizeof(c->name)) == -1 ||
	    ibuf_get_n8(&b, &c->direction) == -1 ||
	    ibuf_get_n8(&b, &c->severity) == -1 ||
	    ibuf_get_n16(&b, &c->width) == -1 ||
	    ibuf_get_n16(&b, &c->lead) == -1 ||
	    msg_get_str(&b, c->literal, sizeof(c->literal)) == -1 ||
	    msg_get_str(&b, c->match, sizeof(c->match)) == -1)
		return -1;
	if (!msg_at_end(&b) || !finding_pattern_valid(c->name) ||
	    c->direction > FINDING_INBOUND ||
	    c->severity > FINDING_CRITICAL || c->width == 0 ||
	    c->width > CUSTOM_WIDTH_MAX || c->lead >= c->width ||
	    c->literal[0] == '\0' || c->match[0] == '\0')
		return msg_malformed();
	return 0;
}

int
msg_ignore_send(struct channel *ch, const struct msg_ignore *ig)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_IGNORE_SEND, 0, 128)) == NULL)
		return -1;
	if (msg_add_str(m, ig->pattern) == -1 ||
	    msg_add_str(m, ig->dest) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ignore_recv(struct imsg *imsg, struct msg_ignore *ig)
{
	struct ibuf	 b;
	char		 canon[HOST_CANON_SIZE];

	memset(ig, 0, sizeof(*ig));
	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, ig->pattern, sizeof(ig->pattern)) == -1 ||
	    msg_get_str(&b, ig->dest, sizeof(ig->dest)) == -1)
		return -1;
	if (!msg_at_end(&b) ||
	    (ig->pattern[0] == '\0' && ig->dest[0] == '\0') ||
	    (ig->pattern[0] != '\0' && !finding_pattern_valid(ig->pattern)) ||
	    (ig->dest[0] != '\0' && hostlist_canon(ig->dest, canon,
	    sizeof(canon)) == -1))
		return msg_malformed();
	return 0;
}

int
msg_ruleset_send(struct channel *ch, const char *name)
{
	struct ibuf	*m;

	if ((m = channel_open(ch, IMSG_PARENT_RULESET_SEND, 0, 32)) == NULL)
		return -1;
	if (msg_add_str(m, name) == -1)
		return msg_abandon(m);
	channel_close(ch, m, -1);
	return 0;
}

int
msg_ruleset_recv(struct imsg *imsg, char name[FINDING_PATTERN_SIZE])
{
	struct ibuf	 b;

	if (imsg_get_ibuf(imsg, &b) == -1 ||
	    msg_get_str(&b, name, FINDING_PATTERN_SIZE) == -1)
		return -1;
	if (!msg_at_end(&b) || !pattern_set_known(name))
		return msg_malformed();
	return 0;
}
