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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proc.h"

static const struct {
	const char	*name;
	const char	*user;
} procs[PROC_MAX] = {
	[PROC_PARENT]	= { "parent",		NULL },
	[PROC_CONTROL]	= { "control",		"_guardian_ctl" },
	[PROC_PROXY]	= { "proxy-worker",	"_guardian_px" },
	[PROC_DETECTOR]	= { "detector-worker",	"_guardian_dt" },
	[PROC_LOGGER]	= { "logger",		"_guardian_log" },
	[PROC_CTL]	= { "guardianctl",	NULL },
	[PROC_KEEPER]	= { "ca-keeper",	"_guardian_ca" },
	[PROC_COMPILER]	= { "rule-compiler",	"_guardian_rc" },
	[PROC_MCPD]	= { "mcpd",		"_guardian_mcp" },
	[PROC_ARCHIVER]	= { "log-archiver",	"_guardian_ar" },
};

const char *
proc_name(enum proc_role role)
{
	if ((unsigned int)role >= PROC_MAX)
		return "unknown";
	return procs[role].name;
}

const char *
proc_user(enum proc_role role)
{
	if ((unsigned int)role >= PROC_MAX)
		return NULL;
	return procs[role].user;
}

enum proc_role
proc_by_name(const char *name)
{
	unsigned int	 i;

	for (i = 0; i < PROC_MAX; i++)
		if (strcmp(procs[i].name, name) == 0)
			return (enum proc_role)i;
	return PROC_MAX;
}

unsigned int
proc_client_slot(const char *client, unsigned int n)
{
	uint32_t	 h = 2166136261U;	/* FNV-1a, 32 bits */

	for (; *client != '\0'; client++) {
		h ^= (unsigned char)*client;
		h *= 16777619U;
	}
	return h % n;
}
