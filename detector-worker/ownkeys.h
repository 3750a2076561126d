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

#ifndef OWNKEYS_H
#define OWNKEYS_H

/*
 * Which keys each client uses with each provider.  A client has one key for a
 * provider; a further one is worth a line, because stolen keys are used from
 * inside as well.  Flows are pinned to detectors by client, so each detector
 * knows all there is to know of its clients.  Bounded, in memory only: after a
 * restart the next key seen is the first.
 */

#include <stdint.h>

#define OWNKEYS_ROWS	256	/* clients times providers */
#define OWNKEYS_KEYS	8	/* remembered of one client and provider */
#define OWNKEYS_FP	32

struct ownkeys;

struct ownkeys	*ownkeys_new(void);	/* NULL if memory is short */

/*
 * A client used the key of this fingerprint with its provider.  Returns 1 if
 * it is another than the first one and was not seen before, else 0.  The
 * least recently used row, and key of a row, is forgotten for a new one.
 */
int		 ownkeys_further(struct ownkeys *, const char *client,
		    const char *provider, const uint8_t[OWNKEYS_FP]);

#endif /* OWNKEYS_H */
