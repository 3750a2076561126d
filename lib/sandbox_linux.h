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

#ifndef SANDBOX_LINUX_H
#define SANDBOX_LINUX_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox.h"

/* Shared by the sandbox_linux*.c files only. */

/* The last Landlock ABI with something in it that we use. */
#define SANDBOX_ABI_WANTED	6
/* The last one known to us. */
#define SANDBOX_ABI_MAX		7

/* Built with AddressSanitizer: gcc says so one way, clang another. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED
#endif
#endif

/*
 * The ABI to use: the kernel's, bounded by what we know and by the policy; 0
 * when Landlock is absent, disabled or refused.
 */
unsigned int	 sandbox_landlock_abi(const struct sandbox_policy *);

/*
 * Restricts the process as far as abi (at least 1) goes.  0, or -1 with the
 * reason in why.
 */
int		 sandbox_landlock(const struct sandbox_policy *,
		    unsigned int abi, const struct sandbox_path *, size_t,
		    char *why, size_t);

/*
 * Appends "-truncate-tcp..." to s: what abi cannot do of that which the policy
 * wants.  Returns whether there was anything.
 */
int		 sandbox_landlock_lacks(const struct sandbox_policy *,
		    unsigned int abi, char *s, size_t);

/* Composes and installs the list of system calls.  As sandbox_landlock(). */
int		 sandbox_seccomp(const struct sandbox_policy *, char *why,
		    size_t);

/*
 * Only composes it, for arch (SCMP_ARCH_*, 0 for this machine's): a
 * scmp_filter_ctx for the caller to release, or NULL with the reason in why.
 */
void		*sandbox_seccomp_compose(const struct sandbox_policy *,
		    uint32_t arch, char *why, size_t);

#endif /* SANDBOX_LINUX_H */
