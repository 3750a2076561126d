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


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "compat.h"
#include "log.h"
#include "parent.h"

struct conf *
reload_parse(struct parent *p, char *text, size_t size)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	struct conf		*conf;
	char			 line[MSG_DETAIL_SIZE];
	size_t			 i;

	conf = conf_parse_file(p->paths.config, &p->macros,
	    p->paths.config_named ? 0 : CONF_MISSING_OK, &errors);
	if (conf != NULL && conf_env_apply(conf, &p->paths, &p->env, &errors,
	    &notes) == -1) {
		conf_free(conf);
		conf = NULL;
	}
	for (i = 0; i < notes.n; i++)
		log_notice("%s", notes.v[i]);
	conf_notes_free(&notes);
	strlcpy(text, "out of memory", size);
	for (i = 0; i < errors.n; i++) {
		conf_error_format(&errors.v[i], line, sizeof(line));
		log_warnx("%s", line);
		if (i == 0)
			strlcpy(text, line, size);
	}
	if (errors.dropped > 0)
		log_warnx("and %zu errors more", errors.dropped);
	conf_errors_free(&errors);
	return conf;
}

static void
reload_refuse(struct parent *p, uint32_t id, int by_verb, const char *text)
{
	log_warnx("the old configuration stays in force: %s", text);
	event_post_text(p, EVENT_CONFIG_REJECTED, "reload", text);
	if (by_verb)
		status_verb_result(p, id, 0, text);
}

void
reload_begin(struct parent *p, uint32_t id, int by_verb)
{
	struct conf	*conf;
	char		 text[MSG_DETAIL_SIZE];

	if (p->phase != PHASE_RUNNING) {
		reload_refuse(p, id, by_verb, "another reload, the start or "
		    "the stop is still in progress: try again");
		return;
	}
	if (generation_count(p) >= GENERATIONS_MAX) {
		reload_refuse(p, id, by_verb, "three configurations of "
		    "before still serve connections: wait for their end, or "
		    "restart");
		return;
	}
	notify_send(p, "RELOADING=1");
	if ((conf = reload_parse(p, text, sizeof(text))) == NULL) {
		reload_refuse(p, id, by_verb, text);
		notify_send(p, "READY=1");
		return;
	}
	if (strcmp(conf->log_dir, p->conf->log_dir) != 0) {
		conf_free(conf);
		reload_refuse(p, id, by_verb, "the log directory changes only "
		    "by a restart");
		notify_send(p, "READY=1");
		return;
	}
	if (listeners_open(p, conf) == -1 || mcp_open(p, conf) == -1 ||
	    files_client_dirs(p, conf) == -1) {
		listeners_abort(p);
		mcp_abort(p);
		conf_free(conf);
		reload_refuse(p, id, by_verb, "an address or directory could "
		    "not be opened: guardiand's log names it");
		notify_send(p, "READY=1");
		return;
	}
	p->verb_id = id;
	p->verb_waits = by_verb;
	p->next_conf = conf;
	p->phase = PHASE_RELOADING;
	/* Of an attempt that failed some may not have ended yet. */
	if (generation_start(p, conf, ++p->last_generation) == -1)
		generation_abort(p, "a process could not be started: "
		    "guardiand's log says why");
}

void
reload_done(struct parent *p, int ok, const char *why)
{
	struct child_proc	*logger, *mcpd;

	p->phase = PHASE_RUNNING;
	if (!ok) {
		p->upgrade = 0;
		listeners_abort(p);
		mcp_abort(p);
		conf_free(p->next_conf);
		p->next_conf = NULL;
		reload_refuse(p, p->verb_id, p->verb_waits, why);
	} else {
		p->generation = p->last_generation;
		conf_free(p->conf);
		p->conf = p->next_conf;
		p->next_conf = NULL;
		p->keep_due = 0;	/* "total", "compress" */
		logger = child_find(p, PROC_LOGGER, 0, 0);
		/* also when it is just starting: with the clients of before */
		if (logger != NULL && logger->ch != NULL)
			wire_logger_again(logger, p->conf);
		listeners_commit(p);
		mcp_commit(p);
		mcpd = child_find(p, PROC_MCPD, 0, 0);
		/* what its sandbox leaves it of the filesystem is for good */
		if (mcpd != NULL && p->ipc_changed)
			child_replace(mcpd);
		else if (mcpd != NULL && mcpd->ch != NULL)
			wire_mcpd_again(mcpd, p->conf);
		p->ipc_changed = 0;
		generation_drain(p);
		log_notice("configuration loaded, generation %u",
		    p->generation);
		event_post_text(p, EVENT_CONFIG_LOADED, p->upgrade ?
		    "upgrade" : "reload", "");
		if (p->verb_waits)
			status_verb_result(p, p->verb_id, 1, "");
		if (p->upgrade)
			upgrade_done(p);
	}
	p->verb_waits = 0;
	notify_send(p, "READY=1");
}
