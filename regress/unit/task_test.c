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

/* Tasks of a container that plays by the rules, and of one that does not. */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "compat.h"
#include "task.h"

/* The tools are played: a call waits until the test ends it. */
struct tool_call {
	tool_done	 done;
	void		*arg;
	char		 name[64];
	json_t		*arguments;
	int		 over;
};

static struct tool_call	*calls[64];
static unsigned int	 ncalls;

static struct world {
	struct event_base	*base;
	struct tasks		*tasks;
	char			 reasons[1024];
} w;

struct tool_call *
tools_call(struct mcpd *m, uint32_t client, const char *name, json_t *args,
    tool_done done, void *arg)
{
	struct tool_call	*c;

	ATF_REQUIRE(m == NULL);
	ATF_REQUIRE_EQ(7, client);
	ATF_REQUIRE(ncalls < nitems(calls));
	c = calloc(1, sizeof(*c));
	ATF_REQUIRE(c != NULL);
	c->done = done;
	c->arg = arg;
	c->arguments = json_incref(args);
	strlcpy(c->name, name, sizeof(c->name));
	calls[ncalls++] = c;
	return c;
}

void
tools_cancel(struct tool_call *c)
{
	ATF_REQUIRE(!c->over);
	c->over = 1;
}

const char *
tool_status_code(enum tool_status s)
{
	return s == TOOL_OK ? NULL : s == TOOL_UNKNOWN ? "UNKNOWN_TYPE" :
	    s == TOOL_RATE_LIMITED ? "RATE_LIMITED" : "INTERNAL";
}

static void
finish(struct tool_call *c, enum tool_status status)
{
	struct tool_result	 r = { .status = status };

	ATF_REQUIRE(c != NULL && !c->over);
	if (status == TOOL_OK)
		r.data = json_pack("{s:s}", "platform", "nanoclaw");
	else
		strlcpy(r.text, "a reason", sizeof(r.text));
	c->done(c->arg, &r);
	c->over = 1;
	json_decref(r.data);
}

static void
note(void *ctx, const char *client, const char *reason, uint64_t count)
{
	size_t	 n = strlen(w.reasons);

	ATF_REQUIRE(ctx == &w);
	ATF_CHECK_STREQ("main", client);
	snprintf(w.reasons + n, sizeof(w.reasons) - n, "%s=%llu ", reason,
	    (unsigned long long)count);
}

static void
begin(void)
{
	int	 tasks, results;

	ATF_REQUIRE_EQ(0, mkdir("tasks", 0755));
	ATF_REQUIRE_EQ(0, mkdir("results", 0755));
	tasks = open("tasks", O_RDONLY | O_DIRECTORY);
	results = open("results", O_RDONLY | O_DIRECTORY);
	w.base = event_base_new();
	w.tasks = tasks_new(w.base, NULL, note, &w);
	ATF_REQUIRE(w.tasks != NULL);
	ATF_REQUIRE_EQ(0, tasks_add(w.tasks, 7, "main", tasks, results));
	/* however slow this machine is now */
	tasks_set_slice(w.tasks, 60000);
}

static void
end(void)
{
	unsigned int	 i;

	tasks_free(w.tasks);
	event_base_free(w.base);
	for (i = 0; i < ncalls; i++) {
		ATF_CHECK(calls[i]->over);
		json_decref(calls[i]->arguments);
		free(calls[i]);
	}
}

static void
put(const char *path, const char *text)
{
	FILE	*fp = fopen(path, "w");

	ATF_REQUIRE(fp != NULL);
	ATF_REQUIRE_EQ(strlen(text), fwrite(text, 1, strlen(text), fp));
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static void
task(const char *name, const char *id)
{
	char	 path[128], text[512];

	snprintf(path, sizeof(path), "tasks/%s.json", name);
	snprintf(text, sizeof(text), "{\"type\":\"clawsec_traffic_status\","
	    "\"requestId\":\"%s\",\"params\":{}}", id);
	put(path, text);
}

/* As if it had been written so long ago. */
static void
age(const char *path, int seconds)
{
	struct timespec	 ts[2];

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_REALTIME, &ts[0]));
	ts[0].tv_sec -= seconds;
	ts[1] = ts[0];
	ATF_REQUIRE_EQ(0, utimensat(AT_FDCWD, path, ts, AT_SYMLINK_NOFOLLOW));
}

/* One sweep; the timer it sets is not waited for. */
static void
sweep(void)
{
	w.reasons[0] = '\0';
	tasks_start(w.tasks);
}

static int
there(const char *path)
{
	struct stat	 st;

	return lstat(path, &st) == 0;
}

/* success, or the code of a failure */
static void
answered(const char *id, const char *code)
{
	json_t		*o;
	struct stat	 st;
	const char	*s;
	char		 path[256];

	snprintf(path, sizeof(path), "results/%s.json", id);
	o = json_load_file(path, 0, NULL);
	ATF_REQUIRE_MSG(o != NULL, "no answer %s", path);
	ATF_CHECK(json_string_value(json_object_get(o, "message")) != NULL);
	ATF_CHECK_EQ(code == NULL,
	    json_is_true(json_object_get(o, "success")));
	s = code == NULL ? json_string_value(json_object_get(
	    json_object_get(o, "data"), "platform")) : json_string_value(
	    json_object_get(json_object_get(o, "error"), "code"));
	ATF_REQUIRE(s != NULL);
	ATF_CHECK_STREQ(code == NULL ? "nanoclaw" : code, s);
	json_decref(o);
	ATF_REQUIRE_EQ(0, lstat(path, &st));
	ATF_CHECK(S_ISREG(st.st_mode) && st.st_nlink == 1);
	ATF_CHECK_EQ(0644, st.st_mode & 07777);
	ATF_REQUIRE_EQ(0, unlink(path));
}

/* No temporary file stays. */
static void
clean(const char *dir)
{
	struct dirent	*de;
	DIR		*dp = opendir(dir);

	ATF_REQUIRE(dp != NULL);
	while ((de = readdir(dp)) != NULL)
		ATF_CHECK_MSG(strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0, "%s/%s", dir, de->d_name);
	closedir(dp);
}

ATF_TC_WITHOUT_HEAD(rules);
ATF_TC_BODY(rules, tc)
{
	umask(022);
	begin();
	put("tasks/1-a.json", "{\"type\":\"clawsec_traffic_findings\","
	    "\"requestId\":\"r.1_x-Y\",\"params\":{\"limit\":3},"
	    "\"groupFolder\":\"other\",\"timestamp\":\"never\","
	    "\"timeoutMs\":30000}");
	put("tasks/2-b.json", "{\"type\":\"rm\",\"requestId\":\"two\"}");
	put("tasks/3-c.json.tmp", "{");
	sweep();
	ATF_REQUIRE_EQ(2, ncalls);
	ATF_CHECK_STREQ("", w.reasons);
	ATF_CHECK(!there("tasks/1-a.json") && !there("tasks/2-b.json"));
	ATF_CHECK(there("tasks/3-c.json.tmp"));
	if (strcmp(calls[0]->name, "rm") == 0) {
		struct tool_call *swap = calls[0];

		calls[0] = calls[1];
		calls[1] = swap;
	}
	ATF_CHECK_STREQ("clawsec_traffic_findings", calls[0]->name);
	ATF_CHECK_EQ(3, json_integer_value(json_object_get(
	    calls[0]->arguments, "limit")));
	ATF_CHECK(calls[1]->arguments == NULL);
	ATF_CHECK(!there("results/r.1_x-Y.json"));
	finish(calls[0], TOOL_OK);
	finish(calls[1], TOOL_UNKNOWN);
	answered("r.1_x-Y", NULL);
	answered("two", "UNKNOWN_TYPE");
	ATF_REQUIRE_EQ(0, unlink("tasks/3-c.json.tmp"));
	clean("tasks");
	clean("results");
	end();
}

ATF_TC_WITHOUT_HEAD(malformed);
ATF_TC_BODY(malformed, tc)
{
	static const struct {
		const char	*text;
		const char	*id;	/* NULL: cannot be answered */
	} t[] = {
		{ "{\"requestId\":\"a0\"}", "a0" },
		{ "{\"requestId\":\"a1\",\"type\":7}", "a1" },
		{ "{\"requestId\":\"a2\",\"type\":\"x\",\"params\":[]}",
		    "a2" },
		{ "{\"requestId\":\"a3\",\"type\":\"x\",\"params\":null}",
		    "a3" },
		{ "{\"requestId\":\"a4\",\"type\":\"x\",\"timeoutMs\":0}",
		    "a4" },
		{ "{\"requestId\":\"a5\",\"type\":\"x\",\"timeoutMs\":1e9}",
		    "a5" },
		{ "{\"requestId\":\"a6\",\"type\":\"x\","
		    "\"timeoutMs\":9223372036854775807}", "a6" },
		{ "{\"requestId\":\"a7\",\"type\":\"x\","
		    "\"timeoutMs\":\"5\"}", "a7" },
		{ "", NULL },
		{ "{", NULL },
		{ "[]", NULL },
		{ "null", NULL },
		{ "{\"type\":\"x\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":7}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"../../etc/x\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"..\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\".hidden\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"a/b\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"a\\u0000b\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"a\\nb\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"\xc3\xa9\"}", NULL },
		{ "{\"type\":\"x\",\"requestId\":\"b\xff\"}", NULL },
		{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", NULL },
	};
	char	 path[64], id[TASK_ID_SIZE + 1];
	size_t	 i;

	umask(022);
	begin();
	for (i = 0; i < nitems(t); i++) {
		snprintf(path, sizeof(path), "tasks/%zu-a.json", i);
		put(path, t[i].text);
		age(path, 5);
		sweep();
		ATF_CHECK_MSG(!there(path), "%s", t[i].text);
		ATF_CHECK_EQ(0, ncalls);
		if (t[i].id != NULL)
			answered(t[i].id, "MALFORMED");
	}
	clean("tasks");
	clean("results");
	memset(id, 'x', sizeof(id));
	id[TASK_ID_SIZE] = '\0';
	ATF_CHECK(!task_id_ok(id));
	id[TASK_ID_SIZE - 1] = '\0';
	ATF_CHECK(task_id_ok(id));
	ATF_CHECK(!task_id_ok(""));
	ATF_CHECK(task_id_ok("0"));
	end();
}

ATF_TC_WITHOUT_HEAD(bounded_events);
ATF_TC_BODY(bounded_events, tc)
{
	char	 path[64];
	int	 i, n = 0;

	begin();
	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "tasks/%d-a.json", i);
		put(path, "[]");
		sweep();
		n += w.reasons[0] != '\0';
		if (i == 0)
			ATF_CHECK_STREQ("malformed=1 ", w.reasons);
	}
	ATF_CHECK_EQ(1, n);
	end();
}

ATF_TC_WITHOUT_HEAD(partial);
ATF_TC_BODY(partial, tc)
{
	begin();
	put("tasks/1-a.json", "{\"type\":\"x\",\"reques");
	sweep();
	sweep();
	ATF_CHECK(there("tasks/1-a.json"));
	ATF_CHECK_STREQ("", w.reasons);
	task("1-a", "whole");
	sweep();
	ATF_CHECK_EQ(1, ncalls);
	finish(calls[0], TOOL_OK);
	put("tasks/2-b.json", "{\"type\":\"x\",\"reques");
	age("tasks/2-b.json", 3);
	sweep();
	ATF_CHECK_STREQ("malformed=1 ", w.reasons);
	clean("tasks");
	end();
}

ATF_TC_WITHOUT_HEAD(timeouts);
ATF_TC_BODY(timeouts, tc)
{
	umask(022);
	begin();
	/* too late, not run */
	task("1-a", "late");
	age("tasks/1-a.json", 31);
	sweep();
	ATF_CHECK_EQ(0, ncalls);
	answered("late", "TIMEOUT");
	/* long ago, and from the future */
	task("2-b", "old");
	age("tasks/2-b.json", 1000000000);
	sweep();
	answered("old", "TIMEOUT");
	task("3-c", "future");
	age("tasks/3-c.json", -1000000);
	sweep();
	ATF_REQUIRE_EQ(1, ncalls);
	finish(calls[0], TOOL_OK);
	answered("future", NULL);
	/* while it is running */
	put("tasks/4-d.json", "{\"type\":\"x\",\"requestId\":\"slow\","
	    "\"timeoutMs\":40}");
	sweep();
	ATF_REQUIRE_EQ(2, ncalls);
	usleep(60000);
	sweep();
	ATF_CHECK(calls[1]->over);
	answered("slow", "TIMEOUT");
	clean("results");
	end();
}

ATF_TC_WITHOUT_HEAD(duplicates);
ATF_TC_BODY(duplicates, tc)
{
	umask(022);
	begin();
	task("1-a", "same");
	sweep();
	task("2-b", "same");
	sweep();
	ATF_CHECK_STREQ("duplicate=1 ", w.reasons);
	ATF_CHECK_EQ(1, ncalls);
	finish(calls[0], TOOL_OK);
	/* answered and not read: the first answer stays */
	task("3-c", "same");
	sweep();
	ATF_REQUIRE_EQ(2, ncalls);
	finish(calls[1], TOOL_RATE_LIMITED);
	sweep();
	ATF_CHECK_STREQ("planted=1 ", w.reasons);
	answered("same", NULL);
	/* read: it may be used again */
	task("4-d", "same");
	sweep();
	ATF_REQUIRE_EQ(3, ncalls);
	finish(calls[2], TOOL_RATE_LIMITED);
	answered("same", "RATE_LIMITED");
	clean("tasks");
	clean("results");
	end();
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	char			 text[300];
	int			 fd, n = 0;

	umask(022);
	begin();
	put("outside", "{\"type\":\"x\",\"requestId\":\"outside\"}");
	ATF_REQUIRE_EQ(0, symlink("../outside", "tasks/1.json"));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", "tasks/2.json"));
	ATF_REQUIRE_EQ(0, symlink("3.json", "tasks/3.json"));
	ATF_REQUIRE_EQ(0, link("outside", "tasks/4.json"));
	ATF_REQUIRE_EQ(0, mkfifo("tasks/5.json", 0666));
	ATF_REQUIRE_EQ(0, mkdir("tasks/6.json", 0777));
	strlcpy(sun.sun_path, "tasks/7.json", sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	close(fd);
	/* a hole of 10 GB */
	fd = open("tasks/8.json", O_WRONLY | O_CREAT, 0644);
	ATF_REQUIRE(ftruncate(fd, 10000000000) == 0 || errno == EFBIG);
	close(fd);
	memset(text, 'n', sizeof(text));
	strlcpy(text + 200, ".json", sizeof(text) - 200);
	memcpy(text, "tasks/", 6);
	put(text, "{}");
	task("9", "fine");
	sweep();
	ATF_CHECK_EQ(1, ncalls);
	finish(calls[0], TOOL_OK);
	answered("fine", NULL);
	for (n = 1; n <= 8; n++) {
		snprintf(text, sizeof(text), "tasks/%d.json", n);
		ATF_CHECK_EQ_MSG(n == 6, there(text), "%d", n);
	}
	ATF_CHECK_STREQ("link=4 type=3 name=1 stuck=1 too_large=1 ",
	    w.reasons);
	ATF_CHECK(there("outside"));
	/* the directory is looked at again, and nothing waits for it */
	task("10", "more");
	sweep();
	ATF_CHECK_EQ(2, ncalls);
	finish(calls[1], TOOL_OK);
	answered("more", NULL);
	ATF_REQUIRE_EQ(0, rmdir("tasks/6.json"));
	clean("tasks");
	end();
}

ATF_TC_WITHOUT_HEAD(planted);
ATF_TC_BODY(planted, tc)
{
	static const char	*ids[] = { "file", "link", "dangling", "dir",
	    "fifo" };
	struct stat		 st;
	char			 name[32];
	size_t			 i;

	umask(022);
	begin();
	put("outside", "mine");
	put("results/file.json", "theirs");
	ATF_REQUIRE_EQ(0, symlink("../outside", "results/link.json"));
	ATF_REQUIRE_EQ(0, symlink("../new", "results/dangling.json"));
	ATF_REQUIRE_EQ(0, mkdir("results/dir.json", 0777));
	ATF_REQUIRE_EQ(0, mkfifo("results/fifo.json", 0666));
	for (i = 0; i < nitems(ids); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		task(name, ids[i]);
	}
	sweep();
	ATF_REQUIRE_EQ(nitems(ids), ncalls);
	for (i = 0; i < nitems(ids); i++)
		finish(calls[i], TOOL_OK);
	sweep();
	ATF_CHECK_STREQ("planted=5 ", w.reasons);
	ATF_CHECK(!there("new"));
	ATF_REQUIRE_EQ(0, stat("outside", &st));
	ATF_CHECK_EQ(4, st.st_size);
	ATF_REQUIRE_EQ(0, stat("results/file.json", &st));
	ATF_CHECK_EQ(6, st.st_size);
	ATF_CHECK(there("results/fifo.json") && there("results/link.json"));
	/* what is left beside them is none of ours */
	ATF_CHECK_EQ(0, system("rm -r results/*.json && "
	    "test -z \"$(ls -A results)\""));
	/* the directory itself is taken away */
	ATF_REQUIRE_EQ(0, rename("results", "gone"));
	ATF_REQUIRE_EQ(0, symlink("/tmp", "results"));
	task("20", "away");
	sweep();
	ATF_REQUIRE_EQ(nitems(ids) + 1, ncalls);
	finish(calls[nitems(ids)], TOOL_OK);
	ATF_CHECK(there("gone/away.json"));
	ATF_CHECK(!there("/tmp/away.json"));
	end();
}

ATF_TC_WITHOUT_HEAD(unread);
ATF_TC_BODY(unread, tc)
{
	char	 id[64];
	int	 i;

	umask(022);
	begin();
	/* left over from an earlier process */
	put("results/old.json", "{}");
	put("results/.1234.tmp", "{");
	put("results/young.json", "{}");
	age("results/old.json", 601);
	age("results/.1234.tmp", 601);
	for (i = 0; i < 4; i++)
		sweep();
	ATF_CHECK(!there("results/old.json"));
	ATF_CHECK(!there("results/.1234.tmp"));
	ATF_CHECK(there("results/young.json"));
	/* no more than so many */
	for (i = 0; i < TASK_ANSWERS_MAX + 10; i++) {
		snprintf(id, sizeof(id), "n%d", i);
		task("1", id);
		age("tasks/1.json", 100);
		sweep();
	}
	for (i = 0; i < TASK_ANSWERS_MAX + 10; i++) {
		snprintf(id, sizeof(id), "results/n%d.json", i);
		ATF_CHECK_EQ_MSG(i >= 10, there(id), "%d", i);
	}
	end();
}

ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	char		 name[32];
	unsigned int	 i;

	begin();
	tasks_set_slice(w.tasks, 0);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		task(name, name);
	}
	/* a slice of time, or what may run at once, whichever ends first */
	sweep();
	ATF_CHECK_EQ(1, ncalls);
	sweep();
	ATF_CHECK_EQ(2, ncalls);
	tasks_set_slice(w.tasks, 60000);
	sweep();
	ATF_CHECK_EQ(TASK_RUNNING_MAX, ncalls);
	sweep();
	ATF_CHECK_EQ(TASK_RUNNING_MAX, ncalls);
	/* the client goes while they are running */
	tasks_remove(w.tasks, 7);
	sweep();
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rules);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, bounded_events);
	ATF_TP_ADD_TC(tp, partial);
	ATF_TP_ADD_TC(tp, timeouts);
	ATF_TP_ADD_TC(tp, duplicates);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, planted);
	ATF_TP_ADD_TC(tp, unread);
	ATF_TP_ADD_TC(tp, many);
	return (atf_no_error());
}
