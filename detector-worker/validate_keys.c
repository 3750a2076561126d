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
 * Whether what has the shape of a key is one: not a placeholder, not words,
 * with the check digits its maker gave it.
 */

#include <ctype.h>
#include <string.h>

#include "rules.h"

/*
 * Parts of placeholders, lower case.  Each is long or odd enough to be rare in
 * a random key: one in a million.
 */
static const char *const placeholder_words[] = {
	"placeholder", "example", "your-", "your_", "yourkey", "yourapi",
	"yourtoken", "xxxxxx", "insert", "changeme", "change-me", "redacted",
	"replace", "onecli", "managed", "dummy", "sample", "fake-", "fake_",
	"fakekey", "-here", "_here", "keyhere", "tokenhere", "apikey",
	"api-key", "api_key", "secret-", "secret_", "12345678", "abcdefgh",
	/* the published key of the Azure storage emulator */
	"eby8vdm02xnocqfl", NULL
};

int
bytes_within(const uint8_t *s, size_t len, const char *word)
{
	size_t	 i, j, n;

	n = strlen(word);
	for (i = 0; n <= len && i <= len - n; i++) {
		for (j = 0; j < n; j++)
			if (tolower(s[i + j]) != word[j])
				break;
		if (j == n)
			return (1);
	}
	return (0);
}

static int
is_placeholder(const uint8_t *s, size_t len)
{
	const char *const	*w;
	size_t			 i, run = 1;

	for (w = placeholder_words; *w != NULL; w++)
		if (bytes_within(s, len, *w))
			return (1);
	/* the same byte over and over, in a part of it */
	for (i = 1; i < len; i++) {
		run = s[i] == s[i - 1] ? run + 1 : 1;
		if (run == 8)
			return (1);
	}
	return (0);
}

/*
 * Whether the bytes look generated: letters and digits, enough different
 * ones.  Random hex of 32 has 14 different digits on average.
 */
static int
is_random(const uint8_t *s, size_t len)
{
	uint8_t	 seen[256] = { 0 };
	size_t	 i, distinct = 0, digits = 0, letters = 0;

	for (i = 0; i < len; i++) {
		if (!seen[s[i]]) {
			seen[s[i]] = 1;
			distinct++;
		}
		if (isdigit(s[i]))
			digits++;
		else if (isalpha(s[i]))
			letters++;
	}
	return (distinct >= 8 && digits > 0 && letters > 0);
}

int
valid_random(const struct rule_match *m)
{
	/* A password made of words is not a key of these providers. */
	if (!is_random(m->secret, m->secretlen))
		return (RULE_REJECT);
	if (is_placeholder(m->secret, m->secretlen))
		return (RULE_REJECT);
	return (m->pattern->severity);
}

/* For short keys: words of code are of one case, hex digests too. */
int
valid_mixed(const struct rule_match *m)
{
	size_t	 i, upper = 0, lower = 0;

	for (i = 0; i < m->secretlen; i++) {
		upper += isupper(m->secret[i]) != 0;
		lower += islower(m->secret[i]) != 0;
	}
	return (upper < 2 || lower < 2 ? RULE_REJECT : valid_random(m));
}

int
valid_anthropic(const struct rule_match *m)
{
	const uint8_t	*s = m->secret;
	size_t		 len = m->secretlen;

	/* The exact form needs no further evidence, whatever it is made of. */
	if (len == 95 && s[93] == 'A' && s[94] == 'A')
		return (m->pattern->severity);
	return (valid_random(m));
}

static uint64_t
base32_value(uint8_t c)
{
	return (c >= 'A' ? (uint64_t)(c - 'A') : (uint64_t)(c - '2') + 26);
}

int
valid_aws(const struct rule_match *m)
{
	uint64_t	 bits = 0;
	size_t		 i;

	/* AKIAIOSFODNN7EXAMPLE and its published siblings. */
	if (bytes_within(m->secret, m->secretlen, "example"))
		return (RULE_REJECT);
	/* Sixteen equal letters, or the alphabet, are a drawing. */
	if (is_placeholder(m->secret, m->secretlen))
		return (RULE_REJECT);
	/*
	 * Since 2019 the first five bytes hold the account, which has twelve
	 * digits: the top bit, then 40 bits of it.
	 */
	for (i = 0; i < 8; i++)
		bits = bits << 5 | base32_value(m->secret[i]);
	/* That makes 40 bits; the account's last one is the next. */
	bits = bits << 1 | base32_value(m->secret[8]) >> 4;
	if ((bits >> 40 & 1) != 0 && (bits & 0xffffffffff) > 999999999999)
		return (FINDING_MEDIUM);
	return (m->pattern->severity);
}

/* The start of an OpenSSH key, and the same of one without a cipher. */
#define OPENSSH_KEY	"b3blbnnzac1rzxktdjeaaaaa"
#define OPENSSH_PLAIN	OPENSSH_KEY "bg5vbmu"

int
valid_pem(const struct rule_match *m)
{
	/* Without key text it is a mention. */
	if (m->secretlen == 0)
		return (FINDING_LOW);
	/* Encrypted, it is worth as much as its passphrase. */
	if (bytes_within(m->text, m->len, "encrypted") ||
	    (bytes_within(m->secret, m->secretlen, OPENSSH_KEY) &&
	    !bytes_within(m->secret, m->secretlen, OPENSSH_PLAIN)))
		return (FINDING_MEDIUM);
	return (m->pattern->severity);
}

#define CHECK62_LEN	6

/* CRC-32 of ISO 3309, as in zlib. */
static uint32_t
crc32_of(const uint8_t *s, size_t len)
{
	uint32_t	 crc = 0xffffffff;
	int		 bit;

	while (len-- > 0) {
		crc ^= *s++;
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
	}
	return (~crc);
}

void
check62(const uint8_t *s, size_t len, char digits[CHECK62_LEN + 1])
{
	static const char	 base62[] = "0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint32_t		 crc = crc32_of(s, len);
	size_t			 i;

	for (i = CHECK62_LEN; i-- > 0; crc /= 62)
		digits[i] = base62[crc % 62];
	digits[CHECK62_LEN] = '\0';
}

int
valid_check62(const struct rule_match *m)
{
	size_t	 n = m->secretlen - CHECK62_LEN;
	char	 digits[CHECK62_LEN + 1];

	check62(m->secret, n, digits);
	/* What its maker has made needs no further evidence. */
	if (memcmp(m->secret + n, digits, CHECK62_LEN) == 0)
		return (m->pattern->severity);
	/* Altered, or made up: no key, but it was meant to look like one. */
	return (valid_random(m) == RULE_REJECT ? RULE_REJECT :
	    (int)FINDING_LOW);
}

/* Value of a base64 digit, or -1. */
static int
base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	return (-1);
}

int
valid_discord(const struct rule_match *m)
{
	unsigned int	 bits = 0, nbits = 0, digits = 0;
	size_t		 i;
	int		 v;

	/* The first part is the number of an account, 17 to 20 digits. */
	for (i = 0; i < m->secretlen && m->secret[i] != '.'; i++) {
		if ((v = base64_value(m->secret[i])) == -1)
			return (RULE_REJECT);
		bits = (bits << 6 | (unsigned int)v) & 0xffff;
		nbits += 6;
		if (nbits < 8)
			continue;
		nbits -= 8;
		v = (int)(bits >> nbits & 0xff);
		if (!isdigit(v))
			return (RULE_REJECT);
		digits++;
	}
	if (digits < 17 || digits > 20)
		return (RULE_REJECT);
	return (valid_random(m));
}
