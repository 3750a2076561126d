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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "cacert.h"
#include "compat.h"
#include "conf.h"
#include "ctl.h"
#include "safe.h"

/* What stands between quotes of a shell, a mount option or YAML. */
#define PLAIN	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
		"0123456789/._+@=~-"

static int
place(char *buf, const char *dir, const char *name)
{
	return (size_t)snprintf(buf, CACERT_PATH_SIZE, "%s/%s", dir, name) <
	    CACERT_PATH_SIZE ? 0 : -1;
}

int
cacert_paths(struct cacert *ca)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	struct paths		 paths = { 0 };
	struct conf_env		 env;
	int			 r = -1;

	memset(ca, 0, sizeof(*ca));
	conf_env_read(&env);
	if (conf_paths(&paths, &env, NULL, &errors, &notes) == -1)
		ctl_print_errors(&errors);
	else if (place(ca->path, paths.statedir, "ca.pem") == -1 ||
	    place(ca->bundle, paths.statedir, "ca-bundle.pem") == -1 ||
	    place(ca->wgetrc, paths.statedir, "wgetrc") == -1)
		safe_warnx("the state directory's path is too long");
	else if (ca->path[strspn(ca->path, PLAIN)] != '\0')
		safe_warnx("the state directory's path has characters that "
		    "cannot be shown in a command");
	else
		r = 0;
	conf_notes_free(&notes);
	conf_errors_free(&errors);
	paths_free(&paths);
	return r;
}

static int
until(X509 *x, int64_t *out)
{
	ASN1_TIME	*epoch;
	int		 days, seconds, r = -1;

	if ((epoch = ASN1_TIME_set(NULL, 0)) == NULL)
		return -1;
	if (ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(x)) ==
	    1) {
		*out = (int64_t)days * 86400 + seconds;
		r = 0;
	}
	ASN1_TIME_free(epoch);
	return r;
}

/* From the text of the file, but written anew: nothing else is passed on. */
static int
take(struct cacert *ca, const char *text, int len)
{
	BIO		*in, *out;
	X509		*x = NULL;
	char		*p;
	long		 n;
	unsigned int	 mdlen;
	int		 r = -1;

	in = BIO_new_mem_buf(text, len);
	out = BIO_new(BIO_s_mem());
	if (in != NULL && out != NULL &&
	    (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL &&
	    PEM_write_bio_X509(out, x) == 1 &&
	    (n = BIO_get_mem_data(out, &p)) > 0 &&
	    (size_t)n < sizeof(ca->pem) &&
	    X509_digest(x, EVP_sha256(), ca->fingerprint, &mdlen) == 1 &&
	    mdlen == sizeof(ca->fingerprint) &&
	    X509_NAME_get_text_by_NID(X509_get_subject_name(x),
	    NID_commonName, ca->subject, sizeof(ca->subject)) > 0 &&
	    until(x, &ca->not_after) == 0) {
		memcpy(ca->pem, p, (size_t)n);
		ca->pem[n] = '\0';
		r = 0;
	}
	X509_free(x);
	BIO_free(in);
	BIO_free(out);
	return r;
}

int
cacert_read(struct cacert *ca)
{
	struct stat	 st;
	char		 text[LEAF_PEM_SIZE];
	ssize_t		 n = -1;
	int		 fd;

	if (cacert_paths(ca) == -1)
		return -1;
	fd = open(ca->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return 1;
	if (fd == -1 || fstat(fd, &st) == -1) {
		safe_warnx("%s: %s", ca->path, strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode) ||
	    (st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		safe_warnx("%s: others could have written it; it is not to be "
		    "believed", ca->path);
	else if ((n = read(fd, text, sizeof(text))) <= 0 ||
	    take(ca, text, (int)n) == -1) {
		safe_warnx("%s: no certificate of this guardian", ca->path);
		n = -1;
	}
	close(fd);
	return n > 0 ? 0 : -1;
}
