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
 * Tokens of services other than those of AI, by their shape.  Each format has
 * a prefix that its maker chose to be found by; formats without one are known
 * by the name of the variable or member that holds them.
 */

#include "rules_shapes.h"

static const struct rule_pattern git_token[] = {
	{
		.id = "github",
		.regex = L "gh[pousr]_(" AN "{36})" RW,
		.literals = { "ghp_", "gho_", "ghu_", "ghs_", "ghr_" },
		.width = 48,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_GITHUB,
		.validate = valid_check62,
		.source = "GitHub: 30 characters and their CRC32 in base 62",
		.examples = LIST("ghp_{{a30}}{{k6}}", "token gho_{{a30}}{{k6}}",
		"https://x:ghs_{{a30}}{{k6}}@github.com/",
		"\\nghu_{{a30}}{{k6}}\\n", "%22ghr_{{a30}}{{k6}}%22"),
		.counters = LIST("ghp_onecli_proxy_replaces_this",
		    "ghp_{{a35}}",
		"ghp_{{a37}}", "ghp_{{=36}}", "xghp_{{a36}}")
	},
	KEY("github_pat", "github_pat_",
	    "github_pat_(" AN "{22}_" AN "{59})" RW, 96, PROVIDER_GITHUB,
	    valid_random, "GitHub fine-grained personal access tokens",
	    LIST("github_pat_{{a22}}_{{a59}}",
		"\"github_pat_{{a22}}_{{a59}}\""),
	    LIST("github_pat_{{a22}}_{{a58}}", "github_pat_11AAAA_x",
		"github_pat_{{=22}}_{{=59}}")),
	{
		.id = "gitlab",
		.regex = L "gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-("
		    WORD "{20,64})" RW,
		.literals = { "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-",
		    "glft-", "glimt-", "glagent-", "glsoat-" },
		.width = 80,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_GITLAB,
		.validate = valid_random,
		.source = "GitLab: token prefixes",
		.examples = LIST("glpat-{{w20}}",
		    "PRIVATE-TOKEN: glpat-{{w20}}",
		"gldt-{{w20}}", "glrt-t1_{{w20}}"),
		.counters = LIST("glpat-{{w19}}", "glpat-{{=20}}",
		    "glpat-your-token-is-here",
		"uglpat-{{w20}}", "glft-shader-effects-module")
	},
	{
		.id = "atlassian",
		.regex = L "AT[AC]TT3xFfG([A-Za-z0-9+/=_-]{100,240}"
		    "=[A-F0-9]{8})" R,
		.literals = { "ATATT3xFfG", "ATCTT3xFfG" },
		.width = 264,
		.lead = 1,
		.severity = FINDING_HIGH,
		.validate = valid_random,
		.source = "Atlassian and Bitbucket access tokens, CRC32 at"
		    " the end",
		.examples = LIST("ATATT3xFfGF0{{w170}}={{d8}}",
		    "ATCTT3xFfGN0{{w160}}={{d8}}"),
		.counters = LIST("ATATT3xFfGF0{{w50}}={{d8}}", "ATATT3xFfGF0")
	},
	KEY("bitbucket", "ATBB",
	    "ATBB(" AN "{28}[A-F0-9]{8})" R, 48, PROVIDER_NONE, valid_random,
	    "Bitbucket app passwords, CRC32 at the end",
	    LIST("ATBB{{a28}}{{d8}}"),
	    LIST("ATBB{{a20}}", "ATBB{{=36}}", "BATBB{{a28}}{{d8}}")),
	{ .id = NULL }
};

static const struct rule_pattern cloud_key[] = {
	NAMED("google_service_account",
	    "private_key_id" IS "([0-9a-f]{40})" R, 72,
	    "Google Cloud: service account keys",
	    LIST("\"private_key_id\": \"{{h40}}\"",
		"\\\"private_key_id\\\":\\\"{{h40}}\\\""),
	    LIST("\"private_key_id\": \"your\"", "private_key_id = {{h20}}"),
	    "private_key_id"),
	{
		.id = "google_access",
		.regex = L "ya29\\.(" WORD "[A-Za-z0-9._-]{60,440}+)",
		.literals = { "ya29." },
		.width = 456,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_GOOGLE,
		.fleeting = 1,
		.validate = valid_random,
		.source = "Google OAuth access tokens",
		.examples = LIST("ya29.a0{{w180}}", "Bearer ya29.c.{{w120}}"),
		.counters = LIST("ya29.a0", "ya29.{{w40}}", "maya29.a0{{w99}}")
	},
	KEY("google_client", "GOCSPX-",
	    "GOCSPX-(" WORD "{28})" RW, 40, PROVIDER_GOOGLE, valid_random,
	    "Google OAuth client secrets",
	    LIST("GOCSPX-{{w28}}", "\"client_secret\":\"GOCSPX-{{w28}}\""),
	    LIST("GOCSPX-{{w27}}", "GOCSPX-{{=28}}")),
	NAMED("aws_secret",
	    "(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY"
		"|SecretAccess"
		"Key|secretAccessKey|aws_secret_key)" IS
		"([A-Za-z0-9/+]{40"
		"})(?![A-Za-z0-9/+=])", 80,
	    "AWS: shared credentials file, STS answers",
	    LIST("aws_secret_access_key = {{a40}}",
		"AWS_SECRET_ACCESS_KEY={{a40}}",
		"{\"SecretAccessKey\":\"{{a40}}\"}",
		"\\\"secretAccessKey\\\": \\\"{{a40}}\\\""),
	    LIST(
		"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPL"
		"EKEY", "AWS_SECRET_ACCESS_KEY=",
		"aws_secret_access_key = {{a39}}", "SecretAccessKey: {{=40}}"),
	    "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY",
	    "SecretAccessKey", "secretAccessKey", "aws_secret_key"),
	NAMED("azure_connection",
	    "(?:AccountKey|SharedAccessKey)="
		"([A-Za-z0-9+/]{42,86}={1,2})"
		"(?![A-Za-z0-9+/=])", 112,
	    "Azure Storage, Service Bus and Cosmos DB connection strings",
	    LIST("AccountName=x;AccountKey={{a86}}==;",
		"SharedAccessKey={{a43}}=;"),
	    LIST("AccountKey=", "AccountKey={{=86}}==",
		"AccountKey=Eby8vdM02xNOcqFl{{a70}}==",
		"SharedAccessKeyName={{a43}}="), "AccountKey=",
	    "SharedAccessKey="),
	{
		.id = "azure_storage",
		.regex = "(?<![A-Za-z0-9+/])([A-Za-z0-9+/]{76}"
		    "(?:\\+ASt|\\+AMC|\\+ABa|ACDb)[A-Za-z0-9+/]{5}[AQgw]==)"
		    "(?![A-Za-z0-9+/=])",
		.literals = { "+ASt", "+AMC", "+ABa", "ACDb" },
		.width = 96,
		.lead = 80,
		.severity = FINDING_HIGH,
		.kind = RULE_VALUE,
		.validate = valid_random,
		.source = "Azure Storage, Batch and Cosmos DB keys: a signature"
		    " 12 before the end",
		.examples = LIST("{{a76}}+ASt{{a5}}A==",
		    "{{a76}}ACDb{{a5}}w=="),
		.counters = LIST("{{a77}}+ASt{{a5}}A==", "{{a76}}+ASt{{a5}}B==",
		    "x+ASt")
	},
	{
		.id = "azure_client",
		.regex = "(?<![A-Za-z0-9_~.-])([A-Za-z0-9_~.-]{3}[0-9]Q~"
		    "[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9_~.-])",
		.literals = { "Q~" },
		.width = 48,
		.lead = 8,
		.severity = FINDING_HIGH,
		.kind = RULE_VALUE,
		.validate = valid_random,
		.source = "Microsoft Entra client secrets: Q~ after four",
		.examples = LIST("aB38Q~{{a34}}", "\"aB38Q~{{a31}}\""),
		.counters = LIST("aB38Q~{{a30}}", "aBc8Q~{{a36}}",
		    "aB3xQ~{{a34}}")
	},
	{
		.id = "digitalocean",
		.regex = L "do[opr]_v1_([0-9a-f]{64})" R,
		.literals = { "dop_v1_", "doo_v1_", "dor_v1_" },
		.width = 80,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_DIGITALOCEAN,
		.validate = valid_random,
		.source = "DigitalOcean, 64 hex digits",
		.examples = LIST("dop_v1_{{h64}}", "doo_v1_{{h64}};"),
		.counters = LIST("dop_v1_{{h63}}", "dop_v1_{{=64}}")
	},
	NAMED("cloudflare",
	    "(?:CLOUDFLARE_API_TOKEN|CF_API_TOKEN|CLOUDFLARE_API_KEY"
		"|CF_"
		"API_KEY|cloudflare_api_token)" IS "(" WORD "{37,40})" RW, 80,
	    "Cloudflare: environment variables of wrangler and Terraform",
	    LIST("CLOUDFLARE_API_TOKEN={{w40}}", "CF_API_KEY=\"{{h37}}\""),
	    LIST("CLOUDFLARE_API_TOKEN=", "CF_API_TOKEN={{=40}}"),
	    "CLOUDFLARE_API_TOKEN", "CF_API_TOKEN", "CLOUDFLARE_API_KEY",
	    "CF_API_KEY", "cloudflare_api_token"),
	KEY("cloudflare_origin", "v1.0-",
	    "v1\\.0-([0-9a-f]{24}-[0-9a-f]{146})" R, 184, PROVIDER_NONE,
	    valid_random, "Cloudflare origin CA keys",
	    LIST("v1.0-{{h24}}-{{h146}}"),
	    LIST("v1.0-beta", "v1.0-{{h24}}-{{h40}}")),
	KEY("heroku", "HRKU-",
	    "HRKU-(" WORD "{36,64})" RW, 72, PROVIDER_NONE, valid_random,
	    "Heroku platform API keys", LIST("HRKU-AA{{w58}}"),
	    LIST("HRKU-{{w20}}")),
	{
		.id = "vault",
		.regex = L "hv[sb]\\.(" WORD "{90,300}+)" RW,
		.literals = { "hvs.", "hvb." },
		.width = 312,
		.lead = 1,
		.severity = FINDING_HIGH,
		.validate = valid_random,
		.source = "HashiCorp Vault service and batch tokens",
		.examples = LIST("hvs.{{w91}}", "hvb.{{w138}}"),
		.counters = LIST("hvs.{{w20}}", "xhvs.{{w91}}")
	},
	{
		.id = "terraform",
		.regex = L "(" AN "{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,70})" RW,
		.literals = { ".atlasv1." },
		.width = 104,
		.lead = 16,
		.severity = FINDING_HIGH,
		.kind = RULE_VALUE,
		.validate = valid_random,
		.source = "HCP Terraform tokens",
		.examples = LIST("{{a14}}.atlasv1.{{a67}}"),
		.counters = LIST("{{a14}}.atlasv1.{{a20}}", "x.atlasv1.y")
	},
	KEY("databricks", "dapi",
	    "dapi([0-9a-f]{32})(?:-[0-9])?" RW, 48, PROVIDER_NONE,
	    valid_random, "Databricks personal access tokens",
	    LIST("dapi{{h32}}", "dapi{{h32}}-2"),
	    LIST("dapi{{h31}}", "dapi{{=32}}", "xdapi{{h32}}")),
	KEY("alibaba", "LTAI",
	    "LTAI(" AN "{20})" R, 32, PROVIDER_NONE, valid_random,
	    "Alibaba Cloud access key ids", LIST("LTAI5t{{a18}}"),
	    LIST("LTAI{{a19}}", "LTAI{{=20}}", "VOLTAI{{a20}}")),
	KEY("tailscale", "tskey-",
	    "tskey-(?:auth|api|client|scim)-(" AN
		"{10,20}-" AN "{20,40})" RW, 88, PROVIDER_NONE,
	    valid_random, "Tailscale keys",
	    LIST("tskey-auth-{{a12}}CNTRL-{{a32}}"),
	    LIST("tskey-auth-x", "tskey-other-{{a16}}-{{a32}}")),
	{
		.id = "supabase",
		.regex = L "(?|sbp_([0-9a-f]{40})|sb_secret_(" WORD "{28,48}))"
		    RW,
		.literals = { "sbp_", "sb_secret_" },
		.width = 64,
		.lead = 1,
		.severity = FINDING_HIGH,
		.validate = valid_random,
		.source = "Supabase access tokens and secret keys",
		.examples = LIST("sbp_{{h40}}", "sb_secret_{{w31}}"),
		.counters = LIST("sbp_{{h39}}", "sb_secret_key",
		    "sb_secret_{{w20}}")
	},
	{ .id = NULL }
};

#define DISCORD	"([MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}" \
		"\\.[A-Za-z0-9_-]{27,40})" RW

static const struct rule_pattern chat_token[] = {
	{
		.id = "slack",
		.regex = L "xox(?:[abprs]|e(?:\\.xox[bp])?)-((?:[0-9]{1,13}-)?"
		    "[A-Za-z0-9-]{20,200}+)" RW,
		.literals = { "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-",
		    "xoxe-", "xoxe.xox" },
		.width = 232,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_SLACK,
		.validate = valid_random,
		.source = "Slack token types",
		.examples = LIST("xoxb-{{d12}}-{{d13}}-{{a24}}",
		"xoxp-{{d12}}-{{d12}}-{{d12}}-{{h32}}",
		"token=xoxe.xoxp-1-{{a166}}&"),
		.counters = LIST("xoxb-your-token", "xoxb-{{d12}}",
		"xoxb-your-slack-bot-token-goes-here",
		"foxoxb-{{d12}}-{{d13}}-{{a24}}")
	},
	KEY("slack_app", "xapp-",
	    "xapp-1-(A[A-Z0-9]{8,12}-[0-9]{10,13}-[0-9a-f]{64})" R, 112,
	    PROVIDER_SLACK, valid_random, "Slack app-level tokens",
	    LIST("xapp-1-A0{{u9}}-{{d13}}-{{h64}}"),
	    LIST("xapp-1-A0{{u9}}-{{d13}}-{{h60}}", "xapp-1-A")),
	KEY("slack_webhook", "hooks.slack.com/services",
	    "hooks\\.slack\\.com/services/(T[A-Z0-9]{8,11}"
		"/B[A-Z0-9]{8,1"
		"1}/" AN "{24})" R, 88, PROVIDER_NONE, valid_random,
	    "Slack incoming webhooks",
	    LIST("https://hooks.slack.com/services/T{{u9}}2/B{{u10}}/{{a24}}"),
	    LIST(
		"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXX"
		"XXXXXXXXXXXXXXXXX", "hooks.slack.com/services/")),
	{
		.id = "discord",
		.regex = L "Bot " DISCORD,
		.literals = { "Bot " },
		.width = 96,
		.lead = 1,
		.severity = FINDING_HIGH,
		.kind = RULE_VALUE,
		.provider = PROVIDER_DISCORD,
		.validate = valid_discord,
		.source = "Discord: base64 of the bot's number, a time, an"
		    " HMAC",
		.examples = LIST("Authorization: Bot MTE5MDEyNzg5MDEyMzQ1OTg0"
		    ".{{w6}}.{{w38}}"),
		.counters = LIST("Bot {{a24}}.{{w6}}.{{w20}}", "Bot M.a.b",
		    "Bot Nothing.to.see")
	},
	NAMED("discord_named",
	    "(?:DISCORD|discord)[A-Za-z_]{0,24}" IS DISCORD, 136,
	    "Discord: environment variables of bots",
	    LIST("DISCORD_BOT_TOKEN=MTE5MDEyNzg5MDEyMzQ1OTg0.{{w6}}.{{w38}}",
		"discord_token: \"OTg3MDEyNzg5MDEyMzQ1OTg0.{{w6}}.{{w27}}\""),
	    LIST("DISCORD_BOT_TOKEN=your.token.here", "discord.gg/{{a8}}"),
	    "DISCORD", "discord"),
	{
		.id = "discord_webhook",
		.regex = "discord(?:app)?\\.com/api/(?:v[0-9]{1,2}/)?webhooks"
		    "/[0-9]{17,20}/(" WORD "{60,72})" RW,
		.literals = { "/webhooks/" },
		.width = 136,
		.lead = 24,
		.severity = FINDING_HIGH,
		.validate = valid_random,
		.source = "Discord webhooks, whose address is the credential",
		.examples = LIST(
		    "https://discord.com/api/webhooks/{{d18}}/{{w68}}",
		    "https://discordapp.com/api/v10/webhooks/{{d18}}/{{w68}}"),
		.counters = LIST("https://discord.com/api/webhooks/123/abc",
		    "discord.com/api/webhooks/{{d18}}/{{=68}}",
		    "https://x.example/api/webhooks/{{d18}}/{{w68}}")
	},
	{
		.id = "telegram",
		.regex = "(?:(?<![A-Za-z0-9])|(?<=/bot)|(?<=\\\\n)|(?<=%3D)"
		    "|(?<=%22))"
		    "([0-9]{8,10}:AA" WORD "{33})" RW,
		.literals = { ":AA" },
		.width = 56,
		.lead = 12,
		.severity = FINDING_HIGH,
		.kind = RULE_VALUE,
		.provider = PROVIDER_TELEGRAM,
		.validate = valid_random,
		.source = "Telegram bot API: number, colon, 35 characters",
		.examples = LIST("{{d10}}:AA{{w33}}",
		    "https://api.telegram.org/bot{{d9}}:AA{{w33}}/sendMessage",
		    "TELEGRAM_BOT_TOKEN={{d10}}:AA{{w33}}"),
		.counters = LIST("{{d10}}:AA{{w32}}", "{{d10}}:AA{{w34}}",
		    "{{d11}}:AA{{w33}}", "{{d10}}:AA{{=33}}", "x:AA")
	},
	NAMED("channel_named",
	    "(?:WHATSAPP_(?:ACCESS_TOKEN|APP_SECRET)"
		"|TEAMS_APP_PASSWORD|"
		"WEBEX_BOT_TOKEN|MATRIX_(?:ACCESS_TOKEN"
		"|RECOVERY_KEY)|SL"
		"ACK_SIGNING_SECRET|TELEGRAM_API_HASH"
		"|IMESSAGE_PHOTON_TO"
		"KEN|GITHUB_WEBHOOK_SECRET)" IS
		"([A-Za-z0-9._~+/=-]{16,300"
		"}+)", 352, "NanoClaw: variables of its channels",
	    LIST("WHATSAPP_ACCESS_TOKEN=EAA{{a180}}",
		"\"SLACK_SIGNING_SECRET\": \"{{h32}}\"",
		"TELEGRAM_API_HASH={{h32}}",
		"MATRIX_ACCESS_TOKEN=syt_{{a12}}_{{a20}}_{{a6}}"),
	    LIST("WHATSAPP_ACCESS_TOKEN=",
		"SLACK_SIGNING_SECRET=your-signing-secret-here",
		"TELEGRAM_API_HASH=process.env.HASH",
		"MY_SLACK_SIGNING_SECRETS=[]"), "WHATSAPP_",
	    "TEAMS_APP_PASSWORD", "WEBEX_BOT_TOKEN", "MATRIX_",
	    "SLACK_SIGNING_SECRET", "TELEGRAM_API_HASH",
	    "IMESSAGE_PHOTON_TOKEN", "GITHUB_WEBHOOK_SECRET"),
	KEY("matrix", "syt_",
	    "syt_([A-Za-z0-9+/=-]{2,64}_[A-Za-z]{20}_" AN "{6})" R, 112,
	    PROVIDER_NONE, valid_random,
	    "Synapse access tokens: user, 20 letters, CRC32",
	    LIST("syt_YWw2_{{l20}}_1{{a5}}"), LIST("syt_{{a12}}", "syt_x_y_z")),
	{ .id = NULL }
};

const struct rule rules_tokens[] = {
	{ "git_token", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, git_token },
	{ "cloud_key", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, cloud_key },
	{ "chat_token", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, chat_token },
	{ .name = NULL }
};
