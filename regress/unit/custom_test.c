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

/* Rules of the configuration, sets it enables, and what it ignores. */

#include "custom.h"
#include "pattern.h"
#include "scan_help.h"

static struct rules *
rules_of(struct custom *c)
{
	struct rules	*rules;
	char		 err[256] = "";

	rules = rules_new_with(custom_tables(c), err, sizeof(err));
	ATF_REQUIRE_MSG(rules != NULL, "%s", err);
	return (rules);
}

static void
add(struct custom *c, const char *name, int direction, const char *match,
    const char *literal, unsigned int width, unsigned int lead)
{
	struct msg_custom	 m;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	m.direction = (uint8_t)direction;
	m.severity = FINDING_HIGH;
	m.width = (uint16_t)width;
	m.lead = (uint16_t)lead;
	snprintf(m.literal, sizeof(m.literal), "%s", literal);
	snprintf(m.match, sizeof(m.match), "%s", match);
	ATF_REQUIRE_EQ(0, custom_add(c, &m));
}

ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	static const char	 text[] = "t=acme_0123456789abcdef0123456789"
	    "abcdef; see https://git.corp.example/";
	struct custom		*c = custom_new();
	struct rules		*rules;
	struct hits		 hits;
	size_t			 at;

	(void)tc;
	ATF_REQUIRE(c != NULL);
	add(c, "acme_token", FINDING_OUTBOUND, "acme_[a-z0-9]{32}", "acme_",
	    37, 0);
	add(c, "corp_host", FINDING_INBOUND, "https?://[a-z]{1,20}\\."
	    "corp\\.example/", ".corp.example/", 42, 28);
	rules = rules_of(c);
	for (at = 0; at < sizeof(text); at++) {
		help_body(rules, FINDING_OUTBOUND, text, strlen(text), at, 5,
		    &hits);
		ATF_REQUIRE_EQ(1, hits.n);
		ATF_CHECK_STREQ("acme_token", hits.hit[0].pattern);
		ATF_CHECK_STREQ("body: acme_token [REDACTED](37)",
		    hits.hit[0].snippet);
		ATF_CHECK_EQ(FINDING_HIGH, hits.hit[0].severity);
		ATF_CHECK_EQ(FINDING_EXFIL, hits.hit[0].threat);
		help_body(rules, FINDING_INBOUND, text, strlen(text), at, 5,
		    &hits);
		ATF_REQUIRE_EQ(1, hits.n);
		ATF_CHECK_STREQ("corp_host", hits.hit[0].pattern);
		ATF_CHECK_EQ(FINDING_INJECTION, hits.hit[0].threat);
	}
	rules_free(rules);
	custom_free(c);
}

/* A set is there when it is enabled, and its examples are found. */
ATF_TC_WITHOUT_HEAD(prompts);
ATF_TC_BODY(prompts, tc)
{
	const struct rule_pattern	*p;
	const char *const		*e;
	struct custom			*c = custom_new();
	struct rules			*without, *with;
	struct hits			 hits;

	(void)tc;
	without = rules_of(c);
	custom_enable(c);
	with = rules_of(c);
	for (p = rules_prompts[0].patterns; p->id != NULL; p++) {
		for (e = p->examples; *e != NULL; e++) {
			help_body(with, FINDING_INBOUND, *e, strlen(*e), 0, 3,
			    &hits);
			ATF_CHECK_MSG(help_count(&hits, "prompt_injection") ==
			    1, "%s", *e);
			help_body(without, FINDING_INBOUND, *e, strlen(*e), 0,
			    0, &hits);
			ATF_CHECK_EQ(0, hits.n);
		}
		for (e = p->counters; *e != NULL; e++) {
			help_body(with, FINDING_INBOUND, *e, strlen(*e), 0, 0,
			    &hits);
			ATF_CHECK_MSG(hits.n == 0, "%s", *e);
		}
	}
	rules_free(without);
	rules_free(with);
	custom_free(c);
}

static unsigned int	 disabled;

static void
on_disabled(const char *pattern, void *arg)
{
	(void)arg;
	ATF_CHECK_STREQ("bait", pattern);
	disabled++;
}

/* An expression that takes for ever on some text is turned off. */
ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct scan_callbacks	 cb = { .disabled = on_disabled };
	struct scan_context	 ctx = { .direction = FINDING_OUTBOUND };
	struct custom		*c = custom_new();
	struct rules		*rules;
	struct scan		*scan;
	struct scan_counters	 counters;
	char			 text[1000];
	unsigned int		 i;

	(void)tc;
	add(c, "bait", FINDING_OUTBOUND, "key(?:(?:a{0,9}){0,9}){0,9}b", "key",
	    740, 0);
	rules = rules_of(c);
	/* It is slow on the examples of others, too: that does not count. */
	ATF_REQUIRE_EQ(0, rules_selftest(rules, text, sizeof(text)));
	memset(text, 'a', sizeof(text));
	memcpy(text, "key", 3);
	memcpy(text + 700, "cb", 2);
	for (i = 0; i < 2 * RULE_LIMITED_MAX; i++) {
		scan = scan_new(rules, &ctx, &cb, NULL);
		scan_body(scan, text, sizeof(text));
		scan_end(scan);
		scan_counters(scan, &counters);
		ATF_CHECK_EQ(i < RULE_LIMITED_MAX, counters.limited > 0);
		scan_free(scan);
	}
	ATF_CHECK_EQ(1, disabled);
	rules_free(rules);
	custom_free(c);
}

ATF_TC_WITHOUT_HEAD(ignored);
ATF_TC_BODY(ignored, tc)
{
	static const struct {
		const char	*pattern, *dest;
	} list[] = {
		{ "dotenv_path", "docs.example.com" }, { "jwt", "" },
		{ "", "*.example.org" }
	};
	struct custom		*c = custom_new();
	struct msg_ignore	 ig;
	uint64_t		 bits;
	size_t			 i;

	(void)tc;
	ATF_CHECK_EQ(0, custom_ignores(c, "docs.example.com"));
	for (i = 0; i < 3; i++) {
		memset(&ig, 0, sizeof(ig));
		snprintf(ig.pattern, sizeof(ig.pattern), "%s",
		    list[i].pattern);
		snprintf(ig.dest, sizeof(ig.dest), "%s", list[i].dest);
		ATF_REQUIRE_EQ(0, custom_ignore(c, &ig));
	}
	bits = custom_ignores(c, "Docs.Example.COM.");
	ATF_CHECK(custom_ignored(c, bits, "dotenv_path"));
	ATF_CHECK(custom_ignored(c, bits, "jwt"));
	ATF_CHECK(!custom_ignored(c, bits, "ai_api_key"));
	bits = custom_ignores(c, "evil.example");
	ATF_CHECK(!custom_ignored(c, bits, "dotenv_path"));
	ATF_CHECK(custom_ignored(c, bits, "jwt"));
	bits = custom_ignores(c, "a.example.org");
	ATF_CHECK(custom_ignored(c, bits, "ai_api_key"));
	bits = custom_ignores(c, "xexample.org");
	ATF_CHECK(!custom_ignored(c, bits, "ai_api_key"));
	/* a host that is none */
	bits = custom_ignores(c, "a b");
	ATF_CHECK(!custom_ignored(c, bits, "dotenv_path"));
	for (i = 3; i < CUSTOM_IGNORES_MAX; i++)
		ATF_CHECK_EQ(0, custom_ignore(c, &ig));
	ATF_CHECK_EQ(-1, custom_ignore(c, &ig));
	custom_free(c);
}

/* The names in lib are those of the tables. */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	const struct rule	*rule;
	unsigned int		 i, n = 0;

	(void)tc;
	for (i = 0; rules_registries[i] != NULL; i++)
		for (rule = rules_registries[i]; rule->name != NULL; rule++) {
			ATF_CHECK(pattern_known(rule->name));
			n++;
		}
	ATF_CHECK(pattern_known(rules_prompts[0].name));
	ATF_CHECK(pattern_set_known(rules_prompts[0].name));
	ATF_CHECK(!pattern_set_known("jwt"));
	ATF_CHECK(pattern_name(n) != NULL);
	ATF_CHECK(pattern_name(n + 1) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, prompts);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, ignored);
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}
