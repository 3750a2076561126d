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

#ifndef RULES_COMMANDS_H
#define RULES_COMMANDS_H

/* What the tables of commands share. */

#include "rules.h"

#define LIST(...)	(const char *const []){ __VA_ARGS__, NULL }

/* Not within a word, and not the end of one with quotes in it: shell.c. */
#define L	"(?:(?<![A-Za-z0-9_.-])|(?<=\\\\[bfnrt]))" \
		"(?<![A-Za-z0-9]{2}[\"'])(?<![\"'][A-Za-z0-9][\"'])" \
		"(?<![\"']{2})"
#define R	"(?![A-Za-z0-9_-]|\\.[A-Za-z0-9])"
#define SP	"(?:[ \\t]|\\\\\\r?\\n|\\\\\\\\\\\\n|\\\\t)"
/* White space that may be missing, and that may not. */
#define S0	"[ \\t]{0,8}(?:" SP "[ \\t]{0,8}){0,2}"
#define S1	SP S0
#define Q	"(?:\\\\?[\"'])"		/* a quote, plain or JSON */

/*
 * Arguments: no pipe, list operator, backtick or line end, except as part of
 * an escape.  Groups repeated with a large bound are unrolled by PCRE2, so the
 * bound is on classes; the engine holds the whole match to its width.
 */
#define PLAIN	"[^\\r\\n|;&`\\\\]"
#define ESC	"(?:&(?!&)|\\\\\\r?\\n|\\\\\\\\\\\\n|\\\\(?!n))"
#define ARGS(n)	PLAIN "{0," #n "}+(?:" ESC PLAIN "{0," #n "}+){0,12}+"
#define PIPE	"\\|(?!\\|)&?" S0

#define BIN	"(?:/(?:usr/)?(?:local/)?s?bin/)?"
#define SHELL	BIN "(?:ba|z|da|k|mk|a|c|tc|fi)?sh"
/* An interpreter that reads its program from standard input. */
#define INTERP	BIN "(?:python(?:[23](?:\\.[0-9]{1,2})?)?|perl|ruby|node|php)" \
		"(?=" S0 "(?:-(?![A-Za-z-])|[\\r\\n\"'`;&)\\\\]|(?!" SP \
		"|[A-Za-z0-9_.|/:,-])|$))"
/* Words before the interpreter that do not change what it does. */
#define ASSIGN	"[A-Z_]{1,24}=[^\\s|;&]{0,40}" S1
#define SUDO	"(?:" BIN "(?:sudo|doas|env|exec|nohup|command|builtin|time" \
		"|xargs|nice|ionice|setsid|stdbuf|timeout|busybox|chroot)" S1 \
		"(?:-{1,2}[A-Za-z0-9-]{1,16}(?:[= ][A-Za-z0-9_.{}-]{1,24}?)?" \
		S1 "|[0-9]{1,5}[smh]?" S1 "|" ASSIGN "){0,4}|" ASSIGN "){0,3}"
/* Where a fetch gets it from: a URL, a host name with a path, a variable. */
#define URL	"(?:[a-z]{3,5}://|\\$[{(A-Za-z]|[A-Za-z0-9-]{1,63}" \
		"\\.[a-z]{2,24}(?:[/:\\s]|(?=\\|))" \
		"|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[a-z0-9-]{1,63}:[0-9]{2,5}/)"
#define FETCH	"(?:curl|wget|fetch|aria2c|lynx)(?:\\.exe)?" SP \
		"(?=[^\\r\\n|`]{0,200}?" \
		"(?:\\\\\\r?\\n[^\\r\\n|`]{0,200}?){0,3}?" URL ")"

#define IEX	"(?:iex|IEX|Iex|Invoke-Expression|invoke-expression)"
#define IWR	"(?:iwr|irm|IWR|IRM|Invoke-WebRequest|Invoke-RestMethod" \
		"|invoke-webrequest|invoke-restmethod|DownloadString" \
		"|downloadstring|curl|wget)"

#define COMMAND_CHANNELS	(RULE_IN_HEADER | RULE_IN_BODY)

#endif /* RULES_COMMANDS_H */
