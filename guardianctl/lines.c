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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "compat.h"
#include "lines.h"
#include "safe.h"

static const char *
text(const json_t *o, const char *key)
{
	const char	*s = json_string_value(json_object_get(o, key));

	return s == NULL ? "-" : s;
}

void
lines_finding(const char *line, size_t len)
{
	json_t	*o;

	if ((o = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL)) == NULL ||
	    !json_is_object(o)) {
		json_decref(o);
		safe_write(stdout, line, len);
		return;
	}
	safe_line(stdout, "%s %-8s %s %s %s %s -> %s  %s",
	    text(o, "timestamp"), text(o, "severity"), text(o, "pattern"),
	    text(o, "direction"), text(o, "protocol"), text(o, "source"),
	    text(o, "dest"), text(o, "snippet"));
	json_decref(o);
}

/* The fields that differ between events, in their order: " key=value". */
static void
rest(json_t *o, char *buf, size_t size)
{
	const char	*key;
	json_t		*v;
	char		*s;
	size_t		 used = 0;
	int		 n;

	buf[0] = '\0';
	json_object_foreach(o, key, v) {
		if (strcmp(key, "schema_version") == 0 ||
		    strcmp(key, "platform") == 0 ||
		    strcmp(key, "timestamp") == 0 ||
		    strcmp(key, "severity") == 0 || strcmp(key, "event") == 0)
			continue;
		s = json_is_string(v) &&
		    strchr(json_string_value(v), ' ') == NULL ?
		    strdup(json_string_value(v)) :
		    json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
		if (s == NULL) {
			safe_warnx("out of memory");
			exit(1);
		}
		n = snprintf(buf + used, size - used, " %s=%s", key, s);
		free(s);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += (size_t)n;
	}
}

/*
 * Which libraries take leave of a certificate that they do not trust in which
 * way, and what they have to be given; seen with Debian's versions of them.
 */
static const struct {
	const char	*reason;
	const char	*cure;
} distrust[] = {
	{ "unknown_ca", "OpenSSL does that (curl, Python): CURL_CA_BUNDLE, "
	    "REQUESTS_CA_BUNDLE, SSL_CERT_FILE" },
	{ "closed", "Node.js, Bun, npm and wget do that: "
	    "NODE_EXTRA_CA_CERTS, npm_config_cafile, WGETRC" },
	{ "no_request", "git does that: GIT_SSL_CAINFO; so do browsers "
	    "and Go with connections that they never use" },
	{ "bad_certificate", "Go does that: SSL_CERT_FILE" },
	{ "certificate_unknown", "Java does that: JAVA_TOOL_OPTIONS and a key "
	    "store; and Chromium: guardianctl trust" },
};

static void
hint(const json_t *o)
{
	size_t	 i;

	if (strcmp(text(o, "event"), "client_tls_failed") != 0)
		return;
	for (i = 0; i < nitems(distrust); i++)
		if (strcmp(text(o, "reason"), distrust[i].reason) == 0) {
			safe_line(stdout, "    If it does not trust the CA: "
			    "%s.", distrust[i].cure);
			safe_line(stdout, "    guardianctl wiring prints all "
			    "of it.");
		}
}

void
lines_event(const char *line, size_t len)
{
	char	 buf[4096];
	json_t	*o;

	if ((o = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL)) == NULL ||
	    !json_is_object(o)) {
		json_decref(o);
		safe_write(stdout, line, len);
		return;
	}
	rest(o, buf, sizeof(buf));
	safe_line(stdout, "%s %-7s %s%s", text(o, "timestamp"),
	    text(o, "severity"), text(o, "event"), buf);
	hint(o);
	json_decref(o);
}
