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
#include <sys/uio.h>

#include <stdint.h>
#include <string.h>

#include <atf-c.h>

#include "../../proxy-worker/retain.h"

/* A read of len bytes of value c. */
static uint8_t *
read_into(struct blocks *bs, uint8_t c, size_t len)
{
	return (memset(blocks_scratch(bs), c, len));
}

ATF_TC_WITHOUT_HEAD(blocks);
ATF_TC_BODY(blocks, tc)
{
	struct blocks	 bs;
	struct block	*b, *held[2 * BLOCKS_SPARE];
	uint8_t		*p, *first;
	size_t		 i;

	(void)tc;
	ATF_REQUIRE_EQ(blocks_init(&bs), 0);
	/* one that nobody holds is used again */
	p = read_into(&bs, 'a', BLOCK_SIZE);
	ATF_CHECK(block_hold(&bs, p, BLOCK_WORTH - 1) == NULL);
	ATF_CHECK(block_hold(&bs, &bs, BLOCK_SIZE) == NULL);
	ATF_CHECK(blocks_scratch(&bs) == p);
	/* one that is held is not, also when two hold it */
	b = block_hold(&bs, p, BLOCK_SIZE);
	ATF_REQUIRE(b != NULL);
	ATF_CHECK(block_hold(&bs, p + BLOCK_SIZE - BLOCK_WORTH,
	    BLOCK_WORTH) == b);
	first = p;
	p = read_into(&bs, 'b', BLOCK_SIZE);
	ATF_CHECK(p != first);
	ATF_CHECK(block_hold(&bs, first, BLOCK_SIZE) == NULL);
	block_release(&bs, b);
	ATF_CHECK_EQ(first[0], 'a');
	ATF_CHECK_EQ(first[BLOCK_SIZE - 1], 'a');
	block_release(&bs, b);
	ATF_CHECK_EQ(first[0], 0);
	ATF_CHECK_EQ(first[BLOCK_SIZE - 1], 0);
	/* let go before the next read: the reader has it still */
	b = block_hold(&bs, p, BLOCK_SIZE);
	ATF_REQUIRE(b != NULL);
	block_release(&bs, b);
	ATF_CHECK_EQ(p[0], 'b');
	ATF_CHECK(blocks_scratch(&bs) == p);
	/* no more are kept than that */
	for (i = 0; i < 2 * BLOCKS_SPARE; i++) {
		p = read_into(&bs, 'c', BLOCK_SIZE);
		held[i] = block_hold(&bs, p, BLOCK_SIZE);
		ATF_REQUIRE(held[i] != NULL);
	}
	for (i = 0; i < 2 * BLOCKS_SPARE; i++)
		block_release(&bs, held[i]);
	ATF_CHECK_EQ(bs.nspare, BLOCKS_SPARE);
}

ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	static const size_t	 len[] = { BLOCK_SIZE, 10, BLOCK_WORTH,
				    BLOCK_WORTH - 1 };
	struct blocks		 bs;
	struct flow_open	 open;
	struct piece		 p;
	struct scan		*s;
	size_t			 i, n, off = 0;

	(void)tc;
	ATF_REQUIRE_EQ(blocks_init(&bs), 0);
	memset(&open, 0, sizeof(open));
	open.head = (const uint8_t *)"HEAD";
	open.head_len = 4;
	ATF_REQUIRE((s = retain_new(&open)) != NULL);
	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(retain_add(s, &bs, FLOW_BODY, read_into(&bs,
		    (uint8_t)i, len[i]), len[i]), 0);
	read_into(&bs, 9, BLOCK_SIZE);
	ATF_CHECK_EQ(s->nblocks, 2);
	ATF_CHECK(retain_size(s) > 2 * BLOCK_SIZE);
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(retain_next(s, &off, &p), 1);
		ATF_CHECK_EQ(p.len, len[i]);
		ATF_CHECK_EQ(p.block != NULL, len[i] >= BLOCK_WORTH);
		for (n = 0; n < p.len && p.data[n] == i; n++)
			;
		ATF_CHECK_EQ(n, p.len);
	}
	ATF_CHECK_EQ(retain_next(s, &off, &p), 0);
	/* the bound is of bytes, wherever they are */
	for (i = 0; retain_add(s, &bs, FLOW_BODY, blocks_scratch(&bs),
	    BLOCK_SIZE) == 0; i++)
		ATF_REQUIRE(i < 10);
	ATF_CHECK(retain_len(s) <= RETAIN_MESSAGE_MAX + 4);
	ATF_CHECK(retain_len(s) > RETAIN_MESSAGE_MAX - BLOCK_SIZE);
	retain_drop(s, &bs);
	ATF_CHECK_EQ(s->nblocks, 0);
	ATF_CHECK_EQ(retain_len(s), 4);
	ATF_CHECK(bs.nspare > 0);
	retain_free(s, &bs);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, blocks);
	ATF_TP_ADD_TC(tp, pieces);
	return (atf_no_error());
}
