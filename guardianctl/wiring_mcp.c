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

#include "compat.h"
#include "safe.h"
#include "wiring.h"

/*
 * The agent's side of mcpd: the directory with its client's socket, and the
 * program that connects it, which needs nothing else in the container.
 */

void
wiring_mcp_client(int v1)
{
	safe_line(stdout, "#   client \"main\" {");
	safe_line(stdout, "#       address { 172.17.0.0/16 }");
	safe_line(stdout, "#       mcp socket");
	if (v1)
		safe_line(stdout, "#       ipc directory "
		    "\"NANOCLAW/data/ipc/main\"");
	safe_line(stdout, "#   }");
	if (!v1)
		return;
	safe_line(stdout, "# NANOCLAW is the directory NanoClaw runs in, and "
	    "main the folder of the group; that line is");
	safe_line(stdout, "# for programs that ask by files (mcpd(8)), the "
	    "agent's own tools do not need it.");
}

void
wiring_mcp_docker(const struct wiring *w)
{
	if (w->mcp_clients == 0)
		return;
	safe_line(stdout, "    --mount type=bind,src='%s',dst='%s',readonly "
	    "\\", w->mcp_dir, WIRING_MCP_DIR);
	safe_line(stdout, "    --mount type=bind,src='%s',dst='%s',readonly "
	    "\\", w->bridge, WIRING_MCP_BRIDGE);
}

void
wiring_mcp_v1(const struct wiring *w)
{
	if (w->mcp_clients == 0)
		return;
	safe_line(stdout, "  '-v', '%s:%s:ro',", w->mcp_dir, WIRING_MCP_DIR);
	safe_line(stdout, "  '-v', '%s:%s:ro',", w->bridge,
	    WIRING_MCP_BRIDGE);
}

void
wiring_mcp_say(const struct wiring *w, int v2)
{
	const char	*dir = v2 ? "/workspace/extra/guardian" :
			    WIRING_MCP_DIR;

	if (w->mcp_clients == 0) {
		safe_line(stdout, "# For an agent that is to ask about itself "
		    "(mcpd(8)): \"mcp socket\" in its client block of");
		safe_line(stdout, "# guardian.conf(5); this text then says "
		    "how to go on.");
		return;
	}
	safe_line(stdout, "# So that the agent can ask about itself, it "
		    "starts this MCP server; it is client \"%s\"%s:",
	    w->mcp_client, w->mcp_clients > 1 ?
	    " (others: their own directory beside it)" : "");
	safe_line(stdout, "#   \"guardian\": { \"command\": \"%s\", \"args\": "
	    "[\"%s/mcp.sock\"] }", v2 ? "/workspace/extra/guardian-mcp" :
	    WIRING_MCP_BRIDGE, dir);
	if (!v2)
		return;
	safe_line(stdout, "# Mount for that, read-only, in the group's "
	    "additional mounts (both are to be in");
	safe_line(stdout, "# ~/.config/nanoclaw/mount-allowlist.json):");
	safe_line(stdout, "#   %s  as  guardian", w->mcp_dir);
	safe_line(stdout, "#   %s  as  guardian-mcp", w->bridge);
}
