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
 * More tokens of services by their shape, see rules_tokens.c: payment, packages
 * and others.
 */

#include "rules_shapes.h"

static const struct rule_pattern payment_key[] = {
	{
		.id = "stripe",
		.regex = L "[rs]k_live_(" AN "{24,128}+)" R,
		.literals = { "sk_live_", "rk_live_" },
		.width = 144,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_STRIPE,
		.validate = valid_random,
		.source = "Stripe secret and restricted keys",
		.examples = LIST("sk_live_{{a24}}", "sk_live_51{{a97}}",
		    "\"rk_live_{{a99}}\""),
		.counters = LIST("sk_live_{{a20}}", "pk_live_{{a24}}",
		    "sk_live_{{=24}}",
		"task_live_{{a24}}")
	},
	{
		.id = "stripe_test",
		.regex = L "[rs]k_test_(" AN "{24,128}+)" R,
		.literals = { "sk_test_", "rk_test_" },
		.width = 144,
		.lead = 1,
		.severity = FINDING_LOW,
		.provider = PROVIDER_STRIPE,
		.validate = valid_random,
		.source = "Stripe keys of a test mode, which move no money",
		.examples = LIST("sk_test_51{{a97}}"),
		.counters = LIST("sk_test_{{=24}}", "pk_test_{{a24}}")
	},
	KEY("stripe_webhook", "whsec_",
	    "whsec_([A-Za-z0-9+/]{32,64})={0,2}" R, 80, PROVIDER_NONE,
	    valid_random, "Stripe and Standard Webhooks signing secrets",
	    LIST("whsec_{{a32}}", "whsec_{{a43}}="),
	    LIST("whsec_...", "whsec_{{a20}}", "whsec_{{=32}}")),
	{
		.id = "square",
		.regex = L "sq0(?:atp|csp)-(" WORD "{22,43})" RW,
		.literals = { "sq0atp-", "sq0csp-" },
		.width = 56,
		.lead = 1,
		.severity = FINDING_HIGH,
		.validate = valid_random,
		.source = "Square access tokens and application secrets",
		.examples = LIST("sq0atp-{{w22}}", "sq0csp-{{w43}}"),
		.counters = LIST("sq0atp-{{w20}}", "sq0idp-{{w22}}")
	},
	KEY("braintree", "access_token$production$",
	    "access_token\\$production\\$([0-9a-z]{16}"
		"\\$[0-9a-f]{32})" R,
	    80, PROVIDER_NONE, valid_random, "PayPal Braintree access tokens",
	    LIST("access_token$production${{h16}}${{h32}}"),
	    LIST("access_token$sandbox${{h16}}${{h32}}",
		"access_token$production$x")),
	{
		.id = "shopify",
		.regex = L "shp(?:at|ca|pa|ss)_([0-9a-fA-F]{32})" R,
		.literals = { "shpat_", "shpca_", "shppa_", "shpss_" },
		.width = 48,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_SHOPIFY,
		.validate = valid_random,
		.source = "Shopify access tokens and shared secrets",
		.examples = LIST("shpat_{{h32}}", "\"shpss_{{h32}}\""),
		.counters = LIST("shpat_{{h31}}", "shpat_{{=32}}")
	},
	KEY("razorpay", "rzp_live_",
	    "rzp_live_(" AN "{14})" R, 32, PROVIDER_NONE, valid_mixed,
	    "Razorpay live keys", LIST("rzp_live_aB3d{{a10}}"),
	    LIST("rzp_live_{{a10}}", "rzp_live_{{h14}}")),
	{ .id = NULL }
};

static const struct rule_pattern package_token[] = {
	KEY("npm", "npm_",
	    "npm_(" AN "{36})" RW, 48, PROVIDER_NPM, valid_check62,
	    "npm: 30 characters and their CRC32 in base 62",
	    LIST("npm_{{a30}}{{k6}}",
		"//registry.npmjs.org/:_authToken=npm_{{a30}}{{k6}}"),
	    LIST("npm_{{a35}}", "npm_config_registry", "npm_{{=36}}")),
	KEY("pypi", "pypi-AgE",
	    "pypi-(AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)"
		WORD "{50,400}+"
		")" RW, 432, PROVIDER_PYPI, valid_random,
	    "PyPI: a macaroon for pypi.org or test.pypi.org",
	    LIST("pypi-AgEIcHlwaS5vcmc{{w150}}",
		"\"pypi-AgENdGVzdC5weXBpLm9yZw{{w150}}\""),
	    LIST("pypi-AgEIcHlwaS5vcmc", "pypi-AgE...")),
	{
		.id = "docker",
		.regex = L "dckr_[op]at_(" WORD "{27,40})" RW,
		.literals = { "dckr_pat_", "dckr_oat_" },
		.width = 56,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_DOCKER,
		.validate = valid_random,
		.source = "Docker Hub access tokens",
		.examples = LIST("dckr_pat_{{w27}}", "dckr_oat_{{w32}}"),
		.counters = LIST("dckr_pat_{{w20}}", "dckr_pat_{{=27}}")
	},
	KEY("rubygems", "rubygems_",
	    "rubygems_([0-9a-f]{48})" R, 64, PROVIDER_RUBYGEMS, valid_random,
	    "RubyGems API keys", LIST("rubygems_{{h48}}"),
	    LIST("rubygems_{{h47}}", "rubygems_mirror")),
	KEY("nuget", "oy2",
	    "oy2([a-z0-9]{43})" R, 48, PROVIDER_NUGET, valid_random,
	    "NuGet API keys", LIST("oy2{{l2}}4{{h40}}"),
	    LIST("oy2{{h20}}", "boy2{{h43}}", "oy2{{=43}}")),
	{ .id = NULL }
};

static const struct rule_pattern service_token[] = {
	KEY("circleci", "CCIPAT_",
	    "CCIPAT_(" AN "{22}_[0-9a-f]{40})" R, 72, PROVIDER_NONE,
	    valid_random, "CircleCI personal API tokens",
	    LIST("CCIPAT_{{a22}}_{{h40}}"), LIST("CCIPAT_{{a22}}", "CCIPAT_x")),
	KEY("buildkite", "bkua_",
	    "bkua_([0-9a-f]{40})" R, 48, PROVIDER_NONE, valid_random,
	    "Buildkite API access tokens", LIST("bkua_{{h40}}"),
	    LIST("bkua_{{h39}}")),
	{
		.id = "sentry",
		.regex = L "sntry(?|u_([0-9a-f]{64})"
		    "|s_(eyJ[A-Za-z0-9+/=_-]{80,300}+))"
		    RW,
		.literals = { "sntryu_", "sntrys_" },
		.width = 320,
		.lead = 1,
		.severity = FINDING_HIGH,
		.validate = valid_random,
		.source = "Sentry user and organisation tokens",
		.examples = LIST("sntryu_{{h64}}", "sntrys_eyJ{{w160}}"),
		.counters = LIST("sntryu_{{h63}}", "sntrys_x")
	},
	{
		.id = "linear",
		.regex = L "lin_(?:api|oauth)_(" AN "{40,64})" R,
		.literals = { "lin_api_", "lin_oauth_" },
		.width = 80,
		.lead = 1,
		.severity = FINDING_HIGH,
		.provider = PROVIDER_LINEAR,
		.validate = valid_random,
		.source = "Linear API keys",
		.examples = LIST("lin_api_{{a40}}", "lin_oauth_{{h64}}"),
		.counters = LIST("lin_api_{{a39}}", "lin_api_{{=40}}")
	},
	KEY("notion", "ntn_",
	    "ntn_([0-9]{11}" AN "{35})" R, 56, PROVIDER_NOTION, valid_random,
	    "Notion integration tokens", LIST("ntn_{{d11}}{{a35}}"),
	    LIST("ntn_{{d11}}{{a34}}", "ntn_x")),
	KEY("figma", "figd_",
	    "figd_(" WORD "{40,48})" RW, 56, PROVIDER_NONE, valid_random,
	    "Figma personal access tokens", LIST("figd_{{w40}}"),
	    LIST("figd_{{w20}}", "figd_{{=40}}")),
	KEY("postman", "PMAK-",
	    "PMAK-([0-9a-f]{24}-[0-9a-f]{34})" R, 72, PROVIDER_NONE,
	    valid_random, "Postman API keys", LIST("PMAK-{{h24}}-{{h34}}"),
	    LIST("PMAK-{{h24}}-{{h20}}")),
	KEY("sendgrid", "SG.",
	    "SG\\.(" WORD "{22}\\." WORD "{43})" RW, 80, PROVIDER_SENDGRID,
	    valid_random, "SendGrid API keys", LIST("SG.{{w22}}.{{w43}}"),
	    LIST("SG.{{w22}}.{{w40}}", "SG.x.y", "MSG.{{w22}}.{{w43}}")),
	KEY("resend", "re_",
	    "re_(" AN "{8}_" AN "{24})" RW, 40, PROVIDER_NONE, valid_mixed,
	    "Resend API keys", LIST("re_aB3d{{a4}}_{{a22}}aB"),
	    LIST("re_{{h8}}_{{h24}}", "re_compile_pattern_of_everything1",
		"core_aB3d{{a4}}_{{a24}}")),
	KEY("grafana", "glsa_",
	    "glsa_(" AN "{32}_[0-9a-f]{8})" R, 56, PROVIDER_NONE, valid_random,
	    "Grafana service account tokens, CRC32 at the end",
	    LIST("glsa_{{a32}}_{{h8}}"),
	    LIST("glsa_{{a32}}", "glsa_{{=32}}_{{h8}}")),
	KEY("newrelic", "NRAK-",
	    "NRAK-([A-Z0-9]{27})" R, 40, PROVIDER_NONE, valid_random,
	    "New Relic user keys", LIST("NRAK-4{{u26}}"),
	    LIST("NRAK-{{u20}}", "NRAK-{{=27}}")),
	{
		.id = "doppler",
		.regex = L "dp\\.(?:[pcs]t|sa)\\.((?:[a-z0-9_-]{1,40}\\.)?"
		    AN "{40,44})" R,
		.literals = { "dp.pt.", "dp.st.", "dp.ct.", "dp.sa." },
		.width = 104,
		.lead = 1,
		.severity = FINDING_HIGH,
		.validate = valid_random,
		.source = "Doppler tokens",
		.examples = LIST("dp.pt.{{a43}}", "dp.st.dev_ci.{{a43}}"),
		.counters = LIST("dp.pt.{{a20}}", "dp.st.dev")
	},
	KEY("pulumi", "pul-",
	    "pul-([0-9a-f]{40})" R, 48, PROVIDER_NONE, valid_random,
	    "Pulumi access tokens", LIST("pul-{{h40}}"),
	    LIST("pul-{{h39}}", "impul-{{h40}}")),
	KEY("planetscale", "pscale_",
	    "pscale_(?:tkn|pw|oauth)_([A-Za-z0-9_.-]{32,64})" RW, 88,
	    PROVIDER_NONE, valid_random, "PlanetScale tokens and passwords",
	    LIST("pscale_tkn_{{w43}}", "pscale_pw_{{w43}}"),
	    LIST("pscale_tkn_{{w20}}", "pscale_api")),
	KEY("netlify", "nfp_",
	    "nfp_(" AN "{36})" R, 48, PROVIDER_NONE, valid_random,
	    "Netlify personal access tokens", LIST("nfp_{{a36}}"),
	    LIST("nfp_{{a35}}", "nfp_{{=36}}")),
	{ .id = NULL }
};

static const struct rule_pattern onecli_token[] = {
	KEY("agent", "aoc_",
	    "aoc_([0-9a-f]{64})" R, 72, PROVIDER_ONECLI, valid_random,
	    "OneCLI: an agent's proxy password",
	    LIST("aoc_{{h64}}",
		"http://x:aoc_{{h64}}@host.docker.internal:10255"),
	    LIST("aoc_{{h63}}", "aoc_{{=64}}", "xaoc_{{h64}}")),
	KEY("api", "oc_",
	    "oc_(?:org_)?(" AN "{32,64})" RW, 80, PROVIDER_NONE, valid_random,
	    "OneCLI API keys of a user and an organisation",
	    LIST("oc_{{h64}}", "oc_org_{{a40}}"),
	    LIST("oc_{{a20}}", "doc_{{h64}}", "oc_{{=40}}")),
	{ .id = NULL }
};

static const struct rule_pattern jwt[] = {
	{
		.id = "jwt",
		/* The signature may be beyond reach: it is not asked for. */
		.regex = L "eyJ(" WORD "{14,200}+\\.eyJ" WORD "{20,440}+)"
		    "(?=[.A-Za-z0-9_-])",
		.literals = { ".eyJ" },
		.width = 656,
		.lead = 208,
		.severity = FINDING_LOW,
		.source = "RFC 7519: JSON with a signature",
		.examples = LIST("eyJ{{w33}}.eyJ{{w80}}.{{w43}}",
		    "{\"access_token\":\"eyJ{{w33}}.eyJ{{w500}}\"}"),
		.counters = LIST("eyJ{{w33}}", "eyJ{{w33}}.{{w80}}.{{w43}}",
		    "eyJhbGciOiJIUzI1NiJ9.eyJ0.x")
	},
	{ .id = NULL }
};

const struct rule rules_services[] = {
	{ "payment_key", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, payment_key },
	{ "package_token", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, package_token },
	{ "service_token", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, service_token },
	{ "onecli_token", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_ALL, onecli_token },
	{ "jwt", FINDING_OUTBOUND, FINDING_EXFIL,
	    RULE_IN_QUERY | RULE_IN_BODY, jwt },
	{ .name = NULL }
};
