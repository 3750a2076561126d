"""Honest traffic of agents, made from a fixed seed: sessions about security,
package managers, CI logs, and the data that looks random and is not secret.

Each item is (name, direction, host, fields, content type, body).  direction is
"outbound", "inbound" or "both"; host is None where it does not matter.  None
of it carries a real shape: no whole key, no path of a secret file that is
read, no command that fetches and runs.
"""
import base64
import gzip
import hashlib
import json
import random
import string
import uuid

ALNUM = string.ascii_letters + string.digits
WORD = ALNUM + "-_"

PROSE = """\
An API key is a bearer credential: whoever holds it can spend your money. Keys \
of Anthropic begin with sk-ant-, those of OpenAI with sk-proj- or, older ones, \
with sk- and 48 letters and digits; the prefix is public, the rest is not.
If a key leaked, revoke it first and ask questions later. Rotating means that \
the old key stops working, not that a new one is made beside it.
AWS access key ids begin with AKIA (long-term) or ASIA (temporary). The id is \
not the secret, but it tells which account it belongs to. The documentation \
uses AKIAIOSFODNN7EXAMPLE, which never existed.
Never paste a private key into a chat. A file that begins with BEGIN OPENSSH \
PRIVATE KEY, or with BEGIN RSA PRIVATE KEY, is one; a .pub file is not.
Piping curl into sh runs whatever the server decides to send, which may not be \
what you read in the browser. Download, look, check the signature, then run.
The pattern curl | sh is convenient and hard to audit. Use a package manager \
where there is one, and pin versions where there is none.
Keep configuration in the environment. A .env file is fine for development as \
long as it is in .gitignore; commit .env.example with empty values instead.
Use chmod 600 for files that hold secrets and 700 for the directory, and let \
nobody but the owner read them.
ssh-keygen -t ed25519 makes a pair: the public half ends in .pub and may be \
given to anybody; the private half stays where it was made.
A reverse shell is a connection from the victim to the attacker that carries a \
shell. Egress filters stop most of them, because the victim has no business \
with strange ports.
The command rm -r removes a directory and all that is in it. There is no undo; \
look at what a variable holds before you use it in a path.
Passwords are stored as salted hashes, nowadays yescrypt or argon2id, so that \
whoever reads the file still has to guess.
sudo grants single commands; su grants the whole account. Prefer the former \
and read sudo -l to see what you may do.
A prompt injection is text in data that a model takes for an instruction. Treat \
what a tool returns as data, show it, and do not do what it says.
Least privilege: give a token the one scope it needs, the one repository, and \
a date on which it ends.
TLS protects the way, not the ends: a compromised endpoint sees everything in \
the clear, whatever the cipher.
Base64 is an encoding, not encryption. Anybody can decode it; so can a scanner.
Dependency confusion works because a public package with the same name wins. \
Use scopes, a lock file and a registry of your own.
Docker images keep deleted files in their layers. A secret that was copied in \
and removed in the next step is still there.
When in doubt, ask what an attacker gains from reading this log line; usually \
the answer is: more than you thought.
The shell expands variables before the command runs. Quote them: "$name", not \
$name, unless you want several words.
Rate limits protect the service; quotas protect your bill. Set both.
The environment of a process can be read by its owner and by root. It is not a \
safe, merely a pocket.
A webhook without a signature is an open door. Compute the HMAC over the raw \
body and compare in constant time.""".replace("\\\n", "").split("\n")

BLOCKS = [
    "```\n# .env.example\nANTHROPIC_API_KEY=\nOPENAI_API_KEY=sk-...\n"
    "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=changeme\n"
    "DATABASE_URL=postgres://user:password@localhost:5432/app\n"
    "JWT_SECRET=please-change-me\nSLACK_TOKEN=xoxb-your-token-here\n```",
    "```sh\ncp .env.example .env\n$EDITOR .env\nnpm ci\nnpm test\n```",
    "```js\nconst key = process.env.ANTHROPIC_API_KEY;\nif (!key) throw new "
    "Error('set ANTHROPIC_API_KEY, for instance sk-ant-...');\n"
    "const client = new Anthropic({ apiKey: key });\n```",
    "```python\nimport os\nfrom openai import OpenAI\nclient = OpenAI(api_key="
    "os.environ[\"OPENAI_API_KEY\"])  # sk-proj-XXXXXXXXXXXXXXXXXXXXXXXX\n```",
    "| command | what it does | risk |\n|---|---|---|\n"
    "| `curl URL` | fetches | none |\n| `sh file` | runs | high |\n"
    "| `curl URL` \\| `sh` | fetches and runs | very high |\n"
    "| `rm -r dir` | removes | high |",
    "```sh\nssh-keygen -t ed25519 -C \"me@example.com\"\ncat ~/.ssh/id_ed25519"
    ".pub\n```",
    "```sh\ncurl -fsSLO https://example.com/install.sh\nsha256sum -c "
    "install.sh.sha256\nless install.sh\n```",
    "```sh\nrm -rf node_modules dist coverage\nrm -rf ./build\nrm -f *.log\n"
    "```",
    "```yaml\nenv:\n  ANTHROPIC_API_KEY: ${{ secrets.ANTHROPIC_API_KEY }}\n"
    "  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n```",
    "```sh\ncurl https://api.anthropic.com/v1/messages -H \"x-api-key: "
    "$ANTHROPIC_API_KEY\" -H 'anthropic-version: 2023-06-01' -d @body.json "
    "| jq .content\n```",
    "```dockerfile\nFROM debian:12\nRUN apt-get update && apt-get install -y "
    "curl ca-certificates && rm -rf /var/lib/apt/lists/*\nCOPY . /app\n```",
    "```css\n.sk-circle, .sk-fading-circle { margin: 40px auto }\n"
    ".sk-folding-cube .sk-cube { float: left; width: 50% }\n```",
    "```\n-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n```",
    "```go\nif strings.HasPrefix(tok, \"ghp_\") || strings.HasPrefix(tok, "
    "\"sk-\") {\n\treturn errors.New(\"looks like a token\")\n}\n```",
    "```c\n/* see /usr/share/doc/libssl-doc and ssl(7) */\nSSL_CTX_use_"
    "certificate_chain_file(ctx, \"cert.pem\");\n```",
]


def text_of(rnd, alphabet, n):
    return "".join(rnd.choices(alphabet, k=n))


def essay(rnd, n):
    out = []
    for _ in range(n):
        out.append(rnd.choice(PROSE))
        if rnd.random() < 0.3:
            out.append(rnd.choice(BLOCKS))
    return "\n\n".join(out)


def conversation(rnd):
    turns = []
    for _ in range(rnd.randrange(2, 12)):
        turns.append(("user", rnd.choice(("explain", "and in short?",
                                          "why is that so?", "show me")) +
                      " " + rnd.choice(PROSE)))
        turns.append(("assistant", essay(rnd, rnd.randrange(1, 9))))
    return turns + [("user", "go on")]


def anthropic_request(rnd):
    return {"model": "claude-sonnet-4-5", "max_tokens": 8192, "stream": True,
            "system": essay(rnd, 3), "tools": [
                {"name": "bash", "description": "Run a command in the shell",
                 "input_schema": {"type": "object", "properties": {
                     "command": {"type": "string"}}}}],
            "metadata": {"user_id": str(uuid.UUID(int=rnd.getrandbits(128)))},
            "messages": [{"role": r, "content": [{"type": "text", "text": t}]}
                         for r, t in conversation(rnd)]}


def openai_request(rnd):
    return {"model": "gpt-4.1", "messages": [
        {"role": r, "content": t} for r, t in conversation(rnd)]}


def anthropic_stream(rnd):
    text = essay(rnd, rnd.randrange(3, 20))
    out = ['event: content_block_start\ndata: {"type":"content_block_start",'
           '"index":0,"content_block":{"type":"text","text":""}}\n\n']
    for line in text.splitlines(True):
        out.append("event: content_block_delta\ndata: %s\n\n" % json.dumps(
            {"type": "content_block_delta", "index": 0, "delta":
             {"type": "text_delta", "text": line}}))
    return "".join(out) + 'event: message_stop\ndata: {"type":' \
        '"message_stop"}\n\n'


def ollama_stream(rnd):
    text = essay(rnd, rnd.randrange(3, 10))
    return "".join(json.dumps({"model": "llama3.2", "message": {
        "role": "assistant", "content": w + " "}, "done": False}) + "\n"
        for w in text.split(" "))


def packages(rnd):
    """apt: what Packages looks like."""
    out = []
    for _ in range(60):
        name = "lib" + text_of(rnd, string.ascii_lowercase, 8)
        data = rnd.randbytes(20)
        out.append(
            "Package: %s\nVersion: 1:%d.%d-%d+deb12u1\nArchitecture: amd64\n"
            "Depends: libc6 (>= 2.34), libssl3 (>= 3.0.0)\nFilename: pool/"
            "main/l/%s/%s_1.%d_amd64.deb\nSize: %d\nMD5sum: %s\nSHA256: %s\n"
            "Description: %s\n" % (
                name, rnd.randrange(9), rnd.randrange(9), rnd.randrange(9),
                name, name, rnd.randrange(99), rnd.randrange(10 ** 7),
                hashlib.md5(data).hexdigest(),
                hashlib.sha256(data).hexdigest(), rnd.choice(PROSE)[:60]))
    return "\n".join(out)


def npm_metadata(rnd):
    name = text_of(rnd, string.ascii_lowercase, 9)
    versions = {}
    for i in range(rnd.randrange(3, 30)):
        data = rnd.randbytes(20)
        versions["1.%d.0" % i] = {
            "name": name, "version": "1.%d.0" % i, "scripts": {
                "build": "rm -rf dist && tsc -p .", "test": "jest --ci",
                "prepare": "husky install", "postinstall": "node install.js"},
            "dist": {
                "shasum": hashlib.sha1(data).hexdigest(),
                "integrity": "sha512-" + base64.b64encode(
                    hashlib.sha512(data).digest()).decode(),
                "tarball": "https://registry.example/%s/-/%s-1.%d.0.tgz"
                % (name, name, i), "signatures": [{
                    "keyid": "SHA256:" + base64.b64encode(
                        rnd.randbytes(32)).decode().rstrip("="),
                    "sig": base64.b64encode(rnd.randbytes(71)).decode()}]}}
    return {"_id": name, "name": name, "readme": essay(rnd, 3),
            "versions": versions}


def pip_index(rnd):
    name = text_of(rnd, string.ascii_lowercase, 9)
    return {"meta": {"api-version": "1.1"}, "name": name, "files": [
        {"filename": "%s-%d.0-py3-none-any.whl" % (name, i),
         "url": "https://files.example/packages/%s/%s-%d.0.whl" % (
             text_of(rnd, "0123456789abcdef", 60), name, i),
         "hashes": {"sha256": text_of(rnd, "0123456789abcdef", 64)},
         "requires-python": ">=3.8", "yanked": False}
        for i in range(rnd.randrange(4, 60))]}


def ci_log(rnd):
    out = []

    def say(s):
        out.append("2026-03-0%dT0%d:%02d:%02d.%07dZ %s" % (
            rnd.randrange(1, 9), rnd.randrange(9), rnd.randrange(60),
            rnd.randrange(60), rnd.randrange(10 ** 7), s))
    for _ in range(rnd.randrange(40, 300)):
        say(rnd.choice((
            "##[group]Run actions/checkout@v4", "##[endgroup]",
            "  ANTHROPIC_API_KEY: ***", "  AWS_ACCESS_KEY_ID: ***",
            "[command]/usr/bin/git config --local --unset-all "
            "http.https://github.com/.extraheader",
            "AUTHORIZATION: basic ***",
            "shell: /usr/bin/bash -e {0}",
            "Get:%d http://deb.example bookworm/main amd64 pkg %d [%d kB]" % (
                rnd.randrange(99), rnd.randrange(99), rnd.randrange(999)),
            "HEAD is now at %s fix: handle .env files in loader" %
            text_of(rnd, "0123456789abcdef", 9),
            "npm warn deprecated rimraf@3.0.2: please update",
            "added %d packages in %ds" % (rnd.randrange(900),
                                          rnd.randrange(60)),
            "PASS src/%s.test.ts (%d ms)" % (
                text_of(rnd, string.ascii_lowercase, 7), rnd.randrange(999)),
            "#%d [build %d/9] RUN rm -rf /var/lib/apt/lists/*" % (
                rnd.randrange(30), rnd.randrange(9)),
            "#%d sha256:%s 31.42MB / 31.42MB done" % (
                rnd.randrange(30), text_of(rnd, "0123456789abcdef", 64)),
            "Collecting requests==2.31.0", "Using cached requests.whl",
            "+ rm -rf build dist *.egg-info",
            "Cache restored from key: Linux-node-%s" %
            text_of(rnd, "0123456789abcdef", 64),
            "warning: unused variable: `sk` at src/main.rs:%d:9" %
            rnd.randrange(900),
            "Error: ENOENT: no such file or directory, open '.env.example'",
            "Post job cleanup.", "rm -rf node_modules")))
    return "\n".join(out) + "\n"


def lockfile(rnd):
    return {"lockfileVersion": 3, "packages": {
        "node_modules/" + text_of(rnd, string.ascii_lowercase, 8): {
            "version": "%d.%d.%d" % (rnd.randrange(9), rnd.randrange(20),
                                     rnd.randrange(9)),
            "integrity": "sha512-" + base64.b64encode(
                rnd.randbytes(64)).decode(), "license": "MIT"}
        for _ in range(rnd.randrange(50, 400))}}


def embedding(rnd):
    return {"object": "list", "data": [{
        "object": "embedding", "index": 0,
        "embedding": base64.b64encode(rnd.randbytes(6144)).decode()}, {
            "object": "embedding", "index": 1, "embedding":
            [rnd.uniform(-1, 1) for _ in range(1536)]}]}


def image_message(rnd):
    return {"model": "gpt-4.1", "messages": [{"role": "user", "content": [
        {"type": "text", "text": rnd.choice(PROSE)},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," +
         base64.b64encode(b"\x89PNG\r\n\x1a\n" + rnd.randbytes(
             rnd.randrange(3000, 90000))).decode()}}]}]}


def certificates(rnd):
    out = []
    for _ in range(20):
        e = base64.b64encode(b"0\x82" + rnd.randbytes(900)).decode()
        out += ["-----BEGIN CERTIFICATE-----"] + [
            e[i:i + 64] for i in range(0, len(e), 64)] + [
                "-----END CERTIFICATE-----"]
    return "\n".join(out) + "\n"


def known_hosts(rnd):
    return "".join("host%d.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI%s\n"
                   % (i, text_of(rnd, ALNUM, 43)) for i in range(50))


def placeholders(rnd):
    return "\n".join((
        "api_key=placeholder", "api_key=onecli-managed",
        "api_key=sk-ant-api03-your-key-here", "api_key=sk-" + "x" * 48,
        "OPENAI_API_KEY=sk-your-openai-api-key-goes-in-this-place-please",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "token=<your token>", "hf_" + "x" * 34, "AIza" + "0" * 35,
        "gsk_...", "key: ${ANTHROPIC_API_KEY}", "key: {{ anthropic_key }}"))


def filled(rnd):
    """A placeholder of exactly a key's shape."""
    return "x-api-key: sk-ant-api03-%sAA\n" % ("X" * 93)


def telemetry(rnd):
    return {"events": [{
        "name": rnd.choice(("task-proj-open", "desk-chair", "risk-score")),
        "id": str(uuid.UUID(int=rnd.getrandbits(128))),
        "trace": text_of(rnd, "0123456789abcdef", 32),
        "span": text_of(rnd, "0123456789abcdef", 16),
        "session": text_of(rnd, WORD, 22), "ts": rnd.randrange(10 ** 12),
        "css": "mask-" + text_of(rnd, string.ascii_lowercase, 12)}
        for _ in range(rnd.randrange(10, 200))]}


def minified(rnd):
    out = []
    for _ in range(600):
        v = text_of(rnd, string.ascii_letters, rnd.randrange(1, 3))
        out.append("function %s(e,t){return e&&t?(n=%s[%d],\"%s\"):void 0}" % (
            v, v, rnd.randrange(99), text_of(rnd, ALNUM, rnd.randrange(2, 24))
        ))
    return "!function(){" + "".join(out) + "}();"


def protobuf(rnd):
    return rnd.randbytes(rnd.randrange(2000, 60000))


def diff(rnd):
    out = []
    for _ in range(rnd.randrange(5, 40)):
        out.append("diff --git a/src/a.c b/src/a.c\nindex %s..%s 100644\n"
                   "@@ -%d,7 +%d,9 @@\n-\told line %d\n+\t%s" % (
                       text_of(rnd, "0123456789abcdef", 7),
                       text_of(rnd, "0123456789abcdef", 7),
                       rnd.randrange(900), rnd.randrange(900),
                       rnd.randrange(99), rnd.choice(PROSE)))
    return "\n".join(out) + "\n"


KINDS = (
    ("anthropic request", "outbound", anthropic_request, 60),
    ("openai request", "outbound", openai_request, 60),
    ("anthropic stream", "inbound", anthropic_stream, 60),
    ("ollama stream", "inbound", ollama_stream, 30),
    ("essay", "both", lambda r: essay(r, 60), 40),
    ("apt packages", "both", packages, 20),
    ("npm metadata", "both", npm_metadata, 40),
    ("pip index", "both", pip_index, 30),
    ("ci log", "both", ci_log, 40),
    ("lock file", "both", lockfile, 20),
    ("embedding", "both", embedding, 20),
    ("image message", "outbound", image_message, 20),
    ("certificates", "both", certificates, 10),
    ("known hosts", "both", known_hosts, 5),
    ("placeholders", "both", placeholders, 3),
    ("filled placeholder", "both", filled, 2),
    ("telemetry", "both", telemetry, 30),
    ("minified script", "inbound", minified, 20),
    ("protocol buffer", "both", protobuf, 20),
    ("diff", "both", diff, 20),
)
TYPES = {"anthropic stream": "text/event-stream",
         "ollama stream": "application/x-ndjson",
         "minified script": "application/javascript",
         "protocol buffer": "application/grpc"}


HEX = "0123456789abcdef"
B32 = string.ascii_uppercase + "234567"


def own_places(rnd):
    """(host, target, field) with a provider's key in the place for it, from
    the providers' own references."""
    def of(alphabet, n):
        # a letter and a digit at least, as in every real one
        return text_of(rnd, alphabet, n - 2) + "a7"

    def aws(scope):
        return ("AWS4-HMAC-SHA256 Credential=AKIA%s/20260301/%s/aws4_request,"
                " SignedHeaders=host;x-amz-date, Signature=%s" % (
                    text_of(rnd, B32, 14) + "Q7", scope, of(HEX, 64)))
    bearer = "Authorization: Bearer "
    yield ("api.anthropic.com", "/v1/messages",
           "X-Api-Key: sk-ant-api03-%sAA" % of(WORD, 93))
    yield ("api.anthropic.com", "/v1/messages",
           bearer + "sk-ant-oat01-%sAA" % of(WORD, 93))
    yield ("api.openai.com", "/v1/responses", bearer + "sk-proj-%sT3BlbkFJ%s" %
           (of(ALNUM, 74), of(ALNUM, 74)))
    yield ("api.openai.com", "/v1/chat/completions", bearer + "sk-" +
           of(ALNUM, 20) + "T3BlbkFJ" + of(ALNUM, 20))
    yield ("generativelanguage.googleapis.com",
           "/v1beta/models/gemini-2.5-pro:generateContent?key=AIza" +
           of(ALNUM, 35), "Accept: */*")
    yield ("generativelanguage.googleapis.com",
           "/v1beta/models/gemini-2.5-pro:generateContent",
           "X-Goog-Api-Key: AIza" + of(ALNUM, 35))
    yield ("team.openai.azure.com",
           "/openai/deployments/a/chat/completions?api-version=2024-10-21",
           "api-key: " + of(HEX, 32))
    yield ("bedrock-runtime.us-east-1.amazonaws.com",
           "/model/anthropic.claude/invoke", "Authorization: " +
           aws("us-east-1/bedrock"))
    yield ("bucket.s3.eu-central-1.amazonaws.com",
           "/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%s%%2F"
           "20260301%%2Feu-central-1%%2Fs3%%2Faws4_request&X-Amz-Signature=%s"
           % (text_of(rnd, B32, 14) + "Q7", of(HEX, 64)), "Accept: */*")
    yield ("api.groq.com", "/openai/v1/chat/completions",
           bearer + "gsk_" + of(ALNUM, 52))
    yield ("router.huggingface.co", "/v1/chat/completions",
           bearer + "hf_" + of(ALNUM, 34))
    yield ("api.x.ai", "/v1/chat/completions", bearer + "xai-" +
           of(ALNUM, 80))
    yield ("api.replicate.com", "/v1/predictions", bearer + "r8_" +
           of(ALNUM, 37))
    yield ("api.mistral.ai", "/v1/chat/completions", bearer + of(ALNUM, 32))
    yield ("openrouter.ai", "/api/v1/chat/completions",
           bearer + "sk-or-v1-" + of(HEX, 64))
    yield ("api.cohere.com", "/v2/chat", bearer + of(ALNUM, 40))
    yield ("api.perplexity.ai", "/chat/completions",
           bearer + "pplx-" + of(ALNUM, 48))
    yield ("api.deepseek.com", "/chat/completions", bearer + "sk-" +
           of(HEX, 32))
    yield ("api.together.xyz", "/v1/chat/completions", bearer + of(HEX, 64))
    yield ("api.fireworks.ai", "/inference/v1/chat/completions",
           bearer + "fw_" + of(ALNUM, 22))


def own_sessions(seed=12):
    """Requests to providers as their clients make them, each client with its
    one key: (host, target, fields, body)."""
    rnd = random.Random(seed)
    for host, target, field in own_places(rnd):
        body = (anthropic_request(rnd) if "anthropic" in host else
                openai_request(rnd))
        for _ in range(3):	# the conversation grows and is sent again
            body["messages"].append({"role": "user", "content": essay(rnd, 2)})
            yield (host, target, [field, "Content-Type: application/json",
                                  "User-Agent: client/1.0"],
                   json.dumps(body).encode())


def items(seed=11):
    rnd = random.Random(seed)
    for name, direction, make, count in KINDS:
        for i in range(count):
            data = make(rnd)
            ctype = TYPES.get(name, "text/plain")
            if isinstance(data, dict):
                data = json.dumps(data, indent=rnd.choice((None, 1)))
                ctype = "application/json"
            if isinstance(data, str):
                data = data.encode()
            fields = []
            if rnd.random() < 0.3:
                data = gzip.compress(data, 1)
                fields = ["Content-Encoding: gzip"]
            yield "%s %d" % (name, i), direction, None, fields, ctype, data
