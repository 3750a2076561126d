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
#include <unistd.h>

#include "cacert.h"
#include "compat.h"
#include "ctl.h"
#include "finding.h"
#include "json.h"
#include "safe.h"

/* The CA as an operator meets it: to compare, to hand on, to trust. */

static int
need(struct cacert *ca)
{
	int	 r;

	if ((r = cacert_read(ca)) == 1)
		safe_warnx("there is no CA at %s: one is made when guardiand "
		    "starts with \"inspect\" in its configuration", ca->path);
	return r == 0 ? 0 : -1;
}

static void
print_json(const struct cacert *ca, int pem)
{
	json_t	*o = json_must(json_object());
	char	 hex[FINGERPRINT_HEX_SIZE];

	json_set_text(o, "schema_version", "clawsec-traffic-guardian-ca/v1");
	json_set_text(o, "file", ca->path);
	json_set_text(o, "subject", ca->subject);
	json_set_text(o, "fingerprint_sha256", fingerprint_hex(ca->fingerprint,
	    hex));
	json_set_time(o, "not_after", ca->not_after * 1000);
	if (pem)
		json_set_text(o, "pem", ca->pem);
	json_print(o);
}

int
ctl_ca_fingerprint(const struct args *args)
{
	struct cacert	 ca;
	char		 groups[FINGERPRINT_GROUPS_SIZE];
	char		 when[FINDING_TIMESTAMP_SIZE];

	if (need(&ca) == -1)
		return 1;
	if (args->json)
		print_json(&ca, 0);
	else {
		safe_line(stdout, "%s", ca.subject);
		safe_line(stdout, "SHA-256  %s",
		    fingerprint_groups(ca.fingerprint, groups));
		if (finding_timestamp(ca.not_after * 1000, when,
		    sizeof(when)) == 0)
			safe_line(stdout, "until    %.10s", when);
	}
	return safe_flush() == 0 ? 0 : 1;
}

int
ctl_ca_export(const struct args *args)
{
	struct cacert	 ca;
	char		*line, *next;

	if (need(&ca) == -1)
		return 1;
	if (args->json)
		print_json(&ca, 1);
	else
		for (line = ca.pem; *line != '\0'; line = next) {
			next = line + strcspn(line, "\n");
			if (*next == '\n')
				*next++ = '\0';
			safe_line(stdout, "%s", line);
		}
	return safe_flush() == 0 ? 0 : 1;
}

/* The operator has the digits from somewhere else than this screen. */
static int
confirmed(const struct args *args, const struct cacert *ca)
{
	char	 line[128];

	if (args->fingerprint != NULL) {
		if (fingerprint_matches(ca->fingerprint, args->fingerprint,
		    2 * CA_FINGERPRINT_SIZE))
			return 1;
		safe_warnx("-y: that is not the fingerprint of %s", ca->path);
		return 0;
	}
	if (!isatty(STDIN_FILENO)) {
		safe_warnx("trust asks on a terminal; elsewhere, give the "
		    "whole fingerprint with -y");
		return 0;
	}
	safe_line(stderr, "Whoever has this CA's key can read and alter all "
	    "TLS traffic of what trusts it.");
	safe_line(stderr, "\"guardianctl ca fingerprint\" shows its "
	    "fingerprint. Type the last 8 digits of it:");
	if (fgets(line, sizeof(line), stdin) == NULL)
		return 0;
	if (fingerprint_matches(ca->fingerprint, line, 8))
		return 1;
	safe_warnx("these are not the last 8 digits");
	return 0;
}

static void
print_system(const struct cacert *ca, const char *last)
{
	safe_line(stdout, "# 1. The system's store, on Debian, as root: every "
	    "program and user that uses it.");
	safe_line(stdout, "install -m 0644 '%s' "
	    "/usr/local/share/ca-certificates/guardian-%s.crt", ca->path,
	    last);
	safe_line(stdout, "update-ca-certificates");
	safe_line(stdout, "#    To undo it:");
	safe_line(stdout, "#    rm /usr/local/share/ca-certificates/"
	    "guardian-%s.crt && update-ca-certificates --fresh", last);
}

static void
print_nss(const struct cacert *ca, const char *last)
{
	safe_line(stdout, "# 2. One user's NSS store (Chromium; the package "
	    "libnss3-tools has certutil).");
	safe_line(stdout, "#    Chromium before 146 reads "
	    "$HOME/.pki/nssdb instead.");
	safe_line(stdout, "mkdir -p \"$HOME/.local/share/pki/nssdb\"");
	safe_line(stdout, "certutil -d "
	    "\"sql:$HOME/.local/share/pki/nssdb\" -A -t C,, "
	    "-n guardian-%s -i '%s'", last, ca->path);
	safe_line(stdout, "#    To undo it:");
	safe_line(stdout, "#    certutil -d "
	    "\"sql:$HOME/.local/share/pki/nssdb\" -D -n guardian-%s", last);
}

int
ctl_trust(const struct args *args)
{
	struct cacert	 ca;
	char		 groups[FINGERPRINT_GROUPS_SIZE];
	char		 hex[FINGERPRINT_HEX_SIZE], *last;

	if (need(&ca) == -1 || !confirmed(args, &ca))
		return 1;
	fingerprint_hex(ca.fingerprint, hex);
	last = FINGERPRINT_LAST(hex);
	safe_line(stdout, "# SHA-256  %s", fingerprint_groups(ca.fingerprint,
	    groups));
	safe_line(stdout, "# Nothing of this is run for you. Variables for one "
	    "process or container are enough");
	safe_line(stdout, "# for most programs, and end with it: "
	    "\"guardianctl wiring shell\".");
	print_system(&ca, last);
	print_nss(&ca, last);
	return safe_flush() == 0 ? 0 : 1;
}
