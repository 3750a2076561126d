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
 * Paths of files that hold secrets.  A path is evidence of reading, not the
 * secret itself: severity follows how much of a real file name it is.  An
 * absolute path, or one that is being read or uploaded, is medium; the
 * "~/..." of every manual is low.
 *
 * In a request line only the query is looked at: the path of a URL names a
 * file of the server, which is not ours to lose (GET /docs/.env.example), and
 * a URL within a text is left alone for the same reason.  The query carries
 * what the client says.
 */

#include "rules.h"

#define LIST(...)	(const char *const []){ __VA_ARGS__, NULL }

#define PATH_CHANNELS	(RULE_IN_QUERY | RULE_IN_HEADER | RULE_IN_BODY)

static const struct rule_pattern ssh_key_path[] = {
	{
		.id = "ssh",
		.regex = "\\.ssh/(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?"
		    "(?![A-Za-z0-9_]|\\.pub)|id_([A-Za-z0-9_]{1,32})"
		    "(?![A-Za-z0-9_]|\\.pub)"
		    "|identity(?![A-Za-z0-9_]|\\.pub)"
		    "|(?:authorized_keys2?|config|known_hosts)"
		    "(?![A-Za-z0-9_]))",
		.literals = { ".ssh/" },
		.width = 64,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_ssh,
		.source = "ssh(1) FILES",
		.examples = LIST("/home/al/.ssh/id_rsa", "~/.ssh/id_ed25519",
		    "cat ~/.ssh/id_rsa", "\"/root/.ssh/id_ecdsa\"",
		    "$HOME/.ssh/id_work", "text\\n/root/.ssh/id_rsa\\n",
		    "/root/.ssh/authorized_keys", "file=@.ssh/id_dsa"),
		.counters = LIST("~/.ssh/id_rsa.pub", "id_rsa", "~/.ssh/",
		    "https://example.com/x/.ssh/id_rsa",
		    "foo.ssh/id_rsa", "/root/.ssh/configuration"),
	},
	{ .id = NULL }
};

static const struct rule_pattern unix_sensitive_path[] = {
	{
		.id = "etc",
		.regex = "/etc/(?:g?shadow-?|sudoers|master\\.passwd|spwd\\.db"
		    "|passwd|security/opasswd|krb5\\.keytab"
		    "|ssh/ssh_host_(?:rsa|dsa|ecdsa|ed25519)_key(?!\\.pub)"
		    "|kubernetes/admin\\.conf|openvpn/server\\.key"
		    "|wireguard/([A-Za-z0-9_-]{1,15})\\.conf)"
		    "(?![A-Za-z0-9_])",
		.literals = { "/etc/" },
		.width = 64,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_unix,
		.source = "shadow(5), sudoers(5), sshd(8), hier(7)",
		.examples = LIST("cat /etc/shadow", "\"/etc/sudoers\"",
		    "/etc/sudoers.d/x", "../../../etc/shadow",
		    "file:///etc/passwd", "/mnt/etc/gshadow",
		    "x\\n/etc/master.passwd\\n", "=/etc/wireguard/wg0.conf",
		    "/etc/ssh/ssh_host_rsa_key"),
		.counters = LIST("/etc/hosts", "/etc/shadowsocks.json",
		    "https://example.com/etc/passwd", "/usr/etc/shadow",
		    "/etc/ssh/ssh_host_rsa_key.pub", "etc/passwd",
		    "/etc/passwd_file"),
	},
	{
		.id = "proc",
		.regex = "/proc/(?:self|thread-self|\\*|([0-9]{1,7}))"
		    "/(?:environ|mem)(?![A-Za-z0-9_])",
		.literals = { "/proc/" },
		.width = 32,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_unix,
		.source = "proc(5)",
		.examples = LIST("/proc/self/environ", "cat /proc/1/environ",
		    "/proc/*/environ", "/proc/4242/mem"),
		.counters = LIST("/proc/self/status", "/proc/meminfo",
		    "/proc/self/environment"),
	},
	{ .id = NULL }
};

static const struct rule_pattern dotenv_path[] = {
	{
		.id = "dotenv",
		/*
		 * The names that hold values; .env.example, .sample, .template,
		 * .dist, .defaults, .schema, .vault and .d.ts are made for
		 * being shared.
		 */
		.regex = "\\.env(?:rc|\\.(?:local|production|prod|development"
		    "|dev|staging|stage|test|live|private|secrets?|backup|bak"
		    "|old|orig|save|keys)(?:\\.local)?)?"
		    "(?![A-Za-z0-9_(\\[-]|\\.[A-Za-z0-9])",
		.literals = { ".env" },
		.width = 40,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_dotenv,
		.source = "dotenv, Vite, Next.js and direnv documentation",
		.examples = LIST("/app/.env", "\"/srv/x/.env.production\"",
		    "~/project/.env", "filename=\".env\"", "file=@.env",
		    "{\"file_path\":\".env.local\"}", "x\\n/app/.env\\n",
		    "../.env", "cat .env", "/home/al/.envrc"),
		.counters = LIST(".env", "process.env", "import.meta.env.X",
		    "/app/.env.example", "/app/.env.sample",
		    "/app/.env.template", "cp .env.example .env",
		    "/src/.environment", "/srv/.env.d.ts",
		    "https://example.com/.env",
		    "/app/node_modules/pkg/.env", "os.env/x", "/app/.env()",
		    "/usr/share/doc/x/examples/.env"),
	},
	{
		.id = "nanoclaw_env",
		.regex = "data/env/env(?![A-Za-z0-9_.-])",
		.literals = { "data/env/env" },
		.width = 16,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_session,
		.source = "NanoClaw v1: the copy of .env made for containers",
		.examples = LIST("/workspace/project/data/env/env",
		    "data/env/env"),
		.counters = LIST("metadata/env/env", "data/env/envelope"),
	},
	{ .id = NULL }
};

static const struct rule_pattern cloud_credential_path[] = {
	{
		.id = "home",
		.regex = "\\.(?:aws/(?:credentials|sso/cache/"
		    "([0-9a-f]{1,64})\\.json)"
		    "|azure/(?:accessTokens\\.json|msal_token_cache\\."
		    "(?:json|bin)|service_principal_entries\\.(?:json|bin))"
		    "|config/(?:gcloud/(?:application_default_credentials\\."
		    "json|credentials\\.db|access_tokens\\.db"
		    "|legacy_credentials)|gh/hosts\\.yml|doctl/config\\.yaml"
		    "|rclone/rclone\\.conf)"
		    "|kube/config|docker/config\\.json|oci/config)"
		    "(?![A-Za-z0-9_-]|\\.[A-Za-z0-9])",
		.literals = { ".aws/", ".azure/", ".config/", ".kube/",
		    ".docker/", ".oci/" },
		.width = 96,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_cloud,
		.source = "AWS, Azure, Google Cloud, Kubernetes and Docker"
		    " command line documentation",
		.examples = LIST("/root/.aws/credentials",
		    "~/.aws/credentials", "cat ~/.kube/config",
		    "/home/al/.config/gcloud/application_default_credentials"
		    ".json", "\"/root/.docker/config.json\"",
		    "$HOME/.azure/msal_token_cache.json",
		    "file=@.aws/credentials"),
		.counters = LIST("~/.aws/", "~/.aws/config",
		    "https://example.com/.aws/credentials",
		    "~/.kube/config.example", "~/.config/gcloud/"),
	},
	{
		.id = "dotfile",
		.regex = "\\.(?:terraform\\.d/credentials\\.tfrc\\.json"
		    "|claude/\\.credentials\\.json|codex/auth\\.json"
		    "|git-credentials|netrc|pgpass|pypirc|vault-token|boto"
		    "|s3cfg)(?![A-Za-z0-9_-]|\\.[A-Za-z0-9])",
		.literals = { ".terraform.d/", ".claude/", ".codex/",
		    ".git-credentials", ".netrc", ".pgpass", ".pypirc",
		    ".vault-token", ".boto", ".s3cfg" },
		.width = 48,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_cloud,
		.source = "manuals of the tools that write them",
		.examples = LIST("/home/node/.netrc",
		    "/home/node/.claude/.credentials.json",
		    "~/.git-credentials", "cat .netrc"),
		.counters = LIST(".npmrc", "add .netrc to the ignore list",
		    "x.boto", "/home/al/.netrcx", "~/.claude/settings.json"),
	},
	{
		.id = "file",
		.regex = "(?:(?<!gcloud)/application_default_credentials"
		    "\\.json|/run/secrets/(?:kubernetes\\.io"
		    "|eks\\.amazonaws\\.com)/serviceaccount/token)"
		    "(?![A-Za-z0-9_-]|\\.[A-Za-z0-9])",
		.literals = { "/serviceaccount/token",
		    "/application_default_cre" },
		.width = 72,
		.lead = 48,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_cloud,
		.source = "Kubernetes: accessing the API from a pod;"
		    " Google Cloud: application default credentials",
		.examples = LIST("/srv/application_default_credentials.json",
		    "/var/run/secrets/kubernetes.io/serviceaccount/token"),
		.counters = LIST("/run/secrets/kubernetes.io/"
		    "serviceaccount/namespace",
		    "x/application_default_credentials.json.md5"),
	},
	{ .id = NULL }
};

static const struct rule_pattern whatsapp_session_path[] = {
	{
		.id = "store",
		.regex = "store/(?:auth/(?:creds|(?:pre-key|session|sender-key"
		    "|app-state-sync-(?:key|version))-"
		    "([A-Za-z0-9_.:@-]{1,64}))\\.json"
		    "|pairing-code\\.txt|auth_info_baileys|baileys)"
		    "(?![A-Za-z0-9_])",
		.literals = { "store/" },
		.width = 112,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_session,
		.source = "NanoClaw v1 and v2: Baileys multi-file auth state",
		.examples = LIST("/workspace/project/store/auth/creds.json",
		    "store/auth/creds.json",
		    "store/auth/app-state-sync-key-{{a10}}.json",
		    "store/auth/session-{{d12}}.0.json",
		    "cat store/pairing-code.txt", "store/auth_info_baileys/"),
		.counters = LIST("datastore/auth/creds.json",
		    "store/auth/creds.jsonl", "store/auth/",
		    "https://example.com/store/auth/creds.json",
		    "store/auth/README.json"),
	},
	{
		.id = "baileys",
		.regex = "(?:data/(?:sessions/baileys|baileys_auth)"
		    "|auth_info_baileys)(?![A-Za-z0-9_])",
		.literals = { "baileys" },
		.width = 32,
		.lead = 16,
		.severity = FINDING_MEDIUM,
		.kind = RULE_PATH,
		.validate = valid_path_session,
		.source = "NanoClaw v1, older trees",
		.examples = LIST("data/sessions/baileys/x",
		    "/srv/data/baileys_auth/creds.json",
		    "./auth_info_baileys/creds.json"),
		.counters = LIST("@whiskeysockets/baileys", "import baileys",
		    "useMultiFileAuthState('auth_info_baileys_v2')"),
	},
	{
		.id = "creds",
		/* What creds.json holds, in whatever file it travels. */
		.regex = "\"(?:noiseKey|signedIdentityKey|advSecretKey)"
		    "\\\\?\"\\s{0,8}:\\s{0,8}(?:\\\\?\"|\\{\\s{0,16}"
		    "\\\\?\"private\\\\?\"\\s{0,8}:\\s{0,8}\\{\\s{0,24}"
		    "\\\\?\"type\\\\?\"\\s{0,8}:\\s{0,8}\\\\?\"Buffer\\\\?\""
		    "\\s{0,8},\\s{0,24}\\\\?\"data\\\\?\"\\s{0,8}:\\s{0,8}"
		    "\\\\?\")([A-Za-z0-9+/]{42}[A-Za-z0-9+/=]{1,2})",
		.literals = { "noiseKey", "signedIdentityKey",
		    "advSecretKey" },
		.width = 320,
		.lead = 1,
		.severity = FINDING_CRITICAL,
		.kind = RULE_VALUE,
		.source = "Baileys AuthenticationCreds, BufferJSON",
		.examples = LIST("{\"advSecretKey\":\"{{a43}}=\"}",
		    "\"noiseKey\": {\n \"private\": {\n \"type\": \"Buffer\","
		    "\n \"data\": \"{{a43}}=\"",
		    "\\\"noiseKey\\\":{\\\"private\\\":{\\\"type\\\":"
		    "\\\"Buffer\\\",\\\"data\\\":\\\"{{a43}}="),
		.counters = LIST("creds.noiseKey = generate()",
		    "\"advSecretKey\": string"),
	},
	{ .id = NULL }
};

const struct rule rules_paths[] = {
	{ "ssh_key_path", FINDING_OUTBOUND, FINDING_EXFIL,
	    PATH_CHANNELS, ssh_key_path },
	{ "unix_sensitive_path", FINDING_OUTBOUND, FINDING_EXFIL,
	    PATH_CHANNELS, unix_sensitive_path },
	{ "dotenv_path", FINDING_OUTBOUND, FINDING_EXFIL,
	    PATH_CHANNELS, dotenv_path },
	{ "cloud_credential_path", FINDING_OUTBOUND, FINDING_EXFIL,
	    PATH_CHANNELS, cloud_credential_path },
	{ "whatsapp_session_path", FINDING_OUTBOUND, FINDING_EXFIL,
	    PATH_CHANNELS, whatsapp_session_path },
	{ .name = NULL }
};
