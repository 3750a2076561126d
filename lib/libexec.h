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

#ifndef LIBEXEC_H
#define LIBEXEC_H

#include <stddef.h>

#include "proc.h"

/*
 * Where the programs of the processes are.  A program of a build tree
 * (build/sbin) has them in build/libexec; an installed one where it was
 * configured to look.  argv0 is the caller's own name, looked for in PATH if
 * there is no slash in it.  The directory must hold the program of the role as
 * a file that belongs to root or to this user and that not everybody may
 * write.  0 and the path in dir, or -1.
 */
int	libexec_find(char *dir, size_t size, const char *argv0,
	    enum proc_role);

#endif /* LIBEXEC_H */
