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
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "hostlist.h"

#define NAME_MAX_LEN	253	/* RFC 1035, 2.3.4, as text */
#define LABEL_MAX_LEN	63

static int
label_ok(const char *s, size_t len)
{
	size_t	 i;

	if (len == 0 || len > LABEL_MAX_LEN || s[0] == '-' ||
	    s[len - 1] == '-')
		return 0;
	for (i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= '0' && s[i] <= '9') || s[i] == '-' ||
		    s[i] == '_'))
			return 0;
	return 1;
}

/* WHATWG URL, "ends in a number": what a resolver may take for an address. */
static int
label_is_number(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0' ||
	    strncmp(s, "0x", 2) == 0;
}

static int
name_ok(const char *s)
{
	const char	*label;
	size_t		 len;

	for (label = s; ; label += len + 1) {
		len = strcspn(label, ".");
		if (!label_ok(label, len))
			return 0;
		if (label[len] == '\0')
			return !label_is_number(label);
	}
}

int
host_canon(const char *host, char *out, size_t size)
{
	unsigned char	 addr[sizeof(struct in6_addr)];
	size_t		 i, len;

	if (inet_pton(AF_INET, host, addr) == 1)
		return inet_ntop(AF_INET, addr, out, (socklen_t)size) ==
		    NULL ? -1 : 0;
	if (inet_pton(AF_INET6, host, addr) == 1)
		return inet_ntop(AF_INET6, addr, out, (socklen_t)size) ==
		    NULL ? -1 : 0;
	len = strlen(host);
	if (len > 1 && host[len - 1] == '.')
		len--;
	if (len > NAME_MAX_LEN || len >= size)
		return -1;
	for (i = 0; i < len; i++)
		out[i] = host[i] >= 'A' && host[i] <= 'Z' ?
		    (char)(host[i] - 'A' + 'a') : host[i];
	out[len] = '\0';
	return name_ok(out) ? 0 : -1;
}

int
host_is_addr(const char *canon)
{
	unsigned char	 addr[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, canon, addr) == 1 ||
	    inet_pton(AF_INET6, canon, addr) == 1;
}

int
hostlist_canon(const char *pattern, char *out, size_t size)
{
	if (strcmp(pattern, "*") == 0)
		return strlcpy(out, pattern, size) < size ? 0 : -1;
	if (strncmp(pattern, "*.", 2) != 0)
		return host_canon(pattern, out, size);
	if (size < 3)
		return -1;
	memcpy(out, "*.", 2);
	if (host_canon(pattern + 2, out + 2, size - 2) == -1)
		return -1;
	return host_is_addr(out + 2) ? -1 : 0;
}

/* Where a pattern is, or where it would have to be. */
static size_t
find(const struct hostlist *l, const char *s, int *found)
{
	size_t	 lo = 0, hi = l->n, mid;
	int	 r;

	*found = 0;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((r = strcmp(l->v[mid], s)) == 0) {
			*found = 1;
			return mid;
		}
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int
hostlist_add(struct hostlist *l, const char *pattern)
{
	char	 canon[HOST_CANON_SIZE], **v, *s;
	size_t	 at;
	int	 found;

	if (hostlist_canon(pattern, canon, sizeof(canon)) == -1) {
		errno = EINVAL;
		return -1;
	}
	at = find(l, canon, &found);
	if (found)
		return 0;
	if (l->n == HOSTLIST_MAX) {
		errno = ENOSPC;
		return -1;
	}
	if ((s = strdup(canon)) == NULL)
		return -1;
	if ((v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL) {
		free(s);
		return -1;
	}
	memmove(v + at + 1, v + at, (l->n - at) * sizeof(*v));
	v[at] = s;
	l->v = v;
	l->n++;
	if (strcmp(s, "*") == 0)
		l->all = 1;
	return 0;
}

int
hostlist_match(const struct hostlist *l, const char *canon)
{
	char		 wild[HOST_CANON_SIZE + 1];
	const char	*dot;
	int		 found;

	if (l->all)
		return 1;
	(void)find(l, canon, &found);
	if (found || host_is_addr(canon))
		return found;
	for (dot = strchr(canon, '.'); dot != NULL;
	    dot = strchr(dot + 1, '.')) {
		wild[0] = '*';
		if (strlcpy(wild + 1, dot, sizeof(wild) - 1) >=
		    sizeof(wild) - 1)
			return 0;
		(void)find(l, wild, &found);
		if (found)
			return 1;
	}
	return 0;
}

void
hostlist_free(struct hostlist *l)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
