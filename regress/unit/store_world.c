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
#include <sys/resource.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "compat.h"
#include "dedup.h"
#include "logfile.h"
#include "store_world.h"

static struct logfile *
op_file(void *arg, const char *client)
{
	struct world	*w = arg;

	if (strcmp(client, "main") == 0)
		return w->m;
	return strcmp(client, "default") == 0 ? w->d : NULL;
}

static void
op_written(void *arg, const struct journal_rec *r, uint64_t tag)
{
	struct world	*w = arg;
	uint32_t	 n;

	memcpy(&n, r->entry.id, sizeof(n));
	ATF_REQUIRE(n < MAXN);
	w->acked[n]++;
	w->written++;
	w->last_tag = tag;
}

static void
op_growing(void *arg, enum file_kind kind, const char *client,
    struct logfile *f, uint64_t size)
{
	struct world	*w = arg;

	(void)client;
	ATF_REQUIRE(size > (uint64_t)logfile_size(f));
	if (kind == FILE_FINDINGS)
		w->grown = size;
}

static void
op_gone(void *arg, enum file_kind kind, const char *client, struct logfile *f)
{
	struct world	*w = arg;

	(void)client;
	ATF_REQUIRE(logfile_gone(f) || kind == FILE_FINDINGS);
	w->gone[kind]++;
}

static void
op_restored(void *arg, const char *client, int64_t time_ms, uint64_t bytes,
    int total)
{
	struct world	*w = arg;

	(void)time_ms;
	if (strcmp(client, "main") != 0)
		return;
	if (total)
		w->restored = 0;
	w->restored += bytes;
}

static void
op_quotas(void *arg, void (*emit)(void *, const char *, uint64_t), void *to)
{
	struct world	*w = arg;

	if (w->used > 0)
		emit(to, "main", w->used);
}

static const struct store_ops	ops = {
	op_file, op_written, op_growing, op_gone, op_restored, op_quotas
};

static void
op_found(void *arg, enum chain_found what, uint64_t bytes)
{
	struct world	*w = arg;

	(void)bytes;
	w->found[what]++;
}

struct logfile *
log_open(const char *name)
{
	struct logfile	*f;

	f = logfile_new(open_log(name), *name == 'j' ? JOURNAL_ALIGN : 0,
	    NULL);
	ATF_REQUIRE(f != NULL);
	return f;
}

void
world_start(struct world *w)
{
	struct logfile	*f;

	memset(w, 0, sizeof(*w));
	ATF_REQUIRE((w->dedup = dedup_new(256)) != NULL);
	ATF_REQUIRE((w->st = store_new(&ops, w, w->dedup)) != NULL);
	ATF_REQUIRE((w->chain = chain_new(op_found, w)) != NULL);
	store_set_chain(w->st, w->chain);
	store_set_keep(w->st, 3600 * 1000);
	w->m = log_open("m");
	w->d = log_open("d");
	store_set(w->st, FILE_JOURNAL, log_open("j"));
	f = log_open("f");
	f->chain = log_open("c");
	store_set(w->st, FILE_FINDINGS, f);
	ATF_REQUIRE_EQ(0, store_recover(w->st, NOW, &w->rep));
}

void
world_kill(struct world *w)
{
	store_free(w->st);
	chain_free(w->chain);
	dedup_free(w->dedup);
	logfile_unref(w->m);
	logfile_unref(w->d);
}

void
world_clean(void)
{
	unlink("f");
	unlink("c");
	unlink("j");
	unlink("m");
	unlink("d");
}

const char *
client_of(uint32_t n)
{
	return n % 3 == 2 ? "default" : "main";
}

int
send_it(struct world *w, uint32_t n)
{
	const struct dedup_entry	*e;
	struct journal_rec		 r;

	make_record(&r, n, client_of(n), NOW);
	if ((e = dedup_find_id(w->dedup, r.entry.id)) != NULL) {
		if (e->pending)
			store_retag(w->st, r.entry.id, 1000 + n);
		return !e->pending;
	}
	ATF_REQUIRE(!dedup_has_key(w->dedup, r.entry.key, NOW, 3600));
	ATF_REQUIRE_EQ(0, store_add(w->st, &r, n));
	dedup_add(w->dedup, &r.entry);
	return 0;
}

void
check_file(const char *name, const char *client, uint32_t n,
    const char *old)
{
	struct journal_rec	 r;
	char			*text;
	size_t			 len, want = strlen(old);
	uint32_t		 i;

	text = read_log(name, &len);
	ATF_REQUIRE_MSG(strncmp(text, old, want) == 0, "%s: %s", name, text);
	for (i = 0; i < n; i++) {
		if (client != NULL && strcmp(client_of(i), client) != 0)
			continue;
		make_record(&r, i, client_of(i), NOW);
		ATF_REQUIRE_EQ_MSG(1, count_line(text, r.line, r.line_len),
		    "%s: finding %u is there %u times:\n%s", name, i,
		    count_line(text, r.line, r.line_len), text);
		want += r.line_len;
	}
	ATF_REQUIRE_EQ_MSG(want, len, "%s: something else in\n%s", name,
	    text);
	free(text);
}

void
check_chain(const char *old)
{
	struct chain_rec	 r, copy;
	uint8_t			 prev[CHAIN_HASH_SIZE] = { 0 };
	uint8_t			 hash[CHAIN_HASH_SIZE];
	char			*text, *chain, *p, *nl;
	size_t			 len, clen;
	uint64_t		 seq = 0, end = 0;

	text = read_log("f", &len);
	chain = read_log("c", &clen);
	for (p = chain; p < chain + clen; p = nl + 1) {
		ATF_REQUIRE((nl = memchr(p, '\n', (size_t)(chain + clen -
		    p))) != NULL);
		if (chain_rec_parse(p, (size_t)(nl - p), &r) == -1)
			continue;	/* a kill cut it off */
		copy = r;
		ATF_REQUIRE_EQ(0, chain_rec_link(&copy, prev));
		ATF_REQUIRE_MSG(memcmp(copy.head, r.head, sizeof(r.head)) ==
		    0, "record %ju", (uintmax_t)r.seq);
		ATF_REQUIRE_EQ(++seq, r.seq);
		memcpy(prev, r.head, sizeof(prev));
		if (seq == 1) {
			ATF_REQUIRE_EQ(CHAIN_ANCHOR, r.kind);
			ATF_REQUIRE_EQ(strlen(old), r.offset);
			end = r.offset;
			continue;
		}
		ATF_REQUIRE_MSG(r.kind == CHAIN_LINE ||
		    r.kind == CHAIN_RECOVERED, "kind %c", r.kind);
		ATF_REQUIRE_EQ(end, r.offset);
		end += r.len;
		ATF_REQUIRE(end <= len && text[end - 1] == '\n');
		ATF_REQUIRE_EQ(0, chain_hash(text + r.offset, r.len, hash));
		ATF_REQUIRE_EQ(0, memcmp(hash, r.hash, sizeof(hash)));
	}
	ATF_REQUIRE_EQ(len, end);
	free(text);
	free(chain);
}

void
check_all(uint32_t n, const char *old)
{
	check_file("f", NULL, n, old);
	check_file("m", "main", n, "");
	check_file("d", "default", n, "");
}

void
limit_files(rlim_t bytes)
{
	struct rlimit	 rl;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &rl));
	rl.rlim_cur = bytes == RLIM_INFINITY ? rl.rlim_max : bytes;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
}

char *
old_lines(size_t atleast)
{
	struct journal_rec	 r;
	char			*text;
	size_t			 len = 0;
	uint32_t		 n = 100000;

	ATF_REQUIRE((text = malloc(atleast + FINDING_LINE_MAX + 1)) != NULL);
	while (len < atleast) {
		make_record(&r, n++, "main", NOW);
		memcpy(text + len, r.line, r.line_len);
		len += r.line_len;
	}
	text[len] = '\0';
	return text;
}
