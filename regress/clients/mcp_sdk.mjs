// The two generations of the MCP SDK, as their users use them: list the tools,
// call each, have every structuredContent checked against the schema, page
// through all findings, be refused what does not exist.
//
// usage: mcp_sdk.mjs v1|v2 legacy|auto|2026-07-28 http|stdio FINDINGS TARGET...

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import assert from "node:assert";

const modules = process.env.GUARDIAN_MODULES;
const require = createRequire(pathToFileURL(modules + "/x.js"));
const [sdk, era, way, total, ...target] = process.argv.slice(2);

async function load() {
	if (sdk === "v1") {
		const { Client } = require(
		    "@modelcontextprotocol/sdk/client/index.js");
		const { StreamableHTTPClientTransport } = require(
		    "@modelcontextprotocol/sdk/client/streamableHttp.js");
		const { StdioClientTransport } = require(
		    "@modelcontextprotocol/sdk/client/stdio.js");
		return { Client, StreamableHTTPClientTransport,
		    StdioClientTransport };
	}
	return { ...require("@modelcontextprotocol/client"),
	    ...require("@modelcontextprotocol/client/stdio") };
}

const lib = await load();

function transport() {
	if (way === "stdio")
		return new lib.StdioClientTransport({ command: target[0],
		    args: target.slice(1), stderr: "inherit" });
	return new lib.StreamableHTTPClientTransport(new URL(target[0]), {
		requestInit: { headers: { Authorization:
		    `Bearer ${target[1]}` } } });
}

const client = new lib.Client({ name: "regress", version: "1.0.0" },
    sdk === "v1" ? {} : { versionNegotiation: { mode:
    era === "legacy" || era === "auto" ? era : { pin: era } } });
await client.connect(transport());
assert.equal(client.getServerVersion()?.name, "clawsec-traffic-guardian");
if (sdk === "v2") {
	const got = client.getNegotiatedProtocolVersion?.();
	if (got !== undefined)
		assert.equal(got, era === "legacy" ? "2025-11-25" :
		    "2026-07-28");
}

const { tools } = await client.listTools();
assert.deepEqual(tools.map((t) => t.name), ["clawsec_traffic_status",
    "clawsec_traffic_findings", "clawsec_traffic_check_config"]);
for (const t of tools) {
	assert.equal(t.annotations.readOnlyHint, true);
	assert.equal(t.outputSchema.type, "object");
	assert.equal(t.inputSchema.additionalProperties, false);
}

// callTool() throws when structuredContent does not conform.
async function call(name, args = {}) {
	const r = await client.callTool({ name, arguments: args });
	assert.ok(!r.isError, JSON.stringify(r));
	assert.deepEqual(JSON.parse(r.content[0].text), r.structuredContent);
	return r.structuredContent;
}

const status = await call("clawsec_traffic_status");
assert.equal(status.client, "one");
assert.equal(status.findings.total, Number(total));
const check = await call("clawsec_traffic_check_config",
    { env: { HTTP_PROXY: "http://x" }, config: "mode block\n" });
assert.equal(check.ok, false);
assert.ok(check.problems.some((p) => p.where === "config:1"));

const seen = new Set();
let cursor, calls = 0;
do {
	const page = await call("clawsec_traffic_findings",
	    { limit: 100, ...(cursor ? { cursor } : {}) });
	assert.equal(page.total_matched, Number(total));
	for (const f of page.findings) {
		assert.equal(Object.keys(f).length, 11);
		seen.add(JSON.stringify(f));
	}
	cursor = page.next_cursor;
	calls++;
} while (cursor !== null);
assert.equal(seen.size, Number(total));
assert.equal(calls, Math.ceil(Number(total) / 100));

const bad = await client.callTool({ name: "clawsec_traffic_findings",
    arguments: { limit: 1000 } });
assert.equal(bad.isError, true);
assert.match(bad.content[0].text, /limit/);
await assert.rejects(client.callTool({ name: "no_such_tool",
    arguments: {} }), (e) => e.code === -32602);

// many at once, each its own answer
const limits = Array.from({ length: 50 }, (_, i) => i + 1);
const pages = await Promise.all(limits.map((limit) =>
    call("clawsec_traffic_findings", { limit })));
assert.deepEqual(pages.map((p) => p.findings.length), limits);

await client.close();
console.log(`done ${sdk} ${era} ${way}`);
