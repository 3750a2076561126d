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

#ifndef MSG_RULE_H
#define MSG_RULE_H

#include <stdint.h>

#include "finding.h"
#include "msg.h"

struct channel;
struct imsg;

#define CUSTOM_MATCH_SIZE	512	/* with the NUL, of an expression */
#define CUSTOM_LITERAL_SIZE	25
#define CUSTOM_WIDTH_MAX	1024

/* A rule of the configuration; its expression was checked. */
struct msg_custom {
	char		 name[FINDING_PATTERN_SIZE];
	uint8_t		 direction;	/* enum finding_direction */
	uint8_t		 severity;	/* enum finding_severity */
	uint16_t	 width;
	uint16_t	 lead;
	char		 literal[CUSTOM_LITERAL_SIZE];
	char		 match[CUSTOM_MATCH_SIZE];
};

/* What is no finding: "" fits all. */
struct msg_ignore {
	char		 pattern[FINDING_PATTERN_SIZE];
	char		 dest[MSG_HOST_SIZE];	/* as in struct hostlist */
};

/* 0, or -1: nothing queued; -1: malformed. */
int	msg_custom_send(struct channel *, const struct msg_custom *);
int	msg_custom_recv(struct imsg *, struct msg_custom *);
int	msg_ignore_send(struct channel *, const struct msg_ignore *);
int	msg_ignore_recv(struct imsg *, struct msg_ignore *);
/* IMSG_PARENT_RULESET_SEND: the name of a set that is to be used */
int	msg_ruleset_send(struct channel *, const char *);
int	msg_ruleset_recv(struct imsg *, char[FINDING_PATTERN_SIZE]);

#endif /* MSG_RULE_H */
