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
 * The grammar of guardian.conf(5).
 *
 * Plain yacc, without the parameters and pure parsers that bison and byacc
 * offer under different spellings and other yaccs not at all.  Plain yacc
 * knows one parser at a time, in file scope: the pointer below is set for the
 * length of parse_run() and is NULL otherwise, so nothing of one parse is left
 * for the next.  All memory belongs to the parse, so an abandoned rule leaks
 * nothing.
 */
%{
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static struct parser	*ps;

static int	 yylex(void);
static void	 yyerror(const char *);
int		 yyparse(void);

static void	 unknown_keyword(const struct token *);
static void	 misplaced(const struct token *, const char *);
static void	 value_start(const struct token *);
static void	 value_add(const struct token *);
%}

%union {
	const struct token	*tok;
}

%token	<tok> ADDRESS ALL ALLOW CA CLIENT COMPRESS CREDENTIAL DEDUP DESTINATION
%token	<tok> DETECTOR DIRECTORY FILENAME FOR HTTPS INCLUDE INSPECT KEEP LIMIT
%token	<tok> LISTEN LOG MODE ON OVERLOAD PASSTHROUGH PORT PROXY QUOTA
%token	<tok> ROTATE SCAN SHA256 TOTAL UPSTREAM WINDOW WORKERS
%token	<tok> ENABLE IGNORE RULE
%token	<tok> IPC MCP SOCKET TOKEN
%token	<tok> STRING NAME
%type	<tok> clientname optport toponly

%%

grammar		: /* empty */
		| grammar '\n'
		| grammar statement '\n'
		| grammar error '\n'		{ yyerrok; }
		;

statement	: NAME '=' value		{ set_macro(ps, $1); }
		| INCLUDE STRING		{ set_include(ps, $2); }
		| LISTEN ON STRING optport	{ set_listen(ps, $3, $4); }
		| MODE STRING			{ set_mode(ps, $2); }
		| PROXY WORKERS STRING {
			set_workers(ps, ONCE_PROXY_WORKERS, "proxy workers",
			    &ps->conf->proxy_workers, $3);
		}
		| DETECTOR WORKERS STRING {
			set_workers(ps, ONCE_DETECTOR_WORKERS,
			    "detector workers", &ps->conf->detector_workers,
			    $3);
		}
		| SCAN LIMIT STRING		{ set_scan_limit(ps, $3); }
		| OVERLOAD STRING		{ set_overload(ps, $2); }
		| ALLOW DESTINATION list {
			set_allow(ps, &ps->conf->allow);
		}
		| INSPECT HTTPS FOR list {
			set_hosts(ps, "inspect", &ps->conf->inspect);
		}
		| INSPECT HTTPS FOR ALL		{ set_inspect_all(ps, $4); }
		| PASSTHROUGH list {
			set_hosts(ps, "passthrough", &ps->conf->passthrough);
		}
		| UPSTREAM CA FILENAME STRING	{ set_upstream_ca(ps, $4); }
		| UPSTREAM PROXY STRING {
			set_upstream_proxy(ps, $3, NULL);
		}
		| UPSTREAM PROXY STRING CA FILENAME STRING {
			set_upstream_proxy(ps, $3, $6);
		}
		| DEDUP WINDOW STRING		{ set_dedup(ps, $3); }
		| LOG DIRECTORY STRING {
			ps->once[ONCE_ROTATE] = ps->once[ONCE_KEEP] = NULL;
			ps->once[ONCE_COMPRESS] = ps->once[ONCE_TOTAL] = NULL;
			set_log_directory(ps, $3);
		} logoptions
		| RULE STRING words		{ set_rule(ps, $2); }
		| IGNORE words			{ set_ignore(ps, $1); }
		| ENABLE list			{ set_enable(ps); }
		| MCP LISTEN ON STRING PORT STRING {
			set_mcp_listen(ps, $4, $6);
		}
		| MCP ALLOW STRING list		{ set_mcp_hosts(ps, $3); }
		| client
		| STRING			{ unknown_keyword($1); }
		| IPC				{ misplaced($1, NULL); }
		| ADDRESS			{ misplaced($1, NULL); }
		| CREDENTIAL			{ misplaced($1, NULL); }
		| QUOTA				{ misplaced($1, NULL); }
		;

value		: STRING			{ value_start($1); }
		| value STRING			{ value_add($2); }
		;

optport		: /* empty */			{ $$ = NULL; }
		| PORT STRING			{ $$ = $2; }
		;

logoptions	: /* empty */
		| logoptions ROTATE STRING	{ set_log_rotate(ps, $3); }
		| logoptions KEEP STRING	{ set_log_keep(ps, $3); }
		| logoptions COMPRESS STRING	{ set_log_compress(ps, $3); }
		| logoptions TOTAL STRING	{ set_log_total(ps, $3); }
		;

optnl		: /* empty */
		| optnl '\n'
		;

words		: optnl '{' { list_start(ps); } wordsbody
		;

wordsbody	: manywords '}'
		| manywords error '}'		{ yyerrok; }
		;

manywords	: /* empty */
		| manywords '\n'
		| manywords STRING		{ list_add(ps, $2, NULL); }
		;

list		: optnl '{' { list_start(ps); } optnl listbody
		;

listbody	: items '}'
		| items ',' optnl '}'
		| items error '}'		{ yyerrok; }
		| '}' {
			parse_error(ps, ps->last, "empty list; leave the "
			    "statement out");
		}
		| error '}'			{ yyerrok; }
		;

items		: item optnl
		| items item optnl
		| items ',' optnl item optnl
		;

item		: STRING optport		{ list_add(ps, $1, $2); }
		;

client		: CLIENT clientname optnl '{' {
			client_start(ps, $1, $2);
		} clientbody
		;

clientname	: /* empty */			{ $$ = NULL; }
		| STRING
		;

clientbody	: options '}'
		| options error '}'		{ yyerrok; }
		;

options		: /* empty */
		| options '\n'
		| options option
		| options error '\n'		{ yyerrok; }
		;

option		: ADDRESS list			{ client_address(ps); }
		| CREDENTIAL SHA256 STRING	{ client_credential(ps, $3); }
		| CREDENTIAL STRING {
			parse_error(ps, $2, "credential: write \"sha256\" and "
			    "the SHA-256 of the proxy password in 64 "
			    "hexadecimal digits");
		}
		| ALLOW DESTINATION list {
			set_allow(ps, &client_now(ps)->allow);
		}
		| QUOTA STRING			{ client_quota(ps, $2); }
		| MCP SOCKET			{ client_mcp_socket(ps, $2); }
		| MCP TOKEN FILENAME STRING	{ client_mcp_token(ps, $4); }
		| IPC DIRECTORY STRING		{ client_ipc(ps, $3); }
		| STRING			{ unknown_keyword($1); }
		| toponly {
			misplaced($1, "a client block; is a \"}\" missing "
			    "above?");
		}
		;

toponly		: CLIENT | DEDUP | DETECTOR | ENABLE | IGNORE | INCLUDE
		| INSPECT | LISTEN | LOG | MODE | OVERLOAD | PASSTHROUGH
		| PROXY | RULE | SCAN | UPSTREAM
		;

%%

static const struct {
	const char	*word;
	int		 token;
} keywords[] = {
	{ "address",		ADDRESS },
	{ "all",		ALL },
	{ "allow",		ALLOW },
	{ "ca",			CA },
	{ "client",		CLIENT },
	{ "compress",		COMPRESS },
	{ "credential",		CREDENTIAL },
	{ "dedup",		DEDUP },
	{ "destination",	DESTINATION },
	{ "detector",		DETECTOR },
	{ "directory",		DIRECTORY },
	{ "enable",		ENABLE },
	{ "file",		FILENAME },
	{ "for",		FOR },
	{ "https",		HTTPS },
	{ "ignore",		IGNORE },
	{ "include",		INCLUDE },
	{ "inspect",		INSPECT },
	{ "ipc",			IPC },
	{ "keep",		KEEP },
	{ "limit",		LIMIT },
	{ "listen",		LISTEN },
	{ "log",		LOG },
	{ "mcp",			MCP },
	{ "mode",		MODE },
	{ "on",			ON },
	{ "overload",		OVERLOAD },
	{ "passthrough",	PASSTHROUGH },
	{ "port",		PORT },
	{ "proxy",		PROXY },
	{ "quota",		QUOTA },
	{ "rotate",		ROTATE },
	{ "rule",		RULE },
	{ "scan",		SCAN },
	{ "sha256",		SHA256 },
	{ "socket",		SOCKET },
	{ "token",		TOKEN },
	{ "total",		TOTAL },
	{ "upstream",		UPSTREAM },
	{ "window",		WINDOW },
	{ "workers",		WORKERS }
};

static int
keyword(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcmp(word, keywords[i].word) == 0)
			return keywords[i].token;
	}
	return -1;
}

static int
yylex(void)
{
	const struct token	*t;
	int			 k;

	t = lex_next(ps);
	yylval.tok = t;
	switch (t->type) {
	case LEX_EOF:
		return 0;
	case LEX_NL:
		ps->secret = 0;
		return '\n';
	case LEX_OPEN:
		return '{';
	case LEX_CLOSE:
		return '}';
	case LEX_COMMA:
		return ',';
	case LEX_EQUALS:
		return '=';
	case LEX_NAME:
		if (keyword(t->text) != -1)
			parse_error(ps, t, "\"%s\" is a keyword; give the "
			    "macro another name", t->text);
		return NAME;
	case LEX_QUOTED:
		return STRING;
	case LEX_WORD:
		break;
	}
	/* In the value of a macro a keyword is a word like any other. */
	if (ps->value || (k = keyword(t->text)) == -1)
		return STRING;
	if (k == CREDENTIAL)
		ps->secret = 1;
	return k;
}

/*
 * yacc calls this for a syntax error only, with the offending token the last
 * one read.  The rest of the statement is dropped here, because unlike yacc's
 * own recovery this minds braces.
 */
static void
yyerror(const char *msg)
{
	const struct token *t = ps->last;

	(void)msg;
	switch (t->type) {
	case LEX_EOF:
		if (!ps->unclosed)
			parse_error(ps, t, "syntax error at the end of the "
			    "file");
		return;
	case LEX_NL:
		parse_error(ps, t, "syntax error: the statement is not "
		    "complete");
		return;
	case LEX_OPEN:
		parse_error(ps, t, "syntax error near \"{\"");
		break;
	case LEX_CLOSE:
		parse_error(ps, t, "syntax error near \"}\"");
		break;
	case LEX_COMMA:
		parse_error(ps, t, "syntax error near \",\"");
		break;
	case LEX_EQUALS:
		parse_error(ps, t, "syntax error near \"=\"");
		break;
	case LEX_NAME:
	case LEX_WORD:
		if (!ps->secret) {
			parse_error(ps, t, "syntax error near \"%s\"",
			    t->text);
			break;
		}
		/* FALLTHROUGH */
	case LEX_QUOTED:
		/* A string may be a secret in the wrong place. */
		parse_error(ps, t, "syntax error near %s",
		    ps->secret ? "the credential" : "a string in quotes");
		break;
	}
	lex_skip(ps);
}

static void
unknown_keyword(const struct token *t)
{
	if (t->type == LEX_QUOTED)
		parse_error(ps, t, "syntax error: a string in quotes where a "
		    "keyword belongs");
	else if (ps->secret)
		parse_error(ps, t, "syntax error: more than one word for the "
		    "credential");
	else
		parse_error(ps, t, "unknown keyword \"%s\"", t->text);
	lex_skip(ps);
}

static void
misplaced(const struct token *t, const char *where)
{
	if (where == NULL)
		parse_error(ps, t, "\"%s\" belongs in a client block",
		    t->text);
	else
		parse_error(ps, t, "\"%s\" does not belong in %s", t->text,
		    where);
	lex_skip(ps);
}

/* The parts of a macro's value, with blanks between them. */
static void
value_start(const struct token *t)
{
	ps->valuelen = 0;
	ps->valuebad = 0;
	value_add(t);
}

static void
value_add(const struct token *t)
{
	size_t	 len = strlen(t->text), gap = ps->valuelen != 0;

	ps->valuebad |= t->bad;
	if (len > PARSE_TOKEN_MAX - ps->valuelen ||
	    len + gap > PARSE_TOKEN_MAX - ps->valuelen) {
		parse_error(ps, t, "value of a macro longer than %d bytes",
		    PARSE_TOKEN_MAX);
		return;
	}
	if (gap)
		ps->valuebuf[ps->valuelen++] = ' ';
	memcpy(ps->valuebuf + ps->valuelen, t->text, len);
	ps->valuelen += len;
}

void
parse_run(struct parser *parser)
{
	ps = parser;
	/* A failure has been reported through yyerror(). */
	(void)yyparse();
	ps = NULL;
}
