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

#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "finding.h"
#include "parse.h"

static void
print_string(const char *s, FILE *fp)
{
	fputc('"', fp);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', fp);
		fputc(*s, fp);
	}
	fputc('"', fp);
}

/* One entry stays on the line, more get a line each. */
static void
print_list(const char *indent, const char *what,
    const struct conf_prefixes *list, FILE *fp)
{
	char	 buf[PREFIX_STRLEN];
	size_t	 i;

	if (list->n == 0)
		return;
	fprintf(fp, "%s%s {", indent, what);
	if (list->n == 1) {
		fprintf(fp, " %s }\n", prefix_format(&list->v[0], buf,
		    sizeof(buf)));
		return;
	}
	fputc('\n', fp);
	for (i = 0; i < list->n; i++)
		fprintf(fp, "%s\t%s%s\n", indent, prefix_format(&list->v[i],
		    buf, sizeof(buf)), i + 1 < list->n ? "," : "");
	fprintf(fp, "%s}\n", indent);
}

static void
print_listen(const char *what, const struct conf_listen *l, FILE *fp)
{
	struct prefix	 p;
	char		 buf[PREFIX_STRLEN];
	unsigned int	 port;

	if (prefix_from_sockaddr(&p, (const struct sockaddr *)&l->ss) == -1)
		return;
	if (l->ss.ss_family == AF_INET)
		port = ntohs(((const struct sockaddr_in *)&l->ss)->sin_port);
	else
		port = ntohs(((const struct sockaddr_in6 *)&l->ss)->
		    sin6_port);
	fprintf(fp, "%s on %s port %u\n", what, prefix_format(&p, buf,
	    sizeof(buf)), port);
}

static void
print_client(const struct conf_client *c, FILE *fp)
{
	char	 buf[32];
	size_t	 i;

	fputs("client ", fp);
	print_string(c->name, fp);
	fputs(" {\n", fp);
	print_list("\t", "address", &c->address, fp);
	if (c->has_credential) {
		fputs("\tcredential sha256 \"", fp);
		for (i = 0; i < sizeof(c->credential); i++)
			fprintf(fp, "%02x", c->credential[i]);
		fputs("\"\n", fp);
	}
	if (c->mcp_socket)
		fputs("\tmcp socket\n", fp);
	if (c->mcp_token != NULL) {
		fputs("\tmcp token file ", fp);
		print_string(c->mcp_token, fp);
		fputc('\n', fp);
	}
	if (c->ipc != NULL) {
		fputs("\tipc directory ", fp);
		print_string(c->ipc, fp);
		fputc('\n', fp);
	}
	print_list("\t", "allow destination", &c->allow, fp);
	fprintf(fp, "\tquota %s\n}\n", format_size(c->quota, buf,
	    sizeof(buf)));
}

static void
print_hosts(const char *what, const struct hostlist *list, FILE *fp)
{
	size_t	 i;

	if (list->n == 0)
		return;
	fprintf(fp, "%s {", what);
	if (list->n == 1) {
		fputc(' ', fp);
		print_string(list->v[0], fp);
		fputs(" }\n", fp);
		return;
	}
	fputc('\n', fp);
	for (i = 0; i < list->n; i++) {
		fputc('\t', fp);
		print_string(list->v[i], fp);
		fputs(i + 1 < list->n ? ",\n" : "\n", fp);
	}
	fputs("}\n", fp);
}

static void
print_tls(const struct conf *conf, FILE *fp)
{
	if (conf->inspect.all)
		fputs("inspect https for all\n", fp);
	else
		print_hosts("inspect https for", &conf->inspect, fp);
	print_hosts("passthrough", &conf->passthrough, fp);
	if (conf->inspect.n > 0 ||
	    strcmp(conf->upstream_ca, GUARDIAN_CAFILE) != 0) {
		fputs("upstream ca file ", fp);
		print_string(conf->upstream_ca, fp);
		fputc('\n', fp);
	}
	if (conf->gateway_host == NULL)
		return;
	fprintf(fp, strchr(conf->gateway_host, ':') == NULL ?
	    "upstream proxy \"http://%s:%u\"" :
	    "upstream proxy \"http://[%s]:%u\"", conf->gateway_host,
	    conf->gateway_port);
	if (conf->gateway_ca != NULL) {
		fputs(" ca file ", fp);
		print_string(conf->gateway_ca, fp);
	}
	fputc('\n', fp);
}

static void
print_rules(const struct conf *conf, FILE *fp)
{
	static const char *const	 severities[] = {
		[FINDING_LOW] = "low", [FINDING_MEDIUM] = "medium",
		[FINDING_HIGH] = "high", [FINDING_CRITICAL] = "critical"
	};
	const struct conf_rule		*r;
	const struct conf_ignore	*ig;
	size_t				 i;

	if (conf->prompt_injection)
		fputs("enable { prompt_injection }\n", fp);
	for (i = 0; i < conf->nrules; i++) {
		r = &conf->rules[i];
		fputs("rule ", fp);
		print_string(r->name, fp);
		fprintf(fp, " {\n\t%s severity %s\n\tmatch ", r->inbound ?
		    "inbound injection" : "outbound exfil",
		    severities[r->severity]);
		print_string(r->match, fp);
		fputs(" literal ", fp);
		print_string(r->expr.literal, fp);
		fputs("\n}\n", fp);
	}
	for (i = 0; i < conf->nignores; i++) {
		ig = &conf->ignores[i];
		fputs("ignore {", fp);
		if (ig->pattern[0] != '\0')
			fprintf(fp, " pattern %s", ig->pattern);
		if (ig->dest[0] != '\0') {
			fputs(" dest ", fp);
			print_string(ig->dest, fp);
		}
		fputs(" }\n", fp);
	}
}

void
conf_print(const struct conf *conf, FILE *fp)
{
	char	 buf[32];
	size_t	 i;

	for (i = 0; i < conf->nlisten; i++)
		print_listen("listen", &conf->listen[i], fp);
	fputs("mode detect\n", fp);
	fprintf(fp, "proxy workers %u\n", conf->proxy_workers);
	fprintf(fp, "detector workers %u\n", conf->detector_workers);
	fprintf(fp, "scan limit %s\n", format_size(conf->scan_limit, buf,
	    sizeof(buf)));
	fprintf(fp, "overload %s\n",
	    conf->overload == CONF_OVERLOAD_SHED ? "shed" : "backpressure");
	print_list("", "allow destination", &conf->allow, fp);
	print_tls(conf, fp);
	fprintf(fp, "dedup window %u\n", conf->dedup_window);
	fputs("log directory ", fp);
	print_string(conf->log_dir, fp);
	fprintf(fp, " rotate %s keep %u", format_size(conf->log_rotate, buf,
	    sizeof(buf)), conf->log_keep);
	fprintf(fp, " compress %s total %s\n", conf->log_compress ? "yes" :
	    "no", format_size(conf->log_total, buf, sizeof(buf)));
	print_rules(conf, fp);
	for (i = 0; i < conf->nmcp_listen; i++)
		print_listen("mcp listen", &conf->mcp_listen[i], fp);
	print_hosts("mcp allow host", &conf->mcp_hosts, fp);
	for (i = 0; i < conf->nclients; i++)
		print_client(&conf->clients[i], fp);
}
