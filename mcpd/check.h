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

#ifndef CHECK_H
#define CHECK_H

#include <jansson.h>

#include "msg_mcp.h"

struct msg_about;

/*
 * What clawsec_traffic_check_config finds wrong, whoever finds it.  A value of
 * the caller's is never repeated: a proxy URL has a password in it.
 */
#define CHECK_VALUE_MAX		4096	/* bytes of a variable's value */

/* severity: "error", "warning" or "info"; where: "env.NAME" ..., or NULL. */
void	 check_problem(json_t *problems, const char *code,
	    const char *severity, const char *where, const char *message);
/* Is one of them an error? */
int	 check_has_error(const json_t *problems);

/* The variables that are looked at; NULL at the end. */
extern const char *const	 check_env_names[];

/*
 * Judges variables, an object of strings by those names, against what the
 * guardian is and what it has seen of the client.
 */
void	 check_env(json_t *problems, const json_t *env,
	    const struct msg_about *);
void	 check_seen(json_t *problems, const struct client_counts *,
	    const struct msg_about *);
/* Where a client is to send its requests; "" when that is not known. */
void	 check_proxy_url(const struct msg_about *, char *, size_t);

#endif /* CHECK_H */
