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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "check.h"
#include "compat.h"

#define ENV	"NANOCLAW_TRAFFIC_GUARDIAN_"

const char *const	 check_env_names[] = {
	"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
	"http_proxy", "https_proxy", "all_proxy", "no_proxy",
	"NODE_USE_ENV_PROXY", "NODE_EXTRA_CA_CERTS",
	"NODE_TLS_REJECT_UNAUTHORIZED", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT",
	"GIT_SSL_CAINFO", "GIT_SSL_NO_VERIFY", "GIT_HTTP_PROXY_AUTHMETHOD",
	"DENO_CERT", "AWS_CA_BUNDLE", "CARGO_HTTP_CAINFO",
	"CODEX_CA_CERTIFICATE", "npm_config_cafile", "WGETRC",
	"PYTHONHTTPSVERIFY",
	ENV "HOME", ENV "CONFIG", ENV "MODE", ENV "PROXY_URL",
	ENV "CA_BUNDLE", ENV "LOG_DIR", ENV "MAX_SCAN_BYTES",
	ENV "REDACT_SNIPPETS", NULL
};

/* Which programs trust the CA by which variable. */
static const struct {
	const char	*name;
	const char	*code;
	const char	*severity;
	const char	*message;
} trust[] = {
	{ "NODE_EXTRA_CA_CERTS", "node_ca_unset", "warning",
	    "HTTPS is inspected, and Node.js and Bun (Claude Code, npm) do "
	    "not know the guardian's CA: set it to the CA certificate" },
	{ "SSL_CERT_FILE", "openssl_ca_unset", "info",
	    "OpenSSL, Go and Rust programs do not know the guardian's CA by "
	    "this variable: set it to the CA bundle, unless the CA is in the "
	    "system's store" },
	{ "CURL_CA_BUNDLE", "curl_ca_unset", "info",
	    "curl does not know the guardian's CA by this variable: set it to "
	    "the CA bundle, unless the CA is in the system's store" },
	{ "REQUESTS_CA_BUNDLE", "requests_ca_unset", "info",
	    "Python's requests brings CAs of its own: set this to the CA "
	    "bundle" },
	{ "GIT_SSL_CAINFO", "git_ca_unset", "info",
	    "git does not read SSL_CERT_FILE: set this to the CA bundle, "
	    "unless the CA is in the system's store" },
};

void
check_problem(json_t *problems, const char *code, const char *severity,
    const char *where, const char *message)
{
	json_t	*p;

	p = must_json(json_pack("{s:s, s:s, s:s, s:o}", "code", code,
	    "severity", severity, "message", message, "where",
	    where == NULL ? json_null() : json_string(where)));
	if (json_array_append_new(problems, p) == -1)
		(void)must_json(NULL);
}

int
check_has_error(const json_t *problems)
{
	size_t	 i;

	for (i = 0; i < json_array_size(problems); i++)
		if (strcmp(json_string_value(json_object_get(json_array_get(
		    problems, i), "severity")), "error") == 0)
			return 1;
	return 0;
}

static const char *
value(const json_t *env, const char *name)
{
	const char	*s = json_string_value(json_object_get(env, name));

	return s == NULL || *s == '\0' ? NULL : s;
}

static void
problem_env(json_t *problems, const char *code, const char *severity,
    const char *name, const char *message)
{
	char	 where[64];

	snprintf(where, sizeof(where), "env.%s", name);
	check_problem(problems, code, severity, where, message);
}

/* "host:port" of "[v6]:port": where the port begins, NULL without one. */
static const char *
port_of(const char *s, size_t len)
{
	size_t	 i;

	for (i = len; i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9'; i--)
		;
	return i < len && i > 1 && s[i - 1] == ':' ? s + i : NULL;
}

/* Is there a listener at that port, or is it the one that is advertised? */
static int
is_ours(const char *hostport, size_t len, const struct msg_about *a)
{
	const char	*port = port_of(hostport, len), *ours, *p;
	size_t		 i, n;

	if (port == NULL)
		return 0;
	n = (size_t)(hostport + len - port);
	if ((p = strstr(a->proxy_url, "://")) != NULL) {
		p += 3;
		i = strcspn(p, "/");
		if (i == len && strncasecmp(p, hostport, len) == 0)
			return 1;
	}
	for (i = 0; i < nitems(a->listen); i++) {
		ours = port_of(a->listen[i], strlen(a->listen[i]));
		if (ours != NULL && strlen(ours) == n &&
		    strncmp(ours, port, n) == 0)
			return 1;
	}
	return 0;
}

static void
check_proxy(json_t *problems, const char *name, const char *url,
    const struct msg_about *a)
{
	const char	*p, *at;
	char		 text[384], ours[256];
	size_t		 len;

	check_proxy_url(a, ours, sizeof(ours));
	if (strncasecmp(url, "http://", 7) != 0) {
		problem_env(problems, "proxy_scheme", "error", name,
		    "the guardian speaks HTTP to its clients, for https:// "
		    "URLs too: the value must begin with http://");
		return;
	}
	p = url + 7;
	len = strcspn(p, "/?#");
	for (at = p + len; at > p && at[-1] != '@'; at--)
		;
	if (at > p && (at - p < 2 || at[-2] == ':' ||
	    memchr(p, ':', (size_t)(at - p)) == NULL))
		problem_env(problems, "proxy_no_password", "warning", name,
		    "the password before the @ is empty: some programs (Bun) "
		    "then send no credential, and the guardian cannot tell "
		    "whose request it is");
	len -= (size_t)(at - p);
	if (is_ours(at, len, a))
		return;
	if (port_of(at, len) == NULL)
		snprintf(text, sizeof(text), "there is no port in it%s%s: "
		    "without one, programs take port 80 or 1080", ours[0] ==
		    '\0' ? "" : "; the guardian is at ", ours);
	else
		snprintf(text, sizeof(text), "that is not where the guardian "
		    "listens%s%s: what goes elsewhere is not watched",
		    ours[0] == '\0' ? "" : ", which is ", ours);
	problem_env(problems, port_of(at, len) == NULL ? "proxy_no_port" :
	    "proxy_elsewhere", port_of(at, len) == NULL ? "error" : "warning",
	    name, text);
}

/* Either spelling; the lower-case one wins in most programs. */
static const char *
check_pair(json_t *problems, const json_t *env, const char *upper,
    const char *lower, const struct msg_about *a)
{
	const char	*u = value(env, upper), *l = value(env, lower);
	char		 text[160];

	if (u != NULL)
		check_proxy(problems, upper, u, a);
	if (l != NULL && (u == NULL || strcmp(u, l) != 0))
		check_proxy(problems, lower, l, a);
	if (u != NULL && l != NULL && strcmp(u, l) != 0) {
		snprintf(text, sizeof(text), "%s and %s differ: programs "
		    "choose either", upper, lower);
		problem_env(problems, "proxy_spellings_differ", "warning",
		    lower, text);
	}
	return l != NULL ? l : u;
}

static int
is_local(const char *s, size_t len)
{
	static const char *const	 local[] = { "localhost", "127.0.0.1",
					    "::1", "[::1]", "127.0.0.0/8",
					    ".localhost", "localhost." };
	size_t				 i;

	for (i = 0; i < nitems(local); i++)
		if (strlen(local[i]) == len &&
		    strncasecmp(local[i], s, len) == 0)
			return 1;
	return 0;
}

static void
check_no_proxy(json_t *problems, const char *name, const char *s)
{
	size_t	 n;
	int	 around = 0, all = 0;

	for (; *s != '\0'; s += n, s += strspn(s, ", \t")) {
		n = strcspn(s, ", \t");
		if (n == 1 && *s == '*')
			all = 1;
		else if (n > 0 && !is_local(s, n))
			around = 1;
	}
	if (all)
		problem_env(problems, "no_proxy_all", "error", name,
		    "\"*\" lets everything go around the guardian: remove it");
	else if (around)
		problem_env(problems, "no_proxy_hosts", "warning", name,
		    "some hosts that are not this one go around the guardian "
		    "and are not watched: keep localhost,127.0.0.1,::1 only");
}

static void
check_trust(json_t *problems, const json_t *env)
{
	size_t	 i;

	for (i = 0; i < nitems(trust); i++)
		if (value(env, trust[i].name) == NULL)
			problem_env(problems, trust[i].code,
			    trust[i].severity, trust[i].name,
			    trust[i].message);
}

static int
is_off(const char *s)
{
	return s != NULL && (strcmp(s, "0") == 0 ||
	    strcasecmp(s, "false") == 0 || strcasecmp(s, "no") == 0 ||
	    strcasecmp(s, "off") == 0);
}

/* Variables of the daemon, which a container may have been given as well. */
static void
check_own(json_t *problems, const json_t *env)
{
	const char	*s;

	if ((s = value(env, ENV "MODE")) != NULL && strcmp(s, "detect") != 0)
		problem_env(problems, "mode_unsupported", "error", ENV "MODE",
		    "the only mode is \"detect\": the guardian never blocks");
	if (is_off(value(env, ENV "REDACT_SNIPPETS")))
		problem_env(problems, "redaction_required", "error",
		    ENV "REDACT_SNIPPETS",
		    "redaction cannot be turned off: unset it");
}

void
check_env(json_t *problems, const json_t *env, const struct msg_about *a)
{
	const char	*http, *https, *s;
	char		 ours[256], text[384];

	http = check_pair(problems, env, "HTTP_PROXY", "http_proxy", a);
	https = check_pair(problems, env, "HTTPS_PROXY", "https_proxy", a);
	check_proxy_url(a, ours, sizeof(ours));
	snprintf(text, sizeof(text), "requests go around the guardian: set it "
	    "to %s", ours[0] == '\0' ? "the guardian's URL" : ours);
	if (https == NULL)
		problem_env(problems, "proxy_unset", "error", "HTTPS_PROXY",
		    text);
	if (http == NULL)
		problem_env(problems, "proxy_unset", "error", "HTTP_PROXY",
		    text);
	else if (value(env, "http_proxy") == NULL)
		problem_env(problems, "proxy_lower_case", "info",
		    "http_proxy", "curl reads the variable in lower case "
		    "only: set it to the same");
	if (http != NULL && https != NULL && strcmp(http, https) != 0)
		problem_env(problems, "proxies_differ", "warning",
		    "HTTPS_PROXY", "HTTP_PROXY and HTTPS_PROXY name different "
		    "proxies: the guardian takes both kinds of requests");
	if ((s = value(env, "NO_PROXY")) != NULL)
		check_no_proxy(problems, "NO_PROXY", s);
	if ((s = value(env, "no_proxy")) != NULL)
		check_no_proxy(problems, "no_proxy", s);
	s = value(env, "NODE_USE_ENV_PROXY");
	if (s == NULL || strcmp(s, "1") != 0)
		problem_env(problems, "node_env_proxy_unset", "warning",
		    "NODE_USE_ENV_PROXY", "fetch and http of Node.js do not "
		    "use the proxy unless this is 1 (Node.js 22.21, 24 and "
		    "newer)");
	if (is_off(value(env, "NODE_TLS_REJECT_UNAUTHORIZED")))
		problem_env(problems, "tls_verification_off", "error",
		    "NODE_TLS_REJECT_UNAUTHORIZED", "Node.js verifies no "
		    "server: unset it and set NODE_EXTRA_CA_CERTS");
	if (is_off(value(env, "PYTHONHTTPSVERIFY")))
		problem_env(problems, "tls_verification_off", "error",
		    "PYTHONHTTPSVERIFY", "Python verifies no server: unset it "
		    "and set SSL_CERT_FILE and REQUESTS_CA_BUNDLE");
	s = value(env, "GIT_SSL_NO_VERIFY");
	if (s != NULL && !is_off(s))
		problem_env(problems, "tls_verification_off", "error",
		    "GIT_SSL_NO_VERIFY", "git verifies no server: unset it "
		    "and set GIT_SSL_CAINFO");
	if (a->inspects)
		check_trust(problems, env);
	check_own(problems, env);
}

/* What a failed handshake says of its client: the alert, or its absence. */
static const char *
tls_cure(const char *reason)
{
	if (strcmp(reason, "unknown_ca") == 0 ||
	    strcmp(reason, "bad_certificate") == 0 ||
	    strcmp(reason, "certificate_unknown") == 0 ||
	    strcmp(reason, "closed") == 0)
		return "a program does not trust the guardian's CA: set the "
		    "variable that it reads (NODE_EXTRA_CA_CERTS, "
		    "SSL_CERT_FILE, CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE, "
		    "GIT_SSL_CAINFO), or have the operator pass its host "
		    "through";
	return "a program and the guardian did not agree on TLS: the "
	    "operator's events name the host";
}

void
check_seen(json_t *problems, const struct client_counts *c,
    const struct msg_about *a)
{
	char	 text[512];

	if (c->request_ms == 0)
		check_problem(problems, "never_seen", "warning", NULL,
		    "the guardian has seen no request of this client since it "
		    "started: its requests go around the guardian, or come "
		    "from an address or with a credential that the "
		    "configuration does not give to this client");
	if (a->inspects && c->tls_failed_ms != 0) {
		snprintf(text, sizeof(text), "the last TLS handshake of this "
		    "client that failed: %s; %s", c->tls_reason,
		    tls_cure(c->tls_reason));
		check_problem(problems, "tls_failed",
		    c->tls_failed_ms >= c->request_ms ? "error" : "warning",
		    NULL, text);
	}
}

void
check_proxy_url(const struct msg_about *a, char *buf, size_t size)
{
	buf[0] = '\0';
	if (a->proxy_url[0] != '\0')
		strlcpy(buf, a->proxy_url, size);
	else if (a->listeners > 0 &&
	    strncmp(a->listen[0], "0.0.0.0:", 8) != 0 &&
	    strncmp(a->listen[0], "[::]:", 5) != 0)
		snprintf(buf, size, "http://%s", a->listen[0]);
}
