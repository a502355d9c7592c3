"""A root and server certificates for localhost and t.example, made with the openssl program."""
import os
import subprocess


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


def make(folder):
    """Writes root.pem, and KIND.key, KIND.crt, KIND.pem (certificate, then key), KIND.p12 for rsa, ec, ed."""
    at = lambda name: os.path.join(folder, name)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("root.key"),
        "-out", at("root.pem"), "-days", "30", "-subj", "/CN=Audit Test Root",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    with open(at("leaf.ext"), "w") as f:
        f.write("basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
                "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:t.example,DNS:localhost\n")
    kinds = {"rsa": ["-newkey", "rsa:2048"], "ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
             "ed": ["-newkey", "ed25519"]}
    for kind, key in kinds.items():
        run("openssl", "req", *key, "-nodes", "-keyout", at(kind + ".key"), "-out", at(kind + ".csr"), "-subj", "/CN=t.example")
        run("openssl", "x509", "-req", "-in", at(kind + ".csr"), "-CA", at("root.pem"), "-CAkey", at("root.key"),
            "-set_serial", str(100 + len(kind)), "-days", "20", "-extfile", at("leaf.ext"), "-out", at(kind + ".crt"))
        with open(at(kind + ".pem"), "w") as f:
            f.write(open(at(kind + ".crt")).read() + open(at(kind + ".key")).read())
        run("openssl", "pkcs12", "-export", "-in", at(kind + ".crt"), "-inkey", at(kind + ".key"), "-out", at(kind + ".p12"),
            "-passout", "pass:audit0", "-name", "t")
    run("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", at("dhx.pem"))
    run("openssl", "pkeyparam", "-in", at("dhx.pem"), "-out", at("dh.pem"))
