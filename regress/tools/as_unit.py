#!/usr/bin/env python3
"""Runs a command with what a systemd unit takes away, where it can be done
without systemd: its system call list, its capabilities, no new privileges.

as_unit.py UNIT COMMAND [ARGUMENT ...]
"""
import ctypes
import os
import re
import subprocess
import sys

ALLOW, KILL = 0x7FFF0000, 0x80000000
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38


def settings(unit, name):
    return [line.split("=", 1)[1].strip() for line in open(unit)
            if line.startswith(name + "=")]


def members(group):
    """The calls of a group, which may name others."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", group],
                          check=True, capture_output=True, text=True).stdout
    found = set()
    for line in text.splitlines()[1:]:
        word = line.split("#")[0].strip()
        if word.startswith("@"):
            found |= members(word)
        elif word:
            found.add(word)
    return found


def allowed(unit):
    calls = members("@default")
    for value in settings(unit, "SystemCallFilter"):
        deny = value.startswith("~")
        for word in value.lstrip("~").split():
            some = members(word) if word.startswith("@") else {word}
            calls = calls - some if deny else calls | some
    return calls


def main():
    unit, command = sys.argv[1], sys.argv[2:]
    calls = allowed(unit)
    libc = ctypes.CDLL(None, use_errno=True)
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(KILL)))
    for call in sorted(calls):
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            assert seccomp.seccomp_rule_add(
                context, ctypes.c_uint32(ALLOW), number, 0) == 0, call
    keep = set(" ".join(settings(unit, "CapabilityBoundingSet")).split())
    names = re.findall(
        r"#define (CAP_[A-Z_]+)\s+(\d+)$",
        open("/usr/include/linux/capability.h").read(), re.M)
    assert keep <= {name for name, _ in names}, keep
    for name, number in names:
        if name not in keep:
            libc.prctl(PR_CAPBSET_DROP, int(number), 0, 0, 0)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert seccomp.seccomp_load(context) == 0
    os.execvp(command[0], command)


main()
