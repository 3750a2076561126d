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
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "probe.h"

struct endpoint {
	struct sockaddr_storage	 ss;
	socklen_t		 len;
};

static int
parse_v4(const char *host, unsigned int port, struct endpoint *ep)
{
	struct sockaddr_in	*sin = (struct sockaddr_in *)&ep->ss;

	if (inet_pton(AF_INET, host, &sin->sin_addr) != 1)
		return -1;
	if (sin->sin_addr.s_addr == htonl(INADDR_ANY))
		sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin->sin_family = AF_INET;
	sin->sin_port = htons((uint16_t)port);
	ep->len = sizeof(*sin);
	return 0;
}

static int
parse_v6(const char *host, unsigned int port, struct endpoint *ep)
{
	struct sockaddr_in6	*sin6 = (struct sockaddr_in6 *)&ep->ss;

	if (inet_pton(AF_INET6, host, &sin6->sin6_addr) != 1)
		return -1;
	if (IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr))
		sin6->sin6_addr = in6addr_loopback;
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons((uint16_t)port);
	ep->len = sizeof(*sin6);
	return 0;
}

static int
parse(const char *listener, struct endpoint *ep)
{
	char		 host[64];
	const char	*colon, *errstr;
	unsigned int	 port;
	size_t		 n;

	memset(ep, 0, sizeof(*ep));
	if ((colon = strrchr(listener, ':')) == NULL)
		return -1;
	port = (unsigned int)strtonum(colon + 1, 1, 65535, &errstr);
	n = (size_t)(colon - listener);
	if (errstr != NULL || n >= sizeof(host))
		return -1;
	memcpy(host, listener, n);
	host[n] = '\0';
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		return parse_v6(host + 1, port, ep);
	}
	return parse_v4(host, port, ep);
}

/* Milliseconds left until the deadline, at least 0. */
static int
left(const struct timespec *deadline)
{
	struct timespec	 now, d;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!timespeccmp(&now, deadline, <))
		return 0;
	timespecsub(deadline, &now, &d);
	return (int)(d.tv_sec * 1000 + d.tv_nsec / 1000000) + 1;
}

static void
deadline_set(struct timespec *deadline)
{
	clock_gettime(CLOCK_MONOTONIC, deadline);
	deadline->tv_sec += PROBE_TIMEOUT;
}

/* 0 when ready, -1 with errno otherwise. */
static int
await(int fd, short events, const struct timespec *deadline)
{
	struct pollfd	 pfd = { .fd = fd, .events = events };
	int		 n;

	do {
		n = poll(&pfd, 1, left(deadline));
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n == 1 ? 0 : -1;
}

int
probe_connect(const char *listener, char *error, size_t size)
{
	struct endpoint	 ep;
	struct timespec	 deadline;
	int		 fd, flags, saved;
	socklen_t	 len = sizeof(saved);

	if (parse(listener, &ep) == -1) {
		snprintf(error, size, "not an address and port");
		return -1;
	}
	deadline_set(&deadline);
	if ((fd = socket(ep.ss.ss_family, SOCK_STREAM, 0)) == -1) {
		snprintf(error, size, "%s", strerror(errno));
		return -1;
	}
	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		goto fail;
	if (connect(fd, (struct sockaddr *)&ep.ss, ep.len) == 0)
		return fd;
	if (errno != EINPROGRESS || await(fd, POLLOUT, &deadline) == -1)
		goto fail;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &saved, &len) == -1)
		goto fail;
	if (saved == 0)
		return fd;
	errno = saved;
fail:
	snprintf(error, size, "%s", strerror(errno));
	close(fd);
	return -1;
}

static int
send_all(int fd, const char *p, size_t len, const struct timespec *deadline)
{
	ssize_t	 n;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				return -1;
			if (await(fd, POLLOUT, deadline) == -1)
				return -1;
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Reads up to the end of the answer's head and what came with it. */
static int
read_head(int fd, char *buf, size_t size, const struct timespec *deadline)
{
	size_t	 used = 0;
	ssize_t	 n;

	buf[0] = '\0';
	while (used < size - 1 && strstr(buf, "\r\n\r\n") == NULL) {
		n = recv(fd, buf + used, size - 1 - used, 0);
		if (n == 0) {
			errno = ECONNRESET;
			return -1;
		}
		if (n == -1) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				return -1;
			if (await(fd, POLLIN, deadline) == -1)
				return -1;
			continue;
		}
		used += (size_t)n;
		buf[used] = '\0';
		if (strlen(buf) != used) {
			errno = EPROTO;
			return -1;
		}
	}
	return 0;
}

int
probe_exchange(int fd, const char *request, size_t len, char *error,
    size_t size)
{
	struct timespec	 deadline;
	char		 buf[4096], *body;
	unsigned int	 code;

	error[0] = '\0';
	deadline_set(&deadline);
	if (send_all(fd, request, len, &deadline) == -1) {
		snprintf(error, size, "sending: %s", strerror(errno));
		return -1;
	}
	if (read_head(fd, buf, sizeof(buf), &deadline) == -1) {
		snprintf(error, size, "reading the answer: %s",
		    errno == ECONNRESET ? "the connection was closed" :
		    strerror(errno));
		return -1;
	}
	if (sscanf(buf, "HTTP/1.%*1[01] %3u ", &code) != 1 || code < 100) {
		snprintf(error, size, "the answer is not HTTP");
		return -1;
	}
	if (code != 200 && (body = strstr(buf, "\r\n\r\n")) != NULL) {
		body += 4;
		body[strcspn(body, "\r\n")] = '\0';
		strlcpy(error, body, size);
	}
	return (int)code;
}
