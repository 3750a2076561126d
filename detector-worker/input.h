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

#ifndef INPUT_H
#define INPUT_H

struct custom;

/*
 * detector-worker -s, which guardianctl scan starts: scans standard input and
 * writes what it found to standard output, one JSON object a line, each with
 * a member "type":
 *
 *	finding	direction, threat_type, pattern, severity, channel, offset,
 *		snippet
 *	gap	reason, bytes: not scanned, or not by every rule
 *	ignored	count: hits that the configuration ignores
 *	end	bytes: that is all; without this line the scan failed
 *
 * The options are those of guardianctl scan, and -C: descriptor 3 is a socket
 * with the rules of a configuration, as a parent sends them, and then closed.
 * It confines itself before it reads the first byte.  Returns the exit status.
 */
int	input_main(int argc, char **argv);

/* input_rules.c: what comes from descriptor 3; on failure it ends. */
struct custom	*input_rules(void);

#endif /* INPUT_H */
