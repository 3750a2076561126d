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
 * Credentials by their shape.  The formats carry fixed prefixes, alphabets
 * and lengths; that and the boundaries are what keeps prose, identifiers and
 * CSS classes out.
 */

#include "rules_shapes.h"

static const struct rule_pattern ai_api_key[] = {
	{
		.id = "anthropic",
		.regex = L "sk-ant-(?!oat|ort)[a-z]{3,8}[0-9]{2}-("
		    WORD "{93}AA" R "|" WORD "{32,200}" RW ")",
		.literals = { "sk-ant-" },
		.width = 224,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_ANTHROPIC,
		.validate = valid_anthropic,
		.source = "api03, admin01: 93 characters and AA;"
		    " sid01 and others differ in length",
		.examples = LIST("k=sk-ant-api03-{{w93}}AA",
		    "sk-ant-api03-{{w93}}AA", "sk-ant-admin01-{{w93}}AA.",
		    "{\"s\":\"sk-ant-sid01-{{w86}}\"}",
		    "sk-ant-api03-{{=93}}AA", "-sk-ant-api03-{{w93}}AA_x"),
		.counters = LIST("sk-ant-api03-", "sk-ant-api03-xxxx",
		    "sk-ant-api03-your-api-key-goes-here-please-do",
		    "risk-ant-api03-{{w93}}AA",
		    "sk-ant-placeholder", "sk-ant-api03-{{=40}}",
		    "sk-ant-...AA"),
	},
	{
		.id = "anthropic_oauth",
		.regex = L "sk-ant-o[ar]t[0-9]{2}-("
		    WORD "{93}AA" R "|" WORD "{32,200}" RW ")",
		.literals = { "sk-ant-o" },
		.width = 224,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_ANTHROPIC,
		.fleeting = 1,
		.validate = valid_anthropic,
		.source = "OAuth of Claude Code: oat01 access, ort01 refresh",
		.examples = LIST("\"x\\nsk-ant-oat01-{{w93}}AA\\n\"",
		    "a%3Dsk-ant-ort01-{{w93}}AA%20"),
		.counters = LIST("sk-ant-oat01-", "sk-ant-oat01-{{=40}}",
		    "risk-ant-oat01-{{w93}}AA"),
	},
	{
		.id = "openai",
		.regex = L "sk-(?:proj|svcacct|admin|service|None)-("
		    WORD "{32,220})" RW,
		.literals = { "sk-proj-", "sk-svcacct-", "sk-admin-",
		    "sk-service-", "sk-None-" },
		.width = 240,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_OPENAI,
		.validate = valid_random,
		.source = "T3BlbkFJ is base64 of OpenAI, in all older keys",
		.examples = LIST("sk-proj-{{w74}}T3BlbkFJ{{w74}}",
		    "key=sk-svcacct-{{w58}}T3BlbkFJ{{w58}}&",
		    "\"sk-admin-{{w20}}T3BlbkFJ{{w20}}\""),
		.counters = LIST("sk-proj-", "sk-proj-{{=48}}",
		    "sk-proj-your-openai-api-key-here-please-fill-in",
		    "task-proj-{{w74}}", "sk-proj-abc"),
	},
	{
		.id = "openai_legacy",
		.regex = L "sk-([A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})" RW,
		.literals = { "T3BlbkFJ" },
		.width = 56,
		.lead = 24,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_OPENAI,
		.validate = valid_random,
		.source = "OpenAI before 2024: 20, T3BlbkFJ, 20",
		.examples = LIST("sk-{{a20}}T3BlbkFJ{{a20}}",
		    "%22sk-{{a20}}T3BlbkFJ{{a20}}%22"),
		.counters = LIST("disk-{{a20}}T3BlbkFJ{{a20}}",
		    "sk-{{a3}}T3BlbkFJ{{a20}}",
		    "sk-{{a20}}T3BlbkFJ{{a20}}_x"),
	},
	{
		.id = "deepseek",
		.regex = L "sk-([0-9a-f]{32})" RW,
		.literals = { "sk-" },
		.width = 40,
		.lead = 1,
		.near = near_random,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_DEEPSEEK,
		.validate = valid_random,
		.source = "DeepSeek, DashScope: 32 hex digits",
		.examples = LIST("Bearer sk-{{h32}}", "sk-{{h32}}\r\n"),
		.counters = LIST("mask-{{h32}}", "sk-{{h31}}", "sk-{{=32}}",
		    "sk-{{h32}}-x"),
	},
	{
		.id = "sk",
		/* What is left of the shape; not OpenAI's, not DeepSeek's. */
		.regex = L "sk-(?![0-9a-f]{32}(?![A-Za-z0-9_-]))"
		    "(?![A-Za-z0-9]{20}T3BlbkFJ)([A-Za-z0-9]{32,64})" RW,
		.literals = { "sk-" },
		.width = 72,
		.lead = 1,
		.near = near_random,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_SK,
		.validate = valid_random,
		.source = "Moonshot, Stability: 48 characters",
		.examples = LIST("sk-{{a48}}", "sk-{{a48}}\r\n"),
		.counters = LIST(".sk-circle", "sk-fading-circle-delay",
		    "disk-{{a48}}", "sk-{{=48}}", "sk-{{a20}}",
		    "sk-{{a48}}-{{a48}}"),
	},
	{
		.id = "openrouter",
		.regex = L "sk-or-v1-([0-9a-f]{64})" R,
		.literals = { "sk-or-v1-" },
		.width = 80,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_OPENROUTER,
		.validate = valid_random,
		.source = "OpenRouter, 64 hex digits",
		.examples = LIST("sk-or-v1-{{h64}}", "t=sk-or-v1-{{h64}};"),
		.counters = LIST("sk-or-v1-{{h63}}", "sk-or-v1-{{=64}}",
		    "sk-or-v1-{{h65}}"),
	},
	{
		.id = "google",
		/* "=" is padding of base64, unless a value follows it. */
		.regex = "(?<![A-Za-z0-9_+-])AIza(" WORD "{35})"
		    "(?![A-Za-z0-9_+-]|=(?![A-Za-z0-9%&]))",
		.literals = { "AIza" },
		.width = 48,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_GOOGLE,
		.validate = valid_random,
		.source = "Google API keys, 39 characters",
		.examples = LIST("?key=AIza{{w35}}&x", "\"AIza{{w35}}\"",
		    "/v/AIza{{w35}}/b", "&AIza{{w35}}=1&z"),
		.counters = LIST("AIza{{w34}}", "AIza{{w36}}", "xAIza{{w35}}",
		    "AIza{{=35}}", "\"AIza{{w35}}=\""),
	},
	{
		.id = "groq",
		.regex = L "gsk_([A-Za-z0-9]{52})" R,
		.literals = { "gsk_" },
		.width = 64,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_GROQ,
		.validate = valid_random,
		.source = "Groq, 52 characters",
		.examples = LIST("gsk_{{a52}}"),
		.counters = LIST("gsk_{{a51}}", "gsk_{{a53}}", "agsk_{{a52}}"),
	},
	{
		.id = "huggingface",
		.regex = L "(?:hf|api_org)_([A-Za-z0-9]{34})(?![A-Za-z0-9_])",
		.literals = { "hf_", "api_org_" },
		.width = 48,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_HUGGINGFACE,
		.validate = valid_random,
		.source = "Hugging Face user and organisation tokens",
		.examples = LIST("hf_{{a34}}", "token: api_org_{{a34}}"),
		.counters = LIST("hf_hub_download", "hf_{{a33}}", "hf_{{=34}}",
		    "shelf_{{a34}}"),
	},
	{
		.id = "xai",
		.regex = L "xai-([A-Za-z0-9]{80})" R,
		.literals = { "xai-" },
		.width = 96,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_XAI,
		.validate = valid_random,
		.source = "xAI, 80 characters",
		.examples = LIST("xai-{{a80}}"),
		.counters = LIST("xai-{{a79}}", "xai-sdk-python"),
	},
	{
		.id = "replicate",
		.regex = L "r8_([A-Za-z0-9]{37})" R,
		.literals = { "r8_" },
		.width = 48,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_REPLICATE,
		.validate = valid_random,
		.source = "Replicate, 40 characters in all",
		.examples = LIST("r8_{{a37}}"),
		.counters = LIST("r8_{{a36}}", "xr8_{{a37}}"),
	},
	{
		.id = "perplexity",
		.regex = L "pplx-([A-Za-z0-9]{48,56})" R,
		.literals = { "pplx-" },
		.width = 72,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_PERPLEXITY,
		.validate = valid_random,
		.source = "Perplexity, 48 to 56 characters",
		.examples = LIST("pplx-{{a48}}", "pplx-{{a56}}"),
		.counters = LIST("pplx-{{a47}}", "pplx-70b-online"),
	},
	{
		.id = "nvidia",
		.regex = L "nvapi-(" WORD "{60,70})" RW,
		.literals = { "nvapi-" },
		.width = 80,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_NVIDIA,
		.validate = valid_random,
		.source = "NVIDIA API catalogue, 64 characters",
		.examples = LIST("nvapi-{{w64}}"),
		.counters = LIST("nvapi-{{w20}}", "nvapi-{{=64}}"),
	},
	{
		.id = "bedrock",
		.regex = L "(?:ABSKQmVkcm9ja0FQSUtleS|bedrock-api-key-YmVkcm9j"
		    "ay5hbWF6b25hd3MuY29t)([A-Za-z0-9+/=]{64,400})"
		    "(?![A-Za-z0-9+/=])",
		.literals = { "ABSKQmVkcm9ja0FQSUtleS",
		    "bedrock-api-key-YmVkcm9j" },
		.width = 480,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_BEDROCK,
		.validate = valid_random,
		.source = "Amazon Bedrock API keys: base64 of BedrockAPIKey-"
		    " and of bedrock.amazonaws.com",
		.examples = LIST("ABSKQmVkcm9ja0FQSUtleS{{a110}}=",
		    "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{{a120}}"),
		.counters = LIST("ABSKQmVkcm9ja0FQSUtleS1", "ABSKQmVkcm9ja",
		    "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t"),
	},
	{
		.id = "azure",
		.regex = "(?<![A-Za-z0-9])([A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18}"
		    "ACOG[A-Za-z0-9]{4})" R,
		.literals = { "JQQJ99" },
		.width = 88,
		.lead = 56,
		.severity = FINDING_HIGH,
		.kind = RULE_VALUE,
		.provider = PROVIDER_AZURE,
		.validate = valid_random,
		.source = "Azure AI services since 2024: 84 characters, JQQJ99"
		    " after 52, ACOG before the last 4",
		.examples = LIST("{{a52}}JQQJ99{{a18}}ACOG{{a4}}",
		    "\"{{a52}}JQQJ99{{a18}}ACOG{{a4}}\""),
		.counters = LIST("{{a53}}JQQJ99{{a18}}ACOG{{a4}}",
		    "{{a52}}JQQJ99{{a18}}ACOG{{a5}}", "JQQJ99"),
	},
	{
		.id = "together",
		.regex = L "tgp_v1_(" WORD "{43})" RW,
		.literals = { "tgp_v1_" },
		.width = 56,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_TOGETHER,
		.validate = valid_random,
		.source = "Together AI, 43 characters",
		.examples = LIST("tgp_v1_{{w43}}", "\"tgp_v1_{{w43}}\""),
		.counters = LIST("tgp_v1_{{w42}}", "tgp_v1_{{=43}}"),
	},
	{
		.id = "fireworks",
		.regex = L "fw_([A-Za-z0-9]{22,24})(?![A-Za-z0-9_])",
		.literals = { "fw_" },
		.width = 32,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_FIREWORKS,
		.validate = valid_mixed,
		.source = "Fireworks AI, 22 to 24 characters",
		.examples = LIST("fw_3Z{{a20}}", "k=fw_3Z{{a22}}&"),
		.counters = LIST("fw_3Z{{a18}}", "fw_{{h22}}_x",
		    "xfw_3Z{{a22}}", "fw_update_firmware_image1", "fw_{{h24}}"),
	},
	{
		.id = "named",
		/* Keys without a shape of their own are known by their name. */
		.regex = L "(?i:MISTRAL|COHERE|CO|TOGETHER|AZURE_OPENAI)_"
		    "(?i:API_)?(?i:KEY)\\\\?[\"']?\\s{0,4}[:=]\\s{0,4}"
		    "\\\\?[\"']?([A-Za-z0-9]{32,64})" RW,
		.literals = { "MISTRAL_API_KEY", "COHERE_API_KEY", "CO_API_KEY",
		    "TOGETHER_API_KEY", "AZURE_OPENAI_API_KEY",
		    "AZURE_OPENAI_KEY", "mistral_api_key", "cohere_api_key",
		    "together_api_key", "azure_openai_api_key",
		    "azure_openai_key" },
		.width = 128,
		.lead = 1,
		.severity = FINDING_HIGH,
		.kind = RULE_VALUE,
		.validate = valid_random,
		.source = "environment variables of the providers' libraries",
		.examples = LIST("MISTRAL_API_KEY={{a32}}",
		    "export COHERE_API_KEY=\"{{a40}}\"",
		    "\"AZURE_OPENAI_API_KEY\": \"{{h32}}\"",
		    "{\\\"together_api_key\\\":\\\"{{h64}}\\\"}"),
		.counters = LIST("MISTRAL_API_KEY=", "CO_API_KEY={{=40}}",
		    "COHERE_API_KEY=your-cohere-api-key-here-and-now-please",
		    "OTHER_API_KEY={{a32}}", "XCO_API_KEY={{a40}}",
		    "AZURE_OPENAI_KEY=os.environ[{{a32}}]"),
	},
	{ .id = NULL }
};

static const struct rule_pattern aws_access_key_id[] = {
	{
		.id = "long_term",
		.regex = L "AKIA([A-Z2-7]{16})" R,
		.literals = { "AKIA" },
		.width = 24,
		.lead = 1,
		.near = near_random,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_AWS,
		.validate = valid_aws,
		.source = "IAM identifiers: AKIA long-term; base32, 20"
		    " characters",
		.examples = LIST("AKIA{{u16}}", "aws_access_key_id=AKIA{{u16}}",
		    "Credential=AKIA{{u16}}/20260101/us-east-1/s3",
		    "\\nAKIA{{u16}}\\n"),
		.counters = LIST("AKIAIOSFODNN7EXAMPLE",
		    "AKIAI44QH8DHBEXAMPLE", "AKIA{{u15}}", "AKIA{{u17}}",
		    "xAKIA{{u16}}", "AKIA{{=16}}", "AKIA1111111111111111"),
	},
	{
		.id = "temporary",
		.regex = L "ASIA([A-Z2-7]{16})" R,
		.literals = { "ASIA" },
		.width = 24,
		.lead = 1,
		.near = near_random,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_AWS,
		.fleeting = 1,
		.validate = valid_aws,
		.source = "IAM identifiers: ASIA temporary (STS)",
		.examples = LIST("aws_access_key_id=ASIA{{u16}}"),
		.counters = LIST("ASIAIOSFODNN7EXAMPLE", "EURASIA{{u16}}",
		    "ASIA{{=16}}"),
	},
	{ .id = NULL }
};

#define PEM_LABEL	"(?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|PGP|ANY" \
			"|SSH2 ENCRYPTED|X25519|ED25519) )?"
#define PEM_NL		"(?:\\s|\\\\[nr])"

static const struct rule_pattern private_key_pem[] = {
	{
		.id = "pem",
		/*
		 * The marker alone is a mention (source code, prose) and a low
		 * finding; with key text after it, it is the key.  An escape
		 * after either hides the rest, which is in the decoded view.
		 */
		.regex = "-{4,5} ?BEGIN " PEM_LABEL "PRIVATE KEY"
		    "(?: BLOCK)? ?-{4,5}+"
		    "(?>(" PEM_NL "{0,8}+"
		    "(?:[A-Za-z-]{3,20}: [^\\r\\n\\\\\"]{0,64}"
		    PEM_NL "{1,8}+){0,3}"
		    "[A-Za-z0-9+/]{24}"
		    "[A-Za-z0-9+/=\\s]{0,200}+(?:(?:\\\\[nr]){1,2}"
		    "[A-Za-z0-9+/=\\s]{0,80}+){0,6}+)(?!%(?:25|2[BbFf]))"
		    "|(?![\\\\%=]|&[#N]))",
		.literals = { "PRIVATE KEY" },
		.width = 960,
		.lead = 48,
		.severity = FINDING_CRITICAL,
		.kind = RULE_PEM,
		.validate = valid_pem,
		.source = "RFC 7468, RFC 1421, PROTOCOL.key of OpenSSH,"
		    " RFC 4880 6.2, RFC 4716",
		.examples = LIST(
		    "-----BEGIN PRIVATE KEY-----\n{{a64}}\n{{a64}}\n",
		    "-----BEGIN RSA PRIVATE KEY-----\\n{{a64}}\\n{{a64}}",
		    "-----BEGIN OPENSSH PRIVATE KEY-----\r\n{{a70}}\r\n{{a70}}",
		    "-----BEGIN EC PRIVATE KEY-----{{a64}}",
		    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{{a64}}\n",
		    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
		    "DEK-Info: AES-128-CBC,{{h32}}\n\n{{a64}}\n",
		    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{{a64}}\n",
		    "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{{a64}}",
		    "-----BEGIN DSA PRIVATE KEY-----"),
		.counters = LIST("-----BEGIN CERTIFICATE-----\n{{a64}}",
		    "-----BEGIN PUBLIC KEY-----\n{{a64}}",
		    "-----END PRIVATE KEY-----\n", "BEGIN PRIVATE KEY",
		    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n{{a64}}",
		    "-----BEGIN PRIVATE KEYS-----"),
	},
	{
		.id = "putty",
		.regex = L "PuTTY-User-Key-File-[23]: [a-z0-9-]{3,32}\\s{1,4}"
		    "Encryption: none\\s{1,4}",
		.literals = { "PuTTY-User-Key-File-" },
		.width = 96,
		.lead = 1,
		.severity = FINDING_CRITICAL,
		.source = "PuTTY: PPK file format, not encrypted",
		.examples = LIST("PuTTY-User-Key-File-3: ssh-ed25519\n"
		    "Encryption: none\nComment: x\n"),
		.counters = LIST("PuTTY-User-Key-File-3: ssh-ed25519\n"
		    "Encryption: aes256-cbc\n", "PuTTY-User-Key-File-2"),
	},
	{
		.id = "age",
		.regex = L "AGE-SECRET-KEY-1([QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]"
		    "{58})" R,
		.literals = { "AGE-SECRET-KEY-1" },
		.width = 80,
		.lead = 1,
		.severity = FINDING_CRITICAL,
		.validate = valid_random,
		.source = "age-keygen(1): Bech32, 58 characters",
		.examples = LIST("AGE-SECRET-KEY-1{{q58}}"),
		.counters = LIST("AGE-SECRET-KEY-1{{q57}}", "AGE-SECRET-KEY-1",
		    "AGE-SECRET-KEY-1{{a58}}"),
	},
	{ .id = NULL }
};

const struct rule rules_keys[] = {
	{ "ai_api_key", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, ai_api_key },
	{ "aws_access_key_id", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, aws_access_key_id },
	{ "private_key_pem", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, private_key_pem },
	{ .name = NULL }
};
