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

/*
 * guardian.conf(5): the parsed configuration, its grammar, its printed form
 * and the environment that goes over it.
 */

#ifndef CONF_H
#define CONF_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>
#include <stdio.h>

#include "hostlist.h"
#include "expr.h"
#include "prefix.h"

/* Where things are unless the build (-D), the environment or a file says so. */
#ifndef GUARDIAN_SYSCONFDIR
#define GUARDIAN_SYSCONFDIR	"/etc"
#endif
#ifndef GUARDIAN_LOGDIR
#define GUARDIAN_LOGDIR		"/var/log/guardian"
#endif
#ifndef GUARDIAN_STATEDIR
#define GUARDIAN_STATEDIR	"/var/lib/guardian"
#endif
#ifndef GUARDIAN_RUNDIR
#define GUARDIAN_RUNDIR		"/run/guardian"
#endif
#ifndef GUARDIAN_CAFILE		/* the system's roots, where they are */
#ifdef __OpenBSD__
#define GUARDIAN_CAFILE		"/etc/ssl/cert.pem"
#else
#define GUARDIAN_CAFILE		"/etc/ssl/certs/ca-certificates.crt"
#endif
#endif
#define GUARDIAN_CONF_FILE	GUARDIAN_SYSCONFDIR "/guardian.conf"

/* Values and their limits, as guardian.conf(5) states them. */
#define CONF_ADDR_DEFAULT	"127.0.0.1"
#define CONF_PORT_DEFAULT	8888
#define CONF_WORKERS_MIN	1
#define CONF_WORKERS_MAX	64
#define CONF_WORKERS_AUTO	8	/* the most that is chosen unasked */
#define CONF_SCAN_MIN		(4ULL * 1024)
#define CONF_SCAN_MAX		(64ULL * 1024 * 1024)
#define CONF_SCAN_DEFAULT	(4ULL * 1024 * 1024)
#define CONF_DEDUP_MAX		86400
#define CONF_DEDUP_DEFAULT	3600
#define CONF_ROTATE_MIN		(64ULL * 1024)
#define CONF_ROTATE_MAX		(1024ULL * 1024 * 1024)
#define CONF_ROTATE_DEFAULT	(64ULL * 1024 * 1024)
#define CONF_KEEP_MIN		1
#define CONF_KEEP_MAX		999
#define CONF_KEEP_DEFAULT	8
#define CONF_TOTAL_MIN		(256ULL * 1024)
#define CONF_TOTAL_MAX		(4096ULL * 1024 * 1024 * 1024)
#define CONF_TOTAL_DEFAULT	(4ULL * 1024 * 1024 * 1024)	/* or more */
#define CONF_QUOTA_MIN		(64ULL * 1024)
#define CONF_QUOTA_MAX		(1024ULL * 1024 * 1024)
#define CONF_QUOTA_DEFAULT	(16ULL * 1024 * 1024)

#define CONF_CLIENT_NAME_LEN	63	/* without the NUL */
#define CONF_CLIENT_DEFAULT	"default" /* loopback that matches no block */
#define CONF_CREDENTIAL_LEN	32	/* bytes of a SHA-256 */

/* Bounds on what one configuration may hold. */
#define CONF_LISTEN_MAX		64
#define CONF_MCP_LISTEN_MAX	16
#define CONF_CLIENTS_MAX	1024
#define CONF_PREFIXES_MAX	1024	/* in one list */
#define CONF_PATH_LEN		1023	/* of any path, without the NUL */
#define CONF_TRUST_MAX		(4ULL * 1024 * 1024) /* a file of CAs */
#define CONF_ERRORS_MAX		100	/* further ones are only counted */

#define CONF_RULES_MAX		32
#define CONF_IGNORES_MAX	64	/* a bit each in the detectors */
#define CONF_PATTERN_LEN	63	/* of a pattern's name */

enum conf_overload {
	CONF_OVERLOAD_BACKPRESSURE,
	CONF_OVERLOAD_SHED
};

struct channel;

struct conf_listen {
	struct sockaddr_storage	 ss;	/* port 0: the system chooses */
	socklen_t		 sslen;
};

struct conf_prefixes {
	struct prefix	*v;
	size_t		 n;
};

/*
 * A client block.  A request belongs to it if its source is in one of the
 * addresses, when there are any, and it carries the credential, when there is
 * one; there is always at least one of the two.
 */
struct conf_client {
	char			 name[CONF_CLIENT_NAME_LEN + 1];
	struct conf_prefixes	 address;	/* ports all 0 */
	int			 has_credential;
	uint8_t			 credential[CONF_CREDENTIAL_LEN];
	struct conf_prefixes	 allow;		/* besides conf.allow */
	uint64_t		 quota;		/* bytes of findings a day */
	int			 mcp_socket;	/* MCP on a socket of its own */
	char			*mcp_token;	/* file of its token, or NULL */
	char			*ipc;		/* its tasks, or NULL */
};

/* A rule statement; what is not said is derived from the expression. */
struct conf_rule {
	char		 name[CONF_PATTERN_LEN + 1];
	int		 inbound;	/* injection; else outbound, exfil */
	unsigned int	 severity;	/* enum finding_severity */
	char		*match;
	struct expr	 expr;
};

/* An ignore statement: both have to fit; "" fits all, but not in both. */
struct conf_ignore {
	char		 pattern[CONF_PATTERN_LEN + 1];
	char		 dest[HOST_CANON_SIZE];	/* as in struct hostlist */
};

/* Everything is filled in, with defaults where the file is silent. */
struct conf {
	struct conf_listen	*listen;	/* at least one */
	size_t			 nlisten;
	unsigned int		 proxy_workers;
	unsigned int		 detector_workers;
	uint64_t		 scan_limit;	/* bytes a message */
	enum conf_overload	 overload;
	struct conf_prefixes	 allow;		/* allowed destinations */
	unsigned int		 dedup_window;	/* seconds, 0 is off */
	char			*log_dir;	/* absolute */
	uint64_t		 log_rotate;	/* bytes */
	unsigned int		 log_keep;	/* rotated files kept */
	int			 log_compress;	/* pack them */
	uint64_t		 log_total;	/* bytes of all logs */
	struct conf_rule	*rules;		/* in order of the file */
	size_t			 nrules;
	struct conf_ignore	*ignores;
	size_t			 nignores;
	int			 prompt_injection;	/* enabled */
	struct conf_client	*clients;	/* in order of the file */
	size_t			 nclients;
	struct conf_listen	*mcp_listen;	/* MCP over HTTP; may be none */
	size_t			 nmcp_listen;
	struct hostlist		 mcp_hosts;	/* names mcpd answers to */
	struct hostlist		 inspect;	/* empty: no HTTPS inspection */
	struct hostlist		 passthrough;	/* wins over inspect */
	char			*upstream_ca;	/* file of trusted CAs */
	char			*gateway_host;	/* upstream proxy, or NULL */
	uint16_t		 gateway_port;
	char			*gateway_ca;	/* trusted for it alone, NULL:
						   its TLS is not opened */
	char			*proxy_url;	/* advertised, or NULL;
						   only from the environment */
};

/*
 * What is wrong, in the order found.  Line 0 means the file or the
 * environment as a whole.  Text is printable ASCII: other bytes of a file are
 * written \ooo.  Neither a credential nor its hash is ever quoted.
 */
struct conf_error {
	char	*file;
	int	 line;
	char	*message;
};

struct conf_errors {
	struct conf_error	*v;
	size_t			 n;
	size_t			 dropped;	/* beyond CONF_ERRORS_MAX */
};

/* Start from zeroes: struct conf_errors e = { 0 }; */
void	 conf_errors_free(struct conf_errors *);
/* One "file:line: message" a line, and a last line if some were dropped. */
void	 conf_errors_print(const struct conf_errors *, FILE *);
/* "file:line: message" of one, cut to size.  Returns buf. */
const char *
	 conf_error_format(const struct conf_error *, char *buf, size_t size);

/* Macros defined on the command line; they win over the file's. */
struct conf_macros {
	struct conf_macro	*v;
	size_t			 n;
};

/*
 * Add one, from "name=value" as after -D.  Returns 0, or -1 with *errstr set
 * to a constant string.  Start from zeroes.
 */
int	 conf_macros_add(struct conf_macros *, const char *definition,
	    const char **errstr);
void	 conf_macros_free(struct conf_macros *);

#define CONF_MISSING_OK	0x01	/* no such file: an empty configuration */

/*
 * Parse a file and what it includes.  Returns the configuration, or NULL with
 * at least one error added.  Macros may be NULL.  Frees with conf_free().
 */
struct conf *
	 conf_parse_file(const char *path, const struct conf_macros *,
	    int flags, struct conf_errors *);

/*
 * The same for text in memory (any bytes), which may not include files; no
 * file is opened.  Name stands for the file in errors.
 */
struct conf *
	 conf_parse_string(const char *name, const char *text, size_t len,
	    const struct conf_macros *, struct conf_errors *);

/* The configuration an empty file gives. */
struct conf *
	 conf_new(void);
void	 conf_free(struct conf *);

/*
 * Print the effective configuration, in a form that parses back to itself:
 * printed again it is the same text.  proxy_url is no part of it.
 */
void	 conf_print(const struct conf *, FILE *);

/* May this client ask mcpd anything, by whatever way? */
int	 conf_client_asks(const struct conf_client *);

/* The client block of that name, or NULL. */
const struct conf_client *
	 conf_client_find(const struct conf *, const char *name);

/*
 * The environment of the skill contract.  A member is the variable
 * NANOCLAW_TRAFFIC_GUARDIAN_ and its name in capitals, NULL if it is unset or
 * empty.  The strings stay the environment's.
 */
struct conf_env {
	const char	*home;
	const char	*config;
	const char	*mode;
	const char	*proxy_url;
	const char	*ca_bundle;
	const char	*log_dir;
	const char	*max_scan_bytes;
	const char	*redact_snippets;
};

/* Lines for the log, one for each variable that was used. */
struct conf_notes {
	char	**v;
	size_t	  n;
};

/* The four places, absolute, all owned. */
struct paths {
	char	*config;
	int	 config_named;	/* by -f or _CONFIG: it must exist */
	char	*logdir;
	char	*statedir;
	char	*rundir;
};

/* Collect the variables from the process environment. */
void	 conf_env_read(struct conf_env *);

/*
 * First step, before the file is read: resolve the places from the defaults,
 * the environment and the -f argument (NULL if there was none).  Returns 0, or
 * -1 with errors added.  Start from zeroes; paths_free() is due either way.
 */
int	 conf_paths(struct paths *, const struct conf_env *,
	    const char *file, struct conf_errors *, struct conf_notes *);

/*
 * Second step, after the file is read: lay the environment over it and settle
 * the log directory, the same in conf.log_dir and paths.logdir.  Returns 0, or
 * -1 with errors added.  Notes and errors never quote a credential.
 */
int	 conf_env_apply(struct conf *, struct paths *,
	    const struct conf_env *, struct conf_errors *,
	    struct conf_notes *);

/*
 * Both steps and the parse between them, as guardiand starts and reloads.
 * Returns the configuration, or NULL with errors added.
 */
struct conf *
	 conf_load(struct paths *, const struct conf_env *, const char *file,
	    const struct conf_macros *, struct conf_errors *,
	    struct conf_notes *);

void	 conf_notes_free(struct conf_notes *);
void	 paths_free(struct paths *);

/*
 * Sends a detector the rules that the configuration adds or enables, and what
 * it ignores.  0, or -1 if memory is short.
 */
int	 conf_rules_send(const struct conf *, struct channel *);

#endif
