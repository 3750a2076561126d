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

/* Linked into ATF programs, in a sanitizer build only. */

const char	*__asan_default_options(void);
const char	*__lsan_default_options(void);
const char	*__lsan_default_suppressions(void);

/* What libatf-c itself never frees is not ours to report. */
const char *
__lsan_default_suppressions(void)
{
	return ("leak:libatf-c.so");
}

/* Kyua takes a word on standard error for a broken list of tests. */
const char *
__lsan_default_options(void)
{
	return ("print_suppressions=0");
}

/* Some tests enter a sandbox, which has no use for sigaltstack(2). */
const char *
__asan_default_options(void)
{
	return ("use_sigaltstack=0:detect_stack_use_after_return=1");
}
