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
 * The environment: where it goes over the file, where the command line goes
 * over it, what is refused, and that each use leaves a note.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_help.h"

#define PFX	"NANOCLAW_TRAFFIC_GUARDIAN_"

/* One start of the daemon, as far as it concerns the configuration. */
struct start {
	struct conf_env		 env;
	struct paths		 paths;
	struct conf_errors	 errs;
	struct conf_notes	 notes;
	struct conf		*conf;
	char			*said;
};

static void
start(struct start *s, const char *file)
{
	s->conf = conf_load(&s->paths, &s->env, file, NULL, &s->errs,
	    &s->notes);
	s->said = errors_printed(&s->errs);
}

static void
done(struct start *s)
{
	conf_free(s->conf);
	conf_errors_free(&s->errs);
	conf_notes_free(&s->notes);
	paths_free(&s->paths);
	free(s->said);
	memset(s, 0, sizeof(*s));
}

static int
noted(const struct start *s, const char *text)
{
	size_t i;

	for (i = 0; i < s->notes.n; i++) {
		if (strstr(s->notes.v[i], text) != NULL)
			return 1;
	}
	return 0;
}

ATF_TC_WITHOUT_HEAD(nothing_set);
ATF_TC_BODY(nothing_set, tc)
{
	struct start		 s = { 0 };

	write_file("c", "");
	start(&s, "c");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_EQ(s.notes.n, 0);
	ATF_CHECK_STREQ(s.paths.logdir, GUARDIAN_LOGDIR);
	ATF_CHECK_STREQ(s.paths.statedir, GUARDIAN_STATEDIR);
	ATF_CHECK_STREQ(s.paths.rundir, GUARDIAN_RUNDIR);
	ATF_CHECK_STREQ(s.conf->log_dir, GUARDIAN_LOGDIR);
	done(&s);

	/* The default file may be missing; looked at without reading it. */
	ATF_CHECK_EQ(conf_paths(&s.paths, &s.env, NULL, &s.errs, &s.notes),
	    0);
	ATF_CHECK_STREQ(s.paths.config, GUARDIAN_SYSCONFDIR "/guardian.conf");
	ATF_CHECK_EQ(s.paths.config_named, 0);
	done(&s);
}

ATF_TC_WITHOUT_HEAD(reads_the_environment);
ATF_TC_BODY(reads_the_environment, tc)
{
	struct conf_env	 env;

	setenv(PFX "HOME", "1", 1);
	setenv(PFX "CONFIG", "2", 1);
	setenv(PFX "MODE", "3", 1);
	setenv(PFX "PROXY_URL", "4", 1);
	setenv(PFX "CA_BUNDLE", "5", 1);
	setenv(PFX "LOG_DIR", "6", 1);
	setenv(PFX "MAX_SCAN_BYTES", "7", 1);
	setenv(PFX "REDACT_SNIPPETS", "8", 1);
	conf_env_read(&env);
	ATF_CHECK_STREQ(env.home, "1");
	ATF_CHECK_STREQ(env.config, "2");
	ATF_CHECK_STREQ(env.mode, "3");
	ATF_CHECK_STREQ(env.proxy_url, "4");
	ATF_CHECK_STREQ(env.ca_bundle, "5");
	ATF_CHECK_STREQ(env.log_dir, "6");
	ATF_CHECK_STREQ(env.max_scan_bytes, "7");
	ATF_CHECK_STREQ(env.redact_snippets, "8");

	/* Empty is unset, as wrappers write it. */
	setenv(PFX "HOME", "", 1);
	unsetenv(PFX "CONFIG");
	conf_env_read(&env);
	ATF_CHECK(env.home == NULL);
	ATF_CHECK(env.config == NULL);
}

ATF_TC_WITHOUT_HEAD(home);
ATF_TC_BODY(home, tc)
{
	struct start	 s = { 0 };

	write_file("c", "log directory \"/from/the/file\" keep 3\n");
	s.env.home = "/srv/guardian/";
	start(&s, "c");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_STREQ(s.paths.logdir, "/srv/guardian/log");
	ATF_CHECK_STREQ(s.paths.statedir, "/srv/guardian/state");
	ATF_CHECK_STREQ(s.paths.rundir, "/srv/guardian/run");
	/* Over the file; the rest of the statement stays. */
	ATF_CHECK_STREQ(s.conf->log_dir, "/srv/guardian/log");
	ATF_CHECK_EQ(s.conf->log_keep, 3);
	ATF_CHECK(noted(&s, PFX "HOME: "));
	done(&s);

	s.env.home = "/";
	start(&s, "c");
	ATF_REQUIRE(s.conf != NULL);
	ATF_CHECK_STREQ(s.paths.statedir, "/state");
	done(&s);

	s.env.home = "relative";
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK_STREQ(s.said, PFX "HOME: \"relative\" is not an absolute "
	    "path; start it with \"/\"\n");
	done(&s);

	/* A socket's name must fit where the kernel keeps it. */
	s.env.home = "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK(strstr(s.said, "too long for the run directory") != NULL);
	done(&s);
}

ATF_TC_WITHOUT_HEAD(log_dir);
ATF_TC_BODY(log_dir, tc)
{
	struct start	 s = { 0 };

	write_file("c", "log directory \"/from/the/file\"\n");
	start(&s, "c");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_STREQ(s.conf->log_dir, "/from/the/file");
	ATF_CHECK_STREQ(s.paths.logdir, "/from/the/file");
	done(&s);

	/* Over the file and over _HOME, because it says more. */
	s.env.log_dir = "/from/log_dir";
	s.env.home = "/home";
	start(&s, "c");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_STREQ(s.conf->log_dir, "/from/log_dir");
	ATF_CHECK_STREQ(s.paths.logdir, "/from/log_dir");
	ATF_CHECK_STREQ(s.paths.statedir, "/home/state");
	ATF_CHECK(noted(&s, PFX "LOG_DIR: log directory /from/log_dir"));
	done(&s);

	s.env.log_dir = "log";
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK(strstr(s.said, PFX "LOG_DIR: \"log\" is not an absolute") !=
	    NULL);
	done(&s);
}

ATF_TC_WITHOUT_HEAD(config);
ATF_TC_BODY(config, tc)
{
	struct start	 s = { 0 };
	char		 cwd[512], path[1024];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	write_file("c", "proxy workers 3\n");
	write_file("d", "proxy workers 4\n");
	snprintf(path, sizeof(path), "%s/c", cwd);

	s.env.config = path;
	start(&s, NULL);
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_EQ(s.conf->proxy_workers, 3);
	ATF_CHECK_EQ(s.paths.config_named, 1);
	ATF_CHECK_STREQ(s.paths.config, path);
	ATF_CHECK(noted(&s, PFX "CONFIG: configuration file /"));
	done(&s);

	/* The command line goes before; its name is made absolute. */
	s.env.config = path;
	start(&s, "d");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_EQ(s.conf->proxy_workers, 4);
	ATF_CHECK(s.paths.config[0] == '/');
	ATF_CHECK(noted(&s, "-f goes before it"));
	done(&s);

	/* Named, it must exist. */
	s.env.config = "/nonexistent/guardian.conf";
	start(&s, NULL);
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK_STREQ(s.said,
	    "/nonexistent/guardian.conf: No such file or directory\n");
	done(&s);
	start(&s, "missing");
	ATF_CHECK(s.conf == NULL);
	done(&s);
}

ATF_TC_WITHOUT_HEAD(mode);
ATF_TC_BODY(mode, tc)
{
	struct start	 s = { 0 };

	write_file("c", "");
	s.env.mode = "detect";
	start(&s, "c");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK(noted(&s, PFX "MODE: mode detect"));
	done(&s);
	s.env.mode = "block";
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK(strstr(s.said, PFX "MODE: \"block\" does not exist: there "
	    "is no blocking mode") != NULL);
	ATF_CHECK(!noted(&s, "MODE"));
	done(&s);
	s.env.mode = "Detect";
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	done(&s);
}

ATF_TC_WITHOUT_HEAD(max_scan_bytes);
ATF_TC_BODY(max_scan_bytes, tc)
{
	static const char *const bad[] = {
		"4095", "67108865", "-1", "x", "99999999999999999999", "65M"
	};
	struct start	 s = { 0 };
	size_t		 i;

	write_file("c", "scan limit 8M\n");
	s.env.max_scan_bytes = "4096";
	start(&s, "c");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_EQ(s.conf->scan_limit, 4096);
	ATF_CHECK(noted(&s, PFX "MAX_SCAN_BYTES: scan limit 4096"));
	done(&s);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.env.max_scan_bytes = bad[i];
		start(&s, "c");
		ATF_CHECK_MSG(s.conf == NULL, "%s", bad[i]);
		ATF_CHECK(strncmp(s.said, PFX "MAX_SCAN_BYTES: ",
		    strlen(PFX "MAX_SCAN_BYTES: ")) == 0);
		done(&s);
	}
}

ATF_TC_WITHOUT_HEAD(redaction_stays_on);
ATF_TC_BODY(redaction_stays_on, tc)
{
	static const char *const yes[] = { "1", "true", "TRUE", "yes", "on" };
	static const char *const no[] = {
		"0", "false", "no", "off", "2", "11", " 1", "truee", "disabled"
	};
	struct start	 s = { 0 };
	size_t		 i;

	write_file("c", "");
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		s.env.redact_snippets = yes[i];
		start(&s, "c");
		ATF_CHECK_MSG(s.conf != NULL, "%s: %s", yes[i], s.said);
		ATF_CHECK(noted(&s, PFX "REDACT_SNIPPETS"));
		done(&s);
	}
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		s.env.redact_snippets = no[i];
		start(&s, "c");
		ATF_CHECK_MSG(s.conf == NULL, "%s", no[i]);
		ATF_CHECK(strstr(s.said, "cannot be turned off") != NULL);
		done(&s);
	}
}

ATF_TC_WITHOUT_HEAD(proxy_url);
ATF_TC_BODY(proxy_url, tc)
{
	static const struct {
		const char	*in, *out;
	} good[] = {
		{ "http://127.0.0.1:8888", "http://127.0.0.1:8888" },
		{ "http://host.docker.internal:8888/",
		    "http://host.docker.internal:8888" },
		{ "http://[::1]:1", "http://[::1]:1" },
		{ "HTTP://a_b-c:65535", "HTTP://a_b-c:65535" },
	};
	static const char *const bad[] = {
		"127.0.0.1:8888", "http://", "http:///", "http://:8888",
		"http://host", "http://host:", "http://host:0",
		"http://host:65536", "http://host:8888/path",
		"http://host:8888//", "http://host:8888?x", "http://host:+80",
		"http://ho st:8888", "http://a..b:1", "http://.a:1",
		"http://a.:1", "http://[::1]", "http://[::1:1", "http://[]:1",
		"http://[127.0.0.1]:1", "http://[::1/64]:1", "http://[::1]x:1",
		"http://[::1]:1]", "http://::1:8888", "http://host:123456",
		"http://a\nb:1", "https://host:8888", "socks5://host:8888",
		"http://hunter2@host:8888", "http://me:hunter2@host:8888",
		"http://me:hunter2"
	};
	struct start	 s = { 0 };
	size_t		 i;

	write_file("c", "");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		s.env.proxy_url = good[i].in;
		start(&s, "c");
		ATF_REQUIRE_MSG(s.conf != NULL, "%s: %s", good[i].in, s.said);
		ATF_CHECK_STREQ(s.conf->proxy_url, good[i].out);
		ATF_CHECK(noted(&s, good[i].out));
		done(&s);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.env.proxy_url = bad[i];
		start(&s, "c");
		ATF_CHECK_MSG(s.conf == NULL, "%s", bad[i]);
		ATF_CHECK(strstr(s.said, PFX "PROXY_URL: ") == s.said);
		ATF_CHECK_MSG(strstr(s.said, "hunter2") == NULL &&
		    !noted(&s, "hunter2"), "a password is shown");
		done(&s);
	}
}

ATF_TC_WITHOUT_HEAD(ca_bundle);
ATF_TC_BODY(ca_bundle, tc)
{
	struct start	 s = { 0 };

	char		 path[PATH_MAX];

	write_file("c", "inspect https for { a.test }\nupstream ca file "
	    "\"/from/the/file\"\n");
	write_file("ca.pem", "certificates\n");
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK(strstr(s.said, "/from/the/file: No such file") != NULL);
	done(&s);

	/* it goes over the file's, */
	ATF_REQUIRE(realpath("ca.pem", path) != NULL);
	memset(&s, 0, sizeof(s));
	s.env.ca_bundle = path;
	start(&s, "c");
	ATF_REQUIRE_MSG(s.conf != NULL, "%s", s.said);
	ATF_CHECK_STREQ(path, s.conf->upstream_ca);
	ATF_CHECK(noted(&s, PFX "CA_BUNDLE: servers are verified with "));
	done(&s);

	/* must be a file that somebody owns up to, */
	ATF_REQUIRE(chmod("ca.pem", 0666) == 0);
	memset(&s, 0, sizeof(s));
	s.env.ca_bundle = path;
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK(strstr(s.said, "writable by everyone") != NULL);
	done(&s);

	/* and is not looked at when nothing is inspected. */
	write_file("c", "");
	memset(&s, 0, sizeof(s));
	s.env.ca_bundle = "/nowhere";
	start(&s, "c");
	ATF_CHECK(s.conf != NULL);
	done(&s);
	memset(&s, 0, sizeof(s));
	s.env.ca_bundle = "relative";
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	done(&s);
}

/* What is wrong in the file and in the environment comes in one run. */
ATF_TC_WITHOUT_HEAD(all_at_once);
ATF_TC_BODY(all_at_once, tc)
{
	struct start	 s = { 0 };

	write_file("c", "mode block\nscan limit 1\n");
	s.env.home = "x";
	s.env.mode = "block";
	s.env.proxy_url = "x";
	s.env.log_dir = "x";
	s.env.max_scan_bytes = "x";
	s.env.redact_snippets = "no";
	start(&s, "c");
	ATF_CHECK(s.conf == NULL);
	ATF_CHECK_EQ(s.errs.n, 8);
	done(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_set);
	ATF_TP_ADD_TC(tp, reads_the_environment);
	ATF_TP_ADD_TC(tp, home);
	ATF_TP_ADD_TC(tp, log_dir);
	ATF_TP_ADD_TC(tp, config);
	ATF_TP_ADD_TC(tp, mode);
	ATF_TP_ADD_TC(tp, max_scan_bytes);
	ATF_TP_ADD_TC(tp, redaction_stays_on);
	ATF_TP_ADD_TC(tp, proxy_url);
	ATF_TP_ADD_TC(tp, ca_bundle);
	ATF_TP_ADD_TC(tp, all_at_once);
	return atf_no_error();
}
