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
 * Fingerprints stand for a secret where the secret must not be: in the
 * deduplication key and the logger's key book.  They are keyed, so that
 * nobody can test guesses against a log.
 */

#include <ctype.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "rules.h"
#include "shell.h"

/* Letters and digits of a PEM key that tell it from others, in any view. */
#define PEM_CHARS	160
/* Of a command. */
#define COMMAND_CHARS	160

int
fingerprint_init(void)
{
	uint8_t		 md[EVP_MAX_MD_SIZE];
	unsigned int	 len;

	/*
	 * libcrypto fetches its algorithms on first use; after the sandbox
	 * has closed it could not read its configuration.
	 */
	if (HMAC(EVP_sha256(), "", 1, (const unsigned char *)"", 0, md,
	    &len) == NULL || len != SCAN_FP_SIZE)
		return (-1);
	if (EVP_Digest("", 0, md, &len, EVP_sha256(), NULL) != 1)
		return (-1);
	return (0);
}

/* The marker, then the key's base64 text however it was wrapped. */
static size_t
normalise_pem(const struct rule_match *m, uint8_t *buf)
{
	const uint8_t	*p;
	size_t		 i, n, used;

	n = m->secret == NULL ? m->len : (size_t)(m->secret - m->text);
	memcpy(buf, m->text, n);
	used = n;
	for (i = 0; i < m->secretlen && used - n < PEM_CHARS; i++) {
		p = m->secret + i;
		if (*p == '\\') {		/* "\n" or "\r" */
			i++;
			continue;
		}
		/* a plus may have become a blank, or the other way round */
		if (isalnum(*p))
			buf[used++] = *p;
	}
	return (used);
}

/*
 * A command as a shell reads it, with one space between its words, so that it
 * is the same however it was quoted, and in a text that was decoded further.
 * The first words tell it from others: where a match ends may depend on that.
 */
static size_t
normalise_command(const struct rule_match *m, uint8_t *buf)
{
	uint8_t	 plain[RULE_WIDTH_MAX];
	size_t	 i, len, used = 0;

	len = shell_plain(m->text, m->len, plain);
	for (i = 0; i < len && used < COMMAND_CHARS; i++) {
		if (plain[i] == '\\')
			continue;
		if (plain[i] > ' ')
			buf[used++] = plain[i];
		else if (used > 0 && buf[used - 1] != ' ')
			buf[used++] = ' ';
	}
	while (used > 0 && buf[used - 1] == ' ')
		used--;
	OPENSSL_cleanse(plain, sizeof(plain));
	return (used);
}

int
fingerprint_make(const uint8_t key[SCAN_KEY_SIZE], const struct rule *rule,
    const struct rule_match *m, uint8_t fp[SCAN_FP_SIZE])
{
	uint8_t		 buf[RULE_WIDTH_MAX];
	size_t		 len;
	unsigned int	 fplen = 0;
	int		 ok;

	(void)rule;
	switch (m->pattern->kind) {
	case RULE_PEM:
		len = normalise_pem(m, buf);
		break;
	case RULE_COMMAND:
		len = normalise_command(m, buf);
		break;
	case RULE_VALUE:
		memcpy(buf, m->secret, m->secretlen);
		len = m->secretlen;
		break;
	case RULE_SECRET:
	case RULE_PATH:
	default:
		memcpy(buf, m->text, m->len);
		len = m->len;
		break;
	}
	ok = HMAC(EVP_sha256(), key, SCAN_KEY_SIZE, buf, len, fp,
	    &fplen) != NULL && fplen == SCAN_FP_SIZE;
	OPENSSL_cleanse(buf, sizeof(buf));
	return (ok ? 0 : -1);
}

static size_t
put_field(uint8_t *buf, size_t used, const void *data, size_t len)
{
	buf[used++] = (uint8_t)(len >> 8);
	buf[used++] = (uint8_t)len;
	memcpy(buf + used, data, len);
	return (used + len);
}

void
scan_finding_id(uint8_t id[SCAN_ID_SIZE],
    const uint8_t uid[SCAN_FLOW_UID_SIZE], uint32_t seq, const char *pattern,
    const uint8_t fp[SCAN_FP_SIZE])
{
	uint8_t		 buf[4 * 2 + SCAN_FLOW_UID_SIZE + 4 +
			    FINDING_PATTERN_SIZE + SCAN_FP_SIZE];
	uint8_t		 md[EVP_MAX_MD_SIZE], be[4];
	size_t		 used = 0, n;
	unsigned int	 len;

	be[0] = (uint8_t)(seq >> 24);
	be[1] = (uint8_t)(seq >> 16);
	be[2] = (uint8_t)(seq >> 8);
	be[3] = (uint8_t)seq;
	n = strnlen(pattern, FINDING_PATTERN_SIZE);
	used = put_field(buf, used, uid, SCAN_FLOW_UID_SIZE);
	used = put_field(buf, used, be, sizeof(be));
	used = put_field(buf, used, pattern, n);
	used = put_field(buf, used, fp, SCAN_FP_SIZE);
	/*
	 * fingerprint_init() has shown that the digest is there; if memory is
	 * short, the fingerprint itself still tells most findings apart.
	 */
	if (EVP_Digest(buf, used, md, &len, EVP_sha256(), NULL) != 1)
		memcpy(md, fp, SCAN_ID_SIZE);
	memcpy(id, md, SCAN_ID_SIZE);
}
