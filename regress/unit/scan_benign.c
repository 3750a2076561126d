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
 * What agents honestly read and send.  None of it may be a finding of medium
 * severity or above, in either direction.
 */

#include "scan_help.h"

const char *const benign_texts[] = {
	/* READMEs and manuals about secrets. */
	"## Configuration\n\nCopy `.env.example` to `.env` and fill in your"
	" keys:\n\n    cp .env.example .env\n\nNever commit `.env`; it is in"
	" `.gitignore`.\n",
	"ANTHROPIC_API_KEY=sk-ant-api03-...\nOPENAI_API_KEY=sk-...\n",
	"export OPENAI_API_KEY=\"sk-your-key-here\"\n",
	"Set `ANTHROPIC_API_KEY` to your key (it starts with `sk-ant-`).\n",
	"require('dotenv').config({ path: './.env' })\n",
	"const key = process.env.OPENAI_API_KEY || import.meta.env.VITE_KEY;\n",
	"env_file:\n  - .env\n  - .env.local\n",
	"docker run --env-file .env -p 8080:80 web\n",
	"Run `aws configure`; it writes ~/.aws/credentials and ~/.aws/config."
	"\n",
	"aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
	"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
	"gcloud auth application-default login stores the file"
	" application_default_credentials.json in a well-known place.\n",
	"kubectl reads $HOME/.kube/config unless KUBECONFIG is set.\n",
	"ssh-keygen -t ed25519\nYour public key has been saved in"
	" ~/.ssh/id_ed25519.pub\n",
	"cat ~/.ssh/id_ed25519.pub >> ~/.ssh/authorized_keys\n"
	"chmod 600 ~/.ssh/authorized_keys\n",
	"ssh-copy-id -i ~/.ssh/id_rsa.pub user@host.example\n",
	"Host work\n  IdentityFile ~/.ssh/id_work\n  User al\n",
	"The file /etc/passwd lists accounts; /etc/hosts lists names.\n",
	"A PEM file begins with `-----BEGIN CERTIFICATE-----`; a private key"
	" begins with `-----BEGIN PRIVATE KEY-----`.\n",
	"if (strstr(line, \"-----BEGIN RSA PRIVATE KEY-----\") != NULL)\n"
	"\treturn (KEY_RSA);\n",
	"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUWbPZ6r0vK0nTQ1iX\n",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9"
	" al@x.example\n",
	"https://github.com/motdotla/dotenv/blob/master/.env.example\n",
	"See https://docs.example.com/reference/.env for every variable.\n",

	/* Code and style sheets full of short prefixes. */
	".sk-circle .sk-child { width: 100%; } .sk-fading-circle-delay-12 {}\n",
	"<div class=\"sk-folding-cube sk-cube-grid task-list risk-level\">\n",
	"const ask_user = mask_value(task_id, disk_usage_total_bytes);\n",
	"from huggingface_hub import hf_hub_download, HfApi\n",
	"import { gsk_helper } from './lib';\nlet r8_buffer = xai_client();\n",
	"model: \"sonar-pplx-70b-online\", provider: \"perplexity\"\n",
	"commit 3f2a9c1d5e8b7a6f4c3d2e1f0a9b8c7d6e5f4a3b\nAuthor: Al\n",
	"integrity sha512-9dFq1m2mYkK0wQhRk1H1vC3vVn4y0eQzT8n2sXo5bJ7pLw"
	"Ae3Rt6Yu8Io0PaSdFgHjKlZxCvBnMqWeRtYuIoPw==\n",
	"{\"id\":\"msg_01XFDUDYJgAACzvnptvVoYEL\",\"type\":\"message\"}\n",
	"{\"tool_use_id\":\"toolu_01A09q90qw90lq917835lq9\"}\n",
	"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAA"
	"HElEQVQI12P4AKIAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9==\n",
	"\"signature\":\"EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds"
	"skASIAIzaSyNotAKeyAtAllJustBase64Text+/AAAA\"\n",
	"UPDATE users SET token = 'placeholder' WHERE id = 42;\n",
	"import makeWASocket from '@whiskeysockets/baileys';\n",
	"src/environments/environment.prod.ts\nsrc/.environment\n",
	"EURASIA, FANTASIA and AUSTRALASIA are words; AKIA is a prefix.\n",

	/* Shell tutorials and tables. */
	"The pipe `|` sends the output of curl to another program, such as sh"
	" or bash.\n",
	"| command | reads | writes |\n|---|---|---|\n"
	"| curl https://x.example | network | bash |\n| sh | file | tty |\n",
	"| `curl https://x.example/install` | `bash` | downloads |\n",
	"Never run curl | sh on a page you do not trust.\n",
	"curl -s https://api.x.example/v1/items | jq '.items[] | .name'\n",
	"curl -fsSL https://x.example/a.tgz | tar xz -C /opt/app\n",
	"curl -fsSL https://x.example/key.asc | sudo gpg --dearmor -o k.gpg\n",
	"curl -s https://x.example/data.json | python3 -m json.tool\n",
	"wget https://x.example/install.sh && less install.sh\n",
	"ps aux | grep bash | awk '{ print $2 }'\n",
	"cat access.log | sort | uniq -c | sort -rn | head\n",
	"echo aGVsbG8= | base64 -d > hello.txt\n",
	"rm -rf node_modules dist build && npm ci\n",
	"RUN apt-get update && apt-get install -y curl && rm -rf"
	" /var/lib/apt/lists/*\n",
	"sudo rm -rf /usr/local/go && sudo tar -C /usr/local -xzf go.tgz\n",
	"rm -rf /tmp/build-* ~/.cache/pip ./out\n",
	"git rm -r --cached .\ndocker rm -f web\nnpm rm -g typescript\n",
	"find . -name '*.o' -exec rm {} +\n",
	"CMD [\"sh\", \"-c\", \"node server.js\"]\n",
	"docker exec web sh -c 'echo $PATH'\n",
	"python3 -c 'print(6 * 7)'\nnode -e \"console.log(1 + 1)\"\n",
	"perl -ne 'print if /x/' file.txt\n",
	"bash -x script.sh --verbose\nsh ./configure --prefix=/opt\n",
	"nc -zv db.example 5432\nnc -l 8080 > received.bin\n",
	"rsync -e ssh -av src/ host.example:/srv/www/\n",
	"socat TCP-LISTEN:8080,fork TCP:10.0.0.5:80\n",
	"sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n"
	"sock.connect((host, 80))\nsock.sendall(b'GET / HTTP/1.0\\r\\n')\n",
	"for i in 1 2 3; do timeout 1 bash -c '</dev/tcp/db/5432' && break;"
	" done\n",
	"mkfifo /tmp/pipe; gzip -c < /tmp/pipe > out.gz &\n",
	"eval \"$(ssh-agent -s)\"\nsource <(kubectl completion bash)\n",
	"x=$(curl -s https://x.example/version)\n",
	"let r = await fetch(\"https://x.example/api\"); // | sh is a shell\n",
	"The remove function rm(path) deletes / frees the form.\n",
	"Fish, sh and bash are shells; finish -c flags before you publish.\n",
	"{\"role\":\"assistant\",\"content\":\"Use `ls -la | less` to page.\\n"
	"Then run `npm test`.\"}\n",
	NULL
};
