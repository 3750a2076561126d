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

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_help.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	struct conf		*conf;
	struct sockaddr_in	*sin;

	conf = parse_good("");
	ATF_REQUIRE_EQ(conf->nlisten, 1);
	sin = (struct sockaddr_in *)&conf->listen[0].ss;
	ATF_CHECK_EQ(conf->listen[0].sslen, sizeof(*sin));
	ATF_CHECK_EQ(sin->sin_family, AF_INET);
	ATF_CHECK_EQ(sin->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	ATF_CHECK_EQ(sin->sin_port, htons(8888));
	ATF_CHECK(conf->proxy_workers >= 1 && conf->proxy_workers <= 8);
	ATF_CHECK_EQ(conf->detector_workers, conf->proxy_workers);
	ATF_CHECK_EQ(conf->scan_limit, 4194304);
	ATF_CHECK_EQ(conf->overload, CONF_OVERLOAD_BACKPRESSURE);
	ATF_CHECK_EQ(conf->allow.n, 0);
	ATF_CHECK_EQ(conf->dedup_window, 3600);
	ATF_CHECK_STREQ(conf->log_dir, GUARDIAN_LOGDIR);
	ATF_CHECK_EQ(conf->log_rotate, 67108864);
	ATF_CHECK_EQ(conf->log_keep, 8);
	ATF_CHECK_EQ(conf->nclients, 0);
	ATF_CHECK(conf->proxy_url == NULL);
	conf_free(conf);

	conf = conf_new();
	ATF_CHECK_EQ(conf->nlisten, 1);
	conf_free(conf);
	conf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	const struct conf_client *c;
	struct sockaddr_in6	*sin6;
	struct conf		*conf;
	char			 buf[PREFIX_STRLEN];

	conf = parse_good(
	    "listen on ::1 port 1\n"
	    "listen on 10.0.0.1\n"
	    "mode detect\n"
	    "proxy workers 3\n"
	    "detector workers 64\n"
	    "scan limit 64M\n"
	    "overload shed\n"
	    "allow destination { 10.0.0.0/8 port 5432 }\n"
	    "allow destination { ::1 }\n"
	    "dedup window 86400\n"
	    "log directory \"/l o g\" keep 1 rotate 1G\n"
	    "client a {\n"
	    "	address { 10.0.0.0/8, fc00::/7 }\n"
	    "	credential sha256 \"" HASH "\"\n"
	    "	allow destination { 127.0.0.1 port 80, 127.0.0.2 }\n"
	    "	quota 64K\n"
	    "}\n"
	    "client b { address { 11.0.0.0/8 } }\n");
	ATF_REQUIRE_EQ(conf->nlisten, 2);
	sin6 = (struct sockaddr_in6 *)&conf->listen[0].ss;
	ATF_CHECK_EQ(conf->listen[0].sslen, sizeof(*sin6));
	ATF_CHECK_EQ(sin6->sin6_family, AF_INET6);
	ATF_CHECK_EQ(memcmp(&sin6->sin6_addr, &in6addr_loopback, 16), 0);
	ATF_CHECK_EQ(sin6->sin6_port, htons(1));
	ATF_CHECK_EQ(conf->proxy_workers, 3);
	ATF_CHECK_EQ(conf->detector_workers, 64);
	ATF_CHECK_EQ(conf->scan_limit, 67108864);
	ATF_CHECK_EQ(conf->overload, CONF_OVERLOAD_SHED);
	ATF_REQUIRE_EQ(conf->allow.n, 2);
	ATF_CHECK_STREQ(prefix_format(&conf->allow.v[0], buf, sizeof(buf)),
	    "10.0.0.0/8 port 5432");
	ATF_CHECK_STREQ(prefix_format(&conf->allow.v[1], buf, sizeof(buf)),
	    "::1");
	ATF_CHECK_EQ(conf->dedup_window, 86400);
	ATF_CHECK_STREQ(conf->log_dir, "/l o g");
	ATF_CHECK_EQ(conf->log_rotate, 1073741824);
	ATF_CHECK_EQ(conf->log_keep, 1);
	ATF_REQUIRE_EQ(conf->nclients, 2);

	c = conf_client_find(conf, "a");
	ATF_REQUIRE(c == &conf->clients[0]);
	ATF_REQUIRE_EQ(c->address.n, 2);
	ATF_CHECK_EQ(c->address.v[0].port, 0);
	ATF_CHECK_STREQ(prefix_format(&c->address.v[1], buf, sizeof(buf)),
	    "fc00::/7");
	ATF_CHECK(c->has_credential);
	ATF_CHECK_EQ(c->credential[0], 0x9f);
	ATF_CHECK_EQ(c->credential[31], 0x08);
	ATF_REQUIRE_EQ(c->allow.n, 2);
	ATF_CHECK_EQ(c->allow.v[0].port, 80);
	ATF_CHECK_EQ(c->allow.v[1].port, 0);
	ATF_CHECK_EQ(c->quota, 65536);

	c = conf_client_find(conf, "b");
	ATF_REQUIRE(c == &conf->clients[1]);
	ATF_CHECK(!c->has_credential);
	ATF_CHECK_EQ(c->quota, 16777216);
	ATF_CHECK(conf_client_find(conf, "default") == NULL);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	static const char *const good[] = {
		"proxy workers 1", "proxy workers 64", "detector workers 1",
		"scan limit 4K", "scan limit 4096", "scan limit 64M",
		"scan limit 67108864", "dedup window 0",
		"listen on 127.0.0.1 port 0", "listen on 127.0.0.1 port 65535",
		"log directory \"/\" rotate 65536 keep 999",
		"allow destination { 0.0.0.0/0 port 65535 }"
	};
	static const char *const bad[] = {
		"proxy workers 0", "proxy workers 65",
		"proxy workers 4294967297",
		"detector workers 0", "detector workers 65",
		"detector workers 18446744073709551617",
		"scan limit 4095", "scan limit 3K", "scan limit 67108865",
		"scan limit 65M", "scan limit 1G", "scan limit 4MB",
		"scan limit M", "scan limit 17179869184G",
		"scan limit -4096", "scan limit 4.5M", "scan limit \"\"",
		"dedup window -1", "dedup window 86401",
		"dedup window 4294967296", "dedup window 1h",
		"listen on 127.0.0.1 port 65536", "listen on 10.0.0.0/8",
		"listen on 127.0.0.1/32", "listen on ::ffff:127.0.0.1",
		"listen on fe80::1%lo", "listen on *",
		"log directory \"/l\" rotate 65535",
		"log directory \"/l\" rotate 1025M",
		"log directory \"/l\" keep 0", "log directory \"/l\" keep 1000",
		"log directory \"l\"", "log directory \"\"",
		"log rotate 1M", "allow destination { 10.0.0.1 port 65536 }",
		"allow destination 10.0.0.1", "mode none", "mode block",
		"overload", "overload none"
	};
	struct conf	*conf;
	char		*said;
	size_t		 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		conf = parse_good(good[i]);
		conf_free(conf);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		said = parse_bad(bad[i]);
		ATF_CHECK_MSG(strncmp(said, "t:1: ", 5) == 0, "%s: %s",
		    bad[i], said);
		ATF_CHECK_MSG(strchr(said, '\n') == said + strlen(said) - 1,
		    "%s: more than one error: %s", bad[i], said);
		free(said);
	}
}

ATF_TC_WITHOUT_HEAD(blocking_mode);
ATF_TC_BODY(blocking_mode, tc)
{
	char *said;

	said = parse_bad("\nmode block\n");
	ATF_CHECK_STREQ(said, "t:2: mode \"block\" does not exist: there is no "
	    "blocking mode, findings are only logged; write \"detect\"\n");
	free(said);
}

/* A list as long as asked for, each entry another address. */
static char *
long_list(const char *head, const char *tail, size_t n)
{
	FILE	*fp;
	char	*buf = NULL;
	size_t	 len = 0, i;

	ATF_REQUIRE((fp = open_memstream(&buf, &len)) != NULL);
	fputs(head, fp);
	for (i = 0; i < n; i++)
		fprintf(fp, "10.0.%zu.%zu\n", i / 256, i % 256);
	fputs(tail, fp);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	return buf;
}

/* n statements from a format with two numbers in it. */
static char *
repeated(const char *fmt, size_t n)
{
	FILE	*fp;
	char	*buf = NULL, line[128];
	size_t	 len = 0, i;

	ATF_REQUIRE((fp = open_memstream(&buf, &len)) != NULL);
	for (i = 0; i < n; i++) {
		snprintf(line, sizeof(line), fmt, i / 256, i % 256);
		fputs(line, fp);
	}
	ATF_REQUIRE_EQ(fclose(fp), 0);
	return buf;
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	struct conf	*conf;
	char		*text, *said, *big;

	text = long_list("allow destination {", "}", CONF_PREFIXES_MAX);
	conf = parse_good(text);
	ATF_CHECK_EQ(conf->allow.n, CONF_PREFIXES_MAX);
	conf_free(conf);
	free(text);

	text = long_list("allow destination {", "}", CONF_PREFIXES_MAX + 5);
	said = parse_bad(text);
	ATF_CHECK_STREQ(said, "t:1025: more than 1024 entries in one list\n");
	free(said);
	free(text);

	text = repeated("listen on 127.0.%zu.%zu\n", CONF_LISTEN_MAX + 1);
	said = parse_bad(text);
	ATF_CHECK_STREQ(said, "t:65: more than 64 listen statements\n");
	free(said);
	text[strlen(text) - strlen("listen on 127.0.0.64\n")] = '\0';
	conf = parse_good(text);
	ATF_CHECK_EQ(conf->nlisten, CONF_LISTEN_MAX);
	conf_free(conf);
	free(text);

	text = repeated("client c%zu-%zu { credential sha256 x }\n",
	    CONF_CLIENTS_MAX + 1);
	said = parse_bad(text);
	/* 100 lines and the count of the rest. */
	ATF_CHECK(strstr(said, "and 926 more\n") != NULL);
	free(said);
	free(text);

	ATF_REQUIRE((big = malloc(5000)) != NULL);
	memset(big, 'a', 4999);
	big[4999] = '\0';
	said = parse_bad(big);
	ATF_CHECK_STREQ(said, "t:1: word longer than 4096 bytes\n");
	free(said);
	big[0] = '"';
	said = parse_bad(big);
	ATF_CHECK_STREQ(said, "t:1: string longer than 4096 bytes\n");
	free(said);
	free(big);

	text = repeated("#%zu %zu\n", 300000);
	said = parse_bad(text);
	ATF_CHECK_STREQ(said,
	    "t: the configuration comes to more than 2 MiB\n");
	free(said);
	free(text);
}

/* Values built from values must not grow without bound. */
ATF_TC_WITHOUT_HEAD(macro_growth);
ATF_TC_BODY(macro_growth, tc)
{
	FILE	*fp;
	char	*buf = NULL, *said;
	size_t	 len = 0;
	int	 i;

	ATF_REQUIRE((fp = open_memstream(&buf, &len)) != NULL);
	fputs("m0 = \"1.1.1.1 \"\n", fp);
	for (i = 0; i < 20; i++)
		fprintf(fp, "m%d = $m%d $m%d\n", i + 1, i, i);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	said = parse_bad(buf);
	ATF_CHECK(strstr(said, "value of a macro longer than 4096 bytes") !=
	    NULL);
	free(said);
	free(buf);

	buf = NULL;
	ATF_REQUIRE((fp = open_memstream(&buf, &len)) != NULL);
	fprintf(fp, "a = \"#%04000d\"\n", 0);
	for (i = 0; i < 1000; i++)
		fputs("$a\n", fp);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	said = parse_bad(buf);
	ATF_CHECK(strstr(said, "macros make the configuration come to more "
	    "than 2 MiB") != NULL);
	ATF_CHECK(strchr(said, '\n') == said + strlen(said) - 1);
	free(said);
	free(buf);
}

ATF_TC_WITHOUT_HEAD(error_list);
ATF_TC_BODY(error_list, tc)
{
	struct conf_errors	 errs = { 0 };
	char			*text, buf[64];

	text = repeated("bogus %zu %zu\n", 1000);
	ATF_CHECK(conf_parse_string("t", text, strlen(text), NULL, &errs) ==
	    NULL);
	ATF_REQUIRE_EQ(errs.n, CONF_ERRORS_MAX);
	ATF_CHECK_EQ(errs.dropped, 1000 - CONF_ERRORS_MAX);
	ATF_CHECK_EQ(errs.v[99].line, 100);
	ATF_CHECK_STREQ(conf_error_format(&errs.v[99], buf, sizeof(buf)),
	    "t:100: unknown keyword \"bogus\"");
	ATF_CHECK_STREQ(conf_error_format(&errs.v[99], buf, 6), "t:100");

	/* A full list is no reason to take a wrong configuration. */
	ATF_CHECK(conf_parse_string("t", "bogus", 5, NULL, &errs) == NULL);
	ATF_CHECK_EQ(errs.dropped, 1001 - CONF_ERRORS_MAX);
	/* Nor to refuse a right one. */
	{
		struct conf *conf;

		conf = conf_parse_string("t", "mode detect", 11, NULL, &errs);
		ATF_CHECK(conf != NULL);
		conf_free(conf);
	}
	conf_errors_free(&errs);
	ATF_CHECK_EQ(errs.n, 0);
	free(text);
}

/* yacc's state is in file scope: one parse must leave nothing for the next. */
ATF_TC_WITHOUT_HEAD(parses_are_independent);
ATF_TC_BODY(parses_are_independent, tc)
{
	static const char *const wrecks[] = {
		"client \"a\" {\n address {", "x = \"", "mode", "a = $b",
		"allow destination { 1.2.3.4 port", "} } {", "log directory"
	};
	struct conf	*conf;
	char		*said, *before, *after;
	size_t		 i;

	conf = parse_good("x1 = 5\nscan limit 8M\nproxy workers $x1\n");
	before = printed(conf);
	conf_free(conf);
	for (i = 0; i < sizeof(wrecks) / sizeof(wrecks[0]); i++) {
		said = parse_bad(wrecks[i]);
		free(said);
		conf = parse_good(
		    "x1 = 5\nscan limit 8M\nproxy workers $x1\n");
		after = printed(conf);
		ATF_CHECK_STREQ(after, before);
		conf_free(conf);
		free(after);
		/* Macros go with their parse. */
		said = parse_bad("proxy workers $x1\n");
		ATF_CHECK_STREQ(said, "t:1: macro \"x1\" is not defined\n");
		free(said);
	}
	free(before);
}

ATF_TC_WITHOUT_HEAD(command_line_macros);
ATF_TC_BODY(command_line_macros, tc)
{
	static const char text[] = "n = 2\nproxy workers $n\n"
	    "log directory $dir\n";
	struct conf_macros	 macros = { 0 };
	struct conf_errors	 errs = { 0 };
	struct conf		*conf;
	const char		*errstr;
	char			*said;

	ATF_CHECK_EQ(conf_macros_add(&macros, "n=5", &errstr), 0);
	ATF_CHECK_EQ(conf_macros_add(&macros, "dir=/first", &errstr), 0);
	ATF_CHECK_EQ(conf_macros_add(&macros, "dir=\"/a = b\"", &errstr), 0);
	conf = conf_parse_string("t", text, strlen(text), &macros, &errs);
	ATF_REQUIRE(conf != NULL);
	ATF_CHECK_EQ(conf->proxy_workers, 5);
	ATF_CHECK_STREQ(conf->log_dir, "/a = b");
	conf_free(conf);
	conf_macros_free(&macros);

	conf = conf_parse_string("t", text, strlen(text), &macros, &errs);
	ATF_CHECK(conf == NULL);
	said = errors_printed(&errs);
	ATF_CHECK_STREQ(said, "t:3: macro \"dir\" is not defined\n");
	free(said);
	conf_errors_free(&errs);

	ATF_CHECK_EQ(conf_macros_add(&macros, "n", &errstr), -1);
	ATF_CHECK_EQ(conf_macros_add(&macros, "=x", &errstr), -1);
	ATF_CHECK_EQ(conf_macros_add(&macros, "1n=x", &errstr), -1);
	ATF_CHECK_EQ(conf_macros_add(&macros, "n-n=x", &errstr), -1);
	ATF_CHECK_EQ(conf_macros_add(&macros, "n=a\nb", &errstr), -1);
	ATF_CHECK_EQ(conf_macros_add(&macros, "n=", &errstr), 0);
	conf_macros_free(&macros);
}

ATF_TC_WITHOUT_HEAD(include);
ATF_TC_BODY(include, tc)
{
	struct conf_errors	 errs = { 0 };
	struct conf		*conf;
	char			*said;

	ATF_REQUIRE_EQ(mkdir("sub", 0755), 0);
	write_file("main.conf", "size = 8M\ninclude \"sub/a.conf\"\n"
	    "proxy workers $n\n");
	/* Relative to the including file, not the working directory. */
	write_file("sub/a.conf", "scan limit $size\ninclude \"b.conf\" # x\n"
	    "overload shed");
	write_file("sub/b.conf", "n = 7");
	conf = conf_parse_file("main.conf", NULL, 0, &errs);
	said = errors_printed(&errs);
	ATF_REQUIRE_MSG(conf != NULL, "%s", said);
	ATF_CHECK_EQ(conf->scan_limit, 8388608);
	ATF_CHECK_EQ(conf->overload, CONF_OVERLOAD_SHED);
	ATF_CHECK_EQ(conf->proxy_workers, 7);
	conf_free(conf);
	free(said);

	/* Errors name the file they are in, and those behind it go on. */
	write_file("sub/a.conf", "\nscan limit x\nclient \"a\" {\n");
	write_file("main.conf", "include \"sub/a.conf\"\nmode block\n"
	    "include \"missing\"\n");
	said = parse_bad_file("main.conf");
	ATF_CHECK(strstr(said, "sub/a.conf:2: scan limit \"x\"") != NULL);
	ATF_CHECK(strstr(said, "sub/a.conf:3: \"{\" is not closed") != NULL);
	ATF_CHECK(strstr(said, "main.conf:2: \"mode\" does not belong") !=
	    NULL);
	ATF_CHECK(strstr(said, "main.conf:3: \"include\" does not belong") !=
	    NULL);
	free(said);

	/* A file cannot close what another one opened. */
	write_file("sub/a.conf", "}\nscan limit 8M\n");
	write_file("main.conf", "include \"sub/a.conf\"\nmode block\n");
	said = parse_bad_file("main.conf");
	ATF_CHECK(strstr(said, "sub/a.conf:1: \"}\" without its \"{\"\n") !=
	    NULL);
	ATF_CHECK(strstr(said, "main.conf:2: mode \"block\"") != NULL);
	free(said);

	write_file("main.conf", "include \"main.conf\"\n");
	said = parse_bad_file("main.conf");
	ATF_CHECK_STREQ(said,
	    "main.conf:1: include \"main.conf\": more than 16 "
	    "files deep; does a file include itself?\n");
	free(said);

	/* Two of itself at each level would be 65536 files. */
	write_file("main.conf", "include \"main.conf\"\n"
	    "include \"main.conf\"\n#xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	said = parse_bad_file("main.conf");
	ATF_CHECK(strstr(said, " more\n") != NULL);
	free(said);

	said = parse_bad("include \"/dev/null\"\nmode block\n");
	ATF_CHECK(strstr(said, "t:1: include: no file may be read here\n") !=
	    NULL);
	ATF_CHECK(strstr(said, "t:2: mode") != NULL);
	free(said);
}

ATF_TC_WITHOUT_HEAD(files);
ATF_TC_BODY(files, tc)
{
	struct conf_errors	 errs = { 0 };
	struct conf		*conf;
	char			*said;
	FILE			*fp;
	size_t			 i;

	/* Missing: an error, or an empty configuration where that is due. */
	said = parse_bad_file("missing");
	ATF_CHECK_STREQ(said, "missing: No such file or directory\n");
	free(said);
	conf = conf_parse_file("missing", NULL, CONF_MISSING_OK, &errs);
	ATF_CHECK(conf != NULL);
	conf_free(conf);

	ATF_REQUIRE_EQ(mkdir("dir", 0755), 0);
	said = parse_bad_file("dir");
	ATF_CHECK_STREQ(said, "dir: not a regular file\n");
	free(said);

	/* A FIFO without a writer must not hang the daemon. */
	ATF_REQUIRE_EQ(mkfifo("fifo", 0644), 0);
	said = parse_bad_file("fifo");
	ATF_CHECK_STREQ(said, "fifo: not a regular file\n");
	free(said);

	write_file("loose", "mode detect\n");
	ATF_REQUIRE_EQ(chmod("loose", 0646), 0);
	said = parse_bad_file("loose");
	ATF_CHECK_STREQ(said, "loose: everyone may write to it; chmod o-w it, "
	    "after a look at what it says\n");
	free(said);
	ATF_CHECK(conf_parse_file("loose", NULL, CONF_MISSING_OK, &errs) ==
	    NULL);
	conf_errors_free(&errs);
	write_file("includes", "include \"loose\"\n");
	said = parse_bad_file("includes");
	ATF_CHECK_STREQ(said,
	    "includes:1: include \"loose\": everyone may write "
	    "to it; chmod o-w it, after a look at what it says\n");
	free(said);

	ATF_REQUIRE((fp = fopen("big", "w")) != NULL);
	for (i = 0; i < 1024 * 1024 + 1; i++)
		fputc('\n', fp);
	ATF_REQUIRE_EQ(fclose(fp), 0);
	ATF_REQUIRE_EQ(chmod("big", 0644), 0);
	said = parse_bad_file("big");
	ATF_CHECK_STREQ(said, "big: larger than 1 MiB\n");
	free(said);
	ATF_REQUIRE_EQ(truncate("big", 1024 * 1024), 0);
	conf = conf_parse_file("big", NULL, 0, &errs);
	ATF_CHECK(conf != NULL);
	conf_free(conf);
}

/* Root may read anything, so a root becomes somebody else for this. */
static void __attribute__((__noreturn__))
read_as_nobody(void)
{
	struct conf_errors	 errs = { 0 };

	if (geteuid() == 0 && seteuid(65534) == -1)
		_exit(2);
	/* Not the same as missing. */
	if (conf_parse_file("secret", NULL, CONF_MISSING_OK, &errs) != NULL)
		_exit(3);
	if (errs.n != 1 || strcmp(errs.v[0].message, "Permission denied") != 0)
		_exit(4);
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(unreadable);
ATF_TC_BODY(unreadable, tc)
{
	pid_t	 pid;
	int	 status;

	write_file("secret", "mode detect\n");
	ATF_REQUIRE_EQ(chmod("secret", 0), 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		read_as_nobody();
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_REQUIRE(WIFEXITED(status));
	ATF_CHECK_EQ(WEXITSTATUS(status), 0);
}

/* Any bytes: NUL, high, and everything else, alone and in a statement. */
ATF_TC_WITHOUT_HEAD(any_byte);
ATF_TC_BODY(any_byte, tc)
{
	struct conf_errors	 errs;
	struct conf		*conf;
	char			 text[64], *said;
	int			 c, len, i;

	for (c = 0; c < 256; c++) {
		len = snprintf(text, sizeof(text), "mode %cdetect\nmode2 %c",
		    'x', 'x');
		text[5] = text[len - 1] = (char)c;
		memset(&errs, 0, sizeof(errs));
		conf = conf_parse_string("t", text, (size_t)len, NULL, &errs);
		ATF_CHECK_MSG(conf == NULL, "byte %d", c);
		conf_free(conf);
		said = errors_printed(&errs);
		for (i = 0; said[i] != '\0'; i++) {
			ATF_CHECK_MSG(said[i] == '\n' ||
			    (said[i] >= 0x20 && said[i] < 0x7f),
			    "byte %d is printed", c);
		}
		free(said);
		conf_errors_free(&errs);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, blocking_mode);
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, macro_growth);
	ATF_TP_ADD_TC(tp, error_list);
	ATF_TP_ADD_TC(tp, parses_are_independent);
	ATF_TP_ADD_TC(tp, command_line_macros);
	ATF_TP_ADD_TC(tp, include);
	ATF_TP_ADD_TC(tp, files);
	ATF_TP_ADD_TC(tp, unreadable);
	ATF_TP_ADD_TC(tp, any_byte);
	return atf_no_error();
}
