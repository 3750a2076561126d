"""Certificates for the HTTPS tests, made by openssl(1) on the spot.

Every way a server's certificate can be wrong is one call of leaf().
"""
import os
import subprocess


def openssl(*args, text=None):
    r = subprocess.run(("openssl",) + args, input=text, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (" ".join(args), r.stderr))
    return r.stdout


class Authority:
    """A CA: NAME.pem and NAME.key in the current directory."""

    def __init__(self, name, issuer=None, rsa=False, extra=(), made=False,
                 **how):
        self.name = name
        self.issuer = issuer
        self.pem, self.key = name + ".pem", name + ".key"
        if made:
            return
        make(name, "/CN=" + name, issuer, (
            "basicConstraints=critical,CA:TRUE",
            "keyUsage=critical,keyCertSign") + tuple(extra), rsa=rsa, **how)

    def leaf(self, name, san="DNS:localhost", usage="serverAuth", chain=True,
             **how):
        """(certificate chain, key) of a server."""
        ext = ["basicConstraints=CA:FALSE"]
        if san:
            ext.append("subjectAltName=" + san)
        if usage:
            ext.append("extendedKeyUsage=" + usage)
        make(name, "/CN=" + name, self, ext, **how)
        if chain and self.issuer:
            with open(name + ".pem", "a") as out, open(self.pem) as i:
                out.write(i.read())
        return name + ".pem", name + ".key"


def make(name, subject, issuer, ext, rsa=False, bits=2048, digest="sha256",
         begins=-1, ends=2):
    """begins and ends: days from now."""
    key, pem, csr = name + ".key", name + ".pem", name + ".csr"
    if rsa:
        openssl("genrsa", "-out", key, str(bits))
    else:
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout",
                "-out", key)
    openssl("req", "-new", "-key", key, "-subj", subject, "-out", csr)
    with open(name + ".ext", "w") as f:
        f.write("\n".join(ext) + "\n")
    sign = (["-signkey", key] if issuer is None else
            ["-CA", issuer.pem, "-CAkey", issuer.key, "-CAcreateserial"])
    # x509 -req knows no beginning: ca(1) does, with a database of its own.
    if begins == -1:
        openssl("x509", "-req", "-in", csr, "-days", str(ends), "-" + digest,
                "-extfile", name + ".ext", "-out", pem, *sign)
        return
    home = name + ".ca"
    os.makedirs(home, exist_ok=True)
    open(home + "/index", "w").close()
    with open(home + "/serial", "w") as f:
        f.write("01\n")
    with open(home + "/conf", "w") as f:
        f.write("[ca]\ndefault_ca=c\n[c]\ndatabase=%s/index\n"
                "serial=%s/serial\nnew_certs_dir=%s\ndefault_md=%s\n"
                "policy=p\n[p]\ncommonName=supplied\n"
                % (home, home, home, digest))
    openssl("ca", "-batch", "-config", home + "/conf", "-in", csr, "-cert",
            issuer.pem, "-keyfile", issuer.key, "-extfile", name + ".ext",
            "-notext", "-startdate", stamp(begins), "-enddate", stamp(ends),
            "-out", pem)


def stamp(days):
    return subprocess.run(["date", "-u", "-d", "%d days" % days,
                           "+%y%m%d%H%M%SZ"], stdout=subprocess.PIPE,
                          text=True, check=True).stdout.strip()
