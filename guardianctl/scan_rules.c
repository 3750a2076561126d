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

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "compat.h"
#include "conf.h"
#include "ctl.h"
#include "log.h"
#include "safe.h"

int
scan_rules_load(const char *file, struct conf **conf)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	struct paths		 paths = { 0 };
	struct conf_env		 env;
	int			 named;

	conf_env_read(&env);
	*conf = conf_load(&paths, &env, file, NULL, &errors, &notes);
	named = file != NULL || paths.config_named;
	if (*conf == NULL) {
		ctl_print_errors(&errors);
		if (!named)
			safe_warnx("%s is not used: built-in rules only",
			    paths.config == NULL ? "the configuration" :
			    paths.config);
	} else if ((*conf)->nrules == 0 && (*conf)->nignores == 0 &&
	    !(*conf)->prompt_injection) {
		conf_free(*conf);
		*conf = NULL;
		named = 0;
	} else
		named = 0;
	conf_notes_free(&notes);
	conf_errors_free(&errors);
	paths_free(&paths);
	return named ? -1 : 0;
}

static int
nothing_expected(struct channel *ch, struct imsg *imsg, void *arg)
{
	(void)ch;
	(void)imsg;
	(void)arg;
	return -1;
}

/* What became of it is seen where its findings should be. */
static void
gone(struct channel *ch, const char *why, void *arg)
{
	(void)ch;
	(void)why;
	(void)arg;
}

void
scan_rules_send(const struct conf *conf, int fd)
{
	struct event_base	*base;
	struct channel		*ch;
	struct sigaction	 ignore, old;

	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	if ((base = event_base_new()) == NULL ||
	    sigaction(SIGPIPE, &ignore, &old) == -1)
		fatal("rules for the detector");
	ch = channel_new(base, fd, PROC_PARENT, PROC_DETECTOR,
	    MSG_PAYLOAD_MAX, 0, nothing_expected, gone, NULL);
	if (ch == NULL || conf_rules_send(conf, ch) == -1)
		fatal("rules for the detector");
	if (channel_flush(ch) == -1)
		safe_warnx("the detector does not take the rules");
	channel_free(ch);
	event_base_free(base);
	if (sigaction(SIGPIPE, &old, NULL) == -1)
		fatal("rules for the detector");
}
