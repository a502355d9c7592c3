"""Two network namespaces, a delay between them, and nginx in one with three reference configurations."""
import os
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "bench.example"
ADDRESS = "10.91.0.2"
INTERMEDIATE = ("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384")
# What stands in each server block beside its certificates: everything the library has, what is recommended, and the stock lines.
PORTS = {
    "permissive": (8441, "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on; ssl_dhparam {dh};"
                         "ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0; ssl_session_cache shared:s:1m;"),
    "intermediate": (8442, "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off; ssl_dhparam {dh}; ssl_ciphers %s;" % INTERMEDIATE),
    "default": (443, "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;"),
}


def run(*words):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Street:
    def __init__(self, rtt_ms=100):
        self.dir = tempfile.mkdtemp(prefix="why443-bench.")
        os.chmod(self.dir, 0o755)
        self.client, self.server = "why443c%d" % os.getpid(), "why443s%d" % os.getpid()
        self.processes = []
        self.made = []
        try:
            self.set_up(rtt_ms)
        except BaseException:
            self.close()
            raise

    def at(self, name):
        return os.path.join(self.dir, name)

    def set_up(self, rtt_ms):
        run("cc", "-O2", "-D_GNU_SOURCE", "-o", self.at("netdelay"), os.path.join(HERE, "netdelay.c"))
        for name in (self.client, self.server):
            run("ip", "netns", "add", name)
            self.made.append(name)
        self.link = subprocess.Popen([self.at("netdelay"), self.client, self.server, str(rtt_ms)], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
        self.processes.append(self.link)
        if self.link.stdout.readline().strip() != "ready":
            raise RuntimeError("the delayed link did not come up")
        self.make_certificates()
        self.start_nginx()

    def make_certificates(self):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.at("root.key"), "-out", self.at("root.pem"),
            "-days", "30", "-subj", "/CN=Bench Root", "-addext", "basicConstraints=critical,CA:TRUE")
        with open(self.at("leaf.ext"), "w") as f:
            f.write("basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
                    "subjectAltName=DNS:%s,IP:%s\n" % (HOST, ADDRESS))
        for kind, key in (("rsa", ["rsa:2048"]), ("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])):
            run("openssl", "req", "-newkey", *key, "-nodes", "-keyout", self.at(kind + ".key"), "-out", self.at(kind + ".csr"),
                "-subj", "/CN=" + HOST)
            run("openssl", "x509", "-req", "-in", self.at(kind + ".csr"), "-CA", self.at("root.pem"), "-CAkey", self.at("root.key"),
                "-set_serial", str(len(kind)), "-days", "20", "-extfile", self.at("leaf.ext"), "-out", self.at(kind + ".pem"))
        run("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", self.at("dhx.pem"))
        run("openssl", "pkeyparam", "-in", self.at("dhx.pem"), "-out", self.at("dh.pem"))

    def start_nginx(self):
        both = "".join("ssl_certificate %s; ssl_certificate_key %s; " % (self.at(k + ".pem"), self.at(k + ".key")) for k in ("rsa", "ec"))
        with open(self.at("nginx.conf"), "w") as f:
            f.write("daemon off; worker_processes 1; pid %s; error_log %s crit; events { worker_connections 4000; }\n"
                    "http { access_log off; root %s;\n" % (self.at("nginx.pid"), self.at("nginx.log"), self.dir))
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
                f.write("%s_temp_path %s;" % (kind, self.at("tmp-" + kind)))
            for port, text in PORTS.values():
                f.write("server { listen %d ssl; server_name %s; %s %s return 200 ok; }\n" % (
                    port, HOST, both, text.format(dh=self.at("dh.pem"))))
            f.write("}\n")
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        self.processes.append(subprocess.Popen(["ip", "netns", "exec", self.server, nginx, "-c", self.at("nginx.conf"), "-p", self.dir],
                                               stderr=subprocess.DEVNULL))
        time.sleep(0.7)

    def counters(self, rtt_ms=None):
        self.link.stdin.write("%s\n" % ("" if rtt_ms is None else rtt_ms))
        self.link.stdin.flush()
        return [int(n) for n in self.link.stdout.readline().split()]

    def measure(self, words, timeout=900, env=None):
        """Runs a program in the client's namespace: seconds, CPU seconds, MiB at most, connections, output."""
        self.counters()
        out = open(self.at("out"), "wb")
        began = time.monotonic()
        p = subprocess.Popen(["ip", "netns", "exec", self.client] + words, stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.STDOUT, start_new_session=True, env=dict(os.environ, **(env or {})))
        status, usage = self.wait(p, began + timeout)
        wall = time.monotonic() - began
        time.sleep(0.3)
        with open(self.at("out"), encoding="utf8", errors="replace") as f:
            text = f.read()
        return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024, "status": status,
                "connections": self.counters()[0], "out": text}

    @staticmethod
    def wait(p, until):
        while True:
            pid, status, usage = os.wait4(p.pid, os.WNOHANG)
            if pid:
                p.returncode = os.waitstatus_to_exitcode(status)
                return p.returncode, usage
            if time.monotonic() > until:
                p.kill()
                until = float("inf")
            time.sleep(0.002)

    def close(self):
        for p in self.processes:
            p.terminate()
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
        for name in self.made:
            subprocess.call(["ip", "netns", "del", name])
        shutil.rmtree(self.dir, ignore_errors=True)
