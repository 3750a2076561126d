#!/usr/bin/env python3
"""NanoClaw's part in wiring_test: makes a container as a text of guardianctl
wiring says, and runs commands in it.

usage: wiring_container.py v1|v2 TEXT ROOT BIN COMMANDS

Runs in a mount namespace of its own, in the container's network.  BIN is what
/usr/local/bin is on the host.
"""
import ast
import json
import os
import re
import subprocess
import sys

version, text, root, bin_, commands = sys.argv[1:]
here = os.getcwd()
text = open(text).read()
root = os.path.abspath(root)


def mount(*args):
    subprocess.run(["mount", *args], check=True)


def bind(source, inside, ro):
    """As docker run -v does it: the place is made."""
    to = root + inside
    if os.path.isdir(source):
        os.makedirs(to, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(to), exist_ok=True)
        open(to, "a").close()
    mount("--bind", source, to)
    if ro:
        mount("-o", "remount,bind,ro", to)


mount("--make-rprivate", "/")
mount("-t", "tmpfs", "-o", "mode=755", "none", root)
for d in ("etc", "tmp", "dev", "usr", "workspace"):
    os.mkdir(os.path.join(root, d))
os.chmod(root + "/tmp", 0o1777)
mount("--bind", "-o", "ro", "/usr", root + "/usr")
mount("-t", "tmpfs", "-o", "mode=755", "none", root + "/usr/local")
for d in ("bin", "lib", "lib64", "sbin"):
    if os.path.islink("/" + d):
        os.symlink("usr/" + d, os.path.join(root, d))
bind("/dev/null", "/dev/null", False)
mount("--bind", bin_, "/usr/local/bin")
with open(root + "/etc/hosts", "w") as f:
    # --add-host=host.docker.internal:host-gateway, which both versions have
    f.write("127.0.0.1 localhost\n172.17.0.1 host.docker.internal\n")

env = {"PATH": "/usr/bin:/bin", "HOME": "/tmp"}
if version == "v1":
    pushed = re.search(r"^args\.push\((.*?)^\);", text, re.S | re.M).group(1)
    args = ast.literal_eval("[" + pushed + "]")
    assert len(args) % 2 == 0 and len(args) > 8, args
    for flag, value in zip(args[::2], args[1::2]):
        if flag == "-v":
            source, inside, mode = value.split(":")
            assert mode == "ro", value
            bind(source, inside, True)
        else:
            assert flag == "-e", flag
            name, value = value.split("=", 1)
            env[name] = value
    bind(os.path.join(here, "nanoclaw/data/ipc/main"), "/workspace/ipc",
         False)
else:
    proxy = re.search(r"GATEWAY_BASE_URL: '(.*)'", text).group(1)
    # what the gateway makes of it for each agent
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        env[name] = "http://x:aoc_%s@%s" % ("0" * 64, proxy)
    # "additional mounts" are beneath a directory of NanoClaw's
    for source, name in re.findall(r"^#   (/.*)  as  (.*)$", text, re.M):
        bind(source, "/workspace/extra/" + name, True)

server = re.search(r'^#   "guardian": (\{.*\})$', text, re.M).group(1)
server = json.loads(server)
argv = [server["command"]] + server["args"]
script = open(commands).read()


def confine():
    os.chroot(root)
    os.chdir("/tmp")
    os.setgroups([])
    os.setgid(1000)
    os.setuid(1000)


sys.exit(subprocess.run(["/bin/sh", "-c", script, "agent", *argv], env=env,
                        preexec_fn=confine).returncode)
