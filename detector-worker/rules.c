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


/* The registry at work: compiling, matching, testing itself. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "rules.h"

/*
 * Bounds on one attempt of one pattern at one position: with RULE_WIDTH_MAX
 * they bound the cost of a byte.  The registry's own patterns stay far below.
 */
#define MATCH_LIMIT	50000
#define DEPTH_LIMIT	5000
#define HEAP_LIMIT	1024		/* KiB, interpreter */
#define JIT_STACK	(256 * 1024)

const struct rule *const rules_registries[] = {
	rules_keys, rules_tokens, rules_services, rules_paths,
	rules_injection, rules_takeover, NULL
};

static int
compile(struct rules *rules, const struct rule *rule,
    const struct rule_pattern *p, char *errbuf, size_t errlen)
{
	struct rule_code	*rc;
	PCRE2_UCHAR		 msg[128];
	PCRE2_SIZE		 where;
	uint32_t		 behind = 0;
	size_t			 i;
	int			 code, dir = (int)rule->direction;

	if (rules->ncodes[dir] == RULE_CODES_MAX) {
		snprintf(errbuf, errlen, "too many patterns");
		return (-1);
	}
	rc = &rules->codes[dir][rules->ncodes[dir]];
	rc->rule = rule;
	rc->pattern = p;
	rc->ruleno = rules->nrules;
	rc->code = pcre2_compile((PCRE2_SPTR)p->regex, PCRE2_ZERO_TERMINATED,
	    PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_DOLLAR_ENDONLY | PCRE2_USE_OFFSET_LIMIT,
	    &code, &where, NULL);
	if (rc->code == NULL) {
		pcre2_get_error_message(code, msg, sizeof(msg));
		snprintf(errbuf, errlen, "%s/%s: %s at offset %zu",
		    rule->name, p->id, (char *)msg, (size_t)where);
		return (-1);
	}
	rules->ncodes[dir]++;
	pcre2_pattern_info(rc->code, PCRE2_INFO_MAXLOOKBEHIND, &behind);
	if (behind > RULE_LEFT || p->width > RULE_WIDTH_MAX ||
	    p->literals[0] == NULL) {
		snprintf(errbuf, errlen, "%s/%s: too wide, or no literal",
		    rule->name, p->id);
		return (-1);
	}
	if (rules->jit && pcre2_jit_compile(rc->code, PCRE2_JIT_COMPLETE |
	    PCRE2_JIT_PARTIAL_HARD) != 0)
		rules->jit = 0;
	/* The JIT's literal search is several times as fast as memmem(3). */
	for (i = 0; rules->jit && p->literals[i] != NULL; i++) {
		rc->find[i] = pcre2_compile((PCRE2_SPTR)p->literals[i],
		    PCRE2_ZERO_TERMINATED, PCRE2_LITERAL |
		    (p->caseless ? PCRE2_CASELESS : 0), &code, &where, NULL);
		if (rc->find[i] == NULL) {
			snprintf(errbuf, errlen, "%s/%s: literal %zu",
			    rule->name, p->id, i);
			return (-1);
		}
		if (pcre2_jit_compile(rc->find[i], PCRE2_JIT_COMPLETE) != 0)
			rules->jit = 0;
	}
	return (0);
}

static int
compile_table(struct rules *rules, const struct rule *rule, char *errbuf,
    size_t errlen)
{
	const struct rule_pattern	*p;

	for (; rule->name != NULL; rule++) {
		for (p = rule->patterns; p->id != NULL; p++)
			if (compile(rules, rule, p, errbuf, errlen) == -1)
				return (-1);
		rules->nrules++;
	}
	return (0);
}

struct rules *
rules_new(char *errbuf, size_t errlen)
{
	return (rules_new_with(NULL, errbuf, errlen));
}

struct rules *
rules_new_with(const struct rule *const *more, char *errbuf, size_t errlen)
{
	struct rules	*rules;
	size_t		 i;
	uint32_t	 jit = 0;

	if ((rules = calloc(1, sizeof(*rules))) == NULL)
		goto nomem;
	names_learn(&rules->names);
	pcre2_config(PCRE2_CONFIG_JIT, &jit);
	rules->jit = jit == 1;
	if (fingerprint_init() == -1 ||
	    RAND_bytes(rules->key, sizeof(rules->key)) != 1) {
		snprintf(errbuf, errlen, "libcrypto has no HMAC-SHA-256 or no"
		    " random numbers: check its configuration");
		goto fail;
	}
	for (i = 0; rules_registries[i] != NULL; i++)
		if (compile_table(rules, rules_registries[i], errbuf,
		    errlen) == -1)
			goto fail;
	for (i = 0; more != NULL && more[i] != NULL; i++)
		if (compile_table(rules, more[i], errbuf, errlen) == -1)
			goto fail;
	if (literals_index(rules, FINDING_OUTBOUND, errbuf, errlen) == -1 ||
	    literals_index(rules, FINDING_INBOUND, errbuf, errlen) == -1)
		goto fail;
	rules->window = malloc(SCAN_CARRY + SCAN_JOINT);
	rules->md = pcre2_match_data_create(4, NULL);
	rules->mcontext = pcre2_match_context_create(NULL);
	if (rules->window == NULL || rules->md == NULL ||
	    rules->mcontext == NULL)
		goto nomem;
	pcre2_set_match_limit(rules->mcontext, MATCH_LIMIT);
	pcre2_set_depth_limit(rules->mcontext, DEPTH_LIMIT);
	pcre2_set_heap_limit(rules->mcontext, HEAP_LIMIT);
	if (rules->jit) {
		/* All of it now: nothing may be mapped while scanning. */
		rules->jstack = pcre2_jit_stack_create(JIT_STACK, JIT_STACK,
		    NULL);
		if (rules->jstack == NULL)
			goto nomem;
		pcre2_jit_stack_assign(rules->mcontext, NULL, rules->jstack);
	}
	return (rules);
nomem:
	snprintf(errbuf, errlen, "out of memory");
fail:
	rules_free(rules);
	return (NULL);
}

void
rules_free(struct rules *rules)
{
	size_t	 i, j;
	int	 dir;

	if (rules == NULL)
		return;
	for (dir = 0; dir < 2; dir++)
		for (i = 0; i < rules->ncodes[dir]; i++) {
			pcre2_code_free(rules->codes[dir][i].code);
			for (j = 0; j < RULE_LITERALS_MAX; j++)
				pcre2_code_free(rules->codes[dir][i].find[j]);
		}
	literals_free(rules);
	pcre2_match_data_free(rules->md);
	pcre2_match_context_free(rules->mcontext);
	pcre2_jit_stack_free(rules->jstack);
	if (rules->window != NULL)
		OPENSSL_cleanse(rules->window, SCAN_CARRY + SCAN_JOINT);
	free(rules->window);
	free(rules->gather);
	OPENSSL_cleanse(rules, sizeof(*rules));
	free(rules);
}

const char *
rules_engine(const struct rules *rules)
{
	if (rules->prefilter[0] != NULL && rules->prefilter[1] != NULL)
		return (rules->jit ? "vectorscan, pcre2-jit" :
		    "vectorscan, pcre2");
	return (rules->jit ? "pcre2-jit" : "pcre2");
}

void
rules_set_key(struct rules *rules, const uint8_t key[SCAN_KEY_SIZE])
{
	memcpy(rules->key, key, SCAN_KEY_SIZE);
}

/* How often a code has reached a limit. */
static unsigned int
rules_limits(const struct rules *rules, const struct rule_code *rc)
{
	int	 dir = (int)rc->rule->direction;

	return (rules->limited[dir][rc - rules->codes[dir]]);
}

/*
 * Rules that are built in stay in use: who could make them reach a limit could
 * turn them off.
 */
static int
rules_disabled(const struct rules *rules, const struct rule_code *rc)
{
	return (rc->pattern->custom &&
	    rules_limits(rules, rc) >= RULE_LIMITED_MAX);
}

int
rules_limited(struct rules *rules, const struct rule_code *rc)
{
	int	 dir = (int)rc->rule->direction;

	if (!rc->pattern->custom || rules_disabled(rules, rc))
		return (0);
	rules->limited[dir][rc - rules->codes[dir]]++;
	return (rules_disabled(rules, rc));
}

int
rules_match(const struct rules *rules, const struct rule_code *rc,
    const uint8_t *buf, size_t len, size_t from, size_t last,
    uint32_t options, size_t span[2], size_t secret[2])
{
	PCRE2_SIZE	*ov;
	int		 n;

	if (rules_disabled(rules, rc))
		return (0);
	pcre2_set_offset_limit(rules->mcontext, last == SIZE_MAX ?
	    PCRE2_UNSET : last);
	/* The fast path has no anchoring. */
	if (rules->jit && (options & PCRE2_ANCHORED) == 0)
		n = pcre2_jit_match(rc->code, buf, len, from, options,
		    rules->md, rules->mcontext);
	else
		n = pcre2_match(rc->code, buf, len, from, options |
		    PCRE2_NO_JIT, rules->md, rules->mcontext);
	if (n == PCRE2_ERROR_NOMATCH)
		return (0);
	if (n < 0 && n != PCRE2_ERROR_PARTIAL)
		return (-1);
	ov = pcre2_get_ovector_pointer(rules->md);
	span[0] = ov[0];
	span[1] = ov[1];
	if (n == PCRE2_ERROR_PARTIAL)
		return (2);
	secret[0] = secret[1] = SIZE_MAX;
	if (n > 1 && ov[2] != PCRE2_UNSET) {
		secret[0] = ov[2];
		secret[1] = ov[3];
	}
	return (1);
}

size_t
rules_find(const struct rules *rules, const struct rule_code *rc, size_t n,
    const uint8_t *buf, size_t len, size_t from)
{
	const char	*literal = rc->pattern->literals[n];
	const uint8_t	*p;

	if (from >= len)
		return (SIZE_MAX);
	if (rules->jit) {
		if (pcre2_jit_match(rc->find[n], buf, len, from, 0, rules->md,
		    NULL) < 0)
			return (SIZE_MAX);
		return (pcre2_get_ovector_pointer(rules->md)[0]);
	}
	n = strlen(literal);
	if (!rc->pattern->caseless) {
		p = memmem(buf + from, len - from, literal, n);
		return (p == NULL ? SIZE_MAX : (size_t)(p - buf));
	}
	for (; from + n <= len; from++)
		if (strncasecmp((const char *)buf + from, literal, n) == 0)
			return (from);
	return (SIZE_MAX);
}

/* The characters of a class of template. */
static const char *
template_class(char c)
{
	switch (c) {
	case 'w':		/* base64url */
		return ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		    "0123456789_-");
	case 'a':		/* alphanumeric */
		return ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		    "0123456789");
	case 'h':		/* hexadecimal */
		return ("0123456789abcdef");
	case 'u':		/* base32 */
		return ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
	case 'd':
		return ("0123456789");
	case 'q':		/* Bech32 */
		return ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L");
	case 'l':
		return ("abcdefghijklmnopqrstuvwxyz");
	case '=':		/* the same letter throughout */
		return ("A");
	default:
		return (NULL);
	}
}

int
rules_expand(const char *tmpl, unsigned int seed, char *buf, size_t len)
{
	const char	*class;
	uint32_t	 x = seed * 2654435761U + 12345;
	size_t		 used = 0, n, nclass;
	char		*end;

	while (*tmpl != '\0') {
		if (strncmp(tmpl, "{{k6}}", 6) == 0) {
			/* check digits of the thirty before them */
			if (used < 30 || used + 6 >= len)
				return (-1);
			check62((uint8_t *)buf + used - 30, 30, buf + used);
			used += 6;
			tmpl += 6;
			continue;
		}
		if (strncmp(tmpl, "{{", 2) == 0 &&
		    (class = template_class(tmpl[2])) != NULL) {
			nclass = strlen(class);
			n = strtoul(tmpl + 3, &end, 10);
			if (strncmp(end, "}}", 2) != 0)
				return (-1);
			tmpl = end + 2;
			while (n-- > 0) {
				if (used + 1 >= len)
					return (-1);
				x = x * 1664525U + 1013904223U;
				buf[used++] = class[(x >> 16) % nclass];
			}
			continue;
		}
		if (used + 1 >= len)
			return (-1);
		buf[used++] = *tmpl++;
	}
	buf[used] = '\0';
	return ((int)used);
}

struct selftest {
	const char	*name;
	int		 found;
};

static void
selftest_hit(const struct scan_hit *hit, void *arg)
{
	struct selftest	*st = arg;

	if (strcmp(hit->pattern, st->name) == 0)
		st->found = 1;
}

static const struct scan_callbacks selftest_callbacks = {
	.hit = selftest_hit
};

/* 1 if the rule fires on the text as a body, 0 if not, -1 on error. */
static int
selftest_one(struct rules *rules, const struct rule *rule, const char *tmpl)
{
	struct scan_context	 context = {
		.dest_host = "guardian.invalid", .plain = 1
	};
	struct selftest		 st = { .name = rule->name };
	struct scan		*scan;
	char			 text[2048];
	int			 len;

	if ((len = rules_expand(tmpl, 1, text, sizeof(text))) == -1)
		return (-1);
	context.direction = rule->direction;
	scan = scan_new(rules, &context, &selftest_callbacks, &st);
	if (scan == NULL)
		return (-1);
	scan_body(scan, text, (size_t)len);
	scan_end(scan);
	scan_free(scan);
	return (st.found);
}

int
rules_selftest(struct rules *rules, char *errbuf, size_t errlen)
{
	const struct rule		*rule;
	const struct rule_pattern	*p;
	const char *const		*e;
	size_t				 i;

	for (i = 0; rules_registries[i] != NULL; i++)
		for (rule = rules_registries[i]; rule->name != NULL; rule++)
			for (p = rule->patterns; p->id != NULL; p++) {
				for (e = p->examples; *e != NULL; e++)
					if (selftest_one(rules, rule,
					    *e) != 1) {
						snprintf(errbuf, errlen,
						    "%s/%s misses: %s",
						    rule->name, p->id, *e);
						return (-1);
					}
				for (e = p->counters; *e != NULL; e++)
					if (selftest_one(rules, rule,
					    *e) != 0) {
						snprintf(errbuf, errlen,
						    "%s/%s must not match: %s",
						    rule->name, p->id, *e);
						return (-1);
					}
			}
	/* What the examples were to a slow rule is held against none. */
	memset(rules->limited, 0, sizeof(rules->limited));
	return (0);
}
