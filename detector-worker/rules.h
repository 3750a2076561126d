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

#ifndef RULES_H
#define RULES_H

/*
 * The registry of rules.  Rules are data; a rule is a name, a direction and
 * one or more patterns.  Inside the detection core only.
 *
 * What a pattern must keep to, so that a scan finds the same in any split:
 * - every quantifier is bounded, and match plus lookahead is at most `width'
 *   bytes, which is at most RULE_WIDTH_MAX;
 * - lookbehind and validators look at no more than RULE_LEFT bytes to the
 *   left; a line feed counts as a boundary everywhere; no ^, $ or \A;
 * - each match contains one of the `literals', in the case written unless
 *   the pattern is `caseless', and the first of them begins at most `lead'
 *   bytes into it.  Nothing but the surroundings of literals is ever looked
 *   at, so what is common in honest text (two letters, a word of prose) is a
 *   bad literal: take the blank or the bracket that has to follow with it.
 * Group 1, if there is one, is the part that must not be shown; everything
 * matched outside of it is public text.
 */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stddef.h>
#include <stdint.h>

#include "scan.h"
#include "shell_names.h"

#define RULE_WIDTH_MAX		1024
#define RULE_LEFT		128
#define RULE_REJECT		(-1)
#define RULE_LITERALS_MAX	12	/* with the terminating NULL */

#define RULE_LITERAL_LEN	24	/* longest literal */

/* Channels a rule is bound to. */
#define RULE_IN_TARGET		0x01	/* the whole request line */
#define RULE_IN_QUERY		0x02	/* the request line after "?" */
#define RULE_IN_HEADER		0x04	/* header and trailer fields */
#define RULE_IN_BODY		0x08
#define RULE_IN_ALL		(RULE_IN_TARGET|RULE_IN_HEADER|RULE_IN_BODY)

/* How the snippet of a hit is built, and what its fingerprint covers. */
enum rule_kind {
	RULE_SECRET,		/* masked form; the matched bytes */
	RULE_VALUE,		/* masked form without a prefix; group 1 */
	RULE_PEM,		/* masked form; label and base64 text */
	RULE_PATH,		/* public shape; the matched bytes */
	RULE_COMMAND		/* shell vocabulary; words with one space */
};

/* Whose credential a pattern matches: a row of the table in providers.c. */
enum rule_provider {
	PROVIDER_NONE = 0,
	PROVIDER_ANTHROPIC,
	PROVIDER_OPENAI,
	PROVIDER_GOOGLE,
	PROVIDER_AZURE,
	PROVIDER_AWS,
	PROVIDER_BEDROCK,
	PROVIDER_GROQ,
	PROVIDER_HUGGINGFACE,
	PROVIDER_XAI,
	PROVIDER_REPLICATE,
	PROVIDER_MISTRAL,
	PROVIDER_OPENROUTER,
	PROVIDER_COHERE,
	PROVIDER_PERPLEXITY,
	PROVIDER_DEEPSEEK,
	PROVIDER_SK,
	PROVIDER_TOGETHER,
	PROVIDER_FIREWORKS,
	PROVIDER_NVIDIA,
	PROVIDER_GITHUB,
	PROVIDER_GITLAB,
	PROVIDER_SLACK,
	PROVIDER_DISCORD,
	PROVIDER_TELEGRAM,
	PROVIDER_DIGITALOCEAN,
	PROVIDER_STRIPE,
	PROVIDER_SHOPIFY,
	PROVIDER_NPM,
	PROVIDER_PYPI,
	PROVIDER_DOCKER,
	PROVIDER_RUBYGEMS,
	PROVIDER_NUGET,
	PROVIDER_LINEAR,
	PROVIDER_NOTION,
	PROVIDER_SENDGRID,
	PROVIDER_ONECLI,
	PROVIDER_COUNT
};

struct place;
struct rule_pattern;

/* A match on its way through validation. */
struct rule_match {
	const struct rule_pattern	*pattern;
	const uint8_t			*text;	/* first matched byte */
	size_t				 len;
	const uint8_t			*secret;	/* group 1, or NULL */
	size_t				 secretlen;
	size_t				 left;	/* readable before text */
	size_t				 right;	/* readable after it */
};

/* Whether there may be a match, by what is easily told. */
enum rule_may {
	MAY_MATCH,
	MAY_LATER,		/* if more comes */
	MAY_NOT
};

#define RULE_CLEAR	2

/* A literal and what is around it, for a look before PCRE2 is tried. */
struct rule_near {
	const uint8_t	*literal;
	size_t		 len;
	size_t		 left;	/* readable before it; 0: the text begins */
	size_t		 right;	/* readable behind it; more may come */
	size_t		 most;	/* so far behind it a match may reach */
	/*
	 * For each thing that is looked for behind it, how many bytes have
	 * been gone over for an earlier literal, and then for this one: many
	 * literals cost no more than one.
	 */
	size_t		 clear[RULE_CLEAR];
};

#define RULE_NEAR	64	/* at least so many before it, or all */

#define RULE_NEEDS_MAX	2
#define RULE_NEED_LEN	16	/* longest of the strings */

struct rule_pattern {
	const char		*id;
	const char		*regex;
	const char		*literals[RULE_LITERALS_MAX];
	uint16_t		 width;
	/* The first literal begins at most this far into a match. */
	uint16_t		 lead;
	int			 caseless;	/* the literals are */
	enum finding_severity	 severity;
	enum rule_kind		 kind;
	enum rule_provider	 provider;
	int			 fleeting;	/* replaced every few hours */
	int			 across;	/* a command in two strings */
	/*
	 * Of each list, every match has a string in it; and with line set no
	 * line feed but one that a backslash continues.  What lacks them is
	 * not tried: most of what only begins like a match.
	 */
	const char *const	*needs[RULE_NEEDS_MAX];
	int			 line;
	/*
	 * Whether a match may have this literal in it, at most `lead' bytes
	 * from its start; NULL: any.
	 */
	enum rule_may		(*near)(struct rule_near *);
	int			 custom;	/* of the configuration */
	/* The severity of this match, or RULE_REJECT; NULL: as above. */
	int			(*validate)(const struct rule_match *);
	const char		*source;	/* where the format is from */
	/*
	 * Must and must not match.  "{{c12}}" stands for 12 generated
	 * characters of class c, so that no key-like text is in the tree;
	 * the classes are in rules_expand().
	 */
	const char *const	*examples;
	const char *const	*counters;
};

struct rule {
	const char			*name;	/* the pattern of a finding */
	enum finding_direction		 direction;
	enum finding_threat		 threat;
	unsigned int			 channels;
	const struct rule_pattern	*patterns;	/* ends with id NULL */
};

/* The tables, each ended by name NULL, and the list of them, by NULL. */
extern const struct rule *const rules_registries[];
/* A set that a configuration may enable; not in the list. */
extern const struct rule rules_prompts[];
extern const struct rule rules_keys[];
extern const struct rule rules_tokens[];
extern const struct rule rules_services[];
extern const struct rule rules_paths[];
extern const struct rule rules_injection[];
extern const struct rule rules_takeover[];

/* One compiled pattern. */
struct rule_code {
	const struct rule		*rule;
	const struct rule_pattern	*pattern;
	pcre2_code			*code;
	pcre2_code			*find[RULE_LITERALS_MAX];
	unsigned int			 ruleno;	/* for deduplication */
	uint8_t				 longest;	/* literal */
};

/*
 * A literal of one direction, once, however many patterns have it.  Its
 * number in the database is its index.
 */
struct rule_literal {
	const char		*text;
	uint8_t			 len;
	int			 caseless;
	size_t			 first;		/* its codes, in ... */
	size_t			 n;		/* ... rules.sharing */
};

/*
 * A pattern of which literals have been seen in a stream: matches that start
 * from pos to upto, both included, are still to be looked for.  With pos
 * behind upto it only says where the next one may start.
 */
/* From one offset of a stream to another. */
struct range {
	uint64_t		 from;
	uint64_t		 to;
};

struct watch {
	uint64_t		 pos;		/* stream offsets */
	uint64_t		 upto;
	uint64_t		 next;		/* do not try before that end */
	struct range		 lacks;		/* a needed string, */
	struct range		 goes_on;	/* and no line ends */
	struct range		 clear[RULE_CLEAR];	/* see rule_near */
	uint8_t			 lackno;	/* of this list of needs */
	uint8_t			 literal;	/* of its bytes, at upto; 0: */
						/* there are more before it */
	uint16_t		 code;
	uint8_t			 tries;
	uint8_t			 waits;		/* for bytes to come */
};

#define RULE_CODES_MAX		160	/* patterns of one direction */

/* What may be carried over from one piece to the next. */
#define SCAN_CARRY		(RULE_WIDTH_MAX + RULE_LEFT)

/*
 * Bytes of a piece that are copied behind the carry, when a match may begin
 * in that: any match that begins after them has its left side in the piece.
 */
#define SCAN_JOINT		(RULE_WIDTH_MAX + RULE_LEFT + 1)

struct rules {
	struct rule_code	 codes[2][RULE_CODES_MAX];
	size_t			 ncodes[2];
	struct rule_literal	*literals[2];
	size_t			 nliterals[2];
	uint16_t		*sharing[2];	/* codes, grouped by literal */
	size_t			 back[2];	/* so far back starts count */
	struct prefilter	*prefilter[2];	/* NULL: search one by one */
	struct prefilter_stream	*section[2];	/* for texts in one piece */
	unsigned int		 nrules;
	unsigned int		 limited[2][RULE_CODES_MAX];
	int			 jit;
	pcre2_match_data	*md;
	pcre2_match_context	*mcontext;
	pcre2_jit_stack		*jstack;
	uint8_t			*window;	/* SCAN_CARRY + SCAN_JOINT */
	struct gather		*gather;	/* deltas.c */
	struct names		 names;		/* for shell.c */
	/* Of the pass going on, by code; zero in between. */
	struct watch		 watch[RULE_CODES_MAX];
	size_t			 coding_memory;	/* of decoders, coding.h */
	uint8_t			 key[SCAN_KEY_SIZE];
};

/* literals.c: make the index of literals when all codes are compiled. */
int	 literals_index(struct rules *, enum finding_direction, char *errbuf,
	    size_t errlen);
void	 literals_free(struct rules *);

/*
 * Match a code from an offset on, starting no later than last (SIZE_MAX:
 * anywhere).  Returns 1 with the span
 * and the secret's span (secret[0] == SIZE_MAX: none), 0 for no match, 2 for a
 * partial one with span[0] set (options has PCRE2_PARTIAL_HARD), or -1 if a
 * limit was reached.
 */
int	 rules_match(const struct rules *, const struct rule_code *,
	    const uint8_t *, size_t len, size_t from, size_t last,
	    uint32_t options, size_t span[2], size_t secret[2]);

/* A code has reached a limit; 1 if it is disabled by that. */
int	 rules_limited(struct rules *, const struct rule_code *);

/* Where literal n of a code is next, SIZE_MAX if nowhere. */
size_t	 rules_find(const struct rules *, const struct rule_code *,
	    size_t n, const uint8_t *, size_t len, size_t from);

/*
 * Expand the templates of an example into buf.  The seed chooses the
 * generated characters.  Returns the length, or -1 if it does not fit.
 */
int	 rules_expand(const char *, unsigned int seed, char *buf, size_t len);

/* Whether the bytes contain a lower-case word, in whatever case. */
int	 bytes_within(const uint8_t *, size_t, const char *word);

/* The check digits of a GitHub or npm token: CRC-32 in base 62. */
void	 check62(const uint8_t *, size_t, char digits[7]);

/* validate.c: whether a text, of which left bytes can be read, ends so. */
int	 ends_with(const uint8_t *end, size_t left, const char *word);
/* The command line before a match: where it starts, and its length. */
size_t	 line_before(const struct rule_match *, const uint8_t **start);

/* validate_keys.c, validate_rm.c and validate.c: the validators. */
int	 valid_check62(const struct rule_match *);
int	 valid_discord(const struct rule_match *);
int	 valid_random(const struct rule_match *);
int	 valid_mixed(const struct rule_match *);
int	 valid_anthropic(const struct rule_match *);
int	 valid_aws(const struct rule_match *);
int	 valid_pem(const struct rule_match *);
int	 valid_path_ssh(const struct rule_match *);
int	 valid_path_unix(const struct rule_match *);
int	 valid_path_dotenv(const struct rule_match *);
int	 valid_path_cloud(const struct rule_match *);
int	 valid_path_session(const struct rule_match *);
int	 valid_pipe(const struct rule_match *);
int	 valid_decode(const struct rule_match *);
int	 valid_find(const struct rule_match *);
int	 valid_exec_flag(const struct rule_match *);
int	 valid_rm(const struct rule_match *);
int	 valid_authorized(const struct rule_match *);

/* near.c: see struct rule_pattern. */
enum rule_may	 near_fetch(struct rule_near *);
enum rule_may	 near_fetch_run(struct rule_near *);
enum rule_may	 near_substitution(struct rule_near *);
enum rule_may	 near_decode(struct rule_near *);
enum rule_may	 near_shell(struct rule_near *);
enum rule_may	 near_interpreter(struct rule_near *);
enum rule_may	 near_rm(struct rule_near *);
enum rule_may	 near_find(struct rule_near *);
enum rule_may	 near_random(struct rule_near *);
enum rule_may	 near_socket(struct rule_near *);

/* Around a match, for the provider table. */
struct rule_where {
	enum scan_channel	 channel;
	const char		*field;	/* canonical name, or NULL */
	/*
	 * Before it and after it: in a field, of the value with white space
	 * trimmed; in the request line, of the line; in a body, up to
	 * RULE_LEFT bytes before it and nothing after it.
	 */
	const uint8_t		*before;
	size_t			 beforelen;
	size_t			 afterlen;
	int			 from_start;	/* before is all there was */
	int			 base64;	/* of what was in the field */
};

/*
 * providers.c: whether the match is the destination's own credential in its
 * own place.  The host is the one connected to.
 */
int	 provider_owns(enum rule_provider, const char *host,
	    const struct rule_where *);
const char *provider_name(enum rule_provider);	/* NULL for none */

/* fields.c */
/* The canonical (lower case) name if the field name is a known one. */
const char *field_known(const uint8_t *, size_t);

/* snippet.c */
void	 snippet_build(const struct rules *, const struct rule *,
	    const struct rule_match *, const struct place *, char *buf,
	    size_t len);

/* fingerprint.c */
int	 fingerprint_init(void);
int	 fingerprint_make(const uint8_t[SCAN_KEY_SIZE], const struct rule *,
	    const struct rule_match *, uint8_t[SCAN_FP_SIZE]);

#endif /* RULES_H */
