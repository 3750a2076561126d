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
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "conf.h"
#include "ctl.h"
#include "json.h"
#include "safe.h"

/*
 * Text that shows an operator how to point one process or one container at
 * the proxy.  It is only printed; nothing here changes or starts anything.
 */

#define URL_SIZE	512
#define NO_PROXY	"localhost,127.0.0.1,::1"

/* In the order shown; curl reads http_proxy in lower case only. */
static const struct {
	const char	*name;
	const char	*value;		/* NULL: the proxy's URL */
} variables[] = {
	{ "HTTP_PROXY",		NULL },
	{ "http_proxy",		NULL },
	{ "HTTPS_PROXY",	NULL },
	{ "https_proxy",	NULL },
	{ "NO_PROXY",		NO_PROXY },
	{ "no_proxy",		NO_PROXY },
	{ "NODE_USE_ENV_PROXY",	"1" },
};

struct wiring {
	char	 url[URL_SIZE];
	int	 loopback_only;	/* no container can reach the listener */
	unsigned int port;	/* of the listener; 0: the URL was given */
};

static int
is_loopback(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in	*sin;
	const struct sockaddr_in6	*sin6;

	if (ss->ss_family == AF_INET) {
		sin = (const struct sockaddr_in *)ss;
		return ntohl(sin->sin_addr.s_addr) >> 24 == 127;
	}
	sin6 = (const struct sockaddr_in6 *)ss;
	return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr);
}

/* The URL of a listener as this host's own processes reach it. */
static int
listener_url(struct wiring *w, const struct sockaddr_storage *ss, int docker)
{
	const struct sockaddr_in	*sin;
	const struct sockaddr_in6	*sin6;
	char				 host[INET6_ADDRSTRLEN];
	const char			*fmt = "http://%s:%u";

	if (ss->ss_family == AF_INET) {
		sin = (const struct sockaddr_in *)ss;
		w->port = ntohs(sin->sin_port);
		if (sin->sin_addr.s_addr == htonl(INADDR_ANY))
			strlcpy(host, "127.0.0.1", sizeof(host));
		else if (inet_ntop(AF_INET, &sin->sin_addr, host,
		    sizeof(host)) == NULL)
			return -1;
	} else {
		sin6 = (const struct sockaddr_in6 *)ss;
		w->port = ntohs(sin6->sin6_port);
		fmt = "http://[%s]:%u";
		if (IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr))
			strlcpy(host, "::1", sizeof(host));
		else if (inet_ntop(AF_INET6, &sin6->sin6_addr, host,
		    sizeof(host)) == NULL)
			return -1;
	}
	if (w->port == 0) {
		safe_warnx("the configuration leaves the port to the system; "
		    "name one in a listen line, or set "
		    "NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL");
		return -1;
	}
	if (docker) {
		fmt = "http://%s:%u";
		strlcpy(host, "host.docker.internal", sizeof(host));
	}
	snprintf(w->url, sizeof(w->url), fmt, host, w->port);
	return 0;
}

static int
from_conf(struct wiring *w, const struct conf *conf, int docker)
{
	size_t	 i, pick = 0;

	if (docker) {
		/* Prefer a listener that a container can reach. */
		for (i = 0; i < conf->nlisten; i++)
			if (!is_loopback(&conf->listen[i].ss))
				break;
		w->loopback_only = i == conf->nlisten;
		pick = w->loopback_only ? 0 : i;
	}
	return listener_url(w, &conf->listen[pick].ss, docker);
}

/*
 * The advertised URL alone, by the daemon's rules: it needs no configuration.
 * What passes them can stand between single quotes.
 */
static struct conf *
from_env(const struct conf_env *env, struct paths *paths,
    struct conf_errors *errors, struct conf_notes *notes)
{
	struct conf_env	 url = { .proxy_url = env->proxy_url };
	struct conf	*conf = conf_new();

	if (conf_env_apply(conf, paths, &url, errors, notes) == 0)
		return conf;
	conf_free(conf);
	return NULL;
}

static int
find_url(struct wiring *w, int docker)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	struct paths		 paths = { 0 };
	struct conf_env		 env;
	struct conf		*conf;
	int			 error = -1;

	conf_env_read(&env);
	if (env.proxy_url != NULL)
		conf = from_env(&env, &paths, &errors, &notes);
	else
		conf = conf_load(&paths, &env, NULL, NULL, &errors, &notes);
	if (conf == NULL) {
		ctl_print_errors(&errors);
		safe_warnx("cannot tell where the proxy listens; mend that, or "
		    "set NANOCLAW_TRAFFIC_GUARDIAN_PROXY_URL");
	} else if (conf->proxy_url == NULL)
		error = from_conf(w, conf, docker);
	else if (strlcpy(w->url, conf->proxy_url, sizeof(w->url)) <
	    sizeof(w->url))
		error = 0;
	conf_free(conf);
	conf_notes_free(&notes);
	conf_errors_free(&errors);
	paths_free(&paths);
	return error;
}

static void
print_json(const struct wiring *w, const char *target, int docker)
{
	json_t	*o = json_must(json_object()), *e = json_must(json_object());
	json_t	*a;
	size_t	 i;

	json_set_text(o, "schema_version",
	    "clawsec-traffic-guardian-wiring/v1");
	json_set_text(o, "target", target);
	json_set_text(o, "proxy_url", w->url);
	for (i = 0; i < nitems(variables); i++)
		json_set_text(e, variables[i].name,
		    variables[i].value == NULL ? w->url : variables[i].value);
	json_must_0(json_object_set_new(o, "environment", e));
	if (docker) {
		a = json_must(json_array());
		json_append_text(a,
		    "--add-host=host.docker.internal:host-gateway");
		json_must_0(json_object_set_new(o, "options", a));
		json_must_0(json_object_set_new(o, "loopback_only",
		    json_boolean(w->loopback_only)));
	}
	json_print(o);
}

static void
say(const char *const lines[], size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		safe_line(stdout, "%s", lines[i]);
}

static const char *const seen[] = {
	"# What the guardian sees of it: HTTP requests and responses in full,",
	"# inside of CONNECT tunnels too.",
	"# HTTPS passes through as an opaque tunnel: counted, not inspected.",
	"# Programs that ignore these variables are not seen at all.",
};

static void
print_shell(const struct wiring *w)
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
	size_t	 i;

	say(head, nitems(head));
	say(seen, nitems(seen));
	say(notes, nitems(notes));
	for (i = 0; i < nitems(variables); i++)
		safe_line(stdout, "export %s='%s'", variables[i].name,
		    variables[i].value == NULL ? w->url : variables[i].value);
	safe_line(stdout, "# To undo it in this shell:");
	safe_line(stdout, "#   unset HTTP_PROXY http_proxy HTTPS_PROXY "
	    "https_proxy \\");
	safe_line(stdout, "#       NO_PROXY no_proxy NODE_USE_ENV_PROXY");
}

static void
print_docker(const struct wiring *w)
{
	static const char *const	 head[] = {
		"# Points one container at the traffic guardian; others are",
		"# not touched. Add the options to the command that starts it,",
		"# in front of the image.",
	};
	static const char *const	 bridge[] = {
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
		"# To undo it: start the container without these options.",
	};
	size_t	 i;

	say(head, nitems(head));
	say(seen, nitems(seen));
	if (w->loopback_only)
		safe_line(stdout, "# NOT YET: it listens on loopback only, "
		    "which no container reaches.");
	say(bridge, nitems(bridge));
	safe_line(stdout, "#   listen on 172.17.0.1 port %u",
	    w->port == 0 ? CONF_PORT_DEFAULT : w->port);
	safe_line(stdout, "#   client \"main\" { address "
	    "{ 172.17.0.0/16 } }");
	say(tail, nitems(tail));
	safe_line(stdout, "docker run \\");
	safe_line(stdout, "    --add-host=host.docker.internal:host-gateway "
	    "\\");
	for (i = 0; i < nitems(variables); i++)
		safe_line(stdout, "    -e %s='%s' \\", variables[i].name,
		    variables[i].value == NULL ? w->url : variables[i].value);
	safe_line(stdout, "    IMAGE");
}

int
ctl_wiring(const struct args *args)
{
	struct wiring	 w = { 0 };
	int		 docker = args->command == CMD_WIRING_DOCKER;

	if (find_url(&w, docker) == -1)
		return 1;
	if (args->json)
		print_json(&w, docker ? "docker" : "shell", docker);
	else if (docker)
		print_docker(&w);
	else
		print_shell(&w);
	return safe_flush() == 0 ? 0 : 1;
}
