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
#include "wiring.h"

/* What the texts of wiring_text.c have to know, and the form for programs. */

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

/* The first client that has a socket; the others' are beside it. */
static void
find_mcp(struct wiring *w, const struct conf *conf, const struct paths *paths)
{
	size_t	 i;

	for (i = 0; i < conf->nclients; i++) {
		if (!conf->clients[i].mcp_socket)
			continue;
		if (w->mcp_clients++ > 0)
			continue;
		strlcpy(w->mcp_client, conf->clients[i].name,
		    sizeof(w->mcp_client));
		if ((size_t)snprintf(w->mcp_dir, sizeof(w->mcp_dir),
		    "%s/mcp/%s", paths->rundir, w->mcp_client) >=
		    sizeof(w->mcp_dir))
			w->mcp_clients = 0;
	}
	strlcpy(w->bridge, GUARDIAN_BINDIR "/guardian-mcp",
	    sizeof(w->bridge));
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
	conf = conf_load(&paths, &env, NULL, NULL, &errors, &notes);
	if (conf != NULL) {
		w->inspects = conf->inspect.n > 0;
		w->gateway = conf->gateway_host != NULL;
		w->gateway_ca = conf->gateway_ca != NULL;
		find_mcp(w, conf, &paths);
	} else if (env.proxy_url != NULL) {
		/* The advertised URL needs no configuration. */
		conf_errors_free(&errors);
		conf = from_env(&env, &paths, &errors, &notes);
	}
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
print_json(const struct wiring *w, const char *target, int container)
{
	json_t		*o = json_must(json_object());
	json_t		*e = json_must(json_object());
	json_t		*a;
	const char	*name, *value;
	char		 hex[FINGERPRINT_HEX_SIZE];
	size_t		 i;

	json_set_text(o, "schema_version",
	    "clawsec-traffic-guardian-wiring/v1");
	json_set_text(o, "target", target);
	json_set_text(o, "proxy_url", w->url);
	if (w->has_ca) {
		json_set_text(o, "ca_fingerprint_sha256",
		    fingerprint_hex(w->ca.fingerprint, hex));
		json_set_text(o, "ca_file", w->ca.path);
		json_set_text(o, "ca_bundle", w->ca.bundle);
	}
	for (i = 0; (name = wiring_variable(w, i, &value)) != NULL; i++)
		json_set_text(e, name, value);
	json_must_0(json_object_set_new(o, "environment", e));
	if (container) {
		a = json_must(json_array());
		json_append_text(a,
		    "--add-host=host.docker.internal:host-gateway");
		json_must_0(json_object_set_new(o, "options", a));
		json_must_0(json_object_set_new(o, "loopback_only",
		    json_boolean(w->loopback_only)));
	}
	json_print(o);
}

int
ctl_wiring(const struct args *args)
{
	static const struct {
		enum command	 command;
		const char	*target;
		void		(*print)(const struct wiring *);
	} texts[] = {
		{ CMD_WIRING_SHELL,	"shell",	wiring_shell },
		{ CMD_WIRING_DOCKER,	"docker",	wiring_docker },
		{ CMD_WIRING_V1,	"nanoclaw-v1",	wiring_v1 },
		{ CMD_WIRING_V2,	"nanoclaw-v2",	wiring_v2 },
	};
	struct wiring	 w = { 0 };
	size_t		 i;
	int		 container = args->command != CMD_WIRING_SHELL;

	if (find_url(&w, container) == -1)
		return 1;
	/* A file that cannot be believed is said, and not pointed at. */
	w.has_ca = cacert_read(&w.ca) == 0 && w.inspects;
	for (i = 0; i < nitems(texts) - 1; i++)
		if (texts[i].command == args->command)
			break;
	if (args->json)
		print_json(&w, texts[i].target, container);
	else
		texts[i].print(&w);
	return safe_flush() == 0 ? 0 : 1;
}
