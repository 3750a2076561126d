#!/usr/bin/env python3
#
# Copyright (c) 2026 The NanoClaw Traffic Guardian developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
"""Where the CA's private key is: in memory, files and descriptors.

ca_memory.py proof KEYFILE HOME NAME=PID ...
    In ca-keeper, and nowhere else but in KEYFILE; and a copy in each form,
    planted in one more process, is noticed there.
ca_memory.py gone KEYFILE HOME NAME=PID ...
    The key of this copy is nowhere at all.

Needs root: others may not look into these processes.
"""
import base64
import os
import subprocess
import sys


def forms(path):
    """Name and bytes of every form that the key could have in memory."""
    text = open(path).read()
    body = text.split("-----")[2]
    der = base64.b64decode(body)
    # RFC 5915: SEQUENCE { INTEGER 1, OCTET STRING of 32 bytes, ... }
    assert der[2:7] == b"\x02\x01\x01\x04\x20", "no P-256 key in " + path
    scalar = der[7:39]
    out = {
        "big-endian": scalar,
        "little-endian": scalar[::-1],
        "DER": der,
        "hex": scalar.hex().encode(),
        "HEX": scalar.hex().upper().encode(),
    }
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + scalar)
        # without the characters that depend on what is before and behind
        out["base64+%d" % shift] = whole[(shift * 8 + 5) // 6:
                                         (shift + 32) * 8 // 6]
    return out


def regions(pid):
    for line in open("/proc/%d/maps" % pid):
        where, perms, _, _, _, *name = line.split()
        if perms[0] != "r" or name[:1] in (["[vvar]"], ["[vsyscall]"]):
            continue
        # program text comes from files, and nobody can write to it
        if "w" not in perms and name and name[0].startswith("/"):
            continue
        start, end = (int(x, 16) for x in where.split("-"))
        if end - start > 1 << 28:
            continue            # a sanitizer's shadow
        yield start, end


def kept(pid, needle):
    """Is each place of the needle locked, in no core file, in no child?"""
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as mem:
        places = []
        for start, end in regions(pid):
            try:
                mem.seek(start)
                data = mem.read(end - start)
            except OSError:
                continue
            if needle in data:
                places.append("%x" % start)
    here = None
    for line in open("/proc/%d/smaps" % pid):
        first = line.split("-")[0]
        if first.strip("0123456789abcdef") == "":
            here = first.lstrip("0")
        elif line.startswith("VmFlags:") and here in places:
            places.remove(here)
            flags = line.split()[1:]
            if not {"lo", "dd", "wf"} <= set(flags):
                sys.exit("the key's memory is not kept: %s" % line)
    if places:
        sys.exit("no flags for %s" % places)


def search(pid, needles):
    """The forms found in a process, and how many bytes were looked at."""
    found, total = set(), 0
    step, overlap = 1 << 24, 256
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as mem:
        for start, end in regions(pid):
            at = start
            while at < end:
                n = min(step, end - at)
                try:
                    mem.seek(at)
                    data = mem.read(n)
                except OSError:
                    break       # a guard page, or gone
                total += len(data)
                for name, needle in needles.items():
                    if needle in data:
                        found.add(name)
                if at + n >= end or len(data) < n:
                    break
                at += n - overlap
    return found, total


def files(home, needles, but):
    for where, _, names in os.walk(home):
        for name in names:
            path = os.path.join(where, name)
            if os.path.islink(path) or not os.path.isfile(path) or \
                    (but and os.path.samefile(path, but)):
                continue
            data = open(path, "rb").read()
            for form, needle in needles.items():
                if needle in data:
                    sys.exit("%s has the key, %s" % (path, form))


def descriptors(pids, path):
    want = os.stat(path)
    for name, pid in pids:
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                st = os.stat("/proc/%d/fd/%s" % (pid, fd))
            except OSError:
                continue
            if (st.st_dev, st.st_ino) == (want.st_dev, want.st_ino):
                sys.exit("%s holds %s open" % (name, path))


def holders(pids, needles):
    out = {}
    for name, pid in pids:
        found, total = search(pid, needles)
        if total < 100000:
            sys.exit("%s: only %d bytes to look at" % (name, total))
        if found:
            out[name] = found
    return out


def plant(data):
    """A process that has these bytes in memory, and no other form of them."""
    p = subprocess.Popen(
        [sys.executable, "-c", "import sys\n"
         "n = int(sys.stdin.buffer.readline())\n"
         "d = sys.stdin.buffer.read(n)\n"
         "print('here', flush=True)\n"
         "sys.stdin.buffer.read(1)\n"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdin.write(b"%d\n" % len(data) + data)
    p.stdin.flush()
    assert p.stdout.readline() == b"here\n"
    return p


def proof(key, home, pids):
    needles = forms(key)
    if len(pids) < 6 or "ca-keeper" not in dict(pids):
        sys.exit("that is no whole suite: %s" % pids)
    got = holders(pids, needles)
    print("found in:", got)
    if set(got) != {"ca-keeper"}:
        sys.exit("the key is in %s" % sorted(got))
    for form in got["ca-keeper"]:
        kept(dict(pids)["ca-keeper"], needles[form])
    files(home, needles, key)
    descriptors(pids, key)
    # Would it have been noticed elsewhere, in whatever form?
    for form, needle in needles.items():
        p = plant(needle)
        got = holders([("planted", p.pid)], needles)
        p.stdin.close()
        p.wait()
        if form not in got.get("planted", ()):
            sys.exit("a planted copy, %s, was not found: %s" % (form, got))
    p = plant(needles["little-endian"])
    got = holders(pids + [("planted", p.pid)], needles)
    p.stdin.close()
    p.wait()
    if set(got) != {"ca-keeper", "planted"}:
        sys.exit("with a planted copy: %s" % sorted(got))


def gone(key, home, pids):
    needles = forms(key)
    got = holders(pids, needles)
    if got:
        sys.exit("the old key is in %s" % got)
    files(home, needles, None)


def main():
    what, key, home = sys.argv[1:4]
    pids = []
    for arg in sys.argv[4:]:
        name, pid = arg.rsplit("=", 1)
        pids.append((name, int(pid)))
    {"proof": proof, "gone": gone}[what](key, home, pids)
    print("done", what)


main()
