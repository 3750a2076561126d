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


/* Content codings: every one, at every split, stacked, damaged, too big. */

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "coding.h"
#define HELP_PLAIN	0
#include "scan_help.h"

#define KEY_LEN		108
#define TEXT_LEN	(KEY_LEN + 80)

struct coded {
	uint8_t	*data;
	size_t	 len;
};

static void
make_text(char text[TEXT_LEN + 1])
{
	char	 key[KEY_LEN + 1];
	int	 n;

	ATF_REQUIRE_EQ(KEY_LEN, rules_expand("sk-ant-api03-{{w93}}AA", 5,
	    key, sizeof(key)));
	n = snprintf(text, TEXT_LEN + 1, "a text with %s in it\n", key);
	ATF_REQUIRE(n > 0 && n <= TEXT_LEN);
}

static struct coded
deflated(const void *p, size_t len, int bits, int level)
{
	struct coded	 c = { malloc(len + 1024), len + 1024 };
	z_stream	 z;

	ATF_REQUIRE(c.data != NULL);
	memset(&z, 0, sizeof(z));
	ATF_REQUIRE(deflateInit2(&z, level, Z_DEFLATED, bits, 8,
	    Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (Bytef *)(uintptr_t)p;
	z.avail_in = (uInt)len;
	z.next_out = c.data;
	z.avail_out = (uInt)c.len;
	ATF_REQUIRE_EQ(Z_STREAM_END, deflate(&z, Z_FINISH));
	c.len = z.total_out;
	deflateEnd(&z);
	return (c);
}

static struct coded
encode(const char *coding, const void *p, size_t len)
{
	struct coded	 c = { malloc(len + 1024), len + 1024 };

	ATF_REQUIRE(c.data != NULL);
	if (strcmp(coding, "br") == 0) {
		ATF_REQUIRE(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, len,
		    p, &c.len, c.data));
		return (c);
	}
	if (strcmp(coding, "zstd") == 0) {
		c.len = ZSTD_compress(c.data, c.len, p, len, 3);
		ATF_REQUIRE(!ZSTD_isError(c.len));
		return (c);
	}
	free(c.data);
	if (strcmp(coding, "gzip") == 0)
		return (deflated(p, len, 15 + 16, 6));
	if (strcmp(coding, "deflate") == 0)
		return (deflated(p, len, 15, 6));
	ATF_REQUIRE_STREQ("raw", coding);
	return (deflated(p, len, -15, 6));
}

static struct rules		*rules;
static struct scan_counters	 counters;

/* A request with a coding; step 0: in one piece, after a first one. */
static void
request(const char *coding, const uint8_t *p, size_t len, size_t first,
    size_t step, uint64_t limit, struct hits *hits)
{
	struct scan	*scan;
	char		 head[256];
	size_t		 n;

	scan = help_scan(rules, FINDING_OUTBOUND, "x.example", limit, hits);
	n = (size_t)snprintf(head, sizeof(head), "POST / HTTP/1.1\r\n"
	    "content-Encoding:  %s \r\n\r\n", coding);
	scan_head(scan, head, n);
	scan_body(scan, p, first);
	for (; first < len; first += n) {
		n = step == 0 || step > len - first ? len - first : step;
		scan_body(scan, p + first, n);
	}
	scan_end(scan);
	scan_counters(scan, &counters);
	scan_free(scan);
	ATF_CHECK_EQ(0, rules->coding_memory);
}

static uint64_t
gaps(void)
{
	uint64_t	 n = 0;
	unsigned int	 i;

	for (i = 0; i < SCAN_GAP_MAX; i++)
		n += counters.gap[i].count;
	return (n);
}

ATF_TC_WITHOUT_HEAD(splits);
ATF_TC_BODY(splits, tc)
{
	static const char	*const names[][3] = {
		{ "gzip", "gzip", "gzip" }, { "x-gzip", "gzip", "gzip" },
		{ "deflate", "deflate", "deflate" },
		{ "deflate", "raw", "deflate" }, { "br", "br", "br" },
		{ "zstd", "zstd", "zstd" }, { "GZIP", "gzip", "gzip" },
		/* No header at all, or that of another coding. */
		{ "identity", "gzip", "gzip" }, { "", "zstd", "zstd" },
		{ "br2", "deflate", "deflate" }
	};
	struct hits		 hits;
	struct coded		 c;
	char			 text[TEXT_LEN + 1], want[128];
	size_t			 i, at;

	(void)tc;
	rules = help_rules();
	make_text(text);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		c = encode(names[i][1], text, strlen(text));
		snprintf(want, sizeof(want), "body>%s: ai_api_key"
		    " sk-ant-api03-[REDACTED](108)", names[i][2]);
		for (at = 0; at <= c.len; at++) {
			request(names[i][0], c.data, c.len, at, 0, 0, &hits);
			ATF_CHECK_EQ_MSG(1, hits.n, "%s as %s, split at %zu",
			    names[i][1], names[i][0], at);
			ATF_CHECK_STREQ(want, hits.hit[0].snippet);
			ATF_CHECK_EQ(strcmp(names[i][0], "br2") == 0, gaps());
			ATF_CHECK_EQ(strlen(text), counters.decoded);
		}
		request(names[i][0], c.data, c.len, 0, 1, 0, &hits);
		ATF_CHECK_EQ(1, hits.n);
		free(c.data);
	}
	rules_free(rules);
}

/* What has come is handed on, though the stream is not complete. */
ATF_TC_WITHOUT_HEAD(flushed);
ATF_TC_BODY(flushed, tc)
{
	struct scan	*scan;
	struct hits	 hits;
	struct coded	 c;
	z_stream	 z;
	char		 text[TEXT_LEN + 1];
	static const char head[] = "HTTP/1.1 200 OK\r\n"
	    "Content-Encoding: gzip\r\n\r\n";

	(void)tc;
	rules = help_rules();
	make_text(text);
	c.data = malloc(4096);
	memset(&z, 0, sizeof(z));
	ATF_REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8,
	    Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (Bytef *)text;
	z.avail_in = (uInt)strlen(text);
	z.next_out = c.data;
	z.avail_out = 4096;
	ATF_REQUIRE_EQ(Z_OK, deflate(&z, Z_SYNC_FLUSH));
	scan = help_scan(rules, FINDING_OUTBOUND, "x.example", 0, &hits);
	scan_head(scan, head, strlen(head));
	scan_body(scan, c.data, z.total_out);
	ATF_CHECK_EQ(1, hits.n);
	/* The client goes away: what is missing is no damage. */
	scan_abort(scan);
	scan_end(scan);
	scan_counters(scan, &counters);
	ATF_CHECK_EQ(0, gaps());
	scan_free(scan);
	/* But a message that ends so is. */
	request("gzip", c.data, z.total_out, 0, 0, 0, &hits);
	ATF_CHECK_EQ(1, hits.n);
	ATF_CHECK_EQ(1, counters.gap[SCAN_GAP_ERROR].count);
	deflateEnd(&z);
	free(c.data);
	rules_free(rules);
}

ATF_TC_WITHOUT_HEAD(stacked);
ATF_TC_BODY(stacked, tc)
{
	struct hits	 hits;
	struct coded	 a, b, c;
	char		 text[TEXT_LEN + 1];
	size_t		 at;

	(void)tc;
	rules = help_rules();
	make_text(text);
	a = encode("gzip", text, strlen(text));
	b = encode("br", a.data, a.len);
	c = encode("zstd", b.data, b.len);
	for (at = 0; at <= c.len; at++) {
		request("gzip, br,,identity, zstd", c.data, c.len, at, 0, 0,
		    &hits);
		ATF_CHECK_EQ(1, hits.n);
		ATF_CHECK_STREQ("body>zstd>br>gzip: ai_api_key"
		    " sk-ant-api03-[REDACTED](108)", hits.hit[0].snippet);
		ATF_CHECK_EQ(0, gaps());
	}
	/* The inner one is not known: on record, and its text is seen. */
	request("unheard-of, gzip", a.data, a.len, 0, 0, 0, &hits);
	ATF_CHECK_EQ(1, hits.n);
	ATF_CHECK_EQ(a.len, counters.gap[SCAN_GAP_CODING].bytes);
	/* The outer one is: what there is, is looked at as it is. */
	request("gzip, unheard-of", (uint8_t *)text, strlen(text), 0, 0, 0,
	    &hits);
	ATF_CHECK_EQ(1, hits.n);
	ATF_CHECK_EQ(strlen(text), counters.gap[SCAN_GAP_CODING].bytes);
	ATF_CHECK_EQ(0, counters.gap[SCAN_GAP_ERROR].count);
	free(a.data);
	free(b.data);
	free(c.data);
	rules_free(rules);
}

ATF_TC_WITHOUT_HEAD(members);
ATF_TC_BODY(members, tc)
{
	static const char	*const names[] = { "gzip", "zstd" };
	struct hits		 hits;
	struct coded		 a, b;
	char			 text[TEXT_LEN + 1];
	uint8_t			*p;
	size_t			 i, at, n;

	(void)tc;
	rules = help_rules();
	make_text(text);
	p = malloc(8192);
	for (i = 0; i < 2; i++) {
		/* The key lies across two members, a short one before. */
		a = encode(names[i], text, 40);
		b = encode(names[i], text + 40, strlen(text) - 40);
		memcpy(p, a.data, a.len);
		memcpy(p + a.len, b.data, b.len);
		n = a.len + b.len;
		for (at = 0; at <= n; at++) {
			request(names[i], p, n, at, 0, 0, &hits);
			ATF_CHECK_EQ(1, hits.n);
			ATF_CHECK_EQ(0, gaps());
		}
		/* Text after the end is looked at as well. */
		memcpy(p + a.len, text, strlen(text));
		n = a.len + strlen(text);
		for (at = 0; at <= n; at++) {
			request(names[i], p, n, at, 0, 0, &hits);
			ATF_CHECK_EQ(1, hits.n);
		}
		free(a.data);
		free(b.data);
	}
	free(p);
	rules_free(rules);
}

ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	static const char	*const names[] = {
		"gzip", "deflate", "br", "zstd"
	};
	static char		 text[500000];
	struct hits		 hits;
	struct coded		 c;
	size_t			 i, n;
	uint32_t		 x = 1;

	(void)tc;
	rules = help_rules();
	make_text(text);
	n = strlen(text);
	for (i = n; i < sizeof(text); i++) {
		x = x * 1664525U + 1013904223U;
		text[i] = (char)(x >> 28 == 0 ? ' ' : 'a' + (x >> 16) % 26);
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* It is none at all. */
		request(names[i], (uint8_t *)text, TEXT_LEN - 10, 0, 0, 0,
		    &hits);
		ATF_CHECK_EQ_MSG(1, hits.n, "%s", names[i]);
		ATF_CHECK_EQ_MSG(1, counters.gap[SCAN_GAP_ERROR].count, "%s",
		    names[i]);
		/* Later: what came before is known. */
		c = encode(names[i], text, sizeof(text));
		n = c.len / 64 + 12;
		memset(c.data + c.len - n, 0xff, n);
		request(names[i], c.data, c.len, 0, 4096, 0, &hits);
		ATF_CHECK_EQ_MSG(1, hits.n, "%s", names[i]);
		ATF_CHECK_MSG(counters.gap[SCAN_GAP_ERROR].count == 1, "%s",
		    names[i]);
		ATF_CHECK(counters.gap[SCAN_GAP_ERROR].bytes < c.len);
		free(c.data);
	}
	rules_free(rules);
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	static const char	*const names[] = {
		"gzip", "deflate", "br", "zstd"
	};
	static uint8_t		 zero[8 << 20];
	struct hits		 hits;
	struct coded		 c;
	size_t			 i;

	(void)tc;
	rules = help_rules();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		c = encode(names[i], zero, sizeof(zero));
		request(names[i], c.data, c.len, 0, 0, 0, &hits);
		ATF_CHECK_EQ_MSG(1, counters.gap[SCAN_GAP_RATIO].count, "%s",
		    names[i]);
		ATF_CHECK(counters.decoded <= 2 << 20);
		/* A limit on the output comes first if it is lower. */
		request(names[i], c.data, c.len, 0, 0, 100000, &hits);
		ATF_CHECK_EQ(0, counters.gap[SCAN_GAP_RATIO].count);
		ATF_CHECK(counters.gap[SCAN_GAP_OUTPUT].count > 0);
		ATF_CHECK_EQ(100000 * SCAN_OUTPUT_TIMES, counters.decoded);
		free(c.data);
	}
	rules_free(rules);
}

/* A frame that asks for more history than is granted. */
ATF_TC_WITHOUT_HEAD(window);
ATF_TC_BODY(window, tc)
{
	struct hits	 hits;
	ZSTD_CCtx	*z;
	static uint8_t	 out[4096], in[1024];
	ZSTD_inBuffer	 ib = { in, sizeof(in), 0 };
	ZSTD_outBuffer	 ob = { out, sizeof(out), 0 };
	int		 log;

	(void)tc;
	rules = help_rules();
	for (log = CODING_WINDOW_LOG; log <= CODING_WINDOW_LOG + 1; log++) {
		ib.pos = ob.pos = 0;
		ATF_REQUIRE((z = ZSTD_createCCtx()) != NULL);
		ATF_REQUIRE(!ZSTD_isError(ZSTD_CCtx_setParameter(z,
		    ZSTD_c_windowLog, log)));
		ATF_REQUIRE(!ZSTD_isError(ZSTD_compressStream2(z, &ob, &ib,
		    ZSTD_e_flush)));
		ZSTD_freeCCtx(z);
		request("zstd", out, ob.pos, 0, 0, 0, &hits);
		ATF_CHECK_EQ(log > CODING_WINDOW_LOG,
		    counters.gap[SCAN_GAP_WINDOW].count);
	}
	rules_free(rules);
}

/* All decoders together have a bound; what does not fit is on record. */
ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	static const char	*const names[] = {
		"gzip", "deflate", "br", "zstd"
	};
	struct hits		 hits;
	struct coded		 c;
	char			 text[TEXT_LEN + 1];
	struct scan		*scan;
	char			 head[128];
	size_t			 i;

	(void)tc;
	rules = help_rules();
	make_text(text);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		c = encode(names[i], text, strlen(text));
		rules->coding_memory = CODING_MEMORY_MAX - 100;
		scan = help_scan(rules, FINDING_OUTBOUND, "x", 0, &hits);
		snprintf(head, sizeof(head), "POST / HTTP/1.1\r\n"
		    "Content-Encoding: %s\r\n\r\n", names[i]);
		scan_head(scan, head, strlen(head));
		scan_body(scan, c.data, c.len);
		scan_end(scan);
		scan_counters(scan, &counters);
		scan_free(scan);
		ATF_CHECK_EQ_MSG(1, counters.gap[SCAN_GAP_MEMORY].count, "%s",
		    names[i]);
		ATF_CHECK_EQ(CODING_MEMORY_MAX - 100, rules->coding_memory);
		rules->coding_memory = 0;
		free(c.data);
	}
	rules_free(rules);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, splits);
	ATF_TP_ADD_TC(tp, flushed);
	ATF_TP_ADD_TC(tp, stacked);
	ATF_TP_ADD_TC(tp, members);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, window);
	ATF_TP_ADD_TC(tp, memory);
	return (atf_no_error());
}
