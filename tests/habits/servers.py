"""Servers of many makers, each with a configuration and what follows from it. A case's facts are named as in the JSON:
habits, resumption_*, client_*, ids of vulnerabilities."""
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TAKEN = set()


class Case:
    def __init__(self, name, host="t.example", true=(), options=(), **wanted):
        """`true`: vulnerabilities that this configuration has indeed."""
        self.name, self.host, self.true, self.options, self.wanted, self.folder = name, host, true, options, wanted, None


def free_port():
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in TAKEN:
            TAKEN.add(port)
            return port


def wait_port(port, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def start(started, *words, **options):
    started.append(subprocess.Popen(words, stdout=options.get("out", subprocess.DEVNULL), stderr=subprocess.DEVNULL,
                                    stdin=options.get("stdin", subprocess.DEVNULL), start_new_session=True, env=options.get("env")))
    return started[-1]


# ---- certificates -------------------------------------------------------------------------------------------------------

def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


def leaf(folder, kind, cn, names, key):
    at = lambda end: os.path.join(folder, kind + end)
    with open(at(".ext"), "w") as f:
        f.write("basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\nsubjectAltName=%s\n" % names)
    run("openssl", "req", *key, "-nodes", "-keyout", at(".key"), "-out", at(".csr"), "-subj", "/CN=" + cn)
    run("openssl", "x509", "-req", "-in", at(".csr"), "-CA", folder + "/root.pem", "-CAkey", folder + "/root.key", "-set_serial",
        str(int.from_bytes(os.urandom(6), "big")), "-days", "20", "-extfile", at(".ext"), "-out", at(".crt"))
    with open(at(".pem"), "w") as f:
        f.write(open(at(".crt")).read() + open(at(".key")).read())
    run("openssl", "pkcs12", "-export", "-in", at(".crt"), "-inkey", at(".key"), "-out", at(".p12"), "-passout", "pass:audit0", "-name", "t")


def make_pki(folder):
    at = lambda name: os.path.join(folder, name)
    os.chmod(folder, 0o755)
    for name, subject in (("root", "/CN=Habit Root"), ("clients", "/O=Why/CN=Client Authority"), ("clients2", "/CN=Second Authority")):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at(name + ".key"), "-out",
            at(name + ".pem"), "-days", "30", "-subj", subject, "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=critical,keyCertSign,digitalSignature")
    rsa, ec = ["-newkey", "rsa:2048"], ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    leaf(folder, "rsa", "t.example", "DNS:t.example,DNS:www.t.example,DNS:localhost", rsa)
    leaf(folder, "ec", "t.example", "DNS:t.example,DNS:www.t.example", ec)
    leaf(folder, "other", "other.example", "DNS:other.example", rsa)
    with open(at("index"), "w") as f:
        serial = subprocess.check_output(["openssl", "x509", "-in", at("rsa.crt"), "-noout", "-serial"], text=True).strip().split("=")[1]
        f.write("V\t401231000000Z\t\t%s\tunknown\t/CN=t.example\n" % serial)
    run("openssl", "ocsp", "-issuer", at("root.pem"), "-cert", at("rsa.crt"), "-reqout", at("ocsp.req"), "-no_nonce")
    run("openssl", "ocsp", "-index", at("index"), "-CA", at("root.pem"), "-rsigner", at("root.pem"), "-rkey", at("root.key"), "-reqin",
        at("ocsp.req"), "-respout", at("ocsp.der"), "-ndays", "5")
    with open(at("both.pem"), "w") as f:
        f.write(open(at("clients.pem")).read() + open(at("clients2.pem")).read())


AUTHORITY, AUTHORITY2 = "CN=Client Authority, O=Why", "CN=Second Authority"


def lifetime(*values):
    def check(seen):
        return seen in values
    check.__doc__ = "one of %s" % (values,)
    return check


def has(*names):
    def check(seen):
        return isinstance(seen, list) and sorted(seen) == sorted(names)
    check.__doc__ = "the list %s in any order" % (names,)
    return check


NO_OLD_FACTS = dict(heartbeat=False, compression=False, truncated_hmac=False)
OPENSSL = dict(NO_OLD_FACTS, extended_master_secret=True, secure_renegotiation=True, client_renegotiation=False, v_heartbleed="not_vulnerable",
               v_ccs_injection="not_vulnerable", v_robot=lambda s: s in ("not_vulnerable", "not_applicable"), v_session_id_reuse="not_vulnerable",
               v_hrr_errors="not_vulnerable", v_crime="not_vulnerable", v_insecure_reneg="not_vulnerable", max_fragment=4096, record_size_limit=0,
               certificate_compression=[], downgrade_sentinel=True, v_x25519_zero="not_vulnerable", v_early_ccs_tls13="not_vulnerable")


# ---- nginx --------------------------------------------------------------------------------------------------------------

def nginx(folder, started):
    at = lambda name: os.path.join(folder, name)
    rsa = "ssl_certificate %s; ssl_certificate_key %s; " % (at("rsa.crt"), at("rsa.key"))
    other = "ssl_certificate %s; ssl_certificate_key %s; " % (at("other.crt"), at("other.key"))
    tables = (
        (Case("nginx: tickets, cache, stapling, optional client certificates, early data", **dict(
            OPENSSL, resumption_tickets=True, resumption_session_ids=True, resumption_tls13=True, early_data=True, ticket_lifetime_s=600,
            client_requested=True, client_required=False, client_authorities=[AUTHORITY, AUTHORITY2], ocsp_stapling=True,
            encrypt_then_mac=True, alpn=["http/1.1", "http/1.0", "http/0.9"], sni_needed=False, unknown_sni_refused=False, fallback_scsv=True,
            v_ticket_lifetime="not_vulnerable", v_triple_handshake="not_vulnerable", v_zero_rtt="unknown")),
         "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:a:1m; ssl_session_timeout 10m; ssl_early_data on; ssl_stapling on; "
         "ssl_stapling_file %s; ssl_verify_client optional; ssl_client_certificate %s; " % (at("ocsp.der"), at("both.pem")) + rsa, ""),
        (Case("nginx: nothing resumes, GCM alone, client certificates required", **dict(
            OPENSSL, resumption_tickets=False, resumption_session_ids=False, resumption_tls13=False, early_data=False, ticket_lifetime_s=300,
            client_requested=True, client_required=True, client_authorities=[AUTHORITY], ocsp_stapling=False, encrypt_then_mac=None,
            v_ticket_lifetime="not_vulnerable", v_poodle_tls="not_applicable", v_ticketbleed="not_applicable")),
         "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_tickets off; ssl_ciphers ECDHE+AESGCM; ssl_verify_client on; "
         "ssl_client_certificate %s; " % at("clients.pem") + rsa, ""),
        (Case("nginx: old versions, other names are rejected", **dict(
            OPENSSL, fallback_scsv=True, downgrade_sentinel=None, resumption_tls13=False, sni_needed=True, unknown_sni_refused=True,
            v_hrr_errors="not_applicable", v_x25519_zero="not_applicable", v_early_ccs_tls13="not_applicable", ticket_lifetime_s=300,
            resumption_session_ids=False, resumption_tickets=True, client_requested=False, client_required=False)),
         "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0; " + rsa,
         "server { listen 127.0.0.1:%(port)d ssl default_server; ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0; ssl_reject_handshake on; }"),
        (Case("nginx: TLS 1.3 alone, another host by default", **dict(
            OPENSSL, extended_master_secret=None, secure_renegotiation=None, client_renegotiation=None, heartbeat=None, compression=None,
            truncated_hmac=None, downgrade_sentinel=None, max_fragment=lambda v: v in (0, 4096), v_heartbleed="not_applicable",
            v_ccs_injection="not_applicable", v_session_id_reuse="not_applicable", v_crime="not_applicable", v_insecure_reneg="not_applicable",
            resumption_tickets=False, resumption_session_ids=False, resumption_tls13=True, sni_needed=False, unknown_sni_refused=False)),
         "ssl_protocols TLSv1.3; " + rsa, "server { listen 127.0.0.1:%(port)d ssl default_server; ssl_protocols TLSv1.3; " + other + "return 200 other; }"),
    )
    ports = [free_port() for _ in tables]
    with open(at("nginx.conf"), "w") as f:
        f.write("daemon off; worker_processes 1; user root; pid %s; error_log %s; events {} http { access_log off; " % (at("nginx.pid"), at("nginx.log")))
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
            f.write("%s_temp_path %s;" % (kind, at("tmp-" + kind)))
        for port, (_, text, before) in zip(ports, tables):
            f.write("%s\nserver { listen 127.0.0.1:%d ssl; server_name t.example www.t.example; %s return 200 ok; }\n" % (before % {"port": port}, port, text))
        f.write("}\n")
    if started is not None:
        start(started, "nginx", "-c", at("nginx.conf"), "-p", folder)
    return with_folder(folder, zip([row[0] for row in tables], ports))


def with_folder(folder, pairs):
    out = []
    for case, port in pairs:
        case.folder = folder
        out.append((case, port))
    return out


# ---- Apache httpd ---------------------------------------------------------------------------------------------------------

def apache(folder, started):
    at = lambda name: os.path.join(folder, name)
    modules = "/usr/lib/apache2/modules"
    cert = "SSLCertificateFile %s\nSSLCertificateKeyFile %s\n" % (at("rsa.crt"), at("rsa.key"))
    tables = (
        (Case("apache: HTTP/2, session cache, client certificates required", **dict(
            OPENSSL, alpn=has("h2", "http/1.1"), resumption_session_ids=None, resumption_tickets=None, resumption_tls13=None, early_data=None,
            client_renegotiation=None, client_requested=True,
            client_required=True, client_authorities=[AUTHORITY], ocsp_stapling=False, encrypt_then_mac=True)),
         cert + "Protocols h2 http/1.1\nSSLVerifyClient require\nSSLCACertificateFile %s\n" % at("clients.pem")),
        (Case("apache: no tickets, optional client certificates", **dict(
            OPENSSL, alpn=["http/1.1"], resumption_tickets=False, resumption_session_ids=True, client_requested=True, client_required=False,
            client_authorities=[AUTHORITY2])),
         cert + "SSLSessionTickets off\nSSLVerifyClient optional_no_ca\nSSLCACertificateFile %s\n" % at("clients2.pem")),
        (Case("apache: TLS 1.2, insecure renegotiation allowed", **dict(
            OPENSSL, downgrade_sentinel=None, v_hrr_errors="not_applicable", v_x25519_zero="not_applicable", v_early_ccs_tls13="not_applicable",
            resumption_tls13=False, client_requested=False)),
         cert + "SSLProtocol -all +TLSv1.2\nSSLInsecureRenegotiation on\n"),
    )
    ports = [free_port() for _ in tables]
    with open(at("apache.conf"), "w") as f:
        f.write("ServerRoot %s\nPidFile %s\nErrorLog %s\nServerName t.example\nDefaultRuntimeDir %s\n" % (folder, at("apache.pid"), at("apache.log"), folder))
        for module in ("mpm_event", "authz_core", "ssl", "socache_shmcb", "http2"):
            if os.path.exists("%s/mod_%s.so" % (modules, module)):
                f.write("LoadModule %s_module %s/mod_%s.so\n" % (module, modules, module))
        f.write("Mutex file:%s default\nSSLSessionCache shmcb:%s(512000)\nDocumentRoot %s\n" % (folder, at("apache.cache"), folder))
        for port, (_, text) in zip(ports, tables):
            f.write("Listen 127.0.0.1:%d\n<VirtualHost 127.0.0.1:%d>\nServerName t.example\nSSLEngine on\n%s</VirtualHost>\n" % (port, port, text))
    if started is not None:
        start(started, "apache2", "-f", at("apache.conf"), "-DFOREGROUND")
    return with_folder(folder, zip([row[0] for row in tables], ports))


# ---- HAProxy ----------------------------------------------------------------------------------------------------------------

def haproxy(folder, started):
    at = lambda name: os.path.join(folder, name)
    with open(at("staple.pem"), "w") as f:
        f.write(open(at("rsa.pem")).read())
    with open(at("staple.pem.ocsp"), "wb") as f:
        f.write(open(at("ocsp.der"), "rb").read())
    with open(at("staple.pem.issuer"), "w") as f:
        f.write(open(at("root.pem")).read())
    tables = (
        (Case("haproxy: strict names, no tickets, stapling", **dict(
            OPENSSL, alpn=has("h2", "http/1.1"), resumption_tickets=False, resumption_session_ids=True, sni_needed=True,
            unknown_sni_refused=True, ocsp_stapling=True)),
         "crt %s strict-sni no-tls-tickets alpn h2,http/1.1" % at("staple.pem")),
        (Case("haproxy: early data, client certificates required", **dict(
            OPENSSL, early_data=None, resumption_tickets=None, client_renegotiation=None, client_requested=True, client_required=True, client_authorities=[AUTHORITY])),
         "crt %s allow-0rtt verify required ca-file %s" % (at("rsa.pem"), at("clients.pem"))),
        (Case("haproxy: TLS 1.0 to 1.2", **dict(
            OPENSSL, downgrade_sentinel=None, fallback_scsv=True, v_hrr_errors="not_applicable", v_x25519_zero="not_applicable",
            v_early_ccs_tls13="not_applicable", client_requested=False, early_data=False)),
         "crt %s ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.2 ciphers ALL:@SECLEVEL=0" % at("rsa.pem")),
    )
    ports = [free_port() for _ in tables]
    with open(at("haproxy.cfg"), "w") as f:
        f.write("global\n  tune.ssl.default-dh-param 2048\n  tune.ssl.lifetime 300\ndefaults\n  mode http\n  timeout client 9s\n  timeout server 9s\n"
                "  timeout connect 9s\n")
        for i, (port, (_, text)) in enumerate(zip(ports, tables)):
            f.write("frontend f%d\n  bind 127.0.0.1:%d ssl %s\n  http-request return status 200\n" % (i, port, text))
    if started is not None:
        start(started, "haproxy", "-db", "-f", at("haproxy.cfg"))
    return with_folder(folder, zip([row[0] for row in tables], ports))


# ---- openssl s_server ---------------------------------------------------------------------------------------------------------

def s_server(folder, started):
    at = lambda name: os.path.join(folder, name)
    no_13 = dict(downgrade_sentinel=None, v_hrr_errors="not_applicable", v_x25519_zero="not_applicable", v_early_ccs_tls13="not_applicable",
                 resumption_tls13=False, early_data=False)
    tables = (
        (Case("openssl: as it comes", **dict(OPENSSL, resumption_tickets=True, resumption_tls13=True, resumption_session_ids=True, ticket_lifetime_s=7200,
                                             early_data=False, encrypt_then_mac=True, alpn=[], client_requested=False, v_psk_ke_only="not_vulnerable",
                                             v_ticket_key_weak="not_vulnerable", v_alert_flood="not_vulnerable")), []),
        (Case("openssl: no tickets, no cache, no encrypt-then-MAC", **dict(
            OPENSSL, resumption_tickets=False, resumption_session_ids=False, resumption_tls13=False, encrypt_then_mac=False,
            early_data=False, v_psk_ke_only="not_applicable")), ["-no_ticket", "-no_cache", "-num_tickets", "0", "-no_etm"]),
        (Case("openssl: early data, PSK without key exchange, stapling", options=("--pool", "1"), **dict(
            OPENSSL, early_data=True, v_psk_ke_only="vulnerable", ocsp_stapling=True)),
         ["-early_data", "-max_early_data", "16384", "-no_anti_replay", "-allow_no_dhe_kex", "-status_file", at("ocsp.der"), "NO WWW"]),
        (Case("openssl: client renegotiation, ALPN", **dict(OPENSSL, client_renegotiation=True, v_client_reneg="vulnerable", alpn=["http/1.1"],
                                                           v_reneg_null_deref="unknown")),
         ["-client_renegotiation", "-alpn", "http/1.1"]),
        (Case("openssl: legacy renegotiation, TLS 1.2 alone, client certificates required", **dict(
            OPENSSL, **dict(no_13, client_renegotiation=None, client_requested=True, client_required=True))),
         ["-tls1_2", "-legacy_renegotiation", "-Verify", "1", "-CAfile", at("clients.pem")]),
        (Case("openssl: client certificates asked for in TLS 1.3", **dict(OPENSSL, client_requested=True, client_required=False)),
         ["-verify", "1", "-CAfile", at("clients.pem")]),
        (Case("openssl: two names, another certificate", **dict(OPENSSL, unknown_sni_refused=True, sni_needed=False)),
         ["-servername", "t.example", "-cert2", at("rsa.crt"), "-key2", at("rsa.key"), "-servername_fatal", "OTHER"]),
        (Case("openssl: TLS 1.0 and 1.1 alone", **dict(OPENSSL, **dict(no_13, fallback_scsv=True, v_robot="not_vulnerable"))),
         ["-no_tls1_2", "-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0"]),
        (Case("openssl: no renegotiation at all", **dict(OPENSSL, client_renegotiation=False, v_client_reneg="not_vulnerable")), ["-no_renegotiation"]),
    )
    out = []
    for case, words in tables:
        port = free_port()
        kind = "other" if "OTHER" in words else "rsa"
        words = ([] if "NO WWW" in words else ["-www"]) + [w for w in words if w not in ("OTHER", "NO WWW")]
        if started is not None:
            start(started, "openssl", "s_server", "-accept", "127.0.0.1:%d" % port, "-key", at(kind + ".key"), "-cert", at(kind + ".crt"),
                  "-quiet", *words)
        out.append((case, port))
    return with_folder(folder, out)


# ---- GnuTLS -----------------------------------------------------------------------------------------------------------------------

GNUTLS = dict(compression=False, truncated_hmac=False, v_robot=lambda s: s != "vulnerable", v_session_id_reuse="not_vulnerable",
              v_insecure_reneg="not_vulnerable", v_heartbleed="not_vulnerable", v_ccs_injection="not_vulnerable", v_ticket_key_weak=lambda s: s != "vulnerable")


def gnutls(folder, started):
    at = lambda name: os.path.join(folder, name)
    tables = (
        (Case("gnutls: heartbeat, early data, ALPN", **dict(
            GNUTLS, heartbeat=True, early_data=True, alpn=["http/1.1"], resumption_tickets=True,
            resumption_tls13=True, extended_master_secret=True, encrypt_then_mac=True, downgrade_sentinel=True)),
         ["--heartbeat", "--earlydata", "--maxearlydata", "8192", "--alpn", "http/1.1"]),
        (Case("gnutls: no tickets, no EMS, no encrypt-then-MAC, client certificates required", **dict(
            GNUTLS, heartbeat=False, extended_master_secret=False, encrypt_then_mac=False, resumption_tickets=None, client_requested=True,
            client_required=True, client_authorities=[AUTHORITY], v_triple_handshake="vulnerable", early_data=None)),
         ["--noticket", "--require-client-cert", "--x509cafile", at("clients.pem"), "--priority", "NORMAL:%NO_ETM:%NO_SESSION_HASH"]),
        (Case("gnutls: no client certificates, stapling, old versions", **dict(
            GNUTLS, client_requested=False, ocsp_stapling=True, fallback_scsv=True, extended_master_secret=True)),
         ["--disable-client-cert", "--ocsp-response", at("ocsp.der"), "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2"]),
        (Case("gnutls: no safe renegotiation", true=("insecure_reneg",), **dict(
            GNUTLS, secure_renegotiation=False, v_insecure_reneg=lambda s: s in ("vulnerable", "not_vulnerable"))),
         ["--disable-client-cert", "--priority", "NORMAL:%DISABLE_SAFE_RENEGOTIATION:-VERS-TLS1.3"]),
    )
    out = []
    for case, words in tables:
        port = free_port()
        if started is not None:
            start(started, "gnutls-serv", "-q", "--http", "-p", str(port), "--x509certfile", at("rsa.crt"), "--x509keyfile", at("rsa.key"), *words)
        out.append((case, port))
    return with_folder(folder, out)


# ---- Go, Java -------------------------------------------------------------------------------------------------------------

def ready(process):
    for line in process.stdout:
        if line.strip() == b"ready":
            return


# It refuses a hello without supported_versions whose version of old is 0304: Go 1.19 does.
GO_TRUE = ("version_intolerance",)
GO = dict(compression=False, heartbeat=False, secure_renegotiation=True, client_renegotiation=False, encrypt_then_mac=False, truncated_hmac=False,
          max_fragment=0, record_size_limit=0, v_robot=lambda s: s in ("not_vulnerable", "not_applicable"), v_session_id_reuse="not_vulnerable")


def go(folder, started):
    rows = (
        ("plain", Case("go: as it comes", true=GO_TRUE, **dict(GO, resumption_tickets=True, resumption_session_ids=False, resumption_tls13=True, early_data=False,
                                                 downgrade_sentinel=True, v_hrr_errors="not_vulnerable", client_requested=False))),
        ("quiet", Case("go: no tickets, stapling, timestamps", true=GO_TRUE, **dict(GO, resumption_tickets=False, resumption_session_ids=False, resumption_tls13=False,
                                                                    ocsp_stapling=True, scts=2, alpn=["http/1.1"]))),
        ("required", Case("go: client certificates required", true=GO_TRUE, **dict(GO, client_requested=True, client_required=True, client_authorities=[AUTHORITY],
                                                                     resumption_tickets=None, resumption_tls13=None, client_renegotiation=None))),
        ("asked", Case("go: client certificates asked for, no TLS 1.3", **dict(GO, client_requested=True, client_required=False, client_authorities=[],
                                                                               resumption_tls13=False, downgrade_sentinel=None, fallback_scsv=True))),
    )
    ports = [free_port() for _ in rows]
    if started is not None:
        run_in = dict(os.environ, GOFLAGS="-mod=mod", GO111MODULE="off")
        subprocess.run(["go", "build", "-o", folder + "/go-server", os.path.join(HERE, "server.go")], check=True, env=run_in, timeout=120)
        words = [w for port, row in zip(ports, rows) for w in (str(port), row[0])]
        ready(start(started, folder + "/go-server", folder, *words, out=subprocess.PIPE))
    return with_folder(folder, zip([row[1] for row in rows], ports))


JAVA = dict(compression=False, heartbeat=False, secure_renegotiation=True, encrypt_then_mac=False, truncated_hmac=False, extended_master_secret=True,
            v_robot=lambda s: s != "vulnerable", v_session_id_reuse="not_vulnerable", max_fragment=4096)


def java(folder, started):
    # Java falls back to its own groups where it knows none of those offered.
    true = ("supported_groups_ignore",)
    rows = (
        ("names", Case("java: names, ALPN", true=true, **dict(JAVA, resumption_tls13=True, early_data=False, alpn=["http/1.1"], sni_needed=False,
                                                              unknown_sni_refused=True, downgrade_sentinel=True, client_requested=False))),
        ("old", Case("java: old versions, client certificates wanted", true=true, **dict(
            JAVA, client_requested=True, client_required=False, downgrade_sentinel=None))),
        ("required", Case("java: client certificates required", true=true, **dict(JAVA, client_requested=True, client_required=None,
                                                                                 resumption_tls13=None, resumption_tickets=None))),
    )
    ports = [free_port() for _ in rows]
    if started is not None:
        words = [w for port, row in zip(ports, rows) for w in (str(port), row[0])]
        ready(start(started, "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "--add-modules", "jdk.httpserver", os.path.join(HERE, "Server.java"), folder,
                    *words, out=subprocess.PIPE))
    return with_folder(folder, zip([row[1] for row in rows], ports))


# ---- Caddy, stunnel, hitch ----------------------------------------------------------------------------------------------

def caddy(folder, started):
    port, second = free_port(), free_port()
    with open(folder + "/Caddyfile", "w") as f:
        f.write("{\n\tadmin off\n\tauto_https off\n\tstorage file_system %s/caddy\n}\nhttps://t.example:%d {\n\tbind 127.0.0.1\n\ttls %s/rsa.crt %s/rsa.key\n"
                "\trespond ok\n}\nhttps://t.example:%d {\n\tbind 127.0.0.1\n\ttls %s/ec.crt %s/ec.key {\n\t\tprotocols tls1.2 tls1.2\n"
                "\t\tclient_auth {\n\t\t\tmode require_and_verify\n\t\t\ttrusted_ca_cert_file %s/clients.pem\n\t\t}\n\t}\n\trespond ok\n}\n" % (
                    folder, port, folder, folder, second, folder, folder, folder))
    if started is not None:
        start(started, "caddy", "run", "--config", folder + "/Caddyfile", "--adapter", "caddyfile", env=dict(os.environ, HOME=folder))
    return with_folder(folder, (
        (Case("caddy: HTTP/3, another name refused", true=GO_TRUE, **dict(GO, quic=True, encrypt_then_mac=None, alpn=has("h2", "http/1.1"), resumption_tickets=True, resumption_tls13=True,
                                                           v_quic_vn="not_vulnerable")), port),
        (Case("caddy: TLS 1.2, client certificates required", **dict(GO, client_requested=True, client_required=True, client_authorities=[AUTHORITY],
                                                                    encrypt_then_mac=None, client_renegotiation=None)), second)))


def stunnel(folder, started):
    port, second, third, behind = free_port(), free_port(), free_port(), free_port()
    with open(folder + "/stunnel.conf", "w") as f:
        f.write("foreground = yes\npid =\n")
        for name, number, more in (("plain", port, ""), ("clients", second, "verifyChain = yes\nrequireCert = yes\nCAfile = %s/clients.pem\n" % folder),
                                   ("old", third, "sslVersionMin = TLSv1\nsslVersionMax = TLSv1.2\nsecurityLevel = 0\nciphers = ALL\nrenegotiation = no\nsessionResume = no\n")):
            f.write("[%s]\naccept = 127.0.0.1:%d\nconnect = 127.0.0.1:%d\ncert = %s/rsa.pem\n%s" % (name, number, behind, folder, more))
    if started is not None:
        start(started, sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, str(behind))
        start(started, "stunnel", folder + "/stunnel.conf")
    return with_folder(folder, (
        (Case("stunnel: as it comes", **dict(NO_OLD_FACTS, extended_master_secret=True, secure_renegotiation=True, client_requested=False)), port),
        (Case("stunnel: client certificates required", **dict(NO_OLD_FACTS, client_requested=True, client_required=True, client_authorities=[AUTHORITY])), second),
        (Case("stunnel: old versions, no renegotiation", **dict(NO_OLD_FACTS, client_renegotiation=False, fallback_scsv=True)), third)))


def hitch(folder, started):
    port, behind = free_port(), free_port()
    with open(folder + "/hitch.conf", "w") as f:
        f.write('frontend = "[127.0.0.1]:%d"\nbackend = "[127.0.0.1]:%d"\npem-file = "%s/rsa.pem"\nalpn-protos = "h2,http/1.1"\ntls-protos = TLSv1.2 TLSv1.3\n'
                "workers = 1\nuser = \"nobody\"\n" % (port, behind, folder))
    if started is not None:
        start(started, sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, str(behind))
        start(started, "hitch", "--config=" + folder + "/hitch.conf")
    return with_folder(folder, ((Case("hitch: ALPN", **dict(NO_OLD_FACTS, alpn=has("h2", "http/1.1"), client_requested=False)), port),))


# ---- NSS ------------------------------------------------------------------------------------------------------------------

def nss(folder, started):
    rows = (
        (Case("nss: as it comes", **dict(NO_OLD_FACTS, extended_master_secret=True, secure_renegotiation=True, resumption_tls13=True, downgrade_sentinel=True,
                                         record_size_limit=lambda n: n > 0, v_hrr_errors="not_vulnerable", v_session_id_reuse="not_vulnerable")), ["-u"]),
        (Case("nss: early data, client certificates asked for", **dict(NO_OLD_FACTS, early_data=True, client_requested=True)), ["-u", "-Z", "-r"]),
        (Case("nss: no EMS, no tickets, TLS 1.0 to 1.2", **dict(NO_OLD_FACTS, extended_master_secret=True, resumption_tickets=False, downgrade_sentinel=None,
                                                              resumption_tls13=False, fallback_scsv=True)), ["-V", "tls1.0:tls1.2"]),
    )
    out = []
    if started is not None:
        os.makedirs(folder + "/nss", exist_ok=True)
        run("certutil", "-N", "-d", folder + "/nss", "--empty-password")
        run("pk12util", "-i", folder + "/rsa.p12", "-d", folder + "/nss", "-W", "audit0")
        run("certutil", "-A", "-d", folder + "/nss", "-n", "root", "-t", "CT,,", "-i", folder + "/root.pem")
    for case, words in rows:
        port = free_port()
        if started is not None:
            start(started, "selfserv", "-d", folder + "/nss", "-n", "t", "-p", str(port), "-t", "8", *words)
        out.append((case, port))
    return with_folder(folder, out)


SERVERS = [("nginx", nginx), ("apache2", apache), ("haproxy", haproxy), ("openssl", s_server), ("gnutls-serv", gnutls), ("go", go), ("java", java),
           ("caddy", caddy), ("stunnel", stunnel), ("hitch", hitch), ("selfserv", nss)]
