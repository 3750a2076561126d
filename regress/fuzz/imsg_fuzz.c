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
 * Any bytes, cut anywhere, with descriptors anywhere, into imsgbuf_read; what
 * comes out is taken apart with every getter there is.
 *
 * Input: one byte of options, then pieces, each a byte of length and a byte
 * that says how many descriptors go with it (bit 7: the length is times 200)
 * and how to take apart what comes out of it.
 *
 * The messages must be those that a simple parser finds in the same bytes
 * uncut, and no descriptor may be left in the end.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "imsg.h"

#define FD_MARK		0x80000000U
#define FD_TABLE	64
#define STREAM_MAX	(256 * 1024)

/* What the peer has sent so far, and how much of it has been matched. */
struct stream {
	unsigned char	*data;
	size_t		 len;
	size_t		 off;
	uint32_t	 max;	/* of a message */
	int		 lost;	/* descriptors were lost, legitimately */
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
open_fds(void)
{
	int	 fd, n = 0;

	for (fd = 0; fd < FD_TABLE; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	return (n);
}

/* The reference: 1 if a message is complete, 0 if not, -1 if it is bad. */
static int
next_message(const struct stream *s, struct imsg_hdr *hdr)
{
	if (s->len - s->off < sizeof(*hdr))
		return (0);
	memcpy(hdr, s->data + s->off, sizeof(*hdr));
	hdr->len &= ~FD_MARK;
	if (hdr->len < sizeof(*hdr) || hdr->len > s->max)
		return (-1);
	return (s->len - s->off >= hdr->len);
}

static void
send_piece(int fd, const void *data, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(3 * sizeof(int))];
	} cmsgbuf;
	struct cmsghdr	*cmsg;
	struct iovec	 iov = { (void *)(uintptr_t)data, len };
	struct msghdr	 msg;
	int		 fds[3] = { fd, fd, fd };

	memset(&msg, 0, sizeof(msg));
	memset(&cmsgbuf, 0, sizeof(cmsgbuf));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = &cmsgbuf;
		msg.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, (size_t)nfds * sizeof(int));
	}
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) != (ssize_t)len)
		err(1, "sendmsg");
}

static void
take_apart(struct imsg *imsg, unsigned int how)
{
	struct ibuf	 rest, part;
	char		 b[64], *str;
	uint64_t	 v64;
	uint32_t	 v32;
	uint16_t	 v16;
	uint8_t		 v8;
	size_t		 len;
	int		 i, fd;

	(void)imsg_get_id(imsg);
	(void)imsg_get_pid(imsg);
	for (i = 0; i < 8; i++, how = how * 7 + 3) {
		len = imsg_get_len(imsg);
		switch (how % 5) {
		case 0:
			if (imsg_get_data(imsg, b, sizeof(b)) == 0 &&
			    len != sizeof(b))
				abort();
			break;
		case 1:
			if ((imsg_get_buf(imsg, b, how % sizeof(b)) == 0) !=
			    (len >= how % sizeof(b)))
				abort();
			break;
		case 2:
			if (imsg_get_strbuf(imsg, b, 5) == 0 &&
			    strlen(b) > 4)
				abort();
			break;
		case 3:
			if (how & 64 && (fd = imsg_get_fd(imsg)) != -1)
				close(fd);
			break;
		case 4:
			if (imsg_get_ibuf(imsg, &rest) == -1) {
				if (len != 0)
					abort();
				break;
			}
			(void)ibuf_get_n8(&rest, &v8);
			(void)ibuf_get_h16(&rest, &v16);
			(void)ibuf_get_n16(&rest, &v16);
			(void)ibuf_get_h32(&rest, &v32);
			(void)ibuf_get_n32(&rest, &v32);
			if (ibuf_get_ibuf(&rest, v8, &part) == 0 &&
			    (ibuf_get_n64(&part, &v64) == -1 ||
			    ibuf_get_h64(&part, &v64) == -1) &&
			    ibuf_size(&part) >= sizeof(v64))
				abort();
			if ((str = ibuf_get_string(&rest, v16)) != NULL &&
			    strlen(str) > v16)
				abort();
			free(str);
			(void)ibuf_seek(&rest, v16, v32);
			(void)ibuf_set_n16(&rest, v16, 1);
			(void)ibuf_truncate(&rest, v8);
			if (ibuf_add(&rest, b, 1) == 0)
				abort();
			(void)ibuf_skip(&rest, v32);
			ibuf_rewind(&rest);
			break;
		}
	}
}

/* Everything that is complete by now, against the reference. */
static void
check_messages(struct imsgbuf *rx, struct imsgbuf *out, struct stream *s,
    unsigned int how)
{
	struct imsg	 imsg;
	struct imsg_hdr	 hdr;

	while (imsgbuf_get(rx, &imsg) == 1) {
		if (next_message(s, &hdr) != 1 ||
		    memcmp(&hdr, &imsg.hdr, sizeof(hdr)) != 0 ||
		    imsg_get_len(&imsg) != hdr.len - sizeof(hdr) ||
		    (imsg_get_len(&imsg) > 0 && memcmp(imsg.data, s->data +
		    s->off + sizeof(hdr), imsg_get_len(&imsg)) != 0))
			abort();
		s->off += hdr.len;
		take_apart(&imsg, how++);
		if (imsg_forward(out, &imsg) != 1 ||
		    imsg_get_len(&imsg) != hdr.len - sizeof(hdr))
			abort();
		imsg_free(&imsg);
	}
	if (!s->lost && next_message(s, &hdr) == 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imsgbuf	 rx, out;
	struct imsg_hdr	 hdr;
	struct stream	 s;
	size_t		 len;
	int		 before, nfds, fdpass, n = 1, fd[2];

	if (size < 1 || size > STREAM_MAX)
		return (0);
	before = open_fds();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == -1 ||
	    imsgbuf_init(&rx, fd[1]) == -1 || imsgbuf_init(&out, -1) == -1)
		err(1, "start");
	memset(&s, 0, sizeof(s));
	if ((s.data = malloc(size)) == NULL)
		err(1, "malloc");
	s.max = MAX_IMSGSIZE;
	if ((fdpass = data[0] & 1))
		imsgbuf_allow_fdpass(&rx);
	if (data[0] & 2) {
		if (imsgbuf_set_maxsize(&rx, 128 * 1024) == -1 ||
		    imsgbuf_set_maxsize(&out, 128 * 1024) == -1)
			abort();
		s.max = 128 * 1024 + sizeof(hdr);
	}
	data++, size--;
	while (n == 1 && size >= 2) {
		len = data[0] * (data[1] & 128 ? 200U : 1U);
		nfds = data[1] & 3;
		data += 2, size -= 2;
		if (len > size)
			len = size;
		if (len == 0)
			continue;
		send_piece(fd[0], data, len, nfds);
		memcpy(s.data + s.len, data, len);
		s.len += len;
		data += len, size -= len;
		/* One reading may not take it all; two in a row must. */
		n = imsgbuf_read(&rx);
		if (n == 1)
			n = imsgbuf_read(&rx);
		if (n == -1) {
			if (errno == EBADMSG && fdpass && nfds == 3)
				s.lost = 1;
			else if (errno != ERANGE)
				abort();
		}
		check_messages(&rx, &out, &s, data[-1]);
		if (n == 1 && next_message(&s, &hdr) == -1)
			abort();
		if (n == -1 && !s.lost && next_message(&s, &hdr) != -1)
			abort();
	}
	imsgbuf_clear(&rx);
	imsgbuf_clear(&out);
	free(s.data);
	close(fd[0]);
	close(fd[1]);
	if (open_fds() != before)
		abort();
	return (0);
}
