"""Broken configurations: what is wrong, and where. {D} is the folder, {P} the port; a.pem, a.key, a.both and b.* lie in it."""
import os
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass, field


@dataclass
class Shape:
    kind: str
    name: str
    cause: str
    line: int
    text: str
    file: str = None            # site.conf; HAProxy main.conf
    ask: str = "a.test"
    root: bool = False          # it is the root cause
    files: dict = field(default_factory=dict)
    head: str = None
    prepare: object = None
    without: tuple = ()
    by_hand: str = None         # why what mends it cannot be done to the letter here
    says: tuple = ()            # in the evidence or what mends it; one text or several


def nginx(name, cause, line, text, **more):
    return Shape("nginx", name, cause, line, text, **more)


def apache(name, cause, line, text, **more):
    return Shape("apache", name, cause, line, text, **more)


def haproxy(name, cause, line, text, **more):
    return Shape("haproxy", name, cause, line, text, **more)


def caddy(name, cause, line, text, **more):
    return Shape("caddy", name, cause, line, text, **more)


def hitch(name, cause, line, text, **more):
    return Shape("hitch", name, cause, line, text, **more)


def stunnel(name, cause, line, text, **more):
    return Shape("stunnel", name, cause, line, text, **more)


def unlink(name):
    return lambda folder: os.unlink(os.path.join(folder, name))


def empty(name):
    return lambda folder: open(os.path.join(folder, name), "w").close()


def no_newline(folder):
    path = os.path.join(folder, "main.conf")
    text = open(path).read().rstrip("\n")
    open(path, "w").write(text)


def expire(folder):
    os.system("cd %s && openssl req -x509 -key a.key -out a.pem -days 1 -subj /CN=a.test -addext subjectAltName=DNS:a.test 2>/dev/null; "
              "openssl x509 -in a.pem -signkey a.key -days -1 -out x.pem 2>/dev/null && mv x.pem a.pem" % folder)


def private_folder(folder):
    os.makedirs(os.path.join(folder, "live"))
    for f in ("a.test.pem", "a.test.key"):
        os.rename(os.path.join(folder, "a." + f[-3:]), os.path.join(folder, "live", f))
    os.chmod(os.path.join(folder, "live"), 0o700)


def private_with_list(folder):
    """The same, and an access control list lets nobody in: acl(5), as `setfacl -m u:nobody:rx` writes it."""
    private_folder(folder)
    live = os.path.join(folder, "live")
    for path, may in ((live, 5), (live + "/a.test.key", 4)):
        entries = ((0x01, 7, 0xffffffff), (0x02, may, 65534), (0x04, 0, 0xffffffff), (0x10, may, 0xffffffff), (0x20, 0, 0xffffffff))
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries))


N = "server {\n  listen 127.0.0.1:{P} ssl;\n  server_name a.test;\n  ssl_certificate a.pem;\n  ssl_certificate_key a.key;\n%s}\n"
A = "<VirtualHost *:{P}>\n  ServerName a.test\n  SSLEngine on\n  SSLCertificateFile a.pem\n  SSLCertificateKeyFile a.key\n%s</VirtualHost>\n"
H = "defaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\nfrontend f\n  bind 127.0.0.1:{P} ssl crt {D}/a.both%s\n"

HEAD_APACHE = ("ServerRoot {D}\nServerName main.test\nPidFile {D}/pid\nErrorLog {D}/error.log\nLoadModule mpm_event_module {M}/mod_mpm_event.so\n"
               "LoadModule authz_core_module {M}/mod_authz_core.so\nLoadModule ssl_module {M}/mod_ssl.so\nListen 127.0.0.1:{P} https\n")

SHAPES = [
    nginx("a directive without its semicolon", "host.config-invalid", 6, N % "  keepalive_timeout 5\n", root=True),
    nginx("a directive that is not known", "host.config-invalid", 6, N % "  keepalive_timeouts 5;\n", root=True),
    nginx("a block that is never closed", "host.config-invalid", 6, N[:-2] % "  location / {\n  return 200;\n", root=True),
    nginx("a closing brace too many", "host.config-invalid", 7, N % "" + "}\n", root=True),
    nginx("an include that is not there", "host.config-invalid", 6, N % "  include missing.conf;\n", root=True),
    nginx("a quote that is never closed", "host.config-invalid", 6, N % "  add_header X \"abc;\n", root=True),
    nginx("no certificate file", "host.certificate-file-missing", 4, N % "", prepare=unlink("a.pem"), root=True),
    nginx("no key file", "host.certificate-file-missing", 5, N % "", prepare=unlink("a.key"), root=True),
    nginx("an empty certificate file", "host.certificate-file-unreadable", 4, N % "", prepare=empty("a.pem"), root=True),
    nginx("the key of another", "host.key-mismatch", 5, (N % "").replace("a.key", "b.key"), root=True),
    nginx("an expired certificate", "certificate.expired", 4, N % "", prepare=expire),
    nginx("the same name twice", "host.duplicate-name", 9, N % "" + (N % ""), ),
    nginx("a name that nobody serves", "host.name-not-served", 1, N % "", ask="other.test"),
    nginx("a listen without ssl", "host.tls-off", 2, (N % "").replace(" ssl;", ";")),
    nginx("old protocols", "host.config-weak", 6, N % "  ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\n"),
    nginx("no TLS 1.3", "host.config-weak", 6, N % "  ssl_protocols TLSv1.2;\n"),
    nginx("broken suites", "host.config-weak", 6, N % "  ssl_ciphers HIGH:RC4;\n"),
    nginx("stapling without a resolver", "host.stapling-no-resolver", 6, N % "  ssl_stapling on;\n"),
    nginx("a location that drops HSTS", "host.config-weak", 8, N % "  add_header Strict-Transport-Security max-age=1;\n  location / {\n    add_header X y;\n  }\n"),
    nginx("a backend that is down", "host.backend-down", 7, N % "  location / {\n    proxy_pass http://127.0.0.1:1;\n  }\n"),
    nginx("an upstream that is down", "host.backend-down", 2, "upstream u {\n  server 127.0.0.1:1;\n}\n" + N % "  location / {\n    proxy_pass http://u;\n  }\n"),
    nginx("no X-Forwarded-Proto", "host.forwarded-proto-missing", 7, N % "  location / {\n    proxy_pass http://127.0.0.1:1;\n  }\n"),
    nginx("PROXY protocol expected", "host.proxy-protocol-mismatch", 2, (N % "").replace(" ssl;", " ssl proxy_protocol;")),
    nginx("a key that the workers cannot read, by variable", "host.certificate-file-unreadable", 5,
          (N % "").replace("a.pem", "live/$ssl_server_name.pem").replace("a.key", "live/$ssl_server_name.key"), prepare=private_folder,
          head="user nobody nogroup;\nevents {}\npid {D}/pid;\nerror_log {D}/error.log;\nhttp {\naccess_log off;\ninclude site.conf;\n}\n"),
    nginx("a key that a list lets the workers read", "host.config-weak", 1,
          (N % "").replace("a.pem", "live/$ssl_server_name.pem").replace("a.key", "live/$ssl_server_name.key"), prepare=private_with_list, without=("host.certificate-file-unreadable",),
          head="user nobody nogroup;\nevents {}\npid {D}/pid;\nerror_log {D}/error.log;\nhttp {\naccess_log off;\ninclude site.conf;\n}\n"),
    nginx("http2 on, which this version does not know", "host.config-invalid", 6, N % "  http2 on;\n", root=True),
    nginx("a map, Lua words and many lines in the way", "host.key-mismatch", 11,
          "map $http_x $y {\n  default \"a;b}\";\n}\n# server {\n" + "\n" + (N % "").replace("server_name a.test", "server_name\n    a.test").replace("a.key", "b.key"), root=True),

    apache("a directive that is not known", "host.config-invalid", 6, A % "  SSLEngines on\n", root=True),
    apache("a section that is never closed", "host.config-invalid", 6, A % "  <Location />\n"),
    apache("an include that is not there", "host.config-invalid", 6, A % "  Include missing.conf\n", root=True),
    apache("no certificate file", "host.certificate-file-missing", 4, A % "", prepare=unlink("a.pem"), root=True),
    apache("no key file", "host.certificate-file-missing", 5, A % "", prepare=unlink("a.key"), root=True),
    apache("an empty certificate file", "host.certificate-file-unreadable", 4, A % "", prepare=empty("a.pem"), root=True),
    apache("the key of another, which its own test passes", "host.key-mismatch", 5, (A % "").replace("a.key", "b.key"), root=True),
    apache("an expired certificate", "certificate.expired", 4, A % "", prepare=expire),
    apache("the same name twice", "host.duplicate-name", 8, A % "" + A % ""),
    apache("a name that nobody serves", "host.name-not-served", 1, A % "", ask="other.test"),
    apache("SSLEngine off", "host.tls-off", 1, (A % "").replace("SSLEngine on", "SSLEngine off")),
    apache("https by its Listen alone", "host.config-weak", 1, (A % "").replace("  SSLEngine on\n", ""), without=("host.tls-off",)),
    apache("TLS without a certificate", "host.config-invalid", 1, "<VirtualHost *:{P}>\n  ServerName a.test\n  SSLEngine on\n</VirtualHost>\n", root=True),
    apache("old protocols", "host.config-weak", 6, A % "  SSLProtocol all -SSLv3\n"),
    apache("no TLS 1.3", "host.config-weak", 6, A % "  SSLProtocol -all +TLSv1.2\n"),
    apache("broken suites", "host.config-weak", 6, A % "  SSLCipherSuite HIGH:RC4\n"),
    apache("stapling without a cache", "host.config-invalid", 6, A % "  SSLUseStapling on\n"),
    apache("a backend that is down", "host.backend-down", 6, A % "  ProxyPass / http://127.0.0.1:1/\n"),
    apache("no X-Forwarded-Proto", "host.forwarded-proto-missing", 6, A % "  ProxyPass / http://127.0.0.1:1/\n"),
    apache("Define, IfDefine and IfModule in the way", "host.key-mismatch", 8,
           "Define KEY b.key\n<IfDefine !NOTHING>\n<IfModule ssl_module>\n" + (A % "").replace("a.key", "${KEY}") + "</IfModule>\n</IfDefine>\n", root=True),

    haproxy("a keyword that is not known", "host.config-invalid", 8, H % "\n  binds :1", root=True),
    haproxy("an option of bind that is not known", "host.config-invalid", 7, H % " alpns h2", root=True),
    haproxy("a backend that does not exist", "host.config-invalid", 8, H % "\n  default_backend nowhere", root=True),
    haproxy("no newline at the end", "host.config-invalid", 8, H % "\n  http-request return status 200", prepare=no_newline, root=True),
    haproxy("no certificate file", "host.certificate-file-missing", 7, H % "", prepare=unlink("a.both"), root=True),
    haproxy("an empty certificate file", "host.certificate-file-unreadable", 7, H % "", prepare=empty("a.both"), root=True),
    haproxy("a certificate without its key", "host.certificate-file-unreadable", 7, (H % "").replace("a.both", "c0.pem"),
            prepare=unlink("c0.key"), root=True),
    haproxy("no crt-list", "host.certificate-file-missing", 7, (H % "").replace("crt {D}/a.both", "crt-list {D}/list"), root=True),
    haproxy("a line of the crt-list whose file is missing", "host.certificate-file-missing", 2, (H % "").replace("crt {D}/a.both", "crt-list {D}/list"),
            files={"list": "{D}/a.both\n{D}/missing.pem b.test\n"}, file="list", root=True),
    haproxy("the key of another beside it", "host.key-mismatch", 7, (H % "").replace("a.both", "a.pem"), prepare=lambda d: os.replace(d + "/b.key", d + "/a.pem.key"), root=True),
    haproxy("a name that nobody serves", "host.name-not-served", 7, H % "", ask="other.test"),
    haproxy("a name that strict-sni refuses", "host.name-not-served", 0, H % " strict-sni", ask="other.test"),
    haproxy("a bind without ssl", "host.tls-off", 7, (H % "").replace(" ssl crt {D}/a.both", "")),
    haproxy("old protocols", "host.config-weak", 7, H % " ssl-min-ver TLSv1.0"),
    haproxy("no TLS 1.3", "host.config-weak", 7, H % " no-tlsv13"),
    haproxy("broken suites", "host.config-weak", 7, H % " ciphers HIGH:RC4-SHA"),
    haproxy("old protocols for all", "host.config-weak", 2, "global\n  ssl-default-bind-options ssl-min-ver TLSv1.1\n" + H % ""),
    haproxy("a backend that is down", "host.backend-down", 10, H % "\n  default_backend x\nbackend x\n  server s 127.0.0.1:1"),
    haproxy("no X-Forwarded-Proto", "host.forwarded-proto-missing", 6, H % ""),
    haproxy("PROXY protocol expected", "host.proxy-protocol-mismatch", 7, H % " accept-proxy"),
    haproxy("conditions in the way", "host.certificate-file-missing", 9, ".if 0\nnonsense\n.endif\n" + (H % "").replace("defaults\n", "# x\ndefaults\n", 0).replace("bind", "# \"\n  .if 1\n  bind", 0).replace("a.both", "missing") + "", root=True),
]
SHAPES[-1].line = 10
C = "a.test:{P} {\n\ttls {D}/a.pem {D}/a.key\n%s}\n"
J = """{
  "apps": {
    "http": {
      "servers": {
        "one": {
          "listen": ["127.0.0.1:{P}"],
          "routes": [
            {
              "match": [{"host": ["a.test"]}],
              "handle": [
                {"handler": "static_response", "body": "x"}
              ]
            }
          ]
        }
      }
    },
    "tls": {
      "certificates": {
        "load_files": [
          {
            "certificate": "{D}/a.pem",
            "key": "{D}/a.key"
          }
        ]
      }
    }
  }
}
"""
S = "foreground = yes\npid =\n[https]\naccept = 127.0.0.1:{P}\nconnect = 127.0.0.1:1\ncert = {D}/a.pem\nkey = {D}/a.key\n%s"
K = 'frontend = "[127.0.0.1]:{P}"\nbackend = "[127.0.0.1]:1"\npem-file = "{D}/a.both"\n%s'
SHAPES += [
    caddy("a directive that is not known", "host.config-invalid", 3, C % "\trespnd x\n", root=True),
    caddy("a block that is never closed", "host.config-invalid", 3, (C % "\thandle {\n")[:-2] + "\n", root=True),
    caddy("a closing brace too many", "host.config-invalid", 4, C % "" + "}\n", root=True),
    caddy("an import that is not there", "host.config-invalid", 3, C % "\timport missing.conf\n", root=True),
    caddy("an option of tls that is not known", "host.config-invalid", 3, "a.test:{P} {\n\ttls {D}/a.pem {D}/a.key {\n\t\tprotocol tls1.2\n\t}\n}\n", root=True),
    caddy("no certificate file", "host.certificate-file-missing", 2, C % "", prepare=unlink("a.pem"), root=True),
    caddy("no key file", "host.certificate-file-missing", 2, C % "", prepare=unlink("a.key"), root=True),
    caddy("an empty certificate file", "host.certificate-file-unreadable", 2, C % "", prepare=empty("a.pem"), root=True),
    caddy("the key of another", "host.key-mismatch", 2, (C % "").replace("a.key", "b.key"), root=True),
    caddy("an expired certificate", "certificate.expired", 2, C % "", prepare=expire),
    caddy("a name that nobody serves", "host.name-not-served", 0, C % "", ask="other.test"),
    caddy("a site of http", "host.tls-off", 1, "http://a.test:{P} {\n\trespond x\n}\n"),
    caddy("no TLS 1.3", "host.config-weak", 3, "a.test:{P} {\n\ttls {D}/a.pem {D}/a.key {\n\t\tprotocols tls1.2 tls1.2\n\t}\n}\n"),
    caddy("a backend that is down", "host.backend-down", 3, C % "\treverse_proxy 127.0.0.1:1\n"),
    caddy("a snippet, quotes and a second file in the way", "host.key-mismatch", 2, "(certs) {\n\ttls {D}/a.pem {D}/b.key\n}\na.test:{P},\nb.test:{P} {\n\trespond \"} {\"\n\timport certs\n}\n", root=True),

    caddy("JSON: a comma too many", "host.config-invalid", 7, J.replace('"routes": [', '"routes": [,'), root=True),
    caddy("JSON: a bracket that is not closed", "host.config-invalid", 15, J.replace('            }\n          ]\n        }', '            }\n          \n        }', 1), root=True),
    caddy("JSON: a quote that is not closed", "host.config-invalid", 6, J.replace('{P}"]', '{P}]'), root=True),
    caddy("JSON: cut off", "host.config-invalid", 16, J[:J.index('      }\n    },')], root=True),
    caddy("JSON: something behind the end", "host.config-invalid", 30, J + "}\n", root=True),
    caddy("JSON: no certificate file", "host.certificate-file-missing", 22, J, prepare=unlink("a.pem"), root=True),
    caddy("JSON: no key file", "host.certificate-file-missing", 23, J, prepare=unlink("a.key"), root=True),
    caddy("JSON: an empty certificate file", "host.certificate-file-unreadable", 22, J, prepare=empty("a.pem"), root=True),
    caddy("JSON: the key of another", "host.key-mismatch", 23, J.replace("a.key", "b.key"), root=True),
    caddy("JSON: the certificate that a policy's tag names", "host.key-mismatch", 24,
          J.replace('"routes"', '"tls_connection_policies": [{"match": {"sni": ["a.test"]}, "certificate_selection": {"any_tag": ["x"]}}, {}],\n          "routes"')
          .replace('"load_files": [', '"load_files": [{"certificate": "{D}/c0.pem", "key": "{D}/c0.key", "tags": ["y"]},').replace('a.key"', 'b.key",\n            "tags": ["x"]'), root=True),
    caddy("JSON: an expired certificate", "certificate.expired", 22, J, prepare=expire),
    caddy("JSON: a name that nobody serves", "host.name-not-served", 0, J, ask="other.test"),
    caddy("JSON: a route for all names, and no certificate for this one", "host.name-not-served", 8, J.replace('"match": [{"host": ["a.test"]}],\n', "").replace('"routes"', '"tls_connection_policies": [{}], "routes"'), ask="other.test"),
    caddy("JSON: automatic HTTPS is off", "host.tls-off", 9, J.replace('"listen"', '"automatic_https": {"disable": true}, "listen"')),
    caddy("JSON: no TLS 1.3", "host.config-weak", 7, J.replace('"routes"', '"tls_connection_policies": [{"protocol_max": "tls1.2"}], "routes"')),
    caddy("JSON: a backend that is down, in a subroute", "host.backend-down", 11, J.replace('{"handler": "static_response", "body": "x"}', '{"handler": "subroute", "routes": [{"handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:1"}]}]}]}')),

    stunnel("no certificate file", "host.certificate-file-missing", 6, S % "", prepare=unlink("a.pem"), root=True),
    stunnel("no key file", "host.certificate-file-missing", 7, S % "", prepare=unlink("a.key"), root=True),
    stunnel("an empty certificate file", "host.certificate-file-unreadable", 6, S % "", prepare=empty("a.pem"), root=True),
    stunnel("a certificate without its key", "host.certificate-file-unreadable", 6, (S % "").replace("key = {D}/a.key\n", ""), root=True),
    stunnel("the key of another", "host.key-mismatch", 7, (S % "").replace("a.key", "b.key"), root=True),
    stunnel("an expired certificate", "certificate.expired", 6, S % "", prepare=expire),
    stunnel("a backend that is down", "host.backend-down", 5, S % ""),
    stunnel("no TLS 1.3", "host.config-weak", 8, S % "sslVersionMax = TLSv1.2\n"),
    stunnel("old protocols", "host.config-weak", 8, S % "sslVersionMin = TLSv1\n"),
    stunnel("broken suites", "host.config-weak", 8, S % "ciphers = HIGH:RC4\n"),
    stunnel("a line that is no option", "host.config-invalid", 8, S % "certificate\n", root=True),
    stunnel("TLS 1.2 and no other", "host.config-weak", 8, S % "sslVersion = TLSv1.2\n"),
    stunnel("a service without where it goes", "host.config-invalid", 3, (S % "").replace("connect = 127.0.0.1:1\n", ""), root=True),
    stunnel("sni of a service that is not there", "host.config-invalid", 9, S % "[b]\nsni = http:b.test\nconnect = 127.0.0.1:1\ncert = {D}/b.both\n", root=True),

    hitch("an option that is not known", "host.config-invalid", 4, K % "certificate = 1\n", root=True),
    hitch("a block that is never closed", "host.config-invalid", 4, K % "frontend = {\n  host = \"*\"\n", root=True),
    hitch("no certificate file", "host.certificate-file-missing", 3, K % "", prepare=unlink("a.both"), root=True),
    hitch("an empty certificate file", "host.certificate-file-unreadable", 3, K % "", prepare=empty("a.both"), root=True),
    hitch("a certificate without its key", "host.certificate-file-unreadable", 3, (K % "").replace("a.both", "a.pem"), root=True),
    hitch("the key of another", "host.key-mismatch", 5, (K % "").replace('pem-file = "{D}/a.both"', 'pem-file = {\n  cert = "{D}/a.pem"\n  private-key = "{D}/b.key"\n}'), root=True),
    hitch("old protocols", "host.config-weak", 4, K % "tls-protos = TLSv1.0 TLSv1.2 TLSv1.3\n"),
    hitch("broken suites", "host.config-weak", 4, K % 'ciphers = "HIGH:RC4"\n'),
    hitch("a backend that is down", "host.backend-down", 2, K % ""),
    hitch("a name that nobody serves", "host.name-not-served", 3, K % "", ask="other.test"),
    hitch("a name that sni-nomatch-abort refuses", "host.name-not-served", 0, K % "sni-nomatch-abort = on\n", ask="other.test"),
    haproxy("PROXY protocol sent to who does not expect it", "host.proxy-protocol-mismatch", 10,
            H % "\n  default_backend x\nbackend x\n  server s 127.0.0.1:9443 send-proxy-v2\nfrontend g\n  bind 127.0.0.1:9443"),
    haproxy("PROXY protocol expected, and not sent", "host.proxy-protocol-mismatch", 10,
            H % "\n  default_backend x\nbackend x\n  server s 127.0.0.1:9443\nfrontend g\n  bind 127.0.0.1:9443 accept-proxy"),
    nginx("an application behind that redirects to https again", "host.forwarded-proto-missing", 7,
          N % "  location / {\n    proxy_pass http://127.0.0.1:9444;\n  }\n" + "server {\n  listen 127.0.0.1:9444;\n  return 301 https://$host$request_uri;\n}\n", says="site.conf:12, behind it, redirects to https again"),
    nginx("PROXY protocol sent by stream to who does not expect it", "host.proxy-protocol-mismatch", 6, N % "",
          head="events {}\npid {D}/pid;\nerror_log {D}/error.log;\nstream {\n server {\n  proxy_protocol on;\n  listen 127.0.0.1:9445;\n  proxy_pass 127.0.0.1:{P};\n }\n}\nhttp {\naccess_log off;\ninclude site.conf;\n}\n",
          file="main.conf"),
]


def make(command):
    return lambda folder: os.system("cd %s && { %s; } >/dev/null 2>&1" % (folder, command))


CHAIN = ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 900 -subj /CN=Issuer; openssl req -new -key a.key -subj /CN=a.test -out a.csr; "
         "printf 'subjectAltName=DNS:a.test' > a.ext; openssl x509 -req -in a.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 60 -extfile a.ext -out leaf.pem")
# The same with an authority between, whose certificate is then ca.pem; its root lies nowhere here.
BETWEEN = ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout r.key -out r.pem -days 900 -subj /CN=Root; openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
           "-keyout ca.key -out i.csr -subj /CN=Issuer; printf 'basicConstraints=critical,CA:TRUE' > i.ext; openssl x509 -req -in i.csr -CA r.pem -CAkey r.key -CAcreateserial -days 90 -extfile i.ext -out ca.pem; rm r.pem r.key; "
           + CHAIN.split("; ", 1)[1])
NEXT = "server {\n  listen 127.0.0.1:{P} ssl;\n  server_name b.test;\n  ssl_certificate b.pem;\n  ssl_certificate_key b.key;\n}\n"
FORMS = [    # what stands where PEM should: its name, how it is made of a.pem and a.key, what is said about it
    ("DER", "openssl x509 -in a.pem -outform DER -out x && mv x a.pem", "is DER"),
    ("PKCS #12", "openssl pkcs12 -export -in a.pem -inkey a.key -passout pass: -out x && mv x a.pem", "is PKCS #12"),
    ("PKCS #7", "openssl crl2pkcs7 -nocrl -certfile a.pem -out x && mv x a.pem", "is PKCS #7"),
    ("a request", "openssl req -new -key a.key -subj /CN=a.test -out a.pem", "holds a request"),
    ("UTF-16", "(printf '\\377\\376'; iconv -f ASCII -t UTF-16LE a.pem) > x && mv x a.pem", "is PEM in UTF-16"),
    ("a certificate cut off", "head -c 300 a.pem > x && mv x a.pem", "bad end line"),
    ("one long line", "tr -d '\\n' < a.pem > x && mv x a.pem", "damaged"),
    ("bad base64", "sed 3s/./!/ a.pem > x && mv x a.pem", "bad base64"),
    ("a page of HTML", "echo '<html>' > a.pem", "page of HTML"),
]
for what, command, says in FORMS:
    SHAPES += [nginx(what + " where PEM should be", "host.certificate-file-unreadable", 4, N % "", prepare=make(command), root=True, says=says),
               apache(what + " where PEM should be", "host.certificate-file-unreadable", 4, A % "", prepare=make(command), root=True, says=says)]
SHAPES += [
    nginx("no semicolon, and a server behind it", "host.config-invalid", 6, N % "  keepalive_timeout 5\n" + NEXT, root=True, says="is missing at the end of"),
    nginx("no semicolon behind server_name", "host.config-invalid", 3, (N % "").replace("a.test;", "a.test") + NEXT, root=True),
    nginx("no semicolon behind listen", "host.config-invalid", 2, (N % "").replace("ssl;", "ssl") + NEXT, root=True),
    nginx("no semicolon before a location", "host.config-invalid", 6, N % "  root /tmp\n  location / {\n    return 200;\n  }\n" + NEXT, root=True),
    nginx("no opening brace", "host.config-invalid", 1, (N % "").replace("server {", "server") + NEXT, root=True, says="missing behind"),
    nginx("a location never closed, and a server behind it", "host.config-invalid", 6, N % "  location / {\n    return 200;\n" + NEXT, root=True),
    nginx("the name after a server that is never closed", "host.key-mismatch", 10, (N % "")[:-2] + NEXT.replace("b.key", "c0.key"), ask="b.test", without=("host.name-not-served",)),
    nginx("a quote never closed, and other quotes behind it", "host.config-invalid", 6, N % "  add_header X \"abc;\n  add_header Y \"d e\";\n" + NEXT, root=True),
    nginx("a word right behind a quote", "host.config-invalid", 6, N % "  add_header X \"a\"b;\n", root=True),
    nginx("a variable that is not known, of which it names no line", "host.config-invalid", 7, N % "  location / {\n    return 301 https://$hosst/;\n  }\n", root=True),
    nginx("a folder of a log that is not there, of which it names no line", "host.config-invalid", 6, N % "  access_log {D}/nolog/a.log;\n", root=True),
    nginx("verification of clients without authorities", "host.config-invalid", 6, N % "  ssl_verify_client on;\n", root=True),
    nginx("a file of the clients' authorities that is not there", "host.certificate-file-missing", 7, N % "  ssl_verify_client on;\n  ssl_client_certificate {D}/none.pem;\n", root=True),
    nginx("Diffie-Hellman parameters that are not there", "host.certificate-file-missing", 6, N % "  ssl_dhparam {D}/dh.pem;\n", root=True),
    nginx("a certificate without a directive for its key", "host.config-invalid", 4, (N % "").replace("  ssl_certificate_key a.key;\n", ""), root=True),
    nginx("a key behind a password", "host.certificate-file-unreadable", 5, N % "", prepare=make("openssl pkey -in a.key -aes128 -passout pass:x -out x && mv x a.key"), root=True),
    nginx("a key whose password a file holds", "host.config-weak", 1, N % "  ssl_password_file {D}/words;\n", files={"words": "y\nx\n"}, without=("host.certificate-file-unreadable", "host.config-invalid"),
          prepare=make("openssl pkey -in a.key -aes128 -passout pass:x -out x && mv x a.key")),
    nginx("a key whose password stands in a file with CRLF", "host.config-weak", 1, N % "  ssl_password_file {D}/words;\n", files={"words": "y\r\nx\r\n"},
          without=("host.certificate-file-unreadable", "host.config-invalid"), prepare=make("openssl pkey -in a.key -aes128 -passout pass:x -out x && mv x a.key")),
    nginx("a certificate that map names is not there", "host.certificate-file-missing", 8, "map $ssl_server_name $c {\n  default a;\n  a.test none;\n}\n" + (N % "").replace("a.pem", "$c.pem")),
    nginx("a name that ssl_reject_handshake refuses", "host.name-not-served", 1, "server {\n  listen 127.0.0.1:{P} ssl default_server;\n  ssl_reject_handshake on;\n}\n" + N % "", ask="other.test"),
    nginx("a server_name with a scheme", "host.name-not-served", 3, (N % "").replace("server_name a.test", "server_name https://a.test/")),
    nginx("a redirect to itself", "http.redirect-loop", 6, N % "  return 301 https://$host$request_uri;\n"),
    nginx("a redirect to another host", "host.config-weak", 1, N % "  return 301 https://www.$host$request_uri;\n", without=("http.redirect-loop",)),
    nginx("a chain that lacks its issuer", "certificate.missing-intermediate", 4, N % "", prepare=make(CHAIN + "; cat leaf.pem b.pem > a.pem"), says="issuer: Issuer"),
    nginx("a certificate alone, whose issuer lies beside it", "certificate.missing-intermediate", 4, N % "", prepare=make(BETWEEN + "; cp leaf.pem a.pem; rm leaf.pem"), says=("it lies in", "/ca.pem >> ")),
    nginx("a certificate alone, beside the whole chain", "certificate.missing-intermediate", 4, N % "", prepare=make(BETWEEN + "; cp leaf.pem a.pem; cat leaf.pem ca.pem > fullchain.pem; rm leaf.pem"),
          says=("write `ssl_certificate ", "/fullchain.pem;`")),
    nginx("a certificate alone, whose issuer lies in another site's file", "certificate.missing-intermediate", 4, N % "", prepare=make(BETWEEN + "; cp leaf.pem a.pem; cat b.pem ca.pem > other.pem; rm leaf.pem ca.pem"),
          says="Append the intermediate"),
    nginx("a certificate alone, issued by a root that lies beside it", "host.config-weak", 1, N % "", prepare=make(CHAIN + "; cp leaf.pem a.pem"), without=("certificate.missing-intermediate",)),
    nginx("a certificate alone, whose issuer is not known", "host.config-weak", 1, N % "", prepare=make(CHAIN + "; cp leaf.pem a.pem; rm ca.pem"), without=("certificate.missing-intermediate",)),
    nginx("a certificate alone that a public authority issued", "certificate.missing-intermediate", 4, N % "",
          prepare=make(CHAIN.replace("DNS:a.test'", "DNS:a.test\\ncertificatePolicies=2.23.140.1.2.1'") + "; cp leaf.pem a.pem; rm ca.pem"), says="Append the intermediate"),
    nginx("a certificate alone that says where its issuer is to be had", "certificate.missing-intermediate", 4, N % "",
          prepare=make(CHAIN.replace("DNS:a.test'", "DNS:a.test\\nauthorityInfoAccess=caIssuers;URI:http://ca.test/i.crt'") + "; cp leaf.pem a.pem; rm ca.pem"), says="curl -fsS http://ca.test/i.crt | openssl x509 -inform DER >> "),
    nginx("its own certificate twice", "certificate.unneeded-certificates", 4, N % "", prepare=make(CHAIN + "; cat leaf.pem leaf.pem ca.pem > a.pem")),
    nginx("an issuer of the same name with another key", "certificate.missing-intermediate", 4, N % "",
          prepare=make(CHAIN + "; openssl req -x509 -newkey rsa:2048 -nodes -keyout o.key -out o.pem -subj /CN=Issuer; cat leaf.pem o.pem > a.pem"), says="with another key"),
    apache("an included file with a byte order mark", "host.config-invalid", 1, "\ufeff# a site\n" + A % "", root=True),
    apache("an error in a file that is included from another", "host.config-invalid", 7, A % "" + "Use Nothing x\n", root=True,
           head=HEAD_APACHE + "LoadModule macro_module {M}/mod_macro.so\nInclude site.conf\n"),
    apache("a certificate that a macro names is not there", "host.certificate-file-missing", 5,
           "<Macro Site $n $c>\n<VirtualHost *:{P}>\n  ServerName $n\n  SSLEngine on\n  SSLCertificateFile $c.pem\n  SSLCertificateKeyFile $c.key\n</VirtualHost>\n</Macro>\nUse Site b.test b\nUse Site a.test none\n",
           root=True, head=HEAD_APACHE + "LoadModule macro_module {M}/mod_macro.so\nInclude site.conf\n"),
    apache("suites of which OpenSSL knows none, which its own test passes", "host.config-invalid", 6, A % "  SSLCipherSuite NOSUCH\n", root=True),
    apache("a VirtualHost of another port", "host.config-invalid", 1, (A % "").replace("{P}", "1"), root=True),
    apache("a condition that hides the site", "host.config-invalid", 1, "<IfDefine SSL>\n" + A % "" + "</IfDefine>\n", root=True),
    apache("a chain file of another authority", "certificate.missing-intermediate", 6, A % "  SSLCertificateChainFile b.pem\n", prepare=make(CHAIN + "; mv leaf.pem a.pem")),
    apache("no SSLProxyEngine before a server that has TLS", "host.backend-down", 6, A % "  ProxyPass / https://192.0.2.1/\n"),
    apache("a redirect to itself", "http.redirect-loop", 6, A % "  Redirect permanent / https://a.test/\n"),
    haproxy("an option of a crt-list that is not known", "host.config-invalid", 1, (H % "").replace("crt {D}/a.both", "crt-list {D}/list"), files={"list": "{D}/a.both [alpns h2] a.test\n"}, file="list", root=True),
    haproxy("authorities of clients that are not there", "host.certificate-file-missing", 7, H % " ca-file {D}/none.pem verify required", root=True),
    haproxy("a variable in the path", "host.config-weak", 9, "global\n  setenv CERTS {D}\n" + (H % "").replace("{D}/a.both", "\"${CERTS}/a.both\""), without=("host.certificate-file-missing",)),
    haproxy("a redirect to itself", "http.redirect-loop", 8, H % "\n  http-request redirect scheme https"),
    haproxy("a redirect of plain requests alone", "host.config-weak", 7, H % "\n  http-request redirect scheme https unless { ssl_fc }", without=("http.redirect-loop",)),
    haproxy("a certificate and its key in two files of a folder", "host.certificate-file-unreadable", 7, (H % "").replace("a.both", "certs"), prepare=make("mkdir certs; mv a.pem certs/fullchain.pem; mv a.key certs/privkey.pem"), root=True),
]


def nginx_version():
    said = subprocess.run(["nginx", "-v"], stderr=subprocess.PIPE, text=True).stderr if shutil.which("nginx") else ""
    return tuple(int(n) for n in (re.findall(r"/(\d+)\.(\d+)\.(\d+)", said) or [(9, 0, 0)])[0])


if nginx_version() < (1, 23, 4):
    SHAPES += [
        nginx("no ssl_protocols, with a version that leaves TLS 1.3 out then", "host.config-weak", 1, N % "  add_header Strict-Transport-Security max-age=1;\n", says="TLS 1.3 is among them from 1.23.4 on"),
    ]


# What is done by hand: it needs something from elsewhere, or a decision.
BY_HAND = {
    "a backend that is down": "the application has to be started", "an upstream that is down": "the application has to be started",
    "no crt-list": "only its maker knows what stood in it", "PROXY protocol sent by stream to who does not expect it": "the module may not be there",
    "a file of the clients' authorities that is not there": "whom to trust is a decision", "authorities of clients that are not there": "whom to trust is a decision",
    "a key behind a password": "it asks for the password", "a certificate that map names is not there": "the map and the directive are written for all names",
    "a certificate that a macro names is not there": "the macro is written for all its uses", "a chain that lacks its issuer": "the issuer's certificate is not here",
    "a chain file of another authority": "the issuer's certificate is not here", "an issuer of the same name with another key": "the issuer's certificate is not here",
    "a certificate alone that a public authority issued": "the issuer's certificate is not here", "a certificate alone, whose issuer lies in another site's file": "it is a part of a file",
    "a certificate alone that says where its issuer is to be had": "no network",
}
for shape in SHAPES:
    shape.by_hand = BY_HAND.get(shape.name)
