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
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "compat.h"
#include "imsg.h"
#include "log.h"
#include "parent.h"

/*
 * The CA's key is in ca.key, together with its certificate, so that the two
 * can never be of different CAs.  A ca-keeper writes and reads it through a
 * descriptor; this process opens, syncs and renames.  It opens a new file for
 * writing only, and one that exists only to hand it over.  ca.pem and
 * ca-bundle.pem are public, and made again whenever a ca-keeper tells of its
 * CA.
 */

#define KEY_FILE	"ca.key"
#define KEY_NEW		"ca.key.new"
#define CERT_FILE	"ca.pem"
#define CERT_OLD	"ca.pem.old"
#define BUNDLE_FILE	"ca-bundle.pem"
#define WGETRC_FILE	"wgetrc"
#define KEY_SIZE_MAX	4096
#define CA_WARN_SEC	(60 * 86400)

static const struct conf *
ca_conf(const struct child_proc *c)
{
	struct parent	*p = c->parent;

	return p->next_conf != NULL && c->generation > p->generation ?
	    p->next_conf : p->conf;
}

static int
write_all(int fd, const char *s, size_t len)
{
	ssize_t	 n;

	for (; len > 0; s += n, len -= (size_t)n) {
		n = write(fd, s, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return -1;
	}
	return 0;
}

/* A whole public file in the state directory, in the place of an old one. */
static int
public_file(struct parent *p, const char *name, const char *const parts[],
    const size_t lens[], size_t n)
{
	char	 tmp[64];
	size_t	 i;
	int	 fd, r = 0;

	snprintf(tmp, sizeof(tmp), "%s.tmp", name);
	(void)unlinkat(p->state_dir, tmp, 0);
	fd = openat(p->state_dir, tmp, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1) {
		log_warn("cannot make %s/%s", p->paths.statedir, tmp);
		return -1;
	}
	for (i = 0; i < n && r == 0; i++)
		r = write_all(fd, parts[i], lens[i]);
	if (r == -1 || fsync(fd) == -1 || renameat(p->state_dir, tmp,
	    p->state_dir, name) == -1) {
		log_warn("cannot write %s/%s", p->paths.statedir, name);
		r = -1;
	}
	close(fd);
	return r;
}

/* ca.pem, and the bundle: all that a client behind this proxy may trust. */
static int
ca_files(struct parent *p, const struct conf *conf, const char *pem)
{
	const char	*parts[5];
	char		*roots, *gateway = NULL, *line;
	size_t		 lens[5], n = 0, len;
	int		 r;

	parts[0] = pem;
	lens[0] = strlen(pem);
	if (public_file(p, CERT_FILE, parts, lens, 1) == -1 ||
	    trust_read(conf->upstream_ca, &roots, &len) == -1)
		return -1;
	parts[n] = roots;
	lens[n++] = len;
	parts[n] = "\n";
	lens[n++] = 1;
	if (conf->gateway_ca != NULL &&
	    trust_read(conf->gateway_ca, &gateway, &len) == 0) {
		parts[n] = gateway;
		lens[n++] = len;
		parts[n] = "\n";
		lens[n++] = 1;
	}
	parts[n] = pem;
	lens[n++] = strlen(pem);
	r = public_file(p, BUNDLE_FILE, parts, lens, n);
	free(roots);
	free(gateway);
	/* The one program that takes certificates from a file of settings. */
	if (asprintf(&line, "ca_certificate = %s/" BUNDLE_FILE "\n",
	    p->paths.statedir) == -1)
		fatal(NULL);
	parts[0] = line;
	lens[0] = strlen(line);
	if (public_file(p, WGETRC_FILE, parts, lens, 1) == -1)
		r = -1;
	free(line);
	return r;
}

/* An empty file for a new key; the ca-keeper gets it, we keep it to sync. */
static int
ca_begin(struct child_proc *c)
{
	struct parent	*p = c->parent;
	char		 host[MSG_HOST_SIZE];
	int		 fd;

	if (p->ca.maker != NULL)
		return -1;
	(void)unlinkat(p->state_dir, KEY_NEW, 0);
	p->ca.fd = openat(p->state_dir, KEY_NEW, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (p->ca.fd == -1 ||
	    (fd = fcntl(p->ca.fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("cannot make %s/%s", p->paths.statedir, KEY_NEW);
		if (p->ca.fd != -1)
			close(p->ca.fd);
		p->ca.fd = -1;
		return -1;
	}
	if (gethostname(host, sizeof(host)) == -1)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	if (msg_ca_send_make(c->ch, fd, host) == -1)
		fatal("CA message");
	p->ca.maker = c;
	c->ca_due = 1;
	return 0;
}

static void
ca_end(struct parent *p)
{
	close(p->ca.fd);
	p->ca.fd = -1;
	p->ca.maker = NULL;
}

static void
ca_answer(struct parent *p, int ok, const char *text)
{
	if (p->ca.verb_waits)
		status_verb_result(p, p->ca.verb_id, ok, text);
	p->ca.verb_waits = 0;
}

/* Hands the key's file over: 0; 1 when there is none; or -1 and said why. */
static int
ca_load(struct child_proc *c)
{
	struct parent	*p = c->parent;
	struct stat	 st;
	int		 fd;

	fd = openat(p->state_dir, KEY_FILE, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return 1;
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("cannot open %s/%s", p->paths.statedir, KEY_FILE);
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		log_warnx("%s/%s must be a file of uid %u, mode 0600",
		    p->paths.statedir, KEY_FILE, (unsigned int)geteuid());
		close(fd);
		return -1;
	}
	if (msg_ca_send_load(c->ch, fd) == -1)
		fatal("CA message");
	c->ca_due = 1;
	return 0;
}

void
ca_wire(struct child_proc *c)
{
	int	 r;

	/* What is left of a rotation that this host did not live to see. */
	if (c->parent->ca.maker == NULL)
		(void)unlinkat(c->parent->state_dir, KEY_NEW, 0);
	if ((r = ca_load(c)) == 1)
		r = ca_begin(c);
	if (r == 0)
		return;
	if (c->parent->phase == PHASE_STARTING)
		fatalx("HTTPS inspection needs a CA: see above");
	child_kill(c, "there is no CA for it");
}

/* The old key, byte by byte, for what that is worth on this file system. */
static void
ca_wipe(int fd)
{
	static const char	 zeroes[KEY_SIZE_MAX];
	struct stat		 st;

	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    (st.st_size > KEY_SIZE_MAX ||
	    pwrite(fd, zeroes, (size_t)st.st_size, 0) != st.st_size ||
	    fsync(fd) == -1))
		log_warn("the old CA key was removed, but not overwritten");
	close(fd);
}

/* The new key is on the disk: it takes the old one's name. */
static int
ca_commit(struct parent *p)
{
	int	 old;

	old = openat(p->state_dir, KEY_FILE, O_WRONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK);
	if (fsync(p->ca.fd) == -1 || renameat(p->state_dir, KEY_NEW,
	    p->state_dir, KEY_FILE) == -1 || fsync(p->state_dir) == -1) {
		log_warn("cannot store the new CA in %s/%s",
		    p->paths.statedir, KEY_FILE);
		if (old != -1)
			close(old);
		return -1;
	}
	if (old == -1)
		return 0;
	/* what has to be taken out of trust stores is kept for that */
	if (renameat(p->state_dir, CERT_FILE, p->state_dir, CERT_OLD) == -1 &&
	    errno != ENOENT)
		log_warn("keeping the old certificate");
	ca_wipe(old);
	return 0;
}

/* Those of draining generations: the old key must not live on in them. */
static void
ca_spread(struct child_proc *maker)
{
	struct child_proc	*c;

	TAILQ_FOREACH(c, &maker->parent->children, entry) {
		if (c == maker || c->role != PROC_KEEPER || c->ch == NULL)
			continue;
		if (ca_load(c) != 0)
			child_kill(c, "it could not be given the new CA");
	}
}

static void
ca_made(struct child_proc *c, const struct msg_ca *m)
{
	struct parent	*p = c->parent;
	char		 hex[2 * CA_FINGERPRINT_SIZE + 1];
	size_t		 i;

	for (i = 0; i < sizeof(m->fingerprint); i++)
		snprintf(hex + 2 * i, 3, "%02x", m->fingerprint[i]);
	log_notice("new CA: SHA-256 fingerprint %s", hex);
	event_post_text(p, EVENT_CA_CREATED, p->ca.verb_waits ? "rotated" :
	    "new", hex);
	ca_spread(c);
}

int
ca_told(struct child_proc *c, struct imsg *imsg)
{
	struct parent	*p = c->parent;
	struct msg_ca	 m;
	int64_t		 left;

	if (msg_ca_recv(imsg, &m) == -1 || !c->ca_due ||
	    m.made != (p->ca.maker == c))
		return -1;
	c->ca_due = 0;
	if (m.made) {
		if (ca_commit(p) == -1) {
			/* its successor reads the one there was */
			child_kill(c, "its CA could not be stored");
			return 0;
		}
		ca_end(p);
		ca_made(c, &m);
	}
	p->ca.now = m;
	p->ca.known = 1;
	wire_about(p);
	left = m.not_after - wall_ms() / 1000;
	if (left < CA_WARN_SEC)
		log_warnx("the CA ends in %lld days: run \"guardianctl ca "
		    "rotate\" before that, and have clients trust the new "
		    "one", left < 0 ? 0LL : (long long)(left / 86400));
	if (ca_files(p, ca_conf(c), m.pem) == -1)
		ca_answer(p, 0, "there is a new CA, but a public file of it "
		    "could not be written: guardiand's log says which");
	else
		ca_answer(p, 1, "");
	return 0;
}

void
ca_gone(struct child_proc *c)
{
	struct parent	*p = c->parent;

	if (p->ca.maker != c)
		return;
	ca_end(p);
	(void)unlinkat(p->state_dir, KEY_NEW, 0);
	ca_answer(p, 0, "no new CA could be made: guardiand's log says why; "
	    "the old one is in force");
}

void
ca_rotate(struct parent *p, uint32_t id)
{
	struct child_proc	*c;

	c = child_find(p, PROC_KEEPER, 0, p->generation);
	if (c == NULL)
		status_verb_result(p, id, 0, "HTTPS is not inspected, so "
		    "there is no CA in use; to have a new one, remove ca.key "
		    "in the state directory");
	else if (p->phase != PHASE_RUNNING || c->state != PROC_READY ||
	    c->ch == NULL || p->ca.maker != NULL)
		status_verb_result(p, id, 0, "a reload, a rotation or the "
		    "start is in progress: try again");
	else if (ca_begin(c) == -1)
		status_verb_result(p, id, 0, "no file could be made for a new "
		    "key: guardiand's log says why");
	else {
		p->ca.verb_id = id;
		p->ca.verb_waits = 1;
	}
}
