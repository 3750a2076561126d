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
#include <string.h>

#include "compat.h"
#include "conf.h"
#include "ctl.h"
#include "json.h"
#include "safe.h"

static json_t *
error_json(const struct conf_error *e)
{
	json_t	*o = json_must(json_object());

	json_set_text(o, "file", e->file);
	json_set_int(o, "line", e->line < 0 ? 0 : (uint64_t)e->line);
	json_set_text(o, "message", e->message);
	return o;
}

static void
print_json(int ok, const char *file, const struct conf_errors *errors)
{
	json_t	*o = json_must(json_object()), *a = json_must(json_array());
	size_t	 i;

	json_set_text(o, "schema_version",
	    "clawsec-traffic-guardian-check/v1");
	json_must_0(json_object_set_new(o, "ok", json_boolean(ok)));
	if (file == NULL)
		json_must_0(json_object_set_new(o, "file", json_null()));
	else
		json_set_text(o, "file", file);
	for (i = 0; i < errors->n; i++)
		json_must_0(json_array_append_new(a,
		    error_json(&errors->v[i])));
	json_must_0(json_object_set_new(o, "errors", a));
	json_set_int(o, "errors_dropped", errors->dropped);
	json_print(o);
}

void
ctl_print_errors(const struct conf_errors *errors)
{
	char	 buf[2048];
	size_t	 i;

	for (i = 0; i < errors->n; i++)
		safe_line(stderr, "%s", conf_error_format(&errors->v[i], buf,
		    sizeof(buf)));
	if (errors->dropped > 0)
		safe_line(stderr, "and %zu more", errors->dropped);
}

/* The same steps as guardiand -n, environment included. */
int
ctl_check(const struct args *args)
{
	struct conf_errors	 errors = { 0 };
	struct conf_notes	 notes = { 0 };
	struct paths		 paths = { 0 };
	struct conf_env		 env;
	struct conf		*conf;
	int			 ok;

	conf_env_read(&env);
	conf = conf_load(&paths, &env, args->file, NULL, &errors, &notes);
	ok = conf != NULL;
	if (args->json)
		print_json(ok, paths.config, &errors);
	else if (ok)
		safe_line(stdout, "configuration OK");
	else
		ctl_print_errors(&errors);
	conf_free(conf);
	conf_notes_free(&notes);
	conf_errors_free(&errors);
	paths_free(&paths);
	return ok && safe_flush() == 0 ? 0 : 1;
}
