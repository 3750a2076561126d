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
 * Inside lib/conf only: what the lexer, the grammar and the checks share
 * during one parse.
 */

#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf.h"

/*
 * Bounds that keep a hostile or looping configuration cheap.  The total
 * counts macro expansions and repeated includes, so neither can multiply.
 */
#define PARSE_FILE_MAX		(1024 * 1024)
#define PARSE_TOTAL_MAX		(2 * 1024 * 1024)
#define PARSE_INCLUDE_DEPTH	16
#define PARSE_BRACE_DEPTH	8
#define PARSE_TOKEN_MAX		4096	/* also of a macro's value */
#define PARSE_MACROS_MAX	256
#define PARSE_MACRO_NAME_LEN	63

/* Memory that lives as long as the parse, so that no error path leaks. */
struct arena_chunk;
struct arena {
	struct arena_chunk	*chunks;
};

void	*arena_alloc(struct arena *, size_t);
char	*arena_strndup(struct arena *, const char *, size_t);
void	 arena_free(struct arena *);	/* wiped: it has held credentials */

enum lexeme {
	LEX_EOF,
	LEX_NL,		/* end of a line, and of an included file */
	LEX_OPEN,	/* { */
	LEX_CLOSE,	/* } */
	LEX_COMMA,
	LEX_EQUALS,
	LEX_NAME,	/* a word that starts a line and has "=" behind it */
	LEX_WORD,
	LEX_QUOTED
};

struct token {
	enum lexeme	 type;
	int		 line;
	const char	*file;
	const char	*text;	/* of the last three, never NULL */
	int		 bad;	/* an error was told: say no more about it */
};

/* A file, text in memory, or the value of a macro being read. */
struct source {
	struct source	*up;		/* who included it */
	const char	*file;
	const char	*pos;
	const char	*end;
	int		 line;
	int		 macro;		/* a value; "$" is no longer special */
	size_t		 base;		/* brace depth at its start */
};

#define MACRO_FIXED	0x01	/* from the command line */
#define MACRO_BAD	0x02	/* its value had an error */

struct macro {
	struct macro	*next;
	const char	*name;
	const char	*value;
	int		 flags;
};

/* Settings that may be given once. */
enum once {
	ONCE_MODE,
	ONCE_PROXY_WORKERS,
	ONCE_DETECTOR_WORKERS,
	ONCE_SCAN_LIMIT,
	ONCE_OVERLOAD,
	ONCE_DEDUP_WINDOW,
	ONCE_LOG,
	ONCE_ROTATE,		/* these four: once a log statement */
	ONCE_KEEP,
	ONCE_COMPRESS,
	ONCE_TOTAL,
	ONCE_CREDENTIAL,	/* these: once a client block */
	ONCE_QUOTA,
	ONCE_MCP_SOCKET,
	ONCE_MCP_TOKEN,
	ONCE_IPC,
	ONCE_UPSTREAM_CA,
	ONCE_UPSTREAM_PROXY,
	ONCE_COUNT
};

/* One entry of the list in braces being read. */
struct item {
	const struct token	*addr;
	const struct token	*port;	/* NULL: any */
};

/* Where a client's address was given, for the check of overlaps. */
struct ref {
	size_t			 client;	/* index */
	struct prefix		 prefix;
	const struct token	*at;
};

struct parser {
	struct arena		 arena;
	struct conf		*conf;
	struct conf_errors	*errors;
	size_t			 errors_before;
	int			 files;		/* may include */

	/* The lexer's. */
	struct source		*src;
	size_t			 total;		/* bytes taken up so far */
	int			 overflow;	/* total was exceeded, told */
	int			 includes;	/* depth now */
	size_t			 depth;		/* of braces */
	const struct token	*open[PARSE_BRACE_DEPTH];
	struct macro		*macros;
	size_t			 nmacros;
	int			 value;		/* behind NAME "=" */
	int			 quiet;		/* skipping: no errors */
	int			 unclosed;	/* a missing "}" was told */
	const struct token	*last;		/* returned last */
	const struct token	*pushed;	/* returned next */

	/* The grammar's. */
	int			 secret;	/* this line may hold one */
	const struct token	*once[ONCE_COUNT];	/* where first given */
	char			 valuebuf[PARSE_TOKEN_MAX + 1];
	size_t			 valuelen;
	int			 valuebad;
	struct item		*items;		/* of the list being read */
	size_t			 nitems;
	size_t			 items_size;
	int			 items_over;	/* too many, told */
	size_t			 client;	/* index of the open block */
	int			 listen_given;
	const struct token	**listen_at;	/* beside conf->listen */
	const struct token	**mcp_at;	/* beside conf->mcp_listen */
	const struct token	**client_at;	/* beside conf->clients */
	const struct token	**rule_at;	/* beside conf->rules */
	const struct token	**ignore_at;	/* pattern, beside ignores */
	struct ref		*refs;
	size_t			 nrefs;
	size_t			 refs_size;
};

/* parse_lex.c */
const struct token *lex_next(struct parser *);
/* Drop the rest of the statement behind the last token, braces and all. */
void	 lex_skip(struct parser *);
/* Returns 0, or -1 with *errstr set. */
int	 lex_push_file(struct parser *, const char *file, const char *text,
	    size_t len, const char **errstr);
/* Define a macro; the value and the name are copied. */
int	 lex_macro_set(struct parser *, const char *name, size_t namelen,
	    const char *value, int flags, const char **errstr);
int	 lex_macro_name_ok(const char *, size_t);

/* parse_set.c: what each statement does.  All report their own errors. */
int	 set_once(struct parser *, enum once, const char *what,
	    const struct token *);
void	 set_listen(struct parser *, const struct token *addr,
	    const struct token *port);
/*
 * An address of this host and a port; what names the statement.  0, or -1 and
 * reported.
 */
int	 set_address(struct parser *, const char *what,
	    const struct token *addr, const struct token *port,
	    struct conf_listen *);
/* 1 when the two cannot be listened on at once. */
int	 listen_conflict(const struct conf_listen *,
	    const struct conf_listen *);
void	 set_mode(struct parser *, const struct token *);
void	 set_workers(struct parser *, enum once, const char *what,
	    unsigned int *, const struct token *);
void	 set_scan_limit(struct parser *, const struct token *);
void	 set_overload(struct parser *, const struct token *);
void	 set_dedup(struct parser *, const struct token *);
void	 set_log_directory(struct parser *, const struct token *);
void	 set_log_rotate(struct parser *, const struct token *);
void	 set_log_keep(struct parser *, const struct token *);
void	 set_log_compress(struct parser *, const struct token *);
void	 set_log_total(struct parser *, const struct token *);
/* Once everything is read: what depends on several of these. */
void	 check_log(struct parser *);
void	 set_allow(struct parser *, struct conf_prefixes *);
void	 set_macro(struct parser *, const struct token *name);
void	 set_include(struct parser *, const struct token *);
void	 list_start(struct parser *);
void	 list_add(struct parser *, const struct token *addr,
	    const struct token *port);

/* parse_tls.c: the list just read, or all of them; files of certificates */
void	 set_hosts(struct parser *, const char *what, struct hostlist *);
void	 set_inspect_all(struct parser *, const struct token *);
void	 set_upstream_ca(struct parser *, const struct token *);
void	 set_upstream_proxy(struct parser *, const struct token *url,
	    const struct token *ca);
/* A file that TLS inspection needs: an error in *errstr, constant or not. */
int	 trust_file_ok(const char *path, const char **errstr);

/* parse_rule.c: of the words just read, as a list */
void	 set_rule(struct parser *, const struct token *name);
void	 set_ignore(struct parser *, const struct token *at);
void	 set_enable(struct parser *);
void	 check_ignores(struct parser *);

/* parse_mcp.c: of the list just read, or of the open client block */
void	 set_mcp_listen(struct parser *, const struct token *addr,
	    const struct token *port);
void	 set_mcp_hosts(struct parser *, const struct token *what);
void	 client_mcp_socket(struct parser *, const struct token *);
void	 client_mcp_token(struct parser *, const struct token *);
void	 client_ipc(struct parser *, const struct token *);
void	 check_mcp(struct parser *);
/* A file that holds a client's token, and nobody else's to read. */
int	 token_file_ok(const char *path, const char **errstr);

/* parse_client.c */
void	 client_start(struct parser *, const struct token *at,
	    const struct token *name);
struct conf_client *
	 client_now(struct parser *);
void	 client_address(struct parser *);
void	 client_credential(struct parser *, const struct token *);
void	 client_quota(struct parser *, const struct token *);
void	 check_all(struct parser *);

/* parse_url.c */
/*
 * "http://host:port", an IPv6 address in brackets (RFC 3986, 3.2.2), with or
 * without a last slash.  host (canonical) and port may be NULL.  Returns the
 * length without that slash, or 0 with *errstr set.
 */
size_t	 parse_proxy_url(const char *, char host[HOST_CANON_SIZE],
	    uint16_t *port, const char **errstr);

/* parse_num.c; errstr finishes the sentence "WHAT ..." */
int	 parse_number(const char *, uint64_t min, uint64_t max, uint64_t *,
	    const char **errstr);
int	 parse_size(const char *, uint64_t min, uint64_t max, uint64_t *,
	    const char **errstr);
/* "64M": the largest unit that loses nothing. */
const char *
	 format_size(uint64_t, char *, size_t);
/* Is it an absolute path that can be printed and read back? */
int	 parse_path_ok(const char *, const char **errstr);
int	 parse_mode(const char *, const char **errstr);

/* conf_error.c */
void	 conf_error_add(struct conf_errors *, const char *file, int line,
	    const char *fmt, ...)
	    __attribute__((__format__(printf, 4, 5)));
/* At the place of a token; nothing while skipping. */
void	 parse_error(struct parser *, const struct token *at,
	    const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	 parse_error_line(struct parser *, const char *file, int line,
	    const char *fmt, ...)
	    __attribute__((__format__(printf, 4, 5)));

/* conf_file.c */
/*
 * Read a regular file of at most PARSE_FILE_MAX bytes that not everyone may
 * write.  Returns 0 with *text owned by the caller, 1 if there is no such
 * file, or -1 with *errstr set, which is constant or strerror(3)'s.
 */
int	 conf_file_read(const char *path, char **text, size_t *len,
	    const char **errstr);

/* parse.y */
void	 parse_run(struct parser *);

/* conf.c: memory or fatal.  Room for element n, or for exactly one more. */
void	*conf_grow(void *, size_t *size, size_t n, size_t each);
void	*conf_append(void *, size_t n, size_t each);
char	*conf_strdup(const char *);

#endif
