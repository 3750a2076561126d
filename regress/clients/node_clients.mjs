/*
 * What programs do with these clients; http_proxy is set, and for the cases
 * over TLS what "guardianctl wiring shell" prints.
 *
 *	node_clients.mjs CASE ORIGIN KEY PROXY
 */
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";

const require = createRequire(process.env.GUARDIAN_MODULES + "/");
const [name, origin, key, proxy] = process.argv.slice(2);
let url = "http://" + origin;

/* As the origin makes it. */
function
pattern(n)
{
	const block = Buffer.from(Array.from({ length: 95 },
	    (_, i) => 32 + i));

	return Buffer.alloc(n, block);
}

async function
bytes(response)
{
	return Buffer.from(await response.arrayBuffer());
}

/* Everything that a fetch of its library is used for, with its options. */
async function
use_fetch({ fetch, FormData }, options)
{
	let r, n;

	const get = (path, more) => fetch(url + path, { ...options, ...more });

	for (const path of ["/bytes/", "/chunked/", "/close/"]) {
		r = await get(path + 100000);
		assert.equal(r.status, 200);
		assert.deepEqual(await bytes(r), pattern(100000), path);
	}
	r = await get("/echo", { method: "POST",
	    headers: { "Content-Type": "application/json" },
	    body: JSON.stringify({ key }) });
	assert.deepEqual(await r.json(), { key });
	r = await get("/echo", { method: "PUT", body: pattern(300000) });
	assert.deepEqual(await bytes(r), pattern(300000));
	/* no length known: chunked */
	r = await get("/echo", { method: "POST", duplex: "half",
	    body: new ReadableStream({
		start(c)
		{
			for (const size of [1, 70000, 3])
				c.enqueue(new Uint8Array(pattern(size)));
			c.close();
		}
	    }) });
	assert.deepEqual(await bytes(r), Buffer.concat([pattern(1),
	    pattern(70000), pattern(3)]));
	const form = new FormData();
	form.set("file", new Blob(["a\r\n\0b"]), "name");
	r = await get("/echo", { method: "POST", body: form });
	assert.match(await r.text(), /\r\n\r\na\r\n\0b\r\n--/);
	/* a stream of events, read as it comes */
	r = await get("/sse/5");
	n = "";
	for await (const piece of r.body)
		n += Buffer.from(piece).toString();
	assert.equal(n, "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n" +
	    "data: 4\n\n");
	for (const status of [204, 304, 404, 503])
		assert.equal((await get("/status/" + status)).status, status);
	assert.equal((await get("/bytes/9", { method: "HEAD" })).headers
	    .get("Content-Length"), "9");
	/* one that is given up does not hurt the next ones */
	const stop = new AbortController();
	const gone = get("/sse/1000", { signal: stop.signal }).then(
	    (x) => { stop.abort(); return x.text(); });
	await assert.rejects(gone);
	const all = await Promise.all(Array.from({ length: 20 },
	    (_, i) => get("/bytes/" + (5000 + i)).then(bytes)));
	all.forEach((x, i) => assert.deepEqual(x, pattern(5000 + i)));
}

function
use_http(agent)
{
	return new Promise((resolve, reject) => {
		const get = url.startsWith("https:") ? https.get : http.get;
		get(url + "/bytes/70000", { agent }, (r) => {
			const all = [];
			r.on("data", (x) => all.push(x));
			r.on("end", () => resolve(Buffer.concat(all)));
		}).on("error", reject);
	});
}

async function
use_axios(axios)
{
	let r;

	r = await axios.get(url + "/bytes/100000",
	    { responseType: "arraybuffer" });
	assert.deepEqual(Buffer.from(r.data), pattern(100000));
	r = await axios.post(url + "/echo", { key });
	assert.deepEqual(r.data, { key });
	r = await axios.put(url + "/echo", pattern(200000),
	    { responseType: "arraybuffer" });
	assert.deepEqual(Buffer.from(r.data), pattern(200000));
	r = await axios.get(url + "/chunked/50000", { responseType: "stream" });
	const all = [];
	for await (const piece of r.data)
		all.push(piece);
	assert.deepEqual(Buffer.concat(all), pattern(50000));
	await assert.rejects(axios.get(url + "/status/404"),
	    (e) => e.response.status === 404);
	r = await Promise.all([1, 2, 3, 4, 5, 6].map((n) =>
	    axios.get(url + "/bytes/" + n, { responseType: "arraybuffer" })));
	r.forEach((x, i) => assert.equal(x.data.length, i + 1));
	const [host, port] = proxy.split(":");
	r = await axios.delete(url + "/echo", { data: "x",
	    proxy: { protocol: "http", host, port: Number(port) } });
	assert.equal(r.data, "x");
}

const cases = {
	async fetch_tunnel()
	{
		const undici = require("undici");

		await use_fetch(undici, { dispatcher: new undici.ProxyAgent({
		    uri: "http://" + proxy, proxyTunnel: true }) });
	},
	/* A proxy and a CA that the environment names. */
	async https()
	{
		const undici = require("undici");

		url = "https://" + origin;
		await use_fetch(undici, { dispatcher: new undici.ProxyAgent(
		    process.env.HTTPS_PROXY) });
	},
	async fetch_absolute()
	{
		const undici = require("undici");

		await use_fetch(undici, { dispatcher: new undici.ProxyAgent({
		    uri: "http://" + proxy, proxyTunnel: false }) });
		const r = await undici.fetch(url + "/bytes/10",
		    { dispatcher: new undici.EnvHttpProxyAgent() });
		assert.deepEqual(await bytes(r), pattern(10));
	},
	/* As the README files of both say a proxy is given, and without. */
	async anthropic()
	{
		const { default: Anthropic } = require("@anthropic-ai/sdk");
		const undici = require("undici");

		for (const options of [{}, { fetch: undici.fetch,
		    fetchOptions: { dispatcher: new undici.ProxyAgent(
		    process.env.HTTPS_PROXY) } }]) {
			const client = new Anthropic({ apiKey: "placeholder",
			    baseURL: "https://" + origin, maxRetries: 0,
			    ...options });
			const stream = client.messages.stream({
			    model: "claude-of-a-test", max_tokens: 1024,
			    messages: [{ role: "user", content:
			    "my key is " + key }] });
			let text = "";
			stream.on("text", (t) => { text += t; });
			const m = await stream.finalMessage();
			assert.equal(m.content[0].text, text);
			assert.equal(text.trim(), process.env.SAY);
		}
	},
	async openai()
	{
		const { default: OpenAI } = require("openai");
		const undici = require("undici");

		for (const options of [{}, { fetch: undici.fetch,
		    fetchOptions: { dispatcher: new undici.ProxyAgent(
		    process.env.HTTPS_PROXY) } }]) {
			const client = new OpenAI({ apiKey: "placeholder",
			    baseURL: "https://" + origin + "/v1",
			    maxRetries: 0, ...options });
			const stream = await client.chat.completions.create({
			    model: "gpt-5", stream: true,
			    messages: [{ role: "user", content:
			    "my key is " + key }] });
			let text = "";
			for await (const part of stream)
				text += part.choices[0].delta.content ?? "";
			assert.equal(text.trim(), process.env.SAY);
		}
	},
	/* ws has no proxy of its own: an agent, as its README says. */
	async ws()
	{
		const { WebSocket } = require("ws");
		let agent = require("https-proxy-agent");

		agent = agent.HttpsProxyAgent ?? agent;
		const s = new WebSocket("wss://" + origin + "/ws",
		    { agent: new agent(process.env.HTTPS_PROXY) });
		const got = [];
		const sent = [JSON.stringify({ key }), pattern(100000)
		    .toString(), "last"];
		await new Promise((resolve, reject) => {
			s.on("error", reject);
			s.on("open", () => sent.forEach((x) => s.send(x)));
			s.on("message", (x) => {
				got.push(x.toString());
				if (got.length === sent.length)
					s.close(1000, "bye");
			});
			s.on("close", resolve);
		});
		assert.deepEqual(got, sent);
	},
	async axios_https()
	{
		url = "https://" + origin;
		await use_axios(require("axios"));
	},
	async https_env()
	{
		url = "https://" + origin;
		await use_fetch(globalThis, {});
		assert.deepEqual(await use_http(), pattern(70000));
	},
	async fetch_env()
	{
		await use_fetch(globalThis, {});
		assert.deepEqual(await use_http(), pattern(70000));
	},
	async axios()
	{
		await use_axios(require("axios"));
	},
	async bun()
	{
		await use_fetch(globalThis, {});
		const r = await fetch(url + "/bytes/10",
		    { proxy: "http://" + proxy });
		assert.deepEqual(await bytes(r), pattern(10));
	},
};

await cases[name]();
console.log("done " + name);
process.exit(0);
