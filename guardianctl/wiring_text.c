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
#include <string.h>

#include "compat.h"
#include "conf.h"
#include "safe.h"
#include "wiring.h"

#define NO_PROXY	"localhost,127.0.0.1,::1"

enum value {
	V_URL,
	V_NO_PROXY,
	V_ONE,
	V_CA,		/* added to the program's own roots */
	V_BUNDLE,	/* takes their place, so it holds them too */
	V_WGETRC
};

/* In the order shown; curl reads http_proxy in lower case only. */
static const struct {
	const char	*name;
	enum value	 value;
} variables[] = {
	{ "HTTP_PROXY",			V_URL },
	{ "http_proxy",			V_URL },
	{ "HTTPS_PROXY",		V_URL },
	{ "https_proxy",		V_URL },
	{ "NO_PROXY",			V_NO_PROXY },
	{ "no_proxy",			V_NO_PROXY },
	{ "NODE_USE_ENV_PROXY",		V_ONE },
	{ "NODE_EXTRA_CA_CERTS",	V_CA },		/* Node, Bun, npm */
	{ "SSL_CERT_FILE",		V_BUNDLE },	/* OpenSSL, Go */
	{ "CURL_CA_BUNDLE",		V_BUNDLE },
	{ "REQUESTS_CA_BUNDLE",		V_BUNDLE },
	{ "PIP_CERT",			V_BUNDLE },
	{ "GIT_SSL_CAINFO",		V_BUNDLE },
	{ "CARGO_HTTP_CAINFO",		V_BUNDLE },
	{ "DENO_CERT",			V_BUNDLE },
	{ "AWS_CA_BUNDLE",		V_BUNDLE },
	{ "CODEX_CA_CERTIFICATE",	V_BUNDLE },
	{ "npm_config_cafile",		V_BUNDLE },	/* over an npmrc's */
	{ "WGETRC",			V_WGETRC },	/* wget has no other */
};

const char *
wiring_variable(const struct wiring *w, size_t i, const char **value)
{
	if (i >= nitems(variables) ||
	    (variables[i].value >= V_CA && !w->has_ca))
		return NULL;
	switch (variables[i].value) {
	case V_URL:
		*value = w->url;
		break;
	case V_NO_PROXY:
		*value = NO_PROXY;
		break;
	case V_ONE:
		*value = "1";
		break;
	case V_CA:
		/* the gateway's is needed for what is passed through */
		*value = w->gateway_ca ? w->ca.bundle : w->ca.path;
		break;
	case V_BUNDLE:
		*value = w->ca.bundle;
		break;
	case V_WGETRC:
		*value = w->ca.wgetrc;
		break;
	}
	return variables[i].name;
}

static void
say(const char *const lines[], size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		safe_line(stdout, "%s", lines[i]);
}

/* What it sees, and whose certificates are to be trusted for that. */
static void
preface(const struct wiring *w)
{
	static const char *const	 plain[] = {
		"# What the guardian sees of it: HTTP requests and responses,",
		"# inside of CONNECT tunnels too.",
		"# Programs that ignore these variables are not seen at all.",
	};
	static const char *const	 off[] = {
		"# HTTPS passes through as an opaque tunnel: counted, not",
		"# inspected. \"inspect\" in guardian.conf(5) changes that.",
	};
	static const char *const	 trust[] = {
		"# Programs that use the variables below trust the guardian's",
		"# CA for every HTTPS server, so compare its fingerprint with",
		"# one from another channel, such as \"guardianctl status\":",
	};
	static const char *const	 absent[] = {
		"# NOT YET: HTTPS is to be inspected, but there is no CA to",
		"# trust. guardiand makes it when it starts.",
	};
	char				 groups[FINGERPRINT_GROUPS_SIZE];

	say(plain, nitems(plain));
	if (!w->inspects)
		say(off, nitems(off));
	else if (!w->has_ca)
		say(absent, nitems(absent));
	else {
		say(trust, nitems(trust));
		safe_line(stdout, "#   SHA-256 %s",
		    fingerprint_groups(w->ca.fingerprint, groups));
	}
}

/*
 * Java has a variable for its options only, and a key store of its own; that
 * takes the place of the JDK's, so it begins as a copy of it.  A path with a
 * blank would fall apart in the variable: hence the relative name.
 */
static void
java(const struct wiring *w)
{
	static const char *const	 copy[] = {
		"# Java needs a key store, which keytool makes of the JDK's,",
		"# and its own options; run this as well, where the programs",
		"# are started:",
		"#   jdk=$(readlink -f \"$(command -v keytool)\")",
		("#   cat \"${jdk%/bin/keytool}/lib/security/cacerts\" "
		    ">guardian.jks"),
		"#   keytool -importcert -noprompt -alias guardian \\",
		"#       -storepass changeit -keystore guardian.jks \\",
	};
	const char	*host = w->url + strlen("http://"), *port;
	int		 len, plen;

	/* conf_env.c lets nothing but http://host:port pass. */
	if (!w->has_ca || (port = strrchr(host, ':')) == NULL)
		return;
	len = (int)(port++ - host);
	plen = (int)strspn(port, "0123456789");
	if (host[0] == '[') {
		host++;
		len -= 2;
	}
	say(copy, nitems(copy));
	safe_line(stdout, "#       -file '%s'", w->ca.path);
	safe_line(stdout, "#   o=\"-Djavax.net.ssl.trustStore=guardian.jks\"");
	safe_line(stdout, "#   o=\"$o "
	    "-Djavax.net.ssl.trustStorePassword=changeit\"");
	safe_line(stdout, "#   o=\"$o -Dhttp.proxyHost=%.*s "
	    "-Dhttp.proxyPort=%.*s\"", len, host, plen, port);
	safe_line(stdout, "#   o=\"$o -Dhttps.proxyHost=%.*s "
	    "-Dhttps.proxyPort=%.*s\"", len, host, plen, port);
	safe_line(stdout, "#   export JAVA_TOOL_OPTIONS=\"$o\"");
}

void
wiring_shell(const struct wiring *w)
{
	static const char *const	 head[] = {
		"# Points what is started from this shell at the traffic",
		"# guardian, and nothing else on this host. Read it, then run",
		"# it yourself:",
		"#   eval \"$(guardianctl wiring shell)\"",
	};
	static const char *const	 notes[] = {
		"# An http:// proxy is right for HTTPS too. curl reads",
		"# http_proxy in lower case only; Node.js heeds any of them",
		"# only with NODE_USE_ENV_PROXY.",
	};
	const char	*name, *other, *value;
	size_t		 i;

	say(head, nitems(head));
	preface(w);
	say(notes, nitems(notes));
	for (i = 0; (name = wiring_variable(w, i, &value)) != NULL; i++)
		safe_line(stdout, "export %s='%s'", name, value);
	java(w);
	safe_line(stdout, "# To undo it in this shell:");
	for (i = 0; (name = wiring_variable(w, i, &value)) != NULL; i += 2) {
		other = wiring_variable(w, i + 1, &value);
		safe_line(stdout, "#   unset %s %s", name,
		    other == NULL ? "" : other);
	}
}

/* How the guardian has to listen, for any container. */
static void
bridge(const struct wiring *w, int v1)
{
	static const char *const	 how[] = {
		"# The guardian must listen where the container can reach it",
		"# and know it as a client. On Docker's default bridge, in",
		"# guardian.conf(5):",
	};
	static const char *const	 tail[] = {
		"# Your bridge's address, if it is another:",
		"#   docker network inspect bridge \\",
		"#       -f '{{json .IPAM.Config}}'",
		"# Do not listen on 0.0.0.0: that offers the proxy to your",
		"# network as well.",
	};

	if (w->loopback_only)
		safe_line(stdout, "# NOT YET: it listens on loopback only, "
		    "which no container reaches.");
	say(how, nitems(how));
	safe_line(stdout, "#   listen on 172.17.0.1 port %u",
	    w->port == 0 ? CONF_PORT_DEFAULT : w->port);
	wiring_mcp_client(v1);
	say(tail, nitems(tail));
	if (!w->has_ca)
		return;
	safe_line(stdout, "# The mounted files are public. Never mount the "
	    "directory they are in: it has the CA's");
	safe_line(stdout, "# key. After \"guardianctl ca rotate\" the "
	    "container has to be started again.");
}

/* The files at the same places inside, so that the variables are the same. */
static size_t
mounts(const struct wiring *w, const char *v[3])
{
	if (!w->has_ca)
		return 0;
	v[0] = w->ca.path;
	v[1] = w->ca.bundle;
	v[2] = w->ca.wgetrc;
	return 3;
}

void
wiring_docker(const struct wiring *w)
{
	static const char *const	 head[] = {
		"# Points one container at the traffic guardian; others are",
		"# not touched. Add the options to the command that starts it,",
		"# in front of the image.",
	};
	const char	*name, *value, *files[3];
	size_t		 i, n;

	say(head, nitems(head));
	preface(w);
	bridge(w, 0);
	wiring_mcp_say(w, 0);
	safe_line(stdout, "# To undo it: start the container without these "
	    "options.");
	safe_line(stdout, "docker run \\");
	safe_line(stdout, "    --add-host=host.docker.internal:host-gateway "
	    "\\");
	n = mounts(w, files);
	for (i = 0; i < n; i++)
		safe_line(stdout, "    --mount type=bind,src='%s',dst='%s',"
		    "readonly \\", files[i], files[i]);
	for (i = 0; (name = wiring_variable(w, i, &value)) != NULL; i++)
		safe_line(stdout, "    -e %s='%s' \\", name, value);
	wiring_mcp_docker(w);
	safe_line(stdout, "    IMAGE");
}

void
wiring_v1(const struct wiring *w)
{
	static const char *const	 head[] = {
		"# For NanoClaw 1, written from its source (1.2) and not tried",
		"# with it. In src/container-runner.ts, where the arguments of",
		"# \"docker run\" are put together, behind all else that adds",
		"# to them (the last -e of a name counts):",
	};
	static const char *const	 tail[] = {
		"# With the credential proxy of 1.2.11 to 1.2.21 requests to",
		"# Anthropic go to host.docker.internal:3001, which is",
		"# refused until \"allow destination\" names that address",
		"# and port.",
		"# To undo it: take the lines out again, and restart NanoClaw.",
	};
	const char	*name, *value, *files[3];
	size_t		 i, n;

	say(head, nitems(head));
	preface(w);
	bridge(w, 1);
	wiring_mcp_say(w, 0);
	say(tail, nitems(tail));
	safe_line(stdout, "args.push(");
	n = mounts(w, files);
	for (i = 0; i < n; i++)
		safe_line(stdout, "  '-v', '%s:%s:ro',", files[i], files[i]);
	for (i = 0; (name = wiring_variable(w, i, &value)) != NULL; i++)
		safe_line(stdout, "  '-e', '%s=%s',", name, value);
	wiring_mcp_v1(w);
	safe_line(stdout, ");");
}

void
wiring_v2(const struct wiring *w)
{
	static const char *const	 head[] = {
		"# For NanoClaw 2 with the OneCLI gateway, written from their",
		"# sources (2.0.64; 1.23 to 1.42) and not tried with them.",
		"# Agents are pointed at the guardian, and it hands",
		"# everything to the gateway, with the agent's credential.",
	};
	static const char *const	 behind[] = {
		"# 1. In guardian.conf(5); the CA is the gateway's own, in its",
		"#    volume, /app/data/gateway/ca.pem there:",
		"#   upstream proxy \"http://127.0.0.1:10255\" \\",
		"#       ca file \"/etc/guardian/onecli-ca.pem\"",
	};
	static const char *const	 gateway[] = {
		"# 2. The gateway tells agents where their proxy is and whom",
		"#    to trust. In a file beside its docker-compose.yml, named",
		"#    docker-compose.override.yml:",
	};
	static const char *const	 tail[] = {
		"# 3. Restart both, then the groups: ncl groups restart",
		"# To undo it: remove that file and restart the gateway.",
	};

	say(head, nitems(head));
	preface(w);
	if (!w->gateway)
		safe_line(stdout, "# NOT YET: guardian.conf(5) names no "
		    "upstream proxy.");
	say(behind, nitems(behind));
	bridge(w, 0);
	say(gateway, nitems(gateway));
	safe_line(stdout, "services:");
	safe_line(stdout, "  onecli:");
	safe_line(stdout, "    environment:");
	safe_line(stdout, "      GATEWAY_BASE_URL: "
	    "'host.docker.internal:%u'",
	    w->port == 0 ? CONF_PORT_DEFAULT : w->port);
	if (w->has_ca) {
		safe_line(stdout, "      GATEWAY_CA_PEM_FILE: '%s'",
		    w->ca.bundle);
		safe_line(stdout, "    volumes:");
		safe_line(stdout, "      - '%s:%s:ro'", w->ca.bundle,
		    w->ca.bundle);
	}
	wiring_mcp_say(w, 1);
	say(tail, nitems(tail));
}
