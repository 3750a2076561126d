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
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_linux.h"

/*
 * Landlock, see landlock(7).  The definitions are our own: the headers of
 * Debian 12 end at ABI 2, and what is enforced must depend on the kernel that
 * runs, not on the headers of the machine that compiled.
 */
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset	444
#define __NR_landlock_add_rule		445
#define __NR_landlock_restrict_self	446
#endif

#define LL_CREATE_RULESET_VERSION	1U
#define LL_RULE_PATH_BENEATH		1

#define LL_FS_EXECUTE		(1ULL << 0)
#define LL_FS_WRITE_FILE	(1ULL << 1)
#define LL_FS_READ_FILE		(1ULL << 2)
#define LL_FS_READ_DIR		(1ULL << 3)
#define LL_FS_REMOVE_DIR	(1ULL << 4)
#define LL_FS_REMOVE_FILE	(1ULL << 5)
#define LL_FS_MAKE_DIR		(1ULL << 7)
#define LL_FS_MAKE_REG		(1ULL << 8)
#define LL_FS_MAKE_SOCK		(1ULL << 9)
#define LL_FS_ABI1		((1ULL << 13) - 1)
#define LL_FS_REFER		(1ULL << 13)	/* ABI 2 */
#define LL_FS_TRUNCATE		(1ULL << 14)	/* ABI 3 */
#define LL_FS_IOCTL_DEV		(1ULL << 15)	/* ABI 5 */

/* The rights that exist for what is not a directory. */
#define LL_FS_OF_FILE		(LL_FS_EXECUTE | LL_FS_WRITE_FILE | \
				LL_FS_READ_FILE | LL_FS_TRUNCATE | \
				LL_FS_IOCTL_DEV)

#define LL_NET_BIND_TCP		(1ULL << 0)	/* ABI 4 */
#define LL_NET_CONNECT_TCP	(1ULL << 1)	/* ABI 4 */

#define LL_SCOPE_ABSTRACT_UNIX	(1ULL << 0)	/* ABI 6 */
#define LL_SCOPE_SIGNAL		(1ULL << 1)	/* ABI 6 */

struct ll_ruleset_attr {
	uint64_t	handled_access_fs;
	uint64_t	handled_access_net;	/* ABI 4 */
	uint64_t	scoped;			/* ABI 6 */
};

struct ll_path_beneath_attr {
	uint64_t	allowed_access;
	int32_t		parent_fd;
} __attribute__((packed));

/* What each ABI added, by the names that status shows. */
static const struct ll_feature {
	unsigned int	 abi;
	const char	*name;
	uint64_t	 fs, net, scoped;
} features[] = {
	{ 1, NULL, LL_FS_ABI1, 0, 0 },
	/* Nameless: without it renaming across directories is refused. */
	{ 2, NULL, LL_FS_REFER, 0, 0 },
	{ 3, "truncate", LL_FS_TRUNCATE, 0, 0 },
	{ 4, "tcp", 0, LL_NET_BIND_TCP | LL_NET_CONNECT_TCP, 0 },
	{ 5, "ioctl", LL_FS_IOCTL_DEV, 0, 0 },
	{ 6, "scope", 0, 0, LL_SCOPE_ABSTRACT_UNIX | LL_SCOPE_SIGNAL },
};

#define NFEATURES	(sizeof(features) / sizeof(features[0]))

/*
 * Everything a policy wants under control.  The parent binds listeners, has
 * children to signal that were started before it entered, and may have to
 * tell systemd over an abstract socket.  The proxy-worker connects anywhere,
 * which is its task, but its listeners are made by others.
 */
static struct ll_ruleset_attr
ll_wanted(const struct sandbox_policy *sp)
{
	struct ll_ruleset_attr	 attr = {
		.handled_access_fs = LL_FS_ABI1 | LL_FS_REFER |
		    LL_FS_TRUNCATE | LL_FS_IOCTL_DEV,
	};

	if (sp->flags & SANDBOX_PARENT)
		return attr;
	attr.handled_access_net = LL_NET_BIND_TCP;
	if (!sandbox_has(sp, "inet"))
		attr.handled_access_net |= LL_NET_CONNECT_TCP;
	attr.scoped = LL_SCOPE_ABSTRACT_UNIX | LL_SCOPE_SIGNAL;
	return attr;
}

/* Returns the size that this ABI knows of attr, after clearing the rest. */
static size_t
ll_clamp(struct ll_ruleset_attr *attr, unsigned int abi)
{
	uint64_t	fs = 0, net = 0, scoped = 0;
	size_t		i;

	for (i = 0; i < NFEATURES; i++) {
		if (features[i].abi > abi)
			break;
		fs |= features[i].fs;
		net |= features[i].net;
		scoped |= features[i].scoped;
	}
	attr->handled_access_fs &= fs;
	attr->handled_access_net &= net;
	attr->scoped &= scoped;

	if (abi < 4)
		return offsetof(struct ll_ruleset_attr, handled_access_net);
	if (abi < 6)
		return offsetof(struct ll_ruleset_attr, scoped);
	return sizeof(*attr);
}

unsigned int
sandbox_landlock_abi(const struct sandbox_policy *sp)
{
	unsigned int	abi;
	long		n;

	n = syscall(__NR_landlock_create_ruleset, NULL, (size_t)0,
	    LL_CREATE_RULESET_VERSION);
	if (n < 1)
		return 0;
	abi = n > SANDBOX_ABI_MAX ? SANDBOX_ABI_MAX : (unsigned int)n;
	if (sp->abi_below != 0 && abi >= sp->abi_below)
		abi = sp->abi_below - 1;
	return abi;
}

int
sandbox_landlock_lacks(const struct sandbox_policy *sp, unsigned int abi,
    char *s, size_t len)
{
	struct ll_ruleset_attr	 want = ll_wanted(sp);
	size_t			 i, used;
	int			 lacks = 0;

	for (i = 0; i < NFEATURES; i++) {
		if (features[i].abi <= abi || features[i].name == NULL)
			continue;
		if ((features[i].fs & want.handled_access_fs) == 0 &&
		    (features[i].net & want.handled_access_net) == 0 &&
		    (features[i].scoped & want.scoped) == 0)
			continue;
		used = strlen(s);
		snprintf(s + used, len - used, "-%s", features[i].name);
		lacks = 1;
	}
	return lacks;
}

static uint64_t
ll_rights(unsigned int rights)
{
	uint64_t	access = 0;

	if (rights & SANDBOX_READ)
		access |= LL_FS_READ_FILE | LL_FS_READ_DIR;
	if (rights & SANDBOX_WRITE)
		access |= LL_FS_WRITE_FILE | LL_FS_TRUNCATE | LL_FS_MAKE_REG |
		    LL_FS_MAKE_DIR | LL_FS_MAKE_SOCK | LL_FS_REMOVE_FILE |
		    LL_FS_REMOVE_DIR | LL_FS_REFER;
	if (rights & SANDBOX_EXEC)
		access |= LL_FS_EXECUTE;
	return access;
}

static int
ll_add(int ruleset, uint64_t handled, const struct sandbox_path *sp,
    char *why, size_t len)
{
	struct ll_path_beneath_attr	 rule;
	struct stat			 st;
	const char			*path = sp->path;

	memset(&rule, 0, sizeof(rule));
	if (path != NULL)
		rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	else {
		rule.parent_fd = fcntl(sp->fd, F_DUPFD_CLOEXEC, 0);
		path = "a directory";
	}
	if (rule.parent_fd == -1 || fstat(rule.parent_fd, &st) == -1) {
		snprintf(why, len, "%s: %s: it must exist before the "
		    "sandbox closes", path, strerror(errno));
		if (rule.parent_fd != -1)
			close(rule.parent_fd);
		return -1;
	}
	rule.allowed_access = ll_rights(sp->rights) & handled;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= LL_FS_OF_FILE;

	/* A rule that allows nothing is an error to the kernel (ENOMSG). */
	if (rule.allowed_access != 0 && syscall(__NR_landlock_add_rule,
	    ruleset, LL_RULE_PATH_BENEATH, &rule, 0U) == -1) {
		snprintf(why, len, "Landlock refuses a rule for %s: "
		    "%s", path, strerror(errno));
		close(rule.parent_fd);
		return -1;
	}
	close(rule.parent_fd);
	return 0;
}

/* The first object is the program itself. */
static int
ll_find_interp(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char	**interp = arg;
	size_t		  i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			*interp = (const char *)(info->dlpi_addr +
			    info->dlpi_phdr[i].p_vaddr);
	return 1;
}

int
sandbox_landlock(const struct sandbox_policy *sp, unsigned int abi,
    const struct sandbox_path *paths, size_t npaths, char *why, size_t len)
{
	struct ll_ruleset_attr	 attr = ll_wanted(sp);
	struct sandbox_path	 interp = { NULL, SANDBOX_READ | SANDBOX_EXEC,
				    -1 };
	size_t			 i, size;
	int			 exec = 0, fd;

	size = ll_clamp(&attr, abi);
	fd = (int)syscall(__NR_landlock_create_ruleset, &attr, size, 0U);
	if (fd == -1) {
		snprintf(why, len, "cannot make a Landlock ruleset "
		    "(ABI %u): %s", abi, strerror(errno));
		return -1;
	}
	for (i = 0; i < npaths; i++) {
		if (ll_add(fd, attr.handled_access_fs, &paths[i], why,
		    len) == -1)
			goto fail;
		if (paths[i].rights & SANDBOX_EXEC)
			exec = 1;
	}
	if (exec) {
		/* execve(2) needs the right on the interpreter as well. */
		dl_iterate_phdr(ll_find_interp, &interp.path);
		if (interp.path != NULL && ll_add(fd, attr.handled_access_fs,
		    &interp, why, len) == -1)
			goto fail;
	}
	if (syscall(__NR_landlock_restrict_self, fd, 0U) == -1) {
		snprintf(why, len, "cannot enter the Landlock "
		    "ruleset: %s%s", strerror(errno), errno == E2BIG ?
		    ": too many sandboxes around this process" : "");
		goto fail;
	}
	close(fd);
	return 0;
fail:
	close(fd);
	return -1;
}
