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

#ifndef CTL_H
#define CTL_H

#include <stdint.h>

#include "args.h"
#include "link.h"

struct conf;
struct conf_errors;

/* Each returns the exit status: 0 done, 1 failed, 3 found something. */
int	 ctl_status(const struct args *, const char *path);
int	 ctl_query(const struct args *, const char *path);
int	 ctl_verb(const struct args *, const char *path, uint32_t type);
int	 ctl_check(const struct args *);
int	 ctl_scan(const struct args *, const char *argv0);
int	 ctl_selftest(const struct args *, const char *path);
int	 ctl_verify(const struct args *);
int	 ctl_wiring(const struct args *);
int	 ctl_ca_fingerprint(const struct args *);
int	 ctl_ca_export(const struct args *);
int	 ctl_trust(const struct args *);

/* One "file:line: message" a line on standard error. */
void	 ctl_print_errors(const struct conf_errors *);
/*
 * The configuration whose rules scan uses; NULL if there are none in it, or
 * none can be read and the file was not named.  Returns 0, or -1 and messages.
 */
int	 scan_rules_load(const char *file, struct conf **);
/* To a detector, at the other end of the socket, which is closed. */
void	 scan_rules_send(const struct conf *, int fd);
/* Milliseconds since 1970, UTC. */
int64_t	 ctl_now(void);
/*
 * Confines the process for the rest of its life, now that it is connected.
 * Exits when that fails.
 */
void	 ctl_confine(void);

#endif /* CTL_H */
