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

/* Configurations of strangers, judged in a process for each of them. */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "compat.h"
#include "conf_check.h"
#include "log.h"

static struct event_base	*base;
static struct conf_checker	*checker;
static unsigned int		 done;
static json_t			*last;

static void
begin(void)
{
	log_init("test", LOG_SINK_STDERR, 0);
	base = event_base_new();
	checker = conf_checker_start(base);
	ATF_REQUIRE(checker != NULL);
}

static void
end(void)
{
	int	 status;

	conf_checker_free(checker);
	event_base_free(base);
	json_decref(last);
	/* The process ends with its channel, and is the only one left. */
	ATF_CHECK(wait(&status) > 0);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ATF_CHECK(wait(&status) == -1 && errno == ECHILD);
}

static void
told(void *arg, const json_t *o)
{
	ATF_CHECK(arg == &done);
	done++;
	json_decref(last);
	last = o == NULL ? NULL : json_deep_copy(o);
}

static void
await(unsigned int n)
{
	while (done < n)
		ATF_REQUIRE(event_base_loop(base, EVLOOP_ONCE) == 0);
}

static void
judge(const char *text, size_t len)
{
	unsigned int	 n = done;

	ATF_REQUIRE(conf_check(checker, text, len, told, &done) != NULL);
	await(n + 1);
}

static const char *
message(size_t i)
{
	return json_string_value(json_object_get(json_array_get(last, i),
	    "message"));
}

static int
open_files(void)
{
	DIR	*dp = opendir("/proc/self/fd");
	int	 n = 0;

	ATF_REQUIRE(dp != NULL);
	while (readdir(dp) != NULL)
		n++;
	closedir(dp);
	return n;
}

ATF_TC_WITHOUT_HEAD(verdicts);
ATF_TC_BODY(verdicts, tc)
{
	static const char	 bad[] = "mode block\nscan limit 1\n\nxyz 7\n";
	static const char	 good[] =
	    "listen on 127.0.0.1 port 8888\nmode detect\n"
	    "client \"main\" { address { 172.17.0.0/16 } }\n";
	int			 before, i;

	begin();
	before = open_files();
	judge(good, strlen(good));
	ATF_REQUIRE(last != NULL);
	ATF_CHECK_EQ(0, json_array_size(last));
	judge("", 0);
	ATF_REQUIRE(last != NULL);
	ATF_CHECK_EQ(0, json_array_size(last));
	judge(bad, strlen(bad));
	ATF_REQUIRE_EQ(3, json_array_size(last));
	ATF_CHECK_EQ(1, json_integer_value(json_object_get(
	    json_array_get(last, 0), "line")));
	ATF_CHECK_EQ(4, json_integer_value(json_object_get(
	    json_array_get(last, 2), "line")));
	ATF_CHECK(strstr(message(0), "block") != NULL);
	for (i = 0; i < 50; i++)
		judge(bad, strlen(bad));
	ATF_CHECK_EQ(before, open_files());
	end();
}

/* No file is opened or looked for: it would be another answer each time. */
ATF_TC_WITHOUT_HEAD(no_files);
ATF_TC_BODY(no_files, tc)
{
	static const char	*texts[] = {
		"include \"%s\"\n",
		"inspect https for all\nupstream ca file \"%s\"\n",
		"log directory \"%s\"\n",
	};
	static const char	*paths[] = { "/etc/passwd", "/nonexistent" };
	char			*out[2], *p, text[256];
	size_t			 i, j;

	begin();
	for (i = 0; i < nitems(texts); i++) {
		for (j = 0; j < 2; j++) {
			/* texts[] are constants of this test */
			snprintf(text, sizeof(text), "%s", texts[i]);
			p = strstr(text, "%s");
			ATF_REQUIRE(p != NULL);
			snprintf(p, sizeof(text) - (size_t)(p - text),
			    "%s\"\n", paths[j]);
			judge(text, strlen(text));
			ATF_REQUIRE(last != NULL);
			out[j] = json_dumps(last, JSON_COMPACT);
			while ((p = strstr(out[j], paths[j])) != NULL)
				memmove(p, p + strlen(paths[j]),
				    strlen(p + strlen(paths[j])) + 1);
		}
		ATF_CHECK_STREQ(out[0], out[1]);
		free(out[0]);
		free(out[1]);
	}
	end();
}

/* A key anywhere in a text does not come back. */
ATF_TC_WITHOUT_HEAD(redacted);
ATF_TC_BODY(redacted, tc)
{
	static const char	*shapes[] = {
		"%s\n", "mode %s\n", "listen on %s port 1\n", "x \"%s\"\n",
		"client \"%s\" {\n", "passthrough { \"%s.example\" }\n",
		"rule \"%s\" { outbound }\n", "$%s\n", "a = $%s\n",
		"upstream proxy \"http://u:%s@h:1\"\n", "include \"%s\"\n",
		"log directory \"%s\"\n", "ignore { pattern %s }\n",
		"client \"c\" { credential sha256 \"%s\" }\n",
		"client \"c\" { mcp token file \"%s\" }\n",
		"\"a \\\"%s\n", "scan limit %s\n", "%s = 1\n}\n",
		"client \"c\" { address { %s } }\n",
		"allow destination { 10.0.0.1 port %s }\n",
	};
	char	 key[80], text[256], *p, *out;
	size_t	 i, k, n;

	begin();
	for (k = 0; k < 3; k++) {
		/* letters of both cases, digits alone, hex */
		for (n = 0; n < sizeof(key) - 1; n++)
			key[n] = k == 0 ? (n % 3 == 0 ? 'q' : n % 3 == 1 ?
			    'Z' : '7') : k == 1 ? (char)('0' + n % 10) :
			    "0a1b2c3d4e5f"[n % 12];
		key[k == 1 ? 30 : 50] = '\0';
		for (i = 0; i < nitems(shapes); i++) {
			p = strstr(shapes[i], "%s");
			ATF_REQUIRE(p != NULL);
			snprintf(text, sizeof(text), "%.*s%s%s",
			    (int)(p - shapes[i]), shapes[i], key, p + 2);
			judge(text, strlen(text));
			ATF_REQUIRE(last != NULL);
			out = json_dumps(last, 0);
			ATF_CHECK_MSG(strstr(out, key) == NULL, "%s: %s",
			    text, out);
			free(out);
		}
	}
	end();
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	char		*text;
	size_t		 n, i;

	begin();
	ATF_REQUIRE((text = malloc(CONF_CHECK_TEXT_MAX + 1)) != NULL);
	/* the longest, of what makes an error each */
	for (i = 0; i < CONF_CHECK_TEXT_MAX; i++)
		text[i] = i % 2 ? '\n' : '}';
	judge(text, CONF_CHECK_TEXT_MAX);
	ATF_REQUIRE(last != NULL);
	ATF_CHECK_EQ(101, json_array_size(last));
	ATF_CHECK(conf_check(checker, text, CONF_CHECK_TEXT_MAX + 1, told,
	    &done) == NULL);
	/* macros that grow, braces without end, bytes of all kinds */
	n = (size_t)snprintf(text, 64, "m0 = \"xxxxxxxx\"\n");
	for (i = 1; i < 200; i++)
		n += (size_t)snprintf(text + n, CONF_CHECK_TEXT_MAX - n,
		    "m%zu = \"$m%zu $m%zu\"\n$m%zu $m%zu\n", i, i - 1, i - 1,
		    i, i);
	judge(text, n);
	ATF_CHECK(last != NULL);
	memset(text, '{', CONF_CHECK_TEXT_MAX);
	judge(text, CONF_CHECK_TEXT_MAX);
	ATF_CHECK(last != NULL);
	for (i = 0; i < CONF_CHECK_TEXT_MAX; i++)
		text[i] = (char)(i * 7 + i / 251);
	judge(text, CONF_CHECK_TEXT_MAX);
	ATF_CHECK(last != NULL);
	free(text);
	end();
}

ATF_TC_WITHOUT_HEAD(bounded);
ATF_TC_BODY(bounded, tc)
{
	struct conf_check	*c[CONF_CHECK_MAX];
	unsigned int		 i;

	begin();
	for (i = 0; i < CONF_CHECK_MAX; i++) {
		c[i] = conf_check(checker, "mode block\n", 11, told, &done);
		ATF_REQUIRE(c[i] != NULL);
	}
	ATF_CHECK(conf_check(checker, "", 0, told, &done) == NULL);
	conf_check_cancel(c[3]);
	c[3] = conf_check(checker, "", 0, told, &done);
	ATF_CHECK(c[3] != NULL);
	await(CONF_CHECK_MAX);
	judge("", 0);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, verdicts);
	ATF_TP_ADD_TC(tp, no_files);
	ATF_TP_ADD_TC(tp, redacted);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, bounded);
	return (atf_no_error());
}
