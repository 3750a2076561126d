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

/*
 * Client blocks, and the checks that need the whole configuration.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "parse.h"

static int
name_ok(const char *s)
{
	size_t i;

	/* It becomes a directory name, so neither "." nor "/" is in it. */
	for (i = 0; s[i] != '\0'; i++) {
		if ((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9'))
			continue;
		if (i == 0 || (s[i] != '_' && s[i] != '-'))
			return 0;
	}
	return i >= 1 && i <= CONF_CLIENT_NAME_LEN;
}

/* The block is opened whatever is wrong, so that its inside is checked. */
void
client_start(struct parser *ps, const struct token *at,
    const struct token *name)
{
	const struct conf_client	*other;
	struct conf_client		*c;
	struct conf			*conf = ps->conf;
	int				 ok = 0;

	ps->once[ONCE_CREDENTIAL] = ps->once[ONCE_QUOTA] = NULL;
	ps->once[ONCE_MCP_SOCKET] = ps->once[ONCE_MCP_TOKEN] = NULL;
	ps->once[ONCE_IPC] = NULL;

	if (name == NULL)
		parse_error(ps, at, "client without a name");
	else if (!name_ok(name->text))
		parse_error(ps, name, "client name \"%s\": use 1 to %d "
		    "letters, digits, \"_\" and \"-\", the first a letter or "
		    "digit", name->text, CONF_CLIENT_NAME_LEN);
	else if (strcmp(name->text, CONF_CLIENT_DEFAULT) == 0)
		parse_error(ps, name, "client \"%s\" is the name for loopback "
		    "sources that match no client; choose another",
		    name->text);
	else if ((other = conf_client_find(conf, name->text)) != NULL)
		parse_error(ps, name, "client \"%s\" exists already, at "
		    "%s:%d", name->text,
		    ps->client_at[other - conf->clients]->file,
		    ps->client_at[other - conf->clients]->line);
	else
		ok = 1;
	if (conf->nclients == CONF_CLIENTS_MAX) {
		/* From here on they share the last block; it is an error. */
		parse_error(ps, at, "more than %d clients", CONF_CLIENTS_MAX);
		return;
	}

	conf->clients = conf_append(conf->clients, conf->nclients,
	    sizeof(*conf->clients));
	ps->client_at = conf_append(ps->client_at, conf->nclients,
	    sizeof(*ps->client_at));
	ps->client_at[conf->nclients] = at;
	c = &conf->clients[conf->nclients];
	ps->client = conf->nclients++;
	c->quota = CONF_QUOTA_DEFAULT;
	if (ok)
		memcpy(c->name, name->text, strlen(name->text) + 1);
}

struct conf_client *
client_now(struct parser *ps)
{
	return &ps->conf->clients[ps->client];
}

/* The list just read becomes addresses of the open block. */
void
client_address(struct parser *ps)
{
	struct conf_prefixes	*list = &client_now(ps)->address;
	const struct item	*it;
	struct ref		*ref;
	struct prefix		 p;
	const char		*errstr;
	size_t			 i;

	for (i = 0; i < ps->nitems; i++) {
		it = &ps->items[i];
		if (prefix_parse(&p, it->addr->text, &errstr) == -1) {
			parse_error(ps, it->addr, "address \"%s\" %s",
			    it->addr->text, errstr);
			continue;
		}
		if (it->port != NULL) {
			parse_error(ps, it->port, "address \"%s\": a client "
			    "has no fixed port; leave \"port\" out",
			    it->addr->text);
			continue;
		}
		if (list->n == CONF_PREFIXES_MAX) {
			parse_error(ps, it->addr, "more than %d addresses in "
			    "one client", CONF_PREFIXES_MAX);
			return;
		}
		list->v = conf_append(list->v, list->n, sizeof(*list->v));
		list->v[list->n++] = p;

		ps->refs = conf_grow(ps->refs, &ps->refs_size, ps->nrefs,
		    sizeof(*ps->refs));
		ref = &ps->refs[ps->nrefs++];
		ref->client = ps->client;
		ref->prefix = p;
		ref->at = it->addr;
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * The text is never quoted: by mistake it can be the password itself.
 */
void
client_credential(struct parser *ps, const struct token *t)
{
	struct conf_client	*c = client_now(ps);
	uint8_t			 hash[CONF_CREDENTIAL_LEN];
	size_t			 i, j;
	int			 hi, lo;

	if (!set_once(ps, ONCE_CREDENTIAL, "credential", t))
		return;
	if (strlen(t->text) != 2 * sizeof(hash))
		goto bad;
	for (i = 0; i < sizeof(hash); i++) {
		hi = hex_digit(t->text[2 * i]);
		lo = hex_digit(t->text[2 * i + 1]);
		if (hi == -1 || lo == -1)
			goto bad;
		hash[i] = (uint8_t)(hi << 4 | lo);
	}
	for (j = 0; j < ps->conf->nclients; j++) {
		if (ps->conf->clients[j].has_credential &&
		    memcmp(ps->conf->clients[j].credential, hash,
		    sizeof(hash)) == 0) {
			parse_error(ps, t, "this credential is that of client "
			    "\"%s\" already; give each client its own",
			    ps->conf->clients[j].name);
			return;
		}
	}
	memcpy(c->credential, hash, sizeof(hash));
	c->has_credential = 1;
	return;

 bad:
	parse_error(ps, t, "credential sha256 is not 64 hexadecimal digits; "
	    "write the SHA-256 of the proxy password, not the password");
}

void
client_quota(struct parser *ps, const struct token *t)
{
	const char *errstr;

	if (!set_once(ps, ONCE_QUOTA, "quota", t))
		return;
	if (parse_size(t->text, CONF_QUOTA_MIN, CONF_QUOTA_MAX,
	    &client_now(ps)->quota, &errstr) == -1)
		parse_error(ps, t, "quota \"%s\" %s; write 64K to 1G",
		    t->text, errstr);
}

static int
ref_cmp(const void *va, const void *vb)
{
	const struct ref	*a = va, *b = vb;
	int			 r;

	if ((r = prefix_cmp(&a->prefix, &b->prefix)) != 0)
		return r;
	/* Any fixed order; tokens of one parse are not comparable. */
	return a->client < b->client ? -1 : a->client > b->client;
}

static void
report_overlap(struct parser *ps, const struct ref *a, const struct ref *b)
{
	/* The mistake is the client that came later. */
	const struct ref	*early = a->client < b->client ? a : b;
	const struct ref	*late = early == a ? b : a;
	const char		*name = ps->conf->clients[early->client].name;
	char			 buf[PREFIX_STRLEN];

	parse_error(ps, late->at, "address %s overlaps with %s:%d%s%s",
	    prefix_format(&late->prefix, buf, sizeof(buf)), early->at->file,
	    early->at->line, *name == '\0' ? "" : ", of client ", name);
}

/*
 * A source address must name one client at most.  Networks are nested or
 * disjoint, and sorted each one follows what contains it, so a stack of those
 * around the current one is all to compare with.  No two neighbours on the
 * stack are of the same client, so looking at two is enough.
 */
static void
check_overlaps(struct parser *ps)
{
	const struct ref	**around, *ref;
	size_t			 i, n = 0;

	if (ps->nrefs == 0)
		return;
	qsort(ps->refs, ps->nrefs, sizeof(*ps->refs), ref_cmp);
	around = arena_alloc(&ps->arena, ps->nrefs * sizeof(*around));
	for (i = 0; i < ps->nrefs; i++) {
		ref = &ps->refs[i];
		while (n > 0 && !prefix_contains(&around[n - 1]->prefix,
		    &ref->prefix))
			n--;
		if (n > 0 && around[n - 1]->client == ref->client) {
			if (n > 1)
				report_overlap(ps, around[n - 2], ref);
			continue;
		}
		if (n > 0)
			report_overlap(ps, around[n - 1], ref);
		around[n++] = ref;
	}
}

int
listen_conflict(const struct conf_listen *a, const struct conf_listen *b)
{
	static const uint8_t	 any[16];
	struct prefix		 pa, pb;
	const struct sockaddr	*sa = (const struct sockaddr *)&a->ss;
	const struct sockaddr	*sb = (const struct sockaddr *)&b->ss;
	in_port_t		 porta, portb;

	if (sa->sa_family != sb->sa_family)
		return 0;
	if (sa->sa_family == AF_INET) {
		porta = ((const struct sockaddr_in *)&a->ss)->sin_port;
		portb = ((const struct sockaddr_in *)&b->ss)->sin_port;
	} else {
		porta = ((const struct sockaddr_in6 *)&a->ss)->sin6_port;
		portb = ((const struct sockaddr_in6 *)&b->ss)->sin6_port;
	}
	if (porta != portb || porta == 0)
		return 0;
	if (prefix_from_sockaddr(&pa, sa) == -1 ||
	    prefix_from_sockaddr(&pb, sb) == -1)
		return 0;
	return memcmp(pa.addr, pb.addr, sizeof(any)) == 0 ||
	    memcmp(pa.addr, any, sizeof(any)) == 0 ||
	    memcmp(pb.addr, any, sizeof(any)) == 0;
}

static void
check_listen(struct parser *ps)
{
	const struct conf	*conf = ps->conf;
	size_t			 i, j;

	if (!ps->listen_given)
		return;
	for (i = 1; i < conf->nlisten; i++) {
		for (j = 0; j < i; j++) {
			if (!listen_conflict(&conf->listen[i],
			    &conf->listen[j]))
				continue;
			parse_error(ps, ps->listen_at[i], "this address and "
			    "port are taken by the listen statement at %s:%d",
			    ps->listen_at[j]->file, ps->listen_at[j]->line);
			break;
		}
	}
}

static void
check_clients(struct parser *ps)
{
	const struct conf_client	*c;
	size_t				 i;

	/* A block with an error in it may only look as if it were empty. */
	if (ps->errors->n + ps->errors->dropped != ps->errors_before)
		return;
	for (i = 0; i < ps->conf->nclients; i++) {
		c = &ps->conf->clients[i];
		if (c->address.n == 0 && !c->has_credential)
			parse_error(ps, ps->client_at[i], "client \"%s\" "
			    "matches nobody; give it an address or a "
			    "credential", c->name);
	}
}

void
check_all(struct parser *ps)
{
	check_clients(ps);
	check_listen(ps);
	check_overlaps(ps);
	check_mcp(ps);
	check_log(ps);
}
