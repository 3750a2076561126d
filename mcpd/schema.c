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

#include <stddef.h>

#include <jansson.h>

#include "call.h"
#include "check.h"
#include "compat.h"
#include "log.h"

/*
 * The tools as a model reads them.  The schemas are valid in JSON Schema
 * 2020-12 and draft-07 both, and keep to what every client understands: no
 * lists of types, no references, no empty schemas.
 */

#define NULLABLE_STRING							\
	"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}"
#define COUNT	"{\"type\":\"integer\",\"minimum\":0}"
#define OBJECT(required, properties)					\
	"{\"type\":\"object\",\"additionalProperties\":false,"		\
	"\"required\":[" required "],\"properties\":{" properties "}}"
#define ANNOTATIONS							\
	"\"annotations\":{\"readOnlyHint\":true,\"destructiveHint\":false," \
	"\"idempotentHint\":true,\"openWorldHint\":false}"

#define DIRECTION	"\"enum\":[\"outbound\",\"inbound\"]"
#define THREAT		"\"enum\":[\"EXFIL\",\"INJECTION\"]"
#define SEVERITY	"\"enum\":[\"low\",\"medium\",\"high\",\"critical\"]"
#define TEXT		"{\"type\":\"string\"}"

#define FINDING OBJECT(							\
	"\"schema_version\",\"platform\",\"direction\",\"protocol\","	\
	"\"threat_type\",\"pattern\",\"severity\",\"source\",\"dest\","	\
	"\"snippet\",\"timestamp\"",					\
	"\"schema_version\":{\"type\":\"string\","			\
	"\"const\":\"clawsec-traffic-finding/v1\"},"			\
	"\"platform\":{\"type\":\"string\",\"const\":\"nanoclaw\"},"	\
	"\"direction\":{\"type\":\"string\"," DIRECTION "},"		\
	"\"protocol\":{\"type\":\"string\","				\
	"\"enum\":[\"http\",\"https\",\"ws\",\"wss\"]},"		\
	"\"threat_type\":{\"type\":\"string\"," THREAT "},"		\
	"\"pattern\":" TEXT ","						\
	"\"severity\":{\"type\":\"string\"," SEVERITY "},"		\
	"\"source\":" TEXT ","						\
	"\"dest\":" TEXT ","						\
	"\"snippet\":{\"type\":\"string\",\"description\":\"where it was and " \
	"its masked form; the secret itself is never here\"},"		\
	"\"timestamp\":" TEXT)

static const char	 status_text[] =
    "{\"name\":\"clawsec_traffic_status\","
    "\"title\":\"Traffic guardian: status\","
    "\"description\":\"How this container's HTTP and HTTPS traffic is "
    "watched: whether HTTPS is inspected, how much was scanned or skipped "
    "since the guardian started, and how many findings there are by "
    "pattern. The guardian only detects and logs; it blocks nothing.\","
    "\"inputSchema\":" OBJECT("", "") ","
    "\"outputSchema\":" OBJECT(
    "\"schema_version\",\"platform\",\"version\",\"mode\",\"client\","
    "\"uptime_seconds\",\"https_inspection\",\"scan\",\"findings\"",
    "\"schema_version\":{\"type\":\"string\","
    "\"const\":\"clawsec-traffic-status/v1\"},"
    "\"platform\":{\"type\":\"string\",\"const\":\"nanoclaw\"},"
    "\"version\":" TEXT ","
    "\"mode\":{\"type\":\"string\",\"const\":\"detect\"},"
    "\"client\":{\"type\":\"string\",\"description\":\"the name under which "
    "the operator knows this container\"},"
    "\"uptime_seconds\":" COUNT ","
    "\"https_inspection\":" OBJECT("\"enabled\",\"ca_fingerprint_sha256\"",
    "\"enabled\":{\"type\":\"boolean\"},"
    "\"ca_fingerprint_sha256\":" NULLABLE_STRING) ","
    "\"scan\":" OBJECT("\"max_bytes\",\"messages\",\"bytes\","
    "\"skipped_messages\",\"skipped_bytes\"",
    "\"max_bytes\":" COUNT ",\"messages\":" COUNT ",\"bytes\":" COUNT ","
    "\"skipped_messages\":" COUNT ",\"skipped_bytes\":" COUNT) ","
    "\"findings\":" OBJECT("\"total\",\"last_timestamp\",\"by_pattern\"",
    "\"total\":" COUNT ",\"last_timestamp\":" NULLABLE_STRING ","
    "\"by_pattern\":{\"type\":\"object\",\"additionalProperties\":" COUNT
    "}")) ","
    ANNOTATIONS "}";

static const char	 findings_text[] =
    "{\"name\":\"clawsec_traffic_findings\","
    "\"title\":\"Traffic guardian: findings\","
    "\"description\":\"What was found in this container's traffic, newest "
    "first: secrets that left it (EXFIL) and commands or prompts that came "
    "in (INJECTION), always redacted. Without arguments: the newest 20. For "
    "more, pass next_cursor of the answer as cursor, with the same "
    "filters.\","
    "\"inputSchema\":" OBJECT("",
    "\"limit\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,"
    "\"default\":20,\"description\":\"findings in one answer\"},"
    "\"cursor\":{\"type\":\"string\",\"maxLength\":39,\"description\":"
    "\"next_cursor of an earlier answer\"},"
    "\"since\":{\"type\":\"string\",\"description\":\"only those at or after "
    "this time, like 2026-04-26T13:00:00Z\"},"
    "\"until\":{\"type\":\"string\",\"description\":\"only those at or "
    "before this time\"},"
    "\"threat_type\":{\"type\":\"string\"," THREAT "},"
    "\"pattern\":{\"type\":\"string\",\"maxLength\":63,"
    "\"pattern\":\"^[a-z][a-z0-9_]*$\",\"description\":\"name of a pattern, "
    "as in by_pattern of clawsec_traffic_status\"},"
    "\"direction\":{\"type\":\"string\"," DIRECTION "},"
    "\"min_severity\":{\"type\":\"string\"," SEVERITY "}") ","
    "\"outputSchema\":" OBJECT("\"findings\",\"next_cursor\","
    "\"total_matched\"",
    "\"findings\":{\"type\":\"array\",\"maxItems\":200,\"items\":" FINDING
    "},\"next_cursor\":" NULLABLE_STRING ",\"total_matched\":" COUNT) ","
    ANNOTATIONS "}";

static const char	 check_text[] =
    "{\"name\":\"clawsec_traffic_check_config\","
    "\"title\":\"Traffic guardian: check the wiring\","
    "\"description\":\"Whether this container is wired to the guardian: "
    "judges the proxy and CA variables in env against where the guardian "
    "listens, and what it has really seen from this container. Every "
    "problem says what to do. Nothing is changed.\","
    "\"inputSchema\":" OBJECT("",
    "\"config\":{\"type\":\"string\",\"maxLength\":65536,"
    "\"description\":\"text of a guardian.conf to be judged; it is parsed, "
    "with no file opened, and never applied\"},"
    "\"env\":{\"type\":\"object\",\"description\":\"environment variables of "
    "this container that matter here, as they are; values are not kept\","
    "\"additionalProperties\":false,\"properties\":{}}") ","
    "\"outputSchema\":" OBJECT("\"ok\",\"problems\",\"effective\",\"seen\"",
    "\"ok\":{\"type\":\"boolean\",\"description\":\"no problem is an "
    "error\"},"
    "\"problems\":{\"type\":\"array\",\"items\":" OBJECT(
    "\"code\",\"severity\",\"message\",\"where\"",
    "\"code\":" TEXT ",\"severity\":{\"type\":\"string\","
    "\"enum\":[\"error\",\"warning\",\"info\"]},\"message\":" TEXT ","
    "\"where\":" NULLABLE_STRING) "},"
    "\"effective\":" OBJECT("\"mode\",\"https_inspection\","
    "\"max_scan_bytes\",\"ca_fingerprint_sha256\",\"proxy_url\"",
    "\"mode\":{\"type\":\"string\",\"const\":\"detect\"},"
    "\"https_inspection\":{\"type\":\"boolean\"},"
    "\"max_scan_bytes\":" COUNT ","
    "\"ca_fingerprint_sha256\":" NULLABLE_STRING ","
    "\"proxy_url\":" NULLABLE_STRING) ","
    "\"seen\":" OBJECT("\"last_request_at\",\"last_tls_failure\"",
    "\"last_request_at\":" NULLABLE_STRING ","
    "\"last_tls_failure\":{\"anyOf\":[" OBJECT("\"timestamp\",\"reason\"",
    "\"timestamp\":" TEXT ",\"reason\":" TEXT) ",{\"type\":\"null\"}]}"))
    "," ANNOTATIONS "}";

/* The variables are named in one place, check.c. */
static int
add_env(json_t *tool)
{
	json_t	*props;
	size_t	 i;

	props = json_object_get(json_object_get(json_object_get(
	    json_object_get(tool, "inputSchema"), "properties"), "env"),
	    "properties");
	for (i = 0; check_env_names[i] != NULL; i++)
		if (json_object_set_new(props, check_env_names[i],
		    json_pack("{s:s, s:i}", "type", "string", "maxLength",
		    CHECK_VALUE_MAX)) == -1)
			return -1;
	return 0;
}

json_t *
tools_load(void)
{
	static const char *const	 texts[] = { status_text,
					    findings_text, check_text };
	json_error_t			 error;
	json_t				*list, *tool;
	size_t				 i;

	if ((list = json_array()) == NULL)
		return NULL;
	for (i = 0; i < nitems(texts); i++) {
		tool = json_loads(texts[i], JSON_REJECT_DUPLICATES, &error);
		if (tool == NULL)
			log_warnx("tool %zu: %s", i, error.text);
		if (tool == NULL ||
		    (texts[i] == check_text && add_env(tool) == -1) ||
		    json_array_append_new(list, tool) == -1) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
