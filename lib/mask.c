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


#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "mask.h"

#define HOST_MAX	253	/* RFC 1035 2.3.4, without the root dot */
#define LABEL_MAX	63

/*
 * Second letters that follow a letter in English and in identifiers at least
 * once in 2500 pairs.  Half of all pairs are not here, so that a handful of
 * random letters shows, while names have one or two strange pairs at most.
 */
static const char *const bigrams[26] = {
	/* a */ "bcdfgiklmnprstuvwy",
	/* b */ "acdegilmoprstuy",
	/* c */ "acdehiklmoprstuy",
	/* d */ "abdefilmnorsu",
	/* e */ "abcdefghilmnopqrstuvwxy",
	/* f */ "acdefilorstuy",
	/* g */ "aceghilmnoprstu",
	/* h */ "aeiorstu",
	/* i */ "abcdefglmnoprstvxz",
	/* j */ "aeo",
	/* k */ "aeios",
	/* l */ "acdefilopstuvy",
	/* m */ "abdeilmopsu",
	/* n */ "acdefghiklnopstuvy",
	/* o */ "abcdefgiklmnoprstuvwx",
	/* p */ "acdeghiklnoprstuy",
	/* q */ "u",
	/* r */ "abcdefgiklmnoprstuvy",
	/* s */ "acdefghiklmnopstuwy",
	/* t */ "acdefhilmoprstuwy",
	/* u */ "abcdefgilmnprst",
	/* v */ "aeio",
	/* w */ "aehinor",
	/* x */ "ceipt",
	/* y */ "aeilmnpst",
	/* z */ "aei"
};

/* Names everyone meets that are strange by the table. */
static const char *const known_words[] = {
	"akamaihd", "amazonaws", "azureedge", "azurewebsites", "duckduckgo",
	"dynamodb", "elasticbeanstalk", "githubusercontent",
	"googleapis", "googleusercontent", "jsdelivr", "localhost", "npmjs",
	NULL
};

/*
 * What one host name may spend on parts that are not plain words.  It keeps a
 * secret from being cut into many labels that are each short enough.
 */
struct budget {
	int	 strange;	/* unusual pairs of letters */
	int	 mixed;		/* words of letters and digits */
	int	 digits;
};

static const struct budget full_budget = { 5, 4, 20 };

static int
is_alnum(unsigned char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
}

/* Unusual pairs in a word of small letters. */
static int
strangeness(const char *s, size_t len)
{
	const char *const	*w;
	size_t			 i;
	int			 n = 0;

	for (w = known_words; *w != NULL; w++)
		if (strlen(*w) == len && memcmp(*w, s, len) == 0)
			return (0);
	for (i = 1; i < len; i++)
		if (strchr(bigrams[s[i - 1] - 'a'], s[i]) == NULL)
			n++;
	return (n);
}

/* Whether a word (no "-" or "_" in it) may be shown. */
static int
word_ok(const char *s, size_t len, struct budget *b)
{
	size_t	 i, digits = 0, turns = 0;
	int	 n;

	for (i = 0; i < len; i++) {
		if (isdigit((unsigned char)s[i]))
			digits++;
		if (i > 0 && !isdigit((unsigned char)s[i]) !=
		    !isdigit((unsigned char)s[i - 1]))
			turns++;
	}
	if ((b->digits -= (int)digits) < 0)
		return (0);
	if (digits == len)
		return (len <= 6);
	if (digits == 0) {
		n = strangeness(s, len);
		if ((b->strange -= n) < 0)
			return (0);
		return (len <= 5 || (len <= 20 && n <= 2));
	}
	/* "ec2", "s3", "web01", "v1beta1" */
	return (--b->mixed >= 0 && len <= 7 && turns <= 3);
}

static int
words_ok(const char *s, size_t len, struct budget *b)
{
	size_t	 i, start = 0;

	for (i = 0; i <= len; i++) {
		if (i < len && s[i] != '-' && s[i] != '_')
			continue;
		if (i > start && !word_ok(s + start, i - start, b))
			return (0);
		start = i + 1;
	}
	return (1);
}

/* The script of a code point, 0 if it is not a letter of a common one. */
static int
script(uint32_t c)
{
	static const struct {
		uint32_t	 lo, hi;
		int		 id;
	} scripts[] = {
		{ 0x00df, 0x024f, 1 },		/* Latin */
		{ 0x0370, 0x03ff, 2 },		/* Greek */
		{ 0x0400, 0x052f, 3 },		/* Cyrillic */
		{ 0x0531, 0x0587, 4 },		/* Armenian */
		{ 0x05d0, 0x05ea, 5 },		/* Hebrew */
		{ 0x0620, 0x06ff, 6 },		/* Arabic */
		{ 0x0900, 0x097f, 7 },		/* Devanagari */
		{ 0x0980, 0x09ff, 8 },		/* Bengali */
		{ 0x0b80, 0x0bff, 9 },		/* Tamil */
		{ 0x0e01, 0x0e4e, 10 },		/* Thai */
		{ 0x10d0, 0x10ff, 11 },		/* Georgian */
		{ 0x3041, 0x30ff, 12 },		/* Kana, with Han */
		{ 0x4e00, 0x9fff, 12 },
		{ 0xac00, 0xd7a3, 13 }		/* Hangul */
	};
	size_t	 i;

	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (c >= scripts[i].lo && c <= scripts[i].hi)
			return (scripts[i].id);
	return (0);
}

/*
 * Whether the part after "xn--" is Punycode (RFC 3492) of letters of one
 * script.  Random characters decode to code points all over Unicode.
 */
static int
punycode_ok(const char *s, size_t len, struct budget *b)
{
	uint32_t	 n = 128, i = 0, oldi, bias = 72, w, k, t, digit, delta;
	uint32_t	 count = 0, first = 1;
	size_t		 in = 0, j;
	int		 id = 0, now;

	for (j = len; j > 0; j--)
		if (s[j - 1] == '-')
			break;
	if (j > 0) {
		if (!words_ok(s, j - 1, b))
			return (0);
		count = (uint32_t)(j - 1);
		in = j;
	}
	if (in == len)
		return (0);
	while (in < len) {
		oldi = i;
		w = 1;
		for (k = 36;; k += 36) {
			if (in == len)
				return (0);
			if (s[in] >= 'a' && s[in] <= 'z')
				digit = (uint32_t)(s[in] - 'a');
			else if (isdigit((unsigned char)s[in]))
				digit = (uint32_t)(s[in] - '0') + 26;
			else
				return (0);
			in++;
			if (digit > (UINT32_MAX - i) / w)
				return (0);
			i += digit * w;
			t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
			if (digit < t)
				break;
			if (w > UINT32_MAX / (36 - t))
				return (0);
			w *= 36 - t;
		}
		count++;
		delta = first ? (i - oldi) / 700 : (i - oldi) / 2;
		first = 0;
		delta += delta / count;
		for (k = 0; delta > 455; k += 36)
			delta /= 35;
		bias = k + 36 * delta / (delta + 38);
		if (i / count > 0x10ffff - n)
			return (0);
		n += i / count;
		i = i % count + 1;
		if ((now = script(n)) == 0 || (id != 0 && now != id))
			return (0);
		id = now;
	}
	return (1);
}

/* Names that a provider assigns: d111111abcdef8.cloudfront.net */
static int
assigned_ok(const char *label, size_t len, const char *parent)
{
	size_t	 i;

	if (strcmp(parent, "cloudfront.net") != 0 || label[0] != 'd' ||
	    len < 13 || len > 14)
		return (0);
	for (i = 1; i < len; i++)
		if (!is_alnum((unsigned char)label[i]))
			return (0);
	return (1);
}

static int
label_ok(const char *s, size_t len, const char *parent, struct budget *b)
{
	if (assigned_ok(s, len, parent))
		return (1);
	if (len > 4 && memcmp(s, "xn--", 4) == 0)
		return (punycode_ok(s + 4, len - 4, b));
	return (words_ok(s, len, b));
}

static int
mask_whole(size_t n, char *buf, size_t len)
{
	int	 used;

	/* Nobody learns more from the length of an absurd name. */
	if (n > 99999)
		n = 99999;
	used = snprintf(buf, len, "[REDACTED:%zu]", n);
	return (used < 0 || (size_t)used >= len ? -1 : 0);
}

int
mask_host(const char *host, char *buf, size_t len)
{
	struct in6_addr	 a6;
	struct in_addr	 a4;
	struct budget	 budget = full_budget, before;
	char		 name[HOST_MAX + 1], out[MASK_HOST_SIZE];
	const char	*parent;
	size_t		 n, i, start, used = 0, label;
	int		 w;

	n = strlen(host);
	if (inet_pton(AF_INET, host, &a4) == 1 ||
	    inet_pton(AF_INET6, host, &a6) == 1) {
		if (n >= len)
			return (-1);
		memcpy(buf, host, n + 1);
		return (0);
	}
	if (n > 1 && host[n - 1] == '.')
		n--;
	if (n == 0 || n > HOST_MAX)
		return (mask_whole(n, buf, len));
	for (i = 0, label = 0; i < n; i++) {
		name[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ?
		    host[i] - 'A' + 'a' : host[i]);
		if (name[i] == '.') {
			if (label == 0)
				return (mask_whole(n, buf, len));
			label = 0;
		} else if (!is_alnum((unsigned char)name[i]) &&
		    name[i] != '-' && name[i] != '_')
			return (mask_whole(n, buf, len));
		else if (++label > LABEL_MAX)
			return (mask_whole(n, buf, len));
	}
	if (label == 0)
		return (mask_whole(n, buf, len));
	name[n] = '\0';

	for (start = 0; start < n; start += label + 1) {
		label = strcspn(name + start, ".");
		parent = name + start + label;
		if (*parent == '.')
			parent++;
		before = budget;
		if (label_ok(name + start, label, parent, &budget))
			w = snprintf(out + used, sizeof(out) - used, "%s%.*s",
			    start == 0 ? "" : ".", (int)label, name + start);
		else {
			budget = before;
			w = snprintf(out + used, sizeof(out) - used,
			    "%s[REDACTED:%zu]", start == 0 ? "" : ".", label);
		}
		/* Many short odd labels: not a name worth reading. */
		if (w < 0 || (size_t)w >= sizeof(out) - used)
			return (mask_whole(n, buf, len));
		used += (size_t)w;
	}
	if (used >= len)
		return (-1);
	memcpy(buf, out, used + 1);
	return (0);
}

int
mask_dest(const char *host, uint16_t port, char *buf, size_t len)
{
	char	 masked[MASK_HOST_SIZE];
	int	 n;

	if (mask_host(host, masked, sizeof(masked)) == -1)
		return (-1);
	n = snprintf(buf, len, strchr(host, ':') != NULL && masked[0] != '[' ?
	    "[%s]:%u" : "%s:%u", masked, (unsigned int)port);
	return (n < 0 || (size_t)n >= len ? -1 : 0);
}

int
mask_secret(const char *prefix, size_t prefixlen, size_t len, char *buf,
    size_t buflen)
{
	size_t	 i;
	int	 n;

	if (prefixlen >= buflen)
		return (-1);
	for (i = 0; i < prefixlen; i++)
		buf[i] = (char)(prefix[i] >= ' ' && prefix[i] <= '~' ?
		    prefix[i] : '?');
	n = snprintf(buf + prefixlen, buflen - prefixlen, "[REDACTED](%zu)",
	    len);
	return (n < 0 || (size_t)n >= buflen - prefixlen ? -1 : 0);
}
