#!/usr/bin/env python3
"""run by tests/server/run: trees of files as certbot, acme.sh, dehydrated, lego and Caddy leave them, looked at with --root. Each says which
causes must come, with the file where they stand, and which must not."""
import json
import os
import subprocess
from dataclasses import dataclass, field

NOW = "2026-12-01T00:00:00Z"
LOG_FAIL = """%s 03:00:01,000:DEBUG:certbot._internal.main:certbot version: 2.1.0
%s 03:00:09,000:DEBUG:certbot._internal.display.obj:Notifying user:
  Domain: a.test
  Type:   dns
  Detail: DNS problem: NXDOMAIN looking up A for a.test - check that a DNS record exists for this domain
%s 03:00:10,000:ERROR:certbot._internal.renewal:Failed to renew certificate a.test with error: Some challenges have failed.
"""
LOG_GOOD = "2026-08-01 03:00:10,000:DEBUG:certbot._internal.renewal:no renewal failures\n2026-08-01 03:00:11,000:DEBUG:x:Congratulations, all renewals succeeded:\n"
LIVE = "etc/letsencrypt/live/a.test/"


def log_fail(day):
    return LOG_FAIL % (day, day, day)


@dataclass
class Tree:
    name: str
    certificate: str            # where the server reads it; absolute
    files: dict                 # path: text
    causes: dict                # id: ending of the file it stands in, or None
    without: tuple = ()
    links: dict = field(default_factory=dict)
    days: int = 10              # of the certificate that are left; less than 0: over
    evidence: str = ""          # must stand in one of the findings
    root: str = None            # the root cause
    fix: str = ""               # must stand in the fix of one


CERTBOT = {"etc/letsencrypt/renewal/a.test.conf": "version = 2.1.0\n[renewalparams]\naccount = x\nauthenticator = webroot\nserver = https://acme.invalid/\n"}
ACTIVE = {"lib/systemd/system/certbot.timer": "[Timer]\nOnCalendar=daily\n"}
WANTS = {"etc/systemd/system/timers.target.wants/certbot.timer": "/lib/systemd/system/certbot.timer"}
HOOK = {"etc/letsencrypt/renewal-hooks/deploy/reload": "#!/bin/sh\nsystemctl reload nginx\n"}
LOGS = {"var/log/letsencrypt/letsencrypt.log": log_fail("2026-11-30"), "var/log/letsencrypt/letsencrypt.log.1": log_fail("2026-11-12"),
        "var/log/letsencrypt/letsencrypt.log.2": LOG_GOOD, "var/log/letsencrypt/letsencrypt.log.3": log_fail("2026-06-01")}
C = "/" + LIVE + "fullchain.pem"
ACME = {"root/.acme.sh/a.test_ecc/a.test.conf": "Le_Domain='a.test'\nLe_NextRenewTime='1795000000'\nLe_RealFullChainPath='/etc/nginx/a.pem'\nLe_ReloadCmd='%s'\n"}

TREES = [
    Tree("certbot, all well", C, CERTBOT | ACTIVE | HOOK, {}, ("host.renewal-not-scheduled", "host.renewal-no-hook", "host.renewal-failing", "host.renewal-overdue"), WANTS, days=60),
    Tree("certbot fails since a day, and says why", C, CERTBOT | ACTIVE | HOOK | LOGS, {"host.renewal-failing": "letsencrypt.log"}, ("host.renewal-overdue",), WANTS,
         evidence="NXDOMAIN looking up A for a.test"),
    Tree("certbot failed until it was over: the root cause", C, CERTBOT | ACTIVE | HOOK | LOGS, {"host.renewal-failing": "letsencrypt.log", "certificate.expired": None}, (), WANTS,
         days=-2, evidence="since 2026-11-12", root="host.renewal-failing"),
    Tree("an old certbot's words", C, CERTBOT | ACTIVE | HOOK | {"var/log/letsencrypt/letsencrypt.log": "2026-11-30 03:00:10,000:WARNING:certbot.renewal:Attempting to renew cert (a.test) from "
         "/etc/letsencrypt/renewal/a.test.conf produced an unexpected error: Failed authorization procedure. a.test (http-01): urn:ietf:params:acme:error:connection :: Timeout during connect. Skipping.\n"},
         {"host.renewal-failing": "letsencrypt.log"}, (), WANTS, evidence="Timeout during connect"),
    Tree("letters of a name are no reason", C, CERTBOT | ACTIVE | HOOK | {"var/log/letsencrypt/letsencrypt.log": "2026-11-30 03:00:10,000:ERROR:certbot._internal.renewal:Failed to renew "
         "certificate a.test with error: caandco.test: Incorrect TXT record \"x\" found at _acme-challenge.caandco.test\n"},
         {"host.renewal-failing": "letsencrypt.log"}, (), WANTS, fix="The TXT record of the challenge"),
    Tree("another name that ends the same fails", C, CERTBOT | ACTIVE | HOOK | {"var/log/letsencrypt/letsencrypt.log": log_fail("2026-11-30").replace("certificate a.test", "certificate xa.test")},
         {}, ("host.renewal-failing",), WANTS, days=60),
    Tree("certbot says in the next line what is missing", C, CERTBOT | ACTIVE | HOOK | {"var/log/letsencrypt/letsencrypt.log": "2026-11-30 03:00:10,000:ERROR:certbot._internal.renewal:Failed to renew "
         "certificate a.test with error: Missing command line flag or config entry for this setting:\nInput the webroot for a.test:\n"}, {"host.renewal-failing": "letsencrypt.log"}, (), WANTS, evidence="Input the webroot"),
    Tree("a renewal file that certbot cannot read", C, CERTBOT | ACTIVE | HOOK | {"var/log/letsencrypt/letsencrypt.log": "2026-11-30 03:00:10,000:ERROR:certbot._internal.renewal:Renewal configuration file "
         "/etc/letsencrypt/renewal/a.test.conf is broken.\n"}, {"host.renewal-failing": "letsencrypt.log"}, (), WANTS, evidence="is broken"),
    Tree("certbot's list at the end alone", C, CERTBOT | ACTIVE | HOOK | {"var/log/letsencrypt/letsencrypt.log": "2026-11-30 03:00:10,000:DEBUG:x:y\nAll renewals failed:\n  /etc/letsencrypt/live/a.test/fullchain.pem (failure)\n"},
         {"host.renewal-failing": "letsencrypt.log"}, (), WANTS),
    Tree("a hook of certbot's that fails", C, CERTBOT | ACTIVE | HOOK | {"var/log/letsencrypt/letsencrypt.log": "2026-11-30 03:00:10,000:ERROR:certbot.compat.misc:Hook 'deploy-hook' reported error code 1\n"
         "2026-11-30 03:00:11,000:DEBUG:x:Congratulations, all renewals succeeded:\n"}, {"host.renewal-no-hook": "letsencrypt.log"}, ("host.renewal-failing",), WANTS, days=80),
    Tree("certbot's timer is not enabled", C, CERTBOT | ACTIVE | HOOK, {"host.renewal-not-scheduled": "certbot.timer"}, ("host.renewal-no-hook",), days=60),
    Tree("certbot's timer is masked", C, CERTBOT | HOOK, {"host.renewal-not-scheduled": "certbot.timer"}, (), {"etc/systemd/system/certbot.timer": "/dev/null"}, days=60),
    Tree("certbot without timer or job", C, CERTBOT | HOOK, {"host.renewal-not-scheduled": None}, (), days=60),
    Tree("a certificate that ran out because nothing runs certbot", C, CERTBOT | HOOK, {"host.renewal-not-scheduled": None}, (), days=-1, root="host.renewal-not-scheduled"),
    Tree("certbot by cron", C, CERTBOT | HOOK | {"etc/cron.d/certbot": "0 3 * * * root test -x /usr/bin/certbot && certbot -q renew\n"}, {}, ("host.renewal-not-scheduled",), days=60),
    Tree("Debian's cron job, which does nothing under systemd", C, CERTBOT | HOOK | {"run/systemd/system/x": "", "etc/cron.d/certbot": "0 3 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && certbot -q renew\n"},
         {"host.renewal-not-scheduled": None}, (), days=60),
    Tree("a job that is commented out", C, CERTBOT | HOOK | {"etc/crontab": "# 0 3 * * * root certbot renew\n"}, {"host.renewal-not-scheduled": None}, (), days=60),
    Tree("certbot without a hook", C, CERTBOT | ACTIVE, {"host.renewal-no-hook": "a.test.conf"}, (), WANTS, days=60),
    Tree("certbot's nginx plugin reloads nginx", C, {"etc/letsencrypt/renewal/a.test.conf": "[renewalparams]\ninstaller = nginx\n"} | ACTIVE, {}, ("host.renewal-no-hook",), WANTS, days=60),
    Tree("certbot's apache plugin does not reload nginx", C, {"etc/letsencrypt/renewal/a.test.conf": "[renewalparams]\ninstaller = apache\n"} | ACTIVE, {"host.renewal-no-hook": "a.test.conf"}, (), WANTS, days=60),
    Tree("autorenew = False", C, {"etc/letsencrypt/renewal/a.test.conf": "[renewalparams]\nautorenew = False\nrenew_hook = x\n"} | ACTIVE, {"host.renewal-not-scheduled": "a.test.conf"}, (), WANTS, days=60),
    Tree("certbot forgot the name", C, {"etc/letsencrypt/renewal/b.test.conf": "[renewalparams]\n"} | ACTIVE, {"host.renewal-not-scheduled": "a.test.conf"}, (), WANTS, days=60),
    Tree("overdue, and no log says why", C, CERTBOT | ACTIVE | HOOK, {"host.renewal-overdue": "a.test.conf"}, ("host.renewal-failing",), WANTS, days=10),
    Tree("a newer certificate in the archive", C, CERTBOT | ACTIVE | HOOK | {"etc/letsencrypt/archive/a.test/fullchain1.pem": "old", "etc/letsencrypt/archive/a.test/fullchain2.pem": "new"},
         {"host.not-reloaded": None}, (), WANTS, days=60),
    Tree("acme.sh, all well", "/etc/nginx/a.pem", {k: v % "systemctl reload nginx" for k, v in ACME.items()} | {"var/spool/cron/crontabs/root": '0 0 * * * "/root/.acme.sh"/acme.sh --cron\n'}, {},
         ("host.renewal-no-hook", "host.renewal-not-scheduled"), days=60),
    Tree("acme.sh without cron and reloadcmd", "/etc/nginx/a.pem", {k: v % "" for k, v in ACME.items()}, {"host.renewal-no-hook": "a.test.conf", "host.renewal-not-scheduled": None}, (), days=60),
    Tree("acme.sh fails", "/etc/nginx/a.pem", {k: v % "x" for k, v in ACME.items()} | {"var/spool/cron/crontabs/root": "0 0 * * * /root/.acme.sh/acme.sh --cron\n", "root/.acme.sh/acme.sh.log":
         "[Mon Nov 23 00:00:00 UTC 2026] Renew: 'a.test'\n[Mon Nov 23 00:00:09 UTC 2026] a.test:Verify error:192.0.2.1: Fetching http://a.test/.well-known/acme-challenge/x: Timeout during connect (likely firewall problem)\n"},
         {"host.renewal-failing": "acme.sh.log"}, (), evidence="likely firewall problem"),
    Tree("acme.sh fails twice, and another name in between", "/etc/nginx/a.pem", {k: v % "x" for k, v in ACME.items()} | {"var/spool/cron/crontabs/root": "0 0 * * * /root/.acme.sh/acme.sh --cron\n", "root/.acme.sh/acme.sh.log":
         "[Sun Nov 22 00:00:00 UTC 2026] Renew: 'a.test'\n[Sun Nov 22 00:00:02 UTC 2026] Cert success.\n[Wed Nov 25 00:00:00 UTC 2026] Renew: 'a.test'\n[Wed Nov 25 00:00:09 UTC 2026] Can not init api, for https://acme.invalid/.\n"
         "[Thu Nov 26 00:00:00 UTC 2026] Renew: 'xa.test'\n[Thu Nov 26 00:00:09 UTC 2026] xa.test:Verify error:none of ours\n[Fri Nov 27 00:00:00 UTC 2026] Renew: 'a.test'\n"
         "[Fri Nov 27 00:00:09 UTC 2026] Create new order error. Le_OrderFinalize not found. rateLimited :: too many certificates\n"}, {"host.renewal-failing": "acme.sh.log"}, (), evidence="since 2026-11-25"),
    Tree("numbers beyond all time", C, {"etc/letsencrypt/renewal/a.test.conf": "renew_before_expiry = 9223372036854775807 weeks\n[renewalparams]\nrenew_hook = x\n"} | ACTIVE, {"host.renewal-overdue": "a.test.conf"}, (), WANTS),
    Tree("a time of renewal beyond all time", "/etc/nginx/a.pem", {k: v.replace("1795000000", "9223372036854775807") % "x" for k, v in ACME.items()} | {"etc/crontab": "0 0 * * * root acme.sh --cron\n"}, {},
         ("host.renewal-overdue", "host.renewal-not-scheduled")),
    Tree("dehydrated without a hook", "/var/lib/dehydrated/certs/a.test/fullchain.pem", {"etc/dehydrated/config": 'BASEDIR="/var/lib/dehydrated"\nRENEW_DAYS="32"\n', "etc/cron.d/d": "1 1 * * * root dehydrated -c\n"},
         {"host.renewal-no-hook": "dehydrated/config"}, ("host.renewal-not-scheduled",), days=60),
    Tree("dehydrated, overdue", "/var/lib/dehydrated/certs/a.test/fullchain.pem", {"etc/dehydrated/config": "BASEDIR=/var/lib/dehydrated\nHOOK=/etc/dehydrated/hook.sh\n", "etc/cron.d/d": "1 1 * * * root dehydrated -c\n"},
         {"host.renewal-overdue": "dehydrated/config"}, ("host.renewal-no-hook",), days=20),
    Tree("lego that nobody runs", "/var/lib/lego/certificates/a.test.crt", {"var/lib/lego/certificates/a.test.json": '{"domain":"a.test","certStableUrl":"https://acme.invalid/"}'},
         {"host.renewal-not-scheduled": None, "host.renewal-no-hook": None}, (), days=60),
    Tree("Caddy's own, overdue", "/var/lib/caddy/.local/share/caddy/certificates/acme-v02.api.letsencrypt.org-directory/a.test/a.test.crt", {}, {"host.renewal-overdue": None}, ("host.renewal-not-scheduled",), days=5),
]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def make_certificate(folder, path, days):
    """Valid for 90 days, of which so many are left on NOW."""
    subprocess.run("cd %s && faketime=; openssl req -new -key a.key -subj /CN=a.test -addext subjectAltName=DNS:a.test -out r.csr 2>/dev/null && "
                   "printf '[v]\\nsubjectAltName=DNS:a.test\\n' > v.cnf && : > i.txt && rm -rf n && mkdir n && printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=i.txt\\nnew_certs_dir=n\\nrand_serial=yes\\n"
                   "default_md=sha256\\npolicy=p\\nemail_in_dn=no\\n[p]\\ncommonName=supplied\\n' > c.cnf && "
                   "openssl ca -batch -notext -config c.cnf -selfsign -keyfile a.key -in r.csr -extfile v.cnf -extensions v -startdate %s -enddate %s -out %s 2>/dev/null" %
                   (folder, date(days - 90), date(days), path), shell=True, check=True)


def date(days):
    import datetime
    return (datetime.datetime(2026, 12, 1) + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def try_tree(binary, top, n, tree, env):
    folder, work = os.path.join(top, "tree%d" % n), os.path.join(top, "work%d" % n)
    os.makedirs(work)
    subprocess.run("cd %s && openssl ecparam -name prime256v1 -genkey -noout -out a.key" % work, shell=True, check=True)
    path = folder + tree.certificate
    os.makedirs(os.path.dirname(path))
    make_certificate(work, path, tree.days)
    write(folder + "/etc/key.pem", open(work + "/a.key").read())
    write(folder + "/etc/nginx/nginx.conf", "events {}\nhttp {\n server {\n  listen 443 ssl;\n  server_name a.test;\n  ssl_certificate %s;\n  ssl_certificate_key /etc/key.pem;\n }\n}\n" % tree.certificate)
    for name, text in tree.files.items():
        write(os.path.join(folder, name), text)
    for name, to in tree.links.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        os.symlink(to, os.path.join(folder, name))
    p = subprocess.run([binary, "here", "--json", "--root", folder, "--config", "/etc/nginx/nginx.conf", "--kind", "nginx", "--name", "a.test", "--no-external", "--now", NOW],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, env=env)
    if not p.stdout:
        return p.stderr
    document = json.loads(p.stdout)
    found = {f["id"]: f for f in document["findings"]}
    for cause, ending in tree.causes.items():
        if cause not in found:
            return "no %s among %s, renewals %s" % (cause, sorted(found), document["observations"]["host"]["server"]["renewals"])
        where = (found[cause].get("where") or {}).get("file") or ""
        if ending and not where.endswith(ending):
            return "%s at %s instead of %s" % (cause, where, ending)
    for cause in tree.without:
        if cause in found:
            return "says %s as well: %s" % (cause, found[cause]["evidence"])
    if tree.evidence and not any(tree.evidence in e for f in found.values() for e in f["evidence"]):
        return "nowhere: %s" % tree.evidence
    if tree.fix and not any(tree.fix in f["fix"] for f in found.values()):
        return "no fix says %s: %s" % (tree.fix, [f["fix"] for f in found.values()])
    if tree.root and document["verdict"]["cause"] != tree.root:
        return "the root cause is %s" % document["verdict"]["cause"]
    return None
