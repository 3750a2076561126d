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
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "compat.h"
#include "dedup.h"
#include "jsonl.h"
#include "logger_util.h"

void
make_finding(struct finding_rec *r, uint32_t n, const char *client)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->id, &n, sizeof(n));
	r->id[15] = 0x1d;
	memcpy(r->fp, &n, sizeof(n));
	r->fp[31] = 0xf1;
	strlcpy(r->client, client, sizeof(r->client));
	r->finding.direction = FINDING_OUTBOUND;
	r->finding.protocol = FINDING_HTTP;
	r->finding.threat = FINDING_EXFIL;
	r->finding.severity = (enum finding_severity)(n % 4);
	strlcpy(r->finding.pattern, n % 2 ? "ai_api_key" : "dotenv_path",
	    sizeof(r->finding.pattern));
	strlcpy(r->finding.source, "172.17.0.2", sizeof(r->finding.source));
	strlcpy(r->finding.dest, "api.example.com:443",
	    sizeof(r->finding.dest));
	snprintf(r->finding.snippet, sizeof(r->finding.snippet),
	    "body: sk-ant-[REDACTED](%u)", n);
	r->finding.timestamp = 1790000000000LL + n;
	ATF_REQUIRE(finding_valid(&r->finding));
}

void
make_record(struct journal_rec *rec, uint32_t n, const char *client,
    int64_t now_ms)
{
	struct finding_rec	 r;

	make_finding(&r, n, client);
	memset(rec, 0, sizeof(*rec));
	rec->kind = JOURNAL_FINDING;
	memcpy(rec->entry.id, r.id, sizeof(rec->entry.id));
	dedup_key(&r, rec->entry.key);
	rec->entry.time_ms = now_ms;
	rec->entry.pending = 1;
	strlcpy(rec->client, client, sizeof(rec->client));
	rec->line_len = jsonl_finding(&r.finding, rec->line);
	ATF_REQUIRE(rec->line_len > 0);
}

int
open_log(const char *name)
{
	int	 fd;

	fd = open(name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	ATF_REQUIRE(fd != -1);
	return fd;
}

char *
read_log(const char *name, size_t *len)
{
	struct stat	 st;
	char		*buf;
	int		 fd;

	ATF_REQUIRE((fd = open(name, O_RDONLY)) != -1);
	ATF_REQUIRE(fstat(fd, &st) == 0);
	ATF_REQUIRE((buf = malloc((size_t)st.st_size + 1)) != NULL);
	ATF_REQUIRE(read(fd, buf, (size_t)st.st_size) == st.st_size);
	buf[st.st_size] = '\0';
	close(fd);
	if (len != NULL)
		*len = (size_t)st.st_size;
	return buf;
}

void
write_log(const char *name, const void *data, size_t len)
{
	int	 fd;

	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE(write(fd, data, len) == (ssize_t)len);
	close(fd);
}

unsigned int
count_line(const char *text, const char *line, size_t len)
{
	const char	*p = text;
	unsigned int	 n = 0;

	while (p != NULL && *p != '\0') {
		if (strncmp(p, line, len) == 0)
			n++;
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
	return n;
}
