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
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "log.h"
#include "parent.h"

/*
 * Files of certificates that the operator has.  They are handed on, and copied
 * into the bundle for clients, byte by byte; nobody parses them here.
 */

int
trust_read(const char *path, char **text, size_t *len)
{
	struct stat	 st;
	size_t		 size;
	ssize_t		 n;
	int		 fd;

	*text = NULL;
	*len = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("cannot read %s", path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uint64_t)st.st_size > CONF_TRUST_MAX) {
		log_warnx("%s is no file of certificates", path);
		close(fd);
		return -1;
	}
	size = (size_t)st.st_size;
	if ((*text = malloc(size)) == NULL)
		fatal(NULL);
	while (*len < size) {
		n = read(fd, *text + *len, size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	close(fd);
	if (*len == size)
		return 0;
	log_warnx("%s changed while it was read", path);
	free(*text);
	*text = NULL;
	return -1;
}

/*
 * A worker that is started again while its file cannot be read gets what the
 * one before it got.  Without any it trusts nobody; that is told, and fails
 * safe.
 */
static void
trust_send_file(struct child_proc *c, uint32_t type, const char *path,
    struct trust_copy *copy)
{
	char	*text;
	size_t	 len;

	if (trust_read(path, &text, &len) == 0) {
		free(copy->path);
		free(copy->text);
		if ((copy->path = strdup(path)) == NULL)
			fatal(NULL);
		copy->text = text;
		copy->len = len;
	} else if (copy->path == NULL || strcmp(copy->path, path) != 0)
		return;
	if (msg_text_send(c->ch, type, copy->text, copy->len) == -1)
		fatal("certificates message");
}

void
trust_send(struct child_proc *c, const struct conf *conf)
{
	struct msg_gateway	 m;

	if (conf->gateway_host != NULL) {
		memset(&m, 0, sizeof(m));
		strlcpy(m.host, conf->gateway_host, sizeof(m.host));
		m.port = conf->gateway_port;
		if (msg_gateway_send(c->ch, &m) == -1)
			fatal("gateway message");
	}
	if (conf->inspect.n == 0)
		return;
	trust_send_file(c, IMSG_PARENT_TRUST_SEND, conf->upstream_ca,
	    &c->parent->trust[0]);
	if (conf->gateway_ca != NULL)
		trust_send_file(c, IMSG_PARENT_GATEWAYTRUST_SEND,
		    conf->gateway_ca, &c->parent->trust[1]);
}
