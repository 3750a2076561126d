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
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "log.h"
#include "parent.h"

/*
 * The service manager's datagrams, sd_notify(3): a few words, so no library.
 * The socket is connected before the sandbox closes.
 */
void
notify_open(struct parent *p)
{
	struct sockaddr_un	 sun;
	const char		*path = getenv("NOTIFY_SOCKET");
	const char		*usec = getenv("WATCHDOG_USEC");
	const char		*errstr;
	long long		 n;
	size_t			 len;

	p->notify_fd = -1;
	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if ((len = strlcpy(sun.sun_path, path, sizeof(sun.sun_path))) >=
	    sizeof(sun.sun_path)) {
		log_warnx("NOTIFY_SOCKET is too long");
		return;
	}
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	p->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (p->notify_fd == -1 || connect(p->notify_fd,
	    (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == -1) {
		log_warn("cannot reach the service manager");
		if (p->notify_fd != -1)
			close(p->notify_fd);
		p->notify_fd = -1;
		return;
	}
	if (usec != NULL) {
		n = strtonum(usec, 1000, 3600LL * 1000 * 1000, &errstr);
		if (errstr == NULL)
			p->watchdog_ms = n / 2000;	/* twice as often */
	}
}

void
notify_send(struct parent *p, const char *text)
{
	if (p->notify_fd != -1 &&
	    send(p->notify_fd, text, strlen(text), MSG_NOSIGNAL) == -1)
		log_warn("service manager");
}

void
notify_watchdog(struct parent *p)
{
	int64_t	 now;

	if (p->notify_fd == -1 || p->watchdog_ms == 0)
		return;
	if ((now = now_ms()) - p->watchdog_last >= p->watchdog_ms) {
		p->watchdog_last = now;
		notify_send(p, "WATCHDOG=1");
	}
}
