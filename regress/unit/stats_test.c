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

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "compat.h"
#include "imsg.h"
#include "stats.h"

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	unsigned int	 i, k;

	(void)tc;
	for (i = 0; i < STAT_MAX; i++) {
		ATF_REQUIRE_MSG(stat_name(i) != NULL, "%u has no name", i);
		for (k = 0; k < i; k++)
			ATF_CHECK_MSG(strcmp(stat_name(i), stat_name(k)) != 0,
			    "%s twice", stat_name(i));
	}
	ATF_CHECK(stat_name(STAT_MAX) == NULL);
	ATF_CHECK_STREQ("bytes_decoded", stat_name(STAT_DECODED));
}

/* Each counter arrives as itself, and from another build none does. */
ATF_TC_WITHOUT_HEAD(wire);
ATF_TC_BODY(wire, tc)
{
	struct child_stats	 sent, got;
	struct ibuf		*m;
	unsigned int		 i;

	(void)tc;
	for (i = 0; i < STAT_MAX; i++)
		sent.v[i] = UINT64_MAX - i;
	ATF_REQUIRE((m = ibuf_dynamic(0, 4096)) != NULL);
	ATF_REQUIRE_EQ(0, stats_add(m, &sent));
	ATF_REQUIRE_EQ(0, stats_get(m, &got));
	ATF_CHECK_EQ(0, ibuf_size(m));
	for (i = 0; i < STAT_MAX; i++)
		ATF_CHECK_EQ_MSG(sent.v[i], got.v[i], "%s", stat_name(i));
	ibuf_free(m);

	ATF_REQUIRE((m = ibuf_dynamic(0, 4096)) != NULL);
	ATF_REQUIRE_EQ(0, ibuf_add_n16(m, STAT_MAX - 1));
	ATF_REQUIRE_EQ(0, ibuf_add_zero(m, 8 * STAT_MAX));
	ATF_CHECK_ERRNO(EBADMSG, stats_get(m, &got) == -1);
	ibuf_free(m);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, wire);
	return atf_no_error();
}
