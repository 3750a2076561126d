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
 * What a regular expression says badly: the kind of path a file name is the
 * end of, the arguments of rm.  Keys are in validate_keys.c.  A validator sees
 * the match and up to RULE_LEFT bytes before it, never more, so that its
 * verdict does not depend on how the message was split.
 */

#include <ctype.h>
#include <string.h>

#include "rules.h"

/* The path a match ends. */
enum path_kind {
	PATH_BARE,		/* nothing before it */
	PATH_RELATIVE,
	PATH_HOME,		/* "~", $HOME */
	PATH_ABSOLUTE,
	PATH_URL,
	PATH_WORD		/* the match is the end of a word */
};

struct path {
	enum path_kind	 kind;
	const uint8_t	*start;		/* of what comes before the match */
	size_t		 len;
	size_t		 left;		/* readable before start */
};

static int
is_path_byte(uint8_t c)
{
	return (isalnum(c) || c == '/' || c == '.' || c == '_' || c == '-' ||
	    c == '~' || c == '$' || c == '{' || c == '}' || c == '@' ||
	    c == '+' || c == '*');
}

/* Whether the letter at p is the end of "\n" and the like. */
static int
is_escape(const uint8_t *p, size_t left)
{
	return (left > 0 && p[-1] == '\\' && strchr("bfnrt", *p) != NULL);
}

static void
path_find(const struct rule_match *m, struct path *path)
{
	const uint8_t	*p = m->text, *s;
	size_t		 left = m->left, n;

	while (left > 0 && is_path_byte(p[-1]) && !is_escape(p - 1, left - 1)) {
		p--;
		left--;
	}
	/* "file=@/root/...": curl's and a mention's "@" is not of the path. */
	while (p < m->text && *p == '@') {
		p++;
		left++;
	}
	path->start = s = p;
	path->left = left;
	path->len = n = (size_t)(m->text - p);

	if (n == 0)
		path->kind = PATH_BARE;
	else if (left > 0 && p[-1] == ':' && n >= 2 && s[0] == '/' &&
	    s[1] == '/')
		path->kind = left >= 5 && memcmp(p - 5, "file", 4) == 0 ?
		    PATH_ABSOLUTE : PATH_URL;
	else if (s[0] == '/')
		path->kind = PATH_ABSOLUTE;
	else if (s[0] == '~' || (n >= 5 && memcmp(s, "$HOME", 5) == 0) ||
	    (n >= 7 && memcmp(s, "${HOME}", 7) == 0))
		path->kind = PATH_HOME;
	else
		path->kind = PATH_RELATIVE;

	/* ".ssh/" needs a slash before it, or nothing of a word at all. */
	if (n > 0 && m->text[0] != '/' && s[n - 1] != '/')
		path->kind = PATH_WORD;
}

int
ends_with(const uint8_t *end, size_t left, const char *word)
{
	size_t	 n = strlen(word);

	return (left >= n && memcmp(end - n, word, n) == 0);
}

/* Commands that read or send the file named next. */
static const char *const read_words[] = {
	"cat ", "base64 ", "base64 -w0 ", "base64 -w 0 ", "head ", "tail ",
	"less ", "more ", "xxd ", "strings ", "tac ", "cp ", "scp ", "rsync ",
	"@", "<", "< ", "open(", "readFile(", "readFileSync(", NULL
};

/* Keys of a tool call or form whose value is a file name. */
static const char *const file_keys[] = {
	"file_path", "filePath", "filename", "file", "path", NULL
};

enum reading { READING_NO, READING_COMMAND, READING_FILE };

/* What the text before a path says: read by a command, named as a file. */
static enum reading
path_reading(const struct path *path)
{
	const char *const	*w;
	const uint8_t		*p = path->start;
	size_t			 left = path->left;
	int			 quoted = 0, colon;

	while (left > 0 && (p[-1] == '"' || p[-1] == '\'' || p[-1] == '\\')) {
		if (p[-1] != '\\')
			quoted = 1;
		p--;
		left--;
	}
	for (w = read_words; *w != NULL; w++)
		if (ends_with(p, left, *w))
			return ((*w)[0] == '@' ? READING_FILE :
			    READING_COMMAND);
	if (!quoted)
		return (READING_NO);
	/* "file_path": "...", filename="..."; source code quotes no key */
	while (left > 0 && p[-1] == ' ') {
		p--;
		left--;
	}
	if (left < 2 || (p[-1] != ':' && p[-1] != '='))
		return (READING_NO);
	colon = *--p == ':';
	left--;
	while (left > 0 && (p[-1] == '"' || p[-1] == '\\' || p[-1] == ' ')) {
		if (p[-1] == '"')
			colon = 0;
		p--;
		left--;
	}
	if (colon)
		return (READING_NO);
	for (w = file_keys; *w != NULL; w++)
		if (ends_with(p, left, *w))
			return (READING_FILE);
	return (READING_NO);
}

/*
 * Whether the path is a value: all of a text, quoted, assigned, or what a
 * command reads.  Otherwise it stands in a sentence, a list or a listing, and
 * is a mention of the file.
 */
static int
path_is_value(const struct path *path)
{
	uint8_t	 c;

	if (path->left == 0 || path_reading(path) != READING_NO)
		return (1);
	c = path->start[-1];
	/* view_break() puts a NUL between texts */
	if (c == '\n')
		return (path->left > 1 && path->start[-2] == '\0');
	return (c == '"' || c == '\'' || c == '=' || c == '@' || c == ':' ||
	    c == '<');
}

static int
path_severity(const struct rule_match *m, int bare)
{
	struct path	 path;
	enum reading	 reading;

	path_find(m, &path);
	reading = path_reading(&path);
	switch (path.kind) {
	case PATH_ABSOLUTE:
		return (path_is_value(&path) ? (int)m->pattern->severity :
		    (int)FINDING_LOW);
	case PATH_HOME:
	case PATH_RELATIVE:
		return (reading != READING_NO ? (int)m->pattern->severity :
		    (int)FINDING_LOW);
	case PATH_BARE:
		if (reading == READING_FILE)
			return (m->pattern->severity);
		if (reading == READING_COMMAND || bare)
			return (FINDING_LOW);
		return (RULE_REJECT);
	case PATH_URL:
	case PATH_WORD:
		break;
	}
	return (RULE_REJECT);
}

int
valid_path_ssh(const struct rule_match *m)
{
	int	 severity;

	severity = path_severity(m, 0);
	/* Not private keys: who may enter, and where to. */
	if (severity != RULE_REJECT && m->len > 5 && m->text[5] != 'i')
		severity = FINDING_LOW;
	return (severity);
}

int
valid_path_cloud(const struct rule_match *m)
{
	return (path_severity(m, 0));
}

int
valid_path_session(const struct rule_match *m)
{
	struct path	 path;

	/* The names are peculiar to NanoClaw: bare is as good as absolute. */
	path_find(m, &path);
	if (path.kind == PATH_URL || path.kind == PATH_WORD)
		return (RULE_REJECT);
	return (m->pattern->severity);
}

/* Where template, test and vendored files live. */
static const char *const benign_dirs[] = {
	"node_modules/", "vendor/", "site-packages/", "examples/", "example/",
	"templates/", "fixtures/", "testdata/", "__tests__/", NULL
};

int
valid_path_dotenv(const struct rule_match *m)
{
	const char *const	*w;
	struct path		 path;

	path_find(m, &path);
	for (w = benign_dirs; *w != NULL; w++)
		if (bytes_within(path.start, path.len, *w))
			return (RULE_REJECT);
	return (path_severity(m, 0));
}

/* Other roots of the same tree: mounts of the host in a container. */
static const char *const root_aliases[] = {
	"/mnt", "/host", "/hostfs", "/rootfs", "/host_root", "/chroot",
	"/proc/1/root", "/proc/self/root", "..", NULL
};

int
valid_path_unix(const struct rule_match *m)
{
	const char *const	*w;
	struct path		 path;
	int			 severity = m->pattern->severity;

	/* Everyone may read passwd; it is a sign of looking around. */
	if (m->len == 11 && memcmp(m->text, "/etc/passwd", 11) == 0)
		severity = FINDING_LOW;

	path_find(m, &path);
	if (path.kind == PATH_URL)
		return (RULE_REJECT);
	if (path.kind != PATH_BARE) {
		for (w = root_aliases; *w != NULL; w++)
			if (ends_with(m->text, path.len, *w))
				break;
		/* file:// leaves two slashes before the path. */
		if (*w == NULL && !(path.len == 2 &&
		    memcmp(path.start, "//", 2) == 0))
			return (RULE_REJECT);
		/* "../../etc/shadow" is written by who wants to get there */
		if (*w != NULL && strcmp(*w, "..") == 0)
			return (severity);
	}
	return (path_is_value(&path) ? severity : (int)FINDING_LOW);
}

/* The bytes from the start of the line to the match. */
size_t
line_before(const struct rule_match *m, const uint8_t **start)
{
	const uint8_t	*p = m->text;
	size_t		 left = m->left;

	while (left > 0) {
		/* A backslash continues a line. */
		if ((p[-1] == '\n' || p[-1] == '\r') &&
		    !(left > 1 && (p[-2] == '\\' || p[-2] == '\r')))
			break;
		if (left > 1 && p[-1] == 'n' && p[-2] == '\\')
			break;
		p--;
		left--;
	}
	if (p < m->text && *p == '\n')
		p++;
	*start = p;
	return ((size_t)(m->text - p));
}

int
valid_pipe(const struct rule_match *m)
{
	const uint8_t	*p;
	size_t		 len;

	/* A line that begins with "|" is a row of a table. */
	len = line_before(m, &p);
	while (len > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		len--;
	}
	if (len > 0 && *p == '|')
		return (RULE_REJECT);
	return (m->pattern->severity);
}

int
valid_decode(const struct rule_match *m)
{
	const uint8_t	*p;
	size_t		 len = line_before(m, &p);

	/* What is fetched and decoded is one command: fetch_pipe has it. */
	if (len > 0 && memchr(p, '|', len) != NULL &&
	    (bytes_within(p, len, "curl ") || bytes_within(p, len, "wget ")))
		return (RULE_REJECT);
	return (valid_pipe(m));
}

int
valid_find(const struct rule_match *m)
{
	/* One kind of file, some that are old: housekeeping. */
	if (bytes_within(m->text, m->len, "name ") ||
	    bytes_within(m->text, m->len, "time ") ||
	    bytes_within(m->text, m->len, "-empty"))
		return (RULE_REJECT);
	return (m->pattern->severity);
}

/* What makes "sh -c" more than a way to write a command. */
static const char *const risky_words[] = {
	"curl ", "wget ", ">/dev/tcp/", "& /dev/tcp/", "& /dev/udp/",
	"nc ", "ncat ", "base64 ", "chmod ", "eval ", "rm -", "mkfifo",
	"crontab", ".ssh", "/etc/", "socket", "urllib", "requests.",
	"os.system", "subprocess", "child_process", "whoami", "uname -",
	"sudo ", "useradd", "chown ", "dd if=", "env |", "printenv",
	"/proc/", " .env", "/.env", "nohup ", "xmrig", "b64decode", "exec(",
	"__import__", NULL
};

/*
 * Whether a word is in a text in lower case, but not as the end of another:
 * "async " is no "nc ", and "--eval " of an interpreter is no "eval ".
 */
static int
word_starts_within(const uint8_t *s, size_t len, const char *word)
{
	const uint8_t	*p = s, *end = s + len;
	size_t		 n = strlen(word);

	for (; (size_t)(end - p) >= n && (p = memchr(p, word[0],
	    (size_t)(end - p) - n + 1)) != NULL; p++)
		if (memcmp(p, word, n) == 0 && (p == s ||
		    !isalnum((unsigned char)word[0]) ||
		    (!isalnum(p[-1]) && p[-1] != '-') ||
		    is_escape(p - 1, (size_t)(p - s) - 1)))
			return (1);
	return (0);
}

/* sh -c "$(curl ...)" runs what was fetched: pipe_to_shell has it. */
static int
runs_fetched(const uint8_t *s, size_t len)
{
	const uint8_t	*p, *end = s + len;

	for (p = s; (p = memchr(p, '-', (size_t)(end - p))) != NULL &&
	    end - p > 4; p++)
		if (memcmp(p, "-c ", 3) == 0)
			break;
	if (p == NULL || end - p <= 4)
		return (0);
	for (p += 3; p < end && (*p == ' ' || *p == '"' || *p == '\\'); p++)
		continue;
	if (end - p > 2 && p[0] == '$' && p[1] == '(')
		p += 2;
	else if (p < end && *p == '`')
		p++;
	else
		return (0);
	return (end - p > 5 && (memcmp(p, "curl ", 5) == 0 ||
	    memcmp(p, "wget ", 5) == 0) &&
	    bytes_within(p, (size_t)(end - p), "://") &&
	    (memchr(p, ')', (size_t)(end - p)) != NULL ||
	    memchr(p, '`', (size_t)(end - p)) != NULL));
}

int
valid_exec_flag(const struct rule_match *m)
{
	const char *const	*w;
	uint8_t			 text[RULE_WIDTH_MAX];
	size_t			 i, len;

	if (runs_fetched(m->text, m->len))
		return (RULE_REJECT);
	len = m->len < sizeof(text) ? m->len : sizeof(text);
	for (i = 0; i < len; i++)
		text[i] = (uint8_t)tolower(m->text[i]);
	for (w = risky_words; *w != NULL; w++)
		if (word_starts_within(text, len, *w))
			return (FINDING_MEDIUM);
	return (m->pattern->severity);
}

int
valid_authorized(const struct rule_match *m)
{
	const uint8_t	*p;
	size_t		 len, i, run = 0;

	/* A key before it on the line: the pattern key_to_file has it. */
	len = line_before(m, &p);
	while (len < m->left && p[-1] != '\n' && p[-1] != '\r') {
		p--;
		len++;
	}
	for (i = 0; i < len; i++) {
		run = isalnum(p[i]) || p[i] == '+' || p[i] == '/' ? run + 1 : 0;
		if (run >= 40)
			return (RULE_REJECT);
	}
	len = line_before(m, &p);
	/* Copying one's own public key is what every manual shows. */
	if (bytes_within(p, len, "cat ") && bytes_within(p, len, ".pub") &&
	    !bytes_within(p, len, "curl") && !bytes_within(p, len, "wget"))
		return (FINDING_LOW);
	return (m->pattern->severity);
}
