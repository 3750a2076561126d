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

#include "stats.h"

static const char *const names[STAT_MAX] = {
	[STAT_CONNECTIONS]	= "connections",
	[STAT_ACCEPTED]		= "accepted",
	[STAT_REQUESTS]		= "requests",
	[STAT_RESPONSES]	= "responses",
	[STAT_TUNNELS]		= "tunnels",
	[STAT_BYTES_IN]		= "bytes_in",
	[STAT_BYTES_OUT]	= "bytes_out",
	[STAT_BYTES_OPAQUE]	= "bytes_opaque",
	[STAT_REFUSED]		= "refused",
	[STAT_RETAINED]		= "retained",
	[STAT_QUEUED]		= "queued",
	[STAT_REPLAYED]		= "replayed",
	[STAT_MESSAGES]		= "messages",
	[STAT_SEEN]		= "bytes_seen",
	[STAT_SCANNED]		= "bytes_scanned",
	[STAT_SKIPPED]		= "bytes_skipped",
	[STAT_SKIPPED_MESSAGES]	= "messages_skipped",
	[STAT_FINDINGS]		= "findings",
	[STAT_DUPLICATES]	= "duplicates",
	[STAT_REPEATED]		= "repeated",
	[STAT_SUPPRESSED]	= "suppressed",
	[STAT_EVENTS]		= "events",
	[STAT_RULE_LIMITS]	= "rule_limits",
	[STAT_IGNORED]		= "findings_ignored",
	[STAT_RULES_DISABLED]	= "rules_disabled",
	[STAT_LEAVES]		= "leaves",
	[STAT_LEAVES_REFUSED]	= "leaves_refused",
	[STAT_PREFILTERED]	= "prefiltered",
	[STAT_DECODED]		= "bytes_decoded",
	[STAT_ORPHANS]		= "orphans",
};

const char *
stat_name(unsigned int id)
{
	return id < STAT_MAX ? names[id] : NULL;
}
