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

#ifndef CACERT_H
#define CACERT_H

#include <stdint.h>

#include "fingerprint.h"
#include "msg_leaf.h"

#define CACERT_PATH_SIZE	1088

/* The guardian's CA certificate as guardiand left it in its state directory. */
struct cacert {
	char		 path[CACERT_PATH_SIZE];	/* ca.pem */
	char		 bundle[CACERT_PATH_SIZE];	/* ca-bundle.pem */
	char		 wgetrc[CACERT_PATH_SIZE];
	uint8_t		 fingerprint[CA_FINGERPRINT_SIZE];
	char		 pem[LEAF_PEM_SIZE];	/* this one certificate */
	char		 subject[256];
	int64_t		 not_after;		/* seconds since 1970 */
};

/* The paths alone; 0, or -1 and said why. */
int	 cacert_paths(struct cacert *);
/*
 * Reads it; the file must be one that only root or this user can have written.
 * 0; 1 when there is none; or -1 and said why.
 */
int	 cacert_read(struct cacert *);
#endif /* CACERT_H */
