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

#ifndef FINDING_H
#define FINDING_H

/*
 * A finding as it travels from the detector to the logger and the queries:
 * the eleven fields of clawsec-traffic-finding/v1, of which two are constant.
 */

#include <stddef.h>
#include <stdint.h>

#define FINDING_SCHEMA		"clawsec-traffic-finding/v1"
#define FINDING_PLATFORM	"nanoclaw"

/* Sizes include the terminating NUL. */
#define FINDING_PATTERN_SIZE	64
#define FINDING_SOURCE_SIZE	46	/* INET6_ADDRSTRLEN */
#define FINDING_DEST_SIZE	300	/* 253 + masking, colon, port */
#define FINDING_SNIPPET_SIZE	161
#define FINDING_TIMESTAMP_SIZE	25	/* 2026-04-26T00:00:00.000Z */

enum finding_direction {
	FINDING_OUTBOUND = 0,
	FINDING_INBOUND
};

enum finding_protocol {
	FINDING_HTTP = 0,
	FINDING_HTTPS,
	FINDING_WS,
	FINDING_WSS
};

enum finding_threat {
	FINDING_EXFIL = 0,
	FINDING_INJECTION
};

/* In ascending order, so that "at least" is a comparison. */
enum finding_severity {
	FINDING_LOW = 0,
	FINDING_MEDIUM,
	FINDING_HIGH,
	FINDING_CRITICAL
};

struct finding {
	enum finding_direction	 direction;
	enum finding_protocol	 protocol;
	enum finding_threat	 threat;
	enum finding_severity	 severity;
	char			 pattern[FINDING_PATTERN_SIZE];
	char			 source[FINDING_SOURCE_SIZE];
	char			 dest[FINDING_DEST_SIZE];
	char			 snippet[FINDING_SNIPPET_SIZE];
	int64_t			 timestamp;	/* ms since the epoch, UTC */
};

/* The word of the schema for a value, or NULL if there is no such value. */
const char	*finding_direction_name(int);
const char	*finding_protocol_name(int);
const char	*finding_threat_name(int);
const char	*finding_severity_name(int);

/* The value of a word of the schema, case-sensitive, or -1. */
int	 finding_direction_parse(const char *);
int	 finding_protocol_parse(const char *);
int	 finding_threat_parse(const char *);
int	 finding_severity_parse(const char *);

/*
 * Whether every field is within the schema: enums in range, strings
 * terminated and of the right characters, source an IP literal, dest
 * "host:port" or "[v6]:port" (host labels may be masked, see mask.h), snippet
 * printable ASCII, timestamp within years 1970 to 9999.  Returns NULL if so,
 * else the name of the first field that is not.  The logger trusts nothing
 * that fails this.
 */
const char	*finding_invalid(const struct finding *);
int		 finding_valid(const struct finding *);

/* Whether a string is a rule name: [a-z][a-z0-9_]*, short enough. */
int	 finding_pattern_valid(const char *);

/*
 * Write a time as YYYY-MM-DDTHH:MM:SS.mmmZ, UTC.  Returns 0, or -1 if the
 * time is outside years 1970 to 9999 or the buffer is too small.
 */
int	 finding_timestamp(int64_t ms, char *buf, size_t len);

#endif /* FINDING_H */
