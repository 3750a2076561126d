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
#include <string.h>

#include "pattern.h"

#define SET	"prompt_injection"

static const char *const names[] = {
	"ai_api_key", "aws_access_key_id", "private_key_pem", "git_token",
	"cloud_key", "chat_token", "payment_key", "package_token",
	"service_token", "onecli_token", "jwt", "ssh_key_path",
	"unix_sensitive_path", "dotenv_path", "cloud_credential_path",
	"whatsapp_session_path", "pipe_to_shell", "shell_exec_flag",
	"reverse_shell", "destructive_rm", "ssh_authorized_key", SET
};

const char *
pattern_name(unsigned int n)
{
	return n < sizeof(names) / sizeof(names[0]) ? names[n] : NULL;
}

int
pattern_known(const char *name)
{
	unsigned int	 i;

	for (i = 0; pattern_name(i) != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

int
pattern_set_known(const char *name)
{
	return strcmp(name, SET) == 0;
}
